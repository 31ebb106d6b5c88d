"""What goes out another way than it was meant to, or does not go until somebody has seen to it.

The real server and sender, with Meta and Twilio on this machine.
"""

import io
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.screens import LAPTOP, PHONE, Screen
from e2e.shop import (
    SEEN_MS,
    Shop,
    add_customer,
    apart,
    connect_twilio,
    connect_whatsapp,
    looked_at,
    opened,
    write,
)
from tests.running import until
from tests.stand_ins.whatsapp_cloud_webhooks import media_message

pytestmark = pytest.mark.browser

on_each_screen = pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda one: one.name)
NAMES = (
    "Zoë O'Neill",
    "Noor Haddad",
    "Ravi Patel",
    "Kofi Mensah",
    "Lena Fischer",
    "Bo Lindqvist",
    "Carmen Vidal",
    "Yuki Tanaka",
)
_people = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str
    number: str

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


@pytest.fixture(scope="module")
def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """With WhatsApp and SMS connected, and WhatsApp's templates read."""
    with opened(browser, tmp_path_factory.mktemp("shop") / "data") as shop:
        page = shop.first_visit(LAPTOP)
        connect_twilio(page, shop.twilio)
        connect_whatsapp(page, shop.meta)
        page.get_by_role("link", name="Templates").click()
        page.get_by_role("button", name="Read again").click()
        expect(page.get_by_role("article")).to_have_count(len(shop.meta.templates))
        yield shop


@pytest.fixture
def person() -> Person:
    """Somebody else each time: whoever is like another is asked about first."""
    which = next(_people)
    return Person(name=NAMES[which % len(NAMES)], number=f"+3461234560{which}")


@on_each_screen
def test_an_approved_template_goes_where_nobody_has_written(
    shop: Shop, screen: Screen, person: Person
) -> None:
    page = shop.another_window("/", screen)
    add_customer(page, person.name, person.number)
    note = page.locator("#window-note")
    expect(note).to_contain_text("WhatsApp lets only approved templates through")
    page.get_by_label("Template").select_option(label="appointment_reminder · en_US")
    name, hour = page.get_by_label("{{1}}"), page.get_by_label("{{2}}")
    name.fill("{first_name}")
    hour.fill("nine")
    preview = page.locator("#message-preview")
    expect(preview).to_contain_text(f"Hi {person.first_name}, we expect you at nine.")
    looked_at(page)
    page.get_by_role("button", name="Send now").click()
    expect(bubble(page, "we expect you")).to_contain_text("Sent", timeout=SEEN_MS)
    assert shop.meta.taken[person.number] == [f"Hi {person.first_name}, we expect you at nine."]
    [part] = shop.meta.sent[-1].body["template"]["components"]
    assert [one["text"] for one in part["parameters"]] == [person.first_name, "nine"]
    looked_at(page)


@on_each_screen
def test_what_whatsapp_refuses_for_good_goes_as_sms_once(
    shop: Shop, screen: Screen, person: Person
) -> None:
    page = with_open_window(shop, screen, person)
    write(page, "Your order is ready")
    page.get_by_label("send it as SMS instead").check()
    page.get_by_role("button", name="Send now").click()
    expect(bubble(page, "Your order")).to_contain_text("Sent", timeout=SEEN_MS)
    for _ in range(2):
        apart(shop.meta.tell, shop.meta.receipt(person.number, "failed", code=131026))
    expect(bubble(page, "Your order")).to_contain_text(
        "WhatsApp refused it; sent as SMS", timeout=SEEN_MS
    )
    apart(shop.meta.tell, shop.meta.receipt(person.number, "failed", code=131026))
    hear(shop, page, person, "Got it")
    assert (
        shop.meta.taken[person.number]
        == shop.twilio.taken[person.number]
        == ["Your order is ready"]
    )
    looked_at(page)


@on_each_screen
def test_a_refused_account_says_how_to_mend_it_and_goes_on_once_mended(
    shop: Shop, screen: Screen, person: Person
) -> None:
    page = with_open_window(shop, screen, person)
    shop.meta.access_token += "-renewed"
    write(page, "Your order is ready")
    page.get_by_role("button", name="Send now").click()
    expect(bubble(page, "Your order")).to_contain_text("has to sign in again", timeout=SEEN_MS)
    today = shop.another_window("/", screen)
    card = today.locator("article.reminder").filter(has_text=f"WhatsApp to {person.name}")
    expect(card.get_by_role("link", name="Open WhatsApp")).to_be_visible()
    stopped = today.get_by_role("region", name="WhatsApp is stopped")
    expect(stopped).to_contain_text("do not go out by themselves")
    expect(stopped).to_contain_text("Mend what it complains of, then let it send again")
    looked_at(today)
    stopped.get_by_role("link", name="See to it").click()
    enter_the_good_token(today, shop.meta.access_token)
    today.goto("/")
    expect(stopped).to_have_count(0)
    assert shop.meta.taken[person.number] == []
    card.get_by_role("button", name="Try again now").click()
    expect(bubble(page, "Your order")).to_contain_text("Sent", timeout=SEEN_MS)
    assert shop.meta.taken[person.number] == ["Your order is ready"]


def enter_the_good_token(page: Page, token: str) -> None:
    whatsapp = page.get_by_role("region", name="WhatsApp", exact=True)
    expect(whatsapp.get_by_role("button", name="Send again")).to_be_visible()
    looked_at(page)
    whatsapp.get_by_role("link", name="Change").click()
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_text("Saved, and the connection works.")).to_be_visible()
    looked_at(page)


@on_each_screen
def test_a_picture_that_a_customer_sends_is_on_their_page(
    shop: Shop, screen: Screen, person: Person
) -> None:
    page = shop.another_window("/", screen)
    add_customer(page, person.name, person.number)
    media_id = f"17{person.number.removeprefix('+')}"
    shop.meta.media[media_id] = ("image/png", "photo.png", picture())
    told = media_message(
        person.number, media_id, message_id=f"wamid.{media_id}", at=int(time.time())
    )
    apart(shop.meta.tell, shop.meta.of_number(messages=[told]))
    reply = page.locator(".bubble.is-in")
    expect(reply).to_contain_text("Look", timeout=SEEN_MS)
    expect(reply.locator("img")).to_be_visible(timeout=SEEN_MS)
    until(lambda: reply.locator("img").evaluate("(one) => one.naturalWidth > 0"))
    looked_at(page)


def with_open_window(shop: Shop, screen: Screen, person: Person) -> Page:
    page = shop.another_window("/", screen)
    add_customer(page, person.name, person.number)
    hear(shop, page, person, "Is it ready?")
    page.reload()
    return page


def hear(shop: Shop, page: Page, person: Person, words: str) -> None:
    apart(shop.meta.tell, shop.meta.reply(person.number, words))
    expect(page.locator(".bubble.is-in").last).to_contain_text(words, timeout=SEEN_MS)


def bubble(page: Page, words: str) -> Locator:
    return page.locator(".bubble.is-out").filter(has_text=words)


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(file, "PNG")
    return file.getvalue()
