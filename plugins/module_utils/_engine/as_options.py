# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An existing object as the options that declare it, and the objects to which it refers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import assignments as assigned
from .ownership import tag_of
from .references import ReferenceType, ResolvedNames
from .resource import Resource


def as_options(resource: Resource, raw: Mapping[str, Any], names: ResolvedNames) -> dict[str, Any]:
    """Return an object as the options that describe it; nothing is masked, since Graph does not show what is secret."""
    object_type = resource.type_of(raw)
    options: dict[str, Any] = {"id": str(raw["id"]), **resource.identity(raw)}
    if object_type.section:
        options[object_type.section] = {}
    for field in resource.settable_fields(object_type):
        current = raw.get(field.graph)
        rest = field.type.without_newer(current)
        value = field.type.declare(rest, names) if current is None or rest is not None else None
        if value not in (None, "", [], {}):
            field.put(options, value)
    if resource.assignable:
        entries = raw.get("assignments") or []
        shown = assigned.show(entries, resource.assignable, object_type.graph_type, names)
        options["assignments"] = [item for item in shown if "target" not in item]
    if resource.ownership_property and tag_of(raw.get(resource.ownership_property)):
        options["created_by"] = tag_of(raw.get(resource.ownership_property))
    return options


def referred(resource: Resource, raw: Mapping[str, Any]) -> Iterable[tuple[ReferenceType, str]]:
    """Yield what an object refers to."""
    object_type = resource.type_of(raw)
    for field in resource.settable_fields(object_type):
        yield from field.type.linked(raw.get(field.graph))
    if resource.assignable:
        groups, filters = assigned.referred_ids(raw.get("assignments") or [])
        yield from ((resource.assignable.group_type, object_id) for object_id in groups)
        yield from ((resource.assignable.filter_type, object_id) for object_id in filters)
        form = resource.assignable.settings.get(object_type.graph_type)
        for entry in raw.get("assignments") or []:
            yield from form.linked(entry.get("settings")) if form else ()
