import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.message_text import PLACEHOLDERS, render, used

ZOE = {"first_name": "Zoë", "business": "Salon {name}", "invoice_amount": "€129.95"}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("Hi {first_name}, from {business}", "Hi Zoë, from Salon {name}"),
        ("Hi {First name}!", "Hi Zoë!"),
        ("Hi { first-name }!", "Hi Zoë!"),
        ("{{first_name}} is {first_name}", "{first_name} is Zoë"),
        ("{{{first_name}}}", "{Zoë}"),
        ("{{1}} }} {{", "{1} } {"),
        ("a { b } {", "a { b } {"),
        ("} {} {1} {first_name", "} {} {1} {first_name"),
        ("{'a': 1}", "{'a': 1}"),
        ("Twice {first_name} {first_name}", "Twice Zoë Zoë"),
        ("  no  placeholders , here  ", "  no  placeholders , here  "),
        ("", ""),
    ],
)
def test_values_go_where_their_placeholders_are(text: str, rendered: str) -> None:
    assert render(text, ZOE).text == rendered


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("Hi {name}, your order is ready", "Hi, your order is ready"),
        ("Hi {name}! Your order", "Hi! Your order"),
        ("Bonjour {name} !", "Bonjour !"),
        ("{name}, your order is ready", "Your order is ready"),
        ("{name}: your order", "Your order"),
        ("{name} iPhone repair", "iPhone repair"),
        ("Your order from {company} is ready", "Your order from is ready"),
        ("Ana, {company}, Rome", "Ana, Rome"),
        ("Hola, {name}", "Hola"),
        ("on {date}, {time}", "on"),
        ("Invoice ({invoice_for}) is due", "Invoice is due"),
        ("Invoice “{invoice_for}” is due", "Invoice is due"),
        ('Invoice "{invoice_for}".', "Invoice."),
        ("{name} {company} hello", "hello"),
        ("Hi {name} {company}, hello", "Hi, hello"),
        ("Hi\n{company}\nBye", "Hi\nBye"),
        ("{company}\nBye", "Bye"),
        ("{company}\n\nBye", "Bye"),
        ("Bye\n{company}", "Bye"),
        ("Hi,\n\n{company}\n\nBye", "Hi,\n\nBye"),
        ("Hi {name}\nYour order", "Hi\nYour order"),
        ("Hi\u00a0{name}\u00a0!", "Hi\u00a0!"),
        ("مرحبا {name}، طلبك", "مرحبا، طلبك"),
        ("{name}様、こんにちは", "様、こんにちは"),
        ("{name}", ""),
    ],
)
def test_a_missing_value_leaves_a_clean_sentence(text: str, rendered: str) -> None:
    result = render(text, {"name": "  "})
    assert result.text == rendered
    assert result.missing


def test_what_is_missing_and_what_is_unknown_is_told_once_each_in_order() -> None:
    result = render("{time} {name} {time} {prénom} {Whats This} {first_name}", ZOE)
    assert result.missing == ("time", "name")
    assert result.unknown == ("prénom", "whats_this")
    assert "{prénom} {Whats This} Zoë" in result.text


def test_a_value_for_an_unknown_placeholder_is_not_used() -> None:
    result = render("{password}", {"password": "secret"})
    assert (result.text, result.unknown) == ("{password}", ("password",))


def test_used_lists_each_placeholder_once_in_order() -> None:
    text = "{time} {{date}} {First Name} {time} {wrong}"
    assert used(text) == ("time", "first_name", "wrong")


texts = st.text(alphabet="{} ab_,\n\0(first_name)é", max_size=60)


@given(texts, st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text(max_size=20)))
@example("{first_name}", {"first_name": "{name}{{\0"})
@settings(deadline=None)
def test_any_text_renders_and_holds_no_mark_of_ours(text: str, values: dict[str, str]) -> None:
    result = render(text, values)
    assert "\0" not in result.text
    assert set(result.missing) <= set(PLACEHOLDERS)
    assert set(result.missing) | set(result.unknown) <= set(used(text.replace("\0", "")))


@given(st.text(alphabet=st.characters(exclude_characters="{}\0"), max_size=80))
@settings(deadline=None)
def test_text_without_braces_stays_as_it_is(text: str) -> None:
    assert render(text, {}).text == text


@given(st.sampled_from(PLACEHOLDERS), st.text(min_size=1, max_size=40))
@settings(deadline=None)
def test_a_value_is_put_in_as_it_is_and_never_read_again(name: str, value: str) -> None:
    put = value.replace("\0", "").strip()
    rendered = render(f"a {{{name}}} b", {name: value})
    assert rendered.text == (f"a {put} b" if put else "a b")
    assert rendered.unknown == ()


def test_a_long_text_of_braces_takes_no_time() -> None:
    assert render("{" * 4096, {}).text == "{" * 2048
    assert render("{name} " * 500 + "x", {}).text == "x"
