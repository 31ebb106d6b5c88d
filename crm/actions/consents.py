"""Who may be written to on which channel: what they asked for, and what a person recorded.

An opt-out belongs to a number, under every form it is known by and whoever has it: families share
one, and customers come back. What a person wrote down belongs to the customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.actions import events
from crm.models import Consent, Customer, Event, OptOut, User
from crm.models.consents import KnownFrom, OptOutQuerySet
from crm.models.customers import Channel
from rules.phone_variants import number_variants

LONGEST_WORDS = 300


class ConsentChangedError(Exception):
    """Something else has been recorded since."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a customer's will on one channel. `given` is None where nothing is.

    `opted_out`: the number asked for nothing more, whatever else is recorded. The rest says since
    when, in which words and from whom that is known; `at` is None where nothing is.
    """

    given: bool | None
    opted_out: bool
    at: datetime | None = None
    known_from: str = ""
    words: str = ""

    @property
    def refused(self) -> bool:
        return self.opted_out or self.given is False

    def allows(self, *, only_with_consent: bool) -> bool:
        """Whether a message may go; `only_with_consent` is the business's own rule."""
        return not self.refused and (self.given is True or not only_with_consent)


def standing_of(customer: Customer, channel: str) -> Standing:
    return standings(customer)[channel]


def standings(customer: Customer) -> dict[str, Standing]:
    """On each channel."""
    consents = {one.channel: one for one in Consent.objects.filter(customer=customer)}
    forms = number_variants(customer.phone_number) if customer.phone_number else ()
    opt_outs = {one.channel: one for one in OptOut.objects.filter(phone_number__in=forms)}
    return {
        channel: _standing(consents.get(channel), opt_outs.get(channel))
        for channel in Channel.values
    }


def _standing(consent: Consent | None, opt_out: OptOut | None) -> Standing:
    known = opt_out or consent
    return Standing(
        given=consent.given if consent else None,
        opted_out=opt_out is not None,
        at=known.at if known else None,
        known_from=known.known_from if known else "",
        words=known.words if known else "",
    )


def opt_out(
    *, phone_number: str, channel: str, known_from: str, words: str, now: datetime
) -> list[Customer]:
    """The number asked to hear nothing more; the customers who have it. Once is enough."""
    said = {"known_from": known_from, "words": _cut(words), "at": now}
    with transaction.atomic():
        rows = [
            OptOut.objects.get_or_create(phone_number=form, channel=channel, defaults=said)
            for form in number_variants(phone_number)
        ]
        if not any(is_new for _, is_new in rows):
            return []
        customers = _customers(phone_number)
        for customer in customers:
            _heard("consent.opted_out", customer, channel, given=False, **said)
    return customers


def opt_out_customer(
    customer: Customer, *, channel: str, known_from: str, words: str, now: datetime
) -> None:
    """The same of somebody of whom no number is known: it holds for whichever they get."""
    said = {"known_from": known_from, "words": _cut(words), "at": now}
    with transaction.atomic():
        if not standing_of(customer, channel).refused:
            _heard("consent.opted_out", customer, channel, given=False, **said)


def opt_in(
    *, phone_number: str, channel: str, known_from: str, words: str, now: datetime
) -> list[Customer]:
    """The number asks to hear from us again; the customers for whom that changed something.

    It takes an opt-out back and is nothing where there was none: "Yes" answers many questions. What
    a person recorded only a person changes.
    """
    said = {"known_from": known_from, "words": _cut(words), "at": now}
    with transaction.atomic():
        if not _opt_outs(phone_number, channel).delete()[0]:
            return []
        recorded = Consent.objects.filter(known_from=KnownFrom.PERSON, channel=channel, given=False)
        refusing = set(recorded.values_list("customer_id", flat=True))
        customers = [one for one in _customers(phone_number) if one.pk not in refusing]
        for customer in customers:
            _heard("consent.opted_in", customer, channel, given=True, **said)
    return customers


