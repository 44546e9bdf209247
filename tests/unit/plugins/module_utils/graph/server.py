# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real server on loopback that answers as a test scripts it, and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

TOKEN = "opaque-token-of-the-test"


@dataclass(frozen=True)
class Request:
    method: str
    target: str  # path and query as they came
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    connection: int  # requests over one connection have the same number

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""  # instead of json
    delay: float = 0.0  # seconds
    cut: int = 0  # bytes of the body that are announced and never sent

    def content(self) -> bytes:
        return self.body if self.json is None else json.dumps(self.json).encode()


@dataclass(frozen=True)
class Drop:
    """Read the request, then close the connection without an answer."""


Step: TypeAlias = "Reply | Drop"
Handler = Callable[[Request], Step]


class Server:
    """`replies` are used up one a request; `handler` answers when none is left."""

    def __init__(self, tls: ssl.SSLContext | None, host: str = "localhost") -> None:
        self.requests: list[Request] = []
        self.replies: list[Step] = []
        self.handler: Handler = lambda request: Reply(
            500, {"error": {"code": "Unscripted", "message": f"unscripted {request.target}"}}
        )
        self._lock = threading.Lock()
        self._connections = 0
        self._http = _HttpServer(("127.0.0.1", 0), self._handler_class())
        self._http.tls = tls
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://{host}:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: Request) -> Step:
        with self._lock:
            self.requests.append(request)
            step = self.replies.pop(0) if self.replies else None
        return step or self.handler(request)

    def next_connection(self) -> int:
        with self._lock:
            self._connections += 1
            return self._connections

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class RequestHandler(_RequestHandler):
            owner = server

        return RequestHandler


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the tests."""


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: Server

    def setup(self) -> None:
        tls = self.server.tls  # type: ignore[attr-defined]
        if tls:  # in the connection's own thread, so that a slow handshake stops nobody else
            self.request = tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.number = self.owner.next_connection()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        step = self.owner.answer(Request(self.command, self.path, headers, body, self.number))
        if isinstance(step, Drop):
            self.close_connection = True
            return
        if step.delay:
            time.sleep(step.delay)
        content = step.content()
        self.send_response(step.status)
        for name, value in step.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + step.cut))
        self.end_headers()
        self.wfile.write(content)
        if step.cut:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any  # noqa: N815  names that http.server looks for

    def log_message(self, *args: object) -> None:
        pass


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
