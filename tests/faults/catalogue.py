# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults of the matrix, as rules of the emulated tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.emulator.altering import BATCHES, FOREIGN, LINKS, WAYS

Json = dict[str, Any]
# Graph, and Harmony Mobile with its login, whose answers have the same faults.
GRAPH = r"^/(v1\.0|beta|app/SBM|auth/external)(/|$)"
READ = {"method": "GET", "path": GRAPH}
WRITE = {"method": "POST|PATCH|PUT|DELETE", "path": GRAPH + r"(?!\$batch)"}
CREATE = r"^/beta/(?P<path>device(App)?Management/\w+)$"
BATCH = {"method": "POST", "path": r"\$batch$"}
PLACES = {"read": READ, "write": WRITE}
FAR = 86_400


@dataclass(frozen=True)
class Fault:
    name: str
    rules: tuple[Json, ...] = ()
    settings: Json = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    # Somebody else changes what the task is about, so that a run afterwards may have to do something.
    disturbs: bool = False
    # Not a fault of an answer: the graph_url leads to a port where nobody listens.
    refused: bool = False
    # Whether it is in the short form.
    short: bool = False


def retry_after() -> dict[str, dict[str, str]]:
    return {
        "whole": {"Retry-After": "2"},
        "fraction": {"Retry-After": "0.5"},
        "date": {"Retry-After": "{now+3}"},
        "past date": {"Retry-After": "{now-60}"},
        "0": {"Retry-After": "0"},
        "missing": {},
        "nonsense": {"Retry-After": "soon"},
        "huge": {"Retry-After": str(FAR)},
    }


def _rule(match: Json, times: int | None = None, **action: Any) -> Json:
    return {"match": match, "action": action, **({} if times is None else {"times": times})}


def _statuses() -> list[Fault]:
    faults = []
    for place, match in PLACES.items():
        faults += [
            Fault(f"{place}: 429, Retry-After {form}", (_rule(match, 2, status=429, headers=headers),), short=True)
            for form, headers in retry_after().items()
        ]
        faults += [
            Fault(f"{place}: {status} {how}", (_rule(match, times, status=status),), short=times is None)
            for status in (409, 423, 500, 502, 503, 504)
            for how, times in (("once", 1), ("lasting", None))
        ]
        broker = "Failed to execute backend request: query broker"
        faults.append(Fault(f"{place}: query broker 500", (_rule(match, 3, status=500, message=broker),), short=True))
        faults.append(Fault(f"{place}: 429 lasting", (_rule(match, status=429, headers={"Retry-After": "5"}),)))
        faults.append(Fault(f"{place}: 403", (_rule(match, status=403),)))
        faults.append(Fault(f"{place}: 404", (_rule(match, status=404),)))
        claims = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30="'}
        faults.append(Fault(f"{place}: claims challenge", (_rule(match, 1, status=401, headers=claims),), short=True))
        faults.append(Fault(f"{place}: claims challenge lasting", (_rule(match, status=401, headers=claims),)))
        faults.append(Fault(f"{place}: token expired", (_rule(match, 1, revoke=True),), short=True))
    faults += [
        Fault(
            f"write: {status} after it was carried out",
            (_rule(WRITE, 1, status=status, execute=True),),
            short=status != 520,  # of a gateway, and of no standard
        )
        for status in (500, 503, 504, 520)
    ]
    return faults


