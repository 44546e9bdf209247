# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-playbook runs, and what a test may ask about them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_collections
import psutil

FQCN = "mobilesec.intune."
HARRY = "O'Brien & Söhne #1"
WRITES = ("POST", "PATCH", "PUT", "DELETE")
Json = dict[str, Any]

# Where Ansible finds the collection: the parent of the directory ansible_collections.
COLLECTIONS = next(
    Path(place).parent for place in ansible_collections.__path__ if (Path(place) / "mobilesec" / "intune").exists()
)
_OWN = ("ANSIBLE_", "AZURE_", "HARMONY_", "INTUNE_", "RECORD_", "MSI_", "IDENTITY_")
_PROXIES = (
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "requests_ca_bundle",
    "curl_ca_bundle",
    "ssl_cert_file",
)


def options_of(side: Any) -> Json:
    """One side of a diff, which is text where it has letters that Ansible would not show."""
    return dict(json.loads(side) if isinstance(side, str) else side)


@dataclass
class Task:
    """The result of one task, with the requests it made."""

    name: str
    status: str
    result: Json
    requests: list[Json] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def failed(self) -> bool:
        return self.status in ("failed", "ignored", "unreachable")

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def before(self) -> Json:
        return options_of(self.result["diff"]["before"])

    @property
    def after(self) -> Json:
        return options_of(self.result["diff"]["after"])

    @property
    def warnings(self) -> str:
        return json.dumps(self.result.get("warnings", []))

    @property
    def graph(self) -> list[Json]:
        return [entry for entry in self.requests if is_graph(entry)]

    @property
    def writes(self) -> list[Json]:
        return list(writes(self.requests))


@dataclass
class Run:
    """One run of ansible-playbook. run["task name"] is the (last) result of a task."""

    rc: int
    stdout: str
    stderr: str
    tasks: list[Task]

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def changed(self) -> int:
        return sum(task.status == "changed" for task in self.tasks)

    def __getitem__(self, name: str) -> Task:
        # Ansible writes "role : task" for a task of a role.
        found = [task for task in self.tasks if task.name == name or task.name.endswith(f" : {name}")]
        assert found, f"no task '{name}' among {[task.name for task in self.tasks]}\n{self.output}"
        return found[-1]

    def named(self, text: str) -> list[Task]:
        return [task for task in self.tasks if text in task.name]


def is_graph(entry: Json) -> bool:
    return str(entry["path"]).startswith(("/v1.0/", "/beta/"))


def writes(journal: Sequence[Json]) -> Iterator[Json]:
    """The requests that would change the tenant, in a batch or alone; logins are none."""
    for entry in filter(is_graph, journal):
        if entry["path"].endswith("/$batch"):
            yield from (item for item in entry.get("items", []) if item["method"] in WRITES)
        elif entry["method"] in WRITES:
            yield entry


def bad_requests(journal: Sequence[Json]) -> list[Json]:
    """Requests, in a batch or alone, that Graph refused as malformed."""
    items = [{**item, "path": f"batch: {item['url']}"} for entry in journal for item in entry.get("items", [])]
    return [
        entry for entry in [*filter(is_graph, journal), *items] if entry["status"] == 400 and not entry.get("fault")
    ]


def task(
    module: str, label: str | None = None, /, *, ignore_errors: bool = False, check: bool | None = None, **options: Any
) -> Json:
    """A task of one of the collection's modules: task("intune_group", name="x")."""
    made: Json = {"name": label or module, FQCN + module: options}
    if ignore_errors:
        made["ignore_errors"] = True
    if check is not None:
        made["check_mode"] = check
    return made


def ikev2_with(secret: str) -> Json:
    """The options of an IKEv2 profile whose devices log in by a shared secret."""
    return {
        "connection_name": "v",
        "server": {"address": "vpn.example.com"},
        "remote_identifier": "vpn.example.com",
        "local_identifier": "device_fqdn",
        "client_authentication_type": "device_authentication",
        "authentication_method": "shared_secret",
        "shared_secret": secret,
    }


