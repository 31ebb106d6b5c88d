"""What could not be read, tried again, on each database."""

import threading
from datetime import timedelta

import pytest
from pytest_django import Settings

from crm.actions import accounts
from crm.models import InboundMessage, MessageTemplate, ProviderAccount, ProviderCallback
from delivery import housekeeping
from delivery.database import Database
from delivery.inbox_again import AT_ONCE, apply_again
from delivery.inbox_receipts import LOCK
from providers.callbacks import AccountChange, Event, Inbound, TemplateChange
from providers.templates import TemplateState
from rules.message_states import Status
from tests import postgresql
from tests.bell import bells, make_bell, said
from tests.databases import Installation
from tests.delivery.receiving import apply, keep, make_sent, receipt
from tests.make import NOW, make_customer, make_user
from tests.make_templates import make_template

__all__ = ["bells"]

pytestmark = pytest.mark.usefixtures("bells")

HELLO = Inbound(
    provider_message_id="in.1", sender="+34612345678", at=NOW, text="Can I come at ten?"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_folder(installation: Installation, settings: Settings) -> None:
    settings.DATA_DIR = installation.data_dir


@pytest.fixture
def account(installation: Installation, bells: object) -> ProviderAccount:
    return make_bell()


def keep_unread(database: Database, account: ProviderAccount) -> ProviderCallback:
    kept = keep(account, body=b"[1]")
    apply(database)
    return kept


def understand(kept: ProviderCallback, *events: Event) -> None:
    """As the program of tomorrow reads it."""
    ProviderCallback.objects.filter(pk=kept.pk).update(body=said(*events))


def states() -> list[str]:
    return [one.state for one in ProviderCallback.objects.order_by("pk")]


def test_another_version_tries_again_and_each_does_so_once_a_day(
    database: Database, account: ProviderAccount, settings: Settings
) -> None:
    customer = make_customer()
    kept = keep_unread(database, account)
    housekeeping.keep_house(NOW)
    assert states() == ["unreadable"]

    understand(kept, HELLO)
    assert apply_again(NOW + HOUR) == 0
    settings.VERSION = "of tomorrow"
    assert apply_again(NOW + HOUR) == 1
    kept.refresh_from_db()
    assert (kept.state, kept.words, kept.applied_at) == ("applied", "", NOW + HOUR)
    assert InboundMessage.objects.get().customer == customer

    understand(keep_unread(database, account), HELLO)
    assert apply_again(NOW + DAY) == 0
    assert apply_again(NOW + DAY + HOUR) == 1


def test_what_still_cannot_be_read_stops_no_other(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account)
    unread = [keep(account, body=b"\xff") for _ in range(AT_ONCE + 1)]
    apply(database)
    understand(unread[-1], receipt(Status.READ))

    assert apply_again(NOW) == 1
    message.refresh_from_db()
    assert message.status == "read"
    assert states() == ["unreadable"] * AT_ONCE + ["applied"]


def test_what_is_read_and_makes_no_sense_is_left_as_it_is(
    database: Database, account: ProviderAccount, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = keep_unread(database, account), keep_unread(database, account)
    understand(first, HELLO)
    understand(second, HELLO)
    odd = said(HELLO).replace(b'"Can I come at ten?"', b'["not", "a text"]')
    ProviderCallback.objects.filter(pk=first.pk).update(body=odd)

    assert apply_again(NOW) == 1
    assert states() == ["unreadable", "applied"]
    assert f"callback {first.pk}: cannot be applied" in caplog.text


def test_what_an_account_was_then_does_not_stop_it_now(
    database: Database, account: ProviderAccount
) -> None:
    make_template(account, reference="9", state=TemplateState.APPROVED)
    ProviderAccount.objects.update(templates_due_at=NOW + DAY)
    paused = TemplateChange(
        reference="9", name="reminder", language="en", state=TemplateState.PAUSED
    )
    stopped = AccountChange(stops=True, words="Stopped last week")
    understand(keep_unread(database, account), stopped, paused)

    assert apply_again(NOW) == 1
    account.refresh_from_db()
    assert (account.paused_because, account.templates_due_at) == ("", NOW)
    assert MessageTemplate.objects.get().state == TemplateState.APPROVED


def test_what_a_removed_account_was_told_is_let_go(
    database: Database, account: ProviderAccount
) -> None:
    other = make_bell(channel="sms")
    message = make_sent(other)
    keep(account, HELLO)
    keep(other, receipt(Status.READ))
    accounts.remove(account, actor=make_user(), now=NOW)
    assert apply(database) == 2
    assert apply(database) == 0
    message.refresh_from_db()
    assert message.status == "read"

    assert apply_again(NOW) == 0
    assert states() == ["unreadable", "applied"]
    assert not InboundMessage.objects.exists()
    assert not ProviderAccount.objects.filter(removed_at=None).with_unread().filter(unread__gt=0)


@pytest.mark.postgresql
def test_it_waits_for_whoever_applies_what_came(
    database: Database, account: ProviderAccount, installation: Installation
) -> None:
    if not installation.is_postgresql:
        pytest.skip("SQLite has one writer in any case")
    understand(keep_unread(database, account), HELLO)
    with postgresql.psycopg.connect(installation.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        threading.Timer(0.2, other.rollback).start()
        assert apply_again(NOW) == 1
