# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as it is read: whole, each device once, into facts or a file."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import ssl
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils._devices import export, listing, reading
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.facts import gather
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.fields import (
    LISTED,
    NAMES,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.output import Output
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.slices import NotDivisible, Slice, plan
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.summary import Summary
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import (
    InvalidOptions,
    ObjectNotFound,
    UnresolvedNames,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.times import moment
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    Forbidden,
    GraphError,
    IntuneError,
    UntrustedHost,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.unit.plugins.module_utils.graph.server import TOKEN, Reply, Request, Server
from tests.unit.plugins.modules.in_process import Tenant, module

Json = dict[str, Any]
COUNT = 120
NAME = "intune_device_facts"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=COUNT, users=30, page_size=10) as running:
        yield running


@pytest.fixture
def tenant(emulator: Emulator) -> Iterator[Tenant]:
    yield Tenant(emulator)
    emulator.reset()
    emulator.settings(page_size=10, empty_pages=False, permissions=list(DEFAULT_PERMISSIONS))


@pytest.fixture(scope="module")
def fleet(emulator: Emulator) -> list[Json]:
    return emulator.seed(*({"op": "device", "number": number, "values": {}} for number in range(COUNT)))


def devices(result: Json) -> list[Json]:
    return list(result["ansible_facts"]["intune_devices"])


def ids(result: Json) -> set[str]:
    return {device["id"] for device in devices(result)}


def summary_of(result: Json) -> Json:
    return dict(result["ansible_facts"]["intune_devices_summary"])


def all_ids(fleet: list[Json]) -> set[str]:
    return {device["id"] for device in fleet}


@pytest.fixture(autouse=True)
def every_page_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "QUICK", -1)


# -- whole -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parallel_pages", [1, 2, 8])
@pytest.mark.parametrize("quick", [-1, 60])
def test_the_fleet_is_read_whole_and_in_one_order(
    tenant: Tenant, fleet: list[Json], monkeypatch: pytest.MonkeyPatch, parallel_pages: int, quick: float
) -> None:
    monkeypatch.setattr(listing, "QUICK", quick)
    tenant.emulator.settings(empty_pages=True)
    result = tenant.run(NAME, parallel_pages=parallel_pages)
    assert ids(result) == all_ids(fleet)
    assert len(devices(result)) == COUNT == summary_of(result)["total"]
    assert devices(result) == devices(tenant.run(NAME, parallel_pages=3))
    assert sum(summary_of(result)["by_last_sync"].values()) == COUNT
    assert sum(sum(versions.values()) for versions in summary_of(result)["by_os_version"].values()) == COUNT


def test_slices_are_cut_by_a_time_that_graph_filters_by(tenant: Tenant) -> None:
    tenant.emulator.journal(clear=True)
    tenant.run(NAME)
    filters = {
        entry["query"].get("$filter") for entry in tenant.emulator.journal() if entry["path"].endswith("managedDevices")
    }
    assert len(filters) > 8
    assert {entry["status"] for entry in tenant.emulator.journal()} == {200}


def test_slices_are_read_one_after_the_other_where_pages_come_quickly(
    tenant: Tenant, fleet: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "QUICK", 60)
    tenant.emulator.journal(clear=True)
    assert ids(tenant.run(NAME)) == all_ids(fleet)
    read = [entry for entry in tenant.emulator.journal() if entry["path"].endswith("managedDevices")]
    assert len({entry["query"].get("$filter") for entry in read}) > 2
    read.sort(key=lambda entry: entry["received"])
    assert all(one["answered"] <= following["received"] for one, following in itertools.pairwise(read))


def test_devices_that_enrolled_in_the_same_second_or_at_no_time_are_read(tenant: Tenant, fleet: list[Json]) -> None:
    tenant.emulator.seed(
        *(
            {"op": "device", "number": number, "values": {"enrolledDateTime": "2025-05-05T05:05:05.1234567Z"}}
            for number in range(60)
        )
    )
    tenant.emulator.seed({"op": "device", "number": 70, "values": {"enrolledDateTime": "0001-01-01T00:00:00Z"}})
    assert ids(tenant.run(NAME)) == all_ids(fleet)


def test_when_slices_leave_devices_out_the_list_is_read_as_one(tenant: Tenant, fleet: list[Json]) -> None:
    # Graph says that this property is never null; if it were, no slice would have these.
    tenant.emulator.seed(
        *({"op": "device", "number": number, "values": {"enrolledDateTime": None}} for number in (50, 99))
    )
    result = tenant.run(NAME)
    assert ids(result) == all_ids(fleet)
    assert len(devices(result)) == COUNT


