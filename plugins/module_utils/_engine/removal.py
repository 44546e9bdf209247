# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking an object away with created_by: what others use stays, what the task declares is taken back, and the result
says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .._graph import odata
from .._graph.batch import BatchRequest, BatchResponse
from .._graph.errors import BadRequest, Forbidden, GraphError, IntuneError, NotFound
from .._graph.session import GraphSession
from . import assignments as assigned
from .assignments import Assignable
from .errors import is_unknown_collection, says_it_is_unknown
from .ownership import tag_of
from .references import Reference, ResolvedNames
from .resolving import look_up, take_ids

_TEXTS = {
    "not_tagged": "it is not tagged 'created by {}'",
    "assigned": "others assigned it to {}",
    "members": "others added the members {}",
    "credentials": "others log in with {}",
    "referred_to": "it is used by {}",
    "licences": "it assigns the licences {}",
    "platforms": "it is switched on for {}, which this task does not declare",
    "partner": "the partner uses it ({})",
    "policies": "a threat level is demanded by {}",
    "refused": "Microsoft Graph refuses to delete it ({})",
    "unknown": "its uses could not be read ({})",
}
# Where objects are that may name a group or a filter. Intune has no list of what is assigned to a group.
ASSIGNED = (
    "deviceAppManagement/mobileApps",
    "deviceAppManagement/mobileAppConfigurations",
    "deviceAppManagement/targetedManagedAppConfigurations",
    "deviceManagement/deviceConfigurations",
    "deviceManagement/deviceCompliancePolicies",
    "deviceAppManagement/iosManagedAppProtections",
    "deviceAppManagement/androidManagedAppProtections",
    "deviceAppManagement/windowsManagedAppProtections",
)
# What else has assignments in Microsoft's schema (beta, 2026-10), or names groups: nothing of it is managed here, and
# reading it may take permissions that a task does without.
ELSEWHERE = (
    "deviceAppManagement/iosLobAppProvisioningConfigurations",
    "deviceAppManagement/managedEBooks",
    "deviceAppManagement/mdmWindowsInformationProtectionPolicies",
    "deviceAppManagement/policySets",
    "deviceAppManagement/wdacSupplementalPolicies",
    "deviceAppManagement/windowsInformationProtectionPolicies",
    "deviceManagement/appleUserInitiatedEnrollmentProfiles",
    "deviceManagement/compliancePolicies",
    "deviceManagement/configurationPolicies",
    "deviceManagement/deviceCustomAttributeShellScripts",
    "deviceManagement/deviceEnrollmentConfigurations",
    "deviceManagement/deviceHealthScripts",
    "deviceManagement/deviceManagementScripts",
    "deviceManagement/deviceShellScripts",
    "deviceManagement/embeddedSIMActivationCodePools",
    "deviceManagement/groupPolicyConfigurations",
    "deviceManagement/hardwareConfigurations",
    "deviceManagement/intents",
    "deviceManagement/intuneBrandingProfiles",
    "deviceManagement/operationApprovalPolicies",
    "deviceManagement/resourceAccessProfiles",
    "deviceManagement/roleAssignments",
    "deviceManagement/roleScopeTags",
    "deviceManagement/termsAndConditions",
    "deviceManagement/virtualEndpoint/provisioningPolicies",
    "deviceManagement/virtualEndpoint/userSettings",
    "deviceManagement/windowsAutopilotDeploymentProfiles",
    "deviceManagement/windowsDriverUpdateProfiles",
    "deviceManagement/windowsFeatureUpdateProfiles",
    "deviceManagement/windowsQualityUpdatePolicies",
    "deviceManagement/windowsQualityUpdateProfiles",
)
# Conditional Access policies name groups too. Reading them takes a permission that a task about groups may do without.
ACCESS_POLICIES = "identity/conditionalAccess/policies"

# The actions of a policy name templates and groups.
_QUERIES: dict[str, dict[str, str]] = {
    "deviceManagement/deviceCompliancePolicies": {
        "$expand": "assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)"
    },
    ACCESS_POLICIES: {},
    "deviceManagement/operationApprovalPolicies": {},
    "deviceManagement/roleAssignments": {},
}


@dataclass(frozen=True)
class Use:
    """Why an object stays: the reason, and who or what it is about."""

    reason: str
    by: tuple[str, ...]

    def __str__(self) -> str:
        return _TEXTS[self.reason].format(", ".join(self.by))

    def to_result(self) -> dict[str, Any]:
        return {"reason": self.reason, "by": list(self.by)}


def sentence(title: str, uses: Iterable[Use], is_changed: bool) -> str:
    left = "stays without what this task declares" if is_changed else "was left alone"
    return f"The {title} {left}: {'; '.join(map(str, uses))}."


def used_by(
    session: GraphSession,
    paths: Sequence[str],
    params: Mapping[str, Any],
    is_use: Callable[[str], bool],
    reason: str,
    warnings: list[str],
) -> list[Use]:
    """Return the use of an object by those under the paths whose JSON text, in lower case, shows it.

    Objects with the same ownership tag and those that the task declares as released do not count. What cannot be read
    and does not decide becomes a warning.
    """
    unread = list[str]()
    try:
        others = _with_assignments(session, paths, unread)
    except Forbidden as error:
        return [Use("unknown", (str(error),))]
    if unread:
        # Without the object's name, so that Ansible shows the warning of many objects once.
        listed = ", ".join(dict.fromkeys(unread))
        warnings.append(f"Who uses what is deleted was not looked for in {listed}, which could not be read.")
    released = {str(object_id).lower() for object_id in params.get("released_by") or []}
    users = [
        f"'{other.get('displayName') or other.get('name') or other['id']}'"
        for other in others
        if str(other["id"]).lower() not in released
        and not _is_ours(other, params)
        and is_use(json.dumps(other).lower())
    ]
    return [Use(reason, tuple(sorted(users)))] if users else []


