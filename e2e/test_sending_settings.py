"""Settings → Sending in a browser, with a provider on this machine."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from crm.actions import templates
from crm.actions.accounts import connect, settings_of
from crm.models import ProviderAccount
from e2e.screens import (
    LAPTOP,
    PHONE,
    THEMES,
    Screen,
    Theme,
    Visits,
    assert_accessible,
    assert_fits,
)
from providers.templates import Slot, Template, TemplateState
from tests.make import make_account
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

on_each_screen = pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=lambda one: one.name)
in_each_theme = pytest.mark.parametrize("theme", THEMES)
CONNECT = "/settings/sending/whatsapp/whatsapp_cloud/"
LONG = "Wolfeschlegelsteinhausenbergerdorff-Montgomery, front desk and back office"


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as meta:
        yield meta


def connected(meta: WhatsAppCloudStandIn, **changes: str) -> ProviderAccount:
    values = meta.settings | changes
    now = timezone.now()
    return connect("whatsapp_cloud", "whatsapp", values, label=LONG, actor=None, now=now)


def fill(page: Page, meta: WhatsAppCloudStandIn, *, token: str) -> None:
    page.get_by_label("Phone number ID").fill(meta.phone_number_id)
    page.get_by_label("WhatsApp Business Account ID").fill(meta.waba_id)
    page.get_by_label("Access token").fill(token)
    page.get_by_label("App secret").fill(meta.app_secret)
    page.get_by_text("Advanced").click()
    page.get_by_label("Address of the service").fill(meta.url)


def assert_in_order(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_provider_is_connected_corrected_and_given_up(
    signed_in: Visits, meta: WhatsAppCloudStandIn, javascript: bool
) -> None:
    page = signed_in.open(javascript=javascript)
    page.goto("/settings/")
    whatsapp = page.get_by_role("region", name="WhatsApp")
    whatsapp.get_by_role("link", name="Let messages go by themselves").click()
    page.get_by_role("link", name="Connect WhatsApp Cloud API").click()
    fill(page, meta, token="of-yesterday")
    page.get_by_role("button", name="Save and check").click()

    expect(page.get_by_text("does not accept the credentials").first).to_be_visible()
    expect(page.get_by_text("Look at “Access token”")).to_be_visible()
    expect(page.get_by_label("Access token")).to_have_value("")

    page.get_by_label("Access token").fill(meta.access_token)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_text("+1 555-078-3881")).to_be_visible()
    assert settings_of(ProviderAccount.objects.get())["app_secret"] == meta.app_secret

    page.get_by_role("link", name="Settings").first.click()
    expect(whatsapp.get_by_text("Sends by itself")).to_be_visible()
    whatsapp.get_by_role("button", name="Disconnect").click()
    expect(whatsapp.get_by_text("By hand")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(whatsapp.get_by_text("Sends by itself")).to_be_visible()


def test_a_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(
    signed_in_page: Page, meta: WhatsAppCloudStandIn
) -> None:
    page = signed_in_page
    page.goto(CONNECT)
    fill(page, meta, token="a token")
    page.get_by_label("Address of the service").fill("nonsense")
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_role("alert")).to_contain_text("Access token")
    expect(page.get_by_label("Phone number ID")).to_have_value(meta.phone_number_id)
    expect(page.get_by_label("App secret")).to_have_value(meta.app_secret)


def test_the_address_to_call_is_copied(
    signed_in: Visits, settings: Settings, meta: WhatsAppCloudStandIn
) -> None:
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    account = connected(meta)
    page = signed_in.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/settings/account/{account.pk}/")
    page.get_by_role("button", name="Copy the address").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"https://shop.example/webhooks/whatsapp_cloud/{account.webhook_key}/"


def test_a_stopped_account_is_seen_to_from_any_page(
    signed_in_page: Page, meta: WhatsAppCloudStandIn
) -> None:
    account = connected(meta)
    ProviderAccount.objects.filter(pk=account.pk).update(paused_because="Payment issue · 131042")
    page = signed_in_page
    page.goto("/messages/")
    banner = page.get_by_role("region", name="WhatsApp is stopped")
    expect(banner).to_contain_text("do not go out by themselves")
    expect(banner).to_contain_text("Payment issue · 131042")
    banner.get_by_role("link", name="See to it").click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("go out by themselves again")).to_be_visible()
    expect(page.get_by_text("do not go out by themselves")).to_have_count(0)


@on_each_screen
@in_each_theme
def test_the_ways_and_the_form_are_accessible_with_and_without_mistakes(
    signed_in: Visits, screen: Screen, theme: Theme
) -> None:
    make_account(label=LONG)
    page = signed_in.open(screen=screen, theme=theme)
    for path in ("/settings/sending/whatsapp/", "/settings/sending/sms/", CONNECT):
        page.goto(path)
        assert_in_order(page)
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_text("Advanced").click()
    assert_in_order(page)


@on_each_screen
@in_each_theme
def test_an_account_in_trouble_is_accessible(
    signed_in: Visits, meta: WhatsAppCloudStandIn, screen: Screen, theme: Theme
) -> None:
    account = connected(meta, access_token="of-yesterday")
    made = ProviderAccount.objects.filter(pk=account.pk)
    made.update(paused_because="Invalid OAuth access token · 190 · " + "x" * 120)
    make_account(channel="sms", held_until=timezone.now() + timedelta(hours=3))
    page = signed_in.open(screen=screen, theme=theme)
    page.goto("/settings/")
    assert_in_order(page)
    page.get_by_role("button", name="Check connection").click()
    expect(page.get_by_text("does not accept the credentials").first).to_be_visible()
    assert_in_order(page)
    made.update(enabled=False)
    page.reload()
    page.get_by_text("Remove it").click()
    expect(page.get_by_role("button", name="Remove for good")).to_be_visible()
    assert_in_order(page)


@on_each_screen
@in_each_theme
def test_the_templates_are_accessible_and_fit(
    signed_in: Visits, meta: WhatsAppCloudStandIn, screen: Screen, theme: Theme
) -> None:
    account = connected(meta)
    page = signed_in.open(screen=screen, theme=theme)
    page.goto(f"/settings/account/{account.pk}/templates/")
    assert_in_order(page)
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_role("article")).to_have_count(len(meta.templates))
    assert_in_order(page)
    templates.store(account, [one_of_each(state) for state in TemplateState], now=timezone.now())
    page.reload()
    assert_in_order(page)


def one_of_each(state: TemplateState) -> Template:
    return Template(
        reference=f"long {state}",
        name=f"{state}_" + "a_very_long_name_of_a_template" * 4,
        language="es_ES",
        category="UTILITY",
        state=state,
        header="Hola {{1}}",
        header_format="text",
        body="Hola {{1}}, " + "palabra" * 30 + " مرحبا {{2}}",
        footer="Salón Luz",
        buttons=("Sí, confirmo mi cita para mañana", "No"),
        slots=(
            Slot(key="header.1", mark="{{1}}", part="header"),
            Slot(key="body.1", mark="{{1}}", part="body"),
            Slot(key="body.2", mark="{{2}}", part="body"),
        ),
        rejected_because="TAG_CONTENT_MISMATCH" if state is TemplateState.REJECTED else "",
    )


@on_each_screen
@in_each_theme
def test_a_phone_is_let_tell_us(
    signed_in: Visits, screen: Screen, theme: Theme, settings: Settings
) -> None:
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    with serving(AndroidGatewayStandIn()) as phone:
        account = connect(
            "android_gateway", "sms", phone.settings, label=LONG, actor=None, now=timezone.now()
        )
        page = signed_in.open(screen=screen, theme=theme)
        page.goto(f"/settings/account/{account.pk}/")
        page.get_by_role("button", name="Let it tell us").click()
        expect(page.get_by_text("It tells us from now on")).to_be_visible()
        assert_in_order(page)
    assert phone.webhooks
