"""Settings → Sending: who sends on each channel is chosen, checked, changed and given up."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from crm.actions import accounts
from crm.models import Event, ProviderAccount, User
from rules.message_states import Status
from tests.crm.actions.test_accounts import META, PHONE, connect
from tests.make import NOW, make_account, make_message, make_reminder
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import serving
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

SETTINGS = reverse("settings")
CONNECT = reverse("account_connect", args=["whatsapp", "whatsapp_cloud"])
TEST_RUN = reverse("account_connect", args=["whatsapp", "console"])
SECRETS = (META["access_token"], META["app_secret"])


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as meta:
        yield meta


def url(name: str, account: ProviderAccount) -> str:
    return reverse(name, args=[account.pk])


def deed(client: Client, name: str, account: ProviderAccount) -> str:
    """Do it; the page that follows."""
    return client.post(url(name, account), follow=True).text


def test_a_fresh_installation_sends_by_hand_and_says_what_else_there_is(client: Client) -> None:
    page = client.get(SETTINGS).text
    assert page.count("By hand") == 2
    ways = client.get(reverse("sending_ways", args=["whatsapp"])).text
    assert "WhatsApp Cloud API" in ways
    assert "No monthly fee." in ways
    assert "SMSGate" not in ways
    assert "SMSGate" in client.get(reverse("sending_ways", args=["sms"])).text


def test_a_channel_is_sent_by_the_test_provider_and_by_hand_again(client: Client) -> None:
    client.post(TEST_RUN)
    client.post(TEST_RUN)  # a page sent twice
    account = ProviderAccount.objects.get()
    assert (account.provider, account.channel, account.enabled) == ("console", "whatsapp", True)
    assert "Test run" in client.get(SETTINGS).text
    assert "wait on Today" in deed(client, "account_disconnect", account)
    account.refresh_from_db()
    assert not account.enabled
    client.post(TEST_RUN)
    assert ProviderAccount.objects.get().enabled


def test_a_connected_provider_is_checked_at_once_and_says_its_number(
    client: Client, meta: WhatsAppCloudStandIn
) -> None:
    page = client.post(CONNECT, meta.settings | {"label": "Front desk"}, follow=True)
    assert "Saved, and the connection works." in page.text
    assert "+1 555-078-3881" in page.text
    account = ProviderAccount.objects.get()
    assert page.redirect_chain[-1][0] == url("account_detail", account)
    settings = client.get(SETTINGS).text
    assert "Front desk" in settings
    assert "Sends by itself" in settings
    assert not any(value in page.text + settings for value in (meta.access_token, meta.app_secret))


def test_credentials_that_are_refused_are_saved_and_told_in_plain_words(
    client: Client, meta: WhatsAppCloudStandIn
) -> None:
    page = client.post(CONNECT, meta.settings | {"access_token": "of-yesterday"}, follow=True)
    assert "Saved, but:" in page.text
    assert "does not accept the credentials" in page.text
    assert "Look at “Access token”" in page.text
    assert "190" in page.text
    assert ProviderAccount.objects.get().enabled


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(client: Client) -> None:
    page = client.post(CONNECT, META | {"waba_id": ""})
    assert page.status_code == 422
    assert "waba_id" in page.context["form"].errors
    assert META["phone_number_id"] in page.text
    assert "no-store" in page["Cache-Control"]
    assert not ProviderAccount.objects.exists()


def test_connecting_a_second_says_first_what_it_replaces(client: Client) -> None:
    make_account(label="The old one")
    page = client.get(CONNECT).text
    assert "The old one" in page
    assert "takes its place" in page


def test_a_form_sent_twice_connects_one(client: Client, meta: WhatsAppCloudStandIn) -> None:
    form_id = client.get(CONNECT).context["form"]["form_id"].value()
    typed = meta.settings | {"form_id": str(form_id)}
    first = client.post(CONNECT, typed, follow=True).redirect_chain
    assert client.post(CONNECT, typed, follow=True).redirect_chain == first
    assert ProviderAccount.objects.count() == 1


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with serving(TwilioStandIn()) as twilio:
        yield twilio


def test_the_credentials_of_one_account_are_not_typed_in_for_the_other(
    client: Client, twilio: TwilioStandIn
) -> None:
    sms, whatsapp = (
        reverse("account_connect", args=[channel, "twilio"]) for channel in ("sms", "whatsapp")
    )
    assert "same_as" not in client.get(sms).text
    client.post(sms, twilio.settings)
    lender = ProviderAccount.objects.get()
    page = client.get(whatsapp).text
    assert f'<option value="{lender.pk}" selected>The same as Twilio (SMS)</option>' in page
    assert twilio.settings["auth_token"] not in page

    sender = {"from_number": "+34910000001"}
    refused = client.post(whatsapp, sender | {"same_as": ""})
    assert refused.status_code == 422
    answer = client.post(whatsapp, sender | {"same_as": lender.pk}, follow=True).text
    assert "+34910000001" in answer
    assert twilio.settings["auth_token"] not in answer
    made = ProviderAccount.objects.get(channel="whatsapp")
    kept = accounts.settings_of(made)
    assert kept["auth_token"] == twilio.settings["auth_token"]
    assert kept["account_sid"] == twilio.settings["account_sid"]


def test_a_second_number_on_the_same_channel_is_asked_which_credentials_it_has(
    client: Client, meta: WhatsAppCloudStandIn
) -> None:
    client.post(CONNECT, meta.settings)
    page = client.get(CONNECT).text
    assert '<option value="" selected>Others, which I type in</option>' in page
    other = make_account(channel="sms")
    assert client.post(CONNECT, meta.settings | {"same_as": other.pk}).status_code == 422


def test_the_address_to_call_is_shown_with_the_word_the_provider_asks_for(
    client: Client, settings: Settings
) -> None:
    account = connect()
    page = client.get(url("account_detail", account)).text
    assert "does not know yet where to find you" in page
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    page = client.get(url("account_detail", account)).text
    assert f"https://shop.example/webhooks/whatsapp_cloud/{account.webhook_key}/" in page
    assert "does not know yet" not in page
    assert accounts.settings_of(account)["verify_token"] in page
    assert not any(value in page for value in SECRETS)
    settings.SITE_URL, settings.HTTPS = "http://shop.example", False
    assert "begin with https://" in client.get(url("account_detail", account)).text


def test_changed_it_keeps_the_secrets_left_empty(
    client: Client, meta: WhatsAppCloudStandIn
) -> None:
    account = connect(meta.settings)
    values = meta.settings | {"access_token": "", "app_secret": "", "label": "Renamed"}
    page = client.post(url("account_detail", account), values, follow=True)
    assert "Saved, and the connection works." in page.text
    account.refresh_from_db()
    assert account.label == "Renamed"
    assert accounts.settings_of(account)["access_token"] == meta.access_token
    page = client.post(url("account_detail", account), values, follow=True)
    assert "Nothing was changed." in page.text


def test_what_could_not_be_read_is_told_on_every_page_until_somebody_has_looked(
    client: Client,
) -> None:
    account = connect(label="Front desk")
    accounts.disconnect(account, actor=None)
    unread(account, NOW, words="not JSON")
    assert "1 message from <bdi>Front desk</bdi> could not be read" in client.get("/").text
    page = client.get(url("account_detail", account)).text
    assert "tried again with each update" in page
    assert "<q>not JSON</q>" in page

    assert "could not be read" not in deed(client, "account_unread_seen", account)
    assert "could not be read" not in client.get("/").text
    for seconds in (1, 2):
        unread(account, NOW + timedelta(seconds=seconds))
    assert "2 messages from <bdi>Front desk</bdi> could not be read" in client.get("/").text

    account.callbacks.update(state="applied")
    assert "could not be read" not in client.get("/").text


def unread(account: ProviderAccount, received_at: datetime, words: str = "unreadable") -> None:
    account.callbacks.create(
        fingerprint=str(received_at),
        method="POST",
        url="https://shop.example/webhooks/",
        body=b"",
        received_at=received_at,
        state="unreadable",
        words=words,
    )


def test_a_stopped_account_is_told_on_every_page_and_sends_again(client: Client) -> None:
    account = make_account(paused_because="Out of <credit>")
    for page in (SETTINGS, "/", reverse("message_list")):
        text = client.get(page).text
        assert "messages do not go out by themselves" in text
        assert "Out of &lt;credit&gt;" in text
    page = deed(client, "account_resume", account)
    assert "go out by themselves again" in page
    account.refresh_from_db()
    assert (account.enabled, account.paused_because) == (True, "")
    assert "Out of" not in client.get(SETTINGS).text


def test_the_right_credentials_end_the_pause(client: Client, meta: WhatsAppCloudStandIn) -> None:
    account = connect(meta.settings | {"access_token": "of-yesterday"})
    ProviderAccount.objects.update(paused_because="190")
    refused = deed(client, "account_check", account)
    assert "does not accept the credentials" in refused
    account.refresh_from_db()
    assert account.paused_because
    client.post(url("account_detail", account), meta.settings)
    account.refresh_from_db()
    assert not account.paused_because
    assert Event.objects.filter(kind="account.resumed").exists()


def test_what_waited_for_a_mended_account_is_tried_again_on_its_page(client: Client) -> None:
    account = make_account(paused_because="no credit")
    make_reminder(reason="account")
    page = client.get(url("account_detail", account)).text
    assert "that waited" not in page
    page = client.post(url("account_resume", account), follow=True)
    assert page.redirect_chain == [(url("account_detail", account), 302)]
    assert "Try the WhatsApp message that waited" in page.text
    retry = reverse("reminder_retry_all", args=["whatsapp"])
    answer = client.post(retry, {"next": url("account_detail", account)}, follow=True)
    assert answer.redirect_chain == [(url("account_detail", account), 302)]
    assert "1 message is tried again now." in answer.text
    assert "that waited" not in answer.text


def test_a_pause_the_provider_asked_for_says_until_when(client: Client) -> None:
    make_account(held_until=timezone.now() + timedelta(hours=2))
    page = client.get(SETTINGS).text
    assert "Waits" in page
    assert "asked for a pause" in page
    assert "do not go out by themselves" not in page


def test_credentials_of_another_secret_key_are_asked_for_again(
    client: Client, settings: Settings, user: User
) -> None:
    account = connect()
    settings.SECRET_KEY = "of another installation " * 3
    client.force_login(user)  # sessions were signed with the former key
    assert "cannot be read any more" in client.get("/").text
    page = client.get(url("account_detail", account))
    assert "Needs its credentials" in page.text
    assert "Check connection" not in page.text
    assert page.context["form"].fields["access_token"].required


def test_a_provider_of_another_version_can_only_be_given_up(client: Client) -> None:
    account = make_account(provider="of-tomorrow", label="Of tomorrow")
    page = client.get(SETTINGS).text
    assert "Of tomorrow" in page
    assert "does not know the provider" in page
    assert client.get(url("account_detail", account)).status_code == 200
    deed(client, "account_disconnect", account)
    assert not ProviderAccount.objects.in_use().exists()


def test_an_account_that_was_left_is_used_again_or_removed(client: Client) -> None:
    account = connect(label="Front desk")
    undo = deed(client, "account_disconnect", account)
    assert url("account_use", account) in undo
    assert "Front desk" in client.get(reverse("sending_ways", args=["whatsapp"])).text
    assert "go out through Front desk" in deed(client, "account_use", account)
    accounts.disconnect(account, actor=None)
    assert "credentials are deleted" in deed(client, "account_remove", account)
    assert client.get(url("account_detail", account)).status_code == 404
    assert "Front desk" not in client.get(reverse("sending_ways", args=["whatsapp"])).text


def test_connecting_and_changing_name_the_how_to(client: Client) -> None:
    page = "docs/how-to/connect-whatsapp.md"
    assert page in client.get(CONNECT).text
    assert page in client.get(url("account_detail", connect())).text


def test_a_removed_phone_goes_on_calling_and_that_is_said(client: Client) -> None:
    phone = connect(PHONE, "android_gateway", channel="sms")
    accounts.disconnect(phone, actor=None)
    said = "The phone goes on calling this address"
    assert said in client.get(url("account_detail", phone)).text
    assert said in deed(client, "account_remove", phone)


def test_nothing_is_removed_while_messages_are_on_their_way(client: Client) -> None:
    account = connect()
    make_message(account=account, status=Status.SENDING)
    assert "Try again in a minute" in deed(client, "account_remove", account)


def test_deeds_done_twice_are_no_mishap(client: Client) -> None:
    account = connect()
    for name in ("account_resume", "account_disconnect", "account_disconnect", "account_use"):
        assert client.post(url(name, account), follow=True).status_code == 200
    assert client.post(url("account_use", account), follow=True).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        reverse("sending_ways", args=["pigeon"]),
        reverse("account_connect", args=["whatsapp", "pigeon"]),
        reverse("account_connect", args=["whatsapp", "android_gateway"]),
        reverse("account_detail", args=[999]),
    ],
)
def test_what_there_is_not_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["account_check", "account_listen", "account_resume", "account_disconnect", "account_use"],
)
def test_what_changes_something_is_a_post(client: Client, name: str) -> None:
    assert client.get(url(name, make_account())).status_code == 405


def test_all_of_it_is_for_people_who_signed_in(stranger: Client, user: User) -> None:
    account = make_account()
    for path in (CONNECT, reverse("sending_ways", args=["sms"]), url("account_detail", account)):
        assert stranger.get(path)["Location"].startswith("/accounts/login/")


def test_the_page_costs_the_same_with_many_accounts(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    accounts_made = [connect() for _ in range(2)]
    path = reverse("sending_ways", args=["whatsapp"])
    with django_assert_max_num_queries(9) as few:
        client.get(path)
    accounts_made += [connect(label=f"Account {number}") for number in range(30)]
    connect(PHONE, "android_gateway", channel="sms")
    with django_assert_max_num_queries(len(few)):
        client.get(path)


@pytest.fixture
def phone() -> Iterator[AndroidGatewayStandIn]:
    with serving(AndroidGatewayStandIn()) as phone:
        yield phone


def connected_phone(phone: AndroidGatewayStandIn, **changes: str) -> ProviderAccount:
    values = phone.settings | changes
    account: ProviderAccount = connect(values, "android_gateway", channel="sms")
    return account


def test_a_phone_is_told_at_one_press_where_to_call(
    client: Client, phone: AndroidGatewayStandIn, settings: Settings
) -> None:
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    account = connected_phone(phone)
    assert "Let it tell us" in client.get(url("account_detail", account)).text
    for _press in range(2):
        assert "It tells us from now on" in deed(client, "account_listen", account)
    address = f"https://shop.example/webhooks/android_gateway/{account.webhook_key}/"
    assert {hook["url"] for hook in phone.webhooks.values()} == {address}
    assert len(phone.webhooks) == 5


def test_a_phone_that_cannot_be_told_is_told_of(
    client: Client, phone: AndroidGatewayStandIn, settings: Settings
) -> None:
    account = connected_phone(phone, signing_key="")
    assert "Let it tell us" not in client.get(url("account_detail", account)).text
    assert "begin with https://" in deed(client, "account_listen", account)
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    assert "Look at “Signing key”" in deed(client, "account_listen", account)
    assert not phone.webhooks


def test_who_is_told_by_a_person_has_no_such_button(client: Client, settings: Settings) -> None:
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    account = connect()
    assert "Let it tell us" not in client.get(url("account_detail", account)).text
    assert client.post(url("account_listen", account)).status_code == 404
