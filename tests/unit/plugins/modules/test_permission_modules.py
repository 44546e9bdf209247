# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Granting and revoking permissions, comparing them, and looking at the tenant, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions, ObjectNotFound
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import Forbidden, IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import STEPS
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.emulator.principals import PARTNER_APP_ID
from tests.emulator.settings import CLIENT_ID, DEFAULT_PERMISSIONS, TENANT_ID, Settings
from tests.unit.plugins.modules.in_process import Tenant

ADMIN = [
    *DEFAULT_PERMISSIONS,
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
]
ONE_CLICK_ROLES = [
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Group.Create",
    "Group.ReadWrite.All",
]
ONE_CLICK_SCOPES = [
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
]
STEADY_ROLES = ["DeviceManagementManagedDevices.Read.All", "Directory.Read.All"]
STEADY_SCOPES = [
    "Directory.AccessAsUser.All",
    "Directory.Read.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "User.Read",
]
GRANTING_SCOPES = ["DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"]
HEALTH = "update_device_health"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=1, users=3) as running:
        yield running


@pytest.fixture
def tenant(emulator: Emulator) -> Tenant:
    emulator.settings(eventual=0, permissions=ADMIN)
    emulator.reset()
    return Tenant(emulator)


def held(tenant: Tenant, app_id: str = PARTNER_APP_ID) -> dict[str, Any]:
    found: dict[str, Any] = tenant.emulator.state()["applications"][app_id]
    return found


def writes(tenant: Tenant) -> list[str]:
    journal = [entry for entry in tenant.emulator.journal() if not entry["path"].endswith(("/token", "/$batch"))]
    return [f"{entry['method']} {entry['path']}" for entry in journal if entry["method"] != "GET"]


def partner(tenant: Tenant, **granted: Any) -> None:
    tenant.emulator.seed({"op": "application", "app_id": PARTNER_APP_ID, "name": "Partner", **granted})


# -- granting ------------------------------------------------------------------------------------------------


def test_a_partner_is_let_in_and_may_write_the_threat_state(tenant: Tenant) -> None:
    options: dict[str, Any] = {"app_id": PARTNER_APP_ID, "api": "Microsoft Intune API", "permissions": [HEALTH]}
    with pytest.raises(ObjectNotFound, match="create_service_principal"):
        tenant.run("intune_permission", **options)
    assert writes(tenant) == []
    predicted = tenant.run("intune_permission", check=True, create_service_principal=True, **options)
    assert writes(tenant) == []
    done = tenant.run("intune_permission", create_service_principal=True, **options)
    assert predicted["diff"] == done["diff"]
    assert predicted["granted"] == done["granted"] == ["Microsoft Intune API: update_device_health"]
    assert done["application"]["display_name"] == "Partner's mobile threat defense"
    assert held(tenant)["app_roles"] == [HEALTH]
    again = tenant.run("intune_permission", **options)
    assert (again["changed"], again["diff"]["before"]) == (False, again["diff"]["after"])
    assert again["graph_requests"] == 2
    found = tenant.run("intune_permission_info", app_id=PARTNER_APP_ID, sets=["device_health"])
    assert (found["sufficient"], found["missing"], found["excess"]) == (True, [], [])


@pytest.mark.parametrize("type_", [None, "application", "delegated"])
def test_permissions_of_both_types_are_granted_and_taken_away_again(tenant: Tenant, type_: str | None) -> None:
    partner(tenant, app_roles=["Directory.Read.All"], scopes=["User.Read"])
    before = held(tenant)
    options = {"app_id": PARTNER_APP_ID, "sets": ["onboarding"], **({"type": type_} if type_ else {})}
    tenant.settles("intune_permission", **options)
    expected_roles = (
        sorted([*STEADY_ROLES, *ONE_CLICK_ROLES, HEALTH]) if type_ != "delegated" else ["Directory.Read.All"]
    )
    expected_scopes = sorted([*STEADY_SCOPES, *ONE_CLICK_SCOPES]) if type_ != "application" else ["User.Read"]
    assert held(tenant) == {"app_roles": expected_roles, "scopes": expected_scopes}
    tenant.settles("intune_permission", **{**options, "sets": ["one_click"]}, state="absent")
    assert held(tenant) == {
        "app_roles": sorted(set(expected_roles) - set(ONE_CLICK_ROLES)),
        "scopes": sorted(set(expected_scopes) - set(ONE_CLICK_SCOPES)),
    }
    assert before["scopes"][0] in held(tenant)["scopes"]


