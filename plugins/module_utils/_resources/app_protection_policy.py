# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App protection policies (beta /deviceAppManagement/{ios,android,windows}ManagedAppProtections)."""

from __future__ import annotations

from typing import Any, ClassVar

from .._engine.complex_fields import Complex, ComplexList
from .._engine.errors import InvalidOptions
from .._engine.fields import BOOL, NUMBER, PLAIN, SWITCH, Enum, EnumFlags, EnumSet, Field, StringSet, named
from .._engine.options import Spec, one_section, profile_options
from .._engine.resource import ObjectType, Params, Raw, base_fields
from .._engine.text_fields import DATE, VERSION
from .._engine.time_fields import Duration
from .._graph.session import GraphSession
from .assignable import APP_PROTECTION_ASSIGNMENTS, AssignedResource
from .managed_apps import (
    APPS,
    DEFAULT_GROUP,
    TARGETED_APPS,
    check_app_group,
    check_apps,
    has_apps,
    with_app_group,
    without_computed_apps,
)
from .reference_types import SCOPE_TAG

_DURATION = Duration()
_TRANSFERS = Enum("allApps", "managedApps", "none", default="allApps")
_WINDOWS_TRANSFERS = Enum("allApps", "none", "selectedApps", default="allApps")
_WINDOWS_LOCATIONS = EnumFlags("none", "oneDriveForBusiness")
_STATES = Enum("notBlocked", "blocked")
_ACTIONS = ("block", "wipe", "warn", "blockWhenSettingIsSupported")
_ACTION = Enum(*_ACTIONS, default=_ACTIONS[0])
# Graph has null for these: nothing is done.
_OPTIONAL_ACTION = Enum(*_ACTIONS)
_PAIRS = ComplexList(Complex(Field("name", "name", required=True), Field("value", "value")), ordered=False)

# What a policy is about in this collection: the threat level that a partner reports for the device.
_THREAT_LEVEL = (
    *named(
        Enum("notConfigured", "secured", "low", "medium", "high", default="notConfigured"),
        "maximumAllowedDeviceThreatLevel",
    ),
    *named(_ACTION, "mobileThreatDefenseRemediationAction"),
)
_VERSIONS = (
    *named(
        VERSION,
        "minimumRequiredOsVersion",
        "minimumWarningOsVersion",
        "minimumWipeOsVersion",
        "maximumRequiredOsVersion",
        "maximumWarningOsVersion",
        "maximumWipeOsVersion",
    ),
    *named(PLAIN, "minimumRequiredAppVersion", "minimumWarningAppVersion", "minimumWipeAppVersion"),
)
_SDK_VERSIONS = named(PLAIN, "minimumRequiredSdkVersion", "minimumWipeSdkVersion")
_OFFLINE = (
    *named(_DURATION, "periodOfflineBeforeAccessCheck", "periodOfflineBeforeWipeIsEnforced", always_set=True),
    *named(_OPTIONAL_ACTION, "appActionIfUnableToAuthenticateUser"),
)
_MOBILE = (
    *TARGETED_APPS,
    *_THREAT_LEVEL,
    *named(
        Enum("defenderOverThirdPartyPartner", "thirdPartyPartnerOverDefender"), "mobileThreatDefensePartnerPriority"
    ),
    *named(SWITCH, "deviceComplianceRequired"),
    *named(_ACTION, "appActionIfDeviceComplianceRequired"),
    *_VERSIONS,
    *named(_TRANSFERS, "allowedInboundDataTransferSources", "allowedOutboundDataTransferDestinations"),
    *named(
        Enum("allApps", "managedAppsWithPasteIn", "managedApps", "blocked", default="allApps"),
        "allowedOutboundClipboardSharingLevel",
    ),
    *named(NUMBER, "allowedOutboundClipboardSharingExceptionLength", always_set=True),
    *named(EnumSet("oneDriveForBusiness", "sharePoint", "camera", "photoLibrary"), "allowedDataIngestionLocations"),
    *named(SWITCH, "blockDataIngestionIntoOrganizationDocuments"),
    *named(
        EnumSet("oneDriveForBusiness", "sharePoint", "box", "localStorage", "photoLibrary", "iManage", "egnyte"),
        "allowedDataStorageLocations",
    ),
    *named(SWITCH, "saveAsBlocked", "dataBackupBlocked", "contactSyncBlocked", "printBlocked"),
    *named(
        Enum("allApps", "managedApps", "customApp", "blocked", default="allApps"),
        "dialerRestrictionLevel",
    ),
    *named(
        Enum("anyApp", "anyManagedApp", "specificApps", "blocked", default="anyApp"),
        "protectedMessagingRedirectAppType",
    ),
    *named(Enum("allow", "blockOrganizationalData", "block", default="allow"), "notificationRestriction"),
    *named(EnumFlags("notConfigured", "microsoftEdge"), "managedBrowser"),
    *named(SWITCH, "managedBrowserToOpenLinksRequired"),
    *named(Enum("notRequired", "requiredWhenOnline", "required"), "purviewContentEvaluationRequired"),
    *named(SWITCH, "organizationalCredentialsRequired", "pinRequired", "simplePinBlocked"),
    *named(Enum("numeric", "alphanumericAndSymbol", default="numeric"), "pinCharacterSet"),
    *named(NUMBER, "minimumPinLength", "maximumPinRetries", "previousPinBlockCount", always_set=True),
    *named(_ACTION, "appActionIfMaximumPinRetriesExceeded"),
    *named(_DURATION, "periodBeforePinReset", "periodOnlineBeforeAccessCheck", always_set=True),
    *named(_DURATION, "pinRequiredInsteadOfBiometricTimeout"),
    *named(SWITCH, "disableAppPinIfDevicePinIsSet", "fingerprintBlocked"),
    *_OFFLINE,
    *named(_DURATION, "gracePeriodToBlockAppsDuringOffClockHours"),
    *named(_OPTIONAL_ACTION, "appActionIfAccountIsClockedOut"),
)
# Graph has no null for these and documents no default; the values are the portal's.
_OFFLINE_DEFAULTS = {"periodOfflineBeforeAccessCheck": "PT12H", "periodOfflineBeforeWipeIsEnforced": "P90D"}
_DEFAULTS = {
    **DEFAULT_GROUP,
    **_OFFLINE_DEFAULTS,
    "periodOnlineBeforeAccessCheck": "PT30M",
    "periodBeforePinReset": "PT0S",
    "maximumPinRetries": 5,
    "minimumPinLength": 4,
}


