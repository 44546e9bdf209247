#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_assignment_filter_info
short_description: Read assignment filters
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description: Returns assignment filters in the form of the options of M(mobilesec.intune.intune_assignment_filter), with
  names in place of IDs, so that you can use the result as options.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All)."
seealso:
  - module: mobilesec.intune.intune_assignment_filter
"""

EXAMPLES = r"""
- name: Look at all assignment filters
  mobilesec.intune.intune_assignment_filter_info:
  register: found
"""

RETURN = r"""
assignment_filters:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_assignment_filter).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 3b2f0f3e-6c5d-4b8e-9a51-0d5b8c3a7e10
      name: Corporate iPhones and iPads
      platform: ios
      rule: (device.deviceOwnership -eq "Corporate")
      assignment_filter_management_type: devices
      scope_tags: [Default]
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    3b2f0f3e-6c5d-4b8e-9a51-0d5b8c3a7e10:
      created_date_time: '2026-11-24T08:00:00.0000000Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignment_filter import AssignmentFilter

MODULE = info_module(AssignmentFilter)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
