# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The short form of the fault matrix: each fault of it in one cell, subjects and phases by turns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.catalogue import Fault, faults
from tests.faults.cells import NOT_MET, PHASES, Bench, Outcome, bench, run_cell
from tests.faults.subjects import READERS, WRITERS

SHORT = [fault for fault in faults() if fault.short]
# The inventory plugin is found by Ansible's loader, which has no place in pytest: `make test-faults` has it.
READING = [reader for reader in READERS if reader.module != "inventory"]


def test_every_module_is_put_under_faults() -> None:
    modules = {path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("*.py")}
    assert modules == {subject.module for subject in WRITERS} | {reader.module for reader in READING}


@pytest.fixture(scope="module")
def place() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.mark.parametrize("fault", SHORT, ids=lambda fault: fault.name)
def test_run_under_a_fault_ends_well_or_with_one_clear_sentence_and_nothing_is_lost(place: Bench, fault: Fault) -> None:
    number = SHORT.index(fault)
    outcomes: list[Outcome] = []
    # The next subject and phase, as often as the fault does not concern one.
    for turn in range(number, number + 6):
        outcomes.append(run_cell(place, WRITERS[turn % len(WRITERS)], PHASES[turn % 3], fault))
        if outcomes[-1].result != NOT_MET:
            break
    if number % 3 == 0:
        outcomes.append(run_cell(place, READING[number % len(READING)], "read", fault))
    assert [(outcome.subject, outcome.phase, outcome.wrong) for outcome in outcomes if outcome.wrong] == []


def test_a_wait_is_a_step_of_the_tenants_clock(place: Bench) -> None:
    (fault,) = (fault for fault in SHORT if fault.name == "read: 429, Retry-After whole")
    ahead = place.clock.now() - time.monotonic()
    run_cell(place, WRITERS[0], PHASES[0], fault)
    assert place.clock.now() - time.monotonic() > ahead + 1
