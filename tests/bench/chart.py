# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bars as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LABELS, VALUES, ROW, TITLE, GAP = 860, 250, 110, 22, 30, 18
OWN, OTHERS = "#2a6fb0", "#9aa5b1"


@dataclass(frozen=True)
class Panel:
    title: str
    unit: str
    # Label, value, whether it is the collection's own.
    bars: Sequence[tuple[str, float, bool]]


def svg(panels: Sequence[Panel]) -> str:
    """Return the panels one below the other."""
    parts: list[str] = []
    y = GAP
    for panel in panels:
        parts.append(f'<text x="8" y="{y + 16}" class="title">{escape(panel.title)}</text>')
        y += TITLE
        longest = max((value for _label, value, _own in panel.bars), default=1) or 1
        for label, value, own in panel.bars:
            length = max(1.0, (WIDTH - LABELS - VALUES) * value / longest)
            parts.append(f'<text x="{LABELS - 8}" y="{y + 15}" text-anchor="end">{escape(label)}</text>')
            parts.append(
                f'<rect x="{LABELS}" y="{y + 3}" width="{length:.1f}" height="{ROW - 6}" fill="{OWN if own else OTHERS}"/>'  # noqa: E501
            )
            parts.append(f'<text x="{LABELS + length + 6:.1f}" y="{y + 15}">{value:,.3g} {escape(panel.unit)}</text>')
            y += ROW
        y += GAP
    style = "text{font:13px sans-serif;fill:#222}.title{font-weight:bold}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}">'
    return "\n".join(
        [head, f"<style>{style}</style>", f'<rect width="{WIDTH}" height="{y}" fill="#fff"/>', *parts, "</svg>", ""]
    )
