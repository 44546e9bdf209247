#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_permission
short_description: Grant permissions to an application and revoke them
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Grants application permissions, with admin consent, to the service principal of an application in this tenant, and
    revokes them. So it does with delegated permissions, which an application uses in the name of a user who signed in.
  - Works for the tenant's own applications and for those of a partner, which have a service principal in the tenant as
    soon as somebody consented to them. Permissions that are not named are left as they are, unless
    O(purge_permissions) is set.
  - A token that was issued before keeps its permissions until it ends. When the application is the one that logs in,
    its cached token is renewed; a ready O(access_token) and the token of a managed identity cannot be.
  - To revoke what this login itself needs to revoke permissions is refused.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.permissions
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
options:
  app_id:
    description: The application (client) ID of the application that gets the permissions or loses them (C(appId)).
    type: str
    required: true
  state:
    description: Whether the application should have the permissions.
    type: str
    choices: [present, absent]
    default: present
  permissions:
    description: Names of permissions of O(api), such as V(DeviceManagementApps.ReadWrite.All), or the IDs of their app
      roles (C(appRoleId)) or scopes.
    type: list
    elements: str
  purge_permissions:
    description: Revoke the permissions of all APIs that the options do not name, of both types or of O(type).
    type: bool
    default: false
  api:
    description:
      - The API of O(permissions), as V(Microsoft Graph), V(Microsoft Intune API), or the application ID of another one.
      - The default is V(Microsoft Graph).
    type: str
  type:
    description:
      - V(application) permissions (C(appRoleAssignments)) are used without a user, V(delegated) ones
        (C(oauth2PermissionGrants)) in the name of a user.
      - Delegated permissions are granted for all users. Revoking them takes them from single users as well.
      - By default, O(permissions) are V(application) ones, and all of O(sets) is used. With this, only those of the
        type.
      - With V(delegated), O(steps) and O(modules) are for what a user needs.
    type: str
    choices: [application, delegated]
  create_service_principal:
    description: Create the service principal when the application has none in this tenant, such as the multi-tenant
      application of a partner.
    type: bool
    default: false
notes:
  - "Application permissions: C(Application.Read.All); C(AppRoleAssignment.ReadWrite.All) to change application
    permissions; C(Directory.Read.All) with delegated permissions; C(DelegatedPermissionGrant.ReadWrite.All) to change
    delegated permissions; C(Application.ReadWrite.All) to create a service principal."
seealso:
  - module: mobilesec.intune.intune_permission_info
"""

EXAMPLES = r"""
- name: Let our automation manage apps
  mobilesec.intune.intune_permission:
    app_id: 00000000-1111-2222-3333-444444444444
    permissions:
      - DeviceManagementApps.ReadWrite.All
      - GroupMember.Read.All

- name: Let a mobile threat defense partner write the devices' threat state
  mobilesec.intune.intune_permission:
    app_id: 11111111-2222-3333-4444-555555555555
    api: Microsoft Intune API
    permissions: [update_device_health]
    create_service_principal: true

- name: Exactly what a user needs for a step
  mobilesec.intune.intune_permission:
    app_id: 00000000-1111-2222-3333-444444444444
    steps: [connector]
    type: delegated
    purge_permissions: true

- name: Take away what only the onboarding needed
  mobilesec.intune.intune_permission:
    app_id: 11111111-2222-3333-4444-555555555555
    sets: [one_click]
    state: absent
"""

RETURN = r"""
application:
  description: The application and the permissions it has after the task, of the types that the task is about.
  returned: success
  type: dict
  sample:
    app_id: 11111111-2222-3333-4444-555555555555
    id: 3f2b1c0d-8a44-4d0e-9f7a-6a1d0c9e1001
    display_name: Partner's mobile threat defense
    permissions: ['Microsoft Graph: DeviceManagementManagedDevices.Read.All', 'Microsoft Intune API:
    update_device_health']
granted:
  description: The permissions that were granted, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: ['Microsoft Intune API: update_device_health']
revoked:
  description: The permissions that were revoked, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: ['Microsoft Graph: Group.Create']
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import (
    APPLICATION,
    DELEGATED,
    SETS,
    STEPS,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.grants import manage

OPTIONS = {
    "app_id": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "permissions": {"type": "list", "elements": "str"},
    "sets": {"type": "list", "elements": "str", "choices": list(SETS)},
    "steps": {"type": "list", "elements": "str", "choices": list(STEPS)},
    "modules": {"type": "list", "elements": "str"},
    "purge_permissions": {"type": "bool", "default": False},
    "api": {"type": "str"},
    "type": {"type": "str", "choices": [APPLICATION, DELEGATED]},
    "create_service_principal": {"type": "bool", "default": False},
}
MODULE = Module(
    manage,
    OPTIONS,
    {"required_one_of": [("permissions", "sets", "steps", "modules")], "mutually_exclusive": [("api", "sets")]},
)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
