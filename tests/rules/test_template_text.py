import pytest

from rules.template_text import TemplateTextProblem, filled, is_too_long, problem_of

SLOTS = [
    {"key": "header.1", "mark": "{{1}}", "part": "header"},
    {"key": "body.1", "mark": "{{1}}", "part": "body"},
    {"key": "body.2", "mark": "{{2}}", "part": "body"},
]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("Zoë", None),
        ("Tuesday,    9:00", None),  # four spaces are allowed
        ("", TemplateTextProblem.EMPTY),
        ("  ", TemplateTextProblem.EMPTY),
        ("12 High St\nLeeds", TemplateTextProblem.NEW_LINE),
        ("12 High St\r\nLeeds", TemplateTextProblem.NEW_LINE),
        ("12 High St\u2028Leeds", TemplateTextProblem.NEW_LINE),
        ("12 High St\tLeeds", TemplateTextProblem.TAB),
        ("Leeds     LS1", TemplateTextProblem.SPACES),
        ("Leeds \xa0 \xa0 LS1", TemplateTextProblem.SPACES),
        ("x" * 1024, None),
        ("x" * 1025, TemplateTextProblem.TOO_LONG),
    ],
)
def test_a_value_that_meta_would_refuse_is_named(
    value: str, problem: TemplateTextProblem | None
) -> None:
    assert problem_of(value) == problem


def test_a_header_holds_less_than_a_body() -> None:
    assert problem_of("x" * 60, part="header") is None
    assert problem_of("x" * 61, part="header") is TemplateTextProblem.TOO_LONG


def test_the_reader_s_text_has_the_values_in_their_places() -> None:
    values = {"header.1": "Reminder", "body.1": "Zoë", "body.2": "9:00"}
    assert filled("Hi {{1}}, see you at {{2}}. {{1}}!", SLOTS, values) == (
        "Hi Zoë, see you at 9:00. Zoë!"
    )
    assert filled("{{1}}", SLOTS, values, part="header") == "Reminder"


def test_named_places_are_filled_too() -> None:
    slots = [{"key": "body.first_name", "mark": "{{first_name}}", "part": "body"}]
    assert filled("Hi {{first_name}}", slots, {"body.first_name": "Zoë"}) == "Hi Zoë"


def test_what_has_no_value_keeps_its_mark() -> None:
    assert filled("Hi {{1}} at {{2}}", SLOTS, {"body.2": "9:00"}) == "Hi {{1}} at 9:00"
    assert filled("Hi", [], {}) == "Hi"


def test_a_value_is_never_taken_for_a_place() -> None:
    assert filled("{{1}} {{2}}", SLOTS, {"body.1": "{{2}}", "body.2": "{{1}}"}) == "{{2}} {{1}}"


def test_a_body_has_to_fit_with_everything_filled_in() -> None:
    assert not is_too_long("x" * 1024)
    assert is_too_long("x" * 1025)
    assert is_too_long("x" * 61, part="header")
