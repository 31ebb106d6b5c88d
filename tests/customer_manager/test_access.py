"""Every address of the installation, asked for by somebody who has not signed in."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from crm.models import Business, User

#: Where strangers are let in, to sign in or be told that they cannot.
OPEN = {
    "/accounts/confirm-email/",
    "/accounts/confirm-email/1/",
    "/accounts/inactive/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-1/",
    "/accounts/password/reset/key/done/",
    "/accounts/signup/",
    "/healthz",
    "/receipt/shared/1/",
    "/webhooks/1/1/",
}


def addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for one in resolver.url_patterns:
        path = prefix + sample(str(one.pattern))
        if isinstance(one, URLPattern):
            yield path
        else:
            yield from addresses(one, path)


def sample(pattern: str) -> str:
    """An address that the pattern takes: 1 for every number, name and key."""
    route = re.sub(r"<[^>]+>", "1", re.sub(r"\(\?P<\w+>[^)]*\)", "1", pattern))
    return re.sub(r"[\^$]|\\Z", "", route).replace("\\", "")


ADDRESSES = sorted(set(addresses(get_resolver())))


def test_all_parts_of_the_installation_are_walked_through() -> None:
    assert {*OPEN, "/", "/receipt/1/file/", "/trash/", "/admin/crm/receipt/"} <= set(ADDRESSES)


@pytest.mark.parametrize("address", sorted(set(ADDRESSES) - OPEN - {"/setup/"}))
def test_strangers_are_asked_to_sign_in(
    stranger: Client, business: Business, user: User, address: str
) -> None:
    for answer in (stranger.get(address), stranger.post(address)):
        assert answer.status_code == 302
        assert answer["Location"].startswith(("/accounts/login/", "/admin/login/?next="))


def test_the_set_up_page_is_closed_once_somebody_has_an_account(
    stranger: Client, user: User
) -> None:
    for answer in (stranger.get("/setup/"), stranger.post("/setup/", {"username": "eve"})):
        assert answer["Location"] == "/"
    assert User.objects.count() == 1


def test_signing_in_for_the_tables_is_signing_in_anywhere(
    stranger: Client, business: Business, user: User
) -> None:
    asked = stranger.get("/admin/login/?next=/admin/crm/")
    assert asked["Location"] == "/accounts/login/?next=/admin/crm/"


def test_who_may_not_see_the_tables_is_told_so(client: Client) -> None:
    """Signing in would lead back to the tables, and those to signing in."""
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "This is not yours to see" in answer.text
