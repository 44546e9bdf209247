# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests in a $batch: their order, their retries and their errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.batch import BatchRequest
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    ConnectionFailed,
    Forbidden,
    GraphError,
    LostAnswer,
    NotFound,
    Throttled,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.unit.plugins.module_utils.graph.batches import Batches, failed, item
from tests.unit.plugins.module_utils.graph.server import Drop, FakeTime, Reply, Request, Server, Step


def get(name: str) -> BatchRequest:
    return BatchRequest("GET", f"/{name}")


def test_requests_are_numbered_in_the_envelope_of_a_batch(session: GraphSession, graph: Server) -> None:
    batches = Batches(graph)
    whole = {"Prefer": "include-unknown-enum-members"}
    session.batch(
        [get("a?$top=1"), BatchRequest("post", "b", {"x": 1}, {"Prefer": "p"}), BatchRequest("POST", "/c", {})],
        version="v1.0",
    )
    assert graph.requests[0].path == "/v1.0/$batch"
    assert batches.sent == [
        [
            {"id": "1", "method": "GET", "url": "/a?$top=1", "headers": whole},
            {
                "id": "2",
                "method": "POST",
                "url": "/b",
                "headers": {"Prefer": "p", "Content-Type": "application/json"},
                "body": {"x": 1},
            },
            {
                "id": "3",
                "method": "POST",
                "url": "/c",
                "headers": {**whole, "Content-Type": "application/json"},
                "body": {},
            },
        ]
    ]


def test_the_order_is_that_of_the_requests_and_no_chunk_has_more_than_20(session: GraphSession, graph: Server) -> None:
    batches = Batches(graph)
    responses = session.batch([get(f"x{number}") for number in range(45)])
    assert [response.body["id"] for response in responses] == [f"/x{number}" for number in range(45)]
    assert [len(items) for items in batches.sent] == [20, 20, 5]
    assert session.requests_sent == 3


def test_no_requests_send_nothing(session: GraphSession, graph: Server) -> None:
    assert session.batch([]) == []
    assert graph.requests == []


def test_only_the_throttled_items_are_sent_again_after_the_longest_wait(
    session: GraphSession, graph: Server, fake_time: FakeTime
) -> None:
    batches = Batches(
        graph,
        b=[failed(429, Retry_After="3"), item(200, {"id": "1"})],
        d=[failed(429, Retry_After="7.2"), failed(503), item(200, {"id": "1"})],
        e=[failed(429), item(201, {"id": "1"})],
    )
    responses = session.batch(
        [get("a"), get("b"), get("c"), get("d"), BatchRequest("POST", "/e", {}, repeatable=False)]
    )
    assert batches.urls() == [["/a", "/b", "/c", "/d", "/e"], ["/b", "/d", "/e"], ["/d"]]
    assert fake_time.slept == [8.0, 2.0]
    assert [response.status for response in responses] == [200, 200, 200, 200, 201]
    assert [response.error for response in responses] == [None] * 5
    assert responses[3].body == {"id": "1"}


def test_items_that_fail_do_not_raise(session: GraphSession, graph: Server) -> None:
    session.permission_hint = lambda method, path, is_user: f"Needed for {method} {path}"
    Batches(graph, a=[failed(404, "ResourceNotFound", request_id="r-1")], b=[failed(403)])
    missing, forbidden, fine = session.batch([get("a"), get("b?$top=1"), get("c")])
    assert isinstance(missing.error, NotFound)
    assert (missing.status, missing.error.code, missing.error.request_id) == (404, "ResourceNotFound", "r-1")
    assert missing.error.url == f"{graph.url}/beta/a"
    assert isinstance(forbidden.error, Forbidden)
    assert "Needed for GET b" in str(forbidden.error)
    assert fine.error is None


def test_throttled_items_end_as_errors_when_the_time_is_up(
    session: GraphSession, graph: Server, fake_time: FakeTime
) -> None:
    Batches(graph, b=[failed(429, Retry_After="200")], c=[failed(429, Retry_After="200")])
    fine, *throttled = session.batch([get("a"), get("b"), get("c")])
    assert fine.error is None
    assert fake_time.slept == [200.0]
    for response in throttled:
        assert isinstance(response.error, Throttled)
        assert "Given up after 2 tries in 200 s" in str(response.error)


def test_an_item_that_always_fails_is_not_tried_for_all_the_time(session: GraphSession, graph: Server) -> None:
    Batches(graph, a=[failed(500)])
    response = session.batch([get("a"), get("b")])[0]
    assert "Given up after 5 tries" in str(response.error)
    assert session.requests_sent == 5


def test_a_create_with_a_server_fault_is_lost_and_not_repeated(session: GraphSession, graph: Server) -> None:
    batches = Batches(graph, a=[failed(503, Retry_After="1")], b=[failed(504), item(200, {"id": "1"})])
    lost, fine = session.batch([BatchRequest("POST", "/a", {}, repeatable=False), get("b")])
    assert isinstance(lost.error, LostAnswer)
    assert isinstance(lost.error.cause, GraphError)
    assert fine.error is None
    assert batches.urls() == [["/a", "/b"], ["/b"]]


