# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports in module_utils point downwards only, and no test imports from another one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "plugins/module_utils"
# Folder -> how high it is; what is in none of them is above all. Those of one height may use each other.
HEIGHTS = {"_graph": 0, "_engine": 1, "_devices": 2, "_permissions": 2, "_resources": 2, "_harmony": 3}
TOP = 4


def height(parts: tuple[str, ...]) -> int:
    return HEIGHTS.get(parts[0], TOP) if len(parts) > 1 or parts[0] in HEIGHTS else TOP


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """The parts below module_utils of what a file imports from there, also late."""
    package = path.relative_to(FOLDER).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            inner = tuple((node.module or "").split(".")) if node.module else ()
            for name in node.names:
                yield (*base, *inner, name.name)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_file_imports_from_a_higher_layer(path: Path) -> None:
    own = height(path.relative_to(FOLDER).parts)
    assert [parts for parts in imported(path) if height(parts) > own] == []


def test_every_folder_has_a_height() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert folders == set(HEIGHTS)


def test_what_is_graphs_does_not_know_harmony_and_the_other_way_round() -> None:
    graph = [path for path in FOLDER.glob("_graph/**/*.py") if "harmony" in path.read_text(encoding="utf-8").lower()]
    assert graph == []
    for path in FOLDER.glob("_harmony/**/*.py"):
        if path.name not in ("changes.py", "coverage.py", "views.py"):
            assert "GraphSession" not in path.read_text(encoding="utf-8"), path


def test_what_tests_share_is_in_no_test() -> None:
    pattern = re.compile(r"^from tests\.[\w.]*\.test_\w+ import", re.MULTILINE)
    files = (ROOT / "tests").rglob("*.py")
    assert [str(path) for path in files if pattern.search(path.read_text(encoding="utf-8"))] == []
