"""One storm: a provider, a database, workers that die and come back, until nothing is open."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched

from django.conf import settings
from django.db import connection
from django.db.utils import Error as DatabaseError

from crm.models import Customer, MessageSchedule, ProviderCallback
from crm.models.inbound import CallbackState
from e2e.storm.count import Count, asked_about_soon, count, unsettled
from e2e.storm.spoken import Spoken
from e2e.storm.weather import Weather
from tests.databases import Installation
from tests.delivery.processes import PROJECT, worker
from tests.make import make_business
from tests.running import free_port, until
from tests.stand_ins.base import StandIn, serving

IN_FLIGHT_EACH = 50
LATENCY_S = 0.1
RATE_PER_S = 5_000.0
#: Leases last a minute, and what is refused for a while is tried again later.
SETTLED_WITHIN_S = 420.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    weather: Weather
    spoken: Spoken
    database: str
    counted: Count
    took_s: float
    killed: int
    restarts: int


class Storm:
    """`restart_database` kills the server as a power cut would, and starts it again."""

    def __init__(
        self,
        installation: Installation,
        spoken: Spoken,
        weather: Weather,
        restart_database: Callable[[], None] | None = None,
    ) -> None:
        self._spoken = spoken
        self._weather = weather
        self._restart_database = restart_database
        self._port = free_port()
        environment = {
            "PORT": str(self._port),
            "SITE_URL": f"http://127.0.0.1:{self._port}",
            "SECRET_KEY": settings.SECRET_KEY,  # the account's credentials are sealed with it
        }
        self._installation = Installation(
            url=installation.url, data_dir=installation.data_dir, more=environment
        )
        self._killed = 0
        self._restarts = 0

    def rage(self) -> Outcome:
        began = time.monotonic()
        with ExitStack() as stack:
            served = self._spoken.serve(self._weather.script(), LATENCY_S)
            stand_in = stack.enter_context(serving(served))
            self._promise(stand_in)
            self._serve_pages(stack)
            workers = Workers(self._installation, self._weather.workers, stack)
            self._let_it_rage(workers)
            self._settle(workers)
            counted = count(stand_in.taken)
        return Outcome(
            weather=self._weather,
            spoken=self._spoken,
            database="PostgreSQL" if self._installation.is_postgresql else "SQLite",
            counted=counted,
            took_s=time.monotonic() - began,
            killed=self._killed,
            restarts=self._restarts,
        )

    def _promise(self, stand_in: StandIn) -> None:
        make_business()
        account = self._spoken.connect(stand_in, RATE_PER_S)
        if hasattr(stand_in, "webhook_url"):
            stand_in.webhook_url = (
                f"http://127.0.0.1:{self._port}/webhooks/{account.provider}/{account.webhook_key}/"
            )
        at = datetime.now(UTC) - timedelta(seconds=1)
        for phones in batched(self._weather.recipients(), 500, strict=False):
            customers = Customer.objects.bulk_create(
                Customer(name=f"Customer {phone}", phone_number=phone) for phone in phones
            )
            messages = [_message(customer, self._spoken.channel, at) for customer in customers]
            MessageSchedule.objects.bulk_create(messages)
        self._spoken.open_windows(account)

    def _serve_pages(self, stack: ExitStack) -> None:
        """For what the provider tells by itself."""
        log = stack.enter_context((self._installation.data_dir / "web.log").open("w"))
        process = subprocess.Popen(
            [sys.executable, "-m", "customer_manager.web"],
            cwd=PROJECT,
            env=self._installation.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        until(self._answers)

    def _answers(self) -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            return True
        return False

    def _let_it_rage(self, workers: "Workers") -> None:
        """Something dies each time another part of the messages has been dealt with."""
        chance = self._weather.moments
        deaths = ["worker"] * self._weather.kills + ["database"] * self._weather.database_kills
        chance.shuffle(deaths)
        for number, victim in enumerate(deaths, start=1):
            self._wait_until_left(self._weather.messages * (1 - number / (len(deaths) + 1)))
            time.sleep(chance.uniform(0, 0.3))
            if victim == "worker":
                workers.kill_one(chance.randrange(self._weather.workers))
                self._killed += 1
            elif self._restart_database:
                self._restart_database()
                self._restarts += 1

    def _wait_until_left(self, messages: float) -> None:
        patience = time.monotonic() + SETTLED_WITHIN_S
        while _asked(unsettled) > messages and time.monotonic() < patience:
            time.sleep(0.05)

    def _settle(self, workers: "Workers") -> None:
        """Until nothing is open and everything that was told has been applied."""
        patience = time.monotonic() + SETTLED_WITHIN_S
        quiet_since = time.monotonic()
        seen = (0, 0)
        while time.monotonic() < patience:
            workers.see_to_it()
            state = (_asked(unsettled), _asked(_told))
            if state != seen or state[0] or _asked(asked_about_soon) or _asked(_not_applied):
                quiet_since, seen = time.monotonic(), state
            if time.monotonic() - quiet_since > 5:
                return
            time.sleep(0.5)


class Workers:
    """They are started again when they have died, as a supervisor would."""

    def __init__(self, installation: Installation, number: int, stack: ExitStack) -> None:
        self._installation = installation
        self._stack = stack
        self._running = [self._start(index) for index in range(number)]

    def kill_one(self, index: int) -> None:
        self._running[index].kill()
        self._running[index].wait()
        self.see_to_it()

    def see_to_it(self) -> None:
        for index, process in enumerate(self._running):
            if process.poll() is not None:
                self._running[index] = self._start(index)

    def _start(self, index: int) -> subprocess.Popen[str]:
        arguments = ("--worker", f"worker-{index}", "--concurrency", str(IN_FLIGHT_EACH))
        log = self._installation.data_dir / f"worker-{index}.log"
        return self._stack.enter_context(worker(self._installation, *arguments, log=log))


def _message(customer: Customer, channel: str, at: datetime) -> MessageSchedule:
    message = MessageSchedule(
        customer=customer,
        message_type=channel,
        message_content=f"Hello {customer.pk}, your order is ready.",
    )
    message.set_time(at.replace(tzinfo=None), "UTC")
    message.schedule_date = message.due_at = at
    return message


def _told() -> int:
    return ProviderCallback.objects.count()


def _not_applied() -> int:
    return ProviderCallback.objects.filter(state=CallbackState.NEW).count()


def _asked(question: Callable[[], int]) -> int:
    """While the database is away, whatever is open stays open."""
    try:
        return question()
    except DatabaseError:
        connection.close()
        time.sleep(0.2)
        return sys.maxsize
