# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_configuration against the emulated tenant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.integration.conftest import Certificates
from tests.integration.harness import (
    Json,
    Player,
    changes,
    document,
    ikev2_with,
    options_of,
    run_document_through,
    task,
)
from tests.integration.onboarding import SECRET, full
from tests.samples import APPS

GUID = "00000000-0000-4000-8000-000000000001"
USER = "user01@contoso.example"
MANY: list[Json] = [{"name": f"Group {number}", "description": "d", "members": [USER]} for number in range(45)]
TYPE = "#microsoft.graph."
NAMES = ["Ours", "Theirs", "Third"]


def names(emulator: Emulator) -> list[str]:
    return sorted(group["displayName"] for group in emulator.state()["groups"])


# -- groups, and what is true of all objects ---------------------------------------------------------------------


def test_many_objects_are_brought_to_their_states_and_cost_little_when_they_are(
    play: Player, emulator: Emulator
) -> None:
    changed = [*MANY[:10], {**MANY[10], "description": "other"}, {"name": "Group 11", "state": "absent"}, *MANY[12:]]
    run = run_document_through(play, {"groups": MANY}, {"groups": changed})
    assert changes(run["create"]) == [True] * 45
    assert [item["group"]["name"] for item in run["create"].result["objects"]] == [group["name"] for group in MANY]
    # 45 groups and 45 sets of members, 20 in a $batch.
    assert run["create again"].result["graph_requests"] == len(run["create again"].graph) == 6
    assert changes(run["update"]) == [place in (10, 11) for place in range(45)]
    first, second = run["update"].result["diff"]
    assert (first["before"]["description"], first["after"]["description"]) == ("d", "other")
    assert second["before"]["name"] == "Group 11"
    assert second["after"] == {}
    assert names(emulator) == sorted(group["name"] for group in MANY if group["name"] != "Group 11")


def test_a_group_may_have_another_one_of_the_document_as_a_member_in_any_order(
    play: Player, emulator: Emulator
) -> None:
    play([task("intune_group", name="Outer")])
    nested: list[Json] = [
        {"name": "New outer", "members": ["Inner", "Outer"]},
        {"name": "Inner"},
        {"name": "Outer", "members": ["Inner"]},
    ]
    run = play(
        [
            document("predicted", check=True, groups=nested),
            document("made", groups=nested),
            document("again", groups=nested),
        ]
    )
    assert run.rc == 0, run.output[-3000:]
    assert changes(run["predicted"]) == changes(run["made"]) == [True] * 3
    assert "does not exist" not in run["predicted"].warnings
    assert run["made"].result["objects"][0]["group"]["members"] == ["Inner", "Outer"]
    assert not run["again"].changed


@pytest.mark.both_ways
def test_an_object_that_fails_does_not_keep_the_others_from_being_done(play: Player, emulator: Emulator) -> None:
    declared: list[Json] = [
        {"name": "First"},
        {"name": "Second", "members": ["nobody@contoso.example"]},
        {"name": "Third", "members": [USER]},
        {"name": "Fourth", "members": ["Second"]},
    ]
    run = play([document("some", groups=declared, ignore_errors=True)])
    failed = run["some"]
    assert failed.failed
    assert failed.changed
    assert "1 of 4 objects failed, 1 skipped.\ngroups[1], group 'Second': Not found: " in failed.message
    assert (
        "groups[3], group 'Fourth': Skipped, because it depends on groups[1], group 'Second', which failed."
        in failed.message
    )
    assert [item.get("failed", False) for item in failed.result["objects"]] == [False, True, False, True]
    assert names(emulator) == ["First", "Third"]
    assert "DEPRECATION" not in run.output


