# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_group against the emulated tenant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.conftest import USERS
from tests.integration.harness import HARRY, Player, run_through, task

UPNS = [f"user{number:02d}@contoso.example" for number in range(1, USERS + 1)]


def group_of(emulator: Emulator, name: str) -> dict[str, Any]:
    found = [group for group in emulator.state()["groups"] if group["displayName"] == name]
    assert len(found) == 1, found
    return dict(found[0])


def device_ids(emulator: Emulator) -> list[str]:
    """azureADDeviceId of some managed devices, as the facts module shows them."""
    return [
        emulator.seed({"op": "device", "number": number, "values": {}})[0]["azureADDeviceId"] for number in range(3)
    ]


def user_id(number: int) -> str:
    from tests.emulator.fleet import Fleet

    return str(Fleet(40, USERS, 1, "contoso.example").user(number)["id"])


@pytest.mark.both_ways
def test_an_assigned_group_lives_through_check_real_and_repeated_runs(play: Player, emulator: Emulator) -> None:
    run = run_through(
        play,
        "intune_group",
        {"name": HARRY, "description": "Users of\niPhones", "members": UPNS[:3], "owners": UPNS[3:4]},
        {"description": "Others", "members": UPNS[3:5], "purge_members": True, "owners": UPNS[4:5]},
        {"name": HARRY},
    )
    created = run["create"].result
    assert created["group"]["name"] == HARRY
    assert created["group"]["id"] == created["id"]
    assert sorted(created["group"]["members"]) == UPNS[:3]
    assert run["create in check mode"].result["id"].startswith("check-mode:")
    assert run["create"].after == {
        "name": HARRY,
        "description": "Users of\niPhones",
        "members": UPNS[:3],
        "owners": UPNS[3:4],
    }
    assert run["update"].before["members"] == UPNS[:3]
    assert run["update"].after["members"] == UPNS[3:5]
    assert run["update"].after["owners"] == UPNS[3:5], "owners are added to"
    assert run["delete"].after == {}
    assert emulator.state()["groups"] == []


def test_a_dynamic_group_lives_through_check_real_and_repeated_runs(play: Player, emulator: Emulator) -> None:
    run = run_through(
        play,
        "intune_group",
        {"name": "Android devices", "membership_rule": '(device.deviceOSType -eq "Android")'},
        {
            "membership_rule": '(device.deviceOSType -eq "AndroidEnterprise")',
            "membership_rule_processing_state": "paused",
        },
        {"name": "Android devices"},
    )
    assert run["create"].result["group"]["group_types"] == ["DynamicMembership"]
    assert run["create"].result["group"]["membership_rule_processing_state"] == "on"
    assert run["update"].after["membership_rule_processing_state"] == "paused"


def test_150_members_are_added_in_chunks_read_by_pages_and_left_alone_by_the_second_run(
    play: Player, emulator: Emulator
) -> None:
    members = UPNS[:149] + device_ids(emulator)[:1]
    emulator.settings(page_size=40, empty_pages=True)
    options: dict[str, Any] = {"name": "Many", "members": members}
    run = play(
        [
            task("intune_group", "create", **options),
            task("intune_group", "again", **options),
            task("intune_group", "exactly", **options, purge_members=True),
            task("intune_group", "fewer", name="Many", members=members[:100], purge_members=True),
            task("intune_group", "fewer again", name="Many", members=members[:100], purge_members=True),
        ],
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False, True, False]
    assert len(group_of(emulator, "Many")["members"]) == 100
    pages = [entry for entry in run["again"].requests if entry["path"].endswith("/members")]
    assert len(pages) >= 4
    assert len(run["create"].result["group"]["members"]) == 150
    bodies = [
        entry["body"]["members@odata.bind"]
        for entry in run["create"].requests
        if entry["method"] == "PATCH" and "members@odata.bind" in entry["body"]
    ]
    assert max(map(len, bodies)) <= 20


