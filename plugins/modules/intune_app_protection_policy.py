#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_protection_policy
short_description: Manage app protection policies in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns app protection policies, above all those that require a threat level from a
    mobile threat defense product. They protect the organization's data in apps, on enrolled devices and on others.
  - A policy is for one platform. Declare its settings in the option with the name of the platform, such as O(ios).
  - Of policies with the same name, only those for the declared platform are looked at.
  - "A first example: C(name: Protect apps), C(ios: {app_group_type: all_core_microsoft_apps,
    maximum_allowed_device_threat_level: low}). The command C(ansible-doc mobilesec.intune.intune_app_protection_policy
    | less -R +/EXAMPLES) shows the longer ones, which are at the end of this page."
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
  ios:
    description:
      - Protection of apps for iOS and iPadOS (C(iosManagedAppProtection)).
      - One of this, O(android) and O(windows) is needed to create a policy; it decides the type, which cannot be
        changed afterwards.
    type: dict
    suboptions:
      <<: &both
        apps:
          description:
            - The apps that the policy is for, each by the identifier of its store (C(apps)). They need not be in
              Intune.
            - The list is complete; what is not in it is removed. It goes with V(selected_public_apps) only; of a group
              of apps, Intune keeps the list itself.
          type: list
          elements: dict
          suboptions: &app
            bundle_id:
              description: Bundle ID of an iOS app, such as V(com.example.app) (C(bundleId)).
              type: str
            package_id:
              description: Package name of an Android app, such as V(com.example.app) (C(packageId)).
              type: str
            windows_app_id:
              description: ID of a Windows app, such as V(com.microsoft.edge) (C(windowsAppId)).
              type: str
        app_group_type:
          description:
            - Whether the policy is for the apps of the list, or for a group of apps that Microsoft defines
              (C(appGroupType)).
            - This or C(apps) is needed to create a policy. A new policy is for V(selected_public_apps) unless you
              declare another group. An existing one keeps its group, and C(apps) beside another group is refused.
          type: str
          choices: [selected_public_apps, all_core_microsoft_apps, all_microsoft_apps, all_apps]
        targeted_app_management_levels:
          description: The type of device on which apps are protected (C(targetedAppManagementLevels)). A new policy
            gets V(unspecified), which is any; V(unmanaged) is for devices that are not enrolled.
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
        maximum_allowed_device_threat_level: &maximum_allowed_device_threat_level
          description:
            - The highest threat level of a device on which the apps may be used, as the partner of the mobile threat
              defense connector rates it (C(maximumAllowedDeviceThreatLevel)). V(secured) allows no threat at all;
              V(not_configured) does not ask for a level.
            - The connector must use the partner's data for the apps of the platform, see
              M(mobilesec.intune.intune_mtd_connector).
          type: str
          choices: [not_configured, secured, low, medium, high]
        mobile_threat_defense_remediation_action: &mobile_threat_defense_remediation_action
          description: What happens to the app on a device above the threat level
            (C(mobileThreatDefenseRemediationAction)). V(block) blocks access, V(wipe) deletes the organization's data
            in the app, V(warn) shows a warning. The admin center offers V(block) and V(wipe).
          type: str
          choices: [block, wipe, warn, block_when_setting_is_supported]
        mobile_threat_defense_partner_priority:
          description: Whose level counts on a device that is connected to Microsoft Defender for Endpoint and to
            another partner (C(mobileThreatDefensePartnerPriority)).
          type: str
          choices: [defender_over_third_party_partner, third_party_partner_over_defender]
        device_compliance_required:
          description: Whether the apps cannot be used on a jailbroken or rooted device (C(deviceComplianceRequired)).
          type: bool
        app_action_if_device_compliance_required:
          description: What happens on a jailbroken or rooted device (C(appActionIfDeviceComplianceRequired)).
          type: str
          choices: [block, wipe, warn, block_when_setting_is_supported]
        minimum_required_os_version: &minimum_required_os_version
          description: Block the app under this version of the operating system (C(minimumRequiredOsVersion)). Quote it,
            since YAML takes 17.10 for a number.
          type: str
        minimum_warning_os_version: &minimum_warning_os_version
          description: Warn under this version of the operating system (C(minimumWarningOsVersion)).
          type: str
        minimum_wipe_os_version: &minimum_wipe_os_version
          description: Delete the organization's data in the app under this version of the operating system
            (C(minimumWipeOsVersion)).
          type: str
        maximum_required_os_version: &maximum_required_os_version
          description: Block the app above this version of the operating system (C(maximumRequiredOsVersion)).
          type: str
        maximum_warning_os_version: &maximum_warning_os_version
          description: Warn above this version of the operating system (C(maximumWarningOsVersion)).
          type: str
        maximum_wipe_os_version: &maximum_wipe_os_version
          description: Delete the organization's data in the app above this version of the operating system
            (C(maximumWipeOsVersion)).
          type: str
        minimum_required_app_version: &minimum_required_app_version
          description: Block the app under this version of its own (C(minimumRequiredAppVersion)).
          type: str
        minimum_warning_app_version: &minimum_warning_app_version
          description: Warn under this version of the app (C(minimumWarningAppVersion)).
          type: str
        minimum_wipe_app_version: &minimum_wipe_app_version
          description: Delete the organization's data in the app under this version of its own
            (C(minimumWipeAppVersion)).
          type: str
        allowed_inbound_data_transfer_sources:
          description: The apps from which the protected ones take data (C(allowedInboundDataTransferSources)).
          type: str
          choices: [all_apps, managed_apps, none]
        allowed_outbound_data_transfer_destinations:
          description: The apps to which the protected ones give data (C(allowedOutboundDataTransferDestinations)).
          type: str
          choices: [all_apps, managed_apps, none]
        allowed_outbound_clipboard_sharing_level:
          description: The apps with which cut, copy and paste works (C(allowedOutboundClipboardSharingLevel)).
          type: str
          choices: [all_apps, managed_apps_with_paste_in, managed_apps, blocked]
        allowed_outbound_clipboard_sharing_exception_length:
          description: Number of characters that may be cut and copied to any app nevertheless
            (C(allowedOutboundClipboardSharingExceptionLength)).
          type: int
        allowed_data_ingestion_locations:
          description: Where users may open data from, if C(block_data_ingestion_into_organization_documents)
            (C(allowedDataIngestionLocations)).
          type: list
          elements: str
          choices: [one_drive_for_business, share_point, camera, photo_library]
        block_data_ingestion_into_organization_documents:
          description: Whether data of other places cannot be opened in the organization's documents
            (C(blockDataIngestionIntoOrganizationDocuments)).
          type: bool
        allowed_data_storage_locations:
          description: Where users may save copies nevertheless, if C(save_as_blocked) (C(allowedDataStorageLocations)).
          type: list
          elements: str
          choices: [one_drive_for_business, share_point, box, local_storage, photo_library, i_manage, egnyte]
        save_as_blocked:
          description: Whether copies of the organization's data cannot be saved (C(saveAsBlocked)).
          type: bool
        data_backup_blocked:
          description: Whether the app's data cannot be backed up to the platform's own service (C(dataBackupBlocked)).
          type: bool
        contact_sync_blocked:
          description: Whether contacts cannot be synchronized to the device's own app (C(contactSyncBlocked)).
          type: bool
        print_blocked: &print_blocked
          description: Whether the organization's data cannot be printed (C(printBlocked)).
          type: bool
        dialer_restriction_level:
          description: The apps in which a phone number opens (C(dialerRestrictionLevel)).
          type: str
          choices: [all_apps, managed_apps, custom_app, blocked]
        protected_messaging_redirect_app_type:
          description: The apps in which a message to a phone number opens (C(protectedMessagingRedirectAppType)).
          type: str
          choices: [any_app, any_managed_app, specific_apps, blocked]
        notification_restriction:
          description: What notifications show of the organization's data (C(notificationRestriction)).
          type: str
          choices: [allow, block_organizational_data, block]
        managed_browser:
          description: The browser in which links open (C(managedBrowser)).
          type: list
          elements: str
          choices: [not_configured, microsoft_edge]
        managed_browser_to_open_links_required:
          description: Whether links open in the managed browser only (C(managedBrowserToOpenLinksRequired)).
          type: bool
        purview_content_evaluation_required:
          description: Whether Microsoft Purview has to evaluate the content (C(purviewContentEvaluationRequired)).
          type: str
          choices: [not_required, required_when_online, required]
        organizational_credentials_required:
          description: Whether users sign in to the app with their work account, instead of a PIN or in addition to it
            (C(organizationalCredentialsRequired)).
          type: bool
        pin_required:
          description: Whether the app asks for a PIN (C(pinRequired)).
          type: bool
        simple_pin_blocked:
          description: Whether a PIN such as 1234 or 1111 is refused (C(simplePinBlocked)).
          type: bool
        pin_character_set:
          description: The characters of the PIN (C(pinCharacterSet)).
          type: str
          choices: [numeric, alphanumeric_and_symbol]
        minimum_pin_length:
          description: Shortest PIN (C(minimumPinLength)). A new policy gets V(4).
          type: int
        maximum_pin_retries:
          description: Number of wrong PINs after which C(app_action_if_maximum_pin_retries_exceeded) happens
            (C(maximumPinRetries)). A new policy gets V(5).
          type: int
        previous_pin_block_count:
          description: Number of former PINs that are refused (C(previousPinBlockCount)).
          type: int
        app_action_if_maximum_pin_retries_exceeded:
          description: What happens after too many wrong PINs (C(appActionIfMaximumPinRetriesExceeded)). V(block) makes
            the user set a new PIN.
          type: str
          choices: [block, wipe, warn, block_when_setting_is_supported]
        period_before_pin_reset:
          description: Time after which the PIN has to be changed (C(periodBeforePinReset)). V(PT0S) means never, which
            a new policy gets.
          type: str
        period_online_before_access_check:
          description: Time after which a device with a connection is checked again (C(periodOnlineBeforeAccessCheck)).
            A new policy gets V(PT30M).
          type: str
        pin_required_instead_of_biometric_timeout:
          description: Time without use after which the PIN replaces a fingerprint or face
            (C(pinRequiredInsteadOfBiometricTimeout)).
          type: str
        disable_app_pin_if_device_pin_is_set:
          description: Whether the app asks for no PIN if the device has one (C(disableAppPinIfDevicePinIsSet)).
          type: bool
        fingerprint_blocked:
          description: Whether a fingerprint cannot replace the PIN (C(fingerprintBlocked)).
          type: bool
        period_offline_before_access_check: &period_offline_before_access_check
          description: Time after which the app is blocked on a device without a connection
            (C(periodOfflineBeforeAccessCheck)). A new policy gets V(PT12H), as in the admin center.
          type: str
        period_offline_before_wipe_is_enforced: &period_offline_before_wipe_is_enforced
          description: Time after which the organization's data in the app is deleted on a device without a connection
            (C(periodOfflineBeforeWipeIsEnforced)). A new policy gets V(P90D), as in the admin center.
          type: str
        app_action_if_unable_to_authenticate_user: &app_action_if_unable_to_authenticate_user
          description: What happens if the user cannot sign in, for example because the account is disabled
            (C(appActionIfUnableToAuthenticateUser)).
          type: str
          choices: [block, wipe, warn, block_when_setting_is_supported]
        grace_period_to_block_apps_during_off_clock_hours:
          description: Time until the app is blocked for a user who does not work now
            (C(gracePeriodToBlockAppsDuringOffClockHours)).
          type: str
        app_action_if_account_is_clocked_out:
          description: What happens for a user who does not work now (C(appActionIfAccountIsClockedOut)). The service
            takes V(block) and V(warn).
          type: str
          choices: [block, wipe, warn, block_when_setting_is_supported]
      minimum_required_sdk_version: &minimum_required_sdk_version
        description: Block the app if it has an older version of Intune's SDK (C(minimumRequiredSdkVersion)).
        type: str
      minimum_wipe_sdk_version: &minimum_wipe_sdk_version
        description: Delete the organization's data if the app has an older version of Intune's SDK
          (C(minimumWipeSdkVersion)).
        type: str
      minimum_warning_sdk_version:
        description: Warn if the app has an older version of Intune's SDK (C(minimumWarningSdkVersion)).
        type: str
      allowed_ios_device_models:
        description: The models on which the apps may be used, as text with semicolons (C(allowedIosDeviceModels)).
        type: str
      app_action_if_ios_device_model_not_allowed:
        description: What happens on another model (C(appActionIfIosDeviceModelNotAllowed)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_data_encryption_type:
        description: When the app's data is encrypted (C(appDataEncryptionType)).
        type: str
        choices: [use_device_settings, after_device_restart, when_device_locked_except_open_files, when_device_locked]
      face_id_blocked:
        description: Whether Face ID cannot replace the PIN (C(faceIdBlocked)).
        type: bool
      third_party_keyboards_blocked:
        description: Whether keyboards of other vendors cannot be used (C(thirdPartyKeyboardsBlocked)).
        type: bool
      allow_widget_content_sync:
        description: Whether widgets show the app's content (C(allowWidgetContentSync)).
        type: bool
      filter_open_in_to_only_managed_apps:
        description: Whether the open-in and share dialogs show protected apps only (C(filterOpenInToOnlyManagedApps)).
        type: bool
      disable_protection_of_managed_outbound_open_in_data:
        description: Whether data that leaves through the open-in dialog is not encrypted
          (C(disableProtectionOfManagedOutboundOpenInData)).
        type: bool
      protect_inbound_data_from_unknown_sources:
        description: Whether data from unknown apps is treated as the organization's
          (C(protectInboundDataFromUnknownSources)).
        type: bool
      exempted_app_protocols:
        description: URL schemes of apps that get data nevertheless, each with a name of your own
          (C(exemptedAppProtocols)). The list is complete.
        type: list
        elements: dict
        suboptions: &entry
          name:
            description: A name of your own for the entry (C(name)).
            type: str
            required: true
          value:
            description: The URL scheme or package name (C(value)).
            type: str
      exempted_universal_links:
        description: Universal links that open in apps that are not protected (C(exemptedUniversalLinks)). The list is
          complete.
        type: list
        elements: str
      managed_universal_links:
        description: Universal links that open in protected apps (C(managedUniversalLinks)). The list is complete.
        type: list
        elements: str
      custom_browser_protocol:
        description: URL scheme of another browser in which links open (C(customBrowserProtocol)).
        type: str
      custom_dialer_app_protocol:
        description: URL scheme of the app for phone numbers, for O(ios.dialer_restriction_level=custom_app)
          (C(customDialerAppProtocol)).
        type: str
      messaging_redirect_app_url_scheme:
        description: URL scheme of the app for messages, for O(ios.protected_messaging_redirect_app_type=specific_apps)
          (C(messagingRedirectAppUrlScheme)).
        type: str
      genmoji_configuration_state:
        description: Whether Genmoji of Apple Intelligence is blocked (C(genmojiConfigurationState)).
        type: str
        choices: [not_blocked, blocked]
      screen_capture_configuration_state:
        description: Whether screen capture is blocked (C(screenCaptureConfigurationState)).
        type: str
        choices: [not_blocked, blocked]
      writing_tools_configuration_state:
        description: Whether the writing tools of Apple Intelligence are blocked (C(writingToolsConfigurationState)).
        type: str
        choices: [not_blocked, blocked]
  android:
    description: Protection of apps for Android (C(androidManagedAppProtection)).
    type: dict
    suboptions:
      <<: *both
      minimum_required_patch_version:
        description: Block the app under this security patch level, such as V(2026-01-01)
          (C(minimumRequiredPatchVersion)).
        type: str
      minimum_warning_patch_version:
        description: Warn under this security patch level (C(minimumWarningPatchVersion)).
        type: str
      minimum_wipe_patch_version:
        description: Delete the organization's data under this security patch level (C(minimumWipePatchVersion)).
        type: str
      minimum_required_company_portal_version:
        description: Block the app under this version of the Company Portal (C(minimumRequiredCompanyPortalVersion)).
        type: str
      minimum_warning_company_portal_version:
        description: Warn under this version of the Company Portal (C(minimumWarningCompanyPortalVersion)).
        type: str
      minimum_wipe_company_portal_version:
        description: Delete the organization's data under this version of the Company Portal
          (C(minimumWipeCompanyPortalVersion)).
        type: str
      warn_after_company_portal_update_deferral_in_days:
        description: Days that an update of the Company Portal may wait before a warning
          (C(warnAfterCompanyPortalUpdateDeferralInDays)).
        type: int
      block_after_company_portal_update_deferral_in_days:
        description: Days that an update of the Company Portal may wait before the app is blocked
          (C(blockAfterCompanyPortalUpdateDeferralInDays)).
        type: int
      wipe_after_company_portal_update_deferral_in_days:
        description: Days that an update of the Company Portal may wait before the organization's data is deleted
          (C(wipeAfterCompanyPortalUpdateDeferralInDays)).
        type: int
      allowed_android_device_manufacturers:
        description: The manufacturers of devices on which the apps may be used, as text with semicolons
          (C(allowedAndroidDeviceManufacturers)).
        type: str
      allowed_android_device_models:
        description: The models on which the apps may be used (C(allowedAndroidDeviceModels)). The list is complete.
        type: list
        elements: str
      app_action_if_android_device_manufacturer_not_allowed:
        description: What happens on a device of another manufacturer
          (C(appActionIfAndroidDeviceManufacturerNotAllowed)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_android_device_model_not_allowed:
        description: What happens on another model (C(appActionIfAndroidDeviceModelNotAllowed)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      required_android_safety_net_device_attestation_type:
        description: What Play Integrity has to confirm of the device
          (C(requiredAndroidSafetyNetDeviceAttestationType)).
        type: str
        choices: [none, basic_integrity, basic_integrity_and_device_certification]
      required_android_safety_net_evaluation_type:
        description: Whether a confirmation by hardware is asked for (C(requiredAndroidSafetyNetEvaluationType)).
        type: str
        choices: [basic, hardware_backed]
      required_android_safety_net_apps_verification_type:
        description: Whether the scan of apps by Play Protect is required
          (C(requiredAndroidSafetyNetAppsVerificationType)).
        type: str
        choices: [none, enabled]
      app_action_if_android_safety_net_device_attestation_failed:
        description: What happens if Play Integrity does not confirm it
          (C(appActionIfAndroidSafetyNetDeviceAttestationFailed)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_android_safety_net_apps_verification_failed:
        description: What happens if the scan of apps is off (C(appActionIfAndroidSafetyNetAppsVerificationFailed)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      device_lock_required:
        description: Whether the device needs a screen lock (C(deviceLockRequired)).
        type: bool
      app_action_if_device_lock_not_set:
        description: What happens on a device without a screen lock (C(appActionIfDeviceLockNotSet)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_device_passcode_complexity_less_than_low:
        description: What happens if the passcode of the device is less than low in complexity
          (C(appActionIfDevicePasscodeComplexityLessThanLow)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_device_passcode_complexity_less_than_medium:
        description: What happens if the passcode of the device is less than medium in complexity
          (C(appActionIfDevicePasscodeComplexityLessThanMedium)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_device_passcode_complexity_less_than_high:
        description: What happens if the passcode of the device is less than high in complexity
          (C(appActionIfDevicePasscodeComplexityLessThanHigh)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_samsung_knox_attestation_required:
        description: What happens if Samsung Knox does not confirm the device
          (C(appActionIfSamsungKnoxAttestationRequired)). If declared, the confirmation is required on devices that have
          Knox.
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      app_action_if_developer_options_enabled:
        description: What happens on a device with developer options on (C(appActionIfDeveloperOptionsEnabled)).
        type: str
        choices: [block, wipe, warn, block_when_setting_is_supported]
      encrypt_app_data:
        description: Whether the app's data is encrypted (C(encryptAppData)).
        type: bool
      disable_app_encryption_if_device_encryption_is_enabled:
        description: Whether the app's data is not encrypted once more on an encrypted device
          (C(disableAppEncryptionIfDeviceEncryptionIsEnabled)).
        type: bool
      screen_capture_blocked:
        description: Whether screen capture and Google Assistant are blocked (C(screenCaptureBlocked)).
        type: bool
      connect_to_vpn_on_launch:
        description: Whether the app connects to Microsoft Tunnel when it starts (C(connectToVpnOnLaunch)).
        type: bool
      biometric_authentication_blocked:
        description: Whether a fingerprint or face cannot replace the PIN (C(biometricAuthenticationBlocked)).
        type: bool
      fingerprint_and_biometric_enabled:
        description: Whether both a fingerprint and a face can replace the PIN (C(fingerprintAndBiometricEnabled)). If
          declared, it overrides O(android.fingerprint_blocked) and O(android.biometric_authentication_blocked).
        type: bool
      require_class3_biometrics:
        description: Whether biometrics must be of class 3 of Android (C(requireClass3Biometrics)).
        type: bool
      require_pin_after_biometric_change:
        description: Whether the PIN is asked for after a change of the biometrics (C(requirePinAfterBiometricChange)).
        type: bool
      keyboards_restricted:
        description: Whether only O(android.approved_keyboards) can be used (C(keyboardsRestricted)).
        type: bool
      approved_keyboards:
        description: Package names of keyboards, each with a name of your own (C(approvedKeyboards)). The list is
          complete.
        type: list
        elements: dict
        suboptions: *entry
      exempted_app_packages:
        description: Package names of apps that get data nevertheless, each with a name of your own
          (C(exemptedAppPackages)). The list is complete.
        type: list
        elements: dict
        suboptions: *entry
      custom_browser_display_name:
        description: Name of another browser in which links open (C(customBrowserDisplayName)).
        type: str
      custom_browser_package_id:
        description: Package name of another browser in which links open (C(customBrowserPackageId)).
        type: str
      custom_dialer_app_display_name:
        description: Name of the app for phone numbers (C(customDialerAppDisplayName)).
        type: str
      custom_dialer_app_package_id:
        description: Package name of the app for phone numbers, for O(android.dialer_restriction_level=custom_app)
          (C(customDialerAppPackageId)).
        type: str
      messaging_redirect_app_display_name:
        description: Name of the app for messages (C(messagingRedirectAppDisplayName)).
        type: str
      messaging_redirect_app_package_id:
        description: Package name of the app for messages, for
          O(android.protected_messaging_redirect_app_type=specific_apps) (C(messagingRedirectAppPackageId)).
        type: str
  windows:
    description: Protection of Microsoft Edge on Windows (C(windowsManagedAppProtection)).
    type: dict
    suboptions:
      apps:
        description:
          - The apps that the policy is for (C(apps)). Needed to create a policy.
          - The list is complete; what is not in it is removed.
        type: list
        elements: dict
        suboptions: *app
      maximum_allowed_device_threat_level: *maximum_allowed_device_threat_level
      mobile_threat_defense_remediation_action: *mobile_threat_defense_remediation_action
      minimum_required_os_version: *minimum_required_os_version
      minimum_warning_os_version: *minimum_warning_os_version
      minimum_wipe_os_version: *minimum_wipe_os_version
      maximum_required_os_version: *maximum_required_os_version
      maximum_warning_os_version: *maximum_warning_os_version
      maximum_wipe_os_version: *maximum_wipe_os_version
      minimum_required_app_version: *minimum_required_app_version
      minimum_warning_app_version: *minimum_warning_app_version
      minimum_wipe_app_version: *minimum_wipe_app_version
      minimum_required_sdk_version: *minimum_required_sdk_version
      minimum_wipe_sdk_version: *minimum_wipe_sdk_version
      allowed_inbound_data_transfer_sources:
        description: The apps from which the protected ones take data (C(allowedInboundDataTransferSources)).
        type: str
        choices: [all_apps, none, selected_apps]
      allowed_outbound_data_transfer_destinations:
        description: The apps to which the protected ones give data (C(allowedOutboundDataTransferDestinations)).
        type: str
        choices: [all_apps, none, selected_apps]
      allowed_inbound_data_transfer_source_apps:
        description: The places from which data is taken with V(selected_apps)
          (C(allowedInboundDataTransferSourceApps)).
        type: list
        elements: str
        choices: [none, one_drive_for_business]
      allowed_outbound_data_transfer_destination_apps:
        description: The places to which data is given with V(selected_apps)
          (C(allowedOutboundDataTransferDestinationApps)).
        type: list
        elements: str
        choices: [none, one_drive_for_business]
      allowed_outbound_clipboard_sharing_level:
        description: The apps with which cut, copy and paste works (C(allowedOutboundClipboardSharingLevel)).
        type: str
        choices: [any_destination_any_source, none]
      print_blocked: *print_blocked
      period_offline_before_access_check: *period_offline_before_access_check
      period_offline_before_wipe_is_enforced: *period_offline_before_wipe_is_enforced
      app_action_if_unable_to_authenticate_user: *app_action_if_unable_to_authenticate_user
notes:
  - Policies are for users. Assign them to groups of users, or to all users, and exclude groups with
    O(assignments[].exclude).
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementApps.ReadWrite.All) to change
    something; C(GroupMember.Read.All) with groups in assignments; C(DeviceManagementConfiguration.Read.All) with
    assignment filters and with scope tags."
seealso:
  - module: mobilesec.intune.intune_app_protection_policy_info
  - module: mobilesec.intune.intune_mtd_connector
  - module: mobilesec.intune.intune_compliance_policy
"""

EXAMPLES = r"""
- name: Block Microsoft's apps on iPhones under attack, enrolled or not
  mobilesec.intune.intune_app_protection_policy:
    name: Harmony Mobile iOS apps
    ios:
      app_group_type: all_microsoft_apps
      maximum_allowed_device_threat_level: low
      mobile_threat_defense_remediation_action: block
    assignments:
      - group: Harmony Mobile users
      - group: Emergency accounts
        exclude: true

- name: Protect two apps on Android devices that are not enrolled
  mobilesec.intune.intune_app_protection_policy:
    name: Harmony Mobile Android apps
    android:
      apps:
        - package_id: com.microsoft.office.outlook
        - package_id: com.microsoft.teams
      targeted_app_management_levels: [unmanaged]
      maximum_allowed_device_threat_level: secured
      pin_required: true
      minimum_pin_length: 6
    assignments:
      - all_users: true
"""

RETURN = r"""
app_protection_policy:
  description: The policy, in the form of the module's options. After deletion, the policy as it was.
  returned: success, unless it does not exist
  type: dict
  sample:
    id: T_2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
    type: ios_managed_app_protection
    name: Harmony Mobile iOS apps
    description: ''
    scope_tags: [Default]
    ios:
      app_group_type: all_microsoft_apps
      maximum_allowed_device_threat_level: low
    assignments:
      - group: Harmony Mobile users
id:
  description: ID of the policy; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: T_2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_protection_policy import (
    AppProtectionPolicy,
)

MODULE = resource_module(AppProtectionPolicy)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
