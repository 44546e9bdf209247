# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a tenant has as options that make it again, there or in another tenant."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._graph import odata
from .._graph.errors import GraphError, IntuneError, Unauthorized, Unexpected
from .._graph.session import GraphSession
from . import assignments as assigned
from . import info, read_ahead
from .as_options import as_options, referred
from .completing import Failure
from .complex_fields import Complex, ComplexList
from .errors import FOR_ALL, InvalidOptions, ObjectNotFound, is_unknown_collection
from .fields import MASK, FieldType
from .read_ahead import ReadAhead
from .references import Reference, ReferenceType, ResolvedNames, graph_type
from .resolving import ambiguous, resolve
from .resource import Raw, Resource


@dataclass(frozen=True)
class Selection:
    """Which objects: all, those whose name fits, those assigned to one of some groups; and what these refer to."""

    name_pattern: str | None = None
    assigned_to: Sequence[str] = ()
    # Resources of which only what others refer to is taken, unless the name was asked for.
    only_referred: Collection[str] = ()
    # Options that hold sets of other objects (members) and are left out.
    without: Collection[str] = ()


@dataclass
class Exported:
    """One resource's objects as options, and what options cannot express."""

    resource: Resource
    objects: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    # What is lost -> the names of the objects.
    losses: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    # What could not be read, and why.
    failures: list[str] = dataclasses.field(default_factory=list)
    # Whether the list of the objects could be read.
    is_listed: bool = True

    @property
    def remarks(self) -> list[str]:
        """Return a line for each reason."""
        return [f"{reason}: {self.resource.title} {', '.join(names)}." for reason, names in self.losses.items()]

    def lose(self, raw: Raw, reason: str) -> None:
        self.losses.setdefault(reason, []).append(_name(self.resource, raw))

    def fail(self, raw: Raw, error: Exception) -> None:
        reason = error if isinstance(error, IntuneError) else Unexpected(error)
        self.failures.append(f"{self.resource.title} {_name(self.resource, raw)}: {reason}")


def export(
    session: GraphSession, resources: Sequence[Resource], group_type: ReferenceType, selection: Selection
) -> tuple[list[Exported], list[str]]:
    """Return the objects of each resource, and warnings that belong to none of them."""
    return _Export(session, resources, group_type, selection).run()


