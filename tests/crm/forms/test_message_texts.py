"""First texts for messages about an invoice."""

from datetime import date
from typing import Any

import pytest

from crm.forms.message_texts import about_invoice
from crm.models import Business
from tests.make import make_invoice

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 17)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"due_on": date(2026, 11, 16)}, "was due on {invoice_due}"),
        ({"due_on": TODAY}, "is due on {invoice_due}"),
        ({"due_on": date(2026, 11, 18)}, "is due on {invoice_due}"),
        ({"due_on": None}, "is still open"),
        ({"paid_on": TODAY}, "thank you: {invoice_amount} has arrived"),
    ],
)
def test_the_proposal_fits_how_the_invoice_stands(
    business: Business, changes: dict[str, Any], says: str
) -> None:
    assert says in about_invoice(make_invoice(**changes), TODAY)
