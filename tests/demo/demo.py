# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of an emulated tenant, from onboarding to offboarding: `make demo`.

Everything runs on this machine: the tenant is the emulator of tests/emulator, a server on loopback. The plays are those
of the collection, run by ansible-playbook with tests/demo/variables.yml. Exits with 0 only if all that is shown is as
it should be.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.emulator.client import Emulator  # noqa: E402

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
VARIABLES = ROOT / "tests" / "demo" / "variables.yml"
# Variables of the user's that would lead the plays to another tenant or other settings.
FOREIGN = ("ANSIBLE_", "AZURE_", "INTUNE_")
# Tasks of the role that only keep its books.
HOUSEKEEPING = re.compile(r"Note |Look |Start with |Put the |Check the |Validating |Onboard or ")
TASK = re.compile(r"TASK \[(?:\S+ : )?(.+)\] \*+$")
RESULT = re.compile(r"(ok|changed): \[localhost\](?: => \(item=(.*)\))?(.*)$")
FORESEEN = re.compile(r"(\d+) of \d+ objects would be changed")
RECAP = re.compile(r"localhost\s+: ok=(\d+)\s+changed=(\d+).* failed=(\d+)")


class DemoError(Exception):
    """Something is not as it should be."""


@dataclass
class Play:
    """What a run of ansible-playbook said: changed as counted by Ansible, and the changes by task and item."""

    seconds: float = 0.0
    status: int = 0
    changed: int = -1
    changes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def warnings(self) -> list[str]:
        return [line for line in self.lines if "[WARNING]" in line or "[DEPRECATION" in line]


class Screen:
    """Headlines, and a play's output without what a first look does not need."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._step = 0

    def headline(self, text: str) -> None:
        self._step += 1
        bold, plain = ("\033[1m", "\033[0m") if self._is_terminal else ("", "")
        print(f"\n{bold}{self._step}. {text}{plain}", flush=True)

    @staticmethod
    def say(text: str = "") -> None:
        print(f"   {text}".rstrip(), flush=True)


def tasks(lines: Iterator[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the heading of each part of a play's output, with its lines. Plays and the recap have no heading."""
    heading = ""
    body: list[str] = []
    for line in lines:
        found = TASK.match(line)
        if found or line.startswith(("PLAY ", "PLAY RECAP")):
            yield heading, body
            heading, body = (found.group(1) if found else ""), []
        else:
            body.append(line)
    yield heading, body


