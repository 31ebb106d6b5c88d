"""The one-time token that opens the set-up page from another machine.

Only its hash is kept, in a file that nobody else may read; whoever starts the installation is shown
the token itself. Knows no Django, because what starts the web server is small.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

_NAME = "setup_token"


def issue(directory: Path) -> str:
    """A new token; the ones before it open nothing any more."""
    token = secrets.token_urlsafe(24)
    fresh = directory / f"{_NAME}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_hash(token))
    fresh.replace(directory / _NAME)
    return token


def matches(directory: Path, token: str) -> bool:
    try:
        kept = (directory / _NAME).read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return hmac.compare_digest(kept, _hash(token))


def forget(directory: Path) -> None:
    (directory / _NAME).unlink(missing_ok=True)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
