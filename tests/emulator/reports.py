# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of Intune that are answered at once, as files."""

from __future__ import annotations

import json
import re

from .errors import INTUNE, bad_request
from .messages import Response
from .routing import Call, Router

# [scripts of administrators that read this report]
_COLUMNS = (
    "ApplicationId",
    "FailedDeviceCount",
    "PendingInstallDeviceCount",
    "InstalledDeviceCount",
    "NotInstalledDeviceCount",
    "NotApplicableDeviceCount",
)
_PARAMETERS = {"name", "select", "search", "groupBy", "orderBy", "skip", "top", "sessionId", "filter"}


def add_routes(router: Router) -> None:
    router.add("POST", "deviceManagement/reports/getAppStatusOverviewReport", app_status, INTUNE, versions=("beta",))


def app_status(call: Call) -> Response:
    body = call.json()
    match = (
        re.fullmatch(r"\(?ApplicationId eq '([^']+)'\)?", str(body.get("filter"))) if isinstance(body, dict) else None
    )
    if not match or set(body) - _PARAMETERS:
        raise bad_request("The report needs a filter by ApplicationId.")
    counts = call.tenant.install_counts.get(match.group(1).lower())
    # An app that no device reported about has no row.
    values = [[match.group(1), *(counts.get(name, 0) for name in _COLUMNS[1:])]] if counts else []
    schema = [{"Column": name, "PropertyType": "String" if name == "ApplicationId" else "Int32"} for name in _COLUMNS]
    report = {"TotalRowCount": len(values), "Schema": schema, "Values": values, "SessionId": ""}
    return Response(200, json.dumps(report).encode(), content_type="application/octet-stream")
