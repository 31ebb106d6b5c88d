"""Each request is written once, says who we are to whom it may, and is followed nowhere."""

import asyncio
import tomllib
from pathlib import Path

import pytest

from providers.base import Uncertain
from providers.http import Answer, Http
from rules.reasons import Reason
from tests.providers.raw_server import RawServer, answer, answering, raw_server
from tests.providers.talking import Told, free_port, post_to, talking


def test_a_post_on_a_connection_that_was_closed_is_not_written_again() -> None:
    """The server answers the first request and closes on the second, having read it or not."""
    seen = 0

    async def close_on_the_second(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            writer.transport.abort()
        else:
            writer.write(answer())

    async def two() -> tuple[Told, Told, RawServer]:
        async with talking(close_on_the_second) as (server, http):
            first = await http.request("POST", "/first", json={})
            second = await http.request("POST", "/second", json={})
            return first, second, server

    first, second, server = asyncio.run(two())
    assert isinstance(first, Answer)
    assert isinstance(second, Uncertain)
    assert second.cause is Reason.CONNECTION_LOST
    assert server.connections == 1
    assert [request.split()[1] for request in server.requests] == [b"/first", b"/second"]


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    async def answer_and_close(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        await writer.drain()
        writer.close()

    async def two() -> tuple[Told, Told, RawServer]:
        async with talking(answer_and_close) as (server, http):
            first = await http.request("POST", "/", json={})
            await asyncio.sleep(0.1)
            return first, await http.request("POST", "/", json={}), server

    first, second, server = asyncio.run(two())
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert server.connections == 2


def test_a_connection_is_used_again() -> None:
    async def ten() -> RawServer:
        async with talking(answering(answer())) as (server, http):
            for _ in range(10):
                await http.request("POST", "/", json={})
            return server

    server = asyncio.run(ten())
    assert (len(server.requests), server.connections) == (10, 1)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 There", "308 There"])
def test_a_redirect_is_an_answer_and_not_followed(status: str) -> None:
    elsewhere = answer(status=status, headers="Location: http://127.0.0.1:1/\r\n")
    outcome, server = post_to(answering(elsewhere))
    assert isinstance(outcome, Answer)
    assert outcome.status == int(status[:3])
    assert len(server.requests) == 1


# --- what is sent along ---


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    outcome, server = post_to(answering(answer()))
    assert isinstance(outcome, Answer)
    assert server.requests[0].startswith(b"POST /messages HTTP/1.1")


def test_a_cookie_is_not_kept() -> None:
    async def two() -> RawServer:
        cookie = answer(headers="Set-Cookie: session=1; Path=/\r\n")
        async with talking(answering(cookie)) as (server, http):
            await http.request("POST", "/", json={})
            await http.request("POST", "/", json={})
            return server

    assert b"cookie" not in asyncio.run(two()).requests[1].lower()


def asked_elsewhere(*, trusted: bool) -> bytes:
    async def once() -> bytes:
        async with (
            raw_server(answering(answer())) as elsewhere,
            Http(
                base_url="http://127.0.0.1:1",
                headers={"X-Key": "our-secret"},
                auth=("zoë", "our-password"),
            ) as http,
        ):
            await http.request("GET", f"{elsewhere.url}/picture", trusted=trusted)
            return elsewhere.requests[0]

    return asyncio.run(once())


def test_our_credentials_go_nowhere_else() -> None:
    request = asked_elsewhere(trusted=False)
    assert request.startswith(b"GET /picture")
    assert b"our-secret" not in request
    assert b"Authorization" not in request


def test_our_credentials_go_where_they_are_trusted() -> None:
    request = asked_elsewhere(trusted=True)
    assert b"X-Key: our-secret" in request
    assert b"Authorization: Basic em/DqzpvdXItcGFzc3dvcmQ=" in request


def test_our_credentials_go_to_our_own_server() -> None:
    async def once() -> RawServer:
        async with (
            raw_server(answering(answer())) as server,
            Http(base_url=server.url + "/v25.0/", headers={"Authorization": "Bearer t"}) as http,
        ):
            await http.request("GET", "/here", headers={"Accept": "text/plain"})
            await http.request("GET", server.url + "/there")
            return server

    server = asyncio.run(once())
    assert [request.split()[1] for request in server.requests] == [b"/v25.0/here", b"/there"]
    assert all(b"Authorization: Bearer t" in request for request in server.requests)


def test_we_say_who_we_are() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    _outcome, server = post_to(answering(answer()))
    agent = f"User-Agent: {project['name']}/{project['version']}\r\n"
    assert agent.encode() in server.requests[0]
