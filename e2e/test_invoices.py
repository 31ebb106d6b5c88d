"""Invoices and their receipts, as a person at a phone and at a laptop uses them."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from crm.models import Invoice, Receipt
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
from tests.heic import GREEN, RED, heic
from tests.make import make_customer, make_invoice
from tests.uploads import jpeg, pdf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG_NAME = "a receipt with a long name from the stationery shop on the corner of the street.jpg"


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


PHOTO = file("photo.jpg", jpeg())
IPHONE = file("IMG_0001.HEIC", heic([[GREEN, RED], [RED, GREEN]]))
SCAN = file("scan.pdf", pdf(pages=2))
WEB_PAGE = file("page.jpg", b"<html><script>alert(1)</script>")


@pytest.fixture
def invoice(signed_in: Visits) -> Invoice:
    today = timezone.localdate()
    late = {"issued_on": today - timedelta(30), "due_on": today - timedelta(16)}
    return make_invoice(make_customer(name="Maximiliana de la Vega-Featherstonehaugh"), **late)


def with_receipts(page: Page, invoice: Invoice) -> None:
    page.goto(f"/invoice/{invoice.pk}/")
    page.set_input_files("#id_receipt", [PHOTO, SCAN, {**IPHONE, "name": LONG_NAME}])
    expect(page.locator(".receipt")).to_have_count(3)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda screen: screen.name)
def test_every_page_is_accessible_and_fits(
    signed_in: Visits, invoice: Invoice, screen: Screen, theme: Theme
) -> None:
    page = signed_in.open(screen=screen, theme=theme)
    with_receipts(page, invoice)
    photo, scan = Receipt.objects.order_by("pk")[:2]
    for path in (
        f"/invoice/{invoice.pk}/",
        f"/invoice/{invoice.pk}/edit/",
        f"/invoice/create/{invoice.customer_id}/",
        "/invoices/",
        "/invoices/?show=overdue",
        "/invoices/?q=nobody",
        f"/receipt/{photo.pk}/",
        f"/receipt/{scan.pk}/",
    ):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_pages_fit_a_small_phone_and_from_right_to_left(
    signed_in: Visits, invoice: Invoice, javascript: bool
) -> None:
    page = signed_in.open(screen=SMALL_PHONE, javascript=javascript)
    for path in (
        f"/invoice/{invoice.pk}/",
        f"/invoice/create/{invoice.customer_id}/",
        "/invoices/",
    ):
        page.goto(path)
        assert_fits(page)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert_fits(page)


def test_an_invoice_with_a_photo_is_entered_on_a_phone(signed_in: Visits, invoice: Invoice) -> None:
    page = signed_in.open(screen=PHONE)
    page.goto(f"/invoice/create/{invoice.customer_id}/")
    page.fill("[name=amount]", "12,3x")
    page.fill("[name=description]", "Cut")
    expect(page.get_by_text("Take a photo")).to_be_visible()
    page.set_input_files("[data-camera]", IPHONE)
    page.set_input_files("[data-camera]", PHOTO)
    expect(page.locator(".drop-file")).to_have_count(2)
    page.get_by_role("button", name="Save").tap()

    expect(page.get_by_text("Write the amount in digits").first).to_be_visible()
    expect(page.get_by_label("IMG_0001.jpg")).to_be_checked()
    page.fill("[name=amount]", "12,30")
    page.get_by_role("button", name="Save").tap()

    expect(page.locator(".receipt")).to_have_count(2)
    expect(page.locator(".receipt img").first).to_have_js_property("naturalWidth", 64)
    expect(page.locator(".amount")).to_have_text("12,30 €")


def test_the_day_of_payment_is_asked_for_only_when_it_is_paid(
    signed_in_page: Page, invoice: Invoice
) -> None:
    signed_in_page.goto(f"/invoice/{invoice.pk}/edit/")
    expect(signed_in_page.get_by_label("Paid on")).to_be_hidden()
    signed_in_page.get_by_label("Already paid").check()
    expect(signed_in_page.get_by_label("Paid on")).to_have_value(f"{timezone.localdate()}")


def test_chosen_files_are_sent_at_once_and_a_bad_one_is_named(
    signed_in_page: Page, invoice: Invoice
) -> None:
    page = signed_in_page
    page.goto(f"/invoice/{invoice.pk}/")
    page.set_input_files("#id_receipt", [PHOTO, WEB_PAGE])
    expect(page.get_by_role("alert")).to_contain_text("“page.jpg” is a web page")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator(".receipt")).to_have_count(1)


def test_files_are_dropped_on_an_invoice(signed_in_page: Page, invoice: Invoice) -> None:
    page = signed_in_page
    page.goto(f"/invoice/{invoice.pk}/")
    dropped = page.evaluate_handle(
        """([...bytes]) => {
          const held = new DataTransfer();
          held.items.add(new File([new Uint8Array(bytes)], "dropped.jpg"));
          return held;
        }""",
        list(jpeg()),
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(page.locator(".receipt-name")).to_have_text("dropped.jpg")


def turn(page: Page, key: str, title: str) -> None:
    page.wait_for_load_state("domcontentloaded")  # a key before that finds no script yet
    page.keyboard.press(key)
    expect(page.locator("h1")).to_have_text(title)


def test_receipts_are_turned_with_the_arrow_keys(signed_in_page: Page, invoice: Invoice) -> None:
    page = signed_in_page
    with_receipts(page, invoice)
    page.locator(".receipt-link").first.click()
    expect(page.locator("h1")).to_have_text("photo.jpg")
    turn(page, "ArrowRight", "scan.pdf")
    expect(page.locator(".viewer img")).to_have_count(2)
    expect(page.locator(".viewer img").first).to_have_js_property("naturalWidth", 596)
    turn(page, "ArrowRight", LONG_NAME)
    turn(page, "ArrowRight", LONG_NAME)
    turn(page, "ArrowLeft", "scan.pdf")


def test_a_receipt_is_downloaded_as_it_was_called(
    signed_in_page: Page, invoice: Invoice, tmp_path: Path
) -> None:
    page = signed_in_page
    with_receipts(page, invoice)
    page.get_by_role("link", name="scan.pdf").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    assert downloading.value.suggested_filename == "scan.pdf"
    downloading.value.save_as(tmp_path / "scan.pdf")
    assert (tmp_path / "scan.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_what_was_done_is_taken_back_with_one_press(
    signed_in: Visits, invoice: Invoice, javascript: bool
) -> None:
    page = signed_in.open(screen=PHONE, javascript=javascript)
    page.goto(f"/invoice/{invoice.pk}/")
    page.get_by_role("button", name="Mark as paid").tap()
    expect(page.get_by_text("Paid today", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("16 days late")).to_be_visible()
    page.get_by_label("More about this invoice").tap()
    page.get_by_role("button", name="Delete").tap()
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("The invoice is back.")).to_be_visible()


def test_everything_works_without_a_script(signed_in: Visits, invoice: Invoice) -> None:
    page = signed_in.open(screen=PHONE, javascript=False)
    page.goto(f"/invoice/{invoice.pk}/")
    page.set_input_files("#id_receipt", [PHOTO, SCAN])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".receipt")).to_have_count(2)
    page.get_by_role("button", name="Remove: photo.jpg").click()
    expect(page.locator(".receipt")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".receipt")).to_have_count(2)
