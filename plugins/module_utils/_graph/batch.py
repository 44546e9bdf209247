# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The $batch envelope: at most 20 requests in one POST, their answers in any order [graph facts: batch]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .answer import Answer, lower_names
from .call import Call, Flaw, nothing_wrong
from .errors import GraphError, IntuneError, LostAnswer
from .exchange import WHOLE_ENUMS, Exchange
from .retry import TryAgain

LIMIT = 20
# Statuses of a $batch itself where a gateway has none; Graph has it in every cloud [graph facts: batch].
_NO_BATCH = frozenset((404, 405, 501))


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
    # Whether the task goes on without an answer, so that a failing service is not waited for.
    may_fail: bool = False


@dataclass(frozen=True)
class BatchResponse:
    """`error` is a GraphError, or a LostAnswer for a request that is not repeatable and whose outcome is unknown."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: Any = None
    error: IntuneError | None = None


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


class Batches(Exchange):
    """Sends several requests in one."""

    _has_batch = True

    def batch(self, requests: Sequence[BatchRequest], version: str = "beta") -> list[BatchResponse]:
        """The answers in the order of the requests. An item that fails does not raise: see BatchResponse.error."""
        chunks = (requests[start : start + LIMIT] for start in range(0, len(requests), LIMIT))
        return [response for chunk in chunks for response in self._batch_or_each(chunk, version)]

    def _batch_or_each(self, requests: Sequence[BatchRequest], version: str) -> list[BatchResponse]:
        """One chunk; request by request where a gateway lets no $batch through."""
        if self._has_batch:
            try:
                return self._batch(requests, version)
            except GraphError as error:
                if error.status not in _NO_BATCH:
                    raise
                self._has_batch = False
        return [self._alone(request, version) for request in requests]

    def _alone(self, request: BatchRequest, version: str) -> BatchResponse:
        try:
            answer = self._answer_to(self._item_call(request, version))
        except (GraphError, LostAnswer) as error:
            return BatchResponse(getattr(error, "status", 0), error=error)
        return BatchResponse(answer.status, answer.headers, answer.body)

    def _batch(self, requests: Sequence[BatchRequest], version: str) -> list[BatchResponse]:
        """One chunk: the envelope is sent, then one with what is left of it, until nothing is or time is up."""
        chunk = _Chunk(requests)
        try:
            self._policy.run(lambda: self._send_pending(chunk, version))
        except IntuneError as error:
            if not chunk.done:
                raise
            if not any(error is item for again in chunk.again for item in again.errors):
                # A later envelope failed, and what was answered before stays true.
                chunk.done.update((key, BatchResponse(0, error=error)) for key in chunk.pending)
        return [chunk.done[key] for key in sorted(chunk.done, key=int)]

    def _send_pending(self, chunk: _Chunk, version: str) -> None:
        """Send one envelope. Raises TryAgain when items of it should be sent again."""
        chunk.again.clear()
        call = Call(
            "POST",
            self._url(version, "$batch"),
            "$batch",
            envelope(chunk.pending),
            repeatable=all(request.repeatable for request in chunk.pending.values()),
            flaw=_no_batch,
        )
        found = answers(self._attempt(call).body) or {}
        for key, request in list(chunk.pending.items()):
            chunk.done[key], again = self._judge_item(request, found.get(key, Answer(0)), call, version)
            if again is None:
                del chunk.pending[key]
            else:
                chunk.again.append(again)
        if chunk.again:
            raise _together(chunk.again)

    def _judge_item(
        self, request: BatchRequest, answer: Answer, sent: Call, version: str
    ) -> tuple[BatchResponse, TryAgain | None]:
        """The item's response, and a TryAgain when it should be sent again; `sent` is the envelope."""
        item = self._item_call(request, version)
        item.client_request_id, item.token = sent.client_request_id, sent.token
        problem = self._problem(item, answer)
        again = problem if isinstance(problem, TryAgain) and not (request.may_fail and answer.status >= 500) else None
        error = problem.errors[0] if isinstance(problem, TryAgain) else problem
        return BatchResponse(answer.status, answer.headers, answer.body, error), again

    def _item_call(self, request: BatchRequest, version: str) -> Call:
        path = request.url.lstrip("/")
        url, flaw = self._url(version, path), self._item_flaw(request)
        return Call(request.method, url, path, request.body, request.headers or {}, request.repeatable, flaw)

    def _item_flaw(self, request: BatchRequest) -> Flaw:
        if request.method != "GET":
            return nothing_wrong  # an action may be answered with a file, as text
        if request.is_object:
            return self.shapes.single
        return self._linked_flaw if request.may_be_empty else self.shapes.read

    def _linked_flaw(self, body: object) -> str:
        return "" if body is None else self.shapes.read(body)


def _no_batch(body: object) -> str:
    return "" if answers(body) is not None else "got an answer that is not a batch response"


class _Chunk:
    """The requests of one $batch while it is sent."""

    def __init__(self, requests: Sequence[BatchRequest]) -> None:
        # By their ids in the envelope.
        self.pending = {str(number): request for number, request in enumerate(requests, 1)}
        self.done: dict[str, BatchResponse] = {}
        # Why items of the last envelope should be sent again.
        self.again: list[TryAgain] = []


def _together(parts: Sequence[TryAgain]) -> TryAgain:
    """Return what several items ask for: the longest wait, and as many tries as the one with the most."""
    waits = [again.wait for again in parts if again.wait is not None]
    tries = [again.tries for again in parts if again.tries is not None]
    return TryAgain(
        *(error for again in parts for error in again.errors),
        wait=max(waits, default=None),
        tries=max(tries) if len(tries) == len(parts) else None,
        for_all=any(again.for_all for again in parts),
    )
