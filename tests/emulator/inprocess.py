# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated tenant without a server: sessions of the collection whose requests go straight to it.

For tests that make thousands of requests. What is left out is HTTP itself: connections, retries of the transport,
faults.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import answer, clouds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.answer import Answer
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession

from .control import Control
from .entra import Entra
from .faults import Faults
from .graph import Graph
from .journal import Journal
from .messages import Request
from .seeding import perform
from .settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS, Settings

ROOT = "https://localhost:8443"


class LocalTenant:
    def __init__(self, **options: Any) -> None:
        permissions = (*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS)
        settings = Settings(**{"devices": 0, "permissions": permissions, **options})
        self.entra = Entra(settings)
        self.graph = Graph(settings, self.entra, Faults(None))
        self.token = self.entra.issue(ROOT)
        # Method, path with query, and body of every request that changes something, those in a batch included.
        self.writes: list[tuple[str, str, Any]] = []
        # Requests, those in a batch included, that were refused as malformed.
        self.refused: list[str] = []

    def session(self) -> GraphSession:
        session = GraphSession(clouds.cloud("global", ROOT, ROOT), _Token(self.token))
        session._http = _Straight(self)  # type: ignore[assignment]
        return session

    def seed(self, *operations: dict[str, Any]) -> list[Any]:
        return list(perform(self.graph.tenant, list(operations)))

    def state(self) -> dict[str, Any]:
        control = Control(self.graph, self.entra, Journal(None))
        return dict(json.loads(control.respond(Request("GET", "/_emulator/state", "", {}, b"", ROOT)).encoded()))

    def reset(self) -> None:
        self.graph.reset()
        self.writes.clear()
        self.refused.clear()


class _Token:
    """One token for the whole session."""

    refusal_advice = ""
    grant_advice = ""

    def __init__(self, text: str) -> None:
        self._text = text

    def token(self) -> str:
        return self._text

    def renew(self, claims: str | None = None, refused: str | None = None) -> bool:
        return False

    def renew_cached(self, refused: str) -> bool:
        return False


class _Straight:
    """Stands where a session has its HTTP connection."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str | None) -> Answer:
        parts = urlsplit(url)
        names = {name.lower(): value for name, value in headers.items()} | {
            "authorization": f"Bearer {token}",
            "host": parts.netloc,
        }
        names.setdefault("client-request-id", str(uuid.uuid4()))
        request = Request(method, parts.path, parts.query, names, body or b"", ROOT)
        graph = self._tenant.graph
        # Faults apply to what is in a batch, and to single requests.
        response = graph.respond(request) if parts.path.endswith("/$batch") else graph._item(request)
        self._note(method, url.removeprefix(ROOT), body, response.status, response.body)
        return answer.read(response.status, response.headers, response.encoded())

    def _note(self, method: str, target: str, body: bytes | None, status: int, answered: Any) -> None:
        sent: Any = json.loads(body) if body else None
        if target.endswith("/$batch"):
            answers = {item["id"]: item for item in answered["responses"]} if status == 200 else {}
            for item in sent["requests"]:
                found = answers.get(item["id"], {})
                self._note_one(
                    item["method"], item["url"], item.get("body"), int(found.get("status", status)), found.get("body")
                )
        else:
            self._note_one(method, target, sent, status, answered)

    def _note_one(self, method: str, target: str, sent: Any, status: int, answered: Any) -> None:
        if method != "GET":
            self._tenant.writes.append((method, target, sent))
        if status == 400:
            self._tenant.refused.append(f"{method} {target}: {answered}")

    def reconnect(self) -> None:
        pass

    def close(self) -> None:
        pass
