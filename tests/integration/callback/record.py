# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON line a task result, for the tests; ansible-core has no such callback."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Task results as JSON lines
description:
  - Appends to the file that the environment variable RECORD_FILE names.
  - With RECORD_JOURNAL, the size of that file at the end of each task stands beside its result.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._started = {**getattr(self, "_started", {}), host.get_name(): time.monotonic()}

    def _write(self, status: str, result: Any) -> None:
        journal = os.environ.get("RECORD_JOURNAL")
        line = {
            "task": result.task.name,
            "host": result.host.get_name(),
            "status": status,
            "result": result.result,
            "seconds": time.monotonic() - getattr(self, "_started", {}).get(result.host.get_name(), time.monotonic()),
            "journal": os.path.getsize(journal) if journal else 0,
        }
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("changed" if result.result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)
