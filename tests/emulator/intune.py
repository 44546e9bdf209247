# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Intune part of Graph: collections of configuration objects, their assignments and the actions on them."""

from __future__ import annotations

import hashlib
import re
from functools import partial

from . import assignments, rendering
from .assignments import filter_of
from .errors import INTUNE, GraphFault, bad_request, not_found
from .messages import Json, Response, no_content
from .odata import Node, matches, nodes, parse_filter
from .paging import PageSizes, check_filter, check_literals, listing, order
from .profile_rules import bound_profile, checked_rules, linked_collection
from .resources import (
    BETA,
    BY_PATH,
    MANAGED_APP_POLICIES,
    POLICIES,
    RESOURCES,
    Resource,
    check_ca_rights,
    valid_rule,
)
from .routing import GET_OPTIONS, Call, Handler, Router
from .schema import GUID, BodyError, Rules
from .store import Record

# An id of another form is refused as malformed [?]; the others answer that there is no such object.
_OF_GUIDS = {
    "mobileApps",
    "mobileAppConfigurations",
    "deviceConfigurations",
    "deviceCompliancePolicies",
    "assignmentFilters",
}
PAGE_SIZES = PageSizes(100, 1000)


def add_routes(router: Router) -> None:
    for resource in RESOURCES:
        _add_collection(router, resource)
        if resource.assignment:
            _add_assignments(router, resource)
    add = partial(router.add, family=INTUNE)
    for link in ("{link}", "{type:cast}/{link}"):
        add("GET", f"deviceManagement/deviceConfigurations/{{id}}/{link}", linked_profile, versions=BETA)
        add("PUT", f"deviceManagement/deviceConfigurations/{{id}}/{link}/$ref", link_profile, versions=BETA)
        add("DELETE", f"deviceManagement/deviceConfigurations/{{id}}/{link}/$ref", unlink_profile, versions=BETA)
    add("POST", "deviceManagement/deviceCompliancePolicies/{id}/scheduleActionsForRules", schedule_actions)
    add(
        "GET",
        "deviceManagement/deviceCompliancePolicies/{id}/scheduledActionsForRule",
        scheduled_actions,
        options=("$expand", "$format"),
    )
    add("POST", "deviceManagement/assignmentFilters/validateFilter", validate_filter, versions=BETA)
    for path in MANAGED_APP_POLICIES:
        resource = BY_PATH[path]
        add("POST", f"{path}/{{id}}/targetApps", partial(target_apps, resource), versions=resource.versions)
        add(
            "GET",
            f"{path}/{{id}}/apps",
            partial(targeted_apps, resource),
            options=("$top", "$skip"),
            versions=resource.versions,
        )
    add("GET", "deviceAppManagement/mobileApps/{id}/categories", app_categories)
    add("POST", "deviceAppManagement/mobileApps/{id}/categories/$ref", add_category)
    add("DELETE", "deviceAppManagement/mobileApps/{id}/categories/{category}/$ref", remove_category)


def _add_collection(router: Router, resource: Resource) -> None:
    def add(method: str, suffix: str, function: Handler, options: tuple[str, ...] = ()) -> None:
        router.add(method, resource.path + suffix, function, INTUNE, options, resource.versions)

    add("GET", "", partial(list_objects, resource), resource.options)
    add("GET", "/{type:cast}", partial(list_objects, resource), resource.options)
    add("GET", "/$count", partial(count_objects, resource), ("$filter",) if "$filter" in resource.options else ())
    add("GET", "/{id}", partial(read, resource), GET_OPTIONS)
    if resource.is_read_only:
        return
    add("POST", "", partial(create, resource))
    add("PATCH", "/{id}", partial(update, resource))
    add("DELETE", "/{id}", partial(delete, resource))


