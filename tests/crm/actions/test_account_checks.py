"""A check asks the provider at once, within limits, and what it said is kept without secrets."""

import time
from collections.abc import Iterator

import pytest
from aiohttp import web
from pytest_django import Settings

from crm.actions import account_checks
from crm.models import ProviderAccount
from providers.accounts import Problem
from tests.crm.actions.test_accounts import META, connect
from tests.make import NOW
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

pytestmark = pytest.mark.django_db


class Echoing(WhatsAppCloudStandIn):
    """Quotes the token that it refuses, as some do."""

    async def _tell_number(self, request: web.Request) -> web.StreamResponse:
        said = f"no such token {request.headers['Authorization']}\0"
        return web.json_response({"error": {"code": 190, "message": said}}, status=401)


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as meta:
        yield meta


def connected(meta: WhatsAppCloudStandIn, **changes: str) -> ProviderAccount:
    account: ProviderAccount = connect(meta.settings | changes)
    return account


def kept(account: ProviderAccount) -> dict[str, str]:
    account.refresh_from_db()
    assert account.checked_at == NOW
    check: dict[str, str] = account.last_check
    return check


def test_a_working_account_is_called_what_the_provider_calls_it(meta: WhatsAppCloudStandIn) -> None:
    account = connected(meta)
    found = account_checks.check(account, now=NOW)
    assert found.problem is None
    assert "+1 555-078-3881" in kept(account)["found"]
    assert not meta.taken


def test_what_is_wrong_is_kept_with_the_providers_words(meta: WhatsAppCloudStandIn) -> None:
    account = connected(meta, access_token="of-yesterday")
    found = account_checks.check(account, now=NOW)
    assert found.problem is Problem.CREDENTIALS
    assert kept(account)["problem"] == "credentials"
    assert kept(account)["code"] == "190"
    assert kept(account)["words"]


def test_a_provider_that_quotes_a_secret_is_not_quoted() -> None:
    with serving(Echoing(access_token="do-not-tell-anybody")) as meta:
        account = connected(meta)
        account_checks.check(account, now=NOW)
    assert "no such token" in kept(account)["words"]
    assert "do-not-tell-anybody" not in str(kept(account))


def test_one_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_checks, "ANSWER_WITHIN_S", 0.3)
    with serving(WhatsAppCloudStandIn(latency_s=3)) as meta:
        began = time.monotonic()
        found = account_checks.check(connected(meta), now=NOW)
        assert time.monotonic() - began < 2
    assert found.problem is Problem.TIMED_OUT


def test_one_that_is_not_there_is_unreachable() -> None:
    account = connect(META | {"base_url": "http://127.0.0.1:9"})
    assert account_checks.check(account, now=NOW).problem is Problem.UNREACHABLE


def test_an_account_that_cannot_be_asked_says_why(settings: Settings) -> None:
    account = connect()
    ProviderAccount.objects.filter(pk=account.pk).update(settings={})
    account.refresh_from_db()
    found = account_checks.check(account, now=NOW)
    assert (found.problem, found.setting) == (Problem.SETTING, "phone_number_id")
    settings.SECRET_KEY = "of another installation " * 3
    assert account_checks.check(account, now=NOW).problem is Problem.CREDENTIALS
    account.provider = "carrier_pigeon"
    assert account_checks.check(account, now=NOW).problem is Problem.CREDENTIALS
