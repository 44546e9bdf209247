# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module intune_device_facts: devices as facts or in a file, always with a summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...graph.session import GraphSession
from . import fields, reading
from .query import FleetQuery
from .summary import PROPERTIES, Summary


def gather(session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False) -> dict[str, Any]:
    """Return the devices as facts, with a summary. Reading changes nothing, so check mode is the same.

    A page that cannot be read is an error: a fleet is whole or it is none.
    """
    query = FleetQuery.from_params(params).with_also(*PROPERTIES)
    names = [fields.NAMES[graph] for graph in query.fields]
    present = fields.presenter(query.fields)
    summary = Summary()
    devices = []
    for page in reading.pages(session, query):
        summary.add(page)
        devices += [dict(zip(names, values)) for values in present(page)]
    numbers = summary.result()
    return {
        "changed": False,
        "ansible_facts": {"intune_devices": devices, "intune_devices_summary": numbers},
        "summary": numbers,
        "graph_requests": session.requests_sent,
    }
