import asyncio
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from crm.models import MessageSchedule
from delivery import journal
from delivery.database import DatabaseThread
from delivery.departures import Departure
from delivery.journal import Journal
from delivery.outcomes import change_after
from delivery.planner import Planner
from delivery.writeback import WriteBack
from providers.base import Accepted
from rules.message_states import Status
from tests.databases import Installation
from tests.delivery.conftest import RUN
from tests.make import NOW, make_account, make_message

ACCEPTED = Accepted(provider_message_id="wamid.1")


@pytest.fixture
def departure(planner: Planner) -> Departure:
    make_account()
    make_message(at=NOW - timedelta(seconds=1), message_content="Hello.")
    (departure,) = planner.round(1, NOW).departures
    return departure


def write_answer(departure: Departure, journals: Path) -> tuple[Counter[Status], journal.Findings]:
    """What was written of an answer, and what the journal of the run that heard it still tells."""
    written: Counter[Status] = Counter()

    async def main(kept: Journal) -> None:
        with DatabaseThread() as thread:
            writeback = WriteBack(thread=thread, journal=kept, written=written.update)
            writing = asyncio.create_task(writeback.run())
            writeback.add(change_after(departure.made, ACCEPTED, NOW))
            await writeback.finished()
            writing.cancel()

    attempt_id = departure.outgoing.attempt_id
    with closing(Journal(journals, RUN)) as kept:
        kept.started([attempt_id])
        kept.done({attempt_id: ACCEPTED})
        asyncio.run(main(kept))
        return written, journal.read(journals)


def test_what_the_database_has_the_journal_forgets(
    departure: Departure, installation: Installation
) -> None:
    written, findings = write_answer(departure, installation.data_dir / "journal")
    assert written == {Status.SENT: 1}
    assert not findings.started


def test_an_answer_that_came_after_its_lease_stays_in_the_journal(
    departure: Departure, installation: Installation
) -> None:
    """Forgotten, it would count as never begun when its heir dies too, and go a second time."""
    MessageSchedule.objects.update(claim_token=F("claim_token") + 1)
    written, findings = write_answer(departure, installation.data_dir / "journal")
    assert not written
    attempt_id = departure.outgoing.attempt_id
    assert findings.done == {attempt_id: ACCEPTED}
    assert not findings.never_left(attempt_id, RUN, asking=RUN)
