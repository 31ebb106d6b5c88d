"""When a request certainly did not go, and when it may have."""

import asyncio
import gzip
import io
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.accounts import Problem
from providers.base import NotSent, Uncertain
from providers.http import Answer, Http, check_of, reason_of
from rules.reasons import Reason
from tests.providers.raw_server import RawServer, answer, answering, raw_server
from tests.providers.talking import Told, free_port, post, post_to


async def drop(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def say_nothing(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


# --- before the request is written: it certainly did not go ---


def test_a_refused_connection_sent_nothing() -> None:
    outcome = post(f"http://127.0.0.1:{free_port()}")
    assert isinstance(outcome, NotSent)
    assert outcome.code == "no_connection"
    assert outcome.why == "no connection to 127.0.0.1: Connection refused"
    assert check_of(outcome).problem is Problem.UNREACHABLE


def test_what_the_system_says_of_a_failed_connection_is_told_in_its_words() -> None:
    assert (
        reason_of(socket.gaierror(-2, "Name or service not known")) == "Name or service not known"
    )
    several = OSError("Multiple exceptions: [Errno 111] …, [Errno 101] …")
    assert reason_of(several) == str(several)


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


def test_a_file_may_take_longer_than_an_answer() -> None:
    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def once() -> Told:
        async with (
            raw_server(drip) as server,
            Http(base_url=server.url, connect_within_s=0.2, answer_within_s=0.3) as http,
        ):
            return await http.request("GET", "/", within_s=5)

    answered = asyncio.run(once())
    assert isinstance(answered, Answer)
    assert answered.body == b"x" * 20


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
