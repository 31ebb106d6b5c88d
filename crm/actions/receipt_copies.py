"""The clean copy that is made of an uploaded file, or why none could be made.

Free of Django, because copies are made in a process of their own (`receipt_sandbox.py`).
"""

from dataclasses import dataclass
from enum import StrEnum

from rules.receipt_files import FileKind

THUMBNAIL_PX = 320
PAGE_KIND = THUMBNAIL_KIND = FileKind.WEBP


class Unreadable(StrEnum):
    DAMAGED = "damaged"
    LOCKED = "locked"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_HARD = "too_hard"


class UnreadableError(Exception):
    """`reason` says why a file whose first bytes looked right cannot be kept."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason.value)
        self.reason = reason


class LeftOut(StrEnum):
    """What a PDF had that its copy has not, and that somebody may miss."""

    ATTACHMENTS = "attachments"
    SIGNATURE = "signature"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Pixels of an image, pages of a PDF."""

    pixels: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Copy:
    """What was written. `width` and `height` are pixels of an image, `pages` those of a PDF."""

    kind: FileKind
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    left_out: tuple[LeftOut, ...] = ()
