import io
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rules.receipt_files import (
    HEAD_BYTES,
    LONGEST_NAME,
    FileKind,
    RefusedKind,
    name_for,
    safe_name,
    sniff,
    why_refused,
)


def picture(kind: str, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (40, 30), 128 if mode == "L" else None).save(file, kind, **options)
    return file.getvalue()[:HEAD_BYTES]


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writing:
        for name in names:
            writing.writestr(name, "x")
    return file.getvalue()


def media(*brands: bytes) -> bytes:
    """The beginning of an ISO media file: its type box, then its contents."""
    box = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return (len(box) + 4).to_bytes(4) + box + b"\0\0\x01\0meta" + b"\0" * 64


HEIC = media(b"heic", b"mif1", b"heic")
JPEG = picture("JPEG")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (lambda: picture("JPEG"), FileKind.JPEG),
        (lambda: picture("JPEG", progressive=True), FileKind.JPEG),
        (lambda: picture("JPEG", mode="CMYK"), FileKind.JPEG),
        (lambda: picture("JPEG", mode="L"), FileKind.JPEG),
        (lambda: picture("JPEG", comment=b"with a <comment>"), FileKind.JPEG),
        (lambda: b"\xff\xd8\xff\xe1\x1d\xfeExif\0\0MM\0*" + b"\0" * 99, FileKind.JPEG),
        (lambda: b"\xff\xd8\xff\xdb\0C\0" + b"\x01" * 64, FileKind.JPEG),
        (lambda: picture("PNG"), FileKind.PNG),
        (lambda: picture("PNG", mode="RGBA"), FileKind.PNG),
        (lambda: picture("WEBP"), FileKind.WEBP),
        (lambda: picture("WEBP", lossless=True), FileKind.WEBP),
        (lambda: picture("WEBP", mode="RGBA", exif=b"Exif\0\0MM\0*"), FileKind.WEBP),
        (lambda: HEIC, FileKind.HEIC),
        (lambda: media(b"heic", b"mif1", b"MiHE", b"MiPr", b"miaf", b"heic"), FileKind.HEIC),
        (lambda: media(b"mif1", b"mif1", b"heic"), FileKind.HEIC),
        (lambda: media(b"heix", b"mif1", b"heix"), FileKind.HEIC),
        (lambda: PDF, FileKind.PDF),
        (lambda: PDF.replace(b"1.7\n", b"2.0\r\n"), FileKind.PDF),
        (lambda: picture("PDF"), FileKind.PDF),
    ],
)
def test_a_receipt_is_known_by_its_bytes(head: Callable[[], bytes], kind: FileKind) -> None:
    assert sniff(head()) is kind


