# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins of users in real runs: by the Azure CLI, and by a code that Ansible shows at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import az
from tests.emulator.client import Emulator
from tests.integration.harness import Player, task
from tests.integration.terminal import APPLICATION, Terminal, user_env

READ = task("intune_group", "read", name="x", state="absent")


@pytest.fixture
def tenant(emulator: Emulator) -> Iterator[Emulator]:
    emulator.settings(public_clients=[APPLICATION])
    emulator.seed({"op": "application", "app_id": APPLICATION, "scopes": ["Group.Read.All"]})
    yield emulator
    emulator.settings(public_clients=[])


@pytest.mark.both_ways
def test_whoever_is_logged_in_to_the_azure_cli_runs_the_task(play: Player, tenant: Emulator, tmp_path: Path) -> None:
    env = az.install(tmp_path / "bin", tenant=play.env["AZURE_TENANT_ID"], **tenant.user_token())
    tasks = [
        task("intune_group", "create", name="By hand", azure_cli=True),
        task("intune_permission_info", "permissions", steps=["groups", "apps"], azure_cli=True),
    ]
    # The secret of the environment is for another login.
    run = play(tasks, env={**env, "INTUNE_TOKEN_CACHE": str(tmp_path), "AZURE_CLIENT_SECRET": "wrong"}, verbosity=4)
    assert run.rc == 0, run.output
    assert run["create"].changed
    found = run["permissions"].result
    assert {entry["type"] for entry in found["granted"]} == {"delegated"}
    assert [entry["name"] for entry in found["missing"]] == ["DeviceManagementApps.ReadWrite.All"]
    assert "delegated permission DeviceManagementApps.ReadWrite.All" in found["missing"][0]["fix"]
    assert not [entry for item in run.tasks for entry in item.requests if entry["path"].endswith("/token")]
    (account,) = (tmp_path / "bin").glob("account.json")
    assert tenant.user_token()["token"] not in run.output
    assert account.read_text().split('"')[-2] not in run.output


@pytest.mark.both_ways
def test_an_azure_cli_without_a_login_is_one_sentence(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    env = az.install(tmp_path / "bin", tenant="x", state="logged_out", token="")
    run = play([task("intune_group", name="x", azure_cli=True)], env={**env, "INTUNE_TOKEN_CACHE": "none"})
    (item,) = run.tasks
    assert "Run 'az login --tenant" in item.message
    assert "Traceback" not in run.output


@pytest.mark.parametrize(("in_process", "said"), [("true", "no terminal"), ("false", "INTUNE_IN_PROCESS")])
def test_without_a_terminal_nobody_is_asked_for_a_code(
    play: Player, tenant: Emulator, tmp_path: Path, in_process: str, said: str
) -> None:
    env = {**user_env(tmp_path), "INTUNE_IN_PROCESS": in_process}
    run = play([task("intune_group", name="x", device_code=True)], env=env)
    (item,) = run.tasks
    assert item.failed
    assert said in item.message
    assert not item.requests


@pytest.mark.timing_decides
def test_a_user_at_a_terminal_enters_one_code_for_a_play(play: Player, tenant: Emulator, tmp_path: Path) -> None:
    tasks = [
        task("intune_group_info", "first", device_code=True),
        task("intune_group_info", "second", device_code=True),
        task("intune_group", "write", name="x", device_code=True, ignore_errors=True),
    ]
    seen = Terminal(play, tenant, tasks, user_env(tmp_path))
    assert seen.run.rc == 0, seen.run.output + seen.text
    assert len(seen.codes) == 1
    assert seen.codes[0] not in seen.run.stdout
    assert seen.run["first"].result["groups"] == seen.run["second"].result["groups"]
    message = seen.run["write"].message
    assert "grant it as delegated permission" in message
    assert f"Refused was user admin@contoso.example with application {APPLICATION}" in message
    # A run without a terminal, or as a module, uses what is cached.
    assert play([task("intune_group_info", device_code=True)], env=user_env(tmp_path)).rc == 0
    # In a job of AWX, ansible-runner gives Ansible a terminal that nobody sees.
    env = {**user_env(tmp_path), "AWX_HOST": "https://awx.example.com", "AZURE_TENANT_ID": "contoso.example"}
    refused = Terminal(play, tenant, tasks[:1], env)
    assert refused.codes == []
    assert "AWX_HOST is set" in refused.run["first"].message


def test_the_inventory_plugin_uses_the_login_of_the_azure_cli(play: Player, tenant: Emulator, tmp_path: Path) -> None:
    source = tmp_path / "devices.intune.yml"
    source.write_text("plugin: mobilesec.intune.managed_devices\nazure_cli: true\n", encoding="utf-8")
    token = tenant.user_token(client_id=APPLICATION, scopes=["DeviceManagementManagedDevices.Read.All"])
    env = az.install(tmp_path / "bin", tenant=play.env["AZURE_TENANT_ID"], **token)
    listing = play.command("ansible-inventory", "-i", str(source), "--list", env={**env, "INTUNE_TOKEN_CACHE": "none"})
    assert listing.returncode == 0, listing.stderr
    assert len(json.loads(listing.stdout)["_meta"]["hostvars"]) == 40
    assert token["token"] not in listing.stdout + listing.stderr
    source.write_text("plugin: mobilesec.intune.managed_devices\ndevice_code: true\n", encoding="utf-8")
    refused = play.command("ansible-inventory", "-i", str(source), "--list", env=user_env(tmp_path))
    assert "no terminal" in refused.stderr
