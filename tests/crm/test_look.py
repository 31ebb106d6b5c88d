"""What the Content-Security-Policy and right-to-left languages ask of templates and styles."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from customer_manager.env import BASE_DIR

CRM = BASE_DIR / "crm"
TEMPLATES = sorted((CRM / "templates").rglob("*.html"))
STYLES = sorted((CRM / "static").rglob("*.css"))
SCRIPTS = sorted((CRM / "static").rglob("*.js"))

_PHYSICAL = re.compile(
    r"(?<!safe-area-)(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)\b"
    r"|(?<![\w-])(?:left|right|top|bottom|width|height|max-width|max-height)\s*:(?![^;{}]*\)\s*[{,])"
    r"|text-align:\s*(?:left|right)|float:\s*(?:left|right)"
)


def relative(path: Path) -> str:
    return str(path.relative_to(CRM))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_template_needs_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<[a-z][^>]*\sstyle=", text)
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", text)
    assert "<style" not in text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


@pytest.mark.parametrize("path", STYLES, ids=relative)
def test_style_knows_no_left_and_right(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert _PHYSICAL.findall(re.sub(r"@(?:media|container)[^{]*\{", "", text)) == []


@pytest.mark.parametrize("path", STYLES, ids=relative)
def test_style_stands_in_a_layer_and_takes_colours_from_the_tokens(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert text.strip().startswith("@layer")
    if path.name not in {"tokens.css", "print.css"}:
        assert not re.search(r"#[0-9a-f]{3,8}\b(?![^{]*\{)|\brgb\(", text)


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=relative)
def test_file_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (150 if path.suffix == ".css" else 60)


@pytest.mark.parametrize("name", ["_styles.html", "_scripts.html"])
def test_every_file_a_page_loads_is_there(name: str) -> None:
    text = (CRM / "templates/crm/components" / name).read_text()
    assert [
        file for file in re.findall(r'{% static "([^"]+)"', text) if not finders.find(file)
    ] == []
