# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmony Mobile works when it has an effect; what cannot be read is neither good nor bad."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.mobilesec.intune.plugins.filter.harmony_health import FilterModule
from ansible_collections.mobilesec.intune.plugins.filter.unknown_variables import FilterModule as Names

HEALTH = FilterModule().filters()["harmony_health"]
NOW = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
EVERYTHING = ["connector", "apps", "devices", "compliance", "protection", "access"]
FORBIDDEN = {"msg": "Refused.", "graph_error": {"status": 403}}
TO_ALL = [{"all_users": True, "intent": "required"}]
COUNTS = {"install_status": {"installed_device_count": 7}}


LEVEL = {"device_threat_protection_enabled": True, "device_threat_protection_required_security_level": "low"}


def numbers(total: int, **by_threat_state: int) -> dict[str, Any]:
    return {"ansible_facts": {"intune_devices_summary": {"total": total, "by_threat_state": by_threat_state}}}


GOOD: dict[str, Any] = {
    "connector": {
        "details": {"c": {"partner_state": "enabled", "last_heartbeat_date_time": NOW, "healthy": True}},
        "mtd_connectors": [
            {
                **dict.fromkeys(("ios_enabled", "android_enabled"), True),
                **{f"{name}_mobile_application_management_enabled": True for name in ("ios", "android")},
            }
        ],
    },
    "tenant": {"tenant": {"managed_google_play": {"last_app_sync_date_time": NOW, "last_app_sync_status": "success"}}},
    "apps": {
        "apps": [
            {"id": "1", "type": "ios_store_app", "name": "Harmony", "assignments": TO_ALL},
            {"id": "2", "type": "android_managed_store_app", "name": "Harmony", "assignments": TO_ALL},
        ],
        "details": {"1": COUNTS, "2": COUNTS},
    },
    "devices": numbers(10, secured=5, unknown=5),
    "groups": {"results": [{"item": "G", **numbers(1, secured=1)}]},
    "compliance": {
        "compliance_policies": [
            {
                "name": "P",
                "ios": dict(LEVEL),
                "android_work_profile": dict(LEVEL),
                "assignments": [{"group": "G"}],
            }
        ]
    },
    "protection": {
        "app_protection_policies": [
            {"name": "A", platform: {"maximum_allowed_device_threat_level": "medium"}, "assignments": [{"group": "G"}]}
            for platform in ("ios", "android")
        ]
    },
    "access": {
        "conditional_access_policies": [
            {
                "name": "C",
                "policy_state": "enabled",
                "conditions": {"users": {"include_groups": ["G"], "exclude_groups": ["Emergency"]}},
                "grant_controls": {
                    "operator": "or",
                    "built_in_controls": ["compliant_device", "compliant_application"],
                },
            }
        ]
    },
    "affected": {"results": [{"ansible_facts": {"intune_devices": []}}]},
    "members": {"results": []},
}
POLICY = ("access", "conditional_access_policies", 0)


def phone(name: str, **more: Any) -> dict[str, Any]:
    states = {"compliance_state": "noncompliant", "partner_reported_threat_state": "high_severity"}
    return {
        "id": name,
        "device_name": name,
        "operating_system": "iOS",
        "user_principal_name": f"{name}@contoso.example",
        **states,
        **more,
    }


def of_group(name: str, *ids: str) -> dict[str, Any]:
    return {"item": name, "ansible_facts": {"intune_devices": [{"id": text} for text in ids]}}


