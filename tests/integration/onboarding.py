# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role with its variables, as several tests run it, and what a tenant then has."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.mobilesec.intune.plugins.plugin_utils._onboarding.variables import STEPS
from tests.emulator.client import Emulator
from tests.integration.conftest import Certificates
from tests.integration.harness import HARRY, Json

SECRET = "s3cr3t-registration-key"
VPN_IOS: Json = {
    "connection_name": "Harmony",
    "identifier": "com.example.vpn",
    "server": {"address": "192.0.2.1"},
    "authentication_method": "username_and_password",
    "provider_type": "packet_tunnel",
    "enable_per_app": True,
    "on_demand_rules": [{"action": "connect"}],
}


def role(**variables: Any) -> dict[str, Any]:
    """Arguments for a play of the role alone."""
    extra_vars = {f"harmony_onboarding_{key}": value for key, value in variables.items()}
    return {"play": {"roles": [{"role": "mobilesec.intune.harmony_onboarding"}]}, "extra_vars": extra_vars}


def full(certificates: Certificates, **more: Any) -> dict[str, Any]:
    """The role with every step on that needs no permission of its own, and awkward names."""
    variables: Json = {
        "steps": [step for step in STEPS if step != "conditional_access"],
        "ios_group": {"name": HARRY, "description": "People\nwith iPhones", "members": ["user01@contoso.example"]},
        "android_group": {"name": "Harmony Mobile Android", "membership_rule": '(device.deviceOSType -eq "Android")'},
        "exclusion_group": {"name": "Left out"},
        "ios_filter": "Corporate iPhones",
        "ios_filter_rule": '(device.deviceOwnership -eq "Corporate") and (device.model -startsWith "iPhone")',
        "android_filter": "Corporate Android",
        "android_filter_mode": "exclude",
        "ios_app_assignments": [{"all_users": True, "intent": "available"}],
        "scope_tags": ["Mobile Security"],
        "ios_app_config_settings": [{"key": "MDM", "value": "INTUNE"}, {"key": "registration", "secret_value": SECRET}],
        "android_app_config_properties": {"MDM": "INTUNE", "nested": {"flag": True}},
        "android_app_config_secret_properties": {"registration": SECRET},
        "android_app_config_permissions": [{"permission": "android.permission.CAMERA", "action": "auto_grant"}],
        "certificate_path": str(certificates.authority),
        "vpn_ios": VPN_IOS,
        "vpn_android_package_id": "com.lacoon.security.fox",
        "connector_settings": {"partner_unresponsiveness_threshold_in_days": 7},
        "compliance_threat_level": "medium",
        "compliance_block_after_days": 3,
        "compliance_actions": [
            {"action_type": "notification", "notification_template": "Device not compliant"},
            {"action_type": "retire", "grace_period_days": 90},
        ],
        "compliance_rules": {"ios": {"security_block_jailbroken_devices": True}},
        # The Android group is one of devices.
        "compliance_assignments": [{"all_users": True}],
        "app_protection_threat_level": "low",
        "app_protection_assignments": [{"all_users": True}],
        "conditional_access_all_users": True,
        "conditional_access_exclude_groups": ["Left out"],
        "device_filters": {"operating_system": ["iOS", "Android"]},
        **more,
    }
    return role(**variables)


def everything(emulator: Emulator) -> Json:
    """What the tenant holds, without what the service itself counts and dates."""
    state = emulator.state()
    records = {
        path: sorted(json.dumps(record, sort_keys=True) for record in found)
        for path, found in state["records"].items()
        if found
    }
    return {"records": records, "groups": sorted(json.dumps(group, sort_keys=True) for group in state["groups"])}
