# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that manages one object."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether the object should be there.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the object (C(displayName)). Names are compared exactly, letter case included.
      - Names are not unique in Microsoft Graph. If several objects bear it, the module fails and lists their IDs.
      - Together with O(id), the object is renamed to this.
    type: str
  id:
    description:
      - ID of the object (C(id)), in place of its name. An object is never created by ID.
    type: str
  description:
    description:
      - Description of the object (C(description)). Line ends and trailing white space do not count as a change.
    type: str
  created_by:
    description:
      - A mark such as V(harmony_onboarding) that is written at the end of the object's description when, and only when, this module creates the object.
      - With O(state=absent), only an object that bears this mark is deleted; any other is left alone and C(changed=false) is returned.
      - This is how offboarding removes what onboarding made and nothing that was there before.
    type: str
"""

    RECREATE = r"""
options:
  recreate:
    description:
      - Delete the object and create it again when an option differs that Microsoft Graph does not let be changed. Without this, such a
        difference is an error.
      - The new object also has the properties and assignments that the task does not declare. It has another ID, and devices may lose
        for a while what the object gave them.
    type: bool
    default: false
"""

    SCOPE_TAGS = r"""
options:
  scope_tags:
    description:
      - Names or IDs of the scope tags of the object (C(roleScopeTagIds)). The built-in tag is V(Default), with the ID V(0).
      - If given, the object has exactly these.
      - Using a name needs the permission C(DeviceManagementConfiguration.Read.All) or C(DeviceManagementRBAC.Read.All).
    type: list
    elements: str
"""
