from datetime import timedelta
from itertools import permutations

import pytest

from crm.models import (
    Attempt,
    DeliveryEvent,
    MessageSchedule,
    OptOut,
    ParkedReceipt,
    ProviderAccount,
    ProviderCallback,
)
from delivery.database import Database
from providers.errors import ErrorKind
from rules.message_states import Status
from tests.bell import bells, make_bell
from tests.databases import Installation
from tests.delivery.receiving import (
    SENT_AT,
    apply,
    keep,
    make_attempt,
    make_sent,
    make_unconfirmed,
    receipt,
)
from tests.make import NOW, make_receipt, make_user

__all__ = ["bells"]

SENT, DELIVERED, READ, FAILED = (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED)
LATER = NOW + timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("installation", "bells")


@pytest.fixture
def account(installation: object, bells: object) -> ProviderAccount:
    return make_bell()


def again(message: MessageSchedule) -> MessageSchedule:
    message.refresh_from_db()
    return message


def test_receipts_move_a_message_on_and_say_when(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account)
    keep(account, receipt(DELIVERED, at=NOW - timedelta(minutes=4)))
    keep(account, receipt(READ, at=NOW - timedelta(minutes=2)))
    assert apply(database) == 2

    row = again(message)
    assert (row.status, row.sent_at) == (READ, SENT_AT)
    assert row.delivered_at == NOW - timedelta(minutes=4)
    assert (row.read_at, row.updated_at) == (NOW - timedelta(minutes=2), NOW)
    events = DeliveryEvent.objects.order_by("pk")
    assert [(one.status, one.source, one.at) for one in events] == [
        (DELIVERED, "receipt", row.delivered_at),
        (READ, "receipt", row.read_at),
    ]
    assert {one.attempt_id for one in events} == {Attempt.objects.get().pk}
    callbacks = ProviderCallback.objects.all()
    assert [(one.state, one.applied_at) for one in callbacks] == [("applied", NOW)] * 2


def test_our_own_reference_finds_what_has_no_id_yet(
    database: Database, account: ProviderAccount
) -> None:
    message = make_unconfirmed(account)
    attempt = Attempt.objects.get()
    keep(account, receipt(DELIVERED, "bell.9", reference=str(attempt.pk)))
    apply(database)

    row = again(message)
    assert (row.status, row.reason, row.wants_since) == (DELIVERED, "", None)
    assert (row.sent_at, row.provider_message_id) == (attempt.started_at, "bell.9")
    assert Attempt.objects.get().provider_message_id == "bell.9"

    keep(account, receipt(READ, "bell.9"))
    apply(database)
    assert again(message).status == READ


@pytest.mark.parametrize("told", [SENT, DELIVERED, READ, FAILED])
def test_whatever_is_told_resolves_what_was_unconfirmed(
    database: Database, account: ProviderAccount, told: Status
) -> None:
    message = make_unconfirmed(account)
    keep(account, receipt(told, reference=str(Attempt.objects.get().pk)))
    apply(database)
    assert again(message).status == told


def test_a_failure_is_shown_with_the_providers_own_words(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account, acknowledged_at=SENT_AT, acknowledged_by=make_user())
    refused = receipt(
        FAILED, kind=ErrorKind.CONTENT, code="132001", words="No such template\0" + "!" * 600
    )
    keep(account, refused)
    apply(database)

    row = again(message)
    assert (row.status, row.reason, row.reason_code) == (FAILED, "content", "132001")
    assert row.reason_words == "No such template" + "!" * 484
    assert (row.wants_since, row.acknowledged_at, row.sent_at) == (NOW, None, None)
    event = DeliveryEvent.objects.get()
    assert (event.status, event.detail["code"]) == (FAILED, "132001")


def test_a_failure_nobody_can_name_is_a_refusal(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account)
    keep(account, receipt(FAILED))
    apply(database)
    assert again(message).reason == "refused"


