# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes that users make: each is refused before anything is written, in words that name option and way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.faults.subjects import FEDERATED, PROFILE, RULE
from tests.samples import STORE_APP, VPN
from tests.unit.emulator.api import token

from .conftest import Tenant

Json = dict[str, Any]
PLAY: Json = {"type": "android_managed_store_app", "package_id": "com.example.cell"}
GUID = "3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11"
NEW: dict[str, Json] = {
    "intune_group": {},
    "intune_app": STORE_APP,
    "intune_application": {},
    "intune_assignment_filter": {"platform": "ios", "rule": RULE},
    "intune_compliance_policy": {"ios": {}},
    "intune_vpn_profile": {"ios": VPN},
    "intune_custom_profile": {"ios": {"payload": PROFILE}},
    "intune_notification_template": {},
    "intune_app_protection_policy": {"ios": {"app_group_type": "all_apps"}},
}
ACCESS: Json = {
    "conditions": {"users": {"include_users": ["All"]}, "applications": {"include_applications": ["Office365"]}},
    "grant_controls": {"built_in_controls": ["mfa"]},
}


def access(**changed: Any) -> Json:
    """The options of a Conditional Access policy, with other parts of its conditions."""
    return {**ACCESS, "conditions": {**ACCESS["conditions"], **changed}}


@pytest.fixture(autouse=True)
def permitted(tenant: Tenant) -> Iterator[None]:
    for permissions in ([*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS, "Application.ReadWrite.All"], DEFAULT_PERMISSIONS):
        tenant.emulator.settings(permissions=list(permissions))
        tenant.credentials["access_token"] = token(tenant.emulator)["access_token"]
        if permissions is not DEFAULT_PERMISSIONS:
            yield


@pytest.mark.parametrize("module", sorted(NEW))
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ours ", "begins or ends with a blank"),
        ("\u00a0Ours", "begins or ends with a blank"),
        ("Our\ns", "has a character that nobody sees (U+000A)"),
        ("Our\u200bs", "has a character that nobody sees (U+200B)"),
        ("Our\x07s", "has a character that nobody sees (U+0007)"),
        ("None", "a template without a value"),
        ("__omit_place_holder__1a", "a template without a value"),
    ],
)
def test_a_name_that_nobody_can_write_again_is_refused(tenant: Tenant, module: str, name: str, said: str) -> None:
    assert said in tenant.fails(module, name=name, **NEW[module])


@pytest.mark.parametrize("name", ["Söhne 😀", "So\u0308hne", "حماية", "a" * 256, "{{ iOS }} 100 %"])
def test_a_name_in_any_script_is_taken(tenant: Tenant, name: str) -> None:
    assert tenant.run("intune_group", name=name)["group"]["name"] == name


def test_a_name_that_exists_stays_however_it_is_written(tenant: Tenant) -> None:
    found = tenant.have("deviceManagement/deviceCompliancePolicies", "iosCompliancePolicy", "Ours\u200b ")
    changed = tenant.run("intune_compliance_policy", name="Ours\u200b ", ios={"passcode_required": True})
    assert changed["id"] == found
    assert changed["changed"]
    assert tenant.run("intune_compliance_policy", id=found, name="Ours", ios={})["changed"]


