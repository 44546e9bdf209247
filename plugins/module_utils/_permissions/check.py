# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an application holds, against what it needs: by its token, or by what was granted to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .._engine.errors import InvalidOptions, ObjectNotFound
from .._graph.advice import is_of_user
from .._graph.session import GraphSession
from . import applications
from . import requirements as permissions
from .catalogue import APPLICATION, DELEGATED, GRAPH, MODULES, SETS, STEPS, Permission, permission
from .requirements import Requirement


def gather(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Return granted, missing and excess permissions of an application."""
    needed = needed_for(params)
    if params.get("app_id") or params.get("read_grants"):
        report = _by_grants(session, params, needed)
    else:
        report = _by_token(session, needed)
    return {"changed": False, **report, "graph_requests": session.requests_sent}


def needed_for(params: Mapping[str, Any]) -> list[Requirement]:
    """Return what the sets, modules, steps and permissions of the options need."""
    needed: list[Requirement] = []
    for name in params.get("sets") or []:
        needed += [permissions.requirement_of(item, f"the set {name}") for item in SETS[name]]
    for name in params.get("modules") or []:
        short = name.rsplit(".", 1)[-1]
        if short not in MODULES:
            raise InvalidOptions(
                f"modules: '{name}' is no module of this collection. Use one of: {', '.join(MODULES)}."
            )
        needed += permissions.requirements(MODULES[short])
    for name in params.get("steps") or []:
        needed += permissions.requirements(STEPS[name])
    needed += [
        permissions.requirement_of(_named(name), "the list of permissions") for name in params.get("permissions") or []
    ]
    return list(dict.fromkeys(needed))


def _named(name: str, type_: str = APPLICATION) -> Permission:
    try:
        return permission(name, type_)
    except KeyError:
        # One that the catalogue does not know, such as Mail.Send: only its name can be compared.
        return Permission(name, "", type_)


class Login(NamedTuple):
    """What a token shows. held is None when it shows no permissions; needed is what it would have to show."""

    claims: Mapping[str, Any]
    held: list[Permission] | None
    needed: list[Requirement]

    @property
    def type(self) -> str:
        """The type of permissions that it shows: a user's token has delegated ones."""
        return DELEGATED if is_of_user(self.claims) else APPLICATION

    @property
    def missing(self) -> list[Requirement]:
        return [] if self.held is None else permissions.missing(self.needed, self.held)


def current(session: GraphSession, needed: Iterable[Requirement]) -> Login:
    """Return what the login holds. When something is missing, a new token may know of a later grant."""
    needed = list(needed)
    login = _shown(session.token_claims(), needed)
    return _shown(session.token_claims(renewed=True), needed) if login.missing else login


def _shown(claims: Mapping[str, Any], needed: Iterable[Requirement]) -> Login:
    needed = permissions.in_token(needed, is_of_user(claims))
    if not claims:
        return Login(claims, None, needed)
    if is_of_user(claims):
        return Login(claims, [_named(name, DELEGATED) for name in str(claims["scp"]).split()], needed)
    return Login(claims, [_named(str(name)) for name in claims.get("roles") or []], needed)


def _by_token(session: GraphSession, needed: list[Requirement]) -> dict[str, Any]:
    login = current(session, needed)
    claims, held = login.claims, login.held
    consent = dict.fromkeys(held or [], "admin")
    report = _report(login.needed, held or [], consent, is_known=held is not None)
    application = {
        "app_id": claims.get("appid") or claims.get("azp"),
        "id": claims.get("oid"),
        "display_name": claims.get("app_displayname"),
    }
    return {"source": "token", "application": application, "tenant_id": claims.get("tid"), **report}


def _by_grants(session: GraphSession, params: Mapping[str, Any], needed: list[Requirement]) -> dict[str, Any]:
    claims = session.token_claims()
    own = str(claims.get("appid") or params.get("client_id") or "").lower()
    app_id = str(params.get("app_id") or own).lower()
    if not app_id:
        raise InvalidOptions("The token does not name its application: declare the application's ID as app_id.")
    principal = applications.find(session, [app_id]).get(app_id)
    if principal is None:
        raise ObjectNotFound(
            f"The application {app_id} has no service principal in this tenant: nobody has consented to it yet. "
            "Consent to it in the partner's console, or create it with mobilesec.intune.intune_permission "
            "and create_service_principal=true."
        )
    grants = applications.held(session, str(principal["id"]), [APPLICATION, DELEGATED], [principal])
    consent: dict[Permission, str] = {}
    for grant in grants:
        if consent.get(grant.permission) != "admin":
            consent[grant.permission] = grant.consent
    report = _report(needed, list(consent), consent, app_id)
    if app_id == own and claims:
        login = _shown(claims, [])
        shown = {item.name for item in login.held or []}
        for entry in report["granted"]:
            is_shown = entry["type"] == login.type and entry["api"] == GRAPH
            entry["in_token"] = entry["name"] in shown if is_shown else None
    application = {"app_id": app_id, "id": principal["id"], "display_name": principal.get("displayName")}
    return {"source": "grants", "application": application, "tenant_id": claims.get("tid"), **report}


def _report(
    needed: list[Requirement],
    held: list[Permission],
    consent: Mapping[Permission, str],
    app_id: str | None = None,
    is_known: bool = True,
) -> dict[str, Any]:
    lacking = permissions.missing(needed, held) if is_known else []
    return {
        "known": is_known,
        "sufficient": not lacking if is_known else None,
        "granted": [_entry(item, consent=consent[item]) for item in sorted(held, key=_order)],
        "missing": [
            _entry(
                item,
                consent="none",
                needed_for=[requirement.needed_for for requirement in lacking if item in requirement.any_of],
                access="write"
                if all(requirement.writes for requirement in lacking if item in requirement.any_of)
                else "read",
                fix=_how_to_grant(item, app_id),
            )
            for item in sorted(permissions.least(lacking), key=_order)
        ],
        "excess": [
            _entry(item, consent=consent[item], fix=_how_to_revoke(item, app_id))
            for item in sorted(permissions.excess(needed, held), key=_order)
        ],
    }


def _order(item: Permission) -> tuple[str, str, str]:
    return (item.api, item.type, item.name)


def _entry(item: Permission, **more: Any) -> dict[str, Any]:
    return {"name": item.name, "type": item.type, "api": item.api, "id": item.id or None, **more}


def _how_to_grant(item: Permission, app_id: str | None) -> str:
    return (
        f"In the Entra admin center, under the application's API permissions, add the {item.type} permission "
        f"{item.name} of {item.api} and grant admin "
        f"consent; or run mobilesec.intune.intune_permission with {_arguments(item, app_id)}."
    )


def _how_to_revoke(item: Permission, app_id: str | None) -> str:
    return (
        f"If nothing else needs it, remove the {item.type} permission {item.name} of {item.api} under the "
        "application's permissions in the Entra admin "
        f"center; or run mobilesec.intune.intune_permission with {_arguments(item, app_id)} and state=absent."
    )


def _arguments(item: Permission, app_id: str | None) -> str:
    api = "" if item.api == GRAPH else f", api={item.api!r}"
    type_ = "" if item.type == APPLICATION else f", type={item.type}"
    return f"app_id={app_id or 'the application'}, permissions=[{item.name}]{type_}{api}"
