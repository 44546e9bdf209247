# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices and alerts as users see them: in any shape that was seen, with filters, in files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._harmony import fields
from tests.unit.plugins.module_utils.harmony.conftest import HarmonyTenant

Json = dict[str, Any]


@pytest.mark.parametrize("switches", [{}, {"numbers": True, "text_ids": True}])
def test_devices_have_names_for_codes_and_keep_what_is_not_known(tenant: HarmonyTenant, switches: Json) -> None:
    tenant.emulator.harmony(**switches)
    result = tenant.devices()
    devices = result["devices"]
    assert all(tuple(device) == fields.DEVICE_FIELDS for device in devices)
    assert all(device["other"]["a_field_of_tomorrow"] == {"of": "whatever shape"} for device in devices)
    assert result["summary"]["by_status"] == dict(Counter(device["status"] for device in devices))
    assert set(result["summary"]["by_status"]) == {"processing", "provisioned", "active", "inactive", "unknown"}
    odd = [device for device in devices if device["status"] == "unknown"]
    assert odd
    assert {(str(device["other"]["status"]), str(device["other"]["risk"])) for device in odd} == {("7", "9")}
    assert all(device["last_connection"] is None for device in devices if device["status"] == "provisioned")
    assert [int(device["id"]) for device in devices] == list(range(1, len(devices) + 1))
    assert {device["platform"] for device in devices} == {"ios", "android"}


def test_a_row_of_nothing_and_rows_of_odd_types_are_shown() -> None:
    assert fields.device({})["status"] == "unknown"
    assert fields.device({})["other"] == {}
    shown = fields.device({"internal_id": 7, "risk": True, "last_connection": "soon", "email": 5, "mdm": [1]})
    assert (shown["id"], shown["risk"], shown["email"], shown["mdm"]) == ("7", "unknown", "5", [1])
    assert shown["last_connection"] is None
    assert shown["other"] == {"risk": True, "last_connection": "soon"}
    assert fields.alert({})["device_rooted"] is None
    assert fields.alert({"device_rooted": "False"})["device_rooted"] is False


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Fri, 27 Nov 2026 08:27:11 +0000", "2026-11-27T08:27:11Z"),
        ("Fri, 27 Nov 2026 08:27:11 +0200", "2026-11-27T06:27:11Z"),
        ("2026-11-27T10:53:26+00:00", "2026-11-27T10:53:26Z"),
        ("2026-11-27T10:53:26.123456Z", "2026-11-27T10:53:26Z"),
        ("11/27/2026 10:53:26", "2026-11-27T10:53:26Z"),
        ("13/27/2026 10:53:26", None),
        ("No data", None),
        ("", None),
        (None, None),
        (17, None),
    ],
)
def test_times_are_read_in_each_form(text: object, time: str | None) -> None:
    assert fields.written(fields.moment(text)) == time


def test_filters_are_applied_together_and_none_is_sent(tenant: HarmonyTenant) -> None:
    everything = tenant.devices()["devices"]
    middle = sorted(device["last_connection"] for device in everything if device["last_connection"])[40]
    wanted = {
        "risk": ["high"],
        "status": ["active", "unknown"],
        "platform": ["IOS".lower()],
        "last_connection_before": middle,
        "last_connection_after": middle,
        "email": [everything[0]["email"].upper()],
        "id": ["1", "2"],
    }
    tests = {
        "last_connection_before": lambda device: (device["last_connection"] or "9") < middle,
        "last_connection_after": lambda device: (device["last_connection"] or "") >= middle,
        "email": lambda device: str(device["email"]).lower() == everything[0]["email"].lower(),
    }
    for name, value in wanted.items():
        fits = tests.get(name, lambda device, name=name, value=value: device[name] in value)
        found = tenant.devices(filters={name: value})["devices"]
        assert found == [device for device in everything if fits(device)], name
        assert found, name
    assert tenant.devices(filters={"risk": ["high"], "status": ["inactive"], "id": ["1"]})["devices"] == []
    assert "is no date or time" in tenant.refusal(filters={"last_connection_after": "yesterday"})


def test_alerts_since_a_time_are_asked_for_and_looked_at_again(tenant: HarmonyTenant) -> None:
    alerts = tenant.alerts()["alerts"]
    assert all(tuple(alert) == fields.ALERT_FIELDS for alert in alerts)
    times = sorted(alert["backend_last_updated"] for alert in alerts)
    middle = times[len(times) // 2]
    tenant.emulator.journal(clear=True)
    found = tenant.alerts(filters={"since": middle})
    assert {alert["id"] for alert in found["alerts"]} == {
        alert["id"] for alert in alerts if alert["backend_last_updated"] >= middle
    }
    (query,) = [entry["query"] for entry in tenant.emulator.journal() if "alert" in entry["path"]]
    assert query["backend_last_updated__gte"] == middle.replace("Z", ".000000Z")
    tenant.emulator.harmony(alerts=[{"id": 1, "backend_last_updated": "No data"}, {"id": 2}])
    assert len(tenant.alerts()["alerts"]) == 2
    assert {alert["device_id"] for alert in alerts} == {str(alert["device_id"]) for alert in alerts}
    assert all(alert["device_rooted"] is False for alert in alerts)


def test_files_have_what_results_have_and_change_only_with_their_rows(tenant: HarmonyTenant, tmp_path: Path) -> None:
    devices = tenant.devices()["devices"]
    lines, table = tmp_path / "devices.jsonl", tmp_path / "devices.csv"
    assert tenant.run("harmony_device_info", True, dest=str(lines))["changed"]
    assert not lines.exists()
    result = tenant.devices(dest=str(lines))
    assert result["changed"]
    assert "devices" not in result
    assert result["summary"]["total"] == len(devices)
    assert [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()] == devices
    assert lines.stat().st_mode & 0o777 == 0o600
    assert tenant.devices(dest=str(table))["changed"]
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [device["id"] for device in devices]
    assert json.loads(rows[0]["other"]) == devices[0]["other"]
    assert not tenant.devices(dest=str(table))["changed"]
    tenant.emulator.harmony(devices=[])
    assert tenant.devices(dest=str(table))["changed"]
    assert "format goes with dest" in tenant.refusal(format="csv")
    assert "exclude each other" in tenant.refusal(dest=str(table), gather="summary")
    assert "devices" not in tenant.devices(gather="summary")
