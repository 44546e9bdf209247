# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Granting permissions to an application's service principal, and revoking them.

A grant has no name, cannot be changed and is no object of its own to a user, so it is none of the engine's resources:
what is compared here are the permissions that the service principal holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .._engine import wait
from .._engine.errors import InvalidOptions, ObjectNotFound
from .._engine.references import placeholder_id
from .._graph import odata
from .._graph.errors import BadRequest, Conflict, IntuneError, NotFound
from .._graph.session import GraphSession
from . import applications
from . import requirements as permissions
from .applications import ALL_USERS, PATH, VERSION, Grant, resource_id
from .catalogue import (
    APIS,
    APPLICATION,
    CREATE_PRINCIPALS,
    DELEGATED,
    GRAPH,
    PERMISSIONS,
    READ_APPLICATIONS,
    READ_GRANTS,
    SETS,
    WRITE_GRANTS,
    WRITE_ROLES,
    Permission,
    Use,
)
from .check import current

GRANTS = "oauth2PermissionGrants"


def manage(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Bring the permissions of an application to the declared state and return a module's result."""
    if not odata.is_guid(params["app_id"]):
        raise InvalidOptions(f"app_id: '{params['app_id']}' is no application (client) ID.")
    task = _Task(session, params, check_mode)
    try:
        result = task.run()
    except IntuneError as error:
        error.changed = error.changed or task.written
        raise
    if not diff_mode:
        del result["diff"]
    return {**result, "warnings": task.warnings, "graph_requests": session.requests_sent}


class _Task:
    def __init__(self, session: GraphSession, params: Mapping[str, Any], check_mode: bool) -> None:
        self.session = session
        self.params = params
        self.check_mode = check_mode
        self.app_id = str(params["app_id"]).lower()
        self.is_revoking = params.get("state") == "absent"
        self.warnings: list[str] = []
        self.written = False
        self.is_created = False
        # The object id of the API that offers a permission.
        self.resources: dict[Permission, str] = {}

    def run(self) -> dict[str, Any]:
        wanted = self._wanted()
        apis = list(dict.fromkeys(_app_id_of(api) for api, _type, _name in wanted))
        principals = applications.find(self.session, [self.app_id, *apis])
        chosen = self._resolved(wanted, principals)
        types = list(dict.fromkeys(item.type for item in chosen))
        principal = principals.get(self.app_id)
        grants = applications.held(self.session, str(principal["id"]), types, principals.values()) if principal else []
        before = {grant.permission for grant in grants}
        changes = [item for item in chosen if (item in before) == self.is_revoking]
        is_new = principal is None and not self.is_revoking
        if is_new and not self.params.get("create_service_principal"):
            raise ObjectNotFound(
                f"The application {self.app_id} has no service principal in this tenant. Nothing was written. "
                "Check app_id, let an administrator consent "
                "to the application, or set create_service_principal=true for a multi-tenant application of a partner."
            )
        self._check_own(changes, grants, is_new)
        if not self.check_mode and (changes or is_new):
            principal = principal or self._create()
            self._write(principal, changes, grants)
            self._settle(principal, changes, types, principals)
        after = before - set(changes) if self.is_revoking else before | set(changes)
        shown = principal or {"id": placeholder_id(self.app_id) if is_new else None, "displayName": None}
        names = [_shown(item) for item in sorted(changes, key=_order)]
        return {
            "changed": bool(changes or is_new),
            "application": {
                "app_id": self.app_id,
                "id": shown["id"],
                "display_name": shown.get("displayName"),
                "permissions": [_shown(item) for item in sorted(after, key=_order)],
            },
            "granted": [] if self.is_revoking else names,
            "revoked": names if self.is_revoking else [],
            "diff": {
                "before": {
                    "service_principal": not is_new and principal is not None,
                    "permissions": [_shown(item) for item in sorted(before, key=_order)],
                },
                "after": {
                    "service_principal": bool(principal) or is_new,
                    "permissions": [_shown(item) for item in sorted(after, key=_order)],
                },
                "before_header": f"application {self.app_id}",
                "after_header": f"application {self.app_id}",
            },
        }

    # -- what is meant ---------------------------------------------------------------------------------------

    def _wanted(self) -> list[tuple[str, str, str]]:
        """Return API, type and name or id of each permission that the options name."""
        kind = self.params.get("type")
        names = [
            (self.params.get("api") or GRAPH, kind or APPLICATION, name)
            for name in self.params.get("permissions") or []
        ]
        sets = [item for name in self.params.get("sets") or [] for item in SETS[name] if kind in (None, item.type)]
        wanted = [*names, *((item.api, item.type, item.name) for item in sets)]
        if not wanted:
            raise InvalidOptions("Nothing to grant or revoke: permissions and sets name no permission of this type.")
        return wanted

    def _resolved(
        self, wanted: Sequence[tuple[str, str, str]], principals: Mapping[str, Mapping[str, Any]]
    ) -> list[Permission]:
        """Return the permissions as their APIs offer them in this tenant."""
        unknown = []
        for api, kind, name in wanted:
            principal = principals.get(_app_id_of(api))
            if principal is None:
                # What is not there cannot be held.
                unknown += [] if self.is_revoking else [f"{api}, which has no service principal in this tenant"]
                continue
            offered = [
                *applications.exposed(principal),
                *(item for item in PERMISSIONS if item.api == applications.api_name(principal)),
            ]
            match = next(
                (item for item in offered if item.type == kind and name.lower() in (item.name.lower(), item.id)), None
            )
            if match:
                self.resources[match] = str(principal["id"])
            else:
                unknown.append(f"{kind} permission '{name}' of {api}")
        if unknown:
            raise ObjectNotFound(f"Not found: {', '.join(dict.fromkeys(unknown))}. Nothing was written.")
        return list(self.resources)

    # -- what is refused -------------------------------------------------------------------------------------

    def _check_own(self, changes: Sequence[Permission], grants: Sequence[Grant], is_new: bool) -> None:
        """Refuse, before anything is written, what this login may not do or could not finish."""
        types = {item.type for item in changes}
        uses = [Use(READ_APPLICATIONS)]
        uses += [Use(WRITE_ROLES)] if APPLICATION in types else []
        uses += [Use(READ_GRANTS), Use(WRITE_GRANTS)] if DELEGATED in types else []
        uses += [Use(CREATE_PRINCIPALS)] if is_new else []
        needed = permissions.requirements(uses)
        claims, held = current(self.session, needed if changes or is_new else [])
        if held and not self.check_mode and (changes or is_new):
            lacking = permissions.least(permissions.missing(needed, held))
            if lacking:
                names = ", ".join(item.name for item in lacking)
                raise IntuneError(
                    f"The login lacks the application permission {names} to do this. Nothing was written. "
                    "Grant it with admin consent."
                )
        is_own = self.app_id == str(claims.get("appid") or self.params.get("client_id") or "").lower()
        if not (self.is_revoking and is_own and changes):
            return
        # What the service principal holds counts here: a token keeps its roles for a while.
        left = {grant.permission for grant in grants} - set(changes)
        sawn_off = [
            item.name
            for item in changes
            if permissions.missing(needed, left) and any(item in requirement.any_of for requirement in needed)
        ]
        if sawn_off:
            raise IntuneError(
                f"{', '.join(sawn_off)}: this login needs it to revoke permissions, and the application is "
                "its own. Nothing was written. "
                "Leave it out of the list, or revoke it with another login."
            )

    # -- writing ---------------------------------------------------------------------------------------------

    def _create(self) -> dict[str, Any]:
        try:
            made = self.session.post(PATH, {"appId": self.app_id}, version=VERSION, repeatable=True)
        except Conflict:
            made = None
        self.written = self.is_created = True
        found = made or wait.until(
            lambda: applications.find(self.session, [self.app_id]).get(self.app_id), wait.VISIBLE_WITHIN
        )
        if not found:
            raise IntuneError(
                f"The service principal of {self.app_id} was created, but cannot be read yet. Run again to go on."
            )
        return found

    def _write(self, principal: Mapping[str, Any], changes: Sequence[Permission], grants: Sequence[Grant]) -> None:
        own = f"{PATH}/{odata.segment(str(principal['id']))}"
        for item in (item for item in changes if item.type == APPLICATION):
            if self.is_revoking:
                for grant in (grant for grant in grants if grant.permission == item):
                    self._delete(f"{own}/appRoleAssignments/{odata.segment(str(grant.raw['id']))}")
            else:
                self._assign(
                    own, {"principalId": principal["id"], "resourceId": self.resources[item], "appRoleId": item.id}
                )
        scopes = [item for item in changes if item.type == DELEGATED]
        for resource in dict.fromkeys(self.resources[item] for item in scopes):
            names = [item.name for item in scopes if self.resources[item] == resource]
            if self.is_revoking:
                records = {
                    str(grant.raw["id"]): grant.raw
                    for grant in grants
                    if resource_id(grant.raw) == resource.lower() and "scope" in grant.raw
                }
                for record in records.values():
                    self._set_scopes(record, [name for name in _scopes(record) if name not in names])
            else:
                wait.while_unknown(partial(self._grant_scopes, str(principal["id"]), resource, names))

    def _assign(self, own: str, body: Mapping[str, Any]) -> None:
        try:
            wait.while_unknown(
                partial(self.session.post, f"{own}/appRoleAssignments", body, version=VERSION, repeatable=True)
            )
        except (BadRequest, Conflict) as error:
            # A second time is refused: another run, or an earlier try of this one, was first.
            if "already exist" not in f"{error.graph_message} {error.message}":
                raise
        self.written = True

    def _grant_scopes(self, client: str, resource: str, names: Sequence[str]) -> None:
        """For all users there is one grant for each client and API; its scopes are one text, read right before it is
        replaced.
        """

        def present() -> Mapping[str, Any] | None:
            records = self.session.list(f"{PATH}/{odata.segment(client)}/{GRANTS}", version=VERSION)
            return next(
                (
                    record
                    for record in records
                    if resource_id(record) == resource.lower() and record.get("consentType") == ALL_USERS
                ),
                None,
            )

        record = present()
        if record is None:
            body = {"clientId": client, "consentType": ALL_USERS, "resourceId": resource, "scope": " ".join(names)}
            try:
                self.session.post(GRANTS, body, version=VERSION, repeatable=True)
                self.written = True
                return
            except Conflict:
                # Another run, or an earlier try of this one, was first.
                record = wait.until(present, wait.VISIBLE_WITHIN)
                if record is None:
                    raise
        self._set_scopes(record, list(dict.fromkeys([*_scopes(record), *names])))

    def _set_scopes(self, record: Mapping[str, Any], names: Sequence[str]) -> None:
        if list(names) == _scopes(record):
            return
        path = f"{GRANTS}/{odata.segment(str(record['id']))}"
        if names:
            self.session.patch(path, {"scope": " ".join(names)}, version=VERSION)
            self.written = True
        else:
            self._delete(path)

    def _delete(self, path: str) -> None:
        try:
            self.session.delete(path, version=VERSION)
        except NotFound:
            return
        self.written = True

    def _settle(
        self,
        principal: Mapping[str, Any],
        changes: Sequence[Permission],
        types: Sequence[str],
        principals: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Read until the change shows; Graph is eventually consistent [graph facts: consistency]."""

        def shows() -> bool | None:
            # Looked for as the next task will do: the index behind $filter lags behind the objects.
            if self.is_created and self.app_id not in applications.find(self.session, [self.app_id]):
                return None
            try:
                found = applications.held(self.session, str(principal["id"]), types, principals.values())
            except NotFound:
                return None
            present = {grant.permission for grant in found}
            return True if all((item in present) != self.is_revoking for item in changes) else None

        if not wait.until(shows, wait.VISIBLE_WITHIN):
            self.warnings.append(
                f"Application {self.app_id}: Graph took the change of permissions but does not show it yet."
            )


def _app_id_of(api: str) -> str:
    """Return the application id of an API that is named or given by its id."""
    known = {name.lower(): app_id for name, app_id in APIS.items()}
    if api.lower() not in known and not odata.is_guid(api):
        raise InvalidOptions(f"api: '{api}' is not known. Give {', '.join(APIS)}, or the API's application ID.")
    return known.get(api.lower(), api.lower())


def _scopes(record: Mapping[str, Any]) -> list[str]:
    return str(record.get("scope") or "").split()


def _order(item: Permission) -> tuple[str, str, str]:
    return (item.api, item.type, item.name)


def _shown(item: Permission) -> str:
    return f"{item.api}: {item.name}" + (" (delegated)" if item.type == DELEGATED else "")
