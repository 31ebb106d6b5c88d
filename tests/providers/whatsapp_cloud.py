"""An account at the stand-in for Meta, for the tests of what is said to it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from providers.base import Outcome, Outgoing
from providers.templates import TemplateUse
from providers.whatsapp_cloud import WhatsAppCloud
from tests.providers.outgoing import make_outgoing, send
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

ZOE = "+34600111222"
REMINDER = TemplateUse(
    reference="9",
    name="appointment_reminder",
    language="en_US",
    values={"body.1": "Zoë", "body.2": "9:00"},
)


def provider(meta: WhatsAppCloudStandIn, **changes: str) -> WhatsAppCloud:
    return WhatsAppCloud({**meta.settings, **changes})


def whatsapp(**changes: Any) -> Outgoing:
    return make_outgoing(channel="whatsapp", to=ZOE, **changes)


def sent(meta: WhatsAppCloudStandIn, outgoing: Outgoing) -> Outcome:
    return send(provider(meta), outgoing)


def last_body(meta: WhatsAppCloudStandIn) -> Any:
    return json.loads(meta.requests[-1].body)


def asked[T](meta: WhatsAppCloudStandIn, ask: Callable[[WhatsAppCloud], Awaitable[T]]) -> T:
    async def once() -> T:
        async with provider(meta) as entered:
            return await ask(entered)

    return asyncio.run(once())
