import logging
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from crm.actions.series import begin
from crm.models import Customer, MessageSchedule, ProviderAccount
from delivery import housekeeping
from rules.recurrence import Rule, Unit
from tests.crm.actions.test_accounts import connect
from tests.databases import Installation
from tests.make import NOW, make_customer, make_message, make_user
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn


def test_the_house_is_kept_once_an_hour_however_often_it_is_asked(tmp_path: Path) -> None:
    mark = tmp_path / "housekeeping"
    assert housekeeping.is_time(mark, NOW)
    assert not housekeeping.is_time(mark, NOW + timedelta(minutes=59))
    assert housekeeping.is_time(mark, NOW + timedelta(minutes=60))
    assert not housekeeping.is_time(mark, NOW + timedelta(minutes=61))


def test_a_mark_that_cannot_be_written_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert housekeeping.is_time(tmp_path / "no such folder" / "housekeeping", NOW)
    assert "cannot write housekeeping" in caplog.text


def test_template_lists_are_read_when_their_time_has_come(installation: Installation) -> None:
    with serving(WhatsAppCloudStandIn()) as meta:
        account = connect(meta.settings)
        ProviderAccount.objects.update(templates_due_at=NOW)
        housekeeping.keep_house(NOW, housekeeping.SOON)
    assert account.templates.usable().exists()


def test_every_chore_is_done(installation: Installation) -> None:
    make_customer(name="Thrown away", trashed_at=NOW - timedelta(days=31))
    make_customer(name="Kept", trashed_at=NOW - timedelta(days=29))
    moved = make_message(at=NOW + timedelta(days=1))
    MessageSchedule.objects.update(schedule_date=NOW + timedelta(hours=3))

    housekeeping.keep_house(NOW)

    assert list(Customer.objects.filter(trashed_at__isnull=False).values_list("name")) == [
        ("Kept",)
    ]
    moved.refresh_from_db()
    assert moved.schedule_date == NOW + timedelta(days=1)


def test_of_a_series_several_workers_make_each_message_once(installation: Installation) -> None:
    draft = MessageSchedule(
        customer=make_customer(), message_type="sms", message_content="Your weekly box."
    )
    draft.set_time(datetime(2026, 11, 18, 8), "UTC")
    rule = Rule(unit=Unit.DAY, first=date(2026, 11, 18))
    first = begin(draft, rule, actor=make_user(), now=NOW)
    later = NOW + timedelta(days=3)
    workers = [Thread(target=housekeeping.keep_house, args=(later,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    made = MessageSchedule.objects.filter(series=first.series)
    assert made.count() == 33
    assert made.values("occurrence").distinct().count() == 33


def test_a_chore_that_fails_does_not_keep_the_others_from_being_done(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    make_customer(trashed_at=NOW - timedelta(days=31))
    make_message(at=NOW + timedelta(days=1), time_zone="UTC")
    broken = {"the disk": OSError("is full")}

    def fails(_now: object) -> int:
        raise broken["the disk"]

    chores = (("broken", fails), *housekeeping.CHORES)
    with caplog.at_level(logging.ERROR), pytest.MonkeyPatch.context() as patch:
        patch.setattr(housekeeping, "CHORES", chores)
        housekeeping.keep_house(NOW)

    assert "housekeeping: broken" in caplog.text
    assert not Customer.objects.filter(trashed_at__isnull=False).exists()
