"""The whole engine in one process, on each database."""

import logging
import os
import signal
from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import Any

import pytest

from crm.models import Attempt, DeliveryEvent, Heartbeat, MessageSchedule
from rules.message_states import Status
from tests.databases import Installation
from tests.delivery.processes import stop, worker
from tests.delivery.workers import wait_until, work_off
from tests.make import make_account, make_business, make_customer, make_message


def now() -> datetime:
    return datetime.now(UTC)


def make_due(count: int = 1, **changes: Any) -> list[MessageSchedule]:
    customer = changes.pop("customer", None) or make_customer()
    at = now() - timedelta(seconds=1)
    return [
        make_message(customer, due_at=at, **({"message_content": f"Hello {number}."} | changes))
        for number in range(count)
    ]


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in MessageSchedule.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def test_once_works_off_what_is_due_and_says_what_it_did(installation: Installation) -> None:
    make_account(rate_per_s=10_000)
    make_due(45)
    make_due(2, message_type="sms")
    make_due(1, customer=make_customer(phone_number=""))
    make_message(at=now() + timedelta(hours=1))

    tally = work_off(installation.data_dir)

    assert str(tally) == "45 sent, 3 for people"
    assert states() == {"sent": 45, "due": 2, "failed": 1, "scheduled": 1}
    assert DeliveryEvent.objects.filter(status=Status.SENT).count() == 45
    assert Heartbeat.objects.get().stopped_at is not None
    assert list((installation.data_dir / "journal").iterdir()) == []


def test_once_with_nothing_due_says_so(installation: Installation) -> None:
    assert str(work_off(installation.data_dir)) == "nothing was due"


def test_once_waits_for_the_rate_of_the_account(installation: Installation) -> None:
    make_account(rate_per_s=20)
    make_due(15)
    began = now()

    work_off(installation.data_dir)

    assert states() == {"sent": 15}
    assert timedelta(seconds=0.65) < now() - began < timedelta(seconds=3)


def test_every_ending_of_an_attempt_is_told(installation: Installation) -> None:
    make_account(rate_per_s=10_000)
    for number in range(1, 9):
        make_due(customer=make_customer(phone_number=f"+1500555000{number}"))

    tally = work_off(installation.data_dir)

    assert str(tally) == "2 scheduled, 4 failed, 2 unconfirmed"
    reasons = MessageSchedule.objects.exclude(reason="").values_list("reason", flat=True)
    assert sorted(reasons) == [
        "account",
        "content",
        "opted_out",
        "recipient",
        "timed_out",
        "timed_out",
    ]


def test_an_account_that_is_set_up_wrongly_is_paused_and_says_what_to_mend(
    installation: Installation,
) -> None:
    account = make_account(provider="pigeon")
    make_due()

    work_off(installation.data_dir)

    row = MessageSchedule.objects.get()
    assert (row.status, row.reason, row.reason_words) == ("failed", "account", "pigeon")
    account.refresh_from_db()
    assert account.paused_because == "pigeon"


def test_texts_are_filled_in_for_each_customer(installation: Installation) -> None:
    make_business()
    make_account(rate_per_s=10_000)
    for name in ("Zoë O'Neill", "Ravi Patel"):
        make_due(customer=make_customer(name=name), message_content="Hi {first_name}: {business}!")

    work_off(installation.data_dir)

    texts = MessageSchedule.objects.values_list("text_sent", flat=True)
    assert sorted(texts) == ["Hi Ravi: Salón Luz!", "Hi Zoë: Salón Luz!"]


def test_no_text_and_no_number_is_in_the_logs(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    make_account(rate_per_s=10_000)
    make_due(message_content="A secret for one.")
    make_due(customer=make_customer(phone_number="+15005550007"), message_content="Another secret.")

    with caplog.at_level(logging.DEBUG, logger="delivery"):
        work_off(installation.data_dir)

    assert "1 sent, 1 unconfirmed" in caplog.text
    assert "secret" not in caplog.text
    assert "+34612345678" not in caplog.text
    assert "+15005550007" not in caplog.text


def test_it_sends_what_comes_while_it_runs_within_a_second(installation: Installation) -> None:
    make_account(rate_per_s=10_000)
    with worker(installation, "--worker", "desk"):
        wait_until(Heartbeat.objects.exists)
        promised = now() + timedelta(seconds=1.5)
        make_message(due_at=promised, message_content="Hello.")
        wait_until(MessageSchedule.objects.filter(status=Status.SENT).exists)
        late = Attempt.objects.get().started_at - promised
        assert timedelta(0) <= late < timedelta(seconds=1)


def test_it_works_until_a_signal_asks_it_to_stop(installation: Installation) -> None:
    make_account(rate_per_s=10_000)
    make_due(3)
    make_message(due_at=now() + timedelta(seconds=1), message_content="Hello.")
    Timer(2, os.kill, [os.getpid(), signal.SIGTERM]).start()

    tally = work_off(installation.data_dir, once=False)

    assert str(tally) == "4 sent"
    assert Heartbeat.objects.get().stopped_at is not None
    assert list((installation.data_dir / "journal").iterdir()) == []


def test_stopped_it_finishes_what_flies_and_gives_back_the_rest(
    installation: Installation,
) -> None:
    make_account(rate_per_s=10_000, settings={"latency_s": 3.0})
    make_due(30)
    with worker(installation, "--worker", "desk", "--concurrency", "2") as process:
        wait_until(lambda: MessageSchedule.objects.filter(status=Status.SENDING).count() == 3)
        assert stop(process) == 0

    assert set(states()) == {"sent", "scheduled"}
    assert Attempt.objects.filter(outcome="not_sent").count() == 1
    assert not Attempt.objects.filter(finished_at=None).exists()
    beat = Heartbeat.objects.get()
    assert (beat.worker, beat.stopped_at is not None) == ("desk", True)
    assert list((installation.data_dir / "journal").iterdir()) == []


def test_an_answer_that_takes_too_long_at_the_end_may_have_gone(
    installation: Installation,
) -> None:
    make_account(settings={"latency_s": 600})
    make_due(1)
    with worker(installation) as process:
        wait_until(MessageSchedule.objects.filter(status=Status.SENDING).exists)
        process.terminate()
        wait_until(lambda: process.poll() is None)
        assert stop(process) == 0  # asked twice: it waits for nothing

    row = MessageSchedule.objects.get()
    assert (row.status, row.reason) == ("unconfirmed", "worker_died")


def test_a_second_worker_is_harmless(installation: Installation) -> None:
    record = installation.data_dir / "record"
    make_account(rate_per_s=10_000, settings={"record": str(record), "latency_s": 0.02})
    with worker(installation, "--worker", "one"), worker(installation, "--worker", "two"):
        wait_until(lambda: Heartbeat.objects.count() == 2, at_most_s=30)
        make_due(300)
        wait_until(lambda: states() == {"sent": 300}, at_most_s=30)

    assert len(record.read_text().splitlines()) == 300
    assert Attempt.objects.count() == 300
