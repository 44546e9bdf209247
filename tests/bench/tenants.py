# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make bench-tenants`: playbooks over an inventory of tenants side by side, and the same one after the other.

Each tenant is an emulator with a process of its own on this machine, so the tenants share its cores with Ansible.
Writes docs/bench/tenants.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.emulator.client import Emulator
from tests.integration.harness import COLLECTIONS, FQCN, is_graph
from tests.samples import LOGIN

RECAP = re.compile(r"^tenant\d+ +: ok=\d+ +changed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One run of ansible-playbook: peak_mb is the memory of all of its processes together, without what they share."""

    what: str
    forks: int
    seconds: float
    changed: int
    logins: int
    graph_requests: int
    peak_mb: int


def inventory(folder: Path, emulators: Sequence[Emulator]) -> Path:
    hosts = {
        f"tenant{number}": {
            "ansible_python_interpreter": sys.executable,
            "intune_login": {option: emulator.endpoints[option] for option in LOGIN},
        }
        for number, emulator in enumerate(emulators)
    }
    path = folder / "tenants.json"
    path.write_text(json.dumps({"tenants": {"hosts": hosts}}), encoding="utf-8")
    return path


def memory(process: psutil.Process) -> float:
    """Megabytes that the process and its children have to themselves."""
    found = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            found += one.memory_full_info().uss
        except psutil.Error:
            continue
    return found / 2**20


def measure(what: str, playbook: str, forks: int, place: Path, tokens: Path, emulators: Sequence[Emulator]) -> Row:
    for emulator in emulators:
        emulator.journal(clear=True)
    arguments = [FQCN + playbook, "-i", str(place), "-e", "intune_tenants=tenants", "--forks", str(forks)]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "INTUNE_TOKEN_CACHE": str(tokens)}
    output = place.with_suffix(".log")
    peak, started = 0.0, time.monotonic()
    with output.open("w") as log:
        process = psutil.Popen(
            [str(Path(sys.executable).with_name("ansible-playbook")), *arguments],
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            peak = max(peak, memory(process))
            time.sleep(0.5)
    seconds = time.monotonic() - started
    text = output.read_text(encoding="utf-8")
    if process.returncode:
        raise SystemExit(f"A run that is to be measured failed:\n{text[-4000:]}")
    entries = [entry for emulator in emulators for entry in emulator.journal()]
    logins = sum(entry["path"].endswith("/oauth2/v2.0/token") for entry in entries)
    changed = sum(int(number) for number in RECAP.findall(text))
    row = Row(what, forks, round(seconds, 1), changed, logins, sum(map(is_graph, entries)), round(peak))
    print(
        f"{what:32} {forks:>3} forks {row.seconds:7.1f} s  changed={changed:<4} logins={logins:<3} "
        f"requests={row.graph_requests:<5} {row.peak_mb} MB",
        flush=True,
    )
    return row


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.tenants")
    parser.add_argument("--tenants", type=int, default=50)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--output", type=Path, help="directory for tenants.json")
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        emulators = [
            stack.enter_context(Emulator(devices=20, tenant_id=f"{number:08x}-0f3b-4d57-9a5e-0c0a1b2c3d4e"))
            for number in range(options.tenants)
        ]
        place = inventory(Path(folder), emulators)
        for forks in (options.forks, 1):
            tokens = Path(folder) / f"tokens{forks}"
            for emulator in emulators:
                emulator.reset()
            for what, playbook in (
                ("onboard, first run", "onboard"),
                ("onboard, nothing to change", "onboard"),
                ("sync_devices", "sync_devices"),
            ):
                rows.append(measure(what, playbook, forks, place, tokens, emulators))
    if options.output:
        found = {"tenants": options.tenants, "cores": os.cpu_count(), "rows": [asdict(row) for row in rows]}
        (options.output / "tenants.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
