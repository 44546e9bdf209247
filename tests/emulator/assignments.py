# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/assign`` and the assignments of an Intune object."""

from __future__ import annotations

import hashlib

from .errors import bad_request
from .messages import Json
from .resources import APP_SETTINGS, Resource
from .routing import Call
from .schema import GUID, ZERO_GUID, BodyError, Rules
from .store import Record, Tenant

# What Intune puts instead of a group id for the two virtual groups.
ALL_DEVICES = "adadadad-808e-44e2-905a-0b7873a8a531"
ALL_USERS = "acacacac-9df4-4c7d-9d50-4ef0226f57a9"
_INTENTS = ("available", "required", "uninstall", "availableWithoutEnrollment")
Assignment = dict[str, Json]


def group_key(target: dict[str, Json]) -> str:
    """What identifies a target for Intune: the group, whether included or excluded."""
    kind = target["@odata.type"].removeprefix("#microsoft.graph.")
    if kind == "allDevicesAssignmentTarget":
        return ALL_DEVICES
    if kind == "allLicensedUsersAssignmentTarget":
        return ALL_USERS
    return str(target.get("groupId") or target.get("collectionId")).lower()


def replace(call: Call, resource: Resource, record: Record, body: Json) -> None:
    """The action ``assign``: the list that is sent becomes the whole list. Raises 400 before anything is changed."""
    if not isinstance(body, dict) or set(body) != {resource.assign_key}:
        raise bad_request(f"The body of 'assign' must have exactly the parameter '{resource.assign_key}'.")
    entries = body[resource.assign_key]
    if not isinstance(entries, list):
        raise bad_request(f"The parameter '{resource.assign_key}' must be an array.")
    kept: list[Assignment] = []
    seen: set[str] = set()
    for entry in entries:
        assignment = parsed(call, resource, record, entry)
        key = group_key(assignment["target"])
        if key in seen:
            # "Graph ignores the new one" [MG-Cloudflow/Intune-Toolkit#57]
            continue
        seen.add(key)
        kept.append(assignment)
    if resource.assignment == "mobileAppAssignment":
        _check_intents(kept)
    store(call.tenant, resource, record, kept)


def parsed(call: Call, resource: Resource, record: Record, entry: Json) -> Assignment:
    # The documentation's sample sends an id with each entry; it has no effect.
    rules = Rules(create=True, allow=frozenset({"id"}))
    try:
        name, values, _binds = call.validator.entity(entry, resource.assignment, rules)
    except BodyError as error:
        raise bad_request(str(error)) from error
    if not isinstance(values.get("target"), dict):
        raise bad_request("The property 'target' of an assignment is required.")
    _check_target(call, values["target"])
    if resource.assignment == "targetedManagedAppPolicyAssignment" and str(values["target"]["@odata.type"]).endswith(
        "allDevicesAssignmentTarget"
    ):
        # [?] not documented; the portal offers users only
        raise bad_request("A policy of managed apps cannot be assigned to all devices.")
    if resource.assignment == "mobileAppAssignment":
        _check_app_assignment(call, record, values)
    return call.tenant.validator.filled(name, {key: value for key, value in values.items() if key != "id"})


def _check_target(call: Call, target: dict[str, Json]) -> None:
    kind = target["@odata.type"].removeprefix("#microsoft.graph.")
    if "groupId" in target:
        _check_group(call, target["groupId"])
    elif kind not in ("allDevicesAssignmentTarget", "allLicensedUsersAssignmentTarget"):
        raise bad_request(f"A target of type '{kind}' is not supported here.")
    filter_id = target.get("deviceAndAppManagementAssignmentFilterId")
    mode = target.get("deviceAndAppManagementAssignmentFilterType", "none")
    unset = filter_id in (None, "", ZERO_GUID)
    if unset is not (mode == "none"):
        raise bad_request("A filter id and a filter type other than 'none' must be given together.")
    if unset:
        return
    if kind == "exclusionGroupAssignmentTarget":
        raise bad_request("An exclusion target cannot have an assignment filter.")
    if call.tenant.record("deviceManagement/assignmentFilters", str(filter_id)) is None:
        raise bad_request(f"The assignment filter '{str(filter_id)[:40]}' does not exist.")


def _check_group(call: Call, group_id: Json) -> None:
    """A group that does not exist, or that Intune does not know yet [graph facts: consistency]."""
    if not isinstance(group_id, str) or not GUID.match(group_id):
        raise bad_request("The property 'groupId' of a target must be the object id of a group.")
    if call.tenant.group(group_id) is None:
        raise bad_request(f"The group '{group_id}' was not found in the directory of the tenant.")


