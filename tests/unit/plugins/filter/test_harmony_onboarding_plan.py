# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the role: what it declares, refuses, needs and reports, without any request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.filter.harmony_onboarding_plan import FilterModule

PLAN = FilterModule().filters()["harmony_onboarding_plan"]
ROLE = Path(__file__).parents[4] / "roles" / "harmony_onboarding"
DEFAULTS: dict[str, Any] = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
SPECS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]
EVERYTHING = [
    "groups",
    "filters",
    "certificate",
    "vpn",
    "apps",
    "companion_apps",
    "app_config",
    "connector",
    "notification",
    "compliance",
    "app_protection",
    "conditional_access",
    "device_facts",
]
VPN = {
    "connection_name": "Harmony",
    "identifier": "com.example.vpn",
    "server": {"address": "192.0.2.1"},
    "authentication_method": "username_and_password",
}
OTHERS = {
    "kept_because": [{"reason": "assigned", "by": ["group 'Theirs'"]}],
    "msg": "The app 'A' stays: others use it.",
}


def plan(part: str = "objects", /, run: dict[str, Any] | None = None, **variables: Any) -> Any:
    own = {name: value for name, value in DEFAULTS.items() if name.startswith("harmony_onboarding_")}
    declared = {f"harmony_onboarding_{name}": value for name, value in variables.items()}
    return PLAN({**own, **declared}, DEFAULTS, part, **(run or {}))


def problems(run: dict[str, Any] | None = None, **variables: Any) -> str:
    return "\n".join(plan("problems", run, **variables))


def done(objects: str, **ids: Any) -> dict[str, Any]:
    """Results of a task, as Ansible registers those of a loop."""
    results = [
        {"item": name, "changed": True, **({"id": value} if isinstance(value, str) else value)}
        for name, value in ids.items()
    ]
    return {objects: {"results": results}}


def test_every_variable_has_a_default_and_a_description() -> None:
    own = {name for name in DEFAULTS if name.startswith("harmony_onboarding_")}
    assert own == set(SPECS["options"])
    for name in own:
        assert SPECS["options"][name].get("default") == DEFAULTS[name], name
        assert SPECS["options"][name]["description"]


def test_defaults_declare_what_published_values_are_enough_for() -> None:
    objects = plan()
    assert {name: list(found) for name, found in objects.items()} == {
        "groups": ["Harmony Mobile iOS", "Harmony Mobile Android"],
        "assignment_filters": [],
        "certificate_profiles": [],
        "vpn_profiles": [],
        "apps": ["Harmony Mobile Protect", "com.lacoon.security.fox"],
        "companion_apps": [],
        "app_configs": ["Harmony Mobile iOS"],
        "mtd_connectors": ["Check Point Harmony Mobile"],
        "notification_templates": [],
        "compliance_policies": [],
        "app_protection_policies": [],
        "conditional_access_policies": [],
        "device_facts": ["managed devices"],
    }
    assert objects["apps"]["com.lacoon.security.fox"]["assignments"] == [
        {"group": "Harmony Mobile Android", "intent": "required"}
    ]
    assert plan("problems") == []


def test_nothing_is_declared_for_a_platform_or_step_that_is_off() -> None:
    objects = plan(platforms=["android"], steps=["apps", "connector"])
    assert list(objects["apps"]) == ["com.lacoon.security.fox"]
    assert objects["mtd_connectors"]["Check Point Harmony Mobile"] == {
        "partner": "Check Point Harmony Mobile",
        "android_enabled": True,
    }
    assert not any(found for name, found in objects.items() if name not in ("apps", "mtd_connectors"))
    assert plan(platforms="ios, android", steps="apps") == plan(platforms=["ios", "android"], steps=["apps"])


