"""Receipts are shown to those who sign in, and to nobody else."""

from pathlib import Path

import pytest
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from crm.actions.receipt_uploads import receive
from crm.actions.receipts import attach
from crm.models import Invoice, Receipt, User
from tests.make import NOW, make_invoice
from tests.uploads import jpeg, pdf, upload

pytestmark = pytest.mark.django_db


def add(invoice: Invoice, user: User, *files: tuple[bytes, str]) -> list[Receipt]:
    received = receive([upload(content, name) for content, name in files], user=user, now=NOW)
    return attach(received.held, invoice, actor=user)


@pytest.fixture
def photo(client: Client, user: User) -> Receipt:
    return add(make_invoice(), user, (jpeg(), "photo.jpg"))[0]


@pytest.fixture
def scan(photo: Receipt, user: User) -> Receipt:
    return add(photo.invoice, user, (pdf(pages=2), "Rechnung März.pdf"))[0]


def url(name: str, receipt: Receipt, *more: int) -> str:
    return reverse(name, args=[receipt.pk, *more])


SEEN = ["receipt_detail", "receipt_file", "receipt_download", "receipt_thumbnail"]


@pytest.mark.parametrize("name", [*SEEN, "receipt_delete", "receipt_restore"])
def test_a_stranger_is_asked_to_sign_in(photo: Receipt, stranger: Client, name: str) -> None:
    method = stranger.get if name in SEEN else stranger.post
    answer = method(url(name, photo))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    photo.refresh_from_db()
    assert not photo.is_trashed


def test_a_stranger_adds_and_pages_nothing(scan: Receipt, stranger: Client) -> None:
    for answer in (
        stranger.get(url("receipt_page", scan, 1)),
        stranger.post(reverse("receipt_create", args=[scan.invoice_id]), {"receipt": upload(b"x")}),
    ):
        assert answer["Location"].startswith(reverse("account_login"))
    assert Receipt.objects.count() == 2


def test_uploads_lie_under_no_public_address(photo: Receipt, client: Client) -> None:
    for root in ("", "/media/", "/uploads/", "/static/"):
        assert client.get(f"{root}/{photo.file.name}".replace("//", "/")).status_code == 404


def served(answer: object) -> tuple[FileResponse, bytes]:
    assert isinstance(answer, FileResponse)
    body = answer.getvalue()
    return answer, body


def test_a_file_is_sealed(client: Client, photo: Receipt) -> None:
    answer, body = served(client.get(url("receipt_file", photo)))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert len(body) == photo.size


def test_a_download_carries_its_name(client: Client, scan: Receipt) -> None:
    answer, body = served(client.get(url("receipt_download", scan)))
    named = "attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.pdf"
    assert answer["Content-Disposition"] == named
    assert answer["Content-Type"] == "application/pdf"
    assert body.startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["receipt_file", "receipt_thumbnail"])
def test_what_the_browser_has_is_not_sent_again(client: Client, photo: Receipt, name: str) -> None:
    answer, _body = served(client.get(url(name, photo)))
    again = client.get(url(name, photo), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert again["Cache-Control"] == "private, no-cache"
    assert not again.content


def test_a_page_of_a_pdf_is_an_image(client: Client, scan: Receipt) -> None:
    answer = client.get(url("receipt_page", scan, 2))
    assert answer["Content-Type"] == "image/webp"
    assert answer.content.startswith(b"RIFF")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    again = client.get(url("receipt_page", scan, 2), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_there_are_no_pages_before_and_beyond(
    client: Client, scan: Receipt, photo: Receipt
) -> None:
    assert client.get(url("receipt_page", scan, 0)).status_code == 404
    assert client.get(url("receipt_page", scan, 3)).status_code == 404
    assert client.get(url("receipt_page", photo, 1)).status_code == 404


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("what", ["receipt", "invoice", "customer"])
def test_what_is_in_the_trash_is_shown_to_nobody(
    client: Client, photo: Receipt, name: str, what: str
) -> None:
    thrown = {
        "receipt": photo,
        "invoice": photo.invoice,
        "customer": photo.invoice.customer,
    }[what]
    thrown.trashed_at = NOW
    thrown.save()
    assert client.get(url(name, photo)).status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_not_found(
    client: Client, scan: Receipt, settings: Settings
) -> None:
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file():
            path.unlink()
    assert client.get(url("receipt_file", scan)).status_code == 404
    assert client.get(url("receipt_thumbnail", scan)).status_code == 404
    assert client.get(url("receipt_page", scan, 1)).status_code == 404
    assert client.get(url("receipt_detail", scan)).status_code == 200


def test_the_viewer_shows_a_photo_and_turns_to_the_next(
    client: Client, photo: Receipt, scan: Receipt
) -> None:
    page = client.get(url("receipt_detail", photo)).content.decode()
    assert f'<img src="{url("receipt_file", photo)}" width="48" height="32"' in page
    assert f'rel="next" href="{url("receipt_detail", scan)}"' in page
    assert 'rel="prev"' not in page
    assert "1 of 2" in page


def test_the_viewer_shows_the_pages_of_a_pdf(client: Client, scan: Receipt) -> None:
    page = client.get(url("receipt_detail", scan)).content.decode()
    assert page.count('loading="lazy"') == 2
    assert url("receipt_page", scan, 2) in page
    assert 'alt="Page 1 of 2"' in page


def test_a_receipt_is_removed_and_brought_back(client: Client, photo: Receipt) -> None:
    answer = client.post(url("receipt_delete", photo), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0] == reverse("invoice_detail", args=[photo.invoice_id])
    assert "“photo.jpg” is removed." in page
    assert f'action="{url("receipt_restore", photo)}"' in page
    assert not Receipt.objects.live().exists()
    assert (
        "“photo.jpg” is back."
        in client.post(url("receipt_restore", photo), follow=True).content.decode()
    )
    assert Receipt.objects.live().get() == photo


def test_a_page_that_is_out_of_date_removes_and_restores_nothing_twice(
    client: Client, photo: Receipt
) -> None:
    client.post(url("receipt_delete", photo))
    again = client.post(url("receipt_delete", photo), follow=True)
    assert "was removed already" in again.content.decode()
    client.post(url("receipt_restore", photo))
    again = client.post(url("receipt_restore", photo), follow=True)
    assert "is on the invoice" in again.content.decode()


@pytest.mark.parametrize("name", ["receipt_delete", "receipt_restore"])
def test_deeds_are_posted(client: Client, photo: Receipt, name: str) -> None:
    assert client.get(url(name, photo)).status_code == 405


def test_a_receipt_that_is_not_there_is_not_found(client: Client) -> None:
    for name in SEEN:
        assert client.get(reverse(name, args=[999])).status_code == 404
    assert client.post(reverse("receipt_delete", args=[999])).status_code == 404
    assert client.post(reverse("receipt_create", args=[999])).status_code == 404


def test_the_viewer_asks_as_much_for_many_as_for_one(
    client: Client, photo: Receipt, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(url("receipt_detail", photo))
    with django_assert_num_queries(9):
        client.get(url("receipt_detail", photo))
    files = [(jpeg(quality=quality), f"{quality}.jpg") for quality in range(40, 52)]
    add(photo.invoice, user, *files)
    with django_assert_num_queries(9):
        client.get(url("receipt_detail", photo))
