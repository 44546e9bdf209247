# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a request out as the rule of a fault wants it, and alters the answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import unquote

from . import altering, seeding
from .entra import Entra
from .errors import error_body
from .faults import Action, Rule
from .messages import Request, Response
from .store import Tenant

# Status -> the code of its error.
_CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Forbidden",
    404: "ResourceNotFound",
    409: "Conflict",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
_LATER = re.compile(r"\{now([+-]\d+)\}")
_SKIP_TOKEN = re.compile(r"&?(\$|%24)skiptoken=[^&]*", re.IGNORECASE)


def answered(
    tenant: Tenant, entra: Entra, request: Request, rule: Rule | None, dispatch: Callable[[Request], Response]
) -> Response:
    """Carry out a request as a rule wants it, and alter the answer."""
    if rule is None:
        return dispatch(request)
    action = rule.action
    if action.revoke:
        entra.generation += 1
    seeding.perform(tenant, rule.operations(request, action.before))
    if action.without:
        request = replace(request, query=_without(request.query, action.without))
    if action.link:
        request = replace(request, query=_SKIP_TOKEN.sub("", request.query))
    refused = action.status is not None and not action.execute
    if action.twin and not refused:
        dispatch(replace(request, request_id=str(uuid.uuid4())))
    response = _injected(tenant, action, request) if refused else dispatch(request)
    seeding.perform(tenant, rule.operations(request, action.after, response.body))
    if action.status is not None and action.execute:
        response = _injected(tenant, action, request)
    if action.bare and response.status < 300:
        response = Response(action.bare, None, _located(request, response))
    return _altered(response, action, request, rule.count)


def _injected(tenant: Tenant, action: Action, request: Request) -> Response:
    message = action.message
    if action.echo:
        message += f" {request.headers.get('authorization')} {request.target} {request.body.decode(errors='replace')}"
    body = (
        action.body
        if action.body is not None
        else error_body(request, action.code or _CODES.get(action.status or 500, "InternalServerError"), message)
    )

    def later(found: re.Match[str]) -> str:
        return format_datetime(tenant.clock.date() + timedelta(seconds=int(found[1])), usegmt=True)

    headers = {
        name: _LATER.sub(later, str(value).replace("{root}", request.root)) for name, value in action.headers.items()
    }
    return Response(action.status or 500, body, headers | {"request-id": request.request_id})


def _without(query: str, option: str) -> str:
    return "&".join(part for part in query.split("&") if unquote(part.partition("=")[0]) != option)


def _located(request: Request, response: Response) -> dict[str, str]:
    created = response.body.get("id") if isinstance(response.body, dict) else None
    return {"Location": f"{request.root}{request.path}/{created}"} if created else {}


def _altered(response: Response, action: Action, request: Request, number: int) -> Response:
    if action.alter:
        response = altering.altered(response, action.alter)
    if action.link:
        response = altering.linked(response, action.link, request, number)
    if action.batch:
        response = altering.rebatched(response, action.batch)
    if action.mutate is not None:
        response = altering.mutated(response, action.mutate + number)
    if action.text is not None:
        response = Response(response.status, action.text.encode(), response.headers, "text/html")
    if action.content_type:
        response.content_type = action.content_type
    return response
