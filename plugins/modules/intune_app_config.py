#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_config
short_description: Manage app configurations for managed devices in Microsoft Intune
version_added: 0.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns app configurations, which hand settings to an app on enrolled iOS and Android devices.
  - App configurations for managed apps, which need no enrolled device, are not managed by this module.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.resource.recreate
  - mobilesec.intune.assignments
options:
  target_apps:
    description:
      - The apps that are configured (C(targetedMobileApps)), each as name or object ID. An iOS app may also be written as bundle ID,
        a managed Google Play app as package name. The apps must be in Intune already.
      - Needed to create a configuration; cannot be changed afterwards.
    type: list
    elements: str
  ios:
    description:
      - Settings of an iOS or iPadOS app. One of this and O(android) is needed to create a configuration; it decides the type, which cannot be
        changed afterwards.
      - Of configurations with the same name, only those of the type that is given are looked at.
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
            description:
              - Name of the setting, as the app's vendor gives it (C(appConfigKey)). Each may be given once.
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
              - The value (C(appConfigKeyValue)). Numbers and Booleans may be written as such; Microsoft Graph keeps all values as text.
              - It must fit O(ios.settings[].type), and is compared by its meaning, so that V(1.0) and V(1.00) are the same V(real) value.
              - Exactly one of O(ios.settings[].value) and O(ios.settings[].secret_value) is needed.
            type: raw
          secret_value:
            description:
              - The value, masked in output, logs and differences. Intune shows it to everyone who may read the configuration.
            type: str
      settings_xml:
        description:
          - The settings as a property list, either whole or only its C(<dict>) element (C(encodedSettingXml)).
          - Two property lists that mean the same count as the same.
          - Excludes O(ios.settings), and replaces them if the configuration had such.
        type: str
  android:
    description:
      - Settings of a managed Google Play app. One of this and O(ios) is needed to create a configuration.
    type: dict
    suboptions:
      managed_properties:
        description:
          - The settings, as the app's vendor names them (part of C(payloadJson)).
          - A Boolean, an integer and a text are sent as V(valueBool), V(valueInteger) and V(valueString), a list as V(valueStringArray),
            a dictionary as V(valueBundle), and a list of dictionaries as V(valueBundleArray).
          - Together with O(android.secret_managed_properties) the settings are complete; what is in neither is removed.
        type: dict
      secret_managed_properties:
        description:
          - Further settings, whose values are masked in output, logs and differences. A setting may not be in both.
          - Intune shows them to everyone who may read the configuration.
        type: dict
      permission_actions:
        description:
          - How the app gets permissions of Android (C(permissionActions)). The list is complete; what is not in it is removed.
        type: list
        elements: dict
        suboptions:
          permission:
            description:
              - Name of the permission, such as V(android.permission.READ_CONTACTS) (C(permission)).
            type: str
            required: true
          action:
            description:
              - Whether the user is asked, or the permission is granted or denied without asking (C(action)).
            type: str
            required: true
            choices: [prompt, auto_grant, auto_deny]
      profile_applicability:
        description:
          - The kind of Android management the configuration is for (C(profileApplicability)). V(default) is for all kinds.
          - A new configuration gets V(default); it cannot be changed afterwards.
        type: str
        choices: [default, android_work_profile, android_device_owner]
      connected_apps_enabled:
        description:
          - Let the app in the work profile connect to the same app in the personal profile (C(connectedAppsEnabled)).
          - A new configuration gets V(false).
        type: bool
      package_id:
        description:
          - Package name of the app (C(packageId)), with or without the prefix C(app:) that Microsoft Graph gives it.
          - Taken from the first of O(target_apps) if not given; cannot be changed afterwards.
        type: str
notes:
  - "Application permissions: C(DeviceManagementApps.ReadWrite.All), or C(DeviceManagementApps.Read.All) for check mode."
  - Microsoft Graph does not say which values of a configuration are secret. Only values that the task itself gives in plain are shown
    in results and diffs, all others are masked.
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

- name: No such configuration
  mobilesec.intune.intune_app_config:
    name: Example app for Android
    state: absent
"""

RETURN = r"""
app_config:
  description: The app configuration, in the form of the module's options, secrets masked. After deletion, the configuration as it was.
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

from ansible_collections.mobilesec.intune.plugins.module_utils.interface import (
    assignment_options,
    recreate_option,
    resource_module,
    resource_options,
    scope_tag_options,
)
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.app_config import (
    PERMISSION_ACTIONS,
    PROFILE_APPLICABILITY,
    SETTING_TYPES,
    AppConfig,
)

SETTING = {
    # The name of a setting, not a secret.
    "key": {"type": "str", "required": True, "no_log": False},
    "type": {"type": "str", "choices": list(SETTING_TYPES), "default": "string"},
    "value": {"type": "raw"},
    "secret_value": {"type": "str", "no_log": True},
}
IOS = {
    "settings": {"type": "list", "elements": "dict", "options": SETTING},
    "settings_xml": {"type": "str"},
}
PERMISSION_ACTION = {
    "permission": {"type": "str", "required": True},
    "action": {"type": "str", "required": True, "choices": PERMISSION_ACTIONS.choices},
}
ANDROID = {
    "managed_properties": {"type": "dict"},
    "secret_managed_properties": {"type": "dict", "no_log": True},
    "permission_actions": {"type": "list", "elements": "dict", "options": PERMISSION_ACTION},
    "profile_applicability": {"type": "str", "choices": PROFILE_APPLICABILITY.choices},
    "connected_apps_enabled": {"type": "bool"},
    "package_id": {"type": "str"},
}
OPTIONS = {
    **resource_options(),
    **scope_tag_options(),
    **recreate_option(),
    **assignment_options(),
    "target_apps": {"type": "list", "elements": "str"},
    "ios": {"type": "dict", "options": IOS, "mutually_exclusive": [("settings", "settings_xml")]},
    "android": {"type": "dict", "options": ANDROID},
}
MODULE = resource_module(AppConfig, OPTIONS, required_one_of=[("name", "id")], mutually_exclusive=[("ios", "android")])


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
