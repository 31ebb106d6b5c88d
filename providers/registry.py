"""Every provider by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from providers.accounts import Setting
from providers.android_gateway import AndroidGateway
from providers.apprise_url import AppriseUrl
from providers.base import Provider
from providers.console import Console
from providers.errors import UnknownProviderError
from providers.twilio import LONGEST_BODY, Twilio
from providers.vonage import Vonage
from providers.whatsapp_cloud import WhatsAppCloud
from providers.whatsapp_cloud_requests import LONGEST_CAPTION

#: In characters, where a provider does not say less: what Twilio takes as an SMS (ten parts), and
#: what WhatsApp itself takes.
LONGEST_TEXT: Mapping[str, int] = MappingProxyType({"sms": 1600, "whatsapp": 4096})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`make` takes an account's settings and raises SettingsError; it opens nothing.

    `title` is the provider's own name. `proves`: asked later, it may be able to tell what became
    of a message whose answer was lost. `callbacks`: what `make` returns is a Listener too;
    `tellable`: it is Tellable too; `templates`: it is a TemplateSource too. `credentials` are the
    settings that say who is its customer: the same in each of their accounts. `longest_text` is by
    channel, in characters, and `longest_caption` of a text that goes beneath a file, where that is
    less. `rate_per_s` is where an account begins.
    """

    name: str
    title: str
    channels: frozenset[str]
    settings: tuple[Setting, ...]
    make: Callable[[Mapping[str, object]], Provider]
    credentials: frozenset[str] = frozenset()
    receipts: bool = False
    proves: bool = False
    callbacks: bool = False
    tellable: bool = False
    templates: bool = False
    attachments: frozenset[str] = frozenset()  # the channels on which a file may go along
    longest_text: Mapping[str, int] = LONGEST_TEXT
    longest_caption: int | None = None
    rate_per_s: float = 20

    def longest(self, channel: str, *, with_file: bool = False) -> int:
        """How many characters of one's own go in one message."""
        if with_file and self.longest_caption is not None:
            return self.longest_caption
        return self.longest_text[channel]


PROVIDERS: Mapping[str, Entry] = MappingProxyType(
    {
        "console": Entry(
            name="console",
            title="Test run",
            channels=Console.channels,
            settings=(),
            receipts=Console.receipts,
            proves=True,
            make=Console,
        ),
        "whatsapp_cloud": Entry(
            name="whatsapp_cloud",
            title="WhatsApp Cloud API",
            channels=WhatsAppCloud.channels,
            settings=WhatsAppCloud.settings,
            credentials=frozenset(
                {"waba_id", "access_token", "app_secret", "api_version", "base_url"}
            ),
            receipts=WhatsAppCloud.receipts,
            callbacks=True,
            templates=True,
            attachments=WhatsAppCloud.channels,
            longest_caption=LONGEST_CAPTION,
            rate_per_s=20,  # what Meta gives a number that is on a phone too; others get 80
            make=WhatsAppCloud,
        ),
        "twilio": Entry(
            name="twilio",
            title="Twilio",
            channels=Twilio.channels,
            settings=Twilio.settings,
            credentials=frozenset(
                {
                    "account_sid",
                    "auth_token",
                    "api_key_sid",
                    "api_key_secret",
                    "shared_key_secret",
                    "base_url",
                    "content_base_url",
                }
            ),
            receipts=Twilio.receipts,
            proves=True,
            callbacks=True,
            templates=True,
            # An MMS goes in a few countries only, and nobody can tell beforehand.
            attachments=frozenset({"whatsapp"}),
            longest_text=dict.fromkeys(Twilio.channels, LONGEST_BODY),
            make=Twilio,
        ),
        "vonage": Entry(
            name="vonage",
            title="Vonage",
            channels=Vonage.channels,
            settings=Vonage.settings,
            credentials=frozenset(
                {"api_key", "api_secret", "signature_secret", "signature_method", "base_url"}
            ),
            receipts=Vonage.receipts,
            callbacks=True,
            rate_per_s=20,  # an account may ask 30 times a second, and a long text counts by parts
            make=Vonage,
        ),
        "android_gateway": Entry(
            name="android_gateway",
            title="Android phone (SMSGate)",
            channels=AndroidGateway.channels,
            settings=AndroidGateway.settings,
            receipts=AndroidGateway.receipts,
            proves=True,
            callbacks=True,
            tellable=True,
            rate_per_s=0.2,  # above 30 parts a minute Android asks whoever holds the phone
            make=AndroidGateway,
        ),
        "apprise_url": Entry(
            name="apprise_url",
            title="apprise",
            channels=AppriseUrl.channels,
            settings=AppriseUrl.settings,
            receipts=AppriseUrl.receipts,
            rate_per_s=1,  # what each service bears is its own secret
            make=AppriseUrl,
        ),
    }
)


def make(name: str, settings: Mapping[str, object]) -> Provider:
    """An account's provider, to be entered with `async with`.

    Raises UnknownProviderError and SettingsError.
    """
    return entry(name).make(settings)


def entry(name: str) -> Entry:
    """Raises UnknownProviderError."""
    try:
        return PROVIDERS[name]
    except KeyError as error:
        raise UnknownProviderError(name) from error


def proving() -> tuple[str, ...]:
    """The names of those that may be able to tell what became of a message."""
    return tuple(one.name for one in PROVIDERS.values() if one.proves)


def serving(channel: str) -> tuple[Entry, ...]:
    """The providers that can send on a channel."""
    return tuple(one for one in PROVIDERS.values() if channel in one.channels)
