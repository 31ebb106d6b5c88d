"""Twilio on this machine: strict about every request, scripted in its failures.

    with serving(TwilioStandIn(script={"+34600111222": ["error:20429", "accept"]})) as twilio:
        settings = twilio.settings
        …
        twilio.tell(twilio.receipt("+34600111222", "delivered"))
        twilio.tell(twilio.reply("+34600111222", "STOP", url="http://127.0.0.1:…/webhooks/…"))

Its callbacks are signed by the package `twilio`. Files of customers are at `media`; asked for one,
it points to `store_url`, which another stand-in's "/store" may be.
"""

import itertools
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.stand_ins.sms import FORM, Call, Sent, SmsStandIn, encoded

ACCOUNT = "AC" + "a" * 32
SERVICE = "MG" + "b" * 32
NUMBER = "+15005550006"
#: What a page of a list wants to be given back as it was.
TOKEN = "PT+a&b=/c"

#: The parameters of a new message and what they look like (specs/twilio).
_PHONE = r"(whatsapp:)?\+[1-9]\d{6,14}"
PARAMETERS: Mapping[str, str] = {
    "To": _PHONE,
    "From": rf"{_PHONE}|\d{{3,6}}|[\w ]{{1,11}}",
    "MessagingServiceSid": "MG[0-9a-fA-F]{32}",
    "Body": r"(?s).{1,1600}",
    "MediaUrl": "https?://.+",
    "StatusCallback": "https?://[^_/]+/.*",
    "ContentSid": "HX[0-9a-fA-F]{32}",
    "ContentVariables": r"\{.*\}",
    "ValidityPeriod": r"[1-9]\d{0,4}",
    "SmartEncoded": "true|false",
}
#: By the parameter that is wrong or missing.
COMPLAINTS = {"To": 21211, "From": 21212, "Body": 21617, "MediaUrl": 21620, "ContentSid": 21655}
STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}
USUAL_CODES = {400: 21602, 401: 20003, 404: 20404, 429: 20429, 500: 20500, 503: 20503}
#: What the numbers of Twilio's own test credentials answer.
MAGIC = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}


