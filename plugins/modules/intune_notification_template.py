#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_notification_template
short_description: Manage notification message templates in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes and deletes the templates of e-mails that Intune sends to users of noncompliant devices.
  - M(mobilesec.intune.intune_compliance_policy) refers to a template by its name.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.scope_tags
options:
  branding_options:
    description: What of the tenant's branding Intune adds to the e-mail (C(brandingOptions)).
    type: list
    elements: str
    choices:
      - none
      - include_company_logo
      - include_company_name
      - include_contact_information
      - include_company_portal_link
      - include_device_details
  localized_notification_messages:
    description:
      - The messages, one for each locale (C(localizedNotificationMessages)). If declared, the template has exactly
        these.
      - Intune sends nothing by a template without messages.
    type: list
    elements: dict
    suboptions:
      locale:
        description: The locale of the users who get this message, such as V(en-us) (C(locale)). Letter case does not
          matter.
        type: str
        required: true
      subject:
        description: Subject of the e-mail (C(subject)).
        type: str
        required: true
      message_template:
        description: Text of the e-mail (C(messageTemplate)).
        type: str
        required: true
      is_default:
        description: Whether users of all other locales get this message (C(isDefault)). Exactly one message has to be
          the default.
        type: bool
notes:
  - Microsoft Graph writes each message by a request of its own. If a task fails in between, run it again.
  - "Application permissions: C(DeviceManagementServiceConfig.Read.All); C(DeviceManagementServiceConfig.ReadWrite.All)
    to change something; C(DeviceManagementConfiguration.Read.All) with scope tags and to delete what has an ownership
    tag."
seealso:
  - module: mobilesec.intune.intune_notification_template_info
  - module: mobilesec.intune.intune_compliance_policy
"""

EXAMPLES = r"""
- name: An e-mail in two languages
  mobilesec.intune.intune_notification_template:
    name: Phone under attack
    branding_options: [include_company_logo, include_contact_information]
    localized_notification_messages:
      - locale: en-us
        subject: Your phone is not safe
        message_template: Open Harmony Mobile Protect and follow its instructions.
        is_default: true
      - locale: de-de
        subject: Ihr Telefon ist nicht sicher
        message_template: Bitte öffnen Sie Harmony Mobile Protect.

- name: Send it after a day
  mobilesec.intune.intune_compliance_policy:
    name: Harmony Mobile iOS
    ios:
      security_block_jailbroken_devices: true
    scheduled_actions_for_rule:
      - action_type: block
      - action_type: notification
        grace_period_days: 1
        notification_template: Phone under attack
"""

RETURN = r"""
notification_template:
  description: The template, in the form of the module's options. After deletion, the template as it was.
  returned: success, unless it does not exist
  type: dict
  sample:
    id: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
    name: Phone under attack
    description: ''
    branding_options: [include_company_logo]
    localized_notification_messages:
      - locale: en-us
        subject: Your phone is not safe
        message_template: Open Harmony Mobile Protect and follow its instructions.
        is_default: true
    scope_tags: ["0"]
id:
  description: ID of the template; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.notification_template import (
    NotificationTemplate,
)

MODULE = resource_module(NotificationTemplate)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
