# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that lack what the modules rely on, or refuse what always exists, are errors and not an empty tenant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import shapes
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import BadAnswer, IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.shapes import Shapes
from tests.samples import APPS, CONFIGS, POLICIES, PROFILES, VPN
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
STORE: Json = {"publisher": "P", "appStoreUrl": "https://apps.apple.com/app/id1"}
# Module -> collection, and the options of an object.
MIXED: dict[str, tuple[str, Json]] = {
    "intune_app": (
        APPS,
        {"type": "ios_store_app", "publisher": "P", "app_store_url": "https://apps.apple.com/app/id1"},
    ),
    "intune_app_config": (CONFIGS, {"target_apps": ["Target"], "ios": {"settings": [{"key": "a", "value": "b"}]}}),
    "intune_vpn_profile": (PROFILES, {"ios": VPN}),
    "intune_compliance_policy": (POLICIES, {"ios": {"passcode_required": True}}),
}
modules = pytest.mark.parametrize("module", MIXED)


def untyped(tenant: Tenant, path: str, times: int | None = None) -> None:
    rule: Json = {"match": {"method": "GET", "path": path}, "action": {"alter": "no type"}}
    tenant.emulator.faults({**rule, **({} if times is None else {"times": times})})


def created(tenant: Tenant, module: str) -> Json:
    collection, options = MIXED[module]
    if "target_apps" in options:
        tenant.have(APPS, "iosStoreApp", "Target", **STORE)
    return {"name": "Odd", **options, "id": tenant(module, name="Odd", **options)["id"], "collection": collection}


# -- types ------------------------------------------------------------------------------------------------------------


@modules
def test_a_list_of_objects_without_types_is_asked_for_again(tenant: Tenant, module: str) -> None:
    made = created(tenant, module)
    untyped(tenant, made["collection"], times=1)
    assert tenant(module, name="Odd", state="absent")["changed"]
    assert all(record["id"] != made["id"] for record in tenant.records(made["collection"]))


@modules
@pytest.mark.parametrize("key", ["name", "id"])
def test_objects_that_never_have_a_type_are_one_clear_error(tenant: Tenant, module: str, key: str) -> None:
    made = created(tenant, module)
    untyped(tenant, made["collection"])
    said = tenant.fails(module, **{key: made[key]}, state="absent")
    assert "without a type" in said
    said = tenant.fails(module, name="Odd", **MIXED[module][1])
    assert "without a type" in said
    with pytest.raises(IntuneError, match="without a type"):
        tenant(f"{module}_info", **{key: made[key]})


@pytest.mark.parametrize("value", [None, ""])
def test_a_type_that_is_null_or_empty_is_none(value: str | None) -> None:
    found = Shapes()
    found.expect_types(APPS)
    raw = {"id": "1", "@odata.type": value}
    for path, body in ((APPS, {"value": [raw]}), (f"{APPS}/1", raw)):
        assert "1 without a type" in found.at(path.lower(), body)
        assert found.at("devicemanagement/assignmentfilters", body) == ""


@modules
def test_an_object_of_a_new_type_is_passed_over_with_a_note(tenant: Tenant, module: str, tmp_path: Path) -> None:
    made = created(tenant, module)
    tenant.emulator.faults({"match": {"method": "GET", "path": made["collection"]}, "action": {"alter": "new type"}})
    remark = f"'Odd' ({made['id']}) was passed over: this module does not support its type, somethingNew."
    declared = {"type": MIXED[module][1]["type"]} if "type" in MIXED[module][1] else {}
    result = tenant(module, name="Odd", state="absent", **declared)
    assert (result["changed"], len(result["warnings"])) == (False, 1)
    assert remark in result["warnings"][0]
    assert remark in str(tenant(module, name="Odd", **MIXED[module][1], check=True)["warnings"])
    found = tenant(f"{module}_info", name="Odd")
    listed = tenant(f"{module}_info")
    assert remark in str(found["warnings"]) or found["apps"][0]["type"] == "something_new"
    if made["collection"] != PROFILES:  # which has profiles of other modules too
        assert remark in str(listed["warnings"]) or listed["apps"][0]["type"] == "something_new"
        exported = tenant("intune_export", dest=str(tmp_path))
        assert any(remark in text or "its type is new" in text for text in exported["warnings"])
    assert [record["id"] for record in tenant.records(made["collection"])].count(made["id"]) == 1


def test_an_object_of_a_new_type_does_not_keep_a_document_from_the_others(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="Odd", ios=VPN)
    tenant("intune_group", name="Odd")
    tenant.emulator.faults({"match": {"method": "GET", "path": PROFILES}, "action": {"alter": "new type"}})
    names = {kind: [{"name": "Odd"}] for kind in ("groups", "vpn_profiles")}
    result = tenant("intune_configuration", configuration=names, state="absent")
    assert "does not support its type, somethingNew" in str(result["warnings"])
    assert [each["changed"] for each in result["objects"]] == [True, False]


