"""What we ask each provider for, against its own specification: by its schemas, and by Prism."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.prism import answer, needs_prism, prism
from tests.contracts.prism import complaints as about
from tests.contracts.recorded import CONTRACTS, Contract
from tests.contracts.specs import complaints, load, server_path
from tests.shared_folder import SHARED, needs_shared_folder
from tests.stand_ins.base import Request

pytestmark = needs_shared_folder

each_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda one: Path(one.spec).stem)


@each_contract
def test_every_request_is_in_the_specification(contract: Contract, tmp_path: Path) -> None:
    spec = load(contract.spec)
    requests = contract.record(tmp_path)
    assert requests
    wrong = [
        f"{one.method} {one.path}: {complaint}"
        for one in requests
        for complaint in complaints(one, spec)
        if complaint not in contract.beyond
    ]
    assert wrong == []


@needs_prism
@each_contract
def test_a_server_made_of_the_specification_takes_every_request(
    contract: Contract, tmp_path: Path
) -> None:
    before = server_path(load(contract.spec))  # which Prism leaves out
    requests = [
        replace(one, path=one.path.removeprefix(before)) for one in contract.record(tmp_path)
    ]
    with prism(SHARED / "specs" / contract.spec) as url:
        wrong = [
            f"{one.method} {one.path}: {complaint}"
            for one in requests
            for complaint in about(url, one)
            if complaint not in contract.beyond
        ]
    assert wrong == []


# That the two would notice.

ANDROID = CONTRACTS[0]

WRONG: Mapping[str, Mapping[str, Any]] = {
    "no recipient": {"phoneNumbers": []},
    "a card that no phone has": {"simNumber": 4},
    "no text": {"textMessage": {"text": ""}},
    "an id that is too long": {"id": "x" * 37},
    "a text that is none": {"textMessage": "Hi"},
}


def changed(request: Request, change: Mapping[str, Any]) -> Request:
    body = {**json.loads(request.body), **change}
    return replace(request, body=json.dumps(body).encode())


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_noticed(change: Mapping[str, Any], tmp_path: Path) -> None:
    request = ANDROID.record(tmp_path)[0]
    spec = load(ANDROID.spec)
    assert complaints(request, spec) == []
    assert complaints(changed(request, change), spec)


def test_what_is_not_in_the_document_is_noticed(tmp_path: Path) -> None:
    request = ANDROID.record(tmp_path)[0]
    spec = load(ANDROID.spec)
    assert complaints(changed(request, {"colour": "blue"}), spec) == [
        "colour is not in the document"
    ]
    assert complaints(replace(request, query={"colour": "blue"}), spec) == [
        "?colour is not in the document"
    ]
    assert complaints(replace(request, path="/elsewhere"), spec)
    assert complaints(replace(request, headers={"content-type": "text/plain"}), spec)


@needs_prism
def test_prism_notices_a_wrong_request(tmp_path: Path) -> None:
    request = ANDROID.record(tmp_path)[0]
    with prism(SHARED / "specs" / ANDROID.spec) as url:
        assert answer(url, request)[0] == 202
        for change in WRONG.values():
            assert answer(url, changed(request, change))[0] >= 400
        stranger = {name: v for name, v in request.headers.items() if name != "authorization"}
        assert answer(url, replace(request, headers=stranger))[0] == 401
