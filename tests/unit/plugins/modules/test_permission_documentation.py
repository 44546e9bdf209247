# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of permissions is complete, agrees with Microsoft's data, and the documentation agrees with it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import tests.emulator
from ansible_collections.mobilesec.intune.plugins.doc_fragments.permissions import (
    ModuleDocFragment as PermissionsFragment,
)
from ansible_collections.mobilesec.intune.plugins.module_utils import _interface as interface
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import catalogue
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import (
    ACCESSES,
    APPENDIX,
    APPLICATION,
    DELEGATED,
    GRAPH,
    INTUNE,
    MODULES,
    PERMISSIONS,
    SETS,
    STEPS,
    Permission,
    permission,
)
from tests.tools import permission_docs

ROOT = Path(interface.__file__).parents[2]
MODULE_NAMES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("intune_*.py"))
CONTRACT: dict[str, Any] = json.loads(
    (Path(tests.emulator.__file__).parent / "contract/permissions.json").read_text(encoding="utf-8")
)
# Below these paths lies more than the collection asks for, with other permissions.
_NOT_USED = re.compile(r"/(users|devices)/{id}/memberof$|transitivememberof$|/federatedidentitycredentials/{id}$")


def test_every_module_is_in_the_catalogue_and_nothing_else() -> None:
    assert sorted(set(MODULES) - {"managed_devices"}) == MODULE_NAMES, (
        "a module needs a line in MODULES of permission_catalogue.py; then run: make permissions"
    )


def test_notes_readme_and_guide_agree_with_the_catalogue() -> None:
    assert permission_docs.stale(ROOT) == [], "run: make permissions"


def test_the_ids_are_those_that_microsoft_publishes() -> None:
    roles, scopes = CONTRACT["app_roles"], CONTRACT["scopes"]
    for item in PERMISSIONS:
        if item.api == GRAPH:
            assert item.id == (roles if item.type == APPLICATION else scopes)[item.name], item.name
    assert permission("update_device_health") == Permission(
        "update_device_health", "a5438881-186a-48f0-bc41-a93ae8a195fe", APPLICATION, INTUNE
    )
    assert len({item.id for item in PERMISSIONS}) == len(PERMISSIONS)


def uses_of_routes(table: str = "routes") -> list[Any]:
    found = []
    for route, methods in CONTRACT[table].items():
        path = route.strip("/").replace("{id}", "0").replace("{value}", "'0'")
        for method, sufficient in methods.items():
            access = permissions.access_of(method, path)
            if access and not _NOT_USED.search(route):
                found.append(pytest.param(access, sufficient, id=f"{method} {route}"))
    return found


@pytest.mark.parametrize(("access", "sufficient"), uses_of_routes())
def test_what_is_said_to_suffice_for_a_request_does(access: catalogue.Access, sufficient: list[str]) -> None:
    assert set(access.any_of) <= set(sufficient)


@pytest.mark.parametrize(("access", "sufficient"), uses_of_routes("user_routes"))
def test_what_is_said_to_suffice_for_a_users_request_does(access: catalogue.Access, sufficient: list[str]) -> None:
    (requirement,) = permissions.in_token(permissions.requirements([catalogue.Use(access)]), is_user=True)
    assert {item.type for item in requirement.any_of} == {DELEGATED}
    assert {item.name for item in requirement.any_of} <= set(sufficient)


def test_every_access_belongs_to_a_request() -> None:
    known = {param.values[0] for param in uses_of_routes()}
    for access in ACCESSES:
        # Four speak of a right that a request takes besides, one of a route that the data leave out.
        beside = (
            catalogue.WRITE_ROLE_GROUPS,
            catalogue.WRITE_USERS,
            catalogue.WRITE_DEVICES,
            catalogue.NAME_APPLICATIONS,
            catalogue.READ_CREDENTIALS,
            catalogue.READ_DELETED_GROUPS,
            catalogue.RESTORE_GROUPS,
        )
        assert access in known or access in beside, access.purpose


def test_every_named_permission_is_in_the_catalogue() -> None:
    for access in ACCESSES:
        for name in access.any_of:
            assert permission(name).type == APPLICATION


# -- the vendor's table --------------------------------------------------------------------------------------


def test_the_vendors_table_is_whole() -> None:
    assert [row.number for row in APPENDIX] == list(range(1, 16))
    one_click = {(row.permission.name, row.permission.type) for row in APPENDIX if row.one_click}
    assert one_click == {
        ("DeviceManagementApps.ReadWrite.All", APPLICATION),
        ("DeviceManagementConfiguration.ReadWrite.All", APPLICATION),
        ("Group.Create", APPLICATION),
        ("Group.ReadWrite.All", APPLICATION),
        ("DeviceManagementApps.ReadWrite.All", DELEGATED),
        ("DeviceManagementConfiguration.ReadWrite.All", DELEGATED),
        ("DeviceManagementServiceConfig.ReadWrite.All", DELEGATED),
    }
    steady = {row.permission.name for row in APPENDIX if not row.one_click}
    assert steady == {
        "DeviceManagementManagedDevices.Read.All",
        "Directory.AccessAsUser.All",
        "Directory.Read.All",
        "GroupMember.Read.All",
        "GroupMember.ReadWrite.All",
        "User.Read",
        "update_device_health",
    }
    assert set(SETS["onboarding"]) == set(SETS["one_click"]) | set(SETS["steady_state"])
    assert not set(SETS["one_click"]) & set(SETS["steady_state"])
    assert set(SETS) == set(catalogue.SET_TEXTS)


