#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_mtd_connector
short_description: Manage mobile threat defense connectors in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Sets up the connector of a mobile threat defense partner, switches platforms on and off, and removes the connector.
  - A connector works, with the partner state C(enabled), only after the partner itself has connected to the tenant.
    That needs the partner's console and an administrator's consent, and cannot be done through Microsoft Graph.
  - Properties that you do not declare are left as they are; those of a new connector are off.
  - An entry of Intune's catalogue of partners that the tenant never set up counts as absent.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource.removal
options:
  state:
    description: Whether the connector should be there.
    type: str
    choices: [present, absent]
    default: present
  partner:
    description:
      - Name of the partner. Letter case does not matter.
      - Known are V(BETTER Mobile Security), V(Check Point Harmony Mobile), V(CrowdStrike Falcon for Mobile),
        V(CylancePROTECT Mobile), V(Jamf Trust), V(Lookout for Work), V(Microsoft Defender for Endpoint), V(Pradeo),
        V(SentinelOne), V(Sophos), V(Symantec Endpoint Protection), V(Trend Micro), V(Windows Security Center), and
        V(Zimperium).
      - Exactly one of O(partner) and O(id) is needed.
    type: str
  id:
    description: ID of the connector (C(id)), for partners that O(partner) does not know. A partner's connector has the
      same ID in every tenant.
    type: str
  created_by:
    description:
      - With O(state=absent), the connector is deleted only if nobody else uses it. Others are the partner, once it sent
        a heartbeat, platforms that this task does not declare, and compliance policies that demand a threat level.
      - A connector cannot have an ownership tag.
    type: str
  wait_for:
    description:
      - Wait until the partner brings the connector to this state (C(partnerState)), and fail if it does not within
        O(wait_timeout).
      - V(enabled) comes with the partner's consent and its first heartbeat. You start both in the partner's console.
        Not done in check mode.
    type: str
    choices: [unavailable, available, enabled, unresponsive, not_set_up, error]
  wait_timeout:
    description: Seconds to wait for the state in O(wait_for).
    type: int
    default: 300
  wait_poll:
    description: Seconds between two looks at the state, at least 1.
    type: int
    default: 10
  heartbeat_max_age:
    description: Hours after which a heartbeat counts as too old for the returned C(healthy).
    type: int
    default: 24
  android_enabled:
    description: Use the partner's data when the compliance of Android devices is evaluated (C(androidEnabled)).
    type: bool
  android_device_blocked_on_missing_partner_data:
    description: Count an Android device as compliant only after the partner has sent data about it
      (C(androidDeviceBlockedOnMissingPartnerData)).
    type: bool
  android_mobile_application_management_enabled:
    description:
      - Use the partner's data when app protection policies are evaluated on Android
        (C(androidMobileApplicationManagementEnabled)).
      - One partner a platform can be used for this.
    type: bool
  ios_enabled:
    description: Use the partner's data when the compliance of iOS and iPadOS devices is evaluated (C(iosEnabled)).
    type: bool
  ios_device_blocked_on_missing_partner_data:
    description: Count an iOS or iPadOS device as compliant only after the partner has sent data about it
      (C(iosDeviceBlockedOnMissingPartnerData)).
    type: bool
  ios_mobile_application_management_enabled:
    description:
      - Use the partner's data when app protection policies are evaluated on iOS and iPadOS
        (C(iosMobileApplicationManagementEnabled)).
      - One partner a platform can be used for this.
    type: bool
  mac_enabled:
    description: Use the partner's data when the compliance of Macs is evaluated (C(macEnabled)).
    type: bool
  mac_device_blocked_on_missing_partner_data:
    description: Count a Mac as compliant only after the partner has sent data about it
      (C(macDeviceBlockedOnMissingPartnerData)).
    type: bool
  windows_enabled:
    description: Use the partner's data when the compliance of Windows devices is evaluated (C(windowsEnabled)).
    type: bool
  windows_device_blocked_on_missing_partner_data:
    description: Count a Windows device as compliant only after the partner has sent data about it
      (C(windowsDeviceBlockedOnMissingPartnerData)).
    type: bool
  windows_mobile_application_management_enabled:
    description:
      - Use the partner's data when app protection policies are evaluated on Windows
        (C(windowsMobileApplicationManagementEnabled)).
      - One partner a platform can be used for this.
    type: bool
  allow_partner_to_collect_ios_application_metadata:
    description: Let the partner get from Intune the list of apps on iOS and iPadOS devices
      (C(allowPartnerToCollectIOSApplicationMetadata)).
    type: bool
  allow_partner_to_collect_ios_personal_application_metadata:
    description: Let this list also hold apps that users installed themselves on iOS and iPadOS devices
      (C(allowPartnerToCollectIOSPersonalApplicationMetadata)).
    type: bool
  allow_partner_to_collect_ios_certificate_metadata:
    description: Let the partner get from Intune the list of certificates on iOS and iPadOS devices, also of those that
      Intune did not install (C(allowPartnerToCollectIosCertificateMetadata)).
    type: bool
  allow_partner_to_collect_ios_personal_certificate_metadata:
    description: Let the partner also get the list of certificates on iOS and iPadOS devices that users own
      (C(allowPartnerToCollectIosPersonalCertificateMetadata)).
    type: bool
  grant_mobile_threat_defense_partner_role:
    description:
      - Give the partner's app the mobile threat defense role on corporate-owned Android devices, with and without a
        work profile (C(grantMobileThreatDefensePartnerRole)).
      - One partner in a tenant can have the role.
    type: bool
  launch_mobile_threat_defense_partner_on_setup_enabled:
    description: Start the partner's app while a corporate-owned Android device is set up
      (C(launchMobileThreatDefensePartnerOnSetupEnabled)).
    type: bool
  microsoft_defender_for_endpoint_attach_enabled:
    description: Let Microsoft Defender for Endpoint manage configuration profiles
      (C(microsoftDefenderForEndpointAttachEnabled)). Matters for its connector only.
    type: bool
  partner_unsupported_os_version_blocked:
    description: Count devices as noncompliant whose operating system is older than the partner supports, on the
      platforms that are switched on (C(partnerUnsupportedOsVersionBlocked)).
    type: bool
  partner_unresponsiveness_threshold_in_days:
    description: Days without a sign of life from the partner, after which it counts as unresponsive and its data are no
      longer used (C(partnerUnresponsivenessThresholdInDays)).
    type: int
