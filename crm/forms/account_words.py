"""What a person is told about each provider, and about each thing its account has to be told.

Every provider and setting of `providers/registry.py` has its words here, which a test checks.
Prices change: what is said of them is what does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class ProviderWords:
    what: Words
    costs: Words = ""
    receipts: Words = ""
    replies: Words = ""
    webhook: Words = ""  # where at the provider our address is entered
    still_calls: Words = ""  # where it goes on calling us until a person ends that
    how_to: str = ""  # the page that leads through it, in the project's folder


@dataclass(frozen=True, kw_only=True)
class SettingWords:
    """`advanced`: most people never touch it."""

    label: Words
    help: Words = ""
    choices: Mapping[str, Words] = field(default_factory=dict)
    advanced: bool = False


_BASE_URL = SettingWords(
    label=_("Address of the service"),
    help=_("Only for tests with a server of your own."),
    advanced=True,
)

PROVIDERS: Mapping[str, ProviderWords] = MappingProxyType(
    {
        "console": ProviderWords(
            what=_("Printed in the terminal and sent to nobody: to see how things look."),
        ),
        "whatsapp_cloud": ProviderWords(
            how_to="docs/how-to/connect-whatsapp.md",
            what=_(
                "WhatsApp straight from Meta. The number then belongs to this program and no "
                "longer to the app on a phone."
            ),
            costs=_(
                "No monthly fee. Meta charges each template message by country; answers within "
                "24 hours of a customer’s message cost nothing."
            ),
            receipts=_("Sent, delivered and read."),
            replies=_("Come here."),
            webhook=_(
                "In Meta’s app dashboard: WhatsApp → Configuration → Webhook. Subscribe to "
                "“messages”, “user_preferences”, and the “account…” and “message_template…” "
                "fields. Meta calls once the app is live."
            ),
        ),
        "twilio": ProviderWords(
            how_to="docs/how-to/connect-twilio.md",
            what=_("SMS to nearly every country, and WhatsApp through Twilio."),
            costs=_(
                "Each SMS part by country, and a small monthly fee for the number. WhatsApp: "
                "Meta’s price and Twilio’s on top."
            ),
            receipts=_("Sent and delivered; on WhatsApp read, too."),
            replies=_("Come here."),
            webhook=_(
                "In Twilio’s console: your number or Messaging Service → A message comes in → "
                "Webhook. Receipts find their way without it."
            ),
        ),
        "vonage": ProviderWords(
            how_to="docs/how-to/connect-vonage.md",
            what=_("SMS to nearly every country."),
            costs=_("Each SMS part by country; a monthly fee for a number that can be answered."),
            receipts=_("Sent and, where the network tells, delivered."),
            replies=_("Come here, if the sender is a number."),
            webhook=_(
                "In Vonage’s dashboard: API Settings → SMS settings, for receipts and for "
                "inbound messages both."
            ),
        ),
        "android_gateway": ProviderWords(
            how_to="docs/how-to/connect-an-android-phone.md",
            what=_(
                "The shop’s own Android phone sends SMS with its SIM card, through the free app "
                "SMS Gateway for Android."
            ),
            costs=_(
                "What your plan charges for an SMS; often nothing. Networks stop SIM cards that "
                "send very many."
            ),
            receipts=_("Sent and, where the network tells, delivered."),
            replies=_("Come here while the phone is on."),
            webhook=_(
                "The app has no form for it. Copy its signing key into the settings below, save, "
                "and press the button."
            ),
            still_calls=_(
                "The phone goes on calling this address with every SMS it gets, in vain, until "
                "that is ended there with its user name and password: "
                "docs/how-to/connect-an-android-phone.md says how."
            ),
        ),
        "apprise_url": ProviderWords(
            how_to="docs/how-to/connect-apprise.md",
            what=_(
                "Any of the other services that the library apprise sends through, such as "
                "ClickSend or MessageBird."
            ),
            costs=_("What that service charges."),
            receipts=_("None: it is known only whether the service took the message."),
            replies=_("None."),
        ),
    }
)

SETTINGS: Mapping[str, Mapping[str, SettingWords]] = MappingProxyType(
    {
        "whatsapp_cloud": {
            "phone_number_id": SettingWords(
                label=_("Phone number ID"),
                help=_("In Meta’s app dashboard: WhatsApp → API Setup. Not the number itself."),
            ),
            "waba_id": SettingWords(
                label=_("WhatsApp Business Account ID"),
                help=_("On the same page. Your templates are read by it."),
            ),
            "access_token": SettingWords(
                label=_("Access token"),
                help=_(
                    "Of a system user, never expiring. The one on the API Setup page ends after "
                    "a day."
                ),
            ),
            "app_secret": SettingWords(
                label=_("App secret"),
                help=_("App settings → Basic. It proves that receipts and replies are Meta’s."),
            ),
            "verify_token": SettingWords(
                label=_("Verify token"),
                help=_(
                    "Made by itself if you leave it empty. Meta asks for it once, beside the "
                    "address."
                ),
                advanced=True,
            ),
            "api_version": SettingWords(
                label=_("Version of Meta’s interface"),
                help=_("Only if Meta has switched this one off before you could update."),
                advanced=True,
            ),
            "base_url": _BASE_URL,
        },
        "twilio": {
            "account_sid": SettingWords(
                label=_("Account SID"),
                help=_("On the first page of Twilio’s console. It begins with AC."),
            ),
            "auth_token": SettingWords(
                label=_("Auth token"),
                help=_(
                    "Below the account SID. It also proves that receipts and replies are Twilio’s."
                ),
            ),
            "from_number": SettingWords(
                label=_("Number to send from"),
                help=_(
                    "With its country code, like +34 910 00 00 00. Or a Messaging Service below."
                ),
            ),
            "messaging_service_sid": SettingWords(
                label=_("Messaging Service SID"),
                help=_("It begins with MG, and chooses the number by itself."),
            ),
            "api_key_sid": SettingWords(
                label=_("API key SID"),
                help=_("To sign in with a key instead of the auth token. It begins with SK."),
                advanced=True,
            ),
            "api_key_secret": SettingWords(label=_("API key secret"), advanced=True),
            "shared_key_secret": SettingWords(
                label=_("Shared key secret"),
                help=_("Only where Twilio signs its webhooks with a key of its own."),
                advanced=True,
            ),
            "base_url": _BASE_URL,
            "content_base_url": SettingWords(
                label=_("Address of the template service"),
                help=_("Only for tests with a server of your own."),
                advanced=True,
            ),
        },
        "vonage": {
            "api_key": SettingWords(
                label=_("API key"), help=_("On the first page of Vonage’s dashboard.")
            ),
            "api_secret": SettingWords(label=_("API secret"), help=_("Beside the API key.")),
            "signature_secret": SettingWords(
                label=_("Signature secret"),
                help=_(
                    "API Settings → Signed webhooks. It proves that receipts and replies are "
                    "Vonage’s."
                ),
            ),
            "signature_method": SettingWords(
                label=_("Signature method"),
                help=_("As chosen in Vonage’s API Settings, beside the signature secret."),
                advanced=True,
            ),
            "sender": SettingWords(
                label=_("Sender"),
                help=_(
                    "Your Vonage number, or up to 11 letters where the country allows it. "
                    "Letters cannot be answered, so nobody can write STOP to them."
                ),
            ),
            "base_url": _BASE_URL,
        },
        "android_gateway": {
            "mode": SettingWords(
                label=_("Way to the phone"),
                choices={
                    "server": _("Through the app’s server on the internet"),
                    "local": _("Straight to the phone, in the same network"),
                },
            ),
            "base_url": SettingWords(
                label=_("Address of the gateway"),
                help=_(
                    "The app shows it: that of its cloud server, or of the phone in your own "
                    "network, like http://192.168.1.20:8080."
                ),
            ),
            "username": SettingWords(
                label=_("User name"), help=_("The app shows it, with the password.")
            ),
            "password": SettingWords(label=_("Password")),
            "device_id": SettingWords(
                label=_("Device ID"),
                help=_("In the app’s settings. With it no message is ever sent twice."),
            ),
            "signing_key": SettingWords(
                label=_("Signing key"),
                help=_(
                    "Settings → Webhooks → Signing Key. It proves that receipts and replies are "
                    "the phone’s."
                ),
            ),
            "sim_number": SettingWords(
                label=_("SIM card"),
                help=_("1 or 2, on a phone with two."),
                advanced=True,
            ),
        },
        "apprise_url": {
            "url": SettingWords(
                label=_("apprise URL"),
                help=_(
                    "With {phone} where the customer’s number belongs, or {digits} for it without "
                    "the +. It holds the service’s password, so it is kept like one."
                ),
            ),
        },
    }
)


def of_setting(provider: str, name: str) -> SettingWords:
    """A setting nobody wrote about is called by its name."""
    known = SETTINGS.get(provider, {}).get(name)
    return known or SettingWords(label=name.replace("_", " ").capitalize())


def of_provider(provider: str) -> ProviderWords:
    return PROVIDERS.get(provider) or ProviderWords(what="")
