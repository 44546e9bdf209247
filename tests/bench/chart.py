# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as charts, drawn as those of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.mobilesec.intune.plugins.plugin_utils._report.charts import Bar, Paint, bars

OWN, OTHERS = "#1b5fad", "#8a95a1"
PAINT = Paint(
    ink="#222222",
    line="#d5dbe2",
    background="#ffffff",
    font="sans-serif",
    series=(OWN,),
    width=860,
    has_heading=True,
)


@dataclass(frozen=True)
class Panel:
    """A chart; name is that of its file."""

    name: str
    title: str
    unit: str
    # Label, value, whether it is the collection's own.
    bars: Sequence[tuple[str, float, bool]]


def draw(panels: Sequence[Panel], folder: Path, prefix: str) -> None:
    """Write a file for each panel, instead of those of earlier figures."""
    for old in folder.glob(f"{prefix}-*.svg"):
        old.unlink()
    for panel in panels:
        rows = [
            Bar(label, value, f"{value:,.3g} {panel.unit}", OWN if is_own else OTHERS)
            for label, value, is_own in panel.bars
        ]
        description = ", ".join(f"{row.label}: {row.text}" for row in rows)
        name = f"{prefix}-{panel.name}"
        text = bars(name, panel.title, description, rows, PAINT)
        (folder / f"{name}.svg").write_text(text + "\n", encoding="utf-8")
