# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as lists show them lack some properties; here they get them, all objects in one $batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, IntuneError, NotFound
from .._graph.session import GraphSession
from .fields import Field
from .references import Reference
from .resource import Resource

# An object, and why it cannot be read.
Failure = tuple[dict[str, Any], IntuneError]


@dataclass(frozen=True)
class Partial:
    raw: dict[str, Any]
    # Those whose properties are wanted.
    fields: Sequence[Field]
    is_read_alone: bool = False

    @property
    def lacks(self) -> bool:
        """Whether reading the object by itself would add to it."""
        return any(
            (field.graph not in self.raw and not field.address)
            if field.action
            else field.not_in_lists and not self.is_read_alone
            for field in self.fields
        )

    @property
    def elsewhere(self) -> list[Field]:
        """The lists that $expand did not bring, or brought in part."""
        return [field for field in self.fields if field.address and not self._is_whole(field)]

    def _is_whole(self, field: Field) -> bool:
        return (
            field.graph in self.raw
            and not self.raw.get(f"{field.graph}@odata.nextLink")
            and field.type.is_whole(self.raw[field.graph])
        )


def complete(
    resource: Resource, session: GraphSession, objects: Sequence[Partial], lost: list[Failure] | None = None
) -> dict[Reference, Mapping[str, Any]]:
    """Add the properties that a list leaves out, and the ids of linked objects. Returns the linked objects.

    An object that cannot be completed is added to lost with the error, if that is given, and raises the error if not.
    """
    linked: dict[Reference, Mapping[str, Any]] = {}
    wanted: list[tuple[Partial, Field | None, str]] = []
    for partial in objects:
        path = f"/{resource.address(partial.raw)}"
        query = resource.query_of(resource.collection(partial.raw))
        if partial.lacks:
            wanted.append((partial, None, f"{path}?{odata.query(query)}" if query else path))
        # A navigation property has an address of its own [graph facts: device configurations].
        wanted += [(partial, field, f"{path}/{field.graph}") for field in partial.fields if field.is_link]
        wanted += [(partial, field, f"{path}/{field.address}") for field in partial.elsewhere]
    if not wanted:
        return linked
    answers = session.batch(
        [BatchRequest("GET", url, may_be_empty=bool(link and link.is_link)) for _partial, link, url in wanted],
        version=resource.version,
    )
    # OData asks for a cast before a property of a derived type; Graph mostly does without
    # [graph facts: device configurations].
    cast = {
        index: BatchRequest(
            "GET", f"{url.rpartition('/')[0]}/{partial.raw['@odata.type'].lstrip('#')}/{link.graph}", may_be_empty=True
        )
        for index, (partial, link, url) in enumerate(wanted)
        if link and link.is_link and isinstance(answers[index].error, BadRequest) and partial.raw.get("@odata.type")
    }
    if cast:
        answers = [*answers]
        for index, answer in zip(cast, session.batch([*cast.values()], version=resource.version)):
            answers[index] = answer
    for (partial, link, _url), answer in zip(wanted, answers):
        # No link, or a type of object that has none: the answers differ by service.
        is_none = isinstance(answer.error, (BadRequest, NotFound) if link and link.is_link else NotFound)
        if answer.error and not (link and is_none):
            if lost is None:
                raise answer.error
            lost.append((partial.raw, answer.error))
            continue
        body = answer.body if isinstance(answer.body, dict) and not answer.error else {}
        if link and link.address:
            partial.raw[link.graph] = list(session.items(body, with_ids=False)) if body else []
        elif link:
            partial.raw[link.graph] = body.get("id")
            linked.update(
                {
                    Reference(reference_type, object_id): body
                    for reference_type, object_id in link.type.linked(body.get("id"))
                }
            )
        else:
            partial.raw.update(
                {
                    field.graph: body.get(field.graph)
                    for field in partial.fields
                    if field.not_in_lists or (field.action and not field.address)
                }
            )
    return linked
