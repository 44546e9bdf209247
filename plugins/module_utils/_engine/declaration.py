# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resource file declares: options, fields, types, and how an object is called and compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .._graph.session import GraphSession
from .._graph.shapes import Shape
from .assignments import Assignable
from .fields import UNSET, Field, shapes_of
from .ownership import TaggedText
from .reference_fields import NamedReferences
from .references import ReferenceType, graph_type
from .relations import Relation
from .text_fields import Name

Params = Mapping[str, Any]
Raw = Mapping[str, Any]


@dataclass(frozen=True)
class ObjectType:
    """One Graph type of a resource.

    fields are the options of this type alone; they stand in the suboption called section, if there is one.
    """

    graph_type: str
    title: str
    fields: tuple[Field, ...] = ()
    section: str | None = None
    # Options that Graph wants when the object is created.
    required: tuple[str, ...] = ()
    # Graph properties sent at create when the user declares none.
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    creatable: bool = True
    # Where objects come from that are not creatable.
    origin: str = ""
    # The collection it is in, where types of one resource are in several, and whether ids in it have a prefix.
    path: str | None = None
    has_prefixed_ids: bool = False
    # What is read along with an object, where that differs from the resource's.
    expand: str = ""
    # Options of this type that stand beside its section.
    beside: tuple[Field, ...] = ()
    # Options that are shown and cannot be set: somebody else decides.
    fixed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.section:
            bound = tuple(dataclasses.replace(field, section=self.section) for field in self.fields)
            object.__setattr__(self, "fields", bound)

    @property
    def odata_type(self) -> str:
        return "#" + self.cast

    @property
    def cast(self) -> str:
        """The segment of an address that makes an object one of this type."""
        return "microsoft.graph." + self.graph_type

    def options(self, params: Params) -> Mapping[str, Any]:
        return (params.get(self.section) or {}) if self.section else params


