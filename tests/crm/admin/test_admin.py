"""The admin shows every table, changes only what nothing else keeps in step, and stays quick."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.actions.events import record
from crm.actions.secrets import sealed
from crm.models import (
    Attempt,
    Broadcast,
    Business,
    Consent,
    Customer,
    DeliveryEvent,
    Event,
    InboundMedia,
    InboundMessage,
    MessageSchedule,
    MessageSeries,
    MessageTemplate,
    OptOut,
    ParkedReceipt,
    ProviderAccount,
    ProviderCallback,
    Tag,
    User,
)
from tests.make import (
    NOW,
    PASSWORD,
    make_account,
    make_customer,
    make_invoice,
    make_message,
    make_note,
    make_user,
)

MODELS = sorted(apps.get_app_config("crm").get_models(), key=lambda model: model.__name__)
READ_ONLY = {
    "Attempt",
    "Broadcast",
    "Business",
    "Consent",
    "DeliveryEvent",
    "Event",
    "Heartbeat",
    "InboundMedia",
    "InboundMessage",
    "MessageSchedule",
    "MessageSeries",
    "MessageTemplate",
    "OptOut",
    "ParkedReceipt",
    "ProviderAccount",
    "ProviderCallback",
    "RemovedOccurrence",
}


@pytest.fixture
def owner(client: Client, user: User) -> Client:
    user.is_staff = user.is_superuser = True
    user.save()
    return client


def url(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:crm_{model.__name__.lower()}_{page}", args=args)


def make_rows(number: int, user: User) -> None:
    """A row and more in each table, all with different neighbours."""
    account = make_account() if number == 0 else None
    customer = make_customer(name=f"Customer {number}", created_by=user)
    customer.tags.add(Tag.objects.create(name=f"tag {number}"))
    make_invoice(customer, created_by=user)
    make_note(customer, author=user)
    message = make_message(customer, account=account)
    attempt = Attempt.objects.create(
        message=message, number=1, account=account, worker="w", body_sha256="", started_at=NOW
    )
    DeliveryEvent.objects.create(message=message, attempt=attempt, status="sent", source="worker")
    record("customer.added", customer=customer, subject=customer, actor=user)
    make_rows_from_providers(number, customer, ProviderAccount.objects.get(), user)


def make_rows_from_providers(
    number: int, customer: Customer, account: ProviderAccount, user: User
) -> None:
    of_account: dict[str, Any] = {"account": account}
    MessageTemplate.objects.create(
        **of_account, reference=str(number), name=f"t{number}", language="en", synced_at=NOW
    )
    ProviderCallback.objects.create(
        **of_account, fingerprint=str(number), body=b"{}", method="POST"
    )
    ParkedReceipt.objects.create(**of_account, provider_message_id=str(number), receipt={})
    message = InboundMessage.objects.create(
        **of_account, customer=customer, provider_message_id=str(number), received_at=NOW
    )
    InboundMedia.objects.create(message=message, reference="1")
    Consent.objects.create(customer=customer, channel="sms", given=True, recorded_by=user)
    OptOut.objects.create(phone_number=f"+3461234{number:04}", channel="sms")


def test_every_table_is_there() -> None:
    assert [model for model in MODELS if model not in admin.site._registry] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_costs_the_same_with_one_row_and_with_many(
    owner: Client, user: User, model: type
) -> None:
    make_rows(0, user)
    owner.get(url(model, "changelist"), {"q": "1"})  # what is read once and kept
    with CaptureQueriesContext(connection) as few:
        assert owner.get(url(model, "changelist"), {"q": ""}).status_code == 200
    for number in range(1, 20):
        make_rows(number, user)
    with CaptureQueriesContext(connection) as many:
        owner.get(url(model, "changelist"), {"q": ""})
    assert len(many) == len(few)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_first_row_of_each_table_opens(owner: Client, user: User, model: type) -> None:
    make_rows(0, user)
    row = model.objects.first()  # type: ignore[attr-defined]
    if row is not None:
        assert owner.get(url(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("name", sorted(READ_ONLY))
def test_the_ledger_and_what_pages_keep_in_step_is_only_read(
    owner: Client, user: User, name: str
) -> None:
    make_rows(0, user)
    model = apps.get_model("crm", name)
    assert owner.get(url(model, "add")).status_code == 403
    if row := model.objects.first():
        assert owner.post(url(model, "change", row.pk), {}).status_code == 403
        assert owner.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [Customer, User], ids=lambda model: model.__name__)
def test_nothing_people_care_for_is_deleted_here(owner: Client, user: User, model: type) -> None:
    make_customer()
    row = model.objects.first()  # type: ignore[attr-defined]
    assert owner.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()  # type: ignore[attr-defined]


def test_customers_are_found_without_accents_and_by_any_part_of_the_number(owner: Client) -> None:
    make_customer(name="Zoë O'Neill", phone_number="+34612345678")
    make_customer(name="Ravi Patel", phone_number="+447911123456", email="ravi@example.com")
    for query in ("zoe", "612 34", "+34 612"):
        page = owner.get(url(Customer, "changelist"), {"q": query})
        assert "O&#x27;Neill" in page.text
        assert "Ravi" not in page.text


def test_a_customer_changed_here_is_found_by_the_new_name_and_number(owner: Client) -> None:
    customer = make_customer()
    form = owner.get(url(Customer, "change", customer.pk)).context["adminform"].form
    filled = {name: form[name].value() for name in form.fields if form[name].value()}
    values = filled | {
        "name": "Chloé Dubois",
        "phone_number": "611 22 33 44",
    }
    response = owner.post(url(Customer, "change", customer.pk), values)
    assert response.status_code == 302, response.context["errors"]
    customer.refresh_from_db()
    assert (customer.phone_number, customer.phone_as_typed) == ("+34611223344", "611 22 33 44")
    assert list(Customer.objects.search("chloe")) == [customer]
    wrong = owner.post(url(Customer, "change", customer.pk), values | {"phone_number": "12"})
    assert "too short" in wrong.text


def test_a_providers_secrets_are_never_shown(owner: Client) -> None:
    kept = sealed({"auth_token": "s3cr3t-token"})
    account = make_account(settings={"token": "s3cr3t-value"}, secrets=kept)
    pages = [
        owner.get(url(type(account), "change", account.pk)).text,
        owner.get(url(type(account), "changelist")).text,
        owner.get(url(type(account), "history", account.pk)).text,
    ]
    assert "token: ••••" in pages[0]
    assert "auth_token: ••••" in pages[0]
    for secret in ("s3cr3t-value", "s3cr3t-token", kept, account.webhook_key):
        assert not any(secret in page for page in pages)


def test_what_a_provider_said_is_not_shown_as_it_came(owner: Client) -> None:
    """It holds customers' words and numbers, and what would let somebody say it once more."""
    callback = ProviderCallback.objects.create(
        account=make_account(),
        fingerprint="said-once",
        method="POST",
        url="https://shop.example/webhooks/console/said-where/",
        headers={"x-signature": "said-by"},
        body=b"said-what",
    )
    pages = [
        owner.get(url(ProviderCallback, "change", callback.pk)),
        owner.get(url(ProviderCallback, "changelist")),
        owner.get(url(ProviderCallback, "history", callback.pk)),
    ]
    assert all(page.status_code == 200 for page in pages)
    for secret in ("said-once", "said-where", "said-by", "said-what"):
        assert not any(secret in page.text for page in pages)


