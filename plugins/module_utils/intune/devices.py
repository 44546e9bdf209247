# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed devices (beta /deviceManagement/managedDevices): reading and summing up the fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..graph import odata
from ..graph.session import GraphSession
from ..reconcile.errors import InvalidOptions
from ..reconcile.fields import Enum, parse_moment
from ..reconcile.names import snake_case, snake_keys

_PATH = "deviceManagement/managedDevices"

# The properties of managedDevice that Graph fills in lists; others (notes, iccid, udid ...) come with one device only [schema: managedDevice].
LISTED = [
    "aadRegistered",
    "androidSecurityPatchLevel",
    "autopilotEnrolled",
    "azureADDeviceId",
    "azureADRegistered",
    "azureActiveDirectoryDeviceId",
    "bootstrapTokenEscrowed",
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
DEFAULT_FIELDS = [
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
_SUMMED_UP = {
    "by_platform": "operatingSystem",
    "by_compliance_state": "complianceState",
    "by_threat_state": "partnerReportedThreatState",
    "by_ownership": "managedDeviceOwnerType",
}

COMPLIANCE_STATES = Enum("unknown", "compliant", "noncompliant", "conflict", "error", "inGracePeriod", "configManager")
THREAT_STATES = Enum(
    "unknown", "activated", "deactivated", "secured", "lowSeverity", "mediumSeverity", "highSeverity", "unresponsive", "compromised", "misconfigured"
)
OWNERSHIPS = Enum("unknown", "company", "personal")
_ENUMS = {"complianceState": COMPLIANCE_STATES, "partnerReportedThreatState": THREAT_STATES, "managedDeviceOwnerType": OWNERSHIPS}

# Filter option -> property. Of these Graph declares $filter eq on all but the last two, and only joined by "and"
# [schema: managedDevice], so a list of several values is applied here.
_EQUAL = {
    "operating_system": "operatingSystem",
    "compliance_state": "complianceState",
    "user_principal_name": "userPrincipalName",
    "device_name": "deviceName",
    "serial_number": "serialNumber",
    "manufacturer": "manufacturer",
    "model": "model",
    "azure_ad_device_id": "azureADDeviceId",
    "partner_reported_threat_state": "partnerReportedThreatState",
    "managed_device_owner_type": "managedDeviceOwnerType",
}
_NOT_FILTERED_BY_GRAPH = ("partnerReportedThreatState", "managedDeviceOwnerType")
_BEFORE_AFTER = {"last_sync_before": ("lastSyncDateTime", "lt"), "last_sync_after": ("lastSyncDateTime", "gt")}


def gather(session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False) -> dict[str, Any]:
    """Return the devices as facts, with a summary. Reading changes nothing, so check mode is the same.

    A page that cannot be read is an error: a fleet is whole or it is none.
    """
    fields = selected(params.get("fields"))
    filters = {name: value for name, value in (params.get("filters") or {}).items() if value not in (None, [])}
    tests = list(_tests(filters))
    counts: dict[str, Counter[str]] = {name: Counter() for name in _SUMMED_UP}
    devices = []
    for raw in read(session, fields, filters):
        if all(test(raw) for test in tests):
            for name, graph in _SUMMED_UP.items():
                counts[name][_counted(graph, raw.get(graph))] += 1
            devices.append({snake_case(graph): _value(graph, raw.get(graph)) for graph in fields})
    summary = {"total": len(devices), **{name: dict(sorted(count.items())) for name, count in counts.items()}}
    return {
        "changed": False,
        "ansible_facts": {"intune_devices": devices, "intune_devices_summary": summary},
        "summary": summary,
        "graph_requests": session.requests_sent,
    }


def selected(options: list[str] | None) -> list[str]:
    """Return the Graph properties for the option fields. Raises InvalidOptions for a name that is none."""
    if not options:
        return list(DEFAULT_FIELDS)
    if options == ["all"]:
        return list(LISTED)
    known = {snake_case(graph): graph for graph in LISTED}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InvalidOptions(f"fields: no property of a managed device that Graph lists: {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")
    return [known[name] for name in dict.fromkeys(options)]


def read(session: GraphSession, fields: list[str], filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the fleet's devices, each once, page by page."""
    needed = dict.fromkeys(["id", *fields, *_SUMMED_UP.values(), *(_property(name) for name in filters)])
    query = {"$select": ",".join(needed)}
    clauses = list(_clauses(filters))
    if clauses:
        query["$filter"] = " and ".join(clauses)
    seen = set()
    for raw in session.list(_PATH, params=query):
        # Devices that enrol while pages are read can shift one onto two pages.
        if raw.get("id") not in seen:
            seen.add(raw.get("id"))
            yield raw


def _property(name: str) -> str:
    return _EQUAL.get(name) or _BEFORE_AFTER[name][0]


def _clauses(filters: Mapping[str, Any]) -> Iterator[str]:
    """The part of the filters that Graph declares."""
    for name, value in filters.items():
        if name in _BEFORE_AFTER:
            graph, operator = _BEFORE_AFTER[name]
            yield f"{graph} {operator} {moment(name, value).strftime('%Y-%m-%dT%H:%M:%SZ')}"
        elif len(value) == 1 and _EQUAL[name] not in _NOT_FILTERED_BY_GRAPH:
            yield f"{_EQUAL[name]} eq {odata.literal(_graph_value(_EQUAL[name], value[0]))}"


def _tests(filters: Mapping[str, Any]) -> Iterator[Any]:
    """All filters once more: what Graph did not filter, and what a filter of Graph's let through."""
    for name, value in filters.items():
        graph = _property(name)
        if name in _BEFORE_AFTER:
            limit, is_before = moment(name, value), _BEFORE_AFTER[name][1] == "lt"
            yield (
                lambda raw, graph=graph, limit=limit, is_before=is_before: (
                    moment(graph, raw.get(graph)) < limit if is_before else moment(graph, raw.get(graph)) > limit
                )
            )
        else:
            wanted = {_graph_value(graph, item).lower() for item in value}
            yield lambda raw, graph=graph, wanted=wanted: str(raw.get(graph) or "").lower() in wanted


def _graph_value(graph: str, value: str) -> str:
    return str(_ENUMS[graph].encode(value, None, None)) if graph in _ENUMS else value  # type: ignore[arg-type]


def moment(name: str, value: Any) -> datetime:
    """Return a time in UTC. Raises InvalidOptions when value is no ISO 8601 date or time."""
    try:
        return parse_moment(str(value or "0001-01-01T00:00:00Z"))
    except ValueError:
        raise InvalidOptions(f"filters.{name}: '{value}' is no date or time such as 2026-01-31 or 2026-01-31T12:00:00Z.") from None


def _value(graph: str, value: Any) -> Any:
    return _ENUMS[graph].show(value, None) if graph in _ENUMS else snake_keys(value)  # type: ignore[arg-type]


def _counted(graph: str, value: Any) -> str:
    return str(_value(graph, value) or "unknown")
