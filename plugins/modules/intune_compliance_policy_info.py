#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_compliance_policy_info
short_description: Read compliance policies
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns compliance policies in the form of the options of M(mobilesec.intune.intune_compliance_policy), with names
    instead of IDs, so that you can use the result as options.
  - Policies for other platforms than those of that module are left out.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(DeviceManagementServiceConfig.Read.All) for
    the names of notification message templates; C(GroupMember.Read.All) for the names of groups."
seealso:
  - module: mobilesec.intune.intune_compliance_policy
"""

EXAMPLES = r"""
- name: Look at all compliance policies
  mobilesec.intune.intune_compliance_policy_info:
  register: found

- name: Which of them require a threat level?
  ansible.builtin.debug:
    msg: >-
      {{ found.compliance_policies | selectattr('ios', 'defined')
         | selectattr('ios.device_threat_protection_enabled', 'true') | map(attribute='name') }}
"""

RETURN = r"""
compliance_policies:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_compliance_policy).
  returned: success
  type: list
  elements: dict
  sample:
    - id: c851278c-62b3-4943-a162-5f55ea7cba5b
      name: Harmony Mobile threat level iOS
      ios:
        device_threat_protection_enabled: true
        device_threat_protection_required_security_level: low
      scheduled_actions_for_rule:
        - action_type: block
          grace_period_days: 3
      assignments:
        - group: Mobile users
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    c851278c-62b3-4943-a162-5f55ea7cba5b:
      version: 1
      created_date_time: '2026-11-24T08:00:00.0000000Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.compliance_policy import CompliancePolicy

MODULE = info_module(CompliancePolicy)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
