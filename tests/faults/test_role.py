# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role under faults, by ansible-playbook, in real time: FAULTS=all for one fault of each sort, else for three."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.faults.catalogue import GRAPH, faults
from tests.faults.cells import assignment, store_app
from tests.faults.subjects import OTHERS
from tests.integration.harness import Player
from tests.race.race import EXAMPLE, Place
from tests.samples import APPS

Json = dict[str, Any]
# Answers mutated at random: a few of them, from some request on.
MUTATED: Json = {
    f"mutated {seed}": [{"match": {"path": GRAPH}, "skip": 3 * seed, "times": 3, "action": {"mutate": 1000 * seed}}]
    for seed in range(1, 13)
}
RULES = {fault.name: list(fault.rules) for fault in faults()} | MUTATED
SHORT = ("write: reset after it", "read: null value lasting", "mutated 4")
WHOLE = (
    *SHORT,
    "read: 429, Retry-After whole",
    "write: 429, Retry-After fraction",
    "read: 503 lasting",
    "write: 500 after it was carried out",
    "write: 409 lasting",
    "read: 403",
    "read: claims challenge",
    "read: token expired",
    "read: truncated",
    "read: sign-in page",
    "read: other types lasting",
    "write: empty",
    "read: redirect to another host",
    "list: nextLink foreign",
    "list: nextLink endless",
    "batch: first missing once",
    "batch: all 404 lasting",
    "batch: all 503 once",
    *(name for name in MUTATED if name not in SHORT),
)
# So that each end comes soon: the faults take real time here.
BOUNDS = {"retry_timeout": 8, "timeout": 10, "max_pages": 20}
PLAY: Json = {
    "module_defaults": {"group/mobilesec.intune.intune": BOUNDS},
    "roles": [{"role": "mobilesec.intune.harmony_onboarding"}],
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=5, users=5) as running:
        yield running


@pytest.mark.parametrize("name", WHOLE if os.environ.get("FAULTS") == "all" else SHORT)
def test_onboarding_under_a_fault_ends_well_or_clearly_and_the_next_one_finishes_it(
    emulator: Emulator, tmp_path: Path, name: str
) -> None:
    emulator.reset()
    group, app = emulator.seed(
        {"op": "create", "collection": "groups", "body": {"displayName": OTHERS}},
        {"op": "create", "collection": APPS, "body": store_app("Foreign app")},
    )
    emulator.seed(assignment(APPS, app["id"], group["id"]))
    emulator.faults(*RULES[name])
    place = Place(emulator, tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "journal").touch()
    run = Player(tmp_path / "home", emulator.env, tmp_path / "home" / "journal").start(play=PLAY, extra=EXAMPLE)()
    assert "Traceback" not in run.output
    assert "defect of the collection" not in run.output
    if run.rc:
        messages = [str(task.result.get("msg", "")) for task in run.tasks if task.failed]
        assert any(len(message) > 20 for message in messages), run.output[-2000:]
    assert place.again() == "ok, nothing changed"
    assert place.doubled() == []
    (kept,) = (item for item in emulator.state()["records"][APPS] if item["id"] == app["id"])
    assert [entry["target"]["groupId"] for entry in kept["assignments"]] == [group["id"]]
