# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelled names are refused, with the most similar allowed name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def unknown_names(declared: Iterable[str], allowed: Iterable[str], what: str = "variable") -> list[str]:
    """Return a sentence for each declared name that is not allowed."""
    names = sorted(allowed)
    found = []
    for name in sorted(set(declared) - set(names)):
        similar = get_close_matches(name, names, 1, 0.8 if what == "variable" else 0.6)
        hint = (
            f"Did you mean {similar[0]}?" if similar else f"Allowed are: {', '.join(names)}." if len(names) < 20 else ""
        )
        found.append(f"There is no {what} {name}. {hint}".strip())
    return found
