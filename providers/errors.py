"""What providers' refusals mean, in one closed set, and the errors of setting a provider up.

    ProviderError
    ├ UnknownProviderError   no provider has this name
    ├ SettingsError          a setting is missing or cannot be read
    ├ LookupFailedError      what was asked for could not be had
    └ UnreadableError        a callback is not what the provider would say

What goes wrong while sending is no exception: it is an outcome (see base.py).
"""

from enum import StrEnum
from types import MappingProxyType

from rules.reasons import Reason


class ErrorKind(StrEnum):
    """Each provider's table of codes leads here; a code in no table is UNKNOWN."""

    PERMANENT_RECIPIENT = "permanent_recipient"  # this number can never receive it
    CONTENT = "content"  # this text or template can never go
    CONFIGURATION = "configuration"  # sender, region or permission set up wrongly
    ACCOUNT = "account"  # credentials, payment or a ban: nothing goes on this channel
    RATE = "rate"  # too much at once: certainly not taken, may go after a pause
    QUOTA = "quota"  # the day's or the portfolio's limit: not before tomorrow
    WINDOW = "window"  # WhatsApp's 24 hours since the customer's last message are over
    TEMPLATE = "template"  # this template is not, or no longer, approved
    OPT_OUT = "opt_out"
    EXPIRED = "expired"
    TRANSIENT = "transient"  # certainly not taken; may go later
    UNCERTAIN = "uncertain"  # may have been taken: never sent again without proof
    UNKNOWN = "unknown"


#: Nothing else on the account would go either, until a person mends it.
STOPS_THE_ACCOUNT = frozenset({ErrorKind.ACCOUNT})
#: This channel will never carry it to this person: where a person allowed another, that is tried.
FALLS_BACK = frozenset({ErrorKind.PERMANENT_RECIPIENT, ErrorKind.WINDOW, ErrorKind.TEMPLATE})

#: The reason a person is told.
REASONS = MappingProxyType(
    {
        ErrorKind.PERMANENT_RECIPIENT: Reason.RECIPIENT,
        ErrorKind.CONTENT: Reason.CONTENT,
        ErrorKind.CONFIGURATION: Reason.CONFIGURATION,
        ErrorKind.ACCOUNT: Reason.ACCOUNT,
        ErrorKind.RATE: Reason.LIMIT,
        ErrorKind.QUOTA: Reason.LIMIT,
        ErrorKind.WINDOW: Reason.WINDOW_CLOSED,
        ErrorKind.TEMPLATE: Reason.TEMPLATE,
        ErrorKind.OPT_OUT: Reason.OPTED_OUT,
        ErrorKind.EXPIRED: Reason.TOO_LATE,
        ErrorKind.TRANSIENT: Reason.PROVIDER_ERROR,
        ErrorKind.UNCERTAIN: Reason.PROVIDER_ERROR,
        ErrorKind.UNKNOWN: Reason.REFUSED,
    }
)


class ProviderError(Exception):
    pass


class UnknownProviderError(ProviderError):
    pass


class LookupFailedError(ProviderError):
    pass


class UnreadableError(ProviderError):
    pass


class SettingsError(ProviderError):
    """`setting` names what is missing or cannot be read; `problem` goes on from there."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting, self.problem = setting, problem
