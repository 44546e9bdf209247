# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface function of intune_configuration: a document of the modules' options, checked as the modules do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ._engine.document import Write, reconcile_document
from ._engine.entries import Item
from ._engine.errors import InvalidOptions
from ._engine.guards import numbers_for_texts, refuse_null, refuse_wrong_forms
from ._engine.options import without_nulls
from ._graph.errors import IntuneError
from ._graph.session import GraphSession
from ._resources.table import BY_PLURAL, variable
from ._variables_files import load


def options() -> dict[str, Any]:
    """Return the suboptions of configuration: a list for each resource, under its key or the name of its variable."""
    return {
        key: {"type": "list", "elements": "dict", "aliases": [variable(resource)]}
        for key, resource in BY_PLURAL.items()
    }


def options_with_items() -> dict[str, Any]:
    """Return the same with the options of the items, which show what is secret in them."""
    return {key: {**option, "options": BY_PLURAL[key].argument_spec} for key, option in options().items()}


def prepare(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options with what src holds instead of configuration. Raises InvalidOptions."""
    return params if params["src"] is None else {**params, "configuration": _read(params["src"])}


def configure(session: GraphSession, params: Mapping[str, Any], check_mode: bool, diff_mode: bool) -> dict[str, Any]:
    """Bring a whole tenant to the declared state."""
    items = _items(params["configuration"], params["state"])
    result = reconcile_document(
        session, items, check_mode, diff_mode, lambda writes: _check_permissions(session, writes)
    )
    result["warnings"] = [*result["warnings"], *_numbers(params["configuration"])]
    return result


def _numbers(document: Mapping[str, Any]) -> list[str]:
    """Return a warning about each text in a document that YAML made a number."""
    return [
        f"{key}[{number}].{warning}"
        for key, resource in BY_PLURAL.items()
        for number, item in enumerate(document.get(key) or [])
        for warning in numbers_for_texts(resource.argument_spec, item)
    ]


# -- reading ----------------------------------------------------------------------------------------------------------


def _read(src: str) -> dict[str, list[Any]]:
    """Return what a file, or all YAML files of a folder, declare."""
    names = sorted(os.listdir(src)) if os.path.isdir(src) else [""]
    paths = [os.path.join(src, name) for name in names if not name or name.endswith((".yml", ".yaml"))]
    if not paths:
        raise InvalidOptions(f"src {src} has no YAML files (.yml). Give a folder that intune_export wrote.")
    declared: dict[str, list[Any]] = {}
    for path in paths:
        content = load(path.rstrip(os.sep)) or {}
        if not isinstance(content, dict):
            raise InvalidOptions(f"src {path} is not a dictionary of lists such as intune_apps.")
        for name, items in content.items():
            key = str(name)[len("intune_") :] if str(name).startswith("intune_") else str(name)
            if key not in BY_PLURAL:
                raise InvalidOptions(
                    f"src {path}: '{name}' is not a part of a configuration. Use: {', '.join(BY_PLURAL)}."
                )
            if not isinstance(items or [], list):
                raise InvalidOptions(f"src {path}: {name} is not a list.")
            declared.setdefault(key, []).extend(items or [])
    return declared


# -- checking ---------------------------------------------------------------------------------------------------------


def _items(document: Mapping[str, Any], state: str) -> list[Item]:
    """Check each item with the argument spec of its module. Raises InvalidOptions with all that is wrong."""
    items: list[Item] = []
    wrong: list[str] = []
    for key, resource in BY_PLURAL.items():
        checker = ArgumentSpecValidator(resource.argument_spec, **resource.constraints)
        for number, options_of_item in enumerate(document.get(key) or []):
            place = f"{key}[{number}]"
            if not isinstance(options_of_item, dict):
                wrong.append(f"{place}: this is not a dictionary of the options of intune_{resource.singular}.")
                continue
            checked = checker.validate(without_nulls(resource.argument_spec, options_of_item))
            wrong += [_in_place(place, text) for text in checked.error_messages]
            params = checked.validated_parameters
            is_absent = "absent" in (state, options_of_item.get("state"))
            try:
                refuse_null({**options_of_item, "state": "absent" if is_absent else "present"})
                refuse_wrong_forms(resource.argument_spec, options_of_item)
            except InvalidOptions as error:
                wrong.append(f"{place}: {error}")
            items.append(Item(place, resource, {**params, "state": "absent"} if state == "absent" else params))
    if wrong:
        raise InvalidOptions("\n".join([*wrong, "This task wrote nothing."]))
    return items


_INNER = re.compile(r" found in '?([\w>\- ]+?)'?(?: is (of type .*))?$")


def _in_place(place: str, message: str) -> str:
    """Return an error of Ansible's with the path of the option that it is about."""
    option, supported, supported_options = message.partition(". Supported parameters include: ")
    if supported:
        return f"{place}.{option}: there is no such option. Use: {supported_options}"
    found = _INNER.search(message)
    if not found:
        return f"{place}: {message}"
    path = found[1].replace(" -> ", ".")
    return f"{place}.{path}: {message[: found.start()]}{f' is {found[2]}' if found[2] else ''}"


# -- permissions ------------------------------------------------------------------------------------------------------


def _check_permissions(session: GraphSession, writes: Iterable[Write]) -> None:
    """Refuse before the first write what the login's token does not permit. Raises IntuneError."""
    from ._permissions import check
    from ._permissions import requirements as permissions
    from ._permissions.catalogue import Use

    accesses = dict.fromkeys(permissions.access_of(method, path) for method, path in writes)
    needed = permissions.requirements(Use(access) for access in accesses if access)
    login = check.current(session, needed) if needed else None
    if login and login.missing:
        listed = "; ".join(
            f"to {each.needed_for}: {' or '.join(item.name for item in each.any_of)}" for each in login.missing
        )
        raise IntuneError(
            f"The application lacks permissions for what has to change ({listed}). This task wrote nothing. Grant them "
            f"as {login.type} permissions with admin consent, and run again. {session.login}"
        )
