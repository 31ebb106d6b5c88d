import pytest

from providers import registry
from providers.errors import (
    REASONS,
    ErrorKind,
    ProviderError,
    SettingsError,
    UnknownProviderError,
)


def test_every_provider_is_found_by_its_name() -> None:
    for name, entry in registry.PROVIDERS.items():
        assert registry.entry(name) is entry
        assert entry.name == name
        assert entry.channels <= {"whatsapp", "sms"}
        assert registry.make(name, {}).receipts is entry.receipts


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
