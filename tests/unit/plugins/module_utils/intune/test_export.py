# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What intune_export chooses, and what it says of that which options cannot say."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.module_utils import _configuration as configuration
from ansible_collections.mobilesec.intune.plugins.module_utils import _variables_files as variables_files
from ansible_collections.mobilesec.intune.plugins.module_utils._engine import export
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.as_options import as_options
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions, SomeFailed
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    IntuneError,
    TooManyPages,
    Unauthorized,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import BY_PLURAL, RESOURCES, variable
from tests.emulator.inprocess import LocalTenant
from tests.samples import APPS, CONFIGS, PROFILES
from tests.unit.properties.options import subjects

Json = dict[str, Any]
GONE = "11111111-2222-3333-4444-555555555555"
DEFAULTS: Json = {
    "resources": None,
    "name_pattern": None,
    "assigned_to": None,
    "all_groups": False,
    "include_members": False,
    "shared_directory": False,
}


class Loader(yaml.SafeLoader):
    """Knows Ansible's tag."""


Loader.add_constructor("!unsafe", lambda loader, node: f"unsafe {node.value}")


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    made = LocalTenant()
    yield made
    assert made.writes == []
    assert made.refused == [] or made.graph.faults.rules


def have(tenant: LocalTenant, collection: str, graph_type: str, name: str, **values: Any) -> str:
    body = {"@odata.type": f"#microsoft.graph.{graph_type}", "displayName": name, **values}
    return str(tenant.seed({"op": "create", "collection": collection, "body": body})[0]["id"])


def group(tenant: LocalTenant, name: str, **values: Any) -> str:
    return str(tenant.seed({"op": "create", "collection": "groups", "body": {"displayName": name, **values}})[0]["id"])


def assign(tenant: LocalTenant, collection: str, object_id: str, *groups: str, **more: Any) -> None:
    kind = "#microsoft.graph.groupAssignmentTarget"
    entries = [{"target": {"@odata.type": kind, "groupId": found}, **more} for found in groups]
    tenant.seed({"op": "assign", "collection": collection, "id": object_id, "assignments": entries})


def exported(tenant: LocalTenant, dest: Path, check: bool = False, **options: Any) -> tuple[Json, Json]:
    """The variables in the files, and the result."""
    result = variables_files.export_to_files(tenant.session(), {**DEFAULTS, "dest": str(dest), **options}, check, True)
    found: Json = {}
    for path in sorted(dest.iterdir()):
        found.update(yaml.load(path.read_text(encoding="utf-8"), Loader=Loader))
    return found, result


def names(found: Json) -> dict[str, list[str]]:
    return {variable: [item.get("name") for item in items] for variable, items in found.items() if items}


def test_every_resource_is_exported_and_applied() -> None:
    assert set(RESOURCES) == {type(subject.resource) for subject in subjects()}
    playbook = Path(variables_files.__file__).parents[2] / "playbooks" / "apply.yml"
    tasks = yaml.safe_load(playbook.read_text(encoding="utf-8"))[0]["tasks"][0]["block"]
    (applied,) = [task for task in tasks if "mobilesec.intune.intune_configuration" in task]
    (read,) = [task for task in tasks if "ansible.builtin.include_vars" in task]
    name_of_a_file = read["ansible.builtin.include_vars"]["name"].removesuffix("{{ number }}")
    assert f"'{name_of_a_file}'" in applied["vars"]["_names"]
    all_files = "{{ query('ansible.builtin.vars', *_names) | combine(list_merge='append') }}"
    assert applied["mobilesec.intune.intune_configuration"] == {"configuration": all_files}
    taken = configuration.options()
    assert list(taken) == list(BY_PLURAL)
    assert all(taken[plural]["aliases"] == [variable(resource)] for plural, resource in BY_PLURAL.items())


