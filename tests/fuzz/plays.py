# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role, and the playbook for the health, without ansible-playbook: their filters and the modules of their tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.mobilesec.intune.plugins.filter.harmony_health import harmony_health
from ansible_collections.mobilesec.intune.plugins.filter.harmony_onboarding_plan import harmony_onboarding_plan
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError

Json = dict[str, Any]
Run = Callable[..., Json]
ROOT = Path(__file__).parents[2]
ROLE = ROOT / "roles" / "harmony_onboarding"
_NONCOMPLIANT = {"compliance_state": ["noncompliant"]}
REGISTERED = "_harmony_onboarding_"


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _tasks(path: Path) -> Iterator[tuple[str, Json]]:
    for task in _load(path):
        for name in task:
            if name.startswith("mobilesec.intune."):
                yield name.rpartition(".")[2], task


def onboarding(run: Run, state: str, check: bool) -> Json:
    """What the role does in a state, task by task, until one fails."""
    defaults = _load(ROLE / "defaults" / "main.yml")
    own = {name: value for name, value in defaults.items() if name.startswith("harmony_onboarding_")}
    variables = {**own, **_load(ROOT / "playbooks" / "vars" / "example.yml"), "harmony_onboarding_state": state}
    results: Json = {}

    def planned(part: str) -> Any:
        return harmony_onboarding_plan(variables, defaults, part, results, check_mode=check)

    assert planned("problems") == []
    needs = planned("needs")
    results["permissions"] = _unfailing(run, "intune_permission_info", steps=needs["steps"])
    if "granted" in results["permissions"]:
        results["tenant"] = _unfailing(run, "intune_tenant_info", look_up=needs["look_up"])
        if needs["enrollment"]:
            results["enrollment"] = _unfailing(run, "intune_enrollment_info", platforms=needs["enrollment"])
    preflight: Json = planned("preflight")
    if not preflight["passed"]:
        return preflight
    for module, task in _tasks(ROLE / "tasks" / f"{state}.yml"):
        objects = task["register"].removeprefix(REGISTERED)
        done = results.setdefault(objects, {"results": []})["results"]
        for name in planned("objects")[objects]:
            done.append({"item": name, **run(module, check=check, **planned("objects")[objects][name])})
    result: Json = planned("result")
    return result


def health(run: Run) -> Json:
    """The verdict of the playbook, and its report."""
    variables = _load(ROOT / "playbooks" / "health.yml")[0]["vars"]
    read = {
        "connector": _unfailing(run, "intune_mtd_connector_info", partner="Check Point Harmony Mobile"),
        "tenant": _unfailing(run, "intune_tenant_info"),
        "apps": _unfailing(run, "intune_app_info", name_pattern=variables["health_app_pattern"], install_status=True),
        "devices": _unfailing(run, "intune_device_facts", gather="summary"),
        "compliance": _unfailing(run, "intune_compliance_policy_info"),
        "protection": _unfailing(run, "intune_app_protection_policy_info"),
        "access": _unfailing(run, "intune_conditional_access_policy_info"),
        "affected": {"results": [_unfailing(run, "intune_device_facts", filters=_NONCOMPLIANT)]},
    }
    groups = [
        {"item": name, **_unfailing(run, "intune_device_facts", gather="summary", groups=[name])}
        for name in variables["health_groups"]
    ]
    names = ("required", "platforms", "min_coverage", "sync_max_age")
    options = {name: variables[f"health_{name}"] for name in names}
    members = [
        {"item": name, **_unfailing(run, "intune_device_facts", fields=["id"], filters=_NONCOMPLIANT, groups=[name])}
        for name in harmony_health(read, **options, part="groups")
    ]
    return harmony_health({**read, "groups": {"results": groups}, "members": {"results": members}}, **options)


def _unfailing(run: Run, module: str, **options: Any) -> Json:
    """As of a task with failed_when: false."""
    try:
        return run(module, **options)
    except IntuneError as error:
        return {"msg": str(error), **error.to_result()}
