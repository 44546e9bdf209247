# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App configuration through the two channels of Intune.

Managed devices get it from beta /deviceAppManagement/mobileAppConfigurations, managed apps, which need no enrolled
device, from beta /deviceAppManagement/targetedManagedAppConfigurations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from .._engine.complex_fields import Complex, ComplexList
from .._engine.errors import InvalidOptions
from .._engine.fields import SWITCH, Enum, Field
from .._engine.names import package_name
from .._engine.options import Spec, one_section, profile_options
from .._engine.reference_fields import NamedReferences
from .._engine.references import Reference, ReferenceType, ResolvedNames, is_placeholder
from .._engine.resource import ObjectType, Params, Raw, base_fields
from .._engine.text_fields import PackageName, Pattern
from .._graph.session import GraphSession
from .app_settings import (
    CustomSettings,
    ManagedProperties,
    Settings,
    SettingsXml,
    check_secret_options,
    document_of,
    payload,
    properties_of,
    sections_with_secrets,
    with_secrets,
)
from .assignable import APP_CONFIGURATION_ASSIGNMENTS, AssignedResource
from .managed_apps import (
    DEFAULT_GROUP,
    TARGETED_APPS,
    check_app_group,
    check_apps,
    has_apps,
    with_app_group,
    without_computed_apps,
)
from .reference_types import ANDROID_APP, ANDROID_FOR_WORK_APP, IOS_APP, SCOPE_TAG

PERMISSION_ACTIONS = Enum("prompt", "autoGrant", "autoDeny")
PROFILE_APPLICABILITY = Enum("default", "androidWorkProfile", "androidDeviceOwner", default="default")
CREDENTIAL_PROVIDER_ROLES = Enum("notConfigured", "allowed")


class _ProductId(PackageName):
    """The package name with the prefix of managed Google Play, as prepare() writes it."""

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return value

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return value


# https://developer.android.com/reference/android/Manifest.permission_group: the portal has groups, too.
_PERMISSION = Pattern(r"[A-Za-z]\w*(\.\w+(-group)?)+", "the name of a permission such as android.permission.CAMERA")


def _target(app_type: ReferenceType) -> tuple[Field, ...]:
    # The portal does not let the targeted app be changed later [graph facts: app configuration].
    return (Field("target_apps", "targetedMobileApps", NamedReferences(app_type), create_only=True),)


_IOS = ObjectType(
    "iosMobileAppConfiguration",
    "iOS app configuration",
    (Field("settings", "settings", Settings()), Field("settings_xml", "encodedSettingXml", SettingsXml())),
    section="ios",
    beside=_target(IOS_APP),
)
_ANDROID_FIELDS = (
    Field("managed_properties", "payloadJson", ManagedProperties()),
    Field(
        "permission_actions",
        "permissionActions",
        ComplexList(
            Complex(
                Field("permission", "permission", _PERMISSION, required=True),
                Field("action", "action", PERMISSION_ACTIONS, required=True),
            ),
            ordered=False,
            unique="permission",
        ),
    ),
    Field("profile_applicability", "profileApplicability", PROFILE_APPLICABILITY, create_only=True),
    Field("connected_apps_enabled", "connectedAppsEnabled", SWITCH),
    Field("credential_provider_role_state", "credentialProviderRoleState", CREDENTIAL_PROVIDER_ROLES),
    Field("package_id", "packageId", _ProductId(), create_only=True),
)
_ANDROID_DEFAULTS = {"profileApplicability": "default", "connectedAppsEnabled": False}
_ANDROID = ObjectType(
    "androidManagedStoreAppConfiguration",
    "Android app configuration",
    _ANDROID_FIELDS,
    "android",
    defaults=_ANDROID_DEFAULTS,
    beside=_target(ANDROID_APP),
)
_ANDROID_FOR_WORK = ObjectType(
    "androidForWorkMobileAppConfiguration",
    "Android for Work app configuration",
    _ANDROID_FIELDS,
    "android_for_work",
    defaults=_ANDROID_DEFAULTS,
    beside=_target(ANDROID_FOR_WORK_APP),
)
_OF_ANDROID = (_ANDROID, _ANDROID_FOR_WORK)
_MANAGED_APPS = ObjectType(
    "targetedManagedAppConfiguration",
    "app configuration for managed apps",
    (
        *TARGETED_APPS,
        Field("custom_settings", "customSettings", CustomSettings("name", "value")),
    ),
    section="managed_apps",
    defaults=DEFAULT_GROUP,
    path="deviceAppManagement/targetedManagedAppConfigurations",
    # Ids have a prefix: A_d5501407-... [graph facts: app configuration].
    has_prefixed_ids=True,
    expand="assignments,apps",
)


# Dictionaries that may hold secrets.
_MAY_HOLD_SECRETS = ("managed_properties", "custom_settings")


def _sections(types: Sequence[ObjectType]) -> Spec:
    sections = sections_with_secrets(types, _MAY_HOLD_SECRETS)
    sections["ios"]["mutually_exclusive"] = [("settings", "settings_xml")]
    return sections