class Declaration:
    # -- options -----------------------------------------------------------------------------------------------------

    # What its module takes beside the login, and the rules between these options.
    argument_spec: ClassVar[dict[str, Any]] = {}
    constraints: ClassVar[dict[str, Any]] = {"required_one_of": [("name", "id")]}
    # The options, one at a time, by which the info module selects objects.
    selected_by: tuple[str, ...] = ("name", "id", "name_pattern")

    # -- what it is called -------------------------------------------------------------------------------------------

    # The key of an object in a module's result, and the end of the modules' names.
    singular = ""
    # The key of a list of these objects: in an info module's result, in exports, in documents.
    plural = ""
    # What messages call it.
    title = ""
    # The options that name an object, the first one first.
    labels: tuple[str, ...] = ("name", "id")

    # -- what it consists of -----------------------------------------------------------------------------------------

    types: tuple[ObjectType, ...] = ()
    # Whether objects carry @odata.type: true wherever a collection holds several types.
    polymorphic = True
    # The option that declares the type, where types have no suboptions of their own.
    type_option = "type"
    common_fields: tuple[Field, ...] = ()
    relations: tuple[Relation, ...] = ()
    assignable: Assignable | None = None
    # The property that keeps the ownership tag, None where no text property exists.
    ownership_property: str | None = "description"
    # Server-set properties worth returning.
    reported: tuple[str, ...] = ()
    # Of properties that no field sets and the code reads all the same.
    further_shapes: Mapping[str, Shape] = {}

    # -- how it is found ---------------------------------------------------------------------------------------------

    path = ""
    version = "beta"
    name_property = "displayName"
    # Whether Graph declares $filter on the name; where it does not, the collection is listed.
    filterable = True
    # Whether the whole collection is read where a document declares many of its objects.
    is_listed_whole = True
    select: tuple[str, ...] = ()
    expand = ""
    # The options by which an object is found when its id is not declared.
    found_by: tuple[str, ...] = ("name",)
    # Options, besides those that a type requires, of which Graph always has a value.
    always_set: tuple[str, ...] = ()
    # Options that decide about others, and are taken from the object where a task leaves them out.
    deciding: tuple[str, ...] = ()
    # Whether objects of one name and several types are common, so that a new one beside them is no surprise (apps).
    shares_names = False
    # Whether its collection has objects of other resources too.
    shares_collection = False

    # -- how it is created and deleted -------------------------------------------------------------------------------

    # Whether the caller gives the id of a new object (MTD connectors).
    id_is_given = False
    # Whether it takes permissions of its own, so that it is exported only when it is asked for.
    is_opt_in = False
    # Whether runs at once may create the same object twice: Graph has no key against it.
    may_be_doubled = True
    # Whether two objects may not have the same name.
    names_are_unique = False
    # Seconds in which Graph may refuse to delete an object because its last use has just ended.
    locked_within = 0.0
    # Paths of the objects that may refer to one of this resource.
    used_in: tuple[str, ...] = ()

    def validate(self, params: Params) -> None:
        """Refuse, before any request, options that can describe no object. Raises InvalidOptions."""

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        """Return what the options of a type (those in its section) say that does not work; objects may have it."""
        return ()

    def prepare(self, params: Params) -> Params:
        """Return the options in the form that the fields expect."""
        return params

    def check_fit(self, object_type: ObjectType, params: Params) -> None:
        """Refuse options that the object's type does not have. Raises InvalidOptions."""

    def declared_type(self, params: Params) -> ObjectType | None:
        """Return the type that the options declare, None when they leave it open."""
        if len(self.types) == 1:
            return self.types[0]
        return next((each for each in self.types if each.section and params.get(each.section) is not None), None)

    def is_reserved(self, raw: Raw) -> bool:
        """Whether the service keeps an object for itself: it is shown, and never exported, changed or deleted."""
        return False

    def identity(self, raw: Raw) -> dict[str, Any]:
        """Return the options, besides id and those of the fields, that are needed to describe an object."""
        return {}

    def derived(self, raw: Raw, params: Params) -> dict[str, Any]:
        """Return what can be concluded from an object, for the module's result."""
        return {}

    # -- what follows ------------------------------------------------------------------------------------------------

    def type_of(self, raw: Raw) -> ObjectType:
        if not self.polymorphic:
            return self.types[0]
        name = graph_type(raw)
        return next((each for each in self.types if each.graph_type == name), ObjectType(name, self.title))

    def version_of(self, raw: Raw) -> str:
        """Return the version of Graph in which an object is written."""
        return self.version

    def fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        return self.common_fields + object_type.beside + object_type.fields

    def settable_fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        """Return the fields whose options are compared and sent."""
        return tuple(field for field in self.fields(object_type) if field.option not in object_type.fixed)

    def declared(self, object_type: ObjectType, params: Params) -> list[tuple[Field, Any]]:
        """Return the fields of a type whose options are declared, with their values; None for what the task unsets."""
        return declared_fields(params, self.settable_fields(object_type))

    def declared_assignments(self, object_type: ObjectType | None, params: Params) -> Sequence[Raw] | None:
        """Return the declared assignments of an object, None where there are none to compare."""
        return params.get("assignments") if self.assignable else None

    def label(self, params: Params) -> str:
        """Return what the user calls the object."""
        return str(next((params[option] for option in self.labels if params.get(option)), None))

    def describe(self, params: Params) -> str:
        """Return how the user named the object, for messages."""
        return f"{self.title} '{self.label(params)}'"

    def expect(self, session: GraphSession) -> None:
        """Have the session check, in every answer, the properties that are read."""
        texts = [self.name_property, self.ownership_property or self.name_property]
        session.shapes.expect({**dict.fromkeys(texts, str), **self.further_shapes})
        paths = [each.path or self.path for each in self.types]
        for path in paths:
            if self.polymorphic and paths.count(path) > 1:
                session.shapes.expect_types(path)
        for object_type in self.types:
            session.shapes.expect(shapes_of(self.fields(object_type)))


def base_fields(scope_tag_type: ReferenceType, tags_property: str = "roleScopeTagIds") -> tuple[Field, ...]:
    """The options that nearly every Intune resource has."""
    return (
        Field("name", "displayName", Name()),
        Field("description", "description", TaggedText()),
        # Without a tag, an object has the built-in one [graph facts: scope tags].
        Field("scope_tags", tags_property, NamedReferences(scope_tag_type, "0")),
    )


def declared_fields(params: Params, fields: Sequence[Field]) -> list[tuple[Field, Any]]:
    """Return the fields whose options are declared, with their values; None for what the task unsets."""
    unset = params.get("unset") or ()
    found = [(field, field.declared_in(params)) for field in fields]
    if unset:
        found = [(field, _with_unset(field, field.path, value, unset)) for field, value in found]
    return [(field, value) for field, value in found if value is not None or field.path in unset]


def _with_unset(field: Field, path: str, value: Any, unset: Sequence[str]) -> Any:
    """Return the value of an option with UNSET for each suboption that the task unsets."""
    inside = [name for name in unset if name.startswith(f"{path}.")]
    if path in unset or not inside or not field.type.fields:
        return value
    parts = dict(value or {})
    for part in field.type.fields:
        name = f"{path}.{part.option}"
        parts[part.option] = UNSET if name in unset else _with_unset(part, name, parts.get(part.option), inside)
    return {name: item for name, item in parts.items() if item is not None}


def paths(fields: Iterable[Field], above: str = "") -> Iterator[tuple[str, Field]]:
    """Yield the fields and those of their suboptions, with the names that unset takes."""
    for field in fields:
        path = f"{above}{field.path}"
        yield path, field
        yield from paths(field.type.fields, f"{path}.")
