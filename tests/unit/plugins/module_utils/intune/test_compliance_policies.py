# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compliance policies of all platforms, their scheduled actions, and the advice about whom to assign them to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tests.emulator
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import CreateOnlyChange, InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import ObjectType
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.compliance_types import TYPES
from tests.emulator.schema import Contract
from tests.emulator.seeding import NOTIFICATION_TEMPLATE
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.samples import POLICIES
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.modules import in_process

MODULE = "intune_compliance_policy"
SCRIPT = {
    "op": "create",
    "collection": "deviceManagement/deviceComplianceScripts",
    "body": {"displayName": "Own rules"},
}
BLOCK = {"action_type": "block"}
LEVEL = "device_threat_protection_required_security_level"
ADVANCED = "advanced_threat_protection_required_security_level"
SWITCH = "device_threat_protection_enabled"
GRACE = "gracePeriodHours"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.load(Path(tests.emulator.__file__).parent / "contract" / "beta.json")


def stored(tenant: Tenant) -> dict[str, Any]:
    """The only policy of the tenant, as the emulator keeps it."""
    (policy,) = tenant.emulator.state()["records"][POLICIES]
    return dict(policy)


def group(tenant: Tenant, name: str, **values: Any) -> str:
    created = tenant.emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": name, **values}})[0]
    return str(created["id"])


# A value for every option; what is said about a nested option follows from its argument.
SPECIAL: dict[str, Any] = {
    LEVEL: "low",
    "device_threat_protection_enabled": True,
    "min_android_security_patch_level": "2026-11-01",
    "app_store_url": "https://apps.apple.com/app/id1",
    "device_compliance_policy_script": {
        "device_compliance_script": "Own rules",
        "rules_content": '{"Rules": [1]}',
        "run_interval_in_minutes": 60,
    },
}


def sample(name: str, argument: dict[str, Any], other: bool) -> Any:
    if name in SPECIAL:
        return SPECIAL[name]
    if argument.get("options") and argument["type"] == "list":
        return [{key: sample(key, inner, other) for key, inner in argument["options"].items()}]
    if argument.get("choices"):
        return argument["choices"][-1 if other else 0]
    return {"bool": not other, "int": 7 if other else 8, "str": "17.1" if other else "18.2"}[argument["type"]]


def everything(object_type: ObjectType, other: bool = False) -> dict[str, Any]:
    return {
        field.option: sample(field.option, {**field.type.argument(), **field.argument}, other)
        for field in object_type.fields
    }


@pytest.mark.parametrize("object_type", TYPES, ids=lambda object_type: str(object_type.section))
def test_every_property_of_the_schema_is_an_option(object_type: ObjectType, contract: Contract) -> None:
    shared = {
        "id",
        "displayName",
        "description",
        "roleScopeTagIds",
        "createdDateTime",
        "lastModifiedDateTime",
        "version",
    }
    assert {field.graph for field in object_type.fields} == set(contract.properties(object_type.graph_type)) - shared


@pytest.mark.parametrize("object_type", TYPES, ids=lambda object_type: str(object_type.section))
def test_every_option_is_set_changed_and_read_back(tenant: Tenant, object_type: ObjectType) -> None:
    tenant.emulator.seed(SCRIPT)
    section = str(object_type.section)
    tenant.settles(MODULE, name="All", **{section: everything(object_type)})
    changed = tenant.settles(MODULE, name="All", **{section: everything(object_type, other=True)})
    assert set(changed["diff"]["before"][section]) == set(everything(object_type))

    found = tenant.run("intune_compliance_policy_info", name="All")["compliance_policies"]
    assert {key: value for key, value in found[0][section].items() if key in SPECIAL} == {
        key: value for key, value in SPECIAL.items() if key in everything(object_type)
    }
    assert not tenant.run(MODULE, **found[0])["changed"]
    # Given back to an empty tenant, it makes the same policy.
    del found[0]["id"]
    tenant.run(MODULE, name="All", state="absent")
    assert tenant.run(MODULE, **found[0])["changed"]
    again = tenant.run("intune_compliance_policy_info", name="All")["compliance_policies"]
    assert {key: value for key, value in again[0].items() if key != "id"} == found[0]


def test_a_new_policy_marks_devices_at_once(tenant: Tenant) -> None:
    tenant.run(MODULE, name="P", ios={})
    (rule,) = stored(tenant)["scheduledActionsForRule"]
    assert rule["ruleName"] == "PasswordRequired"
    (action,) = rule["scheduledActionConfigurations"]
    assert (action["actionType"], action[GRACE]) == ("block", 0)


