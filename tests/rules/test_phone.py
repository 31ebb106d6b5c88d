import re
import subprocess
import sys
from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import phone
from rules.phone import PhoneError, PhoneProblem

LONDON = "+442079460958"
MOBILE_UK = "+447400123456"


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("07400 123456", "GB", MOBILE_UK),
        ("(020) 7946 0958", "GB", LONDON),
        ("+44 7400 123456", "GB", MOBILE_UK),
        ("+44 (0)7400 123456", "GB", MOBILE_UK),
        ("0044 7400 123456", "GB", MOBILE_UK),
        ("00 44 7400 123456", "US", MOBILE_UK),
        ("011 44 7400 123456", "US", MOBILE_UK),
        ("447400123456", "GB", MOBILE_UK),
        ("07400.123.456", "GB", MOBILE_UK),
        ("07400–123–456", "GB", MOBILE_UK),
        ("tel:+44-7400-123456", "GB", MOBILE_UK),
        ("TEL: 07400 123456", "GB", MOBILE_UK),
        ("０７４００　１２３４５６", "GB", MOBILE_UK),
        ("+٤٤ ٧٤٠٠ ١٢٣٤٥٦", "EG", MOBILE_UK),
        ("\u202a+44 7400 123456\u202c", "GB", MOBILE_UK),
        ("\u20680\u200b7400 123456\u2069", "GB", MOBILE_UK),
        ("  07400 123456\n", "GB", MOBILE_UK),
        ("+39 06 1234 5678", "IT", "+390612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("8 (916) 123-45-67", "RU", "+79161234567"),
        ("(11) 96123-4567", "BR", "+5511961234567"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("98765 43210", "IN", "+919876543210"),
        ("+800 1234 5678", "GB", "+80012345678"),
        ("+14155552671", "", "+14155552671"),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed: str, country: str, e164: str) -> None:
    read = phone.parse(typed, country=country)
    assert (read.e164, read.certain) == (e164, True)
    assert read.as_typed == typed.strip()


@pytest.mark.parametrize(
    ("typed", "country", "problem"),
    [
        ("", "GB", PhoneProblem.EMPTY),
        (" \u200b\t", "GB", PhoneProblem.EMPTY),
        ("Zoë", "GB", PhoneProblem.NOT_A_NUMBER),
        ("07400 123456 mum", "GB", PhoneProblem.NOT_A_NUMBER),
        ("0800 FLOWERS", "GB", PhoneProblem.NOT_A_NUMBER),
        ("zoe@example.com", "GB", PhoneProblem.NOT_A_NUMBER),
        ("+", "GB", PhoneProblem.NOT_A_NUMBER),
        ("---", "GB", PhoneProblem.NOT_A_NUMBER),
        ("#", "GB", PhoneProblem.NOT_A_NUMBER),
        ("<script>1</script>", "GB", PhoneProblem.NOT_A_NUMBER),
        ("1", "GB", PhoneProblem.TOO_SHORT),
        ("112", "GB", PhoneProblem.TOO_SHORT),
        ("(1)", "GB", PhoneProblem.TOO_SHORT),
        ("+1+2 23", "GB", PhoneProblem.NOT_A_NUMBER),
        ("+44 12", "GB", PhoneProblem.TOO_SHORT),
        ("0740012345678901", "GB", PhoneProblem.TOO_LONG),
        ("+123456789012345678", "GB", PhoneProblem.TOO_LONG),
        ("07400 123456 / 07400 654321", "GB", PhoneProblem.TOO_LONG),
        ("1" * 5000, "GB", PhoneProblem.TOO_LONG),
        ("010-2030", "US", PhoneProblem.NEEDS_AREA_CODE),
        ("07400 123456", "", PhoneProblem.NEEDS_COUNTRY_CODE),
        ("07400 123456", "XX", PhoneProblem.NEEDS_COUNTRY_CODE),
        ("+999 1234 5678", "GB", PhoneProblem.UNKNOWN_COUNTRY_CODE),
        ("00 999 1234 5678", "GB", PhoneProblem.UNKNOWN_COUNTRY_CODE),
        ("00 999 1234 5678 90", "US", PhoneProblem.TOO_LONG),
        ("07400 123456 ext. 12", "GB", PhoneProblem.HAS_EXTENSION),
        ("07400 123456 x12", "GB", PhoneProblem.HAS_EXTENSION),
        ("07400 123456 #12", "GB", PhoneProblem.HAS_EXTENSION),
    ],
)
def test_what_is_no_number_is_refused_with_what_is_wrong(
    typed: str, country: str, problem: PhoneProblem
) -> None:
    with pytest.raises(PhoneError) as refused:
        phone.parse(typed, country=country)
    assert refused.value.code is problem


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("+1 555 010 2030", "US", "+15550102030"),
        ("(555) 010-2030", "US", "+15550102030"),
        ("0399 999 9999", "GB", "+443999999999"),
    ],
)
def test_a_number_of_no_known_range_is_taken_with_a_doubt(
    typed: str, country: str, e164: str
) -> None:
    read = phone.parse(typed, country=country)
    assert (read.e164, read.country, read.certain) == (e164, country, False)


