"""What providers' refusals mean, in one closed set, and the errors of setting a provider up.

    ProviderError
    ├ UnknownProviderError   no provider has this name
    └ SettingsError          a setting is missing or cannot be read

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
    RATE = "rate"
    WINDOW = "window"  # WhatsApp's 24 hours since the customer's last message are over
    OPT_OUT = "opt_out"
    EXPIRED = "expired"
    TRANSIENT = "transient"  # certainly not taken; may go later
    UNCERTAIN = "uncertain"  # may have been taken: never sent again without proof
    UNKNOWN = "unknown"


#: Nothing else on the account would go either, until a person mends it.
STOPS_THE_ACCOUNT = frozenset({ErrorKind.ACCOUNT})

#: The reason a person is told.
REASONS = MappingProxyType(
    {
        ErrorKind.PERMANENT_RECIPIENT: Reason.RECIPIENT,
        ErrorKind.CONTENT: Reason.CONTENT,
        ErrorKind.CONFIGURATION: Reason.CONFIGURATION,
        ErrorKind.ACCOUNT: Reason.ACCOUNT,
        ErrorKind.RATE: Reason.REFUSED,
        ErrorKind.WINDOW: Reason.REFUSED,
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


class SettingsError(ProviderError):
    """`setting` names what is missing or cannot be read."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
