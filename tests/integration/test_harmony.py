# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""harmony_device_info and harmony_alert_info against Harmony Mobile's side of the emulated tenant."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.harmony import ACCESS_KEY, CLIENT_ID
from tests.integration.harness import FQCN, Json, Player, task


def logins(emulator: Emulator) -> int:
    return int(emulator.harmony_report()["logins"])


@pytest.mark.both_ways
def test_devices_and_alerts_are_read_with_one_login(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    emulator.harmony(cap=10)
    dest = str(tmp_path / "devices.csv")
    run = play(
        [
            task("harmony_device_info", "devices"),
            task("harmony_device_info", "at risk", filters={"risk": ["high"]}),
            task("harmony_device_info", "file in check mode", check=True, dest=dest),
            task("harmony_device_info", "file", dest=dest),
            task("harmony_device_info", "file again", dest=dest),
            task("harmony_alert_info", "alerts", filters={"since": "2020-01-01"}),
        ],
        diff=True,
        env={"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")},
    )
    assert run.rc == 0, run.output
    report = emulator.harmony_report()
    devices = run["devices"].result["devices"]
    assert len(devices) == report["devices"]
    assert run["devices"].result["harmony_requests"] == len(run["devices"].requests) - 1
    assert [device["id"] for device in run["at risk"].result["devices"]] == [
        device["id"] for device in devices if device["risk"] == "high"
    ]
    assert [run[name].changed for name in ("file in check mode", "file", "file again")] == [True, True, False]
    assert run["file in check mode"].result["diff"] == run["file"].result["diff"]
    with Path(dest).open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [device["id"] for device in devices]
    assert run["alerts"].result["alerts"]
    assert report["logins"] == 1
    assert (report["problems"], report["unknown_filters"]) == ([], [])


def test_options_come_from_the_action_group_and_the_environment(play: Player, emulator: Emulator) -> None:
    nothing = dict.fromkeys(("HARMONY_URL", "HARMONY_CLIENT_ID", "HARMONY_ACCESS_KEY"))
    options = {
        "harmony_url": f"{emulator.graph_url}/auth/external",
        "harmony_client_id": CLIENT_ID,
        "harmony_access_key": ACCESS_KEY,
    }
    defaults: Json = {"module_defaults": {"group/mobilesec.intune.harmony": options}}
    tasks = [task("harmony_device_info", "devices", ignore_errors=True)]
    run = play(tasks, env=nothing, play=defaults)
    assert run["devices"].result["summary"]["total"] == emulator.harmony_report()["devices"]
    assert ACCESS_KEY not in run.output
    assert "harmony_client_id is missing" in play(tasks, env=nothing)["devices"].message
    # No task for Graph takes the key, and none for Harmony needs the login for Graph.
    no_graph = {name: None for name in play.env if name.startswith("AZURE_")}
    assert not play(tasks, env=no_graph)["devices"].failed


@pytest.mark.both_ways
def test_each_trouble_is_one_error_without_the_key_and_graphs_part_still_works(
    play: Player, emulator: Emulator, tmp_path: Path
) -> None:
    wrong = "wrong~access-key-of-somebody"
    emulator.harmony(count="high")
    run = play(
        [
            task("harmony_device_info", "lying count", ignore_errors=True),
            task("harmony_device_info", "wrong key", ignore_errors=True, harmony_access_key=wrong),
            task(
                "harmony_device_info",
                "down",
                ignore_errors=True,
                harmony_url="https://127.0.0.1:9",
                retry_timeout=0,
            ),
            task("harmony_device_info", "text", ignore_errors=True, filters={"risk": ["higher"]}),
            task("intune_device_facts", "graph", gather="summary"),
        ],
        verbosity=4,
        env={"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")},
    )
    assert "The list is incomplete." in run["lying count"].message
    assert "refused the login of the API key" in run["wrong key"].message
    assert "no connection to 127.0.0.1" in run["down"].message
    assert "higher" in run["text"].message
    assert not run["graph"].failed
    assert "Traceback" not in run.output
    assert wrong not in run.output
    assert ACCESS_KEY not in run.output


def test_a_token_that_expired_since_it_was_cached_is_replaced(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    cache = {"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")}
    assert play([task("harmony_device_info")], env=cache).rc == 0
    emulator.harmony(refusal=200)
    emulator.revoke_tokens()
    assert play([task("harmony_device_info")], env=cache).rc == 0
    assert logins(emulator) == 2


# -- coverage --------------------------------------------------------------------------------------------------------


def test_the_coverage_of_a_known_overlap_is_counted_exactly(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    emulator.settings(page_size=7)
    emulator.harmony(cap=10)
    options: Json = {"dest": str(tmp_path / "coverage.csv"), "parallel_pages": 1}
    run = play(
        [
            task("intune_harmony_coverage", "facts", parallel_pages=1),
            task("intune_harmony_coverage", "file in check mode", check=True, **options),
            task("intune_harmony_coverage", "file", **options),
            task("intune_harmony_coverage", "file again", **options),
            {"name": "use", "ansible.builtin.debug": {"msg": "{{ intune_harmony_coverage | length }} devices"}},
        ],
        diff=True,
        env={"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")},
    )
    assert run.rc == 0, run.output
    overlap = emulator.harmony_report()["overlap"]
    facts = run["facts"].result["ansible_facts"]
    summary = facts["intune_harmony_coverage_summary"]
    assert {name: count for name, count in summary["by_category"].items() if count} == {
        name: count for name, count in overlap.items() if count and name != "risk_differs"
    }
    assert summary["risk_differs"] == overlap["risk_differs"]
    assert run["facts"].result["graph_requests"] == len(run["facts"].graph)
    assert run["use"].result["msg"] == f"{len(facts['intune_harmony_coverage'])} devices"
    assert [run[name].changed for name in ("file in check mode", "file", "file again")] == [True, True, False]
    with Path(options["dest"]).open(encoding="utf-8", newline="") as file:
        assert [row["intune_id"] for row in csv.DictReader(file)] == [
            row["intune_id"] or "" for row in facts["intune_harmony_coverage"]
        ]


def test_the_playbook_shows_the_numbers_and_who_needs_a_look(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    run = play(playbook=f"{FQCN}coverage", extra_vars={"coverage_shown": 1})
    assert run.rc == 0, run.output
    overlap = emulator.harmony_report()["overlap"]
    text = "\n".join(run["Summary"].result["msg"])
    assert f"of which {overlap['protected']} are protected" in text
    assert f"never activated      {overlap['not_activated']}" in text
    assert f"  and {overlap['not_activated'] - 1} more" in text
    assert "harmony_only:" in text
    dest = tmp_path / "coverage.jsonl"
    run = play(playbook=f"{FQCN}coverage", extra_vars={"coverage_file": str(dest), "coverage_categories": ["silent"]})
    assert run.rc == 0, run.output
    assert len(dest.read_text(encoding="utf-8").splitlines()) == overlap["silent"]


def test_the_playbook_fails_without_harmony_mobile_and_the_devices_of_intune_are_still_read(
    play: Player, emulator: Emulator
) -> None:
    run = play(playbook=f"{FQCN}coverage", env={"HARMONY_ACCESS_KEY": "wrong~access-key"})
    assert run.rc != 0
    assert "refused the login of the API key" in run.output
    assert "wrong~access-key" not in run.output
    assert play(playbook=f"{FQCN}sync_devices", env={"HARMONY_ACCESS_KEY": "wrong~access-key"}).rc == 0
