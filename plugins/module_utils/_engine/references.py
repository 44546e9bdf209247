# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of other objects in options (groups, filters, scope tags, profiles, apps) and the ids Graph wants for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from .._graph import odata
from .._graph.session import GraphSession

_PLACEHOLDER = "check-mode:"


def placeholder_id(name: str) -> str:
    """Return the id that check mode gives to an object that the real run would create; it contains the name."""
    return _PLACEHOLDER + name


def is_placeholder(value: str) -> bool:
    return value.startswith(_PLACEHOLDER)


def placeholder_name(value: str) -> str:
    return value.replace(_PLACEHOLDER, "", 1)


@dataclass(frozen=True)
class ReferenceType:
    """A resource that options refer to by name or id."""

    title: str
    path: str
    version: str = "beta"
    name_property: str = "displayName"
    # Whether Graph declares $filter on the name; where it does not, the collection is listed.
    filterable: bool = True
    # Only for collections of one type: Graph refuses a $select of a derived type's property.
    select: tuple[str, ...] = ()
    # Graph types (without #microsoft.graph.) that match; empty: any.
    types: tuple[str, ...] = ()
    # Other properties by which a user may name the object, looked up when no name fits.
    also: tuple[str, ...] = ()
    is_id: Callable[[object], bool] = odata.is_guid
    # The path of one object, for resources that have another key than the id.
    address: Callable[[str], str] | None = None
    # The property whose value Graph has in place of the id, where something refers to the object.
    key: str = "id"
    # Whether two names that differ in letter case only are one, as login names are.
    ignores_case: bool = False
    # Whether a module can create one, so that check mode may leave it to an earlier task.
    is_creatable: bool = True
    # Types of the objects, each of which takes fewer permissions to look up by id.
    parts: tuple[ReferenceType, ...] = ()

    def keyed(self, objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return objects with what refers to them as their id."""
        return [{**raw, "id": raw.get(self.key) or raw["id"]} if self.key != "id" else raw for raw in objects]

    def accepts(self, raw: Mapping[str, Any]) -> bool:
        return not self.types or graph_type(raw) in self.types

    def expect(self, session: GraphSession) -> None:
        """Have the session check that the objects say their types, if these count."""
        if self.types:
            session.shapes.expect_types(self.path)


def graph_type(raw: Mapping[str, Any]) -> str:
    """Return an object's Graph type without its namespace: iosStoreApp."""
    return str(raw.get("@odata.type", "")).rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Reference:
    type: ReferenceType
    text: str

    @property
    def is_id(self) -> bool:
        return self.type.is_id(self.text)


@dataclass
class ResolvedNames:
    """The ids found for references, and back."""

    objects: dict[Reference, Mapping[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    # Ids of objects that do not exist, or are of another type than the reference is for.
    gone: set[str] = field(default_factory=set)

    def id_of(self, reference: Reference) -> str:
        return str(self.objects[reference]["id"])

    def name_of(self, reference_type: ReferenceType, object_id: str) -> str:
        """Return the name of an id if it was resolved, else the id."""
        for reference, raw in self.objects.items():
            is_it = reference.type.path == reference_type.path and str(raw["id"]).lower() == str(object_id).lower()
            # By a name, an object of another type would not be found.
            if is_it and (not graph_type(raw) or reference_type.accepts(raw)):
                return str(raw.get(reference_type.name_property) or object_id)
        return object_id


def placeholder(reference: Reference) -> dict[str, Any]:
    """Return what stands in check mode for an object that the real run creates."""
    raw = {"id": placeholder_id(reference.text), reference.type.name_property: reference.text}
    return {**raw, "@odata.type": f"#microsoft.graph.{reference.type.types[0]}"} if reference.type.types else raw


def assumption(title: str, name: str) -> str:
    """Return the warning of check mode about an object that does not exist."""
    return (
        f"The {title} '{name}' does not exist. Check mode goes on as if an earlier task created it; if none "
        "does, the real run fails here."
    )
