# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusing values and combinations of options before anything is written.

What exists is legal: only what a task creates or changes is checked, with the type known from the task or the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from . import assignments as assigned
from .change import Change
from .declaration import paths
from .errors import InvalidOptions, InvalidValues
from .fields import Field, Secret
from .info import as_options
from .names import snake_case
from .resource import ObjectType, Params, Resource


def check_new(resource: Resource, params: Params) -> None:
    """Check the options as those of a new object. Raises InvalidValues."""
    declared_type = resource.declared_type(params)
    if declared_type:
        found = list(resource.contradictions(declared_type, declared_type.options(params)))
        _refuse([*_unfit(resource.declared(declared_type, params)), *found])


def check_change(change: Change) -> None:
    """Check what an existing object does not have already. Raises InvalidValues."""
    resource, object_type = change.resource, change.object_type
    current = object_type.options(as_options(resource, change.current or {}, change.names))
    declared = {name: value for name, value in object_type.options(change.params).items() if value is not None}
    deciding = {name: current[name] for name in resource.deciding if name in current}
    found = resource.contradictions(object_type, {**deciding, **declared})
    existing = set(resource.contradictions(object_type, current))
    _refuse([*_unfit(change.differing), *(text for text in found if text not in existing)])


def check_assignments(change: Change) -> None:
    """Check the assignments that an object does not have already. Raises InvalidValues."""
    resource, planned = change.resource, change.assignments
    if planned and resource.assignable:
        filters = {
            str(raw["id"]).lower(): raw
            for reference, raw in change.names.objects.items()
            if reference.type == resource.assignable.filter_type
        }
        found = assigned.unfit(planned.differing, resource.assignable, change.object_type.graph_type, filters)
        existing = assigned.lonely((change.current or {}).get("assignments") or [])
        excluded = assigned.lonely(planned.entries) if planned.changed else {}
        refused = [
            f"assignments: '{change.names.name_of(resource.assignable.group_type, group)}' is excluded with the intent "
            f"{snake_case(intent)}, and an exclusion needs the intent of an inclusion"
            for group, intent in excluded.items()
            if group not in existing
        ]
        _refuse([f"{resource.describe(change.params)}: {text}" for text in [*found, *refused]])


def check_unset(resource: Resource, params: Params, *types: ObjectType) -> None:
    """Refuse names in unset that are no options of the types. Raises InvalidOptions."""
    unset = params.get("unset")
    if not unset:
        return
    fields = dict(found for each in types for found in paths(resource.settable_fields(each)))
    needed = (*types[0].required, *resource.always_set) if len(types) == 1 else ()
    for path in unset:
        problem = _why_not_unset(resource, params, fields, path)
        field = fields.get(path)
        if field and not problem and (field.is_always_set or (field.path == path and field.option in needed)):
            problem = f"Microsoft Graph always has a value of '{path}'. Declare another value."
        if problem:
            raise InvalidOptions(f"unset: {problem} This task wrote nothing.")


def _why_not_unset(resource: Resource, params: Params, fields: Mapping[str, Field], path: str) -> str:
    field = fields.get(path)
    if field is None or field.graph == resource.name_property:
        similar = get_close_matches(path, fields, 1)
        hint = f" Did you mean {similar[0]}?" if similar and field is None else ""
        return f"'{path}' is not an option of this {resource.title} that can be unset.{hint}"
    declared: Any = params
    for name in path.split("."):
        declared = (declared or {}).get(name)
    if declared is not None:
        return f"'{path}' also has a value in this task."
    if isinstance(field.type, Secret) and params.get("update_secrets") != "always":
        return f"Microsoft Graph does not show whether '{path}' is set. Add update_secrets: always to remove it."
    return ""


def _unfit(declared: Sequence[tuple[Field, Any]]) -> Iterator[str]:
    for field, value in declared:
        if value is None:
            continue
        try:
            field.type.check(value)
        except ValueError as error:
            yield f"{field.path} {error}"


def _refuse(found: Sequence[str]) -> None:
    if found:
        raise InvalidValues(f"{'; '.join(found)}. This task wrote nothing.")
