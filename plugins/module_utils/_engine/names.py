# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph's camelCase names and the snake_case names that users write."""

from __future__ import annotations

import re
from typing import Any

# Names that a mechanical split would tear apart.
_WORDS = (
    ("iPadOS", "Ipados"),
    ("iPad", "Ipad"),
    ("iPhone", "Iphone"),
    ("iPod", "Ipod"),
    ("IPod", "Ipod"),
    ("iOS", "Ios"),
    ("IOS", "Ios"),
    ("macOS", "Macos"),
    ("chromeOS", "Chromeos"),
    ("wiFi", "Wifi"),
    ("WiFi", "Wifi"),
    ("ikEv2", "Ikev2"),
    ("IPSec", "Ipsec"),
    ("VPNs", "Vpns"),
    ("UPNs", "Upns"),
    ("IoT", "Iot"),
    ("chaCha", "Chacha"),
)
_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD = re.compile(r"([a-z0-9])([A-Z])")


def snake_case(name: str) -> str:
    """Return the snake_case form of a Graph name: azureADDeviceId -> azure_ad_device_id."""
    for graph, word in _WORDS:
        name = name.replace(graph, word)
    name = _ACRONYM.sub(r"\1_\2", name)
    return _WORD.sub(r"\1_\2", name).lower()


def snake_keys(value: Any) -> Any:
    """Return a Graph value with snake_case keys, without OData annotations (keys that hold an @)."""
    if isinstance(value, dict):
        return {snake_case(key): snake_keys(item) for key, item in value.items() if "@" not in key}
    if isinstance(value, list):
        return [snake_keys(item) for item in value]
    return value


def package_name(text: object) -> str:
    """Return an Android package name without the prefix of managed Google Play: app:com.example -> com.example."""
    name = str(text or "")
    return name[len("app:") :] if name.startswith("app:") else name