def test_what_users_consented_to_for_themselves_goes_too(tenant: Tenant) -> None:
    partner(tenant, scopes=["DeviceManagementApps.ReadWrite.All"])
    partner(
        tenant, scopes=["DeviceManagementApps.ReadWrite.All", "User.Read"], user="11111111-2222-3333-4444-555555555555"
    )
    found = tenant.run("intune_permission_info", app_id=PARTNER_APP_ID, sets=["steady_state"])
    assert {entry["name"]: entry["consent"] for entry in found["granted"]} == {
        "DeviceManagementApps.ReadWrite.All": "admin",
        "User.Read": "user",
    }
    tenant.settles("intune_permission", app_id=PARTNER_APP_ID, sets=["one_click"], state="absent")
    assert held(tenant)["scopes"] == ["User.Read"]


def test_what_users_consented_to_for_themselves_is_granted_for_all(tenant: Tenant) -> None:
    partner(tenant, scopes=["User.Read"], user="11111111-2222-3333-4444-555555555555")
    options = {"app_id": PARTNER_APP_ID, "permissions": ["User.Read"], "type": "delegated"}
    tenant.settles("intune_permission", **options)
    found = tenant.run("intune_permission_info", app_id=PARTNER_APP_ID, sets=["steady_state"])
    assert {entry["name"]: entry["consent"] for entry in found["granted"]} == {"User.Read": "admin"}


def test_an_application_that_is_not_there_has_nothing_to_lose(tenant: Tenant) -> None:
    done = tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["one_click"], state="absent")
    assert (done["changed"], done["revoked"]) == (False, [])


def test_a_permission_is_given_by_its_id_too(tenant: Tenant) -> None:
    partner(tenant)
    done = tenant.run("intune_permission", app_id=PARTNER_APP_ID, permissions=["5AC13192-7ACE-4FCF-B828-1A26F28068EE"])
    assert done["granted"] == ["Microsoft Graph: DeviceManagementServiceConfig.ReadWrite.All"]


def test_two_runs_at_once_grant_once(tenant: Tenant) -> None:
    """The other run is first: between this run's reading and its writing the permission is granted."""
    partner(tenant)
    tenant.emulator.faults(
        {"match": {"method": "POST", "path": "/appRoleAssignments$"}, "nth": 1, "action": {"drop_after_execute": True}},
        {
            "match": {"method": "POST", "path": "/oauth2PermissionGrants$"},
            "nth": 1,
            "action": {"drop_after_execute": True},
        },
    )
    done = tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"])
    assert (done["changed"], done["warnings"]) == (True, [])
    assert len(held(tenant)["app_roles"]) == 2
    assert len(held(tenant)["scopes"]) == 3


def test_a_grant_that_shows_late_is_waited_for(tenant: Tenant) -> None:
    tenant.emulator.settings(eventual=300)
    tenant.emulator.clock(hold=True, per_request=0.1)
    done = tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"], create_service_principal=True)
    assert done["warnings"] == []
    assert not tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"])["changed"]
    done = tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"], state="absent")
    assert done["warnings"] == []
    assert not tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"], state="absent")["changed"]


def test_what_the_login_grants_itself_or_loses_shows_in_the_next_task(tenant: Tenant, tmp_path: Any) -> None:
    tenant.credentials["token_cache"] = str(tmp_path / "tokens")
    own: dict[str, Any] = {"app_id": CLIENT_ID, "permissions": ["DeviceManagementRBAC.Read.All"]}
    tenant.emulator.settings(permissions=[name for name in ADMIN if name != "DeviceManagementRBAC.Read.All"])
    tenant.run("intune_permission", **own)
    held_by: dict[str, Any] = {"permissions": ["DeviceManagementRBAC.Read.All"]}
    before = len([entry for entry in tenant.emulator.journal() if entry["path"].endswith("/token")])
    assert tenant.run("intune_permission_info", **held_by)["sufficient"]
    assert before == len([entry for entry in tenant.emulator.journal() if entry["path"].endswith("/token")])
    tenant.run("intune_permission", **own, state="absent")
    assert not tenant.run("intune_permission_info", **held_by)["sufficient"]
    shown = [entry["name"] for entry in tenant.run("intune_permission_info")["granted"]]
    assert "DeviceManagementRBAC.Read.All" not in shown


