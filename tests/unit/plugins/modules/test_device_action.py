# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What intune_device_action reports of an action that ends on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import SomeFailed
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.emulator.threaded import ThreadedEmulator
from tests.unit.plugins.modules.in_process import Tenant

PHONE = {"operatingSystem": "iOS"}
ACTION = "DeviceManagementManagedDevices.PrivilegedOperations.All"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Tenant]:
    with ThreadedEmulator(devices=60, users=8, permissions=(*DEFAULT_PERMISSIONS, ACTION)) as emulator:
        yield Tenant(emulator)


def ids(tenant: Tenant) -> list[str]:
    return [
        str(tenant.emulator.seed({"op": "device", "number": number, "values": PHONE})[0]["id"]) for number in range(60)
    ]


@pytest.mark.parametrize(
    ("action", "outcomes"),
    [
        ({"status": 403}, {"sent": 20, "failed": 40}),
        ({"text": "<html>", "content_type": "text/html"}, {"sent": 20, "unknown": 40}),
        ({"drop_after_execute": True}, {"sent": 20, "unknown": 40}),
    ],
)
def test_what_was_sent_before_an_error_is_reported(tenant: Tenant, action: Any, outcomes: dict[str, int]) -> None:
    devices = ids(tenant)
    tenant.emulator.faults({"match": {"method": "POST", "path": "batch"}, "skip": 4, "action": action})
    options: dict[str, Any] = {"notification_title": "t", "notification_body": "b"}
    try:
        with pytest.raises(SomeFailed) as caught:
            tenant.run(
                "intune_device_action",
                action="custom_notification",
                ids=devices,
                maximum=len(devices),
                retry_timeout=1,
                **options,
            )
    finally:
        tenant.emulator.faults()
    assert caught.value.changed
    found = Counter(device["outcome"] for device in caught.value.result["devices"])
    assert found == outcomes


def test_an_action_of_which_nothing_was_sent_is_one_error(tenant: Tenant) -> None:
    devices = ids(tenant)
    tenant.emulator.faults({"match": {"method": "POST", "path": "batch"}, "skip": 3, "action": {"status": 403}})
    try:
        with pytest.raises(IntuneError) as caught:
            tenant.run("intune_device_action", action="sync", ids=devices, maximum=len(devices))
    finally:
        tenant.emulator.faults()
    assert not caught.value.changed


def test_a_device_that_is_listed_twice_gets_one_notification(tenant: Tenant) -> None:
    device = ids(tenant)[0]
    tenant.emulator.journal(clear=True)
    done = tenant.run(
        "intune_device_action",
        action="custom_notification",
        ids=[device, device.upper(), f" {device}"],
        notification_title="t",
        notification_body="b",
    )
    assert len(done["devices"]) == 1
    items = [item for entry in tenant.emulator.journal() for item in entry.get("items", [])]
    assert len([item for item in items if "sendCustomNotification" in item["url"]]) == 1
