# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Graph's front: version, token, throttling, route, permission, options; then the handler."""

from __future__ import annotations

import copy
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import unquote

from . import (
    altering,
    applications,
    batch,
    directory,
    enrollment,
    further,
    groups,
    intune,
    play,
    registrations,
    reports,
    seeding,
    templates,
    vpp,
)
from .devices import Devices
from .entra import Entra
from .errors import DIRECTORY, INTUNE, GraphFault, bad_request, error_body, render
from .exports import Exports
from .faults import Action, Faults, Rule
from .messages import Json, Request, Response
from .odata import Segment, parse_query, segments
from .permissions import Permissions
from .routing import Call, Route, Router
from .schema import Contract
from .settings import Settings
from .store import Group, Record, Tenant
from .throttling import Throttle

VERSIONS = ("v1.0", "beta")


class Graph:
    """One tenant behind Graph's API. ``respond`` never raises."""

    def __init__(self, settings: Settings, entra: Entra, faults: Faults) -> None:
        self.settings = settings
        self.entra = entra
        self.faults = faults
        contracts = {
            version: Contract.load(settings.contract / name)
            for version, name in (("v1.0", "v1.json"), ("beta", "beta.json"))
        }
        self.contracts = contracts
        self.permissions = Permissions(settings.contract / "permissions.json")
        self.router = Router()
        for module in (
            directory,
            groups,
            applications,
            registrations,
            intune,
            play,
            enrollment,
            further,
            reports,
            templates,
            vpp,
        ):
            module.add_routes(self.router)
        self.devices = Devices()
        self.devices.add_routes(self.router)
        self.exports = Exports()
        self.exports.add_routes(self.router)
        self.shuffle = random.Random(settings.seed)
        entra.granted = self._granted
        entra.consented = self._consented
        entra.registered = self._registered
        self.reset()

    def reset(self) -> None:
        # Before each write: when it was, and what there was.
        self._before: list[tuple[float, dict[str, dict[str, Record]], dict[str, Group]]] = []
        self._reads = 0
        self.tenant = Tenant(self.settings, self.contracts, self.permissions.data)
        self.devices.cache.generation = -1
        self.entra.users.asked.clear()
        self.throttle = Throttle(self.settings.clock, *self.settings.throttle) if self.settings.throttle else None
        seeding.seed(self.tenant)

    def _granted(self, client_id: str) -> list[str]:
        return self.tenant.principals.roles(client_id)

    def _registered(self, client_id: str) -> Json:
        """A registered application with the credentials that Entra knows already."""
        found = self.tenant.principals.registration(client_id)
        return found.values if found and self.tenant.principals.by_app_id(client_id) else None

    def _consented(self, client_id: str) -> list[str] | None:
        return self.tenant.principals.scopes(client_id)

    def respond(self, request: Request) -> Response:
        family = DIRECTORY
        try:
            version, parts = _split(request)
            roles, is_user = self.entra.check(request)
            play.advance(self.tenant)
            vpp.advance(self.tenant)
            if parts == ["$batch"] and not request.in_batch:
                return self._finished(self._batch(request, version), request)
            family = _family(parts)
            if self.throttle:
                self.throttle.check(request.method, "/".join(str(part) for part in parts))
            call = Call(request, version, self.tenant, roles, is_user)
            route = self.router.find(call, parts)
            family = route.family
            response = self._handled(call, route)
        except GraphFault as fault:
            response = render(fault, request, family)
        except UnicodeDecodeError:
            response = render(bad_request("The URL is not valid UTF-8."), request, family)
        return self._finished(response, request)

    def _handled(self, call: Call, route: Route) -> Response:
        self.permissions.check(call, route)
        if call.request.method == "GET" and call.request.body:
            raise bad_request("A GET request must not have a body.")
        call.query = parse_query(call.request.query, route.options)
        call.tenant = self._at_replica(call.request)
        return route.handler(call)

    def _at_replica(self, request: Request) -> Tenant:
        """The tenant as a read finds it that is behind the writes [graph facts: consistency]."""
        now, lag = self.settings.clock.now(), self.settings.replica / 1000
        if not lag:
            return self.tenant
        if request.method != "GET":
            self._before.append((now, copy.deepcopy(self.tenant.records), copy.deepcopy(self.tenant.groups)))
            return self.tenant
        self._before = [state for state in self._before if state[0] > now - lag]
        self._reads += 1
        is_current = (self.settings.mixed_replicas and self._reads % 2) or (
            self.settings.batches_behind and not request.in_batch
        )
        if not self._before or is_current:
            return self.tenant
        behind = copy.copy(self.tenant)
        _written, behind.records, behind.groups = self._before[0]
        return behind

    def _batch(self, request: Request, version: str) -> Response:
        if request.method != "POST":
            raise GraphFault(405, "Specified HTTP method is not allowed for the request target.")
        return batch.respond(request, version, self._item, self.shuffle)

    def _item(self, request: Request) -> Response:
        """One request of a batch; faults of the connection are none here."""
        return self.with_fault(request, self.faults.rule(request), self.respond)

    def with_fault(self, request: Request, rule: Rule | None, dispatch: Callable[[Request], Response]) -> Response:
        """Carry out a request as a rule wants it, and alter the answer."""
        if rule is None:
            return dispatch(request)
        action = rule.action
        if action.revoke:
            self.entra.generation += 1
        seeding.perform(self.tenant, rule.operations(request, action.before))
        if action.without:
            request = replace(request, query=_without(request.query, action.without))
        if action.link:
            request = replace(request, query=_SKIP_TOKEN.sub("", request.query))
        refused = action.status is not None and not action.execute
        if action.twin and not refused:
            dispatch(replace(request, request_id=str(uuid.uuid4())))
        response = self._injected(action, request) if refused else dispatch(request)
        seeding.perform(self.tenant, rule.operations(request, action.after, response.body))
        if action.status is not None and action.execute:
            response = self._injected(action, request)
        if action.bare and response.status < 300:
            response = Response(action.bare, None, _located(request, response))
        return _altered(response, action, request, rule.count)

    def _injected(self, action: Action, request: Request) -> Response:
        message = action.message
        if action.echo:
            message += (
                f" {request.headers.get('authorization')} {request.target} {request.body.decode(errors='replace')}"
            )
        body = (
            action.body
            if action.body is not None
            else error_body(request, action.code or _fault_code(action.status or 500), message)
        )

        def later(found: re.Match[str]) -> str:
            return format_datetime(self.tenant.clock.date() + timedelta(seconds=int(found[1])), usegmt=True)

        headers = {
            name: _LATER.sub(later, str(value).replace("{root}", request.root))
            for name, value in action.headers.items()
        }
        return Response(action.status or 500, body, headers | {"request-id": request.request_id})

    @staticmethod
    def _finished(response: Response, request: Request) -> Response:
        response.headers.setdefault("request-id", request.request_id)
        response.headers.setdefault("client-request-id", request.client_request_id)
        response.headers.setdefault(
            "x-ms-ags-diagnostic", '{"ServerInfo":{"DataCenter":"Emulated","ScaleUnit":"000","RoleInstance":"EMU0"}}'
        )
        return response


# A date so many seconds later.
_LATER = re.compile(r"\{now([+-]\d+)\}")
_SKIP_TOKEN = re.compile(r"&?(\$|%24)skiptoken=[^&]*", re.IGNORECASE)


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


def _fault_code(status: int) -> str:
    codes = {
        400: "BadRequest",
        401: "InvalidAuthenticationToken",
        403: "Forbidden",
        404: "ResourceNotFound",
        409: "Conflict",
        429: "TooManyRequests",
    }
    return codes.get(status, {503: "ServiceUnavailable", 504: "GatewayTimeout"}.get(status, "InternalServerError"))


def _split(request: Request) -> tuple[str, list[Segment]]:
    parts = segments(request.path)
    version = str(parts[0]).lower() if parts else ""
    if version not in VERSIONS:
        raise GraphFault(400, f"Invalid version: {version}", "BadRequest")
    # msgraph-sdk before 1.7 writes /v1.0//groups, which Graph takes.
    return version, parts[2:] if parts[1:2] == [""] else parts[1:]


def _family(parts: list[Segment]) -> str:
    top = str(parts[0]).lower() if parts else ""
    return INTUNE if top in ("devicemanagement", "deviceappmanagement") else DIRECTORY
