"""The providers that a storm can go through, each with its account and its server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from crm.actions.secrets import sealed
from crm.models import Customer, InboundMessage, ProviderAccount
from providers import registry
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import StandIn
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.vonage import VonageStandIn
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """`receipts` are the words with which the provider tells that a message was delivered."""

    provider: str
    channel: str
    stand_in: Callable[..., Any]
    receipts: Sequence[str]
    #: Whether it calls back by itself, to the address it is given.
    calls_back: bool = True

    def serve(self, script: Mapping[str, Sequence[str]], latency_s: float) -> StandIn:
        told: dict[str, Any] = {"script": script, "latency_s": latency_s}
        if self.calls_back:
            told |= {"receipts": self.receipts, "receipts_after_s": 1.0, "receipts_times": 2}
        stand_in: StandIn = self.stand_in(**told)
        return stand_in

    def connect(self, stand_in: Any, rate_per_s: float) -> ProviderAccount:
        secret = {one.name for one in registry.entry(self.provider).settings if one.secret}
        settings = stand_in.settings
        return ProviderAccount.objects.create(
            provider=self.provider,
            channel=self.channel,
            label=self.provider,
            settings={name: value for name, value in settings.items() if name not in secret},
            secrets=sealed({name: settings[name] for name in secret & settings.keys()}),
            rate_per_s=rate_per_s,
        )

    def open_windows(self, account: ProviderAccount) -> None:
        """Everybody has just written: what is no template may go."""
        if self.channel == "whatsapp":
            now = datetime.now(UTC)
            InboundMessage.objects.bulk_create(
                InboundMessage(
                    account=account,
                    channel=self.channel,
                    customer=customer,
                    provider_message_id=f"in-{customer.pk}",
                    sender=customer.phone_number,
                    text="Hello",
                    received_at=now,
                    acknowledged_at=now,
                )
                for customer in Customer.objects.all()
            )


SPOKEN: Mapping[str, Spoken] = MappingProxyType(
    {
        one.provider: one
        for one in (
            Spoken(
                provider="whatsapp_cloud",
                channel="whatsapp",
                stand_in=WhatsAppCloudStandIn,
                receipts=("sent", "delivered", "read"),
            ),
            Spoken(
                provider="twilio",
                channel="sms",
                stand_in=TwilioStandIn,
                receipts=("sent", "delivered"),
            ),
            Spoken(
                provider="vonage",
                channel="sms",
                stand_in=VonageStandIn,
                receipts=("accepted", "delivered"),
            ),
            Spoken(
                provider="android_gateway",
                channel="sms",
                stand_in=AndroidGatewayStandIn,
                receipts=(),
                calls_back=False,
            ),
        )
    }
)
