import asyncio
import gzip
import io
import json
import socket
import ssl
import time
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from providers.accounts import Problem
from providers.base import NotSent, Uncertain
from providers.errors import SettingsError
from providers.http import Answer, Http, check_of, checked_base_url
from rules.reasons import Reason
from tests.providers.raw_server import Play, RawServer, answer, answering, raw_server

type Told = Answer | NotSent | Uncertain


@asynccontextmanager
async def talking(
    play: Play, *, answer_within_s: float = 5, connections: int = 100
) -> AsyncIterator[tuple[RawServer, Http]]:
    async with (
        raw_server(play) as server,
        Http(base_url=server.url, answer_within_s=answer_within_s, connections=connections) as http,
    ):
        yield server, http


def post_to(play: Play, *, answer_within_s: float = 5) -> tuple[Told, RawServer]:
    async def post() -> tuple[Told, RawServer]:
        async with talking(play, answer_within_s=answer_within_s) as (server, http):
            return await http.request("POST", "/messages", json={"text": "hi"}), server

    return asyncio.run(post())


def post(base_url: str, *, connect_within_s: float = 5) -> Told:
    async def once() -> Told:
        async with Http(base_url=base_url, connect_within_s=connect_within_s) as http:
            return await http.request("POST", "/messages", json={"text": "hi"})

    return asyncio.run(once())


async def drop(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def say_nothing(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


# --- before the request is written: it certainly did not go ---


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
        return port


def test_a_refused_connection_sent_nothing() -> None:
    outcome = post(f"http://127.0.0.1:{free_port()}")
    assert isinstance(outcome, NotSent)
    assert outcome.code == "no_connection"
    assert check_of(outcome).problem is Problem.UNREACHABLE


@contextmanager
def full_server() -> Iterator[int]:
    """A port that takes no connection any more: its queue is full, as behind a dead router."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
            waiting.append(one)
        yield listening.getsockname()[1]
        for one in waiting:
            one.close()


def test_no_connection_in_time_sent_nothing() -> None:
    with full_server() as port:
        started = time.monotonic()
        outcome = post(f"http://127.0.0.1:{port}", connect_within_s=0.3)
    assert outcome == NotSent(why="no connection in time", code="connect_timed_out")
    assert time.monotonic() - started < 3
    assert check_of(outcome).problem is Problem.TIMED_OUT


def test_a_name_that_nobody_has_sent_nothing() -> None:
    outcome = post("http://nobody.invalid")
    assert isinstance(outcome, NotSent)


def test_a_server_that_shakes_no_hands_for_tls_sent_nothing() -> None:
    async def once() -> tuple[Told, RawServer]:
        async with raw_server(say_nothing) as server:
            base_url = server.url.replace("http:", "https:")
            async with Http(base_url=base_url, connect_within_s=0.3) as http:
                return await http.request("POST", "/", json={}), server

    outcome, server = asyncio.run(once())
    assert outcome == NotSent(why="no connection in time", code="connect_timed_out")
    assert server.requests == []


def own_certificate(folder: Path) -> ssl.SSLContext:
    """For 127.0.0.1, signed by nobody that anybody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_that_nobody_signed_sent_nothing(tmp_path: Path) -> None:
    async def once() -> tuple[Told, RawServer]:
        async with (
            raw_server(answering(answer()), own_certificate(tmp_path)) as server,
            Http(base_url=server.url) as http,
        ):
            return await http.request("POST", "/", json={}), server

    outcome, server = asyncio.run(once())
    assert isinstance(outcome, NotSent)
    assert outcome.code == "no_tls"
    assert check_of(outcome).problem is Problem.TLS
    assert server.requests == []


def test_a_server_without_tls_sent_nothing() -> None:
    async def once() -> Told:
        async with (
            raw_server(drop, greeting=b"220 mail.example.com\r\n") as server,
            Http(base_url=server.url.replace("http:", "https:")) as http,
        ):
            return await http.request("POST", "/", json={})

    outcome = asyncio.run(once())
    assert isinstance(outcome, NotSent)
    assert outcome.code == "no_tls"


def test_who_waits_for_a_place_in_the_pool_sent_nothing() -> None:
    async def two() -> tuple[Told, Told, RawServer]:
        async with (
            raw_server(say_nothing) as server,
            Http(
                base_url=server.url, connect_within_s=0.3, answer_within_s=1, connections=1
            ) as http,
        ):
            first, second = await asyncio.gather(
                http.request("POST", "/first", json={}), http.request("POST", "/second", json={})
            )
            return first, second, server

    first, second, server = asyncio.run(two())
    assert first == Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)
    assert second == NotSent(why="no connection in time", code="connect_timed_out")
    assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["http://", "http://a..b/", "ftp://example.com/", "https://[/"])
def test_what_is_no_address_sent_nothing(path: str) -> None:
    async def once() -> Told:
        async with Http(base_url="http://127.0.0.1:1") as http:
            return await http.request("GET", path)

    outcome = asyncio.run(once())
    assert isinstance(outcome, NotSent)
    assert check_of(outcome).problem is Problem.SETTING


# --- after it: it may have gone ---


def test_a_connection_dropped_after_the_request_is_uncertain() -> None:
    outcome, server = post_to(drop)
    assert isinstance(outcome, Uncertain)
    assert outcome.cause is Reason.CONNECTION_LOST
    assert len(server.requests) == 1
    assert check_of(outcome).problem is Problem.UNREACHABLE


