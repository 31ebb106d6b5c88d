"""A provider for trying things out: prints each message as a line and accepts it.

Settings, all optional:

    record      a file in which accepted attempts are kept, one JSON object a line. With it, what
                happened to an attempt can be proved after any crash; without it nothing can.
    latency_s   how long an answer takes. The message is taken half-way through.
    script      {number: what happens to messages to it}, over SCRIPT below:
                "accept", "refuse:<kind of error>", "throttle:<seconds>", "unreachable",
                "lost" (taken, but the answer never comes), "lost_before" (not taken, no answer).
                A list gives the first messages to the number a step each; its last step stays.
"""

import asyncio
import errno
import fcntl
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from providers.accounts import Check
from providers.base import Accepted, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.errors import ErrorKind, SettingsError
from rules.reasons import Reason

#: Numbers of no one, so that every way to fail can be seen without a provider.
SCRIPT: Mapping[str, tuple[str, ...]] = {
    "+15005550001": ("refuse:permanent_recipient",),
    "+15005550002": ("refuse:content",),
    "+15005550003": ("refuse:account",),
    "+15005550004": ("refuse:opt_out",),
    "+15005550005": ("throttle:2", "accept"),
    "+15005550006": ("unreachable", "accept"),
    "+15005550007": ("lost",),
    "+15005550008": ("lost_before",),
}


class Console:
    channels: ClassVar[frozenset[str]] = frozenset({"whatsapp", "sms"})
    receipts: ClassVar[bool] = False

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Raises SettingsError."""
        self._latency_s = _seconds(settings.get("latency_s", 0))
        self._script = {**SCRIPT, **_script(settings.get("script", {}))}
        self._record = _record(settings.get("record"))
        self._sent_to: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        if self._record:
            self._record.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._record:
            self._record.close()

    async def send(self, outgoing: Outgoing) -> Outcome:
        step, _, detail = self._next_step(outgoing.to).partition(":")
        await asyncio.sleep(self._latency_s / 2)
        outcome = self._play(step, detail, outgoing)
        await asyncio.sleep(self._latency_s / 2)
        return outcome

    async def check(self) -> Check:
        return Check()

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        if self._record is None:
            return None
        if self._record.call_off(outgoing.attempt_id):
            return NotSent(why="the console's record shows that it was never taken")
        return Accepted(provider_message_id=_id_of(outgoing))

    def _next_step(self, to: str) -> str:
        steps = self._script.get(to)
        if steps is None:
            return "accept"
        self._sent_to[to] += 1
        return steps[min(self._sent_to[to], len(steps)) - 1]

    def _play(self, step: str, detail: str, outgoing: Outgoing) -> Outcome:
        match step:
            case "refuse":
                kind = ErrorKind(detail)
                return Refused(code=f"console-{kind}", reason="refused by its script", kind=kind)
            case "throttle":
                return NotSent(why="throttled", retry_after_s=float(detail), code="console-rate")
            case "unreachable":
                return NotSent(why="no connection")
            case "lost_before":
                return Uncertain(why="no answer", cause=Reason.TIMED_OUT)
            case "lost":
                self._take(outgoing)
                return Uncertain(why="no answer", cause=Reason.TIMED_OUT)
        return self._take(outgoing)

    def _take(self, outgoing: Outgoing) -> Outcome:
        """Recorded before it is printed: what the record does not know was seen by nobody."""
        if self._record is None or self._record.accept(outgoing.attempt_id):
            _print(outgoing)
        elif self._record.is_called_off(outgoing.attempt_id):
            return NotSent(why="called off by the reconciler")
        return Accepted(provider_message_id=_id_of(outgoing))


class Record:
    """Attempts that were accepted and attempts that never will be, in an append-only file.

    A lock on the file makes each decision final for every process that shares it: a worker that
    wakes up late cannot accept what a reconciler has already declared not sent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._read_up_to = 0
        self._ends_whole = True
        self._decisions: dict[str, bool] = {}

    def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def accept(self, attempt_id: str) -> bool:
        """False when the attempt was decided before."""
        return self._decide(attempt_id, accepted=True)

    def call_off(self, attempt_id: str) -> bool:
        """Whether the attempt has never been accepted, which it then cannot be any more."""
        return self._decide(attempt_id, accepted=False) or self.is_called_off(attempt_id)

    def is_called_off(self, attempt_id: str) -> bool:
        return self._decisions.get(attempt_id) is False

    def _decide(self, attempt_id: str, *, accepted: bool) -> bool:
        if self._file is None:
            raise ValueError("the record is not open")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            self._catch_up(self._file)
            if attempt_id in self._decisions:
                return False
            self._append(self._file, {"attempt": attempt_id, "accepted": accepted})
            self._decisions[attempt_id] = accepted
            return True
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _catch_up(self, file: int) -> None:
        """Read what has been appended since; a line cut off by a full disk decides nothing."""
        new = os.pread(file, os.fstat(file).st_size - self._read_up_to, self._read_up_to)
        for line in new.splitlines():
            with suppress(ValueError, KeyError):
                decision = json.loads(line)
                self._decisions.setdefault(decision["attempt"], decision["accepted"])
        self._read_up_to += len(new)
        self._ends_whole = new.endswith(b"\n") if new else self._ends_whole

    def _append(self, file: int, decision: Mapping[str, str | bool]) -> None:
        line = ("" if self._ends_whole else "\n") + json.dumps(decision) + "\n"
        if os.write(file, line.encode()) != len(line):
            raise OSError(errno.ENOSPC, "the record is cut off", str(self._path))


def _print(outgoing: Outgoing) -> None:
    """One line, whatever the text holds: a message must not steer a terminal."""
    text = "".join(c if c.isprintable() else " " for c in outgoing.text.replace("\n", " ⏎ "))
    # A closed or narrow stdout is no reason to lose a message that is on record.
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{outgoing.channel} → {outgoing.to}: {text}\n")
        sys.stdout.flush()


def _id_of(outgoing: Outgoing) -> str:
    return f"console-{outgoing.attempt_id}"


def _record(setting: object) -> Record | None:
    if setting is None or setting == "":
        return None
    if not isinstance(setting, str | Path):
        raise SettingsError("record", "a path is wanted")
    return Record(Path(setting))


def _seconds(setting: object) -> float:
    if isinstance(setting, bool) or not isinstance(setting, int | float) or setting < 0:
        raise SettingsError("latency_s", "a number of seconds is wanted")
    return float(setting)


def _script(setting: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(setting, Mapping):
        raise SettingsError("script", "numbers with their steps are wanted")
    return {str(number): _steps(steps) for number, steps in setting.items()}


def _steps(setting: object) -> tuple[str, ...]:
    steps = (setting,) if isinstance(setting, str) else setting
    if not isinstance(steps, list | tuple) or not steps:
        raise SettingsError("script", "a step or a list of steps is wanted")
    return tuple(_step(step) for step in steps)


def _step(setting: object) -> str:
    step, _, detail = str(setting).partition(":")
    try:
        _STEPS[step](detail)
    except (KeyError, ValueError) as error:
        raise SettingsError("script", f"no such step: {setting}") from error
    return str(setting)


_STEPS = {
    "accept": str,
    "lost": str,
    "lost_before": str,
    "unreachable": str,
    "refuse": ErrorKind,
    "throttle": float,
}
