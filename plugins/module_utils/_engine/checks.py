# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusing values and combinations of options before anything is written.

What exists is legal: only what a task creates or changes is checked, with the type known from the task or the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import assignments as assigned
from .change import Change
from .errors import InvalidValues
from .fields import Field
from .info import as_options
from .resource import Params, Resource, declared_fields


def check_new(resource: Resource, params: Params) -> None:
    """Check the options as those of a new object. Raises InvalidValues."""
    wanted = resource.wanted_type(params)
    if wanted:
        found = list(resource.contradictions(wanted, wanted.options(params)))
        _refuse([*_unfit(declared_fields(params, resource.settable_fields(wanted))), *found])


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
        _refuse([f"{resource.describe(change.params)}: {text}" for text in found])


def _unfit(declared: Sequence[tuple[Field, Any]]) -> Iterator[str]:
    for field, value in declared:
        try:
            field.type.check(value)
        except ValueError as error:
            yield f"{field.path} {error}"


def _refuse(found: Sequence[str]) -> None:
    if found:
        raise InvalidValues(f"{'; '.join(found)}. Nothing was written.")
