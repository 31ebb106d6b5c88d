"""Fixtures that every test may use; what makes rows is in `make.py`."""

import os
import tempfile
from pathlib import Path

# Tests never touch the data of an installation on this machine.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="customer-manager-tests-")
os.environ.pop("SITE_URL", None)

import pytest
from django.test import Client
from pytest_django import Settings

from crm.models import Business, User
from tests.make import make_business, make_user


@pytest.fixture(autouse=True)
def _uploads_of_their_own(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture(autouse=True)
def _static_names_without_a_hash(settings: Settings) -> None:
    """Nothing is collected in a test; test_architecture looks whether every file is there."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(autouse=True)
def _passwords_in_no_time(settings: Settings) -> None:
    """Argon2 takes its time on purpose: half a second for each person a test makes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def business(db: None) -> Business:
    return make_business()


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def client(client: Client, business: Business, user: User) -> Client:
    """A browser in which the owner has signed in."""
    client.force_login(user)
    return client


@pytest.fixture
def stranger() -> Client:
    """A browser in which nobody has signed in."""
    return Client()
