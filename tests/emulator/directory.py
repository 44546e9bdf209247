# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory part of Graph: reading users, devices, service principals and any directory object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

from .errors import GraphFault, bad_request, directory_not_found
from .messages import Json, Response
from .odata import Node, matches, nodes, parse_filter
from .paging import PageSizes, check_literals, listing
from .routing import Call, Router
from .schema import GUID, Property
from .store import Group

PAGE_SIZES = PageSizes(100, 999)
Shown = dict[str, Json]

# What a GET without $select returns [graph facts: directory properties].
DEFAULTS = {
    "user": (
        "id",
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
    ),
    "group": (
        "id",
        "deletedDateTime",
        "classification",
        "createdDateTime",
        "description",
        "displayName",
        "expirationDateTime",
        "groupTypes",
        "isAssignableToRole",
        "mail",
        "mailEnabled",
        "mailNickname",
        "membershipRule",
        "membershipRuleProcessingState",
        "onPremisesLastSyncDateTime",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "preferredDataLocation",
        "preferredLanguage",
        "proxyAddresses",
        "renewedDateTime",
        "resourceBehaviorOptions",
        "resourceProvisioningOptions",
        "securityEnabled",
        "securityIdentifier",
        "theme",
        "uniqueName",
        "visibility",
        "onPremisesProvisioningErrors",
    ),
    "servicePrincipal": ("id", "accountEnabled", "appId", "displayName", "servicePrincipalType"),
    "organization": (),
    "device": (),
    "appRoleAssignment": (),
    "oAuth2PermissionGrant": (),
    "application": (),
    "federatedIdentityCredential": (),
}
_NOT_DEFAULT = {
    "device": {"extensionAttributes", "hostnames", "cloudLicensing", "kind", "name", "platform", "status"},
    "organization": set(),
    "appRoleAssignment": {"deletedDateTime"},
    "oAuth2PermissionGrant": set(),
    "application": {"logo"},
    "federatedIdentityCredential": set(),
}

_TEXT = frozenset({"eq", "ne", "startswith", "endswith", "in", "ge", "le"})
_EXACT = frozenset({"eq", "ne", "in"})
FILTERS: dict[str, dict[str, frozenset[str]]] = {
    "group": {
        "id": _EXACT,
        "displayName": _TEXT,
        "mailNickname": _TEXT,
        "description": frozenset({"eq", "ne", "startswith", "ge", "le"}),
        "mail": _TEXT,
        "mailEnabled": frozenset({"eq", "ne"}),
        "securityEnabled": _EXACT,
        "groupTypes": frozenset({"any"}),
        "uniqueName": frozenset({"eq"}),
        "membershipRule": frozenset({"eq", "ne", "startswith"}),
        "membershipRuleProcessingState": _EXACT,
        "createdDateTime": frozenset({"eq", "ge", "le", "in"}),
        "securityIdentifier": _EXACT,
        "isAssignableToRole": frozenset({"eq", "ne"}),
    },
    "user": {
        "id": _EXACT,
        "displayName": _TEXT,
        "userPrincipalName": _TEXT,
        "mail": _TEXT,
        "mailNickname": _TEXT,
        "givenName": _TEXT,
        "surname": _TEXT,
        "accountEnabled": _EXACT,
        "userType": _EXACT,
        "department": _EXACT,
        "usageLocation": _TEXT,
    },
    "device": {
        "id": _EXACT,
        "deviceId": _TEXT,
        "displayName": _TEXT,
        "operatingSystem": _TEXT,
        "operatingSystemVersion": _TEXT,
        "isCompliant": _EXACT,
        "isManaged": _EXACT,
        "accountEnabled": _EXACT,
        "mdmAppId": _TEXT,
        "managementType": _EXACT,
        "trustType": _EXACT,
        "profileType": _EXACT,
        "approximateLastSignInDateTime": frozenset({"eq", "ge", "le"}),
        "registrationDateTime": frozenset({"eq", "ge", "le"}),
        "deviceOwnership": _EXACT,
    },
    "servicePrincipal": {"id": _EXACT, "appId": _EXACT, "displayName": _TEXT},
    "application": {"id": _EXACT, "appId": _EXACT, "displayName": _TEXT, "createdDateTime": frozenset({"ge", "le"})},
    "oAuth2PermissionGrant": {
        name: frozenset({"eq"}) for name in ("clientId", "consentType", "principalId", "resourceId", "scope")
    },
}
# Operators of advanced queries, and option pairs [graph facts: advanced queries]
_ADVANCED = frozenset({"ne", "not", "endswith"})
SETS = {"user": "users", "group": "groups", "device": "devices", "servicePrincipal": "servicePrincipals"}

