# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies are read as strictly as Microsoft's schema is written."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.emulator.profile_rules import TEMPLATES
from tests.emulator.schema import ZERO_GUID
from tests.emulator.seeding import NOTIFICATION_TEMPLATE
from tests.unit.emulator.api import (
    APP_CONFIGURATIONS,
    APPS,
    CONNECTORS,
    FILTERS,
    HARMONY,
    POLICIES,
    PROFILES,
    TAGS,
    Api,
    compliance,
    ios_app,
    ios_vpn,
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bundelId": "x"}, "does not exist on type 'microsoft.graph.iosStoreApp'"),
        ({"packageId": "x"}, "does not exist on type"),
        ({"displayName": 5}, "Cannot convert"),
        ({"isFeatured": "true"}, "Cannot convert"),
        ({"isFeatured": None}, "null value"),
        ({"applicableDeviceType": None}, "null value"),
        (
            {"applicableDeviceType": {"iPad": True, "iPod": True}},
            "does not exist on type 'microsoft.graph.iosDeviceType'",
        ),
        ({"applicableDeviceType": "iPad"}, "an object of type"),
        ({"roleScopeTagIds": "0"}, "StartArray"),
        ({"roleScopeTagIds": [0]}, "Cannot convert"),
        ({"roleScopeTagIds": ["77"]}, "scope tag '77' does not exist"),
        ({"minimumSupportedOperatingSystem": {"v15_0": True, "v16_0": True}}, "Exactly one version"),
        ({"minimumSupportedOperatingSystem": {"v99_0": True}}, "does not exist on type"),
        ({"isAssigned": True}, "read-only"),
        ({"publishingState": "published"}, "read-only"),
        ({"createdDateTime": "2026-01-01T00:00:00Z"}, "read-only"),
        ({"id": "11111111-1111-1111-1111-111111111111"}, "read-only"),
        ({"assignments": []}, "does not exist on type"),
        ({"displayName": ""}, "displayName"),
        ({"appStoreUrl": None}, "appStoreUrl"),
        ({"@odata.type": "#microsoft.graph.mobileApp"}, "abstract"),
        ({"@odata.type": "#microsoft.graph.iosVpnConfiguration"}, "not assignable"),
        ({"@odata.type": "#microsoft.graph.iosShopApp"}, "could not be resolved"),
        ({"@odata.type": "iosStoreApp"}, "could not be resolved"),
        ({"@odata.type": "#microsoft.graph.androidManagedStoreApp", "applicableDeviceType": None}, ""),
    ],
)
def test_app_body_that_does_not_fit_is_refused(api: Api, change: dict[str, Any], said: str) -> None:
    answer = api("POST", APPS, ios_app(**change))
    assert answer.status == 400
    assert said in answer.message
    assert api.all(APPS) == []


@pytest.mark.parametrize(
    "missing",
    [
        "@odata.type",
        "displayName",
        "description",
        "publisher",
        "appStoreUrl",
        "applicableDeviceType",
        "minimumSupportedOperatingSystem",
    ],
)
def test_app_needs(api: Api, missing: str) -> None:
    body = {key: value for key, value in ios_app().items() if key != missing}
    answer = api("POST", APPS, body)
    assert answer.status == 400
    assert missing in answer.message


def test_managed_google_play_app_cannot_be_posted(api: Api) -> None:
    body = {"@odata.type": "#microsoft.graph.androidManagedStoreApp", "displayName": "x", "publisher": "y"}
    answer = api("POST", APPS, body)
    assert answer.status == 400
    assert "not supported" in answer.message


def test_zero_guid_is_taken_as_id_at_creation_only(api: Api) -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    made = api.made(APPS, ios_app(id=zero))
    assert made["id"] != zero
    assert (
        api("PATCH", f"{APPS}/{made['id']}", {"@odata.type": "#microsoft.graph.iosStoreApp", "id": zero}).status == 400
    )


def test_media_type_must_be_json(api: Api) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        assert api("POST", APPS, ios_app(), headers).status == 400
    answer = api.session.post(api.root + APPS, data=json.dumps(ios_app()))
    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"a": NaN}'])
