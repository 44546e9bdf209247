# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which permissions a route takes (``contract/permissions.json``), and the few the data leave out."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import GraphFault
from .further import FURTHER
from .routing import Call, Route

_CONFIGURATION_READ = ("DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All")
_CONFIGURATION_WRITE = ("DeviceManagementConfiguration.ReadWrite.All",)
_SERVICE_READ = ("DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All")
_SERVICE_WRITE = ("DeviceManagementServiceConfig.ReadWrite.All",)
_DIRECTORY_WRITE = ("Directory.ReadWrite.All",)

# Routes that the permission data do not list; each source is named.
_MORE: dict[str, dict[str, tuple[str, ...]]] = {
    **{f"/{path.lower()}": {"GET": (f"{name}.Read.All", f"{name}.ReadWrite.All")} for path, name in FURTHER.items()},
    # https://learn.microsoft.com/graph/api/intune-devices-manageddeviceoverview-get
    "/devicemanagement/manageddeviceoverview": {
        "GET": ("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All")
    },
    # [graph facts: deleted groups] for groups
    "/directory/deleteditems": {
        "GET": ("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
    },
    "/directory/deleteditems/{id}": {
        "GET": ("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
        "DELETE": ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
    },
    "/directory/deleteditems/{id}/restore": {"POST": ("Group.ReadWrite.All", "Directory.ReadWrite.All")},
    # The actions of a policy's profile links are read like the profile itself.
    "/devicemanagement/deviceconfigurations/{id}/{id}": {"GET": _CONFIGURATION_READ},
    # Changing a reference of a profile is changing the profile.
    "/devicemanagement/deviceconfigurations/{id}/{id}/$ref": {
        "PUT": _CONFIGURATION_WRITE,
        "DELETE": _CONFIGURATION_WRITE,
    },
    # [graph facts: derived credentials]
    "/devicemanagement/derivedcredentials": {
        "GET": _SERVICE_READ,
        "POST": _SERVICE_WRITE,
    },
    "/devicemanagement/derivedcredentials/{id}": {
        "GET": _CONFIGURATION_READ,
        "PATCH": _CONFIGURATION_WRITE,
        "DELETE": ("DeviceManagementManagedDevices.ReadWrite.All",),
    },
}
_ALIASES = {
    "/devices(deviceid={value})": "/devices/{id}",
    "/devices(deviceid={value})/memberof": "/devices/{id}/memberof",
    "/devices(deviceid={value})/transitivememberof": "/devices/{id}/transitivememberof",
    "/devices(deviceid={value})/registeredowners": "/devices/{id}/registeredowners",
    "/devices(deviceid={value})/registeredusers": "/devices/{id}/registeredusers",
}

# What adding an object to a group takes besides the permission on the group [graph facts: group members].
_MEMBER_KIND = {
    "device": "Device.ReadWrite.All",
    "user": "User.ReadWrite.All",
    "group": "Group.ReadWrite.All",
    "servicePrincipal": "Application.ReadWrite.All",
}


class Permissions:
    """The permission table; a route without an entry is refused to everybody."""

    def __init__(self, path: Path) -> None:
        self.data = json.loads(path.read_text(encoding="utf-8"))

    def sufficient(self, route: Route, is_user: bool = False) -> tuple[str, ...]:
        routes: dict[str, dict[str, list[str]]] = self.data["user_routes" if is_user else "routes"]
        template = route.template
        template = _ALIASES.get(template, template)
        table = routes.get(template, {}) | {}
        found = table.get(route.method) or _MORE.get(template, {}).get(route.method)
        if not found and template.endswith("/$ref"):
            found = routes.get(template.removesuffix("/$ref"), {}).get(route.method)
        return tuple(found or ())

    def check(self, call: Call, route: Route) -> None:
        has_role = call.settings.user_is_administrator or not call.is_user
        if not has_role or not call.roles & set(self.sufficient(route, call.is_user)):
            raise denied(route.family)


def denied(family: str) -> GraphFault:
    if family == "intune":
        return GraphFault(
            403,
            "Application is not authorized to perform this operation. Application must have one of the "
            "scopes that this operation takes.",
        )
    return GraphFault(403, "Insufficient privileges to complete the operation.", "Authorization_RequestDenied")


def check_member(call: Call, kind: str) -> None:
    if call.roles & set(_DIRECTORY_WRITE) or _MEMBER_KIND[kind] in call.roles:
        return
    raise denied("directory")
