"""Twilio's list of an account's messages, and which of them an attempt of ours became."""

import email.utils
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from yarl import URL

from providers.http import Answer, Http
from providers.twilio_account import Account, bare

#: Between Twilio's clock, which tells seconds, and ours. Small, as an older message of the same
#: text must not be taken for ours.
CLOCKS_DIFFER_BY = timedelta(seconds=5)
#: A customer has had fewer messages than this since any attempt that is still open.
MOST_PAGES = 20
_PAGE_SIZE = "100"
#: What a trial account's messages begin with.
_TRIAL = "Sent from your Twilio trial account - "


@dataclass(frozen=True, kw_only=True)
class Listed:
    """`touched_at`: nothing about it changed later. `record` is all that Twilio says."""

    sid: str
    text: str = field(repr=False)
    sender: str
    service_sid: str
    created_at: datetime
    touched_at: datetime
    record: Mapping[str, Any] = field(repr=False)


async def messages_to(
    http: Http, account: Account, recipient: str
) -> AsyncIterator[Sequence[Listed]]:
    """Page by page, the newest first, with an empty one at the end.

    Stops in the middle, without that, where Twilio does or answers something else.
    """
    query = urlencode({"To": recipient, "PageSize": _PAGE_SIZE})
    path = f"{account.path}/Messages.json?{query}"
    for _ in range(MOST_PAGES):
        answer = await http.request("GET", path)
        page = read_page(answer) if isinstance(answer, Answer) else None
        if page is None:
            return
        messages, path = page
        yield messages
        if not path:
            yield []
            return


def is_ours(listed: Listed, account: Account, text: str) -> bool:
    """Whether it could be our message: its text, from our sender where Twilio tells the sender."""
    same_text = listed.text.removeprefix(_TRIAL).strip() == text.strip()
    same_service = listed.service_sid in {"", account.service_sid}
    same_sender = not account.sender or listed.sender in {"", account.sender}
    return same_text and same_service and same_sender


def read_page(answer: Answer) -> tuple[list[Listed], str] | None:
    """A page and where the next is, "" after the last."""
    try:
        messages = [_listed(one) for one in answer.json["messages"]]
        following = answer.json.get("next_page_uri")
        return messages, URL(following).raw_path_qs if following else ""
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


def _listed(record: Mapping[str, Any]) -> Listed:
    created_at = _moment(record["date_created"])
    return Listed(
        sid=str(record["sid"]),
        text=str(record.get("body") or ""),
        sender=bare(str(record.get("from") or "")),
        service_sid=str(record.get("messaging_service_sid") or ""),
        created_at=created_at,
        touched_at=max(created_at, _moment(record.get("date_updated") or record["date_created"])),
        record=record,
    )


def _moment(text: str) -> datetime:
    """Raises ValueError or TypeError."""
    moment = email.utils.parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
