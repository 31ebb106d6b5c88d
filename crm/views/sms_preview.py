"""How many SMS a message makes, and the way to fewer."""

import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext

from crm.actions.messages import rendered
from crm.models import Business, MessageSchedule
from rules import sms_parts, sms_plain
from rules.sms_parts import SmsParts


@dataclass(frozen=True, kw_only=True)
class Sms:
    """`plain` is the text typed plainly, "" where that changes nothing for the better.

    `signs` are those it does without, `plain_measured` what becomes of it.
    """

    measured: SmsParts
    plain: str = ""
    signs: tuple[str, ...] = ()
    plain_measured: SmsParts | None = None

    @property
    def first_unicode(self) -> str:
        return shown(self.measured.first_unicode or "")

    @property
    def shown_signs(self) -> list[str]:
        """Each once, as far as an eye can tell them apart."""
        return list(dict.fromkeys(shown(sign) for sign in self.signs))


def shown(sign: str) -> str:
    """As a person can read it: some spaces, and some signs, cannot be told by looking."""
    if sign.isspace():
        return gettext("a special space")
    kind = unicodedata.category(sign) if sign else ""
    if kind == "Cf":
        return gettext("an invisible sign")
    return f"◌{sign}" if kind in {"Mn", "Me"} else sign


def sms_of(draft: MessageSchedule, business: Business) -> Sms:
    """Measured as the customer reads it; what placeholders put in stays as it is."""
    measured = sms_parts.measure(rendered(draft, business).text)
    typed = draft.message_content
    signs = sms_plain.replaceable(typed)
    if measured.encoding == "GSM-7" or not signs:
        return Sms(measured=measured)
    plain = sms_plain.plain(typed)
    became = sms_parts.measure(rendered(_saying(draft, plain), business).text)
    if became.parts >= measured.parts and became.encoding == measured.encoding:
        return Sms(measured=measured)
    return Sms(measured=measured, plain=plain, signs=signs, plain_measured=became)


def _saying(draft: MessageSchedule, text: str) -> MessageSchedule:
    return MessageSchedule(
        customer=draft.customer,
        invoice=draft.invoice,
        message_content=text,
        schedule_date=draft.schedule_date,
        time_zone=draft.time_zone,
    )
