# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_mtd_connector against the emulated tenant."""

from __future__ import annotations

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.names import snake_case
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import WRITABLE
from tests.emulator.client import Emulator
from tests.integration.harness import Json, Player, run_through, task
from tests.samples import CONNECTORS

HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
ALL: Json = {snake_case(name): True for name in WRITABLE if name != "partnerUnresponsivenessThresholdInDays"}


def test_a_connector_with_every_option_lives_through_check_real_and_repeated_runs(
    play: Player, emulator: Emulator
) -> None:
    run = run_through(
        play,
        "intune_mtd_connector",
        {"partner": "Check Point Harmony Mobile", **ALL, "partner_unresponsiveness_threshold_in_days": 7},
        {**dict.fromkeys(ALL, False), "ios_enabled": True, "partner_unresponsiveness_threshold_in_days": 14},
        {"partner": "check point harmony mobile"},
    )
    assert run["create"].result["id"] == HARMONY
    assert run["update"].after["partner_unresponsiveness_threshold_in_days"] == 14
    assert emulator.state()["records"].get(CONNECTORS, []) == []


def test_partner_state_and_heartbeat_are_returned(play: Player, emulator: Emulator) -> None:
    play([task("intune_mtd_connector", id=HARMONY, ios_enabled=True)])
    emulator.seed({"op": "heartbeat", "id": HARMONY})
    run = play([task("intune_mtd_connector", "read", partner="Check Point Harmony Mobile", ios_enabled=True)])
    assert run.rc == 0, run.output
    assert not run["read"].changed
    connector = run["read"].result["mtd_connector"]
    assert connector["partner_state"] == "enabled"
    assert connector["last_heartbeat_date_time"].startswith("20")


@pytest.mark.provokes_bad_requests
def test_an_entry_of_the_catalogue_that_was_never_set_up_counts_as_absent(play: Player, emulator: Emulator) -> None:
    body = {"id": HARMONY, "partnerState": "neverConfigured"}
    emulator.seed({"op": "create", "collection": CONNECTORS, "body": body, "id": HARMONY})
    options: Json = {"partner": "Check Point Harmony Mobile", "android_enabled": True}
    run = play(
        [
            task("intune_mtd_connector", "absent", partner="Check Point Harmony Mobile", state="absent"),
            task("intune_mtd_connector", "predict", check=True, **options),
            task("intune_mtd_connector", "create", **options),
            task("intune_mtd_connector", "again", **options),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [False, True, True, False]
    assert run["predict"].after == run["create"].after
    (connector,) = emulator.state()["records"][CONNECTORS]
    assert connector["androidEnabled"] is True


def test_an_unknown_partner_is_refused_before_any_request_and_the_known_ones_are_listed(play: Player) -> None:
    run = play(
        [
            task("intune_mtd_connector", "unknown", ignore_errors=True, partner="Chekpoint"),
            task("intune_mtd_connector", "neither", ignore_errors=True, ios_enabled=True),
            task("intune_mtd_connector", "both", ignore_errors=True, partner="Zimperium", id=HARMONY),
        ]
    )
    assert all(item.failed and item.requests == [] for item in run.tasks), run.output
    assert "Check Point Harmony Mobile" in run["unknown"].message
    assert "Zimperium" in run["unknown"].message
