"""What is looked at again in the moment in which a message is to leave."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from pytest_django import Settings

from crm.actions.receipt_links import receipt_of
from crm.actions.secrets import sealed
from crm.models import (
    Attempt,
    Consent,
    DeliveryEvent,
    InboundMessage,
    MessageSchedule,
    MessageTemplate,
    OptOut,
    ProviderAccount,
    Receipt,
)
from delivery import limits
from delivery.database import Database
from delivery.departures import Departure
from delivery.planner import Planner
from rules.message_states import Status
from rules.reasons import Reason
from tests.make import NOW, make_account, make_business, make_customer, make_invoice, make_message

JUST_NOW = NOW - timedelta(seconds=1)
#: In Madrid; NOW is at 10:30 there.
NIGHT = datetime(2026, 11, 17, 21, 15, tzinfo=UTC)
MORNING = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def send(planner: Planner, now: datetime = NOW) -> list[Departure]:
    return list(planner.round(10, now).departures)


def row() -> MessageSchedule:
    return MessageSchedule.objects.get()


def windowed_account(**changes: Any) -> ProviderAccount:
    """WhatsApp's own provider: plain text only answers."""
    return make_account(provider="whatsapp_cloud", settings={"phone_number_id": "1"}, **changes)


def heard(sender: str, at: datetime, channel: str = "whatsapp", kind: str = "text") -> None:
    InboundMessage.objects.create(
        sender=sender,
        received_at=at,
        channel=channel,
        kind=kind,
        provider_message_id=f"{sender} {at} {kind}",
    )


def make_template(account: ProviderAccount, **changes: Any) -> MessageTemplate:
    values: dict[str, Any] = {
        "reference": "1234",
        "name": "appointment",
        "language": "es",
        "state": "approved",
        "body": "Hola {{1}}, hasta el {{2}}.",
        "slots": [
            {"key": "body.1", "mark": "{{1}}", "part": "body"},
            {"key": "body.2", "mark": "{{2}}", "part": "body"},
        ],
        "synced_at": NOW,
    }
    return MessageTemplate.objects.create(account=account, **(values | changes))


def make_templated(account: ProviderAccount, **changes: Any) -> MessageSchedule:
    values: dict[str, Any] = {
        "at": JUST_NOW,
        "message_content": "Hola {first_name}, hasta el martes.",
        "template": make_template(account),
        "template_values": {"body.1": "{first_name}", "body.2": "martes"},
    }
    return make_message(**(values | changes))


class TestWill:
    @pytest.fixture(autouse=True)
    def _account(self, planner: Planner) -> None:
        make_account()

    def test_who_opted_out_hears_nothing_on_that_channel(self, planner: Planner) -> None:
        message = make_message(at=JUST_NOW)
        other = make_message(make_customer(phone_number="+34699999999"), at=JUST_NOW)
        number = message.customer.phone_number
        OptOut.objects.create(phone_number=number, channel="whatsapp", known_from="reply")
        OptOut.objects.create(phone_number="+34699999999", channel="sms", known_from="reply")

        (gone,) = send(planner)

        assert gone.made.message_id == other.pk
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.FAILED, Reason.OPTED_OUT)
        assert message.wants_since == NOW
        assert DeliveryEvent.objects.get().detail == {"reason": "opted_out"}

    @pytest.mark.parametrize("only_with_consent", [True, False])
    @pytest.mark.parametrize(
        ("given", "reason"),
        [(False, Reason.OPTED_OUT), (None, Reason.NO_CONSENT), (True, None)],
    )
    @pytest.mark.parametrize("by_hand", [True, False])
    def test_what_is_recorded_of_them_is_kept_to(
        self,
        planner: Planner,
        given: bool | None,
        reason: Reason | None,
        *,
        only_with_consent: bool,
        by_hand: bool,
    ) -> None:
        """Also where a person would have to send it."""
        if by_hand:
            ProviderAccount.objects.all().delete()
        make_business(only_with_consent=only_with_consent)
        message = make_message(at=JUST_NOW)
        if given is not None:
            Consent.objects.create(
                customer=message.customer, channel="whatsapp", given=given, known_from="person"
            )
        gone = send(planner)

        if reason is None or (reason is Reason.NO_CONSENT and not only_with_consent):
            assert len(gone) == (0 if by_hand else 1)
            assert row().status == (Status.DUE if by_hand else Status.SENDING)
        else:
            assert (row().status, row().reason) == (Status.FAILED, reason)

    def test_a_word_about_one_channel_says_nothing_of_the_other(self, planner: Planner) -> None:
        message = make_message(at=JUST_NOW)
        Consent.objects.create(
            customer=message.customer, channel="sms", given=False, known_from="person"
        )
        assert send(planner)


