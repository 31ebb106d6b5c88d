from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from crm.actions.recipients import Audience, LeftOut, Wanted, audience
from crm.models import Consent, Customer, OptOut, Tag
from crm.models.consents import KnownFrom
from tests.make import NOW, make_business, make_customer, make_user

pytestmark = pytest.mark.django_db


def tagged(*tags: str, **changes: Any) -> Customer:
    customer = make_customer(**changes)
    for name in tags:
        customer.tags.add(Tag.objects.get_or_create(name=name)[0])
    return customer


def chosen_for(*tags: str, **changes: Any) -> Audience:
    wanted = Wanted(tags=list(Tag.objects.filter(name__in=tags)), **changes)
    return audience(wanted, make_business(only_with_consent=False))


def test_any_of_the_tags_or_all_of_them() -> None:
    regular = tagged("VIP", "Regular", name="Ana", phone_number="+34600000001")
    guest = tagged("VIP", name="Bea", phone_number="+34600000002")
    make_customer(name="Untagged")
    assert chosen_for("VIP", "Regular").chosen == [regular, guest]
    assert chosen_for("VIP", "Regular", matching="all").chosen == [regular]


def test_no_tag_is_nobody_and_not_everybody() -> None:
    make_customer()
    assert chosen_for("No such tag").chosen == ()


def test_who_is_left_out_and_why() -> None:
    tagged("VIP", name="Ana", phone_number="+34600000001")
    tagged("VIP", name="Bin", phone_number="+34600000002", trashed_at=NOW, trashed_by=make_user())
    tagged("VIP", name="Cleo", phone_number="")
    tagged("VIP", name="Dan", phone_number="+34600000003")
    OptOut.objects.create(
        phone_number="+34600000003", channel="whatsapp", known_from=KnownFrom.REPLY
    )
    refused = tagged("VIP", name="Eva", phone_number="+34600000004")
    Consent.objects.create(
        customer=refused, channel="whatsapp", given=False, known_from=KnownFrom.PERSON
    )
    tagged("VIP", name="Zara", phone_number="+34600000001")

    found = chosen_for("VIP")

    assert [one.name for one in found.chosen] == ["Ana"]
    assert {why: [one.name for one in who] for why, who in found.left_out.items()} == {
        LeftOut.TRASHED: ["Bin"],
        LeftOut.NO_PHONE: ["Cleo"],
        LeftOut.OPTED_OUT: ["Dan", "Eva"],
        LeftOut.SAME_NUMBER: ["Zara"],
    }
    assert found.left_out_count == 5


def test_an_opt_out_counts_on_its_own_channel_only() -> None:
    tagged("VIP", phone_number="+34600000003", preferred_channel="sms")
    OptOut.objects.create(
        phone_number="+34600000003", channel="whatsapp", known_from=KnownFrom.REPLY
    )
    assert len(chosen_for("VIP").chosen) == 1
    assert len(chosen_for("VIP", channel="sms").chosen) == 1
    assert chosen_for("VIP", channel="whatsapp").chosen == []


def test_whose_number_was_refused_does_not_take_it_from_another() -> None:
    first = tagged("VIP", name="Ana", phone_number="+34600000001")
    second = tagged("VIP", name="Bea", phone_number="+34600000001")
    Consent.objects.create(
        customer=first, channel="whatsapp", given=False, known_from=KnownFrom.PERSON
    )
    assert chosen_for("VIP").chosen == [second]


def test_where_the_business_asks_for_consent_silence_is_none() -> None:
    agreed = tagged("VIP", name="Ana", phone_number="+34600000001")
    tagged("VIP", name="Bea", phone_number="+34600000002")
    Consent.objects.create(
        customer=agreed, channel="whatsapp", given=True, known_from=KnownFrom.PERSON
    )
    wanted = Wanted(tags=list(Tag.objects.all()))
    found = audience(wanted, make_business(only_with_consent=True))
    assert found.chosen == [agreed]
    assert list(found.left_out) == [LeftOut.NO_CONSENT]


def test_a_text_about_their_company_is_not_for_those_without_one() -> None:
    tagged("VIP", name="Ana", company="Luz S.L.", phone_number="+34600000001")
    tagged("VIP", name="Bea", phone_number="+34600000002")
    found = chosen_for("VIP", content="News for {company}")
    assert [one.name for one in found.chosen] == ["Ana"]
    assert list(found.left_out) == [LeftOut.NO_COMPANY]


def test_it_asks_as_little_for_many_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    business = make_business()
    for number in range(60):
        tagged("VIP", phone_number=f"+346000000{number:02}")
    wanted = Wanted(tags=list(Tag.objects.all()))
    with django_assert_num_queries(3):
        assert len(audience(wanted, business).chosen) == 60
