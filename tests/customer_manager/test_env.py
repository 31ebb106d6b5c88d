"""What the environment may say, and how a wrong word is answered."""

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from customer_manager import env


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("WORD", "WORD_FILE", "SECRET_KEY", "SECRET_KEY_FILE", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_value_may_stand_in_a_file(say: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("from the file\n")
    say.setenv("WORD", "from the environment")
    assert env.text("WORD") == "from the environment"
    say.setenv("WORD_FILE", str(tmp_path / "word"))
    assert env.text("WORD") == "from the file"


def test_a_file_that_is_not_there_is_told_with_its_name(say: pytest.MonkeyPatch) -> None:
    say.setenv("WORD_FILE", "/nowhere/word")
    with pytest.raises(ImproperlyConfigured, match="WORD_FILE: cannot read /nowhere/word"):
        env.text("WORD")


@pytest.mark.parametrize(
    ("value", "meant"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("", False)]
)
def test_a_flag_is_read_as_people_write_it(
    say: pytest.MonkeyPatch, value: str, meant: bool
) -> None:
    say.setenv("WORD", value)
    assert env.flag("WORD") is meant


@pytest.mark.parametrize(("value", "sentence"), [("many", "not a whole number"), ("0", "below 1")])
def test_a_number_out_of_bounds_is_refused(
    say: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    say.setenv("WORD", value)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        env.integer("WORD", 5, least=1)


def test_words_lose_their_blanks(say: pytest.MonkeyPatch) -> None:
    say.setenv("WORD", " a.example, b.example,, ")
    assert env.words("WORD") == ["a.example", "b.example"]
    say.delenv("WORD")
    assert env.words("WORD") == []


def test_the_data_lives_in_a_folder_of_its_own(say: pytest.MonkeyPatch, tmp_path: Path) -> None:
    say.setenv("DATA_DIR", str(tmp_path / "deep" / "down"))
    found = env.data_dir()
    assert found == tmp_path / "deep" / "down"
    assert stat.S_IMODE(found.stat().st_mode) == 0o700


def test_the_secret_key_is_made_once_and_read_by_nobody_else(
    say: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = env.secret_key(tmp_path)
    assert len(key) >= 50
    assert env.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_key_that_is_given_is_the_one(say: pytest.MonkeyPatch, tmp_path: Path) -> None:
    say.setenv("SECRET_KEY", "given")
    assert env.secret_key(tmp_path) == "given"
    assert not list(tmp_path.iterdir())


def test_an_empty_key_file_is_told_rather_than_used(
    say: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        env.secret_key(tmp_path)
