# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of intune_harmony_coverage with large fleets: `make bench-coverage`.

Usage: coverage.py [--devices NUMBER]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.emulator.client import Emulator
from tests.samples import LOGIN
from tests.unit.plugins.modules.in_process import module

HARMONY_LOGIN = ("harmony_url", "harmony_client_id", "harmony_access_key")
SECONDS, MEGABYTES = 60, 500


def compare(options: dict[str, Any]) -> None:
    """In a process of its own, so that its memory is that of the module alone."""
    declared = module("intune_harmony_coverage")
    params = ArgumentSpecValidator(declared.spec, **declared.constraints).validate(options).validated_parameters
    start, start_of_work = time.monotonic(), time.process_time()
    result = declared.result(params, declared.secrets(params), False, False, lambda text: None)
    seconds, work = time.monotonic() - start, time.process_time() - start_of_work
    if result.get("failed"):
        sys.exit(result["msg"])
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result["ansible_facts"]["intune_harmony_coverage_summary"], indent=2))
    requests = f"{result['graph_requests']} + {result['harmony_requests']} requests"
    print(f"{seconds:.1f} s of {SECONDS} ({work:.1f} s of work in this process), {megabytes:.0f} MB of {MEGABYTES}")
    print(requests)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=134_000, help="of Intune; three of four are mobile")
    devices = parser.parse_args().devices
    with Emulator(devices=devices, users=devices // 3) as tenant, tempfile.TemporaryDirectory() as folder:
        options = {name: tenant.endpoints[name] for name in (*LOGIN, *HARMONY_LOGIN)}
        options |= {"token_cache": "none", "dest": str(Path(folder, "coverage.csv")), "format": "csv"}
        process = multiprocessing.get_context("spawn").Process(target=compare, args=(options,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