def test_body_must_be_a_json_object(api: Api, text: str) -> None:
    answer = api.session.post(api.root + APPS, data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_server_fills_in_what_was_not_sent(api: Api) -> None:
    made = api.made(APPS, ios_app())
    assert made["@odata.type"] == "#microsoft.graph.iosStoreApp"
    assert made["roleScopeTagIds"] == ["0"]
    assert made["isFeatured"] is False
    assert made["notes"] is None
    assert made["publishingState"] == "published"
    flags = made["minimumSupportedOperatingSystem"]
    assert [name for name, value in flags.items() if value] == ["v15_0"]
    assert flags["v26_0"] is False
    assert made["createdDateTime"].endswith("Z")
    assert len(made["createdDateTime"]) == len("2026-11-24T05:00:00.1234567Z")


def test_patch_needs_the_stored_type(api: Api) -> None:
    made = api.made(APPS, ios_app())
    path = f"{APPS}/{made['id']}"
    assert api("PATCH", path, {"notes": "x"}).status == 400
    assert (
        "cannot be changed"
        in api("PATCH", path, {"@odata.type": "#microsoft.graph.androidStoreApp", "notes": "x"}).message
    )
    answer = api("PATCH", path, {"@odata.type": "#microsoft.graph.iosStoreApp", "notes": "x"})
    assert (answer.status, answer.body["notes"], answer.body["publisher"]) == (200, "x", "Check Point")
    assert (
        "appStoreUrl"
        in api(
            "PATCH",
            path,
            {"@odata.type": "#microsoft.graph.iosStoreApp", "appStoreUrl": "https://apps.apple.com/app/id2"},
        ).message
    )


def test_android_store_app_takes_its_package_from_the_address(api: Api) -> None:
    body = {
        "@odata.type": "#microsoft.graph.androidStoreApp",
        "displayName": "A",
        "description": "d",
        "publisher": "p",
        "appStoreUrl": "https://play.google.com/store/apps/details?id=com.example.a",
        "minimumSupportedOperatingSystem": {"v9_0": True},
    }
    assert api.made(APPS, body)["packageId"] == "com.example.a"
    assert api("POST", APPS, body | {"packageId": "com.example.a"}).status == 400


def test_v1_does_not_know_beta_things(api: Api) -> None:
    assert (
        "does not exist" in api("POST", "/v1.0/deviceAppManagement/mobileApps", ios_app(roleScopeTagIds=["0"])).message
    )
    assert "could not be resolved" in api("POST", "/v1.0/deviceManagement/deviceConfigurations", ios_vpn()).message
    profile = api.made(PROFILES, ios_vpn())
    assert api.get(f"/v1.0/deviceManagement/deviceConfigurations/{profile['id']}").status == 404
    assert api.get("/v1.0/deviceManagement/deviceConfigurations").value == []
    for path in ("assignmentFilters", "roleScopeTags", "androidManagedStoreAccountEnterpriseSettings"):
        assert api.get(f"/v1.0/deviceManagement/{path}").status == 400
    made = api.made("/v1.0/deviceAppManagement/mobileApps", ios_app())
    assert "roleScopeTagIds" not in made
    assert api.get(f"{APPS}/{made['id']}").body["roleScopeTagIds"] == ["0"]


# -- VPN profiles and certificates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "missing", ["authenticationMethod", "connectionName", "connectionType", "server", "displayName"]
)
def test_vpn_profile_needs_what_has_no_default(api: Api, missing: str) -> None:
    body = {key: value for key, value in ios_vpn().items() if key != missing}
    answer = api("POST", PROFILES, body)
    assert answer.status == 400
    assert missing in answer.message


@pytest.mark.parametrize(
    "change",
    [
        {"connectionType": "CustomVpn"},
        {"connectionType": "zscaler"},
        {"server": {"description": "no address"}},
        {"server": [{"address": "x"}]},
        {"servers": [{"address": "x"}]},
        {"customData": [{"name": "k", "value": "v"}]},
        {"customKeyValueData": [{"value": "v"}]},
        {"onDemandRules": [{"action": "connect", "ssid": ["x"]}]},
        {"disconnectOnIdleTimerInSeconds": 70000},
        {"disconnectOnIdleTimerInSeconds": 2**31},
        {"disconnectOnIdleTimerInSeconds": 1.5},
        {"enablePerApp": True},
        {"version": 3},
        {"identityCertificate": {"id": "x"}},
    ],
)
def test_vpn_profile_that_does_not_fit_is_refused(api: Api, change: dict[str, Any]) -> None:
    assert api("POST", PROFILES, ios_vpn(**change)).status == 400


