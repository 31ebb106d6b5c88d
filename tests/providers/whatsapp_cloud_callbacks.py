"""Callbacks of an account at Meta, for the tests of how they are read."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from providers.callbacks import Callback, Event
from providers.whatsapp_cloud import WhatsAppCloud
from tests.stand_ins.whatsapp_cloud_webhooks import change, of_number

NUMBER, BUSINESS, ZOE = "106540352242922", "102290129340398", "+34600111222"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AT = datetime.fromtimestamp(1750000000, UTC)

SETTINGS = {
    "phone_number_id": NUMBER,
    "waba_id": BUSINESS,
    "access_token": "t",
    "app_secret": "appsecret",
    "verify_token": "our-token",
}
meta = WhatsAppCloud(SETTINGS)


def posted(payload: object, headers: Mapping[str, str] | None = None) -> Callback:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    url = "https://shop.example/webhooks/x"
    return Callback(method="POST", url=url, headers=dict(headers or {}), body=body)


def read(payload: object) -> list[Event]:
    return list(meta.read(posted(payload), NOW))


def told(**parts: Any) -> list[Event]:
    return read(change(of_number(NUMBER, **parts), waba_id=BUSINESS))


def changed(field: str, value: Mapping[str, Any]) -> list[Event]:
    return read(change(value, waba_id=BUSINESS, field=field))