class TestQuietHours:
    @pytest.fixture(autouse=True)
    def _account(self, planner: Planner) -> None:
        make_account()
        make_business(quiet_from=time(21), quiet_until=time(9))

    def test_it_waits_until_they_are_over(self, planner: Planner) -> None:
        make_message(at=NIGHT)

        assert send(planner, NIGHT) == []

        assert (row().status, row().due_at) == (Status.SCHEDULED, MORNING)
        assert (row().reason, row().wants_since) == (Reason.QUIET_HOURS, None)
        assert row().schedule_date == NIGHT
        assert DeliveryEvent.objects.get().detail == {
            "reason": "quiet_hours",
            "next_try": MORNING.isoformat(),
        }
        assert send(planner, MORNING - timedelta(seconds=1)) == []
        assert len(send(planner, MORNING)) == 1
        assert row().first_tried_at == MORNING

    def test_they_are_the_customers_own(self, planner: Planner) -> None:
        make_message(make_customer(time_zone="America/New_York"), at=NIGHT)
        assert send(planner, NIGHT)

    def test_a_message_that_may_go_at_any_hour_goes(self, planner: Planner) -> None:
        make_message(at=NIGHT, also_in_quiet_hours=True)
        assert send(planner, NIGHT)

    def test_what_would_then_be_too_late_expires_at_once_and_says_why(
        self, planner: Planner
    ) -> None:
        make_message(at=NIGHT, send_by=MORNING - timedelta(minutes=1))
        assert send(planner, NIGHT) == []
        assert (row().status, row().reason) == (Status.EXPIRED, Reason.TOO_LATE)
        assert row().reason_words == "quiet hours"

    def test_a_zone_nobody_knows_has_no_night(self, planner: Planner) -> None:
        make_message(make_customer(time_zone="Nowhere/Land"), at=NIGHT)
        assert send(planner, NIGHT)


class TestWindow:
    @pytest.fixture(autouse=True)
    def _account(self, planner: Planner) -> None:
        make_business()
        windowed_account()

    @pytest.mark.parametrize(
        ("ago", "goes"),
        [
            (timedelta(minutes=1), True),
            (timedelta(hours=23, minutes=54), True),
            (timedelta(hours=23, minutes=56), False),
            (timedelta(days=3), False),
        ],
    )
    def test_plain_text_only_answers(self, planner: Planner, ago: timedelta, *, goes: bool) -> None:
        make_message(at=JUST_NOW, message_content="Hello.")
        heard("+34612345678", NOW - timedelta(days=9))
        heard("+34612345678", NOW - ago)

        assert bool(send(planner)) is goes

        assert (row().reason == Reason.WINDOW_CLOSED) is not goes
        assert Attempt.objects.exists() is goes

    def test_who_never_wrote_is_not_written_to(self, planner: Planner) -> None:
        make_message(at=JUST_NOW)
        heard("+34699999999", NOW)
        heard("+34612345678", NOW, channel="sms")
        heard("+34612345678", NOW, kind="preference")
        heard("+34612345678", NOW, kind="number")
        assert send(planner) == []
        assert (row().status, row().reason) == (Status.FAILED, Reason.WINDOW_CLOSED)

    def test_they_may_have_written_under_their_other_number(self, planner: Planner) -> None:
        make_message(make_customer(phone_number="+525512345678"), at=JUST_NOW)
        heard("+5215512345678", NOW - timedelta(hours=1))
        assert send(planner)

    def test_where_it_is_closed_the_other_channel_carries_it(self, planner: Planner) -> None:
        make_account(channel="sms")
        make_message(at=JUST_NOW, message_content="Hello.", fallback_channel="sms")
        assert send(planner) == []
        assert (row().status, row().message_type) == (Status.SCHEDULED, "sms")
        assert (row().reason, row().fallback_channel) == (Reason.FELL_BACK, "")
        assert DeliveryEvent.objects.get().detail["because"] == "window_closed"

        (gone,) = send(planner)
        assert (gone.outgoing.channel, gone.made.number) == ("sms", 1)

    def test_a_provider_without_a_window_takes_it(self, planner: Planner) -> None:
        ProviderAccount.objects.all().delete()
        make_account()
        make_message(at=JUST_NOW)
        assert send(planner)

    def test_an_approved_template_needs_no_window(self, planner: Planner) -> None:
        make_templated(ProviderAccount.objects.get())
        (gone,) = send(planner)
        assert gone.outgoing.template


