# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the documentation runs in check mode and for real, against a tenant that has what it names."""

from __future__ import annotations

import copy
import importlib
import plistlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.integration.conftest import Certificates
from tests.integration.harness import COLLECTIONS, FQCN, Json, Player
from tests.samples import APPS, CONNECTORS, PROFILES

MODULES = sorted(
    path.stem
    for path in (COLLECTIONS / "ansible_collections" / "mobilesec" / "intune" / "plugins" / "modules").glob(
        "intune_*.py"
    )
)
PNG = b"\x89PNG\r\n\x1a\n"
# Options that name other objects, and how somebody would have made these.
GROUPS = ("group", "groups", "include_groups", "exclude_groups", "assigned_to", "notification_message_cc_list")
OTHERS = {
    "vpn_profile": (
        PROFILES,
        {"@odata.type": "#microsoft.graph.iosVpnConfiguration", "connectionName": "c", "connectionType": "customVpn"},
    ),
    "filter": (
        "deviceManagement/assignmentFilters",
        {"platform": "iOS", "rule": '(device.deviceOwnership -eq "Corporate")'},
    ),
    "scope_tags": ("deviceManagement/roleScopeTags", {}),
    "categories": ("deviceAppManagement/mobileAppCategories", {}),
    "notification_template": ("deviceManagement/notificationMessageTemplates", {}),
    "derived_credential_settings": ("deviceManagement/derivedCredentials", {}),
}
CERTIFICATES = {
    "ios": "iosScepCertificateProfile",
    "ios_ikev2": "iosScepCertificateProfile",
    "macos": "macOSScepCertificateProfile",
    "windows10": "windows81SCEPCertificateProfile",
    "android_work_profile": "androidWorkProfileScepCertificateProfile",
    "android_device_owner": "androidDeviceOwnerScepCertificateProfile",
}
# Existing apps: no task creates them. Without a type, any.
BY_OTHERS = {
    "None": "iosStoreApp",
    "ios_vpp_app": "iosVppApp",
    "managed_ios_store_app": "managedIOSStoreApp",
    "managed_android_store_app": "managedAndroidStoreApp",
}
MORE_PERMISSIONS = (
    "Application.Read.All",
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess",
)
PAYLOAD = plistlib.dumps({"PayloadType": "Configuration", "PayloadIdentifier": "com.example", "PayloadVersion": 1})
GUID = r"[0-9a-f-]{36}"
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_constructor("!unsafe", lambda loader, node: str(node.value))
Loader.add_constructor("!vault", lambda loader, node: "a secret")


def examples(module: str) -> list[Json]:
    loaded = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{module}")
    return list(yaml.load(loaded.EXAMPLES, Loader=Loader))


