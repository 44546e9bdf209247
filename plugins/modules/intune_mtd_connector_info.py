#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_mtd_connector_info
short_description: Read mobile threat defense connectors
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns mobile threat defense connectors in the form of the options of M(mobilesec.intune.intune_mtd_connector), so
    that you can use the result as options, together with their state and last heartbeat.
  - Entries of Intune's catalogue of partners that the tenant never set up are left out.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
options:
  partner:
    description:
      - Name of the partner, as M(mobilesec.intune.intune_mtd_connector) knows it.
      - Without O(partner) and O(id), all connectors are returned.
    type: str
  id:
    description: ID of the connector (C(id)).
    type: str
  heartbeat_max_age:
    description: Hours after which a heartbeat counts as too old for a connector to be C(healthy).
    type: int
    default: 24
notes:
  - "Application permissions: C(DeviceManagementServiceConfig.Read.All)."
seealso:
  - module: mobilesec.intune.intune_mtd_connector
"""

EXAMPLES = r"""
- name: Look at Check Point's connector
  mobilesec.intune.intune_mtd_connector_info:
    partner: Check Point Harmony Mobile
  register: found

- name: Fail unless it works
  ansible.builtin.assert:
    that: found.details.values() | selectattr('healthy') | length == 1
    fail_msg: The connector is not enabled, or its heartbeat is too old.
"""

RETURN = r"""
mtd_connectors:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_mtd_connector).
  returned: success
  type: list
  elements: dict
  sample:
    - id: d3ddeae8-441f-4681-b80f-aef644f7195a
      android_enabled: true
      ios_enabled: true
      partner_unresponsiveness_threshold_in_days: 7
details:
  description: State and heartbeat of each connector, by its ID.
  returned: success
  type: dict
  sample:
    d3ddeae8-441f-4681-b80f-aef644f7195a:
      partner_state: enabled
      last_heartbeat_date_time: '2026-11-24T08:00:00Z'
      healthy: true
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import MtdConnector

MODULE = info_module(MtdConnector, heartbeat_max_age={"type": "int", "default": 24})


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
