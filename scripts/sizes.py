"""Prints how long functions and files are, against the house's limits.

    python -m scripts.sizes PACKAGE…

A function's length is its lines of code without its docstring.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

#: Lines at most, by kind of file.
FILE_LIMITS = {"*.py": 300, "*.html": 80, "*.css": 150, "*.js": 60}
MEDIAN_LIMIT = 8
P90_LIMIT = 25
LONGEST_SHOWN = 5
_SKIPPED = {"migrations", "node_modules", "__pycache__"}

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Sized:
    lines: int
    name: str


def main(packages: list[str]) -> int:
    functions = [one for package in packages for one in _functions(Path(package))]
    too_long = [*_check_functions(functions)]
    for pattern, limit in FILE_LIMITS.items():
        too_long += _check_files([Path(package) for package in packages], pattern, limit)
    for line in too_long:
        _say(f"too long: {line}")
    return 1 if too_long else 0


def _check_functions(functions: list[Sized]) -> Iterator[str]:
    lengths = [one.lines for one in functions]
    middle, p90 = median(lengths), quantiles(lengths, n=10)[-1]
    _say(
        f"{len(functions)} functions: median {middle:g} (≤ {MEDIAN_LIMIT}), "
        f"90th percentile {p90:g} (≤ {P90_LIMIT})"
    )
    for one in _longest(functions):
        _say(f"    {one.lines:4} {one.name}")
    if middle > MEDIAN_LIMIT or p90 > P90_LIMIT:
        yield "functions on the whole"


def _check_files(folders: list[Path], pattern: str, limit: int) -> Iterator[str]:
    files = [
        Sized(len(path.read_text(encoding="utf-8").splitlines()), str(path))
        for folder in folders
        for path in _files(folder, pattern)
    ]
    if not files:
        return
    longest = _longest(files)
    _say(f"{len(files)} files {pattern}: median {median(one.lines for one in files):g} (≤ {limit})")
    for one in longest:
        _say(f"    {one.lines:4} {one.name}")
    yield from (f"{one.name} ({one.lines} lines)" for one in files if one.lines > limit)


def _functions(folder: Path) -> Iterator[Sized]:
    for path in _files(folder, "*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Sized(_length(node), f"{path}:{node.lineno} {node.name}")


def _length(function: Function) -> int:
    """From the first line of its signature to its last line, less the docstring."""
    first = function.body[0]
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob(pattern)) if not _SKIPPED & {*path.parts})


def _longest(sized: list[Sized]) -> list[Sized]:
    return sorted(sized, key=lambda one: -one.lines)[:LONGEST_SHOWN]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
