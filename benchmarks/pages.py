"""How long the start and the pages take, with ten thousand customers and years of messages.

As one browser sees it: `python -m benchmarks.pages [--gone 300000]`.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles

CUSTOMERS = 10_000
ROUNDS = 60
PATIENCE_S = 120
ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "Today": "/",
    "customers": "/customers/",
    "customers, 'smi'": "/customers/?q=smi",
    "customers, '7700 9001'": "/customers/?q=7700+9001",
    "one customer": "/customer/1/",
    "messages": "/messages/",
    "messages that went": "/messages/?show=sent",
    "all messages": "/messages/?show=all",
    "messages, 'order 77'": "/messages/?show=all&q=order+77",
    "invoices": "/invoices/",
    "settings": "/settings/",
    "healthz": "/healthz",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--gone", type=int, default=300_000, help="messages that have gone")
    gone = parser.parse_args().gone
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        environment = os.environ | {"DATA_DIR": folder, "PORT": str(_free_port())}
        _run(environment, "-m", "customer_manager.prepare")
        seconds = _run(environment, "manage.py", "demo", "--customers", str(CUSTOMERS))
        print(f"{CUSTOMERS} demo customers made in {seconds:.1f} s")
        seconds = _run(environment, "-m", "benchmarks.history", str(gone))
        print(f"{gone:,} messages that have gone made in {seconds:.1f} s")
        cookie = _session(environment)
        with _server(environment) as port:
            for name, path in PAGES.items():
                _measure(port, cookie, name, path)


def _measure(port: int, cookie: str, name: str, path: str) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    times, size = [], 0
    for _round in range(ROUNDS):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": f"sessionid={cookie}"})
        response = connection.getresponse()
        size = len(response.read())
        times.append((time.perf_counter() - began) * 1000)
        assert response.status == 200, f"{path}: {response.status}"
    connection.close()
    p95 = quantiles(times[5:], n=20)[-1]
    print(f"{name:24} median {median(times[5:]):6.1f} ms   p95 {p95:6.1f} ms   {size // 1024:4} kB")


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[int]:
    port = int(environment["PORT"])
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "customer_manager.run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        print(f"second start, to the first answer: {time.perf_counter() - began:.2f} s")
        time.sleep(2)  # the sender's own start is over
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/accounts/login/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("the server did not answer")


def _session(environment: dict[str, str]) -> str:
    """The key of a session in which the demo's owner is signed in."""
    code = (
        "from django.test import Client; from crm.models import User; c = Client(); "
        "c.force_login(User.objects.get()); print(c.session.session_key)"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1]


def _run(environment: dict[str, str], *command: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
