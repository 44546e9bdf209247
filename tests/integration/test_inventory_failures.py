# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever goes wrong, the inventory ends in one sentence without a secret, and has all devices or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import Player
from tests.integration.inventories import Inventories

Json = dict[str, Any]
LENIENT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false"}


@pytest.fixture
def inventory(play: Player, emulator: Emulator, tmp_path: Path) -> Inventories:
    emulator.settings(page_size=10)
    return Inventories(play, emulator, tmp_path)


@pytest.mark.parametrize(
    "answer",
    [
        {"body": {"value": None}},
        {"body": {"value": [None]}},
        {"body": {"value": [{"deviceName": "without an id"}]}},
        {"body": {"value": [{"id": "1", "operatingSystem": ["iOS"]}]}},
        {"body": [{"id": "1"}]},
        {"status": 403, "message": "The secret is {secret}."},
        {"truncate": True},
    ],
    ids=str,
)
def test_a_page_that_cannot_be_used_makes_no_hosts(inventory: Inventories, emulator: Emulator, answer: Json) -> None:
    secret = str(emulator.endpoints["client_secret"])
    action = {"status": 200, **answer}
    if "message" in action:
        action["message"] = action["message"].format(secret=secret)
    emulator.faults({"match": {"path": "managedDevices.*skiptoken"}, "action": action})
    failed = inventory(env=LENIENT, parallel_pages=1)
    assert failed.hosts == {}
    assert "Traceback" not in failed.output
    assert "defect of the collection" not in failed.output
    assert "GET" in failed.output
    assert secret not in failed.output


def test_an_expression_that_fails_for_one_device_leaves_no_half_of_the_fleet(
    inventory: Inventories, emulator: Emulator
) -> None:
    emulator.seed({"op": "device", "number": 30, "values": {"model": None}})
    failed = inventory(env=LENIENT, compose={"short": "intune_model | truncate(5) ~ intune_model.missing"}, strict=True)
    assert failed.hosts == {}
    assert "Traceback" not in failed.output


def test_what_nobody_foresaw_is_one_sentence(inventory: Inventories, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    options: Json = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(cache)}
    assert inventory(**options).rc == 0
    (kept,) = cache.iterdir()
    kept.write_text('"no devices"')
    failed = inventory(**options)
    assert failed.rc != 0
    assert "Traceback" not in failed.output
    assert "Please report it" in failed.output


def test_a_list_without_an_end_is_ended(inventory: Inventories, emulator: Emulator) -> None:
    link = f"{emulator.graph_url}/beta/deviceManagement/managedDevices?$skiptoken=again"
    body = {"value": [], "@odata.nextLink": link}
    emulator.faults({"match": {"path": "managedDevices"}, "action": {"status": 200, "body": body}})
    failed = inventory()
    assert failed.rc != 0
    assert "never ends" in failed.output