def judged(*path: str | int, to: Any = None, required: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """The verdict when one thing is not as it should be."""
    read: Any = copy.deepcopy(GOOD)
    place = read
    for step in path[:-1]:
        place = place[step]
    if path:
        place[path[-1]] = to
    return HEALTH(read, EVERYTHING if required is None else required, ["ios", "android"], **options)


def test_harmony_mobile_works_when_all_has_an_effect() -> None:
    result = judged()
    assert result["verdict"] == "working", result["report"]
    assert all(line.startswith("ok") for line in result["report"])


@pytest.mark.parametrize(
    ("assignments", "text"),
    [
        ([{"group": "G"}], "assigned to group G."),
        ([{"all_devices": True}, {"group": "G", "exclude": True}], "assigned to all devices."),
        ([{"all_users": True}, {"group": "G"}], "assigned to all users, group G."),
        ([{"group": "G", "filter": "Corporate"}], "assigned to group G (filter Corporate)."),
        ([{"group": "Nobody"}], "assigned to group Nobody (without devices)."),
    ],
)
def test_a_compliance_policy_names_whom_it_is_assigned_to(assignments: list[dict[str, Any]], text: str) -> None:
    read = copy.deepcopy(GOOD)
    read["groups"]["results"].append({"item": "Nobody", **numbers(0)})
    read["compliance"]["compliance_policies"][0]["assignments"] = assignments
    report = HEALTH(read, EVERYTHING, ["ios", "android"])["report"]
    assert any(line.endswith(text) for line in report)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("connector", "details"), {}, "There is none"),
        (("connector", "details", "c", "healthy"), False, "It has to be enabled"),
        (("connector", "mtd_connectors", 0, "ios_enabled"), False, "switched off for ios"),
        (("apps", "apps"), [], "There is no app for ios"),
        (("apps", "apps", 0, "assignments"), [], "No app for ios is assigned"),
        (("apps", "apps", 0, "assignments", 0, "intent"), "uninstall", "No app for ios is assigned"),
        (("apps", "apps", 1, "assignments", 0, "exclude"), True, "No app for android is assigned"),
        (("apps", "details"), {}, "installed on no device"),
        (("tenant", "tenant", "managed_google_play", "last_app_sync_date_time"), "2020-01-01T00:00:00Z", "Google Play"),
        (
            ("tenant", "tenant", "managed_google_play", "last_app_sync_status"),
            "credentialsNotValid",
            "credentialsNotValid",
        ),
        (("devices",), numbers(10, high_severity=10), "0 (0 %) are in a good state"),
        (("groups", "results", 0), {"item": "G", "msg": "Not found."}, "Group G could not be read. Not found."),
        (("compliance", "compliance_policies", 0, "assignments"), [{"group": "G", "exclude": True}], "is assigned"),
        (
            ("compliance", "compliance_policies", 0, "assignments"),
            [{"group": "G"}, {"group": "G", "exclude": True}],
            "No compliance policy with a threat level is assigned",
        ),
        (
            ("protection", "app_protection_policies", 0, "assignments"),
            [{"group": "G"}, {"group": "G", "exclude": True}],
            "policy for ios has a threat level",
        ),
        (
            ("apps", "apps", 0, "assignments"),
            [{"group": "G", "intent": "required"}, {"group": "G", "intent": "required", "exclude": True}],
            "No app for ios is assigned",
        ),
        (
            ("apps", "details", "2"),
            {"install_status": {"installed_device_count": 0, "failed_device_count": 9}},
            "For android, it is installed on no device, and failed on 9",
        ),
        (("tenant", "tenant", "managed_google_play_bound"), False, "not connected to managed Google Play"),
        (("devices",), numbers(0), "There are no managed devices. At least one device must be in a good state."),
        (("compliance", "compliance_policies"), [], "No compliance policy has"),
        (("apps",), {"msg": "Broken."}, "Could not be read. Broken."),
        (("protection", "app_protection_policies", 0, "assignments"), [], "policy for ios has a threat level"),
        (
            ("connector", "mtd_connectors", 0, "android_mobile_application_management_enabled"),
            False,
            "Set android_mobile_application_management_enabled: true",
        ),
        (("access", "conditional_access_policies"), [], "no Conditional Access policy requires compliant_device"),
        ((*POLICY, "policy_state"), "disabled", "ios: no Conditional Access policy requires"),
        ((*POLICY, "conditions", "platforms"), {"include_platforms": ["ios"]}, "android: no Conditional Access"),
        ((*POLICY, "grant_controls", "built_in_controls"), ["mfa", "compliant_device"], "ios: no Conditional Access"),
    ],
)
def test_what_has_no_effect_is_an_error_where_it_is_required(
    path: tuple[str | int, ...], value: Any, text: str
) -> None:
    result = judged(*path, to=value)
    assert result["verdict"] == "not working", result["report"]
    assert any(line.startswith("error") and text in line for line in result["report"]), result["report"]
    assert judged(*path, to=value, required=[])["verdict"] == "working"


