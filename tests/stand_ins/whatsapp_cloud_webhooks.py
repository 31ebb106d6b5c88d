"""What Meta calls back with, signed as it signs."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

JSON = "application/json"


def signed(payload: Mapping[str, Any], app_secret: str) -> tuple[bytes, dict[str, str]]:
    """The raw body, non-ASCII escaped as Meta does, and its headers."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    digest = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"Content-Type": JSON, "X-Hub-Signature-256": f"sha256={digest}"}


def change(value: Mapping[str, Any], *, waba_id: str, field: str = "messages") -> dict[str, Any]:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": waba_id, "changes": [{"field": field, "value": dict(value)}]}],
    }


def of_number(phone_number_id: str, **parts: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata, **parts}


def status(
    message_id: str,
    state: str,
    *,
    to: str,
    reference: str = "",
    at: int = 1750000000,
    code: int | None = None,
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": message_id,
        "status": state,
        "timestamp": str(at),
        "recipient_id": to.removeprefix("+"),
    }
    if reference:
        told["biz_opaque_callback_data"] = reference
    if code is not None:
        title = f"Error {code}"
        told["errors"] = [
            {"code": code, "title": title, "message": title, "error_data": {"details": title}}
        ]
    return told


def text_message(
    sender: str, text: str, *, message_id: str, at: int = 1750000000, answers: str = ""
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "from": sender.removeprefix("+"),
        "id": message_id,
        "timestamp": str(at),
        "type": "text",
        "text": {"body": text},
    }
    return told | ({"context": {"from": "15550783881", "id": answers}} if answers else {})


def media_message(
    sender: str,
    media_id: str,
    *,
    message_id: str,
    kind: str = "image",
    mime: str = "image/png",
    at: int = 1750000000,
) -> dict[str, Any]:
    return {
        "from": sender.removeprefix("+"),
        "id": message_id,
        "timestamp": str(at),
        "type": kind,
        kind: {"id": media_id, "mime_type": mime, "caption": "Look"},
    }
