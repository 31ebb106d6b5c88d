import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.sms_parts import (
    ALONE,
    GSM7,
    GSM7_EXTENSION,
    JOINED,
    Encoding,
    measure,
    split,
)

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "gsm7"

without_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the vectors of ../shared/vectors/gsm7 are not here"
)


def vector(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


@without_vectors
def test_the_alphabet_is_the_standards() -> None:
    table = vector("table.json")
    assert set(table["basic"]) == GSM7
    assert set(table["extension"]) == GSM7_EXTENSION
    assert table["limits"]["gsm7"] == [ALONE["GSM-7"], JOINED["GSM-7"]]
    assert table["limits"]["ucs2"] == [ALONE["UCS-2"], JOINED["UCS-2"]]


@without_vectors
def test_every_vector_is_counted_as_its_oracle_counts_it() -> None:
    cases = vector("segments.json")["cases"]
    assert cases
    for case in cases:
        found = measure(case["text"])
        expected = (case["encoding"], case["segments"])
        assert (found.encoding, found.parts) == expected, case["name"]
        bits = 7 if found.encoding == "GSM-7" else 16
        assert found.units * bits == case["message_bits"], case["name"]


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "units", "left", "first"),
    [
        ("", "GSM-7", 1, 0, 160, None),
        ("Hi Zoe", "GSM-7", 1, 6, 154, None),
        ("é à ñ ü", "GSM-7", 1, 7, 153, None),
        ("á", "UCS-2", 1, 1, 69, "á"),
        ("It’s “on”", "UCS-2", 1, 9, 61, "’"),
        ("a" * 160, "GSM-7", 1, 160, 0, None),
        ("a" * 161, "GSM-7", 2, 161, 145, None),
        ("€" * 80, "GSM-7", 1, 160, 0, None),
        ("a" * 159 + "€", "GSM-7", 2, 161, 145, None),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 306, 152, None),
        ("я" * 70, "UCS-2", 1, 70, 0, "я"),
        ("я" * 71, "UCS-2", 2, 71, 63, "я"),
        ("😀" * 35, "UCS-2", 1, 70, 0, "😀"),
        ("я" * 66 + "😀" + "я" * 10, "UCS-2", 2, 78, 55, "я"),
        ("\f[]", "GSM-7", 1, 6, 154, None),
        ("a\tb", "UCS-2", 1, 3, 67, "\t"),
    ],
)
def test_a_text_is_measured(
    text: str, encoding: Encoding, parts: int, units: int, left: int, first: str | None
) -> None:
    found = measure(text)
    assert (found.encoding, found.parts, found.units) == (encoding, parts, units)
    assert (found.left, found.first_unicode) == (left, first)


def test_a_pair_is_never_cut() -> None:
    assert split("a" * 152 + "€" + "a" * 152) == ("a" * 152, "€" + "a" * 151, "a")
    assert split("я" * 66 + "😀" + "я" * 10) == ("я" * 66, "😀" + "я" * 10)


anything = st.text(
    alphabet=st.one_of(
        st.sampled_from(sorted(GSM7 | GSM7_EXTENSION)),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=400,
)
simple = st.text(alphabet=sorted(GSM7 | GSM7_EXTENSION), max_size=700)


@given(st.one_of(anything, simple))
@settings(deadline=None)
def test_parts_join_to_the_text_and_each_fits(text: str) -> None:
    found, parts = measure(text), split(text)
    assert "".join(parts) == text
    assert len(parts) == found.parts
    room = ALONE if len(parts) == 1 else JOINED
    units = [units_of(part, found.encoding) for part in parts]
    assert max(units) <= room[found.encoding]
    assert sum(units) == found.units
    assert found.left == room[found.encoding] - units[-1]
    assert found.parts >= math.ceil(found.units / room[found.encoding])


@given(anything)
@settings(deadline=None)
def test_the_first_character_that_costs_is_the_first_outside_the_alphabet(text: str) -> None:
    first = measure(text).first_unicode
    if first is None:
        assert set(text) <= GSM7 | GSM7_EXTENSION
    else:
        assert set(text[: text.index(first)]) <= GSM7 | GSM7_EXTENSION
        assert first not in GSM7 | GSM7_EXTENSION


def units_of(text: str, encoding: str) -> int:
    """By encoding it, which the code under test does not do."""
    if encoding == "UCS-2":
        return len(text.encode("utf-16-le")) // 2
    return len(text) + sum(text.count(character) for character in GSM7_EXTENSION)
