# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading objects in the form in which their module takes them: names instead of ids, options only."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._graph.batch import BatchRequest
from .._graph.errors import GraphError, IntuneError, NotFound
from .._graph.session import GraphSession
from . import assignments as assigned
from . import relations
from .as_options import as_options, referred
from .completing import Failure, Incomplete, complete, raise_first
from .names import snake_case, snake_keys
from .references import Reference, ReferenceType, ResolvedNames, assumption, is_placeholder, placeholder_name
from .resolving import add_names, ambiguous
from .resource import Resource


def gather(
    resource: Resource, session: GraphSession, params: Mapping[str, Any], check_mode: bool = False
) -> dict[str, Any]:
    """Return the objects that id, name or name_pattern (or none of them: all) select.

    The result has them under the resource's plural, each as a mapping of its module's options, and under details, by
    id, what Graph adds to them and no module sets.
    """
    params = resource.prepare(params)
    resource.expect(session)
    object_id = str(params.get("id") or "")
    if check_mode and is_placeholder(object_id):
        name = placeholder_name(object_id)
        assumed = {resource.plural: [{"id": object_id, "name": name}], "details": {object_id: dict[str, Any]()}}
        return {"changed": False, **assumed, "graph_requests": 0, "warnings": [assumption(resource.title, name)]}
    selected = list(_selected(resource, session, params))
    found, linked, failures = fill(resource, session, selected, bool(params.get("id")))
    raise_first(failures)
    names = name_references(session, [(resource, raw) for raw in found], linked)
    related, failures = related_sets(resource, session, found)
    raise_first(failures)
    found = [raw for raw, _sets in related]
    result = {
        "changed": False,
        resource.plural: [{**as_options(resource, raw, names), **sets} for raw, sets in related],
        "details": {str(raw["id"]): _details(resource, raw, params) for raw in found},
    }
    warnings = [*names.warnings, *_left_out(resource, selected, found), *resource.passed_over.values()]
    return {**result, "graph_requests": session.requests_sent, "warnings": warnings}


