# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source with a large fleet: requests, time and memory of each poll."""

from __future__ import annotations

import time
from typing import Any

import psutil

from tests.emulator.client import Emulator
from tests.unit.eda.source import Source

DEVICES = 50_000
POLLS = 20
MEGABYTE = 2**20


def test_a_poll_of_50000_devices_is_within_the_limits_and_memory_stays_flat() -> None:
    process = psutil.Process()
    with Emulator(devices=DEVICES, users=2000) as tenant:
        source = Source(tenant, harmony=True, retry_timeout=300)
        memory, seconds, requests = [], [], []
        for number in range(POLLS):
            tenant.journal(clear=True)
            state = ("compliant", "noncompliant")[number % 2]
            changed: list[dict[str, Any]] = [
                {"op": "device", "number": each, "values": {"complianceState": state}} for each in range(100)
            ]
            tenant.seed(*changed)
            start = time.monotonic()
            events = source.poll()
            seconds.append(time.monotonic() - start)
            memory.append(process.memory_info().rss / MEGABYTE)
            answered = tenant.journal()
            requests.append(len([entry for entry in answered if "managedDevices" in entry["path"]]))
            assert not [entry for entry in answered if entry["status"] == 429]
            assert len(events) == (100 if number else 0)
    print(
        f"\n{DEVICES} devices, {POLLS} polls: {min(requests)} to {max(requests)} requests for devices a poll, "
        f"{min(seconds):.1f} to {max(seconds):.1f} s; memory after each in MB:",
        *(round(each) for each in memory),
    )
    # Pages of 1,000, some of them not full, because several are read at once.
    assert max(requests) <= 1.5 * DEVICES / 1000
    # The second half needs no more than the first: what each poll kept would add up.
    assert max(memory[POLLS // 2 :]) < 1.1 * max(memory[: POLLS // 2])
