"""The process in which uploaded files are decoded, apart from the server that took them.

A file made to crash a decoder, to fill the memory or to keep it busy ends this process and
nothing else; it inherits no secret and answers in one line of JSON.

    python -m crm.actions.receipt_sandbox copy <kind> <file> <copy> <thumbnail> <pixels> <pages>
    python -m crm.actions.receipt_sandbox page <number> <file> <image>
"""

import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crm.actions.receipt_copies import Limits, Unreadable, UnreadableError
from rules.receipt_files import FileKind

#: Seconds of work, bytes of memory and of a file written; no trace of a crash is left on the disk.
LIMITS = (
    ("RLIMIT_CPU", 40),
    ("RLIMIT_CORE", 0),
    ("RLIMIT_FSIZE", 128 * 1024**2),
    ("RLIMIT_AS", 3 * 512 * 1024**2),
)


def main(verb: str, *arguments: str) -> None:
    _limit_this_process()
    try:
        answer = _VERBS[verb](*arguments)
    except UnreadableError as error:
        answer = {"unreadable": error.reason}
    except MemoryError:
        answer = {"unreadable": Unreadable.TOO_HARD}
    sys.stdout.write(json.dumps(answer))


def _copy(kind: str, *arguments: str) -> dict[str, Any]:
    source, to, thumbnail = map(Path, arguments[:3])
    pixels, pages = map(int, arguments[3:])
    limits = Limits(pixels=pixels, pages=pages)
    # Imported where needed: a PDF wants pdfium's library, most uploads do not.
    if FileKind(kind) is FileKind.PDF:
        from crm.actions.receipt_pdfs import copy_pdf  # noqa: PLC0415

        return asdict(copy_pdf(source, to=to, thumbnail=thumbnail, limits=limits))
    from crm.actions.receipt_images import copy_image  # noqa: PLC0415

    return asdict(copy_image(source, FileKind(kind), to=to, thumbnail=thumbnail, limits=limits))


def _page(number: str, source: str, to: str) -> dict[str, Any]:
    from crm.actions.receipt_pdfs import draw_page  # noqa: PLC0415

    draw_page(Path(source), int(number), to=Path(to))
    return {}


_VERBS: dict[str, Callable[..., dict[str, Any]]] = {"copy": _copy, "page": _page}


def _limit_this_process() -> None:
    """Where the system can; elsewhere the time limit of the one who waits still holds."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 (not on Windows)

        for name, most in LIMITS:
            resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    main(*sys.argv[1:])
