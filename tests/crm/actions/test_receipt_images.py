"""Pictures are drawn anew: what can be seen stays, everything else goes."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from crm.actions.receipt_copies import THUMBNAIL_PX, Copy, Limits, Unreadable, UnreadableError
from crm.actions.receipt_images import copy_image
from rules.receipt_files import FileKind
from tests.heic import GREEN, RED, heic
from tests.uploads import SCRIPT, XMP, exif, image_bytes, jpeg, picture, png, png_claiming

LIMITS = Limits(pixels=1_000_000, pages=1)
BLUE_CORNER, RED_CORNER = (30, 30, 200), (200, 30, 30)
EXIF_MARKS = (b"Exif", b"Secret", b"GPS", b"xmp", b"script", b"ICC_PROFILE", b"eXIf", b"iCCP")


class Read:
    """An upload's copy, opened."""

    def __init__(self, folder: Path, content: bytes, kind: FileKind) -> None:
        source, self.to, self.thumbnail = (folder / name for name in ("upload", "copy", "small"))
        source.write_bytes(content)
        self.copy: Copy = copy_image(
            source, kind, to=self.to, thumbnail=self.thumbnail, limits=LIMITS
        )
        self.bytes = self.to.read_bytes()
        self.image = opened(self.to)


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def near(pixel: object, colour: tuple[int, ...], by: int = 6) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=False))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (jpeg(exif=exif(), xmp=XMP, comment=SCRIPT), FileKind.JPEG),
        (jpeg(exif=exif()) + SCRIPT, FileKind.JPEG),
        (image_bytes("WEBP", exif=exif(), xmp=XMP), FileKind.WEBP),
        (png(exif=exif()), FileKind.PNG),
        (png() + b"PK\x03\x04" + SCRIPT, FileKind.PNG),
        (heic([[GREEN, RED]], exif=exif()[6:]), FileKind.HEIC),
    ],
)
def test_where_and_with_what_it_was_taken_is_gone(
    tmp_path: Path, content: bytes, kind: FileKind
) -> None:
    read = Read(tmp_path, content, kind)
    assert not read.image.getexif()
    assert not [mark for mark in EXIF_MARKS if mark in read.bytes]
    assert not [mark for mark in EXIF_MARKS if mark in read.thumbnail.read_bytes()]


