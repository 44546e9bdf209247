# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists read side by side: no more requests than allowed, no order lost, one wait for all, one error for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._devices.listing import side_by_side
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.tokens import TokenProvider
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import BadRequest, ConnectionFailed
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy, TryAgain
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.unit.plugins.module_utils.graph.server import FakeTime, Reply, Request, Server

PAGES = 3
LIMIT = 4


class Lists:
    """A Graph with lists of three pages, that notes how many requests it has at a time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.now = 0
        self.most = 0
        self.lock = threading.Lock()
        # Holds requests back until there are as many as there may be.
        self.full = threading.Barrier(LIMIT)
        self.waits = False
        server.handler = self.answer

    def answer(self, request: Request) -> Reply:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        if self.waits:
            self.full.wait(60)
        query = parse_qs(urlsplit(request.target).query)
        number, page = query["list"][0], int(query.get("page", ["1"])[0])
        body: dict[str, Any] = {"value": [{"id": f"{number}.{page}"}]}
        if page < PAGES:
            body["@odata.nextLink"] = f"{self.server.url}/beta/things?list={number}&page={page + 1}"
        with self.lock:
            self.now -= 1
        return Reply(200, body)


def read(
    session: GraphSession,
    parts: Iterable[str],
    divide: Callable[[str, int, int], list[str]] = lambda part, pages, running: [],
) -> Generator[tuple[str, Any, bool], None, None]:
    return side_by_side(session, parts, lambda part: {"list": part}, divide, LIMIT, "things")


def test_as_many_requests_as_allowed_and_no_more(session: GraphSession, graph: Server) -> None:
    known = Lists(graph)
    known.waits = True
    found = [page["value"][0]["id"] for _part, page, _is_last in read(session, "abcd")]
    assert sorted(found) == sorted(f"{part}.{page}" for part in "abcd" for page in (1, 2, 3))
    assert known.most == LIMIT
    assert session.requests_sent == 12


def test_pages_of_one_list_keep_their_order_and_the_last_is_known(session: GraphSession, graph: Server) -> None:
    Lists(graph)
    arrived = list(read(session, [str(number) for number in range(9)]))
    for part in map(str, range(9)):
        assert [(page["value"][0]["id"], is_last) for of, page, is_last in arrived if of == part] == [
            (f"{part}.1", False),
            (f"{part}.2", False),
            (f"{part}.3", True),
        ]


def test_a_divided_part_is_read_in_pieces(session: GraphSession, graph: Server) -> None:
    Lists(graph)
    pieces = {"a": ["a1", "a2"]}
    found = {
        page["value"][0]["id"]
        for _part, page, _is_last in read(session, "ab", lambda part, pages, running: pieces.get(part, []))
    }
    # Of a, only the page that came before it was divided.
    assert found == {"a.1"} | {f"{part}.{page}" for part in ("a1", "a2", "b") for page in (1, 2, 3)}


def test_a_part_is_divided_only_while_half_of_the_threads_are_idle(session: GraphSession, graph: Server) -> None:
    Lists(graph)
    asked: list[tuple[str, int, int]] = []

    def divide(part: str, pages: int, running: int) -> list[str]:
        asked.append((part, pages, running))
        return []

    assert len(list(read(session, "abcdefgh", divide))) == 8 * PAGES
    assert all(running < LIMIT // 2 for _part, _pages, running in asked)
    asked.clear()
    list(read(session, "a", divide))
    assert asked == [("a", 1, 0), ("a", 2, 0)]


def test_what_ends_a_task_from_outside_waits_for_no_answer(session: GraphSession, graph: Server) -> None:
    class Timeout(BaseException):
        pass

    def divide(part: str, pages: int, running: int) -> list[str]:
        raise Timeout

    known = Lists(graph)
    usual = known.answer
    released, waited_in_vain = threading.Event(), threading.Event()

    def slow(request: Request) -> Reply:
        if "list=a" not in request.target and not released.wait(60):
            waited_in_vain.set()
        return usual(request)

    graph.handler = slow
    with pytest.raises(Timeout):
        list(read(session, "ab", divide))
    assert not waited_in_vain.is_set()
    released.set()


def test_the_first_error_ends_all_and_leaves_the_session_usable(session: GraphSession, graph: Server) -> None:
    known = Lists(graph)
    usual = known.answer
    graph.handler = lambda request: (
        Reply(400, {"error": {"code": "BadRequest", "message": "no"}}) if "list=c" in request.target else usual(request)
    )
    with pytest.raises(BadRequest):
        list(read(session, "abcdef"))
    assert next(session.pages("things", params={"list": "a"}))["value"] == [{"id": "a.1"}]


def test_a_reader_that_leaves_early_stops_the_threads(session: GraphSession, graph: Server) -> None:
    Lists(graph)
    pages = read(session, "abcdef")
    next(pages)
    pages.close()
    assert not [thread for thread in threading.enumerate() if "_work" in thread.name]


def test_an_error_of_another_thread_ends_a_wait(graph: Server, make_session: Callable[..., GraphSession]) -> None:
    ended_early: list[bool] = []
    policy = RetryPolicy(600, sleep=lambda seconds: ended_early.append(policy._abandoned.wait(seconds)))
    session = make_session(policy=policy)
    known = Lists(graph)
    usual, sent, throttled = known.answer, threading.Event(), threading.Event()

    def answer(request: Request) -> Reply:
        if "list=a" in request.target:
            sent.wait(60)  # what is not sent by then waits, too
            throttled.set()
            return Reply(503, {}, {"Retry-After": "500"})
        sent.set()
        throttled.wait(60)
        return Reply(400, {}) if "list=b" in request.target else usual(request)

    graph.handler = answer
    with pytest.raises(BadRequest):
        list(read(session, "ab"))
    assert all(ended_early)


def test_nobody_asks_before_the_time_that_one_was_told(fake_time: FakeTime) -> None:
    policy = RetryPolicy(300.0, fake_time.clock, fake_time.sleep, lambda: 1.0)
    answers = iter([TryAgain(ConnectionFailed("throttled"), wait=7.0, for_all=True), None])
    began: list[float] = []

    def throttled() -> str:
        began.append(fake_time.now)
        answer = next(answers)
        if answer:
            # Another thread is about to send something just now.
            policy._close_for(9.0)
            raise answer
        return "done"

    assert policy.run(throttled) == "done"
    assert began == [1000.0, 1009.0]
    policy.run(lambda: began.append(fake_time.now))
    assert began[-1] == 1009.0


def test_a_wait_of_one_request_alone_holds_up_nobody(fake_time: FakeTime) -> None:
    policy = RetryPolicy(300.0, fake_time.clock, fake_time.sleep, lambda: 1.0)
    policy.run(_once(TryAgain(ConnectionFailed("locked"), wait=7.0)))
    assert policy._closed_until == 0.0


def _once(error: Exception) -> Callable[[], None]:
    errors = [error]

    def attempt() -> None:
        if errors:
            raise errors.pop()

    return attempt


def test_threads_log_in_once_and_renew_once() -> None:
    logins: list[str] = []

    def login(claims: str | None) -> str:
        time.sleep(0.01)
        logins.append("x")
        secret = f"token {len(logins)}"
        return (
            f'{{"AccessToken": {{"1": {{"secret": "{secret}", "expires_on": "{time.time() + 3600}", "target": "t"}}}}}}'
        )

    provider = TokenProvider(login, "t", None)
    threads = [threading.Thread(target=provider.token) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logins) == 1
    refused = provider.token()
    threads = [threading.Thread(target=provider.renew, args=(None, refused)) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logins) == 2
    assert provider.token() == "token 2"
