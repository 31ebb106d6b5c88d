"""Two children that live and end together."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from customer_manager import supervisor
from customer_manager.supervisor import Supervisor

SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
#: Leaves a process behind that would live on by itself; its number stands in the file `child`.
WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open("child", "w").write(str(child.pid))
time.sleep(60)
"""
COUNTING = 'import sys; open("starts", "a").write("x"); sys.exit(3)'


@pytest.fixture(autouse=True)
def _handlers_put_back() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def said() -> list[str]:
    return []


def run(
    folder: Path,
    said: list[str],
    *,
    web: str = SLEEP,
    sender: str = SLEEP,
    then: Callable[[Supervisor], Awaitable[None]],
) -> int:
    """Supervise two pieces of Python; `then` plays the person at the terminal."""

    async def both() -> int:
        one = Supervisor(
            web=[sys.executable, "-c", web],
            sender=[sys.executable, "-c", sender],
            folder=folder,
            say=said.append,
        )
        player = asyncio.create_task(_play(one))
        code = await one.run(_answers)
        await player
        return code

    async def _play(one: Supervisor) -> None:
        await then(one)

    async def _answers() -> None:
        await asyncio.sleep(0)

    return asyncio.run(both())


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (of files and processes)
            await asyncio.sleep(0.02)


def stop(*signals: int) -> Callable[[Supervisor], Awaitable[None]]:
    async def then(one: Supervisor) -> None:
        await wait_for(lambda: len(one.children) == 2)
        await asyncio.sleep(0.2)
        for number in signals:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.2)

    return then


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_both_and_that_is_success(
    tmp_path: Path, said: list[str], number: int
) -> None:
    began = time.monotonic()
    assert run(tmp_path, said, then=stop(number)) == 0
    assert said == ["Stopping …"]
    assert time.monotonic() - began < 10


def test_what_a_child_has_started_goes_with_it(tmp_path: Path, said: list[str]) -> None:
    run(tmp_path, said, web=WITH_CHILD, then=stop(signal.SIGTERM))
    assert not is_alive(int((tmp_path / "child").read_text()))


def test_a_second_signal_ends_what_does_not_want_to_stop(tmp_path: Path, said: list[str]) -> None:
    began = time.monotonic()
    assert run(tmp_path, said, sender=STUBBORN, then=stop(signal.SIGINT, signal.SIGINT)) == 0
    assert time.monotonic() - began < 10


def test_what_does_not_stop_in_time_is_ended(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_WITHIN_S", 0.3)
    assert run(tmp_path, said, sender=STUBBORN, then=stop(signal.SIGTERM)) == 0


@pytest.mark.parametrize(
    ("web", "code"),
    [
        ("import sys; sys.exit(7)", 7),
        ("pass", 1),
        ("import os; os.kill(os.getpid(), 9)", 137),
    ],
)
def test_when_the_web_server_ends_everything_ends_with_its_error(
    tmp_path: Path, said: list[str], web: str, code: int
) -> None:
    async def nobody(one: Supervisor) -> None:
        pass

    assert run(tmp_path, said, web=web, then=nobody) == code
    assert said == ["The web server has stopped."]


def test_a_sender_that_falls_is_started_again_later_and_later(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 0.3)
    starts = tmp_path / "starts"

    async def then(one: Supervisor) -> None:
        await wait_for(lambda: starts.exists() and len(starts.read_text()) >= 4)
        os.kill(os.getpid(), signal.SIGTERM)

    assert run(tmp_path, said, sender=COUNTING, then=then) == 0
    falls = [line for line in said if "sender stopped" in line]
    assert "code 3" in falls[0]
    assert len(falls) >= 3


def test_after_a_good_while_the_first_pause_is_short_again(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 30.0)
    monkeypatch.setattr(supervisor, "STEADY_AFTER_S", 0.0)
    starts = tmp_path / "starts"

    async def then(one: Supervisor) -> None:
        await wait_for(lambda: starts.exists() and len(starts.read_text()) >= 14)
        os.kill(os.getpid(), signal.SIGTERM)

    assert run(tmp_path, said, sender=COUNTING, then=then) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_kill_of_the_supervisor_itself_leaves_nobody_behind(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from customer_manager.supervisor import Supervisor
async def main():
    code = "import os, time; open(str(os.getpid()), 'w'); time.sleep(60)"
    child = [sys.executable, "-c", code]
    one = Supervisor(web=child, sender=child, folder=Path({str(tmp_path)!r}), say=print)
    await one.run(lambda: asyncio.sleep(0))
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 20
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = [int(path.name) for path in tmp_path.iterdir()]
    assert len(children) == 2
    parent.kill()
    parent.wait()
    while any(is_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in children if is_alive(pid)]
