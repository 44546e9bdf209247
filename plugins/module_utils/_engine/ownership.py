# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tag that names who created an object, kept in its description or notes.

It is written only when the object is created, so it shows what may be removed again and what existed before.
"""

from __future__ import annotations

import re
from typing import Any

from .references import ResolvedNames
from .text_fields import Text

_TAG = re.compile(r"\s*\[created by ([^\]]+)\]\s*$")


def with_tag(text: str | None, tag: str) -> str:
    return f"{text or ''}\n[created by {tag}]".lstrip("\n")


def tag_of(text: str | None) -> str | None:
    found = _TAG.search(text or "")
    return found.group(1) if found else None


def without_tag(text: str | None) -> str:
    return _TAG.sub("", text or "")


class TaggedText(Text):
    """A text that may end in a tag: the tag is neither compared nor shown, and survives an update."""

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        tag = tag_of(current)
        return with_tag(value, tag) if tag else value

    def is_shared(self, value: Any, current: Any, ids: ResolvedNames) -> bool:
        return False  # a tag stays as long as the object

    def unset(self, current: Any) -> Any:
        return self.encode("", current, ResolvedNames())

    def equal(self, desired: Any, current: Any) -> bool:
        return super().equal(without_tag(desired), without_tag(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return without_tag(value)


class DirectoryText(TaggedText):
    """Entra refuses an empty text, as in all strings of the directory; null clears it."""

    def check(self, value: Any) -> None:
        if len(value) > 1024:
            raise ValueError("must be at most 1024 characters long")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return super().encode(value, current, ids) or None