LIST = ("$filter", "$select", "$orderby", "$top", "$count", "$format", "$expand", "$search")
GET = ("$select", "$expand", "$format")


def add_routes(router: Router) -> None:
    for kind in ("user", "device"):
        name = SETS[kind]
        router.add("GET", name, partial(list_object, kind), options=LIST)
        router.add("GET", f"{name}/$count", partial(count_object, kind), options=("$filter",))
        router.add("GET", f"{name}/{{id}}", partial(read_object, kind), options=GET)
    for prefix in ("devices/{id}", "devices/(deviceId)"):
        if "(" in prefix:
            router.add("GET", prefix, partial(read_object, "device"), options=GET)
        for relation in ("registeredOwners", "registeredUsers"):
            router.add("GET", f"{prefix}/{relation}", registered_users, options=LIST)
        for relation in ("memberOf", "transitiveMemberOf"):
            router.add("GET", f"{prefix}/{relation}", partial(memberships, "device", relation), options=LIST)
    for relation in ("registeredDevices", "ownedDevices"):
        router.add("GET", f"users/{{id}}/{relation}", registered_devices, options=LIST)
        router.add("GET", f"users/{{id}}/{relation}/{{type:cast}}", registered_devices, options=LIST)
    for relation in ("memberOf", "transitiveMemberOf"):
        router.add("GET", f"users/{{id}}/{relation}", partial(memberships, "user", relation), options=LIST)
    router.add("GET", "directoryObjects/{id}", read_directory_object, options=("$select", "$format"))
    router.add("POST", "directoryObjects/getByIds", get_by_ids, options=("$select",))
    router.add("GET", "organization", list_organization, options=("$select", "$format"))
    router.add("GET", "organization/{id}", read_organization, options=("$select", "$format"))


# -- showing -----------------------------------------------------------------------------------------------------------


def check_select(call: Call, kinds: Iterable[str]) -> None:
    names: set[str] = set()
    for kind in kinds:
        names |= call.contract.properties(kind).keys() | set(DEFAULTS[kind])
    for name in call.query.select:
        if name not in names:
            raise bad_request(
                f"Could not find a property named '{name}' on type "
                f"'Microsoft.DirectoryServices.{next(iter(kinds)).capitalize()}'."
            )


def default_names(call: Call, kind: str) -> tuple[str, ...]:
    if DEFAULTS[kind]:
        return DEFAULTS[kind]
    return tuple(name for name in call.contract.properties(kind) if name not in _NOT_DEFAULT[kind])


def shown(call: Call, kind: str, values: Shown, typed: bool = False) -> Shown:
    """One object with its default or selected properties; ``typed`` adds @odata.type, as in mixed collections."""
    properties = call.contract.properties(kind)
    body: Shown = {"@odata.type": f"#microsoft.graph.{kind}"} if typed else {}
    for name in call.query.select or default_names(call, kind):
        if name in properties or name in DEFAULTS[kind]:
            body[name] = values.get(name, _empty(properties.get(name)))
    return body


def _empty(entry: Property | None) -> Json:
    return [] if entry and entry.collection else None


def with_context(call: Call, name: str, body: Shown) -> Response:
    selected = f"({','.join(call.query.select)})" if call.query.select else ""
    return Response(200, {"@odata.context": call.context(f"{name}{selected}/$entity")} | body)


def refuse_expand(call: Call) -> None:
    if call.query.expand:
        raise bad_request(
            f"Expanding '{call.query.expand[0].name}' is not part of this emulated tenant.", "Request_UnsupportedQuery"
        )


# -- filtering ---------------------------------------------------------------------------------------------------------


def unsupported(what: str) -> GraphFault:
    return GraphFault(
        400,
        f"{what} is not supported for this resource without the header 'ConsistencyLevel: eventual' and $count=true.",
        "Request_UnsupportedQuery",
    )


