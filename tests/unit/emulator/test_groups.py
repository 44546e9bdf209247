# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups, their members and owners, as the directory treats them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.emulator.api import ADVANCED, Api, group_body

UPSERT = {"Prefer": "create-if-missing"}


@pytest.mark.parametrize("missing", ["displayName", "mailEnabled", "mailNickname", "securityEnabled"])
def test_four_properties_are_required(api: Api, missing: str) -> None:
    body = {key: value for key, value in group_body("x").items() if key != missing}
    answer = api("POST", "/v1.0/groups", body)
    assert (answer.status, answer.code) == (400, "Request_BadRequest")
    assert missing in answer.message


@pytest.mark.parametrize(
    "change",
    [
        {"mailNickname": "with space"},
        {"mailNickname": "a" * 65},
        {"mailNickname": "a@b"},
        {"mailNickname": "Ä"},
        {"displayName": "x" * 257},
        {"description": ""},
        {"mailEnabled": True},
        {"securityEnabled": False},
        {"groupTypes": ["Dynamic"]},
        {"groupTypes": None},
        {"membershipRule": "(user.department -eq 1)"},
        {"groupTypes": ["DynamicMembership"]},
        {"groupTypes": ["DynamicMembership"], "membershipRule": "(device.deviceOSType -eq 1)"},
        {
            "groupTypes": ["DynamicMembership"],
            "membershipRule": "(device.a -eq 1) or (user.b -eq 1)",
            "membershipRuleProcessingState": "On",
        },
        {
            "groupTypes": ["DynamicMembership"],
            "membershipRule": "(device.a -eq 1)",
            "membershipRuleProcessingState": "on",
        },
        {"id": "11111111-1111-1111-1111-111111111111"},
        {"uniqueName": "x"},
        {"unknownThing": 1},
        {"members": []},
    ],
)
def test_group_that_does_not_fit_is_refused(api: Api, change: dict[str, Any]) -> None:
    assert api("POST", "/v1.0/groups", group_body("x") | change).status == 400
    assert api.all("/v1.0/groups") == []


def test_names_are_not_unique(api: Api) -> None:
    first, second = api.group("Same"), api.group("same")
    assert first["id"] != second["id"]
    assert len(api.all("/v1.0/groups?$filter=displayName eq 'SAME'")) == 2


def test_patch_and_delete_answer_without_a_body(api: Api) -> None:
    group = api.group()
    answer = api("PATCH", f"/v1.0/groups/{group['id']}", {"description": "d"})
    assert (answer.status, answer.text) == (204, "")
    assert api.get(f"/v1.0/groups/{group['id'].upper()}").body["description"] == "d"
    assert api("DELETE", f"/v1.0/groups/{group['id']}").status == 204
    assert api.get(f"/v1.0/groups/{group['id']}").status == 404
    assert api("DELETE", f"/v1.0/groups/{group['id']}").code == "Request_ResourceNotFound"


def test_security_groups_are_deleted_softly(api: Api) -> None:
    group = api.group()
    api("DELETE", f"/v1.0/groups/{group['id']}")
    deleted = api.get("/v1.0/directory/deletedItems/microsoft.graph.group").value
    assert [item["id"] for item in deleted] == [group["id"]]
    assert deleted[0]["deletedDateTime"]
    assert api("POST", f"/v1.0/directory/deletedItems/{group['id']}/restore").status == 200
    assert api.get(f"/v1.0/groups/{group['id']}").body["deletedDateTime"] is None
    api("DELETE", f"/v1.0/groups/{group['id']}")
    assert api("DELETE", f"/v1.0/directory/deletedItems/{group['id']}").status == 204
    assert api.get("/v1.0/directory/deletedItems/microsoft.graph.group").value == []


def test_upsert_by_unique_name_never_makes_two(api: Api) -> None:
    path = "/v1.0/groups(uniqueName='harmony-ios')"
    assert api("PATCH", path, group_body("A")).status == 404
    first = api("PATCH", path, group_body("A"), UPSERT)
    second = api("PATCH", path, group_body("B") | {"mailNickname": "other"}, UPSERT)
    assert (first.status, second.status) == (201, 204)
    assert first.body["uniqueName"] == "harmony-ios"
    assert [group["displayName"] for group in api.all("/v1.0/groups")] == ["B"]
    assert api.get(path).body["id"] == first.body["id"]
    assert api("PATCH", path, {"displayName": "C"}).status == 204


def test_member_is_added_once(api: Api) -> None:
    group, user = api.group(), api.user()
    path = f"/v1.0/groups/{group['id']}/members"
    assert api("POST", f"{path}/$ref", api.reference(user["id"])).status == 204
    again = api("POST", f"{path}/$ref", api.reference(user["id"].upper()))
    assert (again.status, again.message) == (
        400,
        "One or more added object references already exist for the following modified properties: 'members'.",
    )
    member = api.get(path).value[0]
    assert (member["@odata.type"], member["userPrincipalName"]) == ("#microsoft.graph.user", "user01@contoso.example")
    assert api("DELETE", f"{path}/{user['id']}/$ref").status == 204
    assert api("DELETE", f"{path}/{user['id']}/$ref").status == 404


def test_reference_must_name_an_object_of_the_same_root(api: Api) -> None:
    group, user = api.group(), api.user()
    path = f"/v1.0/groups/{group['id']}/members/$ref"
    assert api("POST", path, api.reference("11111111-1111-1111-1111-111111111111")).status == 404
    for url in (
        f"https://graph.microsoft.com/v1.0/directoryObjects/{user['id']}",
        f"{api.root}/v1.0/directoryObjects/",
        f"{api.root}/v1.0/sites/{user['id']}",
        user["id"],
        None,
    ):
        assert api("POST", path, {"@odata.id": url}).status == 400
    assert api("POST", path, {"@odata.id": api.reference(user["id"])["@odata.id"], "x": 1}).status == 400
    assert api("POST", f"/v1.0/groups/{group['id']}/members/$ref", api.reference(group["id"])).status == 400


