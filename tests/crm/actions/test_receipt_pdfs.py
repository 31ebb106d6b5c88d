"""PDFs keep their pages and nothing else."""

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops
from pypdfium2 import raw

from crm.actions.receipt_copies import Copy, LeftOut, Limits, Unreadable, UnreadableError
from crm.actions.receipt_pdfs import PAGE_PIXELS, copy_pdf, draw_page
from tests.uploads import XMP, pdf, stream

LIMITS = Limits(pixels=1, pages=5)
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\('hidden'\\)) >>"
LAUNCH = b"<< /S /Launch /F (cmd.exe) >>"
ATTACHED = stream(b"MZ hidden program")
SPECIFICATION = b"<< /Type /Filespec /F (evil.exe) /EF << /F 11 0 R >> >>"
LINK = b"<< /Type /Annot /Subtype /Link /Rect [0 0 298 420] /A 13 0 R >>"
CLIP = b"<< /Type /Annot /Subtype /FileAttachment /Rect [10 10 40 40] /FS 12 0 R >>"
METADATA = stream(XMP, b"/Type /Metadata /Subtype /XML")
FILLED_IN = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (field) /V (12.00) /Rect [20 20 200 60]"
    b" /AP << /N 18 0 R >> /P 30 0 R /AA << /K 10 0 R >> >>"
)
BLUE_BOX = stream(b"0 0 1 rg 0 0 180 40 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 180 40]")

#: Everything a page, a form and a document may do besides being looked at.
LOADED = pdf(
    pages=2,
    catalog=b"/OpenAction 10 0 R /AA << /WC 13 0 R >> /Metadata 16 0 R"
    b" /Names << /JavaScript << /Names [(run) 10 0 R] >>"
    b" /EmbeddedFiles << /Names [(evil.exe) 12 0 R] >> >> /AcroForm << /Fields [17 0 R] >>",
    page=b"/Annots [14 0 R 15 0 R 17 0 R] /AA << /O 10 0 R >> /Metadata 16 0 R",
    more=(
        SCRIPT,
        ATTACHED,
        SPECIFICATION,
        LAUNCH,
        LINK,
        CLIP,
        METADATA,
        FILLED_IN,
        BLUE_BOX,
    ),
)
ACTIONS = (b"JavaScript", b"Launch", b"OpenAction", b"/AA", b"EmbeddedFile", b"Annots", b"AcroForm")
PEOPLE = (b"Secret", b"hidden", b"evil.exe", b"cmd.exe", b"/Metadata")


class Read:
    def __init__(self, folder: Path, content: bytes) -> None:
        self.source, self.to = folder / "upload", folder / "copy"
        self.source.write_bytes(content)
        self.copy: Copy = copy_pdf(
            self.source, to=self.to, thumbnail=folder / "small", limits=LIMITS
        )
        self.bytes = self.to.read_bytes()


def drawn(path: Path, page: int = 0) -> Image.Image:
    image: Image.Image = pdfium.PdfDocument(path)[page].render(scale=1).to_pil()
    return image.convert("RGB")


@pytest.mark.parametrize("mark", [*ACTIONS, *PEOPLE])
def test_nothing_but_its_pages_is_left_of_a_pdf(tmp_path: Path, mark: bytes) -> None:
    assert mark in LOADED
    assert mark not in Read(tmp_path, LOADED).bytes


def test_author_title_and_dates_are_gone(tmp_path: Path) -> None:
    kept = pdfium.PdfDocument(Read(tmp_path, pdf()).to).get_metadata_dict(skip_empty=True)
    assert kept.keys() <= {"Creator", "Producer", "CreationDate"}
    assert kept["Creator"] == "PDFium"


def test_what_was_filled_in_can_still_be_seen(tmp_path: Path) -> None:
    read = Read(tmp_path, LOADED)
    assert drawn(read.to).getpixel((100, 380)) == (0, 0, 255)


