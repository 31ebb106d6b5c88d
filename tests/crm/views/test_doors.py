"""Pages without the frame: signing in and out, a forgotten password, and what went wrong."""

import re

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from crm.models import Business, User
from tests.make import PASSWORD


def test_sign_in_asks_for_two_words_and_repeats_no_label(stranger: Client, user: User) -> None:
    html = stranger.get("/accounts/login/").content.decode()
    assert "Username or e-mail" in html
    assert "placeholder" not in html
    assert 'class="field-mark"' not in html


@pytest.mark.parametrize("login", ["ana", "ana@example.com", "ANA@example.com"])
def test_sign_in_takes_username_or_email(
    stranger: Client, business: Business, user: User, login: str
) -> None:
    answer = stranger.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_wrong_password_is_told_above_the_form(stranger: Client, user: User) -> None:
    answer = stranger.post("/accounts/login/", {"login": "ana", "password": "wrong"})
    html = answer.content.decode()
    assert 'class="error-summary" role="alert" tabindex="-1" autofocus' in html
    assert "sessionid" not in answer.cookies


def test_nobody_makes_an_account_by_themselves(stranger: Client, user: User) -> None:
    form = {"email": "eve@example.com", "username": "eve", "password1": PASSWORD}
    for answer in (stranger.get("/accounts/signup/"), stranger.post("/accounts/signup/", form)):
        assert "Ask the owner to add you." in answer.content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_forgotten_password_is_chosen_anew_by_mail(stranger: Client, user: User) -> None:
    answer = stranger.post("/accounts/password/reset/", {"email": user.email}, follow=True)
    assert "Look into the terminal" in answer.content.decode()
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link
    page = stranger.get(link[1], follow=True)
    assert "Choose a new password" in page.content.decode()
    new = {"password1": "paper-and-ink-9", "password2": "paper-and-ink-9"}
    done = stranger.post(page.redirect_chain[-1][0], new, follow=True)
    assert "Password changed" in done.content.decode()
    assert stranger.login(username="ana", password="paper-and-ink-9")


def test_without_a_mail_server_the_link_is_printed_in_one_piece(
    stranger: Client, user: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MAILERS = {"default": {"BACKEND": "customer_manager.printed_mail.EmailBackend"}}
    answer = stranger.post("/accounts/password/reset/", {"email": user.email}, follow=True)
    assert "Look into the terminal" in answer.content.decode()
    printed = capsys.readouterr().out
    assert printed.startswith(f"\nMail to {user.email}: Choose a new password\n")
    link = re.search(r"^http://testserver(\S+)$", printed, re.MULTILINE)
    assert link
    assert "Choose a new password" in stranger.get(link[1], follow=True).content.decode()


def test_with_a_mail_server_the_page_speaks_of_the_mail(
    stranger: Client, user: User, settings: Settings
) -> None:
    settings.MAIL_IS_PRINTED = False
    answer = stranger.get("/accounts/password/reset/done/")
    assert "Look into your mail" in answer.content.decode()


def test_unknown_email_gets_the_same_answer_and_no_link(stranger: Client, user: User) -> None:
    form = {"email": "nobody@example.com"}
    answer = stranger.post("/accounts/password/reset/", form, follow=True)
    assert "Look into the terminal" in answer.content.decode()
    assert "Nobody signs in with this e-mail there." in str(mail.outbox[0].body)
    assert "http" not in str(mail.outbox[0].body)


def test_used_link_offers_a_new_one(stranger: Client, user: User) -> None:
    html = stranger.get("/accounts/password/reset/key/1-abc/").content.decode()
    assert "This link no longer works" in html
    assert 'href="/accounts/password/reset/"' in html


def test_signing_out_needs_a_press(client: Client) -> None:
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert "sessionid" in client.cookies
    client.post("/accounts/logout/")
    assert client.get("/accounts/password/change/").status_code == 302


def test_password_is_changed_within_the_frame(client: Client, user: User) -> None:
    html = client.get("/accounts/password/change/").content.decode()
    assert 'class="sidebar"' in html
    new = {"oldpassword": PASSWORD, "password1": "paper-and-ink-9", "password2": "paper-and-ink-9"}
    assert client.post("/accounts/password/change/", new).status_code == 302
    user.refresh_from_db()
    assert user.check_password("paper-and-ink-9")


def test_pages_of_allauth_without_a_template_of_ours_stand_in_our_frame(client: Client) -> None:
    html = client.get("/accounts/email/").content.decode()
    assert 'class="door-main"' in html
    assert html.count("<h1") == 1


def test_unknown_address_says_where_to_go(client: Client) -> None:
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "Nothing is here" in answer.content.decode()


def test_form_without_its_token_says_what_to_do(user: User) -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "ana"})
    assert answer.status_code == 403
    assert "This page was open too long" in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "403_csrf.html", "500.html"])
def test_every_error_page_draws_without_anything_to_draw_from(name: str) -> None:
    html = render_to_string(name)
    assert html.count("<h1") == 1
    assert "door-code" in html