def _add_assignments(router: Router, resource: Resource) -> None:
    def add(method: str, suffix: str, function: Handler, options: tuple[str, ...] = ()) -> None:
        router.add(method, f"{resource.path}/{{id}}/{suffix}", function, INTUNE, options, resource.versions)

    add("POST", "assign", partial(assign, resource))
    add("GET", "assignments", partial(list_assignments, resource), ("$top", "$skip", "$select", "$count", "$format"))
    add("GET", "assignments/{assignment}", partial(read_assignment, resource), ("$select", "$format"))
    add("DELETE", "assignments/{assignment}", partial(delete_assignment, resource))
    if resource.assignment != "targetedManagedAppPolicyAssignment":
        add("POST", "assignments", partial(create_assignment, resource))


# -- objects -----------------------------------------------------------------------------------------------------------


def find(call: Call, resource: Resource) -> Record:
    object_id = call.params["id"]
    record = call.tenant.record(resource.path, object_id)
    if record is None or not rendering.visible(call, record):
        if resource.name in _OF_GUIDS and not GUID.match(object_id):
            raise bad_request(f"The id '{object_id[:80]}' is not a valid GUID.")
        raise not_found(f"The resource '{object_id[:80]}' was not found in '{resource.name}'.")
    if rendering.is_of_preview(call, record):
        raise bad_request("1037: The policy contains preview features. Use the Beta endpoint for this policy.")
    return record


def _matching(call: Call, resource: Resource) -> list[Record]:
    found = [
        record
        for record in call.tenant.collection(resource.path).values()
        if rendering.visible(call, record) and not rendering.is_of_preview(call, record)
    ]
    cast = call.params.get("type")
    if cast:
        if not call.contract.is_a(cast, resource.base):
            raise bad_request(f"'microsoft.graph.{cast}' is not a type of '{resource.name}'.")
        found = [record for record in found if call.contract.is_a(record.type, cast)]
    if call.query.filter:
        node = parse_filter(call.query.filter)
        check_filter(node, resource.filters, resource.name)
        check_literals(node, call.contract.properties(resource.base))
        _check_types(call, node)
        found = [record for record in found if _passes(call, node, record)]
    return found


def _check_types(call: Call, node: Node) -> None:
    for part in nodes(node):
        if part.op == "isof" and not call.contract.has_type(str(part.value).removeprefix("microsoft.graph.")):
            raise bad_request(f"The type '{str(part.value)[:80]}' in the filter is not known.")


def _passes(call: Call, node: Node, record: Record) -> bool:
    return matches(
        node,
        record.values.get,
        lambda wanted: call.contract.is_a(record.type, wanted.removeprefix("#").removeprefix("microsoft.graph.")),
    )


def list_objects(resource: Resource, call: Call) -> Response:
    base = call.params.get("type") or resource.base
    rendering.check_select(call, base)
    rendering.check_expand(call, resource)
    records = {record.id: record for record in _matching(call, resource)}
    items = order(
        call, [record.values for record in records.values()], ("displayName", "createdDateTime", "lastModifiedDateTime")
    )

    def render(values: dict[str, Json]) -> dict[str, Json]:
        return rendering.entity(call, resource, records[values["id"]], single=False)

    return listing(call, items, render, resource.path, PAGE_SIZES, call.query.count)


def count_objects(resource: Resource, call: Call) -> Response:
    return Response(200, str(len(_matching(call, resource))).encode(), content_type="text/plain")