def _type(platform: str, title: str, *fields: Field, **more: Any) -> ObjectType:
    graph_type = f"{platform}ManagedAppProtection"
    return ObjectType(
        graph_type,
        f"{title} app protection policy",
        fields,
        section=platform,
        path=f"deviceAppManagement/{graph_type}s",
        # T_d5501407-... [graph facts: policies for managed apps]
        has_prefixed_ids=True,
        expand="assignments,apps",
        **more,
    )


_IOS = _type(
    "ios",
    "iOS",
    *_MOBILE,
    *_SDK_VERSIONS,
    *named(PLAIN, "minimumWarningSdkVersion", "allowedIosDeviceModels"),
    *named(_ACTION, "appActionIfIosDeviceModelNotAllowed"),
    *named(
        Enum(
            "useDeviceSettings",
            "afterDeviceRestart",
            "whenDeviceLockedExceptOpenFiles",
            "whenDeviceLocked",
            default="useDeviceSettings",
        ),
        "appDataEncryptionType",
    ),
    *named(SWITCH, "faceIdBlocked", "thirdPartyKeyboardsBlocked", "allowWidgetContentSync"),
    *named(
        SWITCH,
        "filterOpenInToOnlyManagedApps",
        "disableProtectionOfManagedOutboundOpenInData",
        "protectInboundDataFromUnknownSources",
    ),
    *named(_PAIRS, "exemptedAppProtocols"),
    *named(StringSet(), "exemptedUniversalLinks", "managedUniversalLinks"),
    *named(PLAIN, "customBrowserProtocol", "customDialerAppProtocol", "messagingRedirectAppUrlScheme"),
    *named(_STATES, "genmojiConfigurationState", "screenCaptureConfigurationState", "writingToolsConfigurationState"),
    defaults=_DEFAULTS,
)
_ANDROID = _type(
    "android",
    "Android",
    *_MOBILE,
    *named(DATE, "minimumRequiredPatchVersion", "minimumWarningPatchVersion", "minimumWipePatchVersion"),
    *named(
        PLAIN,
        "minimumRequiredCompanyPortalVersion",
        "minimumWarningCompanyPortalVersion",
        "minimumWipeCompanyPortalVersion",
    ),
    *named(
        NUMBER,
        "warnAfterCompanyPortalUpdateDeferralInDays",
        "blockAfterCompanyPortalUpdateDeferralInDays",
        "wipeAfterCompanyPortalUpdateDeferralInDays",
        always_set=True,
    ),
    *named(PLAIN, "allowedAndroidDeviceManufacturers"),
    *named(StringSet(), "allowedAndroidDeviceModels"),
    *named(_ACTION, "appActionIfAndroidDeviceManufacturerNotAllowed", "appActionIfAndroidDeviceModelNotAllowed"),
    *named(
        Enum("none", "basicIntegrity", "basicIntegrityAndDeviceCertification", default="none"),
        "requiredAndroidSafetyNetDeviceAttestationType",
    ),
    *named(Enum("basic", "hardwareBacked", default="basic"), "requiredAndroidSafetyNetEvaluationType"),
    *named(Enum("none", "enabled", default="none"), "requiredAndroidSafetyNetAppsVerificationType"),
    *named(
        _ACTION,
        "appActionIfAndroidSafetyNetDeviceAttestationFailed",
        "appActionIfAndroidSafetyNetAppsVerificationFailed",
    ),
    *named(SWITCH, "deviceLockRequired"),
    *named(_ACTION, "appActionIfDeviceLockNotSet"),
    *named(
        _OPTIONAL_ACTION,
        "appActionIfDevicePasscodeComplexityLessThanLow",
        "appActionIfDevicePasscodeComplexityLessThanMedium",
        "appActionIfDevicePasscodeComplexityLessThanHigh",
        "appActionIfSamsungKnoxAttestationRequired",
        "appActionIfDeveloperOptionsEnabled",
    ),
    *named(
        SWITCH,
        "encryptAppData",
        "disableAppEncryptionIfDeviceEncryptionIsEnabled",
        "screenCaptureBlocked",
        "connectToVpnOnLaunch",
        "biometricAuthenticationBlocked",
    ),
    *named(BOOL, "fingerprintAndBiometricEnabled"),
    *named(SWITCH, "requireClass3Biometrics", "requirePinAfterBiometricChange", "keyboardsRestricted"),
    *named(_PAIRS, "approvedKeyboards", "exemptedAppPackages"),
    *named(
        PLAIN,
        "customBrowserDisplayName",
        "customBrowserPackageId",
        "customDialerAppDisplayName",
        "customDialerAppPackageId",
        "messagingRedirectAppDisplayName",
        "messagingRedirectAppPackageId",
    ),
    defaults=_DEFAULTS,
)
_WINDOWS = _type(
    "windows",
    "Windows",
    APPS,
    *_THREAT_LEVEL,
    *_VERSIONS,
    *_SDK_VERSIONS,
    *named(_WINDOWS_TRANSFERS, "allowedInboundDataTransferSources", "allowedOutboundDataTransferDestinations"),
    *named(_WINDOWS_LOCATIONS, "allowedInboundDataTransferSourceApps", "allowedOutboundDataTransferDestinationApps"),
    *named(
        Enum("anyDestinationAnySource", "none", default="anyDestinationAnySource"),
        "allowedOutboundClipboardSharingLevel",
    ),
    *named(SWITCH, "printBlocked"),
    *_OFFLINE,
    required=("apps",),
    defaults=_OFFLINE_DEFAULTS,
)
_TYPES = (_IOS, _ANDROID, _WINDOWS)
_NAMED_BY = {"ios": "bundle_id", "android": "package_id", "windows": "windows_app_id"}


