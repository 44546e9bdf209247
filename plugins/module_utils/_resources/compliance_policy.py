# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compliance policies (beta /deviceManagement/deviceCompliancePolicies)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from .._engine.assignments import ALL_DEVICES, excludes, odata_type
from .._engine.fields import arguments
from .._engine.options import Spec, one_section, profile_options
from .._engine.references import ResolvedNames
from .._engine.resource import ObjectType, Params, Raw, base_fields
from .._graph.session import GraphSession
from .assignable import COMPLIANCE_ASSIGNMENTS, AssignedResource, group_ids
from .compliance_types import TYPES
from .group_contents import contents
from .reference_types import SCOPE_TAG
from .scheduled_actions import SCHEDULED_ACTIONS

_NO_THREAT_LEVEL = ("unavailable", "not_set")
_SWITCH = "device_threat_protection_enabled"
_LEVELS = ("device_threat_protection_required_security_level", "advanced_threat_protection_required_security_level")


def _demands(options: Mapping[str, Any], *levels: str) -> bool:
    """Whether one of the levels is declared and demands something."""
    return any(options.get(level) not in (None, *_NO_THREAT_LEVEL) for level in levels)


class CompliancePolicy(AssignedResource):
    singular = "compliance_policy"
    plural = "compliance_policies"
    title = "compliance policy"
    path = "deviceManagement/deviceCompliancePolicies"
    types = TYPES
    common_fields = (*base_fields(SCOPE_TAG), SCHEDULED_ACTIONS)
    assignable = COMPLIANCE_ASSIGNMENTS
    expand = "assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)"
    deciding = _LEVELS
    reported = ("version", "createdDateTime", "lastModifiedDateTime")

    argument_spec: ClassVar[Spec] = {**profile_options(*TYPES), **arguments([SCHEDULED_ACTIONS])}
    constraints: ClassVar[Spec] = one_section(TYPES)

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        if options.get(_SWITCH) and not _demands(options, *_LEVELS):
            yield (
                f"{object_type.section}: {_SWITCH} needs {_LEVELS[0]} (or the level of Microsoft Defender for "
                f"Endpoint, {_LEVELS[1]}): secured, low, medium or high"
            )

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        """A level counts only together with its switch, which the portal does not even show."""
        options, body = object_type.options(params), super().create_body(object_type, params, desired, ids)
        if options.get(_SWITCH) is None and any(options.get(level) is not None for level in _LEVELS):
            body.setdefault("deviceThreatProtectionEnabled", _demands(options, *_LEVELS))
        return body

    def advice(self, session: GraphSession, raw: Raw, params: Params) -> list[str]:
        """The threat level works for groups of users only [memdocs: create-compliance-policy]; one $batch shows what
        the groups are.
        """
        declared_type = self.declared_type(params)
        options = declared_type.options(params) if declared_type else {}
        if not _demands(options, *_LEVELS) or options.get(_SWITCH) is False:
            return []
        if not raw.get("deviceThreatProtectionEnabled"):
            return [f"{self.describe(params)}: the threat level has no effect while {_SWITCH} is off. Set it to true."]
        targets = _targets_with_devices(session, raw) if _demands(options, _LEVELS[0]) else []
        if not targets:
            return []
        warning = (
            f"{self.describe(params)} requires a threat level, which Intune supports for groups of users only. It is "
            f"assigned to {', '.join(targets)}: devices there may not be evaluated by it. Assign it to groups of users."
        )
        return [warning]


def _targets_with_devices(session: GraphSession, raw: Raw) -> list[str]:
    entries = raw.get("assignments") or []
    included = [entry for entry in entries if not excludes(entry)]
    groups = contents(session, group_ids(included))
    targets = sorted(f"group '{group.name}'" for group in groups if group.has_devices)
    is_for_all = any(odata_type(entry.get("target") or {}) == ALL_DEVICES for entry in included)
    return ["all devices", *targets] if is_for_all else targets
