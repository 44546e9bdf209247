# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusing values and combinations of options before anything is written.

What exists is legal: only what a task creates or changes is checked, with the type known from the task or the object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from . import assignments as assigned
from .as_options import as_options
from .change import Change
from .declaration import paths
from .errors import InvalidOptions, InvalidValues
from .fields import Field, Secret
from .guards import refuse_empty, refuse_malformed
from .names import snake_case
from .ownership import tag_of, with_tag
from .resource import ObjectType, Params, Resource


def check_options(resource: Resource, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options in the form that the fields expect. Raises InvalidOptions for what needs no request to be
    refused.
    """
    resource.validate(params)
    check_unset(resource, params, *resource.types)
    _check_identity(resource, params)
    _check_empty(resource, params)
    for relation in resource.relations:
        relation.check(params)
    declared = {name: params[name] for name in resource.argument_spec if name in params}
    refuse_empty(declared)
    refuse_malformed(resource.argument_spec, declared, resource.is_id)
    params = resource.prepare(params)
    declared_type = resource.declared_type(params)
    items = resource.declared_assignments(declared_type, params)
    if resource.assignable and items is not None:
        assigned.check(items, resource.assignable, declared_type.graph_type if declared_type else None)
    return params


def _check_empty(resource: Resource, params: Mapping[str, Any]) -> None:
    """Refuse to remove everything of a list, as from a template that ended empty, unless the options say so."""
    purges = {relation.option: relation.purge_option for relation in resource.relations}
    for option, purge in {**purges, "assignments": "purge_assignments"}.items():
        declared = params.get(option)
        if declared is None or not (purge and params.get(purge)) or params.get("allow_empty"):
            continue
        if params.get("state") != "absent" and all(
            isinstance(item, Mapping) and item.get("state") == "absent" for item in declared
        ):
            raise InvalidOptions(
                f"{option} keeps nothing, and {purge}=true removes the rest. To remove all {option}, set "
                f"allow_empty=true; else leave {option} out. This task wrote nothing."
            )


def _check_identity(resource: Resource, params: Mapping[str, Any]) -> None:
    if params.get("name") is not None and not params["name"].strip() and not params.get("id"):
        raise InvalidOptions(f"name of the {resource.title} is empty. This task wrote nothing.")
    tag = params.get("created_by")
    if tag and (tag_of(with_tag("", tag)) != tag or not tag.isprintable()):
        raise InvalidOptions(
            f"created_by '{tag}' cannot be an ownership tag: it must not contain ']' or a line break. This task wrote "
            "nothing."
        )


def check_new(resource: Resource, params: Params) -> None:
    """Check the options as those of a new object. Raises InvalidValues."""
    declared_type = resource.declared_type(params)
    if declared_type:
        options = declared_type.options(params)
        found = list(_contradictions(resource, declared_type, options, options))
        _refuse([*_unfit(resource.declared(declared_type, params)), *found])


def check_change(change: Change) -> None:
    """Check what an existing object does not have already. Raises InvalidValues."""
    resource, object_type = change.resource, change.object_type
    current = object_type.options(as_options(resource, change.current or {}, change.names))
    declared = object_type.options(change.params)
    deciding = {name: current[name] for name in resource.deciding if name in current}
    found = _contradictions(resource, object_type, _merged(deciding, declared), _merged(current, declared))
    existing = set(_contradictions(resource, object_type, current, current))
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
        # Only apps have an intent that is declared; Graph fills one in for others.
        is_compared = planned.changed and resource.assignable.has_intent
        excluded = assigned.lonely(planned.entries) if is_compared else {}
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
        return (
            f"'{path}' is not an option of this {resource.title} that can be unset.{_emptied(resource, path) or hint}"
        )
    declared: Any = params
    for name in path.split("."):
        declared = (declared or {}).get(name)
    if declared is not None:
        return f"'{path}' also has a value in this task."
    if isinstance(field.type, Secret) and params.get("update_secrets") != "always":
        return f"Microsoft Graph does not show whether '{path}' is set. Add update_secrets: always to remove it."
    return ""


def _emptied(resource: Resource, option: str) -> str:
    """Return how a set that is not one value is emptied."""
    purges = {relation.option: relation.purge_option for relation in resource.relations}
    if resource.assignable:
        purges["assignments"] = "purge_assignments"
    if option not in purges:
        return ""
    exact = f" with {purges[option]}: true and allow_empty: true" if purges[option] else ""
    return f" Declare {option}: []{exact} to remove all."


def _merged(current: Params, declared: Params) -> dict[str, Any]:
    """Return what an object will have: of a complex value, only the declared parts change."""
    parts = {name: value for name, value in declared.items() if value is not None}
    for name, value in parts.items():
        if isinstance(value, Mapping) and isinstance(current.get(name), Mapping):
            parts[name] = _merged(current[name], value)
    return {**current, **parts}


def _contradictions(resource: Resource, object_type: ObjectType, options: Params, whole: Params) -> Iterator[str]:
    """Yield what options contradict, and which of the limits of the whole object leave nothing between them."""
    yield from resource.contradictions(object_type, options)
    prefix = f"{object_type.section}: " if object_type.section else ""
    yield from (prefix + text for text in _crossed(whole))


# XML and JSON of Graph have none of these.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_VERSION = re.compile(r"\d+(\.\d+)*")
_LIMITS = (("minimum", "maximum"), ("lowest", "highest"))


def _crossed(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield which versions leave nothing between them."""
    for name, value in options.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Mapping):
                yield from (f"{name}: {text}" for text in _crossed(part))
        for lower, upper in _LIMITS:
            other = name.replace(lower, upper)
            highest = _version(options.get(other))
            if other != name and highest and _version(value) > highest:
                yield f"{name} {value} is above {other} {options[other]}"


def _version(value: Any) -> list[int]:
    """Return the numbers of a version, in which zeros at the end do not count; none where it is no version."""
    return (
        [int(part) for part in re.sub(r"(\.0+)+$", "", str(value)).split(".")] if _VERSION.fullmatch(str(value)) else []
    )


def _unfit(declared: Sequence[tuple[Field, Any]]) -> Iterator[str]:
    for field, value in declared:
        if value is None:
            continue
        try:
            field.type.check(value)
        except ValueError as error:
            yield f"{field.path} {error}"
        if any(map(_CONTROL.search, _texts(value))):
            yield f"{field.path} has a control character, such as of a binary file: give text"


def _texts(value: Any) -> Iterator[str]:
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _texts(part)
    if isinstance(value, str):
        yield value


def _refuse(found: Sequence[str]) -> None:
    if found:
        raise InvalidValues(f"{'; '.join(found)}. This task wrote nothing.")
