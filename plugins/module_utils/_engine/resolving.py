# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking up the objects that options name. All names of one task are resolved together, through one $batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from .._graph import odata
from .._graph.batch import BatchRequest, BatchResponse
from .._graph.errors import BadRequest, Forbidden, GraphError, IntuneError, NotFound
from .._graph.session import GraphSession
from . import wait
from .errors import AmbiguousName, UnresolvedNames
from .read_ahead import ReadAhead
from .references import (
    Reference,
    ReferenceType,
    ResolvedNames,
    assumption,
    is_placeholder,
    placeholder,
    placeholder_name,
)


def resolve(
    session: GraphSession,
    references: Iterable[Reference],
    existing: Mapping[Reference, str] | None = None,
    check_mode: bool = False,
    version: str | None = None,
    ahead: Mapping[Reference, list[dict[str, Any]]] | None = None,
) -> ResolvedNames:
    """Find the object of every reference, at first in version if it is given; ahead is what was read there before.

    existing has what Graph itself just reported (the text of each in lower case): that needs no look-up, whether it is
    an id or a word that Graph has in place of one.
    Raises UnresolvedNames with all that are missing, AmbiguousName when two objects have the name. In check mode
    a missing name becomes a placeholder and a warning where an earlier task of the same play may create the object.
    """
    resolved = ResolvedNames()
    unresolved = list(dict.fromkeys(references))
    for reference in unresolved:
        text = reference.text
        if check_mode and is_placeholder(text):
            resolved.objects[reference] = {"id": text, reference.type.name_property: placeholder_name(text)}
        elif existing and Reference(reference.type, text.lower()) in existing:
            # As Graph writes it, so that the two compare equal wherever they are shown.
            resolved.objects[reference] = {"id": existing[Reference(reference.type, text.lower())]}
    for _attempt in wait.attempts(wait.NAMED_WITHIN):
        take_ids(look_up(session, unresolved, resolved, version, ahead), resolved)
        missing = [ref for ref in unresolved if ref not in resolved.objects]
        if check_mode or not any(ref.type.is_creatable for ref in missing):
            break
        ahead = None
    settle_missing([(ref, ref) for ref in missing], resolved, check_mode)
    return resolved


def settle_missing(missing: list[tuple[Reference, Reference]], resolved: ResolvedNames, check_mode: bool) -> None:
    """Refuse what was not found (raises UnresolvedNames), or in check mode assume that an earlier task creates it.

    missing holds pairs: the reference to name in messages, and the one to give a placeholder to. An earlier task could
    not create an object with a GUID that is declared.
    """
    gone = [named for named, ref in missing if not check_mode or not ref.type.is_creatable or odata.is_guid(ref.text)]
    if gone:
        raise UnresolvedNames((named.type.title, named.text) for named in gone)
    for named, ref in missing:
        resolved.objects[ref] = placeholder(Reference(ref.type, named.text))
        resolved.warnings.append(assumption(named.type.title, named.text))


def look_up(
    session: GraphSession,
    references: Iterable[Reference],
    resolved: ResolvedNames,
    version: str | None = None,
    ahead: Mapping[Reference, list[dict[str, Any]]] | None = None,
) -> dict[Reference, Forbidden]:
    """Add what exists of the references to resolved; what does not exist is left out.

    Returns the ids that the login may not look up; a name that it may not look up raises Forbidden.
    """
    unresolved = [ref for ref in dict.fromkeys(references) if ref not in resolved.objects]
    refused = _look_up_directly(session, unresolved, resolved, version, ahead or {})
    left = [ref for ref in unresolved if ref not in resolved.objects and ref not in refused and ref.type.also]
    _look_up_by_other_properties(session, left, resolved)
    return refused


def take_ids(refused: Iterable[Reference], resolved: ResolvedNames) -> None:
    """Take ids that the login may not look up as they are: the write that uses them checks them."""
    resolved.objects.update((reference, {"id": reference.text}) for reference in refused)


def _look_up_directly(
    session: GraphSession,
    unresolved: list[Reference],
    resolved: ResolvedNames,
    first: str | None,
    ahead: Mapping[Reference, list[dict[str, Any]]],
) -> dict[Reference, Forbidden]:
    """By id and by name, all in one $batch; a collection that is listed is read once for all its names.

    A batch is of one version. beta has all that v1.0 has; what it should not show is looked for again in its own
    version.
    """
    refused: dict[Reference, Forbidden] = {}
    for reference in unresolved:
        _choose(reference, among(reference, ahead.get(reference, [])), resolved)
    versions = sorted(
        {reference.type.version for reference in unresolved} | ({first} if first and unresolved else set())
    )
    for version in versions:
        queries: dict[str, list[Reference]] = {}
        for reference in unresolved:
            is_due = reference not in ahead if version == versions[0] else version == reference.type.version
            if is_due and reference not in resolved.objects and reference not in refused:
                queries.setdefault(_query(reference), []).append(reference)
        for found, references in zip(_read_all(session, queries, version), queries.values()):
            if isinstance(found, Forbidden) and references[0].is_id:
                refused.update(dict.fromkeys(references, found))
            elif isinstance(found, GraphError):
                raise found
            else:
                for reference in references:
                    _choose(reference, _matches(reference, found), resolved)
    return refused


