# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App configurations of both channels, and one module for two collections."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.seeding import IOS_FILTER
from tests.samples import APPS
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
MANAGED = "deviceAppManagement/targetedManagedAppConfigurations"
DEVICES = "deviceAppManagement/mobileAppConfigurations"
SECRET = "s3cr3t-value-of-a-customer"
IDENTIFIERS: list[Json] = [
    {"bundle_id": "com.example.App"},
    {"package_id": "com.example.app"},
    {"windows_app_id": "Example.App_1"},
]


def managed(**values: Any) -> Json:
    section = {
        "apps": IDENTIFIERS,
        "custom_settings": {"server": "mdm.example", "proxy": False, "limit": 5},
        "secret_custom_settings": {"code": SECRET},
    }
    return {"name": "MAM", "managed_apps": {**section, **values}}


def test_a_configuration_for_managed_apps_lives_through_its_changes(tenant: Tenant) -> None:
    group = tenant.seed({"op": "create", "collection": "groups", "body": {"displayName": "Bring your own"}})[0]["id"]
    for_apps = {"platform": "iOSMobileApplicationManagement", "assignmentFilterManagementType": "apps"}
    filters = "deviceManagement/assignmentFilters"
    tenant.seed({"op": "update", "collection": filters, "id": IOS_FILTER, "values": for_apps})
    first = tenant.lives(
        "intune_app_config",
        **managed(targeted_app_management_levels=["unmanaged", "mdm"]),
        description="As made",
        scope_tags=["Mobile Security"],
        assignments=[
            {"group": "Bring your own"},
            {"all_users": True, "filter": "Corporate iOS", "filter_mode": "exclude"},
        ],
    )
    assert first["diff"]["after"]["managed_apps"]["custom_settings"] == {
        "server": "mdm.example",
        "proxy": "false",
        "limit": "5",
        "code": "********",
    }
    assert first["app_config"]["type"] == "targeted_managed_app_configuration"
    assert SECRET not in json.dumps(first)
    (stored,) = tenant.records(MANAGED)
    assert tenant.records(DEVICES) == []
    assert {item["name"]: item["value"] for item in stored["customSettings"]} == {
        "server": "mdm.example",
        "proxy": "false",
        "limit": "5",
        "code": SECRET,
    }
    assert stored["targetedAppManagementLevels"] == "unmanaged,mdm"
    assert {item["target"].get("groupId") for item in stored["assignments"]} == {group, None}
    changed = tenant.lives(
        "intune_app_config",
        **managed(apps=IDENTIFIERS[:1], custom_settings={"server": "other.example"}, targeted_app_management_levels=[]),
        description="Changed",
        assignments=[{"all_users": True}],
        purge_assignments=True,
    )
    assert changed["diff"]["before"]["managed_apps"]["apps"] == IDENTIFIERS
    assert changed["diff"]["after"]["managed_apps"]["apps"] == IDENTIFIERS[:1]
    tenant.emulator.journal(clear=True)
    assert tenant("intune_app_config", **managed(apps=IDENTIFIERS[:1]), state="present")[
        "changed"
    ]  # the settings of the beginning
    assert [entry["path"].rpartition("/")[2] for entry in tenant.writes()] == [stored["id"]]
    assert tenant("intune_app_config", name="MAM", state="absent", check=True)["changed"]
    assert tenant("intune_app_config", name="MAM", state="absent")["changed"]
    assert tenant.records(MANAGED) == []
    assert not tenant("intune_app_config", name="MAM", state="absent")["changed"]


def test_a_package_name_of_a_managed_app_may_have_the_prefix_of_google_play(tenant: Tenant) -> None:
    options: Json = {"name": "MAM", "managed_apps": {"apps": [{"package_id": "app:com.example.x"}]}}
    back = tenant.lives("intune_app_config", **options)
    assert back["diff"]["after"]["managed_apps"]["apps"] == [{"package_id": "com.example.x"}]
    same = tenant("intune_app_config", name="MAM", managed_apps={"apps": [{"package_id": "com.example.x"}]})
    assert not same["changed"]


@pytest.mark.parametrize(
    ("app", "reason"), [({"bundle_id": "com example"}, "a bundle ID"), ({"package_id": "com"}, "a package name")]
)
def test_an_app_that_no_store_can_have_is_refused(tenant: Tenant, app: Json, reason: str) -> None:
    assert reason in tenant.fails("intune_app_config", name="MAM", managed_apps={"apps": [app]})


def test_an_unchanged_configuration_for_managed_apps_costs_one_request(tenant: Tenant) -> None:
    tenant("intune_app_config", **managed())
    assert tenant("intune_app_config", **managed())["graph_requests"] == 1


