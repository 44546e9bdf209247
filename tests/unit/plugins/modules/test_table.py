# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that lists the resources lists those of the table."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.module_utils import _interface as interface
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import MODULES
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import BY_PLURAL, RESOURCES, file_name
from tests.unit.properties.options import subjects

ROOT = Path(interface.__file__).parents[2]
resources = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.singular)


def loaded(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def modules_of(resource: type[Resource]) -> tuple[str, str]:
    return f"intune_{resource.singular}", f"intune_{resource.singular}_info"


@resources
def test_a_resource_has_its_modules_and_every_list_has_them(resource: type[Resource]) -> None:
    for name in modules_of(resource):
        module = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{name}").MODULE
        assert module.resource is resource
        assert name in loaded("meta/runtime.yml")["action_groups"]["intune"]
        assert name in MODULES
        assert name in loaded("tests/integration/request_budget.yml")["modules"]
        for document in ("README.md", "docs/docsite/rst/guide_permissions.rst"):
            assert name in (ROOT / document).read_text(encoding="utf-8")
    assert f"``{file_name(resource)}``" in (ROOT / "docs/docsite/rst/guide_export.rst").read_text(encoding="utf-8")
    assert resource.plural.startswith(resource.singular[:-1])


def test_what_has_a_state_is_in_the_table_and_drawn_for_by_the_property_tests() -> None:
    drawn = {subject.name: type(subject.resource) for subject in subjects()}
    assert drawn == {f"intune_{resource.singular}": resource for resource in RESOURCES}


def test_an_export_can_be_of_every_resource() -> None:
    module = importlib.import_module("ansible_collections.mobilesec.intune.plugins.modules.intune_export").MODULE
    assert module.options["resources"]["choices"] == list(BY_PLURAL)
    assert len(BY_PLURAL) == len(RESOURCES)


def test_what_a_resource_refers_to_comes_before_it() -> None:
    places = {path: place for place, resource in enumerate(RESOURCES) for path in resource().collections({})}
    for place, resource in enumerate(RESOURCES):
        assignable = resource.assignable
        referred = [assignable.group_type.path, assignable.filter_type.path] if assignable else []
        assert all(places[path] < place for path in referred)
