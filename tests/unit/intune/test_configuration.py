# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_configuration: a tenant as one document."""

from __future__ import annotations

from typing import Any

from tests.unit.intune.conftest import Tenant

Json = dict[str, Any]
MODULE = "intune_configuration"
APPS = "deviceAppManagement/mobileApps"
PROFILES = "deviceManagement/deviceConfigurations"
POLICIES = "deviceManagement/deviceCompliancePolicies"
STORE: Json = {
    "type": "ios_store_app",
    "publisher": "P",
    "app_store_url": "https://apps.apple.com/app/id1",
}
VPN: Json = {
    "connection_name": "c",
    "connection_type": "custom_vpn",
    "identifier": "x",
    "authentication_method": "username_and_password",
    "server": {"address": "127.0.0.1"},
    "enable_per_app": True,
    "provider_type": "packet_tunnel",
}
# Each refers to what stands further down, in the document and in the order of its keys.
WHOLE: Json = {
    "app_configs": [
        {"name": "Settings", "target_apps": ["Protect"], "ios": {"settings": [{"key": "a", "value": "b"}]}},
    ],
    "apps": [
        {
            "name": "Protect",
            **STORE,
            "assignments": [{"group": "Pilot", "filter": "Corporate", "settings": {"vpn_profile": "Tunnel"}}],
        }
    ],
    "vpn_profiles": [{"name": "Tunnel", "ios": VPN, "assignments": [{"group": "Outer"}]}],
    "groups": [{"name": "Outer", "members": ["Pilot"]}, {"name": "Pilot"}],
    "assignment_filters": [
        {"name": "Corporate", "platform": "ios", "rule": '(device.deviceOwnership -eq "Corporate")'}
    ],
    "compliance_policies": [
        {"name": "Policy", "ios": {"passcode_required": True}, "assignments": [{"group": "Pilot"}]}
    ],
}


def places(result: Json) -> list[str]:
    return [item["place"] for item in result["objects"] if item["changed"]]


def settled(tenant: Tenant, **options: Any) -> Json:
    """Check mode predicts what the run does, and a second run has nothing to do. Returns the result of the run."""
    predicted = tenant(MODULE, check=True, **options)
    done = tenant(MODULE, **options)
    assert places(predicted) == places(done)
    assert predicted["diff"] == done["diff"]
    assert predicted["warnings"] == done["warnings"] == []
    again = tenant(MODULE, **options)
    assert not again["changed"], again["diff"]
    assert again["diff"] == []
    return done


def test_what_the_document_declares_is_created_in_an_order_in_which_it_can_be(tenant: Tenant) -> None:
    done = settled(tenant, configuration=WHOLE)
    assert len(places(done)) == 7
    (app,) = [record for record in tenant.records(APPS) if record["displayName"] == "Protect"]
    assert app["assignments"][0]["target"]["groupId"] == done["objects"][2]["id"]
    removed = settled(tenant, configuration=WHOLE, state="absent")
    assert len(places(removed)) == 7
    assert [record["displayName"] for record in tenant.records(PROFILES)] == []
