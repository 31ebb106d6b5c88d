"""Keeps the web server and the sender running together, and stops both together.

Each runs in a process group of its own: a terminal's Ctrl-C reaches only this process, which then
stops them in order, and whatever they started goes with them.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

#: The sender may be waiting for a provider's answer; after this it is killed (and recovers later).
STOP_WITHIN_S = 25.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
#: A sender that ran this long is well: its next fall starts with the first pause again.
STEADY_AFTER_S = 60.0
_PR_SET_PDEATHSIG = 1

type Say = Callable[[str], None]


class Supervisor:
    def __init__(
        self, *, web: Sequence[str], sender: Sequence[str], folder: Path, say: Say
    ) -> None:
        self.web = web
        self.sender = sender
        self.folder = folder
        self.say = say
        self.children: set[Process] = set()
        self.asked_to_stop = asyncio.Event()

    async def run(self, web_answers: Callable[[], Awaitable[None]]) -> int:
        """The exit code: 0 when somebody asked to stop, else the web server's own.

        The sender starts when `web_answers` returns: by then the database is prepared.
        """
        self._listen_for_signals()
        web = await self._start(self.web)
        asked = asyncio.create_task(self.asked_to_stop.wait())
        ended = asyncio.create_task(web.wait())
        sending = asyncio.create_task(self._keep_sending(web_answers))
        await asyncio.wait({asked, ended, sending}, return_when=asyncio.FIRST_COMPLETED)
        code = 0 if asked.done() else _shell_code(web.returncode)
        self.say("Stopping …" if asked.done() else "The web server has stopped.")
        for task in (asked, ended, sending):
            task.cancel()
        await asyncio.gather(*map(self._stop, tuple(self.children)))
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        return code

    async def _keep_sending(self, web_answers: Callable[[], Awaitable[None]]) -> None:
        await web_answers()
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            process = await self._start(self.sender)
            code = await process.wait()
            await self._stop(process)
            if time.monotonic() - began > STEADY_AFTER_S:
                pause = FIRST_PAUSE_S
            self.say(f"The sender stopped (code {code}). Starting it again in {pause:.0f} s.")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _start(self, command: Sequence[str]) -> Process:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            stdin=DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self.children.add(process)
        return process

    async def _stop(self, process: Process) -> None:
        """Ask the process, then end what is left of its group."""
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        _kill_group(process)
        await process.wait()
        self.children.discard(process)

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup ignores SIGHUP on purpose.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, self._asked)

    def _asked(self) -> None:
        """The first time asks everything to stop, the second time ends it at once."""
        if self.asked_to_stop.is_set():
            for process in self.children:
                _kill_group(process)
        self.asked_to_stop.set()


def _kill_group(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _shell_code(code: int | None) -> int:
    """A process that ended by a signal has a negative code; nobody asked, so 0 is wrong too."""
    return 128 - code if code is not None and code < 0 else code or 1


def _end_with_parent() -> None:
    """Runs in the child before its program: on Linux a kill -9 of the parent ends it as well."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
