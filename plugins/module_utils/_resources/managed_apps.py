# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apps that a policy for managed apps is for: a list of them, or a group that Microsoft defines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine.errors import InvalidOptions
from .._engine.fields import Enum, EnumFlags, Field, FieldType
from .._engine.names import package_name
from .._engine.references import ResolvedNames
from .._engine.text_fields import BundleId, PackageName, Text
from .._graph.shapes import Shape

APP_GROUPS = Enum("selectedPublicApps", "allCoreMicrosoftApps", "allMicrosoftApps", "allApps")
MANAGEMENT_LEVELS = EnumFlags(
    "unspecified",
    "unmanaged",
    "mdm",
    "androidEnterprise",
    "androidEnterpriseDedicatedDevicesWithAzureAdSharedMode",
    "androidOpenSourceProjectUserAssociated",
    "androidOpenSourceProjectUserless",
)

# The option that names an app -> the type of identifier, its property and the form of it.
_IDENTIFIERS: dict[str, tuple[str, str, FieldType]] = {
    "bundle_id": ("iosMobileAppIdentifier", "bundleId", BundleId()),
    "package_id": ("androidMobileAppIdentifier", "packageId", PackageName()),
    "windows_app_id": ("windowsAppIdentifier", "windowsAppId", Text()),
}


_APPS: Shape = [{"mobileAppIdentifier": {"@odata.type": str, "bundleId": str, "packageId": str, "windowsAppId": str}}]


class ManagedApps(FieldType):
    """apps: a set of managedMobileApp, each with the identifier that its store knows it by."""

    shape = _APPS

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "dict", "options": {option: {"type": "str"} for option in _IDENTIFIERS}}

    def check(self, value: Any) -> None:
        if any(sum(item.get(option) is not None for option in _IDENTIFIERS) != 1 for item in value):
            raise ValueError(f"must name each app by exactly one of {', '.join(_IDENTIFIERS)}")
        for item in value:
            for option, (_type, _graph, form) in _IDENTIFIERS.items():
                if item.get(option) is not None:
                    form.check(item[option])

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        declared = [
            (option, form.encode(item[option], None, ids))
            for item in value
            for option, (_type, _graph, form) in _IDENTIFIERS.items()
            if item.get(option) is not None
        ]
        return [
            {
                "mobileAppIdentifier": {
                    "@odata.type": f"#microsoft.graph.{_IDENTIFIERS[option][0]}",
                    _IDENTIFIERS[option][1]: text,
                }
            }
            for option, text in dict.fromkeys(declared)
        ]

    def equal(self, desired: Any, current: Any) -> bool:
        return self._identifiers(desired) == self._identifiers(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        shown = [
            {
                option: form.show(identifier[graph], ids)
                for option, (_type, graph, form) in _IDENTIFIERS.items()
                if identifier.get(graph)
            }
            for identifier in _apps(value)
        ]
        return sorted((item for item in shown if item), key=lambda item: list(item.items()))

    def resent(self, value: Any) -> Any:
        return [{"mobileAppIdentifier": identifier} for identifier in _apps(value)]

    @staticmethod
    def _identifiers(value: Any) -> set[tuple[str, Any, bool]]:
        # macOS and iOS identifiers differ in their type only.
        return {
            (key, package_name(item) if key == "packageId" else item, "mac" in str(identifier.get("@odata.type")))
            for identifier in _apps(value)
            for key, item in identifier.items()
            if "@" not in key
        }


def _apps(value: Any) -> list[dict[str, Any]]:
    return [item.get("mobileAppIdentifier") or {} for item in value or []]


# An action replaces both; apps may be lost at create [graph facts: policies for managed apps].
APPS = Field("apps", "apps", ManagedApps(), action="targetApps", in_create=False, address="apps")
TARGETED_APPS = (
    APPS,
    Field("app_group_type", "appGroupType", APP_GROUPS, action="targetApps", in_create=False),
    Field("targeted_app_management_levels", "targetedAppManagementLevels", MANAGEMENT_LEVELS),
)
# What a new policy is for, unless the task declares another group.
DEFAULT_GROUP = {"appGroupType": "selectedPublicApps"}


def without_computed_apps(raw: dict[str, Any]) -> dict[str, Any]:
    """Leave out the apps that Graph lists for a group of apps: sent back, they would take the place of the group
    [graph facts: policies for managed apps].
    """
    if str(raw.get("appGroupType") or "selectedPublicApps").lower() != "selectedpublicapps":
        raw.pop("apps@odata.nextLink", None)
        raw["apps"] = []
    return raw


def check_apps(section: str, options: Mapping[str, Any]) -> None:
    """Refuse a list of apps beside a group of apps. Raises InvalidOptions."""
    if options.get("apps") and options.get("app_group_type") not in (None, "selected_public_apps"):
        raise InvalidOptions(
            f"{section}: apps are for app_group_type=selected_public_apps only, not for "
            f"{options['app_group_type']}. This task wrote nothing."
        )


def with_app_group(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the empty list that goes with a group of apps."""
    is_group = options.get("app_group_type") not in (None, "selected_public_apps")
    return {**options, "apps": []} if is_group else dict(options)


def has_apps(options: Mapping[str, Any]) -> bool:
    """Whether the options say for which apps a policy is."""
    return any(options.get(option) is not None for option in ("apps", "app_group_type"))


def check_app_group(title: str, section: str, predicted: Mapping[str, Any]) -> None:
    """A list of apps has no effect beside a group of apps, which only the user may end. Raises InvalidOptions."""
    group = APP_GROUPS.show(predicted.get("appGroupType"), ResolvedNames())
    if group not in (None, "selected_public_apps") and predicted.get("apps"):
        raise InvalidOptions(
            f"{title} is for {group}, and a list of apps has no effect beside it. Declare "
            f"{section}.app_group_type: selected_public_apps as well. This task wrote nothing."
        )
