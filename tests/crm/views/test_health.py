from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import Heartbeat


def beat(**changes: object) -> Heartbeat:
    now = timezone.now()
    values = {"worker": "w1", "host": "till", "pid": 1, "started_at": now, "beat_at": now}
    return Heartbeat.objects.create(**(values | changes))


@pytest.mark.django_db
def test_it_is_well_when_the_database_answers_and_a_sender_runs() -> None:
    beat()
    response = Client().get(reverse("healthz"))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    told = response.json()
    assert (told["status"], told["database"], told["worker"]["running"]) == ("ok", True, True)
    assert told["worker"]["last_beat"]
    assert set(told) == {"status", "database", "worker", "version"}


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [None, {"age": timedelta(minutes=5)}, {"stopped": True}])
def test_it_is_not_well_without_a_sender(changes: dict[str, object] | None) -> None:
    if changes and "age" in changes:
        beat(beat_at=timezone.now() - timedelta(minutes=5))
    elif changes:
        beat(stopped_at=timezone.now())
    response = Client().get(reverse("healthz"))
    assert (response.status_code, response.json()["status"]) == (503, "no worker")


@pytest.mark.django_db(transaction=True)
def test_it_says_so_when_the_database_does_not_answer() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_heartbeat RENAME TO crm_heartbeat_away")
    try:
        response = Client().get(reverse("healthz"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE crm_heartbeat_away RENAME TO crm_heartbeat")
    assert (response.status_code, response.json()["status"]) == (503, "no database")
    assert "crm_heartbeat" not in response.text


@pytest.mark.django_db
def test_only_reading_is_answered() -> None:
    assert Client().post(reverse("healthz")).status_code == 405
