"""What a provider, and whoever pretends to be one, is answered."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from crm.actions.secrets import sealed
from crm.models import ProviderAccount, ProviderCallback
from providers.callbacks import Callback, Receipt
from rules.message_states import Status
from tests.bell import address_of, bells, make_bell, ring, said, signature
from tests.make import NOW, make_account
from webhooks.accounts import Directory, directory
from webhooks.views import LARGEST_BODY

__all__ = ["bells"]

SENT = Receipt(provider_message_id="bell.1", status=Status.SENT, at=NOW)
DELIVERED = Receipt(provider_message_id="bell.1", status=Status.DELIVERED, at=NOW)

pytestmark = pytest.mark.usefixtures("bells", "db")


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    directory.forget()
    yield
    directory.forget()


def post(stranger: Client, account: ProviderAccount, **request: Any) -> Any:
    return stranger.post(address_of(account), **request)


def test_a_genuine_callback_is_kept_as_it_came(stranger: Client) -> None:
    account = make_bell()
    with time_machine.travel(NOW, tick=False):
        answer = post(stranger, account, **ring(SENT), query_params={"attempt": "1"})

    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    assert answer["Content-Type"] == "text/xml"
    kept = ProviderCallback.objects.get()
    assert (kept.account, kept.method, kept.state) == (account, "POST", "new")
    assert kept.url == f"http://testserver{address_of(account)}?attempt=1"
    assert bytes(kept.body) == said(SENT)
    assert (kept.received_at, kept.applied_at, kept.words) == (NOW, None, "")
    assert kept.headers["content-type"] == "application/json"
    assert kept.headers["x-bell-signature"] == signature(said(SENT))


def test_nobody_has_to_have_an_account_here_yet(stranger: Client) -> None:
    assert post(stranger, make_bell(), **ring(SENT)).status_code == 200


def test_the_same_again_is_thanked_for_and_kept_once(stranger: Client) -> None:
    account = make_bell()
    answers = [post(stranger, account, **ring(one)) for one in (SENT, SENT, DELIVERED, SENT)]

    assert [answer.status_code for answer in answers] == [200] * 4
    bodies = [bytes(one.body) for one in ProviderCallback.objects.order_by("pk")]
    assert bodies == [said(SENT), said(DELIVERED)]


def test_the_same_words_to_two_accounts_are_two_callbacks(stranger: Client) -> None:
    for account in (make_bell(), make_bell(channel="sms")):
        post(stranger, account, **ring(SENT))
    assert ProviderCallback.objects.count() == 2


def test_what_is_said_in_the_query_is_told_apart(stranger: Client) -> None:
    account = make_bell()
    for number in ("1", "2", "2"):
        answer = stranger.get(
            address_of(account),
            {"status": number},
            headers={"X-Bell-Signature": signature(b"")},
        )
        assert answer.status_code == 200
    kept = ProviderCallback.objects.order_by("pk")
    assert [(one.method, one.url[-9:]) for one in kept] == [
        ("GET", "?status=1"),
        ("GET", "?status=2"),
    ]


def test_a_challenge_is_answered_in_its_own_words_and_not_kept(stranger: Client) -> None:
    answer = stranger.get(address_of(make_bell()) + "?rightly=<b>1158201444</b>")

    assert (answer.status_code, answer.text) == (200, "%3Cb%3E1158201444%3C/b%3E")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not ProviderCallback.objects.exists()


def wrong_requests(stranger: Client, account: ProviderAccount) -> dict[str, Any]:
    right, address = ring(SENT), address_of(account)
    unsigned = right | {"headers": {}}
    forged = right | {"headers": {"X-Bell-Signature": signature(said(SENT), b"guessed")}}
    changed = ring(SENT) | {"data": said(DELIVERED)}
    elsewhere = address.replace(account.webhook_key, "A" * 32)
    too_large = ring(body=b" " * (LARGEST_BODY + 1))
    lying = right | {"CONTENT_LENGTH": "99999999999"}
    nonsense = right | {"CONTENT_LENGTH": "-1"}
    return {
        "unsigned": stranger.post(address, **unsigned),
        "forged": stranger.post(address, **forged),
        "changed on the way": stranger.post(address, **changed),
        "an unknown key": stranger.post(elsewhere, **right),
        "a challenge to an unknown key": stranger.get(elsewhere + "?rightly=1"),
        "another provider's address": stranger.post(address.replace("bell", "console"), **right),
        "a wrong method": stranger.put(address, **right),
        "a wrong method without a body": stranger.delete(address),
        "head": stranger.head(address),
        "an unsigned question": stranger.get(address),
        "too large": stranger.post(address, **too_large),
        "a length that is a lie": stranger.post(address, **lying),
        "a length that is none": stranger.post(address, **nonsense),
    }


def test_whatever_is_wrong_changes_nothing_and_says_nothing(stranger: Client) -> None:
    answers = wrong_requests(stranger, make_bell())

    told = {
        name: (one.status_code, one.content, sorted(one.items())) for name, one in answers.items()
    }
    assert set(map(repr, told.values())) == {repr(told["an unknown key"])}
    assert told["an unknown key"][:2] == (404, b"")
    assert not ProviderCallback.objects.exists()


def test_no_account_at_all_says_nothing_either(stranger: Client) -> None:
    assert stranger.post("/webhooks/bell/abc/", **ring(SENT)).status_code == 404


def test_a_body_as_large_as_allowed_is_kept(stranger: Client) -> None:
    body = said(SENT).ljust(LARGEST_BODY)
    assert post(stranger, make_bell(), **ring(body=body)).status_code == 200
    assert hashlib.sha256(ProviderCallback.objects.get().body).digest() == (
        hashlib.sha256(body).digest()
    )


def test_an_account_that_is_paused_or_switched_off_still_hears(stranger: Client) -> None:
    paused, off = make_bell(paused_because="Banned"), make_bell(enabled=False, channel="sms")
    assert post(stranger, paused, **ring(SENT)).status_code == 200
    assert post(stranger, off, **ring(SENT)).status_code == 200


def test_an_account_that_cannot_be_read_by_stands_in_nobodys_way(stranger: Client) -> None:
    make_bell(channel="sms", secrets="made with another key")
    make_account(channel="sms", enabled=False, provider="gone")
    assert post(stranger, make_bell(), **ring(SENT)).status_code == 200


def test_a_receipt_costs_one_statement(
    stranger: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = make_bell()
    post(stranger, account, **ring(SENT))
    with django_assert_num_queries(1):
        post(stranger, account, **ring(DELIVERED))
    with django_assert_num_queries(0):
        post(stranger, account, **ring(SENT) | {"headers": {}})
    with django_assert_num_queries(0):
        stranger.post("/webhooks/bell/abc/", **ring(SENT))


def test_what_was_changed_in_the_settings_holds_soon() -> None:
    account, directory = make_bell(), Directory(read_anew_every_s=0.02)
    before = directory.find("bell", account.webhook_key)
    assert before is not None
    assert directory.find("bell", account.webhook_key) is before

    account.secrets = sealed({"secret": "another"})
    account.save()
    time.sleep(0.03)
    after = directory.find("bell", account.webhook_key)
    assert after is not None
    body = said(SENT)
    headers = {"x-bell-signature": signature(body, b"another")}
    rung = Callback(method="POST", url="", headers=headers, body=body)
    judged = [called.listener.is_genuine(rung, NOW) for called in (before, after)]
    assert judged == [False, True]


def test_a_removed_account_is_unknown_at_once(stranger: Client, transactional_db: None) -> None:
    account, other = make_bell(), make_bell(channel="sms")
    assert post(stranger, account, **ring(SENT)).status_code == 200
    account.delete()
    assert post(stranger, account, **ring(SENT)).status_code == 404
    assert post(stranger, other, **ring(SENT)).status_code == 200


def test_the_address_is_the_public_one_where_it_is_known(
    stranger: Client, settings: Settings
) -> None:
    """Twilio signs it; the proxy asked for another."""
    settings.SITE_URL = "https://shop.example"
    account = make_bell()
    post(stranger, account, **ring(SENT), query_params={"attempt": "a b"})
    kept = ProviderCallback.objects.get()
    assert kept.url == f"https://shop.example{address_of(account)}?attempt=a+b"


def test_a_provider_is_not_sent_elsewhere(stranger: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert post(stranger, make_bell(), **ring(SENT)).status_code == 200