def test_a_throttled_envelope_is_sent_again(session: GraphSession, graph: Server, fake_time: FakeTime) -> None:
    Batches(graph)
    graph.replies = [Reply(429, {"error": {"code": "TooManyRequests"}}, {"Retry-After": "4"})]
    assert session.batch([BatchRequest("POST", "/a", {}, repeatable=False)])[0].status == 200
    assert fake_time.slept == [4.0]


@pytest.mark.parametrize("first", [Drop(), Reply(503, {"error": {"code": "x"}}), Reply(504)])
def test_an_envelope_is_repeatable_when_all_its_items_are(session: GraphSession, graph: Server, first: Step) -> None:
    Batches(graph)
    graph.replies = [first]
    assert session.batch([get("a")])[0].status == 200
    graph.replies = [first]
    with pytest.raises(LostAnswer):
        session.batch([get("a"), BatchRequest("POST", "/b", {}, repeatable=False)])
    assert len(graph.requests) == 3


def test_what_was_answered_stays_true_when_a_later_envelope_fails(
    session: GraphSession, graph: Server, fake_time: FakeTime
) -> None:
    batches = Batches(graph, b=[failed(429)])
    answer = graph.handler
    graph.handler = lambda request: answer(request) if not batches.sent else Drop()
    created, lost = session.batch([BatchRequest("POST", "/a", {}, repeatable=False), get("b")])
    assert (created.status, created.error) == (200, None)
    assert isinstance(lost.error, ConnectionFailed)


def test_a_missing_part_is_an_error(session: GraphSession, graph: Server) -> None:
    graph.handler = lambda request: Reply(200, {"responses": [{"id": "2", "status": 200, "body": {"id": "1"}}]})
    first, second, third = session.batch([get("a"), get("b"), BatchRequest("POST", "/c", {}, repeatable=False)])
    assert isinstance(first.error, GraphError)
    assert "GET a has no part in the answer to a $batch" in str(first.error)
    assert second.body == {"id": "1"}
    assert isinstance(third.error, LostAnswer)


def test_a_status_may_be_text(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"responses": [{"id": "1", "status": "200", "body": {"id": "1"}}]})]
    assert [response.status for response in session.batch([get("a")])] == [200]


@pytest.mark.parametrize("body", [{}, {"responses": None}, {"responses": [{"id": "1"}]}, {"responses": [1]}])
def test_an_answer_that_is_no_batch_is_an_error(session: GraphSession, graph: Server, body: object) -> None:
    graph.replies = [Reply(200, body)] * 4
    with pytest.raises(GraphError, match="not a batch response"):
        session.batch([get("a")])
    with pytest.raises(LostAnswer):
        session.batch([BatchRequest("POST", "/a", {}, repeatable=False)])


def test_a_list_in_an_item_can_be_continued(session: GraphSession, graph: Server) -> None:
    link = f"{graph.url}/beta/a?$skiptoken=2"
    Batches(graph, a=[item(200, {"value": [{"id": "1"}], "@odata.nextLink": link})])
    response = session.batch([get("a")])[0]
    graph.replies = [Reply(200, {"value": [{"id": "2"}]})]
    assert list(session.items(response.body)) == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize("body", [None, {}, "text", {"value": None}])
def test_a_list_in_an_item_is_one(session: GraphSession, body: object) -> None:
    with pytest.raises(GraphError, match="did not answer with a list"):
        list(session.items(body))


def test_no_item_error_shows_a_secret(make_session: Callable[..., GraphSession], graph: Server) -> None:
    Batches(graph, a=[item(400, {"error": {"code": "C", "message": "value very-secret is bad"}})])
    response = make_session(secrets=("very-secret",)).batch([get("a")])[0]
    assert response.error is not None
    assert "very-secret" not in str(response.error) + repr(response.error.to_result())


# -- without $batch --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 405, 501])
def test_where_no_batch_gets_through_each_request_goes_alone(session: GraphSession, graph: Server, status: int) -> None:
    def handle(request: Request) -> Step:
        if request.path.endswith("$batch"):
            return Reply(status, {"error": {"code": "UnknownError", "message": "no such thing"}})
        if request.path.endswith("missing"):
            return Reply(404, {"error": {"code": "NotFound", "message": "gone"}})
        return Reply(
            200,
            {
                "id": "1",
                "method": request.method,
                "path": request.target,
                "body": request.json if request.body else None,
            },
        )

    graph.handler = handle
    requests = [get("a?$select=id"), get("missing"), BatchRequest("POST", "/b", {"c": 1}, repeatable=False)]
    for envelopes in (1, 0):
        graph.requests.clear()
        found, missing, created = session.batch(requests, version="v1.0")
        assert (found.status, found.body["path"]) == (200, "/v1.0/a?$select=id")
        assert isinstance(missing.error, NotFound)
        assert (created.body["method"], created.body["body"]) == ("POST", {"c": 1})
        assert [request.path for request in graph.requests][envelopes:] == ["/v1.0/a", "/v1.0/missing", "/v1.0/b"]
        assert len(graph.requests) == envelopes + 3
