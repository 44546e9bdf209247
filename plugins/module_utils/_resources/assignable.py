# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Intune's resources take assignments: the entry type, the body key, the settings of each type of app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._engine.assignments import ALL_DEVICES, ALL_USERS, Assignable, excludes, odata_type, referred_ids
from .._engine.complex_fields import Complex
from .._engine.fields import BOOL, NUMBER, Enum, Field, StringSet, arguments
from .._engine.reference_fields import NamedReference
from .._engine.references import is_placeholder
from .._engine.resource import Params, Raw, Resource
from .._engine.time_fields import Moment
from .._graph.session import GraphSession
from .group_contents import Content, contents
from .reference_types import FILTER, GROUP, IOS_VPN_PROFILE


def _settings(graph_type: str, *fields: Field, **defaults: object) -> Complex:
    return Complex(*fields, odata_type=f"#microsoft.graph.{graph_type}", defaults=defaults)


_UNINSTALL = Field("uninstall_on_device_removal", "uninstallOnDeviceRemoval", BOOL)
_NO_BACKUP = Field("prevent_managed_app_backup", "preventManagedAppBackup", BOOL)
_DEVICE_LICENSE = Field("use_device_licensing", "useDeviceLicensing", BOOL)
_NO_AUTO_UPDATE = Field("prevent_auto_app_update", "preventAutoAppUpdate", BOOL)
_IOS = (
    Field("vpn_profile", "vpnConfigurationId", NamedReference(IOS_VPN_PROFILE)),
    Field("is_removable", "isRemovable", BOOL),
    _NO_BACKUP,
    _UNINSTALL,
)
_GOOGLE_PLAY = _settings(
    "androidManagedStoreAppAssignmentSettings",
    Field("android_managed_store_app_track_ids", "androidManagedStoreAppTrackIds", StringSet()),
    Field("auto_update_mode", "autoUpdateMode", Enum("default", "postponed", "priority")),
    autoUpdateMode="default",
)
_NOTIFICATIONS = Field("notifications", "notifications", Enum("showAll", "showReboot", "hideAll"))
_RESTART = (
    Field("grace_period_in_minutes", "gracePeriodInMinutes", NUMBER),
    Field("countdown_display_before_restart_in_minutes", "countdownDisplayBeforeRestartInMinutes", NUMBER),
    Field("restart_notification_snooze_duration_in_minutes", "restartNotificationSnoozeDurationInMinutes", NUMBER),
)
# What Graph has no null for; the values are the portal's.
_RESTART_DEFAULTS = {"gracePeriodInMinutes": 1440, "countdownDisplayBeforeRestartInMinutes": 15}
_LOCAL_TIME = Field("use_local_time", "useLocalTime", BOOL)
_DEADLINE = Field("deadline_date_time", "deadlineDateTime", Moment())
_WIN32 = _settings(
    "win32LobAppAssignmentSettings",
    _NOTIFICATIONS,
    Field("delivery_optimization_priority", "deliveryOptimizationPriority", Enum("notConfigured", "foreground")),
    Field(
        "install_time_settings",
        "installTimeSettings",
        Complex(
            _LOCAL_TIME,
            Field("start_date_time", "startDateTime", Moment()),
            _DEADLINE,
            defaults={"useLocalTime": False},
        ),
    ),
    Field("restart_settings", "restartSettings", Complex(*_RESTART, defaults=_RESTART_DEFAULTS)),
    notifications="showAll",
    deliveryOptimizationPriority="notConfigured",
)
_WIN_GET = _settings(
    "winGetAppAssignmentSettings",
    _NOTIFICATIONS,
    Field(
        "install_time_settings",
        "installTimeSettings",
        Complex(_LOCAL_TIME, _DEADLINE, defaults={"useLocalTime": False}),
    ),
    Field("restart_settings", "restartSettings", Complex(*_RESTART, defaults=_RESTART_DEFAULTS)),
    notifications="showAll",
)


def _device_context(graph_type: str) -> Complex:
    return _settings(graph_type, Field("use_device_context", "useDeviceContext", BOOL))