def parsed_filter(call: Call, kind: str, relation: bool = False) -> Node | None:
    """The checked filter. Advanced operators, and any filter on a relationship, need the advanced query header."""
    advanced = call.advanced() and (call.query.count or call.request.path.lower().endswith("/$count"))
    if call.query.search:
        raise bad_request("$search is not part of this emulated tenant.", "Request_UnsupportedQuery")
    if call.query.orderby and (call.query.filter or relation) and not advanced:
        raise unsupported("Sorting together with a filter")
    if not call.query.filter:
        return None
    node = parse_filter(call.query.filter)
    if relation and not advanced:
        raise unsupported("Filtering this relationship")
    for part in nodes(node):
        if part.op in ("and", "or"):
            continue
        if part.op in _ADVANCED and not advanced:
            raise unsupported(f"Operator '{part.op}'")
        if part.op != "not" and part.op not in FILTERS[kind].get(part.name, frozenset()):
            raise bad_request(
                f"Unsupported or invalid query filter clause specified for property '{part.name}' of resource "
                f"'{kind.capitalize()}'.",
                "Request_UnsupportedQuery",
            )
        _check_literal(part)
    check_literals(node, call.contract.properties(kind))
    return node


def _check_literal(part: Node) -> None:
    values = part.value if part.op == "in" else (part.value,)
    for value in values:
        # [secondary source quoting the directory's limits] an eq literal has at most 120 characters
        if isinstance(value, str) and len(value) > 120:
            raise bad_request(
                "The filter value is too long; at most 120 characters are allowed.", "Request_UnsupportedQuery"
            )
        if part.name == "id" and not (isinstance(value, str) and GUID.match(value)):
            raise bad_request(f"Invalid filter clause: invalid GUID '{str(value)[:40]}'.")


def passes(node: Node | None, values: Shown) -> bool:
    return node is None or matches(node, values.get, lambda _name: False)


def _sorted(call: Call, items: Sequence[Shown]) -> Sequence[Shown]:
    for name, descending in reversed(call.query.orderby):
        if name not in (
            "displayName",
            "userPrincipalName",
            "createdDateTime",
            "registrationDateTime",
            "deletedDateTime",
        ):
            raise bad_request(f"Sorting by '{name}' is not supported.", "Request_UnsupportedQuery")
        items = sorted(items, key=lambda item: str(item.get(name) or "").lower(), reverse=descending)
    return items


def page(
    call: Call, items: Sequence[Shown], kind: str | None, context: str, types: dict[str, str] | None = None
) -> Response:
    """Return one page. types has the type of each id in mixed collections. $count without the header is ignored."""

    def render(values: Shown) -> Shown:
        if types is not None:
            return shown(call, types[values["id"]], values, typed=True)
        return shown(call, kind or "", values)

    return listing(call, _sorted(call, items), render, context, PAGE_SIZES, call.query.count and call.advanced())


# -- users and devices -------------------------------------------------------------------------------------------------


def _candidates(call: Call, kind: str, node: Node | None) -> Iterable[Shown]:
    """The objects a filter can match; ``eq`` and ``in`` on a key need no scan of the whole fleet."""
    tenant = call.tenant
    finders = {
        ("user", "userPrincipalName"): tenant.user,
        ("user", "id"): tenant.user,
        ("device", "id"): tenant.device,
        ("device", "deviceId"): tenant.device_by_device_id,
    }
    finder = finders.get((kind, node.name)) if node is not None and node.op in ("eq", "in") else None
    if node is not None and finder:
        wanted = node.value if node.op == "in" else (node.value,)
        found = [finder(key) for key in dict.fromkeys(str(item).lower() for item in wanted)]
        return [item for item in found if item]
    return tenant.users() if kind == "user" else tenant.devices()


def _selected_objects(call: Call, kind: str) -> Sequence[Shown]:
    node = parsed_filter(call, kind)
    if node is None and not call.query.orderby:
        return call.tenant.users() if kind == "user" else call.tenant.devices()
    return [values for values in _candidates(call, kind, node) if passes(node, values)]


def list_object(kind: str, call: Call) -> Response:
    check_select(call, [kind])
    refuse_expand(call)
    return page(call, _selected_objects(call, kind), kind, SETS[kind])


def count_object(kind: str, call: Call) -> Response:
    if not call.advanced():
        raise unsupported("$count")
    return Response(200, str(len(_selected_objects(call, kind))).encode(), content_type="text/plain")


def find_object(kind: str, call: Call) -> Shown:
    if kind == "user":
        found = call.tenant.user(call.params["id"])
    elif "deviceId" in call.keys:
        found = call.tenant.device_by_device_id(call.keys["deviceId"])
    else:
        found = call.tenant.device(call.params["id"])
    if found is None:
        raise directory_not_found(call.params.get("id", call.keys.get("deviceId", "")))
    return found


