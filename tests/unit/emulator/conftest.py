# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulated tenant for each file of tests, and a plain client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.client import Emulator
from tests.unit.emulator.api import Api


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=230) as running:
        yield running


@pytest.fixture
def api(emulator: Emulator) -> Api:
    """A client of the module's emulator, which is brought back to its seed first."""
    emulator.reset()
    return Api(emulator)