def test_vpn_profile_keeps_what_it_was_given_and_counts_versions(api: Api) -> None:
    rules = [{"action": "connect", "interfaceTypeMatch": "wiFi", "domainAction": "connectIfNeeded"}]
    made = api.made(PROFILES, ios_vpn(onDemandRules=rules, enablePerApp=True, providerType="packetTunnel"))
    assert made["onDemandRules"][0]["ssids"] == []
    assert made["server"] == {"address": "127.0.0.1", "description": None, "isDefaultServer": False}
    patched = api("PATCH", f"{PROFILES}/{made['id']}", {"@odata.type": made["@odata.type"], "realm": "r"}).body
    assert (made["version"], patched["version"], patched["onDemandRules"]) == (1, 2, made["onDemandRules"])


def test_shared_secret_is_never_returned(api: Api) -> None:
    body = ios_vpn(
        **{
            "@odata.type": "#microsoft.graph.iosikEv2VpnConfiguration",
            "connectionType": "ikEv2",
            "authenticationMethod": "sharedSecret",
            "sharedSecret": "hush-hush",
            "clientAuthenticationType": "userAuthentication",
            "localIdentifier": "deviceFQDN",
            "remoteIdentifier": "vpn.example",
        }
    )
    made = api.made(PROFILES, body)
    assert made["sharedSecret"] is None
    assert "hush-hush" not in api.get(PROFILES).text
    assert "hush-hush" not in json.dumps(api.emulator.journal())


def trusted_root(kind: str, data: bytes) -> dict[str, Any]:
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        "displayName": "Root",
        "certFileName": "root.cer",
        "trustedRootCertificate": base64.b64encode(data).decode(),
    }


def test_certificate_profile_and_its_links(api: Api) -> None:
    with open(api.emulator.ca_path, "rb") as file:
        pem = file.read()
    made = api.made(PROFILES, trusted_root("iosTrustedRootCertificate", pem))
    assert base64.b64decode(made["trustedRootCertificate"]) == pem
    assert "X.509" in api("POST", PROFILES, trusted_root("iosTrustedRootCertificate", b"not a certificate")).message
    assert (
        api("POST", PROFILES, trusted_root("iosTrustedRootCertificate", pem) | {"trustedRootCertificate": "***"}).status
        == 400
    )
    url = f"{api.root}{PROFILES}('{made['id']}')"
    wrong_type = ios_vpn(**{"identityCertificate@odata.bind": url})
    assert "is not a" in api("POST", PROFILES, wrong_type).message
    scep = api.emulator.seed(
        {
            "op": "create",
            "collection": "deviceManagement/deviceConfigurations",
            "body": {"@odata.type": "#microsoft.graph.iosPkcsCertificateProfile", "displayName": "PKCS"},
        }
    )[0]
    bind = {"identityCertificate@odata.bind": f"{api.root}{PROFILES}('{scep['id']}')"}
    vpn = api.made(PROFILES, ios_vpn(**bind))
    assert "identityCertificate" not in api.get(f"{PROFILES}/{vpn['id']}").body
    cast = f"{PROFILES}/{vpn['id']}/microsoft.graph.iosVpnConfiguration"
    assert api.get(f"{cast}/identityCertificate").body["id"] == scep["id"]
    assert api.get(f"{cast}/rootCertificate").status == 400
    uncast = f"{PROFILES}/{vpn['id']}/identityCertificate"
    other_type = f"{PROFILES}/{vpn['id']}/microsoft.graph.macOSVpnConfiguration/identityCertificate"
    for address in (uncast, other_type):
        assert api.get(address).status == 400
        assert api("DELETE", f"{address}/$ref").status == 400
    assert api("DELETE", f"{PROFILES}/{scep['id']}").status == 400
    for bad in (f"https://graph.microsoft.com{PROFILES}('{scep['id']}')", f"{api.root}{PROFILES}('{HARMONY}')"):
        assert api("POST", PROFILES, ios_vpn(**{"identityCertificate@odata.bind": bad})).status == 400


