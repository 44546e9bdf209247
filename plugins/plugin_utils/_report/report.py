# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a tenant: what was read, its charts, and the pages with both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.basic import missing_required_lib

from . import charts
from .model import model
from .pages import filled


def report(
    read: Mapping[str, Any],
    words: Mapping[str, Any],
    templates: Mapping[str, str] | None = None,
    history: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return what the filter harmony_report documents."""
    if not charts.is_available():
        raise AnsibleFilterError(missing_required_lib("pygal", reason="for the charts of the report"))
    found = model(read, history, datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for chart in found["charts"]:
        _draw(chart, words["charts"][chart["code"]])
    _draw_trend(found["trend"], words["charts"]["trend"])
    files = {name: filled(template, found, words) for name, template in (templates or {}).items()}
    return {
        **{name: found[name] for name in ("verdict", "actions", "in_place")},
        "name": found["created"].replace(":", ""),
        "files": {**files, "json": json.dumps(found["snapshot"])},
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
