"""`manage.py deliver`: sends what is due, until it is stopped or, with --once, until nothing is."""

import asyncio
import gc
import os
import socket
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from delivery.database import DatabaseGoneError
from delivery.worker import deliver

IN_FLIGHT = 200
#: New objects, less those that have gone, before the collector looks: a few hundred messages'
#: worth of what is on the wire, which it would only walk over.
COLLECT_AFTER = 50_000


class Command(BaseCommand):
    help = "Sends the messages that are due. Runs until it is stopped."
    # The pages' addresses are nothing to this process: it starts sooner and stays smaller.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Send what is due now, then exit: for cron."
        )
        parser.add_argument(
            "--worker",
            default=f"{socket.gethostname()}-{os.getpid()}",
            help="The name this worker is known by.",
        )
        parser.add_argument(
            "--concurrency",
            type=int,
            default=IN_FLIGHT,
            help="How many messages may be on the wire at a time (%(default)s).",
        )

    def handle(self, *args: Any, once: bool, worker: str, concurrency: int, **options: Any) -> None:
        if concurrency < 1:
            raise CommandError(_("--concurrency has to be 1 or more"))
        _collect_rarely()
        try:
            tally = asyncio.run(
                deliver(
                    name=worker,
                    in_flight=concurrency,
                    data_dir=settings.DATA_DIR,
                    clock=partial(datetime.now, UTC),
                    once=once,
                )
            )
        except* DatabaseGoneError:
            raise CommandError(
                _("The database is away; what was heard is in the journal.")
            ) from None
        self.stdout.write(str(tally))


def _collect_rarely() -> None:
    """What has been imported stays for good: nobody needs to walk over it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
