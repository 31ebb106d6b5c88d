"""A worker's own note of what it began to send and what it heard, one file for each run.

Lines are written with a plain `write()` the moment things happen, before the database knows. They
survive the death of the process, so that its heirs know three things: an answer that had arrived;
that an attempt was begun; and, of a run that ended on this machine since it was last switched on,
that an attempt was *not* begun and so certainly did not leave.

A lock on the file says that its run is alive. Nothing is flushed to the disk: after a power cut the
boot id differs, and the absence of a line proves nothing any more.
"""

import errno
import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import ErrorKind
from rules.message_states import Status
from rules.reasons import Reason

log = logging.getLogger(__name__)

#: Rewritten with only what still matters when it is longer than this.
LONGEST = 1_000_000
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_OUTCOMES: Mapping[str, Callable[..., Outcome]] = {
    one.__name__: one for one in (Accepted, Refused, NotSent, Uncertain)
}
_ENUMS = {"status": Status, "kind": ErrorKind, "cause": Reason}


def boot_id() -> str:
    """Empty where the system has none to tell."""
    with suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return ""


class Journal:
    """The open journal of this run. `started` and `done` raise OSError when the disk is full."""

    def __init__(self, directory: Path, run: str) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run = run
        self._path = directory / f"{run.rpartition('#')[2]}.journal"
        self._header = _line({"run": run, "boot": boot_id()})
        self._open: dict[str, bytes] = {}
        self._file = self._begin(self._path)
        self._length = len(self._header)

    def started(self, attempt_ids: Iterable[str]) -> None:
        lines = {attempt_id: _line({"start": attempt_id}) for attempt_id in attempt_ids}
        self._write(b"".join(lines.values()))
        self._open |= lines

    def done(self, outcomes: Mapping[str, Outcome]) -> None:
        lines = {
            attempt_id: _line({"done": attempt_id, type(outcome).__name__: asdict(outcome)})
            for attempt_id, outcome in outcomes.items()
        }
        self._write(b"".join(lines.values()))
        for attempt_id, line in lines.items():
            self._open[attempt_id] = self._open.get(attempt_id, b"") + line

    def forget(self, attempt_ids: Iterable[str]) -> None:
        """The database has these now."""
        for attempt_id in attempt_ids:
            self._open.pop(attempt_id, None)
        if not self._open and self._length > len(self._header):
            os.ftruncate(self._file, len(self._header))
            self._length = len(self._header)
        elif self._length > LONGEST:
            self._rewrite()

    def close(self) -> None:
        """What the database has not heard of stays for the next run."""
        if not self._open:
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1  # a late line must not find its way into somebody else's file

    def _begin(self, path: Path) -> int:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(file, self._header)
        return file

    def _write(self, lines: bytes) -> None:
        if os.write(self._file, lines) != len(lines):
            os.ftruncate(self._file, self._length)
            raise OSError(errno.ENOSPC, "the journal is cut off", str(self._path))
        self._length += len(lines)

    def _rewrite(self) -> None:
        """The new file is locked before it takes the old one's place: somebody may be reading."""
        new_path = self._path.with_suffix(".new")
        new = self._begin(new_path)
        kept = b"".join(self._open.values())
        if os.write(new, kept) != len(kept):
            os.close(new)
            return  # a full disk; the old one still tells everything
        new_path.replace(self._path)
        os.close(self._file)
        self._file, self._length = new, len(self._header) + len(kept)


@dataclass(kw_only=True)
class Findings:
    """What the journals of this machine tell. `ended` are runs that will never begin anything."""

    done: dict[str, Outcome] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    ended: dict[str, Path] = field(default_factory=dict)

    def never_left(self, attempt_id: str, run: str, *, asking: str) -> bool:
        """Proof that `run` did not begin it; `asking` is a live run, of which that is known too."""
        told = attempt_id in self.started or attempt_id in self.done
        return not told and (run in self.ended or run == asking)


def read(directory: Path) -> Findings:
    findings = Findings()
    for path in sorted(directory.glob("*.journal")):
        # A journal that cannot be read proves nothing; the other ones still do.
        try:
            _read(path, findings)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("journal %s: cannot be read: %s", path.name, error)
    return findings


def _read(path: Path, findings: Findings) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        ended = _has_ended(file, path)
        header, *lines = _whole_lines(file)
    finally:
        os.close(file)
    for line in lines:
        _learn(json.loads(line), findings)
    owner = json.loads(header)
    if ended and owner["boot"] and owner["boot"] == boot_id():
        findings.ended[owner["run"]] = path


def _has_ended(file: int, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file).st_ino == path.stat().st_ino  # else rewritten while we looked


def _whole_lines(file: int) -> list[bytes]:
    """The first is the header. A last line that was cut off is nothing anybody relied on."""
    content = b""
    while piece := os.read(file, 1 << 20):
        content += piece
    lines = content.split(b"\n")[:-1]
    if not lines:
        raise ValueError("no header")
    return lines


def _learn(line: Mapping[str, Any], findings: Findings) -> None:
    if attempt_id := line.get("start"):
        findings.started.add(attempt_id)
        return
    attempt_id = line["done"]
    name = next(name for name in line if name in _OUTCOMES)
    fields = {key: _ENUMS.get(key, _same)(value) for key, value in line[name].items()}
    findings.done[attempt_id] = _OUTCOMES[name](**fields)


def _same(value: Any) -> Any:
    return value


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"
