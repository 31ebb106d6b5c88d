"""The rules around a message as people meet them: consent, quiet hours, templates."""

import re
from datetime import time, timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from crm.models import (
    Business,
    Customer,
    InboundMessage,
    MessageSchedule,
    MessageTemplate,
    OptOut,
    Receipt,
)
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
from tests.make import make_account, make_customer, make_invoice, make_message
from tests.make_templates import make_template

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "[name=message_content]"
WHEN = "[name=schedule_date]"
PREVIEW = "#message-preview"
#: 03:40 in Madrid is 21:40 in New York.
LATE_THERE = "2027-01-12T03:40"


@pytest.fixture
def zoe(business: Business) -> Customer:
    """In New York, with an account on both channels, templates, a receipt, and quiet nights."""
    Business.objects.update(quiet_from=time(21), quiet_until=time(8))
    whatsapp = make_account(provider="whatsapp_cloud", label="Our WhatsApp")
    make_account(provider="twilio", channel="sms", label="Our SMS")
    make_template(whatsapp)
    make_template(whatsapp, name="order_ready", reference="2", header="Salón Luz", slots=[])
    zoe = make_customer(time_zone="America/New_York")
    file = ContentFile(b"jpg", name="till.jpg")
    Receipt.objects.create(
        invoice=make_invoice(zoe),
        filename="till.jpg",
        content_type="image/jpeg",
        size=3,
        sha256="a",
        file=file,
    )
    return zoe


def open_form(page: Page, customer: Customer) -> None:
    page.goto(f"/message/schedule/{customer.pk}/")
    page.wait_for_load_state("networkidle")


def trouble(zoe: Customer) -> None:
    """Everything that can be known against a channel."""
    now = timezone.now()
    OptOut.objects.create(
        phone_number=zoe.phone_number, channel="sms", known_from="reply", words="STOP", at=now
    )
    make_message(
        zoe,
        status="failed",
        reason="recipient",
        reason_words="Message undeliverable",
        sent_to=zoe.phone_number,
        wants_since=now - timedelta(days=3),
        acknowledged_at=now,
    )


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_every_part_is_accessible_and_fits(
    signed_in: Visits, zoe: Customer, screen: Screen, theme: Theme
) -> None:
    trouble(zoe)
    page = signed_in.open(screen=screen, theme=theme)
    for url in (f"/customer/{zoe.pk}/", "/settings/", "/customers/?refused=1", "/customer/create/"):
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.evaluate(
            "document.querySelectorAll('main details').forEach((one) => (one.open = true))"
        )
        assert_accessible(page)
        assert_fits(page)
    open_form(page, zoe)
    page.fill(WHEN, LATE_THERE)
    expect(page.locator("#quiet-note")).to_contain_text("within quiet hours")
    page.select_option("[name=template]", label="reminder · en")
    expect(page.get_by_label("In the text, for {{1}}")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("radio", name="SMS").check(force=True)
    page.fill(TEXT, "We’d love — “really” — to see you " + "a" * 50)
    expect(page.get_by_role("button", name="Use plain signs")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_the_smallest_phone_has_room(signed_in: Visits, zoe: Customer) -> None:
    trouble(zoe)
    page = signed_in.open(screen=SMALL_PHONE)
    open_form(page, zoe)
    page.fill(WHEN, LATE_THERE)
    page.select_option("[name=template]", label="reminder · en")
    expect(page.get_by_label("In the text, for {{2}}")).to_be_visible()
    assert_fits(page)


def test_a_night_is_told_beside_the_time_and_may_be_overruled(
    signed_in: Visits, zoe: Customer
) -> None:
    page = signed_in.open()
    open_form(page, zoe)
    page.fill(TEXT, "Hello {first_name}")
    page.fill(WHEN, LATE_THERE)
    note = page.locator("#quiet-note")
    expect(note).to_contain_text("21:40 is within quiet hours (21:00–08:00 in New York).")
    expect(note).to_contain_text("It will go")
    page.get_by_label("Send it at 21:40 all the same").check()
    expect(note).not_to_contain_text("It will go")
    expect(page.get_by_label("Send it at 21:40 all the same")).to_be_checked()
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".toast").first).to_contain_text("Scheduled for")
    assert MessageSchedule.objects.get().also_in_quiet_hours


def test_a_template_is_chosen_and_filled_in(signed_in: Visits, zoe: Customer) -> None:
    page = signed_in.open()
    open_form(page, zoe)
    page.fill(WHEN, "2027-01-12T15:00")
    expect(page.locator("#window-note")).to_contain_text("choose a template")
    page.fill(TEXT, "Something of my own")
    page.select_option("[name=template]", label="reminder · en")
    expect(page.locator(TEXT)).not_to_be_visible()
    page.get_by_label("In the text, for {{1}}").focus()
    page.locator(".template-slots").get_by_role("button", name="First name").click()
    expect(page.get_by_label("In the text, for {{1}}")).to_have_value("{first_name}")
    page.get_by_label("In the text, for {{2}}").fill("on Tuesday")
    expect(page.locator(PREVIEW)).to_contain_text("Hello Zoë, see you on Tuesday.")
    expect(page.locator("#window-note")).to_be_empty()
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".toast").first).to_contain_text("Scheduled for")
    message = MessageSchedule.objects.get()
    assert message.template == MessageTemplate.objects.get(name="reminder")
    assert message.template_values == {"body.1": "{first_name}", "body.2": "on Tuesday"}


