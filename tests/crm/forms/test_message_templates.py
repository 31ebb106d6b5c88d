"""An approved template instead of words of one's own, and a receipt that goes along."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import QueryDict
from django.utils import timezone

from crm.forms import message_templates
from crm.forms.messages import MessageScheduleForm
from crm.models import (
    Business,
    Customer,
    Invoice,
    MessageSchedule,
    MessageTemplate,
    ProviderAccount,
    Receipt,
)
from crm.templatetags.display import written_for
from tests.make import NOW, make_account, make_customer, make_invoice, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_page_of_the_business(business: Business) -> Iterator[None]:
    with timezone.override("Europe/Madrid"), written_for(business):
        yield


@pytest.fixture
def account() -> ProviderAccount:
    return make_account(provider="whatsapp_cloud", label="Our WhatsApp")


def make_template(account: ProviderAccount, **changes: Any) -> MessageTemplate:
    values: dict[str, Any] = {
        "reference": "594425479261596",
        "name": "order_ready",
        "language": "es",
        "category": "utility",
        "state": "approved",
        "header_format": "text",
        "header": "Salón Luz",
        "body": "Hola {{1}}, tu pedido {{2}} está listo. {Gracias}",
        "footer": "Calle Mayor 1",
        "slots": [
            {"key": "body.1", "mark": "{{1}}", "part": "body", "example": "Ana"},
            {"key": "body.2", "mark": "{{2}}", "part": "body", "example": "A-17"},
        ],
        "synced_at": NOW,
    }
    return MessageTemplate.objects.create(account=account, **(values | changes))


def make_receipt(invoice: Invoice, **changes: Any) -> Receipt:
    values = {"filename": "till.jpg", "content_type": "image/jpeg", "size": 3, "sha256": "a"}
    file = ContentFile(b"jpg", name="till.jpg")
    return Receipt.objects.create(invoice=invoice, file=file, **(values | changes))


def form(
    customer: Customer, *, message: MessageSchedule | None = None, **typed: Any
) -> MessageScheduleForm:
    data = QueryDict(mutable=True)
    values = {"message_type": "whatsapp", "schedule_date": "2026-11-20T09:00"}
    data.update({**values, **typed})
    business = Business.objects.current()
    return MessageScheduleForm(data, customer=customer, business=business, now=NOW, message=message)


def filled(template: MessageTemplate, first: str, second: str) -> dict[str, Any]:
    return {"template": template.pk, "slot_body.1": first, "slot_body.2": second}


def errors(found: MessageScheduleForm) -> dict[str, list[str]]:
    assert not found.is_valid()
    return {name: [str(error) for error in told] for name, told in found.errors.items()}


def test_a_template_says_the_whole_text_with_what_is_filled_in(account: ProviderAccount) -> None:
    template = make_template(account)
    found = form(make_customer(), **filled(template, "{first_name}", "A-17"))
    assert found.is_valid(), found.errors
    draft = found.draft
    assert draft.template == template
    assert draft.template_values == {"body.1": "{first_name}", "body.2": "A-17"}
    assert draft.message_content == (
        "Salón Luz\n\nHola {first_name}, tu pedido A-17 está listo. {{Gracias}}\n\nCalle Mayor 1"
    )
    assert found.found.text == (
        "Salón Luz\n\nHola Zoë, tu pedido A-17 está listo. {Gracias}\n\nCalle Mayor 1"
    )


def test_what_was_written_freely_does_not_count_beside_a_template(
    account: ProviderAccount,
) -> None:
    template = make_template(account)
    found = form(make_customer(), **filled(template, "Zoë", "A-17"), message_content="Hi {nobody}")
    assert found.is_valid()
    assert "nobody" not in found.draft.message_content


def test_its_places_stand_in_the_form_with_examples(account: ProviderAccount) -> None:
    template = make_template(account)
    found = form(make_customer(), template=template.pk)
    assert [slot.label for slot in found.slots] == [
        "In the text, for {{1}}",
        "In the text, for {{2}}",
    ]
    assert found.slots[0].help_text == "For example: Ana"
    assert form(make_customer(), template="").slots == []


def test_a_place_that_is_not_filled_keeps_its_mark_in_sight(account: ProviderAccount) -> None:
    template = make_template(account)
    found = form(make_customer(), **filled(template, "Zoë", ""))
    assert errors(found) == {
        "slot_body.2": ["Write what stands here: WhatsApp takes no empty place."]
    }
    assert "tu pedido {{2}} está listo" in found.found.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{company}", "Zoë O'Neill has no company. Add one, or take {company} out."),
        ("{nobody}", "There is no {nobody}: take one of those below the text."),
        ("x" * 1025, "Ensure this value has at most 1024 characters (it has 1025)."),
    ],
)
def test_what_cannot_stand_in_a_place_is_told_beside_it(
    account: ProviderAccount, typed: str, said: str
) -> None:
    template = make_template(account)
    assert errors(form(make_customer(), **filled(template, "Zoë", typed)))["slot_body.2"] == [said]


def test_a_value_of_the_customer_is_checked_as_it_will_be_read(account: ProviderAccount) -> None:
    template = make_template(account)
    zoe = make_customer(company="A\tB")
    told = errors(form(zoe, **filled(template, "Zoë", "{company}")))
    assert told["slot_body.2"] == ["Take the tab out: WhatsApp takes none here."]


def test_a_line_break_in_a_place_becomes_a_space(account: ProviderAccount) -> None:
    template = make_template(account)
    found = form(make_customer(), **filled(template, "Zoë\r\nO'Neill", "A-17"))
    assert found.is_valid()
    assert found.draft.template_values["body.1"] == "Zoë O'Neill"


def test_a_text_that_is_too_long_in_the_end_is_told_at_the_template(
    account: ProviderAccount,
) -> None:
    template = make_template(account, body="{{1}} {{2}} " + "b" * 900)
    told = errors(form(make_customer(), **filled(template, "a" * 80, "a" * 80)))
    assert told == {"template": ["Filled in, it is longer than WhatsApp takes."]}


@pytest.mark.parametrize(
    "changes",
    [{"state": "paused"}, {"state": "rejected"}, {"header_format": "video"}],
)
def test_what_may_not_be_used_is_not_offered(
    account: ProviderAccount, changes: dict[str, str]
) -> None:
    template = make_template(account, **changes)
    fresh = MessageScheduleForm(
        customer=make_customer(), business=Business.objects.current(), now=NOW
    )
    assert "template" not in fresh.fields
    make_template(account, name="another", reference="2")
    told = errors(form(make_customer(), template=template.pk, message_content="Hello"))
    assert told == {"template": ["This template may not be used now. Choose another."]}


def test_another_accounts_templates_are_not_offered(account: ProviderAccount) -> None:
    account.enabled = False
    account.save()
    make_template(account)
    make_account(provider="twilio")
    fresh = MessageScheduleForm(
        customer=make_customer(), business=Business.objects.current(), now=NOW
    )
    assert "template" not in fresh.fields


def test_an_sms_takes_no_template(account: ProviderAccount) -> None:
    template = make_template(account)
    typed = {"message_type": "sms", "message_content": "Hello"}
    found = form(make_customer(), **filled(template, "Zoë", "A-17"), **typed)
    assert found.is_valid(), found.errors
    assert (found.draft.template, found.draft.message_content) == (None, "Hello")


def test_editing_keeps_the_choice(account: ProviderAccount) -> None:
    template = make_template(account)
    message = make_message(
        message_content="Hola {first_name}, …",
        template=template,
        template_values={"body.1": "{first_name}", "body.2": "A-17"},
    )
    fresh = MessageScheduleForm(
        customer=message.customer, business=Business.objects.current(), now=NOW, message=message
    )
    assert fresh["template"].value() == template.pk
    assert [slot.value() for slot in fresh.slots] == ["{first_name}", "A-17"]


def test_whoever_edits_a_message_whose_template_was_stopped_writes_freely(
    account: ProviderAccount,
) -> None:
    template = make_template(account, state="paused")
    message = make_message(message_content="Hola", template=template)
    fresh = MessageScheduleForm(
        customer=message.customer, business=Business.objects.current(), now=NOW, message=message
    )
    assert fresh.slots == []
    assert fresh["message_content"].value() == "Hola"


def test_a_template_goes_at_any_time(account: ProviderAccount) -> None:
    found = form(make_customer(), **filled(make_template(account), "Zoë", "A-17"))
    assert found.is_valid()
    assert not found.misses_window


# --- a receipt ------------------------------------------------------------------------------


def test_a_receipt_of_the_invoice_goes_along_where_the_account_can_send_it(
    account: ProviderAccount,
) -> None:
    invoice = make_invoice()
    receipt = make_receipt(invoice)
    typed = {"message_content": "Here it is", "invoice": invoice.pk, "receipt": receipt.pk}
    found = form(invoice.customer, **typed)
    assert found.is_valid(), found.errors
    assert found.draft.receipt == receipt
    sms = form(invoice.customer, **typed, message_type="sms")
    assert sms.is_valid()
    assert sms.draft.receipt is None


@pytest.mark.usefixtures("account")
def test_only_the_chosen_invoices_receipts_are_offered() -> None:
    invoice = make_invoice()
    other = make_receipt(make_invoice(invoice.customer))
    make_receipt(invoice, trashed_at=NOW)
    found = form(invoice.customer, message_content="Hi", invoice=invoice.pk)
    assert "receipt" not in found.fields
    receipt = make_receipt(invoice)
    wrong = form(invoice.customer, message_content="Hi", invoice=invoice.pk, receipt=other.pk)
    assert errors(wrong) == {"receipt": ["Choose a receipt of the invoice it is about."]}
    assert list(wrong.receipts) == [str(receipt.pk)]


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40, "²"])
def test_no_number_of_an_invoice_breaks_it(account: ProviderAccount, number: str) -> None:
    zoe = make_invoice().customer
    assert "receipt" not in form(zoe, message_content="Hi", invoice=number).fields


def test_without_an_account_that_takes_files_none_is_offered() -> None:
    invoice = make_invoice()
    make_receipt(invoice)
    make_account()
    found = form(invoice.customer, message_content="Hi", invoice=invoice.pk)
    assert found.is_valid()
    assert "receipt" not in found.fields


def test_a_file_and_an_sms_instead_of_it_exclude_each_other(account: ProviderAccount) -> None:
    make_account(provider="twilio", channel="sms")
    invoice = make_invoice()
    receipt = make_receipt(invoice)
    typed = {"message_content": "Hi", "invoice": invoice.pk, "receipt": receipt.pk}
    told = errors(form(invoice.customer, **typed, fallback="on"))
    assert told["fallback"] == ["An SMS carries no file: send it along, or allow the SMS instead."]


@pytest.mark.parametrize(
    ("header", "content_type", "said"),
    [
        ("", "image/jpeg", "This template takes no file."),
        ("image", "application/pdf", "choose a receipt that is one."),
        ("image", None, "choose a receipt that is one."),
        ("document", "image/png", "choose a receipt that is a PDF."),
        ("image", "image/jpeg", ""),
        ("document", "application/pdf", ""),
        ("text", None, ""),
    ],
)
def test_a_template_and_its_file_fit_each_other(
    header: str, content_type: str | None, said: str
) -> None:
    problem = message_templates.file_problem(MessageTemplate(header_format=header), content_type)
    assert problem.endswith(said)
    assert bool(problem) == bool(said)


def test_a_template_with_a_picture_asks_for_one(account: ProviderAccount) -> None:
    template = make_template(account, header_format="image", header="")
    invoice = make_invoice()
    typed = filled(template, "Zoë", "A-17") | {"invoice": invoice.pk}
    assert "template" in errors(form(invoice.customer, **typed))
    receipt = make_receipt(invoice)
    assert "receipt" in errors(form(invoice.customer, **typed))
    assert form(invoice.customer, **typed, receipt=receipt.pk).is_valid()


def test_what_goes_with_a_file_must_fit_beneath_it() -> None:
    make_account(provider="whatsapp_cloud")
    receipt = make_receipt(make_invoice())
    file = {"invoice": str(receipt.invoice_id), "receipt": str(receipt.pk)}
    zoe = receipt.invoice.customer
    told = errors(form(zoe, message_content="a" * 1025, **file))
    said = "Filled in, it has 1025 characters; with a file 1024 fit."
    assert told["message_content"][0].startswith(said)
    assert form(zoe, message_content="a" * 1024, **file).is_valid()
    assert form(zoe, message_content="a" * 1025).is_valid()


def test_whatsapp_by_way_of_twilio_takes_less() -> None:
    zoe, long = make_customer(), {"message_content": "a" * 1601}
    assert form(zoe, **long).is_valid()
    make_account(provider="twilio")
    told = errors(form(zoe, **long))
    assert told["message_content"] == ["Filled in, it has 1601 characters; 1600 fit."]