def test_texts_in_a_png_are_gone(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("Author", "Ana Secret")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    texts.add_text("Comment", SCRIPT.decode(), zip=True)
    read = Read(tmp_path, png(pnginfo=texts), FileKind.PNG)
    assert read.image.info == {}
    assert b"tEXt" not in read.bytes
    assert b"zTXt" not in read.bytes


@pytest.mark.parametrize("kind", [FileKind.JPEG, FileKind.PNG, FileKind.WEBP])
def test_a_picture_taken_sideways_stands_upright(tmp_path: Path, kind: FileKind) -> None:
    content = image_bytes(kind.upper(), exif=exif(orientation=6))
    read = Read(tmp_path, content, kind)
    assert (read.copy.width, read.copy.height) == (32, 48)
    assert near(read.image.convert("RGB").getpixel((28, 4)), BLUE_CORNER, by=12)


def test_a_turned_heic_stands_upright_and_becomes_a_jpeg(tmp_path: Path) -> None:
    read = Read(tmp_path, heic([[RED, GREEN, GREEN]], quarter_turns=1), FileKind.HEIC)
    assert (read.copy.kind, read.copy.width, read.copy.height) == (FileKind.JPEG, 32, 96)
    assert read.image.format == "JPEG"
    assert near(read.image.getpixel((16, 80)), (255, 0, 0))
    assert near(read.image.getpixel((16, 10)), (0, 255, 0))


@pytest.mark.parametrize(
    ("kind", "mode", "kept"),
    [
        (FileKind.PNG, "1", "1"),
        (FileKind.PNG, "L", "L"),
        (FileKind.PNG, "LA", "LA"),
        (FileKind.PNG, "P", "P"),
        (FileKind.PNG, "RGBA", "RGBA"),
        (FileKind.PNG, "I;16", "L"),
        (FileKind.JPEG, "L", "L"),
        (FileKind.JPEG, "CMYK", "RGB"),
        (FileKind.WEBP, "RGBA", "RGB"),  # nothing shows through
    ],
)
def test_every_way_of_holding_colours_is_read(
    tmp_path: Path, kind: FileKind, mode: str, kept: str
) -> None:
    image = picture(mode="I").convert("I;16") if mode == "I;16" else picture(mode=mode)
    read = Read(tmp_path, image_bytes(kind.upper(), image), kind)
    assert read.image.mode == kept
    assert read.image.size == (48, 32)
    assert opened(read.thumbnail).size == (48, 32)


def test_sixteen_bits_of_grey_keep_their_brightness(tmp_path: Path) -> None:
    grey = Image.new("I;16", (20, 20), 0x8080)
    assert Read(tmp_path, image_bytes("PNG", grey), FileKind.PNG).image.getpixel((3, 3)) == 0x80


def test_pixels_of_a_png_are_kept_exactly(tmp_path: Path) -> None:
    noise = Image.effect_noise((90, 60), 80).convert("RGB")
    read = Read(tmp_path, image_bytes("PNG", noise), FileKind.PNG)
    assert read.image.tobytes() == noise.tobytes()


def test_a_transparent_colour_of_a_palette_stays_transparent(tmp_path: Path) -> None:
    read = Read(tmp_path, png(image=picture(mode="P"), transparency=0), FileKind.PNG)
    assert read.image.mode == "RGBA"


def test_what_shows_through_is_white_in_the_thumbnail(tmp_path: Path) -> None:
    glass = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    read = Read(tmp_path, png(image=glass), FileKind.PNG)
    assert near(opened(read.thumbnail).getpixel((20, 20)), (255, 255, 255))


def test_a_profile_is_applied_and_left_out(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    read = Read(tmp_path, jpeg(icc_profile=lab.tobytes()), FileKind.JPEG)
    assert "icc_profile" not in read.image.info
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    same = Read(tmp_path, jpeg(icc_profile=srgb.tobytes()), FileKind.JPEG)
    assert near(same.image.getpixel((40, 28)), RED_CORNER, by=12)


def test_a_profile_that_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    read = Read(tmp_path, jpeg(icc_profile=b"no profile at all"), FileKind.JPEG)
    assert near(read.image.getpixel((40, 28)), RED_CORNER, by=12)


@pytest.mark.parametrize("kind", [FileKind.PNG, FileKind.WEBP])
def test_of_an_animation_the_first_picture_is_kept(tmp_path: Path, kind: FileKind) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    content = image_bytes(
        kind.upper(), frames[0], save_all=True, append_images=frames[1:], lossless=True
    )
    read = Read(tmp_path, content, kind)
    assert getattr(read.image, "n_frames", 1) == 1
    assert near(read.image.convert("RGB").getpixel((10, 10)), (255, 0, 0))


def test_a_thumbnail_is_small_and_keeps_its_shape(tmp_path: Path) -> None:
    read = Read(tmp_path, jpeg(image=picture((800, 400))), FileKind.JPEG)
    assert opened(read.thumbnail).size == (THUMBNAIL_PX, THUMBNAIL_PX // 2)


def test_a_till_roll_still_has_a_thumbnail(tmp_path: Path) -> None:
    read = Read(tmp_path, png(image=Image.new("L", (2, 4000))), FileKind.PNG)
    assert opened(read.thumbnail).size == (1, THUMBNAIL_PX)


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (jpeg()[:400], FileKind.JPEG, Unreadable.DAMAGED),
        (jpeg()[:30], FileKind.JPEG, Unreadable.DAMAGED),
        (png()[:-30], FileKind.PNG, Unreadable.DAMAGED),
        (image_bytes("WEBP")[:60], FileKind.WEBP, Unreadable.DAMAGED),
        (heic([[GREEN]])[:-900], FileKind.HEIC, Unreadable.DAMAGED),
        (heic([[GREEN]])[:200], FileKind.HEIC, Unreadable.DAMAGED),
        (png_claiming(50_000, 50_000), FileKind.PNG, Unreadable.TOO_MANY_PIXELS),
        (png_claiming(1001, 1000), FileKind.PNG, Unreadable.TOO_MANY_PIXELS),
        (png_claiming(0, 10), FileKind.PNG, Unreadable.DAMAGED),
        (png_claiming(900, 900), FileKind.PNG, Unreadable.DAMAGED),
        (png(), FileKind.JPEG, Unreadable.DAMAGED),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, content: bytes, kind: FileKind, reason: Unreadable
) -> None:
    with pytest.raises(UnreadableError) as refused:
        Read(tmp_path, content, kind)
    assert refused.value.reason is reason
