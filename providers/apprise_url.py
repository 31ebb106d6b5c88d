"""Every other service, by an address of apprise's (https://appriseit.com/services/).

apprise says yes or no and nothing else: no message id, no receipts, and a timeout looks like a
refusal. So each message goes at most once, and "no" means that it may have gone, unless what
apprise logged meanwhile proves otherwise (apprise_url_log.py).
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import quote

from providers.accounts import Check, Setting, read_settings
from providers.apprise_url_log import hearing, verdict
from providers.base import Accepted, Outcome, Outgoing, Refused, Uncertain
from providers.errors import ErrorKind, SettingsError

CONNECT_WITHIN_S = 10.0
ANSWER_WITHIN_S = 30.0
#: Each waits for its answer in a thread.
AT_ONCE = 32
#: These show the text on this machine, light its lamp, or run one of its programs.
LOCAL = frozenset(
    {"blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
)
_SOMEBODY = "+12025550123"


class AppriseUrl:
    """In `url`, `{phone}` stands for the recipient's number (+34…), `{digits}` for it without +."""

    channels: ClassVar[frozenset[str]] = frozenset({"whatsapp", "sms"})
    receipts: ClassVar[bool] = False
    settings: ClassVar[tuple[Setting, ...]] = (Setting(name="url", secret=True),)

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Raises SettingsError."""
        self._url = read_settings(self.settings, settings)["url"]
        if "{phone}" not in self._url and "{digits}" not in self._url:
            raise SettingsError(
                "url", "holds neither {phone} nor {digits}: everything would go to one"
            )
        if self._url.partition(":")[0].lower() in LOCAL:
            raise SettingsError("url", "is of this machine, and reaches no customer")
        service = _service(self._url, _SOMEBODY)
        if service is None or len(service) == 0:
            raise SettingsError("url", "is not an address that apprise knows")
        if len(service) > 1:
            raise SettingsError("url", "goes to more than one recipient")
        self._name = str(service.service_name)
        self._threads: ThreadPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apprise")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    async def send(self, outgoing: Outgoing) -> Outcome:
        assert self._threads is not None, "entered with `async with`"  # noqa: S101
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._notify, outgoing)

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        return None

    async def check(self) -> Check:
        """Nothing but a message would tell more; what can be known was when this was made."""
        return Check(found=self._name)

    def _notify(self, outgoing: Outgoing) -> Outcome:
        service = _service(self._url, outgoing.to)
        if service is None or len(service) != 1:
            return Refused(
                code="",
                reason=f"{self._name} does not take this number",
                kind=ErrorKind.PERMANENT_RECIPIENT,
            )
        with hearing() as heard:
            try:
                if service.notify(body=outgoing.text, title="", body_format="text"):
                    return Accepted(provider_message_id="")
            except Exception as error:  # noqa: BLE001 - 170 services, each with its own
                return Uncertain(why=type(error).__name__)
        return verdict(heard)


def _service(url: str, to: str) -> Any:
    """apprise's own object for the address with a recipient in it, None where it knows none.

    A new one for each message: one that is kept waits up to 5.5 s between two.
    """
    from apprise import Apprise, AppriseAsset, OverflowMode  # noqa: PLC0415 - 0.3 s for nobody else

    asset = AppriseAsset(storage_mode="memory", async_mode=False)
    filled = url.replace("{phone}", quote(to, safe="")).replace("{digits}", to.lstrip("+"))
    with hearing():
        service = Apprise.instantiate(filled, asset=asset)
    if service is not None:
        service.socket_connect_timeout = CONNECT_WITHIN_S
        service.socket_read_timeout = ANSWER_WITHIN_S
        service.retry = 0
        service.overflow_mode = OverflowMode.UPSTREAM  # in one piece: of two, one might go
    return service
