# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated tenant's clock, and every way in which its answers can go wrong."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from tests.emulator.altering import BATCHES, FOREIGN, LINKS, WAYS
from tests.emulator.clock import Clock
from tests.unit.emulator.api import (
    APPS,
    FILTERS,
    Api,
    app_assignment,
    batch,
    get,
    group_body,
    ios_app,
    target,
)

# -- the clock ---------------------------------------------------------------------------------------------------------


def test_held_clock_moves_only_by_steps_and_requests(api: Api) -> None:
    emulator = api.emulator
    start = emulator.clock(hold=True)["now"]
    assert emulator.clock()["now"] == start
    assert emulator.clock(step=60)["now"] == start + 60
    emulator.clock(per_request=0.5)
    api.get("/v1.0/organization")
    api.get("/v1.0/organization")
    assert emulator.clock()["now"] == start + 61


def test_clock_never_goes_back() -> None:
    clock = Clock()
    clock.step(10)
    clock.hold()
    held = clock.now()
    clock.step(3600)
    clock.run()
    assert clock.now() >= held + 3600
    with pytest.raises(ValueError, match="never goes back"):
        clock.step(-1)


def test_times_of_objects_and_tokens_are_those_of_the_clock(api: Api) -> None:
    api.emulator.clock(hold=True, step=3 * 3600)
    assert api.get("/v1.0/groups").status == 401
    later = Api(api.emulator)
    created = datetime.fromisoformat(later.made(APPS, ios_app())["createdDateTime"])
    assert created - datetime.now(timezone.utc) > timedelta(hours=2)
    assert later.group()["createdDateTime"] > datetime.now(timezone.utc).isoformat()


def test_group_that_is_not_visible_yet_exists_for_who_writes_its_name(api: Api) -> None:
    api.emulator.settings(eventual=60_000)
    api.emulator.clock(hold=True)
    path, prefer = "/v1.0/groups(uniqueName='x')", {"Prefer": "create-if-missing"}
    try:
        made = api("PATCH", path, group_body("X"), prefer)
        assert made.status == 201
        for status in (400, 409):
            api.emulator.settings(refuse_hidden_names=status)
            again = api("PATCH", path, group_body("X"), prefer)
            assert (again.status, again.code) == (status, "Request_MultipleObjectsWithSameKeyValue")
        assert [api.get(f"/v1.0/groups/{made.body['id']}").status, api.get(path).status] == [404, 404]
        assert api.all("/v1.0/groups?$filter=displayName eq 'X'") == []
        api.emulator.clock(step=61)
        assert api.get(path).status == 200
        assert api("PATCH", path, {"description": "d"}, prefer).status == 204
    finally:
        api.emulator.settings(eventual=0, refuse_hidden_names=0)


# -- answers -----------------------------------------------------------------------------------------------------------


def fault(api: Api, path: str, **action: Any) -> None:
    api.emulator.faults({"match": {"path": path}, "action": action})


@pytest.mark.parametrize("value", ["3", "0.5", "Fri, 31 Dec 1999 23:59:59 GMT", "0", "86400", ""])
def test_retry_after_of_every_form(api: Api, value: str) -> None:
    fault(api, "groups", status=429, headers={"Retry-After": value} if value else {})
    assert api.get("/v1.0/groups").headers.get("Retry-After", "") == value


@pytest.mark.parametrize("status", [409, 500, 502, 503, 504])
def test_every_status(api: Api, status: int) -> None:
    fault(api, "groups", status=status, code="Odd", message="Failed to execute backend request: query broker")
    answer = api.get("/v1.0/groups")
    assert (answer.status, answer.code) == (status, "Odd")
    assert "query broker" in answer.message


