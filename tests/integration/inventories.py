# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-inventory with sources of the inventory plugin."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.emulator.client import Emulator
from tests.integration.harness import Json, Player

PLUGIN = "mobilesec.intune.managed_devices"
STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


@dataclass
class Inventory:
    """What ansible-inventory said: variables by host, hosts by group."""

    rc: int
    output: str
    requests: list[Json]
    hosts: dict[str, Json] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)

    def host(self, device: Json) -> str:
        """The name of the one host that a device has become."""
        (name,) = [name for name, variables in self.hosts.items() if variables["intune_id"] == device["id"]]
        return name


class Inventories:
    """Runs ansible-inventory with sources made of options."""

    def __init__(self, play: Player, emulator: Emulator, folder: Path) -> None:
        self.play = play
        self.emulator = emulator
        self.folder = folder

    def source(self, name: str = "devices.intune.yml", text: str = "", **options: Any) -> Path:
        path = self.folder / name
        path.write_text(yaml.safe_dump({"plugin": PLUGIN, **options}, allow_unicode=True) + text, encoding="utf-8")
        return path

    def __call__(
        self,
        *sources: Path,
        arguments: tuple[str, ...] = (),
        env: Mapping[str, str | None] | None = None,
        **options: Any,
    ) -> Inventory:
        named = [part for source in sources or (self.source(**options),) for part in ("-i", str(source))]
        self.emulator.journal(clear=True)
        done = self.play.command("ansible-inventory", *named, "--list", *arguments, env={**STRICT, **(env or {})})
        requests = [entry for entry in self.emulator.journal() if entry["path"].startswith("/beta/")]
        if done.returncode:
            return Inventory(done.returncode, flat(done.stderr), requests)
        content = json.loads(done.stdout)
        groups: dict[str, set[str]] = defaultdict(set)
        groups.update(
            {
                name: set(group.get("hosts", [])) | set(group.get("children", []))
                for name, group in content.items()
                if name != "_meta"
            }
        )
        return Inventory(0, flat(done.stderr), requests, content["_meta"]["hostvars"], groups)


def flat(text: str) -> str:
    """Ansible's words without the line breaks of its display."""
    return " ".join(text.split())
