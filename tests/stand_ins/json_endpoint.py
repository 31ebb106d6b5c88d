"""A service that takes JSON, as apprise's own json:// posts it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from tests.stand_ins.base import StandIn, drop, half


@dataclass
class JsonEndpoint(StandIn):
    """`address` is the account's url."""

    @property
    def address(self) -> str:
        return self.url.replace("http://", "json://") + "/send/{digits}?:to={phone}"

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.post("/send/{digits}", self._post)]

    async def _post(self, request: web.Request) -> web.StreamResponse:
        told = json.loads(await request.read())
        step, detail = self.next_step(told["to"])
        match step:
            case "drop":
                return drop(request)
            case "answer":
                return web.Response(status=int(detail))
        self.take(told["to"], told["message"])
        match step:
            case "lost":
                return drop(request)
            case "half":
                return await half(request, b'{"ok": true}' * 100)
            case "slow":
                await asyncio.sleep(float(detail))
        return web.json_response({"ok": True})
