# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batches, faults, throttling, eventual consistency, permissions, managed Google Play, the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator import client
from tests.emulator.client import Emulator
from tests.emulator.entra import Entra
from tests.emulator.faults import Faults
from tests.emulator.graph import Graph
from tests.emulator.settings import DEFAULT_PERMISSIONS, Settings
from tests.unit.emulator.api import (
    APPS,
    CONNECTORS,
    FILTERS,
    HARMONY,
    IOS_FILTER,
    PLAY,
    PROFILES,
    Api,
    app_assignment,
    group_body,
    ios_app,
    ios_vpn,
    target,
)

# -- $batch ------------------------------------------------------------------------------------------------------------


def batch(api: Api, *items: dict[str, Any], version: str = "v1.0") -> Any:
    return api("POST", f"/{version}/$batch", {"requests": list(items)})


def get(name: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "method": "GET", "url": url, **more}


def test_batch_answers_every_item_by_itself(api: Api) -> None:
    items = [get(str(number), f"/users/user{number:02d}@contoso.example?$select=id") for number in range(1, 16)]
    answer = batch(api, *items, get("none", "/groups/11111111-1111-1111-1111-111111111111"))
    assert answer.status == 200
    responses = answer.body["responses"]
    assert {item["id"]: item["status"] for item in responses} == {str(number): 200 for number in range(1, 16)} | {
        "none": 404
    }
    assert [item["id"] for item in responses] != [item["id"] for item in items] + ["none"]


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "items",
    [
        [],
        [get(str(number), "/users") for number in range(21)],
        [get("a", "/users"), get("A", "/groups")],
        [{"id": "1", "method": "GET"}],
        [{"id": 1, "method": "GET", "url": "/users"}],
        [get("1", "/v1.0/users")],
        [get("1", "https://graph.microsoft.com/v1.0/users")],
        [get("1", "/$batch")],
        [{"id": "1", "method": "POST", "url": "/groups", "body": {}}],
        [{"id": "1", "method": "POST", "url": "/groups", "headers": JSON}],
        [get("1", "/users", dependsOn=["2"])],
        [get("1", "/users", dependsOn=["2"]), get("2", "/users", dependsOn=["1"])],
    ],
)
def test_malformed_batch_is_refused_as_a_whole(api: Api, items: list[dict[str, Any]]) -> None:
    assert batch(api, *items).status == 400


def test_dependent_item_fails_with_its_dependency(api: Api) -> None:
    wrong = {"id": "1", "method": "POST", "url": "/groups", "headers": JSON, "body": {}}
    right = {"id": "2", "method": "POST", "url": "/groups", "headers": JSON, "body": group_body("x")}
    answer = batch(api, get("4", "/groups", dependsOn=["2"]), get("3", "/groups", dependsOn=["1"]), wrong, right)
    found = {item["id"]: item for item in answer.body["responses"]}
    assert {name: item["status"] for name, item in found.items()} == {"1": 400, "2": 201, "3": 424, "4": 200}
    assert len(found["4"]["body"]["value"]) == 1


def test_items_of_a_batch_are_in_the_journal(api: Api) -> None:
    batch(api, get("a", "/users?$top=1"))
    entry = api.emulator.journal()[-1]
    assert (entry["path"], entry["items"]) == (
        "/v1.0/$batch",
        [{"id": "a", "method": "GET", "url": "/users?$top=1", "status": 200}],
    )


# -- faults ------------------------------------------------------------------------------------------------------------


def test_a_fault_answers_with_its_status_and_headers(api: Api) -> None:
    api.emulator.faults(
        {"match": {"path": "/v1.0/users"}, "times": 1, "action": {"status": 429, "headers": {"Retry-After": "2.5"}}}
    )
    answer = api.get("/v1.0/users?$top=1")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "TooManyRequests", "2.5")
    assert api.get("/v1.0/users?$top=1").status == 200