def test_ids_take_the_place_of_names_as_soon_as_they_exist() -> None:
    variables: dict[str, Any] = {
        "steps": EVERYTHING,
        "ios_filter": "Corporate",
        "ios_filter_rule": '(device.deviceOwnership -eq "Corporate")',
        "vpn_ios": {**VPN, "enable_per_app": True, "provider_type": "packet_tunnel"},
    }
    results = {
        **done("groups", **{"Harmony Mobile iOS": "group-id"}),
        **done("assignment_filters", Corporate="filter-id"),
        **done("vpn_profiles", **{"Harmony Mobile zero-touch iOS": "vpn-id"}),
        **done("apps", **{"Harmony Mobile Protect": "app-id"}),
    }
    own = {"group": "group-id", "filter": "filter-id", "filter_mode": "include"}
    objects = plan("objects", {"results": results}, **variables)
    assert objects["apps"]["Harmony Mobile Protect"]["assignments"] == [
        {**own, "intent": "required", "settings": {"vpn_profile": "vpn-id"}}
    ]
    assert objects["app_configs"]["Harmony Mobile iOS"]["target_apps"] == ["app-id"]
    assert objects["compliance_policies"]["Harmony Mobile compliance iOS"]["assignments"] == [own]
    assert objects["companion_apps"]["Microsoft Authenticator"]["assignments"] == [{**own, "intent": "required"}]
    # The filters are for devices.
    protection = objects["app_protection_policies"]["Harmony Mobile app protection iOS"]
    assert protection["assignments"] == [{"group": "group-id"}]
    users = objects["conditional_access_policies"]["Harmony Mobile"]["conditions"]["users"]
    assert users["include_groups"] == ["group-id", "Harmony Mobile Android"]


def test_excluded_groups_are_excluded_from_everything() -> None:
    objects = plan(
        steps=[step for step in EVERYTHING if step != "device_facts"],
        platforms=["ios"],
        exclusion_group={"name": "Left out"},
        ios_exclude_groups=["Kiosks"],
        certificate="PEM",
        vpn_ios=VPN,
        compliance_threat_level="low",
    )
    assigned = ("certificate_profiles", "vpn_profiles", "apps", "companion_apps", "app_configs", "compliance_policies")
    for name in (*assigned, "app_protection_policies"):
        (options,) = objects[name].values()
        excluded = [item["group"] for item in options["assignments"] if item.get("exclude")]
        assert excluded == ["Kiosks", "Left out"], name
    assert access(objects)["conditions"]["users"]["exclude_groups"] == ["Left out"]


def access(objects: dict[str, Any]) -> dict[str, Any]:
    (policy,) = objects["conditional_access_policies"].values()
    return dict(policy)


def test_conditional_access_acts_on_what_the_other_steps_find_and_never_on_emergency_accounts() -> None:
    only: dict[str, Any] = {"platforms": ["ios"], "conditional_access_exclude_groups": ["Emergency"]}
    policy = access(plan(steps=EVERYTHING, **only))
    assert policy == {
        "name": "Harmony Mobile",
        "conditions": {
            "users": {
                "include_users": [],
                "include_groups": ["Harmony Mobile iOS"],
                "exclude_groups": ["Emergency"],
            },
            "applications": {"include_applications": ["Office365"]},
            "platforms": {"include_platforms": ["ios"]},
        },
        "grant_controls": {"operator": "or", "built_in_controls": ["compliant_device", "compliant_application"]},
    }
    for_all = access(
        plan(
            steps=["conditional_access", "compliance"],
            conditional_access_all_users=True,
            conditional_access_state="enabled",
        )
    )
    assert for_all["conditions"]["users"]["include_users"] == ["All"]
    assert for_all["grant_controls"]["built_in_controls"] == ["compliant_device"]
    assert for_all["policy_state"] == "enabled"
    pilot = plan(steps=["conditional_access"], conditional_access_groups=["Pilot"], conditional_access_controls=["x"])
    assert access(pilot)["conditions"]["users"]["include_groups"] == ["Pilot"]
    assert access(pilot)["grant_controls"]["built_in_controls"] == ["x"]
    removed = plan(steps=["conditional_access"], state="absent")
    assert access(removed) == {"name": "Harmony Mobile", "state": "absent"}
    kept: dict[str, Any] = {"steps": ["conditional_access"], "state": "absent", "conditional_access_remove": False}
    assert plan(**kept)["conditional_access_policies"] == {}
    assert "'Harmony Mobile' was left" in plan("result", **kept)["left_to_do"][0]


