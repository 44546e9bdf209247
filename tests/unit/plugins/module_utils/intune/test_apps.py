# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of every type: those that are added, and those that are found and assigned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tests.emulator
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.names import snake_case
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app import App
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignable import (
    APP_ASSIGNMENTS,
    app_settings_arguments,
)
from tests.emulator.resources import APP_SETTINGS
from tests.emulator.schema import Contract
from tests.samples import APPS
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
CONTRACT = Path(tests.emulator.__file__).parent / "contract"
ADOPTED = [object_type.graph_type for object_type in App.types if not object_type.creatable]
IOS: Json = {
    "name": "Protect",
    "type": "ios_store_app",
    "publisher": "Check Point",
    "app_store_url": "https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797",
}
VALUES: Json = {
    "is_removable": False,
    "prevent_managed_app_backup": True,
    "uninstall_on_device_removal": True,
    "use_device_licensing": True,
    "prevent_auto_app_update": True,
    "android_managed_store_app_track_ids": ["b", "a"],
    "auto_update_mode": "priority",
    "notifications": "show_reboot",
    "delivery_optimization_priority": "foreground",
    "restart_settings": {"grace_period_in_minutes": 60},
    "use_device_context": True,
    "vpn_profile": "Zero touch",
}
VPN: Json = {
    "connectionName": "c",
    "connectionType": "customVpn",
    "identifier": "x",
    "authenticationMethod": "certificate",
    "server": {"address": "127.0.0.1"},
}


def settings_of(graph_type: str) -> Json:
    """Every setting that an app of the type takes."""
    form = APP_ASSIGNMENTS.settings.get(graph_type)
    times: Json = {"use_local_time": True, "deadline_date_time": "2026-12-31T12:00:00+01:00"}
    if graph_type == "win32LobApp":
        times["start_date_time"] = "2026-12-30T12:00:00Z"
    return {field.option: VALUES.get(field.option, times) for field in form.fields} if form else {}


def test_an_app_of_any_type_is_read_together_with_the_names_in_its_assignments(tenant: Tenant) -> None:
    tenant.have(APPS, "iosVppApp", "Found", publisher="x")
    tenant("intune_group", name="Pilot")
    options: Json = {
        "name": "Found",
        "assignments": [{"group": "Pilot", "filter": "Corporate iOS", "settings": {"is_removable": True}}],
    }
    assert tenant("intune_app", **options)["changed"]
    again = tenant("intune_app", **options)
    assert (again["changed"], again["graph_requests"]) == (False, 1)


@pytest.mark.parametrize("graph_type", ADOPTED)
def test_an_app_that_is_there_is_found_changed_and_assigned_but_never_added(tenant: Tenant, graph_type: str) -> None:
    is_of_google = graph_type == "androidManagedStoreWebApp"
    tenant.have("deviceManagement/deviceConfigurations", "iosVpnConfiguration", "Zero touch", **VPN)
    app = tenant.have(APPS, graph_type, "Found", publisher="x", description="As it was")
    options: Json = {
        "name": "Found",
        "type": snake_case(graph_type),
        "scope_tags": ["Mobile Security"],
        "notes": "Adopted\n",
    }
    if not is_of_google:
        options.update(
            description="Ours", publisher="We", owner="Me", is_featured=True, information_url="https://example.com"
        )
    assignment: Json = {"all_users": True, "intent": "required"}
    settings = settings_of(graph_type)
    if settings:
        assignment["settings"] = settings
    result = tenant.lives("intune_app", **options, assignments=[assignment])
    assert result["id"] == app
    assert not any(entry["path"].endswith("/mobileApps") for entry in tenant.writes())
    (stored,) = tenant.records(APPS)
    assert stored["roleScopeTagIds"] == ["1"]
    if settings:
        assert stored["assignments"][0]["settings"]["@odata.type"] == f"#microsoft.graph.{APP_SETTINGS[graph_type]}"
    (found,) = tenant("intune_app_info", name="Found")["apps"]
    assert found["assignments"][0].get("settings", {}).keys() == settings.keys()
    assert tenant("intune_app", **found)["changed"] is False
    assert "cannot be created" in tenant.fails("intune_app", **{**options, "name": "Not there"})


