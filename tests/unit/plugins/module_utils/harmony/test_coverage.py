# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which device is which, and in which category: counted exactly, and never guessed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._harmony import coverage
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.coverage import CATEGORIES, Report
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.join import Join, Managed, Phone, guids
from tests.emulator.threaded import ThreadedEmulator
from tests.unit.plugins.module_utils.harmony.conftest import HarmonyTenant

Json = dict[str, Any]
ID, OTHER, THIRD = (f"{digit * 8}-1111-4222-8333-944455556666" for digit in "abc")
ENTRA = "99999999-1111-4222-8333-944455556666"
NOW = format_datetime(datetime.now(timezone.utc))
OLD = format_datetime(datetime.now(timezone.utc) - timedelta(days=100))
EMAIL: Json = {"email": "Ada@Example.com", "device_type": "Android", "model": "ACME / M1"}


def managed(number: str = ID, **values: Any) -> Managed:
    raw = {
        "id": number,
        "operatingSystem": "Android",
        "emailAddress": "ada@example.com",
        "userPrincipalName": "ada@corp.example",
        "model": "m1",
        "azureADDeviceId": "",
        "partnerReportedThreatState": "secured",
        "osVersion": "14",
        **values,
    }
    return Managed.of(raw, in_scope=True)


def phone(number: int = 1, serial_field: str | None = None, alerted: tuple[str, ...] = (), **values: Any) -> Phone:
    row = {"internal_id": number, "risk": "0", "status": "1", "last_connection": NOW, "device_type": "Android"}
    return Phone.of({**row, **values}, serial_field, alerted)


def rows(devices: list[Managed], phones: list[Phone], device_map: Json | None = None, **options: Any) -> list[Json]:
    report = Report({"silent_days": 7, **options})
    joined = Join(devices, phones, device_map or {})
    found = list(report.rows(joined))
    check_sum(found, joined)
    return found


def check_sum(found: list[Json], joined: Join) -> None:
    """Each device of both sides is in exactly one place."""
    ours = [row["intune_id"] for row in found if row["intune_id"]]
    assert sorted(ours) == sorted(device.id for device in joined.managed)
    theirs = [number for row in found for number in [row["harmony_id"], *row["duplicates"]] if number]
    assert sorted(theirs) == sorted(str(each.id) for each in joined.phones)


def outcome(found: list[Json]) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(row["category"], row["matched_by"], row["intune_id"], row["harmony_id"]) for row in found]


# -- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mdm", "alerted"),
    [
        (ID, ()),
        (ID.upper(), ()),
        ({"id": ID}, ()),
        ([{"x": f"urn:{ENTRA}"}], ()),
        (ENTRA, ()),
        (None, (ID,)),
        (None, (ENTRA,)),
        ({"id": ID, "device": ENTRA}, ()),
    ],
)
def test_the_uems_id_is_found_in_any_shape_and_may_be_either_of_two(mdm: Any, alerted: tuple[str, ...]) -> None:
    devices = [managed(ID, azureADDeviceId=ENTRA), managed(OTHER)]
    found = rows(devices, [phone(mdm=mdm, alerted=alerted)])
    assert outcome(found) == [("protected", "mdm_uuid", ID, "1"), ("not_activated", None, OTHER, None)]
    assert found[0]["confidence"] == "high"


def test_a_zero_id_is_none() -> None:
    assert guids("00000000-0000-0000-0000-000000000000") == []
    devices = [managed(ID, azureADDeviceId="00000000-0000-0000-0000-000000000000")]
    zero = phone(mdm="00000000-0000-0000-0000-000000000000")
    assert [row["category"] for row in rows(devices, [zero])] == ["not_activated", "harmony_only"]


def test_an_id_that_names_nothing_is_not_followed_by_a_guess() -> None:
    """The user has another phone of the same model now."""
    found = rows([managed(ID)], [phone(mdm=OTHER, **EMAIL)])
    assert outcome(found) == [("not_activated", None, ID, None), ("harmony_only", None, None, "1")]


def test_keys_count_in_their_order() -> None:
    devices = [managed(ID, serialNumber="S1"), managed(OTHER, model="other")]
    by_map = phone(mdm=ID, s="S1", serial_field="s", **EMAIL)
    assert outcome(rows(devices, [by_map], {"1": OTHER}))[1] == ("protected", "device_map", OTHER, "1")
    by_id = phone(mdm=OTHER, s="S1", serial_field="s", **EMAIL)
    assert outcome(rows(devices, [by_id]))[1][:3] == ("protected", "mdm_uuid", OTHER)
    by_serial = phone(s="s1 ", serial_field="s", email="nobody@example.com")
    assert outcome(rows(devices, [by_serial]))[0][:3] == ("protected", "serial_number", ID)
    by_email = phone(s="S1", **EMAIL)
    assert outcome(rows(devices, [by_email]))[0][:3] == ("protected", "email", ID)


