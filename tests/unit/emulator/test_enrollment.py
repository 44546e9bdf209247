# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates, tokens, restrictions and settings of the emulated tenant, and the synchronization of licences."""

from __future__ import annotations

import pytest

from tests.emulator.enrollment import PUSH_CERTIFICATE, VPP_TOKEN
from tests.emulator.resources import LOCATIONS, POLICIES, RESTRICTIONS, STRENGTHS, VPP_TOKENS
from tests.emulator.schema import ZERO_GUID
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.unit.emulator.api import APPS, Api

SYNC = f"/beta/{VPP_TOKENS}/{VPP_TOKEN}/syncLicenses"


def test_secrets_are_never_shown(api: Api) -> None:
    (token,) = api.get(f"/beta/{VPP_TOKENS}").value
    assert token["token"] is None
    assert api.get(f"/beta/{PUSH_CERTIFICATE}").body["certificate"] is None


def test_an_id_that_is_not_selected_is_left_out(api: Api) -> None:
    assert "id" not in api.get("/beta/deviceManagement?$select=settings").body
    shown = api.get("/beta/deviceManagement?$select=id,settings").body
    assert shown["id"]
    assert shown["settings"]["secureByDefault"] is True
    assert api.get("/beta/deviceManagement").status == 400
    assert api.get("/beta/deviceManagement?$select=nothing").status == 400


def test_without_a_push_certificate_there_is_none_to_read(api: Api) -> None:
    api.emulator.seed({"op": "delete", "collection": PUSH_CERTIFICATE, "id": "0"})
    assert api.get(f"/beta/{PUSH_CERTIFICATE}").status == 404


def test_restrictions_take_a_filter_by_type_only_and_are_not_written(api: Api) -> None:
    by_type = "$filter=deviceEnrollmentConfigurationType eq 'defaultPlatformRestrictions'"
    assert len(api.get(f"/beta/{RESTRICTIONS}?{by_type}").value) == 1
    is_of = "isof('microsoft.graph.deviceEnrollmentPlatformRestrictionsConfiguration')"
    assert api.get(f"/beta/{RESTRICTIONS}?$filter={is_of}").status == 400
    assert api("POST", f"/beta/{RESTRICTIONS}", {"displayName": "x"}).status == 405


def test_a_synchronization_brings_apps_once_it_ends(api: Api) -> None:
    bought = {"op": "purchase", "name": "Protect", "bundle_id": "com.x", "store_id": "5", "licences": 3}
    api.emulator.seed(bought)
    api.emulator.settings(vpp_sync=600_000)
    before = len(api.get(APPS).value)
    started = api("POST", SYNC)
    assert (started.status, started.body["lastSyncStatus"]) == (200, "inProgress")
    assert api("POST", SYNC).status == 409
    assert len(api.get(APPS).value) == before
    api.emulator.clock(hold=True, step=601)
    try:
        (app,) = [item for item in api.get(APPS).value if item.get("bundleId") == "com.x"]
        assert app["totalLicenseCount"] == 3
        assert api.get(f"/beta/{VPP_TOKENS}/{VPP_TOKEN}").body["lastSyncStatus"] == "completed"
    finally:
        api.emulator.clock(hold=False)
        api.emulator.settings(vpp_sync=0)


@pytest.mark.parametrize("state", ["expired", "invalid", "assignedToExternalMDM"])
def test_only_a_valid_token_is_synchronized(api: Api, state: str) -> None:
    api.emulator.seed({"op": "update", "collection": VPP_TOKENS, "id": VPP_TOKEN, "values": {"state": state}})
    assert api("POST", SYNC).status == 400
    assert api("POST", f"/beta/{VPP_TOKENS}/missing/syncLicenses").status == 404


def test_locations_and_strengths_of_a_policy_exist(api: Api) -> None:
    api.emulator.settings(permissions=[*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS])
    allowed = Api(api.emulator)
    (strength,) = [item["id"] for item in allowed.get(f"/v1.0/{STRENGTHS}").value if "Phishing" in item["displayName"]]
    (location,) = [item["id"] for item in allowed.get(f"/v1.0/{LOCATIONS}").value]

    def made(location_id: str, strength_id: str) -> int:
        conditions = {
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": [location_id]},
        }
        controls = {"operator": "OR", "authenticationStrength": {"id": strength_id}}
        body = {"displayName": "P", "state": "disabled", "conditions": conditions, "grantControls": controls}
        return allowed("POST", f"/v1.0/{POLICIES}", body).status

    try:
        assert [made(location, strength), made("AllTrusted", strength), made(ZERO_GUID, strength)] == [201, 201, 201]
        assert [made(strength, strength), made(location, location)] == [400, 400]
    finally:
        api.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
