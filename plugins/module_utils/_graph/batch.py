# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The $batch envelope: at most 20 requests in one POST, their answers in any order [graph facts: batch]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .answer import Answer, lower_names
from .errors import IntuneError

LIMIT = 20
# Without it, Graph shows newer members of an enum as unknownFutureValue [graph facts: requests].
WHOLE_ENUMS = {"Prefer": "include-unknown-enum-members"}


@dataclass(frozen=True)
class BatchRequest:
    """`url` is relative to the version and starts with a slash: "/groups?$filter=...", already percent-encoded.

    `repeatable` is False for a create: it is not sent again when its outcome is unknown.
    """

    method: str
    url: str
    body: object = None
    headers: Mapping[str, str] | None = None
    repeatable: bool = True
    # Whether "no content" is an answer: a link to another object leads nowhere.
    may_be_empty: bool = False
    # Whether only an object is an answer, and no list.
    is_object: bool = False


@dataclass(frozen=True)
class BatchResponse:
    """`error` is a GraphError, or a LostAnswer for a request that is not repeatable and whose outcome is unknown."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: Any = None
    error: IntuneError | None = None


def chunks(requests: Sequence[BatchRequest]) -> Iterator[Sequence[BatchRequest]]:
    for start in range(0, len(requests), LIMIT):
        yield requests[start : start + LIMIT]


def envelope(requests: Mapping[str, BatchRequest]) -> dict[str, Any]:
    """The body of the POST; the keys of `requests` are the ids."""
    return {"requests": [_item(key, request) for key, request in requests.items()]}


def _item(key: str, request: BatchRequest) -> dict[str, Any]:
    url = request.url if request.url.startswith("/") else "/" + request.url
    item: dict[str, Any] = {"id": key, "method": request.method.upper(), "url": url}
    headers = {**WHOLE_ENUMS, **(request.headers or {})}
    if request.body is not None:
        # An item with a body and no content type makes Graph refuse the whole envelope.
        headers.setdefault("Content-Type", "application/json")
        item["body"] = request.body
    item["headers"] = headers
    return item


def answers(body: object) -> dict[str, Answer] | None:
    """The answers by id, None when the body is no batch response."""
    responses = body.get("responses") if isinstance(body, dict) else None
    if not isinstance(responses, list):
        return None
    found: dict[str, Answer] = {}
    for item in responses:
        # A number; some gateways write it as text.
        status = str(item.get("status")) if isinstance(item, dict) else ""
        if not (len(status) == 3 and status.isdecimal()) or str(item.get("id")) in found:
            return None
        headers = item.get("headers")
        found[str(item.get("id"))] = Answer(
            int(status), lower_names(headers if isinstance(headers, dict) else {}), item.get("body")
        )
    return found
