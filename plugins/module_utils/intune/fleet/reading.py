# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the fleet: every device once, or an error; never a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...graph import odata
from ...graph.errors import NotFound
from ...graph.session import GraphSession
from .query import FleetQuery

PATH = "deviceManagement/managedDevices"


def read(session: GraphSession, query: FleetQuery) -> Iterator[dict[str, Any]]:
    """Yield the devices that the query selects, in Graph's own names."""
    for page in pages(session, query):
        yield from page


def pages(session: GraphSession, query: FleetQuery) -> Iterator[list[dict[str, Any]]]:
    """Yield the devices as they come, page by page; each device is in one page only."""
    seen: set[str] = set()
    for page in _pages(session, query):
        # Devices that enrol while pages are read can shift one onto two pages.
        fresh = {str(raw.get("id")): raw for raw in query.apply(page)}
        new = [raw for device_id, raw in fresh.items() if device_id not in seen]
        seen.update(fresh)
        if new:
            yield new


def _pages(session: GraphSession, query: FleetQuery) -> Iterator[list[dict[str, Any]]]:
    if query.one and query.one[0] == "id":
        try:
            yield [session.get(f"{PATH}/{odata.segment(query.one[1])}", params={"$select": ",".join(query.asked)})]
        except NotFound:
            return
        return
    for page in session.pages(PATH, params=parameters(query)):
        yield page["value"]


def parameters(query: FleetQuery, *clauses: str) -> dict[str, str]:
    """Return the query options of a list; clauses are joined to the query's own."""
    params = {"$select": ",".join(query.asked)}
    if query.clauses or clauses:
        params["$filter"] = " and ".join((*query.clauses, *clauses))
    return params
