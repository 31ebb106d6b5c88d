"""Files that customers sent: fetched by the worker, told by their bytes, drawn anew."""

import asyncio
import io
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image
from pytest_django import Settings

from crm.actions import inbound_media, trash
from crm.models import InboundMedia, InboundMessage, ProviderAccount
from delivery.database import DatabaseThread
from delivery.inbox_media import MediaFetcher
from providers.callbacks import Media
from providers.errors import LookupFailedError
from tests.bell import SECRET, Bell, bells, make_bell
from tests.databases import Installation
from tests.make import NOW, make_customer, make_reply

__all__ = ["bells"]

pytestmark = pytest.mark.usefixtures("on_sqlite")


@pytest.fixture
def account(on_sqlite: Installation, bells: object) -> ProviderAccount:
    return make_bell()


def picture(kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    image = Image.new("RGB", (400, 300), "ivory")
    exif = image.getexif()
    exif[0x010E] = "where they live"
    image.save(file, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return file.getvalue()


def content_of(path: str) -> bytes:
    with default_storage.open(path) as file:
        content: bytes = file.read()
    return content


def make_wanted(account: ProviderAccount, **changes: Any) -> InboundMedia:
    reply = make_reply(make_customer(), account=account, kind="image", text="")
    values: dict[str, Any] = {"reference": "media.1", "next_try_at": NOW}
    return InboundMedia.objects.create(message=reply, **(values | changes))


def fetch(now: datetime = NOW) -> int:
    with DatabaseThread() as thread:
        return asyncio.run(MediaFetcher(thread, lambda: now).fetch_due())


def test_a_picture_is_fetched_once_and_drawn_anew(
    account: ProviderAccount, bells: dict[str, Media]
) -> None:
    bells["media.1"] = Media(content=picture(), content_type="text/html", file_name="a/../wall.png")
    media = make_wanted(account)
    assert [fetch(), fetch()] == [1, 0]

    media.refresh_from_db()
    assert (media.content_type, media.file_name) == ("image/jpeg", "wall.jpg")
    assert (media.next_try_at, media.words, media.tries) == (None, "", 1)
    kept = content_of(media.file)
    assert media.file.startswith("inbound/")
    assert len(kept) == media.size
    assert b"where they live" in picture()
    assert b"where they live" not in kept
    with default_storage.open(media.thumbnail) as small:
        assert Image.open(small).size == (320, 240)


@pytest.mark.parametrize(
    ("content", "content_type", "name"),
    [
        (b"OggS" + b"\0" * 50, "audio/ogg", "file.ogg"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 50, "video/mp4", "file.mp4"),
        (b"PK\x03\x04" + b"\0" * 50, "application/octet-stream", "file.bin"),
        (b"just words", "application/octet-stream", "file.bin"),
    ],
)
def test_what_is_not_drawn_is_kept_as_what_it_is(
    account: ProviderAccount, bells: dict[str, Media], content: bytes, content_type: str, name: str
) -> None:
    bells["media.1"] = Media(content=content, content_type="image/jpeg")
    media = make_wanted(account)
    fetch()
    media.refresh_from_db()
    assert (media.content_type, media.file_name, media.thumbnail) == (content_type, name, "")
    assert content_of(media.file) == content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html><script>alert(1)</script>", "html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', "svg"),
        (b"MZ\x90\0", "executable"),
        (b"", "empty"),
        (picture()[:300], "damaged"),
    ],
)
def test_what_is_dangerous_or_nothing_is_not_kept_and_says_why(
    account: ProviderAccount, bells: dict[str, Media], content: bytes, why: str
) -> None:
    bells["media.1"] = Media(content=content, content_type="image/jpeg")
    media = make_wanted(account)
    fetch()
    media.refresh_from_db()
    assert (media.file, media.next_try_at, media.words) == ("", None, why)


def test_what_cannot_be_had_is_tried_again_and_then_given_up(account: ProviderAccount) -> None:
    media, now, pauses = make_wanted(account), NOW, []
    while fetch(now):
        media.refresh_from_db()
        if media.next_try_at:
            pauses.append(media.next_try_at - now)
            assert fetch(media.next_try_at - timedelta(seconds=1)) == 0
            now = media.next_try_at
    assert pauses == list(inbound_media.DELAYS)
    assert media.words == "404: no such file"
    assert InboundMedia.objects.get().next_try_at is None


def test_one_that_fails_keeps_no_other_from_coming(
    account: ProviderAccount, bells: dict[str, Media]
) -> None:
    bells["media.1"] = Media(content=picture("PNG"), content_type="image/png")
    make_wanted(account, reference="gone")
    good = make_wanted(account)
    ProviderAccount.objects.filter(channel="sms").delete()
    assert fetch() == 2
    good.refresh_from_db()
    assert good.content_type == "image/png"


def test_what_a_worker_took_up_is_left_to_it_for_a_while(account: ProviderAccount) -> None:
    media = make_wanted(account)
    assert inbound_media.take_due(NOW) == [media]
    assert inbound_media.take_due(NOW) == []
    assert inbound_media.take_due(NOW + inbound_media.TAKEN_FOR) == [media]


def test_a_removed_accounts_files_cannot_be_had(account: ProviderAccount) -> None:
    media = make_wanted(account)
    account.delete()
    fetch()
    media.refresh_from_db()
    assert media.words == "no such account"


def test_files_go_with_their_customer(
    account: ProviderAccount, bells: dict[str, Media], settings: Settings
) -> None:
    bells["media.1"] = Media(content=picture(), content_type="image/jpeg")
    media = make_wanted(account)
    fetch()
    media.refresh_from_db()
    InboundMessage.objects.get().customer.__class__.objects.update(
        trashed_at=NOW - timedelta(days=400)
    )
    trash.purge(NOW)
    assert not InboundMessage.objects.exists()
    assert not default_storage.exists(media.file)
    assert not default_storage.exists(media.thumbnail)


class Erasing(dict[str, Media]):
    """While a file is fetched, a person erases the customer who sent it."""

    def __init__(self, files: dict[str, Media], media: InboundMedia) -> None:
        super().__init__(files)
        self._media = media

    def __getitem__(self, reference: str) -> Media:
        erasing = threading.Thread(target=self._erase)
        erasing.start()
        erasing.join()
        return super().__getitem__(reference)

    def _erase(self) -> None:
        InboundMessage.objects.filter(pk=self._media.message_id).delete()
        connection.close()


@pytest.mark.parametrize("names", [(), ("media.1",)])
def test_what_is_erased_while_it_is_fetched_leaves_nothing_and_stops_nobody(
    account: ProviderAccount, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    files = {name: Media(content=picture(), content_type="image/jpeg") for name in names}
    monkeypatch.setattr(Bell, "files", Erasing(files, make_wanted(account)))
    assert fetch() == 1
    assert not InboundMedia.objects.exists()
    folders, kept = default_storage.listdir("inbound") if files else ([], [])
    kept += [name for folder in folders for name in default_storage.listdir(f"inbound/{folder}")[1]]
    assert kept == []


class Telltale(dict[str, Media]):
    def __getitem__(self, reference: str) -> Media:
        raise LookupFailedError(f"Malformed access token {SECRET}")


def test_no_credential_that_a_provider_quotes_is_kept(
    account: ProviderAccount, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Bell, "files", Telltale())
    media = make_wanted(account)
    fetch()
    media.refresh_from_db()
    assert media.words == "Malformed access token •••"
    assert SECRET not in caplog.text
