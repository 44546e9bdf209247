# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that Graph never should send: of another shape, with links that lead elsewhere, batches with odd parts."""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .messages import Json, Request, Response

FOREIGN = "https://graph.example.org"
MEGABYTE = b" " * (1 << 20)
_DEPTH = 100_000


def _as_text(text: str) -> Callable[[Json], Json]:
    return lambda body: text.encode()


def _with(**values: Json) -> Callable[[Json], Json]:
    """The same object with other values; each object of a list with them."""

    def changed(body: Json) -> Json:
        if isinstance(body, dict) and isinstance(body.get("value"), list):
            return body | {"value": [changed(item) for item in body["value"]]}
        return body | values if isinstance(body, dict) else body

    return changed


def _without(*names: str) -> Callable[[Json], Json]:
    def changed(body: Json) -> Json:
        if isinstance(body, dict) and isinstance(body.get("value"), list):
            return body | {"value": [changed(item) for item in body["value"]]}
        return {key: value for key, value in body.items() if key not in names} if isinstance(body, dict) else body

    return changed


def _value(value: Json) -> Callable[[Json], Json]:
    return lambda body: {"value": value}


def _retyped(body: Json) -> Json:
    """Every property has a value of another type."""
    if isinstance(body, list):
        return [_retyped(item) for item in body]
    if not isinstance(body, dict):
        return [body] if isinstance(body, str) else str(body)
    retyped = {key: value if key.startswith("@") else _other(value) for key, value in body.items() if key != "value"}
    if isinstance(body.get("value"), list):
        retyped["value"] = [_retyped(item) for item in body["value"]]
    return retyped


def _other(value: Json) -> Json:
    return {"odd": value} if isinstance(value, (str, int, float)) or value is None else "odd"


def _null_items(body: Json) -> Json:
    return body | {"value": [None]} if isinstance(body, dict) and "value" in body else None


def _doubled_items(body: Json) -> Json:
    is_list = isinstance(body, dict) and isinstance(body.get("value"), list)
    return body | {"value": body["value"] * 2} if is_list else body


def _null_assignments(body: Json) -> Json:
    return _with(assignments=None)(body)


# How a JSON answer can be altered: a function of the body to another body (bytes are sent as they are).
WAYS: dict[str, Callable[[Json], Json]] = {
    "empty": _as_text(""),
    "null": _as_text("null"),
    "number": _as_text("7"),
    "string": _as_text('"text"'),
    "list": _as_text("[]"),
    "empty object": _as_text("{}"),
    "html": _as_text("<html><body>Sign in to the network</body></html>"),
    "bad json": _as_text('{"value": [{"id": }'),
    "not utf-8": lambda body: b'{"value": [{"id": "\xff\xfe"}]}',
    "deep nesting": _as_text('{"value":' + "[" * _DEPTH + "]" * _DEPTH + "}"),
    "deep objects": _as_text('{"a":' * _DEPTH + "1" + "}" * _DEPTH),
    "nan": _as_text('{"value": [{"id": NaN}]}'),
    "null value": _value(None),
    "text value": _value("text"),
    "object value": _value({}),
    "value of texts": _value(["a", "b"]),
    "value of lists": _value([[]]),
    "null items": _null_items,
    "doubled items": _doubled_items,
    "no value": _without("value"),
    "no id": _without("id"),
    "null id": _with(id=None),
    "number id": _with(id=7),
    "other id": _with(id="11111111-2222-3333-4444-555555555555"),
    "no type": _without("@odata.type"),
    "odd type": _with(**{"@odata.type": 7}),
    "new type": _with(**{"@odata.type": "#microsoft.graph.somethingNew"}),
    "null name": _with(displayName=None),
    "other types": _retyped,
    "null assignments": _null_assignments,
    "odd assignments": _with(assignments="text"),
    "assignments of texts": _with(assignments=["a"]),
    "error in success": lambda body: {"error": {"code": "Odd", "message": "An error under status 200."}},
}

# What nextLink a list gets.
LINKS: dict[str, Callable[[Request, int], Json]] = {
    "foreign": lambda request, number: f"{FOREIGN}{request.path}?$skiptoken=1",
    "plain http": lambda request, number: f"http://{request.root.partition('://')[2]}{request.path}?$skiptoken=1",
    "with user": lambda request, number: f"https://user@{request.root.partition('://')[2]}{request.path}?$skiptoken=1",
    "itself": lambda request, number: f"{request.root}{request.target}",
    "circular": lambda request, number: f"{request.root}{request.path}?$skiptoken=circle{number % 2}",
    "endless": lambda request, number: f"{request.root}{request.path}?$skiptoken=endless{number}",
    "other list": lambda request, number: f"{request.root}/beta/deviceManagement/roleScopeTags",
    "number": lambda request, number: 7,
    "no url": lambda request, number: "next",
    "no host": lambda request, number: "https://[::1",
    "object": lambda request, number: {"href": "x"},
}

Items = list[dict[str, Any]]


def _each(**values: Json) -> Callable[[Items], Json]:
    return lambda items: [item | values for item in items]


