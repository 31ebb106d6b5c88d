"""What an upload may be, and what is said to everything else.

A table: what is sent, what it is called, what is answered. Nothing refused leaves a trace.
"""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse, HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from crm.models import HeldReceipt, Invoice, Receipt
from tests.heic import GREEN, heic
from tests.make import make_invoice
from tests.uploads import (
    SCRIPT,
    exif,
    image_bytes,
    jpeg,
    pdf,
    png,
    png_chunk,
    png_claiming,
    stream,
)

pytestmark = pytest.mark.django_db

PAGE = b"<!DOCTYPE html><html><body>" + SCRIPT
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"
LOCK = b"<< /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P -4 >>" % (b"41" * 32, b"42" * 32)
A_WEB_PAGE, A_DRAWING, A_PROGRAM = "is a web page", "is an SVG drawing", "is a program"
AN_OFFICE, AN_ARCHIVE, A_VIDEO = "is an office document", "is an archive", "is a video"
A_GIF, ANOTHER_IMAGE = "is a GIF", "is an image of a kind that is not accepted"
UNKNOWN, EMPTY = "whatever it is called", "is empty"
DAMAGED, LOCKED = "is damaged or not complete", "is locked with a password"
TOO_LARGE, TOO_MANY_PIXELS = "is larger than 15 MB", "more than 64 million pixels"


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def container(brand: bytes, *compatible: bytes) -> bytes:
    brands = brand + bytes(4) + b"".join(compatible)
    return (len(brands) + 8).to_bytes(4) + b"ftyp" + brands + bytes(200)


REFUSED = {
    "a web page called a photo": (PAGE, "photo.jpg", A_WEB_PAGE),
    "a web page with a byte order mark": (b"\xef\xbb\xbf" + PAGE, "photo.png", A_WEB_PAGE),
    "a web page in UTF-16": (PAGE.decode().encode("utf-16"), "photo.jpg", A_WEB_PAGE),
    "a web page after blanks": (b"\r\n \t" + PAGE, "photo.webp", A_WEB_PAGE),
    "a bare script": (SCRIPT, "photo.jpg", A_WEB_PAGE),
    "XML with a script": (b'<?xml version="1.0"?><x>' + SCRIPT + b"</x>", "a.jpg", A_WEB_PAGE),
    "a drawing called a photo": (SVG, "photo.jpg", A_DRAWING),
    "a drawing as itself": (SVG, "logo.svg", A_DRAWING),
    "a JPEG's signature, then a page": (b"\xff\xd8\xff\xe0" + PAGE, "photo.jpg", A_WEB_PAGE),
    "a JPEG with a page in its comment": (jpeg(comment=PAGE), "photo.jpg", A_WEB_PAGE),
    "a small photo with a page after its end": (jpeg() + PAGE, "photo.jpg", A_WEB_PAGE),
    "a GIF": (image_bytes("GIF"), "anim.gif", A_GIF),
    "a GIF called a photo": (image_bytes("GIF"), "photo.jpg", A_GIF),
    "a GIF that is a program archive too": (
        image_bytes("GIF") + zipped(A_dot_class=b"\xca\xfe\xba\xbe"),
        "photo.jpg",
        A_GIF,
    ),
    "a Windows program": (b"MZ\x90\0" + bytes(300), "invoice.pdf.exe", A_PROGRAM),
    "a Windows program called a PDF": (b"MZ\x90\0" + bytes(300), "invoice.pdf", A_PROGRAM),
    "a Linux program": (b"\x7fELF" + bytes(300), "photo.jpg", A_PROGRAM),
    "a shell script": (b"#!/bin/sh\nrm -rf /\n", "photo.jpg", A_PROGRAM),
    "a PHP script": (b"<?php system($_GET['c']); ?>", "photo.php.jpg", A_PROGRAM),
    "an archive": (zipped(a_dot_txt=b"hello"), "photo.jpg", AN_ARCHIVE),
    "an archive that unpacks to 50 MB": (zipped(a=bytes(50_000_000)), "a.pdf", AN_ARCHIVE),
    "a Word document": (zipped(word__document_dot_xml=b"<w/>"), "receipt.pdf", AN_OFFICE),
    "an old Word document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "receipt.doc", AN_OFFICE),
    "a rich text": (b"{\\rtf1 hello}", "receipt.pdf", AN_OFFICE),
    "a video": (container(b"isom", b"mp41"), "clip.jpg", A_VIDEO),
    "an AVIF": (container(b"avif", b"mif1"), "photo.heic", ANOTHER_IMAGE),
    "an icon": (b"\0\0\x01\0\x01\0" + bytes(100), "favicon.png", ANOTHER_IMAGE),
    "a TIFF": (image_bytes("TIFF"), "scan.jpg", ANOTHER_IMAGE),
    "a BMP": (image_bytes("BMP"), "scan.jpg", ANOTHER_IMAGE),
    "plain words": (b"Total 129.95", "receipt.jpg", UNKNOWN),
    "noise": (bytes(range(128, 256)) * 20, "receipt.jpg", UNKNOWN),
    "nothing": (b"", "receipt.jpg", EMPTY),
    "nothing but zeros": (bytes(5000), "receipt.jpg", EMPTY),
    "one byte too much": (jpeg() + bytes(15 * 1024**2), "photo.jpg", TOO_LARGE),
    "half a photo": (jpeg()[:400], "photo.jpg", DAMAGED),
    "half a PNG": (png()[:60], "photo.png", DAMAGED),
    "half a WebP": (image_bytes("WEBP")[:60], "photo.webp", DAMAGED),
    "half a HEIC": (heic([[GREEN]])[:300], "photo.heic", DAMAGED),
    "a HEIC in name only": (container(b"heic", b"mif1"), "photo.heic", DAMAGED),
    "half a PDF": (pdf()[:200], "invoice.pdf", DAMAGED),
    "a PDF in name only": (b"%PDF-1.7\n" + bytes(300), "invoice.pdf", DAMAGED),
    "a picture that unpacks to 7 GB": (
        png_claiming(50_000, 50_000),
        "photo.png",
        TOO_MANY_PIXELS,
    ),
    "a locked PDF": (
        pdf(more=(LOCK,), trailer=b"/Encrypt 10 0 R /ID [<00><00>] "),
        "invoice.pdf",
        LOCKED,
    ),
    "a PDF of too many pages": (pdf(pages=101), "invoice.pdf", "more than 100 pages"),
}


