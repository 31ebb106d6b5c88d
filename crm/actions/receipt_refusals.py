"""Why an upload is not kept, in words that say what to do instead."""

from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.receipt_copies import LeftOut, Unreadable
from rules.receipt_files import RefusedKind


class TooMuch(StrEnum):
    BYTES = "bytes"
    FILES = "files"


type Reason = RefusedKind | Unreadable | TooMuch


class ReceiptRefusedError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def sentence(reason: Reason, filename: str) -> str:
    limits = {
        "megabytes": settings.RECEIPT_MAX_BYTES // 1024**2,
        "files": settings.RECEIPTS_PER_UPLOAD,
        "megapixels": settings.RECEIPT_MAX_PIXELS // 1_000_000,
        "pages": settings.RECEIPT_MAX_PAGES,
    }
    return str(_SENTENCES[reason]) % {"name": filename, **limits}


def left_out_sentence(what: LeftOut, filename: str) -> str:
    return str(_LEFT_OUT[what]) % {"name": filename}


def already_sentence(filename: str) -> str:
    return gettext("“%(name)s” is on this invoice already.") % {"name": filename}


_SENTENCES = {
    RefusedKind.EMPTY: _(
        "“%(name)s” is empty. Choose it again: a phone may still be fetching it from its cloud."
    ),
    RefusedKind.HTML: _("“%(name)s” is a web page. Print it as a PDF and add that."),
    RefusedKind.SVG: _("“%(name)s” is an SVG drawing, which can hold a program. Export it as PNG."),
    RefusedKind.EXECUTABLE: _("“%(name)s” is a program, not a receipt."),
    RefusedKind.OFFICE: _("“%(name)s” is an office document. Export it as a PDF and add that."),
    RefusedKind.ARCHIVE: _("“%(name)s” is an archive. Unpack it and add the files inside."),
    RefusedKind.VIDEO: _("“%(name)s” is a video or a sound. Add a photo or a PDF."),
    RefusedKind.GIF: _("“%(name)s” is a GIF. Save it as PNG or JPEG and add that."),
    RefusedKind.OTHER_IMAGE: _(
        "“%(name)s” is an image of a kind that is not accepted. Save it as JPEG or PNG."
    ),
    RefusedKind.UNKNOWN: _(
        "“%(name)s” is not a JPEG, PNG, WebP, HEIC or PDF file, whatever it is called."
    ),
    Unreadable.DAMAGED: _(
        "“%(name)s” is damaged or not complete. Photograph the receipt or export it again."
    ),
    Unreadable.LOCKED: _("“%(name)s” is locked with a password. Save it without one and add that."),
    Unreadable.TOO_MANY_PIXELS: _(
        "“%(name)s” has more than %(megapixels)s million pixels. Save it smaller."
    ),
    Unreadable.TOO_MANY_PAGES: _("“%(name)s” has more than %(pages)s pages. Split it."),
    Unreadable.TOO_HARD: _(
        "“%(name)s” takes too much work to open. Print it as a new PDF or photograph it."
    ),
    TooMuch.BYTES: _("“%(name)s” is larger than %(megabytes)s MB."),
    TooMuch.FILES: _("“%(name)s” was left out: %(files)s files at once are the most. Add it next."),
}
_LEFT_OUT = {
    LeftOut.ATTACHMENTS: _("The files attached inside “%(name)s” were not kept, its pages were."),
    LeftOut.SIGNATURE: _(
        "The digital signature of “%(name)s” was not kept, its pages were. Keep the original too."
    ),
}
