# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every subject in every phase under every fault: ``python -m tests.faults.matrix [--jobs 2] [--output FILE] [WORDS]``.

WORDS limit the cells to those whose fault has one of them in its name. The exit status is 1 when something does not
hold in a cell.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

# Before anything of the collection is imported: Ansible finds the inventory plugin by its own loader only.
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()

from tests.faults.catalogue import Fault, faults  # noqa: E402
from tests.faults.cells import NOT_MET, PHASES, Outcome, bench, run_cell  # noqa: E402
from tests.faults.subjects import READERS, WRITERS, Reader, Subject  # noqa: E402

Cell = tuple[Subject | Reader, str, Fault]


def cells(words: Sequence[str]) -> Iterator[Cell]:
    """All cells, the faults of the long form for new objects and readers only."""
    for fault in faults():
        if words and not any(word in fault.name for word in words):
            continue
        for subject in WRITERS:
            for phase in PHASES:
                if fault.short or phase == "create":
                    yield subject, phase, fault
        if not fault.name.startswith("write"):
            for reader in READERS:
                yield reader, "read", fault


def _run(part: tuple[int, int, list[str]]) -> list[Outcome]:
    number, jobs, words = part
    outcomes = []
    with bench() as place:
        for subject, phase, fault in list(cells(words))[number::jobs]:
            outcomes.append(run_cell(place, subject, phase, fault))
            for wrong in outcomes[-1].wrong:
                print(f"{subject.label} | {phase} | {fault.name} | {wrong}", flush=True)
    return outcomes


def table(outcomes: Sequence[Outcome]) -> str:
    """The page for docs/: a line a fault, a column a result."""
    met = [outcome for outcome in outcomes if outcome.result != NOT_MET]
    wrong = [outcome for outcome in met if outcome.wrong]
    lines = [
        "# How the collection ends under faults",
        "",
        "`make test-faults` writes this page. Each cell runs a module (or the inventory plugin) against the emulated",
        "tenant while one fault is on: it has to end in its bounds, in the declared state or with one clear sentence.",
        "A second run without the fault reaches the state, a third changes nothing, nothing exists twice, and no",
        "object and no assignment of somebody else is lost.",
        "",
        f"Cells that met their fault: {len(met)}. In the declared state at once: {sum(o.result == 'ok' for o in met)}.",
        f"With one clear sentence, and in the state after the second run: {sum(o.result == 'failed' for o in met)}.",
        f"Something did not hold: {len(wrong)}.",
        "",
        "| fault | cells | state reached | clear failure | something did not hold | longest on the tenant's clock |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(outcome.fault for outcome in met):
        of_it = [outcome for outcome in met if outcome.fault == name]
        results = Counter(outcome.result for outcome in of_it)
        lines.append(
            f"| {name} | {len(of_it)} | {results['ok']} | {results['failed']} | "
            f"{sum(bool(outcome.wrong) for outcome in of_it)} | {max(outcome.seconds for outcome in of_it):.0f} s |"
        )
    if wrong:
        lines += ["", "## What did not hold", ""]
        # Messages can have several lines, and be long.
        texts = [" ".join(f"{o.subject}, {o.phase}, {o.fault}: {'; '.join(o.wrong)}".split()) for o in wrong]
        lines += [f"- {text[:300]}" for text in texts]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.matrix")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        parts = [(number, options.jobs, options.words) for number in range(options.jobs)]
        outcomes = [outcome for part in pool.map(_run, parts) for outcome in part]
    order = {fault.name: number for number, fault in enumerate(faults())}
    outcomes.sort(key=lambda outcome: (order[outcome.fault], outcome.subject, outcome.phase))
    page = table(outcomes)
    if options.output:
        options.output.write_text(page, encoding="utf-8")
    print(page.split("| fault |", maxsplit=1)[0], f"{time.monotonic() - started:.0f} seconds")
    return int(any(outcome.wrong for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
