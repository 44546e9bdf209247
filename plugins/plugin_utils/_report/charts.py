# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts as SVG that stands alone: no script, no address of another host, and text that a screen reader reads.

pygal draws them: it is pure Python, its SVG keeps text as text, and its colours can be variables of the page's style
sheet, so that one drawing fits a dark and a light page. matplotlib would bring NumPy and fixed colours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple, Optional

ROW = 36
# Space for the text beside the longest bar.
_ROOM = 1.3


class Bar(NamedTuple):
    label: str
    value: float
    text: str
    colour: str


class Paint(NamedTuple):
    """Colours, font and size; by default those of the page, which has a heading above each chart."""

    ink: str = "var(--ink)"
    line: str = "var(--line)"
    background: str = "transparent"
    font: str = "inherit"
    series: tuple[str, ...] = ("var(--accent)", "var(--good)")
    width: int = 560
    has_heading: bool = False


PAGE = Paint()
Percentages = Sequence[Optional[float]]


def is_available() -> bool:
    # Each task that uses any filter of the collection loads all of them, so pygal is imported only where it draws.
    return find_spec("pygal") is not None


def bars(name: str, title: str, description: str, rows: Sequence[Bar], paint: Paint = PAGE) -> str:
    """Horizontal bars, the first row on top."""
    import pygal

    most = max((row.value for row in rows), default=0) or 1
    options: dict[str, Any] = {"range": (0, most * _ROOM), "show_x_labels": False, "print_values": True, "margin": 2}
    options["title"] = title if paint.has_heading else None
    height = ROW * (len(rows) + paint.has_heading) + 6
    chart = _chart(pygal.HorizontalBar, name, (paint.width, height), paint, options)
    chart.x_labels = [_cut(row.label, paint.width // 20) for row in reversed(rows)]
    drawn = [{"value": row.value, "color": row.colour, "formatter": _constant(row.text)} for row in reversed(rows)]
    chart.add("", drawn)
    return _drawn(chart, title, description)


def lines(name: str, title: str, description: str, days: Sequence[str], series: Mapping[str, Percentages]) -> str:
    """Percentages over time, a line each."""
    import pygal

    options = {
        "range": (0, 100),
        "show_legend": len(series) > 1,
        "legend_at_bottom": True,
        "show_y_guides": True,
        "dots_size": 4,
        "margin_right": 40,
        "stroke_style": {"width": 3},
        "y_labels": [0, 25, 50, 75, 100],
        "x_labels": list(days),
        "x_labels_major_every": -(-len(days) // 6),
        "show_minor_x_labels": False,
        "value_formatter": "{:.0f} %".format,
    }
    chart = _chart(pygal.Line, name, (900, 260), PAGE, options)
    for label, values in series.items():
        chart.add(label, list(values))
    return _drawn(chart, title, description)


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _constant(text: str) -> Callable[[Any], str]:
    return lambda _value: text


def _chart(
    chart_type: Callable[..., Any], name: str, size: tuple[int, int], paint: Paint, options: Mapping[str, Any]
) -> Any:
    from pygal.style import Style

    sizes = dict.fromkeys(("label_font_size", "major_label_font_size", "value_font_size", "legend_font_size"), 15)
    style = Style(
        background=paint.background,
        plot_background="transparent",
        foreground=paint.ink,
        foreground_strong=paint.ink,
        foreground_subtle=paint.line,
        guide_stroke_color=paint.line,
        major_guide_stroke_color=paint.line,
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        font_family=paint.font,
        opacity="1",
        stroke_opacity="1",
        transition="none",
        colors=paint.series,
        value_colors=(paint.ink,) * len(paint.series),
        **sizes,
    )
    # Without js, pygal links no script of another host.
    chart = chart_type(
        js=[],
        style=style,
        width=size[0],
        height=size[1],
        disable_xml_declaration=True,
        print_values_position="top",
        truncate_label=-1,
        **{"show_legend": False, **options},
    )
    # Random by default, and the name that the style sheet of the drawing goes by.
    chart.uuid = name
    return chart


def _drawn(chart: Any, title: str, description: str) -> str:
    def accessible(root: Any) -> Any:
        """One image with a name and a description; what pygal adds for its script goes, and comments."""
        for parent in root.iter():
            for child in list(parent):
                if child.tag in ("script", "desc", "title") or not isinstance(child.tag, str):
                    parent.remove(child)
                elif child.get("class") == "value":
                    child.set("text-anchor", "start")
        for tag, text in (("desc", description), ("title", title)):
            element = root.makeelement(tag, {"id": f"chart-{chart.uuid}-{tag}"})
            element.text = text
            root.insert(0, element)
        root.set("role", "img")
        root.set("aria-labelledby", f"chart-{chart.uuid}-title chart-{chart.uuid}-desc")
        return root

    chart.add_xml_filter(accessible)
    return str(chart.render(is_unicode=True))