def test_a_link_of_a_profile_is_replaced_and_taken_away_by_reference(api: Api) -> None:
    certificates = [
        api.emulator.seed(
            {
                "op": "create",
                "collection": "deviceManagement/deviceConfigurations",
                "body": {"@odata.type": f"#microsoft.graph.ios{kind}CertificateProfile", "displayName": kind},
            }
        )[0]["id"]
        for kind in ("Pkcs", "Scep")
    ]
    link = f"{PROFILES}/{api.made(PROFILES, ios_vpn())['id']}/microsoft.graph.iosVpnConfiguration/identityCertificate"
    assert api.get(link).status == 404
    assert api("DELETE", f"{link}/$ref").status == 404
    for certificate in certificates:
        assert api("PUT", f"{link}/$ref", {"@odata.id": f"{api.root}{PROFILES}('{certificate}')"}).status == 204
        assert api.get(link).body["id"] == certificate
    assert api("PUT", f"{link}/$ref", {"@odata.id": f"{api.root}{PROFILES}('{HARMONY}')"}).status == 400
    assert api("PUT", f"{link}/$ref", {"id": certificates[0]}).status == 400
    assert api("DELETE", f"{link}/$ref").status == 204
    assert api.get(link).status == 404


def test_a_derived_credential_is_bound_from_its_own_collection(api: Api) -> None:
    credentials = "/beta/deviceManagement/derivedCredentials"
    made = api.made(credentials, {"displayName": "Smart cards", "issuer": "purebred", "notificationType": "email"})
    bind = {"derivedCredentialSettings@odata.bind": f"{api.root}{credentials}('{made['id']}')"}
    vpn = api.made(PROFILES, ios_vpn(**bind))
    cast = f"{PROFILES}/{vpn['id']}/microsoft.graph.iosVpnConfiguration"
    assert api.get(f"{cast}/derivedCredentialSettings").body["displayName"] == "Smart cards"
    assert (
        api(
            "POST",
            PROFILES,
            ios_vpn(**{"derivedCredentialSettings@odata.bind": f"{api.root}{PROFILES}('{vpn['id']}')"}),
        ).status
        == 400
    )


@pytest.mark.parametrize(
    "values",
    [
        {"disconnectOnIdleTimerInSeconds": 65536},
        {"proxyServer": {"port": -1}},
        {"customData": [{"key": str(number), "value": "x"} for number in range(26)]},
    ],
)
def test_the_limits_of_the_schema_hold_for_vpn_profiles(api: Api, values: dict[str, Any]) -> None:
    assert api("POST", PROFILES, ios_vpn(**values)).status == 400


# -- app configurations ------------------------------------------------------------------------------------------------


def ios_configuration(app_id: str, **values: Any) -> dict[str, Any]:
    setting = {"appConfigKey": "token", "appConfigKeyType": "stringType", "appConfigKeyValue": "abc"}
    return {
        "@odata.type": "#microsoft.graph.iosMobileAppConfiguration",
        "displayName": "Config",
        "targetedMobileApps": [app_id],
        "settings": [setting],
        **values,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"targetedMobileApps": []},
        {"targetedMobileApps": ["com.example.protect"]},
        {"targetedMobileApps": ["11111111-1111-1111-1111-111111111111"]},
        {"encodedSettingXml": base64.b64encode(b"<dict></dict>").decode()},
        {"settings": None, "encodedSettingXml": base64.b64encode(b"key: value").decode()},
        {"settings": [{"appConfigKey": "n", "appConfigKeyType": "integerType", "appConfigKeyValue": "many"}]},
        {"settings": [{"appConfigKey": "n", "appConfigKeyType": "integerType", "appConfigKeyValue": 5}]},
        {"settings": [{"appConfigKey": "n", "appConfigKeyType": "booleanType", "appConfigKeyValue": "yes"}]},
        {"settings": [{"appConfigKey": "n", "appConfigKeyType": "string", "appConfigKeyValue": "x"}]},
        {"settings": [{"appConfigKey": "n", "appConfigKeyType": "stringType"}]},
        {"payloadJson": "e30="},
        {"version": 1},
    ],
)
def test_ios_app_configuration_that_does_not_fit_is_refused(api: Api, change: dict[str, Any]) -> None:
    app = api.made(APPS, ios_app())
    assert api("POST", APP_CONFIGURATIONS, ios_configuration(app["id"], **change)).status == 400


