# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App protection policies of three collections: the threat level, the apps by list or by group, assignments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
MODULE = "intune_app_protection_policy"
IOS = "deviceAppManagement/iosManagedAppProtections"
ANDROID = "deviceAppManagement/androidManagedAppProtections"
OUTLOOK: Json = {"bundle_id": "com.microsoft.Office.Outlook"}
TEAMS: Json = {"bundle_id": "com.microsoft.skype.teams"}


def policy(**ios: Any) -> Json:
    return {"name": "P", "ios": ios}


def actions(tenant: Tenant) -> list[Json]:
    return [entry["body"] for entry in tenant.emulator.journal() if entry["path"].endswith("/targetApps")]


def test_a_policy_lives_through_its_changes(tenant: Tenant) -> None:
    for name in ("Users", "Emergency"):
        tenant.seed({"op": "create", "collection": "groups", "body": {"displayName": name}})
    first = tenant.lives(
        MODULE,
        **policy(
            apps=[OUTLOOK, TEAMS],
            targeted_app_management_levels=["unmanaged"],
            maximum_allowed_device_threat_level="secured",
            mobile_threat_defense_remediation_action="wipe",
            period_offline_before_access_check="PT24H",
            exempted_app_protocols=[{"name": "Default", "value": "tel;sms"}],
        ),
        description="d",
        scope_tags=["Mobile Security"],
        assignments=[{"group": "Users"}, {"group": "Emergency", "exclude": True}],
    )
    assert first["app_protection_policy"]["type"] == "ios_managed_app_protection"
    (stored,) = tenant.records(IOS)
    assert stored["maximumAllowedDeviceThreatLevel"] == "secured"
    changed = tenant.lives(MODULE, **policy(apps=[TEAMS], maximum_allowed_device_threat_level="low"))
    assert changed["diff"]["before"]["ios"]["apps"] == [OUTLOOK, TEAMS]
    assert changed["diff"]["after"]["ios"] == {
        "apps": [TEAMS],
        "maximum_allowed_device_threat_level": "low",
    }
    (found,) = tenant(f"{MODULE}_info", name="P")["app_protection_policies"]
    assert found["assignments"] == [{"group": "Emergency", "exclude": True}, {"group": "Users"}]


def test_a_new_policy_has_the_times_of_the_admin_center(tenant: Tenant) -> None:
    tenant(MODULE, **policy(app_group_type="all_apps"))
    (ios,) = tenant(f"{MODULE}_info", name="P")["app_protection_policies"]
    assert ios["ios"]["period_offline_before_wipe_is_enforced"] == "P90D"
    assert ios["ios"]["period_offline_before_access_check"] == "PT12H"
    assert ios["ios"]["minimum_pin_length"] == 4


def test_a_time_is_compared_by_its_length(tenant: Tenant) -> None:
    tenant(MODULE, **policy(app_group_type="all_apps", period_offline_before_access_check="PT24H"))
    for text in ("P1D", "PT1440M", "pt24h", "P0DT24H0M0S"):
        assert not tenant(MODULE, **policy(period_offline_before_access_check=text))["changed"], text
    assert tenant(MODULE, **policy(period_offline_before_access_check="PT24H1M"))["changed"]
    assert "must be a duration such as PT30M" in tenant.fails(MODULE, **policy(period_before_pin_reset="1 day"))


@pytest.mark.parametrize(
    ("module", "options", "collection"),
    [
        (MODULE, {"ios": {"app_group_type": "all_microsoft_apps"}}, IOS),
        (
            "intune_app_config",
            {"managed_apps": {"app_group_type": "all_microsoft_apps"}},
            "deviceAppManagement/targetedManagedAppConfigurations",
        ),
    ],
)
def test_the_apps_of_a_group_are_the_services_own(
    tenant: Tenant, module: str, options: Json, collection: str, tmp_path: Path
) -> None:
    """Sent back, they would turn the group into a list."""
    section = next(iter(options))
    tenant(module, name="P", **options)
    (stored,) = tenant.records(collection)
    assert stored["apps"], "the service lists them"
    assert not tenant(module, name="P", **options)["changed"]
    for change in ({"app_group_type": "all_apps"}, {"targeted_app_management_levels": ["mdm"]}):
        changed: Json = {section: change}
        assert tenant(module, name="P", **changed)["changed"]
    (stored,) = tenant.records(collection)
    assert stored["appGroupType"] == "allApps"
    assert [body["apps"] for body in actions(tenant)] == [[], []]
    plural = f"{module.removeprefix('intune_')}s".replace("ys", "ies")
    (shown,) = tenant(f"{module}_info", name="P")[plural]
    assert "apps" not in shown[section]
    tenant("intune_export", dest=str(tmp_path), resources=[plural])
    document = yaml.safe_load((tmp_path / f"{plural}.yml").read_text(encoding="utf-8"))
    assert not tenant("intune_configuration", configuration={plural: document[f"intune_{plural}"]})["changed"]


