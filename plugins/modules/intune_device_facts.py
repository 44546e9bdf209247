#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_device_facts
short_description: Read the devices that Microsoft Intune manages
version_added: 0.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads the managed devices, all or those that fit O(filters), and returns them as facts, together with a summary.
  - All pages are read. If one cannot be read, the module fails, so that a part of the devices is never taken for all.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
attributes:
  facts:
    support: full
    description:
      - Returns an C(ansible_facts) dictionary that is merged into the host's facts.
options:
  fields:
    description:
      - Properties to return of each device, in snake_case. V(all), alone, returns all that Microsoft Graph fills in lists.
      - If not given, these are V(id), V(device_name), V(serial_number), V(azure_ad_device_id), V(user_principal_name), V(user_display_name),
        V(operating_system), V(os_version), V(manufacturer), V(model), V(managed_device_owner_type), V(compliance_state),
        V(partner_reported_threat_state), V(enrolled_date_time), and V(last_sync_date_time).
      - Microsoft Graph leaves some properties empty unless a device is read by itself, so they cannot be had here. They are
        C(activationLockBypassCode), C(chromeOSDeviceInfo), C(ethernetMacAddress), C(hardwareInformation), C(iccid), C(notes),
        C(physicalMemoryInBytes), C(remoteAssistanceSessionUrl), C(udid), C(windowsActiveMalwareCount), and C(windowsRemediatedMalwareCount).
    type: list
    elements: str
  filters:
    description:
      - Return the devices that fit all of these. A device fits a list if it has one of its values; letter case does not matter.
      - Microsoft Graph filters by single values, as far as it can; the rest is filtered by this module.
    type: dict
    suboptions:
      operating_system:
        description:
          - Operating systems (C(operatingSystem)), such as V(iOS) and V(Android).
        type: list
        elements: str
      compliance_state:
        description:
          - Compliance states (C(complianceState)).
        type: list
        elements: str
        choices: [unknown, compliant, noncompliant, conflict, error, in_grace_period, config_manager]
      user_principal_name:
        description:
          - User principal names of the devices' users (C(userPrincipalName)).
        type: list
        elements: str
      device_name:
        description:
          - Names of devices (C(deviceName)).
        type: list
        elements: str
      serial_number:
        description:
          - Serial numbers (C(serialNumber)).
        type: list
        elements: str
      manufacturer:
        description:
          - Manufacturers (C(manufacturer)).
        type: list
        elements: str
      model:
        description:
          - Models (C(model)).
        type: list
        elements: str
      azure_ad_device_id:
        description:
          - Device IDs of Microsoft Entra (C(azureADDeviceId)).
        type: list
        elements: str
      partner_reported_threat_state:
        description:
          - Threat states that a mobile threat defense partner reported (C(partnerReportedThreatState)).
        type: list
        elements: str
        choices:
          - unknown
          - activated
          - deactivated
          - secured
          - low_severity
          - medium_severity
          - high_severity
          - unresponsive
          - compromised
          - misconfigured
      managed_device_owner_type:
        description:
          - Kinds of ownership (C(managedDeviceOwnerType)).
        type: list
        elements: str
        choices: [unknown, company, personal]
      last_sync_before:
        description:
          - Last synchronized before this time (C(lastSyncDateTime)), in ISO 8601 form such as V(2026-01-31) or V(2026-01-31T12:00:00Z).
            Without an offset it is UTC.
        type: str
      last_sync_after:
        description:
          - Last synchronized after this time (C(lastSyncDateTime)), in the same form.
        type: str
notes:
  - "Application permissions: C(DeviceManagementManagedDevices.Read.All)."
  - Facts are kept for each host of a play. For a large fleet, run the task once, for C(localhost).
seealso:
  - module: mobilesec.intune.intune_mtd_connector
"""

EXAMPLES = r"""
- name: All devices
  mobilesec.intune.intune_device_facts:

- name: Put those that Microsoft Entra knows into a group
  mobilesec.intune.intune_group:
    name: Harmony Mobile devices
    members: "{{ intune_devices | map(attribute='azure_ad_device_id') | difference(['00000000-0000-0000-0000-000000000000']) }}"

