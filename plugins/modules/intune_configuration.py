#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_configuration
short_description: Bring a whole tenant in Microsoft Intune to a declared state
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, assigns and deletes all objects of one document in a single task, as their own modules do for one
    object.
  - An object may refer to another one of the document by name. The task creates objects in the order in which they
    need each other, and removes them in the reverse order.
  - All objects are read first, many with one request. Objects that have to change and do not depend on each other are
    changed at the same time.
  - In check mode with C(--diff), the task reports how the tenant differs from the document.
  - Nothing is written before every item of the document is checked and, as far as the access token shows it, the
    permissions suffice.
  - If an object fails, the others are still changed. Objects that depend on it are skipped, and the task fails at its
    end with a list of all that failed.
  - The document is refused if two of its items are the same object, or if an item refers to an object that another
    item renames or removes, because the next run would find other objects.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
options:
  configuration:
    description:
      - The document. Each item of a list has the options of the module that manages such an object, without the login.
      - Each list can also have the name of the variable in the files that M(mobilesec.intune.intune_export) writes,
        such as C(intune_apps).
      - Exactly one of O(configuration) and O(src) is required.
    type: dict
    suboptions:
      assignment_filters:
        description:
          - Each item has the options of M(mobilesec.intune.intune_assignment_filter).
        type: list
        elements: dict
        aliases: [intune_assignment_filters]
      groups:
        description:
          - Each item has the options of M(mobilesec.intune.intune_group).
        type: list
        elements: dict
        aliases: [intune_groups]
      certificate_profiles:
        description:
          - Each item has the options of M(mobilesec.intune.intune_certificate_profile).
        type: list
        elements: dict
        aliases: [intune_certificate_profiles]
      vpn_profiles:
        description:
          - Each item has the options of M(mobilesec.intune.intune_vpn_profile).
        type: list
        elements: dict
        aliases: [intune_vpn_profiles]
      custom_profiles:
        description:
          - Each item has the options of M(mobilesec.intune.intune_custom_profile).
        type: list
        elements: dict
        aliases: [intune_custom_profiles]
      apps:
        description:
          - Each item has the options of M(mobilesec.intune.intune_app).
        type: list
        elements: dict
        aliases: [intune_apps]
      app_configs:
        description:
          - Each item has the options of M(mobilesec.intune.intune_app_config).
        type: list
        elements: dict
        aliases: [intune_app_configs]
      app_protection_policies:
        description:
          - Each item has the options of M(mobilesec.intune.intune_app_protection_policy).
        type: list
        elements: dict
        aliases: [intune_app_protection_policies]
      mtd_connectors:
        description:
          - Each item has the options of M(mobilesec.intune.intune_mtd_connector).
        type: list
        elements: dict
        aliases: [intune_mtd_connectors]
      notification_templates:
        description:
          - Each item has the options of M(mobilesec.intune.intune_notification_template).
        type: list
        elements: dict
        aliases: [intune_notification_templates]
      compliance_policies:
        description:
          - Each item has the options of M(mobilesec.intune.intune_compliance_policy).
        type: list
        elements: dict
        aliases: [intune_compliance_policies]
      conditional_access_policies:
        description:
          - Each item has the options of M(mobilesec.intune.intune_conditional_access_policy).
        type: list
        elements: dict
        aliases: [intune_conditional_access_policies]
  src:
    description:
      - A YAML file with the document, or a folder with such files, for example one that
        M(mobilesec.intune.intune_export) wrote. Lists of the same name in several files are joined.
      - The files are read where the module runs. The Python library PyYAML is required there; ansible-core brings it to
        the controller.
      - Files that are encrypted with Ansible Vault cannot be read. Load them as variables and use O(configuration), as
        the playbook C(mobilesec.intune.apply) does.
    type: path
  state:
    description:
      - With V(present), each object gets the state that its item declares, which is C(present) unless the item has
        C(state=absent).
      - With V(absent), all objects of the document are removed. An object whose item has C(created_by) is removed only
        if it is tagged so.
    type: str
    choices: [present, absent]
    default: present