URL = "https://www.example.com/start?a=b"
PLAY_URL = "https://play.google.com/store/apps/details?id=com.example.a"
OFFICE: Json = {
    "product_ids": ["o365_pro_plus_retail"],
    "office_platform_architecture": ["x64"],
    "update_channel": "monthly_enterprise",
    "office_suite_app_default_file_format": "office_open_xml_format",
}
# What each type that needs no upload is created with, and a change of it.
CREATED: dict[str, tuple[Json, Json]] = {
    "web_app": ({"app_url": URL, "publisher": "x", "use_managed_browser": True}, {"use_managed_browser": False}),
    "ios_ipados_web_clip": (
        {"app_url": URL, "publisher": "x", "full_screen_enabled": True, "ignore_manifest_scope": True},
        {"target_application_bundle_identifier": "com.example.browser", "pre_composed_icon_enabled": True},
    ),
    "macos_web_clip": ({"app_url": URL, "publisher": "x"}, {"full_screen_enabled": True}),
    "windows_web_app": ({"app_url": URL, "publisher": "x"}, {"description": "Other"}),
    "win_get_app": (
        {"package_identifier": "9NZVDKPMR9RD", "install_experience": {"run_as_account": "system"}, "publisher": "x"},
        {"owner": "Somebody"},
    ),
    "office_suite_app": (
        {"office_suite": OFFICE},
        {"office_suite": {"excluded_apps": ["access", "one_drive"], "locales_to_install": ["de-de"]}},
    ),
    "managed_ios_store_app": (
        {"app_store_url": IOS["app_store_url"], "bundle_id": "com.example.a", "publisher": "x"},
        {"minimum_supported_operating_system": "15.0"},
    ),
    "managed_android_store_app": (
        {"app_store_url": PLAY_URL, "package_id": "app:com.example.a", "publisher": "x"},
        {"minimum_supported_operating_system": "9.0"},
    ),
}


@pytest.mark.parametrize("app_type", CREATED)
def test_an_app_that_needs_no_upload_is_created_changed_and_given_back(tenant: Tenant, app_type: str) -> None:
    options, change = CREATED[app_type]
    tenant.lives("intune_app", name="New", type=app_type, **options)
    tenant.lives("intune_app", name="New", type=app_type, **change)
    (found,) = tenant("intune_app_info", name="New")["apps"]
    assert found["type"] == app_type
    again = tenant("intune_app", **found)
    assert (again["changed"], again["warnings"]) == (False, [])


@pytest.mark.parametrize("app_type", CREATED)
def test_an_app_that_needs_no_upload_is_not_created_without_what_graph_requires(tenant: Tenant, app_type: str) -> None:
    options, _change = CREATED[app_type]
    flat = {**options, **options.get("office_suite", {})}
    for option in flat.keys() - {"use_managed_browser", "full_screen_enabled", "ignore_manifest_scope", "office_suite"}:
        rest = {name: value for name, value in options.items() if name != option}
        if "office_suite" in rest:
            rest["office_suite"] = {name: value for name, value in OFFICE.items() if name != option}
        said = tenant.fails("intune_app", name="New", type=app_type, **rest)
        assert f"these options are needed: {'office_suite.' if option in OFFICE else ''}{option}." in said


@pytest.mark.parametrize(
    ("app_type", "change"),
    [
        ("web_app", {"app_url": "https://other.example.com/"}),
        ("win_get_app", {"install_experience": {"run_as_account": "user"}}),
        ("win_get_app", {"package_identifier": "9WZDNCRFJ3PZ"}),
        ("office_suite_app", {"office_suite": {"office_platform_architecture": ["x86"]}}),
        ("managed_android_store_app", {"package_id": "com.example.b"}),
    ],
)
def test_what_graph_takes_at_create_only_is_not_changed(tenant: Tenant, app_type: str, change: Json) -> None:
    tenant("intune_app", name="New", type=app_type, **CREATED[app_type][0])
    assert "Graph does not let these be changed" in tenant.fails("intune_app", name="New", **change)


def test_office_of_a_configuration_file_needs_no_other_setting(tenant: Tenant) -> None:
    xml = "<Configuration><Add Channel='Current'/></Configuration>"
    tenant.lives(
        "intune_app", name="New", type="office_suite_app", office_suite={"office_configuration_xml": f"{xml}\n"}
    )
    assert tenant("intune_app", name="New", office_suite={"office_configuration_xml": xml})["changed"] is False


