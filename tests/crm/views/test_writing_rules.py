"""When and to whom the business writes, in its settings."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from crm.models import Business, Event, User

pytestmark = pytest.mark.django_db

NIGHT = {"quiet_from": "21:00", "quiet_until": "08:00"}


def save(client: Client, **sent: str) -> Any:
    return client.post("/settings/rules/", sent, follow=True)


def quiet_hours() -> tuple[time | None, time | None]:
    business = Business.objects.get()
    return business.quiet_from, business.quiet_until


def test_quiet_hours_over_midnight_are_kept_and_said_in_plain_words(
    client: Client, user: User
) -> None:
    page = save(client, **NIGHT).text
    assert quiet_hours() == (time(21), time(8))
    assert "Nothing goes out by itself from 21:00 until 08:00 the next morning." in page
    assert 'value="21:00"' in page
    event = Event.objects.get()
    assert (event.kind, event.actor) == ("business.changed", user)
    assert event.detail["changed"]["quiet_from"] == [None, "21:00"]


def test_quiet_hours_of_one_day(client: Client) -> None:
    page = save(client, quiet_from="13:00", quiet_until="16:30").text
    assert "Nothing goes out by itself from 13:00 until 16:30." in page


def test_they_are_taken_away_by_leaving_both_empty(client: Client) -> None:
    save(client, **NIGHT)
    save(client, quiet_from="", quiet_until="")
    assert quiet_hours() == (None, None)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"quiet_from": "21:00"}, "Fill in both times, or neither."),
        ({"quiet_until": "08:00"}, "Fill in both times, or neither."),
        ({"quiet_from": "08:00", "quiet_until": "08:00"}, "From and until are the same"),
        ({"quiet_from": "25:00", "quiet_until": "08:00"}, "Enter a valid time."),
    ],
)
def test_half_of_it_is_refused_and_what_was_typed_stays(
    client: Client, sent: dict[str, str], said: str
) -> None:
    response = save(client, **sent)
    assert response.status_code == 422
    assert said in response.text
    assert f'value="{next(iter(sent.values()))}"' in response.text
    assert quiet_hours() == (None, None)


def test_consent_may_be_asked_for_and_no_more(client: Client) -> None:
    save(client, only_with_consent="on")
    assert Business.objects.get().only_with_consent
    assert "Nothing was changed." in save(client, only_with_consent="on").text
    save(client)
    assert not Business.objects.get().only_with_consent


def test_the_rules_leave_the_rest_of_the_business_alone(client: Client) -> None:
    before = Business.objects.values("name", "time_zone", "currency").get()
    save(client, **NIGHT, name="Another", currency="USD")
    assert Business.objects.values("name", "time_zone", "currency").get() == before
