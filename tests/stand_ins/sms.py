"""What the stand-ins of Twilio and Vonage share: forms in, forms out.

With `receipts` they call back by themselves, to the address that came with each message they took:
every word of it, in that order, `receipts_times` times.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.stand_ins.base import StandIn, drop, half

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message that was taken; `callback_url` is where its receipts go."""

    id: str
    to: str
    form: Mapping[str, str]
    callback_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A callback as it goes out. A GET has its fields in the query of its address."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = "POST"


@dataclass
class SmsStandIn(StandIn):
    """A subclass tells `accept`, `refusal`, `receipt_call` and what it `routes`."""

    receipts: Sequence[str] = ()
    receipts_after_s: float = 0.0
    receipts_times: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sent: list[Sent] = []
        #: The HTTP statuses with which our own callbacks were answered.
        self.answers: list[int] = []
        self._telling: set[asyncio.Task[None]] = set()

    def accept(self, to: str, form: Mapping[str, str]) -> tuple[Sent, Mapping[str, Any]]:
        """The message, and the answer to it."""
        raise NotImplementedError

    def refusal(self, *, status: int = 0, code: int = 0) -> web.Response:
        raise NotImplementedError

    def receipt_call(self, sent: Sent, word: str, *, code: int | None = None) -> Call:
        raise NotImplementedError

    def last_to(self, recipient: str) -> Sent:
        return next(one for one in reversed(self.sent) if one.to == recipient)

    def receipt(self, recipient: str, word: str, *, code: int | None = None) -> Call:
        """A callback about the last message taken for a recipient."""
        return self.receipt_call(self.last_to(recipient), word, code=code)

    async def call_back(self, call: Call) -> int:
        """The HTTP status that the other side answers."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                call.method, call.url, data=call.body or None, headers=call.headers
            ) as answer,
        ):
            await answer.read()
            self.answers.append(answer.status)
            return answer.status

    def tell(self, call: Call) -> int:
        return asyncio.run(self.call_back(call))

    async def play(
        self, request: web.Request, to: str, form: Mapping[str, str]
    ) -> web.StreamResponse:
        step, detail = self.next_step(to)
        if step == "answer":
            return self.refusal(status=int(detail))
        if step == "error":
            return self.refusal(code=int(detail))
        if step == "drop":
            return drop(request)
        answer = self._take(to, form)
        return await self._answer(request, answer, step, detail)

    async def _answer(
        self, request: web.Request, answer: Mapping[str, Any], step: str, detail: str
    ) -> web.StreamResponse:
        match step:
            case "slow":
                await asyncio.sleep(float(detail))
            case "lost":
                return drop(request)
            case "half":
                return await half(request, json.dumps(answer).encode())
            case "garbage":
                return web.Response(text="<html>It works!</html>", content_type="text/html")
        return self.answer_to(answer)

    def answer_to(self, answer: Mapping[str, Any]) -> web.Response:
        return web.json_response(answer)

    def _take(self, to: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        sent, answer = self.accept(to, form)
        self.sent.append(sent)
        if self.receipts and sent.callback_url:
            task = asyncio.get_running_loop().create_task(self._tell_receipts(sent))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return answer

    async def _tell_receipts(self, sent: Sent) -> None:
        await asyncio.sleep(self.receipts_after_s)
        for _ in range(self.receipts_times):
            for word in self.receipts:
                try:
                    await self.call_back(self.receipt_call(sent, word))
                except aiohttp.ClientError:
                    self.answers.append(0)


def encoded(form: Mapping[str, str]) -> bytes:
    return urlencode(form).encode()
