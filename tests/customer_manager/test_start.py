"""The pieces of the start that need no process."""

import socket
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from pytest_django import Settings

from crm.actions import setup_token
from customer_manager import network, prepare
from customer_manager.occupancy import OccupiedError, data_held, require_free_port
from customer_manager.run import Place, welcome_text


def test_the_addresses_of_this_machine_are_its_own_and_no_loopback() -> None:
    for address in network.lan_addresses():
        assert not IPv4Address(address).is_loopback
        with socket.socket() as probe:
            probe.bind((address, 0))


def test_the_machines_names_are_in_small_letters() -> None:
    assert all(name == name.lower() for name in network.local_names())


def test_the_welcome_names_the_place_the_link_and_the_data(tmp_path: Path) -> None:
    text = welcome_text(Place("127.0.0.1", 8000), "", tmp_path, "t0k3n")
    assert "http://127.0.0.1:8000\n" in text
    assert "http://127.0.0.1:8000/setup/?token=t0k3n" in text
    assert str(tmp_path) in text


def test_the_welcome_speaks_of_no_account_once_there_is_one(tmp_path: Path) -> None:
    assert "/setup/" not in welcome_text(Place("127.0.0.1", 8000), "", tmp_path, "")


def test_open_to_the_network_it_names_every_address(tmp_path: Path) -> None:
    text = welcome_text(Place("0.0.0.0", 8000), "", tmp_path, "")  # noqa: S104
    for address in network.lan_addresses():
        assert f"http://{address}:8000" in text


def test_behind_a_proxy_it_names_the_address_people_use(tmp_path: Path) -> None:
    text = welcome_text(Place("127.0.0.1", 8000), "https://shop.example", tmp_path, "t0k3n")
    assert "https://shop.example/setup/?token=t0k3n" in text
    assert "127.0.0.1" not in text


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104
        ("::", "http://[::1]:80"),
    ],
)
def test_a_place_is_written_as_browsers_read_it(host: str, url: str) -> None:
    assert Place(host, 80).url() == url


def test_data_is_held_by_one_and_let_go_after(tmp_path: Path) -> None:
    with (
        data_held(tmp_path, "http://here"),
        pytest.raises(OccupiedError, match="http://here"),
        data_held(tmp_path, "http://there"),
    ):
        pass
    with data_held(tmp_path, "http://again"):
        assert "http://again" in (tmp_path / "run.lock").read_text()


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(OccupiedError, match="in use"):
            require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1", "::ffff"])
def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    with pytest.raises(OccupiedError, match="Cannot listen on HOST"):
        require_free_port(host, 8000)


def test_the_fingerprint_of_the_static_files_changes_with_the_way_they_are_stored(
    settings: Settings,
) -> None:
    one = prepare.static_fingerprint()
    assert prepare.static_fingerprint() == one
    manifest = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}
    assert prepare.static_fingerprint() != one
    assert finders.find("crm/css/tokens.css")


@pytest.mark.django_db
def test_preparing_a_prepared_installation_does_nothing_again(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    assert prepare.main() == 0
    assert "static files" in capsys.readouterr().out
    token = setup_token.read(tmp_path)
    assert token
    assert prepare.main() == 0
    assert capsys.readouterr().out == ""
    assert setup_token.read(tmp_path) == token


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_is_told(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "static").write_text("a file where a folder should be")
    settings.STATIC_ROOT = tmp_path / "static"
    assert prepare.main() == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_token_survives_odd_guesses(tmp_path: Path) -> None:
    token = setup_token.ensure(tmp_path)
    assert setup_token.ensure(tmp_path) == token
    assert setup_token.matches(tmp_path, token)
    for wrong in ("", token[:-1], token + " ", "é\udcff", "x" * 100_000):
        assert not setup_token.matches(tmp_path, wrong)
    setup_token.forget(tmp_path)
    setup_token.forget(tmp_path)
    assert not setup_token.matches(tmp_path, token)
