#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_device_facts
short_description: Read the devices that Microsoft Intune manages
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads the managed devices, all or those that are asked for, and returns them as facts or writes them to a file. The
    fact RV(ansible_facts.intune_devices_summary) is always returned.
  - All pages are read. If one cannot be read, the module fails, so that a part of the devices is never taken for all.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.fleet
  - mobilesec.intune.fleet.groups
attributes:
  check_mode:
    description: Reads the devices in any case. The file O(dest) is not written.
  diff_mode:
    support: full
    description: Shows how the file O(dest) changes, without the devices in it.
  facts:
    support: full
    description: Returns an C(ansible_facts) dictionary that is merged into the host's facts.
options:
  gather:
    description:
      - V(devices) returns the devices, or writes them to O(dest).
      - V(summary) only counts them. No list of devices is kept, so that the memory needed does not grow with their
        number.
      - V(threats) counts them all, and returns or writes only those with a threat, from V(low_severity) on. One reading
        of a large fleet gives both. It was added in version 1.2.0.
    type: str
    choices: [devices, threats, summary]
    default: devices
  via:
    description:
      - How the devices are read. V(pages) is the list of devices, page by page.
      - V(export_job) has Intune create a report of all devices, which is downloaded as one file. For a very large fleet
        this takes few requests. It needs a wider permission, and the data can be some minutes old. Threat states are
        not in the report, so O(fields), O(filters) and the summary cannot contain them. Only the properties of the
        report are available. They are V(id), V(device_name), V(serial_number), V(azure_ad_device_id), V(user_id),
        V(user_principal_name), V(user_display_name), V(email_address), V(operating_system), V(os_version),
        V(manufacturer), V(model), V(managed_device_owner_type), V(compliance_state), V(last_sync_date_time), V(imei),
        V(phone_number), V(subscriber_carrier), and V(wifi_mac_address). It cannot be combined with
        O(id), O(azure_ad_device_id), O(serial_number), O(device_name), O(groups), and O(user).
      - Check mode reads pages, since a job is created in the tenant.
    type: str
    choices: [pages, export_job]
    default: pages
  export_timeout:
    description: Seconds to wait for the report with O(via=export_job). With C(-v), the status of the job is shown
      meanwhile.
    type: int
    default: 600
  dest:
    description:
      - File to write the devices to, instead of returning them. The memory needed does not grow with their number.
      - The file is replaced when all devices have been read and its lines differ from before. The order of the lines
        is not fixed and does not count as a change.
      - The mode of the file is C(0600), because names and serial numbers of users' devices are personal data. A
        symbolic link is refused. See also O(shared_directory).
    type: path
  format:
    description:
      - Format of the file O(dest). V(json_lines) is one JSON object a line. V(csv) has the names of the properties in
        its first line, an empty cell for a property without a value, and JSON for lists and objects.
      - The default is V(csv) for a file whose name ends in C(.csv), and V(json_lines) for any other.
    type: str
    choices: [json_lines, csv]
  shared_directory:
    description: Whether O(dest) may be in a directory that other users can write to, such as C(/tmp).
    type: bool
    default: false
  outside_groups:
    description: Whether to report also the managed devices that belong to no member of O(groups). This reads the whole
      fleet.
    type: bool
    default: false
  registered_devices:
    description: Whether to report also the devices that O(user) registered in Microsoft Entra, and to read those of
      them that Intune manages, whoever enrolled them.
    type: bool
    default: false
notes:
  - "Application permissions: C(DeviceManagementManagedDevices.Read.All); C(GroupMember.Read.All) with O(groups);
    C(Device.Read.All) with O(groups) that have devices in them; C(User.Read.All) with O(registered_devices);
    C(DeviceManagementManagedDevices.ReadWrite.All) with O(via=export_job)."
  - An export with O(via=export_job) takes a permission to write, although it changes no device. The file is at a host
    of Microsoft Azure's storage, and is downloaded without the access token.
  - Up to 200 members of O(groups), users and devices together, are asked for their devices one by one, in C($batch) of
    20. For more members, and with O(outside_groups), the whole fleet is listed and joined here.
  - A fleet of several pages is cut into slices by C(enrolledDateTime), which are read side by side, O(parallel_pages)
    pages at a time, unless a page comes within 50 milliseconds. If Microsoft Graph throttles one of the requests, all
    of them wait. If the slices leave out a device, the fleet is read page by page.
  - With C(-v), the number of devices read is shown every few thousand devices where the module runs in Ansible's own
    process. Elsewhere it goes to the log of the target's system, since a module has no other way to report something
    before its end.
  - Facts are kept for each host of a play. For a large fleet, run the task once, for C(localhost), and use O(dest) or
    O(gather=summary).
  - Where Ansible has a fact cache, it writes the facts there too, and shows them to later runs. The cache then holds
    names and serial numbers of users' devices.
