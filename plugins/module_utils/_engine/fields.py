# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an option becomes a Graph property, and how the two are compared.

A field type knows one form of value. It never sees Ansible or HTTP:

- argument()                   what the option takes, as part of an argument spec
- check(value)                 raises ValueError for a value that Graph is known to refuse
- references(value)            the names in it that must be resolved to ids first
- linked(value)                the ids of other objects in a Graph value
- encode(value, current, ids)  the Graph value to send; current is what Graph has (None on create)
- unset(current)               the Graph value of an option without a value
- equal(desired, current)      whether two Graph values mean the same
- show(value, ids, declared)   the value as the user would have written it, secrets masked
- shape                        of the Graph value, checked as an answer enters
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._graph.shapes import TEXTS, Shape
from .names import snake_case
from .references import Reference, ReferenceType, ResolvedNames

MASK = "********"


# In a declared dictionary, the value of a suboption that the task unsets.
UNSET: Any = object()


class FieldType:
    """A plain value: sent and compared as it is. None, "" and an empty list mean the same: nothing."""

    shape: Shape = str
    # Its suboptions, as far as each can be declared and unset by itself.
    fields: tuple[Field, ...] = ()

    def __init__(self, option_type: str = "str") -> None:
        self.option_type = option_type
        if option_type == "bool":
            self.shape = bool

    def argument(self) -> dict[str, Any]:
        return {"type": self.option_type}

    def check(self, value: Any) -> None:
        """Raise ValueError, with the end of a sentence, for a value that Graph is known to refuse."""

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return ()

    def references(self, value: Any) -> list[Reference]:
        return []

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return value

    def unset(self, current: Any) -> Any:
        """Return the Graph value of an option that is not configured."""
        return [] if isinstance(self.shape, list) else None

    def is_shared(self, value: Any, current: Any, ids: ResolvedNames) -> bool:
        """Whether a part that the task does not declare is sent back with it, so that it is read again right before."""
        return bool(self.encode(value, current, ids) != self.encode(value, None, ids))

    def equal(self, desired: Any, current: Any) -> bool:
        return _nothing_to_none(desired) == _nothing_to_none(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return value

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        """Return the value as an option that sets it; unlike show(), never shortened or masked."""
        return self.show(value, ids)

    # Whether show() masks what a task does not declare itself, since it may be a secret.
    may_be_secret = False

    def is_unreadable(self, value: Any) -> bool:
        """Whether Graph holds a value that declare() cannot return."""
        return value not in (None, "", [], {}) and self.declare(value, ResolvedNames()) is None

    def newer(self, value: Any) -> Iterable[str]:
        """Return the parts of Graph's value that no option can hold."""
        return ()

    def without_newer(self, value: Any) -> Any:
        """Return Graph's value without those parts; None where the rest is another value."""
        return None if list(self.newer(value)) else value

    def is_hidden(self, value: Any) -> bool:
        """Whether Graph does not show the value, so that only update_secrets decides about sending it."""
        return False

    def resent(self, value: Any) -> Any:
        """Return a value that Graph reported in the form in which Graph takes it."""
        return value

    def is_whole(self, value: Any) -> bool:
        """Whether a value that $expand brought has the parts that a nested $expand asks for."""
        return True


PLAIN = FieldType()
BOOL = FieldType("bool")


class Switch(FieldType):
    """A Boolean that is off where Graph has none; of others, such as isRemovable, no value is a third one."""

    def __init__(self) -> None:
        super().__init__("bool")

    def unset(self, current: Any) -> Any:
        return False

    def equal(self, desired: Any, current: Any) -> bool:
        return bool(desired) == bool(current)


SWITCH = Switch()


class Number(FieldType):
    """A whole number between two limits, where limits are known."""

    shape = float

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        super().__init__("int")
        self.minimum = minimum
        self.maximum = maximum

    def check(self, value: Any) -> None:
        if self.minimum is not None and value < self.minimum and self.maximum is None:
            raise ValueError(f"must be at least {self.minimum}, not {value}")
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            raise ValueError(f"must be between {self.minimum} and {self.maximum}, not {value}")


# Graph counts with these: minutes, days, characters.
NUMBER = Number(minimum=0)


class Secret(FieldType):
    """A value that Graph takes and does not show again, so it cannot be compared."""

    may_be_secret = True

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "no_log": True}

    def equal(self, desired: Any, current: Any) -> bool:
        is_shown = bool(current) and bool(str(current).strip("*"))
        return desired == current if is_shown else True

    def is_hidden(self, value: Any) -> bool:
        return True

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return MASK if value else None

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return None

    def resent(self, value: Any) -> Any:
        """A mask of Graph's is not the secret."""
        return value if str(value or "").strip("*") else None


def is_nothing(value: Any) -> bool:
    """Whether a declared value is empty or blank."""
    return value in (None, "", [], {}) or (isinstance(value, str) and not value.strip())


def _nothing_to_none(value: Any) -> Any:
    return None if value in ("", [], {}) else value


def check_keys(keys: Iterable[Any]) -> None:
    """Raises ValueError for a key that is empty or blank."""
    if any(is_nothing(str(key)) for key in keys):
        raise ValueError("has a value without a key")


