# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An option that limits a task is refused when it is given and empty, in every module and before any request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins import modules
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.guards import GUARDS, refuse_null
from tests.unit.plugins.modules.in_process import module

Json = dict[str, Any]
MODULES = sorted(path.stem for place in modules.__path__ for path in Path(place).glob("intune_*.py"))


def limits(spec: Json) -> Iterator[tuple[str, Any, str]]:
    """Yield options with an empty value, and what the message has to name."""
    for name, option in spec.items():
        if option.get("choices") or option.get("default") is not None:
            continue
        if option.get("type") in ("str", "path", None) and name in GUARDS:
            yield name, "", name
            yield name, "  ", name
        elif option.get("type") == "list" and option.get("elements") == "str":
            yield name, ["x", ""], f"{name}[1]"
            if name in GUARDS:
                yield name, [], name
        elif option.get("type") == "dict" and name in GUARDS:
            yield name, {}, name
            yield name, dict.fromkeys(option["options"]), name
    for name in spec.get("filters", {}).get("options", {}):
        yield "filters", {name: []}, f"filters.{name}"
    if "assignments" in spec:
        yield "assignments", [{"group": "A"}, {"group": ""}], "assignments[1].group"
        yield "assignments", [{"group": "A", "filter": ""}], "assignments[0].filter"


CASES = [(name, *case) for name in MODULES for case in limits(module(name).options)]


def refused(name: str, options: Json) -> Json:
    """The result of a module that cannot log in: it must not come to that."""
    nowhere = {"graph_url": "https://127.0.0.1:1", "access_token": "x", "retry_timeout": 0, "timeout": 1}
    return module(name).result({**nowhere, **options}, set(), False, False, lambda text: None)


@pytest.mark.parametrize(("name", "option", "value", "named"), CASES)
def test_an_empty_limit_is_refused_before_any_request(name: str, option: str, value: Any, named: str) -> None:
    result = refused(name, {option: value, "state": "absent"})
    assert result["failed"]
    assert result["msg"] == f"{named}: empty. Give a value, or leave it out. This task wrote nothing."


@pytest.mark.parametrize("name", MODULES)
def test_null_is_not_given(name: str) -> None:
    result = refused(name, dict.fromkeys(module(name).options))
    assert "empty. Give a value" not in result.get("msg", "")


def test_every_guard_is_an_option() -> None:
    names = {name for stem in MODULES for name in module(stem).options}
    assert GUARDS - {"group", "filter", "entra_groups"} <= names  # parts of assignments, and the inventory's


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"name": "A", "state": "absent", "created_by": None}, "created_by"),
        ({"name": None, "id": None}, "id, name"),
        ({"name_pattern": None}, "name_pattern"),
        ({"id": "1", "groups": None}, "groups"),
        ({"dest": "x", "filters": {"user_principal_name": None, "model": ["M"]}}, "filters.user_principal_name"),
        ({"dest": "x", "assigned_to": None}, "assigned_to"),
    ],
)
def test_a_limit_that_a_variable_without_a_value_gives_is_refused(arguments: Json, named: str) -> None:
    with pytest.raises(InvalidOptions, match=f"^{named}: empty. Give a value, or leave it out"):
        refuse_null(arguments)


@pytest.mark.parametrize(
    "arguments", [{"name": "A", "id": None, "created_by": None}, {"name": "A", "state": "absent", "id": None}, {}]
)
def test_null_beside_another_limit_is_not_given(arguments: Json) -> None:
    refuse_null(arguments)


def test_a_document_removes_nothing_by_an_empty_limit() -> None:
    for tag in ("", None):
        for state, item in (("absent", {}), ("present", {"state": "absent"})):
            groups = [{"name": "A", "created_by": tag, **item}]
            result = refused("intune_configuration", {"configuration": {"groups": groups}, "src": None, "state": state})
            assert "groups[0]: created_by: empty. Give a value" in result["msg"]
