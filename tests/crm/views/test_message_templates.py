"""The templates of an account are shown as customers will see them, and read anew when asked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.actions import templates
from crm.models import ProviderAccount
from providers.templates import TemplateState
from tests.crm.actions.test_accounts import META, PHONE, connect
from tests.crm.actions.test_templates import READY
from tests.make import NOW
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

ODD = replace(
    READY,
    reference="1002",
    name="a<script>",
    body="<script>alert(1)</script> {{1}}",
    footer="<b>",
    state=TemplateState.REJECTED,
    rejected_because="<i>no</i>",
    buttons=("<u>",),
)


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as meta:
        yield meta


def url(account: ProviderAccount, name: str = "template_list") -> str:
    return reverse(name, args=[account.pk])


def test_before_the_first_there_is_a_word_on_how_to_get_one(client: Client) -> None:
    assert "No templates yet" in client.get(url(connect())).text


def test_they_are_read_from_the_provider_and_shown(
    client: Client, meta: WhatsAppCloudStandIn
) -> None:
    account = connect(meta.settings)
    page = client.post(url(account, "template_read"), follow=True).text
    assert "are different" in page
    assert "appointment_reminder" in page
    assert '<mark class="slot">{{1}}</mark>' in page
    for word in ("Approved", "Rejected", "In review", "Paused", "Salon Zoë", "With a file"):
        assert word in page
    assert "nothing is different" in client.post(url(account, "template_read"), follow=True).text


def test_what_can_be_used_comes_first_and_what_is_gone_last(client: Client) -> None:
    account = connect()
    gone = replace(READY, reference="1", name="a_gone")
    templates.store(account, [gone], now=NOW)
    waiting = replace(READY, reference="2", name="b_waiting", state=TemplateState.PENDING)
    templates.store(account, [waiting, replace(READY, name="z_ready")], now=NOW)
    page = client.get(url(account)).text
    assert page.index("z_ready") < page.index("b_waiting") < page.index("a_gone")


def test_a_provider_that_gives_no_list_is_told(client: Client) -> None:
    account = connect(META | {"base_url": "http://127.0.0.1:9"})
    assert "did not give its list" in client.post(url(account, "template_read"), follow=True).text


def test_nothing_in_a_template_is_markup(client: Client) -> None:
    account = connect()
    templates.store(account, [ODD], now=NOW)
    page = client.get(url(account)).text
    for tag in ("<script>alert", "<b>", "<i>no", "<u>"):
        assert tag not in page


def test_an_account_without_templates_has_no_such_page(client: Client) -> None:
    account = connect(PHONE, "android_gateway", channel="sms")
    assert client.get(url(account)).status_code == 404
    assert client.get(url(connect(), "template_read")).status_code == 405


def test_a_long_list_costs_what_a_short_one_does(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    account = connect()
    templates.store(account, [READY], now=NOW)
    with django_assert_max_num_queries(11) as few:
        client.get(url(account))
    many = [replace(READY, reference=str(number), name=f"t_{number}") for number in range(60)]
    templates.store(account, many, now=NOW)
    with django_assert_max_num_queries(len(few)):
        client.get(url(account))