def test_a_list_that_falls_short_of_its_count_is_an_error(tenant: Tenant) -> None:
    page = {
        "@odata.count": 5,
        "value": [{"id": "1"}],
        "@odata.nextLink": f"{tenant.emulator.graph_url}/beta/deviceManagement/managedDevices?$skiptoken=x",
    }
    last = {"@odata.count": 5, "value": [{"id": "2"}]}
    tenant.emulator.faults(
        {"match": {"path": "skiptoken=x"}, "action": {"status": 200, "body": last}},
        {"match": {"path": "managedDevices"}, "action": {"status": 200, "body": page}},
    )
    with pytest.raises(IntuneError, match="5 managed devices, but listed 2"):
        tenant.run(NAME)


def test_a_device_without_an_id_is_an_error(tenant: Tenant) -> None:
    tenant.emulator.faults(
        {"match": {"path": "managedDevices"}, "action": {"status": 200, "body": {"value": [{"deviceName": "x"}]}}}
    )
    with pytest.raises(IntuneError, match="it has no id"):
        tenant.run(NAME)


@pytest.mark.parametrize("status", [400, 403])
def test_a_page_that_fails_for_good_is_an_error_and_no_file_is_replaced(
    tenant: Tenant, tmp_path: Path, status: int
) -> None:
    dest = tmp_path / "devices.jsonl"
    dest.write_text("old\n")
    tenant.emulator.faults({"match": {"path": "managedDevices.*skiptoken"}, "skip": 3, "action": {"status": status}})
    for parallel_pages in (1, 8):
        with pytest.raises(GraphError):
            tenant.run(NAME, dest=str(dest), parallel_pages=parallel_pages)
    assert dest.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["devices.jsonl"]


def test_throttling_holds_all_pages_up(tenant: Tenant, fleet: list[Json]) -> None:
    action = {"status": 429, "headers": {"Retry-After": "1"}}
    tenant.emulator.faults({"match": {"path": "managedDevices.*filter"}, "nth": 4, "action": action})
    result = tenant.run(NAME, parallel_pages=4)
    assert ids(result) == all_ids(fleet)


# -- slices ------------------------------------------------------------------------------------------------------------


def test_slices_meet_and_overlap_for_graph_only() -> None:
    times = [f"2026-01-{day:02d}T00:00:00Z" for day in range(1, 31)]
    slices = plan(times[15:] + times[:15], 12)
    assert len(slices) == 12
    assert slices[0].low is None
    assert slices[-1].high is None
    assert [part.high for part in slices[:-1]] == [part.low for part in slices[1:]]
    assert slices[1].clauses()[0].startswith("enrolledDateTime gt 2026-01-0")
    middle = slices[1]
    assert middle.low is not None
    edge = middle.low.isoformat().replace("+00:00", ".5Z")
    start = middle.low.isoformat().replace("00+00:00", "00Z")
    assert middle.contains([edge, start]) == [True, True]
    assert slices[0].contains(times[:2]) == [True, True]


def test_a_device_of_another_slice_shows_that_nothing_was_filtered() -> None:
    part = Slice(moment("x", "2026-01-02"), moment("x", "2026-01-03"))
    for time in ("2026-01-05T00:00:00Z", None, 5, "", "yesterday"):
        with pytest.raises(NotDivisible):
            part.contains([time])
    for time in (None, "long ago", 5):
        with pytest.raises(NotDivisible):
            plan([time], 4)
    assert part.contains(["2026-01-01T23:59:59.5Z"]) == [False]


def test_a_slice_is_cut_until_it_is_a_second_long() -> None:
    pieces = Slice(moment("x", "2026-01-02"), None).pieces()
    assert pieces[0].low == moment("x", "2026-01-02")
    assert pieces[-1].high is None
    assert [piece.high for piece in pieces[:-1]] == [piece.low for piece in pieces[1:]]
    assert Slice(moment("x", "2026-01-02T00:00:00Z"), moment("x", "2026-01-02T00:00:05Z")).pieces() == []


# -- which devices and properties --------------------------------------------------------------------------------------


def test_names_of_all_kinds_survive(tenant: Tenant, tmp_path: Path) -> None:
    names = [None, "Söhne's ☃", "twice", "twice", "😀" * 30, 'a "b", c\nd', ""]
    tenant.emulator.seed(
        *({"op": "device", "number": number, "values": {"deviceName": name}} for number, name in enumerate(names))
    )
    fields = ["id", "device_name"]
    found = [device["device_name"] for device in devices(tenant.run(NAME, fields=fields))]
    for name in names:
        assert found.count(name) == names.count(name)
    as_lines, as_table = tmp_path / "d.jsonl", tmp_path / "d.csv"
    tenant.run(NAME, fields=fields, dest=str(as_lines))
    tenant.run(NAME, fields=fields, dest=str(as_table))
    from_lines = [json.loads(line)["device_name"] for line in as_lines.read_text("utf-8").splitlines()]
    with as_table.open(encoding="utf-8", newline="") as file:
        from_table = [row["device_name"] for row in csv.DictReader(file)]
    for name in names:
        assert from_lines.count(name) == names.count(name)
    assert from_table.count("") == 2
    assert from_table.count('a "b", c\nd') == 1