VALUES: list[tuple[str, Json, str]] = [
    ("intune_app", {**STORE_APP, "publisher": " "}, "these options are needed: publisher"),
    (
        "intune_app",
        {**STORE_APP, "app_store_url": "https://play.google.com/store/apps/details?id=x"},
        "of this type of app",
    ),
    ("intune_app", {**STORE_APP, "icon": ""}, "icon '' is neither a PNG nor a JPEG image"),
    ("intune_app", {**STORE_APP, "notes": "a\x00b"}, "notes has a control character"),
    (
        "intune_assignment_filter",
        {"platform": "ios", "rule": "(device.model -eq \u201ciPad\u201d)"},
        "typographic quotes",
    ),
    ("intune_assignment_filter", {"platform": "ios", "rule": '(device.model -eq "iPad"'}, "has a ( without"),
    ("intune_assignment_filter", {"platform": "ios", "rule": '(device.model -eq "iPad)'}, 'has a " without'),
    ("intune_assignment_filter", {"platform": "ios", "rule": 'device.model = "iPad"'}, "write -eq"),
    ("intune_assignment_filter", {"platform": "ios", "rule": f'device.model -eq "{"a" * 3072}"'}, "at most 3072"),
    ("intune_assignment_filter", {"platform": "ios", "rule": '(app.appVersion -eq "1")'}, "begin with device."),
    ("intune_assignment_filter", {"platform": "ios", "rule": '(user.city -eq "app.x")'}, "begin with device."),
    (
        "intune_assignment_filter",
        {"platform": "ios", "rule": '(app.osVersion -eq "1")', "assignment_filter_management_type": "apps"},
        "platform ios does not go with assignment_filter_management_type apps",
    ),
    ("intune_group", {"membership_rule": "user.city -eq \u2018Bonn\u2019"}, "typographic quotes"),
    ("intune_group", {"membership_rule": 'user.city -in ["Bonn"'}, "has a [ without"),
    ("intune_group", {"members": ["Ours"]}, "a group cannot be a member of itself"),
    ("intune_group", {"id": GUID.upper(), "members": [GUID]}, "members: a group cannot be a member of itself"),
    ("intune_group", {"visibility": "public", "is_assignable_to_role": True}, "such a group is private"),
    ("intune_group", {"created_by": "a\nb"}, "or a line break"),
    ("intune_compliance_policy", {"ios": {"os_minimum_build_version": "20 G75"}}, "a build of an operating system"),
    (
        "intune_compliance_policy",
        {"ios": {"os_minimum_version": "17.0", "os_maximum_version": "16.10"}},
        "ios: os_minimum_version 17.0 is above os_maximum_version 16.10",
    ),
    ("intune_compliance_policy", {"ios": {"restricted_apps": [{"name": " "}]}}, "needs a value of name"),
    (
        "intune_compliance_policy",
        {"android_work_profile": {"min_android_security_patch_level": "2024-13-01"}},
        "must be a date such as",
    ),
    (
        "intune_compliance_policy",
        {"windows10": {"valid_operating_system_build_ranges": [{"lowest_version": "2.0", "highest_version": "1.0"}]}},
        "lowest_version 2.0 is above highest_version 1.0",
    ),
    (
        "intune_compliance_policy",
        {"windows10": {"wsl_distributions": [{"distribution": "Ubuntu"}, {"distribution": "ubuntu"}]}},
        "has distribution 'ubuntu' more than once",
    ),
    (
        "intune_vpn_profile",
        {"ios": {**VPN, "server": {"address": " "}}},
        "ios.server address must be a text without blanks",
    ),
    ("intune_vpn_profile", {"ios": {**VPN, "server": {"address": "a b"}}}, "address must be a text without blanks"),
    ("intune_vpn_profile", {"ios": {**VPN, "identifier": "com example"}}, "identifier must be a text without blanks"),
    ("intune_vpn_profile", {"ios": {**VPN, "custom_data": {"": "b"}}}, "has a value without a key"),
    ("intune_custom_profile", {"ios": {"payload": PROFILE, "payload_name": ""}}, "ios.payload_name is empty"),
    ("intune_custom_profile", {"ios": {"payload": PROFILE, "payload_file_name": "a/b"}}, "without its directory"),
    *(
        (
            "intune_custom_profile",
            {"android_work_profile": {"oma_settings": [{"oma_uri": "./Vendor/x", "value": value, "type": form}]}},
            said,
        )
        for value, form, said in (
            ("a", "integer", "must be a whole number, not 'a'"),
            ("1,5", "floating_point", "must be a number such as 1.5, not '1,5'"),
            ("nan", "floating_point", "must be a number such as 1.5, not 'nan'"),
            ("nö", "base64", "must be base64"),
        )
    ),
    (
        "intune_notification_template",
        {
            "localized_notification_messages": [
                {"locale": "en", "subject": "a\nb", "message_template": "m", "is_default": True}
            ]
        },
        "a subject of more than one line",
    ),
    (
        "intune_app_protection_policy",
        {"ios": {"apps": [{"package_id": "com.example.x"}]}},
        "apps of this platform are named by bundle_id, not by package_id",
    ),
    (
        "intune_app_protection_policy",
        {"ios": {"app_group_type": "all_apps", "minimum_wipe_os_version": "iOS 17"}},
        "must be a version such as",
    ),
    (
        "intune_app_protection_policy",
        {
            "ios": {
                "app_group_type": "all_apps",
                "minimum_required_os_version": "17",
                "maximum_required_os_version": "16",
            }
        },
        "minimum_required_os_version 17 is above maximum_required_os_version 16",
    ),
    (
        "intune_app_protection_policy",
        {"ios": {"app_group_type": "all_apps", "period_offline_before_wipe_is_enforced": "-P1D"}},
        "must be a duration",
    ),
    *(
        ("intune_application", {"federated_credentials": credentials}, said)
        for credentials, said in (
            ([FEDERATED, FEDERATED], "'ci' is declared more than once"),
            ([FEDERATED, {**FEDERATED, "name": "b"}], "'ci' has the issuer and the subject of another one"),
            ([{**FEDERATED, "issuer": "ci.example"}], "the issuer of 'ci' must be a URL"),
            ([{**FEDERATED, "subject": ""}], "the subject of 'ci' must be 1 to 600 characters"),
            ([{**FEDERATED, "audience": " x"}], "the audience of 'ci' must be 1 to 600 characters"),
            (
                [{**FEDERATED, "name": f"a{number}", "subject": str(number)} for number in range(21)],
                "20 at most, not 21",
            ),
        )
    ),
    ("intune_application", {"password_credential": {"name": " ", "return_value": True}}, "password_credential.name is"),
    *(
        ("intune_conditional_access_policy", options, said)
        for options, said in (
            (access(users={"include_users": ["All", "user01@contoso.example"]}), "All cannot stand beside others"),
            (access(platforms={"include_platforms": ["all", "ios"]}), "all cannot stand beside others"),
            (access(platforms={"exclude_platforms": ["ios"]}), "exclude_platforms needs include_platforms"),
            (access(locations={"exclude_locations": ["AllTrusted"]}), "exclude_locations needs include_locations"),
            (access(client_app_types=[]), "all alone, or some of the others"),
            (access(client_app_types=["all", "browser"]), "all alone, or some of the others"),
            (access(devices={"device_filter": {"mode": "include", "rule": "(device.x -eq 1"}}), "has a ( without"),
            (access(applications={"include_user_actions": ["register"]}), "a user action such as"),
            (
                access(
                    applications={"include_applications": ["All"], "include_user_actions": ["urn:user:registerdevice"]}
                ),
                "include_applications and include_user_actions exclude each other",
            ),
            ({**ACCESS, "grant_controls": {"built_in_controls": ["password_change"]}}, "password_change needs mfa"),
            (
                {**ACCESS, "session_controls": {"persistent_browser": {"is_enabled": True, "mode": "never"}}},
                "persistent_browser needs conditions.applications.include_applications: [All]",
            ),
            (
                {**ACCESS, "session_controls": {"sign_in_frequency": {"is_enabled": True, "type": "hours"}}},
                "sign_in_frequency needs type and value",
            ),
            (
                {
                    **ACCESS,
                    "session_controls": {"sign_in_frequency": {"is_enabled": True, "type": "days", "value": 366}},
                },
                "value must be between 1 and 365 days",
            ),
            (
                {**ACCESS, "session_controls": {"sign_in_frequency": {"type": "hours", "value": 0}}},
                "value must be between 1 and 23 hours",
            ),
        )
    ),
]


