# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: an emulator as a child process.

with Emulator(devices=100, eventual_ms=500) as emulator:
    subprocess.run([...], env={**os.environ, **emulator.env})
    emulator.journal()
"""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import HTTPError

HERE = Path(__file__).resolve().parent


def environment(endpoints: Mapping[str, Any]) -> dict[str, str]:
    """The variables under which the collection's modules find and may use the emulator."""
    names = {
        "AZURE_TENANT_ID": "tenant_id",
        "AZURE_CLIENT_ID": "client_id",
        "AZURE_CLIENT_SECRET": "client_secret",
        "AZURE_AUTHORITY_HOST": "authority_host",
        "INTUNE_GRAPH_URL": "graph_url",
        "INTUNE_CA_PATH": "ca_path",
        "HARMONY_URL": "harmony_url",
        "HARMONY_CLIENT_ID": "harmony_client_id",
        "HARMONY_ACCESS_KEY": "harmony_access_key",
        # msal's name for another metadata endpoint
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": "imds_url",
    }
    return {name: str(endpoints[key]) for name, key in names.items() if endpoints.get(key)}


class Emulator:
    """Options are those of the command line, with underscores: ``eventual_ms=500``, ``no_play_binding=True``.

    ``faults`` may be a list of rules, ``client_certificate`` a list of paths. ``python`` is another interpreter.
    """

    def __init__(
        self, *, python: str = sys.executable, faults: list[dict[str, Any]] | None = None, **options: Any
    ) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="emulator-"))
        self._python = python
        self._options = options
        self._faults = faults
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoints: dict[str, Any] = {}

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self, timeout: float = 120) -> Emulator:
        ready = self.directory / "ready"
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(self._command(ready), stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + timeout
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                text = (self.directory / "log").read_text(encoding="utf-8", errors="replace")
                self.stop()
                raise RuntimeError(f"The emulator did not start: {text}")
            time.sleep(0.02)
        self.endpoints = json.loads((self.directory / "endpoints.json").read_text(encoding="utf-8"))
        return self

    def _command(self, ready: Path) -> list[str]:
        command = [
            self._python,
            str(HERE),
            "--state-dir",
            str(self.directory),
            "--ready-file",
            str(ready),
            "--exit-with-parent",
        ]
        if self._faults is not None:
            path = self.directory / "faults.json"
            path.write_text(json.dumps(self._faults), encoding="utf-8")
            command += ["--faults", str(path)]
        for name, value in self._options.items():
            option = "--" + name.replace("_", "-")
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if item is True:
                    command.append(option)
                elif item is not False and item is not None:
                    command += [option, str(item)]
        return command

    def stop(self) -> int | None:
        """Stop the process and remove its files; its exit status."""
        status = None
        if self._process:
            self._process.terminate()
            try:
                status = self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                status = self._process.wait()
            self._process = None
        shutil.rmtree(self.directory, ignore_errors=True)
        return status

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- where it is ---------------------------------------------------------------------------------------------

    @property
    def graph_url(self) -> str:
        return str(self.endpoints["graph_url"])

    @property
    def ca_path(self) -> str:
        return str(self.endpoints["ca_path"])

    @property
    def env(self) -> dict[str, str]:
        return environment(self.endpoints)

    # -- control -------------------------------------------------------------------------------------------------

    def _control(self, method: str, name: str, body: Any = None) -> Any:
        context = ssl.create_default_context(cafile=self.ca_path)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.graph_url}/_emulator/{name}", data=data, method=method)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise RuntimeError(f"The emulator refused {name}: {error.read().decode(errors='replace')}") from error

    def journal(self, clear: bool = False) -> list[dict[str, Any]]:
        """What was asked so far, oldest first (method, path, query, status, request_id, body, items)."""
        return list(self._control("GET", "journal?clear=1" if clear else "journal"))

    def seed(self, *operations: dict[str, Any]) -> list[Any]:
        """Change the tenant as somebody else would; see ``seeding.py`` for the operations. Their results."""
        return list(self._control("POST", "seed", list(operations))["results"])

    def faults(self, *rules: dict[str, Any]) -> None:
        """Replace all fault rules."""
        self._control("POST", "faults", list(rules))

    def state(self) -> dict[str, Any]:
        return dict(self._control("GET", "state"))

    def settings(self, **values: Any) -> None:
        """Change options of the running emulator (``eventual=500``, ``permissions=[...]``)."""
        self._control("POST", "settings", values)

    def log_in(self, user_code: str, answer: str = "approve") -> None:
        """What a user does with the code of a login: approve or decline."""
        self._control("POST", "login", {"user_code": user_code, "answer": answer})

    def user_token(self, **values: Any) -> dict[str, Any]:
        """A token of the user, and when it expires: for the Azure CLI, or for ``client_id`` with ``scopes``."""
        return dict(self._control("POST", "user_token", values))

    def clock(self, **values: Any) -> dict[str, Any]:
        """Change the tenant's clock (``hold=True``, ``step=60``, ``per_request=0.5``); what it shows."""
        return dict(self._control("POST", "clock", values))

    def waiting(self) -> int:
        """The number of requests that a fault holds."""
        return int(self._control("GET", "waiting")["requests"])

    def revoke_tokens(self) -> None:
        self._control("POST", "revoke", {})

    def reset(self) -> None:
        """Back to the seed: objects, faults, journal; the clock runs."""
        self._control("POST", "reset", {})

    def harmony(self, **changes: Any) -> None:
        """Change Harmony Mobile's side: switches, ``devices``, ``alerts``, ``access_key``; see ``harmony.py``."""
        self._control("POST", "harmony", changes)

    def harmony_report(self) -> dict[str, Any]:
        """What Harmony Mobile's side noticed, and the known overlap of its fleet with Graph's."""
        return dict(self._control("GET", "harmony"))
