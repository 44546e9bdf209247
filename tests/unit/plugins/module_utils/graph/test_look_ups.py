# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look-ups that several objects need are read together and once."""

from __future__ import annotations

from functools import partial
from typing import Any

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import read_ahead
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import Task
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.read_ahead import ReadAhead, put_items
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignment_filter import AssignmentFilter
from tests.unit.plugins.module_utils.graph.batches import Batches, failed, item
from tests.unit.plugins.module_utils.graph.server import Reply, Request, Server, Step

Answers = list[tuple[str, Any]]


def asked(answers: Answers, *urls: str, version: str = "beta") -> list[ReadAhead]:
    """Look-ups whose answers go to the list, with their URLs."""
    return [ReadAhead(url, version, lambda body, url=url: answers.append((url, body))) for url in urls]  # type: ignore[misc]


def test_look_ups_are_sent_in_one_batch_a_version_and_each_gets_its_answer(
    session: GraphSession, graph: Server
) -> None:
    batches = Batches(graph, b=[item(200, {"value": [{"id": "of b"}]})])
    answers: Answers = []
    others = asked(answers, "/d", "/e", version="v1.0")
    read_ahead.send(session, [*asked(answers, "/a?$filter=x%20eq%20%27y%27", "/b"), *others])
    assert batches.urls() == [["/a?$filter=x%20eq%20%27y%27", "/b"], ["/d", "/e"]]
    assert answers == [
        ("/a?$filter=x%20eq%20%27y%27", {"id": "/a?$filter=x%20eq%20%27y%27"}),
        ("/b", {"value": [{"id": "of b"}]}),
        ("/d", {"id": "/d"}),
        ("/e", {"id": "/e"}),
    ]


def test_what_several_ask_for_is_read_once_and_given_to_each(session: GraphSession, graph: Server) -> None:
    batches = Batches(graph)
    answers: Answers = []
    read_ahead.send(session, asked(answers, "/a", "/b", "/a"))
    assert batches.urls() == [["/a", "/b"]]
    assert sorted(answers) == [("/a", {"id": "/a"}), ("/a", {"id": "/a"}), ("/b", {"id": "/b"})]


def test_a_single_look_up_is_left_to_whoever_needs_it(session: GraphSession, graph: Server) -> None:
    read_ahead.send(session, asked([], "/a"))
    assert graph.requests == []


def test_the_answer_of_a_list_has_all_its_pages_read_once_for_all_who_ask(session: GraphSession, graph: Server) -> None:
    def handle(request: Request) -> Step:
        page = (
            {"value": [{"id": "2"}], "@odata.nextLink": f"{graph.url}/beta/a?page=3"}
            if "page=2" in request.target
            else {"value": [{"id": "3"}]}
        )
        first = {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/a?page=2"}
        return Reply(200, {"responses": [{"id": "1", **item(200, first)}]} if request.path.endswith("$batch") else page)

    graph.handler = handle
    found: list[dict[str, Any]] = [{}, {}, {}]
    read_ahead.send(session, [ReadAhead("/a", "beta", partial(put_items, place, "items")) for place in found])
    assert [[each["id"] for each in place["items"]] for place in found] == [["1", "2", "3"]] * 3
    assert session.requests_sent == 3


def test_what_cannot_be_read_whole_is_not_answered(session: GraphSession, graph: Server) -> None:
    link = {"value": [], "@odata.nextLink": "https://elsewhere.example/a?page=2"}
    graph.handler = lambda request: Reply(200, {"responses": [{"id": "1", **item(200, link)}]})
    answers: Answers = []
    read_ahead.send(session, asked(answers, "/a", "/a"))
    assert answers == []


def test_what_failed_is_not_answered(session: GraphSession, graph: Server) -> None:
    Batches(graph, a=[failed(404)], b=[failed(400)], c=[item(200, "no object")])
    answers: Answers = []
    read_ahead.send(session, asked(answers, "/a", "/b", "/c"))
    assert answers == []


def test_an_object_that_was_looked_up_is_read_again_when_it_is_looked_for_again(
    session: GraphSession, graph: Server
) -> None:
    """A write may have changed it since."""
    named = {"id": "1", "displayName": "Corporate"}
    graph.handler = lambda request: Reply(200, {"value": [named]})
    task = Task(AssignmentFilter(), session, {"name": "Corporate", "state": "present"}, False, False)
    task.reads_of_itself()[0].take({"value": [named]})
    assert task.find() == named
    assert session.requests_sent == 0
    assert task.find() == named
    assert session.requests_sent == 1