class AppProtectionPolicy(AssignedResource):
    singular = "app_protection_policy"
    plural = "app_protection_policies"
    title = "app protection policy"
    path = str(_IOS.path)
    types = _TYPES
    # No page documents a filter, and a tenant has few.
    filterable = False
    common_fields = base_fields(SCOPE_TAG)
    assignable = APP_PROTECTION_ASSIGNMENTS
    always_set = ("app_group_type",)
    reported = ("version", "deployedAppCount", "isAssigned", "createdDateTime", "lastModifiedDateTime")

    argument_spec: ClassVar[Spec] = profile_options(*_TYPES)
    constraints: ClassVar[Spec] = one_section(_TYPES)

    def validate(self, params: Params) -> None:
        for section, option in _NAMED_BY.items():
            options = params.get(section) or {}
            check_apps(section, options)
            others = {name for app in options.get("apps") or () for name, value in app.items() if value is not None}
            if others - {option}:
                raise InvalidOptions(
                    f"{section}.apps: apps of this platform are named by {option}, not by "
                    f"{', '.join(sorted(others - {option}))}. This task wrote nothing."
                )

    def prepare(self, params: Params) -> Params:
        mobile = [str(each.section) for each in (_IOS, _ANDROID) if params.get(str(each.section)) is not None]
        return {**params, **{section: with_app_group(params[section]) for section in mobile}}

    def typed(self, raw: dict[str, Any], collection: str) -> dict[str, Any]:
        return without_computed_apps(super().typed(raw, collection))

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        checked = super().check_creatable(object_type, params)
        if checked is not _WINDOWS and not has_apps(checked.options(params)):
            self.check_missing(params, [f"{checked.section}.apps or {checked.section}.app_group_type"])
        return checked

    def check_change(self, session: GraphSession, current: Raw | None, predicted: Raw, params: Params) -> None:
        check_app_group(self.describe(params), str(self.type_of(predicted).section), predicted)