@pytest.mark.parametrize(("module", "options", "said"), VALUES, ids=[f"{each[0]}-{each[2]}" for each in VALUES])
def test_a_value_that_cannot_work_is_refused(tenant: Tenant, module: str, options: Json, said: str) -> None:
    for check in (True, False):
        assert said in tenant.fails(module, check=check, **{"name": "Ours", **options})


def test_a_limit_is_compared_with_the_one_that_exists(tenant: Tenant) -> None:
    tenant.run("intune_compliance_policy", name="Ours", ios={"os_maximum_version": "16.4"})
    said = tenant.fails("intune_compliance_policy", name="Ours", ios={"os_minimum_version": "16.10"})
    assert "os_minimum_version 16.10 is above os_maximum_version 16.4" in said
    tenant.settles("intune_compliance_policy", name="Ours", ios={"os_minimum_version": "16.4.0"})


def test_part_of_a_policy_is_judged_with_the_parts_that_exist(tenant: Tenant) -> None:
    name, both = "intune_conditional_access_policy", {"operator": "and", "built_in_controls": ["mfa"]}
    tenant.run(name, name="Ours", conditions=ACCESS["conditions"], grant_controls=both)
    tenant.settles(name, name="Ours", grant_controls={"built_in_controls": ["mfa", "password_change"]})


