# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A misspelled variable, and a limit without a value, is refused before anything is asked or written."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import COLLECTIONS, FQCN, Player, task, writes

PLAYBOOKS = COLLECTIONS / "ansible_collections/mobilesec/intune/playbooks"
# Playbook -> a misspelled variable, and the right one.
MISSPELLED = {
    "apply": ("intune_apply_frm", "intune_apply_from"),
    "bootstrap": ("bootstrap_step", "bootstrap_steps"),
    "coverage": ("coverage_flie", "coverage_file"),
    "export": ("intune_export_resource", "intune_export_resources"),
    "health": ("health_grops", "health_groups"),
    "offboard": ("harmony_onboarding_plattforms", "harmony_onboarding_platforms"),
    "onboard": ("harmony_onboarding_sate", "harmony_onboarding_state"),
    "preflight": ("harmony_onboarding_stps", "harmony_onboarding_steps"),
    "quarantine": ("quarantine_limt", "quarantine_limit"),
    "reduce_permissions": ("reduce_permissions_ap_id", "reduce_permissions_app_id"),
    "report": ("report_flie", "report_file"),
    "sync_devices": ("intune_devices_flie", "intune_devices_file"),
    "unprotected_devices": ("unprotected_devices_fil", "unprotected_devices_file"),
}


def test_every_playbook_is_here() -> None:
    assert sorted(MISSPELLED) == sorted(path.stem for path in PLAYBOOKS.glob("*.yml"))


@pytest.mark.parametrize("playbook", MISSPELLED)
def test_a_misspelled_variable_is_refused_with_the_right_name(play: Player, emulator: Emulator, playbook: str) -> None:
    name, right = MISSPELLED[playbook]
    run = play(playbook=FQCN + playbook, extra=["-e", f"{name}=x"])
    assert run.rc
    assert f"There is no variable {name}. Did you mean {right}?" in run.output
    assert emulator.journal() == []


@pytest.mark.parametrize("playbook", ["offboard", "onboard", "preflight"])
def test_a_variable_of_another_type_is_refused_without_the_description_of_all(play: Player, playbook: str) -> None:
    run = play(playbook=FQCN + playbook, extra=["-e", '{"harmony_onboarding_steps": {"vpn": true}}'])
    assert run.rc
    assert "Nothing was written. These variables cannot be used:" in run.output
    assert "'harmony_onboarding_steps' is of type dict and we were unable to convert to list" in run.output
    assert "argument_spec_data" not in run.output
    assert len(run.output.splitlines()) < 100


def test_a_limit_without_a_value_is_no_playbook_for_all(play: Player, emulator: Emulator) -> None:
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Theirs"}})
    run = play(
        [
            task("intune_group", "remove", name="Theirs", state="absent", created_by="{{ nothing }}"),
            task("intune_device_facts", "read", groups="{{ nothing }}"),
            task("intune_group_info", "list", name="{{ nothing }}"),
        ],
        extra_vars={"nothing": None},
        play={"ignore_errors": True},
    )
    assert [item.failed for item in run.tasks] == [True] * 3
    assert all("empty. Give a value, or leave it out" in item.result["msg"] for item in run.tasks)
    assert [entry for item in run.tasks for entry in item.graph] == []
    assert "Theirs" in [group["displayName"] for group in emulator.state()["groups"]]


@pytest.mark.parametrize(
    ("playbook", "variable"),
    [
        ("apply", {}),
        ("apply", {"intune_apply_from": " "}),
        ("sync_devices", {"intune_devices_filters": {}}),
        ("sync_devices", {"intune_devices_filters": {"model": []}}),
        ("sync_devices", {"intune_devices_groups": []}),
        ("export", {"intune_export_dest": "x", "intune_export_assigned_to": None}),
        ("export", {"intune_export_dest": "x", "intune_export_resources": []}),
        ("export", {"intune_export_dest": "x", "intune_export_name_pattern": ""}),
        ("offboard", {"harmony_onboarding_created_by": ""}),
        ("offboard", {"harmony_onboarding_created_by": None}),
        ("offboard", {"harmony_onboarding_platforms": []}),
        ("offboard", {"harmony_onboarding_steps": []}),
        ("coverage", {"coverage_groups": []}),
        ("report", {"report_groups": []}),
        ("health", {"health_groups": [""]}),
        ("health", {"health_app_pattern": ""}),
        ("reduce_permissions", {"reduce_permissions_app_id": " "}),
    ],
    ids=str,
)
def test_an_empty_limit_of_a_playbook_is_refused(
    play: Player, emulator: Emulator, playbook: str, variable: dict[str, object]
) -> None:
    run = play(playbook=FQCN + playbook, extra_vars=variable)
    assert run.rc
    assert "empty" in run.output
    assert list(writes(emulator.journal())) == []


def test_json_is_not_written_to_a_file_that_says_csv(play: Player) -> None:
    run = play(playbook=FQCN + "unprotected_devices", extra_vars={"unprotected_devices_file": "devices.CSV"})
    assert run.rc
    assert "'devices.CSV' ends in .csv. For CSV, run mobilesec.intune.sync_devices" in " ".join(run.output.split())
