# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One answer of a server, alike for a single request and for an item of a $batch."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

_SURROGATE = re.compile(r"\\u[dD]")
_NESTED = (dict, list)
_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
# Of a body that is not JSON: bytes that are searched for words, and characters of these that are shown.
EXCERPT_LENGTH = 200
_READ_LENGTH = 10_000
# Levels of an answer; Graph's have less than twenty, and what reads them calls itself for each.
_DEEPEST = 100
_LONGEST_NUMBER = 25  # digits; the longest whole number of OData has 19


@dataclass
class Answer:
    """`body` is parsed JSON, None when there is none; `text` has the words of a body that is not JSON."""

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
            answer.body = decoded(content)
        except (ValueError, RecursionError):
            answer.text = words(content[:_READ_LENGTH].decode("utf-8", "replace"))
    return answer


def decoded(content: bytes) -> Any:
    """JSON as Graph writes it: UTF-8, each name once, finite numbers. Raises ValueError, and RecursionError for what is
    nested too deep.
    """
    text = content.decode("utf-8-sig")
    body = json.loads(
        text, object_pairs_hook=_object, parse_constant=_number, parse_int=_whole_number, parse_float=_number
    )
    if _SURROGATE.search(text):
        json.dumps(body, ensure_ascii=False).encode()  # half of a pair cannot be written
    _check_depth(body)
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _check_depth(body: Any) -> None:
    level = [body]
    for _depth in range(_DEEPEST):
        parts = [value.values() if isinstance(value, dict) else value for value in level if isinstance(value, _NESTED)]
        # Most values are texts: they are passed over first.
        level = [value for part in parts for value in part if not isinstance(value, str)]
    if level:
        raise RecursionError


def words(text: str) -> str:
    """The words of a text or an HTML page."""
    return " ".join(unescape(_MARKUP.sub(" ", text)).split()) or "(markup without text)"
