# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Graph's front: version, token, throttling, route, permission, options; then the handler."""

from __future__ import annotations

import copy
import random

from . import (
    applications,
    batch,
    directory,
    enrollment,
    further,
    groups,
    injecting,
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
from .errors import DIRECTORY, INTUNE, GraphFault, bad_request, render
from .exports import Exports
from .faults import Faults
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
        return injecting.answered(self.tenant, self.entra, request, self.faults.rule(request), self.respond)

    @staticmethod
    def _finished(response: Response, request: Request) -> Response:
        response.headers.setdefault("request-id", request.request_id)
        response.headers.setdefault("client-request-id", request.client_request_id)
        response.headers.setdefault(
            "x-ms-ags-diagnostic", '{"ServerInfo":{"DataCenter":"Emulated","ScaleUnit":"000","RoleInstance":"EMU0"}}'
        )
        return response


# A date so many seconds later.
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
