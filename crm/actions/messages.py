"""Messages: what they say, and every change a person makes to one."""

from babel.dates import format_date, format_skeleton, format_time
from django.conf import settings

from crm.models import Business, Invoice, MessageSchedule
from rules import due_dates, message_text, money, phone
from rules.message_text import Rendered

#: babel's spaces that do not break: one of them makes an SMS Unicode, which costs twice as much.
_PLAIN_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})


def rendered(message: MessageSchedule, business: Business) -> Rendered:
    """The text as the customer reads it; `customer` and `invoice` of the message are read."""
    return message_text.render(message.message_content, placeholder_values(message, business))


def placeholder_values(message: MessageSchedule, business: Business) -> dict[str, str]:
    """A value for each of `message_text.PLACEHOLDERS`, empty where there is none.

    Written in the installation's language as the business's country does, whoever looks;
    `date` and `time` are the message's promised moment in its own zone.
    """
    locale = business.locale(settings.LANGUAGE_CODE)
    moment = due_dates.wall_in(message.schedule_date, message.time_zone)
    values = {
        "first_name": message.customer.first_name,
        "name": message.customer.name,
        "company": message.customer.company,
        "business": business.name,
        "business_phone": phone.display_international(business.phone_number),
        "date": format_skeleton("MMMMEEEEd", moment, locale=locale),
        "time": format_time(moment, "short", locale=locale),
        **_invoice_values(message.invoice, locale),
    }
    return {name: value.translate(_PLAIN_SPACES) for name, value in values.items()}


def _invoice_values(invoice: Invoice | None, locale: str) -> dict[str, str]:
    """Nothing of an invoice in the trash is ever told to a customer."""
    if invoice is None or invoice.is_trashed:
        return {"invoice_amount": "", "invoice_due": "", "invoice_for": ""}
    due = format_date(invoice.due_on, "long", locale=locale) if invoice.due_on else ""
    return {
        "invoice_amount": money.format_money(invoice.amount, invoice.currency, locale),
        "invoice_due": due,
        "invoice_for": invoice.description,
    }
