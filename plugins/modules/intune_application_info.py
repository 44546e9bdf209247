#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_application_info
short_description: Read app registrations of Microsoft Entra
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns app registrations in the form of the options of M(mobilesec.intune.intune_application). Certificates are
    shown by their thumbprints. Secrets are not shown by Microsoft Graph.
  - The details show when credentials expire.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(Application.Read.All)."
seealso:
  - module: mobilesec.intune.intune_application
"""

EXAMPLES = r"""
- name: When do the credentials of our automation expire?
  mobilesec.intune.intune_application_info:
    name: Ansible for Intune
  register: found
"""

RETURN = r"""
applications:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_application).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5b0c1a34-8d5e-4f0a-9c3b-0d6e2a7f1b11
      name: Ansible for Intune
      certificates: [0A1B2C3D4E5F60718293A4B5C6D7E8F901234567]
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    5b0c1a34-8d5e-4f0a-9c3b-0d6e2a7f1b11:
      app_id: 00000000-1111-2222-3333-444444444444
      certificates_end:
        0A1B2C3D4E5F60718293A4B5C6D7E8F901234567: '2027-11-30T08:00:00Z'
      client_secrets: []
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.app_registration import Application

MODULE = info_module(Application)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
