#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_harmony_coverage
short_description: Compare the devices of Microsoft Intune with those of Check Point Harmony Mobile
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads the mobile devices of Intune and those of Harmony Mobile, finds which is which, and reports each device once,
    as facts or in a file. The fact RV(ansible_facts.intune_harmony_coverage_summary) is always returned.
  - Both sides are read whole. If one cannot be, the module fails, so that no device is taken for a missing one.
  - A device is matched by the first of these keys that Harmony Mobile has of it. They are O(device_map); the ID in the
    UEM, which can be that of Intune or that of Microsoft Entra; the serial number with O(harmony_serial_field); and the
    email address together with platform and model, if exactly one device on each side has them. An ID that names no
    device ends the search, since the email could only find another device of the same user. Devices that several others
    could be are listed and not guessed.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.harmony
  - mobilesec.intune.harmony.output
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
attributes:
  check_mode:
    description: Reads in any case. The file O(dest) is not written.
  diff_mode:
    support: full
    description: Shows how the file O(dest) changes, without the devices in it.
  facts:
    support: full
    description: Returns an C(ansible_facts) dictionary that is merged into the host's facts.
  action_group:
    description: C(group/mobilesec.intune.harmony) sets defaults for the login to Harmony Mobile.
    membership:
      - mobilesec.intune.intune
      - mobilesec.intune.harmony
options:
  groups:
    description: Names or IDs of Microsoft Entra groups. Only devices of their members are reported, as in
      M(mobilesec.intune.intune_device_facts). The whole fleet is read nevertheless, since a device outside these groups
      is not one that is gone from Intune.
    type: list
    elements: str
  device_map:
    description: IDs of devices in Harmony Mobile, each with the ID of the device in Intune or Microsoft Entra that it
      is.
    type: dict
  harmony_serial_field:
    description: Field of Harmony Mobile's devices that has the serial number, if your tenant shows one. No public
      source names such a field.
    type: str
  alert_days:
    description: Days of alerts to read. Alerts are documented to have the device's ID in the UEM; devices are not. V(0)
      reads none.
    type: int
    default: 30
  silent_days:
    description: Days without a connection after which a device is V(silent).
    type: int
    default: 7
  minimum_client_version:
    description: Versions of the Protect app below this one are reported as old, for example V(5.0). By default, none
      is.
    type: str
  minimum_os_version:
    description: Versions of the operating system below these are reported as old. By default, none is.
    type: dict
    suboptions:
      android:
        description: The oldest version of Android, for example V(14).
        type: str
      ios:
        description: The oldest version of iOS and iPadOS, for example V(17.6).
        type: str
  categories:
    description:
      - Report only devices of these categories. The summary counts all.
      - V(protected) is active in Harmony Mobile and connected within O(silent_days). V(not_activated) is enrolled in
        Intune and not yet active in Harmony Mobile, or not there at all. V(silent) has not connected for
        O(silent_days), or is inactive in Harmony Mobile. V(unknown) has a status without a public name or no time of a
        connection. V(ambiguous) could be several devices of Harmony Mobile.
      - V(harmony_only) is in Harmony Mobile and not in Intune. V(harmony_ambiguous) could be several devices of Intune,
        or one that another device is.
    type: list
    elements: str
    choices: [protected, not_activated, silent, unknown, ambiguous, harmony_only, harmony_ambiguous]
  parallel_pages:
    description: How many requests for pages of Intune may be under way at once, from 1 to 32.
    type: int
    default: 8
notes:
  - "Application permissions: C(DeviceManagementManagedDevices.Read.All); C(GroupMember.Read.All) with O(groups);
    C(Device.Read.All) with O(groups) that have devices in them."
  - A threat state and a risk are compared as the same scale, from V(secured) and V(none) to V(high_severity) and
    V(high). This is natural, but not published.
  - For a large fleet, run the task once, for C(localhost), and use O(dest) or O(gather=summary).
seealso:
  - module: mobilesec.intune.intune_device_facts
  - module: mobilesec.intune.harmony_device_info
"""

EXAMPLES = r"""
- name: What Harmony Mobile protects of the onboarded groups
  mobilesec.intune.intune_harmony_coverage:
    groups: [Harmony Mobile iOS, Harmony Mobile Android]
    minimum_client_version: '5.0'
    minimum_os_version:
      android: '14'
      ios: '17.6'

- name: Who has to activate the app
  ansible.builtin.debug:
    msg: "{{ ansible_facts.intune_harmony_coverage | selectattr('category', 'eq', 'not_activated')
      | map(attribute='user_principal_name') | select | unique }}"

- name: Devices that need a look, in a file
  mobilesec.intune.intune_harmony_coverage:
    categories: [silent, unknown, ambiguous, harmony_only, harmony_ambiguous]
    dest: /var/lib/fleet/coverage.csv

- name: Only the numbers
  mobilesec.intune.intune_harmony_coverage:
    gather: summary
