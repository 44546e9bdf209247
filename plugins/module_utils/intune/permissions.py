# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application permissions that suffice for a request, least privilege first.

Source: permissions.json of microsoftgraph/microsoft-graph-devx-content, commit 6cbd6bb (2026-08-07), application scheme.
"""

from __future__ import annotations

import re

_APPS = ("DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All")
_CONFIGURATION = ("DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All")
_SERVICE = ("DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All")
_DEVICES = ("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All")

# Path pattern, permission to read, permission to write; the first that fits counts.
_ROUTES = tuple(
    (re.compile(pattern, re.IGNORECASE), read, write)
    for pattern, (read, write) in (
        (r"deviceAppManagement/", _APPS),
        (r"deviceManagement/(deviceConfigurations|derivedCredentials|deviceCompliance|assignmentFilters|roleScopeTags|androidManagedStore)", _CONFIGURATION),
        (r"deviceManagement/(mobileThreatDefenseConnectors|notificationMessageTemplates)", _SERVICE),
        (r"deviceManagement/(managedDevices|reports/exportJobs)", _DEVICES),
        (r"users/[^/]+/managedDevices", _DEVICES),
        (r"groups/[^/]+/transitiveMembers", ("GroupMember.Read.All", "GroupMember.ReadWrite.All")),
        (r"groups/[^/]+/members", ("GroupMember.Read.All", "GroupMember.ReadWrite.All (a device also needs Device.ReadWrite.All)")),
        (r"groups/[^/]+/owners", ("GroupMember.Read.All", "Group.ReadWrite.All")),
        (r"groups/?$", ("GroupMember.Read.All", "Group.Create")),
        (r"groups", ("GroupMember.Read.All", "Group.ReadWrite.All")),
        (r"directory/deletedItems", ("Group.Read.All", "Group.ReadWrite.All")),
        (r"users", ("User.Read.All", "User.ReadWrite.All")),
        (r"devices", ("Device.Read.All", "Device.ReadWrite.All")),
        (r"directoryObjects", ("Directory.Read.All", "Directory.ReadWrite.All")),
    )
)


def hint(method: str, path: str) -> str | None:
    """Return the application permission that a request needs, None when it is not known."""
    for pattern, read, write in _ROUTES:
        if pattern.match(path.lstrip("/")):
            return read if method == "GET" else write
    return None
