# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet is read whole, each device once, whatever of the things that nobody promises a Graph does not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._devices import listing
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.slices import plan
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import BadAnswer, IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy
from tests.emulator.client import Emulator
from tests.unit.plugins.modules.in_process import Tenant

Json = dict[str, Any]
COUNT = 240
NAME = "intune_device_facts"
PATH = "deviceManagement/managedDevices"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=COUNT, users=10, page_size=10) as running:
        yield running


@pytest.fixture
def tenant(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    monkeypatch.setattr(listing, "QUICK", -1)
    yield Tenant(emulator)
    emulator.reset()
    emulator.settings(device_counts="total", overview="right")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits before it is tried again."""
    monkeypatch.setattr(RetryPolicy, "_backoff", lambda policy, tries: 0.0)


@pytest.fixture(scope="module")
def all_ids(emulator: Emulator) -> set[str]:
    fleet = emulator.seed(*({"op": "device", "number": number, "values": {}} for number in range(COUNT)))
    return {device["id"] for device in fleet}


def read(tenant: Tenant, **options: Any) -> tuple[list[str], list[Json]]:
    """Return the ids of the devices and the requests that were sent."""
    tenant.emulator.journal(clear=True)
    result = tenant.run(NAME, **options)
    assert result["ansible_facts"]["intune_devices_summary"]["total"] == len(result["ansible_facts"]["intune_devices"])
    return [device["id"] for device in result["ansible_facts"]["intune_devices"]], tenant.emulator.journal()


def filters(journal: list[Json]) -> set[str]:
    return {entry["query"].get("$filter", "") for entry in journal if entry["path"].endswith("managedDevices")}


@pytest.mark.parametrize("overview", ["right", "stale", "excessive", "refused", "missing"])
@pytest.mark.parametrize("counts", ["total", "page", "none"])
def test_slices_do_not_depend_on_a_count(tenant: Tenant, all_ids: set[str], counts: str, overview: str) -> None:
    tenant.emulator.settings(device_counts=counts, overview=overview)
    ids, journal = read(tenant)
    assert len(ids) == COUNT
    assert set(ids) == all_ids
    assert len(filters(journal)) > 2
    # Reading page by page takes 24 requests one after the other.
    assert len(journal) < 24 * 4


def test_a_count_that_two_ways_of_reading_disprove_is_a_warning(tenant: Tenant, all_ids: set[str]) -> None:
    tenant.emulator.settings(device_counts="excessive")
    result = tenant.run(NAME)
    assert {device["id"] for device in result["ansible_facts"]["intune_devices"]} == all_ids
    (warning,) = result["warnings"]
    assert f"counts {COUNT + 1} managed devices, but listed {COUNT}. Two ways of reading found the same" in warning


def test_a_count_that_one_list_falls_short_of_is_an_error(tenant: Tenant) -> None:
    """The list may end too early, and nothing else shows the other devices."""
    tenant.emulator.settings(device_counts="excessive")
    with pytest.raises(IntuneError, match="The list is incomplete"):
        tenant.run(NAME, parallel_pages=1)


@pytest.mark.parametrize("counts", ["total", "page", "none"])
@pytest.mark.parametrize("parallel_pages", [2, 8, 32])
def test_devices_that_are_listed_in_the_order_of_their_enrolment(
    tenant: Tenant, all_ids: set[str], counts: str, parallel_pages: int
) -> None:
    """The first page then shows nothing of when the others enrolled."""
    tenant.emulator.seed(
        *(
            {
                "op": "device",
                "number": number,
                "values": {"enrolledDateTime": f"2026-{number // 28 % 9 + 1:02d}-{number % 28 + 1:02d}T00:00:00Z"},
            }
            for number in range(COUNT)
        )
    )
    tenant.emulator.settings(device_counts=counts)
    ids, _journal = read(tenant, parallel_pages=parallel_pages)
    assert len(ids) == COUNT
    assert set(ids) == all_ids


def test_slices_of_a_list_in_the_order_of_enrolment_lie_after_its_first_page() -> None:
    sample = [f"2024-01-01T00:{minute:02d}:00Z" for minute in range(60)]
    lows = [part.low.year for part in plan(sample, 9) if part.low]
    assert lows[0] == 2024 < lows[-1]
    shuffled = sample[30:] + sample[:30]
    assert {part.low.year for part in plan(shuffled, 9) if part.low} == {2024}


@pytest.mark.parametrize("counts", ["total", "page", "none"])
def test_a_device_of_the_first_page_that_no_slice_has_is_read(tenant: Tenant, all_ids: set[str], counts: str) -> None:
    # Graph declares that this property is never null.
    tenant.emulator.seed({"op": "device", "number": 3, "values": {"enrolledDateTime": None}})
    tenant.emulator.settings(device_counts=counts)
    ids, _journal = read(tenant)
    assert len(ids) == COUNT
    assert set(ids) == all_ids


BAD_PAGES: list[Json] = [
    {"value": None},
    {},
    {"value": {}},
    {"value": "none"},
    {"value": [None]},
    {"value": ["a device"]},
    {"value": [{"deviceName": "without an id"}]},
    {"value": [{"id": None}]},
    {"value": [{"id": 5}]},
    {"value": [{"id": "1", "complianceState": ["compliant"]}]},
    {"value": [{"id": "1", "lastSyncDateTime": 5}]},
    {"value": [{"id": "1", "enrolledDateTime": {}}]},
    {"value": [], "@odata.nextLink": ""},
    {"value": [], "@odata.nextLink": None},
]


@pytest.mark.parametrize("where", ["first", "middle"])
@pytest.mark.parametrize("body", BAD_PAGES, ids=str)
def test_a_page_of_a_wrong_shape_is_never_fewer_devices(
    tenant: Tenant, all_ids: set[str], quick: None, body: Json, where: str
) -> None:
    match = {"path": "managedDevices"} if where == "first" else {"path": "managedDevices.*skiptoken"}
    fault = {"match": match, "action": {"status": 200, "body": body}}
    tenant.emulator.faults({**fault, "times": 1})
    ids, _journal = read(tenant)
    assert set(ids) == all_ids
    tenant.emulator.faults(fault)
    with pytest.raises(BadAnswer):
        tenant.run(NAME)


@pytest.mark.parametrize("parallel_pages", [1, 8])
def test_a_list_without_an_end_is_ended(tenant: Tenant, parallel_pages: int) -> None:
    body = {"value": [], "@odata.nextLink": f"{tenant.emulator.graph_url}/beta/{PATH}?$skiptoken=again"}
    tenant.emulator.faults({"match": {"path": "managedDevices"}, "action": {"status": 200, "body": body}})
    with pytest.raises(IntuneError, match="never ends"):
        tenant.run(NAME, parallel_pages=parallel_pages)