def test_what_is_referred_to_comes_along_and_other_groups_do_not(tenant: LocalTenant, tmp_path: Path) -> None:
    pilot = group(tenant, "Pilot")
    group(tenant, "Other")
    vpn = have(
        tenant,
        PROFILES,
        "iosVpnConfiguration",
        "Tunnel",
        connectionName="c",
        connectionType="customVpn",
        identifier="i",
    )
    app = have(tenant, APPS, "iosStoreApp", "Harmony", publisher="p", appStoreUrl="https://apps.apple.com/app/id1")
    have(tenant, APPS, "iosStoreApp", "Unrelated", publisher="p", appStoreUrl="https://apps.apple.com/app/id2")
    settings = {"@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings", "vpnConfigurationId": vpn}
    assign(tenant, APPS, app, pilot, intent="required", settings=settings)
    config = have(tenant, CONFIGS, "iosMobileAppConfiguration", "Harmony settings", targetedMobileApps=[app])
    expected = {
        "intune_groups": ["Pilot"],
        "intune_vpn_profiles": ["Tunnel"],
        "intune_apps": ["Harmony"],
        "intune_app_configs": ["Harmony settings"],
    }

    found, _result = exported(tenant, tmp_path / "a", name_pattern="harmony*")
    assert names(found) == expected
    assert found["intune_apps"][0]["assignments"] == [
        {"group": "Pilot", "intent": "required", "settings": {"vpn_profile": "Tunnel"}}
    ]
    assert found["intune_app_configs"][0]["target_apps"] == ["Harmony"]
    found, _result = exported(tenant, tmp_path / "b", assigned_to=["Pilot"])
    assert names(found) == {key: value for key, value in expected.items() if key != "intune_app_configs"}
    found, _result = exported(tenant, tmp_path / "c", resources=["apps"], name_pattern="Harmony")
    assert names(found) == {"intune_apps": ["Harmony"]}
    found, _result = exported(tenant, tmp_path / "d", all_groups=True)
    assert names(found)["intune_groups"] == ["Other", "Pilot"]
    assert config


def test_a_resource_has_the_same_file_whatever_else_is_exported(tenant: LocalTenant, tmp_path: Path) -> None:
    exported(tenant, tmp_path / "all", resources=list(BY_PLURAL))
    every = {path.name for path in (tmp_path / "all").iterdir()}
    for resource in RESOURCES:
        exported(tenant, tmp_path / resource.plural, resources=[resource.plural])
        assert {path.name for path in (tmp_path / resource.plural).iterdir()} <= every


def test_ids_stay_where_names_do_not_tell_objects_apart(tenant: LocalTenant, tmp_path: Path) -> None:
    twins = [group(tenant, "Twin"), group(tenant, "Twin")]
    same = [
        have(
            tenant,
            PROFILES,
            "iosVpnConfiguration",
            "Same",
            connectionName="c",
            connectionType="customVpn",
            identifier="i",
        )
        for _twin in twins
    ]
    assign(tenant, PROFILES, same[0], twins[0])
    found, result = exported(tenant, tmp_path)
    assert sorted(item["id"] for item in found["intune_vpn_profiles"]) == sorted(same)
    (assigned,) = [item for item in found["intune_vpn_profiles"] if item["assignments"]]
    assert assigned["assignments"] == [{"group": twins[0]}]
    assert [item["id"] for item in found["intune_groups"]] == [twins[0]]
    text = "\n".join(result["warnings"])
    shared = "others have the same name, so the file has its ID, which another tenant does not have"
    assert f"{shared}: group 'Twin'." in text
    assert f"{shared}: VPN profile 'Same', 'Same'." in text
    assert f"These names do not identify one object, so the result has IDs: group 'Twin' ({twins[0]})." in text


