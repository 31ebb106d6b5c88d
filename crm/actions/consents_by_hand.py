"""What a person heard a customer say about being written to, written down and taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.actions import events
from crm.models import Consent, Customer, Event, OptOut, User
from crm.models.consents import KnownFrom, OptOutQuerySet
from rules.phone_variants import number_variants

#: What a row says; with it, a row is put back as it was.
_CONSENT = ("given", "known_from", "words", "at", "recorded_by_id")
_OPT_OUT = ("phone_number", "known_from", "words", "at")


class ConsentChangedError(Exception):
    """What is to be taken back has been changed once more."""


def record(
    customer: Customer, channel: str, given: bool | None, *, actor: User, now: datetime
) -> Event | None:
    """Write down what a customer told a person (None: that nothing is known any more).

    Who may be written to again is no longer among the numbers that opted out: they have just told
    somebody otherwise. Returns None where all that is known already.
    """
    with transaction.atomic():
        was = _known(customer, channel)
        if given is None:
            Consent.objects.filter(customer=customer, channel=channel).delete()
        elif was["consent"] is None or was["consent"]["given"] is not given:
            _write(customer, channel, given, actor, now)
        if given is not False:
            _opt_outs(customer, channel).delete()
        became = _known(customer, channel)
        if became == was:
            return None
        change = {"was": was, "is": became}
        return _tell(_KINDS[given], customer, actor, channel=channel, **change)


def undo(event: Event, *, actor: User) -> Event:
    """Put back what was known before `event`. Raises ConsentChangedError."""
    customer, channel, was = event.customer, event.detail["channel"], event.detail["was"]
    assert customer is not None  # noqa: S101 (a consent is somebody's)
    with transaction.atomic():
        known = _known(customer, channel)
        if known != event.detail["is"]:
            raise ConsentChangedError
        _put(customer, channel, was)
        change = {"was": known, "is": was}
        return _tell("consent.undone", customer, actor, channel=channel, **change)


_KINDS = {True: "consent.given", False: "consent.refused", None: "consent.forgotten"}


def _write(customer: Customer, channel: str, given: bool, actor: User, now: datetime) -> None:
    said = {
        "given": given,
        "known_from": KnownFrom.PERSON,
        "words": "",
        "at": now,
        "recorded_by": actor,
    }
    Consent.objects.update_or_create(customer=customer, channel=channel, defaults=said)


def _known(customer: Customer, channel: str) -> dict[str, Any]:
    """As JSON can hold it; the row is locked until the transaction ends."""
    rows = Consent.objects.select_for_update().filter(customer=customer, channel=channel)
    consent = rows.values(*_CONSENT).first()
    opt_outs = _opt_outs(customer, channel).order_by("phone_number").values(*_OPT_OUT)
    return {
        "consent": _as_json(consent) if consent else None,
        "opt_outs": [_as_json(one) for one in opt_outs],
    }


def _opt_outs(customer: Customer, channel: str) -> OptOutQuerySet:
    """Of the number they have now, under whichever of its forms."""
    numbers = number_variants(customer.phone_number) if customer.phone_number else ()
    return OptOut.objects.filter(phone_number__in=numbers, channel=channel)


def _as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "at": row["at"].isoformat()}


def _as_row(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {**kept, "at": datetime.fromisoformat(kept["at"])}


def _put(customer: Customer, channel: str, known: Mapping[str, Any]) -> None:
    if known["consent"] is None:
        Consent.objects.filter(customer=customer, channel=channel).delete()
    else:
        Consent.objects.update_or_create(
            customer=customer, channel=channel, defaults=_as_row(known["consent"])
        )
    _opt_outs(customer, channel).delete()
    OptOut.objects.bulk_create(OptOut(channel=channel, **_as_row(one)) for one in known["opt_outs"])


def _tell(
    kind: str, customer: Customer, actor: User, *, channel: str, **change: Mapping[str, Any]
) -> Event:
    """`change` is what `was` known and what `is`."""
    return events.record(
        kind, customer=customer, subject=customer, actor=actor, channel=channel, **change
    )
