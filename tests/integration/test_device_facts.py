# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_device_facts against the emulated tenant."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.emulator.client import Emulator
from tests.integration.fleet import fleet
from tests.integration.harness import Json, Player, Task, task

COUNT = 40
# What Ansible adds to the result of a module.
ANSIBLES_OWN = {"invocation", "failed", "_ansible_no_log", "warnings", "deprecations"}


def facts(item: Task) -> list[Json]:
    return list(item.result["ansible_facts"]["intune_devices"])


@pytest.mark.both_ways
def test_the_whole_fleet_is_read_by_pages_and_summed_up(play: Player, emulator: Emulator) -> None:
    emulator.settings(page_size=7, empty_pages=True)
    run = play([task("intune_device_facts", "read"), task("intune_device_facts", "in check mode", check=True)])
    assert run.rc == 0, run.output
    expected = fleet(emulator)
    assert {device["id"] for device in facts(run["read"])} == {device["id"] for device in expected}
    assert len(facts(run["read"])) == COUNT
    assert set(run["read"].result) - ANSIBLES_OWN == {"changed", "ansible_facts", "graph_requests"}
    summary = run["read"].result["ansible_facts"]["intune_devices_summary"]
    assert summary["total"] == COUNT
    assert summary["by_platform"] == dict(Counter(device["operatingSystem"] for device in expected))
    assert (
        sum(summary["by_threat_state"].values())
        == sum(summary["by_compliance_state"].values())
        == sum(summary["by_ownership"].values())
        == COUNT
    )
    assert facts(run["in check mode"]) == facts(run["read"])
    assert run["read"].result["graph_requests"] == len(run["read"].graph)
    assert not run["read"].writes


def test_facts_hold_the_chosen_fields_under_snake_case_names(play: Player, emulator: Emulator) -> None:
    emulator.seed(
        {
            "op": "device",
            "number": 0,
            "values": {"partnerReportedThreatState": "highSeverity", "deviceName": "Söhne's #1"},
        }
    )
    run = play(
        [
            task(
                "intune_device_facts",
                "chosen",
                fields=["device_name", "partner_reported_threat_state"],
                filters={"device_name": ["söhne's #1"]},
            ),
            task("intune_device_facts", "all", fields=["all"], filters={"device_name": ["Söhne's #1"]}),
            task("intune_device_facts", "unknown", ignore_errors=True, fields=["device_nam"]),
        ]
    )
    assert facts(run["chosen"]) == [{"device_name": "Söhne's #1", "partner_reported_threat_state": "high_severity"}]
    (device,) = facts(run["all"])
    assert device["azure_ad_device_id"]
    assert device["wifi_mac_address"] is not None
    assert not any(character.isupper() for key in device for character in key)
    assert run["unknown"].failed
    assert "device_nam" in run["unknown"].message
    assert run["unknown"].requests == []


def test_filters_are_applied_together(play: Player, emulator: Emulator) -> None:
    devices = fleet(emulator)

    def ids(wanted: list[bool]) -> set[str]:
        return {device["id"] for device, is_wanted in zip(devices, wanted, strict=True) if is_wanted}

    mobile = [device["operatingSystem"] in ("iOS", "Android") for device in devices]
    limit = sorted(device["lastSyncDateTime"] for device in devices)[COUNT // 2]
    one = {"operating_system": ["iOS"], "compliance_state": ["compliant"], "managed_device_owner_type": ["company"]}
    run = play(
        [
            task("intune_device_facts", "mobile", filters={"operating_system": ["ios", "Android"]}),
            task("intune_device_facts", "one", filters=one),
            task(
                "intune_device_facts",
                "threats",
                filters={"partner_reported_threat_state": ["secured", "high_severity"]},
            ),
            task("intune_device_facts", "before", filters={"last_sync_before": limit}),
            task("intune_device_facts", "after", filters={"last_sync_after": limit}),
            task("intune_device_facts", "wrong", ignore_errors=True, filters={"last_sync_after": "yesterday"}),
            task("intune_device_facts", "nobody", filters={"user_principal_name": ["o'brien@contoso.example"]}),
        ]
    )
    found = {item.name: {device["id"] for device in facts(item)} for item in run.tasks if not item.failed}
    assert found["mobile"] == ids(mobile)
    assert found["one"] == ids(
        [
            device["operatingSystem"] == "iOS"
            and device["complianceState"] == "compliant"
            and device["managedDeviceOwnerType"] == "company"
            for device in devices
        ]
    )
    assert found["threats"] == ids(
        [device["partnerReportedThreatState"] in ("secured", "highSeverity") for device in devices]
    )
    assert found["before"] == ids([device["lastSyncDateTime"] < limit for device in devices])
    assert found["after"] == ids([device["lastSyncDateTime"] > limit for device in devices])
    assert found["nobody"] == set()
    assert run["nobody"].result["ansible_facts"]["intune_devices_summary"]["total"] == 0
    assert run["wrong"].failed
    assert "yesterday" in run["wrong"].message


@pytest.mark.provokes_bad_requests
def test_a_fleet_of_which_one_page_cannot_be_read_is_an_error(play: Player, emulator: Emulator) -> None:
    emulator.settings(page_size=7)
    emulator.faults(
        {
            "match": {"path": "managedDevices.*skiptoken"},
            "skip": 2,
            "action": {"status": 400, "message": "The page is gone."},
        }
    )
    run = play([task("intune_device_facts", ignore_errors=True, parallel_pages=1)])
    assert run.tasks[0].failed
    assert "ansible_facts" not in run.tasks[0].result
    assert "The page is gone." in run.tasks[0].message