def test_what_cannot_be_read_is_named_in_the_file_and_in_a_warning(tenant: LocalTenant, tmp_path: Path) -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    have(
        tenant,
        APPS,
        "iosStoreApp",
        "App",
        publisher="p",
        appStoreUrl="https://apps.apple.com/app/id1",
        largeIcon={"type": "image/png", "value": png},
    )
    have(tenant, APPS, "iosVppApp", "Bought")
    values = [{"key": "token", "value": "********"}]
    have(
        tenant,
        PROFILES,
        "iosVpnConfiguration",
        "Masked",
        connectionName="c",
        connectionType="customVpn",
        identifier="i",
        customData=values,
    )
    found, result = exported(tenant, tmp_path)
    text = "\n".join(result["warnings"])
    assert "icon is left out, since its value cannot be read back (add it by hand): app 'App'." in text
    assert "(it does not exist, and it cannot be created by this module: it comes with the next sync of " in text
    assert "its volume purchase program): app 'Bought'." in text
    masked = "ios.custom_data is left out, since Microsoft Graph shows a mask instead of its value"
    assert f"{masked} (add it by hand): VPN profile 'Masked'." in text
    assert "custom_data" not in found["intune_vpn_profiles"][0]["ios"]
    files = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert f"# {masked}" in files["vpn_profiles.yml"]
    assert "****" not in "".join(files.values())


def test_templates_stay_text_and_secrets_stay_out_of_the_diff(tenant: LocalTenant, tmp_path: Path) -> None:
    app = have(tenant, APPS, "iosStoreApp", "App", publisher="p", appStoreUrl="https://apps.apple.com/app/id1")
    settings = [
        {"appConfigKey": "user", "appConfigKeyType": "stringType", "appConfigKeyValue": "{{userprincipalname}} s3cret"}
    ]
    config = have(
        tenant,
        CONFIGS,
        "iosMobileAppConfiguration",
        "Settings",
        description="one\ntwo",
        targetedMobileApps=[app],
        settings=settings,
    )
    _found, result = exported(tenant, tmp_path)
    found, again = exported(tenant, tmp_path)
    assert not again["changed"]
    assert again["diff"] == []
    (item,) = found["intune_app_configs"]
    assert item["ios"]["settings"] == [
        {"key": "user", "type": "string", "value": "unsafe {{userprincipalname}} s3cret"}
    ]
    assert item["description"] == "one\ntwo"
    settings[0]["appConfigKeyValue"] = "other"
    tenant.seed({"op": "update", "collection": CONFIGS, "id": config, "values": {"settings": settings}})
    _found, changed = exported(tenant, tmp_path, check=True)
    assert changed["changed"]
    (diff,) = changed["diff"]
    assert diff["before"].count("********") == diff["after"].count("********") > 0
    assert "(changed)" in diff["after"]
    assert "s3cret" not in str((result, changed))
    assert "other" not in str(diff)


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\r", "\n", "\x7f", "\x1b"])
def test_a_name_never_gets_out_of_a_comment(tenant: LocalTenant, tmp_path: Path, end: str) -> None:
    for _twin in range(2):
        have(
            tenant,
            PROFILES,
            "iosVpnConfiguration",
            f"Twin{end}evil: yes",
            connectionName="c",
            connectionType="customVpn",
            identifier="i",
        )
    found, result = exported(tenant, tmp_path)
    assert "others have the same name" in str(result["warnings"])
    assert "evil" not in found
    assert [item["name"] for item in found["intune_vpn_profiles"]] == [f"Twin{end}evil: yes"] * 2


@pytest.mark.parametrize(
    "text", ["{{ x }}", "{% x %}", "{# x #}", "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% x %]"]
)
def test_whatever_ansible_takes_for_a_template_is_marked(tenant: LocalTenant, tmp_path: Path, text: str) -> None:
    app = have(
        tenant,
        APPS,
        "iosStoreApp",
        "App",
        description=text,
        publisher="p",
        appStoreUrl="https://apps.apple.com/app/id1",
    )
    properties = {
        "kind": "androidenterprise#managedConfiguration",
        "managedProperty": [{"key": text, "valueString": "plain"}],
    }
    payload = base64.b64encode(json.dumps(properties).encode()).decode()
    have(
        tenant,
        CONFIGS,
        "androidManagedStoreAppConfiguration",
        "Settings",
        targetedMobileApps=[app],
        packageId="app:x",
        payloadJson=payload,
    )
    found, _result = exported(tenant, tmp_path)
    assert found["intune_apps"][0]["description"] == f"unsafe {text}"
    assert found["intune_app_configs"][0]["android"]["managed_properties"] == {f"unsafe {text}": "plain"}


