"""What a message says as it leaves: its text filled in, its template, the file that goes along."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crm.actions.messages import placeholder_values, rendered, rendered_for
from crm.actions.receipt_links import public_url
from crm.models import Business, MessageSchedule, MessageTemplate
from delivery.candidates import Candidate
from delivery.limits import Account
from providers.base import Attachment
from providers.templates import TemplateState, TemplateUse
from rules import message_text
from rules.message_text import Rendered
from rules.template_text import problem_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Content:
    """`text` is None where it cannot be put together.

    `template_problem` is why the message's template cannot be used, `file_problem` why its file
    cannot go along, "" where all is well; `missing` is what the text speaks of and is not there.
    """

    text: str | None
    missing: tuple[str, ...] = ()
    template: TemplateUse | None = None
    template_problem: str = ""
    attachment: Attachment | None = None
    file_problem: str = ""


def of(
    rows: Collection[Candidate],
    accounts: Mapping[int, Account],
    business: Business,
    now: datetime,
) -> dict[int, Content]:
    """By message; `accounts` are those that are to carry them. Most cost no look at the database.

    A template is of the channel it was chosen for: on another one its words go as plain text.
    """
    contents = {row.id: content for row in rows if (content := _plain(row, business))}
    for message in _messages([row for row in rows if row.id not in contents]):
        try:
            contents[message.pk] = _content(message, accounts[message.pk], business, now)
        except Exception:  # one bad row never stops the batch
            log.exception("message %d: it cannot be put together", message.pk)
            contents[message.pk] = Content(text=None)
    return contents


def _plain(row: Candidate, business: Business) -> Content | None:
    """Of words alone that speak of nothing but their reader and the business."""
    if row.template_id or row.receipt_id:
        return None
    if "{" not in row.content and "}" not in row.content:
        return Content(text=row.content)
    try:
        said = rendered_for(row.content, row, business)
    except Exception:  # one bad row never stops the batch
        log.exception("message %d: it cannot be put together", row.id)
        return Content(text=None)
    return Content(text=said.text, missing=said.missing) if said else None


#: What texts are filled in with, and no more: rows are wide, and this is the busiest query.
_NEEDED = (
    "message_type",
    "message_content",
    "schedule_date",
    "time_zone",
    "template_id",
    "receipt_id",
    "customer__name",
    "customer__company",
    "invoice__amount",
    "invoice__currency",
    "invoice__description",
    "invoice__due_on",
    "invoice__trashed_at",
)
_PLAIN = MessageSchedule.objects.select_related("customer", "invoice").only(*_NEEDED)
_RICH = MessageSchedule.objects.select_related(
    "customer", "invoice", "template__account", "receipt__invoice"
).defer("customer__notes", "customer__address")


def _messages(rows: Collection[Candidate]) -> Iterable[MessageSchedule]:
    rich = [row.id for row in rows if row.template_id or row.receipt_id]
    if plain := [row.id for row in rows if not (row.template_id or row.receipt_id)]:
        yield from _PLAIN.filter(pk__in=plain)
    if rich:
        yield from _RICH.filter(pk__in=rich)


def _content(
    message: MessageSchedule, account: Account, business: Business, now: datetime
) -> Content:
    said = rendered(message, business)
    content = Content(text=said.text, missing=said.missing)
    if message.template_id and _is_of_channel(message):
        content = _with_template(content, message, account, business)
    if message.receipt_id:
        content = _with_file(content, message, account, now)
    return content


def _is_of_channel(message: MessageSchedule) -> bool:
    return bool(message.template and message.template.account.channel == message.message_type)


def _with_template(
    content: Content, message: MessageSchedule, account: Account, business: Business
) -> Content:
    template = message.template
    assert template is not None  # noqa: S101 (asked before)
    filled = {slot["key"]: _filled(message, slot["key"], business) for slot in template.slots}
    missing = (name for value in filled.values() for name in value.missing)
    return replace(
        content,
        missing=tuple(dict.fromkeys([*content.missing, *missing])),
        template=TemplateUse(
            reference=template.reference,
            name=template.name,
            language=template.language,
            values={key: value.text for key, value in filled.items()},
        ),
        template_problem=_problem(template, filled, account),
    )


def _filled(message: MessageSchedule, key: str, business: Business) -> Rendered:
    said = message.template_values.get(key, "")
    values = placeholder_values(message, business, message_text.used(said))
    return message_text.render(said, values)


def _problem(template: MessageTemplate, filled: Mapping[str, Rendered], account: Account) -> str:
    """In words beside our sentence, as a provider's own would be."""
    if template.account_id != account.id:
        return f"{template.name}: of another account"
    if template.state != TemplateState.APPROVED:
        return f"{template.name}: {template.state}"
    for slot in template.slots:
        if problem := problem_of(filled[slot["key"]].text, part=slot["part"]):
            return f"{template.name}, {slot['mark']}: {problem}"
    return ""


def _with_file(
    content: Content, message: MessageSchedule, account: Account, now: datetime
) -> Content:
    receipt = message.receipt
    if receipt is None or receipt.is_trashed or receipt.invoice.is_trashed:
        return replace(content, missing=(*content.missing, "receipt"))
    if message.message_type not in account.attachments:
        return replace(content, file_problem="no files on this channel")
    attachment = Attachment(
        path=Path(receipt.file.path),
        content_type=receipt.content_type,
        file_name=receipt.filename,
        url=public_url(receipt, now=now),
    )
    return replace(content, attachment=attachment)
