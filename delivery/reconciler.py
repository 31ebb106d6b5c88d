"""What became of messages whose worker went away in the middle.

Only claimed: nothing had left, back into the outbox. `sending`: taken over with a new fencing
token, so that the old holder writes nothing any more; then the journals of this machine say what
was heard or never begun, else the provider's own look-up does, else a person is asked. Only proof
that nothing was taken sends again.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from delivery import journal, orphans
from delivery.connections import Connections
from delivery.database import DatabaseThread
from delivery.horizon import Horizon
from delivery.journal import Findings
from delivery.orphans import Gone, Orphan
from delivery.outcomes import Change, Try, change_after
from delivery.quotes import quotable
from providers.base import Accepted, Outcome, Refused, Uncertain
from rules.reasons import Reason

log = logging.getLogger(__name__)

#: Look-ups at providers at a time: they come on top of what is being sent.
LOOK_UPS = 10
LOOK_UP_WITHIN_S = 60.0


class Reconciler:
    """`decided` is called on the event loop with each change that is to be written."""

    def __init__(
        self,
        *,
        thread: DatabaseThread,
        connections: Connections,
        journals: Path,
        run: str,
        clock: Callable[[], datetime],
        decided: Callable[[Change], None],
    ) -> None:
        self._thread = thread
        self._connections = connections
        self._journals = journals
        self._run = run
        self._clock = clock
        self._decided = decided
        self._looking_up: dict[str, Try] = {}
        self._horizon = Horizon()
        self._places = asyncio.Semaphore(LOOK_UPS)

    @property
    def held(self) -> list[Try]:
        """What was taken over and is not decided."""
        return list(self._looking_up.values())

    async def recover(self, held: Collection[int]) -> None:
        """Decide what nobody holds any more; `held` are messages this worker is at work on."""
        findings = journal.read(self._journals)
        now = self._clock()
        with self._horizon.look(now) as look:
            gone = Gone(
                run=self._run,
                ended=frozenset(findings.ended),
                held=frozenset(held),
                since=look.since,
                now=now,
            )
            found = await self._thread.do(orphans.take_over, self._thread.database, gone)
        if found.back_in_outbox or found.orphans:
            log.info(
                "recovery: %d back in the outbox, %d to look into",
                found.back_in_outbox,
                len(found.orphans),
            )
        self._looking_up |= {str(one.made.attempt_id): one.made for one in found.orphans}
        await asyncio.gather(*(self._decide(one, findings) for one in found.orphans))
        await self._clear_away(findings)

    async def _decide(self, orphan: Orphan, findings: Findings) -> None:
        attempt_id = str(orphan.made.attempt_id)
        outcome = None
        if not findings.never_left(attempt_id, orphan.worker, asking=self._run):
            outcome = findings.done.get(attempt_id) or await self._look_up(orphan)
        self._decided(change_after(orphan.made, outcome, self._clock()))
        del self._looking_up[attempt_id]

    async def _look_up(self, orphan: Orphan) -> Outcome:
        """What the provider can prove, else that nobody knows."""
        async with self._places:
            outcome = await look_up(self._connections, orphan, within_s=LOOK_UP_WITHIN_S)
        unknown = Uncertain(why="the sender died", cause=Reason.WORKER_DIED)
        if isinstance(outcome, Accepted | Refused) and await self._may_be_another(orphan, outcome):
            return unknown
        return outcome or unknown

    async def _may_be_another(self, orphan: Orphan, found: Accepted | Refused) -> bool:
        """Then a second look is what finds out: by then the other one has its answer."""
        database, provider_id = self._thread.database, found.provider_message_id
        return await self._thread.do(
            database.read, lambda cursor: orphans.may_be_another(cursor, orphan, provider_id)
        )

    async def _clear_away(self, findings: Findings) -> None:
        """A journal goes when no message in flight can need it any more."""
        if not findings.ended:
            return
        needed = await self._thread.do(orphans.runs_in_flight, self._thread.database)
        for run, path in findings.ended.items():
            if run not in needed:
                path.unlink(missing_ok=True)


async def look_up(connections: Connections, orphan: Orphan, *, within_s: float) -> Outcome | None:
    """What the provider can prove, None where nothing."""
    if orphan.account is None:
        return None
    try:
        async with asyncio.timeout(within_s):
            provider = await connections.to(orphan.account)
            outcome = await provider.reconcile(
                orphan.outgoing, attempted_at=orphan.attempted_at, known_ids=orphan.known_ids
            )
            return quotable(outcome, orphan.account) if outcome else None
    except Exception:  # a look-up that fails proves nothing, and never stops the others
        log.exception("message %d: look-up failed", orphan.made.message_id)
        return None
