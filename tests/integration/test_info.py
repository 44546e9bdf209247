# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the info modules return can be given back; what needs more than a list is read by itself."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.conftest import Certificates
from tests.integration.harness import HARRY, Json, Player, run_through, task

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
STORE_APP: Json = {
    "name": HARRY,
    "type": "ios_store_app",
    "publisher": "P",
    "app_store_url": "https://apps.apple.com/us/app/x/id1",
    "minimum_supported_operating_system": "15.0",
}
CUSTOM_VPN: Json = {
    "connection_name": "c",
    "connection_type": "custom_vpn",
    "identifier": "com.example.vpn",
    "authentication_method": "username_and_password",
    "server": {"address": "vpn.example.com"},
    "custom_data": {"k": "v"},
    "on_demand_rules": [{"action": "connect", "ssids": ["a"]}],
}
FILTER: Json = {"name": HARRY, "platform": "ios", "rule": '(device.deviceOwnership -eq "Corporate")'}


def test_what_info_returns_is_what_the_modules_take(play: Player, certificates: Certificates) -> None:
    assigned: Json = {"assignments": [{"group": HARRY, "filter": HARRY}]}
    settings = [{"key": "a", "value": "b"}, {"key": "n", "type": "integer", "value": 5}]
    managed = {
        "managed_properties": {"a": "b", "l": ["x"], "m": {"n": 1}},
        "permission_actions": [{"permission": "android.permission.CAMERA", "action": "prompt"}],
    }
    objects: list[tuple[str, Json]] = [
        ("assignment_filter", FILTER),
        (
            "group",
            {
                "name": HARRY,
                "description": "d",
                "members": ["user01@contoso.example"],
                "owners": ["user02@contoso.example"],
            },
        ),
        ("group", {"name": "dynamic", "membership_rule": '(device.deviceOSType -eq "iOS")'}),
        ("vpn_profile", {"name": HARRY, "ios": CUSTOM_VPN, "scope_tags": ["Default"], **assigned}),
        (
            "vpn_profile",
            {"name": "android", "android_work_profile_always_on": {"package_id": "com.example.app", "lockdown": True}},
        ),
        (
            "certificate_profile",
            {"name": HARRY, "platform": "ios", "root_certificate_path": str(certificates.authority)},
        ),
        (
            "app",
            {
                **STORE_APP,
                "assignments": [
                    {
                        "group": HARRY,
                        "intent": "available",
                        "settings": {"vpn_profile": HARRY, "prevent_managed_app_backup": True},
                    }
                ],
            },
        ),
        (
            "app",
            {
                "type": "android_managed_store_app",
                "package_id": "com.example.app",
                "assignments": [{"all_users": True}],
            },
        ),
        ("app_config", {"name": HARRY, "target_apps": [HARRY], "ios": {"settings": settings}, **assigned}),
        (
            "app_config",
            {"name": "xml", "target_apps": [HARRY], "ios": {"settings_xml": "<dict><key>a</key><true/></dict>"}},
        ),
        ("app_config", {"name": "android", "target_apps": ["com.example.app"], "android": managed}),
        (
            "mtd_connector",
            {"partner": "Zimperium", "ios_enabled": True, "partner_unresponsiveness_threshold_in_days": 5},
        ),
    ]
    nouns = list(dict.fromkeys(noun for noun, _options in objects))
    made = [task(f"intune_{noun}", f"make {number}", **options) for number, (noun, options) in enumerate(objects)]
    run = play([*made, *(task(f"intune_{noun}_info", f"read {noun}") for noun in nouns)])
    assert run.rc == 0, run.output
    returned = {noun: run[f"read {noun}"].result[f"{noun}s"] for noun in nouns}
    assert {noun: len(items) for noun, items in returned.items() if noun != "assignment_filter"} == {
        "group": 2,
        "vpn_profile": 2,
        "certificate_profile": 1,
        "app": 2,
        "app_config": 3,
        "mtd_connector": 1,
    }
    assert "00000000" not in json.dumps([item.get("assignments") for items in returned.values() for item in items])
    again = [
        task(f"intune_{noun}", f"again {noun} {number}", **item)
        for noun, items in returned.items()
        for number, item in enumerate(items)
    ]
    by_name = [
        task(f"intune_{noun}", f"by name {noun} {number}", **{key: value for key, value in item.items() if key != "id"})
        for noun, items in returned.items()
        for number, item in enumerate(items)
        if noun != "mtd_connector"
    ]
    run = play([*again, *by_name])
    assert run.rc == 0, run.output
    assert [item.name for item in run.tasks if item.changed] == []


def test_info_selects_by_name_id_and_pattern(play: Player) -> None:
    run = play(
        [
            *(task("intune_group", name, name=name) for name in ("Harmony A", "Harmony B", "Other")),
            task("intune_group_info", "by pattern", name_pattern="harmony *"),
            task("intune_group_info", "by name", name="Other"),
            task("intune_group_info", "nobody", name="other"),
            task("intune_group_info", "no id", id="11111111-2222-3333-4444-555555555555"),
            task("intune_group_info", "both", ignore_errors=True, name="x", id="y"),
        ]
    )
    names = {
        label: [group["name"] for group in run[label].result["groups"]]
        for label in ("by pattern", "by name", "nobody", "no id")
    }
    assert names == {"by pattern": ["Harmony A", "Harmony B"], "by name": ["Other"], "nobody": [], "no id": []}
    assert "mutually exclusive" in run["both"].message


