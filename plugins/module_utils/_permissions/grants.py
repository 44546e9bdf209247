# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface function of intune_permission: a service principal is brought to the declared permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine import apply, plan
from .._engine.change import Change
from .._engine.engine import Task
from .._engine.errors import InvalidOptions
from .._graph.errors import IntuneError
from .._graph.session import GraphSession
from . import requirements as permissions
from .catalogue import (
    APPLICATION,
    CREATE_PRINCIPALS,
    DELEGATED,
    GRAPH,
    READ_APPLICATIONS,
    READ_GRANTS,
    SETS,
    WRITE_GRANTS,
    WRITE_ROLES,
    Use,
)
from .check import Login, needed_for
from .check import current as held_by_token
from .requirements import Requirement
from .service_principal import ServicePrincipal


def manage(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Bring the permissions of an application to the declared state and return a module's result."""
    declared = _declared(params)
    app_id, is_revoking = params["app_id"].lower(), params.get("state") == "absent"
    apis = dict.fromkeys(api for pairs in declared.values() for api, _name in pairs)
    resource = ServicePrincipal(app_id, apis, is_revoking, bool(params.get("create_service_principal")))
    resource.expect(session)
    purge = {"purge_permissions": bool(params.get("purge_permissions")), "allow_empty": True}
    task = Task(resource, session, {"name": app_id, **declared, **purge}, check_mode, diff_mode)
    try:
        current = task.find()
        change = _plan(task, current, app_id) if current or not is_revoking else None
        result: dict[str, Any] = {"changed": False, "application": {"id": None}}
        if change:
            result = apply.update(task, change, change.current) if change.current else apply.create(task, change)
        if task.written and _is_own(task, app_id):
            # The next task sees what was granted or revoked.
            session.token_claims(renewed=True)
    except IntuneError as error:
        error.changed = error.changed or task.written
        raise
    return _result(task, app_id, change, result, current is not None)


def _result(task: Task, app_id: str, change: Change | None, done: Mapping[str, Any], existed: bool) -> dict[str, Any]:
    """Return a module's result; done is what the engine returns, and existed whether there was a service principal."""
    related = change.relations if change else ()
    before = sorted(label for planned in related for label in planned.before())
    after = sorted(label for planned in related for label in planned.after())
    object_id = done["application"]["id"]
    sides = {
        "before": {"service_principal": existed, "permissions": before},
        "after": {"service_principal": object_id is not None, "permissions": after},
        **dict.fromkeys(("before_header", "after_header"), task.title),
    }
    return {
        "changed": done["changed"],
        "application": {
            "app_id": app_id,
            "id": object_id,
            "display_name": done["application"].get("display_name"),
            "permissions": after,
        },
        "granted": sorted({*after} - {*before}),
        "revoked": sorted({*before} - {*after}),
        **({"diff": sides} if task.diff_mode else {}),
        "warnings": task.warnings,
        "graph_requests": task.session.requests_sent,
    }


def _declared(params: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return API and name (or id) of the declared permissions by their type."""
    type_ = params.get("type")
    declared: dict[str, list[tuple[str, str]]] = {}
    for name in params.get("permissions") or []:
        declared.setdefault(type_ or APPLICATION, []).append((params.get("api") or GRAPH, name))
    for item in (item for name in params.get("sets") or [] for item in SETS[name]):
        if type_ in (None, item.type):
            declared.setdefault(item.type, []).append((item.api, item.name))
    needed = needed_for({name: params.get(name) for name in ("steps", "modules")})
    for requirement in permissions.least(permissions.in_token(needed, is_user=type_ == DELEGATED)):
        declared.setdefault(requirement.type, []).append((requirement.api, requirement.name))
    if params.get("purge_permissions"):
        for each in (type_,) if type_ else (APPLICATION, DELEGATED):
            declared.setdefault(each, [])
    if not any(declared.values()):
        raise InvalidOptions("Nothing to grant or revoke: the options name no permission of this type.")
    return declared


def _plan(task: Task, current: dict[str, Any] | None, app_id: str) -> Change:
    object_type = task.resource.types[0] if current else task.resource.check_creatable(None, task.params)
    change = plan.plan(task, current, object_type, has_relations=True)
    types = [planned.relation.option for planned in change.relations if planned.changed]
    if types or current is None:
        uses = [Use(READ_APPLICATIONS)]
        uses += [Use(WRITE_ROLES)] if APPLICATION in types else []
        uses += [Use(READ_GRANTS), Use(WRITE_GRANTS)] if DELEGATED in types else []
        uses += [Use(CREATE_PRINCIPALS)] if current is None else []
        login = _checked_login(task, permissions.requirements(uses))
        if any(planned.remove for planned in change.relations) and _is_own(task, app_id):
            _check_own(change, login.needed)
    return change


def _is_own(task: Task, app_id: str) -> bool:
    """Whether the application is the one that this task logs in as."""
    return app_id == str(task.session.token_claims().get("appid") or "").lower()


def _checked_login(task: Task, needed: list[Requirement]) -> Login:
    """Return what the login holds. Refuse, before anything is written, what it may not do."""
    login = held_by_token(task.session, needed)
    lacking = permissions.least(login.missing) if login.held and not task.check_mode else []
    if lacking:
        raise IntuneError(
            f"The login lacks the {login.type} permission {', '.join(item.name for item in lacking)} to do this. "
            f"This task wrote nothing. Grant it with admin consent. {task.session.login}"
        )
    return login


def _check_own(change: Change, needed: list[Requirement]) -> None:
    """Refuse to revoke what the login needs to revoke. What the service principal holds counts: a token keeps its roles
    for a while.
    """
    members = [
        (member["permission"], member["id"] in planned.remove)
        for planned in change.relations
        for member in planned.current
    ]
    kept = [item for item, is_revoked in members if not is_revoked]
    revoked = [item for item, is_revoked in members if is_revoked]
    needs = [
        item.name
        for item in revoked
        if permissions.missing(needed, kept) and any(item in requirement.any_of for requirement in needed)
    ]
    if needs:
        raise IntuneError(
            f"{', '.join(needs)}: this login needs it to revoke permissions, and the application is its own."
            " This task wrote nothing. Leave it out of the list, or revoke it with another login."
        )
