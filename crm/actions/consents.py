"""Who may be written to on which channel: what they asked for, and what a person recorded.

An opt-out belongs to a number, whoever has it: families share one, and customers come back. What a
person wrote down belongs to the customer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crm.actions.events import record as record_event
from crm.models import Consent, Customer, OptOut, User
from crm.models.consents import KnownFrom

LONGEST_WORDS = 300


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
    consent = Consent.objects.filter(customer=customer, channel=channel).first()
    opt_out = None
    if customer.phone_number:
        opt_out = OptOut.objects.of(customer.phone_number, channel).first()
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
    with transaction.atomic():
        said = {"known_from": known_from, "words": _cut(words), "at": now}
        key = {"phone_number": phone_number, "channel": channel}
        if not OptOut.objects.get_or_create(**key, defaults=said)[1]:
            return []
        customers = _customers(phone_number)
        for customer in customers:
            _write(customer, channel, given=False, **said)
            _tell("consent.opted_out", customer, channel, known_from=known_from, words=_cut(words))
    return customers


def opt_in(
    *, phone_number: str, channel: str, known_from: str, words: str, now: datetime
) -> list[Customer]:
    """The number asks to hear from us again; the customers for whom that changed something.

    It takes an opt-out back and is nothing where there was none: "Yes" answers many questions. What
    a person recorded only a person changes.
    """
    with transaction.atomic():
        if not OptOut.objects.of(phone_number, channel).delete()[0]:
            return []
        said = {"known_from": known_from, "words": _cut(words), "at": now}
        kept = Consent.objects.filter(given=False, known_from=KnownFrom.PERSON, channel=channel)
        refusing = set(kept.values_list("customer_id", flat=True))
        customers = [one for one in _customers(phone_number) if one.pk not in refusing]
        for customer in customers:
            _write(customer, channel, given=True, **said)
            _tell("consent.opted_in", customer, channel, known_from=known_from, words=_cut(words))
    return customers


def record(
    customer: Customer, channel: str, given: bool | None, *, actor: User, now: datetime
) -> None:
    """A person knows the customer's will; None: nothing is known any more.

    Consent takes back an opt-out of the number too: they have just told somebody otherwise.
    """
    with transaction.atomic():
        rows = Consent.objects.filter(customer=customer, channel=channel)
        before = rows.values_list("given", flat=True).first()
        if given is None:
            rows.delete()
        else:
            said = {"known_from": KnownFrom.PERSON, "words": "", "at": now}
            _write(customer, channel, given=given, **said, recorded_by=actor)
        lifted = given is not False and _lift(customer, channel)
        if lifted or given is not before:
            kind = "consent.recorded"
            _tell(kind, customer, channel, actor=actor, was=before, given=given, lifted=lifted)


def _lift(customer: Customer, channel: str) -> bool:
    if not customer.phone_number:
        return False
    return bool(OptOut.objects.of(customer.phone_number, channel).delete()[0])


def _customers(phone_number: str) -> list[Customer]:
    return list(Customer.objects.live().filter(phone_number=phone_number).order_by("pk"))


def _write(customer: Customer, channel: str, **said: object) -> None:
    values = {"recorded_by": None} | said
    Consent.objects.update_or_create(customer=customer, channel=channel, defaults=values)


def _tell(
    kind: str, customer: Customer, channel: str, *, actor: User | None = None, **detail: object
) -> None:
    record_event(kind, customer=customer, subject=customer, actor=actor, channel=channel, **detail)


def _cut(words: str) -> str:
    """As a column holds it: PostgreSQL stores no NUL."""
    return words.replace("\0", "")[:LONGEST_WORDS]