def test_app_protection_has_the_threat_level_and_the_connector_evaluates_it() -> None:
    settings: dict[str, Any] = {"ios": {"apps": [{"bundle_id": "com.example"}]}, "android": {"pin_required": True}}
    objects = plan(
        steps=["app_protection", "connector"], app_protection_threat_level="low", app_protection_settings=settings
    )
    level = {"maximum_allowed_device_threat_level": "low", "mobile_threat_defense_remediation_action": "block"}
    policies = objects["app_protection_policies"]
    assert policies["Harmony Mobile app protection iOS"]["ios"] == {**settings["ios"], **level}
    assert policies["Harmony Mobile app protection Android"]["android"] == {
        "app_group_type": "all_core_microsoft_apps",
        "pin_required": True,
        **level,
    }
    connector = objects["mtd_connectors"]["Check Point Harmony Mobile"]
    assert connector["ios_mobile_application_management_enabled"]
    assert connector["android_mobile_application_management_enabled"]


def test_a_purchased_ios_app_is_found_by_its_store_url() -> None:
    url = DEFAULTS["harmony_onboarding_ios_app_store_url"]
    for state in ("present", "absent"):
        app = plan(ios_app_use="auto", state=state)["apps"]["Harmony Mobile Protect"]
        assert (app["use"], app["app_store_url"], app.get("type")) == ("auto", url, None)
    assert problems(ios_app_use="vpp", ios_app_settings={"use_device_licensing": True}) == ""


def test_noncompliant_devices_bring_the_notification() -> None:
    variables: dict[str, Any] = {
        "steps": ["notification", "compliance"],
        "compliance_threat_level": "low",
        "notification_after_days": 2,
    }
    results = done("notification_templates", **{"Harmony Mobile threat": "template-id"})
    objects = plan("objects", {"results": results}, **variables)
    (message,) = objects["notification_templates"]["Harmony Mobile threat"]["localized_notification_messages"]
    assert message["is_default"]
    for policy in objects["compliance_policies"].values():
        assert policy["scheduled_actions_for_rule"][1:] == [
            {"action_type": "notification", "grace_period_days": 2, "notification_template": "template-id"}
        ]
    assert "notification_templates" in plan("needs", **variables)["steps"]
    assert plan("needs", **variables)["look_up"].get("notification_templates") is None
    removed = plan("objects", {"results": done("compliance_policies", P="policy")}, **variables, state="absent")
    assert removed["notification_templates"]["Harmony Mobile threat"]["released_by"] == ["policy"]


@pytest.mark.parametrize(
    ("group", "tenant", "is_noted"),
    [
        ({"name": "G", "membership_rule": '(device.deviceOSType -eq "iOS")'}, {}, True),
        ({"name": "G", "membership_rule": '(user.department -eq "Sales")'}, {}, False),
        ({"name": "G", "create": False}, {"groups_of_devices": ["G"]}, True),
        ({"name": "G"}, {"groups_of_devices": []}, False),
    ],
)
@pytest.mark.parametrize("step", ["app_protection", "conditional_access"])
def test_a_group_of_devices_is_noted_for_what_acts_on_users(
    group: dict[str, Any], tenant: dict[str, Any], is_noted: bool, step: str
) -> None:
    variables: dict[str, Any] = {"steps": ["groups", step], "platforms": ["ios"], "ios_group": group}
    assert plan("needs", **variables)["look_up"]["user_groups"] == ["G"]
    permissions = {"granted": [], "known": True, "missing": [], "tenant_id": "mine"}
    results = {"permissions": permissions, "tenant": {"tenant": {}, "not_found": [], **tenant}}
    findings = plan("preflight", {"results": results}, **variables)["findings"]
    noted = [line for line in findings if line.startswith("note   groups") and "'G'" in line and step in line]
    assert bool(noted) == is_noted


def test_one_group_for_both_platforms_is_declared_once_and_a_given_one_not_at_all() -> None:
    shared = {"name": "Shared", "members": ["a@contoso.example"]}
    assert list(plan(ios_group=shared, android_group=shared)["groups"]) == ["Shared"]
    assert problems(ios_group=shared, android_group=shared) == ""
    assert plan(ios_group={"id": "5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11"}, android_group={})["groups"] == {}
    assert plan(ios_group={"name": "x", "create": False}, android_group={"name": "y", "create": "no"})["groups"] == {}


