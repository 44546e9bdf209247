# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real host names of the clouds through a proxy with a CA of its own, as in a company network."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import Json, Player, task

NO_ENDPOINTS = {"AZURE_AUTHORITY_HOST": None, "INTUNE_GRAPH_URL": None, "INTUNE_TOKEN_CACHE": "none"}
GROUP: Json = {"name": "Harmony", "members": ["user01@contoso.example"]}


def proxied(emulator: Emulator) -> dict[str, str | None]:
    return {**NO_ENDPOINTS, "HTTPS_PROXY": str(emulator.endpoints["proxy_url"])}


@pytest.mark.parametrize("variable", ["INTUNE_CA_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_global_cloud_works_with_nothing_but_a_ca(play: Player, emulator: Emulator, variable: str) -> None:
    env = {**proxied(emulator), "INTUNE_CA_PATH": None, variable: emulator.ca_path}
    run = play(
        [
            task("intune_group", "create", **GROUP),
            task("intune_group", "again", **GROUP),
            task("intune_device_facts", "devices"),
        ],
        env=env,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False]
    # A member is a URL of the cloud that is written to.
    assert len(emulator.state()["groups"][0]["members"]) == 1


@pytest.mark.parametrize("cloud", ["us_gov", "us_gov_dod", "china", "AzureUSGovernment", "AzureChinaCloud"])
def test_a_national_cloud_is_chosen_by_its_name(play: Player, emulator: Emulator, cloud: str) -> None:
    run = play([task("intune_group", cloud=cloud, **GROUP)], env=proxied(emulator))
    assert run.rc == 0, run.output
    assert len(emulator.state()["groups"][0]["members"]) == 1
