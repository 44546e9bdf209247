# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources that options refer to by name, and what every assignable resource shares."""

from __future__ import annotations

import dataclasses

from .._engine.references import ReferenceType
from .._graph import odata

GROUP = ReferenceType("group", "groups", version="v1.0", select=("id", "displayName"))
USER = ReferenceType(
    "user",
    "users",
    version="v1.0",
    name_property="userPrincipalName",
    select=("id", "userPrincipalName"),
    is_id=lambda text: "@" in str(text) or odata.is_guid(text),
)
# A device has two GUIDs: its object id, and the device id that Intune calls azureADDeviceId.
DEVICE_BY_DEVICE_ID = ReferenceType(
    "device",
    "devices",
    version="v1.0",
    select=("id", "deviceId"),
    address=lambda device_id: f"devices(deviceId={odata.segment(odata.literal(device_id))})",
)
# Shown by the name that a user logs in with, which a tenant of the same people has too.
LOGIN_NAME = dataclasses.replace(USER, is_id=odata.is_guid, ignores_case=True)
# Policies name a built-in role by its template, which has the same id in all tenants.
ROLE = ReferenceType("role", "directoryRoleTemplates", version="v1.0", filterable=False, is_creatable=False)
# Policies name an application by its client id, which is the same in all tenants.
APPLICATION = ReferenceType(
    "application",
    "servicePrincipals",
    version="v1.0",
    select=("id", "appId", "displayName"),
    address=lambda app_id: f"servicePrincipals(appId={odata.segment(odata.literal(app_id))})",
    key="appId",
)
NAMED_LOCATION = ReferenceType(
    "named location",
    "identity/conditionalAccess/namedLocations",
    version="v1.0",
    filterable=False,
    is_creatable=False,
)
AUTHENTICATION_STRENGTH = ReferenceType(
    "authentication strength",
    "policies/authenticationStrengthPolicies",
    version="v1.0",
    filterable=False,
    is_creatable=False,
)
DEVICE = ReferenceType("device", "devices", version="v1.0", select=("id", "deviceId"))
DIRECTORY_OBJECT = ReferenceType("directory object", "directoryObjects", version="v1.0", parts=(GROUP, USER, DEVICE))

# Neither collection declares $filter, so both are listed; they are short (Intune allows 200 filters).
FILTER = ReferenceType("assignment filter", "deviceManagement/assignmentFilters", filterable=False)
SCOPE_TAG = ReferenceType(
    "scope tag",
    "deviceManagement/roleScopeTags",
    filterable=False,
    is_id=lambda text: str(text).isdigit(),
    is_creatable=False,
)

IOS_VPN_PROFILE = ReferenceType(
    "iOS VPN profile",
    "deviceManagement/deviceConfigurations",
    types=("iosVpnConfiguration", "iosikEv2VpnConfiguration"),
)

DERIVED_CREDENTIAL = ReferenceType(
    "derived credential issuer", "deviceManagement/derivedCredentials", filterable=False, is_creatable=False
)

IOS_APP = ReferenceType(
    "iOS app",
    "deviceAppManagement/mobileApps",
    types=("iosStoreApp", "iosVppApp", "iosLobApp", "managedIOSStoreApp"),
    also=("bundleId",),
)
ANDROID_APP = ReferenceType(
    "managed Google Play app",
    "deviceAppManagement/mobileApps",
    types=("androidManagedStoreApp",),
    also=("packageId", "appIdentifier"),
)
# The older twin, which may name apps of the older type.
ANDROID_FOR_WORK_APP = ReferenceType(
    "Android for Work app",
    "deviceAppManagement/mobileApps",
    types=("androidForWorkApp", "androidManagedStoreApp"),
    also=("packageId", "appIdentifier"),
)

APP_CATEGORY = ReferenceType(
    "app category", "deviceAppManagement/mobileAppCategories", filterable=False, is_creatable=False
)

# Neither collection documents a $filter.
NOTIFICATION_TEMPLATE = ReferenceType(
    "notification message template", "deviceManagement/notificationMessageTemplates", filterable=False
)
COMPLIANCE_SCRIPT = ReferenceType(
    "compliance script", "deviceManagement/deviceComplianceScripts", filterable=False, is_creatable=False
)
