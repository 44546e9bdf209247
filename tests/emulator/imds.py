# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual machine's metadata endpoint (plain HTTP): tokens for a managed identity."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .entra import Entra
from .messages import Request, Response
from .settings import CLOUD_HOSTS, Settings

_PATH = "/metadata/identity/oauth2/token"


def _refusal(error: str, text: str) -> Response:
    return Response(400, {"error": error, "error_description": text})


def respond(request: Request, settings: Settings, entra: Entra) -> Response:
    """[entra docs: how-to-use-vm-token] ``resource``, not ``scope``; every value of the answer is a string."""
    if request.path.rstrip("/") != _PATH:
        return Response(404, {"error": "not found"})
    if request.method != "GET":
        return Response(405, {"error": "method not allowed"})
    if request.headers.get("metadata") != "true":
        return _refusal("invalid_request", "Required metadata header not specified or not correct.")
    options = dict(parse_qsl(request.query))
    if options.get("api-version") not in ("2018-02-01", "2019-08-01", "2021-02-01"):
        return _refusal("invalid_request", "Required query variable 'api-version' is missing or not supported.")
    resource = options.get("resource", "").rstrip("/")
    resources = [f"https://{graph}" for graph, _logins in CLOUD_HOSTS.values()]
    if resource not in resources and not resource.startswith(("https://localhost:", "https://127.0.0.1:")):
        return _refusal("invalid_resource", "AADSTS500011: The resource principal was not found in the tenant.")
    if options.get("client_id", settings.client_id).lower() != settings.client_id.lower():
        return _refusal("invalid_request", "Identity not found.")
    now = int(settings.clock.timestamp())
    lifetime = settings.token_lifetime_s
    body = {
        "access_token": entra.issue(resource),
        "client_id": settings.client_id,
        "expires_in": str(lifetime),
        "expires_on": str(now + lifetime),
        "ext_expires_in": str(lifetime),
        "not_before": str(now),
        "resource": resource,
        "token_type": "Bearer",
    }
    return Response(200, body)
