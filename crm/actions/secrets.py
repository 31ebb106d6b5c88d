"""Credentials at rest: encrypted with a key made from SECRET_KEY, so that a copy of the database
alone tells nobody anything.

A value sealed with a key of SECRET_KEY_FALLBACKS is still opened, and is sealed with the newest
when it is saved the next time.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: Sets these keys apart from all else that is made from SECRET_KEY. Changed, nothing opens.
PURPOSE = b"customer-manager provider credentials 1"


class SecretsLostError(Exception):
    """No key at hand opens them, as in a backup restored without its secret key.

    Only typing the credentials in again helps.
    """


def sealed(values: Mapping[str, str]) -> str:
    """As text for the database; "" where there is nothing to keep."""
    kept = {name: value for name, value in values.items() if value}
    return _box().encrypt(json.dumps(kept).encode()).decode("ascii") if kept else ""


def opened(text: str) -> dict[str, str]:
    """Raises SecretsLostError."""
    if not text:
        return {}
    try:
        plain = _box().decrypt(text.encode())
    except InvalidToken as error:
        raise SecretsLostError from error
    values: dict[str, str] = json.loads(plain)
    return values


def _box() -> MultiFernet:
    return _box_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _box_of(secret_keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in secret_keys])


def _derived(secret_key: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return urlsafe_b64encode(made.derive(secret_key.encode()))
