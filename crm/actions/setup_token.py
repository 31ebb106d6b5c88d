"""The one-time token that opens the set-up page from another machine.

Kept beside the secret key in a file that nobody else may read, for as long as nobody has an
account. Knows no Django, because what starts the web server and shows the token is small.
"""

import contextlib
import hmac
import os
import secrets
from pathlib import Path

_NAME = "setup_token"


def ensure(directory: Path) -> str:
    """The token of this installation, made if there is none."""
    if token := read(directory):
        return token
    token = secrets.token_urlsafe(24)
    fresh = directory / f"{_NAME}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    fresh.replace(directory / _NAME)
    return token


def read(directory: Path) -> str:
    """The token, "" where there is none (any more)."""
    with contextlib.suppress(FileNotFoundError):
        return (directory / _NAME).read_text(encoding="ascii").strip()
    return ""


def matches(directory: Path, token: str) -> bool:
    kept = read(directory)
    return bool(kept) and hmac.compare_digest(kept.encode(), token.encode(errors="replace"))


def forget(directory: Path) -> None:
    (directory / _NAME).unlink(missing_ok=True)
