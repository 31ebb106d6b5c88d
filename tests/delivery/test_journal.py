import errno
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery import journal
from delivery.journal import Journal
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import ErrorKind
from rules.message_states import Status
from rules.reasons import Reason

RUN = "front desk#0a1b2c3d"
PATH = "0a1b2c3d.journal"
OUTCOMES: list[Outcome] = [
    Accepted(provider_message_id="wamid.1", status=Status.DELIVERED),
    Refused(code="21211", reason="zoë\nsays no", kind=ErrorKind.PERMANENT_RECIPIENT),
    NotSent(why="throttled", retry_after_s=2.5, code="429"),
    Uncertain(why="no answer", cause=Reason.TIMED_OUT),
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def kill(run: Journal) -> None:
    """What is left of it when the process is gone: the file, without its lock."""
    os.close(run._file)


def test_every_outcome_is_read_as_it_was_heard(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.started(["a", "b", "c", "d", "e"])
    for name, outcome in zip("abcd", OUTCOMES, strict=True):
        run.done({name: outcome})
    kill(run)

    findings = journal.read(directory)

    assert findings.done == dict(zip("abcd", OUTCOMES, strict=True))
    assert findings.started == {"a", "b", "c", "d", "e"}
    assert findings.ended == {RUN: directory / PATH}


def test_what_a_dead_run_never_began_never_left(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.started(["begun"])
    kill(run)

    findings = journal.read(directory)

    assert findings.never_left("waiting", RUN, asking="other#1")
    assert not findings.never_left("begun", RUN, asking="other#1")
    assert not findings.never_left("waiting", "unknown#1", asking="other#1")


def test_a_live_run_may_still_begin_anything(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.started(["begun"])

    findings = journal.read(directory)

    assert findings.started == {"begun"}
    assert not findings.never_left("waiting", RUN, asking="other#1")
    assert findings.never_left("waiting", RUN, asking=RUN)
    run.close()


def test_after_a_restart_of_the_machine_absence_proves_nothing(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.done({"a": OUTCOMES[0]})
    kill(run)
    path = directory / PATH
    header, _, lines = path.read_text().partition("\n")
    path.write_text(json.dumps({**json.loads(header), "boot": "an earlier one"}) + "\n" + lines)

    findings = journal.read(directory)

    assert findings.done == {"a": OUTCOMES[0]}
    assert findings.ended == {}


def test_what_the_database_knows_is_forgotten(directory: Path) -> None:
    run = Journal(directory, RUN)
    empty = (directory / PATH).stat().st_size
    run.started(["a", "b"])
    run.done({"a": OUTCOMES[0]})
    run.forget(["a"])
    assert journal.read(directory).done == {"a": OUTCOMES[0]}
    run.forget(["b"])
    assert (directory / PATH).stat().st_size == empty


def test_it_does_not_grow_for_ever_under_load(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LONGEST", 2_000)
    run = Journal(directory, RUN)
    run.started(["always on the wire"])
    for number in range(200):
        run.started([str(number)])
        run.done({str(number): OUTCOMES[0]})
        run.forget([str(number)])
    assert (directory / PATH).stat().st_size < 3_000
    assert journal.read(directory).ended == {}
    kill(run)
    findings = journal.read(directory)
    assert "always on the wire" in findings.started
    assert RUN in findings.ended


def test_an_orderly_end_leaves_nothing_behind(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.started(["a"])
    run.forget(["a"])
    run.close()
    assert list(directory.iterdir()) == []


def test_an_end_with_something_unwritten_keeps_it(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.done({"a": OUTCOMES[0]})
    run.close()
    assert journal.read(directory).done == {"a": OUTCOMES[0]}


@pytest.mark.parametrize("content", [b"", b"half a head", b"not json\n", b"[1]\n{}\n", b"\xff\n"])
def test_a_broken_journal_proves_nothing_and_stops_nobody(directory: Path, content: bytes) -> None:
    other = Journal(directory, RUN)
    other.done({"a": OUTCOMES[0]})
    kill(other)
    (directory / "broken.journal").write_bytes(content)

    findings = journal.read(directory)

    assert findings.done == {"a": OUTCOMES[0]}
    assert list(findings.ended) == [RUN]


def test_a_line_that_was_cut_off_is_no_line(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.started(["a"])
    kill(run)
    with (directory / PATH).open("a") as file:
        file.write('{"start": "b')
    assert journal.read(directory).started == {"a"}


def test_on_a_full_disk_nothing_counts_as_begun(directory: Path) -> None:
    run = Journal(directory, RUN)
    run.started(["before"])
    size = (directory / PATH).stat().st_size
    with (
        files_no_longer_than(size + 10),
        pytest.raises(OSError, match=r"(cut off|too large)") as refused,
    ):
        run.started(["during"])
    run.started(["after"])

    assert refused.value.errno in {errno.EFBIG, errno.ENOSPC}
    assert journal.read(directory).started == {"before", "after"}
    run.close()


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """As on a disk with so much left; the signal that comes with it is ignored by Python."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
