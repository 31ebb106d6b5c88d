"""What comes again, what hangs on an invoice, and what goes to many, in a real browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.actions import series
from crm.models import Broadcast, Customer, MessageSchedule, MessageSeries, Tag, User
from e2e.screens import (
    LAPTOP,
    PHONE,
    SMALL_PHONE,
    THEMES,
    Screen,
    Theme,
    Visit,
    Visits,
    assert_accessible,
    assert_fits,
)
from rules.message_states import Status
from rules.recurrence import Rule, Unit
from tests.make import make_customer, make_invoice

pytestmark = pytest.mark.browser

LONG_NAME = "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh " * 2


def next_month(hour: int = 10) -> str:
    day = timezone.localdate() + timedelta(days=31)
    return f"{day.isoformat()}T{hour:02}:00"


@pytest.fixture
def customer(signed_in: Visits) -> Customer:
    customer = make_customer()
    today = timezone.localdate()
    make_invoice(customer, issued_on=today, due_on=today + timedelta(days=20))
    return customer


@pytest.fixture
def vip(signed_in: Visits) -> Tag:
    tag = Tag.objects.create(name="VIP")
    for number in range(3):
        make_customer(name=f"Ana {number}", phone_number=f"+3460000000{number}").tags.add(tag)
    make_customer(name=LONG_NAME, phone_number="").tags.add(tag)
    return tag


def write(page: Page, customer: Customer, text: str, query: str = "") -> None:
    page.goto(reverse("message_schedule", args=[customer.pk]) + query)
    page.fill("textarea[name=message_content]", text)


@pytest.mark.parametrize("javascript", [True, False])
def test_every_month_from_the_form_to_the_end(
    signed_in: Visits, customer: Customer, javascript: bool
) -> None:
    page = signed_in.open(Visit(screen=PHONE), javascript=javascript)
    write(page, customer, "Time for a fresh cut, {first_name}?")
    page.fill("input[name=schedule_date]", next_month())
    page.select_option("select[name=repeat]", "month")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("The first goes")).to_be_visible()
    one = MessageSeries.objects.get()
    expect(page.get_by_text("repeats monthly").first).to_be_visible()
    page.goto(reverse("series_detail", args=[one.pk]))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It does not come again")).to_be_visible()
    assert not MessageSchedule.objects.exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It comes again.")).to_be_visible()
    assert MessageSchedule.objects.count() == 12


def test_only_what_the_choice_wants_is_asked(signed_in_page: Page, customer: Customer) -> None:
    page = signed_in_page
    page.goto(reverse("message_schedule", args=[customer.pk]))
    asked = {name: page.locator(f"[name={name}]").first for name in ("every", "until", "ends")}
    for field in asked.values():
        expect(field).to_be_hidden()
    page.select_option("select[name=repeat]", "custom")
    expect(asked["every"]).to_be_visible()
    expect(page.get_by_text("Mon", exact=True)).to_be_visible()
    page.select_option("select[name=unit]", "month")
    expect(page.get_by_text("Mon", exact=True)).to_be_hidden()
    page.get_by_text("On a day").click()
    expect(asked["until"]).to_be_visible()
    page.get_by_text("By the invoice’s dates").click()
    expect(page.locator("[name=schedule_date]")).to_be_hidden()
    expect(page.locator("[name=anchor_number]")).to_be_visible()


def test_an_invoice_offers_its_dates_and_takes_the_message_along(
    signed_in_page: Page, customer: Customer
) -> None:
    page, invoice = signed_in_page, customer.invoices.get()
    page.goto(reverse("invoice_detail", args=[invoice.pk]))
    page.get_by_role("link", name="2 days before it is due").click()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("2 days before it is due")).to_be_visible()
    message = MessageSchedule.objects.get()
    assert message.wall.date() == timezone.localdate() + timedelta(days=18)


def test_this_and_all_that_follow(signed_in_page: Page, customer: Customer, user: User) -> None:
    page, one = signed_in_page, begun(customer, user)
    page.goto(reverse("customer_detail", args=[customer.pk]))
    page.get_by_role("link", name="Change: Every").click()
    page.fill("textarea[name=message_content]", "Other words")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved for this message and all that follow.")).to_be_visible()
    assert set(one.messages.values_list("message_content", flat=True)) == {"Other words"}


@pytest.mark.parametrize("javascript", [True, False])
def test_to_many_looked_over_sent_off_stopped_and_let_go_on(
    signed_in: Visits, vip: Tag, javascript: bool
) -> None:
    page = signed_in.open(Visit(screen=LAPTOP), javascript=javascript)
    page.goto(reverse("broadcast_create") + "?tag=VIP")
    page.fill("textarea[name=message_content]", "Hello {first_name}, we are closed on Friday.")
    page.fill("input[name=schedule_date]", next_month())
    if javascript:
        expect(page.get_by_text("3 customers get it")).to_be_visible()
        expect(page.get_by_text("1 is left out")).to_be_visible()
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    assert not Broadcast.objects.exists()
    page.get_by_role("button", name="Schedule 3 messages").click()
    expect(page.get_by_text("0 of 3 done")).to_be_visible()
    page.get_by_role("button", name="Stop the rest").click()
    expect(page.get_by_text("3 of 3 done")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("0 of 3 done")).to_be_visible()
    assert MessageSchedule.objects.filter(status=Status.SCHEDULED).count() == 3


def test_the_progress_is_seen_without_a_reload(signed_in_page: Page, vip: Tag) -> None:
    page = signed_in_page
    page.goto(reverse("broadcast_create") + "?tag=VIP")
    page.fill("textarea[name=message_content]", "Hello {first_name}.")
    page.get_by_text("Now", exact=True).click()
    expect(page.locator("[name=schedule_date]")).to_be_hidden()
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Schedule 3 messages").click()
    expect(page.get_by_text("0 of 3 done")).to_be_visible()
    first = MessageSchedule.objects.order_by("due_at")[0]
    MessageSchedule.objects.filter(pk=first.pk).update(status=Status.DELIVERED)
    expect(page.get_by_text("1 of 3 done")).to_be_visible()
    expect(page.get_by_text("1 arrived")).to_be_visible()


def begun(customer: Customer, user: User) -> MessageSeries:
    now = timezone.now()
    draft = MessageSchedule(
        customer=customer, message_type="whatsapp", message_content="Time for a cut?" * 20
    )
    wall = timezone.localtime(now).replace(tzinfo=None, second=0, microsecond=0)
    draft.set_time(wall + timedelta(days=2), "Europe/Madrid")
    rule = Rule(unit=Unit.WEEK, first=draft.wall.date(), weekdays=frozenset(range(7)), interval=2)
    first = series.begin(draft, rule, actor=user, now=now)
    assert first.series is not None
    return first.series


@pytest.mark.parametrize("screen", [PHONE, LAPTOP, SMALL_PHONE], ids=lambda one: one.name)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.usefixtures("vip")
def test_every_page_fits_and_can_be_used_by_everybody(
    signed_in: Visits, customer: Customer, user: User, screen: Screen, theme: Theme
) -> None:
    one = begun(make_customer(name=LONG_NAME, phone_number="+34600000077"), user)
    page = signed_in.open(Visit(screen=screen, theme=theme))
    looked_at = [
        reverse("customer_detail", args=[one.customer_id]),
        reverse("series_detail", args=[one.pk]),
        reverse("message_edit", args=[one.messages.all()[0].pk]) + "?scope=following",
        reverse("message_schedule", args=[customer.pk]) + "?when=invoice",
        reverse("invoice_detail", args=[customer.invoices.get().pk]),
        reverse("broadcast_list"),
        reverse("broadcast_create") + "?tag=VIP",
    ]
    for address in looked_at:
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)
    page.fill("textarea[name=message_content]", "Hello {first_name}, we are closed.")
    page.fill("input[name=schedule_date]", next_month())
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    page.locator("details.left-out > summary").click()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Schedule 3 messages").click()
    expect(page.get_by_text("0 of 3 done")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
