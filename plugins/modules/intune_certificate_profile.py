#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_certificate_profile
short_description: Manage profiles of trusted root certificates in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns profiles that make devices trust the certificate of a certificate authority.
  - Only an unexpired certificate of an authority (C(CA:TRUE)) is sent, so that no other certificate, such as that of a
    server, becomes a trusted root by mistake. What a profile has already may be declared as it is.
  - Results and differences show the SHA-256 fingerprint of a certificate.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.resource.recreate
  - mobilesec.intune.resource.applicability
  - mobilesec.intune.assignments
options:
  platform:
    description:
      - The platform the profile is for. Needed to create a profile; it decides the type, which cannot be changed
        afterwards unless O(recreate=true).
      - The types are C(iosTrustedRootCertificate), C(androidWorkProfileTrustedRootCertificate),
        C(androidDeviceOwnerTrustedRootCertificate), C(macOSTrustedRootCertificate), and
        C(windows81TrustedRootCertificate).
      - Of profiles with the same name, only those for this platform are looked at.
    type: str
    choices: [ios, android_work_profile, android_device_owner, macos, windows]
  root_certificate_path:
    description:
      - File with the certificate (C(trustedRootCertificate)), as PEM or DER, on the host the module runs on. It must
        hold one certificate.
      - One of this and O(certificate) is needed to create a profile.
      - This is the certificate that devices will trust. That of the application that logs in is O(certificate_path).
    type: path
  certificate:
    description: The certificate as PEM text (C(trustedRootCertificate)), for example from a lookup.
    type: str
  cert_file_name:
    description:
      - Name of the certificate's file that Intune shows (C(certFileName)).
      - A new profile gets the name of the file in O(root_certificate_path), or V(root), with the extension C(.cer).
    type: str
  deployment_channel:
    description: Whether the certificate is for the device or for its user (C(deploymentChannel)). For O(platform=macos)
      only.
    type: str
    choices: [device_channel, user_channel]
  destination_store:
    description:
      - The certificate store of Windows that the certificate goes to (C(destinationStore)). For O(platform=windows)
        only.
      - A new profile gets V(computer_cert_store_root). The others are for the certificates of intermediate authorities.
    type: str
    choices: [computer_cert_store_root, computer_cert_store_intermediate, user_cert_store_intermediate]
requirements:
  - cryptography (which msal brings)
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(DeviceManagementConfiguration.ReadWrite.All)
    to change something; C(GroupMember.Read.All) with groups in assignments."
seealso:
  - module: mobilesec.intune.intune_vpn_profile
"""

EXAMPLES = r"""
- name: Let iPhones and iPads trust the company's root certificate
  mobilesec.intune.intune_certificate_profile:
    name: Contoso root iOS
    platform: ios
    root_certificate_path: files/contoso-root.pem
    assignments:
      - group: Harmony Mobile iOS

- name: The same certificate for Android, from a variable
  mobilesec.intune.intune_certificate_profile:
    name: Contoso root Android
    platform: android_work_profile
    certificate: "{{ contoso_root_pem }}"
    cert_file_name: contoso-root.cer
    assignments:
      - group: Harmony Mobile Android

- name: The certificate of an intermediate authority, for Windows
  mobilesec.intune.intune_certificate_profile:
    name: Contoso issuing authority Windows
    platform: windows
    root_certificate_path: files/contoso-issuing.cer
    destination_store: computer_cert_store_intermediate

- name: No such profile
  mobilesec.intune.intune_certificate_profile:
    name: Contoso root iOS
    platform: ios
    state: absent
"""

RETURN = r"""
certificate_profile:
  description: The certificate profile, in the form of the module's options. After deletion, the profile as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 0d4f6a0c-6cb6-4c8e-a0c6-5c3bd0b4f6b1
    type: ios_trusted_root_certificate
    name: Contoso root iOS
    description: ''
    scope_tags: ["0"]
    certificate: SHA-256 2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824
    cert_file_name: contoso-root.cer
    version: 1
    created_date_time: '2026-11-24T08:00:00Z'
    last_modified_date_time: '2026-11-24T08:00:00Z'
    assignments:
      - group: Harmony Mobile iOS
id:
  description: ID of the certificate profile; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 0d4f6a0c-6cb6-4c8e-a0c6-5c3bd0b4f6b1
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.certificate_profile import CertificateProfile

MODULE = resource_module(CertificateProfile)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
