"""Both sides of a conversation, with the real server and sender and a stand-in for WhatsApp.

What a customer writes comes up by itself, what becomes of a message shows without a reload, and who
asks for no more messages gets none.
"""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from customer_manager.env import BASE_DIR
from e2e.screens import LAPTOP, Visits, assert_accessible
from e2e.test_main_job import set_up
from tests.running import FIRST_VISIT, Installation
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

pytestmark = pytest.mark.browser

ZOE = "34612345678"
#: A look of the page, the sender's look, and a machine that has other things to do.
SOON_MS = 30_000
#: The next full minute on top of that.
AT_ITS_TIME_MS = 110_000
TEXT = "[name=message_content]"


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        yield stand_in


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data")
    installation.wait_until_it_answers()
    yield installation
    assert installation.stop() == 0, installation.said


@pytest.fixture
def shop(browser: Browser, installation: Installation) -> Iterator[Visits]:
    visits = Visits(browser, f"http://127.0.0.1:{installation.port}")
    yield visits
    problems = visits.close()
    assert not problems, "\n".join(problems)


def connect(installation: Installation, whatsapp: WhatsAppCloudStandIn) -> None:
    values = [f"{name}={value}" for name, value in whatsapp.settings.items()]
    subprocess.run(
        [sys.executable, "manage.py", "connect", "whatsapp_cloud", *values],
        cwd=BASE_DIR,
        env={"DATA_DIR": str(installation.folder)},
        check=True,
        timeout=60,
    )
    database = sqlite3.connect(installation.folder / "customer_manager.sqlite3")
    found = "SELECT webhook_key FROM crm_provideraccount WHERE provider = 'whatsapp_cloud'"
    key = database.execute(found).fetchone()[0]
    database.close()
    path = f"/webhooks/whatsapp_cloud/{key}/"
    whatsapp.webhook_url = f"http://127.0.0.1:{installation.port}{path}"


def tell(whatsapp: WhatsAppCloudStandIn, payload: dict[str, Any]) -> int:
    """In a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(whatsapp.tell, payload).result()


def test_a_conversation_goes_both_ways_without_a_reload(
    shop: Visits, installation: Installation, whatsapp: WhatsAppCloudStandIn
) -> None:
    page = shop.open(screen=LAPTOP)
    set_up(page)
    connect(installation, whatsapp)
    a_stranger_writes_and_becomes_a_customer(page, whatsapp)
    an_answer_is_sent_delivered_and_read(page, whatsapp)
    who_asks_for_no_more_gets_no_more(page, whatsapp)


def a_stranger_writes_and_becomes_a_customer(page: Page, whatsapp: WhatsAppCloudStandIn) -> None:
    page.goto("/")
    assert tell(whatsapp, whatsapp.reply(f"+{ZOE}", "Do you have time on Friday?")) == 200
    card = page.locator("article.reply")
    expect(card).to_contain_text("Do you have time on Friday?", timeout=SOON_MS)
    expect(page).to_have_title(re.compile(r"^\(1\) Today"))
    assert_accessible(page)
    card.get_by_role("link", name="Add customer").click()
    expect(page.get_by_label("Phone").first).to_have_value(re.compile("612"))
    page.get_by_label("Name", exact=False).first.fill("Zoë O'Neill")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".bubble.is-in")).to_contain_text("Do you have time on Friday?")


def an_answer_is_sent_delivered_and_read(page: Page, whatsapp: WhatsAppCloudStandIn) -> None:
    page.locator(TEXT).fill("Yes, at nine.")
    page.get_by_role("button", name="Send now").click()
    bubble = page.locator(".bubble.is-out").filter(has_text="Yes, at nine.")
    expect(bubble).to_contain_text("Sent", timeout=SOON_MS)
    assert [text for taken in whatsapp.taken.values() for text in taken] == ["Yes, at nine."]

    page.locator(TEXT).fill("Half a thou")
    for state, word in (("read", "Read"), ("delivered", "Read")):
        assert tell(whatsapp, whatsapp.receipt(whatsapp.sent[-1].to, state)) == 200
        expect(bubble).to_contain_text(word, timeout=SOON_MS)
    assert tell(whatsapp, whatsapp.reply(f"+{ZOE}", "See you!")) == 200
    expect(page.locator(".bubble.is-in").last).to_contain_text("See you!", timeout=SOON_MS)
    expect(page.locator(TEXT)).to_have_value("Half a thou")
    expect(page.locator(TEXT)).to_be_focused()


def who_asks_for_no_more_gets_no_more(page: Page, whatsapp: WhatsAppCloudStandIn) -> None:
    page.locator(TEXT).fill("A word about Friday.")
    soon = datetime.now(ZoneInfo(FIRST_VISIT["time_zone"])) + timedelta(minutes=1, seconds=20)
    page.goto(page.url.split("#")[0].replace("/customer/", "/message/schedule/"))
    page.locator(TEXT).fill("A word about Friday.")
    page.locator("[name=schedule_date]").fill(soon.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Schedule").click()
    expect(page).to_have_url(re.compile("/customer/"))
    assert tell(whatsapp, whatsapp.reply(f"+{ZOE}", "STOP")) == 200
    stop = page.locator(".bubble.is-in").filter(has_text="STOP")
    expect(stop).to_contain_text("Wants no more messages", timeout=SOON_MS)

    page.goto("/")
    held = page.locator("article.reminder").filter(has_text="A word about Friday.")
    expect(held).to_contain_text("does not want messages this way", timeout=AT_ITS_TIME_MS)
    assert "A word about Friday." not in str(dict(whatsapp.taken))
    assert_accessible(page)
