#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_info
short_description: Read apps in Microsoft Intune and their assignments
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns apps in Microsoft Intune and their assignments in the form of the options of M(mobilesec.intune.intune_app),
    with names instead of IDs, so that you can use the result as options.
  - Apps of all types are returned, of types that are newer than this collection too. Those are found by their ID.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
options:
  install_status:
    description:
      - Return also on how many devices each app is installed.
      - Intune counts with a delay, and only devices that reported about the app.
    type: bool
    default: false
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementConfiguration.Read.All) for the names
    of VPN profiles, for the names of filters and for the names of scope tags; C(GroupMember.Read.All) for the names
    of groups."
seealso:
  - module: mobilesec.intune.intune_app
"""

EXAMPLES = r"""
- name: Look at the apps called Harmony Mobile Protect
  mobilesec.intune.intune_app_info:
    name: Harmony Mobile Protect
  register: found

- name: On how many devices are they?
  mobilesec.intune.intune_app_info:
    name_pattern: Harmony Mobile*
    install_status: true
  register: installed

- name: Assign each of them to one more group
  mobilesec.intune.intune_app:
    id: "{{ item.id }}"
    assignments:
      - group: Pilot
        intent: available
  loop: "{{ found.apps }}"
"""

RETURN = r"""
apps:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_app).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 9711516a-f6f8-4953-ad1f-45920ef34dda
      type: ios_store_app
      name: Harmony Mobile Protect
      publisher: Check Point
      app_store_url: https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797
      minimum_supported_operating_system: "15.0"
      scope_tags: [Default]
      assignments:
        - group: Harmony Mobile iOS
          intent: required
details:
  description:
    - What Microsoft Graph adds to each object and no option sets, by the ID of the object.
    - With O(install_status=true), C(install_status) has the numbers of devices on which the app is installed, failed,
      pending, not installed, or not applicable.
    - An app of a volume purchase program has C(used_license_count), C(total_license_count), and
      C(vpp_token_organization_name).
  returned: success
  type: dict
  sample:
    9711516a-f6f8-4953-ad1f-45920ef34dda:
      publishing_state: published
      is_assigned: true
      install_status:
        installed_device_count: 41
        failed_device_count: 1
        pending_install_device_count: 3
        not_installed_device_count: 0
        not_applicable_device_count: 0
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from dataclasses import replace

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app import App
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_status import info

MODULE = replace(info_module(App, install_status={"type": "bool", "default": False}), interface=info)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
