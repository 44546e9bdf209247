# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The items of a document, and what they refer to in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .._graph import odata
from .._graph.errors import IntuneError
from . import plan
from .engine import Task
from .errors import InvalidOptions
from .references import Reference
from .resource import ObjectType, Resource

Key = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """One declared object: its place in the document, its resource, and its module's options."""

    place: str
    resource: type[Resource]
    params: Mapping[str, Any]


@dataclass(eq=False)
class Entry:
    """An item, what Graph has of it, and what became of it."""

    item: Item
    task: Task
    # None for an object that does not exist, an IntuneError where that is unknown.
    current: Any = None
    # What the options refer to, the references that mean other items, and the items that have to come first.
    references: list[Reference] = field(default_factory=list)
    inside: list[Reference] = field(default_factory=list)
    waits_for: list[Entry] = field(default_factory=list)
    # Whether all that is compared was read.
    is_complete: bool = False
    # The object as Graph shows it, if this run has created it.
    created: Mapping[str, Any] | None = None
    # A result of reconcile, or an IntuneError.
    outcome: Any = None

    @property
    def title(self) -> str:
        return f"{self.item.place}, {self.task.resource.describe(self.task.params)}"

    @property
    def collection(self) -> str:
        """Return the path under which the object is looked for first."""
        return self.task.resource.collections(self.task.params)[0]

    @property
    def existing(self) -> dict[str, Any] | None:
        return self.current if isinstance(self.current, dict) else None

    @property
    def is_created(self) -> bool:
        """Whether the object gets its id in this run."""
        return self.existing is None or bool(self.task.params.get("recreate"))

    @property
    def failed(self) -> bool:
        return isinstance(self.outcome, IntuneError)

    @property
    def changed(self) -> bool:
        return bool(self.outcome.changed if self.failed else self.outcome["changed"])

    def writes(self) -> Iterator[tuple[str, str]]:
        """Yield method and path of the requests that are certain to be sent."""
        if self.failed or not self.changed:
            return
        if self.existing is None:
            yield "POST", self.collection
            return
        path, change = self.task.address(self.existing), self.task.change
        if self.task.is_absent:
            yield "DELETE", path
        elif change:
            if change.changes or change.assignments:
                yield "PATCH", path
            yield from (
                ("POST", f"{path}/{planned.relation.navigation}") for planned in change.relations if planned.changed
            )

    def shown(self) -> dict[str, Any]:
        """Return the result of this object."""
        place = {"place": self.item.place}
        if self.failed:
            message = {"changed": self.changed, "failed": True, "msg": str(self.outcome)}
            return {**place, **message, **self.outcome.to_result()}
        left_out = ("diff", "warnings", "graph_requests")
        return {**place, **{name: value for name, value in self.outcome.items() if name not in left_out}}

    def referred(self) -> list[Reference]:
        """Return what the options refer to, members of the object included."""
        resource, params = self.task.resource, self.task.params
        open_type = ObjectType("", resource.title)
        object_type = resource.type_of(self.existing) if self.existing else resource.declared_type(params) or open_type
        declared = resource.declared(object_type, params)
        with suppress(InvalidOptions):  # settings that the type does not take; comparing reports them
            return [*plan.references(self.task, declared, object_type), *self.members()]
        return self.members()

    def members(self) -> list[Reference]:
        relations, params = self.task.resource.relations, self.task.params
        return [
            reference
            for relation in relations
            for text in params.get(relation.option) or ()
            for reference in relation.candidates(text)
        ]


