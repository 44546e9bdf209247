# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Throttling: writes and requests counted by bucket in a sliding window [graph facts: throttling]."""

from __future__ import annotations

import math
from collections import deque

from .clock import Clock
from .errors import GraphFault

_BUCKETS = {
    "mobileapps": "applications",
    "mobileappconfigurations": "applications",
    "mobileappcategories": "applications",
    "targetedmanagedappconfigurations": "managed applications",
    "deviceconfigurations": "device configuration",
    "devicecompliancepolicies": "device configuration",
    "mobilethreatdefenseconnectors": "enrollment",
    "androidmanagedstoreaccountenterprisesettings": "android for work",
    "assignmentfilters": "bundles",
    "rolescopetags": "rbac",
    "manageddevices": "devices",
}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def bucket(path: str) -> str:
    """The bucket of a path without its version; everything of the directory counts together."""
    parts = path.strip("/").lower().split("/")
    if parts[0] in ("devicemanagement", "deviceappmanagement") and len(parts) > 1:
        return _BUCKETS.get(parts[1].partition("(")[0], parts[1])
    return "devices" if parts[-1] == "manageddevices" else "directory"


class Throttle:
    """``writes`` per ``seconds`` and ten times as many requests of any kind; refused requests count too."""

    def __init__(self, clock: Clock, writes: int, seconds: float) -> None:
        self.clock = clock
        self.writes = writes
        self.seconds = seconds
        self.times: dict[tuple[str, str], deque[float]] = {}

    def check(self, method: str, path: str) -> None:
        """Raise 429 with Retry-After when the bucket is full."""
        name = bucket(path)
        self._count(name, "any", self.writes * 10)
        if method in WRITES:
            self._count(name, "writes", self.writes)

    def _count(self, name: str, kind: str, limit: int) -> None:
        now = self.clock.now()
        seen = self.times.setdefault((name, kind), deque())
        while seen and now - seen[0] >= self.seconds:
            seen.popleft()
        seen.append(now)
        if len(seen) <= limit:
            return
        # Requests made while throttled keep counting; one more than the limit back has to leave the window first.
        wait = self.seconds - (now - seen[-limit])
        raise GraphFault(429, "Too many requests.", "TooManyRequests", {"Retry-After": str(max(1, math.ceil(wait)))})
