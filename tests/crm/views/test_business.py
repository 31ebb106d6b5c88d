"""The settings page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Business, Event, Heartbeat, MessageSchedule, User
from tests.make import make_customer, make_message, make_user

BUSINESS = {
    "name": "Salón Luz",
    "country": "ES",
    "time_zone": "Europe/Madrid",
    "currency": "EUR",
    "phone_number": "910 000 000",
}


def next_january() -> datetime:
    """9:00 in Madrid on a winter day ahead: 8:00 in UTC, far from any change of the clocks."""
    return datetime(timezone.now().year + 1, 1, 20, 8, 0, tzinfo=UTC)


def planned(zone_of: str = "business", **changes: object) -> MessageSchedule:
    message = make_message(**changes)
    message.set_time(next_january().replace(hour=9, tzinfo=None), "Europe/Madrid", zone_of)
    message.save()
    return message


def test_a_change_is_saved_and_written_down(client: Client, user: User) -> None:
    values = BUSINESS | {"name": "Luz & Co", "currency": "USD", "phone_number": "911 222 333"}
    response = client.post(reverse("settings"), values)

    assert response["Location"] == reverse("settings")
    business = Business.objects.get()
    assert (business.name, business.currency) == ("Luz & Co", "USD")
    assert business.phone_number == "+34911222333"
    event = Event.objects.get()
    assert (event.kind, event.actor) == ("business.changed", user)
    assert event.detail["changed"]["currency"] == ["EUR", "USD"]
    assert "Saved." in client.get(reverse("settings")).text


def test_saving_what_is_there_already_changes_nothing(client: Client) -> None:
    page = client.post(reverse("settings"), BUSINESS, follow=True)
    assert "Nothing was changed." in page.text
    assert not Event.objects.exists()


def test_the_number_is_read_as_the_country_chosen_with_it(client: Client) -> None:
    values = BUSINESS | {"country": "FR", "phone_number": "01 23 45 67 89"}
    client.post(reverse("settings"), values)
    assert Business.objects.get().phone_number == "+33123456789"


def test_another_zone_asks_what_happens_to_what_is_planned(client: Client) -> None:
    planned()
    moved = BUSINESS | {"time_zone": "America/New_York"}

    page = client.post(reverse("settings"), moved)

    assert page.status_code == 422
    assert "1 message is planned by the old clock" in page.text
    assert 'value="clock"' in page.text
    assert Business.objects.get().time_zone == "Europe/Madrid"


def test_the_clock_may_be_kept(client: Client) -> None:
    message = planned()
    moved = BUSINESS | {"time_zone": "America/New_York", "planned": "clock"}

    assert client.post(reverse("settings"), moved).status_code == 302

    message.refresh_from_db()
    assert (message.wall_time[-5:], message.time_zone) == ("09:00", "America/New_York")
    assert message.schedule_date == message.due_at == next_january().replace(hour=14)


def test_the_moment_may_be_kept(client: Client) -> None:
    message = planned()
    theirs = planned(customer=make_customer(time_zone="Asia/Tokyo"), zone_of="customer")
    moved = BUSINESS | {"time_zone": "America/New_York", "planned": "moment"}

    assert client.post(reverse("settings"), moved).status_code == 302

    message.refresh_from_db()
    assert (message.wall_time[-5:], message.time_zone) == ("03:00", "America/New_York")
    assert message.schedule_date == message.due_at == next_january()
    theirs.refresh_from_db()
    assert theirs.time_zone == "Europe/Madrid"


def test_with_nothing_planned_the_zone_changes_without_a_question(client: Client) -> None:
    make_message(at=timezone.now() - timedelta(days=1), status="sent")
    moved = BUSINESS | {"time_zone": "America/New_York"}
    assert client.post(reverse("settings"), moved).status_code == 302
    assert Business.objects.get().time_zone == "America/New_York"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": "n" * 121}, "name"),
        ({"name": "x" * 100_000}, "name"),
        ({"country": "XX"}, "country"),
        ({"country": ""}, "country"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"currency": "<b>"}, "currency"),
        ({"phone_number": "call me"}, "phone_number"),
        ({"phone_number": "9" * 70}, "phone_number"),
        ({"planned": "never"}, "planned"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    client: Client, changes: dict[str, str], wrong: str
) -> None:
    typed = BUSINESS | {"name": "Typed just now"} | changes
    page = client.post(reverse("settings"), typed)
    assert page.status_code == 422
    assert wrong in page.context["form"].errors
    assert "<b>" not in page.text.replace("<body", "")
    assert Business.objects.get().name == "Salón Luz"
    if wrong != "name":
        assert "Typed just now" in page.text


def test_the_page_says_whether_the_sender_runs(client: Client) -> None:
    assert "python manage.py deliver" in client.get(reverse("settings")).text
    now = timezone.now()
    Heartbeat.objects.create(worker="w", host="till", pid=7, started_at=now, beat_at=now)
    page = client.get(reverse("settings"))
    assert "The sender is running" in page.text
    assert "on till" in page.text


def test_only_who_runs_the_installation_sees_the_way_into_the_tables(
    client: Client, user: User
) -> None:
    assert "/admin/" not in client.get(reverse("settings")).text
    user.is_staff = user.is_superuser = True
    user.save()
    assert reverse("admin:crm_user_add") in client.get(reverse("settings")).text


def test_the_page_costs_the_same_with_many_people(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(14) as few:
        client.get(reverse("settings"))
    for number in range(60):
        make_user(f"person{number}")
        make_customer()
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("settings"))


def test_strangers_are_asked_to_sign_in(stranger: Client, business: Business, user: User) -> None:
    assert stranger.get(reverse("settings"))["Location"].startswith("/accounts/login/")