def test_offboarding_declares_the_same_objects_to_take_back() -> None:
    variables: dict[str, Any] = {
        "steps": EVERYTHING,
        "vpn_ios": VPN,
        "ios_exclude_groups": ["Kiosks"],
        "certificate": "x",
    }
    kept, removed = plan(**variables), plan(**variables, state="absent")
    assert {name: list(found) for name, found in kept.items() if name not in ("device_facts", "app_configs")} == {
        name: list(found) for name, found in removed.items() if name not in ("device_facts", "app_configs")
    }
    for name, found in removed.items():
        for options in found.values():
            # Microsoft Entra has no place for the tag.
            tag = None if name == "conditional_access_policies" else "harmony_onboarding"
            assert (options["state"], options.get("created_by")) == ("absent", tag), name
    assert removed["apps"]["Harmony Mobile Protect"]["assignments"] == [
        {"group": "Harmony Mobile iOS", "intent": "required"}
    ]


def test_offboarding_tells_later_tasks_what_earlier_ones_released() -> None:
    results = {
        **done("apps", A={"id": "app", **OTHERS}),
        **done("compliance_policies", P="policy", Q={"id": "kept", **OTHERS}),
        **done("conditional_access_policies", C="access"),
    }
    objects = plan("objects", {"results": results}, state="absent", steps=EVERYTHING, connector_remove="always")
    assert objects["groups"]["Harmony Mobile iOS"]["released_by"] == ["access", "app", "kept", "policy"]
    assert objects["mtd_connectors"]["Check Point Harmony Mobile"]["released_by"] == ["policy"]


def test_groups_and_filters_are_released_by_each_object_that_was_assigned() -> None:
    everything: dict[str, Any] = {
        "steps": EVERYTHING,
        "certificate": "x",
        "vpn_ios": VPN,
        "ios_filter": "Corporate",
        "ios_filter_rule": '(device.deviceOwnership -eq "Corporate")',
    }
    assigned = [name for name, found in plan(**everything).items() if "assignments" in str(found)]
    assert len(assigned) == 7
    for name in assigned:
        results = done(name, A={"id": "kept", **OTHERS})
        objects = plan("objects", {"results": results}, state="absent", **everything)
        assert objects["groups"]["Harmony Mobile iOS"]["released_by"] == ["kept"], name
        assert objects["assignment_filters"]["Corporate"]["released_by"] == ["kept"], name


