# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The thinking of the playbook report, and its charts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: harmony_report
short_description: Put together the report of a tenant
version_added: 1.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description: Turns what the playbook C(mobilesec.intune.report) read into what its templates show, by codes and numbers.
  It reads and changes nothing.
requirements:
  - pygal
options:
  _input:
    description: Results by what was read. C(onboarding) has the results of the role's tasks by the plan's names.
      C(preflight) and C(health) are those of the other filters. C(connector), C(apps), C(compliance), C(protection),
      C(access), C(fleet), C(coverage), and C(applications) are results of modules. C(results) of C(affected) are those
      that list noncompliant devices and devices with a threat. C(host) and C(shown) are values.
    type: dict
    required: true
  words:
    description: The words for all codes, as in the playbook's C(vars/report_words.yml).
    type: dict
    required: true
  templates:
    description: Templates of Jinja, by their format. They get V(report) and V(words), and all values are escaped.
    type: dict
    default: {}
  history:
    description: What C(files.json) was in earlier runs. Without it, no history is kept.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Put the report together
  ansible.builtin.set_fact:
    report: "{{ {'connector': found, 'host': inventory_hostname} | mobilesec.intune.harmony_report(words) }}"
"""

RETURN = r"""
_value:
  description:
    - C(verdict), C(actions) in their order, and C(in_place), the number of objects in place and that of all.
    - C(files) has what each of O(templates) became, and C(json), the figures that a later run needs for its trend.
      C(name) is a name for that file by the time of the run.
  type: dict
"""


def harmony_report(*arguments: Any, **options: Any) -> Any:
    # Not before: Ansible loads this file in each task that uses any filter of the collection.
    from ..plugin_utils._report.report import report

    return report(*arguments, **options)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"harmony_report": harmony_report}
