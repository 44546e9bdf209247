# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an option becomes a Graph property, and how the two are compared.

A kind knows one form of value. It never sees Ansible or HTTP:

- references(value)            the names in it that must be resolved to ids first
- encode(value, current, ids)  the Graph value to send; current is what Graph has (None on create)
- equal(desired, current)      whether two Graph values mean the same
- show(value, ids, declared)   the value as the user would have written it, secrets masked
"""

from __future__ import annotations

import base64
import binascii
import json
import plistlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from .names import snake_case
from .references import Reference, ReferenceKind, ResolvedNames

MASK = "********"


class Kind:
    """A plain value: sent and compared as it is. None, "" and an empty list mean the same: nothing."""

    def references(self, value: Any) -> list[Reference]:
        return []

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return value

    def equal(self, desired: Any, current: Any) -> bool:
        return _nothing_to_none(desired) == _nothing_to_none(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return value

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        """Return the value as an option that sets it; unlike show(), never shortened or masked."""
        return self.show(value, ids)


PLAIN = Kind()


def _nothing_to_none(value: Any) -> Any:
    return None if value in ("", [], {}) else value


class Text(Kind):
    """Text whose line ends and trailing white space Graph and editors change on their own."""

    def equal(self, desired: Any, current: Any) -> bool:
        return self._normal(desired) == self._normal(current)

    @staticmethod
    def _normal(value: Any) -> str:
        return str(value or "").replace("\r\n", "\n").rstrip()


class Guid(Kind):
    """A GUID: Graph does not keep its letter case."""

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()


class Enum(Kind):
    """An enum member, written in snake_case by the user."""

    def __init__(self, *members: str) -> None:
        self.members = members
        self._graph = {snake_case(member): member for member in members}

    @property
    def choices(self) -> list[str]:
        return list(self._graph)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return self._graph.get(value, value)

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return snake_case(value) if isinstance(value, str) else value


class StringSet(Kind):
    """A list of strings in which neither order nor repetition means anything."""

    def equal(self, desired: Any, current: Any) -> bool:
        return set(desired or ()) == set(current or ())

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(value or [])


class Flags(Kind):
    """A complex value of Booleans, written as the list of those that are true."""

    def __init__(self, *members: str) -> None:
        self.members = members
        self._graph = {snake_case(member): member for member in members}

    @property
    def choices(self) -> list[str]:
        return list(self._graph)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return {member: option in value for option, member in self._graph.items()}

    def equal(self, desired: Any, current: Any) -> bool:
        return self._true(desired) == self._true(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(snake_case(member) for member in self._true(value))

    @staticmethod
    def _true(value: Any) -> set[str]:
        return {key for key, item in (value or {}).items() if item is True}


class MinimumVersion(Flags):
    """A minimum operating system: one true flag such as v15_0, written as "15.0"."""

    def __init__(self, *versions: str) -> None:
        super().__init__(*("v" + version.replace(".", "_") for version in versions))
        self.versions = versions

    @property
    def choices(self) -> list[str]:
        return list(self.versions)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        # A PATCH may merge a complex value, so the flags that were true are switched off by name.
        flags = dict.fromkeys(self._true(current), False)
        flags["v" + str(value).replace(".", "_")] = True
        return flags

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        versions = [flag[1:].replace("_", ".") for flag in sorted(self._true(value))]
        return versions[0] if len(versions) == 1 else versions or None


@dataclass(frozen=True)
class Field:
    """One option and the Graph property it sets."""

    option: str
    graph: str
    kind: Kind = PLAIN
    create_only: bool = False
    # Graph reports it only when one object is read, never in a list.
    not_in_lists: bool = False


class Complex(Kind):
    """A complex value; only the parts the user gave are compared, the others keep what Graph has."""

    def __init__(self, *fields: Field, odata_type: str | None = None, defaults: Mapping[str, Any] | None = None) -> None:
        self.fields = fields
        self.odata_type = odata_type
        self.defaults = defaults or {}

    def references(self, value: Any) -> list[Reference]:
        return [ref for field, item in self._given(value) for ref in field.kind.references(item)]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        current = current if isinstance(current, dict) else {}
        encoded: dict[str, Any] = dict(self.defaults)
        encoded.update({key: item for key, item in current.items() if "@" not in key and item is not None})
        if self.odata_type:
            encoded["@odata.type"] = self.odata_type
        for field, item in self._given(value):
            encoded[field.graph] = field.kind.encode(item, current.get(field.graph), ids)
        return encoded

    def equal(self, desired: Any, current: Any) -> bool:
        current = current if isinstance(current, dict) else {}
        kinds = {field.graph: field.kind for field in self.fields}
        return all(kinds.get(key, PLAIN).equal(item, current.get(key, self.defaults.get(key))) for key, item in (desired or {}).items() if "@" not in key)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        if not isinstance(value, dict):
            return value
        declared = declared if isinstance(declared, dict) else {}
        shown = {}
        for field in self.fields:
            if value.get(field.graph) is not None:
                shown[field.option] = field.kind.show(value[field.graph], ids, declared.get(field.option))
        return shown

    def _given(self, value: Any) -> Iterable[tuple[Field, Any]]:
        return [(field, value[field.option]) for field in self.fields if (value or {}).get(field.option) is not None]


class ComplexList(Kind):
    """A list of complex values; the whole list is declared, within an item only what the user gave counts."""

    def __init__(self, item: Complex, ordered: bool = True) -> None:
        self.item = item
        self.ordered = ordered

    def references(self, value: Any) -> list[Reference]:
        return [ref for item in value or [] for ref in self.item.references(item)]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return [self.item.encode(item, None, ids) for item in value]

    def equal(self, desired: Any, current: Any) -> bool:
        desired, current = list(desired or []), list(current or [])
        if len(desired) != len(current):
            return False
        if self.ordered:
            return all(self.item.equal(want, have) for want, have in zip(desired, current))
        for want in desired:
            match = next((have for have in current if self.item.equal(want, have)), None)
            if match is None:
                return False
            current.remove(match)
        return True

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return [self.item.show(item, ids) for item in value or []]


class KeyValues(Kind):
    """A mapping, held by Graph as a list of {key, value} objects in no particular order.

    Such a list may hold a vendor's secrets: values that the task does not declare itself are masked.
    """

    def __init__(self, key: str, value: str) -> None:
        self.key = key
        self.value = value

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return [{self.key: str(key), self.value: scalar_text(item)} for key, item in value.items()]

    def equal(self, desired: Any, current: Any) -> bool:
        return self._mapping(desired) == self._mapping(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return {key: item if key in (declared or {}) else MASK for key, item in self._mapping(value).items()}

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return self._mapping(value)

    def _mapping(self, value: Any) -> dict[str, Any]:
        return {item.get(self.key): item.get(self.value) for item in value or []}


def scalar_text(value: Any) -> str:
    """Return a scalar as Graph's string-typed values hold it: true, not True."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Encoded(Kind):
    """A document that Graph holds as base64: compared decoded, so its spelling does not matter.

    parse returns the meaning of the text (any comparable value) and raises ValueError when it is none.
    """

    def __init__(self, parse: Callable[[str], Any] = str) -> None:
        self.parse = parse

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return base64.b64encode(str(value).encode()).decode() if value else None

    def equal(self, desired: Any, current: Any) -> bool:
        return bool(self.meaning(desired) == self.meaning(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return self.text(value)

    def meaning(self, value: Any) -> Any:
        text = self.text(value)
        if text is None:
            return None
        try:
            return self.parse(text)
        except ValueError:
            return text

    @staticmethod
    def text(value: Any) -> str | None:
        """Return the decoded text of a base64 value; a value that is none is returned as it stands."""
        if not value:
            return None
        try:
            return base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return str(value)


def parse_plist(text: str) -> Any:
    """Return the meaning of a property list, given whole or as its bare <dict>.

    Raises ValueError when the text is no property list.
    """
    body = text.strip()
    if "<plist" not in body:
        body = '<plist version="1.0">' + body + "</plist>"
    try:
        return plistlib.loads(body.encode())
    except Exception as error:  # plistlib lets expat's and its own errors through
        raise ValueError(f"it is not a property list: {error}") from None


def parse_json(text: str) -> Any:
    """Return the meaning of a JSON document. Raises ValueError when it is none."""
    return json.loads(text)


class NamedReference(Kind):
    """The id of another object, written by the user as its name or id."""

    def __init__(self, kind: ReferenceKind) -> None:
        self.kind = kind

    def references(self, value: Any) -> list[Reference]:
        return [Reference(self.kind, value)] if value else []

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return ids.id_of(Reference(self.kind, value)) if value else None

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return ids.name_of(self.kind, value) if value else None


class NamedReferences(Kind):
    """A set of ids of other objects, written by the user as names or ids."""

    def __init__(self, kind: ReferenceKind) -> None:
        self.kind = kind

    def references(self, value: Any) -> list[Reference]:
        return [Reference(self.kind, str(item)) for item in value or []]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return sorted({ids.id_of(Reference(self.kind, str(item))) for item in value})

    def equal(self, desired: Any, current: Any) -> bool:
        return _lower_set(desired) == _lower_set(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(ids.name_of(self.kind, item) for item in value or [])


def _lower_set(values: Sequence[str] | None) -> set[str]:
    return {str(value).lower() for value in values or ()}
