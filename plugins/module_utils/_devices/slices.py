# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices of the fleet that can be read side by side.

A slice is a range of enrolledDateTime: Graph declares lt and gt for it, no device is without it (it is not nullable),
and it does not change while the fleet is read [graph facts: managed devices]. Each device is in exactly one slice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .._engine.errors import InvalidOptions
from .._engine.times import literal, moment

PROPERTY = "enrolledDateTime"
_SECOND = timedelta(seconds=1)
# Intune did not exist earlier. This only limits where to cut: devices with older times are in the first slice.
_FIRST = datetime(2010, 1, 1, tzinfo=timezone.utc)
_PIECES = 8


class NotDivisible(Exception):
    """The server does not filter as Graph documents it."""


@dataclass(frozen=True)
class Slice:
    """The devices that enrolled from low on and before high; None is an open end."""

    low: datetime | None = None
    high: datetime | None = None

    def clauses(self) -> tuple[str, ...]:
        """What Graph has to filter by. It has no "ge", and times have fractions, so one second more is requested."""
        low = (f"{PROPERTY} gt {literal(self.low - _SECOND)}",) if self.low else ()
        high = (f"{PROPERTY} lt {literal(self.high)}",) if self.high else ()
        return low + high

    def contains(self, times: Sequence[Any]) -> list[bool]:
        """Return which of the times are in the slice; those of the second before it are not.

        Times are compared as texts, which sort as the times do. Raises NotDivisible for any other time.
        """
        low, high = _text(self.low), _text(self.high) or "9"
        before = _text(self.low - _SECOND) if self.low else "0"
        if not all(isinstance(time, str) and before <= time < high for time in times):
            raise NotDivisible
        return [time >= low for time in times]

    def pieces(self) -> list[Slice]:
        """Return smaller slices in its place, none when it is too short for that."""
        low = self.low or _FIRST
        high = self.high or datetime.now(timezone.utc).replace(microsecond=0)
        step = (high - low) / _PIECES
        if step < 2 * _SECOND:
            return []
        cuts = [(low + number * step).replace(microsecond=0) for number in range(_PIECES + 1)]
        return list(_between(self.low, cuts, self.high))


def plan(sample: Sequence[Any], number: int) -> list[Slice]:
    """Return slices that each have about as many of the times in a sample. Raises NotDivisible for what is no time.

    A sample in the order of the times is the start of a list in this order: the other devices enrolled later.
    """
    try:
        listed = [moment(PROPERTY, time) for time in sample if isinstance(time, str) and time]
    except InvalidOptions:
        raise NotDivisible from None
    if len(listed) < len(sample):
        raise NotDivisible
    times = sorted(listed)
    now = datetime.now(timezone.utc)
    if times == listed and times[-1] < now:
        # The first slice has this page only.
        step = (now - times[-1]) / number
        cuts = [times[-1] + place * step for place in range(number)]
    else:
        cuts = [times[place * len(times) // number] for place in range(1, number)]
    return list(_between(None, (cut.replace(microsecond=0) for cut in cuts), None))


def _between(low: datetime | None, cuts: Iterable[datetime], high: datetime | None) -> Iterator[Slice]:
    for cut in sorted(set(cuts)):
        # A second before a cut has to be a time, too.
        if (low is None or cut > low) and (high is None or cut < high) and cut.year > 1:
            yield Slice(low, cut)
            low = cut
    yield Slice(low, high)


def _text(time: datetime | None) -> str:
    return literal(time)[:19] if time else ""
