# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state a tenant starts with, and changes by "somebody else": the portal, a partner, another administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import assignments, enrollment, play, vpp
from .clock import ALWAYS
from .fleet import random_guid
from .groups import new_group, soft_delete
from .messages import Json
from .principals import INTUNE_APP_ID
from .profile_rules import TEMPLATES
from .resources import BY_PATH, LOCATIONS, ROLES, STRENGTHS
from .schema import UNSET_DATE
from .store import Record, Tenant

CONNECTORS = "deviceManagement/mobileThreatDefenseConnectors"
FILTERS = "deviceManagement/assignmentFilters"
TAGS = "deviceManagement/roleScopeTags"
IOS_FILTER = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1001"
ANDROID_FILTER = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1002"
NOTIFICATION_TEMPLATE = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1003"
INTERNAL_TEMPLATE = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1004"

# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
_STRENGTHS = ("Multifactor authentication", "Passwordless MFA", "Phishing-resistant MFA")
HEADQUARTERS = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1008"
_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
}
# The partners' well-known ids [Microsoft365DSC: IntuneMobileThreatDefenseConnector]
_PARTNERS = {
    "d3ddeae8-441f-4681-b80f-aef644f7195a": "Check Point Harmony Mobile",
    "fc780465-2017-40d4-a0c5-307022471b92": "Microsoft Defender for Endpoint",
    "08a8455c-48dd-45ff-ad82-7211355354f3": "Zimperium",
    "2c7790de-8b02-4814-85cf-e0c59380dee8": "Lookout for Work",
}
Operation = dict[str, Any]


def seed(tenant: Tenant) -> None:
    tenant.add(
        TAGS,
        "roleScopeTag",
        {"displayName": "Default", "description": "Default Role Scope Tag exists by default", "isBuiltIn": True},
        "0",
    )
    tenant.add(
        TAGS,
        "roleScopeTag",
        {"displayName": "Mobile Security", "description": "Objects of the mobile security team"},
        "1",
    )
    for filter_id, name, platform in (
        (IOS_FILTER, "Corporate iOS", "iOS"),
        (ANDROID_FILTER, "Corporate Android", "androidForWork"),
    ):
        values = {"displayName": name, "platform": platform, "rule": '(device.deviceOwnership -eq "Corporate")'}
        tenant.add(FILTERS, "deviceAndAppManagementAssignmentFilter", values, filter_id)
    _add_template(tenant, NOTIFICATION_TEMPLATE, "Device not compliant")
    _add_template(tenant, INTERNAL_TEMPLATE, "EnrollmentNotificationInternalMEO")
    for role_id, name in _ROLES.items():
        tenant.add(ROLES, "directoryRoleTemplate", {"displayName": name}, role_id)
    for number, name in enumerate(_STRENGTHS, 2):
        strength_id = f"00000000-0000-0000-0000-{number:012}"
        values = {"displayName": name, "policyType": "builtIn", "requirementsSatisfied": "mfa"}
        tenant.add(STRENGTHS, "authenticationStrengthPolicy", values, strength_id)
    location = {"displayName": "Headquarters", "isTrusted": True, "ipRanges": []}
    tenant.add(LOCATIONS, "ipNamedLocation", location, HEADQUARTERS)
    tenant.add("deviceAppManagement/mobileAppCategories", "mobileAppCategory", {"displayName": "Business"})
    play.seed(tenant, tenant.settings.play_bound)
    enrollment.seed(tenant)
    if tenant.settings.connector_catalogue:
        for partner, name in _PARTNERS.items():
            # "catalog entry exists but the tenant has never configured it" [msgraph-beta-sdk 1.66]
            values = {
                "id": partner,
                "partnerState": "neverConfigured",
                "partnerDisplayName": name,
                "lastHeartbeatDateTime": UNSET_DATE,
            }
            tenant.add(CONNECTORS, "mobileThreatDefenseConnector", values, partner)


def _add_template(tenant: Tenant, template_id: str, name: str) -> None:
    message = {
        "id": f"{template_id}_en-us",
        "locale": "en-us",
        "subject": name,
        "messageTemplate": "See the Company Portal.",
        "isDefault": True,
        "lastModifiedDateTime": tenant.clock.intune_text(),
    }
    values = {"displayName": name, "defaultLocale": "en-us", "localizedNotificationMessages": [message]}
    tenant.add(TEMPLATES, "notificationMessageTemplate", values, template_id)


class SeedError(Exception):
    """An operation that does not make sense."""