def test_an_encrypted_file_is_not_replaced(tenant: LocalTenant, tmp_path: Path) -> None:
    group(tenant, "Pilot")
    exported(tenant, tmp_path, all_groups=True)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    encrypted = tmp_path / "app_configs.yml"
    encrypted.write_text("$ANSIBLE_VAULT;1.1;AES256\n3031\n", encoding="utf-8")
    group(tenant, "Other")
    with pytest.raises(IntuneError, match=r"app_configs\.yml is encrypted with Ansible Vault"):
        variables_files.export_to_files(
            tenant.session(), {**DEFAULTS, "dest": str(tmp_path), "all_groups": True}, False, False
        )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {
        **kept,
        encrypted: b"$ANSIBLE_VAULT;1.1;AES256\n3031\n",
    }


MISSING = {"error": {"code": "BadRequest", "message": "Resource not found for the segment 'assignmentFilters'."}}


def failing(tenant: LocalTenant, *rules: tuple[str, Json]) -> None:
    tenant.graph.faults.replace([{"match": {"path": path}, "action": action} for path, action in rules])


def test_what_fails_does_not_keep_the_rest_from_being_exported(tenant: LocalTenant, tmp_path: Path) -> None:
    values: Json = {"connectionName": "c", "connectionType": "customVpn", "identifier": "i"}
    have(tenant, PROFILES, "iosVpnConfiguration", "Good", **values)
    broken = have(tenant, PROFILES, "iosVpnConfiguration", "Broken", **values)
    have(tenant, APPS, "iosStoreApp", "App", publisher="p", appStoreUrl="https://apps.apple.com/app/id1")
    exported(tenant, tmp_path)
    kept = (tmp_path / "compliance_policies.yml").read_text(encoding="utf-8")
    failing(
        tenant,
        ("deviceCompliancePolicies", {"status": 403}),
        (f"deviceConfigurations/{broken}", {"status": 403}),
    )
    with pytest.raises(SomeFailed) as failure:
        exported(tenant, tmp_path)
    lines = str(failure.value).splitlines()
    assert lines[0] == "This was not exported; everything else was."
    assert [line.partition(":")[0] for line in lines[1:]] == ["VPN profile 'Broken'", "compliance_policies"]
    assert "DeviceManagementConfiguration" in lines[1] or "HTTP 403" in lines[1]
    result = failure.value.to_result()
    assert "compliance_policies" not in [file["resource"] for file in result["files"]]
    assert (tmp_path / "compliance_policies.yml").read_text(encoding="utf-8") == kept
    vpn = (tmp_path / "vpn_profiles.yml").read_text(encoding="utf-8")
    assert "# VPN profile 'Broken': " in vpn
    assert [item["name"] for item in yaml.safe_load(vpn)["intune_vpn_profiles"]] == ["Good"]
    assert yaml.safe_load((tmp_path / "apps.yml").read_text(encoding="utf-8"))["intune_apps"][0]["name"] == "App"


