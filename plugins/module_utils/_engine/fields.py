# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an option becomes a Graph property, and how the two are compared.

A kind knows one form of value. It never sees Ansible or HTTP:

- argument()                   what the option takes, as part of an argument spec
- check(value)                 raises ValueError for a value that Graph is known to refuse
- references(value)            the names in it that must be resolved to ids first
- linked(value)                the ids of other objects in a Graph value
- encode(value, current, ids)  the Graph value to send; current is what Graph has (None on create)
- equal(desired, current)      whether two Graph values mean the same
- show(value, ids, declared)   the value as the user would have written it, secrets masked
- shape                        of the Graph value, checked as an answer enters
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Callable

from .._graph.shapes import TEXTS, Shape
from .names import snake_case
from .references import Reference, ReferenceType, ResolvedNames

MASK = "********"


class FieldType:
    """A plain value: sent and compared as it is. None, "" and an empty list mean the same: nothing."""

    shape: Shape = str

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
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            raise ValueError(f"must be between {self.minimum} and {self.maximum}, not {value}")


NUMBER = Number()


class Secret(FieldType):
    """A value that Graph takes and does not show again, so it cannot be compared."""

    may_be_secret = True

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "no_log": True}

    def equal(self, desired: Any, current: Any) -> bool:
        is_shown = bool(current) and bool(str(current).strip("*"))
        return desired == current if is_shown else True

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return MASK if value else None

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return None

    def resent(self, value: Any) -> Any:
        """A mask of Graph's is not the secret."""
        return value if str(value or "").strip("*") else None


def _nothing_to_none(value: Any) -> Any:
    return None if value in ("", [], {}) else value


class Text(FieldType):
    """Text whose line ends and trailing white space Graph and editors change on their own."""

    def equal(self, desired: Any, current: Any) -> bool:
        return self._normal(desired) == self._normal(current)

    @staticmethod
    def _normal(value: Any) -> str:
        return str(value or "").replace("\r\n", "\n").rstrip()


_FRACTION = re.compile(r"\.\d+")


def parse_moment(text: str) -> datetime:
    """Return an ISO 8601 date or time in UTC; without an offset it is in UTC already. Raises ValueError when it is
    none.

    Fractions are left out: Graph writes seven digits of a second, more than Python 3.9 reads.
    """
    read = datetime.fromisoformat(_FRACTION.sub("", text).replace("Z", "+00:00"))
    try:
        return read.replace(tzinfo=timezone.utc) if read.tzinfo is None else read.astimezone(timezone.utc)
    except OverflowError:  # before the year 1 or after 9999
        return read.replace(tzinfo=timezone.utc)


class Moment(FieldType):
    """A point in time, however it is written."""

    def check(self, value: Any) -> None:
        try:
            parse_moment(str(value))
        except ValueError:
            raise ValueError(f"must be a time such as 2026-01-31T12:00:00Z, not '{value}'") from None

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return parse_moment(str(value)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def equal(self, desired: Any, current: Any) -> bool:
        return self._normal(desired) == self._normal(current)

    @staticmethod
    def _normal(value: Any) -> Any:
        try:
            return parse_moment(str(value)) if value else None
        except ValueError:
            return value


class Guid(FieldType):
    """A GUID: Graph does not keep its letter case."""

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()


class Enum(FieldType):
    """An enum member, written in snake_case by the user; default is the one that is meant where Graph has none."""

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

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or self.default).lower() == str(current or self.default).lower()

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return self._option(value) if isinstance(value, str) else value

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


