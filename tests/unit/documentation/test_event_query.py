# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the automation controller counts, by the results that the modules document."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

QUERIES: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parents[3] / "extensions/audit/event_query.yml").read_text(encoding="utf-8")
)


def documented_result(name: str) -> dict[str, Any]:
    module = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{name.rpartition('.')[2]}")
    returned = yaml.safe_load(module.RETURN)
    return {
        key: {inner: entry["sample"] for inner, entry in value["contains"].items()}
        for key, value in returned.items()
        if "contains" in value
    }


def counted(query: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    jq = shutil.which("jq")
    if not jq:
        pytest.skip("jq is not on this machine")
    done = subprocess.run(
        [jq, "--compact-output", query], input=json.dumps(result), capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", QUERIES)
def test_a_result_counts_one_node_and_a_failure_none(name: str) -> None:
    query = QUERIES[name]["query"]
    (node,) = counted(query, documented_result(name))
    assert node["name"] == "contoso.example"
    assert node["canonical_facts"] == {"tenant_id": "7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e"}
    assert node["facts"]["device_type"] == "intune_tenant"
    assert counted(query, {"failed": True, "msg": "no login"}) == []