APP_ASSIGNMENTS = Assignable(
    group_type=GROUP,
    filter_type=FILTER,
    entry_type="#microsoft.graph.mobileAppAssignment",
    body_key="mobileAppAssignments",
    has_intent=True,
    settings={
        "iosStoreApp": _settings("iosStoreAppAssignmentSettings", *_IOS),
        "iosLobApp": _settings("iosLobAppAssignmentSettings", *_IOS),
        "iosVppApp": _settings(
            "iosVppAppAssignmentSettings", *_IOS, _DEVICE_LICENSE, _NO_AUTO_UPDATE, useDeviceLicensing=False
        ),
        "macOSLobApp": _settings("macOsLobAppAssignmentSettings", _UNINSTALL),
        "macOsVppApp": _settings(
            "macOsVppAppAssignmentSettings",
            _NO_BACKUP,
            _UNINSTALL,
            _DEVICE_LICENSE,
            _NO_AUTO_UPDATE,
            useDeviceLicensing=False,
        ),
        "androidManagedStoreApp": _GOOGLE_PLAY,
        "androidManagedStoreWebApp": _GOOGLE_PLAY,
        "win32LobApp": _WIN32,
        "winGetApp": _WIN_GET,
        "windowsAppX": _device_context("windowsAppXAppAssignmentSettings"),
        "windowsUniversalAppX": _device_context("windowsUniversalAppXAppAssignmentSettings"),
        "microsoftStoreForBusinessApp": _device_context("microsoftStoreForBusinessAppAssignmentSettings"),
    },
)


def app_settings_arguments() -> dict[str, Any]:
    """Return the argument spec of an app assignment's settings: what any type of app takes."""
    spec: dict[str, Any] = {}
    for form in APP_ASSIGNMENTS.settings.values():
        for option, argument in arguments(form.fields).items():
            nested = {**spec.get(option, {}).get("options", {}), **argument.get("options", {})}
            spec[option] = {**argument, "options": nested} if nested else argument
    return spec


# Assignments of policies for managed apps, which are for users only.
_MANAGED_APP = "#microsoft.graph.targetedManagedAppPolicyAssignment"
DEVICE_CONFIGURATION_ASSIGNMENTS = Assignable(GROUP, FILTER, "#microsoft.graph.deviceConfigurationAssignment")
APP_CONFIGURATION_ASSIGNMENTS = Assignable(
    GROUP,
    FILTER,
    "#microsoft.graph.managedDeviceMobileAppConfigurationAssignment",
    {"targetedManagedAppConfiguration": _MANAGED_APP},
)
COMPLIANCE_ASSIGNMENTS = Assignable(GROUP, FILTER, "#microsoft.graph.deviceCompliancePolicyAssignment")
APP_PROTECTION_ASSIGNMENTS = Assignable(
    GROUP,
    FILTER,
    _MANAGED_APP,
    {f"{platform}ManagedAppProtection": _MANAGED_APP for platform in ("ios", "android", "windows")},
)


class AssignedResource(Resource):
    def advice_on_assignments(self, session: GraphSession, entries: Sequence[Raw], params: Params) -> list[str]:
        """An exclusion works among users or among devices: Intune does not look at who uses a device.

        https://learn.microsoft.com/intune/intune-service/apps/apps-inc-exl-assignments
        """
        excluding = [entry for entry in entries if excludes(entry)]
        including = [entry for entry in entries if not excludes(entry)]
        if not (excluding and including):
            return []
        groups = [*group_ids(excluding), *group_ids(including)]
        content_of = dict(zip(groups, contents(session, groups)))
        included = [content_of[group] for group in group_ids(including)] + _everybody(including)
        return [
            f"{self.describe(params)}: '{excluded.name}' is a group of {_members(excluded)} that is excluded from "
            f"'{each.name}', which is of {_members(each)}. Intune does not support that, and may not exclude anybody. "
            f"Exclude a group of {_members(each)}."
            for excluded in (content_of[group] for group in group_ids(excluding))
            for each in included
            if {_members(excluded), _members(each)} == {"devices", "users"}
        ]


def group_ids(entries: Sequence[Raw]) -> list[str]:
    """Return the groups of assignments, without those that check mode stands in for."""
    return [group for group in sorted(referred_ids(entries)[0]) if not is_placeholder(group)]


def _everybody(entries: Sequence[Raw]) -> list[Content]:
    """Return the targets that are no groups."""
    targets = {odata_type(entry["target"]) for entry in entries}
    devices = [Content("all devices", True, False)] if ALL_DEVICES in targets else []
    return [*devices, *([Content("all users", False, True)] if ALL_USERS in targets else [])]


def _members(group: Content) -> str:
    """Return what a group consists of."""
    if group.has_devices == group.has_users:
        return "both" if group.has_users else "nothing"
    return "devices" if group.has_devices else "users"