def test_one_device_by_each_of_its_keys(tenant: Tenant, fleet: list[Json]) -> None:
    device = fleet[7]
    for option, graph in (
        ("id", "id"),
        ("azure_ad_device_id", "azureADDeviceId"),
        ("serial_number", "serialNumber"),
        ("device_name", "deviceName"),
    ):
        assert ids(tenant.run(NAME, **{option: device[graph]})) == {device["id"]}
    assert devices(tenant.run(NAME, id="00000000-0000-0000-0000-000000000001")) == []


def test_properties_that_lists_leave_empty_are_read_one_by_one(tenant: Tenant, fleet: list[Json]) -> None:
    tenant.emulator.journal(clear=True)
    result = tenant.run(NAME, fields=["id", "udid", "iccid"], filters={"operating_system": ["iOS"]})
    expected = {device["id"]: device["udid"] for device in fleet if device["operatingSystem"] == "iOS"}
    assert {device["id"]: device["udid"] for device in devices(result)} == expected
    items = [item for entry in tenant.emulator.journal() for item in entry.get("items", [])]
    assert len(items) == len(expected)
    (one,) = devices(tenant.run(NAME, id=fleet[0]["id"], fields=["all", "udid"]))
    assert one["udid"] == fleet[0]["udid"]
    assert set(one) == {NAMES[graph] for graph in (*LISTED, "udid")}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fields": ["nonsense"]}, "nonsense"),
        ({"fields": ["serialnumber"]}, r"serialnumber\. Did you mean serial_number\?$"),
        ({"id": "x", "user": "y"}, "exclude each other"),
        ({"parallel_pages": 0}, "between 1 and 32"),
        ({"outside_groups": True}, "goes with groups"),
        ({"registered_devices": True}, "goes with user"),
        ({"filters": {"enrolled_after": "yesterday"}}, "no date"),
        ({"format": "csv"}, "goes with dest"),
        ({"dest": "/nonexistent/file"}, "does not exist"),
        ({"dest": "/tmp"}, "is a directory"),
        ({"dest": "/tmp/mobilesec.intune.jsonl", "gather": "summary"}, "exclude each other"),
        ({"dest": "/tmp/mobilesec.intune.jsonl"}, "other users can write"),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(tenant: Tenant, options: Json, words: str) -> None:
    tenant.emulator.journal(clear=True)
    with pytest.raises(InvalidOptions, match=words):
        tenant.run(NAME, **options)
    assert tenant.emulator.journal() == []


@pytest.mark.parametrize(
    "filters",
    [{"is_encrypted": False}, {"is_supervised": True}, {"enrolled_before": "2025-08-01"}, {"jail_broken": ["true"]}],
)
def test_filters_that_graph_has_not_give_the_same_as_those_it_has(
    tenant: Tenant, fleet: list[Json], filters: Json
) -> None:
    tests: dict[str, Callable[[Json], bool]] = {
        "is_encrypted": lambda device: device["isEncrypted"] is False,
        "is_supervised": lambda device: bool(device["isSupervised"]),
        "enrolled_before": lambda device: str(device["enrolledDateTime"]) < "2025-08-01",
        "jail_broken": lambda device: bool(device["jailBroken"] == "True"),
    }
    (name,) = filters
    assert ids(tenant.run(NAME, filters=filters)) == {device["id"] for device in fleet if tests[name](device)}


# -- groups and users --------------------------------------------------------------------------------------------------


@pytest.fixture
def group(tenant: Tenant, fleet: list[Json]) -> Json:
    """A group with a user in a group within it, a device without a user, and a member without a managed device."""
    tenant.run("intune_group", name="Inner", members=["user03@contoso.example"])
    members = ["Inner", fleet[18]["azureADDeviceId"], "user04@contoso.example"]
    tenant.run("intune_group", name="Outer", members=members)
    for device in fleet:
        if device["userPrincipalName"] == "user04@contoso.example":
            number = fleet.index(device)
            tenant.emulator.seed({"op": "device", "number": number, "values": {"userId": "", "userPrincipalName": ""}})
    return {"users": ["user03@contoso.example"], "devices": {fleet[18]["id"]}}


def expected(fleet: list[Json], group: Json) -> set[str]:
    return group["devices"] | {device["id"] for device in fleet if device["userPrincipalName"] in group["users"]}


