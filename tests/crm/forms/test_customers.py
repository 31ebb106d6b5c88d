"""What the form for a customer takes, keeps and refuses."""

from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict

from crm.forms.customers import CustomerForm
from crm.models import Business, Customer, Tag
from tests.make import make_customer

pytestmark = pytest.mark.django_db


def form_with(business: Business, customer: Customer | None = None, **typed: Any) -> CustomerForm:
    data = QueryDict(mutable=True)
    data.update({"name": "Zoë O'Neill", "email": "", "phone_number": "612 34 56 78"} | typed)
    return CustomerForm(data, instance=customer, business=business)


def errors(form: CustomerForm, field: str) -> str:
    return " ".join(form.errors.get(field, []))


def test_a_name_and_a_phone_are_enough(business: Business) -> None:
    form = form_with(business)
    assert form.is_valid(), form.errors
    assert form.instance.phone_number == "+34612345678"
    assert form.instance.phone_as_typed == "612 34 56 78"
    assert form.instance.preferred_channel == "whatsapp"


def test_a_name_and_an_email_are_enough(business: Business) -> None:
    form = form_with(business, phone_number="", email="zoe@example.com")
    assert form.is_valid(), form.errors
    assert (form.instance.phone_number, form.instance.phone_as_typed) == ("", "")


def test_somebody_who_cannot_be_reached_is_refused_with_a_reason(business: Business) -> None:
    form = form_with(business, phone_number="")
    assert "so that you can reach them" in errors(form, "phone_number")


def test_a_phone_that_does_not_read_is_not_also_called_missing(business: Business) -> None:
    form = form_with(business, phone_number="call her")
    assert errors(form, "phone_number") == "This does not read as a telephone number."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12", "too short"),
        ("6123456789012345678", "too many digits"),
        ("+999 123456", "No country has this code"),
        ("612345678 ext 12", "Leave the extension out"),
        ("612\x0034", "Null characters"),
        ("<script>alert(1)</script>", "does not read"),
        ("6" * 100_000, "at most 60"),
    ],
)
def test_a_wrong_phone_is_told_in_plain_words(business: Business, typed: str, said: str) -> None:
    assert said in errors(form_with(business, phone_number=typed), "phone_number")


def test_a_business_of_no_country_asks_for_the_country_code() -> None:
    form = form_with(Business(country=""))
    assert "Add the country code, like +44" in errors(form, "phone_number")


def test_a_number_nobody_is_known_to_have_is_taken_and_remarked(business: Business) -> None:
    form = form_with(business, phone_number="212345678")
    assert form.is_valid(), form.errors
    assert form.phone
    assert not form.phone.certain


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "required"),
        ("name", " \u200b\u00ad ", "required"),
        ("name", "x" * 201, "at most 200"),
        ("name", "x" * 100_000, "at most 200"),
        ("email", "zoe@", "valid email"),
        ("email", "zoe@example.com" * 100, "at most"),
        ("address", "x" * 1001, "at most 1000"),
        ("notes", "x" * 10_001, "at most 10000"),
        ("notes", "a\x00b", "Null characters"),
        ("preferred_channel", "pigeon", "not one of the available"),
        ("time_zone", "Mars/Olympus", "not one of the available"),
        ("tags", "x" * 41, "at most 40 letters"),
        ("tags", ",".join(map(str, range(21))), "At most 20 tags"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    business: Business, field: str, typed: str, said: str
) -> None:
    assert said in errors(form_with(business, **{field: typed}), field)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoë \n O'Neill\t", "Zoë O'Neill"),
        ("Zoë\x00 O'Neill", "Zoë O'Neill"),
        ("\u202eZoë\u2066 O'Neill", "Zoë O'Neill"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩‍🔬 Marie", "👩‍🔬 Marie"),
        ("می‌خواهم", "می‌خواهم"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_name_is_one_line_without_what_cannot_be_seen(
    business: Business, typed: str, kept: str
) -> None:
    form = form_with(business, name=typed)
    assert form.is_valid(), form.errors
    assert form.instance.name == kept


def test_tags_are_split_and_named_once(business: Business) -> None:
    form = form_with(business, tags=" vip, New  client ,,VIP، عميل")
    assert form.is_valid()
    assert form.cleaned_data["tags"] == ["vip", "New client", "عميل"]


def test_the_form_shows_the_number_well_written_and_keeps_what_was_typed(
    business: Business,
) -> None:
    customer = make_customer(phone_as_typed="0034-612345678")
    customer.tags.set([Tag.objects.create(name="vip"), Tag.objects.create(name="new")])
    empty = CustomerForm(instance=customer, business=business)
    assert empty["phone_number"].value() == "612 34 56 78"
    assert 'value="new, vip"' in str(empty["tags"])
    saved = form_with(business, customer, phone_number="612 34 56 78", tags="new, vip")
    assert saved.is_valid()
    assert saved.instance.phone_as_typed == "0034-612345678"
    assert "tags" not in saved.changed_data


def test_another_number_replaces_what_was_typed(business: Business) -> None:
    form = form_with(business, make_customer(), phone_number="+44 7911 123456")
    assert form.is_valid()
    assert form.instance.phone_number == "+447911123456"
    assert form.instance.phone_as_typed == "+44 7911 123456"


def test_a_likely_duplicate_is_shown_once(business: Business) -> None:
    other = make_customer(email="", name="Somebody else")
    form = form_with(business)
    assert form.is_valid()
    assert [one.customer for one in form.unseen_duplicates([])] == [other]
    assert form.unseen_duplicates([str(other.pk)]) == []


def test_an_edit_is_compared_only_by_what_it_changes(business: Business) -> None:
    make_customer(name="Her mother", email="")
    zoe = make_customer()
    unchanged = form_with(business, zoe, email=zoe.email)
    assert unchanged.is_valid()
    assert unchanged.duplicates == []
    make_customer(name="Ravi", email="ravi@example.com", phone_number="")
    changed = form_with(business, zoe, email="ravi@example.com")
    assert changed.is_valid()
    assert [one.customer.name for one in changed.duplicates] == ["Ravi"]


@pytest.mark.parametrize("broken", ["", "no", "x" * 10_000, "\x00"])
def test_a_broken_form_number_never_stands_in_the_way(business: Business, broken: str) -> None:
    form = form_with(business, form_id=broken)
    assert form.is_valid(), form.errors
    assert form.instance.form_id is None


def test_each_form_shown_has_a_number_of_its_own(business: Business) -> None:
    one, other = (CustomerForm(business=business)["form_id"].value() for _ in range(2))
    assert UUID(one) != UUID(other)
