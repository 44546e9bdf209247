# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that several runs at once create, because none sees those of the others yet and Graph has no key against it.

All runs keep the same one: the oldest, and of several of the same moment, or without a date, one with parts below it
before one without, and the lowest id. Each deletes only what it created itself. A later run deletes what a killed one
left.
"""

from __future__ import annotations

from typing import Any

from .._graph.errors import NotFound
from . import assignments as assigned
from . import removal, wait, write
from .change import Change
from .complex_fields import Children
from .context import Context
from .errors import AmbiguousName
from .fields import Field, parse_moment
from .ownership import tag_of
from .partial import Failure, Partial, complete
from .resource import Raw

Objects = list[dict[str, Any]]


def kept(context: Context, change: Change, created: dict[str, Any], is_complete: bool = False) -> dict[str, Any]:
    """Look again after a create, and return the object to go on with, once it is the only one. Raises AmbiguousName.

    is_complete: this run has already written the parts below its object.
    """
    last: list[Objects] = [[]]
    own, deleted = context.created_id, list[str]()

    def same() -> Objects:
        last[0] = context.same()
        return last[0]

    def rank(raw: Raw) -> tuple[str, bool, str]:
        return _rank(context, raw, is_complete and raw["id"] == own)

    def is_alone() -> bool | None:
        if len(last[0]) > 1 and not deleted:
            _add_parts(context, last[0], only_below=True)
            if min(last[0], key=rank)["id"] != own:
                deleted.append(str(own))
                _delete_own(context, change, last[0])
        return len(same()) == 1 or None

    wait.until(lambda: any(raw["id"] == own for raw in same()) or None, wait.VISIBLE_WITHIN)
    if not last[0] or [raw["id"] for raw in last[0]] == [own]:
        return created
    wait.until(is_alone, wait.VISIBLE_WITHIN)
    if len(last[0]) > 1 and deleted:
        # The run of the best one waits as long for one whose run has ended, and then gives way to it.
        wait.until(is_alone, wait.VISIBLE_WITHIN)
    if len(last[0]) > 1 and own in [raw["id"] for raw in last[0]]:
        # The others are not of runs that would delete them.
        if _delete_own(context, change, last[0]):
            last[0] = [raw for raw in last[0] if raw["id"] != own]
    current, surplus = _left_behind(context, last[0])
    if current and surplus:
        return delete_surplus(context, current, surplus)
    found = current or created
    return created if found["id"] == own else context.resource.await_ready(context.session, found, context.params)


def _delete_own(context: Context, change: Change, same: Objects) -> bool:
    """Delete what this task has created, unless somebody else has assigned it meanwhile; return whether it did."""
    planned = change.assignments.entries if change.assignments else []
    own = next((raw for raw in same if raw["id"] == context.created_id), None)
    if own is not None and assigned.has_others(own.get("assignments") or [], planned):
        return False
    # An object of the same type, that is in the same collection.
    write.delete(context, own or {**same[0], "id": context.created_id})
    return True


def found(context: Context, waits: bool) -> tuple[dict[str, Any] | None, Objects]:
    """Return the object that the options name, and equal ones to delete, which a killed run left.

    Raises AmbiguousName when it is not certain that they are surplus.
    """
    try:
        return context.find(), []
    except AmbiguousName:
        if context.params.get("state") == "absent":
            raise
    same = context.same()
    if waits and _are_new(context, same) and all(_are_equal(context, raw, same[0], as_created=True) for raw in same):
        # Runs at once are deleting what they created, and may not have completed it.
        wait.until(lambda: len(context.same()) < 2 or None, wait.VISIBLE_WITHIN)
        same = context.same()
    return _left_behind(context, same)


def _left_behind(context: Context, same: Objects) -> tuple[dict[str, Any] | None, Objects]:
    """Return the object to keep and the surplus: tagged by this onboarding, without anything else, and not in use."""
    if len(same) < 2 or not context.params.get("created_by"):
        return context.resource.only_one(same, context.params), []
    _add_parts(context, same)
    # Whoever uses it, also something of this onboarding, would lose it.
    params = {**context.params, "created_by": None}
    uses = ((raw["id"], context.resource.other_uses(context.session, raw, params)) for raw in same)
    used = [object_id for object_id, found in uses if removal.keeping(found, [])]

    def order(raw: Raw) -> tuple[Any, ...]:
        return not raw.get("assignments"), raw["id"] not in used, -_count_below(context, raw), _rank(context, raw)

    current = min(same, key=order)
    surplus = [raw for raw in same if raw is not current]
    if all(raw["id"] not in used and _is_surplus(context, raw, current) for raw in surplus):
        return current, surplus
    return context.resource.only_one(same, context.params), []


def _is_surplus(context: Context, raw: dict[str, Any], current: Raw) -> bool:
    resource, tag = context.resource, context.params["created_by"]
    if not resource.ownership_property or tag_of(raw.get(resource.ownership_property)) != tag:
        return False
    is_assigned = resource.assignable and (assigned.are_missing(raw) or raw["assignments"])
    return not is_assigned and _are_equal(context, raw, current, may_lack=True)


def delete_surplus(context: Context, current: dict[str, Any], surplus: Objects) -> dict[str, Any]:
    """Delete what a killed run left, and return the object that stays."""
    ids = ", ".join(sorted(str(raw["id"]) for raw in surplus))
    context.warnings.append(
        f"{context.title}: equal objects of earlier runs are not assigned. Kept {current['id']}, deleted {ids}."
    )
    if not context.check_mode:
        for raw in surplus:
            write.delete(context, raw)
    return current


def _are_equal(context: Context, one: Raw, other: Raw, as_created: bool = False, may_lack: bool = False) -> bool:
    """Whether two objects have the same properties.

    as_created leaves out those that are written after the create; may_lack: one may not have (all of) them yet.
    """
    object_type = context.resource.type_of(one)

    def is_lacking(field: Field, value: Any) -> bool:
        if isinstance(field.type, Children):
            return field.type.is_part(value, other.get(field.graph))
        return field.type.equal(object_type.defaults.get(field.graph), value)

    return object_type == context.resource.type_of(other) and all(
        field.type.equal(field.type.resent(one.get(field.graph)), other.get(field.graph))
        or (may_lack and not field.in_create and is_lacking(field, one.get(field.graph)))
        for field in context.resource.settable_fields(object_type)
        if field.in_create or not as_created
    )


def _add_parts(context: Context, same: Objects, only_below: bool = False) -> None:
    """Add what a list leaves out of objects, or only what is below them."""
    resource = context.resource
    fields = [resource.settable_fields(resource.type_of(raw)) for raw in same]
    failures: list[Failure] = []
    complete(
        resource,
        context.session,
        [
            Partial(raw, [field for field in each if isinstance(field.type, Children) or not only_below])
            for raw, each in zip(same, fields)
        ],
        failures,
    )
    for _raw, error in failures:
        # Its run has just deleted it.
        if not isinstance(error, NotFound):
            raise error


def _count_below(context: Context, raw: Raw) -> int:
    fields = context.resource.fields(context.resource.type_of(raw))
    return sum(len(raw.get(field.graph) or ()) for field in fields if isinstance(field.type, Children))


def _are_new(context: Context, same: Objects) -> bool:
    try:
        times = [parse_moment(str(raw.get("createdDateTime") or raw["lastModifiedDateTime"])) for raw in same]
    except (KeyError, ValueError):
        return False
    return bool(times) and (context.session.now() - min(times)).total_seconds() <= 2 * wait.VISIBLE_WITHIN


def _rank(context: Context, raw: Raw, is_complete: bool = False) -> tuple[str, bool, str]:
    lacks_parts = not (is_complete or _count_below(context, raw))
    return str(raw.get("createdDateTime") or "").rstrip("Z"), lacks_parts, str(raw["id"])