def test_ios_app_configuration_takes_a_property_list(api: Api) -> None:
    app = api.made(APPS, ios_app())
    encoded = base64.b64encode(b"<dict><key>a</key><string>b</string></dict>").decode()
    made = api.made(APP_CONFIGURATIONS, ios_configuration(app["id"], settings=None, encodedSettingXml=encoded))
    assert (made["settings"], made["encodedSettingXml"]) == (None, encoded)
    path = f"{APP_CONFIGURATIONS}/{made['id']}"
    other = api.made(APPS, ios_app())
    assert (
        "cannot be changed"
        in api("PATCH", path, {"@odata.type": made["@odata.type"], "targetedMobileApps": [other["id"]]}).message
    )
    assert api("DELETE", f"{APPS}/{app['id']}").status == 400


PACKAGE = "app:com.example.protect"


def payload(**change: Any) -> str:
    document = {
        "kind": "androidenterprise#managedConfiguration",
        "productId": PACKAGE,
        "managedProperty": [{"key": "k", "valueString": "v"}],
    } | change
    return base64.b64encode(json.dumps(document).encode()).decode()


def android_configuration(app_id: str, **values: Any) -> dict[str, Any]:
    base = {
        "@odata.type": "#microsoft.graph.androidManagedStoreAppConfiguration",
        "displayName": "Config",
        "targetedMobileApps": [app_id],
    }
    return (
        base | {"packageId": PACKAGE, "profileApplicability": "androidWorkProfile", "payloadJson": payload()} | values
    )


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, True),
        (
            {
                "permissionActions": [{"permission": "android.permission.CAMERA", "action": "autoGrant"}],
                "connectedAppsEnabled": True,
            },
            True,
        ),
        ({"payloadJson": None}, True),
        ({"packageId": "com.example.protect"}, False),
        ({"packageId": "app:com.example.other"}, False),
        ({"payloadJson": '{"kind": "x"}'}, False),
        ({"payloadJson": payload(productId="app:com.other")}, False),
        ({"payloadJson": payload(managedProperty=[{"key": "k", "valueInteger": "5"}])}, False),
        ({"payloadJson": payload(managedProperty=[{"key": "k", "valueString": "a", "valueBool": True}])}, False),
        ({"profileApplicability": "workProfile"}, False),
        ({"permissionActions": [{"permission": "x", "action": "auto_grant"}]}, False),
        ({"appSupportsOemConfig": False}, False),
        ({"settings": []}, False),
    ],
)
def test_an_android_app_configuration_is_checked(api: Api, change: dict[str, Any], accepted: bool) -> None:
    app = api.emulator.seed({"op": "import_app", "package": "com.example.protect"})[0]
    answer = api("POST", APP_CONFIGURATIONS, android_configuration(app["id"], **change))
    assert (answer.status == 201) is accepted, answer.text


def test_rewritten_payload_is_the_same_document_in_another_spelling(api: Api) -> None:
    app = api.emulator.seed({"op": "import_app", "package": "com.example.protect"})[0]
    text = payload(managedProperty=[{"key": "a", "valueString": "1"}, {"key": "b", "valueBool": True}])
    made = api.made(APP_CONFIGURATIONS, android_configuration(app["id"], payloadJson=text))
    assert made["payloadJson"] == text
    api.emulator.settings(rewrite_payloads=True)
    try:
        rewritten = api.get(f"{APP_CONFIGURATIONS}/{made['id']}").body["payloadJson"]
    finally:
        api.emulator.settings(rewrite_payloads=False)
    assert rewritten != text
    before, after = (json.loads(base64.b64decode(value)) for value in (text, rewritten))
    entries = [
        {key: value for key, value in item.items() if value is not None} for item in after.pop("managedProperty")
    ]
    assert entries == before.pop("managedProperty")[::-1]
    assert before == after


def test_configuration_for_managed_apps(api: Api) -> None:
    path = "/beta/deviceAppManagement/targetedManagedAppConfigurations"
    made = api.made(
        path,
        {
            "displayName": "MAM",
            "customSettings": [{"name": "a", "value": "b"}],
            "apps": [],
            "assignments": [],
            "targetedAppManagementLevels": "unmanaged,mdm",
        },
    )
    assert made["id"].startswith("A_")
    body = {
        "apps": [
            {"mobileAppIdentifier": {"@odata.type": "#microsoft.graph.iosMobileAppIdentifier", "bundleId": "com.x"}}
        ],
        "appGroupType": "selectedPublicApps",
    }
    assert api("POST", f"{path}('{made['id']}')/targetApps", body).status == 204
    assert [item["mobileAppIdentifier"]["bundleId"] for item in api.get(f"{path}/{made['id']}/apps").value] == ["com.x"]
    assert (
        api("POST", path, {"displayName": "MAM", "targetedAppManagementLevels": "unmanaged,everything"}).status == 400
    )
    assert api("POST", path, {"displayName": "MAM", "apps": body["apps"]}).status == 400


