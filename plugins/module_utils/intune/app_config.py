# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App configuration for managed devices (beta /deviceAppManagement/mobileAppConfigurations)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..reconcile.errors import InvalidOptions
from ..reconcile.fields import MASK, Complex, ComplexList, Encoded, Enum, Field, Kind, NamedReferences, parse_plist, scalar_text
from ..reconcile.references import Reference, ReferenceKind, ResolvedNames, is_placeholder
from ..reconcile.resource import ObjectType, Params, Resource, base_fields
from .assignable import APP_CONFIGURATION_ASSIGNMENTS
from .kinds import ANDROID_APP, IOS_APP, SCOPE_TAG

SETTING_TYPES = {"string": "stringType", "integer": "integerType", "real": "realType", "boolean": "booleanType", "token": "tokenType"}
PERMISSION_ACTIONS = Enum("prompt", "autoGrant", "autoDeny")
PROFILE_APPLICABILITY = Enum("default", "androidWorkProfile", "androidDeviceOwner")


class _Settings(Kind):
    """Key, type and value of an iOS app's configuration; Graph holds every value as text."""

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return [
            {
                "appConfigKey": item["key"],
                "appConfigKeyType": SETTING_TYPES[item.get("type") or "string"],
                "appConfigKeyValue": scalar_text(_value(item)),
            }
            for item in value
        ]

    def equal(self, desired: Any, current: Any) -> bool:
        return _settings_by_key(desired) == _settings_by_key(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        plain = {item["key"] for item in declared or [] if item.get("secret_value") is None}
        secret = {item["key"] for item in declared or []} - plain
        names = {graph: option for option, graph in SETTING_TYPES.items()}
        return [
            {
                "key": item.get("appConfigKey"),
                "type": names.get(str(item.get("appConfigKeyType")), item.get("appConfigKeyType")),
                "secret_value" if item.get("appConfigKey") in secret else "value": (
                    # Graph does not say which values are secret: only what the task itself gives in plain is shown.
                    item.get("appConfigKeyValue") if item.get("appConfigKey") in plain else MASK
                ),
            }
            for item in sorted(value or [], key=lambda item: str(item.get("appConfigKey")))
        ]

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        names = {graph: option for option, graph in SETTING_TYPES.items()}
        return [
            {"key": item.get("appConfigKey"), "type": names.get(str(item.get("appConfigKeyType"))), "value": item.get("appConfigKeyValue")}
            for item in value or []
        ]


_PLIST = re.compile(r"<plist[^>]*>(.*)</plist>", re.DOTALL)


class _SettingsXml(Encoded):
    """encodedSettingXml: base64 of the bare <dict> of a property list [graph contract: 3]."""

    def __init__(self) -> None:
        super().__init__(parse_plist)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        document = _PLIST.search(str(value or ""))
        return super().encode(document.group(1).strip() if document else value, current, ids)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return self.text(value) if declared or not value else MASK

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return self.text(value)


def _value(item: Mapping[str, Any]) -> Any:
    return item["secret_value"] if item.get("secret_value") is not None else item.get("value", "")


def _settings_by_key(settings: Sequence[Mapping[str, Any]] | None) -> dict[Any, tuple[str, Any]]:
    return {
        item.get("appConfigKey"): (kind := str(item.get("appConfigKeyType")).lower(), _typed(kind, item.get("appConfigKeyValue"))) for item in settings or []
    }


def _typed(kind: str, value: Any) -> Any:
    """The meaning of a value: 1.0 and 1.00, True and true are the same."""
    try:
        if kind == "integertype":
            return int(value)
        if kind == "realtype":
            return float(value)
    except (TypeError, ValueError):
        return value
    return str(value).lower() if kind == "booleantype" else value


@dataclass(frozen=True)
class _Managed:
    """Managed properties of an Android app as the user declared them."""

    values: Mapping[str, Any]
    secret_keys: frozenset[str]
    product_id: str | None


class _ManagedProperties(Kind):
    """payloadJson: base64 of a managedConfiguration document of the Android Enterprise API [graph contract: 3]."""

    def encode(self, value: _Managed, current: Any, ids: ResolvedNames) -> Any:
        product_id = value.product_id or _document(current).get("productId") or ""
        return payload(value.values, product_id)

    def equal(self, desired: Any, current: Any) -> bool:
        return _comparable(properties_of(desired)) == _comparable(properties_of(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        plain = set(declared.values) - declared.secret_keys if isinstance(declared, _Managed) else set()
        return {key: item if key in plain else MASK for key, item in sorted(properties_of(value).items())}

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return properties_of(value)


def payload(values: Mapping[str, Any], product_id: str) -> str:
    document = {
        "kind": "androidenterprise#managedConfiguration",
        "productId": product_id,
        "managedProperty": [_property(key, item) for key, item in values.items()],
    }
    return base64.b64encode(json.dumps(document).encode()).decode()


def _property(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": key, "valueBool": value}
    if isinstance(value, int):
        return {"key": key, "valueInteger": value}
    if isinstance(value, Mapping):
        return {"key": key, "valueBundle": {"managedProperty": [_property(name, item) for name, item in value.items()]}}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, Mapping) for item in value):
            bundles = [{"managedProperty": [_property(name, inner) for name, inner in item.items()]} for item in value]
            return {"key": key, "valueBundleArray": bundles}
        return {"key": key, "valueStringArray": [scalar_text(item) for item in value]}
    return {"key": key, "valueString": "" if value is None else str(value)}


def _document(encoded: Any) -> dict[str, Any]:
    try:
        document = json.loads(Encoded.text(encoded) or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def properties_of(encoded: Any) -> dict[str, Any]:
    """Return the managed properties in a payloadJson as a plain mapping."""
    return _plain(_document(encoded))


def _plain(holder: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in holder.get("managedProperty") or []:
        form, value = next(((name, value) for name, value in item.items() if name.startswith("value")), ("", None))
        if form == "valueBundle":
            value = _plain(value or {})
        elif form == "valueBundleArray":
            value = [_plain(bundle or {}) for bundle in value or []]
        values[str(item.get("key"))] = value
    return values


def _comparable(value: Any) -> Any:
    """Numbers may come back as text or with a fraction of zero; Booleans stay what they are."""
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return ("bool", value) if isinstance(value, bool) else value


_IOS = ObjectType(
    "iosMobileAppConfiguration",
    "iOS app configuration",
    (Field("settings", "settings", _Settings()), Field("settings_xml", "encodedSettingXml", _SettingsXml())),
    section="ios",
)
_ANDROID = ObjectType(
    "androidManagedStoreAppConfiguration",
    "Android app configuration",
    (
        Field("managed_properties", "payloadJson", _ManagedProperties()),
        Field(
            "permission_actions",
            "permissionActions",
            ComplexList(Complex(Field("permission", "permission"), Field("action", "action", PERMISSION_ACTIONS)), ordered=False),
        ),
        Field("profile_applicability", "profileApplicability", PROFILE_APPLICABILITY, create_only=True),
        Field("connected_apps_enabled", "connectedAppsEnabled"),
        Field("package_id", "packageId", create_only=True),
    ),
    section="android",
    defaults={"profileApplicability": "default", "connectedAppsEnabled": False},
)


class AppConfig(Resource):
    noun = "app_config"
    title = "app configuration"
    path = "deviceAppManagement/mobileAppConfigurations"
    types = (_IOS, _ANDROID)
    common_fields = base_fields(SCOPE_TAG)
    assignable = APP_CONFIGURATION_ASSIGNMENTS
    reported = ("version", "createdDateTime", "lastModifiedDateTime")

    def validate(self, params: Params) -> None:
        ios, android = params.get("ios"), params.get("android") or {}
        if ios and ios.get("settings") is not None and ios.get("settings_xml") is not None:
            raise InvalidOptions("ios: settings and settings_xml exclude each other.")
        if ios and ios.get("settings_xml"):
            try:
                document = parse_plist(ios["settings_xml"])
            except ValueError as error:
                raise InvalidOptions(f"ios.settings_xml cannot be used: {error}.") from None
            if not isinstance(document, dict):
                raise InvalidOptions("ios.settings_xml must be a property list of a <dict>.")
        keys = [item["key"] for item in (ios or {}).get("settings") or []]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise InvalidOptions(f"ios.settings: listed more than once: {', '.join(twice)}.")
        for item in (ios or {}).get("settings") or []:
            _check_setting(item)
        both = sorted(set(android.get("managed_properties") or {}) & set(android.get("secret_managed_properties") or {}))
        if both:
            raise InvalidOptions(f"android: in managed_properties and in secret_managed_properties: {', '.join(both)}.")

    def prepare(self, params: Params) -> Params:
        prepared = dict(params)
        ios, android = params.get("ios"), params.get("android")
        if ios is not None:
            # Graph takes one of the two; the other is emptied when a configuration changes its form.
            other = {"settings": ("settings_xml", ""), "settings_xml": ("settings", [])}
            prepared["ios"] = {**ios, **{name: empty for given, (name, empty) in other.items() if ios.get(given) is not None}}
        if android is not None:
            plain, secret = android.get("managed_properties"), android.get("secret_managed_properties")
            package_id = product_id(android["package_id"]) if android.get("package_id") else None
            managed = None
            if plain is not None or secret is not None:
                managed = _Managed({**(plain or {}), **(secret or {})}, frozenset(secret or {}), package_id)
            prepared["android"] = {**android, "managed_properties": managed, "package_id": package_id}
        return prepared

    def wanted_type(self, params: Params) -> ObjectType | None:
        return next((known for known in self.types if params.get(known.section or "") is not None), None)

    def fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        # The portal does not let the targeted app be changed later [graph contract: 3].
        target = Field("target_apps", "targetedMobileApps", NamedReferences(app_kind(object_type)), create_only=True)
        return (*self.common_fields, target, *object_type.fields)

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        if object_type is None:
            raise InvalidOptions(f"{self.describe(params)} does not exist. To create it, give ios or android, and target_apps. Nothing was written.")
        if not params.get("target_apps"):
            raise InvalidOptions(f"{self.describe(params)} does not exist. To create it, these options are needed: target_apps. Nothing was written.")
        return super().check_creatable(object_type, params)

    def create_body(self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames) -> dict[str, Any]:
        body = super().create_body(object_type, params, {key: value for key, value in desired.items() if value != []}, ids)
        if object_type is _ANDROID and not (params.get("android") or {}).get("package_id"):
            body["packageId"] = self._package_of_target(params, ids)
            if body.get("payloadJson"):
                body["payloadJson"] = payload(properties_of(body["payloadJson"]), body["packageId"])
        return body

    def _package_of_target(self, params: Params, ids: ResolvedNames) -> str:
        """The configuration names its app twice: by object id, and by the product id of managed Google Play."""
        target = ids.objects[Reference(ANDROID_APP, str(params["target_apps"][0]))]
        package_id = target.get("appIdentifier") or target.get("packageId")
        if not package_id and not is_placeholder(str(target["id"])):
            raise InvalidOptions(f"The package id of app '{params['target_apps'][0]}' is not known to Graph: give android.package_id.")
        return product_id(str(package_id or ""))


def _check_setting(item: Mapping[str, Any]) -> None:
    if (item.get("value") is None) == (item.get("secret_value") is None):
        raise InvalidOptions(f"ios.settings: '{item['key']}' needs exactly one of value and secret_value.")
    if isinstance(_value(item), (dict, list)):
        raise InvalidOptions(f"ios.settings: the value of '{item['key']}' must be a single value; a list or dictionary needs settings_xml.")
    checks = {"integer": int, "real": float}
    kind, value = item.get("type") or "string", _value(item)
    try:
        if kind in checks:
            checks[kind](value)
        ok = kind != "boolean" or str(value).lower() in ("true", "false")
    except ValueError:
        ok = False
    if not ok:
        raise InvalidOptions(f"ios.settings: the value of '{item['key']}' is no {kind}.")


def product_id(package_id: str) -> str:
    """Return a package id in the form of managed Google Play: app:com.example."""
    return package_id if package_id.startswith("app:") or not package_id else f"app:{package_id}"


def app_kind(object_type: ObjectType) -> ReferenceKind:
    return ANDROID_APP if object_type.graph_type.startswith("android") else IOS_APP