@pytest.mark.parametrize("moment", [None, "", "soon", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", 7])
def test_a_moment_that_cannot_be_read_is_never(moment: Any) -> None:
    for path in (
        ("connector", "details", "c", "last_heartbeat_date_time"),
        ("tenant", "tenant", "managed_google_play", "last_app_sync_date_time"),
    ):
        assert "never" in " ".join(judged(*path, to=moment)["report"])


@pytest.mark.parametrize("about", [*EVERYTHING, "tenant"])
def test_what_the_login_may_not_read_cannot_be_told(about: str) -> None:
    result = judged(about, to=FORBIDDEN)
    assert result["verdict"] == "cannot tell", result["report"]
    assert any(line.startswith("unknown") for line in result["report"])


@pytest.mark.parametrize("about", EVERYTHING)
@pytest.mark.parametrize(
    "failure",
    [
        *({"graph_error": {"status": status}} for status in (0, 401, 403, 429, 500, 503, 504)),
        {"login_error": {"code": "AADSTS7000222"}},
        {"no_answer": True},
    ],
    ids=str,
)
def test_a_service_that_refuses_or_does_not_answer_is_unknown(about: str, failure: dict[str, Any]) -> None:
    result = judged(about, to={"msg": "Refused.", **failure})
    assert result["verdict"] == "cannot tell", result["report"]


def test_one_reason_is_reported_once() -> None:
    refused = {"msg": "The client secret has expired.", "login_error": {"code": "AADSTS7000222"}}
    names = ("connector", "tenant", "apps", "devices", "compliance", "protection", "access")
    read = {**dict.fromkeys(names, refused), "groups": {"results": [{"item": "G", **refused}]}}
    skipped = {"skipped": True}
    not_asked = {
        **dict.fromkeys(names, skipped),
        "connector": refused,
        "groups": {"results": [{"item": "G", **skipped}]},
    }
    for answers in (read, not_asked):
        result = HEALTH(answers, EVERYTHING, ["ios", "android"])
        assert result["verdict"] == "cannot tell"
        assert "\n".join(result["report"]).count("has expired") == 1, result["report"]
        assert sum("The reason is the same as for connector." in line for line in result["report"]) == 6


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("not_set_up", "is not set up, last"),
        ("error", "is in an error state, last"),
        (None, "is in an unknown state, last"),
        ("unresponsive", "is unresponsive, last"),
    ],
)
def test_the_state_of_the_connector_is_part_of_a_sentence(state: str | None, words: str) -> None:
    connector = {"partner_state": state, "last_heartbeat_date_time": NOW, "healthy": False}
    assert words in " ".join(judged("connector", "details", to={"c": connector})["report"])


def test_a_level_that_allows_all_threats_demands_nothing() -> None:
    """The level high is for reports only, and levels such as unavailable are no partner's."""
    for level in ("high", "unavailable", "not_set", None):
        read = copy.deepcopy(GOOD)
        for section in ("ios", "android_work_profile"):
            read["compliance"]["compliance_policies"][0][section][
                "device_threat_protection_required_security_level"
            ] = level
        result = HEALTH(read, EVERYTHING, ["ios", "android"])
        assert result["verdict"] == "not working", level
        assert "note    compliance  P allows all threats and is assigned to group G." in result["report"]


def test_each_platform_needs_a_policy_that_demands_a_level() -> None:
    read = copy.deepcopy(GOOD)
    del read["compliance"]["compliance_policies"][0]["android_work_profile"]
    missing = "No compliance policy for android with a threat level is assigned."
    assert f"note    compliance  {missing}" in HEALTH(read, EVERYTHING, ["ios", "android"])["report"]
    read["protection"]["app_protection_policies"] = read["protection"]["app_protection_policies"][:1]
    assert f"error   compliance  {missing}" in HEALTH(read, EVERYTHING, ["ios", "android"])["report"]
    assert HEALTH(read, ["compliance"], ["ios"])["verdict"] == "working"


def test_computers_do_not_lower_the_coverage_of_phones() -> None:
    read = copy.deepcopy(GOOD)
    summary = read["devices"]["ansible_facts"]["intune_devices_summary"]
    summary.update(total=100, by_threat_state={"secured": 9, "unknown": 91})
    summary["by_platform"] = {"iOS": 4, "iPadOS": 1, "AndroidEnterprise": 5, "Windows": 80, "macOS": 10}
    result = HEALTH(read, EVERYTHING, ["ios", "android"], min_coverage=90)
    assert result["verdict"] == "working", result["report"]
    assert any("9 of 10 with ios or android (90 %) are in a good state." in line for line in result["report"])
    assert HEALTH(read, EVERYTHING, ["ios", "android"], min_coverage=91)["verdict"] == "not working"


def test_what_is_misspelled_is_refused_and_not_passed_over() -> None:
    for required, platforms, words in (
        (["conector"], ["ios"], "health_required: there is no 'conector'. Did you mean 'connector'?"),
        (["connector,apps"], ["ios"], "there is no 'connector,apps'"),
        (["apps"], ["iOS"], "health_platforms: there is no 'iOS'. Did you mean 'ios'?"),
        (["apps"], ["windows"], "health_platforms: there is no 'windows'. Use: ios, android."),
    ):
        with pytest.raises(AnsibleFilterError) as caught:
            HEALTH(GOOD, required, platforms)
        assert words in str(caught.value)
    assert HEALTH(GOOD, "connector", "ios")["verdict"] == "working"
    for limits, words in (
        (("80%",), "health_min_coverage: '80%' is not a number."),
        ((0, None), "health_sync_max_age"),
    ):
        with pytest.raises(AnsibleFilterError) as caught:
            HEALTH(GOOD, ["apps"], ["ios"], *limits)
        assert words in str(caught.value)
    assert HEALTH(GOOD, "connector", "ios", "80", "168")["verdict"] == "working"