# -- compliance, connectors, filters, tags -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rules",
    [
        None,
        [],
        [{"ruleName": "PasswordRequired", "scheduledActionConfigurations": []}],
        [
            {
                "ruleName": "PasswordRequired",
                "scheduledActionConfigurations": [{"actionType": "block"}, {"actionType": "block"}],
            }
        ],
        [
            {
                "ruleName": "PasswordRequired",
                "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": 9000}],
            }
        ],
        [{"ruleName": "PasswordRequired", "scheduledActionConfigurations": [{"actionType": "stop"}]}],
    ],
)
def test_compliance_policy_needs_one_block_action(api: Api, rules: Any) -> None:
    body = compliance(scheduledActionsForRule=rules)
    if rules is None:
        del body["scheduledActionsForRule"]
    assert api("POST", POLICIES, body).status == 400


@pytest.mark.parametrize(
    ("kind", "values", "status"),
    [
        ("ios", {"passcodeMinimumLength": 14}, 201),
        ("ios", {"passcodeMinimumLength": 3}, 400),
        ("macOS", {"passwordMinimumLength": 15}, 400),
        ("android", {"passwordMinimumLength": 15}, 201),
        ("android", {"passwordExpirationDays": 366}, 400),
        ("windows10", {"passwordExpirationDays": 0}, 201),
        (
            "windows10",
            {"deviceCompliancePolicyScript": {"deviceComplianceScriptId": ZERO_GUID, "rulesContent": "e30="}},
            400,
        ),
        ("ios", {"restrictedApps": [{"name": str(number), "appId": None} for number in range(101)]}, 400),
    ],
)
def test_compliance_policy_has_the_ranges_of_its_type(api: Api, kind: str, values: dict[str, Any], status: int) -> None:
    assert (
        api(
            "POST", POLICIES, compliance(**{"@odata.type": f"#microsoft.graph.{kind}CompliancePolicy", **values})
        ).status
        == status
    )


def test_compliance_policy_shows_its_actions_only_expanded(api: Api) -> None:
    made = api.made(
        POLICIES, compliance(deviceThreatProtectionEnabled=True, deviceThreatProtectionRequiredSecurityLevel="low")
    )
    assert "scheduledActionsForRule" not in made
    path = f"{POLICIES}/{made['id']}"
    rules = api.get(f"{path}?$expand=scheduledActionsForRule($expand=scheduledActionConfigurations)").body[
        "scheduledActionsForRule"
    ]
    assert rules[0]["scheduledActionConfigurations"][0]["actionType"] == "block"
    assert (
        "scheduledActionConfigurations"
        not in api.get(f"{path}?$expand=scheduledActionsForRule").body["scheduledActionsForRule"][0]
    )
    assert api("PATCH", path, compliance()).status == 400
    alone = api.get(f"{path}/scheduledActionsForRule?$expand=scheduledActionConfigurations").value
    assert alone == rules
    assert rules[0]["scheduledActionConfigurations"][0]["notificationTemplateId"] == ZERO_GUID
    assert "scheduledActionConfigurations" not in api.get(f"{path}/scheduledActionsForRule").value[0]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"actionType": "retire", "gracePeriodHours": 24}, 204),
        (
            {
                "actionType": "notification",
                "notificationTemplateId": NOTIFICATION_TEMPLATE,
                "notificationMessageCCList": [],
            },
            204,
        ),
        ({"actionType": "notification", "notificationTemplateId": ""}, 400),
        ({"actionType": "notification", "notificationTemplateId": "11111111-1111-1111-1111-111111111111"}, 400),
        (
            {
                "actionType": "notification",
                "notificationTemplateId": NOTIFICATION_TEMPLATE,
                "notificationMessageCCList": ["nobody"],
            },
            400,
        ),
        ({"actionType": "block"}, 400),
    ],
)
def test_actions_of_a_compliance_policy_are_replaced(api: Api, more: dict[str, Any], status: int) -> None:
    path = f"{POLICIES}/{api.made(POLICIES, compliance())['id']}"
    rule = {
        "ruleName": "PasswordRequired",
        "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": 24}, more],
    }
    assert (
        api("POST", f"{path}/scheduleActionsForRules", {"deviceComplianceScheduledActionForRules": [rule]}).status
        == status
    )
    shown = api.get(f"{path}?$expand=scheduledActionsForRule($expand=scheduledActionConfigurations)").body[
        "scheduledActionsForRule"
    ]
    assert len(shown[0]["scheduledActionConfigurations"]) == (2 if status == 204 else 1)
    if more["actionType"] == "notification" and status == 204:
        assert api("DELETE", f"/beta/{TEMPLATES}/{NOTIFICATION_TEMPLATE}").status == 400


