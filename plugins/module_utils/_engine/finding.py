# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an object is found: by its id or by its name, and only one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Optional

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, GraphError, NotFound
from .._graph.session import GraphSession
from .declaration import Declaration, Params, Raw
from .errors import AmbiguousName, InvalidOptions, ObjectNotFound
from .read_ahead import ReadAhead
from .references import graph_type

# What Graph has at first_url(), if that was read before.
Answer = Optional[dict[str, Any]]
# In an answer that lists a whole collection, and not only what fits one object.
WHOLE = "is_whole"


class Finding(Declaration):
    def __init__(self) -> None:
        # Objects that have the declared name and are of another type.
        self.namesakes: list[Raw] = []
        # Remarks about objects of a type that this module does not have, by id.
        self.passed_over: dict[str, str] = {}

    # -- where -------------------------------------------------------------------------------------------------------

    def collections(self, params: Params) -> tuple[str, ...]:
        """Return the paths under which an object that matches the options can be."""
        declared = self.declared_type(params)
        return tuple(dict.fromkeys(each.path or self.path for each in ([declared] if declared else self.types)))

    def is_id(self, text: object) -> bool:
        """Whether an object of this resource can have the id."""
        prefixed = any(each.has_prefixed_ids for each in self.types) and odata.is_guid(str(text).partition("_")[2])
        return odata.is_guid(text) or prefixed

    def collections_of_id(self, object_id: str) -> tuple[str, ...]:
        """Return the paths under which an object with this id can be, the likeliest first."""
        is_prefixed = odata.is_guid(object_id.partition("_")[2])
        return tuple(str(each.path) for each in self.types if is_prefixed and each.has_prefixed_ids) or (
            self.collections({})
        )

    def collection(self, raw: Raw) -> str:
        """Return the path under which an object is."""
        return self.type_of(raw).path or self.path

    def address(self, raw: Raw) -> str:
        """Return the path of an object."""
        return f"{self.collection(raw)}/{odata.segment(str(raw['id']))}"

    def query_of(self, collection: str) -> dict[str, str]:
        """Return the query with which the objects of a collection are read."""
        own = next((each.expand for each in self.types if each.path == collection), "")
        expand = own or self.expand or ("assignments" if self.assignable else "")
        query = {"$expand": expand, "$select": ",".join(self.select)}
        return {name: value for name, value in query.items() if value}

    def query_by_name(self, collection: str, name: str) -> dict[str, str]:
        query = {"$filter": f"{self.name_property} eq {odata.literal(name)}"} if self.filterable else {}
        return {**query, **self.query_of(collection)}

    def first_url(self, params: Params) -> str | None:
        """Return what find() is likely to ask first, so that it can be read together with other things."""
        if params.get("id"):
            collection = self.collections_of_id(params["id"])[0]
            return odata.url(f"{collection}/{odata.segment(params['id'])}", self.query_of(collection))
        if params.get("name"):
            collection = self.collections(params)[0]
            return odata.url(collection, self.query_by_name(collection, params["name"]))
        return None

    def reads(self, url: str, take: Callable[[dict[str, Any]], object]) -> list[ReadAhead]:
        """Return the reads that give what Graph has at first_url(), or at a collection, to take."""
        return [ReadAhead(url, self.version, take)]

    # -- which -------------------------------------------------------------------------------------------------------

    def find(self, session: GraphSession, params: Params, answer: Answer = None) -> dict[str, Any] | None:
        """Return the object that the options name, None when it does not exist. Raises AmbiguousName."""
        if params.get("id"):
            raw = self.read(session, params["id"], answer)
            if raw:
                self._check_type(raw, params)
        else:
            raw = self.only_one(self.find_all(session, params, answer), params)
        if raw and self.is_reserved(raw):
            raise InvalidOptions(
                f"{self.title} '{raw.get(self.name_property)}' belongs to Microsoft Intune and is only read. "
                "This task wrote nothing."
            )
        return self.checked(raw, params) if raw else None

    def find_all(self, session: GraphSession, params: Params, answer: Answer = None) -> list[dict[str, Any]]:
        """Return all objects that the options may mean, without the one that a new object replaces."""
        # The engine sets replaced_id while a new object takes the place of that one.
        found = self.candidates(session, params, answer)
        return [raw for raw in found if str(raw["id"]) != params.get("replaced_id")]

    def candidates(self, session: GraphSession, params: Params, answer: Answer = None) -> Iterable[dict[str, Any]]:
        """Return the objects that the options may mean, when they do not declare the id."""
        return self.with_name(session, params["name"], params, answer)

    def checked(self, raw: dict[str, Any], params: Params) -> dict[str, Any] | None:
        """Return an object that was found, if it is what the options declare further. Raises IntuneError."""
        return raw

    def matches(self, raw: Raw, params: Params) -> bool:
        """Whether an object of the right name is of a type that the options may mean."""
        if not self.polymorphic:
            return True
        declared = self.declared_type(params)
        return graph_type(raw) in ([declared.graph_type] if declared else self._graph_types())

    def _check_type(self, raw: Raw, params: Params) -> None:
        """One collection holds many types of object, and an id alone must not change or delete one of another."""
        if not self.matches(raw, {**params, "name": None}) and params.get("state") == "absent":
            raise ObjectNotFound(
                f"{params['id']} is a {graph_type(raw)}, which this module does not delete. This task wrote nothing."
            )
        if not self.matches(raw, {}):
            raise ObjectNotFound(f"{params['id']} is a {graph_type(raw)}, no {self.title}. This task wrote nothing.")

    def _graph_types(self) -> list[str]:
        return [each.graph_type for each in self.types]

    def only_one(self, found: Iterable[dict[str, Any]], params: Params) -> dict[str, Any] | None:
        objects = list(found)
        if len(objects) > 1:
            raise AmbiguousName(self.title, self.label(params), (str(raw["id"]) for raw in objects))
        return objects[0] if objects else None

    # -- reading -----------------------------------------------------------------------------------------------------

    def with_name(
        self, session: GraphSession, name: str, params: Params, answer: Answer = None
    ) -> Iterator[dict[str, Any]]:
        for collection in self.collections(params):
            listed = self._listed(session, collection, self.query_by_name(collection, name), answer)
            for raw in (self.typed(raw, collection) for raw in listed if raw.get(self.name_property) == name):
                if self.matches(raw, params):
                    yield raw
                elif self.polymorphic and graph_type(raw) not in self._graph_types():
                    self.pass_over(raw)
                elif not self.shares_names:
                    self.namesakes.append(raw)
            answer = None

    def matching(
        self, session: GraphSession, collection: str, params: Params, answer: Answer = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the objects of a collection that match the options."""
        for raw in self._listed(session, collection, self.query_of(collection), answer):
            if self.matches(self.typed(raw, collection), params):
                yield raw
            elif self.polymorphic and not self.shares_collection and graph_type(raw) not in self._graph_types():
                self.pass_over(raw)

    def pass_over(self, raw: Raw) -> None:
        """Remember an object that is left as it is because its type is new."""
        self.passed_over[str(raw["id"])] = (
            f"{self.title} '{raw.get(self.name_property)}' ({raw['id']}) was passed over: this module does not support "
            f"its type, {graph_type(raw)}."
        )

    def _listed(
        self, session: GraphSession, collection: str, query: Mapping[str, str], answer: Answer
    ) -> list[dict[str, Any]]:
        if answer and "value" in answer:
            return list(answer["value"])
        return self._list(session, collection, query, self.version)

    def _list(
        self, session: GraphSession, collection: str, query: Mapping[str, str], version: str
    ) -> list[dict[str, Any]]:
        """List objects; Intune does not document $filter and $expand for every collection, so a refused query lists
        all.
        """
        try:
            return list(session.list(collection, version=version, params=query or None))
        except BadRequest:
            return list(session.list(collection, version=version))

    def read(self, session: GraphSession, object_id: str, answer: Answer = None) -> dict[str, Any] | None:
        collections = self.collections_of_id(object_id)
        if answer:
            return self.typed(answer, collections[0])
        is_only = len(collections) == 1
        found = (self._read_in(session, each, object_id, is_only, self.version) for each in collections)
        return next((raw for raw in found if raw), None)

    def _read_in(
        self, session: GraphSession, collection: str, object_id: str, is_only: bool, version: str
    ) -> dict[str, Any] | None:
        path, query = f"{collection}/{odata.segment(object_id)}", self.query_of(collection)
        for params in [query, None] if query else [None]:
            try:
                return self.typed(session.get(path, version=version, params=params), collection)
            except NotFound:
                return None
            except BadRequest:
                # The query is refused, or the id: an id of another collection may not be a valid id in this one.
                if is_only and not params:
                    raise
        return None

    def read_many(self, session: GraphSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the objects of these ids, read in one $batch; what does not exist is left out."""
        query = self.query_of(self.path)
        requests = [
            BatchRequest("GET", odata.url(f"{self.path}/{odata.segment(object_id)}", query), is_object=True)
            for object_id in ids
        ]
        for response in session.batch(requests, version=self.version) if requests else ():
            if response.error and not isinstance(response.error, NotFound):
                raise response.error
            if not response.error:
                yield self.typed(response.body, self.path)

    def typed(self, raw: dict[str, Any], collection: str) -> dict[str, Any]:
        """Return an object with its type, which a collection of one type may leave out."""
        if not raw.get("id"):
            raise GraphError(f"GET {collection} answered with an object that has no id.", status=200, method="GET")
        types = [each for each in self.types if (each.path or self.path) == collection]
        if self.polymorphic and len(types) == 1:
            raw.setdefault("@odata.type", types[0].odata_type)
        return raw
