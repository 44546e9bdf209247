# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server: reads a request, injects what was asked for, dispatches it, writes the answer and the journal.

Plain ASGI on uvicorn: most faults are about bytes and connections, which a framework hides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from . import imds, injecting, writing
from .control import PREFIX, Control
from .entra import Entra
from .exports import BLOBS
from .faults import Action, Faults, Rule, described
from .graph import Graph
from .harmony import Harmony
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
        self.harmony = Harmony(
            settings.clock, lambda: self.graph.tenant.fleet, lambda: self.entra.generation, settings.seed
        )
        self.control = Control(self.graph, self.entra, self.journal, self.harmony)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request.path.startswith(PREFIX):
            response = self.control.respond(request)
            await writing.send_answer(send, response, response.encoded())
            return
        self.settings.clock.request()
        if self.settings.latency:
            await asyncio.sleep(self.settings.latency / 1000)
        rule = self.faults.rule(request)
        if rule and (rule.action.delay_ms or rule.action.hold) and await self._outlived(rule.action):
            await writing.drop(send, rule.action.reset)
            return
        await self._answer(request, rule, send)

    async def _outlived(self, action: Action) -> bool:
        """Wait as long as the action says; whether the tenant that was asked is no more then."""
        tenant = self.graph.tenant
        if action.hold:
            await self.faults.held()
        await asyncio.sleep(action.delay_ms / 1000)
        return self.graph.tenant is not tenant

    async def _answer(self, request: Request, rule: Rule | None, send: Any) -> None:
        action = rule.action if rule else Action()
        note = described(action)
        response = None
        if not action.drop_after_read:
            response = injecting.answered(self.graph.tenant, self.entra, request, rule, self._dispatch)
        if response is None or action.drop_after_execute:
            self.journal.add(request, None, note)
            await writing.drop(send, action.reset)
            return
        response.headers.setdefault("Date", format_datetime(self.settings.clock.date(), usegmt=True))
        data = response.encoded()
        self.journal.add(request, response, note, len(data))
        self._name_media_type(request, response)
        if action.slow_head or action.slow_body:
            await writing.send_slowly(send, response, data, action, self.settings.clock)
        else:
            await writing.send_answer(send, response, data, action)

    @staticmethod
    def _name_media_type(request: Request, response: Response) -> None:
        if response.content_type == "application/json" and not Harmony.handles(request.path):
            response.content_type += (
                ";odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
            )

    def _dispatch(self, request: Request) -> Response:
        if request.root.startswith("http://"):
            return imds.respond(request, self.settings, self.entra)
        if self.harmony.handles(request.path):
            return self.harmony.respond(request)
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
        date_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
    config.load()
    config.ssl = context
    return Server(config)
