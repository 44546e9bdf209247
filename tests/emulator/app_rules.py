# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Intune refuses of apps and app configurations, beyond the schema."""

from __future__ import annotations

import base64
import binascii
import json
import re

from .errors import bad_request
from .messages import Json
from .routing import Call
from .schema import GUID
from .store import Record

FROM_GOOGLE = {"androidManagedStoreApp", "androidManagedStoreWebApp"}
CREATED_BY_IMPORT = {*FROM_GOOGLE, "iosVppApp", "macOsVppApp", "microsoftStoreForBusinessApp"}

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
