"""What a file is that a customer sent, told from its first bytes, and so how it is kept and shown.

Pictures and PDFs are drawn anew as receipts are; sounds and films are kept as they came and played
by the browser; anything else is only ever downloaded. Programs and pages of markup are not kept.
"""

from dataclasses import dataclass

from rules import receipt_files
from rules.receipt_files import FileKind, RefusedKind

NOT_KEPT = frozenset({RefusedKind.EMPTY, RefusedKind.HTML, RefusedKind.SVG, RefusedKind.EXECUTABLE})
DOWNLOAD = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Looks:
    """`drawn_as` is how it is read to be drawn anew, None where it is kept as it came."""

    content_type: str
    extension: str
    drawn_as: FileKind | None = None


def looks_like(head: bytes) -> Looks | RefusedKind:
    """By the first `receipt_files.HEAD_BYTES`."""
    if kind := receipt_files.sniff(head):
        return Looks(content_type=kind.media_type, extension=kind.extension, drawn_as=kind)
    for offset, magic, content_type, extension in _PLAYED:
        if head.startswith(magic, offset):
            return Looks(content_type=content_type, extension=extension)
    why = receipt_files.why_refused(head)
    return why if why in NOT_KEPT else Looks(content_type=DOWNLOAD, extension=".bin")


#: Offset, signature, what it is.
_PLAYED = (
    (0, b"OggS", "audio/ogg", ".ogg"),
    (0, b"#!AMR", "audio/amr", ".amr"),
    (0, b"ID3", "audio/mpeg", ".mp3"),
    (0, b"\xff\xfb", "audio/mpeg", ".mp3"),
    (0, b"\xff\xf1", "audio/aac", ".aac"),
    (0, b"\xff\xf9", "audio/aac", ".aac"),
    (4, b"ftypM4A", "audio/mp4", ".m4a"),
    (4, b"ftyp3g", "video/3gpp", ".3gp"),
    (4, b"ftypmp4", "video/mp4", ".mp4"),
    (4, b"ftypisom", "video/mp4", ".mp4"),
    (4, b"ftypavc1", "video/mp4", ".mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm", ".webm"),
)
