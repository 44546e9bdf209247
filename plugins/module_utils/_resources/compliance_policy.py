# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compliance policies (beta /deviceManagement/deviceCompliancePolicies)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from .._engine.assignments import ALL_DEVICES, EXCLUDED_GROUP, odata_type, referred_ids
from .._engine.complex_fields import Complex, ComplexList
from .._engine.documents import Encoded, parse_json
from .._engine.fields import (
    APP_ID,
    BUILD,
    DATE,
    NUMBER,
    PLAIN,
    SWITCH,
    URL,
    VERSION,
    Enum,
    Field,
    Number,
    Text,
    arguments,
    named,
)
from .._engine.options import (
    Spec,
    assignment_options,
    recreate_option,
    resource_options,
    scope_tag_options,
    section_options,
)
from .._engine.reference_fields import NamedReference, NamedReferences
from .._engine.references import ReferenceType, ResolvedNames, is_placeholder
from .._engine.resource import ObjectType, Params, Raw, base_fields
from .._graph.session import GraphSession
from .assignable import COMPLIANCE_ASSIGNMENTS, AssignedResource
from .group import contents
from .reference_types import COMPLIANCE_SCRIPT, GROUP, NOTIFICATION_TEMPLATE, SCOPE_TAG

THREAT_LEVELS = Enum("unavailable", "secured", "low", "medium", "high", "notSet", default="unavailable")
_NO_THREAT_LEVEL = ("unavailable", "not_set")
PASSWORD_TYPES = Enum("deviceDefault", "alphanumeric", "numeric", default="deviceDefault")
ANDROID_PASSWORD_TYPES = Enum(
    "deviceDefault",
    "alphabetic",
    "alphanumeric",
    "alphanumericWithSymbols",
    "lowSecurityBiometric",
    "numeric",
    "numericComplex",
    "any",
    default="deviceDefault",
)
DEVICE_OWNER_PASSWORD_TYPES = Enum(
    "deviceDefault",
    "required",
    "numeric",
    "numericComplex",
    "alphabetic",
    "alphanumeric",
    "alphanumericWithSymbols",
    "lowSecurityBiometric",
    "customPassword",
    default="deviceDefault",
)
WORK_PROFILE_PASSWORD_TYPES = Enum(
    "deviceDefault",
    "lowSecurityBiometric",
    "required",
    "atLeastNumeric",
    "numericComplex",
    "atLeastAlphabetic",
    "atLeastAlphanumeric",
    "alphanumericWithSymbols",
    default="deviceDefault",
)
PASSWORD_COMPLEXITIES = Enum("none", "low", "medium", "high", default="none")
INTEGRITY_EVALUATIONS = Enum("basic", "hardwareBacked", default="basic")
GATEKEEPER_SOURCES = Enum(
    "notConfigured", "macAppStore", "macAppStoreAndIdentifiedDevelopers", "anywhere", default="notConfigured"
)
ACTIONS = Enum(
    "noAction",
    "notification",
    "block",
    "retire",
    "wipe",
    "removeResourceAccessProfiles",
    "pushNotification",
    "remoteLock",
)

_DAY = 24


# -- scheduled actions ---------------------------------------------------------------------------------------


