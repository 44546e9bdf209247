#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_group
short_description: Manage Microsoft Entra security groups for use with Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes and deletes security groups, with assigned members or with a dynamic membership rule, and manages
    their members and owners.
  - Microsoft 365 groups and mail-enabled groups are not touched, even when they have the same name.
  - Microsoft Entra may keep a deleted group for 30 days; see O(restore).
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
options:
  members:
    description:
      - Users, devices and groups that are members. Each is written as object ID, user principal name, device ID (the
        C(azureADDeviceId) of a managed device), or name of a group.
      - They are added to the existing members, unless O(purge_members=true).
      - Excludes O(membership_rule).
    type: list
    elements: str
  absent_members:
    description:
      - Users, devices and groups that are not members, written as in O(members). They are removed; all other members
        stay.
      - Somebody in both O(members) and O(absent_members) is refused, also if written in two ways. An object that does
        not exist ends in a warning.
      - Excludes O(membership_rule), and is refused for an existing dynamic group.
    type: list
    elements: str
    version_added: 1.1.0
  purge_members:
    description: Remove members that are not in O(members).
    type: bool
    default: false
  owners:
    description:
      - Users and service principals that own the group, as object ID or user principal name.
      - They are added to the existing owners, unless O(purge_owners=true).
      - If an application creates a group with the permission C(Group.Create) alone and without an owner, nobody can
        change the group afterwards.
    type: list
    elements: str
  absent_owners:
    description: Users and service principals that do not own the group, as O(absent_members). Microsoft Graph does not
      let the last owner be removed.
    type: list
    elements: str
    version_added: 1.1.0
  purge_owners:
    description: Remove owners that are not in O(owners). Microsoft Graph does not let the last owner be removed.
    type: bool
    default: false
  allow_empty:
    description: Let an empty O(members) with O(purge_members=true) remove all members, and an empty O(owners) with
      O(purge_owners=true) all owners. Without it, this is refused.
    type: bool
    default: false
  membership_rule:
    description:
      - Rule of a dynamic group (C(membershipRule)). Needs Microsoft Entra ID P1.
      - An assigned group cannot become a dynamic one, nor the other way round, because it would lose its members or
        its rule.
    type: str
  membership_rule_processing_state:
    description: Whether the rule is applied (C(membershipRuleProcessingState)). A new dynamic group gets V(on).
      Assigned groups do not take it.
    type: str
    choices: ["on", "paused"]
  visibility:
    description:
      - Who sees the group's members and may join it (C(visibility)).
      - V(hidden_membership) is for Microsoft 365 groups only, which this module does not manage.
    type: str
    choices: [private, public, hidden_membership]
  is_assignable_to_role:
    description: Whether roles of Microsoft Entra can be assigned to the group (C(isAssignableToRole)); cannot be
      changed afterwards. Not for dynamic groups.
    type: bool
  mail_nickname:
    description: Mail alias of the group (C(mailNickname)), at most 64 characters; cannot be changed afterwards. By
      default, a new group gets one that is derived from its name.
    type: str
  restore:
    description:
      - If no group with this name (or O(id)) exists, but Microsoft Entra still keeps a deleted one, restore that group
        with its object ID, members and owners, and bring it to the declared state. Otherwise a new group is created.
      - Without this option, a warning mentions a deleted group with the same name, if the permissions are sufficient to
        read it.
      - The current documentation of Microsoft Graph states that Microsoft Entra keeps deleted security groups for a
        while. Older pages state that it deletes them at once.
      - In check mode only the declared members and owners are shown, because those of a deleted group cannot be read.
    type: bool
    default: false
notes:
  - "Application permissions: C(GroupMember.Read.All); C(Group.Create) for a new group; C(Group.ReadWrite.All) for an
    existing group, with owners and to restore one; C(RoleManagement.ReadWrite.Directory) for a group that roles can
    be assigned to; C(GroupMember.ReadWrite.All) with members; C(User.ReadBasic.All) with users; C(User.ReadWrite.All)
    with members that are users; C(Device.Read.All) with devices; C(Device.ReadWrite.All) with members that are
    devices; C(Directory.Read.All) with members and owners by ID that are not groups, users or devices;
    C(Group.Read.All) to see deleted groups; C(DeviceManagementApps.Read.All) to delete what has an ownership tag;
    C(DeviceManagementConfiguration.Read.All) to delete what has an ownership tag."
seealso:
  - module: mobilesec.intune.intune_app
"""

EXAMPLES = r"""
- name: A group with members
  mobilesec.intune.intune_group:
    name: Harmony Mobile iOS
    description: Users of iPhones and iPads with Harmony Mobile
    members:
      - adele@contoso.example
      - 5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11

- name: A dynamic group of Android devices
  mobilesec.intune.intune_group:
    name: Harmony Mobile Android devices
    membership_rule: (device.deviceOSType -eq "Android")

- name: Exactly these members
  mobilesec.intune.intune_group:
    name: Harmony Mobile pilot
    members: [adele@contoso.example]
    purge_members: true

- name: One more and one fewer, whoever else is in the group
  mobilesec.intune.intune_group:
    name: Harmony Mobile pilot
    members: [lee@contoso.example]
    absent_members: [adele@contoso.example]

- name: The group as it was, if it was deleted by mistake
  mobilesec.intune.intune_group:
    name: Harmony Mobile pilot
    restore: true

- name: Delete the group, if the onboarding created it
  mobilesec.intune.intune_group:
    name: Harmony Mobile iOS
    created_by: harmony_onboarding
    state: absent
"""

RETURN = r"""
group:
  description: The group, in the form of the module's options. After deletion, the group as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 02bd9fd6-8f93-4758-87c3-1fb73740a315
    name: Harmony Mobile iOS
    description: Users of iPhones and iPads with Harmony Mobile
    group_types: []
    mail_nickname: Harmony-Mobile-iOS-2b1f0c9d3e4a
    security_enabled: true
    created_date_time: '2026-11-24T08:00:00Z'
    members: [adele@contoso.example]
id:
  description: Object ID of the group; in check mode a placeholder for a group that would be created.
  returned: success
  type: str
  sample: 02bd9fd6-8f93-4758-87c3-1fb73740a315
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group

MODULE = resource_module(Group)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