@pytest.mark.parametrize(("remove", "expected"), [("when_unused", 0), ("never", 0), ("always", 1)])
def test_the_connector_stays_while_others_use_an_app(remove: str, expected: int) -> None:
    results = done("apps", A={"id": "app", **OTHERS})
    variables: dict[str, Any] = {"state": "absent", "connector_remove": remove}
    assert len(plan("objects", {"results": results}, **variables)["mtd_connectors"]) == expected
    summary = plan("result", {"results": results}, **variables)["summary"]
    assert ("others still use the app 'A'" in "\n".join(summary)) == (remove == "when_unused")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"sate": "absent"}, "There is no variable harmony_onboarding_sate. Did you mean harmony_onboarding_state?"),
        ({"expected_tenantid": "x"}, "Did you mean harmony_onboarding_expected_tenant_id?"),
        ({"my_own_notes": 1}, "There is no variable harmony_onboarding_my_own_notes."),
        ({"created_by": ""}, "harmony_onboarding_created_by is empty."),
        ({"created_by": None, "state": "absent"}, "harmony_onboarding_created_by is empty."),
        ({"expected_tenant_id": " "}, "harmony_onboarding_expected_tenant_id is empty."),
        ({"platforms": []}, "harmony_onboarding_platforms is empty."),
        ({"device_groups": []}, "harmony_onboarding_device_groups is empty."),
        ({"ios_filter": ""}, "harmony_onboarding_ios_filter is empty."),
        ({"ios_exclude_groups": ["A", ""]}, "harmony_onboarding_ios_exclude_groups[1] is empty."),
        ({"ios_group": {"name": "x", "members": ["", None]}}, "harmony_onboarding_ios_group.members[0] is empty."),
        ({"ios_group": {"name": "x", "members": ["a", None]}}, "harmony_onboarding_ios_group.members[1] is empty."),
        (
            {"vpn_ios": {"identifier": "REPLACE_ME"}},
            "harmony_onboarding_vpn_ios still holds the placeholder REPLACE_ME.",
        ),
        ({"android_app_config_properties": {"k": ["REPLACE_ME"]}}, "still holds the placeholder"),
        ({"scope_tags": "[x]"}, "harmony_onboarding_scope_tags: must be a list, not text."),
        ({"vpn_ios": "{}"}, "harmony_onboarding_vpn_ios: must be a dictionary, not text."),
        ({"ios_group": {"nam": "x"}}, "harmony_onboarding_ios_group.nam"),
        ({"ios_app_settings": {"vpn": "x"}}, "harmony_onboarding_ios_app_settings.vpn"),
        ({"connector_settings": {"ios_enable": True}}, "harmony_onboarding_connector_settings.ios_enable"),
        ({"device_filters": {"operating_systems": ["iOS"]}}, "harmony_onboarding_device_filters.operating_systems"),
        ({"ios_app_minimum_os": "15.7"}, "app 'Harmony Mobile Protect': minimum_supported_operating_system '15.7'"),
        ({"ios_app_assignments": [{"all_users": True, "all_devices": True}]}, "exactly one of group"),
        ({"created_by": "a]b"}, "must not contain ']'"),
        (
            {"steps": ["app_protection"]},
            "harmony_onboarding_app_protection_threat_level: the step app_protection needs",
        ),
        ({"app_protection_settings": {"ios": {"pin": True}}}, "harmony_onboarding_app_protection_settings.ios.pin"),
        (
            {
                "steps": ["app_protection"],
                "app_protection_threat_level": "low",
                "app_protection_settings": {"ios": {"maximum_allowed_device_threat_level": "high"}},
            },
            "the threat level of ios and its action are harmony_onboarding_app_protection_threat_level",
        ),
        ({"notification_messages": [{"locale": "en-us"}]}, "harmony_onboarding_notification_messages"),
        ({"steps": ["conditional_access"]}, "harmony_onboarding_conditional_access_exclude_groups: the step"),
        ({"steps": ["conditional_access"]}, "harmony_onboarding_conditional_access_controls: the step"),
        (
            {"steps": ["conditional_access"], "ios_group": {}, "android_group": {}},
            "harmony_onboarding_conditional_access_groups: without groups",
        ),
        (
            {
                "steps": ["conditional_access"],
                "conditional_access_groups": ["Emergency"],
                "conditional_access_exclude_groups": ["Emergency"],
            },
            "'Emergency' is also in harmony_onboarding_conditional_access_exclude_groups",
        ),
        (
            {"steps": ["conditional_access"], "conditional_access_groups": ["A"], "conditional_access_all_users": True},
            "exclude each other",
        ),
        ({"steps": ["companion_apps"], "ios_companion_app_store_url": ""}, "is needed to add the iOS companion app"),
        (
            {"steps": ["compliance"], "compliance_threat_level": "low", "compliance_block_after_days": 400},
            "between 0 and 365",
        ),
    ],
)
def test_a_wrong_variable_is_named(variables: dict[str, Any], sentence: str) -> None:
    assert sentence in problems(**variables)


