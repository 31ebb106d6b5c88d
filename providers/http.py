"""One account's HTTP: pooled connections, time limits, and what a failure says about the message.

    async with Http(base_url="https://…", headers={…}) as http:
        answer = await http.request("POST", "/messages", json={…})
        match answer:
            case NotSent() | Uncertain():   # already an outcome
                return answer
            case Answer(status=status, body=body): …

Whether a message may have gone hangs on when it failed: before the request was written it certainly
did not, afterwards it may have. A 5xx is for the caller to judge, as providers differ there.
"""

import asyncio
import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from providers.base import NotSent, Uncertain
from providers.errors import SettingsError
from rules.reasons import Reason

CONNECT_WITHIN_S = 10.0
ANSWER_WITHIN_S = 30.0
#: Providers' answers are small; what is larger is something else.
LONGEST_ANSWER = 4 * 1024 * 1024
CONNECTIONS = 1000


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
        except ValueError:
            return None

    @property
    def retry_after_s(self) -> float | None:
        """What the header Retry-After asks for: seconds, or a date by the server's own clock."""
        asked = self.headers.get("retry-after", "")
        if asked.isdigit():
            return float(asked)
        moment, now = _moment(asked), _moment(self.headers.get("date", ""))
        return max(0.0, (moment - now).total_seconds()) if moment and now else None


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
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._headers = dict(headers or {})
        self._auth = aiohttp.BasicAuth(*auth, encoding="utf-8") if auth else None
        self._answer_within_s = answer_within_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            auth=self._auth,
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=30),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_WITHIN_S, sock_read=self._answer_within_s
            ),
            # Nobody is told where else to go: a message would go there.
            raise_for_status=False,
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
    ) -> Answer | NotSent | Uncertain:
        """`path` is put behind the base URL, or is an address of its own.

        Redirects are not followed: the answer says so. Raises nothing that the wire does.
        """
        assert self._session is not None, "entered with `async with`"  # noqa: S101
        url = URL(path) if "://" in path else URL(self.base_url + path)
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S + self._answer_within_s):
                async with self._session.request(
                    method,
                    url,
                    json=json,
                    data=data,
                    params=params,
                    headers=headers,
                    allow_redirects=False,
                ) as response:
                    body = await response.content.read(longest + 1)
                    while len(body) <= longest and not response.content.at_eof():
                        body += await response.content.read(longest + 1 - len(body))
                    if len(body) > longest:
                        return Uncertain(why="the answer is too long", code=str(response.status))
                    named = {name.lower(): value for name, value in response.headers.items()}
                    return Answer(status=response.status, headers=named, body=body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return NotSent(why=_words(error) or "no connection")
        except TimeoutError:
            return Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)
        except (aiohttp.ClientError, ConnectionError) as error:
            return Uncertain(why=_words(error), cause=Reason.CONNECTION_LOST)


def checked_base_url(text: str) -> str:
    """Without a slash at the end. Raises SettingsError."""
    try:
        url = URL(text.strip())
    except ValueError as error:
        raise SettingsError("base_url", "is not an address") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError("base_url", "is not an address that begins with https://")
    return str(url).rstrip("/")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _moment(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
