# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The thinking of the playbook report, and its charts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.basic import missing_required_lib

from ..plugin_utils._report import charts
from ..plugin_utils._report.model import model
from ..plugin_utils._report.pages import filled

DOCUMENTATION = r"""
name: harmony_report
short_description: Put together the report of a tenant
version_added: 1.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Turns what the playbook C(mobilesec.intune.report) read into what its templates show, by codes and numbers. It reads
    and changes nothing.
requirements:
  - pygal
options:
  _input:
    description:
      - Results by what was read. C(onboarding) has the results of the role's tasks by the plan's names. C(preflight)
        and C(health) are those of the other filters. C(connector), C(apps), C(compliance), C(protection), C(access),
        C(fleet), C(coverage), and C(applications) are results of modules. C(results) of C(affected) are those that
        list noncompliant devices and devices with a threat. C(host) and C(shown) are values.
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


def harmony_report(
    read: Mapping[str, Any],
    words: Mapping[str, Any],
    templates: Mapping[str, str] | None = None,
    history: Sequence[str] | None = None,
) -> dict[str, Any]:
    if not charts.is_available():
        raise AnsibleFilterError(missing_required_lib("pygal", reason="for the charts of the report"))
    report = model(read, history, datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for chart in report["charts"]:
        _draw(chart, words["charts"][chart["code"]])
    _draw_trend(report["trend"], words["charts"]["trend"])
    files = {name: filled(template, report, words) for name, template in (templates or {}).items()}
    return {
        **{name: report[name] for name in ("verdict", "actions", "in_place")},
        "name": report["created"].replace(":", ""),
        "files": {**files, "json": json.dumps(report["snapshot"])},
    }


def _draw_trend(trend: dict[str, Any], words: Mapping[str, str]) -> None:
    """Draw a line for each side that has a share, once there is more than one run."""
    points = trend["points"]
    found = {name: [point[name] for point in points] for name in ("share_intune", "share_harmony")}
    series = {words[name]: values for name, values in found.items() if any(value is not None for value in values)}
    if len(points) > 1 and series:
        text = "; ".join(f"{name}: {_percents(values)}" for name, values in series.items())
        days = [str(point["at"])[:10] for point in points]
        trend["svg"] = charts.lines("trend", words["title"], text, days, series)


def _draw(chart: dict[str, Any], words: Mapping[str, str]) -> None:
    """Add the drawing, and the words for the rows that it is drawn with."""
    for row in chart["rows"]:
        row["label"] = words.get(row["code"], row["code"])
    bars = [
        charts.Bar(row["label"], row["count"], f"{row['count']} ({row['percent']:.0f} %)", f"var(--{row['tone']})")
        for row in chart["rows"]
    ]
    text = ", ".join(f"{item.label}: {item.text}" for item in bars)
    chart["svg"] = charts.bars(chart["code"], words["title"], text, bars)


def _percents(values: Sequence[float | None]) -> str:
    found = [f"{value:.0f} %" for value in values if value is not None]
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"harmony_report": harmony_report}
