# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_device_action against the emulated tenant: who is acted on, how many at most, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.integration.fleet import fleet
from tests.integration.harness import Json, Player, Task, task

MODULE = "intune_device_action"
TEXTS: Json = {"notification_title": "Harmony Mobile", "notification_body": "Please open the app once."}


@pytest.fixture
def tenant(emulator: Emulator, player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """With the permissions of the actions, which a token that earlier tests left does not have."""
    monkeypatch.setitem(player.env, "INTUNE_TOKEN_CACHE", str(tmp_path / "tokens"))
    more = ("DeviceManagementManagedDevices.PrivilegedOperations.All", "DeviceManagementManagedDevices.ReadWrite.All")
    emulator.settings(permissions=[*DEFAULT_PERMISSIONS, *more])
    yield emulator
    emulator.settings(permissions=list(DEFAULT_PERMISSIONS))


def sent(item: Task) -> list[str]:
    """The paths of the actions that reached the tenant."""
    return [entry["url"].rpartition("managedDevices/")[2] for entry in item.writes]


def outcomes(item: Task) -> dict[str, str]:
    return {device["id"]: device["outcome"] for device in item.result["devices"]}


@pytest.mark.both_ways
def test_check_mode_lists_the_devices_that_synchronize(play: Player, tenant: Emulator) -> None:
    phones = sorted(device["id"] for device in fleet(tenant) if device["operatingSystem"] == "iOS")
    options: Json = {"action": "sync", "filters": {"operating_system": ["ios"]}, "maximum": len(phones)}
    run = play([task(MODULE, "predict", check=True, **options), task(MODULE, "sync", **options)])
    assert run.rc == 0, run.output
    assert outcomes(run["predict"]) == dict.fromkeys(phones, "would_be_sent")
    assert not run["predict"].writes
    assert outcomes(run["sync"]) == dict.fromkeys(phones, "sent")
    assert sorted(sent(run["sync"])) == [f"{phone}/syncDevice" for phone in phones]
    assert run["predict"].changed
    assert run["sync"].changed
    assert run["sync"].result["devices"][0]["device_name"]


def test_more_devices_than_the_maximum_are_left_alone(play: Player, tenant: Emulator) -> None:
    run = play(
        [
            task(MODULE, "all", action="sync", filters={"is_encrypted": True}, ignore_errors=True),
            task(MODULE, "none", action="sync", ignore_errors=True),
            task(MODULE, "empty", action="sync", ids=[], ignore_errors=True),
            task(MODULE, "no group", action="sync", groups=[], ignore_errors=True),
            task(MODULE, "no filter", action="sync", filters={"operating_system": []}, ignore_errors=True),
            task(MODULE, "no number", action="sync", user="x", maximum=0, ignore_errors=True),
            task(MODULE, "both", action="sync", user="x", ids=["y"], ignore_errors=True),
            task(MODULE, "no text", action="custom_notification", user="x", ignore_errors=True),
            task(MODULE, "text", action="sync", user="x", notification_title="x", ignore_errors=True),
        ]
    )
    assert "maximum is 10. Nothing was sent." in run["all"].message
    for label in ("none", "empty", "no group", "no filter", "no number", "both", "no text", "text"):
        assert run[label].failed, label
        assert not run[label].requests
    assert not [item for item in run.tasks if item.writes]
    assert "Traceback" not in run.output


def test_users_of_phones_are_notified_and_others_passed_over(play: Player, tenant: Emulator) -> None:
    for number, system in enumerate(("iOS", "Android", "Windows")):
        tenant.seed({"op": "device", "number": number, "values": {"operatingSystem": system}})
    phone, tablet, desktop = (device["id"] for device in fleet(tenant)[:3])
    options: Json = {"action": "custom_notification", "ids": [phone, desktop, tablet], **TEXTS}
    run = play([task(MODULE, "notify", **options)])
    assert run.rc == 0, run.output
    assert outcomes(run["notify"]) == {phone: "sent", tablet: "sent", desktop: "unsupported"}
    path = "sendCustomNotificationToCompanyPortal"
    assert sorted(sent(run["notify"])) == sorted([f"{phone}/{path}", f"{tablet}/{path}"])
    unknown = "00000000-1111-4222-8333-444444444444"
    run = play([task(MODULE, "unknown", action="sync", ids=[phone, unknown], ignore_errors=True)])
    assert f"no managed device with the ID {unknown}. Nothing was sent." in run["unknown"].message
    assert not run["unknown"].writes


def test_a_device_that_fails_is_reported_beside_those_that_do_not(play: Player, tenant: Emulator) -> None:
    first, second = (device["id"] for device in fleet(tenant)[:2])
    tenant.faults({"match": {"path": f"{second}/syncDevice"}, "action": {"status": 409}})
    run = play([task(MODULE, "sync", action="sync", ids=[first, second], retry_timeout=1, ignore_errors=True)])
    tenant.faults()
    item = run["sync"]
    assert item.failed
    assert item.changed
    assert outcomes(item) == {first: "sent", second: "failed"}
    assert f"sync failed for 1 of 2 devices. The first is {second}" in item.message


def test_a_notification_whose_outcome_is_unknown_is_not_sent_twice(play: Player, tenant: Emulator) -> None:
    tenant.seed({"op": "device", "number": 0, "values": {"operatingSystem": "iOS"}})
    phone = fleet(tenant)[0]["id"]
    tenant.faults({"match": {"path": "sendCustomNotification"}, "action": {"status": 504}})
    run = play([task(MODULE, "notify", action="custom_notification", ids=[phone], **TEXTS, ignore_errors=True)])
    tenant.faults()
    assert outcomes(run["notify"]) == {phone: "unknown"}
    assert len(sent(run["notify"])) == 1


def test_a_missing_permission_is_named(play: Player, emulator: Emulator) -> None:
    phone = fleet(emulator)[0]["id"]
    options: Json = {"action": "sync", "ids": [phone], "token_cache": "none"}
    run = play([task(MODULE, "sync", **options, ignore_errors=True)])
    assert "DeviceManagementManagedDevices.PrivilegedOperations.All" in run["sync"].message
    assert not run["sync"].changed
