"""One account's HTTP: pooled connections, time limits, and what a failure says about the message.

    async with Http(base_url="https://…", headers={…}) as http:
        answer = await http.request("POST", "/messages", json={…})
        match answer:
            case NotSent() | Uncertain():   # already an outcome
                return answer
            case Answer(status=status, body=body): …

Whether a message may have gone hangs on when it failed: before the request was written it certainly
did not, afterwards it may have. A 5xx is for the caller to judge, as providers differ there.

What is not read (GET) is written once: aiohttp repeats only idempotent methods by itself, on a
connection that the server had closed (`IDEMPOTENT_METHODS`, aiohttp 3.14).
"""

import asyncio
import base64
import email.utils
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType, TracebackType
from typing import Any, Self
from urllib.parse import quote_plus

import aiohttp
from yarl import URL

from providers.accounts import Check, Problem
from providers.base import NotSent, Uncertain
from providers.errors import SettingsError
from rules.reasons import Reason

#: The wait for a place in the pool, the name's look-up, TCP and TLS, all together.
CONNECT_WITHIN_S = 10.0
ANSWER_WITHIN_S = 30.0
#: Shorter than any server's own (Node's is 5 s): one that closes just as we write leaves a message
#: unconfirmed. When there is much to send, a connection is used again at once.
KEEP_ALIVE_S = 4.0
#: Providers' answers are small; what is larger is something else.
LONGEST_ANSWER = 4 * 1024 * 1024
CONNECTIONS = 1000
LONGEST_PAUSE_S = 86_400.0
#: Meta's specification wants three numbers.
USER_AGENT = "customer-manager/0.1.0"
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

#: What a NotSent's code says when no request was written at all.
NO_CONNECTION, NO_TLS, NO_ADDRESS, CONNECT_TIMED_OUT = (
    "no_connection",
    "no_tls",
    "no_address",
    "connect_timed_out",
)
_PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        NO_TLS: Problem.TLS,
        NO_ADDRESS: Problem.SETTING,
        CONNECT_TIMED_OUT: Problem.TIMED_OUT,
        Reason.TIMED_OUT: Problem.TIMED_OUT,
        Reason.PROVIDER_ERROR: Problem.ANSWER,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`headers` are by lower-case name."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """What the body holds as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def retry_after_s(self) -> float | None:
        """What the header Retry-After asks for: seconds, or a date by the server's own clock.

        A day at most.
        """
        asked = self.headers.get("retry-after", "").strip()
        if _SECONDS.fullmatch(asked):
            return min(float(asked), LONGEST_PAUSE_S)
        moment = _moment(asked)
        if moment is None or self.at is None:
            return None
        return min(max(0.0, (moment - self.at).total_seconds()), LONGEST_PAUSE_S)

    @property
    def at(self) -> datetime | None:
        """The server's own clock when it answered, aware; None where it did not say."""
        return _moment(self.headers.get("date", ""))


class Http:
    """`base_url` is a setting of the account, so that another server can stand in.

    Raises SettingsError where it is not an address.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        connect_within_s: float = CONNECT_WITHIN_S,
        answer_within_s: float = ANSWER_WITHIN_S,
        connections: int = CONNECTIONS,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._origin = URL(self.base_url).origin()
        self._headers = {**_basic(auth), **(headers or {})}
        self._connect_within_s = connect_within_s
        self._answer_within_s = answer_within_s
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": USER_AGENT},
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEP_ALIVE_S),
            timeout=aiohttp.ClientTimeout(
                total=None, connect=self._connect_within_s, sock_read=self._answer_within_s
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy of the environment's would read every message
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        data: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        longest: int = LONGEST_ANSWER,
        trusted: bool = False,
        within_s: float | None = None,
    ) -> Answer | NotSent | Uncertain:
        """`path` is put behind the base URL, or is an address of its own.

        The account's headers and password go to the base URL's server, and elsewhere only where
        that is `trusted`. Redirects are not followed: the answer says so. `within_s` is for what
        takes longer than an answer, like a file. Raises nothing that the wire does.
        """
        assert self._session is not None, "entered with `async with`"  # noqa: S101
        try:
            url = _address(path if "://" in path else self.base_url + path)
        except ValueError:
            return NotSent(why="this is not an address", code=NO_ADDRESS)
        known = trusted or url.origin() == self._origin
        all_s = within_s or self._answer_within_s
        body, kind = _form(data) if isinstance(data, Mapping) else (data, {})
        try:
            async with asyncio.timeout(self._connect_within_s + all_s):
                async with self._session.request(
                    method,
                    url,
                    json=json,
                    data=body,
                    params=params,
                    headers={**(self._headers if known else {}), **kind, **(headers or {})},
                    allow_redirects=False,  # a message would go there
                ) as response:
                    return await _read(response, longest)
        except (OSError, ValueError, aiohttp.ClientError) as error:  # a TimeoutError is an OSError
            return _not_written(error) or _may_be_written(error)


async def _read(response: aiohttp.ClientResponse, longest: int) -> Answer | Uncertain:
    body = await response.content.read(longest + 1)
    while len(body) <= longest and not response.content.at_eof():
        body += await response.content.read(longest + 1 - len(body))
    if len(body) > longest:
        return Uncertain(why="the answer is too long", code=str(response.status))
    named = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=named, body=body)


def _not_written(error: Exception) -> NotSent | None:
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return NotSent(why=_words(error), code=NO_TLS)
        case aiohttp.ClientConnectorError(host=host, os_error=cause):
            return NotSent(why=f"no connection to {host}: {reason_of(cause)}", code=NO_CONNECTION)
        case aiohttp.ConnectionTimeoutError():
            return NotSent(why="no connection in time", code=CONNECT_TIMED_OUT)
    return None


def _may_be_written(error: Exception) -> Uncertain:
    match error:
        case TimeoutError():
            return Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)
        case aiohttp.ClientResponseError() | ValueError():
            return Uncertain(why="the answer is not HTTP", cause=Reason.PROVIDER_ERROR)
    return Uncertain(why=_words(error), cause=Reason.CONNECTION_LOST)


def check_of(failure: NotSent | Uncertain) -> Check:
    """What a check of an account says where no answer came."""
    told = failure.code if isinstance(failure, NotSent) else failure.cause
    problem = _PROBLEMS.get(told, Problem.UNREACHABLE)
    return Check(problem=problem, setting="base_url", words=failure.why)


def checked_base_url(text: str) -> str:
    """Without a slash at the end. Raises SettingsError."""
    try:
        url = _address(text.strip())
    except ValueError as error:
        raise SettingsError("base_url", "is not an address like https://example.com") from error
    if url.user or url.password or url.query_string or url.fragment:
        raise SettingsError("base_url", "holds more than an address: a password, a ? or a #")
    return str(url).rstrip("/")


@lru_cache(maxsize=256)
def _address(text: str) -> URL:
    """Raises ValueError for what could not be asked, before anything is."""
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.raw_host or not url.port:
        raise ValueError(text)
    url.raw_host.encode("idna")
    return url


def _form(fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """In a quarter of the time of aiohttp's own form, which may hold files too."""
    pairs = (f"{_quoted(name)}={_quoted(value)}" for name, value in fields.items())
    return "&".join(pairs).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


#: Most of a form is the same from message to message.
_quoted = lru_cache(maxsize=1024)(quote_plus)


def _basic(auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()}


def reason_of(error: OSError) -> str:
    """As the system says it; a name that is not found has its own number, below zero, and words."""
    if error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or _words(error)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _moment(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
