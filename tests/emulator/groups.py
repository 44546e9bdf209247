# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups: create, upsert by unique name, members and owners, soft delete."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import urlsplit

from .directory import (
    GET,
    LIST,
    PAGE_SIZES,
    check_select,
    groups_of,
    page,
    parsed_filter,
    passes,
    refuse_expand,
    shown,
    unsupported,
    with_context,
)
from .errors import GraphFault, bad_request, directory_not_found
from .fleet import random_guid
from .messages import Json, Response, no_content
from .odata import segments
from .paging import listing
from .permissions import check_member, denied
from .routing import Call, Router
from .schema import GUID, BodyError, Rules
from .store import Group, Tenant

Shown = dict[str, Json]
RELATION_LIMIT = 20
_REQUIRED = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")
# [graph facts: groups] printable ASCII except @ () \ [] " ; : <> , SPACE
_NICKNAME = re.compile(r"^(?!.*[@()\\\[\]\";:<>, ])[\x21-\x7e]{1,64}$")
_ALREADY = "One or more added object references already exist for the following modified properties: '{}'."
# Exchange's, each in its own PATCH, delegated only [graph facts: groups]
_EXCHANGE = {
    "allowExternalSenders",
    "autoSubscribeNewMembers",
    "hideFromAddressLists",
    "hideFromOutlookClients",
    "isSubscribedByMail",
    "unseenCount",
}
_CREATE_ONLY = {"isAssignableToRole", "mailEnabled", "visibility"}


def add_routes(router: Router) -> None:
    router.add("GET", "groups", list_groups, options=LIST)
    router.add("GET", "groups/$count", count_groups, options=("$filter",))
    router.add("POST", "groups", create)
    for prefix in ("groups/{id}", "groups/(uniqueName)"):
        router.add("GET", prefix, read, options=GET)
        router.add("PATCH", prefix, update)
        router.add("DELETE", prefix, delete)
    for relation in ("members", "owners"):
        path = f"groups/{{id}}/{relation}"
        router.add("GET", path, partial(list_relation, relation), options=LIST)
        router.add("GET", f"{path}/$ref", partial(list_references, relation), options=("$top", "$count"))
        router.add("GET", f"{path}/$count", partial(count_relation, relation), options=("$filter",))
        router.add("GET", f"{path}/{{type:cast}}", partial(list_relation, relation), options=LIST)
        router.add("GET", f"{path}/{{type:cast}}/$count", partial(count_relation, relation), options=("$filter",))
        router.add("POST", f"{path}/$ref", partial(add_reference, relation))
        router.add("DELETE", f"{path}/{{member}}/$ref", partial(remove_reference, relation))
        router.add("DELETE", f"{path}/{{member}}", partial(delete_object, relation))
    router.add("GET", "groups/{id}/transitiveMembers", partial(list_relation, "transitiveMembers"), options=LIST)
    router.add(
        "GET", "groups/{id}/transitiveMembers/{type:cast}", partial(list_relation, "transitiveMembers"), options=LIST
    )
    router.add("GET", "groups/{id}/memberOf", partial(member_of, "memberOf"), options=LIST)
    router.add("GET", "groups/{id}/transitiveMemberOf", partial(member_of, "transitiveMemberOf"), options=LIST)
    router.add("GET", "directory/deletedItems/{type:cast}", list_deleted, options=LIST)
    router.add("GET", "directory/deletedItems/{id}", read_deleted, options=("$select",))
    router.add("DELETE", "directory/deletedItems/{id}", purge)
    router.add("POST", "directory/deletedItems/{id}/restore", restore)


# -- reading -----------------------------------------------------------------------------------------------------------


def find(call: Call) -> Group:
    """The group of the path; a fresh one is not there yet."""
    if "uniqueName" in call.keys:
        group = _by_unique_name(call, call.keys["uniqueName"])
        if group is None or not call.tenant.seen(group):
            raise directory_not_found(call.keys["uniqueName"])
        return group
    group_id = call.params["id"]
    if not GUID.match(group_id):
        raise bad_request(f"Invalid object identifier '{group_id[:80]}'.")
    group = call.tenant.group(group_id)
    if group is None:
        raise directory_not_found(group_id)
    return group


def _by_unique_name(call: Call, name: str) -> Group | None:
    for group in call.tenant.groups.values():
        if (group.values.get("uniqueName") or "").lower() == name.lower():
            return group
    return None


