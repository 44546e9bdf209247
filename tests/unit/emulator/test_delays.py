# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling, and what is not visible, published or unlocked at once."""

from __future__ import annotations

from tests.unit.emulator.api import (
    APPS,
    CONNECTORS,
    FILTERS,
    IOS_FILTER,
    JSON,
    PROFILES,
    Api,
    app_assignment,
    batch,
    group_body,
    held,
    ios_app,
    target,
)


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