def test_a_missing_permission_is_one_sentence_before_anything_is_written_and_a_lost_login_is_reported_once(
    play: Player, emulator: Emulator
) -> None:
    lists: Json = {"groups": [{"name": "A"}, {"name": "B"}], "mtd_connectors": [{"partner": "Zimperium"}]}
    emulator.settings(permissions=["GroupMember.Read.All", "DeviceManagementServiceConfig.ReadWrite.All"])
    try:
        refused = play([task("intune_configuration", "x", configuration=lists, token_cache="none", ignore_errors=True)])
        predicted = play([task("intune_configuration", "x", configuration=lists, token_cache="none", check=True)])
    finally:
        emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert refused["x"].message.count("Group.Create") == 1
    assert "\n" not in refused["x"].message
    assert not refused["x"].changed
    assert not refused["x"].writes
    # To look takes permission to read only.
    assert changes(predicted["x"]) == [True] * 3
    run = play(
        [
            task(
                "intune_configuration",
                "login",
                configuration=lists,
                ignore_errors=True,
                client_secret="wrong",
                token_cache="none",
            )
        ]
    )
    assert run["login"].failed
    assert run["login"].message.count("AADSTS") == 1


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (
            {"groups": [{"name": "A"}, {"name": "B"}, {"name": "A", "description": "x"}]},
            "groups[2]: the name 'A' is that of groups[0] as well",
        ),
        (
            {"groups": [{"id": GUID, "name": "A"}, {"name": "A"}]},
            "groups[0]: the name 'A' is that of groups[1] as well",
        ),
        (
            {"groups": [{"name": "A"}, {"name": "B", "members": [USER], "membership_rule": "x"}]},
            "groups[1]: members and membership_rule exclude each other",
        ),
        ({"groups": [{"name": "A"}, {"description": "x"}]}, "groups[1]: one of the following is required: name, id"),
        ({"groups": [{"name": "A", "nam": "B"}]}, "groups[0].nam: there is no such option. Use: "),
        (
            {"app_configs": [{"name": "A", "ios": {"settings": [{"key": "a", "type": "b"}]}}]},
            "app_configs[0].ios.settings: value of type must be one of: string, ",
        ),
        (
            {"apps": [{"name": "A", "assignments": [{"group": "B"}] * 2}]},
            "apps[0]: assignments: group 'B' is listed more",
        ),
        ({"app": [{"name": "A"}]}, "configuration.app. Supported parameters include: "),
    ],
)
def test_a_document_that_is_not_valid_is_refused_before_any_request(lists: Json, said: str, play: Player) -> None:
    item = play([document("wrong", ignore_errors=True, **lists)])["wrong"]
    assert item.failed
    assert said in item.message
    assert not item.requests


def test_a_document_whose_objects_depend_on_what_it_renames_or_deletes_is_refused_before_anything_is_written(
    play: Player, emulator: Emulator
) -> None:
    made = play([document("made", groups=[{"name": "A"}, {"name": "B", "members": ["A"]}])])["made"]
    group_id = made.result["objects"][0]["id"]
    lists: list[tuple[list[Json], str]] = [
        (
            [{"name": "A"}, {"id": group_id, "description": "x"}],
            f"groups[1] and groups[0] are one group, {group_id}. Declare each object once.",
        ),
        ([{"id": group_id, "name": "C"}, {"name": "A"}], f"groups[1] and groups[0] are one group, {group_id}"),
        (
            [{"id": group_id.upper(), "name": "C"}, {"name": "B", "members": ["A"]}],
            "groups[1] names 'A', which groups[0] renames. Do that in a task of its own.",
        ),
        (
            [{"name": "B", "members": ["A"]}, {"name": "A", "state": "absent"}],
            "groups[0] names 'A', which groups[1] deletes",
        ),
        (
            [{"name": "B", "members": [group_id.upper()]}, {"name": "A", "state": "absent"}],
            f"groups[0] names '{group_id.upper()}', which groups[1] deletes",
        ),
    ]
    tasks = [
        document(f"{mode} {place}", groups=groups, check=mode == "check", ignore_errors=True)
        for place, (groups, _said) in enumerate(lists)
        for mode in ("check", "real")
    ]
    run = play(
        [
            *tasks,
            document("apart", groups=[{"id": group_id, "name": "C"}, {"name": "B", "members": ["C"]}]),
        ]
    )
    for place, (_groups, said) in enumerate(lists):
        for mode in ("check", "real"):
            item = run[f"{mode} {place}"]
            assert item.failed
            assert said in item.message
            assert not item.writes
    assert [run["apart"].failed, *changes(run["apart"])] == [False, True, False]


def test_a_document_without_an_object_has_nothing_to_do(play: Player) -> None:
    item = play([document("none", groups=[])])["none"]
    assert not item.changed
    assert item.result["objects"] == []
    assert not item.requests


# -- apps and their assignments ----------------------------------------------------------------------------------


class Tenant:
    """Three groups, and apps that somebody assigned to the second."""

    def __init__(self, emulator: Emulator, apps: int) -> None:
        self.emulator = emulator
        groups = emulator.seed(
            *({"op": "create", "collection": "groups", "body": {"displayName": name}} for name in NAMES)
        )
        self.names: dict[str, str] = {group["id"]: group["displayName"] for group in groups}
        body = {"@odata.type": f"{TYPE}iosVppApp", "publisher": "x", "publishingState": "published"}
        made = emulator.seed(
            *(
                {"op": "create", "collection": APPS, "body": {**body, "displayName": f"App {number}"}}
                for number in range(apps)
            )
        )
        theirs = {
            "intent": "available",
            "target": {"@odata.type": f"{TYPE}groupAssignmentTarget", "groupId": groups[1]["id"]},
        }
        emulator.seed(*({"op": "assign", "collection": APPS, "id": app["id"], "assignments": [theirs]} for app in made))

    def assigned(self) -> dict[str, list[str]]:
        """Per app, the groups that get it."""
        apps = self.emulator.state()["records"][APPS]
        return {
            app["displayName"]: sorted(self.names[entry["target"]["groupId"]] for entry in app["assignments"])
            for app in apps
        }


