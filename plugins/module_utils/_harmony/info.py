# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules harmony_device_info and harmony_alert_info: rows as a result or in a file, always with a summary."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._devices.output import FORMATS, outcome, output_of
from .._devices.summary import Progress
from .._engine.times import moment
from . import fields
from .session import HarmonySession, Row

Options = dict[str, dict[str, Any]]
Test = Callable[[Row], bool]
OUTPUT: Options = {
    "gather": {"type": "str", "choices": ["rows", "summary"], "default": "rows"},
    "dest": {"type": "path"},
    "format": {"type": "str", "choices": list(FORMATS)},
    "shared_directory": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Listed:
    """One list of Harmony Mobile."""

    plural: str
    path: str
    key: str
    names: Sequence[str]
    show: Callable[[Mapping[str, Any]], Row]
    counted: Sequence[str]
    # Filter -> its option; a filter of values is for the field of its name.
    filters: Options
    # Filters of times: option -> field, and whether later times fit.
    times: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    # The parameter of a server's filter that a time option becomes too.
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        return {"filters": {"type": "dict", "options": self.filters}, **OUTPUT}

    def gather(
        self, session: HarmonySession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
    ) -> dict[str, Any]:
        """Rows as a result, or in a file. A page that cannot be read is an error, and then no file is replaced."""
        declared = {name: value for name, value in (params.get("filters") or {}).items() if value is not None}
        output = output_of(self.names, params, check_mode)
        keeps = not output and params.get("gather") != "summary"
        counts = Summary(self.counted)
        rows: list[Row] = []
        with output or contextlib.nullcontext():
            for page in self._counted(session, declared, counts):
                if output:
                    output.add([{name: row[name] for name in self.names} for row in page])
                elif keeps:
                    rows += page
        return {
            **outcome(output, diff_mode),
            **({self.plural: sorted(rows, key=_order)} if keeps else {}),
            "summary": counts.result(),
            "harmony_requests": session.requests_sent,
        }

    def _counted(self, session: HarmonySession, declared: Mapping[str, Any], counts: Summary) -> Iterator[list[Row]]:
        """Yield the rows of each page that fit, once they are counted."""
        tests = list(self._tests(declared))
        progress = Progress(session.progress, f"{self.plural} of Harmony Mobile")
        for page in self.pages(session, declared):
            fit = [row for row in page if all(test(row) for test in tests)]
            counts.add(fit)
            progress.add(len(fit))
            yield fit

    def pages(self, session: HarmonySession, declared: Mapping[str, Any]) -> Iterator[list[Row]]:
        asked = {
            parameter: fields.asked(moment(option, declared[option]))
            for option, parameter in self.asked.items()
            if option in declared
        }
        for page in session.rows(self.path, self.key, asked):
            yield [self.show(row) for row in page]

    def _tests(self, declared: Mapping[str, Any]) -> Iterator[Test]:
        for option, value in declared.items():
            if option in self.times:
                name, is_later = self.times[option]
                yield _by_time(name, fields.written(moment(option, value)) or "", is_later)
            else:
                yield _by_value(option, {str(each).lower() for each in value})


class Summary:
    """How many rows there are, and how many of each value of some fields."""

    def __init__(self, names: Sequence[str]) -> None:
        self.total = 0
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in names}

    def add(self, rows: Sequence[Row]) -> None:
        self.total += len(rows)
        for name, counter in self._counts.items():
            counter.update(row[name] or fields.UNKNOWN for row in rows)

    def result(self) -> Row:
        return {
            "total": self.total,
            **{f"by_{name}": dict(sorted(counter.items())) for name, counter in self._counts.items()},
        }


def _by_value(name: str, values: set[str]) -> Test:
    return lambda row: str(row[name] or "").lower() in values


def _by_time(name: str, limit: str, is_later: bool) -> Test:
    """A row without a time never fits: it is neither before nor after another one."""
    return lambda row: bool(row[name]) and (row[name] >= limit if is_later else row[name] < limit)


def _order(row: Row) -> tuple[int, str]:
    text = str(row["id"] or "")
    return (int(text), "") if text.isdigit() else (-1, text)


def _one_of(*choices: str) -> dict[str, Any]:
    return {"type": "list", "elements": "str", **({"choices": list(choices)} if choices else {})}


DEVICES = Listed(
    "devices",
    fields.DEVICES,
    fields.DEVICE_KEY,
    fields.DEVICE_FIELDS,
    fields.device,
    ("risk", "status", "platform", "client_version"),
    {
        "risk": _one_of(*fields.RISKS.values(), fields.UNKNOWN),
        "status": _one_of(*fields.STATUSES.values(), fields.UNKNOWN),
        "platform": _one_of(*fields.PLATFORMS),
        "email": _one_of(),
        "name": _one_of(),
        "id": _one_of(),
        "last_connection_before": {"type": "str"},
        "last_connection_after": {"type": "str"},
    },
    {"last_connection_before": ("last_connection", False), "last_connection_after": ("last_connection", True)},
)
ALERTS = Listed(
    "alerts",
    fields.ALERTS,
    fields.ALERT_KEY,
    fields.ALERT_FIELDS,
    fields.alert,
    ("severity", "event", "attack_vector"),
    {
        "since": {"type": "str"},
        "severity": _one_of(),
        "event": _one_of(),
        "device_id": _one_of(),
        "mdm_uuid": _one_of(),
    },
    {"since": ("backend_last_updated", True)},
    {"since": fields.ALERTS_SINCE},
)
