"""What a phone tells comes in at the door, signed, and changes what it should."""

from collections.abc import Mapping
from typing import Any

import pytest
import time_machine
from django.test import Client

from crm.actions.secrets import sealed
from crm.models import InboundMessage, OptOut, ProviderAccount, ProviderCallback
from delivery.database import Database
from tests.databases import Installation
from tests.delivery.receiving import apply, make_sent
from tests.make import NOW, make_account, make_business, make_customer
from tests.stand_ins.android_gateway import AndroidGatewayStandIn, event
from webhooks.accounts import directory

ATTEMPT = "0190f3c2-8a4e-7c1b-9d52-5f1a3b7c9e01"


@pytest.fixture
def account(installation: Installation) -> ProviderAccount:
    directory.forget()
    make_business()
    return make_account(
        provider="android_gateway",
        channel="sms",
        settings={"username": "ABCDEF", "device_id": "PyDmBQZZXYmyxMwED8Fzy"},
        secrets=sealed({"password": "our-password", "signing_key": "testkey"}),
    )


def tell(account: ProviderAccount, name: str, payload: Mapping[str, Any], event_id: str) -> int:
    """What the phone calls, signed as it signs; the status it is answered with."""
    body = event(name, payload, event_id)
    signed = AndroidGatewayStandIn().signed(body, NOW)
    with time_machine.travel(NOW, tick=False):
        answer = Client().post(
            f"/webhooks/android_gateway/{account.webhook_key}/",
            data=body,
            content_type="application/json",
            headers=dict(signed),
        )
    return answer.status_code


def test_receipts_from_a_phone_move_the_message(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account, provider_message_id=ATTEMPT, message_type="sms")
    told = {"messageId": ATTEMPT, "phoneNumber": "+34612345678"}
    assert tell(account, "sms:delivered", told, "one") == 200
    assert tell(account, "sms:sent", told, "two") == 200
    assert tell(account, "sms:sent", told, "two") == 200
    assert tell(account, "system:ping", {}, "three") == 200
    apply(database)

    message.refresh_from_db()
    assert message.status == "delivered"
    assert ProviderCallback.objects.exclude(state="applied").count() == 0


def test_a_failure_says_why_in_the_phones_words(
    database: Database, account: ProviderAccount
) -> None:
    message = make_sent(account, provider_message_id=ATTEMPT, message_type="sms")
    reason = "Send result: RESULT_ERROR_LIMIT_EXCEEDED (Failed because …)"
    tell(account, "sms:failed", {"messageId": ATTEMPT, "reason": reason}, "one")
    apply(database)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("failed", "limit")
    assert message.reason_code == "RESULT_ERROR_LIMIT_EXCEEDED"


@pytest.mark.parametrize("sender", ["+34612345678", "612 345 678", "0034612345678"])
def test_a_stop_is_heard_however_the_network_writes_the_number(
    database: Database, account: ProviderAccount, sender: str
) -> None:
    customer = make_customer(phone_number="+34612345678")
    tell(account, "sms:received", {"message": "STOP", "sender": sender}, "one")
    apply(database)

    reply = InboundMessage.objects.get()
    assert (reply.customer, reply.sender, reply.text) == (customer, "+34612345678", "STOP")
    assert OptOut.objects.filter(phone_number="+34612345678").exists()


def test_a_word_instead_of_a_number_is_nobodys(
    database: Database, account: ProviderAccount
) -> None:
    tell(account, "sms:received", {"message": "Your parcel", "sender": "DHL"}, "one")
    apply(database)

    reply = InboundMessage.objects.get()
    assert (reply.customer, reply.sender, reply.sender_id) == (None, "", "DHL")


def test_another_key_changes_nothing(database: Database, account: ProviderAccount) -> None:
    account.secrets = sealed({"password": "our-password", "signing_key": "another"})
    account.save(update_fields=["secrets"])
    assert tell(account, "sms:received", {"message": "STOP", "sender": "+34612345678"}, "x") != 200
    assert not ProviderCallback.objects.exists()
