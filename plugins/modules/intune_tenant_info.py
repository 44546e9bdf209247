#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_tenant_info
short_description: Read what a tenant is and whether it is ready for Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns name and ID of the tenant that the login is for, its authority for mobile device management, the state of
    its Intune licence, and its connection to managed Google Play, all with one request.
  - What the login may not read is none in the result, and RV(unreadable) shows why.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
options:
  look_up:
    description: Names or IDs of objects that must exist. RV(not_found) lists those that do not.
    type: dict
    suboptions:
      groups:
        description: Groups.
        type: list
        elements: str
      assignment_filters:
        description: Assignment filters.
        type: list
        elements: str
      scope_tags:
        description: Scope tags.
        type: list
        elements: str
      notification_templates:
        description: Notification message templates.
        type: list
        elements: str
      vpn_profiles:
        description: VPN profiles for iOS and iPadOS.
        type: list
        elements: str
      ios_apps:
        description: Apps for iOS and iPadOS, also by bundle ID.
        type: list
        elements: str
      android_apps:
        description: Managed Google Play apps, also by package ID.
        type: list
        elements: str
      applications:
        description: Applications in Microsoft Entra, by the name of their service principal or by client ID.
        type: list
        elements: str
        version_added: 1.1.0
      user_groups:
        description: Groups that should hold users. RV(groups_of_devices) lists those of them that hold devices.
        type: list
        elements: str
        version_added: 1.1.0
notes:
  - "Application permissions: C(DeviceManagementServiceConfig.Read.All); C(DeviceManagementConfiguration.Read.All);
    C(GroupMember.Read.All) to look up groups and to look up groups of users; C(Application.Read.All) to look up
    applications; C(DeviceManagementApps.Read.All) to look up apps."
seealso:
  - module: mobilesec.intune.intune_permission_info
"""

EXAMPLES = r"""
- name: Look at the tenant
  mobilesec.intune.intune_tenant_info:
  register: found

- name: Stop if it is another one
  ansible.builtin.assert:
    that: found.tenant.id == '7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e'
    fail_msg: "This is {{ found.tenant.display_name }}."
"""

RETURN = r"""
tenant:
  description: The tenant.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the tenant (C(id)).
      returned: success
      type: str
      sample: 7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e
    display_name:
      description: Name of the tenant (C(displayName)).
      returned: success
      type: str
      sample: Contoso
    default_domain:
      description: The default one of its domains (C(verifiedDomains)).
      returned: success
      type: str
      sample: contoso.example
    mobile_device_management_authority:
      description: Who manages mobile devices (C(mobileDeviceManagementAuthority)), V(intune) if that is Intune.
      returned: success
      type: str
      sample: intune
    intune_plan_status:
      description:
        - Status of the tenant's service plan for Intune (C(assignedPlans)), V(enabled) and V(warning) if it works.
        - V(absent) if none of the tenant's service plans is one of Intune.
      returned: success
      type: str
      sample: enabled
    managed_google_play_bound:
      description: Whether the tenant is connected to managed Google Play.
      returned: success
      type: bool
      sample: true
    managed_google_play:
      description: The connection to managed Google Play.
      returned: success
      type: dict
      sample:
        bind_status: boundAndValidated
        last_app_sync_date_time: '2026-11-24T08:00:00Z'
        last_app_sync_status: success
        owner_organization_name: Contoso
        owner_user_principal_name: play@contoso.example
  sample:
    id: 7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e
    display_name: Contoso
    default_domain: contoso.example
    mobile_device_management_authority: intune
    intune_plan_status: enabled
    managed_google_play_bound: true
    managed_google_play: {bind_status: boundAndValidated}
not_found:
  description: What does not exist of the objects in O(look_up); none if that could not be read.
  returned: success
  type: list
  elements: str
  sample: ["group 'Pilot'"]
unclear:
  description: Names in O(look_up) that more than one object has.
  returned: success
  type: list
  elements: str
  sample: ["More than one group is called 'Pilot': ..."]
groups_of_devices:
  description: Those of O(look_up.user_groups) that hold devices, or have a rule about devices.
  returned: success
  type: list
  elements: str
  sample: [Kiosk devices]
  version_added: 1.1.0
unreadable:
  description: The errors with which Microsoft Graph refused to show something.
  returned: success
  type: list
  elements: str
  sample: [Microsoft Graph refused GET ...]
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.tenant import LOOK_UP, USER_GROUPS, gather

LOOKED_UP = {option: {"type": "list", "elements": "str"} for option in (*LOOK_UP, USER_GROUPS)}
MODULE = Module(gather, {"look_up": {"type": "dict", "options": LOOKED_UP}})


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
