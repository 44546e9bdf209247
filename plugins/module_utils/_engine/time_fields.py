# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are points in time, or lengths of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from .fields import FieldType
from .references import ResolvedNames

_FRACTION = re.compile(r"\.\d+")


def parse_moment(text: str) -> datetime:
    """Return an ISO 8601 date or time in UTC; without an offset it is in UTC already. Raises ValueError when it is
    none.

    Fractions are left out: Graph writes seven digits of a second, more than Python 3.9 reads.
    """
    read = datetime.fromisoformat(_FRACTION.sub("", text).replace("Z", "+00:00"))
    try:
        return read.replace(tzinfo=timezone.utc) if read.tzinfo is None else read.astimezone(timezone.utc)
    except OverflowError:  # before the year 1 or after 9999
        return read.replace(tzinfo=timezone.utc)


class Moment(FieldType):
    """A point in time, however it is written."""

    def check(self, value: Any) -> None:
        try:
            parse_moment(str(value))
        except ValueError:
            raise ValueError(f"must be a time such as 2026-01-31T12:00:00Z, not '{value}'") from None

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        try:
            return parse_moment(str(value)).strftime("%Y-%m-%dT%H:%M:%SZ")
        except ValueError:  # check() refuses it, unless Graph has it
            return value

    def equal(self, desired: Any, current: Any) -> bool:
        return self._normal(desired) == self._normal(current)

    @staticmethod
    def _normal(value: Any) -> Any:
        try:
            return parse_moment(str(value)) if value else None
        except ValueError:
            return value


_DURATION = re.compile(r"(-?)P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)


class Duration(FieldType):
    """A time in ISO 8601, however it is written: PT24H is P1D."""

    def check(self, value: Any) -> None:
        if not _DURATION.fullmatch(str(value)) or str(value).startswith("-"):
            raise ValueError(f"must be a duration such as PT30M, PT12H or P90D, not '{value}'")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return str(value).upper()

    def equal(self, desired: Any, current: Any) -> bool:
        return self._normal(desired) == self._normal(current)

    @staticmethod
    def _normal(value: Any) -> Any:
        parts = _DURATION.fullmatch(str(value or ""))
        if not parts:
            return value or None
        days, hours, minutes, seconds = (float(part or 0) for part in parts.groups()[1:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if parts.group(1) else length
