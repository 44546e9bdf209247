# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What enrollment depends on: Apple's certificate and tokens, restrictions, the tenant's compliance default."""

from __future__ import annotations

from datetime import timedelta

from .errors import INTUNE, bad_request, not_found
from .messages import Json, Response
from .rendering import check_select, typed
from .resources import BETA, DEP_TOKENS, RESTRICTIONS, VPP_TOKENS
from .routing import Call, Router
from .store import Tenant

PUSH_CERTIFICATE = "deviceManagement/applePushNotificationCertificate"
DEVICE_MANAGEMENT = "deviceManagement"
# As in "All users and all devices" of every tenant [graph facts: enrollment].
DEFAULT_RESTRICTION = "7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e_DefaultPlatformRestrictions"
VPP_TOKEN = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1005"
DEP_TOKEN = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1006"
_PLATFORMS = ("ios", "android", "androidForWork", "macOS", "windows", "windowsMobile", "windowsHomeSku")


def add_routes(router: Router) -> None:
    router.add("GET", PUSH_CERTIFICATE, read_certificate, INTUNE, ("$select", "$format"))
    router.add("GET", DEVICE_MANAGEMENT, read_device_management, INTUNE, ("$select", "$format"), BETA)


def seed(tenant: Tenant) -> None:
    later = (tenant.clock.date() + timedelta(days=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
    now, apple_id = tenant.clock.intune_text(), f"apple@{tenant.settings.tenant_domain}"
    certificate = {
        "appleIdentifier": apple_id,
        "topicIdentifier": "com.apple.mgmt.External.1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1007",
        "certificateSerialNumber": "4F0A3C5E7B912D66",
        "expirationDateTime": later,
    }
    tenant.add(PUSH_CERTIFICATE, "applePushNotificationCertificate", certificate, "0")
    vpp = {
        "displayName": "Contoso locations",
        "organizationName": "Contoso Example",
        "appleId": apple_id,
        "countryOrRegion": "de",
        "expirationDateTime": later,
        "lastSyncDateTime": now,
        "lastSyncStatus": "completed",
        "state": "valid",
        "token": "seeded and never shown",
        "vppTokenAccountType": "business",
    }
    tenant.add(VPP_TOKENS, "vppToken", vpp, VPP_TOKEN)
    dep = {
        "tokenName": "Contoso devices",
        "tokenType": "dep",
        "appleIdentifier": apple_id,
        "tokenExpirationDateTime": later,
        "lastSuccessfulSyncDateTime": now,
        "lastSyncTriggeredDateTime": now,
    }
    tenant.add(DEP_TOKENS, "depOnboardingSetting", dep, DEP_TOKEN)
    restriction = {
        "displayName": "All users and all devices",
        "deviceEnrollmentConfigurationType": "defaultPlatformRestrictions",
        **{
            f"{platform}Restriction": tenant.validator.filled("deviceEnrollmentPlatformRestriction", {})
            for platform in _PLATFORMS
        },
    }
    tenant.add(RESTRICTIONS, "deviceEnrollmentPlatformRestrictionsConfiguration", restriction, DEFAULT_RESTRICTION)
    # A tenant where the days were never set shows 0 [graph facts: enrollment].
    settings = {"secureByDefault": True, "isScheduledActionEnabled": True}
    filled = tenant.validator.filled("deviceManagementSettings", settings)
    tenant.add(DEVICE_MANAGEMENT, "deviceManagement", {"settings": filled}, tenant.settings.tenant_id)


def read_certificate(call: Call) -> Response:
    check_select(call, "applePushNotificationCertificate")
    found = next(iter(call.tenant.collection(PUSH_CERTIFICATE).values()), None)
    if found is None:
        raise not_found("No Apple push notification certificate was uploaded.")
    # "certificate" comes back null, and the id is another one each time (observed).
    shown = {**found.values, "id": str(call.tenant.clock.now()), "certificate": None}
    return _single(call, PUSH_CERTIFICATE, "applePushNotificationCertificate", shown)


def read_device_management(call: Call) -> Response:
    if not call.query.select:
        raise bad_request("Reading all of deviceManagement is not part of this emulated tenant; use $select.")
    check_select(call, "deviceManagement")
    (found,) = call.tenant.collection(DEVICE_MANAGEMENT).values()
    return _single(call, DEVICE_MANAGEMENT, "deviceManagement", found.values)


def _single(call: Call, path: str, type_name: str, values: dict[str, Json]) -> Response:
    body = typed(call, type_name, values, None)
    del body["@odata.type"]
    # The harsher way: without the id, unless it is selected.
    selected = call.query.select or tuple(body)
    return Response(
        200,
        {
            "@odata.context": call.context(f"{path}/$entity"),
            **{key: value for key, value in body.items() if key in selected},
        },
    )
