# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assignments of apps, app configurations and profiles: what is declared, and what others made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import HARRY, Json, Player, task
from tests.samples import APPS, CONFIGS, PROFILES

IOS_FILTER = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1001"
TYPE = "#microsoft.graph."
GROUPS = [HARRY, "Theirs", "Third"]


class Tenant:
    """Three groups, and one object of each assignable kind that somebody assigned to the second."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        groups = emulator.seed(
            *({"op": "create", "collection": "groups", "body": {"displayName": name}} for name in GROUPS)
        )
        self.groups: dict[str, str] = {group["displayName"]: group["id"] for group in groups}
        app = {
            "@odata.type": TYPE + "iosStoreApp",
            "displayName": HARRY,
            "publisher": "x",
            "bundleId": "com.example.ios",
        }
        self.app: str = emulator.seed({"op": "create", "collection": APPS, "body": app})[0]["id"]
        config = {
            "@odata.type": TYPE + "iosMobileAppConfiguration",
            "displayName": HARRY,
            "targetedMobileApps": [self.app],
        }
        vpn = {
            "@odata.type": TYPE + "iosVpnConfiguration",
            "displayName": HARRY,
            "connectionName": "v",
            "connectionType": "customVpn",
        }
        root = {"@odata.type": TYPE + "iosTrustedRootCertificate", "displayName": HARRY, "certFileName": "x.cer"}
        made = emulator.seed(
            {"op": "create", "collection": CONFIGS, "body": config},
            {"op": "create", "collection": PROFILES, "body": vpn},
            {"op": "create", "collection": PROFILES, "body": root},
        )
        self.objects: dict[str, tuple[str, str]] = {
            "intune_app": (APPS, self.app),
            "intune_app_config": (CONFIGS, made[0]["id"]),
            "intune_vpn_profile": (PROFILES, made[1]["id"]),
            "intune_certificate_profile": (PROFILES, made[2]["id"]),
        }
        for module in self.objects:
            self.assign(module, self.to_group("Theirs"))

    def to_group(self, name: str, *, exclude: bool = False, **target: Any) -> Json:
        kind = "exclusionGroupAssignmentTarget" if exclude else "groupAssignmentTarget"
        return {"@odata.type": TYPE + kind, "groupId": self.groups[name], **target}

    def assign(self, module: str, target: Json, **entry: Any) -> None:
        collection, object_id = self.objects[module]
        intent = {"intent": "required"} if module == "intune_app" else {}
        self.emulator.seed(
            {
                "op": "assign",
                "collection": collection,
                "id": object_id,
                "assignments": [{"target": target, **intent, **entry}],
            }
        )

    def assignments(self, module: str) -> list[Json]:
        collection, object_id = self.objects[module]
        return next(
            list(record["assignments"])
            for record in self.emulator.state()["records"][collection]
            if record["id"] == object_id
        )

    def targets(self, module: str) -> dict[str, str]:
        """Group name (or kind of target) -> kind of target."""
        names = {object_id: name for name, object_id in self.groups.items()}
        found = {}
        for entry in self.assignments(module):
            kind = entry["target"]["@odata.type"].removeprefix(TYPE)
            found[names.get(entry["target"].get("groupId", ""), kind)] = kind
        return found


@pytest.fixture
def tenant(emulator: Emulator) -> Tenant:
    return Tenant(emulator)


MODULES = ["intune_app", "intune_app_config", "intune_vpn_profile", "intune_certificate_profile"]


@pytest.mark.parametrize("module", MODULES)
def test_assignments_of_others_survive_and_a_purge_removes_them(play: Player, tenant: Tenant, module: str) -> None:
    mine = [{"group": HARRY}, {"group": "Third", "exclude": True}]
    absent = [{"group": "Third", "state": "absent"}]
    run = play(
        [
            task(module, "predict", check=True, name=HARRY, assignments=mine),
            task(module, "add", name=HARRY, assignments=mine),
            task(module, "add again", name=HARRY, assignments=mine),
            task(module, "take one away", name=HARRY, assignments=absent),
            task(module, "take one away again", name=HARRY, assignments=absent),
            task(module, "predict purge", check=True, name=HARRY, assignments=mine[:1], purge_assignments=True),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, False, True, False, True]
    assert not run["predict"].writes
    assert run["predict"].after == run["add"].after
    assert [item["group"] for item in run["add"].before["assignments"]] == ["Theirs"], (
        "groups of others are shown by name"
    )
    assert sorted(item["group"] for item in run["add"].after["assignments"]) == sorted(GROUPS)
    assert tenant.targets(module) == {HARRY: "groupAssignmentTarget", "Theirs": "groupAssignmentTarget"}
    run = play(
        [
            task(module, "purge", name=HARRY, assignments=mine[:1], purge_assignments=True),
            task(module, "purge again", name=HARRY, assignments=mine[:1], purge_assignments=True),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False]
    assert tenant.targets(module) == {HARRY: "groupAssignmentTarget"}


@pytest.mark.parametrize("module", MODULES)
def test_all_devices_and_all_users_with_filters(play: Player, tenant: Tenant, module: str) -> None:
    def everybody(**options: Any) -> list[Json]:
        return [{"all_devices": True, **options}, {"all_users": True}]

    def step(label: str, assignments: list[Json], **options: Any) -> Json:
        return task(module, label, name=HARRY, assignments=assignments, **options)

    run = play(
        [
            step("add", everybody(filter="Corporate iOS", filter_mode="exclude")),
            step("keep the filter", everybody()),
            step("by id, keep the mode", everybody(filter=IOS_FILTER.upper())),
            step("include", everybody(filter="Corporate iOS", filter_mode="include")),
            step("drop the filter", everybody(filter_mode="none")),
            step("drop the filter again", everybody(filter_mode="none")),
            step("add it again", everybody(filter="Corporate iOS")),
            step("exact", everybody(), purge_assignments=True),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False, True, True, False, True, True]
    shown = next(item for item in run["add"].after["assignments"] if item.get("all_devices"))
    assert (shown["filter"], shown["filter_mode"]) == ("Corporate iOS", "exclude")
    assert sorted(tenant.targets(module)) == ["allDevicesAssignmentTarget", "allLicensedUsersAssignmentTarget"]
    assert all(
        not entry["target"].get("deviceAndAppManagementAssignmentFilterId") for entry in tenant.assignments(module)
    )


def test_what_others_assigned_keeps_its_filter_intent_and_settings(play: Player, tenant: Tenant) -> None:
    tenant.emulator.seed({"op": "assign", "collection": APPS, "id": tenant.app, "assignments": [], "replace": True})
    filtered: Json = {
        "deviceAndAppManagementAssignmentFilterId": IOS_FILTER,
        "deviceAndAppManagementAssignmentFilterType": "include",
    }
    settings = {
        "@odata.type": TYPE + "iosStoreAppAssignmentSettings",
        "isRemovable": False,
        "vpnConfigurationId": None,
        "uninstallOnDeviceRemoval": True,
    }
    tenant.assign("intune_app", tenant.to_group("Theirs", **filtered), intent="available", settings=settings)
    before = tenant.assignments("intune_app")
    run = play([task("intune_app", name=HARRY, assignments=[{"group": HARRY}])])
    assert run.rc == 0, run.output
    after = {entry["id"]: entry for entry in tenant.assignments("intune_app")}
    assert after[before[0]["id"]]["target"] == before[0]["target"]
    assert after[before[0]["id"]]["intent"] == "available"
    kept = after[before[0]["id"]]["settings"]
    assert {key: kept.get(key) for key in settings} == settings


def test_intents_and_settings_of_an_app_are_merged(play: Player, tenant: Tenant) -> None:
    def step(label: str, **assignment: Any) -> Json:
        return task("intune_app", label, name=HARRY, assignments=[{"group": HARRY, **assignment}])

    run = play(
        [
            step("add", intent="available", settings={"prevent_managed_app_backup": True}),
            step("other setting", intent="available", settings={"uninstall_on_device_removal": True}),
            step("no settings", intent="available"),
            step("no intent"),
            step("required", intent="required"),
            step(
                "required again",
                intent="required",
                settings={"prevent_managed_app_backup": True, "uninstall_on_device_removal": True},
            ),
            step("uninstall", intent="uninstall"),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, False, False, True, False, True]
    shown = next(item for item in run["other setting"].after["assignments"] if item["group"] == HARRY)
    assert shown["settings"] == {"prevent_managed_app_backup": True, "uninstall_on_device_removal": True}


def test_a_per_app_vpn_is_assigned_by_the_name_of_its_profile(play: Player, tenant: Tenant) -> None:
    def step(label: str, profile: str, **options: Any) -> Json:
        return task(
            "intune_app",
            label,
            name=HARRY,
            assignments=[{"group": HARRY, "settings": {"vpn_profile": profile}}],
            **options,
        )

    profile_id = tenant.objects["intune_vpn_profile"][1]
    run = play(
        [step("by name", HARRY), step("by id", profile_id), step("unknown", "No such profile", ignore_errors=True)],
        diff=True,
    )
    assert [item.changed for item in run.tasks] == [True, False, False]
    assert run["unknown"].failed
    assert "No such profile" in run["unknown"].message
    entry = next(
        entry for entry in tenant.assignments("intune_app") if entry["target"]["groupId"] == tenant.groups[HARRY]
    )
    assert entry["settings"]["vpnConfigurationId"] == profile_id
    shown = next(item for item in run["by name"].after["assignments"] if item["group"] == HARRY)
    assert shown["settings"]["vpn_profile"] == HARRY


def test_settings_of_a_managed_google_play_app(play: Player, tenant: Tenant) -> None:
    tenant.emulator.seed({"op": "import_app", "package": "com.lacoon.security.fox"})
    settings = {"auto_update_mode": "priority", "android_managed_store_app_track_ids": ["b", "a"]}
    run = play(
        [
            task(
                "intune_app",
                "add",
                package_id="com.lacoon.security.fox",
                assignments=[{"group": HARRY, "settings": settings}],
            ),
            task(
                "intune_app",
                "again",
                package_id="com.lacoon.security.fox",
                assignments=[{"group": HARRY, "settings": settings}],
            ),
            task(
                "intune_app",
                "of another type",
                ignore_errors=True,
                package_id="com.lacoon.security.fox",
                assignments=[{"group": HARRY, "settings": {"is_removable": True}}],
            ),
        ]
    )
    assert [item.changed for item in run.tasks] == [True, False, False]
    assert run["of another type"].failed
    assert "is_removable" in run["of another type"].message
    assert not run["of another type"].writes


def test_a_group_is_turned_from_excluded_to_included_and_back(play: Player, tenant: Tenant) -> None:
    def step(label: str, exclude: bool) -> Json:
        return task("intune_vpn_profile", label, name=HARRY, assignments=[{"group": HARRY, "exclude": exclude}])

    run = play(
        [step("exclude", True), step("include", False), step("include again", False), step("exclude again", True)]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, False, True]
    assert tenant.targets("intune_vpn_profile")[HARRY] == "exclusionGroupAssignmentTarget"


def test_more_assignments_than_an_expansion_shows_all_survive(play: Player, tenant: Tenant) -> None:
    """$expand stops after 20 assignments: whoever takes those for all of them removes the others."""
    names = [f"Group {number}" for number in range(30)]
    groups = tenant.emulator.seed(
        *({"op": "create", "collection": "groups", "body": {"displayName": name}} for name in names)
    )
    for group in groups:
        tenant.assign("intune_app_config", {"@odata.type": TYPE + "groupAssignmentTarget", "groupId": group["id"]})
    run = play(
        [
            task("intune_app_config", "add", name=HARRY, assignments=[{"group": HARRY}]),
            task("intune_app_config", "again", name=HARRY, assignments=[{"group": HARRY}]),
            task("intune_app_config", "an old one", name=HARRY, assignments=[{"group": name} for name in names]),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False]
    assert len(tenant.assignments("intune_app_config")) == 32
    assert len(run["add"].result["app_config"]["assignments"]) == 32


def test_what_a_policy_set_assigned_survives_even_a_purge(play: Player, tenant: Tenant) -> None:
    tenant.assign("intune_vpn_profile", tenant.to_group("Third"), source="policySets", sourceId="x")
    run = play([task("intune_vpn_profile", name=HARRY, assignments=[{"group": HARRY}], purge_assignments=True)])
    assert run.rc == 0, run.output
    assert set(tenant.targets("intune_vpn_profile")) == {HARRY, "Third"}


def test_an_assignment_that_somebody_adds_while_the_module_works_survives(play: Player, tenant: Tenant) -> None:
    """The list is read again right before /assign replaces it."""
    collection, object_id = tenant.objects["intune_vpn_profile"]
    # What follows the module's first read waits, so that the other's write falls between that and /assign.
    tenant.emulator.faults({"match": {"path": r"/assign(ments)?$"}, "times": 1, "action": {"hold": True}})
    running = play.start([task("intune_vpn_profile", "add", name=HARRY, assignments=[{"group": HARRY}])])
    while not tenant.emulator.waiting():
        assert running.process.poll() is None
    tenant.assign("intune_vpn_profile", tenant.to_group("Third"))
    tenant.emulator.faults()
    run = running()
    assert run.rc == 0, run.output
    assert set(tenant.targets("intune_vpn_profile")) == {*GROUPS}
    assert (collection, object_id) in tenant.objects.values()


def test_a_name_that_cannot_be_resolved_fails_before_anything_is_written(play: Player, tenant: Tenant) -> None:
    tasks = []
    for module in MODULES:
        for kind, assignment in (("group", {"group": "Nobody's"}), ("filter", {"group": HARRY, "filter": "No filter"})):
            tasks.append(
                task(
                    module,
                    f"{module} {kind}",
                    ignore_errors=True,
                    name=HARRY,
                    description="new",
                    assignments=[assignment],
                )
            )
        tasks.append(
            task(module, f"{module} tag", ignore_errors=True, name=HARRY, description="new", scope_tags=["No tag"])
        )
    run = play(tasks)
    for item in run.tasks:
        assert item.failed, item.name
        assert not item.writes
        assert not item.changed
        assert any(name in item.message for name in ("Nobody's", "No filter", "No tag"))


def test_check_mode_goes_on_with_a_group_that_is_not_there_and_warns(play: Player, tenant: Tenant) -> None:
    run = play(
        [task("intune_vpn_profile", "predict", name=HARRY, assignments=[{"group": "Later"}])], check=True, diff=True
    )
    assert run.rc == 0, run.output
    assert run["predict"].changed
    assert "Later" in run["predict"].warnings
    assert {"group": "Later"} in run["predict"].after["assignments"]
    assert not run["predict"].writes


def test_a_group_that_an_earlier_task_creates_is_assigned_in_check_mode_by_its_registered_id(
    play: Player, tenant: Tenant
) -> None:
    group = {**task("intune_group", "group", name="New group"), "register": "group"}
    assignments = [{"group": "{{ group.id }}"}]
    tasks = [group, task("intune_vpn_profile", "assign", name=HARRY, assignments=assignments)]
    predicted = play(tasks, check=True)
    assert predicted.rc == 0, predicted.output
    assert not predicted["assign"].warnings.strip("[]")
    real = play(tasks)
    assert real.rc == 0, real.output
    assert [item.changed for item in predicted.tasks] == [item.changed for item in real.tasks] == [True, True]