def test_scheduled_actions_are_replaced_by_their_action(tenant: Tenant) -> None:
    group(tenant, "Help desk")
    actions: list[dict[str, Any]] = [
        {
            "action_type": "notification",
            "notification_template": "Device not compliant",
            "notification_message_cc_list": ["Help desk"],
        },
        {"action_type": "push_notification", "grace_period_hours": 6},
        {"action_type": "remote_lock", "grace_period_days": 5},
        {"action_type": "block", "grace_period_days": 3},
        {"action_type": "retire", "grace_period_days": 90},
    ]
    tenant.run(MODULE, name="P", ios={})
    tenant.emulator.journal(clear=True)
    done = tenant.settles(MODULE, name="P", scheduled_actions_for_rule=actions)
    writes = [
        entry["path"]
        for entry in tenant.emulator.journal()
        if entry["method"] in ("POST", "PATCH") and POLICIES in entry["path"]
    ]
    assert [path.rsplit("/", 1)[-1] for path in writes] == ["scheduleActionsForRules"]
    assert done["diff"]["before"]["scheduled_actions_for_rule"] == [{"action_type": "block", "grace_period_hours": 0}]
    configurations = stored(tenant)["scheduledActionsForRule"][0]["scheduledActionConfigurations"]
    assert {(item["actionType"], item[GRACE]) for item in configurations} == {
        ("notification", 0),
        ("pushNotification", 6),
        ("remoteLock", 120),
        ("block", 72),
        ("retire", 2160),
    }
    (mail,) = (item for item in configurations if item["actionType"] == "notification")
    assert mail["notificationTemplateId"] == NOTIFICATION_TEMPLATE
    # Order, and hours instead of days, mean nothing.
    actions[3] = {"action_type": "block", "grace_period_hours": 72}
    assert not tenant.run(MODULE, name="P", scheduled_actions_for_rule=actions[::-1])["changed"]
    # The other properties go their own way.
    tenant.settles(MODULE, name="P", description="d", scheduled_actions_for_rule=[BLOCK])
    assert len(stored(tenant)["scheduledActionsForRule"][0]["scheduledActionConfigurations"]) == 1
    info = tenant.run("intune_compliance_policy_info", name="P")["compliance_policies"][0]
    assert info["scheduled_actions_for_rule"] == [{"action_type": "block", "grace_period_days": 0}]


def test_the_names_in_scheduled_actions_come_back(tenant: Tenant) -> None:
    group(tenant, "Help desk")
    mail = {
        "action_type": "notification",
        "notification_template": NOTIFICATION_TEMPLATE,
        "notification_message_cc_list": ["Help desk"],
        "grace_period_days": 1,
    }
    tenant.settles(MODULE, name="P", ios={}, scheduled_actions_for_rule=[BLOCK, mail])
    info = tenant.run("intune_compliance_policy_info", name="P")["compliance_policies"][0]
    assert info["scheduled_actions_for_rule"][1] == {**mail, "notification_template": "Device not compliant"}


def test_a_graph_without_expand_is_asked_for_the_actions_alone(tenant: Tenant) -> None:
    tenant.run(MODULE, name="P", ios={}, scheduled_actions_for_rule=[BLOCK])
    policy = stored(tenant)
    policy.pop("scheduledActionsForRule")
    bare = {"value": [{"@odata.type": "#microsoft.graph.iosCompliancePolicy", **policy, "assignments": []}]}
    tenant.emulator.faults(
        {"match": {"method": "GET", "path": f"{POLICIES}$"}, "action": {"status": 200, "body": bare}}
    )
    assert not tenant.run(MODULE, name="P", scheduled_actions_for_rule=[BLOCK])["changed"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ios": {}, "scheduled_actions_for_rule": []}, "exactly one action of the type block"),
        (
            {"ios": {}, "scheduled_actions_for_rule": [{"action_type": "retire"}]},
            "exactly one action of the type block",
        ),
        ({"ios": {}, "scheduled_actions_for_rule": [BLOCK, {**BLOCK}]}, "exactly one action of the type block"),
        (
            {"ios": {}, "scheduled_actions_for_rule": [{"action_type": "block", "grace_period_days": 366}]},
            "grace_period_days must be between 0 and 365",
        ),
        (
            {"ios": {}, "scheduled_actions_for_rule": [{"action_type": "block", "grace_period_hours": -1}]},
            "between 0 and 8760",
        ),
        (
            {"ios": {}, "scheduled_actions_for_rule": [BLOCK, {"action_type": "notification"}]},
            "needs notification_template",
        ),
        (
            {"ios": {}, "scheduled_actions_for_rule": [{**BLOCK, "notification_template": "x"}]},
            "for the type notification only",
        ),
        ({"ios": {"device_threat_protection_enabled": True}}, "secured, low, medium or high"),
        ({"macos": {"device_threat_protection_enabled": True, LEVEL: "unavailable"}}, "secured, low, medium or high"),
        ({"ios": {"passcode_minimum_length": 3}}, "ios.passcode_minimum_length must be between 4 and 14"),
        (
            {"windows10": {"device_compliance_policy_script": {"run_interval_in_minutes": 481}}},
            "run_interval_in_minutes must be between 1 and 480",
        ),
        (
            {"macos": {"device_compliance_policy_script": {"rules_content": "{"}}},
            "rules_content cannot be used: it is not JSON",
        ),
    ],
)
def test_what_graph_would_refuse_is_refused_before_any_write(
    tenant: Tenant, options: dict[str, Any], said: str
) -> None:
    assert said in tenant.fails(MODULE, name="P", **options)


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ([], "exactly one action of the type block"),
        ([BLOCK, {**BLOCK, "grace_period_days": 1}], "exactly one action of the type block"),
        ([{**BLOCK, "grace_period_hours": 99999}], "between 0 and 8760"),
        ([BLOCK, {"action_type": "notification"}], "needs notification_template"),
    ],
)
def test_actions_are_checked_without_the_platform_in_the_task(
    tenant: Tenant, actions: list[dict[str, Any]], said: str
) -> None:
    tenant.run(MODULE, name="P", ios={})
    assert said in tenant.fails(MODULE, name="P", description="new", scheduled_actions_for_rule=actions)


