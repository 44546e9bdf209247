# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One answer of a server, alike for a single request and for an item of a $batch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_EXCERPT_LENGTH = 200


@dataclass
class Answer:
    """`body` is parsed JSON, None when there is none; `text` is an excerpt of a body that is not JSON."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: Any = None
    text: str = ""

    @property
    def is_json(self) -> bool:
        return not self.text


def lower_names(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (headers or {}).items()}


def read(status: int, headers: Mapping[str, Any], content: bytes) -> Answer:
    """Decode the content, whatever its content type says: a proxy mislabels more often than Graph sends no JSON."""
    answer = Answer(status, lower_names(headers))
    if content and not content.isspace():
        try:
            answer.body = json.loads(content)
        except ValueError:
            answer.text = excerpt(content.decode("utf-8", "replace"))
    return answer


def excerpt(text: str) -> str:
    """The first words of a text or an HTML page."""
    words = " ".join(unescape(_MARKUP.sub(" ", text)).split()) or "(markup without text)"
    return words if len(words) <= _EXCERPT_LENGTH else words[:_EXCERPT_LENGTH].rstrip() + "..."
