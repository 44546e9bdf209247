# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as lists show them lack some properties; here they get them, all objects in one $batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, IntuneError, NotFound
from .._graph.session import GraphSession
from .complex_fields import Children
from .fields import Field
from .references import Reference
from .resource import Resource

# An object, and why it cannot be read.
Failure = tuple[dict[str, Any], IntuneError]


@dataclass(frozen=True)
class Incomplete:
    raw: dict[str, Any]
    # Those whose properties are read.
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


@dataclass(frozen=True)
class _Part:
    """Something that an object lacks, and where it is; without a field, all that comes with the object alone."""

    of: Incomplete
    url: str
    field: Field | None = None

    @property
    def is_link(self) -> bool:
        return self.field is not None and self.field.is_link

    def request(self) -> BatchRequest:
        return BatchRequest("GET", self.url, may_be_empty=self.is_link)

    def is_none(self, error: IntuneError) -> bool:
        """Whether an error means that there is no such part. Only a link may lead nowhere, and the answers differ."""
        return self.is_link and isinstance(error, (BadRequest, NotFound))

    def add(self, session: GraphSession, body: dict[str, Any]) -> dict[Reference, Mapping[str, Any]]:
        """Add the part to its object. Returns the objects that it is linked to."""
        raw, field = self.of.raw, self.field
        if field is None:
            for each in self.of.fields:
                if each.not_in_lists or (each.action and not each.address):
                    raw[each.graph] = body.get(each.graph)
        elif field.address:
            # Items that are written one by one are addressed by their ids.
            has_ids = isinstance(field.type, Children)
            raw[field.graph] = list(session.items(body, with_ids=has_ids)) if body else []
        else:
            raw[field.graph] = body.get("id")
            return {Reference(*linked): body for linked in field.type.linked(body.get("id"))}
        return {}


def complete(
    resource: Resource, session: GraphSession, objects: Sequence[Incomplete]
) -> tuple[dict[Reference, Mapping[str, Any]], list[Failure]]:
    """Add the properties that a list leaves out, and the ids of linked objects.

    Returns the linked objects, and the objects that cannot be completed.
    """
    linked: dict[Reference, Mapping[str, Any]] = {}
    failures: list[Failure] = []
    parts = [part for incomplete in objects for part in _parts(resource, incomplete)]
    answers = session.batch([part.request() for part in parts], version=resource.version) if parts else []
    for part, answer in zip(parts, answers):
        if answer.error is None:
            linked.update(part.add(session, answer.body if isinstance(answer.body, dict) else {}))
        elif part.is_none(answer.error):
            part.add(session, {})
        else:
            failures.append((part.of.raw, answer.error))
    return linked, failures


def raise_first(failures: Sequence[Failure]) -> None:
    for _raw, error in failures:
        raise error


def _parts(resource: Resource, incomplete: Incomplete) -> Iterator[_Part]:
    path = f"/{resource.address(incomplete.raw)}"
    if incomplete.lacks:
        yield _Part(incomplete, path)
    # A link of a derived type stands behind a type cast [graph facts: device configurations].
    cast = resource.type_of(incomplete.raw).cast
    yield from (
        _Part(incomplete, f"{path}/{cast}/{field.graph}", field) for field in incomplete.fields if field.is_link
    )
    yield from (_Part(incomplete, f"{path}/{field.address}", field) for field in incomplete.elsewhere)
