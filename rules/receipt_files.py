"""Which files a receipt may be, told from their first bytes and never from their name."""

import re
import unicodedata
from enum import StrEnum
from pathlib import PurePosixPath

#: How much of a file `sniff` and `why_refused` want to see.
HEAD_BYTES = 4096
LONGEST_NAME = 120


class FileKind(StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        return "application/pdf" if self is FileKind.PDF else f"image/{self.value}"

    @property
    def extension(self) -> str:
        """With its dot."""
        return ".jpg" if self is FileKind.JPEG else f".{self.value}"

    @property
    def is_image(self) -> bool:
        return self is not FileKind.PDF


class RefusedKind(StrEnum):
    EMPTY = "empty"
    HTML = "html"
    SVG = "svg"
    EXECUTABLE = "executable"
    OFFICE = "office"
    ARCHIVE = "archive"
    VIDEO = "video"
    GIF = "gif"
    OTHER_IMAGE = "other_image"
    UNKNOWN = "unknown"


def sniff(head: bytes) -> FileKind | None:
    """What the file is by its first HEAD_BYTES, or None when it is nothing a receipt may be.

    A file that is two things at once (an image's signature, then a page of markup) is refused.
    """
    if _MARKUP_INSIDE.search(head[:_MARKUP_BYTES]):
        return None
    return next((kind for kind, looks_like in _CHECKS if looks_like(head)), None)


def why_refused(head: bytes) -> RefusedKind:
    """For a file that `sniff` knows nothing good of."""
    if not head.strip(b"\0 \t\r\n"):
        return RefusedKind.EMPTY
    if (markup := _markup(head)) is not None:
        return markup
    signed = (kind for kind, offset, magic in _SIGNATURES if head.startswith(magic, offset))
    kind = next(signed, RefusedKind.UNKNOWN)
    if kind is RefusedKind.ARCHIVE and any(mark in head for mark in _OFFICE_INSIDE):
        return RefusedKind.OFFICE
    return _container(head) if head[4:8] == b"ftyp" else kind


def safe_name(filename: str) -> str:
    """A name for Content-Disposition: no path, nothing invisible, letters of every script kept."""
    last = re.split(r"[/\\]", filename)[-1]
    seen = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", last))
    kept = "".join(c for c in seen if unicodedata.category(c)[0] != "C" and c not in _RESERVED)
    name = " ".join(kept.split()).strip(". ")
    return _shortened(name) or "receipt"


_RESERVED = '<>:"|?*;'


def name_for(filename: str, kind: FileKind) -> str:
    """A safe name whose extension tells what the file is: `photo.heic` kept as a JPEG is `.jpg`."""
    if filename.lower().endswith(_EXTENSIONS[kind]):
        return filename
    stem = re.sub(r"(?<=.)\.[a-z][a-z0-9]{1,3}$", "", filename, flags=re.IGNORECASE)
    return stem if stem.lower().endswith(_EXTENSIONS[kind]) else stem + kind.extension


_EXTENSIONS = {kind: (kind.extension,) for kind in FileKind} | {FileKind.JPEG: (".jpg", ".jpeg")}


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    extension = PurePosixPath(name).suffix
    if len(extension) > 10:
        extension = ""
    return name[: LONGEST_NAME - len(extension)].rstrip(". ") + extension


_MARKUP_BYTES = 1024
_MARKUP_INSIDE = re.compile(
    rb"<(?:!doctype|html|head|body|script|svg|iframe|img|\?php)[\s>/!]", re.IGNORECASE
)


def _is_jpeg(head: bytes) -> bool:
    """Start of image, then one of the segments a JPEG may begin with."""
    return head.startswith(b"\xff\xd8\xff") and len(head) > 3 and head[3] in _JPEG_SEGMENTS


_JPEG_SEGMENTS = frozenset({*range(0xE0, 0xF0), 0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xFE})


def _is_png(head: bytes) -> bool:
    return head.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:16] in {b"WEBPVP8 ", b"WEBPVP8L", b"WEBPVP8X"}


def _is_heic(head: bytes) -> bool:
    """An image file of HEVC brands; AVIF and video share the container and are something else."""
    brands = _brands(head)
    if not brands or brands[0] not in _HEIC_BRANDS | _IMAGE_BRANDS:
        return False
    return not _HEIC_BRANDS.isdisjoint(brands)


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_IMAGE_BRANDS = frozenset({b"mif1", b"msf1"})


