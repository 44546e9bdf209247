#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_config
short_description: Manage app configurations in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns app configurations, which hand settings to an app.
  - There are two channels. Managed devices, that is, enrolled iOS and Android devices, get their configuration through
    the operating system; see O(ios), O(android) and O(android_for_work). Managed apps, which use Intune's SDK, get
    theirs without an enrolled device; see O(managed_apps).
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.resource.recreate
  - mobilesec.intune.assignments
options:
  target_apps:
    description:
      - The apps that are configured (C(targetedMobileApps)), each as name or object ID. An iOS app may also be written
        as bundle ID, a managed Google Play app as package name. The apps must be in Intune already.
      - Needed to create a configuration for managed devices; cannot be changed afterwards. Not for managed apps, see
        O(managed_apps.apps).
    type: list
    elements: str
  ios:
    description:
      - Settings of an iOS or iPadOS app on managed devices.
      - One of this, O(android), O(android_for_work) and O(managed_apps) is needed to create a configuration; it decides
        the type, which cannot be changed afterwards.
      - Of configurations with the same name, only those of the declared type are looked at.
    type: dict
    suboptions:
      settings:
        description:
          - The settings as a list of keys and values (C(settings)). The list is complete; what is not in it is removed.
          - Excludes O(ios.settings_xml), and replaces it if the configuration had one.
        type: list
        elements: dict
        suboptions:
          key:
            description: Name of the setting, as the app's vendor gives it (C(appConfigKey)). Each may be declared once.
            type: str
            required: true
          type:
            description:
              - Type in which the app receives the value (C(appConfigKeyType)).
              - V(token) is for values that Intune fills in for each user or device, such as V({{deviceid}}).
            type: str
            choices: [string, integer, real, boolean, token]
            default: string
          value:
            description:
              - The value (C(appConfigKeyValue)). Numbers and Booleans may be written as such; Microsoft Graph keeps all
                values as text.
              - It must fit O(ios.settings[].type), and is compared by its meaning, so that V(1.0) and V(1.00) are the
                same V(real) value.
              - Exactly one of O(ios.settings[].value) and O(ios.settings[].secret_value) is needed.
            type: raw
          secret_value:
            description: The value, masked in output, logs and differences of this module. Intune shows it to everyone
              who may read the configuration, so M(mobilesec.intune.intune_app_config_info) and
              M(mobilesec.intune.intune_export) show it in plain text.
            type: str
      settings_xml:
        description:
          - The settings as a property list, either whole or only its C(<dict>) element (C(encodedSettingXml)).
          - Two property lists that mean the same count as the same.
          - Excludes O(ios.settings), and replaces them if the configuration had such.
        type: str
  android:
    description: Settings of a managed Google Play app on managed devices.
    type: dict
    suboptions:
      managed_properties: &managed_properties
        description:
          - The settings, as the app's vendor names them (part of C(payloadJson)).
          - A Boolean, an integer and a text are sent as V(valueBool), V(valueInteger) and V(valueString), a list as
            V(valueStringArray), a dictionary as V(valueBundle), and a list of dictionaries as V(valueBundleArray).
          - Together with C(secret_managed_properties) the settings are complete; what is in neither is removed.
        type: dict
      secret_managed_properties: &secret_managed_properties
        description:
          - Further settings, whose values are masked in output, logs and differences. A setting may not be in both.
          - Intune shows them to everyone who may read the configuration.
        type: dict
      permission_actions: &permission_actions
        description: How the app gets permissions of Android (C(permissionActions)). The list is complete; what is not
          in it is removed.
        type: list
        elements: dict
        suboptions:
          permission:
            description: Name of the permission, such as V(android.permission.READ_CONTACTS) (C(permission)).
            type: str
            required: true
          action:
            description: Whether the user is asked, or the permission is granted or denied without asking (C(action)).
            type: str
            required: true
            choices: [prompt, auto_grant, auto_deny]
      profile_applicability: &profile_applicability
        description:
          - The Android management that the configuration is for (C(profileApplicability)). V(default) is for every
            one.
          - A new configuration gets V(default); it cannot be changed afterwards.
        type: str
        choices: [default, android_work_profile, android_device_owner]
      connected_apps_enabled: &connected_apps_enabled
        description:
          - Let the app in the work profile connect to the same app in the personal profile (C(connectedAppsEnabled)).
          - A new configuration gets V(false).
        type: bool
      credential_provider_role_state: &credential_provider_role_state
        description: Whether the app may fill in passwords, as a credential provider of Android
          (C(credentialProviderRoleState)).
        type: str
        choices: [not_configured, allowed]
      package_id: &package_id
        description:
          - Package name of the app (C(packageId)), with or without the prefix C(app:) that Microsoft Graph gives it.
          - By default, it is taken from the first of O(target_apps). It cannot be changed afterwards.
        type: str
  android_for_work:
    description: Settings of an app in the older form of Android for Work (C(androidForWorkMobileAppConfiguration)),
      which Intune still has for tenants that created such configurations. Use O(android) for new ones.
    type: dict
    suboptions:
      managed_properties: *managed_properties
      secret_managed_properties: *secret_managed_properties
      permission_actions: *permission_actions
      profile_applicability: *profile_applicability
      connected_apps_enabled: *connected_apps_enabled
      credential_provider_role_state: *credential_provider_role_state
      package_id: *package_id
  managed_apps:
    description:
      - Settings of managed apps, which need no enrolled device (C(targetedManagedAppConfiguration)).
      - Its assignments are to groups of users, or to all users.
    type: dict
    suboptions:
      apps:
        description:
          - The apps that are configured (C(apps)), each by exactly one of the identifiers. They need not be in Intune.
          - The list is complete; what is not in it is removed. This or O(managed_apps.app_group_type) is needed to
            create a configuration.
        type: list
        elements: dict
        suboptions:
          bundle_id:
            description: Bundle ID of an iOS app, such as V(com.example.app) (C(bundleId)).
            type: str
          package_id:
            description: Package name of an Android app, such as V(com.example.app) (C(packageId)).
            type: str
          windows_app_id:
            description: ID of a Windows app (C(windowsAppId)).
            type: str
      app_group_type:
        description:
          - Whether the apps of the list, or a group of apps that Microsoft defines, is configured (C(appGroupType)).
          - A new configuration is for V(selected_public_apps) unless you declare another group. An existing one keeps
            its group, and O(managed_apps.apps) beside another group is refused.
        type: str
        choices: [selected_public_apps, all_core_microsoft_apps, all_microsoft_apps, all_apps]
      targeted_app_management_levels:
        description: The type of device on which the apps are configured (C(targetedAppManagementLevels)). A new
          configuration gets V(unspecified), which is any.
        type: list
        elements: str
        choices:
          - unspecified
          - unmanaged
          - mdm
          - android_enterprise
          - android_enterprise_dedicated_devices_with_azure_ad_shared_mode
          - android_open_source_project_user_associated
          - android_open_source_project_userless
      custom_settings:
        description:
          - Names and values, as the app's vendor gives them (C(customSettings)). Microsoft Graph keeps all values as
            text.
          - Together with O(managed_apps.secret_custom_settings) the settings are complete; what is in neither is
            removed.
        type: dict
      secret_custom_settings:
        description:
          - Further settings, whose values are masked in output, logs and differences. A setting may not be in both.
          - Intune shows them to everyone who may read the configuration.
        type: dict
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementApps.ReadWrite.All) to change
    something; C(GroupMember.Read.All) with groups in assignments; C(DeviceManagementConfiguration.Read.All) with
    assignment filters and with scope tags."
  - Microsoft Graph does not show which values of a configuration are secret. Only values that the task declares in
    plain are shown in results and diffs, all others are masked.