class _Template(NamedReference):
    """The id of a message template; Graph says "none" by an empty text or by a GUID of zeros."""

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return super().linked(self._id(value))

    def equal(self, desired: Any, current: Any) -> bool:
        return self._id(desired) == self._id(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show(self._id(value), ids)

    @staticmethod
    def _id(value: Any) -> str | None:
        return str(value).lower() if str(value or "").strip("0-") else None


class _ScheduledActions(ComplexList):
    """scheduledActionsForRule: one rule, called PasswordRequired whatever it is about, with all actions [graph
    contract: 7].
    """

    def __init__(self) -> None:
        item = Complex(
            Field("action_type", "actionType", ACTIONS, required=True),
            Field("grace_period_hours", "gracePeriodHours", Number(0, 365 * _DAY)),
            Field("notification_template", "notificationTemplateId", _Template(NOTIFICATION_TEMPLATE)),
            Field("notification_message_cc_list", "notificationMessageCCList", NamedReferences(GROUP)),
            defaults={"gracePeriodHours": 0, "notificationTemplateId": "", "notificationMessageCCList": []},
        )
        super().__init__(item, ordered=False)
        self.shape = [{"scheduledActionConfigurations": [item.shape]}]

    def argument(self) -> dict[str, Any]:
        argument = super().argument()
        options = {**argument["options"], "grace_period_days": {"type": "int"}}
        return {**argument, "options": options, "mutually_exclusive": [("grace_period_days", "grace_period_hours")]}

    def check(self, value: Any) -> None:
        for item in value:
            days = item.get("grace_period_days")
            if days is not None and not 0 <= days <= 365:
                raise ValueError(f"grace_period_days must be between 0 and 365, not {days}")
        super().check([_in_hours(item) for item in value])
        blocks = [item for item in value if item["action_type"] == "block"]
        if len(blocks) != 1:
            raise ValueError(
                "needs exactly one action of the type block, which says when a device is marked as "
                f"noncompliant, and has {len(blocks)}"
            )
        for item in value:
            is_mail = item["action_type"] == "notification"
            if is_mail and not item.get("notification_template"):
                raise ValueError("needs notification_template for an action of the type notification")
            if not is_mail and (item.get("notification_template") or item.get("notification_message_cc_list")):
                raise ValueError(
                    "takes notification_template and notification_message_cc_list for the type notification "
                    f"only, not for {item['action_type']}"
                )

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return super().linked(_configurations(value))

    def newer(self, value: Any) -> Iterable[str]:
        return super().newer(_configurations(value))

    def unset(self, current: Any) -> Any:
        return self.encode([{"action_type": "block"}], None, ResolvedNames())

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return _rules(super().encode([_in_hours(item) for item in value], None, ids))

    def equal(self, desired: Any, current: Any) -> bool:
        return super().equal(_configurations(desired), _configurations(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        """In the order of time; in days, unless the task speaks of hours or the time is no whole day."""
        says_hours = any(item.get("grace_period_hours") is not None for item in declared or [])
        shown = []
        for item in super().show(_configurations(value), ids):
            hours = item.pop("grace_period_hours", 0)
            time = {"grace_period_hours": hours} if says_hours or hours % _DAY else {"grace_period_days": hours // _DAY}
            shown.append((hours, {**{key: part for key, part in item.items() if part not in (None, [])}, **time}))
        return [item for _hours, item in sorted(shown, key=lambda pair: (pair[0], repr(pair[1])))]

    def is_whole(self, value: Any) -> bool:
        return all("scheduledActionConfigurations" in rule for rule in value or [])

    def resent(self, value: Any) -> Any:
        names = [object_type.graph for object_type in self.item.fields]
        return _rules(
            [{name: item[name] for name in names if item.get(name) is not None} for item in _configurations(value)]
        )


def _rules(configurations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"ruleName": "PasswordRequired", "scheduledActionConfigurations": configurations}]


def _configurations(rules: Any) -> list[dict[str, Any]]:
    return [item for rule in rules or [] for item in rule.get("scheduledActionConfigurations") or []]


def _in_hours(item: Mapping[str, Any]) -> dict[str, Any]:
    days = item.get("grace_period_days")
    return dict(item) if days is None else {**item, "grace_period_hours": days * _DAY}


# -- types ---------------------------------------------------------------------------------------------------

_BLOCK_AT_ONCE = _ScheduledActions().unset(None)
_RESTRICTED_APPS = Field(
    "restricted_apps",
    "restrictedApps",
    ComplexList(
        Complex(
            Field("name", "name", required=True),
            *named(PLAIN, "publisher"),
            *named(URL, "appStoreUrl"),
            *named(APP_ID, "appId"),
        ),
        ordered=False,
        maximum=100,
    ),
)
_WINDOWS_PASSWORD = (
    *named(PASSWORD_TYPES, "passwordRequiredType"),
    *named(
        NUMBER,
        "passwordMinimumCharacterSetCount",
        "passwordMinutesOfInactivityBeforeLock",
        "passwordPreviousPasswordBlockCount",
    ),
)
_BUILD_RANGES = Field(
    "valid_operating_system_build_ranges",
    "validOperatingSystemBuildRanges",
    ComplexList(
        Complex(
            *named(Text(), "description"),
            Field("lowest_version", "lowestVersion", VERSION, required=True),
            Field("highest_version", "highestVersion", VERSION, required=True),
            # Graph has no null for it.
            defaults={"description": ""},
        ),
        ordered=False,
        maximum=10000,
    ),
)
_SCRIPT = Field(
    "device_compliance_policy_script",
    "deviceCompliancePolicyScript",
    Complex(
        Field(
            "device_compliance_script",
            "deviceComplianceScriptId",
            NamedReference(COMPLIANCE_SCRIPT),
            always_set=True,
        ),
        Field("rules_content", "rulesContent", Encoded(parse_json), argument={"type": "json"}),
        Field("run_interval_in_minutes", "runIntervalInMinutes", Number(1, 480)),
    ),
)
_THREAT_LEVEL = (
    Field("device_threat_protection_enabled", "deviceThreatProtectionEnabled", SWITCH),
    Field(
        "device_threat_protection_required_security_level", "deviceThreatProtectionRequiredSecurityLevel", THREAT_LEVELS
    ),
)
# The risk that Microsoft Defender for Endpoint reports; Windows has it under deviceThreatProtection….
_DEFENDER_LEVEL = named(THREAT_LEVELS, "advancedThreatProtectionRequiredSecurityLevel")
_ANDROID_PASSWORD = (
    *named(SWITCH, "passwordRequired"),
    *named(ANDROID_PASSWORD_TYPES, "passwordRequiredType"),
    *named(PASSWORD_COMPLEXITIES, "requiredPasswordComplexity"),
    *named(Number(4, 16), "passwordMinimumLength"),
    *named(NUMBER, "passwordMinutesOfInactivityBeforeLock"),
    *named(Number(1, 365), "passwordExpirationDays"),
    *named(Number(1, 24), "passwordPreviousPasswordBlockCount"),
    *named(Number(1, 16), "passwordSignInFailureCountBeforeFactoryReset"),
)
_ANDROID_SECURITY = (
    *named(VERSION, "osMinimumVersion", "osMaximumVersion"),
    *named(DATE, "minAndroidSecurityPatchLevel"),
    *named(
        SWITCH,
        "securityBlockJailbrokenDevices",
        "securityDisableUsbDebugging",
        "securityPreventInstallAppsFromUnknownSources",
        "securityRequireCompanyPortalAppIntegrity",
        "securityRequireGooglePlayServices",
        "securityRequireSafetyNetAttestationBasicIntegrity",
        "securityRequireSafetyNetAttestationCertifiedDevice",
        "securityRequireUpToDateSecurityProviders",
        "securityRequireVerifyApps",
        "storageRequireEncryption",
    ),
)


def _type(section: str, graph_type: str, title: str, *fields: Field) -> ObjectType:
    return ObjectType(
        graph_type,
        f"{title} compliance policy",
        fields,
        section=section,
        # Graph refuses a policy without an action that marks devices; the portal's default is to do it at once.
        defaults={"scheduledActionsForRule": _BLOCK_AT_ONCE},
    )


TYPES = (
    _type(
        "ios",
        "iosCompliancePolicy",
        "iOS",
        *_THREAT_LEVEL,
        *_DEFENDER_LEVEL,
        *named(SWITCH, "passcodeRequired", "passcodeBlockSimple"),
        *named(PASSWORD_TYPES, "passcodeRequiredType"),
        *named(Number(4, 14), "passcodeMinimumLength"),
        # Of more days, Intune makes 730:
        # https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-ioscompliancepolicy
        *named(Number(1, 730), "passcodeExpirationDays"),
        *named(Number(1, 24), "passcodePreviousPasscodeBlockCount"),
        *named(
            NUMBER,
            "passcodeMinimumCharacterSetCount",
            "passcodeMinutesOfInactivityBeforeLock",
            "passcodeMinutesOfInactivityBeforeScreenTimeout",
        ),
        *named(VERSION, "osMinimumVersion", "osMaximumVersion"),
        *named(BUILD, "osMinimumBuildVersion", "osMaximumBuildVersion"),
        *named(SWITCH, "securityBlockJailbrokenDevices", "managedEmailProfileRequired"),
        _RESTRICTED_APPS,
    ),
    _type(
        "android_work_profile",
        "androidWorkProfileCompliancePolicy",
        "Android work profile",
        *_THREAT_LEVEL,
        *_DEFENDER_LEVEL,
        *_ANDROID_PASSWORD,
        *_ANDROID_SECURITY,
        *named(INTEGRITY_EVALUATIONS, "securityRequiredAndroidSafetyNetEvaluationType"),
        *named(SWITCH, "workProfileRequirePassword"),
        *named(WORK_PROFILE_PASSWORD_TYPES, "workProfilePasswordRequiredType"),
        *named(PASSWORD_COMPLEXITIES, "workProfileRequiredPasswordComplexity"),
        *named(Number(4, 16), "workProfilePasswordMinimumLength"),
        *named(NUMBER, "workProfileInactiveBeforeScreenLockInMinutes"),
        *named(Number(1, 365), "workProfilePasswordExpirationInDays"),
        *named(Number(0, 24), "workProfilePreviousPasswordBlockCount"),
    ),
    _type(
        "android_device_owner",
        "androidDeviceOwnerCompliancePolicy",
        "Android device owner",
        *_THREAT_LEVEL,
        *_DEFENDER_LEVEL,
        *named(SWITCH, "passwordRequired"),
        *named(DEVICE_OWNER_PASSWORD_TYPES, "passwordRequiredType"),
        *named(Number(4, 16), "passwordMinimumLength"),
        # 1 to 16 by their descriptions; Microsoft's own samples send 0.
        *named(
            Number(0, 16),
            "passwordMinimumLetterCharacters",
            "passwordMinimumLowerCaseCharacters",
            "passwordMinimumUpperCaseCharacters",
            "passwordMinimumNonLetterCharacters",
            "passwordMinimumNumericCharacters",
            "passwordMinimumSymbolCharacters",
        ),
        *named(NUMBER, "passwordMinutesOfInactivityBeforeLock"),
        *named(Number(1, 365), "passwordExpirationDays"),
        *named(Number(1, 24), "passwordPreviousPasswordCountToBlock"),
        *named(VERSION, "osMinimumVersion", "osMaximumVersion"),
        *named(DATE, "minAndroidSecurityPatchLevel"),
        *named(
            SWITCH,
            "requireNoPendingSystemUpdates",
            "securityBlockJailbrokenDevices",
            "securityRequireIntuneAppIntegrity",
            "securityRequireSafetyNetAttestationBasicIntegrity",
            "securityRequireSafetyNetAttestationCertifiedDevice",
        ),
        *named(INTEGRITY_EVALUATIONS, "securityRequiredAndroidSafetyNetEvaluationType"),
        *named(SWITCH, "storageRequireEncryption"),
    ),
    _type(
        "aosp_device_owner",
        "aospDeviceOwnerCompliancePolicy",
        "Android AOSP",
        *named(SWITCH, "passwordRequired"),
        *named(DEVICE_OWNER_PASSWORD_TYPES, "passwordRequiredType"),
        *named(Number(4, 16), "passwordMinimumLength"),
        *named(Number(1, 8640), "passwordMinutesOfInactivityBeforeLock"),
        *named(VERSION, "osMinimumVersion", "osMaximumVersion"),
        *named(DATE, "minAndroidSecurityPatchLevel"),
        *named(SWITCH, "securityBlockJailbrokenDevices", "storageRequireEncryption"),
    ),
    _type(
        "android",
        "androidCompliancePolicy",
        "Android device administrator",
        *_THREAT_LEVEL,
        *_DEFENDER_LEVEL,
        *_ANDROID_PASSWORD,
        *_ANDROID_SECURITY,
        *named(SWITCH, "securityBlockDeviceAdministratorManagedDevices"),
        *named(PLAIN, "conditionStatementId"),
        _RESTRICTED_APPS,
    ),
    _type(
        "windows10",
        "windows10CompliancePolicy",
        "Windows",
        *_THREAT_LEVEL,
        *named(SWITCH, "passwordRequired", "passwordBlockSimple", "passwordRequiredToUnlockFromIdle"),
        *_WINDOWS_PASSWORD,
        *named(NUMBER, "passwordMinimumLength", "passwordExpirationDays"),
        *named(VERSION, "osMinimumVersion", "osMaximumVersion", "mobileOsMinimumVersion", "mobileOsMaximumVersion"),
        _BUILD_RANGES,
        *named(
            SWITCH,
            "bitLockerEnabled",
            "secureBootEnabled",
            "codeIntegrityEnabled",
            "earlyLaunchAntiMalwareDriverEnabled",
            "requireHealthyDeviceReport",
            "memoryIntegrityEnabled",
            "kernelDmaProtectionEnabled",
            "virtualizationBasedSecurityEnabled",
            "firmwareProtectionEnabled",
            "tpmRequired",
            "storageRequireEncryption",
            "activeFirewallRequired",
            "antivirusRequired",
            "antiSpywareRequired",
            "defenderEnabled",
            "rtpEnabled",
            "signatureOutOfDate",
        ),
        *named(PLAIN, "defenderVersion"),
        # The last one is in no schema [graph facts: custom compliance].
        *named(SWITCH, "configurationManagerComplianceRequired", "customComplianceRequired"),
        _SCRIPT,
        Field(
            "wsl_distributions",
            "wslDistributions",
            ComplexList(
                Complex(
                    Field("distribution", "distribution", required=True),
                    *named(VERSION, "minimumOSVersion", "maximumOSVersion"),
                ),
                ordered=False,
                unique="distribution",
            ),
        ),
    ),
    _type(
        "windows10_mobile",
        "windows10MobileCompliancePolicy",
        "Windows 10 mobile",
        *named(SWITCH, "passwordRequired", "passwordBlockSimple", "passwordRequireToUnlockFromIdle"),
        *_WINDOWS_PASSWORD,
        *named(Number(4, 16), "passwordMinimumLength"),
        *named(Number(1, 255), "passwordExpirationDays"),
        *named(VERSION, "osMinimumVersion", "osMaximumVersion"),
        _BUILD_RANGES,
        *named(
            SWITCH,
            "bitLockerEnabled",
            "secureBootEnabled",
            "codeIntegrityEnabled",
            "earlyLaunchAntiMalwareDriverEnabled",
            "storageRequireEncryption",
            "activeFirewallRequired",
        ),
    ),
    _type(
        "macos",
        "macOSCompliancePolicy",
        "macOS",
        *_THREAT_LEVEL,
        *_DEFENDER_LEVEL,
        *named(SWITCH, "passwordRequired", "passwordBlockSimple"),
        *named(PASSWORD_TYPES, "passwordRequiredType"),
        *named(Number(4, 14), "passwordMinimumLength"),
        *named(Number(1, 65535), "passwordExpirationDays"),
        *named(Number(1, 24), "passwordPreviousPasswordBlockCount"),
        *named(NUMBER, "passwordMinimumCharacterSetCount", "passwordMinutesOfInactivityBeforeLock"),
        *named(VERSION, "osMinimumVersion", "osMaximumVersion"),
        *named(BUILD, "osMinimumBuildVersion", "osMaximumBuildVersion"),
        *named(
            SWITCH,
            "systemIntegrityProtectionEnabled",
            "storageRequireEncryption",
            "firewallEnabled",
            "firewallBlockAllIncoming",
            "firewallEnableStealthMode",
        ),
        *named(GATEKEEPER_SOURCES, "gatekeeperAllowedAppSource"),
        _SCRIPT,
    ),
)
SECTIONS = tuple(str(object_type.section) for object_type in TYPES)
SCHEDULED_ACTIONS = Field(
    "scheduled_actions_for_rule",
    "scheduledActionsForRule",
    _ScheduledActions(),
    # PATCH does not take them [graph facts: compliance actions].
    action="scheduleActionsForRules",
    parameter="deviceComplianceScheduledActionForRules",
    address="scheduledActionsForRule?$expand=scheduledActionConfigurations",
)


# -- the resource --------------------------------------------------------------------------------------------


_SWITCH = "device_threat_protection_enabled"
_LEVELS = ("device_threat_protection_required_security_level", "advanced_threat_protection_required_security_level")


def _demands(options: Mapping[str, Any], *levels: str) -> bool:
    """Whether one of the levels is declared and demands something."""
    return any(options.get(level) not in (None, *_NO_THREAT_LEVEL) for level in levels)


class CompliancePolicy(AssignedResource):
    singular = "compliance_policy"
    plural = "compliance_policies"
    title = "compliance policy"
    path = "deviceManagement/deviceCompliancePolicies"
    types = TYPES
    common_fields = (*base_fields(SCOPE_TAG), SCHEDULED_ACTIONS)
    assignable = COMPLIANCE_ASSIGNMENTS
    expand = "assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)"
    deciding = _LEVELS
    reported = ("version", "createdDateTime", "lastModifiedDateTime")

    argument_spec: ClassVar[Spec] = {
        **resource_options(),
        **scope_tag_options(),
        **recreate_option(),
        **assignment_options(),
        **arguments([SCHEDULED_ACTIONS]),
        **section_options(*TYPES),
    }
    constraints: ClassVar[Spec] = {"required_one_of": [("name", "id")], "mutually_exclusive": [SECTIONS]}

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        if options.get(_SWITCH) and not _demands(options, *_LEVELS):
            yield (
                f"{object_type.section}: {_SWITCH} needs {_LEVELS[0]} (or the level of Microsoft Defender for "
                f"Endpoint, {_LEVELS[1]}): secured, low, medium or high"
            )

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        """A level counts only together with its switch, which the portal does not even show."""
        options, body = object_type.options(params), super().create_body(object_type, params, desired, ids)
        if options.get(_SWITCH) is None and any(options.get(level) is not None for level in _LEVELS):
            body.setdefault("deviceThreatProtectionEnabled", _demands(options, *_LEVELS))
        return body

    def advice(self, session: GraphSession, raw: Raw, params: Params) -> list[str]:
        """The threat level works for groups of users only [memdocs: create-compliance-policy]; one $batch shows what
        the groups are.
        """
        declared_type = self.declared_type(params)
        options = declared_type.options(params) if declared_type else {}
        if not _demands(options, *_LEVELS) or options.get(_SWITCH) is False:
            return []
        if not raw.get("deviceThreatProtectionEnabled"):
            return [f"{self.describe(params)}: the threat level has no effect while {_SWITCH} is off. Set it to true."]
        if not _demands(options, _LEVELS[0]):
            return []
        assigned = [
            entry for entry in raw.get("assignments") or [] if odata_type(entry.get("target") or {}) != EXCLUDED_GROUP
        ]
        groups = [group for group in sorted(referred_ids(assigned)[0]) if not is_placeholder(group)]
        targets = sorted(f"group '{group.name}'" for group in contents(session, groups) if group.has_devices)
        if any(odata_type(entry.get("target") or {}) == ALL_DEVICES for entry in assigned):
            targets.insert(0, "all devices")
        warning = (
            f"{self.describe(params)} requires a threat level, which Intune supports for groups of users "
            f"only. It is assigned to {', '.join(targets)}: "
            "devices there may not be evaluated by it. Assign it to groups of users."
        )
        return [warning] if targets else []
