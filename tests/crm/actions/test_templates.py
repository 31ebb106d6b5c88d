"""Templates are what the provider listed last; what it lists no more is gone, not forgotten."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from crm.actions import templates
from crm.actions.accounts import disconnect
from crm.models import MessageTemplate, ProviderAccount
from providers.errors import LookupFailedError
from providers.templates import Slot, Template, TemplateState
from tests.crm.actions.test_accounts import META, PHONE, connect
from tests.make import NOW
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

pytestmark = pytest.mark.django_db

READY = Template(
    reference="1001",
    name="order_ready",
    language="en",
    category="utility",
    state=TemplateState.APPROVED,
    body="Hello {{1}}, your order is ready.",
    buttons=("Where are you?",),
    slots=(Slot(key="body.1", mark="{{1}}", part="body", example="Zoë"),),
)
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as meta:
        yield meta


@pytest.fixture
def account() -> ProviderAccount:
    account: ProviderAccount = connect()
    return account


def test_a_list_is_kept_as_it_came(account: ProviderAccount) -> None:
    assert templates.store(account, [READY], now=NOW) == 1
    kept = MessageTemplate.objects.get()
    assert (kept.name, kept.language, kept.state, kept.body) == (
        "order_ready",
        "en",
        "approved",
        READY.body,
    )
    assert kept.slots == [{"key": "body.1", "mark": "{{1}}", "part": "body", "example": "Zoë"}]
    assert (kept.buttons, kept.synced_at, kept.is_usable) == (["Where are you?"], NOW, True)


def test_read_again_each_is_there_once_and_only_what_differs_counts(
    account: ProviderAccount,
) -> None:
    other = replace(READY, reference="1002", language="es")
    assert templates.store(account, [READY, other], now=NOW) == 2
    number = MessageTemplate.objects.get(reference="1001").pk
    paused = replace(READY, state=TemplateState.PAUSED)
    assert templates.store(account, [paused, other], now=LATER) == 1
    kept = MessageTemplate.objects.get(reference="1001")
    assert (kept.pk, kept.state, kept.synced_at) == (number, "paused", LATER)


def test_what_is_listed_no_more_is_deleted_and_comes_back(account: ProviderAccount) -> None:
    templates.store(account, [READY], now=NOW)
    assert templates.store(account, [], now=LATER) == 1
    assert MessageTemplate.objects.get().state == TemplateState.DELETED
    assert templates.store(account, [], now=LATER) == 0
    templates.store(account, [READY], now=LATER)
    assert MessageTemplate.objects.get().is_usable


def test_two_of_the_same_name_are_two(account: ProviderAccount) -> None:
    assert templates.store(account, [READY, replace(READY, reference="1002")], now=NOW) == 2


def test_what_is_too_long_is_cut_and_nothing_else_is_lost(account: ProviderAccount) -> None:
    odd = replace(READY, rejected_because="no\0" + "x" * 5000, category="c" * 100)
    templates.store(account, [odd], now=NOW)
    assert len(MessageTemplate.objects.get().rejected_because) == 300


def test_the_list_of_another_account_is_left_alone(account: ProviderAccount) -> None:
    templates.store(account, [READY], now=NOW)
    templates.store(connect(), [], now=NOW)
    assert MessageTemplate.objects.get().is_usable


def test_the_list_is_fetched_from_the_provider(meta: WhatsAppCloudStandIn) -> None:
    account = connect(meta.settings)
    assert templates.read(account, now=NOW) == len(meta.templates)
    assert account.templates.usable().exists()
    assert templates.read(account, now=LATER) == 0


def test_a_list_that_cannot_be_had_changes_nothing(meta: WhatsAppCloudStandIn) -> None:
    account = connect(meta.settings)
    templates.read(account, now=NOW)
    count = account.templates.usable().count()
    meta.access_token = "another"
    with pytest.raises(LookupFailedError):
        templates.read(account, now=LATER)
    assert account.templates.usable().count() == count


def test_lists_are_read_once_a_day_and_when_the_provider_says_so(
    meta: WhatsAppCloudStandIn,
) -> None:
    connect(meta.settings)
    ProviderAccount.objects.update(templates_due_at=NOW)
    assert templates.read_due(NOW) == 1
    assert templates.read_due(NOW + timedelta(hours=23)) == 0
    assert templates.read_due(NOW + timedelta(hours=24)) == 1
    ProviderAccount.objects.update(templates_due_at=LATER + timedelta(hours=24))
    assert templates.read_due(LATER + timedelta(hours=24)) == 1


def test_of_two_that_look_at_once_one_reads(meta: WhatsAppCloudStandIn) -> None:
    account = connect(meta.settings)
    stale = ProviderAccount.objects.get(pk=account.pk)
    ProviderAccount.objects.update(templates_due_at=NOW)
    assert not templates._read_if_mine(stale, NOW)


def test_one_that_fails_is_asked_again_later_and_keeps_no_other_back(
    meta: WhatsAppCloudStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    connect(META | {"base_url": "http://127.0.0.1:9"})
    ProviderAccount.objects.update(templates_due_at=NOW)
    assert templates.read_due(NOW) == 0
    assert "LookupFailedError" in caplog.text
    assert META["access_token"] not in caplog.text
    assert ProviderAccount.objects.get().templates_due_at == NOW + templates.AGAIN_AFTER


def test_only_accounts_in_use_whose_provider_has_templates_are_read(
    meta: WhatsAppCloudStandIn,
) -> None:
    connect(PHONE, "android_gateway", channel="sms")
    twilio = {
        "account_sid": f"AC{'a' * 32}",
        "auth_token": "12345",
        "base_url": meta.url,
        "content_base_url": meta.url,
    }
    connect({**twilio, "from_number": "+15005550006"}, "twilio", channel="sms")
    disconnect(connect(meta.settings), actor=None)
    ProviderAccount.objects.update(templates_due_at=NOW)
    assert templates.read_due(NOW) == 0
    assert not meta.requests
