#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_custom_profile_info
short_description: Read custom profiles
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns custom profiles in the form of the options of M(mobilesec.intune.intune_custom_profile), with names
    instead of IDs, so that you can use the result as options.
  - Configuration profiles are shown whole. They may hold secrets, so consider C(no_log).
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(GroupMember.Read.All) for the names of
    groups."
seealso:
  - module: mobilesec.intune.intune_custom_profile
"""

EXAMPLES = r"""
- name: Look at all custom profiles
  mobilesec.intune.intune_custom_profile_info:
  register: found
"""

RETURN = r"""
custom_profiles:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_custom_profile).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
      name: Harmony Mobile content filter
      ios:
        payload: <plist version="1.0"><dict>...</dict></plist>
        payload_name: Harmony Mobile
      assignments:
        - group: Harmony Mobile iOS
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17:
      version: 1
      created_date_time: '2026-11-24T08:00:00.0000000Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.custom_profile import CustomProfile

MODULE = info_module(CustomProfile)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
