"""What templates take from the design system."""

import pytest

from crm.templatetags.design import STATES, avatar, icon, icon_sprite, initials, pill, tone
from rules.message_states import Status


@pytest.mark.parametrize("status", Status)
def test_every_message_state_has_a_pill(status: Status) -> None:
    assert tone(status) in {"due", "failed", "done", "upcoming", "over"}


def test_pill_says_its_state_with_icon_and_word() -> None:
    assert pill("failed") == (
        '<span class="pill tone-failed"><svg class="icon-s" aria-hidden="true">'
        '<use href="#i-exclamation-triangle"/></svg><span>Failed</span></span>'
    )


def test_pill_takes_other_words_and_escapes_them() -> None:
    assert "<span>due &lt;4 min</span>" in pill("due", "due <4 min")


def test_sprite_holds_the_icon_of_every_state_once() -> None:
    sprite = icon_sprite()
    for _tone, name, _word in STATES.values():
        assert sprite.count(f'id="i-{name}"') == 1


def test_icon_is_hidden_from_those_who_listen() -> None:
    assert 'aria-hidden="true"' in icon("plus")
    assert 'class="icon icon-s flip"' in icon("arrow-left", "micro", "flip")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Zoë O’Neill", "ZO"),
        ("Ravi", "R"),
        ("María del Carmen Ruiz", "MR"),
        ("陳小明", "陳"),
        ("مريم الحسيني", "ما"),
        ("(Ana) «Ruiz»", "AR"),
        ("💇 Salon", "S"),
        ("…", "?"),
        ("", "?"),
    ],
)
def test_initials_are_letters_of_the_first_and_last_word(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_avatar_keeps_its_hue_when_the_name_changes() -> None:
    hues = {avatar(name, 7).split("hue-")[1].split('"')[0] for name in ("Ana Ruiz", "Ana López")}
    assert len(hues) == 1
    assert 1 <= int(hues.pop()) <= 12


def test_avatar_escapes_what_stands_in_a_name() -> None:
    assert "<script>" not in avatar("<script> <script>")
