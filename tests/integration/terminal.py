# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person who runs a play at a terminal, and logs in when the play asks for it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.emulator.client import Emulator
from tests.integration.harness import Json, Player, RunningPlay

APPLICATION = "0a4de5a1-5b3c-4c1e-8a53-9f0f6b1d2c3e"
OF_JOBS = ("CI", "JOB_ID", "TF_BUILD", "JENKINS_URL")


def user_env(tmp_path: Path) -> dict[str, str | None]:
    cache = tmp_path / "tokens"
    cache.mkdir(mode=0o700, exist_ok=True)
    return {"INTUNE_TOKEN_CACHE": str(cache), "AZURE_CLIENT_ID": APPLICATION, **dict.fromkeys(OF_JOBS)}


class Terminal:
    """A person at a terminal: a play whose output is read, and a browser in which its codes are entered."""

    def __init__(
        self, player: Player, tenant: Emulator, tasks: list[Json] | None, env: dict[str, str | None], **options: Any
    ) -> None:
        controller, terminal = pty.openpty()
        plain = subprocess.Popen

        def at_terminal(command: list[str], **options: Any) -> subprocess.Popen[str]:
            return plain(command, **{**options, "stdin": terminal, "stderr": terminal})

        subprocess.Popen = at_terminal  # type: ignore[misc, assignment]
        try:
            self.running: RunningPlay = player.start(tasks, env=env, **options)
        finally:
            subprocess.Popen = plain  # type: ignore[misc]
        os.close(terminal)
        self.text = ""
        self.codes: list[str] = []
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if select.select([controller], [], [], 0.2)[0]:
                try:
                    self.text += os.read(controller, 65536).decode("utf-8", "replace")
                except OSError:  # Linux: the other end is closed
                    break
            for code in re.findall(r"the code ([A-Z0-9]{9})", " ".join(self.text.split())):
                if code not in self.codes:
                    self.codes.append(code)
                    tenant.log_in(code)
            if self.running.process.poll() is not None:
                break
        os.close(controller)
        self.run = self.running()
