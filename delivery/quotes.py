"""What a provider said, fit to be kept and shown: some quote the very token that they refuse."""

from dataclasses import replace

from delivery.limits import Account
from providers.base import Accepted, Outcome, Refused

HIDDEN = "•••"


def quotable(outcome: Outcome, account: Account) -> Outcome:
    """Without any of the account's credentials in its words."""
    match outcome:
        case Accepted():
            return outcome
        case Refused(reason=reason):
            return replace(outcome, reason=without_secrets(reason, account))
        case _:
            return replace(outcome, why=without_secrets(outcome.why, account))


def without_secrets(words: str, account: Account) -> str:
    for secret in account.credentials:
        words = words.replace(secret, HIDDEN)
    return words
