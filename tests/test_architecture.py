"""What no linter holds: the house's rules about files, templates, scripts and styles."""

import re
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.db import models

from customer_manager.env import BASE_DIR

TEMPLATES = sorted((BASE_DIR / "crm" / "templates").rglob("*.html"))
OURS = ("rules", "providers", "crm", "delivery", "webhooks", "customer_manager")


def code() -> Iterator[tuple[Path, str]]:
    for folder in OURS:
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            yield path.relative_to(BASE_DIR), path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return str(path.relative_to(BASE_DIR / "crm" / "templates"))


def test_it_runs_on_the_django_it_was_made_for() -> None:
    """Some packages pin an older one and would take it down without a word."""
    assert django.VERSION[:2] == (6, 1)


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_a_template_keeps_to_the_content_security_policy(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", text) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_a_template_names_static_files_that_are_there(template: Path) -> None:
    names = re.findall(r"{% static \"([^\"]+)\"", template.read_text(encoding="utf-8"))
    assert [name for name in names if finders.find(name) is None] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_every_form_that_changes_something_carries_its_token(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL)
    assert [form[:80] for form in forms if "csrf_token" not in form] == []


def test_styles_know_no_left_and_no_right() -> None:
    """But between the marks that say why."""
    physical = re.compile(r"^\s*(?:margin|padding|border|inset)?-?(?:left|right)\s*:", re.MULTILINE)
    for sheet in (BASE_DIR / "crm" / "static" / "crm" / "css").glob("*.css"):
        assert physical.findall(sheet.read_text(encoding="utf-8")) == [], sheet.name


def test_only_the_doors_read_the_clock() -> None:
    """Views, commands and the sender do; below them `now` is an argument."""
    clock = re.compile(r"\b(?:timezone|datetime)\.now\(|\bdate\.today\(|\btime\.time\(")
    below = ("rules/", "providers/", "crm/actions/", "crm/forms/")
    readers = [str(path) for path, text in code() if clock.search(text)]
    assert [path for path in readers if path.startswith(below)] == []


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "helpers", "services", "managers", "common", "misc"}
    assert [str(path) for path, _text in code() if path.stem in drawers] == []


def test_nothing_speaks_of_the_machine_it_was_written_on() -> None:
    place = re.compile(r"/(?:root|work|home/\w+)/")
    assert [str(path) for path, text in code() if place.search(text)] == []


def test_every_link_between_tables_says_what_becomes_of_it() -> None:
    """Rows of people are never taken along by a deleted user."""
    for model in apps.get_app_config("crm").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model.__name__ == "User":
                kept = field.remote_field.on_delete
                assert kept is models.SET_NULL, f"{model.__name__}.{field.name}"
