# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On how many devices apps are installed (beta reports/getAppStatusOverviewReport)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from .._engine.info import gather
from .._engine.names import snake_case
from .._graph.batch import BatchRequest
from .._graph.errors import BadAnswer
from .._graph.session import GraphSession
from .._graph.shapes import Shape, misfit
from .app import App

_REPORT = "/deviceManagement/reports/getAppStatusOverviewReport"
# The columns of the report, as callers of it read them; not all tenants' reports have all.
_UNREADABLE = "The report on the install status of an app, which Microsoft Graph sent, cannot be read."
_SHAPE: Shape = {"Schema": [{"Column": str}], "Values": [[(str, float, bool)]]}
_COLUMNS = (
    "InstalledDeviceCount",
    "FailedDeviceCount",
    "PendingInstallDeviceCount",
    "NotInstalledDeviceCount",
    "NotApplicableDeviceCount",
)


def install_status(session: GraphSession, app_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the numbers of devices by app, all apps in one $batch."""
    requests = [BatchRequest("POST", _REPORT, {"filter": f"(ApplicationId eq '{app_id}')"}) for app_id in app_ids]
    found = {}
    for app_id, answer in zip(app_ids, session.batch(requests) if requests else []):
        if answer.error:
            raise answer.error
        found[app_id] = _counts(_report(answer.body), app_id)
    return found


def _report(body: Any) -> Mapping[str, Any]:
    """The report is a file (octet-stream), which a $batch wraps in base64."""
    if isinstance(body, str):
        with suppress(ValueError, RecursionError):
            body = json.loads(base64.b64decode(body))
    if not isinstance(body, dict) or "Schema" not in body or misfit(body, _SHAPE, "report"):
        raise BadAnswer(_UNREADABLE, 200)
    return body


def _counts(report: Mapping[str, Any], app_id: str) -> dict[str, int]:
    """Return the numbers of the app's row. Other rows are there if Graph does not apply the filter."""
    columns = [str(column.get("Column")) for column in report["Schema"] or []]
    rows = [dict(zip(columns, row)) for row in report.get("Values") or []]
    row: dict[str, Any] = next(
        (row for row in rows if str(row.get("ApplicationId", app_id)).lower() == app_id.lower()), {}
    )
    try:
        counts = {snake_case(name): int(row.get(name) or 0) for name in _COLUMNS}
    except (TypeError, ValueError):
        raise BadAnswer(_UNREADABLE, 200) from None
    if (row and _COLUMNS[0] not in row) or min(counts.values()) < 0:
        raise BadAnswer(_UNREADABLE, 200)
    return counts


def info(session: GraphSession, params: Mapping[str, Any], check_mode: bool, diff_mode: bool) -> dict[str, Any]:
    """The interface function of the info module: apps, and on how many devices they are installed."""
    result = gather(App(), session, params, check_mode)
    if params.get("install_status") and result["graph_requests"]:
        for app_id, counts in install_status(session, list(result["details"])).items():
            result["details"][app_id]["install_status"] = counts
    return {**result, "graph_requests": session.requests_sent}
