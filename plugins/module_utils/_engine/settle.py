# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an object back until it shows what was written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .._graph.errors import NotFound
from . import assignments as assigned
from . import plan, wait, write
from .change import Change
from .context import Context
from .resource import Raw

# How often a list of assignments that other runs replace is sent again, and the longest pause before that in seconds.
_REPLACED_TRIES = 3
_REPLACED_PAUSE = 5.0


def settle(context: Context, change: Change, written: Raw, by_name: bool = False) -> Raw:
    """Read the object until it shows what was written; Graph is eventually consistent [graph facts: consistency].

    A new object is looked for by name, as the next task will do.
    """
    sent = change.assignments
    latest, differences = _read_back(context, change, written, sent, by_name)
    for _again in range(_REPLACED_TRIES):
        if not sent or "assignments" not in differences:
            break
        # Another run, which had read the list before, has replaced it since; do not meet that run again.
        wait.at_random(_REPLACED_PAUSE)
        sent = change.plan_assignments(plan.read_assignments(context, latest))
        if sent and sent.changed:
            sent = write.assign(context, latest, sent)
        latest, differences = _read_back(context, change, written, sent, by_name)
    if differences:
        listed = ", ".join(differences)
        context.warnings.append(f"{context.title}: Graph took the change but does not show it yet: {listed}.")
    return latest


def _read_back(
    context: Context, change: Change, written: Raw, sent: assigned.AssignmentPlan | None, by_name: bool
) -> tuple[Raw, list[str]]:
    """Read the object until it shows what was written. Returns it as it was read last, and what it does not show."""
    latest, differences = written, ["the object itself"]
    # The next task would not find a new object that does not show yet.
    for _attempt in wait.attempts(wait.CREATED_WITHIN if by_name else wait.VISIBLE_WITHIN):
        with suppress(NotFound):
            raw = context.find() if by_name else context.resource.read(context.session, str(written["id"]))
            if raw is not None:
                plan.complete_current(context, raw)
                latest, differences = raw, _differences(change, sent, raw, written)
                if not differences:
                    break
    return latest, differences


def _differences(
    change: Change, sent: assigned.AssignmentPlan | None, raw: Mapping[str, Any], written: Raw
) -> list[str]:
    found = [
        field.option
        for field, _value in change.declared
        if not field.type.equal(change.desired[field.graph], raw.get(field.graph))
    ]
    assignable, current, before = change.resource.assignable, raw.get("assignments"), written.get("assignments")
    if sent and assignable:
        graph_type = change.object_type.graph_type
        if not assigned.shown_by(sent.entries, current or [], before or [], assignable, graph_type):
            found.append("assignments")
    return found