class AppConfig(AssignedResource):
    singular = "app_config"
    plural = "app_configs"
    title = "app configuration"
    path = "deviceAppManagement/mobileAppConfigurations"
    types = (_IOS, _ANDROID, _ANDROID_FOR_WORK, _MANAGED_APPS)
    common_fields = base_fields(SCOPE_TAG)
    assignable = APP_CONFIGURATION_ASSIGNMENTS
    reported = ("version", "deployedAppCount", "isAssigned", "createdDateTime", "lastModifiedDateTime")

    always_set = ("app_group_type",)
    argument_spec: ClassVar[Spec] = {
        **profile_options(),
        "target_apps": {"type": "list", "elements": "str"},
        **_sections(types),
    }
    constraints: ClassVar[Spec] = one_section(types)

    # -- options ---------------------------------------------------------------------------------------------

    def validate(self, params: Params) -> None:
        for object_type in self.types:
            check_secret_options(str(object_type.section), object_type.options(params), _MAY_HOLD_SECRETS)
        check_apps("managed_apps", params.get("managed_apps") or {})
        if params.get("managed_apps") is not None and params.get("target_apps") is not None:
            raise InvalidOptions("target_apps is for managed devices; managed apps are named in managed_apps.apps.")

    def prepare(self, params: Params) -> Params:
        prepared = dict(params)
        ios = params.get("ios")
        if ios is not None:
            # Graph takes one of the two; the other is emptied when a configuration changes its form.
            other = {"settings": ("settings_xml", ""), "settings_xml": ("settings", [])}
            prepared["ios"] = {
                **ios,
                **{name: empty for declared, (name, empty) in other.items() if ios.get(declared) is not None},
            }
        for object_type in _OF_ANDROID:
            android = params.get(str(object_type.section))
            if android is not None:
                package_id = product_id(android["package_id"]) if android.get("package_id") else None
                prepared[str(object_type.section)] = {
                    **with_secrets(android, _MAY_HOLD_SECRETS, package_id),
                    "package_id": package_id,
                }
        managed = params.get("managed_apps")
        if managed is not None:
            prepared["managed_apps"] = with_app_group(with_secrets(managed, _MAY_HOLD_SECRETS))
        return prepared

    # -- reading ---------------------------------------------------------------------------------------------

    def typed(self, raw: dict[str, Any], collection: str) -> dict[str, Any]:
        typed = without_computed_apps(super().typed(raw, collection))
        # One form excludes the other in options; of a configuration that has both, one is shown.
        return {**typed, "settings": []} if typed.get("encodedSettingXml") and typed.get("settings") else typed

    # -- writing ---------------------------------------------------------------------------------------------

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        checked = super().check_creatable(object_type, params)
        needed = "target_apps"
        is_given = params.get("target_apps")
        if object_type is _MANAGED_APPS:
            needed = "managed_apps.apps or managed_apps.app_group_type"
            is_given = has_apps(params["managed_apps"])
        self.check_missing(params, [] if is_given else [needed])
        return checked

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        body = super().create_body(
            object_type, params, {key: value for key, value in desired.items() if value != []}, ids
        )
        if object_type not in _OF_ANDROID:
            return body
        of_target = self._package_of_target(object_type, params, ids)
        declared = (params.get(str(object_type.section)) or {}).get("package_id")
        if declared and of_target and declared != of_target:
            raise InvalidOptions(
                f"{object_type.section}.package_id is {package_name(declared)}, and the app "
                f"'{params['target_apps'][0]}' of target_apps is {package_name(of_target)}. This task wrote nothing."
            )
        body["packageId"] = declared or of_target or body.get("packageId", "")
        if body.get("payloadJson"):
            # The document names the app once more; one that is kept from a replaced configuration may name another.
            body["payloadJson"] = payload(properties_of(body["payloadJson"]), body["packageId"])
        return body

    def completed(self, current: Raw, desired: dict[str, Any], params: Params) -> dict[str, Any]:
        """The first managed properties of a configuration name the app that the configuration is for."""
        encoded, package_id = desired.get("payloadJson"), current.get("packageId")
        if encoded and package_id and not document_of(encoded).get("productId"):
            return {**desired, "payloadJson": payload(properties_of(encoded), product_id(str(package_id)))}
        return desired

    def check_change(self, session: GraphSession, current: Raw | None, predicted: Raw, params: Params) -> None:
        check_app_group(self.describe(params), "managed_apps", predicted)

    def _package_of_target(self, object_type: ObjectType, params: Params, ids: ResolvedNames) -> str:
        """The configuration names its app twice: by object id, and by the product id of managed Google Play.

        Empty for the app of a configuration that is replaced: nothing but its id was read then, and the product id is
        kept.
        """
        if not params.get("target_apps"):
            return ""
        app_type = ANDROID_FOR_WORK_APP if object_type is _ANDROID_FOR_WORK else ANDROID_APP
        target = ids.objects[Reference(app_type, str(params["target_apps"][0]))]
        package_id = target.get("appIdentifier") or target.get("packageId")
        declared = (params.get(str(object_type.section)) or {}).get("package_id")
        if not package_id and not declared and len(target) > 1 and not is_placeholder(str(target["id"])):
            raise InvalidOptions(
                f"The package id of app '{params['target_apps'][0]}' is not known to Graph: declare "
                f"{object_type.section}.package_id."
            )
        return product_id(str(package_id or ""))


def product_id(package_id: str) -> str:
    """Return a package id in the form of managed Google Play: app:com.example."""
    return package_id if package_id.startswith("app:") or not package_id else f"app:{package_id}"