@pytest.mark.parametrize("outside", [False, True])
def test_the_devices_of_a_groups_members_are_read(
    tenant: Tenant, fleet: list[Json], group: Json, outside: bool
) -> None:
    wanted = expected(fleet, group)
    result = tenant.run(NAME, groups=["Outer"], outside_groups=outside)
    owned = {device["id"] for device in fleet if device["userPrincipalName"] == "user04@contoso.example"}
    # Asked by itself, the emulated user still owns the devices; a list shows what they say.
    assert ids(result) - owned == wanted - owned
    facts = result["ansible_facts"]
    names = [member["name"] for member in facts["intune_members_without_device"]]
    assert "user03@contoso.example" not in names
    if outside:
        assert names == ["user04@contoso.example"]
        others = facts["intune_devices_outside_groups"]
        assert others["total"] == COUNT - len(wanted) == len(others["devices"])
        summary = tenant.run(NAME, groups=["Outer"], outside_groups=True, gather="summary")
        assert summary["ansible_facts"]["intune_devices_outside_groups"] == {"total": COUNT - len(wanted)}


def test_the_number_of_members_decides_how_they_are_asked(
    tenant: Tenant, fleet: list[Json], group: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.emulator.journal(clear=True)
    few = tenant.run(NAME, groups=["Inner"])
    assert not any(
        entry["path"].endswith("deviceManagement/managedDevices") for entry in tenant.emulator.journal(clear=True)
    )
    monkeypatch.setattr(reading, "ASKED_ONE_BY_ONE", 0)
    many = tenant.run(NAME, groups=["Inner"], filters={"operating_system": ["iOS", "Android", "Windows", "macOS"]})
    assert any(entry["path"].endswith("deviceManagement/managedDevices") for entry in tenant.emulator.journal())
    assert devices(few) == devices(many) != []
    for result in (few, many):
        assert result["ansible_facts"]["intune_members_without_device"] == []


def test_groups_and_users_that_are_not_there(tenant: Tenant) -> None:
    with pytest.raises(UnresolvedNames, match="No such group"):
        tenant.run(NAME, groups=["No such group"])
    with pytest.raises(ObjectNotFound, match="nobody@contoso"):
        tenant.run(NAME, user="nobody@contoso.example")


def test_the_devices_of_a_user_and_those_registered(tenant: Tenant, fleet: list[Json]) -> None:
    own = {device["id"] for device in fleet if device["userPrincipalName"] == "user02@contoso.example"}
    assert ids(tenant.run(NAME, user="user02@contoso.example")) == own
    result = tenant.run(NAME, user="user02@contoso.example", registered_devices=True)
    assert ids(result) == own
    assert {device["managed_device_id"] for device in result["ansible_facts"]["intune_registered_devices"]} == own


def test_a_users_registered_devices_are_theirs_where_a_filter_is_ignored(tenant: Tenant, fleet: list[Json]) -> None:
    own = {device["id"] for device in fleet if device["userPrincipalName"] == "user02@contoso.example"}
    tenant.emulator.faults(
        {"match": {"path": "users/.+/managedDevices"}, "action": {"status": 200, "body": {"value": []}}},
        {"match": {"path": "managedDevices.*azureADDeviceId eq"}, "action": {"status": 200, "body": {"value": fleet}}},
    )
    assert ids(tenant.run(NAME, user="user02@contoso.example", registered_devices=True)) == own


def test_a_missing_permission_is_named(tenant: Tenant, group: Json) -> None:
    assert group
    tenant.emulator.settings(permissions=["Group.Read.All"])
    with pytest.raises(Forbidden, match=r"DeviceManagementManagedDevices.Read.All"):
        tenant.run(NAME)
    with pytest.raises(IntuneError, match=r"DeviceManagementManagedDevices.Read.All"):
        tenant.run(NAME, groups=["Inner"])


# -- reports -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def exporting(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    tenant.emulator.settings(permissions=["DeviceManagementManagedDevices.ReadWrite.All"])
    return tenant


def test_a_report_has_the_devices_that_the_list_has(exporting: Tenant, tmp_path: Path) -> None:
    exporting.emulator.seed({"op": "device", "number": 3, "values": {"deviceName": 'Söhne, "A"\n😀'}})
    listed = exporting.run(NAME, fields=[NAMES[graph] for graph in export.COLUMNS])
    exporting.emulator.journal(clear=True)
    exported = exporting.run(NAME, via="export_job", fields=[NAMES[graph] for graph in export.COLUMNS])
    assert devices(exported) == devices(listed)
    known = {
        name: value
        for name, value in summary_of(listed).items()
        if name not in ("by_threat_state", "protected", "protected_share")
    }
    assert summary_of(exported) == known
    paths = [entry["path"] for entry in exporting.emulator.journal()]
    assert not any(path.endswith("managedDevices") for path in paths)
    few = exporting.run(NAME, via="export_job", filters={"operating_system": ["iOS"]}, dest=str(tmp_path / "x.csv"))
    assert summary_of(few)["by_platform"].keys() == {"iOS"}
    exporting.emulator.journal(clear=True)
    assert summary_of(exporting.run(NAME, via="export_job", check=True)) == known
    assert {entry["method"] for entry in exporting.emulator.journal() if "token" not in entry["path"]} == {"GET"}


def test_protected_is_who_is_in_a_good_state_and_not_who_reports_a_threat() -> None:
    states = ["activated", "secured", "lowSeverity", "compromised", "deactivated", "unknown", None]
    summary = Summary()
    summary.add([{"partnerReportedThreatState": state} for state in states])
    assert summary.result()["protected"] == 2


def test_what_a_report_has_not_is_refused(exporting: Tenant) -> None:
    for options in (
        {"fields": ["udid"]},
        {"filters": {"partner_reported_threat_state": ["secured"]}},
        {"groups": ["x"]},
    ):
        with pytest.raises(InvalidOptions, match="via=export_job"):
            exporting.run(NAME, via="export_job", **options)


def test_a_job_that_fails_or_a_file_that_is_broken_is_an_error(exporting: Tenant, tmp_path: Path) -> None:
    dest = tmp_path / "devices.csv"
    emulator = exporting.emulator
    job = {"id": "x", "status": "failed", "url": None}
    emulator.faults({"match": {"method": "GET", "path": "exportJobs"}, "action": {"status": 200, "body": job}})
    with pytest.raises(IntuneError, match="failed, and there is no file"):
        exporting.run(NAME, via="export_job", dest=str(dest))
    emulator.faults({"match": {"path": "_blob"}, "action": {"status": 200, "body": {"no": "zip"}}})
    with pytest.raises(IntuneError, match="cannot be read"):
        exporting.run(NAME, via="export_job", dest=str(dest))
    emulator.faults(
        {"match": {"path": "_blob"}, "times": 1, "action": {"truncate": True}},
        {"match": {"path": "_blob"}, "times": 1, "action": {"status": 503}},
    )
    assert summary_of(exporting.run(NAME, via="export_job", gather="summary", retry_timeout=60))["total"] == COUNT
    emulator.faults({"match": {"path": "_blob"}, "action": {"status": 403}})
    with pytest.raises(GraphError, match="refused the download") as caught:
        exporting.run(NAME, via="export_job", dest=str(dest))
    assert "sig=" not in str(caught.value) + str(caught.value.to_result())
    url = "http://127.0.0.1/report.zip"
    emulator.faults(
        {
            "match": {"method": "GET", "path": "exportJobs"},
            "action": {"status": 200, "body": {"id": "x", "status": "completed", "url": url}},
        }
    )
    with pytest.raises(UntrustedHost, match="not https"):
        exporting.run(NAME, via="export_job", dest=str(dest))
    assert os.listdir(tmp_path) == []


def packed(*texts: str, others: Sequence[str] = ()) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"report{number}.CSV", text)
        for name in others:
            archive.writestr(name, "")
    return file.getvalue()