def test_every_type_of_app_in_the_schema_is_an_option() -> None:
    contract = Contract.load(CONTRACT / "beta.json")
    concrete = {name for name in contract.names() if contract.is_a(name, "mobileApp") and not contract.abstract(name)}
    assert concrete == {object_type.graph_type for object_type in App.types}


def test_an_app_of_a_type_that_is_newer_than_the_collection_is_shown_given_back_and_not_added_again(
    tenant: Tenant,
) -> None:
    app = tenant.have(APPS, "webApp", "New", publisher="x", appUrl=URL)
    tenant.emulator.faults({"match": {"path": "mobileApps"}, "action": {"alter": "new type"}})
    (found,) = tenant("intune_app_info", name="New")["apps"]
    assert (found["id"], found["type"]) == (app, "something_new")
    assert tenant("intune_app", **found)["changed"] is False
    assert tenant("intune_app", name="New", publisher="x")["changed"] is False
    assert "type" in tenant.fails("intune_app", id=app, type="something_else", publisher="y")
    listed = tenant("intune_app_info")["apps"]
    assert [item["type"] for item in listed] == ["something_new"]


def test_a_type_that_nobody_knows_needs_the_id_of_the_app(tenant: Tenant) -> None:
    said = tenant.fails("intune_app", name="New", type="ios_stor_app")
    assert "type 'ios_stor_app' is not a type of app. Use one of: ios_store_app," in said
    assert tenant.emulator.journal() == []


@pytest.mark.parametrize("options", [{}, {"type": "web_app"}, {"state": "absent"}])
def test_an_app_that_graph_shows_without_its_type_is_neither_changed_nor_added_again(
    tenant: Tenant, options: Json
) -> None:
    tenant.have(APPS, "webApp", "Web", publisher="x", appUrl=URL)
    tenant.emulator.faults({"match": {"path": "mobileApps"}, "action": {"alter": "no type"}})
    declared = {"app_url": URL, "publisher": "x"} if options else {}
    assert "without a type" in tenant.fails("intune_app", **{"name": "Web", **declared, **options})


def test_every_setting_of_the_argument_spec_is_in_these_tests() -> None:
    taken = {option for graph_type in APP_ASSIGNMENTS.settings for option in settings_of(graph_type)}
    assert taken == set(app_settings_arguments())
    assert {name: form.odata_type for name, form in APP_ASSIGNMENTS.settings.items()} == {
        name: f"#microsoft.graph.{settings}" for name, settings in APP_SETTINGS.items()
    }


@pytest.mark.parametrize("graph_type", [object_type.graph_type for object_type in App.types])
def test_a_setting_that_the_type_does_not_take_is_refused_before_any_request(tenant: Tenant, graph_type: str) -> None:
    for option, value in VALUES.items():
        if option not in settings_of(graph_type):
            said = tenant.fails(
                "intune_app",
                name="x",
                type=snake_case(graph_type),
                assignments=[{"all_users": True, "settings": {option: value}}],
            )
            assert f"takes no settings called {option}." in said
    assert tenant.emulator.journal() == []


def test_settings_are_checked_as_deep_as_they_go_and_of_an_untyped_app_when_it_is_known(tenant: Tenant) -> None:
    def assigned(**settings: Any) -> list[Json]:
        return [{"all_users": True, "settings": settings}]

    tenant.have(APPS, "winGetApp", "Store", publisher="x")
    start: Json = {"install_time_settings": {"start_date_time": "2026-12-31", "deadline_date_time": "2027-01-01"}}
    assert "install_time_settings.start_date_time" in tenant.fails(
        "intune_app", name="x", type="win_get_app", assignments=assigned(**start)
    )
    assert tenant.emulator.journal() == []
    late = tenant.fails(
        "intune_app",
        name="x",
        type="win_get_app",
        assignments=assigned(install_time_settings={"deadline_date_time": "soon"}),
    )
    assert "settings.install_time_settings deadline_date_time must be a time" in late
    assert "is_removable" in tenant.fails("intune_app", name="Store", assignments=assigned(is_removable=True))


