"""The server that phones fetch their messages from, and the phone itself in local mode.

Beside the steps of base.py, `answer:<status>:<words>` says the words of an error. With
`webhook_url` and `receipts` ("sent", "delivered", "failed") its phone calls back by itself after
each message it has taken, `receipts_times` times, every try an event of its own.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.stand_ins.base import StandIn, drop, half

WORDS: Mapping[int, str] = {
    400: "failed to use phone in row 1: invalid phone number",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    500: "failed to handle request",
    503: "queue limits exceeded: too many pending messages: 100 / 100",
}


@dataclass
class AndroidGatewayStandIn(StandIn):
    """`signing_key` is what its phone signs callbacks with."""

    username: str = "ABCDEF"
    password: str = "our-password"
    device_id: str = "PyDmBQZZXYmyxMwED8Fzy"
    signing_key: str = "testkey"
    webhook_url: str = ""
    receipts: Sequence[str] = ()
    receipts_after_s: float = 0.0
    receipts_times: int = 1
    devices: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        #: By (device, id), what the server keeps: the state as a look-up would tell it.
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.devices = self.devices or [self.make_device()]
        #: By their ids: what it has been asked to call, and for what.
        self.webhooks: dict[str, dict[str, str]] = {}
        #: The HTTP statuses with which its callbacks were answered, 0 where they were not.
        self.answers: list[int] = []
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def settings(self) -> dict[str, str]:
        """An account's, for this server."""
        return {
            "base_url": self.url,
            "username": self.username,
            "password": self.password,
            "device_id": self.device_id,
            "signing_key": self.signing_key,
        }

    def make_device(self, **changes: object) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        device = {"id": self.device_id, "name": "samsung/a15", "lastSeen": now, "createdAt": now}
        return {**device, **changes}

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/3rdparty/v1/messages", self._post),
            web.get("/3rdparty/v1/messages/{id}", self._get),
            web.get("/3rdparty/v1/devices", self._devices),
            web.post("/3rdparty/v1/webhooks", self._register),
            web.post("/webhooks", self._register),
            web.post("/message", self._post),
            web.get("/message/{id}", self._get),
            web.get("/device", self._devices),
        ]

    def set_state(self, message_id: str, state: str, error: str | None = None) -> None:
        for (_, one), message in self.kept.items():
            if one == message_id:
                recipients = [{**r, "state": state, "error": error} for r in message["recipients"]]
                message.update(state=state, recipients=recipients)

    def signed(self, body: bytes, at: datetime) -> Mapping[str, str]:
        stamp = str(int(at.timestamp()))
        digest = hmac.new(self.signing_key.encode(), body + stamp.encode(), hashlib.sha256)
        return {"x-timestamp": stamp, "x-signature": digest.hexdigest()}

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if refused := self._not_let_in(request):
            return refused
        message = await request.json()
        [recipient] = message["phoneNumbers"]
        step, detail = self.next_step(recipient)
        if step == "drop":
            return drop(request)
        if step == "answer":
            status, _, words = detail.partition(":")
            return _error(int(status), words)
        return await self._answer(request, step, detail, self._store(message, recipient))

    def _store(self, message: Mapping[str, Any], recipient: str) -> web.Response:
        key = (message.get("deviceId", ""), message["id"])
        if key[0] and all(one["id"] != key[0] for one in self.devices):
            return _error(400, "failed to select device: record not found")
        if key in self.kept and not key[0]:  # the phone itself answers as if it were new
            return web.json_response(self.kept[key], status=202)
        if key in self.kept:
            return _error(409, "message with the same ID already exists")
        self.kept[key] = {
            "id": message["id"],
            "deviceId": self.device_id,
            "state": "Pending",
            "isHashed": False,
            "isEncrypted": False,
            "recipients": [{"phoneNumber": recipient, "state": "Pending"}],
            "states": {},
        }
        self.take(recipient, message["textMessage"]["text"])
        if self.webhook_url and self.receipts:
            task = asyncio.get_running_loop().create_task(
                self._tell_receipts(message["id"], recipient)
            )
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return web.json_response(self.kept[key], status=202)

    async def _answer(
        self, request: web.Request, step: str, detail: str, answer: web.Response
    ) -> web.StreamResponse:
        match step:
            case "lost":
                return drop(request)
            case "half":
                return await half(request, bytes(answer.body or b""))
            case "slow":
                await asyncio.sleep(float(detail))
            case "garbage":
                return web.Response(text="<html>Welcome to our hotel</html>", status=202)
        return answer

    async def _tell_receipts(self, message_id: str, recipient: str) -> None:
        await asyncio.sleep(self.receipts_after_s)
        told = {"messageId": message_id, "phoneNumber": recipient, "recipient": recipient}
        for number in range(self.receipts_times):
            for word in self.receipts:
                body = event(f"sms:{word}", told, f"{message_id}.{word}.{number}")
                await self._call(body)

    async def _call(self, body: bytes) -> None:
        headers = {"content-type": "application/json", **self.signed(body, datetime.now(UTC))}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self.webhook_url, data=body, headers=headers) as answer,
            ):
                self.answers.append(answer.status)
        except aiohttp.ClientError:
            self.answers.append(0)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if refused := self._not_let_in(request):
            return refused
        for (_, message_id), message in self.kept.items():
            if message_id == request.match_info["id"]:
                return web.json_response(message)
        return _error(404, "message not found")

    async def _devices(self, request: web.Request) -> web.StreamResponse:
        return self._not_let_in(request) or web.json_response(self.devices)

    async def _register(self, request: web.Request) -> web.StreamResponse:
        """One with an id that it knows takes the place of that."""
        if refused := self._not_let_in(request):
            return refused
        asked = await request.json()
        if not asked["url"].startswith("https://"):
            return _error(400, "url must start with https://")
        self.webhooks[asked["id"]] = asked
        return web.json_response(asked, status=201)

    def _not_let_in(self, request: web.Request) -> web.Response | None:
        wanted = f"{self.username}:{self.password}"
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        return None if _decoded(given) == wanted else _error(401, "Unauthorized")


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given).decode()
    except ValueError:
        return ""


def _error(status: int, words: str = "") -> web.Response:
    body = {"message": words or WORDS.get(status, "An error occurred")}
    return web.json_response(body | ({"code": status} if status == 409 else {}), status=status)


def event(name: str, payload: Mapping[str, Any], event_id: str = "Ey6ECgOkVVFjz3CL48B8C") -> bytes:
    """What a phone would tell."""
    told = {
        "deviceId": "ffffffffceb0b1db0000018e937c815b",
        "event": name,
        "id": event_id,
        "payload": payload,
        "webhookId": "LreFUt-Z3sSq0JufY9uWB",
    }
    return json.dumps(told).encode()
