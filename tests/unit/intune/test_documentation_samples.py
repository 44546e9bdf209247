# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's documentation samples, written as options and back: what a sample sets, the options can set.

A sample is read as an object (info), given to its resource as options, and the body that comes out is compared with
what the sample sets. The table is printed with ``pytest -s``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils.intune.app import App
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.app_config import AppConfig
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.mtd_connector import MtdConnector
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.vpn_profile import VpnProfile
from ansible_collections.mobilesec.intune.plugins.module_utils.reconcile.info import as_options
from ansible_collections.mobilesec.intune.plugins.module_utils.reconcile.references import Reference, ResolvedNames, graph_type
from ansible_collections.mobilesec.intune.plugins.module_utils.reconcile.resource import Resource, options_given

HERE = Path(__file__).parent
SAMPLES = json.loads((HERE / "documentation_samples.json").read_text())["samples"]
TYPES = json.loads((HERE.parents[1] / "emulator" / "contract" / "beta.json").read_text())["types"]
RESOURCES: list[type[Resource]] = [App, AppConfig, VpnProfile, MtdConnector]

# What no option sets, and why.
LEFT_OUT = {
    "deviceManagementApplicabilityRuleOsEdition": "Windows editions: no part of mobile threat defense",
    "deviceManagementApplicabilityRuleOsVersion": "Windows versions: no part of mobile threat defense",
    "deviceManagementApplicabilityRuleDeviceMode": "Windows S mode: no part of mobile threat defense",
}


class Verbatim(ResolvedNames):
    """Names and ids are the same text here."""

    def id_of(self, reference: Reference) -> str:
        return reference.text

    def name_of(self, kind: Any, object_id: str) -> str:
        return object_id


def resource_of(sample: Mapping[str, Any]) -> Resource | None:
    wanted = graph_type(sample["body"])
    return next((kind() for kind in RESOURCES if wanted in [known.graph_type for known in kind.types]), None)


def writable(name: str) -> set[str]:
    found: set[str] = set()
    readonly: set[str] = set()
    current: str | None = name
    while current:
        for key, known in TYPES[current]["properties"].items():
            (readonly if known["readonly"] else found).add(key)
        current = TYPES[current].get("base")
    return found - readonly


def differences(sample: Mapping[str, Any]) -> list[str]:
    """The properties of a sample that the options cannot set to the sample's value."""
    resource = resource_of(sample)
    if resource is None:
        return ["the type"]
    raw = {"id": "placeholder", **sample["body"]}
    object_type = resource.type_of(raw)
    params = resource.prepare({**dict.fromkeys(known.option for known in resource.fields(object_type)), **as_options(resource, raw, Verbatim())})
    sent = {known.graph: known.kind.encode(value, None, Verbatim()) for known, value in options_given(params, resource.fields(object_type), object_type)}
    kinds = {known.graph: known.kind for known in resource.fields(object_type)}
    expected = {key: value for key, value in sample["body"].items() if key in writable(graph_type(raw)) and key not in LEFT_OUT and "@" not in key}
    return sorted(key for key, value in expected.items() if value not in (None, "", []) and (key not in sent or not kinds[key].equal(sent[key], value)))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['method']} {sample['page']}")
def test_the_options_can_say_what_a_sample_says(sample: Mapping[str, Any]) -> None:
    assert differences(sample) == []


def test_the_share_of_samples_is_printed() -> None:
    table = [(sample, differences(sample)) for sample in SAMPLES]
    for sample, missing in table:
        print(f"{'ok' if not missing else ', '.join(missing):40} {sample['method']:5} {graph_type(sample['body'])}")
    covered = sum(not missing for _sample, missing in table)
    print(f"{covered} of {len(table)} samples")
    assert covered == len(table)
