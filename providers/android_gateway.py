"""A shop's own phone as its SMS sender, by the app SMSGate (capcom6/android-sms-gateway).

Two modes. "server": the app's cloud, or a server of one's own, keeps the messages and the phone
fetches them; the device has to be named. "local": the phone itself answers in the same network.

Repeating a request is safe, which no other provider offers. The server keeps (id, device) unique
and answers 409 to a second one; the phone keeps the id and answers 202 without sending again
(server@22074dda modules/messages, app MessagesService.enqueueMessage). So the device is always
named, and the id is the attempt's.

Messages of equal priority leave the phone last in, first out, unless the app's own setting says
otherwise; no priority of ours could make that a queue, as only four values are valid.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from providers.accounts import Check, Problem, Setting, read_settings
from providers.android_gateway_callbacks import Callbacks, instant
from providers.android_gateway_errors import failure, not_taken, problem_with
from providers.base import Accepted, NotSent, Outcome, Outgoing, Refused, Uncertain
from providers.callbacks import Callback, Event, InboundMedia, Media
from providers.errors import ErrorKind, SettingsError
from providers.http import Answer, Http, check_of
from providers.untrusted import mapping, mappings, text
from rules.message_states import Status

SETTINGS = (
    Setting(name="mode", kind="choice", choices=("server", "local"), default="server"),
    Setting(name="base_url", kind="url", default="https://api.sms-gate.app"),
    Setting(name="username"),
    Setting(name="password", secret=True),
    Setting(name="device_id", required=False),
    Setting(name="sim_number", kind="choice", choices=("1", "2", "3"), required=False),
    Setting(name="signing_key", secret=True, required=False),
)

#: What callbacks are read for; each is asked for by itself, under an id that stays ours.
HEARD = ("sms:sent", "sms:delivered", "sms:failed", "sms:received", "mms:downloaded")

#: An idle phone asks its server every 15 minutes.
OFFLINE_AFTER = timedelta(hours=1)
#: Both keep ids for days; by then nobody knows whether this is still the same phone.
REPEAT_WITHIN = timedelta(hours=6)


class AndroidGateway:
    channels: ClassVar[frozenset[str]] = frozenset({"sms"})
    receipts: ClassVar[bool] = True
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Raises SettingsError."""
        read = read_settings(SETTINGS, settings)
        self._is_local = read["mode"] == "local"
        self._device_id = read["device_id"]
        if not self._device_id and not self._is_local:
            raise SettingsError("device_id", "is missing")
        self._sim_number = int(read["sim_number"] or 0)
        self._is_signed = bool(read["signing_key"])
        self._callbacks = Callbacks(read["signing_key"])
        self._http = Http(base_url=read["base_url"], auth=(read["username"], read["password"]))

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
        answer = await self._http.request("POST", self._messages, json=self._body(outgoing))
        match answer:
            case NotSent() | Uncertain():
                return answer
            case Answer(status=409):
                return Accepted(provider_message_id=outgoing.attempt_id)
            case Answer(status=200 | 201 | 202) if _is_about(answer, outgoing):
                return Accepted(provider_message_id=outgoing.attempt_id)
        return not_taken(answer)

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        answer = await self._http.request("GET", f"{self._messages}/{outgoing.attempt_id}")
        if not isinstance(answer, Answer):
            return None
        if answer.status == 200:
            return _outcome_by_state(mapping(answer.json), outgoing)
        if answer.status != 404 or answer.at is None:
            return None
        if answer.at - attempted_at > REPEAT_WITHIN:
            return None
        if outgoing.send_by is not None and answer.at >= outgoing.send_by:
            # Whoever still writes it writes its limit too, and the phone looks at that.
            return Refused(code="", reason="it never reached the phone", kind=ErrorKind.EXPIRED)
        return _proof(await self.send(outgoing))

    async def check(self) -> Check:
        path = "/device" if self._is_local else "/3rdparty/v1/devices"
        answer = await self._http.request("GET", path)
        if not isinstance(answer, Answer):
            return check_of(answer)
        if answer.status != 200 or not isinstance(answer.json, list):
            return problem_with(answer)
        devices = [one for one in mappings(answer.json) if not one.get("deletedAt")]
        for device in devices:
            if self._device_id in {"", device.get("id")}:
                return self._check_of_device(device, answer.at)
        names = ", ".join(f"{text(one.get('name'))}: {text(one.get('id'))}" for one in devices)
        return Check(problem=Problem.NOT_FOUND, setting="device_id", words=names)

    async def listen(self, url: str) -> Check:
        """What is registered under the same id is replaced; unsigned, nothing would be believed."""
        if not self._is_signed:
            return Check(problem=Problem.SETTING, setting="signing_key", words="is missing")
        for event in HEARD:
            answer = await self._http.request("POST", self._webhooks, json=self._hook(event, url))
            if not isinstance(answer, Answer):
                return check_of(answer)
            if answer.status >= 300 or mapping(answer.json).get("event") != event:
                return problem_with(answer)
        return Check()

    def challenge(self, callback: Callback) -> str | None:
        return None

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        return self._callbacks.is_genuine(callback, now)

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        return self._callbacks.read(callback, now)

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        return await self._callbacks.fetch(media, at_most=at_most)

    @property
    def _messages(self) -> str:
        return "/message" if self._is_local else "/3rdparty/v1/messages"

    @property
    def _webhooks(self) -> str:
        return "/webhooks" if self._is_local else "/3rdparty/v1/webhooks"

    def _hook(self, event: str, url: str) -> Mapping[str, object]:
        hook = {"id": f"customer-manager-{event}", "event": event, "url": url}
        return hook if self._is_local else {**hook, "deviceId": self._device_id}

    def _body(self, outgoing: Outgoing) -> Mapping[str, object]:
        body: dict[str, object] = {
            "id": outgoing.attempt_id,
            "textMessage": {"text": outgoing.text},
            "phoneNumbers": [outgoing.to],
            "withDeliveryReport": True,
        }
        if self._device_id:
            body["deviceId"] = self._device_id
        if self._sim_number:
            body["simNumber"] = self._sim_number
        if outgoing.send_by:
            body["validUntil"] = outgoing.send_by.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return body

    def _check_of_device(self, device: Mapping[str, Any], now: datetime | None) -> Check:
        found = text(device.get("name"))
        seen_at = instant(device.get("lastSeen"), now) if now else None
        if now and seen_at and now - seen_at > OFFLINE_AFTER:
            words = f"last seen {seen_at:%Y-%m-%d %H:%M} UTC"
            return Check(problem=Problem.OFFLINE, setting="device_id", words=words, found=found)
        cards = mappings(device.get("simCards"))
        if self._sim_number and cards and not _has_card(cards, self._sim_number):
            return Check(problem=Problem.SENDER, setting="sim_number", found=found)
        return Check(found=found)


