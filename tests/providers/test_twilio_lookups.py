"""What Twilio is asked besides sending: what became of an attempt, the account and its files."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.accounts import Check, Problem
from providers.base import Accepted, Outcome, Outgoing, Refused
from providers.callbacks import InboundMedia, Media
from providers.errors import ErrorKind, LookupFailedError
from providers.http import Answer
from providers.templates import Slot, Template, TemplateState
from providers.twilio import Twilio
from providers.twilio_list import read_page
from rules.message_states import Status
from tests.providers.outgoing import make_outgoing, send
from tests.shared_folder import SHARED, Vector, needs_shared_folder, vectors
from tests.stand_ins.base import serving
from tests.stand_ins.twilio import NUMBER, SERVICE, TwilioStandIn

ZOE = "+34600111222"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with serving(TwilioStandIn()) as stand_in:
        yield stand_in


def ask[T](provider: Twilio, question: Any) -> Any:
    async def once() -> Any:
        async with provider:
            return await question(provider)

    return asyncio.run(once())


# What became of an attempt


def reconcile(
    twilio: TwilioStandIn,
    outgoing: Outgoing,
    *,
    known_ids: frozenset[str] = frozenset(),
    attempted_at: datetime | None = None,
    provider: Twilio | None = None,
) -> Outcome | None:
    at = attempted_at or datetime.now(UTC)
    outcome: Outcome | None = ask(
        provider or Twilio(twilio.settings),
        lambda one: one.reconcile(outgoing, attempted_at=at, known_ids=known_ids),
    )
    return outcome


def test_what_twilio_took_is_found_again() -> None:
    with serving(TwilioStandIn(script={ZOE: ["lost"]})) as twilio:
        at = datetime.now(UTC)
        send(Twilio(twilio.settings))

        outcome = reconcile(twilio, make_outgoing(), attempted_at=at)

        assert outcome == Accepted(provider_message_id=twilio.sent[0].id)
        assert len(twilio.taken[ZOE]) == 1


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_only_the_recipients_messages_on_the_channel_are_looked_at(
    twilio: TwilioStandIn, channel: str
) -> None:
    for to in (ZOE, "+34600111333"):
        for each in ("sms", "whatsapp"):
            send(Twilio(twilio.settings), make_outgoing(to=to, channel=each))
    twilio.requests.clear()

    outcome = reconcile(twilio, make_outgoing(channel=channel))

    assert isinstance(outcome, Accepted)
    (request,) = twilio.requests
    assert request.query["To"] == ("whatsapp:" if channel == "whatsapp" else "") + ZOE


def test_what_has_happened_to_it_since_is_told(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings), make_outgoing(callback_url="https://shop.example/w/"))
    twilio.receipt(ZOE, "read")
    assert reconcile(twilio, make_outgoing()) == Accepted(
        provider_message_id=twilio.sent[0].id, status=Status.READ
    )
    twilio.receipt(ZOE, "undelivered", code=30003)
    assert reconcile(twilio, make_outgoing()) == Refused(
        code="30003",
        reason="undelivered",
        kind=ErrorKind.TRANSIENT,
        provider_message_id=twilio.sent[0].id,
    )


def test_a_message_of_another_attempt_is_not_this_one(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    assert reconcile(twilio, make_outgoing(), known_ids=frozenset({twilio.sent[0].id})) is None


def test_another_text_is_not_this_one(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    assert reconcile(twilio, make_outgoing(text="Hi Ravi")) is None


def test_another_sender_is_not_ours(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings | {"from_number": "+15005550007"}))
    assert reconcile(twilio, make_outgoing()) is None


def test_a_service_tells_no_sender(twilio: TwilioStandIn) -> None:
    settings = twilio.settings | {"from_number": "", "messaging_service_sid": SERVICE}
    send(Twilio(settings))
    outcome = reconcile(twilio, make_outgoing(), provider=Twilio(settings))
    assert isinstance(outcome, Accepted)


def test_two_alike_cannot_be_told_apart(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    send(Twilio(twilio.settings))
    assert reconcile(twilio, make_outgoing()) is None


def test_two_attempts_looked_up_at_once_are_not_the_same_message(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    at = datetime.now(UTC)
    attempts = [make_outgoing(attempt_id="1"), make_outgoing(attempt_id="2")]

    async def both(provider: Twilio) -> list[Outcome | None]:
        return await asyncio.gather(*(provider.reconcile(one, attempted_at=at) for one in attempts))

    outcomes = ask(Twilio(twilio.settings), both)
    assert sorted(outcome is None for outcome in outcomes) == [False, True]


def test_an_empty_list_proves_nothing() -> None:
    with serving(TwilioStandIn(lists="nothing")) as twilio:
        send(Twilio(twilio.settings))
        assert reconcile(twilio, make_outgoing()) is None


def test_a_message_of_before_is_not_this_one(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    twilio.created[twilio.sent[0].id] -= timedelta(seconds=30)
    assert reconcile(twilio, make_outgoing()) is None


def test_clocks_may_differ_a_little(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    at = twilio.created[twilio.sent[0].id] + timedelta(seconds=4)
    assert isinstance(reconcile(twilio, make_outgoing(), attempted_at=at), Accepted)


def test_every_page_since_the_attempt_is_read(twilio: TwilioStandIn) -> None:
    at = datetime.now(UTC)
    provider = Twilio(twilio.settings)
    send(provider)
    for number in range(250):
        twilio.sent.append(twilio.accept(ZOE, {"To": ZOE, "From": NUMBER, "Body": str(number)})[0])
    twilio.requests.clear()

    assert isinstance(reconcile(twilio, make_outgoing(), attempted_at=at), Accepted)
    assert [one.query.get("Page", "0") for one in twilio.requests] == ["0", "1", "2"]


def test_older_pages_are_left_alone(twilio: TwilioStandIn) -> None:
    for number in range(250):
        sent, _ = twilio.accept(ZOE, {"To": ZOE, "From": NUMBER, "Body": str(number)})
        twilio.sent.append(sent)
        twilio.created[sent.id] -= timedelta(days=1)
    send(Twilio(twilio.settings))
    twilio.requests.clear()

    assert isinstance(reconcile(twilio, make_outgoing()), Accepted)
    assert len(twilio.requests) == 2


def test_a_list_that_cannot_be_had_proves_nothing(twilio: TwilioStandIn) -> None:
    send(Twilio(twilio.settings))
    wrong = Twilio(twilio.settings | {"auth_token": "wrong"})
    assert reconcile(twilio, make_outgoing(), provider=wrong) is None


def test_what_a_trial_account_puts_before_it_is_known(twilio: TwilioStandIn) -> None:
    body = "Sent from your Twilio trial account - Hi Zoë, your table is ready"
    twilio.sent.append(twilio.accept(ZOE, {"To": ZOE, "From": NUMBER, "Body": body})[0])
    assert isinstance(reconcile(twilio, make_outgoing()), Accepted)


@pytest.mark.parametrize("vector", vectors("twilio", "official_get_*"))
def test_an_empty_list_of_twilios_own_is_read(vector: Vector) -> None:
    body = json.dumps(vector.content["response"]).encode()
    answer = Answer(status=vector.content["http_status"], headers={}, body=body)
    assert read_page(answer) == ([], "")


# Whether the account works


def check(twilio: TwilioStandIn, **settings: str) -> Check:
    outcome: Check = ask(Twilio(twilio.settings | settings), lambda one: one.check())
    return outcome


def test_an_account_that_works_is_called_by_its_name(twilio: TwilioStandIn) -> None:
    key, secret = twilio.api_key
    assert check(twilio) == Check(found="Salon Zoë")
    assert check(twilio, api_key_sid=key, api_key_secret=secret) == Check(found="Salon Zoë")
    assert check(twilio, messaging_service_sid=SERVICE) == Check(found="Salon Zoë")
    assert not twilio.sent


@pytest.mark.parametrize(
    ("changes", "problem", "setting"),
    [
        ({"auth_token": "wrong"}, Problem.CREDENTIALS, "auth_token"),
        ({"account_sid": "AC" + "f" * 32}, Problem.NOT_FOUND, "account_sid"),
        ({"from_number": "+15005550009"}, Problem.SENDER, "from_number"),
        ({"messaging_service_sid": "MG" + "f" * 32}, Problem.SENDER, "messaging_service_sid"),
        ({"api_key_sid": "SK1", "api_key_secret": "no"}, Problem.CREDENTIALS, "api_key_secret"),
        ({"base_url": "http://127.0.0.1:9"}, Problem.UNREACHABLE, "base_url"),
    ],
)
def test_what_is_wrong_is_told_with_the_setting_to_look_at(
    twilio: TwilioStandIn, changes: dict[str, str], problem: Problem, setting: str
) -> None:
    found = check(twilio, **changes)
    assert (found.problem, found.setting) == (problem, setting)


@pytest.mark.parametrize("sender", ["SALON ZOE", "12345", f"whatsapp:{'+15005550009'}"])
def test_what_is_no_telephone_number_is_taken_as_typed(twilio: TwilioStandIn, sender: str) -> None:
    assert check(twilio, from_number=sender).problem is None


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_suspended_account_is_told(status: str) -> None:
    with serving(TwilioStandIn(account_status=status)) as twilio:
        assert check(twilio) == Check(problem=Problem.SUSPENDED, words=status, found="Salon Zoë")


# Templates


def content(sid: str, types: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    made = {"sid": sid, "friendly_name": "ready", "language": "es", "types": types}
    return {**made, "variables": {"1": "Zoë"}, **more}


def templates_of(*contents: Mapping[str, Any], page_size: int = 100) -> list[Template]:
    with serving(TwilioStandIn(contents=contents, page_size=page_size)) as twilio:
        found: list[Template] = ask(Twilio(twilio.settings), lambda one: one.templates())
        return found


def test_a_template_is_read_with_its_places_to_fill_in() -> None:
    card = {
        "body": "Hi {{1}}, see you {{2}}",
        "header_text": "For {{1}}",
        "footer": "Salon Zoë",
        "actions": [
            {"type": "URL", "title": "Change it", "url": "https://shop.example/{{code}}"},
            {"type": "QUICK_REPLY", "title": "Fine"},
        ],
    }
    approval = {"status": "approved", "category": "UTILITY", "rejection_reason": ""}
    (template,) = templates_of(
        content(
            "HX1", {"twilio/text": {"body": "-"}, "whatsapp/card": card}, approval_requests=approval
        )
    )
    assert template == Template(
        reference="HX1",
        name="ready",
        language="es",
        category="utility",
        state=TemplateState.APPROVED,
        body="Hi {{1}}, see you {{2}}",
        header="For {{1}}",
        header_format="text",
        footer="Salon Zoë",
        buttons=("Change it", "Fine"),
        slots=(
            Slot(key="1", mark="{{1}}", part="header", example="Zoë"),
            Slot(key="2", mark="{{2}}", part="body"),
            Slot(key="code", mark="{{code}}", part="button"),
        ),
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("approved", TemplateState.APPROVED),
        ("received", TemplateState.PENDING),
        ("pending", TemplateState.PENDING),
        ("rejected", TemplateState.REJECTED),
        ("paused", TemplateState.PAUSED),
        ("disabled", TemplateState.DISABLED),
        ("unsubmitted", TemplateState.DISABLED),
        ("on holiday", TemplateState.UNKNOWN),
    ],
)
def test_the_approval_is_the_state(status: str, state: TemplateState) -> None:
    types = {"twilio/text": {"body": "Hi"}}
    (template,) = templates_of(content("HX1", types, approval_requests={"status": status}))
    assert template.state is state


def test_every_page_of_templates_is_read() -> None:
    contents = [content(f"HX{number}", {"twilio/text": {"body": "Hi"}}) for number in range(7)]
    found = templates_of(*contents, page_size=3)
    assert [one.reference for one in found] == [f"HX{number}" for number in range(7)]


def test_a_list_that_is_none_is_no_empty_one(twilio: TwilioStandIn) -> None:
    settings = twilio.settings | {"content_base_url": f"{twilio.url}/nowhere"}
    with pytest.raises(LookupFailedError):
        ask(Twilio(settings), lambda one: one.templates())


def test_an_answer_without_a_list_is_no_empty_list() -> None:
    """Taken for one, it would take every template away."""
    with (
        serving(TwilioStandIn(contents_key="items")) as twilio,
        pytest.raises(LookupFailedError),
    ):
        ask(Twilio(twilio.settings), lambda one: one.templates())


@needs_shared_folder
def test_twilios_own_examples_of_templates_are_read() -> None:
    spec = json.loads((SHARED / "specs/twilio/twilio_content_v1.json").read_text())
    answers = spec["paths"]["/v1/ContentAndApprovals"]["get"]["responses"]["200"]["content"]
    examples = answers["application/json"]["examples"]
    assert templates_of(*examples["readEmpty"]["value"]["contents"]) == []
    found = templates_of(*examples["readResults"]["value"]["contents"])
    assert [(one.name, one.state) for one in found] == [
        ("Some content", TemplateState.DISABLED),
        ("Media Test", TemplateState.APPROVED),
        ("Video Highlights", TemplateState.REJECTED),
    ]
    assert [slot.key for slot in found[2].slots] == ["3", "1", "2"]
    assert found[2].rejected_because.startswith("INVALID_FORMAT")


# Files


def fetch(twilio: TwilioStandIn, reference: str, *, at_most: int = 1000) -> Media:
    media = InboundMedia(reference=reference, content_type="image/jpeg")
    found: Media = ask(Twilio(twilio.settings), lambda one: one.fetch(media, at_most=at_most))
    return found


def test_a_file_is_fetched_with_the_key_and_from_the_store_without_it() -> None:
    files = {"ME1": ("image/jpeg", b"picture")}
    with (
        serving(TwilioStandIn(media=files)) as store,
        serving(TwilioStandIn(media=files, store_url=store.url)) as twilio,
    ):
        media = fetch(twilio, twilio.media_url("ME1"))

        assert media == Media(content=b"picture", content_type="image/jpeg")
        assert "authorization" in twilio.requests[0].headers
        assert "authorization" not in store.requests[0].headers


def test_a_file_that_is_too_large_is_not_taken() -> None:
    large = {"ME1": ("image/jpeg", b"x" * 1001)}
    with serving(TwilioStandIn(media=large)) as twilio, pytest.raises(LookupFailedError):
        fetch(twilio, twilio.media_url("ME1"))


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "ME1",
        "https://evil.example/2010-04-01/Accounts/AC/Messages/MM/Media/ME",
        "http://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME",
        "https://api.twilio.com@evil.example/2010-04-01/Accounts/AC",
        "https://api.twilio.com/other",
        "file:///etc/passwd",
        "https://[x",
    ],
)
def test_the_key_goes_to_nobody_else(twilio: TwilioStandIn, reference: str) -> None:
    with pytest.raises(LookupFailedError, match=r"not at Twilio|not an address"):
        fetch(twilio, reference)
    assert twilio.requests == []


@pytest.mark.parametrize(
    "store", ["https://evil.example", "https://twiliocdn.com.evil.example", "https://[x"]
)
def test_a_store_nobody_knows_is_not_asked(store: str) -> None:
    stand_in = TwilioStandIn(media={"ME1": ("image/jpeg", b"picture")}, store_url=store)
    with (
        serving(stand_in) as twilio,
        pytest.raises(LookupFailedError, match=r"store|address|nowhere"),
    ):
        fetch(twilio, twilio.media_url("ME1"))


def test_a_file_that_is_gone_is_told(twilio: TwilioStandIn) -> None:
    with pytest.raises(LookupFailedError, match="404"):
        fetch(twilio, twilio.media_url("ME404"))
