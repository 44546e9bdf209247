# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook quarantine: off by default, bounded, and only for devices that can be in a group."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.emulator.client import Emulator
from tests.integration.harness import FQCN, Player
from tests.samples import LOGIN

GROUP = "Harmony Mobile quarantine"
NOBODY = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "11111111-2222-3333-4444-555555555555"


def group(emulator: Emulator, name: str, **body: Any) -> None:
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": name, **body}})


def members(emulator: Emulator, name: str = GROUP) -> int:
    (found,) = (each for each in emulator.state()["groups"] if each["displayName"] == name)
    return len(found["members"])


def test_a_device_is_put_into_quarantine_and_taken_out(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    devices = emulator.seed(*({"op": "device", "number": number, "values": {}} for number in range(2)))
    ids = [device["azureADDeviceId"] for device in devices]
    for name in (GROUP, "Empty", "Twice", "Twice"):
        group(emulator, name)
    group(emulator, "By rule", groupTypes=["DynamicMembership"], membershipRule='(device.deviceOSType -eq "iPad")')
    variables = {
        "quarantine_device_id": ids[0],
        "quarantine_enabled": "true",
        "quarantine_group": GROUP,
        "quarantine_limit": "1",
        "quarantine_state": "present",
    }
    put = play(playbook=FQCN + "quarantine", extra_vars=variables)
    assert (put.rc, members(emulator)) == (0, 1), put.output
    assert f"Device {ids[0]} was put into quarantine." in put.output

    # Hosts of one tenant that differ in what they ask for: the reason why each fails, or what is shown.
    cases: dict[str, tuple[dict[str, Any], str]] = {
        "off": ({"quarantine_enabled": False, "quarantine_group": "Empty"}, "would be put into quarantine. Nothing"),
        "off_out": ({"quarantine_enabled": False, "quarantine_state": "absent"}, "would be taken out of quarantine."),
        "again": ({"quarantine_device_id": ids[0].upper()}, "did not have to be put into quarantine."),
        "one_too_many": ({"quarantine_device_id": ids[1]}, "has 1 members, and quarantine_limit is 1"),
        "unregistered": ({"quarantine_device_id": NOBODY}, "not registered"),
        "unknown": ({"quarantine_device_id": UNKNOWN, "quarantine_group": "Empty"}, "Not found"),
        "misspelled": ({"quarantine_group": "Quarantine"}, "was not found, or its name is not unique"),
        "ambiguous": ({"quarantine_group": "Twice"}, "was not found, or its name is not unique"),
        "by_rule": ({"quarantine_group": "By rule"}, "is dynamic"),
        "no_state": ({"quarantine_state": "out"}, "quarantine_state is present or absent"),
        "no_limit": ({"quarantine_limit": 0}, "quarantine_limit a number above 0"),
    }
    login = {
        "ansible_python_interpreter": sys.executable,
        "intune_login": {option: emulator.endpoints[option] for option in LOGIN},
    }
    hosts = {name: {**login, "case": {**variables, **case}} for name, (case, _shown) in cases.items()}
    place = tmp_path / "hosts.json"
    place.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    run = play(
        playbook=FQCN + "quarantine",
        extra=["-i", str(place), "-e", "intune_tenants=all:!localhost"],
        extra_vars={name: f"{{{{ case.{name} }}}}" for name in variables},
    )
    summary = {line.split(":")[0].strip(): line for line in run["Summary of the tenants"].result["msg"]}
    for name, (_case, shown) in cases.items():
        is_well = name in ("off", "off_out", "again")
        assert shown in (run.output if is_well else summary[name])
        assert summary[name].endswith(": ok") is is_well
    assert (members(emulator), members(emulator, "Empty")) == (1, 0)

    out = play(playbook=FQCN + "quarantine", extra_vars={**variables, "quarantine_state": "absent"})
    assert (out.rc, members(emulator)) == (0, 0), out.output
    assert "was taken out of quarantine." in out.output