class TestTemplates:
    @pytest.fixture
    def account(self, planner: Planner) -> ProviderAccount:
        make_business()
        return windowed_account()

    def test_it_goes_with_its_places_filled_in(
        self, planner: Planner, account: ProviderAccount
    ) -> None:
        make_templated(account)
        (gone,) = send(planner)
        assert gone.outgoing.text == "Hola Zoë, hasta el martes."
        used = gone.outgoing.template
        assert used
        assert (used.reference, used.name, used.language) == ("1234", "appointment", "es")
        assert used.values == {"body.1": "Zoë", "body.2": "martes"}

    @pytest.mark.parametrize("state", ["paused", "rejected", "pending", "deleted"])
    def test_one_that_is_not_approved_does_not_go(
        self, planner: Planner, account: ProviderAccount, state: str
    ) -> None:
        make_templated(account)
        MessageTemplate.objects.update(state=state)
        assert send(planner) == []
        assert (row().status, row().reason) == (Status.FAILED, Reason.TEMPLATE)
        assert row().reason_words == f"appointment: {state}"

    @pytest.mark.parametrize(
        ("value", "words"),
        [("a\nb", "appointment, {{2}}: new_line"), ("", "appointment, {{2}}: empty")],
    )
    def test_one_filled_in_wrongly_does_not_go(
        self, planner: Planner, account: ProviderAccount, value: str, words: str
    ) -> None:
        make_templated(account, template_values={"body.1": "{first_name}", "body.2": value})
        assert send(planner) == []
        assert (row().reason, row().reason_words) == (Reason.TEMPLATE, words)

    def test_a_place_without_its_value_is_never_sent(
        self, planner: Planner, account: ProviderAccount
    ) -> None:
        make_templated(account, template_values={"body.1": "{company}", "body.2": "martes"})
        assert send(planner) == []
        assert (row().reason, row().reason_words) == (Reason.MISSING_PLACEHOLDER, "company")

    def test_one_of_an_account_that_was_replaced_does_not_go(
        self, planner: Planner, account: ProviderAccount
    ) -> None:
        make_templated(account)
        ProviderAccount.objects.update(enabled=False)
        windowed_account()
        assert send(planner) == []
        assert row().reason_words == "appointment: of another account"

    def test_on_the_other_channel_its_words_go_as_plain_text(
        self, planner: Planner, account: ProviderAccount
    ) -> None:
        make_account(channel="sms")
        make_templated(account, fallback_channel="sms")
        MessageTemplate.objects.update(state="paused")
        send(planner)
        (gone,) = send(planner)
        assert (gone.outgoing.channel, gone.outgoing.template) == ("sms", None)
        assert gone.outgoing.text == "Hola Zoë, hasta el martes."


