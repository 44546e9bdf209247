# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many tests name: collections of Graph, and the options of objects that only have to exist."""

from __future__ import annotations

from typing import Any

APPS = "deviceAppManagement/mobileApps"
CONFIGS = "deviceAppManagement/mobileAppConfigurations"
CONNECTORS = "deviceManagement/mobileThreatDefenseConnectors"
FILTERS = "deviceManagement/assignmentFilters"
POLICIES = "deviceManagement/deviceCompliancePolicies"
PROFILES = "deviceManagement/deviceConfigurations"
TEMPLATES = "deviceManagement/notificationMessageTemplates"
STORE_APP: dict[str, Any] = {
    "type": "ios_store_app",
    "publisher": "P",
    "app_store_url": "https://apps.apple.com/app/id1",
}
VPN: dict[str, Any] = {
    "connection_name": "V",
    "connection_type": "custom_vpn",
    "identifier": "com.example.vpn",
    "authentication_method": "username_and_password",
    "server": {"address": "192.0.2.1"},
}
# The options of the login that the emulated tenant names.
LOGIN = ("tenant_id", "client_id", "client_secret", "authority_host", "graph_url", "ca_path")
