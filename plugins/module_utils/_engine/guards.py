# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that limit what a task is about. Empty, as from a template that ended empty, they would lift the limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible.module_utils.common.validation import check_type_dict

from .._graph import odata
from .errors import InvalidOptions
from .options import by_path
from .references import is_placeholder

GUARDS = frozenset(
    [
        "created_by",
        "name",
        "id",
        "name_pattern",
        "app_id",
        "partner",
        "package_id",
        "bundle_id",
        "dest",
        "src",
        "type",
        "user",
        "device_name",
        "serial_number",
        "azure_ad_device_id",
        "group",
        "filter",
        "groups",
        "entra_groups",
        "filters",
        "assigned_to",
        "resources",
        "root_certificate_path",
    ]
)
# Options whose parts are looked at too.
_NESTED = frozenset(("filters", "look_up", "assignments"))
_TEXTS = ("str", "path")
_LIST_IN_TEXT = re.compile(r"""\s*\[\s*(["'{].*)?\]\s*""", re.DOTALL)
# Options without which a task is about more objects. Null is as good as left out in any other.
_NARROWING = frozenset(("groups", "filters", "assigned_to", "resources"))


def refuse_empty(params: Mapping[str, Any]) -> None:
    """Refuse a limit that is declared and empty, and empty entries of lists. Raises InvalidOptions."""
    _refuse(list(_empty("", params)))


def refuse_null(arguments: Mapping[str, Any]) -> None:
    """Refuse a limit that is null, among arguments as the user gave them: a variable without a value gives that.
    Raises InvalidOptions.
    """
    filters = arguments.get("filters")
    declared = GUARDS.intersection(arguments)
    null = {name for name in declared if arguments[name] is None}
    # An option to find an object by may be null beside another one.
    found = null if null == declared and "state" not in arguments else null & _NARROWING
    if arguments.get("state") == "absent":
        found |= null & {"created_by"}
    parts = filters.items() if isinstance(filters, Mapping) else ()
    _refuse([*sorted(found), *(f"filters.{name}" for name, value in parts if value is None)])


def unknown_options(values: Iterable[Any], allowed: Iterable[str], otherwise: str = "") -> str:
    """Return a sentence about names that no option has, with the most similar options, or otherwise; empty without
    such names.
    """
    names = list(allowed)
    unknown = sorted(map(str, set(values) - set(names)))
    similar = [hit for name in unknown for hit in get_close_matches(name, names, 1)]
    hint = f" Did you mean {', '.join(similar)}?" if similar else otherwise
    return f"There is no option {', '.join(unknown)}.{hint}" if unknown else ""


def refuse_wrong_forms(spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Refuse values of another form than their options take. Ansible would send "['a']", or "False" for no, and its
    own messages about texts do not name the option. Raises InvalidOptions.
    """
    found = [
        sentence
        for path, option_type, value in by_path(spec, arguments)
        for sentence in _wrong(path, option_type, value)
    ]
    if found:
        raise InvalidOptions(" ".join([*found, "This task wrote nothing."]))


def _wrong(path: str, option_type: str, value: Any) -> Iterator[str]:
    is_list_in_text = isinstance(value, str) and bool(_LIST_IN_TEXT.fullmatch(value))
    if option_type in _TEXTS and isinstance(value, bool):
        yield f"{path} is {str(value).lower()}, which YAML also makes of yes, no, on and off: quote the text."
    elif option_type in _TEXTS and isinstance(value, (list, Mapping)):
        yield f"{path} takes one text, not a {'list' if isinstance(value, list) else 'dictionary'}."
    elif option_type == "list" and is_list_in_text:
        yield f"{path} is a text with a list in it: use the filter from_json, or -e with JSON for an extra variable."
    elif option_type == "dict" and isinstance(value, str) and not is_list_in_text:
        try:
            check_type_dict(value)
        except TypeError:
            yield f"{path} takes a dictionary of options, not a text."


def numbers_for_texts(spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[str]:
    """Return a warning about each text that YAML made a number: it may have lost a zero."""
    return [
        f"{path} is the number {value}, as which YAML reads {value}0 as well: quote the text."
        for path, option_type, value in by_path(spec, arguments)
        if option_type in _TEXTS and isinstance(value, float)
    ]


def _refuse(found: list[str]) -> None:
    if found:
        raise InvalidOptions(f"{', '.join(found)}: empty. Give a value, or leave it out. This task wrote nothing.")


def refuse_malformed(
    spec: Mapping[str, Any], params: Mapping[str, Any], is_id: Callable[[object], bool] = odata.is_guid
) -> None:
    """Refuse ids that are no ids, user names that are none, and times below zero. Raises InvalidOptions.

    is_id is about the id of the object itself, which some collections write with a prefix.
    """
    filters = params.get("filters") or {}
    ids = {**_texts("", params, "app_id", "azure_ad_device_id"), **_texts("filters.", filters, "azure_ad_device_id")}
    found = [_NO_GUID.format(name, text) for name, text in ids.items() if not odata.is_guid(text)]
    found += [_NO_GUID.format(name, text) for name, text in _texts("", params, "id").items() if not is_id(text)]
    users = {**_texts("", params, "user"), **_texts("filters.", filters, "user_principal_name", "email_address")}
    found += [
        f"{name}: '{text}' is not a user principal name such as user@contoso.com."
        for name, text in users.items()
        if not _USER.fullmatch(text) and not (name == "user" and odata.is_guid(text))
    ]
    # A number with a default says how the task is done, and is no property of an object.
    numbers = {name: params.get(name) for name, argument in spec.items() if "default" in argument}
    found += [
        f"{name} must be at least 0, not {value}."
        for name, value in numbers.items()
        if isinstance(value, int) and value < 0
    ]
    if found:
        raise InvalidOptions(f"{' '.join(found)} This task wrote nothing.")


_NO_GUID = f"{{}}: '{{}}' is not a GUID such as {odata.SAMPLE_GUID}."
_USER = re.compile(r"[^@\s]+@[^@\s]+")


def _texts(path: str, params: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Return the values of options by their places, without those that check mode stands in for."""
    found: dict[str, str] = {}
    for name in names:
        value = params.get(name)
        if isinstance(value, list):
            found.update({f"{path}{name}[{place}]": item for place, item in enumerate(value)})
        elif value:
            found[path + name] = value
    return {place: text for place, text in found.items() if text and not is_placeholder(text)}


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):  # Ansible gives each part that is not declared the value null
        return all(part is None for part in value.values())
    return not value.strip() if isinstance(value, str) else value == []


def _empty(path: str, params: Mapping[str, Any]) -> Iterator[str]:
    for name, value in params.items():
        if (name in GUARDS or path == "filters.") and _is_empty(value):
            yield path + name
        elif name in _NESTED and isinstance(value, Mapping):
            yield from _empty(f"{path}{name}.", value)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if item is None or (isinstance(item, str) and not item.strip()):
                    yield f"{path}{name}[{place}]"
                elif name in _NESTED and isinstance(item, Mapping):
                    yield from _empty(f"{path}{name}[{place}].", item)
