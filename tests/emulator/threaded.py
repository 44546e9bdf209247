# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: an emulator in a thread of the test's own process, over HTTPS like any other.

A test that has thousands of cases steps its clock and reads its state without a request.
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

from .certificates import Authority
from .cli import listening, write_state
from .client import Emulator
from .clock import Clock
from .messages import Request
from .server import Application, Server, server
from .settings import Settings

_IDLE = 10_000_000  # seconds after which a connection is closed: the clock of tests runs fast


class ThreadedEmulator(Emulator):
    """Options are those of ``Settings``."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.chosen = Settings(**options)
        self.application = Application(self.chosen)
        self._authority = Authority()
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def tenant_clock(self) -> Clock:
        return self.chosen.clock

    def start(self, timeout: float = 120) -> ThreadedEmulator:
        listener = listening(0)
        write_state(
            self.directory,
            self._authority,
            self.chosen,
            {"https": listener.getsockname()[1], "proxy": None, "imds": None},
        )
        self.endpoints = json.loads((self.directory / "endpoints.json").read_text(encoding="utf-8"))
        self._server = server(self.application, self._authority.server_context())
        self._server.config.timeout_keep_alive = _IDLE
        running = threading.Event()

        async def serve(serving: Server) -> None:
            self._loop = asyncio.get_running_loop()
            task = asyncio.create_task(serving.serve(sockets=[listener]))
            while not serving.started and not task.done():
                await asyncio.sleep(0.01)
            running.set()
            await task

        self._thread = threading.Thread(target=lambda: asyncio.run(serve(self._server)), daemon=True)  # type: ignore[arg-type]
        self._thread.start()
        if not running.wait(timeout):
            raise RuntimeError("The emulator did not start")
        return self

    def stop(self) -> int | None:
        if self._server:
            self._server.should_exit = True
        if self._thread:
            self._thread.join(30)
        return super().stop()

    def _control(self, method: str, name: str, body: Any = None) -> Any:
        """As the control endpoint does it, in the server's thread."""
        path, _mark, query = name.partition("?")
        request = Request(method, f"/_emulator/{path}", query, {}, json.dumps(body).encode(), self.graph_url)

        async def respond() -> Any:
            return self.application.control.respond(request)

        assert self._loop is not None
        response = asyncio.run_coroutine_threadsafe(respond(), self._loop).result(120)
        if response.status != 200:
            raise RuntimeError(f"The emulator refused {name}: {response.body}")
        return response.body
