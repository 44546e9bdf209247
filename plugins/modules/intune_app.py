#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app
short_description: Manage apps in Microsoft Intune and whom they are assigned to
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Adds store apps, web links and web clips, managed Google Play apps, Microsoft Store apps and Microsoft 365, changes
    their properties, and assigns them.
  - Apps of all other types are adopted, that is, found in Intune, changed and assigned, but never added; an app with
    its O(type) left out must exist too.
  - A store app that exists under another name, but with the same O(bundle_id), O(package_id) or store URL, is renamed,
    not added a second time.
  - "A first example: C(package_id: com.example.app), C(type: android_managed_store_app), C(assignments: [{group:
    Pilot}]). The command C(ansible-doc mobilesec.intune.intune_app | less -R +/EXAMPLES) shows the longer ones, which
    are at the end of this page."
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
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
        declared assignments are taken back, and C(kept_because) shows why the app stays.
  type:
    description:
      - Type of the app. Needed to add one.
      - "These types can be added: V(ios_store_app), V(android_store_app), V(managed_ios_store_app),
        V(managed_android_store_app), V(android_managed_store_app), V(web_app), V(ios_ipados_web_clip),
        V(macos_web_clip), V(windows_web_app), V(win_get_app), V(office_suite_app)."
      - V(android_managed_store_app) is approved in managed Google Play, and the module waits until Intune's sync brings
        it, since Microsoft Graph does not let it be created.
      - "Apps whose file is uploaded in the Intune admin center: V(ios_lob_app), V(managed_ios_lob_app),
        V(android_lob_app), V(managed_android_lob_app), V(macos_lob_app), V(macos_dmg_app), V(macos_pkg_app),
        V(win32_lob_app), V(windows_app_x), V(windows_universal_app_x), V(windows_mobile_msi)."
      - "Apps that come with the sync of a volume purchase program or of managed Google Play: V(ios_vpp_app),
        V(mac_os_vpp_app), V(microsoft_store_for_business_app), V(android_managed_store_web_app)."
      - "Apps that you add in the Intune admin center: V(android_aosp_referenced_app), V(macos_office_suite_app),
        V(macos_microsoft_defender_app), V(macos_microsoft_edge_app), V(windows_microsoft_edge_app),
        V(win32_catalog_app), V(windows_auto_update_catalog_app)."
      - "Apps of types that Intune does not take any more: V(android_for_work_app), V(windows_store_app),
        V(windows_phone81_app_x), V(windows_phone81_app_x_bundle), V(windows_phone81_store_app),
        V(windows_phone_xap)."
      - A type that is not in this list is accepted together with O(id), as M(mobilesec.intune.intune_app_info) returns
        it.
      - The type cannot be changed afterwards. Two apps may have the same name when their types differ.
    type: str
  use:
    version_added: 1.1.0
    description:
      - Whether an iOS or iPadOS app is the one of Apple's volume purchase program or that of the store. Declare this
        instead of O(type), with O(bundle_id) or O(app_store_url), by which the app is found, or with
        O(id).
      - V(vpp) is the purchased app, which must exist, V(store) the store app, which is added if it does not exist.
      - V(auto) is the purchased app if one of its licences is free, and the store app if not. A purchased app that is
        assigned is still used when its licences run out. If a store app is assigned too, a warning names it.
      - A purchased app keeps the name, description and publisher that Apple gives it. It does not use the options and
        assignment settings that only a store app has, and a store app not those of licences, such as
        C(use_device_licensing).
      - For macOS, Intune has no store apps, so declare O(type) V(mac_os_vpp_app).
    type: str
    choices: [vpp, store, auto]
  sync_vpp_tokens:
    version_added: 1.1.0
    description:
      - If a purchased app does not exist, synchronize the tokens of the volume purchase program and wait for the app,
        up to O(wait_timeout). Needs O(use=vpp).
      - Such an app gets no ownership tag, and is not deleted with O(created_by).
    type: bool
    default: false
  description:
    description:
      - Description of the app, which users see (C(description)). A new store app without one gets its name.
      - Not for managed Google Play apps and web apps, which Google Play describes.
  publisher:
    description: Publisher of the app (C(publisher)). Needed to add an app. Not for managed Google Play apps and
      Microsoft 365.
    type: str
  app_store_url:
    description:
      - URL of the app in its store (C(appStoreUrl)). Needed to add a store app; cannot be changed afterwards, so it is
        checked before the app is added.
      - URLs of the same app in different countries and languages count as the same.
    type: str
  bundle_id:
    description:
      - Bundle ID of an iOS or iPadOS app (C(bundleId)). Such an app can also be found by it.
      - Needed to add a managed iOS store app.
    type: str
  package_id:
    description:
      - Package name of an Android app (C(packageId)), such as V(com.example.app). An Android app can also be found by
        it. It cannot be changed afterwards.
      - V(app:com.example.app), which Microsoft Graph has in some places, means the same.
      - Needed to add a managed Google Play app and a managed Android store app.
    type: str
  app_url:
    description: URL that a web link or a web clip opens (C(appUrl)). Needed to add one; cannot be changed afterwards.
    type: str
  use_managed_browser:
    description: Open a V(web_app) or V(ios_ipados_web_clip) in Microsoft Edge only (C(useManagedBrowser)).
    type: bool
  full_screen_enabled:
    description: Open a V(ios_ipados_web_clip) or V(macos_web_clip) as an app of its own, without the browser's controls
      (C(fullScreenEnabled)).
    type: bool
  pre_composed_icon_enabled:
    description: Show the icon of a V(ios_ipados_web_clip) or V(macos_web_clip) without Apple's effects
      (C(preComposedIconEnabled)).
    type: bool
  ignore_manifest_scope:
    description: Whether a full-screen V(ios_ipados_web_clip) may open other web sites without the browser's controls
      (C(ignoreManifestScope)).
    type: bool
  target_application_bundle_identifier:
    description: Bundle ID of the app that opens a V(ios_ipados_web_clip) (C(targetApplicationBundleIdentifier)).
    type: str
  package_identifier:
    description: ID of a V(win_get_app) in the Microsoft Store, such as V(9NZVDKPMR9RD) (C(packageIdentifier)). Needed
      to add one; cannot be changed afterwards.
    type: str
  install_experience:
    description: How a V(win_get_app) is installed (C(installExperience)). Needed to add one; cannot be changed
      afterwards.
    type: dict
    suboptions:
      run_as_account:
        description: The account that installs the app (C(runAsAccount)).
        type: str
        choices: [system, user]
        required: true
  manifest_hash:
    description: Hash of the package's metadata of a V(win_get_app) (C(manifestHash)); cannot be changed afterwards.
    type: str
  office_suite:
    description:
      - Settings of V(office_suite_app), Microsoft 365 for Windows. Developer, owner and publisher of such an app are
        always Microsoft.
      - A new one needs O(office_suite.product_ids), O(office_suite.office_platform_architecture),
        O(office_suite.update_channel) and O(office_suite.office_suite_app_default_file_format), or
        O(office_suite.office_configuration_xml).
    type: dict
    suboptions:
      product_ids:
        description: Products to install (C(productIds)).
        type: list
        elements: str
        choices: [o365_pro_plus_retail, o365_business_retail, visio_pro_retail, project_pro_retail]
      office_platform_architecture:
        description: Architecture to install (C(officePlatformArchitecture)); cannot be changed afterwards.
        type: list
        elements: str
        choices: [none, x86, x64, arm, neutral, arm64]
      update_channel:
        description: Channel that updates come from (C(updateChannel)).
        type: str
        choices: [none, current, deferred, first_release_current, first_release_deferred, monthly_enterprise]
      office_suite_app_default_file_format:
        description: Default file format (C(officeSuiteAppDefaultFileFormat)).
        type: str
        choices: [not_configured, office_open_xml_format, office_open_document_format]
      excluded_apps:
        description: Apps of the suite that are not installed (C(excludedApps)).
        type: list
        elements: str
        choices:
          - access
          - bing
          - excel
          - groove
          - info_path
          - lync
          - one_drive
          - one_note
          - outlook
          - power_point
          - publisher
          - share_point_designer
          - teams
          - visio
          - word
      locales_to_install:
        description: Languages to install, such as V(de-de) (C(localesToInstall)).
        type: list
        elements: str
      install_progress_display_level:
        description: What users see of the installation (C(installProgressDisplayLevel)).
        type: str
        choices: [none, full]
      office_configuration_xml:
        description: Configuration file of the Office Deployment Tool as text (C(officeConfigurationXml)). It overrides
          all other settings.
        type: str
      target_version:
        description: Version to stay on (C(targetVersion)).
        type: str
      update_version:
        description: Update in which O(office_suite.target_version) is available (C(updateVersion)).
        type: str
      auto_accept_eula:
        description: Accept the licence terms for users (C(autoAcceptEula)).
        type: bool
      should_uninstall_older_versions_of_office:
        description: Remove MSI versions of Office (C(shouldUninstallOlderVersionsOfOffice)).
        type: bool
      use_shared_computer_activation:
        description: Use shared computer activation (C(useSharedComputerActivation)).
        type: bool
  applicable_device_types:
    description: Devices an iOS or iPadOS store app is for (C(applicableDeviceType)). A new one is for both.
    type: list
    elements: str
    choices: [ipad, iphone_and_ipod]
  apple_device_app_delivery_protocol_type:
    description: How an iOS store app comes to the device (C(appleDeviceAppDeliveryProtocolType)). Assignment settings
      that the app has for declarative device management are kept unless you declare O(assignments[].settings) of that
      target.
    type: str
    choices: [default, mobile_device_management, declarative_device_management]
  minimum_supported_operating_system:
    description:
      - The lowest version of the operating system that a store app is installed on
        (C(minimumSupportedOperatingSystem)), such as V(15.0).
      - Valid for iOS are V(8.0), V(9.0) and so on to V(18.0), V(26.0), V(27.0); for Android V(4.0), V(4.0.3),
        V(4.1), V(4.2), V(4.3), V(4.4), V(5.0), V(5.1), V(6.0), V(7.0), V(7.1), V(8.0), V(8.1), V(9.0), and so on to
        V(15.0).
      - A new app gets the lowest of these.
    type: str
  icon:
    description: Path of a PNG or JPEG file with the app's icon (C(largeIcon)). Reading it back costs one more request.
    type: path
  categories:
    description: Names or IDs of the app's categories (C(categories)). If declared, the app has exactly these.
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
    description: Approve the permissions that a managed Google Play app asks for when it is approved
      (C(approveAllPermissions)).
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait until a new app is published, or an app of managed Google Play or the volume purchase
      program arrives.
    type: int
    default: 300
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementApps.ReadWrite.All) to change
    something; C(DeviceManagementConfiguration.Read.All) with managed Google Play, with a per-app VPN profile, with
    assignment filters and with scope tags; C(DeviceManagementConfiguration.ReadWrite.All) with a new app of managed
    Google Play; C(DeviceManagementServiceConfig.ReadWrite.All) to synchronize volume purchase tokens;
    C(GroupMember.Read.All) with groups in assignments."
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

- name: The purchased app while licences are free, and the store app after that
  mobilesec.intune.intune_app:
    name: Harmony Mobile Protect
    use: auto
    publisher: Check Point
    app_store_url: https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797
    assignments:
      - group: Harmony Mobile iOS
        intent: required
        settings:
          use_device_licensing: true

- name: The Android app from managed Google Play
  mobilesec.intune.intune_app:
    type: android_managed_store_app
    package_id: com.lacoon.security.fox
    assignments:
      - group: Harmony Mobile Android
      - group: Kiosk devices
        exclude: true

- name: A web clip on iPhones and iPads
  mobilesec.intune.intune_app:
    name: Help desk
    type: ios_ipados_web_clip
    publisher: Contoso
    app_url: https://help.contoso.example/
    full_screen_enabled: true

- name: Microsoft 365 for Windows
  mobilesec.intune.intune_app:
    name: Microsoft 365 Apps
    type: office_suite_app
    office_suite:
      product_ids: [o365_pro_plus_retail]
      office_platform_architecture: [x64]
      update_channel: monthly_enterprise
      office_suite_app_default_file_format: office_open_xml_format
      excluded_apps: [access, publisher]

- name: Assign an existing app to exactly one group
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