# -- refused ----------------------------------------------------------------------------------------------------------


def batches(tenant: Tenant, way: str, **times: int) -> None:
    tenant.emulator.faults({"match": {"method": "POST", "path": r"\$batch$"}, "action": {"batch": way}, **times})


def test_a_tenant_without_an_id_is_a_bad_answer(tenant: Tenant) -> None:
    tenant.emulator.faults({"match": {"method": "GET", "path": "/organization"}, "action": {"alter": "no id"}})
    with pytest.raises(BadAnswer, match="no id"):
        tenant("intune_tenant_info")


def test_a_list_that_is_not_found_in_a_batch_is_not_an_empty_one(tenant: Tenant) -> None:
    tenant("intune_group", name="Ours")
    options: Json = {"name": "Odd", "created_by": "us", "assignments": [{"group": "Ours"}]}
    tenant("intune_app", **options, **MIXED["intune_app"][1])
    batches(tenant, "all 404", times=1)
    assert "injected" in tenant.fails("intune_app", **options, state="absent")
    tenant.emulator.faults()
    assert tenant("intune_app", **options, state="absent")["changed"]


def test_objects_that_are_listed_and_not_found_are_left_out_with_a_warning(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosStoreApp", "Odd", **STORE)
    batches(tenant, "all 404")
    result = tenant("intune_app_info", name="Odd")
    assert result["apps"] == []
    assert f"'Odd' ({app})" in "".join(result["warnings"])


# Module -> options of an object, and the parts of it that have addresses of their own.
PARTS: dict[str, tuple[Json, tuple[str, ...]]] = {
    "intune_group": ({}, ("members", "owners")),
    "intune_app": (MIXED["intune_app"][1], ("categories",)),
    "intune_app_config": ({"managed_apps": {"apps": [{"bundle_id": "com.example.app"}]}}, ("apps",)),
    "intune_compliance_policy": (MIXED["intune_compliance_policy"][1], ("scheduledActionsForRule",)),
}


@pytest.mark.provokes_bad_requests
@pytest.mark.parametrize(("module", "part"), [(module, part) for module in PARTS for part in PARTS[module][1]])
def test_a_part_that_is_not_found_of_an_object_that_exists_is_an_error(tenant: Tenant, module: str, part: str) -> None:
    tenant(module, name="Odd", **PARTS[module][0])
    # The part is asked for by itself where lists do not bring it along.
    unexpanded = {"path": r"(Configurations|Policies)(/[^/]*)?\?.*expand"}
    tenant.emulator.faults(
        {"match": unexpanded, "action": {"status": 400, "code": "BadRequest"}},
        {"match": {"method": "GET", "path": f"/{part}"}, "action": {"status": 404, "code": "ResourceNotFound"}},
    )
    with pytest.raises(IntuneError, match="ResourceNotFound"):
        tenant(f"{module}_info", name="Odd")
    with pytest.raises(IntuneError, match=r"Odd.*ResourceNotFound"):
        tenant("intune_export", name_pattern="Odd", dest="/nowhere/out", all_groups=True, include_members=True)


@pytest.mark.provokes_bad_requests
@pytest.mark.parametrize("status", [400, 403, 404])
def test_names_that_may_not_be_looked_up_are_ids_with_one_warning(tenant: Tenant, status: int) -> None:
    tenant("intune_assignment_filter", name="Odd", platform="ios", rule='(device.model -eq "x")')
    batches(tenant, f"all {status}")
    result = tenant("intune_assignment_filter_info", name="Odd")
    assert result["assignment_filters"][0]["scope_tags"] == ["0"]
    (warning,) = result["warnings"]
    assert warning.startswith("The result has ids instead of the names of scope tags.")


# -- another object ---------------------------------------------------------------------------------------------------

OTHER = "11111111-2222-3333-4444-555555555555"
BY_ID: dict[str, Json] = {
    **{module: options for module, (_collection, options) in MIXED.items()},
    "intune_group": {},
    "intune_assignment_filter": {"platform": "ios", "rule": '(device.model -eq "x")'},
}


def another(tenant: Tenant, method: str, path: str) -> None:
    rule: Json = {"match": {"method": method, "path": rf"{path}(\?|$)"}, "action": {"alter": "other id"}}
    tenant.emulator.faults(rule)


@pytest.mark.parametrize("module", BY_ID)
@pytest.mark.parametrize("in_batch", [False, True])
def test_another_object_than_the_one_asked_for_by_id_is_a_bad_answer(
    tenant: Tenant, module: str, in_batch: bool
) -> None:
    tenant.have(APPS, "iosStoreApp", "Target", **STORE)
    tenant("intune_group", name="Ours")
    made = tenant(module, name="Odd", **BY_ID[module])["id"]
    assert isinstance(made, str)
    another(tenant, "GET", f"/{made}")
    with pytest.raises(BadAnswer, match=f"another object, {OTHER}"):
        tenant(f"{module}_info", id=made, retry_timeout=0)
    changes: Json = {"assignments": [{"group": "Ours"}]} if in_batch and module in MIXED else {"description": "d"}
    assert f"another object, {OTHER}" in tenant.fails(module, id=made, retry_timeout=0, **BY_ID[module], **changes)
    assert f"another object, {OTHER}" in tenant.fails(module, id=made, retry_timeout=0, state="absent")


def test_another_device_than_the_one_asked_for_by_id_is_a_bad_answer(tenant: Tenant) -> None:
    device = tenant("intune_device_facts", fields=["id"])["ansible_facts"]["intune_devices"][0]["id"]
    another(tenant, "GET", f"/{device}")
    with pytest.raises(BadAnswer, match="another object"):
        tenant("intune_device_facts", fields=["id"], id=device, retry_timeout=0)


def test_a_change_answered_with_another_object_is_not_taken_for_done(tenant: Tenant) -> None:
    made = created(tenant, "intune_app")
    another(tenant, "PATCH", f"/{made['id']}")
    with pytest.raises(BadAnswer, match="another object"):
        tenant("intune_app", id=made["id"], description="d", retry_timeout=0)


@pytest.mark.parametrize(
    ("path", "found", "is_another"),
    [
        (f"groups/{OTHER}", OTHER.upper(), False),
        (f"groups/{OTHER}", OTHER.replace("1", "2"), True),
        (f"x/t_{OTHER}", f"T_{OTHER}", False),
        (f"x/t_{OTHER}", f"T_{OTHER}".replace("1", "2"), True),
        ("users/ada@contoso.example", OTHER, False),
        (f"groups(uniquename='{OTHER}')", OTHER.replace("1", "2"), False),
        (f"groups/{OTHER}/owners", "x", False),
    ],
)
def test_an_id_is_compared_where_a_path_ends_with_one(path: str, found: str, is_another: bool) -> None:
    assert bool(shapes.another(path, {"id": found})) is is_another


# -- shapes -----------------------------------------------------------------------------------------------------------

TARGET: Json = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"target": None},
        {"target": "text"},
        {"target": []},
        {"target": {}},
        {"target": {**TARGET, "groupId": 7}},
        {"target": TARGET, "settings": "text"},
        {"target": TARGET, "settings": []},
        {"target": TARGET, "intent": {}},
    ],
)
def test_an_assignment_of_another_shape_is_a_bad_answer_wherever_it_is(entry: Json) -> None:
    found = Shapes()
    assert "assignments[0]" in found.at(f"{APPS}/1/assignments".lower(), {"value": [entry]})
    assert "assignments[0]" in found.single({"id": "1", "assignments": [entry]})
    good = {"target": TARGET, "settings": None, "intent": "required"}
    assert found.at(f"{APPS}/1/assignments".lower(), {"value": [good]}) == ""


