import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from providers import registry
from providers.accounts import Setting
from providers.errors import (
    REASONS,
    ErrorKind,
    ProviderError,
    SettingsError,
    UnknownProviderError,
)
from providers.registry import Entry
from providers.twilio import LONGEST_BODY
from providers.whatsapp_cloud_requests import LONGEST_CAPTION, LONGEST_TEXT
from tests.providers.outgoing import make_outgoing

ENTRIES = tuple(registry.PROVIDERS.values())

#: Where a kind of setting does not say what it looks like.
LOOKS: Mapping[tuple[str, str], str] = {
    ("whatsapp_cloud", "phone_number_id"): "106540352242922",
    ("whatsapp_cloud", "waba_id"): "102290129340398",
    ("twilio", "account_sid"): "AC" + "0" * 32,
    ("twilio", "from_number"): "+15005550006",
    ("twilio", "messaging_service_sid"): "",
    ("twilio", "api_key_sid"): "SK" + "0" * 32,
    ("apprise_url", "url"): "clicksend://zoe:secret-apprise_url-url@{phone}",
}
KINDS = {"url": "https://stand-in.example", "phone": "+34600111222"}


def filled(entry: Entry) -> dict[str, object]:
    """Everything an account may be told."""
    return {one.name: _look(entry, one) for one in entry.settings}


def _look(entry: Entry, setting: Setting) -> str:
    if (entry.name, setting.name) in LOOKS:
        return LOOKS[entry.name, setting.name]
    if setting.choices:
        return setting.choices[0]
    return setting.default or KINDS.get(setting.kind, f"secret-{entry.name}-{setting.name}")


def missing() -> list[object]:
    return [
        pytest.param(entry, setting, id=f"{entry.name}-{setting.name}")
        for entry in ENTRIES
        for setting in entry.settings
        if setting.required and not setting.default
    ]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_provider_is_found_by_its_name_and_takes_its_settings(entry: Entry) -> None:
    assert registry.PROVIDERS[entry.name] is registry.entry(entry.name) is entry
    provider = registry.make(entry.name, filled(entry))
    assert provider.receipts is entry.receipts
    assert entry.channels <= {"whatsapp", "sms"}
    assert entry.attachments <= entry.channels
    assert entry.rate_per_s > 0


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_provider_can_do_what_it_is_said_to(entry: Entry) -> None:
    provider = registry.make(entry.name, filled(entry))
    listens = all(hasattr(provider, name) for name in ("challenge", "is_genuine", "read", "fetch"))
    assert listens is entry.callbacks
    assert hasattr(provider, "templates") is entry.templates


@pytest.mark.parametrize(
    "entry", [one for one in ENTRIES if not one.proves], ids=lambda entry: entry.name
)
def test_one_that_can_prove_nothing_answers_without_being_asked(entry: Entry) -> None:
    provider = registry.make(entry.name, filled(entry))
    at = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
    assert asyncio.run(provider.reconcile(make_outgoing(), attempted_at=at)) is None


def test_what_can_be_asked_of_which_provider_is_known() -> None:
    assert {one.name for one in ENTRIES if one.proves} == {"console", "twilio", "android_gateway"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_setting_that_nobody_knows_is_left_out(entry: Entry) -> None:
    registry.make(entry.name, {**filled(entry), "colour": "blue"})


@pytest.mark.parametrize(("entry", "setting"), missing())
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_setting_that_is_missing_is_named(
    entry: Entry, setting: Setting, empty: str | None
) -> None:
    settings = {**filled(entry), setting.name: empty}
    with pytest.raises(SettingsError) as wrong:
        registry.make(entry.name, settings)
    assert wrong.value.setting == setting.name


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_what_is_secret_shows_up_in_no_log_by_accident(entry: Entry) -> None:
    provider = registry.make(entry.name, filled(entry))
    assert f"secret-{entry.name}" not in repr(provider)
    assert f"secret-{entry.name}" not in str(provider)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_settings_are_told_by_names_that_fit_a_command(entry: Entry) -> None:
    names = [one.name for one in entry.settings]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name.islower() for name in names)
    for one in entry.settings:
        assert bool(one.choices) is (one.kind == "choice")
        assert not one.default or not one.choices or one.default in one.choices


def test_a_channel_lists_who_serves_it() -> None:
    on_sms = [entry.name for entry in registry.serving("sms")]
    assert "android_gateway" in on_sms
    assert "whatsapp_cloud" not in on_sms
    assert registry.serving("pigeon") == ()


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(UnknownProviderError, match="pigeon"):
        registry.make("pigeon", {})


def test_errors_of_setting_up_are_one_family() -> None:
    with pytest.raises(ProviderError):
        registry.make("console", {"latency_s": "soon"})
    assert issubclass(SettingsError, ProviderError)


def test_every_kind_of_error_gives_a_person_a_reason() -> None:
    assert set(REASONS) == set(ErrorKind)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_each_says_how_long_a_text_it_takes_on_its_channels(entry: Entry) -> None:
    for channel in entry.channels:
        assert 0 < entry.longest(channel, with_file=True) <= entry.longest(channel) <= 4096


def test_what_is_promised_is_not_refused_for_its_length() -> None:
    meta, twilio = registry.entry("whatsapp_cloud"), registry.entry("twilio")
    assert meta.longest("whatsapp") == LONGEST_TEXT
    assert meta.longest("whatsapp", with_file=True) == LONGEST_CAPTION
    assert {twilio.longest(channel) for channel in twilio.channels} == {LONGEST_BODY}
