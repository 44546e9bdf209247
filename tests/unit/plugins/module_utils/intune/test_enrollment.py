# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What enrollment depends on, and the findings about it."""

from __future__ import annotations

import inspect
import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.module_utils._resources import enrollment
from ansible_collections.mobilesec.intune.plugins.modules import intune_enrollment_info
from tests.emulator.enrollment import DEFAULT_RESTRICTION, DEP_TOKEN, DEVICE_MANAGEMENT, PUSH_CERTIFICATE, VPP_TOKEN
from tests.emulator.play import SETTINGS as PLAY
from tests.emulator.resources import DEP_TOKENS, RESTRICTIONS, VPP_TOKENS
from tests.emulator.settings import TENANT_ID
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
BLOCKED, OPEN, COMPANY_ONLY = (
    {"platformBlocked": blocked, "personalDeviceEnrollmentBlocked": personal}
    for blocked, personal in ((True, False), (False, False), (False, True))
)
ALL_PLATFORMS = ["android", "ios", "macos", "windows"]
PLAY_ID = "androidManagedStoreAccountEnterpriseSettings"


def days(number: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(days=number, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def findings(tenant: Tenant, **options: Any) -> list[tuple[str, str]]:
    found = tenant("intune_enrollment_info", **options)["findings"]
    return [(finding["code"], finding["severity"]) for finding in found]


def change(tenant: Tenant, collection: str, object_id: str, **values: Any) -> None:
    tenant.seed({"op": "update", "collection": collection, "id": object_id, "values": values})


def restrict(tenant: Tenant, name: str, platform: str, restriction: Json) -> None:
    tenant.have(
        RESTRICTIONS,
        "deviceEnrollmentPlatformRestrictionConfiguration",
        name,
        deviceEnrollmentConfigurationType="singlePlatformRestriction",
        platformType=platform,
        platformRestriction=restriction,
    )


def test_a_tenant_in_order_has_no_finding_and_takes_one_request(tenant: Tenant) -> None:
    found = tenant("intune_enrollment_info", platforms=ALL_PLATFORMS)
    assert (found["changed"], found["findings"], found["graph_requests"]) == (False, [], 1)
    read = found["enrollment"]
    assert read["apple_push_certificate"]["apple_identifier"] == "apple@contoso.example"
    assert read["vpp_tokens"][0]["state"] == "valid"
    assert read["dep_tokens"][0]["token_name"] == "Contoso devices"
    assert read["managed_google_play"]["bind_status"] == "boundAndValidated"
    assert read["enrollment_restrictions"][0]["ios_restriction"]["platform_blocked"] is False
    assert read["compliance_default"]["secure_by_default"] is True
    assert "never shown" not in json.dumps(found)


@pytest.mark.parametrize(
    ("collection", "object_id", "name", "code"),
    [
        (PUSH_CERTIFICATE, "0", "expirationDateTime", "apple_push_certificate"),
        (VPP_TOKENS, VPP_TOKEN, "expirationDateTime", "vpp_token"),
        (DEP_TOKENS, DEP_TOKEN, "tokenExpirationDateTime", "dep_token"),
    ],
)
def test_what_expires_is_a_finding(tenant: Tenant, collection: str, object_id: str, name: str, code: str) -> None:
    change(tenant, collection, object_id, **{name: days(29)})
    assert findings(tenant) == [(f"{code}_expiring", "warning")]
    assert "in 29 days" in tenant("intune_enrollment_info")["findings"][0]["message"]
    assert findings(tenant, expiry_days=20) == []
    change(tenant, collection, object_id, **{name: days(31)})
    assert findings(tenant) == []
    assert findings(tenant, expiry_days=60) == [(f"{code}_expiring", "warning")]
    change(tenant, collection, object_id, **{name: days(-2)})
    assert findings(tenant, expiry_days=0) == [(f"{code}_expired", "error")]
    for unclear in (None, "0001-01-01T00:00:00Z", "soon"):
        change(tenant, collection, object_id, **{name: unclear})
        assert findings(tenant) == [(f"{code}_unknown", "unknown")]


def test_a_tenant_without_a_push_certificate_cannot_enroll_apple_devices(tenant: Tenant) -> None:
    tenant.seed({"op": "delete", "collection": PUSH_CERTIFICATE, "id": "0"})
    assert findings(tenant) == [("apple_push_certificate_missing", "error")]
    assert tenant("intune_enrollment_info")["enrollment"]["apple_push_certificate"] is None
    assert findings(tenant, platforms=["android"]) == []


def test_tokens_that_do_not_work_are_findings_and_no_token_is_none(tenant: Tenant) -> None:
    change(tenant, VPP_TOKENS, VPP_TOKEN, state="assignedToExternalMDM", lastSyncStatus="failed")
    change(tenant, DEP_TOKENS, DEP_TOKEN, lastSyncErrorCode=3)
    assert findings(tenant) == [
        ("vpp_token_invalid", "error"),
        ("vpp_token_sync_failed", "warning"),
        ("dep_token_sync_failed", "warning"),
    ]
    for collection, token in ((VPP_TOKENS, VPP_TOKEN), (DEP_TOKENS, DEP_TOKEN)):
        tenant.seed({"op": "delete", "collection": collection, "id": token})
    assert findings(tenant) == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"bindStatus": "notBound"}, [("managed_google_play_not_bound", "error")]),
        ({"bindStatus": "bound"}, []),
        ({"lastAppSyncStatus": "credentialsNotValid"}, [("managed_google_play_sync_failed", "warning")]),
    ],
)
def test_managed_google_play_matters_to_android(tenant: Tenant, values: Json, found: list[Any]) -> None:
    change(tenant, PLAY, PLAY_ID, **values)
    assert findings(tenant) == found
    assert findings(tenant, platforms=["ios"]) == []


