#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_group_info
short_description: Read Microsoft Entra security groups
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns Microsoft Entra security groups in the form of the options of M(mobilesec.intune.intune_group), with names
    instead of IDs, so that you can use the result as options.
  - Members and owners cost a request each for every group, so narrow the selection in a large tenant.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(GroupMember.Read.All)."
seealso:
  - module: mobilesec.intune.intune_group
"""

EXAMPLES = r"""
- name: Look at the groups of the onboarding
  mobilesec.intune.intune_group_info:
    name_pattern: Harmony Mobile*
  register: found

- name: The same groups in this tenant
  mobilesec.intune.intune_group:
    name: "{{ item.name }}"
    description: "{{ item.description | default(omit) }}"
    members: "{{ item.members | default(omit) }}"
    membership_rule: "{{ item.membership_rule | default(omit) }}"
  loop: "{{ found.groups }}"
"""

RETURN = r"""
groups:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_group).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 02bd9fd6-8f93-4758-87c3-1fb73740a315
      name: Harmony Mobile iOS
      description: Users of iPhones and iPads with Harmony Mobile
      members: [adele@contoso.example]
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    02bd9fd6-8f93-4758-87c3-1fb73740a315:
      group_types: []
      mail_nickname: Harmony-Mobile-iOS-2b1f0c9d3e4a
      security_enabled: true
      created_date_time: '2026-11-24T08:00:00Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group

MODULE = info_module(Group)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
