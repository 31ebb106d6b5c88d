from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.one_tap import call_link, mail_link, sms_link, whatsapp_link

HARD = "Hi Zoë & Ravi,\n50% off #1 = 2+2? “Yes” 😀 a/b;c"


def test_a_whatsapp_link_has_digits_only_and_the_text() -> None:
    assert (
        whatsapp_link("+447400123456", "Hi Zoë & co\n+1 #2 😀")
        == "https://wa.me/447400123456?text=Hi%20Zo%C3%AB%20%26%20co%0A%2B1%20%232%20%F0%9F%98%80"
    )
    assert whatsapp_link("+447400123456", "") == "https://wa.me/447400123456"


def test_an_sms_link_suits_the_phone() -> None:
    assert (
        sms_link("+447400123456", "Hi & bye", apple=False)
        == "sms:+447400123456?body=Hi%20%26%20bye"
    )
    assert (
        sms_link("+447400123456", "Hi & bye", apple=True) == "sms:+447400123456&body=Hi%20%26%20bye"
    )
    assert sms_link("+447400123456", "", apple=True) == "sms:+447400123456"


def test_a_mail_link_keeps_lines_and_hostile_addresses_apart() -> None:
    assert (
        mail_link("zoe@example.com", subject="A & B", body="1\n2")
        == "mailto:zoe@example.com?subject=A%20%26%20B&body=1%0D%0A2"
    )
    assert mail_link("zoe+shop@example.com") == "mailto:zoe+shop@example.com"
    assert mail_link("a?bcc=b@example.com&x=1").count("?") == 0


def test_a_call_link_dials_the_number() -> None:
    assert call_link("+447400123456") == "tel:+447400123456"


@pytest.mark.parametrize("text", [HARD, "a\r\nb", "&text=other", "?", "%20", "+", "\u2066x\u2069"])
def test_the_text_arrives_as_it_was(text: str) -> None:
    query = urlsplit(whatsapp_link("+447400123456", text)).query
    assert parse_qs(query, keep_blank_values=True) == {"text": [text]}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(deadline=None)
def test_any_text_arrives_as_it_was(text: str) -> None:
    link = whatsapp_link("+447400123456", text)
    assert link.isascii()
    assert parse_qs(urlsplit(link).query, keep_blank_values=True) == {"text": [text]}
    assert sms_link("+447400123456", text, apple=False).count("?") == 1
    assert sms_link("+447400123456", text, apple=True).count("&") == 1


def test_half_a_character_does_not_break_the_link() -> None:
    assert whatsapp_link("+447400123456", "a\ud83db").endswith("?text=ab")
