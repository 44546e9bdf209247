# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking away with created_by: what others use stays, what is ours is taken back, and the result says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group
from tests.emulator.further import FURTHER
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.samples import CONNECTORS, STORE_APP
from tests.unit.plugins.module_utils.intune.cases import Case
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.modules import in_process

Json = dict[str, Any]
HARMONY = "Check Point Harmony Mobile"


def removed(tenant: Tenant, module: str, **options: Any) -> Json:
    """Take an object away; check mode predicts what happens, reasons included. Returns the result."""
    tenant.emulator.journal(clear=True)
    predicted = tenant.run(module, check=True, state="absent", **options)
    assert tenant.writes() == []
    done = tenant.run(module, state="absent", **options)
    for key in ("changed", "diff", "kept_because", "msg"):
        assert predicted.get(key) == done.get(key), key
    assert not tenant.run(module, state="absent", **options)["changed"]
    return done


def reasons(result: Json) -> list[str]:
    return [item["reason"] for item in result.get("kept_because", [])]


def test_an_object_that_only_we_use_is_deleted_with_its_assignments(case: Case) -> None:
    options = {**case.options, "created_by": "ours", "assignments": [{"group": "A"}, {"group": "B", "exclude": True}]}
    case.tenant.run(case.name, **options)
    result = removed(case.tenant, case.name, **options)
    assert result["changed"]
    assert "kept_because" not in result
    with pytest.raises(StopIteration):
        case.object()


def test_an_object_that_others_assigned_stays_without_our_assignments(case: Case) -> None:
    options = {**case.options, "created_by": "ours", "assignments": [{"group": "A"}]}
    case.tenant.run(case.name, **options)
    case.assign({"group": "B"})
    result = removed(case.tenant, case.name, **options)
    assert result["changed"]
    assert set(case.stored()) == {"B"}
    assert result["kept_because"] == [{"reason": "assigned", "by": ["group 'B'"]}]
    assert result["msg"].endswith("stays without what this task declares: others assigned it to group 'B'.")
    assert removed(case.tenant, case.name, **options, force=True)["changed"]
    with pytest.raises(StopIteration):
        case.object()


def test_an_object_that_others_assign_while_it_is_looked_at_stays(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {**case.options, "created_by": "ours", "assignments": [{"group": "A"}]}
    case.tenant.run(case.name, **options)

    def other_uses(*_arguments: Any) -> list[Any]:
        case.assign({"group": "B"})
        return []

    monkeypatch.setattr(Resource, "other_uses", other_uses)
    result = case.tenant.run(case.name, state="absent", **options)
    assert reasons(result) == ["assigned"]
    assert set(case.stored()) == {"B"}


def test_an_object_that_others_are_only_excluded_from_is_deleted(case: Case) -> None:
    options = {**case.options, "created_by": "ours", "assignments": [{"group": "A"}]}
    case.tenant.run(case.name, **options)
    case.assign({"group": "B", "exclude": True})
    assert "kept_because" not in removed(case.tenant, case.name, **options)


def test_an_object_that_existed_before_stays_without_our_assignments(case: Case) -> None:
    case.assign({"group": "B"})
    options = {**case.options, "created_by": "ours", "assignments": [{"group": "A"}, {"group": "Gone"}]}
    case.assign({"group": "A"}, created_by="ours")
    result = removed(case.tenant, case.name, **options, force=True)
    assert reasons(result) == ["not_tagged", "assigned"]
    assert set(case.stored()) == {"B"}


def test_a_group_with_members_of_others_loses_only_ours(tenant: Tenant) -> None:
    options: Json = {"name": "G", "created_by": "ours", "members": ["user01@contoso.example", "gone@contoso.example"]}
    tenant.run("intune_group", **{**options, "members": options["members"][:1]})
    tenant.run("intune_group", name="G", members=["user02@contoso.example"])
    result = removed(tenant, "intune_group", **options)
    assert result["kept_because"] == [{"reason": "members", "by": ["user02@contoso.example"]}]
    (info,) = tenant.run("intune_group_info", name="G")["groups"]
    assert info["members"] == ["user02@contoso.example"]


def test_a_member_that_others_add_while_ours_are_taken_out_stays(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: Json = {"name": "G", "created_by": "ours", "members": ["user01@contoso.example"]}
    tenant.run("intune_group", **options)
    tenant.run("intune_group", name="G", members=["user02@contoso.example"])
    given_back = Group.given_back

    def another(self: Group, *arguments: Any) -> Json:
        tenant.run("intune_group", name="G", members=["user03@contoso.example"])
        return given_back(self, *arguments)

    monkeypatch.setattr(Group, "given_back", another)
    assert tenant.run("intune_group", state="absent", **options)["changed"]
    (info,) = tenant.run("intune_group_info", name="G")["groups"]
    assert info["members"] == ["user02@contoso.example", "user03@contoso.example"]


@pytest.mark.parametrize("exclude", [False, True])
def test_a_group_that_others_target_stays_as_it_is(tenant: Tenant, exclude: bool) -> None:
    options: Json = {"name": "G", "created_by": "ours", "members": ["user01@contoso.example"]}
    group = tenant.run("intune_group", **options)["id"]
    assignments = [{"group": group, "exclude": exclude}]
    other = {**STORE_APP, "app_store_url": "https://apps.apple.com/app/id2"}
    tenant.run("intune_app", name="Theirs", **other, assignments=assignments)
    ours = tenant.run("intune_app", name="Ours", **STORE_APP, assignments=assignments, created_by="ours")["id"]
    result = removed(tenant, "intune_group", **options)
    assert not result["changed"]
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'Theirs'"]}]
    theirs = next(item["id"] for item in tenant.records("deviceAppManagement/mobileApps") if item["id"] != ours)
    assert tenant.run("intune_group", state="absent", **options, released_by=[theirs], check=True)["changed"]
    assert tenant.run("intune_group", state="absent", **options, force=True)["changed"]


def test_a_group_that_assigns_licences_stays(tenant: Tenant) -> None:
    licences = [{"skuId": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "disabledPlans": []}]
    body = {"displayName": "G", "description": "[created by ours]", "assignedLicenses": licences}
    tenant.seed({"op": "create", "collection": "groups", "body": body})
    result = removed(tenant, "intune_group", name="G", created_by="ours")
    assert result["kept_because"] == [{"reason": "licences", "by": ["c1ec4a95-1f05-45b3-a911-aa3fa01094f5"]}]


def test_a_group_in_another_group_stays(tenant: Tenant) -> None:
    tenant.run("intune_group", name="G", created_by="ours")
    tenant.run("intune_group", name="Above", members=["G"])
    result = removed(tenant, "intune_group", name="G", created_by="ours")
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["group 'Above'"]}]


