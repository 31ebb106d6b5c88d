import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.phone_variants import number_variants


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5541988887777", "+554188887777"),  # Curitiba
        ("+5511998765432", "+551198765432"),  # São Paulo
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
def test_both_ways_to_write_a_mobile_find_each_other(one: str, other: str) -> None:
    assert number_variants(one) == (one, other)
    assert number_variants(other) == (other, one)


@pytest.mark.parametrize(
    "number",
    [
        "+34600111222",
        "+15005550001",
        "+554133334444",  # a landline in Curitiba
        "+5541933334444",  # a mobile that never had eight digits
        "+521234567890",  # too short to be a mobile with the 1
        "+5255123456",
        "+54911234567",
        "",
        "US.13491208655302741918",
    ],
)
def test_other_numbers_are_only_themselves(number: str) -> None:
    assert number_variants(number) == (number,)


@settings(deadline=None)
@given(st.from_regex(r"\A\+5[245][0-9]{8,12}\Z"))
def test_a_variant_s_variants_are_the_same_numbers(number: str) -> None:
    variants = number_variants(number)
    assert variants[0] == number
    for one in variants:
        assert set(number_variants(one)) == set(variants)
