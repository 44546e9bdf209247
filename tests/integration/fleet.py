# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The managed devices of the emulated tenant."""

from __future__ import annotations

from typing import Any

from tests.emulator.client import Emulator
from tests.integration.harness import Json

COUNT = 40


def device(emulator: Emulator, number: int, **values: Any) -> Json:
    return dict(emulator.seed({"op": "device", "number": number, "values": values})[0])


def fleet(emulator: Emulator) -> list[Json]:
    return [emulator.seed({"op": "device", "number": number, "values": {}})[0] for number in range(COUNT)]
