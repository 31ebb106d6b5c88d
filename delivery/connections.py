"""The providers' clients, each opened once and kept, so that its connections are used again."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from delivery.limits import Account
from providers import registry
from providers.base import Provider
from providers.errors import SettingsError


class Connections:
    """An account whose settings were changed gets a new client; the old one finishes its work."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, str], Provider] = {}
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def to(self, account: Account) -> Provider:
        """Raises ProviderError where the account cannot be used as it is set up."""
        if account.secrets_lost:
            raise SettingsError("credentials", "cannot be opened with this SECRET_KEY")
        key = (account.id, account.fingerprint)
        if provider := self._open.get(key):
            return provider
        async with self._opening:
            if key not in self._open:
                provider = registry.make(account.provider, account.settings)
                self._open[key] = await self._stack.enter_async_context(provider)
        return self._open[key]
