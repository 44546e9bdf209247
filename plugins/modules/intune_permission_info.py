#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_permission_info
short_description: Compare the permissions of an application with what it needs
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Tells which permissions an application has, which of those it needs are missing, and which it has and does not need.
  - By itself it reads the permissions from the access token of the login, without any request to Microsoft Graph. Such
    a token shows the application permissions of Microsoft Graph and nothing else. When something is missing, it logs in
    once more, as a token does not know what was granted since.
  - With O(app_id) or O(read_grants) it reads what was granted in the tenant, delegated permissions and other APIs
    included.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.permissions
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
options:
  app_id:
    description: The application (client) ID of the application to look at. The default is the one that logs in.
    type: str
  read_grants:
    description: Read the grants of the tenant also for the application that logs in, instead of what its token shows.
    type: bool
    default: false
  permissions:
    description: Names of application permissions that are needed. A permission that includes another one satisfies it.
    type: list
    elements: str
notes:
  - "Application permissions: C(Application.Read.All) with O(app_id) or O(read_grants); C(Directory.Read.All) with
    O(app_id) or O(read_grants)."
seealso:
  - module: mobilesec.intune.intune_permission
"""

EXAMPLES = r"""
- name: Can this login onboard?
  mobilesec.intune.intune_permission_info:
    steps: [groups, apps, app_config, connector]
  register: permissions

- name: Say what is missing
  ansible.builtin.assert:
    that: permissions.sufficient
    fail_msg: "{{ permissions.missing | map(attribute='fix') | list }}"

- name: What has the partner's application that it does not need any more?
  mobilesec.intune.intune_permission_info:
    app_id: 11111111-2222-3333-4444-555555555555
    sets: [steady_state]
  register: partner
"""

RETURN = r"""
source:
  description: Where the permissions were read, C(token) or C(grants).
  returned: success
  type: str
  sample: token
known:
  description: Whether the permissions could be read. The token of some logins cannot be read; then use O(read_grants).
  returned: success
  type: bool
  sample: true
sufficient:
  description: Whether nothing is missing; none if the permissions could not be read.
  returned: success
  type: bool
  sample: false
application:
  description: The application.
  returned: success
  type: dict
  sample:
    app_id: 00000000-1111-2222-3333-444444444444
    id: b7c1f8de-54a1-4d53-8d0c-1f1f9f1b7a11
    display_name: Automation
tenant_id:
  description: The ID of the tenant that the token is for.
  returned: success
  type: str
  sample: 7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e
granted:
  description:
    - The permissions that the application has. Each has C(name), C(type) (C(application) or C(delegated)), C(api), and
      the C(id) of the app role or scope if it is available.
    - C(consent) is C(admin) where an administrator consented for the whole tenant, C(user) where only single users did,
      for themselves.
    - C(in_token) shows whether the token of the application that logs in has the permission, if its grants were read;
      if not, it was granted later.
  returned: success
  type: list
  elements: dict
  sample:
    - name: DeviceManagementManagedDevices.Read.All
      type: application
      api: Microsoft Graph
      id: 2f51be20-0bb4-4fed-bf7b-db946066c75e
      consent: admin
missing:
  description:
    - The permissions to ask for, the least that fulfil what is needed, in the form of RV(granted).
    - C(needed_for) lists what cannot be done without it. C(access) is C(write) for what is needed to change something
      only, else C(read).
    - C(fix) describes how to grant it. C(consent) is C(none).
  returned: success
  type: list
  elements: dict
  sample:
    - name: Group.Create
      type: application
      api: Microsoft Graph
      id: bf7b1a76-6e77-406b-b258-bf5c7720e98f
      consent: none
      needed_for: [create groups]
      access: write
      fix: In the Entra admin center, under the application's API permissions, add the application permission
        Group.Create ...
excess:
  description: The permissions that the application has and does not need, in the form of RV(granted). C(fix) describes
    how to revoke each.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Group.Create
      type: application
      api: Microsoft Graph
      id: bf7b1a76-6e77-406b-b258-bf5c7720e98f
      consent: admin
      fix: If nothing else needs it, remove the application permission Group.Create ...
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 0
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import SETS, STEPS
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.check import gather

OPTIONS = {
    "app_id": {"type": "str"},
    "read_grants": {"type": "bool", "default": False},
    "sets": {"type": "list", "elements": "str", "choices": list(SETS)},
    "modules": {"type": "list", "elements": "str"},
    "steps": {"type": "list", "elements": "str", "choices": list(STEPS)},
    "permissions": {"type": "list", "elements": "str"},
}
MODULE = Module(gather, OPTIONS)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
