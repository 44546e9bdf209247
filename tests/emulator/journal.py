# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked of the emulator: one entry a request, secrets masked."""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from .messages import Json, Request, Response

_SECRET_KEYS = {
    "sharedsecret",
    "client_secret",
    "client_assertion",
    "access_token",
    "accesskey",
    "password",
    "token",
    "enterprisetoken",
    "appconfigkeyvalue",
    "payloadjson",
    "encodedsettingxml",
}
MASK = "********"
LIMIT = 200_000


def masked(value: Json) -> Json:
    """A copy of JSON data in which everything that can be a secret is hidden."""
    if isinstance(value, dict):
        return {
            key: MASK if key.lower() in _SECRET_KEYS and item is not None else masked(item)
            for key, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


class Journal:
    """Kept in memory, and appended to a file when one is given."""

    def __init__(self, path: Path | None) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=LIMIT)
        self._file = path.open("a", encoding="utf-8") if path else None

    def add(self, request: Request, response: Response | None, note: str = "", size: int = 0) -> None:
        """``response`` None stands for a connection that was closed without an answer; size is that of its body."""
        body = _body(request)
        entry: dict[str, Any] = {
            "method": request.method,
            "path": unquote(request.path),
            "query": dict(parse_qsl(request.query, keep_blank_values=True)),
            "status": response.status if response else None,
            "request_id": request.request_id,
            "client_request_id": request.headers.get("client-request-id"),
            "bytes": len(request.body) + size,
            # Seconds of one clock.
            "received": request.received,
            "answered": time.monotonic(),
        }
        if body is not None:
            entry["body"] = masked(body)
        if note:
            entry["fault"] = note
        if request.path.endswith("/$batch") and isinstance(body, dict):
            entry["items"] = _items(body, response)
        self.entries.append(entry)
        if self._file:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def clear(self) -> None:
        self.entries.clear()

    def close(self) -> None:
        if self._file:
            self._file.close()


def _body(request: Request) -> Json:
    if not request.body:
        return None
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return json.loads(request.body)
    except ValueError:
        return f"<{len(request.body)} bytes>"


def _items(body: dict[str, Any], response: Response | None) -> list[Json]:
    answered = response.body if response and isinstance(response.body, dict) else {}
    responses = answered.get("responses")
    # An injected fault can give them any shape.
    parts = [item for item in responses if isinstance(item, dict)] if isinstance(responses, list) else []
    statuses = {str(item.get("id")): item.get("status") for item in parts}
    asked = body.get("requests") if isinstance(body.get("requests"), list) else []
    return [
        {
            "id": item.get("id"),
            "method": item.get("method"),
            "url": item.get("url"),
            "status": statuses.get(str(item.get("id"))),
        }
        for item in asked or ()
        if isinstance(item, dict)
    ]
