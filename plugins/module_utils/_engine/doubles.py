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
from . import wait, write
from .change import Change
from .completing import Incomplete, complete, raise_first
from .complex_fields import Children
from .context import Context
from .errors import AmbiguousName
from .fields import Field
from .ownership import tag_of
from .resource import Raw
from .time_fields import parse_moment

Objects = list[dict[str, Any]]


def kept(context: Context, change: Change, created: dict[str, Any], is_complete: bool = False) -> dict[str, Any]:
    """Look again after a create, and return the object to go on with, once it is the only one. Raises AmbiguousName.

    is_complete: this run has already written the parts below its object.
    """
    race = _Race(context, change, is_complete)
    wait.until(race.shows_own, wait.VISIBLE_WITHIN)
    if not race.same or (race.has_own and len(race.same) == 1):
        return race.as_shown(created)
    wait.until(race.is_over, wait.VISIBLE_WITHIN)
    if len(race.same) > 1 and race.gave_way:
        # The run of the best one waits as long for one whose run has ended, and then gives way to it.
        wait.until(race.is_over, wait.VISIBLE_WITHIN)
    if len(race.same) > 1 and race.has_own:
        # The others are not of runs that would delete them.
        race.delete_own()
    current, surplus = _left_behind(context, race.same)
    if current and surplus:
        return delete_surplus(context, current, surplus)
    if current is None or current["id"] == context.created_id:
        return race.as_shown(created)
    return context.resource.await_ready(context.session, current, context.params)


class _Race:
    """Equal objects that runs at once have created, as one of these runs sees them."""

    def __init__(self, context: Context, change: Change, is_complete: bool) -> None:
        self.context = context
        self.change = change
        self.is_complete = is_complete
        # The objects as they were read last.
        self.same: Objects = []
        # Whether this run has deleted what it created, since another object is better; it may show for some time yet.
        self.gave_way = False

    @property
    def has_own(self) -> bool:
        return any(map(self._is_own, self.same))

    def as_shown(self, created: dict[str, Any]) -> dict[str, Any]:
        """Return what this run created with what others have assigned to it since."""
        own = next(filter(self._is_own, self.same), {})
        return {**created, "assignments": own["assignments"]} if own.get("assignments") else created

    def shows_own(self) -> bool | None:
        """Look again; return whether the object of this run shows, None if not."""
        self.same = self.context.find_all()
        return self.has_own or None

    def is_over(self) -> bool | None:
        """Give way to a better object, look again, and return whether only one object is left, None if not."""
        if len(self.same) > 1 and not self.gave_way:
            _add_parts(self.context, self.same, only_below=True)
            if not self._is_own(min(self.same, key=self._rank)):
                self.delete_own()
        self.same = [raw for raw in self.context.find_all() if not (self.gave_way and self._is_own(raw))]
        return len(self.same) == 1 or None

    def delete_own(self) -> None:
        """Delete what this run has created, unless somebody else has assigned it meanwhile."""
        planned = self.change.assignments.entries if self.change.assignments else []
        own = next(filter(self._is_own, self.same), None)
        if own is not None and assigned.has_others(own.get("assignments") or [], planned):
            return
        # One that does not show is of the same type as the others, and so in the same collection.
        write.delete(self.context, own or {**self.same[0], "id": self.context.created_id})
        self.gave_way = True
        self.same = [raw for raw in self.same if not self._is_own(raw)]

    def _is_own(self, raw: Raw) -> bool:
        return bool(raw["id"] == self.context.created_id)

    def _rank(self, raw: Raw) -> tuple[str, bool, str]:
        return _rank(self.context, raw, self.is_complete and self._is_own(raw))


def find(context: Context, waits: bool) -> tuple[dict[str, Any] | None, Objects]:
    """Return the object that the options name, and equal ones to delete, which a killed run left.

    Raises AmbiguousName when it is not certain that they are surplus.
    """
    try:
        return context.find(), []
    except AmbiguousName:
        if context.params.get("state") == "absent":
            raise
    same = context.find_all()

    def is_alone() -> bool | None:
        nonlocal same
        same = context.find_all()
        return len(same) < 2 or None

    if waits and _are_new(context, same) and all(_are_equal(context, raw, same[0], as_created=True) for raw in same):
        # Runs at once are deleting what they created, and may not have completed it.
        wait.until(is_alone, wait.VISIBLE_WITHIN)
    return _left_behind(context, same)


def _left_behind(context: Context, same: Objects) -> tuple[dict[str, Any] | None, Objects]:
    """Return the object to keep and the surplus: tagged by this onboarding, without anything else, and not in use."""
    # Who uses the objects is looked for last: it takes many requests.
    if len(same) > 1 and sum(_is_free(context, raw) for raw in same) >= len(same) - 1:
        _add_parts(context, same)
        keepers = [raw for raw in same if _others_are_surplus(context, same, raw)]
        used = _used(context, same) if keepers else []

        def order(raw: Raw) -> tuple[Any, ...]:
            return not raw.get("assignments"), raw not in used, -_count_below(context, raw), _rank(context, raw)

        current = min(same, key=order)
        surplus = [raw for raw in same if raw is not current]
        if current in keepers and not any(raw in used for raw in surplus):
            return current, surplus
    return context.resource.only_one(same, context.params), []


def _is_free(context: Context, raw: dict[str, Any]) -> bool:
    """Whether an object is tagged by this onboarding, and not assigned."""
    resource, tag = context.resource, context.params.get("created_by")
    if not tag or not resource.ownership_property or tag_of(raw.get(resource.ownership_property)) != tag:
        return False
    return not resource.assignable or not (assigned.are_missing(raw) or raw["assignments"])


def _others_are_surplus(context: Context, same: Objects, current: Raw) -> bool:
    others = (raw for raw in same if raw is not current)
    return all(_is_free(context, raw) and _are_equal(context, raw, current, may_lack=True) for raw in others)


def _used(context: Context, same: Objects) -> Objects:
    """Return the objects that anything uses, also something of this onboarding: it would lose them."""
    params = {**context.params, "created_by": None}
    return [raw for raw in same if context.resource.other_uses(context.session, raw, params, [])]


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
    incomplete = [
        Incomplete(raw, [field for field in each if isinstance(field.type, Children) or not only_below])
        for raw, each in zip(same, fields)
    ]
    _linked, failures = complete(resource, context.session, incomplete)
    # The run of an object that is not found has just deleted it.
    raise_first([failure for failure in failures if not isinstance(failure[1], NotFound)])


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