def test_many_members_are_added_all_or_none(api: Api) -> None:
    group = api.group()
    urls = [api.reference(api.user(number)["id"])["@odata.id"] for number in range(1, 6)]
    path = f"/v1.0/groups/{group['id']}"
    assert api("PATCH", path, {"members@odata.bind": urls[:2]}).status == 204
    assert api("PATCH", path, {"members@odata.bind": urls[1:]}).status == 400
    assert (
        api(
            "PATCH",
            path,
            {
                "members@odata.bind": [
                    *urls[2:],
                    f"{api.root}/v1.0/directoryObjects/11111111-1111-1111-1111-111111111111",
                ]
            },
        ).status
        == 404
    )
    assert len(api.all(f"{path}/members")) == 2
    assert "limit of 20" in api("PATCH", path, {"members@odata.bind": urls[2:] * 7}).message
    assert api("PATCH", path, {"members@odata.bind": urls[2:]}).status == 204
    assert len(api.all(f"{path}/members?$top=2")) == 5


def test_devices_and_groups_are_members_too(api: Api) -> None:
    outer, inner = api.group("Outer"), api.group("Inner")
    device = api.get("/v1.0/devices?$top=1").value[0]
    for group, member in ((outer, inner["id"]), (inner, device["id"]), (inner, api.user()["id"])):
        assert api("POST", f"/v1.0/groups/{group['id']}/members/$ref", api.reference(member)).status == 204
    path = f"/v1.0/groups/{outer['id']}"
    assert [item["@odata.type"] for item in api.all(f"{path}/members")] == ["#microsoft.graph.group"]
    assert len(api.all(f"{path}/transitiveMembers")) == 3
    cast = f"{path}/transitiveMembers/microsoft.graph.device?$select=id,deviceId"
    assert api.get(cast).code == "Request_UnsupportedQuery"
    assert api.all(f"{cast}&$count=true", ADVANCED) == [{"id": device["id"], "deviceId": device["deviceId"]}]
    assert {item["displayName"] for item in api.all(f"/v1.0/devices/{device['id']}/transitiveMemberOf")} == {
        "Inner",
        "Outer",
    }
    assert [item["displayName"] for item in api.all(f"/v1.0/users/{api.user()['id']}/memberOf")] == ["Inner"]


def test_last_owner_stays(api: Api) -> None:
    owners = [api.user(1)["id"], api.user(2)["id"]]
    binds: dict[str, Any] = {"owners@odata.bind": [api.reference(item)["@odata.id"] for item in owners]}
    group = api.group(**binds)
    path = f"/v1.0/groups/{group['id']}/owners"
    assert len(api.all(path)) == 2
    assert api("DELETE", f"{path}/{owners[0]}/$ref").status == 204
    assert api("DELETE", f"{path}/{owners[1]}/$ref").status == 400
    device = api.get("/v1.0/devices?$top=1").value[0]
    assert api("POST", f"{path}/$ref", api.reference(device["id"])).status == 400


def test_dynamic_group_takes_no_member_by_hand(api: Api) -> None:
    rule: dict[str, Any] = {
        "groupTypes": ["DynamicMembership"],
        "membershipRule": '(device.deviceOSType -eq "iPhone")',
        "membershipRuleProcessingState": "On",
    }
    group = api.group(**rule)
    path = f"/v1.0/groups/{group['id']}"
    assert api("POST", f"{path}/members/$ref", api.reference(api.user()["id"])).status == 400
    assert api("PATCH", path, {"members@odata.bind": [api.reference(api.user()["id"])["@odata.id"]]}).status == 400
    assert api("PATCH", path, {"membershipRuleProcessingState": "Paused"}).status == 204
    assert api("PATCH", path, {"membershipRule": ""}).status == 400
    assert api("PATCH", path, {"groupTypes": []}).status == 204
    assert api.get(path).body["membershipRule"] is None


def test_forgotten_ref_deletes_the_object(api: Api) -> None:
    group = api.group()
    device = api.get("/v1.0/devices?$top=1").value[0]
    api("POST", f"/v1.0/groups/{group['id']}/members/$ref", api.reference(device["id"]))
    assert api("DELETE", f"/v1.0/groups/{group['id']}/members/{device['id']}").status == 204
    assert api.get(f"/v1.0/devices/{device['id']}").status == 404


def test_select_shows_what_was_asked(api: Api) -> None:
    group = api.group()
    answer = api.get(f"/v1.0/groups/{group['id']}?$select=id,displayName")
    assert {key for key in answer.body if not key.startswith("@")} == {"id", "displayName"}
    assert api.get(f"/v1.0/groups/{group['id']}?$select=id,colour").status == 400
    assert "accessType" not in api.get(f"/v1.0/groups/{group['id']}").body


def test_objects_by_ids(api: Api) -> None:
    group, user = api.group(), api.user()
    body = {"ids": [group["id"], user["id"], "11111111-1111-1111-1111-111111111111"], "types": ["user", "group"]}
    found = api("POST", "/v1.0/directoryObjects/getByIds", body).value
    assert sorted(item["@odata.type"] for item in found) == ["#microsoft.graph.group", "#microsoft.graph.user"]
    assert api("POST", "/v1.0/directoryObjects/getByIds", {"ids": ["x"]}).status == 400
    assert api.get(f"/v1.0/directoryObjects/{group['id']}").body["@odata.type"] == "#microsoft.graph.group"