def test_null_is_not_given() -> None:
    names = [name.removeprefix("harmony_onboarding_") for name in DEFAULTS if name.startswith("harmony_onboarding_")]
    nulls = dict.fromkeys(name for name in names if name != "created_by")
    assert problems(**nulls) == ""
    assert plan(**nulls) == plan()


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("what", ["tags", "skip_tags"])
def test_a_tag_that_is_no_step_is_refused(own: bool, what: str) -> None:
    assert problems({what: ["conector"], "is_own_play": own}) == "There is no tag conector. Did you mean connector?"
    assert bool(problems({what: ["webservers"], "is_own_play": own})) == own
    for tag in ("all", "preflight", "connector", "untagged"):
        assert problems({what: [tag], "is_own_play": own}) == ""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, {}),
        ({"ios_group": {"name": "G", "create": False}}, {"groups": ["G"]}),
        ({"steps": ["apps"]}, {"groups": ["Harmony Mobile iOS", "Harmony Mobile Android"]}),
        (
            {"ios_filter": "F", "scope_tags": ["T"], "ios_exclude_groups": ["E"], "exclusion_group": {"name": "New"}},
            {"groups": ["E"], "assignment_filters": ["F"], "scope_tags": ["T"]},
        ),
        ({"ios_filter": "F", "ios_filter_rule": "r"}, {}),
        (
            {
                "steps": [*EVERYTHING],
                "compliance_assignments": [{"group": "C"}],
                "compliance_actions": [{"action_type": "notification", "notification_template": "N"}],
                "conditional_access_exclude_groups": ["Emergency"],
                "conditional_access_applications": ["Office365", "7b1e5c0f-3a3f-4d57-9a5e-0c0a1b2c3d4e", "Payroll"],
            },
            {
                "applications": ["Payroll"],
                "groups": ["C", "Emergency"],
                "notification_templates": ["N"],
                "user_groups": ["Harmony Mobile iOS", "Harmony Mobile Android"],
            },
        ),
        (
            {"steps": ["companion_apps"], "ios_companion_app_id": "id", "ios_group": {}, "android_group": {}},
            {"ios_apps": ["id"]},
        ),
        ({"ios_app_id": "id"}, {"ios_apps": ["id"]}),
        ({"platforms": ["ios"], "steps": ["groups", "app_config"]}, {"ios_apps": ["Harmony Mobile Protect"]}),
        ({"ios_app_settings": {"vpn_profile": "V"}}, {"vpn_profiles": ["V"]}),
        ({"device_groups": ["D", "Harmony Mobile iOS"]}, {"groups": ["D"]}),
        ({"ios_group": {"name": "G", "members": ["Inner", "a@contoso.example"]}}, {"groups": ["Inner"]}),
        ({"ios_exclude_groups": ["E"], "state": "absent"}, {}),
    ],
)
def test_all_that_others_created_is_looked_up_before_anything_is_written(
    variables: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    assert plan("needs", **variables)["look_up"] == expected


def test_permissions_are_those_of_the_chosen_steps() -> None:
    assert set(plan("needs")["steps"]) == {
        "groups",
        "apps",
        "apps_android",
        "app_config",
        "connector",
        "device_facts",
        "assignments",
    }
    only = plan("needs", {"tags": ["connector"]})
    assert only["steps"] == ["connector"]
    members = {"name": "G", "members": ["a@contoso.example"]}
    needs = plan("needs", ios_group=members)
    assert {"groups_members", "groups_users"} <= set(needs["steps"])
    # Microsoft documents it; the preflight only notes it.
    assert set(needs["to_grant"]) - set(needs["steps"]) == {"groups_user_members"}
    assert plan("needs", steps=["groups"], state="absent")["steps"] == ["remove_groups"]
    assert set(plan("needs", steps=["companion_apps", "conditional_access"])["steps"]) == {
        "companion_apps",
        "apps_android",
        "conditional_access",
        "assignments",
    }
    assert set(plan("needs", steps=["notification"], state="absent")["steps"]) == {
        "notification",
        "remove_notification",
    }


@pytest.mark.parametrize(
    ("tenant", "weight", "text"),
    [
        ({"not_found": ["group 'X'"], "unclear": []}, "error", "Group 'X' was not found."),
        ({"not_found": [], "unclear": ["More than one group is called 'X'."]}, "error", "More than one group"),
        ({"not_found": None}, "note", "could not be read"),
        ({"not_found": [], "tenant": {"id": "other"}}, "error", "the login is for other"),
        ({"not_found": [], "tenant": {"managed_google_play_bound": False}}, "error", "Managed Google Play is not"),
        ({"not_found": [], "tenant": {"managed_google_play_bound": None}}, "note", "could not be read"),
    ],
)
def test_preflight_weighs_what_it_finds(tenant: dict[str, Any], weight: str, text: str) -> None:
    permissions = {"granted": [], "known": True, "missing": [], "tenant_id": "mine"}
    results = {"permissions": permissions, "tenant": {"tenant": {}, **tenant}}
    found = plan("preflight", {"results": results}, expected_tenant_id="MINE", ios_exclude_groups=["X"])
    assert found["passed"] == (weight != "error")
    assert [line for line in found["findings"] if line.startswith(weight) and text in line]


def test_findings_about_enrollment_are_notes_of_what_can_be_read() -> None:
    def finding(code: str, severity: str) -> dict[str, str]:
        return {"code": code, "severity": severity, "message": f"About {code}."}

    findings = [
        finding("platform_blocked", "error"),
        finding("vpp_token_expiring", "warning"),
        finding("dep_tokens_unknown", "unknown"),
        finding("managed_google_play_not_bound", "error"),
    ]
    permissions = {"granted": [], "known": True, "missing": [], "tenant_id": "mine"}
    tenant = {"tenant": {"id": "mine", "managed_google_play_bound": True}, "not_found": [], "unclear": []}

    def lines(found: Any, **variables: Any) -> list[str]:
        results = {"permissions": permissions, "tenant": tenant, "enrollment": found}
        preflight = plan("preflight", {"results": results}, **variables)
        assert preflight["passed"]
        return [line for line in preflight["findings"] if " enrollment " in line]

    assert lines({"findings": findings}) == [
        "note   enrollment   About platform_blocked.",
        "note   enrollment   About vpp_token_expiring.",
    ]
    assert len(lines({"findings": findings}, steps=["connector"])) == 3
    assert lines({"findings": []}) == ["ok     enrollment   Nothing keeps devices from being enrolled."]
    assert lines({"findings": findings[2:3]}) == lines({"msg": "The task failed."}) == lines({}) == []


def test_only_an_onboarding_looks_at_enrollment() -> None:
    assert plan("needs", platforms=["ios"])["enrollment"] == ["ios"]
    assert plan("needs", state="absent")["enrollment"] == []


def test_created_updated_and_adopted_are_told_apart() -> None:
    ours = {"created_by": "harmony_onboarding"}
    results = {
        **done(
            "groups",
            A={"id": "1", "created": True, "group": {"id": "1", "name": "A", **ours}},
            B={"id": "2", "group": {"id": "2", "name": "B", **ours}},
            C={"id": "3", "group": {"id": "3", "name": "C"}},
            D={"id": "4", "group": {"id": "4", "name": "D"}, "changed": False},
        ),
        **done("mtd_connectors", H={"id": "5", "mtd_connector": {"id": "5", "partner_state": "enabled"}}),
    }
    result = plan("result", {"results": results})
    statuses = [(item["name"], item["status"]) for item in result["objects"]]
    assert statuses == [("A", "created"), ("B", "updated"), ("C", "adopted"), ("D", "unchanged"), ("H", "updated")]
    assert "4 of 5 objects changed (1 adopted, 1 created, 2 updated)." in result["summary"][0]
    assert not any("dashboard (" in text for text in result["left_to_do"])


def test_preflight_shows_what_the_onboarding_covers() -> None:
    found = plan("preflight", platforms="ios", steps="apps, groups", created_by=None)
    covers = {name: found[name] for name in ("platforms", "steps", "created_by")}
    assert covers == {"platforms": ["ios"], "steps": ["groups", "apps"], "created_by": "harmony_onboarding"}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ios_group": {"name": ["A"]}}, "name takes one text, not a list."),
        ({"ios_group": {"name": "A "}}, "'A ' begins or ends with a blank"),
        (
            {
                "steps": ["notification", "compliance"],
                "compliance_threat_level": "low",
                "notification_name": "N",
                "notification_messages": [
                    {"locale": False, "subject": "s", "message_template": "m", "is_default": True}
                ],
            },
            "localized_notification_messages[0].locale is false, which YAML also makes of yes, no, on and off",
        ),
        ({"steps": ["apps"], "android_app_package_id": "com example"}, "package_id must be a package name"),
        (
            {
                "steps": ["apps", "app_config"],
                "ios_app_config_xml": "<dict/>",
                "ios_app_config_settings": [{"key": "a", "value": "b"}],
            },
            "ios_app_config_settings and harmony_onboarding_ios_app_config_xml exclude each other",
        ),
        ({"steps": ["certificate"], "certificate": "x"}, "certificate cannot be used: it is no X.509 certificate"),
        ({"steps": ["device_facts"], "device_fields": ["nope"]}, "managed devices: fields: no property of a managed"),
        ({"steps": ["device_facts"], "device_gather": "all"}, "managed devices: value of gather must be one of"),
        (
            {"steps": ["device_facts"], "device_filters": {"user_principal_name": ["x"]}},
            "managed devices: filters.user_principal_name[0]: 'x' is not a user principal name",
        ),
    ],
)
def test_what_a_module_would_refuse_later_is_refused_before_the_first_write(
    variables: dict[str, Any], said: str
) -> None:
    assert said in problems(**variables)