def _indexed(call: Call) -> list[Shown]:
    """Groups as the index knows them: it lags behind reading by id
    [graph facts: advanced queries]. Deleted ones linger.
    """
    groups = [call.tenant.replica(group)[0] for group in call.tenant.groups.values() if call.tenant.seen(group, 2)]
    now = call.tenant.clock.now()
    return groups + [
        group.values
        for key, group in call.tenant.deleted.items()
        if now - call.tenant.deleted_at.get(key, 0.0) < call.tenant.lag
    ]


def list_groups(call: Call) -> Response:
    check_select(call, ["group"])
    refuse_expand(call)
    node = parsed_filter(call, "group")
    return page(call, [values for values in _indexed(call) if passes(node, values)], "group", "groups")


def count_groups(call: Call) -> Response:
    if not call.advanced():
        raise unsupported("$count")
    node = parsed_filter(call, "group")
    return Response(
        200, str(sum(passes(node, values) for values in _indexed(call))).encode(), content_type="text/plain"
    )


def read(call: Call) -> Response:
    check_select(call, ["group"])
    refuse_expand(call)
    return with_context(call, "groups", shown(call, "group", call.tenant.replica(find(call))[0]))


# -- writing -----------------------------------------------------------------------------------------------------------


def _parsed(call: Call, create_rules: bool) -> tuple[Shown, dict[str, list[str]]]:
    try:
        _name, values, binds = call.validator.entity(
            call.json(), "group", Rules(create=create_rules, required=_REQUIRED if create_rules else ())
        )
    except BodyError as error:
        raise bad_request(str(error)) from error
    if set(binds) - {"members", "owners"}:
        raise bad_request("Only 'members@odata.bind' and 'owners@odata.bind' are supported.")
    if sum(len(urls) for urls in binds.values()) > RELATION_LIMIT:
        raise bad_request(f"The number of relationship references exceeds the limit of {RELATION_LIMIT}.")
    _check_texts(values)
    return values, binds


def _check_texts(values: Shown) -> None:
    name = values.get("displayName", "x")
    if not name or len(name) > 256:
        raise bad_request("Invalid value specified for property 'displayName' of resource 'Group'.")
    if "mailNickname" in values and not _NICKNAME.match(values["mailNickname"] or ""):
        raise bad_request("Invalid value specified for property 'mailNickname' of resource 'Group'.")
    if values.get("description") == "" or len(values.get("description") or "") > 1024:
        # An empty string is refused; null clears it [graph facts: groups].
        raise bad_request("Invalid value specified for property 'description' of resource 'Group'.")
    if values.get("membershipRuleProcessingState") not in (None, "On", "Paused"):
        raise bad_request("Invalid value specified for property 'membershipRuleProcessingState' of resource 'Group'.")


def _check_kind(values: Shown) -> None:
    """Which kinds of group Graph creates, and the dynamic ones' rule [graph facts: groups]."""
    types = values.get("groupTypes") or []
    if set(types) - {"Unified", "DynamicMembership"}:
        raise bad_request("Invalid value specified for property 'groupTypes' of resource 'Group'.")
    if "Unified" not in types and (values.get("mailEnabled") or not values.get("securityEnabled")):
        raise bad_request(
            "A group that is not a Microsoft 365 group must be security enabled and not mail enabled: "
            "distribution and mail-enabled security groups cannot be created."
        )
    if "Unified" in types and not values.get("mailEnabled"):
        raise bad_request("A Microsoft 365 group must be mail enabled.")
    dynamic = "DynamicMembership" in types
    if dynamic is not bool(values.get("membershipRule")):
        raise bad_request(
            "A group with dynamic membership needs a 'membershipRule', and only such a group can have one."
        )
    if dynamic and values.get("membershipRuleProcessingState") is None:
        raise bad_request("A group with dynamic membership needs a 'membershipRuleProcessingState'.")
    if not dynamic and values.get("membershipRuleProcessingState"):
        # No page says what becomes of it; to keep it would mean nothing.
        raise bad_request("Only a group with dynamic membership can have a 'membershipRuleProcessingState'.")
    rule = values.get("membershipRule") or ""
    if "user." in rule and "device." in rule:
        raise bad_request("A membership rule cannot mix user and device properties.")
    if dynamic and not re.search(r"\b(user|device)\.[A-Za-z]", rule):
        raise bad_request("The membership rule is not valid.")
    if values.get("isAssignableToRole") and dynamic:
        raise bad_request("A role-assignable group cannot have dynamic membership.")