"""

RETURN = r"""
ansible_facts:
  description: Facts that are added to those of the host.
  returned: success
  type: dict
  contains:
    intune_harmony_coverage:
      description: The devices. A value that a side does not have is V(null).
      returned: without O(dest), and with O(gather=rows)
      type: list
      elements: dict
      contains:
        category:
          description: See O(categories).
          returned: success
          type: str
          sample: protected
        matched_by:
          description: V(device_map), V(mdm_uuid), V(serial_number), or V(email); V(null) for a device without a match.
          returned: success
          type: str
          sample: mdm_uuid
        confidence:
          description: How sure the match is; V(certain), V(high), or V(medium).
          returned: success
          type: str
          sample: high
        platform:
          description: V(android) or V(ios).
          returned: success
          type: str
          sample: ios
        intune_id:
          description: ID of the managed device in Intune.
          returned: success
          type: str
          sample: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
        device_name:
          description: Name in Intune.
          returned: success
          type: str
          sample: Adele's iPhone
        user_principal_name:
          description: The device's user in Intune.
          returned: success
          type: str
          sample: adele@contoso.example
        os_version:
          description: Version of the operating system, of Intune if it has the device.
          returned: success
          type: str
          sample: '18.1'
        model:
          description: Model, of Intune if it has the device.
          returned: success
          type: str
          sample: iPhone 16
        threat_state:
          description: Threat state that the partner reported to Intune.
          returned: success
          type: str
          sample: secured
        last_sync:
          description: When the device last synchronized with Intune.
          returned: success
          type: str
          sample: '2026-11-24T07:12:31Z'
        harmony_id:
          description: ID in Harmony Mobile.
          returned: success
          type: str
          sample: '42'
        harmony_name:
          description: Name in Harmony Mobile.
          returned: success
          type: str
          sample: Adele's iPhone
        harmony_email:
          description: Email address in Harmony Mobile.
          returned: success
          type: str
          sample: adele@contoso.example
        harmony_status:
          description: Status in Harmony Mobile.
          returned: success
          type: str
          sample: active
        harmony_risk:
          description: Risk in Harmony Mobile.
          returned: success
          type: str
          sample: none
        client_version:
          description: Version of the Protect app.
          returned: success
          type: str
          sample: 5.0.1.12345
        last_connection:
          description: When the app last connected to Harmony Mobile.
          returned: success
          type: str
          sample: '2026-11-24T07:12:31Z'
        risk_differs:
          description: Whether Harmony Mobile's risk and Intune's threat state differ. V(null) if one of them has no
            verdict. A risk is compared with any threat state, since it should have become one.
          returned: success
          type: bool
          sample: false
        old_client:
          description: Whether the Protect app is older than O(minimum_client_version); V(null) without a version.
          returned: success
          type: bool
          sample: false
        old_os:
          description: Whether the system is older than O(minimum_os_version); V(null) without a version.
          returned: success
          type: bool
          sample: false
        candidates:
          description: IDs on the other side of what an ambiguous device could be.
          returned: success
          type: list
          elements: str
          sample: ['42', '43']
        duplicates:
          description: IDs in Harmony Mobile of other installations that have the same key.
          returned: success
          type: list
          elements: str
          sample: ['17']
      sample:
        - category: protected
          matched_by: mdm_uuid
          confidence: high
          intune_id: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
          harmony_id: '42'
    intune_harmony_coverage_summary:
      description: How many devices there are of each kind, whatever O(categories) says.
      returned: success
      type: dict
      contains:
        total:
          description: Number of mobile devices of Intune that are reported.
          returned: success
          type: int
          sample: 100
        by_category:
          description: Number of devices in each category. The two that begin with C(harmony) are not in C(total).
          returned: success
          type: dict
          sample:
            protected: 90
            not_activated: 6
            silent: 2
            unknown: 1
            ambiguous: 1
            harmony_only: 3
            harmony_ambiguous: 2
        protected_share:
          description: Share of the protected devices in C(total), from 0 to 1.
          returned: success
          type: float
          sample: 0.9
        by_platform:
          description: Number of Intune's devices in each category, for each platform.
          returned: success
          type: dict
          sample:
            android: {protected: 40}
            ios: {not_activated: 6, protected: 50}
        by_risk:
          description: Number of matched devices with each risk in Harmony Mobile.
          returned: success
          type: dict
          sample: {high: 1, none: 92}
        by_key:
          description: Number of matches by each key.
          returned: success
          type: dict
          sample: {device_map: 0, mdm_uuid: 80, serial_number: 0, email: 13}
        risk_differs:
          description: Number of devices whose risk and threat state differ.
          returned: success
          type: int
          sample: 1
        old_client:
          description: Number of devices with an old Protect app.
          returned: success
          type: int
          sample: 4
        old_os:
          description: Number of devices with an old system.
          returned: success
          type: int
          sample: 7
        duplicates:
          description: Number of devices of Harmony Mobile that are other installations of a matched one.
          returned: success
          type: int
          sample: 5
        harmony_total:
          description: Number of devices of Harmony Mobile.
          returned: success
          type: int
          sample: 103
        outside_groups:
          description: Number of Intune's mobile devices that belong to no member of O(groups).
          returned: success
          type: int
          sample: 0
        not_mobile:
          description: Number of Intune's devices of other platforms, which are not reported.
          returned: success
          type: int
          sample: 25
      sample:
        total: 100
        protected_share: 0.9
  sample:
    intune_harmony_coverage_summary:
      total: 100
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a page counts as one.
  returned: success
  type: int
  sample: 2
harmony_requests:
  description: Number of requests that were sent to Harmony Mobile, without the login; a page counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.coverage import OPTIONS, gather
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony_interface import harmony_options
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module

MODULE = Module(gather, {**harmony_options(), **OPTIONS})


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