def _is_ours(raw: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    tag = params.get("created_by")
    return bool(tag) and tag in (tag_of(raw.get("description")), tag_of(raw.get("notes")))


def _with_assignments(session: GraphSession, paths: Sequence[str], unread: list[str]) -> list[dict[str, Any]]:
    """List the objects under the paths with all of their assignments, of which $expand may cut a long list.

    Paths that fail go to unread, if they are none of those that decide and the login may read them.
    """
    found = list(_objects(session, paths, unread))
    lacking = [(path, raw) for path, raw in found if _query(path) and assigned.are_missing(raw)]
    parts = [BatchRequest("GET", f"/{path}/{odata.segment(str(raw['id']))}/assignments") for path, raw in lacking]
    for (path, raw), response in zip(lacking, session.batch(parts)):
        if not response.error:
            raw["assignments"] = list(session.items(response.body))
        elif path in ASSIGNED and not isinstance(response.error, NotFound):
            raise response.error
        else:
            _pass_over(path, response.error, unread)
    return [raw for _path, raw in found]


def _objects(session: GraphSession, paths: Sequence[str], unread: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield path and object of all objects under the paths."""
    for path, response in zip(paths, _listed(session, paths)):
        if not response.error:
            yield from ((path, raw) for raw in session.items(response.body))
        elif path not in ASSIGNED:
            _pass_over(path, response.error, unread)
        elif not says_it_is_unknown(response.error):
            raise response.error


def _pass_over(path: str, error: IntuneError, unread: list[str]) -> None:
    # A login with the least permissions is not warned each time of what it may not see.
    if not isinstance(error, Forbidden):
        unread.append(path.rpartition("/")[2])


def _listed(session: GraphSession, paths: Sequence[str]) -> list[BatchResponse]:
    """List the objects under the paths; what does not decide is listed without $expand where that is refused, since
    no page states which collections take it. Policies are listed in beta, which shows all of them, or else in v1.0.
    """

    def ask(path: str, query: Mapping[str, str]) -> BatchRequest:
        return BatchRequest("GET", odata.url(path, query), may_fail=path not in ASSIGNED)

    answers = dict(zip(paths, session.batch([ask(path, _query(path)) for path in paths])))
    refused = [
        path for path, answer in answers.items() if isinstance(answer.error, BadRequest) and path not in ASSIGNED
    ]
    answers.update(zip(refused, session.batch([ask(path, {}) for path in refused])))
    policies = answers.get(ACCESS_POLICIES)
    if policies and policies.error and is_unknown_collection(policies.error):
        (answers[ACCESS_POLICIES],) = session.batch([ask(ACCESS_POLICIES, {})], "v1.0")
    return list(answers.values())


def _query(path: str) -> dict[str, str]:
    return _QUERIES.get(path, {"$expand": "assignments"})


def declared_assignments(
    session: GraphSession, items: Iterable[Mapping[str, Any]], assignable: Assignable
) -> list[dict[str, Any]]:
    """Return the declared assignments as such to take back, with ids; what targets a group that is gone is left out."""
    references = [Reference(assignable.group_type, item["group"]) for item in items if item.get("group")]
    resolved = ResolvedNames()
    take_ids(look_up(session, references, resolved), resolved)
    targets = {
        ("group", resolved.id_of(Reference(assignable.group_type, item["group"])))
        if item.get("group")
        else ("all_devices" if item.get("all_devices") else "all_users", True)
        for item in items
        if not item.get("group") or Reference(assignable.group_type, item["group"]) in resolved.objects
    }
    return [{name: value, "state": "absent"} for name, value in sorted(targets, key=str)]


def others_assignments(
    session: GraphSession,
    current: Sequence[Mapping[str, Any]],
    ours: Sequence[Mapping[str, Any]],
    assignable: Assignable,
    graph_type: str,
) -> list[Use]:
    references = {
        str(item["group"]): Reference(assignable.group_type, item["group"]) for item in ours if "group" in item
    }
    ids = ResolvedNames({reference: {"id": group_id} for group_id, reference in references.items()})
    entries = assigned.plan(current, ours, False, assignable, graph_type, ids).entries
    # Who is only excluded from something does not use it.
    others = [entry for entry in entries if not assigned.excludes(entry)]
    if not others:
        return []
    groups = sorted(assigned.referred_ids(others)[0])
    names = ResolvedNames()
    with suppress(GraphError):  # names are for reading only
        look_up(session, [Reference(assignable.group_type, group_id) for group_id in groups], names)
    return [Use("assigned", tuple(dict.fromkeys(map(_target, assigned.show(others, assignable, graph_type, names)))))]


def _target(shown: Mapping[str, Any]) -> str:
    if "group" in shown:
        return f"group '{shown['group']}'"
    return next((name.replace("_", " ") for name in ("all_devices", "all_users") if shown.get(name)), "another target")
