# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One time for the collection and the emulated tenant: waiting moves the tenant's clock and takes no real time."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._graph import bounds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy
from tests.emulator.clock import Clock


def _middle() -> float:
    """Back-off without chance."""
    return 0.5


@contextmanager
def simulated(clock: Clock) -> Iterator[None]:
    """Meanwhile the collection's pauses are steps of the clock."""
    policy: Any = functools.partial(RetryPolicy, clock=clock.now, sleep=clock.step, chance=_middle)
    with (
        mock.patch.object(bounds, "RetryPolicy", policy),
        mock.patch.object(wait, "time", SimpleNamespace(monotonic=clock.now, sleep=clock.step)),
    ):
        yield
