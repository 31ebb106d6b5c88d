from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import money
from rules.money import MoneyError, MoneyProblem


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "amount"),
    [
        ("12", "USD", "en", "12.00"),
        ("12.5", "USD", "en", "12.50"),
        ("12,5", "USD", "en", "12.50"),
        (".5", "USD", "en", "0.50"),
        ("12.", "USD", "en", "12.00"),
        ("0", "USD", "en", "0.00"),
        ("1,234", "USD", "en", "1234.00"),
        ("1,234.50", "USD", "en", "1234.50"),
        ("1,234,567.89", "USD", "en", "1234567.89"),
        ("1.234,50", "EUR", "de", "1234.50"),
        ("1,234.50", "EUR", "de", "1234.50"),
        ("1.234", "EUR", "de", "1234.00"),
        ("12.50", "EUR", "de", "12.50"),
        ("1234.5", "EUR", "de", "1234.50"),
        ("1.234.567,89", "EUR", "de", "1234567.89"),
        ("1 234,50", "EUR", "fr", "1234.50"),
        ("1\u202f234,50\u00a0€", "EUR", "fr", "1234.50"),
        ("1’234.50", "CHF", "de_CH", "1234.50"),
        ("1'234.50", "CHF", "de_CH", "1234.50"),
        ("1,23,456.78", "INR", "en_IN", "123456.78"),
        ("1.000.000", "IDR", "id", "1000000.00"),
        ("١٬٢٣٤٫٥٠", "EGP", "ar_EG", "1234.50"),
        ("۱۲۳", "IRR", "fa", "123.00"),
        ("１２３", "JPY", "ja", "123"),
        ("1.234", "KWD", "en", "1.234"),
        ("0,500", "USD", "en", "0.50"),
        ("€ 12", "EUR", "nl", "12.00"),
        ("12 €", "EUR", "de", "12.00"),
        ("€12", "EUR", "en_IE", "12.00"),
        ("12,- €", "EUR", "nl", "12.00"),
        ("€1.234,-", "EUR", "nl", "1234.00"),
        ("CHF 12.–", "CHF", "de_CH", "12.00"),
        ("EUR 12", "EUR", "de", "12.00"),
        ("12 eur", "EUR", "de", "12.00"),
        ("$12", "USD", "en", "12.00"),
        ("$12", "CAD", "en_CA", "12.00"),
        ("$12", "MXN", "es_MX", "12.00"),
        ("US$ 12", "USD", "es", "12.00"),
        ("£12", "GBP", "de", "12.00"),
        ("R$ 12,50", "BRL", "pt_BR", "12.50"),
        ("12 kr", "SEK", "sv", "12.00"),
        ("kr. 12", "DKK", "da", "12.00"),
        ("12 zł", "PLN", "pl", "12.00"),
        ("Rs. 500", "INR", "en_IN", "500.00"),
        ("Rs.50", "INR", "en_IN", "50.00"),
        ("kr.12", "DKK", "da", "12.00"),
        ("Cg.1,234.50", "XCG", "en", "1234.50"),
        ("EUR .50", "EUR", "en", "0.50"),
        ("€.50", "EUR", "en", "0.50"),
        ("₹500/-", "INR", "en_IN", "500.00"),
        ("د.إ 12", "AED", "ar", "12.00"),
        ("¥1,200.00", "JPY", "ja", "1200"),
        ("1200円", "JPY", "ja", "1200"),
        ("999999999999.99", "USD", "en", "999999999999.99"),
    ],
)
def test_an_amount_is_read_as_people_there_type_it(
    typed: str, currency: str, locale: str, amount: str
) -> None:
    read = money.parse_amount(typed, currency=currency, locale=locale)
    assert str(read) == amount


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "problem"),
    [
        ("", "EUR", "de", MoneyProblem.EMPTY),
        (" \u00a0\t", "EUR", "de", MoneyProblem.EMPTY),
        ("abc", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("€", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("1e5", "USD", "en", MoneyProblem.NOT_A_NUMBER),
        ("NaN", "USD", "en", MoneyProblem.NOT_A_NUMBER),
        ("Infinity", "USD", "en", MoneyProblem.NOT_A_NUMBER),
        ("0x10", "USD", "en", MoneyProblem.NOT_A_NUMBER),
        ("12 34", "EUR", "en", MoneyProblem.NOT_A_NUMBER),
        ("12 € 13", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("1,2,3", "USD", "en", MoneyProblem.NOT_A_NUMBER),
        ("1.2.3,4", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("1,234.567,89", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("1,5 0", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("1,,2", "EUR", "de", MoneyProblem.NOT_A_NUMBER),
        ("12½", "EUR", "fr", MoneyProblem.NOT_A_NUMBER),
        ("12⁵⁰", "EUR", "fr", MoneyProblem.NOT_A_NUMBER),
        ("12 apples", "EUR", "en", MoneyProblem.NOT_A_NUMBER),
        ("<b>12</b>", "EUR", "en", MoneyProblem.NOT_A_NUMBER),
        ("1" * 5000, "EUR", "en", MoneyProblem.NOT_A_NUMBER),
        ("-5", "USD", "en", MoneyProblem.NEGATIVE),
        ("−5", "USD", "en", MoneyProblem.NEGATIVE),
        ("$-5", "USD", "en", MoneyProblem.NEGATIVE),
        ("-$5", "USD", "en", MoneyProblem.NEGATIVE),
        ("(5)", "USD", "en", MoneyProblem.NEGATIVE),
        ("1.234", "USD", "en", MoneyProblem.TOO_MANY_DECIMALS),
        ("1234,567", "EUR", "de", MoneyProblem.TOO_MANY_DECIMALS),
        ("1200.5", "JPY", "ja", MoneyProblem.TOO_MANY_DECIMALS),
        ("1000000000000", "USD", "en", MoneyProblem.TOO_LARGE),
        ("£12", "EUR", "en", MoneyProblem.OTHER_CURRENCY),
        ("12 USD", "EUR", "en", MoneyProblem.OTHER_CURRENCY),
        ("CA$12", "EUR", "en", MoneyProblem.OTHER_CURRENCY),
    ],
)
def test_what_is_no_amount_is_refused_with_what_is_wrong(
    typed: str, currency: str, locale: str, problem: MoneyProblem
) -> None:
    with pytest.raises(MoneyError) as refused:
        money.parse_amount(typed, currency=currency, locale=locale)
    assert refused.value.code is problem


def test_amounts_are_rounded_half_up_to_the_minor_unit() -> None:
    assert str(money.quantise(Decimal("0.005"), "EUR")) == "0.01"
    assert str(money.quantise(Decimal("2.675"), "EUR")) == "2.68"
    assert str(money.quantise(Decimal("-0.005"), "EUR")) == "-0.01"
    assert str(money.quantise(Decimal("1.5"), "JPY")) == "2"
    assert str(money.quantise(Decimal("1.0005"), "KWD")) == "1.001"
    assert money.minor_digits("ISK") == 0
    assert money.minor_digits("TND") == 3
    assert money.minor_digits("EUR") == 2


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        ("1234.5", "EUR", "de", "1.234,50\u00a0€"),
        ("1234.5", "USD", "en", "$1,234.50"),
        ("1234.5", "EUR", "fr", "1\u202f234,50\u00a0€"),
        ("1234567", "INR", "en_IN", "₹12,34,567.00"),
        ("1234.4", "JPY", "en", "¥1,234"),
        ("1.5", "KWD", "en", "KWD\u00a01.500"),
        ("-5", "USD", "en", "-$5.00"),
        ("1234", "RSD", "sr", "1.234\u00a0RSD"),
        ("1234.5", "RSD", "sr", "1.234,50\u00a0RSD"),
        ("12.34", "EUR", "pt-br", "€\u00a012,34"),
        ("12.34", "EUR", "not a locale", "€12.34"),
    ],
)
def test_an_amount_is_shown_as_its_reader_writes_it(
    amount: str, currency: str, locale: str, shown: str
) -> None:
    assert money.format_money(Decimal(amount), currency, locale) == shown


@given(
    st.decimals(0, 999_999_999, places=3),
    st.sampled_from(money.CURRENCIES),
    st.sampled_from(["en", "de", "fr", "de_CH", "en_IN", "ar_EG", "fa", "ja", "pt_BR", "pl", "hi"]),
)
@settings(deadline=None)
def test_what_is_shown_reads_back(amount: Decimal, currency: str, locale: str) -> None:
    exact = money.quantise(amount, currency)
    for shown in (
        money.format_plain(exact, currency, locale),
        money.format_money(exact, currency, locale),
    ):
        assert money.parse_amount(shown, currency=currency, locale=locale) == exact


@given(st.text(max_size=30), st.sampled_from(["en", "de", "fr", "ar_EG"]))
@settings(deadline=None)
def test_anything_typed_is_an_amount_or_a_known_problem(typed: str, locale: str) -> None:
    try:
        read = money.parse_amount(typed, currency="EUR", locale=locale)
    except MoneyError:
        return
    assert 0 <= read < money.LARGEST
    assert read == money.quantise(read, "EUR")


def test_currencies_are_those_people_pay_with() -> None:
    assert {"EUR", "USD", "INR", "KWD", "CHF", "ZAR"} <= set(money.CURRENCIES)
    assert not {"BGN", "HRK", "DEM", "XAU", "XXX"} & set(money.CURRENCIES)
    assert list(money.CURRENCIES) == sorted(money.CURRENCIES)
    assert money.currency_for("GB") == "GBP"