class _Export:
    def __init__(
        self, session: GraphSession, resources: Sequence[Resource], group_type: ReferenceType, selection: Selection
    ) -> None:
        self.session = session
        self.resources = resources
        self.selection = selection
        self.group_type = group_type
        self.chosen: dict[str, dict[str, dict[str, Any]]] = {resource.singular: {} for resource in resources}
        self.linked: dict[Reference, Mapping[str, Any]] = {}
        self.listed: dict[str, list[dict[str, Any]]] = {}
        self.results = {resource.singular: Exported(resource) for resource in resources}
        self.warnings: list[str] = []
        # Whether the login may read anything.
        self.has_read = False
        for resource in resources:
            resource.expect(session)

    def run(self) -> tuple[list[Exported], list[str]]:
        groups = self._groups()
        listed = [resource for resource in self.resources if self._is_listed(resource)]
        answers = self._read_lists(listed)
        self.has_read = any(answers.values())
        for resource in listed:
            self.listed[resource.singular] = [
                raw
                for collection in resource.collections({})
                for raw in self._list(resource, collection, answers.get((resource.singular, collection)))
            ]
        for resource in self.resources:
            self._choose(
                resource,
                [raw for raw in self.listed.get(resource.singular, ()) if self._is_chosen(resource, raw, groups)],
            )
        pairs = [(resource, raw) for resource in self.resources for raw in self.chosen[resource.singular].values()]
        names = info.name_references(self.session, pairs, self.linked)
        for resource in self.resources:
            self._describe(resource, names)
        passed_over = [remark for resource in self.resources for remark in resource.passed_over.values()]
        return list(self.results.values()), [*self.warnings, *names.warnings, *passed_over]

    def _list(self, resource: Resource, collection: str, answer: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Return the objects of a collection; one that cannot be read does not keep the others from being exported."""
        result = self.results[resource.singular]
        try:
            return list(resource.matching(self.session, collection, {}, answer))
        except IntuneError as error:
            # A feature without a licence is refused as a login is [microsoftgraph/msgraph-sdk-powershell issue 1257].
            if isinstance(error, FOR_ALL) and not (isinstance(error, Unauthorized) and self.has_read):
                raise
            if is_unknown_collection(error):
                self.warnings.append(f"This cloud does not have {collection}, so there is nothing of it to export.")
            else:
                result.failures.append(f"{resource.plural}: {error}")
                result.is_listed = False
            return []

    def _read_lists(self, resources: Sequence[Resource]) -> dict[tuple[str, str], dict[str, Any]]:
        """Read all collections together, and return what could be read."""
        answers: dict[tuple[str, str], dict[str, Any]] = {}
        reads: list[ReadAhead] = []
        for resource, collection in ((each, path) for each in resources for path in each.collections({})):
            take = answers.setdefault((resource.singular, collection), {}).update
            reads += resource.reads(odata.url(collection, resource.query_of(collection)), take)
        read_ahead.send(self.session, reads)
        return answers

    # -- choosing -----------------------------------------------------------------------------------------------------

    def _groups(self) -> set[str]:
        declared = [Reference(self.group_type, name) for name in self.selection.assigned_to]
        resolved = resolve(self.session, declared) if declared else ResolvedNames()
        return {resolved.id_of(reference).lower() for reference in declared}

    def _is_listed(self, resource: Resource) -> bool:
        """All objects are read where names are compared; the groups of a tenant are too many for that."""
        return resource.singular not in self.selection.only_referred or bool(
            self.selection.name_pattern and not self.selection.assigned_to
        )

    def _is_chosen(self, resource: Resource, raw: dict[str, Any], groups: set[str]) -> bool:
        if not resource.id_is_given and not info.fits(resource, raw, self.selection.name_pattern):
            return False
        if not groups:
            return True
        if not resource.assignable:
            return False
        try:
            info.complete_assignments(resource, self.session, raw)
        except GraphError as error:
            self._fail(resource, info.not_deleted(resource, self.session, [(raw, error)]))
            return False
        assigned_to, _filters = assigned.referred_ids(raw.get("assignments") or [])
        return not groups.isdisjoint(group.lower() for group in assigned_to)

    def _fail(self, resource: Resource, failures: Iterable[Failure]) -> None:
        for raw, error in failures:
            self.results[resource.singular].fail(raw, error)

    def _choose(self, resource: Resource, found: Sequence[dict[str, Any]]) -> None:
        """Take objects, and then those that they refer to, whatever they are called: they cannot be created without."""
        chosen = self.chosen[resource.singular]
        new = [raw for raw in found if str(raw["id"]) not in chosen and not resource.is_reserved(raw)]
        if not new:
            return
        new, linked, failures = info.fill(resource, self.session, new)
        self.linked.update(linked)
        self._fail(resource, failures)
        chosen.update({str(raw["id"]): raw for raw in new})
        ids_by_path: dict[str, set[str]] = {}
        for raw in new:
            for reference_type, object_id in referred(resource, raw):
                ids_by_path.setdefault(reference_type.path, set()).add(object_id.lower())
        for path, ids in ids_by_path.items():
            for other in self.resources:
                if path in other.collections({}):
                    self._choose(other, list(self._by_id(other, ids)))

    def _by_id(self, resource: Resource, ids: set[str]) -> Iterator[dict[str, Any]]:
        if resource.singular in self.listed:
            yield from (raw for raw in self.listed[resource.singular] if str(raw["id"]).lower() in ids)
            return
        for raw in resource.read_many(
            self.session, sorted(ids - {chosen.lower() for chosen in self.chosen[resource.singular]})
        ):
            if resource.matches(raw, {}):
                yield raw

    # -- describing ---------------------------------------------------------------------------------------------------

    def _describe(self, resource: Resource, names: ResolvedNames) -> None:
        """Add the chosen objects of a resource as options to its result."""
        result = self.results[resource.singular]
        found = sorted(
            self.chosen[resource.singular].values(),
            key=lambda raw: (str(raw.get(resource.name_property)), graph_type(raw), str(raw["id"])),
        )
        shared = self._shared_identities(resource, found)
        related, failures = info.related_sets(resource, self.session, found, self.selection.without)
        self._fail(resource, failures)
        for raw, sets in related:
            try:
                options = {**as_options(resource, raw, names), **sets}
                _remark(result, raw, options)
                for object_id in sorted({each for _type, each in referred(resource, raw)} & names.gone):
                    result.lose(raw, f"{object_id} does not exist any more, or is of another type, and is kept as ID")
            except Exception as error:  # the others are exported all the same
                result.fail(raw, error)
                continue
            why = _why_by_id(resource, raw, options, shared)
            if why:
                result.lose(raw, f"{why}, so the file has its ID, which another tenant does not have")
            elif not resource.id_is_given:
                del options["id"]
            result.objects.append(options)

    def _shared_identities(self, resource: Resource, found: Iterable[Raw]) -> set[tuple[str, str]]:
        """Return what several objects have in common, so that it identifies none; those not chosen count too."""
        identities = [_identity(resource, raw) for raw in self.listed.get(resource.singular, found)]
        shared = {identity for identity, count in Counter(identities).items() if count > 1}
        if resource.singular not in self.listed and resource.path == self.group_type.path:
            named = {Reference(self.group_type, str(raw.get(resource.name_property))): raw for raw in found}
            shared |= {_identity(resource, named[reference]) for reference in ambiguous(self.session, named)}
        return shared


def _identity(resource: Resource, raw: Raw) -> tuple[str, str]:
    """What the module finds an object by."""
    key = resource.identity(raw).get("package_id") or raw.get(resource.name_property)
    return graph_type(raw), str(key)


def _name(resource: Resource, raw: Raw) -> str:
    return f"'{raw.get(resource.name_property) or raw['id']}'"


def _why_by_id(
    resource: Resource, raw: Raw, options: Mapping[str, Any], shared: Collection[tuple[str, str]]
) -> str | None:
    """Return why nothing but its id identifies an object; None if something else does."""
    if resource.id_is_given:
        return None
    if _identity(resource, raw) in shared:
        return "others have the same name"
    if not any(options.get(option) for option in resource.found_by if option != resource.type_option):
        return "it has no name to find it by"
    is_new = resource.polymorphic and resource.type_of(raw) not in resource.types
    return "its type is new" if is_new else None


def _remark(result: Exported, raw: Raw, options: dict[str, Any]) -> None:
    """Note what is lost, and take masks out of the options."""
    resource = result.resource
    lost = [*_lost_values(resource, raw, options), *_lost_assignments(resource, raw, options)]
    for reason in [*lost, *_why_not_creatable(resource, raw, options)]:
        result.lose(raw, reason)


def _lost_values(resource: Resource, raw: Raw, options: dict[str, Any]) -> Iterator[str]:
    """Yield which values are lost; those that are masks are removed from the options."""
    yield from (f"{part} is left out, since no option can hold it" for part in info.newer_parts(resource, raw))
    for field in resource.settable_fields(resource.type_of(raw)):
        value = field.declared_in(options)
        left_out = f"{field.path} is left out, since"
        if _has_mask(value):
            field.remove(options)
            yield f"{left_out} Microsoft Graph shows a mask instead of its value (add it by hand)"
        elif value is None and field.type.is_unreadable(raw.get(field.graph)):
            yield f"{left_out} its value cannot be read back (add it by hand)"


def _lost_assignments(resource: Resource, raw: Raw, options: Mapping[str, Any]) -> Iterator[str]:
    entries = raw.get("assignments") or []
    if resource.assignable and len(options.get("assignments") or []) < len(assigned.distinct(entries)):
        yield "assignments to other targets than groups, all users and all devices are left out"
    if resource.assignable and any(entry.get("source") == "policySets" for entry in entries):
        yield "an assignment that a policy set created becomes one of its own"


def _why_not_creatable(resource: Resource, raw: Raw, options: Mapping[str, Any]) -> Iterator[str]:
    declared = {**options, "state": "present"}
    try:
        if not resource.id_is_given:
            resource.check_creatable(resource.type_of(raw), resource.prepare(declared))
    except (InvalidOptions, ObjectNotFound) as refusal:
        why = str(refusal).replace(resource.describe(declared), "it").replace(" This task wrote nothing.", "")
        yield f"this does not create the object in another tenant ({why.rstrip('.')})"


def _has_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_mask, value.values()))
    if isinstance(value, list):
        return any(map(_has_mask, value))
    return isinstance(value, str) and len(value) > 2 and not value.strip("*•")


def masked(resource: Resource, options: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with what may be a secret masked; a mask shows this where the other options have another value."""
    secret = {
        field.option
        for object_type in resource.types
        for field in resource.fields(object_type)
        if _may_be_secret(field.type)
    }
    sections = {object_type.section for object_type in resource.types}
    shown: dict[str, Any] = {}
    for name, value in options.items():
        beside = other.get(name)
        if name in sections and isinstance(value, Mapping):
            shown[name] = masked(resource, value, beside if isinstance(beside, Mapping) else {})
        else:
            shown[name] = _mask(value, beside) if name in secret else value
    return shown


def _may_be_secret(field_type: FieldType) -> bool:
    item = field_type.item if isinstance(field_type, ComplexList) else field_type
    return field_type.may_be_secret or (
        isinstance(item, Complex) and any(_may_be_secret(field.type) for field in item.fields)
    )


def _mask(value: Any, other: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _mask(item, other.get(key) if isinstance(other, Mapping) else None) for key, item in value.items()}
    return MASK if value == other else f"{MASK} (changed)"
