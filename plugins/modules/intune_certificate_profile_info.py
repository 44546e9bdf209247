#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_certificate_profile_info
short_description: Read trusted root certificate profiles
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Returns trusted root certificate profiles in the form of the options of
    M(mobilesec.intune.intune_certificate_profile), with names instead of IDs, so that you can use the result as
    options.
  - The certificate is returned as PEM text.
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
  - module: mobilesec.intune.intune_certificate_profile
"""

EXAMPLES = r"""
- name: Look at all trusted root certificates
  mobilesec.intune.intune_certificate_profile_info:
  register: found
"""

RETURN = r"""
certificate_profiles:
  description: What was found, each entry in the form of the options of M(mobilesec.intune.intune_certificate_profile).
  returned: success
  type: list
  elements: dict
  sample:
    - id: c851278c-62b3-4943-a162-5f55ea7cba5b
      name: Harmony Mobile certificate iOS
      platform: ios
      certificate: "-----BEGIN CERTIFICATE-----..."
      cert_file_name: root.cer
      assignments:
        - group: Harmony Mobile iOS
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    c851278c-62b3-4943-a162-5f55ea7cba5b:
      version: 1
      created_date_time: '2026-11-24T08:00:00.0000000Z'
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.certificate_profile import CertificateProfile

MODULE = info_module(CertificateProfile)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