def test_a_dynamic_group_is_deleted_with_the_members_of_its_rule(tenant: Tenant) -> None:
    options: Json = {"name": "G", "created_by": "ours", "membership_rule": '(device.deviceOSType -eq "Android")'}
    tenant.run("intune_group", **options)
    assert removed(tenant, "intune_group", **options)["changed"]


def test_a_filter_and_an_app_that_others_use_stay(tenant: Tenant) -> None:
    rule = '(device.deviceOwnership -eq "Corporate")'
    options: Json = {"name": "F", "platform": "ios", "rule": rule, "created_by": "ours"}
    tenant.run("intune_assignment_filter", **options)
    app: Json = {"name": "Ours", **STORE_APP, "created_by": "ours"}
    tenant.run("intune_app", **app)
    settings: Json = {"ios": {"settings": [{"key": "k", "value": "v"}]}}
    assignments = [{"all_users": True, "filter": "F"}]
    tenant.run("intune_app_config", name="Theirs", target_apps=["Ours"], **settings, assignments=assignments)
    for module, declared in (("intune_assignment_filter", options), ("intune_app", app)):
        result = removed(tenant, module, **declared)
        assert result["kept_because"] == [{"reason": "referred_to", "by": ["'Theirs'"]}], module


def connector(tenant: Tenant, **values: Any) -> None:
    tenant.run("intune_mtd_connector", partner=HARMONY, **values)


OURS: Json = {"partner": HARMONY, "created_by": "ours", "ios_enabled": True, "android_enabled": True}


def test_a_connector_that_nobody_else_uses_is_removed(tenant: Tenant) -> None:
    connector(tenant, ios_enabled=True)
    assert removed(tenant, "intune_mtd_connector", **OURS)["changed"]
    assert tenant.records(CONNECTORS) == []


def test_a_connector_stays_for_other_platforms_policies_and_the_partner(tenant: Tenant) -> None:
    connector(tenant, ios_enabled=True, windows_enabled=True)
    policy = tenant.run(
        "intune_compliance_policy",
        name="Theirs",
        ios={"device_threat_protection_enabled": True, "device_threat_protection_required_security_level": "low"},
    )["id"]
    apps: Json = {"app_group_type": "all_apps"}
    tenant.run("intune_app_protection_policy", name="Without a level", ios=apps)
    protection = tenant.run(
        "intune_app_protection_policy",
        name="Their apps",
        android={**apps, "maximum_allowed_device_threat_level": "low"},
    )["id"]
    tenant.seed({"op": "heartbeat", "id": "d3ddeae8-441f-4681-b80f-aef644f7195a"})
    result = removed(tenant, "intune_mtd_connector", **OURS)
    assert result["kept_because"] == [
        {"reason": "platforms", "by": ["windows"]},
        {"reason": "partner", "by": ["state enabled"]},
        {"reason": "policies", "by": ["'Their apps'", "'Theirs'"]},
    ]
    again = tenant.run("intune_mtd_connector", state="absent", **OURS, released_by=[policy, protection])
    assert reasons(again) == ["platforms", "partner"]
    assert tenant.run("intune_mtd_connector", state="absent", **OURS, force=True)["changed"]


PERMISSIONS = (
    *DEFAULT_PERMISSIONS,
    "CloudPC.Read.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementScripts.Read.All",
    "DeviceManagementServiceConfig.Read.All",
    "Policy.Read.All",
)