@pytest.mark.parametrize(
    "values",
    [
        {"email": "Blocked"},
        {"email": None},
        {"email": "0" * 64},
        {"model": None},
        {"model": "ACME / M2"},
        {"device_type": "IPhone"},
        {"device_type": None},
        {"email": "someone@example.com"},
    ],
)
def test_email_platform_and_model_have_to_be_the_same(values: Json) -> None:
    found = rows([managed()], [phone(**{**EMAIL, **values})])
    assert [row["category"] for row in found] == ["not_activated", "harmony_only"]


def test_the_user_principal_name_counts_as_an_email() -> None:
    found = rows([managed()], [phone(**{**EMAIL, "email": "ADA@corp.example"})])
    assert (found[0]["category"], found[0]["confidence"]) == ("protected", "medium")


# -- doubt -----------------------------------------------------------------------------------------------------------


def test_two_phones_of_one_model_are_ambiguous_on_either_side() -> None:
    found = rows([managed(ID)], [phone(1, **EMAIL), phone(2, **EMAIL)])
    assert [row["category"] for row in found] == ["ambiguous", "harmony_ambiguous", "harmony_ambiguous"]
    assert [row["candidates"] for row in found] == [["1", "2"], [ID], [ID]]
    found = rows([managed(ID), managed(OTHER)], [phone(1, **EMAIL)])
    assert [row["category"] for row in found] == ["ambiguous", "ambiguous", "harmony_ambiguous"]
    assert found[2]["candidates"] == [ID, OTHER]


def test_what_a_sure_key_found_is_not_given_to_another_by_email() -> None:
    """The second row may be an older installation, or another phone: neither is known."""
    found = rows([managed(ID)], [phone(1, mdm=ID, email="Blocked"), phone(2, **EMAIL)])
    assert outcome(found) == [("protected", "mdm_uuid", ID, "1"), ("harmony_ambiguous", None, None, "2")]
    found = rows([managed(ID), managed(OTHER)], [phone(1, mdm=ID, **EMAIL), phone(2, **EMAIL)])
    assert [row["category"] for row in found] == ["protected", "ambiguous", "harmony_ambiguous"]


def test_ids_that_name_two_devices_are_ambiguous() -> None:
    found = rows([managed(ID), managed(OTHER)], [phone(mdm=[ID, OTHER])])
    assert [row["category"] for row in found] == ["ambiguous", "ambiguous", "harmony_ambiguous"]
    twins = [managed(ID, azureADDeviceId=ENTRA), managed(OTHER, azureADDeviceId=ENTRA)]
    assert [row["category"] for row in rows(twins, [phone(mdm=ENTRA)])] == [
        "ambiguous",
        "ambiguous",
        "harmony_ambiguous",
    ]
    serials = [phone(number, s="S1", serial_field="s") for number in (1, 2)]
    assert rows([managed(serialNumber="S1")], serials)[0]["category"] == "ambiguous"


def test_of_installations_of_one_device_the_active_one_that_connected_last_counts() -> None:
    found = rows(
        [managed(ID)],
        [
            phone(1, mdm=ID, status="4"),
            phone(2, mdm=ID, last_connection=OLD),
            phone(3, mdm=ID),
            phone(4, mdm=ID, status="0", last_connection=None),
        ],
    )
    assert outcome(found) == [("protected", "mdm_uuid", ID, "3")]
    assert sorted(found[0]["duplicates"]) == ["1", "2", "4"]


# -- categories ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "category"),
    [
        ({}, "protected"),
        ({"status": "0"}, "not_activated"),
        ({"status": "-1"}, "not_activated"),
        ({"status": "4"}, "silent"),
        ({"last_connection": OLD}, "silent"),
        ({"status": "7"}, "unknown"),
        ({"status": None}, "unknown"),
        ({"last_connection": "No data"}, "unknown"),
        ({"last_connection": "soon"}, "unknown"),
    ],
)
def test_a_category_follows_from_status_and_last_connection(values: Json, category: str) -> None:
    assert rows([managed()], [phone(mdm=ID, **values)])[0]["category"] == category


