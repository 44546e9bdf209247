#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_application
short_description: Manage app registrations in Microsoft Entra
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes and deletes the app registration that automation logs in as, with its service principal,
    certificates, federated credentials and, only on request, a client secret.
  - M(mobilesec.intune.intune_permission) grants it permissions. The playbook C(mobilesec.intune.bootstrap) uses both.
  - Deleting an app registration deletes its service principal and what was granted to it. Microsoft Entra keeps it for
    30 days.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
options:
  allow_public_client_flows:
    description: Whether users may log in to the application without a credential of its own
      (C(isFallbackPublicClient)), as O(device_code) does.
    type: bool
  certificates:
    description:
      - Certificates that the application logs in with (C(keyCredentials)), each as PEM text without the private key, or
        as the SHA-1 thumbprint of one that the application has.
      - They are added to those of the application. Results show thumbprints.
    type: list
    elements: str
  purge_certificates:
    description: Remove certificates that O(certificates) does not have. To replace a certificate, add the new one
      first, log in with it, and then remove the old one.
    type: bool
    default: false
  federated_credentials:
    description:
      - Tokens of other identity providers that the application accepts (C(federatedIdentityCredentials)).
      - They are added to those of the application. One of the same name is changed.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the credential, of letters, digits, C(-) and C(_) (C(name)).
        type: str
        required: true
      issuer:
        description: The address of the identity provider, as in the C(iss) claim of its tokens (C(issuer)).
        type: str
        required: true
      subject:
        description: Whom the token is for, as in its C(sub) claim (C(subject)).
        type: str
        required: true
      audience:
        description: The C(aud) claim of the token (C(audiences)).
        type: str
        default: api://AzureADTokenExchange
  purge_federated_credentials:
    description: Remove federated credentials that O(federated_credentials) does not have.
    type: bool
    default: false
  allow_empty:
    description: Let O(purge_federated_credentials) remove all of them with an empty list.
    type: bool
    default: false
  password_credential:
    description:
      - Create a client secret (C(passwordCredentials)), unless the application has one of this name that has not
        expired.
      - Prefer O(federated_credentials) or O(certificates). Microsoft Graph shows a secret only once, so declare
        O(password_credential.dest) or O(password_credential.return_value).
    type: dict
    suboptions:
      name:
        description: Name of the secret (C(displayName)).
        type: str
        default: ansible
      days:
        description: Days until the secret expires (C(endDateTime)).
        type: int
        default: 90
      dest:
        description: A file on the machine of the task, to which the secret and nothing else is written. Only its owner
          can read it.
        type: path
      shared_directory:
        description: Allow a directory that other users can write to.
        type: bool
        default: false
      return_value:
        description: Return the secret in RV(client_secret). Declare C(no_log=true) for the task. Without it, everybody
          who sees the output or the log of the play has the secret.
        type: bool
        default: false
notes:
  - "Application permissions: C(Application.Read.All); C(Application.ReadWrite.All) to change something and to create a
    service principal."
seealso:
  - module: mobilesec.intune.intune_application_info
  - module: mobilesec.intune.intune_permission
"""

EXAMPLES = r"""
- name: The application of our automation, with a certificate
  mobilesec.intune.intune_application:
    azure_cli: true
    name: Ansible for Intune
    certificates:
      - "{{ lookup('ansible.builtin.file', 'cert.pem') }}"
  register: automation

- name: Exactly the permissions of two steps
  mobilesec.intune.intune_permission:
    azure_cli: true
    app_id: "{{ automation.application.app_id }}"
    steps: [groups, apps]
    purge_permissions: true
  # In check mode, an application that would be created has no ID yet.
  when: automation.application.app_id is defined

- name: Let a pipeline of GitHub log in without a secret
  mobilesec.intune.intune_application:
    name: Ansible for Intune
    federated_credentials:
      - name: main
        issuer: https://token.actions.githubusercontent.com
        subject: repo:example/tenant:ref:refs/heads/main

- name: A secret for a first try, in a file
  mobilesec.intune.intune_application:
    name: Ansible for Intune
    password_credential:
      days: 14
      dest: ~/.config/intune-secret

- name: A secret that the next task hands to a vault
  mobilesec.intune.intune_application:
    name: Ansible for Intune
    password_credential:
      return_value: true
  no_log: true
  register: with_secret
"""

RETURN = r"""
application:
  description:
    - The app registration, in the form of the module's options. After deletion, as it was.
    - C(app_id) is the application (client) ID, which is O(client_id) for a login. A new application has none in check
      mode. C(service_principal_id) is the object ID of its service principal.
    - C(client_secrets) lists name, ID and end of each client secret before the task. C(certificates_end) shows when
      each certificate expires, by its thumbprint.
  returned: success, unless it does not exist
  type: dict
  sample:
    id: 5b0c1a34-8d5e-4f0a-9c3b-0d6e2a7f1b11
    app_id: 00000000-1111-2222-3333-444444444444
    name: Ansible for Intune
    service_principal_id: 3f2b1c0d-8a44-4d0e-9f7a-6a1d0c9e1001
    certificates: [0A1B2C3D4E5F60718293A4B5C6D7E8F901234567]
    certificates_end:
      0A1B2C3D4E5F60718293A4B5C6D7E8F901234567: '2027-11-30T08:00:00Z'
    client_secrets: []
client_secret:
  description:
    - Name, ID and end of the client secret that was created, and the C(path) of the file that has it.
    - With O(password_credential.return_value=true), C(value) is the secret itself.
  returned: when a secret was created, or would be in check mode
  type: dict
  sample:
    name: ansible
    id: 0b2f6a1e-4c8d-4f7a-9e53-2d1c0b9a8f70
    path: /home/me/.config/intune-secret
    end_date_time: '2027-03-01T00:00:00Z'
id:
  description: Object ID of the app registration; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 5b0c1a34-8d5e-4f0a-9c3b-0d6e2a7f1b11
kept_because:
  description: Why the app registration was not deleted, if O(created_by) let it stay.
  returned: with O(state=absent) and O(created_by), when it stays
  type: list
  elements: dict
  sample:
    - reason: not_tagged
      by: [bootstrap]
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.app_registration import Application
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.registration import manage

OPTIONS = {
    **Application.argument_spec,
    # What it describes becomes a secret; nothing in it is one.
    "password_credential": {
        "type": "dict",
        "no_log": False,
        "options": {
            "name": {"type": "str", "default": "ansible"},
            "days": {"type": "int", "default": 90},
            "dest": {"type": "path"},
            "shared_directory": {"type": "bool", "default": False},
            "return_value": {"type": "bool", "default": False},
        },
    },
}
MODULE = Module(manage, OPTIONS, Application.constraints)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
