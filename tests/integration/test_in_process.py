# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In Ansible's own process or as a module: which it is, and that nothing else differs.

The tests that take `play` run in both ways, and what they returned is compared.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.parse
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator.client import Emulator
from tests.emulator.settings import CLIENT_SECRET
from tests.integration.both_ways import SWITCH
from tests.integration.conftest import Certificates
from tests.integration.harness import FQCN, Json, Player, Run, task

pytestmark = pytest.mark.both_ways

READ: Json = {"name": "x", "state": "absent"}
NO_SECRET = {"AZURE_CLIENT_SECRET": None, "INTUNE_TOKEN_CACHE": "none"}
HERE = "in Ansible's own process"
SECRETS = ("s3cret-of-an-app~1", "s3cret-of-an-app~2")


def ways(run: Run) -> list[str]:
    """What Ansible said at -vvv of each run of a module."""
    mark = f"{FQCN}intune_group runs "
    return [line.partition(mark)[2] for line in run.stdout.splitlines() if mark in line]


def read(label: str, options: Json | None = None, **keywords: object) -> Json:
    return {**task("intune_group", label, **{**READ, **(options or {})}), **keywords}


# -- which way ----------------------------------------------------------------------------------------------


@pytest.fixture
def alone(player: Player, emulator: Emulator) -> Player:
    """Plays that are not repeated in the other way, and with the switch as users find it."""
    player.env.pop(SWITCH, None)
    return player


