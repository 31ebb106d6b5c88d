"""Credentials are unreadable in the database, and readable with their key alone."""

import traceback

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from crm.actions.secrets import SecretsLostError, opened, sealed

VALUES = {"access_token": "EAAG-très-secret-✂", "app_secret": "0123456789abcdef"}
OLD, NEW = "old key " * 8, "new key " * 8


def test_what_was_sealed_opens_again() -> None:
    assert opened(sealed(VALUES)) == VALUES


def test_nothing_is_kept_as_nothing() -> None:
    assert sealed({}) == sealed({"auth_token": ""}) == ""
    assert opened("") == {}


def test_the_sealed_text_shows_no_value_and_no_name() -> None:
    text = sealed(VALUES)
    assert not any(word in text for pair in VALUES.items() for word in pair)


def test_the_same_values_look_different_each_time() -> None:
    assert sealed(VALUES) != sealed(VALUES)


def test_another_secret_key_opens_nothing(settings: Settings) -> None:
    settings.SECRET_KEY = OLD
    text = sealed(VALUES)
    settings.SECRET_KEY = NEW
    with pytest.raises(SecretsLostError):
        opened(text)


def test_a_former_secret_key_still_opens(settings: Settings) -> None:
    settings.SECRET_KEY = OLD
    text = sealed(VALUES)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert opened(text) == VALUES


def test_sealed_anew_the_former_key_is_no_longer_needed(settings: Settings) -> None:
    settings.SECRET_KEY = OLD
    text = sealed(VALUES)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    text = sealed(opened(text))
    settings.SECRET_KEY_FALLBACKS = []
    assert opened(text) == VALUES


@pytest.mark.parametrize("text", ["gAAAA", "not sealed at all", "ключ", "\x00", " "])
def test_what_is_no_sealed_text_is_lost_and_nothing_worse(text: str) -> None:
    with pytest.raises(SecretsLostError):
        opened(text)


def test_a_sealed_text_of_another_program_is_lost() -> None:
    foreign = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    with pytest.raises(SecretsLostError):
        opened(foreign)


def test_the_error_tells_no_value(settings: Settings) -> None:
    text = sealed(VALUES)
    settings.SECRET_KEY = NEW
    with pytest.raises(SecretsLostError) as caught:
        opened(text)
    assert text not in "".join(traceback.format_exception(caught.value))