class EnumFlags(EnumSet):
    """A set of enum members, which Graph holds as one text with commas; nothing is the first member."""

    shape = str

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return ",".join(self._split(",".join(super().encode(value, current, ids))))

    def equal(self, desired: Any, current: Any) -> bool:
        return super().equal(self._split(desired), self._split(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show(self._split(value), ids)

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
    """A list of strings in which neither order nor repetition means anything."""

    def equal(self, desired: Any, current: Any) -> bool:
        return set(desired or ()) == set(current or ())

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(value or [])


class Flags(FieldType):
    """A complex value of Booleans, written as the list of those that are true."""

    def __init__(self, *members: str) -> None:
        super().__init__()
        self.shape = dict.fromkeys(members, bool)
        self.members = members
        self._graph = {snake_case(member): member for member in members}

    @property
    def choices(self) -> list[str]:
        return list(self._graph)

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str", "choices": self.choices}

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

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "choices": self.choices}

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
    type: FieldType = PLAIN
    create_only: bool = False
    # Graph reports it only when one object is read, never in a list.
    not_in_lists: bool = False
    # Whether an item of a list, or a complex value, makes no sense without it.
    required: bool = False
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


def named(field_type: FieldType, *graph: str) -> tuple[Field, ...]:
    """Return a field for each Graph property, with the option named alike in snake_case."""
    return tuple(Field(snake_case(name), name, field_type) for name in graph)


def shapes_of(fields: Iterable[Field]) -> dict[str, Shape]:
    """Return the shape of each property that a field sets."""
    return {field.graph: field.type.shape for field in fields}


# ansible-test asks for a decision about options with names like these; secrets are of the kind Secret.
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
        for field, item in self._given(value):
            try:
                field.type.check(item)
            except ValueError as error:
                raise ValueError(f"{field.option} {error}") from None

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        for field in self.fields:
            yield from field.type.linked((value or {}).get(field.graph))

    def references(self, value: Any) -> list[Reference]:
        return [ref for field, item in self._given(value) for ref in field.type.references(item)]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        current = current if isinstance(current, dict) else {}
        encoded: dict[str, Any] = dict(self.defaults)
        encoded.update({key: item for key, item in current.items() if "@" not in key and item is not None})
        if self.odata_type:
            encoded["@odata.type"] = self.odata_type
        for field, item in self._given(value):
            encoded[field.graph] = field.type.encode(item, current.get(field.graph), ids)
        return encoded

    def equal(self, desired: Any, current: Any) -> bool:
        # A part that Graph leaves out, or has null for, has its default.
        present = {
            **self.defaults,
            **{key: item for key, item in (current if isinstance(current, dict) else {}).items() if item is not None},
        }
        types = {field.graph: field.type for field in self.fields}
        return all(
            types.get(key, PLAIN).equal(item, present.get(key))
            for key, item in (desired or {}).items()
            if "@" not in key
        )

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        if not isinstance(value, dict):
            return value
        declared = declared if isinstance(declared, dict) else {}
        shown = {}
        for field in self.fields:
            # An empty list and none are the same to Graph.
            if value.get(field.graph) not in (None, []):
                shown[field.option] = field.type.show(value[field.graph], ids, declared.get(field.option))
        return shown

    def _given(self, value: Any) -> Iterable[tuple[Field, Any]]:
        return [(field, value[field.option]) for field in self.fields if (value or {}).get(field.option) is not None]


def _pair_up(choices: Sequence[Sequence[int]]) -> bool:
    """Whether each may have one of its choices for itself: an item with few parts given is equal to many."""
    owners: dict[int, int] = {}

    def settle(item: int, tried: set[int]) -> bool:
        for choice in choices[item]:
            if choice not in tried:
                tried.add(choice)
                if choice not in owners or settle(owners[choice], tried):
                    owners[choice] = item
                    return True
        return False

    return all(settle(item, set()) for item in range(len(choices)))


class ComplexList(FieldType):
    """A list of complex values; the whole list is declared. Within an item of a list with a key, only what the user
    gave counts.
    """

    def __init__(self, item: Complex, ordered: bool = True, maximum: int | None = None, key: str | None = None) -> None:
        super().__init__("list")
        self.shape = [item.shape]
        self.item = item
        self.ordered = ordered
        self.maximum = maximum
        # The Graph property by which an item is known again: its undeclared parts are kept.
        self.key = key

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "dict", "options": arguments(self.item.fields)}

    def check(self, value: Any) -> None:
        if self.maximum is not None and len(value or []) > self.maximum:
            raise ValueError(f"has {len(value)} entries, and Graph takes at most {self.maximum}")
        for item in value or []:
            self.item.check(item)

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        for item in value or []:
            yield from self.item.linked(item)

    def references(self, value: Any) -> list[Reference]:
        return [ref for item in value or [] for ref in self.item.references(item)]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        encoded = [self.item.encode(item, None, ids) for item in value]
        if self.key:
            # Each known item once: a key may be there twice, and then the item that is said already is meant.
            # What says most is settled first: what says little is like all of them.
            remaining = list(current or [])
            for place, (item, sent) in sorted(enumerate(zip(value, encoded)), key=lambda entry: -len(entry[1][1])):
                alike = [have for have in remaining if have.get(self.key) == sent[self.key]]
                present = next((have for have in alike if self.item.equal(sent, have)), alike[0] if alike else None)
                encoded[place] = self.item.encode(item, present, ids)
                remaining = [have for have in remaining if have is not present]
        return encoded

    def equal(self, desired: Any, current: Any) -> bool:
        desired, current = list(desired or []), list(current or [])
        if len(desired) != len(current):
            return False
        if self.ordered:
            return all(self._is(want, have) for want, have in zip(desired, current))
        return _pair_up([[place for place, have in enumerate(current) if self._is(want, have)] for want in desired])

    def _is(self, desired: Any, current: Any) -> bool:
        # Without a key, an item is sent anew: what it does not say would be gone.
        unsaid = {} if self.key else dict.fromkeys(field.graph for field in self.item.fields)
        return self.item.equal({**unsaid, **desired}, current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return [self.item.show(item, ids) for item in value or []]


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
        return {item.get(self.key): item.get(self.value) or "" for item in value or []}


def scalar_text(value: Any) -> str:
    """Return a scalar as Graph's string-typed values hold it: true, not True, and nothing for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class Encoded(FieldType):
    """A document that Graph holds as base64: compared decoded, so its spelling does not matter.

    parse returns the meaning of the text (any comparable value) and raises ValueError when it is none.
    """

    def __init__(self, parse: Callable[[str], Any] = str) -> None:
        super().__init__()
        self.parse = parse

    def check(self, value: Any) -> None:
        if not value:
            return
        try:
            self.parse(str(value))
        except ValueError as error:
            raise ValueError(f"cannot be used: {error}") from None

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
            # In lines of 76 characters, and with a byte order mark, it is the same document.
            return base64.b64decode("".join(value.split()), validate=True).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return str(value)


def distinct(value: Any, *types: type) -> Any:
    """Return a value in which members of types are told apart from others that Python holds equal: True is 1, and 1 is
    1.0.
    """
    if isinstance(value, Mapping):
        return {key: distinct(item, *types) for key, item in value.items()}
    if isinstance(value, list):
        return [distinct(item, *types) for item in value]
    return (type(value), value) if isinstance(value, types) else value


def parse_plist(text: str) -> Any:
    """Return the meaning of a property list, given whole or as its bare <dict>; integer and real differ in it.

    Raises ValueError when the text is no property list.
    """
    import plistlib

    body = text.strip()
    if "<plist" not in body:
        body = '<plist version="1.0">' + body + "</plist>"
    try:
        return distinct(plistlib.loads(body.encode()), bool, float)
    except Exception as error:  # plistlib lets expat's and its own errors through
        raise ValueError(f"it is not a property list: {error}") from None


def parse_json(text: str) -> Any:
    """Return the meaning of a JSON document, in which 1 and 1.0 are one number. Raises ValueError when it is none."""
    try:
        return distinct(json.loads(text), bool)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from None


def parse_xml(text: str) -> Any:
    """Return the meaning of an XML document: its canonical form. Raises ValueError when it is none."""
    from xml.etree import ElementTree

    try:
        return ElementTree.canonicalize(text.strip(), strip_text=True)
    except (ElementTree.ParseError, RecursionError) as error:
        raise ValueError(f"it is not XML: {error}") from None


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

    def equal(self, desired: Any, current: Any) -> bool:
        return _lower_set(desired or self.default) == _lower_set(current or self.default)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(ids.name_of(self.reference_type, item) for item in value or [])


def _lower_set(values: Sequence[str] | None) -> set[str]:
    return {str(value).lower() for value in values or ()}
