"""The main job, whole: from the first page to a promise kept, with the real server and sender.

Nothing is prepared and nothing is faked: `python -m customer_manager.run` in an empty folder, and a
person with a browser. At its minute the sender makes the message due, and Today asks for it.
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from e2e.screens import LAPTOP, PHONE, Screen, Visits, assert_accessible, assert_fits
from tests.make import PASSWORD
from tests.running import FIRST_VISIT, Installation

pytestmark = pytest.mark.browser

#: The next full minute, the sender's poll and the page's.
AT_ITS_TIME_MS = 110_000


@pytest.fixture
def shop(browser: Browser, tmp_path: Path) -> Iterator[Visits]:
    installation = Installation(tmp_path / "data")
    installation.wait_until_it_answers()
    visits = Visits(browser, f"http://127.0.0.1:{installation.port}")
    yield visits
    problems = visits.close()
    assert installation.stop() == 0, installation.said
    assert not problems, "\n".join(problems)


def photo() -> FilePayload:
    file = io.BytesIO()
    Image.new("RGB", (900, 1200), "ivory").save(file, "JPEG")
    return {"name": "till receipt.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def paper() -> FilePayload:
    file = io.BytesIO()
    Image.new("RGB", (595, 842), "white").save(file, "PDF")
    return {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": file.getvalue()}


@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda one: one.name)
def test_a_promise_is_made_and_kept(shop: Visits, screen: Screen) -> None:
    page = shop.open(screen=screen)
    set_up(page)
    add_a_customer(page)
    add_an_invoice_with_receipts(page)
    schedule_a_message_for_the_next_minute(page)
    the_page_asks_for_it_at_its_time(page)
    send_it_with_one_tap_and_mark_it_done(page)


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def set_up(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/setup/$"))
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of the business").fill(FIRST_VISIT["name"])
    page.get_by_label("Country").select_option(FIRST_VISIT["country"])
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_title(re.compile("Today"))
    looked_at(page)


def add_a_customer(page: Page) -> None:
    page.get_by_role("link", name="Add a customer").locator("visible=true").first.click()
    page.get_by_label("Name", exact=False).first.fill("Zoë O'Neill")
    page.get_by_label("Phone").first.fill("612 34 56 78")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zoë O'Neill")
    looked_at(page)


def add_an_invoice_with_receipts(page: Page) -> None:
    page.goto(page.url.replace("/customer/", "/invoice/create/"))
    page.get_by_label("Amount").fill("129,95")
    page.get_by_label("What for").fill("Cut and colour")
    page.locator("input[type=file][multiple]").set_input_files([photo(), paper()])
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".receipt img")).to_have_count(2)
    looked_at(page)
    page.get_by_role("link", name="Zoë O'Neill").first.click()


def schedule_a_message_for_the_next_minute(page: Page) -> None:
    expect(page).to_have_url(re.compile("/customer/"))
    page.goto(page.url.replace("/customer/", "/message/schedule/"))
    page.locator("[name=message_content]").fill("Hello {first_name}, your order is ready ☕")
    expect(page.locator("#message-preview")).to_contain_text("Hello Zoë, your order is ready ☕")
    soon = datetime.now(ZoneInfo(FIRST_VISIT["time_zone"])) + timedelta(minutes=1, seconds=5)
    page.locator("[name=schedule_date]").fill(soon.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Schedule").click()
    expect(page).to_have_url(re.compile("/customer/"))
    looked_at(page)


def the_page_asks_for_it_at_its_time(page: Page) -> None:
    page.goto("/")
    expect(page.locator("article.reminder")).to_have_count(0)
    expect(page.locator("article.reminder")).to_have_count(1, timeout=AT_ITS_TIME_MS)
    expect(page).to_have_title(re.compile(r"^\(1\) Today"))
    expect(page.locator("article.reminder")).to_contain_text("WhatsApp to Zoë O'Neill")
    looked_at(page)


def send_it_with_one_tap_and_mark_it_done(page: Page) -> None:
    link = page.locator("article.reminder a[href^='https://wa.me/']")
    address = urlsplit(link.get_attribute("href") or "")
    assert address.path == "/34612345678"
    assert parse_qs(address.query)["text"] == ["Hello Zoë, your order is ready ☕"]
    page.get_by_role("button", name="Mark as done").click()
    expect(page.locator("article.reminder")).to_have_count(0)
    expect(page).to_have_title(re.compile("^Today"))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("article.reminder")).to_have_count(1)
    page.get_by_role("button", name="Mark as done").click()
    expect(page.locator("article.reminder")).to_have_count(0)
    page.get_by_role("link", name="Zoë O'Neill").first.click()
    expect(page.locator(".conversation")).to_contain_text("Sent by hand")
