# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service principals, app role assignments and permission grants, as a plain client meets them."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.emulator.principals import GRAPH_APP_ID, INTUNE_APP_ID, PARTNER_APP_ID
from tests.emulator.settings import CLIENT_ID, DEFAULT_PERMISSIONS
from tests.unit.emulator.api import Api, token

ADMIN = [
    *DEFAULT_PERMISSIONS,
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
]
APPS_WRITE = "78145de6-330d-4800-a6ce-494ff2d33d07"
HEALTH = "a5438881-186a-48f0-bc41-a93ae8a195fe"


def permitted(api: Api, *permissions: str) -> Api:
    """A client whose new token has these roles."""
    api.emulator.settings(permissions=list(permissions))
    try:
        return Api(api.emulator)
    finally:
        api.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))


@pytest.fixture
def admin(api: Api) -> Api:
    return permitted(api, *ADMIN)


def principal(api: Api, app_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(
        f"/v1.0/servicePrincipals(appId='{app_id}')?$select=id,appId,appRoles,oauth2PermissionScopes"
    ).body
    return found


def test_a_principal_is_found_by_its_application_id_with_its_roles(api: Api) -> None:
    graph = principal(api, GRAPH_APP_ID)
    assert {"value": "DeviceManagementApps.ReadWrite.All", "id": APPS_WRITE}.items() <= next(
        role for role in graph["appRoles"] if role["id"] == APPS_WRITE
    ).items()
    (listed,) = api.get(f"/v1.0/servicePrincipals?$filter=appId eq '{GRAPH_APP_ID}'&$select=id,appId").value
    assert listed == {"id": graph["id"], "appId": GRAPH_APP_ID}
    assert HEALTH in {role["id"] for role in principal(api, INTUNE_APP_ID)["appRoles"]}
    assert api.get(f"/v1.0/servicePrincipals(appId='{PARTNER_APP_ID}')").status == 404


def test_a_role_is_assigned_once_and_taken_away_and_tokens_keep_what_they_had(admin: Api) -> None:
    own, graph = principal(admin, CLIENT_ID), principal(admin, GRAPH_APP_ID)
    role = next(item["id"] for item in graph["appRoles"] if item["value"] == "DeviceManagementRBAC.ReadWrite.All")
    body = {"principalId": own["id"], "resourceId": graph["id"], "appRoleId": role}
    before = token(admin.emulator)["access_token"]
    made = admin.made(f"/v1.0/servicePrincipals/{own['id']}/appRoleAssignments", body)
    again = admin("POST", f"/v1.0/servicePrincipals/{graph['id']}/appRoleAssignedTo", body)
    assert (again.status, again.code) == (400, "Request_BadRequest")
    assert "Permission being assigned already exists" in again.message
    after = token(admin.emulator)["access_token"]
    roles = [set(jwt.decode(text, options={"verify_signature": False})["roles"]) for text in (before, after)]
    assert roles[1] - roles[0] == {"DeviceManagementRBAC.ReadWrite.All"}
    assert made["id"] in {item["id"] for item in admin.all(f"/v1.0/servicePrincipals/{own['id']}/appRoleAssignments")}
    path = f"/v1.0/servicePrincipals/{own['id']}/appRoleAssignments/{made['id']}"
    assert [admin("DELETE", path).status for _attempt in range(2)] == [204, 404]


def test_what_is_wrong_with_an_assignment_is_refused(admin: Api) -> None:
    own, graph = principal(admin, CLIENT_ID), principal(admin, GRAPH_APP_ID)
    path = f"/v1.0/servicePrincipals/{own['id']}/appRoleAssignments"
    good = {"principalId": own["id"], "resourceId": graph["id"], "appRoleId": APPS_WRITE}
    for change in ({"appRoleId": HEALTH}, {"principalId": graph["id"]}, {"principalType": "User"}, {"unknown": "x"}):
        assert admin("POST", path, {**good, **change}).status == 400, change
    assert admin("POST", path, {"principalId": own["id"]}).status == 400
    assert admin("POST", path, {**good, "resourceId": "00000000-1111-2222-3333-444444444444"}).status == 404
    for lacking in ("AppRoleAssignment.ReadWrite.All", "Application"):
        left = [name for name in ADMIN if not name.startswith((lacking, "Directory"))]
        assert permitted(admin, *left)("POST", path, good).status == 403


def test_the_principal_of_a_partners_application_is_made_once(admin: Api) -> None:
    made = admin.made("/v1.0/servicePrincipals", {"appId": PARTNER_APP_ID})
    again = admin("POST", "/v1.0/servicePrincipals", {"appId": PARTNER_APP_ID})
    assert (again.status, again.code) == (409, "Request_MultipleObjectsWithSameKeyValue")
    unknown = admin("POST", "/v1.0/servicePrincipals", {"appId": "00000000-1111-2222-3333-444444444444"})
    assert (unknown.status, "does not reference a valid application object" in unknown.message) == (400, True)
    intune = principal(admin, INTUNE_APP_ID)
    body = {"principalId": made["id"], "resourceId": intune["id"], "appRoleId": HEALTH}
    assert (
        admin.made(f"/v1.0/servicePrincipals/{made['id']}/appRoleAssignments", body)["resourceDisplayName"]
        == "Microsoft Intune API"
    )
    assert admin.emulator.state()["applications"][PARTNER_APP_ID]["app_roles"] == ["update_device_health"]


def test_delegated_permissions_are_one_text_for_each_client_and_resource(admin: Api) -> None:
    own, graph = principal(admin, CLIENT_ID), principal(admin, GRAPH_APP_ID)
    body = {
        "clientId": own["id"],
        "consentType": "AllPrincipals",
        "resourceId": graph["id"],
        "scope": "User.Read Directory.Read.All",
    }
    made = admin.made("/v1.0/oauth2PermissionGrants", body)
    assert admin("POST", "/v1.0/oauth2PermissionGrants", body).status == 409
    path = f"/v1.0/oauth2PermissionGrants/{made['id']}"
    assert admin("PATCH", path, {"scope": ""}).status == 400
    assert admin("PATCH", path, {"clientId": own["id"]}).status == 400
    assert admin("PATCH", path, {"scope": "User.Read"}).status == 204
    (found,) = admin.get(f"/v1.0/servicePrincipals/{own['id']}/oauth2PermissionGrants").value
    assert found["scope"] == "User.Read"
    (found,) = admin.get(
        f"/v1.0/oauth2PermissionGrants?$filter=clientId eq '{own['id']}' and resourceId eq '{graph['id']}'"
    ).value
    assert admin("POST", "/v1.0/oauth2PermissionGrants", {**body, "consentType": "Principal"}).status == 400
    assert [admin("DELETE", path).status for _attempt in range(2)] == [204, 404]


def test_the_organization_says_what_is_licensed(api: Api) -> None:
    (found,) = api.get("/beta/organization?$select=id,displayName,mobileDeviceManagementAuthority,assignedPlans").value
    assert found["mobileDeviceManagementAuthority"] == "intune"
    assert [plan["capabilityStatus"] for plan in found["assignedPlans"]] == ["Enabled"]
