# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers mutated at random, for everything that reads or writes: ``python -m tests.fuzz.fuzz --answers 20000``.

A run meets mutated answers from its first request on, from a later one on, or once. It has to end with a result or
one clear sentence, within bounds of time and memory. What reads, and what only predicts (check mode), writes nothing;
what writes leaves the objects of others as they are. The same seed gives the same answers.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

# Before anything of the collection is imported: Ansible finds the inventory plugin by its own loader only.
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()

from tests.emulator.principals import PARTNER_APP_ID  # noqa: E402
from tests.faults.catalogue import GRAPH, Fault  # noqa: E402
from tests.faults.cells import PHASES, Bench, bench, phase_options  # noqa: E402
from tests.faults.subjects import READERS, WRITERS, Reader, Subject  # noqa: E402
from tests.fuzz import plays  # noqa: E402
from tests.integration.harness import writes  # noqa: E402

Json = dict[str, Any]
# How much more memory a process may take than after its first runs, in megabytes.
MEMORY = 300
_WARM = 100
# What is run, besides modules: the role, and the playbook for the health.
ROLE, HEALTH = "the role", "health"
_SUBJECTS: tuple[Subject | Reader | str, ...] = (*WRITERS, *READERS, ROLE, HEALTH)


class Fuzzer:
    """Runs with mutated answers in one tenant, in which the objects of all subjects exist."""

    def __init__(self, place: Bench, seed: int) -> None:
        self.place = place
        self.seed = seed
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.prepare()

    def prepare(self) -> None:
        self.place.reset()
        self.place.emulator.seed({"op": "application", "app_id": PARTNER_APP_ID})
        self.place.emulator.settings(page_size=7)
        for subject in WRITERS:
            self.place.create(subject)

    def fault(self) -> Fault:
        rule: Json = {
            "match": {"path": GRAPH},
            "skip": self.chance.choice([0, 0, 0, 1, 2, 4]),
            "action": {"mutate": self.chance.randrange(10**9)},
        }
        if self.chance.random() < 0.4:
            rule["times"] = 1
        return Fault("mutated", (rule,))

    def one(self) -> None:
        subject = self.chance.choice(_SUBJECTS)
        fault = self.fault()
        if isinstance(subject, str):
            self._play(subject, fault)
            return
        if isinstance(subject, Reader):
            acts = subject.module == "intune_device_action"
            before = self.place.others() if acts else None
            self._check("read", subject.label, fault, lambda more: self.place.read_once(subject, more), before)
            return
        phase = self.chance.choice(PHASES)
        check = self.chance.random() < 0.7
        module, options = subject.module, phase_options(self.place.emulator, subject, phase)
        self._check(
            f"{phase}{' in check mode' if check else ''}",
            subject.label,
            fault,
            lambda more: self.place.tenant.run(module, check=check, **{**more, **options}),
            None if check else self.place.others(),
        )

    def _play(self, name: str, fault: Fault) -> None:
        def run(more: Json) -> Any:
            return lambda module, **options: self.place.tenant.run(module, **{**more, **options})

        if name == HEALTH:
            self._check("read", name, fault, lambda more: plays.health(run(more)))
            return
        state, check = self.chance.choice(("present", "absent")), self.chance.random() < 0.3
        before = self.place.others()
        if state == "absent":
            plays.onboarding(run({}), "present", check=False)
        self._check(
            f"{state}{' in check mode' if check else ''}",
            name,
            fault,
            lambda more: plays.onboarding(run(more), state, check),
            None if check else before,
        )
        self.prepare()

    def _check(self, phase: str, label: str, fault: Fault, run: Any, before: Json | None = None) -> None:
        """Run under the fault. before: the objects of others, which stay; without it, nothing may be written."""
        result, _message, flaw, seconds, journal = self.place.under(fault, run)
        self.counts["runs"] += 1
        self.counts["answers"] += sum(bool(entry.get("fault")) for entry in journal)
        self.counts["results" if result else "clear sentences"] += 1
        wrong = [flaw] if flaw else []
        wrong += self.place.bounds(seconds, journal)
        if before is not None:
            wrong += self.place.kept(before, self.place.others())
            self.prepare()
        elif list(writes(journal)):
            wrong.append(f"writes: {[(entry['method'], entry.get('path')) for entry in writes(journal)][:3]}")
        for text in wrong:
            kind = "general sentences" if "general" in text else "unasked writes" if "writes" in text else "other"
            self.counts[kind] += 1
            self.wrong.append(f"{label} | {phase} | {fault.rules[0]} | {text}")
            print(self.wrong[-1], flush=True)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _run(part: tuple[int, int]) -> tuple[Counter[str], list[str]]:
    seed, answers = part
    with bench() as place:
        fuzzer = Fuzzer(place, seed)
        at_first = 0
        while fuzzer.counts["answers"] < answers:
            fuzzer.one()
            if fuzzer.counts["runs"] == _WARM:
                at_first = _memory()
        grown = _memory() - at_first if at_first else 0
        fuzzer.counts[f"megabytes more in process {seed}"] = grown
        if grown > MEMORY:
            fuzzer.wrong.append(f"the process grew by {grown} MB")
        return fuzzer.counts, fuzzer.wrong


def _lines(counts: Counter[str], seconds: float) -> Iterator[str]:
    for name in ("general sentences", "unasked writes", "other"):
        counts[name] += 0
    yield from (f"{count:>8} {name}" for name, count in counts.items())
    yield f"{seconds:>8.0f} seconds"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz.fuzz")
    parser.add_argument("--answers", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    jobs = max(1, options.jobs)
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        parts = [(options.seed + number, -(-options.answers // jobs)) for number in range(jobs)]
        results = pool.map(_run, parts)
    counts = sum((found for found, _wrong in results), Counter[str]())
    print("\n".join(_lines(counts, time.monotonic() - started)))
    return int(any(wrong for _counts, wrong in results))


if __name__ == "__main__":
    sys.exit(main())