def reads_ahead(
    references: Iterable[Reference],
    version: str,
    ahead: dict[Reference, list[dict[str, Any]]],
    include_ids: bool = False,
) -> list[ReadAhead]:
    """Return the reads of names (ids may need none), whose answers go to ahead."""
    queries: dict[str, list[Reference]] = {}
    for reference in references:
        text = reference.text
        if reference not in ahead and (include_ids or not reference.type.is_id(text)) and not is_placeholder(text):
            queries.setdefault(_query(reference), []).append(reference)

    return [ReadAhead(url, version, partial(_keep, ahead, named)) for url, named in queries.items()]


def _keep(ahead: dict[Reference, list[dict[str, Any]]], named: list[Reference], body: dict[str, Any]) -> None:
    ahead.update(dict.fromkeys(named, named[0].type.keyed(body.get("value", [body]))))


def found_ahead(ahead: Mapping[Reference, list[dict[str, Any]]]) -> dict[Reference, dict[str, Any]]:
    """Return the references that mean exactly one of the objects that were read ahead for them."""
    found = {reference: among(reference, objects) for reference, objects in ahead.items()}
    return {reference: objects[0] for reference, objects in found.items() if len(objects) == 1}


def among(reference: Reference, objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of a collection's objects that a reference means."""
    objects = list(objects)
    return _matches(reference, objects) or _matches_otherwise(reference, objects)


def _look_up_by_other_properties(session: GraphSession, unresolved: list[Reference], resolved: ResolvedNames) -> None:
    """By a property that Graph cannot filter by (bundle id, package id): list the types and compare here."""
    for reference_type in dict.fromkeys(reference.type for reference in unresolved):
        found = list(list_types(session, reference_type.path, reference_type.types, reference_type.version))
        for reference in unresolved:
            if reference.type == reference_type:
                _choose(reference, _matches_otherwise(reference, found), resolved)


def _is_named(raw: Mapping[str, Any], reference: Reference) -> bool:
    name, text = raw.get(reference.type.name_property), reference.text
    return str(name).lower() == text.lower() if reference.type.ignores_case else bool(name == text)


def _matches_otherwise(reference: Reference, found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what has the text in another property than its name."""
    return [
        raw
        for raw in found
        if reference.type.accepts(raw)
        and any(str(raw.get(name, "")).lower() == reference.text.lower() for name in reference.type.also)
    ]


def list_types(
    session: GraphSession,
    path: str,
    types: Iterable[str],
    version: str = "beta",
    expand: str | None = None,
    answer: Mapping[str, Any] | None = None,
) -> Iterable[dict[str, Any]]:
    """Return the objects of some types, and of others where the filter was not applied.

    answer is the list, if it was read before.
    """
    types = tuple(types)
    session.shapes.expect_types(path)
    try:
        return answer["value"] if answer else list(session.list(path, version, types_query(types, expand)))
    except BadRequest:
        # Intune's filter by type is known from Microsoft's samples only: then all are listed.
        return list(session.list(path, version))


def types_query(types: Iterable[str], expand: str | None = None) -> dict[str, str]:
    query = {"$filter": " or ".join(f"isof('microsoft.graph.{name}')" for name in types)}
    return {**query, "$expand": expand} if expand else query


def _url_of(reference_type: ReferenceType, object_id: str) -> str:
    """Return where one object is read."""
    path = (
        reference_type.address(object_id)
        if reference_type.address
        else f"{reference_type.path}/{odata.segment(object_id)}"
    )
    return odata.url(path, {"$select": ",".join(reference_type.select)} if reference_type.select else {})


def _query(reference: Reference) -> str:
    reference_type = reference.type
    select = {"$select": ",".join(reference_type.select)} if reference_type.select else {}
    if reference_type.is_id(reference.text):
        return _url_of(reference_type, reference.text)
    if not reference_type.filterable:
        return odata.url(reference_type.path, select)
    return odata.url(
        reference_type.path, {"$filter": f"{reference_type.name_property} eq {odata.literal(reference.text)}", **select}
    )


def _read_all(
    session: GraphSession, queries: Mapping[str, Sequence[Reference]], version: str
) -> list[list[dict[str, Any]] | GraphError]:
    """Return the objects that each URL names: one object, the items of a collection, nothing, or the refusal."""
    found: list[list[dict[str, Any]] | GraphError] = []
    for references in queries.values():
        references[0].type.expect(session)
    requests = [BatchRequest("GET", url, is_object=references[0].is_id) for url, references in queries.items()]
    for (url, references), response in zip(queries.items(), session.batch(requests, version) if requests else []):
        try:
            found.append(references[0].type.keyed(_found(session, references[0], url, version, response)))
        except (BadRequest, Forbidden, NotFound) as error:
            found.append(error)
    return found


def _found(
    session: GraphSession, reference: Reference, url: str, version: str, response: BatchResponse
) -> list[dict[str, Any]]:
    error = response.error
    if error is None:
        return [response.body] if reference.is_id else list(session.items(response.body))
    if isinstance(error, NotFound) and (reference.is_id or version != reference.type.version):
        return []  # a list always exists
    if isinstance(error, BadRequest) and version != reference.type.version:
        return []
    if isinstance(error, BadRequest) and "$filter=" in url:
        # Intune does not document a filter for every collection: then all are listed.
        return list(session.list(reference.type.path, version=version))
    raise error


def _matches(reference: Reference, found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    reference_type = reference.type
    # Directory filters ignore letter case; the name is compared again here.
    return [raw for raw in found if reference_type.accepts(raw) and (reference.is_id or _is_named(raw, reference))]


def ambiguous(session: GraphSession, references: Iterable[Reference]) -> set[Reference]:
    """Return those of the names that more than one object has."""
    shared: set[Reference] = set()
    queries: dict[str, dict[str, list[Reference]]] = {}
    for reference in references:
        queries.setdefault(reference.type.version, {}).setdefault(_query(reference), []).append(reference)
    for version, asked in queries.items():
        for found, named in zip(_read_all(session, asked, version), asked.values()):
            # A name that cannot be looked up may belong to others too.
            shared.update(
                reference for reference in named if isinstance(found, GraphError) or len(_matches(reference, found)) > 1
            )
    return shared


def add_names(session: GraphSession, unresolved: Mapping[ReferenceType, Collection[str]], names: ResolvedNames) -> None:
    """Look up the names of ids, in one $batch a version. Where this is refused the ids stay, with one warning."""
    refused: dict[ReferenceType, IntuneError] = {}
    for reference_type in unresolved:
        reference_type.expect(session)
    for version in sorted({reference_type.version for reference_type in unresolved}):
        asked = [
            (reference_type, object_id, url)
            for reference_type, ids in unresolved.items()
            if reference_type.version == version
            for object_id, url in _urls(reference_type, ids)
        ]
        requests = [BatchRequest("GET", url, is_object=each.filterable) for each, _id, url in asked]
        answers = session.batch(requests, version=version)
        for (reference_type, asked_id, _url), response in zip(asked, answers):
            if reference_type.filterable and _is_gone(reference_type, response):
                names.gone.add(asked_id)
            if not response.error:
                found = [response.body] if reference_type.filterable else session.items(response.body)
                named = ((str(raw["id"]), raw) for raw in reference_type.keyed(found) if raw.get("id"))
                names.objects.update({Reference(reference_type, object_id): raw for object_id, raw in named})
            # An object that was deleted since keeps its id in the output.
            elif not isinstance(response.error, NotFound) or not reference_type.filterable:
                refused.setdefault(reference_type, response.error)
    if refused:
        names.warnings.append(_without_names(session, refused))


def _is_gone(reference_type: ReferenceType, response: BatchResponse) -> bool:
    """Whether an object does not exist any more, or has another type than what refers to it."""
    if response.error:
        return isinstance(response.error, NotFound)
    return isinstance(response.body, dict) and not reference_type.accepts(response.body)


def _urls(reference_type: ReferenceType, ids: Collection[str]) -> list[tuple[str, str]]:
    """Return ids and where their names are: each by itself, or the list where there is no other way."""
    if not reference_type.filterable:
        return [("", odata.url(reference_type.path, {}))]
    return [(object_id, _url_of(reference_type, object_id)) for object_id in sorted(ids)]


def _without_names(session: GraphSession, refused: Mapping[ReferenceType, IntuneError]) -> str:
    error, *_more = refused.values()
    hint = session.permission_hint
    hints = [f"For {other.title}s: {hint('GET', other.path, False)}." for other in list(refused)[1:] if hint]
    titles = ", ".join(f"{reference_type.title}s" for reference_type in refused)
    return " ".join([f"The result has ids instead of the names of {titles}. {error}", *hints])


def _choose(reference: Reference, matches: list[dict[str, Any]], resolved: ResolvedNames) -> None:
    if len(matches) > 1:
        raise AmbiguousName(reference.type.title, reference.text, (str(raw["id"]) for raw in matches))
    if matches:
        resolved.objects[reference] = matches[0]
