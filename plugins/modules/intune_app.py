#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app
short_description: Manage apps in Microsoft Intune and whom they are assigned to
version_added: 0.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Adds iOS and Android store apps and managed Google Play apps, changes their properties, and assigns them.
  - Apps of all other types of O(type) are adopted, that is, found in Intune, changed and assigned, but never added; an
    app with its O(type) left out must be there too.
  - A store app that is there under another name, but with the same O(bundle_id), O(package_id) or store URL, is taken
    and renamed, not added twice.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.assignments.apps
options:
  name:
    description:
      - Name of the app (C(displayName)).
      - A managed Google Play app has the name that Google Play gives it. With O(package_id) the name is not needed and
        not used; without it the app is found by its name.
  created_by:
    description:
      - An ownership tag such as V(harmony_onboarding). It is written at the end of the app's C(notes) when, and only
        when, this module adds the app.
      - With O(state=absent), only an app with this tag that nobody else uses is deleted. From any other app, the
        declared assignments are taken back, and C(kept_because) says why the app stays.
  type:
    description:
      - Type of the app. Needed to add one; V(ios_store_app), V(android_store_app) and V(android_managed_store_app) can
        be added.
      - V(android_managed_store_app) is approved in managed Google Play, and the module waits until Intune's sync brings
        it, since Microsoft Graph does not let it be created.
      - All other types must be in Intune already. Volume purchase apps come with the sync of a token from Apple,
        managed store apps are built in, web apps of managed Google Play are made there, and line-of-business apps are
        uploaded as a file.
      - The type cannot be changed afterwards. Two apps may bear one name when their types differ.
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
  description:
    description:
      - Description of the app, which users see (C(description)). A new store app without one gets its name.
      - Not for managed Google Play apps and web apps, which Google Play describes.
  publisher:
    description:
      - Publisher of the app (C(publisher)). Needed to add a store app. Not for managed Google Play apps.
    type: str
  app_store_url:
    description:
      - URL of the app in its store (C(appStoreUrl)). Needed to add a store app; cannot be changed afterwards.
      - URLs of the same app in different countries and languages count as the same.
    type: str
  bundle_id:
    description:
      - Bundle ID of an iOS app (C(bundleId)). An iOS app can also be found by it.
    type: str
  package_id:
    description:
      - Package name of an Android app, such as V(com.example.app). An Android app can also be found by it.
      - Needed to add a managed Google Play app.
    type: str
  applicable_device_types:
    description:
      - Devices an iOS store app is for (C(applicableDeviceType)). A new one is for both.
    type: list
    elements: str
    choices: [ipad, iphone_and_ipod]
  apple_device_app_delivery_protocol_type:
    description:
      - How an iOS store app comes to the device (C(appleDeviceAppDeliveryProtocolType)). Assignment settings that the
        app has for declarative device management are kept unless O(assignments[].settings) of that target are given.
    type: str
    choices: [default, mobile_device_management, declarative_device_management]
  minimum_supported_operating_system:
    description:
      - The lowest version of the operating system that a store app is installed on
        (C(minimumSupportedOperatingSystem)), such as V(15.0).
      - Intune knows for iOS V(8.0), V(9.0) and so on to V(18.0), V(26.0), V(27.0); for Android V(4.0), V(4.0.3),
        V(4.1), V(4.2), V(4.3), V(4.4), V(5.0), V(5.1), V(6.0), V(7.0), V(7.1), V(8.0), V(8.1), V(9.0), and so on to
        V(15.0).
      - A new app gets the lowest.
    type: str
  icon:
    description:
      - Path of a PNG or JPEG file with the app's icon (C(largeIcon)). Reading it back costs one more request.
    type: path
  categories:
    description:
      - Names or IDs of the app's categories (C(categories)). If given, the app has exactly these.
    type: list
    elements: str
  developer:
    description: Developer of the app (C(developer)).
    type: str
  owner:
    description: Owner of the app in the organization (C(owner)).
    type: str
  notes:
    description: Notes on the app, for administrators (C(notes)).
    type: str
  information_url:
    description: URL with more information for users (C(informationUrl)).
    type: str
  privacy_information_url:
    description: URL of the app's privacy statement (C(privacyInformationUrl)).
    type: str
  is_featured:
    description: Show the app prominently in the Company Portal (C(isFeatured)).
    type: bool
  approve_all_permissions:
    description:
      - Approve the permissions that a managed Google Play app asks for when it is approved (C(approveAllPermissions)).
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait until a new app is published, or a managed Google Play app arrives.
    type: int
    default: 300
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementApps.ReadWrite.All) to change
    something; C(DeviceManagementConfiguration.Read.All) with managed Google Play, with a per-app VPN profile, with
    assignment filters and with scope tags; C(DeviceManagementConfiguration.ReadWrite.All) with a new app of managed
    Google Play; C(GroupMember.Read.All) with groups in assignments."
seealso:
  - module: mobilesec.intune.intune_app_config
  - module: mobilesec.intune.intune_group
"""

EXAMPLES = r"""
- name: The iOS app, required for a group, removed when the device leaves
  mobilesec.intune.intune_app:
    name: Harmony Mobile Protect
    type: ios_store_app
    publisher: Check Point
    app_store_url: https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797
    minimum_supported_operating_system: "15.0"
    assignments:
      - group: Harmony Mobile iOS
        intent: required
        settings:
          uninstall_on_device_removal: true

- name: The Android app from managed Google Play
  mobilesec.intune.intune_app:
    type: android_managed_store_app
    package_id: com.lacoon.security.fox
    assignments:
      - group: Harmony Mobile Android
      - group: Kiosk devices
        exclude: true

- name: Assign an app that is there, to exactly one group
  mobilesec.intune.intune_app:
    name: Microsoft Authenticator
    type: ios_vpp_app
    purge_assignments: true
    assignments:
      - group: All employees
        intent: available
        filter: Corporate only
        filter_mode: include
"""

RETURN = r"""
app:
  description: The app, in the form of the module's options. After deletion, the app as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 9711516a-f6f8-4953-ad1f-45920ef34dda
    type: ios_store_app
    name: Harmony Mobile Protect
    publisher: Check Point
    app_store_url: https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797
    minimum_supported_operating_system: "15.0"
    publishing_state: published
    scope_tags: ["0"]
    assignments:
      - group: Harmony Mobile iOS
        intent: required
        settings:
          uninstall_on_device_removal: true
id:
  description: ID of the app; in check mode a placeholder for an app that would be added.
  returned: success
  type: str
  sample: 9711516a-f6f8-4953-ad1f-45920ef34dda
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app import App

MODULE = resource_module(App)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