def test_what_the_person_did_meanwhile_is_no_failure(
    database: Database, account: ProviderAccount
) -> None:
    message = make_unconfirmed(account, status=SENT, sent_by=make_user(), sent_at=NOW)
    keep(account, receipt(FAILED, reference=str(Attempt.objects.get().pk)))
    apply(database)
    assert again(message).status == SENT


def test_a_banned_account_is_paused(database: Database, account: ProviderAccount) -> None:
    make_sent(account)
    keep(account, receipt(FAILED, kind=ErrorKind.ACCOUNT, code="131031", words="Locked"))
    apply(database)
    account.refresh_from_db()
    assert account.paused_because == "Locked · 131031"


def test_an_opt_out_the_provider_knows_of_is_written_down(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account)
    keep(account, receipt(FAILED, kind=ErrorKind.OPT_OUT, code="131050", words="Opted out"))
    apply(database)
    opted = OptOut.objects.get()
    assert (opted.phone_number, opted.channel) == ("+34612345678", "whatsapp")
    assert (opted.known_from, opted.words) == ("provider", "Opted out")
    assert again(message).reason == "opted_out"


def test_the_other_channel_takes_over_where_a_person_allowed_it(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account, fallback_channel="sms")
    keep(account, receipt(FAILED, kind=ErrorKind.PERMANENT_RECIPIENT, code="131026"))
    apply(database)

    row = again(message)
    assert (row.status, row.message_type, row.fallback_channel) == ("scheduled", "sms", "")
    assert (row.reason, row.due_at, row.sent_at) == ("fell_back", NOW, None)
    assert (row.provider_message_id, row.first_tried_at) == ("", None)


def test_what_a_file_goes_along_with_is_not_sent_by_sms_without_it(
    database: Database, account: ProviderAccount
) -> None:
    """The form refuses the two together; nobody gets half a message in any case."""
    message = make_sent(account, fallback_channel="sms", receipt=make_receipt())
    keep(account, receipt(FAILED, kind=ErrorKind.PERMANENT_RECIPIENT, code="131026"))
    apply(database)
    row = again(message)
    assert (row.status, row.message_type, row.reason) == (FAILED, "whatsapp", "recipient")


def test_a_delivery_after_all_keeps_the_other_channel_from_sending_it_too(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account, fallback_channel="sms")
    reference = str(Attempt.objects.get().pk)
    keep(account, receipt(FAILED, kind=ErrorKind.WINDOW, reference=reference))
    apply(database)
    keep(account, receipt(DELIVERED, reference=reference))
    apply(database, LATER)
    assert again(message).status == DELIVERED


@pytest.mark.parametrize("waits_as", ["scheduled", "due", "expired", "failed", "cancelled"])
@pytest.mark.parametrize("told", [SENT, DELIVERED, READ, FAILED])
def test_an_earlier_try_counts_only_where_the_customer_has_it(
    database: Database, account: ProviderAccount, waits_as: str, told: Status
) -> None:
    """A person had it tried again, and then the first one did arrive."""
    message = make_unconfirmed(account, status=waits_as)
    first = Attempt.objects.get()
    make_attempt(message, 2, outcome="not_sent")
    keep(account, receipt(told, reference=str(first.pk)))
    apply(database)

    row = again(message)
    assert row.status == (told if told in {DELIVERED, READ} else waits_as)
    assert row.provider_message_id == ""
    assert Attempt.objects.get(number=1).provider_message_id == "bell.1"


