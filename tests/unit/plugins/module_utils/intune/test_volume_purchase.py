# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of Apple's store or of its volume purchase program, whichever is to be used."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.emulator.enrollment import VPP_TOKEN
from tests.emulator.resources import VPP_TOKENS
from tests.samples import APPS
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
BUNDLE, STORE_URL = "com.example.protect", "https://apps.apple.com/us/app/protect/id1006390797"
PROTECT: Json = {
    "name": "Protect",
    "publisher": "P",
    "bundle_id": BUNDLE,
    "app_store_url": STORE_URL,
    "minimum_supported_operating_system": "15.0",
    "assignments": [{"all_users": True, "settings": {"use_device_licensing": True, "is_removable": False}}],
}


def bought(tenant: Tenant, total: int, used: int = 0, name: str = "Protect by Apple", **values: Any) -> str:
    values = {"bundleId": BUNDLE, "appStoreUrl": STORE_URL, "publisher": "Apple's", **values}
    return tenant.have(APPS, "iosVppApp", name, totalLicenseCount=total, usedLicenseCount=used, **values)


def settings(result: Json) -> Json:
    (assignment,) = result["app"]["assignments"]
    return dict(assignment["settings"])


def test_without_a_purchased_app_auto_adds_the_store_app(tenant: Tenant) -> None:
    result = tenant.lives("intune_app", **PROTECT, use="auto")
    assert result["app"]["type"] == "ios_store_app"
    # A store app has no licences.
    assert settings(result) == {"is_removable": False}


def test_auto_uses_a_purchased_app_with_free_licences_and_leaves_what_comes_from_apple(tenant: Tenant) -> None:
    app = bought(tenant, total=10, used=9)
    result = tenant.lives("intune_app", **PROTECT, use="auto", notes="n")
    assert result["id"] == app
    assert (result["app"]["name"], result["app"]["publisher"]) == ("Protect by Apple", "Apple's")
    assert settings(result) == {"use_device_licensing": True, "is_removable": False}
    assert [record["displayName"] for record in tenant.records(APPS)] == ["Protect by Apple"]


@pytest.mark.parametrize("known", [{"bundle_id": BUNDLE}, {"app_store_url": STORE_URL.replace("/us/", "/de/")}])
def test_a_purchased_app_is_found_by_bundle_id_or_store_id(tenant: Tenant, known: Json) -> None:
    app = bought(tenant, total=1)
    assert tenant("intune_app", use="vpp", name="Any", **known)["id"] == app


def test_a_purchased_app_that_is_assigned_is_kept_when_its_licences_run_out(tenant: Tenant) -> None:
    app = bought(tenant, total=5, used=4)
    tenant("intune_app", **PROTECT, use="auto")
    tenant.seed({"op": "update", "collection": APPS, "id": app, "values": {"usedLicenseCount": 5}})
    again = tenant("intune_app", **PROTECT, use="auto")
    assert (again["changed"], again["id"]) == (False, app)
    assert (again["app"]["used_license_count"], again["app"]["total_license_count"]) == (5, 5)


@pytest.mark.parametrize(("total", "used"), [(0, 0), (5, 5), (5, 7)])
def test_auto_uses_the_store_app_where_no_licence_is_free(tenant: Tenant, total: int, used: int) -> None:
    bought(tenant, total, used)
    assert tenant.lives("intune_app", **PROTECT, use="auto")["app"]["type"] == "ios_store_app"


def test_a_store_app_that_stays_assigned_beside_the_purchased_one_is_named(tenant: Tenant) -> None:
    store = tenant("intune_app", **PROTECT, use="auto")["id"]
    app = bought(tenant, total=5)
    predicted = tenant("intune_app", **PROTECT, use="auto", check=True)
    done = tenant("intune_app", **PROTECT, use="auto")
    assert done["id"] == app
    for result in (predicted, done, tenant("intune_app", **PROTECT, use="auto")):
        (warning,) = result["warnings"]
        assert store in warning