def read_object(kind: str, call: Call) -> Response:
    check_select(call, [kind])
    refuse_expand(call)
    return with_context(call, SETS[kind], shown(call, kind, find_object(kind, call)))


def registered_devices(call: Call) -> Response:
    user = find_object("user", call)
    cast = call.params.get("type")
    if cast not in (None, "device"):
        raise bad_request(f"'microsoft.graph.{cast}' is not a type of this relationship.")
    if cast and not (call.advanced() and call.query.count):
        raise unsupported("A type cast on this relationship")
    check_select(call, ["device"])
    refuse_expand(call)
    node = parsed_filter(call, "device", relation=True)
    number = call.tenant.fleet.user_number(user["id"])
    owned = (call.tenant.device(call.tenant.fleet.entra_id(item)) for item in call.tenant.fleet.owned_by(number or 0))
    items = [device for device in owned if device and passes(node, device)]
    return page(
        call,
        items,
        "device",
        "devices" if cast else "directoryObjects",
        None if cast else {item["id"]: "device" for item in items},
    )


def registered_users(call: Call) -> Response:
    device = find_object("device", call)
    check_select(call, ["user"])
    refuse_expand(call)
    parsed_filter(call, "user", relation=True)
    number = call.tenant.fleet.entra_number(device["id"])
    owner = call.tenant.fleet.owner(number) if number is not None else None
    items = [call.tenant.fleet.user(owner)] if owner is not None else []
    return page(call, items, "user", "directoryObjects", {item["id"]: "user" for item in items})


def memberships(kind: str, relation: str, call: Call) -> Response:
    """memberOf and transitiveMemberOf of a user or a device."""
    member = find_object(kind, call)
    return groups_of(call, member["id"], relation == "transitiveMemberOf")


def groups_of(call: Call, object_id: str, transitive: bool) -> Response:
    check_select(call, ["group"])
    refuse_expand(call)
    node = parsed_filter(call, "group", relation=True)
    found: dict[str, Group] = {}
    pending = [object_id]
    while pending:
        current = pending.pop()
        for group in call.tenant.groups.values():
            if group.id not in found and call.tenant.seen(group) and current in call.tenant.replica(group)[1]:
                found[group.id] = group
                pending += [group.id] if transitive else []
    items = [values for values in (call.tenant.replica(group)[0] for group in found.values()) if passes(node, values)]
    return page(call, items, "group", "directoryObjects", {item["id"]: "group" for item in items})


# -- any object --------------------------------------------------------------------------------------------------------


def read_directory_object(call: Call) -> Response:
    found = call.tenant.directory_object(call.params["id"])
    if found is None:
        raise directory_not_found(call.params["id"])
    kind, values = found
    check_select(call, [kind])
    return with_context(call, "directoryObjects", shown(call, kind, values, typed=True))


def get_by_ids(call: Call) -> Response:
    body = call.json()
    ids = body.get("ids") if isinstance(body, dict) else None
    if (
        not isinstance(body, dict)
        or set(body) - {"ids", "types"}
        or not isinstance(ids, list)
        or not all(isinstance(item, str) for item in ids)
    ):
        raise bad_request("The body must have 'ids', an array of strings, and can have 'types'.")
    if not 0 < len(ids) <= 1000:
        raise bad_request("Between 1 and 1000 ids can be given.")
    if any(not GUID.match(item) for item in ids):
        raise bad_request("Invalid GUID in 'ids'.")
    types = body.get("types") or ["directoryObject"]
    check_select(call, ["user", "group", "device", "servicePrincipal"])
    found = (call.tenant.directory_object(item) for item in dict.fromkeys(item.lower() for item in ids))
    value = [
        shown(call, kind, values, typed=True)
        for kind, values in islice((item for item in found if item), 1000)
        if "directoryObject" in types or kind in types
    ]
    return Response(200, {"@odata.context": call.context("directoryObjects"), "value": value})


# -- organization ------------------------------------------------------------------------------------------------------


def list_organization(call: Call) -> Response:
    check_select(call, ["organization"])
    return Response(
        200,
        {
            "@odata.context": call.context("organization"),
            "value": [shown(call, "organization", call.tenant.organization)],
        },
    )


def read_organization(call: Call) -> Response:
    check_select(call, ["organization"])
    if call.params["id"].lower() != call.tenant.organization["id"]:
        raise directory_not_found(call.params["id"])
    return with_context(call, "organization", shown(call, "organization", call.tenant.organization))
