# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's documentation says is what its argument spec and its resource do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils._devices import fields as device_fields
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.summary import Summary
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.complex_fields import Complex, ComplexList
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import Field
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.names import snake_case
from ansible_collections.mobilesec.intune.plugins.module_utils._login_options import request_options
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import PARTNERS
from tests.unit.documentation.pages import (
    COLLECTION,
    MODULES,
    RESOURCE_MODULES,
    ROOT,
    SPEC_KEYS,
    TYPES,
    declared,
    differences,
    each_option,
    resource_of,
    sentences,
)

# ansible-test asks for a decision on names like these; the second pattern tells the decision.
MAY_BE_SECRET = re.compile("pass(?!ive)|secret|token|key", re.IGNORECASE)
IS_SECRET = re.compile("password$|(?<!update_)secret|access_token|access_key")


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_constructor("!unsafe", lambda loader, node: str(node.value))


def run_ansible_doc(*arguments: str) -> str:
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT.parents[2]), "NO_COLOR": "1"}
    command = [
        str(Path(sys.executable).with_name("ansible-doc")),
        "-t",
        "module",
        *arguments,
        *(f"{COLLECTION}.{name}" for name in MODULES),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr.lower()
    return done.stdout


@pytest.fixture(scope="module")
def documentation() -> dict[str, Any]:
    """Per module doc, examples and return, merged with the fragments by Ansible itself."""
    shown = json.loads(run_ansible_doc("--json"))
    return {name.removeprefix(COLLECTION + "."): entry for name, entry in shown.items()}


# -- options -------------------------------------------------------------------------------------------------


def each_argument(spec: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name, argument in spec.items():
        yield place + name, name, argument
        yield from each_argument(argument.get("options") or {}, f"{place}{name}.")


@pytest.mark.parametrize("module", MODULES)
def test_the_documented_options_are_those_of_the_argument_spec(module: str, documentation: dict[str, Any]) -> None:
    assert list(differences(documentation[module]["doc"]["options"], declared(module).spec)) == []


@pytest.mark.parametrize(
    ("documented", "spec"),
    [
        ({"a": {"type": "str"}}, {}),
        ({}, {"a": {"type": "str"}}),
        ({"a": {"type": "str"}}, {"a": {"type": "int"}}),
        ({"a": {"default": True}}, {"a": {}}),
        ({"a": {"choices": ["x"]}}, {"a": {"choices": ["x", "y"]}}),
        (
            {"a": {"type": "dict", "suboptions": {"b": {}}}},
            {"a": {"type": "dict", "options": {"b": {"required": True}}}},
        ),
    ],
)
def test_a_disagreement_is_noticed(documented: dict[str, Any], spec: dict[str, Any]) -> None:
    assert len(list(differences(documented, spec))) == 1


@pytest.mark.parametrize("module", MODULES)
def test_every_option_is_described(module: str, documentation: dict[str, Any]) -> None:
    for place, option in each_option(documentation[module]["doc"]["options"]):
        assert sentences(option), place
        assert all(sentence.endswith(".") for sentence in sentences(option)), place


@pytest.mark.parametrize("module", MODULES)
def test_secrets_and_nothing_else_are_kept_out_of_logs(module: str) -> None:
    for place, name, argument in each_argument(declared(module).spec):
        # A switch is no secret, whatever it switches: work_profile_require_password.
        assert bool(argument.get("no_log")) == (argument["type"] != "bool" and bool(IS_SECRET.search(name))), place
        if MAY_BE_SECRET.search(name) and argument["type"] != "path":
            assert "no_log" in argument, f"{place}: Ansible needs to know whether it is a secret"


@pytest.mark.parametrize("module", MODULES)
def test_no_option_takes_the_place_of_one_for_the_login(module: str) -> None:
    spec, login = declared(module).spec, declared(module).login_options()
    assert set(request_options()) < set(login)
    assert {name: spec[name] for name in login} == login


@pytest.mark.parametrize("module", MODULES)
def test_the_argument_spec_has_known_keys_and_its_constraints_name_its_options(module: str) -> None:
    found = declared(module)
    for place, _name, argument in each_argument(found.spec):
        assert set(argument) <= SPEC_KEYS, place
        for group in argument.get("mutually_exclusive", []):
            assert set(group) <= set(argument["options"]), place
    for kind in ("mutually_exclusive", "required_one_of", "required_together"):
        for group in found.constraints.get(kind, []):
            assert set(group) <= set(found.spec)


def undocumented(fields: tuple[Field, ...], options: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield the fields whose option is missing or does not name the Graph property that it sets."""
    for field in fields:
        option = options.get(field.option)
        if option is None:
            yield f"{place}{field.option}: no such option"
            continue
        if f"C({field.graph})" not in " ".join(sentences(option)):
            yield f"{place}{field.option}: does not name {field.graph}"
        kind = field.type.item if isinstance(field.type, ComplexList) else field.type
        if isinstance(kind, Complex):
            yield from undocumented(kind.fields, option.get("suboptions") or {}, f"{place}{field.option}.")


@pytest.mark.parametrize("module", RESOURCE_MODULES)
def test_every_field_of_the_resource_has_an_option_that_names_its_graph_property(
    module: str, documentation: dict[str, Any]
) -> None:
    resource = resource_of(module)
    options = documentation[module]["doc"]["options"]
    found = []
    for object_type in resource.types:
        own = options[object_type.section]["suboptions"] if object_type.section else options
        shared = tuple(field for field in resource.fields(object_type) if field not in object_type.fields)
        found += [*undocumented(shared, options), *undocumented(object_type.fields, own)]
    assert found == []


@pytest.mark.parametrize("module", RESOURCE_MODULES)
def test_what_a_new_object_needs_is_documented_as_needed(module: str, documentation: dict[str, Any]) -> None:
    options = documentation[module]["doc"]["options"]
    for object_type in resource_of(module).types:
        own = options[object_type.section]["suboptions"] if object_type.section else options
        for name in object_type.required:
            assert "Needed to" in " ".join(sentences(own[name])), name
        for field in object_type.fields:
            if field.create_only:
                assert "cannot be changed afterwards" in " ".join(sentences(own[field.option])), field.option


# -- the rest of the documentation ---------------------------------------------------------------------------


def test_ansible_doc_renders_every_module() -> None:
    text = run_ansible_doc()
    for module in MODULES:
        assert f"MODULE {COLLECTION}.{module}" in text


@pytest.mark.parametrize("module", MODULES)
def test_the_header_is_complete(module: str, documentation: dict[str, Any]) -> None:
    doc = documentation[module]["doc"]
    assert doc["module"] == module
    assert doc["short_description"]
    assert not doc["short_description"].endswith(".")
    assert doc["version_added"] in ("1.0.0", "1.1.0")
    assert doc["author"]
    assert {"check_mode", "diff_mode", "idempotent", "action_group"} <= set(doc["attributes"])


def test_every_module_is_in_the_action_group_of_each_login_that_it_takes() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    for group, option in (("intune", "tenant_id"), ("harmony", "harmony_url")):
        members = [module for module in MODULES if option in declared(module).spec]
        assert sorted(runtime["action_groups"][group]) == members


def test_every_module_has_an_action_plugin() -> None:
    """By the name of the module: strategies load it by that before they start workers, and ansible-lint looks there."""
    plugins = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "plugins/action").glob("*.py")}
    assert sorted(plugins) == MODULES
    for module, text in plugins.items():
        assert f"modules.{module} import MODULE" in text


@pytest.mark.parametrize("module", RESOURCE_MODULES)
def test_the_notes_name_the_least_permissions(module: str, documentation: dict[str, Any]) -> None:
    path = resource_of(module).path
    notes = " ".join(documentation[module]["doc"]["notes"])
    for method in ("GET", "POST"):
        access = permissions.access_of(method, path)
        assert access
        assert f"C({access.least})" in notes


def test_all_partners_are_listed(documentation: dict[str, Any]) -> None:
    text = " ".join(sentences(documentation["intune_mtd_connector"]["doc"]["options"]["partner"]))
    assert re.findall(r"V\(([^)]+)\)", text) == sorted(PARTNERS, key=str.lower)


def test_the_default_fields_of_devices_are_listed(documentation: dict[str, Any]) -> None:
    text = " ".join(sentences(documentation["intune_device_facts"]["doc"]["options"]["fields"]))
    named = list(dict.fromkeys(re.findall(r"V\(([^)]+)\)", text)))
    assert named == ["all", *(snake_case(name) for name in device_fields.DEFAULT)]
    assert re.findall(r"C\((\w+)\)", text) == device_fields.UNLISTED


# -- examples ------------------------------------------------------------------------------------------------


def tasks(documentation: dict[str, Any], module: str) -> list[dict[str, Any]]:
    found = yaml.load(documentation[module]["examples"], Loader=Loader)  # a SafeLoader
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_example_is_a_named_task_of_one_module(module: str, documentation: dict[str, Any]) -> None:
    used = []
    for task in tasks(documentation, module):
        assert task["name"]
        actions = [key for key in task if "." in key]
        assert len(actions) == 1, task["name"]
        used += actions
    assert f"{COLLECTION}.{module}" in used


@pytest.mark.parametrize("module", MODULES)
def test_the_modules_accept_the_examples(module: str, documentation: dict[str, Any]) -> None:
    for task in tasks(documentation, module):
        for action in (key for key in task if key.startswith(COLLECTION)):
            found = declared(action.removeprefix(COLLECTION + "."))
            result = ArgumentSpecValidator(found.spec, **found.constraints).validate(task[action] or {})
            assert result.error_messages == [], task["name"]


@pytest.mark.parametrize("module", RESOURCE_MODULES)
def test_the_resources_accept_the_examples(module: str, documentation: dict[str, Any]) -> None:
    resource = resource_of(module)
    for task in tasks(documentation, module):
        declared = task.get(f"{COLLECTION}.{module}")
        if declared:
            resource.validate(declared)
            declared_type = resource.declared_type(declared)
            assert declared_type is None or not list(
                resource.contradictions(declared_type, declared_type.options(declared))
            )


# -- return values -------------------------------------------------------------------------------------------


def incomplete(values: Mapping[str, Any], place: str = "") -> Iterator[str]:
    for name, value in values.items():
        for key in ("description", "returned", "type", "sample"):
            if value.get(key) in (None, "", [], {}):
                yield f"{place}{name}: no {key}"
        if not isinstance(value.get("sample"), TYPES[value["type"]]):
            yield f"{place}{name}: the sample is no {value['type']}"
        if value["type"] == "list" and not value.get("elements"):
            yield f"{place}{name}: no elements"
        yield from incomplete(value.get("contains") or {}, f"{place}{name}.")


@pytest.mark.parametrize("module", ["intune_device_facts", "intune_harmony_coverage"])
def test_examples_read_facts_where_every_ansible_core_has_them(module: str, documentation: dict[str, Any]) -> None:
    """From ansible-core 2.24 on, facts are no variables of their own."""
    page = documentation[module]
    facts = page["return"]["ansible_facts"]["contains"]
    used = re.findall(rf"(?<![\w.])(?:{'|'.join(facts)})\b", page["examples"])
    assert not used


@pytest.mark.parametrize("module", MODULES)
def test_every_return_value_has_a_description_and_a_sample(module: str, documentation: dict[str, Any]) -> None:
    returned = documentation[module]["return"]
    assert list(incomplete(returned)) == []
    for count, option in (("graph_requests", "tenant_id"), ("harmony_requests", "harmony_url")):
        assert (count in returned) == (option in declared(module).spec)


@pytest.mark.parametrize("module", RESOURCE_MODULES)
def test_the_sample_object_is_in_the_form_of_the_options(module: str, documentation: dict[str, Any]) -> None:
    resource = resource_of(module)
    returned = documentation[module]["return"]
    assert "id" in returned
    sample = returned[resource.singular]["sample"]
    known = (
        set(documentation[module]["doc"]["options"]) | {snake_case(name) for name in resource.reported} | {"id", "type"}
    )
    assert set(sample) <= known
    if resource.polymorphic:
        assert sample["type"] in {snake_case(object_type.graph_type) for object_type in resource.types}


def test_device_facts_document_the_whole_summary(documentation: dict[str, Any]) -> None:
    returned = documentation["intune_device_facts"]["return"]
    keys = set(Summary().result())
    facts = returned["ansible_facts"]["contains"]
    assert set(facts["intune_devices_summary"]["contains"]) == keys
    assert set(facts["intune_devices_summary"]["sample"]) == keys


def test_examples_for_iphones_are_for_ipads_too() -> None:
    files = [
        path for path in ROOT.rglob("*") if path.suffix in (".py", ".yml", ".rst", ".md") and "tests" not in path.parts
    ]
    lists = [
        (str(path), found)
        for path in files
        for found in re.findall(r"operating_system: (\[.*?\])", path.read_text(encoding="utf-8"))
    ]
    assert lists
    assert [place for place, found in lists if "iOS" in found and "iPadOS" not in found] == []