def _brands(head: bytes) -> list[bytes]:
    """The major brand of an ISO media file and those it is compatible with."""
    size = int.from_bytes(head[:4])
    if head[4:8] != b"ftyp" or not 16 <= size <= len(head) or size % 4:
        return []
    return [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]


def _is_pdf(head: bytes) -> bool:
    return re.match(rb"%PDF-[12]\.\d[\s%]", head) is not None


_CHECKS = (
    (FileKind.JPEG, _is_jpeg),
    (FileKind.PNG, _is_png),
    (FileKind.WEBP, _is_webp),
    (FileKind.HEIC, _is_heic),
    (FileKind.PDF, _is_pdf),
)


def _markup(head: bytes) -> RefusedKind | None:
    text = _as_text(head).lstrip()
    if text.startswith("<?php"):
        return RefusedKind.EXECUTABLE
    if re.search(r"<svg[\s>]", text, re.IGNORECASE):
        return RefusedKind.SVG
    begins = text.startswith("<") or _MARKUP_INSIDE.search(head[:_MARKUP_BYTES])
    return RefusedKind.HTML if begins else None


def _as_text(head: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return head.decode(encoding, errors="replace")
    return head.decode("latin-1")


_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def _container(head: bytes) -> RefusedKind:
    images = (b"avif", b"avis", *_IMAGE_BRANDS, *_HEIC_BRANDS)
    return RefusedKind.OTHER_IMAGE if head[8:12] in images else RefusedKind.VIDEO


_OFFICE_INSIDE = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"vnd.oasis.opendocument")

#: Kind, offset, signature.
_SIGNATURES = (
    (RefusedKind.GIF, 0, b"GIF8"),
    (RefusedKind.ARCHIVE, 0, b"PK\x03\x04"),
    (RefusedKind.ARCHIVE, 0, b"PK\x05\x06"),
    (RefusedKind.ARCHIVE, 0, b"Rar!\x1a\x07"),
    (RefusedKind.ARCHIVE, 0, b"7z\xbc\xaf\x27\x1c"),
    (RefusedKind.ARCHIVE, 0, b"\x1f\x8b"),
    (RefusedKind.ARCHIVE, 0, b"BZh"),
    (RefusedKind.ARCHIVE, 0, b"\xfd7zXZ\0"),
    (RefusedKind.ARCHIVE, 0, b"\x28\xb5\x2f\xfd"),
    (RefusedKind.ARCHIVE, 257, b"ustar"),
    (RefusedKind.OFFICE, 0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    (RefusedKind.OFFICE, 0, b"{\\rtf"),
    (RefusedKind.EXECUTABLE, 0, b"MZ"),
    (RefusedKind.EXECUTABLE, 0, b"\x7fELF"),
    (RefusedKind.EXECUTABLE, 0, b"#!"),
    (RefusedKind.EXECUTABLE, 0, b"\xca\xfe\xba\xbe"),
    (RefusedKind.EXECUTABLE, 0, b"\xcf\xfa\xed\xfe"),
    (RefusedKind.EXECUTABLE, 0, b"\xfe\xed\xfa"),
    (RefusedKind.EXECUTABLE, 0, b"\0asm"),
    (RefusedKind.VIDEO, 0, b"\x1aE\xdf\xa3"),
    (RefusedKind.VIDEO, 8, b"AVI "),
    (RefusedKind.VIDEO, 0, b"\0\0\x01\xba"),
    (RefusedKind.VIDEO, 0, b"OggS"),
    (RefusedKind.OTHER_IMAGE, 0, b"BM"),
    (RefusedKind.OTHER_IMAGE, 0, b"II*\0"),
    (RefusedKind.OTHER_IMAGE, 0, b"MM\0*"),
    (RefusedKind.OTHER_IMAGE, 0, b"\0\0\x01\0"),
    (RefusedKind.OTHER_IMAGE, 0, b"8BPS"),
    (RefusedKind.OTHER_IMAGE, 0, b"\xff\x0a"),
    (RefusedKind.OTHER_IMAGE, 0, b"\0\0\0\x0cJXL "),
    (RefusedKind.OTHER_IMAGE, 0, b"\0\0\0\x0cjP  "),
)
