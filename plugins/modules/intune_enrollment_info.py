#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_enrollment_info
short_description: Check what the enrollment of devices depends on
version_added: 1.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Reads the Apple MDM push certificate, the tokens of Apple's volume purchase and enrollment programs, the connection
    to managed Google Play, the enrollment restrictions and the compliance of devices without a policy, all with one
    request.
  - What needs attention is a finding in RV(findings). A finding never makes the task fail.
  - What the login may not read is none in RV(enrollment), and a finding with the severity V(unknown) names the missing
    permission.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
options:
  platforms:
    description:
      - The platforms to check.
      - V(android) is Android Enterprise. What is read for Apple only is not read without V(ios) and V(macos).
    type: list
    elements: str
    choices: [android, ios, macos, windows]
    default: [android, ios]
  expiry_days:
    description: A certificate or token that expires within this number of days is a finding.
    type: int
    default: 30
notes:
  - "Application permissions: C(DeviceManagementServiceConfig.Read.All); C(DeviceManagementConfiguration.Read.All)."
seealso:
  - module: mobilesec.intune.intune_tenant_info
  - name: Get an Apple MDM push certificate
    description: Why it is renewed with the same Apple ID.
    link: https://learn.microsoft.com/intune/intune-service/enrollment/apple-mdm-push-certificate-get
"""

EXAMPLES = r"""
- name: Check what enrollment depends on
  mobilesec.intune.intune_enrollment_info:
  register: found

- name: Warn two months ahead, for Apple devices only
  mobilesec.intune.intune_enrollment_info:
    platforms: [ios, macos]
    expiry_days: 60
  register: found

- name: Fail if something keeps devices from being enrolled
  ansible.builtin.assert:
    that: found.findings | selectattr('severity', 'eq', 'error') | length == 0
    fail_msg: "{{ found.findings | map(attribute='message') }}"
"""

RETURN = r"""
findings:
  description: What needs attention; empty if nothing does.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description:
        - What was found. It stays the same between releases.
        - One of V(apple_push_certificate_missing), V(apple_push_certificate_expired),
          V(apple_push_certificate_expiring), V(vpp_token_invalid), V(vpp_token_expired), V(vpp_token_expiring),
          V(vpp_token_sync_failed), V(dep_token_expired), V(dep_token_expiring), V(dep_token_sync_failed),
          V(managed_google_play_not_bound), V(managed_google_play_sync_failed), V(platform_blocked),
          V(personal_devices_blocked) and V(compliant_without_policy).
        - A code that ends with C(_unknown) is for what cannot be read or does not show what is needed.
      returned: success
      type: str
      sample: apple_push_certificate_expiring
    severity:
      description: V(error) if devices cannot be enrolled or a token does not work, V(warning) if this will happen or
        concerns some devices only, and V(unknown) if the module cannot tell.
      returned: success
      type: str
      sample: warning
    message:
      description: A sentence with what was found and what to do.
      returned: success
      type: str
      sample: The Apple MDM push certificate expires on 2026-12-10, in 10 days. Renew it with the same Apple ID, ...
  sample:
    - code: apple_push_certificate_expiring
      severity: warning
      message: The Apple MDM push certificate expires on 2026-12-10, in 10 days. Renew it with the same Apple ID, ...
enrollment:
  description: What was read. A part that may not be read, does not exist or is for other platforms is none.
  returned: success
  type: dict
  contains:
    apple_push_certificate:
      description: The certificate with which Intune reaches Apple devices (C(applePushNotificationCertificate)).
      returned: success
      type: dict
      sample: {apple_identifier: apple@contoso.example, expiration_date_time: '2026-12-10T08:00:00Z'}
    vpp_tokens:
      description: Tokens of Apple's volume purchase program (C(vppTokens)), without the token itself.
      returned: success
      type: list
      elements: dict
      sample: [{display_name: Contoso locations, state: valid, expiration_date_time: '2027-09-01T08:00:00Z'}]
    dep_tokens:
      description: Tokens of Apple's enrollment program (C(depOnboardingSettings)).
      returned: success
      type: list
      elements: dict
      sample: [{token_name: Contoso devices, token_expiration_date_time: '2027-09-01T08:00:00Z'}]
    managed_google_play:
      description: The connection to managed Google Play (C(androidManagedStoreAccountEnterpriseSettings)).
      returned: success
      type: dict
      sample: {bind_status: boundAndValidated, last_app_sync_date_time: '2026-11-24T08:00:00Z'}
    enrollment_restrictions:
      description: The restrictions by platform (C(deviceEnrollmentConfigurations)).
      returned: success
      type: list
      elements: dict
      sample: [{display_name: All users and all devices, ios_restriction: {platform_blocked: false}}]
    compliance_default:
      description: What Intune assumes of devices without a compliance policy (C(deviceManagement/settings)).
      returned: success
      type: dict
      sample: {secure_by_default: true, device_compliance_checkin_threshold_days: 30}
  sample:
    apple_push_certificate: {apple_identifier: apple@contoso.example, expiration_date_time: '2026-12-10T08:00:00Z'}
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.enrollment import PLATFORMS, gather

MODULE = Module(
    gather,
    {
        "platforms": {"type": "list", "elements": "str", "choices": list(PLATFORMS), "default": ["android", "ios"]},
        "expiry_days": {"type": "int", "default": 30},
    },
)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