notes:
  - "Application permissions: C(DeviceManagementServiceConfig.Read.All); C(DeviceManagementServiceConfig.ReadWrite.All)
    to change something; C(DeviceManagementApps.Read.All) to delete what has an ownership tag;
    C(DeviceManagementConfiguration.Read.All) to delete what has an ownership tag."
seealso:
  - module: mobilesec.intune.intune_app
  - module: mobilesec.intune.intune_device_facts
"""

EXAMPLES = r"""
- name: Use the partner's data for iOS and Android
  mobilesec.intune.intune_mtd_connector:
    partner: Check Point Harmony Mobile
    ios_enabled: true
    android_enabled: true
    partner_unresponsiveness_threshold_in_days: 7

- name: Fail as long as the partner has not connected
  mobilesec.intune.intune_mtd_connector:
    partner: Check Point Harmony Mobile
  register: connector
  check_mode: true
  failed_when: connector.mtd_connector.partner_state | default('unavailable') != 'enabled'

- name: Wait until Check Point has connected
  mobilesec.intune.intune_mtd_connector:
    partner: Check Point Harmony Mobile
    wait_for: enabled
    wait_timeout: 3600
    wait_poll: 60

- name: Remove a connector by its ID
  mobilesec.intune.intune_mtd_connector:
    id: d3ddeae8-441f-4681-b80f-aef644f7195a
    state: absent
"""

RETURN = r"""
mtd_connector:
  description: The connector, in the form of the module's options. After deletion, the connector as it was.
  returned: success, unless there is none
  type: dict
  contains:
    id:
      description: ID of the connector.
      returned: always
      type: str
      sample: d3ddeae8-441f-4681-b80f-aef644f7195a
    partner_state:
      description: State of the connection to the partner. One of V(unavailable), V(available), V(enabled),
        V(unresponsive), V(not_set_up), V(error).
      returned: when Microsoft Graph has it
      type: str
      sample: enabled
    healthy:
      description: Whether the state is V(enabled) and the last heartbeat no older than O(heartbeat_max_age).
      returned: success
      type: bool
      sample: true
    last_heartbeat_date_time:
      description: When the partner last gave a sign of life.
      returned: when Microsoft Graph has it
      type: str
      sample: '2026-11-24T08:00:00Z'
    partner_display_name:
      description: Name of the partner. Older versions of Microsoft Graph do not give it.
      returned: when Microsoft Graph has it
      type: str
      sample: Check Point Harmony Mobile
  sample:
    id: d3ddeae8-441f-4681-b80f-aef644f7195a
    android_enabled: true
    ios_enabled: true
    mac_enabled: false
    windows_enabled: false
    partner_unresponsiveness_threshold_in_days: 7
    partner_state: enabled
    last_heartbeat_date_time: '2026-11-24T08:00:00Z'
id:
  description: ID of the connector.
  returned: success
  type: str
  sample: d3ddeae8-441f-4681-b80f-aef644f7195a
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import MtdConnector

MODULE = resource_module(MtdConnector)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
