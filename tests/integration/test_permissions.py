# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Least privilege, as a user lives it: the role's preflight, and the playbooks around the onboarding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.settings import CLIENT_ID, DEFAULT_PERMISSIONS, TENANT_ID
from tests.integration.conftest import Certificates
from tests.integration.harness import FQCN, Json, Player, Run, Task
from tests.samples import APPS
from tests.tools.permission_docs import least_of_role
from tests.unit.emulator.api import token

ROLE = f"{FQCN}harmony_onboarding"
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
# The application rows of the vendor's table, and of those what stays in use.
STEADY = ["DeviceManagementManagedDevices.Read.All", "Directory.Read.All"]
ONE_CLICK = [
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Group.Create",
    "Group.ReadWrite.All",
]
GRANTING = ["AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"]
VPN = {
    "connection_name": "Harmony",
    "identifier": "com.example.vpn",
    "server": {"address": "192.0.2.1"},
    "authentication_method": "username_and_password",
}
COMPLIANCE = {
    "harmony_onboarding_steps": ["groups", "apps", "app_config", "connector", "compliance", "device_facts"],
    "harmony_onboarding_compliance_threat_level": "low",
}


@pytest.fixture
def tenant(emulator: Emulator) -> Iterator[Emulator]:
    yield emulator
    emulator.settings(permissions=list(DEFAULT_PERMISSIONS))


def fresh(home: Player, name: str) -> dict[str, Any]:
    """Another place for tokens: one that was kept does not know what was granted or revoked since."""
    return {"env": {"INTUNE_TOKEN_CACHE": str(home.home / f"tokens-{name}")}}


def findings(task: Task) -> list[str]:
    message = task.result.get("msg")
    return [str(line) for line in message] if isinstance(message, list) else [str(message)]


def of_weight(task: Task, weight: str) -> str:
    return "\n".join(line for line in findings(task) if line.startswith(weight))


def test_health_asks_nothing_more_after_a_refused_login(play: Player) -> None:
    run = play(playbook=f"{FQCN}health", env={"AZURE_CLIENT_SECRET": "wrong", "INTUNE_TOKEN_CACHE": "none"})
    assert run.rc == 4, run.output[-4000:]
    (refusal, *others) = findings(run["Report"])[1:]
    assert "AADSTS7000215" in refusal
    assert len(others) == 6
    assert "AADSTS" not in "".join(others)