def run_with(tenant: Tenant, permissions: Sequence[str], **options: Any) -> Json:
    tenant.emulator.settings(permissions=list(permissions))
    result = in_process.Tenant(tenant.emulator).run(
        options.pop("module_name"), state="absent", created_by="ours", **options
    )
    tenant.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    return result


def group_target(group: str) -> list[Json]:
    return [{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}}]


@pytest.mark.parametrize("collection", FURTHER)
def test_a_group_that_is_a_target_of_anything_stays(tenant: Tenant, collection: str) -> None:
    group = tenant.run("intune_group", name="G", created_by="ours")["id"]
    own: Json = {"members": [group], "approverGroupIds": [group]}
    body = own if collection.endswith(("roleAssignments", "Policies")) else {}
    tenant.seed(
        {
            "op": "further",
            "collection": collection,
            "body": {"name": "Theirs", **body, "assignments": group_target(group)},
        }
    )
    tenant.emulator.journal(clear=True)
    result = run_with(tenant, PERMISSIONS, module_name="intune_group", name="G")
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'Theirs'"]}]
    assert result["warnings"] == []
    assert len([entry for entry in tenant.emulator.journal() if entry["path"].endswith("$batch")]) <= 2


@pytest.mark.parametrize("status", [404, 500, 501, 503])
def test_what_cannot_be_looked_at_is_named_in_one_warning(tenant: Tenant, status: int) -> None:
    tenant.run("intune_group", name="G", created_by="ours")
    rule = {"match": {"path": "configurationPolicies|termsAndConditions"}, "action": {"status": status}}
    tenant.emulator.faults(rule)
    tenant.emulator.journal(clear=True)
    result = run_with(tenant, PERMISSIONS, module_name="intune_group", name="G")
    tenant.emulator.faults()
    assert result["changed"]
    (warning,) = result["warnings"]
    assert "was not looked for in configurationPolicies, termsAndConditions" in warning
    assert len([entry for entry in tenant.emulator.journal() if entry["path"].endswith("$batch")]) <= 2


def test_what_the_login_may_not_look_at_is_passed_over(tenant: Tenant) -> None:
    tenant.run("intune_group", name="G", created_by="ours")
    result = run_with(tenant, DEFAULT_PERMISSIONS, module_name="intune_group", name="G")
    assert result["changed"]
    assert result["warnings"] == []


@pytest.mark.provokes_bad_requests
def test_a_list_that_cannot_be_expanded_is_listed_without(tenant: Tenant) -> None:
    group = tenant.run("intune_group", name="G", created_by="ours")["id"]
    theirs = {"id": "1", "name": "Theirs"}
    tenant.emulator.faults(
        {"match": {"path": r"/intents\?"}, "action": {"status": 400}},
        {"match": {"path": r"/intents$"}, "action": {"status": 200, "body": {"value": [theirs]}}},
        {
            "match": {"path": r"/intents/1/assignments"},
            "action": {"status": 200, "body": {"value": [{"id": "1", **group_target(group)[0]}]}},
        },
    )
    result = run_with(tenant, PERMISSIONS, module_name="intune_group", name="G")
    tenant.emulator.faults()
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'Theirs'"]}]


def test_assignments_that_a_list_leaves_out_are_read_together(tenant: Tenant) -> None:
    """The service does not expand them."""
    group = tenant.run("intune_group", name="G", created_by="ours")["id"]
    theirs = {"id": "1", "displayName": "Theirs"}
    others = [{"id": str(number), "displayName": "Other"} for number in range(2, 12)]
    scripts = r"deviceManagementScripts"
    tenant.emulator.faults(
        {
            "match": {"path": f"{scripts}/1/assignments"},
            "action": {"status": 200, "body": {"value": [{"id": "1", **group_target(group)[0]}]}},
        },
        {"match": {"path": f"{scripts}/.*/assignments"}, "action": {"status": 200, "body": {"value": []}}},
        {"match": {"path": scripts}, "action": {"status": 200, "body": {"value": [theirs, *others]}}},
    )
    tenant.emulator.journal(clear=True)
    result = run_with(tenant, PERMISSIONS, module_name="intune_group", name="G")
    tenant.emulator.faults()
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'Theirs'"]}]
    assert len(tenant.emulator.journal()) <= 10


@pytest.mark.parametrize("lost", ["DeviceManagementApps.ReadWrite.All", "DeviceManagementConfiguration.ReadWrite.All"])
def test_a_group_stays_when_it_cannot_be_read_who_uses_it(tenant: Tenant, lost: str) -> None:
    tenant.run("intune_group", name="G", created_by="ours")
    tenant.emulator.settings(permissions=[name for name in DEFAULT_PERMISSIONS if name != lost])
    result = in_process.Tenant(tenant.emulator).run("intune_group", name="G", created_by="ours", state="absent")
    tenant.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert reasons(result) == ["unknown"]
    assert lost.split(".")[0] in result["msg"]
