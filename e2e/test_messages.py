"""Writing messages and looking after reminders, as people do it with thumbs, mice and keys."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.models import MessageSchedule
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
from rules.message_states import Status
from tests.make import make_account, make_customer, make_invoice, make_message, make_reminder

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "[name=message_content]"
WHEN = "[name=schedule_date]"
PREVIEW = "#message-preview"
POLLED_EVERY_MS = 20_000


def reminder(**changes: object) -> MessageSchedule:
    since = timezone.now() - timedelta(minutes=5)
    return make_reminder(**({"at": since, "wants_since": since} | changes))


def in_vain(**changes: object) -> MessageSchedule:
    """Due two hours ago by SMS, whose provider cannot be reached."""
    make_account(channel="sms")
    now = timezone.now()
    return make_message(
        message_type="sms",
        at=now + timedelta(minutes=9),
        first_tried_at=now - timedelta(hours=2),
        reason_words="connection refused",
        **changes,
    )


def a_bit_of_everything() -> MessageSchedule:
    """One card of every kind, with names as long and as foreign as life makes them."""
    now = timezone.now()
    zoe = make_invoice(make_customer(time_zone="America/New_York")).customer
    long = make_customer(
        name="Wolfeschlegelsteinhausenbergerdorff-Montgomery, Maximiliana Alexandra"
    )
    first = reminder(customer=zoe)
    reminder(customer=long, status="unconfirmed", reason="timed_out")
    reminder(
        customer=long,
        status="failed",
        reason="recipient",
        message_type="sms",
        reason_words="'To' number is not a valid mobile number",
        reason_code="21614",
    )
    reminder(customer=make_customer(name="أحمد الخالدي"), status="expired", reason="too_late")
    reminder(customer=make_customer(phone_number=""), status="failed", reason="no_phone")
    reminder(customer=zoe, snoozed_until=now + timedelta(hours=5))
    in_vain(customer=long)
    make_message(zoe, at=now + timedelta(minutes=20), message_content="x" * 400)
    make_message(long, at=now + timedelta(days=2))
    return first


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_every_page_is_accessible_and_fits(signed_in: Visits, screen: Screen, theme: Theme) -> None:
    message = a_bit_of_everything()
    page = signed_in.open(screen=screen, theme=theme)
    for url in (
        "/",
        "/messages/?show=all",
        "/messages/?q=nobody",
        f"/message/{message.pk}/",
        f"/message/{message.pk}/edit/",
        f"/message/schedule/{message.customer_id}/",
        f"/message/schedule/{make_customer(phone_number='').pk}/",
    ):
        page.goto(url)
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        assert_fits(page)
    page.goto("/")
    page.locator("#snoozed summary").click()
    page.locator(f"#more-{message.pk}").click()
    assert_accessible(page)
    assert_fits(page)


def test_the_smallest_phone_has_room(signed_in: Visits) -> None:
    message = a_bit_of_everything()
    page = signed_in.open(screen=SMALL_PHONE)
    for url in ("/", f"/message/{message.pk}/", f"/message/{message.pk}/edit/"):
        page.goto(url)
        assert_fits(page)


@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_a_form_with_mistakes_is_accessible(signed_in: Visits, screen: Screen) -> None:
    page = signed_in.open(screen=screen)
    page.goto(f"/message/schedule/{make_customer().pk}/")
    page.fill(TEXT, "Hi {nobody} {company}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    expect(page.locator(TEXT)).to_have_value("Hi {nobody} {company}")
    assert_accessible(page)
    assert_fits(page)


def test_writing_shows_at_once_what_the_customer_will_read(signed_in: Visits) -> None:
    page = signed_in.open()
    page.goto(f"/message/schedule/{make_customer(name='Ravi Patel').pk}/")
    page.fill(TEXT, "Dear , welcome")
    page.locator(TEXT).press("Home")
    for _ in range(len("Dear ")):
        page.locator(TEXT).press("ArrowRight")
    page.get_by_role("button", name="First name").click()
    expect(page.locator(TEXT)).to_have_value("Dear {first_name}, welcome")
    expect(page.locator(PREVIEW)).to_contain_text("Dear Ravi, welcome")
    page.get_by_role("button", name="Tomorrow 9:00").click()
    expect(page.locator(PREVIEW)).to_contain_text("09:00")


def test_an_sms_is_counted_as_it_is_typed_and_written_plainly(signed_in: Visits) -> None:
    page = signed_in.open()
    page.goto(f"/message/schedule/{make_customer(name='Ravi Patel').pk}/")
    page.get_by_role("radio", name="SMS").check(force=True)
    page.fill(TEXT, "We’d love to see you again " + "a" * 60)
    expect(page.locator(PREVIEW)).to_contain_text("2 SMS (Unicode)")
    page.get_by_role("button", name="Use plain signs: 1 SMS").click()
    expect(page.locator(PREVIEW)).to_contain_text("1 SMS (plain letters)")
    expect(page.locator(TEXT)).to_have_value("We'd love to see you again " + "a" * 60)


def test_the_two_clocks(signed_in: Visits) -> None:
    page = signed_in.open()
    page.goto(f"/message/schedule/{make_customer(time_zone='America/New_York').pk}/")
    page.fill(WHEN, "2027-01-12T09:00")
    expect(page.locator(PREVIEW)).to_contain_text("03:00 (New York time)")
    page.get_by_role("radio", name=re.compile("New York")).check(force=True)
    expect(page.locator(PREVIEW)).to_contain_text("15:00 (our time)")


def test_scheduling_by_keyboard_alone(signed_in: Visits) -> None:
    page = signed_in.open()
    page.goto(f"/message/schedule/{make_customer().pk}/")
    page.locator(TEXT).focus()
    page.keyboard.type("Hello {first_name}")
    while page.evaluate("document.activeElement.textContent.trim()") != "Tomorrow 9:00":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Scheduled for")
    assert MessageSchedule.objects.get().message_content == "Hello {first_name}"


@pytest.mark.parametrize("javascript", [True, False])
def test_the_past_asks_and_one_tap_sends_now(signed_in: Visits, javascript: bool) -> None:
    page = signed_in.open(screen=PHONE, javascript=javascript)
    page.goto(f"/message/schedule/{make_customer().pk}/")
    page.fill(TEXT, "Hello {first_name}")
    page.fill(WHEN, "2026-01-12T09:00")
    page.get_by_role("button", name="Schedule").click()
    ask = page.get_by_role("alert").filter(has_text="Send it now?")
    expect(ask).to_contain_text("has passed.")
    expect(page.locator(TEXT)).to_have_value("Hello {first_name}")
    ask.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("link", name="Open WhatsApp")).to_be_visible()
    assert MessageSchedule.objects.get().status == Status.DUE


def test_another_moment_takes_the_question_about_the_past_away(signed_in: Visits) -> None:
    page = signed_in.open(screen=PHONE)
    page.goto(f"/message/schedule/{make_customer().pk}/")
    page.fill(TEXT, "Hello {first_name}")
    page.fill(WHEN, "2026-01-12T09:00")
    page.get_by_role("button", name="Schedule").click()
    ask = page.get_by_role("alert").filter(has_text="Send it now?")
    expect(ask).to_be_visible()
    page.get_by_role("button", name="Tomorrow 9:00").click()
    expect(ask).to_have_count(0)


def test_the_main_job_without_javascript(signed_in: Visits) -> None:
    page = signed_in.open(screen=PHONE, javascript=False)
    page.goto(f"/message/schedule/{make_customer().pk}/")
    page.fill(TEXT, "Hello {first_name} {nobody}")
    page.fill(WHEN, "2027-01-12T09:00")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(PREVIEW)).to_contain_text("Not known: {nobody}")
    page.fill(TEXT, "Hello {first_name}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".toast")).to_contain_text("Scheduled for")
    MessageSchedule.objects.update(status=Status.DUE, wants_since=timezone.now())
    page.goto("/")
    expect(page.get_by_role("link", name="Open WhatsApp")).to_have_attribute(
        "href", "https://wa.me/34612345678?text=Hello%20Zo%C3%AB"
    )
    page.get_by_role("button", name="Mark as done").click()
    expect(page.locator("#reminders")).to_contain_text("Nothing needs you")
    page.get_by_role("button", name="Undo").click()
    page.locator("summary[id^=more]").click()
    page.get_by_role("button", name="Tomorrow 9:00").click()
    expect(page.locator("#reminders")).to_contain_text("1 snoozed")


def test_the_list_follows_what_is_typed(signed_in: Visits) -> None:
    zoe = make_customer()
    make_message(zoe, at=timezone.now() + timedelta(days=1))
    make_message(make_customer(name="Ravi", email=""), at=timezone.now() + timedelta(days=1))
    page = signed_in.open()
    page.goto("/messages/")
    expect(page.locator("#message-rows .row")).to_have_count(2)
    page.get_by_label("Search messages").type("zo")
    expect(page.locator("#message-rows .row")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=zo"))
    page.locator("#message-rows .row a").click()
    expect(page).to_have_url(re.compile("/message/"))
    page.go_back()
    expect(page.locator("#message-rows .row")).to_have_count(1)
    expect(page.locator("h1")).to_have_text("Messages")


def test_the_home_page_keeps_itself_fresh(signed_in: Visits) -> None:
    page = signed_in.open()
    page.clock.install()
    page.goto("/")
    expect(page).to_have_title(re.compile("^Today"))
    expect(page.locator("#reminders")).to_contain_text("Nothing needs you")
    reminder()
    page.clock.run_for(POLLED_EVERY_MS + 1000)
    expect(page.get_by_role("link", name="Open WhatsApp")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(1\) Today"))
    expect(page.locator(".sidebar [data-wants-badge]")).to_have_text("1")


def test_an_open_menu_and_the_focus_survive_what_comes_in(signed_in: Visits) -> None:
    first = reminder()
    reminder(customer=first.customer, snoozed_until=timezone.now() + timedelta(hours=1))
    page = signed_in.open()
    page.clock.install()
    page.goto("/")
    menu = page.locator(f"#menu-{first.pk}")
    menu.locator("summary").click()
    reminder(customer=first.customer)
    page.clock.run_for(POLLED_EVERY_MS + 1000)
    expect(menu).to_have_attribute("open", "")
    expect(page.locator(".reminder")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("#snoozed summary").click()
    page.locator(f"#open-{first.pk}").focus()
    page.clock.run_for(POLLED_EVERY_MS + 1000)
    expect(page.locator(".reminder")).to_have_count(2)
    expect(page.locator(f"#open-{first.pk}")).to_be_focused()
    expect(page.locator("#snoozed")).to_have_attribute("open", "")


def test_done_and_undone_without_leaving_the_page(signed_in: Visits) -> None:
    message, other = reminder(), reminder()
    page = signed_in.open()
    page.goto("/")
    page.locator(f"#done-{message.pk}").click()
    expect(page.locator(f"#reminder-{message.pk}")).to_have_count(0)
    expect(page.locator(f"#reminder-{other.pk}")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#reminder-{message.pk}")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(2\)"))


@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_what_is_tried_in_vain_is_taken_from_the_sender_and_sent_by_hand(
    signed_in: Visits, screen: Screen
) -> None:
    message = in_vain()
    page = signed_in.open(screen=screen)
    page.goto("/")
    card = page.locator(f"#reminder-{message.pk}")
    expect(card).to_contain_text("It has been tried for over an hour")
    expect(card).to_contain_text("connection refused")
    expect(card.locator("a[href^='sms:']")).to_have_count(0)
    card.get_by_role("button", name="Send it by hand").click()
    expect(card.get_by_role("link", name="Open SMS")).to_be_visible()
    card.locator("summary").click()
    card.get_by_role("button", name="Try again now").click()
    expect(card).to_have_count(0)
    tried = page.locator(".toast").filter(has_text="It is tried again now.")
    tried.get_by_role("button", name="Undo").click()
    expect(card.get_by_role("link", name="Open SMS")).to_be_visible()
    card.get_by_role("button", name="Mark as done").click()
    expect(card).to_have_count(0)
    message.refresh_from_db()
    assert (message.state, message.sent_by_id is None) == (Status.SENT, False)


def test_the_keyboard_is_not_lost_when_a_card_goes(signed_in: Visits) -> None:
    message, _other = reminder(), reminder()
    page = signed_in.open()
    page.goto("/")
    page.locator(f"#done-{message.pk}").press("Enter")
    expect(page.locator("#reminders")).to_be_focused()


def test_whoever_opened_the_app_is_led_to_the_tick(signed_in: Visits) -> None:
    message = reminder()
    page = signed_in.open(screen=PHONE)
    page.goto("/")
    _stay_here(page)
    page.locator(f"#open-{message.pk}").click()
    expect(page.locator(f"#reminder-{message.pk}")).to_have_class(re.compile("is-tapped"))
    expect(page.locator(f"#done-{message.pk}").get_by_text("Mark as done")).to_be_visible()


def test_snoozing_until_a_moment_of_ones_own(signed_in: Visits) -> None:
    message = reminder()
    page = signed_in.open()
    page.goto("/")
    page.locator(f"#more-{message.pk}").click()
    page.get_by_label("Another time").fill("2020-01-12T12:30")
    page.get_by_role("button", name="Snooze").click()
    expect(page.locator(".toast")).to_contain_text("That moment has passed")
    expect(page.locator("#reminders")).to_be_focused()
    page.locator(f"#more-{message.pk}").click()
    moment = timezone.localtime() + timedelta(days=3)
    page.get_by_label("Another time").fill(moment.strftime("%Y-%m-%dT12:30"))
    page.get_by_role("button", name="Snooze").click()
    expect(page.locator("#reminders")).to_contain_text("1 snoozed")


def test_copying_the_text(signed_in: Visits) -> None:
    message = reminder()
    page = signed_in.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.locator(f"#more-{message.pk}").click()
    page.get_by_role("button", name="Copy the text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "Hello Zoë, see you tomorrow at nine."


def test_when_the_session_has_ended_the_page_leads_to_the_door(signed_in: Visits) -> None:
    reminder()
    page = signed_in.open()
    page.clock.install()
    page.goto("/")
    page.context.clear_cookies()
    page.clock.run_for(POLLED_EVERY_MS + 1000)
    expect(page).to_have_url(re.compile("/accounts/login/"))


def _stay_here(page: Page) -> None:
    """Links that open an app ask another origin: here they only get pressed."""
    page.evaluate(
        """() => addEventListener("click", (event) =>
             event.target.closest("[data-one-tap]") && event.preventDefault())"""
    )
