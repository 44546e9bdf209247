# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service principals (v1.0 /servicePrincipals). The permissions that one holds are relations to the APIs' own ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from .._engine import wait
from .._engine.errors import ObjectNotFound, says_it_exists
from .._engine.references import ResolvedNames
from .._engine.relations import Relation, RelationPlan
from .._engine.resource import ObjectType, Params, Raw, Resource
from .._graph import odata
from .._graph.errors import BadRequest, Conflict, NotFound
from .._graph.session import GraphSession
from . import applications
from .applications import ALL_USERS, PATH, VERSION, resource_id
from .catalogue import APPLICATION, DELEGATED, PERMISSIONS, Permission

_GRANTS = "oauth2PermissionGrants"


class Grants(Relation):
    """The permissions of one type, which is the name of its option, that a service principal holds.

    principals has those of the APIs by their application id. The id of a member is <object id of the API>/<id of the
    role, or name of the scope>.
    """

    def __init__(self, type_: str, navigation: str, is_revoking: bool, principals: Mapping[str, Raw]) -> None:
        super().__init__(type_, "purge_permissions", navigation, lambda text: (), ("label",))
        self.is_revoking = is_revoking
        self.principals = principals

    def read(self, session: GraphSession, path: str, version: str) -> list[dict[str, Any]]:
        held = applications.held(session, path.rpartition("/")[2], [self.option], self.principals.values())
        members: dict[str, dict[str, Any]] = {}
        for grant in held:
            key = self.key(resource_id(grant.raw), grant.permission)
            new = {"id": key, "permission": grant.permission, "records": [], "is_for_all": False}
            member = members.setdefault(key, new)
            member["records"].append(grant.raw)
            member["is_for_all"] = member["is_for_all"] or grant.consent == "admin"
        for member in members.values():
            member["label"] = shown(member["permission"], member["is_for_all"])
        return list(members.values())

    def key(self, api_id: str, permission: Permission) -> str:
        return f"{api_id}/{permission.id if self.option == APPLICATION else permission.name}"

    def plan(
        self,
        session: GraphSession,
        declared: Sequence[Any],
        current: list[dict[str, Any]],
        purge: bool,
        resolved: ResolvedNames,
        check_mode: bool,
    ) -> RelationPlan:
        """Compare pairs of an API and a permission's name or id with what is held. Raises ObjectNotFound."""
        result = RelationPlan(self, current)
        held = {str(member["id"]): member["is_for_all"] for member in current}
        unknown: list[str] = []
        kept: set[str] = set()
        for api, name in declared:
            principal = self.principals.get(applications.app_id_of(api))
            offered = self._offered(principal, name) if principal else None
            if principal and offered:
                key = self.key(str(principal["id"]).lower(), offered)
                kept.add(key)
                if self.is_revoking and key in held:
                    result.remove[key] = shown(offered)
                # What users consented to for themselves is not granted to the whole tenant.
                elif not self.is_revoking and not held.get(key):
                    result.add[key] = shown(offered)
            elif principal:
                unknown.append(f"{self.option} permission '{name}' of {api}")
            elif not self.is_revoking:  # nobody holds a permission of an API that does not exist
                unknown.append(f"{api}, which has no service principal in this tenant")
        if unknown:
            raise ObjectNotFound(f"Not found: {', '.join(dict.fromkeys(unknown))}. This task wrote nothing.")
        if purge:
            result.remove = {str(member["id"]): member["label"] for member in current if member["id"] not in kept}
        return result

    def _offered(self, principal: Raw, name: str) -> Permission | None:
        """Return a permission as its API offers it in this tenant."""
        api = applications.api_name(principal)
        offered = [*applications.exposed(principal), *(item for item in PERMISSIONS if item.api == api)]
        return next((p for p in offered if p.type == self.option and name.lower() in (p.name.lower(), p.id)), None)


class Roles(Grants):
    """Application permissions: an assignment each."""

    def apply(self, session: GraphSession, path: str, planned: RelationPlan, root: str, version: str) -> None:
        for key in planned.add:
            api, role = key.split("/")
            body = {"principalId": path.rpartition("/")[2], "resourceId": api, "appRoleId": role}
            self._assign(session, path, body)
        for member in planned.current:
            for record in member["records"] if member["id"] in planned.remove else ():
                with suppress(NotFound):
                    session.delete(f"{path}/{self.navigation}/{odata.segment(str(record['id']))}", version=version)

    def _assign(self, session: GraphSession, path: str, body: dict[str, Any]) -> None:
        post = partial(session.post, f"{path}/{self.navigation}", body, version=VERSION, repeatable=True)
        try:
            wait.while_unknown(post)
        except (BadRequest, Conflict) as error:
            # A second time is refused.
            if not says_it_exists(error):
                raise


