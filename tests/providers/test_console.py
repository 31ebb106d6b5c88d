import asyncio
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.base import Accepted, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.console import SCRIPT, Console, Record
from providers.errors import ErrorKind, SettingsError
from rules.message_states import Status
from rules.reasons import Reason

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def make_outgoing(**changes: str) -> Outgoing:
    return Outgoing(
        **{
            "attempt_id": str(uuid.uuid4()),
            "channel": "whatsapp",
            "to": "+447400123456",
            "text": "Hi Zoë, your table is ready",
            **changes,
        }  # type: ignore[arg-type]
    )


def send(settings: Mapping[str, object], *outgoing: Outgoing) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        async with Console(settings) as console:
            return [await console.send(one) for one in outgoing]

    return asyncio.run(all_of_them())


def reconcile(settings: Mapping[str, object], outgoing: Outgoing) -> Outcome | None:
    async def ask() -> Outcome | None:
        async with Console(settings) as console:
            return await console.reconcile(outgoing, attempted_at=NOON)

    return asyncio.run(ask())


def test_a_message_is_printed_as_one_line_and_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    outgoing = make_outgoing(text="Hi Zoë,\nbye \x1b[2J\x07\u202e😀")
    assert send({}, outgoing) == [
        Accepted(provider_message_id=f"console-{outgoing.attempt_id}", status=Status.SENT)
    ]
    assert capsys.readouterr().out == "whatsapp → +447400123456: Hi Zoë, ⏎ bye  [2J  😀\n"


@pytest.mark.parametrize("number", SCRIPT)
def test_numbers_of_no_one_fail_in_every_way(number: str) -> None:
    outcome = send({}, make_outgoing(to=number))[0]
    expected = {
        "refuse": Refused,
        "throttle": NotSent,
        "unreachable": NotSent,
        "lost": Uncertain,
        "lost_before": Uncertain,
    }
    assert isinstance(outcome, expected[SCRIPT[number][0].partition(":")[0]])


def test_a_refusal_says_of_what_kind_it_is() -> None:
    outcome = send({}, make_outgoing(to="+15005550001"))[0]
    assert isinstance(outcome, Refused)
    assert outcome.kind is ErrorKind.PERMANENT_RECIPIENT
    assert outcome.code == "console-permanent_recipient"


def test_a_lost_answer_is_told_as_one() -> None:
    outcome = send({}, make_outgoing(to="+15005550007"))[0]
    assert outcome == Uncertain(why="no answer", cause=Reason.TIMED_OUT)


def test_a_script_goes_step_by_step_and_stays_at_its_last() -> None:
    steps = ["throttle:2.5", "unreachable", "accept"]
    one, two, three, four = send(
        {"script": {"+447400123456": steps}}, *(make_outgoing() for _ in range(4))
    )
    assert one == NotSent(why="throttled", retry_after_s=2.5, code="console-rate")
    assert isinstance(two, NotSent)
    assert isinstance(three, Accepted)
    assert isinstance(four, Accepted)


def test_a_script_can_change_what_our_numbers_do() -> None:
    outcome = send({"script": {"+15005550001": "accept"}}, make_outgoing(to="+15005550001"))[0]
    assert isinstance(outcome, Accepted)