def _connections() -> list[Fault]:
    faults = [Fault("connection refused", refused=True, short=True)]
    for place, match in {**PLACES, "batch": BATCH}.items():
        for how, reset in (("closed", False), ("reset", True)):
            faults += [
                Fault(f"{place}: {how} before it", (_rule(match, 1, drop_after_read=True, reset=reset),), short=reset),
                Fault(f"{place}: {how} after it", (_rule(match, 1, drop_after_execute=True, reset=reset),), short=True),
            ]
        faults.append(Fault(f"{place}: closed before it, lasting", (_rule(match, drop_after_read=True),)))
        faults.append(Fault(f"{place}: truncated", (_rule(match, 1, truncate=True),), short=True))
        faults.append(Fault(f"{place}: truncated lasting", (_rule(match, truncate=True),)))
        faults.append(Fault(f"{place}: huge", (_rule(match, 1, padding_mb=12),), options={"max_megabytes": 8}))
        faults.append(Fault(f"{place}: bomb", (_rule(match, 1, bomb_mb=64),), options={"max_megabytes": 8}))
        faults += [
            Fault(f"{place}: slow {part}", (_rule(match, 1, **{f"slow_{part}": 0.2}),), options={"timeout": 1})
            for part in ("head", "body")
        ]
        faults += [
            Fault(f"{place}: redirect to {where}", (_rule(match, status=302, headers={"Location": location}),))
            for where, location in (
                ("another list", "{root}/beta/deviceManagement/roleScopeTags"),
                ("another host", f"{FOREIGN}/beta/x"),
                ("nowhere", ""),
            )
        ]
        html: Json = {"text": "<html>Sign in</html>", "content_type": "text/html"}
        faults.append(Fault(f"{place}: sign-in page", (_rule(match, **html),), short=True))
        faults.append(Fault(f"{place}: wrong media type", (_rule(match, 1, content_type="text/plain"),)))
    return faults


def _shapes() -> list[Fault]:
    faults = []
    for way in WAYS:
        # A list that hides a name looks like one without the object where names are the only key.
        faults.append(Fault(f"read: {way} once", (_rule(READ, 1, alter=way),), short=way != "null name"))
        faults.append(Fault(f"read: {way} lasting", (_rule(READ, alter=way),)))
        faults.append(Fault(f"write: {way}", (_rule(WRITE, 1, alter=way),), short=True))
    faults += [Fault(f"list: nextLink {name}", (_rule(READ, link=name),), short=True) for name in LINKS]
    for way in BATCHES:
        faults.append(Fault(f"batch: {way} once", (_rule(BATCH, 1, batch=way),), short=True))
        is_refused = way in ("all 400", "all 404")
        faults.append(Fault(f"batch: {way} lasting", (_rule(BATCH, batch=way),), short=is_refused))
    return faults


def _others() -> list[Fault]:
    late = {"eventual": 60_000}
    delete = [{"op": "vanish", "path": "{path}", "id": "{id}"}]
    intrude = [{"op": "intrude", "path": "{path}", "id": "{id}"}]
    path = r"^/beta/(?P<path>device(App)?Management/\w+)/(?P<id>[^/?]+)"
    group = r"^/v1\.0/(?P<path>groups)/(?P<id>[0-9a-f-]{36})"
    return [
        Fault("new objects invisible for 60 s", settings=late, short=True),
        *(
            Fault(f"{how}, and new objects invisible for 60 s", (_rule(WRITE, 1, **lost),), late, short=True)
            for how, lost in (("lost answer", {"drop_after_execute": True}), ("empty answer", {"alter": "empty"}))
        ),
        Fault("new groups invisible, their names taken (400)", settings={**late, "refuse_hidden_names": 400}),
        Fault("new groups invisible, their names taken (409)", settings={**late, "refuse_hidden_names": 409}),
        Fault("objects spelled otherwise", settings={"rewrite_payloads": True}, short=True),
        Fault("apps published after 60 s", settings={"publishing": 60_000}),
        Fault("empty pages", settings={"empty_pages": True, "page_size": 1}),
        Fault(
            "created by two runs at once",
            (_rule({"method": "POST", "path": GRAPH + r"device(App)?Management/\w+$"}, 1, twin=True),),
            disturbs=True,
        ),
        *(
            Fault(
                f"deleted just before {name}",
                (_rule({"method": method, "path": where + end}, 1, before=delete),),
                disturbs=True,
                short=True,
            )
            for name, method, end in (
                ("it is read by id", "GET", ""),
                ("it is changed", "PATCH", "$"),
                ("it is deleted", "DELETE", "$"),
                ("it is assigned", "POST", "/assign$"),
                ("a member is added", "POST", "/members/"),
            )
            for where in ((group,) if name.startswith("a member") else (path, group))
        ),
        Fault(
            "another writer assigns what was just created",
            (_rule({"method": "POST", "path": CREATE}, after=[{**intrude[0], "id": "{answered}"}]),),
            disturbs=True,
            short=True,
        ),
        *(
            Fault(
                f"another writer assigns {name}",
                (_rule({"method": method, "path": path + end}, 1, **{when: intrude}),),
                disturbs=True,
                short=True,
            )
            for name, method, end, when in (
                ("before the last read", "GET", "", "before"),
                ("between the last read and the write", "GET", "/assignments", "after"),
                ("just before the write", "POST", "/assign$", "before"),
                ("just after the write", "POST", "/assign$", "after"),
            )
        ),
    ]


