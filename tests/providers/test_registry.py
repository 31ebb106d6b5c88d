import pytest

from providers import registry
from providers.errors import (
    REASONS,
    ErrorKind,
    ProviderError,
    SettingsError,
    UnknownProviderError,
)


#: By provider, the least that it has to be told.
ENOUGH: dict[str, dict[str, str]] = {
    "console": {},
    "whatsapp_cloud": {
        "phone_number_id": "106540352242922",
        "waba_id": "102290129340398",
        "access_token": "token",
        "app_secret": "secret",
        "verify_token": "our-token",
    },
}


def test_every_provider_is_found_by_its_name() -> None:
    for name, entry in registry.PROVIDERS.items():
        assert registry.entry(name) is entry
        assert entry.name == name
        assert entry.channels <= {"whatsapp", "sms"}
        assert registry.make(name, ENOUGH[name]).receipts is entry.receipts


def test_a_provider_does_what_its_entry_promises() -> None:
    for name, entry in registry.PROVIDERS.items():
        provider = registry.make(name, ENOUGH[name])
        listens = all(
            hasattr(provider, verb) for verb in ("challenge", "is_genuine", "read", "fetch")
        )
        assert listens is entry.callbacks, name
        assert hasattr(provider, "templates") is entry.templates, name
        assert entry.attachments <= entry.channels, name


def test_a_provider_cannot_be_made_without_what_it_has_to_be_told() -> None:
    for name, entry in registry.PROVIDERS.items():
        for setting in entry.settings:
            if setting.required and not setting.default:
                with pytest.raises(SettingsError) as raised:
                    registry.make(name, ENOUGH[name] | {setting.name: ""})
                assert raised.value.setting == setting.name


def test_a_channel_lists_who_serves_it() -> None:
    assert [entry.name for entry in registry.serving("sms")] == ["console"]
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
