# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench-fleet`: the collection and others read the same emulated fleet, side by side in one run.

Each measurement is a process of its own. Times are the best of several rounds, in which the subjects take turns; memory
is the highest.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.chart import Panel, draw
from tests.emulator.client import Emulator

Json = dict[str, Any]
HERE = Path(__file__).resolve().parent
READERS = (
    "loop",
    "loop_to_file",
    "loop_same_lines",
    "any_module",
    "module_to_memory",
    "module_to_file",
    "module_summary",
)
# What @odata.count and the overview show.
COUNTS = {"module_without_total": ("page", "right"), "module_without_count": ("none", "refused")}
CLIENTS = ("intunecd", "msgraph")
# The SDK takes minutes for a large fleet, so its time is taken up to this many devices.
MOST_FOR_MSGRAPH = 20_000
SMALLEST = 20_000
IN_FLIGHT = 8
RETRY_AFTER = 2
# What left a client before it knew of a 429 may still arrive.
ON_THE_WAY = 0.1


@dataclass(frozen=True)
class Run:
    """What one process took; work is without the start of the interpreter and imports."""

    subject: str
    devices: int
    latency_ms: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    requests: int
    work_seconds: float | None = None
    work_cpu_seconds: float | None = None

    def better(self, other: Run) -> Run:
        works = [(self.work_seconds, other.work_seconds), (self.work_cpu_seconds, other.work_cpu_seconds)]
        lower = [min(value for value in pair if value is not None) if None not in pair else None for pair in works]
        return replace(
            self,
            seconds=min(self.seconds, other.seconds),
            cpu_seconds=min(self.cpu_seconds, other.cpu_seconds),
            peak_mb=max(self.peak_mb, other.peak_mb),
            work_seconds=lower[0],
            work_cpu_seconds=lower[1],
        )


@dataclass(frozen=True)
class Target:
    text: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        return (
            f"{'met    ' if self.is_met else 'NOT MET'}  {self.value:9.3g}  "
            f"{'at least' if self.at_least else 'at most '} {self.limit:<6g} {self.text}"
        )


