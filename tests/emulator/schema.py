# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's schema as data (``contract/*.json``): which bodies are well formed, and what the server fills in."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .messages import Json

GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
UNSET_DATE = "0001-01-01T00:00:00Z"
_DURATION = re.compile(r"^-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$")


class BodyError(Exception):
    """A body that does not fit the schema; the text is what Graph's OData layer would say."""


@dataclass(frozen=True)
class Property:
    name: str
    type: str
    collection: bool
    nullable: bool | None
    readonly: bool

    @property
    def kind(self) -> str:
        return self.type.partition(":")[0]

    @property
    def target(self) -> str:
        return self.type.partition(":")[2]


@dataclass(frozen=True)
class Navigation:
    name: str
    type: str
    collection: bool


# An entity that beta's packages call a complex value and v1.0's a link.
_LINKED = "authenticationStrengthPolicy"


def _linked(entry: Json) -> Json:
    properties = entry.get("properties", {})
    linked = {name: {"type": _LINKED} for name, each in properties.items() if each["type"] == f"complex:{_LINKED}"}
    kept = {name: each for name, each in properties.items() if name not in linked}
    return {**entry, "properties": kept, "navigation": {**(entry.get("navigation") or {}), **linked}}


class Contract:
    """One version's schema. Type names are camelCase without the ``microsoft.graph.`` prefix."""

    def __init__(self, data: Json) -> None:
        self._types: dict[str, Json] = {name: _linked(entry) for name, entry in data["types"].items()}
        self.enums: dict[str, Json] = data["enums"]
        self._properties: dict[str, dict[str, Property]] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        self._by_lower = {name.lower(): name for name in self._types}

    @classmethod
    def load(cls, path: Path) -> Contract:
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def names(self) -> list[str]:
        return list(self._types)

    def has_type(self, name: str) -> bool:
        return name in self._types

    def abstract(self, name: str) -> bool:
        return bool(self._types[name].get("abstract"))

    def bases(self, name: str) -> tuple[str, ...]:
        """The type itself and all its bases, nearest first."""
        if name not in self._bases:
            chain = []
            current: str | None = name
            while current and current in self._types:
                chain.append(current)
                current = self._types[current].get("base")
            self._bases[name] = tuple(chain)
        return self._bases[name]

    def is_a(self, name: str, base: str) -> bool:
        return base in self.bases(name)

    def properties(self, name: str) -> dict[str, Property]:
        if name not in self._properties:
            merged: dict[str, Property] = {}
            for owner in reversed(self.bases(name)):
                for key, value in self._types[owner].get("properties", {}).items():
                    merged[key] = Property(
                        key,
                        value["type"],
                        bool(value.get("collection")),
                        value.get("nullable"),
                        bool(value.get("readonly")),
                    )
            merged.setdefault("id", Property("id", "string", False, False, True))
            self._properties[name] = merged
        return self._properties[name]

    def navigation(self, name: str) -> dict[str, Navigation]:
        merged: dict[str, Navigation] = {}
        for owner in reversed(self.bases(name)):
            for key, value in (self._types[owner].get("navigation") or {}).items():
                merged[key] = Navigation(key, value["type"], bool(value.get("collection")))
        return merged

    def resolve(self, annotation: object, declared: str) -> str:
        """The type an ``@odata.type`` annotation names; raises BodyError when it cannot stand for ``declared``."""
        if not isinstance(annotation, str):
            raise BodyError("The 'odata.type' instance annotation value is not a valid type name.")
        name = annotation.removeprefix("#").removeprefix("microsoft.graph.")
        if name not in self._types or not annotation.removeprefix("#").startswith("microsoft.graph."):
            raise BodyError(
                f"A type named '{annotation.removeprefix('#')}' could not be resolved by the model. "
                "When a model is available, each type name must resolve to a valid type."
            )
        if not self.is_a(name, declared):
            raise BodyError(
                f"A type with name 'microsoft.graph.{name}' was found, but it is not assignable to the "
                f"expected type 'microsoft.graph.{declared}'."
            )
        return name

    def cast(self, segment: str) -> str | None:
        """Return the type of a cast segment such as microsoft.graph.device or graph.device, or None."""
        for prefix in ("microsoft.graph.", "graph."):
            if segment.lower().startswith(prefix):
                return self._by_lower.get(segment[len(prefix) :].lower())
        return None


@dataclass(frozen=True)
class Rules:
    """How strictly a body is read. allow names read-only or navigation properties that this operation takes."""

    create: bool
    type_required: bool = False
    allow: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()


