"""Typed readers of the environment: a wrong value fails at start, with its name.

Every name may also come from a file (`SECRET_KEY_FILE=/run/secrets/key`), so that secrets need not
stand in the environment. `docs/reference/settings.md` lists every name; a test holds the two
together.
"""

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error}") from error
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, "true" if default else "false").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false")


def integer(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number") from error
    if number < least:
        raise ImproperlyConfigured(f"{name}={number} is below {least}")
    return number


def words(name: str) -> list[str]:
    """The comma-separated words of a value, without blanks."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def data_dir() -> Path:
    """Where the database, the uploads and the secret key live; made with mode 700 if missing."""
    path = Path(text("DATA_DIR") or BASE_DIR / "data").expanduser().resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_key(directory: Path) -> str:
    """SECRET_KEY, else the key kept in `directory`, generated on the first start with mode 600."""
    if key := text("SECRET_KEY"):
        return key
    path = directory / "secret_key"
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(64))
    if key := path.read_text(encoding="utf-8").strip():
        return key
    raise ImproperlyConfigured(f"{path} is empty: delete it, and a new key is made")


def _write_once(path: Path, content: str) -> None:
    """Several processes may start at once: all get the file that was there first, whole."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
