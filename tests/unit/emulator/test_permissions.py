# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each route takes its permissions, and none without."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.entra import Entra
from tests.emulator.faults import Faults
from tests.emulator.graph import Graph
from tests.emulator.settings import DEFAULT_PERMISSIONS, Settings
from tests.unit.emulator.api import (
    APPS,
    CONNECTORS,
    PROFILES,
    Api,
    ios_app,
)


@pytest.mark.parametrize(
    ("permissions", "allowed", "refused"),
    [
        ([], [], ["/v1.0/groups", APPS, "/beta/deviceManagement/managedDevices", "/v1.0/organization"]),
        (
            ["DeviceManagementManagedDevices.Read.All"],
            ["/beta/deviceManagement/managedDevices"],
            [APPS, PROFILES, "/v1.0/groups"],
        ),
        (["DeviceManagementApps.Read.All"], [APPS], [PROFILES, CONNECTORS]),
        (["DeviceManagementServiceConfig.Read.All"], [CONNECTORS], [PROFILES, APPS]),
        (["Group.Read.All"], ["/v1.0/groups"], ["/v1.0/users", "/v1.0/devices"]),
    ],
)
def test_routes_take_their_permissions(
    api: Api, permissions: list[str], allowed: list[str], refused: list[str]
) -> None:
    api.emulator.settings(permissions=permissions)
    try:
        least = Api(api.emulator)
    finally:
        api.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))
    assert [least.get(path).status for path in allowed] == [200] * len(allowed)
    assert [least.get(path).status for path in refused] == [403] * len(refused)


def test_reading_is_not_writing_and_members_take_more() -> None:
    permissions = "DeviceManagementApps.Read.All,Group.Create,GroupMember.ReadWrite.All,User.Read.All"
    with Emulator(devices=1, permissions=permissions) as emulator:
        api = Api(emulator)
        assert "not authorized" in api("POST", APPS, ios_app()).message
        group = api.group()
        assert api("PATCH", f"/v1.0/groups/{group['id']}", {"description": "x"}).code == "Authorization_RequestDenied"
        assert api("POST", f"/v1.0/groups/{group['id']}/members/$ref", api.reference(api.user()["id"])).status == 403


def test_every_route_has_its_permissions() -> None:
    chosen = Settings(devices=1)
    graph = Graph(chosen, Entra(chosen), Faults(None))
    assert [
        f"{route.method} {route.template}" for route in graph.router.routes if not graph.permissions.sufficient(route)
    ] == []