class Scopes(Grants):
    """Delegated permissions: a grant for each API and client, whose scopes are one text.

    There is no ETag, so the text is read right before it is replaced.
    """

    def apply(self, session: GraphSession, path: str, planned: RelationPlan, root: str, version: str) -> None:
        for api, names in _by_api(planned.add).items():
            self._grant(session, path, api, names)
        taken = _by_api(planned.remove)
        for record in self._records(session, path) if taken else ():
            names = taken.get(resource_id(record), [])
            _set_scopes(session, record, [scope for scope in _scopes(record) if scope not in names])

    def _records(self, session: GraphSession, path: str) -> list[dict[str, Any]]:
        return list(session.list(f"{path}/{self.navigation}", version=VERSION))

    def _grant(self, session: GraphSession, path: str, api: str, names: Sequence[str]) -> None:
        def for_all_users() -> Mapping[str, Any] | None:
            found = (record for record in self._records(session, path) if record.get("consentType") == ALL_USERS)
            return next((record for record in found if resource_id(record) == api), None)

        record = for_all_users()
        if record is None:
            client = path.rpartition("/")[2]
            body = {"clientId": client, "consentType": ALL_USERS, "resourceId": api, "scope": " ".join(names)}
            try:
                session.post(_GRANTS, body, version=VERSION, repeatable=True)
                return
            except Conflict:
                # Another run, or an earlier try of this one, was first.
                record = wait.until(for_all_users, wait.VISIBLE_WITHIN)
                if record is None:
                    raise
        _set_scopes(session, record, list(dict.fromkeys([*_scopes(record), *names])))


class ServicePrincipal(Resource):
    singular = "application"
    title = "application"
    path = PATH
    version = VERSION
    polymorphic = False
    name_property = "appId"
    ownership_property = None
    may_be_doubled = False
    types = (ObjectType("servicePrincipal", "service principal"),)
    reported = ("displayName",)

    def __init__(self, app_id: str, apis: Iterable[str], is_revoking: bool, may_create: bool) -> None:
        super().__init__()
        self.app_ids = [app_id, *map(applications.app_id_of, apis)]
        self.may_create = may_create
        self.principals: dict[str, Raw] = {}
        self.relations = (
            Roles(APPLICATION, "appRoleAssignments", is_revoking, self.principals),
            Scopes(DELEGATED, _GRANTS, is_revoking, self.principals),
        )

    def first_url(self, params: Params) -> None:
        """Nothing is read ahead: one request finds the application and the APIs."""

    def find(
        self, session: GraphSession, params: Params, answer: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        found = applications.find(session, self.app_ids)
        self.principals.update(found)
        return found.get(self.app_ids[0])

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        if not self.may_create:
            raise ObjectNotFound(
                f"The application {self.app_ids[0]} has no service principal in this tenant. This task wrote nothing. "
                "Check app_id, let an administrator consent to the application, or set create_service_principal=true "
                "for a multi-tenant application of a partner."
            )
        return self.types[0]

    def create(self, session: GraphSession, body: dict[str, Any], params: Params) -> tuple[dict[str, Any], bool]:
        for _attempt in wait.attempts(wait.VISIBLE_WITHIN):
            try:
                return session.post(PATH, body, version=VERSION, repeatable=True) or {}, True
            except Conflict:
                return {}, True  # another run was first; the engine looks for it
            except BadRequest as error:
                # Not all parts of Entra know a new application [graph facts: consistency].
                if "valid application object" not in f"{error.graph_message} {error.message}":
                    raise
                refusal = error
        raise refusal


def shown(permission: Permission, is_for_all: bool = True) -> str:
    whose = "delegated" if is_for_all else "delegated, by users for themselves"
    return f"{permission.api}: {permission.name}" + (f" ({whose})" if permission.type == DELEGATED else "")


def _by_api(keys: Iterable[str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for key in keys:
        api, _slash, name = key.partition("/")
        names.setdefault(api, []).append(name)
    return names


def _scopes(record: Mapping[str, Any]) -> list[str]:
    return str(record.get("scope") or "").split()


def _set_scopes(session: GraphSession, record: Mapping[str, Any], names: Sequence[str]) -> None:
    path = f"{_GRANTS}/{odata.segment(str(record['id']))}"
    if names and list(names) != _scopes(record):
        session.patch(path, {"scope": " ".join(names)}, version=VERSION)
    elif not names:
        with suppress(NotFound):
            session.delete(path, version=VERSION)
