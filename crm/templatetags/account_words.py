"""How an account is, in words: what is wrong, and what to do about it."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.accounts import has_lost_secrets
from crm.models import MessageTemplate, ProviderAccount
from crm.templatetags.design import icon
from providers import registry
from providers.accounts import Problem
from providers.registry import Entry
from providers.templates import TemplateState

register = template.Library()

type Words = str | Promise


class AccountState(StrEnum):
    TEST_RUN = "test_run"
    WORKING = "working"
    WAITING = "waiting"  # its provider asked for a pause
    PAUSED = "paused"  # its provider refuses all of it
    LOCKED = "locked"  # its credentials cannot be read any more
    UNKNOWN = "unknown"  # a provider of another version of the program


#: What is wrong, and what to do. `%(provider)s` stands for the provider's name.
PROBLEMS: dict[Problem, tuple[Words, Words]] = {
    Problem.UNREACHABLE: (
        _("%(provider)s could not be reached."),
        _("Look whether this machine is on the internet and the address is right."),
    ),
    Problem.TIMED_OUT: (
        _("%(provider)s did not answer in time."),
        _("Try again in a minute. If it stays so, look at the provider’s status page."),
    ),
    Problem.TLS: (
        _("The address has no valid certificate, so it may not be %(provider)s at all."),
        _("Check the address, and this machine’s clock."),
    ),
    Problem.CREDENTIALS: (
        _("%(provider)s does not accept the credentials."),
        _("Copy them from the provider once more, without spaces around them."),
    ),
    Problem.PERMISSION: (
        _("%(provider)s knows the account, but does not let it do this."),
        _("Give it the right to send messages there, or use credentials that have it."),
    ),
    Problem.SENDER: (
        _("The number or name to send from does not belong to this account."),
        _("Compare it with what the provider shows."),
    ),
    Problem.NOT_FOUND: (
        _("%(provider)s does not know what is named here."),
        _("Compare it with what the provider shows: a digit may be missing."),
    ),
    Problem.PAYMENT: (
        _("The account at %(provider)s has no credit, or no way to pay."),
        _("Top it up or mend the payment there, then let it send again here."),
    ),
    Problem.SUSPENDED: (
        _("%(provider)s has suspended the account."),
        _("Its support says why. Until then, send by hand or connect another provider."),
    ),
    Problem.LIMITED: (
        _("%(provider)s has been asked too often just now."),
        _("Nothing is wrong with the settings. Check again in a few minutes."),
    ),
    Problem.OFFLINE: (
        _("The phone has not been heard of lately."),
        _("Look whether it is on, has a network, and the app is started."),
    ),
    Problem.SETTING: (
        _("A setting cannot be read."),
        _("Correct it here."),
    ),
    Problem.ANSWER: (
        _("Something answered, but not as %(provider)s would."),
        _("Check the address. If it is right, try again in a while."),
    ),
}

_STATES: dict[AccountState, tuple[str, str, Words]] = {
    AccountState.TEST_RUN: ("upcoming", "command-line", _("Test run")),
    AccountState.WORKING: ("done", "check-circle", _("Sends by itself")),
    AccountState.WAITING: ("due", "clock", _("Waits")),
    AccountState.PAUSED: ("failed", "pause-circle", _("Stopped")),
    AccountState.LOCKED: ("failed", "lock-closed", _("Needs its credentials")),
    AccountState.UNKNOWN: ("failed", "question-mark-circle", _("Unknown provider")),
}

_TEMPLATE_STATES: dict[str, tuple[str, str, Words]] = {
    TemplateState.APPROVED: ("done", "check-circle", _("Approved")),
    TemplateState.PENDING: ("upcoming", "clock", _("In review")),
    TemplateState.REJECTED: ("failed", "x-circle", _("Rejected")),
    TemplateState.PAUSED: ("due", "pause-circle", _("Paused")),
    TemplateState.DISABLED: ("failed", "no-symbol", _("Disabled")),
    TemplateState.DELETED: ("over", "trash", _("Deleted")),
    TemplateState.UNKNOWN: ("due", "question-mark-circle", _("Unknown")),
}


_SLOT = '<mark class="slot">{}</mark>'


def state_of(account: ProviderAccount, now: datetime) -> AccountState:
    if account.provider not in registry.PROVIDERS:
        return AccountState.UNKNOWN
    if has_lost_secrets(account):
        return AccountState.LOCKED
    if account.paused_because:
        return AccountState.PAUSED
    if account.held_until and account.held_until > now:
        return AccountState.WAITING
    return AccountState.TEST_RUN if account.is_test_run else AccountState.WORKING


@register.filter
def provider_title(account: ProviderAccount) -> str:
    entry = registry.PROVIDERS.get(account.provider)
    return title_of(entry) if entry else account.provider


def title_of(entry: Entry) -> str:
    """Providers' names are their own in every language; only the test run's is ours."""
    return gettext("Test run") if entry.name == "console" else entry.title


@register.filter
def account_name(account: ProviderAccount) -> str:
    return account.label or provider_title(account)


@register.filter
def account_pill(state: str) -> SafeString:
    return _pill(*_STATES[AccountState(state)])


@register.filter
def template_pill(state: str) -> SafeString:
    return _pill(*_TEMPLATE_STATES[state])


@register.filter
def marked(template: MessageTemplate, part: str) -> SafeString:
    """Its header or body, with the places to be filled in standing out."""
    text = str(getattr(template, part))
    marks = {slot["mark"] for slot in template.slots if slot["part"] == part and slot["mark"]}
    if not marks:
        return conditional_escape(text)
    pieces = re.split(f"({'|'.join(re.escape(mark) for mark in sorted(marks))})", text)
    words = (format_html(_SLOT, piece) if piece in marks else piece for piece in pieces)
    return format_html_join("", "{}", ((one,) for one in words))


def _pill(tone: str, icon_name: str, word: Words) -> SafeString:
    drawn = icon(icon_name, "micro")
    return format_html('<span class="pill tone-{}">{}<span>{}</span></span>', tone, drawn, word)


@register.filter
def what_is_wrong(account: ProviderAccount) -> str:
    """What the last check found, empty where all was well or nobody has looked."""
    return said(account.last_check, account)[0]


@register.filter
def how_to_mend(account: ProviderAccount) -> str:
    return said(account.last_check, account)[1]


@register.filter
def providers_words(account: ProviderAccount) -> str:
    """Its own words and code: a person may have to quote them to its support."""
    found = account.last_check
    return " · ".join(filter(None, (found.get("words"), found.get("code"))))


def said(found: Mapping[str, Any], account: ProviderAccount) -> tuple[str, str]:
    """What is wrong and what to do, by a Check as JSON."""
    if not found.get("problem"):
        return "", ""
    names = {"provider": provider_title(account)}
    wrong, mend = PROBLEMS[Problem(found["problem"])]
    return str(wrong) % names, str(mend) % names
