# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query options, pages, the fleet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.client import Emulator
from tests.unit.emulator.api import ADVANCED, APPS, DEVICES, FILTERS, PROFILES, TAGS, Api, ios_app, ios_vpn

READ = "$select=id,deviceName"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=2345) as running:
        yield running


@pytest.mark.parametrize(
    "path",
    [
        f"{DEVICES}?$fliter=x",
        f"{DEVICES}?colour=red",
        f"{DEVICES}?$top=0",
        f"{DEVICES}?$top=1001",
        f"{DEVICES}?$top=x",
        f"{DEVICES}?$select=colour",
        f"{DEVICES}?$expand=detectedApps",
        f"{DEVICES}?$filter=",
        f"{DEVICES}?$filter=deviceName",
        f"{DEVICES}?$filter=deviceName eq 'x",
        f"{DEVICES}?$filter=deviceName eq O'Brien",
        f"{DEVICES}?$filter=operatingSystem eq 'iOS' or operatingSystem eq 'Android'",
        f"{DEVICES}?$filter=partnerReportedThreatState eq 'secured'",
        f"{DEVICES}?$filter=managedDeviceOwnerType eq 'company'",
        f"{DEVICES}?$filter=userId eq 'x'",
        f"{DEVICES}?$filter=isEncrypted eq true",
        f"{DEVICES}?$filter=startswith(deviceName,'x')",
        f"{DEVICES}?$filter=lastSyncDateTime ge 2026-01-01T00:00:00Z",
        f"{DEVICES}?$filter=azureADDeviceId eq 'x'&$count=true",
        f"{DEVICES}?$top=1&$top=2",
        f"{DEVICES}?$filter=azureADDeviceId eq 11111111-1111-1111-1111-111111111111",
        f"{DEVICES}?$filter=lastSyncDateTime gt '2026-01-01T00:00:00Z'",
        "/v1.0/groups?$filter=displayName eq 5",
        "/v1.0/devices?$filter=isManaged eq 'true'",
        f"{APPS}?$filter=isof('microsoft.graph.noSuchApp')",
        f"{DEVICES}?$skiptoken=nonsense",
        f"{APPS}?$filter=publisher eq 'x'",
        f"{APPS}?$filter=contains(displayName,'x')",
        f"{APPS}?$expand=relationships",
        f"{APPS}?$select=colour",
        f"{PROFILES}?$filter=startswith(displayName,'x')",
        f"{FILTERS}?$filter=displayName eq 'x'",
        f"{TAGS}?$filter=displayName eq 'x'",
        "/v1.0/groups?$top=1000",
        "/v1.0/groups?$filter=theme eq 'x'",
        "/v1.0/groups?$filter=id eq 'x'",
        "/v1.0/users?$filter=displayName eq '" + "x" * 121 + "'",
        "/v1.0/groups?$skip=1",
    ],
)
def test_option_graph_does_not_take_is_refused(api: Api, path: str) -> None:
    assert api.get(path).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "$filter=displayName ne 'x'",
        "$filter=not(startswith(displayName,'x'))",
        "$filter=endswith(displayName,'x')",
        "$filter=displayName eq 'x'&$orderby=displayName",
    ],
)
def test_advanced_queries_need_header_and_count(api: Api, query: str) -> None:
    assert api.get(f"/v1.0/users?{query}").code == "Request_UnsupportedQuery"
    assert api.get(f"/v1.0/users?{query}", ADVANCED).code == "Request_UnsupportedQuery"
    assert api.get(f"/v1.0/users?{query}&$count=true", ADVANCED).status == 200


