# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting devices, a page at a time."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from .._engine.times import literal
from .._graph.rows import column_texts
from . import fields

# What the numbers are made of.
_THREAT = "partnerReportedThreatState"
PROPERTIES = ("operatingSystem", "osVersion", "complianceState", _THREAT, "managedDeviceOwnerType", "lastSyncDateTime")
_OF_THREATS = ("by_threat_state", "protected", "protected_share")
# Days since the last synchronisation, and the name of the bucket up to there.
_AGES = ((90, "older"), (30, "within_90_days"), (7, "within_30_days"), (1, "within_7_days"))
_YOUNGEST = "within_1_day"
_NEVER = "never"
_SINCE = "1900"
# The partner's app is there and reports [graph facts: managed devices]; whether it reports a
# threat is another matter.
_PROTECTED = frozenset(("activated", "secured", "low_severity", "medium_severity", "high_severity", "compromised"))


class Summary:
    """has_threats: whether threat states are known; a summary without them does not say that all devices are
    unprotected.
    """

    def __init__(self, now: datetime | None = None, has_threats: bool = True) -> None:
        now = now or datetime.now(timezone.utc)
        # Graph writes all times in UTC and in one form, so their texts sort as they do.
        self._limits = [_SINCE, *(literal(now - timedelta(days=days)).rstrip("Z") for days, _name in _AGES)]
        self._has_threats = has_threats
        self.properties = tuple(graph for graph in PROPERTIES if has_threats or graph != _THREAT)
        self.total = 0
        # Values are counted in JSON, as they come; few differ.
        self._versions: Counter[tuple[bytes, bytes]] = Counter()
        self._counts: dict[str, Counter[bytes]] = {
            graph: Counter() for graph in ("complianceState", _THREAT, "managedDeviceOwnerType")
        }
        self._ages: Counter[int] = Counter()

    def add(self, known: fields.Columns) -> None:
        """Count the devices of a page, of which the summary's properties are known."""
        self.total += len(known["lastSyncDateTime"])
        self._versions.update(zip(column_texts(known, "operatingSystem"), column_texts(known, "osVersion")))
        for graph, counter in self._counts.items():
            if graph in self.properties:
                counter.update(column_texts(known, graph))
        limits = self._limits
        self._ages.update([bisect_left(limits, time or "") for time in known["lastSyncDateTime"]])

    def result(self) -> dict[str, Any]:
        names = [_NEVER, *(name for _days, name in _AGES), _YOUNGEST]
        threats = _named(_THREAT, self._counts[_THREAT])
        protected = sum(number for name, number in threats.items() if name in _PROTECTED)
        versions = sorted(
            ([str(json.loads(text) or "") for text in texts], number) for texts, number in self._versions.items()
        )
        by_version: dict[str, dict[str, int]] = {}
        for (system, version), number in versions:
            numbers = by_version.setdefault(system or "unknown", {})
            numbers[version or "unknown"] = numbers.get(version or "unknown", 0) + number
        result = {
            "total": self.total,
            "by_platform": {system: sum(numbers.values()) for system, numbers in by_version.items()},
            "by_os_version": by_version,
            "by_compliance_state": _named("complianceState", self._counts["complianceState"]),
            "by_threat_state": threats,
            "by_ownership": _named("managedDeviceOwnerType", self._counts["managedDeviceOwnerType"]),
            "by_last_sync": {name: self._ages[place] for place, name in reversed(list(enumerate(names)))},
            "protected": protected,
            "protected_share": round(protected / self.total, 4) if self.total else 0.0,
        }
        return (
            result if self._has_threats else {name: value for name, value in result.items() if name not in _OF_THREATS}
        )


def _named(graph: str, counter: Counter[bytes]) -> dict[str, int]:
    named: Counter[str] = Counter()
    for text, number in counter.items():
        named[str(fields.shown(graph, json.loads(text)) or "unknown")] += number
    return dict(sorted(named.items()))