def _is_about(answer: Answer, outgoing: Outgoing) -> bool:
    """Not what a hotel's or a router's own page would answer."""
    return mapping(answer.json).get("id") == outgoing.attempt_id


def _proof(outcome: Outcome) -> Outcome | None:
    """Of a repeated request, only what also binds whoever still writes the first one."""
    match outcome:
        case Accepted():
            return outcome
        case Refused(kind=ErrorKind.PERMANENT_RECIPIENT | ErrorKind.CONTENT | ErrorKind.EXPIRED):
            return outcome
    return None


def _outcome_by_state(message: Mapping[str, Any], outgoing: Outgoing) -> Outcome | None:
    if message.get("id") != outgoing.attempt_id:
        return None
    match message.get("state"):
        case "Pending" | "Processed" | "Sent":
            return Accepted(provider_message_id=outgoing.attempt_id)
        case "Delivered":
            return Accepted(provider_message_id=outgoing.attempt_id, status=Status.DELIVERED)
        case "Failed":
            errors = [text(one.get("error")) for one in mappings(message.get("recipients"))]
            reason = next((error for error in errors if error), "")
            kind, code = failure(reason)
            return Refused(code=code, reason=reason, kind=kind)
        case "Cancelled":
            return Refused(code="", reason="cancelled", kind=ErrorKind.UNKNOWN)
    return None


def _has_card(cards: Sequence[Mapping[str, Any]], number: int) -> bool:
    return any(card.get("simNumber") == number for card in cards)