def test_an_account_whose_secrets_are_lost_is_shown_too(owner: Client) -> None:
    account = make_account(secrets="of another secret key")
    assert owner.get(url(type(account), "change", account.pk)).status_code == 200


def test_a_person_can_be_added_who_then_signs_in(owner: Client, stranger: Client) -> None:
    values = {
        "username": "bea",
        "email": "bea@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert owner.post(url(User, "add"), values).status_code == 302
    response = stranger.post(
        reverse("account_login"), {"login": "bea@example.com", "password": PASSWORD}
    )
    assert response["Location"] == "/"


def test_two_people_cannot_share_an_e_mail(owner: Client) -> None:
    make_user("bea", email="Shop@example.com")
    values = {
        "username": "cleo",
        "email": "shop@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert "signs in with this e-mail already" in owner.post(url(User, "add"), values).text


def test_the_way_in_is_the_sign_in_of_everybody(stranger: Client, user: User) -> None:
    response = stranger.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_people_who_do_not_run_the_installation_stay_outside(client: Client) -> None:
    assert client.get("/admin/crm/customer/").status_code == 302


def test_each_thing_leads_to_its_page(owner: Client, user: User) -> None:
    make_rows(0, user)
    message = MessageSchedule.objects.get()
    page = owner.get(url(MessageSchedule, "change", message.pk))
    assert reverse("message_detail", args=[message.pk]) in page.text
    assert Event.objects.exists()
    template = MessageTemplate.objects.get()
    there = reverse("template_list", args=[template.account_id])
    assert there in owner.get(url(MessageTemplate, "change", template.pk)).text
    business = Business.objects.get()
    assert reverse("settings") in owner.get(url(Business, "change", business.pk)).text


def test_series_and_messages_to_many_lead_to_their_pages(owner: Client) -> None:
    many = Broadcast.objects.create(
        message_content="Hello", begins_at=NOW, ends_at=NOW, per_minute=30
    )
    series = MessageSeries.objects.create(
        customer=make_customer(),
        message_type="sms",
        message_content="Hello",
        unit="month",
        first_day=NOW.date(),
        wall_time=NOW.time(),
        time_zone="UTC",
    )
    for model, pk, page in (
        (Broadcast, many.pk, "broadcast_detail"),
        (MessageSeries, series.pk, "series_detail"),
    ):
        assert reverse(page, args=[pk]) in owner.get(url(model, "change", pk)).text
