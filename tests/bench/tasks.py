# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: what a task, the role, a loop and many tenants cost in both ways, beside Ansible's own modules and a
peer.

All of it against the emulated tenant, at 0 and 100 ms latency. The subjects of a comparison take turns within one run,
and their medians are compared. Ends with the figures that were promised and whether they are met.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.bench.chart import Panel, draw
from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.integration.both_ways import SWITCH, WAYS
from tests.integration.harness import Json, Player, Run, is_graph, task
from tests.integration.onboarding import VPN_IOS, role
from tests.samples import VPN

BUDGET: Json = yaml.safe_load(
    (Path(__file__).parents[1] / "integration" / "request_budget.yml").read_text(encoding="utf-8")
)
LATENCIES = (0, 100)
GROUPS, APPS, TENANTS, DRIFT = 200, 100, 20, 100
# How many groups the playbooks of a peer and ours keep: one, and as many as the role.
PLAYBOOKS = (1, 3)
ROLE: Json = {
    "steps": ["groups", "apps", "app_config", "certificate", "vpn", "connector", "device_facts"],
    "ios_app_config_settings": [{"key": "MDM", "value": "INTUNE"}],
    "android_app_config_properties": {"MDM": "INTUNE"},
    "vpn_ios": VPN_IOS,
    "vpn_android_package_id": "com.lacoon.security.fox",
}
# The same with every step that the role has.
WHOLE_ROLE: Json = {
    **ROLE,
    "steps": [
        "groups",
        "filters",
        "apps",
        "app_config",
        "certificate",
        "vpn",
        "connector",
        "compliance",
        "device_facts",
    ],
    "ios_filter": "Harmony Mobile iOS",
    "ios_filter_rule": '(device.deviceOwnership -eq "Corporate")',
    "android_filter": "Harmony Mobile Android",
    "android_filter_rule": '(device.deviceOwnership -eq "Corporate")',
    "compliance_threat_level": "low",
}


@dataclass(frozen=True)
class Cost:
    """What one run of ansible-playbook took. A $batch is one request; its items are counted beside it."""

    wall_seconds: float
    cpu_seconds: float
    tasks: int
    logins: int
    graph_requests: int
    batch_items: int
    body_bytes: int


