# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server: reads a request, injects what was asked for, dispatches it, writes the answer and the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from . import imds
from .control import PREFIX, Control
from .entra import Entra
from .exports import BLOBS
from .faults import Action, Faults, described
from .graph import Graph, injected
from .journal import Journal
from .messages import Request, Response
from .settings import Settings

Scope = MutableMapping[str, Any]
MAX_BODY = 30_000_000


class Application:
    """The ASGI application of the whole tenant."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.entra = Entra(settings)
        self.faults = Faults(settings.faults)
        self.graph = Graph(settings, self.entra, self.faults)
        self.journal = Journal(settings.journal)
        self.control = Control(self.graph, self.entra, self.journal)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request.path.startswith(PREFIX):
            response = self.control.respond(request)
            await _write(send, response, request, response.encoded())
            return
        if self.settings.latency:
            await asyncio.sleep(self.settings.latency / 1000)
        action = self.faults.action(request) or Action()
        if action.delay_ms:
            tenant = self.graph.tenant
            await asyncio.sleep(action.delay_ms / 1000)
            if self.graph.tenant is not tenant:  # it was asked of a tenant that is no more
                await _drop(send)
                return
        await self._answer(request, action, send)

    async def _answer(self, request: Request, action: Action, send: Any) -> None:
        note = described(action) if action != Action() else ""
        if action.drop_after_read:
            self.journal.add(request, None, note)
            await _drop(send)
            return
        refused = action.status is not None and not action.execute
        response = injected(action, request) if refused else self._dispatch(request)
        if action.drop_after_execute:
            self.journal.add(request, None, note)
            await _drop(send)
            return
        if action.status is not None and action.execute:
            response = injected(action, request)
        data = response.encoded()
        self.journal.add(request, response, note, len(data))
        await _write(send, response, request, data, truncate=action.truncate)

    def _dispatch(self, request: Request) -> Response:
        if request.root.startswith("http://"):
            return imds.respond(request, self.settings, self.entra)
        if self.entra.handles(request.path):
            return self.entra.respond(request)
        if request.path.startswith(BLOBS):
            return self.graph.exports.blob(request)
        return self.graph.respond(request)


async def _read(scope: Scope, receive: Any) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False) and len(body) < MAX_BODY
    root = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
    if urlsplit(root).port == 443:
        root = root.removesuffix(":443")
    return Request(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        body,
        root,
    )


async def _write(send: Any, response: Response, request: Request, data: bytes, truncate: bool = False) -> None:
    headers = {"Cache-Control": "no-cache", **response.headers}
    if response.body is not None:
        kind = response.content_type
        if kind == "application/json" and not request.path.startswith(PREFIX):
            kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
        headers["Content-Type"] = kind
    if response.status != 204:
        headers["Content-Length"] = str(len(data))
    raw = [(name.encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    if truncate:
        await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
        await asyncio.sleep(0.05)
        await _drop(send)
        return
    await send({"type": "http.response.body", "body": b"" if response.status == 204 else data})


async def _drop(send: Any) -> None:
    """Close the connection without (the rest of) an answer. ASGI has no word for it: the transport is uvicorn's."""
    send.__self__.transport.abort()
    # Let the server see that the connection is gone before the application returns.
    await asyncio.sleep(0.05)


class Server(uvicorn.Server):
    """uvicorn without its signal handling: one process runs several servers and stops them together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(application: Application, context: Any | None) -> Server:
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
    config.load()
    config.ssl = context
    return Server(config)
