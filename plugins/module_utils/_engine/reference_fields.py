# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids of other objects, written by the user as names or ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._graph.shapes import TEXTS
from .fields import FieldType
from .references import Reference, ReferenceType, ResolvedNames


class NamedReference(FieldType):
    """The id of another object, written by the user as its name or id."""

    def __init__(self, reference_type: ReferenceType) -> None:
        super().__init__()
        self.reference_type = reference_type

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return [(self.reference_type, str(value))] if value else []

    def references(self, value: Any) -> list[Reference]:
        return [Reference(self.reference_type, value)] if value else []

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return ids.id_of(Reference(self.reference_type, value)) if value else None

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return ids.name_of(self.reference_type, value) if value else None


class NamedReferences(FieldType):
    """A set of ids of other objects, written by the user as names or ids; default
    is what Graph makes of an empty one.
    """

    shape = TEXTS

    def __init__(self, reference_type: ReferenceType, *default: str) -> None:
        super().__init__("list")
        self.reference_type = reference_type
        self.default = default

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str"}

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return [(self.reference_type, str(item)) for item in value or []]

    def references(self, value: Any) -> list[Reference]:
        return [Reference(self.reference_type, str(item)) for item in value or []]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return sorted({ids.id_of(Reference(self.reference_type, str(item))) for item in value} or self.default)

    def unset(self, current: Any) -> Any:
        return list(self.default)

    def equal(self, desired: Any, current: Any) -> bool:
        return _lower_set(desired or self.default) == _lower_set(current or self.default)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(ids.name_of(self.reference_type, item) for item in value or [])


def _lower_set(values: Sequence[str] | None) -> set[str]:
    return {str(value).lower() for value in values or ()}