def test_members_are_recognised_by_principal_name_object_id_device_id_and_group_name(
    play: Player, emulator: Emulator
) -> None:
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Inner"}})
    members = [UPNS[0].upper(), user_id(1), device_ids(emulator)[0], "Inner"]
    options: dict[str, Any] = {"name": "Mixed", "members": members, "purge_members": True}
    run = play([task("intune_group", "create", **options), task("intune_group", "again", **options)])
    assert run.rc == 0, run.output
    assert run["create"].changed
    assert not run["again"].changed, run["again"].result
    assert len(group_of(emulator, "Mixed")["members"]) == 4


def test_members_that_others_added_stay_unless_purged(play: Player, emulator: Emulator) -> None:
    group = emulator.seed(
        {
            "op": "create",
            "collection": "groups",
            "body": {"displayName": "Shared", "members": [user_id(5)], "owners": [user_id(5)]},
        }
    )[0]
    run = play(
        [
            task("intune_group", "add", name="Shared", members=UPNS[:1], owners=UPNS[:1]),
            task(
                "intune_group",
                "purge",
                id=group["id"],
                members=UPNS[:1],
                owners=UPNS[:1],
                purge_members=True,
                purge_owners=True,
            ),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert run["add"].before == {"name": "Shared", "members": [UPNS[5]], "owners": [UPNS[5]]}
    assert run["add"].after == {"name": "Shared", "members": [UPNS[0], UPNS[5]], "owners": [UPNS[0], UPNS[5]]}
    assert run["purge"].after == {"members": [UPNS[0]], "owners": [UPNS[0]]}
    shared = group_of(emulator, "Shared")
    assert (shared["members"], shared["owners"]) == ([user_id(0)], [user_id(0)])


def test_a_group_is_renamed_by_its_id(play: Player, emulator: Emulator) -> None:
    group = emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Old name"}})[0]
    run = play(
        [
            task("intune_group", "rename", id=group["id"], name=HARRY),
            task("intune_group", "again", id=group["id"], name=HARRY),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert (run["rename"].before, run["rename"].after) == ({"name": "Old name"}, {"name": HARRY})
    assert not run["again"].changed


def test_an_assigned_group_is_not_turned_into_a_dynamic_one_nor_the_other_way_round(
    play: Player, emulator: Emulator
) -> None:
    emulator.seed(
        {"op": "create", "collection": "groups", "body": {"displayName": "Assigned", "members": [user_id(0)]}},
        {
            "op": "create",
            "collection": "groups",
            "body": {
                "displayName": "Dynamic",
                "groupTypes": ["DynamicMembership"],
                "membershipRule": '(user.city -eq "Rome")',
            },
        },
    )
    run = play(
        [
            task(
                "intune_group",
                "make dynamic",
                ignore_errors=True,
                name="Assigned",
                membership_rule='(user.city -eq "Rome")',
            ),
            task("intune_group", "give members", ignore_errors=True, name="Dynamic", members=UPNS[:1]),
            task(
                "intune_group",
                "both",
                ignore_errors=True,
                name="New",
                members=UPNS[:1],
                membership_rule='(user.city -eq "Rome")',
            ),
        ]
    )
    assert all(item.failed and not item.writes for item in run.tasks), run.output
    assert "assigned" in run["make dynamic"].message
    assert "dynamic" in run["give members"].message
    assert run["both"].requests == []


def test_a_microsoft_365_group_of_the_same_name_is_not_taken(play: Player, emulator: Emulator) -> None:
    unified = {
        "displayName": "Team",
        "groupTypes": ["Unified"],
        "mailEnabled": True,
        "securityEnabled": False,
        "mailNickname": "team",
    }
    emulator.seed({"op": "create", "collection": "groups", "body": unified})
    run = play(
        [task("intune_group", "absent", name="Team", state="absent"), task("intune_group", "present", name="Team")]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [False, True]
    assert len(emulator.state()["groups"]) == 2


def test_a_diff_shows_letters_and_no_escapes(play: Player) -> None:
    run = play([task("intune_group", name="Gerät", description="Müller & Söhne 日本")], diff=True)
    assert "Müller & Söhne 日本" in run.output
    assert "\\u00" not in run.output
