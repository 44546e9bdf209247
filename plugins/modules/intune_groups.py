#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_groups
short_description: Manage many Microsoft Entra security groups in one task
version_added: 0.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Does for a list of groups what M(mobilesec.intune.intune_group) does for one, in the order of the list.
  - All groups are looked at first, 20 with one request, so a list without a change takes a small part of the requests
    and of the waiting of a loop. Groups that have to change are then changed one after the other, as in a loop.
  - All options are checked before anything is asked or written. A group that fails does not keep the others from being
    done; the task fails at its end and says which ones it was.
  - A group of the list may have groups as members that stand before it in the list and are created by this task.
  - A list in which two entries are one group, or in which a group has a member that the list renames or deletes, is
    refused before anything is written, since the next run of it would find something else.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
options:
  groups:
    description:
      - The groups. Each is declared once, by O(groups[].name) or by O(groups[].id).
    type: list
    elements: dict
    required: true
    suboptions:
      state:
        description:
          - Whether the group shall be there.
        type: str
        choices: [present, absent]
        default: present
      name:
        description:
          - Name of the group (C(displayName)), by which it is found; upper and lower case matter.
          - With O(groups[].id) the group gets this name. One of the two is needed.
        type: str
      id:
        description:
          - Object ID of a group that is there, to tell groups of the same name apart or to rename one.
        type: str
      description:
        description:
          - Description (C(description)). An empty text clears it.
        type: str
      created_by:
        description:
          - A mark that the group gets at the end of its description when it is created.
          - With O(groups[].state=absent), only a group that bears this mark is deleted.
        type: str
      members:
        description:
          - Users, devices and groups that are members. Each is written as object ID, user principal name, device ID
            (the C(azureADDeviceId) of a managed device), or name of a group.
          - They are added to the members that are there, unless O(groups[].purge_members=true).
          - Excludes O(groups[].membership_rule).
        type: list
        elements: str
      purge_members:
        description:
          - Remove members that are not in O(groups[].members).
        type: bool
        default: false
      owners:
        description:
          - Users and service principals that own the group, as object ID or user principal name.
          - They are added to the owners that are there, unless O(groups[].purge_owners=true).
          - A group that an application creates with the permission C(Group.Create) alone and without an owner can be
            changed by nobody afterwards.
        type: list
        elements: str
      purge_owners:
        description:
          - Remove owners that are not in O(groups[].owners). Microsoft Graph does not let the last owner be removed.
        type: bool
        default: false
      membership_rule:
        description:
          - Rule of a dynamic group (C(membershipRule)). Needs Microsoft Entra ID P1.
          - An assigned group is not made a dynamic one, and the other way round, because it would lose its members or
            its rule.
        type: str
      membership_rule_processing_state:
        description:
          - Whether the rule is applied (C(membershipRuleProcessingState)). A new dynamic group gets V(on). Assigned
            groups do not take it.
        type: str
        choices: ["on", "paused"]
      restore:
        description:
          - When there is no such group, but a deleted one of this name (or with this O(groups[].id)) that Microsoft
            Entra still keeps, get that one back with its object ID, members and owners, and bring it to the declared
            state. Otherwise a new group is created.
          - Without this, a deleted group of the same name is mentioned in a warning, as far as the permissions let it
            be seen.
          - Whether Microsoft Entra keeps deleted security groups, as it keeps Microsoft 365 groups, depends on the age
            of the documentation. The current page of Microsoft Graph says that it does, older ones say that it deletes
            them at once.
          - In check mode the members and owners that a restored group brings along are not known; only the declared
            ones are shown.
        type: bool
        default: false
notes:
  - "Application permissions: C(GroupMember.Read.All); C(Group.Create) for a new group; C(Group.ReadWrite.All) for a
    group that is there, with owners and to restore one; C(GroupMember.ReadWrite.All) with members;
    C(User.ReadBasic.All) with users; C(User.ReadWrite.All) with members that are users; C(Device.Read.All) with
    devices; C(Device.ReadWrite.All) with members that are devices; C(Directory.Read.All) with members and owners by
    object ID; C(Group.Read.All) to see deleted groups."
seealso:
  - module: mobilesec.intune.intune_group
"""

EXAMPLES = r"""
- name: The groups of the roll-out
  mobilesec.intune.intune_groups:
    groups:
      - name: Harmony Mobile iOS
        description: Users of iPhones and iPads with Harmony Mobile
        members: [adele@contoso.example]
      - name: Harmony Mobile Android devices
        membership_rule: (device.deviceOSType -eq "Android")
      - name: Harmony Mobile
        members: [Harmony Mobile iOS]
      - name: Harmony Mobile pilot
        state: absent

- name: What would change, without changing it
  mobilesec.intune.intune_groups:
    groups:
      - name: Austria
        members: [adele@contoso.example]
        purge_members: true
      - name: Belgium
  check_mode: true
  diff: true
"""

RETURN = r"""
groups:
  description: What M(mobilesec.intune.intune_group) returns for each group, in the order of the option.
  returned: when the options could be used
  type: list
  elements: dict
  sample:
    - changed: true
      id: 02bd9fd6-8f93-4758-87c3-1fb73740a315
      group: {id: 02bd9fd6-8f93-4758-87c3-1fb73740a315, name: Harmony Mobile iOS}
  contains:
    changed:
      description: Whether the group was changed.
      returned: always
      type: bool
      sample: true
    id:
      description: Object ID of the group; in check mode a placeholder for a group that would be created.
      returned: success
      type: str
      sample: 02bd9fd6-8f93-4758-87c3-1fb73740a315
    group:
      description: The group, in the form of the options. After deletion, the group as it was.
      returned: success
      type: dict
      sample:
        id: 02bd9fd6-8f93-4758-87c3-1fb73740a315
        name: Harmony Mobile iOS
        description: Users of iPhones and iPads with Harmony Mobile
        members: [adele@contoso.example]
    failed:
      description: V(true) for a group that could not be brought to its state.
      returned: when that is so
      type: bool
      sample: true
    msg:
      description: Why the group failed, or was left alone.
      returned: when there is something to say
      type: str
      sample: "Not found: user 'nobody@contoso.example'. Nothing was written."
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: when the options could be used
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import list_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group

MODULE = list_module(Group, "groups", dict(Group.argument_spec), **Group.constraints)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
