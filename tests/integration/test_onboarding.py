# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks, as a user runs them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.plugin_utils._onboarding.variables import STEPS
from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.integration.conftest import Certificates
from tests.integration.harness import COLLECTIONS, Json, Player, Run, Task
from tests.integration.onboarding import SECRET, everything, full, role
from tests.samples import APPS, CONFIGS, CONNECTORS, FILTERS, POLICIES, PROFILES, TEMPLATES

COLLECTION = COLLECTIONS / "ansible_collections" / "mobilesec" / "intune"
EXAMPLE = COLLECTION / "playbooks" / "vars" / "example.yml"
ALL_VARIABLES = COLLECTION / "tests" / "demo" / "variables.yml"
EXAMPLES = ["-e", f"@{ALL_VARIABLES}"]
ACCESS = "identity/conditionalAccess/policies"
PROTECTION = [f"deviceAppManagement/{platform}ManagedAppProtections" for platform in ("ios", "android")]
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"


def outcome(run: Run) -> list[tuple[str, str]]:
    return [(item.name, item.status) for item in run.tasks]


def diffs(item: Task) -> list[Any]:
    results = item.result.get("results", [item.result])
    return [
        {side: result["diff"][side] for side in ("before", "after")}
        for result in results
        if isinstance(result.get("diff"), dict)
    ]


def without_references(value: Any) -> Any:
    """A diff without what it refers to: an object that is yet to be made has another id than it gets, and no name."""
    if isinstance(value, dict):
        return {
            key: "" if key in ("group", "filter", "target_apps", "vpn_profile") else without_references(item)
            for key, item in value.items()
        }
    return sorted(map(without_references, value), key=json.dumps) if isinstance(value, list) else value


def assert_excluded_everywhere(emulator: Emulator, name: str) -> None:
    state = emulator.state()
    (group,) = (item["id"] for item in state["groups"] if item["displayName"] == name)
    for path in (APPS, CONFIGS, PROFILES, POLICIES, *PROTECTION):
        for record in state["records"][path]:
            excluded = [
                item["target"]["groupId"]
                for item in record["assignments"]
                if item["target"]["@odata.type"].endswith("exclusionGroupAssignmentTarget")
            ]
            assert excluded == [group], record["displayName"]
    (policy,) = state["records"][ACCESS]
    assert policy["state"] == "enabledForReportingButNotEnforced"
    assert policy["conditions"]["users"]["excludeGroups"] == [group]


