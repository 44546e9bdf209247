# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The committed schema data of the emulated tenant is current, closed and says what is known of Graph."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

CONTRACT = Path(__file__).resolve().parents[1] / "emulator" / "contract"
SCALARS = {
    "string",
    "boolean",
    "int32",
    "int64",
    "double",
    "datetime",
    "date",
    "time",
    "duration",
    "guid",
    "binary",
    "untyped",
}
VERSIONS = ["beta", "v1"]


@functools.cache
def data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def sha256(name: str) -> str:
    return hashlib.sha256((CONTRACT / name).read_bytes()).hexdigest()


def lineage(version: str, name: str) -> list[str]:
    """The type and its bases, most derived first."""
    names = [name]
    while (base := data(version)["types"][names[-1]]["base"]) is not None:
        names.append(base)
    return names


def prop(version: str, type_name: str, name: str) -> dict[str, Any]:
    for owner in lineage(version, type_name):
        found: dict[str, Any] | None = data(version)["types"][owner]["properties"].get(name)
        if found is not None:
            return found
    raise AssertionError(f"{type_name} has no {name} in {version}")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("key", "file"),
    [
        ("generator_sha256", "generate.py"),
        ("selection_sha256", "selection.json"),
        ("overrides_sha256", "overrides.json"),
    ],
)
def test_schema_was_generated_from_the_committed_inputs(version: str, key: str, file: str) -> None:
    assert data(version)["provenance"][key] == sha256(file), f"{file} changed: run make contract"


@pytest.mark.parametrize(("key", "file"), [("generator_sha256", "permissions.py"), ("routes_sha256", "routes.json")])
def test_permissions_were_generated_from_the_committed_inputs(key: str, file: str) -> None:
    assert data("permissions")["provenance"][key] == sha256(file), (
        f"{file} changed: see tests/emulator/contract/README.md"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_every_reference_resolves(version: str) -> None:
    types, enums = data(version)["types"], data(version)["enums"]
    dangling = []
    for name, entry in types.items():
        if entry["base"] is not None and entry["base"] not in types:
            dangling.append(f"{name}: base {entry['base']}")
        for key, value in entry["properties"].items():
            kind, _colon, target = value["type"].partition(":")
            known = {"enum": target in enums, "complex": target in types and types[target]["kind"] == "complex"}
            if not known.get(kind, kind in SCALARS and not target):
                dangling.append(f"{name}.{key}: {value['type']}")
    assert dangling == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_entity_descends_from_entity_and_no_complex_type_does(version: str) -> None:
    for name, entry in data(version)["types"].items():
        assert (lineage(version, name)[-1] == "entity") == (entry["kind"] == "entity"), name


@pytest.mark.parametrize("version", VERSIONS)
def test_no_type_repeats_a_property_of_its_base(version: str) -> None:
    repeated = [
        f"{name}.{key}"
        for name, entry in data(version)["types"].items()
        for base in lineage(version, name)[1:]
        for key in entry["properties"]
        if key in data(version)["types"][base]["properties"]
    ]
    assert repeated == ["mobileThreatDefenseConnector.id"]  # the one object whose id the client gives


@pytest.mark.parametrize("version", VERSIONS)
def test_every_enum_has_distinct_members_and_is_used(version: str) -> None:
    used = {value["type"] for entry in data(version)["types"].values() for value in entry["properties"].values()}
    for name, entry in data(version)["enums"].items():
        assert entry["members"], name
        assert len(set(entry["members"])) == len(entry["members"]), name
        assert f"enum:{name}" in used, name


def test_vpn_types_exist_in_beta_only() -> None:
    assert [name for name in data("v1")["types"] if "vpnconfiguration" in name.lower()] == []
    for name in (
        "iosVpnConfiguration",
        "androidWorkProfileVpnConfiguration",
        "androidDeviceOwnerVpnConfiguration",
        "windows10VpnConfiguration",
    ):
        assert data("beta")["types"][name]["kind"] == "entity"
    assert data("beta")["types"]["appleVpnConfiguration"]["abstract"]
    assert not data("beta")["types"]["iosVpnConfiguration"]["abstract"]


@pytest.mark.parametrize(
    "name",
    [
        "androidManagedStoreApp",
        "androidManagedStoreAppConfiguration",
        "deviceAndAppManagementAssignmentFilter",
        "roleScopeTag",
    ],
)
def test_types_that_only_beta_has_are_in_the_data(name: str) -> None:
    assert name in data("beta")["types"]
    assert name not in data("v1")["types"]


def test_enums_have_their_members() -> None:
    assert set(data("beta")["enums"]["installIntent"]["members"]) == {
        "available",
        "required",
        "uninstall",
        "availableWithoutEnrollment",
    }
    assert "neverConfigured" in data("beta")["enums"]["mobileThreatPartnerTenantState"]["members"]
    assert "notSetUp" not in data("v1")["enums"]["mobileThreatPartnerTenantState"]["members"]


def test_flags_enums_are_single_values() -> None:
    levels = prop("beta", "targetedManagedAppConfiguration", "targetedAppManagementLevels")
    assert (levels["type"], levels["collection"]) == ("enum:appManagementLevel", False)
    assert data("beta")["enums"]["appManagementLevel"]["flags"]
    assert not data("beta")["enums"]["installIntent"]["flags"]


def test_minimum_operating_systems() -> None:
    assert prop("beta", "iosMinimumOperatingSystem", "v18_0")["type"] == "boolean"
    assert "v18_0" not in data("v1")["types"]["iosMinimumOperatingSystem"]["properties"]


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("iosStoreApp", "id"),
        ("iosStoreApp", "publishingState"),
        ("iosStoreApp", "createdDateTime"),
        ("androidManagedStoreApp", "packageId"),
        ("androidManagedStoreApp", "supportsOemConfig"),
        ("managedAndroidStoreApp", "version"),
        ("iosVpnConfiguration", "version"),
        ("iosMobileAppConfiguration", "lastModifiedDateTime"),
        ("mobileThreatDefenseConnector", "partnerState"),
        ("mobileThreatDefenseConnector", "lastHeartbeatDateTime"),
        ("deviceAndAppManagementAssignmentFilter", "payloads"),
        ("group", "createdDateTime"),
    ],
)
def test_computed_properties_are_read_only(type_name: str, name: str) -> None:
    assert prop("beta", type_name, name)["readonly"]


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("iosStoreApp", "displayName"),
        ("iosStoreApp", "bundleId"),
        ("iosVpnConfiguration", "roleScopeTagIds"),
        ("mobileThreatDefenseConnector", "id"),
        ("mobileThreatDefenseConnector", "androidEnabled"),
        ("group", "isAssignableToRole"),
        ("group", "isArchived"),  # its text speaks of a read-only mode
    ],
)
def test_writable_properties_are_not_read_only(type_name: str, name: str) -> None:
    assert not prop("beta", type_name, name)["readonly"]


