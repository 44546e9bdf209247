# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The $batch envelope: at most 20 requests in one POST, their answers in any order [graph facts: batch]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .answer import Answer, lower_names
from .errors import GraphError, IntuneError, LostAnswer
from .exchange import WHOLE_ENUMS, Call, Exchange, Flaw, nothing_wrong
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
            call = self._new_call(
                request.method,
                request.url,
                version,
                self._item_flaw(request),
                request.body,
                headers=request.headers,
                repeatable=request.repeatable,
            )
            answer = self._exchanged(call)
        except (GraphError, LostAnswer) as error:
            return BatchResponse(getattr(error, "status", 0), error=error)
        return BatchResponse(answer.status, answer.headers, answer.body)

    def _batch(self, requests: Sequence[BatchRequest], version: str) -> list[BatchResponse]:
        """One chunk: the envelope is sent, then one with what is left of it, until nothing is or time is up."""
        pending = {str(number): request for number, request in enumerate(requests, 1)}
        done: dict[str, BatchResponse] = {}
        refused: list[IntuneError] = []

        def attempt() -> None:
            refused.clear()
            call = self._new_call(
                "POST",
                "$batch",
                version,
                _no_batch,
                json=envelope(pending),
                repeatable=all(request.repeatable for request in pending.values()),
            )
            found = answers(self._attempt(call).body) or {}
            waits, tries, for_all = [], [], False
            for key, request in list(pending.items()):
                response, again = self._judge_item(request, found.get(key, Answer(0)), call, version)
                done[key] = response
                if again is None:
                    del pending[key]
                    continue
                refused.extend(again.errors)
                waits.append(again.wait)
                tries.append(again.tries)
                for_all = for_all or again.for_all
            if pending:
                asked = [wait for wait in waits if wait is not None]
                limits = [limit for limit in tries if limit is not None]
                raise TryAgain(
                    *refused,
                    wait=max(asked) if asked else None,
                    tries=max(limits) if len(limits) == len(tries) else None,
                    for_all=for_all,
                )

        try:
            self._policy.run(attempt)
        except IntuneError as error:
            if not done:
                raise
            if not any(
                error is item for item in refused
            ):  # a later envelope failed, and what was answered before stays true
                done.update((key, BatchResponse(0, error=error)) for key in pending)
        return [done[key] for key in sorted(done, key=int)]

    def _judge_item(
        self, request: BatchRequest, answer: Answer, call: Call, version: str
    ) -> tuple[BatchResponse, TryAgain | None]:
        """The item's response, and a TryAgain when it should be sent again."""
        item = Call(
            request.method,
            self._url(version, request.url),
            request.url.lstrip("/"),
            repeatable=request.repeatable,
            client_request_id=call.client_request_id,
            flaw=self._item_flaw(request),
            token=call.token,
        )
        problem = self._problem(item, answer)
        again = problem if isinstance(problem, TryAgain) and not (request.may_fail and answer.status >= 500) else None
        error = problem.errors[0] if isinstance(problem, TryAgain) else problem
        return BatchResponse(answer.status, answer.headers, answer.body, error), again

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
