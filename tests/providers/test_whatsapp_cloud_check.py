import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from providers.accounts import Problem
from providers.errors import SettingsError
from tests.providers.outgoing import send
from tests.providers.whatsapp_cloud import asked, provider, whatsapp
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


def test_a_working_account_says_what_it_is(meta: WhatsAppCloudStandIn) -> None:
    check = asked(meta, lambda entered: entered.check())
    assert check.problem is None
    assert check.found == "Salon Zoë · +1 555-078-3881"
    assert [request.path for request in meta.requests] == [
        "/v25.0/106540352242922",
        "/v25.0/102290129340398",
    ]
    assert (
        meta.requests[0]
        .query["fields"]
        .startswith("verified_name,display_phone_number,quality_rating")
    )


@pytest.mark.parametrize(
    ("changes", "problem", "setting"),
    [
        ({"access_token": "old"}, Problem.CREDENTIALS, "access_token"),
        ({"phone_number_id": "1"}, Problem.NOT_FOUND, "phone_number_id"),
        ({"waba_id": "1"}, Problem.NOT_FOUND, "waba_id"),
        ({"base_url": "http://127.0.0.1:9"}, Problem.UNREACHABLE, "base_url"),
    ],
)
def test_what_is_set_up_wrongly_is_named(
    meta: WhatsAppCloudStandIn, changes: dict[str, str], problem: Problem, setting: str
) -> None:
    async def once() -> Any:
        async with provider(meta, **changes) as entered:
            return await entered.check()

    check = asyncio.run(once())
    assert (check.problem, check.setting) == (problem, setting)
    assert check.words


def test_a_banned_number_is_told(meta: WhatsAppCloudStandIn) -> None:
    meta.number = {**meta.number, "status": "BANNED"}
    check = asked(meta, lambda entered: entered.check())
    assert (check.problem, check.code) == (Problem.SUSPENDED, "BANNED")


def test_another_server_s_answer_is_not_taken_for_meta_s(meta: WhatsAppCloudStandIn) -> None:
    meta.number = {}
    check = asked(meta, lambda entered: entered.check())
    assert (check.problem, check.setting) == (Problem.ANSWER, "base_url")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("phone_number_id", "+1 555 0100"),
        ("phone_number_id", "1/../2"),
        ("waba_id", "me"),
        ("access_token", "a\nb"),
        ("access_token", "tokén"),
        ("app_secret", ""),
        ("verify_token", "two words"),
        ("api_version", "25"),
        ("base_url", "graph.facebook.com"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(
    meta: WhatsAppCloudStandIn, setting: str, value: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        provider(meta, **{setting: value})
    assert raised.value.setting == setting


def test_another_version_is_asked_for_where_one_is_set(meta: WhatsAppCloudStandIn) -> None:
    send(provider(meta, api_version="v26.0"), whatsapp())
    assert meta.requests[0].path == "/v26.0/106540352242922/messages"
