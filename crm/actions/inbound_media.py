"""Files that came with customers' messages: fetched once, told by their bytes, kept apart.

Nobody chose these files but a stranger: pictures and PDFs are drawn anew in a process of their own
(`receipt_sandbox.py`), and whatever else is kept is never shown as a page.
"""

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, QuerySet

from crm.actions import receipt_reader
from crm.actions.account_checks import quotable
from crm.actions.receipt_copies import THUMBNAIL_KIND, Limits, UnreadableError
from crm.models import InboundMedia
from providers.callbacks import Media
from rules import inbound_files, receipt_files
from rules.inbound_files import Looks

#: After each try that failed; then a person is told that it could not be had.
DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
#: A worker that took one up and died: another tries again after this.
TAKEN_FOR = timedelta(minutes=5)
AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What lies in the storage by now; the row does not say so yet."""

    content_type: str
    file_name: str
    size: int
    file: str
    thumbnail: str = ""


class NotKeptError(Exception):
    """The file is nothing that is kept; trying again would not change that."""


def take_due(now: datetime) -> list[InboundMedia]:
    """The next to be fetched, for whoever calls; in a transaction."""
    skip = connection.features.has_select_for_update_skip_locked
    due = InboundMedia.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    taken = list(due.select_for_update(skip_locked=skip, of=("self",) if skip else ())[:AT_ONCE])
    InboundMedia.objects.filter(pk__in=[one.pk for one in taken]).update(
        next_try_at=now + TAKEN_FOR, tries=F("tries") + 1
    )
    found = InboundMedia.objects.filter(pk__in=[one.pk for one in taken])
    return list(found.select_related("message"))


def store(fetched: Media, *, named: str) -> Stored:
    """Read, drawn anew where it is drawn, and put away. Raises NotKeptError."""
    looks = inbound_files.looks_like(fetched.content[: receipt_files.HEAD_BYTES])
    if not isinstance(looks, Looks):
        raise NotKeptError(looks.value)
    name = receipt_files.safe_name(fetched.file_name or named or f"file{looks.extension}")
    with TemporaryDirectory(prefix="inbound-") as folder:
        source = Path(folder) / "fetched"
        source.write_bytes(fetched.content)
        return _drawn(source, looks, name) if looks.drawn_as else _as_it_came(source, looks, name)


def keep(media: InboundMedia, stored: Stored) -> None:
    """Unless its message has been erased meanwhile: then nothing of it stays."""
    row = InboundMedia.objects.filter(pk=media.pk)
    if not row.update(**asdict(stored), next_try_at=None, words=""):
        transaction.on_commit(partial(_delete, filter(None, (stored.file, stored.thumbnail))))


def postpone(media: InboundMedia, words: str, now: datetime) -> None:
    """It could not be had this time; after the last, a person is told."""
    delay = DELAYS[media.tries - 1] if media.tries <= len(DELAYS) else None
    media.next_try_at = now + delay if delay else None
    _give_words(media, words)


def give_up(media: InboundMedia, words: str) -> None:
    media.next_try_at = None
    _give_words(media, words)


def erase(files: QuerySet[InboundMedia]) -> None:
    """The files go once the rows are gone for certain; call it before what they hang on goes."""
    names = [name for row in files.values_list("file", "thumbnail") for name in row if name]
    with transaction.atomic():
        files.delete()
        transaction.on_commit(partial(_delete, names))


def _delete(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _give_words(media: InboundMedia, words: str) -> None:
    """Nothing where its message has been erased meanwhile."""
    account = media.message.account
    told = quotable(words, account) if account else words
    InboundMedia.objects.filter(pk=media.pk).update(
        next_try_at=media.next_try_at, words=told.replace("\0", "")[:300]
    )


def _drawn(source: Path, looks: Looks, name: str) -> Stored:
    assert looks.drawn_as is not None  # noqa: S101 (for the type checker)
    to, thumbnail = source.with_name("copy"), source.with_name("thumbnail")
    limits = Limits(pixels=settings.RECEIPT_MAX_PIXELS, pages=settings.RECEIPT_MAX_PAGES)
    try:
        copy = receipt_reader.copy_file(
            source, looks.drawn_as, to=to, thumbnail=thumbnail, limits=limits
        )
    except UnreadableError as error:
        raise NotKeptError(error.reason.value) from error
    return Stored(
        content_type=copy.kind.media_type,
        file_name=receipt_files.name_for(name, copy.kind),
        size=to.stat().st_size,
        file=_put_away(to, copy.kind.extension),
        thumbnail=_put_away(thumbnail, THUMBNAIL_KIND.extension),
    )


def _as_it_came(source: Path, looks: Looks, name: str) -> Stored:
    return Stored(
        content_type=looks.content_type,
        file_name=name,
        size=source.stat().st_size,
        file=_put_away(source, looks.extension),
    )


def _put_away(path: Path, extension: str) -> str:
    """Under a name nobody can guess or choose."""
    name = secrets.token_hex(16)
    with path.open("rb") as file:
        return default_storage.save(f"inbound/{name[:2]}/{name}{extension}", File(file))