def test_a_login_name_is_one_in_any_letter_case(tenant: Tenant) -> None:
    users = {"include_users": ["USER01@contoso.example"]}
    tenant.settles("intune_conditional_access_policy", name="Ours", **access(users=users))


def test_a_configuration_and_its_app_have_the_same_package(tenant: Tenant) -> None:
    tenant.run("intune_app", type=PLAY["type"], package_id=PLAY["package_id"])
    other = {"package_id": "com.example.other", "managed_properties": {"a": "b"}}
    said = tenant.fails("intune_app_config", name="Ours", target_apps=["com.example.cell"], android=other)
    assert "android.package_id is com.example.other" in said
    assert "is com.example.cell" in said


def test_a_private_key_is_not_sent_with_its_certificate(tenant: Tenant) -> None:
    certificate = Path(tenant.emulator.ca_path).read_text(encoding="ascii")
    key = "-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n"
    said = tenant.fails("intune_certificate_profile", name="Ours", platform="ios", certificate=key + certificate)
    assert "holds a private key" in said


def test_a_notification_is_as_short_as_intune_takes_it(tenant: Tenant) -> None:
    device = "00000000-0000-4000-8000-000000000001"
    options: Json = {"action": "custom_notification", "ids": [device], "notification_body": "b"}
    assert "at most 50" in tenant.fails("intune_device_action", **options, notification_title="t" * 51)


@pytest.mark.parametrize("module", sorted(set(NEW) - {"intune_application", "intune_assignment_filter"}))
def test_a_name_that_another_object_has_is_warned_about_when_an_object_is_renamed_to_it(
    tenant: Tenant, module: str
) -> None:
    taken = tenant(module, name="Taken", **NEW[module])
    store = {"app_store_url": "https://apps.apple.com/us/app/another/id42"} if module == "intune_app" else {}
    own = tenant(module, name="Own", **{**NEW[module], **store})
    for check in (True, False):
        warned = tenant(module, id=own["id"], name="Taken", check=check)["warnings"]
        assert [taken["id"] in warning for warning in warned] == [True], warned
    assert not tenant(module, id=own["id"], name="Taken")["warnings"]
    assert not tenant(module, id=own["id"], name="Own")["warnings"]


def test_profiles_of_two_types_may_have_one_name(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="Both", ios=VPN)
    own = tenant("intune_vpn_profile", name="Own", android_work_profile_always_on={"package_id": "com.example.vpn"})
    assert not tenant("intune_vpn_profile", id=own["id"], name="Both")["warnings"]
