"""Has files read in a process of their own (`receipt_sandbox.py`) and waits no longer than it may.

Everything here raises UnreadableError.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from crm.actions.receipt_copies import Copy, LeftOut, Limits, Unreadable, UnreadableError
from rules.receipt_files import FileKind

TIMEOUT_S = 60

logger = logging.getLogger(__name__)

_INHERITED = ("PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")
#: Stopped for too much work, or for memory: what cannot get any more of it aborts.
_STOPPED = frozenset({-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT})


def copy_file(source: Path, kind: FileKind, *, to: Path, thumbnail: Path, limits: Limits) -> Copy:
    answer = _run("copy", kind, source, to, thumbnail, limits.pixels, limits.pages)
    kept = {name: answer[name] for name in ("width", "height", "pages")}
    left_out = tuple(LeftOut(what) for what in answer["left_out"])
    return Copy(kind=FileKind(answer["kind"]), **kept, left_out=left_out)


def draw_page(source: Path, number: int, *, to: Path) -> None:
    _run("page", number, source, to)


def _run(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "crm.actions.receipt_sandbox", *map(str, arguments)]
    try:
        done = subprocess.run(  # noqa: S603 (our own module, paths of our own choosing)
            command,
            cwd=settings.BASE_DIR,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableError(Unreadable.TOO_HARD) from error
    if done.returncode:
        logger.warning("reading a receipt ended with %s: %s", done.returncode, _last(done.stderr))
        too_hard = done.returncode in _STOPPED
        raise UnreadableError(Unreadable.TOO_HARD if too_hard else Unreadable.DAMAGED)
    return _answer(done.stdout)


def environment() -> dict[str, str]:
    """What the process needs to start; the secrets in our environment are none of its business."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def _answer(stdout: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(stdout)
    if "unreadable" in answer:
        raise UnreadableError(Unreadable(answer["unreadable"]))
    return answer


def _last(stderr: bytes) -> str:
    return stderr.decode(errors="replace").strip()[-500:]
