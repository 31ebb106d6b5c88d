"""Files as people and attackers upload them, made by code."""

import io
import struct
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>Ana Secret</creator></x:xmpmeta>'
SCRIPT = b"<script>alert(1)</script>"
_GPS_IFD = 0x8825
_ORIENTATION = 0x112


def upload(content: bytes, name: str = "receipt.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def picture(size: tuple[int, int] = (48, 32), mode: str = "RGB") -> Image.Image:
    """Red, with its upper left quarter in blue."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def image_bytes(kind: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def jpeg(**options: Any) -> bytes:
    return image_bytes("JPEG", **options)


def png(**options: Any) -> bytes:
    return image_bytes("PNG", **options)


def exif(*, orientation: int = 1) -> bytes:
    """Where and with what a photo was taken."""
    tags = Image.Exif()
    tags[0x10F] = "Secret Camera"
    tags[_ORIENTATION] = orientation
    tags.get_ifd(_GPS_IFD).update({1: "N", 2: (40.0, 25.0, 1.0), 3: "W", 4: (3.0, 42.0, 2.0)})
    return tags.tobytes()


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    checksum = zlib.crc32(kind + payload)
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", checksum)


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that say they unpack to so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(100_000))
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def pdf(
    *,
    pages: int = 1,
    catalog: bytes = b"",
    page: bytes = b"",
    more: tuple[bytes, ...] = (),
    trailer: bytes = b"",
) -> bytes:
    """A PDF of A6 pages with a black bar. `more` are objects 10, 11, … for `catalog` and `page`.

    Pages are objects 30, 31, …
    """
    kids = b" ".join(b"%d 0 R" % (30 + number) for number in range(pages))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        2: b"<< /Type /Pages /Count %d /Kids [%b] >>" % (pages, kids),
        3: stream(b"0 0 0 rg 20 300 200 40 re f"),
        4: b"<< /Title (Secret title) /Author (Ana Secret) >>",
        **dict(enumerate(more, 10)),
    }
    for number in range(pages):
        objects[30 + number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 3 0 R " + page + b" >>"
        )
    return _assembled(objects, b"/Info 4 0 R " + trailer)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), entries, content)


def _assembled(objects: dict[int, bytes], trailer: bytes) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    table = bytearray(b"xref\n0 1\n0000000000 65535 f \n")
    for number, body in sorted(objects.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += table + b"trailer\n<< /Size %d /Root 1 0 R %b >>\n" % (size, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
