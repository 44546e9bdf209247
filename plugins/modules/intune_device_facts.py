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
  - mobilesec.intune.fleet
  - mobilesec.intune.fleet.groups
attributes:
  facts:
    support: full
    description:
      - Returns an C(ansible_facts) dictionary that is merged into the host's facts.
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
      sample: &summary
        total: 3
        by_platform: {Android: 1, iOS: 2}
        by_os_version:
          Android: {'16': 1}
          iOS: {'18.1': 1, '26.0': 1}
        by_compliance_state: {compliant: 2, noncompliant: 1}
        by_threat_state: {deactivated: 1, high_severity: 1, secured: 1}
        by_ownership: {company: 2, personal: 1}
        by_last_sync: {within_1_day: 2, within_7_days: 1, within_30_days: 0, within_90_days: 0, older: 0, never: 0}
        protected: 2
        protected_share: 0.6667
  sample:
    intune_devices:
      - id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
        device_name: Adele's iPhone
        compliance_state: compliant
    intune_devices_summary: *summary
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
    by_os_version:
      description: Number of devices of each version, for each operating system.
      returned: success
      type: dict
      sample:
        Android: {'16': 1}
        iOS: {'18.1': 1, '26.0': 1}
    by_compliance_state:
      description: Number of devices in each compliance state.
      returned: success
      type: dict
      sample: {compliant: 2, noncompliant: 1}
    by_threat_state:
      description: Number of devices in each threat state that the mobile threat defense partner reported.
      returned: success
      type: dict
      sample: {deactivated: 1, high_severity: 1, secured: 1}
    by_ownership:
      description: Number of devices of each kind of ownership.
      returned: success
      type: dict
      sample: {company: 2, personal: 1}
    by_last_sync:
      description:
        - Number of devices by the time since they last synchronized. A device is counted in the first that fits.
        - C(older) is more than 90 days, C(never) is for devices that have not synchronized at all.
      returned: success
      type: dict
      sample: {within_1_day: 2, within_7_days: 1, within_30_days: 0, within_90_days: 0, older: 0, never: 0}
    protected:
      description:
        - Number of devices that the mobile threat defense partner watches, whether it found a threat or not. Their threat state is V(activated),
          V(secured), V(low_severity), V(medium_severity), V(high_severity), or V(compromised).
      returned: success
      type: int
      sample: 2
    protected_share:
      description: The share of these in all devices, from 0 to 1.
      returned: success
      type: float
      sample: 0.6667
  sample: *summary
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a page counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils.interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.fleet.facts import gather
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.fleet.query import OPTIONS

MODULE = Module(gather, OPTIONS)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
