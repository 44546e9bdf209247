# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody who follows only the guide First onboarding reaches an onboarded tenant, and one without it again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.emulator.client import Emulator
from tests.guides.reader import GUIDES, Reader
from tests.samples import APPS

HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"


def listed_permissions() -> str:
    """The permissions that the guide asks for: the application of the test has no others."""
    text = (GUIDES / "guide_first_onboarding.rst").read_text(encoding="utf-8")
    return ",".join(re.findall(r"``(\w+\.\w+\.All)``", text))


def named(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if record["displayName"].startswith("Harmony Mobile")]


def test_the_guide_leads_to_an_onboarded_tenant_and_back(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    permissions = listed_permissions()
    with Emulator(devices=50, tenant_domain="contoso.onmicrosoft.com", permissions=permissions) as tenant:
        reader = Reader("first_onboarding", tmp_path / "home", tenant)
        try:
            reader.follow(until="Connect Harmony Mobile")
            onboarded = tenant.state()
            assert {len(group["members"]) for group in named(onboarded["groups"])} == {1}
            assert len(named(onboarded["records"][APPS])) == 2
            # What people do by hand, in the dashboard and on their devices.
            tenant.seed({"op": "heartbeat", "id": HARMONY})
            for app in tenant.state()["records"][APPS]:
                tenant.seed({"op": "install_counts", "id": app["id"], "values": {"InstalledDeviceCount": 2}})
            reader.follow()
        finally:
            (tmp_path / "outputs").write_text("\n".join(reader.outputs), encoding="utf-8")
        left = tenant.state()
        assert not named(left["groups"])
        assert not left["records"].get(APPS)