class Bench:
    def __init__(self, emulator: Emulator, folder: Path, journal: Path, rounds: int) -> None:
        self.emulator = emulator
        self.rounds = rounds
        env = {name: value for name, value in emulator.env.items() if name != "AZURE_POD_IDENTITY_AUTHORITY_HOST"}
        self.play = Player(folder, {**env, "INTUNE_TOKEN_CACHE": str(folder / "tokens"), "ANSIBLE_FORKS": "5"}, journal)
        # As users find it, and quicker for Ansible's own modules on the controller.
        self.settings: dict[str, str | None] = {"ANSIBLE_PIPELINING": None, "PYTHONDONTWRITEBYTECODE": None}
        self.certificate = certificate(folder / "root.pem")

    def run(self, *arguments: Any, way: str = WAYS[0], **options: Any) -> tuple[Run, Cost]:
        before, start = cpu_seconds(), time.monotonic()
        run = self.play(
            *arguments,
            **{**options, "env": {**self.settings, SWITCH: str(way == WAYS[0]).lower(), **options.get("env", {})}},
        )
        wall, cpu = time.monotonic() - start, cpu_seconds() - before
        if run.rc:
            raise SystemExit(f"A play that is to be measured failed:\n{run.output[-4000:]}")
        entries = [entry for item in run.tasks for entry in item.requests]
        return run, Cost(
            round(wall, 3),
            round(cpu, 3),
            len(run.tasks),
            sum(entry["path"].endswith("/oauth2/v2.0/token") for entry in entries),
            sum(map(is_graph, entries)),
            sum(len(entry.get("items", [])) for entry in entries),
            sum(entry["bytes"] for entry in entries),
        )

    def unchanged(self, *arguments: Any, **options: Any) -> Cost:
        """The cost of a run that has to find nothing to do."""
        run, cost = self.run(*arguments, **options)
        if run.changed:
            raise SystemExit(f"A play that was to find nothing to do changed something:\n{run.output[-4000:]}")
        return cost

    # -- one task --------------------------------------------------------------------------------------------

    def tasks(self) -> dict[str, float]:
        """Median seconds of one task that changes nothing, by what it is."""
        self.emulator.reset()
        granting = ("AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All")
        self.emulator.settings(permissions=[*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS, *granting])
        self.emulator.seed(
            {
                "op": "application",
                "app_id": BUDGET["modules"]["intune_permission"]["options"]["app_id"],
                "name": "Budget",
            }
        )
        setup = [task(module, f"setup {module}", **entry["options"]) for module, entry in BUDGET["modules"].items()]
        url = f"{self.emulator.graph_url}/v1.0/groups?$filter=displayName%20eq%20'Budget'"
        uri = {"url": url, "headers": {"Authorization": "Bearer {{ token }}"}, "ca_path": self.emulator.ca_path}
        subjects: list[Json] = [
            {"name": "ping", "ansible.builtin.ping": {}},
            {"name": "uri GET", "ansible.builtin.uri": uri},
        ]
        for module, entry in BUDGET["modules"].items():
            for way in WAYS:
                switch = {"environment": {SWITCH: str(way == WAYS[0]).lower()}}
                subjects.append({**task(module, f"{module} {way}", **entry["options"]), **switch})
        variables = {"certificate": str(self.certificate), "folder": str(self.play.home)}
        self.run(setup, extra_vars=variables)
        # Not before: Graph refuses a token that was revoked meanwhile.
        variables["token"] = self.token()
        measured = [item for _round in range(self.rounds) for item in self.run(subjects, extra_vars=variables)[0].tasks]
        self.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
        names = [str(subject["name"]) for subject in subjects]
        return {
            name: round(statistics.median(item.seconds for item in measured if item.name == name), 4) for name in names
        }

    def token(self) -> str:
        """A token for Graph."""
        cache = Path(tempfile.mkdtemp(dir=self.play.home))
        login = task("intune_group", "login", name="Nobody", state="absent")
        self.run([login], env={"INTUNE_TOKEN_CACHE": str(cache)})
        for path in cache.glob("token-*.json"):
            return str(next(iter(json.loads(path.read_text(encoding="utf-8"))["AccessToken"].values()))["secret"])
        raise SystemExit("The token cache is empty.")

    # -- many tasks ------------------------------------------------------------------------------------------

    def onboarding(self, variables: Json, way: str = WAYS[0]) -> Json:
        return {**role(**variables, certificate_path=str(self.certificate)), "way": way}

    def role(self, way: str) -> dict[str, Cost]:
        self.emulator.reset()
        arguments = self.onboarding(ROLE, way)
        cache = Path(tempfile.mkdtemp(dir=self.play.home))
        made = {}
        for name, check in (("check", True), ("first", False)):
            made[name] = self.run(**arguments, check=check, env={"INTUNE_TOKEN_CACHE": str(cache)})[1]
        made["no change"] = self.unchanged(**arguments, env={"INTUNE_TOKEN_CACHE": str(cache)})
        return made

    def role_and_pings(self, variables: Json) -> Json:
        """Measure the role with nothing to do beside as many pings as it has tasks, and as many as it has objects."""
        self.emulator.reset()
        arguments = self.onboarding(variables)
        tasks, objects = self.run(**arguments)[1].tasks, self.managed()
        rounds = [
            (self.unchanged(**arguments), self.pings(tasks), self.pings(objects)) for _round in range(self.rounds)
        ]
        role, as_tasks, as_objects = (
            sorted(costs, key=lambda cost: cost.wall_seconds)[self.rounds // 2] for costs in zip(*rounds, strict=True)
        )
        return {
            "objects": objects,
            "no change": asdict(role),
            "pings": {"tasks": asdict(as_tasks), "objects": asdict(as_objects)},
        }

    def managed(self) -> int:
        """How many objects the role keeps; to be asked right after it ran."""
        state = self.emulator.state()
        names = [record.get("displayName", record["id"]) for found in state["records"].values() for record in found]
        ours = [name for name in names if str(name).startswith("Harmony Mobile")]
        connectors = state["records"].get("deviceManagement/mobileThreatDefenseConnectors", [])
        return len(state["groups"]) + len(ours) + len(connectors)

    def pings(self, count: int) -> Cost:
        return self.run([{"name": str(number), "ansible.builtin.ping": {}} for number in range(count)])[1]

    def loops(self) -> dict[str, Cost]:
        self.emulator.reset()
        groups = {
            **task("intune_group", "groups", name="{{ item }}"),
            "loop": [f"Group {number}" for number in range(GROUPS)],
        }
        made = {
            f"{GROUPS} groups, first": self.run([groups])[1],
            f"{GROUPS} groups, no change": self.unchanged([groups]),
        }
        listed = [
            task(
                "intune_configuration",
                "list",
                configuration={"groups": [{"name": f"Group {number}"} for number in range(GROUPS)]},
            )
        ]
        made[f"{GROUPS} groups as a list, no change"] = self.unchanged(listed)
        store: Json = {
            "type": "ios_store_app",
            "publisher": "P",
            "app_store_url": "https://apps.apple.com/app/id{{ item }}",
        }
        assigned = task("intune_app", "apps", name="App {{ item }}", **store, assignments=[{"group": "Group 1"}])
        apps = {**assigned, "loop": list(range(1, APPS + 1))}
        made |= {
            f"{APPS} app assignments, first": self.run([apps])[1],
            f"{APPS} app assignments, no change": self.unchanged([apps]),
        }
        assignments = [
            {"name": f"App {number}", "assignments": [{"group": "Group 1"}]} for number in range(1, APPS + 1)
        ]
        made[f"{APPS} app assignments as a list, no change"] = self.unchanged(
            [task("intune_configuration", "list", configuration={"apps": assignments})]
        )
        return made

    def tenants(self, way: str) -> Cost:
        """One inventory host a tenant, each with a login of its own, five tasks each."""
        hosts = [f"tenant{number}" for number in range(TENANTS)]
        inventory = self.play.home / "tenants.json"
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory.write_text(json.dumps({"tenants": {"hosts": dict.fromkeys(hosts, local)}}), encoding="utf-8")
        modules = (
            "intune_group",
            "intune_assignment_filter",
            "intune_app",
            "intune_vpn_profile",
            "intune_mtd_connector",
        )
        tasks = [task(module, **BUDGET["modules"][module]["options"]) for module in modules]
        self.run(tasks)
        caches = Path(tempfile.mkdtemp(dir=self.play.home))
        play = {"hosts": "tenants", "environment": {"INTUNE_TOKEN_CACHE": f"{caches}/{{{{ inventory_hostname }}}}"}}
        return self.unchanged(tasks, way=way, play=play, extra=["-i", str(inventory), "--forks", str(TENANTS)])

    # -- drift -----------------------------------------------------------------------------------------------

    def drift(self, clients: Path) -> Json:
        """A drift check of a tenant that has its declared state: ours of apps, VPN profiles and policies, IntuneCD's of
        the profiles and policies, which is all that it compares. Median runs of some that took turns.
        """
        self.emulator.reset()
        self.emulator.settings(latency=0)
        assigned: Json = {"assignments": [{"group": "Group 1"}]}
        names = range(1, DRIFT + 1)
        store: Json = {"type": "ios_store_app", "publisher": "P", **assigned}
        url = "https://apps.apple.com/app/id"
        lists: Json = {
            "groups": [{"name": "Group 1"}],
            "apps": [{**store, "name": f"App {number}", "app_store_url": f"{url}{number}"} for number in names],
            "vpn_profiles": [{"name": f"VPN {number}", "ios": VPN, **assigned} for number in names],
            "compliance_policies": [
                {"name": f"Policy {number}", "ios": {"passcode_required": True}, **assigned} for number in names
            ],
        }
        files, backup = self.play.home / "drift", self.play.home / "backup"
        self.run([task("intune_configuration", configuration=lists), task("intune_export", dest=str(files))])
        backup.mkdir()
        env = {
            **os.environ,
            "INTUNE_GRAPH_URL": self.emulator.graph_url,
            "REQUESTS_CA_BUNDLE": self.emulator.ca_path,
            "INTUNE_ACCESS_TOKEN": self.token(),
        }
        subject = [str(clients), str(Path(__file__).with_name("drift_subject.py"))]

        def intunecd(work: str) -> float:
            start = time.monotonic()
            done = subprocess.run([*subject, work, str(backup)], env=env, capture_output=True, text=True, check=False)
            taken = time.monotonic() - start
            compared = done.stdout.count("No changes found for Device Configuration: VPN")
            if done.returncode or (work == "report" and ("DIFFERENCES 0" not in done.stdout or compared != DRIFT)):
                raise SystemExit(f"IntuneCD cannot be measured:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
            return taken

        intunecd("backup")
        check = [task("intune_configuration", src=str(files))]
        made: Json = {}
        for latency in LATENCIES:
            self.emulator.settings(latency=latency)
            rounds = []
            for _round in range(self.rounds):
                run, cost = self.run(check, check=True, diff=True)
                if run.changed:
                    raise SystemExit(f"The drift check found a difference:\n{run.output[-4000:]}")
                rounds.append((cost, run.tasks[0].seconds, intunecd("report")))
            rounds.sort(key=lambda entry: entry[0].wall_seconds)
            cost, own, _theirs = rounds[self.rounds // 2]
            theirs = statistics.median(seconds for _cost, _own, seconds in rounds)
            # Without Ansible's start, which every play pays once.
            ours = {**asdict(cost), "task_seconds": round(own, 3)}
            made[str(latency)] = {"intune_configuration": ours, "IntuneCD": {"wall_seconds": round(theirs, 3)}}
        self.emulator.settings(latency=0)
        return made

    # -- a peer ----------------------------------------------------------------------------------------------

    def playbooks(self, azure: Path, groups: int) -> dict[str, float]:
        """Median seconds of a whole playbook that finds some groups as they should be, a task each: ours, and
        azure_rm_adgroup.

        A playbook whose tasks only say something shows what Ansible itself takes.
        """
        self.emulator.reset()
        folder = self.play.home
        names = [f"Peer {number}" for number in range(groups)]
        # Without the callback that records results, for all alike.
        ours = self.play._environment(folder, {**self.settings, "ANSIBLE_CALLBACKS_ENABLED": None})
        real_hosts = {
            "HTTPS_PROXY": str(self.emulator.endpoints["proxy_url"]),
            "SSL_CERT_FILE": self.emulator.ca_path,
            "REQUESTS_CA_BUNDLE": self.emulator.ca_path,
        }
        peer = {
            **ours,
            **real_hosts,
            "AZURE_TENANT": self.play.env["AZURE_TENANT_ID"],
            "AZURE_SECRET": self.play.env["AZURE_CLIENT_SECRET"],
        }
        peer["AZURE_SUBSCRIPTION_ID"] = "00000000-0000-4000-8000-000000000000"
        del peer["ANSIBLE_COLLECTIONS_PATH"], peer["AZURE_AUTHORITY_HOST"]
        options = [
            {"display_name": name, "mail_nickname": name.replace(" ", ""), "auth_source": "env"} for name in names
        ]
        subjects = {
            "azure_rm_adgroup": (
                azure,
                peer,
                [{"name": "group", "azure.azcollection.azure_rm_adgroup": one} for one in options],
            )
        }
        subjects["debug"] = (
            Path(sys.executable),
            ours,
            [{"name": "group", "ansible.builtin.debug": {"msg": name}} for name in names],
        )
        for way in WAYS:
            tasks = [task("intune_group", "group", name=name) for name in names]
            subjects[f"intune_group {way}"] = (
                Path(sys.executable),
                {**ours, SWITCH: str(way == WAYS[0]).lower()},
                tasks,
            )
        times: dict[str, list[float]] = {subject: [] for subject in subjects}
        for number in range(self.rounds + 1):
            for subject, (python, env, tasks) in subjects.items():
                playbook, inventory = folder / f"{subject}.yml", folder / f"{subject}.json"
                playbook.write_text(
                    json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
                )
                local = {"ansible_connection": "local", "ansible_python_interpreter": str(python)}
                inventory.write_text(json.dumps({"all": {"hosts": {"localhost": local}}}), encoding="utf-8")
                command = [str(python.parent / "ansible-playbook"), str(playbook), "-i", str(inventory)]
                start = time.monotonic()
                done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
                taken = time.monotonic() - start
                if done.returncode or (number and "changed=0" not in done.stdout):
                    raise SystemExit(f"{subject} cannot be measured:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
                if number:
                    times[subject].append(taken)
        return {subject: round(statistics.median(values), 3) for subject, values in times.items()}


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def certificate(path: Path) -> Path:
    """A trusted root certificate for the profiles."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench")])
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    )
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=90))
    signed = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return path


# -- what comes of it ----------------------------------------------------------------------------------------


def promises(found: Json) -> Iterator[tuple[str, float, float, bool]]:
    """Yield each promised figure: what, its value, its limit, and whether the limit is the least (else the most)."""
    tasks = found["tasks"]["0"]
    for way, against, limit in (("in_process", "ping", 0.25), ("module", "uri GET", 1.6)):
        ratios = {name: value / tasks[against] for name, value in tasks.items() if name.endswith(f" {way}")}
        yield f"{way}: median task / {against}", statistics.median(ratios.values()), limit, False
    role = found["role"]["in_process"]["0"]
    yield "logins of the first play", role["check"]["logins"], 1, False
    yield "logins with a cached token", role["no change"]["logins"], 0, False
    for which, beside in found["role_and_pings"].items():
        cost, objects = beside["no change"], beside["objects"]
        yield f"no-change role, {which}: Graph requests / managed object", cost["graph_requests"] / objects, 1.3, False
        for what, pings in beside["pings"].items():
            yield (
                f"no-change role, {which} / as many ping tasks as {what}",
                cost["wall_seconds"] / pings["wall_seconds"],
                0.6,
                False,
            )
    for groups, books in found["playbooks"].items():
        what = f"azure_rm_adgroup / intune_group, playbooks with {groups} group(s)"
        yield what, books["azure_rm_adgroup"] / books["intune_group in_process"], 8, True
    for latency, costs in found["drift"].items():
        ours = costs["intune_configuration"]
        yield f"drift check of {3 * DRIFT} objects at {latency} ms: Graph requests", ours["graph_requests"], 40, False
        limit = 1.5 if latency == "0" else 0.5
        for what, seconds in (("whole play", ours["wall_seconds"]), ("task alone", ours["task_seconds"])):
            yield (
                f"drift check of {3 * DRIFT} objects at {latency} ms, {what} / IntuneCD's of {2 * DRIFT} of them",
                seconds / costs["IntuneCD"]["wall_seconds"],
                limit,
                False,
            )
    module = found["role"]["module"]
    yield (
        "first onboarding at 100 ms / at 0 ms, module",
        module["100"]["first"]["wall_seconds"] / module["0"]["first"]["wall_seconds"],
        3,
        False,
    )


def panels(found: Json) -> list[Panel]:
    made = []
    for latency, tasks in found["tasks"].items():
        bars = [
            (name.replace("_", " "), value * 1000, not name.startswith(("ping", "uri")))
            for name, value in tasks.items()
        ]
        made.append(Panel(f"one-{latency}ms", f"One task without a change, {latency} ms latency", "ms", bars))
    for groups, books in found["playbooks"].items():
        bars = [(name.replace("_", " "), value, name.startswith("intune")) for name, value in books.items()]
        made.append(Panel(f"groups-{groups}", f"A playbook that finds {groups} group(s) as they should be", "s", bars))
    bars = [
        (f"{name}, {way.replace('_', ' ')}, {latency} ms", cost["wall_seconds"], True)
        for way, by_latency in found["role"].items()
        for latency, costs in by_latency.items()
        for name, cost in costs.items()
    ]
    made.append(Panel("role", "The role", "s", bars))
    bars = []
    for which, beside in found["role_and_pings"].items():
        bars.append((f"role, {which}, {beside['objects']} objects", beside["no change"]["wall_seconds"], True))
        bars += [(f"{cost['tasks']} ping tasks", cost["wall_seconds"], False) for cost in beside["pings"].values()]
    made.append(Panel("pings", "The role without a change, and ping tasks", "s", bars))
    bars = [
        (f"{name}, {latency} ms", cost["wall_seconds"], name != "IntuneCD")
        for latency, costs in found["drift"].items()
        for name, cost in costs.items()
    ]
    if bars:
        made.append(Panel("drift", f"A drift check of {3 * DRIFT} objects", "s", bars))
    bars = [
        (f"{name}, {latency} ms", cost["wall_seconds"], True)
        for latency, costs in found["loops"].items()
        for name, cost in costs.items()
    ]
    bars += [
        (f"{TENANTS} tenants, {way.replace('_', ' ')}", cost["wall_seconds"], True)
        for way, cost in found["tenants"].items()
    ]
    made.append(Panel("loops", "Loops in Ansible's own process, and many tenants at once", "s", bars))
    return made


def measured(bench: Bench, azure: Path | None, clients: Path | None) -> Json:
    found: Json = {"tasks": {}, "role": {way: {} for way in WAYS}, "loops": {}}
    for latency in LATENCIES:
        bench.emulator.settings(latency=latency)
        say(f"tasks at {latency} ms")
        found["tasks"][str(latency)] = bench.tasks()
        for way in WAYS:
            say(f"role at {latency} ms, {way}")
            found["role"][way][str(latency)] = {name: asdict(cost) for name, cost in bench.role(way).items()}
        say(f"loops at {latency} ms")
        found["loops"][str(latency)] = {name: asdict(cost) for name, cost in bench.loops().items()}
    bench.emulator.settings(latency=0)
    say("ping tasks and tenants")
    found["role_and_pings"] = {
        "seven steps": bench.role_and_pings(ROLE),
        "every step": bench.role_and_pings(WHOLE_ROLE),
    }
    found["tenants"] = {way: asdict(bench.tenants(way)) for way in WAYS}
    say("azure_rm_adgroup" if azure else "azure_rm_adgroup is left out: make bench-azure installs it")
    say("drift check")
    found["drift"] = bench.drift(clients) if clients else {}
    found["playbooks"] = {str(groups): bench.playbooks(azure, groups) for groups in PLAYBOOKS} if azure else {}
    return found


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="how often each task is run")
    parser.add_argument(
        "--azure", type=Path, help="a Python with the ansible package and what azure.azcollection requires"
    )
    parser.add_argument("--clients", type=Path, help="a Python with IntuneCD")
    parser.add_argument("--only-drift", action="store_true", help="measure and print the drift check only")
    parser.add_argument("--output", type=Path, required=True, help="the directory for tasks.json and its charts")
    options = parser.parse_args()
    azure = options.azure if options.azure and options.azure.exists() else None
    clients = options.clients if options.clients and options.clients.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        journal.touch()
        with Emulator(devices=40, users=40, journal=journal, proxy_port=0) as emulator:
            bench = Bench(emulator, Path(folder), journal, options.rounds)
            if options.only_drift:
                print(json.dumps(bench.drift(clients or Path(sys.executable)), indent=1))
                return 0
            found = measured(bench, azure, clients)
    versions = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "rounds": options.rounds,
        "date": datetime.now(timezone.utc).date().isoformat(),
    }
    found["machine"] = versions
    rows = [
        (what, round(value, 3), limit, (value >= limit) if least else (value <= limit))
        for what, value, limit, least in promises(found)
    ]
    found["promises"] = [{"what": what, "value": value, "limit": limit, "met": met} for what, value, limit, met in rows]
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "tasks.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(panels(found), options.output, "tasks")
    for what, value, limit, met in rows:
        print(f"{'met   ' if met else 'MISSED'}  {value:8.3f}  (limit {limit:g})  {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
