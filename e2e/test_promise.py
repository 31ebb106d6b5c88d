"""The promise, whole: what is scheduled in a page goes out at its second, open pages tell what
became of it, and whoever says STOP hears nothing more, which Today explains.

`python -m customer_manager.run` in an empty folder, a phone, a laptop, and two providers that run
on this machine.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.screens import LAPTOP, PHONE
from e2e.shop import (
    SEEN_MS,
    Shop,
    add_customer,
    apart,
    assert_not_loaded_again,
    connect_twilio,
    connect_whatsapp,
    looked_at,
    next_minute,
    opened,
    requests_about,
    schedule,
    stay_open,
    write,
)
from tests.running import until

pytestmark = pytest.mark.browser

ZOE, NOOR, RAVI = "+34612345678", "+34612345679", "+34612345680"
FIRST, SECOND = "Your order is ready", "See you soon"
#: Between the second that was promised and the request at the provider.
LATEST = timedelta(seconds=2)
MINUTES_S = 150


@pytest.fixture
def shop(browser: Browser, tmp_path: Path) -> Iterator[Shop]:
    with opened(browser, tmp_path / "data") as shop:
        yield shop


def test_a_promise_is_kept_to_its_second_and_until_they_say_stop(shop: Shop) -> None:
    """Zoë's phone and Noor's laptop by WhatsApp, Ravi's by SMS."""
    zoe = shop.first_visit(PHONE)
    noor, ravi, today = (shop.another_window("/", LAPTOP) for _ in range(3))
    connect_whatsapp(zoe, shop.meta)
    twilio_calls = connect_twilio(ravi, shop.twilio)
    add_customer(zoe, "Zoë O'Neill", ZOE)
    add_customer(noor, "Noor Haddad", NOOR)
    add_customer(ravi, "Ravi Patel", RAVI)
    stay_open(today)
    they_write_first(shop, zoe, noor)

    minute = next_minute()
    for at, words in ((minute, FIRST), (minute + timedelta(minutes=1), SECOND)):
        schedule(zoe, f"{words}, {{first_name}} ☕", at)
        schedule(noor, f"{words}, {{first_name}} ☕", at)
        schedule(ravi, f"{words}, {{first_name}}", at, channel="SMS")
    stay_open(zoe, noor, ravi)
    today_shows_what_they_wrote(today)

    they_reach_the_providers_at_their_second(shop, minute)
    open_pages_follow_the_receipts(shop, zoe, noor, ravi)
    they_say_stop(shop, twilio_calls, zoe, noor, ravi)
    assert_not_loaded_again(zoe, noor, ravi)
    another_is_refused_at_the_form(zoe)
    what_was_promised_before_stays_here_and_today_says_why(shop, today)


def they_write_first(shop: Shop, zoe: Page, noor: Page) -> None:
    """Which opens WhatsApp's 24 hours."""
    expect(zoe.locator("#window-note")).to_contain_text("has not written in the last 24 hours")
    stay_open(zoe, noor)
    apart(shop.meta.tell, shop.meta.reply(ZOE, "Is my order there?"))
    apart(shop.meta.tell, shop.meta.reply(NOOR, "And mine?"))
    expect(zoe.locator(".bubble.is-in")).to_contain_text("Is my order there?", timeout=SEEN_MS)
    expect(noor.locator(".bubble.is-in")).to_contain_text("And mine?", timeout=SEEN_MS)
    assert_not_loaded_again(zoe, noor)


def today_shows_what_they_wrote(today: Page) -> None:
    replies = today.locator("article.reply")
    expect(replies).to_have_count(2, timeout=SEEN_MS)
    for name, words in (("Zoë O'Neill", "Is my order there?"), ("Noor Haddad", "And mine?")):
        expect(replies.filter(has_text=words)).to_contain_text(f"WhatsApp from {name}")
    assert_not_loaded_again(today)
    looked_at(today)


def they_reach_the_providers_at_their_second(shop: Shop, minute: datetime) -> None:
    wanted = {ZOE: shop.meta, NOOR: shop.meta, RAVI: shop.twilio}
    until(lambda: all(stand_in.taken[number] for number, stand_in in wanted.items()), MINUTES_S)
    for number, stand_in in wanted.items():
        [request] = requests_about(stand_in, number)
        assert timedelta() <= request.at - minute <= LATEST, (number, request.at, minute)
    assert shop.meta.taken[ZOE] == ["Your order is ready, Zoë ☕"]
    assert shop.meta.taken[NOOR] == ["Your order is ready, Noor ☕"]
    assert shop.twilio.taken[RAVI] == ["Your order is ready, Ravi"]


def open_pages_follow_the_receipts(shop: Shop, zoe: Page, noor: Page, ravi: Page) -> None:
    """Late, repeated and out of order, as they come in life."""
    for page in (zoe, noor, ravi):
        expect(state(page)).to_have_text("Sent", timeout=SEEN_MS)
    tell(shop, whatsapp="delivered", sms="delivered")
    for page in (zoe, noor, ravi):
        expect(state(page)).to_have_text("Delivered", timeout=SEEN_MS)
    tell(shop, whatsapp="sent", sms="sent")
    tell(shop, whatsapp="read", sms="delivered")
    tell(shop, whatsapp="read", sms="queued")
    tell(shop, whatsapp="delivered", sms="sent")
    for page in (zoe, noor):
        expect(state(page)).to_have_text("Read", timeout=SEEN_MS)
        looked_at(page)


def they_say_stop(shop: Shop, twilio_calls: str, zoe: Page, noor: Page, ravi: Page) -> None:
    stop = shop.twilio.reply(RAVI, "Stop.", url=twilio_calls, OptOutType="STOP")
    apart(shop.meta.tell, shop.meta.reply(ZOE, "STOP"))
    apart(shop.meta.tell, shop.meta.reply(NOOR, "stop"))
    apart(shop.twilio.tell, stop)
    for page, became in ((zoe, "Read"), (noor, "Read"), (ravi, "Delivered")):
        last = page.locator(".bubble.is-in").last
        expect(last).to_contain_text("Wants no more messages", timeout=SEEN_MS)
        expect(state(page)).to_have_text(became)
        looked_at(page)


def another_is_refused_at_the_form(page: Page) -> None:
    write(page, "Just one more thing")
    page.get_by_role("button", name="Send now").click()
    said = "Zoë asked not to be written to by WhatsApp"
    expect(page.locator(".field-error").first).to_contain_text(said)
    looked_at(page)


def what_was_promised_before_stays_here_and_today_says_why(shop: Shop, today: Page) -> None:
    cards = today.locator("article.reminder").filter(has_text=SECOND)
    expect(cards).to_have_count(3, timeout=MINUTES_S * 1000)
    for name in ("Zoë O'Neill", "Noor Haddad", "Ravi Patel"):
        said = f"{name} does not want messages this way. Do not send it by hand either."
        expect(cards.filter(has_text=name)).to_contain_text(said)
    looked_at(today)
    assert_not_loaded_again(today)
    assert [len(shop.meta.taken[ZOE]), len(shop.meta.taken[NOOR])] == [1, 1]
    assert len(shop.twilio.taken[RAVI]) == 1


def state(page: Page) -> Locator:
    """What the conversation says of the first message."""
    return page.locator(".bubble.is-out").filter(has_text=FIRST).locator(".pill")


def tell(shop: Shop, *, whatsapp: str, sms: str) -> None:
    for number in (ZOE, NOOR):
        apart(shop.meta.tell, shop.meta.receipt(number, whatsapp))
    apart(shop.twilio.tell, shop.twilio.receipt(RAVI, sms))
