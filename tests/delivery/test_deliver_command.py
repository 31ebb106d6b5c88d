import pytest
from django.core.management import CommandError, call_command

from tests.databases import Installation
from tests.delivery.processes import run_once
from tests.make import NOW, make_account, make_customer, make_message


def test_once_prints_one_line_about_what_it_did(on_sqlite: Installation) -> None:
    make_account(rate_per_s=10_000)
    make_message(make_customer(phone_number="+15005550001"), at=NOW, message_content="Hello.")
    make_message(at=NOW, message_content="Hello.")

    *_, said = run_once(on_sqlite, "--worker", "cron").splitlines()

    assert said == "1 sent, 1 failed"


@pytest.mark.parametrize("concurrency", ["0", "-3"])
def test_nothing_can_be_sent_with_no_message_in_flight(concurrency: str) -> None:
    with pytest.raises(CommandError, match="--concurrency"):
        call_command("deliver", f"--concurrency={concurrency}")


def test_help_names_every_argument(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("deliver", "--help")
    said = capsys.readouterr().out
    assert all(name in said for name in ("--once", "--worker", "--concurrency"))