def read(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    rendering.check_select(call, record.type)
    rendering.check_expand(call, resource)
    return Response(
        200,
        _with_context(
            call, resource, rendering.entity(call, resource, record, single=True), tips=not call.query.select
        ),
    )


def _with_context(call: Call, resource: Resource, body: dict[str, Json], tips: bool = False) -> dict[str, Json]:
    head: dict[str, Json] = {"@odata.context": call.context(f"{resource.path}/$entity")}
    if tips:
        # Graph adds advice of this kind to any GET without $select [graph facts: requests].
        head["@microsoft.graph.tips"] = (
            "Use $select to choose only the properties your app needs. For example: GET "
            f"{resource.path}('<guid>')?$select=displayName"
        )
    return head | body


def _checked(call: Call, resource: Resource, old: Record | None) -> tuple[str, dict[str, Json], dict[str, list[str]]]:
    allow = resource.create_allow if old is None else frozenset()
    rules = Rules(create=old is None, type_required=resource.polymorphic, allow=allow)
    try:
        name, values, binds = call.validator.entity(call.json(), resource.base, rules)
    except BodyError as error:
        raise bad_request(str(error)) from error
    if old is not None and resource.polymorphic and name != old.type:
        raise bad_request(
            f"The type of the object is 'microsoft.graph.{old.type}' and cannot be changed to 'microsoft.graph.{name}'."
        )
    if "id" in values and resource.name != "mobileThreatDefenseConnectors":
        del values["id"]
    _check_scope_tags(call, resource, values)
    if resource.check:
        resource.check(call, old.type if old else name, values, old)
    return name, values, binds


def _check_scope_tags(call: Call, resource: Resource, values: dict[str, Json]) -> None:
    tags = values.get(resource.scope_tags) if resource.scope_tags else None
    for tag in tags or ():
        if call.tenant.record("deviceManagement/roleScopeTags", tag) is None:
            raise bad_request(f"The role scope tag '{tag[:40]}' does not exist.")
    if tags is not None and not tags:
        # "An empty list is normalised" [graph facts: scope tags]
        values[resource.scope_tags] = ["0"]


def _bound(call: Call, name: str, binds: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        navigation: [bound_profile(call, navigation, name, url) for url in urls] for navigation, urls in binds.items()
    }


def create(resource: Resource, call: Call) -> Response:
    name, values, binds = _checked(call, resource, None)
    links = _bound(call, name, binds)
    record = call.tenant.add(resource.path, name, values, _new_id(call, resource, values))
    record.visible_from = call.tenant.clock.now() + call.tenant.lag
    record.links.update(links)
    call.query.select, call.query.expand = (), ()
    body = _with_context(call, resource, rendering.entity(call, resource, record, single=True))
    return Response(201, body, {"Location": f"{call.base}/{resource.path}('{record.id}')"})


def _new_id(call: Call, resource: Resource, values: dict[str, Json]) -> str | None:
    if resource.name == "mobileThreatDefenseConnectors":
        return str(values["id"]).lower()
    if resource.name == "roleScopeTags":
        return str(max(int(key) for key in call.tenant.collection(resource.path)) + 1)
    if resource.path in MANAGED_APP_POLICIES:
        from .fleet import random_guid

        return f"{'A' if 'Configuration' in resource.name else 'T'}_{random_guid()}"
    return None


def update(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    _name, values, binds = _checked(call, resource, record)
    record.links.update(_bound(call, record.type, binds))
    record.values.update(values)
    record.touch(call.tenant.clock.intune_text())
    if record.values.get("partnerState") == "neverConfigured":
        record.values["partnerState"] = "notSetUp"
    if resource.path == POLICIES:
        return no_content()
    if resource.path in MANAGED_APP_POLICIES[1:]:
        # 200 in the documentation, 204 from the service (observed).
        return no_content()
    return Response(200, _with_context(call, resource, rendering.entity(call, resource, record, single=True)))


def delete(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    _check_deletable(call, resource, record)
    del call.tenant.collection(resource.path)[record.id]
    return no_content()


def _check_deletable(call: Call, resource: Resource, record: Record) -> None:
    if resource.path == POLICIES:
        check_ca_rights(call, {"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"})
    everything = [item for path in call.tenant.records.values() for item in path.values()]
    if resource.name == "assignmentFilters":
        used = any(filter_of(entry) == record.id for item in everything for entry in item.assignments)
        if used or call.tenant.clock.now() < record.unlocked:
            raise bad_request("The assignment filter is in use by assignments and cannot be deleted.")
    if resource.name == "notificationMessageTemplates":
        rules = [rule for item in everything for rule in item.values.get("scheduledActionsForRule") or ()]
        if any(
            action.get("notificationTemplateId") == record.id
            for rule in rules
            for action in rule.get("scheduledActionConfigurations") or ()
        ):
            raise bad_request(
                "The notification message template is in use by a compliance policy and cannot be deleted."
            )
    if resource.name == "roleScopeTags":
        used = any(
            record.id in (item.values.get("roleScopeTagIds") or item.values.get("roleScopeTags") or ())
            for item in everything
        )
        if record.values["isBuiltIn"] or used:
            raise bad_request("The role scope tag is built in or in use and cannot be deleted.")
    if resource.name == "deviceConfigurations":
        bound = any(record.id in ids for item in everything for ids in item.links.values())
        vpn = any(
            (entry.get("settings") or {}).get("vpnConfigurationId") == record.id
            for item in everything
            for entry in item.assignments
        )
        if bound or vpn:
            # [?] not documented; the portal refuses to delete a profile that others refer to
            raise bad_request(
                "The profile is referred to by another profile or by the assignment of an app and cannot be deleted."
            )
    if resource.name == "mobileApps" and any(
        record.id in (item.values.get("targetedMobileApps") or ()) for item in everything
    ):
        raise bad_request("The app is targeted by an app configuration policy and cannot be deleted.")


# -- assignments -------------------------------------------------------------------------------------------------------


def assign(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    if resource.name == "mobileApps" and rendering.publishing_state(call, record) != "published":
        raise bad_request("The app is not published yet and cannot be assigned.")
    assignments.replace(call, resource, record, call.json())
    if not resource.assign_returns_list:
        return no_content()
    return Response(
        200,
        {
            "@odata.context": call.context(f"Collection(microsoft.graph.{resource.assignment})"),
            "value": [rendering.assignment(call, resource, item) for item in record.assignments],
        },
    )


def list_assignments(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    rendering.check_select(call, resource.assignment)
    context = f"{resource.path}('{record.id}')/assignments"
    return listing(
        call,
        record.assignments,
        lambda item: _selected(call, rendering.assignment(call, resource, item)),
        context,
        PAGE_SIZES,
        call.query.count,
    )


def _selected(call: Call, body: dict[str, Json]) -> dict[str, Json]:
    wanted = set(call.query.select)
    return {key: value for key, value in body.items() if key in wanted | {"id", "@odata.type"}} if wanted else body


def _one_assignment(resource: Resource, call: Call) -> tuple[Record, dict[str, Json]]:
    record = find(call, resource)
    for item in record.assignments:
        if item["id"] == call.params["assignment"]:
            return record, item
    raise not_found(f"The assignment '{call.params['assignment'][:80]}' was not found.")


def read_assignment(resource: Resource, call: Call) -> Response:
    _record, item = _one_assignment(resource, call)
    return Response(200, _selected(call, rendering.assignment(call, resource, item)))


def create_assignment(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    if resource.name == "mobileApps" and rendering.publishing_state(call, record) != "published":
        raise bad_request("The app is not published yet and cannot be assigned.")
    item = assignments.parsed(call, resource, record, call.json())
    if any(
        assignments.group_key(other["target"]) == assignments.group_key(item["target"]) for other in record.assignments
    ):
        raise bad_request("An assignment to this target already exists.")
    assignments.store(call.tenant, resource, record, [*record.assignments, item])
    return Response(201, rendering.assignment(call, resource, item))


def delete_assignment(resource: Resource, call: Call) -> Response:
    record, item = _one_assignment(resource, call)
    assignments.store(call.tenant, resource, record, [other for other in record.assignments if other is not item])
    return no_content()


# -- actions and links -------------------------------------------------------------------------------------------------

_BY_NAME = {resource.name: resource for resource in RESOURCES}


def _link(call: Call) -> tuple[Record, str]:
    """A profile and its navigation property that the address names, of a derived type only after a cast to it."""
    record = find(call, _BY_NAME["deviceConfigurations"])
    name, cast = call.params["link"], call.params.get("type") or "deviceConfiguration"
    navigation = {key.lower(): key for key in call.contract.navigation(cast)}.get(name.lower())
    if navigation is None or not call.contract.is_a(record.type, cast):
        raise GraphFault(400, f"Resource not found for the segment '{name}'.", "BadRequest")
    return record, navigation


def linked_profile(call: Call) -> Response:
    """``…/{id}/identityCertificate``: what an @odata.bind bound."""
    record, navigation = _link(call)
    resource = BY_PATH[linked_collection(call, navigation, record.type)]
    for profile_id in record.links.get(navigation, []):
        target = call.tenant.record(resource.path, profile_id)
        if target:
            return Response(200, _with_context(call, resource, rendering.entity(call, resource, target, single=True)))
    raise not_found(f"The profile has no '{navigation}'.")


def link_profile(call: Call) -> Response:
    """[Microsoft365DSC: how it changes the certificates of network profiles] PUT replaces the reference."""
    record, navigation = _link(call)
    body = call.json()
    if not isinstance(body, dict) or set(body) != {"@odata.id"} or not isinstance(body["@odata.id"], str):
        raise bad_request("The body must have exactly the property '@odata.id'.")
    record.links[navigation] = [bound_profile(call, navigation, record.type, body["@odata.id"])]
    record.touch(call.tenant.clock.intune_text())
    return no_content()


def unlink_profile(call: Call) -> Response:
    """[graph facts: removing a reference] DELETE of a single-valued reference takes it away."""
    record, navigation = _link(call)
    if not record.links.pop(navigation, None):
        raise not_found(f"The profile has no '{navigation}'.")
    record.touch(call.tenant.clock.intune_text())
    return no_content()


def schedule_actions(call: Call) -> Response:
    record = find(call, _BY_NAME["deviceCompliancePolicies"])
    body = call.json()
    if not isinstance(body, dict) or set(body) != {"deviceComplianceScheduledActionForRules"}:
        raise bad_request("The body must have exactly the parameter 'deviceComplianceScheduledActionForRules'.")
    rules = Rules(create=True, allow=frozenset({"scheduledActionConfigurations"}))
    try:
        parsed = [
            call.validator.entity(item, "deviceComplianceScheduledActionForRule", rules)[1]
            for item in body["deviceComplianceScheduledActionForRules"]
        ]
    except (BodyError, TypeError) as error:
        raise bad_request(str(error)) from error
    record.values["scheduledActionsForRule"] = checked_rules(call, parsed)
    record.touch(call.tenant.clock.intune_text())
    return no_content()


def scheduled_actions(call: Call) -> Response:
    record = find(call, _BY_NAME["deviceCompliancePolicies"])
    nested = any(item.name == "scheduledActionConfigurations" for item in call.query.expand)
    return Response(200, {"value": rendering.shown_rules(record, nested)})


def validate_filter(call: Call) -> Response:
    body = call.json()
    try:
        entry = body["deviceAndAppManagementAssignmentFilter"]
        _name, values, _binds = call.validator.entity(
            entry, "deviceAndAppManagementAssignmentFilter", Rules(create=True)
        )
    except (BodyError, KeyError, TypeError) as error:
        raise bad_request(f"The filter to validate is not well formed: {error}") from error
    return Response(200, {"isValidRule": valid_rule(values["rule"], values.get("platform"))})


_IDENTIFIER = re.compile(r"^[A-Za-z0-9._-]+$")


def target_apps(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    body = call.json()
    has_groups = "appGroupType" in call.tenant.contracts["beta"].properties(record.type)
    allowed = {"apps", "appGroupType"} if has_groups else {"apps"}
    if not isinstance(body, dict) or not {"apps"} <= set(body) <= allowed or not isinstance(body["apps"], list):
        raise bad_request(f"The body must have the parameter 'apps' and can have only {sorted(allowed)}.")
    try:
        parsed = [call.validator.entity(item, "managedMobileApp", Rules(create=True))[1] for item in body["apps"]]
    except BodyError as error:
        raise bad_request(str(error)) from error
    for item in parsed:
        _check_app(record, item)
    group = body.get("appGroupType", record.values.get("appGroupType"))
    if has_groups and group not in call.tenant.contracts["beta"].enums["targetedManagedAppGroupType"]["members"]:
        raise bad_request("The value of 'appGroupType' is unknown.")
    if has_groups:
        # Apps that are posted take the place of the group, silently; those of a group are the service's to list.
        record.values["appGroupType"] = "selectedPublicApps" if parsed else group
        if record.values["appGroupType"] != "selectedPublicApps":
            parsed = [_app_of_group(record, name) for name in _OF_GROUP]
    # A set, in an order of the service's own.
    record.values["apps"] = sorted(parsed, key=lambda item: hashlib.sha256(item["id"].encode()).digest())
    record.touch(call.tenant.clock.intune_text())
    return no_content()


_IDENTIFIERS = {
    "ios": ("iosMobileAppIdentifier", "bundleId"),
    "android": ("androidMobileAppIdentifier", "packageId"),
    "windows": ("windowsAppIdentifier", "windowsAppId"),
}
_OF_GROUP = ("com.microsoft.office.outlook", "com.microsoft.office.word")


def _platform(record: Record) -> str | None:
    return next((platform for platform in _IDENTIFIERS if record.type.startswith(f"{platform}ManagedApp")), None)


def _check_app(record: Record, item: dict[str, Json]) -> None:
    identifier, platform = item.get("mobileAppIdentifier") or {}, _platform(record)
    text = identifier.get("bundleId") or identifier.get("packageId") or identifier.get("windowsAppId") or ""
    if not _IDENTIFIER.match(text):
        raise bad_request("An app needs a 'mobileAppIdentifier'.")
    if platform and identifier.get("@odata.type") != f"#microsoft.graph.{_IDENTIFIERS[platform][0]}":
        raise bad_request(f"An app of a policy for {platform} needs a '{_IDENTIFIERS[platform][0]}'.")
    item["id"] = f"{text}.{platform or 'app'}"
    item["version"] = "-518090279"


def _app_of_group(record: Record, name: str) -> dict[str, Json]:
    type_name, key = _IDENTIFIERS[_platform(record) or "android"]
    identifier = {"@odata.type": f"#microsoft.graph.{type_name}", key: name}
    return {"id": f"{name}.app", "version": "-518090279", "mobileAppIdentifier": identifier}


def targeted_apps(resource: Resource, call: Call) -> Response:
    record = find(call, resource)
    context = f"{resource.path}('{record.id}')/apps"
    return listing(call, record.values.get("apps") or [], dict, context, PAGE_SIZES, False)


def app_categories(call: Call) -> Response:
    record = find(call, _BY_NAME["mobileApps"])
    linked = [
        call.tenant.record("deviceAppManagement/mobileAppCategories", name)
        for name in record.links.get("categories", [])
    ]
    return Response(200, {"value": [rendering.typed(call, item.type, item.values, None) for item in linked if item]})


def add_category(call: Call) -> Response:
    record = find(call, _BY_NAME["mobileApps"])
    body = call.json()
    prefix = f"{call.base}/deviceAppManagement/mobileAppCategories/"
    url = body.get("@odata.id") if isinstance(body, dict) else None
    if not isinstance(url, str) or not url.startswith(prefix):
        raise bad_request(f"The property '@odata.id' must be a URL that starts with '{prefix}'.")
    category = call.tenant.record("deviceAppManagement/mobileAppCategories", url.removeprefix(prefix))
    if category is None:
        raise not_found("The app category was not found.")
    if category.id not in record.links.setdefault("categories", []):
        record.links["categories"].append(category.id)
    return no_content()


def remove_category(call: Call) -> Response:
    record = find(call, _BY_NAME["mobileApps"])
    linked = record.links.get("categories", [])
    if call.params["category"] not in linked:
        raise not_found("The app category was not found.")
    linked.remove(call.params["category"])
    return no_content()