def test_the_vendors_permissions_suffice_and_can_be_reduced_afterwards(play: Player, tenant: Emulator) -> None:
    tenant.settings(permissions=[*STEADY, *ONE_CLICK])
    onboarded = play(playbook=f"{FQCN}onboard", extra_vars=COMPLIANCE, **fresh(play, "onboard"))
    assert onboarded.rc == 0, onboarded.output[-4000:]
    assert of_weight(onboarded["Preflight"], "error") == ""
    assert f"Contoso Example ({TENANT_ID})" in of_weight(onboarded["Preflight"], "ok")
    assert play(playbook=f"{FQCN}sync_devices", **fresh(play, "onboard")).rc == 0

    # Before the partner's heartbeat the onboarding is not effective; then it is.
    waiting = play(playbook=f"{FQCN}health", **fresh(play, "onboard"))
    assert waiting.rc == 2
    assert "Harmony Mobile is" in of_weight(waiting["Report"], "error")
    tenant.seed({"op": "heartbeat", "id": HARMONY})
    app = next(record for record in tenant.state()["records"][APPS] if record["displayName"].startswith("Harmony"))
    tenant.seed({"op": "install_counts", "id": app["id"], "values": {"InstalledDeviceCount": 7}})
    healthy = play(
        playbook=f"{FQCN}health",
        extra_vars={"health_required": ["connector", "apps", "devices", "compliance"]},
        **fresh(play, "onboard"),
    )
    assert healthy.rc == 0, healthy.output[-4000:]
    report = of_weight(healthy["Report"], "ok")
    assert "installed on 7" in report
    assert "is enabled, last heartbeat 0." in report
    assert "allows threats up to low" in report
    assert "high_severity" in report
    assert "Group Harmony Mobile iOS" in "\n".join(findings(healthy["Report"]))

    # What cannot be read does not count as working, and what Graph leaves out does not exist.
    tenant.faults(
        {
            "match": {"path": "mobileThreatDefenseConnectors"},
            "action": {"status": 200, "body": {"id": HARMONY, "partnerState": "enabled"}},
        },
        {"match": {"path": "mobileApps"}, "action": {"status": 400}},
    )
    unknown = play(playbook=f"{FQCN}health", **fresh(play, "onboard"))
    tenant.faults()
    assert unknown.rc == 2
    report = of_weight(unknown["Report"], "error")
    assert "last heartbeat never" in report
    assert "apps        Could not be read." in report

    # The application of the tests stands for the one that onboards, so it needs the right to grant here.
    tenant.settings(permissions=[*STEADY, *ONE_CLICK, *GRANTING])
    tenant.seed(
        {"op": "application", "app_id": CLIENT_ID, "scopes": ["User.Read", "DeviceManagementApps.ReadWrite.All"]}
    )
    reduce: Json = {"playbook": f"{FQCN}reduce_permissions", "extra_vars": {"reduce_permissions_app_id": CLIENT_ID}}
    predicted = play(**reduce, check=True, diff=True, **fresh(play, "reduce"))
    assert predicted.rc == 0, predicted.output[-4000:]
    task = "Permissions that only the onboarding needed"
    gone = set(predicted[task].before["permissions"]) - set(predicted[task].after["permissions"])
    assert gone == {
        *(f"Microsoft Graph: {name}" for name in ONE_CLICK),
        "Microsoft Graph: DeviceManagementApps.ReadWrite.All (delegated)",
    }
    assert not any(item.writes for item in predicted.tasks)
    real = play(**reduce, diff=True, **fresh(play, "reduce"))
    assert real.rc == 0, real.output[-4000:]
    assert real[task].result["diff"] == predicted[task].result["diff"]
    assert tenant.state()["applications"][CLIENT_ID] == {
        "app_roles": sorted([*STEADY, *GRANTING]),
        "scopes": ["User.Read"],
    }
    again = play(**reduce, **fresh(play, "reduce"))
    assert (again.rc, again.changed) == (0, 0)

    # With what is left the devices are still read, and what else would be needed is explained.
    assert play(playbook=f"{FQCN}sync_devices", **fresh(play, "steady")).rc == 0
    tenant.settings(permissions=STEADY)
    steady = play(playbook=f"{FQCN}health", **fresh(play, "only"))
    assert steady.rc == 4, steady.output[-4000:]
    assert "It is unknown whether Harmony Mobile is working." in findings(steady["Report"])
    assert of_weight(steady["Report"], "unknown").count("Could not be read") == 2
    noted = [line for line in of_weight(steady["Report"], "note").splitlines() if "Could not be read" in line]
    assert [line.split()[1] for line in noted] == ["compliance", "protection", "access"]
    explained = play(playbook=f"{FQCN}onboard", check=True, **fresh(play, "only"))
    assert explained.rc == 2
    report = "\n".join(findings(explained["Preflight"]))
    assert all(f"{name} is missing" in report for name in ONE_CLICK if name != "Group.Create"), report
    assert not any(item.writes for item in explained.tasks)


def attempts(tenant: Emulator, variations: list[tuple[str, list[str], Json]]) -> list[Json]:
    """Run the role once for each variation, with a token that has only its permissions, and go on after a failure."""
    tasks = []
    for name, permissions, variables in variations:
        tenant.settings(permissions=permissions)
        login = {"access_token": token(tenant)["access_token"]}
        tasks.append(
            {
                "name": name,
                "module_defaults": {"group/mobilesec.intune.intune": login},
                "block": [
                    {"name": f"Start {name}", "ansible.builtin.debug": {"msg": name}},
                    {"name": "Role", "ansible.builtin.include_role": {"name": ROLE}, "vars": variables},
                ],
                "rescue": [{"name": f"Rescue {name}", "ansible.builtin.debug": {"msg": name}}],
            }
        )
    return tasks


def parts(run: Run, names: list[str]) -> dict[str, list[Task]]:
    """The tasks of each attempt."""
    found: dict[str, list[Task]] = {}
    current = ""
    for item in run.tasks:
        if item.name.startswith("Start "):
            current = item.name.removeprefix("Start ")
        found.setdefault(current, []).append(item)
    return {name: found[name] for name in names}


