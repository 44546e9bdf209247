# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object is called can be changed by its id, what it is cannot: every resource module alike."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.samples import APPS, CONFIGS, PROFILES, STORE_APP, VPN
from tests.unit.documentation.pages import RESOURCE_MODULES
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.module_utils.intune.new_objects import AUTHORITY, NEW
from tests.unit.plugins.modules.in_process import module

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def targets(tenant: Tenant) -> None:
    for number in (1, 2):
        tenant.have(
            APPS,
            "iosStoreApp",
            f"Target {number}".removesuffix(" 1"),
            publisher="x",
            bundleId=f"com.example.target{number}",
        )
    tenant.seed({"op": "import_app", "package": "com.example.one"}, {"op": "import_app", "package": "com.example.two"})


def test_every_resource_module_is_here() -> None:
    assert sorted(NEW) == RESOURCE_MODULES


@pytest.mark.parametrize("name", [name for name, options in NEW.items() if options is not None])
def test_an_object_is_renamed_by_its_id(tenant: Tenant, name: str) -> None:
    made = tenant(name, name="Old name", **(NEW[name] or {}))
    assert made["changed"]
    renamed = tenant.lives(name, id=made["id"], name="O'Brien & Söhne #1")
    assert renamed["id"] == made["id"]
    assert renamed["diff"]["before"] == {"name": "Old name"}
    assert renamed["diff"]["after"] == {"name": "O'Brien & Söhne #1"}
    plural = next(
        key
        for key in tenant(f"{name}_info", name="O'Brien & Söhne #1")
        if isinstance(tenant(f"{name}_info", id=made["id"])[key], list)
    )
    (found,) = tenant(f"{name}_info", name="O'Brien & Söhne #1")[plural]
    assert found["id"] == made["id"]
    assert tenant(name, **{**found, "name": "Old name"})["changed"], "what info gives renames as well"
    assert tenant(f"{name}_info", name="O'Brien & Söhne #1")[plural] == []


ANDROID: Json = {"target_apps": ["com.example.one"], "android": {"managed_properties": {"a": 1}}}


@pytest.mark.parametrize(
    ("name", "options", "change", "said"),
    [
        ("intune_app", STORE_APP, {"app_store_url": "https://apps.apple.com/app/id2"}, "app_store_url"),
        ("intune_assignment_filter", NEW["intune_assignment_filter"], {"platform": "android"}, "platform"),
        (
            "intune_assignment_filter",
            NEW["intune_assignment_filter"],
            {
                "platform": "ios_mobile_application_management",
                "assignment_filter_management_type": "apps",
                "rule": '(app.appVersion -eq "1")',
            },
            "assignment_filter_management_type",
        ),
        ("intune_app_config", NEW["intune_app_config"], {"target_apps": ["Target 2"]}, "target_apps"),
        (
            "intune_app_config",
            ANDROID,
            {"android": {"profile_applicability": "android_device_owner"}},
            "android.profile_applicability",
        ),
        (
            "intune_app_config",
            ANDROID,
            {"target_apps": ["com.example.two"], "android": {"package_id": "com.example.two"}},
            "android.package_id, target_apps",
        ),
        ("intune_group", NEW["intune_group"], {"membership_rule": '(user.city -eq "Rome")'}, "membership_rule"),
        ("intune_group", {"membership_rule": '(user.city -eq "Rome")'}, {"membership_rule": ""}, "membership_rule"),
    ],
)
def test_what_graph_takes_only_at_creation_is_refused_by_name_with_a_way_out(
    tenant: Tenant, name: str, options: Json, change: Json, said: str
) -> None:
    made = tenant(name, name="X", **options)
    for call in ({"name": "X"}, {"id": made["id"]}):
        refusal = tenant.fails(name, **{**options, **call, **change})
        assert said in refusal
        can_recreate = "recreate" in module(name).options
        assert (
            "set recreate=true" if can_recreate else "remove the object with state=absent and create it again"
        ) in refusal
    if can_recreate:
        again = tenant.lives(name, name="X", **{**options, **change}, recreate=True)
        assert again["id"] != made["id"]
        assert again["diff"]["before"] != again["diff"]["after"]