@pytest.fixture
def opt_in(player: Player, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A login that may also do what needs permissions of its own, with a token that has them."""
    monkeypatch.setitem(player.env, "INTUNE_TOKEN_CACHE", str(tmp_path / "tokens"))
    emulator.settings(permissions=[*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS])
    yield
    emulator.settings(permissions=list(DEFAULT_PERMISSIONS))


@pytest.mark.usefixtures("opt_in")
def test_onboarding_is_predicted_by_check_mode_changes_once_and_is_taken_back(
    play: Player, emulator: Emulator, certificates: Certificates
) -> None:
    untouched = everything(emulator)
    every = partial(full, certificates, steps=list(STEPS))
    predicted = play(**every(), check=True, diff=True)
    assert predicted.rc == 0, predicted.output[-4000:]
    assert everything(emulator) == untouched
    assert not any(item.writes for item in predicted.tasks)

    real = play(**every(), diff=True)
    assert real.rc == 0, real.output[-4000:]
    assert real.changed == 12  # of thirteen steps all but the device facts
    assert outcome(predicted) == outcome(real)
    for expected, item in zip(predicted.tasks, real.tasks, strict=True):
        assert without_references(diffs(expected)) == without_references(diffs(item)), item.name
    onboarded = everything(emulator)
    assert_excluded_everywhere(emulator, "Left out")
    policies = {item["@odata.type"]: item for item in emulator.state()["records"][POLICIES]}
    assert len(policies) == 3
    for policy in policies.values():
        assert (policy["deviceThreatProtectionEnabled"], policy["deviceThreatProtectionRequiredSecurityLevel"]) == (
            True,
            "medium",
        )
        actions = policy["scheduledActionsForRule"][0]["scheduledActionConfigurations"]
        assert {(item["actionType"], item["gracePeriodHours"]) for item in actions} == {
            ("block", 72),
            ("notification", 0),
            ("retire", 2160),
        }
    assert policies["#microsoft.graph.iosCompliancePolicy"]["securityBlockJailbrokenDevices"] is True

    again = play(**every(), diff=True)
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == 0, [item.name for item in again.tasks if item.changed]
    assert not any(item.writes for item in again.tasks)
    assert everything(emulator) == onboarded

    off = play(**every(state="absent"), check=True, diff=True)
    assert off.rc == 0, off.output[-4000:]
    assert everything(emulator) == onboarded
    taken_back = play(**every(state="absent"), diff=True)
    assert taken_back.rc == 0, taken_back.output[-4000:]
    assert outcome(off) == outcome(taken_back)
    assert everything(emulator)["groups"] == []
    for path in (APPS, CONFIGS, PROFILES, POLICIES, CONNECTORS, ACCESS, *PROTECTION):
        assert emulator.state()["records"].get(path, []) == []
    assert everything(emulator)["records"][TEMPLATES] == untouched["records"][TEMPLATES]
    assert {item["displayName"] for item in emulator.state()["records"][FILTERS]} == {
        "Corporate iOS",
        "Corporate Android",
    }
    once_more = play(**every(state="absent"))
    assert once_more.rc == 0, once_more.output[-4000:]
    assert once_more.changed == 0

    for run in (predicted, real, again, off, taken_back):
        assert "[WARNING]" not in run.output.replace("The group", "") or run in (predicted,)
        assert "[DEPRECATION" not in run.output
        assert SECRET not in run.output
        assert all(SECRET not in json.dumps(item.result) for item in run.tasks)


def test_onboarding_with_defaults_makes_groups_apps_configuration_connector_and_facts(
    play: Player, emulator: Emulator
) -> None:
    run = play(**role())
    assert run.rc == 0, run.output[-4000:]
    state = emulator.state()
    assert {group["displayName"] for group in state["groups"]} == {"Harmony Mobile iOS", "Harmony Mobile Android"}
    assert {app["@odata.type"] for app in state["records"][APPS]} == {
        "#microsoft.graph.iosStoreApp",
        "#microsoft.graph.androidManagedStoreApp",
    }
    assert all(len(app["assignments"]) == 1 for app in state["records"][APPS])
    (config,) = state["records"][CONFIGS]
    assert [(item["appConfigKey"], item["appConfigKeyValue"]) for item in config["settings"]] == [("MDM", "INTUNE")]
    (connector,) = state["records"][CONNECTORS]
    assert (connector["id"], connector["iosEnabled"], connector["androidEnabled"]) == (HARMONY, True, True)
    result = run["Put the result together"].result["ansible_facts"]["harmony_onboarding_result"]
    assert result["changed"] is True
    assert result["devices"]["total"] == 40
    assert result["left_to_do"], "consent in the vendor's dashboard cannot be given here"
    assert [f"  * {step}" for step in result["left_to_do"]] == result["summary"][-len(result["left_to_do"]) :]
    assert "WARNING" not in run.output
    # What a user leaves empty in a file of variables is not given.
    empty = (
        "expected_tenant_id",
        "ios_filter_rule",
        "ios_app_config_xml",
        "certificate_path",
        "certificate",
        "device_file",
    )
    again = play(**role(**dict.fromkeys(empty)))
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == 0


def test_exact_assignments_stay_when_the_app_goes_through_the_vpn_profile(
    play: Player, emulator: Emulator, certificates: Certificates
) -> None:
    arguments = full(
        certificates,
        steps=["groups", "apps", "vpn"],
        purge_assignments=True,
        ios_filter=None,
        ios_filter_rule="",
        android_filter=None,
    )
    assert play(**arguments).rc == 0
    assert (
        len(
            next(app for app in emulator.state()["records"][APPS] if app["@odata.type"].endswith("iosStoreApp"))[
                "assignments"
            ]
        )
        == 3
    )
    again = play(**arguments)
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == 0, [item.name for item in again.tasks if item.changed]


def test_offboarding_leaves_what_was_there_before_and_what_others_assigned(play: Player, emulator: Emulator) -> None:
    app = {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": "Harmony Mobile Protect",
        "publisher": "Check Point",
        "notes": "Ours since 2024",
        "appStoreUrl": "https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797",
        "minimumSupportedOperatingSystem": {"v12_0": True},
    }
    theirs, group, existing = emulator.seed(
        {"op": "create", "collection": "groups", "body": {"displayName": "Theirs"}},
        {"op": "create", "collection": "groups", "body": {"displayName": "Harmony Mobile Android"}},
        {"op": "create", "collection": APPS, "body": app},
    )
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": theirs["id"]}
    emulator.seed(
        {
            "op": "assign",
            "collection": APPS,
            "id": existing["id"],
            "assignments": [{"target": target, "intent": "available"}],
        }
    )
    before = next(
        json.dumps(record["assignments"])
        for record in emulator.state()["records"][APPS]
        if record["id"] == existing["id"]
    )

    run = play(**role(exclusion_group={"name": "Left out"}))
    assert run.rc == 0, run.output[-4000:]
    assert (
        len([record for record in emulator.state()["records"][APPS] if record["@odata.type"].endswith("iosStoreApp")])
        == 1
    )
    emulator.seed({"op": "heartbeat", "id": HARMONY})

    run = play(**role(state="absent", exclusion_group={"name": "Left out"}))
    assert run.rc == 0, run.output[-4000:]
    off = "vpn, companion_apps, notification, compliance, app_protection, conditional_access"
    assert f"The role did not look for what the steps {off} may have created" in run.output
    state = emulator.state()
    assert {item["displayName"] for item in state["groups"]} == {"Theirs", "Harmony Mobile Android"}
    (kept,) = state["records"][APPS]
    assert (kept["id"], kept["notes"]) == (existing["id"], "Ours since 2024")
    assert json.dumps(kept["assignments"]) == before
    assert [connector["id"] for connector in state["records"][CONNECTORS]] == [HARMONY], "the partner uses it"
    assert state["records"].get(CONFIGS, []) == []
    assert group["id"] in {item["id"] for item in state["groups"]}


def onboarding(name: str, platform: str, **more: Any) -> Json:
    """An onboarding beside others, with names of its own."""
    return {
        "created_by": name,
        "platforms": [platform],
        f"{platform}_group": {"name": f"{name} group"},
        f"{platform}_filter": f"{name} filter",
        f"{platform}_filter_rule": '(device.deviceOwnership -eq "Corporate")',
        f"{platform}_app_config_name": f"{name} configuration",
        "compliance_name": f"{name} compliance",
        "compliance_threat_level": "low",
        **more,
    }


@pytest.mark.parametrize("last", ["connector", "compliance"])
def test_taking_back_one_onboarding_leaves_another_whole(play: Player, emulator: Emulator, last: str) -> None:
    steps = ["groups", "filters", "apps", "app_config", *dict.fromkeys(("connector", last))]
    first, second = (role(**onboarding(name, "ios", steps=steps)) for name in ("first", "second"))
    for declared in (first, second):
        run = play(**declared)
        assert run.rc == 0, run.output[-4000:]
    # The second has adopted the app and the connector of the first.
    first["extra_vars"]["harmony_onboarding_state"] = "absent"
    predicted = play(**first, check=True)
    run = play(**first)
    assert run.rc == 0, run.output[-4000:]
    assert outcome(predicted) == outcome(run)
    for item, expected in zip(run.tasks, predicted.tasks, strict=True):
        kept = [result.get("kept_because") for result in item.result.get("results", [])]
        assert kept == [result.get("kept_because") for result in expected.result.get("results", [])], item.name
    assert "was left, because" in run.output
    state = emulator.state()
    assert [group["displayName"] for group in state["groups"]] == ["second group"]
    (app,) = state["records"][APPS]
    assert [item["target"]["groupId"] for item in app["assignments"]] == [state["groups"][0]["id"]]
    assert len(state["records"][CONNECTORS]) == 1
    names = {item["displayName"] for path in (CONFIGS, POLICIES) for item in state["records"].get(path, [])}
    assert names
    assert all(name.startswith("second") for name in names)
    again = play(**second)
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == 0, [item.name for item in again.tasks if item.changed]
    second["extra_vars"]["harmony_onboarding_state"] = "absent"
    assert play(**second).rc == 0
    assert emulator.state()["groups"] == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"platforms": ["windows"]}, "windows"),
        ({"steps": ["everything"]}, "everything"),
        ({"ios_group": {"nam": "x"}}, "nam"),
        ({"ios_app_intent": "mandatory"}, "mandatory"),
        ({"android_app_config_permissions": [{"permission": "x", "action": "allow"}]}, "allow"),
        ({"steps": ["vpn"]}, "harmony_onboarding_vpn_ios"),
        (
            {"steps": ["vpn"], "vpn_ios": {"authentication_method": "certificate", "enable_per_app": True}},
            "identity_certificate, provider_type",
        ),
        ({"ios_group": {"name": "x", "id": "y"}}, "harmony_onboarding_ios_group"),
        ({"ios_exclude_groups": ["Harmony Mobile iOS"]}, "more than once"),
        ({"certificate_path": "/no/such/file.pem"}, "/no/such/file.pem"),
        ({"steps": ["compliance"]}, "harmony_onboarding_compliance_threat_level"),
        ({"steps": ["compliance"], "compliance_threat_level": "none"}, "none"),
        (
            {
                "steps": ["compliance"],
                "compliance_threat_level": "low",
                "compliance_actions": [{"action_type": "block"}],
            },
            "block",
        ),
        ({"exclusion_group": {"name": "Harmony Mobile iOS"}}, "more than once"),
        ({"ios_filter_rule": '(device.model -eq "x")'}, "harmony_onboarding_ios_filter"),
        (
            {"android_app_config_secret_properties": '{"key": "value"}'},
            "harmony_onboarding_android_app_config_secret_properties: must be a dictionary",
        ),
    ],
)
def test_wrong_input_is_refused_before_any_request(
    play: Player, emulator: Emulator, variables: Json, said: str
) -> None:
    run = play(**role(**variables))
    assert run.rc != 0
    failed = [item for item in run.tasks if item.failed]
    assert len(failed) == 1
    assert said in json.dumps(failed[0].result, ensure_ascii=False)
    assert emulator.journal() == []


@pytest.mark.provokes_bad_requests
def test_offboarding_leaves_a_filter_that_somebody_else_uses(play: Player, emulator: Emulator) -> None:
    variables: Json = {
        "steps": ["filters"],
        "platforms": ["ios"],
        "ios_filter": "Ours",
        "ios_filter_rule": '(device.model -startsWith "iPhone")',
    }
    assert play(**role(**variables)).rc == 0
    made = next(
        item
        for item in emulator.state()["records"]["deviceManagement/assignmentFilters"]
        if item["displayName"] == "Ours"
    )
    target = {
        "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget",
        "deviceAndAppManagementAssignmentFilterId": made["id"],
    }
    app = {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": "Theirs",
        "publisher": "x",
        "appStoreUrl": "https://apps.apple.com/app/id1",
    }
    (theirs,) = emulator.seed({"op": "create", "collection": APPS, "body": app})
    assignment = {"target": {**target, "deviceAndAppManagementAssignmentFilterType": "include"}, "intent": "available"}
    emulator.seed({"op": "assign", "collection": APPS, "id": theirs["id"], "assignments": [assignment]})

    off = play(**role(**variables, state="absent"))
    assert off.rc == 0, off.output[-4000:]
    assert off.changed == 0
    assert "left        assignment filter         Ours" in off.output
    assert "The assignment filter 'Ours' was left, because somebody else uses it." in off.output


def test_a_single_step_runs_by_its_tag(play: Player, emulator: Emulator) -> None:
    # A step that is not on does not run by its tag either, and the summary says how it would.
    nothing = play(**role(), extra=["--tags", "vpn"])
    assert nothing.rc == 0
    assert "add vpn to harmony_onboarding_steps" in nothing.output
    run = play(**role(), extra=["--tags", "connector"])
    assert run.rc == 0, run.output[-4000:]
    state = emulator.state()
    assert len(state["records"][CONNECTORS]) == 1
    assert state["groups"] == []
    assert state["records"].get(APPS, []) == []


def test_an_app_that_is_there_is_used_by_its_id(play: Player, emulator: Emulator) -> None:
    body = {
        "@odata.type": "#microsoft.graph.iosVppApp",
        "displayName": "Bought",
        "publisher": "x",
        "bundleId": "com.example.bought",
    }
    app = emulator.seed({"op": "create", "collection": APPS, "body": body})[0]
    variables: Json = {"platforms": ["ios"], "steps": ["groups", "apps", "app_config"], "ios_app_id": app["id"]}
    run = play(**role(**variables, ios_app_settings={"use_device_licensing": True}))
    assert run.rc == 0, run.output[-4000:]
    (found,) = emulator.state()["records"][APPS]
    assert found["assignments"][0]["settings"]["useDeviceLicensing"] is True
    run = play(**role(**variables, state="absent"))
    assert run.rc == 0, run.output[-4000:]
    assert f"The app '{app['id']}' was left, because it is declared by its id." in run.output
    (found,) = emulator.state()["records"][APPS]
    assert found["assignments"] == []


def test_a_purchased_app_is_taken_where_a_licence_is_free(play: Player, emulator: Emulator) -> None:
    body = {
        "@odata.type": "#microsoft.graph.iosVppApp",
        "displayName": "Protect by Apple",
        "publisher": "x",
        "bundleId": "com.example.bought",
        "appStoreUrl": "https://apps.apple.com/de/app/x/id1006390797",
        "totalLicenseCount": 5,
    }
    emulator.seed({"op": "create", "collection": APPS, "body": body})
    variables: Json = {"platforms": ["ios"], "steps": ["groups", "apps", "app_config"], "ios_app_use": "auto"}
    settings = {"use_device_licensing": True}
    run = play(**role(**variables, ios_app_settings=settings))
    assert run.rc == 0, run.output[-4000:]
    (found,) = emulator.state()["records"][APPS]
    assert found["assignments"][0]["settings"]["useDeviceLicensing"] is True
    (config,) = emulator.state()["records"][CONFIGS]
    assert config["targetedMobileApps"] == [found["id"]]
    assert play(**role(**variables, ios_app_settings=settings)).changed == 0
    run = play(**role(**variables, state="absent"))
    assert run.rc == 0, run.output[-4000:]
    (found,) = emulator.state()["records"][APPS]
    assert found["assignments"] == []


def test_the_example_runs_as_it_stands_through_the_playbooks(play: Player, emulator: Emulator) -> None:
    defaults = yaml.safe_load((COLLECTION / "roles/harmony_onboarding/defaults/main.yml").read_text(encoding="utf-8"))
    own = {name for name in defaults if name.startswith("harmony_onboarding_")}
    assert own - set(yaml.safe_load(ALL_VARIABLES.read_text(encoding="utf-8"))) == {"harmony_onboarding_state"}
    onboard = play(playbook="mobilesec.intune.onboard", extra=EXAMPLES)
    assert onboard.rc == 0, onboard.output[-4000:]
    assert onboard.changed > 0
    again = play(playbook="mobilesec.intune.onboard", extra=EXAMPLES)
    assert again.rc == 0, again.output[-4000:]
    assert again.changed == 0, [item.name for item in again.tasks if item.changed]
    before = {group["displayName"]: group["id"] for group in emulator.state()["groups"]}
    offboard = play(playbook="mobilesec.intune.offboard", extra=EXAMPLES)
    assert offboard.rc == 0, offboard.output[-4000:]
    assert everything(emulator)["groups"] == []
    restored = play(
        **role(platforms=["ios"], steps=["groups"], ios_group={"name": "Harmony Mobile iOS", "restore": True})
    )
    assert restored.rc == 0, restored.output[-4000:]
    assert [group["id"] for group in emulator.state()["groups"]] == [before["Harmony Mobile iOS"]]
    for run in (onboard, again, offboard, restored):
        assert "WARNING" not in run.output
        assert "DEPRECAT" not in run.output


def test_the_first_run_of_the_example_neither_blocks_devices_nor_invents_values(
    play: Player, emulator: Emulator
) -> None:
    run = play(playbook="mobilesec.intune.onboard", extra=["-e", f"@{EXAMPLE}"])
    assert run.rc == 0, run.output[-4000:]
    records = emulator.state()["records"]
    assert not records.get(POLICIES)
    assert not records.get(PROFILES)
    assert len(records[APPS]) == 2
    text = EXAMPLE.read_text(encoding="utf-8").partition("# ---- 1.")[2]
    uncommented = re.sub(r"^# (harmony_|  )", r"\1", f"#{text}", flags=re.MULTILINE)
    variables = {**yaml.load(uncommented, UnsafeText), "harmony_onboarding_steps": ["vpn"]}
    # These are refused by other sentences.
    for name in ("ios_app_config_settings", "compliance_threat_level", "app_protection_threat_level"):
        del variables[f"harmony_onboarding_{name}"]
    run = play(playbook="mobilesec.intune.preflight", extra_vars=variables)
    assert run.rc != 0
    for name in ("expected_tenant_id", "vpn_ios", "android_app_config_properties", "compliance_assignments"):
        assert f"harmony_onboarding_{name} still holds the placeholder REPLACE_ME" in run.output


class UnsafeText(yaml.SafeLoader):
    """Reads !unsafe as Ansible does."""


UnsafeText.add_constructor("!unsafe", lambda loader, node: str(node.value))


def test_a_value_that_intune_fills_in_has_to_be_marked(play: Player, emulator: Emulator) -> None:
    settings = [{"key": "device", "type": "token", "value": "{{deviceid}}"}]
    run = play(**role(ios_app_config_settings=settings))
    assert run.rc != 0
    assert "!unsafe" in run.output
    assert emulator.journal() == []


def test_devices_are_read_into_facts_and_a_private_file(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "devices.jsonl"
    variables: Json = {"intune_devices_file": str(path), "intune_devices_filters": {"operating_system": ["iOS"]}}
    # A relative path is one where the user is, not where the playbook is.
    near = play.start(
        playbook="mobilesec.intune.sync_devices",
        extra_vars={**variables, "intune_devices_file": "near.csv"},
    )
    near()
    assert (near.folder / "near.csv").is_file()
    run = play(playbook="mobilesec.intune.sync_devices", extra_vars=variables)
    assert run.rc == 0, run.output[-4000:]
    devices = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {device["operating_system"] for device in devices} == {"iOS"}
    assert len(devices) == 15
    assert path.stat().st_mode & 0o777 == 0o600
    assert "WARNING" not in run.output
    again = play(playbook="mobilesec.intune.sync_devices", extra_vars=variables)
    assert again.changed == 0


def test_the_role_reads_the_devices_of_its_groups(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "devices.csv"
    variables: Json = {
        "steps": ["groups", "device_facts"],
        "device_groups": ["Harmony Mobile iOS"],
        "device_file": str(path),
    }
    checked = play(**role(**variables), check=True)
    assert checked.rc == 0, checked.output[-4000:]
    assert not path.exists()
    run = play(**role(**variables))
    assert run.rc == 0, run.output[-4000:]
    assert path.read_text(encoding="utf-8").startswith("id,device_name,")
    assert "Managed devices: 0" in run.output
