#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: harmony_device_info
short_description: Read the devices that Check Point Harmony Mobile knows
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads the devices of a Harmony Mobile tenant with their risk, status and client, and returns them or writes them to
    a file.
  - All pages are read. If one cannot be read, or Harmony Mobile counts more devices than it lists, the module fails, so
    that a part of the devices is never taken for all.
extends_documentation_fragment:
  - mobilesec.intune.harmony
  - mobilesec.intune.auth.requests
  - mobilesec.intune.harmony.output
  - mobilesec.intune.attributes.harmony_info
options:
  filters:
    description: Return the devices that fit all of these. A device fits a list if it has one of its values; letter case
      does not matter. All devices are read and filtered here, since no public text says what Harmony Mobile filters by.
    type: dict
    suboptions:
      risk:
        description: Risks. V(unknown) stands for a missing one and for codes without a public name.
        type: list
        elements: str
        choices: [none, low, medium, high, unknown]
      status:
        description: Statuses. V(provisioned) is a device that has not been activated yet. V(unknown) stands for a
          missing one and for codes without a public name.
        type: list
        elements: str
        choices: [processing, provisioned, active, inactive, unknown]
      platform:
        description: Platforms, as far as the device's type shows them.
        type: list
        elements: str
        choices: [android, ios, unknown]
      email:
        description: Email addresses.
        type: list
        elements: str
      name:
        description: Names.
        type: list
        elements: str
      id:
        description: IDs in Harmony Mobile.
        type: list
        elements: str
      last_connection_before:
        description: Last connected before this time, in ISO 8601 form such as V(2026-01-31) or V(2026-01-31T12:00:00Z).
          Without an offset it is UTC. A device that has never connected does not fit.
        type: str
      last_connection_after:
        description: Last connected at this time or later, in the same form.
        type: str
seealso:
  - module: mobilesec.intune.harmony_alert_info
  - module: mobilesec.intune.intune_device_facts
"""

EXAMPLES = r"""
- name: All devices
  mobilesec.intune.harmony_device_info:
    harmony_region: us
    harmony_client_id: "{{ harmony_client_id }}"
    harmony_access_key: "{{ harmony_access_key }}"
  register: harmony

- name: Devices at risk
  mobilesec.intune.harmony_device_info:
    filters:
      risk: [medium, high]

- name: Devices that were never activated, in a file
  mobilesec.intune.harmony_device_info:
    filters:
      status: [processing, provisioned]
    dest: /var/lib/fleet/not_activated.csv

- name: How many devices have not connected for a month
  mobilesec.intune.harmony_device_info:
    gather: summary
    filters:
      last_connection_before: "{{ '%Y-%m-%d' | strftime(now().timestamp() - 30 * 86400) }}"
"""

RETURN = r"""
devices:
  description: The devices. A field without a value is V(null).
  returned: without O(dest), and with O(gather=rows)
  type: list
  elements: dict
  contains:
    id:
      description: ID in Harmony Mobile (C(internal_id)).
      returned: success
      type: str
      sample: '42'
    name:
      description: Name of the device or of its owner. Names are not unique.
      returned: success
      type: str
      sample: Adele's iPhone
    email:
      description: Email address, V(Blocked), or a hash.
      returned: success
      type: str
      sample: adele@contoso.example
    number:
      description: Phone number.
      returned: success
      type: str
      sample: '+15550100'
    device_type:
      description: Type of the device, as Harmony Mobile has it.
      returned: success
      type: str
      sample: IPhone
    os_type:
      description: Family of the operating system, as Harmony Mobile has it. A version in it is not that of the device.
      returned: success
      type: str
      sample: Android_4_x
    os_version:
      description: Version of the operating system.
      returned: success
      type: str
      sample: '18.1'
    model:
      description: Maker and model.
      returned: success
      type: str
      sample: APPLE / IPHONE 16
    client_version:
      description: Version of the Protect app.
      returned: success
      type: str
      sample: 5.0.1.12345
    platform:
      description: V(android), V(ios), or V(unknown).
      returned: success
      type: str
      sample: ios
    risk:
      description: V(none), V(low), V(medium), V(high), or V(unknown).
      returned: success
      type: str
      sample: none
    status:
      description: V(processing), V(provisioned), V(active), V(inactive), or V(unknown).
      returned: success
      type: str
      sample: active
    last_connection:
      description: When the app last connected, in UTC.
      returned: success
      type: str
      sample: '2026-11-24T07:12:31Z'
    mdm:
      description: What Harmony Mobile shows of the device's UEM, unchanged. Its form is not published.
      returned: success
      type: raw
      sample: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
    other:
      description: All other fields, unchanged, and values that could not be read, such as a code of O(filters.risk)
        without a public name.
      returned: success
      type: dict
      sample: {mail_sent: true}
  sample:
    - id: '42'
      name: Adele's iPhone
      email: adele@contoso.example
      platform: ios
      risk: none
      status: active
      last_connection: '2026-11-24T07:12:31Z'
summary:
  description: How many devices fit, and how many have each value. A device without a value is counted as V(unknown).
  returned: success
  type: dict
  contains:
    total:
      description: Number of devices.
      returned: success
      type: int
      sample: 3
    by_risk:
      description: Number of devices of each risk.
      returned: success
      type: dict
      sample: {none: 2, high: 1}
    by_status:
      description: Number of devices of each status.
      returned: success
      type: dict
      sample: {active: 3}
    by_platform:
      description: Number of devices of each platform.
      returned: success
      type: dict
      sample: {ios: 3}
    by_client_version:
      description: Number of devices with each version of the Protect app.
      returned: success
      type: dict
      sample: {5.0.1.12345: 3}
  sample:
    total: 3
    by_risk: {none: 2, high: 1}
harmony_requests:
  description: Number of requests that were sent to Harmony Mobile, without the login; a page counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.info import DEVICES
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony_interface import HarmonyModule

MODULE = HarmonyModule(DEVICES.gather, DEVICES.options)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
