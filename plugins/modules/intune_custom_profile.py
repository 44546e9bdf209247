#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_custom_profile
short_description: Manage custom profiles in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns custom profiles, with which a vendor configures devices beyond Intune's own
    settings. They hold a configuration profile (C(.mobileconfig)) for Apple's devices, or OMA settings for Android.
  - A profile is for one platform. Its settings stand in the option that is called after the platform.
  - A configuration profile is compared by what it means. Results and differences show its keys, and only those values
    that describe it (C(Payload...)); all others are masked, since they may be secrets.
  - OEMConfig of Android Enterprise is an app configuration, see M(mobilesec.intune.intune_app_config).
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.resource.recreate
  - mobilesec.intune.resource.update_secrets
  - mobilesec.intune.resource.applicability
  - mobilesec.intune.assignments
options:
  ios:
    description:
      - A configuration profile for iOS and iPadOS (C(iosCustomConfiguration)).
      - One of this, O(macos), O(android_work_profile), O(android_for_work) and O(android) is needed to create a
        profile; it decides the type, which cannot be changed afterwards.
      - Of profiles with the same name, only those of the declared type are looked at.
    type: dict
    suboptions:
      payload: &payload
        description:
          - The configuration profile as the text of a property list, or a signed one as base64 (C(payload)).
          - Exactly one of this, C(payload_path) and C(secret_payload) is needed. Needed to create a profile.
          - Ansible shows this text with the invocation of the module. For a profile with secrets, use C(payload_path)
            or C(secret_payload).
        type: str
      payload_path: &payload_path
        description: File with the configuration profile, on the host the module runs on.
        type: path
      secret_payload: &secret_payload
        description: The same as C(payload), masked wherever Ansible shows it. Intune shows it to everyone who may read
          the profile, so M(mobilesec.intune.intune_custom_profile_info) and M(mobilesec.intune.intune_export) show it
          in plain text.
        type: str
      payload_name: &payload_name
        description: Name of the configuration that users see (C(payloadName)). A new profile gets O(name).
        type: str
      payload_file_name: &payload_file_name
        description: Name of the file that Intune shows (C(payloadFileName)). A new profile gets the name of the file in
          C(payload_path), or V(profile.mobileconfig).
        type: str
  macos:
    description: A configuration profile for macOS (C(macOSCustomConfiguration)).
    type: dict
    suboptions:
      payload: *payload
      payload_path: *payload_path
      secret_payload: *secret_payload
      payload_name: *payload_name
      payload_file_name: *payload_file_name
      deployment_channel:
        description: Whether the configuration is for the device or for its user (C(deploymentChannel)).
        type: str
        choices: [device_channel, user_channel]
  android_work_profile:
    description: OMA settings for personal devices with a work profile (C(androidWorkProfileCustomConfiguration)).
    type: dict
    suboptions:
      oma_settings: &oma_settings
        description:
          - The settings, each by its URI (C(omaSettings)). Their order does not matter. If declared, the profile has
            exactly these.
          - Microsoft Graph does not show values of the types V(string), V(base64) and V(string_xml), so that they
            cannot be compared. O(update_secrets) defines when they are sent; if another setting changes, all are sent.
        type: list
        elements: dict
        suboptions:
          oma_uri:
            description: URI of the setting, as the vendor names it (C(omaUri)).
            type: str
            required: true
          display_name:
            description: Name of the setting in the admin center (C(displayName)). A new setting gets its URI.
            type: str
          description:
            description: Description of the setting (C(description)).
            type: str
          type:
            description: Type of the value (C(@odata.type)).
            type: str
            choices: [string, integer, boolean, floating_point, date_time, base64, string_xml]
            default: string
          value:
            description: The value (C(value)); for V(string_xml) as text. Exactly one of this and C(secret_value) is
              needed.
            type: raw
          secret_value:
            description: The value, masked in output, logs and differences.
            type: str
          file_name:
            description: Name of the file that the value comes from (C(fileName)). For V(base64) and V(string_xml).
            type: str
  android_for_work:
    description: The same in the older form of Android for Work (C(androidForWorkCustomConfiguration)). Use
      O(android_work_profile) for new profiles.
    type: dict
    suboptions:
      oma_settings: *oma_settings
  android:
    description: OMA settings for devices that are managed by the device administrator (C(androidCustomConfiguration)).
    type: dict
    suboptions:
      oma_settings: *oma_settings
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(DeviceManagementConfiguration.ReadWrite.All)
    to change something; C(GroupMember.Read.All) with groups in assignments."
seealso:
  - module: mobilesec.intune.intune_custom_profile_info
  - module: mobilesec.intune.intune_vpn_profile
  - module: mobilesec.intune.intune_app_config
"""

EXAMPLES = r"""
- name: A vendor's configuration profile for iPhones
  mobilesec.intune.intune_custom_profile:
    name: Harmony Mobile content filter
    ios:
      payload_path: files/harmony.mobileconfig
      payload_name: Harmony Mobile
    assignments:
      - group: Harmony Mobile iOS

- name: The same from a vault, masked wherever Ansible shows it
  mobilesec.intune.intune_custom_profile:
    name: Harmony Mobile content filter
    ios:
      secret_payload: "{{ harmony_mobileconfig }}"

- name: A setting of the work profile
  mobilesec.intune.intune_custom_profile:
    name: Work profile without copy and paste
    android_work_profile:
      oma_settings:
        - oma_uri: ./Vendor/MSFT/WorkProfile/DisallowCrossProfileCopyPaste
          type: boolean
          value: true
"""

RETURN = r"""
custom_profile:
  description: The profile, in the form of the module's options, with a masked configuration profile. After deletion,
    the profile as it was.
  returned: success, unless it does not exist
  type: dict
  sample:
    id: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
    type: ios_custom_configuration
    name: Harmony Mobile content filter
    description: ''
    scope_tags: [Default]
    ios:
      payload:
        PayloadType: Configuration
        PayloadContent:
          - PayloadType: com.apple.webcontent-filter
            VendorConfig: {registration_key: '********'}
      payload_name: Harmony Mobile
      payload_file_name: harmony.mobileconfig
    assignments:
      - group: Harmony Mobile iOS
id:
  description: ID of the profile; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.custom_profile import CustomProfile

MODULE = resource_module(CustomProfile)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
