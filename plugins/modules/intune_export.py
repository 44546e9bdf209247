#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_export
short_description: Write what a tenant has in Microsoft Intune to variables files
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads groups, assignment filters, certificate profiles, VPN profiles, apps, app configurations, compliance policies
    and connectors, and writes them as variables, one YAML file for each, in the form of the options of the modules that
    manage them.
  - With the playbook C(mobilesec.intune.apply), these modules read the variables. In the same tenant they change
    nothing, and in another tenant they create the same objects.
  - What an object refers to is exported with it, whatever its name, as far as it is of O(resources). It is referred
    to by name; a file holds an ID only where a name does not identify the object.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
options:
  dest:
    description:
      - Directory that the files are written to, on the machine that the module runs on. It is created if it does not
        exist. A symbolic link is refused, also in the place of a file. See also O(shared_directory).
      - The files are C(assignment_filters.yml), C(groups.yml), and so on, named after O(resources). Only their owner
        can read them. Other files in the directory are left alone.
      - A file that is encrypted with Ansible Vault, or that is no export, is not replaced; the task fails before
        anything is written.
    type: path
    required: true
  resources:
    description: The resources to export. All of them unless declared, but V(conditional_access_policies), which takes
      permissions of its own.
    type: list
    elements: str
    choices:
      - assignment_filters
      - groups
      - certificate_profiles
      - vpn_profiles
      - custom_profiles
      - apps
      - app_configs
      - app_protection_policies
      - mtd_connectors
      - notification_templates
      - compliance_policies
      - conditional_access_policies
  name_pattern:
    description:
      - Shell pattern such as V(Harmony*) that the names of objects have to fit. Upper and lower case do not matter.
      - Connectors have no name of their own and always fit.
    type: str
  assigned_to:
    description: Names or IDs of groups. Only what is assigned to one of them is exported, or excludes one of them, with
      what it refers to.
    type: list
    elements: str
  all_groups:
    description:
      - Export every security group of the tenant that fits O(name_pattern).
      - Otherwise groups are exported to which something that is exported is assigned, and with O(name_pattern) and
        without O(assigned_to) those that fit it.
    type: bool
    default: false
  include_members:
    description: Export members and owners of groups too. Another tenant has other users and devices, so this is of use
      where the files go back to the same tenant.
    type: bool
    default: false
  shared_directory:
    description: Whether O(dest) may be a directory that other users can write to, such as C(/tmp).
    type: bool
    default: false
notes:
  - "Application permissions: C(DeviceManagementApps.Read.All); C(DeviceManagementConfiguration.Read.All);
    C(DeviceManagementServiceConfig.Read.All); C(GroupMember.Read.All); C(Policy.Read.All) with Conditional Access
    policies; C(RoleManagement.Read.Directory) for the names of roles in Conditional Access policies;
    C(Application.Read.All) for the names of applications in Conditional Access policies."
  - Microsoft Graph does not show every value. Secrets, an app's icon, and what is shown as a mask are left out; a
    comment at the top of the file and a warning report this, one for each reason with the names of the objects.
  - When an object or a list cannot be read, the rest is exported, and the module fails at the end with a list of what
    was left out and why. Collections that a cloud does not have are passed over with a warning.
  - Users, scope tags, categories of apps and notification templates are named, not exported; another tenant has to have
    them.
  - Microsoft Graph does not show which values of an app configuration are secrets, so the files hold them as they are,
    also those that a task declared as C(secret_value). Keep the files with Ansible Vault.
  - The Python library PyYAML is needed where the module runs; ansible-core brings it to the controller.
seealso:
  - module: mobilesec.intune.intune_app
  - module: mobilesec.intune.intune_group
"""

EXAMPLES = r"""
- name: Export all that the tenant has
  mobilesec.intune.intune_export:
    dest: exported/contoso

- name: Export the Harmony Mobile onboarding and what it refers to
  mobilesec.intune.intune_export:
    dest: exported/harmony
    name_pattern: "*Harmony*"
  register: exported

- name: Say what was written
  ansible.builtin.debug:
    msg: "{{ exported.files | selectattr('objects') | map(attribute='path') }}"

- name: Export what is assigned to the pilot group, without connectors
  mobilesec.intune.intune_export:
    dest: exported/pilot
    resources: [assignment_filters, groups, vpn_profiles, apps, app_configs]
    assigned_to: [Pilot]
"""

RETURN = r"""
dest:
  description: The directory, as an absolute path.
  returned: success
  type: str
  sample: /home/ada/exported/contoso
files:
  description: The files, in the order in which they can be applied.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Path of the file.
      returned: success
      type: str
      sample: /home/ada/exported/contoso/groups.yml
    resource:
      description: What is in it.
      returned: success
      type: str
      sample: groups
    variable:
      description: Name of the variable that it sets.
      returned: success
      type: str
      sample: intune_groups
    objects:
      description: Number of objects in it.
      returned: success
      type: int
      sample: 2
    changed:
      description: Whether it was written, or in check mode would be.
      returned: success
      type: bool
      sample: true
  sample:
    - path: /home/ada/exported/contoso/groups.yml
      resource: groups
      variable: intune_groups
      objects: 2
      changed: true
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 14
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import BY_PLURAL
from ansible_collections.mobilesec.intune.plugins.module_utils._variables_files import export_to_files

OPTIONS = {
    "dest": {"type": "path", "required": True},
    "resources": {"type": "list", "elements": "str", "choices": list(BY_PLURAL)},
    "name_pattern": {"type": "str"},
    "assigned_to": {"type": "list", "elements": "str"},
    "all_groups": {"type": "bool", "default": False},
    "include_members": {"type": "bool", "default": False},
    "shared_directory": {"type": "bool", "default": False},
}
MODULE = Module(export_to_files, OPTIONS)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