def test_count_without_the_header_is_silently_ignored(api: Api) -> None:
    assert "@odata.count" not in api.get("/v1.0/users?$count=true").body
    assert api.get("/v1.0/users?$count=true", ADVANCED).body["@odata.count"] == 2345 // 3
    assert api.get("/v1.0/users/$count", ADVANCED).text == str(2345 // 3)
    assert api.get("/v1.0/users/$count").status == 400


def test_the_fleet_is_read_page_by_page(api: Api) -> None:
    first = api.get(DEVICES).body
    assert (len(first["value"]), first["@odata.count"]) == (1000, 2345)
    second = api.get(first["@odata.nextLink"]).body
    assert "@odata.count" not in second
    third = api.get(second["@odata.nextLink"]).body
    assert "@odata.nextLink" not in third
    ids = [device["id"] for body in (first, second, third) for device in body["value"]]
    assert len(set(ids)) == 2345


def test_next_link_belongs_to_its_query(api: Api) -> None:
    link = api.get(f"{DEVICES}?{READ}").body["@odata.nextLink"]
    assert api.get(link).status == 200
    assert api.get(link.replace("deviceName", "userId")).status == 400


def test_next_link_needs_the_header_again(api: Api) -> None:
    link = api.get("/v1.0/users?$filter=displayName ne 'x'&$count=true&$top=10", ADVANCED).body["@odata.nextLink"]
    assert api.get(link).status == 400
    assert api.get(link, ADVANCED).status == 200


def test_directory_pages_are_of_a_hundred(api: Api) -> None:
    assert len(api.get("/v1.0/devices").value) == 100
    assert len(api.get("/v1.0/devices?$top=999").value) == 999


def test_empty_pages_and_small_pages(api: Api) -> None:
    api.emulator.settings(empty_pages=True, page_size=700)
    try:
        assert api.get(DEVICES).value == []
        assert len(api.all(f"{DEVICES}?{READ}")) == 2345
    finally:
        api.emulator.settings(empty_pages=False, page_size=None)


def test_the_fleet_is_filtered(api: Api) -> None:
    everything = api.all(DEVICES)
    found = api.all(f"{DEVICES}?$filter=operatingSystem eq 'ios' and complianceState eq 'noncompliant'&{READ}")
    assert (
        len(found)
        == sum(item["operatingSystem"] == "iOS" and item["complianceState"] == "noncompliant" for item in everything)
        > 0
    )
    assert set(found[0]) == {"id", "deviceName"}
    one = everything[5]
    assert [item["id"] for item in api.all(f"{DEVICES}?$filter=azureADDeviceId eq '{one['azureADDeviceId']}'")] == [
        one["id"]
    ]
    moment = sorted(item["lastSyncDateTime"] for item in everything)[100]
    recent = api.all(f"{DEVICES}?$filter=lastSyncDateTime gt {moment}&{READ}")
    assert 0 < len(recent) < 2345


def test_fleet_is_mixed_and_the_same_every_time(api: Api) -> None:
    everything = api.all(DEVICES)
    assert {item["operatingSystem"] for item in everything} == {"iOS", "Android", "Windows", "macOS"}
    assert {"secured", "highSeverity", "deactivated", "unknown"} <= {
        item["partnerReportedThreatState"] for item in everything
    }
    assert {"compliant", "noncompliant"} <= {item["complianceState"] for item in everything}
    with Emulator(devices=1) as other:
        assert api.get(f"{DEVICES}?$top=1").value[0]["id"] == Api(other).get(DEVICES).value[0]["id"]


def test_lists_hide_what_takes_a_single_get(api: Api) -> None:
    listed = api.get(f"{DEVICES}?$top=1").value[0]
    path = f"{DEVICES}/{listed['id']}"
    assert listed["udid"] is None
    assert listed["physicalMemoryInBytes"] == 0
    assert api.get(path).body["udid"] is None
    assert api.get(f"{path}?$select=udid,physicalMemoryInBytes").body["physicalMemoryInBytes"] > 0
    assert listed["complianceGracePeriodExpirationDateTime"].startswith("9999")
    assert listed["easActivationDateTime"].startswith("0001")


def test_managed_device_entra_device_and_user_belong_together(api: Api) -> None:
    managed = next(item for item in api.get(f"{DEVICES}?$top=5").value if item["userId"])
    entra = api.get(f"/v1.0/devices(deviceId='{managed['azureADDeviceId'].upper()}')").body
    assert entra["id"] not in (managed["id"], managed["azureADDeviceId"])
    assert api.get(f"/v1.0/users/{managed['userId']}").body["userPrincipalName"] == managed["userPrincipalName"]
    assert managed["id"] in {item["id"] for item in api.all(f"/beta/users/{managed['userId']}/managedDevices?{READ}")}
    assert entra["id"] in {
        item["id"] for item in api.all(f"/v1.0/users/{managed['userPrincipalName']}/registeredDevices")
    }


def test_threat_state_changes_by_the_partner(api: Api) -> None:
    before = api.get(f"{DEVICES}?$top=1").value[0]
    api.emulator.seed({"op": "device", "id": before["id"], "values": {"partnerReportedThreatState": "compromised"}})
    assert api.get(f"{DEVICES}?$top=1").value[0]["partnerReportedThreatState"] == "compromised"


def test_apps_are_filtered(api: Api) -> None:
    api.made(APPS, ios_app(displayName="O'Brien's app"))
    assert len(api.all(f"{APPS}?$filter=displayName eq 'o''brien''s app' and isof('microsoft.graph.iosStoreApp')")) == 1
    assert api.all(f"{APPS}?$filter=isof('microsoft.graph.androidStoreApp')") == []
    assert len(api.all(f"{APPS}?$filter=startswith(displayName,'O''')&$expand=assignments")) == 1
    assert len(api.all(f"{APPS}/microsoft.graph.iosStoreApp")) == 1
    assert api.get(f"{APPS}/microsoft.graph.iosVpnConfiguration").status == 400
    assert api.get(f"{APPS}/$count").text == "1"


def test_large_icon_is_left_out_of_lists(api: Api) -> None:
    icon = {"type": "image/png", "value": "aGVsbG8="}
    made = api.made(APPS, ios_app(largeIcon=icon))
    assert api.get(APPS).value[0]["largeIcon"] is None
    assert api.get(f"{APPS}/{made['id']}").body["largeIcon"] == icon


def test_keys_in_parentheses(api: Api) -> None:
    made = api.made(PROFILES, ios_vpn())
    assert api.get(f"{PROFILES}('{made['id']}')").body["id"] == made["id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2.0/groups", 400),
        ("GET", "/beta/nothing", 400),
        ("PUT", "/v1.0/groups", 405),
        ("DELETE", "/v1.0/organization", 405),
        ("GET", "/v1.0/users/nobody@contoso.example", 404),
        ("GET", "/v1.0/groups/not-a-guid", 400),
        ("GET", "/beta/deviceManagement/managedDevices/x", 404),
    ],
)
def test_what_is_not_there(api: Api, method: str, path: str, status: int) -> None:
    answer = api(method, path)
    assert answer.status == status
    assert answer.body["error"]["innerError"]["request-id"] == answer.headers["request-id"]


def test_intune_errors_are_documents_in_the_message(api: Api) -> None:
    answer = api.get(f"{APPS}/11111111-1111-1111-1111-111111111111", {"client-request-id": "abc"})
    assert (answer.status, answer.code) == (404, "ResourceNotFound")
    assert answer.body["error"]["message"].startswith('{\r\n  "_version": 3')
    assert answer.headers["client-request-id"] == "abc"