def test_scopes_that_another_run_overwrites_are_granted_again_and_its_own_stay(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "VISIBLE_WITHIN", 0.1)
    partner(tenant, scopes=["User.Read"])
    patch, sent = GraphSession.patch, []

    def overwritten(session: GraphSession, path: str, *args: Any, **options: Any) -> Any:
        answer = patch(session, path, *args, **options)
        sent.append(path)
        if len(sent) == 1:
            patch(session, path, {"scope": "User.Read Directory.AccessAsUser.All"}, version="v1.0")
        return answer

    monkeypatch.setattr(GraphSession, "patch", overwritten)
    options: dict[str, Any] = {"app_id": PARTNER_APP_ID, "type": "delegated", "permissions": ["GroupMember.Read.All"]}
    done = tenant.run("intune_permission", **options)
    assert (done["changed"], done["warnings"]) == (True, [])
    assert held(tenant)["scopes"] == ["Directory.AccessAsUser.All", "GroupMember.Read.All", "User.Read"]


# -- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"permissions": ["No.Such.Permission"]}, "No.Such.Permission"),
        ({"permissions": ["No.Such.Permission"], "state": "absent"}, "No.Such.Permission"),
        ({"permissions": [HEALTH]}, "Microsoft Graph"),
        ({"permissions": ["x"], "api": "11111111-2222-3333-4444-555555555555"}, "has no service principal"),
        ({"permissions": ["x"], "api": "Exchange"}, "Exchange"),
        ({"sets": ["device_health"], "type": "delegated"}, "Nothing to grant"),
        ({"permissions": ["User.Read.All"], "app_id": "contoso"}, "contoso"),
    ],
)
def test_what_cannot_be_meant_is_refused(tenant: Tenant, options: dict[str, Any], said: str) -> None:
    partner(tenant)
    with pytest.raises((InvalidOptions, ObjectNotFound), match=said):
        tenant.run("intune_permission", **{"app_id": PARTNER_APP_ID, **options})
    assert writes(tenant) == []


def test_an_application_that_nobody_published_cannot_be_created(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "VISIBLE_WITHIN", 0.2)
    with pytest.raises(IntuneError, match="does not reference a valid application"):
        tenant.run(
            "intune_permission",
            app_id="00000000-1111-2222-3333-444444444444",
            sets=["device_health"],
            create_service_principal=True,
        )


def test_the_branch_one_sits_on_is_not_sawn_off(tenant: Tenant) -> None:
    with pytest.raises(IntuneError, match="AppRoleAssignment"):
        tenant.run(
            "intune_permission",
            app_id=CLIENT_ID,
            permissions=["AppRoleAssignment.ReadWrite.All", "Group.ReadWrite.All"],
            state="absent",
        )
    assert writes(tenant) == []
    # Directory.Read.All does as well, so this one may go.
    done = tenant.run("intune_permission", app_id=CLIENT_ID, permissions=["Application.ReadWrite.All"], state="absent")
    assert done["revoked"] == ["Microsoft Graph: Application.ReadWrite.All"]
    with pytest.raises(IntuneError, match=r"Directory\.Read\.All"):
        tenant.run("intune_permission", app_id=CLIENT_ID, permissions=["Directory.Read.All"], state="absent")


@pytest.mark.parametrize("lacking", ["AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"])
def test_a_login_that_may_not_grant_everything_grants_nothing(tenant: Tenant, lacking: str) -> None:
    partner(tenant)
    tenant.emulator.settings(permissions=[name for name in ADMIN if name != lacking])
    with pytest.raises(IntuneError, match=lacking):
        tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"])
    assert writes(tenant) == []
    assert tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"], check=True)["changed"]


# -- comparing -----------------------------------------------------------------------------------------------


