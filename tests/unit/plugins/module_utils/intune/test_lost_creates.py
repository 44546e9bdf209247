# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A create that never arrived is looked for as long as it might show, and then sent again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.plugins.module_utils.intune.conftest import Tenant

VPN: dict[str, Any] = {
    "connection_name": "v",
    "connection_type": "citrix",
    "server": {"address": "a"},
    "authentication_method": "username_and_password",
}


@pytest.mark.parametrize(
    ("module", "options", "method", "path"),
    [
        ("intune_group", {"members": ["user01@contoso.example"]}, "PATCH", r"/groups\(uniqueName"),
        ("intune_vpn_profile", {"ios": VPN, "assignments": [{"all_users": True}]}, "POST", "deviceConfigurations$"),
    ],
)
@pytest.mark.provokes_bad_requests
def test_a_create_that_never_arrived_makes_one_object(
    tenant: Tenant, module: str, options: dict[str, Any], method: str, path: str
) -> None:
    lost = {"match": {"method": method, "path": path}, "times": 1, "action": {"drop_after_read": True}}
    tenant.emulator.faults(lost)
    options = {"name": "N", "description": "d", **options}
    assert [tenant(module, **options)["changed"] for _run in range(2)] == [True, False]
    state = tenant.emulator.state()
    objects = [*state["groups"], *state["records"].get("deviceManagement/deviceConfigurations", [])]
    (made,) = (item for item in objects if item["displayName"] == "N")
    assert len(made["members" if module == "intune_group" else "assignments"]) == 1
