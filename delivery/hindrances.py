"""Whether a claimed message may go now, and what becomes of it where it may not.

The same rules hold when a message is scheduled; until it leaves, all they rest on may change.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper

from crm.models import Business
from delivery.candidates import Candidate
from delivery.contents import Content
from delivery.dialects import Columns, Dialect, read_moment
from delivery.outcomes import Change, fall_back
from rules import quiet_hours, service_window
from rules.message_states import Status
from rules.phone_variants import number_variants
from rules.reasons import Reason
from rules.zones import ZoneError

#: What leaves now must arrive while the window is open, by the provider's clock.
WINDOW_MARGIN = timedelta(minutes=5)
#: Another channel may carry it all the same.
_FALLS_BACK = frozenset({Reason.WINDOW_CLOSED, Reason.TEMPLATE})


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is known besides the messages. `heard` is when each customer last wrote, by message.

    `windowed` are the messages that may only answer.
    """

    business: Business
    contents: Mapping[int, Content]
    windowed: Collection[int]
    heard: Mapping[int, datetime]
    now: datetime
    _allowed: dict[str, datetime] = field(default_factory=dict)

    def allowed_at(self, zone: str) -> datetime:
        """When somebody in `zone`, "" for the business's own, may be written to."""
        if zone not in self._allowed:
            self._allowed[zone] = self._next_allowed(zone or self.business.time_zone)
        return self._allowed[zone]

    def _next_allowed(self, zone: str) -> datetime:
        begin, end = self.business.quiet_from, self.business.quiet_until
        try:
            return quiet_hours.next_allowed(self.now, zone, begin, end)
        except ZoneError:  # nobody's clock says that it is night
            return self.now


def of(rows: Iterable[Candidate], known: Circumstances) -> list[Change]:
    """What becomes of those that do not go out now."""
    found = (_hindrance(row, known) for row in rows)
    return [change for change in found if change]


def hindered(rows: Iterable[Candidate], business: Business, now: datetime) -> set[int]:
    """Those that may not go to their customer now, whatever they say."""
    known = Circumstances(business=business, contents={}, windowed=(), heard={}, now=now)
    return {
        row.id for row in rows if row.in_trash or _of_person(row, business) or _of_hour(row, known)
    }


def _hindrance(row: Candidate, known: Circumstances) -> Change | None:
    if row.in_trash:
        return _change(row, known, Status.SCHEDULED)
    if row.send_by and read_moment(row.send_by) < known.now:
        return _change(row, known, Status.EXPIRED, Reason.TOO_LATE)
    if reason := _of_person(row, known.business):
        return _change(row, known, Status.FAILED, reason)
    return _of_hour(row, known) or _of_content(row, known)


def _of_person(row: Candidate, business: Business) -> Reason | None:
    if not row.phone:
        return Reason.NO_PHONE
    if row.opted_out or (row.consent is not None and not row.consent):
        return Reason.OPTED_OUT
    if business.only_with_consent and row.consent is None:
        return Reason.NO_CONSENT
    return None


def _of_hour(row: Candidate, known: Circumstances) -> Change | None:
    """In quiet hours it waits until they are over, unless that is too late to be of use."""
    if row.also_in_quiet_hours:
        return None
    allowed_at = known.allowed_at(row.zone)
    if allowed_at <= known.now:
        return None
    if row.send_by and read_moment(row.send_by) < allowed_at:
        return _change(row, known, Status.EXPIRED, Reason.TOO_LATE, "quiet hours")
    change = _change(row, known, Status.SCHEDULED, Reason.QUIET_HOURS)
    return replace(change, due_at=allowed_at)


def _of_content(row: Candidate, known: Circumstances) -> Change | None:
    reason, words = _wrong_with(known.contents[row.id])
    if reason is None and row.id in known.windowed and not _window_is_open(row, known):
        reason = Reason.WINDOW_CLOSED
    if reason is None:
        return None
    change = _change(row, known, Status.FAILED, reason, words)
    return fall_back(change, row.fallback) if row.fallback and reason in _FALLS_BACK else change


def _wrong_with(content: Content) -> tuple[Reason | None, str]:
    if content.text is None:
        return Reason.INTERNAL_ERROR, ""
    if content.missing:
        return Reason.MISSING_PLACEHOLDER, ", ".join(content.missing)
    if content.template_problem:
        return Reason.TEMPLATE, content.template_problem
    if content.file_problem:
        return Reason.CONFIGURATION, content.file_problem
    return None, ""


def _window_is_open(row: Candidate, known: Circumstances) -> bool:
    return service_window.is_open(known.heard.get(row.id), known.now + WINDOW_MARGIN)


def _change(
    row: Candidate,
    known: Circumstances,
    status: Status,
    reason: Reason | None = None,
    words: str = "",
) -> Change:
    return Change(
        message_id=row.id,
        token=row.token,
        status=status,
        at=known.now,
        reason=reason,
        words=words,
    )


_SENDER: Columns = {"message_id": "bigint", "phone": "text", "channel": "text"}


def heard(
    cursor: CursorWrapper, dialect: Dialect, rows: Collection[Candidate]
) -> dict[int, datetime]:
    """By message, when its customer last wrote on its channel; none where they never did."""
    if not rows:
        return {}
    known_as = [(row.id, form, row.channel) for row in rows for form in number_variants(row.phone)]
    new = dialect.given(_SENDER, known_as)
    cursor.execute(
        f"""
        SELECT new.message_id, max(i.received_at)
        FROM {new.source}
        JOIN crm_inboundmessage AS i ON i.sender = new.phone AND i.channel = new.channel
        WHERE i.kind NOT IN (%s, %s)
        GROUP BY new.message_id
        """,
        [*new.parameters, *service_window.NOT_WRITTEN],
    )
    return {number: read_moment(moment) for number, moment in cursor.fetchall()}
