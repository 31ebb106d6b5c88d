"""The form of an account asks in words for exactly what its provider wants to know."""

from typing import Any

import pytest
from django.conf import settings

from crm.actions import accounts
from crm.forms.account_words import PROVIDERS as WORDS
from crm.forms.account_words import SETTINGS, of_setting
from crm.forms.provider_accounts import OF_EVERY_ACCOUNT, AccountForm
from providers import registry
from tests.crm.actions.test_accounts import META, PHONE, connect
from tests.make import NOW

pytestmark = pytest.mark.django_db

ENTRIES = sorted(registry.PROVIDERS.values(), key=lambda entry: entry.name)
by_name = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def form_of(provider: str, values: Any = None, **options: Any) -> AccountForm:
    return AccountForm(values, entry=registry.entry(provider), country="ES", **options)


@by_name
def test_every_setting_has_words_and_no_other(entry: registry.Entry) -> None:
    assert SETTINGS.get(entry.name, {}).keys() == {one.name for one in entry.settings}
    assert not {one.name for one in entry.settings} & set(OF_EVERY_ACCOUNT)


@by_name
def test_every_provider_is_described(entry: registry.Entry) -> None:
    words = WORDS[entry.name]
    assert words.what
    if entry.settings:
        assert words.costs
        assert words.receipts
        assert words.replies
    assert bool(words.webhook) == entry.callbacks


@by_name
def test_every_provider_that_is_told_something_has_a_how_to(entry: registry.Entry) -> None:
    how_to = WORDS[entry.name].how_to
    assert bool(how_to) == bool(entry.settings)
    assert not how_to or (settings.BASE_DIR / how_to).is_file()


@by_name
def test_what_is_told_where_to_call_says_how_that_is_ended(entry: registry.Entry) -> None:
    assert bool(WORDS[entry.name].still_calls) == entry.tellable


@by_name
def test_credentials_are_settings(entry: registry.Entry) -> None:
    assert entry.credentials <= {one.name for one in entry.settings}


@by_name
def test_every_choice_is_named(entry: registry.Entry) -> None:
    for setting in entry.settings:
        named = of_setting(entry.name, setting.name).choices
        assert not named or named.keys() == set(setting.choices)


@by_name
def test_every_setting_has_a_field_and_secrets_are_hidden(entry: registry.Entry) -> None:
    form = form_of(entry.name)
    for setting in entry.settings:
        field = form[setting.name]
        if setting.secret and setting.kind != "multiline":
            assert 'type="password"' in str(field)
    assert {field.name for field in form.plain + form.advanced} == set(form.fields)


def test_addresses_for_tests_stand_under_advanced() -> None:
    assert "base_url" in {field.name for field in form_of("whatsapp_cloud").advanced}


def test_a_kept_secret_is_not_shown_and_not_asked_for(settings: Any) -> None:
    account = connect()
    form = form_of("whatsapp_cloud", account=account)
    assert not any(value in str(form) for value in (META["access_token"], META["app_secret"]))
    assert META["waba_id"] in str(form)
    assert not form.fields["access_token"].required
    assert form_of("whatsapp_cloud").fields["access_token"].required
    settings.SECRET_KEY = "of another installation " * 3
    assert form_of("whatsapp_cloud", account=account).fields["access_token"].required


def test_what_the_provider_cannot_read_is_said_beside_its_field_in_its_words() -> None:
    form = form_of("whatsapp_cloud", META | {"base_url": "nonsense"})
    assert not form.is_valid()
    assert form.errors["base_url"] == ["Is not an address like https://example.com."]
    assert form.opens_advanced
    assert META["access_token"] in str(form)  # typed a moment ago, not kept


def test_names_of_settings_are_read_as_their_labels() -> None:
    form = form_of("android_gateway", PHONE | {"device_id": ""})
    assert not form.is_valid()
    assert form.errors["device_id"] == ["Is missing."]


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "nul\x00", "a\nb", "\u202eevil", "😀" * 600, "x" * 100_000, "-1"],
)
def test_whatever_is_typed_is_taken_or_refused(hostile: str) -> None:
    form = form_of("whatsapp_cloud", dict.fromkeys([*META, "label", "rate_per_s"], hostile))
    if form.is_valid():
        accounts.connect(
            "whatsapp_cloud",
            "whatsapp",
            form.values,
            label=form.label,
            rate_per_s=form.rate_per_s,
            actor=None,
            now=NOW,
        )
    assert "<script>alert" not in str(form)


@pytest.mark.parametrize("rate", ["0", "-3", "fast", "1e9", "nan"])
def test_a_rate_is_a_number_of_messages(rate: str) -> None:
    form = form_of("whatsapp_cloud", META | {"rate_per_s": rate})
    assert "rate_per_s" in form.errors


def test_without_a_rate_the_providers_usual_one_holds() -> None:
    form = form_of("whatsapp_cloud", META)
    assert form.is_valid(), form.errors
    assert form.rate_per_s == registry.entry("whatsapp_cloud").rate_per_s
