"""The web server: `python -m customer_manager.web` prepares the installation and serves it.

It loads Django once and forks its workers from there: half the time to the first page, and one
copy of the code in memory.
"""

import multiprocessing
import sys
from importlib import import_module
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from customer_manager import prepare, settings

YEAR_S = 365 * 24 * 60 * 60
#: A page still being written when the server stops.
FINISH_WITHIN_S = 10


def server() -> MPServer:
    return MPServer(
        "customer_manager.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=settings.WEB_WORKERS,
        blocking_threads=settings.WEB_THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=FINISH_WITHIN_S,
        log_level=LogLevels.warning,
        static_path_route=["/static"],
        static_path_mount=[Path(settings.STATIC_ROOT)],
        # The names carry a hash of the content: what is under one never changes.
        static_path_expires=YEAR_S,
    )


def main() -> int:
    if code := prepare.main():
        return code
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
    for module in ("customer_manager.wsgi", settings.ROOT_URLCONF):  # for all workers
        import_module(module)
    server().serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