# -- removal ----------------------------------------------------------------------------------------------------------


def test_what_is_assigned_is_removed_before_the_filter_though_the_document_does_not_name_it(tenant: Tenant) -> None:
    group, rule = tenant("intune_group", name="Pilot")["id"], '(device.deviceOwnership -eq "Corporate")'
    tenant("intune_assignment_filter", name="Corporate", platform="ios", rule=rule)
    assignments = [{"group": group, "filter": "Corporate"}]
    tenant("intune_app", name="Odd", **MIXED["intune_app"][1], assignments=assignments)
    tenant("intune_compliance_policy", name="Odd", ios={"passcode_required": True}, assignments=assignments)
    document: Json = {
        "assignment_filters": [{"name": "Corporate", "platform": "ios"}],
        "groups": [{"name": "Pilot"}],
        "apps": [{"name": "Odd", "type": "ios_store_app"}],
        "compliance_policies": [{"name": "Odd"}],
    }
    tenant.emulator.journal(clear=True)
    assert tenant("intune_configuration", configuration=document, state="absent")["changed"]
    removed = [entry["path"].rsplit("/", 1)[0].rsplit("/", 1)[-1] for entry in tenant.writes()]
    assert sorted(removed[:2]) == ["deviceCompliancePolicies", "mobileApps"]
    assert sorted(removed[2:]) == ["assignmentFilters", "groups"]
