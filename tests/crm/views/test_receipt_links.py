from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from crm.actions.receipt_links import public_url, receipt_of, token_of
from crm.models import Receipt, User
from tests.make import NOW, make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(user: User) -> Receipt:
    return Receipt.objects.create(
        invoice=make_invoice(),
        file=ContentFile(b"%PDF-1.7", name="any.pdf"),
        filename="Invoice 7.pdf",
        content_type="application/pdf",
        size=8,
        sha256="0" * 64,
    )


def address(receipt: Receipt) -> str:
    return f"/receipt/shared/{token_of(receipt, now=timezone.now())}/"


def test_a_provider_fetches_the_file_without_signing_in(stranger: Client, receipt: Receipt) -> None:
    answer = stranger.get(address(receipt))
    assert answer.status_code == 200
    assert answer.getvalue() == b"%PDF-1.7"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="Invoice 7.pdf"'
    assert "no-store" in answer["Cache-Control"]


def test_an_address_that_was_made_up_leads_nowhere(stranger: Client, receipt: Receipt) -> None:
    genuine = address(receipt)
    for made_up in ("/receipt/shared/1/", genuine[:-3] + "xx/", genuine.replace(":", "A:", 1)):
        assert stranger.get(made_up).status_code == 404
    assert stranger.post(genuine).status_code == 405


def test_what_was_thrown_away_is_not_handed_out(stranger: Client, receipt: Receipt) -> None:
    there = address(receipt)
    Receipt.objects.update(trashed_at=NOW)
    assert stranger.get(there).status_code == 404


def test_a_file_that_is_gone_is_not_found(stranger: Client, receipt: Receipt) -> None:
    there = address(receipt)
    receipt.file.storage.delete(receipt.file.name)
    assert stranger.get(there).status_code == 404


def test_it_lasts_three_days(receipt: Receipt) -> None:
    token = token_of(receipt, now=NOW)
    assert receipt_of(token, now=NOW + timedelta(days=3)) == receipt
    assert receipt_of(token, now=NOW + timedelta(days=3, seconds=1)) is None


def test_there_is_one_only_where_it_can_be_fetched_safely(
    receipt: Receipt, settings: Settings
) -> None:
    settings.SITE_URL, settings.HTTPS = "http://10.0.0.7:8000", False
    assert public_url(receipt, now=NOW) == ""
    settings.SITE_URL, settings.HTTPS = "https://salon.example", True
    assert public_url(receipt, now=NOW).startswith("https://salon.example/receipt/shared/")
