# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a refusal, and who was refused: never what cannot help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional, Protocol

from .answer import Answer
from .call import Call

# (method, path, whether a user is logged in) -> the permissions that suffice
PermissionHint = Callable[[str, str, bool], Optional[str]]
# https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

# A phrase of Graph's text -> what to do, whatever the status.
_BY_TEXT = {
    # https://learn.microsoft.com/en-us/graph/api/resources/intune-graph-overview: it needs an active Intune licence.
    "request not applicable to target tenant": (
        "The tenant has no active Intune licence: Intune answers so where it was never set up."
    ),
    # https://learn.microsoft.com/en-us/graph/api/resources/group (onPremisesSyncEnabled, mailEnabled)
    "on-premises mastered": (
        "The group is synchronised from on premises, and Graph cannot change it: change it in the directory it "
        "comes from."
    ),
    "mail-enabled security groups": "Graph cannot change mail-enabled groups: use Exchange for them.",
    # https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership
    "of a dynamic group": "The rule of a dynamic group decides who is in it: change membership_rule.",
    # https://learn.microsoft.com/entra/fundamentals/licensing
    **dict.fromkeys(
        ("premium license", "proper license", "not licensed for this"),
        "The tenant lacks the licence for this, such as Microsoft Entra ID P1 for Conditional Access and dynamic "
        "groups.",
    ),
    # https://learn.microsoft.com/entra/fundamentals/security-defaults
    "security defaults is enabled": (
        "Security defaults and Conditional Access exclude each other: turn security defaults off in the properties of "
        "the tenant first."
    ),
    # https://learn.microsoft.com/intune/intune-service/fundamentals/multi-admin-approval
    "multi admin approval": (
        "An access policy of Intune wants this change approved by a second administrator: make it in the Intune admin "
        "center, or change the policy."
    ),
    # https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication
    "multifactor authentication": (
        "A policy of the tenant wants multifactor authentication for this: log in as an application, or as a user who "
        "completes it."
    ),
    # https://learn.microsoft.com/entra/identity/enterprise-apps/configure-app-management-policies
    "as per assigned policy": (
        "An app management policy of the tenant limits what applications log in with: declare fewer days, a "
        "certificate, or federated_credentials."
    ),
    # https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals
    **dict.fromkeys(
        ("does not reference a valid application object", "backing application of the service principal"),
        "No application that this tenant may use has this app_id: check it, and whether its owner lets other tenants "
        "use it.",
    ),
}
_INTUNE = ("deviceManagement", "deviceAppManagement")
_CONDITIONAL_ACCESS = (
    "A Conditional Access policy of the tenant forbids this application or place: see the tenant's sign-in logs, and "
    "its named locations."
)
_AZURE_CLI_FOR_INTUNE = (
    "The Azure CLI's application has no permission for Intune, and none can be granted to it: log in with device_code "
    "and an application of your own, or as an application."
)


class TokenAdvice(Protocol):
    @property
    def refusal_advice(self) -> str:
        """What to do when Graph keeps refusing the token."""

    @property
    def grant_advice(self) -> str:
        """When a permission that was granted just now counts."""


def is_of_user(claims: Mapping[str, Any]) -> bool:
    """Whether the claims are those of a user's token, which has scopes in place of roles."""
    return "scp" in claims


def advice(
    call: Call,
    answer: Answer,
    message: str,
    hint: PermissionHint | None,
    tokens: TokenAdvice,
    claims: Mapping[str, Any],
) -> str:
    """Advice about an answer with a status of 400 or more; nothing where none can help."""
    text = message.lower()
    for phrase, sentence in _BY_TEXT.items():
        if phrase in text:
            return sentence
    if answer.status in (401, 403) and _is_conditional_access(answer, text):
        return _CONDITIONAL_ACCESS
    is_forbidden_inside = answer.status == 401 and '"ErrorCode":"Forbidden"' in str(answer.body)
    if answer.status == 401 and not is_forbidden_inside:
        return tokens.refusal_advice
    if answer.status not in (401, 403):
        return ""
    if is_of_user(claims) and claims.get("appid") == AZURE_CLI and call.path.startswith(_INTUNE):
        return _AZURE_CLI_FOR_INTUNE
    # Services behind Graph refuse so what is not licensed, too
    # (https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1257).
    licence = ", or the tenant has no licence for this" if is_forbidden_inside else ""
    return f"{_missing_permission(call, text, hint, claims)}{licence}. {tokens.grant_advice}"


def _is_conditional_access(answer: Answer, text: str) -> bool:
    # https://learn.microsoft.com/en-us/entra/identity/conditional-access/concept-continuous-access-evaluation
    challenge = answer.headers.get("www-authenticate", "")
    return "insufficient_claims" in challenge or "continuous access evaluation" in text or "locationcondition" in text


def _missing_permission(call: Call, text: str, hint: PermissionHint | None, claims: Mapping[str, Any]) -> str:
    is_user = is_of_user(claims)
    suffices = hint(call.method, call.path.split("?", 1)[0], is_user) if hint else None
    permission = f"a permission ({suffices})" if suffices else "a permission for this"
    type_ = "delegated" if is_user else "application"
    sentence = f"The application probably lacks {permission}: grant it as {type_} permission with admin consent"
    if is_user:
        sentence += ", or the user lacks a role for this in Microsoft Entra or Intune"
    if "not authorized to perform this operation" in text:
        # Intune uses the same words for both.
        sentence += ", or the tenant has no active Intune licence"
    if call.method != "GET" and call.path.startswith("groups"):
        # https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/groups-concept
        sentence += "; for a group that roles can be assigned to, RoleManagement.ReadWrite.Directory"
    return sentence


def refused(claims: Mapping[str, Any], variables: Sequence[str]) -> str:
    """A sentence that names who was refused, as far as the token shows it, and what the environment filled in."""
    found = {key: value for key, value in claims.items() if isinstance(value, str) and value}
    application, name, tenant = found.get("appid") or found.get("azp"), found.get("app_displayname"), found.get("tid")
    user = found.get("upn") or found.get("preferred_username") or found.get("unique_name")
    who = f"user {user} with application {application}" if user else f"application {application}"
    sentence = f"Refused was {who}{f' ({name})' if name else ''} of tenant {tenant}." if application and tenant else ""
    return f"{sentence} {from_environment(variables)}".strip()


def from_environment(variables: Sequence[str]) -> str:
    return f"The environment gave the login: {', '.join(variables)}." if variables else ""
