"""The parts of the design, each used as a person would."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

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

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls("e2e.styleguide_urls"),
    pytest.mark.django_db(transaction=True),
]

WHEN = "#id_schedule_date"


@pytest.fixture
def styleguide(page: Page) -> Page:
    page.goto("/styleguide/")
    return page


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_every_part_is_accessible_and_fits(visits: Visits, screen: Screen, theme: Theme) -> None:
    page = visits.open(screen=screen, theme=theme)
    page.goto("/styleguide/?toast=1")
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("screen", [SMALL_PHONE, PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_every_part_fits_from_right_to_left(visits: Visits, screen: Screen) -> None:
    page = visits.open(screen=screen)
    page.goto("/styleguide/")
    assert_fits(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert_fits(page)


def test_everything_to_press_is_large_enough_for_a_thumb(visits: Visits) -> None:
    page = visits.open(screen=PHONE)
    page.goto("/styleguide/")
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            ".btn:not(.btn-small), .nav-item, .bottombar-item, .tab, .menu-item, .field select, "
            + ".field input:not([type=radio], [type=checkbox], [type=file])")]
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
          .map((one) => one.outerHTML.slice(0, 100))"""
    )
    assert small == []


def test_date_and_time_are_chosen_by_keyboard(styleguide: Page) -> None:
    page = styleguide
    page.get_by_role("button", name="Calendar").first.press("Enter")
    picker = page.get_by_role("dialog", name="Date and time")
    grid = picker.get_by_role("grid")
    expect(grid).to_be_visible()
    expect(grid.locator("[data-day='2026-11-22']")).to_be_focused()
    expect(grid.locator(":focus")).to_have_accessible_name(re.compile("Sunday.*22 November 2026"))
    for key in ("ArrowDown", "ArrowRight", "PageDown", "Home", "End", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(grid.locator("[data-day='2026-12-26']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(WHEN)).to_have_value("2026-12-26T09:00")
    picker.get_by_label("Time", exact=True).fill("17:35")
    expect(page.locator(WHEN)).to_have_value("2026-12-26T17:35")
    picker.get_by_label("Times").select_option("08:05")
    expect(page.locator(WHEN)).to_have_value("2026-12-26T08:05")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(grid).to_be_hidden()
    expect(page.get_by_role("button", name="Calendar").first).to_be_focused()


def test_weeks_begin_as_they_do_where_the_browser_lives(visits: Visits) -> None:
    firsts = []
    for locale in ("en-GB", "en-US"):
        page = visits.open(locale=locale)
        page.goto("/styleguide/")
        page.get_by_role("button", name="Calendar").first.click()
        firsts.append(page.get_by_role("columnheader").first.get_attribute("abbr"))
    assert firsts == ["Monday", "Sunday"]


def test_presets_are_one_press(styleguide: Page) -> None:
    page = styleguide
    page.get_by_role("button", name="Tomorrow 9:00").first.click()
    expect(page.locator(WHEN)).to_have_value("2026-11-23T09:00")
    page.get_by_role("button", name="In 1 hour").first.click()
    assert re.fullmatch(r"2026-11-22T10:0[45]", page.locator(WHEN).input_value())


def test_phone_keeps_its_own_picker_and_gets_the_presets(visits: Visits) -> None:
    page = visits.open(screen=PHONE)
    page.goto("/styleguide/")
    expect(page.get_by_role("button", name="This evening").first).to_be_visible()
    expect(page.locator(WHEN)).to_have_attribute("type", "datetime-local")


def test_without_javascript_the_picker_is_a_plain_field(visits: Visits) -> None:
    page = visits.open(javascript=False)
    page.goto("/styleguide/")
    page.locator(WHEN).fill("2026-11-24T09:30")
    expect(page.locator(WHEN)).to_have_value("2026-11-24T09:30")
    expect(page.locator("[data-picker-toggle]").first).to_be_hidden()
    expect(page.locator("[data-picker-presets]").first).to_be_hidden()


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_palette_opens_and_gives_the_focus_back(styleguide: Page, keys: str) -> None:
    page = styleguide
    edit = page.get_by_role("button", name="Edit").first
    edit.focus()
    page.keyboard.press(keys)
    palette = page.get_by_role("dialog", name="Search")
    expect(palette.get_by_role("searchbox")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    expect(edit).to_be_focused()


def test_slash_in_a_text_is_a_slash(styleguide: Page) -> None:
    page = styleguide
    page.locator("#id_message_content").press_sequentially("24/7")
    expect(page.locator("#id_message_content")).to_have_value("24/7")
    expect(page.get_by_role("dialog", name="Search")).to_be_hidden()


def test_menu_closes_with_escape_and_elsewhere(styleguide: Page) -> None:
    page = styleguide
    menu = page.locator(".reminder details").first
    menu.locator("summary").click()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="In 1 hour")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.get_by_role("heading", name="Style guide").click()
    expect(menu).not_to_have_attribute("open", "")


def test_a_notice_with_an_undo_stays_until_it_is_closed(page: Page) -> None:
    page.clock.install()
    page.goto("/styleguide/?toast=1")
    notice = page.locator(".toast", has_text="Reminder marked as done.")
    page.clock.run_for(60_000)
    expect(page.locator(".toast", has_text="saved")).to_have_count(0)
    expect(notice.get_by_role("button", name="Undo")).to_be_visible()
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)


def test_colours_are_remembered_from_the_first_frame_on(styleguide: Page) -> None:
    page = styleguide
    page.locator(".sidebar summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    sent = page.request.get("/styleguide/").text()
    assert 'data-theme="dark"' in sent.split("<body", maxsplit=1)[0]
    page.get_by_role("button", name="Device").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_chosen_files_are_listed_with_their_sizes(styleguide: Page) -> None:
    page = styleguide
    page.locator("#id_receipt").set_input_files(
        {"name": "till.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" + b"0" * 81_916}
    )
    expect(page.locator(".drop-file").first).to_have_text("till.pdf82 kB")


def test_the_summary_of_errors_leads_to_the_field(styleguide: Page) -> None:
    page = styleguide
    page.get_by_role("link", name="E-mail: Enter a valid email address.").click()
    field = page.locator("#wrong_email")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{field.get_attribute('aria-describedby')}")).to_contain_text("valid")


def test_a_form_is_sent_once_however_often_its_button_is_pressed(
    page: Page, business: object, user: object
) -> None:
    sent = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            page.wait_for_timeout(300)
        route.continue_()

    page.goto("/accounts/login/")
    page.route("**/accounts/login/", hold)
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").dblclick()
    expect(page.get_by_role("alert")).to_be_focused()
    assert len(sent) == 1
    assert_accessible(page)


def fetch(page: Page, url: str) -> None:
    page.evaluate("(url) => htmx.ajax('GET', url, {target: '.page-lede'}).catch(() => {})", url)


def test_a_fragment_without_an_answer_is_told_and_changes_nothing(
    styleguide: Page, visits: Visits
) -> None:
    page = styleguide
    visits.expected.append("503")
    page.route("**/away/", lambda route: route.fulfill(status=503, body="<p>a server error</p>"))
    page.route("**/back/", lambda route: route.fulfill(body="fresh"))
    fetch(page, "/away/")
    expect(page.get_by_text("That did not work.")).to_be_visible()
    expect(page.get_by_text("a server error")).to_have_count(0)
    assert_accessible(page)
    fetch(page, "/back/")
    expect(page.locator(".page-lede")).to_have_text("fresh")
    expect(page.get_by_text("That did not work.")).to_be_hidden()


def test_an_ended_session_is_told_instead_of_a_sign_in_page_in_a_fragment(
    styleguide: Page, business: object, user: object
) -> None:
    page = styleguide
    fetch(page, "/customers/")
    expect(page.get_by_role("link", name="Sign in again")).to_have_attribute(
        "href", "/accounts/login/?next=/styleguide/"
    )
    expect(page.locator(".page-lede")).to_contain_text("Every part")


def test_arrow_keys_walk_through_what_the_palette_finds(styleguide: Page) -> None:
    page = styleguide
    found = (
        '<a class="palette-item" href="#one">Zoë</a><a class="palette-item" href="#two">Zoltán</a>'
    )
    page.route("**/search/?q=zo", lambda route: route.fulfill(body=found))
    page.keyboard.press("/")
    page.keyboard.type("zo")
    expect(page.get_by_role("link", name="Zoltán")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Zoltán")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#one$"))


def test_what_wants_a_person_is_counted_in_title_and_navigation(styleguide: Page) -> None:
    page = styleguide
    page.route("**/fresh/", lambda route: route.fulfill(body="<p data-wants-count='12'>12</p>"))
    page.route("**/calm/", lambda route: route.fulfill(body="<p data-wants-count='0'>0</p>"))
    expect(page).to_have_title("(3) Style guide · Salon Aurora")
    fetch(page, "/fresh/")
    expect(page).to_have_title("(12) Style guide · Salon Aurora")
    expect(page.locator(".sidebar [data-wants-badge]")).to_have_text("12")
    fetch(page, "/calm/")
    expect(page).to_have_title("Style guide · Salon Aurora")
    expect(page.locator(".sidebar [data-wants-badge]")).to_be_hidden()


def test_ctrl_enter_sends_the_form(page: Page, business: object, user: object) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_be_focused()
