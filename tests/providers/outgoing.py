"""What the tests of providers send, and how."""

import asyncio
from typing import Any

from providers.base import Outcome, Outgoing, Provider

ATTEMPT = "0190f3c2-8a4e-7c1b-9d52-5f1a3b7c9e01"


def make_outgoing(**changes: Any) -> Outgoing:
    return Outgoing(
        **{
            "attempt_id": ATTEMPT,
            "channel": "sms",
            "to": "+34600111222",
            "text": "Hi Zoë, your table is ready",
            **changes,
        }
    )


def send(provider: Provider, outgoing: Outgoing | None = None) -> Outcome:
    async def once() -> Outcome:
        async with provider:
            return await provider.send(outgoing or make_outgoing())

    return asyncio.run(once())
