# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a task's arguments are secrets, and what a result shows of the arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"  # as Ansible writes it
_NESTED = ("dict", "list", "raw", "json", "jsonarg")
# A shorter text is no secret, and masking it wherever it stands would make messages unreadable.
_SHORTEST = 8
# Ansible quotes a whole value in this one of its messages.
_QUOTED = re.compile(r"^Value '.*' in the sub parameter field", re.DOTALL)
Spec = Mapping[str, Mapping[str, Any]]


def secrets(spec: Spec, params: Mapping[str, Any]) -> set[str]:
    """Every secret value, also of a text that Ansible took for a dictionary, and as it stands in one that is text."""
    found = set(_secrets(spec, params))
    return found | {repr(secret)[1:-1] for secret in found}


def _secrets(spec: Spec, params: Mapping[str, Any]) -> Iterator[str]:
    for name, option in _by_any_name(spec).items():
        value = params.get(name)
        if option.get("no_log"):
            yield from _leaves(value)
            continue
        if not _fits(option, value):
            yield from (leaf for leaf in _leaves(value) if len(leaf) >= _SHORTEST)
        for item in _items(value) if "options" in option else ():
            if isinstance(item, Mapping):
                yield from _secrets(option["options"], item)
            else:
                yield from (leaf for leaf in _leaves(item) if len(leaf) >= _SHORTEST)


def refusal(message: str) -> str:
    """Ansible's messages about arguments that it refuses."""
    return _QUOTED.sub("The value in the sub parameter field", message)


def shown(spec: Spec, params: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, without the value of any option that does not exist or has another shape: it may be a secret."""
    options = _by_any_name(spec)
    return {name: _shown(options[name], value) if name in options else MASK for name, value in params.items()}


def _by_any_name(spec: Spec) -> Spec:
    return {name: option for key, option in spec.items() for name in (key, *option.get("aliases", ()))}


def _shown(option: Mapping[str, Any], value: Any) -> Any:
    if not _fits(option, value):
        return MASK
    if "options" not in option or value is None:
        return value
    items = [shown(option["options"], item) if isinstance(item, Mapping) else MASK for item in _items(value)]
    return items if isinstance(value, list) else items[0]


def _fits(option: Mapping[str, Any], value: Any) -> bool:
    """Whether the value has the shape of the option: a text, number or Boolean where no list or dictionary is asked."""
    option_type = option.get("type", "str")
    if isinstance(value, Mapping):
        return option_type in _NESTED and option_type != "list"
    if isinstance(value, list):
        return option_type in _NESTED and option_type != "dict"
    return True


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(item)
    elif value and not isinstance(value, bool):
        yield str(value)
