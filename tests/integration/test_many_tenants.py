# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook works over an inventory of tenants: one that refuses does not stop the others and is reported."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.integration.harness import FQCN, Json, Player, Run, writes
from tests.samples import APPS, LOGIN

HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
HARMONY_LOGIN = ("harmony_url", "harmony_client_id", "harmony_access_key", "ca_path")
# Each playbook, with variables that hold for each tenant.
PLAYBOOKS: dict[str, Json] = {
    "bootstrap": {
        "bootstrap_login": "environment",
        "bootstrap_secret_file": "{{ place }}/{{ inventory_hostname }}.secret",
    },
    "preflight": {},
    "onboard": {},
    "health": {},
    "sync_devices": {"intune_devices_file": "{{ place }}/{{ inventory_hostname }}.csv"},
    "coverage": {"coverage_file": "{{ place }}/{{ inventory_hostname }}.coverage.csv"},
    "report": {"report_file": "{{ place }}/{{ inventory_hostname }}.html"},
    "unprotected_devices": {"unprotected_devices_file": "{{ place }}/unprotected.json"},
    "export": {"intune_export_dest": "{{ place }}/{{ inventory_hostname }}"},
    "apply": {"intune_apply_from": "{{ place }}/configuration"},
    "quarantine": {
        "quarantine_enabled": True,
        "quarantine_group": "Pilot",
        "quarantine_device_id": "{{ quarantined }}",
    },
    "reduce_permissions": {"reduce_permissions_app_id": "5f0c8a52-6c1d-4f8e-9b7a-3e2d1c0b9a87"},
    "offboard": {},
}
# What the ansible.cfg of a team may say, which is not meant for these playbooks.
TEAM_SETTINGS = {
    "ANSIBLE_ANY_ERRORS_FATAL": "true",
    "ANSIBLE_BECOME": "true",
    "ANSIBLE_BECOME_ALLOW_SAME_USER": "true",
    "ANSIBLE_BECOME_EXE": "/no/such/sudo",
    "ANSIBLE_HASH_BEHAVIOUR": "merge",
    "ANSIBLE_INJECT_FACT_VARS": "false",
    "ANSIBLE_STRATEGY": "free",
}
# One that checks, two that write with and without the role, and one that writes files: TENANTS=all for every playbook.
SHORT = ("preflight", "onboard", "apply", "sync_devices")


@pytest.fixture(scope="module")
def tenants() -> Iterator[dict[str, Emulator]]:
    with ExitStack() as stack:
        names = {"contoso": 1, "fabrikam": 2, "northwind": 3}
        yield {
            name: stack.enter_context(Emulator(devices=10, tenant_id=f"{number:08x}-0f3b-4d57-9a5e-0c0a1b2c3d4e"))
            for name, number in names.items()
        }


@pytest.fixture
def inventory(tenants: dict[str, Emulator], tmp_path: Path) -> Path:
    """Three onboarded tenants, of which fabrikam does not take the secret any more."""
    for tenant in tenants.values():
        tenant.reset()
        tenant.settings(permissions=list(DEFAULT_PERMISSIONS))
    hosts: dict[str, Json] = {
        name: {
            "ansible_python_interpreter": sys.executable,
            "intune_login": {option: tenant.endpoints[option] for option in LOGIN},
            "quarantined": tenant.seed({"op": "device", "number": 1, "values": {}})[0]["azureADDeviceId"],
            "harmony_login": {option: tenant.endpoints[option] for option in HARMONY_LOGIN},
        }
        for name, tenant in tenants.items()
    }
    hosts["fabrikam"]["intune_login"]["client_secret"] = "expired"
    place = tmp_path / "tenants.json"
    place.write_text(json.dumps({"tenants": {"hosts": hosts}}), encoding="utf-8")
    return place


def run(
    play: Player,
    playbook: str,
    inventory: Path,
    environment: dict[str, str] | None = None,
    more: Sequence[str] = (),
    **extra_vars: object,
) -> Run:
    login: dict[str, str | None] = {
        name: None for name in play.env if name.startswith(("AZURE_", "INTUNE_", "HARMONY_"))
    }
    return play(
        playbook=FQCN + playbook,
        extra=["-i", str(inventory), "-e", "intune_tenants=tenants", *more],
        extra_vars={**PLAYBOOKS[playbook], "place": str(inventory.parent), **extra_vars},
        env={**login, "INTUNE_TOKEN_CACHE": "none", **(environment or {})},
    )


