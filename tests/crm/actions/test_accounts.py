"""Accounts are connected, changed and given up, and nobody hears their secrets."""

import json
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from crm.actions import accounts
from crm.actions.secrets import opened
from crm.models import Event, ProviderAccount, User
from providers import registry
from providers.errors import SettingsError, UnknownProviderError
from rules.message_states import Status
from tests.make import NOW, make_account, make_message

pytestmark = pytest.mark.django_db

META = {
    "phone_number_id": "106540352242922",
    "waba_id": "102290129340398",
    "access_token": "EAAG-very-secret",
    "app_secret": "also-secret",
}
TWILIO = {
    "account_sid": "AC00000000000000000000000000000001",
    "auth_token": "token-very-secret",
    "from_number": "+34910000000",
}
PHONE = {"username": "shop", "password": "hunter2hunter2", "device_id": "pixel"}


def connect(values: Any = None, provider: str = "whatsapp_cloud", **changes: Any) -> Any:
    options: dict[str, Any] = {"channel": "whatsapp", "actor": None, "now": NOW} | changes
    return accounts.connect(provider, values=META if values is None else values, **options)


def change(account: ProviderAccount, values: Any, **changes: Any) -> list[str]:
    options = {"label": account.label, "rate_per_s": account.rate_per_s, "actor": None} | changes
    return accounts.change(account, values, **options)


def test_a_connected_account_sends_and_its_secrets_are_encrypted(user: User) -> None:
    account = connect(actor=user, label="Front desk")
    account.refresh_from_db()
    assert ProviderAccount.objects.serving("whatsapp") == account
    assert account.settings == {name: META[name] for name in ("phone_number_id", "waba_id")}
    assert "very-secret" not in account.secrets
    kept = accounts.settings_of(account)
    assert {name: kept[name] for name in META} == META
    assert (account.label, account.rate_per_s, account.created_at) == ("Front desk", 20, NOW)


def test_a_token_that_the_provider_is_told_is_made_here(user: User) -> None:
    made = accounts.settings_of(connect())["verify_token"]
    assert len(made) >= 24
    assert (
        accounts.settings_of(connect(META | {"verify_token": "my-own"}))["verify_token"] == "my-own"
    )


def test_what_equals_its_default_is_left_to_it() -> None:
    account = connect(META | {"base_url": "https://graph.facebook.com", "api_version": ""})
    assert account.settings.keys() == {"phone_number_id", "waba_id"}


def test_no_secret_gets_into_an_event_or_a_representation(user: User) -> None:
    account = connect(actor=user)
    change(account, META | {"access_token": "another-secret"}, actor=user)
    accounts.disconnect(account, actor=user)
    accounts.use(account, actor=user)
    accounts.remove(account, actor=user, now=NOW)
    told = json.dumps(list(Event.objects.values_list("kind", "detail"))) + repr(account)
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "account.connected",
        "account.changed",
        "account.disconnected",
        "account.used_again",
        "account.removed",
    ]
    assert "secret" not in told.replace("app_secret", "")


def test_a_second_account_takes_the_place_of_the_first_and_says_so() -> None:
    first = connect(label="Old")
    second = connect(META | {"phone_number_id": "222222222222222"}, label="New")
    first.refresh_from_db()
    assert (first.enabled, second.enabled) == (False, True)
    assert accounts.settings_of(first)["access_token"] == META["access_token"]
    assert Event.objects.latest("pk").detail["replaced"] == ["Old"]


def test_a_form_sent_twice_connects_one() -> None:
    form_id = uuid4()
    first = connect(form_id=form_id)
    assert connect(form_id=form_id) == first
    assert ProviderAccount.objects.get().enabled
    assert [event.kind for event in Event.objects.all()] == ["account.connected"]


def test_the_credentials_of_another_account_serve_it_too() -> None:
    sms = connect(TWILIO, "twilio", channel="sms")
    whatsapp = connect(
        {"from_number": "+34910000001", "auth_token": "typed"}, "twilio", same_as=sms
    )
    assert accounts.settings_of(whatsapp) == TWILIO | {"from_number": "+34910000001"}
    assert whatsapp.settings["account_sid"] == TWILIO["account_sid"]
    assert "auth_token" not in whatsapp.settings


def test_only_what_can_still_be_read_is_lent(settings: Settings) -> None:
    twilio = registry.entry("twilio")
    lost = connect(TWILIO, "twilio", channel="sms")
    settings.SECRET_KEY = "another one, as in a backup without it"
    kept = connect(TWILIO, "twilio")
    assert accounts.lenders(twilio) == [kept]
    accounts.disconnect(kept, actor=None)
    assert accounts.lenders(twilio) == [kept]
    accounts.remove(kept, actor=None, now=NOW)
    assert accounts.lenders(twilio) == []
    assert lost.enabled


