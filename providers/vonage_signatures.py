"""Whether Vonage sent it. Two schemes are in use, and an account may meet both:

- a JWT in `Authorization`, signed HS256, whose `payload_hash` is of the body (Messages API);
- a parameter `sig` over all the others, in the way chosen in the account's settings (SMS API).

What comes as a GET has no body to hash: a JWT alone vouches for none of it, so `sig` has to.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from jwt.algorithms import HMACAlgorithm
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from providers import untrusted
from providers.callbacks import Callback
from providers.errors import UnreadableError
from providers.vonage_callbacks import fields_of

#: Vonage repeats for a day what was not taken. A repetition tells nothing new, while a receipt or a
#: STOP that came while we were away must not be lost.
OLDEST = timedelta(hours=25)
CLOCKS_DIFFER_BY = timedelta(minutes=5)


def _keyed(name: str) -> Callable[[bytes, bytes], str]:
    return lambda secret, text: hmac.new(secret, text, name).hexdigest()


def _md5_of_both(secret: bytes, text: bytes) -> str:
    return hashlib.md5(text + secret, usedforsecurity=False).hexdigest()


#: By the account's "Signature method"; all others are keyed hashes.
METHODS: Mapping[str, Callable[[bytes, bytes], str]] = MappingProxyType(
    {
        "sha256": _keyed("sha256"),
        "sha512": _keyed("sha512"),
        "sha1": _keyed("sha1"),
        "md5": _keyed("md5"),
        "md5hash": _md5_of_both,
    }
)


class _AnyLength(HMACAlgorithm):
    """Vonage chooses the secret; that it could be longer is nothing to tell anybody here."""

    def check_key_length(self, key: bytes) -> str | None:
        return None


_JWS = PyJWS(algorithms=[])
_JWS.register_algorithm("HS256", _AnyLength(HMACAlgorithm.SHA256))


def is_genuine(callback: Callback, now: datetime, *, secret: str, method: str) -> bool:
    if not secret:
        return False
    try:
        return _by_jwt(callback, now, secret) or _by_sig(callback, now, secret, METHODS[method])
    except (UnreadableError, ValueError):
        return False


def _by_jwt(callback: Callback, now: datetime, secret: str) -> bool:
    scheme, _, token = callback.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not callback.body or callback.method == "GET":
        return False
    try:
        claims = json.loads(_JWS.decode(token.strip(), secret, algorithms=["HS256"]))
    except (PyJWTError, ValueError, RecursionError):
        return False
    told = untrusted.text(untrusted.mapping(claims).get("payload_hash"))
    hashed = hashlib.sha256(callback.body).hexdigest()
    return hmac.compare_digest(hashed.encode(), told.lower().encode()) and _is_fresh(claims, now)


def _is_fresh(claims: Mapping[str, Any], now: datetime) -> bool:
    never = now - 2 * OLDEST
    issued = untrusted.epoch(claims.get("iat"), never)
    expires = untrusted.epoch(claims.get("exp"), now)
    return _is_recent(issued, now) and now - CLOCKS_DIFFER_BY <= expires


def _by_sig(
    callback: Callback, now: datetime, secret: str, digest: Callable[[bytes, bytes], str]
) -> bool:
    fields = dict(fields_of(callback))
    told = fields.pop("sig", "")
    if not told or not _is_recent(untrusted.epoch(fields.get("timestamp"), now - 2 * OLDEST), now):
        return False
    text = "".join(f"&{name}={_plain(value)}" for name, value in sorted(fields.items()))
    signature = digest(secret.encode(), text.encode())
    return hmac.compare_digest(signature.encode(), told.lower().encode())


def _plain(value: str) -> str:
    return re.sub("[&=]", "_", value)


def _is_recent(moment: datetime, now: datetime) -> bool:
    return now - OLDEST <= moment <= now + CLOCKS_DIFFER_BY