class Validator:
    """Checks bodies against one contract and brings them to the form in which they are stored."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def entity(self, body: object, declared: str, rules: Rules) -> tuple[str, dict[str, Json], dict[str, list[str]]]:
        """(concrete type, values, ``@odata.bind`` urls by navigation property). Raises BodyError."""
        if not isinstance(body, dict):
            raise BodyError(
                "An unexpected 'PrimitiveValue' node was found when reading from the JSON reader. A "
                "'StartObject' node was expected."
            )
        name = self._type_of(body, declared, rules.type_required)
        if self.contract.abstract(name):
            raise BodyError(f"Cannot create an instance of the abstract type 'microsoft.graph.{name}'.")
        values: dict[str, Json] = {}
        binds: dict[str, list[str]] = {}
        for key, value in body.items():
            if key == "@odata.type":
                continue
            if key.endswith("@odata.bind"):
                binds[key.removesuffix("@odata.bind")] = self._bind(name, key.removesuffix("@odata.bind"), value)
            elif key in self.contract.navigation(name) and key in rules.allow:
                values[key] = self._inline(self.contract.navigation(name)[key], value)
            else:
                values[key] = self._property(name, key, value, rules)
        if rules.create:
            self._check_required(name, values, rules)
        return name, values, binds

    def complex(self, value: object, declared: str, where: str) -> dict[str, Json]:
        if not isinstance(value, dict):
            raise BodyError(
                f"An unexpected value was found for '{where}': an object of type 'microsoft.graph.{declared}' "
                "was expected."
            )
        name = self._type_of(value, declared, self.contract.abstract(declared))
        if self.contract.abstract(name):
            raise BodyError(f"Cannot create an instance of the abstract type 'microsoft.graph.{name}' for '{where}'.")
        result: dict[str, Json] = {"@odata.type": f"#microsoft.graph.{name}"}
        properties = {key: item for key, item in self.contract.properties(name).items() if key != "id"}
        for key, item in value.items():
            if key == "@odata.type":
                continue
            if key in self.contract.navigation(name):
                result[key] = self._linked(item, f"{where}/{key}")
                continue
            result[key] = self._value(self._known(properties, name, key), item, f"{where}/{key}")
        for key, entry in properties.items():
            if key not in result and entry.nullable is False and entry.type == "string" and not entry.collection:
                raise BodyError(f"Property '{key}' of '{where}' is required and was not sent.")
        return self.filled(name, result, declared) | {
            key: result[key] for key in self.contract.navigation(name) if key in result
        }

    @staticmethod
    def _linked(value: object, where: str) -> Json:
        """A link within a complex value: its id, and nothing else that the service shows of it."""
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) != {"id"} or not GUID.match(str(value["id"])):
            raise BodyError(f"The value of '{where}' must be an object with nothing but an id.")
        return dict(value)

    def filled(self, name: str, values: dict[str, Json], declared: str | None = None) -> dict[str, Json]:
        """``values`` with what the service returns for the properties that were not sent."""
        result: dict[str, Json] = {}
        if declared is not None and declared != name:
            result["@odata.type"] = f"#microsoft.graph.{name}"
        # Every flag of a minimum version comes back, those the schema says nothing about included.
        flags = name.endswith("MinimumOperatingSystem")
        for key, entry in self.contract.properties(name).items():
            if key == "id" and key not in values:
                continue
            default = False if flags else self.default(entry)
            result[key] = values.get(key, default)
        return result

    def default(self, entry: Property) -> Json:
        if entry.collection:
            return []
        if entry.nullable is not False:
            return None
        if entry.kind == "enum":
            return self.contract.enums[entry.target]["members"][0]
        if entry.kind == "complex":
            return None if self.contract.abstract(entry.target) else self.filled(entry.target, {})
        simple: dict[str, Json] = {
            "boolean": False,
            "int32": 0,
            "int64": 0,
            "double": 0.0,
            "string": "",
            "datetime": UNSET_DATE,
            "guid": ZERO_GUID,
        }
        return simple.get(entry.type)

    # -- parts -------------------------------------------------------------------------------------------------

    def _type_of(self, body: dict[str, Any], declared: str, required: bool) -> str:
        if "@odata.type" in body:
            return self.contract.resolve(body["@odata.type"], declared)
        if required:
            raise BodyError(
                "Must specify valid information for parsing in the string: '@odata.type' is required for "
                f"'microsoft.graph.{declared}'."
            )
        return declared

    @staticmethod
    def _known(properties: dict[str, Property], name: str, key: str) -> Property:
        if key not in properties:
            raise BodyError(
                f"The property '{key}' does not exist on type 'microsoft.graph.{name}'. "
                "Make sure to only use property names that are defined by the type or mark the type as open type."
            )
        return properties[key]

    def _bind(self, name: str, navigation: str, value: object) -> list[str]:
        if navigation not in self.contract.navigation(name):
            raise BodyError(
                f"The property '{navigation}' does not exist on type 'microsoft.graph.{name}', so "
                f"'{navigation}@odata.bind' cannot be used."
            )
        urls = [value] if isinstance(value, str) else value
        if self.contract.navigation(name)[navigation].collection is isinstance(value, str):
            raise BodyError(
                f"The value of '{navigation}@odata.bind' must be "
                f"{'an array of URLs' if isinstance(value, str) else 'one URL'}."
            )
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise BodyError(f"The value of '{navigation}@odata.bind' is not a URL.")
        return urls

    def _inline(self, navigation: Navigation, value: object) -> Json:
        if not isinstance(value, list):
            raise BodyError(f"Navigation property '{navigation.name}' takes an array.")
        rules = Rules(create=True, allow=frozenset(self.contract.navigation(navigation.type)))
        items = []
        for item in value:
            name, values, _binds = self.entity(item, navigation.type, rules)
            items.append(self.filled(name, values) | {key: values[key] for key in values})
        return items

    def _property(self, name: str, key: str, value: object, rules: Rules) -> Json:
        entry = self._known(self.contract.properties(name), name, key)
        if entry.readonly and key not in rules.allow:
            # The portal sends the zero GUID as id at create [terraform provider's capture]; any other id is refused.
            if not (key == "id" and rules.create and value == ZERO_GUID):
                raise BodyError(f"Property '{key}' on type 'microsoft.graph.{name}' is read-only and cannot be set.")
        return self._value(entry, value, key)

    def _check_required(self, name: str, values: dict[str, Json], rules: Rules) -> None:
        for key, entry in self.contract.properties(name).items():
            text = entry.type in ("string", "binary") and not entry.collection
            needed = key in rules.required or (text and entry.nullable is False and not entry.readonly)
            if needed and (values.get(key) is None or values[key] == ""):
                raise BodyError(
                    f"Property '{key}' of 'microsoft.graph.{name}' is required at creation and must not be empty."
                )

    def _value(self, entry: Property, value: object, where: str) -> Json:
        if value is None:
            if entry.nullable is False:
                raise BodyError(
                    f"A null value was found for the property named '{where}', which has the expected type "
                    f"'{entry.type}[Nullable=False]'."
                )
            return None
        if not entry.collection:
            return self._single(entry, value, where)
        if not isinstance(value, list):
            raise BodyError(f"A 'StartArray' node was expected for the collection property '{where}'.")
        if any(item is None for item in value):
            raise BodyError(f"A null value was found in the collection property '{where}'.")
        return [self._single(entry, item, where) for item in value]

    def _single(self, entry: Property, value: object, where: str) -> Json:
        if entry.kind == "complex":
            return self.complex(value, entry.target, where)
        if entry.kind == "enum":
            return self._enum(entry.target, value, where)
        if not _fits(entry.type, value):
            raise BodyError(
                f"Cannot convert the literal '{_shown(value)}' of property '{where}' to the expected type "
                f"'Edm.{entry.type}'."
            )
        return value

    def _enum(self, name: str, value: object, where: str) -> str:
        enum = self.contract.enums[name]
        parts = [part.strip() for part in value.split(",")] if isinstance(value, str) and enum.get("flags") else [value]
        if not isinstance(value, str) or any(part not in enum["members"] for part in parts):
            raise BodyError(
                f"Requested value '{_shown(value)}' of property '{where}' was not found in enum "
                f"'microsoft.graph.{name}'."
            )
        return value


def _shown(value: object) -> str:
    """A refused value, cut short: an error must not repeat a whole secret or payload."""
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:20] + "..."


def _fits(edm: str, value: object) -> bool:
    if edm == "boolean":
        return isinstance(value, bool)
    if edm in ("int32", "int64"):
        limit = 2**31 if edm == "int32" else 2**63
        return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    if edm == "double":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if edm == "untyped":
        return True
    return isinstance(value, str) and _text_fits(edm, value)


def _text_fits(edm: str, value: str) -> bool:
    if edm == "guid":
        return bool(GUID.match(value))
    if edm == "duration":
        return bool(_DURATION.match(value))
    if edm == "binary":
        return _is_base64(value)
    if edm in ("datetime", "date", "time"):
        return _is_time(edm, value)
    return True


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_time(edm: str, value: str) -> bool:
    if edm == "date":
        return bool(re.match(r"^\d{4}-\d{2}-\d{2}$", value))
    if edm == "time":
        return bool(re.match(r"^\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?$", value))
    match = re.match(r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,7})?(Z|[+-]\d{2}:\d{2})$", value)
    if not match:
        return False
    try:
        datetime.fromisoformat(match.group(1))
    except ValueError:
        return False
    return True