class TestFiles:
    @pytest.fixture
    def receipt(self, planner: Planner) -> Receipt:
        make_business()
        return Receipt.objects.create(
            invoice=make_invoice(),
            file=ContentFile(b"%PDF-1.7", name="any.pdf"),
            filename="Invoice 7.pdf",
            content_type="application/pdf",
            size=8,
            sha256="0" * 64,
        )

    def attached(self, receipt: Receipt, **changes: Any) -> MessageSchedule:
        heard("+34612345678", NOW - timedelta(hours=1))
        values = {"at": JUST_NOW, "message_content": "Here.", "receipt": receipt}
        return make_message(receipt.invoice.customer, **(values | changes))

    def test_the_receipt_goes_along(self, planner: Planner, receipt: Receipt) -> None:
        windowed_account()
        self.attached(receipt)
        (gone,) = send(planner)
        attachment = gone.outgoing.attachment
        assert attachment
        assert attachment.path.read_bytes() == b"%PDF-1.7"
        assert (attachment.content_type, attachment.file_name) == (
            "application/pdf",
            "Invoice 7.pdf",
        )
        assert attachment.url == ""

    def test_a_provider_may_fetch_it_where_this_is_reached_safely(
        self, planner: Planner, receipt: Receipt, settings: Settings
    ) -> None:
        settings.SITE_URL, settings.HTTPS = "https://salon.example", True
        windowed_account()
        self.attached(receipt)
        (gone,) = send(planner)
        attachment = gone.outgoing.attachment
        assert attachment
        assert attachment.url.startswith("https://salon.example/receipt/shared/")
        token = attachment.url.split("/")[-2]
        assert receipt_of(token, now=NOW) == receipt
        assert attachment.url == "https://salon.example" + reverse("receipt_shared", args=[token])

    def test_a_receipt_in_the_trash_is_missing(self, planner: Planner, receipt: Receipt) -> None:
        windowed_account()
        self.attached(receipt)
        Receipt.objects.update(trashed_at=NOW)
        assert send(planner) == []
        assert (row().reason, row().reason_words) == (Reason.MISSING_PLACEHOLDER, "receipt")

    def test_a_channel_that_carries_no_files_is_not_sent_half_a_message(
        self, planner: Planner, receipt: Receipt
    ) -> None:
        make_account()
        self.attached(receipt)
        assert send(planner) == []
        assert (row().status, row().reason) == (Status.FAILED, Reason.CONFIGURATION)

    def test_nor_is_half_of_one_sent_by_the_other_channel(
        self, planner: Planner, receipt: Receipt
    ) -> None:
        windowed_account()
        make_account(channel="sms")
        self.attached(receipt, fallback_channel="sms")
        InboundMessage.objects.all().delete()
        assert send(planner) == []
        assert (row().status, row().reason) == (Status.FAILED, Reason.WINDOW_CLOSED)
        assert row().message_type == "whatsapp"


class TestAccounts:
    def of(self, database: Database) -> limits.Account:
        return database.read(limits.every)[0]

    def test_credentials_are_opened_for_the_provider_and_shown_to_nobody(
        self, database: Database
    ) -> None:
        windowed_account(secrets=sealed({"access_token": "s3cret"}))
        account = self.of(database)
        assert account.settings == {"phone_number_id": "1", "access_token": "s3cret"}
        assert not account.secrets_lost
        assert "s3cret" not in repr(account)
        assert "phone_number_id" not in repr(account)

    def test_credentials_nobody_can_open_are_known_to_be_lost(self, database: Database) -> None:
        windowed_account(secrets="gAAAA not ours")
        assert self.of(database).secrets_lost

    @pytest.mark.parametrize(
        ("site", "base_url", "told"),
        [
            ("https://salon.example", "", True),
            ("http://salon.example", "", False),
            ("http://salon.example", "https://graph.example", False),
            ("http://127.0.0.1:8000", "http://127.0.0.1:9999", True),
            ("", "http://127.0.0.1:9999", False),
        ],
    )
    def test_receipts_are_asked_for_where_they_can_come_safely(
        self, database: Database, settings: Settings, site: str, base_url: str, *, told: bool
    ) -> None:
        settings.SITE_URL = site
        made = windowed_account()
        ProviderAccount.objects.update(settings={"base_url": base_url})
        url = self.of(database).callback_url
        path = reverse("webhook", args=["whatsapp_cloud", made.webhook_key])
        assert url == (f"{site}{path}" if told else "")

    def test_a_provider_that_tells_nothing_is_given_no_address(
        self, database: Database, settings: Settings
    ) -> None:
        settings.SITE_URL = "https://salon.example"
        make_account()
        assert self.of(database).callback_url == ""