def test_many_apps_are_assigned_and_cost_little_when_they_are(play: Player, emulator: Emulator) -> None:
    tenant = Tenant(emulator, 45)
    apps: list[Json] = [
        {"name": f"App {number}", "assignments": [{"group": "Ours", "filter": "Corporate iOS"}]} for number in range(45)
    ]
    exact = [
        {**apps[0], "purge_assignments": True},
        {"name": "App 1", "assignments": [{"group": "Theirs", "state": "absent"}]},
        *apps[2:],
    ]
    run = run_document_through(play, {"apps": apps}, {"apps": exact})
    assert changes(run["create"]) == [True] * 45
    assert [app["app"]["name"] for app in run["create"].result["objects"]] == [app["name"] for app in apps]
    assert run["create again"].result["graph_requests"] == len(run["create again"].graph) <= 3
    assert changes(run["update"]) == [place < 2 for place in range(45)]
    first, second = run["update"].result["diff"]
    ours = {"group": "Ours", "intent": "required", "filter": "Corporate iOS", "filter_mode": "include"}
    theirs = {"group": "Theirs", "intent": "available"}
    assert first["before"]["assignments"] == second["before"]["assignments"] == [ours, theirs]
    assert first["after"]["assignments"] == second["after"]["assignments"] == [ours]
    assert tenant.assigned() == {
        f"App {number}": ["Ours"] if number < 2 else ["Ours", "Theirs"] for number in range(45)
    }


@pytest.mark.both_ways
def test_an_app_that_fails_does_not_keep_the_others_from_being_assigned(play: Player, emulator: Emulator) -> None:
    tenant = Tenant(emulator, 3)
    targets = ["Ours", "Nobody's", "Third"]
    apps: list[Json] = [
        {"name": f"App {number}", "assignments": [{"group": group}]} for number, group in enumerate(targets)
    ]
    failed = play([document("some", apps=apps, ignore_errors=True)])["some"]
    assert failed.failed
    assert failed.changed
    assert "1 of 3 objects failed.\napps[1], app 'App 1': Not found: group 'Nobody's'" in failed.message
    assert [app.get("failed", False) for app in failed.result["objects"]] == [False, True, False]
    assert tenant.assigned() == {"App 0": ["Ours", "Theirs"], "App 1": ["Theirs"], "App 2": ["Theirs", "Third"]}


# -- files -------------------------------------------------------------------------------------------------------


def test_an_exported_tenant_has_the_declared_state_and_drift_is_shown(
    play: Player, emulator: Emulator, certificates: Certificates, tmp_path: Path
) -> None:
    onboarded = play(**full(certificates))
    assert onboarded.rc == 0, onboarded.output[-4000:]
    exported = task("intune_export", "export", dest=str(tmp_path / "contoso"), all_groups=True, include_members=True)
    again = task("intune_configuration", "again", src=str(tmp_path / "contoso"))
    run = play([exported, {**again, "name": "check", "check_mode": True}, again], diff=True)
    assert run.rc == 0, run.output[-3000:]
    for item in (run["check"], run["again"]):
        assert not item.changed, [one for one in item.result["objects"] if one["changed"]]
        assert len(item.result["objects"]) == sum(file["objects"] for file in run["export"].result["files"])
        assert item.result["diff"] == []
        assert item.warnings == "[]"
    app = next(item for item in emulator.state()["records"][APPS] if item["displayName"].startswith("Harmony"))
    emulator.seed({"op": "update", "collection": APPS, "id": app["id"], "values": {"description": "Drifted"}})
    drift = play([{**again, "name": "drift", "check_mode": True}, {**again, "name": "repaired"}], diff=True)
    for item in (drift["drift"], drift["repaired"]):
        (found,) = [one for one in item.result["objects"] if one["changed"]]
        assert found["id"] == app["id"]
        assert found["place"].startswith("apps[")
        assert [options_of(diff["before"])["description"] for diff in item.result["diff"]] == ["Drifted"]
    assert not drift["drift"].writes
    assert "Drifted" not in json.dumps(emulator.state())


