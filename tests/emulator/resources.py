# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Intune collections: what each takes, and the rules that go beyond the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .app_rules import check_app, check_app_configuration
from .errors import GraphFault, bad_request
from .messages import Json
from .profile_rules import DERIVED_CREDENTIALS, SCRIPTS, TEMPLATES, check_compliance, check_device_configuration
from .routing import Call
from .schema import GUID, ZERO_GUID
from .store import Record

Check = Callable[[Call, str, dict[str, Json], "Record | None"], None]
BETA = ("beta",)
BOTH = ("v1.0", "beta")

EQ = frozenset({"eq"})
VPP_TOKENS = "deviceAppManagement/vppTokens"
DEP_TOKENS = "deviceManagement/depOnboardingSettings"
RESTRICTIONS = "deviceManagement/deviceEnrollmentConfigurations"

# app type -> the settings type its assignments take [graph facts: assignment settings]
APP_SETTINGS = {
    "iosStoreApp": "iosStoreAppAssignmentSettings",
    "iosVppApp": "iosVppAppAssignmentSettings",
    "iosLobApp": "iosLobAppAssignmentSettings",
    "macOsVppApp": "macOsVppAppAssignmentSettings",
    "macOSLobApp": "macOsLobAppAssignmentSettings",
    "androidManagedStoreApp": "androidManagedStoreAppAssignmentSettings",
    "androidManagedStoreWebApp": "androidManagedStoreAppAssignmentSettings",
    "win32LobApp": "win32LobAppAssignmentSettings",
    "winGetApp": "winGetAppAssignmentSettings",
    "windowsAppX": "windowsAppXAppAssignmentSettings",
    "windowsUniversalAppX": "windowsUniversalAppXAppAssignmentSettings",
    "microsoftStoreForBusinessApp": "microsoftStoreForBusinessAppAssignmentSettings",
}


@dataclass(frozen=True)
class Resource:
    """One Intune collection and its operations."""

    path: str
    base: str
    polymorphic: bool = True
    versions: tuple[str, ...] = BOTH
    filters: dict[str, frozenset[str]] = field(default_factory=dict)
    options: tuple[str, ...] = ("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$format")
    expands: tuple[str, ...] = ()
    assignment: str = ""
    assign_key: str = "assignments"
    assign_returns_list: bool = False
    scope_tags: str = "roleScopeTagIds"
    create_allow: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset()
    check: Check | None = None
    is_read_only: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


# -- connectors, filters, tags -----------------------------------------------------------------------------------------


