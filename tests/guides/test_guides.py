# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guides that begin in a tenant that has something: each is followed in one as the guide describes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.settings import CLIENT_ID, DEFAULT_PERMISSIONS
from tests.guides import azure_cli
from tests.guides.reader import ROOT, Reader
from tests.samples import APPS, CONNECTORS

HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
GROUP_TARGET = "#microsoft.graph.groupAssignmentTarget"


@pytest.fixture
def tenant() -> Iterator[Emulator]:
    with Emulator(devices=50, tenant_domain="contoso.onmicrosoft.com") as emulator:
        yield emulator


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def created(tenant: Emulator, collection: str, **body: Any) -> str:
    """Create an object as somebody does in the portal; its id."""
    (made,) = tenant.seed({"op": "create", "collection": collection, "body": body})
    return str(made["id"])


def assigned(tenant: Emulator, collection: str, identifier: str, group: str, **more: Any) -> None:
    target = {"@odata.type": GROUP_TARGET, "groupId": group}
    tenant.seed(
        {"op": "assign", "collection": collection, "id": identifier, "assignments": [{"target": target, **more}]}
    )


def test_what_the_portal_created_is_taken_over(home: Path, tenant: Emulator) -> None:
    group = created(tenant, "groups", displayName="Mobile pilot")
    app = created(
        tenant,
        APPS,
        **{
            "@odata.type": "#microsoft.graph.iosStoreApp",
            "displayName": "Check Point Harmony",
            "publisher": "Check Point",
            "appStoreUrl": "https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797",
            "minimumSupportedOperatingSystem": {"v15_0": True},
        },
    )
    assigned(tenant, APPS, app, group, intent="available")
    created(tenant, CONNECTORS, id=HARMONY, iosEnabled=True, androidEnabled=False)
    tenant.seed({"op": "heartbeat", "id": HARMONY})
    reader = Reader("taking_over", home, tenant)
    try:
        reader.prepare()
        reader.follow()
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")
    (left,) = tenant.state()["records"][APPS]
    assert left["id"] == app


def test_an_onboarding_is_taken_back_and_what_others_use_stays(home: Path, tenant: Emulator) -> None:
    reader = onboarded("offboarding", home, tenant)
    group = created(tenant, "groups", displayName="Board")
    app = next(app for app in tenant.state()["records"][APPS] if app["@odata.type"].endswith("iosStoreApp"))
    assigned(tenant, APPS, app["id"], group, intent="available")
    try:
        reader.follow()
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")


def onboarded(guide: str, home: Path, tenant: Emulator) -> Reader:
    """A reader in a tenant that the guide First onboarding left."""
    reader = Reader(guide, home, tenant)
    reader.prepare()
    status, output = reader.run("ansible-playbook mobilesec.intune.onboard -e @harmony.yml")
    assert status == 0, output
    return reader


def test_drift_is_found_and_put_right(home: Path, tenant: Emulator) -> None:
    reader = onboarded("configuration", home, tenant)
    reader.follow(until="Somebody changes an app in the portal")
    app = next(app for app in tenant.state()["records"][APPS] if app["@odata.type"].endswith("iosStoreApp"))
    lowest = {"minimumSupportedOperatingSystem": {"v15_0": True}}
    tenant.seed({"op": "update", "collection": APPS, "id": app["id"], "values": lowest})
    try:
        reader.follow(until="The pipeline")
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")


def test_an_export_applies_without_a_change(home: Path, tenant: Emulator) -> None:
    onboarded("export", home, tenant).follow(until="What is exported")


def test_an_upgrade_changes_nothing_in_the_tenant(home: Path, tenant: Emulator) -> None:
    onboarded("upgrading", home, tenant).follow()


def test_permissions_are_compared_and_reduced(home: Path, tenant: Emulator) -> None:
    reader = onboarded("permissions", home, tenant)
    tenant.seed({"op": "heartbeat", "id": HARMONY})
    for app in tenant.state()["records"][APPS]:
        tenant.seed({"op": "install_counts", "id": app["id"], "values": {"InstalledDeviceCount": 2}})
    vendor = "c3d0d7a9-9b0e-4b57-8a55-0a3c1d5e7f21"
    tenant.seed({"op": "application", "app_id": vendor, "scopes": ["DeviceManagementApps.ReadWrite.All"]})
    granting = ["AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"]
    tenant.settings(permissions=[*DEFAULT_PERMISSIONS, *granting])
    try:
        reader.follow(until="Modules")
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")


