"""What a Twilio account has to be told, read and checked without asking Twilio."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.accounts import Setting, read_settings
from providers.errors import SettingsError
from providers.http import checked_base_url

BASE_URL = "https://api.twilio.com"
CONTENT_BASE_URL = "https://content.twilio.com"
WHATSAPP = "whatsapp:"

SETTINGS = (
    Setting(name="account_sid"),
    Setting(name="auth_token", secret=True),
    Setting(name="from_number", required=False),
    Setting(name="messaging_service_sid", required=False),
    Setting(name="api_key_sid", required=False),
    Setting(name="api_key_secret", required=False, secret=True),
    Setting(name="shared_key_secret", required=False, secret=True),
    Setting(name="base_url", required=False, kind="url", default=BASE_URL),
    Setting(name="content_base_url", required=False, kind="url", default=CONTENT_BASE_URL),
)

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, kw_only=True)
class Account:
    """`sender` is E.164, a short code or a name, "" where only the service chooses.

    `key` is what requests are signed in with: the API key where there is one, else the account's
    own token. With `is_whatsapp_sender` the sender was written as Twilio writes one of WhatsApp's,
    which is not among the account's telephone numbers.
    """

    sid: str
    auth_token: str = field(repr=False)
    key: tuple[str, str] = field(repr=False)
    shared_key_secret: str = field(repr=False)
    sender: str
    is_whatsapp_sender: bool
    service_sid: str
    base_url: str
    content_base_url: str
    messaging_base_url: str

    @property
    def path(self) -> str:
        return f"/2010-04-01/Accounts/{self.sid}"

    @property
    def has_api_key(self) -> bool:
        return self.key != (self.sid, self.auth_token)

    @property
    def sends_from_number(self) -> bool:
        """Whether the sender should be one of the account's telephone numbers."""
        return bool(_NUMBER.fullmatch(self.sender)) and not self.is_whatsapp_sender


def read(settings: Mapping[str, object]) -> Account:
    """Raises SettingsError."""
    told = read_settings(SETTINGS, settings)
    _require(told, "account_sid", "AC")
    _require(told, "messaging_service_sid", "MG")
    sender, service_sid = told["from_number"], told["messaging_service_sid"]
    if not sender and not service_sid:
        raise SettingsError("from_number", "this or messaging_service_sid is wanted")
    base_url = _address(told, "base_url")
    return Account(
        sid=told["account_sid"],
        auth_token=told["auth_token"],
        key=_api_key(told) or (told["account_sid"], told["auth_token"]),
        shared_key_secret=told["shared_key_secret"],
        sender=_sender(sender),
        is_whatsapp_sender=sender.startswith(WHATSAPP),
        service_sid=service_sid,
        base_url=base_url,
        content_base_url=_address(told, "content_base_url"),
        # Twilio's own name for it in each region; another server has no other names.
        messaging_base_url=base_url.replace("://api.", "://messaging.", 1),
    )


def on_channel(channel: str, address: str) -> str:
    """As Twilio writes it: "whatsapp:+34600111222", or just the number."""
    return WHATSAPP + address if channel == "whatsapp" else address


def bare(address: str) -> str:
    """Without the name of a channel."""
    return address.removeprefix(WHATSAPP)


def _sender(text: str) -> str:
    """A number without what people put between its digits; a name as it is."""
    digits = re.sub(r"[\s().-]", "", bare(text))
    return digits if digits.startswith("+") else bare(text)


def _api_key(told: Mapping[str, str]) -> tuple[str, str] | None:
    sid, secret = told["api_key_sid"], told["api_key_secret"]
    if sid and not secret:
        raise SettingsError("api_key_secret", "is wanted with api_key_sid")
    if secret and not sid:
        raise SettingsError("api_key_sid", "is wanted with api_key_secret")
    return (sid, secret) if sid else None


def _require(told: Mapping[str, str], name: str, begins: str) -> None:
    """Twilio's ids look alike, and one is easily typed in the place of another."""
    if told[name] and not re.fullmatch(begins + "[0-9a-fA-F]{32}", told[name]):
        raise SettingsError(name, f"begins with {begins}, and 32 letters and digits follow")


def _address(told: Mapping[str, str], name: str) -> str:
    try:
        return checked_base_url(told[name])
    except SettingsError as error:
        raise SettingsError(name, "is not an address like https://example.com") from error