def test_the_token_tells_what_is_granted_missing_and_too_much_without_a_request(tenant: Tenant) -> None:
    tenant.emulator.settings(permissions=["GroupMember.Read.All", "DeviceManagementApps.Read.All", "Mail.Send"])
    found = tenant.run("intune_permission_info", modules=["intune_app_config", "mobilesec.intune.intune_group_info"])
    assert found["graph_requests"] == 0
    assert (found["source"], found["known"], found["sufficient"], found["tenant_id"]) == (
        "token",
        True,
        False,
        TENANT_ID,
    )
    assert found["application"]["app_id"] == CLIENT_ID
    assert [entry["name"] for entry in found["granted"]] == [
        "DeviceManagementApps.Read.All",
        "GroupMember.Read.All",
        "Mail.Send",
    ]
    assert [(entry["name"], entry["access"]) for entry in found["missing"]] == [
        ("DeviceManagementApps.ReadWrite.All", "write"),
        ("DeviceManagementConfiguration.Read.All", "read"),
    ]
    assert found["missing"][0]["needed_for"] == ["manage apps and app configurations"]
    assert found["missing"][0]["id"] == "78145de6-330d-4800-a6ce-494ff2d33d07"
    assert "admin consent" in found["missing"][0]["fix"]
    assert [entry["name"] for entry in found["excess"]] == ["Mail.Send"]


def test_an_own_list_and_the_vendors_sets_are_compared(tenant: Tenant) -> None:
    tenant.emulator.settings(permissions=STEADY_ROLES)
    assert tenant.run("intune_permission_info", sets=["steady_state", "device_sync"])["sufficient"]
    found = tenant.run("intune_permission_info", sets=["onboarding"])
    assert [entry["name"] for entry in found["missing"]] == [name for name in ONE_CLICK_ROLES if name != "Group.Create"]
    found = tenant.run("intune_permission_info", permissions=["directory.read.all", "Mail.Send"])
    assert [entry["name"] for entry in found["missing"]] == ["Mail.Send"]
    with pytest.raises(InvalidOptions, match="intune_nothing"):
        tenant.run("intune_permission_info", modules=["intune_nothing"])


def test_the_login_of_a_user_may_revoke_what_only_the_application_needs(tenant: Tenant) -> None:
    scopes = ["AppRoleAssignment.ReadWrite.All", "Application.Read.All", *GRANTING_SCOPES]
    tenant.emulator.seed({"op": "application", "app_id": CLIENT_ID, "scopes": scopes})
    tenant.credentials["access_token"] = tenant.emulator.user_token(client_id=CLIENT_ID, scopes=scopes)["token"]
    options: dict[str, Any] = {"app_id": CLIENT_ID, "state": "absent"}
    done = tenant.run("intune_permission", permissions=["AppRoleAssignment.ReadWrite.All"], **options)
    assert done["revoked"] == ["Microsoft Graph: AppRoleAssignment.ReadWrite.All"]
    with pytest.raises(IntuneError, match="this login needs it to revoke permissions"):
        tenant.run("intune_permission", permissions=GRANTING_SCOPES, type="delegated", **options)


def test_a_grant_that_a_kept_token_does_not_know_is_found_by_a_new_login(tenant: Tenant, tmp_path: Any) -> None:
    tenant.credentials["token_cache"] = str(tmp_path / "tokens")
    assert tenant.run("intune_permission_info", permissions=["Group.ReadWrite.All"])["sufficient"]
    tenant.emulator.settings(permissions=["DeviceManagementRBAC.ReadWrite.All"])
    assert tenant.run("intune_permission_info", permissions=["Group.ReadWrite.All"])["sufficient"], (
        "the token keeps its roles"
    )
    assert tenant.run("intune_permission_info", permissions=["DeviceManagementRBAC.ReadWrite.All"])["sufficient"]
    assert not tenant.run("intune_permission_info", permissions=["Group.ReadWrite.All"])["sufficient"]


def test_the_grants_of_the_login_itself_say_what_its_token_shows(tenant: Tenant, tmp_path: Any) -> None:
    tenant.emulator.settings(permissions=["Directory.Read.All"])
    tenant.credentials["token_cache"] = str(tmp_path / "tokens")
    tenant.run("intune_permission_info")
    tenant.emulator.settings(permissions=["Directory.Read.All", "Group.Create"])
    found = tenant.run("intune_permission_info", read_grants=True)
    assert {entry["name"]: entry["in_token"] for entry in found["granted"]} == {
        "Directory.Read.All": True,
        "Group.Create": False,
    }


