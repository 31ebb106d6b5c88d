"""What is read out of an answer, and what may stand as a base URL."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import SettingsError
from providers.http import Answer, checked_base_url


def made(body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=429, headers=named, body=body)


DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({}, None),
        ({"retry_after": "30"}, 30),
        ({"retry_after": " 30 "}, 30),
        ({"retry_after": "0"}, 0),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after": "999999999"}, 86_400),
        ({"retry_after": "9" * 400}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "²"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 12:01:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Sunday, 22-Nov-26 12:01:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Sun Nov 22 12:01:00 2026", "date": DATE}, 60),
        ({"retry_after": "Sun, 22 Nov 2026 11:00:00 GMT", "date": DATE}, 0),
        ({"retry_after": "Sun, 22 Nov 2026 12:01:00 GMT"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 12:01:00 +" + "9" * 30, "date": DATE}, None),
    ],
)
def test_what_a_server_asks_us_to_wait(headers: Mapping[str, str], pause_s: float | None) -> None:
    assert made(**headers).retry_after_s == pause_s


@given(st.text(), st.text())
def test_no_header_breaks_anything(asked: str, date: str) -> None:
    pause_s = made(retry_after=asked, date=date).retry_after_s
    assert pause_s is None or 0 <= pause_s <= 86_400


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"{"])
def test_a_body_that_is_no_json_is_none(body: bytes) -> None:
    assert made(body).json is None


def test_a_body_is_json() -> None:
    assert made(json.dumps({"id": "ñ"}).encode()).json == {"id": "ñ"}


def test_an_answer_shows_nothing_in_a_log() -> None:
    assert "secret" not in repr(made(b"secret", x_key="secret"))


# --- the base URL ---


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.com/", "https://example.com"),
        (" http://192.168.1.20:8080 ", "http://192.168.1.20:8080"),
        ("https://example.com/api/", "https://example.com/api"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_base_url_is_kept_without_its_last_slash(typed: str, kept: str) -> None:
    assert checked_base_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https://a..b",
        "https://example.com:99999",
        "https://[",
        "https://zoe:secret@example.com",
        "https://example.com/?key=secret",
        "https://example.com/#here",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_base_url_is_named(typed: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        checked_base_url(typed)
    assert wrong.value.setting == "base_url"
    assert "secret" not in str(wrong.value)
