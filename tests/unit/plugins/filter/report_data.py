# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook report reads of a tenant with findings, as its modules return it, and the pages made of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.mobilesec.intune.plugins.filter.harmony_report import FilterModule

Json = dict[str, Any]
PLAYBOOKS = Path(__file__).parents[4] / "playbooks"
WORDS: Json = yaml.safe_load((PLAYBOOKS / "vars/report_words.yml").read_text(encoding="utf-8"))["_report_words"]
TEMPLATES = {name: (PLAYBOOKS / f"templates/report.{name}.j2").read_text(encoding="utf-8") for name in ("html", "md")}
# Names and messages that come from the network.
EVIL = "<script>alert('x')</script> | **bold** [link](javascript:1) \"&\" 'ü"
SECRET = "hunter2-of-the-diff"
TAG = "harmony_onboarding"


def _object(item: str, noun: str, /, created_by: str | None = TAG, **values: Any) -> Json:
    result: Json = {"item": item, "id": "1", "changed": False, "created": False, "failed": False, **values}
    return {**result, noun: {"id": "1", "name": item, "created_by": created_by, **values.pop("shown", {})}}


def _drift(*names: str) -> Json:
    sides = [dict.fromkeys(names, value) for value in ("before", SECRET)]
    return {"changed": True, "diff": {"before": {**sides[0], "same": 1}, "after": {**sides[1], "same": 1}}}


def _device(name: str, state: str = "high_severity") -> Json:
    return {
        "id": name,
        "device_name": name,
        "user_principal_name": "adele@contoso.example",
        "operating_system": "iOS",
        "partner_reported_threat_state": state,
        "last_sync_date_time": "2026-11-24T07:12:31Z",
    }


def affected(*names: str) -> Json:
    """Devices with a threat, and one that is noncompliant for another reason."""
    devices = [_device("noncompliant", "secured"), *map(_device, names)]
    return {"results": [{"ansible_facts": {"intune_devices": found}} for found in (devices, devices[1:])]}


def _row(category: str, name: str | None, risk: str | None = "none", differs: bool | None = None) -> Json:
    return {
        "category": category,
        "device_name": name,
        "harmony_name": "phone in Harmony",
        "user_principal_name": "adele@contoso.example",
        "platform": "android",
        "threat_state": "secured",
        "harmony_risk": risk,
        "last_connection": "2026-11-24T07:12:31Z",
        "risk_differs": differs,
    }


def _permission(name: str, **values: Any) -> Json:
    return {"name": name, "type": "application", "api": "Microsoft Graph", **values}