def named(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each text in a task with the names of the options that it stands in."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from named(item, (*place, str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from named(item, place)
    elif isinstance(value, str) and "{{" not in value:
        yield place, value


def referred(place: tuple[str, ...], text: str, options: Json) -> tuple[str, Json] | None:
    """The collection and the object that a value in a task's options names, if it names one."""
    option = place[-1]
    if option in GROUPS or (option == "members" and "@" not in text and not re.fullmatch(GUID, text)):
        return "groups", {}
    if option in OTHERS and not text.isdigit():
        return OTHERS[option]
    if option == "identity_certificate" and place[-2] in CERTIFICATES:
        return PROFILES, {"@odata.type": f"#microsoft.graph.{CERTIFICATES[place[-2]]}"}
    if option == "target_apps" and "ios" in options:
        return APPS, {"@odata.type": "#microsoft.graph.iosStoreApp", "publishingState": "published"}
    if option == "target_apps":
        package = {"packageId": text, "appIdentifier": f"app:{text}", "publishingState": "published"}
        return APPS, {"@odata.type": "#microsoft.graph.androidManagedStoreApp", **package}
    return None


def furnish(emulator: Emulator, tasks: list[Json]) -> None:
    """Create what the tasks refer to and what they expect to exist."""
    records = emulator.state()["records"]
    existing = {(path, "", item.get("displayName")) for path, items in records.items() for item in items}

    def create(path: str, name: str, body: Json) -> None:
        key = (path, body.get("@odata.type", ""), name)
        if key not in existing:
            existing.add(key)
            emulator.seed({"op": "create", "collection": path, "body": {**body, "displayName": name}})

    own_groups = {(task.get(f"{FQCN}intune_group") or {}).get("name") for task in tasks}
    for task in tasks:
        for place, text in named(task):
            found = referred(place, text, task[place[0]])
            if found and (place[-1] not in GROUPS or text not in own_groups):
                create(found[0], text, found[1])
            elif place[-1] == "app_id":
                emulator.seed({"op": "application", "app_id": text})
        app = task.get(f"{FQCN}intune_app") or {}
        adopted = BY_OTHERS.get(str(app.get("type")))
        if adopted and app.get("name") and "use" not in app:
            body = {"@odata.type": f"#microsoft.graph.{adopted}", "publishingState": "published"}
            create(APPS, app["name"], body)


def runnable(tasks: list[Json], certificates: Certificates, folder: Path) -> list[Json]:
    """The tasks with files, people and waiting times of this machine instead of the reader's."""
    (folder / "icon.png").write_bytes(PNG)
    (folder / "profile.mobileconfig").write_bytes(PAYLOAD)

    def real(value: Any, option: str = "") -> Any:
        if isinstance(value, dict):
            # The tests log in as their environment says.
            return {key: real(item, str(key)) for key, item in value.items() if key != "azure_cli"}
        if isinstance(value, list):
            return [real(item, option) for item in value]
        if option == "root_certificate_path":
            return str(certificates.authority)
        if option in ("certificate", "certificates"):
            return certificates.authority.read_text(encoding="utf-8")
        if option == "icon":
            return str(folder / "icon.png")
        if option == "payload_path":
            return str(folder / "profile.mobileconfig")
        if option == "src":
            (folder / "src").mkdir(exist_ok=True)
            (folder / "src" / "groups.yml").write_text("intune_groups: [{name: From a file}]", encoding="utf-8")
            return str(folder / "src")
        if option == "dest":
            return str(folder / Path(str(value)).name)
        if option in ("members", "owners") and ("@" in str(value) or re.fullmatch(GUID, str(value))):
            return "user01@contoso.example"
        return value

    return [dict(real(copy.deepcopy(task))) for task in tasks]


def existing(emulator: Emulator) -> Json:
    """Values of the reader's variables that have to be more than any text."""
    first, second = emulator.seed(*({"op": "device", "number": number, "values": {}} for number in (0, 1)))
    return {"first": first["id"], "second": second["id"], "harmony_mobileconfig": PAYLOAD.decode()}


# What is in the reader's vault, inventory or earlier tasks.
VARIABLE = re.compile(r"\{\{\s*(\w+)")


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(
    module: str, play: Player, emulator: Emulator, certificates: Certificates, tmp_path: Path
) -> None:
    tasks = runnable(examples(module), certificates, tmp_path)
    furnish(emulator, tasks)
    if module.startswith("intune_mtd_connector"):
        body = {"@odata.type": "#microsoft.graph.mobileThreatDefenseConnector", "id": HARMONY}
        emulator.seed({"op": "create", "collection": CONNECTORS, "body": body}, {"op": "heartbeat", "id": HARMONY})
    registered = {task["register"] for task in tasks if "register" in task} | {"item", "lookup", "query"}
    unknown = set(VARIABLE.findall(yaml.safe_dump(tasks))) - registered - {"ansible_facts"}
    predicted = [{**task, "check_mode": True} for task in tasks]
    emulator.settings(permissions=[*DEFAULT_PERMISSIONS, *MORE_PERMISSIONS])
    try:
        # A token in the cache has the permissions of its time.
        run = play(
            [*predicted, *tasks],
            extra_vars={**dict.fromkeys(unknown, "given"), **existing(emulator)},
            env={"INTUNE_TOKEN_CACHE": str(tmp_path / "tokens")},
        )
    finally:
        emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert run.rc == 0, run.output[-3000:]
    assert not any(item.writes for item in run.tasks[: len(run.tasks) // 2])
