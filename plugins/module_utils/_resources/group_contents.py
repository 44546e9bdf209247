# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What groups hold (v1.0 /groups), for resources that are assigned to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.session import GraphSession

# A cast is an advanced query [graph facts: requests].
_EVENTUAL = {"ConsistencyLevel": "eventual"}
ABOUT_DEVICES = re.compile(r"\bdevice\.", re.IGNORECASE)
ABOUT_USERS = re.compile(r"\buser\.", re.IGNORECASE)


@dataclass(frozen=True)
class Content:
    """What a group is called, and whether it holds devices and users, or would by its rule."""

    name: str
    has_devices: bool
    has_users: bool


def contents(session: GraphSession, group_ids: Sequence[str]) -> list[Content]:
    """Return what groups hold, read in one $batch; groups that cannot be read count as empty."""
    requests = []
    for group_id in group_ids:
        path = f"/groups/{odata.segment(group_id)}"
        requests.append(BatchRequest("GET", f"{path}?{odata.query({'$select': 'id,displayName,membershipRule'})}"))
        one = odata.query({"$count": "true", "$top": "1", "$select": "id"})
        requests += [
            BatchRequest("GET", f"{path}/transitiveMembers/microsoft.graph.{member}?{one}", headers=_EVENTUAL)
            for member in ("device", "user")
        ]
    answers = [
        response.body if not response.error and isinstance(response.body, dict) else {}
        for response in (session.batch(requests, version="v1.0") if requests else ())
    ]

    def has_items(page: Mapping[str, Any]) -> bool:
        # A page may be empty and have another one behind it [graph facts: paging].
        link = page.get("@odata.nextLink")
        return bool(page.get("value") or (link and any(session.list_from(link, _EVENTUAL))))

    found = []
    for group_id, group, devices, users in zip(group_ids, answers[::3], answers[1::3], answers[2::3]):
        rule = group.get("membershipRule") or ""
        found.append(
            Content(
                str(group.get("displayName") or group_id),
                has_items(devices) or bool(ABOUT_DEVICES.search(rule)),
                has_items(users) or bool(ABOUT_USERS.search(rule)),
            )
        )
    return found