seealso:
  - module: mobilesec.intune.intune_mtd_connector
"""

EXAMPLES = r"""
- name: All devices
  mobilesec.intune.intune_device_facts:

- name: Put those that Microsoft Entra knows into a group
  mobilesec.intune.intune_group:
    name: Harmony Mobile devices
    members: "{{ ansible_facts.intune_devices | map(attribute='azure_ad_device_id') | select |
      difference(['00000000-0000-0000-0000-000000000000']) }}"

- name: Devices at risk, with what is needed to reach their users
  mobilesec.intune.intune_device_facts:
    fields: [id, device_name, user_principal_name, email_address, partner_reported_threat_state]
    filters:
      operating_system: [iOS, iPadOS, Android]
      partner_reported_threat_state: [medium_severity, high_severity, compromised]

- name: The devices of a group's members, and who of them has none
  mobilesec.intune.intune_device_facts:
    groups: [Harmony Mobile iOS, Harmony Mobile Android]
    outside_groups: true

- name: Members without a device
  ansible.builtin.debug:
    msg: "{{ ansible_facts.intune_members_without_device | map(attribute='name') }}"

- name: One device, with properties that lists do not have
  mobilesec.intune.intune_device_facts:
    serial_number: C02XK0AAJG5H
    fields: [all, notes, udid]

- name: All devices in a file, once for the play
  mobilesec.intune.intune_device_facts:
    dest: /var/lib/fleet/devices.csv
    fields: [device_name, serial_number, user_principal_name, compliance_state, partner_reported_threat_state]
  delegate_to: localhost
  run_once: true

- name: A very large fleet, by a report
  mobilesec.intune.intune_device_facts:
    via: export_job
    dest: /var/lib/fleet/devices.csv

- name: How many devices have not been seen for a month
  mobilesec.intune.intune_device_facts:
    gather: summary
    filters:
      last_sync_before: "{{ '%Y-%m-%d' | strftime(now().timestamp() - 30 * 86400) }}"

- name: Show the number
  ansible.builtin.debug:
    var: ansible_facts.intune_devices_summary.total
