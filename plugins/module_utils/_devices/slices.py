# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting the fleet into slices that can be read side by side.

The cut is by enrolledDateTime: Graph declares lt and gt for it, no device is without it (it is not nullable), and it
does not change while the fleet is read [schema: managedDevice]. Each device is in exactly one slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .._engine.errors import InvalidOptions
from .._engine.times import literal, moment
from .fields import Page, columns

PROPERTY = "enrolledDateTime"
_SECOND = timedelta(seconds=1)
# Nobody enrolled before there was Intune; only for finding places to cut, devices with older times are read as well.
_FIRST = datetime(2010, 1, 1, tzinfo=timezone.utc)
_PIECES = 8
# Pages of a slice: few, so that slices end at about the same time, but not so few that most are half empty.
_PAGES = 5
_TOO_LARGE = 3.0  # times the size that was planned


class NotDivisible(Exception):
    """The server does not filter as Graph says it does."""


@dataclass(frozen=True)
class Slice:
    """The devices that enrolled from low on and before high; None is an open end."""

    low: datetime | None = None
    high: datetime | None = None
    # How many devices it should have.
    planned: int = 0

    def clauses(self) -> tuple[str, ...]:
        """What Graph has to filter by. It knows no "ge", and times have fractions, so a second more is asked for."""
        low = (f"{PROPERTY} gt {literal(self.low - _SECOND)}",) if self.low else ()
        high = (f"{PROPERTY} lt {literal(self.high)}",) if self.high else ()
        return low + high

    def own(self, page: Page) -> Page:
        """Return the devices of a page that are in the slice, without those of the second before it.

        Times are compared as texts, which sort as the times do. Raises NotDivisible for a device that Graph cannot
        mean.
        """
        low, high = _text(self.low), _text(self.high) or "9"
        before = _text(self.low - _SECOND) if self.low else ""
        times = [time or "" for time in columns(page, [PROPERTY])[PROPERTY]]
        if times and (min(times) < before or max(times) >= high):
            raise NotDivisible
        return [raw for raw, time in zip(page, times) if time >= low] if times and min(times) < low else page

    def pieces(self) -> list[Slice]:
        """Return smaller slices in its place, none when it is too short for that."""
        low = self.low or _FIRST
        high = self.high or datetime.now(timezone.utc).replace(microsecond=0)
        step = (high - low) / _PIECES
        if step < 2 * _SECOND:
            return []
        cuts = [
            (low + number * step).replace(microsecond=0)
            for number in range(0 if self.low is None else 1, _PIECES + (self.high is None))
        ]
        return list(_between(self.low, cuts, self.high, self.planned))

    def is_too_large(self, count: Any) -> bool:
        return isinstance(count, int) and count > _TOO_LARGE * max(self.planned, 1)


def plan(sample: Page, count: int, at_least: int) -> list[Slice]:
    """Cut a fleet of count devices, of which sample is the first page, into slices of about the same size."""
    number = max(at_least, -(-count // (_PAGES * len(sample))))
    try:
        times = sorted(moment(PROPERTY, raw[PROPERTY]) for raw in sample)
    except (KeyError, InvalidOptions):
        raise NotDivisible from None
    cuts = [times[place * len(times) // number].replace(microsecond=0) for place in range(1, number)]
    return list(_between(None, cuts, None, count // number))


def _between(low: datetime | None, cuts: Sequence[datetime], high: datetime | None, planned: int) -> Iterator[Slice]:
    for cut in sorted(set(cuts)):
        # A second before a cut has to be a time, too.
        if (low is None or cut > low) and (high is None or cut < high) and cut.year > 1:
            yield Slice(low, cut, planned)
            low = cut
    yield Slice(low, high, planned)


def _text(time: datetime | None) -> str:
    return literal(time)[:19] if time else ""