def referenced(call: Call, url: Json, relation: str) -> str:
    """Return the object id in a reference URL. Raises 400 for a malformed or foreign URL, 404 for an unknown object."""
    roots = [f"{call.request.root}/{version}/" for version in ("v1.0", "beta")]
    if not isinstance(url, str) or not url.startswith(tuple(roots)):
        raise bad_request(
            f"Invalid URL format specified in @odata.id or @odata.bind: it must start with '{call.request.root}/v1.0/'."
        )
    parts = segments(urlsplit(url).path)
    if (
        len(parts) != 3
        or parts[1] not in ("directoryObjects", "users", "groups", "devices", "servicePrincipals")
        or not GUID.match(str(parts[2]))
    ):
        raise bad_request(
            "Invalid URL format specified in @odata.id or @odata.bind: it must name a directory object by its id."
        )
    object_id = str(parts[2]).lower()
    found = call.tenant.directory_object(object_id)
    if found is None:
        raise directory_not_found(object_id)
    if relation == "owners" and found[0] not in ("user", "servicePrincipal"):
        raise bad_request("The specified reference is of a type that cannot be an owner of a group.")
    if relation == "members":
        check_member(call, found[0])
    return object_id


def _bound(call: Call, binds: dict[str, list[str]]) -> dict[str, list[str]]:
    result = {relation: [referenced(call, url, relation) for url in urls] for relation, urls in binds.items()}
    for relation, ids in result.items():
        if len(set(ids)) != len(ids):
            raise bad_request(_ALREADY.format(relation))
    return result


def create(call: Call) -> Response:
    return _create(call, None)


def _create(call: Call, unique_name: str | None) -> Response:
    values, binds = _parsed(call, True)
    if values.keys() & _EXCHANGE:
        raise bad_request("This property cannot be set at creation.")
    _check_kind(values)
    _check_role_right(call, values)
    linked = _bound(call, binds)
    if "DynamicMembership" in (values.get("groupTypes") or []) and linked.get("members"):
        raise bad_request("Members of a group with dynamic membership cannot be set.")
    group = new_group(call.tenant, call.tenant.validator.filled("group", values), unique_name)
    group.members, group.owners = linked.get("members", []), linked.get("owners", [])
    call.tenant.groups[group.id] = group
    call.query.select = ()
    response = with_context(call, "groups", shown(call, "group", group.values))
    response.status = 201
    response.headers["Location"] = f"{call.base}/groups/{group.id}"
    return response


def _check_role_right(call: Call, values: Shown) -> None:
    # https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/groups-concept
    if values.get("isAssignableToRole") and "RoleManagement.ReadWrite.Directory" not in call.roles:
        raise denied("directory")


def new_group(tenant: Tenant, values: Shown, unique_name: str | None) -> Group:
    group_id = random_guid()
    now = tenant.clock.directory_text()
    numbers = [int(group_id.replace("-", "")[index : index + 8], 16) for index in (0, 8, 16, 24)]
    sid = "S-1-12-1-" + "-".join(str(number) for number in numbers)
    values = values | {
        "id": group_id,
        "createdDateTime": now,
        "renewedDateTime": now,
        "securityIdentifier": sid,
        "uniqueName": unique_name,
        "deletedDateTime": None,
    }
    if "Unified" in values["groupTypes"]:
        values |= {"mail": f"{values['mailNickname']}@contoso.example", "visibility": values["visibility"] or "Public"}
    return Group(values, born=tenant.clock.now())


def update(call: Call) -> Response:
    name = call.keys.get("uniqueName")
    if name is not None and call.request.prefers("create-if-missing") and _by_unique_name(call, name) is None:
        if any(
            (group.values.get("uniqueName") or "").lower() == name.lower() for group in call.tenant.deleted.values()
        ):
            # [?] not documented: a deleted group may keep its alternate key
            raise _name_taken()
        return _create(call, name)
    if name is not None and call.request.prefers("create-if-missing"):
        # The alternate key is unique, so the writer knows the group that readers do not see yet.
        group = _by_unique_name(call, name)
        assert group is not None
        if call.settings.refuse_hidden_names and not call.tenant.seen(group):
            raise _name_taken(call.settings.refuse_hidden_names)
    else:
        group = find(call)
    values, binds = _parsed(call, False)
    _check_role_right(call, group.values)
    _check_update(group, values, call.request.prefers("create-if-missing"))
    linked = _bound(call, binds)
    _check_additions(group, values, linked)
    group.remember(call.tenant.clock.now(), call.tenant.lag)
    group.values.update(values)
    if "DynamicMembership" not in group.values["groupTypes"] and "groupTypes" in values:
        group.values["membershipRule"] = group.values["membershipRuleProcessingState"] = None
    group.members += linked.get("members", [])
    group.owners += linked.get("owners", [])
    return no_content()