@pytest.mark.parametrize(
    ("risk", "state", "differs"),
    [
        ("0", "secured", False),
        ("3", "highSeverity", False),
        ("3", "lowSeverity", True),
        ("0", "mediumSeverity", True),
        ("3", "compromised", False),
        ("1", "compromised", True),
        ("2", "activated", True),
        ("2", "unknown", True),
        ("0", "activated", None),
        ("9", "secured", None),
        (None, "highSeverity", None),
    ],
)
def test_risks_are_compared_where_both_sides_have_a_verdict(risk: str, state: str, differs: bool | None) -> None:
    found = rows([managed(partnerReportedThreatState=state)], [phone(mdm=ID, risk=risk)])
    assert found[0]["risk_differs"] is differs


@pytest.mark.parametrize(
    ("version", "minimum", "old"),
    [
        ("5.0.1.12345", "5.0.1", False),
        ("5.0", "5.0.0", False),
        ("4.10.0", "4.9", False),
        ("4.9", "4.10", True),
        ("built by hand", "5", None),
        (None, "5", None),
        ("5", None, None),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str | None, minimum: str | None, old: bool | None) -> None:
    found = rows([managed()], [phone(mdm=ID, client_version=version)], minimum_client_version=minimum)
    assert found[0]["old_client"] is old


# -- both sides ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("switches", [{}, {"numbers": True, "text_ids": True, "cap": 17}])
def test_each_category_of_a_known_overlap_is_counted_exactly(tenant: HarmonyTenant, switches: Json) -> None:
    tenant.emulator.harmony(**switches)
    result = tenant.coverage(minimum_client_version="5.0", minimum_os_version={"android": "14", "ios": "18"})
    assert not result.get("failed"), result
    overlap = tenant.emulator.harmony_report()["overlap"]
    summary = result["ansible_facts"]["intune_harmony_coverage_summary"]
    found = result["ansible_facts"]["intune_harmony_coverage"]
    assert {name: overlap[name] for name in CATEGORIES} == summary["by_category"]
    assert summary["risk_differs"] == overlap["risk_differs"] > 0
    assert summary["by_category"] == dict(Counter(row["category"] for row in found))
    assert summary["total"] + summary["not_mobile"] == 230
    assert all(tuple(row) == coverage.NAMES for row in found)
    assert summary["old_client"] == sum(bool(row["old_client"]) for row in found) > 0
    assert summary["old_os"] == sum(bool(row["old_os"]) for row in found) > 0
    assert summary["by_risk"] == dict(Counter(row["harmony_risk"] for row in found if row["matched_by"]))
    theirs = [number for row in found for number in [row["harmony_id"], *row["duplicates"]] if number]
    assert len(set(theirs)) == len(theirs) == summary["harmony_total"]


def test_more_than_10000_devices_of_each_side_are_counted_exactly(tmp_path: Path) -> None:
    with ThreadedEmulator(devices=14_000, users=4_000) as emulator:
        assert isinstance(emulator, ThreadedEmulator)
        result = HarmonyTenant(emulator, tmp_path).coverage(gather="summary", token_cache="none")
        overlap = emulator.harmony_report()["overlap"]
    summary = result["ansible_facts"]["intune_harmony_coverage_summary"]
    assert min(summary["total"], summary["harmony_total"]) > 10_000
    assert summary["by_category"] == {name: overlap[name] for name in CATEGORIES}


def test_without_alerts_what_only_they_name_is_not_found(tenant: HarmonyTenant) -> None:
    numbers = [
        tenant.coverage(alert_days=days, gather="summary")["ansible_facts"]["intune_harmony_coverage_summary"]
        for days in (30, 0)
    ]
    lost = numbers[0]["by_key"]["mdm_uuid"] - numbers[1]["by_key"]["mdm_uuid"]
    assert lost > 0
    assert numbers[1]["by_category"]["harmony_only"] - numbers[0]["by_category"]["harmony_only"] == lost


def test_devices_outside_the_groups_are_not_gone(tenant: HarmonyTenant) -> None:
    emulator = tenant.emulator
    devices = [emulator.seed({"op": "device", "number": number, "values": {}})[0] for number in range(9)]
    users = sorted({device["userId"] for device in devices if device["userId"]})
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Onboarded", "members": users}})
    everything = tenant.coverage(gather="summary")["ansible_facts"]["intune_harmony_coverage_summary"]
    result = tenant.coverage(groups=["Onboarded"])
    summary = result["ansible_facts"]["intune_harmony_coverage_summary"]
    assert 0 < summary["total"] < everything["total"]
    assert summary["total"] + summary["outside_groups"] == everything["total"]
    assert summary["by_category"]["harmony_only"] == everything["by_category"]["harmony_only"]
    assert "Nobody" in tenant.coverage(groups=["Nobody's"])["msg"]


def test_files_have_the_rows_of_the_chosen_categories(tenant: HarmonyTenant, tmp_path: Path) -> None:
    rows = tenant.coverage(categories=["silent", "harmony_only"])["ansible_facts"]["intune_harmony_coverage"]
    assert {row["category"] for row in rows} == {"silent", "harmony_only"}
    lines, table = tmp_path / "coverage.jsonl", tmp_path / "coverage.csv"
    for dest in (lines, table):
        result = tenant.coverage(categories=["silent", "harmony_only"], dest=str(dest))
        assert result["changed"]
        assert "intune_harmony_coverage" not in result["ansible_facts"]
    assert [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()] == rows
    with table.open(encoding="utf-8", newline="") as file:
        assert [row["harmony_id"] for row in csv.DictReader(file)] == [row["harmony_id"] for row in rows]
    assert not tenant.coverage(categories=["silent", "harmony_only"], dest=str(table))["changed"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"match": {"path": "device_status"}, "action": {"status": 503, "body": {}}}, "Harmony Mobile failed at"),
        ({"match": {"path": "v3/alert"}, "action": {"status": 403, "body": {"error": "No"}}}, "Read-Only"),
        ({"match": {"path": "managedDevices"}, "action": {"status": 503}}, "Microsoft Graph failed at"),
        ({"match": {"path": "auth/external"}, "action": {"drop_after_read": True}}, "got no answer"),
    ],
)
def test_a_side_that_cannot_be_read_is_an_error_and_no_file_is_replaced(
    tenant: HarmonyTenant, tmp_path: Path, rule: Json, words: str
) -> None:
    dest = tmp_path / "coverage.csv"
    dest.write_text("before", encoding="utf-8")
    tenant.emulator.faults(rule)
    result = tenant.coverage(dest=str(dest))
    assert words in result["msg"]
    assert "ansible_facts" not in result
    assert dest.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"silent_days": 0}, "less than one day"),
        ({"minimum_client_version": "new"}, "is no version"),
        ({"minimum_os_version": {"ios": "x"}}, "minimum_os_version.ios"),
        ({"harmony_access_key": None}, "harmony_access_key is missing"),
    ],
)
def test_wrong_options_are_refused_before_any_request(tenant: HarmonyTenant, options: Json, words: str) -> None:
    tenant.emulator.journal(clear=True)
    assert words in tenant.coverage(**options)["msg"]
    assert tenant.emulator.journal() == []


