import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.sms_parts import GSM7, GSM7_EXTENSION, measure
from rules.sms_plain import plain, replaceable

anything = st.text(
    alphabet=st.one_of(
        st.sampled_from(sorted(GSM7 | GSM7_EXTENSION)),
        st.sampled_from("‘’“”–—…\u00a0\u202f\u200b•«»áêőçß"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=400,
)


def test_typography_is_written_plainly() -> None:
    typeset = "It’s “done” – see you… at\u00a09:00\u200b \u2022 ‹ok›"
    assert plain(typeset) == 'It\'s "done" - see you... at 9:00 - <ok>'
    assert measure(plain(typeset)).encoding == "GSM-7"


def test_an_accent_typed_apart_joins_its_letter() -> None:
    assert plain("Cafe\u0301") == "Café"
    assert measure(plain("Cafe\u0301")).encoding == "GSM-7"


def test_what_can_be_replaced_is_named_once_in_the_order_of_the_text() -> None:
    assert replaceable("“Zoë”—it’s ready—“ok” ✂ ê") == ("“", "”", "—", "’")


def test_a_sign_of_the_alphabet_and_a_letter_are_no_reason() -> None:
    assert replaceable("It's 5 € - é à ñ ü á ê 😀 Ω") == ()


@given(anything)
@settings(deadline=None)
def test_plain_letters_stay_and_plain_text_is_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert replaceable(plain(text)) == ()
    if measure(text).encoding == "GSM-7":
        assert plain(text) == text


@given(anything)
@settings(deadline=None)
def test_no_letter_is_taken_for_another(text: str) -> None:
    """ʼ is a letter to Unicode and an apostrophe to whoever types it."""
    composed = unicodedata.normalize("NFC", text)
    letters = [sign for sign in composed if unicodedata.category(sign)[0] == "L" and sign != "ʼ"]
    assert [sign for sign in plain(text) if unicodedata.category(sign)[0] == "L"] == letters
