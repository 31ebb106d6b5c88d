"""What customers wrote, on each page that shows it."""

import re

import pytest
from playwright.sync_api import expect

from crm.models import Customer, InboundMedia
from e2e.screens import LAPTOP, PHONE, THEMES, Screen, Theme, Visits, assert_accessible, assert_fits
from tests.make import make_business, make_customer, make_message, make_reminder, make_reply

pytestmark = pytest.mark.browser


def what_customers_wrote() -> Customer:
    make_business()
    zoe = make_customer()
    make_customer(name="Ravi Patel")
    sent = make_message(zoe, status="read", text_sent="Hello Zoë, see you at nine.")
    make_reply(zoe, text="Ten would be better for me, if that is all the same to you", answers=sent)
    make_reply(zoe, text="please stop", meant="near_opt_out")
    make_reply(zoe, text="STOP", meant="opt_out")
    make_reply(zoe, kind="number", text="+34699999999")
    make_reply(None, sender_name="W" * 60, text="x" * 300)
    photo = make_reply(zoe, kind="image", text="")
    InboundMedia.objects.create(message=photo, reference="1", words="html")
    make_reminder(zoe)
    return zoe


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_replies_are_accessible_and_fit(signed_in: Visits, screen: Screen, theme: Theme) -> None:
    zoe = what_customers_wrote()
    page = signed_in.open(screen=screen, theme=theme)
    for url in ("/", f"/customer/{zoe.pk}/", f"/message/{zoe.messages.all()[0].pk}/"):
        page.goto(url)
        assert_accessible(page)
        assert_fits(page)


def test_pages_on_which_nothing_happens_stay_as_they_are(signed_in: Visits) -> None:
    """They look again, and are told that there is nothing new."""
    zoe = make_customer()
    make_reply(zoe, text="Can I come at ten?")
    message = make_message(zoe)
    page = signed_in.open()
    for url, part in (
        (f"/customer/{zoe.pk}/", "#conversation"),
        (f"/message/{message.pk}/", "#message"),
    ):
        page.goto(url)
        with page.expect_response(lambda answer: answer.status == 204):
            pass
        page.wait_for_function("!document.querySelector('.htmx-request')")
        expect(page.locator(part)).to_be_visible()


def test_done_goes_away_at_once_and_comes_back(signed_in: Visits) -> None:
    make_reply(make_customer(), text="Can I come at ten?")
    page = signed_in.open()
    page.goto("/")
    card = page.locator("article.reply")
    card.get_by_role("button", name="Done").click()
    expect(card).to_have_count(0)
    expect(page).to_have_title(re.compile("^Today"))
    page.get_by_role("button", name="Undo").click()
    expect(card).to_have_count(1)


def test_without_a_script_everything_works_too(signed_in: Visits) -> None:
    make_reply(make_customer(), text="please stop", meant="near_opt_out")
    page = signed_in.open(javascript=False)
    page.goto("/")
    page.get_by_role("button", name="It’s fine").click()
    page.locator("article.reply").get_by_role("button", name="Done").click()
    expect(page.locator("article.reply")).to_have_count(0)
    expect(page.get_by_text("Done: looked after.")).to_be_visible()
