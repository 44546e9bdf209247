# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What app configurations hold: keys and values, property lists, managed properties."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .._engine.complex_fields import KeyValues
from .._engine.encoded_fields import Encoded, parse_plist, scalar_text, with_types
from .._engine.errors import InvalidOptions
from .._engine.fields import MASK, FieldType, check_keys
from .._engine.names import snake_case
from .._engine.options import Spec, section_options
from .._engine.references import ResolvedNames
from .._engine.resource import ObjectType
from .._graph.shapes import Shape

SETTING_TYPES = {
    "string": "stringType",
    "integer": "integerType",
    "real": "realType",
    "boolean": "booleanType",
    "token": "tokenType",
}


_FORMS = {
    "integer": re.compile("-?[0-9]+"),
    "real": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"),
    "boolean": re.compile("true|false", re.IGNORECASE),
}


_WORDS = {"integer": "a whole number", "real": "a number such as 1.5", "boolean": "true or false"}


_SETTINGS: Shape = [{"appConfigKey": str, "appConfigKeyType": str, "appConfigKeyValue": str}]


class Settings(FieldType):
    """Key, type and value of an iOS app's configuration; Graph holds every value as text."""

    shape = _SETTINGS
    may_be_secret = True

    def argument(self) -> dict[str, Any]:
        setting = {
            # The name of a setting, not a secret.
            "key": {"type": "str", "required": True, "no_log": False},
            "type": {"type": "str", "choices": list(SETTING_TYPES), "default": "string"},
            "value": {"type": "raw"},
            "secret_value": {"type": "str", "no_log": True},
        }
        return {"type": "list", "elements": "dict", "options": setting}

    def check(self, value: Any) -> None:
        keys = [item["key"] for item in value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"has keys more than once: {', '.join(twice)}")
        check_keys(item["key"] for item in value)
        for item in value:
            _check_setting(item)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return [
            {
                "appConfigKey": item["key"],
                "appConfigKeyType": SETTING_TYPES[item.get("type") or "string"],
                "appConfigKeyValue": scalar_text(_value(item)),
            }
            for item in value
        ]

    def equal(self, desired: Any, current: Any) -> bool:
        return _settings_by_key(desired) == _settings_by_key(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        plain = {item["key"] for item in declared or [] if item.get("secret_value") is None}
        secret = {item["key"] for item in declared or []} - plain
        shown = []
        for item in sorted(value or [], key=lambda item: str(item.get("appConfigKey"))):
            key = item.get("appConfigKey")
            option = "secret_value" if key in secret else "value"
            # Graph does not show which values are secret: only what the task declares in plain text is shown.
            text = item.get("appConfigKeyValue") if key in plain else MASK
            shown.append({"key": key, "type": _setting_type(item), option: text})
        return shown

    def newer(self, value: Any) -> Iterable[str]:
        found = [(item, _setting_type(item)) for item in value or []]
        return [str(item.get("appConfigKey")) for item, value_type in found if value_type not in SETTING_TYPES]

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return [_declared_setting(item) for item in value or []]


def _declared_setting(item: Mapping[str, Any]) -> dict[str, Any]:
    setting_type, text = _setting_type(item), item.get("appConfigKeyValue") or ""
    value = str(_number(text)) if setting_type == "integer" else text
    return {"key": item.get("appConfigKey"), "type": setting_type, "value": value}


def _setting_type(item: Mapping[str, Any]) -> str:
    """Return the type of a setting as the option has it; a service may write it in another letter case."""
    graph = str(item.get("appConfigKeyType"))
    return next(
        (option for option, member in SETTING_TYPES.items() if member.lower() == graph.lower()), snake_case(graph)
    )


_PLIST = re.compile(r"<plist[^>]*>(.*)</plist>", re.DOTALL)


class SettingsXml(Encoded):
    """encodedSettingXml: base64 of the bare <dict> of a property list [graph facts: app configuration]."""

    may_be_secret = True

    def __init__(self) -> None:
        super().__init__(parse_plist)

    def check(self, value: Any) -> None:
        super().check(value)
        if value and not isinstance(parse_plist(value), dict):
            raise ValueError("must be a property list of a <dict>")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        document = _PLIST.search(str(value or ""))
        return super().encode(document.group(1).strip() if document else value, current, ids)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        # As with settings, values are shown of keys only that the task itself gives.
        text = self.text(value)
        return text if not text or _keys(text) <= _keys(declared or "") else MASK

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return self.text(value)


def _keys(settings_xml: str) -> set[str]:
    """The keys of a property list; of what is none, all of it."""
    with suppress(ValueError):
        document = parse_plist(settings_xml)
        if isinstance(document, dict):
            return set(document)
    return {settings_xml}


def _value(item: Mapping[str, Any]) -> Any:
    return item["secret_value"] if item.get("secret_value") is not None else item.get("value", "")


def _settings_by_key(settings: Sequence[Mapping[str, Any]] | None) -> dict[Any, tuple[str, Any]]:
    types = [str(item.get("appConfigKeyType")).lower() for item in settings or []]
    return {
        item.get("appConfigKey"): (value_type, _typed(value_type, item.get("appConfigKeyValue")))
        for item, value_type in zip(settings or [], types)
    }


def _typed(value_type: str, value: Any) -> Any:
    """The meaning of a value: 1.0 and 1.00, True and true are the same."""
    if value_type in ("integertype", "realtype"):
        return _number(value)
    return str(value or "").lower() if value_type == "booleantype" else value or ""


def _number(value: Any) -> Any:
    """A number however it is written; what is none stays as it is."""
    with suppress(TypeError, ValueError):
        number = float(value)
        return int(value) if str(value).lstrip("-").isdigit() else int(number) if number.is_integer() else number
    return value


@dataclass(frozen=True)
class Declared:
    """Keys and values as the user declared them, secret ones among them."""

    values: Mapping[str, Any]
    secret_keys: frozenset[str]
    product_id: str | None = None

    @property
    def plain_keys(self) -> set[str]:
        return set(self.values) - self.secret_keys


def sections_with_secrets(types: Iterable[ObjectType], names: Sequence[str]) -> Spec:
    """The suboptions of types, in which each dictionary that may hold secrets has another beside it for these."""
    sections = section_options(*types)
    for section in sections.values():
        for name in names:
            if name in section["options"]:
                section["options"][f"secret_{name}"] = {"type": "dict", "no_log": True}
    return sections


def check_secret_options(section: str, options: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse a key with a plain and a secret value. Raises InvalidOptions."""
    for name in names:
        both = sorted(set(options.get(name) or {}) & set(options.get(f"secret_{name}") or {}))
        if both:
            raise InvalidOptions(
                f"{section}: in {name} and in secret_{name}: {', '.join(both)}. This task wrote nothing."
            )


def with_secrets(options: Mapping[str, Any], names: Iterable[str], package_id: str | None = None) -> dict[str, Any]:
    """Return the options of a section with plain and secret values in one."""
    merged = dict(options)
    for name in names:
        plain, secret = options.get(name), options.get(f"secret_{name}")
        if plain is not None or secret is not None:
            merged[name] = Declared({**(plain or {}), **(secret or {})}, frozenset(secret or {}), package_id)
    return merged


class ManagedProperties(FieldType):
    """payloadJson: base64 of a managed configuration of Android Enterprise [graph facts: app configuration]."""

    may_be_secret = True

    def __init__(self) -> None:
        super().__init__("dict")

    def check(self, value: Declared) -> None:
        check_keys(value.values)
        unfit = sorted(_unfit_lists(value.values))
        if unfit:
            raise ValueError(
                f"must have lists of single values or of dictionaries, which is not so for: {', '.join(unfit)}"
            )

    def encode(self, value: Declared, current: Any, ids: ResolvedNames) -> Any:
        product_id = value.product_id or document_of(current).get("productId") or ""
        return payload(value.values, product_id)

    def equal(self, desired: Any, current: Any) -> bool:
        return bool(with_types(properties_of(desired), bool) == with_types(properties_of(current), bool))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        plain = declared.plain_keys if isinstance(declared, Declared) else set()
        return {key: item if key in plain else MASK for key, item in sorted(properties_of(value).items())}

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return properties_of(value)


def payload(values: Mapping[str, Any], product_id: str) -> str:
    document = {
        "kind": "androidenterprise#managedConfiguration",
        "productId": product_id,
        "managedProperty": [_property(key, item) for key, item in values.items()],
    }
    return base64.b64encode(json.dumps(document).encode()).decode()


def _unfit_lists(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of lists for which there is no form."""
    for key, value in values.items():
        parts = value if isinstance(value, (list, tuple)) else [value] if isinstance(value, Mapping) else []
        bundles = [part for part in parts if isinstance(part, Mapping)]
        if len(bundles) not in (0, len(parts)) or any(isinstance(part, (list, tuple)) for part in parts):
            yield str(key)
        for bundle in bundles:
            yield from (f"{key}.{name}" for name in _unfit_lists(bundle))


def _property(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": key, "valueBool": value}
    if isinstance(value, int):
        return {"key": key, "valueInteger": value}
    if isinstance(value, Mapping):
        return {"key": key, "valueBundle": {"managedProperty": [_property(name, item) for name, item in value.items()]}}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, Mapping) for item in value):
            bundles = [{"managedProperty": [_property(name, inner) for name, inner in item.items()]} for item in value]
            return {"key": key, "valueBundleArray": bundles}
        return {"key": key, "valueStringArray": [scalar_text(item) for item in value]}
    return {"key": key, "valueString": scalar_text(value)}


def document_of(encoded: Any) -> dict[str, Any]:
    try:
        document = json.loads(Encoded.text(encoded) or "{}")
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def properties_of(encoded: Any) -> dict[str, Any]:
    """Return the managed properties in a payloadJson as a plain mapping."""
    return _plain(document_of(encoded))


def _plain(holder: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    found = holder.get("managedProperty") if isinstance(holder, dict) else None
    for item in found if isinstance(found, list) else ():
        if not isinstance(item, dict):
            continue  # what an app's vendor or another tool wrote is not always what the store documents
        # A service may write the other forms too, as null.
        form: str = next((name for name, value in item.items() if name.startswith("value") and value is not None), "")
        value: Any = item.get(form, "")
        if form == "valueBundle":
            value = _plain(value)
        elif form == "valueBundleArray":
            value = [_plain(bundle) for bundle in (value if isinstance(value, list) else ())]
        elif form == "valueInteger":
            value = _number(value)
        elif form == "valueBool":
            value = str(value).lower() == "true"
        values[str(item.get("key"))] = value
    return values


class CustomSettings(KeyValues):
    """customSettings: names and texts."""

    def check(self, value: Declared) -> None:
        super().check(value.values)

    def encode(self, value: Declared, current: Any, ids: ResolvedNames) -> Any:
        return super().encode(value.values, current, ids)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show(value, ids, dict.fromkeys(declared.plain_keys) if isinstance(declared, Declared) else None)


def _check_setting(item: Mapping[str, Any]) -> None:
    if (item.get("value") is None) == (item.get("secret_value") is None):
        raise ValueError(f"needs exactly one of value and secret_value for '{item['key']}'")
    if isinstance(_value(item), (dict, list)):
        raise ValueError(f"must have a single value for '{item['key']}'; a list or dictionary needs settings_xml")
    value_type, value = item.get("type") or "string", scalar_text(_value(item))
    if value_type in _FORMS and not _FORMS[value_type].fullmatch(value):
        raise ValueError(f"has a value for '{item['key']}' that is no {value_type}: it must be {_WORDS[value_type]}")