def test_a_group_of_apps_becomes_a_list_and_a_list_a_group(tenant: Tenant) -> None:
    tenant(MODULE, **policy(app_group_type="all_apps"))
    assert "has no effect beside it" in tenant.fails(MODULE, **policy(apps=[OUTLOOK]))
    assert tenant(MODULE, **policy(apps=[OUTLOOK], app_group_type="selected_public_apps"))["changed"]
    assert not tenant(MODULE, **policy(apps=[OUTLOOK]))["changed"]
    assert tenant(MODULE, **policy(app_group_type="all_core_microsoft_apps"))["changed"]
    assert not tenant(MODULE, **policy(app_group_type="all_core_microsoft_apps"))["changed"]


def test_policies_of_one_name_are_identified_by_their_platform(tenant: Tenant) -> None:
    tenant(MODULE, **policy(app_group_type="all_apps"))
    for other in ({"android": {"app_group_type": "all_apps"}}, {"windows": {"apps": [{"windows_app_id": "edge"}]}}):
        assert tenant(MODULE, name="P", **other)["changed"]
        assert not tenant(MODULE, name="P", **other)["changed"]
    found = tenant(f"{MODULE}_info", name="P")["app_protection_policies"]
    assert sorted(key for item in found for key in item if key in ("ios", "android", "windows")) == [
        "android",
        "ios",
        "windows",
    ]
    assert tenant(MODULE, name="P", state="absent", android={})["changed"]
    assert len(tenant(f"{MODULE}_info", name="P")["app_protection_policies"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (policy(apps=[{}]), "exactly one of bundle_id, package_id, windows_app_id"),
        (
            policy(apps=[OUTLOOK], app_group_type="all_apps"),
            "app_group_type=selected_public_apps only, not for all_apps",
        ),
        (policy(pin_required=True), "ios.apps or ios.app_group_type"),
        ({"name": "P", "windows": {"print_blocked": True}}, "windows.apps"),
        (
            {**policy(app_group_type="all_apps"), "assignments": [{"all_devices": True}]},
            "use all_users or a group, not all_devices",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused_before_any_write(tenant: Tenant, options: Json, said: str) -> None:
    assert said in tenant.fails(MODULE, **options)
    assert tenant.records(IOS) == []


def test_a_group_that_a_policy_of_others_is_assigned_to_stays(tenant: Tenant) -> None:
    tenant("intune_group", name="G", created_by="ours")
    tenant(MODULE, **policy(app_group_type="all_apps"), assignments=[{"group": "G"}])
    result = tenant("intune_group", name="G", created_by="ours", state="absent")
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'P'"]}]


@pytest.mark.provokes_bad_requests
def test_a_group_is_deleted_in_a_cloud_without_policies_for_windows(tenant: Tenant) -> None:
    tenant("intune_group", name="G", created_by="ours")
    missing = {"error": {"code": "BadRequest", "message": "Resource not found for the segment 'x'."}}
    tenant.emulator.faults(
        {
            "match": {"method": "GET", "path": "windowsManagedAppProtections"},
            "action": {"status": 400, "body": missing},
        }
    )
    assert tenant("intune_group", name="G", created_by="ours", state="absent")["changed"]


def test_a_patch_level_of_zeros_is_none(tenant: Tenant) -> None:
    """Graph shows it where no level is required:
    https://github.com/deploymenttheory/terraform-provider-microsoft365/pull/3369
    """
    android: Json = {"apps": [{"package_id": "com.microsoft.teams"}], "minimum_required_patch_version": "2026-01-01"}
    made = tenant.lives(MODULE, name="P", android=android)
    values = {"minimumRequiredPatchVersion": "0000-00-00"}
    tenant.seed({"op": "update", "collection": ANDROID, "id": made["id"], "values": values})
    (found,) = tenant(f"{MODULE}_info", name="P")["app_protection_policies"]
    assert not found["android"].get("minimum_required_patch_version")
    unset = ["android.minimum_required_patch_version"]
    assert not tenant(MODULE, name="P", unset=unset)["changed"]
    assert tenant(MODULE, **{**found, "id": None, "name": "In another tenant"})["changed"]
    # Files of earlier exports have it.
    zeros = {**android, "minimum_required_patch_version": "0000-00-00"}
    assert not tenant(MODULE, name="P", android=zeros)["changed"]
    assert tenant(MODULE, name="From an earlier export", android=zeros)["changed"]
    assert tenant(MODULE, name="P", android=android)["changed"]