class Enum(FieldType):
    """An enum member, written in snake_case by the user; default stands for a missing one."""

    def __init__(self, *members: str, default: str = "") -> None:
        super().__init__()
        self.members = members
        self.default = default
        self._graph = {snake_case(member): member for member in members}
        # A service may write a member in another letter case.
        self._options = {member.lower(): option for option, member in self._graph.items()}

    @property
    def choices(self) -> list[str]:
        return list(self._graph)

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "choices": self.choices}

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return self._graph.get(value, value)

    def unset(self, current: Any) -> Any:
        return self.default or super().unset(current)

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or self.default).lower() == str(current or self.default).lower()

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return self._option(value) if isinstance(value, str) else value

    def newer(self, value: Any) -> Iterable[str]:
        return [item for item in self._items(value) if item and item.lower() not in self._options]

    def _items(self, value: Any) -> list[str]:
        return [value] if isinstance(value, str) else []

    def _option(self, value: Any) -> str:
        return self._options.get(str(value).lower()) or snake_case(str(value))


class EnumSet(Enum):
    """A list of enum members in no particular order."""

    shape = TEXTS

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str", "choices": self.choices}

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return [self._graph.get(item, item) for item in value]

    def equal(self, desired: Any, current: Any) -> bool:
        return {str(item).lower() for item in desired or ()} == {str(item).lower() for item in current or ()}

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(self._option(item) for item in value or [])

    def _items(self, value: Any) -> list[str]:
        return list(value or [])


class EnumFlags(EnumSet):
    """A set of enum members, which Graph holds as one text with commas; nothing is the first member."""

    shape = str

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return ",".join(self._split(",".join(super().encode(value, current, ids))))

    def unset(self, current: Any) -> Any:
        return self.members[0]

    def equal(self, desired: Any, current: Any) -> bool:
        return super().equal(self._split(desired), self._split(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show(self._split(value), ids)

    def _items(self, value: Any) -> list[str]:
        return self._split(value)

    def _split(self, value: Any) -> list[str]:
        found = [item.strip() for item in str(value or "").split(",")]
        # Beside others, nothing adds nothing.
        return [item for item in found if item.lower() not in ("", self.members[0].lower())] or [self.members[0]]


class Strings(FieldType):
    """A list of strings in which the order counts."""

    shape = TEXTS

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str"}


STRINGS = Strings()


class StringSet(Strings):
    """A list of strings in which neither order nor repetition means anything; item is the form of each."""

    def __init__(self, item: FieldType = PLAIN) -> None:
        super().__init__()
        self.item = item

    def check(self, value: Any) -> None:
        for text in value or ():
            self.item.check(text)

    def equal(self, desired: Any, current: Any) -> bool:
        return set(desired or ()) == set(current or ())

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(value or [])


@dataclass(frozen=True)
class Field:
    """One option and the Graph property it sets."""

    option: str
    graph: str
    type: FieldType = PLAIN
    create_only: bool = False
    # Graph reports it only when one object is read, never in a list.
    not_in_lists: bool = False
    # Whether an item of a list, or a complex value, makes no sense without it.
    required: bool = False
    # Whether Graph always has a value of it, so that it cannot be unset.
    always_set: bool = False
    # A link to one other object: written as <property>@odata.bind, read at an address of its own.
    is_link: bool = False
    # The action that replaces it (PATCH does not take it), with the name of its parameter, and whether POST takes it.
    action: str | None = None
    parameter: str | None = None
    in_create: bool = True
    # Where Graph shows it by itself, below the object, for a Graph that leaves it out of the object.
    address: str | None = None
    # The argument spec, where it is not what the type says.
    argument: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    # The suboption that the option stands in; ObjectType sets it.
    section: str | None = None

    @property
    def is_always_set(self) -> bool:
        return self.required or self.always_set

    @property
    def path(self) -> str:
        """Return the option's name with the suboption it stands in."""
        return f"{self.section}.{self.option}" if self.section else self.option

    def declared_in(self, options: Mapping[str, Any]) -> Any:
        """Return the option's value, None when it is not declared."""
        return ((options.get(self.section) or {}) if self.section else options).get(self.option)

    def put(self, options: dict[str, Any], value: Any) -> None:
        (options.setdefault(self.section, {}) if self.section else options)[self.option] = value

    def remove(self, options: dict[str, Any]) -> None:
        (options[self.section] if self.section else options).pop(self.option)


def named(field_type: FieldType, *graph: str, **more: Any) -> tuple[Field, ...]:
    """Return a field for each Graph property, with the option named alike in snake_case."""
    return tuple(Field(snake_case(name), name, field_type, **more) for name in graph)


def shapes_of(fields: Iterable[Field]) -> dict[str, Shape]:
    """Return the shape of each property that a field sets."""
    return {field.graph: field.type.shape for field in fields}


# ansible-test asks for a decision about options with names like these; secrets are of the type Secret.
_LOOKS_SECRET = re.compile("pass(?!ive)|secret|token|key", re.IGNORECASE)


def arguments(fields: Iterable[Field]) -> dict[str, Any]:
    """Return the part of an argument spec that takes the fields' options."""
    spec = {}
    for field in fields:
        argument = {**field.type.argument(), **field.argument}
        if field.required:
            argument["required"] = True
        if _LOOKS_SECRET.search(field.option):
            argument.setdefault("no_log", False)
        spec[field.option] = argument
    return spec