class Registrar(Reader):
    """A reader who notes the ID of the application that the playbook bootstrap created."""

    def run(self, command: str) -> tuple[int, str]:
        status, output = super().run(command)
        shown = re.search(r"Application Ansible for Intune: ([0-9a-f-]{36})", output)
        if shown:
            self.replaced["00000000-1111-2222-3333-444444444444"] = shown[1]
        return status, output


def test_applications_are_registered(home: Path, tenant: Emulator) -> None:
    person = tenant.user_token()
    place = {name: tenant.endpoints[name] for name in ("graph_url", "ca_path")}
    azure_cli.install(home.parent / "az", tenant=tenant.env["AZURE_TENANT_ID"], **person, **place)
    reader = Registrar("app_registration", home, tenant)
    reader.prepare()
    reader.run(f"PATH={home.parent / 'az'}:$PATH; unset AZURE_CLIENT_ID AZURE_CLIENT_SECRET")
    try:
        reader.follow(until="With the portal")
        reader.run("export -p > by_playbook.sh; cp intune.pem by_playbook.pem")
        reader.follow(until="Check it")
        # The application of the second way may read devices and no more.
        reader.run(". ./by_playbook.sh; AZURE_CLIENT_CERTIFICATE_PATH=$PWD/by_playbook.pem")
        reader.follow()
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")


def test_devices_are_hosts(home: Path, tenant: Emulator) -> None:
    risk = {"partnerReportedThreatState": "highSeverity"}
    (device,) = tenant.seed({"op": "device", "number": 1, "values": risk})
    reader = Reader("inventory", home, tenant)
    reader.prepare()
    try:
        reader.follow(until="Working with the hosts")
        tenant.journal(clear=True)
        reader.follow(until="ansible-navigator")
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")
    assert any(f"ok: [{device['serialNumber']}" in output for output in reader.outputs)
    read = [entry["path"] for entry in tenant.journal() if "managedDevices" in entry["path"]]
    assert read.count("/beta/deviceManagement/managedDevices") == 1, "the second playbook uses the cache"


