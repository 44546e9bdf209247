# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an iOS app is taken from Apple's volume purchase program or from the store, and the program's tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from .._engine.references import graph_type
from .._graph import odata
from .._graph.errors import Conflict
from .._graph.session import GraphSession
from .app_types import IOS_STORE_APP, IOS_VPP_APP

TOKENS = "deviceAppManagement/vppTokens"
USES = ("vpp", "store", "auto")
STORE, BOUGHT = IOS_STORE_APP.graph_type, IOS_VPP_APP.graph_type
# A purchased app has these from Apple; what Intune would take is overwritten by the next synchronization.
FROM_APPLE = ("name", "description", "publisher")
Raw = dict[str, Any]


def may_be_bought(params: Mapping[str, Any]) -> bool:
    """Whether the options let the app come from the volume purchase program."""
    return params.get("use") in ("vpp", "auto")


def chosen(found: Iterable[Raw], use: str, is_absent: bool) -> list[Raw]:
    """Return those of the objects of one app that use means.

    A purchased app that is assigned stays the one, also without free licences: its users have theirs. Nobody takes
    back, or deletes, a purchased app that is not assigned instead of a store app.
    """
    objects = list(found)
    bought = [raw for raw in objects if graph_type(raw) == BOUGHT]
    if use == "vpp":
        return bought
    assigned = [raw for raw in bought if is_assigned(raw)]
    free = [] if is_absent else [raw for raw in bought if _free_licences(raw) > 0]
    return assigned or free or [raw for raw in objects if graph_type(raw) == STORE]


def is_assigned(raw: Mapping[str, Any]) -> bool:
    return bool(raw.get("isAssigned") or raw.get("assignments"))


def _free_licences(raw: Mapping[str, Any]) -> int:
    return int(raw.get("totalLicenseCount") or 0) - int(raw.get("usedLicenseCount") or 0)


def valid_tokens(session: GraphSession, version: str) -> dict[str, Raw]:
    """Return the tokens that can be synchronized, by their ids."""
    return {str(raw["id"]): raw for raw in session.list(TOKENS, version) if str(raw.get("state")).lower() == "valid"}


def synchronize(session: GraphSession, token_id: str, version: str) -> None:
    with suppress(Conflict):  # a synchronization is running already, which is enough
        session.post(f"{TOKENS}/{odata.segment(token_id)}/syncLicenses", None, version=version, repeatable=True)


def is_synchronized(before: Raw, now: Raw | None) -> bool:
    """Whether a synchronization ended since a token was read; one that does not exist any more has none."""
    return now is None or (
        str(now.get("lastSyncStatus")).lower() in ("completed", "failed")
        and now.get("lastSyncDateTime") != before.get("lastSyncDateTime")
    )
