# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that reads objects."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the objects to return (C(displayName)). Names are compared exactly, and more than one object may have
        one.
      - Without O(name), O(id), and O(name_pattern), all objects are returned.
    type: str
  id:
    description: ID of the object to return (C(id)).
    type: str
  name_pattern:
    description: Shell pattern that the names of the objects to return fit, such as V(Harmony Mobile*). Letter case does
      not matter.
    type: str
"""
