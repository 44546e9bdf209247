# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties of a managed device: how to read them, and how users see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from .._engine.errors import InvalidOptions
from .._engine.fields import Enum
from .._engine.names import snake_case, snake_keys
from .._engine.references import ResolvedNames

Raw = Mapping[str, Any]
# The devices of a page, as Graph sends them.
Page = list[dict[str, Any]]

# The properties that Graph fills in lists [schema: managedDevice].
LISTED = [
    "aadRegistered",
    "androidSecurityPatchLevel",
    "autopilotEnrolled",
    "azureADDeviceId",
    "azureADRegistered",
    "azureActiveDirectoryDeviceId",
    "chassisType",
    "complianceGracePeriodExpirationDateTime",
    "complianceState",
    "configurationManagerClientEnabledFeatures",
    "configurationManagerClientHealthState",
    "configurationManagerClientInformation",
    "deviceActionResults",
    "deviceCategoryDisplayName",
    "deviceEnrollmentType",
    "deviceFirmwareConfigurationInterfaceManaged",
    "deviceHealthAttestationState",
    "deviceName",
    "deviceRegistrationState",
    "deviceType",
    "easActivated",
    "easActivationDateTime",
    "easDeviceId",
    "emailAddress",
    "enrolledByUserPrincipalName",
    "enrolledDateTime",
    "enrollmentProfileName",
    "exchangeAccessState",
    "exchangeAccessStateReason",
    "exchangeLastSuccessfulSyncDateTime",
    "freeStorageSpaceInBytes",
    "id",
    "imei",
    "isEncrypted",
    "isSupervised",
    "jailBroken",
    "joinType",
    "lastSyncDateTime",
    "lostModeState",
    "managedDeviceName",
    "managedDeviceOwnerType",
    "managementAgent",
    "managementCertificateExpirationDate",
    "managementFeatures",
    "managementState",
    "manufacturer",
    "meid",
    "model",
    "operatingSystem",
    "osVersion",
    "ownerType",
    "partnerReportedThreatState",
    "phoneNumber",
    "preferMdmOverGroupPolicyAppliedDateTime",
    "processorArchitecture",
    "requireUserEnrollmentApproval",
    "retireAfterDateTime",
    "roleScopeTagIds",
    "securityPatchLevel",
    "serialNumber",
    "skuFamily",
    "skuNumber",
    "specificationVersion",
    "subscriberCarrier",
    "totalStorageSpaceInBytes",
    "userDisplayName",
    "userId",
    "userPrincipalName",
    "usersLoggedOn",
    "wiFiMacAddress",
]
# Default or null in lists; they take GET by id with $select [schema: managedDevice, descriptions].
UNLISTED = [
    "activationLockBypassCode",
    "bootstrapTokenEscrowed",
    "chromeOSDeviceInfo",
    "ethernetMacAddress",
    "hardwareInformation",
    "iccid",
    "notes",
    "physicalMemoryInBytes",
    "remoteAssistanceSessionUrl",
    "udid",
    "windowsActiveMalwareCount",
    "windowsRemediatedMalwareCount",
]
DEFAULT = [
    "id",
    "deviceName",
    "serialNumber",
    "azureADDeviceId",
    "userPrincipalName",
    "userDisplayName",
    "operatingSystem",
    "osVersion",
    "manufacturer",
    "model",
    "managedDeviceOwnerType",
    "complianceState",
    "partnerReportedThreatState",
    "enrolledDateTime",
    "lastSyncDateTime",
]

COMPLIANCE_STATES = Enum("unknown", "compliant", "noncompliant", "conflict", "error", "inGracePeriod", "configManager")
THREAT_STATES = Enum(
    "unknown",
    "activated",
    "deactivated",
    "secured",
    "lowSeverity",
    "mediumSeverity",
    "highSeverity",
    "unresponsive",
    "compromised",
    "misconfigured",
)
OWNERSHIPS = Enum("unknown", "company", "personal")
ENUMS = {
    "complianceState": COMPLIANCE_STATES,
    "partnerReportedThreatState": THREAT_STATES,
    "managedDeviceOwnerType": OWNERSHIPS,
}

# What filters, summary and names of hosts rely on; the session checks it [schema: managedDevice].
SHAPES: dict[str, type] = {
    **dict.fromkeys(DEFAULT, str),
    **dict.fromkeys(("userId", "emailAddress", "deviceCategoryDisplayName", "jailBroken"), str),
    **dict.fromkeys(("isEncrypted", "isSupervised"), bool),
}
# Properties whose values are objects or lists [schema: managedDevice].
NESTED = frozenset(
    (
        "chromeOSDeviceInfo",
        "configurationManagerClientEnabledFeatures",
        "configurationManagerClientHealthState",
        "configurationManagerClientInformation",
        "deviceActionResults",
        "deviceHealthAttestationState",
        "hardwareInformation",
        "roleScopeTagIds",
        "usersLoggedOn",
    )
)
NAMES = {graph: snake_case(graph) for graph in (*LISTED, *UNLISTED)}
# No property of a device is a reference to another object.
_NO_NAMES = ResolvedNames()
_GRAPH = {name: graph for graph, name in NAMES.items()}


def selected(options: Sequence[str] | None) -> list[str]:
    """Return the Graph properties for the option fields. Raises InvalidOptions for a name that is none."""
    if not options:
        return list(DEFAULT)
    unknown = sorted(set(options) - set(_GRAPH) - {"all"})
    if unknown:
        similar = [hit for name in unknown for hit in get_close_matches(snake_case(name), _GRAPH, 1)]
        hint = f"Did you mean {', '.join(similar)}?" if similar else f"Use: all, {', '.join(sorted(_GRAPH))}."
        raise InvalidOptions(f"fields: no property of a managed device: {', '.join(unknown)}. {hint}")
    chosen = [graph for name in options for graph in (LISTED if name == "all" else [_GRAPH[name]])]
    return list(dict.fromkeys(chosen))


def entra_id(raw: Raw) -> str:
    """Return the id that a managed device has in Microsoft Entra, in the letter case in which ids are compared."""
    return str(raw.get("azureADDeviceId") or "").lower()


def graph_value(graph: str, value: str) -> str:
    """Return an option's value as Graph writes it."""
    return str(ENUMS[graph].encode(value, None, _NO_NAMES)) if graph in ENUMS else value


def shown(graph: str, value: Any) -> Any:
    """Return a property's value as users see it."""
    return ENUMS[graph].show(value, _NO_NAMES) if graph in ENUMS else snake_keys(value)


def present(page: Sequence[Raw], fields: Sequence[str]) -> list[dict[str, Any]]:
    """Return devices as users see them: fields under their snake_case names, None for one without a value."""
    names = [(graph, NAMES[graph]) for graph in fields]
    devices = [{name: raw.get(graph) for graph, name in names} for raw in page]
    for graph, name in names:
        if graph in ENUMS:
            members = {value: shown(graph, value) for value in {device[name] for device in devices}}
            for device in devices:
                device[name] = members[device[name]]
        elif graph in NESTED:
            for device in devices:
                device[name] = shown(graph, device[name])
    return devices