@pytest.mark.parametrize("group", ["all_apps", "all_core_microsoft_apps", "all_microsoft_apps"])
def test_a_group_of_apps_is_configured_in_place_of_a_list_and_back(tenant: Tenant, group: str) -> None:
    options: Json = {"name": "MAM", "managed_apps": {"app_group_type": group, "custom_settings": {"a": "b"}}}
    tenant.lives("intune_app_config", **options)
    refusal = tenant.fails("intune_app_config", name="MAM", managed_apps={"apps": IDENTIFIERS[:2]})
    assert f"is for {group}" in refusal
    assert "app_group_type: selected_public_apps" in refusal
    one_by_one: Json = {"apps": IDENTIFIERS[:2], "app_group_type": "selected_public_apps"}
    back = tenant.lives("intune_app_config", name="MAM", managed_apps=one_by_one)
    assert back["diff"]["before"]["managed_apps"]["app_group_type"] == group
    assert back["diff"]["after"]["managed_apps"]["app_group_type"] == "selected_public_apps"
    (stored,) = tenant.records(MANAGED)
    assert len(stored["apps"]) == 2
    assert tenant("intune_app_config", name="MAM", managed_apps={"app_group_type": group})["changed"]


def test_more_apps_than_expand_shows_are_all_read(tenant: Tenant) -> None:
    many: list[Json] = [{"bundle_id": f"com.example.app{number:02d}"} for number in range(45)]
    tenant.emulator.settings(page_size=10)
    try:
        tenant.lives("intune_app_config", name="MAM", managed_apps={"apps": many})
        (found,) = tenant("intune_app_config_info", name="MAM")["app_configs"]
    finally:
        tenant.emulator.settings(page_size=None)
    assert found["managed_apps"]["apps"] == many


def test_the_channels_are_kept_apart_by_name_and_found_by_id(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosStoreApp", "App", publisher="x", bundleId="com.example.ios")
    ios: Json = {"name": "Same name", "target_apps": ["App"], "ios": {"settings": [{"key": "a", "value": "b"}]}}
    mam: Json = {**managed(), "name": "Same name"}
    on_devices, in_apps = tenant.lives("intune_app_config", **ios), tenant.lives("intune_app_config", **mam)
    assert on_devices["id"] != in_apps["id"]
    said = tenant.fails("intune_app_config", name="Same name", description="whose?")
    assert all(made["id"] in said for made in (on_devices, in_apps))
    for made in (on_devices, in_apps):
        assert tenant("intune_app_config", id=made["id"], name="Renamed", description="New")["changed"]
        assert tenant("intune_app_config", id=made["id"], name="Renamed", description="New")["changed"] is False
    found = tenant("intune_app_config_info", name_pattern="renam*")["app_configs"]
    assert {item["id"]: sorted({"ios", "managed_apps"} & set(item)) for item in found} == {
        on_devices["id"]: ["ios"],
        in_apps["id"]: ["managed_apps"],
    }
    for item in found:
        assert tenant("intune_app_config", **item)["changed"] is False
        assert tenant("intune_app_config_info", id=item["id"])["app_configs"] == [item]
    other = tenant.fails("intune_app_config", id=in_apps["id"], target_apps=[app], ios=ios["ios"])
    assert "does not let these be changed afterwards: ios" in other
    assert "recreate=true" in other
    for made in (on_devices, in_apps):
        assert tenant("intune_app_config", id=made["id"], state="absent")["changed"]
    assert tenant.records(DEVICES) + tenant.records(MANAGED) == []


def test_android_for_work_is_a_form_of_its_own(tenant: Tenant) -> None:
    tenant.have(
        APPS,
        "androidForWorkApp",
        "Old",
        publisher="x",
        packageId="com.example.old",
        appIdentifier="app:com.example.old",
    )
    section: Json = {
        "managed_properties": {"server": "x", "count": 3},
        "secret_managed_properties": {"code": SECRET},
        "permission_actions": [
            {"permission": "android.permission.CAMERA", "action": "auto_deny"},
            {"permission": "android.permission-group.NEARBY_DEVICES", "action": "auto_grant"},
        ],
        "credential_provider_role_state": "allowed",
        "profile_applicability": "android_work_profile",
    }
    made = tenant.lives("intune_app_config", name="Work", target_apps=["com.example.old"], android_for_work=section)
    assert SECRET not in json.dumps(made)
    (stored,) = tenant.records(DEVICES)
    assert stored["packageId"] == "app:com.example.old"
    assert stored["credentialProviderRoleState"] == "allowed"
    tenant.lives(
        "intune_app_config",
        name="Work",
        android_for_work={"connected_apps_enabled": True, "managed_properties": {"server": "y"}},
    )
    (found,) = tenant("intune_app_config_info", name="Work")["app_configs"]
    assert found["android_for_work"]["managed_properties"] == {"server": "y"}
    assert tenant("intune_app_config", **found)["changed"] is False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (managed(apps=[{}]), "exactly one of bundle_id, package_id, windows_app_id"),
        (managed(apps=[{"bundle_id": "a", "package_id": "b"}]), "exactly one of"),
        (managed(custom_settings={"a": [1]}), "must have single values"),
        (
            {"name": "A", "android": {"managed_properties": {"a": [1, {"b": 1}], "b": {"c": [[1]]}, "d": [1]}}},
            "which is not so for: a, b.c.",
        ),
        (managed(custom_settings={"code": "x"}), "in custom_settings and in secret_custom_settings: code"),
        ({**managed(), "target_apps": ["App"]}, "managed_apps.apps"),
    ],
)
def test_options_for_managed_apps_that_do_not_fit_are_refused_before_any_write(
    tenant: Tenant, options: Json, said: str
) -> None:
    assert said in tenant.fails("intune_app_config", **options)