class Bench:
    """Measurements on one fleet."""

    def __init__(self, emulator: Emulator, devices: int, clients: Path | None, folder: Path) -> None:
        self.emulator = emulator
        self.devices = devices
        self.clients = clients
        self.folder = folder
        self.latency = 0
        self.environment = {
            **{
                name: os.environ[name]
                for name in ("PATH", "PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_CONFIG", "LC_ALL")
                if name in os.environ
            },
            "HOME": str(folder),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "INTUNE_GRAPH_URL": emulator.graph_url,
            "INTUNE_CA_PATH": emulator.ca_path,
            "BENCH_RESULT": str(folder / "result.json"),
        }

    @contextmanager
    def slow(self, latency: int) -> Iterator[None]:
        self.latency = latency
        self.emulator.settings(latency=latency)
        yield
        self.emulator.settings(latency=0)
        self.latency = 0

    def token(self) -> str:
        known = self.emulator.endpoints
        form = {
            "grant_type": "client_credentials",
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
        }
        url = f"{known['authority_host']}/{known['tenant_id']}/oauth2/v2.0/token"
        data = urlencode({**form, "scope": f"{known['graph_url']}/.default"}).encode()
        with urllib.request.urlopen(url, data, context=ssl.create_default_context(cafile=known["ca_path"])) as answer:
            return str(json.load(answer)["access_token"])

    def run(self, name: str, command: Sequence[str], **environment: str) -> Run:
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        env = {**self.environment, "INTUNE_ACCESS_TOKEN": self.token(), **environment}
        self.emulator.journal(clear=True)
        with (self.folder / "output").open("wb") as out, (self.folder / "errors").open("wb") as errors:
            started = time.perf_counter()
            process = subprocess.Popen(command, env=env, cwd=self.folder, stdout=out, stderr=errors)
            _pid, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{name} failed: {(self.folder / 'errors').read_text(errors='replace')}")
        requests = len([entry for entry in self.emulator.journal() if entry["path"].startswith(("/beta/", "/v1.0/"))])
        work = json.loads(result.read_text()) if result.exists() else {}
        return Run(
            name,
            self.devices,
            self.latency,
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
            requests,
            **work,
        )

    def subject(self, name: str, **environment: str) -> Run:
        python = self.clients if name in CLIENTS else Path(sys.executable)
        file = self.folder / "devices.jsonl"
        file.unlink(missing_ok=True)
        return self.run(name, [str(python), str(HERE / "fleet_subjects.py"), name, str(file)], **environment)

    def best(self, subjects: Sequence[tuple[str, Callable[[], Run]]], rounds: int) -> list[Run]:
        found: dict[str, Run] = {}
        for _round in range(rounds):
            for name, measure in subjects:
                run = measure()
                found[name] = run.better(found[name]) if name in found else run
        for run in found.values():
            show(run)
        return list(found.values())

    # -- what is measured ----------------------------------------------------------------------------------------

    def readers(self, rounds: int) -> list[Run]:
        """Measure all that reads the fleet, after a first read that makes the emulator render the pages."""
        names = [
            name for name in (*READERS, *(CLIENTS if self.clients else ())) if self.latency == 0 or name != "msgraph"
        ]
        if self.devices > MOST_FOR_MSGRAPH:
            names = [name for name in names if name != "msgraph"]
        if self.latency == 0:
            for name in names:
                if name != "msgraph":
                    self.subject(name)
            if "msgraph" in names:
                self.subject("loop", BENCH_VERSION="v1.0")
        quick = [(name, lambda name=name: self.subject(name)) for name in names if name != "msgraph"]
        runs = self.best(quick, rounds)
        if self.latency:
            runs += self.best([(name, partial(self.without_total, name)) for name in COUNTS], rounds)
        return runs + (self.best([("msgraph", lambda: self.subject("msgraph"))], 1) if "msgraph" in names else [])

    def without_total(self, name: str) -> Run:
        """The module with dest, where Graph does not show how many devices there are."""
        counts, overview = COUNTS[name]
        self.emulator.settings(device_counts=counts, overview=overview)
        run = self.subject("module_to_file")
        self.emulator.settings(device_counts="total", overview="right")
        return replace(run, subject=name)

    def inventories(self, rounds: int) -> list[Run]:
        """Measure the inventory plugin, with and without cache, and Ansible's own for the same hosts in a file."""
        plain, cached, static = (
            self.folder / "plain.intune.yml",
            self.folder / "cached.intune.yml",
            self.folder / "static.json",
        )
        plugin = {"plugin": "mobilesec.intune.managed_devices"}
        plain.write_text(json.dumps(plugin))
        cache = {
            "cache": True,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(self.folder / "cache"),
        }
        cached.write_text(json.dumps({**plugin, **cache}))
        listed = self.folder / "listed.json"
        self.run("first", ["ansible-inventory", "-i", str(plain), "--list", "--output", str(listed)])
        made = subprocess.run(
            [sys.executable, str(HERE / "static_inventory.py"), str(listed), str(static)],
            check=True,
            capture_output=True,
            text=True,
        )
        name = made.stdout.strip()
        self.run("fill the cache", ["ansible-inventory", "-i", str(cached), "--host", name])

        def load(title: str, source: Path, *what: str) -> tuple[str, Callable[[], Run]]:
            return title, lambda: self.run(title, ["ansible-inventory", "-i", str(source), *what])

        whole = ("--list", "--output", os.devnull)
        return self.best(
            [
                load("inventory_plugin", plain, "--host", name),
                load("inventory_plugin_cached", cached, "--host", name),
                load("inventory_static", static, "--host", name),
                load("inventory_plugin_list", plain, *whole),
                load("inventory_static_list", static, *whole),
            ],
            rounds,
        )

    def in_flight(self) -> tuple[int, int, int]:
        """Return how many requests were in flight, without and with a 429, and how many before Retry-After."""
        self.subject("module_to_file")
        most = overlapping(self.emulator.journal())
        throttled = {"status": 429, "headers": {"Retry-After": str(RETRY_AFTER)}}
        self.emulator.faults({"match": {"path": "managedDevices"}, "nth": 5, "action": throttled})
        self.subject("module_to_file")
        journal = self.emulator.journal()
        self.emulator.faults()
        (refused,) = [entry["answered"] for entry in journal if entry["status"] == 429]
        early = [
            entry for entry in journal if refused + ON_THE_WAY < entry["received"] < refused + RETRY_AFTER - ON_THE_WAY
        ]
        return most, overlapping(journal), len(early)


def overlapping(journal: Sequence[Json]) -> int:
    """The most requests that were being answered at one moment."""
    moments = sorted([(entry["received"], 1) for entry in journal] + [(entry["answered"], -1) for entry in journal])
    most = now = 0
    for _moment, step in moments:
        now += step
        most = max(most, now)
    return most