# How the list of answers in a batch can be altered.
BATCHES: dict[str, Callable[[Items], Json]] = {
    "reversed": lambda items: items[::-1],
    "none": lambda items: [],
    "first missing": lambda items: sorted(items, key=lambda item: str(item["id"]))[1:],
    "last missing": lambda items: sorted(items, key=lambda item: str(item["id"]))[:-1],
    "doubled": lambda items: [item for item in items for _number in range(2)],
    "doubled with another status": lambda items: [*items, *(item | {"status": 500} for item in items)],
    "foreign id": lambda items: [item | {"id": f"foreign{item['id']}"} for item in items],
    "number id": _each(id=7),
    "no id": lambda items: [{key: value for key, value in item.items() if key != "id"} for item in items],
    "null body": _each(body=None),
    "text body": _each(body="text"),
    "list body": _each(body=[]),
    "object body": _each(body={}),
    "null value": _each(body={"value": None}),
    "no status": lambda items: [{key: value for key, value in item.items() if key != "status"} for item in items],
    "null status": _each(status=None),
    "text status": _each(status="200"),
    "odd status": _each(status=99999),
    "odd headers": _each(headers="text"),
    "null headers": _each(headers=None),
    "null item": lambda items: [None, *items[1:]],
    "text items": lambda items: ["text" for _item in items],
    "null": lambda items: None,
    "object": lambda items: {"a": 1},
    **{
        f"all {status}": _each(status=status, body={"error": {"code": "Odd", "message": "An injected fault."}})
        for status in (400, 401, 403, 404, 409, 412, 424, 429, 500, 503, 504)
    },
}


def altered(response: Response, way: str) -> Response:
    """The answer in another shape. Errors stay what they are."""
    if response.status >= 400:
        return response
    body = {} if response.body is None or isinstance(response.body, bytes) else response.body
    status = 200 if response.status == 204 else response.status
    is_harmony = isinstance(body, dict) and "objects" in body
    found = WAYS[way](_renamed(copy.deepcopy(body), "objects", "value") if is_harmony else copy.deepcopy(body))
    if is_harmony and isinstance(found, dict):
        found = _renamed(found, "value", "objects")
    return Response(status, found, response.headers, response.content_type)


def _renamed(body: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Harmony Mobile calls the items of a list otherwise."""
    return {new if key == old else key: value for key, value in body.items()}


def linked(response: Response, name: str, request: Request, number: int) -> Response:
    if not isinstance(response.body, dict):
        return response
    meta = response.body.get("meta")
    if isinstance(meta, dict):
        link = LINKS[name](replace(request, path=request.path.removeprefix("/app/SBM")), number)
        return Response(response.status, response.body | {"meta": meta | {"next": link}}, response.headers)
    if not isinstance(response.body.get("value"), list):
        return response
    body = response.body | {"@odata.nextLink": LINKS[name](request, number)}
    return Response(response.status, body, response.headers)


def rebatched(response: Response, way: str) -> Response:
    if not isinstance(response.body, dict) or "responses" not in response.body:
        return response
    return Response(response.status, {"responses": BATCHES[way](response.body["responses"])}, response.headers)


def bomb(data: bytes, megabytes: int) -> bytes:
    """The body behind white space, as gzip: each megabyte of it takes a kilobyte."""
    return gzip.compress(MEGABYTE) * megabytes + gzip.compress(data)


# -- at random ---------------------------------------------------------------------------------------------------------

_VALUES: tuple[Json, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    2**70,
    "",
    "text",
    "\x00",
    "a" * 5000,
    [],
    {},
    [None],
    [[]],
    {"id": None},
    "2026-13-45T99:99:99Z",
    "11111111-2222-3333-4444-555555555555",
)


def mutated(response: Response, seed: int) -> Response:
    """The answer with one to three places altered at random, or its text damaged. The status can be another too."""
    chance = random.Random(seed)
    if response.body is None or isinstance(response.body, bytes):
        return response
    if chance.random() < 0.1:
        return Response(response.status, _damaged(response.encoded(), chance), response.headers)
    holder = {"body": copy.deepcopy(response.body)}
    for _number in range(chance.randint(1, 3)):
        _alter_place(holder, chance)
    body = holder.get("body")
    data = json.dumps(body).encode() if body is None or isinstance(body, bytes) else body
    return Response(response.status, data, response.headers)


def _damaged(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    length = chance.randint(0, 20)
    return (
        data[:start] + bytes(chance.randrange(256) for _number in range(chance.randint(0, 3))) + data[start + length :]
    )


def _alter_place(holder: dict[str, Json], chance: random.Random) -> None:
    parent, key = chance.choice(list(_places(holder)))
    action = chance.random()
    if action < 0.6:
        parent[key] = copy.deepcopy(chance.choice(_VALUES))
    elif action < 0.8 and parent is not holder:
        del parent[key]
    elif isinstance(parent[key], list):
        parent[key] = parent[key] * 2
    elif isinstance(parent, dict) and len(parent) > 1:
        other = chance.choice(list(parent))
        parent[key], parent[other] = parent[other], parent[key]
    else:
        parent[key] = [parent[key]]


def _places(parent: Json) -> Iterator[tuple[Json, Json]]:
    for key in list(parent) if isinstance(parent, dict) else range(len(parent)):
        yield parent, key
        if isinstance(parent[key], (dict, list)):
            yield from _places(parent[key])
