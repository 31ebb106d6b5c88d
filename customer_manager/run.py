"""`make run`: prepares the installation, then runs web server and sender until told to stop."""

import asyncio
import contextlib
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from crm.actions import setup_token
from customer_manager import network, prepare
from customer_manager.env import BASE_DIR
from customer_manager.occupancy import OccupiedError, data_held, require_free_port
from customer_manager.prepare import to_terminal as say
from customer_manager.supervisor import Supervisor

#: How often to look whether the web server answers while it starts.
LOOK_EVERY_S = 0.05


class Place(NamedTuple):
    host: str
    port: int

    @property
    def connectable(self) -> str:
        """Where this machine itself reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    def url(self, host: str = "") -> str:
        name = host or self.connectable
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}"


def main() -> int:
    try:
        settings = import_module("customer_manager.settings")
    except ImproperlyConfigured as error:
        return _refuse(str(error))
    place = Place(settings.HOST, settings.PORT)
    try:
        with data_held(settings.DATA_DIR, place.url()):
            require_free_port(*place)
            return _serve(settings, place)
    except (OccupiedError, ImproperlyConfigured) as error:
        return _refuse(str(error))
    except DatabaseError as error:
        return _refuse(f"The database does not answer (DATABASE_URL): {error}")
    except KeyboardInterrupt:
        return 130


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"\n{sentence}\n")
    return 1


def _serve(settings: ModuleType, place: Place) -> int:
    # In a process of its own, which gives its memory back: this one stays small.
    with ProcessPoolExecutor(max_workers=1) as pool:
        prepared = pool.submit(prepare.prepare, say).result()
    token = _set_up_token(settings, has_user=prepared.has_user)

    async def run() -> int:
        supervisor = Supervisor(web=web_command(settings), sender=sender_command(), say=say)

        async def welcome() -> None:
            await _answering(place)
            say(welcome_text(place, settings.SITE_URL, settings.DATA_DIR, token))

        return await supervisor.run(welcome)

    return asyncio.run(run())


def _set_up_token(settings: ModuleType, *, has_user: bool) -> str:
    if has_user:
        setup_token.forget(settings.DATA_DIR)
        return ""
    return setup_token.issue(settings.DATA_DIR)


def web_command(settings: ModuleType) -> list[str]:
    return [
        sys.executable,
        *("-m", "granian", "customer_manager.wsgi:application", "--interface", "wsgi"),
        *("--host", settings.HOST, "--port", str(settings.PORT), "--no-ws"),
        *("--workers", str(settings.WEB_WORKERS)),
        *("--blocking-threads", str(settings.WEB_THREADS)),
        *("--working-dir", str(BASE_DIR), "--log-level", "warning"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
        *("--static-path-route", "/static", "--static-path-mount", str(settings.STATIC_ROOT)),
        # The names carry a hash of the content: what is under one never changes.
        *("--static-path-expires", str(365 * 24 * 60 * 60)),
    ]


def sender_command() -> list[str]:
    return [sys.executable, str(BASE_DIR / "manage.py"), "deliver"]


async def _answering(place: Place) -> None:
    """Returns when the web server answers, whatever it says."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(place.connectable, place.port)
            writer.write(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            answer = await reader.readline()
            writer.close()
            if answer.startswith(b"HTTP/"):
                return
        await asyncio.sleep(LOOK_EVERY_S)


def welcome_text(place: Place, site_url: str, data_dir: object, token: str) -> str:
    urls = [site_url] if site_url else [place.url()]
    if place.host in network.EVERYWHERE:
        urls += [place.url(host) for host in network.lan_addresses()]
    lines = ["", f"Customer Manager answers at  {urls[0]}"]
    lines += [f"           and on your network  {url}" for url in urls[1:]]
    if token:
        links = [f"{url}/setup/?token={token}" for url in urls]
        lines += ["", "Nobody has an account yet. Create yours (the link works once):"]
        lines += [f"  {link}" for link in links]
    lines += ["", f"Your data is in {data_dir}. Ctrl-C stops everything.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