def show(run: Run) -> None:
    work = f"{run.work_seconds:9.2f} {run.work_cpu_seconds:9.2f}" if run.work_seconds is not None else " " * 19
    print(
        f"{run.devices:>7} {run.latency_ms:>5} ms  {run.subject:<24} {run.seconds:8.2f} "
        f"{run.cpu_seconds:8.2f} {work} {run.peak_mb:8.0f} {run.requests:>6}",
        flush=True,
    )


class Targets:
    """The figures that were promised, from runs of fleets of several sizes."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = {(run.subject, run.devices, run.latency_ms): run for run in runs}
        self.sizes = sorted({run.devices for run in runs})
        self.latencies = sorted({run.latency_ms for run in runs if run.latency_ms})
        # Of small fleets the start of a process is all there is to see.
        self.large = max((size for size in self.sizes if SMALLEST <= size <= 100_000), default=0)

    def all(self, flights: Sequence[tuple[int, int, int]]) -> Iterator[Target]:
        yield from self._cpu_of_files()
        yield from self._memory_of_files()
        yield from self._time_at_a_distance()
        for most, most_throttled, early in flights:
            yield Target("requests in flight at once", most, IN_FLIGHT)
            yield Target("requests in flight at once, with a 429 among them", most_throttled, IN_FLIGHT)
            yield Target("requests between a 429 and its Retry-After", early, 0)
        yield from self._beside_others()
        yield from self._inventory()

    def _ratio(
        self, text: str, one: tuple[str, int, int], other: tuple[str, int, int], figure: str, limit: float
    ) -> Iterator[Target]:
        """Yield the ratio of two runs, if both were measured. It is at most the limit."""
        if one in self.runs and other in self.runs:
            yield Target(text, getattr(self.runs[one], figure) / getattr(self.runs[other], figure), limit)

    def _at_least(self, *arguments: Any) -> Iterator[Target]:
        """Yield the ratio of two runs, which is at least the limit."""
        yield from (replace(target, at_least=True) for target in self._ratio(*arguments))

    def _cpu_of_files(self) -> Iterator[Target]:
        for other, words in (
            ("loop_to_file", "the loop that writes a file"),
            ("loop_same_lines", "the loop that writes the same lines"),
        ):
            text = f"{self.large} devices, module with dest to {words}: CPU, whole process"
            yield from self._ratio(text, ("module_to_file", self.large, 0), (other, self.large, 0), "cpu_seconds", 1.3)

    def _memory_of_files(self) -> Iterator[Target]:
        peaks = {
            run.devices: run.peak_mb
            for run in self.runs.values()
            if run.subject == "module_to_file" and run.latency_ms == 0 and run.devices >= SMALLEST
        }
        if self.large in peaks:
            yield Target(f"{self.large} devices, module with dest: peak memory in MB", peaks[self.large], 120)
        if len(peaks) > 1:
            text = f"module with dest: peak memory, highest to lowest of {sorted(peaks)} devices"
            yield Target(text, max(peaks.values()) / min(peaks.values()), 1.1)

    def _time_at_a_distance(self) -> Iterator[Target]:
        for latency in self.latencies:
            for subject, counted in (
                ("module_to_file", "all devices"),
                ("module_without_total", "those of the page"),
                ("module_without_count", "nothing"),
            ):
                when = f"{self.large} devices, {latency} ms, @odata.count shows {counted}"
                loop, module = ("loop", self.large, latency), (subject, self.large, latency)
                yield from self._at_least(f"{when}: bare loop to module with dest, time", loop, module, "seconds", 3)

    def _beside_others(self) -> Iterator[Target]:
        large = self.large
        text = f"{large} devices, IntuneCD to module with dest: peak memory"
        yield from self._at_least(text, ("intunecd", large, 0), ("module_to_file", large, 0), "peak_mb", 2)
        # A module that returns all devices cannot take less than exit_json does.
        text = f"{large} devices, module to memory to any module that returns them: peak memory"
        yield from self._ratio(text, ("module_to_memory", large, 0), ("any_module", large, 0), "peak_mb", 1)
        size = max((size for subject, size, _latency in self.runs if subject == "msgraph"), default=0)
        for subject, words in (("module_to_file", "with dest"), ("module_to_memory", "to memory")):
            text = f"{size} devices, msgraph-sdk to module {words}: time"
            yield from self._at_least(text, ("msgraph", size, 0), (subject, size, 0), "seconds", 50)

    def _inventory(self) -> Iterator[Target]:
        for size in [size for size in self.sizes if size >= SMALLEST]:
            for kind, words in (("", "load"), ("_list", "load and list")):
                plugin, static = (f"inventory_plugin{kind}", size, 0), (f"inventory_static{kind}", size, 0)
                text = f"{size} devices, inventory plugin to static inventory: {words}, time"
                yield from self._ratio(text, plugin, static, "seconds", 1.5)
            cached = self.runs.get(("inventory_plugin_cached", size, 0))
            if cached:
                yield Target(f"{size} devices, inventory from the cache: requests to Graph", cached.requests, 0)


def panels(runs: Sequence[Run]) -> list[Panel]:
    """The figures of the largest fleet that has them."""

    def panel(
        name: str, title: str, unit: str, figure: str, subjects: Sequence[str], latency: int, most: int
    ) -> Panel | None:
        sizes = [
            run.devices
            for run in runs
            if run.subject == subjects[0] and run.latency_ms == latency and run.devices <= most
        ]
        if not sizes:
            return None
        chosen = [
            run
            for name in subjects
            for run in runs
            if (run.subject, run.devices, run.latency_ms) == (name, max(sizes), latency)
        ]
        bars = [
            (
                run.subject.replace("_", " "),
                getattr(run, figure),
                run.subject.startswith(("module", "inventory_plugin")),
            )
            for run in chosen
        ]
        text = f"{title}, {max(sizes):,} devices" + (f", {latency} ms a page" if latency else "")
        return Panel(name, text, unit, bars)

    quick = (*READERS, "intunecd")
    latency = max(run.latency_ms for run in runs)
    found = [
        panel("cpu", "CPU", "s", "cpu_seconds", quick, 0, 100_000),
        panel("time", "Time", "s", "seconds", quick, latency, 100_000) if latency else None,
        panel("memory", "Peak memory", "MB", "peak_mb", quick, 0, 100_000),
        panel("sdk", "Time with msgraph-sdk", "s", "seconds", (*READERS, "intunecd", "msgraph"), 0, MOST_FOR_MSGRAPH),
        panel(
            "inventory",
            "ansible-inventory",
            "s",
            "seconds",
            ("inventory_plugin", "inventory_plugin_cached", "inventory_static"),
            0,
            20_000,
        ),
    ]
    return [one for one in found if one]


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-fleet", description=__doc__)
    parser.add_argument(
        "--devices",
        type=numbers,
        default=[1000, 20_000, 100_000],
        help="sizes of the fleet (default: 1000,20000,100000)",
    )
    parser.add_argument("--large", action="store_true", help="200,000 devices too")
    parser.add_argument(
        "--latency",
        type=numbers,
        default=[200],
        help="milliseconds a page to measure with, besides none (default: 200)",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inventory-rounds", type=int, default=2)
    parser.add_argument(
        "--inventory-devices",
        type=int,
        default=20_000,
        help="largest fleet that is loaded as an inventory (default: 20000)",
    )
    parser.add_argument("--clients", type=Path, help="a Python with tests/requirements-bench.txt")
    parser.add_argument("--output", type=Path, required=True, help="directory for fleet.json and its charts")
    options = parser.parse_args()
    clients = options.clients if options.clients and options.clients.exists() else None
    print("" if clients else "without IntuneCD and msgraph-sdk, which `make bench-clients` installs")
    print("devices latency  subject                     seconds      CPU  (of it without start)  peak MB requests")
    runs: list[Run] = []
    flights: list[tuple[int, int, int]] = []
    for devices in [*options.devices, *([200_000] if options.large else [])]:
        with tempfile.TemporaryDirectory() as folder, Emulator(devices=devices, token_lifetime=36_000) as emulator:
            bench = Bench(emulator, devices, clients, Path(folder))
            runs += bench.readers(options.rounds)
            # Of the largest fleet only the memory is promised.
            for latency in options.latency if devices <= 100_000 else ():
                with bench.slow(latency):
                    runs += bench.readers(1)
                    if devices == SMALLEST:
                        flights.append(bench.in_flight())
            if devices <= options.inventory_devices:
                runs += bench.inventories(options.inventory_rounds)
    found = list(Targets(runs).all(flights))
    print("\n" + "\n".join(map(str, found)))
    options.output.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.platform(), "processors": os.cpu_count()}
    content = {
        "machine": machine,
        "targets": [{**asdict(one), "met": one.is_met} for one in found],
        "runs": [asdict(run) for run in runs],
    }
    (options.output / "fleet.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    draw(panels(runs), options.output, "fleet")
    return 0 if all(one.is_met for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
