# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading objects in the form in which their module takes them: names in place of ids, options only."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

from ..graph import odata
from ..graph.batch import BatchRequest
from ..graph.errors import Forbidden
from ..graph.session import GraphSession
from . import assignments as assigned
from . import relations
from .errors import InvalidOptions
from .marks import mark_of
from .names import snake_case, snake_keys
from .partial import Partial, complete
from .references import Reference, ReferenceKind, ResolvedNames
from .resource import ObjectType, Resource


def gather(resource: Resource, session: GraphSession, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the objects that id, name or name_pattern (or none of them: all) select.

    The result has them under the plural of the resource's noun, each as a mapping of its module's options, and under
    details, by id, what Graph adds to them and no module sets.
    """
    params = resource.prepare(params)
    found = list(_selected(resource, session, params))
    fields = {id(raw): resource.settable_fields(resource.type_of(raw)) for raw in found}
    linked = complete(resource, session, [Partial(raw, fields[id(raw)], bool(params.get("id"))) for raw in found])
    for raw in found:
        _complete_assignments(resource, session, raw)
    names = _names(resource, session, found, linked)
    options = [{**in_force(resource, raw, as_options(resource, raw, names)), **_related(resource, session, raw)} for raw in found]
    further = resource.further_details(session, found, params)
    details = {
        str(raw["id"]): {
            **{snake_case(name): snake_keys(raw[name]) for name in resource.reported if name in raw},
            **resource.derived(raw, params),
            **further.get(str(raw["id"]), {}),
        }
        for raw in found
    }
    result = {"changed": False, resource.plural or f"{resource.noun}s": options, "details": details}
    return {**result, "graph_requests": session.requests_sent, "warnings": names.warnings}


def as_options(resource: Resource, raw: Mapping[str, Any], names: ResolvedNames) -> dict[str, Any]:
    """Return an object as the options that describe it; nothing is masked, since Graph does not say what is secret."""
    object_type = resource.type_of(raw)
    own = {id(known) for known in object_type.fields}
    options: dict[str, Any] = {"id": str(raw["id"]), **resource.identity(raw)}
    if object_type.section:
        options[object_type.section] = {}
    for known in resource.settable_fields(object_type):
        value = known.kind.declare(raw.get(known.graph), names)
        if value in (None, "", [], {}):
            continue
        target = options[object_type.section] if object_type.section and id(known) in own else options
        target[known.option] = value
    if resource.assignable:
        entries = raw.get("assignments") or []
        shown = assigned.show(entries, resource.assignable, object_type.graph_type, names)
        options["assignments"] = [item for item in shown if "target" not in item]
    if resource.mark_property and mark_of(raw.get(resource.mark_property)):
        options["created_by"] = mark_of(raw.get(resource.mark_property))
    return options


def in_force(resource: Resource, raw: Mapping[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the module refuses beside the rest: Graph also keeps what another option has put out of force."""
    object_type = resource.type_of(raw)
    holder = options[object_type.section] if object_type.section else options
    refusal = _refusal(resource, options)
    for name in reversed(list(holder)):
        if not refusal:
            break
        # A switch that is off puts others out of force, and stays.
        if name in object_type.required or not holder[name]:
            continue
        value = holder.pop(name)
        left = _refusal(resource, options)
        if len(left) < len(refusal):
            refusal = left
        else:
            holder[name] = value
    return options


def _refusal(resource: Resource, options: Mapping[str, Any]) -> str:
    try:
        resource.validate(options)
    except InvalidOptions as refusal:
        return str(refusal)
    return ""


def _selected(resource: Resource, session: GraphSession, params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if params.get("id"):
        raw = resource.read(session, params["id"])
        return [raw] if raw else []
    if params.get("name"):
        return resource.named(session, params["name"], params)
    pattern = params.get("name_pattern") or "*"
    everything = (raw for collection in resource.collections(params) for raw in resource.listed(session, collection, resource.query_of(collection)))
    return (
        raw for raw in everything if resource.matches(raw, params) and fnmatch.fnmatchcase(str(raw.get(resource.name_property) or "").lower(), pattern.lower())
    )


def _complete_assignments(resource: Resource, session: GraphSession, raw: dict[str, Any]) -> None:
    if resource.assignable and ("assignments" not in raw or raw.get("assignments@odata.nextLink")):
        raw["assignments"] = list(session.list(f"{resource.address(raw)}/assignments", version=resource.version))


def _names(resource: Resource, session: GraphSession, found: list[dict[str, Any]], linked: Mapping[Reference, Mapping[str, Any]]) -> ResolvedNames:
    """Look up the names of all ids in the objects that are not known yet, each kind of object in one $batch or one list."""
    wanted: dict[ReferenceKind, set[str]] = {}
    for raw in found:
        object_type = resource.type_of(raw)
        for kind, object_id in _referred(resource, object_type, raw):
            if Reference(kind, object_id) not in linked:
                wanted.setdefault(kind, set()).add(object_id)
    names = ResolvedNames(dict(linked))
    for kind, ids in wanted.items():
        for named in _named_objects(session, kind, sorted(ids), names.warnings):
            names.objects[Reference(kind, str(named["id"]))] = named
    return names


def _referred(resource: Resource, object_type: ObjectType, raw: Mapping[str, Any]) -> Iterable[tuple[ReferenceKind, str]]:
    for known in resource.settable_fields(object_type):
        yield from known.kind.linked(raw.get(known.graph))
    if resource.assignable:
        groups, filters = assigned.referred_ids(raw.get("assignments") or [])
        yield from ((resource.assignable.group_kind, object_id) for object_id in groups)
        yield from ((resource.assignable.filter_kind, object_id) for object_id in filters)
        form = resource.assignable.settings.get(object_type.graph_type)
        for entry in raw.get("assignments") or []:
            yield from form.linked(entry.get("settings")) if form else ()


def _named_objects(session: GraphSession, kind: ReferenceKind, ids: list[str], warnings: list[str]) -> Iterable[Mapping[str, Any]]:
    if not kind.filterable:
        yield from session.list(kind.path, version=kind.version)
        return
    requests = [BatchRequest("GET", f"/{kind.path}/{odata.segment(object_id)}") for object_id in ids]
    answers = session.batch(requests, version=kind.version)
    refused = next((response.error for response in answers if isinstance(response.error, Forbidden)), None)
    if refused:
        warnings.append(f"The result has ids in place of the names of {kind.noun}s. {refused}")
    for response in answers:
        # An object that was deleted since keeps its id in the output.
        if not response.error and isinstance(response.body, dict):
            yield response.body


def _related(resource: Resource, session: GraphSession, raw: Mapping[str, Any]) -> dict[str, list[str]]:
    path = resource.address(raw)
    sets = {}
    for relation in resource.related(raw):
        present = relations.read(session, path, relation, resource.version)
        if present:
            sets[relation.option] = relations.RelationPlan(relation, present).before()
    return sets
