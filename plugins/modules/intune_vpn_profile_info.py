#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_vpn_profile_info
short_description: Read VPN profiles
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns VPN profiles in the form of the options of M(mobilesec.intune.intune_vpn_profile), with names instead of
    IDs, so that you can use the result as options.
  - Profiles of types that M(mobilesec.intune.intune_vpn_profile) does not manage are left out.
  - A shared secret is not returned, since Microsoft Graph does not show it. Certificate profiles and issuers of derived
    credentials are returned by name; each costs a request, all of which are sent together.
  - Of Android restrictions, only profiles that set an always-on VPN are returned.
  - Custom data are returned in plain text, also those that a task declared as C(secret_custom_data), since Microsoft
    Graph does not show which of them are secret. Use C(no_log=true) where some are.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(GroupMember.Read.All) for the names of
    groups."
seealso:
  - module: mobilesec.intune.intune_vpn_profile
"""

EXAMPLES = r"""
- name: Look at all VPN profiles of the onboarding
  mobilesec.intune.intune_vpn_profile_info:
    name_pattern: Harmony Mobile*
  register: found
"""

RETURN = r"""
vpn_profiles:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_vpn_profile).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 081bf12f-5dbb-487d-8099-f21572e0b1ab
      name: Harmony Mobile zero-touch iOS
      scope_tags: [Default]
      ios:
        connection_name: Example VPN
        connection_type: custom_vpn
        identifier: com.example.vpn
        authentication_method: username_and_password
        server:
          address: vpn.example.com
      assignments:
        - group: Harmony Mobile iOS
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    081bf12f-5dbb-487d-8099-f21572e0b1ab:
      version: 1
      created_date_time: '2026-11-24T08:00:00.0000000Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.vpn_profile import VpnProfile

MODULE = info_module(VpnProfile)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