"""

RETURN = r"""
ansible_facts:
  description: Facts that are added to those of the host.
  returned: success
  type: dict
  contains:
    intune_devices:
      description: The devices, each as a dictionary of the chosen properties. A property without a value is V(null).
      returned: without O(dest), and with O(gather=devices)
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
          returned: without O(via=export_job)
          type: dict
          sample: {deactivated: 1, high_severity: 1, secured: 1}
        by_ownership:
          description: Number of devices of each type of ownership.
          returned: success
          type: dict
          sample: {company: 2, personal: 1}
        by_last_sync:
          description:
            - Number of devices by the time since they last synchronized. A device is counted in the shortest range that
              it is in.
            - C(older) is more than 90 days, C(never) is for devices that have not synchronized at all.
          returned: success
          type: dict
          sample: {within_1_day: 2, within_7_days: 1, within_30_days: 0, within_90_days: 0, older: 0, never: 0}
        protected:
          description:
            - Number of devices that the mobile threat defense partner watches and finds in a good state.
            - Their threat state is V(activated) or V(secured).
          returned: without O(via=export_job)
          type: int
          sample: 1
        protected_share:
          description: The share of these in all devices, from 0 to 1.
          returned: without O(via=export_job)
          type: float
          sample: 0.3333
      sample:
        total: 3
        by_platform: {Android: 1, iOS: 2}
        by_os_version:
          Android: {'16': 1}
          iOS: {'18.1': 1, '26.0': 1}
        by_compliance_state: {compliant: 2, noncompliant: 1}
        by_threat_state: {deactivated: 1, high_severity: 1, secured: 1}
        by_ownership: {company: 2, personal: 1}
        by_last_sync: {within_1_day: 2, within_7_days: 1, within_30_days: 0, within_90_days: 0, older: 0, never: 0}
        protected: 1
        protected_share: 0.3333
    intune_members_without_device:
      description: The members of O(groups) that have no managed device. O(filters) do not count here.
      returned: with O(groups)
      type: list
      elements: dict
      contains:
        type:
          description: V(user) or V(device).
          returned: success
          type: str
          sample: user
        id:
          description: ID of the user or the device in Microsoft Entra (C(id)).
          returned: success
          type: str
          sample: 9b2f6a51-7d0f-4b35-8a53-6c1f1f0c9d10
        device_id:
          description: Device ID of a device (C(deviceId)), which Intune calls C(azureADDeviceId).
          returned: for a device
          type: str
          sample: 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11
        name:
          description: User principal name of the user, or name of the device.
          returned: success
          type: str
          sample: adele@contoso.example
      sample:
        - type: user
          id: 9b2f6a51-7d0f-4b35-8a53-6c1f1f0c9d10
          name: adele@contoso.example
    intune_devices_outside_groups:
      description: The managed devices that belong to no member of O(groups). O(filters) do not count here.
      returned: with O(outside_groups=true)
      type: dict
      contains:
        total:
          description: Number of these devices.
          returned: success
          type: int
          sample: 1
        devices:
          description: These devices, by C(id), C(device_name), C(azure_ad_device_id), and C(user_principal_name).
          returned: without O(dest), and with O(gather=devices)
          type: list
          elements: dict
          sample:
            - id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
              device_name: Adele's iPhone
              azure_ad_device_id: 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11
              user_principal_name: adele@contoso.example
      sample:
        total: 1
        devices:
          - id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
            device_name: Adele's iPhone
            azure_ad_device_id: 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11
            user_principal_name: adele@contoso.example
    intune_registered_devices:
      description: The devices that O(user) registered in Microsoft Entra.
      returned: with O(registered_devices=true)
      type: list
      elements: dict
      contains:
        id:
          description: Object ID (C(id)).
          returned: success
          type: str
          sample: 1c9a7f20-54c1-4a0e-9c43-8f6e1f2b7a01
        device_id:
          description: Device ID (C(deviceId)), which Intune calls C(azureADDeviceId).
          returned: success
          type: str
          sample: 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11
        display_name:
          description: Name (C(displayName)).
          returned: success
          type: str
          sample: Adele's iPhone
        operating_system:
          description: Operating system (C(operatingSystem)).
          returned: success
          type: str
          sample: IPhone
        operating_system_version:
          description: Version of the operating system (C(operatingSystemVersion)).
          returned: success
          type: str
          sample: '18.1'
        trust_type:
          description: How the device is joined (C(trustType)).
          returned: success
          type: str
          sample: Workplace
        is_managed:
          description: Whether Microsoft Entra knows the device as managed (C(isManaged)).
          returned: success
          type: bool
          sample: true
        is_compliant:
          description: Whether Microsoft Entra knows the device as compliant (C(isCompliant)).
          returned: success
          type: bool
          sample: true
        managed_device_id:
          description: ID of the managed device that it is in Intune (C(id)); V(null) if it is none.
          returned: success
          type: str
          sample: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
      sample:
        - id: 1c9a7f20-54c1-4a0e-9c43-8f6e1f2b7a01
          device_id: 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11
          display_name: Adele's iPhone
          operating_system: IPhone
          operating_system_version: '18.1'
          trust_type: Workplace
          is_managed: true
          is_compliant: true
          managed_device_id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
  sample:
    intune_devices:
      - id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
        device_name: Adele's iPhone
        compliance_state: compliant
    intune_devices_summary:
      total: 1
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a page counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._devices.facts import OPTIONS, gather
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module

MODULE = Module(gather, OPTIONS)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