@pytest.mark.parametrize(
    ("type_name", "name", "kind"),
    [
        ("appRoleAssignment", "appRoleId", "guid"),
        ("androidManagedStoreAppConfiguration", "payloadJson", "string"),
        ("iosMobileAppConfiguration", "encodedSettingXml", "binary"),
        ("managedDevice", "lastSyncDateTime", "datetime"),
        ("managedDevice", "totalStorageSpaceInBytes", "int64"),
        ("mobileThreatDefenseConnector", "partnerUnresponsivenessThresholdInDays", "int32"),
        ("androidWorkProfileTrustedRootCertificate", "trustedRootCertificate", "binary"),
        ("mobileAppAssignment", "target", "complex:deviceAndAppManagementAssignmentTarget"),
    ],
)
def test_properties_have_their_types(type_name: str, name: str, kind: str) -> None:
    assert prop("beta", type_name, name)["type"] == kind


def test_only_some_properties_take_null() -> None:
    assert prop("beta", "iosStoreApp", "applicableDeviceType")["nullable"] is False
    assert prop("beta", "iosStoreApp", "bundleId")["nullable"] is True
    assert prop("v1", "group", "resourceBehaviorOptions")["nullable"] is False


def test_entities_are_navigation() -> None:
    ios = data("beta")["types"]["iosVpnConfiguration"]
    assert ios["navigation"]["identityCertificate"] == {"type": "iosCertificateProfileBase", "collection": False}
    assert "identityCertificate" not in ios["properties"]
    assert data("beta")["types"]["group"]["navigation"]["members"] == {"type": "directoryObject", "collection": True}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_name_shared_by_two_namespaces_means_the_main_one(version: str) -> None:
    assert data(version)["types"]["user"]["base"] == "directoryObject"
    assert data(version)["types"]["managedDevice"]["navigation"]["users"]["type"] == "user"


def test_assignment_filters_sit_on_every_beta_target() -> None:
    for name in (
        "groupAssignmentTarget",
        "exclusionGroupAssignmentTarget",
        "allDevicesAssignmentTarget",
        "allLicensedUsersAssignmentTarget",
    ):
        assert prop("beta", name, "deviceAndAppManagementAssignmentFilterId")["type"] == "string"
        with pytest.raises(AssertionError):
            prop("v1", name, "deviceAndAppManagementAssignmentFilterId")


def test_every_route_names_permissions() -> None:
    for route, methods in data("permissions")["routes"].items():
        assert route == route.lower()
        for method, permissions in methods.items():
            assert permissions, f"{method} {route}"
            assert permissions == sorted(set(permissions)), f"{method} {route}"


def test_no_read_permission_lets_change_anything() -> None:
    queries = {
        "/directoryobjects/getbyids",
        "/devicemanagement/rolescopetags/getrolescopetagsbyid",
        "/devicemanagement/reports/getappstatusoverviewreport",
    }
    too_much = [
        f"{method} {route}: {permission}"
        for route, methods in data("permissions")["routes"].items()
        for method, permissions in methods.items()
        for permission in permissions
        if method != "GET" and route not in queries and "Read" in permission and "ReadWrite" not in permission
    ]
    assert too_much == []


@pytest.mark.parametrize(
    ("method", "route", "permission"),
    [
        ("POST", "/groups", "Group.Create"),
        ("POST", "/groups/{id}/members/$ref", "GroupMember.ReadWrite.All"),
        ("GET", "/users/{id}/manageddevices", "DeviceManagementManagedDevices.Read.All"),
        ("POST", "/deviceappmanagement/mobileapps/{id}/assign", "DeviceManagementApps.ReadWrite.All"),
        (
            "PATCH",
            "/devicemanagement/mobilethreatdefenseconnectors/{id}",
            "DeviceManagementServiceConfig.ReadWrite.All",
        ),
        (
            "POST",
            "/devicemanagement/androidmanagedstoreaccountenterprisesettings/approveapps",
            "DeviceManagementConfiguration.ReadWrite.All",
        ),
    ],
)
def test_routes_have_their_permissions(method: str, route: str, permission: str) -> None:
    assert permission in data("permissions")["routes"][route][method]


@pytest.mark.parametrize("section", ["filled", "corrected"])
def test_departures_from_the_permission_source_give_their_reason(section: str) -> None:
    entries = data("permissions")["provenance"][section]
    assert entries
    for entry in entries:
        assert entry["method"] in data("permissions")["routes"][entry["route"]]
        assert entry["reason"]
