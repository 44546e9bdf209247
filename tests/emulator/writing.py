# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an answer gets onto the connection: whole, in part, byte by byte, or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import Any

from .altering import MEGABYTE, bomb
from .clock import Clock
from .faults import Action
from .messages import Response


def _headers(response: Response, length: int) -> dict[str, str]:
    headers = {"Cache-Control": "no-cache", **response.headers}
    if response.body is not None:
        headers.setdefault("Content-Type", response.content_type)
    if response.status != 204:
        headers["Content-Length"] = str(length)
    return {name: str(value) for name, value in headers.items()}


async def send_answer(send: Any, response: Response, data: bytes, action: Action | None = None) -> None:
    action = action or Action()
    headers = dict(response.headers)
    if action.bomb_mb:
        data = bomb(data, action.bomb_mb)
        headers["Content-Encoding"] = "gzip"
    response.headers = headers
    # An answer without content has no room for any.
    padding = 0 if response.status == 204 else action.padding_mb
    length = len(data) + padding * len(MEGABYTE)
    raw = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in _headers(response, length).items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    if action.truncate:
        await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
        await asyncio.sleep(0.05)
        await drop(send, action.reset)
        return
    for _number in range(padding):
        await send({"type": "http.response.body", "body": MEGABYTE, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if response.status == 204 else data})


async def send_slowly(send: Any, response: Response, data: bytes, action: Action, clock: Clock) -> None:
    """Byte by byte, beside uvicorn, which sends the head at once; the connection is closed afterwards."""
    transport = send.__self__.transport
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {text}" for name, text in _headers(response, len(data)).items()]
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
    for part, seconds in ((head, action.slow_head), (data, action.slow_body)):
        for byte in part if seconds else ():
            await clock.pause(seconds)
            if transport.is_closing():
                return
            transport.write(bytes([byte]))
        if not seconds:
            transport.write(part)
    transport.close()
    await asyncio.sleep(0.05)


async def drop(send: Any, reset: bool = False) -> None:
    """Close the connection without (the rest of) an answer. ASGI has no word for it: the transport is uvicorn's."""
    transport = send.__self__.transport
    if reset:
        # Closing a socket that may not linger resets the connection.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # Let the server see that the connection is gone before the application returns.
    await asyncio.sleep(0.05)
