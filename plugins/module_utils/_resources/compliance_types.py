# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compliance policies of each platform, and what they require of a device."""

from __future__ import annotations

from .._engine.complex_fields import Complex, ComplexList
from .._engine.encoded_fields import Encoded, parse_json
from .._engine.fields import NUMBER, PLAIN, SWITCH, Enum, Field, Number, named
from .._engine.reference_fields import NamedReference
from .._engine.resource import ObjectType
from .._engine.text_fields import APP_ID, BUILD, DATE, URL, VERSION, Text
from .reference_types import COMPLIANCE_SCRIPT
from .scheduled_actions import BLOCK_AT_ONCE

THREAT_LEVELS = Enum("unavailable", "secured", "low", "medium", "high", "notSet", default="unavailable")
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
        defaults={"scheduledActionsForRule": BLOCK_AT_ONCE},
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
