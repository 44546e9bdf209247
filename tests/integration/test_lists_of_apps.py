# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_app_assignments against the emulated tenant."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import Json, Player, changes, run_list_through, task

APPS = "deviceAppManagement/mobileApps"
TYPE = "#microsoft.graph."
NAMES = ["Ours", "Theirs", "Third"]


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


@pytest.mark.both_lanes
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
    run = run_list_through(play, "intune_app_assignments", "apps", apps, exact)
    assert [app["app"]["name"] for app in run["create"].result["apps"]] == [app["name"] for app in apps]
    # 45 apps, a group and a filter, 20 in a $batch.
    assert run["create again"].result["graph_requests"] == len(run["create again"].graph) == 3
    assert changes(run["update"], "apps") == [place < 2 for place in range(45)]
    first, second = run["update"].result["diff"]
    ours = {"group": "Ours", "intent": "required", "filter": "Corporate iOS", "filter_mode": "include"}
    theirs = {"group": "Theirs", "intent": "available"}
    assert (first["before"], first["after"]) == ({"assignments": [ours, theirs]}, {"assignments": [ours]})
    assert (second["before"], second["after"]) == ({"assignments": [ours, theirs]}, {"assignments": [ours]})
    assert tenant.assigned() == {
        f"App {number}": ["Ours"] if number < 2 else ["Ours", "Theirs"] for number in range(45)
    }


@pytest.mark.both_lanes
def test_an_app_that_fails_does_not_keep_the_others_from_being_done(play: Player, emulator: Emulator) -> None:
    tenant = Tenant(emulator, 3)
    targets = ["Ours", "Nobody's", "Third"]
    apps: list[Json] = [
        {"name": f"App {number}", "assignments": [{"group": group}]} for number, group in enumerate(targets)
    ]
    failed = play([task("intune_app_assignments", "some", apps=apps, ignore_errors=True)])["some"]
    assert failed.failed
    assert failed.changed
    assert "1 of 3 apps failed.\napps[1], app 'App 1': Not found: group 'Nobody's'" in failed.message
    assert [app.get("failed", False) for app in failed.result["apps"]] == [False, True, False]
    assert tenant.assigned() == {"App 0": ["Ours", "Theirs"], "App 1": ["Theirs"], "App 2": ["Theirs", "Third"]}


@pytest.mark.both_lanes
def test_a_list_that_cannot_be_done_as_a_whole_is_refused_before_anything_is_written(
    play: Player, emulator: Emulator
) -> None:
    Tenant(emulator, 1)
    there: Json = {"name": "App 0", "assignments": [{"group": "Ours"}]}
    lists: dict[str, list[Json]] = {
        "apps[1]: No app is found by name 'Nowhere'. Nothing was written.": [there, {**there, "name": "Nowhere"}],
        "apps[1]: the name 'App 0' is that of apps[0] as well.": [there, there],
        "apps[1] and apps[0] are one app, ": [there, {**there, "type": "ios_vpp_app"}],
        "one of the following is required: name, id, package_id, bundle_id": [there, {"assignments": []}],
        "missing required arguments: assignments": [there, {"name": "App 0"}],
    }
    run = play(
        [
            task("intune_app_assignments", said, apps=apps, check=check, ignore_errors=True)
            for said, apps in lists.items()
            for check in (True, False)
        ]
    )
    for item in run.tasks:
        assert item.failed
        assert item.name in item.message
        assert not item.changed
        assert not item.writes


def test_a_list_without_an_app_has_nothing_to_do(play: Player) -> None:
    item = play([task("intune_app_assignments", "none", apps=[])])["none"]
    assert not item.changed
    assert item.result["apps"] == []
    assert not item.requests
