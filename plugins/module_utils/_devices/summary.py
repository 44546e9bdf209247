# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting devices, a page at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from .._engine.times import literal
from .fields import Page, shown

# The properties that the numbers need.
_THREAT = "partnerReportedThreatState"
_LAST_SYNC = "lastSyncDateTime"
PROPERTIES = ("operatingSystem", "osVersion", "complianceState", _THREAT, "managedDeviceOwnerType", _LAST_SYNC)
# Days since the last synchronisation, and the name of the bucket up to there.
_AGES = ((90, "older"), (30, "within_90_days"), (7, "within_30_days"), (1, "within_7_days"))
_YOUNGEST = "within_1_day"
_NEVER = "never"
_SINCE = "1900"
# The partner's app is installed, reports, and finds no threat [graph facts: managed devices].
PROTECTED = ("activated", "secured")
THREATS = ("low_severity", "medium_severity", "high_severity", "compromised")

# Devices after which progress is shown.
_EVERY = 5000


class Progress:
    """Shows how many devices were read so far, now and then."""

    def __init__(self, show: Callable[[str], object], what: str = "managed devices") -> None:
        self._show = show
        self._what = what
        self._total = 0

    def add(self, number: int) -> None:
        shown_before = self._total // _EVERY
        self._total += number
        if self._total // _EVERY > shown_before:
            self._show(f"{self._total} {self._what} read")


class Summary:
    """has_threats: whether threat states are known; a summary without them does not mean that all devices are
    unprotected.
    """

    def __init__(self, now: datetime | None = None, has_threats: bool = True) -> None:
        now = now or datetime.now(timezone.utc)
        # Graph writes all times in UTC and in one form, so their texts sort as they do.
        self._limits = [_SINCE, *(literal(now - timedelta(days=days)).rstrip("Z") for days, _name in _AGES)]
        self._has_threats = has_threats
        self.properties = tuple(graph for graph in PROPERTIES if has_threats or graph != _THREAT)
        self.total = 0
        # Devices that agree in these properties are counted together: there are few combinations.
        self._counted = [graph for graph in self.properties if graph != _LAST_SYNC]
        self._combinations: Counter[tuple[Any, ...]] = Counter()
        self._ages: Counter[int] = Counter()

    def add(self, page: Page) -> None:
        """Count the devices of a page."""
        self.total += len(page)
        counted, limits = self._counted, self._limits
        self._combinations.update([tuple(map(raw.get, counted)) for raw in page])
        self._ages.update([bisect_left(limits, raw.get(_LAST_SYNC) or "") for raw in page])

    def result(self) -> dict[str, Any]:
        names = [_NEVER, *(name for _days, name in _AGES), _YOUNGEST]
        versions = self._by("osVersion", "operatingSystem")
        by_version: dict[str, dict[str, int]] = {}
        for (version, system), number in sorted(versions.items()):
            by_version.setdefault(system, {})[version] = number
        result = {
            "total": self.total,
            "by_platform": self._named("operatingSystem"),
            "by_os_version": dict(sorted(by_version.items())),
            "by_compliance_state": self._named("complianceState"),
            "by_ownership": self._named("managedDeviceOwnerType"),
            "by_last_sync": {name: self._ages[place] for place, name in reversed(list(enumerate(names)))},
        }
        if not self._has_threats:
            return result
        threats = self._named(_THREAT)
        protected = sum(threats.get(name, 0) for name in PROTECTED)
        share = round(protected / self.total, 4) if self.total else 0.0
        return {**result, "by_threat_state": threats, "protected": protected, "protected_share": share}

    def _by(self, *properties: str) -> Counter[tuple[str, ...]]:
        """Return how many devices have each combination of values, as users see them."""
        places = [self._counted.index(graph) for graph in properties]
        found: Counter[tuple[str, ...]] = Counter()
        for values, number in self._combinations.items():
            found[tuple(str(shown(self._counted[place], values[place]) or "unknown") for place in places)] += number
        return found

    def _named(self, graph: str) -> dict[str, int]:
        return {name: number for (name,), number in sorted(self._by(graph).items())}