_REFUSED_INTENTS = {
    "isRemovable": ("available", "availableWithoutEnrollment", "uninstall"),
    "uninstallOnDeviceRemoval": ("uninstall",),
    "preventManagedAppBackup": ("uninstall",),
}


def _check_app_assignment(call: Call, record: Record, values: dict[str, Json]) -> None:
    if "intent" not in values:
        raise bad_request("The property 'intent' of an app assignment is required.")
    target_kind = values["target"]["@odata.type"].removeprefix("#microsoft.graph.")
    if target_kind == "allDevicesAssignmentTarget" and values["intent"].startswith("available"):
        # An app is made available to users; a device target has no Company Portal user [graph facts: assignments].
        raise bad_request("The intent 'available' is not supported for all devices.")
    settings = values.get("settings")
    if settings is None:
        return
    fitting = APP_SETTINGS.get(record.type)
    if settings["@odata.type"] != f"#microsoft.graph.{fitting}":
        raise bad_request(
            f"Settings of type '{settings['@odata.type']}' do not fit an app of type 'microsoft.graph.{record.type}'."
        )
    # https://github.com/deploymenttheory/terraform-provider-microsoft365/pull/3696. [?] What exists may be sent again.
    for key, refused in _REFUSED_INTENTS.items():
        had = [(entry["intent"], (entry.get("settings") or {}).get(key)) for entry in record.assignments]
        value = settings.get(key)
        if value is not None and values["intent"] in refused and (values["intent"], value) not in had:
            raise bad_request(f"{key[0].upper()}{key[1:]} setting is not supported for this intent.")
    _check_vpn(call, settings.get("vpnConfigurationId"))


def _check_vpn(call: Call, profile_id: Json) -> None:
    if not profile_id:
        return
    profile = call.tenant.record("deviceManagement/deviceConfigurations", str(profile_id))
    if profile is None or not call.tenant.contracts["beta"].is_a(profile.type, "iosVpnConfiguration"):
        raise bad_request("The property 'vpnConfigurationId' does not name an iOS VPN profile of this tenant.")


def _check_intents(kept: list[Assignment]) -> None:
    """The intent of an exclusion must be that of an inclusion [graph facts: included and excluded groups]."""
    included = {item.get("intent") for item in kept if not _excludes(item)}
    if included and any(item.get("intent") not in included for item in kept if _excludes(item)):
        raise bad_request("The intent of an exclusion must equal the intent of an inclusion.")


def _excludes(assignment: Assignment) -> bool:
    return str(assignment["target"]["@odata.type"]).endswith("exclusionGroupAssignmentTarget")


def store(tenant: Tenant, resource: Resource, record: Record, kept: list[Assignment]) -> None:
    """Give the assignments their ids and an order that is not the one they were sent in."""
    released = {filter_of(item) for item in record.assignments} - {filter_of(item) for item in kept}
    for item in kept:
        item["id"] = _identifier(record, item)
        if "source" in item and item.get("source") is None:
            item["source"] = "direct"
        if resource.assignment == "deviceConfigurationAssignment" and item.get("intent") is None:
            item["intent"] = "apply"
        item["target"] = _rendered_target(item["target"])
    record.assignments = sorted(kept, key=lambda item: hashlib.sha256(str(item["id"]).encode()).hexdigest())
    for name in released - {None}:
        found = tenant.record("deviceManagement/assignmentFilters", str(name))
        if found:
            # A filter stays locked for some seconds after its last assignment [terraform provider: waits and retries].
            found.unlocked = tenant.clock.now() + tenant.lag


def filter_of(assignment: Assignment) -> str | None:
    value = assignment["target"].get("deviceAndAppManagementAssignmentFilterId")
    return str(value).lower() if value else None


def _rendered_target(target: dict[str, Json]) -> dict[str, Json]:
    rendered = dict(target)
    for key in ("groupId", "deviceAndAppManagementAssignmentFilterId"):
        if isinstance(rendered.get(key), str):
            rendered[key] = rendered[key].lower()
    if rendered.get("deviceAndAppManagementAssignmentFilterId") in ("", ZERO_GUID):
        rendered["deviceAndAppManagementAssignmentFilterId"] = None
    return rendered


def _identifier(record: Record, assignment: Assignment) -> str:
    """Composite ids, as Intune makes them: they change with the target and the intent."""
    group = group_key(assignment["target"])
    if "intent" in assignment and assignment["intent"] in _INTENTS:
        return f"{group}_{_INTENTS.index(assignment['intent'])}_{int(_excludes(assignment))}"
    return f"{record.id}_{group}"
