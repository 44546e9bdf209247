#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_assignments
short_description: Manage the assignments of many Microsoft Intune apps in one task
version_added: 0.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Does for a list of apps what M(mobilesec.intune.intune_app) does for the assignments of one, in the order of the
    list.
  - The apps have to be in Intune. Nothing of them but their assignments is changed, and none is added or deleted.
  - All apps and all names in their assignments are looked up first, 20 with one request, so a list without a change
    takes a small part of the requests and of the waiting of a loop. Apps that have to change are then changed one after
    the other, as in a loop.
  - When an app is not there, or it is not clear which one is meant, or two entries of the list are one app, the task
    fails before anything is written, in check mode too. Any other failure does not keep the other apps from being done;
    the task fails at its end and says which ones it was.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
options:
  apps:
    description:
      - The apps with their assignments. Each app is declared once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the app (C(displayName)); upper and lower case matter. If several apps bear it, say more, or use
            O(apps[].id).
          - One of O(apps[].name), O(apps[].id), O(apps[].bundle_id) and O(apps[].package_id) is needed.
          - An app that bears another name but has the O(apps[].bundle_id) or O(apps[].package_id) is taken, and keeps
            its name.
        type: str
      id:
        description:
          - ID of the app (C(id)). What else is said of the app has to be true then, its name too.
        type: str
      type:
        description:
          - Type of the app. Needed only to tell apps of one name apart.
        type: str
        choices:
          - ios_store_app
          - android_store_app
          - android_managed_store_app
          - android_managed_store_web_app
          - ios_vpp_app
          - ios_lob_app
          - ios_ipad_os_web_clip
          - managed_ios_store_app
          - managed_ios_lob_app
          - android_lob_app
          - android_for_work_app
          - managed_android_store_app
          - managed_android_lob_app
          - mac_os_vpp_app
          - macos_lob_app
          - macos_dmg_app
          - macos_pkg_app
          - macos_web_clip
          - macos_office_suite_app
          - macos_microsoft_defender_app
          - macos_microsoft_edge_app
          - web_app
          - windows_web_app
          - office_suite_app
          - win32_lob_app
          - win_get_app
          - windows_app_x
          - windows_universal_app_x
          - windows_mobile_msi
          - windows_microsoft_edge_app
          - microsoft_store_for_business_app
      bundle_id:
        description:
          - Bundle ID of an iOS or macOS app (C(bundleId)), by which it can be found.
        type: str
      package_id:
        description:
          - Package name of an Android app (C(packageId)), such as V(com.example.app), by which it can be found.
          - An app of managed Google Play is found by it alone if O(apps[].type=android_managed_store_app).
        type: str
      assignments:
        description:
          - Who gets it. Assignments that are not listed here are left as they are, unless
            O(apps[].purge_assignments=true).
          - Of an assignment that is there for the same target, only what is given here is changed.
          - Using the name of a group needs the permission C(GroupMember.Read.All), that of a filter
            C(DeviceManagementConfiguration.Read.All).
        type: list
        elements: dict
        required: true
        suboptions:
          group:
            description:
              - Name or ID of a group. Exactly one of O(apps[].assignments[].group), O(apps[].assignments[].all_devices)
                and O(apps[].assignments[].all_users) is needed.
            type: str
          all_devices:
            description:
              - Target all devices (C(allDevicesAssignmentTarget)).
            type: bool
          all_users:
            description:
              - Target all licensed users (C(allLicensedUsersAssignmentTarget)).
            type: bool
          exclude:
            description:
              - Exclude the group in place of including it (C(exclusionGroupAssignmentTarget)). Takes neither a filter
                nor settings.
            type: bool
          filter:
            description:
              - Name or ID of an assignment filter (C(deviceAndAppManagementAssignmentFilterId)).
            type: str
          filter_mode:
            description:
              - Whether devices that fit the filter get it or do not get it
                (C(deviceAndAppManagementAssignmentFilterType)).
              - V(none) removes the filter of an assignment that is there.
              - A new assignment with a filter uses V(include).
            type: str
            choices: [include, exclude, none]
          state:
            description:
              - V(absent) removes the assignment of this target, and no other.
            type: str
            choices: [present, absent]
            default: present
          intent:
            description:
              - What the target gets (C(intent)).
            type: str
            choices: [required, available, available_without_enrollment, uninstall]
            default: required
          settings:
            description:
              - Settings of the assignment (C(settings)). Which of them an app takes depends on its type; one that it
                does not take is refused.
              - Of settings that are there, only what is given here is changed.
            type: dict
            suboptions:
              vpn_profile:
                description:
                  - Name or ID of the iOS VPN profile for the app's traffic, per-app VPN (C(vpnConfigurationId)).
                  - For iOS store, line-of-business and volume purchase apps.
                type: str
              is_removable:
                description:
                  - Whether the user can remove the app (C(isRemovable)). For iOS store, line-of-business and volume
                    purchase apps.
                type: bool
              prevent_managed_app_backup:
                description:
                  - Keep the app out of iCloud backups (C(preventManagedAppBackup)).
                  - For iOS store, line-of-business and volume purchase apps, and macOS volume purchase apps.
                type: bool
              uninstall_on_device_removal:
                description:
                  - Uninstall the app when the device leaves Intune (C(uninstallOnDeviceRemoval)).
                  - For iOS and macOS store, line-of-business and volume purchase apps.
                type: bool
              use_device_licensing:
                description:
                  - Use a device license in place of a user license (C(useDeviceLicensing)). For iOS and macOS volume
                    purchase apps.
                  - A new assignment with settings gets V(false).
                type: bool
              prevent_auto_app_update:
                description:
                  - Do not update the app by itself (C(preventAutoAppUpdate)). For iOS and macOS volume purchase apps.
                type: bool
              android_managed_store_app_track_ids:
                description:
                  - IDs of the tracks the app is installed from (C(androidManagedStoreAppTrackIds)). For managed Google
                    Play apps and web apps.
                  - The tracks that an app has are in C(app_tracks) of what the module returns.
                type: list
                elements: str
              auto_update_mode:
                description:
                  - When the app is updated (C(autoUpdateMode)). For managed Google Play apps and web apps.
                  - A new assignment with settings gets V(default).
                type: str
                choices: [default, postponed, priority]
              notifications:
                description:
                  - Notifications that the user sees (C(notifications)). For Win32 and Microsoft Store apps.
                  - A new assignment with settings gets V(show_all).
                type: str
                choices: [show_all, show_reboot, hide_all]
              delivery_optimization_priority:
                description:
                  - Priority of the download (C(deliveryOptimizationPriority)). For Win32 apps.
                  - A new assignment with settings gets V(not_configured).
                type: str
                choices: [not_configured, foreground]
              install_time_settings:
                description:
                  - When the app is available and has to be installed (C(installTimeSettings)). For Win32 and Microsoft
                    Store apps.
                type: dict
                suboptions:
                  use_local_time:
                    description:
                      - Take the times as those of the device and not as UTC (C(useLocalTime)). New settings get
                        V(false).
                    type: bool
                  start_date_time:
                    description:
                      - Time from which the app is available, such as V(2026-01-31T12:00:00Z) (C(startDateTime)). For
                        Win32 apps.
                    type: str
                  deadline_date_time:
                    description:
                      - Time by which the app has to be installed (C(deadlineDateTime)).
                    type: str
              restart_settings:
                description:
                  - How a restart after the installation is announced (C(restartSettings)). For Win32 and Microsoft
                    Store apps.
                type: dict
                suboptions:
                  grace_period_in_minutes:
                    description:
                      - Minutes until the device restarts (C(gracePeriodInMinutes)). New settings get V(1440).
                    type: int
                  countdown_display_before_restart_in_minutes:
                    description:
                      - Minutes before the restart in which a countdown is shown
                        (C(countdownDisplayBeforeRestartInMinutes)). New settings get V(15).
                    type: int
                  restart_notification_snooze_duration_in_minutes:
                    description:
                      - Minutes for which the user can put the notification off
                        (C(restartNotificationSnoozeDurationInMinutes)).
                    type: int
              use_device_context:
                description:
                  - Install the app for the device and not for the user (C(useDeviceContext)).
                  - For Windows AppX, universal AppX and Microsoft Store for Business apps.
                type: bool
      purge_assignments:
        description:
          - Make O(apps[].assignments) exact; what is not listed is removed, also filters of targets that are listed
            without one.
          - With an empty list, all assignments are removed.
          - Assignments that a policy set made are left to the policy set.
        type: bool
        default: false
      wait_timeout:
        description:
          - Seconds to wait until an app that was just added is published, since it cannot be assigned before.
        type: int
        default: 300
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementApps.ReadWrite.All) to change
    something; C(DeviceManagementConfiguration.Read.All) with a per-app VPN profile and with assignment filters;
    C(GroupMember.Read.All) with groups in assignments."
