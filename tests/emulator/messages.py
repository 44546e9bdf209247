# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP messages as the emulator's parts see them, free of the server that carries them."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass
class Request:
    """One HTTP request. ``path`` and ``query`` are still percent-encoded; header names are lower-case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    root: str
    in_batch: bool = False
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    received: float = field(default_factory=time.monotonic)

    @property
    def client_request_id(self) -> str:
        return self.headers.get("client-request-id") or self.request_id

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def prefers(self, preference: str) -> bool:
        wanted = self.headers.get("prefer", "").lower()
        return preference.lower() in [part.strip() for part in wanted.split(",")]


@dataclass
class Response:
    """One HTTP answer. ``body`` is JSON data, ready bytes (``bytes``) or None for no body."""

    status: int
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


def no_content() -> Response:
    return Response(204)