def test_a_permission_of_another_api_has_its_name(tenant: Tenant) -> None:
    partner(tenant, intune_roles=["get_device_compliance"], app_roles=["User.EnableDisableAccount.All"])
    found = tenant.run("intune_permission_info", app_id=PARTNER_APP_ID, sets=["device_health"])
    assert [(entry["api"], entry["name"]) for entry in found["excess"]] == [
        ("Microsoft Graph", "User.EnableDisableAccount.All"),
        ("Microsoft Intune API", "get_device_compliance"),
    ]
    assert [entry["name"] for entry in found["missing"]] == [HEALTH]
    assert "'Microsoft Intune API'" in found["missing"][0]["fix"]


def test_an_application_that_nobody_consented_to_has_nothing_to_compare(tenant: Tenant) -> None:
    with pytest.raises(ObjectNotFound, match="nobody has consented"):
        tenant.run("intune_permission_info", app_id=PARTNER_APP_ID)


@pytest.mark.parametrize("opaque", ["opaque", jwt.encode({"exp": 1}, "x" * 32, algorithm="HS256")[:20], "a.b.c"])
def test_a_token_that_cannot_be_read_tells_nothing(tenant: Tenant, opaque: str) -> None:
    tenant.credentials = {"access_token": opaque, "graph_url": tenant.emulator.graph_url}
    found = tenant.run("intune_permission_info", sets=["onboarding"])
    assert (found["known"], found["sufficient"], found["missing"], found["granted"]) == (False, None, [], [])


def test_the_permissions_of_a_signed_in_user_count(tenant: Tenant) -> None:
    token = jwt.encode({"scp": "Directory.Read.All User.Read", "tid": TENANT_ID}, "x" * 32, algorithm="HS256")
    tenant.credentials = {"access_token": token, "graph_url": tenant.emulator.graph_url}
    assert tenant.run("intune_permission_info", permissions=["Directory.Read.All"])["sufficient"]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_allowed_with_its_least_permissions_and_none_of_them_is_superfluous(
    tenant: Tenant, step: str
) -> None:
    least = [item.name for item in permissions.least(permissions.requirements(STEPS[step]))]
    tenant.emulator.settings(permissions=least)
    assert tenant.run("intune_permission_info", steps=[step])["sufficient"]
    for taken in least:
        tenant.emulator.settings(permissions=[name for name in least if name != taken])
        assert taken in [entry["name"] for entry in tenant.run("intune_permission_info", steps=[step])["missing"]]


# -- the tenant ----------------------------------------------------------------------------------------------


def test_the_tenant_is_described_with_one_request(tenant: Tenant) -> None:
    found = tenant.run("intune_tenant_info")
    assert found["graph_requests"] == 1
    assert found["unreadable"] == []
    described = found["tenant"]
    assert (described["id"], described["display_name"], described["default_domain"]) == (
        TENANT_ID,
        "Contoso Example",
        "contoso.example",
    )
    assert (described["mobile_device_management_authority"], described["intune_plan_status"]) == ("intune", "enabled")
    assert described["managed_google_play_bound"] is True


@pytest.mark.parametrize(
    ("plans", "status"), [([], None), ([{"servicePlanId": TENANT_ID, "capabilityStatus": "Enabled"}], "absent")]
)
def test_what_is_licensed_is_told(tenant: Tenant, plans: list[Any], status: str | None) -> None:
    tenant.emulator.seed(
        {"op": "organization", "values": {"assignedPlans": plans, "mobileDeviceManagementAuthority": "unknown"}}
    )
    described = tenant.run("intune_tenant_info")["tenant"]
    assert (described["intune_plan_status"], described["mobile_device_management_authority"]) == (status, "unknown")


def test_groups_of_devices_are_named_and_what_does_not_exist_is_not(tenant: Tenant) -> None:
    """Groups of users need not exist: the role creates them later. Applications have to."""

    def group(name: str, **body: Any) -> None:
        tenant.emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": name, **body}})

    (device,) = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})
    fleet = Fleet(1, 20, Settings.seed, Settings.tenant_domain)
    group("Kiosks", members=[fleet.entra_id(0)])
    group("People", members=[device["userId"]])
    group("Rule", groupTypes=["DynamicMembership"], membershipRule='(device.deviceOSType -eq "iOS")')
    tenant.emulator.settings(permissions=["GroupMember.Read.All", "Application.Read.All"])
    applications = ["Microsoft Intune API", "Missing"]
    names = {"user_groups": ["Kiosks", "People", "Rule", "Not yet"], "applications": applications}
    found = tenant.run("intune_tenant_info", look_up=names)
    assert found["groups_of_devices"] == ["Kiosks", "Rule"]
    assert found["not_found"] == ["application 'Missing'"]
    # Without the right, nothing is said about groups.
    tenant.emulator.settings(permissions=["Organization.Read.All"])
    assert tenant.run("intune_tenant_info", look_up={"user_groups": ["Kiosks"]})["groups_of_devices"] == []


