# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A misspelled variable of a playbook is refused, and not passed over, before anything is asked or written."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import COLLECTIONS, FQCN, Player

PLAYBOOKS = COLLECTIONS / "ansible_collections/mobilesec/intune/playbooks"
# Playbook -> a misspelled variable, and the right one.
MISSPELLED = {
    "apply": ("intune_apply_frm", "intune_apply_from"),
    "export": ("intune_export_resource", "intune_export_resources"),
    "health": ("health_grops", "health_groups"),
    "offboard": ("harmony_onboarding_plattforms", "harmony_onboarding_platforms"),
    "onboard": ("harmony_onboarding_sate", "harmony_onboarding_state"),
    "preflight": ("harmony_onboarding_stps", "harmony_onboarding_steps"),
    "reduce_permissions": ("reduce_permissions_ap_id", "reduce_permissions_app_id"),
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
