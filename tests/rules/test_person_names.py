import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.person_names import first_name, is_company


@pytest.mark.parametrize(
    ("full", "first"),
    [
        ("Zoë O'Neill", "Zoë"),
        ("O'Neill, Zoë", "Zoë"),
        ("Zoë", "Zoë"),
        ("  Zoë   O'Neill ", "Zoë"),
        ("Dr. Ana Maria", "Ana"),
        ("Prof. Dr. Hans Müller", "Hans"),
        ("Patel, Dr. Ravi", "Ravi"),
        ("Miss Zoë O'Neill", "Zoë"),
        ("Mr Patel", "Mr Patel"),
        ("Patel, Mr", "Mr Patel"),
        ("Sra. García", "Sra. García"),
        ("M. Dupont", "M. Dupont"),
        ("Dr.", "Dr."),
        ("John Smith, Jr.", "John"),
        ("Smith, John", "John"),
        ("van der Berg, Jan", "Jan"),
        ("Jean-Luc Picard", "Jean-Luc"),
        ("J. Smith", "J. Smith"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("山田 太郎", "山田 太郎"),
        ("김철수", "김철수"),
        ("Мария Иванова", "Мария"),
        ("محمد علي", "محمد"),
        ("Acme Ltd", "Acme Ltd"),
        ("Acme, Inc.", "Acme, Inc."),
        ("Smith & Sons", "Smith & Sons"),
        ("Bäckerei Müller GmbH & Co. KG", "Bäckerei Müller GmbH & Co. KG"),
        ("Talleres Pérez S.L.", "Talleres Pérez S.L."),
        ("Bella Nails s.r.o.", "Bella Nails s.r.o."),
        ("", ""),
        (",", ","),
    ],
)
def test_people_are_greeted_by_their_first_name_where_it_can_be_told(full: str, first: str) -> None:
    assert first_name(full) == first


def test_a_company_is_told_by_its_form() -> None:
    assert is_company("Acme Ltd")
    assert is_company("Gruppo Rossi S.p.A.")
    assert not is_company("Ltd")
    assert not is_company("Zoë O'Neill")


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_name_gives_a_name_of_its_own_letters(full: str) -> None:
    first = first_name(full)
    assert bool(first) is bool(full.split())
    assert set(first) <= {*full, " "}
