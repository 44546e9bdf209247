# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_groups against the emulated tenant."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.integration.harness import Json, Player, changes, run_list_through, task

GUID = "00000000-0000-4000-8000-000000000001"
USER = "user01@contoso.example"
MANY: list[Json] = [{"name": f"Group {number}", "description": "d", "members": [USER]} for number in range(45)]


def names(emulator: Emulator) -> list[str]:
    return sorted(group["displayName"] for group in emulator.state()["groups"])


@pytest.mark.both_lanes
def test_a_list_is_brought_to_its_states_and_costs_little_when_it_is_there(play: Player, emulator: Emulator) -> None:
    changed = [*MANY[:10], {**MANY[10], "description": "other"}, {"name": "Group 11", "state": "absent"}, *MANY[12:]]
    run = run_list_through(play, "intune_groups", "groups", MANY, changed)
    assert [group["group"]["name"] for group in run["create"].result["groups"]] == [group["name"] for group in MANY]
    # 45 groups and 45 sets of members, 20 in a $batch.
    assert run["create again"].result["graph_requests"] == len(run["create again"].graph) == 6
    assert changes(run["update"], "groups") == [place in (10, 11) for place in range(45)]
    first, second = run["update"].result["diff"]
    assert (first["before"]["description"], first["after"]["description"]) == ("d", "other")
    assert second["before"]["description"] == "d"
    assert second["after"] == {}
    assert names(emulator) == sorted(group["name"] for group in MANY if group["name"] != "Group 11")


@pytest.mark.both_lanes
def test_a_later_group_may_have_an_earlier_one_as_a_member(play: Player, emulator: Emulator) -> None:
    play([task("intune_group", name="Outer")])
    nested: list[Json] = [
        {"name": "Inner"},
        {"name": "Outer", "members": ["Inner"]},
        {"name": "New outer", "members": ["Inner", "Outer"]},
    ]
    run = play(
        [
            task("intune_groups", "predicted", check=True, groups=nested),
            task("intune_groups", "made", groups=nested),
            task("intune_groups", "again", groups=nested),
        ]
    )
    assert run.rc == 0, run.output[-3000:]
    assert changes(run["predicted"], "groups") == changes(run["made"], "groups") == [True] * 3
    assert "does not exist" not in run["predicted"].warnings
    assert run["made"].result["groups"][2]["group"]["members"] == ["Inner", "Outer"]
    assert not run["again"].changed


@pytest.mark.both_lanes
def test_a_group_that_fails_does_not_keep_the_others_from_being_done(play: Player, emulator: Emulator) -> None:
    wanted: list[Json] = [
        {"name": "First"},
        {"name": "Second", "members": ["nobody@contoso.example"]},
        {"name": "Third", "members": [USER]},
    ]
    run = play([task("intune_groups", "some", groups=wanted, ignore_errors=True)])
    failed = run["some"]
    assert failed.failed
    assert failed.changed
    assert "1 of 3 groups failed.\ngroups[1], group 'Second': Not found: " in failed.message
    assert [group.get("failed", False) for group in failed.result["groups"]] == [False, True, False]
    assert names(emulator) == ["First", "Third"]
    assert "DEPRECATION" not in run.output


def test_refused_writes_are_told_for_each_group_and_a_lost_login_once(play: Player, emulator: Emulator) -> None:
    emulator.settings(permissions=["GroupMember.Read.All"])
    try:
        refused = play(
            [
                task(
                    "intune_groups",
                    "refused",
                    groups=[{"name": "A"}, {"name": "B"}],
                    token_cache="none",
                    ignore_errors=True,
                )
            ]
        )["refused"]
    finally:
        emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert refused.message.count("Group.Create") == 2
    assert not refused.changed
    run = play(
        [
            task(
                "intune_groups",
                "login",
                groups=[{"name": "A"}, {"name": "B"}],
                ignore_errors=True,
                client_secret="wrong",
                token_cache="none",
            )
        ]
    )
    assert run["login"].failed
    assert run["login"].message.count("AADSTS") == 1


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (
            [{"name": "A"}, {"name": "B"}, {"name": "A", "description": "x"}],
            "groups[2]: the name 'A' is that of groups[0] as well",
        ),
        ([{"id": GUID, "name": "A"}, {"name": "A"}], "groups[0]: the name 'A' is that of groups[1] as well"),
        (
            [{"name": "A"}, {"name": "B", "members": [USER], "membership_rule": "x"}],
            "groups[1]: members and membership_rule exclude each other",
        ),
        ([{"name": "A"}, {"description": "x"}], "one of the following is required: name, id"),
    ],
)
def test_a_list_that_cannot_be_is_refused_before_any_request(groups: list[Json], said: str, play: Player) -> None:
    item = play([task("intune_groups", "wrong", groups=groups, ignore_errors=True)])["wrong"]
    assert item.failed
    assert said in item.message
    assert not item.requests


def test_a_list_whose_groups_depend_on_what_it_renames_or_deletes_is_refused_before_anything_is_written(
    play: Player, emulator: Emulator
) -> None:
    made = play([task("intune_groups", "made", groups=[{"name": "A"}, {"name": "B", "members": ["A"]}])])["made"]
    group_id = made.result["groups"][0]["id"]
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
        task("intune_groups", f"{mode} {place}", groups=groups, check=mode == "check", ignore_errors=True)
        for place, (groups, _said) in enumerate(lists)
        for mode in ("check", "real")
    ]
    run = play(
        [
            *tasks,
            task("intune_groups", "apart", groups=[{"id": group_id, "name": "C"}, {"name": "B", "members": ["C"]}]),
        ]
    )
    for place, (_groups, said) in enumerate(lists):
        for mode in ("check", "real"):
            item = run[f"{mode} {place}"]
            assert item.failed
            assert said in item.message
            assert not item.writes
    assert [run["apart"].failed, *changes(run["apart"], "groups")] == [False, True, False]


def test_a_list_without_a_group_has_nothing_to_do(play: Player) -> None:
    item = play([task("intune_groups", "none", groups=[])])["none"]
    assert not item.changed
    assert item.result["groups"] == []
    assert not item.requests
