# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What check mode assumes of earlier tasks of the same play, and what id it returns for a new object."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plugins.module_utils.intune.cases import CASES
from tests.unit.plugins.module_utils.intune.conftest import Json, Tenant

# Module -> the options of a new object, and a change of it by its id.
NEW: list[tuple[str, Json]] = [
    *CASES.values(),
    ("intune_group", {"name": "New"}),
    ("intune_assignment_filter", {"name": "New", "platform": "ios", "rule": "x"}),
]


@pytest.mark.parametrize(("module", "options"), NEW, ids=[f"{name} {number}" for number, (name, _o) in enumerate(NEW)])
def test_an_object_that_check_mode_would_create_is_changed_read_and_deleted_by_its_id(
    tenant: Tenant, module: str, options: Json
) -> None:
    options = {**options, "target_apps": ["Not there"]} if "target_apps" in options else options
    if module == "intune_certificate_profile":
        options = {**options, "certificate": Path(tenant.emulator.ca_path).read_text(encoding="ascii")}
    created = tenant(module, check=True, **options)
    object_id = created["id"]
    tenant.emulator.journal(clear=True)
    changed = tenant(module, check=True, id=object_id, description="Other")
    assert (changed["changed"], changed["id"]) == (True, object_id)
    assert "earlier task" in changed["warnings"][0]
    if module not in ("intune_group", "intune_assignment_filter"):
        assigned = tenant(module, check=True, id=object_id, assignments=[{"all_users": True}])
        assert assigned["diff"]["after"]["assignments"][0]["all_users"] is True
    found = tenant(f"{module}_info", check=True, id=object_id)
    (item,) = next(value for value in found.values() if isinstance(value, list) and value and "name" in value[0])
    assert item == {"id": object_id, "name": options["name"]}
    assert tenant(module, check=True, id=object_id, state="absent")["changed"]
    assert tenant.emulator.journal() == []


def test_members_are_added_to_a_group_that_check_mode_would_create(tenant: Tenant) -> None:
    group = tenant("intune_group", check=True, name="New")["id"]
    result = tenant("intune_group", check=True, id=group, members=["user01@contoso.example"])
    assert result["diff"]["after"]["members"] == ["user01@contoso.example"]
    assert not tenant.writes()


NO_SUCH_ID = "00000000-1111-2222-3333-444444444444"
# Names of what no module creates, and ids, which only Graph gives.
NEVER: list[tuple[str, Json]] = [
    ("intune_group", {"name": "New", "members": [NO_SUCH_ID]}),
    ("intune_app", {**CASES["app"][1], "categories": ["None"]}),
    ("intune_app", {**CASES["app"][1], "scope_tags": ["None"]}),
    ("intune_app", {**CASES["app"][1], "assignments": [{"group": NO_SUCH_ID, "intent": "required"}]}),
]


@pytest.mark.parametrize(("module", "options"), NEVER)
def test_check_mode_refuses_what_no_earlier_task_can_create(tenant: Tenant, module: str, options: Json) -> None:
    predicted = tenant.fails(module, check=True, **options)
    assert predicted == tenant.fails(module, **options)
    assert predicted in tenant.fails("intune_configuration", check=True, configuration={f"{module}s": [options]})
