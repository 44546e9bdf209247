# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelled names are refused, with the most similar allowed name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 20


def unknown_names(declared: Iterable[str], allowed: Iterable[str], what: str = "variable") -> list[str]:
    """Return a sentence for each declared name that is not allowed."""
    names = sorted(allowed)
    similarity = 0.8 if what == "variable" else 0.6
    unknown = sorted(set(declared) - set(names))
    return [f"There is no {what} {name}. {_hint(name, names, similarity)}".strip() for name in unknown]


def _hint(name: str, allowed: list[str], similarity: float) -> str:
    similar = get_close_matches(name, allowed, 1, similarity)
    if similar:
        return f"Did you mean {similar[0]}?"
    return f"Allowed are: {', '.join(allowed)}." if len(allowed) < _FEW else ""