def test_a_fault_sends_a_claims_challenge(api: Api) -> None:
    fault(api, "groups", status=401, headers={"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30="'})
    assert "insufficient_claims" in api.get("/v1.0/groups").headers["WWW-Authenticate"]


def test_token_that_ends_between_two_requests(api: Api) -> None:
    api.emulator.faults({"match": {"path": "groups"}, "times": 1, "action": {"revoke": True}})
    assert api.get("/v1.0/groups").status == 401
    assert Api(api.emulator).get("/v1.0/groups").status == 200


@pytest.mark.parametrize("way", sorted(WAYS))
def test_answers_are_sent_in_another_shape(api: Api, way: str) -> None:
    usual = api.get(f"{APPS}?$expand=assignments")
    created = api.made(APPS, ios_app())
    fault(api, "mobileApps", alter=way)
    listed = api.session.get(f"{api.root}{APPS}?$expand=assignments")
    read = api.session.get(f"{api.root}{APPS}/{created['id']}?$expand=assignments")
    assert (listed.status_code, read.status_code) == (200, 200)
    assert usual.text not in (listed.text, read.text)
    assert listed.headers["Content-Type"] == usual.headers["Content-Type"]


def test_altered_answer_of_a_write_is_that_of_a_write_that_happened(api: Api) -> None:
    api.emulator.faults({"match": {"method": "POST", "path": "mobileApps"}, "action": {"alter": "no id"}})
    answer = api("POST", APPS, ios_app())
    assert answer.status == 201
    assert "id" not in answer.body
    assert len(api.all(APPS)) == 1


def test_other_media_types_and_texts(api: Api) -> None:
    fault(api, "groups", text="<html>", content_type="text/html")
    answer = api.get("/v1.0/groups")
    assert (answer.text, answer.headers["Content-Type"]) == ("<html>", "text/html")
    fault(api, "groups", content_type="text/plain")
    assert json.loads(api.get("/v1.0/groups").text)["value"] == []


def test_mutated_answers_are_those_of_their_seed(api: Api) -> None:
    usual = api.get(f"{FILTERS}?$top=5").text
    texts = set()
    for seed in range(20):
        fault(api, "assignmentFilters", mutate=seed)
        first = api.session.get(f"{api.root}{FILTERS}?$top=5").content
        fault(api, "assignmentFilters", mutate=seed)
        assert api.session.get(f"{api.root}{FILTERS}?$top=5").content == first
        texts.add(first)
    assert len(texts) > 15
    assert usual.encode() not in texts


def test_huge_answers_and_bombs(api: Api) -> None:
    fault(api, "organization", padding_mb=3)
    answer = api.get("/v1.0/organization")
    assert len(answer.text) > 3 << 20
    assert answer.value
    fault(api, "organization", bomb_mb=50)
    response = api.session.get(f"{api.root}/v1.0/organization", stream=True)
    assert response.headers["Content-Encoding"] == "gzip"
    packed = response.raw.read(decode_content=False)
    assert len(packed) < 100_000
    assert len(gzip.decompress(packed)) > 50 << 20


def test_slow_answers_take_their_time_on_the_clock(api: Api) -> None:
    start = api.emulator.clock(hold=True)["now"]
    fault(api, "organization", slow_body=1.0)
    answer = api.get("/v1.0/organization")
    assert answer.value
    assert api.emulator.clock()["now"] == start + len(answer.text.encode())
    fault(api, "organization", slow_head=1.0)
    assert api.get("/v1.0/organization").value
    assert api.emulator.clock()["now"] > start + len(answer.text.encode()) + 100


@pytest.mark.parametrize("action", [{"drop_after_read": True}, {"drop_after_execute": True}])
def test_resets_are_not_ends_in_order(api: Api, action: dict[str, Any]) -> None:
    fault(api, "organization", reset=True, **action)
    context = ssl.create_default_context(cafile=api.emulator.ca_path)
    port = int(api.root.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection,
    ):
        connection.sendall(b"GET /v1.0/organization HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
            connection.recv(100)


# -- lists -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(LINKS))
def test_every_list_can_go_on_wrongly(api: Api, name: str) -> None:
    fault(api, "assignmentFilters", link=name)
    first = api.get(f"{FILTERS}?$top=1").body["@odata.nextLink"]
    if name == "foreign":
        assert first.startswith(FOREIGN)
    if name in ("itself", "circular", "endless"):
        later = [first]
        for _number in range(3):
            later.append(api.get(later[-1]).body["@odata.nextLink"])
        assert len(set(later)) == {"itself": 1, "circular": 2, "endless": 4}[name]


@pytest.mark.parametrize("place", ["{root}/beta/deviceManagement/roleScopeTags", f"{FOREIGN}/beta/x"])
def test_a_fault_redirects_to_another_place(api: Api, place: str) -> None:
    fault(api, "assignmentFilters", status=302, headers={"Location": place})
    answer = api.session.get(f"{api.root}{FILTERS}", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, place.replace("{root}", api.root))


# -- batches -----------------------------------------------------------------------------------------------------------


def two_users(api: Api) -> Any:
    items = [{"id": str(number), "method": "GET", "url": f"/users/user0{number}@contoso.example"} for number in (1, 2)]
    return api("POST", "/v1.0/$batch", {"requests": items})


@pytest.mark.parametrize("way", sorted(BATCHES))
def test_answers_of_a_batch_in_every_disorder(api: Api, way: str) -> None:
    ordered = [item["id"] for item in two_users(api).body["responses"]]
    fault(api, "batch", batch=way)
    answers = two_users(api).body["responses"]
    if way == "doubled":
        assert len(answers) == 4
    elif "missing" in way:
        assert len(answers) == 1
    elif way != "reversed":
        assert answers != ordered


def test_one_item_of_a_batch_has_another_shape(api: Api) -> None:
    fault(api, "user02", alter="null")
    found = {item["id"]: item for item in two_users(api).body["responses"]}
    assert found["1"]["body"]["id"]
    assert found["2"]["body"] != found["1"]["body"]


# -- somebody else -----------------------------------------------------------------------------------------------------


def test_object_is_deleted_just_before_a_write(api: Api) -> None:
    app = api.made(APPS, ios_app())
    operation = {"op": "delete", "collection": "deviceAppManagement/mobileApps", "id": "{id}"}
    api.emulator.faults(
        {"match": {"method": "PATCH", "path": "mobileApps/(?P<id>[^/?]+)"}, "action": {"before": [operation]}}
    )
    assert api("PATCH", f"{APPS}/{app['id']}", {"@odata.type": app["@odata.type"], "notes": "x"}).status == 404


def test_another_writer_assigns_just_before(api: Api) -> None:
    app = api.made(APPS, ios_app())
    other = app_assignment(target("allDevices"), "available")
    operation = {
        "op": "assign",
        "collection": "deviceAppManagement/mobileApps",
        "id": "{id}",
        "assignments": [other],
    }
    match = {"method": "GET", "path": "mobileApps/(?P<id>[^/?]+)"}
    api.emulator.faults({"match": match, "times": 1, "action": {"after": [operation]}})
    assert api.get(f"{APPS}/{app['id']}?$expand=assignments").body["assignments"] == []
    assert len(api.get(f"{APPS}/{app['id']}?$expand=assignments").body["assignments"]) == 1


def test_a_twin_creates_the_object_twice(api: Api) -> None:
    api.emulator.faults({"match": {"method": "POST", "path": "mobileApps$"}, "action": {"twin": True}})
    api.made(APPS, ios_app())
    assert len(api.all(APPS)) == 2


@pytest.mark.parametrize("word", ["alter", "link", "batch"])
def test_unknown_ways_are_refused(api: Api, word: str) -> None:
    with pytest.raises(RuntimeError, match="is none of the values"):
        fault(api, "organization", **{word: "in an unknown way"})


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
