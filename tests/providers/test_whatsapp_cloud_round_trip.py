"""The stand-in calls back as Meta does: others' tests lean on it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from providers.callbacks import Callback, Event, Inbound, Receipt
from rules.message_states import Status
from tests.providers.outgoing import ATTEMPT
from tests.providers.whatsapp_cloud import ZOE, provider, sent, whatsapp
from tests.providers.whatsapp_cloud_callbacks import NOW
from tests.stand_ins.base import StandIn, serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


@dataclass
class Listening(StandIn):
    def routes(self) -> list[web.RouteDef]:
        async def thank(_: web.Request) -> web.Response:
            return web.Response(text="")

        return [web.post("/webhooks/whatsapp", thank)]


@pytest.fixture
def here() -> Iterator[Listening]:
    with serving(Listening()) as listening:
        yield listening


@pytest.fixture
def meta(here: Listening) -> Iterator[WhatsAppCloudStandIn]:
    address = f"{here.url}/webhooks/whatsapp"
    with serving(WhatsAppCloudStandIn(webhook_url=address)) as stand_in:
        yield stand_in


def heard(meta: WhatsAppCloudStandIn, here: Listening, count: int) -> list[Event]:
    give_up_at = time.monotonic() + 5
    while len(here.requests) < count and time.monotonic() < give_up_at:
        time.sleep(0.01)
    events: list[Event] = []
    for request in here.requests:
        callback = Callback(
            method=request.method, url=here.url, headers=request.headers, body=request.body
        )
        assert provider(meta).is_genuine(callback, NOW)
        events += provider(meta).read(callback, NOW)
    return events


def test_receipts_come_by_themselves_and_may_come_twice(
    meta: WhatsAppCloudStandIn, here: Listening
) -> None:
    meta.receipts, meta.receipts_times = ("sent", "delivered"), 2
    sent(meta, whatsapp())
    receipts = [one for one in heard(meta, here, 4) if isinstance(one, Receipt)]
    assert [one.status for one in receipts] == [
        Status.SENT,
        Status.SENT,
        Status.DELIVERED,
        Status.DELIVERED,
    ]
    assert {one.reference for one in receipts} == {ATTEMPT}


def test_the_proof_of_an_attempt_nobody_heard_of_is_its_receipt(
    meta: WhatsAppCloudStandIn, here: Listening
) -> None:
    meta.usual, meta.receipts = "lost", ("sent",)
    sent(meta, whatsapp())
    [receipt] = heard(meta, here, 1)
    assert isinstance(receipt, Receipt)
    assert receipt.reference == ATTEMPT


def test_a_customer_writes_back(meta: WhatsAppCloudStandIn, here: Listening) -> None:
    sent(meta, whatsapp())
    assert meta.tell(meta.receipt(ZOE, "read")) == 200
    assert meta.tell(meta.reply(ZOE, "STOP", answers=meta.sent[0].id)) == 200
    receipt, reply = heard(meta, here, 2)
    assert isinstance(receipt, Receipt)
    assert isinstance(reply, Inbound)
    assert (receipt.status, reply.text, reply.sender) == (Status.READ, "STOP", ZOE)
    assert reply.answers == receipt.provider_message_id
