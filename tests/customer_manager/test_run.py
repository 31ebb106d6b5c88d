"""`make run` for real: started, visited, wounded and stopped."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.running import FIRST_VISIT, PATIENCE_S, Installation, descendants, free_port, until


def visit_first(installation: Installation, name: str, at: Callable[[], object]) -> tuple[int, str]:
    """Fill in the first visit's form and send it when `at` returns; the status and what one is."""
    response, page = installation.get("/setup/")
    cookie = response.headers["set-cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    values = FIRST_VISIT | {"username": name, "csrfmiddlewaretoken": token[1]}
    at()
    answer, _page = installation.request(
        "POST",
        "/setup/",
        urlencode(values),
        {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
    )
    signed_in = "sessionid" in str(answer.headers.get_all("set-cookie"))
    return answer.status, "owner" if signed_in else "late"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("shop") / "data")
    installation.wait_until_it_answers()
    yield installation
    installation.stop()


def test_it_says_where_it_answers_and_how_to_make_the_first_account(running: Installation) -> None:
    assert f"http://127.0.0.1:{running.port}" in running.said
    link = re.search(r"http://127\.0\.0\.1:\d+(/setup/\?token=\S+)", running.said)
    assert link
    # As if from another machine: only the token opens the page.
    assert running.get("/setup/", **{"X-Forwarded-For": "192.168.1.9"})[0].status == 403
    assert running.get(link[1], **{"X-Forwarded-For": "192.168.1.9"})[0].status == 200


def test_what_it_keeps_is_nobody_elses_to_read(running: Installation) -> None:
    assert running.folder.stat().st_mode & 0o777 == 0o700
    for name in ("secret_key", "setup_token"):
        assert (running.folder / name).stat().st_mode & 0o777 == 0o600


def test_pages_and_hashed_static_files_come_from_the_same_place(running: Installation) -> None:
    response, page = running.get("/setup/")
    assert response.status == 200
    sheet = re.search(r'href="(/static/crm/css/tokens\.[0-9a-f]{12}\.css)"', page)
    assert sheet
    response, css = running.get(sheet[1])
    assert (response.status, response.headers["content-type"]) == (200, "text/css")
    assert "max-age=31536000" in response.headers["cache-control"]
    assert "--paper" in css
    assert running.get("/static/../secret_key")[0].status == 404


def test_the_sender_runs_beside_the_pages(running: Installation) -> None:
    until(lambda: running.health().get("status") == "ok")
    worker = running.health()["worker"]
    assert isinstance(worker, dict)
    assert worker["running"] is True


def test_of_two_who_set_up_at_once_one_becomes_the_owner(running: Installation) -> None:
    answers: list[tuple[int, str]] = []
    together = threading.Barrier(2)

    def visit(name: str) -> None:
        answers.append(visit_first(running, name, at=together.wait))

    visitors = [threading.Thread(target=visit, args=(name,)) for name in ("ana", "bea")]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()

    assert sorted(answers) == [(302, "late"), (302, "owner")]
    assert not (running.folder / "setup_token").exists()
    assert running.get("/")[0].headers["location"].startswith("/accounts/login/")


def test_a_second_one_on_the_same_data_is_refused_in_a_sentence(running: Installation) -> None:
    second = Installation(running.folder)
    assert second.process.wait(PATIENCE_S) == 1
    assert f"already runs with the data in {running.folder}" in second.said
    assert str(running.process.pid) in second.said


def test_a_port_in_use_is_told_in_a_sentence(running: Installation, tmp_path: Path) -> None:
    second = Installation(tmp_path / "data", PORT=running.port)
    assert second.process.wait(PATIENCE_S) == 1
    assert f"Port {running.port} is in use by another program." in second.said
    assert f"make run PORT={int(running.port) + 1}" in second.said


def test_a_killed_sender_comes_back_by_itself(running: Installation) -> None:
    until(lambda: running.children("deliver"))
    killed = running.children("deliver")[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: [pid for pid in running.children("deliver") if pid != killed])
    assert "The sender stopped (code -9)" in running.said


def test_a_web_worker_that_is_killed_comes_back_by_itself(running: Installation) -> None:
    main, *workers = running.children("customer_manager.web")
    os.kill(workers[0], signal.SIGKILL)
    until(lambda: len(running.children("customer_manager.web")) == len(workers) + 1)
    until(lambda: running.health().get("database") is True)
    assert running.children("customer_manager.web")[0] == main


def test_started_again_it_knows_its_people_and_answers_within_seconds(tmp_path: Path) -> None:
    first = Installation(tmp_path / "data")
    first.wait_until_it_answers()
    assert visit_first(first, "ana", at=lambda: None) == (302, "owner")
    assert first.stop(signal.SIGINT) == 0
    assert "Stopping …" in first.said
    with pytest.raises(OSError):  # noqa: PT011 (refused, or reset on the way down)
        first.get("/healthz")
    first.log.unlink()

    began = time.monotonic()
    again = Installation(tmp_path / "data", PORT=first.port)
    again.wait_until_it_answers()
    took_s = time.monotonic() - began
    try:
        assert took_s < 15  # 1.5 s on a quiet machine
        assert "Preparing" not in again.said
        assert "/setup/" not in again.said
        assert again.get("/setup/")[0].headers["location"] == "/"
    finally:
        below = [pid for pid, _line in descendants(again.process.pid)]
        assert again.stop() == 0
    assert len(below) >= 3
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_when_the_web_server_is_killed_all_of_it_stops_with_an_error(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data", WEB_WORKERS="1")
    installation.wait_until_it_answers()
    until(lambda: installation.children("deliver"))
    below = [pid for pid, _line in descendants(installation.process.pid)]
    os.kill(installation.children("customer_manager.web")[0], signal.SIGKILL)
    assert installation.process.wait(PATIENCE_S) == 137
    assert "The web server has stopped." in installation.said
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_a_kill_of_everything_at_once_is_survived(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    installation.wait_until_it_answers()
    below = [pid for pid, _line in descendants(installation.process.pid)]
    installation.process.kill()
    installation.process.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    installation.log.unlink()
    again = Installation(tmp_path / "data")
    again.wait_until_it_answers()
    assert again.stop() == 0


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT='eighty' is not a whole number"),
        ({"PORT": "0"}, "PORT=0 is below 1"),
        ({"PORT": "99999"}, "Cannot listen on HOST=127.0.0.1 PORT=99999"),
        ({"HOST": "192.0.2.1"}, "Cannot listen on HOST=192.0.2.1"),
        ({"DEBUG": "perhaps"}, "DEBUG='perhaps' is neither true nor false"),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE: cannot read /nowhere/key"),
        (
            {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/shop"},
            "The database does not answer",
        ),
    ],
)
def test_what_is_wrong_with_the_environment_is_said_by_name(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    port = environment.get("PORT", str(free_port()))
    installation = Installation(tmp_path / "data", **(environment | {"PORT": port}))
    assert installation.process.wait(PATIENCE_S) == 1
    assert sentence in installation.said
    assert "Traceback" not in installation.said
