# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``$batch``: up to twenty requests in one, each answered and throttled by itself [graph facts: batch]."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any

from .errors import GraphFault, error_body
from .messages import Json, Request, Response

LIMIT = 20
_WRITES = ("POST", "PUT", "PATCH")
Item = dict[str, Any]


def _invalid(message: str) -> GraphFault:
    return GraphFault(400, message, "BadRequest")


def respond(
    request: Request, version: str, dispatch: Callable[[Request], Response], shuffle: random.Random
) -> Response:
    """Answer the envelope; raises 400 for the whole when the envelope is not well formed."""
    items = _checked(_requests(request), version)
    answers: dict[str, Response] = {}
    pending = list(items)
    while pending:
        ready = [item for item in pending if all(_key(name) in answers for name in item.get("dependsOn", ()))]
        if not ready:
            raise _invalid("The dependsOn references of the batch form a cycle.")
        shuffle.shuffle(ready)
        for item in ready:
            answers[_key(item["id"])] = _answer(request, version, item, answers, dispatch)
        pending = [item for item in pending if _key(item["id"]) not in answers]
    shuffle.shuffle(items)
    return Response(200, {"responses": [_wrapped(item["id"], answers[_key(item["id"])]) for item in items]})


def _key(name: str) -> str:
    return name.lower()


def _requests(request: Request) -> list[Item]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _invalid("The batch request must have the Content-Type 'application/json'.")
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise _invalid("Invalid batch payload format.") from error
    if not isinstance(body, dict) or not isinstance(body.get("requests"), list) or not body["requests"]:
        raise _invalid("Invalid batch payload format: 'requests' is required and must not be empty.")
    if len(body["requests"]) > LIMIT:
        raise _invalid(f"Number of batch request steps exceeds the maximum value of {LIMIT}.")
    return list(body["requests"])


def _checked(items: list[Item], version: str) -> list[Item]:
    seen: set[str] = set()
    for item in items:
        if not isinstance(item, dict) or not all(
            isinstance(item.get(name), str) and item[name] for name in ("id", "method", "url")
        ):
            raise _invalid("Every batch request needs 'id', 'method' and 'url'.")
        if set(item) - {"id", "method", "url", "headers", "body", "dependsOn"}:
            raise _invalid(f"Batch request '{item['id']}' has an unknown property.")
        if _key(item["id"]) in seen:
            raise _invalid(f"Request Id {item['id']} has to be unique in a batch.")
        seen.add(_key(item["id"]))
        _check_item(item, version)
    for item in items:
        if any(not isinstance(name, str) or _key(name) not in seen for name in item.get("dependsOn", ())):
            raise _invalid(f"Batch request '{item['id']}' depends on a request that is not in the batch.")
    return items


def _check_item(item: Item, version: str) -> None:
    url = item["url"].removeprefix("/").lower()
    # Two slashes begin the name of a host (RFC 3986, section 4.2).
    if "://" in item["url"] or item["url"].startswith("//") or url.startswith(("v1.0/", "beta/")):
        raise _invalid(f"The url of batch request '{item['id']}' must be relative to /{version}.")
    if url.startswith("$batch"):
        raise _invalid("A batch cannot contain a batch.")
    headers = {name.lower() for name in item.get("headers") or {}}
    if item["method"].upper() in _WRITES and ("body" not in item or "content-type" not in headers):
        raise _invalid(f"Write request id : {item['id']} does not contain Content-Type header or body.")


def _answer(
    envelope: Request, version: str, item: Item, answers: dict[str, Response], dispatch: Callable[[Request], Response]
) -> Response:
    inner = _inner(envelope, version, item)
    if any(answers[_key(name)].status >= 400 for name in item.get("dependsOn", ())):
        return Response(
            424, error_body(inner, "FailedDependency", "One or more of the requests this one depends on failed.")
        )
    return dispatch(inner)


def _inner(envelope: Request, version: str, item: Item) -> Request:
    path, _mark, query = item["url"].removeprefix("/").partition("?")
    headers = {name.lower(): str(value) for name, value in (item.get("headers") or {}).items()}
    headers["authorization"] = envelope.headers.get("authorization", "")
    body = json.dumps(item["body"]).encode() if item.get("body") is not None else b""
    return Request(item["method"].upper(), f"/{version}/{path}", query, headers, body, envelope.root, in_batch=True)


def _wrapped(item_id: str, response: Response) -> Json:
    headers = dict(response.headers)
    if response.body is not None:
        headers["Content-Type"] = response.content_type
    wrapped: Json = {"id": item_id, "status": response.status, "headers": headers}
    if isinstance(response.body, bytes):
        wrapped["body"] = base64.b64encode(response.body).decode()
    elif response.body is not None:
        wrapped["body"] = response.body
    return wrapped
