"""Setting an account up: what it needs to be told, and whether that works.

The sentences for people, in their language, belong to the pages (`crm/templatetags`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from providers.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing an account has to be told, by the name that the command line uses too.

    A `secret` is kept encrypted and never shown again. `kind` is "text", "url", "phone", "choice",
    "multiline" or "token": a word of our own making that the provider is told. `default` is what
    stands where nothing was said.
    """

    name: str
    required: bool = True
    secret: bool = False
    kind: str = "text"
    default: str = ""
    choices: tuple[str, ...] = ()


def read_settings(declared: Sequence[Setting], settings: Mapping[str, object]) -> Mapping[str, str]:
    """Each declared setting as text without space around it; what is not declared is left out.

    Raises SettingsError for the first that is missing, no choice, or breaks its line.
    """
    return {one.name: _read(one, settings.get(one.name)) for one in declared}


def _read(setting: Setting, given: object) -> str:
    text = "" if given is None else str(given).strip()
    text = text or setting.default
    if setting.required and not text:
        raise SettingsError(setting.name, "is missing")
    if text and setting.choices and text not in setting.choices:
        raise SettingsError(setting.name, "is one of: " + ", ".join(setting.choices))
    if setting.kind != "multiline" and not text.isprintable():
        raise SettingsError(setting.name, "holds a character that cannot be printed")
    return text


class Problem(StrEnum):
    """Why an account cannot be used, in the closed set that a person is told."""

    UNREACHABLE = "unreachable"  # no connection to the address
    TIMED_OUT = "timed_out"
    TLS = "tls"  # the address's certificate is not valid
    CREDENTIALS = "credentials"  # who we are is not accepted
    PERMISSION = "permission"  # accepted, but may not do this
    SENDER = "sender"  # the number, name or service to send from is not the account's
    NOT_FOUND = "not_found"  # the account, number or device named does not exist
    PAYMENT = "payment"
    SUSPENDED = "suspended"
    LIMITED = "limited"  # asked too often; try again in a while
    OFFLINE = "offline"  # a phone that has not been heard of lately
    SETTING = "setting"  # a setting cannot be read
    ANSWER = "answer"  # something answered, but not what the provider would say


@dataclass(frozen=True, kw_only=True)
class Check:
    """`problem` is None where all is well; `setting` is the one to look at, where one is known.

    `code` and `words` are the provider's own; `found` is what it calls the account: a number, a
    name, a device.
    """

    problem: Problem | None = None
    setting: str = ""
    code: str = ""
    words: str = ""
    found: str = ""
