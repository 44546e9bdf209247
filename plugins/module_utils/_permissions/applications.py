# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service principals and the permissions they hold (v1.0 /servicePrincipals, /oauth2PermissionGrants)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._engine.errors import InvalidOptions
from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, NotFound
from .._graph.session import GraphSession
from .._graph.shapes import Required, Shape
from .catalogue import APIS, APPLICATION, DELEGATED, PERMISSIONS, Permission

PATH = "servicePrincipals"
VERSION = "v1.0"
_SELECT = "id,appId,displayName,appRoles,oauth2PermissionScopes"
ALL_USERS = "AllPrincipals"


_OFFERED: Shape = [{"id": Required(str), "value": str}]
_SHAPES: Mapping[str, Shape] = {
    "appRoles": _OFFERED,
    "oauth2PermissionScopes": _OFFERED,
    **dict.fromkeys(("resourceId", "resourceDisplayName", "appRoleId", "scope", "consentType"), str),
}


@dataclass(frozen=True)
class Grant:
    """A permission that a service principal holds. raw is Graph's object for it: one for each role, one for many
    scopes.
    """

    permission: Permission
    raw: Mapping[str, Any]

    @property
    def consent(self) -> str:
        """Who consented: an administrator for the whole tenant, or one user for themselves."""
        return "user" if self.permission.type == DELEGATED and self.raw.get("consentType") != ALL_USERS else "admin"


def find(session: GraphSession, app_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the service principals of applications, by application id in lower case."""
    session.shapes.expect(_SHAPES)
    declared = list(dict.fromkeys(app_id.lower() for app_id in app_ids))
    query = {"$filter": " or ".join(f"appId eq {odata.literal(app_id)}" for app_id in declared), "$select": _SELECT}
    try:
        listed = list(session.list(PATH, version=VERSION, params=query))
    except BadRequest:
        # A Graph that joins no filters here has the application id as an alternate key.
        listed = [raw for raw in (_by_key(session, app_id) for app_id in declared) if raw]
    found = {str(raw.get("appId")).lower(): raw for raw in listed}
    return {app_id: raw for app_id, raw in found.items() if app_id in declared}


def _by_key(session: GraphSession, app_id: str) -> dict[str, Any] | None:
    try:
        return session.get(
            f"{PATH}(appId={odata.segment(odata.literal(app_id))})", version=VERSION, params={"$select": _SELECT}
        )
    except NotFound:
        return None


def resource_id(record: Mapping[str, Any]) -> str:
    """Return the object id of the API that a grant is for, in lower case."""
    return str(record.get("resourceId")).lower()


def app_id_of(api: str) -> str:
    """Return the application id of an API that is declared by its name or its id."""
    by_name = {name.lower(): app_id for name, app_id in APIS.items()}
    if api.lower() not in by_name and not odata.is_guid(api):
        raise InvalidOptions(
            f"api: '{api}' is not an API of the catalogue. Use one of {', '.join(APIS)}, or the API's application ID."
        )
    return by_name.get(api.lower(), api.lower())


def api_name(raw: Mapping[str, Any]) -> str:
    by_id = {app_id: name for name, app_id in APIS.items()}
    return by_id.get(str(raw.get("appId")).lower(), str(raw.get("displayName") or raw.get("appId")))


def exposed(raw: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield the permissions that an API offers."""
    api = api_name(raw)
    for key, type_ in (("appRoles", APPLICATION), ("oauth2PermissionScopes", DELEGATED)):
        for item in raw.get(key) or []:
            if item.get("value"):
                yield Permission(str(item["value"]), str(item["id"]).lower(), type_, api)


def held(
    session: GraphSession, principal_id: str, types: Iterable[str], apis: Iterable[Mapping[str, Any]] = ()
) -> list[Grant]:
    """Return what a service principal holds. apis are service principals of APIs that were read already."""
    path = f"{PATH}/{odata.segment(principal_id)}"
    types = set(types)
    assignments = list(session.list(f"{path}/appRoleAssignments", version=VERSION)) if APPLICATION in types else []
    grants = list(session.list(f"{path}/oauth2PermissionGrants", version=VERSION)) if DELEGATED in types else []
    names = _Names(session, apis, [*assignments, *grants])
    return [
        *(Grant(names.role(record), record) for record in assignments),
        *(
            Grant(names.scope(record, scope), record)
            for record in grants
            for scope in str(record.get("scope") or "").split()
        ),
    ]


class _Names:
    """The names behind the ids in grants. The catalogue knows those that matter here; for others their API is read."""

    def __init__(
        self, session: GraphSession, apis: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        self._roles = {item.id: item for item in PERMISSIONS if item.type == APPLICATION}
        self._scopes: dict[tuple[str, str], Permission] = {}
        self._apis: dict[str, str] = {}
        for raw in apis:
            self._learn(raw)
        needed = {
            resource_id(record): str(record.get("resourceId"))
            for record in records
            if resource_id(record) not in self._apis
            and ("scope" in record or str(record.get("appRoleId")).lower() not in self._roles)
        }
        requests = [
            BatchRequest("GET", f"/{PATH}/{odata.segment(resource)}?$select={_SELECT}", is_object=True)
            for resource in needed.values()
        ]
        for answer in session.batch(requests, version=VERSION) if requests else []:
            if isinstance(answer.body, dict) and not answer.error:
                self._learn(answer.body)
            elif not isinstance(answer.error, NotFound) and answer.error:
                raise answer.error

    def _learn(self, raw: Mapping[str, Any]) -> None:
        offered = list(exposed(raw))
        resource = str(raw["id"]).lower()
        self._roles.update({item.id: item for item in offered if item.type == APPLICATION})
        self._scopes.update({(resource, item.name): item for item in offered if item.type == DELEGATED})
        self._apis[resource] = api_name(raw)

    def role(self, record: Mapping[str, Any]) -> Permission:
        role_id = str(record.get("appRoleId")).lower()
        unnamed = Permission(
            role_id, role_id, APPLICATION, str(record.get("resourceDisplayName") or record.get("resourceId"))
        )
        return self._roles.get(role_id, unnamed)

    def scope(self, record: Mapping[str, Any], name: str) -> Permission:
        resource = resource_id(record)
        api = self._apis.get(resource, resource)
        listed = next(
            (item for item in PERMISSIONS if (item.name, item.type, item.api) == (name, DELEGATED, api)), None
        )
        return self._scopes.get((resource, name)) or listed or Permission(name, "", DELEGATED, api)
