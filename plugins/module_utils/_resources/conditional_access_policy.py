# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional Access policies (v1.0 /identity/conditionalAccess/policies)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from .._engine.errors import InvalidOptions
from .._engine.fields import Enum, Field, arguments, named
from .._engine.options import Spec, identity_options, state_option
from .._engine.preview import PreviewedResource
from .._engine.resource import ObjectType, Params, Raw
from .._engine.text_fields import Name
from .._graph import odata
from .._graph.errors import NotFound
from .._graph.session import GraphSession
from .conditional_access import CONDITIONS, GRANT_CONTROLS, SESSION_CONTROLS
from .conditional_access_rules import problems

_ENFORCED = "enabled"
_FIELDS = (
    # The option state says whether the policy exists.
    Field("policy_state", "state", Enum(_ENFORCED, "disabled", "enabledForReportingButNotEnforced"), always_set=True),
    Field("conditions", "conditions", CONDITIONS, always_set=True),
    *named(GRANT_CONTROLS, "grantControls", always_set=True),
    *named(SESSION_CONTROLS, "sessionControls"),
)
# The applications without which nobody can log in to Microsoft Graph, or to the admin centers.
_OF_LOGIN = {"all", "microsoftadminportals", "00000003-0000-0000-c000-000000000000"}
_MOBILE = {"android", "ios", "windowsphone"}


class ConditionalAccessPolicy(PreviewedResource):
    singular = "conditional_access_policy"
    plural = "conditional_access_policies"
    title = "Conditional Access policy"
    path = "identity/conditionalAccess/policies"
    polymorphic = False
    is_opt_in = True
    # The schema calls its only text "not used".
    ownership_property = None
    types = (
        ObjectType(
            "conditionalAccessPolicy",
            "Conditional Access policy",
            required=("conditions",),
            defaults={"state": "enabledForReportingButNotEnforced"},
        ),
    )
    common_fields = (Field("name", "displayName", Name()), *_FIELDS)
    deciding = ("conditions", "grant_controls", "session_controls")
    reported = ("templateId", "createdDateTime", "modifiedDateTime")

    argument_spec: ClassVar[Spec] = {
        **state_option(),
        **identity_options(),
        "unset": {"type": "list", "elements": "str"},
        "purge_exclusions": {"type": "bool", "default": False},
        **arguments(_FIELDS),
    }

    def completed(self, current: Raw, desired: dict[str, Any], params: Params) -> dict[str, Any]:
        """Whom others excluded stays excluded: it may be what keeps them from being locked out."""
        declared = (params.get("conditions") or {}).get("users") or {}
        if "conditions" not in desired or params.get("purge_exclusions"):
            return desired
        existing = (current.get("conditions") or {}).get("users") or {}
        users = dict(desired["conditions"].get("users") or {})
        for whom in ("Users", "Groups", "Roles"):
            if declared.get(f"exclude_{whom.lower()}") is not None:
                users[f"exclude{whom}"] = _excluded(users, existing, whom)
        return {**desired, "conditions": {**desired["conditions"], "users": users}} if users else desired

    def needs_beta(self, values: Raw) -> bool:
        applications = (values.get("conditions") or {}).get("applications") or {}
        return bool((values.get("sessionControls") or {}).get("continuousAccessEvaluation")) or any(
            _has(applications, name, "allagentidresources") for name in ("includeApplications", "excludeApplications")
        )

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        yield from problems(options)

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        checked = super().check_creatable(object_type, params)
        conditions = params["conditions"]
        missing = [] if params.get("grant_controls") or params.get("session_controls") else ["grant_controls"]
        missing += [] if conditions.get("applications") else ["conditions.applications"]
        if not conditions.get("users") and not conditions.get("client_applications"):
            missing.append("conditions.users")
        self.check_missing(params, missing)
        return checked

    def check_change(self, session: GraphSession, current: Raw | None, predicted: Raw, params: Params) -> None:
        """Refuse a policy that does nothing, or locks everybody or this login out; one that does already may stay."""
        self._refuse_without_controls(predicted, params)
        is_as_before = current is not None and all(
            current.get(name) == predicted.get(name) for name in ("state", "conditions")
        )
        if str(predicted.get("state")).lower() == _ENFORCED and not is_as_before:
            conditions = predicted.get("conditions") or {}
            self._refuse_without_exclusion(conditions.get("users") or {}, params)
            self._refuse_lock_out(session, conditions, params)

    def _refuse_without_controls(self, raw: Raw, params: Params) -> None:
        named_parts = {path.partition(".")[0] for path in params.get("unset") or ()}
        named_parts |= {name for name, value in params.items() if value is not None}
        is_about_controls = not named_parts.isdisjoint(("grant_controls", "session_controls"))
        if is_about_controls and not raw.get("grantControls") and not raw.get("sessionControls"):
            raise InvalidOptions(
                f"{self.describe(params)} would have neither grant_controls nor session_controls. "
                "This task wrote nothing."
            )

    def _refuse_without_exclusion(self, users: Raw, params: Params) -> None:
        if _has(users, "includeUsers", "all") and not (users.get("excludeUsers") or users.get("excludeGroups")):
            raise InvalidOptions(
                f"{self.describe(params)} would be enforced for all users without an exclusion, and a mistake would "
                "lock everybody out. Exclude an emergency account in conditions.users.exclude_users or exclude_groups. "
                "This task wrote nothing."
            )

    def _refuse_lock_out(self, session: GraphSession, conditions: Raw, params: Params) -> None:
        """Who runs this must be able to undo it, whether that is an application or a user."""
        claims = session.token_claims()
        is_user = "scp" in claims
        if claims.get("oid") and (
            _locks_out_user(session, conditions, claims) if is_user else _locks_out_application(conditions, claims)
        ):
            who = str(claims.get("upn") or claims["oid"]) if is_user else f"the application {claims.get('appid')}"
            raise InvalidOptions(
                f"{self.describe(params)} would be enforced for the login that makes it, {who}. Exclude it, or leave "
                "policy_state at enabled_for_reporting_but_not_enforced. This task wrote nothing."
            )


