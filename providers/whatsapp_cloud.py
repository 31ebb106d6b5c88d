"""WhatsApp through Meta's Cloud API: one business number.

It knows no idempotency key: an attempt nobody heard the answer to is never proved to be unsent. Its
id goes along as `biz_opaque_callback_data` and comes back in every receipt, which is the proof that
it was. https://developers.facebook.com/docs/whatsapp/cloud-api (2026-11)
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Self

from providers.accounts import Check, Problem, Setting, read_settings
from providers.base import Accepted, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.callbacks import Callback, Event, InboundMedia, Media
from providers.errors import SettingsError
from providers.http import Answer, Http, check_of
from providers.templates import Template
from providers.untrusted import first_text, mapping, mappings, text
from providers.whatsapp_cloud_callbacks import answered_challenge, is_signed, read_callback
from providers.whatsapp_cloud_errors import check_of_error, outcome_of_error
from providers.whatsapp_cloud_media import download, shown
from providers.whatsapp_cloud_requests import message, refused
from providers.whatsapp_cloud_templates import read_templates

BASE_URL = "https://graph.facebook.com"
API_VERSION = "v25.0"

#: Taken, but held back without a word of when: whether it goes nobody knows until a receipt comes.
#: What is "held_for_quality_assessment" is another thing: it goes within the hour or is reported.
_PAUSED = "paused"
#: States of a number that sends nothing.
_STOPPED = frozenset({"BANNED", "RESTRICTED", "DISCONNECTED", "DELETED", "MIGRATED", "UNLINKED"})
_NUMBER_FIELDS = {"fields": "verified_name,display_phone_number,quality_rating,status"}
_BUSINESS_FIELDS = {"fields": "id,name"}
_FORMS = {
    "phone_number_id": (re.compile(r"[0-9]{1,32}"), "is the ID of the number: digits only"),
    "waba_id": (re.compile(r"[0-9]{1,32}"), "is the ID of the business account: digits only"),
    "access_token": (re.compile(r"[\x21-\x7e]{1,2000}"), "holds a character that no token has"),
    "app_secret": (re.compile(r"[\x21-\x7e]{1,200}"), "holds a character that no secret has"),
    "verify_token": (re.compile(r"[\x21-\x7e]{1,200}"), "is a word without spaces and accents"),
    "api_version": (re.compile(r"v[0-9]{1,3}\.[0-9]"), f"is a version like {API_VERSION}"),
}


class WhatsAppCloud:
    channels: ClassVar[frozenset[str]] = frozenset({"whatsapp"})
    receipts: ClassVar[bool] = True
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(name="phone_number_id"),
        Setting(name="waba_id"),
        Setting(name="access_token", secret=True),
        Setting(name="app_secret", secret=True),
        Setting(name="verify_token", secret=True, kind="token"),
        Setting(name="api_version", required=False, default=API_VERSION),
        Setting(name="base_url", required=False, kind="url", default=BASE_URL),
    )

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Raises SettingsError."""
        told = _told(settings)
        self._phone_number_id = told["phone_number_id"]
        self._waba_id = told["waba_id"]
        self._app_secret = told["app_secret"]
        self._verify_token = told["verify_token"]
        self._version = told["api_version"]
        self._http = Http(
            base_url=told["base_url"],
            headers={"Authorization": f"Bearer {told['access_token']}"},
        )

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
        if too_long := refused(outgoing):
            return too_long
        file = outgoing.attachment
        found = await shown(self._http, self._of_number("media"), file) if file else None
        if isinstance(found, NotSent | Refused):
            return found
        body = message(outgoing, found)
        answer = await self._http.request("POST", self._of_number("messages"), json=body)
        return _outcome(answer) if isinstance(answer, Answer) else answer

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        """There is nothing to ask: the proof comes by itself, in a receipt."""
        return None

    async def check(self) -> Check:
        number = await self._http.request("GET", self._of_number(), params=_NUMBER_FIELDS)
        if not isinstance(number, Answer) or number.status != 200:
            return _failed(number, "phone_number_id")
        business = await self._http.request(
            "GET", self._of_business(), params={"fields": "id,name"}
        )
        if not isinstance(business, Answer) or business.status != 200:
            return _failed(business, "waba_id")
        return _checked(number, business)

    async def templates(self) -> Sequence[Template]:
        """Raises LookupFailedError."""
        return await read_templates(self._http, self._of_business("message_templates"))

    def challenge(self, callback: Callback) -> str | None:
        return answered_challenge(callback, self._verify_token)

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        """Meta's signature holds no time; what comes twice is told apart by what it says."""
        return is_signed(callback, self._app_secret)

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        """Raises UnreadableError."""
        return read_callback(
            callback, now, phone_number_id=self._phone_number_id, waba_id=self._waba_id
        )

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        """Raises LookupFailedError."""
        return await download(self._http, f"/{self._version}", media, at_most=at_most)

    def _of_number(self, edge: str = "") -> str:
        return f"/{self._version}/{self._phone_number_id}/{edge}".rstrip("/")

    def _of_business(self, edge: str = "") -> str:
        return f"/{self._version}/{self._waba_id}/{edge}".rstrip("/")


def _outcome(answer: Answer) -> Outcome:
    """200 says that Meta has taken it, not that it has been sent."""
    taken = next(iter(mappings(mapping(answer.json).get("messages"))), {})
    message_id = text(taken.get("id")) if answer.status < 300 else ""
    if not message_id:
        return outcome_of_error(answer)
    if text(taken.get("message_status")) == _PAUSED:
        return Uncertain(why="WhatsApp has taken the message and holds it back", code=_PAUSED)
    return Accepted(provider_message_id=message_id)


def _failed(answer: Answer | NotSent | Uncertain, setting: str) -> Check:
    return check_of_error(answer, setting) if isinstance(answer, Answer) else check_of(answer)


def _checked(number: Answer, business: Answer) -> Check:
    told, of_business = mapping(number.json), mapping(business.json)
    shown_number, status = text(told.get("display_phone_number")), text(told.get("status"))
    if not shown_number or not text(of_business.get("id")):
        return Check(problem=Problem.ANSWER, setting="base_url")
    name = first_text(told.get("verified_name"), of_business.get("name"))
    found = f"{name} · {shown_number}" if name else shown_number
    if status in _STOPPED:
        return Check(problem=Problem.SUSPENDED, setting="phone_number_id", code=status, found=found)
    return Check(found=found)


def _told(settings: Mapping[str, object]) -> Mapping[str, str]:
    """Raises SettingsError."""
    told = read_settings(WhatsAppCloud.settings, settings)
    for name, (form, wanted) in _FORMS.items():
        if not form.fullmatch(told[name]):
            raise SettingsError(name, wanted)
    return told