def test_what_somebody_may_miss_is_named(tmp_path: Path) -> None:
    assert Read(tmp_path, LOADED).copy.left_out == (LeftOut.ATTACHMENTS,)
    signature = b"<< /FT /Sig /T (s) /V << /Type /Sig /Filter /Adobe.PPKLite /Contents <00> >> >>"
    signed = pdf(catalog=b"/AcroForm << /Fields [10 0 R] /SigFlags 3 >>", more=(signature,))
    assert Read(tmp_path, signed).copy.left_out == (LeftOut.SIGNATURE,)
    assert Read(tmp_path, pdf()).copy.left_out == ()


@pytest.mark.parametrize(
    "page",
    [b"", b"/Rotate 90", b"/CropBox [0 200 298 420]", b"/Rotate 270 /CropBox [10 200 298 420]"],
)
def test_a_copy_looks_like_its_original(tmp_path: Path, page: bytes) -> None:
    read = Read(tmp_path, pdf(page=page))
    original, copy = drawn(read.source), drawn(read.to)
    assert original.size == copy.size
    assert ImageChops.invert(original).getbbox()
    assert ImageChops.difference(original, copy).getbbox() is None


def test_text_can_still_be_selected(tmp_path: Path) -> None:
    words = stream(b"BT /F1 20 Tf 20 200 Td (Total 129.95) Tj ET")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    resources = b"/Contents 10 0 R /Resources << /Font << /F1 11 0 R >> >>"
    read = Read(tmp_path, pdf(page=resources, more=(words, font)))
    page = pdfium.PdfDocument(read.to)[0].get_textpage()
    assert page.get_text_bounded().strip() == "Total 129.95"


def test_pages_are_counted_and_the_first_makes_the_thumbnail(tmp_path: Path) -> None:
    read = Read(tmp_path, pdf(pages=3))
    assert read.copy.pages == 3
    assert len(pdfium.PdfDocument(read.to)) == 3
    with Image.open(tmp_path / "small") as thumbnail:
        assert thumbnail.size == (227, 320)


def test_a_page_is_drawn_as_an_image(tmp_path: Path) -> None:
    read = Read(tmp_path, pdf(pages=2))
    draw_page(read.to, 2, to=tmp_path / "page")
    with Image.open(tmp_path / "page") as page:
        assert (page.format, page.size) == ("WEBP", (596, 840))


@pytest.mark.parametrize("box", [b"[0 0 14400 14400]", b"[0 0 20 14000]", b"[0 0 1 1]"])
def test_a_page_of_any_size_is_drawn_within_bounds(tmp_path: Path, box: bytes) -> None:
    read = Read(tmp_path, pdf(page=b"/CropBox " + box + b" /MediaBox " + box))
    draw_page(read.to, 1, to=tmp_path / "page")
    with Image.open(tmp_path / "page") as page:
        assert page.width * page.height <= PAGE_PIXELS * 1.01
        assert max(page.size) <= 16_000


LOCKED = pdf(
    more=(b"<< /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P -4 >>" % (b"41" * 32, b"42" * 32),),
    trailer=b"/Encrypt 10 0 R /ID [<00><00>] ",
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LOCKED, Unreadable.LOCKED),
        (pdf(pages=6), Unreadable.TOO_MANY_PAGES),
        (b"%PDF-1.7\nnothing more", Unreadable.DAMAGED),
        (pdf()[:200], Unreadable.DAMAGED),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, reason: Unreadable) -> None:
    with pytest.raises(UnreadableError) as refused:
        Read(tmp_path, content)
    assert refused.value.reason is reason


def test_a_page_that_is_not_there_cannot_be_drawn(tmp_path: Path) -> None:
    read = Read(tmp_path, pdf())
    with pytest.raises(UnreadableError):
        draw_page(read.to, 2, to=tmp_path / "page")


def test_flattening_needs_no_form(tmp_path: Path) -> None:
    read = Read(tmp_path, pdf(page=b"/Annots [10 0 R]", more=(LINK,)))
    page = pdfium.PdfDocument(read.to)[0]
    assert raw.FPDFPage_GetAnnotCount(page) == 0