def make_healthy(tenant: Emulator) -> None:
    tenant.seed({"op": "heartbeat", "id": HARMONY})
    for app in tenant.state()["records"][APPS]:
        tenant.seed({"op": "install_counts", "id": app["id"], "values": {"InstalledDeviceCount": 2}})


def written(tenant: Emulator) -> list[Json]:
    return [entry for entry in writes(tenant.journal()) if "/reports/" not in entry.get("url", "")]


def test_every_playbook_is_here() -> None:
    here = Path(__file__).parents[2] / "playbooks"
    assert sorted(PLAYBOOKS) == sorted(path.stem for path in here.glob("*.yml"))


@pytest.mark.parametrize("playbook", PLAYBOOKS if os.environ.get("TENANTS") == "all" else SHORT)
def test_a_tenant_that_refuses_does_not_stop_the_others(
    play: Player, tenants: dict[str, Emulator], inventory: Path, playbook: str, tmp_path: Path
) -> None:
    well = [tenant for name, tenant in tenants.items() if name != "fabrikam"]
    (tmp_path / "configuration").mkdir()
    (tmp_path / "configuration/groups.yml").write_text("intune_groups: [{name: Made here}]\n", encoding="utf-8")
    if playbook in ("health", "offboard"):
        run(play, "onboard", inventory)
    if playbook == "health":
        for tenant in well:
            make_healthy(tenant)
    if playbook == "reduce_permissions":
        for tenant in well:
            tenant.settings(
                permissions=[
                    "AppRoleAssignment.ReadWrite.All",
                    "DelegatedPermissionGrant.ReadWrite.All",
                    "Directory.Read.All",
                ]
            )
            tenant.seed(
                {
                    "op": "application",
                    "app_id": PLAYBOOKS[playbook]["reduce_permissions_app_id"],
                    "scopes": ["DeviceManagementApps.ReadWrite.All"],
                }
            )
    if playbook == "quarantine":
        for tenant in well:
            tenant.seed({"op": "create", "collection": "groups", "body": {"displayName": "Pilot"}})
    if playbook == "bootstrap":
        for tenant in well:
            tenant.settings(permissions=["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"])
    for tenant in tenants.values():
        tenant.journal(clear=True)
    result = run(play, playbook, inventory)
    assert result.rc == 2, result.output[-3000:]
    summary = result["Summary of the tenants"].result["msg"]
    assert summary[0] == "2 of 3 tenants succeeded", summary
    assert [line for line in summary if line.endswith(": ok")] == ["  contoso: ok", "  northwind: ok"]
    (reason,) = [line for line in summary if line.startswith("  fabrikam: ")]
    assert "AADSTS7000215" in reason, reason
    assert len(result.named("Summary of the tenants")) == 1
    assert "expired" not in result.output
    assert not written(tenants["fabrikam"])
    for tenant in well:
        writing = ("bootstrap", "onboard", "apply", "quarantine", "reduce_permissions", "offboard")
        assert bool(written(tenant)) == (playbook in writing)


def test_every_play_is_the_same_under_the_settings_of_a_team() -> None:
    here = Path(__file__).parents[2] / "playbooks"
    for path in here.glob("*.yml"):
        for play in yaml.safe_load(path.read_text(encoding="utf-8")):
            assert (play["become"], play["gather_facts"], play["any_errors_fatal"]) == (False, False, False), path
            assert play["strategy"] == "ansible.builtin.linear", path


def test_every_playbook_checks_the_logins() -> None:
    here = Path(__file__).parents[2] / "playbooks"
    for name in PLAYBOOKS:
        text = (here / f"{name}.yml").read_text(encoding="utf-8")
        assert "tasks/start.yml" in text or "tasks/login.yml" in text, name