def test_filters_live_and_a_create_only_change_needs_recreate(play: Player, emulator: Emulator) -> None:
    run_through(
        play,
        "intune_assignment_filter",
        FILTER,
        {"rule": '(device.deviceOwnership -eq "Personal")', "description": "d"},
        {"name": HARRY},
    )
    run = play(
        [
            task("intune_assignment_filter", "make", **FILTER),
            task("intune_assignment_filter", "refused", ignore_errors=True, name=HARRY, platform="macos"),
            task("intune_assignment_filter", "recreate", name=HARRY, platform="macos", recreate=True),
            task("intune_assignment_filter", "again", name=HARRY, platform="macos", recreate=True),
        ],
        diff=True,
    )
    assert "platform" in run["refused"].message
    assert "recreate=true" in run["refused"].message
    assert run["recreate"].changed
    assert run["recreate"].result["assignment_filter"]["rule"] == FILTER["rule"]
    assert (run["recreate"].before["platform"], run["recreate"].after["platform"]) == ("ios", "macos")
    assert not run["again"].changed


def test_recreating_keeps_what_is_not_declared_and_what_others_assigned(play: Player, emulator: Emulator) -> None:
    base: Json = {"name": "c", "description": "kept", "ios": {"settings": [{"key": "a", "value": "b"}]}}
    run = play(
        [
            task("intune_group", "theirs", name="Theirs"),
            *(
                task(
                    "intune_app",
                    name,
                    **{**STORE_APP, "name": name, "app_store_url": f"https://apps.apple.com/us/app/x/id{number}"},
                )
                for number, name in ((1, "A"), (2, "B"))
            ),
            task("intune_app_config", "make", **base, target_apps=["A"], assignments=[{"group": "Theirs"}]),
            task("intune_app_config", "predicted", check=True, name="c", target_apps=["B"], recreate=True),
            task("intune_app_config", "recreate", name="c", target_apps=["B"], recreate=True),
            task("intune_app_config", "again", **base, target_apps=["B"], assignments=[{"group": "Theirs"}]),
        ]
    )
    assert run.rc == 0, run.output
    assert run["predicted"].changed
    assert not run["predicted"].writes
    assert run["recreate"].changed
    assert run["recreate"].result["id"] != run["make"].result["id"]
    assert not run["again"].changed


def test_an_icon_and_categories_are_set_once(play: Player, tmp_path: Path) -> None:
    icon = tmp_path / "icon.png"
    icon.write_bytes(PNG)
    (tmp_path / "text").write_text("no image")
    run = run_through(
        play,
        "intune_app",
        STORE_APP,
        {"icon": str(icon), "categories": ["Business"]},
        {"name": HARRY, "type": "ios_store_app"},
    )
    assert run["update"].after["categories"] == ["Business"]
    wrong = play([task("intune_app", "wrong", ignore_errors=True, **STORE_APP, icon=str(tmp_path / "text"))])
    assert "neither a PNG nor a JPEG" in wrong["wrong"].message


def test_wait_for_ends_with_the_partners_heartbeat(play: Player, emulator: Emulator) -> None:
    connector: Json = {"partner": "Check Point Harmony Mobile"}
    run = play(
        [
            task("intune_mtd_connector", "make", **connector, ios_enabled=True),
            task(
                "intune_mtd_connector",
                "in vain",
                ignore_errors=True,
                **connector,
                wait_for="enabled",
                wait_timeout=2,
                wait_poll=1,
            ),
        ]
    )
    assert run["make"].result["mtd_connector"]["healthy"] is False
    assert "not enabled, after 2 s" in run["in vain"].message
    emulator.seed({"op": "heartbeat", "id": run["make"].result["id"]})
    run = play(
        [
            task("intune_mtd_connector", "reached", **connector, wait_for="enabled", wait_timeout=5, wait_poll=1),
            task("intune_mtd_connector_info", "read", **connector),
        ]
    )
    assert run["reached"].result["mtd_connector"]["healthy"] is True
    assert not run["reached"].changed
    (details,) = run["read"].result["details"].values()
    assert (details["partner_state"], details["healthy"]) == ("enabled", True)


@pytest.mark.parametrize("module", ["group", "app", "vpn_profile", "certificate_profile", "assignment_filter"])
def test_an_object_that_is_renamed_by_its_id(play: Player, certificates: Certificates, module: str) -> None:
    options: dict[str, Any] = {
        "group": {},
        "app": {key: value for key, value in STORE_APP.items() if key != "name"},
        "vpn_profile": {"ios": CUSTOM_VPN},
        "certificate_profile": {"platform": "ios", "root_certificate_path": str(certificates.authority)},
        "assignment_filter": {key: value for key, value in FILTER.items() if key != "name"},
    }[module]
    made = task(f"intune_{module}", "make", name="old", **options)
    renamed = task(f"intune_{module}", "rename", id="{{ made.id }}", name="new")
    run = play([{**made, "register": "made"}, renamed, {**renamed, "name": "again"}])
    assert run.rc == 0, run.output
    assert run["rename"].changed
    assert not run["again"].changed
