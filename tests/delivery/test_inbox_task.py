"""The worker's tasks for what comes in, beside its sending."""

import asyncio

import pytest

from crm.models import InboundMessage, MessageSchedule, ParkedReceipt
from delivery.database import DatabaseThread
from delivery.inbox_task import InboxTask
from providers.callbacks import Inbound
from rules.message_states import Status
from tests.bell import bells, make_bell
from tests.databases import Installation
from tests.delivery.receiving import keep, make_sent, receipt
from tests.delivery.workers import CLOCK, work_off
from tests.make import NOW

__all__ = ["bells"]

pytestmark = pytest.mark.usefixtures("bells")


def test_a_worker_that_is_run_once_takes_in_what_has_come(installation: Installation) -> None:
    account = make_bell()
    message = make_sent(account)
    keep(account, receipt(Status.READ))
    work_off(installation.data_dir)
    message.refresh_from_db()
    assert message.status == "read"


def test_what_comes_in_while_it_runs_is_applied_by_itself(installation: Installation) -> None:
    account = make_bell()
    message = make_sent(account)

    async def run() -> None:
        with DatabaseThread() as thread:
            task = InboxTask(thread, CLOCK)
            applying = asyncio.create_task(task.apply())
            await thread.do(keep, account, receipt(Status.DELIVERED))
            task.woken.set()
            read = MessageSchedule.objects.filter(pk=message.pk, status="delivered")
            async with asyncio.timeout(15):
                while not await thread.do(read.exists):  # noqa: ASYNC110 (the database tells nobody)
                    await asyncio.sleep(0.02)
            applying.cancel()

    asyncio.run(run())


def test_what_is_wrong_in_the_inbox_stops_nothing_else(on_sqlite: Installation) -> None:
    account = make_bell()
    ParkedReceipt.objects.create(
        account=account,
        provider_message_id="x",
        receipt={"of": "another version"},
        parked_at=CLOCK(),
    )
    keep(account, Inbound(provider_message_id="in.1", sender="+34612345678", at=NOW))
    work_off(on_sqlite.data_dir)
    assert InboundMessage.objects.count() == 1
    assert not ParkedReceipt.objects.exists()
