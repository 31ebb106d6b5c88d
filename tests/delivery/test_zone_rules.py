"""Moments ahead are read again when the rules of the zones may be others, and not each time."""

import os
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from crm.models import MessageSchedule
from delivery.zone_rules import follow_rules, rules_in_use
from tests.databases import Installation
from tests.make import NOW, make_message

HOUR = timedelta(hours=1)


@pytest.fixture
def mark(on_sqlite: Installation) -> Path:
    return on_sqlite.data_dir / "zone-rules"


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Path]:
    """A machine's own tables, which know no zone: those of the package are used."""
    folder = tmp_path / "zoneinfo"
    folder.mkdir()
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([folder])
    zoneinfo.ZoneInfo.clear_cache()
    yield folder
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


def wrong_by_an_hour() -> MessageSchedule:
    """As if the rules had been others when it was promised."""
    message = make_message()
    MessageSchedule.objects.filter(pk=message.pk).update(
        schedule_date=message.schedule_date + HOUR, due_at=message.due_at + HOUR
    )
    return message


def is_right(message: MessageSchedule) -> bool:
    return MessageSchedule.objects.get(pk=message.pk).schedule_date == message.schedule_date


def test_moments_are_looked_at_once_and_not_at_every_start(mark: Path) -> None:
    first = wrong_by_an_hour()
    assert follow_rules(NOW) == 1
    assert is_right(first)
    wrong_by_an_hour()
    assert follow_rules(NOW + HOUR) == 0


def test_they_are_looked_at_again_where_the_machine_is_another(mark: Path) -> None:
    follow_rules(NOW)
    mark.write_text(mark.read_text().replace(os.uname().nodename, "another"))
    os.utime(mark, (NOW.timestamp(), NOW.timestamp()))
    wrong_by_an_hour()
    assert follow_rules(NOW) == 1


@pytest.mark.parametrize("name", ["tzdata.zi", "+VERSION"])
def test_they_are_looked_at_again_when_the_tables_are_newer(
    mark: Path, tables: Path, name: str
) -> None:
    (tables / name).write_text("# version 2025b\nZ ...\n")
    follow_rules(NOW)
    assert "# version 2025b" in mark.read_text()
    wrong_by_an_hour()
    assert follow_rules(NOW) == 0
    (tables / name).write_text("# version 2026a\nZ ...\n")
    assert follow_rules(NOW) == 1


def test_tables_without_a_version_are_known_by_their_date(mark: Path, tables: Path) -> None:
    before = rules_in_use()
    assert rules_in_use() == before
    os.utime(tables, ns=(1, 1))
    assert rules_in_use() != before


def test_new_rules_count_at_once_where_old_ones_were_in_use(mark: Path, tables: Path) -> None:
    """The tables of the machine change under a sender that has been running for weeks."""
    zones = files("tzdata") / "zoneinfo"
    (tables / "Europe").mkdir()
    (tables / "Europe/Madrid").write_bytes((zones / "Europe/Madrid").read_bytes())
    message = make_message()
    message.set_time(datetime(2026, 12, 1, 9), "Europe/Madrid")
    message.save()
    follow_rules(NOW)
    (tables / "+VERSION").write_text("2027a")
    (tables / "Europe/Madrid").write_bytes((zones / "Europe/Lisbon").read_bytes())
    assert follow_rules(NOW) == 1
    message.refresh_from_db()
    assert message.schedule_date == datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_once_a_day_they_are_looked_at_in_any_case(mark: Path) -> None:
    follow_rules(NOW)
    wrong_by_an_hour()
    assert follow_rules(NOW + timedelta(hours=23, minutes=59)) == 0
    assert follow_rules(NOW + timedelta(days=1)) == 1


def test_a_mark_from_the_future_counts_for_nothing(mark: Path) -> None:
    follow_rules(NOW + HOUR)
    wrong_by_an_hour()
    assert follow_rules(NOW) == 1


@pytest.mark.parametrize("said", [b"", b"\xff\xfe\x00", b"nonsense"])
def test_a_mark_that_says_nothing_counts_for_nothing(mark: Path, said: bytes) -> None:
    mark.write_bytes(said)
    os.utime(mark, (NOW.timestamp(), NOW.timestamp()))
    wrong_by_an_hour()
    assert follow_rules(NOW) == 1


def test_a_mark_that_cannot_be_written_stops_nobody(
    mark: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark.mkdir()
    for _start in range(2):
        message = wrong_by_an_hour()
        follow_rules(NOW)
        assert is_right(message)
    assert "cannot write zone-rules" in caplog.text
