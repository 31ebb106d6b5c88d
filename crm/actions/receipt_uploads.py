"""Takes uploads in: told by their bytes, rewritten, and held until their form is saved."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile

from crm.actions import receipt_reader, receipt_refusals
from crm.actions.receipt_copies import THUMBNAIL_KIND, Copy, Limits, UnreadableError
from crm.actions.receipt_refusals import ReceiptRefusedError, TooMuch
from crm.models import HeldReceipt, User
from rules import receipt_files
from rules.receipt_files import FileKind

type Upload = UploadedFile[bytes]


@dataclass(kw_only=True)
class Received:
    """What became of the files of one form; all but `held` are sentences."""

    held: list[HeldReceipt] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def receive(
    uploads: Iterable[Upload], *, user: User, now: datetime, known: Iterable[str] = ()
) -> Received:
    """Keeps the good ones and names the bad; one whose SHA-256 is `known` is not read again."""
    received = Received()
    seen = set(known)
    for number, upload in enumerate(uploads):
        name = receipt_files.safe_name(upload.name or "")
        try:
            _check_amount(number, upload)
            held, remarks = _taken(upload, name, seen)
        except (ReceiptRefusedError, UnreadableError) as error:
            received.refused.append(receipt_refusals.sentence(error.reason, name))
            continue
        received.remarks += remarks
        if held:
            held.uploaded_by, held.uploaded_at = user, now
            held.save()
            seen.add(held.sha256)
            received.held.append(held)
    return received


def _check_amount(number: int, upload: Upload) -> None:
    if number >= settings.RECEIPTS_PER_UPLOAD:
        raise ReceiptRefusedError(TooMuch.FILES)
    if (upload.size or 0) > settings.RECEIPT_MAX_BYTES:
        raise ReceiptRefusedError(TooMuch.BYTES)


def _taken(upload: Upload, name: str, seen: set[str]) -> tuple[HeldReceipt | None, list[str]]:
    """The row to be saved, None for a file that was seen before; and what to say about it."""
    with TemporaryDirectory(prefix="receipt-") as folder:
        source, digest = _spooled(upload, Path(folder))
        if digest in seen:
            return None, [receipt_refusals.already_sentence(name)]
        copy, held = _stored(source, name, digest)
    return held, [receipt_refusals.left_out_sentence(what, name) for what in copy.left_out]


def _spooled(upload: Upload, folder: Path) -> tuple[Path, str]:
    """The upload as a file, with its SHA-256."""
    path = folder / "upload"
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for chunk in upload.chunks():
            digest.update(chunk)
            file.write(chunk)
    return path, digest.hexdigest()


def _stored(source: Path, name: str, digest: str) -> tuple[Copy, HeldReceipt]:
    """Both files are in the storage; the row is not saved yet."""
    to, thumbnail = source.with_name("copy"), source.with_name("thumbnail")
    limits = Limits(pixels=settings.RECEIPT_MAX_PIXELS, pages=settings.RECEIPT_MAX_PAGES)
    copy = receipt_reader.copy_file(
        source, _kind(source), to=to, thumbnail=thumbnail, limits=limits
    )
    held = HeldReceipt(
        filename=receipt_files.name_for(name, copy.kind),
        content_type=copy.kind.media_type,
        size=to.stat().st_size,
        width=copy.width,
        height=copy.height,
        pages=copy.pages,
        sha256=digest,
    )
    with to.open("rb") as file, thumbnail.open("rb") as small:
        held.file.save(f"copy{copy.kind.extension}", File(file), save=False)
        held.thumbnail.save(f"thumbnail{THUMBNAIL_KIND.extension}", File(small), save=False)
    return copy, held


def _kind(source: Path) -> FileKind:
    with source.open("rb") as file:
        head = file.read(receipt_files.HEAD_BYTES)
    kind = receipt_files.sniff(head)
    if kind is None:
        raise ReceiptRefusedError(receipt_files.why_refused(head))
    return kind
