import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.actions.secrets import sealed
from crm.models import (
    DeliveryEvent,
    InboundMessage,
    MessageSchedule,
    OptOut,
    ParkedReceipt,
    ProviderAccount,
    ProviderCallback,
)
from delivery import inbox, inbox_parked
from delivery.database import Database
from delivery.inbox import AT_ONCE, Inbox
from delivery.inbox_horizon import FULL_LOOK_EVERY_S, MARGIN, InboxHorizon
from providers.callbacks import (
    AccountChange,
    Callback,
    Event,
    Inbound,
    NumberChange,
    TemplateChange,
)
from providers.errors import ErrorKind
from providers.templates import TemplateState
from rules.message_states import Status
from tests import postgresql
from tests.bell import Bell, bells, make_bell
from tests.databases import Installation
from tests.delivery.receiving import apply, keep, make_sent, receipt
from tests.make import NOW, make_customer
from tests.make_templates import make_template

__all__ = ["bells"]

pytestmark = pytest.mark.usefixtures("installation", "bells")

HELLO = Inbound(
    provider_message_id="in.1", sender="+34612345678", at=NOW, text="Can I come at ten?"
)


@pytest.fixture
def account(installation: Installation, bells: object) -> ProviderAccount:
    return make_bell()


def states() -> list[str]:
    return [one.state for one in ProviderCallback.objects.order_by("pk")]


def test_one_callback_may_tell_of_many_things(database: Database, account: ProviderAccount) -> None:
    customer = make_customer()
    message = make_sent(account, customer=customer)
    keep(account, receipt(Status.DELIVERED), HELLO)
    assert apply(database) == 1

    message.refresh_from_db()
    assert message.status == "delivered"
    assert InboundMessage.objects.get().customer == customer
    assert apply(database) == 0


@pytest.mark.parametrize("body", [b"\xff", b'[{"event": "Receipt"}]', b"[1]"])
def test_what_cannot_be_read_is_set_aside_and_stops_no_other(
    database: Database, account: ProviderAccount, body: bytes
) -> None:
    message = make_sent(account)
    keep(account, body=body)
    keep(account, receipt(Status.READ))
    apply(database)

    message.refresh_from_db()
    assert message.status == "read"
    assert states() == ["unreadable", "applied"]
    assert ProviderCallback.objects.first().words  # type: ignore[union-attr]


def test_what_the_database_will_not_take_is_set_aside_and_stops_no_other(
    database: Database, account: ProviderAccount, caplog: pytest.LogCaptureFixture
) -> None:
    message = make_sent(account)
    keep(account, HELLO)
    make_template(account, reference="9")
    change = TemplateChange(
        reference="9", name="reminder", language="en", state=TemplateState.PAUSED
    )
    told = [asdict(change) | {"event": "TemplateChange", "reason": {"not": "a text"}}]
    keep(account, body=json.dumps(told).encode())
    keep(account, receipt(Status.READ))
    with caplog.at_level(logging.CRITICAL):
        assert apply(database) == 3

    message.refresh_from_db()
    assert message.status == "read"
    assert InboundMessage.objects.count() == 1
    assert states() == ["applied", "unreadable", "applied"]


def test_an_account_whose_credentials_are_lost_cannot_be_read(
    database: Database, account: ProviderAccount
) -> None:
    keep(account, HELLO)
    ProviderAccount.objects.update(secrets="sealed with another key")
    apply(database)
    assert states() == ["unreadable"]


def test_more_than_one_batch_is_applied_in_their_order(
    database: Database, account: ProviderAccount
) -> None:
    make_customer()
    for number in range(AT_ONCE + 5):
        word = "STOP" if number % 2 else "START"
        keep(
            account,
            Inbound(provider_message_id=f"{number}", sender="+34612345678", at=NOW, text=word),
        )
    box = Inbox(database)
    assert [box.apply(NOW), box.apply(NOW), box.apply(NOW)] == [AT_ONCE, 5, 0]
    assert InboundMessage.objects.count() == AT_ONCE + 5
    assert not OptOut.objects.exists()


def test_a_crash_in_the_middle_applies_nothing_twice(
    database: Database, account: ProviderAccount
) -> None:
    """Everything of a batch and that it was applied is one commit."""
    make_sent(account)
    keep(account, receipt(Status.DELIVERED), HELLO)
    apply(database)
    ProviderCallback.objects.update(state="new")
    apply(database)
    assert (InboundMessage.objects.count(), DeliveryEvent.objects.count()) == (1, 1)


@pytest.mark.postgresql
def test_one_worker_applies_at_a_time(
    database: Database, account: ProviderAccount, installation: Installation
) -> None:
    if not installation.is_postgresql:
        pytest.skip("SQLite has one writer in any case")
    keep(account, HELLO)
    with postgresql.psycopg.connect(installation.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [inbox.inbox_receipts.LOCK])
        assert apply(database) == 0
    assert apply(database) == 1