@dataclass
class TwilioStandIn(SmsStandIn):
    """`lists` is what the list of messages shows: "all", "nothing" (not yet) or "twice"."""

    account_sid: str = ACCOUNT
    auth_token: str = "12345"
    api_key: tuple[str, str] = ("SK" + "c" * 32, "a-secret")
    from_number: str = NUMBER
    services: Sequence[str] = (SERVICE,)
    numbers: Sequence[str] = (NUMBER,)
    account_status: str = "active"
    lists: str = "all"
    retry_after: str = ""
    contents: Sequence[Mapping[str, Any]] = ()
    contents_key: str = "contents"
    page_size: int = 100
    media: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    store_url: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.created: dict[str, datetime] = {}
        self.states: dict[str, tuple[str, int | None]] = {}
        self._numbers = itertools.count(1)

    @property
    def settings(self) -> dict[str, str]:
        """An account's, for this server."""
        return {
            "account_sid": self.account_sid,
            "auth_token": self.auth_token,
            "from_number": self.from_number,
            "base_url": self.url,
            "content_base_url": self.url,
        }

    def routes(self) -> Sequence[web.RouteDef]:
        account = f"/2010-04-01/Accounts/{self.account_sid}"
        main_only = self._signed_in(self._tell_account, api_key=False)
        return [
            web.get(f"{account}.json", main_only),
            web.post(f"{account}/Messages.json", self._signed_in(self._take_message)),
            web.get(f"{account}/Messages.json", self._signed_in(self._list_messages)),
            web.get(f"{account}/IncomingPhoneNumbers.json", self._signed_in(self._list_numbers)),
            web.get(f"{account}/Messages/{{sid}}/Media/{{id}}", self._signed_in(self._point)),
            web.get("/v1/Services/{sid}", self._signed_in(self._tell_service)),
            web.get("/v1/ContentAndApprovals", self._signed_in(self._list_contents)),
            web.get("/store/{id}", self._give),
            web.route("*", "/{anything:.*}", self._tell_nothing),
        ]

    def media_url(self, media_id: str) -> str:
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/MM{'d' * 32}/Media/{media_id}"
        return self.url + path

    def accept(self, to: str, form: Mapping[str, str]) -> tuple[Sent, Mapping[str, Any]]:
        sid = f"SM{next(self._numbers):032x}"
        sent = Sent(id=sid, to=to, form=form, callback_url=form.get("StatusCallback", ""))
        self.created[sid] = datetime.now(UTC).replace(microsecond=0)
        self.states[sid] = ("queued", None)
        self.take(to, form.get("Body") or form.get("ContentVariables", ""))
        return sent, self._record(sent)

    def answer_to(self, answer: Mapping[str, Any]) -> web.Response:
        return web.json_response(answer, status=201)

    def refusal(self, *, status: int = 0, code: int = 0, words: str = "") -> web.Response:
        code = code or USUAL_CODES.get(status, 20001)
        status = status or STATUSES.get(code, 400)
        headers = {"Retry-After": self.retry_after} if self.retry_after and status == 429 else {}
        told = {
            "code": code,
            "message": words or f"This is error {code}",
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return web.json_response(told, status=status, headers=headers)

    def receipt_call(self, sent: Sent, word: str, *, code: int | None = None) -> Call:
        self.states[sent.id] = (word, code)
        form = {
            "MessageSid": sent.id,
            "SmsSid": sent.id,
            "MessageStatus": word,
            "SmsStatus": word,
            "To": sent.form["To"],
            "From": sent.form.get("From", self.from_number),
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
        }
        return self.signed(form | ({"ErrorCode": str(code)} if code else {}), sent.callback_url)

    def reply(self, sender: str, text: str, *, url: str, **more: str) -> Call:
        """A callback with something that a customer wrote, to "+34…" or "whatsapp:+34…"."""
        sid = f"SM{next(self._numbers) + 2**64:032x}"
        channel = "whatsapp:" if sender.startswith("whatsapp:") else ""
        form = {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "AccountSid": self.account_sid,
            "From": sender,
            "To": channel + self.from_number,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        return self.signed({**form, **more}, url)

    def signed(self, form: Mapping[str, str], url: str) -> Call:
        signature = RequestValidator(self.auth_token).compute_signature(url, dict(form))
        headers = {"X-Twilio-Signature": signature, "Content-Type": FORM + "; charset=UTF-8"}
        return Call(url=url, headers=headers, body=encoded(form))

    def _signed_in(self, handler: Any, *, api_key: bool = True) -> Any:
        """An API key opens everything but the account itself."""
        keys = [(self.account_sid, self.auth_token)] + ([self.api_key] if api_key else [])
        known = {"Basic " + b64encode(":".join(key).encode()).decode() for key in keys}

        async def handle(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") not in known:
                return self.refusal(code=20003, words="Authenticate")
            answer: web.StreamResponse = await handler(request)
            return answer

        return handle

    async def _take_message(self, request: web.Request) -> web.StreamResponse:
        fields = parse_qsl((await request.read()).decode(), keep_blank_values=True)
        form = dict(fields)
        code = 20001 if len(form) != len(fields) or request.content_type != FORM else None
        code = code or complaint_about(form, self.services)
        to = form.get("To", "").removeprefix("whatsapp:")
        code = code or (MAGIC.get(to) if to not in self.script else None)
        return self.refusal(code=code) if code else await self.play(request, to, form)

    async def _list_messages(self, request: web.Request) -> web.StreamResponse:
        size, page = int(request.query.get("PageSize", 50)), int(request.query.get("Page", 0))
        found = [one for one in reversed(self.sent) if self._is_listed(one, request)]
        begin, following = page * size, dict(request.query) | {"Page": str(page + 1)}
        more = str(request.rel_url.with_query(following)) if len(found) > begin + size else None
        told = {"page": page, "page_size": size, "next_page_uri": more, "uri": str(request.rel_url)}
        messages = [self._record(one) for one in found[begin : begin + size]]
        return web.json_response(
            told | {"messages": messages * (2 if self.lists == "twice" else 1)}
        )

    def _is_listed(self, sent: Sent, request: web.Request) -> bool:
        return self.lists != "nothing" and request.query.get("To") in {None, sent.form["To"]}

    def _record(self, sent: Sent) -> dict[str, Any]:
        created = self.created[sent.id].strftime("%a, %d %b %Y %H:%M:%S +0000")
        word, code = self.states[sent.id]
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": sent.form.get("Body", ""),
            "date_created": created,
            "date_sent": None,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": code,
            "error_message": None,
            "from": sent.form.get("From"),
            "messaging_service_sid": sent.form.get("MessagingServiceSid"),
            "num_media": "1" if "MediaUrl" in sent.form else "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": sent.id,
            "status": word,
            "to": sent.form["To"],
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sent.id}.json",
        }

    async def _tell_account(self, request: web.Request) -> web.StreamResponse:
        told = {"sid": self.account_sid, "status": self.account_status}
        return web.json_response(told | {"friendly_name": "Salon Zoë", "type": "Full"})

    async def _list_numbers(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("PhoneNumber")
        found = [{"phone_number": one} for one in self.numbers if wanted in {None, one}]
        return web.json_response({"incoming_phone_numbers": found, "next_page_uri": None})

    async def _tell_service(self, request: web.Request) -> web.StreamResponse:
        sid = request.match_info["sid"]
        return web.json_response({"sid": sid}) if sid in self.services else self.refusal(code=20404)

    async def _list_contents(self, request: web.Request) -> web.StreamResponse:
        page = int(request.query.get("Page", 0))
        begin, end = page * self.page_size, (page + 1) * self.page_size
        if page and request.query.get("PageToken") != TOKEN:
            return self.refusal(code=20001)
        query = urlencode({"Page": page + 1, "PageToken": TOKEN})
        path = f"https://content.twilio.com/v1/ContentAndApprovals?{query}"
        following = path if len(self.contents) > end else None
        meta = {"page": page, "key": "contents", "next_page_url": following}
        contents = list(self.contents[begin:end])
        return web.json_response({self.contents_key: contents, "meta": meta})

    async def _point(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["id"] not in self.media:
            return self.refusal(code=20404)
        store = self.store_url or self.url
        return web.Response(
            status=307, headers={"Location": f"{store}/store/{request.match_info['id']}"}
        )

    async def _give(self, request: web.Request) -> web.StreamResponse:
        content_type, content = self.media[request.match_info["id"]]
        return web.Response(body=content, content_type=content_type)

    async def _tell_nothing(self, request: web.Request) -> web.StreamResponse:
        return self.refusal(code=20404, words="The requested resource was not found")


def complaint_about(form: Mapping[str, str], services: Sequence[str]) -> int | None:
    """The code with which Twilio would refuse a new message; None where it would take it."""
    for name, value in form.items():
        if not re.fullmatch(PARAMETERS.get(name, "(?!)"), value):
            return COMPLAINTS.get(name, 20001)
    to, sender = form.get("To", ""), form.get("From", form.get("To", ""))
    wrong = {
        21604: not to,
        21603: not {"From", "MessagingServiceSid"} & form.keys(),
        21701: form.get("MessagingServiceSid", SERVICE) not in services,
        21619: not {"Body", "MediaUrl", "ContentSid"} & form.keys(),
        63007: to.startswith("whatsapp:") != sender.startswith("whatsapp:"),
        20001: int(form.get("ValidityPeriod", 1)) > 36000,
        21656: not _are_variables(form.get("ContentVariables", "{}")),
    }
    return next((code for code, is_wrong in wrong.items() if is_wrong), None)


def _are_variables(text: str) -> bool:
    values = json.loads(text)
    return all(isinstance(value, str) and value for value in values.values())
