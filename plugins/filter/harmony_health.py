# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Harmony Mobile works in a tenant, by what it does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: harmony_health
short_description: Judge whether Harmony Mobile is working
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description: Turns what the playbook C(mobilesec.intune.health) read into a verdict and a report. It reads and changes
  nothing.
options:
  _input:
    description: Results by what was read. V(connector), V(tenant), V(apps), V(devices), V(compliance), V(protection)
      and V(access) are results of modules; V(groups) is that of a loop over groups, and V(members) of a loop over the
      groups of O(part=groups) that reads the noncompliant devices in them; C(results) of V(affected) are those that
      list noncompliant devices and devices with a threat.
    type: dict
    required: true
  required:
    description:
      - What has to work, of V(connector), V(apps), V(devices), V(compliance), V(protection) and V(access). The rest
        is only reported.
      - V(access) is the whole chain, from the threat level to Conditional Access.
    type: list
    elements: str
    required: true
  platforms:
    description: The platforms that Harmony Mobile is for.
    type: list
    elements: str
    required: true
  min_coverage:
    description: Percentage of the devices with these platforms that must be in a good state. At least one device must
      be in any case.
    type: float
    default: 0
  sync_max_age:
    description: Hours after which the last synchronization with managed Google Play is too old.
    type: float
    default: 168
  part:
    description: What to return. V(verdict) is a verdict with its report. V(groups) are the groups whose members decide
      which devices lose access.
    type: str
    choices: [verdict, groups]
    default: verdict
    version_added: 1.1.0
"""

EXAMPLES = r"""
- name: Judge what was read
  ansible.builtin.set_fact:
    health: "{{ {'connector': found} | mobilesec.intune.harmony_health(['connector'], ['ios']) }}"
"""

RETURN = r"""
_value:
  description:
    - C(verdict) is V(working), V(not working) or V(cannot tell).
    - C(report) has a line for each finding, with its weight (ok, note, error, unknown) and what it is about.
    - C(findings) has the same as C(weight), C(about), and C(text). C(severity) is the weight that a finding would have
      if all were required.
    - With O(part=groups), a list of names and IDs.
  type: raw
"""


def harmony_health(*arguments: Any, **options: Any) -> Any:
    # Not before: Ansible loads this file in each task that uses any filter of the collection.
    from ..plugin_utils._health.verdict import judge

    return judge(*arguments, **options)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"harmony_health": harmony_health}