- name: Devices at risk, with what is needed to reach their users
  mobilesec.intune.intune_device_facts:
    fields: [id, device_name, user_principal_name, email_address, partner_reported_threat_state]
    filters:
      operating_system: [iOS, Android]
      partner_reported_threat_state: [medium_severity, high_severity, compromised]

- name: How many devices have not been seen for a month
  mobilesec.intune.intune_device_facts:
    fields: [id]
    filters:
      last_sync_before: "{{ '%Y-%m-%d' | strftime(now().timestamp() - 30 * 86400) }}"
  register: lost

- name: Show the number
  ansible.builtin.debug:
    var: lost.summary.total
"""

RETURN = r"""
ansible_facts:
  description: Facts that are added to those of the host.
  returned: success
  type: dict
  contains:
    intune_devices:
      description: The devices, each as a dictionary of the chosen properties. A property without a value is V(null).
      returned: success
      type: list
      elements: dict
      sample:
        - id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
          device_name: Adele's iPhone
          serial_number: C02XK0AAJG5H
          azure_ad_device_id: 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11
          user_principal_name: adele@contoso.example
          user_display_name: Adele Vance
          operating_system: iOS
          os_version: '18.1'
          manufacturer: Apple
          model: iPhone 16
          managed_device_owner_type: company
          compliance_state: compliant
          partner_reported_threat_state: secured
          enrolled_date_time: '2026-10-01T08:00:00Z'
          last_sync_date_time: '2026-11-24T07:12:31Z'
    intune_devices_summary:
      description: The same as RV(summary).
      returned: success
      type: dict
      sample:
        total: 1
        by_platform: {iOS: 1}
        by_compliance_state: {compliant: 1}
        by_threat_state: {secured: 1}
        by_ownership: {company: 1}
  sample:
    intune_devices:
      - id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
        device_name: Adele's iPhone
        compliance_state: compliant
    intune_devices_summary:
      total: 1
      by_platform: {iOS: 1}
      by_compliance_state: {compliant: 1}
      by_threat_state: {secured: 1}
      by_ownership: {company: 1}
summary:
  description: How many devices there are. A device without a value is counted as V(unknown).
  returned: success
  type: dict
  contains:
    total:
      description: Number of devices.
      returned: success
      type: int
      sample: 3
    by_platform:
      description: Number of devices of each operating system.
      returned: success
      type: dict
      sample: {Android: 1, iOS: 2}
    by_compliance_state:
      description: Number of devices in each compliance state.
      returned: success
      type: dict
      sample: {compliant: 2, noncompliant: 1}
    by_threat_state:
      description: Number of devices in each threat state that the mobile threat defense partner reported.
      returned: success
      type: dict
      sample: {high_severity: 1, secured: 2}
    by_ownership:
      description: Number of devices of each kind of ownership.
      returned: success
      type: dict
      sample: {company: 2, personal: 1}
  sample:
    total: 3
    by_platform: {Android: 1, iOS: 2}
    by_compliance_state: {compliant: 2, noncompliant: 1}
    by_threat_state: {high_severity: 1, secured: 2}
    by_ownership: {company: 2, personal: 1}
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a page counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils.interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.devices import (
    COMPLIANCE_STATES,
    OWNERSHIPS,
    THREAT_STATES,
    gather,
)

FILTERS = {
    "operating_system": {"type": "list", "elements": "str"},
    "compliance_state": {"type": "list", "elements": "str", "choices": COMPLIANCE_STATES.choices},
    "user_principal_name": {"type": "list", "elements": "str"},
    "device_name": {"type": "list", "elements": "str"},
    "serial_number": {"type": "list", "elements": "str"},
    "manufacturer": {"type": "list", "elements": "str"},
    "model": {"type": "list", "elements": "str"},
    "azure_ad_device_id": {"type": "list", "elements": "str"},
    "partner_reported_threat_state": {"type": "list", "elements": "str", "choices": THREAT_STATES.choices},
    "managed_device_owner_type": {"type": "list", "elements": "str", "choices": OWNERSHIPS.choices},
    "last_sync_before": {"type": "str"},
    "last_sync_after": {"type": "str"},
}
OPTIONS = {
    "fields": {"type": "list", "elements": "str"},
    "filters": {"type": "dict", "options": FILTERS},
}
MODULE = Module(gather, OPTIONS)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