class Player:
    """Runs plays against one emulated tenant; env is what the modules find it by."""

    def __init__(self, home: Path, env: Mapping[str, str], journal: Path) -> None:
        self.home = home
        self.env = dict(env)
        self.journal = journal
        self.runs: list[Run] = []
        self._count = 0

    def __call__(self, tasks: Sequence[Json] | None = None, **options: Any) -> Run:
        """Run tasks (or playbook) and wait; see start for the options."""
        return self.start(tasks, **options)()

    def start(
        self,
        tasks: Sequence[Json] | None = None,
        *,
        playbook: str | Path | None = None,
        check: bool = False,
        diff: bool = False,
        extra_vars: Mapping[str, Any] | None = None,
        extra: Sequence[str] = (),
        env: Mapping[str, str | None] | None = None,
        verbosity: int = 0,
        play: Mapping[str, Any] | None = None,
    ) -> RunningPlay:
        """Start ansible-playbook. env adds to the environment, None takes away; play adds keywords to the play."""
        self._count += 1
        folder = self.home / f"play{self._count}"
        folder.mkdir()
        if playbook is None:
            playbook = folder / "play.yml"
            content = {
                "name": "Test",
                "hosts": "localhost",
                "gather_facts": False,
                **(play or {}),
                "tasks": list(tasks or []),
            }
            playbook.write_text(json.dumps([content]), encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(playbook), "-i", str(self._inventory())]
        command += ["--check"] * check + ["--diff"] * diff + ["-" + "v" * verbosity] * bool(verbosity)
        if extra_vars:
            (folder / "vars.json").write_text(json.dumps(extra_vars), encoding="utf-8")
            command += ["-e", f"@{folder / 'vars.json'}"]
        command += extra
        return RunningPlay(command, self._environment(folder, env or {}), folder, self.journal, self.runs)

    def command(
        self, program: str, *arguments: str, env: Mapping[str, str | None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run another of Ansible's programs, in the environment of the plays."""
        command = [str(Path(sys.executable).parent / program), *arguments]
        return subprocess.run(
            command,
            env=self._environment(self.home, env or {}),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def _inventory(self) -> Path:
        path = self.home / "inventory.json"
        if not path.exists():
            local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
            path.write_text(json.dumps({"all": {"hosts": {"localhost": local}}}), encoding="utf-8")
        return path

    def _config(self) -> Path:
        """An empty configuration: the user's own has no part in a test."""
        path = self.home / "ansible.cfg"
        path.touch()
        return path

    def _environment(self, folder: Path, changes: Mapping[str, str | None]) -> dict[str, str]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_OWN) and name.lower() not in _PROXIES
        }
        made: dict[str, str | None] = {
            **clean,
            **self.env,
            "HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_CONFIG": str(self._config()),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "PYTHONPATH": "",
            "LC_ALL": "C.UTF-8",
            "RECORD_FILE": str(folder / "results"),
            "RECORD_JOURNAL": str(self.journal),
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}


class RunningPlay:
    """A started run; calling it waits for the end."""

    def __init__(self, command: list[str], env: dict[str, str], folder: Path, journal: Path, runs: list[Run]) -> None:
        self.folder = folder
        self.journal = journal
        self.runs = runs
        self._offset = journal.stat().st_size
        self.process = subprocess.Popen(
            command,
            env=env,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, seconds: float = 300) -> Run:
        stdout, stderr = self.process.communicate(timeout=seconds)
        run = Run(self.process.returncode, stdout, stderr, list(self._tasks()))
        self.runs.append(run)
        return run

    def kill(self) -> None:
        """End the run and every process it started, without any chance to tidy up."""
        # Ansible's workers have sessions of their own; one that lives on would go on writing into the next test's
        # tenant.
        for process in (*psutil.Process(self.process.pid).children(recursive=True), self.process):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.communicate(timeout=60)

    def _tasks(self) -> Iterator[Task]:
        results = self.folder / "results"
        offset = self._offset
        with self.journal.open("rb") as journal:
            for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else []:
                record = json.loads(line)
                journal.seek(offset)
                end = max(record["journal"], offset)
                requests = [json.loads(entry) for entry in journal.read(end - offset).splitlines()]
                offset = end
                yield Task(record["task"], record["status"], record["result"], requests, record["seconds"])


def _different(item: Task) -> Json:
    sides = [item.before, item.after]
    return {
        key: [side.get(key) for side in sides]
        for key in {*sides[0], *sides[1]}
        if sides[0].get(key) != sides[1].get(key)
    }


def run_through(player: Player, module: str, created: Json, updated: Json, key: Json) -> Run:
    """One object's life, each step in check mode, for real, and once more, in one play.

    created, updated and key are the module's options; the check-mode tasks must say what the real ones do.
    """
    steps = [("create", created), ("update", {**created, **updated}), ("delete", {**key, "state": "absent"})]
    tasks = []
    for step, options in steps:
        tasks += [
            task(module, f"{step} in check mode", check=True, **options),
            task(module, step, **options),
            task(module, f"{step} again", **options),
        ]
    run = player(tasks, diff=True)
    assert run.rc == 0, run.output
    for step, options in steps:
        predicted, real, again = run[f"{step} in check mode"], run[step], run[f"{step} again"]
        assert predicted.changed, step
        assert real.changed, step
        assert not again.changed, f"{step} again: {again.result}"
        assert not predicted.writes, step
        assert not again.writes, step
        assert real.writes, step
        assert predicted.before == real.before, step
        assert predicted.after == real.after, step
        assert again.before == again.after, f"{step} again: {_different(again)}"
        assert real.before != real.after, step
        if step != "delete":
            assert set(real.after) <= set(options), "the diff speaks in option names"
        assert "Traceback" not in run.output
        assert real.result["graph_requests"] == len(real.graph)
    return run


def changes(item: Task) -> list[bool]:
    """Whether each object of a document changed."""
    return [one["changed"] for one in item.result["objects"]]


def document(label: str, /, *, ignore_errors: bool = False, check: bool | None = None, **lists: Any) -> Json:
    """A task of intune_configuration: document("groups", groups=[...])."""
    return task("intune_configuration", label, ignore_errors=ignore_errors, check=check, configuration=lists)


def run_document_through(player: Player, created: Json, updated: Json) -> Run:
    """In one play, create objects and then change them: each in check mode, for real, and once more."""
    tasks = []
    for step, lists in (("create", created), ("update", updated)):
        tasks += [
            document(f"{step} in check mode", check=True, **lists),
            document(step, **lists),
            document(f"{step} again", **lists),
        ]
    run = player(tasks, diff=True)
    assert run.rc == 0, run.output[-3000:]
    for step in ("create", "update"):
        predicted, real, again = run[f"{step} in check mode"], run[step], run[f"{step} again"]
        assert changes(predicted) == changes(real), step
        assert predicted.result["diff"] == real.result["diff"], step
        assert not predicted.writes, step
        assert not again.changed, step
        assert not again.writes, step
    return run