def test_platforms_exclude_each_other_and_so_do_days_and_hours(tenant: Tenant) -> None:
    with pytest.raises(AssertionError, match="mutually exclusive"):
        tenant.run(MODULE, name="P", ios={}, android={})
    with pytest.raises(AssertionError, match="mutually exclusive"):
        tenant.run(
            MODULE,
            name="P",
            ios={},
            scheduled_actions_for_rule=[{**BLOCK, "grace_period_days": 1, "grace_period_hours": 24}],
        )


def test_the_platform_cannot_be_changed(tenant: Tenant) -> None:
    policy = tenant.run(MODULE, name="P", ios={})
    with pytest.raises(CreateOnlyChange, match="android"):
        tenant.run(MODULE, id=policy["id"], android={})
    with pytest.raises(
        InvalidOptions,
        match="give one of ios, android_work_profile, android_device_owner, aosp_device_owner, android, ",
    ):
        tenant.run(MODULE, name="Q")
    tenant.run(MODULE, id=policy["id"], scheduled_actions_for_rule=[{**BLOCK, "grace_period_days": 4}])
    recreated = tenant.run(MODULE, id=policy["id"], android={}, recreate=True)
    assert (stored(tenant)["id"], stored(tenant)["@odata.type"]) == (
        recreated["id"],
        "#microsoft.graph.androidCompliancePolicy",
    )
    assert stored(tenant)["scheduledActionsForRule"][0]["scheduledActionConfigurations"][0][GRACE] == 96


def test_what_the_portal_and_older_tenants_have_is_shown_and_given_back(tenant: Tenant) -> None:
    block = {"ruleName": "PasswordRequired", "scheduledActionConfigurations": [{"actionType": "block"}]}
    values: dict[str, dict[str, Any]] = {
        "windows10CompliancePolicy": {"customComplianceRequired": True},
        "windows10MobileCompliancePolicy": {"passwordRequireToUnlockFromIdle": True, "bitLockerEnabled": True},
    }
    for graph_type, body in values.items():
        tenant.have(POLICIES, graph_type, graph_type, scheduledActionsForRule=[block], **body)
    policies = tenant.run(f"{MODULE}_info")["compliance_policies"]
    shown = {policy["name"]: policy for policy in policies}
    assert shown["windows10CompliancePolicy"]["windows10"]["custom_compliance_required"]
    assert shown["windows10MobileCompliancePolicy"]["windows10_mobile"]["password_require_to_unlock_from_idle"]
    for policy in policies:
        options = {name: value for name, value in policy.items() if name != "type"}
        assert not tenant.run(MODULE, **options)["changed"]


WITH_DEFENDER = ["ios", "android_work_profile", "android_device_owner", "android", "macos"]