def test_nth_request_fails(api: Api) -> None:
    api.emulator.faults({"match": {"method": "GET", "path": "organization"}, "nth": 2, "action": {"status": 503}})
    assert [api.get("/v1.0/organization").status for _number in range(3)] == [200, 503, 200]


@pytest.mark.parametrize(
    ("action", "groups"), [({"drop_after_read": True}, 0), ({"drop_after_execute": True}, 1), ({"truncate": True}, 1)]
)
def test_lost_answers(api: Api, action: dict[str, Any], groups: int) -> None:
    api.emulator.faults({"match": {"method": "POST", "path": "/groups$"}, "action": action})
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.group()
    assert len(api.all("/v1.0/groups")) == groups
    assert api.emulator.journal()[-2]["fault"]


def test_executed_but_answered_with_an_error(api: Api) -> None:
    api.emulator.faults({"match": {"method": "POST"}, "times": 1, "action": {"status": 500, "execute": True}})
    assert api("POST", "/v1.0/groups", group_body("x")).status == 500
    assert len(api.all("/v1.0/groups")) == 1


def test_a_fault_delays_the_answer(api: Api) -> None:
    api.emulator.faults({"match": {"path": "organization"}, "action": {"delay_ms": 300}})
    assert api.get("/v1.0/organization").status == 200
    (entry,) = [entry for entry in api.emulator.journal() if "organization" in entry["path"]]
    assert entry["answered"] - entry["received"] >= 0.3


def test_a_request_that_a_reset_overtakes_changes_nothing_afterwards(api: Api) -> None:
    api.emulator.faults({"match": {"method": "POST"}, "action": {"hold": True}})
    with ThreadPoolExecutor() as pool:
        late = pool.submit(api, "POST", "/v1.0/groups", group_body("Late"))
        while not api.emulator.waiting():
            time.sleep(0.01)
        api.emulator.reset()
        with pytest.raises(requests.ConnectionError):
            late.result()
    assert api.emulator.state()["groups"] == []
    assert api.emulator.journal() == []


def test_a_fault_matches_an_item_of_a_batch(api: Api) -> None:
    api.emulator.faults(
        {"match": {"path": "user02"}, "times": 1, "action": {"status": 429, "headers": {"Retry-After": "1"}}}
    )
    items = [get(str(number), f"/users/user{number:02d}@contoso.example") for number in (1, 2, 3)]
    first = {item["id"]: item for item in batch(api, *items).body["responses"]}
    assert [first[name]["status"] for name in "123"] == [200, 429, 200]
    assert first["2"]["headers"]["Retry-After"] == "1"


def test_token_endpoint_can_fail_too(api: Api) -> None:
    api.emulator.faults({"match": {"path": "/oauth2/v2.0/token"}, "times": 1, "action": {"status": 503}})
    answer = api.session.post(f"{api.root}/{api.emulator.env['AZURE_TENANT_ID']}/oauth2/v2.0/token", data={})
    assert answer.status_code == 503


@pytest.mark.parametrize(
    "rule", [{"action": {}}, {"match": {"url": "x"}, "action": {"status": 500}}, {"action": {"statsu": 500}}]
)
def test_unknown_words_in_a_rule_are_refused(api: Api, rule: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="refused faults"):
        api.emulator.faults(rule)


@contextmanager
def held(**options: Any) -> Iterator[Emulator]:
    """A tenant on whose clock time goes by only when the test says so."""
    with Emulator(devices=1, **options) as emulator:
        emulator.clock(hold=True)
        yield emulator


# -- throttling --------------------------------------------------------------------------------------------------------


