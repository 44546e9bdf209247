# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module returns: the object in the form of its options, and the diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import assignments as assigned
from .context import Context
from .names import snake_case, snake_keys
from .ownership import tag_of
from .references import ResolvedNames
from .relations import RelationPlan
from .resolving import add_names
from .resource import ObjectType, Raw


def report(
    context: Context,
    raw: Raw,
    names: ResolvedNames,
    object_type: ObjectType | None = None,
    related: Sequence[RelationPlan] = (),
) -> dict[str, Any]:
    """Return an object in the form of its options, with what Graph adds."""
    resource, params = context.resource, context.params
    object_type = object_type or resource.type_of(raw)
    shown: dict[str, Any] = {"id": raw.get("id")}
    if resource.polymorphic:
        shown["type"] = snake_case(object_type.graph_type)
    for field in resource.fields(object_type):
        if field.graph in raw:
            field.put(shown, field.type.show(raw[field.graph], names, field.declared_in(params)))
    shown.update({snake_case(name): snake_keys(raw[name]) for name in resource.reported if name in raw})
    shown.update(resource.derived(raw, params))
    tag = tag_of(raw.get(resource.ownership_property or ""))
    if tag:
        shown["created_by"] = tag
    if resource.assignable and "assignments" in raw:
        shown["assignments"] = assigned.show(
            raw["assignments"] or [], resource.assignable, object_type.graph_type, names
        )
    return {**shown, **{plan.relation.option: plan.after() for plan in related}}


def result(
    context: Context,
    changed: bool,
    object_id: str | None,
    reported: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    shown: dict[str, Any] = {"changed": changed, "id": object_id, context.resource.singular: dict(reported or {})}
    if context.diff_mode:
        headers = dict.fromkeys(("before_header", "after_header"), context.title)
        shown["diff"] = {"before": dict(before or {}), "after": dict(after or {}), **headers}
    return shown


def names_for_diff(context: Context, current: Raw, names: ResolvedNames | None = None) -> ResolvedNames:
    """Add the names of groups and filters that others assigned, so that the diff can be read. Best effort."""
    named = ResolvedNames({**context.names.objects, **(names.objects if names else {})})
    assignable = context.resource.assignable
    if assignable and context.diff_mode:
        groups, filters = assigned.referred_ids(current.get("assignments") or [])
        unknown = {
            reference_type: [object_id for object_id in ids if named.name_of(reference_type, object_id) == object_id]
            for reference_type, ids in ((assignable.group_type, groups), (assignable.filter_type, filters))
        }
        add_names(context.session, {reference_type: ids for reference_type, ids in unknown.items() if ids}, named)
        context.names.objects.update(named.objects)
        context.warnings += named.warnings
    return named
