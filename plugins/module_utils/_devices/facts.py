# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module intune_device_facts: devices as facts or in a file, always with a summary as a fact."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from .._engine.errors import InvalidOptions
from .._graph.session import GraphSession
from . import query as fleet_query
from .fields import NAMES, present
from .filters import is_one_of
from .output import FORMATS, outcome, output_of
from .query import FleetQuery
from .reading import Fleet
from .summary import THREATS, Progress, Summary

OPTIONS: dict[str, dict[str, Any]] = {
    **fleet_query.OPTIONS,
    "registered_devices": {"type": "bool", "default": False},
    "outside_groups": {"type": "bool", "default": False},
    "via": {"type": "str", "choices": ["pages", "export_job"], "default": "pages"},
    "export_timeout": {"type": "int", "default": 600},
    "gather": {"type": "str", "choices": ["devices", "threats", "summary"], "default": "devices"},
    "dest": {"type": "path"},
    "format": {"type": "str", "choices": list(FORMATS)},
    "shared_directory": {"type": "bool", "default": False},
}
_has_threat = is_one_of("partnerReportedThreatState", [name.replace("_", "") for name in THREATS])


def gather(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Return the devices as facts, or write them to a file, with a summary.

    A page that cannot be read is an error: a fleet is whole or it is none, and then no file is replaced.
    """
    query = FleetQuery.from_params(params)
    has_threats_only = params.get("gather") == "threats"
    if has_threats_only and query.is_exported:
        raise InvalidOptions("gather=threats: the report of via=export_job has no threat states.")
    summary = Summary(has_threats=not query.is_exported)
    query = query.with_also(*summary.properties)
    output = output_of([NAMES[graph] for graph in query.fields], params, check_mode)
    keeps = not output and params.get("gather") != "summary"
    fleet = Fleet(session, query, keeps_outside=keeps, check_mode=check_mode)
    devices: list[tuple[str, dict[str, Any]]] = []
    progress = Progress(session.progress)
    with output or contextlib.nullcontext():
        for page in fleet.pages():
            summary.add(page)
            progress.add(len(page))
            page = list(filter(_has_threat, page)) if has_threats_only else page
            if output:
                output.add(present(page, query.fields))
            elif keeps:
                devices += zip([raw["id"] for raw in page], present(page, query.fields))
    facts = {"intune_devices_summary": summary.result(), **_others(fleet, query, keeps)}
    if keeps:
        # Pages come as they come; facts are in the same order each time.
        facts["intune_devices"] = [device for _id, device in sorted(devices, key=itemgetter(0))]
    return {
        **outcome(output, diff_mode),
        "ansible_facts": facts,
        "warnings": fleet.warnings,
        "graph_requests": session.requests_sent,
    }


def _others(fleet: Fleet, query: FleetQuery, keeps: bool) -> dict[str, Any]:
    """Return what was found beside the devices of the query."""
    others: dict[str, Any] = {}
    if query.groups:
        others["intune_members_without_device"] = fleet.members_without_device
    if query.outside_groups:
        others["intune_devices_outside_groups"] = {
            "total": fleet.outside_total,
            **({"devices": fleet.outside} if keeps else {}),
        }
    if fleet.registered is not None:
        others["intune_registered_devices"] = fleet.registered
    return others
