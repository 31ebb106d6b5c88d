import asyncio
import inspect
import io
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from apprise.manager_plugins import NotificationManager

from providers import apprise_url
from providers.accounts import Check
from providers.apprise_url import LOCAL, AppriseUrl
from providers.apprise_url_log import verdict
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import ErrorKind, SettingsError
from rules.reasons import Reason
from tests.providers.outgoing import make_outgoing, send
from tests.stand_ins.base import serving
from tests.stand_ins.json_endpoint import JsonEndpoint

TO = "+34600111222"


@pytest.fixture
def service() -> Iterator[JsonEndpoint]:
    with serving(JsonEndpoint()) as stand_in:
        yield stand_in


def make_provider(service: JsonEndpoint) -> AppriseUrl:
    return AppriseUrl({"url": service.address})


def test_the_number_and_the_text_reach_the_service(service: JsonEndpoint) -> None:
    text = "Hi Zoë,\n  *your* table_is <b>ready</b> & waiting :smile: \\n 😀"
    outcome = send(make_provider(service), make_outgoing(text=text))
    assert outcome == Accepted(provider_message_id="")
    [request] = service.requests
    assert request.path == "/send/34600111222"
    told = json.loads(request.body)
    assert (told["to"], told["title"], told["message"]) == (TO, "", text)
    assert service.taken == {TO: [text]}


def test_a_long_text_goes_in_one_piece(service: JsonEndpoint) -> None:
    send(make_provider(service), make_outgoing(text="word " * 400 + "end"))
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ErrorKind.UNKNOWN),
        (401, ErrorKind.ACCOUNT),
        (402, ErrorKind.ACCOUNT),
        (403, ErrorKind.ACCOUNT),
        (404, ErrorKind.UNKNOWN),
        (413, ErrorKind.CONTENT),
        (422, ErrorKind.UNKNOWN),
    ],
)
def test_a_refusal_that_apprise_logged_is_one(
    service: JsonEndpoint, status: int, kind: ErrorKind
) -> None:
    service.script = {TO: [f"answer:{status}"]}
    outcome = send(make_provider(service))
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (kind, str(status))
    assert f"error={status}" in outcome.reason


def test_too_much_at_once_sent_nothing(service: JsonEndpoint) -> None:
    service.script = {TO: ["answer:429"]}
    outcome = send(make_provider(service))
    assert isinstance(outcome, NotSent)
    assert outcome.holds_account


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504])
def test_an_error_of_the_service_is_uncertain(service: JsonEndpoint, status: int) -> None:
    service.script = {TO: [f"answer:{status}"]}
    assert isinstance(send(make_provider(service)), Uncertain)


def test_a_broken_connection_is_uncertain(service: JsonEndpoint) -> None:
    service.script = {TO: ["lost"]}
    outcome = send(make_provider(service))
    assert isinstance(outcome, Uncertain)
    assert outcome.cause is Reason.CONNECTION_LOST
    assert len(service.taken[TO]) == 1


def test_no_answer_in_time_is_uncertain(
    service: JsonEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise_url, "ANSWER_WITHIN_S", 0.3)
    service.script = {TO: ["slow:2"]}
    outcome = send(make_provider(service))
    assert isinstance(outcome, Uncertain)
    assert outcome.cause is Reason.TIMED_OUT
    assert len(service.requests) == 1


def test_a_service_that_is_away_was_sent_nothing() -> None:
    outcome = send(AppriseUrl({"url": "json://127.0.0.1:1/{digits}"}))
    assert outcome == NotSent(why="no connection to the service")


def test_a_name_that_nobody_has_was_sent_nothing() -> None:
    outcome = send(AppriseUrl({"url": "json://nobody.invalid/{digits}"}))
    assert outcome == NotSent(why="no connection to the service")


def test_a_number_that_the_service_does_not_take_is_refused() -> None:
    provider = AppriseUrl({"url": "clicksend://zoe:password@{phone}"})
    outcome = send(provider, make_outgoing(to="+123"))
    assert isinstance(outcome, Refused)
    assert outcome.kind is ErrorKind.PERMANENT_RECIPIENT


def test_many_go_side_by_side_and_none_waits_for_apprises_own_pause(
    service: JsonEndpoint,
) -> None:
    service.latency_s = 0.2

    async def twenty() -> tuple[list[Outcome], float]:
        async with make_provider(service) as provider:
            started = time.monotonic()
            numbers = (make_outgoing(to=f"+346001112{n:02}") for n in range(20))
            outcomes = await asyncio.gather(*(provider.send(one) for one in numbers))
            return outcomes, time.monotonic() - started

    outcomes, took_s = asyncio.run(twenty())
    assert outcomes == [Accepted(provider_message_id="")] * 20
    assert took_s < 2
    assert len(service.taken) == 20


