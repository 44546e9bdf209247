# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Graph's errors: one exception, and the shapes in which the directory and Intune put them on the wire."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from .messages import Json, Request, Response

DIRECTORY = "directory"
INTUNE = "intune"

# Intune's codes are generic; the directory's say more [graph facts: errors].
_INTUNE_CODES = {
    400: "BadRequest",
    403: "Forbidden",
    404: "ResourceNotFound",
    405: "BadRequest",
    409: "Conflict",
    415: "BadRequest",
    500: "InternalServerError",
}
_DIRECTORY_CODES = {
    400: "Request_BadRequest",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    405: "Request_BadRequest",
    409: "Request_Conflict",
    415: "Request_BadRequest",
    500: "InternalServerError",
}


class GraphFault(Exception):
    """A request that Graph refuses. ``code`` None takes the usual code of the status and of the service."""

    def __init__(
        self, status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}


def bad_request(message: str, code: str | None = None) -> GraphFault:
    return GraphFault(400, message, code)


def not_found(message: str) -> GraphFault:
    return GraphFault(404, message)


def directory_not_found(object_id: str) -> GraphFault:
    return GraphFault(
        404,
        f"Resource '{object_id}' does not exist or one of its queried reference-property objects are not present.",
        "Request_ResourceNotFound",
    )


def _intune_message(text: str, activity: str) -> str:
    """Intune's errors are a JSON document inside the message string [graph facts: errors]."""
    zero = "00000000-0000-0000-0000-000000000000"
    document = {
        "_version": 3,
        "Message": f"{text} - Operation ID (for customer support): {zero} - Activity ID: {activity} - "
        "Url: https://fef.emulated.manage.example/StatelessService",
        "CustomApiErrorPhrase": "",
        "RetryAfter": None,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    }
    return json.dumps(document, indent=2).replace("\n", "\r\n")


def error_body(request: Request, code: str, message: str) -> Json:
    date = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    inner = {"date": date, "request-id": request.request_id, "client-request-id": request.client_request_id}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def render(fault: GraphFault, request: Request, family: str) -> Response:
    codes = _INTUNE_CODES if family == INTUNE else _DIRECTORY_CODES
    code = fault.code or codes.get(fault.status, "UnknownError")
    wraps = family == INTUNE and fault.code is None
    message = _intune_message(fault.message, request.request_id) if wraps else fault.message
    return Response(fault.status, error_body(request, code, message), dict(fault.headers))
