#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_compliance_policy
short_description: Manage compliance policies in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns compliance policies, above all those that require a threat level from a mobile
    threat defense product.
  - A policy is for one platform. Declare its rules in the option with the name of the platform, such as O(ios).
  - Of policies with the same name, only those for the declared platform are looked at.
  - "A first example: C(name: Threat level), C(ios: {device_threat_protection_enabled: true,
    device_threat_protection_required_security_level: low}). The command C(ansible-doc
    mobilesec.intune.intune_compliance_policy | less -R +/EXAMPLES) shows the longer ones, which are at the end of this
    page."
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
  scheduled_actions_for_rule:
    description:
      - What happens to a device that does not comply, and after how long (C(scheduledActionsForRule)).
      - "If declared, the policy has exactly these actions; their order does not matter. Exactly one has to be of the
        type V(block): it defines after how long a device that does not comply is marked as noncompliant."
      - A new policy without this option marks devices at once, as in the admin center.
    type: list
    elements: dict
    suboptions:
      action_type:
        description:
          - What to do (C(actionType)).
          - V(block) marks the device as noncompliant, V(notification) sends an e-mail to the user, V(push_notification)
            a notification to the device, V(remote_lock) locks the device, and V(retire) puts it on the list of devices
            to retire.
          - The admin center does not offer V(no_action), V(wipe), and V(remove_resource_access_profiles).
        type: str
        required: true
        choices: [
          no_action, notification, block, retire, wipe, remove_resource_access_profiles, push_notification,
          remote_lock
        ]
      grace_period_hours:
        description: Hours of noncompliance until it is done, 0 to 8760 (C(gracePeriodHours)). V(0), the default, means
          at once.
        type: int
      notification_template:
        description:
          - Name or ID of the notification message template to send (C(notificationTemplateId)). Needed for
            V(notification), and for nothing else.
          - Using a name needs the permission C(DeviceManagementServiceConfig.Read.All).
        type: str
      notification_message_cc_list:
        description: Names or IDs of groups whose members get the e-mail too (C(notificationMessageCCList)). For
          V(notification).
        type: list
        elements: str
      grace_period_days:
        description: The same in days, as the admin center has it, 0 to 365.
        type: int
  ios:
    description: Rules for iOS and iPadOS devices (C(iosCompliancePolicy)).
    type: dict
    suboptions:
      device_threat_protection_enabled: &device_threat_protection_enabled
        description:
          - Whether a device must be at or under the threat level that the mobile threat defense partner reports for it
            (C(deviceThreatProtectionEnabled)).
          - When a policy is created and only a level is declared, this follows from the level. In an existing policy it
            changes only when you declare it.
        type: bool
      device_threat_protection_required_security_level: &device_threat_protection_required_security_level
        description:
          - The highest threat level of a compliant device, as the partner of the mobile threat defense connector rates
            it (C(deviceThreatProtectionRequiredSecurityLevel)).
          - V(secured) allows no threat at all; the admin center calls it Clear. V(unavailable) and V(not_set) switch
            the rule off.
          - The connector must use the partner's data for the platform, see M(mobilesec.intune.intune_mtd_connector).
            Intune supports this rule for groups of users only.
        type: str
        choices: [unavailable, secured, low, medium, high, not_set]
      advanced_threat_protection_required_security_level: &advanced_threat_protection_required_security_level
        description: The highest risk that Microsoft Defender for Endpoint may report for a compliant device
          (C(advancedThreatProtectionRequiredSecurityLevel)). V(unavailable) and V(not_set) ask for none.
        type: str
        choices: [unavailable, secured, low, medium, high, not_set]
      passcode_required:
        description: Require a passcode (C(passcodeRequired)).
        type: bool
      passcode_block_simple:
        description: Do not accept simple passcodes such as 1111 or 1234 (C(passcodeBlockSimple)).
        type: bool
      passcode_required_type:
        description: Characters a passcode must have (C(passcodeRequiredType)).
        type: str
        choices: [device_default, alphanumeric, numeric]
      passcode_minimum_length:
        description: Shortest passcode, 4 to 14 (C(passcodeMinimumLength)).
        type: int
      passcode_expiration_days:
        description: Days until the passcode has to be changed, 1 to 730 (C(passcodeExpirationDays)).
        type: int
      passcode_previous_passcode_block_count:
        description: How many of the last passcodes cannot be used again, 1 to 24
          (C(passcodePreviousPasscodeBlockCount)).
        type: int
      passcode_minimum_character_set_count:
        description: How many character sets a passcode must have (C(passcodeMinimumCharacterSetCount)).
        type: int
      passcode_minutes_of_inactivity_before_lock:
        description: Minutes after the screen went dark until the passcode is asked for
          (C(passcodeMinutesOfInactivityBeforeLock)).
        type: int
      passcode_minutes_of_inactivity_before_screen_timeout:
        description: Minutes without use until the screen goes dark (C(passcodeMinutesOfInactivityBeforeScreenTimeout)).
        type: int
      os_minimum_version: &os_minimum_version
        description: Oldest version of the operating system that is compliant, as text (C(osMinimumVersion)). Quote it,
          since YAML takes 17.10 for a number.
        type: str
      os_maximum_version: &os_maximum_version
        description: Newest version of the operating system that is compliant, as text (C(osMaximumVersion)).
        type: str
      os_minimum_build_version: &os_minimum_build_version
        description: Oldest build of the operating system that is compliant, such as a build of a rapid security
          response (C(osMinimumBuildVersion)).
        type: str
      os_maximum_build_version: &os_maximum_build_version
        description: Newest build of the operating system that is compliant (C(osMaximumBuildVersion)).
        type: str
      security_block_jailbroken_devices:
        description: Count a jailbroken device as noncompliant (C(securityBlockJailbrokenDevices)).
        type: bool
      managed_email_profile_required:
        description: Require the e-mail profile that Intune manages (C(managedEmailProfileRequired)).
        type: bool
      restricted_apps:
        description: Apps that must not be on the device, at most 100 (C(restrictedApps)). The list is complete; its
          order does not matter.
        type: list
        elements: dict
        suboptions:
          name: &name
            description: Name of the app, for the reader (C(name)).
            type: str
            required: true
          publisher: &publisher
            description: Publisher of the app (C(publisher)).
            type: str
          app_store_url: &app_store_url
            description: URL of the app in the store (C(appStoreUrl)).
            type: str
          app_id:
            description: Bundle ID of the app (C(appId)).
            type: str
  android_work_profile:
    description: Rules for personally owned Android devices with a work profile (C(androidWorkProfileCompliancePolicy)).
    type: dict
    suboptions:
      <<: &android_both
        device_threat_protection_enabled: *device_threat_protection_enabled
        device_threat_protection_required_security_level: *device_threat_protection_required_security_level
        advanced_threat_protection_required_security_level: *advanced_threat_protection_required_security_level
        password_required: &password_required
          description: Require a password to unlock the device (C(passwordRequired)).
          type: bool
        password_required_type:
          description: Type of password that is required (C(passwordRequiredType)). For Android 10 and earlier.
          type: str
          choices: [
            device_default, alphabetic, alphanumeric, alphanumeric_with_symbols, low_security_biometric, numeric,
            numeric_complex, any
          ]
        required_password_complexity:
          description: Complexity of the password in the words of Android 11 and later (C(requiredPasswordComplexity)).
          type: str
          choices: [none, low, medium, high]
        password_minimum_length: &password_minimum_length
          description: Shortest password, 4 to 16 (C(passwordMinimumLength)).
          type: int
        password_minutes_of_inactivity_before_lock: &password_minutes_of_inactivity_before_lock
          description: Minutes without use until the password is asked for (C(passwordMinutesOfInactivityBeforeLock)).
          type: int
        password_expiration_days: &password_expiration_days
          description: Days until the password has to be changed, 1 to 365 (C(passwordExpirationDays)).
          type: int
        password_previous_password_block_count: &password_previous_password_block_count
          description: How many of the last passwords cannot be used again, 1 to 24
            (C(passwordPreviousPasswordBlockCount)).
          type: int
        password_sign_in_failure_count_before_factory_reset:
          description: Failed attempts to unlock the device until it is reset, 1 to 16
            (C(passwordSignInFailureCountBeforeFactoryReset)).
          type: int
        os_minimum_version: *os_minimum_version
        os_maximum_version: *os_maximum_version
        min_android_security_patch_level: &min_android_security_patch_level
          description: Oldest security patch level that is compliant, as a date such as V(2026-11-01)
            (C(minAndroidSecurityPatchLevel)).
          type: str
        security_block_jailbroken_devices: &security_block_jailbroken_devices
          description: Count a rooted device as noncompliant (C(securityBlockJailbrokenDevices)).
          type: bool
        security_disable_usb_debugging:
          description: Require that debugging over USB is switched off (C(securityDisableUsbDebugging)).
          type: bool
        security_prevent_install_apps_from_unknown_sources:
          description: Require that apps from unknown sources are blocked
            (C(securityPreventInstallAppsFromUnknownSources)).
          type: bool
        security_require_company_portal_app_integrity:
          description: Require that the Company Portal app is genuine, up to date, and from the right source
            (C(securityRequireCompanyPortalAppIntegrity)).
          type: bool
        security_require_google_play_services:
          description: Require Google Play services (C(securityRequireGooglePlayServices)).
          type: bool
        security_require_safety_net_attestation_basic_integrity: &safety_net_attestation_basic_integrity
          description: Require the basic integrity that Google attests (Play Integrity, formerly SafetyNet)
            (C(securityRequireSafetyNetAttestationBasicIntegrity)).
          type: bool
        security_require_safety_net_attestation_certified_device: &safety_net_attestation_certified_device
          description: Require the device integrity that Google attests (Play Integrity, formerly SafetyNet)
            (C(securityRequireSafetyNetAttestationCertifiedDevice)).
          type: bool
        security_require_up_to_date_security_providers:
          description: Require the current security provider, which Google Play services brings
            (C(securityRequireUpToDateSecurityProviders)).
          type: bool
        security_require_verify_apps:
          description: Require that the device scans its apps for threats (C(securityRequireVerifyApps)).
          type: bool
        storage_require_encryption: &storage_require_encryption
          description: Require encrypted storage (C(storageRequireEncryption)).
          type: bool
      security_required_android_safety_net_evaluation_type: &security_required_android_safety_net_evaluation_type
        description: Whether Google's attestation must rest on hardware or may be V(basic)
          (C(securityRequiredAndroidSafetyNetEvaluationType)).
        type: str
        choices: [basic, hardware_backed]
      work_profile_require_password:
        description: Require a password for the work profile (C(workProfileRequirePassword)).
        type: bool
      work_profile_password_required_type:
        description: Type of password that the work profile must have (C(workProfilePasswordRequiredType)).
        type: str
        choices:
          - device_default
          - low_security_biometric
          - required
          - at_least_numeric
          - numeric_complex
          - at_least_alphabetic
          - at_least_alphanumeric
          - alphanumeric_with_symbols
      work_profile_required_password_complexity:
        description: Complexity of the work profile's password in the words of Android 11 and later
          (C(workProfileRequiredPasswordComplexity)).
        type: str
        choices: [none, low, medium, high]
      work_profile_password_minimum_length:
        description: Shortest password of the work profile, 4 to 16 (C(workProfilePasswordMinimumLength)).
        type: int
      work_profile_inactive_before_screen_lock_in_minutes:
        description: Minutes without use until the work profile is locked
          (C(workProfileInactiveBeforeScreenLockInMinutes)).
        type: int
      work_profile_password_expiration_in_days:
        description: Days until the work profile's password has to be changed, 1 to 365
          (C(workProfilePasswordExpirationInDays)).
        type: int
      work_profile_previous_password_block_count:
        description: How many of the work profile's last passwords cannot be used again, 0 to 24
          (C(workProfilePreviousPasswordBlockCount)).
        type: int
  android_device_owner:
    description: Rules for corporate-owned Android devices, be they fully managed, dedicated, or with a work profile
      (C(androidDeviceOwnerCompliancePolicy)).
    type: dict
    suboptions:
      <<: &device_owner_both
        password_required: *password_required
        password_required_type:
          description:
            - Type of password that is required (C(passwordRequiredType)).
            - Only with V(custom_password) do the minimum numbers of certain characters matter.
          type: str
          choices:
            - device_default
            - required
            - numeric
            - numeric_complex
            - alphabetic
            - alphanumeric
            - alphanumeric_with_symbols
            - low_security_biometric
            - custom_password
        password_minimum_length: *password_minimum_length
        password_minutes_of_inactivity_before_lock: *password_minutes_of_inactivity_before_lock
        os_minimum_version: *os_minimum_version
        os_maximum_version: *os_maximum_version
        min_android_security_patch_level: *min_android_security_patch_level
        security_block_jailbroken_devices: *security_block_jailbroken_devices
        storage_require_encryption: *storage_require_encryption
      device_threat_protection_enabled: *device_threat_protection_enabled
      device_threat_protection_required_security_level: *device_threat_protection_required_security_level
      advanced_threat_protection_required_security_level: *advanced_threat_protection_required_security_level
      password_minimum_letter_characters:
        description: Least number of letters in a password, 0 to 16 (C(passwordMinimumLetterCharacters)).
        type: int
      password_minimum_lower_case_characters:
        description: Least number of lower case letters in a password, 0 to 16 (C(passwordMinimumLowerCaseCharacters)).
        type: int
      password_minimum_upper_case_characters:
        description: Least number of upper case letters in a password, 0 to 16 (C(passwordMinimumUpperCaseCharacters)).
        type: int
      password_minimum_non_letter_characters:
        description: Least number of characters in a password that are no letters, 0 to 16
          (C(passwordMinimumNonLetterCharacters)).
        type: int
      password_minimum_numeric_characters:
        description: Least number of digits in a password, 0 to 16 (C(passwordMinimumNumericCharacters)).
        type: int
      password_minimum_symbol_characters:
        description: Least number of symbols in a password, 0 to 16 (C(passwordMinimumSymbolCharacters)).
        type: int
      password_expiration_days: *password_expiration_days
      password_previous_password_count_to_block:
        description: How many of the last passwords cannot be used again, 1 to 24
          (C(passwordPreviousPasswordCountToBlock)).
        type: int
      require_no_pending_system_updates:
        description: Count a device with a pending update of the system as noncompliant
          (C(requireNoPendingSystemUpdates)).
        type: bool
      security_require_intune_app_integrity:
        description: Require that the Intune app is the one of Microsoft from managed Google Play
          (C(securityRequireIntuneAppIntegrity)).
        type: bool
      security_require_safety_net_attestation_basic_integrity: *safety_net_attestation_basic_integrity
      security_require_safety_net_attestation_certified_device: *safety_net_attestation_certified_device
      security_required_android_safety_net_evaluation_type: *security_required_android_safety_net_evaluation_type
  aosp_device_owner:
    description: Rules for devices of the Android Open Source Project (C(aospDeviceOwnerCompliancePolicy)).
    type: dict
    suboptions:
      <<: *device_owner_both
  android:
    description: Rules for Android devices that are managed by device administrator (C(androidCompliancePolicy)).
    type: dict
    suboptions:
      <<: *android_both
      security_block_device_administrator_managed_devices:
        description: Count devices that are managed by device administrator as noncompliant
          (C(securityBlockDeviceAdministratorManagedDevices)).
        type: bool
      condition_statement_id:
        description: ID of a condition statement (C(conditionStatementId)).
        type: str
      restricted_apps:
        description: Apps that must not be on the device, at most 100 (C(restrictedApps)). The list is complete; its
          order does not matter.
        type: list
        elements: dict
        suboptions:
          name: *name
          publisher: *publisher
          app_store_url: *app_store_url
          app_id:
            description: Package name of the app (C(appId)).
            type: str
  windows10:
    description: Rules for devices with Windows 10 and later (C(windows10CompliancePolicy)).
    type: dict
    suboptions:
      <<: &windows_both
        password_required: *password_required
        password_block_simple: &password_block_simple
          description: Do not accept simple passwords such as 1111 or 1234 (C(passwordBlockSimple)).
          type: bool
        password_required_type: &windows_password_required_type
          description: Characters a password must have (C(passwordRequiredType)).
          type: str
          choices: [device_default, alphanumeric, numeric]
        password_minimum_character_set_count: &password_minimum_character_set_count
          description: How many character sets a password must have (C(passwordMinimumCharacterSetCount)).
          type: int
        password_minutes_of_inactivity_before_lock: *password_minutes_of_inactivity_before_lock
        password_previous_password_block_count:
          description: How many of the last passwords cannot be used again (C(passwordPreviousPasswordBlockCount)).
          type: int
        os_minimum_version: *os_minimum_version
        os_maximum_version: *os_maximum_version
        valid_operating_system_build_ranges:
          description: Ranges of builds of the operating system that are compliant (C(validOperatingSystemBuildRanges)).
            The list is complete; its order does not matter.
          type: list
          elements: dict
          suboptions:
            description:
              description: Name of the range, for the reader (C(description)).
              type: str
            lowest_version:
              description: First build of the range (C(lowestVersion)).
              type: str
              required: true
            highest_version:
              description: Last build of the range (C(highestVersion)).
              type: str
              required: true
        bit_locker_enabled:
          description: Require that the health attestation service reports BitLocker as switched on
            (C(bitLockerEnabled)).
          type: bool
        secure_boot_enabled:
          description: Require that the health attestation service reports secure boot as switched on
            (C(secureBootEnabled)).
          type: bool
        code_integrity_enabled:
          description: Require that the health attestation service reports code integrity as switched on
            (C(codeIntegrityEnabled)).
          type: bool
        early_launch_anti_malware_driver_enabled:
          description: Require that the health attestation service reports early launch of the antimalware driver as
            switched on (C(earlyLaunchAntiMalwareDriverEnabled)).
          type: bool
        storage_require_encryption: *storage_require_encryption
        active_firewall_required:
          description: Require an active firewall (C(activeFirewallRequired)).
          type: bool
      device_threat_protection_enabled: *device_threat_protection_enabled
      device_threat_protection_required_security_level: *device_threat_protection_required_security_level
      password_required_to_unlock_from_idle:
        description: Ask for the password when the device comes back from idle (C(passwordRequiredToUnlockFromIdle)).
        type: bool
      password_minimum_length:
        description: Shortest password (C(passwordMinimumLength)).
        type: int
      password_expiration_days:
        description: Days until the password has to be changed (C(passwordExpirationDays)).
        type: int
      mobile_os_minimum_version:
        description: Oldest version of Windows Phone that is compliant (C(mobileOsMinimumVersion)).
        type: str
      mobile_os_maximum_version:
        description: Newest version of Windows Phone that is compliant (C(mobileOsMaximumVersion)).
        type: str
      require_healthy_device_report:
        description: Require a report of good health from the health attestation service
          (C(requireHealthyDeviceReport)).
        type: bool
      memory_integrity_enabled:
        description: Require that Azure attestation reports memory integrity (code integrity that the hypervisor
          enforces) (C(memoryIntegrityEnabled)).
        type: bool
      kernel_dma_protection_enabled:
        description: Require that Azure attestation reports protection of the kernel against direct memory access
          (C(kernelDmaProtectionEnabled)).
        type: bool
      virtualization_based_security_enabled:
        description: Require that Azure attestation reports virtualization-based security
          (C(virtualizationBasedSecurityEnabled)).
        type: bool
      firmware_protection_enabled:
        description: Require that Azure attestation reports protection of the firmware (C(firmwareProtectionEnabled)).
        type: bool
      tpm_required:
        description: Require a trusted platform module (C(tpmRequired)).
        type: bool
      antivirus_required:
        description: Require an antivirus product that is registered with Windows Security and running
          (C(antivirusRequired)).
        type: bool
      anti_spyware_required:
        description: Require an antispyware product that is registered with Windows Security and running
          (C(antiSpywareRequired)).
        type: bool
      defender_enabled:
        description: Require Microsoft Defender Antimalware (C(defenderEnabled)).
        type: bool
      rtp_enabled:
        description: Require the real-time protection of Microsoft Defender (C(rtpEnabled)).
        type: bool
      signature_out_of_date:
        description: Require current signatures of Microsoft Defender (C(signatureOutOfDate)).
        type: bool
      defender_version:
        description: Oldest version of Microsoft Defender Antimalware that is compliant (C(defenderVersion)).
        type: str
      configuration_manager_compliance_required:
        description: Require that Configuration Manager reports the device as compliant too
          (C(configurationManagerComplianceRequired)). For devices that both manage.
        type: bool
      custom_compliance_required:
        description: Require what the script finds (C(customComplianceRequired)). The admin center sends it together
          with O(windows10.device_compliance_policy_script).
        type: bool
      device_compliance_policy_script: &device_compliance_policy_script
        description: Rules of one's own that a script on the device checks (C(deviceCompliancePolicyScript)).
        type: dict
        suboptions:
          device_compliance_script:
            description: Name or ID of the compliance script (C(deviceComplianceScriptId)).
            type: str
          rules_content:
            description: The rules for what the script finds, as a JSON document (C(rulesContent)). They are compared by
              their meaning.
            type: json
          run_interval_in_minutes:
            description: Minutes between two runs of the script, 1 to 480 (C(runIntervalInMinutes)).
            type: int
      wsl_distributions:
        description: Distributions of the Windows Subsystem for Linux that are compliant (C(wslDistributions)). The list
          is complete; its order does not matter.
        type: list
        elements: dict
        suboptions:
          distribution:
            description: Name of the distribution, such as V(Ubuntu) (C(distribution)).
            type: str
            required: true
          minimum_os_version:
            description: Oldest version of the distribution that is compliant (C(minimumOSVersion)).
            type: str
          maximum_os_version:
            description: Newest version of the distribution that is compliant (C(maximumOSVersion)).
            type: str
  windows10_mobile:
    description: Rules for devices with Windows 10 mobile (C(windows10MobileCompliancePolicy)), as older tenants have
      them.
    type: dict
    suboptions:
      <<: *windows_both
      password_require_to_unlock_from_idle:
        description: Ask for the password when the device comes back from idle (C(passwordRequireToUnlockFromIdle)).
        type: bool
      password_minimum_length: *password_minimum_length
      password_expiration_days:
        description: Days until the password has to be changed, 1 to 255 (C(passwordExpirationDays)).
        type: int
  macos:
    description: Rules for Macs (C(macOSCompliancePolicy)).
    type: dict
    suboptions:
      device_threat_protection_enabled: *device_threat_protection_enabled
      device_threat_protection_required_security_level: *device_threat_protection_required_security_level
      advanced_threat_protection_required_security_level: *advanced_threat_protection_required_security_level
      password_required: *password_required
      password_block_simple: *password_block_simple
      password_required_type: *windows_password_required_type
      password_minimum_length:
        description: Shortest password, 4 to 14 (C(passwordMinimumLength)).
        type: int
      password_expiration_days:
        description: Days until the password has to be changed, 1 to 65535 (C(passwordExpirationDays)).
        type: int
      password_previous_password_block_count: *password_previous_password_block_count
      password_minimum_character_set_count: *password_minimum_character_set_count
      password_minutes_of_inactivity_before_lock: *password_minutes_of_inactivity_before_lock
      os_minimum_version: *os_minimum_version
      os_maximum_version: *os_maximum_version
      os_minimum_build_version: *os_minimum_build_version
      os_maximum_build_version: *os_maximum_build_version
      system_integrity_protection_enabled:
        description: Require system integrity protection (C(systemIntegrityProtectionEnabled)).
        type: bool
      storage_require_encryption: *storage_require_encryption
      firewall_enabled:
        description: Require that the firewall is switched on (C(firewallEnabled)).
        type: bool
      firewall_block_all_incoming:
        description: Require that the firewall blocks all incoming connections (C(firewallBlockAllIncoming)).
        type: bool
      firewall_enable_stealth_mode:
        description: Require the stealth mode of the firewall (C(firewallEnableStealthMode)).
        type: bool
      gatekeeper_allowed_app_source:
        description: Sources that Gatekeeper may accept apps from (C(gatekeeperAllowedAppSource)).
        type: str
        choices: [not_configured, mac_app_store, mac_app_store_and_identified_developers, anywhere]
      device_compliance_policy_script: *device_compliance_policy_script
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(DeviceManagementConfiguration.ReadWrite.All)
    to change something; C(DeviceManagementServiceConfig.Read.All) with notification message templates;
    C(GroupMember.Read.All) to warn about groups of devices and with groups in assignments."
  - Only the declared rules are compared and set.
  - The platform of the policy with an O(id) can be changed with O(recreate=true) only.
  - If a policy requires a threat level and is assigned to all devices, or to a group with devices, the module warns
    about it. It sees what is in a group with the permission C(GroupMember.Read.All); without it, it does not look.
