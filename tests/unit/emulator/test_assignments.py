# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/assign`` and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.emulator.api import (
    APP_CONFIGURATIONS,
    APPS,
    FILTERS,
    IOS_FILTER,
    POLICIES,
    PROFILES,
    Api,
    app_assignment,
    compliance,
    ios_app,
    ios_vpn,
    target,
)

NOBODY = "11111111-1111-1111-1111-111111111111"


def assign(api: Api, app: dict[str, Any], *assignments: dict[str, Any]) -> Any:
    return api("POST", f"{APPS}/{app['id']}/assign", {"mobileAppAssignments": list(assignments)})


def assigned(api: Api, app: dict[str, Any]) -> list[dict[str, Any]]:
    return list(api.get(f"{APPS}/{app['id']}?$expand=assignments").body["assignments"])


def test_assign_replaces_everything(api: Api) -> None:
    app, first, second = api.made(APPS, ios_app()), api.group("A"), api.group("B")
    assert assign(api, app, app_assignment(target("group", groupId=first["id"]))).status == 204
    assert api.get(f"{APPS}/{app['id']}").body["isAssigned"] is True
    assert assign(api, app, app_assignment(target("group", groupId=second["id"].upper()), "available")).status == 204
    (only,) = assigned(api, app)
    assert only["target"]["groupId"] == second["id"]
    assert only["target"]["deviceAndAppManagementAssignmentFilterType"] == "none"
    assert only["id"] == f"{second['id']}_0_0"
    assert assign(api, app).status == 204
    assert assigned(api, app) == []


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ({"intent": "required"}, "target"),
        ({"intent": "required", "target": {"groupId": NOBODY}}, "@odata.type"),
        (app_assignment(target("group", groupId=NOBODY)), "not found"),
        (app_assignment(target("group", groupId="Harmony")), "object id"),
        (app_assignment(target("group")), "object id"),
        (app_assignment({"@odata.type": "#microsoft.graph.deviceAndAppManagementAssignmentTarget"}), "abstract"),
        (app_assignment(target("allDevices"), "mandatory"), "not found in enum"),
        (app_assignment(target("allDevices"), "available"), "all devices"),
        ({"target": target("allDevices")}, "intent"),
        (app_assignment(target("allDevices", deviceAndAppManagementAssignmentFilterId=IOS_FILTER)), "together"),
        (app_assignment(target("allDevices", deviceAndAppManagementAssignmentFilterType="include")), "together"),
        (
            app_assignment(
                target(
                    "allDevices",
                    deviceAndAppManagementAssignmentFilterId=NOBODY,
                    deviceAndAppManagementAssignmentFilterType="include",
                )
            ),
            "does not exist",
        ),
        (app_assignment(target("allDevices", groupId=NOBODY)), "does not exist on type"),
        (app_assignment(target("allDevices"), settings={"isRemovable": True}), "@odata.type"),
        (
            app_assignment(
                target("allDevices"), settings={"@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings"}
            ),
            "do not fit",
        ),
        (
            app_assignment(
                target("allDevices"),
                settings={
                    "@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings",
                    "vpnConfigurationId": NOBODY,
                },
            ),
            "vpnConfigurationId",
        ),
        (app_assignment(target("allDevices"), sourceId="x"), "read-only"),
        (app_assignment(target("allDevices"), priority=1), "does not exist on type"),
    ],
)
def test_assignment_that_does_not_fit_leaves_everything_as_it_was(
    api: Api, assignment: dict[str, Any], said: str
) -> None:
    app, group = api.made(APPS, ios_app()), api.group()
    assign(api, app, app_assignment(target("group", groupId=group["id"])))
    before = assigned(api, app)
    answer = assign(api, app, assignment)
    assert answer.status == 400
    assert said in answer.message
    assert assigned(api, app) == before


@pytest.mark.parametrize(
    "body", [{"assignments": []}, {}, {"mobileAppAssignments": None}, {"mobileAppAssignments": [], "x": 1}]
)
def test_app_assignments_have_their_own_key(api: Api, body: dict[str, Any]) -> None:
    app = api.made(APPS, ios_app())
    assert api("POST", f"{APPS}/{app['id']}/assign", body).status == 400


def test_second_assignment_to_the_same_target_is_ignored(api: Api) -> None:
    app, group = api.made(APPS, ios_app()), api.group()
    goal = target("group", groupId=group["id"])
    assert (
        assign(
            api,
            app,
            app_assignment(goal),
            app_assignment(goal, "uninstall"),
            app_assignment(target("exclusionGroup", groupId=group["id"])),
        ).status
        == 204
    )
    assert [item["intent"] for item in assigned(api, app)] == ["required"]


