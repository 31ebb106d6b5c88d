"""compose.yaml names what there is: settings, modules, commands, services and volumes."""

import importlib.util
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from customer_manager.env import BASE_DIR
from tests.test_docs import names_read

COMPOSE: dict[str, Any] = yaml.safe_load((BASE_DIR / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("prepare", "web", "worker")
#: Read by the C library, not by us.
NOT_OURS = {"TZ"}


@pytest.mark.parametrize("service", OURS)
def test_a_part_is_given_only_settings_that_are_read(service: str) -> None:
    given = set(COMPOSE["services"][service]["environment"])
    assert given - NOT_OURS <= names_read()
    assert {"DATABASE_URL", "SECRET_KEY"} <= given


def test_each_part_runs_something_that_is_there() -> None:
    assert COMPOSE["services"]["prepare"]["command"][1:] == ["-m", "customer_manager.prepare"]
    assert importlib.util.find_spec("customer_manager.prepare")
    assert COMPOSE["services"]["worker"]["command"][1:] == ["manage.py", "deliver"]
    assert "deliver" in get_commands()


def test_two_serve_pages_and_three_send_after_the_tables_are_prepared() -> None:
    services = COMPOSE["services"]
    replicas = {name: services[name]["deploy"]["replicas"] for name in ("web", "worker")}
    assert replicas == {"web": 2, "worker": 3}
    for name in replicas:
        waits = services[name]["depends_on"]["prepare"]["condition"]
        assert waits == "service_completed_successfully"


def test_every_volume_is_declared() -> None:
    mounts = [one for service in COMPOSE["services"].values() for one in service.get("volumes", [])]
    assert {mount.partition(":")[0] for mount in mounts} == set(COMPOSE["volumes"])