@pytest.mark.parametrize("playbook", ["onboard", "sync_devices"])
def test_a_tenant_without_a_login_of_its_own_is_not_the_one_of_the_environment(
    play: Player, tenants: dict[str, Emulator], inventory: Path, playbook: str
) -> None:
    """Also where the host is chosen alone, and where a variable of it ended empty."""
    hosts = json.loads(inventory.read_text(encoding="utf-8"))
    login = hosts["tenants"]["hosts"]["contoso"].pop("intune_login")
    hosts["tenants"]["hosts"]["northwind"]["intune_login"]["tenant_id"] = ""
    inventory.write_text(json.dumps(hosts), encoding="utf-8")
    names = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID", "client_secret": "AZURE_CLIENT_SECRET"}
    environment = {name: login[option] for option, name in names.items()}
    environment |= {"AZURE_AUTHORITY_HOST": login["authority_host"], "INTUNE_GRAPH_URL": login["graph_url"]}
    for tenant in tenants.values():
        tenant.journal(clear=True)
    result = run(play, playbook, inventory, environment, ["--limit", "contoso:northwind"])
    assert result.rc != 0
    for name in ("contoso", "northwind"):
        assert f"'{name}' is one of several tenants and has no intune_login" in " ".join(result.output.split())
    assert all(tenant.journal() == [] for tenant in tenants.values())


def test_a_tenant_without_a_login_to_harmony_mobile_is_not_the_one_of_the_environment(
    play: Player, tenants: dict[str, Emulator], inventory: Path
) -> None:
    hosts = json.loads(inventory.read_text(encoding="utf-8"))
    del hosts["tenants"]["hosts"]["contoso"]["harmony_login"]
    inventory.write_text(json.dumps(hosts), encoding="utf-8")
    tenants["contoso"].journal(clear=True)
    result = run(play, "coverage", inventory)
    assert "'contoso' is one of several tenants and has no harmony_login" in " ".join(result.output.split())
    assert tenants["contoso"].journal() == []


def test_a_report_on_a_tenant_never_asks_the_harmony_mobile_of_the_environment(
    play: Player, tenants: dict[str, Emulator], inventory: Path
) -> None:
    hosts = json.loads(inventory.read_text(encoding="utf-8"))
    login = hosts["tenants"]["hosts"]["contoso"].pop("harmony_login")
    inventory.write_text(json.dumps(hosts), encoding="utf-8")
    environment = {option.upper(): login[option] for option in HARMONY_LOGIN[:3]}
    alone = run(play, "report", inventory, environment, ["--limit", "contoso"])
    assert "'contoso' is one of several tenants and has no harmony_login" in " ".join(alone.output.split())
    together = run(play, "report", inventory, environment, ["--limit", "contoso,northwind"])
    assert together.rc == 0, together.output[-3000:]
    asked = {name: "device_status" in json.dumps(tenant.journal()) for name, tenant in tenants.items()}
    assert asked == {"contoso": False, "fabrikam": False, "northwind": True}


def test_tenants_never_write_to_the_same_file(
    play: Player, tenants: dict[str, Emulator], inventory: Path, tmp_path: Path
) -> None:
    for playbook, variable in (
        ("sync_devices", "intune_devices_file"),
        ("export", "intune_export_dest"),
        ("bootstrap", "bootstrap_secret_file"),
        ("report", "report_file"),
    ):
        variables: Json = {variable: str(tmp_path / "one")}
        result = run(play, playbook, inventory, **variables)
        assert "Several tenants would write to" in result.output
        assert not (tmp_path / "one").exists()
    assert all(tenant.journal() == [] for tenant in tenants.values())


def test_unprotected_devices_of_all_tenants_are_in_one_report_under_the_settings_of_a_team(
    play: Player, tenants: dict[str, Emulator], inventory: Path, tmp_path: Path
) -> None:
    tenants["contoso"].seed(
        {
            "op": "device",
            "number": 1,
            "values": {"partnerReportedThreatState": "unresponsive", "deviceName": "{{ evil }}"},
        }
    )
    result = run(play, "unprotected_devices", inventory, TEAM_SETTINGS)
    found = json.loads((tmp_path / "unprotected.json").read_text(encoding="utf-8"))
    assert "{{ evil }}" in {one["intune_device_name"] for one in found}
    assert {one["intune_tenant"] for one in found} == {"contoso", "northwind"}
    report = result["Report"].result["msg"]
    assert report[0].startswith(f"Unprotected devices: {len(found)} of ")
    assert report[1] == "Not read: fabrikam"
    assert len(result.named("Summary of the tenants")) == 1
