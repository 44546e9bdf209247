#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_notification_template_info
short_description: Read notification message templates
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description: Returns notification message templates in the form of the options of
  M(mobilesec.intune.intune_notification_template), with names in place of IDs, so that you can use the result as
  options.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes.info
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.selection
notes:
  - "Application permissions: C(DeviceManagementServiceConfig.Read.All); C(DeviceManagementConfiguration.Read.All) for
    the names of scope tags."
seealso:
  - module: mobilesec.intune.intune_notification_template
"""

EXAMPLES = r"""
- name: Look at all notification message templates
  mobilesec.intune.intune_notification_template_info:
  register: found
"""

RETURN = r"""
notification_templates:
  description: What was found, each entry in the form of the options of
    M(mobilesec.intune.intune_notification_template).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
      name: Phone under attack
      branding_options: [include_company_logo]
      localized_notification_messages:
        - locale: en-us
          subject: Your phone is not safe
          message_template: Open Harmony Mobile Protect and follow its instructions.
          is_default: true
      scope_tags: [Default]
details:
  description: What Microsoft Graph adds to each object and no option sets, by the ID of the object.
  returned: success
  type: dict
  sample:
    2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17:
      default_locale: en-us
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import info_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.notification_template import (
    NotificationTemplate,
)

MODULE = info_module(NotificationTemplate)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
