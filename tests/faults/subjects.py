# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is run under each fault: every resource module in its phases, the document, what reads, the fleet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import RESOURCES
from tests.emulator.principals import PARTNER_APP_ID
from tests.emulator.threaded import ThreadedEmulator
from tests.samples import APPS, CONFIGS, CONNECTORS, FILTERS, POLICIES, PROFILES, STORE_APP, TEMPLATES, VPN

Json = dict[str, Any]
NAME = "Cell"
# Assigned to our objects by somebody else.
OTHERS = "Somebody else's"
GROUP = "Ours"
ASSIGNED: list[Json] = [{"group": GROUP}]
POLICIES_OF_ACCESS = "identity/conditionalAccess/policies"
PROTECTIONS = "deviceAppManagement/iosManagedAppProtections"
MESSAGES: list[dict[str, Any]] = [
    {"locale": "en-us", "subject": "s", "message_template": "m", "is_default": True},
    {"locale": "de", "subject": "s", "message_template": "m"},
]
FEDERATED: Json = {"name": "ci", "issuer": "https://ci.example", "subject": "main"}
PROFILE = "<plist><dict><key>PayloadType</key><string>Configuration</string></dict></plist>"
RULE = '(device.deviceOwnership -eq "Corporate")'


@dataclass(frozen=True)
class Subject:
    """A module with the options of an object, those of a change to it, and where Graph has it."""

    module: str
    options: Json
    change: Json
    collection: str = ""
    type: str = ""
    more: Callable[[ThreadedEmulator], Json] = lambda emulator: {}
    name: str = ""

    @property
    def label(self) -> str:
        return self.name or self.module


def _certificate(emulator: ThreadedEmulator) -> Json:
    return {"certificate": Path(emulator.ca_path).read_text(encoding="ascii")}


