# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed Google Play and the catalogue of connectors."""

from __future__ import annotations

from tests.emulator.client import Emulator
from tests.unit.emulator.api import (
    APPS,
    CONNECTORS,
    HARMONY,
    PLAY,
    Api,
    held,
)

PLAY_APPS = f"{APPS}?$filter=isof('microsoft.graph.androidManagedStoreApp')"


def test_approved_app_appears_after_a_synchronisation() -> None:
    with held(play_sync_ms=400) as emulator:
        api = Api(emulator)
        assert api.get(PLAY).body["bindStatus"] == "boundAndValidated"
        assert api("POST", f"{PLAY}/approveApps", {"packageIds": ["com.lacoon.security.fox"]}).status == 400
        assert api("POST", f"{PLAY}/approveApps", {"packageIds": ["app:org.example"]}).status == 400
        body = {"packageIds": ["app:com.lacoon.security.fox"], "approveAllPermissions": True}
        assert api("POST", f"{PLAY}/approveApps", body).status == 204
        emulator.clock(step=0.5)
        assert api.all(PLAY_APPS) == []
        assert api("POST", f"{PLAY}/syncApps").status == 204
        assert api.all(PLAY_APPS) == []
        emulator.clock(step=0.5)
        (app,) = api.all(PLAY_APPS)
        assert (app["displayName"], app["packageId"], app["appIdentifier"]) == (
            "Harmony Mobile Protect",
            "com.lacoon.security.fox",
            "app:com.lacoon.security.fox",
        )
        api("POST", f"{PLAY}/syncApps")
        emulator.clock(step=0.5)
        assert len(api.all(PLAY_APPS)) == 1


def test_without_a_binding_nothing_is_approved() -> None:
    with Emulator(devices=1, no_play_binding=True) as emulator:
        api = Api(emulator)
        assert api.get(PLAY).body["bindStatus"] == "notBound"
        assert api("POST", f"{PLAY}/approveApps", {"packageIds": ["app:com.x"]}).status == 400
        assert api("POST", f"{PLAY}/syncApps").status == 400


def test_catalogue_of_connectors() -> None:
    with Emulator(devices=1, connector_catalogue=True) as emulator:
        api = Api(emulator)
        listed = {item["id"]: item["partnerState"] for item in api.all(CONNECTORS)}
        assert listed[HARMONY] == "neverConfigured"
        assert api.made(CONNECTORS, {"id": HARMONY})["partnerState"] == "notSetUp"
