# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assignment filters (beta /deviceManagement/assignmentFilters)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from .._engine.fields import Enum, Field, arguments
from .._engine.options import Spec, recreate_option, resource_options
from .._engine.removal import ASSIGNED, ELSEWHERE
from .._engine.resource import ObjectType, Params, Resource, base_fields
from .._engine.text_fields import QUOTED, Rule
from .reference_types import SCOPE_TAG

PLATFORMS = Enum(
    "android",
    "androidForWork",
    "iOS",
    "macOS",
    "windowsPhone81",
    "windows81AndLater",
    "windows10AndLater",
    "androidWorkProfile",
    "androidAOSP",
    "androidMobileApplicationManagement",
    "iOSMobileApplicationManagement",
    "windowsMobileApplicationManagement",
)
_FOR_APPS = "_mobile_application_management"
_PROPERTY = re.compile(r"\b([A-Za-z]+)\.\w")
MANAGEMENT_TYPES = Enum("devices", "apps", default="devices")


class AssignmentFilter(Resource):
    singular = "assignment_filter"
    plural = "assignment_filters"
    title = "assignment filter"
    path = "deviceManagement/assignmentFilters"
    polymorphic = False
    # The collection is short: Intune allows 200.
    filterable = False
    types = (ObjectType("deviceAndAppManagementAssignmentFilter", "assignment filter", required=("platform", "rule")),)
    # The scope tags of a filter have a property name of their own [graph facts: assignment filters].
    common_fields = (
        *base_fields(SCOPE_TAG, tags_property="roleScopeTags"),
        # Terraform's provider replaces a filter when its platform changes.
        Field("platform", "platform", PLATFORMS, create_only=True),
        Field("rule", "rule", Rule()),
        Field(
            "assignment_filter_management_type", "assignmentFilterManagementType", MANAGEMENT_TYPES, create_only=True
        ),
    )
    # Terraform's provider waits for it too [graph facts: consistency].
    locked_within = 15.0
    # No page states it; Graph would refuse to delete a filter in use after the new one was created.
    names_are_unique = True
    used_in = (*ASSIGNED, *ELSEWHERE)
    reported = ("createdDateTime", "lastModifiedDateTime")

    deciding = ("platform", "assignment_filter_management_type")

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        platform, management = options.get("platform") or "", options.get("assignment_filter_management_type")
        is_for_apps = platform.endswith(_FOR_APPS) or management == "apps"
        if platform and management and platform.endswith(_FOR_APPS) != (management == "apps"):
            yield f"platform {platform} does not go with assignment_filter_management_type {management}"
        expected = "app" if is_for_apps else "device"
        others = sorted(set(_PROPERTY.findall(QUOTED.sub("", options.get("rule") or ""))) - {expected})
        if others:
            yield f"rule names {others[0]}, and properties of a filter for {expected}s begin with {expected}."

    argument_spec: ClassVar[Spec] = {
        **resource_options(),
        **recreate_option(),
        **arguments(common_fields),
    }
