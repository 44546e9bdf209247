# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin managed_devices with what Harmony Mobile knows of the devices."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.emulator.client import Emulator
from tests.integration.fleet import COUNT, device
from tests.integration.harness import Json, Player, task
from tests.integration.inventories import Inventories

NO_HARMONY = {"HARMONY_URL": "https://127.0.0.1:9"}


def coverage(play: Player) -> list[Json]:
    run = play([task("intune_harmony_coverage")])
    rows = run.tasks[0].result["ansible_facts"]["intune_harmony_coverage"]
    return [row for row in rows if row["matched_by"]]


def test_devices_have_harmonys_risk_and_status_and_groups_by_them(play: Player, inventory: Inventories) -> None:
    listed = inventory(harmony=True, hostnames=["id"])
    assert listed.rc == 0, listed.output
    assert len(listed.hosts) == COUNT
    rows = {row["intune_id"]: row for row in coverage(play)}
    assert rows
    for name, variables in listed.hosts.items():
        row = rows.get(name, {"harmony_risk": None, "harmony_status": None, "matched_by": None})
        assert variables["intune_harmony_risk"] == row["harmony_risk"]
        assert variables["intune_harmony_status"] == row["harmony_status"]
        assert variables["intune_harmony_matched_by"] == row["matched_by"]
    risky = {name for name, row in rows.items() if row["harmony_risk"] == "high"}
    assert risky
    assert listed.groups["intune_harmony_risk_high"] == risky
    statuses = Counter(row["harmony_status"] for row in rows.values())
    assert len(listed.groups["intune_harmony_status_active"]) == statuses["active"]
    assert len(listed.groups["intune_harmony_status_unknown"]) == statuses["unknown"] + COUNT - len(rows)


def test_without_the_option_harmony_is_not_asked(inventory: Inventories, emulator: Emulator) -> None:
    listed = inventory()
    assert emulator.harmony_report()["logins"] == 0
    assert not [group for group in listed.groups if "harmony" in group]
    assert not [name for host in listed.hosts.values() for name in host if "harmony" in name]


def test_a_part_of_the_devices_is_not_matched_by_email(
    play: Player, inventory: Inventories, emulator: Emulator
) -> None:
    by_email = [row["intune_id"] for row in coverage(play) if row["matched_by"] == "email"]
    assert by_email
    one = next(fleet for number in range(COUNT) if (fleet := device(emulator, number))["id"] == by_email[0])
    platform = inventory(harmony=True, hostnames=["id"], filters={"operating_system": [one["operatingSystem"]]})
    assert platform.hosts[one["id"]]["intune_harmony_matched_by"] == "email"
    part = inventory(harmony=True, hostnames=["id"], filters={"user_principal_name": [one["userPrincipalName"]]})
    assert part.hosts[one["id"]]["intune_harmony_matched_by"] is None
    sure = next(row["intune_id"] for row in coverage(play) if row["matched_by"] == "mdm_uuid")
    single = inventory(harmony=True, hostnames=["id"], id=sure)
    assert single.hosts[sure]["intune_harmony_matched_by"] == "mdm_uuid"


def test_an_outage_of_harmony_is_an_error_or_a_warning_and_never_a_part(
    inventory: Inventories, tmp_path: Path, emulator: Emulator
) -> None:
    bounds: Json = {"harmony": True, "retry_timeout": 0}
    failed = inventory(**bounds, env=NO_HARMONY)
    assert failed.rc
    assert "no connection to 127.0.0.1" in failed.output
    cache: Json = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    warned = inventory(**bounds, **cache, harmony_outage="warning", env=NO_HARMONY)
    assert warned.rc == 0, warned.output
    assert "The devices have no risk and no status of Harmony Mobile" in warned.output
    assert len(warned.hosts) == COUNT
    assert {host["intune_harmony_risk"] for host in warned.hosts.values()} == {None}
    assert not [group for group in warned.groups if "harmony" in group]
    emulator.harmony(count="high")
    assert "The list is incomplete." in inventory(**bounds, harmony_outage="warning").output
    emulator.harmony(count="right")
    # What was read without Harmony Mobile is not in the cache.
    again = inventory(**bounds, **cache, harmony_outage="warning")
    assert "intune_harmony_risk_high" in again.groups
    requests = again.requests
    kept = inventory(**bounds, **cache, harmony_outage="warning")
    assert requests
    assert not kept.requests
    assert kept.groups == again.groups


def test_a_wrong_key_is_not_shown(inventory: Inventories) -> None:
    wrong = "wrong~access-key of somebody"
    failed = inventory(harmony=True, harmony_access_key=wrong, arguments=("-vvv",))
    assert "refused the login of the API key" in failed.output
    assert wrong not in failed.output
