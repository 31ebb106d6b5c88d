"""Every provider by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from providers.base import Provider
from providers.console import Console
from providers.errors import UnknownProviderError


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`make` takes an account's settings and raises SettingsError; it opens nothing."""

    name: str
    channels: frozenset[str]
    receipts: bool
    make: Callable[[Mapping[str, object]], Provider]


PROVIDERS: Mapping[str, Entry] = MappingProxyType(
    {
        "console": Entry(
            name="console", channels=Console.channels, receipts=Console.receipts, make=Console
        ),
    }
)


def make(name: str, settings: Mapping[str, object]) -> Provider:
    """An account's provider, to be entered with `async with`.

    Raises UnknownProviderError and SettingsError.
    """
    return entry(name).make(settings)


def entry(name: str) -> Entry:
    """Raises UnknownProviderError."""
    try:
        return PROVIDERS[name]
    except KeyError as error:
        raise UnknownProviderError(name) from error


def serving(channel: str) -> tuple[Entry, ...]:
    """The providers that can send on a channel."""
    return tuple(one for one in PROVIDERS.values() if channel in one.channels)
