# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks, run by ansible-rulebook as the guide Reacting to changes says, on an emulated tenant."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.emulator.client import Emulator
from tests.guides.reader import GUIDES, Reader
from tests.samples import CONNECTORS

HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
GROUP = "Harmony Mobile quarantine"
DEVICE_OF_THE_GUIDE = "5f3b5a0e-0a9d-4c77-9f5c-0a1f0e4b2d11"
Json = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not (shutil.which("java") or os.environ.get("JAVA_HOME")),
    reason="ansible-rulebook needs Java 17 or later, and there is no java on the PATH and no JAVA_HOME.",
)


class Tickets(http.server.BaseHTTPRequestHandler):
    """A ticket system that takes everything."""

    received: ClassVar[list[tuple[str, Json]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.received.append((str(self.headers["Authorization"]), body))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def ticket_url() -> Iterator[str]:
    Tickets.received.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tickets) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/new"
        server.shutdown()


class Operator(Reader):
    """A reader who watches each rulebook while things happen, until its output has the text that goes with each."""

    steps: list[list[tuple[Callable[[], object], str]]]

    def run(self, command: str) -> tuple[int, str]:
        return self._watch(command) if command.startswith("ansible-rulebook") else super().run(command)

    def _watch(self, command: str) -> tuple[int, str]:
        log = self.home.parent / f"rulebook{len(self.steps)}.log"
        script = f'. "{self._state}"; exec {command}'
        with log.open("wb") as output:
            rulebook = subprocess.Popen(
                ["bash", "-c", script], env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            for happens, text in self.steps.pop(0):
                happens()
                # The interval, and what starting and a playbook take on a busy machine.
                wait_for(partial(self._is_over, rulebook, log, text), 240)
                assert text in log.read_text(), f"no '{text}' in {log.read_text()}"
        finally:
            rulebook.terminate()
            rulebook.wait(60)
            self.outputs.append(f"$ {command}\n{log.read_text()}")
        return 0, re.sub(r"\x1b\[[\d;]*m", "", log.read_text())

    @staticmethod
    def _is_over(rulebook: subprocess.Popen[bytes], log: Path, text: str) -> bool:
        return rulebook.poll() is not None or text in log.read_text()


def wait_for(done: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.2)


def permissions() -> list[str]:
    """Those that the guide asks for, and the one to create a group with."""
    text = (GUIDES / "guide_event_driven.rst").read_text(encoding="utf-8")
    return [*re.findall(r"``(\w+\.\w+\.All)``", text), "Group.Create"]


def polls(tenant: Emulator) -> int:
    return len([entry for entry in tenant.journal() if "managedDevices" in entry["path"]])


def members(tenant: Emulator) -> int:
    (group,) = (group for group in tenant.state()["groups"] if group["displayName"] == GROUP)
    return len(group["members"])


def test_a_threat_leads_into_quarantine_and_to_a_ticket_as_the_guide_says(tmp_path: Path, ticket_url: str) -> None:
    (tmp_path / "home").mkdir()
    evil = tmp_path / "evil"
    with Emulator(devices=20, permissions=",".join(permissions())) as tenant:

        def devices(state: str, *numbers: int) -> list[Json]:
            values = {"partnerReportedThreatState": state, "deviceName": f"{{{{ lookup('pipe', 'touch {evil}') }}}}"}
            return tenant.seed(*({"op": "device", "number": number, "values": values} for number in numbers))

        def threat_after_the_first_poll() -> None:
            wait_for(lambda: polls(tenant), 240)
            time.sleep(3)
            devices("highSeverity", 1)

        def secured_while_one_is_in_quarantine() -> None:
            assert members(tenant) == 1
            tenant.journal(clear=True)
            devices("secured", 2, 3)

        def silent_and_compromised() -> None:
            devices("compromised", 4)
            body = {"@odata.type": "#microsoft.graph.mobileThreatDefenseConnector"}
            values = {"lastHeartbeatDateTime": "2020-01-01T00:00:00Z"}
            tenant.seed(
                {"op": "create", "collection": CONNECTORS, "body": body, "id": HARMONY},
                {"op": "update", "collection": CONNECTORS, "id": HARMONY, "values": values},
            )

        first, *_others = devices("secured", 1, 2, 3, 4)
        reader = Operator("event_driven", tmp_path / "home", tenant)
        reader.replaced = {
            DEVICE_OF_THE_GUIDE: first["azureADDeviceId"],
            "quarantine_interval: 300": "quarantine_interval: 60",
            "quarantine_limit: 10": "quarantine_limit: 1",
            "https://tickets.example.com/api/new": ticket_url,
            "ticket_token=REPLACE_ME": "ticket_token=a~token ticket_state_file=~/eda/intune.json",
            "--env-vars ticket_url,ticket_token": "--env-vars ticket_url,ticket_token,ticket_state_file",
        }
        reader.steps = [
            [(threat_after_the_first_poll, "would be put into quarantine")],
            [
                (lambda: devices("highSeverity", 2, 3), "and quarantine_limit is 1"),
                (secured_while_one_is_in_quarantine, "taken out of quarantine"),
            ],
            [(silent_and_compromised, "Module wrapper"), (lambda: wait_for(lambda: len(Tickets.received) > 1, 60), "")],
        ]
        try:
            reader.prepare()
            reader.follow(until="Let it act")
            assert members(tenant) == 0
            reader.follow(until="Open tickets")
            assert (members(tenant), polls(tenant)) == (0, 1)
            reader.follow()
        finally:
            (tmp_path / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")
    assert {token for token, _body in Tickets.received} == {"Bearer a~token"}
    bodies = [body for _token, body in Tickets.received]
    assert sorted(body.get("threat_state", "") for body in bodies) == ["", "compromised"]
    assert not evil.exists()


def test_without_an_address_for_tickets_the_rulebook_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with Emulator(devices=1) as tenant:
        reader = Reader("event_driven", tmp_path / "home", tenant)
        reader.prepare()
        reader.run("echo 'all: {hosts: {localhost: {}}}' > hosts.yml")
        status, output = reader.run(
            "ansible-rulebook --rulebook mobilesec.intune.ticket --inventory hosts.yml --env-vars HOME"
        )
        assert status != 0
        assert "ticket_url" in output
        assert not [entry for entry in tenant.journal() if entry["method"] != "GET" and "oauth2" not in entry["path"]]