def test_back_to_free_words_nothing_is_lost(signed_in: Visits, zoe: Customer) -> None:
    page = signed_in.open()
    open_form(page, zoe)
    page.fill(TEXT, "Something of my own")
    page.select_option("[name=template]", label="reminder · en")
    expect(page.get_by_label("In the text, for {{1}}")).to_be_visible()
    page.select_option("[name=template]", label="None: write freely")
    expect(page.get_by_label("In the text, for {{1}}")).to_have_count(0)
    expect(page.locator(TEXT)).to_have_value("Something of my own")
    page.get_by_role("radio", name="SMS").check(force=True)
    expect(page.get_by_label("Template")).not_to_be_visible()
    expect(page.locator(TEXT)).to_be_visible()


def test_the_window_is_open_for_a_day_after_they_wrote(signed_in: Visits, zoe: Customer) -> None:
    InboundMessage.objects.create(
        channel="whatsapp",
        sender=zoe.phone_number,
        received_at=timezone.now() - timedelta(hours=3),
        provider_message_id="1",
    )
    page = signed_in.open()
    open_form(page, zoe)
    expect(page.locator("#window-note")).to_contain_text("What you write freely reaches Zoë until")
    expect(page.locator("#window-note")).not_to_contain_text("choose a template")
    page.fill(WHEN, "2027-01-12T15:00")
    expect(page.locator("#window-note")).to_contain_text("choose a template")


def test_a_receipt_is_offered_with_its_invoice(signed_in: Visits, zoe: Customer) -> None:
    page = signed_in.open()
    open_form(page, zoe)
    expect(page.get_by_label("Send along")).to_have_count(0)
    page.get_by_label("About the invoice").select_option(index=1)
    page.get_by_label("Send along").select_option("till.jpg")
    expect(page.locator(PREVIEW)).to_contain_text("With it goes till.jpg.")
    page.get_by_role("radio", name="SMS").check(force=True)
    expect(page.get_by_label("Send along")).not_to_be_visible()


def test_the_sms_instead_shows_what_it_would_cost(signed_in: Visits, zoe: Customer) -> None:
    page = signed_in.open(screen=PHONE)
    open_form(page, zoe)
    page.fill(TEXT, "a" * 161)
    expect(page.locator(PREVIEW)).not_to_contain_text("2 SMS")
    page.get_by_label("If WhatsApp refuses it for good, send it as SMS instead").check()
    expect(page.locator(PREVIEW)).to_contain_text("2 SMS (plain letters)")


def test_what_they_said_is_recorded_and_holds_the_next_message(
    signed_in: Visits, zoe: Customer
) -> None:
    page = signed_in.open()
    page.goto(f"/customer/{zoe.pk}/")
    page.get_by_role("button", name=re.compile("They said no.*WhatsApp")).click()
    expect(page.locator(".toast")).to_contain_text("no WhatsApp messages")
    page.get_by_role("radio", name="WhatsApp", exact=True).check(force=True)
    page.fill(TEXT, "Hello")
    page.fill(WHEN, "2027-01-12T15:00")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".field-error").first).to_contain_text(
        "Zoë asked not to be written to by WhatsApp."
    )
    page.goto(f"/customer/{zoe.pk}/")
    page.get_by_role("button", name=re.compile("They agree.*WhatsApp")).click()
    expect(page.get_by_text("May be written to", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Asked not to be written to", exact=True)).to_be_visible()


def test_all_of_it_without_javascript(signed_in: Visits, zoe: Customer) -> None:
    trouble(zoe)
    page = signed_in.open(screen=PHONE, javascript=False)
    open_form(page, zoe)
    expect(page.get_by_text("This number could not receive WhatsApp messages")).to_be_visible()
    expect(page.get_by_text("Zoë asked not to be written to by SMS.")).not_to_be_visible()
    page.get_by_text("SMS", exact=True).click()
    expect(page.get_by_text("Zoë asked not to be written to by SMS.")).to_be_visible()
    page.fill(TEXT, "We’d love to see you — soon " + "a" * 60)
    page.fill(WHEN, LATE_THERE)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name=re.compile("Use plain signs: 1 SMS")).click()
    expect(page.locator(TEXT)).to_have_value("We'd love to see you - soon " + "a" * 60)
    page.get_by_text("WhatsApp", exact=True).first.click()
    page.select_option("[name=template]", label="reminder · en")
    page.get_by_role("button", name="Show what it asks for").click()
    page.get_by_label("In the text, for {{1}}").fill("{first_name}")
    page.get_by_label("In the text, for {{2}}").fill("soon")
    expect(page.get_by_label("Send it at 21:40 all the same")).to_be_visible()
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".toast").first).to_contain_text("Those are quiet hours: it goes")
    message = MessageSchedule.objects.get(status="scheduled")
    assert message.message_content == "Hello {first_name}, see you soon."


@pytest.mark.parametrize("on", ["button", "label"])
def test_nothing_moves_under_a_finger(signed_in: Visits, zoe: Customer, on: str) -> None:
    """A preview that grows would push the button away between down and up."""
    page = signed_in.open(screen=PHONE)
    open_form(page, zoe)
    page.fill(WHEN, "2027-01-12T15:00")
    page.fill(TEXT, "Hello")
    shown, said = page.locator(f"{PREVIEW} .bubble"), "Hello\n" * 20
    expect(shown).to_have_text("Hello")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/message/preview/**", hold)
    page.fill(TEXT, said)
    while not held:
        page.wait_for_timeout(20)
    button = page.get_by_role("button", name="Schedule")
    (button if on == "button" else page.locator(f"{PREVIEW} .preview-label")).hover()
    page.mouse.down()
    with page.expect_response("**/message/preview/**"):
        page.unroute("**/message/preview/**")  # lets go on what is held
    page.wait_for_timeout(200)
    assert shown.inner_text() == "Hello"
    page.mouse.up()
    if on == "button":
        page.wait_for_url(f"**/customer/{zoe.pk}/**")
        assert MessageSchedule.objects.get().message_content.count("Hello") == 20
    else:
        expect(shown).to_have_text(said)
