"""Departures that no database knows of, for tests of what happens on the wire."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from delivery.departures import Departure
from delivery.limits import Account
from delivery.outcomes import Try
from providers.base import Outgoing
from tests.make import NOW


def make_departure(
    message_id: int = 1,
    *,
    to: str = "+34612345678",
    starts_at: datetime = NOW,
    lease_until: datetime = NOW + timedelta(seconds=60),
    **settings: Any,
) -> Departure:
    attempt_id = uuid4()
    return Departure(
        made=Try(
            message_id=message_id,
            token=1,
            attempt_id=attempt_id,
            number=1,
            first_tried_at=NOW,
            send_by=None,
        ),
        outgoing=Outgoing(attempt_id=str(attempt_id), channel="whatsapp", to=to, text="Hello."),
        account=make_account_of(**settings),
        starts_at=starts_at,
        lease_until=lease_until,
    )


def make_account_of(provider: str = "console", **settings: Any) -> Account:
    return Account(
        id=1,
        provider=provider,
        channel="whatsapp",
        settings=settings,
        rate_per_s=1000,
        next_slot_at=NOW,
    )
