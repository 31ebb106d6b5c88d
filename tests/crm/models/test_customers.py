"""Finding customers."""

import pytest

from crm.models import Customer
from crm.models.customers import folded
from tests.make import NOW, make_customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    ["zoe", "ZOË", "o'neill", "neill zoe", "example.com", "zoe@", "Café", "cafe luna"],
)
def test_search_finds_name_company_and_email_without_case_or_accents(text: str) -> None:
    zoe = make_customer(company="Café Luna")
    make_customer(name="Ravi Patel", email="ravi@example.org", phone_number="")
    assert list(Customer.objects.search(text)) == [zoe]


@pytest.mark.parametrize(
    "text",
    [
        "612345678",
        "612 34 56 78",
        "+34 612 345 678",
        "0034612345678",
        "(612) 345-678",
        "5678",
        "34 56",
        "345.678",
        "６１２３４５",
    ],
)
def test_search_finds_any_part_of_a_phone_however_it_is_written(text: str) -> None:
    zoe = make_customer(phone_number="+34612345678")
    make_customer(name="Ravi", email="", phone_number="+447911123400")
    assert list(Customer.objects.search(text)) == [zoe]


@pytest.mark.parametrize(
    "text", ["07911 123400", "7911123", "(0)7911", "+44 7911", "0044 (0) 7911"]
)
def test_search_finds_a_british_number_with_and_without_its_trunk_zero(text: str) -> None:
    ravi = make_customer(name="Ravi", email="", phone_number="+447911123400")
    assert list(Customer.objects.search(text)) == [ravi]


def test_search_for_every_word_narrows_down() -> None:
    make_customer(name="Ana López")
    found = make_customer(name="Ana Patel")
    assert list(Customer.objects.search("ana patel")) == [found]


@pytest.mark.parametrize("text", ["%", "_", "\\", "' OR 1=1 --"])
def test_search_takes_wildcards_and_quotes_as_text(text: str) -> None:
    make_customer()
    assert not Customer.objects.search(text).exists()


def test_an_empty_search_finds_everybody() -> None:
    make_customer()
    assert Customer.objects.search("  ").count() == 1


def test_the_trash_is_apart() -> None:
    live = make_customer()
    gone = make_customer(trashed_at=NOW)
    assert list(Customer.objects.live()) == [live]
    assert list(Customer.objects.trashed()) == [gone]
    assert gone.is_trashed


def test_names_are_ordered_without_case_and_accents() -> None:
    for name in ("zoe", "Álvaro", "Bea", "alba"):
        make_customer(name=name)
    assert [customer.name for customer in Customer.objects.all()] == [
        "alba",
        "Álvaro",
        "Bea",
        "zoe",
    ]


def test_a_likely_duplicate_has_the_same_phone_or_email_or_the_same_words_in_its_name() -> None:
    zoe = make_customer(name="Zoë O'Neill", email="zoe@example.com", phone_number="+34612345678")
    make_customer(name="Ravi", email="ravi@example.com", phone_number="")
    like = Customer.objects.like
    assert list(like(phone_number="+34612345678")) == [zoe]
    assert list(like(email="ZOE@example.com")) == [zoe]
    assert list(like(name="o'neill zoe")) == [zoe]
    assert not like().exists()


def test_the_first_name_is_what_a_greeting_needs() -> None:
    assert make_customer(name="Dr. Ana María López").first_name == "Ana"


def test_folding_keeps_letters_of_every_script() -> None:
    assert folded("Ångström ŁÓDŹ مَرْحَبًا") == "angstrom łodz مرحبا"
