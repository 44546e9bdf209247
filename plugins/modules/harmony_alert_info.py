#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: harmony_alert_info
short_description: Read the alerts of Check Point Harmony Mobile
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads the alerts and events of a Harmony Mobile tenant, and returns them or writes them to a file.
  - All pages are read. If one cannot be read, or Harmony Mobile counts more alerts than it lists, the module fails.
extends_documentation_fragment:
  - mobilesec.intune.harmony
  - mobilesec.intune.auth.requests
  - mobilesec.intune.harmony.output
  - mobilesec.intune.attributes.harmony_info
options:
  filters:
    description: Return the alerts that fit all of these. An alert fits a list if it has one of its values; letter case
      does not matter. Only O(filters.since) goes to Harmony Mobile, and is applied here once more.
    type: dict
    suboptions:
      since:
        description: Last updated at this time or later (C(backend_last_updated)), in ISO 8601 form such as
          V(2026-01-31) or V(2026-01-31T12:00:00Z). Without an offset it is UTC. An alert without a readable time does
          not fit.
        type: str
      severity:
        description: Severities in the words of Harmony Mobile, such as V(Critical), V(Warning), and V(Information).
        type: list
        elements: str
      event:
        description: Events in the words of Harmony Mobile, such as V(Noncompliant).
        type: list
        elements: str
      device_id:
        description: IDs of devices in Harmony Mobile.
        type: list
        elements: str
      mdm_uuid:
        description: IDs of devices in the UEM.
        type: list
        elements: str
seealso:
  - module: mobilesec.intune.harmony_device_info
"""

EXAMPLES = r"""
- name: Alerts of the last day
  mobilesec.intune.harmony_alert_info:
    filters:
      since: "{{ '%Y-%m-%dT%H:%M:%SZ' | strftime(now().timestamp() - 86400, utc=true) }}"
  register: harmony

- name: Critical alerts in a file
  mobilesec.intune.harmony_alert_info:
    filters:
      severity: [Critical]
    dest: /var/lib/fleet/alerts.jsonl

- name: What happened to one device
  mobilesec.intune.harmony_alert_info:
    filters:
      device_id: ['42']
"""

RETURN = r"""
alerts:
  description: The alerts. A field without a value is V(null).
  returned: without O(dest), and with O(gather=rows)
  type: list
  elements: dict
  contains:
    id:
      description: ID of the alert. IDs grow.
      returned: success
      type: str
      sample: '1016'
    device_id:
      description: ID of the device in Harmony Mobile.
      returned: success
      type: str
      sample: '42'
    severity:
      description: Severity.
      returned: success
      type: str
      sample: Critical
    event:
      description: What happened.
      returned: success
      type: str
      sample: Detected
    attack_vector:
      description: Where the threat comes from.
      returned: success
      type: str
      sample: Device
    threat_factors:
      description: Kinds of threats.
      returned: success
      type: str
      sample: Phishing
    details:
      description: Further words.
      returned: success
      type: str
      sample: A site was blocked.
    mdm_uuid:
      description: ID of the device in the UEM.
      returned: success
      type: str
      sample: 3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11
    email:
      description: Email address, V(Blocked), or a hash.
      returned: success
      type: str
      sample: adele@contoso.example
    name:
      description: Name of the device or of its owner.
      returned: success
      type: str
      sample: Adele's iPhone
    number:
      description: Phone number.
      returned: success
      type: str
      sample: '+15550100'
    device_model:
      description: Maker and model.
      returned: success
      type: str
      sample: Apple / iPhone 16
    os_version:
      description: Version of the operating system.
      returned: success
      type: str
      sample: '18.1'
    client_version:
      description: Version of the Protect app.
      returned: success
      type: str
      sample: 5.0.1.12345
    policy_name:
      description: Name of the policy.
      returned: success
      type: str
      sample: Global
    device_rooted:
      description: Whether the device is jailbroken or rooted.
      returned: success
      type: bool
      sample: false
    event_timestamp:
      description: When it happened, in UTC.
      returned: success
      type: str
      sample: '2026-11-24T07:12:31Z'
    backend_last_updated:
      description: When the alert was last updated, in UTC.
      returned: success
      type: str
      sample: '2026-11-24T07:12:31Z'
    other:
      description: All other fields, unchanged, and times that could not be read.
      returned: success
      type: dict
      sample: {source: somewhere}
  sample:
    - id: '1016'
      device_id: '42'
      severity: Critical
      event: Detected
summary:
  description: How many alerts fit, and how many have each value. An alert without a value is counted as V(unknown).
  returned: success
  type: dict
  contains:
    total:
      description: Number of alerts.
      returned: success
      type: int
      sample: 3
    by_severity:
      description: Number of alerts of each severity.
      returned: success
      type: dict
      sample: {Critical: 1, Information: 2}
    by_event:
      description: Number of alerts of each event.
      returned: success
      type: dict
      sample: {Compliant: 2, Detected: 1}
    by_attack_vector:
      description: Number of alerts of each attack vector.
      returned: success
      type: dict
      sample: {Device: 3}
  sample:
    total: 3
    by_severity: {Critical: 1, Information: 2}
harmony_requests:
  description: Number of requests that were sent to Harmony Mobile, without the login; a page counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.info import ALERTS
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony_interface import HarmonyModule

MODULE = HarmonyModule(ALERTS.gather, ALERTS.options)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
