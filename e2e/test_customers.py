"""Looking after customers, as people do it with thumbs, mice and keys."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.actions import customers
from crm.models import Customer, Note, Tag, User
from e2e.screens import (
    LAPTOP,
    PHONE,
    SMALL_PHONE,
    THEMES,
    Screen,
    Theme,
    Visits,
    assert_accessible,
    assert_fits,
)
from tests.make import make_customer, make_invoice, make_message, make_note, make_reminder

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEARCH = "main input[name=q]"


def a_bit_of_everything(user: User) -> Customer:
    """A story with every kind of entry, and names as long and as foreign as life makes them."""
    now = timezone.now()
    make_customer(name="أحمد الخالدي", company="شركة النور للتجارة")
    make_customer(name="陳小明", phone_number="")
    make_customer(name="x" * 200, company="y" * 200, email="z" * 60 + "@example.com")
    zoe = customers.add(
        Customer(
            name="Wolfeschlegelsteinhausenbergerdorff, Zoë Maximiliana",
            company="Aktiengesellschaft für außergewöhnlich lange Firmennamen mbH",
            email="a.very.long.address@with.many.parts.and.a.long.domain.example.com",
            phone_number="+12125550123",
            address="1 Long Street\nNew York",
            notes="n" * 400,
        ),
        ["vip", "a tag that is nearly forty letters long"],
        actor=user,
    )
    for currency in ("EUR", "KWD", "JPY"):
        make_invoice(zoe, amount=Decimal(999_999_999), currency=currency, description="w" * 300)
    make_note(zoe, text="long" * 300, author=user)
    make_reminder(zoe, at=now - timedelta(minutes=5), wants_since=now - timedelta(minutes=5))
    make_message(zoe, at=now + timedelta(days=1), message_content="m" * 600)
    customers.change(zoe, ["vip"], actor=user, now=now)
    return zoe


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_every_page_is_accessible_and_fits(
    signed_in: Visits, user: User, screen: Screen, theme: Theme
) -> None:
    zoe = a_bit_of_everything(user)
    customers.trash(make_customer(name="Gone"), actor=user, now=timezone.now())
    page = signed_in.open(screen=screen, theme=theme)
    for address in (
        "/",
        "/customers/",
        "/customers/?q=nobody+at+all",
        f"/customer/{zoe.pk}/",
        f"/customer/{zoe.pk}/edit/",
        "/search/?q=z",
        "/trash/",
    ):
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)


def test_nothing_stands_out_on_a_small_phone(signed_in: Visits, user: User) -> None:
    zoe = a_bit_of_everything(user)
    page = signed_in.open(screen=SMALL_PHONE)
    for address in ("/customers/", f"/customer/{zoe.pk}/", "/customer/create/", "/search/?q=z"):
        page.goto(address)
        assert_fits(page)


def test_the_list_narrows_down_as_one_types(signed_in_page: Page) -> None:
    make_customer(name="Zoë O'Neill", phone_number="+34612345678")
    make_customer(name="Ravi Patel", email="", phone_number="+447911123456")
    page = signed_in_page
    page.goto("/customers/")
    page.locator(SEARCH).press_sequentially("612 34")
    expect(page.locator(".row-title")).to_have_text(["Zoë O'Neill"])
    expect(page).to_have_url(re.compile(r"\?q=612%2034"))
    page.locator(".row-title").click()
    page.go_back()
    expect(page.locator(SEARCH)).to_have_value("612 34")
    page.locator(SEARCH).fill("Noor")
    page.get_by_role("link", name="Add “Noor”").click()
    expect(page.locator("#id_name")).to_have_value("Noor")


def test_a_customer_is_added_with_the_keyboard_and_likely_duplicates_are_told(
    signed_in_page: Page,
) -> None:
    make_customer(name="Zoë O'Neill").tags.add(Tag.objects.create(name="vip"))
    page = signed_in_page
    page.goto("/customer/create/")
    page.locator("#id_name").press_sequentially("Zoe Oneil")
    expect(page.locator("#duplicates")).to_contain_text("nearly the same name")
    page.locator("#id_phone_number").fill("612 34 56 78")
    expect(page.locator("#duplicates")).to_contain_text("the same telephone number")
    page.locator("summary", has_text="tags").press("Enter")
    page.get_by_role("button", name="+ vip").press("Enter")
    expect(page.locator("#id_tags")).to_have_value("vip")
    page.locator("#id_tags").press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoe Oneil")
    expect(page.locator(".toast")).to_contain_text("Zoe Oneil is added.")
    assert Customer.objects.count() == 2


def test_without_a_script_a_likely_duplicate_is_asked_about_before_it_is_saved(
    signed_in: Visits,
) -> None:
    make_customer(name="Zoë O'Neill", phone_number="+34612345678")
    page = signed_in.open(javascript=False)
    page.goto("/customer/create/")
    page.locator("#id_name").fill("Her mother")
    page.locator("#id_phone_number").fill("612345678")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#duplicates")).to_contain_text("Not saved yet")
    page.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Her mother")
    page.goto("/customers/")
    page.locator(SEARCH).fill("mother")
    page.locator("main").get_by_role("button", name="Search").click()
    expect(page.locator(".row-title")).to_have_text(["Her mother"])


@pytest.mark.parametrize("javascript", [True, False])
def test_a_note_is_written_and_taken_back_on_a_phone(signed_in: Visits, javascript: bool) -> None:
    zoe = make_customer()
    page = signed_in.open(screen=PHONE, javascript=javascript)
    page.goto(f"/customer/{zoe.pk}/")
    page.get_by_role("link", name="Write").click()
    page.locator("label", has_text="Note").first.click()
    page.locator("textarea[name=text]").fill("Likes tea.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".bubble.is-note")).to_contain_text("Likes tea.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".bubble.is-note")).to_have_count(0)
    assert not Note.objects.live().exists()


def test_a_customer_thrown_away_by_mistake_is_back_with_one_press(signed_in_page: Page) -> None:
    zoe = make_customer()
    make_message(zoe, at=timezone.now() + timedelta(days=1))
    page = signed_in_page
    page.goto(f"/customer/{zoe.pk}/")
    page.get_by_role("button", name="Delete customer").click()
    expect(page.locator(".toast")).to_contain_text("1 message to them is called off.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(zoe.name)
    expect(page.locator(".bubble.is-ahead")).to_contain_text("Upcoming")


def test_the_facts_are_folded_on_a_phone_and_open_on_a_laptop(signed_in: Visits) -> None:
    zoe = make_customer(address="Calle Mayor 1")
    phone, laptop = signed_in.open(screen=PHONE), signed_in.open(screen=LAPTOP)
    for page in (phone, laptop):
        page.goto(f"/customer/{zoe.pk}/")
    expect(laptop.get_by_text("Calle Mayor 1")).to_be_visible()
    expect(phone.get_by_text("Calle Mayor 1")).to_be_hidden()
    phone.locator(".fold > summary").tap()
    expect(phone.get_by_text("Calle Mayor 1")).to_be_visible()


def test_the_palette_finds_with_the_keyboard_alone(signed_in_page: Page) -> None:
    make_customer(name="Ravi Patel", email="")
    zoe = make_customer(name="Zoë O'Neill")
    page = signed_in_page
    page.goto("/trash/")
    page.keyboard.press("/")
    page.keyboard.type("zoe")
    expect(page.locator("#palette-results a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/customer/{zoe.pk}/$"))
