"""Receipts drawn here: a till receipt photographed on a table, a card slip, a scan, a PDF."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from crm.models.customers import folded
from rules.money import quantise

_INK = (38, 36, 34)
_PAPER = (252, 250, 245)
_TABLES = ((124, 92, 66), (88, 96, 104), (146, 128, 104))


@dataclass(frozen=True, kw_only=True)
class Sale:
    business: str
    what: str
    amount: Decimal
    currency: str
    at: datetime
    number: int

    def money(self, amount: Decimal) -> str:
        """With the code: Pillow's own letters, which need no font of the system, know no signs."""
        return f"{quantise(amount, self.currency)} {self.currency}"


def draw(kind: str, sale: Sale, rng: Random) -> tuple[str, bytes]:
    """The name and content of the file; `kind` is one of KINDS."""
    suffix, make = KINDS[kind]
    return f"receipt-{sale.number:04d}-{kind}.{suffix}", make(sale, rng)


def _photo(sale: Sale, rng: Random) -> bytes:
    return _jpeg(_on_a_table(_till_receipt(sale), rng))


def _slip(sale: Sale, rng: Random) -> bytes:
    return _jpeg(_on_a_table(_card_slip(sale, rng), rng))


def _scan(sale: Sale, rng: Random) -> bytes:
    page = _till_receipt(sale).rotate(rng.uniform(-0.6, 0.6), expand=True, fillcolor=_PAPER)
    file = BytesIO()
    page.convert("L").save(file, "PNG", optimize=True)
    return file.getvalue()


def _pdf(sale: Sale, rng: Random) -> bytes:
    file = BytesIO()
    _till_receipt(sale, width=1240).save(file, "PDF", resolution=150)
    return file.getvalue()


KINDS: dict[str, tuple[str, Callable[[Sale, Random], bytes]]] = {
    "photo": ("jpg", _photo),
    "slip": ("jpg", _slip),
    "scan": ("png", _scan),
    "pdf": ("pdf", _pdf),
}


def _till_receipt(sale: Sale, *, width: int = 620) -> Image.Image:
    tax = (sale.amount / 6).quantize(Decimal("0.01"))
    rows = [
        ("", folded(sale.business).upper(), 40),
        ("", "12 Christmas Steps, Bristol", 22),
        ("", f"{sale.at:%d/%m/%Y %H:%M}    No. {sale.number:04d}", 22),
        ("-", "", 22),
        (sale.what, sale.money(sale.amount), 24),
        ("Served by", "the whole team", 22),
        ("-", "", 22),
        ("TOTAL", sale.money(sale.amount), 34),
        ("of which VAT 20 %", sale.money(tax), 22),
        ("-", "", 22),
        ("Paid by card", sale.money(sale.amount), 22),
        ("-", "", 22),
        ("", "Thank you, see you soon!", 24),
    ]
    return _printed(rows, width)


def _card_slip(sale: Sale, rng: Random) -> Image.Image:
    rows = [
        ("", folded(sale.business).upper(), 36),
        ("", "CUSTOMER COPY", 24),
        ("-", "", 22),
        ("SALE", f"{sale.at:%d/%m/%y %H:%M}", 24),
        ("CARD", f"**** **** **** {rng.randrange(10_000):04d}", 24),
        ("AUTH CODE", f"{rng.randrange(1_000_000):06d}", 24),
        ("AMOUNT", sale.money(sale.amount), 34),
        ("-", "", 22),
        ("", "APPROVED: contactless", 24),
    ]
    return _printed(rows, 520)


def _printed(rows: list[tuple[str, str, int]], width: int) -> Image.Image:
    """Each row has words on either side, or only on the right ones: then centred; "-" is a line."""
    scale = width / 620
    margin = round(40 * scale)
    height = round(sum(size * 1.7 for *_, size in rows) * scale) + 2 * margin
    paper = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(paper)
    y = float(margin)
    for left, right, size in rows:
        font = _fitting(left + "  " + right, round(size * scale), width - 2 * margin)
        middle = y + size * scale * 0.8
        if left == "-":
            pen.line((margin, middle, width - margin, middle), fill=(150, 146, 140), width=2)
        elif left:
            pen.text((margin, middle), left, _INK, font, anchor="lm")
            pen.text((width - margin, middle), right, _INK, font, anchor="rm")
        else:
            pen.text((width / 2, middle), right, _INK, font, anchor="mm")
        y += size * 1.7 * scale
    return paper


type Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _fitting(words: str, size: int, width: int) -> Font:
    while size > 8:
        font = ImageFont.load_default(size)
        if font.getlength(words) <= width:
            break
        size -= 1
    return font


def _on_a_table(paper: Image.Image, rng: Random) -> Image.Image:
    """As a phone sees it: a little turned, with a shadow, light from one side, and some grain."""
    size = (round(paper.width * 1.35), round(paper.height * 1.35))
    table = Image.new("RGB", size, rng.choice(_TABLES))
    mask = Image.new("L", paper.size, 255)
    angle = rng.uniform(-7, 7)
    turned = paper.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    mask = mask.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    place = ((table.width - turned.width) // 2, (table.height - turned.height) // 2)
    shadow = Image.new("L", table.size, 0)
    shadow.paste(mask.point(lambda level: level // 2), (place[0] + 14, place[1] + 18))
    shadow = shadow.filter(ImageFilter.GaussianBlur(16))
    table.paste((20, 16, 12), (0, 0), shadow)
    table.paste(turned, place, mask)
    return ImageChops.multiply(table, _light(table.size, rng))


def _light(size: tuple[int, int], rng: Random) -> Image.Image:
    """Brighter at one end, with grain; drawn small, as grain of a small sensor is coarse."""
    small = Image.new("L", (96, 128))
    first, last = rng.choice(((255, 196), (205, 255)))
    small.putdata(
        [
            min(255, round(first + (last - first) * (row / 128) + rng.uniform(-5, 5)))
            for row in range(128)
            for _column in range(96)
        ]
    )
    return small.resize(size, Image.Resampling.BICUBIC).convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=82)
    return file.getvalue()
