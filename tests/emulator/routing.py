# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of the emulated Graph and what a handler is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .errors import DIRECTORY, GraphFault, bad_request
from .messages import Json, Request, Response
from .odata import Key, Query, Segment
from .schema import Contract, Validator
from .settings import Settings
from .store import Tenant

GET_OPTIONS = ("$select", "$expand", "$format")


@dataclass
class Call:
    """One authenticated request on its way to a handler."""

    request: Request
    version: str
    tenant: Tenant
    # The permissions of the token: app roles, or the scopes of a user.
    roles: frozenset[str]
    is_user: bool
    params: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=Query)

    @property
    def settings(self) -> Settings:
        return self.tenant.settings

    @property
    def contract(self) -> Contract:
        return self.tenant.contracts[self.version]

    @property
    def validator(self) -> Validator:
        return Validator(self.contract)

    @property
    def base(self) -> str:
        """Root and version: the start of every URL in an answer."""
        return f"{self.request.root}/{self.version}"

    def context(self, text: str) -> str:
        return f"{self.base}/$metadata#{text}"

    def json(self) -> Json:
        """The request's JSON body. Raises 400 for another media type or what is not JSON."""
        media = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/json":
            raise bad_request(
                "A supported MIME type could not be found that matches the content type of the request. The "
                "request must be 'application/json'."
            )
        try:
            return json.loads(self.request.body, parse_constant=_no_constant)
        except ValueError as error:
            raise bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload "
                "is of valid JSON format."
            ) from error

    def advanced(self) -> bool:
        """Whether this is an advanced query of the directory [graph facts: advanced queries]."""
        return self.request.headers.get("consistencylevel", "").lower() == "eventual"


def _no_constant(name: str) -> None:
    raise ValueError(name)


Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class Route:
    """Segments of a pattern are literal text, {name}, {name:cast} for a type cast, or (key) for an alternate key."""

    method: str
    pattern: tuple[str, ...]
    handler: Handler
    family: str = DIRECTORY
    options: tuple[str, ...] = ()
    versions: tuple[str, ...] = ("v1.0", "beta")

    @property
    def template(self) -> str:
        """The route as the permission tables spell it: lower case, ``{id}``, without casts and counts."""
        text = ""
        for part in self.pattern:
            if part.endswith(":cast}") or part == "$count":
                continue
            if part.startswith("("):
                text += f"({part[1:-1].lower()}={{value}})"
            else:
                text += "/" + ("{id}" if part.startswith("{") else part.lower())
        return text


class Router:
    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(
        self,
        method: str,
        path: str,
        handler: Handler,
        family: str = DIRECTORY,
        options: Iterable[str] = (),
        versions: tuple[str, ...] = ("v1.0", "beta"),
    ) -> None:
        self.routes.append(Route(method, tuple(path.strip("/").split("/")), handler, family, tuple(options), versions))

    def find(self, call: Call, parts: list[Segment]) -> Route:
        """The route of a path; sets ``call.params`` and ``call.keys``. Raises 404 or 405."""
        best: tuple[int, Route, dict[str, str], dict[str, str]] | None = None
        other_method = False
        for route in self.routes:
            matched = _match(route, parts, call)
            if matched is None:
                continue
            if route.method != call.request.method:
                other_method = True
                continue
            literal = sum(not part.startswith("{") for part in route.pattern)
            if best is None or literal > best[0]:
                best = (literal, route, *matched)
        if best:
            call.params, call.keys = best[2], best[3]
            return best[1]
        if other_method:
            raise GraphFault(405, "Specified HTTP method is not allowed for the request target.")
        shown = next((str(part) for part in parts if isinstance(part, str)), "")
        raise GraphFault(
            400, f"Resource not found for the segment '{shown if len(parts) < 2 else parts[-1]}'.", "BadRequest"
        )


def _match(route: Route, parts: list[Segment], call: Call) -> tuple[dict[str, str], dict[str, str]] | None:
    if len(parts) != len(route.pattern) or call.version not in route.versions:
        return None
    params: dict[str, str] = {}
    keys: dict[str, str] = {}
    for wanted, part in zip(route.pattern, parts, strict=True):
        if wanted.startswith("("):
            value = part.get(wanted[1:-1]) if isinstance(part, Key) else None
            if value is None:
                return None
            keys[wanted[1:-1]] = value
        elif isinstance(part, Key):
            return None
        elif wanted.endswith(":cast}"):
            cast = call.contract.cast(part)
            if cast is None:
                return None
            params[wanted[1:-6]] = cast
        elif wanted.startswith("{"):
            if part.startswith("$") or not part or call.contract.cast(part):
                return None
            params[wanted[1:-1]] = part
        elif wanted.lower() != part.lower():
            return None
    return params, keys
