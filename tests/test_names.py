"""The names by which people who know the first version look for things."""

import pytest
from bootstrap_datepicker_plus.widgets import DateTimePickerInput
from django.test import Client
from django.urls import reverse

from crm.forms import CustomerForm, InvoiceForm, MessageScheduleForm
from crm.models import Customer, Invoice, MessageSchedule


@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("customer_list", [], "/"),
        ("customer_create", [], "/customer/create/"),
        ("customer_detail", [7], "/customer/7/"),
        ("invoice_create", [7], "/invoice/create/7/"),
        ("message_schedule", [7], "/message/schedule/7/"),
        ("mark_reminder_sent", [7], "/mark-reminder-sent/7/"),
    ],
)
def test_the_six_addresses(name: str, arguments: list[int], path: str) -> None:
    assert reverse(name, args=arguments) == path


@pytest.mark.django_db
def test_marking_a_reminder_is_never_done_by_following_a_link(client: Client) -> None:
    assert client.get("/mark-reminder-sent/7/").status_code == 405


def test_the_forms_have_their_fields() -> None:
    assert {"name", "email", "phone_number", "address"} <= set(CustomerForm.base_fields)
    assert {"amount", "receipt"} <= set(InvoiceForm.base_fields)
    assert {"message_content", "schedule_date", "message_type"} <= set(
        MessageScheduleForm.base_fields
    )
    picker = MessageScheduleForm.base_fields["schedule_date"].widget
    assert isinstance(picker, DateTimePickerInput)


def test_the_models_have_their_fields() -> None:
    for model, names in (
        (Customer, {"name", "email", "phone_number", "address"}),
        (Invoice, {"customer", "amount", "receipts"}),
        (
            MessageSchedule,
            {"customer", "message_content", "schedule_date", "message_type"},
        ),
    ):
        assert names <= {field.name for field in model._meta.get_fields()}
