# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the modules, and what their code declares."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.mobilesec.intune.plugins.module_utils import _interface as interface
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module

COLLECTION = "mobilesec.intune"
ROOT = Path(interface.__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py") if path.stem != "__init__")
TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "dict": dict,
    "list": list,
    "raw": object,
}
SPEC_KEYS = {
    "type",
    "default",
    "choices",
    "elements",
    "required",
    "aliases",
    "options",
    "no_log",
    "fallback",
    "mutually_exclusive",
    "required_one_of",
}


def declared(module: str) -> Module:
    loaded = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
    assert isinstance(loaded.MODULE, Module)
    return loaded.MODULE


RESOURCE_MODULES = [name for name in MODULES if declared(name).resource and "state" in declared(name).options]


def resource_of(module: str) -> Resource:
    resource = declared(module).resource
    assert resource is not None
    return resource()


def differences(documented: Mapping[str, Any], spec: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield in what the documented options and the argument spec do not agree."""
    for name in sorted(set(documented) ^ set(spec)):
        yield f"{place}{name}: {'only documented' if name in documented else 'not documented'}"
    for name in sorted(set(documented) & set(spec)):
        option, argument = documented[name], spec[name]
        for key, absent in (
            ("type", "str"),
            ("default", None),
            ("choices", None),
            ("elements", None),
            ("required", False),
            ("aliases", []),
        ):
            said, done = option.get(key, absent), argument.get(key, absent)
            if said != done:
                yield f"{place}{name}: {key} is documented as {said!r} and is {done!r}"
        yield from differences(option.get("suboptions") or {}, argument.get("options") or {}, f"{place}{name}.")


def sentences(entry: Mapping[str, Any]) -> list[str]:
    """Return a description, which may be one text or a list."""
    description = entry["description"]
    return [description] if isinstance(description, str) else list(description)


def each_option(options: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, option in options.items():
        yield place + name, option
        yield from each_option(option.get("suboptions") or {}, f"{place}{name}.")
