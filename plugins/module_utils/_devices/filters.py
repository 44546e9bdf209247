# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of managed devices: Graph applies those that it declares, all others are applied here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable

from .._engine.errors import InvalidOptions
from .._engine.times import literal, moment
from .._graph import odata
from .fields import COMPLIANCE_STATES, OWNERSHIPS, THREAT_STATES, Raw, graph_value

Test = Callable[[Raw], bool]

# Filter option -> property; a device fits if it has one of the option's values.
_EQUAL = {
    "operating_system": "operatingSystem",
    "compliance_state": "complianceState",
    "user_principal_name": "userPrincipalName",
    "device_name": "deviceName",
    "serial_number": "serialNumber",
    "manufacturer": "manufacturer",
    "model": "model",
    "azure_ad_device_id": "azureADDeviceId",
    "device_category_display_name": "deviceCategoryDisplayName",
    "jail_broken": "jailBroken",
    "email_address": "emailAddress",
    "partner_reported_threat_state": "partnerReportedThreatState",
    "managed_device_owner_type": "managedDeviceOwnerType",
}
# Graph declares $filter eq on all others of these [schema: managedDevice, descriptions].
_NOT_FILTERED_BY_GRAPH = ("emailAddress", "partnerReportedThreatState", "managedDeviceOwnerType")
# Filter option -> property and operator.
_BEFORE_AFTER = {
    "last_sync_before": ("lastSyncDateTime", "lt"),
    "last_sync_after": ("lastSyncDateTime", "gt"),
    "enrolled_before": ("enrolledDateTime", "lt"),
    "enrolled_after": ("enrolledDateTime", "gt"),
}
_BOOLEAN = {"is_encrypted": "isEncrypted", "is_supervised": "isSupervised"}
_CHOICES = {
    "compliance_state": COMPLIANCE_STATES.choices,
    "partner_reported_threat_state": THREAT_STATES.choices,
    "managed_device_owner_type": OWNERSHIPS.choices,
}
# The argument specification of the filters.
OPTIONS: dict[str, dict[str, Any]] = {
    **{
        name: {"type": "list", "elements": "str", **({"choices": _CHOICES[name]} if name in _CHOICES else {})}
        for name in _EQUAL
    },
    **{name: {"type": "bool"} for name in _BOOLEAN},
    **{name: {"type": "str"} for name in _BEFORE_AFTER},
}


@dataclass(frozen=True)
class Filters:
    """clauses are for Graph, joined by "and", the only way it takes them [schema: managedDevice]; tests are for here.

    Every filter is tested here too: Graph may ignore one, and letter case must not matter.
    """

    clauses: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    # What the tests look at.
    properties: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | None) -> Filters:
        """Raises InvalidOptions for a filter that is none, and for a value that is no time."""
        declared = {name: value for name, value in (options or {}).items() if value not in (None, [])}
        unknown = sorted(set(declared) - set(OPTIONS))
        if unknown:
            raise InvalidOptions(f"filters: there is no filter {', '.join(unknown)}. Use one of: {', '.join(OPTIONS)}.")
        conditions = [_one(name, value) for name, value in declared.items()]
        return cls(
            tuple(clause for clause, _test, _graph in conditions if clause),
            tuple(test for _clause, test, _graph in conditions),
            tuple(dict.fromkeys(graph for _clause, _test, graph in conditions)),
        )


def _one(name: str, value: Any) -> tuple[str, Test, str]:
    """Return the clause for Graph (empty if it declares none), the test, and the property."""
    if name in _BEFORE_AFTER:
        graph, operator = _BEFORE_AFTER[name]
        limit = moment(f"filters.{name}", value)
        return (
            f"{graph} {operator} {literal(limit)}",
            _is_before(graph, limit) if operator == "lt" else _is_after(graph, limit),
            graph,
        )
    if name in _BOOLEAN:
        graph = _BOOLEAN[name]
        return "", lambda raw: bool(raw.get(graph)) is bool(value), graph
    graph = _EQUAL[name]
    values = [graph_value(graph, str(item)) for item in (value if isinstance(value, (list, tuple)) else [value])]
    clause = (
        f"{graph} eq {odata.literal(values[0])}" if len(values) == 1 and graph not in _NOT_FILTERED_BY_GRAPH else ""
    )
    return clause, is_one_of(graph, values), graph


def is_one_of(graph: str, values: Sequence[str]) -> Test:
    accepted = {value.lower() for value in values}
    return lambda raw: str(raw.get(graph) or "").lower() in accepted


def _is_before(graph: str, limit: datetime) -> Test:
    return lambda raw: moment(graph, raw.get(graph)) < limit


def _is_after(graph: str, limit: datetime) -> Test:
    return lambda raw: moment(graph, raw.get(graph)) > limit
