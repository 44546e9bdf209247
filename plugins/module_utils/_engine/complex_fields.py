# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that have parts: complex ones, lists of them, and mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .encoded_fields import scalar_text
from .fields import MASK, PLAIN, UNSET, Field, FieldType, arguments, check_keys, is_nothing, shapes_of
from .references import Reference, ReferenceType, ResolvedNames


class Complex(FieldType):
    """A complex value; only the parts the user gave are compared, the others keep what Graph has."""

    def __init__(
        self, *fields: Field, odata_type: str | None = None, defaults: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__("dict")
        self.shape = shapes_of(fields)
        self.fields = fields
        self.odata_type = odata_type
        self.defaults = defaults or {}

    def argument(self) -> dict[str, Any]:
        return {"type": "dict", "options": arguments(self.fields)}

    def check(self, value: Any) -> None:
        for field, item in self._declared_parts(value):
            try:
                field.type.check(item)
            except ValueError as error:
                raise ValueError(f"{field.option} {error}") from None
            if field.required and is_nothing(item):
                raise ValueError(f"needs a value of {field.option}")

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        for field in self.fields:
            yield from field.type.linked((value or {}).get(field.graph))

    def references(self, value: Any) -> list[Reference]:
        return [ref for field, item in self._declared_parts(value) for ref in field.type.references(item)]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        current = current if isinstance(current, dict) else {}
        if value and not current and all(item is UNSET for item in value.values()):
            return None
        encoded: dict[str, Any] = dict(self.defaults)
        encoded.update({key: item for key, item in current.items() if "@" not in key and item is not None})
        if self.odata_type:
            encoded["@odata.type"] = self.odata_type
        for field, item in self._declared_parts(value):
            encoded[field.graph] = field.type.encode(item, current.get(field.graph), ids)
        for field in self.fields:
            if (value or {}).get(field.option) is UNSET:
                encoded[field.graph] = self.defaults.get(field.graph, field.type.unset(current.get(field.graph)))
        return encoded

    def equal(self, desired: Any, current: Any) -> bool:
        if desired is None:
            return all(item in (None, "", []) for key, item in (current or {}).items() if "@" not in key)
        # A part that Graph leaves out, or has null for, has its default.
        existing = {
            **self.defaults,
            **{key: item for key, item in (current if isinstance(current, dict) else {}).items() if item is not None},
        }
        types = {field.graph: field.type for field in self.fields}
        return all(
            types.get(key, PLAIN).equal(item, existing.get(key))
            for key, item in (desired or {}).items()
            if "@" not in key
        )

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        if not isinstance(value, dict):
            return value
        declared_parts = {
            field.option: item for field, item in self._declared_parts(declared if isinstance(declared, dict) else {})
        }
        shown = {}
        for field in self.fields:
            # An empty list and none are the same to Graph.
            if value.get(field.graph) not in (None, []) or (field.required and field.graph in value):
                shown[field.option] = field.type.show(value[field.graph], ids, declared_parts.get(field.option))
        return shown

    def newer(self, value: Any) -> Iterable[str]:
        for field in self.fields:
            yield from (f"{field.graph}.{name}" for name in field.type.newer((value or {}).get(field.graph)))

    def without_newer(self, value: Any) -> Any:
        rest = dict(value) if isinstance(value, dict) else value
        for field in self.fields if value else ():
            rest[field.graph] = field.type.without_newer(value.get(field.graph))
            if field.required and rest[field.graph] is None:
                return None
        return rest

    def _declared_parts(self, value: Any) -> Iterable[tuple[Field, Any]]:
        found = ((field, (value or {}).get(field.option)) for field in self.fields)
        return [(field, item) for field, item in found if item is not None and item is not UNSET]


def _pair_up(choices: Sequence[Sequence[int]]) -> bool:
    """Whether each item may have one of its choices for itself: an item with few declared parts is equal to many."""
    owners: dict[int, int] = {}
    return all(_choose(item, choices, owners, set()) for item in range(len(choices)))


def _choose(item: int, choices: Sequence[Sequence[int]], owners: dict[int, int], tried: set[int]) -> bool:
    """Give an item one of its choices. Who has it already is given another one, if possible."""
    for choice in choices[item]:
        if choice not in tried:
            tried.add(choice)
            if choice not in owners or _choose(owners[choice], choices, owners, tried):
                owners[choice] = item
                return True
    return False


class ComplexList(FieldType):
    """A list of complex values; the whole list is declared. Within an item of a list with a key, only what the user
    gave counts.
    """

    def __init__(
        self,
        item: Complex,
        ordered: bool = True,
        maximum: int | None = None,
        key: str | None = None,
        unique: str | None = None,
    ) -> None:
        super().__init__("list")
        self.shape = [item.shape]
        self.item = item
        self.ordered = ordered
        self.maximum = maximum
        # The Graph property that identifies an item: its undeclared parts are kept.
        self.key = key
        # The option of which no two items may have the same value.
        self.unique = unique

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "dict", "options": arguments(self.item.fields)}

    def check(self, value: Any) -> None:
        if self.maximum is not None and len(value or []) > self.maximum:
            raise ValueError(f"has {len(value)} entries, and Graph takes at most {self.maximum}")
        for item in value or []:
            self.item.check(item)
        values = [str(item[self.unique]).lower() for item in value or []] if self.unique else []
        twice = [text for text in values if values.count(text) > 1]
        if twice:
            raise ValueError(f"has {self.unique} '{twice[0]}' more than once")

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        for item in value or []:
            yield from self.item.linked(item)

    def newer(self, value: Any) -> Iterable[str]:
        return [name for item in value or [] for name in self.item.newer(item)]

    def references(self, value: Any) -> list[Reference]:
        return [ref for item in value or [] for ref in self.item.references(item)]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        encoded = [self.item.encode(item, None, ids) for item in value]
        if self.key:
            # Each existing item is used once: of two with the same key, the one that is equal already.
            # Items with the most parts go first: those with few parts are like all of them.
            remaining = list(current or [])
            for place in sorted(range(len(value)), key=lambda place: -len(encoded[place])):
                desired = encoded[place]
                same_key = [item for item in remaining if item.get(self.key) == desired[self.key]]
                equal = [item for item in same_key if self.item.equal(desired, item)]
                existing = next(iter([*equal, *same_key]), None)
                encoded[place] = self.item.encode(value[place], existing, ids)
                remaining = [item for item in remaining if item is not existing]
        return encoded

    def equal(self, desired: Any, current: Any) -> bool:
        desired, current = list(desired or []), list(current or [])
        if len(desired) != len(current):
            return False
        if self.ordered:
            return all(self._are_equal(item, other) for item, other in zip(desired, current))
        return _pair_up(
            [[place for place, other in enumerate(current) if self._are_equal(item, other)] for item in desired]
        )

    def _are_equal(self, desired: Any, current: Any) -> bool:
        # Without a key, an item is sent anew: undeclared parts would be lost.
        undeclared = {} if self.key else dict.fromkeys(field.graph for field in self.item.fields)
        return self.item.equal({**undeclared, **desired}, current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return [self.item.show(item, ids) for item in value or []]


class Children(ComplexList):
    """All items of a collection below the object, which are written one by one. Their key cannot be changed."""

    def __init__(self, item: Complex, key: str) -> None:
        super().__init__(item, ordered=False, key=key)
        self._key_type = next(field.type for field in item.fields if field.graph == key)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        # PATCH of an item keeps what is not declared, and what the service sets is not compared.
        return [self.item.encode(item, None, ids) for item in value]

    def existing(self, desired: dict[str, Any], current: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """Return the current item that has the desired one's key."""
        return next(
            (item for item in current if self._key_type.equal(desired.get(str(self.key)), item.get(str(self.key)))),
            None,
        )

    def is_part(self, some: Sequence[dict[str, Any]] | None, whole: Sequence[dict[str, Any]] | None) -> bool:
        """Whether the whole has each of some items, as it is."""
        pairs = [(item, self.existing(item, whole or ())) for item in some or ()]
        return all(existing and not self.changes(item, existing) for item, existing in pairs)

    def changes(self, desired: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
        """Return the properties to PATCH."""
        return {
            field.graph: desired[field.graph]
            for field in self.item.fields
            if field.graph in desired
            and field.graph != self.key
            and not field.type.equal(desired[field.graph], current.get(field.graph))
        }


class KeyValues(FieldType):
    """A mapping, held by Graph as a list of {key, value} objects in no particular order.

    Such a list may hold a vendor's secrets: values that the task does not declare itself are masked.
    """

    may_be_secret = True

    def __init__(self, key: str, value: str, maximum: int | None = None) -> None:
        super().__init__("dict")
        self.shape = [{key: str, value: str}]
        self.key = key
        self.value = value
        self.maximum = maximum

    def check(self, value: Any) -> None:
        if self.maximum is not None and len(value) > self.maximum:
            raise ValueError(f"has {len(value)} entries, and Graph takes at most {self.maximum}")
        check_keys(value)
        several = sorted(str(key) for key, item in value.items() if isinstance(item, (dict, list)))
        if several:
            raise ValueError(f"must have single values, not lists or dictionaries: {', '.join(several)}")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return [{self.key: str(key), self.value: scalar_text(item)} for key, item in value.items()]

    def equal(self, desired: Any, current: Any) -> bool:
        return self._mapping(desired) == self._mapping(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return {key: item if key in (declared or {}) else MASK for key, item in self._mapping(value).items()}

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return self._mapping(value)

    def _mapping(self, value: Any) -> dict[str, Any]:
        return {item.get(self.key) or "": item.get(self.value) or "" for item in value or []}