def test_connector_has_the_id_its_creator_gives(api: Api) -> None:
    assert api("POST", CONNECTORS, {"iosEnabled": True}).status == 400
    assert api("POST", CONNECTORS, {"id": "harmony", "iosEnabled": True}).status == 400
    assert "read-only" in api("POST", CONNECTORS, {"id": HARMONY, "partnerState": "enabled"}).message
    made = api.made(CONNECTORS, {"id": HARMONY.upper(), "iosEnabled": True})
    assert (made["id"], made["partnerState"], made["androidEnabled"]) == (HARMONY, "notSetUp", False)
    assert api("POST", CONNECTORS, {"id": HARMONY}).status == 409
    path = f"{CONNECTORS}/{HARMONY}"
    assert api("PATCH", path, {"androidEnabled": None}).status == 400
    assert api("PATCH", path, {"id": HARMONY, "androidEnabled": True}).status == 400
    assert api("PATCH", path, {"androidEnabled": True}).body["androidEnabled"] is True


def test_connector_is_enabled_by_its_partner(api: Api) -> None:
    api.made(CONNECTORS, {"id": HARMONY})
    v1 = f"/v1.0/deviceManagement/mobileThreatDefenseConnectors/{HARMONY}"
    assert api.get(v1).body["partnerState"] == "unknownFutureValue"
    api.emulator.seed({"op": "heartbeat", "id": HARMONY})
    shown = api.get(v1).body
    assert shown["partnerState"] == "enabled"
    assert not shown["lastHeartbeatDateTime"].startswith("0001")


def test_assignment_filter_platform_is_set_once(api: Api) -> None:
    body = {
        "displayName": "F",
        "platform": "iOS",
        "rule": '(device.model -startsWith "iPad") and (device.deviceOwnership -eq "Corporate")',
    }
    made = api.made(FILTERS, body)
    assert made["roleScopeTags"] == ["0"]
    path = f"{FILTERS}/{made['id']}"
    assert api("PATCH", path, {"platform": "iOS", "displayName": "G"}).status == 400
    assert api("PATCH", path, {"displayName": "G"}).body["displayName"] == "G"
    wrong: list[dict[str, Any]] = [
        {"rule": "anything"},
        {"rule": '(app.x -eq "1")'},
        {"platform": "ios"},
        {"payloads": []},
        {"roleScopeTagIds": ["0"]},
    ]
    for change in wrong:
        assert api("POST", FILTERS, body | change).status == 400
    for missing in ("displayName", "platform", "rule"):
        assert api("POST", FILTERS, {key: value for key, value in body.items() if key != missing}).status == 400
    assert api("POST", f"{FILTERS}/validateFilter", {"deviceAndAppManagementAssignmentFilter": body}).body == {
        "isValidRule": True
    }


def test_scope_tags_have_small_numbers(api: Api) -> None:
    assert [(tag["id"], tag["isBuiltIn"]) for tag in api.all(TAGS)] == [("0", True), ("1", False)]
    made = api.made(TAGS, {"displayName": "Third"})
    assert made["id"] == "2"
    api.made(APPS, ios_app(roleScopeTagIds=["2"]))
    assert api("DELETE", f"{TAGS}/2").status == 400
    assert api("DELETE", f"{TAGS}/0").status == 400
    assert api("PATCH", f"{TAGS}/0", {"displayName": "x"}).status == 400
    assert api("DELETE", f"{TAGS}/1").status == 204


def test_empty_scope_tags_become_the_default(api: Api) -> None:
    assert api.made(APPS, ios_app(roleScopeTagIds=[]))["roleScopeTagIds"] == ["0"]