def _details(resource: Resource, raw: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    shown = {snake_case(name): snake_keys(raw[name]) for name in resource.reported if name in raw}
    return {**shown, **resource.derived(raw, params)}


def _left_out(
    resource: Resource, selected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield warnings about objects, and parts of objects, that the result does not have."""
    ids = {raw["id"] for raw in found}
    lost = [f"'{raw.get(resource.name_property)}' ({raw['id']})" for raw in selected if raw["id"] not in ids]
    if lost:
        yield f"Left out, because Microsoft Graph lists and does not find them: {', '.join(lost)}."
    newer = [f"'{raw.get(resource.name_property)}' ({part})" for raw in found for part in newer_parts(resource, raw)]
    if newer:
        yield f"Left out, because no option can hold these values: {', '.join(newer)}."


def fill(
    resource: Resource, session: GraphSession, objects: Sequence[dict[str, Any]], is_read_alone: bool = False
) -> tuple[list[dict[str, Any]], dict[Reference, Mapping[str, Any]], list[Failure]]:
    """Add what a list leaves out of its objects.

    Returns the objects without those that a list still shows and that are deleted, and without those that cannot be
    read; the objects that they are linked to; and those that cannot be read.
    """
    incomplete = [Incomplete(raw, resource.settable_fields(resource.type_of(raw)), is_read_alone) for raw in objects]
    linked, lost = complete(resource, session, incomplete)
    for raw in objects:
        try:
            complete_assignments(resource, session, raw)
        except GraphError as error:
            lost.append((raw, error))
    ids = {raw["id"] for raw, _error in lost}
    return [raw for raw in objects if raw["id"] not in ids], linked, not_deleted(resource, session, lost)


def not_deleted(resource: Resource, session: GraphSession, lost: Iterable[Failure]) -> list[Failure]:
    """Return the first failure of each object that is not just deleted."""
    failures: dict[str, Failure] = {}
    for raw, error in lost:
        failures.setdefault(str(raw["id"]), (raw, error))
    # A part of an object that is not found does not show that the object is gone.
    unsure = [raw for raw, error in failures.values() if isinstance(error, NotFound)]
    requests = [BatchRequest("GET", f"/{resource.address(raw)}") for raw in unsure]
    for raw, answer in zip(unsure, session.batch(requests, version=resource.version) if requests else ()):
        if isinstance(answer.error, NotFound):
            del failures[str(raw["id"])]
    return list(failures.values())


def newer_parts(resource: Resource, raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an object has and no option can hold: parts and words that are newer than the collection."""
    for field in resource.settable_fields(resource.type_of(raw)):
        yield from (f"{field.graph}.{name}" for name in field.type.newer(raw.get(field.graph)))


def fits(resource: Resource, raw: Mapping[str, Any], pattern: str | None) -> bool:
    """Whether an object's name fits a shell pattern; upper and lower case do not matter."""
    return fnmatch.fnmatchcase(str(raw.get(resource.name_property) or "").lower(), (pattern or "*").lower())


def _selected(resource: Resource, session: GraphSession, params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if params.get("id"):
        raw = resource.read(session, params["id"])
        # One collection holds several resources, and an id does not show which one it is of.
        return [raw] if raw and resource.matches(raw, params) else []
    if params.get("name"):
        return resource.with_name(session, params["name"], params)
    return (
        raw
        for collection in resource.collections(params)
        for raw in resource.matching(session, collection, params)
        if fits(resource, raw, params.get("name_pattern"))
    )


def complete_assignments(resource: Resource, session: GraphSession, raw: dict[str, Any]) -> None:
    if resource.assignable and assigned.are_missing(raw):
        raw["assignments"] = list(session.list(f"{resource.address(raw)}/assignments", version=resource.version))


def name_references(
    session: GraphSession,
    objects: Iterable[tuple[Resource, dict[str, Any]]],
    linked: Mapping[Reference, Mapping[str, Any]],
) -> ResolvedNames:
    """Look up the names of all ids in the objects that were not read yet, in one $batch a version."""
    asked: dict[ReferenceType, set[str]] = {}
    for resource, raw in objects:
        for reference_type, object_id in referred(resource, raw):
            # A word that Graph has in place of an id has no other name.
            is_id = reference_type.is_id(object_id)
            if is_id and Reference(reference_type, object_id) not in linked:
                asked.setdefault(reference_type, set()).add(object_id)
    names = ResolvedNames(dict(linked))
    add_names(session, asked, names)
    _leave_ids(session, names, asked)
    if names.gone:
        listed = ", ".join(sorted(names.gone))
        names.warnings.append(
            f"These IDs belong to objects that do not exist any more, or have another type: {listed}."
        )
    return names


def _leave_ids(session: GraphSession, names: ResolvedNames, asked: Mapping[ReferenceType, set[str]]) -> None:
    """Take the name away from objects that it does not identify: they are shown by their ids."""
    by_name = {
        reference: Reference(reference.type, str(raw.get(reference.type.name_property) or ""))
        for reference, raw in names.objects.items()
    }
    shared = {name for name, count in Counter(by_name.values()).items() if count > 1}
    unsure = {name for name in by_name.values() if name.text and name.type.filterable and name not in shared}
    shared |= ambiguous(session, sorted(unsure, key=str))
    by_id = []
    for reference, name in by_name.items():
        if not name.text or name.type.is_id(name.text) or name in shared:
            names.objects[reference] = {"id": reference.text}
            if name in shared and reference.text in asked.get(name.type, ()):
                by_id.append(f"{name.type.title} '{name.text}' ({reference.text})")
    if by_id:
        names.warnings.append(f"These names do not identify one object, so the result has IDs: {', '.join(by_id)}.")


def related_sets(
    resource: Resource, session: GraphSession, objects: Sequence[dict[str, Any]], without: Collection[str] = ()
) -> tuple[list[tuple[dict[str, Any], dict[str, list[str]]]], list[Failure]]:
    """Return each object with its sets of others (members, categories) as the options that create them, all read in
    one $batch. Objects whose sets cannot be read are left out, and those of them that exist are returned as failures.
    """
    asked = [
        (raw, relation)
        for raw in objects
        for relation in resource.relations
        if relation.applies_to(raw) and relation.option not in without
    ]
    read = relations.read_all(session, [(resource.address(raw), each) for raw, each in asked], resource.version)
    sets: dict[str, dict[str, list[str]]] = {raw["id"]: {} for raw in objects}
    lost: list[Failure] = []
    for (raw, relation), members in zip(asked, read):
        if isinstance(members, IntuneError):
            lost.append((raw, members))
        elif members:
            sets[raw["id"]][relation.option] = relations.RelationPlan(relation, members).before()
    ids = {raw["id"] for raw, _error in lost}
    found = [(raw, sets[raw["id"]]) for raw in objects if raw["id"] not in ids]
    return found, not_deleted(resource, session, lost)
