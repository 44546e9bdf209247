# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a state, in bounds."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from typing import Callable, TypeVar

from .._graph.errors import NotFound

T = TypeVar("T")
# Seconds in which a write is expected to show, also one that got no answer [graph facts: consistency].
VISIBLE_WITHIN = 30.0
# Seconds after which an object that does not show was not created: another one before that would be a second one.
CREATED_WITHIN = 90.0
# Seconds in which a name shows in all parts of Graph after it shows in one, which a task that creates it waits for.
NAMED_WITHIN = 3.0
# How often in a row an object is not found, with growing pauses, before it may be deleted and not just new.
DELETED_TRIES = 3


def attempts(timeout: float, first: float = 0.5, longest: float = 10.0) -> Iterator[int]:
    """Yield 1, 2, 3 and so on, with growing pauses between them, until timeout seconds went by."""
    end = time.monotonic() + timeout
    pause = first
    for number in itertools.count(1):
        yield number
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(pause, left))
        pause = min(pause * 2, longest)


def until(probe: Callable[[], T | None], timeout: float, first: float = 0.5) -> T | None:
    """Call probe until it returns something, with growing pauses; None when timeout seconds went by."""
    found = (probe() for _attempt in attempts(timeout, first))
    return next((each for each in found if each is not None), None)


def at_random(longest: float) -> None:
    """Wait for up to so many seconds, so that runs that met once do not meet again."""
    time.sleep(random.uniform(0, longest))  # noqa: S311  no secret


def while_unknown(ask: Callable[[], T], check_exists: Callable[[], None] = lambda: None) -> T:
    """Ask about an object that was just created, until all parts of Graph know it. Raises the last NotFound."""
    for attempt in attempts(CREATED_WITHIN):
        try:
            return ask()
        except NotFound as error:
            refusal = error
            if attempt >= DELETED_TRIES:
                check_exists()
    raise refusal
