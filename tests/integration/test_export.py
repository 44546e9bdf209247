# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An onboarded tenant is exported, the files are applied to it and to an empty second tenant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator.client import Emulator
from tests.integration.conftest import Certificates
from tests.integration.harness import COLLECTIONS, Json, Player, Run, ikev2_with
from tests.integration.onboarding import SECRET, full

PLAYBOOKS = COLLECTIONS / "ansible_collections" / "mobilesec" / "intune" / "playbooks"
# What differs between two tenants of the same configuration.
OWN = ("id", "DateTime", "sourceId", "version", "deployedAppCount", "links")


class Loader(yaml.SafeLoader):
    """Knows Ansible's tag."""


Loader.add_constructor("!unsafe", lambda loader, node: str(node.value))


def exported(play: Player, dest: Path, **options: Any) -> Run:
    variables = {f"intune_export_{name}": value for name, value in {"dest": str(dest), **options}.items()}
    run = play(playbook=PLAYBOOKS / "export.yml", extra_vars=variables, diff=True)
    assert run.rc == 0, run.output
    return run


def applied(play: Player, source: Path, **more: Any) -> Run:
    run = play(playbook=PLAYBOOKS / "apply.yml", extra_vars={"intune_apply_from": str(source)}, **more)
    assert run.rc == 0, run.output
    return run


def content(dest: Path) -> dict[str, Any]:
    return {
        key: value
        for path in sorted(dest.iterdir())
        for key, value in yaml.load(path.read_text(encoding="utf-8"), Loader=Loader).items()
    }


def configuration(emulator: Emulator) -> Json:
    """What a tenant has, with names instead of ids."""
    state = emulator.state()
    names = {item["id"]: item["displayName"] for item in state["groups"]}
    for records in state["records"].values():
        names |= {item["id"]: item["displayName"] for item in records if item.get("displayName")}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if not key.endswith(OWN)}
        if isinstance(value, list):
            return sorted(map(plain, value), key=json.dumps)
        return names.get(value, value) if isinstance(value, str) else value

    found = {path: plain(records) for path, records in state["records"].items() if records}
    kept = (
        "displayName",
        "description",
        "groupTypes",
        "membershipRule",
        "membershipRuleProcessingState",
        "securityEnabled",
        "mailEnabled",
    )
    return {**found, "groups": plain([{key: group[key] for key in kept} for group in state["groups"]])}


def test_an_onboarded_tenant_is_exported_and_made_again_elsewhere(
    play: Player, emulator: Emulator, certificates: Certificates, tmp_path: Path
) -> None:
    onboarded = play(
        **full(certificates, ios_group={"name": "{{ '{{' }} iOS }} 100 %", "description": "People\nwith iPhones"})
    )
    assert onboarded.rc == 0, onboarded.output[-4000:]
    dest = tmp_path / "exported"

    predicted = play(
        playbook=PLAYBOOKS / "export.yml", extra_vars={"intune_export_dest": str(dest)}, check=True, diff=True
    )
    assert predicted["Write the variables files"].changed
    assert not dest.exists()
    run = exported(play, dest)
    task = run["Write the variables files"]
    assert task.changed
    assert task.result["diff"] == predicted["Write the variables files"].result["diff"]
    assert SECRET not in run.output + json.dumps(task.result)
    assert not task.writes
    assert {path.stat().st_mode & 0o777 for path in dest.iterdir()} == {0o600}
    assert {file["path"] for file in task.result["files"]} == {str(path) for path in dest.iterdir()}
    assert not exported(play, dest)["Write the variables files"].changed
    (dest / "groups.yml").chmod(0o644)
    assert exported(play, dest)["Write the variables files"].changed

    text = json.dumps({key: value for key, value in content(dest).items() if key != "intune_mtd_connectors"})
    assert not [item["id"] for item in emulator.state()["groups"] if item["id"] in text]
    again = applied(play, dest)
    assert "WARNING" not in again.output
    assert again.changed == 0, [item.name for item in again.tasks if item.changed]
    assert not any(item.writes for item in again.tasks)

    with Emulator(devices=10) as second:
        env = {name: value for name, value in second.env.items() if name != "AZURE_POD_IDENTITY_AUTHORITY_HOST"}
        there: Json = {"env": {**env, "INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")}}
        moved = applied(play, dest, **there)
        assert sum(item["changed"] for item in moved["Bring the tenant to the configuration"].result["objects"]) > 5
        assert configuration(second) == configuration(emulator)
        assert applied(play, dest, **there).changed == 0
        back = tmp_path / "back"
        run = play(playbook=PLAYBOOKS / "export.yml", extra_vars={"intune_export_dest": str(back)}, **there)
        assert run.rc == 0, run.output
        assert content(back) == content(dest)

    unnamed = play(playbook=PLAYBOOKS / "export.yml")
    assert "-e intune_export_dest=" in unnamed["Look for the directory"].message
    nowhere = play(playbook=PLAYBOOKS / "apply.yml", extra_vars={"intune_apply_from": str(tmp_path / "nowhere")})
    assert f"no file of an export in '{tmp_path / 'nowhere'}'" in nowhere["Look for the files"].message


def test_files_with_one_variable_are_applied_together(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    for name in ("groups.yml", "more.yaml"):
        (tmp_path / name).write_text(f"intune_groups: [{{name: Group of {name}}}]\n", encoding="utf-8")
    applied(play, tmp_path)
    names = {group["displayName"] for group in emulator.state()["groups"]}
    assert {"Group of groups.yml", "Group of more.yaml"} <= names


def test_secrets_that_were_added_by_hand_are_in_no_output(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    ikev2 = ikev2_with(SECRET)
    setting = {"key": "registration", "secret_value": SECRET}
    app = {"@odata.type": "#microsoft.graph.iosStoreApp", "displayName": "App"}
    emulator.seed({"op": "create", "collection": "deviceAppManagement/mobileApps", "body": app})
    variables: Json = {
        "vpn_profiles.yml": {
            "intune_vpn_profiles": [{"name": "Tunnel", "ios_ikev2": ikev2}, {"name": "Other", "ios_ikev2": ikev2}]
        },
        "app_configs.yml": {
            "intune_app_configs": [{"name": "Settings", "target_apps": ["App"], "ios": {"settings": [setting]}}]
        },
    }
    vault = VaultLib([("default", VaultSecret(b"of the vault"))])
    (tmp_path / "key").write_text("of the vault", encoding="utf-8")
    for name, content in variables.items():
        (tmp_path / name).write_bytes(vault.encrypt(yaml.safe_dump(content)))
    run = applied(play, tmp_path, extra=["--vault-password-file", str(tmp_path / "key")], verbosity=3, diff=True)
    assert [item["place"] for item in run["Bring the tenant to the configuration"].result["objects"]] == [
        "vpn_profiles[0]",
        "vpn_profiles[1]",
        "app_configs[0]",
    ]
    assert SECRET not in run.output
    assert all(SECRET not in json.dumps(item.result) for item in run.tasks)
    assert SECRET in json.dumps(emulator.state())
