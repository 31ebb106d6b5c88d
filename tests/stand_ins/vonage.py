"""Vonage's SMS API on this machine: strict about every request, scripted in its failures.

    with serving(VonageStandIn(script={"+34600111222": ["error:1", "accept"]})) as vonage:
        settings = vonage.settings
        …
        vonage.tell(vonage.receipt("+34600111222", "delivered"))
        vonage.tell(vonage.reply("+34600111222", "STOP", url="http://127.0.0.1:…/webhooks/…"))

A long text is taken as several messages. One more step: "torn:<status>" takes the first part and
refuses the others. Callbacks go out as `callback_form` has it: "get", "form" or "json", signed with
`sig`, or as JSON with a JWT: "jwt".
"""

import hashlib
import hmac
import itertools
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import jwt
from aiohttp import web

from rules.sms_parts import measure, split
from tests.stand_ins.sms import FORM, Call, Sent, SmsStandIn, encoded

#: The parameters of a new message and what they look like (specs/vonage).
PARAMETERS: Mapping[str, str] = {
    "api_key": r".{8}",
    "api_secret": r".{6,32}",
    "from": r"\d{7,15}|[\w .-]{1,11}",
    "to": r"[1-9]\d{6,14}",
    "text": r"(?s).{1,3200}",
    "type": "text|unicode",
    "ttl": r"\d+",
    "client-ref": ".{1,40}",
    "callback": "https?://.+",
}
#: By the parameter that is wrong, the status; 3 for all others.
COMPLAINTS = {"text": 12, "from": 15, "callback": 23}


