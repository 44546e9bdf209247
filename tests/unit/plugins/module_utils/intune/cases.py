# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object of each module that assigns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.emulator.seeding import ANDROID_FILTER, IOS_FILTER
from tests.samples import STORE_APP, VPN
from tests.unit.plugins.modules.in_process import Result

if TYPE_CHECKING:
    from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
TYPE = "#microsoft.graph."
# Resource -> module and options of one object, for each that is assigned in a way of its own.
CASES: dict[str, tuple[str, Json]] = {
    "app": ("intune_app", {"name": "X", **STORE_APP}),
    "app configuration": (
        "intune_app_config",
        {"name": "X", "target_apps": ["Target"], "ios": {"settings": [{"key": "k", "value": "v"}]}},
    ),
    "managed app configuration": ("intune_app_config", {"name": "X", "managed_apps": {"app_group_type": "all_apps"}}),
    "app protection policy": ("intune_app_protection_policy", {"name": "X", "ios": {"app_group_type": "all_apps"}}),
    "VPN profile": ("intune_vpn_profile", {"name": "X", "ios": VPN}),
    "custom profile": ("intune_custom_profile", {"name": "X", "ios": {"payload": "<plist><dict/></plist>"}}),
    "certificate profile": ("intune_certificate_profile", {"name": "X", "platform": "ios"}),
    "compliance policy": ("intune_compliance_policy", {"name": "X", "ios": {}}),
}
# The portal assigns policies of managed apps to users only.
FOR_USERS = ("managed app configuration", "app protection policy")


class Case:
    """A module with the options of one object, in a tenant with the groups A, B and C."""

    def __init__(self, tenant: Tenant, resource: str) -> None:
        self.tenant = tenant
        self.emulator = tenant.emulator
        self.resource = resource
        self.name, self.options = CASES[resource]
        if self.name == "intune_certificate_profile":
            self.options = {**self.options, "certificate": Path(self.emulator.ca_path).read_text(encoding="ascii")}
        made = tenant.seed(*({"op": "create", "collection": "groups", "body": {"displayName": name}} for name in "ABC"))
        self.groups = {group["displayName"]: str(group["id"]) for group in made}
        if "target_apps" in self.options:
            tenant.run("intune_app", name="Target", **STORE_APP)
        # Both filters are for what the object is.
        values = {"platform": "iOS"}
        if resource in FOR_USERS:
            values = {"platform": "iOSMobileApplicationManagement", "assignmentFilterManagementType": "apps"}
        tenant.seed(
            *(
                {"op": "update", "collection": "deviceManagement/assignmentFilters", "id": each, "values": values}
                for each in (IOS_FILTER, ANDROID_FILTER)
            )
        )

    def assign(self, *items: Json, check: bool = False, **options: Any) -> Result:
        return self.tenant.run(self.name, check, **{**self.options, "assignments": list(items), **options})

    def settles(self, *items: Json, **options: Any) -> Result:
        return self.tenant.settles(self.name, **{**self.options, "assignments": list(items), **options})

    def stored(self) -> dict[str, tuple[str, str | None]]:
        """Group, or type of another target -> type of the target and filter, as the tenant has them."""
        names = {object_id: name for name, object_id in self.groups.items()}
        found = {}
        for entry in self.object()["assignments"]:
            target_type = entry["target"]["@odata.type"].removeprefix(TYPE)
            found[names.get(entry["target"].get("groupId", ""), target_type)] = (
                target_type,
                entry["target"].get("deviceAndAppManagementAssignmentFilterId"),
            )
        return found

    def object(self) -> Json:
        records = self.emulator.state()["records"]
        return next(item for found in records.values() for item in found if item.get("displayName") == "X")
