# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of groups, and which of them have managed devices.

Graph has no such join: a device that is a member is found by its deviceId, which Intune calls azureADDeviceId, and the
devices of a user by userId.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._engine.references import Reference, graph_type, is_placeholder
from .._engine.resolving import resolve
from .._graph import odata
from .._graph.errors import IntuneError
from .._graph.session import GraphSession
from .._resources.reference_types import GROUP
from .fields import entra_id

# The properties of a device that find its member.
PROPERTIES = ("azureADDeviceId", "userId")
# The most that Graph gives in one page of a directory list [graph facts: paging].
_TOP = "999"
DEVICE, USER = "device", "user"
_OTHERS = ("group", "servicePrincipal", "orgContact", "application")


@dataclass
class Member:
    type: str
    id: str
    # The deviceId of a device.
    device_id: str
    name: str
    has_device: bool = False

    def shown(self) -> dict[str, Any]:
        device = {"device_id": self.device_id} if self.type == DEVICE else {}
        return {"type": self.type, "id": self.id, **device, "name": self.name}


class Members:
    """The users and devices in some groups, groups in them included."""

    def __init__(self, members: Sequence[Member], warnings: Sequence[str] = ()) -> None:
        self.warnings = list(warnings)
        self.all = list(members)
        self._users = {member.id.lower(): member for member in members if member.type == USER}
        self._devices = {member.device_id.lower(): member for member in members if member.type == DEVICE}

    @classmethod
    def read(cls, session: GraphSession, groups: Sequence[str], check_mode: bool) -> Members:
        """Raises UnresolvedNames and AmbiguousName for groups that cannot be identified; check mode takes a missing one
        as new and empty.
        """
        references = [Reference(GROUP, name) for name in groups]
        resolved = resolve(session, references, check_mode=check_mode)
        found: dict[str, Member] = {}
        for group_id in dict.fromkeys(resolved.id_of(reference) for reference in references):
            if is_placeholder(group_id):
                continue
            for raw in session.list(
                f"groups/{odata.segment(group_id)}/transitiveMembers", version="v1.0", params={"$top": _TOP}
            ):
                member = _member(raw)
                if member:
                    found[member.id] = member
        return cls(list(found.values()), resolved.warnings)

    def take(self, raw: dict[str, Any]) -> bool:
        """Whether a managed device belongs to a member, which then counts as having one."""
        device = self._devices.get(entra_id(raw))
        user = self._users.get(str(raw.get("userId") or "").lower())
        for member in (device, user):
            if member:
                member.has_device = True
        return bool(device or user)

    def without_device(self) -> list[dict[str, Any]]:
        return [member.shown() for member in self.all if not member.has_device]


def _member(raw: dict[str, Any]) -> Member | None:
    member_type = graph_type(raw) or (DEVICE if raw.get("deviceId") else USER)
    if member_type in _OTHERS:
        return None
    if member_type == DEVICE and not raw.get("deviceId"):
        # Objects that the application must not read come with nothing but their id
        # [graph facts: inaccessible members].
        raise IntuneError(
            f"Microsoft Graph does not tell the deviceId of the device {raw.get('id')}, which is a member of "
            "a group, so that it cannot be found among "
            "the managed devices. The application probably lacks the permission Device.Read.All."
        )
    name = raw.get("displayName") if member_type == DEVICE else raw.get("userPrincipalName") or raw.get("displayName")
    return Member(member_type, str(raw["id"]), str(raw.get("deviceId") or ""), str(name or raw["id"]))
