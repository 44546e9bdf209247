#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_conditional_access_policy_info
short_description: Read Conditional Access policies
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns Conditional Access policies in the form of the options of
    M(mobilesec.intune.intune_conditional_access_policy), with names instead of IDs, so that you can use
    the result as options.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(Policy.Read.All); C(User.ReadBasic.All) for the names of users; C(GroupMember.Read.All)
    for the names of groups; C(RoleManagement.Read.Directory) for the names of roles; C(Application.Read.All) for the
    names of applications."
seealso:
  - module: mobilesec.intune.intune_conditional_access_policy
"""

EXAMPLES = r"""
- name: Look at all Conditional Access policies
  mobilesec.intune.intune_conditional_access_policy_info:
  register: found

- name: Which of them are enforced?
  ansible.builtin.debug:
    msg: "{{ found.conditional_access_policies | selectattr('policy_state', 'eq', 'enabled') | map(attribute='name') }}"
"""

RETURN = r"""
conditional_access_policies:
  description: What was found, each entry in the form of the options of
    M(mobilesec.intune.intune_conditional_access_policy).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
      name: Phones need Harmony Mobile
      policy_state: enabled_for_reporting_but_not_enforced
      conditions:
        users:
          include_users: [All]
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17:
      created_date_time: '2026-11-24T08:00:00Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.conditional_access_policy import (
    ConditionalAccessPolicy,
)

MODULE = info_module(ConditionalAccessPolicy)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