def _habits() -> list[Fault]:
    """What a stricter or an older service does, and gateways in front of it."""
    object_id = GRAPH + r".*/[0-9a-fA-F-]{36}"
    # A connector has nothing but its id: one that is not found is none.
    one = {"method": "GET", "path": r"^(?!.*Connectors/)" + object_id.lstrip("^") + r"(\?|$)"}
    change = {"method": "PATCH|POST|PUT|DELETE", "path": object_id}
    page = {"method": "GET", "path": "skiptoken"}
    token = {"method": "POST", "path": "/oauth2/v2.0/token"}
    filtered = {"method": "GET", "path": r"\$filter="}
    renewed = _rule(READ, 1, revoke=True)
    concurrency = {"status": 409, "code": "Directory_ConcurrencyViolation"}
    small: Json = {"page_size": 1}
    return [
        *(Fault(f"reads {seconds} s behind", settings={"replica": seconds * 1000}, short=True) for seconds in (5, 20)),
        Fault("reads in a $batch 20 s behind", settings={"replica": 20_000, "batches_behind": True}, short=True),
        Fault("an object is not found by id three times", (_rule(one, 3, status=404),), short=True),
        Fault("a new object cannot be changed twice", (_rule(change, 2, status=404),), short=True),
        Fault("write: 409 of another writer three times", (_rule(WRITE, 3, **concurrency),), short=True),
        *(
            Fault(f"write: 412 {how}", (_rule(WRITE, times, status=412),))
            for how, times in (("once", 1), ("lasting", None))
        ),
        *(
            Fault(f"write: answered {status} without a body", (_rule(WRITE, bare=status),), short=True)
            for status in (200, 201, 202, 204)
        ),
        *(
            Fault(f"a later page: {status} {how}", (_rule(page, times, status=status),), small, short=times == 1)
            for status in (400, 410, 503)
            for how, times in (("once", 1), ("lasting", None))
        ),
        Fault("items of a list twice", (_rule(READ, alter="doubled items"),), short=True),
        Fault("$filter is ignored", (_rule(filtered, without="$filter"),), short=True),
        Fault("$filter is refused", (_rule(filtered, status=400),)),
        Fault("$expand is ignored", (_rule({"method": "GET", "path": r"\$expand="}, without="$expand"),), short=True),
        *(
            Fault(f"token endpoint: {name}", (renewed, _rule(token, times, **action)), short=times is not None)
            for name, times, action in (
                ("429 twice", 2, {"status": 429}),
                ("429 lasting", None, {"status": 429}),
                ("503 once", 1, {"status": 503}),
                ("closed once", 1, {"drop_after_read": True}),
                ("HTML lasting", None, {"text": "<html>Sign in</html>", "content_type": "text/html"}),
            )
        ),
    ]


def faults() -> list[Fault]:
    return [*_statuses(), *_connections(), *_shapes(), *_others(), *_habits()]
