# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options whose values have a form: ids, user names, package names, addresses, versions, numbers.

The options are drawn from the argument specs of all modules, by what they are called, so a new one is tried here
without a change.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils import _interface as interface
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.checks import check_new, check_options
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.options import without_nulls
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import placeholder_id
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.unit.properties.options import Subject, subjects

Json = dict[str, Any]
ROOT = Path(interface.__file__).parents[2]
MODULES = {
    path.stem: importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{path.stem}").MODULE
    for path in sorted((ROOT / "plugins" / "modules").glob("*_*.py"))
    if not path.stem.startswith("__")
}
GUID = "11111111-2222-4333-8444-555555555555"
# By what an option is called: a value of another form, and a valid one.
OF_OBJECTS = {
    r"(filters\.)?azure_ad_device_id|id|app_id": ("not-a-guid", GUID),
    r"(filters\.)?(user|user_principal_name|email_address)": ("no user", "user@contoso.com"),
}


def places(options: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, argument in options.items():
        yield f"{above}{name}", argument
        if argument.get("options"):
            yield from places(argument["options"], f"{above}{name}.")


def with_value(place: str, value: Any, options: Mapping[str, Any]) -> Json:
    """The options of a task that declares the one at place, with what its list or dictionary needs."""
    name, _dot, rest = place.partition(".")
    argument = options[name]
    if rest:
        inner = {**needed(argument["options"]), **with_value(rest, value, argument["options"])}
        return {name: [inner] if argument["type"] == "list" else inner}
    return {name: [value] if argument["type"] == "list" and value is not None else value}


def needed(options: Mapping[str, Any]) -> Json:
    values: Json = {"str": "1.0", "int": 1, "list": [], "dict": {}, "bool": True}
    return {
        name: argument.get("choices", [values[argument["type"]]])[0]
        for name, argument in options.items()
        if argument.get("required")
    }


IDS = [
    (name, place, *values)
    for name, module in MODULES.items()
    for place, _argument in places(module.options)
    for pattern, values in OF_OBJECTS.items()
    if re.fullmatch(pattern, place)
]
NUMBERS = [
    (name, option)
    for name, module in MODULES.items()
    for option, argument in module.options.items()
    if argument["type"] == "int" and "default" in argument
]


@pytest.mark.parametrize(("name", "option"), NUMBERS, ids=str)
def test_a_time_or_number_below_zero_is_refused_before_any_request(name: str, option: str) -> None:
    module = MODULES[name]
    result = module.result({**dict.fromkeys(module.options), option: -3}, set(), True, True, progress=str)
    assert f"{option} must be at least" in result["msg"]
    assert "not -3" in result["msg"]


@pytest.mark.parametrize(("name", "place", "wrong", "right"), IDS, ids=str)
def test_what_is_no_id_and_no_user_name_is_refused_before_any_request(
    name: str, place: str, wrong: str, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(*_args: Any, **_more: Any) -> GraphSession:
        raise ConnectionError

    monkeypatch.setattr(GraphSession, "from_params", reached)
    module = MODULES[name]
    option = place.rpartition(".")[2]
    for value, is_refused in ((wrong, True), (right, False), (placeholder_id("A"), False)):
        params = {**dict.fromkeys(module.options), **with_value(place, value, module.options)}
        result = module.result(params, set(), True, True, progress=str)
        assert result["failed"]
        assert (f"'{wrong}' is not a" in result["msg"] and option in result["msg"]) == is_refused, result["msg"]


def test_every_resource_takes_an_id() -> None:
    resources = {name for name, module in MODULES.items() if module.resource}
    assert resources <= {name for name, place, _wrong, _right in IDS if place == "id"}


NULLS = [(name, place) for name, module in MODULES.items() for place, _argument in places(module.spec)]


@pytest.mark.parametrize(("name", "place"), NULLS, ids=str)
def test_an_option_that_stands_empty_is_not_given(name: str, place: str) -> None:
    module = MODULES[name]

    def checked(value: Any) -> tuple[list[str], Json]:
        options = without_nulls(module.spec, with_value(place, value, module.spec))
        result = ArgumentSpecValidator(module.spec).validate(options)
        return result.error_messages, result.validated_parameters

    def without(options: Any, path: list[str]) -> None:
        for item in options[path[0]] if isinstance(options[path[0]], list) else [options[path[0]]]:
            without(item, path[1:]) if len(path) > 2 else item.pop(path[1])

    left_out = with_value(place, None, module.spec)
    without({"": left_out}, ["", *place.split(".")])
    expected = ArgumentSpecValidator(module.spec).validate(left_out)
    assert checked(None) == (expected.error_messages, expected.validated_parameters)


# By the end of an option's name: values of another form. An option that a pattern should not find stands in EXCEPTED.
FORMS = {
    r"package_ids?": "no package",
    r"bundle_(id|identifiers?)|.*_bundle_identifiers?": "no bundle id",
    r"app_id": "no app id",
    r".*_urls?": "www example com",
    r".*_site_id": "not-a-guid",
    r"(lower|upper)_address|destination_prefix": "300.0.0.1",
    r".*os_m(in|ax)imum_version|(low|high)est_version": "fifteen",
    r".*_security_patch_level": "January",
    r"object_identifier": "client",
}
EXCEPTED = {
    "windows10.traffic_rules.app_id": "a package family name or a path",
}


def documented(subject: Subject) -> dict[str, tuple[int, int]]:
    """The limits that the documentation names, by option."""
    text = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{subject.name}").DOCUMENTATION
    found: dict[str, tuple[int, int]] = {}

    def walk(options: Json, above: str) -> None:
        for name, option in options.items():
            description = option["description"]
            limits = re.search(
                r"\b(\d+) to (\d+)\b", description if isinstance(description, str) else " ".join(description)
            )
            if option.get("type") == "int" and limits:
                found[above + name] = (int(limits[1]), int(limits[2]))
            walk(option.get("suboptions") or {}, f"{above}{name}.")

    walk(yaml.safe_load(text)["options"], "")
    return found


def formed() -> Iterator[tuple[Subject, str, Any]]:
    for subject in subjects():
        options = subject.module.options
        section = subject.object_type.section
        limits = documented(subject)
        own = {field.path for field in subject.resource.settable_fields(subject.object_type)}
        for place, argument in places(options):
            name = place.rpartition(".")[2]
            top = ".".join(place.split(".")[: 2 if section and place.startswith(f"{section}.") else 1])
            if top not in own or place in EXCEPTED:
                continue
            for pattern, wrong in FORMS.items():
                if re.fullmatch(pattern, name):
                    yield subject, place, wrong
            if argument["type"] == "int":
                yield subject, place, -1
            for wrong_number in (limits[place][0] - 1, limits[place][1] + 1) if place in limits else ():
                yield subject, place, wrong_number


@pytest.mark.parametrize(("subject", "place", "wrong"), list(formed()), ids=str)
def test_a_value_of_another_form_is_refused_before_anything_is_written(
    subject: Subject, place: str, wrong: Any
) -> None:
    given = with_value(place, wrong, subject.module.options)
    key: Json = {"name": "A"} if "name" in subject.module.options else {"id": GUID}
    typed: Json = {subject.object_type.section: {}} if subject.object_type.section else {}
    params = {**dict.fromkeys(subject.module.options), **subject.identity, **key, **typed, **given, "state": "present"}
    with pytest.raises(InvalidOptions) as refused:
        check_new(subject.resource, check_options(subject.resource, params))
    assert place.rpartition(".")[2] in str(refused.value) or place.split(".")[-2] in str(refused.value)
    assert "This task wrote nothing." in str(refused.value)
