# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc says about the inventory plugin is what the plugin does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.inventory import managed_devices
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.query import OPTIONS
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony_interface import harmony_options
from ansible_collections.mobilesec.intune.plugins.module_utils._login_options import auth_options
from tests.unit.documentation.pages import ROOT, differences, each_option, sentences

PLUGIN = managed_devices.InventoryModule.NAME
OWN = yaml.safe_load(managed_devices.DOCUMENTATION)["options"]


@pytest.fixture(scope="module")
def documentation() -> dict[str, Any]:
    """The documentation with its fragments, as Ansible merges them."""
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT.parents[2])}
    command = [str(Path(sys.executable).with_name("ansible-doc")), "-t", "inventory", "--json", PLUGIN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)[PLUGIN])


def test_the_devices_are_chosen_with_the_options_of_the_module(documentation: dict[str, Any]) -> None:
    spec = {
        "entra_groups" if name == "groups" else name: option
        for name, option in {**auth_options(), **OPTIONS, **harmony_options()}.items()
    }
    options = documentation["doc"]["options"]
    # Nobody waits for five minutes for an inventory.
    spec["timeout"] = {**spec["timeout"], "default": 20}
    spec["retry_timeout"] = {**spec["retry_timeout"], "default": 30}
    assert list(differences({name: option for name, option in options.items() if name in spec}, spec)) == []


def test_plugins_read_the_environment_variables_that_modules_read(documentation: dict[str, Any]) -> None:
    """Of several, Ansible takes the last that is set for a plugin, and the first for a module."""
    documented = {
        name: [entry["name"] for entry in option["env"]]
        for name, option in documentation["doc"]["options"].items()
        if "env" in option
    }
    options = {**auth_options(), **harmony_options()}
    read = {name: option["fallback"][1][::-1] for name, option in options.items() if "fallback" in option}
    assert {name: documented.get(name) for name in read} == read


def test_every_own_option_is_described() -> None:
    for place, option in each_option(OWN):
        assert all(sentence.endswith(".") for sentence in sentences(option)), place


def test_the_groups_that_hosts_are_put_into_are_documented() -> None:
    text = " ".join(OWN["default_groups"]["description"])
    assert all(f"C(intune_{group}_" in text for group in managed_devices.DEFAULT_GROUPS)


def test_the_examples_use_options_that_there_are(documentation: dict[str, Any]) -> None:
    examples = list(yaml.safe_load_all(documentation["examples"]))
    assert len(examples) > 3
    for example in examples:
        assert example["plugin"] == PLUGIN
        assert set(example) <= set(documentation["doc"]["options"])


def test_by_default_a_graph_that_does_not_answer_is_reported_within_a_minute() -> None:
    assert OWN["timeout"]["default"] + OWN["retry_timeout"]["default"] <= 60
