# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service principals, and the permissions they hold: app roles (application) and permission grants (delegated)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from .clock import ALWAYS
from .directory import GET, LIST, check_select, page, parsed_filter, passes, refuse_expand, shown, with_context
from .errors import GraphFault, bad_request, directory_not_found
from .messages import Json, Response, no_content
from .permissions import denied
from .principals import Entry, Principals
from .routing import Call, Router
from .schema import GUID, BodyError, Rules

Shown = dict[str, Json]
_ASSIGNMENT = ("appRoleId", "principalId", "resourceId")


def add_routes(router: Router) -> None:
    router.add("GET", "servicePrincipals", list_principals, options=LIST)
    router.add("POST", "servicePrincipals", create_principal)
    for prefix in ("servicePrincipals/{id}", "servicePrincipals/(appId)"):
        router.add("GET", prefix, read_principal, options=GET)
        for relation, key in (("appRoleAssignments", "principalId"), ("appRoleAssignedTo", "resourceId")):
            router.add("GET", f"{prefix}/{relation}", partial(list_assignments, key), options=LIST)
            router.add("POST", f"{prefix}/{relation}", partial(create_assignment, key))
            router.add("DELETE", f"{prefix}/{relation}/{{assignment}}", partial(delete_assignment, key))
        router.add("GET", f"{prefix}/oauth2PermissionGrants", list_grants_of, options=LIST)
    router.add("GET", "oauth2PermissionGrants", list_grants, options=LIST)
    router.add("POST", "oauth2PermissionGrants", create_grant)
    router.add("GET", "oauth2PermissionGrants/{id}", read_grant, options=GET)
    router.add("PATCH", "oauth2PermissionGrants/{id}", update_grant)
    router.add("DELETE", "oauth2PermissionGrants/{id}", delete_grant)


def _principals(call: Call) -> Principals:
    return call.tenant.principals


def _visible(call: Call, entries: dict[str, Entry]) -> Iterator[Shown]:
    """A fresh grant shows late, and one that was taken away lingers [graph facts: consistency]."""
    now = call.tenant.clock.now()
    for entry in list(entries.values()):
        gone = entry.gone is not None and now - entry.gone >= call.tenant.lag
        if now - entry.born >= call.tenant.lag and not gone:
            yield entry.values


# -- service principals ------------------------------------------------------------------------------------------------


def list_principals(call: Call) -> Response:
    check_select(call, ["servicePrincipal"])
    refuse_expand(call)
    node = parsed_filter(call, "servicePrincipal")
    found = [values for values in _principals(call).objects.values() if _seen(call, values) and passes(node, values)]
    return page(call, found, "servicePrincipal", "servicePrincipals")


def _seen(call: Call, values: Shown) -> bool:
    return call.tenant.clock.now() - _principals(call).born.get(values["id"], ALWAYS) >= call.tenant.lag


def find(call: Call) -> Shown:
    principals = _principals(call)
    if "appId" in call.keys:
        found = principals.by_app_id(call.keys["appId"])
    elif not GUID.match(call.params["id"]):
        raise bad_request(f"Invalid object identifier '{call.params['id'][:80]}'.")
    else:
        found = principals.objects.get(call.params["id"].lower())
    if found is None or not _seen(call, found):
        raise directory_not_found(call.params.get("id") or call.keys["appId"])
    return found


def read_principal(call: Call) -> Response:
    check_select(call, ["servicePrincipal"])
    refuse_expand(call)
    return with_context(call, "servicePrincipals", shown(call, "servicePrincipal", find(call)))


def create_principal(call: Call) -> Response:
    body = parsed(call, "servicePrincipal", ("appId",))
    principals = _principals(call)
    app_id = body["appId"]
    if principals.by_app_id(app_id):
        raise GraphFault(
            409,
            "The service principal cannot be created, updated, or restored because the service principal "
            f"name {app_id} is already in use.",
            "Request_MultipleObjectsWithSameKeyValue",
        )
    registered = principals.registration(app_id)
    is_new = registered is not None and call.tenant.clock.now() - registered.born < call.tenant.lag
    if app_id.lower() not in principals.elsewhere or is_new:
        raise bad_request(
            f"The appId '{app_id}' of the service principal does not reference a valid application object."
        )
    if registered is None and not call.roles & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}:
        # With OwnedBy alone only applications of the tenant itself [terraform provider's error text].
        raise GraphFault(
            403,
            "When using this permission, the backing application of the service principal being created must "
            "in the local tenant",
            "Authorization_RequestDenied",
        )
    made = principals.add(app_id, principals.elsewhere[app_id.lower()])
    principals.born[made["id"]] = call.tenant.clock.now()
    return Response(
        201, {"@odata.context": call.context("servicePrincipals/$entity")} | shown(call, "servicePrincipal", made)
    )


def parsed(call: Call, kind: str, required: tuple[str, ...]) -> dict[str, Any]:
    try:
        _name, values, binds = call.validator.entity(call.json(), kind, Rules(create=bool(required), required=required))
    except BodyError as error:
        raise bad_request(str(error)) from error
    if binds:
        raise bad_request("Relationships cannot be bound here.")
    return values