def test_the_country_is_the_numbers_own() -> None:
    assert phone.parse("+1 416 555 0123", country="US").country == "CA"
    assert phone.parse("+1 555 010 2030", country="CA").country == "CA"
    assert phone.parse("+1 555 010 2030", country="GB").country == "US"
    assert phone.parse("+800 1234 5678", country="GB").country == "001"


def test_a_number_is_shown_nationally_at_home_and_internationally_abroad() -> None:
    assert phone.display(LONDON, country="GB") == "020 7946 0958"
    assert phone.display(LONDON, country="FR") == "+44 20 7946 0958"
    assert phone.display("+15550102030", country="US") == "(555) 010-2030"
    assert phone.display("+15550102030", country="") == "+1 555-010-2030"
    assert phone.display_international(LONDON) == "+44 20 7946 0958"


@pytest.mark.parametrize("stored", ["", "unknown", "12"])
def test_what_was_stored_some_other_way_is_shown_as_it_is(stored: str) -> None:
    assert phone.display(stored, country="GB") == stored
    assert phone.display_international(stored) == stored
    assert phone.search_digits(stored) == "".join(c for c in stored if c.isdigit())
    assert phone.zones(stored) == ()


@pytest.mark.parametrize(
    ("e164", "digits"),
    [
        (MOBILE_UK, "447400123456 07400123456"),
        ("+15550102030", "15550102030"),
        ("+390612345678", "390612345678"),
        ("+3612345678", "3612345678 0612345678"),
        ("+5511961234567", "5511961234567 011961234567"),
        ("+79161234567", "79161234567 89161234567"),
    ],
)
def test_the_digits_to_search_hold_every_way_to_write_the_number(e164: str, digits: str) -> None:
    assert phone.search_digits(e164) == digits


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("+1 (555) 010-2030", "15550102030"),
        ("0102", "0102"),
        ("102-2030", "1022030"),
        ("00 44 7911", "447911"),
        ("0044", "44"),
        ("(0)7911 12", "0791112"),
        ("+44 (0)7911 12", "44791112"),
        ("0044 (0) 7911", "447911"),
        ("011 44 7911 123456", "447911123456"),
        ("01144", "01144"),
        ("０７９１１", "07911"),
        ("٠٧٩١١", "07911"),
        ("tel:07911", "07911"),
        ("\u202a07911\u202c", "07911"),
        ("07911–12", "0791112"),
        ("000", "000"),
        ("12", None),
        ("", None),
        ("Zoë", None),
        ("Studio 54321", None),
        ("zoe@1234.example", None),
        ("()-", None),
    ],
)
def test_a_search_that_is_typed_like_a_number_becomes_digits(
    typed: str, digits: str | None
) -> None:
    assert phone.query_digits(typed) == digits


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def example_of(region: str) -> phonenumbers.PhoneNumber:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    example = example or phonenumbers.example_number(region)
    assert example is not None
    return example


@pytest.mark.parametrize("region", REGIONS)
def test_every_country_reads_back_and_finds_what_it_shows(region: str) -> None:
    e164 = phonenumbers.format_number(example_of(region), phonenumbers.PhoneNumberFormat.E164)
    searched = phone.search_digits(e164)
    for shown in (phone.display(e164, country=region), phone.display_international(e164), e164):
        assert phone.parse(shown, country=region).e164 == e164
        query = phone.query_digits(shown)
        assert query is not None
        assert any(query in way for way in searched.split())


@given(st.sampled_from(REGIONS), st.data())
@settings(deadline=None)
def test_any_run_of_digits_of_a_number_finds_it(region: str, data: st.DataObject) -> None:
    e164 = phonenumbers.format_number(example_of(region), phonenumbers.PhoneNumberFormat.E164)
    way = data.draw(st.sampled_from(phone.search_digits(e164).split()))
    start = data.draw(st.integers(0, len(way) - 3))
    end = data.draw(st.integers(start + 3, len(way)))
    query = phone.query_digits(way[start:end])
    assert query is not None
    assert query in phone.search_digits(e164)


@given(st.text(max_size=80), st.sampled_from(["GB", "US", "IN", "", "XX"]))
@settings(deadline=None)
def test_anything_typed_is_a_number_or_a_known_problem(typed: str, country: str) -> None:
    phone.query_digits(typed)
    with suppress(PhoneError):
        read = phone.parse(typed, country=country)
        assert re.fullmatch(r"\+[1-9][0-9]{3,16}", read.e164)


def test_zones_have_their_present_names() -> None:
    assert phone.zones("+919876543210") == ("Asia/Kolkata",)
    assert phone.zones("+13105550123") == ("America/Los_Angeles",)
    assert phone.zones("+15550102030") == ()


def test_the_table_of_places_is_never_loaded() -> None:
    """It takes seconds and hundreds of megabytes."""
    code = (
        "import sys; from rules import phone; phone.zones('+14155552671');"
        "sys.exit('phonenumbers.geocoder' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
