# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/integration/targets has for each module, and how it leaves a tenant that is not emulated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools import sync_tree

ROOT = Path(__file__).parents[2]
FQCN = "mobilesec.intune."
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
TARGETS: dict[str, list[dict[str, Any]]] = {
    path.parts[-3]: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / "tests/integration/targets").glob("*/tasks/main.yml")
}
# Of these, no test owns anything in a tenant, or they belong to something else.
WRITES_NOTHING = ("intune_mtd_connector", "intune_device_action")


def tasks(target: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [task for each in target for task in each.get("block", [each])]


def module_of(task: dict[str, Any]) -> str:
    return next((key.replace(FQCN, "") for key in task if key.startswith(FQCN)), "")


def test_every_module_is_in_a_target() -> None:
    used = {module_of(task) for target in TARGETS.values() for task in tasks(target)}
    assert set(MODULES) <= used


@pytest.mark.parametrize("module", [name for name in MODULES if f"{name}_info" in MODULES])
def test_a_target_predicts_repeats_and_removes_what_it_writes(module: str) -> None:
    target = TARGETS[module]
    own = [task for task in tasks(target) if module_of(task) == module]
    assert any(task.get("check_mode") for task in own)
    if module in WRITES_NOTHING:
        assert all(task.get("check_mode") for task in own)
        return
    text = yaml.safe_dump(target)
    assert "repeated is not changed" in text
    assert ".diff == predicted" in text
    assert all("absent" in yaml.safe_dump(each["always"]) for each in target if _writes(each))


def _writes(block: dict[str, Any]) -> bool:
    return any(
        not module_of(task).endswith(("_info", "_facts")) and not task.get("check_mode")
        for task in block.get("block", [])
        if module_of(task)
    )


def test_a_run_that_is_under_way_keeps_its_tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, mirror = tmp_path / "checkout", tmp_path / "mirror"
    name = "tests/integration/integration_config.yml"
    kept = checkout / "tests/integration/conftest.py"
    for path in (checkout / "galaxy.yml", kept, mirror / name, mirror / "tests/integration/gone.yml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["sync_tree.py", str(checkout), str(mirror)])
    sync_tree.main()
    assert (mirror / name).exists()
    assert (mirror / "galaxy.yml").exists()
    assert not (mirror / "tests/integration/gone.yml").exists()