FLEET = {
    "total": 120,
    "by_platform": {"Android": 46, "iOS": 72, EVIL: 2},
    "by_compliance_state": {"compliant": 101, "in_grace_period": 7, "noncompliant": 9, "unknown": 3},
    "by_threat_state": {"activated": 4, "deactivated": 3, "high_severity": 2, "medium_severity": 3, "secured": 108},
    "by_last_sync": {
        "within_1_day": 93,
        "within_7_days": 18,
        "within_30_days": 6,
        "within_90_days": 2,
        "older": 1,
        "never": 0,
    },
}
COVERAGE = {
    "total": 120,
    "by_category": {
        "protected": 106,
        "not_activated": 8,
        "silent": 4,
        "unknown": 1,
        "ambiguous": 1,
        "harmony_only": 3,
        "harmony_ambiguous": 1,
    },
    "by_risk": {"none": 104, "low": 2, "medium": 3, "high": 2},
}
READ: Json = {
    "host": "contoso",
    "shown": 3,
    "onboarding": {
        "groups": {
            "results": [
                _object("Harmony Mobile iOS", "group"),
                _object(f"Android {EVIL}", "group", created_by=None),
            ]
        },
        "assignment_filters": {"changed": False, "results": [], "skipped": True},
        "apps": {
            "results": [
                _object("Protect", "app", **_drift("publisher", "assignments"), shown={"type": "ios_store_app"}),
                _object("Protect", "app", created=True, changed=True, shown={"type": "android_managed_store_app"}),
            ]
        },
        "app_configs": {"results": [{"item": "Harmony Mobile iOS", "failed": True, "msg": f"HTTP 500. {EVIL}"}]},
        "mtd_connectors": {"results": [_object("Check Point Harmony Mobile", "mtd_connector", created_by=None)]},
        "permissions": {
            "known": True,
            "application": {"app_id": "5f0c8a52-6c1d-4f8e-9b7a-3e2d1c0b9a87", "display_name": None},
            "missing": [_permission("Group.Create", access="write", needed_for=["create groups"])],
            "excess": [_permission("User.ReadWrite.All")],
        },
    },
    "preflight": {
        "steps": ["groups", "filters", "apps", "app_config", "connector"],
        "platforms": ["ios", "android"],
        "created_by": TAG,
        "tenant": {"id": "7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e", "display_name": f"Contoso {EVIL}"},
        "errors": [
            {"weight": "error", "about": "permissions", "text": "Group.Create is missing."},
            {"weight": "error", "about": "Google Play", "text": "Managed Google Play is not connected."},
        ],
    },
    "health": {
        "verdict": "working",
        "findings": [
            {"weight": "ok", "severity": "ok", "about": "connector", "text": "Check Point Harmony Mobile is enabled."},
            {"weight": "note", "severity": "note", "about": "apps", "text": "Protect (ios): installed on 0."},
            {
                "weight": "note",
                "severity": "error",
                "about": "compliance",
                "text": "No compliance policy has a threat level.",
            },
        ],
    },
    "connector": {
        "details": {
            "c": {"partner_state": "enabled", "last_heartbeat_date_time": "2026-11-24T08:00:00Z", "healthy": True}
        },
        "mtd_connectors": [{"ios_enabled": True, "android_enabled": False}],
    },
    "apps": {"apps": []},
    "compliance": {"compliance_policies": []},
    "protection": {"app_protection_policies": []},
    "access": {"conditional_access_policies": []},
    "fleet": {
        "ansible_facts": {
            "intune_devices_summary": FLEET,
            "intune_members_without_device": [{"type": "user", "name": "henrietta@contoso.example"}],
        }
    },
    "affected": affected(EVIL, *(f"IPHONE-{number}" for number in range(4))),
    "coverage": {
        "ansible_facts": {
            "intune_harmony_coverage_summary": COVERAGE,
            "intune_harmony_coverage": [
                _row("protected", "PIXEL-1", "high", differs=True),
                _row("not_activated", EVIL, None),
                _row("silent", "PIXEL-3"),
                _row("harmony_only", None),
            ],
        }
    },
    "applications": {
        "results": [
            {
                "item": "11111111-2222-4333-8444-555555555555",
                "known": True,
                "application": {"app_id": "11111111-2222-4333-8444-555555555555", "display_name": "Check Point"},
                "missing": [{**_permission("User.Read", needed_for=["the set steady_state"]), "type": "delegated"}],
                "excess": [_permission("DeviceManagementApps.ReadWrite.All")],
            },
            {"item": "22222222-2222-4333-8444-555555555555", "msg": f"Refused. {EVIL}"},
        ]
    },
}


def read(*path: str, to: Any = None) -> Json:
    """The tenant, with something else at a path."""
    found = copy.deepcopy(READ)
    if path:
        place = found
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = to
    return found


def past(*shares: int) -> list[str]:
    """Figures of earlier runs, a day each."""
    return [
        json.dumps(
            {
                "at": f"2026-10-{day:02}T06:00:00Z",
                "devices": 100,
                "protected_intune": share,
                "threats": 2,
                "devices_harmony": 100,
                "protected_harmony": share - 3,
                "not_in_place": 1,
            }
        )
        for day, share in enumerate(shares, 1)
    ]


def report(found: Json | None = None, history: Sequence[str] | None = None) -> Json:
    result: Json = FilterModule().filters()["harmony_report"](
        READ if found is None else found, WORDS, TEMPLATES, history
    )
    return result