# -- app roles ---------------------------------------------------------------------------------------------------------


def list_assignments(key: str, call: Call) -> Response:
    check_select(call, ["appRoleAssignment"])
    refuse_expand(call)
    if call.query.filter:
        raise bad_request(
            "Filtering app role assignments is not part of this emulated tenant.", "Request_UnsupportedQuery"
        )
    own = find(call)["id"]
    found = [values for values in _visible(call, _principals(call).assignments) if values[key] == own]
    return page(call, found, "appRoleAssignment", "appRoleAssignments")


def create_assignment(key: str, call: Call) -> Response:
    # [graph facts: app roles] the two are needed together
    readers = {"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
    if "AppRoleAssignment.ReadWrite.All" not in call.roles or not call.roles & readers:
        raise denied("directory")
    own = find(call)
    body = parsed(call, "appRoleAssignment", _ASSIGNMENT)
    if set(body) != set(_ASSIGNMENT):
        raise bad_request("Only 'principalId', 'resourceId' and 'appRoleId' can be set.")
    if body[key].lower() != own["id"]:
        raise bad_request(f"The '{key}' of the assignment is not the object of the request's URL.")
    principals = _principals(call)
    principal, resource = (principals.objects.get(body[name].lower()) for name in ("principalId", "resourceId"))
    if principal is None or resource is None:
        raise directory_not_found(body["principalId"] if principal is None else body["resourceId"])
    if body["appRoleId"].lower() not in {role["id"] for role in resource["appRoles"]}:
        raise bad_request("Permission being assigned was not found on application.")
    if principals.assignment(principal["id"], resource["id"], body["appRoleId"].lower()):
        raise bad_request("Permission being assigned already exists on the object")
    made = principals.assign(principal, resource, body["appRoleId"].lower())
    return Response(
        201, {"@odata.context": call.context("appRoleAssignments/$entity")} | shown(call, "appRoleAssignment", made)
    )


def delete_assignment(key: str, call: Call) -> Response:
    entry = _principals(call).assignments.get(call.params["assignment"])
    if entry is None or entry.gone is not None or entry.values[key] != find(call)["id"]:
        raise directory_not_found(call.params["assignment"])
    entry.gone = call.tenant.clock.now()
    return no_content()


# -- delegated permissions ---------------------------------------------------------------------------------------------


def _grants_page(call: Call, keep: Callable[[Shown], bool]) -> Response:
    check_select(call, ["oAuth2PermissionGrant"])
    refuse_expand(call)
    node = parsed_filter(call, "oAuth2PermissionGrant")
    found = [values for values in _visible(call, _principals(call).grants) if keep(values) and passes(node, values)]
    return page(call, found, "oAuth2PermissionGrant", "oauth2PermissionGrants")


def list_grants(call: Call) -> Response:
    return _grants_page(call, lambda values: True)


def list_grants_of(call: Call) -> Response:
    own = find(call)["id"]
    return _grants_page(call, lambda values: values["clientId"] == own)


def _grant(call: Call) -> Entry:
    entry = _principals(call).grants.get(call.params["id"])
    if entry is None or entry.gone is not None:
        raise directory_not_found(call.params["id"])
    return entry


def read_grant(call: Call) -> Response:
    check_select(call, ["oAuth2PermissionGrant"])
    return with_context(call, "oauth2PermissionGrants", shown(call, "oAuth2PermissionGrant", _grant(call).values))


def create_grant(call: Call) -> Response:
    required = ("clientId", "consentType", "resourceId") + (("expiryTime",) if call.version == "beta" else ())
    body = parsed(call, "oAuth2PermissionGrant", required)
    if body["consentType"] not in ("AllPrincipals", "Principal") or (body["consentType"] == "Principal") != bool(
        body.get("principalId")
    ):
        raise bad_request("The consentType must be 'AllPrincipals', or 'Principal' with a principalId.")
    principals = _principals(call)
    for name in ("clientId", "resourceId"):
        if body[name].lower() not in principals.objects:
            raise directory_not_found(body[name])
    same = [
        entry
        for entry in principals.grants.values()
        if entry.gone is None
        and all(
            entry.values.get(name) == body.get(name)
            for name in ("clientId", "consentType", "principalId", "resourceId")
        )
    ]
    if same:
        raise GraphFault(409, "Permission entry already exists.", "Request_MultipleObjectsWithSameKeyValue")
    made = principals.grant(body)
    return Response(
        201,
        {"@odata.context": call.context("oauth2PermissionGrants/$entity")} | shown(call, "oAuth2PermissionGrant", made),
    )


def update_grant(call: Call) -> Response:
    entry = _grant(call)
    body = parsed(call, "oAuth2PermissionGrant", ())
    if set(body) - {"scope"}:
        raise bad_request("Only 'scope' can be changed.")
    if not (body.get("scope") or "").strip():
        raise bad_request("The property 'scope' must not be empty; delete the grant instead.")
    entry.values["scope"] = body["scope"]
    return no_content()


def delete_grant(call: Call) -> Response:
    _grant(call).gone = call.tenant.clock.now()
    return no_content()