def test_one_missing_permission_is_named_and_nothing_is_written(play: Player, tenant: Emulator) -> None:
    needed = [name for name in [*STEADY, *ONE_CLICK] if name != "Group.Create"]
    variables = {
        "harmony_onboarding_android_filter": "Corporate Android",
        "harmony_onboarding_scope_tags": ["Mobile Security"],
    }
    variations = [
        (taken, [name for name in needed if name != taken], variables)
        for taken in needed
        if taken != "Directory.Read.All"
    ]
    run = play(attempts(tenant, variations))
    assert run.rc == 0, run.output[-4000:]
    for name, tasks in parts(run, [variation[0] for variation in variations]).items():
        (preflight,) = [item for item in tasks if item.name.endswith("Preflight")]
        assert preflight.failed, name
        assert f"{name} is missing" in of_weight(preflight, "error"), name
        assert not any(item.writes for item in tasks), name
    assert tenant.state()["groups"] == []


def test_each_step_runs_with_its_least_permissions(play: Player, tenant: Emulator, certificates: Certificates) -> None:
    configuration = ["DeviceManagementConfiguration.ReadWrite.All"]
    least = {
        "without variables": least_of_role(),
        "groups": ["Group.ReadWrite.All"],
        "apps": [
            "DeviceManagementApps.ReadWrite.All",
            "DeviceManagementConfiguration.ReadWrite.All",
            "GroupMember.Read.All",
        ],
        "app_config": ["DeviceManagementApps.ReadWrite.All", "GroupMember.Read.All"],
        "certificate": configuration,
        "filters": configuration,
        "vpn": [*configuration, "GroupMember.Read.All"],
        "connector": ["DeviceManagementServiceConfig.ReadWrite.All"],
        "compliance": [*configuration, "GroupMember.Read.All"],
        "device_facts": ["DeviceManagementManagedDevices.Read.All"],
    }
    needed_by: Json = {
        "certificate": {"certificate_path": str(certificates.authority), "ios_group": {}, "android_group": {}},
        "filters": {"ios_filter": "Made here", "ios_filter_rule": '(device.deviceOwnership -eq "Corporate")'},
        "vpn": {"vpn_ios": VPN, "vpn_android_package_id": "com.lacoon.security.fox"},
        "compliance": {"compliance_threat_level": "low"},
    }
    variations = []
    for step, permissions in least.items():
        variables: Json = {"steps": [step], **needed_by.get(step, {})} if step != "without variables" else {}
        variations.append(
            (step, permissions, {f"harmony_onboarding_{name}": value for name, value in variables.items()})
        )
    run = play(attempts(tenant, variations))
    assert run.rc == 0, run.output[-4000:]
    for step, tasks in parts(run, list(least)).items():
        assert not [
            item.message for item in tasks if item.failed and item.result.get("failed_when_result") is not False
        ], step
        assert not [item for item in tasks if item.name.startswith("Rescue")], step


