# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What custom profiles hold: Apple's configuration profiles, and OMA settings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from .._engine.encoded_fields import parse_xml, scalar_text, with_types
from .._engine.fields import MASK, FieldType, Number
from .._engine.references import ResolvedNames
from .._engine.text_fields import Pattern, Text
from .._engine.time_fields import Moment
from .._graph.shapes import Shape

# DER of a signed profile begins with a SEQUENCE.
_SIGNED = b"\x30"
# What a profile says of itself and its payloads; everything else may be a secret.
_SHOWN = "Payload"


class MobileConfig(FieldType):
    """payload: base64 of a .mobileconfig file. A property list is compared by its meaning, a signed one by bytes."""

    may_be_secret = True

    def check(self, value: Any) -> None:
        content = _content(value)
        if isinstance(_document(content), dict) or content.startswith(_SIGNED):
            return
        raise ValueError("must be a configuration profile: a property list of a <dict>, or a signed one in base64")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        encoded = base64.b64encode(_content(value)).decode()
        return current if current and self.equal(encoded, current) else encoded

    def equal(self, desired: Any, current: Any) -> bool:
        return bool(_meaning(desired) == _meaning(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        if not value:
            return None
        document = _document(_bytes(value))
        return _masked(document) if isinstance(document, dict) else MASK

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        content = _bytes(value)
        with suppress(UnicodeDecodeError):
            text = content.decode("utf-8-sig")
            if "<plist" in text:
                return text
        return base64.b64encode(content).decode() or None


def _bytes(encoded: Any) -> bytes:
    with suppress(binascii.Error, ValueError):
        return base64.b64decode("".join(str(encoded or "").split()), validate=True)
    return str(encoded).encode()


def _content(value: Any) -> bytes:
    """Return the file that an option holds: bytes, the text of a property list, or base64."""
    if isinstance(value, bytes):
        return value
    return str(value).encode() if "<" in str(value) else _bytes(value)


def _document(content: bytes) -> Any:
    """Return a property list as it is, None for what is none."""
    import plistlib

    # plistlib lets expat's and its own errors through.
    with suppress(Exception):
        return plistlib.loads(content.strip() if content.lstrip()[:1] == b"<" else content)
    return None


def _meaning(encoded: Any) -> Any:
    content = _bytes(encoded)
    document = _document(content)
    return content if document is None else with_types(document, bool, float)


def _masked(value: Any, is_shown: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(item, key.startswith(_SHOWN)) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value if is_shown and isinstance(value, (str, bool, int)) else MASK


# -- OMA settings ------------------------------------------------------------------------------------------------

# The option's type -> the Graph type; the values of some are base64.
_OMA_TYPES = {
    "string": "omaSettingString",
    "integer": "omaSettingInteger",
    "boolean": "omaSettingBoolean",
    "floating_point": "omaSettingFloatingPoint",
    "date_time": "omaSettingDateTime",
    "base64": "omaSettingBase64",
    "string_xml": "omaSettingStringXml",
}
_BY_GRAPH = {graph.lower(): option for option, graph in _OMA_TYPES.items()}
_NAMESPACE = "#microsoft.graph."
_MOMENT = Moment()
_TEXT = Text()
_INTEGER = Number(-(2**31), 2**31 - 1)
_OMA_FORMS = {
    "integer": Pattern(r"-?[0-9]+", "a whole number"),
    "floating_point": Pattern(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", "a number such as 1.5"),
}
Item = Mapping[str, Any]
_OMA_SHAPE: Shape = [{"@odata.type": str, "omaUri": str, "displayName": str, "description": str, "fileName": str}]


class OmaSettings(FieldType):
    """omaSettings: a set of values by their URIs. Graph shows no text, only that there is one
    [graph facts: custom profiles].
    """

    may_be_secret = True
    shape = _OMA_SHAPE

    def argument(self) -> dict[str, Any]:
        setting = {
            "oma_uri": {"type": "str", "required": True},
            "display_name": {"type": "str"},
            "description": {"type": "str"},
            "type": {"type": "str", "choices": list(_OMA_TYPES), "default": "string"},
            "value": {"type": "raw"},
            "secret_value": {"type": "str", "no_log": True},
            "file_name": {"type": "str"},
        }
        return {"type": "list", "elements": "dict", "options": setting}

    def check(self, value: Any) -> None:
        uris = [item["oma_uri"] for item in value]
        twice = sorted({uri for uri in uris if uris.count(uri) > 1})
        if twice:
            raise ValueError(f"has settings more than once: {', '.join(twice)}")
        for item in value:
            try:
                _check_value(item)
            except ValueError as error:
                raise ValueError(f"has a value for '{item['oma_uri']}' that {error}") from None

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        existing = _by_uri(current)
        return [_encoded(item, existing.get(item["oma_uri"], {})) for item in value]

    def equal(self, desired: Any, current: Any) -> bool:
        settings, existing = _by_uri(desired), _by_uri(current)
        is_alike = settings.keys() == existing.keys()
        return is_alike and all(_is_same(item, existing[uri]) for uri, item in settings.items())

    def is_hidden(self, value: Any) -> bool:
        return any(_is_masked(item.get("value")) for item in value or [])

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        plain = {item["oma_uri"] for item in declared or [] if item.get("secret_value") is None}
        return [
            {**item, "value": item["value"] if item["oma_uri"] in plain and not _is_masked(item["value"]) else MASK}
            for item in self.declare(value, ids)
        ]

    def newer(self, value: Any) -> Iterable[str]:
        return [str(item.get("omaUri")) for item in value or [] if _type(item) not in _OMA_TYPES]

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return [_declared(item) for item in sorted(value or [], key=lambda item: str(item.get("omaUri")))]

    def resent(self, value: Any) -> Any:
        """A mask of Graph's is not the value."""
        return None if self.is_hidden(value) else value


def _by_uri(settings: Iterable[Item] | None) -> dict[str, Item]:
    return {str(item.get("omaUri")): item for item in settings or []}


def _is_masked(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and not value.strip("*")


def _type(item: Item) -> str:
    graph = str(item.get("@odata.type")).rpartition(".")[2]
    return _BY_GRAPH.get(graph.lower(), graph)


def _value(item: Item) -> Any:
    return item["secret_value"] if item.get("secret_value") is not None else item.get("value")


def _check_value(item: Item) -> None:
    value, value_type = _value(item), item.get("type") or "string"
    if (item.get("value") is None) == (item.get("secret_value") is None):
        raise ValueError("is missing or declared twice; it needs exactly one of value and secret_value")
    if isinstance(value, (dict, list)):
        raise ValueError("is no single value")
    if _is_masked(value):
        raise ValueError("is a mask of Microsoft Graph, not a value")
    text = scalar_text(value)
    form = _OMA_FORMS.get(value_type)
    if form:
        form.check(text or "nothing")
    if value_type == "integer":
        _INTEGER.check(int(text))
    elif value_type == "boolean" and text.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    elif value_type == "date_time":
        _MOMENT.check(text)
    elif value_type == "string_xml":
        parse_xml(text)
    elif value_type == "base64":
        try:
            base64.b64decode(text, validate=True)
        except ValueError:
            raise ValueError("must be base64, as of the command base64") from None


def _encoded(item: Item, existing: Item) -> dict[str, Any]:
    """Return a setting to send; what is not declared of an existing one is kept."""
    option = item.get("type") or "string"
    parts = {"displayName": item.get("display_name"), "description": item.get("description")}
    if option in ("base64", "string_xml"):
        parts["fileName"] = item.get("file_name")
    kept = {name: text if text is not None else existing.get(name) for name, text in parts.items()}
    if not existing:
        kept["displayName"] = kept["displayName"] or item["oma_uri"]
    return {
        "@odata.type": f"{_NAMESPACE}{_OMA_TYPES[option]}",
        "omaUri": item["oma_uri"],
        "value": _graph_value(option, _value(item)),
        **{name: text for name, text in kept.items() if text is not None},
    }


def _graph_value(option: str, value: Any) -> Any:
    text = scalar_text(value)
    if option == "integer":
        return int(text)
    if option == "floating_point":
        return float(text)
    if option == "boolean":
        return text.lower() == "true"
    if option == "date_time":
        return _MOMENT.encode(text, None, ResolvedNames())
    return base64.b64encode(text.encode()).decode() if option == "string_xml" else text


def _is_same(desired: Item, current: Item) -> bool:
    texts = ("displayName", "description", "fileName")
    if _type(desired) != _type(current) or not all(_TEXT.equal(desired.get(name), current.get(name)) for name in texts):
        return False
    return _is_masked(current.get("value")) or _normal(desired) == _normal(current)


def _normal(item: Item) -> Any:
    option, value = _type(item), item.get("value")
    if option == "date_time":
        return _MOMENT.encode(value, None, ResolvedNames())
    if option in ("base64", "string_xml"):
        return _bytes(value)
    return value


def _declared(item: Item) -> dict[str, Any]:
    option, value = _type(item), item.get("value")
    if option == "string_xml" and not _is_masked(value):
        value = _bytes(value).decode("utf-8", "replace")
    names = {"display_name": "displayName", "description": "description", "file_name": "fileName"}
    return {
        "oma_uri": item.get("omaUri"),
        "type": option,
        **{name: item[graph] for name, graph in names.items() if item.get(graph)},
        "value": value,
    }