notes:
  - "Application permissions: C(GroupMember.Read.All); C(Group.Create) for a new group; C(Group.ReadWrite.All) for an
    existing group, with owners and to restore one; C(RoleManagement.ReadWrite.Directory) for a group that roles can
    be assigned to; C(GroupMember.ReadWrite.All) with members; C(User.ReadBasic.All) with users; C(User.ReadWrite.All)
    with members that are users; C(Device.Read.All) with devices; C(Device.ReadWrite.All) with members that are
    devices; C(Directory.Read.All) with members and owners by ID that are not groups, users or devices;
    C(Group.Read.All) to see deleted groups; C(DeviceManagementApps.Read.All) to delete what has an ownership tag and
    with apps, app configurations and app protection policies; C(DeviceManagementConfiguration.Read.All) to delete
    what has an ownership tag, with managed Google Play, with profiles and policies, with assignment filters and with
    scope tags; C(DeviceManagementApps.ReadWrite.All) to change apps, app configurations and app protection policies;
    C(DeviceManagementConfiguration.ReadWrite.All) with a new app of managed Google Play, to change profiles and
    policies and to change assignment filters; C(DeviceManagementServiceConfig.ReadWrite.All) to synchronize volume
    purchase tokens, to change connectors and to change notification message templates;
    C(DeviceManagementServiceConfig.Read.All) with connectors, with notification message templates and with the name
    of an issuer of derived credentials; C(Policy.Read.All) with Conditional Access policies;
    C(Policy.ReadWrite.ConditionalAccess) to change Conditional Access policies; C(Application.Read.All) to change
    Conditional Access policies and with names of applications; C(RoleManagement.Read.Directory) with names of roles."
  - Objects that the document does not mention are left alone.
seealso:
  - module: mobilesec.intune.intune_export
  - ref: Configuration as code <ansible_collections.mobilesec.intune.docsite.guide_configuration>
    description: How to keep a tenant in files and to look for drift in continuous integration.
"""

EXAMPLES = r"""
- name: A group, a filter and the app that is assigned to them
  mobilesec.intune.intune_configuration:
    configuration:
      groups:
        - name: Harmony Mobile pilot
          description: People who try Harmony Mobile
          created_by: example
      assignment_filters:
        - name: Corporate iPhones and iPads
          platform: ios
          rule: (device.deviceOwnership -eq "Corporate")
          created_by: example
      apps:
        - name: Harmony Mobile Protect
          type: ios_store_app
          publisher: Check Point
          app_store_url: https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797
          created_by: example
          assignments:
            - group: Harmony Mobile pilot
              filter: Corporate iPhones and iPads

- name: Remove it again
  mobilesec.intune.intune_configuration:
    state: absent
    configuration:
      groups:
        - name: Harmony Mobile pilot
          created_by: example
      assignment_filters:
        - name: Corporate iPhones and iPads
          created_by: example
      apps:
        - name: Harmony Mobile Protect
          type: ios_store_app
          created_by: example

- name: Save the configuration of the tenant
  mobilesec.intune.intune_export:
    dest: contoso

- name: Report how the tenant differs from the files
  mobilesec.intune.intune_configuration:
    src: contoso
  check_mode: true
  diff: true
  register: drift

- name: Name the objects that differ
  ansible.builtin.debug:
    msg: "{{ drift.objects | selectattr('changed') | map(attribute='place') }}"
"""

RETURN = r"""
objects:
  description: The result of each object, in the order in which the options of O(configuration) are listed here and then
    in the order of each list. An object is returned as its own module returns it, under the same key.
  returned: when the options are valid
  type: list
  elements: dict
  sample:
    - place: groups[0]
      changed: true
      id: 02bd9fd6-8f93-4758-87c3-1fb73740a315
      group: {id: 02bd9fd6-8f93-4758-87c3-1fb73740a315, name: Harmony Mobile pilot}
    - place: apps[0]
      changed: false
      failed: true
      msg: "Not found: group 'Nobody'. This task wrote nothing."
  contains:
    place:
      description: Position of the item in the document.
      returned: always
      type: str
      sample: groups[0]
    changed:
      description: Whether the object was changed.
      returned: always
      type: bool
      sample: true
    id:
      description: ID of the object; in check mode a placeholder for an object that would be created.
      returned: success
      type: str
      sample: 02bd9fd6-8f93-4758-87c3-1fb73740a315
    failed:
      description: V(true) for an object that could not be brought to its state.
      returned: when the object failed or was skipped
      type: bool
      sample: true
    msg:
      description: Why the object failed, was skipped, or was left alone.
      returned: when there is a reason
      type: str
      sample: "Not found: group 'Nobody'. This task wrote nothing."
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: when the options are valid
  type: int
  sample: 7
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._configuration import (
    configure,
    options,
    options_with_items,
    prepare,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module

OPTIONS = {
    "configuration": {"type": "dict", "options": options()},
    "src": {"type": "path"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
MODULE = Module(
    configure,
    OPTIONS,
    {"required_one_of": [("configuration", "src")], "mutually_exclusive": [("configuration", "src")]},
    prepare=prepare,
    secret_in={**OPTIONS, "configuration": {"type": "dict", "options": options_with_items()}},
)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
