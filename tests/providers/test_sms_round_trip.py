"""Twilio and Vonage over the wire and back: what they call us about is what we sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from providers.base import Accepted, Provider
from providers.callbacks import Callback, Event, Inbound, Receipt
from providers.twilio import Twilio
from providers.vonage import Vonage
from rules.message_states import Status
from tests.providers.outgoing import ATTEMPT, make_outgoing, send
from tests.stand_ins.base import StandIn, serving
from tests.stand_ins.sms import SmsStandIn
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.vonage import VonageStandIn

ZOE = "+34600111222"


@dataclass
class Listening(StandIn):
    """Our side: believes what is genuine, and keeps what it says."""

    provider: Any = None
    events: list[Event] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/webhooks/abc/", self._hear)]

    async def _hear(self, request: web.Request) -> web.Response:
        callback = Callback(
            method=request.method,
            url=str(request.url),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        now = datetime.now(UTC)
        if not self.provider.is_genuine(callback, now):
            return web.Response(status=403)
        self.events += self.provider.read(callback, now)
        return web.Response()

    def wait_for(self, count: int) -> list[Event]:
        until = time.monotonic() + 10
        while len(self.events) < count and time.monotonic() < until:
            time.sleep(0.01)
        return self.events


CASES: list[Any] = [
    pytest.param(TwilioStandIn, Twilio, id="twilio"),
    *(
        pytest.param(
            lambda form=form, **more: VonageStandIn(callback_form=form, **more), Vonage, id=form
        )
        for form in ("get", "form", "json", "jwt")
    ),
]


@pytest.mark.parametrize(("make", "provider"), CASES)
def test_receipts_come_back_in_any_order_and_repeated(
    make: Callable[..., SmsStandIn], provider: Callable[[Any], Provider]
) -> None:
    stand_in = make(receipts=("delivered", "accepted", "delivered"), receipts_times=2)
    with serving(stand_in) as far, serving(Listening()) as near:
        near.provider = provider(far.settings)

        outcome = send(near.provider, make_outgoing(callback_url=f"{near.url}/webhooks/abc/"))
        events = near.wait_for(6)

        assert isinstance(outcome, Accepted)
        assert len(events) == 6
        assert {one.reference for one in events if isinstance(one, Receipt)} == {ATTEMPT}
        ids = {one.provider_message_id for one in events if isinstance(one, Receipt)}
        assert ids == {outcome.provider_message_id}
        assert Status.DELIVERED in {one.status for one in events if isinstance(one, Receipt)}


@pytest.mark.parametrize(("make", "provider"), CASES)
def test_an_answer_of_a_customer_comes_in(
    make: Callable[..., Any], provider: Callable[[Any], Provider]
) -> None:
    with serving(make()) as far, serving(Listening()) as near:
        near.provider = provider(far.settings)
        url = f"{near.url}/webhooks/abc/"

        assert far.tell(far.reply(ZOE, "STOP ✋ & go = ?", url=url)) == 200

        (inbound,) = near.events
        assert isinstance(inbound, Inbound)
        assert (inbound.sender, inbound.text) == (ZOE, "STOP ✋ & go = ?")


@pytest.mark.parametrize(("make", "provider"), CASES)
def test_nobody_else_is_believed(
    make: Callable[..., Any], provider: Callable[[Any], Provider]
) -> None:
    with serving(make()) as far, serving(Listening()) as near:
        near.provider = provider(far.settings)
        far.auth_token = far.signature_secret = "somebody else's secret, and a long one"

        assert far.tell(far.reply(ZOE, "Hi", url=f"{near.url}/webhooks/abc/")) == 403
        assert near.events == []