@pytest.mark.postgresql
def test_an_account_that_goes_while_its_callbacks_are_read_stops_no_other(
    database: Database,
    account: ProviderAccount,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if not installation.is_postgresql:
        pytest.skip("SQLite has one writer in any case")
    other = make_bell(channel="sms")
    message = make_sent(other)
    read = Bell.read

    def overtaken(bell: Bell, callback: Callback, now: datetime) -> Sequence[Event]:
        with postgresql.psycopg.connect(installation.url) as gone:
            gone.execute("DELETE FROM crm_providercallback WHERE account_id = %s", [account.pk])
            gone.execute("DELETE FROM crm_provideraccount WHERE id = %s", [account.pk])
        return read(bell, callback, now)

    monkeypatch.setattr(Bell, "read", overtaken)
    keep(account, HELLO)
    keep(other, receipt(Status.READ))
    with caplog.at_level(logging.CRITICAL):
        assert [apply(database), apply(database)] == [1, 0]

    message.refresh_from_db()
    assert (message.status, states()) == ("read", ["applied"])
    assert not InboundMessage.objects.exists()


def test_a_template_takes_the_state_it_is_said_to_have(
    database: Database, account: ProviderAccount
) -> None:
    template = make_template(account, reference="9", name="reminder", language="en")
    told = {"reference": "9", "name": "reminder", "language": "en"}
    keep(account, TemplateChange(**told, state=TemplateState.PAUSED, reason="Low quality"))
    apply(database)
    template.refresh_from_db()
    assert (template.state, template.rejected_because) == ("paused", "Low quality")


@pytest.mark.parametrize("state", [None, TemplateState.APPROVED])
def test_what_is_not_known_of_a_template_is_read_with_the_list(
    database: Database, account: ProviderAccount, state: TemplateState | None
) -> None:
    ProviderAccount.objects.update(templates_due_at=NOW + timedelta(days=1))
    keep(account, TemplateChange(reference="9", name="new", language="en", state=state))
    apply(database)
    account.refresh_from_db()
    assert account.templates_due_at == NOW


def test_an_account_that_was_stopped_waits_for_a_person(
    database: Database, account: ProviderAccount
) -> None:
    keep(account, AccountChange(stops=True, code="ACCOUNT_DELETED", words="The account is gone"))
    keep(account, AccountChange(stops=False))
    apply(database)
    account.refresh_from_db()
    assert account.paused_because == "The account is gone · ACCOUNT_DELETED"


def test_a_new_number_is_a_suggestion(database: Database, account: ProviderAccount) -> None:
    customer = make_customer()
    for _ in range(2):
        keep(account, NumberChange(old="+34612345678", new="+34699999999", at=NOW))
    apply(database)
    told = InboundMessage.objects.get()
    assert (told.customer, told.kind, told.text) == (customer, "number", "+34699999999")
    customer.refresh_from_db()
    assert customer.phone_number == "+34612345678"


def test_old_callbacks_go_once_they_have_been_applied(
    database: Database, account: ProviderAccount
) -> None:
    keep(account, receipt(Status.READ, "unknown"))
    apply(database)
    keep(account, HELLO)
    later = NOW + timedelta(days=31)
    assert inbox.forget_old(NOW + timedelta(days=29)) == 0
    assert inbox.forget_old(later) == 1
    assert states() == ["new"]


def test_receipts_of_other_programs_are_let_go(
    database: Database, account: ProviderAccount
) -> None:
    keep(account, receipt(Status.READ, "unknown"))
    apply(database)
    assert inbox_parked.forget_old(NOW + timedelta(days=7)) == 0
    assert inbox_parked.forget_old(NOW + timedelta(days=9)) == 1


def test_an_answer_that_comes_days_later_still_finds_its_receipts(
    database: Database, account: ProviderAccount
) -> None:
    keep(account, *[receipt(Status.READ, f"x.{number}") for number in range(600)])
    apply(database)
    message = make_sent(account, provider_message_id="x.599")
    later = NOW + timedelta(days=2)
    apply(database, later)
    assert ParkedReceipt.objects.count() == 600
    assert inbox_parked.apply_old(later) == 1
    message.refresh_from_db()
    assert (message.status, ParkedReceipt.objects.count()) == ("read", 599)


def test_a_look_begins_where_the_last_one_was() -> None:
    clock = [0.0]
    horizon = InboxHorizon(lambda: clock[0])
    assert horizon.since() == 0
    horizon.found([10_000, 10_001])
    assert horizon.since() == 10_000 - MARGIN
    clock[0] += FULL_LOOK_EVERY_S
    assert (horizon.since(), horizon.since()) == (0, 10_000 - MARGIN)


_TOLD = st.sampled_from(
    [
        receipt(Status.SENT, at=NOW - timedelta(minutes=4)),
        receipt(Status.DELIVERED, at=NOW - timedelta(minutes=3)),
        receipt(Status.READ, at=NOW - timedelta(minutes=2)),
        receipt(Status.FAILED, at=NOW - timedelta(minutes=2), kind=ErrorKind.TRANSIENT),
    ]
)


@given(told=st.lists(_TOLD, max_size=7), data=st.data())
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_receipts_end_the_same_however_they_are_shuffled_repeated_and_cut_into_batches(
    database: Database, account: ProviderAccount, told: list[object], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*told, *told]))
    cuts = data.draw(st.lists(st.booleans(), min_size=len(shuffled), max_size=len(shuffled)))
    ends = []
    for order, cut in ((told, [False] * len(told)), (shuffled, cuts)):
        MessageSchedule.objects.all().delete()
        message = make_sent(account)
        for one, applied_now in zip(order, cut, strict=True):
            keep(account, one)  # type: ignore[arg-type]
            if applied_now:
                apply(database)
        apply(database)
        message.refresh_from_db()
        ends.append(
            (message.status, message.reason, message.sent_at, message.delivered_at, message.read_at)
        )
    assert ends[0] == ends[1]


def test_changed_credentials_hold_at_once(database: Database, account: ProviderAccount) -> None:
    account.secrets = sealed({"secret": "another"})
    account.save()
    keep(account, HELLO)
    apply(database)
    assert states() == ["applied"]
