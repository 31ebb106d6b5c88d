"""PDFs: the pages are put into a new document, and what is not a page stays behind.

Gone are scripts, actions, embedded files, forms (what was filled in is drawn into the page),
links, bookmarks, author, title and XMP. Pictures within a page are kept as they are.
"""

import math
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from crm.actions.receipt_copies import (
    PAGE_KIND,
    Copy,
    LeftOut,
    Limits,
    Unreadable,
    UnreadableError,
)
from crm.actions.receipt_images import write_image, write_thumbnail
from rules.receipt_files import FileKind

#: A page is drawn at twice its size on paper (144 dots an inch), smaller where it is a poster.
PAGE_SCALE = 2.0
PAGE_PIXELS = 8_000_000
LONGEST_SIDE = 16_000  # of a WebP


def copy_pdf(source: Path, *, to: Path, thumbnail: Path, limits: Limits) -> Copy:
    """Raises UnreadableError."""
    original = _opened(source)
    pages = len(original)
    if not 0 < pages <= limits.pages:
        raise UnreadableError(Unreadable.TOO_MANY_PAGES if pages else Unreadable.DAMAGED)
    left_out = _left_out(original)
    try:
        _pages_only(original).save(to)
        write_thumbnail(_drawn(_opened(to)[0]), thumbnail)
    except pdfium.PdfiumError as error:
        raise UnreadableError(Unreadable.DAMAGED) from error
    return Copy(kind=FileKind.PDF, pages=pages, left_out=left_out)


def draw_page(source: Path, number: int, *, to: Path) -> None:
    """The page with this number, counted from 1, as an image. Raises UnreadableError."""
    try:
        write_image(_drawn(_opened(source)[number - 1]), PAGE_KIND, to)
    except pdfium.PdfiumError as error:
        raise UnreadableError(Unreadable.DAMAGED) from error


def _opened(source: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        locked = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        reason = Unreadable.LOCKED if error.err_code in locked else Unreadable.DAMAGED
        raise UnreadableError(reason) from error


def _left_out(document: pdfium.PdfDocument) -> tuple[LeftOut, ...]:
    counts = {
        LeftOut.ATTACHMENTS: document.count_attachments(),
        LeftOut.SIGNATURE: raw.FPDF_GetSignatureCount(document),
    }
    return tuple(what for what, count in counts.items() if count > 0)


def _pages_only(original: pdfium.PdfDocument) -> pdfium.PdfDocument:
    """New pages that show the old ones: imported as they are, they would bring their actions."""
    original.init_forms()
    copy = pdfium.PdfDocument.new()
    for index in range(len(original)):
        _flatten(original[index])
        page = copy.new_page(*original.get_page_size(index))
        page.insert_obj(original.page_as_xobject(index, dest_pdf=copy).as_pageobject())
        page.gen_content()
        page.close()
    return copy


def _flatten(page: pdfium.PdfPage) -> None:
    """Draw what was filled in and stamped on into the page itself."""
    if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_FAIL:
        raise UnreadableError(Unreadable.DAMAGED)
    page.close()


def _drawn(page: pdfium.PdfPage) -> Image.Image:
    width, height = (max(1.0, side) for side in page.get_size())
    scale = min(
        PAGE_SCALE, math.sqrt(PAGE_PIXELS / (width * height)), LONGEST_SIDE / max(width, height)
    )
    drawn: Image.Image = page.render(scale=scale).to_pil()
    return drawn.convert("RGB")