@pytest.mark.parametrize("held_as", ["claimed", "sending"])
def test_a_receipt_that_overtakes_our_own_answer_waits_for_it(
    database: Database, account: ProviderAccount, held_as: str
) -> None:
    message = make_unconfirmed(account, status=held_as, lease_until=NOW + timedelta(seconds=60))
    reference = str(Attempt.objects.get().pk)
    keep(account, receipt(DELIVERED, reference=reference))
    apply(database)

    assert again(message).status == held_as
    assert ProviderCallback.objects.get().state == "parked"
    parked = ParkedReceipt.objects.get()
    assert (parked.account, parked.provider_message_id) == (account, "bell.1")

    apply(database, LATER)
    assert ParkedReceipt.objects.exists()
    MessageSchedule.objects.update(status=SENT, sent_at=SENT_AT, provider_message_id="bell.1")
    apply(database, LATER)
    assert again(message).status == DELIVERED
    assert not ParkedReceipt.objects.exists()


def test_an_id_that_nobody_knows_yet_is_matched_once_it_is_known(
    database: Database, account: ProviderAccount
) -> None:
    keep(account, receipt(READ, "bell.7"))
    apply(database)
    assert ParkedReceipt.objects.count() == 1

    message = make_sent(account, provider_message_id="bell.7")
    apply(database, LATER)
    assert again(message).status == READ
    assert not ParkedReceipt.objects.exists()


def test_another_account_has_no_say(database: Database, account: ProviderAccount) -> None:
    message, other = make_sent(account), make_bell(channel="sms")
    reference = str(Attempt.objects.get().pk)
    keep(other, receipt(FAILED, "bell.1"), receipt(FAILED, "x", reference=reference))
    apply(database)
    assert again(message).status == SENT


def test_a_removed_accounts_messages_listen_to_the_one_that_is_there(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account)
    Attempt.objects.update(account=None)
    keep(account, receipt(DELIVERED))
    apply(database)
    assert again(message).status == DELIVERED


@pytest.mark.parametrize("reference", ["", "x", "6a1f3c52-9d0e-4f7b-8b43-2f6f0c1d9e75"])
def test_a_reference_that_is_not_ours_is_no_match(
    database: Database, account: ProviderAccount, reference: str
) -> None:
    make_sent(account)
    keep(account, receipt(DELIVERED, "another", reference=reference))
    apply(database)
    assert ParkedReceipt.objects.count() == 1


def test_the_providers_clock_is_believed_as_far_as_it_is_possible(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account)
    keep(account, receipt(DELIVERED, at=NOW - timedelta(days=9000)))
    keep(account, receipt(READ, at=NOW + timedelta(days=9000)))
    apply(database)
    assert (again(message).delivered_at, again(message).read_at) == (SENT_AT, NOW)


def test_every_order_of_one_batch_and_of_many_ends_the_same(
    database: Database, account: ProviderAccount
) -> None:
    told = {
        SENT: receipt(SENT, at=SENT_AT),
        FAILED: receipt(FAILED, kind=ErrorKind.TRANSIENT, at=NOW - timedelta(minutes=4)),
        DELIVERED: receipt(DELIVERED, at=NOW - timedelta(minutes=3)),
        READ: receipt(READ, at=NOW - timedelta(minutes=2)),
    }
    ends = set()
    for number, order in enumerate(permutations(told)):
        name = f"bell.{number}"
        message = make_sent(account, provider_message_id=name)
        for status in order:
            keep(account, receipt(**{**vars(told[status]), "provider_message_id": name}))
            if number % 2:
                apply(database)
        apply(database)
        row = again(message)
        ends.add((row.status, row.reason, row.sent_at, row.delivered_at, row.read_at))
    when = (SENT_AT, NOW - timedelta(minutes=3), NOW - timedelta(minutes=2))
    assert ends == {(READ, "", *when)}


def test_a_providers_id_is_looked_up_by_its_index(
    installation: Installation, account: ProviderAccount
) -> None:
    """The index holds no empty ids, and counts only where a query says that it wants none."""
    if installation.is_postgresql:
        pytest.skip("PostgreSQL reads a table of no rows from end to end")
    plan = MessageSchedule.objects.known_as(["bell.1", "bell.2"]).order_by().explain()
    assert "message_at_provider" in plan
