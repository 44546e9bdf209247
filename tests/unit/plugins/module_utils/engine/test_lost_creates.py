# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object whose create got no answer may stay invisible as long as any other new object."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import write
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.context import Context
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import LostAnswer
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignment_filter import AssignmentFilter

NEW = {"id": "1", "displayName": "Corporate"}


class LateGraph:
    """Stands for a session whose Graph creates, loses the answer, and shows the object late."""

    def __init__(self, shows_after: float) -> None:
        self.now = 0.0
        self.shows_after = shows_after
        self.posts = 0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def list(self, *_path: Any, **_more: Any) -> list[dict[str, Any]]:
        return [NEW] if self.posts and self.now >= self.shows_after else []

    def post(self, path: str, *_body: Any, **_more: Any) -> None:
        self.posts += 1
        raise LostAnswer("lost", "POST", path, "", None)


@pytest.mark.parametrize("shows_after", [0.0, 14.0, 29.0, 60.0, 89.0])
def test_an_object_that_shows_late_after_a_lost_answer_is_not_created_again(
    monkeypatch: pytest.MonkeyPatch, shows_after: float
) -> None:
    graph = LateGraph(shows_after)
    monkeypatch.setattr("time.sleep", graph.sleep)
    monkeypatch.setattr("time.monotonic", lambda: graph.now)
    context = Context(AssignmentFilter(), graph, {"name": "Corporate"}, False, False)  # type: ignore[arg-type]
    created, is_as_sent = write.create(context, AssignmentFilter.types[0], {"displayName": "Corporate"})
    assert (created, is_as_sent, graph.posts) == (NEW, False, 1)