def test_what_variables_add_is_asked_for_before_anything_is_written(
    play: Player, tenant: Emulator, certificates: Certificates
) -> None:
    apps, no_group = ["DeviceManagementApps.ReadWrite.All"], {"platforms": ["ios"], "ios_group": {}}
    actions = [{"action_type": "notification", "notification_template": "Device not compliant"}]
    # What is done, with permissions that do not suffice for it.
    refused: list[tuple[str, list[str], Json]] = [
        (
            "certificate",
            ["DeviceManagementConfiguration.ReadWrite.All"],
            {"steps": ["certificate"], "certificate_path": str(certificates.authority)},
        ),
        (
            "devices of groups",
            ["DeviceManagementManagedDevices.Read.All"],
            {"steps": ["device_facts"], "device_groups": ["Harmony Mobile iOS"]},
        ),
        (
            "filter",
            apps,
            {"steps": ["apps"], "ios_app_assignments": [{"all_users": True, "filter": "Corporate iOS"}], **no_group},
        ),
        ("VPN profile", apps, {"steps": ["apps"], "ios_app_settings": {"vpn_profile": "Ours"}, **no_group}),
    ]
    missing = dict.fromkeys(("certificate", "devices of groups"), "GroupMember.Read.All")
    # Offboarding does not need to read what it only takes away, and groups that others make need no right to write.
    allowed: list[tuple[str, list[str], Json]] = [
        ("no connector", ["DeviceManagementServiceConfig.ReadWrite.All"], {"steps": ["connector"], "state": "absent"}),
        (
            "no policies",
            ["DeviceManagementConfiguration.ReadWrite.All", "GroupMember.Read.All"],
            {"steps": ["compliance"], "state": "absent", "compliance_actions": actions},
        ),
        (
            "others' groups",
            [*apps, "GroupMember.Read.All"],
            {"steps": ["groups", "app_config"], "platforms": ["ios"], "ios_group": {"name": "Theirs", "create": False}},
        ),
    ]
    tenant.seed({"op": "create", "collection": "groups", "body": {"displayName": "Theirs"}})
    store = "https://apps.apple.com/app/id1006390797"
    body = {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": "Harmony Mobile Protect",
        "publisher": "x",
        "appStoreUrl": store,
    }
    tenant.seed({"op": "create", "collection": APPS, "body": body})
    # What Graph's documentation asks for and not every tenant: a note.
    members = {
        "steps": ["groups"],
        "platforms": ["ios"],
        "ios_group": {"name": "Made here", "members": ["user01@contoso.example"]},
    }
    noted = ("members", ["Group.ReadWrite.All", "User.ReadBasic.All"], members)
    attempted = (*refused, *allowed, noted)
    variations = [
        (name, held, {f"harmony_onboarding_{key}": value for key, value in given.items()})
        for name, held, given in attempted
    ]
    run = play(attempts(tenant, variations))
    assert run.rc == 0, run.output[-4000:]
    tasks = parts(run, [name for name, _held, _given in variations])
    (preflight,) = [item for item in tasks["members"] if item.name.endswith("Preflight")]
    assert "The login lacks User.ReadWrite.All and Device.ReadWrite.All." in of_weight(preflight, "note")
    for name, _held, _given in refused:
        (preflight,) = [item for item in tasks[name] if item.name.endswith("Preflight")]
        assert f"{missing.get(name, 'DeviceManagementConfiguration.Read.All')} is missing" in of_weight(
            preflight, "error"
        ), name
        assert not any(item.writes for item in tasks[name]), name
    for name, _held, _given in allowed:
        assert not [item for item in tasks[name] if item.name.startswith("Rescue")], (
            name,
            [item.message for item in tasks[name] if item.failed],
        )


def test_all_findings_are_told_at_once_by_the_exit_code_too(play: Player, tenant: Emulator) -> None:
    refused = play(playbook=f"{FQCN}preflight", extra_vars={"harmony_onboarding_ios_app_intent": "mandatory"})
    assert refused.rc == 2
    assert "mandatory" in refused["Check the variables against their description"].message
    # Not every tenant tells its authority.
    tenant.seed({"op": "organization", "values": {"mobileDeviceManagementAuthority": "unknown"}})
    ready = play(playbook=f"{FQCN}preflight", extra_vars={"harmony_onboarding_expected_tenant_id": TENANT_ID.upper()})
    assert ready.rc == 0, ready.output[-4000:]
    assert "authority" in of_weight(ready["Preflight"], "note")
    # One about the tenant, and one about what enrollment depends on.
    assert sum(len(item.graph) for item in ready.tasks) == 2
    tenant.seed(
        {"op": "organization", "values": {"mobileDeviceManagementAuthority": "office365"}},
        {
            "op": "update",
            "collection": "deviceManagement/androidManagedStoreAccountEnterpriseSettings",
            "id": "androidManagedStoreAccountEnterpriseSettings",
            "values": {"bindStatus": "notBound"},
        },
    )
    tenant.settings(permissions=["DeviceManagementConfiguration.Read.All", "Group.ReadWrite.All"])
    refused = play(
        playbook=f"{FQCN}preflight",
        extra_vars={"harmony_onboarding_expected_tenant_id": "11111111-2222-3333-4444-555555555555"},
        **fresh(play, "preflight"),
    )
    assert refused.rc == 2
    report = of_weight(refused["Preflight"], "error")
    for said in (
        "11111111-2222",
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementServiceConfig.ReadWrite.All",
        "Google Play",
        "office365",
    ):
        assert said in report, report
    unknown = play(playbook=f"{FQCN}preflight", env={"AZURE_CLIENT_SECRET": "wrong", "INTUNE_TOKEN_CACHE": "none"})
    assert unknown.rc == 2
    assert "AADSTS7000215" in of_weight(unknown["Preflight"], "error")
    assert "wrong" not in json.dumps(
        [entry for entry in tenant.journal() if "body" in entry and "wrong" in str(entry["body"])]
    )
    assert not any(item.writes for run in (ready, refused, unknown) for item in run.tasks)
