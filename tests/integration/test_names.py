# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is not an identity: two objects of one name, awkward names, ids instead of names."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import HARRY, Json, Player, task
from tests.samples import APPS, CONFIGS, PROFILES

TYPE = "#microsoft.graph."

BODIES: dict[str, tuple[str, Json]] = {
    "intune_group": ("groups", {}),
    "intune_app": (APPS, {"@odata.type": TYPE + "iosStoreApp", "publisher": "x"}),
    "intune_app_config": (CONFIGS, {"@odata.type": TYPE + "iosMobileAppConfiguration"}),
    "intune_vpn_profile": (PROFILES, {"@odata.type": TYPE + "iosVpnConfiguration", "connectionType": "customVpn"}),
    "intune_certificate_profile": (PROFILES, {"@odata.type": TYPE + "iosTrustedRootCertificate"}),
}


@pytest.mark.parametrize("module", BODIES)
def test_two_objects_of_one_name_are_an_error_with_both_ids_and_nothing_is_written(
    play: Player, emulator: Emulator, module: str
) -> None:
    collection, body = BODIES[module]
    named: Json = {**body, "displayName": HARRY}
    operation: Json = {"op": "create", "collection": collection, "body": named}
    # Not of one time, as those of runs at once would be, which are waited for.
    earlier = {**operation, "body": {**named, "createdDateTime": "2026-01-01T00:00:00Z"}}
    ids = [made["id"] for made in emulator.seed(earlier, operation)]
    run = play(
        [
            task(module, "present", ignore_errors=True, name=HARRY, description="new"),
            task(module, "predict", ignore_errors=True, check=True, name=HARRY, description="new"),
            task(module, "absent", ignore_errors=True, name=HARRY, state="absent"),
            task(module, "by id", id=ids[1], description="new"),
            task(module, "by id again", id=ids[1].upper(), description="new"),
            task(module, "absent by id", id=ids[0], state="absent"),
            task(module, "absent by id again", id=ids[0], state="absent"),
        ]
    )
    assert run.rc == 0, run.output
    for name in ("present", "predict", "absent"):
        assert run[name].failed
        assert all(object_id in run[name].message for object_id in ids)
        assert not run[name].writes
    assert [run[name].changed for name in ("by id", "by id again", "absent by id", "absent by id again")] == [
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("module", BODIES)
def test_an_unknown_id_is_an_error_and_creates_nothing(play: Player, emulator: Emulator, module: str) -> None:
    unknown = "11111111-2222-4333-8444-555555555555"
    run = play(
        [
            task(module, "present", ignore_errors=True, id=unknown, name="x"),
            task(module, "absent", id=unknown, state="absent"),
        ]
    )
    assert run["present"].failed
    assert unknown in run["present"].message
    assert not run["present"].writes
    assert not run["absent"].changed
    assert not run["absent"].failed


def test_two_groups_of_one_name_cannot_be_assigned_nor_be_members(play: Player, emulator: Emulator) -> None:
    operation = {"op": "create", "collection": "groups", "body": {"displayName": HARRY}}
    vpn = {"op": "create", "collection": PROFILES, "body": {**BODIES["intune_vpn_profile"][1], "displayName": "v"}}
    ids = [made["id"] for made in emulator.seed(operation, operation, vpn)][:2]
    run = play(
        [
            task(
                "intune_vpn_profile",
                "assign",
                ignore_errors=True,
                name="v",
                description="new",
                assignments=[{"group": HARRY}],
            ),
            task("intune_group", "member", ignore_errors=True, name="Outer", members=[HARRY]),
            task("intune_vpn_profile", "assign by id", name="v", assignments=[{"group": ids[0]}]),
        ]
    )
    for name in ("assign", "member"):
        assert run[name].failed
        assert all(object_id in run[name].message for object_id in ids)
        assert not run[name].writes
    assert run["assign by id"].changed


def test_names_are_compared_exactly(play: Player, emulator: Emulator) -> None:
    """Graph's filters ignore letter case; another spelling is another object."""
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "harmony"}})
    run = play(
        [
            task("intune_group", "absent", name="Harmony", state="absent"),
            task("intune_group", "present", name="Harmony"),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [False, True]
    assert len(emulator.state()["groups"]) == 2


@pytest.mark.parametrize("name", ["100% + a/b?c=d&e", "''", "日本語 🦊", 'a\\b "q" <x>', "tab\tand #$batch()"])
def test_awkward_names_work_for_groups_and_what_is_assigned_to_them(
    play: Player, emulator: Emulator, name: str
) -> None:
    vpn = {"op": "create", "collection": PROFILES, "body": {**BODIES["intune_vpn_profile"][1], "displayName": name}}
    emulator.seed(vpn)
    options: Json = {"name": name, "assignments": [{"group": name}]}
    run = play(
        [
            task("intune_group", "group", name=name),
            task("intune_group", "group again", name=name),
            task("intune_vpn_profile", "assign", **options),
            task("intune_vpn_profile", "assign again", **options),
            task("intune_group", "remove", name=name, state="absent"),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, True, False, True]