def test_removed_it_is_not_found_again_by_a_form_sent_late() -> None:
    form_id = uuid4()
    first = connect(form_id=form_id)
    accounts.disconnect(first, actor=None)
    accounts.remove(first, actor=None, now=NOW)
    assert connect(form_id=form_id) != first


def test_accounts_of_other_channels_are_left_alone() -> None:
    by_phone = connect(PHONE, "android_gateway", channel="sms")
    connect()
    by_phone.refresh_from_db()
    assert by_phone.enabled


def test_the_test_run_is_taken_up_where_it_was_left() -> None:
    first = connect({}, "console")
    accounts.disconnect(first, actor=None)
    assert connect({}, "console").pk == first.pk


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({}, "phone_number_id"),
        (META | {"access_token": " "}, "access_token"),
        (META | {"base_url": "not an address"}, "base_url"),
        (META | {"colour": "blue"}, "colour"),
    ],
)
def test_what_a_provider_cannot_read_names_its_setting_and_changes_nothing(
    values: dict[str, str], setting: str
) -> None:
    before = connect({}, "console")
    with pytest.raises(SettingsError) as caught:
        connect(values)
    assert caught.value.setting == setting
    assert list(ProviderAccount.objects.in_use()) == [before]


def test_no_account_is_made_of_what_there_is_not() -> None:
    with pytest.raises(UnknownProviderError):
        connect({}, "carrier_pigeon")
    with pytest.raises(accounts.WrongChannelError):
        connect(PHONE, "android_gateway", channel="whatsapp")


def test_a_secret_left_empty_keeps_its_value() -> None:
    account = connect()
    changed = change(account, META | {"access_token": "", "waba_id": "999999999999999"})
    account.refresh_from_db()
    assert changed == ["waba_id"]
    assert accounts.settings_of(account)["access_token"] == META["access_token"]
    assert Event.objects.latest("pk").detail["changed"] == ["waba_id"]


def test_an_optional_secret_can_be_forgotten() -> None:
    account = connect(PHONE | {"signing_key": "s" * 8}, "android_gateway", channel="sms")
    change(account, PHONE)
    account.refresh_from_db()
    assert "signing_key" in accounts.settings_of(account)
    change(account, PHONE, forget={"signing_key"})
    account.refresh_from_db()
    assert "signing_key" not in accounts.settings_of(account)


def test_a_change_that_changes_nothing_is_no_event() -> None:
    account = connect()
    assert change(account, META) == []
    assert not Event.objects.filter(kind="account.changed").exists()


def test_saved_once_more_the_secrets_need_the_former_key_no_longer(settings: Settings) -> None:
    settings.SECRET_KEY = "old key " * 8
    account = connect()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new key " * 8, ["old key " * 8]
    change(account, META | {"access_token": "", "app_secret": ""})
    settings.SECRET_KEY_FALLBACKS = []
    account.refresh_from_db()
    assert opened(account.secrets)["access_token"] == META["access_token"]


def test_lost_secrets_have_to_be_typed_in_again(settings: Settings) -> None:
    account = connect()
    settings.SECRET_KEY = "of another installation " * 3
    assert accounts.has_lost_secrets(account)
    with pytest.raises(SettingsError, match="access_token: is missing"):
        change(account, META | {"access_token": ""})
    change(account, META)
    account.refresh_from_db()
    assert not accounts.has_lost_secrets(account)


def test_a_stopped_account_sends_again_once() -> None:
    account = make_account(paused_because="190", held_until=NOW)
    assert accounts.resume(account, actor=None)
    assert not accounts.resume(account, actor=None)
    assert ProviderAccount.objects.serving("whatsapp") == account
    assert Event.objects.get().kind == "account.resumed"


def test_disconnected_its_messages_are_for_people_and_nothing_else_is_forgotten() -> None:
    account = connect()
    assert accounts.disconnect(account, actor=None)
    assert not accounts.disconnect(account, actor=None)
    assert ProviderAccount.objects.serving("whatsapp") is None
    assert accounts.settings_of(account)["access_token"] == META["access_token"]


def test_used_again_it_takes_its_place_back() -> None:
    first = connect()
    second = connect({}, "console")
    assert accounts.use(first, actor=None)
    assert not accounts.use(first, actor=None)
    second.refresh_from_db()
    assert not second.enabled


def test_removed_it_keeps_no_credentials_but_its_messages_their_account() -> None:
    account = connect()
    message = make_message(account=account, status=Status.SENT)
    assert accounts.remove(account, actor=None, now=NOW)
    assert not accounts.remove(account, actor=None, now=NOW)
    account.refresh_from_db()
    message.refresh_from_db()
    assert (account.enabled, account.settings, account.secrets) == (False, {}, "")
    assert message.account == account
    assert not accounts.use(account, actor=None)


def test_nothing_is_removed_while_a_message_is_on_its_way() -> None:
    account = connect()
    make_message(account=account, status=Status.SENDING)
    with pytest.raises(accounts.InFlightError):
        accounts.remove(account, actor=None, now=NOW)
    account.refresh_from_db()
    assert account.secrets
