"""What each provider says on the wire when it does all that it can do."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from providers import registry
from providers.base import Accepted, Attachment, Outgoing, Provider
from providers.templates import TemplateUse
from tests.providers.outgoing import make_outgoing
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import Request, StandIn, serving
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.vonage import VonageStandIn
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


@dataclass(frozen=True, kw_only=True)
class Contract:
    """`messages` are sent one after another; `settings` are of an account at the stand-in.

    `starts` are the paths that the document is about: a provider may be described in several.
    """

    provider: str
    spec: str
    make: Callable[[], StandIn]
    settings: Callable[[StandIn], Mapping[str, object]]
    messages: Callable[[Path], Sequence[Outgoing]]
    starts: str = "/"
    #: Complaints about what is documented elsewhere, and where.
    beyond: Mapping[str, str] = field(default_factory=dict)

    def record(self, folder: Path) -> list[Request]:
        """Everything it was asked, each message taken."""
        with serving(self.make()) as stand_in:
            provider = registry.make(self.provider, self.settings(stand_in))
            asyncio.run(_everything(provider, self.messages(folder)))
            return [one for one in stand_in.requests if one.path.startswith(self.starts)]


async def _everything(provider: Provider, messages: Sequence[Outgoing]) -> None:
    async with provider:
        for message in messages:
            outcome = await provider.send(message)
            assert isinstance(outcome, Accepted), outcome
        await provider.reconcile(messages[0], attempted_at=datetime.now(UTC))
        assert (await provider.check()).problem is None
        if read := getattr(provider, "templates", None):
            await read()
        if listen := getattr(provider, "listen", None):
            assert (await listen("https://shop.example/webhooks/a-token/")).problem is None


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=2)


def attempt(number: int) -> str:
    return f"0190f3c2-8a4e-7c1b-9d52-5f1a3b7c9e{number:02}"


def file(folder: Path, url: str = "") -> Attachment:
    path = folder / "receipt.pdf"
    path.write_bytes(b"%PDF-1.7 receipt")
    return Attachment(
        path=path, content_type="application/pdf", file_name="Receipt 12 – Zoë.pdf", url=url
    )


def _android_settings(stand_in: StandIn) -> Mapping[str, object]:
    assert isinstance(stand_in, AndroidGatewayStandIn)
    return {
        "base_url": stand_in.url,
        "username": stand_in.username,
        "password": stand_in.password,
        "device_id": stand_in.device_id,
        "sim_number": "1",
        "signing_key": stand_in.signing_key,
    }


def _sms(_folder: Path) -> Sequence[Outgoing]:
    callback_url = "https://shop.example/webhooks/a-token/"
    return (
        make_outgoing(attempt_id=attempt(1), callback_url=callback_url),
        make_outgoing(attempt_id=attempt(2), send_by=soon(), callback_url=callback_url),
        make_outgoing(attempt_id=attempt(3), text="Zoë’s 👍 " * 30),
    )


def _meta_settings(stand_in: StandIn) -> Mapping[str, object]:
    assert isinstance(stand_in, WhatsAppCloudStandIn)
    return stand_in.settings


def _whatsapp(folder: Path) -> Sequence[Outgoing]:
    values = {"body.1": "Zoë", "body.2": "9:00"}
    reminder = TemplateUse(
        reference="9", name="appointment_reminder", language="en_US", values=values
    )
    url = "https://shop.example/receipts/a-token"
    return (
        make_outgoing(channel="whatsapp", attempt_id=attempt(1)),
        make_outgoing(channel="whatsapp", attempt_id=attempt(2), template=reminder),
        make_outgoing(channel="whatsapp", attempt_id=attempt(3), attachment=file(folder)),
        make_outgoing(channel="whatsapp", attempt_id=attempt(4), attachment=file(folder, url)),
    )


def _twilio_settings(stand_in: StandIn) -> Mapping[str, object]:
    assert isinstance(stand_in, TwilioStandIn)
    return stand_in.settings


def _of_twilio(folder: Path) -> Sequence[Outgoing]:
    use = TemplateUse(
        reference="HX" + "e" * 32, name="reminder", language="en", values={"body.1": "Zoë"}
    )
    url = "https://shop.example/receipts/a-token"
    on_whatsapp = {"channel": "whatsapp", "attachment": file(folder, url)}
    return (
        *_sms(folder),
        make_outgoing(attempt_id=attempt(4), channel="whatsapp", template=use),
        make_outgoing(attempt_id=attempt(5), **on_whatsapp),
    )


def _vonage_settings(stand_in: StandIn) -> Mapping[str, object]:
    assert isinstance(stand_in, VonageStandIn)
    return stand_in.settings


CONTRACTS = (
    Contract(
        provider="android_gateway",
        spec="android-sms-gateway/trimmed.json",
        make=AndroidGatewayStandIn,
        settings=_android_settings,
        messages=_sms,
    ),
    Contract(
        provider="whatsapp_cloud",
        spec="meta/patched_whatsapp_messages_v23.0.json",
        make=WhatsAppCloudStandIn,
        settings=_meta_settings,
        messages=_whatsapp,
        beyond={
            f"?{name} is not in the document": "of every list and object in the Graph API: "
            "developers.facebook.com/docs/graph-api/results"
            for name in ("fields", "limit", "after")
        }
        | {
            "type is not in the document": "of an upload, required: "
            "developers.facebook.com/docs/whatsapp/cloud-api/reference/media"
        },
    ),
    Contract(
        provider="twilio",
        spec="twilio/trimmed_messages_v2010.json",
        make=TwilioStandIn,
        settings=_twilio_settings,
        messages=_of_twilio,
        starts="/2010-04-01/",
        beyond={
            "Request body property MediaUrl must be array": "a form has a list of one as one "
            "field, and Prism reads that as text (5.14)"
        },
    ),
    Contract(
        provider="twilio",
        spec="twilio/twilio_content_v1.json",
        make=TwilioStandIn,
        settings=_twilio_settings,
        messages=_of_twilio,
        starts="/v1/",
    ),
    Contract(
        provider="vonage",
        spec="vonage/sms.yml",
        make=VonageStandIn,
        settings=_vonage_settings,
        messages=_sms,
        starts="/sms/",
    ),
)