HEADER = "DeviceId,DeviceName,LastContact\r\n"
ROWS = "1,a,2026-01-31 12:00:00.0000000\r\n2,b,\r\n"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS + "3,c\r\n", "Row 4 of the report cannot be read: it has 2 cells instead of 3"),
        (ROWS + "3,c,,\r\n", "Row 4 .*: it has 4 cells instead of 3"),
        (ROWS + '3,"c"x,\r\n', "Row 4 .* expected after"),
        (ROWS + '3,"c,\r\n4,d,\r\n', "Row 4 .* end of data"),
        (ROWS + '3,"c,\r\n4,"d",\r\n', "Row 4 .* expected after"),
        (ROWS + '3,"c,\r\n4,d",\r\n', "Row 4 .*: one of its cells holds another row"),
        (ROWS + ",c,\r\n", "Row 4 .*: it has no DeviceId"),
        (ROWS + "3,c" * (1 << 20), "Row 4 .*: it is longer than 1048576 characters"),
        (ROWS + '3,"c\n",' * (1 << 20), "Row 4 .*: it is longer than 1048576 characters"),
        ("1,a,31.01.2026 12:00\r\n", "Row 2 .*: '31.01.2026 12:00' is not a time"),
        ("1,a,1/31/2026 12:00:00 PM\r\n", "Row 2 .*: '1/31/2026 12:00:00 PM' is not a time"),
        ("1,a,2026-13-45 12:00:00\r\n", "Row 2 .*: '2026-13-45 12:00:00' is not a time"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(rows: str, words: str) -> None:
    properties = ["id", "deviceName", "lastSyncDateTime"]
    assert [
        [device["id"] for device in page]
        for page in export._devices(io.BytesIO(packed(HEADER + ROWS + "\r\n")), properties)
    ] == [["1", "2"]]
    with pytest.raises(IntuneError, match=words):
        list(export._devices(io.BytesIO(packed(HEADER + rows)), properties))


def exported(content: bytes, properties: Sequence[str] = ("id", "deviceName")) -> list[Json]:
    return [device for page in export._devices(io.BytesIO(content), list(properties)) for device in page]


def test_all_tables_of_a_report_are_read_and_each_device_once() -> None:
    twice = "1D47BA86-8CA9-40D8-AF9E-13D7E27D3B05"
    text = f"\ufeffDEVICEID,Extra,deviceName\r\n{twice},x,a\r\n{twice.lower()},x,a\r\nb2,x,b"
    content = packed(text, f"DeviceName,DeviceId\nc,c3\na,{twice}\n", others=["folder/", "readme.txt"])
    assert exported(content) == [
        {"id": twice, "deviceName": "a"},
        {"id": "b2", "deviceName": "b"},
        {"id": "c3", "deviceName": "c"},
    ]


def test_an_archive_that_python_cannot_unpack_is_an_error_that_says_why() -> None:
    content = bytearray(packed("DeviceId,DeviceName\r\n"))
    encrypted, unknown = bytearray(content), bytearray(content)
    entry = content.index(b"PK\x01\x02")
    encrypted[6], encrypted[entry + 8] = 1, 1
    unknown[8], unknown[entry + 10] = 99, 99
    for broken, words in (
        (encrypted, "is encrypted"),
        (unknown, "compression"),
        (packed(others=["report.json"]), "there is no CSV file in it"),
        (packed("Geräte-ID,Gerätename\r\n"), "lacks the columns DeviceId, DeviceName"),
        (packed("DeviceId;DeviceName\r\n1;a\r\n"), "lacks the columns DeviceId, DeviceName"),
    ):
        with pytest.raises(IntuneError, match=f"{words}.*without via=export_job"):
            exported(bytes(broken))


@pytest.mark.parametrize(
    ("column", "graph", "readings"),
    [
        (
            "ComplianceState",
            "complianceState",
            {
                "1": "compliant",
                "Not Compliant": "noncompliant",
                "Noncompliant": "noncompliant",
                "In grace period": "inGracePeriod",
                "254": "inGracePeriod",
                "See ConfigMgr": "configManager",
                "Not evaluated": "unknown",
                "": "unknown",
            },
        ),
        ("OwnerType", "managedDeviceOwnerType", {"1": "company", "Corporate": "company", "Personal": "personal"}),
    ],
)
def test_translated_members_of_enums_are_refused_and_not_passed_on(
    column: str, graph: str, readings: dict[str, str]
) -> None:
    for word, member in readings.items():
        assert exported(packed(f"DeviceId,{column}\n1,{word}\n"), ("id", graph)) == [{"id": "1", graph: member}]
    with pytest.raises(IntuneError, match=r"Row 2 .*: 'Konform' is not "):
        exported(packed(f"DeviceId,{column}\n1,Konform\n"), ("id", graph))


def test_a_job_that_does_not_show_yet_is_waited_for_and_one_that_is_gone_is_reported(exporting: Tenant) -> None:
    missing = {"match": {"method": "GET", "path": "exportJobs"}, "action": {"status": 404}}
    exporting.emulator.faults({**missing, "times": 2})
    assert summary_of(exporting.run(NAME, via="export_job", gather="summary"))["total"] == COUNT
    exporting.emulator.faults(missing)
    with pytest.raises(IntuneError, match=r"export job '.*' does not exist any more\. Run again"):
        exporting.run(NAME, via="export_job")
    with pytest.raises(InvalidOptions, match="export_timeout: -1"):
        exporting.run(NAME, via="export_job", export_timeout=-1)


def test_a_completed_job_without_an_address_is_waited_for(exporting: Tenant) -> None:
    exporting.emulator.faults(
        {
            "match": {"method": "GET", "path": "exportJobs"},
            "times": 3,
            "action": {"status": 200, "body": {"id": "x", "status": "completed", "url": ""}},
        }
    )
    assert summary_of(exporting.run(NAME, via="export_job", gather="summary"))["total"] == COUNT
    exporting.emulator.faults(
        {
            "match": {"method": "GET", "path": "exportJobs"},
            "action": {"status": 200, "body": {"id": "x", "status": "completed", "url": None}},
        }
    )
    with pytest.raises(IntuneError, match=r"no file after 1 seconds \(option export_timeout\).* 'completed'"):
        exporting.run(NAME, via="export_job", export_timeout=1)


def test_a_job_that_is_waited_for_shows_its_state_each_time(exporting: Tenant) -> None:
    exporting.emulator.faults(
        {
            "match": {"method": "GET", "path": "exportJobs"},
            "times": 2,
            "action": {"status": 200, "body": {"id": "x", "status": "inProgress"}},
        }
    )
    said: list[str] = []
    options = {**exporting.credentials, "via": "export_job", "gather": "summary"}
    declared = module(NAME)
    params = ArgumentSpecValidator(declared.spec).validate(options).validated_parameters
    assert not declared.result(params, set(), False, False, progress=said.append).get("failed")
    states = [text.rpartition(" ")[2] for text in said if text.startswith("Export job ")]
    assert states[:2] == ["inProgress", "inProgress"]
    assert states[-1] == "completed"


# -- files -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["devices.jsonl", "devices.csv"])
def test_a_file_changes_when_its_devices_do(tenant: Tenant, fleet: list[Json], tmp_path: Path, name: str) -> None:
    dest = tmp_path / name
    checked = tenant.run(NAME, dest=str(dest), check=True)
    assert checked["changed"]
    assert checked["diff"]["before"] == {"state": "absent"}
    assert not dest.exists()
    first = tenant.run(NAME, dest=str(dest))
    assert first["changed"]
    assert first["diff"] == checked["diff"]
    assert "intune_devices" not in first["ansible_facts"]
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert dest.stat().st_size == first["diff"]["after"]["size"]
    inode = dest.stat().st_ino
    again = tenant.run(NAME, dest=str(dest), parallel_pages=3)
    assert not again["changed"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert dest.stat().st_ino == inode
    tenant.emulator.seed({"op": "device", "number": 5, "values": {"osVersion": "99.9"}})
    assert tenant.run(NAME, dest=str(dest), check=True)["changed"]
    assert tenant.run(NAME, dest=str(dest))["changed"]
    assert "99.9" in dest.read_text("utf-8")
    dest.chmod(0o644)
    assert tenant.run(NAME, dest=str(dest))["changed"]
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [name]


def test_only_a_regular_file_is_replaced(tenant: Tenant, tmp_path: Path) -> None:
    dest = tmp_path / "pipe"
    os.mkfifo(dest)
    with pytest.raises(InvalidOptions, match="is a device, pipe or socket"):
        tenant.run(NAME, dest=str(dest))
    assert stat.S_ISFIFO(dest.stat().st_mode)


@pytest.mark.parametrize("target", ["file", "nothing", "directory"])
def test_no_file_is_written_through_a_symbolic_link(tenant: Tenant, tmp_path: Path, target: str) -> None:
    other = tmp_path / "other"
    if target == "file":
        other.write_text("of somebody else\n")
    elif target == "directory":
        other.mkdir()
    link = tmp_path / "devices.csv"
    link.symlink_to(other)
    with pytest.raises(InvalidOptions, match="is a symbolic link"):
        tenant.run(NAME, dest=str(link))
    assert link.is_symlink()
    assert target != "file" or other.read_text() == "of somebody else\n"
    assert target != "nothing" or not other.exists()


def test_a_link_that_appears_later_is_replaced_and_not_followed(tenant: Tenant, tmp_path: Path) -> None:
    other, dest = tmp_path / "other", tmp_path / "devices.csv"
    other.write_text("of somebody else\n")
    output = Output(str(dest), "csv", ["id"], check_mode=False)
    with output:
        dest.symlink_to(other)
        output.add([{"id": "1"}])
    assert not dest.is_symlink()
    assert dest.read_text() == "id\n1\n"
    assert other.read_text() == "of somebody else\n"
    dest.unlink()
    output = Output(str(dest), "csv", ["id"], check_mode=False)
    dest.symlink_to(other)
    with pytest.raises(IntuneError, match="cannot be written"), output:
        pass
    assert other.read_text() == "of somebody else\n"


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_directory_that_others_can_write_to_is_asked_for(tenant: Tenant, tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(InvalidOptions, match="other users can write"):
        tenant.run(NAME, dest=str(folder / "devices.csv"))
    assert os.listdir(folder) == []
    tenant.run(NAME, dest=str(folder / "devices.csv"), shared_directory=True)
    assert stat.S_IMODE((folder / "devices.csv").stat().st_mode) == 0o600


def test_what_is_in_a_file_is_what_facts_have(tenant: Tenant, tmp_path: Path) -> None:
    dest = tmp_path / "all.jsonl"
    tenant.run(NAME, dest=str(dest), fields=["all"])
    found = sorted(
        (json.loads(line) for line in dest.read_text("utf-8").splitlines()), key=lambda device: str(device["id"])
    )
    assert found == devices(tenant.run(NAME, fields=["all"]))
    assert set(found[0]) == {NAMES[graph] for graph in LISTED}


def test_members_of_enums_that_nobody_declared_are_shown(tenant: Tenant, tmp_path: Path) -> None:
    states = ["inGracePeriod", "noncompliant", "newState", None]
    devices = [{"id": str(number), "complianceState": states[number % 4]} for number in range(8)]
    tenant.emulator.faults({"match": {"path": "managedDevices"}, "action": {"status": 200, "body": {"value": devices}}})
    fields = ["id", "compliance_state"]
    result = tenant.run(NAME, fields=fields)
    assert [device["compliance_state"] for device in result["ansible_facts"]["intune_devices"]] == 2 * [
        "in_grace_period",
        "noncompliant",
        "new_state",
        None,
    ]
    counts = {"in_grace_period": 2, "noncompliant": 2, "new_state": 2, "unknown": 2}
    assert summary_of(result)["by_compliance_state"] == counts
    tenant.run(NAME, fields=fields, dest=str(tmp_path / "devices.csv"))
    assert (tmp_path / "devices.csv").read_text().splitlines()[:4] == [
        "id,compliance_state",
        "0,in_grace_period",
        "1,noncompliant",
        "2,new_state",
    ]


def test_a_summary_keeps_no_devices(tenant: Tenant) -> None:
    result = tenant.run(NAME, gather="summary")
    assert set(result["ansible_facts"]) == {"intune_devices_summary"}
    assert summary_of(result)["total"] == COUNT


def test_one_reading_counts_all_and_lists_those_with_a_threat(tenant: Tenant, tmp_path: Path) -> None:
    every = tenant.run(NAME)
    threats = ("low_severity", "medium_severity", "high_severity", "compromised")
    expected = [device for device in devices(every) if device["partner_reported_threat_state"] in threats]
    assert 0 < len(expected) < COUNT
    result = tenant.run(NAME, gather="threats", fields=["id"])
    assert summary_of(result) == summary_of(every)
    assert devices(result) == [{"id": device["id"]} for device in expected]
    written = tenant.run(NAME, gather="threats", dest=str(tmp_path / "devices.jsonl"))
    assert summary_of(written) == summary_of(every)
    assert len((tmp_path / "devices.jsonl").read_text(encoding="utf-8").splitlines()) == len(expected)
    with pytest.raises(InvalidOptions, match="no threat states"):
        tenant.run(NAME, gather="threats", via="export_job")


# -- a Graph of other habits -------------------------------------------------------------------------------------------


class OtherGraph:
    """Lists that have a count or not, and filters that are refused or ignored."""

    def __init__(self, server: Server, has_count: bool, refuses: bool) -> None:
        self.server = server
        self.has_count = has_count
        self.refuses = refuses
        server.handler = self.answer

    def answer(self, request: Request) -> Reply:
        query = parse_qs(urlsplit(request.target).query)
        if "$filter" in query and self.refuses:
            return Reply(400, {"error": {"code": "BadRequest", "message": "no filters here"}})
        start = int(query.get("after", ["0"])[0])
        devices = [
            {"id": str(number), "enrolledDateTime": f"2026-01-{number % 28 + 1:02d}T00:00:00Z"}
            for number in range(COUNT)
        ]
        body: Json = {"value": devices[start : start + 10]}
        if self.has_count:
            body["@odata.count"] = COUNT
        if start + 10 < COUNT:
            body["@odata.nextLink"] = f"{self.server.url}/beta/deviceManagement/managedDevices?after={start + 10}"
        return Reply(200, body)


@pytest.fixture(scope="module")
def certificates() -> tuple[ssl.SSLContext, bytes]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context, authority.cert_pem.bytes()


@pytest.mark.parametrize(
    ("has_count", "refuses"),
    [(True, True), (True, False), (False, False)],
    ids=["refuses filters", "ignores filters", "does not count"],
)
def test_a_graph_that_does_not_filter_is_read_as_one_list(
    certificates: tuple[ssl.SSLContext, bytes], tmp_path: Path, has_count: bool, refuses: bool
) -> None:
    ca_path = tmp_path / "ca.pem"
    ca_path.write_bytes(certificates[1])
    server = Server(certificates[0])
    OtherGraph(server, has_count, refuses)
    session = GraphSession.from_params(
        {"access_token": TOKEN, "graph_url": server.url, "ca_path": str(ca_path), "retry_timeout": 5}
    )
    try:
        result = gather(session, {})
        assert sorted(int(device["id"]) for device in devices(result)) == list(range(COUNT))
        assert result["graph_requests"] == len(server.requests) < 12 + 20
        # Properties that were left out are without a value, not missing.
        assert devices(result)[0]["device_name"] is None
        assert devices(gather(session, {"filters": {"operating_system": ["iOS"]}})) == []
        late = gather(session, {"filters": {"last_sync_before": "2026-01-01"}, "fields": ["id"]})
        assert len(devices(late)) == COUNT
    finally:
        session.close()
        server.close()
