"""`connect` sets accounts up from scripts, and says in one sentence what is wrong."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from crm.actions.accounts import settings_of
from crm.models import Event, ProviderAccount
from customer_manager.env import BASE_DIR
from providers import registry
from tests.crm.actions.test_accounts import META
from tests.stand_ins.android_gateway import AndroidGatewayStandIn
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

pytestmark = pytest.mark.django_db

GIVEN = [f"{name}={value}" for name, value in META.items()]


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as meta:
        yield meta


def run(*arguments: str, command: str = "connect") -> str:
    said = io.StringIO()
    call_command(command, *arguments, stdout=said, stderr=said)
    return said.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return str(caught.value)


def of(meta: WhatsAppCloudStandIn, **changes: str) -> list[str]:
    return [f"{name}={value}" for name, value in (meta.settings | changes).items()]


def test_a_provider_is_connected_and_checked(meta: WhatsAppCloudStandIn) -> None:
    said = run("whatsapp_cloud", *of(meta), "--label", "Shop", "--rate", "5", "--check")
    assert "WhatsApp messages go out through WhatsApp Cloud API." in said
    assert "The connection works · Salon Zoë" in said
    account = ProviderAccount.objects.get()
    assert (account.label, account.rate_per_s, account.channel) == ("Shop", 5, "whatsapp")
    assert meta.access_token not in said
    assert Event.objects.get().actor is None


def test_secrets_come_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    monkeypatch.setenv("META_APP_SECRET", "from-the-environment")
    elsewhere = [f"access_token=@{tmp_path}/token", "app_secret=@env:META_APP_SECRET"]
    run("whatsapp_cloud", *GIVEN[:2], *elsewhere)
    kept = settings_of(ProviderAccount.objects.get())
    assert (kept["access_token"], kept["app_secret"]) == ("from-a-file", "from-the-environment")


def test_run_again_it_changes_what_is_given_and_lets_it_send_again() -> None:
    run("whatsapp_cloud", *GIVEN, "--label", "Shop")
    ProviderAccount.objects.update(paused_because="190")
    assert "Changed: access_token." in run("whatsapp_cloud", "access_token=renewed")
    account = ProviderAccount.objects.get()
    kept = settings_of(account)
    assert (kept["access_token"], kept["waba_id"]) == ("renewed", META["waba_id"])
    assert (account.label, account.paused_because) == ("Shop", "")
    assert "Nothing was changed." in run("whatsapp_cloud")


def test_it_says_whose_place_is_taken() -> None:
    run("console", "--channel", "whatsapp")
    assert "takes the place of" in run("whatsapp_cloud", *GIVEN)
    assert ProviderAccount.objects.in_use().get().provider == "whatsapp_cloud"


def test_it_tells_the_address_that_the_provider_calls(settings: Settings) -> None:
    assert "need SITE_URL" in run("whatsapp_cloud", *GIVEN)
    settings.SITE_URL, settings.HTTPS = "https://shop.example", True
    said = run("whatsapp_cloud")
    account = ProviderAccount.objects.get()
    assert f"https://shop.example/webhooks/whatsapp_cloud/{account.webhook_key}/" in said
    assert f"Verify token: {settings_of(account)['verify_token']}" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["whatsapp_cloud", *GIVEN[:2], GIVEN[3]], "WhatsApp Cloud API: access_token: is missing"),
        (["whatsapp_cloud", *GIVEN, "colour=blue"], "colour: is no setting of WhatsApp Cloud API"),
        (["whatsapp_cloud", "access_token"], "access_token: write it as name=value."),
        (["whatsapp_cloud", "access_token=@/no/such"], "cannot read the file /no/such"),
        (["whatsapp_cloud", "access_token=@env:NO_SUCH"], "no NO_SUCH in the environment"),
        (["whatsapp_cloud", *GIVEN, "--channel", "sms"], "does not send on SMS"),
        (["whatsapp_cloud", *GIVEN, "--rate", "0"], "above 0"),
        (["console"], "say --channel sms or --channel whatsapp"),
        (["pigeon"], "invalid choice"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_changes_nothing(
    arguments: list[str], sentence: str
) -> None:
    assert sentence in refused(*arguments)
    assert not ProviderAccount.objects.exists()


def test_a_check_that_fails_says_why_and_what_to_do(meta: WhatsAppCloudStandIn) -> None:
    said = refused("whatsapp_cloud", *of(meta, access_token="of-yesterday"), "--check")
    assert "does not accept the credentials" in said
    assert "190" in said
    assert "of-yesterday" not in said


def test_every_provider_and_setting_is_listed() -> None:
    said = run("--list")
    for entry in registry.PROVIDERS.values():
        assert entry.name in said
        assert all(one.name in said for one in entry.settings)
    assert "access_token  (required, secret)" in said


def test_from_a_shell_it_ends_with_1_and_no_trace() -> None:
    command = ["manage.py", "connect", "whatsapp_cloud", "access_token=hush", "--channel", "sms"]
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == "CommandError: WhatsApp Cloud API does not send on SMS.\n"


def test_templates_are_read_on_demand(meta: WhatsAppCloudStandIn) -> None:
    run("whatsapp_cloud", *of(meta), "--label", "Shop")
    assert "Shop: " in run(command="sync_templates")
    meta.access_token = "another"
    with pytest.raises(CommandError, match="Not read: Shop"):
        run(command="sync_templates")


def test_a_phone_is_told_where_to_call(settings: Settings) -> None:
    with serving(AndroidGatewayStandIn()) as phone:
        given = [f"{name}={value}" for name, value in phone.settings.items()]
        assert "--listen needs SITE_URL" in refused("android_gateway", *given, "--listen")
        settings.SITE_URL, settings.HTTPS = "https://shop.example", True
        said = run("android_gateway", *given, "--listen")
        assert "It calls this address from now on." in said
        assert all(hook["url"] in said for hook in phone.webhooks.values())
        phone.password = "another"
        assert "does not accept the credentials" in refused("android_gateway", "--listen")
    assert "is told the address by a person" in refused("whatsapp_cloud", *GIVEN, "--listen")
