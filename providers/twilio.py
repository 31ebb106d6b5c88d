"""Twilio: SMS and WhatsApp (www.twilio.com/docs/messaging/api/message-resource, read 2026-11).

There is no key that would make a repeated request harmless, and Twilio says of its own 5xx that
asking again may send twice. Our attempt id travels in the address that statuses are sent to; what
was not answered is looked for in the account's list of messages.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Self

from yarl import URL

from providers import (
    twilio_account,
    twilio_callbacks,
    twilio_check,
    twilio_list,
    twilio_media,
    twilio_templates,
)
from providers.accounts import Check, Setting
from providers.base import Outcome, Outgoing, Refused
from providers.callbacks import Callback, Event, InboundMedia, Media
from providers.errors import ErrorKind
from providers.http import Answer, Http
from providers.templates import Template
from providers.twilio_account import on_channel
from providers.twilio_errors import outcome_of_answer, outcome_of_message
from providers.twilio_list import Listed

LONGEST_BODY = 1600
#: Also how long Twilio keeps trying where it is told nothing.
LONGEST_VALIDITY_S = 36_000


class Twilio:
    """An account with a sender or a Messaging Service: see twilio_account.py."""

    settings: ClassVar[tuple[Setting, ...]] = twilio_account.SETTINGS
    channels: ClassVar[frozenset[str]] = frozenset({"sms", "whatsapp"})
    receipts: ClassVar[bool] = True

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Raises SettingsError."""
        self._account = twilio_account.read(settings)
        self._http = Http(base_url=self._account.base_url, auth=self._account.key)
        #: Messages that a look-up has just given to an attempt: two alike, looked up at once, may
        #: not both be the same one.
        self._given: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def send(self, outgoing: Outgoing) -> Outcome:
        refused = _refused(outgoing)
        if refused:
            return refused
        path, form = f"{self._account.path}/Messages.json", self._form(outgoing)
        answer = await self._http.request("POST", path, data=form)
        return outcome_of_answer(answer) if isinstance(answer, Answer) else answer

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        """What Twilio's list of messages to this recipient proves.

        One message of this text since the attempt, and no other attempt's: it is ours. Several: it
        cannot be told which. None: that proves nothing, as the list is not promised to be complete
        at any moment, and a request still on its way (from a worker that was only paused, through a
        network that only hung) would be taken later, since Twilio knows no way to call one off. So
        this never says NotSent: the message stays unconfirmed, and a person decides.
        """
        since = attempted_at - twilio_list.CLOCKS_DIFFER_BY
        recipient = on_channel(outgoing.channel, outgoing.to)
        found: list[Listed] = []
        async for page in twilio_list.messages_to(self._http, self._account, recipient):
            found += [one for one in page if self._may_be(one, outgoing, since, known_ids)]
            if all(one.touched_at < since for one in page):
                return self._only_one(found, outgoing)
        return None

    async def check(self) -> Check:
        return await twilio_check.check(self._http, self._account)

    async def templates(self) -> Sequence[Template]:
        return await twilio_templates.templates(self._http, self._account)

    def challenge(self, callback: Callback) -> str | None:
        return None

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        """Twilio signs no time; what is repeated tells nothing new."""
        return twilio_callbacks.is_genuine(
            callback,
            auth_token=self._account.auth_token,
            shared_key_secret=self._account.shared_key_secret,
        )

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        return twilio_callbacks.read(callback, now)

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        return await twilio_media.fetch(self._http, self._account, media, at_most=at_most)

    def _form(self, outgoing: Outgoing) -> dict[str, str]:
        """SmartEncoded off: what was counted and shown is what goes, not look-alikes."""
        form = {
            "To": on_channel(outgoing.channel, outgoing.to),
            "From": self._account.sender and on_channel(outgoing.channel, self._account.sender),
            "MessagingServiceSid": self._account.service_sid,
            "SmartEncoded": "false",
            "ValidityPeriod": _validity_s(outgoing),
            "StatusCallback": _status_callback(outgoing),
            **_content(outgoing),
        }
        return {name: value for name, value in form.items() if value}

    def _may_be(
        self, listed: Listed, outgoing: Outgoing, since: datetime, known_ids: frozenset[str]
    ) -> bool:
        is_another = listed.sid in known_ids or (
            self._given.get(listed.sid, outgoing.attempt_id) != outgoing.attempt_id
        )
        is_ours = twilio_list.is_ours(listed, self._account, outgoing.text)
        return is_ours and not is_another and listed.created_at >= since

    def _only_one(self, found: Sequence[Listed], outgoing: Outgoing) -> Outcome | None:
        if len({one.sid for one in found}) != 1:
            return None
        self._given[found[0].sid] = outgoing.attempt_id
        return outcome_of_message(found[0].record)


def _refused(outgoing: Outgoing) -> Refused | None:
    """What Twilio would not take, or not as it is meant."""
    if outgoing.send_by and outgoing.at and outgoing.at >= outgoing.send_by:
        return Refused(code="", reason="too late to be of use", kind=ErrorKind.EXPIRED)
    if outgoing.template:
        if outgoing.attachment:
            reason = "a content template takes no other file along"
            return Refused(code="", reason=reason, kind=ErrorKind.CONTENT)
        return None
    if len(outgoing.text) > LONGEST_BODY:
        reason = f"longer than {LONGEST_BODY} characters"
        return Refused(code="21617", reason=reason, kind=ErrorKind.CONTENT)
    if outgoing.attachment and not outgoing.attachment.url:
        reason = "Twilio fetches files from this installation, which it cannot reach"
        return Refused(code="", reason=reason, kind=ErrorKind.CONFIGURATION)
    return None


def _content(outgoing: Outgoing) -> dict[str, str]:
    if outgoing.template:
        values = json.dumps(dict(outgoing.template.values)) if outgoing.template.values else ""
        return {"ContentSid": outgoing.template.reference, "ContentVariables": values}
    media_url = outgoing.attachment.url if outgoing.attachment else ""
    return {"Body": outgoing.text, "MediaUrl": media_url}


def _validity_s(outgoing: Outgoing) -> str:
    """How long Twilio may keep it in its queue; "" where as long as it likes."""
    if outgoing.send_by is None or outgoing.at is None:
        return ""
    left_s = int((outgoing.send_by - outgoing.at).total_seconds())
    return str(min(max(left_s, 1), LONGEST_VALIDITY_S))


def _status_callback(outgoing: Outgoing) -> str:
    """The signature covers the query, so the attempt id comes back as it went."""
    if not outgoing.callback_url:
        return ""
    named = {twilio_callbacks.REFERENCE: outgoing.attempt_id}
    return str(URL(outgoing.callback_url).update_query(named))
