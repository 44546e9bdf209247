#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_app_config_info
short_description: Read app configurations in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns app configurations for managed devices and for managed apps in the form of the options of
    M(mobilesec.intune.intune_app_config), with names instead of IDs, so that you can use the result as
    options.
  - Values of settings are returned in plain text, also those that a task declared as C(secret_value), since Microsoft
    Graph does not show which of them are secret. Use C(no_log=true) where some are.
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
  - module: mobilesec.intune.intune_app_config
"""

EXAMPLES = r"""
- name: Look at an app configuration
  mobilesec.intune.intune_app_config_info:
    name: Harmony Mobile iOS
  register: found
  no_log: true
"""

RETURN = r"""
app_configs:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_app_config).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 8f74ee2e-dcba-40e1-86fd-86aa63f2822f
      name: Harmony Mobile iOS
      scope_tags: [Default]
      target_apps: [Harmony Mobile Protect]
      ios:
        settings:
          - key: MDM
            type: string
            value: INTUNE
      assignments:
        - group: Harmony Mobile iOS
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    8f74ee2e-dcba-40e1-86fd-86aa63f2822f:
      version: 1
      created_date_time: '2026-11-24T08:00:00.0000000Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_config import AppConfig

MODULE = info_module(AppConfig)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