def test_a_level_brings_its_switch_along_when_a_policy_is_created(tenant: Tenant) -> None:
    tenant.settles(MODULE, name="P", ios={LEVEL: "secured"})
    assert stored(tenant)["deviceThreatProtectionEnabled"] is True
    # An explicit switch is what it is.
    tenant.settles(MODULE, name="P", ios={LEVEL: "low", SWITCH: False})
    assert stored(tenant)["deviceThreatProtectionEnabled"] is False
    assert tenant.run(MODULE, name="P", ios={LEVEL: "low", SWITCH: True})["changed"]
    # The switch of an existing policy changes only when it is declared.
    tenant.settles(MODULE, name="P", ios={LEVEL: "not_set"})
    assert stored(tenant)["deviceThreatProtectionEnabled"] is True
    # A level alone does not switch it on again, and the module says so.
    assert tenant.settles(MODULE, name="P", ios={LEVEL: "low", SWITCH: False})["warnings"] == []
    (warning,) = tenant.run(MODULE, name="P", ios={LEVEL: "medium"})["warnings"]
    assert f"no effect while {SWITCH} is off" in warning
    # The level of the policy is enough for the switch.
    tenant.settles(MODULE, name="P", ios={SWITCH: True})
    assert SWITCH in tenant.fails(MODULE, name="Q", ios={SWITCH: True})


@pytest.mark.parametrize("section", WITH_DEFENDER)
def test_a_level_of_defender_creates_with_the_switch_on(tenant: Tenant, section: str) -> None:
    options: dict[str, Any] = {section: {ADVANCED: "medium"}}
    tenant.settles(MODULE, name="P", **options)
    assert stored(tenant)["deviceThreatProtectionEnabled"] is True


@pytest.mark.parametrize("is_shown", [True, False])
@pytest.mark.parametrize("section", WITH_DEFENDER)
def test_a_policy_of_defender_is_given_back_unchanged(tenant: Tenant, section: str, is_shown: bool) -> None:
    """As recorded from a real tenant: the switch is on, and only the level of Defender is set."""
    options: dict[str, Any] = {section: {ADVANCED: "medium"}}
    tenant.run(MODULE, name="P", **options)
    values = {
        "deviceThreatProtectionEnabled": True,
        "deviceThreatProtectionRequiredSecurityLevel": "unavailable",
        "advancedThreatProtectionRequiredSecurityLevel": "medium" if is_shown else None,
    }
    tenant.emulator.seed({"op": "update", "collection": POLICIES, "id": stored(tenant)["id"], "values": values})
    (shown,) = tenant.run("intune_compliance_policy_info", name="P")["compliance_policies"]
    tenant.emulator.journal(clear=True)
    assert not tenant.run(MODULE, **shown)["changed"]
    assert tenant.writes() == []
    if is_shown:
        assert shown[section][SWITCH] is True


@pytest.mark.parametrize("section", WITH_DEFENDER)
def test_an_idle_run_leaves_a_policy_of_defender_on(tenant: Tenant, section: str) -> None:
    object_type = next(each for each in TYPES if each.section == section)
    lowered: dict[str, Any] = {section: {ADVANCED: "low", LEVEL: "unavailable"}}
    created: dict[str, Any] = {section: {ADVANCED: "medium"}}
    for values in (
        {"deviceThreatProtectionRequiredSecurityLevel": "unavailable"},
        {"advancedThreatProtectionRequiredSecurityLevel": "medium"},
        {
            "deviceThreatProtectionRequiredSecurityLevel": "unavailable",
            "advancedThreatProtectionRequiredSecurityLevel": "medium",
        },
    ):
        policy = tenant.have(POLICIES, object_type.graph_type, "P", deviceThreatProtectionEnabled=True, **values)
        (found,) = tenant.run("intune_compliance_policy_info", name="P")["compliance_policies"]
        assert found[section][SWITCH] is True
        assert not tenant.run(MODULE, **found)["changed"]
        assert tenant.run(MODULE, **{**found, "description": "new"})["changed"]
        assert tenant.run(MODULE, name="P", **lowered)["changed"]
        assert stored(tenant)["deviceThreatProtectionEnabled"] is True
        tenant.run(MODULE, id=policy, state="absent")
    tenant.settles(MODULE, name="P", **created)
    assert stored(tenant)["deviceThreatProtectionEnabled"] is True
    tenant.settles(MODULE, name="P", **{section: {SWITCH: True, ADVANCED: "low"}})


def test_rules_of_ones_own_are_compared_by_meaning(tenant: Tenant) -> None:
    tenant.emulator.seed(SCRIPT)
    script = {
        "device_compliance_script": "Own rules",
        "rules_content": json.dumps({"Rules": [{"SettingName": "a", "Operand": 1.0}]}),
    }
    tenant.settles(MODULE, name="P", windows10={"device_compliance_policy_script": script})
    script["rules_content"] = '{ "Rules": [ {"Operand": 1, "SettingName": "a"} ] }'
    assert not tenant.run(MODULE, name="P", windows10={"device_compliance_policy_script": script})["changed"]
    script["rules_content"] = '{"Rules": []}'
    assert tenant.run(MODULE, name="P", windows10={"device_compliance_policy_script": script})["changed"]


