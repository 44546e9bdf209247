# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assignments: who gets an app, configuration or profile."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  assignments:
    description:
      - Who gets it. Assignments that are not listed here are left as they are, unless O(purge_assignments=true).
      - Of an existing assignment for the same target, only the options that you declare here are changed.
      - Using the name of a group needs the permission C(GroupMember.Read.All), that of a filter
        C(DeviceManagementConfiguration.Read.All).
    type: list
    elements: dict
    suboptions:
      group:
        description: Name or ID of a group. Exactly one of O(assignments[].group), O(assignments[].all_devices),
          O(assignments[].all_users) is needed.
        type: str
      all_devices:
        description: Target all devices (C(allDevicesAssignmentTarget)).
        type: bool
      all_users:
        description: Target all licensed users (C(allLicensedUsersAssignmentTarget)).
        type: bool
      exclude:
        description: Exclude the group instead of including it (C(exclusionGroupAssignmentTarget)). Takes neither a
          filter nor settings.
        type: bool
      filter:
        description: Name or ID of an assignment filter (C(deviceAndAppManagementAssignmentFilterId)).
        type: str
      filter_mode:
        description:
          - Whether devices that match the filter get it, or all others
            (C(deviceAndAppManagementAssignmentFilterType)).
          - V(none) removes the filter of an existing assignment.
          - A new assignment with a filter uses V(include).
        type: str
        choices: [include, exclude, none]
      state:
        description: V(absent) removes the assignment of this target, and no other.
        type: str
        choices: [present, absent]
        default: present

  purge_assignments:
    description:
      - Make O(assignments) exact; what is not listed is removed, also filters of targets that are listed without one.
      - An empty list is refused, unless O(allow_empty=true).
      - Assignments that a policy set created are left to the policy set.
    type: bool
    default: false
  allow_empty:
    description: Let an empty O(assignments) with O(purge_assignments=true) remove all assignments.
    type: bool
    default: false
"""

    # The same, with what only apps have; a fragment has to stand here as one literal.
    APPS = r"""
options:
  assignments:
    description:
      - Who gets it. Assignments that are not listed here are left as they are, unless O(purge_assignments=true).
      - Of an existing assignment for the same target, only the options that you declare here are changed.
      - Using the name of a group needs the permission C(GroupMember.Read.All), that of a filter
        C(DeviceManagementConfiguration.Read.All).
    type: list
    elements: dict
    suboptions:
      group:
        description: Name or ID of a group. Exactly one of O(assignments[].group), O(assignments[].all_devices),
          O(assignments[].all_users) is needed.
        type: str
      all_devices:
        description: Target all devices (C(allDevicesAssignmentTarget)).
        type: bool
      all_users:
        description: Target all licensed users (C(allLicensedUsersAssignmentTarget)).
        type: bool
      exclude:
        description: Exclude the group instead of including it (C(exclusionGroupAssignmentTarget)). Takes neither a
          filter nor settings.
        type: bool
      filter:
        description: Name or ID of an assignment filter (C(deviceAndAppManagementAssignmentFilterId)).
        type: str
      filter_mode:
        description:
          - Whether devices that match the filter get it, or all others
            (C(deviceAndAppManagementAssignmentFilterType)).
          - V(none) removes the filter of an existing assignment.
          - A new assignment with a filter uses V(include).
        type: str
        choices: [include, exclude, none]
      state:
        description: V(absent) removes the assignment of this target, and no other.
        type: str
        choices: [present, absent]
        default: present

      intent:
        description:
          - What the target gets (C(intent)).
          - A new assignment is V(required) unless you declare another intent, and a new exclusion has the intent of the
            inclusions. An existing assignment keeps its intent.
        type: str
        choices: [required, available, available_without_enrollment, uninstall]
      settings:
        description:
          - Settings of the assignment (C(settings)). Which of them an app takes depends on its type; one that it does
            not take is refused.
          - Of existing settings, only those that you declare here are changed.
        type: dict
        suboptions:
          vpn_profile:
            description:
              - Name or ID of the iOS VPN profile for the app's traffic, per-app VPN (C(vpnConfigurationId)).
              - For iOS store, line-of-business and volume purchase apps.
            type: str
          is_removable:
            description: Whether the user can remove the app (C(isRemovable)). For iOS store, line-of-business and
              volume purchase apps, with the intent V(required).
            type: bool
          prevent_managed_app_backup:
            description:
              - Keep the app out of iCloud backups (C(preventManagedAppBackup)).
              - For iOS store, line-of-business and volume purchase apps, and macOS volume purchase apps; not with the
                intent V(uninstall).
            type: bool
          uninstall_on_device_removal:
            description:
              - Uninstall the app when the device leaves Intune (C(uninstallOnDeviceRemoval)).
              - For iOS and macOS store, line-of-business and volume purchase apps; not with the intent V(uninstall).
            type: bool
          use_device_licensing:
            description:
              - Use a device license instead of a user license (C(useDeviceLicensing)). For iOS and macOS volume
                purchase apps.
              - A new assignment with settings gets V(false).
            type: bool
          prevent_auto_app_update:
            description: Do not update the app by itself (C(preventAutoAppUpdate)). For iOS and macOS volume purchase
              apps.
            type: bool
          android_managed_store_app_track_ids:
            description:
              - IDs of the tracks the app is installed from (C(androidManagedStoreAppTrackIds)). For managed Google Play
                apps and web apps.
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
            description: When the app is available and has to be installed (C(installTimeSettings)). For Win32 and
              Microsoft Store apps.
            type: dict
            suboptions:
              use_local_time:
                description: Take the times as those of the device and not as UTC (C(useLocalTime)). New settings get
                  V(false).
                type: bool
              start_date_time:
                description: Time from which the app is available, such as V(2026-01-31T12:00:00Z) (C(startDateTime)).
                  For Win32 apps.
                type: str
              deadline_date_time:
                description: Time by which the app has to be installed (C(deadlineDateTime)).
                type: str
          restart_settings:
            description: How a restart after the installation is announced (C(restartSettings)). For Win32 and Microsoft
              Store apps.
            type: dict
            suboptions:
              grace_period_in_minutes:
                description: Minutes until the device restarts (C(gracePeriodInMinutes)). New settings get V(1440).
                type: int
              countdown_display_before_restart_in_minutes:
                description: Minutes before the restart in which a countdown is shown
                  (C(countdownDisplayBeforeRestartInMinutes)). New settings get V(15).
                type: int
              restart_notification_snooze_duration_in_minutes:
                description: Minutes for which the user can put the notification off
                  (C(restartNotificationSnoozeDurationInMinutes)).
                type: int
          use_device_context:
            description:
              - Install the app for the device and not for the user (C(useDeviceContext)).
              - For Windows AppX, universal AppX and Microsoft Store for Business apps.
            type: bool
  purge_assignments:
    description:
      - Make O(assignments) exact; what is not listed is removed, also filters of targets that are listed without one.
      - An empty list is refused, unless O(allow_empty=true).
      - Assignments that a policy set created are left to the policy set.
    type: bool
    default: false
  allow_empty:
    description: Let an empty O(assignments) with O(purge_assignments=true) remove all assignments.
    type: bool
    default: false
"""
