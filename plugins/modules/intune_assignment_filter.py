#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_assignment_filter
short_description: Manage assignment filters in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes and deletes assignment filters, which narrow an assignment to the devices or apps that fit a rule.
  - The modules that assign something use a filter by its name.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.recreate
options:
  platform:
    description: Platform the filter is for (C(platform)). Needed to create a filter; cannot be changed afterwards,
      except with O(recreate=true).
    type: str
    choices:
      - android
      - android_for_work
      - ios
      - macos
      - windows_phone81
      - windows81_and_later
      - windows10_and_later
      - android_work_profile
      - android_aosp
      - android_mobile_application_management
      - ios_mobile_application_management
      - windows_mobile_application_management
  scope_tags:
    description: Names or IDs of the scope tags of the filter (C(roleScopeTags)). If declared, the filter has exactly
      these.
    type: list
    elements: str
  rule:
    description: The rule, such as V((device.deviceOwnership -eq "Corporate")) (C(rule)). Needed to create a filter.
    type: str
  assignment_filter_management_type:
    description:
      - Whether the rule is about devices or about apps (C(assignmentFilterManagementType)). Cannot be changed
        afterwards, except with O(recreate=true).
      - Without this option, Microsoft Graph creates a filter for devices.
    type: str
    choices: [devices, apps]
notes:
  - Intune refuses to delete a filter that assignments use.
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(DeviceManagementConfiguration.ReadWrite.All)
    to change something; C(DeviceManagementApps.Read.All) to delete what has an ownership tag."
seealso:
  - module: mobilesec.intune.intune_assignment_filter_info
"""

EXAMPLES = r"""
- name: A filter for devices of the company
  mobilesec.intune.intune_assignment_filter:
    name: Corporate iPhones and iPads
    platform: ios
    rule: (device.deviceOwnership -eq "Corporate")

- name: Assign an app to these only
  mobilesec.intune.intune_app:
    name: Harmony Mobile Protect
    assignments:
      - all_devices: true
        filter: Corporate iPhones and iPads
        filter_mode: include

- name: No such filter
  mobilesec.intune.intune_assignment_filter:
    name: Corporate Android
    state: absent
"""

RETURN = r"""
assignment_filter:
  description: The filter, in the form of the module's options. After deletion, the filter as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 3b2f0f3e-6c5d-4b8e-9a51-0d5b8c3a7e10
    name: Corporate iPhones and iPads
    description: ''
    platform: ios
    rule: (device.deviceOwnership -eq "Corporate")
    assignment_filter_management_type: devices
    scope_tags: ["0"]
id:
  description: ID of the filter; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 3b2f0f3e-6c5d-4b8e-9a51-0d5b8c3a7e10
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignment_filter import AssignmentFilter

MODULE = resource_module(AssignmentFilter)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
