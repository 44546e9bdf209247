# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a person's own login to an application that has exactly the permissions of what it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator import az
from tests.emulator.client import Emulator
from tests.integration.conftest import Certificates
from tests.integration.harness import FQCN, Json, Player, Run, task
from tests.integration.terminal import Terminal, user_env

VARIABLES: Json = {
    "harmony_onboarding_steps": ["groups", "apps", "app_config", "connector", "compliance", "device_facts"],
    "harmony_onboarding_compliance_threat_level": "low",
    "harmony_onboarding_ios_group": {"name": "Harmony Mobile iOS", "members": ["user01@contoso.example"]},
}


@pytest.fixture
def person(emulator: Emulator, play: Player, tmp_path: Path) -> dict[str, str | None]:
    """The environment of somebody who is logged in to the Azure CLI, and has no other credential."""
    token = emulator.user_token()
    env: dict[str, str | None] = dict(az.install(tmp_path / "bin", tenant=play.env["AZURE_TENANT_ID"], **token))
    none = dict.fromkeys(("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"))
    return {**env, **none, "INTUNE_TOKEN_CACHE": str(tmp_path)}


def bootstrap(play: Player, env: dict[str, str | None], check: bool = False, **variables: Any) -> Run:
    return play(playbook=f"{FQCN}bootstrap", extra_vars=variables, env=env, check=check, diff=True)


def summary(run: Run) -> str:
    return "\n".join(run["Summary"].result["msg"])


def test_an_application_with_the_permissions_of_the_steps_runs_them_and_no_others(
    play: Player, emulator: Emulator, person: dict[str, str | None], certificates: Certificates, tmp_path: Path
) -> None:
    public = tmp_path / "cert.pem"
    public.write_bytes(certificates.leaf.read_bytes())
    chosen = {**VARIABLES, "bootstrap_certificate": str(public)}
    predicted = bootstrap(play, person, check=True, **chosen)
    assert predicted.rc == 0, predicted.output[-3000:]
    assert "would be created" in summary(predicted)
    assert not [item for item in predicted.tasks if item.writes]
    created = bootstrap(play, person, **chosen)
    assert created.rc == 0, created.output[-3000:]
    # A person's login goes before that of an application.
    again = bootstrap(play, person, **chosen, intune_login={"access_token": "of an application"})
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert "WARNING" not in again.output
    app_id = created["Application with its service principal and credentials"].result["application"]["app_id"]
    held = emulator.state()["applications"][app_id]
    assert held == {
        "app_roles": [
            "DeviceManagementApps.ReadWrite.All",
            "DeviceManagementConfiguration.ReadWrite.All",
            "DeviceManagementManagedDevices.Read.All",
            "DeviceManagementServiceConfig.ReadWrite.All",
            "Group.ReadWrite.All",
            "User.ReadWrite.All",
        ],
        "scopes": [],
    }

    env = {
        "AZURE_CLIENT_ID": app_id,
        "AZURE_CLIENT_SECRET": None,
        "AZURE_CLIENT_CERTIFICATE_PATH": str(certificates.login),
        "INTUNE_TOKEN_CACHE": str(tmp_path),
    }
    onboarded = play(playbook=f"{FQCN}onboard", extra_vars=VARIABLES, env=env)
    assert onboarded.rc == 0, onboarded.output[-4000:]
    second = play(playbook=f"{FQCN}onboard", extra_vars=VARIABLES, env=env)
    assert (second.rc, second.changed) == (0, 0), second.output[-4000:]
    refused = play([task("intune_application_info", ignore_errors=True)], env=env)
    assert "Application.Read.All" in refused.tasks[0].message

    # Fewer steps are fewer permissions.
    less = bootstrap(play, person, bootstrap_steps=["apps"], bootstrap_certificate=str(public))
    assert less.rc == 0, less.output[-3000:]
    assert emulator.state()["applications"][app_id]["app_roles"] == ["DeviceManagementApps.ReadWrite.All"]
    assert "Microsoft Graph: Group.ReadWrite.All" in summary(less)


def test_a_secret_goes_to_a_file_and_nowhere_else(
    play: Player, emulator: Emulator, person: dict[str, str | None], tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    run = bootstrap(play, person, bootstrap_steps=["groups"], bootstrap_secret_file=str(path))
    assert run.rc == 0, run.output[-3000:]
    assert path.stat().st_mode & 0o777 == 0o600
    app_id = run["Application with its service principal and credentials"].result["application"]["app_id"]
    secret = path.read_text(encoding="utf-8")
    assert secret not in run.output
    env = {"AZURE_CLIENT_ID": app_id, "AZURE_CLIENT_SECRET": secret, "INTUNE_TOKEN_CACHE": "none"}
    assert play([task("intune_group", name="x")], env=env).rc == 0
    assert bootstrap(play, person, bootstrap_steps=["groups"], bootstrap_secret_file=str(path)).changed == 0


def test_what_is_missing_is_said_before_anything_is_asked(
    play: Player, emulator: Emulator, person: dict[str, str | None]
) -> None:
    cases: list[tuple[Json, str]] = [
        ({}, "needs something to log in with"),
        ({"bootstrap_login": "browser", "bootstrap_secret_file": "x"}, "azure_cli, device_code or environment"),
        ({"bootstrap_login": "device_code", "bootstrap_secret_file": "x"}, "Set bootstrap_tenant_id"),
    ]
    for variables, said in cases:
        run = bootstrap(play, person, **variables)
        assert run.rc
        assert said in run.output
    assert emulator.journal() == []


@pytest.mark.timing_decides
def test_a_person_without_the_azure_cli_enters_one_code(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    variables = {
        "bootstrap_login": "device_code",
        "bootstrap_tenant_id": "contoso.example",
        "bootstrap_steps": ["connector"],
        "bootstrap_federated_credentials": [
            {"name": "main", "issuer": "https://issuer.example", "subject": "repo:example/tenant"}
        ],
    }
    none = dict.fromkeys(("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"))
    env = {**user_env(tmp_path), **none}
    seen = Terminal(play, emulator, None, env, playbook=f"{FQCN}bootstrap", extra_vars=variables)
    assert seen.run.rc == 0, seen.run.output + seen.text
    assert len(seen.codes) == 1
    permissions = seen.run["Exactly the permissions of the steps"].result["application"]["permissions"]
    assert permissions == ["Microsoft Graph: DeviceManagementServiceConfig.ReadWrite.All"]
