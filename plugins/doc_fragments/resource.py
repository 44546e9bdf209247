# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that manages one object."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state:
    description: Whether the object should exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the object (C(displayName)). Names are compared exactly, letter case included.
      - Names are not unique in Microsoft Graph. If several objects have it, the module fails and lists their IDs.
      - Together with O(id), the object is renamed to this.
    type: str
  id:
    description: ID of the object (C(id)), instead of its name. An object is never created by ID.
    type: str
  description:
    description: Description of the object (C(description)). Line ends and trailing white space do not count as a
      change.
    type: str
  created_by:
    description:
      - An ownership tag such as V(harmony_onboarding). It is written at the end of the object's description when, and
        only when, this module creates the object.
      - With O(state=absent), only an object with this tag that nobody else uses is deleted. From any other object, what
        the task declares is taken back, such as its assignments, and C(kept_because) shows why the object stays.
      - This is how offboarding removes what onboarding created, and nothing that existed before or that others use.
    type: str
"""

    REMOVAL = r"""
options:
  force:
    description: With O(state=absent) and O(created_by), delete an object with this tag even if others use it.
    type: bool
    default: false
  released_by:
    description: With O(state=absent) and O(created_by), IDs of objects that earlier tasks of the play deleted or
      unassigned. They do not count as others that use the object, so that check mode predicts the whole play.
    type: list
    elements: str
  unset:
    description:
      - Names of options that the object is to have no value of, such as V(description) or V(ios.os_minimum_version).
        Suboptions of a platform or dictionary are written with a dot.
      - This works for options of all types. See
        R(How options are compared and unset, ansible_collections.mobilesec.intune.docsite.guide_options).
    type: list
    elements: str
"""

    RECREATE = r"""
options:
  recreate:
    description:
      - Replace the object by a new one when an option differs that Microsoft Graph does not let be changed. Without
        this, such a difference is an error.
      - The old object is deleted when the new one is complete and assigned. Assignment filters may not be
        allowed to have the same name, so the old one is deleted before.
      - The new object also has the properties and assignments that the task does not declare. It has another ID, and
        devices may lose for a while what the object gave them.
    type: bool
    default: false
"""

    SCOPE_TAGS = r"""
options:
  scope_tags:
    description:
      - Names or IDs of the scope tags of the object (C(roleScopeTagIds)). The built-in tag is V(Default), with the ID
        V(0).
      - If you declare the option, the object has exactly these.
      - Using a name needs the permission C(DeviceManagementConfiguration.Read.All) or C(DeviceManagementRBAC.Read.All).
    type: list
    elements: str
"""

    UPDATE_SECRETS = r"""
options:
  update_secrets:
    description:
      - Whether secrets are sent to Microsoft Graph again when the object exists already.
      - V(on_create) sends them when the object is created, and never compares them, since Graph does not show them.
      - V(always) sends them with every run, and reports C(changed=true) each time. Use it once, to change a secret.
    type: str
    choices: [on_create, always]
    default: on_create
"""

    APPLICABILITY = r"""
options:
  device_management_applicability_rule_os_edition:
    description:
      - The editions of Windows that the profile is for, or is not for (C(deviceManagementApplicabilityRuleOsEdition)).
      - Intune has applicability rules for Windows only.
    type: dict
    suboptions:
      os_edition_types:
        description: The editions (C(osEditionTypes)). Their order does not matter.
        type: list
        elements: str
        required: true
        choices:
          - windows10_enterprise
          - windows10_enterprise_n
          - windows10_education
          - windows10_education_n
          - windows10_mobile_enterprise
          - windows10_holographic_enterprise
          - windows10_professional
          - windows10_professional_n
          - windows10_professional_education
          - windows10_professional_education_n
          - windows10_professional_workstation
          - windows10_professional_workstation_n
          - not_configured
          - windows10_home
          - windows10_home_china
          - windows10_home_n
          - windows10_home_single_language
          - windows10_mobile
          - windows10_iot_core
          - windows10_iot_core_commercial
      rule_type:
        description: &rule_type Whether the profile is for the devices that fit, or for the others (C(ruleType)).
        type: str
        required: true
        choices: [include, exclude]
      name:
        description: &rule_name Name of the rule (C(name)).
        type: str
  device_management_applicability_rule_os_version:
    description: The versions of Windows that the profile is for, or is not for
      (C(deviceManagementApplicabilityRuleOsVersion)).
    type: dict
    suboptions:
      min_os_version:
        description: The lowest version, such as V(10.0.19045) (C(minOSVersion)).
        type: str
      max_os_version:
        description: The highest version (C(maxOSVersion)).
        type: str
      rule_type:
        description: *rule_type
        type: str
        required: true
        choices: [include, exclude]
      name:
        description: *rule_name
        type: str
  device_management_applicability_rule_device_mode:
    description: Whether the profile is for Windows in S mode, or for Windows out of it
      (C(deviceManagementApplicabilityRuleDeviceMode)).
    type: dict
    suboptions:
      device_mode:
        description: The mode (C(deviceMode)).
        type: str
        required: true
        choices: [standard_configuration, s_mode_configuration]
      rule_type:
        description: *rule_type
        type: str
        required: true
        choices: [include, exclude]
      name:
        description: *rule_name
        type: str
"""
