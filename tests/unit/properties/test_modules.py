# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every module, whatever its options: drawn option sets live against an emulated tenant in this process.

`make property-tests` draws many more of them than `make test`.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.checks import (
    check_new,
    check_options,
    check_unset,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.complex_fields import Complex
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.declaration import paths as all_paths
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import reconcile
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import CreateOnlyChange, InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import UNSET
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.info import gather
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ResolvedNames
from tests.emulator.inprocess import LocalTenant
from tests.emulator.schema import Property
from tests.unit.properties.options import CONTRACT, NAMES, Drawn, Names, Options, Subject, subjects, validated

SUBJECTS = list(subjects())
MANY = os.environ.get("PROPERTY_EXAMPLES")
SETTINGS = settings(
    max_examples=int(MANY or 3),
    derandomize=not MANY,
    # Shrinking a failure takes minutes: the long run does it.
    phases=(Phase.explicit, Phase.generate, Phase.shrink) if MANY else (Phase.explicit, Phase.generate),
    database=None,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
# The service spells what it stored in its own way: whatever is compared must be compared by its meaning.
TENANT = LocalTenant(rewrite_payloads=True)
TENANT_NAMES = Names(TENANT)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything shows at once here: what is waited for in vain is a bug, and need not be waited for."""

    monkeypatch.setattr(wait, "attempts", lambda *_times, **_more: [1])


def run(subject: Subject, options: Options, check_mode: bool = False) -> dict[str, Any]:
    TENANT.writes.clear()
    result = reconcile(subject.resource, TENANT.session(), validated(subject, options), check_mode, True)
    assert TENANT.refused == []
    assert not (check_mode and TENANT.writes), TENANT.writes
    assert not [warning for warning in result["warnings"] if "does not show it yet" in warning], result["warnings"]
    return result


def settled(subject: Subject, options: Options) -> Options:
    """The options without those that do not go together with others, as the module's own refusals name them."""
    options = copy.deepcopy(options)
    for _attempt in range(8):
        try:
            params = validated(subject, options)
            resource = subject.resource
            check_new(resource, check_options(resource, params))
            reconcile(resource, TENANT.session(), params, True, False)
            return options
        except InvalidOptions as refusal:
            section = options.get(subject.object_type.section or "", {})
            words = set(re.findall(r"\w+", str(refusal)))
            kept = (subject.object_type.section, "name", *subject.object_type.required)
            named = [
                (holder, key) for holder in (section, options) for key in holder if key in words and key not in kept
            ]
            if not named:
                raise
            holder, key = named[-1]
            del holder[key]
    return reject()


def applied(subject: Subject, options: Options) -> dict[str, Any]:
    """Apply in check mode, for real and again; the first predicts the second, and the third changes nothing."""
    predicted = run(subject, options, check_mode=True)
    real = run(subject, options)
    assert predicted["changed"] == real["changed"] == bool(TENANT.writes)
    assert predicted["diff"] == real["diff"]
    for check_mode in (True, False):
        again = run(subject, options, check_mode)
        assert not again["changed"], again["diff"]
        assert TENANT.writes == []
        assert again["diff"]["before"] == again["diff"]["after"]
    return real


def given_back(subject: Subject, object_id: str, selected_by: Options) -> Options:
    """What the info module returns is taken by the module, by id and by name, and changes nothing."""
    found = gather(subject.resource, TENANT.session(), {"id": None, "name": None, "name_pattern": None, **selected_by})
    (item,) = [each for each in found[subject.resource.plural] if each["id"] == object_id]
    item = json.loads(json.dumps(item))
    assert not run(subject, item)["changed"]
    if {"name", "package_id"} & set(item) and "name" in subject.module.options:
        assert not run(subject, {key: value for key, value in item.items() if key != "id"})["changed"]
    return dict(item)


def paths(subject: Subject, options: Options) -> list[str]:
    """The options and suboptions that can be unset, as far as they are declared."""

    def is_declared(path: str) -> bool:
        value: Any = options
        for name in path.split("."):
            value = (value or {}).get(name)
        return value is not None

    fields = subject.resource.settable_fields(subject.object_type)
    return [path for path, _field in all_paths(fields) if is_declared(path) and is_unset(subject, path)]


def is_part(subject: Subject, path: str) -> bool:
    """Whether it is a suboption of an option, not an option of the type."""
    return path not in {field.path for field in subject.resource.settable_fields(subject.object_type)}


def is_unset(subject: Subject, path: str) -> bool:
    try:
        check_unset(subject.resource, {"unset": [path]}, subject.object_type)
    except InvalidOptions:
        return False
    return True


@pytest.mark.parametrize("subject", SUBJECTS, ids=repr)
def test_what_is_unset_has_a_value_that_the_schema_allows_or_is_refused(subject: Subject) -> None:
    for path, value, entry in unset_values(subject):
        assert value is not None or (entry.nullable is not False and not entry.collection), path
        assert isinstance(value, list) == entry.collection, path


def unset_values(subject: Subject) -> Iterator[tuple[str, Any, Property]]:
    """Yield what is sent for each option and suboption that can be unset, beside its entry in the schema."""

    def inside(holder: Complex, graph_type: str, above: str) -> Iterator[tuple[str, Any, Property]]:
        schema = CONTRACT.properties(graph_type)
        for field in holder.fields:
            path = f"{above}{field.option}"
            if is_unset(subject, path):
                sent = holder.encode({field.option: UNSET}, {"other": 1}, ResolvedNames())
                # Controls that do nothing are left out, and parts of derived types are not in the schema of their base.
                if field.graph not in (sent or {}) or field.graph not in schema:
                    continue
                assert holder.equal({field.graph: sent[field.graph]}, None), path
                yield path, sent[field.graph], schema[field.graph]
            if isinstance(field.type, Complex):
                yield from inside(field.type, schema[field.graph].target, f"{path}.")

    schema = CONTRACT.properties(subject.object_type.graph_type)
    for field in subject.resource.settable_fields(subject.object_type):
        if field.graph not in schema or field.graph == subject.resource.name_property:
            continue
        if is_unset(subject, field.path):
            value = field.type.unset(None)
            assert field.type.equal(value, None), field.path
            yield field.path, value, schema[field.graph]
        if isinstance(field.type, Complex):
            yield from inside(field.type, schema[field.graph].target, f"{field.path}.")


@pytest.mark.parametrize("subject", [subject for subject in SUBJECTS if subject.object_type.creatable], ids=repr)
def test_an_object_lives(subject: Subject) -> None:
    drawn = Drawn(subject, TENANT_NAMES)

    @SETTINGS
    @given(name=NAMES, created=drawn.options(), updated=drawn.options(required=False), purge=st.booleans())
    def lives(name: str, created: Options, updated: Options, purge: bool) -> None:
        TENANT_NAMES.seed_again()
        key = {"name": name} if "name" in subject.module.options else {"partner": created.get("partner", "Zimperium")}
        try:
            created = settled(subject, {**created, **key})
        except InvalidOptions:
            reject()
        made = applied(subject, created)
        assert made["changed"]
        given_back(subject, made["id"], {"id": made["id"]})

        if purge and subject.resource.assignable:
            updated = {**updated, "purge_assignments": True, "allow_empty": True}
        try:
            updated = settled(subject, {**updated, **key, **subject.identity})
            applied(subject, updated)
        except (InvalidOptions, CreateOnlyChange):
            pass
        given_back(subject, made["id"], {} if "name" not in subject.module.options else {"name_pattern": "*"})

        unset = paths(subject, created)
        for chosen in ([path for path in unset if is_part(subject, path)], unset):
            with contextlib.suppress(CreateOnlyChange):
                applied(subject, {"id": made["id"], **subject.identity, "unset": chosen})
            given_back(subject, made["id"], {"id": made["id"]})

        gone = applied(subject, {"id": made["id"], "state": "absent"})
        assert gone["changed"]
        assert set(gone["diff"]["before"]) <= {"id", "type", "name", "assignments"}

    lives()
