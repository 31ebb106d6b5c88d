"""Who may be in the book twice."""

import pytest

from crm.models.duplicates import likely_duplicates
from tests.make import NOW, make_customer

pytestmark = pytest.mark.django_db


def reasons(**typed: str) -> list[tuple[str, str]]:
    return [(one.customer.name, one.because) for one in likely_duplicates(**typed)]


def test_the_same_phone_comes_before_the_same_email_before_the_same_name() -> None:
    make_customer(name="Ana Ruiz", email="a@example.com", phone_number="+34600000001")
    make_customer(name="Ben", email="ana@example.com", phone_number="+34600000002")
    make_customer(name="Cai", email="", phone_number="+34612345678")
    found = reasons(name="ruiz ana", email="ANA@example.com", phone_number="+34612345678")
    assert found == [("Cai", "phone"), ("Ben", "email"), ("Ana Ruiz", "name")]


@pytest.mark.parametrize(
    "typed", ["Zoe Oneill", "zoë o'neil", "Zoe O'Neall", "Zo O'Neill", "Zoé  O'Neill"]
)
def test_a_name_a_letter_apart_is_a_likely_duplicate(typed: str) -> None:
    make_customer(name="Zoë O'Neill", email="", phone_number="")
    assert [name for name, _because in reasons(name=typed)] == ["Zoë O'Neill"]


def test_a_wrong_first_letter_is_found_by_the_rest_of_the_name() -> None:
    make_customer(name="Kate Summers", email="", phone_number="")
    assert reasons(name="Cate Summers") == [("Kate Summers", "near_name")]


@pytest.mark.parametrize("typed", ["", "Zo", "Zoë", "Ravi Patel", "O'Neill", "Zoë O'Neill Garcia"])
def test_another_name_is_no_duplicate(typed: str) -> None:
    make_customer(name="Zoë O'Neill", email="", phone_number="")
    assert reasons(name=typed) == []


def test_neither_the_trash_nor_the_one_being_edited_is_a_duplicate() -> None:
    make_customer(trashed_at=NOW)
    edited = make_customer()
    assert not likely_duplicates(name=edited.name, email=edited.email, besides=edited.pk)


def test_a_customer_is_named_once_and_only_a_few_are() -> None:
    for _ in range(9):
        make_customer()
    found = likely_duplicates(name="Zoë O'Neil", email="zoe@example.com")
    assert len(found) == 5
    assert len({one.customer.pk for one in found}) == 5