def test_writes_are_throttled_by_bucket() -> None:
    with held(throttle="3/2") as emulator:
        api = Api(emulator)
        statuses = [api("POST", CONNECTORS, {}).status for _number in range(5)]
        assert statuses == [400, 400, 400, 429, 429]
        answer = api("POST", CONNECTORS, {})
        assert answer.headers["Retry-After"] == "2"
        assert api("POST", PROFILES, {}).status == 400
        responses = batch(
            api, *({"id": str(n), "method": "POST", "url": "/groups", "headers": JSON, "body": {}} for n in range(5))
        ).body["responses"]
        assert sorted(item["status"] for item in responses) == [400, 400, 400, 429, 429]
        assert all("Retry-After" in item["headers"] for item in responses if item["status"] == 429)
        emulator.clock(step=1.9)
        assert api("POST", CONNECTORS, {}).status == 429
        emulator.clock(step=2)
        assert api("POST", CONNECTORS, {}).status == 400


# -- consistency -------------------------------------------------------------------------------------------------------


def test_what_is_fresh_is_unknown_for_a_while() -> None:
    with held(eventual_ms=400) as emulator:
        api = Api(emulator)
        app = api.made(APPS, ios_app())
        assert api.get(f"{APPS}/{app['id']}").status == 404
        emulator.clock(step=0.5)
        assert api.get(f"{APPS}/{app['id']}").status == 200
        group = api.group("Fresh")
        path = f"/v1.0/groups/{group['id']}"
        body = {"mobileAppAssignments": [app_assignment(target("group", groupId=group["id"]))]}
        assert api.get(path).status == 404
        assert api("POST", f"{path}/members/$ref", api.reference(api.user()["id"])).status == 404
        assert api("POST", f"{APPS}/{app['id']}/assign", body).status == 400
        emulator.clock(step=0.5)
        assert api.get(path).status == 200
        assert api.all("/v1.0/groups?$filter=displayName eq 'Fresh'") == []
        assert api("POST", f"{APPS}/{app['id']}/assign", body).status == 204
        emulator.clock(step=0.5)
        assert len(api.all("/v1.0/groups?$filter=displayName eq 'Fresh'")) == 1
        api("PATCH", path, {"description": "new"})
        assert api.get(path).body["description"] is None
        emulator.clock(step=0.5)
        assert api.get(path).body["description"] == "new"


def test_upsert_knows_the_group_that_readers_do_not_see_yet() -> None:
    with held(eventual_ms=60_000) as emulator:
        api = Api(emulator)
        path = "/v1.0/groups(uniqueName='x')"
        prefer = {"Prefer": "create-if-missing"}
        assert api("PATCH", path, group_body("X"), prefer).status == 201
        assert api.get(path).status == 404
        assert api("PATCH", path, {"description": "again"}, prefer).status == 204
        assert len(emulator.state()["groups"]) == 1


def test_app_is_assigned_only_once_published() -> None:
    with held(publishing_ms=500) as emulator:
        api = Api(emulator)
        app = api.made(APPS, ios_app())
        body = {"mobileAppAssignments": [app_assignment(target("allDevices"))]}
        assert app["publishingState"] == "notPublished"
        assert api("POST", f"{APPS}/{app['id']}/assign", body).status == 400
        emulator.clock(step=0.3)
        assert api.get(f"{APPS}/{app['id']}").body["publishingState"] == "processing"
        emulator.clock(step=0.3)
        assert api.get(f"{APPS}/{app['id']}").body["publishingState"] == "published"
        assert api("POST", f"{APPS}/{app['id']}/assign", body).status == 204


def test_filter_stays_locked_after_its_last_assignment() -> None:
    with held(eventual_ms=300) as emulator:
        api = Api(emulator)
        app = api.made(APPS, ios_app())
        emulator.clock(step=0.35)
        goal = target(
            "allDevices",
            deviceAndAppManagementAssignmentFilterId=IOS_FILTER,
            deviceAndAppManagementAssignmentFilterType="include",
        )
        api("POST", f"{APPS}/{app['id']}/assign", {"mobileAppAssignments": [app_assignment(goal)]})
        api("POST", f"{APPS}/{app['id']}/assign", {"mobileAppAssignments": []})
        assert api("DELETE", f"{FILTERS}/{IOS_FILTER}").status == 400
        emulator.clock(step=0.35)
        assert api("DELETE", f"{FILTERS}/{IOS_FILTER}").status == 204


