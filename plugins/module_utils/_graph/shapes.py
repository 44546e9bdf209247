# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of an answer, checked once where it enters: nothing behind the session guesses.

A shape is a type (float: any number), a tuple of types, [shape] for a list, or {property: shape} for an object.
Null, or nothing, fits every shape but Required, and null is no item of a list. Each check returns what is wrong, or ""
when all is well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from .odata import is_guid


@dataclass(frozen=True)
class Required:
    shape: Shape


Shape = Union[type, tuple[type, ...], list[Any], Mapping[str, Any], Required]
TEXTS: Shape = [str]

_TARGET: Mapping[str, Shape] = {
    "@odata.type": Required(str),
    "groupId": str,
    "deviceAndAppManagementAssignmentFilterId": str,
    "deviceAndAppManagementAssignmentFilterType": str,
}
_ASSIGNMENTS: Shape = [{"id": str, "intent": str, "source": str, "target": Required(_TARGET), "settings": {}}]
# Read for every object, whatever resource it is of.
_COMMON: Mapping[str, Shape] = {
    "id": str,
    "@odata.type": str,
    "displayName": str,
    "description": str,
    "userPrincipalName": str,
    "deviceId": str,
    "appId": str,
    "assignments": _ASSIGNMENTS,
}
_NAMES = {str: "a text", bool: "a Boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


class Shapes:
    """The properties that the code behind a session relies on."""

    def __init__(self) -> None:
        self._properties: dict[str, list[Shape]] = {}
        # Types of which every value fits: a quick answer for most of the many values of a large list.
        self._fitting: dict[str, set[type]] = {}
        # Collections of which every object has to say its type.
        self._mixed: set[str] = set()
        self.expect(_COMMON)

    def expect(self, properties: Mapping[str, Shape]) -> None:
        """Add properties of objects; one that two resources have in two shapes may have either."""
        for name, shape in properties.items():
            shapes = self._properties.setdefault(name, [])
            if shape not in shapes:
                shapes.append(shape)
            fitting = self._fitting.setdefault(name, {type(None)})
            fitting.update([shape] if isinstance(shape, type) else shape if isinstance(shape, tuple) else ())

    def expect_types(self, path: str) -> None:
        """Expect objects of several types in a collection."""
        self._mixed.add(path.lower())

    def at(self, path: str, body: Mapping[str, Any]) -> str:
        """What an object, or a page of them, has to have because of the path (lower case) that was read."""
        items = [body] if "id" in body or not isinstance(body.get("value"), list) else body["value"]
        if path.endswith("/assignments"):
            wrong = misfit(items, _ASSIGNMENTS, "assignments")
            return wrong and f"did not answer with usable assignments: {wrong}"
        if self._mixed.isdisjoint((path, path.rpartition("/")[0])):
            return ""
        untyped = next((raw for raw in items if not raw.get("@odata.type")), None)
        return f"shows {untyped.get('id')} without a type (@odata.type)" if untyped is not None else ""

    def single(self, body: object) -> str:
        """An object with an id."""
        if not isinstance(body, dict):
            return f"did not answer with an object but with {_called(body)}"
        return self._item(body) and f"did not answer with a usable object: {self._item(body)}"

    def page(self, body: object, with_ids: bool = True) -> str:
        """A page of a list of such objects; with_ids: each has one, as only complex values do not."""
        items = body.get("value") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(items, list) or not all(isinstance(raw, dict) for raw in items):
            return "did not answer with a list of objects"
        link, count = body.get("@odata.nextLink", "none"), body.get("@odata.count")
        if not link or not isinstance(link, str):
            return f"did not answer with a whole list: its @odata.nextLink is {_called(link)}"
        if count is not None and not _fits(count, int):
            return f"did not answer with a whole list: its @odata.count is {_called(count)}"
        wrong = next(filter(None, (self._item(raw if with_ids else {"id": "", **raw}) for raw in items)), "")
        return wrong and f"did not answer with a list of objects: {wrong}"

    def read(self, body: object) -> str:
        """An object or a page."""
        is_page = isinstance(body, dict) and "value" in body and "id" not in body
        return self.page(body, with_ids=False) if is_page else self.single(body)

    def written(self, body: object) -> str:
        """What a write may be answered with: an object or nothing."""
        if body is None:
            return ""
        if not isinstance(body, dict):
            return f"did not answer with an object but with {_called(body)}"
        return self._item({"id": "", **body}) and f"did not answer with a usable object: {self._item(body)}"

    def _item(self, raw: Mapping[str, Any]) -> str:
        if not isinstance(raw.get("id"), str):
            return f"the id is {_called(raw['id'])}" if raw.get("id") is not None else "it has no id"
        for name, value in raw.items():
            fitting = self._fitting.get(name)
            if fitting is not None and type(value) not in fitting:
                wrong = [misfit(value, shape, name) for shape in self._properties[name]]
                if all(wrong):
                    return wrong[0]
        return ""


def another(path: str, body: Mapping[str, Any]) -> str:
    """Return a clause if an object does not have the id, a GUID or A_ or T_ and a GUID, that its path ends with."""
    ids = (path.rpartition("/")[2], str(body.get("id")))
    asked, found = (text.lower().removeprefix("a_").removeprefix("t_") for text in ids)
    return f"answered with another object, {ids[1]}" if "id" in body and is_guid(asked) and found != asked else ""


def misfit(value: object, shape: Shape, name: str) -> str:
    """Return the first part of a value that does not have the shape, as a clause; "" when it fits."""
    if isinstance(shape, Required):
        return f"{name} is null" if value is None else misfit(value, shape.shape, name)
    if value is None or (isinstance(shape, (type, tuple)) and _fits(value, shape)):
        return ""
    if isinstance(shape, list) and isinstance(value, list):
        items = ((item, f"{name}[{place}]") for place, item in enumerate(value))
        found = (f"{at} is null" if item is None else misfit(item, shape[0], at) for item, at in items)
        return next(filter(None, found), "")
    if isinstance(shape, Mapping) and isinstance(value, dict):
        found = (misfit(value.get(key), part, f"{name}.{key}") for key, part in shape.items())
        return next(filter(None, found), "")
    return f"{name} is {_called(value)}"


def _fits(value: object, shape: type | tuple[type, ...]) -> bool:
    types = shape if isinstance(shape, tuple) else (shape,)
    if isinstance(value, bool):
        return bool in types
    return isinstance(value, types) or (isinstance(value, int) and float in types)


def _called(value: object) -> str:
    return "null" if value is None else _NAMES.get(type(value), "of another type")
