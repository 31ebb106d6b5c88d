"""The pages about providers say what the registry does."""

import re

import pytest

from customer_manager.env import BASE_DIR
from providers import registry
from providers.registry import Entry

REFERENCE = BASE_DIR / "docs" / "reference" / "providers.md"
ENTRIES = tuple(registry.PROVIDERS.values())


def rows(text: str) -> dict[str, str]:
    """By what stands in the first column, the rest of each row."""
    return dict(re.findall(r"^\| `([^`]+)` \|(.*)$", text, re.MULTILINE))


def test_every_provider_is_told_of_and_no_other() -> None:
    tables = REFERENCE.read_text(encoding="utf-8").partition("## Settings")[0].split("\n\n")
    told = [set(rows(table)) for table in tables if rows(table)]
    assert told == [set(registry.PROVIDERS)] * 2


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_setting_is_explained_with_what_it_has_to_be(entry: Entry) -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    of_provider = text.partition(f"### `{entry.name}`\n")[2].partition("\n##")[0]
    told = {name: cells.split("|")[0].strip() for name, cells in rows(of_provider).items()}
    assert told == {
        one.name: ", ".join(
            ["required"] * (one.required and not one.default) + ["secret"] * one.secret
        )
        for one in entry.settings
    }


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_how_fast_an_account_begins_is_told(entry: Entry) -> None:
    text = REFERENCE.read_text(encoding="utf-8").partition("begins with |")[2]
    assert rows(text)[entry.name].rstrip(" |").endswith(f"| {entry.rate_per_s:g}/s")


def example_urls() -> list[str]:
    page = (BASE_DIR / "docs" / "how-to" / "connect-apprise.md").read_text(encoding="utf-8")
    return re.findall(r"^ *\| [^|]+ \| `([^`]+://[^`]+)` \|$", page, re.MULTILINE)


def test_there_are_examples_for_apprise() -> None:
    assert len(example_urls()) >= 5


@pytest.mark.parametrize("url", example_urls())
def test_an_example_for_apprise_is_an_address_it_knows(url: str) -> None:
    registry.make("apprise_url", {"url": url})
