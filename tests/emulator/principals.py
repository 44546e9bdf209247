# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The applications of a tenant and what was granted to them; the tokens' roles come from here."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .clock import ALWAYS, Clock
from .messages import Json
from .users import GRAPH_COMMAND_LINE

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
INTUNE_APP_ID = "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"
OWN_ID = "b7c1f8de-54a1-4d53-8d0c-1f1f9f1b7a11"
# A multi-tenant application of a partner that this tenant does not know until somebody adds it.
PARTNER_APP_ID = "9d1c3f6a-7b52-4e0d-8a64-2f5b7c9e1d30"

# The app roles of the Microsoft Intune API [N-able's setup script and a published dump of the service principal]
_INTUNE_ROLES = {
    "update_device_health": "a5438881-186a-48f0-bc41-a93ae8a195fe",
    "update_device_attributes": "7b3c62c0-bbe4-4ceb-971b-ecc50a191b3e",
    "get_device_compliance": "7ec88bad-30c7-4928-a005-4455362cfd98",
}
Values = dict[str, Json]


@dataclass
class Entry:
    """One grant, with the times between which readers see it."""

    values: Values
    born: float = ALWAYS
    gone: float | None = None


def _opaque_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).decode().rstrip("=")


class Principals:
    """Service principals by object id, app role assignments and permission grants by their own."""

    def __init__(self, clock: Clock, client_id: str, permissions: Iterable[str], contract: Mapping[str, Any]) -> None:
        self.clock = clock
        self.objects: dict[str, Values] = {}
        self.assignments: dict[str, Entry] = {}
        self.grants: dict[str, Entry] = {}
        # App registrations of this tenant by object id.
        self.applications: dict[str, Entry] = {}
        # When service principals were created.
        self.born: dict[str, float] = {}
        # Applications, by id, that a service principal can be made for.
        self.elsewhere = {PARTNER_APP_ID: "Partner's mobile threat defense"}
        named = sorted(
            {name for methods in contract["routes"].values() for names in methods.values() for name in names}
            | set(permissions)
        )
        # What is in preview has no published id.
        roles = {name: contract["app_roles"].get(name) or str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in named}
        self.own = self.add(client_id, "Emulated automation", object_id=OWN_ID)
        self.graph = self.add(GRAPH_APP_ID, "Microsoft Graph", roles, contract["scopes"])
        self.add(INTUNE_APP_ID, "Microsoft Intune API", _INTUNE_ROLES)
        self.add(GRAPH_COMMAND_LINE, "Microsoft Graph Command Line Tools")
        self.hold(permissions)

    def add(
        self,
        app_id: str,
        name: str,
        roles: Mapping[str, str] | None = None,
        scopes: Mapping[str, str] | None = None,
        object_id: str | None = None,
    ) -> Values:
        made: Values = {
            "id": object_id or str(uuid.uuid4()),
            "appId": app_id.lower(),
            "displayName": name,
            "appDisplayName": name,
            "servicePrincipalType": "Application",
            "accountEnabled": True,
            "appRoles": [_role(value, role_id) for value, role_id in (roles or {}).items()],
            "oauth2PermissionScopes": [_scope(value, scope_id) for value, scope_id in (scopes or {}).items()],
        }
        self.objects[made["id"]] = made
        return made

    def by_app_id(self, app_id: str) -> Values | None:
        return next((found for found in self.objects.values() if found["appId"] == app_id.lower()), None)

    def forget(self, object_id: str) -> None:
        """Remove a service principal, and what it holds."""
        del self.objects[object_id]
        for kept in (self.assignments, self.grants):
            for key, entry in list(kept.items()):
                if object_id in (entry.values.get("principalId"), entry.values.get("clientId")):
                    del kept[key]

    def registration(self, app_id: str) -> Entry | None:
        found = (entry for entry in self.applications.values() if entry.gone is None)
        return next((entry for entry in found if entry.values["appId"] == app_id.lower()), None)

    def assignment(self, principal_id: str, resource_id: str, role_id: str) -> Entry | None:
        wanted = {"principalId": principal_id, "resourceId": resource_id, "appRoleId": role_id}
        held = (entry for entry in self.assignments.values() if entry.gone is None)
        return next((entry for entry in held if wanted.items() <= entry.values.items()), None)

    def assign(self, principal: Values, resource: Values, role_id: str) -> Values:
        made: Values = {
            "id": _opaque_id(),
            "appRoleId": role_id,
            "createdDateTime": self.clock.directory_text(),
            "principalDisplayName": principal["displayName"],
            "principalId": principal["id"],
            "principalType": "ServicePrincipal",
            "resourceDisplayName": resource["displayName"],
            "resourceId": resource["id"],
        }
        self.assignments[made["id"]] = Entry(made, self.clock.now())
        return made

    def grant(self, values: Values) -> Values:
        made = {"principalId": None, **values, "id": _opaque_id()}
        self.grants[made["id"]] = Entry(made, self.clock.now())
        return made

    def role_id(self, name: str) -> str:
        """The id of a Graph app role; one that Graph does not have is added, as a new one would be."""
        found = next((role["id"] for role in self.graph["appRoles"] if role["value"] == name), None)
        if found is None:
            found = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
            self.graph["appRoles"].append(_role(name, found))
        return str(found)

    def hold(self, permissions: Iterable[str]) -> None:
        """Make these the Graph permissions of the application that the tests log in as."""
        own, graph = self.own["id"], self.graph["id"]
        for key in [
            key
            for key, entry in self.assignments.items()
            if (entry.values["principalId"], entry.values["resourceId"]) == (own, graph)
        ]:
            del self.assignments[key]
        for name in dict.fromkeys(permissions):
            made = self.assign(self.own, self.graph, self.role_id(name))
            self.assignments[made["id"]].born = ALWAYS

    def roles(self, app_id: str) -> list[str]:
        """The Graph app roles of an application."""
        own = self.by_app_id(app_id)
        names = {role["id"]: role["value"] for role in self.graph["appRoles"]}
        held = (entry.values for entry in list(self.assignments.values()) if entry.gone is None)
        return [
            names[values["appRoleId"]]
            for values in held
            if own and (values["principalId"], values["resourceId"]) == (own["id"], self.graph["id"])
        ]

    def scopes(self, client_id: str) -> list[str] | None:
        """The scopes of Graph that all users' logins to an application have; None for one that is not known here."""
        found = self.by_app_id(client_id)
        if found is None:
            return None
        grants = (entry.values for entry in list(self.grants.values()) if entry.gone is None)
        return [
            scope
            for values in grants
            if (values["clientId"], values["resourceId"]) == (found["id"], self.graph["id"])
            and values["consentType"] == "AllPrincipals"
            for scope in values["scope"].split()
        ]

    def summary(self) -> dict[str, dict[str, list[str]]]:
        """App id -> what the application holds, by name."""
        names = {role["id"]: role["value"] for found in self.objects.values() for role in found["appRoles"]}
        held: dict[str, dict[str, list[str]]] = {
            found["appId"]: {"app_roles": [], "scopes": []} for found in self.objects.values()
        }
        for entry in (*self.assignments.values(), *self.grants.values()):
            if entry.gone is None:
                values = entry.values
                client = self.objects[(values.get("clientId") or values["principalId"]).lower()]
                kind, found = (
                    ("scopes", values["scope"].split())
                    if "scope" in values
                    else ("app_roles", [names[values["appRoleId"]]])
                )
                held[client["appId"]][kind] = sorted(held[client["appId"]][kind] + found)
        return held


def _role(value: str, role_id: str) -> Values:
    texts = dict.fromkeys(("description", "displayName", "value"), value)
    return {"id": role_id, **texts, "allowedMemberTypes": ["Application"], "isEnabled": True, "origin": "Application"}


def _scope(value: str, scope_id: str) -> Values:
    names = (
        "adminConsentDescription",
        "adminConsentDisplayName",
        "userConsentDescription",
        "userConsentDisplayName",
        "value",
    )
    return {"id": scope_id, **dict.fromkeys(names, value), "isEnabled": True, "origin": None, "type": "Admin"}
