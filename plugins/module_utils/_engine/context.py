# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of one task share: the options, the session, and what there is to report at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._graph.session import GraphSession
from .completing import Incomplete
from .errors import DeletedMeanwhile
from .references import Reference, ResolvedNames
from .resource import Params, Resource


class Context:
    def __init__(
        self,
        resource: Resource,
        session: GraphSession,
        params: Params,
        check_mode: bool,
        diff_mode: bool,
        names: ResolvedNames | None = None,
    ) -> None:
        self.resource = resource
        self.session = session
        # Replaced while an object is recreated.
        self.params = params
        self.check_mode = check_mode
        self.diff_mode = diff_mode
        # What the diff calls objects that the options do not name; tasks that follow each other share it.
        self.names = names or ResolvedNames()
        # What was read ahead: the first answer of find(), objects by the name in the options, members by option.
        self.first_answer: dict[str, Any] = {}
        self.objects_ahead: dict[Reference, list[dict[str, Any]]] = {}
        self.members_ahead: dict[str, list[dict[str, Any]]] = {}
        # Whether what a list leaves out of the object was read too.
        self.is_complete = False
        # Whether there is advice about an object that has its state already.
        self.advises_always = True
        self.warnings: list[str] = []
        self.written = False
        # Whether the object existed when the task looked for it.
        self.is_found = False
        # What this task has created, and may delete again.
        self.created_id: str | None = None
        # The object as Graph shows it, once it is created and complete.
        self.created: Mapping[str, Any] | None = None

    @property
    def version(self) -> str:
        return self.resource.version

    @property
    def title(self) -> str:
        """Return how the user named the object, for messages."""
        return self.resource.describe(self.params)

    def find(self) -> dict[str, Any] | None:
        answer, self.first_answer = self.first_answer, {}
        return self.resource.find(self.session, self.params, answer)

    def find_all(self) -> list[dict[str, Any]]:
        return self.resource.find_all(self.session, self.params)

    def check_exists(self, current: Mapping[str, Any]) -> None:
        """End the wait for an object that somebody deleted after it was found. Raises DeletedMeanwhile."""
        if self.is_found and self.resource.read(self.session, str(current["id"])) is None:
            raise DeletedMeanwhile(
                f"{self.title} ({current['id']}) was deleted during the task. Run again to create it."
            )

    def incomplete(self, current: dict[str, Any]) -> Incomplete:
        declared = self.resource.declared(self.resource.type_of(current), self.params)
        return Incomplete(current, [field for field, _value in declared], bool(self.params.get("id")))

    def address(self, current: Mapping[str, Any]) -> str:
        return self.resource.address(current)