WRITERS = (
    Subject(
        "intune_group",
        {"name": NAME, "description": "d", "members": ["user01@contoso.example"]},
        {"description": "e", "members": ["user02@contoso.example"]},
        "groups",
    ),
    Subject(
        "intune_app",
        {"name": NAME, **STORE_APP, "created_by": "cells", "assignments": ASSIGNED},
        {"notes": "n", "assignments": [*ASSIGNED, {"all_users": True}]},
        APPS,
        "mobileAppAssignment",
    ),
    Subject(
        "intune_app",
        {"type": "android_managed_store_app", "package_id": "com.example.cell", "assignments": ASSIGNED},
        {"assignments": [*ASSIGNED, {"all_users": True}]},
        APPS,
        "mobileAppAssignment",
        name="intune_app (managed Google Play)",
    ),
    Subject(
        "intune_app_config",
        {
            "name": NAME,
            "target_apps": ["Target"],
            "ios": {"settings": [{"key": "k", "value": "v"}]},
            "assignments": ASSIGNED,
        },
        {"ios": {"settings": [{"key": "k", "value": "w"}]}, "assignments": [*ASSIGNED, {"all_devices": True}]},
        CONFIGS,
        "managedDeviceMobileAppConfigurationAssignment",
    ),
    Subject(
        "intune_app_protection_policy",
        {"name": NAME, "ios": {"app_group_type": "all_apps"}, "assignments": ASSIGNED},
        {"ios": {"app_group_type": "all_apps", "pin_required": True}, "assignments": [*ASSIGNED, {"all_users": True}]},
        PROTECTIONS,
        "targetedManagedAppPolicyAssignment",
    ),
    Subject(
        "intune_assignment_filter",
        {"name": NAME, "platform": "ios", "rule": RULE},
        {"description": "d"},
        FILTERS,
    ),
    Subject(
        "intune_certificate_profile",
        {"name": NAME, "platform": "ios", "assignments": ASSIGNED},
        {"description": "d", "assignments": [*ASSIGNED, {"all_users": True}]},
        PROFILES,
        "deviceConfigurationAssignment",
        _certificate,
    ),
    Subject(
        "intune_compliance_policy",
        {"name": NAME, "ios": {"passcode_required": True}, "assignments": ASSIGNED},
        {"ios": {"passcode_required": False}, "assignments": [*ASSIGNED, {"all_users": True}]},
        POLICIES,
        "deviceCompliancePolicyAssignment",
    ),
    Subject(
        "intune_conditional_access_policy",
        {
            "name": NAME,
            "conditions": {
                "users": {"include_users": ["All"]},
                "applications": {"include_applications": ["Office365"]},
            },
            "grant_controls": {"built_in_controls": ["compliant_device"]},
        },
        {"policy_state": "disabled"},
        POLICIES_OF_ACCESS,
    ),
    Subject(
        "intune_custom_profile",
        {"name": NAME, "ios": {"payload": PROFILE}, "assignments": ASSIGNED},
        {"description": "d", "assignments": [*ASSIGNED, {"all_users": True}]},
        PROFILES,
        "deviceConfigurationAssignment",
    ),
    Subject(
        "intune_mtd_connector",
        {"partner": "Zimperium", "ios_enabled": True},
        {"android_enabled": True},
        CONNECTORS,
    ),
    Subject(
        "intune_notification_template",
        {"name": NAME, "localized_notification_messages": MESSAGES},
        {"localized_notification_messages": [{**MESSAGES[0], "subject": "t"}, *MESSAGES[1:]]},
        TEMPLATES,
    ),
    Subject(
        "intune_application",
        {"name": NAME, "federated_credentials": [FEDERATED]},
        {"description": "d", "federated_credentials": [FEDERATED, {**FEDERATED, "name": "other", "subject": "o"}]},
        "applications",
    ),
    Subject(
        "intune_permission",
        {"app_id": PARTNER_APP_ID, "sets": ["device_sync"], "create_service_principal": True},
        {"sets": ["device_sync", "one_click"]},
    ),
    Subject(
        "intune_vpn_profile",
        {"name": NAME, "ios": VPN, "assignments": ASSIGNED},
        {"ios": {**VPN, "connection_name": "d"}, "assignments": [*ASSIGNED, {"all_users": True}]},
        PROFILES,
        "deviceConfigurationAssignment",
    ),
    Subject(
        "intune_configuration",
        {
            "configuration": {
                "groups": [{"name": NAME}],
                "assignment_filters": [{"name": NAME, "platform": "ios", "rule": RULE}],
                "apps": [{"name": NAME, **STORE_APP, "assignments": [{"group": NAME, "filter": NAME}]}],
                "vpn_profiles": [{"name": NAME, "ios": VPN, "assignments": [{"group": NAME}]}],
            }
        },
        {
            "configuration": {
                "groups": [{"name": NAME, "description": "d"}],
                "apps": [
                    {"name": NAME, **STORE_APP, "notes": "n", "assignments": [{"group": NAME}, {"all_users": True}]}
                ],
                "vpn_profiles": [
                    {"name": NAME, "ios": {**VPN, "connection_name": "d"}, "assignments": [{"group": NAME}]}
                ],
            }
        },
        "*",
    ),
)


@dataclass(frozen=True)
class Reader:
    module: str
    options: Json = field(default_factory=dict)
    name: str = ""

    @property
    def label(self) -> str:
        return self.name or self.module


# What an info module reads, where it is not everything.
_SELECTED: dict[str, Json] = {"group": {"name": OTHERS}}
READERS = (
    *(Reader(f"intune_{resource.singular}_info", _SELECTED.get(resource.singular, {})) for resource in RESOURCES),
    Reader("intune_enrollment_info", {"platforms": ["android", "ios", "macos", "windows"]}),
    Reader("intune_permission_info", {"sets": ["device_sync"]}),
    Reader("intune_tenant_info"),
    Reader("intune_device_facts", {"fields": ["id", "device_name"]}),
    Reader("intune_export", {"all_groups": True, "include_members": True}),
    Reader("intune_application_info"),
    Reader("intune_device_action", {"action": "sync", "filters": {"operating_system": ["iOS"]}, "maximum": 100}),
    Reader("harmony_device_info"),
    Reader("harmony_alert_info"),
    Reader("intune_harmony_coverage"),
    Reader("inventory"),
    Reader("inventory", {"harmony": True}, "inventory (with Harmony Mobile)"),
)