seealso:
  - module: mobilesec.intune.intune_app
  - module: mobilesec.intune.intune_group
"""

EXAMPLES = r"""
- name: Tell the iOS app which service manages the device
  mobilesec.intune.intune_app_config:
    name: Harmony Mobile iOS
    target_apps: [Harmony Mobile Protect]
    ios:
      settings:
        - key: MDM
          value: INTUNE
    assignments:
      - group: Harmony Mobile iOS

- name: The same as a property list
  mobilesec.intune.intune_app_config:
    name: Harmony Mobile iOS
    target_apps: [Harmony Mobile Protect]
    ios:
      settings_xml: |
        <dict>
          <key>MDM</key>
          <string>INTUNE</string>
        </dict>

- name: Values that Intune fills in, and one that is secret
  mobilesec.intune.intune_app_config:
    name: Example app
    target_apps: [com.example.app]
    ios:
      settings:
        - key: device
          type: token
          value: !unsafe '{{deviceid}}'
        - key: interval
          type: integer
          value: 60
        - key: enrollment_code
          secret_value: "{{ enrollment_code }}"

- name: Configure an Android app and grant it a permission
  mobilesec.intune.intune_app_config:
    name: Example app for Android
    target_apps: [com.example.app]
    android:
      managed_properties:
        server: mdm.contoso.example
        interval: 60
        use_proxy: false
      secret_managed_properties:
        enrollment_code: "{{ enrollment_code }}"
      permission_actions:
        - permission: android.permission.ACCESS_FINE_LOCATION
          action: auto_grant
      profile_applicability: android_work_profile
    assignments:
      - group: Harmony Mobile Android

- name: Configure an app of users whose devices are not enrolled
  mobilesec.intune.intune_app_config:
    name: Example app without enrollment
    managed_apps:
      apps:
        - bundle_id: com.example.app
        - package_id: com.example.app
      targeted_app_management_levels: [unmanaged]
      custom_settings:
        server: mdm.contoso.example
        use_proxy: false
      secret_custom_settings:
        enrollment_code: "{{ enrollment_code }}"
    assignments:
      - group: Bring your own device

- name: No such configuration
  mobilesec.intune.intune_app_config:
    name: Example app for Android
    state: absent
"""

RETURN = r"""
app_config:
  description: The app configuration, in the form of the module's options, secrets masked. After deletion, the
    configuration as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 8cf5a04d-9f6e-4fb8-8f2c-3dd0f9ab2f4c
    type: ios_mobile_app_configuration
    name: Harmony Mobile iOS
    description: ''
    scope_tags: ["0"]
    target_apps: [Harmony Mobile Protect]
    ios:
      settings:
        - key: MDM
          type: string
          value: INTUNE
      settings_xml: null
    version: 1
    created_date_time: '2026-11-24T08:00:00Z'
    last_modified_date_time: '2026-11-24T08:00:00Z'
    assignments:
      - group: Harmony Mobile iOS
id:
  description: ID of the app configuration; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 8cf5a04d-9f6e-4fb8-8f2c-3dd0f9ab2f4c
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_config import AppConfig

MODULE = resource_module(AppConfig)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
