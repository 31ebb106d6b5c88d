"""Long lists, a page at a time."""

import pytest

from crm.models import Tag
from crm.views import pages
from crm.views.pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _seven_tags() -> None:
    Tag.objects.bulk_create(Tag(name=str(number)) for number in range(7))


@pytest.mark.parametrize(
    ("asked", "number", "names"),
    [
        (None, 1, "012"),
        ("2", 2, "345"),
        ("3", 3, "6"),
        ("4", 3, "6"),
        ("0", 1, "012"),
        ("-1", 1, "012"),
        ("x", 1, "012"),
        ("²", 1, "012"),
        ("9" * 5000, 3, "6"),
    ],
)
def test_the_nearest_page_is_shown(asked: str | None, number: int, names: str) -> None:
    page = page_of(Tag.objects.all(), asked, size=3)
    assert page.number == number
    assert "".join(tag.name for tag in page.rows) == names
    assert (page.total, page.last, page.is_counted) == (7, 3, True)


def test_a_page_knows_its_neighbours() -> None:
    first, last = (page_of(Tag.objects.all(), asked, size=3) for asked in ("1", "3"))
    assert (first.previous, first.next) == (None, 2)
    assert (last.previous, last.next) == (2, None)


def test_nothing_is_one_empty_page() -> None:
    page = page_of(Tag.objects.none(), "5", size=3)
    assert (page.rows, page.number, page.last, page.total) == ([], 1, 1, 0)


def test_counting_stops_where_it_is_no_longer_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "COUNTED_AT_MOST", 5)
    page = page_of(Tag.objects.all(), None, size=3)
    assert (page.total, page.is_counted, page.last) == (5, False, 2)