def test_answers_take_as_long_as_they_are_told_and_run_side_by_side() -> None:
    async def ten_at_once() -> float:
        async with Console({"latency_s": 0.1}) as console:
            started = time.monotonic()
            await asyncio.gather(*(console.send(make_outgoing()) for _ in range(10)))
            return time.monotonic() - started

    assert 0.1 <= asyncio.run(ten_at_once()) < 0.9


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"latency_s": "fast"}, "latency_s"),
        ({"latency_s": -1}, "latency_s"),
        ({"latency_s": True}, "latency_s"),
        ({"script": "accept"}, "script"),
        ({"script": {"+44": []}}, "script"),
        ({"script": {"+44": 5}}, "script"),
        ({"script": {"+44": "explode"}}, "script"),
        ({"script": {"+44": "refuse:nonsense"}}, "script"),
        ({"script": {"+44": "throttle:soon"}}, "script"),
        ({"record": 5}, "record"),
    ],
)
def test_a_wrong_setting_is_named(chosen: Mapping[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as wrong:
        Console(chosen)
    assert wrong.value.setting == named


def test_without_a_record_nothing_is_proved() -> None:
    assert reconcile({}, make_outgoing()) is None
    assert reconcile({"record": ""}, make_outgoing()) is None


def test_the_record_proves_what_was_taken_after_its_answer_was_lost(tmp_path: Path) -> None:
    settings = {"record": str(tmp_path / "deep" / "record.jsonl")}
    taken = make_outgoing(to="+15005550007")
    not_taken = make_outgoing(to="+15005550008")
    assert [type(outcome) for outcome in send(settings, taken, not_taken)] == [Uncertain, Uncertain]
    assert reconcile(settings, taken) == Accepted(provider_message_id=f"console-{taken.attempt_id}")
    assert isinstance(reconcile(settings, not_taken), NotSent)
    lines = (tmp_path / "deep" / "record.jsonl").read_text().splitlines()
    assert [json.loads(line)["accepted"] for line in lines] == [True, False]


def test_the_same_attempt_is_taken_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"record": str(tmp_path / "record.jsonl")}
    outgoing = make_outgoing()
    first, again = send(settings, outgoing, outgoing)
    later = send(settings, outgoing)[0]
    assert first == again == later
    assert capsys.readouterr().out.count("\n") == 1


def test_a_sender_that_wakes_up_late_cannot_send_what_was_called_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outgoing = make_outgoing()
    settings = {"record": str(tmp_path / "record.jsonl"), "latency_s": 0.2}

    async def race() -> tuple[Outcome | None, Outcome]:
        async with Console(settings) as sleeper, Console(settings) as reconciler:
            sending = asyncio.create_task(sleeper.send(outgoing))
            await asyncio.sleep(0.02)
            proof = await reconciler.reconcile(outgoing, attempted_at=NOON)
            return proof, await sending

    proof, outcome = asyncio.run(race())
    assert isinstance(proof, NotSent)
    assert isinstance(outcome, NotSent)
    assert capsys.readouterr().out == ""


def test_processes_agree_on_every_attempt(tmp_path: Path) -> None:
    """Two that send and two that call off race for the same attempts: each is decided once."""
    record = tmp_path / "record.jsonl"
    code = (
        "import sys; from pathlib import Path; from providers.console import Record\n"
        "record = Record(Path(sys.argv[1])); record.open(); decide = getattr(record, sys.argv[2])\n"
        "print(*(n for n in range(200) if decide(str(n))), sep=',')"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(record), what],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for what in ("accept", "call_off", "accept", "call_off")
    ]
    won = [racer.communicate()[0].strip().split(",") for racer in racers]
    accepted = [n for wins in (won[0], won[2]) for n in wins if n]
    called_off = {n for wins in (won[1], won[3]) for n in wins if n}
    assert len(accepted) == len(set(accepted))
    assert set(accepted) | called_off == {str(n) for n in range(200)}
    assert not set(accepted) & called_off
    assert len(record.read_text().splitlines()) == 200


def test_a_line_cut_off_decides_nothing_and_spoils_no_other(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    earlier, cut, later = make_outgoing(), make_outgoing(), make_outgoing()
    settings = {"record": str(record)}
    send(settings, earlier)
    with record.open("a") as file:
        file.write(f'{{"attempt": "{cut.attempt_id}", "acc')
    send(settings, later)
    assert isinstance(reconcile(settings, earlier), Accepted)
    assert isinstance(reconcile(settings, cut), NotSent)
    assert isinstance(reconcile(settings, later), Accepted)


def test_a_full_disk_is_an_error_and_not_an_acceptance(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="space"):
        send({"record": "/dev/full"}, make_outgoing())
    assert capsys.readouterr().out == ""


def test_a_disk_that_fills_up_in_the_middle_of_a_line_is_an_error_too(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from providers.console import Record\n"
        "record = Record(Path(sys.argv[1])); record.open(); record.accept('first')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))\n"
        "try: record.accept('second')\n"
        "except OSError as error: print(error.strerror)"
    )
    record = tmp_path / "record.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", code, str(record)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("the record is cut off\n", "")
    assert isinstance(
        reconcile({"record": str(record)}, make_outgoing(attempt_id="second")), NotSent
    )
    assert isinstance(
        reconcile({"record": str(record)}, make_outgoing(attempt_id="first")), Accepted
    )


def test_a_record_is_used_only_while_it_is_open(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.jsonl")
    with pytest.raises(ValueError, match="not open"):
        record.accept("attempt")
    record.close()


def test_a_closed_terminal_loses_no_message_that_is_on_record(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys; from providers.base import Outgoing\n"
        "from providers.console import Console\n"
        "os.close(1)\n"
        "async def main():\n"
        "    async with Console({'record': sys.argv[1]}) as console:\n"
        "        out = Outgoing(attempt_id='a', channel='sms', to='+44', text='hi')\n"
        "        sys.stderr.write(type(await console.send(out)).__name__)\n"
        "asyncio.run(main())\n"
        "os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "record.jsonl")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("Accepted", 0)


def test_a_text_never_shows_up_in_a_log_by_accident() -> None:
    assert "table" not in repr(make_outgoing())
