"""A shop in a browser, from its first page on, whose providers run on this machine."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect

from e2e.screens import LAPTOP, Screen, Visits, assert_accessible, assert_fits
from tests.make import PASSWORD
from tests.running import FIRST_VISIT, Installation, free_port
from tests.stand_ins.base import Request, StandIn, serving
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

ZONE = ZoneInfo(FIRST_VISIT["time_zone"])
#: Pages look again by themselves every 4 and every 20 seconds; the machine may be busy.
SEEN_MS = 45_000
#: What a person needs to write the first messages before their minute begins.
TO_WRITE = timedelta(seconds=12)


@dataclass(frozen=True, kw_only=True)
class Shop:
    installation: Installation
    visits: Visits
    meta: WhatsAppCloudStandIn
    twilio: TwilioStandIn

    def first_visit(self, screen: Screen) -> Page:
        page = self.visits.open(screen=screen)
        [address, *_] = re.findall(r"http\S+/setup/\?token=\S+", self.installation.said)
        page.goto(address)
        page.get_by_label("User name").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Name of the business").fill(FIRST_VISIT["name"])
        page.get_by_label("Country").select_option(FIRST_VISIT["country"])
        page.get_by_role("button", name="Start").click()
        expect(page).to_have_title(re.compile("Today"))
        cookies = page.context.cookies()
        self.visits.session = next(one["value"] for one in cookies if one["name"] == "sessionid")
        return page

    def another_window(self, path: str, screen: Screen = LAPTOP) -> Page:
        page = self.visits.open(screen=screen)
        page.goto(path)
        return page


@contextmanager
def opened(browser: Browser, folder: Path) -> Iterator[Shop]:
    """Fails when a page broke a rule, or the installation did not stop as asked."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    with serving(WhatsAppCloudStandIn()) as meta, serving(TwilioStandIn()) as twilio:
        installation = Installation(folder, PORT=port, SITE_URL=url)
        installation.wait_until_it_answers()
        visits = Visits(browser, url)
        yield Shop(installation=installation, visits=visits, meta=meta, twilio=twilio)
        problems = visits.close()
        assert installation.stop() == 0, installation.said
    assert not problems, "\n".join(problems)


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def connect_whatsapp(page: Page, meta: WhatsAppCloudStandIn) -> None:
    """As a person does; `meta` knows where to call afterwards."""
    _choose(page, "WhatsApp", "WhatsApp Cloud API")
    page.get_by_label("Phone number ID").fill(meta.phone_number_id)
    page.get_by_label("WhatsApp Business Account ID").fill(meta.waba_id)
    page.get_by_label("Access token").fill(meta.access_token)
    page.get_by_label("App secret").fill(meta.app_secret)
    _save_and_check(page, meta, found=str(meta.number["display_phone_number"]))
    meta.webhook_url = _address_to_call(page)


def connect_twilio(page: Page, twilio: TwilioStandIn) -> str:
    """The address that Twilio calls with replies."""
    _choose(page, "SMS", "Twilio")
    page.get_by_label("Account SID").fill(twilio.account_sid)
    page.get_by_label("Auth token").fill(twilio.auth_token)
    page.get_by_label("Number to send from").fill(twilio.from_number)
    _save_and_check(page, twilio, found="Salon Zoë")
    return _address_to_call(page)


def _choose(page: Page, channel: str, provider: str) -> None:
    page.goto("/settings/")
    region = page.get_by_role("region", name=channel, exact=True)
    region.get_by_role("link", name="Let messages go by themselves").click()
    page.get_by_role("link", name=f"Connect {provider}").click()


def _save_and_check(page: Page, stand_in: StandIn, *, found: str) -> None:
    page.get_by_text("Advanced").click()
    page.get_by_label("Address of the service").fill(stand_in.url)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_role("region", name="How it is")).to_contain_text(found)


def _address_to_call(page: Page) -> str:
    region = page.get_by_role("region", name="Receipts and replies")
    return region.locator("code").first.inner_text().strip()


def add_customer(page: Page, name: str, phone: str) -> str:
    """The path of their page, which is open then."""
    page.goto("/customer/create/")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.get_by_label("Phone").first.fill(phone)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.url.removeprefix(page.evaluate("location.origin"))


def next_minute() -> datetime:
    """The next that leaves time to write."""
    soonest = datetime.now(ZONE) + TO_WRITE
    return soonest.replace(second=0, microsecond=0) + timedelta(minutes=1)


def write(page: Page, text: str, *, channel: str = "WhatsApp") -> None:
    """Into the composer of the customer's page that is open."""
    page.get_by_role("radio", name=channel, exact=True).check(force=True)
    page.locator("[name=message_content]").fill(text)


def schedule(page: Page, text: str, at: datetime, *, channel: str = "WhatsApp") -> None:
    write(page, text, channel=channel)
    page.locator("[name=schedule_date]").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".conversation")).to_contain_text(text.partition("{")[0])


def apart[**P, T](act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Done in a thread of its own: in this one, Playwright's event loop is running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act, *args, **kwargs).result()


def requests_about(stand_in: StandIn, phone: str) -> list[Request]:
    """Those by which something was sent to a number."""
    digits = phone.removeprefix("+").encode()
    return [one for one in stand_in.requests if one.method == "POST" and digits in one.body]


def stay_open(*pages: Page) -> None:
    """From here on `assert_not_loaded_again` holds."""
    for page in pages:
        page.evaluate("window.isTheSamePage = true")


def assert_not_loaded_again(*pages: Page) -> None:
    for page in pages:
        assert page.evaluate("window.isTheSamePage === true"), page.url