def test_the_vendors_permissions_suffice_for_the_onboarding_and_for_the_device_sync() -> None:
    held = [item for item in SETS["onboarding"] if item.type == APPLICATION]
    for step in STEPS:
        # The vendor creates groups without members, and has no part in Conditional Access.
        is_held = permissions.missing(permissions.requirements(STEPS[step]), held) == []
        assert is_held == (step not in ("conditional_access", "groups_user_members")), step
    assert permissions.missing(permissions.requirements(STEPS["device_facts"]), SETS["steady_state"]) == []


def test_the_modules_document_sets_and_steps_as_the_catalogue_has_them() -> None:
    options = yaml.safe_load(PermissionsFragment.DOCUMENTATION)["options"]
    sentences = options["sets"]["description"][-len(SETS) :]
    said = {key: f"V({key}) is {value.replace('C(', 'V(')}." for key, value in catalogue.SET_TEXTS.items()}
    assert sentences == list(said.values())
    assert options["steps"]["choices"] == list(STEPS)


# -- the least permissions -----------------------------------------------------------------------------------


def test_the_least_permissions_are_as_few_and_as_small_as_can_be() -> None:
    needed = permissions.requirements(MODULES["intune_app"])
    assert {item.name for item in permissions.least(needed)} == {
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "GroupMember.Read.All",
    }
    for name, uses in {**MODULES, **STEPS}.items():
        needed = permissions.requirements(uses)
        chosen = permissions.least(needed)
        assert permissions.missing(needed, chosen) == [], name
        for item in chosen:
            assert permissions.missing(needed, [other for other in chosen if other != item]), (
                f"{name} can do without {item.name}"
            )


def test_what_is_held_for_nothing_is_too_much() -> None:
    needed = permissions.requirements(MODULES["intune_group_info"])
    held = [permission(name) for name in ("GroupMember.Read.All", "Directory.Read.All", "Group.Create")]
    assert {item.name for item in permissions.excess(needed, held)} == {"Directory.Read.All", "Group.Create"}
    assert permissions.excess(needed, held[1:2]) == []


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "groups", ["GroupMember.Read.All", "Directory.Read.All"]),
        ("POST", "groups", ["Group.Create", "Group.ReadWrite.All"]),
        ("POST", "groups/x/members/$ref", ["GroupMember.ReadWrite.All", "User.ReadWrite.All", "Device.ReadWrite.All"]),
        ("PATCH", "groups(uniqueName='x')", ["Group.ReadWrite.All"]),
        ("GET", "servicePrincipals(appId='x')/appRoleAssignments", ["Application.Read.All"]),
        ("POST", "servicePrincipals/x/appRoleAssignments", ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]),
        ("GET", "servicePrincipals/x/oauth2PermissionGrants", ["Directory.Read.All"]),
        ("POST", "deviceManagement/reports/getAppStatusOverviewReport", ["DeviceManagementApps.Read.All"]),
        ("GET", "users/x/registeredDevices", ["User.Read.All"]),
    ],
)
def test_a_refusal_names_all_that_would_do(method: str, path: str, named: list[str]) -> None:
    said = permissions.hint(method, path)
    assert said
    assert all(name in said for name in named)


# -- the role, and permissions named elsewhere ---------------------------------------------------------------


def test_every_step_of_the_role_is_in_the_catalogue() -> None:
    specs = yaml.safe_load((ROOT / "roles/harmony_onboarding/meta/argument_specs.yml").read_text(encoding="utf-8"))
    assert set(specs["argument_specs"]["main"]["options"]["harmony_onboarding_steps"]["choices"]) <= set(STEPS)


def test_no_documentation_names_a_permission_that_the_catalogue_does_not_know() -> None:
    known = {item.name for item in PERMISSIONS}
    texts = [
        *(ROOT / "plugins").glob("*/*.py"),
        *(ROOT / "docs").glob("**/*"),
        *(ROOT / "roles").glob("**/*"),
        *(ROOT / "playbooks").glob("**/*"),
    ]
    for path in (path for path in [*texts, ROOT / "README.md"] if path.is_file() and path.suffix != ".png"):
        named = set(re.findall(r"\b[A-Z]\w+\.(?:Read|ReadWrite|ReadBasic)\.All\b", path.read_text(encoding="utf-8")))
        assert named <= known, path