def test_an_object_that_cannot_be_recreated_stays(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old object goes when the new one exists, and a lost answer does not take the one for the other."""
    monkeypatch.setattr(wait, "CREATED_WITHIN", 1.0)
    first: Json = {
        "name": "X",
        "target_apps": ["com.example.one"],
        "android": {"managed_properties": {"a": 1}},
        "assignments": [{"all_users": True}],
    }
    second: Json = {**first, "target_apps": ["com.example.two"], "recreate": True}
    made = tenant("intune_app_config", **first)
    creation: Json = {"match": {"method": "POST", "path": "mobileAppConfigurations$"}, "times": 1}
    tenant.emulator.faults({**creation, "action": {"status": 400}})
    with pytest.raises(IntuneError):
        tenant("intune_app_config", **second)
    assert not tenant("intune_app_config", **first)["changed"]
    for action in ({"drop_after_execute": True}, {"drop_after_read": True}):
        tenant.emulator.faults({**creation, "action": action})
        result = tenant("intune_app_config", **second)
        (stored,) = tenant.emulator.state()["records"]["deviceAppManagement/mobileAppConfigurations"]
        assert stored["id"] == result["id"] != made["id"]
        assert len(stored["assignments"]) == 1
        tenant("intune_app_config", name="X", android={}, state="absent")
        tenant("intune_app_config", **first)


@pytest.mark.parametrize(
    ("name", "options", "change"),
    [
        ("intune_assignment_filter", NEW["intune_assignment_filter"], {"platform": "android"}),
        ("intune_app_config", NEW["intune_app_config"], {"target_apps": ["Target 2"], "description": "Other"}),
        ("intune_vpn_profile", {"ios": VPN}, {"macos": VPN}),
    ],
)
def test_an_object_that_is_created_anew_keeps_its_tag_and_has_it_once(
    tenant: Tenant, name: str, options: Json, change: Json
) -> None:
    made = tenant(name, name="X", description="As it was", created_by="onboarding", **options)
    changed = tenant(name, id=made["id"], **change, recreate=True)
    assert changed["warnings"] == []
    assert not tenant(name, name="X", **change)["changed"]
    (found,) = (
        item for key, items in tenant(f"{name}_info", name="X").items() if isinstance(items, list) for item in items
    )
    assert found["id"] == changed["id"]
    assert (found["description"], found["created_by"]) == (change.get("description", "As it was"), "onboarding")


@pytest.mark.parametrize("by_id", [False, True])
def test_a_configuration_that_is_made_anew_is_for_the_app_that_it_was_for(tenant: Tenant, by_id: bool) -> None:
    tenant("intune_app_config", name="X", **ANDROID)
    (before,) = tenant.records(CONFIGS)
    targets: Json = {"target_apps": before["targetedMobileApps"]} if by_id else {}
    tenant.lives(
        "intune_app_config",
        name="X",
        android={"profile_applicability": "android_device_owner"},
        **targets,
        recreate=True,
    )
    (after,) = tenant.records(CONFIGS)
    assert before["id"] != after["id"]
    assert all(before[key] == after[key] for key in ("packageId", "payloadJson", "targetedMobileApps"))


@pytest.mark.parametrize(
    ("name", "collection", "graph_type", "values"),
    [
        (
            "intune_certificate_profile",
            PROFILES,
            "iosVpnConfiguration",
            {"connectionName": "c", "connectionType": "customVpn"},
        ),
        ("intune_vpn_profile", PROFILES, "iosTrustedRootCertificate", {}),
    ],
)
def test_the_id_of_an_object_of_another_kind_is_read_as_nothing(
    tenant: Tenant, name: str, collection: str, graph_type: str, values: Json
) -> None:
    other = tenant.have(collection, graph_type, "Other", **values)
    assert [items for items in tenant(f"{name}_info", id=other).values() if isinstance(items, list) and items] == []
    assert graph_type in tenant.fails(name, id=other, description="x")


@pytest.mark.parametrize(
    ("name", "other", "said"),
    [
        ("intune_app", {"type": "android_store_app"}, "type"),
        ("intune_app_config", {"android": {}, "target_apps": ["com.example.one"]}, "android"),
        ("intune_app_config", {"managed_apps": {"app_group_type": "all_apps"}}, "managed_apps"),
        ("intune_certificate_profile", {"platform": "android_device_owner"}, "platform"),
        ("intune_compliance_policy", {"android_work_profile": {}}, "android_work_profile"),
        (
            "intune_vpn_profile",
            {"android_work_profile_always_on": {"package_id": "com.example"}},
            "android_work_profile_always_on",
        ),
    ],
)
def test_a_type_is_not_changed(tenant: Tenant, name: str, other: Json, said: str) -> None:
    made = tenant(name, name="X", **(NEW[name] or {}))
    refusal = tenant.fails(name, id=made["id"], **other)
    assert f"does not let these be changed afterwards: {said}." in refusal
    assert (
        "set recreate=true" if "recreate" in module(name).options else "remove the object with state=absent"
    ) in refusal


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("intune_certificate_profile", {"platform": "macos", "certificate": AUTHORITY}),
        ("intune_compliance_policy", {"macos": {}}),
        ("intune_vpn_profile", {"android_work_profile_always_on": {"package_id": "com.example"}}),
    ],
)
def test_a_second_object_of_a_name_is_pointed_out(tenant: Tenant, name: str, other: Json) -> None:
    made = tenant(name, name="X", **(NEW[name] or {}))
    for check in (True, False):
        result = tenant(name, name="X", check=check, **other)
        assert any(
            made["id"] in warning and "the type of an object cannot be changed" in warning
            for warning in result["warnings"]
        )
    assert tenant(name, name="X", **other)["warnings"] == []


def test_an_app_that_is_found_by_name_and_is_another_one_is_not_taken(tenant: Tenant) -> None:
    app = tenant.have(APPS, "androidLobApp", "Line of business", publisher="x", packageId="com.example.lob")
    bought = tenant.have(APPS, "iosVppApp", "Bought", publisher="x", bundleId="com.example.bought")
    assert "package_id" in tenant.fails(
        "intune_app", name="Line of business", package_id="com.example.other", notes="x"
    )
    assert "bundle_id" in tenant.fails("intune_app", id=bought, bundle_id="com.example.other")
    assert (
        tenant("intune_app", name="Line of business", package_id="com.example.other", state="absent")["changed"]
        is False
    )
    assert tenant("intune_app", name="Line of business", package_id="com.example.lob", notes="x")["id"] == app
