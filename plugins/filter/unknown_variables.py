# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse misspelled variables of a playbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..plugin_utils._onboarding.names import unknown_names

DOCUMENTATION = r"""
name: unknown_variables
short_description: Find misspelled variables
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description: Returns a sentence for each name that is not allowed, with the most similar allowed name.
options:
  _input:
    description: The declared names.
    type: list
    elements: str
    required: true
  allowed:
    description: The names that are allowed.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse misspelled variables
  ansible.builtin.assert:
    that: misspelled == []
    fail_msg: "{{ misspelled }}"
  vars:
    declared: "{{ query('ansible.builtin.varnames', '^health_') }}"
    misspelled: "{{ declared | mobilesec.intune.unknown_variables(['health_groups']) }}"
"""

RETURN = r"""
_value:
  description: A sentence for each name that is not allowed.
  type: list
  elements: str
"""


def unknown_variables(declared: Sequence[str], allowed: Sequence[str]) -> list[str]:
    return unknown_names(declared, allowed)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unknown_variables": unknown_variables}
