# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source, polled step by step."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.mobilesec.intune.plugins.module_utils import _device_events as device_events
from tests.emulator.client import Emulator

Json = dict[str, Any]


class Source:
    """The event source of one rulebook; each poll is one step of it. The next one starts when this one has ended."""

    running: ClassVar[list[Any]] = []

    def __init__(self, emulator: Emulator, ends_others: bool = True, **arguments: Any) -> None:
        while ends_others and self.running:
            self.running.pop().watch.close()
        env = emulator.env
        self.arguments = {
            "tenant_id": env["AZURE_TENANT_ID"],
            "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"],
            "authority_host": env["AZURE_AUTHORITY_HOST"],
            "graph_url": emulator.graph_url,
            "harmony_url": emulator.graph_url,
            "harmony_client_id": env["HARMONY_CLIENT_ID"],
            "harmony_access_key": env["HARMONY_ACCESS_KEY"],
            "ca_path": emulator.ca_path,
            "token_cache": "none",
            "retry_timeout": 0,
            **arguments,
        }
        self.plugin = device_events.Source(self.arguments)
        self.running.append(self.plugin)

    def poll(self) -> list[Json]:
        events: list[Json] = self.plugin.poll()
        self.plugin.watch.keep()
        return events
