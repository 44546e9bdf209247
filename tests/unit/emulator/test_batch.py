# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A $batch: each item gets its own answer, and a malformed one is refused as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.emulator.api import (
    JSON,
    Api,
    batch,
    get,
    group_body,
)


def test_batch_answers_every_item_by_itself(api: Api) -> None:
    items = [get(str(number), f"/users/user{number:02d}@contoso.example?$select=id") for number in range(1, 16)]
    answer = batch(api, *items, get("none", "/groups/11111111-1111-1111-1111-111111111111"))
    assert answer.status == 200
    responses = answer.body["responses"]
    assert {item["id"]: item["status"] for item in responses} == {str(number): 200 for number in range(1, 16)} | {
        "none": 404
    }
    assert [item["id"] for item in responses] != [item["id"] for item in items] + ["none"]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [get(str(number), "/users") for number in range(21)],
        [get("a", "/users"), get("A", "/groups")],
        [{"id": "1", "method": "GET"}],
        [{"id": 1, "method": "GET", "url": "/users"}],
        [get("1", "/v1.0/users")],
        [get("1", "//users")],
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