def _name_taken(status: int = 409) -> GraphFault:
    return GraphFault(
        status,
        "Another object with the same value for property uniqueName already exists.",
        "Request_MultipleObjectsWithSameKeyValue",
    )


def _check_update(group: Group, values: Shown, upsert: bool) -> None:
    exchange = values.keys() & _EXCHANGE
    if exchange:
        raise GraphFault(
            403,
            f"Property '{sorted(exchange)[0]}' can only be updated with delegated permissions.",
            "Authorization_RequestDenied",
        )
    for key in values.keys() & _CREATE_ONLY:
        if values[key] != group.values.get(key) and not (key == "visibility" and values[key] != "HiddenMembership"):
            raise bad_request(f"Property '{key}' cannot be changed after creation.")
    merged = group.values | values
    if "DynamicMembership" not in merged["groupTypes"] and "groupTypes" in values:
        merged |= {
            "membershipRule": values.get("membershipRule"),
            "membershipRuleProcessingState": values.get("membershipRuleProcessingState"),
        }
    if not upsert or values.keys() & {
        "groupTypes",
        "membershipRule",
        "membershipRuleProcessingState",
        "securityEnabled",
    }:
        _check_kind(merged)


def _check_additions(group: Group, values: Shown, linked: dict[str, list[str]]) -> None:
    if linked.get("members"):
        _refuse_dynamic(group.values | values)
    for relation, current in (("members", group.members), ("owners", group.owners)):
        if set(linked.get(relation, ())) & set(current):
            raise bad_request(_ALREADY.format(relation))
    if group.id in linked.get("members", ()):
        raise bad_request("A group cannot be a member of itself.")


def _refuse_dynamic(values: Shown) -> None:
    if "DynamicMembership" in (values.get("groupTypes") or []):
        raise bad_request(
            "Insufficient privileges: members of a group with dynamic membership cannot be added or removed."
        )


def delete(call: Call) -> Response:
    group = find(call)
    _check_role_right(call, group.values)
    soft_delete(call.tenant, group)
    return no_content()


def soft_delete(tenant: Tenant, group: Group) -> None:
    """Security groups too go to deletedItems for 30 days [graph facts: deleted groups]."""
    del tenant.groups[group.id]
    group.values["deletedDateTime"] = tenant.clock.directory_text()
    tenant.deleted[group.id] = group
    tenant.deleted_at[group.id] = tenant.clock.now()


# -- members and owners ------------------------------------------------------------------------------------------------


def _related(call: Call, relation: str) -> list[tuple[str, Shown]]:
    group = find(call)
    _values, members, owners = call.tenant.replica(group)
    if relation == "owners":
        ids = owners
    else:
        ids = members if relation == "members" else _transitive(call, members)
    found = (call.tenant.directory_object(item) for item in ids)
    return [item for item in found if item]


def _transitive(call: Call, ids: list[str]) -> list[str]:
    seen: dict[str, None] = {}
    pending = list(ids)
    while pending:
        current = pending.pop(0)
        if current in seen:
            continue
        seen[current] = None
        nested = call.tenant.group(current)
        pending += call.tenant.replica(nested)[1] if nested else []
    return list(seen)


def _chosen(call: Call, relation: str) -> list[tuple[str, Shown]]:
    cast = call.params.get("type")
    counted = call.query.count or call.request.path.lower().endswith("/$count")
    if cast and not (call.advanced() and counted):
        raise unsupported("A type cast on this relationship")
    if cast and cast not in ("user", "group", "device", "servicePrincipal"):
        raise bad_request(f"'microsoft.graph.{cast}' is not a type of this relationship.")
    node = parsed_filter(call, cast or "user", relation=True)
    return [
        (kind, values) for kind, values in _related(call, relation) if cast in (None, kind) and passes(node, values)
    ]


def list_relation(relation: str, call: Call) -> Response:
    cast = call.params.get("type")
    check_select(
        call,
        [cast]
        if cast in ("user", "group", "device", "servicePrincipal")
        else ["user", "group", "device", "servicePrincipal"],
    )
    refuse_expand(call)
    chosen = _chosen(call, relation)
    items = [values if _may_see(call, kind) else {"id": values["id"]} for kind, values in chosen]
    if cast:
        return page(call, items, cast, f"{cast}s")
    return page(call, items, None, "directoryObjects", {values["id"]: kind for kind, values in chosen})