@pytest.fixture
def invoice(client: Client) -> Invoice:
    return make_invoice()


def add(client: Client, invoice: Invoice, *files: tuple[bytes, str]) -> HttpResponse:
    uploads = [SimpleUploadedFile(name, content, "image/jpeg") for content, name in files]
    return client.post(reverse("receipt_create", args=[invoice.pk]), {"receipt": uploads})


def fetched(client: Client, name: str, receipt: Receipt) -> tuple[FileResponse, bytes]:
    answer = client.get(reverse(name, args=[receipt.pk]))
    assert isinstance(answer, FileResponse)
    body = answer.getvalue()
    return answer, body


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_it_is_refused_in_words_and_leaves_nothing_behind(
    client: Client, invoice: Invoice, settings: Settings, case: str
) -> None:
    content, name, words = REFUSED[case]
    answer = add(client, invoice, (content, name))
    assert answer.status_code == 422
    assert f"“{name}” " in answer.content.decode()
    assert words in answer.content.decode()
    assert SCRIPT not in answer.content
    assert not Receipt.objects.exists()
    assert not HeldReceipt.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.mark.parametrize("case", ["a web page called a photo", "half a photo", "a locked PDF"])
def test_a_new_invoice_is_not_saved_with_it_either(
    client: Client, invoice: Invoice, case: str
) -> None:
    content, name, words = REFUSED[case]
    url = reverse("invoice_create", args=[invoice.customer_id])
    sent = {"amount": "5", "currency": "EUR", "issued_on": "2026-11-17"}
    answer = client.post(url, sent | {"receipt": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Invoice.objects.count() == 1
    assert not HeldReceipt.objects.exists()


NOISE = Image.effect_noise((200, 200), 90)
LARGE_JPEG, LARGE_PNG = jpeg(image=NOISE), png(image=NOISE)
SHELL = png_chunk(b"tEXt", b"Comment\0" + SCRIPT) + png_chunk(b"juNk", SCRIPT)
PNG_WITH_SCRIPT = LARGE_PNG[:-12] + SHELL + LARGE_PNG[-12:]
JPEG_WITH_COMMENTS = jpeg()[:2] + b"\xff\xfe\x00\x12hidden in a com." * 10_000 + jpeg()[2:]
PDF_WITH_SCRIPT = pdf(
    catalog=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", page=b"/AA << /O 10 0 R >>"
)
PDF_WITH_PROGRAM = pdf(
    catalog=b"/Names << /EmbeddedFiles << /Names [(evil.exe) 11 0 R] >> >>",
    more=(stream(b"MZ hidden"), b"<< /Type /Filespec /F (evil.exe) /EF << /F 10 0 R >> >>"),
)
FRAMES = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
ANIMATION = image_bytes("WEBP", FRAMES[0], save_all=True, append_images=FRAMES[1:])

#: What is kept is a copy without what was hidden: the upload, its name, the copy's name, the marks.
CLEANED = {
    "where it was taken": (jpeg(exif=exif()), "a.jpg", "a.jpg", [b"Exif", b"Secret"]),
    "a page after the end": (LARGE_JPEG + PAGE, "a.jpg", "a.jpg", [SCRIPT]),
    "an archive after the end": (png() + zipped(a=b"MZ"), "a.png", "a.png", [b"PK\x03\x04"]),
    "a script in a PNG": (PNG_WITH_SCRIPT, "a.png", "a.png", [SCRIPT, b"juNk", b"tEXt"]),
    "ten thousand comments": (JPEG_WITH_COMMENTS, "a.jpg", "a.jpg", [b"hidden"]),
    "an animation": (ANIMATION, "a.webp", "a.webp", [b"ANIM", b"ANMF"]),
    "a script in a PDF": (PDF_WITH_SCRIPT, "a.pdf", "a.pdf", [b"JavaScript", b"Secret"]),
    "a program in a PDF": (PDF_WITH_PROGRAM, "a.pdf", "a.pdf", [b"EmbeddedFile", b"MZ hidden"]),
    "a photo from an iPhone": (heic([[GREEN]], exif=exif()[6:]), "a.HEIC", "a.jpg", [b"Exif"]),
    "a JPEG called a PDF": (jpeg(), "a.pdf", "a.jpg", []),
    "a PDF called a JPEG": (pdf(), "a.jpg", "a.pdf", []),
    "a photo called a program": (jpeg(), "a.jpg.exe", "a.jpg", []),
    "a photo called a page": (jpeg(), "a.html", "a.jpg", []),
}


@pytest.mark.parametrize("case", CLEANED, ids=str)
def test_it_is_kept_without_what_was_hidden(client: Client, invoice: Invoice, case: str) -> None:
    content, name, kept_as, hidden = CLEANED[case]
    assert all(mark in content for mark in hidden)
    assert add(client, invoice, (content, name)).status_code == 302
    receipt = Receipt.objects.get()
    assert receipt.filename == kept_as
    answer, body = fetched(client, "receipt_file", receipt)
    assert body
    assert not [mark for mark in hidden if mark in body]
    assert answer["Content-Type"] == receipt.content_type


NAMES = {
    "a path": ("../../../etc/passwd.jpg", "passwd.jpg"),
    "a Windows path": ("C:\\Users\\ana\\photo.jpg", "photo.jpg"),
    "a name that reads backwards": ("invoice\u202egpj.exe", "invoicegpj.jpg"),
    "markup": ("<img src=x onerror=alert(1)>.jpg", "img src=x onerror=alert(1).jpg"),
    "quotes and signs": ('a"; filename="evil.html.jpg', "evil.html.jpg"),
    "many letters": ("ä" * 400 + ".jpg", "ä" * 116 + ".jpg"),
    "letters of elsewhere": ("領収書 ١٢٣.jpg", "領収書 ١٢٣.jpg"),
    "only dots": ("....jpg", "jpg.jpg"),
    "two lines": ("a\r\nSet-Cookie: x=1.jpg", "a.jpg"),
    "two extensions": ("photo.php.jpg", "photo.php.jpg"),
}


@pytest.mark.parametrize("case", NAMES, ids=str)
def test_a_name_is_only_a_name(
    client: Client, invoice: Invoice, settings: Settings, case: str
) -> None:
    name, kept_as = NAMES[case]
    upload = SimpleUploadedFile("photo.jpg", jpeg(), "image/jpeg")
    upload._name = name  # what a browser sends is up to whoever wrote the browser
    url = reverse("receipt_create", args=[invoice.pk])
    assert client.post(url, {"receipt": upload}).status_code == 302
    receipt = Receipt.objects.get()
    assert receipt.filename == kept_as
    stored = Path(settings.MEDIA_ROOT, receipt.file.name).resolve()
    assert stored.is_relative_to(Path(settings.MEDIA_ROOT).resolve() / "receipts")
    answer, _body = fetched(client, "receipt_download", receipt)
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer.headers.keys().isdisjoint({"Set-Cookie", "Set-cookie"})
    page = client.get(reverse("receipt_detail", args=[receipt.pk])).content.decode()
    assert "<img src=x" not in page


def test_a_name_of_thousands_of_letters_is_no_upload_at_all(
    client: Client, invoice: Invoice
) -> None:
    upload = SimpleUploadedFile("photo.jpg", jpeg())
    upload._name = "a" * 4000 + ".jpg"
    url = reverse("receipt_create", args=[invoice.pk])
    assert client.post(url, {"receipt": upload}).status_code == 400
    assert not Receipt.objects.exists()


def test_of_several_files_the_good_are_kept_and_the_bad_are_named(
    client: Client, invoice: Invoice
) -> None:
    good = [(jpeg(), "one.jpg"), (pdf(), "two.pdf")]
    answer = add(client, invoice, good[0], (PAGE, "evil.jpg"), good[1], (b"", "empty.png"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "“evil.jpg” is a web page" in page
    assert "“empty.png” is empty" in page
    assert [receipt.filename for receipt in Receipt.objects.all()] == ["one.jpg", "two.pdf"]


def test_the_same_file_twice_is_kept_once_and_said(client: Client, invoice: Invoice) -> None:
    add(client, invoice, (jpeg(), "one.jpg"), (jpeg(), "copy.jpg"))
    answer = add(client, invoice, (jpeg(), "again.jpg"))
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "“copy.jpg” is on this invoice already" in page
    assert "“again.jpg” is on this invoice already" in page
    assert Receipt.objects.count() == 1


def test_what_comes_after_the_twentieth_file_is_named(
    client: Client, invoice: Invoice, settings: Settings
) -> None:
    settings.RECEIPTS_PER_UPLOAD = 2
    files = [(jpeg(quality=quality), f"{quality}.jpg") for quality in (50, 60, 70)]
    answer = add(client, invoice, *files)
    assert answer.status_code == 422
    assert "“70.jpg” was left out: 2 files at once are the most" in answer.content.decode()
    assert Receipt.objects.count() == 2


def test_hundreds_of_files_are_refused_as_a_whole(client: Client, invoice: Invoice) -> None:
    assert (
        add(client, invoice, *[(b"x", f"{number}.jpg") for number in range(201)]).status_code == 400
    )
    assert not Receipt.objects.exists()


def test_an_attachment_that_is_not_kept_is_named(client: Client, invoice: Invoice) -> None:
    answer = add(client, invoice, (PDF_WITH_PROGRAM, "a.pdf"))
    page = client.get(answer["Location"]).content.decode()
    assert "The files attached inside “a.pdf” were not kept" in page


def test_nothing_chosen_asks_for_a_file(client: Client, invoice: Invoice) -> None:
    answer = add(client, invoice)
    assert answer.status_code == 422
    assert "Choose at least one file" in answer.content.decode()
