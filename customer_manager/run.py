"""`make run`: web server and sender together, until somebody says stop."""

import asyncio
import contextlib
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

from crm.actions import setup_token
from customer_manager import network
from customer_manager.occupancy import OccupiedError, data_held, require_free_port
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
        place = Place(settings.HOST, settings.PORT)
        with data_held(settings.DATA_DIR, place.url()):
            require_free_port(*place)
            return asyncio.run(_run(settings, place))
    except (OccupiedError, ImproperlyConfigured) as error:
        sys.stderr.write(f"\n{error}\n")
        return 1


async def _run(settings: ModuleType, place: Place) -> int:
    supervisor = Supervisor(
        web=[sys.executable, "-m", "customer_manager.web"],
        sender=[sys.executable, "manage.py", "deliver"],
        folder=settings.BASE_DIR,
        say=_say,
    )

    async def started() -> None:
        await _answers(place)
        token = setup_token.read(settings.DATA_DIR)
        _say(welcome_text(place, settings.SITE_URL, settings.DATA_DIR, token))

    return await supervisor.run(started)


async def _answers(place: Place) -> None:
    """Returns when the web server answers, whatever it says.

    Static files it serves by itself: no page is drawn and nothing is logged.
    """
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(place.connectable, place.port)
            writer.write(b"GET /static/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
            answer = await reader.readline()
            writer.close()
            if answer.startswith(b"HTTP/"):
                return
        await asyncio.sleep(LOOK_EVERY_S)


def welcome_text(place: Place, site_url: str, data_dir: os.PathLike[str], token: str) -> str:
    urls = [site_url] if site_url else [place.url()]
    if place.host in network.EVERYWHERE:
        urls += [place.url(host) for host in network.lan_addresses()]
    lines = ["", f"Customer Manager answers at  {urls[0]}"]
    lines += [f"           on your network   {url}" for url in urls[1:]]
    if token:
        lines += ["", "Nobody has an account yet. Create yours (the link works once):"]
        lines += [f"  {url}/setup/?token={token}" for url in urls]
    lines += ["", f"Your data is in {data_dir}. Ctrl-C stops everything.", ""]
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