def test_store_is_the_store_app_whatever_was_bought(tenant: Tenant) -> None:
    bought(tenant, total=5)
    result = tenant.lives("intune_app", **PROTECT, use="store")
    assert result["app"]["type"] == "ios_store_app"
    by_type = {key: value for key, value in PROTECT.items() if key != "assignments"}
    assert not tenant("intune_app", **by_type, type="ios_store_app")["changed"]


def test_vpp_needs_the_purchased_app(tenant: Tenant) -> None:
    said = tenant.fails("intune_app", **PROTECT, use="vpp")
    assert "sync_vpp_tokens" in said
    app = bought(tenant, total=0)
    assert tenant.lives("intune_app", **PROTECT, use="vpp")["id"] == app


def test_of_purchased_apps_of_several_tokens_the_assigned_one_is_used(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They are of one time here, as those of runs at once would be.
    monkeypatch.setattr(wait, "VISIBLE_WITHIN", 0.2)
    ids = [bought(tenant, total=5, name=name) for name in ("A", "B")]
    said = tenant.fails("intune_app", **PROTECT, use="auto")
    assert all(app in said for app in ids)
    tenant("intune_app", type="ios_vpp_app", name="B", assignments=[{"all_users": True}])
    assert tenant("intune_app", **PROTECT, use="auto")["id"] == ids[1]


def test_a_synchronization_brings_what_was_bought_just_now(tenant: Tenant) -> None:
    tenant.seed({"op": "purchase", "name": "Apple's", "bundle_id": BUNDLE, "store_id": "1006390797", "licences": 3})
    result = tenant.lives("intune_app", **PROTECT, use="vpp", sync_vpp_tokens=True)
    shown = [result["app"][option] for option in ("type", "name", "total_license_count")]
    assert shown == ["ios_vpp_app", "Apple's", 3]
    assert settings(result) == {"use_device_licensing": True, "is_removable": False}
    tenant.emulator.journal(clear=True)
    tenant("intune_app", **PROTECT, use="vpp", sync_vpp_tokens=True)
    assert tenant.writes() == []


def test_a_purchased_app_gets_no_ownership_tag_so_it_is_never_deleted(tenant: Tenant) -> None:
    tenant.seed({"op": "purchase", "name": "Apple's", "bundle_id": BUNDLE, "store_id": "1006390797", "licences": 3})
    options = {**PROTECT, "use": "vpp", "created_by": "ours"}
    tenant("intune_app", **options, sync_vpp_tokens=True)
    back = tenant("intune_app", **options, state="absent")
    assert back["kept_because"][0]["reason"] == "not_tagged"
    (app,) = tenant.records(APPS)
    assert not app["notes"]


def test_a_synchronization_that_takes_its_time_is_waited_for(tenant: Tenant) -> None:
    tenant.emulator.settings(vpp_sync=300)
    try:
        tenant.seed({"op": "purchase", "name": "P", "bundle_id": BUNDLE, "store_id": "1006390797", "licences": 3})
        assert tenant("intune_app", **PROTECT, use="vpp", sync_vpp_tokens=True)["changed"]
        with pytest.raises(IntuneError, match=r"within 0 s \(wait_timeout\)"):
            tenant("intune_app", use="vpp", name="X", bundle_id="com.x", sync_vpp_tokens=True, wait_timeout=0)
    finally:
        tenant.emulator.settings(vpp_sync=0)


def test_an_id_says_which_object_is_meant(tenant: Tenant) -> None:
    ids = [bought(tenant, total=5, name=name) for name in ("A", "B")]
    assert tenant("intune_app", **PROTECT, use="auto", id=ids[1])["id"] == ids[1]
    assert tenant("intune_app", **PROTECT, use="vpp", id=ids[0])["id"] == ids[0]
    assert "type" in tenant.fails("intune_app", **PROTECT, use="store", id=ids[0])


def test_a_lost_answer_does_not_make_a_second_store_app(tenant: Tenant) -> None:
    tenant.emulator.faults(
        {"match": {"method": "POST", "path": "mobileApps$"}, "times": 1, "action": {"drop_after_execute": True}}
    )
    assert tenant("intune_app", **PROTECT, use="auto")["changed"]
    assert len(tenant.records(APPS)) == 1
    assert not tenant("intune_app", **PROTECT, use="auto")["changed"]


def test_what_nobody_bought_is_said_when_the_synchronization_ends(tenant: Tenant) -> None:
    with pytest.raises(IntuneError, match="did not appear in Intune with the synchronization"):
        tenant("intune_app", **PROTECT, use="vpp", sync_vpp_tokens=True)


def test_only_valid_tokens_are_synchronized(tenant: Tenant) -> None:
    tenant.seed({"op": "update", "collection": VPP_TOKENS, "id": VPP_TOKEN, "values": {"state": "expired"}})
    assert "no valid volume purchase token" in tenant.fails("intune_app", **PROTECT, use="vpp", sync_vpp_tokens=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"type": "ios_store_app"}, "type cannot be declared with it"),
        ({"package_id": "com.example"}, "package_id cannot be declared with it"),
        ({"bundle_id": None, "app_store_url": None}, "use needs bundle_id or app_store_url"),
        ({"sync_vpp_tokens": True}, "sync_vpp_tokens is for apps with use=vpp"),
        ({"app_url": "https://contoso.example"}, "does not take app_url"),
        ({"minimum_supported_operating_system": "1.0"}, "'1.0' is not a valid version"),
        ({"publisher": None}, "publisher"),
        ({"assignments": [{"all_users": True, "settings": {"auto_update_mode": "default"}}]}, "auto_update_mode"),
    ],
)
def test_options_that_do_not_fit_are_refused(tenant: Tenant, options: Json, said: str) -> None:
    given = {key: value for key, value in {**PROTECT, **options}.items() if value is not None}
    assert said in tenant.fails("intune_app", **given, use="auto")


