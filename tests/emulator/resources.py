# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Intune collections: what each takes, and the rules that go beyond the schema."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography import x509

from .errors import GraphFault, bad_request
from .messages import Json
from .odata import segments
from .routing import Call
from .schema import GUID, ZERO_GUID
from .store import Record

Check = Callable[[Call, str, dict[str, Json], "Record | None"], None]
BETA = ("beta",)
BOTH = ("v1.0", "beta")

EQ = frozenset({"eq"})
TEMPLATES = "deviceManagement/notificationMessageTemplates"
SCRIPTS = "deviceManagement/deviceComplianceScripts"
VPP_TOKENS = "deviceAppManagement/vppTokens"
DEP_TOKENS = "deviceManagement/depOnboardingSettings"
RESTRICTIONS = "deviceManagement/deviceEnrollmentConfigurations"
FROM_GOOGLE = {"androidManagedStoreApp", "androidManagedStoreWebApp"}
CREATED_BY_IMPORT = {*FROM_GOOGLE, "iosVppApp", "macOsVppApp", "microsoftStoreForBusinessApp"}

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


# -- apps --------------------------------------------------------------------------------------------------------------

# [terraform provider and Microsoft's samples: what every working create sends]
_APP = ("displayName", "description", "publisher")
_STORE_APP = (*_APP, "appStoreUrl", "minimumSupportedOperatingSystem")
_NEEDED_BY_APPS = {
    "iosStoreApp": (*_STORE_APP, "applicableDeviceType"),
    "androidStoreApp": _STORE_APP,
    "managedIOSStoreApp": (*_STORE_APP, "applicableDeviceType", "bundleId"),
    "managedAndroidStoreApp": (*_STORE_APP, "packageId"),
    **dict.fromkeys(("webApp", "iosiPadOSWebClip", "macOSWebClip", "windowsWebApp"), (*_APP, "appUrl")),
    "winGetApp": (*_APP, "packageIdentifier", "installExperience"),
    "officeSuiteApp": _APP,
}
_OF_OFFICE = ("productIds", "officePlatformArchitecture", "updateChannel", "officeSuiteAppDefaultFileFormat")
# A PATCH must not carry them [terraform provider].
_FIXED_IN_APPS = {
    *("appIdentifier", "appStoreUrl", "appUrl", "channel", "installExperience", "isSystemApp", "manifestHash"),
    *("packageId", "packageIdentifier"),
}
_FIXED_IN_OFFICE = {"developer", "owner", "publisher", "officePlatformArchitecture"}