def test_the_way_is_shown_and_everything_that_needs_a_process_gets_one(alone: Player, tmp_path: Path) -> None:
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n', encoding="utf-8")
    for script in (wrapper, sudo):
        script.chmod(0o755)
    here, elsewhere = "ansible_python_interpreter", {"ansible_python_interpreter": str(wrapper)}
    tasks = [
        read("here"),
        read("found", vars={here: "auto_silent"}),
        read("named", vars={here: "{{ ansible_playbook_python }}"}),
        read("switched off", environment={SWITCH: "no"}),
        read("become", become=True, vars={"ansible_become_exe": str(sudo)}),
        {**read("async"), "async": 60, "poll": 1},
        read("interpreter", vars=elsewhere),
        read("variable", environment={"PYTHONDONTWRITEBYTECODE": "1"}),
        read(
            "ssh",
            vars={"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
            ignore_unreachable=True,
        ),
    ]
    run = alone(tasks, verbosity=3, env={"ANSIBLE_ASYNC_DIR": str(tmp_path)})
    for item in run.tasks[:-1]:
        assert item.status == "ok", item.result
    assert run["ssh"].status == "unreachable"
    assert ways(run)[:3] == [HERE] * 3
    for said, reason in zip(
        ways(run)[3:],
        ("INTUNE_IN_PROCESS", "become", "asynchronous", str(wrapper), "PYTHONDONTWRITEBYTECODE", "ssh"),
        strict=True,
    ):
        assert said.startswith("as a module: ")
        assert reason in said


def test_a_task_of_a_remote_host_that_is_delegated_to_the_controller_runs_there(alone: Player) -> None:
    inventory = alone.home / "far.ini"
    inventory.write_text("far ansible_connection=ssh ansible_python_interpreter=/no/such/python\n", encoding="utf-8")
    run = alone(
        [read("delegated", delegate_to="localhost")], play={"hosts": "far"}, extra=["-i", str(inventory)], verbosity=3
    )
    assert run["delegated"].status == "ok", run.output
    assert ways(run) == [HERE]


def test_the_switch_turns_it_off_and_refuses_what_is_neither_true_nor_false(alone: Player) -> None:
    run = alone(
        [read("off"), read("wrong", environment={SWITCH: "perhaps"}, ignore_errors=True)],
        env={SWITCH: "false"},
        verbosity=3,
    )
    assert ways(run) == ["as a module: INTUNE_IN_PROCESS turns the other way off"]
    assert run["wrong"].failed
    assert "INTUNE_IN_PROCESS is 'perhaps'" in run["wrong"].message


# -- the same in both ----------------------------------------------------------------------------------------


def test_bad_arguments_are_refused_before_any_request(play: Player) -> None:
    wrong: list[tuple[str, Json]] = [
        ("intune_group", {}),
        ("intune_group", {**READ, "no_such_option": 1}),
        ("intune_group", {**READ, "state": "gone"}),
        ("intune_group", {**READ, "timeout": "soon"}),
        ("intune_app", {"name": "x", "assignments": [{"group": "x", "intent": "demanded"}]}),
        ("intune_app_config", {"name": "x", "ios": {"settings": [], "settings_xml": ""}}),
        ("intune_app_config", {"name": "x", "ios": {"settings": [{"value": "without a key"}]}}),
        ("intune_group_info", {"name": "x", "id": "x"}),
    ]
    run = play(
        [task(module, str(number), ignore_errors=True, **options) for number, (module, options) in enumerate(wrong)]
    )
    for item in run.tasks:
        assert item.failed, item.result
        assert item.message
        assert not item.requests
    assert "Traceback" not in run.output


def test_options_that_stand_empty_are_not_given(play: Player) -> None:
    empty: Json = {"state": None, "description": None, "visibility": None, "members": None, "restore": None}
    run = play([{**task("intune_group", "created", name="Empty options", **empty), "check_mode": True}])
    assert run["created"].changed


def test_the_environment_of_a_task_counts_for_this_task_only(play: Player, emulator: Emulator) -> None:
    by_item = {"AZURE_CLIENT_SECRET": "{{ kept if item == 'a' else 'wrong' }}"}
    tasks = [
        read("with", environment={"AZURE_CLIENT_SECRET": CLIENT_SECRET}),
        read("without", ignore_errors=True),
        read("of a variable", environment={"AZURE_CLIENT_SECRET": "{{ kept }}"}),
        read("in a loop", {"name": "{{ item }}"}, loop=["a", "b"], environment=by_item, ignore_errors=True),
        {**read("without again", ignore_errors=True), "register": "last"},
        read(
            "of the task itself",
            {"client_secret": CLIENT_SECRET},
            environment={"INTUNE_ACCESS_TOKEN": "that.of.another-tenant"},
        ),
    ]
    run = play(tasks, env=NO_SECRET, extra_vars={"kept": CLIENT_SECRET})
    assert [item.status for item in run.tasks] == ["ok", "ignored", "ok", "ignored", "ignored", "ok"], run.output
    assert "AZURE_CLIENT_SECRET" in run["without"].message
    assert [item.get("failed", False) for item in run["in a loop"].result["results"]] == [False, True]


def test_secrets_are_masked_wherever_they_appear(play: Player) -> None:
    setting = [{"key": "token", "secret_value": SECRETS[0]}, {"key": "plain", "value": "shown"}]
    config: Json = {"name": f"of {SECRETS[0]}", "target_apps": ["com.example"], "ios": {"settings": setting}}
    tasks = [
        read("option", {"client_secret": CLIENT_SECRET, "name": f"the name is {CLIENT_SECRET}"}),
        read("environment", {"name": CLIENT_SECRET}),
        task(
            "intune_app_config",
            "text",
            ignore_errors=True,
            name="x",
            android={"secret_managed_properties": json.dumps({"key": [SECRETS[1]]})},
        ),
        task(
            "intune_app_config",
            "bad text",
            ignore_errors=True,
            name=7,
            state="x",
            android={"secret_managed_properties": json.dumps({"key": SECRETS[1]})},
        ),
        task("intune_app_config", "refused", ignore_errors=True, **config),
        {**read("all of it", {"name": SECRETS[1]}), "no_log": True},
        read("bad value", {"client_secret": SECRETS[1], "state": SECRETS[1]}, ignore_errors=True),
    ]
    run = play(tasks, diff=True, verbosity=4)
    for item in run.tasks:
        assert not {CLIENT_SECRET, *SECRETS} & set(str(item.result).split("'")), item.result
    for secret in (CLIENT_SECRET, *SECRETS):
        assert secret not in run.output
    assert run["option"].result["invocation"]["module_args"]["client_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert run["environment"].result["invocation"]["module_args"]["name"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert "censored" in run["all of it"].result


def test_a_secret_in_the_environment_of_a_task_is_masked(play: Player, way: str) -> None:
    """As a module, only without -vvv: then Ansible itself shows the command line, which has the environment."""
    name = read(
        "environment of the task",
        {"name": SECRETS[0]},
        environment={"AZURE_CLIENT_SECRET": SECRETS[0]},
        ignore_errors=True,
    )
    run = play([name], diff=True, verbosity=4 if way == "in_process" else 2)
    assert run["environment of the task"].failed
    assert SECRETS[0] not in str(run["environment of the task"].result)
    assert SECRETS[0] not in run.output


@pytest.mark.provokes_bad_requests
def test_a_secret_that_graph_repeats_is_masked_in_any_form(play: Player, emulator: Emulator) -> None:
    secret = 's3cret "of" a\\device'
    shown = [secret, json.dumps(secret)[1:-1], urllib.parse.quote(secret)]
    echo = {"error": {"code": "BadRequest", "message": f"Bad value: {' '.join(shown)}"}}
    emulator.faults({"match": {"path": "^/beta/"}, "action": {"status": 400, "body": echo}})
    run = play(
        [
            task(
                "intune_app_config",
                "refused",
                ignore_errors=True,
                name="x",
                ios={"settings": [{"key": "k", "secret_value": secret}]},
            )
        ],
        verbosity=3,
    )
    assert "Bad value: ********" in run["refused"].message
    for form in shown:
        assert form not in run["refused"].message
        assert form not in json.dumps(run["refused"].result["graph_error"])


def test_templates_vaulted_values_registers_loops_and_facts_work(
    play: Player, emulator: Emulator, tmp_path: Path
) -> None:
    vault = VaultLib([("default", VaultSecret(b"of the vault"))])
    secret = vault.encrypt(CLIENT_SECRET).decode().replace("\n", "\n  ")
    (tmp_path / "vars.yml").write_text(f"kept: !vault |\n  {secret}\n", encoding="utf-8")
    (tmp_path / "key").write_text("of the vault", encoding="utf-8")
    tasks = [
        {
            **read(
                "made",
                {
                    "name": "{{ prefix }} {{ item }}",
                    "state": "{{ 'present' }}",
                    "client_secret": "{{ kept }}",
                    "timeout": "{{ '30' }}",
                },
            ),
            "loop": ["Grün", "O'Brien"],
            "register": "made",
        },
        {
            **read(
                "until", {"name": "{{ made.results[0].group.name }}", "state": "present", "client_secret": "{{ kept }}"}
            ),
            "register": "again",
            "until": "again is not changed",
            "retries": 2,
            "delay": 0,
        },
        task("intune_device_facts", "facts", client_secret="{{ kept }}", fields=["id", "model"]),
        {
            "name": "use",
            "ansible.builtin.debug": {
                "msg": "{{ intune_devices | length }} {{ made.results | map(attribute='group.name') | join(',') }}"
            },
        },
    ]
    extra = ["-e", f"@{tmp_path / 'vars.yml'}", "--vault-password-file", str(tmp_path / "key")]
    run = play(tasks, env=NO_SECRET, extra=extra, extra_vars={"prefix": "Harmony"})
    assert run.rc == 0, run.output
    assert run["use"].message == "40 Harmony Grün,Harmony O'Brien"
    assert CLIENT_SECRET not in run.output


def test_warnings_are_returned_and_shown_once(play: Player) -> None:
    options: Json = {
        "name": "x",
        "type": "ios_store_app",
        "publisher": "x",
        "app_store_url": "https://apps.apple.com/us/app/x/id1",
    }
    tasks = [
        task("intune_app", "warned", check=True, **options, assignments=[{"group": "Nobody's"}]),
        task("intune_app", "calm", check=True, **options),
        {
            **task("intune_app", "loop", check=True, **options, assignments=[{"group": "{{ item }}"}]),
            "loop": ["Harmony", "Melody"],
        },
    ]
    run = play(tasks)
    assert run.rc == 0, run.output
    assert "Nobody's" in run["warned"].warnings
    assert "warnings" not in run["calm"].result
    for group in ("Nobody's", "Harmony", "Melody"):
        assert run.output.count(f"'{group}' does not exist") == 1


def test_relative_paths_are_those_of_the_playbook(play: Player, certificates: Certificates, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(certificates.authority.read_bytes())
    options = {"name": "Root", "platform": "ios", "root_certificate_path": "root.pem"}
    playbook = tmp_path / "play.yml"
    tasks = [{"name": "made", f"{FQCN}intune_certificate_profile": options}]
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    run = play(playbook=playbook)
    assert run.rc == 0, run.output
    assert run["made"].changed


# -- being interrupted ---------------------------------------------------------------------------------------

WAIT: Json = {"partner": "Check Point Harmony Mobile", "ios_enabled": True, "wait_for": "enabled", "wait_timeout": 250}


def processes_of(folder: Path) -> list[int]:
    """The processes that a play started, by the environment that they were given."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if os.fsencode(folder / "results") in environment and state != "Z":
            found.append(int(entry.name))
    return found


@pytest.mark.timing_decides
def test_a_long_wait_ends_at_the_timeout_of_the_task(play: Player) -> None:
    running = play.start(
        [{**task("intune_mtd_connector", "wait", **WAIT), "timeout": 4, "ignore_errors": True}, read("next")]
    )
    run = running()
    # Ansible leaves the process of a module alone that it does not wait for any longer; it would ask on in the next
    # test.
    for process in processes_of(running.folder):
        os.kill(process, signal.SIGKILL)
    assert run.rc == 0, run.output
    assert run["wait"].failed
    assert run["next"].status == "ok"


@pytest.mark.timing_decides
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_a_long_wait_is_interrupted_and_leaves_no_process(play: Player, emulator: Emulator) -> None:
    # A test run in the background has it ignored, and its children would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running = play.start([task("intune_mtd_connector", "wait", **WAIT)])
    end = time.monotonic() + 60
    while not any(
        entry["path"].endswith("mobileThreatDefenseConnectors") and entry["method"] == "POST"
        for entry in emulator.journal()
    ):
        assert time.monotonic() < end
        time.sleep(0.1)
    running.process.send_signal(signal.SIGINT)
    running.process.communicate(timeout=60)
    end = time.monotonic() + 30
    while processes_of(running.folder):
        assert time.monotonic() < end, "a process is left"
        time.sleep(0.1)