def check_connector(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if old is None:
        # The id is the partner's well-known GUID and is given by the client [CIPP: Set-CIPPDefenderCompliancePolicy].
        if not isinstance(values.get("id"), str) or not GUID.match(values["id"]) or set(values["id"]) == {"0", "-"}:
            raise bad_request("The property 'id' must be the identifier of the Mobile Threat Defense partner.")
        existing = call.tenant.record("deviceManagement/mobileThreatDefenseConnectors", values["id"])
        if existing and existing.values["partnerState"] != "neverConfigured":
            raise GraphFault(409, "A connector for this Mobile Threat Defense partner already exists.")
        values["partnerState"] = "notSetUp"
    elif "id" in values:
        raise bad_request("The property 'id' cannot be changed.")
    threshold = values.get("partnerUnresponsivenessThresholdInDays", 0)
    if not 0 <= threshold <= 90:
        raise bad_request("The property 'partnerUnresponsivenessThresholdInDays' is out of range.")


_FILTER_TERM = re.compile(
    r"^\(?\s*(device|app)\.[A-Za-z]+\s+"
    r"-(eq|ne|startsWith|notStartsWith|contains|notContains|in|notIn|endsWith|notEndsWith|gt|ge|lt|le)\s+(\"[^\"]*\"|\[[^\]]*\]|'[^']*')\s*\)?$"
)


def check_assignment_filter(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if old is None and "platform" not in values:
        raise bad_request("The property 'platform' is required.")
    if old is not None:
        for key in ("platform", "assignmentFilterManagementType"):
            if key in values:
                raise bad_request(f"The property '{key}' can only be set at creation.")
    if "rule" in values and not valid_rule(values["rule"], (old.values if old else values).get("platform")):
        raise bad_request("The rule of the assignment filter is not valid.")


def valid_rule(rule: str, platform: str | None) -> bool:
    """A rough reading of the filter language: terms with a known operator, joined by and/or, parentheses balanced."""
    if rule.count("(") != rule.count(")") or not rule.strip():
        return False
    wanted = "app" if platform and platform.lower().endswith("applicationmanagement") else "device"
    for term in re.split(r"(?i)\)?\s+(?:and|or)\s+\(?", rule):
        match = _FILTER_TERM.match(term.strip().strip("()").strip())
        if not match or match.group(1) != wanted:
            return False
    return True


def check_device_category(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if values.get("displayName") == "" or (old is None and not values.get("displayName")):
        raise bad_request("The property 'displayName' is required.")


def check_template(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if not values.get("displayName", "x") or (old is None and not values.get("displayName")):
        raise bad_request("The property 'displayName' is required.")
    if old is None:
        values["localizedNotificationMessages"] = []
    if "defaultLocale" in values:
        # [?] not documented: it follows from the message that is the default
        raise bad_request("The property 'defaultLocale' cannot be set; make a localized message the default.")


def check_scope_tag(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if not values.get("displayName", "x") or (old is None and not values.get("displayName")):
        raise bad_request("The property 'displayName' is required.")
    if old is not None and old.values["isBuiltIn"]:
        raise bad_request("The built-in scope tag cannot be changed.")


MANAGED_APP_POLICIES = (
    "deviceAppManagement/targetedManagedAppConfigurations",
    *(f"deviceAppManagement/{platform}ManagedAppProtections" for platform in ("ios", "android", "windows")),
)


def check_managed_app_policy(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    # The portal's create carries these two empty; apps and assignments go by their own actions [terraform provider's
    # capture]. Others send them inline [?]; a PATCH of them is refused.
    for key in ("apps", "assignments"):
        if values.pop(key, None):
            raise bad_request(f"'{key}' cannot be set inline; use the action for it.")


# -- Conditional Access ------------------------------------------------------------------------------------------------

POLICIES = "identity/conditionalAccess/policies"
ROLES = "directoryRoleTemplates"
LOCATIONS = "identity/conditionalAccess/namedLocations"
STRENGTHS = "policies/authenticationStrengthPolicies"
# "To create or change a policy, an application needs all of them" [graph facts: Conditional Access].
_CA_WRITE = {"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Application.Read.All"}
_APP_WORDS = {"All", "None", "Office365", "MicrosoftAdminPortals", "AllAgentIdResources"}
_USER_WORDS = {"All", "None", "GuestsOrExternalUsers"}


def has_preview_words(call: Call, values: dict[str, Json]) -> bool:
    """Whether a policy has a word that v1.0 does not document."""
    return call.version == "v1.0" and "AllAgentIdResources" in str(values["conditions"].get("applications"))


def check_ca_policy(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    check_ca_rights(call, _CA_WRITE)
    if "templateId" in values:
        raise bad_request("The property 'templateId' cannot be set.")
    merged = (old.values if old else {}) | values
    for key in ("displayName", "state", "conditions"):
        if not merged.get(key):
            raise bad_request(f"The property '{key}' is required.")
    if has_preview_words(call, merged):
        raise bad_request("1038: The policy contains preview features. Use the Beta endpoint for this policy.")
    conditions = merged["conditions"]
    users, apps = conditions.get("users") or {}, conditions.get("applications") or {}
    if not any(apps.get(key) for key in apps if key.startswith("include")):
        raise bad_request("1011: Policy must have at least one application, user action or authentication context.")
    principals = conditions.get("clientApplications") or {}
    if not any(users.get(key) for key in users if key.startswith("include")) and not any(principals.values()):
        raise bad_request("1007: Policy must include users or client applications.")
    if not conditions.get("clientAppTypes"):
        conditions["clientAppTypes"] = ["all"]
    existing = json.dumps(old.values["conditions"]) if old else ""
    _check_ca_references(call, users, apps, existing)
    _check_ca_names(call, conditions.get("locations") or {}, merged.get("grantControls") or {}, existing)
    _check_ca_controls(merged.get("grantControls"), merged.get("sessionControls"))
    if (conditions.get("authenticationFlows") or {}).get("transferMethods") not in (None, "none"):
        grant = merged.get("grantControls") or {}
        others = [item for key, item in grant.items() if item and key not in ("operator", "builtInControls")]
        if merged.get("sessionControls") or others or grant.get("builtInControls") != ["block"]:
            raise bad_request("1235: Only the Block grant control is allowed with the protocol flows condition.")


def check_ca_rights(call: Call, needed: set[str]) -> None:
    if not needed <= call.roles:
        raise GraphFault(
            403,
            "You cannot perform the requested operation, required scopes are missing in the token.",
            "AccessDenied",
        )


def _check_ca_references(call: Call, users: dict[str, Json], apps: dict[str, Json], existing: str) -> None:
    for side in ("include", "exclude"):
        _alone(users.get(f"{side}Users"), {"All", "None"})
        _alone(apps.get(f"{side}Applications"), {"All", "None"})
        for user in users.get(f"{side}Users") or ():
            if user not in _USER_WORDS and call.tenant.user(user) is None:
                raise bad_request(f"1013: Policy contains the user '{user[:40]}', which does not exist.")
        for group in users.get(f"{side}Groups") or ():
            if not GUID.match(group) or call.tenant.group(group) is None:
                raise bad_request(f"1009: Policy contains the group '{group[:40]}', which does not exist.")
        for role in users.get(f"{side}Roles") or ():
            if call.tenant.record(ROLES, role) is None:
                raise bad_request(f"1010: Policy contains the role '{role[:40]}', which does not exist.")
        for app in apps.get(f"{side}Applications") or ():
            if app not in _APP_WORDS and not GUID.match(app) and f'"{app}"' not in existing:
                raise bad_request(f"1011: Policy contains the application '{app[:40]}', which does not exist.")


# The trusted IP addresses of multifactor authentication stand for an object that does not exist.
_LOCATION_WORDS = {"All", "AllTrusted", ZERO_GUID}


def _check_ca_names(call: Call, locations: dict[str, Json], grant: dict[str, Json], existing: str) -> None:
    for location in [*(locations.get("includeLocations") or ()), *(locations.get("excludeLocations") or ())]:
        if f'"{location}"' in existing:
            continue
        if location not in _LOCATION_WORDS and call.tenant.record(LOCATIONS, location) is None:
            raise bad_request(f"1040: Policy contains the location '{location[:40]}', which does not exist.")
    strength = (grant.get("authenticationStrength") or {}).get("id")
    if strength and call.tenant.record(STRENGTHS, strength) is None:
        raise bad_request(f"1041: Policy contains the strength '{strength[:40]}', which does not exist.")


def _alone(items: Json, words: set[str]) -> None:
    if items and len(items) > 1 and words.intersection(items):
        raise bad_request("1012: 'All' and 'None' cannot stand beside others.")


def _check_ca_controls(grant: Json, session: Json) -> None:
    if grant is not None:
        if grant.get("operator") not in ("AND", "OR"):
            raise bad_request("The property 'operator' of 'grantControls' must be AND or OR.")
        controls = grant.get("builtInControls") or []
        lists = ("builtInControls", "termsOfUse", "customAuthenticationFactors")
        if not any(grant.get(key) for key in (*lists, "authenticationStrength")):
            raise bad_request("1046: 'grantControls' must have a control, or be null.")
        if "block" in controls and len(controls) > 1:
            raise bad_request("1039: The control 'block' cannot stand beside others.")
    if session is not None:
        parts = [item for key, item in session.items() if not key.startswith("@")]
        values = [value for item in parts for value in (item.values() if isinstance(item, dict) else [item])]
        if not any(value not in (None, False) for value in values):
            # All or nothing: what does nothing is refused.
            raise bad_request("1047: 'sessionControls' must have a control, or be null.")
        if session.get("disableResilienceDefaults") is False:
            raise bad_request("1048: 'disableResilienceDefaults' can be true or null only.")
        frequency = session.get("signInFrequency") or {}
        if frequency.get("frequencyInterval") == "everyTime" and (frequency.get("type") or frequency.get("value")):
            raise bad_request("1049: A sign-in frequency of every time has no period.")
    if grant is None and session is None:
        raise bad_request("1050: Policy must have grant controls or session controls.")


_NAME_EQ = {"displayName": EQ}
# Of a list that takes neither a filter nor an expansion.
_UNFILTERED = ("$select", "$top", "$skip", "$count", "$format")

RESOURCES = (
    Resource(
        "deviceAppManagement/mobileApps",
        "mobileApp",
        filters={"displayName": frozenset({"eq", "startswith"}), "": frozenset({"isof"})},
        expands=("assignments", "categories"),
        assignment="mobileAppAssignment",
        assign_key="mobileAppAssignments",
        check=check_app,
    ),
    Resource(
        "deviceAppManagement/mobileAppConfigurations",
        "managedDeviceMobileAppConfiguration",
        filters=_NAME_EQ,
        expands=("assignments",),
        assignment="managedDeviceMobileAppConfigurationAssignment",
        check=check_app_configuration,
    ),
    Resource(
        "deviceAppManagement/targetedManagedAppConfigurations",
        "targetedManagedAppConfiguration",
        polymorphic=False,
        filters=_NAME_EQ,
        expands=("assignments", "apps"),
        assignment="targetedManagedAppPolicyAssignment",
        create_allow=frozenset({"apps", "assignments"}),
        check=check_managed_app_policy,
    ),
    *(
        Resource(
            path,
            path.rpartition("/")[2].removesuffix("s"),
            polymorphic=False,
            versions=BETA if "windows" in path else BOTH,
            # No page documents a filter.
            options=("$select", "$expand", "$top", "$skip", "$count", "$format"),
            expands=("assignments", "apps"),
            assignment="targetedManagedAppPolicyAssignment",
            create_allow=frozenset({"apps", "assignments"}),
            check=check_managed_app_policy,
        )
        for path in MANAGED_APP_POLICIES[1:]
    ),
    Resource(
        "deviceAppManagement/mobileAppCategories",
        "mobileAppCategory",
        polymorphic=False,
        filters=_NAME_EQ,
        scope_tags="",
    ),
    Resource(
        "deviceManagement/deviceConfigurations",
        "deviceConfiguration",
        filters=_NAME_EQ,
        expands=("assignments",),
        assignment="deviceConfigurationAssignment",
        assign_returns_list=True,
        check=check_device_configuration,
    ),
    Resource(
        DERIVED_CREDENTIALS,
        "deviceManagementDerivedCredentialSettings",
        polymorphic=False,
        versions=BETA,
        options=_UNFILTERED,
        scope_tags="",
    ),
    Resource(
        "deviceManagement/deviceCompliancePolicies",
        "deviceCompliancePolicy",
        filters=_NAME_EQ,
        expands=("assignments", "scheduledActionsForRule"),
        assignment="deviceCompliancePolicyAssignment",
        assign_returns_list=True,
        create_allow=frozenset({"scheduledActionsForRule"}),
        check=check_compliance,
    ),
    Resource(
        TEMPLATES,
        "notificationMessageTemplate",
        polymorphic=False,
        options=_UNFILTERED,
        check=check_template,
    ),
    Resource(
        SCRIPTS,
        "deviceComplianceScript",
        polymorphic=False,
        versions=BETA,
        options=_UNFILTERED,
    ),
    Resource(
        "deviceManagement/mobileThreatDefenseConnectors",
        "mobileThreatDefenseConnector",
        polymorphic=False,
        scope_tags="",
        options=_UNFILTERED,
        check=check_connector,
    ),
    Resource(
        "deviceManagement/assignmentFilters",
        "deviceAndAppManagementAssignmentFilter",
        polymorphic=False,
        versions=BETA,
        options=_UNFILTERED,
        scope_tags="roleScopeTags",
        check=check_assignment_filter,
    ),
    Resource(
        POLICIES,
        "conditionalAccessPolicy",
        polymorphic=False,
        filters=_NAME_EQ,
        options=("$filter", "$select", "$top", "$skip", "$count", "$format"),
        scope_tags="",
        check=check_ca_policy,
    ),
    # [?] Their pages do not say which properties can be filtered by.
    Resource(
        LOCATIONS,
        "namedLocation",
        options=_UNFILTERED,
        scope_tags="",
        is_read_only=True,
    ),
    Resource(
        STRENGTHS,
        "authenticationStrengthPolicy",
        polymorphic=False,
        options=_UNFILTERED,
        scope_tags="",
        is_read_only=True,
    ),
    Resource(
        ROLES,
        "directoryRoleTemplate",
        polymorphic=False,
        options=("$select", "$count", "$format"),
        scope_tags="",
        is_read_only=True,
    ),
    Resource(
        VPP_TOKENS,
        "vppToken",
        polymorphic=False,
        options=_UNFILTERED,
        is_read_only=True,
    ),
    Resource(
        DEP_TOKENS,
        "depOnboardingSetting",
        polymorphic=False,
        versions=BETA,
        options=_UNFILTERED,
        is_read_only=True,
    ),
    Resource(
        RESTRICTIONS,
        "deviceEnrollmentConfiguration",
        # "isof() filters do not work here" [graph facts: enrollment].
        filters={"deviceEnrollmentConfigurationType": EQ},
        options=("$filter", "$select", "$expand", "$top", "$skip", "$count", "$format"),
        expands=("assignments",),
        # Changes by applications are refused today, so there are none here.
        is_read_only=True,
    ),
    Resource("deviceManagement/deviceCategories", "deviceCategory", polymorphic=False, check=check_device_category),
    Resource(
        "deviceManagement/roleScopeTags",
        "roleScopeTag",
        polymorphic=False,
        versions=BETA,
        options=(*_UNFILTERED, "$expand"),
        expands=("assignments",),
        scope_tags="",
        check=check_scope_tag,
    ),
)
BY_PATH = {resource.path: resource for resource in RESOURCES}
