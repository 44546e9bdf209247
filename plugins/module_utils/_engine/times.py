# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as Graph and people write them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .errors import InvalidOptions
from .time_fields import parse_moment


def moment(name: str, value: Any) -> datetime:
    """Return a time in UTC. Raises InvalidOptions when value is no ISO 8601 date or time."""
    try:
        return parse_moment(str(value or "0001-01-01T00:00:00Z"))
    except ValueError:
        raise InvalidOptions(
            f"{name}: '{value}' is no date or time such as 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from None


def literal(time: datetime) -> str:
    """Return a time in UTC as $filter takes it, in whole seconds."""
    return time.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
