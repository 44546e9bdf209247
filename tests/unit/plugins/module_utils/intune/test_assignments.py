# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module assigns to all types of target, and leaves others' assignments alone, in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins import modules
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import Forbidden, IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import RESOURCES
from tests.emulator.seeding import ANDROID_FILTER, IOS_FILTER
from tests.unit.plugins.module_utils.intune.cases import CASES, FOR_USERS, Case
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.modules.in_process import module

Json = dict[str, Any]


def test_every_module_that_assigns_is_tried_here() -> None:
    names = {path.stem for place in modules.__path__ for path in Path(place).glob("intune_*.py")}
    assert {name for name in names if "assignments" in module(name).spec} == {name for name, _options in CASES.values()}


def test_every_type_of_target_is_set_and_read_back(case: Case) -> None:
    items: list[Json] = [
        {"group": "A", "filter": "Corporate iOS"},
        {"group": case.groups["B"].upper(), "exclude": True},
        {"all_users": True, "filter": IOS_FILTER, "filter_mode": "exclude"},
    ]
    wanted: dict[str, tuple[str, str | None]] = {
        "A": ("groupAssignmentTarget", IOS_FILTER),
        "B": ("exclusionGroupAssignmentTarget", None),
        "allLicensedUsersAssignmentTarget": ("allLicensedUsersAssignmentTarget", IOS_FILTER),
    }
    if case.resource not in FOR_USERS:
        items.append({"all_devices": True})
        wanted["allDevicesAssignmentTarget"] = ("allDevicesAssignmentTarget", None)
    case.settles(*items)
    assert case.stored() == wanted
    ((info,),) = (
        value for value in case.tenant.run(f"{case.name}_info", name="X").values() if isinstance(value, list) and value
    )
    assert {item.get("group") for item in info["assignments"]} == {"A", "B", None}
    assert not case.assign(*info["assignments"], purge_assignments=True)["changed"]


def test_assignments_add_up_unless_they_are_purged(case: Case) -> None:
    case.assign({"group": "A", "filter": "Corporate iOS"})
    assert case.settles({"group": "B"})["changed"]
    assert set(case.stored()) == {"A", "B"}
    # Undeclared parts of an existing assignment stay.
    assert not case.assign({"group": "A"})["changed"]
    assert not case.assign()["changed"]
    case.settles({"group": "A"}, purge_assignments=True)
    assert case.stored() == {"A": ("groupAssignmentTarget", None)}
    case.settles({"group": "A", "exclude": True}, {"group": "C"})
    assert case.stored() == {"A": ("exclusionGroupAssignmentTarget", None), "C": ("groupAssignmentTarget", None)}
    case.settles({"group": "A", "state": "absent"})
    assert set(case.stored()) == {"C"}
    case.settles(purge_assignments=True, allow_empty=True)
    assert case.stored() == {}


def test_an_assignment_that_names_its_target_only_keeps_all_else(case: Case) -> None:
    full: Json = {"group": "A", "filter": "Corporate iOS", "filter_mode": "exclude"}
    intent: Json = {"intent": "available"} if case.name == "intune_app" else {}
    if intent:
        full["settings"] = {"uninstall_on_device_removal": False, "prevent_managed_app_backup": True}
    case.settles({**full, **intent}, {"group": "B", "exclude": True, **intent})
    before = case.object()["assignments"]
    named: list[Json] = [{"group": "A"}, {"group": "B", "exclude": True}]
    assert not case.assign(*named)["changed"]
    # Another part changes: the intent, which has a default for new assignments, stays.
    case.settles({"group": "A", "filter": "Corporate iOS", "filter_mode": "include"}, {"group": "C"})
    after = {entry["target"].get("groupId"): entry for entry in case.object()["assignments"]}
    for entry in before:
        kept = after[entry["target"]["groupId"]]
        assert (kept.get("intent"), kept.get("settings")) == (entry.get("intent"), entry.get("settings"))
    if intent:
        assert after[case.groups["C"]]["intent"] == "required"


def test_an_exclusion_of_devices_from_users_or_the_other_way_round_is_warned_about(case: Case) -> None:
    device = case.tenant.seed({"op": "device", "number": 0, "values": {}})[0]["azureADDeviceId"]
    case.tenant.run("intune_group", name="A", members=["user01@contoso.example"])
    case.tenant.run("intune_group", name="B", members=[device])
    users_without_devices: list[Json] = [{"group": "A"}, {"group": "B", "exclude": True}]
    (warning,) = case.assign(*users_without_devices, check=True)["warnings"]
    assert "'B' is a group of devices that is excluded from 'A', which is of users" in warning
    assert case.assign(*users_without_devices)["warnings"] == [warning]
    unchanged = case.assign(*users_without_devices)
    assert (unchanged["changed"], unchanged["warnings"], unchanged["graph_requests"] <= 2) == (False, [], True)
    (warning,) = case.assign({"group": "B"}, {"group": "A", "exclude": True}, purge_assignments=True)["warnings"]
    assert "'A' is a group of users that is excluded from 'B'" in warning
    (warning,) = case.assign({"all_users": True}, {"group": "B", "exclude": True}, purge_assignments=True)["warnings"]
    assert "excluded from 'all users'" in warning
    # C is empty: nobody knows whom it is for.
    assert case.assign({"group": "A"}, {"group": "C", "exclude": True}, purge_assignments=True)["warnings"] == []


