# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing costs more requests, or more logins, than request_budget.yml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.integration.both_ways import differences
from tests.integration.conftest import Certificates
from tests.integration.harness import COLLECTIONS, Json, Player, Run, is_graph, task
from tests.integration.onboarding import everything, full

BUDGET: Json = yaml.safe_load(Path(__file__).with_name("request_budget.yml").read_text(encoding="utf-8"))
MODULES = COLLECTIONS / "ansible_collections/mobilesec/intune/plugins/modules"
MOST_PER_MANAGED_RESOURCE = 1.3
RUNS = ("check", "first", "again")


def logins(run: Run) -> int:
    return sum(entry["path"].endswith("/oauth2/v2.0/token") for item in run.tasks for entry in item.requests)


def requests(run: Run) -> int:
    return sum(is_graph(entry) for item in run.tasks for entry in item.requests)


def test_every_module_has_a_budget() -> None:
    assert sorted(BUDGET["modules"]) == sorted(path.stem for path in MODULES.glob("intune_*.py"))


def test_each_module_keeps_to_its_budget_and_the_play_logs_in_once(
    play: Player, emulator: Emulator, certificates: Certificates, tmp_path: Path
) -> None:
    granting = ("AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All")
    emulator.settings(permissions=[*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS, *granting])
    emulator.seed(
        {"op": "application", "app_id": BUDGET["modules"]["intune_permission"]["options"]["app_id"], "name": "Budget"}
    )
    tasks = []
    for module, entry in BUDGET["modules"].items():
        tasks += [
            task(module, f"{module} {run}", check=run == "check", **entry["options"]) for run in RUNS if run in entry
        ]
        tasks.append(task(module, f"{module} again in check mode", check=True, **entry["options"]))
    variables = {"certificate": str(certificates.authority), "folder": str(tmp_path)}
    run = play(tasks, extra_vars=variables, env={"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")})
    emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert run.rc == 0, run.output
    spent: dict[str, Any] = {}
    for module, entry in BUDGET["modules"].items():
        counts = {name: len(run[f"{module} {name}"].graph) for name in RUNS if name in entry}
        assert len(run[f"{module} again in check mode"].graph) == counts["again"], module
        assert not run[f"{module} again"].changed, module
        assert run[f"{module} again"].result["graph_requests"] == counts["again"], module
        spent[module] = {**entry, **counts}
    assert not list(differences(spent, BUDGET["modules"])), "\n".join(differences(spent, BUDGET["modules"]))
    assert logins(run) == 1
    assert logins(play(tasks[-1:], env={"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")})) == 0


@pytest.mark.parametrize("kind", BUDGET["role"])
def test_the_role_keeps_to_its_budget(
    kind: str, play: Player, emulator: Emulator, certificates: Certificates, tmp_path: Path
) -> None:
    arguments = full(certificates, **BUDGET["role"][kind]["variables"])
    cache = {"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")}
    before = everything(emulator)["records"]
    runs = {name: play(**arguments, check=name == "check", env=cache) for name in RUNS}
    for run in runs.values():
        assert run.rc == 0, run.output[-4000:]
    now = everything(emulator)
    managed = len(now["groups"]) + sum(len(found) - len(before.get(path, [])) for path, found in now["records"].items())
    spent = {**BUDGET["role"][kind], "managed": managed, **{name: requests(run) for name, run in runs.items()}}
    assert not list(differences(spent, BUDGET["role"][kind])), "\n".join(differences(spent, BUDGET["role"][kind]))
    assert [logins(run) for run in runs.values()] == [1, 0, 0]
    assert requests(runs["again"]) <= MOST_PER_MANAGED_RESOURCE * managed