def _may_see(call: Call, kind: str) -> bool:
    """Of members whose type the application may not read only type and id are shown [graph facts: inaccessible
    members].
    """
    readers = {"user": ("User.",), "device": ("Device.",)}.get(kind)
    return readers is None or any(role.startswith((*readers, "Directory.")) for role in call.roles)


def list_references(relation: str, call: Call) -> Response:
    items = [values for _kind, values in _related(call, relation)]

    def render(values: Shown) -> Shown:
        return {"@odata.id": f"{call.request.root}/v2/{call.settings.tenant_id}/directoryObjects/{values['id']}"}

    return listing(call, items, render, "Collection($ref)", PAGE_SIZES, False)


def count_relation(relation: str, call: Call) -> Response:
    if not call.advanced():
        raise unsupported("$count")
    return Response(200, str(len(_chosen(call, relation))).encode(), content_type="text/plain")


def add_reference(relation: str, call: Call) -> Response:
    group = find(call)
    _check_role_right(call, group.values)
    body = call.json()
    if not isinstance(body, dict) or set(body) != {"@odata.id"}:
        raise bad_request("The body must have exactly the property '@odata.id'.")
    object_id = referenced(call, body["@odata.id"], relation)
    _check_additions(group, {}, {relation: [object_id]})
    group.remember(call.tenant.clock.now(), call.tenant.lag)
    (group.owners if relation == "owners" else group.members).append(object_id)
    return no_content()


def remove_reference(relation: str, call: Call) -> Response:
    group = find(call)
    _check_role_right(call, group.values)
    if relation == "members":
        _refuse_dynamic(group.values)
    current = group.owners if relation == "owners" else group.members
    member = call.params["member"].lower()
    if member not in current:
        raise directory_not_found(member)
    if relation == "owners" and len(current) == 1:
        raise bad_request("The group must have at least one owner, hence this owner cannot be removed.")
    group.remember(call.tenant.clock.now(), call.tenant.lag)
    current.remove(member)
    return no_content()


def delete_object(relation: str, call: Call) -> Response:
    """Without ``/$ref`` the object itself is deleted when the app may do that [graph facts: group members]."""
    group = find(call)
    member = call.params["member"].lower()
    if member not in (group.owners if relation == "owners" else group.members):
        raise directory_not_found(member)
    found = call.tenant.directory_object(member)
    kind = found[0] if found else "servicePrincipal"
    needed = {"user": "User.ReadWrite.All", "device": "Device.ReadWrite.All", "group": "Group.ReadWrite.All"}.get(kind)
    if needed not in call.roles:
        raise GraphFault(403, "Insufficient privileges to complete the operation.", "Authorization_RequestDenied")
    if kind == "group":
        soft_delete(call.tenant, call.tenant.groups[member])
    else:
        call.tenant.fleet.removed.add(member)
    for other in call.tenant.groups.values():
        other.members = [item for item in other.members if item != member]
    return no_content()


def member_of(relation: str, call: Call) -> Response:
    return groups_of(call, find(call).id, relation == "transitiveMemberOf")


# -- deleted groups ----------------------------------------------------------------------------------------------------


def list_deleted(call: Call) -> Response:
    kind = call.params["type"]
    if kind not in ("group", "user", "device"):
        raise bad_request(f"'microsoft.graph.{kind}' is not a type of deleted items.")
    check_select(call, [kind])
    refuse_expand(call)
    node = parsed_filter(call, kind)
    items = [group.values for group in call.tenant.deleted.values() if kind == "group" and passes(node, group.values)]
    return page(call, items, "group", "groups")


def _find_deleted(call: Call) -> Group:
    group = call.tenant.deleted.get(call.params["id"].lower())
    if group is None:
        raise directory_not_found(call.params["id"])
    return group


def read_deleted(call: Call) -> Response:
    check_select(call, ["group"])
    return with_context(call, "directoryObjects", shown(call, "group", _find_deleted(call).values, typed=True))


def restore(call: Call) -> Response:
    group = _find_deleted(call)
    name = group.values.get("uniqueName")
    if name and _by_unique_name(call, name):
        raise _name_taken()
    del call.tenant.deleted[group.id]
    group.values["deletedDateTime"] = None
    call.tenant.groups[group.id] = group
    return with_context(call, "directoryObjects", shown(call, "group", group.values, typed=True))


def purge(call: Call) -> Response:
    group = _find_deleted(call)
    del call.tenant.deleted[group.id]
    return no_content()