def test_an_alert_without_a_device_is_not_one_of_a_device_without_an_id(tenant: HarmonyTenant) -> None:
    device = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})[0]
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    alert = {"id": 1, "device_id": None, "mdm_uuid": device["id"], "backend_last_updated": now}
    tenant.emulator.harmony(devices=[{"status": "1", "internal_id": None}], alerts=[alert])
    summary = tenant.coverage()["ansible_facts"]["intune_harmony_coverage_summary"]
    assert (summary["by_key"]["mdm_uuid"], summary["by_category"]["harmony_only"]) == (0, 1)


ODD: list[Any] = [
    None,
    "",
    "x",
    0,
    -1,
    1.5,
    True,
    [],
    [1],
    {},
    {"a": {"b": 1}},
    "\ud83d\ude00",
    "9" * 400,
    "2026-13-45",
    ID,
]
NAMES = ("internal_id", "email", "model", "mdm", "risk", "status", "last_connection", "device_type", "client_version")


@pytest.mark.parametrize("shift", range(len(ODD)))
def test_no_value_of_a_field_is_more_than_odd(tenant: HarmonyTenant, shift: int) -> None:
    odd = [{name: ODD[(place + shift) % len(ODD)] for place, name in enumerate(NAMES)}, {}]
    named = [{**row, "internal_id": number} for number, row in enumerate(odd)]
    fields_of_alerts = ("device_id", "mdm_uuid", "device_rooted", "severity", "event_timestamp", "name")
    alerts = [{name: ODD[(place + shift) % len(ODD)] for place, name in enumerate(fields_of_alerts)}]
    for devices in (odd, named):
        tenant.emulator.harmony(devices=devices, alerts=alerts)
        for result in (tenant.devices(), tenant.alerts(), tenant.coverage(alert_days=0), tenant.coverage()):
            assert not result.get("failed"), result
