# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, the state of the tenant, and changes by somebody else."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.emulator import client
from tests.unit.emulator.api import (
    APPS,
    PROFILES,
    Api,
    ios_vpn,
)


def test_reset_brings_back_the_seed(api: Api) -> None:
    api.made(PROFILES, ios_vpn())
    api.group()
    api.emulator.reset()
    state = api.emulator.state()
    assert (state["groups"], state["records"].get("deviceManagement/deviceConfigurations", [])) == ([], [])
    assert api.emulator.journal() == []


def test_a_seed_changes_the_tenant_as_somebody_else_would(api: Api) -> None:
    group, app = api.emulator.seed(
        {
            "op": "create",
            "collection": "groups",
            "body": {"displayName": "From the portal", "members": [api.user()["id"]]},
        },
        {
            "op": "create",
            "collection": "deviceAppManagement/mobileApps",
            "body": {"@odata.type": "#microsoft.graph.iosVppApp", "displayName": "VPP", "bundleId": "com.x"},
        },
    )
    assert len(api.all(f"/v1.0/groups/{group['id']}/members")) == 1
    assert api.get(f"{APPS}/{app['id']}").body["@odata.type"] == "#microsoft.graph.iosVppApp"
    api.emulator.seed(
        {
            "op": "update",
            "collection": "deviceAppManagement/mobileApps",
            "id": app["id"],
            "values": {"displayName": "Renamed"},
        }
    )
    assert api.get(f"{APPS}/{app['id']}").body["displayName"] == "Renamed"
    api.emulator.seed({"op": "delete", "collection": "deviceAppManagement/mobileApps", "id": app["id"]})
    assert api.get(f"{APPS}/{app['id']}").status == 404
    with pytest.raises(RuntimeError, match="refused seed"):
        api.emulator.seed({"op": "explode"})


def test_files_and_signals(tmp_path: Path) -> None:
    state, ready, journal = tmp_path / "state", tmp_path / "ready", tmp_path / "journal.jsonl"
    command = [
        sys.executable,
        str(client.HERE),
        "--state-dir",
        str(state),
        "--ready-file",
        str(ready),
        "--journal",
        str(journal),
        "--devices",
        "1",
    ]
    for name in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("https://localhost:")
            assert stat.S_IMODE(os.stat(state).st_mode) == 0o700
            assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}
            endpoints = json.loads((state / "endpoints.json").read_text())
            assert endpoints["pid"] == process.pid
            plain = requests.Session()
            plain.trust_env = False
            assert plain.get(f"{endpoints['graph_url']}/v1.0/groups", verify=endpoints["ca_path"]).status_code == 401
            process.send_signal(name)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.stdout.close()  # type: ignore[union-attr]
    assert [json.loads(line)["status"] for line in journal.read_text().splitlines()] == [401, 401]


def test_emulator_goes_with_the_process_that_started_it() -> None:
    script = (
        "import os; from tests.emulator.client import Emulator; "
        "print(Emulator(devices=1).start().graph_url, flush=True); os._exit(0)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    url = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(address) != 0:
                return
        time.sleep(0.1)
    pytest.fail("the emulator is still there")


@pytest.mark.parametrize(
    "arguments",
    [["--throttle", "fast"], ["--faults", "/nonexistent.yml"], ["--client-certificate", "/nonexistent.pem"]],
)
def test_wrong_options_end_with_a_sentence(arguments: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, str(client.HERE), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 2
    assert result.stderr.startswith("The emulator cannot start:")
    assert "Traceback" not in result.stderr
