# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties of a managed device: which can be had how, and how users see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Union

from .._engine.errors import InvalidOptions
from .._engine.fields import Enum
from .._engine.names import snake_case, snake_keys
from .._graph.rows import Rows

Raw = Mapping[str, Any]

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

# Of these the values are objects or lists [schema: managedDevice].
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
_GRAPH = {name: graph for graph, name in NAMES.items()}


def selected(options: Sequence[str] | None) -> list[str]:
    """Return the Graph properties for the option fields. Raises InvalidOptions for a name that is none."""
    if not options:
        return list(DEFAULT)
    unknown = sorted(set(options) - set(_GRAPH) - {"all"})
    if unknown:
        raise InvalidOptions(
            f"fields: no property of a managed device: {', '.join(unknown)}. Known are: all, "
            f"{', '.join(sorted(_GRAPH))}."
        )
    chosen = [graph for name in options for graph in (LISTED if name == "all" else [_GRAPH[name]])]
    return list(dict.fromkeys(chosen))


def graph_value(graph: str, value: str) -> str:
    """Return an option's value as Graph writes it."""
    return str(ENUMS[graph].encode(value, None, None)) if graph in ENUMS else value  # type: ignore[arg-type]


def shown(graph: str, value: Any) -> Any:
    """Return a property's value as users see it."""
    return ENUMS[graph].show(value, None) if graph in ENUMS else snake_keys(value)  # type: ignore[arg-type]


class _Shown(dict[Any, Any]):
    """Remembers how the members of an enum are shown: there are few of them, and many devices."""

    def __init__(self, graph: str) -> None:
        super().__init__()
        self._graph = graph

    def __missing__(self, value: Any) -> Any:
        return self.setdefault(value, shown(self._graph, value))


Columns = dict[str, Sequence[Any]]
# The devices of a page.
Page = Union[list[dict[str, Any]], Rows]


def columns(page: Iterable[Raw] | Rows, names: Sequence[str]) -> Columns:
    """Return each property's values in all devices of a page, as Graph sends them; None for one that is left out.

    Every device is looked at once; what is done with the values is then done for all devices together, which is quick.
    """
    if isinstance(page, Rows):
        return page.columns
    page = list(page)
    try:
        rows = list(map(itemgetter(*names, names[0]), page))  # with at least two names it gives a tuple
    except KeyError:
        rows = [tuple(map(raw.get, names)) for raw in page]
    return dict(zip(names, zip(*rows))) if rows else dict.fromkeys(names, ())


class Presenter:
    """Shows devices as users see them, a page at a time."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.names = [NAMES[graph] for graph in fields]
        self.fields = list(fields)
        self._members = {graph: _Shown(graph) for graph in ENUMS}

    def values(self, known: Columns) -> list[Sequence[Any]]:
        """Return the values of each field, in the order of the fields."""
        return [self.column(known, graph) for graph in self.fields]

    def column(self, known: Columns, graph: str) -> Sequence[Any]:
        """Return the values of one field."""
        values = known[graph]
        if graph in ENUMS:
            return list(map(self._members[graph].__getitem__, values))
        return [snake_keys(value) for value in values] if graph in NESTED else values

    def dictionaries(self, page: Iterable[Raw]) -> Iterator[dict[str, Any]]:
        return self.dictionaries_of(columns(page, self.fields))

    def dictionaries_of(self, known: Columns) -> Iterator[dict[str, Any]]:
        names = self.names
        return (dict(zip(names, values)) for values in zip(*self.values(known)))


def present(raw: Raw, fields: Sequence[str]) -> dict[str, Any]:
    """Return a device as users see it: its fields under their snake_case names, None for one without a value."""
    return {NAMES[graph]: shown(graph, raw.get(graph)) for graph in fields}
