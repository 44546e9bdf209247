# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Intune's resources take assignments: the entry type, the body key, the settings of each type of app."""

from __future__ import annotations

from ..reconcile.assignments import Assignable
from ..reconcile.fields import Complex, Enum, Field, NamedReference, StringSet
from .kinds import FILTER, GROUP, IOS_VPN_PROFILE

_IOS = (
    Field("vpn_profile", "vpnConfigurationId", NamedReference(IOS_VPN_PROFILE)),
    Field("is_removable", "isRemovable"),
    Field("prevent_managed_app_backup", "preventManagedAppBackup"),
    Field("uninstall_on_device_removal", "uninstallOnDeviceRemoval"),
)

AUTO_UPDATE_MODE = Enum("default", "postponed", "priority")


def _settings(graph_type: str, *fields: Field, **defaults: object) -> Complex:
    return Complex(*fields, odata_type=f"#microsoft.graph.{graph_type}", defaults=defaults)


APP_ASSIGNMENTS = Assignable(
    group_kind=GROUP,
    filter_kind=FILTER,
    entry_type="#microsoft.graph.mobileAppAssignment",
    body_key="mobileAppAssignments",
    has_intent=True,
    settings={
        "iosStoreApp": _settings("iosStoreAppAssignmentSettings", *_IOS),
        "iosVppApp": _settings(
            "iosVppAppAssignmentSettings",
            *_IOS,
            Field("use_device_licensing", "useDeviceLicensing"),
            Field("prevent_auto_app_update", "preventAutoAppUpdate"),
            useDeviceLicensing=False,
        ),
        "androidManagedStoreApp": _settings(
            "androidManagedStoreAppAssignmentSettings",
            Field("android_managed_store_app_track_ids", "androidManagedStoreAppTrackIds", StringSet()),
            Field("auto_update_mode", "autoUpdateMode", AUTO_UPDATE_MODE),
            autoUpdateMode="default",
        ),
    },
)

DEVICE_CONFIGURATION_ASSIGNMENTS = Assignable(GROUP, FILTER, "#microsoft.graph.deviceConfigurationAssignment")
APP_CONFIGURATION_ASSIGNMENTS = Assignable(GROUP, FILTER, "#microsoft.graph.managedDeviceMobileAppConfigurationAssignment")
