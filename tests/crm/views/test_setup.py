"""The first visit: open to one person, once."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from crm.actions import setup_token
from crm.models import Business, Event, User
from tests.make import PASSWORD, make_user

FIRST_VISIT = {
    "username": "ana",
    "email": "ana@example.com",
    "password": PASSWORD,
    "name": "Salón Luz",
    "country": "ES",
    "time_zone": "Europe/Madrid",
    "currency": "EUR",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def browser() -> Client:
    """A browser on the machine itself."""
    return Client(REMOTE_ADDR="127.0.0.1", SERVER_NAME="localhost")


def submit(browser: Client, **changes: Any) -> HttpResponse:
    values = {**FIRST_VISIT, **changes}
    return browser.post(reverse("setup"), {k: v for k, v in values.items() if v is not None})


@pytest.mark.parametrize("path", ["/", "/customers/", "/settings/", "/accounts/login/", "/admin/"])
def test_every_page_leads_to_the_set_up_while_nobody_has_an_account(
    browser: Client, path: str
) -> None:
    response = browser.get(path)
    assert (response.status_code, response["Location"]) == (302, "/setup/")


def test_the_owner_is_signed_in_and_welcomed_on_the_home_page(browser: Client) -> None:
    response = submit(browser)

    assert (response.status_code, response["Location"]) == (302, "/")
    owner = User.objects.get()
    assert (owner.username, owner.email) == ("ana", "ana@example.com")
    assert owner.is_staff
    assert owner.is_superuser
    assert owner.check_password(PASSWORD)
    assert browser.session["_auth_user_id"] == str(owner.pk)
    business = Business.objects.get()
    assert (business.name, business.country) == ("Salón Luz", "ES")
    assert (business.time_zone, business.currency) == ("Europe/Madrid", "EUR")
    assert Event.objects.get().kind == "business.set_up"


def test_zone_and_currency_left_to_the_country_come_from_it(browser: Client) -> None:
    submit(browser, country="JP", time_zone="", currency="")
    business = Business.objects.get()
    assert (business.time_zone, business.currency) == ("Asia/Tokyo", "JPY")


def test_the_e_mail_may_be_left_out(browser: Client) -> None:
    assert submit(browser, email="").status_code == 302
    assert User.objects.get().email == ""


def test_the_page_is_closed_once_somebody_has_an_account(browser: Client) -> None:
    make_user("first")
    assert browser.get(reverse("setup"))["Location"] == "/"
    assert submit(browser)["Location"] == "/"
    assert User.objects.get().username == "first"


@pytest.mark.parametrize(
    "passed_on",
    [
        {"REMOTE_ADDR": "192.168.1.7"},
        {"REMOTE_ADDR": "not an address"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 somewhere"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
    ],
)
def test_from_elsewhere_the_page_says_how_to_get_in(
    browser: Client, passed_on: dict[str, str]
) -> None:
    response = browser.get(reverse("setup"), **passed_on)
    assert response.status_code == 403
    assert b"the terminal shows" in response.content
    assert browser.post(reverse("setup"), FIRST_VISIT, **passed_on).status_code == 403
    assert not User.objects.exists()


def test_another_name_for_this_machine_is_not_local(browser: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    assert browser.get(reverse("setup"), SERVER_NAME="shop.example").status_code == 403


@pytest.mark.parametrize("address", ["127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_the_machine_itself(browser: Client, address: str) -> None:
    assert browser.get(reverse("setup"), REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"), [("SITE_URL", "https://shop.example"), ("TRUSTED_PROXIES", 1)]
)
def test_behind_a_proxy_only_the_token_opens_it(
    browser: Client, settings: Settings, name: str, value: object
) -> None:
    setattr(settings, name, value)
    assert browser.get(reverse("setup")).status_code == 403


def test_the_token_opens_it_from_anywhere_once(settings: Settings) -> None:
    token = setup_token.ensure(settings.DATA_DIR)
    far = Client(REMOTE_ADDR="192.168.1.7")

    page = far.get(reverse("setup"), {"token": token})
    assert page.status_code == 200
    assert token in page.text
    assert far.get(reverse("setup"), {"token": token + "x"}).status_code == 403
    assert far.get(reverse("setup") + "?token=%C3%A9%FF%00").status_code == 403

    assert submit(far, token=token).status_code == 302
    assert setup_token.read(settings.DATA_DIR) == ""


def test_without_a_token_on_file_an_empty_one_opens_nothing() -> None:
    far = Client(REMOTE_ADDR="192.168.1.7")
    assert far.get(reverse("setup"), {"token": ""}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"username": ""}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "<script>alert(1)</script>"}, "username"),
        ({"username": "nul\x00byte"}, "username"),
        ({"email": "nobody"}, "email"),
        ({"password": ""}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "12345678901"}, "password"),
        ({"password": "ana@example.com"}, "password"),
        ({"password": "x" * 100_000}, "password"),
        ({"name": ""}, "name"),
        ({"name": "n" * 121}, "name"),
        ({"country": ""}, "country"),
        ({"country": "XX"}, "country"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"currency": "€"}, "currency"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_stays(
    browser: Client, changes: dict[str, str], wrong: str
) -> None:
    response = submit(browser, **changes)

    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [wrong]
    assert not User.objects.exists()
    kept = "Salón Luz" if wrong != "name" else "ana@example.com"
    assert kept in response.text
    assert "<script>alert" not in response.text
    assert PASSWORD not in response.text


def test_hostile_names_are_kept_and_shown_as_text(browser: Client) -> None:
    assert submit(browser, name="<b>Luz</b> \u202egnirts 💇").status_code == 302
    assert Business.objects.get().name.startswith("<b>Luz</b>")


def test_the_guesses_follow_the_browsers_languages(browser: Client) -> None:
    page = browser.get(reverse("setup"), headers={"accept-language": "en,fr-CA;q=0.9,xx-QQ"})
    assert page.context["form"]["country"].value() in {"CA", Business.objects.current().country}


def test_the_first_page_costs_two_queries_at_most(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        browser.get(reverse("setup"))