def test_nobody_deletes_a_purchased_app_instead_of_a_store_app(tenant: Tenant) -> None:
    tag: Json = {"created_by": "ours", "use": "auto"}
    store = tenant("intune_app", **PROTECT, **tag)["id"]
    app = bought(tenant, total=5)
    tenant("intune_app", **PROTECT, **tag)
    # First the one in use, then the other.
    back = tenant("intune_app", **PROTECT, **tag, state="absent")
    assert (back["id"], back["changed"], back["kept_because"][0]["reason"]) == (app, True, "not_tagged")
    assert tenant("intune_app", **PROTECT, **tag, state="absent")["id"] == store
    assert [record["id"] for record in tenant.records(APPS)] == [app]
    assert not tenant("intune_app", **PROTECT, **tag, state="absent")["changed"]


def test_a_document_takes_the_same_options(tenant: Tenant) -> None:
    app = bought(tenant, total=5)
    document: Json = {"configuration": {"apps": [{**PROTECT, "use": "auto"}]}}
    assert tenant("intune_configuration", **document, check=True)["changed"]
    assert tenant("intune_configuration", **document)["changed"]
    assert not tenant("intune_configuration", **document)["changed"]
    assert [record["id"] for record in tenant.records(APPS)] == [app]


@pytest.mark.parametrize("target", ["Protect", "Protect by Apple", BUNDLE])
def test_a_document_refers_to_a_purchased_app_by_the_name_of_either(tenant: Tenant, target: str) -> None:
    app = bought(tenant, total=5, publishingState="published")
    settings = {"ios": {"settings": [{"key": "a", "value": "b"}]}}
    document: Json = {
        "apps": [{**PROTECT, "use": "auto"}],
        "app_configs": [{"name": "C", "target_apps": [target], **settings}],
    }
    assert tenant("intune_configuration", configuration=document, check=True)["changed"]
    assert tenant("intune_configuration", configuration=document)["changed"]
    (config,) = tenant.records("deviceAppManagement/mobileAppConfigurations")
    assert config["targetedMobileApps"] == [app]
    assert not tenant("intune_configuration", configuration=document)["changed"]


def test_what_info_shows_of_either_is_given_back_unchanged(tenant: Tenant) -> None:
    bought(tenant, total=5)
    tenant("intune_app", **PROTECT, use="auto")
    tenant("intune_app", **{**PROTECT, "name": "Store", "use": "store"})
    for options in tenant("intune_app_info")["apps"]:
        assert not tenant("intune_app", **options)["changed"]