def test_half_an_answer_is_uncertain() -> None:
    async def half(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b'{"id": 1}')[:-4])
        await writer.drain()
        writer.close()

    outcome, _server = post_to(half)
    assert isinstance(outcome, Uncertain)
    assert outcome.cause is Reason.CONNECTION_LOST


def test_half_a_head_is_uncertain() -> None:
    async def half(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-")
        await writer.drain()
        writer.close()

    assert isinstance(post_to(half)[0], Uncertain)


def test_no_answer_in_time_is_uncertain() -> None:
    started = time.monotonic()
    outcome, _server = post_to(say_nothing, answer_within_s=0.3)
    assert outcome == Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)
    assert time.monotonic() - started < 2
    assert check_of(outcome).problem is Problem.TIMED_OUT


def test_an_answer_that_stops_in_the_middle_is_uncertain() -> None:
    async def stall(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"x" * 100)[:-50])
        await writer.drain()
        await asyncio.sleep(60)

    outcome, _server = post_to(stall, answer_within_s=0.3)
    assert outcome == Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def once() -> Told:
        async with (
            raw_server(drip) as server,
            Http(base_url=server.url, connect_within_s=0.2, answer_within_s=0.3) as http,
        ):
            return await http.request("POST", "/", json={})

    assert asyncio.run(once()) == Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)


def test_a_peer_that_reads_nothing_more_is_given_up() -> None:
    """As when a cable is cut while we write: the kernel would try for a quarter of an hour."""

    async def once() -> tuple[Told, float]:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            base_url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            async with Http(base_url=base_url, connect_within_s=0.2, answer_within_s=0.3) as http:
                started = time.monotonic()
                outcome = await http.request("POST", "/", data=io.BytesIO(b"x" * 50_000_000))
                return outcome, time.monotonic() - started

    outcome, took_s = asyncio.run(once())
    assert outcome == Uncertain(why="no answer in time", cause=Reason.TIMED_OUT)
    assert took_s < 3


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"\x00\xff\x16\x03" * 50 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
    ],
)
def test_an_answer_that_is_not_http_is_uncertain(garbage: bytes) -> None:
    outcome, _server = post_to(answering(garbage), answer_within_s=1)
    assert isinstance(outcome, Uncertain)


def test_what_is_no_http_at_all_is_the_answers_fault() -> None:
    outcome, _server = post_to(answering(b"SSH-2.0-OpenSSH_9\r\n\r\n"))
    assert outcome == Uncertain(why="the answer is not HTTP", cause=Reason.PROVIDER_ERROR)
    assert check_of(outcome).problem is Problem.ANSWER


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    written = 0

    async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            written += 65536
            await writer.drain()

    outcome, _server = post_to(endless)
    assert outcome == Uncertain(why="the answer is too long", code="200")
    assert written < 50_000_000


def test_an_answer_that_unpacks_to_something_huge_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 200_000_000, 9)
    outcome, _server = post_to(answering(answer(bomb, headers="Content-Encoding: gzip\r\n")))
    assert isinstance(outcome, Uncertain)


# --- once ---


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


# --- answers ---


def made(body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=429, headers=named, body=body)


DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({}, None),
        ({"retry_after": "30"}, 30),
        ({"retry_after": " 30 "}, 30),
        ({"retry_after": "0"}, 0),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after": "999999999"}, 86_400),
        ({"retry_after": "9" * 400}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "²"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 12:01:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Sunday, 22-Nov-26 12:01:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Sun Nov 22 12:01:00 2026", "date": DATE}, 60),
        ({"retry_after": "Sun, 22 Nov 2026 11:00:00 GMT", "date": DATE}, 0),
        ({"retry_after": "Sun, 22 Nov 2026 12:01:00 GMT"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 12:01:00 +" + "9" * 30, "date": DATE}, None),
    ],
)
def test_what_a_server_asks_us_to_wait(headers: Mapping[str, str], pause_s: float | None) -> None:
    assert made(**headers).retry_after_s == pause_s


@given(st.text(), st.text())
def test_no_header_breaks_anything(asked: str, date: str) -> None:
    pause_s = made(retry_after=asked, date=date).retry_after_s
    assert pause_s is None or 0 <= pause_s <= 86_400


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"{"])
def test_a_body_that_is_no_json_is_none(body: bytes) -> None:
    assert made(body).json is None


def test_a_body_is_json() -> None:
    assert made(json.dumps({"id": "ñ"}).encode()).json == {"id": "ñ"}


def test_an_answer_shows_nothing_in_a_log() -> None:
    assert "secret" not in repr(made(b"secret", x_key="secret"))


# --- the base URL ---


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.com/", "https://example.com"),
        (" http://192.168.1.20:8080 ", "http://192.168.1.20:8080"),
        ("https://example.com/api/", "https://example.com/api"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_base_url_is_kept_without_its_last_slash(typed: str, kept: str) -> None:
    assert checked_base_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https://a..b",
        "https://example.com:99999",
        "https://[",
        "https://zoe:secret@example.com",
        "https://example.com/?key=secret",
        "https://example.com/#here",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_base_url_is_named(typed: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        checked_base_url(typed)
    assert wrong.value.setting == "base_url"
    assert "secret" not in str(wrong.value)
