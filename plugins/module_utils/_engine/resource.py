# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resource file declares about its kind of object, and the few steps in which kinds differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, GraphError, NotFound
from .._graph.session import GraphSession
from .._graph.shapes import Shape
from .assignments import Assignable
from .errors import AmbiguousName, InvalidOptions, ObjectNotFound
from .fields import Field, FieldType, NamedReferences, Text, shapes_of
from .ownership import TaggedText
from .references import ReferenceType, ResolvedNames, graph_type
from .relations import Relation
from .removal import Use, used_by

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
    # Graph properties sent at create when the user gave none.
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    creatable: bool = True
    # The collection it is in, where types of one resource are in several.
    path: str | None = None

    def __post_init__(self) -> None:
        if self.section:
            bound = tuple(dataclasses.replace(field, section=self.section) for field in self.fields)
            object.__setattr__(self, "fields", bound)

    @property
    def odata_type(self) -> str:
        return "#microsoft.graph." + self.graph_type

    def options(self, params: Params) -> Mapping[str, Any]:
        return (params.get(self.section) or {}) if self.section else params


class Resource:
    """A kind of Graph object. Subclasses set the attributes and replace the steps in which they differ."""

    # What its module takes beside the login, and the rules between these options.
    argument_spec: ClassVar[dict[str, Any]] = {}
    constraints: ClassVar[dict[str, Any]] = {"required_one_of": [("name", "id")]}
    # The options, one at a time, by which the info module selects objects.
    selected_by: tuple[str, ...] = ("name", "id", "name_pattern")

    noun = ""
    # The key of a list of these objects: in an info module's result, in exports, in documents.
    plural = ""
    title = ""
    path = ""
    version = "beta"
    name_property = "displayName"
    # The option that says the type, where types have no suboptions of their own.
    type_option = "type"
    types: tuple[ObjectType, ...] = ()
    # Whether objects carry @odata.type: true wherever a collection holds several types.
    polymorphic = True
    common_fields: tuple[Field, ...] = ()
    # Paths of the objects that may refer to one of this resource.
    used_in: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    assignable: Assignable | None = None
    # The property that keeps the created_by mark, None where no text property exists.
    ownership_property: str | None = "description"
    # Server-set properties worth returning.
    reported: tuple[str, ...] = ()
    # Of properties that no field sets and the code reads all the same.
    further_shapes: Mapping[str, Shape] = {}
    select: tuple[str, ...] = ()

    # Seconds in which Graph may refuse to delete an object because its last use has just ended.
    locked_within = 0.0

    # Whether two objects of this kind may not bear one name.
    names_are_unique = False
    # Whether the caller gives the id of a new object (MTD connectors).
    id_is_given = False
    # Whether an object that is not there is an error: none is created.
    must_exist = False
    # The options by which an object is found when its id is not given.
    found_by: tuple[str, ...] = ("name",)
    # Whether objects of one name and several types are common, so that a new one beside them is no surprise (apps).
    shares_names = False

    def __init__(self) -> None:
        # Objects that bear the wanted name and are of another type.
        self.namesakes: list[Raw] = []

    # -- options ---------------------------------------------------------------------------------------------

    def validate(self, params: Params) -> None:
        """Refuse contradictory options before any request. Raises InvalidOptions."""

    def prepare(self, params: Params) -> Params:
        """Return the options in the form that the fields expect."""
        return params

    def check_fit(self, object_type: ObjectType, params: Params) -> None:
        """Refuse options that the object's type does not have. Raises InvalidOptions."""

    def wanted_type(self, params: Params) -> ObjectType | None:
        """Return the type that the options ask for, None when they leave it open."""
        return self.types[0] if len(self.types) == 1 else None

    def type_of(self, raw: Raw) -> ObjectType:
        if not self.polymorphic:
            return self.types[0]
        return next(
            (field for field in self.types if field.graph_type == graph_type(raw)),
            ObjectType(graph_type(raw), self.title),
        )

    def fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        return self.common_fields + object_type.fields

    def identity(self, raw: Raw) -> dict[str, Any]:
        """Return the options, besides id and those of the fields, that are needed to describe an object."""
        return {}

    def related(self, raw: Raw) -> tuple[Relation, ...]:
        """Return the relations that can be set for this object."""
        return self.relations

    def settable_fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        """Return the fields whose options are compared and sent."""
        return self.fields(object_type)

    def derived(self, raw: Raw, params: Params) -> dict[str, Any]:
        """Return what can be concluded from an object, for the module's result."""
        return {}

    def further_details(
        self, session: GraphSession, found: Sequence[Raw], params: Params
    ) -> Mapping[str, dict[str, Any]]:
        """Return, by id, what an info module was asked for beyond the objects themselves."""
        return {}

    def advice(self, session: GraphSession, raw: Raw, params: Params) -> list[str]:
        """Return warnings about an object as it will be after the task, from what Graph allows and does not support."""
        return []

    def label(self, params: Params) -> str:
        """Return what the user calls the object."""
        return str(params.get("name") or params.get("id"))

    def sought(self, params: Params) -> str:
        """Return by what an object is looked for, for messages."""
        options = ("id",) if params.get("id") else self.found_by
        return ", ".join(f"{option} '{params[option]}'" for option in options if params.get(option))

    def describe(self, params: Params) -> str:
        """Return how the user named the object, for messages."""
        return f"{self.title} '{self.label(params)}'"

    # -- reading ---------------------------------------------------------------------------------------------

    def expect(self, session: GraphSession) -> None:
        """Have the session check, in every answer, the properties that are read."""
        texts = [self.name_property, self.ownership_property or self.name_property]
        session.shapes.expect({**dict.fromkeys(texts, str), **self.further_shapes})
        for object_type in self.types:
            session.shapes.expect(shapes_of(self.fields(object_type)))

    def collections(self, params: Params) -> tuple[str, ...]:
        """Return the paths under which an object that the options mean can be."""
        wanted = self.wanted_type(params)
        return tuple(dict.fromkeys(each.path or self.path for each in ([wanted] if wanted else self.types)))

    def collection(self, raw: Raw) -> str:
        """Return the path under which an object is."""
        return self.type_of(raw).path or self.path

    def address(self, raw: Raw) -> str:
        """Return the path of an object."""
        return f"{self.collection(raw)}/{odata.segment(str(raw['id']))}"

    def typed(self, raw: dict[str, Any], collection: str) -> dict[str, Any]:
        """Return an object with its type, which a collection of one type may leave out. Raises GraphError for what is
        none.
        """
        if not raw.get("id"):
            raise GraphError(f"GET {collection} answered with an object that has no id.", status=200, method="GET")
        types = [each for each in self.types if (each.path or self.path) == collection]
        if self.polymorphic and len(types) == 1:
            raw.setdefault("@odata.type", types[0].odata_type)
        return raw

    def query(self) -> dict[str, str]:
        query = {"$expand": "assignments"} if self.assignable else {}
        return {**query, **({"$select": ",".join(self.select)} if self.select else {})}

    def query_of(self, collection: str) -> dict[str, str]:
        """Return the query with which objects of one of several collections are read."""
        return self.query()

    def find(
        self, session: GraphSession, params: Params, answer: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Return the object that the options name, None when it does not exist. Raises AmbiguousName.

        answer is what Graph has at first_url(), if that was read before.
        """
        if params.get("id"):
            raw = self.read(session, params["id"], answer)
            if raw is not None and not self.matches(raw, {**params, "name": None}) and params.get("state") == "absent":
                # One collection holds many kinds of object; an id alone must not delete one of another kind.
                raise ObjectNotFound(
                    f"{params['id']} is a {graph_type(raw)}, which this module does not delete. Nothing was written."
                )
            if (
                raw is not None
                and self.polymorphic
                and graph_type(raw) not in [field.graph_type for field in self.types]
            ):
                raise ObjectNotFound(f"{params['id']} is a {graph_type(raw)}, no {self.title}. Nothing was written.")
            return raw
        return self.only_one(self.candidates(session, params, answer), params)

    def candidates(
        self, session: GraphSession, params: Params, answer: dict[str, Any] | None = None
    ) -> Iterable[dict[str, Any]]:
        return self.named(session, params["name"], params, answer)

    def first_url(self, params: Params) -> str | None:
        """Return what find() is likely to ask first, so that it can be read together with other things."""
        if params.get("id"):
            collection = self.collections_of_id(params["id"])[0]
            return odata.url(f"{collection}/{odata.segment(params['id'])}", self.query_of(collection))
        if params.get("name"):
            collection = self.collections(params)[0]
            return odata.url(collection, self.query_by_name(collection, params["name"]))
        return None

    def query_by_name(self, collection: str, name: str) -> dict[str, str]:
        return {"$filter": f"{self.name_property} eq {odata.literal(name)}", **self.query_of(collection)}

    def named(
        self, session: GraphSession, name: str, params: Params, answer: dict[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        for collection in self.collections(params):
            for raw in self.listed(session, collection, self.query_by_name(collection, name), answer):
                if raw.get(self.name_property) != name:
                    continue
                if self.matches(raw, params):
                    yield raw
                elif not self.shares_names and graph_type(raw) in [field.graph_type for field in self.types]:
                    self.namesakes.append(raw)
            answer = None

    def listed(
        self,
        session: GraphSession,
        collection: str,
        query: Mapping[str, str],
        answer: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """List objects; Intune does not document $filter and $expand for every collection, so a refused query lists
        all.
        """
        if answer and "value" in answer:
            found = answer["value"]
        else:
            try:
                found = list(session.list(collection, version=self.version, params=query or None))
            except BadRequest:
                found = list(session.list(collection, version=self.version))
        return [self.typed(raw, collection) for raw in found]

    def matches(self, raw: Raw, params: Params) -> bool:
        """Whether an object of the right name is of a type that is meant."""
        if not self.polymorphic:
            return True
        wanted = self.wanted_type(params)
        return graph_type(raw) in ([wanted.graph_type] if wanted else [field.graph_type for field in self.types])

    def only_one(self, found: Iterable[dict[str, Any]], params: Params) -> dict[str, Any] | None:
        # The engine sets replaced_id while a new object takes the place of that one.
        objects = [raw for raw in found if str(raw["id"]) != params.get("replaced_id")]
        if len(objects) > 1:
            raise AmbiguousName(self.title, self.label(params), (str(raw["id"]) for raw in objects))
        return objects[0] if objects else None

    def read(
        self, session: GraphSession, object_id: str, answer: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        collections = self.collections_of_id(object_id)
        if answer:
            return self.typed(answer, collections[0])
        for collection in collections:
            path, query = f"{collection}/{odata.segment(object_id)}", self.query_of(collection) or None
            with suppress(NotFound):
                try:
                    return self.typed(session.get(path, version=self.version, params=query), collection)
                except BadRequest:
                    # What is refused is the query, or the id: one of another collection may be no id at all in this
                    # one.
                    if not query and len(collections) == 1:
                        raise
                try:
                    return self.typed(session.get(path, version=self.version), collection)
                except BadRequest:
                    if len(collections) == 1:
                        raise
        return None

    def read_many(self, session: GraphSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the objects of these ids, read in one $batch; what is not there is left out."""
        query = self.query()
        requests = [
            BatchRequest("GET", odata.url(f"{self.path}/{odata.segment(object_id)}", query)) for object_id in ids
        ]
        for response in session.batch(requests, version=self.version) if requests else ():
            if response.error and not isinstance(response.error, NotFound):
                raise response.error
            if isinstance(response.body, dict) and not response.error:
                yield response.body

    def collections_of_id(self, object_id: str) -> tuple[str, ...]:
        """Return the paths under which an object with this id can be, the likeliest first."""
        return self.collections({})

    # -- writing ---------------------------------------------------------------------------------------------

    def completed(self, desired: dict[str, Any], current: Raw) -> dict[str, Any]:
        """Return the values to write to an object that is there, completed by what its other properties say."""
        return desired

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        body = {**object_type.defaults, self.name_property: params.get("name"), **desired}
        if self.polymorphic:
            body["@odata.type"] = object_type.odata_type
        return {key: value for key, value in body.items() if value is not None}

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        """Return the type to create. Raises InvalidOptions when options for a new object are missing."""
        if object_type is None or not object_type.creatable:
            raise ObjectNotFound(
                f"{self.describe(params)} does not exist, and it cannot be created through Graph. Nothing was written."
            )
        options = object_type.options(params)
        missing = [name for name in object_type.required if options.get(name) in (None, "", [], {})]
        if not params.get("name"):
            missing.insert(0, "name")
        if missing:
            prefix = f"{object_type.section}." if object_type.section else ""
            listed = ", ".join(name if name == "name" else prefix + name for name in missing)
            raise InvalidOptions(
                f"{self.describe(params)} does not exist. To create it, these options are needed: {listed}. "
                "Nothing was written."
            )
        return object_type

    def deleted(self, session: GraphSession, params: Params) -> Raw | None:
        """Return what the options mean among deleted objects that can be restored; looked for only when it is not
        there.
        """
        return None

    def other_uses(self, session: GraphSession, current: Raw, params: Params) -> list[Use]:
        """Return who else uses an object that is about to be deleted, besides its assignments."""
        object_id = str(current["id"]).lower()
        return used_by(session, self.used_in, params, lambda text: f'"{object_id}"' in text, "referred_to")

    def given_back(self, params: Params, uses: Sequence[Use]) -> dict[str, Any]:
        """Return the options that take back, besides assignments, what is ours of an object that stays."""
        return {}

    def restore(self, session: GraphSession, deleted: Raw) -> None:
        """Bring a deleted object back as it was."""

    def before_create(self, session: GraphSession, params: Params) -> None:
        """Check, also in check mode, that the tenant is ready for a new object."""

    def create(self, session: GraphSession, body: dict[str, Any], params: Params) -> dict[str, Any]:
        """Create the object; a lost answer is left to the engine."""
        collection = self.collection(body)
        created = session.post(collection, body, version=self.version) or {}
        return self.typed(created, collection) if created.get("id") else created

    def created_as_sent(self, created: Raw) -> bool:
        """Whether a new object certainly holds what create() was told; if not, the engine compares and updates it."""
        return True

    def await_ready(self, session: GraphSession, raw: dict[str, Any], params: Params) -> dict[str, Any]:
        """Wait until an object can be assigned, and return it."""
        return raw

    def await_state(self, session: GraphSession, raw: Raw, params: Params) -> Raw:
        """Wait for a state that the user asked to wait for, and return the object in it."""
        return raw


def base_fields(
    scope_tag_type: ReferenceType, ownership_property: str = "description", tags_property: str = "roleScopeTagIds"
) -> tuple[Field, ...]:
    """The options that nearly every Intune resource has."""

    def text(graph: str) -> FieldType:
        return TaggedText() if graph == ownership_property else Text()

    return (
        Field("name", "displayName"),
        Field("description", "description", text("description")),
        # Without a tag, an object has the built-in one [graph facts: scope tags].
        Field("scope_tags", tags_property, NamedReferences(scope_tag_type, "0")),
    )


def declared_fields(params: Params, fields: Sequence[Field]) -> list[tuple[Field, Any]]:
    """Return the fields whose options are declared, with their values."""
    found = ((field, field.declared_in(params)) for field in fields)
    return [(field, value) for field, value in found if value is not None]
