"""Pictures: decoded and drawn anew, so that nothing but what can be seen is kept.

Where it was taken, with what, comments, thumbnails, further frames and whatever was glued to the
end of the file are gone; it stands upright, in sRGB, in all its pixels.
"""

import io
import struct
import warnings
from pathlib import Path
from typing import BinaryIO

import pi_heif
from PIL import Image, ImageCms, ImageOps

from crm.actions.receipt_copies import (
    THUMBNAIL_KIND,
    THUMBNAIL_PX,
    Copy,
    Limits,
    Unreadable,
    UnreadableError,
)
from rules.receipt_files import FileKind

QUALITY = 92
THUMBNAIL_QUALITY = 78
WHITE = (255, 255, 255)

_DRAWN_AS = {FileKind.HEIC: FileKind.JPEG}
_PILLOW = {
    FileKind.JPEG: "JPEG",
    FileKind.PNG: "PNG",
    FileKind.WEBP: "WEBP",
    FileKind.HEIC: "HEIF",
}
_WRITE = {
    FileKind.JPEG: {"quality": QUALITY},
    FileKind.PNG: {"compress_level": 6},
    FileKind.WEBP: {"quality": QUALITY, "method": 2},
}
#: What each format can hold; anything else is turned into the last of them.
_MODES = {
    FileKind.JPEG: ("L", "RGB"),
    FileKind.PNG: ("1", "L", "LA", "P", "RGBA", "RGB"),
    FileKind.WEBP: ("RGBA", "RGB"),
}

pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
Image.MAX_IMAGE_PIXELS = None  # our own limit stands in `_opened`, before anything is decoded


def copy_image(source: Path, kind: FileKind, *, to: Path, thumbnail: Path, limits: Limits) -> Copy:
    """Raises UnreadableError."""
    drawn_as = _DRAWN_AS.get(kind, kind)
    image = _for_format(_seen(source, kind, limits), drawn_as)
    write_image(image, drawn_as, to)
    write_thumbnail(image, thumbnail)
    return Copy(kind=drawn_as, width=image.width, height=image.height)


def write_image(image: Image.Image, kind: FileKind, to: Path) -> None:
    image.info = {}  # Pillow would write the profile and the comment it finds here
    image.save(to, _PILLOW[kind], **_WRITE[kind])


def write_thumbnail(image: Image.Image, to: Path) -> None:
    """On white where the image lets something show through."""
    shrink = min(1, THUMBNAIL_PX / max(image.size))
    size = (max(1, round(image.width * shrink)), max(1, round(image.height * shrink)))
    opaque = _on_white(image) if image.has_transparency_data else image.convert("RGB")
    small = opaque.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.save(to, _PILLOW[THUMBNAIL_KIND], quality=THUMBNAIL_QUALITY)


def _seen(source: Path, kind: FileKind, limits: Limits) -> Image.Image:
    """The first frame, upright and in sRGB."""
    try:
        # The warnings are about metadata that is thrown away here.
        with source.open("rb") as file, warnings.catch_warnings(action="ignore"):
            image = _opened(file, kind, limits)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
    except _BROKEN as error:
        raise UnreadableError(Unreadable.DAMAGED) from error
    return _in_srgb(image)


#: How Pillow's readers fail on a file that is broken or was made to break them.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error)


def _opened(file: BinaryIO, kind: FileKind, limits: Limits) -> Image.Image:
    """The header is read, the pixels are not yet."""
    image = Image.open(file, formats=[_PILLOW[kind]])
    if image.width * image.height > limits.pixels:
        raise UnreadableError(Unreadable.TOO_MANY_PIXELS)
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """As its colour profile means it: a phone's wide colours and a printer's inks alike."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    if image.mode in {"P", "PA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        seen = ImageCms.profileToProfile(image, source, _SRGB, outputMode=_output_mode(image))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # A profile that makes no sense: the numbers as they are.
    return seen or image


_SRGB = ImageCms.createProfile("sRGB")


def _output_mode(image: Image.Image) -> str:
    return {"L": "RGB", "LA": "RGBA", "RGBA": "RGBA"}.get(image.mode, "RGB")


def _for_format(image: Image.Image, kind: FileKind) -> Image.Image:
    modes = _MODES[kind]
    if image.mode.startswith("I"):
        # 16 bits of grey, of which a screen shows 8.
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        if "RGBA" not in modes:
            return _on_white(image)
        return image if image.mode in {"LA", "RGBA"} & {*modes} else image.convert("RGBA")
    return image if image.mode in modes else image.convert(modes[-1])


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    paper = Image.new("RGB", image.size, WHITE)
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper
