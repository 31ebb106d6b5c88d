"""Each problem and state of an account has its sentence, and a template shows what is filled in."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from crm.models import MessageTemplate, ProviderAccount
from crm.templatetags import account_words
from crm.templatetags.account_words import AccountState
from providers.accounts import Problem
from providers.templates import TemplateState
from tests.crm.actions.test_accounts import connect
from tests.make import NOW, make_account


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_says_what_is_wrong_and_what_to_do(problem: Problem) -> None:
    account = ProviderAccount(provider="twilio", last_check={"problem": problem.value})
    wrong, mend = account_words.what_is_wrong(account), account_words.how_to_mend(account)
    assert wrong.endswith(".")
    assert mend.endswith(".")
    assert "%(" not in wrong + mend


def test_an_account_that_works_has_nothing_wrong() -> None:
    for found in ({}, {"problem": None, "found": "+34"}):
        account = ProviderAccount(provider="twilio", last_check=found)
        assert account_words.what_is_wrong(account) == account_words.how_to_mend(account) == ""


def test_the_providers_words_stand_with_its_code() -> None:
    account = ProviderAccount(last_check={"words": "Authenticate", "code": "20003"})
    assert account_words.providers_words(account) == "Authenticate · 20003"


@pytest.mark.parametrize("state", AccountState)
def test_every_state_of_an_account_is_icon_and_word(state: AccountState) -> None:
    assert "<svg" in account_words.account_pill(state)


@pytest.mark.parametrize("state", TemplateState)
def test_every_state_of_a_template_is_icon_and_word(state: TemplateState) -> None:
    assert "<svg" in account_words.template_pill(state)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, AccountState.TEST_RUN),
        ({"provider": "whatsapp_cloud"}, AccountState.WORKING),
        ({"provider": "of_tomorrow"}, AccountState.UNKNOWN),
        ({"provider": "whatsapp_cloud", "paused_because": "190"}, AccountState.PAUSED),
        ({"held_until": NOW + timedelta(hours=1)}, AccountState.WAITING),
        ({"held_until": NOW - timedelta(hours=1)}, AccountState.TEST_RUN),
        ({"secrets": "of another key", "paused_because": "190"}, AccountState.LOCKED),
    ],
)
def test_the_state_of_an_account(changes: dict[str, Any], state: AccountState) -> None:
    assert account_words.state_of(make_account(**changes), NOW) is state


@pytest.mark.django_db
def test_an_account_is_locked_once_its_key_is_another(settings: Settings) -> None:
    account = connect()
    assert account_words.state_of(account, NOW) is AccountState.WORKING
    settings.SECRET_KEY = "of another installation " * 3
    assert account_words.state_of(account, NOW) is AccountState.LOCKED


def slot(mark: str, part: str = "body") -> dict[str, str]:
    return {"key": f"{part}.x", "mark": mark, "part": part, "example": ""}


@pytest.mark.parametrize(
    ("body", "slots", "drawn"),
    [
        ("Hello", [], "Hello"),
        ("Hi {{1}}!", [slot("{{1}}")], 'Hi <mark class="slot">{{1}}</mark>!'),
        ("<b>{{1}}</b>", [slot("{{1}}")], '&lt;b&gt;<mark class="slot">{{1}}</mark>&lt;/b&gt;'),
        ("Hi {{1}}", [slot("{{1}}", "header")], "Hi {{1}}"),
        ("Hi {{1}}", [slot("")], "Hi {{1}}"),
        ("a", [slot("<i>")], "a"),
    ],
)
def test_what_is_filled_in_stands_out(body: str, slots: list[dict[str, str]], drawn: str) -> None:
    assert account_words.marked(MessageTemplate(body=body, slots=slots), "body") == drawn