seealso:
  - module: mobilesec.intune.intune_compliance_policy_info
  - module: mobilesec.intune.intune_mtd_connector
  - name: Create a compliance policy
    description: What the rules mean on the devices.
    link: https://learn.microsoft.com/intune/intune-service/protect/create-compliance-policy
"""

EXAMPLES = r"""
- name: iPhones and iPads with a threat above low are noncompliant after three days
  mobilesec.intune.intune_compliance_policy:
    name: Harmony Mobile threat level iOS
    ios:
      device_threat_protection_required_security_level: low
    scheduled_actions_for_rule:
      - action_type: push_notification
      - action_type: block
        grace_period_days: 3
    assignments:
      - group: Mobile users

- name: The same for the Android work profile, with an e-mail to the user and to the help desk
  mobilesec.intune.intune_compliance_policy:
    name: Harmony Mobile threat level Android
    android_work_profile:
      device_threat_protection_required_security_level: low
      security_block_jailbroken_devices: true
      os_minimum_version: "13"
    scheduled_actions_for_rule:
      - action_type: notification
        notification_template: Device not compliant
        notification_message_cc_list: [Help desk]
      - action_type: block
        grace_period_days: 3
      - action_type: retire
        grace_period_days: 90
    assignments:
      - group: Mobile users
      - group: Mobile users without a device
        exclude: true

