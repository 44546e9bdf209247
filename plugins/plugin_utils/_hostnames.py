# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for hosts out of what people call their devices."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Callable

# Characters with a meaning in host patterns, templates, paths or on a terminal: white space, control characters and
# those that change the direction of writing included.
_ANYWHERE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f,:;*?\[\]{}/\\\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
# Characters with a meaning at the start of a name: of host patterns, options and hidden files.
_AT_START = re.compile(r"^[!&~@.-]")
_SHORT_ID = 8


def safe(name: str) -> str:
    """Return the name with an underscore for each character that a host name must not have."""
    return _AT_START.sub("_", _ANYWHERE.sub("_", name.strip()))


def unique(names: Mapping[str, str], is_taken: Callable[[str, str], bool]) -> dict[str, str]:
    """Return for each id the name of its own; is_taken(name, id) returns what else has it.

    All that share a name get their id with it, so that it does not depend on their order who is called what.
    """
    own = dict(names)
    changes: Counter[str] = Counter()
    while True:
        holders = Counter(own.values())
        sharing = [key for key, name in own.items() if holders[name] > 1 or is_taken(name, key)]
        if not sharing:
            return own
        for key in sharing:
            changes[key] += 1
            own[key] = f"{names[key]}_{_suffix(safe(key), changes[key])}"


def _suffix(device_id: str, change: int) -> str:
    """Return what is appended at each change: the start of the id, then the id, then the id again and again.

    A device may already have the name that another device gets by its id.
    """
    return device_id[:_SHORT_ID] if change == 1 else "_".join([device_id] * (change - 1))
