#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_device_action
short_description: Synchronize managed devices or notify their users
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Asks the selected devices to synchronize with Microsoft Intune, or shows their users a notification.
  - Devices are selected by ID or with the options of M(mobilesec.intune.intune_device_facts). If they are more than
    O(maximum), the task fails and nothing is sent.
  - Wiping, retiring and locking devices is left out on purpose.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.fleet
  - mobilesec.intune.fleet.groups
attributes:
  check_mode:
    description: Returns the devices that the action would be sent to.
  diff_mode:
    support: none
    description: Nothing that could be compared is changed.
  idempotent:
    support: none
    description: Each run sends the action again. The filter C(last_sync_before) leaves out devices that have just
      synchronized.
options:
  action:
    description:
      - V(sync) asks devices to check in with Intune (C(syncDevice)). Intune queues the request, and the device answers
        when it is online.
      - V(custom_notification) shows a notification of the Company Portal app
        (C(sendCustomNotificationToCompanyPortal)) on iOS, iPadOS and Android. Other devices are passed over.
    type: str
    choices: [sync, custom_notification]
    required: true
  ids:
    description: IDs of devices (C(id)). If one of them does not exist, nothing is sent.
    type: list
    elements: str
  maximum:
    description: The most devices that the action may be sent to.
    type: int
    default: 10
  notification_title:
    description: Title of the notification. Phones show about 50 characters.
    type: str
  notification_body:
    description: Text of the notification. Phones show about 200 characters.
    type: str
notes:
  - "Application permissions: C(DeviceManagementManagedDevices.Read.All);
    C(DeviceManagementManagedDevices.PrivilegedOperations.All) with O(action=sync);
    C(DeviceManagementManagedDevices.ReadWrite.All) with O(action=custom_notification); C(GroupMember.Read.All) with
    O(groups); C(Device.Read.All) with O(groups) that have devices in them."
seealso:
  - module: mobilesec.intune.intune_device_facts
"""

EXAMPLES = r"""
- name: Let the unprotected phones of the pilot check in
  mobilesec.intune.intune_device_action:
    action: sync
    groups: [Harmony Mobile iOS]
    filters:
      partner_reported_threat_state: [unknown, deactivated]
      last_sync_before: "2026-11-29"
    maximum: 50

- name: Ask two users to open the app
  mobilesec.intune.intune_device_action:
    action: custom_notification
    ids: ["{{ first }}", "{{ second }}"]
    notification_title: Harmony Mobile
    notification_body: Please open Harmony Mobile Protect once, so that your phone stays protected.
"""

RETURN = r"""
devices:
  description:
    - Each device with the properties in O(fields), its C(id), and the C(outcome).
    - C(sent) means that Intune took the action, C(would_be_sent) is the outcome in check mode, and C(unsupported) that
      the device's system has no such action. C(failed) comes with C(error), C(unknown) too if no answer came.
  returned: when devices were selected, also if the action failed for some of them
  type: list
  elements: dict
  sample:
    - id: 7d5a1b6e-2f0c-4d1b-9a53-0e8f7c6d5b4a
      device_name: iPhone of Adele
      operating_system: iOS
      outcome: sent
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._devices.action import (
    NOTIFICATION,
    OPTIONS,
    SELECTIONS,
    act,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module

MODULE = Module(
    act,
    OPTIONS,
    {
        "required_one_of": [SELECTIONS],
        "required_if": [("action", NOTIFICATION, ("notification_title", "notification_body"))],
    },
)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
