# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing what is declared with what Graph has, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from . import assignments as assigned
from . import checks, relations, wait
from .as_options import referred
from .change import Change
from .completing import complete, raise_first
from .context import Context
from .fields import Field
from .references import Reference, ResolvedNames
from .resolving import found_ahead, resolve
from .resource import ObjectType, Raw


def plan(context: Context, current: dict[str, Any] | None, object_type: ObjectType, has_relations: bool) -> Change:
    """Return the change that brings an object to its declared state. Raises IntuneError for what is not possible."""
    resource, params = context.resource, context.params
    resource.check_fit(object_type, params)
    checks.check_unset(resource, params, object_type)
    declared = resource.declared(object_type, params)
    if current is not None:
        wait.while_unknown(partial(complete_current, context, current), partial(context.check_exists, current))
    names = resolve_names(context, declared, object_type, current)
    related = plan_relations(context, current if has_relations else None, names)
    desired = _desired(context, declared, current, names)
    change = Change(resource, params, object_type, declared, names, current, desired, related)
    change.plan_assignments((current or {}).get("assignments") or [])
    checks.check_assignments(change)
    if current is not None and change.differs:
        checks.check_change(change)
    return change


def _desired(
    context: Context, declared: Sequence[tuple[Field, Any]], current: Raw | None, names: ResolvedNames
) -> dict[str, Any]:
    desired = {
        field.graph: field.type.unset((current or {}).get(field.graph))
        if value is None
        else field.type.encode(value, (current or {}).get(field.graph), names)
        for field, value in declared
    }
    return desired if current is None else context.resource.completed(current, desired, context.params)


def read_shared(context: Context, change: Change, current: dict[str, Any]) -> None:
    """Compare again right before a PATCH replaces what others keep something in, without an ETag to detect them by."""
    if not any(
        value is not None and field.type.is_shared(value, current.get(field.graph), change.names)
        for field, value in change.differing
    ):
        return
    raw = context.resource.read(context.session, str(current["id"]))
    if raw is not None:
        complete_current(context, raw)
        change.current = {**current, **raw}
        change.desired = _desired(context, change.declared, change.current, change.names)
        context.resource.check_change(context.session, change.current, change.predicted, context.params)


def complete_current(context: Context, current: dict[str, Any]) -> None:
    """Add what a list leaves out: properties that come with one object only, and long lists of assignments."""
    is_complete, context.is_complete = context.is_complete, False
    if not is_complete:
        _linked, failures = complete(context.resource, context.session, [context.incomplete(current)])
        raise_first(failures)
    complete_assignments(context, current)


def complete_assignments(context: Context, current: dict[str, Any]) -> None:
    """$expand may cut a long list, or be ignored: then the assignments are read by themselves."""
    if lacks_assignments(context, current):
        current["assignments"] = read_assignments(context, current)


def lacks_assignments(context: Context, current: Raw) -> bool:
    resource = context.resource
    declared = resource.declared_assignments(resource.type_of(current), context.params)
    return declared is not None and assigned.are_missing(current)


def read_assignments(context: Context, current: Raw) -> list[dict[str, Any]]:
    path = f"{context.address(current)}/assignments"
    return wait.while_unknown(
        lambda: list(context.session.list(path, version=context.version)), partial(context.check_exists, current)
    )


def resolve_names(
    context: Context, declared: Sequence[tuple[Field, Any]], object_type: ObjectType, current: Raw | None
) -> ResolvedNames:
    linked = referred(context.resource, current) if current else ()
    existing = {Reference(reference_type, text.lower()): text for reference_type, text in linked}
    named = references(context, declared, object_type)
    names = resolve(context.session, named, existing, context.check_mode, context.version, context.objects_ahead)
    context.warnings += names.warnings
    return names


def references(context: Context, declared: Sequence[tuple[Field, Any]], object_type: ObjectType) -> list[Reference]:
    found = [reference for field, value in declared if value is not None for reference in field.type.references(value)]
    items, assignable = context.resource.declared_assignments(object_type, context.params), context.resource.assignable
    return found + (assigned.references(items, assignable, object_type.graph_type) if items and assignable else [])


def plan_relations(context: Context, current: Raw | None, names: ResolvedNames) -> list[relations.RelationPlan]:
    session, version = context.session, context.version
    planned = []
    resolved = ResolvedNames({**names.objects, **found_ahead(context.objects_ahead)})
    for relation in context.resource.relations:
        if not relation.is_declared(context.params):
            continue
        declared = context.params.get(relation.option)
        members = context.members_ahead.pop(relation.option, None) if current else []
        if members is None and current:
            ask = partial(relation.read, session, context.address(current), version)
            members = wait.while_unknown(ask, partial(context.check_exists, current))
        is_purged = relation.purge_option is None or bool(context.params.get(relation.purge_option))
        purge = declared is not None and is_purged
        change = relation.plan(session, declared or (), members or [], purge, resolved, context.check_mode)
        relation.plan_absent(session, relation.absent(context.params), change, resolved)
        planned.append(change)
    context.warnings += resolved.warnings
    return planned
