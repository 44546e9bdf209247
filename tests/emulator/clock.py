# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated tenant's time, on which everything depends that takes time there.

It runs with the machine's clock until a test holds it: then it moves only when the test steps it, and by
``per_request`` seconds with every request. So a test decides when an object becomes visible, an app is published or a
token expires, however busy the machine is.
"""

from __future__ import annotations

import asyncio
import math
import threading
from datetime import datetime, timezone
from time import monotonic, time
from typing import Any

# When objects came into being that were always visible.
ALWAYS = -math.inf


class Clock:
    def __init__(self) -> None:
        self._ahead = 0.0
        self._held_at: float | None = None
        self._lock = threading.Lock()
        self.per_request = 0.0

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        real = monotonic() if self._held_at is None else self._held_at
        return real + self._ahead

    def timestamp(self) -> float:
        """Seconds since the epoch."""
        return time() - monotonic() + self.now()

    def date(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), timezone.utc)

    def intune_text(self) -> str:
        """A timestamp of Intune, with seven digits of fraction."""
        now = self.date()
        return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond:06d}1Z"

    def directory_text(self) -> str:
        return self.date().strftime("%Y-%m-%dT%H:%M:%SZ")

    def step(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("The clock never goes back")
        with self._lock:
            self._ahead += seconds

    async def pause(self, seconds: float) -> None:
        """Let so much time go by: at once when the clock is held."""
        if self._held_at is None:
            await asyncio.sleep(seconds)
        else:
            self.step(seconds)
            await asyncio.sleep(0)

    def hold(self) -> None:
        if self._held_at is None:
            self._held_at = monotonic()

    def run(self) -> None:
        """Go on with the machine's clock, from where this one is."""
        if self._held_at is not None:
            self._ahead += self._held_at - monotonic()
            self._held_at = None
        self.per_request = 0.0

    def request(self) -> None:
        """A request came in."""
        self.step(self.per_request)

    def change(self, hold: bool | None = None, step: float = 0, per_request: float | None = None) -> dict[str, Any]:
        """What a test asks for; tells what the clock shows afterwards."""
        if hold is not None:
            (self.hold if hold else self.run)()
        if per_request is not None:
            self.per_request = float(per_request)
        self.step(step)
        return {"now": self.now(), "date": self.intune_text(), "held": self._held_at is not None}