def test_one_target_twice_is_refused(case: Case) -> None:
    case.assign()
    case.emulator.journal(clear=True)
    by_id = case.groups["A"]
    for items in (
        [{"group": "A"}, {"group": "A"}],
        [{"group": by_id}, {"group": by_id.upper()}],
        [{"group": "A"}, {"group": "A", "exclude": True}],
    ):
        with pytest.raises(InvalidOptions, match="listed more than once"):
            case.assign(*items)
    assert case.emulator.journal() == []
    for items in ([{"group": "A"}, {"group": by_id}], [{"group": "A", "exclude": True}, {"group": by_id}]):
        for check in (True, False):
            with pytest.raises(InvalidOptions, match="listed more than once, by name and by id"):
                case.assign(*items, check=check)
    assert case.tenant.writes() == []


def test_all_names_are_resolved_by_one_batch(case: Case) -> None:
    items: list[Json] = [
        {"group": "A", "filter": "Corporate iOS"},
        {"group": "B", "exclude": True},
        {"group": "C", "filter": "Corporate Android"},
    ]
    has_tags = "scope_tags" in module(case.name).spec
    options: Json = {"scope_tags": ["Mobile Security"]} if has_tags else {}
    case.assign(*items, **options)
    case.emulator.journal(clear=True)
    result = case.assign(*items, **options)
    assert not result["changed"]
    paths = [entry["path"].rsplit("/", 1)[-1] for entry in case.emulator.journal() if "/token" not in entry["path"]]
    assert paths.count("$batch") == 1, paths


@pytest.mark.provokes_bad_requests
@pytest.mark.parametrize("status", [400, 404])
def test_a_group_that_beta_does_not_show_is_looked_for_in_its_own_version(tenant: Tenant, status: int) -> None:
    case = Case(tenant, "compliance policy")
    tenant.emulator.faults({"match": {"method": "GET", "path": "/beta/groups"}, "action": {"status": status}})
    case.assign({"group": "A", "filter": "Corporate iOS"}, {"group": case.groups["B"], "exclude": True})
    assert set(case.stored()) == {"A", "B"}


def test_a_missing_name_is_missed_before_anything_is_written(case: Case) -> None:
    case.assign()
    case.emulator.journal(clear=True)
    with pytest.raises(IntuneError) as caught:
        case.assign({"group": "A"}, {"group": "Nobody", "filter": "None such"}, scope_tags=["No tag"])
    assert "Not found: " in str(caught.value)
    for part in ("scope tag 'No tag'", "group 'Nobody'", "assignment filter 'None such'"):
        assert part in str(caught.value)
    assert case.tenant.writes() == []


@pytest.mark.parametrize(
    ("collection", "options"),
    [
        ("assignmentFilters", {"assignments": [{"group": "A", "filter": "Corporate iOS"}]}),
        ("roleScopeTags", {"scope_tags": ["Default"]}),
    ],
)
def test_names_that_may_not_be_read_are_an_error_and_not_none(case: Case, collection: str, options: Json) -> None:
    case.assign()
    case.emulator.faults(
        {"match": {"method": "GET", "path": collection}, "action": {"status": 403, "code": "Forbidden"}}
    )
    case.emulator.journal(clear=True)
    with pytest.raises(Forbidden, match=collection) as caught:
        case.assign(**options)
    assert "DeviceManagementConfiguration.Read.All" in str(caught.value) or "permission" in str(caught.value)
    assert case.tenant.writes() == []


@pytest.mark.provokes_bad_requests
def test_a_filter_is_deleted_when_its_last_use_has_ended(tenant: Tenant) -> None:
    case = Case(tenant, "compliance policy")
    case.assign({"group": "A", "filter": ANDROID_FILTER})
    tenant.emulator.settings(eventual=1000)
    tenant.emulator.clock(hold=True, per_request=0.3)
    case.assign(purge_assignments=True, allow_empty=True)
    assert case.tenant.run("intune_assignment_filter", id=ANDROID_FILTER, state="absent")["changed"]


WRONG: list[tuple[str, Json, Json, str]] = [
    ("app", {"platform": "androidForWork"}, {"group": "A"}, "is for android_for_work, not for ios_store_app"),
    (
        "app",
        {"platform": "iOSMobileApplicationManagement", "assignmentFilterManagementType": "apps"},
        {"group": "A"},
        "(managed apps), and ios_store_app is for managed devices",
    ),
    (
        "managed app configuration",
        {"platform": "iOS", "assignmentFilterManagementType": "devices"},
        {"group": "A"},
        "(managed devices), and targeted_managed_app_configuration is for managed apps",
    ),
    ("compliance policy", {"platform": "windows10AndLater"}, {"all_users": True}, "not for ios_compliance_policy"),
    ("VPN profile", {"platform": "macOS"}, {"all_devices": True}, "is for macos, not for ios_vpn_configuration"),
]