def test_what_a_new_configuration_needs_is_said(tenant: Tenant) -> None:
    assert "managed_apps.apps or managed_apps.app_group_type" in tenant.fails(
        "intune_app_config", name="x", managed_apps={"custom_settings": {"a": "b"}}
    )
    assert "ios, android, android_for_work, managed_apps" in tenant.fails(
        "intune_app_config", name="x", description="d"
    )


@pytest.mark.parametrize("values", [{}, {"apps": IDENTIFIERS[:1]}])
def test_a_creation_whose_answer_was_lost_is_finished(tenant: Tenant, values: Json) -> None:
    tenant.emulator.faults(
        {
            "match": {"method": "POST", "path": "targetedManagedAppConfigurations$"},
            "nth": 1,
            "action": {"drop_after_execute": True},
        }
    )
    tenant("intune_app_config", **managed(**values))
    assert len(tenant.records(MANAGED)) == 1
    assert tenant("intune_app_config", **managed(**values))["changed"] is False


def test_a_refused_expand_hides_nothing(tenant: Tenant) -> None:
    made = tenant("intune_app_config", **managed(), assignments=[{"all_users": True}])
    tenant.emulator.faults(
        {"match": {"method": "GET", "path": "targetedManagedAppConfigurations.*expand"}, "action": {"status": 400}}
    )
    for call in ({"name": "MAM"}, {"id": made["id"], "name": "MAM"}):
        assert (
            tenant("intune_app_config", **{**managed(), **call}, assignments=[{"all_users": True}])["changed"] is False
        )
    assert (
        tenant("intune_app_config_info", id=made["id"])["app_configs"]
        == tenant("intune_app_config_info", name="MAM")["app_configs"]
    )
    assert "No app configuration has the id" in tenant.fails(
        "intune_app_config", id="A_11111111-2222-3333-4444-555555555555", description="d"
    )


def test_of_a_property_list_only_what_the_task_gives_is_shown(tenant: Tenant) -> None:
    def settings_xml(**values: str) -> Json:
        pairs = "".join(f"<key>{key}</key><string>{text}</string>" for key, text in values.items())
        return {"name": "Plist", "ios": {"settings_xml": f"<dict>{pairs}</dict>"}}

    app = tenant.have(APPS, "iosStoreApp", "App")
    tenant("intune_app_config", **settings_xml(mode="a", code=SECRET), target_apps=[app])
    changed = tenant.lives("intune_app_config", **settings_xml(mode="b"))
    assert changed["diff"]["before"]["ios"]["settings_xml"] == "********"
    assert changed["diff"]["after"] == settings_xml(mode="b")
    assert SECRET not in json.dumps(changed)
    shown = tenant("intune_app_config", **settings_xml(mode="c"))
    assert shown["diff"]["before"] == settings_xml(mode="b")
    assert "********" in json.dumps(tenant("intune_app_config", name="Plist", description="x")["app_config"])


@pytest.mark.parametrize("is_other_type", [True, False])
def test_a_target_of_another_type_or_none_is_given_by_its_id_and_kept(tenant: Tenant, is_other_type: bool) -> None:
    android: Json = {"packageId": "app:com.example.one", "profileApplicability": "default", "displayName": "Lost"}
    (app,) = tenant.seed({"op": "import_app", "package": "com.example.one"})
    config = tenant.have(
        DEVICES, "androidManagedStoreAppConfiguration", "Lost", **android, targetedMobileApps=[app["id"]]
    )
    target = "11111111-2222-3333-4444-555555555555"
    if is_other_type:
        apps = "deviceAppManagement/mobileApps"
        target = tenant.have(
            apps, "iosStoreApp", "An iOS app", publisher="x", appStoreUrl="https://apps.apple.com/app/id1"
        )
    tenant.seed({"op": "update", "collection": DEVICES, "id": config, "values": {"targetedMobileApps": [target]}})
    result = tenant("intune_app_config_info", name="Lost")
    assert target in "".join(result["warnings"])
    (found,) = result["app_configs"]
    assert found["target_apps"] == [target]
    assert tenant("intune_app_config", **found)["changed"] is False