def test_the_reason_why_google_play_cannot_be_read_is_shown() -> None:
    result = judged("tenant", to={"tenant": {"managed_google_play": None}, "unreadable": ["Refused: no right."]})
    assert result["verdict"] == "cannot tell"
    assert any(line.endswith("could not be read. Refused: no right.") for line in result["report"])


def test_the_chain_names_the_devices_that_lose_access_and_those_that_do_not() -> None:
    devices = [
        phone("Lost"),
        phone("Excluded"),
        phone("Outside", partner_reported_threat_state="low_severity"),
        phone("Compliant", compliance_state="compliant"),
        phone("Harmless", compliance_state="compliant", partner_reported_threat_state="low_severity"),
        phone("Laptop", operating_system="Windows"),
        phone("Shared", user_principal_name=None),
    ]
    members = [of_group("G", "Lost", "Excluded", "Compliant", "Shared"), of_group("Emergency", "Excluded")]
    affected = {"results": [{"ansible_facts": {"intune_devices": devices}}]}

    def report(state: str, members: list[dict[str, Any]]) -> str:
        read = copy.deepcopy({**GOOD, "affected": affected, "members": {"results": members}})
        read["access"]["conditional_access_policies"][0]["policy_state"] = state
        del read["compliance"]["compliance_policies"][0]["android_work_profile"]
        result = HEALTH(read, EVERYTHING, ["ios", "android"])
        assert result["verdict"] == "working", result["report"]
        return "\n".join(result["report"])

    enforced = report("enabled", members)
    assert "ok      access      Noncompliant devices without access: 1: Lost (high_severity)." in enforced
    kept = "3: Compliant (high_severity), Excluded (high_severity), Shared (high_severity)."
    assert f"note    access      Devices with a threat that keep access: {kept}" in enforced
    assert "ok      access      ios: with a threat above low (P), an enrolled device loses access (C)." in enforced
    app = "android: with a threat above medium (A), a protected app loses access, unless the device is compliant (C)."
    assert f"note    access      {app}" in enforced
    only_reports = report("enabled_for_reporting_but_not_enforced", members)
    assert "note    access      Noncompliant devices that would lose access: 1: Lost (high_severity)." in only_reports
    assert "would lose access, but the policy only reports (C)." in only_reports
    # The members of one group could not be read.
    unclear = "It is unknown whether these noncompliant devices lose access: 2: Excluded (high_severity), Lost"
    assert unclear in report("enabled", members[:1])


def test_a_policy_with_further_conditions_may_not_act() -> None:
    limited = copy.deepcopy(GOOD)
    conditions = limited["access"]["conditional_access_policies"][0]["conditions"]
    conditions.update(sign_in_risk_levels=["high"], locations={"include_locations": []}, client_app_types=["all"])
    limited["affected"] = {"results": [{"ansible_facts": {"intune_devices": [phone("Lost")]}}]}
    limited["members"] = {"results": [of_group("G", "Lost"), of_group("Emergency")]}
    report = "\n".join(HEALTH(limited, EVERYTHING, ["ios"])["report"])
    assert "an enrolled device loses access, depending on sign_in_risk_levels (C)." in report
    assert "ok      access      ios" not in report
    assert "It is unknown whether these noncompliant devices lose access: 1: Lost" in report


def test_groups_are_read_only_for_policies_that_act_on_a_noncompliant_device() -> None:
    compliant = {"results": [{"ansible_facts": {"intune_devices": [phone("Kept", compliance_state="compliant")]}}]}
    for read in (GOOD, {**GOOD, "affected": compliant}):
        assert HEALTH(read, [], ["ios"], part="groups") == []
    affected = {"results": [{"ansible_facts": {"intune_devices": [phone("Lost")]}}]}
    assert HEALTH({**GOOD, "affected": affected}, [], ["ios"], part="groups") == ["G", "Emergency"]


def test_devices_that_could_not_be_read_are_unknown() -> None:
    assert judged("affected", to={"results": [FORBIDDEN]})["verdict"] == "cannot tell"
    assert judged("compliance", to=FORBIDDEN, required=["access"])["verdict"] == "cannot tell"


def test_coverage_has_a_threshold() -> None:
    assert judged(min_coverage=50)["verdict"] == "working"
    assert judged(min_coverage=51)["verdict"] == "not working"


def test_misspelled_variables_are_named_with_what_was_meant() -> None:
    refused = Names().filters()["unknown_variables"](["health_grops", "health_groups"], ["health_groups"])
    assert refused == ["There is no variable health_grops. Did you mean health_groups?"]