# -- whom a threat level is for ------------------------------------------------------------------------------


def advice(tenant: Tenant, *targets: Any, **options: Any) -> list[str]:
    """What is said about users only, in check mode, in the run that creates the policy, and in the one after it."""
    assignments = [
        {"all_devices": True} if target is None else {"all_users": True} if target is all else {"group": target}
        for target in targets
    ]
    runs = [
        tenant.run(MODULE, check=check, name="P", assignments=assignments, **{"ios": {LEVEL: "low"}, **options})
        for check in (True, False, False)
    ]
    warnings = [run["warnings"] for run in runs]
    assert warnings[0] == warnings[1] == warnings[2]
    assert not runs[2]["changed"]
    return list(warnings[0])


def test_a_threat_level_for_devices_is_warned_about(tenant: Tenant) -> None:
    device = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})[0]
    group(tenant, "Users")
    tenant.run("intune_group", name="Nested", members=[device["azureADDeviceId"]])
    tenant.run("intune_group", name="Outer", members=["Nested"])
    group(tenant, "Rule", groupTypes=["DynamicMembership"], membershipRule='(device.deviceOSType -eq "iPhone")')
    group(tenant, "People", groupTypes=["DynamicMembership"], membershipRule='(user.department -eq "device.x")')
    (warning,) = advice(tenant, None, "Users", "Outer", "Rule")
    assert "assigned to all devices, group 'Outer', group 'Rule':" in warning


def test_devices_behind_an_empty_page_are_warned_about(tenant: Tenant) -> None:
    device = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})[0]
    tenant.run("intune_group", name="Devices", members=[device["azureADDeviceId"]])
    tenant.emulator.settings(empty_pages=True)
    try:
        (warning,) = advice(tenant, "Devices")
    finally:
        tenant.emulator.settings(empty_pages=False)
    assert "group 'Devices'" in warning


def test_a_threat_level_for_users_is_fine(tenant: Tenant) -> None:
    group(tenant, "Users")
    assert advice(tenant, all, "Users") == []
    group(
        tenant,
        "Devices left out",
        groupTypes=["DynamicMembership"],
        membershipRule='(device.deviceOSType -eq "iPhone")',
    )
    left_out = {"group": "Devices left out", "exclude": True}
    warnings = tenant.run(MODULE, name="P", ios={LEVEL: "low"}, assignments=[left_out])["warnings"]
    assert [text for text in warnings if "threat level" in text] == []


def test_advice_costs_nothing_without_the_rule_and_one_request_with_it(tenant: Tenant) -> None:
    group(tenant, "Users")
    assert advice(tenant, None, ios={LEVEL: "unavailable"}) == []
    costs = []
    for options in ({"passcode_required": True}, {LEVEL: "low", SWITCH: True}):
        tenant.run(MODULE, name="P", ios=options, assignments=[{"group": "Users"}], purge_assignments=True)
        costs.append(
            tenant.run(MODULE, name="P", ios=options, assignments=[{"group": "Users"}], purge_assignments=True)[
                "graph_requests"
            ]
        )
    assert costs == [1, 2]


def test_groups_that_cannot_be_read_are_not_spoken_of(tenant: Tenant) -> None:
    options: dict[str, Any] = {"name": "P", "ios": {LEVEL: "low"}, "assignments": [{"group": group(tenant, "Users")}]}
    tenant.run(MODULE, **options)
    tenant.emulator.settings(permissions=["DeviceManagementConfiguration.ReadWrite.All"])
    try:
        result = in_process.Tenant(tenant.emulator).run(MODULE, **options)
    finally:
        tenant.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert result["warnings"] == []


def test_a_template_that_is_not_there_is_named(tenant: Tenant) -> None:
    mail = {"action_type": "notification", "notification_template": "No such"}
    with pytest.raises(IntuneError, match="Not found: notification message template 'No such'"):
        tenant.run(MODULE, name="P", ios={}, scheduled_actions_for_rule=[BLOCK, mail])


def test_the_examples_of_the_documentation_run(tenant: Tenant) -> None:
    for name in ("Help desk", "Mobile users without a device"):
        group(tenant, name)
    results = tenant.run_examples(MODULE)
    assert [(result["changed"], result["warnings"]) for result in results] == [(True, [])] * 4
