"""What a customer said about being written to, on their page."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from crm.models import Consent, Event, OptOut, User
from tests.make import NOW, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_the_same_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def read(response: Any) -> str:
    return " ".join(response.content.decode().split())


def notice(response: Any) -> Any:
    return list(response.context["messages"])[-1]


def test_the_page_tells_what_is_known_for_each_channel(client: Client, user: User) -> None:
    zoe = make_customer()
    assert read(client.get(f"/customer/{zoe.pk}/")).count("Nothing recorded") == 2
    Consent.objects.create(
        customer=zoe, channel="sms", given=True, known_from="person", at=NOW, recorded_by=user
    )
    OptOut.objects.create(
        phone_number=zoe.phone_number, channel="whatsapp", known_from="reply", words="STOP", at=NOW
    )
    page = read(client.get(f"/customer/{zoe.pk}/"))
    assert "May be written to" in page
    assert "since today, recorded by hand" in page
    assert "Asked not to be written to" in page
    assert "since today, in their own message <q>STOP</q>" in page


def test_it_is_recorded_with_a_press_and_undone_with_another(client: Client, user: User) -> None:
    zoe = make_customer()
    url = f"/customer/{zoe.pk}/consent/"
    response = client.post(url, {"channel": "sms", "given": "no"}, follow=True)
    assert response.redirect_chain == [(f"/customer/{zoe.pk}/#consent-title", 302)]
    known = Consent.objects.get()
    assert (known.channel, known.given, known.recorded_by, known.at) == ("sms", False, user, NOW)
    told = notice(response)
    assert str(told).startswith("Recorded: no SMS messages.")
    assert "Asked not to be written to by SMS" in read(response)
    undone = client.post(told.extra_tags, follow=True)
    assert str(notice(undone)) == "Taken back."
    assert not Consent.objects.exists()


def test_what_was_known_already_needs_no_undo(client: Client) -> None:
    zoe = make_customer()
    url = f"/customer/{zoe.pk}/consent/"
    client.post(url, {"channel": "sms", "given": "yes"})
    again = client.post(url, {"channel": "sms", "given": "yes"}, follow=True)
    assert not notice(again).extra_tags
    assert Event.objects.filter(kind="consent.given").count() == 1


def test_what_has_changed_since_is_not_undone(client: Client) -> None:
    zoe = make_customer()
    url = f"/customer/{zoe.pk}/consent/"
    undo = notice(client.post(url, {"channel": "sms", "given": "no"}, follow=True)).extra_tags
    client.post(url, {"channel": "sms", "given": "yes"})
    told = notice(client.post(undo, follow=True))
    assert "Something else has been recorded since" in str(told)
    assert Consent.objects.get().given


@pytest.mark.parametrize(
    "sent", [{}, {"channel": "fax", "given": "no"}, {"channel": "sms", "given": "perhaps"}]
)
def test_nonsense_records_nothing(client: Client, sent: dict[str, str]) -> None:
    zoe = make_customer()
    assert client.post(f"/customer/{zoe.pk}/consent/", sent).status_code == 400
    assert not Consent.objects.exists()


def test_an_event_is_undone_only_where_it_belongs(client: Client) -> None:
    zoe, ravi = make_customer(), make_customer(name="Ravi")
    client.post(f"/customer/{zoe.pk}/consent/", {"channel": "sms", "given": "no"})
    event = Event.objects.get(kind="consent.refused")
    other = Event.objects.create(customer=zoe, kind="customer.changed", subject_id=zoe.pk)
    for customer, number in ((ravi, event.pk), (zoe, other.pk), (zoe, 999)):
        url = f"/customer/{customer.pk}/consent/{number}/undo/"
        assert client.post(url).status_code == 404
    assert client.get(f"/customer/{zoe.pk}/consent/").status_code == 405


@pytest.mark.usefixtures("user")
def test_a_stranger_records_nothing(stranger: Client) -> None:
    zoe = make_customer()
    response = stranger.post(f"/customer/{zoe.pk}/consent/", {"channel": "sms", "given": "no"})
    assert response.status_code == 302
    assert "/accounts/login/" in response.url
    assert not Consent.objects.exists()


def test_what_they_agree_to_may_be_ticked_when_they_are_added(client: Client, user: User) -> None:
    typed = {"name": "Ravi Patel", "phone_number": "612 345 678", "agreed": ["sms"]}
    client.post("/customer/create/", typed)
    known = Consent.objects.get()
    assert (known.channel, known.given, known.recorded_by) == ("sms", True, user)
    assert known.customer.name == "Ravi Patel"
    assert "They agree to be written to by" not in read(
        client.get(f"/customer/{known.customer.pk}/edit/")
    )


def test_the_list_shows_who_asked_not_to_be_written_to(client: Client) -> None:
    zoe, ravi = make_customer(), make_customer(name="Ravi", phone_number="+34699999999")
    make_customer(name="Ana", phone_number="+34688888888")
    zoe.tags.create(name="regular")
    Consent.objects.create(customer=zoe, channel="sms", given=False, known_from="person")
    Consent.objects.create(customer=zoe, channel="whatsapp", given=False, known_from="person")
    OptOut.objects.create(phone_number=ravi.phone_number, channel="sms", known_from="reply")
    page = client.get("/customers/")
    assert 'href="?refused=1"' in read(page)
    assert len(page.context["rows"]) == 3
    refusing = client.get("/customers/?refused=1")
    assert {row.customer for row in refusing.context["rows"]} == {zoe, ravi}
    both = client.get("/customers/?refused=1&tag=regular")
    assert [row.customer for row in both.context["rows"]] == [zoe]