def test_settings_that_are_not_declared_stay_as_somebody_made_them(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosVppApp", "Bought", publisher="x")
    theirs = {
        "@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings",
        "useDeviceLicensing": True,
        "isRemovable": True,
        "preventAutoAppUpdate": None,
    }
    target = {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
    tenant.seed(
        {
            "op": "assign",
            "collection": APPS,
            "id": app,
            "assignments": [{"intent": "required", "target": target, "settings": theirs}],
        }
    )
    changed = tenant.lives(
        "intune_app", name="Bought", assignments=[{"all_users": True, "settings": {"prevent_auto_app_update": True}}]
    )
    (shown,) = changed["app"]["assignments"]
    assert shown["settings"] == {"use_device_licensing": True, "is_removable": True, "prevent_auto_app_update": True}


@pytest.mark.parametrize(
    ("setting", "intent"),
    [
        ("is_removable", "available"),
        ("is_removable", "available_without_enrollment"),
        ("is_removable", "uninstall"),
        ("uninstall_on_device_removal", "uninstall"),
        ("prevent_managed_app_backup", "uninstall"),
    ],
)
def test_a_setting_that_its_intent_does_not_take_is_refused_and_does_not_stay(
    tenant: Tenant, setting: str, intent: str
) -> None:
    tenant.have(APPS, "iosVppApp", "Bought", publisher="x")
    item: Json = {"all_users": True, "settings": {setting: False}}
    refused = tenant.fails("intune_app", name="Bought", assignments=[{**item, "intent": intent}])
    assert f"assignments: {setting} is for the intent required" in refused
    tenant.lives("intune_app", name="Bought", assignments=[{**item, "intent": "required"}])
    changed = tenant.lives("intune_app", name="Bought", assignments=[{"all_users": True, "intent": intent}])
    (shown,) = changed["app"]["assignments"]
    assert setting not in shown.get("settings", {})


def test_a_setting_that_its_intent_does_not_take_stays_where_somebody_has_it(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosVppApp", "Bought", publisher="x")
    target = {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
    settings = {"@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings", "isRemovable": True}
    entry = {"intent": "available", "target": target, "settings": settings}
    tenant.seed({"op": "assign", "collection": APPS, "id": app, "assignments": [entry]})
    (found,) = tenant("intune_app_info", name="Bought")["apps"]
    assert not tenant("intune_app", **found)["changed"]
    changed = tenant.lives("intune_app", name="Bought", assignments=[{"all_users": True, "filter": "Corporate iOS"}])
    assert changed["app"]["assignments"][0]["settings"]["is_removable"] is True


def test_the_licences_of_a_bought_app_are_reported(tenant: Tenant) -> None:
    counts = {"usedLicenseCount": 3, "totalLicenseCount": 10, "vppTokenOrganizationName": "Contoso"}
    app = tenant.have(APPS, "iosVppApp", "Bought", publisher="x", **counts)
    shown = {"used_license_count": 3, "total_license_count": 10, "vpp_token_organization_name": "Contoso"}
    assert shown.items() <= tenant("intune_app", name="Bought")["app"].items()
    assert shown.items() <= tenant("intune_app_info")["details"][app].items()
    other = tenant.have(APPS, "iosStoreApp", "Free", publisher="x")
    assert not shown.keys() & tenant("intune_app_info", id=other)["details"][other].keys()


def test_a_web_app_of_google_play_is_not_renamed(tenant: Tenant) -> None:
    app = tenant.have(APPS, "androidManagedStoreWebApp", "Intranet", publisher="x")
    assert "comes from managed Google Play" in tenant.fails("intune_app", id=app, name="Other")
    assert tenant("intune_app", id=app, name="Intranet")["changed"] is False
    assert "does not take description" in tenant.fails(
        "intune_app", name="Intranet", type="android_managed_store_web_app", description="d"
    )


def test_all_properties_of_a_store_app_are_set_changed_and_given_back(tenant: Tenant, tmp_path: Path) -> None:
    icon = tmp_path / "icon.png"
    icon.write_bytes(b"\x89PNG\r\n\x1a\n1")
    tenant.have("deviceAppManagement/mobileAppCategories", "mobileAppCategory", "Security")
    first: Json = {
        **IOS,
        "description": "Line\r\nline\n",
        "developer": "D",
        "owner": "O",
        "notes": "N",
        "information_url": "https://example.com/i",
        "privacy_information_url": "https://example.com/p",
        "is_featured": True,
        "bundle_id": "com.example.protect",
        "applicable_device_types": ["iphone_and_ipod"],
        "minimum_supported_operating_system": "17.0",
        "icon": str(icon),
        "categories": ["Security", "Business"],
        "scope_tags": ["Mobile Security", "Default"],
    }
    tenant.lives("intune_app", **first)
    (found,) = tenant("intune_app_info", name="Protect")["apps"]
    assert tenant("intune_app", **found)["changed"] is False
    icon.write_bytes(b"\x89PNG\r\n\x1a\n2")
    second = {
        name: f"{value}2"
        for name, value in first.items()
        if name in ("description", "developer", "owner", "notes", "information_url")
    }
    changed = tenant.lives(
        "intune_app",
        **{
            **first,
            **second,
            "categories": ["Business"],
            "minimum_supported_operating_system": "26.0",
            "is_featured": False,
        },
    )
    assert changed["diff"]["before"]["icon"] != changed["diff"]["after"]["icon"]
    assert tenant("intune_app", name="Protect", description="Line\nline\r\n2")["changed"] is False


def test_the_icon_of_an_app_that_goes_is_not_read(tenant: Tenant) -> None:
    tenant("intune_app", **IOS)
    assert tenant("intune_app", **IOS, icon="/nowhere/icon.png", state="absent")["changed"]


@pytest.mark.parametrize("version", ["17", "19.0", "newest"])
def test_a_version_that_graph_has_no_flag_for_is_refused_with_those_it_has(tenant: Tenant, version: str) -> None:
    said = tenant.fails("intune_app", **IOS, minimum_supported_operating_system=version)
    assert f"minimum_supported_operating_system '{version}' is not a valid version" in said
    assert "17.0, 18.0, 26.0" in said


def test_versions_are_those_of_the_schema() -> None:
    types = json.loads((CONTRACT / "beta.json").read_text(encoding="utf-8"))["types"]
    for object_type in App.types:
        for field in object_type.fields:
            if field.option == "minimum_supported_operating_system":
                name = "ios" if "ios" in object_type.graph_type.lower() else "android"
                assert set(field.type.members) == set(types[f"{name}MinimumOperatingSystem"]["properties"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({**IOS, "app_store_url": "apps.apple.com/app/id1"}, "app_store_url must be a URL"),
        ({**IOS, "app_store_url": "https:///app/id1"}, "app_store_url must be a URL"),
        ({**IOS, "app_store_url": "https://apps.apple.com/app/id1 "}, "app_store_url must be a URL"),
        ({**IOS, "information_url": "ftp://example.com"}, "information_url must be a URL"),
        ({"name": "x", "type": "web_app", "publisher": "x", "app_url": "www.example.com"}, "app_url must be a URL"),
        ({**IOS, "bundle_id": "com example"}, "bundle_id must be a bundle ID such as com.example.app"),
        (
            {"type": "android_managed_store_app", "package_id": "com example"},
            "package_id must be a package name such as com.example.app",
        ),
    ],
)
def test_what_cannot_be_an_app_is_refused_before_it_is_created(tenant: Tenant, options: Json, reason: str) -> None:
    assert reason in tenant.fails("intune_app", **options)


def test_values_that_an_existing_app_has_are_legal(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosVppApp", "Odd", publisher="x", informationUrl="not a URL")
    (found,) = tenant("intune_app_info", id=app)["apps"]
    assert tenant("intune_app", **found)["changed"] is False
    assert tenant("intune_app", **{**found, "description": "Other"})["changed"]
    assert "information_url must be a URL" in tenant.fails("intune_app", id=app, information_url="nor this")


@pytest.mark.parametrize("package_id", ["com.lacoon.security.fox", "app:com.lacoon.security.fox"])
def test_a_package_name_may_have_the_prefix_of_graph(tenant: Tenant, package_id: str) -> None:
    first = tenant.lives("intune_app", type="android_managed_store_app", package_id=package_id, wait_timeout=5)
    for other in ("app:com.lacoon.security.fox", "com.lacoon.security.fox"):
        assert tenant("intune_app", package_id=other)["id"] == first["id"]


def test_a_relative_path_that_leads_nowhere_is_named_in_full(tenant: Tenant) -> None:
    said = tenant.fails("intune_app", **IOS, icon="icons/missing.png")
    assert f"icon {Path('icons/missing.png').absolute()} cannot be read" in said