def test_a_restriction_for_all_keeps_a_platform_out_unless_another_lets_some_in(tenant: Tenant) -> None:
    change(tenant, RESTRICTIONS, DEFAULT_RESTRICTION, iosRestriction=BLOCKED, androidRestriction=BLOCKED)
    # The restriction of the older Android management keeps no Android Enterprise device out.
    assert findings(tenant) == [("platform_blocked", "error")]
    restrict(tenant, "Pilot", "ios", OPEN)
    assert findings(tenant) == [("platform_blocked", "warning")]
    assert "'Pilot'" in tenant("intune_enrollment_info")["findings"][0]["message"]
    restrict(tenant, "Kiosk", "androidForWork", BLOCKED)
    restrict(tenant, "Desks", "windows", BLOCKED)
    assert findings(tenant) == [("platform_blocked", "warning"), ("platform_blocked", "warning")]
    assert findings(tenant, platforms=["macos"]) == []


def test_restrictions_on_personal_devices_and_on_what_counts_as_compliant_are_warnings(tenant: Tenant) -> None:
    change(tenant, RESTRICTIONS, DEFAULT_RESTRICTION, androidForWorkRestriction=COMPANY_ONLY)
    change(tenant, DEVICE_MANAGEMENT, TENANT_ID, settings={"secureByDefault": False})
    assert findings(tenant) == [("personal_devices_blocked", "warning"), ("compliant_without_policy", "warning")]


def test_what_graph_does_not_show_cannot_be_told(tenant: Tenant) -> None:
    tenant.seed({"op": "delete", "collection": RESTRICTIONS, "id": DEFAULT_RESTRICTION})
    change(tenant, DEVICE_MANAGEMENT, TENANT_ID, settings=None)
    assert findings(tenant, platforms=["ios"]) == [
        ("enrollment_restrictions_unknown", "unknown"),
        ("compliance_default_unknown", "unknown"),
    ]


def test_what_may_not_be_read_is_named_and_hides_nothing_else(tenant: Tenant) -> None:
    change(tenant, VPP_TOKENS, VPP_TOKEN, expirationDateTime=days(3))
    refused = {"match": {"path": "(applePush|depOnboarding)"}, "action": {"status": 403}}
    tenant.emulator.faults(refused)
    found = tenant("intune_enrollment_info")
    assert [finding["code"] for finding in found["findings"]] == [
        "apple_push_certificate_unknown",
        "vpp_token_expiring",
        "dep_tokens_unknown",
    ]
    assert "DeviceManagementConfiguration.Read.All" in found["findings"][0]["message"]
    assert "DeviceManagementServiceConfig.Read.All" in found["findings"][2]["message"]
    assert found["enrollment"]["apple_push_certificate"] is None
    assert found["enrollment"]["dep_tokens"] is None
    assert found["enrollment"]["managed_google_play"] is not None


def test_all_tokens_of_a_long_list_are_looked_at(tenant: Tenant) -> None:
    tenant.emulator.settings(page_size=1)
    try:
        tenant.seed(
            {
                "op": "create",
                "collection": VPP_TOKENS,
                "body": {"organizationName": "Other", "state": "valid", "expirationDateTime": days(-1)},
            }
        )
        assert findings(tenant) == [("vpp_token_expired", "error")]
    finally:
        tenant.emulator.settings(page_size=None)


def test_every_code_and_every_part_is_documented() -> None:
    documented = yaml.safe_load(intune_enrollment_info.RETURN)
    codes = " ".join(documented["findings"]["contains"]["code"]["description"])
    written = set(re.findall(r'finding\(\s*"(\w+)"', inspect.getsource(enrollment)))
    assert {code for code in written if not code.endswith("_unknown") and f"V({code})" not in codes} == set()
    assert {subject.name for subject in enrollment._SUBJECTS} == set(documented["enrollment"]["contains"])
