# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An option that limits a task is refused when it is given and empty, in every module and before any request."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins import modules
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.guards import (
    GUARDS,
    numbers_for_texts,
    refuse_null,
    refuse_wrong_forms,
)
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


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("intune_group", {"name": ["A"]}, "name takes one text, not a list."),
        ("intune_group", {"name": {"a": 1}}, "name takes one text, not a dictionary."),
        (
            "intune_group",
            {"name": False},
            "name is false, which YAML also makes of yes, no, on and off: quote the text.",
        ),
        ("intune_group", {"members": ["a", ["b"]]}, "members[1] takes one text, not a list."),
        ("intune_app", {"assignments": [{"group": True}]}, "assignments[0].group is true"),
        (
            "intune_notification_template",
            {"localized_notification_messages": [{"locale": False, "subject": "s"}]},
            "localized_notification_messages[0].locale is false",
        ),
        ("intune_app", {"assignments": "Pilot"}, "assignments takes a dictionary of options, not a text."),
        ("intune_app", {"assignments": [{"group": "A"}, "Pilot"]}, "assignments[1] takes a dictionary of options"),
        ("intune_app", {"assignments": [{"settings": "x"}]}, "assignments[0].settings takes a dictionary of options"),
        ("intune_vpn_profile", {"ios": {"server": "vpn.example"}}, "ios.server takes a dictionary of options"),
        ("intune_group", {"members": '["a@contoso.com"]'}, "members is a text with a list in it: use the filter"),
        ("intune_app", {"assignments": "[{'group': 'A'}]"}, "assignments is a text with a list in it: use the filter"),
    ],
)
def test_a_value_of_another_form_is_refused_by_its_name(name: str, arguments: Json, said: str) -> None:
    with pytest.raises(InvalidOptions, match=re.escape(said)):
        refuse_wrong_forms(module(name).spec, arguments)
    if module(name).resource and name != "intune_assignment_filter":
        item = {f"{name.removeprefix('intune_')}s": [arguments]}
        result = refused("intune_configuration", {"configuration": item, "src": None, "state": "present"})
        assert said in result["msg"]


def test_texts_that_ansible_reads_as_lists_and_dictionaries_are_taken() -> None:
    for arguments in ({"members": "a@contoso.com, b@contoso.com"}, {"members": "[Team] Berlin"}, {"members": "[Team]"}):
        refuse_wrong_forms(module("intune_group").spec, arguments)
    for text in ("group=Pilot intent=required", '{"group": "Pilot"}'):
        refuse_wrong_forms(module("intune_app").spec, {"assignments": [text]})


def test_truth_values_numbers_and_dates_are_taken_where_they_mean_the_same() -> None:
    days = {"ios": {"os_minimum_version": 15}, "scheduled_actions_for_rule": [{"action_type": "block"}]}
    refuse_wrong_forms(module("intune_compliance_policy").spec, {"name": datetime.date(2026, 1, 31), **days})
    refuse_wrong_forms(module("intune_group").spec, {"membership_rule_processing_state": True, "purge_members": True})
    refuse_wrong_forms(module("intune_app_config").spec, {"ios": {"settings": [{"key": "a", "value": True}]}})


def test_a_version_that_may_have_lost_a_zero_is_named() -> None:
    declared = {"ios": {"os_minimum_version": 15.1, "os_maximum_version": "15.10"}}
    (warning,) = numbers_for_texts(module("intune_compliance_policy").spec, declared)
    assert warning == "ios.os_minimum_version is the number 15.1, as which YAML reads 15.10 as well: quote the text."