def test_each_hears_only_of_its_own(service: JsonEndpoint) -> None:
    service.latency_s = 0.1
    service.script = {f"+3460011120{n}": [f"answer:{400 + n}"] for n in range(4)}

    async def four() -> list[Outcome]:
        async with make_provider(service) as provider:
            numbers = (make_outgoing(to=f"+3460011120{n}") for n in range(4))
            return await asyncio.gather(*(provider.send(one) for one in numbers))

    outcomes = asyncio.run(four())
    assert all(isinstance(one, Refused) for one in outcomes)
    codes = [one.code for one in outcomes if isinstance(one, Refused)]
    assert codes == ["400", "401", "402", "403"]


def test_nothing_of_it_shows_up_in_the_log(service: JsonEndpoint) -> None:
    """apprise logs the text and the address, urllib3 the address, at the level of details."""
    service.script = {TO: ["answer:401"]}
    log, said = logging.getLogger(), io.StringIO()
    everything, level = logging.StreamHandler(said), log.level
    log.addHandler(everything)
    log.setLevel(logging.DEBUG)
    try:
        send(make_provider(service))
        logging.getLogger("customer_manager").debug("this is heard")
    finally:
        log.removeHandler(everything)
        log.setLevel(level)
    assert "this is heard" in said.getvalue()
    assert "600111222" not in said.getvalue()
    assert "table" not in said.getvalue()


def test_nothing_can_be_proved_afterwards(service: JsonEndpoint) -> None:
    async def ask() -> Outcome | None:
        async with make_provider(service) as provider:
            now = datetime.now(UTC)
            return await provider.reconcile(make_outgoing(), attempted_at=now)

    assert asyncio.run(ask()) is None
    assert not AppriseUrl.receipts


def test_a_check_says_whose_address_it_is() -> None:
    provider = AppriseUrl({"url": "clicksend://zoe:password@{phone}"})
    assert asyncio.run(provider.check()) == Check(found="ClickSend")


@pytest.mark.parametrize(
    "url",
    [
        "json://example.com/",
        "nope://example.com/{phone}",
        "clicksend://zoe:password@{phone}/+34600111333",
        "clicksend://{phone}",
        "https://example.com/{phone}",
        "not an address {phone}",
        *(f"{schema}://{{phone}}" for schema in sorted(LOCAL)),
        "SYSLOG://{phone}",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        AppriseUrl({"url": url})
    assert wrong.value.setting == "url"
    assert "password" not in str(wrong.value)


#: What reaches the desktop, the kernel or a device.
MODULES = ("dbus", "ctypes", "syslog", "hid")


def test_every_service_that_runs_on_this_machine_is_known() -> None:
    """A new one of apprise's that starts a program or talks to the desktop would be found here."""
    manager = NotificationManager()
    manager.load_modules()
    marks = (
        "subprocess",
        "Popen",
        "import dbus",
        "import ctypes",
        "win32",
        "import syslog",
        "import hid",
    )
    found = set()
    for schema in manager.schemas(include_disabled=True):
        source = inspect.getsource(inspect.getmodule(manager[schema]))
        if any(mark in source for mark in marks):
            found.add(schema)
    assert found - {"rsyslog"} <= LOCAL


def heard(*warnings: str, debug: str = "") -> list[tuple[int, str]]:
    return [(logging.DEBUG, debug), *((logging.WARNING, one) for one in warnings)]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (heard(), Uncertain),
        (heard("Failed to send X notification: Unauthorized, error=401."), Refused),
        (heard("Failed to send X to +1: error=401.", "Failed to send Y: error=401."), Uncertain),
        (heard("Failed to send X notification: error=500."), Uncertain),
        (heard("Failed to send X notification: error=4012."), Uncertain),
        (heard("Response error=404"), Uncertain),
        (heard("A Connection error occurred sending X."), Uncertain),
        (heard("A Connection error occurred", debug="NewConnectionError(…)"), NotSent),
        (heard("A Connection error occurred", debug="SSLCertVerificationError(…)"), NotSent),
        (heard("A Connection error occurred", debug="SSLEOFError(…)"), Uncertain),
        (heard("Something else", debug="NewConnectionError(…)"), Uncertain),
    ],
)
def test_only_what_apprise_said_outright_is_proof(
    said: list[tuple[int, str]], outcome: type
) -> None:
    assert isinstance(verdict(said), outcome)