seealso:
  - module: mobilesec.intune.intune_app
  - module: mobilesec.intune.intune_groups
"""

EXAMPLES = r"""
- name: Who gets which app
  mobilesec.intune.intune_app_assignments:
    apps:
      - name: Harmony Mobile Protect
        type: ios_store_app
        assignments:
          - group: Harmony Mobile iOS
            settings:
              uninstall_on_device_removal: true
          - group: Kiosk devices
            exclude: true
      - type: android_managed_store_app
        package_id: com.lacoon.security.fox
        assignments:
          - group: Harmony Mobile Android
      - name: Microsoft Authenticator
        type: ios_vpp_app
        purge_assignments: true
        assignments:
          - group: All employees
            intent: available
            filter: Corporate only

- name: What would change if these apps were taken from everybody
  mobilesec.intune.intune_app_assignments:
    apps:
      - name: Microsoft Authenticator
        assignments: []
        purge_assignments: true
      - bundle_id: com.example.old
        assignments: []
        purge_assignments: true
  check_mode: true
  diff: true
"""

RETURN = r"""
apps:
  description: What M(mobilesec.intune.intune_app) returns for each app, in the order of the option.
  returned: when all apps were found
  type: list
  elements: dict
  sample:
    - changed: true
      id: 9711516a-f6f8-4953-ad1f-45920ef34dda
      app:
        id: 9711516a-f6f8-4953-ad1f-45920ef34dda
        name: Harmony Mobile Protect
        assignments: [{group: Harmony Mobile iOS, intent: required}]
  contains:
    changed:
      description: Whether assignments of the app were changed.
      returned: always
      type: bool
      sample: true
    id:
      description: ID of the app.
      returned: success
      type: str
      sample: 9711516a-f6f8-4953-ad1f-45920ef34dda
    app:
      description: The app, in the form of the options of M(mobilesec.intune.intune_app).
      returned: success
      type: dict
      sample:
        id: 9711516a-f6f8-4953-ad1f-45920ef34dda
        type: ios_store_app
        name: Harmony Mobile Protect
        assignments:
          - group: Harmony Mobile iOS
            intent: required
            settings:
              uninstall_on_device_removal: true
          - group: Kiosk devices
            exclude: true
            intent: required
    failed:
      description: V(true) for an app whose assignments could not be brought to their state.
      returned: when that is so
      type: bool
      sample: true
    msg:
      description: Why the app failed.
      returned: when it failed
      type: str
      sample: "Not found: group 'Harmony Mobile iOS'. Nothing was written."
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: when all apps were found
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import list_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_assignments import AssignedApp

NAMES = ("name", "id", "type", "bundle_id", "package_id", "wait_timeout", "assignments", "purge_assignments")
OPTIONS = {name: AssignedApp.argument_spec[name] for name in NAMES}
OPTIONS["assignments"] = {**OPTIONS["assignments"], "required": True}
MODULE = list_module(AssignedApp, "apps", OPTIONS, required_one_of=[("name", "id", "package_id", "bundle_id")])


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