# -- permissions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permissions", "allowed", "refused"),
    [
        ([], [], ["/v1.0/groups", APPS, "/beta/deviceManagement/managedDevices", "/v1.0/organization"]),
        (
            ["DeviceManagementManagedDevices.Read.All"],
            ["/beta/deviceManagement/managedDevices"],
            [APPS, PROFILES, "/v1.0/groups"],
        ),
        (["DeviceManagementApps.Read.All"], [APPS], [PROFILES, CONNECTORS]),
        (["DeviceManagementServiceConfig.Read.All"], [CONNECTORS], [PROFILES, APPS]),
        (["Group.Read.All"], ["/v1.0/groups"], ["/v1.0/users", "/v1.0/devices"]),
    ],
)
def test_routes_take_their_permissions(
    api: Api, permissions: list[str], allowed: list[str], refused: list[str]
) -> None:
    api.emulator.settings(permissions=permissions)
    try:
        least = Api(api.emulator)
    finally:
        api.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert [least.get(path).status for path in allowed] == [200] * len(allowed)
    assert [least.get(path).status for path in refused] == [403] * len(refused)


def test_reading_is_not_writing_and_members_take_more() -> None:
    permissions = "DeviceManagementApps.Read.All,Group.Create,GroupMember.ReadWrite.All,User.Read.All"
    with Emulator(devices=1, permissions=permissions) as emulator:
        api = Api(emulator)
        assert "not authorized" in api("POST", APPS, ios_app()).message
        group = api.group()
        assert api("PATCH", f"/v1.0/groups/{group['id']}", {"description": "x"}).code == "Authorization_RequestDenied"
        assert api("POST", f"/v1.0/groups/{group['id']}/members/$ref", api.reference(api.user()["id"])).status == 403


def test_every_route_has_its_permissions() -> None:
    chosen = Settings(devices=1)
    graph = Graph(chosen, Entra(chosen), Faults(None))
    assert [
        f"{route.method} {route.template}" for route in graph.router.routes if not graph.permissions.sufficient(route)
    ] == []


# -- managed Google Play -----------------------------------------------------------------------------------------------

PLAY_APPS = f"{APPS}?$filter=isof('microsoft.graph.androidManagedStoreApp')"


def test_approved_app_appears_after_a_synchronisation() -> None:
    with held(play_sync_ms=400) as emulator:
        api = Api(emulator)
        assert api.get(PLAY).body["bindStatus"] == "boundAndValidated"
        assert api("POST", f"{PLAY}/approveApps", {"packageIds": ["com.lacoon.security.fox"]}).status == 400
        assert api("POST", f"{PLAY}/approveApps", {"packageIds": ["app:org.example"]}).status == 400
        body = {"packageIds": ["app:com.lacoon.security.fox"], "approveAllPermissions": True}
        assert api("POST", f"{PLAY}/approveApps", body).status == 204
        emulator.clock(step=0.5)
        assert api.all(PLAY_APPS) == []
        assert api("POST", f"{PLAY}/syncApps").status == 204
        assert api.all(PLAY_APPS) == []
        emulator.clock(step=0.5)
        (app,) = api.all(PLAY_APPS)
        assert (app["displayName"], app["packageId"], app["appIdentifier"]) == (
            "Harmony Mobile Protect",
            "com.lacoon.security.fox",
            "app:com.lacoon.security.fox",
        )
        api("POST", f"{PLAY}/syncApps")
        emulator.clock(step=0.5)
        assert len(api.all(PLAY_APPS)) == 1


def test_without_a_binding_nothing_is_approved() -> None:
    with Emulator(devices=1, no_play_binding=True) as emulator:
        api = Api(emulator)
        assert api.get(PLAY).body["bindStatus"] == "notBound"
        assert api("POST", f"{PLAY}/approveApps", {"packageIds": ["app:com.x"]}).status == 400
        assert api("POST", f"{PLAY}/syncApps").status == 400