def test_one_of_many_tenants_fails_and_the_others_are_onboarded(home: Path, tmp_path: Path) -> None:
    names = ("contoso", "fabrikam", "northwind")
    with ExitStack() as stack:
        tenants = {
            name: stack.enter_context(Emulator(devices=20, tenant_id=f"{number:08}-0f3b-4d57-9a5e-0c0a1b2c3d4e"))
            for number, name in enumerate(names, 1)
        }
        reader = Reader("many_tenants", home, tenants["contoso"])
        reader.prepare()
        reader.follow(until="Run a playbook on all of them")
        login = home / "tenant/group_vars/tenants/login.yml"
        for name, tenant in tenants.items():
            secret = tenant.endpoints["client_secret"] if name != "fabrikam" else "expired"
            reader.run(f"export {name}_client_id={tenant.endpoints['client_id']} {name}_client_secret={secret}")
        # Each emulated tenant has hosts of its own, where real ones share Microsoft's.
        endpoints = {name: tenant.endpoints for name, tenant in tenants.items()}
        (home / "tenant/group_vars/all.yml").write_text(json.dumps({"endpoints": endpoints}), encoding="utf-8")
        hosts = "".join(
            f'  {option}: "{{{{ endpoints[inventory_hostname].{option} }}}}"\n'
            for option in ("authority_host", "graph_url", "ca_path")
        )
        login.write_text(login.read_text(encoding="utf-8").replace("intune_login:\n", f"intune_login:\n{hosts}"))
        try:
            reader.follow()
        finally:
            (tmp_path / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")
        assert [bool(tenant.state()["groups"]) for tenant in tenants.values()] == [True, False, True]


def test_the_collection_installs_as_the_readme_says(home: Path, tenant: Emulator) -> None:
    from_git, from_tarball = re.findall(r"```yaml\n(collections:\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    reader = Reader("first_onboarding", home, tenant)
    (home / "requirements.yml").write_text(from_git)
    (home / "tarball").mkdir()
    (home / "tarball/requirements.yml").write_text(from_tarball)
    for command in (
        "ansible-galaxy collection install -r requirements.yml",
        f"ansible-galaxy collection build --output-path tarball {home.parent / 'repository'}",
        "cd tarball && ansible-galaxy collection install --force -r requirements.yml",
    ):
        status, output = reader.run(command)
        assert status == 0, output
    assert "was installed successfully" in output


# -- from a person's own login to a threat that has a consequence, and back --------------------------------------


@pytest.fixture
def from_nothing() -> Iterator[Emulator]:
    """A tenant in which nobody but a person may do anything."""
    options: dict[str, Any] = {"tenant_domain": "contoso.onmicrosoft.com", "permissions": "User.ReadBasic.All"}
    with Emulator(devices=50, **options) as emulator:
        created(emulator, "groups", displayName="Emergency accounts")
        yield emulator


def logged_in_by_hand(guide: str, home: Path, tenant: Emulator) -> Reader:
    reader = Reader(guide, home, tenant)
    reader.log_in_to_azure_cli(tenant)
    reader.prepare(until="Register an application")
    return reader


def as_its_application(reader: Reader, tenant: Emulator) -> list[str]:
    """Have the reader put the right ID into the environment, where the guide has an example; its permissions."""
    applications = dict(tenant.state()["applications"])
    (name,) = [name for name, held in applications.items() if name != CLIENT_ID and held["app_roles"]]
    reader.replaces[CLIENT_ID] = name
    return list(applications[name]["app_roles"])


def test_a_person_creates_the_application_of_the_playbooks(home: Path, from_nothing: Emulator) -> None:
    reader = logged_in_by_hand("bootstrap", home, from_nothing)
    try:
        reader.follow(until="Log in as the application")
        as_its_application(reader, from_nothing)
        reader.follow()
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")


@pytest.mark.parametrize(
    ("guide", "permissions"),
    [
        (
            "enrolled_phones",
            [
                "Application.Read.All",
                "DeviceManagementApps.ReadWrite.All",
                "DeviceManagementConfiguration.ReadWrite.All",
                "DeviceManagementManagedDevices.Read.All",
                "DeviceManagementServiceConfig.ReadWrite.All",
                "Group.ReadWrite.All",
                "GroupMember.Read.All",
                "Policy.Read.All",
                "Policy.ReadWrite.ConditionalAccess",
            ],
        ),
        (
            "unenrolled_phones",
            [
                "Application.Read.All",
                "DeviceManagementApps.ReadWrite.All",
                "DeviceManagementConfiguration.ReadWrite.All",
                "DeviceManagementServiceConfig.ReadWrite.All",
                "Group.ReadWrite.All",
                "GroupMember.Read.All",
                "Policy.Read.All",
                "Policy.ReadWrite.ConditionalAccess",
            ],
        ),
    ],
)
def test_a_threat_gets_a_consequence_with_the_permissions_of_the_steps_and_nothing_is_left(
    guide: str, permissions: list[str], home: Path, from_nothing: Emulator
) -> None:
    before = contents(from_nothing)
    reader = logged_in_by_hand(guide, home, from_nothing)
    try:
        reader.follow(until="Log in as the application")
        assert as_its_application(reader, from_nothing) == permissions
        reader.follow(until="Connect Harmony Mobile")
        # What people do by hand, in the admin center, in the dashboard and on their devices. One of these is attacked.
        attacked = {"complianceState": "noncompliant", "partnerReportedThreatState": "highSeverity"}
        (phone,) = from_nothing.seed({"op": "device", "number": 0, "values": attacked})
        group = next(item for item in from_nothing.state()["groups"] if item["displayName"] != "Emergency accounts")
        from_nothing.seed({"op": "members", "id": group["id"], "add": [phone["userId"]]})
        from_nothing.seed({"op": "heartbeat", "id": HARMONY})
        for app in from_nothing.state()["records"][APPS]:
            from_nothing.seed({"op": "install_counts", "id": app["id"], "values": {"InstalledDeviceCount": 2}})
        reader.follow(until="Take it back")
        from_nothing.seed({"op": "members", "id": group["id"], "remove": [phone["userId"]]})
        reader.follow()
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")
    assert contents(from_nothing) == before


def contents(tenant: Emulator) -> dict[str, list[str]]:
    """The names of what a tenant has, and the IDs of its applications."""
    state = tenant.state()
    found = {**state["records"], "groups": state["groups"]}
    names = {path: sorted(str(item.get("displayName")) for item in items) for path, items in found.items() if items}
    return {**names, "applications": sorted(state["applications"])}
