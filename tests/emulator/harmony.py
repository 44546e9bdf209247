# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmony Mobile's side: the login at the Infinity Portal, and the lists of devices and alerts.

What its public clients show is kept to [harmony facts: login, lists, devices, alerts]. What they leave open is a
switch, so that a test can try both: the defaults are the harsher way. Nothing that would change something exists here.
"""

from __future__ import annotations

import base64
import json
import random
import re
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .clock import Clock
from .fleet import Fleet
from .harmony_fleet import HarmonyFleet, Row, moment
from .messages import Json, Request, Response

CLIENT_ID = "a1b2c3d4e5f64711a9d8c7b6a5f4e3d2"
ACCESS_KEY = "emulated-access-key~known-to-everybody"
LOGIN = "/auth/external"
PREFIX = "/app/SBM"
DEVICES, ALERTS = "/external_api/v1/device_status/", "/external_api/v3/alert/"
_REFUSED = {"success": False, "message": "Authentication required", "forceLogout": True}
_WORDS = {
    "risk__in": {"none": "0", "low": "1", "medium": "2", "high": "3"},
    "status__in": {"processing": "-1", "provisioned": "0", "active": "1", "inactive": "4"},
}
_NUMBER = re.compile(r"\d{1,9}")


@dataclass
class Switches:
    """What may be otherwise in a real tenant."""

    token_lifetime_s: int = 1800
    # Status of the answer to a token that is not valid: 401, 403, or 200.
    refusal: int = 401
    # Whether the answer to a login names the lifetime of its token.
    says_expiry: bool = True
    # A path without its final slash: "refused", or "redirected" to one without the prefix.
    slash: str = "refused"
    # The address of the next page: "bare" (without the prefix), "prefixed", "absolute", "foreign", "again", or "none".
    next: str = "bare"
    default_limit: int = 20
    cap: int = 1000
    # What total_count is: "right", "high", "low", "zero", "text" or "none".
    count: str = "right"
    numbers: bool = False
    text_ids: bool = False
    shuffled: bool = False


class Refused(Exception):
    def __init__(self, status: int, body: Json = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = Response(status, body, headers or {})


class Harmony:
    """The API for one account with one key. ``respond`` never raises Refused."""

    def __init__(self, clock: Clock, fleet: Callable[[], Fleet], generation: Callable[[], int], seed: int) -> None:
        self._clock = clock
        self._fleet = fleet
        # Rises when all tokens are revoked.
        self._generation = generation
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        self.switches = Switches()
        self.access_key = ACCESS_KEY
        self._tokens: dict[str, tuple[float, int]] = {}
        self._generated: HarmonyFleet | None = None
        self._devices: list[Row] | None = None
        self._alerts: list[Row] | None = None
        self._listed: tuple[tuple[str, dict[str, str]], list[Row]] = (("", {}), [])
        self._shuffle = random.Random(self._seed)
        self._minute: deque[float] = deque()
        # What a test can look at: how often somebody logged in, filters that do not exist, requests that are none, and
        # the most requests within a minute.
        self.logins = 0
        self.unknown_filters: list[str] = []
        self.problems: list[str] = []
        self.busiest_minute = 0

    def change(self, access_key: str | None = None, devices: Any = None, alerts: Any = None, **switches: Any) -> Json:
        """What a test asks for: other rows than the generated ones, another key, switches."""
        for name, value in switches.items():
            if name not in {item.name for item in fields(Switches)}:
                raise ValueError(f"Harmony has no switch '{name}'")
            setattr(self.switches, name, value)
        self.access_key = access_key or self.access_key
        self._devices = devices if devices is not None else self._devices
        self._alerts = alerts if alerts is not None else self._alerts
        return {}

    def report(self) -> Json:
        return {
            "logins": self.logins,
            "unknown_filters": self.unknown_filters,
            "problems": self.problems,
            "busiest_minute": self.busiest_minute,
            "devices": self._number_of_devices(),
            "overlap": self.generated.overlap(),
        }

    @property
    def generated(self) -> HarmonyFleet:
        fleet = self._fleet()
        if self._generated is None or self._generated.generation != fleet.generation:
            self._generated = HarmonyFleet(fleet, self._clock.date().replace(microsecond=0))
        return self._generated

    # -- HTTP ----------------------------------------------------------------------------------------------------

    @staticmethod
    def handles(path: str) -> bool:
        return path.startswith(("/auth/", "/v2/auth/", "/app/", "/external_api/"))

    def respond(self, request: Request) -> Response:
        self._note(request)
        try:
            if request.path == LOGIN:
                return self._log_in(request)
            return self._read(request)
        except Refused as refused:
            return refused.response

    def _note(self, request: Request) -> None:
        now = self._clock.now()
        self._minute.append(now)
        while self._minute[0] < now - 60:
            self._minute.popleft()
        self.busiest_minute = max(self.busiest_minute, len(self._minute))
        if self.access_key in request.target or any(token in request.target for token in self._tokens):
            self.problems.append(f"a secret in the address of {request.method} {request.path}")

    # -- login ---------------------------------------------------------------------------------------------------

    def _log_in(self, request: Request) -> Response:
        if request.method != "POST":
            raise Refused(405, {"success": False, "message": "Method not allowed"}, {"Allow": "POST"})
        if request.headers.get("authorization"):
            self.problems.append("a token was sent with a login")
        body = _json_of(request)
        if set(body) != {"clientId", "accessKey"} or not all(isinstance(text, str) and text for text in body.values()):
            raise Refused(400, {"success": False, "message": "Bad request"})
        self.logins += 1
        if (body["clientId"], body["accessKey"]) != (CLIENT_ID, self.access_key):
            raise Refused(401, {"success": False, "message": "Authentication failed", "forceLogout": True})
        if any(self._is_valid(token) for token in self._tokens):
            self.problems.append("a login while the last token was valid")
        return Response(200, {"success": True, "data": self._issue()})

    def _issue(self) -> Row:
        claims = base64.urlsafe_b64encode(json.dumps({"jti": str(uuid.uuid4())}).encode()).decode().rstrip("=")
        token = f"eyJhbGciOiJSUzI1NiJ9.{claims}.{uuid.uuid4().hex}"
        lifetime = self.switches.token_lifetime_s
        self._tokens[token] = (self._clock.now() + lifetime, self._generation())
        until = datetime.fromtimestamp(self._clock.timestamp() + lifetime, timezone.utc)
        expiry = {"expires": format_datetime(until, usegmt=True), "expiresIn": lifetime}
        return {"token": token, "csrf": str(uuid.uuid4()), **(expiry if self.switches.says_expiry else {})}

    def _is_valid(self, token: str) -> bool:
        until, generation = self._tokens.get(token, (0.0, -1))
        return self._clock.now() < until and generation == self._generation()

    def _check(self, request: Request) -> None:
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and token and not self._tokens:
            self.problems.append("a token was sent before any login")
        if scheme != "Bearer" or not self._is_valid(token):
            raise Refused(self.switches.refusal, _REFUSED)

    # -- lists ---------------------------------------------------------------------------------------------------

    def _read(self, request: Request) -> Response:
        path = request.path.removeprefix(PREFIX)
        if path == request.path:
            raise Refused(404, b"")
        self._check(request)
        if not path.endswith("/") and f"{path}/" in (DEVICES, ALERTS):
            if self.switches.slash == "redirected":
                raise Refused(301, None, {"Location": f"{request.root}{path}/?{request.query}"})
            raise Refused(404, b"")
        one = re.fullmatch(rf"{DEVICES}(\d+)/", path)
        if path not in (DEVICES, ALERTS) and not one:
            self.problems.append(f"{request.method} {request.path} does not exist")
            raise Refused(404, b"")
        if request.method != "GET":
            self.problems.append(f"{request.method} {request.path} is not allowed")
            raise Refused(405, b"", {"Allow": "GET"})
        if one:
            return self._one(int(one[1]))
        return Response(200, self._page(request, path))

    def _one(self, internal_id: int) -> Response:
        if self._devices is not None:
            found = [row for row in self._devices if str(row.get("internal_id")) == str(internal_id)]
        else:
            is_there = 0 < internal_id <= len(self.generated.places)
            found = [self._shown(self.generated.device(internal_id - 1))] if is_there else []
        if not found:
            raise Refused(404, b"")
        return Response(200, found[0])

    def _page(self, request: Request, path: str) -> Row:
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        limit = self._whole("limit", query.get("limit", str(self.switches.default_limit)))
        limit = min(limit or self.switches.cap, self.switches.cap)
        offset = self._whole("offset", query.get("offset", "0"))
        rows, total = self._rows(path, query, offset, limit)
        return {"meta": self._meta(request, path, query, limit, offset, total), "objects": rows}

    def _meta(self, request: Request, path: str, query: dict[str, str], limit: int, offset: int, total: int) -> Row:
        kept = {name: value for name, value in query.items() if name not in ("limit", "offset")}
        next_offset = offset if self.switches.next == "again" else offset + limit
        following = f"{path}?{urlencode({**kept, 'limit': limit, 'offset': next_offset})}"
        addresses = {
            "bare": following,
            "again": following,
            "prefixed": PREFIX + following,
            "absolute": request.root + PREFIX + following,
            "foreign": "https://attacker.example" + PREFIX + following,
            "none": None,
        }
        counts: dict[str, Json] = {"high": total + 7, "low": total // 2, "zero": 0, "text": str(total), "none": None}
        return {
            "limit": limit,
            "offset": offset,
            "total_count": counts.get(self.switches.count, total),
            "previous": None,
            "next": addresses[self.switches.next] if offset + limit < total else None,
        }

    def _rows(self, path: str, query: dict[str, str], offset: int, limit: int) -> tuple[list[Row], int]:
        filters = {name: value for name, value in query.items() if name not in ("limit", "offset", "format")}
        if path == DEVICES and self._devices is None and not filters:
            order = list(range(len(self.generated.places)))
            if self.switches.shuffled:
                self._shuffle.shuffle(order)
            return [self._shown(self.generated.device(place)) for place in order[offset : offset + limit]], len(order)
        if offset == 0 or (path, filters) != self._listed[0]:
            rows = self._all(path)
            for name, value in filters.items():
                rows = self._filtered(path, rows, name, value)
            # The pages of one list are cut from it, so that a long one is not filtered again for each.
            self._listed = (path, filters), rows
        rows = self._listed[1]
        return rows[offset : offset + limit], len(rows)

    def _all(self, path: str) -> list[Row]:
        if path == DEVICES:
            if self._devices is not None:
                return self._devices
            return [self._shown(self.generated.device(place)) for place in range(len(self.generated.places))]
        if self._alerts is not None:
            return self._alerts
        return [self.generated.alert(index) for index in range(len(self.generated.alerts))]

    def _filtered(self, path: str, rows: list[Row], name: str, value: str) -> list[Row]:
        field, _mark, operator = name.partition("__")
        if path == DEVICES and name in _WORDS:
            digits = {_WORDS[name].get(word.lower()) for word in value.split(",")}
            return [row for row in rows if str(row.get(field)) in digits]
        if path == ALERTS and field == "id" and operator in _COMPARED:
            bound = self._whole(name, value)
            return [row for row in rows if _COMPARED[operator](row["id"], bound)]
        if path == ALERTS and field == "backend_last_updated" and operator in ("gte", "lte"):
            limit = moment(value)
            if limit is None:
                raise Refused(400, {"error": f"Invalid value for {name}"})
            times = [(row, moment(row.get(field))) for row in rows]
            return [row for row, at in times if at is not None and _COMPARED[operator](at, limit)]
        # A name that does not exist filters nothing, without an error.
        self.unknown_filters.append(name)
        return rows

    def _shown(self, row: Row) -> Row:
        if self.switches.numbers:
            row = row | {name: int(row[name]) for name in ("risk", "status")}
        return row | {"internal_id": str(row["internal_id"])} if self.switches.text_ids else row

    def _number_of_devices(self) -> int:
        return len(self.generated.places) if self._devices is None else len(self._devices)

    @staticmethod
    def _whole(name: str, text: str) -> int:
        if not _NUMBER.fullmatch(text):
            raise Refused(400, {"error": f"Invalid {name} '{text}' provided"})
        return int(text)


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda one, two: bool(one > two),
    "gte": lambda one, two: bool(one >= two),
    "lt": lambda one, two: bool(one < two),
    "lte": lambda one, two: bool(one <= two),
}


def _json_of(request: Request) -> Row:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if isinstance(body, dict):
            return body
    raise Refused(400, {"success": False, "message": "Bad request"})