def perform(tenant: Tenant, operations: Json) -> list[Json]:
    """Carry out seed operations in order; each is ``{"op": name, ...}``. Raises SeedError."""
    if not isinstance(operations, list):
        raise SeedError("Operations are a list")
    results = []
    for operation in operations:
        function = OPERATIONS.get(str(operation.get("op"))) if isinstance(operation, dict) else None
        if function is None:
            raise SeedError(f"Unknown operation; known are {sorted(OPERATIONS)}")
        try:
            results.append(function(tenant, operation))
        except KeyError as error:
            raise SeedError(f"Operation '{operation['op']}' lacks {error} or names an unknown object") from error
    return results


def _record(tenant: Tenant, operation: Operation) -> Record:
    record = tenant.record(operation["collection"], operation["id"])
    if record is None:
        raise SeedError(f"No object '{operation['id']}' in '{operation['collection']}'")
    return record


def _create(tenant: Tenant, operation: Operation) -> Json:
    """``collection``, ``body`` (with @odata.type), optional ``id``: no rule but the schema's names applies."""
    body = dict(operation["body"])
    path = operation["collection"]
    if path == "groups":
        return _create_group(tenant, body)
    resource = BY_PATH[path]
    name = str(body.pop("@odata.type", resource.base)).removeprefix("#").removeprefix("microsoft.graph.")
    unknown = (
        set(body) - tenant.contracts["beta"].properties(name).keys() - tenant.contracts["beta"].navigation(name).keys()
    )
    if unknown:
        raise SeedError(f"microsoft.graph.{name} has no {sorted(unknown)}")
    record = tenant.add(path, name, body, operation.get("id") or body.get("id") or random_guid())
    record.born = ALWAYS
    return record.values


def _further(tenant: Tenant, operation: Operation) -> Json:
    """``collection`` and ``body`` of an object that the collection does not manage."""
    found = {"id": random_guid(), **operation["body"]}
    tenant.further.setdefault(operation["collection"], []).append(found)
    return found


def _create_group(tenant: Tenant, body: dict[str, Json]) -> Json:
    members, owners = body.pop("members", []), body.pop("owners", [])
    unique_name = body.pop("uniqueName", None)
    standard = {"mailEnabled": False, "securityEnabled": True, "groupTypes": [], "mailNickname": random_guid()[:10]}
    group = new_group(tenant, tenant.validator.filled("group", standard | body), unique_name)
    group.members, group.owners = [item.lower() for item in members], [item.lower() for item in owners]
    group.born = ALWAYS
    tenant.groups[group.id] = group
    return group.values


def _members(tenant: Tenant, operation: Operation) -> Json:
    """``id`` of a group and lists ``add`` and ``remove`` of object ids; ``relation`` owners for owners."""
    group = tenant.groups[operation["id"].lower()]
    current = getattr(group, operation.get("relation", "members"))
    current += [item.lower() for item in operation.get("add", ()) if item.lower() not in current]
    for item in operation.get("remove", ()):
        current.remove(item.lower())
    return list(current)


def _assign(tenant: Tenant, operation: Operation) -> Json:
    """``collection``, ``id``, ``assignments``: added to what exists for other targets, or instead of all of it with
    ``replace: true``.
    """
    record = _record(tenant, operation)
    resource = BY_PATH[operation["collection"]]
    added = [
        tenant.validator.filled(resource.assignment, {**item, "target": _target(tenant, item["target"])})
        for item in operation["assignments"]
    ]
    asked_for = zip(added, operation["assignments"], strict=True)
    targets = [_who({**item, "source": asked.get("source")}) for item, asked in asked_for]
    kept = [] if operation.get("replace") else [item for item in record.assignments if _who(item) not in targets]
    assignments.store(tenant, resource, record, kept + added)
    for item, asked in zip(added, operation["assignments"], strict=True):
        item.update({key: asked[key] for key in ("source", "sourceId") if key in asked})
    return record.assignments


def _who(assignment: Json) -> tuple[str, ...]:
    """A policy set may assign what somebody has assigned directly [Microsoft365DSC issue 3058]."""
    target = assignment["target"]
    return target["@odata.type"], str(target.get("groupId")), assignment.get("source") or "direct"


def _target(tenant: Tenant, target: Json) -> Json:
    return tenant.validator.complex(target, "deviceAndAppManagementAssignmentTarget", "target")


def _update(tenant: Tenant, operation: Operation) -> Json:
    """``collection``, ``id``, ``values``: set as they are."""
    if operation["collection"] == "groups":
        group = tenant.groups[operation["id"].lower()]
        group.values.update(operation["values"])
        return group.values
    record = _record(tenant, operation)
    record.values.update(operation["values"])
    record.touch(tenant.clock.intune_text())
    return record.values


