"""Meta's WhatsApp Cloud API on this machine: strict about every request, scripted in its failures.

    with serving(WhatsAppCloudStandIn(script={"+34600111222": ["error:130429", "accept"]})) as meta:
        settings = meta.settings
        …
        meta.tell(meta.receipt("+34600111222", "delivered"), url="http://127.0.0.1:…/webhooks/…")

With `webhook_url` and `receipts` it calls back by itself after each message it has taken. An
upload follows the steps of the recipient "media".
"""

import asyncio
import base64
import hashlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.stand_ins.base import StandIn, drop, half
from tests.stand_ins.whatsapp_cloud_forms import STATUSES, USUAL_CODES, form_parts, text_of
from tests.stand_ins.whatsapp_cloud_rules import complaint_about, words_of
from tests.stand_ins.whatsapp_cloud_templates import TEMPLATES
from tests.stand_ins.whatsapp_cloud_webhooks import change, of_number, signed, status, text_message

_VERSION = r"{version:v\d+\.\d+}"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message that was taken."""

    id: str
    to: str
    body: Mapping[str, Any]

    @property
    def reference(self) -> str:
        return str(self.body.get("biz_opaque_callback_data", ""))


@dataclass
class WhatsAppCloudStandIn(StandIn):
    """`limit_headers` come with every refusal for going too fast; `message_status` with templates.

    `media_urls` are other addresses that a file is said to have.
    """

    phone_number_id: str = "106540352242922"
    waba_id: str = "102290129340398"
    access_token: str = "a-token"
    app_secret: str = "appsecret"
    verify_token: str = "our-token"
    templates: Sequence[Mapping[str, Any]] = TEMPLATES
    page_size: int = 100
    number: Mapping[str, Any] = field(
        default_factory=lambda: {
            "verified_name": "Salon Zoë",
            "display_phone_number": "+1 555-078-3881",
            "quality_rating": "GREEN",
            "status": "CONNECTED",
        }
    )
    limit_headers: Mapping[str, str] = field(default_factory=dict)
    message_status: str = "accepted"
    media_urls: Mapping[str, str] = field(default_factory=dict)
    webhook_url: str = ""
    receipts: Sequence[str] = ()
    receipts_after_s: float = 0.0
    receipts_times: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sent: list[Sent] = []
        #: By id: content type, name, bytes.
        self.media: dict[str, tuple[str, str, bytes]] = {}
        self._numbers = itertools.count(1)
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def settings(self) -> dict[str, str]:
        """An account's, for this server."""
        names = ("phone_number_id", "waba_id", "access_token", "app_secret", "verify_token")
        return {"base_url": self.url} | {name: getattr(self, name) for name in names}

    def routes(self) -> Sequence[web.RouteDef]:
        number, business = f"/{_VERSION}/{self.phone_number_id}", f"/{_VERSION}/{self.waba_id}"
        return [
            web.post(f"{number}/messages", self._signed_in(self._take_message)),
            web.post(f"{number}/media", self._signed_in(self._take_media)),
            web.get(number, self._signed_in(self._tell_number)),
            web.get(business, self._signed_in(self._tell_business)),
            web.get(f"{business}/message_templates", self._signed_in(self._list_templates)),
            web.get("/media-store/{media_id}", self._signed_in(self._give_media)),
            web.get(f"/{_VERSION}/{{media_id}}", self._signed_in(self._tell_media)),
            web.route("*", "/{anything:.*}", self._signed_in(self._tell_nothing)),
        ]

    def application(self) -> web.Application:
        app = super().application()
        app.cleanup_ctx.append(self._connected)
        return app

    def receipt(self, to: str, state: str, *, code: int | None = None) -> dict[str, Any]:
        """A callback about the last message taken for a recipient."""
        sent = next(one for one in reversed(self.sent) if one.to == to)
        return self._receipt(sent, state, code)

    def reply(self, sender: str, text: str, *, answers: str = "") -> dict[str, Any]:
        """A callback with something that a customer wrote."""
        message_id = f"wamid.IN{next(self._numbers)}"
        person = {"profile": {"name": "Zoë"}, "wa_id": sender.removeprefix("+")}
        now = int(time.time())
        told = text_message(sender, text, message_id=message_id, at=now, answers=answers)
        return self.of_number(contacts=[person], messages=[told])

    def of_number(self, **parts: Any) -> dict[str, Any]:
        return change(of_number(self.phone_number_id, **parts), waba_id=self.waba_id)

    def _receipt(self, sent: Sent, state: str, code: int | None = None) -> dict[str, Any]:
        now, reference = int(time.time()), sent.reference
        told = status(sent.id, state, to=sent.to, reference=reference, at=now, code=code)
        return self.of_number(statuses=[told])

    async def call_back(
        self,
        payload: Mapping[str, Any],
        *,
        url: str = "",
        session: aiohttp.ClientSession | None = None,
    ) -> int:
        """The HTTP status that the other side answers."""
        if session is None:
            async with aiohttp.ClientSession() as own:
                return await self.call_back(payload, url=url, session=own)
        body, headers = signed(payload, self.app_secret)
        async with session.post(url or self.webhook_url, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    def tell(self, payload: Mapping[str, Any], *, url: str = "") -> int:
        return asyncio.run(self.call_back(payload, url=url))

    def _signed_in(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bearer {self.access_token}":
                return self._refusal(190, "Invalid OAuth access token - Cannot parse access token")
            answer: web.StreamResponse = await handler(request)
            return answer

        return handle

    async def _take_message(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":
            return self._refusal(100, "(#100) The body is not JSON")
        body = json.loads(await request.read())
        complaint = complaint_about(body, templates=self.templates, media=self.media)
        if complaint:
            return self._refusal(*complaint)
        to = f"+{body['to']}" if "to" in body else body["recipient"]
        return await self._play(request, to, *self.next_step(to), body)

    async def _play(
        self, request: web.Request, to: str, step: str, detail: str, body: Mapping[str, Any]
    ) -> web.StreamResponse:
        if refused := self._not_taken(request, step, detail):
            return refused
        answer = web.json_response(self._accept(to, body))
        match step:
            case "slow":
                await asyncio.sleep(float(detail))
            case "lost":
                return drop(request)
            case "half":
                return await half(request, bytes(answer.body))
            case "garbage":
                return web.Response(text="<html>It works!</html>", content_type="text/html")
        return answer

    def _not_taken(self, request: web.Request, step: str, detail: str) -> web.StreamResponse | None:
        match step:
            case "answer":
                return self._refusal(USUAL_CODES.get(int(detail), 1), status=int(detail))
            case "error":
                return self._refusal(int(detail))
            case "drop":
                return drop(request)
        return None

    def _accept(self, to: str, body: Mapping[str, Any]) -> dict[str, Any]:
        sent = Sent(id=f"wamid.HBgL{next(self._numbers):08}", to=to, body=body)
        self.sent.append(sent)
        self.take(to, words_of(body, self.templates))
        if self.webhook_url and self.receipts:
            task = asyncio.get_running_loop().create_task(self._tell_receipts(sent))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        held = {"message_status": self.message_status} if body["type"] == "template" else {}
        name = "wa_id" if "to" in body else "user_id"
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to.removeprefix("+"), name: to.removeprefix("+")}],
            "messages": [{"id": sent.id, **held}],
        }

    async def _connected(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._session:
            yield
            for task in self._telling:
                task.cancel()

    async def _tell_receipts(self, sent: Sent) -> None:
        for state in self.receipts:
            await asyncio.sleep(self.receipts_after_s)
            told = self._receipt(sent, state)
            for _ in range(self.receipts_times):
                with suppress(aiohttp.ClientError):  # nobody listens just now
                    await self.call_back(told, session=self._session)

    async def _take_media(self, request: web.Request) -> web.StreamResponse:
        if refused := self._not_taken(request, *self.next_step("media")):
            return refused
        parts = form_parts(request.headers["Content-Type"], await request.read())
        file = parts.get("file")
        if file is None or text_of(parts, "messaging_product") != "whatsapp":
            return self._refusal(100, "(#100) The parameter messaging_product or file is missing")
        if text_of(parts, "type") != file.get_content_type():
            return self._refusal(100, "(#100) The type is not the file's")
        media_id = str(700000 + next(self._numbers))
        content = file.get_payload(decode=True)
        self.media[media_id] = (file.get_content_type(), str(file.get_filename()), content)
        return web.json_response({"id": media_id})

    async def _tell_media(self, request: web.Request) -> web.StreamResponse:
        media_id = request.match_info["media_id"]
        if media_id not in self.media:
            return await self._tell_nothing(request)
        content_type, _, content = self.media[media_id]
        told = {
            "url": self.media_urls.get(media_id, f"{self.url}/media-store/{media_id}"),
            "mime_type": content_type,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": media_id,
            "messaging_product": "whatsapp",
        }
        return web.json_response(told)

    async def _give_media(self, request: web.Request) -> web.StreamResponse:
        content_type, _, content = self.media[request.match_info["media_id"]]
        return web.Response(body=content, content_type=content_type)

    async def _tell_number(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("fields", "").split(",")
        known = {name: self.number[name] for name in wanted if name in self.number}
        return web.json_response({**known, "id": self.phone_number_id})

    async def _tell_business(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"id": self.waba_id, "name": "Salon Zoë"})

    async def _list_templates(self, request: web.Request) -> web.StreamResponse:
        start = int(base64.b64decode(request.query.get("after", "")).decode() or "0")
        size = min(self.page_size, int(request.query.get("limit", "25")))
        end = start + size
        paging: dict[str, Any] = {"cursors": {"after": base64.b64encode(b"%d" % end).decode()}}
        if end < len(self.templates):
            # Somewhere else: who follows it gives the token away.
            paging["next"] = "http://127.0.0.1:9/elsewhere"
        return web.json_response({"data": list(self.templates[start:end]), "paging": paging})

    async def _tell_nothing(self, request: web.Request) -> web.StreamResponse:
        words = f"Unsupported {request.method.lower()} request. Object does not exist"
        return self._refusal(100, words, subcode=33)

    def _refusal(
        self, code: int, words: str = "", *, status: int | None = None, subcode: int | None = None
    ) -> web.Response:
        """In Meta's form, with the headers it sends to who goes too fast."""
        error: dict[str, Any] = {
            "message": words or f"(#{code}) Error {code}",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "AXsgnV2Cm3ZMGF3dF_cfYIn",
        }
        if subcode:
            error["error_subcode"] = subcode
        return web.json_response(
            {"error": error}, status=status or STATUSES.get(code, 400), headers=self.limit_headers
        )
