#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_protection_policy_info
short_description: Read app protection policies
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description: Returns app protection policies in the form of the options of
  M(mobilesec.intune.intune_app_protection_policy), with names instead of IDs, so that you can use the result as
  options.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(GroupMember.Read.All) for the names of groups;
    C(DeviceManagementConfiguration.Read.All) for the names of filters and for the names of scope tags."
seealso:
  - module: mobilesec.intune.intune_app_protection_policy
"""

EXAMPLES = r"""
- name: Look at all app protection policies
  mobilesec.intune.intune_app_protection_policy_info:
  register: found

- name: Which of those for iOS require a threat level?
  ansible.builtin.debug:
    msg: >-
      {{ found.app_protection_policies | selectattr('ios', 'defined')
         | rejectattr('ios.maximum_allowed_device_threat_level', 'eq', 'not_configured') | map(attribute='name') }}
"""

RETURN = r"""
app_protection_policies:
  description: What was found, each entry in the form of the options of
    M(mobilesec.intune.intune_app_protection_policy).
  returned: success
  type: list
  elements: dict
  sample:
    - id: T_2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
      name: Harmony Mobile iOS apps
      ios:
        app_group_type: all_microsoft_apps
        maximum_allowed_device_threat_level: low
      assignments:
        - group: Harmony Mobile users
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    T_2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17:
      deployed_app_count: 12
      is_assigned: true
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_protection_policy import (
    AppProtectionPolicy,
)

MODULE = info_module(AppProtectionPolicy)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