def test_what_src_cannot_be_is_one_sentence(play: Player, tmp_path: Path) -> None:
    wrong: dict[str, tuple[str | None, str]] = {
        "nowhere.yml": (None, "does not exist"),
        "list.yml": ("[a]", "is not a dictionary of lists such as intune_apps"),
        "unknown.yml": ("intune_app: []", "'intune_app' is not a part of a configuration. Use: "),
        "no_list.yml": ("apps: {name: A}", "apps is not a list"),
        "item.yml": ("apps: [A]", "apps[0]: this is not a dictionary of the options of intune_app"),
        "broken.yml": (f"apps: [{{name: '{SECRET}}}]", "is not YAML that this module reads: "),
        "vault.yml": ("$ANSIBLE_VAULT;1.1;AES256\n6162", "is encrypted with Ansible Vault"),
        "tag.yml": ("apps: [{name: !vault x}]", "is not YAML that this module reads: "),
    }
    for name, (content, _said) in wrong.items():
        if content is not None:
            (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    tasks = [task("intune_configuration", name, src=str(tmp_path / name), ignore_errors=True) for name in wrong]
    tasks.append(task("intune_configuration", "empty", src=str(tmp_path / "empty"), ignore_errors=True))
    tasks.append(task("intune_configuration", "both", src="x", configuration={}, ignore_errors=True))
    run = play(tasks)
    for name, (_content, said) in {**wrong, "empty": (None, "has no YAML files"), "both": (None, "exclusive")}.items():
        assert run[name].failed
        assert said in run[name].message, name
        assert not run[name].requests
    assert SECRET not in run.output


@pytest.mark.both_ways
def test_files_of_a_folder_are_one_document_and_src_is_relative_to_the_playbook(
    play: Player, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "tenant").mkdir()
    (tmp_path / "tenant" / "a.yml").write_text("intune_groups: [{name: A, members: [B]}]", encoding="utf-8")
    (tmp_path / "tenant" / "b.yaml").write_text("groups: [{name: B}]\nintune_apps:\n", encoding="utf-8")
    (tmp_path / "tenant" / "notes.txt").write_text("not a part", encoding="utf-8")
    playbook = tmp_path / "play.yml"
    content: list[Any] = [{"hosts": "localhost", "gather_facts": False}]
    content[0]["tasks"] = [task("intune_configuration", src="tenant")]
    playbook.write_text(yaml.safe_dump(content), encoding="utf-8")
    run = play(playbook=playbook)
    assert run.rc == 0, run.output
    assert names(emulator) == ["A", "B"]


# -- secrets -----------------------------------------------------------------------------------------------------


@pytest.mark.both_ways
def test_no_secret_of_an_item_is_in_any_output(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    emulator.seed(
        {
            "op": "create",
            "collection": APPS,
            "body": {"@odata.type": f"{TYPE}iosStoreApp", "displayName": "App", "bundleId": "x"},
        }
    )
    lists: Json = {
        "vpn_profiles": [{"name": "Tunnel", "ios_ikev2": ikev2_with(SECRET)}],
        "app_configs": [
            {
                "name": "Settings",
                "target_apps": ["App"],
                "ios": {"settings": [{"key": "registration", "secret_value": SECRET}]},
            }
        ],
    }
    # One that the module's own spec refuses, and one whose text Ansible would take for a dictionary.
    refused: Json = {"vpn_profiles": [{"name": "Tunnel", "ios_ikev2": {**ikev2_with(SECRET), "server": "x"}}]}
    unknown: Json = {"vpn_profiles": [{"name": "Tunnel", "ios_ikev2": ikev2_with(SECRET), "option": 1}]}
    failing: Json = {"vpn_profiles": [{"name": "Other", "scope_tags": ["None"], "ios_ikev2": ikev2_with(SECRET)}]}
    (tmp_path / "file.yml").write_text(yaml.safe_dump(lists), encoding="utf-8")
    tasks = [
        document("refused", ignore_errors=True, **refused),
        document("unknown", ignore_errors=True, **unknown),
        document("failing", ignore_errors=True, **failing),
        document("predicted", check=True, **lists),
        document("done", **lists),
        task("intune_configuration", "from a file", src=str(tmp_path / "file.yml")),
    ]
    run = play(tasks, verbosity=3, diff=True)
    assert run.rc == 0
    assert run["done"].changed
    assert not run["from a file"].changed
    assert [run[name].failed for name in ("refused", "unknown", "failing")] == [True] * 3
    assert SECRET not in run.output
    assert SECRET not in json.dumps([item.result for item in run.tasks])
    assert SECRET in json.dumps(emulator.state())