- name: Windows 11 in two releases
  mobilesec.intune.intune_compliance_policy:
    name: Windows baseline
    windows10:
      bit_locker_enabled: true
      secure_boot_enabled: true
      valid_operating_system_build_ranges:
        - description: 24H2
          lowest_version: 10.0.26100.0
          highest_version: 10.0.26100.9999
        - description: 25H2
          lowest_version: 10.0.26200.0
          highest_version: 10.0.26200.9999

- name: No such policy
  mobilesec.intune.intune_compliance_policy:
    name: Harmony Mobile threat level iOS
    ios: {}
    state: absent
"""

RETURN = r"""
compliance_policy:
  description: The compliance policy, in the form of the module's options. After deletion, the policy as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 7b2d8d3e-3c3f-4f0e-8a55-2f0e4f6a9c11
    type: ios_compliance_policy
    name: Harmony Mobile threat level iOS
    description: ''
    scope_tags: ["0"]
    scheduled_actions_for_rule:
      - action_type: push_notification
        grace_period_days: 0
      - action_type: block
        grace_period_days: 3
    ios:
      device_threat_protection_enabled: true
      device_threat_protection_required_security_level: low
    version: 1
    created_date_time: '2026-11-24T08:00:00Z'
    last_modified_date_time: '2026-11-24T08:00:00Z'
    assignments:
      - group: Mobile users
id:
  description: ID of the compliance policy; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 7b2d8d3e-3c3f-4f0e-8a55-2f0e4f6a9c11
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.compliance_policy import CompliancePolicy

MODULE = resource_module(CompliancePolicy)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
