# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task declares of an object, beside what Graph has of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import assignments as assigned
from .fields import MASK, Field
from .ownership import tag_of, with_tag
from .references import ResolvedNames
from .relations import RelationPlan
from .resource import ObjectType, Params, Raw, Resource


@dataclass
class Change:
    resource: Resource
    params: Params
    object_type: ObjectType
    declared: list[tuple[Field, Any]]
    # Names of other objects and their ids.
    names: ResolvedNames
    # None for an object that is to be created.
    current: dict[str, Any] | None = None
    # The Graph value of each declared property.
    desired: dict[str, Any] = dataclasses.field(default_factory=dict)
    relations: Sequence[RelationPlan] = ()
    # None where assignments are not declared.
    assignments: assigned.AssignmentPlan | None = None

    @property
    def differing(self) -> list[tuple[Field, Any]]:
        """Return the declared fields that Graph has another value of."""
        current = self.current or {}
        return [
            (field, value)
            for field, value in self.declared
            if not field.type.equal(self.desired[field.graph], current.get(field.graph))
            or (self.params.get("update_secrets") == "always" and field.type.is_hidden(current.get(field.graph)))
        ]

    @property
    def changes(self) -> dict[str, Any]:
        """Return the properties to send."""
        return {field.graph: self.desired[field.graph] for field, _value in self.differing}

    @property
    def differs(self) -> bool:
        relations = any(plan.changed for plan in self.relations)
        return bool(self.differing) or relations or bool(self.assignments and self.assignments.changed)

    def emptied(self) -> Iterator[str]:
        """Yield the lists of which nothing is left."""
        before = len((self.current or {}).get("assignments") or ())
        if self.assignments and before and not self.assignments.entries:
            yield f"{before} assignments"
        for planned in self.relations:
            # What is absent by name is no surprise.
            if planned.remove and not planned.after() and not planned.relation.absent(self.params):
                yield f"{len(planned.remove)} {planned.relation.option}"

    @property
    def predicted(self) -> dict[str, Any]:
        """Return the object as it is after the change."""
        entries = {"assignments": self.assignments.entries} if self.assignments else {}
        return {**(self.current or {}), **self.changes, **entries}

    def plan_assignments(self, current: Sequence[Raw]) -> assigned.AssignmentPlan | None:
        """Compare the declared assignments with the current ones, and keep the result."""
        declared = self.resource.declared_assignments(self.object_type, self.params)
        if self.resource.assignable and declared is not None:
            self.assignments = assigned.plan(
                current,
                declared,
                bool(self.params.get("purge_assignments")),
                self.resource.assignable,
                self.object_type.graph_type,
                self.names,
            )
        return self.assignments

    def body(self) -> dict[str, Any]:
        """Return the properties of a new object, with the ownership tag."""
        body = self.resource.create_body(self.object_type, self.params, self.desired, self.names)
        owned = self._tagged_property
        return {**body, owned: with_tag(body.get(owned), self.params["created_by"])} if owned else body

    @property
    def _tagged_property(self) -> str | None:
        """What gets the ownership tag; an object that the module only waited for has none."""
        is_ours = self.params.get("created_by") and self.object_type.creatable
        return self.resource.ownership_property if is_ours else None

    def missing(self, created: Raw, body: Raw) -> dict[str, Any]:
        """Return what an object that another run or an earlier try created lacks."""
        lacking = {
            field.graph: self.desired[field.graph]
            for field, _value in self.declared
            if not field.create_only and not field.type.equal(self.desired[field.graph], created.get(field.graph))
        }
        owned = self._tagged_property
        if owned and not tag_of(created.get(owned)):
            lacking[owned] = body[owned]
        return lacking

    # -- diff: the declared options only ------------------------------------------------------------------------

    def before(self) -> dict[str, Any]:
        current = self.current or {}
        members = {plan.relation.option: plan.before() for plan in self.relations}
        return {**self._options(current, current.get("assignments") or []), **members}

    def after(self) -> dict[str, Any]:
        properties = self.desired if self.current is None else {**self.current, **self.changes}
        members = {plan.relation.option: plan.after() for plan in self.relations}
        shown = {**self._options(properties, self.assignments.entries if self.assignments else []), **members}
        return self._with_changed_secrets(shown) if self.current else shown

    def _options(self, raw: Raw, entries: Sequence[Raw]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for field, value in self.declared:
            value_shown = field.type.show(raw.get(field.graph), self.names, value)
            if value not in (None, "", []) or value_shown not in (None, "", [], {}):
                field.put(shown, value_shown)
        if self.resource.assignable and self.params.get("assignments") is not None:
            shown["assignments"] = assigned.show(
                entries, self.resource.assignable, self.object_type.graph_type, self.names
            )
        return shown

    def _with_changed_secrets(self, after: dict[str, Any]) -> dict[str, Any]:
        """A secret that changes is masked on both sides; the diff must still show that something changes."""
        before = self._options(self.current or {}, ())
        for field, _value in self.differing:
            value = field.declared_in(after)
            if field.declared_in(before) == value:
                field.put(after, _with_changed_masks(value))
        return after


def _with_changed_masks(shown: Any) -> Any:
    if isinstance(shown, dict):
        return {key: _with_changed_masks(item) for key, item in shown.items()}
    if isinstance(shown, list):
        return [_with_changed_masks(item) for item in shown]
    return f"{MASK} (changed)" if shown == MASK else shown