def check_app(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if old is None:
        _check_new_app(name, values)
    _check_fixed(name, values, old)
    if old is not None and name in FROM_GOOGLE and {"displayName", "description", "publisher"} & values.keys():
        # [?] not documented; the next synchronisation would overwrite them
        raise bad_request(
            f"The name, description and publisher of an app of type 'microsoft.graph.{name}' come from "
            "managed Google Play."
        )
    for key in ("appStoreUrl", "appUrl"):
        if values.get(key) and not re.fullmatch(r"(?i:https?)://[^\s/?#]+\S*", values[key]):
            raise bad_request(f"The property '{key}' must be an absolute http or https URL.")
    _one_minimum_system(values)
    if not values.get("displayName", "x"):
        raise bad_request("The property 'displayName' must not be empty.")


def _check_new_app(name: str, values: dict[str, Json]) -> None:
    if name in CREATED_BY_IMPORT:
        # [graph facts: managed Google Play] "There is no POST of androidManagedStoreApp"
        raise bad_request(f"Creation of apps of type 'microsoft.graph.{name}' is not supported.")
    if name not in _NEEDED_BY_APPS:
        raise bad_request(f"Creation of apps of type 'microsoft.graph.{name}' is not part of this emulated tenant.")
    needed = _NEEDED_BY_APPS[name]
    if name == "officeSuiteApp" and not values.get("officeConfigurationXml"):
        needed = (*needed, *_OF_OFFICE)
    for key in needed:
        if values.get(key) in (None, "", []):
            raise bad_request(f"The property '{key}' is required to create an app of type 'microsoft.graph.{name}'.")
    if name == "androidStoreApp":
        values["packageId"] = _play_package(values["appStoreUrl"])


def _check_fixed(name: str, values: dict[str, Json], old: Record | None) -> None:
    fixed = _FIXED_IN_APPS | (_FIXED_IN_OFFICE if name == "officeSuiteApp" else set())
    carried = sorted(fixed & values.keys()) if old is not None else []
    if carried:
        raise bad_request(f"The property '{carried[0]}' cannot be changed after creation.")


def _one_minimum_system(values: dict[str, Json]) -> None:
    minimum = values.get("minimumSupportedOperatingSystem")
    if minimum is not None and sum(value is True for value in minimum.values()) != 1:
        raise bad_request("Exactly one version of 'minimumSupportedOperatingSystem' must be true.")


def _play_package(url: str) -> str:
    match = re.search(r"[?&]id=([A-Za-z0-9_.]+)", url)
    if not match:
        raise bad_request("The property 'appStoreUrl' is not the address of an app in Google Play.")
    return match.group(1)


# -- app configurations ------------------------------------------------------------------------------------------------


def check_app_configuration(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    merged = (old.values if old else {}) | values
    if old is None and not values.get("targetedMobileApps"):
        raise bad_request("The property 'targetedMobileApps' is required and must not be empty.")
    # The portal does not let these be changed after creation [graph facts: app configuration].
    for key in ("targetedMobileApps", "packageId", "profileApplicability"):
        if old is not None and key in values and _folded(values[key]) != _folded(old.values.get(key)):
            raise bad_request(f"The property '{key}' cannot be changed after creation.")
    if "targetedMobileApps" in values:
        values["targetedMobileApps"] = [app_id.lower() for app_id in values["targetedMobileApps"] or ()]
        merged |= values
    apps = [_targeted_app(call, app_id) for app_id in merged.get("targetedMobileApps") or ()]
    if name == "iosMobileAppConfiguration":
        _check_ios_settings(values, merged, apps)
    else:
        _check_android_settings(values, merged, apps, old is None)


def _folded(value: Json) -> Json:
    return sorted(str(item).lower() for item in value) if isinstance(value, list) else value


def _targeted_app(call: Call, app_id: str) -> Record:
    app = call.tenant.record("deviceAppManagement/mobileApps", app_id) if GUID.match(app_id) else None
    if app is None:
        # object ids of this tenant, not bundle or package ids [Microsoft's samples: app configuration import]
        raise bad_request(f"The targeted mobile app '{app_id[:80]}' does not exist in this tenant.")
    return app


def _check_ios_settings(values: dict[str, Json], merged: dict[str, Json], apps: list[Record]) -> None:
    if any(not app.type.lower().startswith(("ios", "managedios")) for app in apps):
        raise bad_request("An iOS app configuration can only target iOS apps.")
    if merged.get("settings") and merged.get("encodedSettingXml"):
        raise bad_request("Only one of 'settings' and 'encodedSettingXml' can be set; the other must be null.")
    for item in values.get("settings") or ():
        kind, text = item["appConfigKeyType"], item["appConfigKeyValue"]
        patterns = {"integerType": r"-?\d+", "realType": r"-?\d+(\.\d+)?", "booleanType": r"(?i:true|false)"}
        if kind in patterns and not re.fullmatch(patterns[kind], text):
            raise bad_request(
                f"The value of configuration key '{item['appConfigKey']}' does not fit its type '{kind}'."
            )
    keys = [item["appConfigKey"] for item in values.get("settings") or ()]
    if len(keys) != len(set(keys)):
        raise bad_request("Configuration keys must be unique.")
    if values.get("encodedSettingXml"):
        _check_plist(values["encodedSettingXml"])


def _check_plist(encoded: str) -> None:
    text = base64.b64decode(encoded).decode("utf-8", "replace").strip()
    if not text.startswith("<dict") or not text.endswith(("</dict>", "/>")):
        raise bad_request("The property 'encodedSettingXml' must be the base64 form of a property list <dict>.")


def _check_android_settings(values: dict[str, Json], merged: dict[str, Json], apps: list[Record], create: bool) -> None:
    package = merged.get("packageId")
    if create and ("packageId" not in values or "profileApplicability" not in values):
        raise bad_request("The properties 'packageId' and 'profileApplicability' are required.")
    if not isinstance(package, str) or not package.startswith("app:"):
        raise bad_request("The property 'packageId' must have the form 'app:<package>'.")
    for app in apps:
        if (
            app.type not in ("androidManagedStoreApp", "androidForWorkApp")
            or app.values.get("appIdentifier") != package
        ):
            raise bad_request(f"The targeted mobile app '{app.id}' is not the managed Google Play app '{package}'.")
    if values.get("payloadJson"):
        _check_payload(values["payloadJson"], package)


def _check_payload(payload: str, package: str) -> None:
    """[terraform provider's capture] base64 of {kind, productId, managedProperty: [{key, value<Type>}]}"""
    try:
        document = json.loads(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError) as error:
        raise bad_request("The property 'payloadJson' must be the base64 form of a JSON document.") from error
    if (
        not isinstance(document, dict)
        or document.get("kind") != "androidenterprise#managedConfiguration"
        or document.get("productId") != package
    ):
        raise bad_request(
            "The document in 'payloadJson' must have the kind of a managed configuration and the product id of the app."
        )
    kinds = {
        "valueString": str,
        "valueBool": bool,
        "valueInteger": int,
        "valueStringArray": list,
        "valueBundle": dict,
        "valueBundleArray": list,
    }
    for item in document.get("managedProperty", ()):
        value_keys = [key for key in item if key != "key"]
        if not isinstance(item.get("key"), str) or len(value_keys) != 1 or value_keys[0] not in kinds:
            raise bad_request("An entry of 'managedProperty' must have a key and exactly one value of a known kind.")
        value, kind = item[value_keys[0]], kinds[value_keys[0]]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise bad_request(f"The managed property '{item['key']}' has a value that does not fit '{value_keys[0]}'.")


# -- device configurations ---------------------------------------------------------------------------------------------

_VPN_BASES = (
    "appleVpnConfiguration",
    "vpnConfiguration",
    "androidWorkProfileVpnConfiguration",
    "androidVpnConfiguration",
    "androidForWorkVpnConfiguration",
    "windowsVpnConfiguration",
)
# non-null, and no default is documented [graph facts: device configurations]
_VPN_NEEDED = ("authenticationMethod", "connectionName", "connectionType", "server", "servers")
_IKEV2_NEEDED = ("clientAuthenticationType", "localIdentifier", "remoteIdentifier")
SECRETS = {"sharedSecret", "token"}


def check_device_configuration(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    properties = call.contract.properties(name)
    if old is None and any(call.contract.is_a(name, base) for base in _VPN_BASES):
        needed = _VPN_NEEDED + (_IKEV2_NEEDED if name == "iosikEv2VpnConfiguration" else ())
        for key in needed:
            if key in properties and properties[key].nullable is False and not values.get(key):
                raise bad_request(
                    f"The property '{key}' is required to create a profile of type 'microsoft.graph.{name}'."
                )
    if values.get("trustedRootCertificate"):
        _check_certificate(values["trustedRootCertificate"])
    if "CustomConfiguration" in name:
        _check_custom(values)
    _check_limits(values)
    merged = (old.values if old else {}) | values
    if (
        merged.get("enablePerApp")
        and merged.get("providerType") in (None, "notConfigured")
        and merged.get("connectionType") == "customVpn"
    ):
        raise bad_request("A per-app VPN of connection type 'customVpn' needs a 'providerType'.")


# Graph does not show texts of OMA settings, but a mask [graph facts: custom profiles].
MASK = "****"
MASKED_OMA_TYPES = {"omaSettingString", "omaSettingStringXml", "omaSettingBase64"}


def _check_custom(values: dict[str, Json]) -> None:
    if "payload" in values:
        content = base64.b64decode(values["payload"])
        # [?] what the service checks is not documented; the admin center takes profiles only.
        if b"<plist" not in content and content[:1] != b"\x30" and not content.startswith(b"bplist"):
            raise bad_request("The property 'payload' is not a configuration profile.")
    uris = [item["omaUri"] for item in values.get("omaSettings") or ()]
    if len(uris) != len(set(uris)) or "" in uris:
        raise bad_request("Each of 'omaSettings' needs an 'omaUri' of its own.")
    if any(item.get("value") == MASK for item in values.get("omaSettings") or ()):
        raise bad_request("A value of 'omaSettings' is the mask that the service shows.")


# "Valid values" and "can contain a maximum of" in the descriptions of the schema.
_RANGES = {
    "disconnectOnIdleTimerInSeconds": (0, 65535),
    "mtuSizeInBytes": (1280, 1400),
    "passcodeExpirationDays": (1, 65535),
    "passcodeMinimumLength": (4, 14),
    "passcodePreviousPasscodeBlockCount": (1, 24),
    "passwordPreviousPasswordCountToBlock": (1, 24),
    "passwordSignInFailureCountBeforeFactoryReset": (1, 16),
    "port": (0, 65535),
    "prefixSize": (1, 32),
    "protocols": (0, 255),
    "runIntervalInMinutes": (1, 480),
    "workProfilePasswordExpirationInDays": (1, 365),
    "workProfilePasswordMinimumLength": (4, 16),
    "workProfilePreviousPasswordBlockCount": (0, 24),
}
_MOST = {
    "associatedApps": 10000,
    "customData": 25,
    "customKeyValueData": 25,
    "dnsRules": 1000,
    "localAddressRanges": 500,
    "localPortRanges": 500,
    "omaSettings": 500,
    "onDemandRules": 500,
    "remoteAddressRanges": 500,
    "remotePortRanges": 500,
    "restrictedApps": 100,
    "routes": 1000,
    "servers": 500,
    "targetedMobileApps": 500,
    "trafficRules": 1000,
    "validOperatingSystemBuildRanges": 10000,
}


def _check_limits(values: Json) -> None:
    if isinstance(values, list):
        for item in values:
            _check_limits(item)
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        low, high = _RANGES.get(key, (None, None))
        if isinstance(value, int) and low is not None and high is not None and not low <= value <= high:
            raise bad_request(f"The property '{key}' must be between {low} and {high}.")
        if isinstance(value, list) and len(value) > _MOST.get(key, len(value)):
            raise bad_request(f"The property '{key}' can contain a maximum of {_MOST[key]} elements.")
        # "can be set only when protocol is either TCP or UDP (6 or 17)"
        if key in ("localPortRanges", "remotePortRanges") and value and values.get("protocols") not in (6, 17):
            raise bad_request(f"The property '{key}' can be set only when 'protocols' is 6 or 17.")
        _check_limits(value)


def _check_certificate(encoded: str) -> None:
    data = base64.b64decode(encoded)
    try:
        if data.lstrip().startswith(b"-----BEGIN"):
            x509.load_pem_x509_certificate(data)
        else:
            x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise bad_request("The property 'trustedRootCertificate' is not an X.509 certificate.") from error


DERIVED_CREDENTIALS = "deviceManagement/derivedCredentials"


def linked_collection(call: Call, navigation: str, type_name: str) -> str:
    """Where the objects are that a navigation property of a profile leads to."""
    wanted = call.contract.navigation(type_name)[navigation].type
    return (
        DERIVED_CREDENTIALS
        if wanted == "deviceManagementDerivedCredentialSettings"
        else "deviceManagement/deviceConfigurations"
    )


def bound_profile(call: Call, navigation: str, type_name: str, url: str) -> str:
    """The id of the object an ``@odata.bind`` or ``@odata.id`` URL names. Raises 400."""
    path = linked_collection(call, navigation, type_name)
    prefix = f"{call.base}/{path}"
    if not url.startswith(prefix):
        raise bad_request(f"The URL of '{navigation}@odata.bind' must start with '{prefix}'.")
    parts = segments(urlsplit(url).path)
    target = call.tenant.record(path, str(parts[-1])) if len(parts) == 4 else None
    if target is None:
        raise bad_request(f"The profile named by '{navigation}@odata.bind' does not exist.")
    wanted = call.contract.navigation(type_name)[navigation].type
    if call.contract.has_type(wanted) and not call.contract.is_a(target.type, wanted):
        raise bad_request(f"The profile named by '{navigation}@odata.bind' is not a 'microsoft.graph.{wanted}'.")
    return target.id


# -- compliance --------------------------------------------------------------------------------------------------------


_ANDROID_RANGES = {
    "passwordMinimumLength": (4, 16),
    "passwordExpirationDays": (1, 365),
    "passwordPreviousPasswordBlockCount": (1, 24),
}
# Properties of one name that have other ranges in other types; Windows states none.
_PASSWORD_RANGES = {
    "androidCompliancePolicy": _ANDROID_RANGES,
    "androidWorkProfileCompliancePolicy": _ANDROID_RANGES,
    "androidDeviceOwnerCompliancePolicy": _ANDROID_RANGES,
    "macOSCompliancePolicy": {
        "passwordMinimumLength": (4, 14),
        "passwordExpirationDays": (1, 65535),
        "passwordPreviousPasswordBlockCount": (1, 24),
    },
}


def check_compliance(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if old is None:
        values["scheduledActionsForRule"] = checked_rules(call, values.get("scheduledActionsForRule"))
    _check_limits(values)
    for key, (low, high) in _PASSWORD_RANGES.get(name, {}).items():
        if values.get(key) is not None and not low <= values[key] <= high:
            raise bad_request(f"The property '{key}' must be between {low} and {high}.")
    script = values.get("deviceCompliancePolicyScript")
    if script and call.tenant.record(SCRIPTS, str(script.get("deviceComplianceScriptId"))) is None:
        raise bad_request("The compliance script of 'deviceCompliancePolicyScript' does not exist.")


def checked_rules(call: Call, rules: Json) -> list[dict[str, Json]]:
    """[Microsoft's samples: every create] one rule "PasswordRequired" with exactly one block action."""
    if not isinstance(rules, list) or len(rules) != 1:
        raise bad_request("The policy needs exactly one entry in 'scheduledActionsForRule'.")
    actions = rules[0].get("scheduledActionConfigurations") or []
    blocks = [action for action in actions if action.get("actionType") == "block"]
    if len(blocks) != 1:
        raise bad_request("'scheduledActionConfigurations' needs exactly one action of type 'block'.")
    for action in actions:
        if not 0 <= action.get("gracePeriodHours", 0) <= 8760:
            raise bad_request("The property 'gracePeriodHours' must be between 0 and 8760.")
        _check_notification(call, action)
    return [
        {
            **rule,
            "id": str(uuid.uuid4()),
            # "" comes back as zeros, and the order is the service's own.
            "scheduledActionConfigurations": [
                {
                    **action,
                    "id": str(uuid.uuid4()),
                    "notificationTemplateId": action.get("notificationTemplateId") or ZERO_GUID,
                }
                for action in reversed(actions)
            ],
        }
        for rule in rules
    ]


def _check_notification(call: Call, action: dict[str, Json]) -> None:
    template = action.get("notificationTemplateId") or ZERO_GUID
    if template != ZERO_GUID and call.tenant.record(TEMPLATES, template) is None:
        raise bad_request("The notification message template of 'notificationTemplateId' does not exist.")
    if action["actionType"] == "notification" and template == ZERO_GUID:
        # The portal asks for a template with every e-mail.
        raise bad_request("An action of type 'notification' needs a 'notificationTemplateId'.")
    for group in action.get("notificationMessageCCList") or ():
        if not GUID.match(group) or call.tenant.group(group) is None:
            raise bad_request("'notificationMessageCCList' takes the ids of groups of this tenant.")


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


def check_ca_policy(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    check_ca_rights(call, _CA_WRITE)
    if "templateId" in values:
        raise bad_request("The property 'templateId' cannot be set.")
    merged = (old.values if old else {}) | values
    for key in ("displayName", "state", "conditions"):
        if not merged.get(key):
            raise bad_request(f"The property '{key}' is required.")
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
