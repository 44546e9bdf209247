# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One time for the collection and the emulated tenant: waiting moves the tenant's clock and takes no real time."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._graph import bounds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy
from tests.emulator.clock import Clock


class Pauses:
    """The pauses of runs at once: the clock moves on when all of them pause, to the end of the first pause."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.runs = 1
        self._ends: list[float] = []
        self._condition = threading.Condition()

    def sleep(self, seconds: float) -> None:
        with self._condition:
            end = self.clock.now() + seconds
            self._ends.append(end)
            while (now := self.clock.now()) < end:
                first = min(self._ends)
                if len(self._ends) >= self.runs and first > now:
                    self.clock.step(first - now)
                else:
                    # Requests move the clock too.
                    self._condition.wait(0.01)
            self._ends.remove(end)
            self._condition.notify_all()

    def ended(self) -> None:
        """One of the runs has ended, so that the others do not wait for its pauses."""
        with self._condition:
            self.runs -= 1
            self._condition.notify_all()


def _middle() -> float:
    """Back-off without chance."""
    return 0.5


@contextmanager
def simulated(clock: Clock, chance: Callable[[], float] = _middle) -> Iterator[Pauses]:
    """Meanwhile the collection's pauses are steps of the clock."""
    pauses = Pauses(clock)
    policy: Any = functools.partial(RetryPolicy, clock=clock.now, sleep=pauses.sleep, chance=chance)
    with (
        mock.patch.object(bounds, "RetryPolicy", policy),
        mock.patch.object(wait, "time", SimpleNamespace(monotonic=clock.now, sleep=pauses.sleep)),
    ):
        yield pauses