def test_catalogue_of_connectors() -> None:
    with Emulator(devices=1, connector_catalogue=True) as emulator:
        api = Api(emulator)
        listed = {item["id"]: item["partnerState"] for item in api.all(CONNECTORS)}
        assert listed[HARMONY] == "neverConfigured"
        assert api.made(CONNECTORS, {"id": HARMONY})["partnerState"] == "notSetUp"


# -- somebody else, state, command line --------------------------------------------------------------------------------


def test_reset_brings_back_the_seed(api: Api) -> None:
    api.made(PROFILES, ios_vpn())
    api.group()
    api.emulator.reset()
    state = api.emulator.state()
    assert (state["groups"], state["records"].get("deviceManagement/deviceConfigurations", [])) == ([], [])
    assert api.emulator.journal() == []


def test_a_seed_changes_the_tenant_as_somebody_else_would(api: Api) -> None:
    group, app = api.emulator.seed(
        {
            "op": "create",
            "collection": "groups",
            "body": {"displayName": "From the portal", "members": [api.user()["id"]]},
        },
        {
            "op": "create",
            "collection": "deviceAppManagement/mobileApps",
            "body": {"@odata.type": "#microsoft.graph.iosVppApp", "displayName": "VPP", "bundleId": "com.x"},
        },
    )
    assert len(api.all(f"/v1.0/groups/{group['id']}/members")) == 1
    assert api.get(f"{APPS}/{app['id']}").body["@odata.type"] == "#microsoft.graph.iosVppApp"
    api.emulator.seed(
        {
            "op": "update",
            "collection": "deviceAppManagement/mobileApps",
            "id": app["id"],
            "values": {"displayName": "Renamed"},
        }
    )
    assert api.get(f"{APPS}/{app['id']}").body["displayName"] == "Renamed"
    api.emulator.seed({"op": "delete", "collection": "deviceAppManagement/mobileApps", "id": app["id"]})
    assert api.get(f"{APPS}/{app['id']}").status == 404
    with pytest.raises(RuntimeError, match="refused seed"):
        api.emulator.seed({"op": "explode"})


def test_files_and_signals(tmp_path: Path) -> None:
    state, ready, journal = tmp_path / "state", tmp_path / "ready", tmp_path / "journal.jsonl"
    command = [
        sys.executable,
        str(client.HERE),
        "--state-dir",
        str(state),
        "--ready-file",
        str(ready),
        "--journal",
        str(journal),
        "--devices",
        "1",
    ]
    for name in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("https://localhost:")
            assert stat.S_IMODE(os.stat(state).st_mode) == 0o700
            assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}
            endpoints = json.loads((state / "endpoints.json").read_text())
            assert endpoints["pid"] == process.pid
            plain = requests.Session()
            plain.trust_env = False
            assert plain.get(f"{endpoints['graph_url']}/v1.0/groups", verify=endpoints["ca_path"]).status_code == 401
            process.send_signal(name)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.stdout.close()  # type: ignore[union-attr]
    assert [json.loads(line)["status"] for line in journal.read_text().splitlines()] == [401, 401]


def test_emulator_goes_with_the_process_that_started_it() -> None:
    script = (
        "import os; from tests.emulator.client import Emulator; "
        "print(Emulator(devices=1).start().graph_url, flush=True); os._exit(0)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    url = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(address) != 0:
                return
        time.sleep(0.1)
    pytest.fail("the emulator is still there")


@pytest.mark.parametrize(
    "arguments",
    [["--throttle", "fast"], ["--faults", "/nonexistent.yml"], ["--client-certificate", "/nonexistent.pem"]],
)
def test_wrong_options_end_with_a_sentence(arguments: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, str(client.HERE), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 2
    assert result.stderr.startswith("The emulator cannot start:")
    assert "Traceback" not in result.stderr
