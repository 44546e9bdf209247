# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Harmony Mobile knows of the devices that an inventory has."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from .._devices.query import FleetQuery
from .._graph.session import GraphSession
from .coverage import ALERT_DAYS, read_phones
from .join import Join, Managed
from .session import HarmonySession, Row

# What is added to a device; no value where Harmony Mobile does not have it, or it is not sure which one it is.
VIEW = ("harmony_risk", "harmony_status", "harmony_matched_by")
NO_VIEW: Row = dict.fromkeys(VIEW)
# Graph's properties that the join looks at.
PROPERTIES = (
    "operatingSystem",
    "emailAddress",
    "userPrincipalName",
    "model",
    "serialNumber",
    "azureADDeviceId",
)


def views(
    session: GraphSession, params: Mapping[str, Any], query: FleetQuery, managed: Sequence[Managed]
) -> dict[str, Row]:
    """Intune's id -> the view of Harmony Mobile, within the bounds of the session. Raises IntuneError."""
    harmony = HarmonySession.from_params(params, session.redactor, session.bounds)
    with contextlib.closing(harmony):
        phones = read_phones(harmony, None, ALERT_DAYS)
    joined = Join(managed, phones, {})
    found: dict[str, Row] = {}
    for place, (match, key) in joined.matches.items():
        if key != "email" or _has_all_of_a_platform(query):
            phone = phones[match]
            found[managed[place].id] = dict(zip(VIEW, (phone.risk, phone.status, key)))
    return found


def _has_all_of_a_platform(query: FleetQuery) -> bool:
    """Whether a user's devices of one model are all there: among a part of them, one could look like the only one."""
    is_selected = bool(query.one or query.groups or query.user)
    return not is_selected and set(query.filters.properties) <= {"operatingSystem"}
