# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of argument specs that several resources share. The doc fragments describe the options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .fields import arguments
from .resource import ObjectType

Spec = dict[str, Any]


def without_nulls(spec: Mapping[str, Any], values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the options of a task without those that stand empty: Ansible takes null for a value that choices lack."""
    kept = {}
    for name, value in values.items():
        options = spec[name].get("options") if name in spec else None
        if value is None and name in spec:
            continue
        if isinstance(value, str) and spec.get(name, {}).get("type") == "list":
            value = [part.strip() for part in value.split(",")]
        if options and isinstance(value, Mapping):
            value = without_nulls(options, value)
        elif options and isinstance(value, list):
            value = [without_nulls(options, item) if isinstance(item, Mapping) else item for item in value]
        kept[name] = value
    return kept


def by_path(spec: Mapping[str, Any], values: Mapping[Any, Any], above: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the type and the value of what the user gave: options, suboptions, and items of lists."""
    for name, value in values.items():
        option = spec.get(name) or {"type": "raw"}
        is_list = option.get("type") == "list"
        if is_list and isinstance(value, str):
            yield f"{above}{name}", "list", value
        items = value if is_list and isinstance(value, list) else [value]
        for place, item in enumerate(items):
            path = f"{above}{name}[{place}]" if items is value else f"{above}{name}"
            if option.get("options") and isinstance(item, Mapping):
                yield from by_path(option["options"], item, f"{path}.")
            elif not option.get("choices"):
                yield path, option.get("elements" if is_list else "type", "str"), item


def identity_options() -> Spec:
    return {"name": {"type": "str"}, "id": {"type": "str"}}


def state_option() -> Spec:
    return {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}


def resource_options() -> Spec:
    return {
        **state_option(),
        **identity_options(),
        "description": {"type": "str"},
        **removal_options(),
    }


def removal_options() -> Spec:
    return {
        "created_by": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "released_by": {"type": "list", "elements": "str"},
        "unset": {"type": "list", "elements": "str"},
    }


def scope_tag_options() -> Spec:
    return {"scope_tags": {"type": "list", "elements": "str"}}


def assignment_options(**own: Any) -> Spec:
    """The options about assignments; own are further suboptions of an assignment."""
    return {
        "assignments": {
            "type": "list",
            "elements": "dict",
            "options": {
                "group": {"type": "str"},
                "all_devices": {"type": "bool"},
                "all_users": {"type": "bool"},
                "exclude": {"type": "bool"},
                "filter": {"type": "str"},
                "filter_mode": {"type": "str", "choices": ["include", "exclude", "none"]},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                **own,
            },
        },
        "purge_assignments": {"type": "bool", "default": False},
        **empty_option(),
    }


def empty_option() -> Spec:
    return {"allow_empty": {"type": "bool", "default": False}}


def recreate_option() -> Spec:
    return {"recreate": {"type": "bool", "default": False}}


def update_secrets_option() -> Spec:
    return {
        "update_secrets": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False}
    }


def section_options(*types: ObjectType) -> Spec:
    """A suboption for each type that has one, with the options of its fields."""
    return {str(each.section): {"type": "dict", "options": arguments(each.fields)} for each in types if each.section}


def profile_options(*types: ObjectType) -> Spec:
    """What policies, profiles and configurations take: an object of one of the types, and who gets it."""
    return {
        **resource_options(),
        **scope_tag_options(),
        **recreate_option(),
        **assignment_options(),
        **section_options(*types),
    }


def one_section(types: Iterable[ObjectType]) -> Spec:
    """The rules between the options of a resource with a suboption for each type."""
    return {
        "required_one_of": [("name", "id")],
        "mutually_exclusive": [tuple(str(each.section) for each in types)],
    }