def test_what_may_not_be_read_is_none_and_says_why(tenant: Tenant) -> None:
    tenant.emulator.settings(permissions=["Organization.Read.All"])
    found = tenant.run("intune_tenant_info")
    assert found["tenant"]["id"] == TENANT_ID
    assert found["tenant"]["managed_google_play_bound"] is None
    assert "DeviceManagementConfiguration.Read.All" in json.dumps(found["unreadable"])
    tenant.emulator.settings(permissions=[])
    assert [found for found in tenant.run("intune_tenant_info")["tenant"].values() if found is not None] == []
    with pytest.raises(Forbidden):
        tenant.run("intune_permission_info", read_grants=True)


# -- installed apps ------------------------------------------------------------------------------------------


def test_apps_tell_on_how_many_devices_they_are(tenant: Tenant) -> None:
    app = {"@odata.type": "#microsoft.graph.iosVppApp", "publisher": "x"}
    ids = [
        tenant.emulator.seed(
            {"op": "create", "collection": "deviceAppManagement/mobileApps", "body": {**app, "displayName": name}}
        )[0]["id"]
        for name in ("A", "B")
    ]
    tenant.emulator.seed(
        {"op": "install_counts", "id": ids[0], "values": {"InstalledDeviceCount": 3, "FailedDeviceCount": 1}}
    )
    found = tenant.run("intune_app_info", install_status=True)
    counts = [found["details"][app_id]["install_status"] for app_id in ids]
    assert [
        (item["installed_device_count"], item["failed_device_count"], item["not_installed_device_count"])
        for item in counts
    ] == [(3, 1, 0), (0, 0, 0)]
    assert found["graph_requests"] == tenant.run("intune_app_info")["graph_requests"] + 1


def of_report(columns: list[str], *rows: list[Any]) -> dict[str, Any]:
    return {"Schema": [{"Column": column} for column in columns], "Values": list(rows)}


def test_the_row_of_the_app_is_read_where_the_report_has_others(tenant: Tenant) -> None:
    body_of = {"@odata.type": "#microsoft.graph.iosVppApp", "publisher": "x", "displayName": "A"}
    app = tenant.emulator.seed({"op": "create", "collection": "deviceAppManagement/mobileApps", "body": body_of})[0]
    body = of_report(["InstalledDeviceCount", "ApplicationId"], [99, "another"], [3, app["id"].upper()])
    tenant.emulator.faults(
        {"match": {"method": "POST", "path": "getAppStatusOverviewReport"}, "action": {"status": 200, "body": body}}
    )
    found = tenant.run("intune_app_info", install_status=True)
    assert found["details"][app["id"]]["install_status"]["installed_device_count"] == 3


@pytest.mark.parametrize(
    "body",
    [
        "no report",
        "e30",
        5,
        of_report(["FailedDeviceCount"], [1]),
        of_report(["InstalledDeviceCount"], ["1.234"]),
        of_report(["InstalledDeviceCount"], [-1]),
    ],
    ids=str,
)
def test_a_report_that_cannot_be_read_is_no_zero(tenant: Tenant, body: Any) -> None:
    body_of = {"@odata.type": "#microsoft.graph.iosVppApp", "publisher": "x", "displayName": "A"}
    tenant.emulator.seed({"op": "create", "collection": "deviceAppManagement/mobileApps", "body": body_of})
    tenant.emulator.faults(
        {"match": {"method": "POST", "path": "getAppStatusOverviewReport"}, "action": {"status": 200, "body": body}}
    )
    with pytest.raises(IntuneError, match="cannot be read"):
        tenant.run("intune_app_info", install_status=True)


def test_an_application_is_found_where_filters_cannot_be_joined(tenant: Tenant) -> None:
    partner(tenant)
    tenant.emulator.faults(
        {
            "match": {"method": "GET", "path": "/servicePrincipals$"},
            "action": {"status": 400, "code": "Request_UnsupportedQuery"},
        }
    )
    done = tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_health"])
    assert done["granted"] == ["Microsoft Intune API: update_device_health"]
