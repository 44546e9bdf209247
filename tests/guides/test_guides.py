# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guides that begin in a tenant that has something: each is followed in one as the guide describes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.guides.reader import Reader

APPS = "deviceAppManagement/mobileApps"
CONNECTORS = "deviceManagement/mobileThreatDefenseConnectors"
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
    reader = Reader("offboarding", home, tenant)
    reader.prepare()
    onboarded, output = reader.run("ansible-playbook mobilesec.intune.onboard -e @harmony.yml")
    assert onboarded == 0, output
    group = created(tenant, "groups", displayName="Board")
    app = next(app for app in tenant.state()["records"][APPS] if app["@odata.type"].endswith("iosStoreApp"))
    assigned(tenant, APPS, app["id"], group, intent="available")
    try:
        reader.follow()
    finally:
        (home.parent / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")


def test_an_upgrade_changes_nothing_in_the_tenant(home: Path, tenant: Emulator) -> None:
    reader = Reader("upgrading", home, tenant)
    reader.prepare()
    onboarded, output = reader.run("ansible-playbook mobilesec.intune.onboard -e @harmony.yml")
    assert onboarded == 0, output
    reader.follow()