def test_exclusion_has_the_intent_of_an_inclusion_and_no_filter(api: Api) -> None:
    app, included, excluded = api.made(APPS, ios_app()), api.group("A"), api.group("B")
    inclusion = app_assignment(target("group", groupId=included["id"]))
    assert (
        assign(
            api, app, inclusion, app_assignment(target("exclusionGroup", groupId=excluded["id"]), "available")
        ).status
        == 400
    )
    assert assign(api, app, inclusion, app_assignment(target("exclusionGroup", groupId=excluded["id"]))).status == 204
    filtered = target(
        "exclusionGroup",
        groupId=excluded["id"],
        deviceAndAppManagementAssignmentFilterId=IOS_FILTER,
        deviceAndAppManagementAssignmentFilterType="include",
    )
    assert "exclusion" in assign(api, app, inclusion, app_assignment(filtered)).message


def test_filter_in_use_cannot_be_deleted(api: Api) -> None:
    app = api.made(APPS, ios_app())
    goal = target(
        "allDevices",
        deviceAndAppManagementAssignmentFilterId=IOS_FILTER.upper(),
        deviceAndAppManagementAssignmentFilterType="exclude",
    )
    assert assign(api, app, app_assignment(goal)).status == 204
    assert assigned(api, app)[0]["target"]["deviceAndAppManagementAssignmentFilterId"] == IOS_FILTER
    assert api("DELETE", f"{FILTERS}/{IOS_FILTER}").status == 400
    assert assign(api, app).status == 204
    assert api("DELETE", f"{FILTERS}/{IOS_FILTER}").status == 204


def test_vpn_profile_of_an_app_assignment(api: Api) -> None:
    app, profile = api.made(APPS, ios_app()), api.made(PROFILES, ios_vpn())
    settings = {"@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings", "vpnConfigurationId": profile["id"]}
    assert assign(api, app, app_assignment(target("allLicensedUsers"), settings=settings)).status == 204
    assert assigned(api, app)[0]["settings"]["vpnConfigurationId"] == profile["id"]
    assert api("DELETE", f"{PROFILES}/{profile['id']}").status == 400


def test_profiles_and_policies_return_the_new_list(api: Api) -> None:
    group = api.group()
    for path, body in ((PROFILES, ios_vpn()), (POLICIES, compliance())):
        made = api.made(path, body)
        answer = api(
            "POST", f"{path}/{made['id']}/assign", {"assignments": [{"target": target("group", groupId=group["id"])}]}
        )
        assert (answer.status, len(answer.value)) == (200, 1)
        assert answer.value[0]["id"] == f"{made['id']}_{group['id']}"
        assert api("POST", f"{path}/{made['id']}/assign", {"mobileAppAssignments": []}).status == 400
        assert api("POST", f"{path}/{made['id']}/assign", {"assignments": []}).value == []


def test_app_configurations_answer_without_a_body(api: Api) -> None:
    app = api.made(APPS, ios_app())
    body = {
        "@odata.type": "#microsoft.graph.iosMobileAppConfiguration",
        "displayName": "C",
        "targetedMobileApps": [app["id"]],
    }
    made = api.made(APP_CONFIGURATIONS, body)
    path = f"{APP_CONFIGURATIONS}/{made['id']}"
    assert api("POST", f"{path}/assign", {"assignments": [{"target": target("allDevices")}]}).status == 204
    assert [item["target"]["@odata.type"] for item in api.get(f"{path}/assignments").value] == [
        "#microsoft.graph.allDevicesAssignmentTarget"
    ]


def test_assignments_are_added_and_removed_one_by_one(api: Api) -> None:
    app, group = api.made(APPS, ios_app()), api.group()
    path = f"{APPS}/{app['id']}/assignments"
    made = api.made(path, app_assignment(target("group", groupId=group["id"])))
    assert api("POST", path, app_assignment(target("group", groupId=group["id"]))).status == 400
    assert api.get(f"{path}/{made['id']}").body["intent"] == "required"
    assert api("DELETE", f"{path}/{made['id']}").status == 204
    assert api.get(f"{path}/{made['id']}").status == 404


def test_long_list_is_expanded_only_in_part(api: Api) -> None:
    app = api.made(APPS, ios_app())
    groups = [api.group(f"Group {number}") for number in range(23)]
    assert assign(api, app, *(app_assignment(target("group", groupId=group["id"])) for group in groups)).status == 204
    body = api.get(f"{APPS}/{app['id']}?$expand=assignments").body
    assert len(body["assignments"]) == 20
    rest = api.all(body["assignments@odata.nextLink"])
    assert len({item["id"] for item in body["assignments"] + rest}) == 23
    assert [item["target"]["groupId"] for item in body["assignments"]] != [group["id"] for group in groups][:20]


def test_an_assignment_of_the_portal_is_kept_as_it_is(api: Api) -> None:
    app, group = api.made(APPS, ios_app()), api.group()
    entry = app_assignment(target("group", groupId=group["id"]), source="policySets", sourceId="a-policy-set")
    api.emulator.seed(
        {"op": "assign", "collection": "deviceAppManagement/mobileApps", "id": app["id"], "assignments": [entry]}
    )
    (only,) = assigned(api, app)
    assert (only["source"], only["sourceId"]) == ("policySets", "a-policy-set")
