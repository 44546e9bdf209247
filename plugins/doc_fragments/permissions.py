# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What permissions are needed for, in the modules that grant and compare them."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  sets:
    description:
      - Sets of permissions, of all APIs.
      - V(onboarding) is all that the vendor's table lists, and the application permission for the connector.
      - V(one_click) is the part of V(onboarding) that is needed for the onboarding only and can be taken away
        afterwards.
      - V(steady_state) is what stays in use after the onboarding.
      - V(device_sync) is the part of V(steady_state) that reads devices, users and groups.
      - V(device_health) is the right of a mobile threat defense partner to write devices' threat state to Intune.
    type: list
    elements: str
    choices: [onboarding, one_click, steady_state, device_sync, device_health]
  steps:
    description: Steps of the role P(mobilesec.intune.harmony_onboarding#role), for the least permissions that they need
      together.
    type: list
    elements: str
    choices:
      - groups
      - groups_members
      - groups_owners
      - groups_users
      - groups_user_members
      - filters
      - apps
      - apps_android
      - app_config
      - certificate
      - vpn
      - compliance
      - companion_apps
      - notification
      - app_protection
      - conditional_access
      - connector
      - device_facts
      - device_groups
      - assignments
      - assigned_filters
      - per_app_vpn
      - scope_tags
      - notification_templates
      - remove_notification
      - remove_groups
  modules:
    description: Modules of this collection, for the least permissions that they need for all they can do.
    type: list
    elements: str
"""
