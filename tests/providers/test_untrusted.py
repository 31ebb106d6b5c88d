from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import untrusted
from providers.errors import UnreadableError

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[1]", b'"text"', b"null", b"[" * 100_000, b"1" * 5000]
)
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        untrusted.parsed(body)


def test_what_is_wanted_is_given() -> None:
    assert untrusted.parsed(b'{"a": 1}') == {"a": 1}
    assert untrusted.mapping({"a": 1}) == {"a": 1}
    assert untrusted.mappings([{"a": 1}, 2, None]) == [{"a": 1}]
    assert untrusted.text("Zoë") == "Zoë"
    assert untrusted.text(1689556908129835) == "1689556908129835"
    assert untrusted.first_text(None, "", 3, "x") == "3"
    assert untrusted.number(2.5) == 2.5
    assert untrusted.epoch("1750000000", NOW) == datetime.fromtimestamp(1750000000, UTC)
    assert untrusted.epoch(1750000000, NOW) == datetime.fromtimestamp(1750000000, UTC)


def test_what_is_not_wanted_is_empty() -> None:
    assert untrusted.mapping([1]) == {}
    assert untrusted.mappings({"a": 1}) == []
    assert untrusted.text(True) == untrusted.text(["x"]) == untrusted.text(1.5) == ""
    assert untrusted.first_text() == ""
    assert untrusted.number("2") == untrusted.number(True) == untrusted.number(10**30) == 0.0
    assert untrusted.epoch("soon", NOW) == untrusted.epoch(-5, NOW) == NOW


@settings(deadline=None)
@given(ANYTHING)
def test_nothing_is_too_odd_to_be_read(value: object) -> None:
    untrusted.mapping(value)
    untrusted.mappings(value)
    untrusted.text(value).encode()
    assert "\0" not in untrusted.text(value)
    assert abs(untrusted.number(value)) <= 10**15
    assert untrusted.epoch(value, NOW).tzinfo is UTC