HOSTILE: dict[str, tuple[bytes, RefusedKind]] = {
    "nothing": (b"", RefusedKind.EMPTY),
    "zeros": (b"\0" * 500, RefusedKind.EMPTY),
    "spaces": (b" \r\n\t", RefusedKind.EMPTY),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", RefusedKind.HTML),
    "html, lower case, after a line": (b"\n  <html><body>", RefusedKind.HTML),
    "html after a byte order mark": (b"\xef\xbb\xbf<html>", RefusedKind.HTML),
    "html in UTF-16": ("\ufeff<html>".encode("utf-16-le"), RefusedKind.HTML),
    "html in UTF-16, big end first": ("<html>".encode("utf-16-be"), RefusedKind.HTML),
    "html after a comment": (b"<!-- hello --><html>", RefusedKind.HTML),
    "xml": (b'<?xml version="1.0"?><a/>', RefusedKind.HTML),
    "a page in the middle of text": (b"Dear you <script >x()</script>", RefusedKind.HTML),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', RefusedKind.SVG),
    "svg after xml": (b'<?xml version="1.0"?>\n<!-- x -->\n<SVG onload="x()">', RefusedKind.SVG),
    "svg in UTF-16": ('<svg onload="x()">'.encode("utf-16"), RefusedKind.SVG),
    "php": (b"<?php system($_GET[0]);", RefusedKind.EXECUTABLE),
    "a jpeg with a page behind its signature": (
        b"\xff\xd8\xff\xe0\0\x10JFIF\0<html><script>x()</script>",
        RefusedKind.HTML,
    ),
    "a jpeg with php in its comment": (
        b"\xff\xd8\xff\xfe\0\x20<?php system($_GET[0]); ?>",
        RefusedKind.HTML,
    ),
    "a pdf with a page behind its signature": (b"%PDF-1.4\n<script>x()</script>", RefusedKind.HTML),
    "a gif with a script for a comment": (b"GIF89a/*<svg onload=x()>*/", RefusedKind.SVG),
    "a pdf after something else": (b"hello\n%PDF-1.4\n", RefusedKind.UNKNOWN),
    "a pdf of no version": (b"%PDF-\n", RefusedKind.UNKNOWN),
    "half a jpeg signature": (b"\xff\xd8", RefusedKind.UNKNOWN),
    "a jpeg signature and nothing": (b"\xff\xd8\xff", RefusedKind.UNKNOWN),
    "a jpeg with no such segment": (b"\xff\xd8\xff\x00abc", RefusedKind.UNKNOWN),
    "a png with no header chunk": (b"\x89PNG\r\n\x1a\n" + b"A" * 40, RefusedKind.UNKNOWN),
    "a sound that says RIFF": (b"RIFF\x24\0\0\0WAVEfmt ", RefusedKind.UNKNOWN),
    "a webp of no kind": (b"RIFF\x24\0\0\0WEBPXXXX", RefusedKind.UNKNOWN),
    "an exe": (b"MZ\x90\0" + b"\0" * 60, RefusedKind.EXECUTABLE),
    "an elf": (b"\x7fELF\x02\x01\x01", RefusedKind.EXECUTABLE),
    "a script": (b"#!/bin/sh\nrm -rf /", RefusedKind.EXECUTABLE),
    "a mac program": (b"\xcf\xfa\xed\xfe\x07\0\0\x01", RefusedKind.EXECUTABLE),
    "a zip": (archive("hello.txt"), RefusedKind.ARCHIVE),
    "a word document": (archive("[Content_Types].xml", "word/document.xml"), RefusedKind.OFFICE),
    "an open document": (
        archive("mimetype") + b"application/vnd.oasis.opendocument.text",
        RefusedKind.OFFICE,
    ),
    "an old word document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 40, RefusedKind.OFFICE),
    "rich text": (b"{\\rtf1\\ansi", RefusedKind.OFFICE),
    "a tarball": (b"a.txt" + b"\0" * 252 + b"ustar\0", RefusedKind.ARCHIVE),
    "gzip": (b"\x1f\x8b\x08\0", RefusedKind.ARCHIVE),
    "7z": (b"7z\xbc\xaf\x27\x1c", RefusedKind.ARCHIVE),
    "a gif": (picture("GIF"), RefusedKind.GIF),
    "a bitmap": (picture("BMP"), RefusedKind.OTHER_IMAGE),
    "a tiff": (picture("TIFF"), RefusedKind.OTHER_IMAGE),
    "an icon": (picture("ICO"), RefusedKind.OTHER_IMAGE),
    "an avif": (media(b"avif", b"mif1", b"miaf"), RefusedKind.OTHER_IMAGE),
    "an avif that claims to be compatible": (
        media(b"avif", b"mif1", b"heic"),
        RefusedKind.OTHER_IMAGE,
    ),
    "an mp4": (media(b"isom", b"iso2", b"avc1", b"mp41"), RefusedKind.VIDEO),
    "an mp4 that claims to be compatible": (media(b"isom", b"heic"), RefusedKind.VIDEO),
    "a film from an iphone": (media(b"qt  "), RefusedKind.VIDEO),
    "a heic of an impossible size": (b"\xff\xff\xff\xff" + HEIC[4:], RefusedKind.OTHER_IMAGE),
    "a heic cut off": (HEIC[:14], RefusedKind.OTHER_IMAGE),
    "a webm": (b"\x1aE\xdf\xa3\x9fB\x86", RefusedKind.VIDEO),
    "text": ("Grüße, die Rechnung".encode(), RefusedKind.UNKNOWN),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_everything_else_is_refused_for_what_it_is(name: str) -> None:
    head, why = HOSTILE[name]
    assert sniff(head) is None
    assert why_refused(head) is why


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_a_receipt_or_refused(head: bytes) -> None:
    assert sniff(head) in {None, *FileKind}
    assert why_refused(head) in RefusedKind


@given(
    st.sampled_from([JPEG, picture("PNG"), picture("WEBP"), HEIC, PDF]),
    st.sampled_from([b"<html>", b"<SCRIPT ", b"<svg/", b"<!DOCTYPE html", b"<iframe\n", b"<?php "]),
    st.integers(0, 200),
)
@settings(deadline=None)
def test_no_signature_carries_a_page(head: bytes, markup: bytes, at: int) -> None:
    assert sniff(head[:at] + markup + head[at:]) is None


def test_kinds_know_their_type_and_extension() -> None:
    assert FileKind.JPEG.media_type == "image/jpeg"
    assert FileKind.JPEG.extension == ".jpg"
    assert FileKind.HEIC.media_type == "image/heic"
    assert FileKind.PDF.media_type == "application/pdf"
    assert FileKind.PDF.extension == ".pdf"
    assert [kind for kind in FileKind if not kind.is_image] == [FileKind.PDF]


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("Reçu n° 12 — Zoë.jpg", "Reçu n° 12 — Zoë.jpg"),
        ("領収書.png", "領収書.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\scan 1.pdf", "scan 1.pdf"),
        ('a"; filename="b.exe', "a filename=b.exe"),
        ("a\r\nSet-Cookie: x=1.jpg", "a Set-Cookie x=1.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\0b\x07\x7f.jpg", "ab.jpg"),
        ("\u200bzero\ufeff.jpg", "zero.jpg"),
        (".htaccess", "htaccess"),
        ("  spaces   here .jpg ", "spaces here .jpg"),
        ("trailing.", "trailing"),
        ("", "receipt"),
        ("...", "receipt"),
        ("/", "receipt"),
        ("<>:|?*", "receipt"),
    ],
)
def test_a_name_is_safe_to_send_back(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


def test_a_long_name_keeps_its_extension() -> None:
    assert safe_name("é" * 500 + ".jpeg") == "é" * (LONGEST_NAME - 5) + ".jpeg"
    assert len(safe_name("a." + "b" * 500)) == LONGEST_NAME


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("photo.heic", FileKind.JPEG, "photo.jpg"),
        ("photo.jpg", FileKind.JPEG, "photo.jpg"),
        ("photo.JPEG", FileKind.JPEG, "photo.JPEG"),
        ("receipt", FileKind.PDF, "receipt.pdf"),
        ("receipt.jpg", FileKind.PDF, "receipt.pdf"),
        ("v1.2 of 3", FileKind.PNG, "v1.2 of 3.png"),
        ("scan.pdf.jpg", FileKind.PDF, "scan.pdf"),
    ],
)
def test_a_kept_file_is_named_for_what_it_is(name: str, kind: FileKind, kept: str) -> None:
    assert name_for(name, kind) == kept


@given(st.text())
@settings(deadline=None)
def test_any_name_becomes_one_that_fits_a_header(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= LONGEST_NAME
    assert not set(safe) & set('/\\"\r\n\0;')
    assert safe.encode()
    assert safe_name(safe) == safe