def record(
    customer: Customer,
    channel: str,
    given: bool | None,
    *,
    actor: User,
    now: datetime,
    words: str = "",
) -> Event | None:
    """A person knows the customer's will; None: nothing is known. None where that was known.

    Consent takes an opt-out of the number back too: they have just told somebody otherwise.
    """
    with transaction.atomic():
        lifted = list(_opt_outs(customer.phone_number, channel)) if given else []
        was = _kept(customer, channel)
        if not lifted and given is (was and was["given"]):
            return None
        _opt_outs(customer.phone_number, channel).filter(pk__in=[one.pk for one in lifted]).delete()
        said = {"known_from": KnownFrom.PERSON, "words": _cut(words), "at": now.isoformat()}
        became = None if given is None else {"given": given, "recorded_by": actor.pk} | said
        _put(customer, channel, became)
        detail = {"was": was, "is": became, "lifted": [_as_detail(one) for one in lifted]}
        return _tell(_KINDS[given], customer, channel, actor=actor, **detail)


def undo(event: Event, *, actor: User) -> Event:
    """Put back what a person's `record` changed. Raises ConsentChangedError."""
    customer, detail = event.customer, event.detail
    if customer is None or "lifted" not in detail:
        raise ConsentChangedError
    channel = detail["channel"]
    with transaction.atomic():
        if _kept(customer, channel) != _by_whom_is_left(detail["is"]):
            raise ConsentChangedError
        _put(customer, channel, _by_whom_is_left(detail["was"]))
        OptOut.objects.bulk_create(
            (OptOut(**one, channel=channel) for one in detail["lifted"]), ignore_conflicts=True
        )
        return _tell("consent.undone", customer, channel, actor=actor)


_KINDS = {True: "consent.given", False: "consent.refused", None: "consent.forgotten"}


def _opt_outs(phone_number: str, channel: str) -> OptOutQuerySet:
    forms = number_variants(phone_number) if phone_number else ()
    return OptOut.objects.filter(phone_number__in=forms, channel=channel).order_by("pk")


def _customers(phone_number: str) -> list[Customer]:
    forms = number_variants(phone_number)
    return list(Customer.objects.live().filter(phone_number__in=forms).order_by("pk"))


def _kept(customer: Customer, channel: str) -> dict[str, Any] | None:
    """The row as an event's detail can hold it."""
    rows = Consent.objects.filter(customer=customer, channel=channel)
    row = rows.values("given", "known_from", "words", "at", "recorded_by").first()
    return row and row | {"at": row["at"].isoformat()}


def _by_whom_is_left(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As the row reads now, should its recorder have been deleted since."""
    if kept is None:
        return None
    recorder = User.objects.filter(pk=kept["recorded_by"]).values_list("pk", flat=True).first()
    return {**kept, "recorded_by": recorder}


def _put(customer: Customer, channel: str, kept: Mapping[str, Any] | None) -> None:
    if kept is None:
        Consent.objects.filter(customer=customer, channel=channel).delete()
        return
    values = {**kept, "recorded_by_id": kept["recorded_by"]}
    del values["recorded_by"]
    Consent.objects.update_or_create(customer=customer, channel=channel, defaults=values)


def _as_detail(one: OptOut) -> dict[str, str]:
    said = {"known_from": one.known_from, "words": one.words, "at": one.at.isoformat()}
    return {"phone_number": one.phone_number, **said}


def _heard(kind: str, customer: Customer, channel: str, *, given: bool, **said: Any) -> None:
    """From the customer's own message, or from the provider."""
    values = {"given": given, "recorded_by": None, **said}
    Consent.objects.update_or_create(customer=customer, channel=channel, defaults=values)
    _tell(kind, customer, channel, words=said["words"], known_from=said["known_from"])


def _tell(
    kind: str, customer: Customer, channel: str, *, actor: User | None = None, **detail: Any
) -> Event:
    return events.record(
        kind, customer=customer, subject=customer, actor=actor, channel=channel, **detail
    )


def _cut(words: str) -> str:
    """As a column holds it: PostgreSQL stores no NUL."""
    return words.replace("\0", "")[:LONGEST_WORDS]
