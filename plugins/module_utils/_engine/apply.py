# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing an object to its declared state: creating it, or changing what differs."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .._graph.errors import NotFound
from . import assignments as assigned
from . import doubles, plan, settle, show, wait, write
from .change import Change
from .context import Context
from .errors import AmbiguousName, Unfinished
from .references import placeholder_id
from .resource import Raw

# How often others of the same name may show after a create, and the longest pause in seconds before looking again.
_AMBIGUOUS_TRIES = 4
_AMBIGUOUS_PAUSE = 5.0


def create(context: Context, change: Change, assignments: Sequence[Raw] = ()) -> dict[str, Any]:
    """Create the object and return the result; assignments are those of the object that it replaces."""
    resource, session, params = context.resource, context.session, context.params
    body = change.body()
    context.is_found = False
    planned = change.plan_assignments(assignments)
    predicted = {**body, "assignments": planned.entries if planned else []}
    resource.check_change(session, None, predicted, params)
    context.warnings += resource.advice(session, predicted, params)
    if planned:
        context.warnings += resource.advice_on_assignments(session, planned.entries, params)
    resource.before_create(session, params)
    after = change.after()
    if context.check_mode:
        object_id = params.get("id") or placeholder_id(resource.label(params))
        final: Raw = {**predicted, "id": object_id}
    else:
        created, final = _settled(context, change, body, assignments)
        object_id = str(created["id"])
        final = context.created = resource.await_state(session, final, params)
    reported = show.report(context, final, change.names, change.object_type, change.relations)
    return show.result(context, True, object_id, reported, after=after)


def _settled(
    context: Context, change: Change, body: dict[str, Any], assignments: Sequence[Raw]
) -> tuple[dict[str, Any], Raw]:
    """Create the object, and return it as it was created and as Graph shows it."""
    created = _created(context, change, body, assignments)
    by_name = not context.params.get("id")
    for _again in range(_AMBIGUOUS_TRIES):
        try:
            return created, settle.settle(context, change, created, by_name)
        except AmbiguousName:
            if context.created_id is None:
                raise
            # What another run has created shows only now, or what it has deleted still does.
            wait.at_random(_AMBIGUOUS_PAUSE)
            created = _completed(context, change, doubles.kept(context, change, created, True), body, assignments)
    return created, settle.settle(context, change, created, by_name)


def _created(context: Context, change: Change, body: dict[str, Any], assignments: Sequence[Raw]) -> dict[str, Any]:
    """Create the object, or complete one that another run or an earlier try has created."""
    object_type = change.object_type
    created, is_as_sent = write.create(context, object_type, body)
    if is_as_sent:
        _check_name(context, created, body)
    if context.created_id is not None:
        created = doubles.kept(context, change, created)
        is_as_sent = created["id"] == context.created_id
        if not is_as_sent:
            # Its run may keep another one, and delete it.
            context.is_found = True
            created = _awaited(context, change, created, body)
    if not is_as_sent:
        return _completed(context, change, created, body, assignments)
    _plan_assignments(change, created, assignments)
    by_action = [field for field in context.resource.fields(object_type) if not field.in_create]
    values = {field.graph: body[field.graph] for field in by_action if field.graph in body}
    try:
        write.run_actions(context, created, object_type, values)
        return _with_parts(context, change, created)
    except NotFound:
        # Another run may have taken it for one that a killed run left, and deleted it.
        context.is_found = True
        context.check_exists(created)
        raise


def _awaited(context: Context, change: Change, created: dict[str, Any], body: Raw) -> dict[str, Any]:
    """Wait until the other run has completed what it created, and return it: parts that both write could be doubled."""

    def is_complete() -> dict[str, Any] | None:
        with suppress(NotFound):
            raw = context.resource.read(context.session, str(created["id"]))
            if raw is not None:
                plan.complete_current(context, raw)
                return None if change.missing(raw, body) else raw
        return None

    return wait.until(is_complete, wait.VISIBLE_WITHIN) or created


def _completed(
    context: Context, change: Change, created: dict[str, Any], body: Raw, assignments: Sequence[Raw]
) -> dict[str, Any]:
    """Bring an object that another run or an earlier try has created to the declared state."""
    write.patch(context, created, change.object_type, change.missing(created, body))
    if change.assignments:
        plan.complete_assignments(context, created)
    _plan_assignments(change, created, assignments)
    return _with_parts(context, change, created)


def _plan_assignments(change: Change, created: Raw, replaced: Sequence[Raw]) -> None:
    """Add the declared assignments to those that others have assigned since, and to those of a replaced object."""
    change.plan_assignments(assigned.united(created.get("assignments") or [], replaced))


def _with_parts(context: Context, change: Change, created: dict[str, Any]) -> dict[str, Any]:
    write.apply_relations(context, created, change.relations)
    if change.assignments and change.assignments.entries:
        change.assignments = write.assign(context, created, change.assignments)
    return created


def _check_name(context: Context, created: Raw, body: Raw) -> None:
    """An object whose name a service writes with other spaces or characters would not be found again, and each run
    would create one more.
    """
    declared, name = (str(raw.get(context.resource.name_property) or "") for raw in (body, created))
    if name != declared and _normal(name) == _normal(declared):
        raise Unfinished(
            f"Graph created the {context.resource.title} '{declared}' as '{name}' (id {created['id']}). Declare it by "
            "that name."
        )


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())


def update(context: Context, change: Change, current: dict[str, Any]) -> dict[str, Any]:
    """Send what differs and return the result."""
    differs = change.differs
    final: Raw = change.predicted if differs else current
    _advise(context, change, current, final)
    if differs and context.diff_mode:
        change.names = show.names_for_diff(context, current, change.names)
    if context.check_mode:
        context.warnings += [f"{context.title}: all {text} are removed." for text in change.emptied()]
    elif differs:
        _send(context, change, current)
    before, after = change.before(), change.after()
    if not context.check_mode:
        final = _read_back(context, change, current)
    changed = differs and (context.check_mode or context.written)
    reported = show.report(context, final, change.names, change.object_type, change.relations)
    return show.result(context, changed, str(current["id"]), reported, before, after)


def _read_back(context: Context, change: Change, current: dict[str, Any]) -> Raw:
    # Relations are read back where they are written.
    is_written = change.changes or (change.assignments and change.assignments.changed)
    final = settle.settle(context, change, change.current or current) if is_written else current
    return context.resource.await_state(context.session, final, context.params)


def _advise(context: Context, change: Change, current: Raw, final: Raw) -> None:
    """Refuse the change, or warn about the object as it will be."""
    resource, session, params = context.resource, context.session, context.params
    if change.differs:
        resource.check_change(session, current, final, params)
    if change.differs or context.advises_always:
        context.warnings += resource.advice(session, final, params)
    if change.assignments and change.assignments.changed:
        context.warnings += resource.advice_on_assignments(session, change.assignments.entries, params)


def _send(context: Context, change: Change, current: dict[str, Any]) -> None:
    plan.read_shared(context, change, current)
    current = change.current or current
    write.patch(context, current, change.object_type, change.changes)
    write.apply_relations(context, current, change.relations)
    if change.assignments and change.assignments.changed:
        context.resource.await_ready(context.session, current, context.params)
        # Read again right before /assign replaces the list: there is no ETag to detect another writer by.
        change.current = {**current, "assignments": plan.read_assignments(context, current)}
        planned = change.plan_assignments(change.current["assignments"])
        if planned and planned.changed:
            change.assignments = write.assign(context, current, planned)