def test_a_list_without_an_end_ends_the_export(tenant: LocalTenant, tmp_path: Path) -> None:
    tenant.graph.faults.replace([{"match": {"method": "GET", "path": "^/beta/"}, "action": {"link": "endless"}}])
    session = tenant.session()
    session.bounds = replace(session.bounds, max_pages=5)
    options: Json = {**DEFAULTS, "dest": str(tmp_path), "resources": ["apps", "mtd_connectors", "vpn_profiles"]}
    with pytest.raises(TooManyPages, match="option max_pages"):
        variables_files.export_to_files(session, options, False, True)
    # One $batch with the first pages, and the other pages of the first list.
    assert session.requests_sent <= 1 + 5
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_has_no_description_as_options_is_named_and_the_others_are_exported(
    tenant: LocalTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A", "B"):
        have(tenant, APPS, "iosStoreApp", name, publisher="p", appStoreUrl="https://apps.apple.com/app/id1")

    def unforeseen(resource: Any, raw: Json, names: Any) -> Json:
        return as_options(resource, {**raw, "roleScopeTagIds": 7} if raw.get("displayName") == "A" else raw, names)

    monkeypatch.setattr(export, "as_options", unforeseen)
    with pytest.raises(SomeFailed, match=r"everything else was\.\napp 'A': "):
        exported(tenant, tmp_path)
    assert [item["name"] for item in yaml.safe_load((tmp_path / "apps.yml").read_text())["intune_apps"]] == ["B"]


def test_a_resource_that_the_cloud_does_not_have_is_noted_and_passed_over(tenant: LocalTenant, tmp_path: Path) -> None:
    group(tenant, "Pilot")
    failing(tenant, ("assignmentFilters", {"status": 400, "body": MISSING}))
    found, result = exported(tenant, tmp_path, all_groups=True)
    assert names(found) == {"intune_groups": ["Pilot"], "intune_notification_templates": ["Device not compliant"]}
    assert result["warnings"] == [
        "This cloud does not have deviceManagement/assignmentFilters, so there is nothing of it to export."
    ]


def test_a_reason_is_one_line_with_the_names_behind_it(tenant: LocalTenant, tmp_path: Path) -> None:
    for number in range(30):
        have(tenant, APPS, "iosVppApp", f"Bought {number:02}")
    _found, result = exported(tenant, tmp_path)
    (line,) = result["warnings"]
    assert line.endswith("app 'Bought 00', " + ", ".join(f"'Bought {number:02}'" for number in range(1, 30)) + ".")


def test_a_reference_to_what_does_not_exist_is_kept_with_a_remark_in_the_file(
    tenant: LocalTenant, tmp_path: Path
) -> None:
    app = have(tenant, APPS, "iosStoreApp", "App", publisher="p", appStoreUrl="https://apps.apple.com/app/id1")
    lost = have(tenant, CONFIGS, "iosMobileAppConfiguration", "Lost", targetedMobileApps=[app])
    tenant.seed({"op": "update", "collection": CONFIGS, "id": lost, "values": {"targetedMobileApps": [GONE]}})
    found, result = exported(tenant, tmp_path)
    (config,) = found["intune_app_configs"]
    assert config["target_apps"] == [GONE]
    remark = f"{GONE} does not exist any more, or is of another type, and is kept as ID: app configuration 'Lost'."
    assert remark in "\n".join(result["warnings"])
    assert f"# {GONE} does not exist any more" in (tmp_path / "app_configs.yml").read_text(encoding="utf-8")


def test_an_application_that_has_left_the_tenant_is_kept_by_its_client_id(tenant: LocalTenant, tmp_path: Path) -> None:
    conditions = {"users": {"includeUsers": ["None"]}, "applications": {"includeApplications": [GONE]}}
    body = {"displayName": "P", "state": "disabled", "conditions": conditions}
    body["grantControls"] = {"operator": "OR", "builtInControls": ["mfa"]}
    tenant.seed({"op": "create", "collection": "identity/conditionalAccess/policies", "body": body})
    _found, result = exported(tenant, tmp_path, resources=["conditional_access_policies"])
    remark = f"{GONE} does not exist any more, or is of another type, and is kept as ID"
    assert remark in "\n".join(result["warnings"])
    assert "servicePrincipals" not in "\n".join(result["warnings"])
    text = (tmp_path / "conditional_access_policies.yml").read_text(encoding="utf-8")
    assert f"# {GONE} does not exist any more" in text


def test_an_assignment_to_a_deleted_group_is_kept_with_a_remark_in_the_file(
    tenant: LocalTenant, tmp_path: Path
) -> None:
    deleted = group(tenant, "Deleted")
    app = have(tenant, APPS, "iosStoreApp", "App", publisher="p", appStoreUrl="https://apps.apple.com/app/id1")
    assign(tenant, APPS, app, deleted, intent="required")
    tenant.seed({"op": "delete", "collection": "groups", "id": deleted})
    found, result = exported(tenant, tmp_path)
    assert [item["group"] for item in found["intune_apps"][0]["assignments"]] == [deleted]
    assert f"{deleted} does not exist any more" in "\n".join(result["warnings"])
    assert f"# {deleted} does not exist any more" in (tmp_path / "apps.yml").read_text(encoding="utf-8")


def test_a_list_that_is_refused_as_a_login_is_does_not_keep_the_rest_from_being_exported(
    tenant: LocalTenant, tmp_path: Path
) -> None:
    """https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1257"""
    have(tenant, APPS, "iosStoreApp", "App", publisher="p", appStoreUrl="https://apps.apple.com/app/id1")
    failing(tenant, ("ManagedAppProtections", {"status": 401}))
    with pytest.raises(SomeFailed) as failure:
        exported(tenant, tmp_path)
    assert all(line.startswith("app_protection_policies:") for line in str(failure.value).splitlines()[1:])
    assert yaml.safe_load((tmp_path / "apps.yml").read_text(encoding="utf-8"))["intune_apps"]
    failing(tenant, ("/beta/|/v1.0/|batch", {"status": 401}))
    with pytest.raises(Unauthorized):
        exported(tenant, tmp_path)


def test_an_app_of_google_play_without_a_package_name_keeps_its_id(tenant: LocalTenant, tmp_path: Path) -> None:
    (app,) = tenant.seed({"op": "import_app", "package": "com.example.one"})
    values = {"packageId": None, "appIdentifier": None}
    tenant.seed({"op": "update", "collection": APPS, "id": app["id"], "values": values})
    found, result = exported(tenant, tmp_path)
    (options,) = found["intune_apps"]
    assert options["id"] == app["id"]
    assert "it has no name to find it by, so the file has its ID" in "\n".join(result["warnings"])


def test_no_file_is_exported_through_a_symbolic_link(tenant: LocalTenant, tmp_path: Path) -> None:
    other, dest = tmp_path / "other", tmp_path / "dest"
    other.mkdir()
    dest.symlink_to(other)
    with pytest.raises(InvalidOptions, match=r"symbolic link.*directory itself"):
        exported(tenant, dest)
    dest.unlink()
    dest.mkdir()
    (other / "mine").write_text("of somebody else\n")
    (dest / "apps.yml").symlink_to(other / "mine")
    with pytest.raises(InvalidOptions, match=r"apps.yml' is a symbolic link.*file itself"):
        exported(tenant, dest)
    assert [path.name for path in dest.iterdir()] == ["apps.yml"]
    assert (other / "mine").read_text() == "of somebody else\n"


def test_a_file_of_the_user_is_not_replaced(tenant: LocalTenant, tmp_path: Path) -> None:
    mine = tmp_path / "groups.yml"
    mine.write_text("---\n# My own\ngroups: [a]\n")
    with pytest.raises(IntuneError, match=r"groups\.yml is not an export: it has no intune_groups"):
        exported(tenant, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["groups.yml"]
    mine.write_text("")
    exported(tenant, tmp_path)


def test_what_is_no_file_is_neither_read_nor_replaced(tenant: LocalTenant, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "apps.yml")
    with pytest.raises(InvalidOptions, match=r"apps\.yml' is a device, pipe or socket"):
        exported(tenant, tmp_path)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_directory_that_others_can_write_to_is_asked_for(tenant: LocalTenant, tmp_path: Path, mode: int) -> None:
    dest = tmp_path / "shared"
    dest.mkdir()
    dest.chmod(mode)
    with pytest.raises(InvalidOptions, match="other users can write"):
        exported(tenant, dest)
    assert list(dest.iterdir()) == []
    assert exported(tenant, dest, shared_directory=True)[1]["changed"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in dest.iterdir())