def _delete(tenant: Tenant, operation: Operation) -> Json:
    if operation["collection"] == "groups":
        del tenant.groups[operation["id"].lower()]
    else:
        del tenant.collection(operation["collection"])[_record(tenant, operation).id]
    return None


def _delete_group(tenant: Tenant, operation: Operation) -> Json:
    """Group ``id`` is deleted as by its owner: it can be restored."""
    soft_delete(tenant, tenant.groups[operation["id"].lower()])
    return None


def _heartbeat(tenant: Tenant, operation: Operation) -> Json:
    """The partner's own heartbeat: connector ``id`` becomes ``state`` (enabled)."""
    record = tenant.collection(CONNECTORS)[operation["id"].lower()]
    now = tenant.clock.intune_text()
    record.values.update({"partnerState": operation.get("state", "enabled"), "lastHeartbeatDateTime": now})
    return record.values


def _device(tenant: Tenant, operation: Operation) -> Json:
    """Managed device by ``number`` or ``id``: its ``values`` change, for example partnerReportedThreatState."""
    number = operation["number"] if "number" in operation else tenant.fleet.managed_number(operation["id"])
    if number is None or not 0 <= number < tenant.fleet.devices:
        raise SeedError("No such device")
    tenant.fleet.change(number, operation["values"])
    return tenant.fleet.managed(number)


def _import_app(tenant: Tenant, operation: Operation) -> Json:
    """A managed Google Play app that somebody approved and synchronised before: ``package``."""
    play.import_app(tenant, operation["package"])
    tenant.approved.add(operation["package"])
    return [
        item.values
        for item in tenant.collection(play.APPS).values()
        if item.values.get("packageId") == operation["package"]
    ][-1]


def _purchase(tenant: Tenant, operation: Operation) -> Json:
    """``name``, ``bundle_id``, ``store_id`` and ``licences`` are bought, in the location of ``token``."""
    token = operation.get("token", enrollment.VPP_TOKEN)
    names = ("name", "bundle_id", "store_id", "licences")
    tenant.purchases.append(vpp.Purchase(token, *(operation[name] for name in names)))
    return None


def _application(tenant: Tenant, operation: Operation) -> Json:
    """``app_id`` gets a service principal if it has none, and the Graph ``app_roles``, ``intune_roles`` and ``scopes``
    (of a ``user``, or of all).
    """
    principals = tenant.principals
    found = principals.by_app_id(operation["app_id"]) or principals.add(
        operation["app_id"], operation.get("name", "Application")
    )
    intune = principals.by_app_id(INTUNE_APP_ID)
    intune_ids = {role["value"]: role["id"] for role in (intune or {}).get("appRoles", ())}
    wanted = [(principals.graph, principals.role_id(name)) for name in operation.get("app_roles", ())]
    wanted += [(intune, intune_ids[name]) for name in operation.get("intune_roles", ()) if intune]
    for resource, role_id in wanted:
        if not principals.assignment(found["id"], resource["id"], role_id):
            made = principals.assign(found, resource, role_id)
            principals.assignments[made["id"]].born = ALWAYS
    if operation.get("scopes"):
        user = operation.get("user")
        consent = {"consentType": "Principal", "principalId": user} if user else {"consentType": "AllPrincipals"}
        made = principals.grant(
            {
                "clientId": found["id"],
                "resourceId": principals.graph["id"],
                "scope": " ".join(operation["scopes"]),
                **consent,
            }
        )
        principals.grants[made["id"]].born = ALWAYS
    return {key: found[key] for key in ("id", "appId", "displayName")}


def _install_counts(tenant: Tenant, operation: Operation) -> Json:
    """``id`` of an app and ``values``: columns of its install report."""
    tenant.install_counts[operation["id"].lower()] = operation["values"]
    return operation["values"]


def _organization(tenant: Tenant, operation: Operation) -> Json:
    """``values``: set as they are."""
    tenant.organization.update(operation["values"])
    return tenant.organization


OPERATIONS: dict[str, Callable[[Tenant, Operation], Json]] = {
    "create": _create,
    "further": _further,
    "members": _members,
    "assign": _assign,
    "update": _update,
    "delete": _delete,
    "delete_group": _delete_group,
    "heartbeat": _heartbeat,
    "device": _device,
    "import_app": _import_app,
    "purchase": _purchase,
    "application": _application,
    "organization": _organization,
    "install_counts": _install_counts,
}
