# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboardings by ansible-playbook that meet each other, and ones that are killed: ``python -m tests.race.race``.

- Runs of one tenant at once, with objects that are visible at once and after 5 s: all end well, with one set of
  objects, and another run changes nothing.
- Many tenants at once, in one run with as many forks.
- A run is killed at each of its writes, before or after the write is carried out, and run again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.emulator.client import Emulator
from tests.integration.harness import COLLECTIONS, Player, RunningPlay
from tests.samples import LOGIN

Json = dict[str, Any]
PLAYBOOKS = COLLECTIONS / "ansible_collections" / "mobilesec" / "intune" / "playbooks"
EXAMPLE = ["-e", f"@{PLAYBOOKS / 'vars' / 'example.yml'}"]
WRITE: Json = {"method": "POST|PATCH|PUT|DELETE", "path": r"^/(v1\.0|beta)/(?!\$batch)"}


@dataclass
class Row:
    what: str
    runs: int
    ended_well: int
    doubled: list[str]
    again: str
    seconds: float

    @property
    def holds(self) -> bool:
        return self.runs == self.ended_well and not self.doubled and self.again == "ok, nothing changed"


class Place:
    """A folder for plays against one tenant, each in a home of its own."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self._count = 0

    def start(self) -> RunningPlay:
        self._count += 1
        home = self.folder / f"home{self._count}"
        home.mkdir(parents=True)
        (home / "journal").touch()
        player = Player(home, self.emulator.env, home / "journal")
        return player.start(playbook=PLAYBOOKS / "onboard.yml", extra=EXAMPLE)

    def doubled(self) -> list[str]:
        """Objects of the same collection and name."""
        state = self.emulator.state()
        lists = state["records"] | {"groups": state["groups"]}
        names = Counter(
            (path, item.get("displayName") or item["id"], item.get("@odata.type"))
            for path, items in lists.items()
            for item in items
        )
        return [
            f"{count} x {name} ({path.rpartition('/')[2]})" for (path, name, _type), count in names.items() if count > 1
        ]

    def again(self) -> str:
        """What a run afterwards does."""
        self.emulator.faults()
        first = self.start()()
        if first.rc:
            return f"fails: {_why(first.output)}"
        second = self.start()()
        return "ok, nothing changed" if second.rc == 0 and not second.changed else f"the next changes {second.changed}"


def _why(output: str) -> str:
    lines = [line for line in output.splitlines() if "FAILED!" in line or '"msg"' in line or "[ERROR]" in line]
    return (lines[0] if lines else output[-200:]).strip()[:200]


def at_once(place: Place, runs: int, lag: float) -> Row:
    place.emulator.settings(eventual=int(lag * 1000))
    started = time.monotonic()
    done = [process() for process in [place.start() for _number in range(runs)]]
    seconds = time.monotonic() - started
    for run in done:
        if run.rc:
            print(f"  a run fails: {_why(run.output)}", flush=True)
    doubled = place.doubled()
    name = f"{runs} runs of one tenant at once, objects visible after {lag:.0f} s"
    return Row(name, runs, sum(run.rc == 0 for run in done), doubled, place.again(), seconds)


def killed(place: Place, limit: int) -> Iterator[Row]:
    """A run is killed at its first, second, ... write, until one has fewer writes."""
    for number in range(1, limit + 1):
        # By turns, the write is carried out after all or is lost.
        is_lost = number % 2 == 0
        place.emulator.reset()
        started = time.monotonic()
        place.emulator.faults({"match": WRITE, "nth": number, "action": {"hold": True, "drop_after_read": is_lost}})
        running = place.start()
        while not place.emulator.waiting() and running.process.poll() is None:
            time.sleep(0.1)
        if running.process.poll() is not None:
            running()
            return
        running.kill()
        again = place.again()
        name = f"killed at write {number}"
        yield Row(name, 1, 1, place.doubled(), again, time.monotonic() - started)


def tenants_at_once(folder: Path, count: int) -> Row:
    """One run of the playbook for many hosts, each a tenant."""
    with ExitStack() as stack:
        emulators = [stack.enter_context(Emulator(devices=5, users=5)) for _number in range(count)]
        hosts = {f"tenant{number}": _variables(emulator) for number, emulator in enumerate(emulators)}
        folder.mkdir()
        (folder / "journal").touch()
        inventory = folder / "tenants.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
        player = Player(folder, {}, folder / "journal")
        extra = [*EXAMPLE, "-i", str(inventory), "--forks", str(count)]
        play = {
            "hosts": "tenant*",
            "module_defaults": {"group/mobilesec.intune.intune": {name: f"{{{{ {name} }}}}" for name in LOGIN}},
            "roles": [{"role": "mobilesec.intune.harmony_onboarding"}],
        }
        started = time.monotonic()
        run = player.start(play=play, extra=extra)()
        seconds = time.monotonic() - started
        places = [Place(emulator, folder / f"after{number}") for number, emulator in enumerate(emulators)]
        doubled = [text for place in places for text in place.doubled()]
        onboarded = sum(bool(emulator.state()["groups"]) for emulator in emulators)
        if run.rc:
            print(f"  fails: {_why(run.output)}", flush=True)
        well = onboarded if run.rc == 0 else 0
        return Row(f"{count} tenants at once", count, well, doubled, places[0].again(), seconds)


def _variables(emulator: Emulator) -> Json:
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        **{name: emulator.endpoints[name] for name in LOGIN},
    }


def _table(rows: Sequence[Row]) -> str:
    lines = ["| what | runs | ended well | exists twice | run afterwards | seconds |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.runs} | {row.ended_well} | {', '.join(row.doubled) or 'nothing'} | {row.again} | "
        f"{row.seconds:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.race.race")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--lags", type=float, nargs="*", default=[0, 5])
    parser.add_argument("--tenants", type=int, default=20)
    parser.add_argument("--writes", type=int, default=100, help="kill a run at no more than so many writes")
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:

        def add(make: Callable[[], Row]) -> None:
            rows.append(make())
            print(f"{rows[-1].what}: {rows[-1].ended_well} ended well; {rows[-1].again}", flush=True)

        for number, lag in enumerate(options.lags if options.runs else ()):
            with Emulator(devices=5, users=5) as emulator:
                place = Place(emulator, Path(folder) / f"race{number}")
                add(lambda place=place, lag=lag: at_once(place, options.runs, lag))  # type: ignore[misc]
        if options.tenants:
            add(lambda: tenants_at_once(Path(folder) / "tenants", options.tenants))
        with Emulator(devices=5, users=5) as emulator:
            for row in killed(Place(emulator, Path(folder) / "killed"), options.writes):
                add(lambda row=row: row)  # type: ignore[misc]
    print(_table(rows))
    return int(not all(row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main())
