# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide about adding a resource is followed in a copy of the checkout, and the copy's own tests are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/docsite/rst/guide_add_a_resource.rst"
BLOCK = re.compile(r"^\.\. code-block:: (?:python|text|yaml)\n   :caption: (.+)\n\n((?:   .*\n|\n)+)", re.MULTILINE)
INSERTION = re.compile(r'(\S+), after "(.*)"')
LEFT_OUT = shutil.ignore_patterns(".*_cache", "__pycache__", ".hypothesis", "output", "dist", "guides")
# What a new resource is held to by tests that do not name it.
CHOSEN = "device_categor or table or documentation or tried or export or every_resource_module or every_module_is_put"
SUITES = (
    "tests/unit/documentation",
    "tests/unit/plugins/modules",
    "tests/unit/properties",
    "tests/unit/plugins/module_utils/intune/test_export.py",
    "tests/unit/plugins/module_utils/intune/test_identity.py",
    "tests/faults/test_cells.py",
)


def blocks() -> list[tuple[str, str]]:
    return [(caption, textwrap.dedent(code).strip("\n") + "\n") for caption, code in BLOCK.findall(GUIDE.read_text())]


def follow(copy: Path) -> set[str]:
    """Do what the guide's code blocks say, and return the files that they touch."""
    touched = set()
    for caption, code in blocks():
        insertion = INSERTION.fullmatch(caption)
        path = copy / (insertion[1] if insertion else caption)
        touched.add(str(path.relative_to(copy)))
        if insertion:
            lines = path.read_text(encoding="utf-8").split("\n")
            place = lines.index(insertion[2]) + 1
            indent = _indent(insertion[1], insertion[2])
            lines[place:place] = textwrap.indent(code, indent).rstrip("\n").split("\n")
            path.write_text("\n".join(lines), encoding="utf-8")
        else:
            path.write_text(code, encoding="utf-8")
    return touched


def _indent(file: str, line: str) -> str:
    """Return how far a block is indented: as the line before it, or below the bracket or key that the line opens."""
    own = line[: len(line) - len(line.lstrip())]
    opens = line.endswith(("{", "(", ":"))
    return own + (("  " if file.endswith(".yml") else "    ") if opens else "")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("guide") / "ansible_collections/mobilesec/intune"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=LEFT_OUT)
    return copy


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    tree = copy.parents[2]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tree), "PYTHONPATH": f"{tree}:{copy}"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=env, capture_output=True, text=True, check=False, timeout=900
    )


def test_the_example_works_and_touches_few_files(copy: Path) -> None:
    touched = follow(copy)
    new = {path for path in touched if "device_category" in path}
    assert {path for path in new if not path.endswith("_info.py")} == {
        "plugins/module_utils/_resources/device_category.py",
        "plugins/modules/intune_device_category.py",
    }
    assert len(touched - new) == 5
    for tool in ("derive", "permission_docs"):
        done = run(copy, f"tests/tools/{tool}.py")
        assert done.returncode == 0, done.stdout + done.stderr
    tested = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *SUITES, "-k", CHOSEN)
    assert tested.returncode == 0, tested.stdout[-6000:] + tested.stderr[-2000:]
    assert "intune_device_category" in run(copy, "-m", "pytest", "-q", "--collect-only", *SUITES).stdout
    budgets = ("tests/integration/test_request_budget.py", "-k", "module")
    budget = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *budgets)
    assert budget.returncode == 0, budget.stdout[-6000:] + budget.stderr[-2000:]