def _excluded(users: Raw, existing: Raw, whom: str) -> list[Any]:
    """Return whom the task excludes, and whom others exclude and the task does not include, each once."""
    included = {str(item).lower() for item in users.get(f"include{whom}") or ()}
    kept = [item for item in existing.get(f"exclude{whom}") or () if str(item).lower() not in included]
    excluded = [*kept, *(users.get(f"exclude{whom}") or ())]
    return list({str(item).lower(): item for item in excluded}.values())


def _has(holder: Mapping[str, Any], name: str, *texts: str) -> bool:
    return not {str(item).lower() for item in holder.get(name) or ()}.isdisjoint(texts)


def _locks_out_application(conditions: Raw, claims: Mapping[str, Any]) -> bool:
    principals, own = conditions.get("clientApplications") or {}, str(claims["oid"]).lower()
    return _has(principals, "includeServicePrincipals", own, "serviceprincipalsinmytenant") and not _has(
        principals, "excludeServicePrincipals", own
    )


def _locks_out_user(session: GraphSession, conditions: Raw, claims: Mapping[str, Any]) -> bool:
    users, own = conditions.get("users") or {}, str(claims["oid"]).lower()
    roles = [str(role).lower() for role in claims.get("wids") or ()]
    platforms = {str(item).lower() for item in (conditions.get("platforms") or {}).get("includePlatforms") or ()}
    if not _has(conditions.get("applications") or {}, "includeApplications", *_OF_LOGIN):
        return False
    # Nobody runs Ansible on a phone.
    if platforms and platforms <= _MOBILE:
        return False
    groups: list[str] = []
    if users.get("includeGroups") or users.get("excludeGroups"):
        groups = _groups_of(session, own)
    is_included = (
        _has(users, "includeUsers", own, "all")
        or _has(users, "includeRoles", *roles)
        or _has(users, "includeGroups", *groups)
    )
    is_excluded = (
        _has(users, "excludeUsers", own) or _has(users, "excludeRoles", *roles) or _has(users, "excludeGroups", *groups)
    )
    return is_included and not is_excluded


def _groups_of(session: GraphSession, user_id: str) -> list[str]:
    path = f"users/{odata.segment(user_id)}/transitiveMemberOf"
    with suppress(NotFound):
        return [str(raw["id"]).lower() for raw in session.list(path, version="v1.0", params={"$select": "id"})]
    return []
