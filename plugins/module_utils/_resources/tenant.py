# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tenant is, and whether it is ready for Intune: one $batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from .._engine.errors import AmbiguousName
from .._engine.names import snake_case, snake_keys
from .._engine.references import Reference, ResolvedNames
from .._engine.resolving import look_up
from .._graph.batch import BatchRequest, BatchResponse
from .._graph.errors import BadRequest, Forbidden, IntuneError, NotFound
from .._graph.session import GraphSession
from .._graph.shapes import Shape
from .group_contents import contents
from .reference_types import (
    ANDROID_APP,
    APPLICATION,
    FILTER,
    GROUP,
    IOS_APP,
    IOS_VPN_PROFILE,
    NOTIFICATION_TEMPLATE,
    SCOPE_TAG,
)

_ORGANIZATION = ("id", "displayName", "verifiedDomains", "mobileDeviceManagementAuthority", "assignedPlans")
PLAY = "deviceManagement/androidManagedStoreAccountEnterpriseSettings"
ENTERPRISE = (
    "bindStatus",
    "lastAppSyncDateTime",
    "lastAppSyncStatus",
    "ownerOrganizationName",
    "ownerUserPrincipalName",
)
# The service plans that are Intune: INTUNE_A, INTUNE_EDU, INTUNE_SMBIZ [Microsoft's list of service plans].
_PLANS = (
    "c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
    "da24caf9-af8e-485c-b7c8-e73336da2693",
    "8e9ff0ff-aa7a-4b20-83c1-2f636b600ac2",
)
_SHAPES: Mapping[str, Shape] = {
    "verifiedDomains": [{"name": str, "isDefault": bool}],
    "assignedPlans": [{"capabilityStatus": str, "servicePlanId": str}],
    "bindStatus": str,
}
# What can be looked up by name or id, by the option.
LOOK_UP = {
    "groups": GROUP,
    "assignment_filters": FILTER,
    "scope_tags": SCOPE_TAG,
    "notification_templates": NOTIFICATION_TEMPLATE,
    "vpn_profiles": IOS_VPN_PROFILE,
    "ios_apps": IOS_APP,
    "android_apps": ANDROID_APP,
    "applications": APPLICATION,
}
# Groups that need not exist, but should be of users.
USER_GROUPS = "user_groups"


def is_bound(settings: Mapping[str, Any]) -> bool:
    """Whether managed Google Play is connected."""
    return str(settings.get("bindStatus")).lower() in ("bound", "boundandvalidated")


def gather(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Return the tenant's name and id and its readiness. What may not be read is none, with the reason in
    unreadable.
    """
    requests = [
        BatchRequest("GET", f"/organization?$select={','.join(_ORGANIZATION)}"),
        BatchRequest("GET", f"/{PLAY}"),
    ]
    session.shapes.expect(_SHAPES)
    organization, enterprise = session.batch(requests)
    unreadable = [str(answer.error) for answer in (organization, enterprise) if answer.error]
    readable = _body(organization)
    settings = _body(enterprise)
    tenant = {
        **_described(next(session.items(readable), {}) if readable else {}),
        "managed_google_play": {snake_case(name): snake_keys(settings.get(name)) for name in ENTERPRISE}
        if settings
        else None,
        "managed_google_play_bound": is_bound(settings) if settings.get("bindStatus") else None,
    }
    looked_up = _missing(session, params.get("look_up") or {}, unreadable)
    groups = _groups_of_devices(session, (params.get("look_up") or {}).get(USER_GROUPS) or [])
    result = {"changed": False, "tenant": tenant, "unreadable": unreadable, **looked_up, "groups_of_devices": groups}
    return {**result, "graph_requests": session.requests_sent}


def _missing(
    session: GraphSession, names: Mapping[str, Iterable[str]], unreadable: list[str]
) -> dict[str, list[str] | None]:
    """Return what does not exist of what is looked up; none when that could not be read."""
    references = [
        Reference(LOOK_UP[option], text)
        for option, texts in names.items()
        for text in texts or []
        if option != USER_GROUPS
    ]
    resolved = ResolvedNames()
    try:
        for error in look_up(session, references, resolved, "beta").values():
            raise error
    except AmbiguousName as error:
        return {"not_found": [], "unclear": [str(error).replace(" This task wrote nothing.", "")]}
    except Forbidden as error:
        unreadable.append(str(error))
        return {"not_found": None, "unclear": []}
    missing = [reference for reference in dict.fromkeys(references) if reference not in resolved.objects]
    return {"not_found": [f"{reference.type.title} '{reference.text}'" for reference in missing], "unclear": []}


def _groups_of_devices(session: GraphSession, names: Iterable[str]) -> list[str]:
    """Return those of the groups that hold devices; what does not exist yet or may not be read is left out."""
    resolved = ResolvedNames()
    references = [Reference(GROUP, name) for name in names]
    with suppress(AmbiguousName, Forbidden):
        look_up(session, references, resolved, "beta")
    found = list(resolved.objects)
    held = contents(session, [resolved.id_of(reference) for reference in found])
    return [reference.text for reference, content in zip(found, held) if content.has_devices]


def refusal(answer: BatchResponse) -> IntuneError | None:
    """Return why a part of the tenant cannot be read. Raises what concerns the whole task."""
    if answer.error and not isinstance(answer.error, (BadRequest, Forbidden, NotFound)):
        raise answer.error
    return answer.error


def _body(answer: BatchResponse) -> Mapping[str, Any]:
    return {} if refusal(answer) or not isinstance(answer.body, dict) else answer.body


def _described(raw: Mapping[str, Any]) -> dict[str, Any]:
    domains = raw.get("verifiedDomains") or []
    return {
        "id": raw.get("id"),
        "display_name": raw.get("displayName"),
        "default_domain": next((item.get("name") for item in domains if item.get("isDefault")), None),
        "mobile_device_management_authority": raw.get("mobileDeviceManagementAuthority"),
        "intune_plan_status": _plan_status(raw.get("assignedPlans")),
    }


def _plan_status(plans: Iterable[Mapping[str, Any]] | None) -> str | None:
    """Return the best status of an Intune service plan; none when there is no list, absent when none is on it."""
    if not plans:
        return None
    found = [
        str(plan.get("capabilityStatus") or "").lower()
        for plan in plans
        if str(plan.get("servicePlanId")).lower() in _PLANS
    ]
    order = ("enabled", "warning", "suspended", "lockedout", "deleted")
    return min(found, key=lambda status: order.index(status) if status in order else len(order)) if found else "absent"
