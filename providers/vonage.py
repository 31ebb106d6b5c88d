"""Vonage's SMS API (specs of developer.vonage.com/en/api/sms, read 2026-11).

A repeated request is a second message, and no list says what became of an attempt: the only proof
is our attempt id, which comes back in receipts as `client-ref`. A long text is several messages
there, each with an id and receipts of its own: see `client_ref` in vonage_callbacks.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Self

from providers import untrusted, vonage_callbacks, vonage_signatures
from providers.accounts import Check, Problem, Setting, read_settings
from providers.base import Outcome, Outgoing, Refused
from providers.callbacks import Callback, Event, InboundMedia, Media
from providers.errors import ErrorKind, LookupFailedError
from providers.http import Answer, Http, check_of
from providers.vonage_errors import outcome_of_answer
from rules import sms_parts

BASE_URL = "https://rest.nexmo.com"
#: What Vonage takes for the time in which a message is of use.
SHORTEST_TTL_MS, LONGEST_TTL_MS = 20_000, 604_800_000

_PROBLEMS: Mapping[int, tuple[Problem, str]] = {
    401: (Problem.CREDENTIALS, "api_secret"),
    403: (Problem.PERMISSION, "api_key"),
    420: (Problem.LIMITED, ""),
    429: (Problem.LIMITED, ""),
}


class Vonage:
    """`sender` is a number, or up to 11 letters where the country allows it.

    An account without a signature secret sends, and believes no callback.
    """

    channels: ClassVar[frozenset[str]] = frozenset({"sms"})
    receipts: ClassVar[bool] = True
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(name="api_key"),
        Setting(name="api_secret", secret=True),
        Setting(name="sender"),
        Setting(name="signature_secret", required=False, secret=True),
        Setting(
            name="signature_method",
            required=False,
            kind="choice",
            default="sha256",
            choices=tuple(vonage_signatures.METHODS),
        ),
        Setting(name="base_url", required=False, kind="url", default=BASE_URL),
    )

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Raises SettingsError."""
        told = read_settings(self.settings, settings)
        self._credentials = {"api_key": told["api_key"], "api_secret": told["api_secret"]}
        self._sender = _sender(told["sender"])
        self._signature_secret = told["signature_secret"]
        self._signature_method = told["signature_method"]
        self._http = Http(base_url=told["base_url"])

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
        if outgoing.send_by and outgoing.at and outgoing.at >= outgoing.send_by:
            return Refused(code="", reason="too late to be of use", kind=ErrorKind.EXPIRED)
        if outgoing.attachment or outgoing.template:
            reason = "an SMS takes no file and no template"
            return Refused(code="", reason=reason, kind=ErrorKind.CONTENT)
        answer = await self._http.request("POST", "/sms/json", data=self._form(outgoing))
        return outcome_of_answer(answer) if isinstance(answer, Answer) else answer

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        """Nothing can be asked; a receipt with our attempt id is the only proof."""
        return None

    async def check(self) -> Check:
        """The balance, which only the account itself can ask for."""
        answer = await self._http.request("GET", "/account/get-balance", params=self._credentials)
        if not isinstance(answer, Answer):
            return check_of(answer)
        balance = untrusted.mapping(answer.json).get("value")
        if answer.status != 200 or not isinstance(balance, int | float):
            problem, setting = _PROBLEMS.get(answer.status, (Problem.ANSWER, "base_url"))
            return Check(problem=problem, setting=setting, words=f"HTTP {answer.status}")
        name = self._credentials["api_key"]
        return Check(problem=Problem.PAYMENT if balance <= 0 else None, found=name)

    def challenge(self, callback: Callback) -> str | None:
        return None

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        return vonage_signatures.is_genuine(
            callback, now, secret=self._signature_secret, method=self._signature_method
        )

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        return vonage_callbacks.read(callback, now)

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        raise LookupFailedError("an SMS brings no files")

    def _form(self, outgoing: Outgoing) -> dict[str, str]:
        measured = sms_parts.measure(outgoing.text)
        form = {
            **self._credentials,
            "from": self._sender,
            "to": outgoing.to.removeprefix("+"),
            "text": outgoing.text,
            "type": "unicode" if measured.encoding == "UCS-2" else "text",
            "ttl": _ttl_ms(outgoing),
            "client-ref": vonage_callbacks.client_ref(outgoing.attempt_id, measured.parts),
            "callback": outgoing.callback_url,
        }
        return {name: value for name, value in form.items() if value}


def _sender(text: str) -> str:
    """Vonage wants a number's digits alone; a name may have spaces and dots of its own."""
    return "".join(filter(str.isdigit, text)) if text.startswith("+") else text


def _ttl_ms(outgoing: Outgoing) -> str:
    """ "" where Vonage may try as long as it likes, which is three days."""
    if outgoing.send_by is None or outgoing.at is None:
        return ""
    left_ms = int((outgoing.send_by - outgoing.at).total_seconds() * 1000)
    return str(min(max(left_ms, SHORTEST_TTL_MS), LONGEST_TTL_MS))