class Index:
    """Which items of a document the references of others mean, once it is known which objects exist."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        # New objects that have their names from elsewhere, such as Google Play.
        self._nameless = [entry for entry in entries if entry.existing is None and not entry.task.params.get("name")]
        self._by_name: dict[Key, list[Entry]] = {}
        for entry in entries:
            for key in _names(entry):
                self._by_name.setdefault(key, []).append(entry)
        for entry in entries:
            entry.references = entry.referred()
            entry.inside = [reference for reference in entry.references if self.targets(entry, reference)]

    def needed(self, entry: Entry) -> list[Entry]:
        """Return the items that have to exist first."""
        targets: list[Entry] = []
        for reference in entry.references:
            targets += self.targets(entry, reference) or self._may_be_called(reference)
        return [target for target in dict.fromkeys(targets) if target.is_created and target is not entry]

    def needed_by(self, entry: Entry) -> list[Entry]:
        """Return the items that have to be gone first. Groups can be deleted whatever they are members of."""
        return [
            other
            for other in self._entries
            if any(
                entry in self.targets(other, reference)
                for reference in other.inside
                if reference not in other.members()
            )
        ]

    def going(self) -> Iterator[str]:
        """Yield which items refer to what the document renames or deletes: the next run would find others."""
        for entry in (entry for entry in self._entries if not entry.task.is_absent):
            for reference in entry.inside:
                for target in self.targets(entry, reference):
                    verb = _going(target, reference.text)
                    if verb:
                        yield (
                            f"{entry.item.place} names '{reference.text}', which {target.item.place} {verb}. Do that "
                            "in a task of its own."
                        )

    def _may_be_called(self, reference: Reference) -> list[Entry]:
        """Return the new objects that may turn out to have the name."""
        return [
            other
            for other in self._nameless
            if reference.type.path in other.task.resource.collections(other.task.params) and _may_be(other, reference)
        ]

    def targets(self, entry: Entry, reference: Reference) -> list[Entry]:
        found = self._by_name.get(_key(reference.type.path, reference.text), ())
        return [other for other in found if other is not entry and _may_be(other, reference)]


def _names(entry: Entry) -> set[Key]:
    """Return by what others may refer to the object, before and after the run."""
    resource, params, current = entry.task.resource, entry.task.params, entry.existing or {}
    texts = [params.get("id"), *(params.get(name) for name in resource.found_by), params.get("name")]
    texts += [current.get("id"), current.get(resource.name_property)]
    return {_key(path, str(text)) for path in resource.collections(params) for text in texts if text}


def _may_be(entry: Entry, reference: Reference) -> bool:
    resource = entry.task.resource
    if entry.existing is not None:
        return reference.type.accepts(entry.existing)
    declared_type = resource.declared_type(entry.task.params)
    return not reference.type.types or declared_type is None or declared_type.graph_type in reference.type.types


def _going(target: Entry, text: str) -> str | None:
    if target.task.is_absent and target.existing is not None:
        return "deletes"
    resource, existing = target.task.resource, target.existing or {}
    # Some apps keep the name that their store gives them.
    declared = {
        field.option: value for field, value in resource.declared(resource.type_of(existing), target.task.params)
    }
    name = existing.get(resource.name_property)
    return "renames" if text == name and declared.get("name") not in (None, name) else None


def _key(path: str, text: str) -> Key:
    """An id means the same object whatever collection it is looked up in, such as directoryObjects."""
    return ("id", text.lower()) if odata.is_guid(text) else (path, text)


def declared_twice(items: Sequence[Item]) -> Iterator[str]:
    """Yield which items are found by the same options as another one."""
    first: dict[tuple[Any, ...], str] = {}
    by_name = {(item.resource, *_found_by(item)): item.place for item in items if not item.params.get("id")}
    for item in items:
        own, object_id = _found_by(item), str(item.params.get("id") or "").lower()
        key: tuple[Key, ...] = (("id", object_id),) if object_id else own
        if not key:
            continue
        other = first.setdefault((item.resource, *key), item.place)
        if other == item.place and object_id:
            key, other = own, by_name.get((item.resource, *own), item.place)
        if other != item.place:
            named = " with ".join(f"{name} '{value}'" for name, value in key)
            yield (
                f"{item.place}: the {named} is that of {other} as well. Declare each object once. This task wrote "
                "nothing."
            )


def _found_by(item: Item) -> tuple[Key, ...]:
    """Return the options by which an object is found without its id, with their values."""
    params = item.params
    return tuple((name, str(params[name])) for name in item.resource.found_by if params.get(name) is not None)


def one_and_the_same(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield which items turned out to be one object."""
    first: dict[str, str] = {}
    for entry in entries:
        if entry.existing is not None:
            object_id, place = str(entry.existing["id"]), entry.item.place
            other = first.setdefault(object_id.lower(), place)
            if other != place:
                title = entry.task.resource.title
                yield f"{place} and {other} are one {title}, {object_id}. Declare each object once."
