"""Callbacks that come at the same time, on the databases they are kept in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import Error, IntegrityError, connection

from crm.models import ProviderCallback
from delivery.dialects import read_moment
from providers.callbacks import Callback
from tests.databases import (
    Installation,
    installation,
    postgresql_installation,
    postgresql_template,
    sqlite_installation,
    sqlite_template,
)
from tests.make import NOW, make_account
from webhooks.storage import Storage

__all__ = [
    "installation",
    "postgresql_installation",
    "postgresql_template",
    "sqlite_installation",
    "sqlite_template",
]

pytestmark = pytest.mark.usefixtures("installation")


def callback(number: int, **headers: str) -> Callback:
    return Callback(
        method="POST", url="https://shop.example/", headers=headers, body=b"\0\xff %d" % number
    )


def keep_at_once(storage: Storage, account_id: int, callbacks: list[Callback]) -> list[str]:
    """The errors, by name, of as many threads as there are callbacks."""

    def keep(one: Callback) -> str:
        try:
            storage.keep(account_id, one, NOW)
        except Error as error:
            return type(error).__name__
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(callbacks)) as pool:
        return list(pool.map(keep, callbacks))


def test_callbacks_at_the_same_time_are_all_kept_and_each_once() -> None:
    account = make_account()
    numbers = [number % 40 for number in range(60)]
    errors = keep_at_once(Storage(), account.pk, [callback(number) for number in numbers])

    assert set(errors) == {""}
    bodies = [bytes(one.body) for one in ProviderCallback.objects.all()]
    assert sorted(bodies) == sorted(b"\0\xff %d" % number for number in range(40))


def test_one_that_cannot_be_kept_spoils_none_of_the_others() -> None:
    account, storage = make_account(), Storage()
    with ThreadPoolExecutor(1) as pool:
        removed = pool.submit(keep_at_once, storage, account.pk + 1, [callback(0)] * 3)
        kept = keep_at_once(storage, account.pk, [callback(number) for number in range(8)])

    assert set(kept) == {""}
    assert set(removed.result()) == {"IntegrityError"}
    assert ProviderCallback.objects.count() == 8


def test_whoever_waits_hears_that_it_was_not_kept() -> None:
    with pytest.raises(IntegrityError):
        Storage().keep(1, callback(1), NOW)


def test_the_moment_and_the_headers_read_as_they_were_written() -> None:
    headers = {"content-type": "text/plain", "x-timestamp": "1", "x-forwarded-for": "10.0.0.1"}
    now = datetime(2026, 11, 17, 9, 30, 0, 5, tzinfo=UTC)
    Storage().keep(make_account().pk, callback(1, **headers, authorization="Bearer x"), now)

    kept = ProviderCallback.objects.get()
    assert kept.received_at == now == read_moment(kept.received_at)
    assert kept.headers == {"content-type": "text/plain", "x-timestamp": "1"}


def test_on_sqlite_a_power_cut_takes_none_and_pages_stay_as_quick_as_they_were(
    installation: Installation,
) -> None:
    if installation.is_postgresql:
        pytest.skip("PostgreSQL waits for the disk by itself")
    account, executed = make_account(), []
    with connection.execute_wrapper(
        lambda execute, sql, *rest: (executed.append(sql.split(" (")[0]), execute(sql, *rest))[1]
    ):
        Storage().keep(account.pk, callback(1), NOW)
    full, normal = "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"
    assert executed == [full, "INSERT INTO crm_providercallback", normal]
