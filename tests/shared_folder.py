"""The folder of providers' specs and payloads beside the project, which not everybody has.

    @pytest.mark.parametrize("vector", vectors("twilio", "send_error_*"))
    def test_…(vector: Vector) -> None:

What needs it is skipped, with the reason, where it is missing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

needs_shared_folder = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the folder of specs and vectors is not beside the project"
)


@dataclass(frozen=True, kw_only=True)
class Vector:
    """`name` is its file's, `content` what it holds."""

    name: str
    content: dict[str, Any]


def vectors(provider: str, pattern: str = "*") -> Sequence[ParameterSet]:
    """A parameter for each, by name; one that is skipped where there are none."""
    paths = sorted((SHARED / "vectors" / provider).glob(f"{pattern}.json"))
    if not paths:
        return [pytest.param(None, marks=needs_shared_folder, id="none")]
    return [pytest.param(_read(path), id=path.stem) for path in paths]


def _read(path: Path) -> Vector:
    return Vector(name=path.stem, content=json.loads(path.read_text(encoding="utf-8")))
