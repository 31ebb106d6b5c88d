"""The documentation says what the code does: names in one are names in the other."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern

from crm.urls import urlpatterns
from customer_manager.env import BASE_DIR

DOCS = BASE_DIR / "docs"
PAGES = sorted([*BASE_DIR.glob("*.md"), *DOCS.rglob("*.md")])
READ = re.compile(r'env\.(?:text|flag|integer|words)\(\s*"([A-Z_]+)"|(?<!env\.)\btext\("([A-Z_]+)"')


def names_read() -> set[str]:
    """The settings our code reads from the environment."""
    folders = ("customer_manager", "crm", "delivery", "providers", "webhooks")
    sources = [path for folder in folders for path in (BASE_DIR / folder).rglob("*.py")]
    found = (READ.findall(path.read_text(encoding="utf-8")) for path in sources)
    return {name for matches in found for pair in matches for name in pair if name}


def first_column(page: str) -> set[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_setting_is_explained_and_no_other() -> None:
    assert first_column("reference/settings.md") == names_read()


def test_every_address_is_listed_with_its_path_and_no_other() -> None:
    text = (DOCS / "reference/addresses.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text, re.MULTILINE))
    real = {str(one.name): f"/{one.pattern}" for one in urlpatterns if isinstance(one, URLPattern)}
    real.pop("styleguide", None)
    assert listed == real


def test_every_target_of_make_is_explained() -> None:
    makefile = (BASE_DIR / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert {f"make {target}" for target in targets} <= first_column("reference/commands.md")


def test_every_command_of_ours_is_explained() -> None:
    ours = {name for name, app in get_commands().items() if app in {"crm", "delivery"}}
    assert {f"python manage.py {name}" for name in ours} <= first_column("reference/commands.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_no_link_leads_nowhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    near = [link for link in links if "://" not in link]
    assert [link for link in near if not (page.parent / link).exists()] == []


def test_every_page_can_be_reached_from_the_list() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()
