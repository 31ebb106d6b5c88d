"""The first minute, and the settings, as a person meets them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from crm.models import Business, User
from e2e.screens import (
    LAPTOP,
    PHONE,
    THEMES,
    Screen,
    Theme,
    Visits,
    assert_accessible,
    assert_fits,
)
from tests.make import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

on_each_screen = pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda one: one.name)
in_each_theme = pytest.mark.parametrize("theme", THEMES)


@pytest.fixture(autouse=True)
def _data_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def chosen(page: Page) -> list[str]:
    return [page.get_by_label(name).input_value() for name in ("Country", "Time zone", "Currency")]


@on_each_screen
@in_each_theme
def test_the_first_page_is_accessible_with_and_without_mistakes(
    visits: Visits, screen: Screen, theme: Theme
) -> None:
    page = visits.open(screen=screen, theme=theme)
    page.goto("/setup/")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("password")
    page.get_by_label("Name of the business").fill("Luz")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("too common")
    assert_accessible(page)
    assert_fits(page)


def test_the_browser_tells_where_the_business_is_and_a_choice_stays(visits: Visits) -> None:
    page = visits.open(time_zone="Asia/Calcutta", locale="en-IN")
    page.goto("/setup/")
    assert chosen(page) == ["IN", "Asia/Kolkata", "INR"]
    page.get_by_label("Country").select_option("PT")
    assert chosen(page) == ["PT", "Europe/Lisbon", "EUR"]
    page.get_by_label("Time zone").select_option("Atlantic/Azores")
    page.get_by_label("Currency").select_option("USD")
    page.get_by_label("Country").select_option("BR")
    assert chosen(page) == ["BR", "Atlantic/Azores", "USD"]


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_first_page_to_the_home_page_by_keyboard(visits: Visits, javascript: bool) -> None:
    page = visits.open(javascript=javascript, locale="es-ES", time_zone="Europe/Madrid")
    page.goto("/setup/")  # a server that has seen a user leads there no more
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type("ana@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type("Salón Luz")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visits.url}/")
    expect(page.get_by_text("Welcome!")).to_be_visible()
    business = Business.objects.get()
    assert (business.country, business.time_zone, business.currency) == (
        "ES",
        "Europe/Madrid",
        "EUR",
    )
    assert User.objects.get().is_superuser


@on_each_screen
@in_each_theme
def test_the_settings_are_accessible_and_fit(
    signed_in: Visits, screen: Screen, theme: Theme
) -> None:
    page = signed_in.open(screen=screen, theme=theme)
    page.goto("/settings/")
    assert_accessible(page)
    assert_fits(page)


@on_each_screen
@in_each_theme
def test_the_closed_door_is_accessible(
    visits: Visits, settings: Settings, screen: Screen, theme: Theme
) -> None:
    settings.TRUSTED_PROXIES = 1
    page = visits.open(screen=screen, theme=theme)
    page.goto("/setup/?token=of-yesterday")
    expect(page.get_by_text("This link does not open it.")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_the_tables_keep_to_the_content_security_policy(signed_in: Visits, user: User) -> None:
    user.is_staff = user.is_superuser = True
    user.save()
    page = signed_in.open()
    for path in ("", "crm/customer/", "crm/customer/add/", "crm/user/add/", "crm/messageschedule/"):
        page.goto(f"/admin/{path}")
        expect(page.locator("#content")).to_be_visible()