@pytest.mark.parametrize(("resource", "values", "item", "reason"), WRONG)
def test_a_filter_of_another_platform_or_management_is_refused_with_both_names(
    tenant: Tenant, resource: str, values: Json, item: Json, reason: str
) -> None:
    case = Case(tenant, resource)
    filters = "deviceManagement/assignmentFilters"
    tenant.seed({"op": "update", "collection": filters, "id": IOS_FILTER, "values": values})
    for text in ("Corporate iOS", IOS_FILTER):
        for is_new in (True, False):
            said = tenant.fails(case.name, **case.options, assignments=[{**item, "filter": text}])
            assert "'X': assignments: filter 'Corporate iOS' is for " in said
            assert reason in said
            case.assign() if is_new else None
        tenant.run(case.name, name="X", state="absent")


def test_an_app_is_not_available_for_all_devices(tenant: Tenant) -> None:
    case = Case(tenant, "app")
    available = {"all_devices": True, "intent": "available"}
    reason = "an app is available to users, not to all devices"
    assert reason in tenant.fails(case.name, **case.options, assignments=[available])
    case.assign({"all_devices": True})
    assert reason in tenant.fails(case.name, name="X", description="Other", assignments=[available])


def test_an_exclusion_has_the_intent_of_an_inclusion(tenant: Tenant) -> None:
    case = Case(tenant, "app")
    available = {"group": "A", "intent": "available"}
    refusal = tenant.fails(
        "intune_app",
        **{**case.options, "assignments": [available, {"group": "B", "exclude": True, "intent": "required"}]},
    )
    assert "'B' is excluded with the intent required" in refusal
    assert "This task wrote nothing." in refusal
    assert tenant.records("deviceAppManagement/mobileApps") == []
    case.settles(available, {"group": "B", "exclude": True})
    assert [entry["intent"] for entry in case.object()["assignments"]] == ["available", "available"]
    case.settles({"group": "C", "exclude": True})
    assert {entry["intent"] for entry in case.object()["assignments"]} == {"available"}
    assert "is excluded with the intent available" in tenant.fails(
        "intune_app", name="X", assignments=[{"group": "A", "intent": "required"}]
    )


def test_managed_apps_get_their_configuration_by_user(tenant: Tenant) -> None:
    case = Case(tenant, "managed app configuration")
    said = tenant.fails(case.name, **case.options, assignments=[{"all_devices": True}])
    assert "managed apps get their configuration by user" in said


def test_assignments_that_exist_are_legal(tenant: Tenant) -> None:
    case = Case(tenant, "app")
    (app,) = [case.assign()["id"]]
    (other,) = tenant.seed(
        {
            "op": "create",
            "collection": "deviceManagement/assignmentFilters",
            "body": {"displayName": "Mac", "platform": "macOS", "rule": "x"},
        }
    )
    case.assign({"group": "A", "filter": "Corporate iOS"}, {"all_devices": True})
    tenant.seed(
        {
            "op": "update",
            "collection": "deviceManagement/assignmentFilters",
            "id": IOS_FILTER,
            "values": {"platform": "macOS"},
        }
    )
    (info,) = tenant.run("intune_app_info", id=app)["apps"]
    assert not tenant.run("intune_app", **info)["changed"]
    assert tenant.run("intune_app", **{**info, "description": "Other"})["changed"]
    with pytest.raises(InvalidOptions, match="'Mac' is for macos"):
        case.assign({"group": "B", "filter": other["id"]})


@pytest.mark.parametrize("items", [[], [{"group": "A", "state": "absent"}]], ids=["none", "only absent ones"])
def test_removing_all_assignments_is_asked_for_in_so_many_words(case: Case, items: list[Json]) -> None:
    case.assign({"group": "A"}, {"group": "B"})
    options = {**case.options, "assignments": items, "purge_assignments": True}
    assert "allow_empty=true" in case.tenant.fails(case.name, **options)
    assert set(case.stored()) == {"A", "B"}
    predicted = case.assign(*items, check=True, purge_assignments=True, allow_empty=True)
    assert any("all 2 assignments are removed" in text for text in predicted["warnings"])
    assert case.assign(*items, purge_assignments=True, allow_empty=True)["changed"]
    assert case.stored() == {}


def test_a_document_removes_all_assignments_only_where_it_says_so(case: Case) -> None:
    plural = next(resource.plural for resource in RESOURCES if f"intune_{resource.singular}" == case.name)
    case.assign({"group": "A"})
    item: Json = {**case.options, "assignments": [], "purge_assignments": True}
    assert "allow_empty=true" in case.tenant.fails("intune_configuration", configuration={plural: [item]})
    document: Json = {plural: [{**item, "allow_empty": True}]}
    predicted = case.tenant.run("intune_configuration", check=True, configuration=document)
    assert any("all 1 assignments are removed" in text for text in predicted["warnings"])
    assert case.tenant.run("intune_configuration", configuration=document)["changed"]
    assert case.stored() == {}
