"""Asking a provider something while a person waits for the answer.

The pages never talk to a provider but for this: whether an account works, its templates, and where
it is to call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import cast

from crm.actions.accounts import kept_secrets, settings_of
from crm.actions.secrets import SecretsLostError
from crm.models import ProviderAccount
from providers import registry
from providers.accounts import Check, Problem
from providers.base import Provider
from providers.callbacks import Tellable
from providers.errors import SettingsError, UnknownProviderError

ANSWER_WITHIN_S = 5.0
LONGEST_CODE, LONGEST_WORDS = 60, 300


def check(account: ProviderAccount, *, now: datetime) -> Check:
    """Whether it can be used as it is set up; kept with the account. Sends nothing."""
    answer = _answer(account, lambda provider: provider.check())
    account.last_check, account.checked_at = asdict(answer), now
    account.save(update_fields=["last_check", "checked_at"])
    return answer


def listen(account: ProviderAccount, url: str) -> Check:
    """Let its provider, a tellable one, call `url`, the address of the account."""
    return _answer(account, lambda provider: cast("Tellable", provider).listen(url))


def ask[T](
    account: ProviderAccount, question: Callable[[Provider], Awaitable[T]], *, within_s: float
) -> T:
    """The provider's answer, over a connection of its own.

    Raises SecretsLostError, UnknownProviderError and SettingsError before anything is asked, and
    TimeoutError.
    """
    provider = registry.make(account.provider, settings_of(account))

    async def asking() -> T:
        async with asyncio.timeout(within_s), provider:
            return await question(provider)

    return asyncio.run(asking())


def _answer(account: ProviderAccount, question: Callable[[Provider], Awaitable[Check]]) -> Check:
    return _without_secrets(_asked(account, question), account)


def _asked(account: ProviderAccount, question: Callable[[Provider], Awaitable[Check]]) -> Check:
    try:
        return ask(account, question, within_s=ANSWER_WITHIN_S)
    except TimeoutError:
        return Check(problem=Problem.TIMED_OUT)
    except SettingsError as error:
        return Check(problem=Problem.SETTING, setting=error.setting, words=error.problem)
    except (SecretsLostError, UnknownProviderError):
        return Check(problem=Problem.CREDENTIALS)


def _without_secrets(answer: Check, account: ProviderAccount) -> Check:
    return Check(
        problem=answer.problem,
        setting=answer.setting,
        code=answer.code[:LONGEST_CODE],
        words=quotable(answer.words, account),
        found=quotable(answer.found, account),
    )


def quotable(words: str, account: ProviderAccount) -> str:
    """What a provider said, to be shown and kept: some quote the token that they refuse."""
    for value in kept_secrets(account).values():
        words = words.replace(value, "•••")
    return words.replace("\0", "")[:LONGEST_WORDS]