@dataclass
class VonageStandIn(SmsStandIn):
    api_key: str = "abcd1234"
    api_secret: str = "abcdef0123456789"
    signature_secret: str = "a signature secret of thirty-two"
    sender: str = "447700900000"
    balance: float = 10.28
    callback_form: str = "form"
    retry_after: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._numbers = itertools.count(1)

    @property
    def settings(self) -> dict[str, str]:
        """An account's, for this server."""
        return {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "signature_secret": self.signature_secret,
            "sender": self.sender,
            "base_url": self.url,
        }

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/sms/json", self._take_message),
            web.get("/account/get-balance", self._tell_balance),
        ]

    def accept(self, to: str, form: Mapping[str, str]) -> tuple[Sent, Mapping[str, Any]]:
        parts = [self._part(form) for _ in split(form["text"])]
        self.take(to, form["text"])
        sent = Sent(
            id=parts[0]["message-id"], to=to, form=form, callback_url=form.get("callback", "")
        )
        return sent, self._answer_of(parts)

    def refusal(self, *, status: int = 0, code: int = 0) -> web.Response:
        """An error of a message's is HTTP 200; one of HTTP's has no JSON."""
        if status:
            headers = {"Retry-After": self.retry_after} if self.retry_after else {}
            return web.Response(status=status, text="Error", headers=headers)
        part = {"status": str(code), "error-text": f"This is error {code}"}
        return web.json_response(self._answer_of([part]))

    def receipt_call(self, sent: Sent, word: str, *, code: int | None = None) -> Call:
        return self.part_call(sent, word, message_id=sent.id, code=code)

    def part_call(self, sent: Sent, word: str, *, message_id: str, code: int | None = None) -> Call:
        """A receipt of one part of a message."""
        form = {
            "msisdn": sent.form["to"],
            "to": sent.form["from"],
            "network-code": "21401",
            "messageId": message_id,
            "price": "0.03330000",
            "status": word,
            "scts": "2611221200",
            "err-code": str(code or 0),
            "api-key": self.api_key,
            "client-ref": sent.form.get("client-ref", ""),
            "message-timestamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        }
        return self.signed(form, sent.callback_url)

    def reply(self, sender: str, text: str, *, url: str, **more: str) -> Call:
        """A callback with something that a customer wrote."""
        form = {
            "msisdn": sender.removeprefix("+"),
            "to": self.sender,
            "messageId": f"0C{next(self._numbers):014X}",
            "text": text,
            "type": "unicode" if measure(text).encoding == "UCS-2" else "text",
            "keyword": (text.split() or [""])[0].upper(),
            "api-key": self.api_key,
            "message-timestamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        }
        return self.signed({**form, **more}, url)

    def signed(self, form: Mapping[str, str], url: str) -> Call:
        if self.callback_form == "jwt":
            return self._with_jwt(json.dumps(form).encode(), url)
        stamp = {"timestamp": str(int(time.time())), "nonce": str(uuid.uuid4())}
        told = {**form, **stamp}
        told["sig"] = sig(told, self.signature_secret)
        match self.callback_form:
            case "get":
                return Call(url=f"{url}?{encoded(told).decode()}", method="GET")
            case "json":
                headers = {"Content-Type": "application/json"}
                return Call(url=url, headers=headers, body=json.dumps(told).encode())
        return Call(url=url, headers={"Content-Type": FORM}, body=encoded(told))

    def _with_jwt(self, body: bytes, url: str) -> Call:
        claims = {
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "api_key": self.api_key,
        }
        token = jwt.encode(claims, self.signature_secret, algorithm="HS256")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return Call(url=url, headers=headers, body=body)

    async def _take_message(self, request: web.Request) -> web.StreamResponse:
        fields = parse_qsl((await request.read()).decode(), keep_blank_values=True)
        form = dict(fields)
        if len(form) != len(fields) or request.content_type != FORM:
            return self.refusal(code=3)
        code = self._complaint_about(form)
        if code:
            return self.refusal(code=code)
        to = f"+{form['to']}"
        step, _, detail = self.script.get(to, [self.usual])[0].partition(":")
        if step == "torn":
            return self._tear(to, form, detail)
        return await self.play(request, to, form)

    def _complaint_about(self, form: Mapping[str, str]) -> int | None:
        if {"api_key", "api_secret", "from", "to", "text"} - form.keys():
            return 2
        for name, value in form.items():
            if not re.fullmatch(PARAMETERS.get(name, "(?!)"), value):
                return COMPLAINTS.get(name, 3)
        if (form["api_key"], form["api_secret"]) != (self.api_key, self.api_secret):
            return 4
        wants = "unicode" if measure(form["text"]).encoding == "UCS-2" else "text"
        in_time = 20_000 <= int(form.get("ttl", 20_000)) <= 604_800_000
        return None if in_time and form.get("type", "text") == wants else 3

    def _tear(self, to: str, form: Mapping[str, str], status: str) -> web.Response:
        sent, _ = self.accept(to, form)
        self.sent.append(sent)
        taken = self._part(form) | {"message-id": sent.id}
        refused = {"status": status, "error-text": f"This is error {status}"}
        return web.json_response(self._answer_of([taken, refused]))

    def _part(self, form: Mapping[str, str]) -> dict[str, str]:
        return {
            "to": form["to"],
            "message-id": f"0A{next(self._numbers):014X}",
            "status": "0",
            "remaining-balance": str(self.balance),
            "message-price": "0.03330000",
            "network": "21401",
            "client-ref": form.get("client-ref", ""),
        }

    def _answer_of(self, parts: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        return {"message-count": str(len(parts)), "messages": parts}

    async def _tell_balance(self, request: web.Request) -> web.StreamResponse:
        known = {"api_key": self.api_key, "api_secret": self.api_secret}
        if dict(request.query) != known:
            told = {"error-code": "401", "error-code-label": "authentication failed"}
            return web.json_response(told, status=401)
        return web.json_response({"value": self.balance, "autoReload": False})


def sig(form: Mapping[str, str], secret: str) -> str:
    """As an account set to "SHA-256 HMAC" signs."""
    plain = {name: value.replace("&", "_").replace("=", "_") for name, value in form.items()}
    text = "".join(f"&{name}={plain[name]}" for name in sorted(plain))
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex().upper()
