# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One answer of a server, alike for a single request and for an item of a $batch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_EXCERPT_LENGTH = 200


class Answer:
    """`body` is parsed JSON, None when there is none; `text` is an excerpt of a body that is not JSON.

    `content` is decoded only when somebody looks at it: large pages are fetched side by side, and decoded one by one.
    """

    def __init__(
        self, status: int, headers: Mapping[str, str] | None = None, body: Any = None, content: bytes = b""
    ) -> None:
        self.status = status
        self.headers = headers or {}  # names in lower case
        self._body = body
        self._text = ""
        self._content = content

    @property
    def body(self) -> Any:
        self._decode()
        return self._body

    @property
    def text(self) -> str:
        self._decode()
        return self._text

    @property
    def is_json(self) -> bool:
        return not self.text

    def page_of_rows(self) -> dict[str, Any] | None:
        """The page in the content, not decoded but cut; None for content that does not allow it."""
        # Here, since few modules read large lists.
        from . import rows

        page = rows.page(self._content)
        if page:
            self._content = b""
        return page

    def _decode(self) -> None:
        """Decode the content, whatever its content type says: a proxy mislabels more often than Graph sends no JSON."""
        content, self._content = self._content, b""
        if not content or content.isspace():
            return
        try:
            self._body = json.loads(content)
        except ValueError:
            self._text = excerpt(content.decode("utf-8", "replace"))


def lower_names(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (headers or {}).items()}


def read(status: int, headers: Mapping[str, Any], content: bytes) -> Answer:
    return Answer(status, lower_names(headers), content=content)


def excerpt(text: str) -> str:
    """The first words of a text or an HTML page."""
    words = " ".join(unescape(_MARKUP.sub(" ", text)).split()) or "(markup without text)"
    return words if len(words) <= _EXCERPT_LENGTH else words[:_EXCERPT_LENGTH].rstrip() + "..."