class Demo:
    def __init__(self, emulator: Emulator, ansible_playbook: Path = ANSIBLE_PLAYBOOK, as_modules: bool = False) -> None:
        self.screen = Screen()
        self.emulator = emulator
        self.ansible_playbook = ansible_playbook
        self.environment = {**self._environment(), "INTUNE_IN_PROCESS": str(not as_modules).lower()}

    def _environment(self) -> dict[str, str]:
        directory = self.emulator.directory
        settings = directory / "ansible.cfg"
        settings.write_text("[defaults]\n", encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {
            **kept,
            **self.emulator.env,
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path()),
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_HOME": str(directory / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "INTUNE_TOKEN_CACHE": str(directory / "tokens"),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "localhost,127.0.0.1",
            "no_proxy": "localhost,127.0.0.1",
        }

    # -- running -------------------------------------------------------------------------------------------------

    def play(self, name: str, *options: str, is_shown: bool = True, is_whole: bool = False) -> Play:
        """Run a playbook, and show its tasks as they end, or the whole output. Raises DemoError if it fails."""
        arguments = ["-i", "localhost,", f"mobilesec.intune.{name}", *options]
        self.screen.say("$ " + " ".join(["ansible-playbook", *(shown(item) for item in arguments[2:])]))
        result = Play()
        started = time.monotonic()
        process = subprocess.Popen(
            [str(self.ansible_playbook), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        try:
            for heading, body in tasks(self._lines(process, result, is_whole)):
                self._task(result, heading, body, is_shown and not is_whole)
            result.status = process.wait()
        finally:
            stop(process)
        result.seconds = time.monotonic() - started
        if result.status:
            print("\n".join(result.lines))
            raise DemoError(f"ansible-playbook ended with status {result.status}")
        return result

    def _lines(self, process: subprocess.Popen[str], result: Play, is_whole: bool) -> Iterator[str]:
        assert process.stdout is not None
        for line in process.stdout:
            if is_whole and line.strip():
                self.screen.say(line.rstrip("\n"))
            result.lines.append(line.rstrip("\n"))
            recap = RECAP.match(line)
            if recap:
                result.changed = int(recap.group(2))
            yield line.rstrip("\n")

    def _task(self, result: Play, heading: str, body: list[str], is_shown: bool) -> None:
        """Note the changes of a task, and show its results, a message of it, and differences."""
        for number, line in enumerate(body if heading else []):
            found = RESULT.match(line)
            if found:
                status, item, rest = found.groups()
                title = f"{heading}: {item}" if item else heading
                if status == "changed":
                    result.changes.append(title)
                if rest.strip() == "=>":
                    if is_shown:
                        self._message(body[number + 1 :])
                    return
                if is_shown and not HOUSEKEEPING.match(heading):
                    self.screen.say(f"  {status:8} {title}")
            elif is_shown and line[:1] in ("-", "+", "@", " "):
                self.screen.say("    " + line)

    def _message(self, lines: list[str]) -> None:
        for line in yaml.safe_load("\n".join(lines))["msg"]:
            self.screen.say("  " + line)

    # -- what is shown -------------------------------------------------------------------------------------------

    def show(self) -> None:
        """The whole demonstration. Raises DemoError."""
        say = self.screen.say
        # The emulated tenant's own authority stands for the certificate that a real tenant would hand to its devices.
        variables = ["-e", f"@{VARIABLES}", "-e", f"harmony_onboarding_certificate_path={self.emulator.ca_path}"]

        self.screen.headline("What would onboarding change? (check mode, nothing is written)")
        predicted = self.play("onboard", *variables, "--check", is_shown=False)
        foreseen = next((found.group(1) for found in map(FORESEEN.search, predicted.lines) if found), "No")
        say(f"{foreseen} objects would be changed by {predicted.changed} tasks.")

        self.screen.headline("Onboard the tenant")
        first = self.play("onboard", *variables)
        say()
        is_as_said = first.changes == predicted.changes
        say(
            f"changed={first.changed}, "
            f"{'as check mode had said, task by task' if is_as_said else 'which is not what check mode had said'}."
        )

        self.screen.headline("Onboard it again: nothing is left to change")
        second = self.play("onboard", *variables, is_shown=False)
        say(f"changed={second.changed}")

        self.screen.headline("Edit one assignment, and look at the difference (check mode)")
        say("The iOS app is to be available, no longer required.")
        edited = self.play(
            "onboard",
            *variables,
            "-e",
            "harmony_onboarding_ios_app_intent=available",
            "--check",
            "--diff",
            "--tags",
            "groups,apps",
        )

        self.screen.headline("Gather the devices")
        devices = self.play("sync_devices")

        plays = {"check mode": predicted, "onboarding": first, "again": second, "edited": edited, "devices": devices}
        self._later(plays, variables)
        self._summary(plays)
        found = list(problems(plays))
        if found:
            raise DemoError("; ".join(found))

    def _later(self, plays: dict[str, Play], variables: list[str]) -> None:
        """What follows in the life of a tenant, as Ansible itself shows it."""
        self.screen.headline("Somebody changes an app in the portal: find the drift (check mode)")
        app = next(app for app in self.emulator.state()["records"][APPS] if app["@odata.type"].endswith("iosStoreApp"))
        lowest = {"minimumSupportedOperatingSystem": {"v15_0": True}}
        self.emulator.seed({"op": "update", "collection": APPS, "id": app["id"], "values": lowest})
        plays["drift"] = self.play("onboard", *variables, "--check", "--diff", "--tags", "apps", is_whole=True)

        self.screen.headline("Put it right")
        plays["put right"] = self.play("onboard", *variables, "--tags", "apps", is_shown=False)
        self.screen.say(f"changed={plays['put right'].changed}")

        self.screen.headline("Check Point's side is connected: ask for the health")
        self.emulator.seed({"op": "heartbeat", "id": HARMONY})
        self.emulator.seed({"op": "install_counts", "id": app["id"], "values": {"InstalledDeviceCount": 7}})
        plays["health"] = self.play("health", is_whole=True)
        self.tenant = self.emulator.state()

        self.screen.headline("Offboard the tenant")
        plays["offboarding"] = self.play("offboard", *variables, is_whole=True)

    def _summary(self, plays: dict[str, Play]) -> None:
        state, left = self.tenant, self.emulator.state()
        journal = self.emulator.journal()
        self.screen.headline("Summary")
        for name, play in plays.items():
            self.screen.say(f"{name:12} changed={play.changed:<3} {play.seconds:5.1f} s")
        self.screen.say()
        made = [
            f"{len(state['groups'])} groups",
            *(f"{len(state['records'][path])} {noun}" for path, noun in MADE.items()),
        ]
        self.screen.say(f"The emulated tenant had {', '.join(made)}.")
        remaining = len(left["groups"]) + sum(len(left["records"].get(path, ())) for path in MADE)
        self.screen.say(f"After the offboarding, {remaining} of them is left: the connector, which Check Point uses.")
        writes = sum(entry["method"] != "GET" and not re.search(r"/token|\$batch", entry["path"]) for entry in journal)
        self.screen.say(
            f"It answered {len(journal)} requests, {writes} of them writes, each checked against Microsoft's schema."
        )


APPS = "deviceAppManagement/mobileApps"
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
MADE = {
    APPS: "apps",
    "deviceAppManagement/mobileAppConfigurations": "app configurations",
    "deviceManagement/deviceConfigurations": "profiles",
    "deviceManagement/deviceCompliancePolicies": "compliance policies",
    "deviceManagement/mobileThreatDefenseConnectors": "connector",
}


def problems(plays: dict[str, Play]) -> Iterator[str]:
    """Yield what is not as it should be."""
    if plays["onboarding"].changed <= 0:
        yield "The first onboarding changed nothing"
    if plays["onboarding"].changes != plays["check mode"].changes:
        yield "Check mode did not predict the first onboarding"
    if plays["again"].changed != 0:
        yield f"The second onboarding changed {plays['again'].changes}"
    if plays["edited"].changed != 1:
        yield f"The edited assignment should be one change, not {plays['edited'].changes}"
    if (plays["drift"].changed, plays["put right"].changed) != (1, 1):
        yield f"The drift should be one change, not {plays['drift'].changes}, and put right by one"
    if not any("Harmony Mobile is working." in line for line in plays["health"].lines):
        yield "The health should be good"
    if plays["offboarding"].changed <= 0:
        yield "The offboarding removed nothing"
    for name, play in plays.items():
        for line in play.warnings():
            yield f"The play '{name}' warned: {line}"


def shown(argument: str) -> str:
    """An argument as a user would write it in the checkout."""
    return argument.replace(f"{ROOT}/", "")


def stop(process: subprocess.Popen[str]) -> None:
    """End a process that is still running."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def collections_path() -> Path:
    """Return the directory above ansible_collections/mobilesec/intune. A checkout elsewhere is copied into .build."""
    if ROOT.parts[-3:] == ("ansible_collections", "mobilesec", "intune"):
        return ROOT.parents[2]
    tree = ROOT / ".build" / "ansible_collections" / "mobilesec" / "intune"
    subprocess.run([sys.executable, str(ROOT / "tests" / "tools" / "sync_tree.py"), str(ROOT), str(tree)], check=True)
    return ROOT / ".build"


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description="Onboard an emulated tenant, twice, and show what happens.")
    parser.add_argument("--devices", type=int, default=300, help="size of the tenant's fleet (default: 300)")
    parser.add_argument(
        "--ansible-playbook",
        type=Path,
        default=ANSIBLE_PLAYBOOK,
        help="another version of Ansible than that of the tests",
    )
    parser.add_argument("--as-modules", action="store_true", help="each module in a process of its own")
    arguments = parser.parse_args()
    devices: int = arguments.devices
    signal.signal(signal.SIGTERM, interrupt)
    started = time.monotonic()
    try:
        with Emulator(devices=devices) as emulator:
            print(
                f"An emulated tenant with {devices} devices runs at {emulator.graph_url}. Nothing leaves this machine."
            )
            Demo(emulator, arguments.ansible_playbook, arguments.as_modules).show()
    except DemoError as error:
        print(f"\nThe demo failed: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The emulated tenant is gone.", file=sys.stderr)
        return 130
    print(f"\nAll is as it should be, in {time.monotonic() - started:.0f} seconds. The emulated tenant is stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
