# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPN profiles of every type: all options, links by name, what does not go together, and what is given back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import GraphError
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.vpn_profile import VpnProfile
from tests.samples import PROFILES
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.module_utils.intune.new_objects import APPLICABILITY

Json = dict[str, Any]
DATA = {"custom_data": {"a": "1", "b": "true"}, "custom_key_value_data": {"c": "2"}}
PROXY = {
    "address": "proxy.example.com",
    "port": 3128,
    "automatic_configuration_script_url": "https://proxy.example.com/pac",
}
APP = {
    "name": "App",
    "app_id": "com.example.app",
    "publisher": "P",
    "app_store_url": "https://apps.apple.com/us/app/x/id1",
}
SERVERS = [
    {"address": "a.example.com", "description": "Main", "is_default_server": True},
    {"address": "b.example.com", "description": "Other", "is_default_server": False},
]
RULES = [
    {"action": "connect", "interface_type_match": "wifi", "ssids": ["b", "a"], "probe_url": "https://example.org"},
    {
        "action": "evaluate_connection",
        "domain_action": "connect_if_needed",
        "domains": ["example.com"],
        "probe_required_url": "https://example.com",
    },
    {"action": "ignore", "dns_search_domains": ["example.org"], "dns_server_address_match": ["10.0.0.1"]},
]
APPLE: Json = {
    "connection_name": "Example",
    "connection_type": "custom_vpn",
    "identifier": "com.example.vpn",
    "server": {"address": "vpn.example.com", "description": "Main", "is_default_server": True},
    "authentication_method": "certificate",
    "identity_certificate": "Identity",
    "provider_type": "packet_tunnel",
    "enable_per_app": True,
    "enable_split_tunneling": True,
    "on_demand_rules": RULES,
    "disable_on_demand_user_override": True,
    "disconnect_on_idle": True,
    "disconnect_on_idle_timer_in_seconds": 60,
    **DATA,
    "associated_domains": ["b.example.com", "a.example.com"],
    "excluded_domains": ["c.example.com"],
    "safari_domains": ["d.example.com"],
    "proxy_server": PROXY,
    "opt_in_to_device_id_sharing": True,
}
PASSWORD: Json = {
    "connection_name": "Example",
    "server": {"address": "vpn.example.com"},
    "authentication_method": "username_and_password",
    "include_all_networks": True,
    "exclude_local_networks": True,
}
PULSE: Json = {**PASSWORD, "connection_type": "pulse_secure", "realm": "r", "role": "x"}
SONIC_WALL: Json = {**PASSWORD, "connection_type": "dell_sonic_wall_mobile_connect", "login_group_or_domain": "LOCAL"}
ZSCALER: Json = {
    **PASSWORD,
    "connection_type": "zscaler_private_access",
    "cloud_name": "c",
    "user_domain": "example.com",
    "exclude_list": ["10.0.0.1"],
    "strict_enforcement": True,
}
TUNNEL: Json = {
    **PASSWORD,
    "connection_type": "microsoft_tunnel",
    "microsoft_tunnel_site_id": "7a3c8c1e-0f7b-4d3e-9b5a-2f6d1c0e8a44",
}
SMART_CARD: Json = {
    **PASSWORD,
    "connection_type": "cisco_any_connect_v2",
    "authentication_method": "derived_credential",
    "derived_credential_settings": "Smart cards",
    "targeted_mobile_apps": [APP],
}
ASSOCIATION = {
    "security_encryption_algorithm": "aes256_gcm",
    "security_integrity_algorithm": "sha2_384",
    "security_diffie_hellman_group": 19,
    "lifetime_in_minutes": 1440,
}
IKEV2: Json = {
    **PASSWORD,
    "remote_identifier": "vpn.example.com",
    "local_identifier": "client_certificate_subject_name",
    "client_authentication_type": "device_authentication",
    "authentication_method": "certificate",
    "identity_certificate": "Identity",
    "enable_eap": True,
    "server_certificate_type": "ecdsa384",
    "server_certificate_common_name": "vpn.example.com",
    "server_certificate_issuer_common_name": "Example CA",
    "tls_minimum_version": "1.1",
    "tls_maximum_version": "1.2",
    "dead_peer_detection_rate": "low",
    "enable_perfect_forward_secrecy": True,
    "enable_certificate_revocation_check": True,
    "enable_use_internal_subnet_attributes": True,
    "disable_mobility_and_multihoming": True,
    "disable_redirect": True,
    "mtu_size_in_bytes": 1280,
    "security_association_parameters": ASSOCIATION,
    "child_security_association_parameters": {**ASSOCIATION, "security_encryption_algorithm": "chacha20_poly1305"},
    "allow_default_security_association_parameters": True,
    "allow_default_child_security_association_parameters": True,
    "enable_always_on_configuration": True,
    "always_on_configuration": {
        "tunnel_configuration": "cellular",
        "user_toggle_enabled": True,
        "voicemail_exception_action": "drop_traffic",
        "air_print_exception_action": "allow_traffic_outside",
        "cellular_exception_action": "force_traffic_via_vpn",
        "allow_all_captive_network_plugins": False,
        "allowed_captive_network_plugins": {"allowed_bundle_identifiers": ["com.example.b", "com.example.a"]},
        "allow_captive_web_sheet": True,
        "nat_keep_alive_interval_in_seconds": 60,
        "nat_keep_alive_offload_enable": True,
    },
}
SHARED: Json = {
    **PASSWORD,
    "connection_type": "always_on",
    "remote_identifier": "vpn.example.com",
    "local_identifier": "empty",
    "client_authentication_type": "device_authentication",
    "authentication_method": "shared_secret",
    "shared_secret": "correct horse",
}
ANDROID: Json = {
    "connection_name": "Example",
    "connection_type": "microsoft_tunnel",
    "servers": SERVERS,
    "authentication_method": "certificate",
    "identity_certificate": "Identity",
    "always_on": True,
    "always_on_lockdown": True,
    "lockdown_exclusion_list": ["com.example.b", "com.example.a"],
    "targeted_mobile_apps": [APP],
    "targeted_package_ids": ["com.example.app"],
    "proxy_server": PROXY,
    "proxy_exclusion_list": [".example.com"],
    **DATA,
    "microsoft_tunnel_site_id": "7a3c8c1e-0f7b-4d3e-9b5a-2f6d1c0e8a44",
}
ANDROID_PULSE: Json = {
    "connection_name": "Example",
    "connection_type": "pulse_secure",
    "servers": SERVERS,
    "authentication_method": "username_and_password",
    "realm": "r",
    "role": "x",
}
CAPSULE: Json = {
    "connection_name": "Example",
    "connection_type": "check_point_capsule_vpn",
    "servers": SERVERS,
    "authentication_method": "username_and_password",
    "fingerprint": "ab:cd",
}
WINDOWS_IKEV2: Json = {
    "connection_name": "Example",
    "connection_type": "ikev2",
    "servers": SERVERS,
    "profile_target": "device",
    "authentication_method": "certificate",
    "identity_certificate": "Identity",
    "enable_always_on": True,
    "enable_device_tunnel": True,
    "cryptography_suite": {
        "encryption_method": "aes256",
        "integrity_check_method": "sha2_256",
        "dh_group": "group14",
        "cipher_transform_constants": "aes256_gcm",
        "authentication_transform_constants": "sha_256_128",
        "pfs_group": "pfs_mm",
    },
    "enable_split_tunneling": True,
    "routes": [
        {"destination_prefix": "10.0.0.0", "prefix_size": 8},
        {"destination_prefix": "fd00::", "prefix_size": 32},
    ],
    "enable_dns_registration": True,
    "dns_suffixes": ["b.example.com", "a.example.com"],
    "dns_rules": [
        {
            "name": ".example.com",
            "servers": ["10.0.0.2", "10.0.0.1"],
            "proxy_server_uri": "http://proxy",
            "auto_trigger": True,
            "persistent": True,
        }
    ],
    "traffic_rules": [
        {
            "name": "Web",
            "app_type": "desktop",
            "app_id": "%windir%\\notepad.exe",
            "claims": "c",
            "protocols": 6,
            "local_port_ranges": [{"lower_number": 1024, "upper_number": 65535}],
            "remote_port_ranges": [
                {"lower_number": 80, "upper_number": 80},
                {"lower_number": 443, "upper_number": 443},
            ],
            "local_address_ranges": [{"lower_address": "10.0.0.1", "upper_address": "10.0.0.9"}],
            "remote_address_ranges": [{"lower_address": "10.1.0.1", "upper_address": "10.1.0.9"}],
            "routing_policy_type": "force_tunnel",
            "vpn_traffic_direction": "outbound",
        },
        {"name": "Ping", "protocols": 1},
    ],
    "proxy_server": {**PROXY, "bypass_proxy_server_for_local_address": True},
    "trusted_network_domains": ["corp.example.com"],
}
WINDOWS_EAP: Json = {
    "connection_name": "Example",
    "connection_type": "automatic",
    "servers": SERVERS[:1],
    "profile_target": "user",
    "authentication_method": "custom_eap_xml",
    "eap_xml": "<EapHostConfig>\n  <EapMethod a='1' b='2'/>\n</EapHostConfig>",
    "remember_user_credentials": True,
    "enable_conditional_access": True,
    "enable_single_sign_on_with_alternate_certificate": True,
    "single_sign_on_eku": {"name": "Client", "object_identifier": "1.3.6.1.5.5.7.3.2"},
    "single_sign_on_issuer_hash": "AB12",
    "associated_apps": [
        {"app_type": "universal", "identifier": "App_8wekyb3d8bbwe"},
        {"app_type": "desktop", "identifier": "C:\\app.exe"},
    ],
    "only_associated_apps_can_use_connection": True,
    "windows_information_protection_domain": "example.com",
}
WINDOWS_TUNNEL: Json = {
    "connection_name": "Example",
    "connection_type": "microsoft_tunnel",
    "servers": SERVERS[:1],
    "authentication_method": "username_and_password",
    "custom_xml": "<a><b/></a>",
    "microsoft_tunnel_site_id": "7a3c8c1e-0f7b-4d3e-9b5a-2f6d1c0e8a44",
}
WHOLE: list[tuple[str, Json]] = [
    ("ios", APPLE),
    ("ios", PULSE),
    ("ios", SONIC_WALL),
    ("ios", ZSCALER),
    ("ios", TUNNEL),
    ("ios", SMART_CARD),
    ("ios_ikev2", IKEV2),
    ("ios_ikev2", SHARED),
    ("macos", {**APPLE, "deployment_channel": "device_channel"}),
    ("macos", PULSE),
    ("macos", SONIC_WALL),
    ("android_work_profile", ANDROID),
    ("android_work_profile", ANDROID_PULSE),
    ("android_work_profile", CAPSULE),
    ("android_device_owner", ANDROID),
    (
        "android_device_owner",
        {**ANDROID_PULSE, "authentication_method": "derived_credential", "derived_credential_settings": "Smart cards"},
    ),
    ("android_work_profile_always_on", {"package_id": "com.example.vpn", "lockdown": True}),
    ("android_device_owner_always_on", {"package_id": "com.example.vpn", "lockdown": True}),
    (
        "android_for_work",
        {**CAPSULE, **DATA, "authentication_method": "certificate", "identity_certificate": "Identity"},
    ),
    ("android_for_work", ANDROID_PULSE),
    ("android", {**CAPSULE, **DATA, "authentication_method": "certificate", "identity_certificate": "Identity"}),
    ("android", ANDROID_PULSE),
    ("windows10", WINDOWS_IKEV2),
    ("windows10", WINDOWS_EAP),
    ("windows10", WINDOWS_TUNNEL),
]
IDENTITY = {
    "ios": "iosPkcsCertificateProfile",
    "ios_ikev2": "iosPkcsCertificateProfile",
    "macos": "macOSPkcsCertificateProfile",
    "android_work_profile": "androidWorkProfileScepCertificateProfile",
    "android_device_owner": "androidDeviceOwnerPkcsCertificateProfile",
    "windows10": "windows81SCEPCertificateProfile",
    "android_for_work": "androidForWorkPkcsCertificateProfile",
    "android": "androidImportedPFXCertificateProfile",
}


@pytest.fixture(autouse=True)
def linked(tenant: Tenant) -> None:
    """One certificate profile of each type, all with one name, and an issuer of derived credentials."""
    for graph_type in {*IDENTITY.values()}:
        tenant.have(PROFILES, graph_type, "Identity")
    tenant.have(
        "deviceManagement/derivedCredentials",
        "deviceManagementDerivedCredentialSettings",
        "Smart cards",
        issuer="purebred",
    )


def profiles(tenant: Tenant) -> list[Json]:
    return [record for record in tenant.records(PROFILES) if record["displayName"] != "Identity"]


def places(spec: Mapping[str, Any], place: str = "") -> Iterator[str]:
    for name, argument in spec.items():
        options = argument.get("options")
        yield from places(options, f"{place}{name}.") if options else [place + name]


def given(value: Any, place: str = "") -> Iterator[str]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        for item in value:
            yield from given(item, place)
    elif isinstance(value, dict) and not place.endswith(("custom_data.", "custom_key_value_data.")):
        for name, item in value.items():
            yield from given(item, f"{place}{name}.")
    else:
        yield place.rstrip(".")


CUSTOM_DATA = ("custom_data", "custom_key_value_data")
WITH_SECRETS = ("ios", "macos", "android_work_profile", "android_device_owner", "android_for_work", "android")


def test_every_option_of_every_type_is_in_these_tests() -> None:
    tested = {place for section, options in WHOLE for place in given(options, f"{section}.")} | set(
        given(APPLICABILITY)
    )
    tested |= {f"{section}.secret_{name}" for section in WITH_SECRETS for name in CUSTOM_DATA}
    sections = [str(field.section) for field in VpnProfile.types]
    spec = {name: VpnProfile.argument_spec[name] for name in [*sections, *APPLICABILITY]}
    # What IKEv2 has from the other type of iOS is tested there.
    inherited = {f"ios_ikev2.{place}" for place in places(spec["ios"]["options"])}
    assert set(places(spec)) - inherited - tested == set()


@pytest.mark.parametrize(
    ("section", "options"), WHOLE, ids=[f"{section}-{options.get('connection_type', '')}" for section, options in WHOLE]
)
def test_a_profile_with_every_option_is_made_found_again_read_back_changed_and_removed(
    tenant: Tenant, section: str, options: Json
) -> None:
    tenant.emulator.settings(rewrite_payloads=True)
    name = "O'Brien & Söhne"
    made = tenant.lives("intune_vpn_profile", name=name, description="x", **{section: options})
    (found,) = tenant("intune_vpn_profile_info", name=name)["vpn_profiles"]
    assert set(given(found[section])) >= set(given(options)) - {"shared_secret"}
    assert tenant("intune_vpn_profile", **found)["changed"] is False
    assert "correct horse" not in str(made) + str(found)
    change: Json = {"lockdown": False} if "package_id" in options else {"connection_name": "Renamed"}
    changed = tenant.lives("intune_vpn_profile", name=name, **{section: change})
    assert changed["id"] == made["id"]
    assert changed["diff"]["before"][section].keys() == change.keys()
    (found,) = tenant("intune_vpn_profile_info", id=made["id"])["vpn_profiles"]
    assert tenant("intune_vpn_profile", **{**found, "name": None})["changed"] is False
    assert tenant("intune_vpn_profile", id=made["id"], state="absent")["changed"] is True
    assert profiles(tenant) == []


def test_a_profile_that_was_read_makes_the_same_profile_where_there_is_none(tenant: Tenant) -> None:
    made = tenant("intune_vpn_profile", name="v", windows10=WINDOWS_IKEV2, **APPLICABILITY)
    (first,) = profiles(tenant)
    (found,) = tenant("intune_vpn_profile_info", id=made["id"])["vpn_profiles"]
    tenant("intune_vpn_profile", name="v", state="absent")
    tenant("intune_vpn_profile", **{**found, "id": None})
    (second,) = profiles(tenant)
    server_set = {"id", "createdDateTime", "lastModifiedDateTime", "version"}
    assert {key: value for key, value in first.items() if key not in server_set} == {
        key: value for key, value in second.items() if key not in server_set
    }
    assert tenant("intune_vpn_profile", **{**found, "id": None})["changed"] is False


def test_the_examples_of_the_documentation_run(tenant: Tenant) -> None:
    tenant.have(PROFILES, "iosPkcsCertificateProfile", "Contoso device certificate iOS")
    *made, _removed = tenant.run_examples("intune_vpn_profile")
    assert all(result["changed"] and result["warnings"] == [] for result in made)


# -- links -----------------------------------------------------------------------------------------------------------


def test_a_certificate_is_bound_by_name_rebound_by_id_and_taken_away(tenant: Tenant) -> None:
    other = tenant.have(PROFILES, "iosScepCertificateProfile", "Other")
    ios = {key: value for key, value in SMART_CARD.items() if key != "derived_credential_settings"}
    certified = {**ios, "authentication_method": "certificate", "identity_certificate": "Identity"}
    result = tenant.lives("intune_vpn_profile", name="v", ios=certified)
    address = f"/beta/{PROFILES}/{result['id']}/microsoft.graph.iosVpnConfiguration/identityCertificate"
    rebound = tenant.lives("intune_vpn_profile", name="v", ios={"identity_certificate": other})
    assert rebound["diff"]["before"]["ios"] != rebound["diff"]["after"]["ios"]
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert found["ios"]["identity_certificate"] == "Other"
    tenant.emulator.journal(clear=True)
    gone = tenant(
        "intune_vpn_profile",
        name="v",
        ios={"identity_certificate": "", "authentication_method": "username_and_password"},
    )
    assert gone["changed"] is True
    assert ("DELETE", f"{address}/$ref") in [(entry["method"], entry["path"]) for entry in tenant.writes()]
    assert tenant("intune_vpn_profile", name="v", ios={"identity_certificate": ""})["changed"] is False
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert "identity_certificate" not in found["ios"]


def test_links_are_read_with_their_names_in_one_batch(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="v", ios=SMART_CARD)
    tenant("intune_vpn_profile", name="w", macos=APPLE)
    tenant.emulator.journal(clear=True)
    found = {profile["name"]: profile for profile in tenant("intune_vpn_profile_info")["vpn_profiles"]}
    assert found["v"]["ios"]["derived_credential_settings"] == "Smart cards"
    assert found["w"]["macos"]["identity_certificate"] == "Identity"
    paths = [entry["path"] for entry in tenant.emulator.journal() if entry["path"].startswith("/beta/")]
    # The last one asks whether other objects have their names.
    assert paths == [f"/beta/{PROFILES}", "/beta/$batch", "/beta/$batch", "/beta/$batch"]


def test_a_certificate_of_another_platform_or_of_no_name_is_refused(tenant: Tenant) -> None:
    tenant.have(PROFILES, "macOSScepCertificateProfile", "Mac")
    for name in ("Mac", "Nobody"):
        said = tenant.fails("intune_vpn_profile", name="v", ios_ikev2={**IKEV2, "identity_certificate": name})
        assert f"iOS certificate profile '{name}'" in said


def test_links_are_asked_for_with_a_cast_to_their_type_first(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="v", macos={**APPLE})
    profile = r"deviceConfigurations/[0-9a-f-]+"
    refusal = {"status": 500, "code": "InternalServerError", "message": "asked for without a cast"}
    tenant.emulator.faults(
        {"match": {"method": "GET", "path": f"{profile}/identityCertificate$"}, "action": refusal},
        {"match": {"method": "DELETE", "path": f"{profile}/identityCertificate/\\$ref$"}, "action": refusal},
    )
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert found["macos"]["identity_certificate"] == "Identity"
    assert tenant("intune_vpn_profile", name="v", unset=["macos.identity_certificate"])["changed"]
    tenant.emulator.faults()


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_a_secret_is_sent_once_and_again_only_on_request(tenant: Tenant) -> None:
    made = tenant("intune_vpn_profile", name="v", ios_ikev2=SHARED)
    assert profiles(tenant)[0]["sharedSecret"] == "correct horse"
    other = {**SHARED, "shared_secret": "battery staple"}
    assert tenant("intune_vpn_profile", name="v", ios_ikev2=other)["changed"] is False
    sent = tenant("intune_vpn_profile", name="v", ios_ikev2=other, update_secrets="always")
    assert sent["changed"] is True
    assert sent["diff"]["after"]["ios_ikev2"]["shared_secret"] != sent["diff"]["before"]["ios_ikev2"]["shared_secret"]
    assert profiles(tenant)[0]["sharedSecret"] == "battery staple"
    assert "battery" not in str(sent) + str(made) + str(tenant.emulator.journal())


# -- what does not go together ---------------------------------------------------------------------------------------

DEVICE_TUNNEL = {"connection_type": "ikev2", "enable_device_tunnel": True}
REFUSED: list[tuple[str, Json, str]] = [
    ("ios", {"connection_type": "cisco_any_connect", "identifier": "x"}, "cisco_any_connect does not take identifier"),
    ("ios", {"connection_type": "custom_vpn", "realm": "x"}, "does not take realm"),
    (
        "ios",
        {"connection_type": "custom_vpn", "cloud_name": "x", "strict_enforcement": True},
        "does not take cloud_name, strict_enforcement",
    ),
    ("ios", {"connection_type": "custom_vpn", "identifier": ""}, "needs identifier"),
    ("ios", {"connection_type": "zscaler_private_access", "proxy_server": PROXY}, "proxy_server"),
    ("ios", {"connection_type": "ikev2"}, "ios_ikev2"),
    ("ios", {"custom_data": dict.fromkeys(map(str, range(26)), "v")}, "at most 25"),
    ("macos", {"on_demand_rules": [{"action": "connect"} for _number in range(501)]}, "at most 500"),
    ("ios", {"disconnect_on_idle_timer_in_seconds": 70000}, "between 0 and 65535"),
    ("ios", {"proxy_server": {"port": 70000}}, "ios.proxy_server port must be between 0 and 65535"),
    ("ios", {"enable_per_app": True, "include_all_networks": True}, "include_all_networks"),
    ("ios", {"enable_per_app": False, "safari_domains": ["x"]}, "safari_domains"),
    (
        "ios",
        {"enable_per_app": True, "connection_type": "custom_vpn", "provider_type": "not_configured"},
        "provider_type",
    ),
    ("ios", {"disconnect_on_idle": False, "disconnect_on_idle_timer_in_seconds": 5}, "disconnect_on_idle"),
    ("ios", {"on_demand_rules": [{"action": "connect", "domains": ["x"]}]}, "evaluate_connection"),
    ("ios", {"custom_data": {"a": ["b"]}}, "must have single values"),
    (
        "ios",
        {"authentication_method": "username_and_password", "identity_certificate": "Identity"},
        "does not take identity_certificate",
    ),
    (
        "ios",
        {"authentication_method": "certificate", "derived_credential_settings": "x"},
        "does not take derived_credential_settings",
    ),
    ("macos", {"connection_type": "citrix", "login_group_or_domain": "x"}, "does not take login_group_or_domain"),
    ("ios_ikev2", {"identifier": "x"}, "ikev2 does not take identifier"),
    ("ios_ikev2", {"authentication_method": "certificate", "shared_secret": "x"}, "does not take shared_secret"),
    (
        "ios_ikev2",
        {"authentication_method": "shared_secret", "client_authentication_type": "user_authentication"},
        "client_authentication_type",
    ),
    (
        "ios_ikev2",
        {"authentication_method": "username_and_password", "client_authentication_type": "device_authentication"},
        "client_authentication_type",
    ),
    (
        "ios_ikev2",
        {"authentication_method": "shared_secret", "local_identifier": "client_certificate_subject_name"},
        "local_identifier",
    ),
    (
        "ios_ikev2",
        {"enable_always_on_configuration": False, "always_on_configuration": {"tunnel_configuration": "wifi"}},
        "always_on_configuration",
    ),
    ("ios_ikev2", {"tls_minimum_version": "1.2", "tls_maximum_version": "1.0"}, "tls_minimum_version"),
    ("ios_ikev2", {"mtu_size_in_bytes": 1500}, "between 1280 and 1400"),
    ("android_work_profile", {"connection_type": "citrix", "fingerprint": "x"}, "does not take fingerprint"),
    (
        "android_work_profile",
        {"connection_type": "citrix", "proxy_exclusion_list": ["x"]},
        "does not take proxy_exclusion_list",
    ),
    ("android_work_profile", {"always_on": False, "always_on_lockdown": True}, "always_on_lockdown"),
    (
        "android_device_owner",
        {"always_on_lockdown": False, "lockdown_exclusion_list": ["x"]},
        "lockdown_exclusion_list",
    ),
    ("android_device_owner", {"connection_type": "citrix", "role": "x"}, "does not take role"),
    (
        "android_device_owner",
        {"servers": [{"address": str(number), "is_default_server": True} for number in range(2)]},
        "is_default_server",
    ),
    (
        "windows10",
        {"connection_type": "l2tp", "cryptography_suite": {"dh_group": "group14"}},
        "does not take cryptography_suite",
    ),
    ("windows10", {"connection_type": "ikev2", "custom_xml": "<a/>"}, "does not take custom_xml"),
    ("windows10", {"connection_type": "citrix", "eap_xml": "<a/>"}, "does not take eap_xml"),
    ("windows10", {"custom_xml": "<a>"}, "custom_xml cannot be used: it is not XML"),
    ("windows10", {"connection_type": "pptp", "enable_device_tunnel": True}, "does not take enable_device_tunnel"),
    ("windows10", {**DEVICE_TUNNEL, "enable_always_on": False}, "needs enable_always_on"),
    (
        "windows10",
        {**DEVICE_TUNNEL, "authentication_method": "username_and_password"},
        "authentication_method certificate",
    ),
    ("windows10", {**DEVICE_TUNNEL, "profile_target": "user"}, "profile_target user"),
    ("windows10", {"authentication_method": "custom_eap_xml", "eap_xml": ""}, "needs eap_xml"),
    ("windows10", {"only_associated_apps_can_use_connection": True, "associated_apps": []}, "needs associated_apps"),
    (
        "windows10",
        {"enable_single_sign_on_with_alternate_certificate": False, "single_sign_on_issuer_hash": "x"},
        "single_sign_on_issuer_hash",
    ),
    ("windows10", {"routes": [{"destination_prefix": "10.0.0.0", "prefix_size": 33}]}, "between 1 and 32"),
    ("windows10", {"traffic_rules": [{"name": "r", "protocols": 256}]}, "between 0 and 255"),
    (
        "windows10",
        {
            "traffic_rules": [
                {"name": "r", "protocols": 1, "local_port_ranges": [{"lower_number": 1, "upper_number": 2}]}
            ]
        },
        "protocols 6",
    ),
    (
        "windows10",
        {
            "traffic_rules": [
                {"name": "r", "protocols": 6, "remote_port_ranges": [{"lower_number": 2, "upper_number": 1}]}
            ]
        },
        "ends before",
    ),
]


@pytest.mark.parametrize(
    ("section", "options", "said"), REFUSED, ids=[f"{section}-{said}" for section, _options, said in REFUSED]
)
def test_what_does_not_go_together_is_refused_before_any_write(
    tenant: Tenant, section: str, options: Json, said: str
) -> None:
    message = tenant.fails("intune_vpn_profile", name="v", **{section: options})
    assert said in message
    assert message.startswith(section)
    assert "This task wrote nothing." in message


@pytest.mark.parametrize(
    ("section", "stored", "options", "said"),
    [
        ("ios", {"connectionType": "customVpn", "identifier": "a.b"}, {"realm": "R"}, "does not take realm"),
        ("ios", {"enablePerApp": True}, {"include_all_networks": True}, "does not apply when enable_per_app"),
        ("android_device_owner", {"connectionType": "citrix"}, {"realm": "R"}, "does not take realm"),
        ("windows10", {"connectionType": "l2tp"}, {"custom_xml": "<a/>"}, "does not take custom_xml"),
    ],
)
def test_a_rule_holds_when_the_option_that_decides_is_in_graph_only(
    tenant: Tenant, section: str, stored: Json, options: Json, said: str
) -> None:
    object_type = next(each for each in VpnProfile.types if each.section == section)
    profile = tenant.have("deviceManagement/deviceConfigurations", object_type.graph_type, "v", **stored)
    assert said in tenant.fails("intune_vpn_profile", id=profile, description="new", **{section: options})


def test_what_graph_has_and_the_rules_refuse_is_given_back_and_may_be_changed_elsewhere(tenant: Tenant) -> None:
    stored = {"connectionType": "customVpn", "realm": "R", "role": "S", "disconnectOnIdle": False}
    tenant.have("deviceManagement/deviceConfigurations", "iosVpnConfiguration", "v", **stored)
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert (found["ios"]["realm"], found["ios"]["role"]) == ("R", "S")
    assert not tenant("intune_vpn_profile", **found)["changed"]
    tenant.settles("intune_vpn_profile", **{**found, "description": "new"})
    message = tenant.fails("intune_vpn_profile", name="v", ios={"login_group_or_domain": "D"})
    assert "login_group_or_domain" in message


@pytest.mark.parametrize(
    ("section", "options", "missing"),
    [
        ("ios", {**APPLE, "identifier": None}, "ios.identifier"),
        ("ios", {**APPLE, "server": {"description": "x"}}, "ios.server.address"),
        ("ios", {key: value for key, value in APPLE.items() if key != "provider_type"}, "ios.provider_type"),
        ("macos", {**APPLE, "identity_certificate": None}, "macos.identity_certificate"),
        ("ios_ikev2", {**SHARED, "shared_secret": None}, "ios_ikev2.shared_secret"),
        ("ios_ikev2", {**SHARED, "remote_identifier": None}, "ios_ikev2.remote_identifier"),
        ("android_work_profile", {**ANDROID, "servers": []}, "android_work_profile.servers"),
        ("windows10", {**WINDOWS_EAP, "eap_xml": None}, "windows10.eap_xml"),
        ("windows10", {**WINDOWS_EAP, "associated_apps": None}, "windows10.associated_apps"),
        ("windows10", {**WINDOWS_IKEV2, "enable_always_on": None}, "windows10.enable_always_on"),
        ("android_device_owner_always_on", {"lockdown": True}, "android_device_owner_always_on.package_id"),
    ],
)
def test_a_new_profile_that_lacks_something_is_not_made_and_the_message_names_it(
    tenant: Tenant, section: str, options: Json, missing: str
) -> None:
    assert missing in tenant.fails("intune_vpn_profile", name="v", **{section: options})


# -- types -----------------------------------------------------------------------------------------------------------


def test_another_type_is_refused_and_made_with_recreate(tenant: Tenant) -> None:
    made = tenant(
        "intune_vpn_profile",
        name="v",
        description="kept",
        scope_tags=["Mobile Security"],
        ios=SONIC_WALL,
        assignments=[{"all_users": True}],
    )
    wanted = {"id": made["id"], "macos": SONIC_WALL}
    said = tenant.fails("intune_vpn_profile", **wanted)
    assert "macos" in said
    assert "recreate=true" in said
    predicted = tenant("intune_vpn_profile", check=True, recreate=True, **wanted)
    result = tenant("intune_vpn_profile", recreate=True, **wanted)
    assert predicted["changed"] is result["changed"] is True
    assert predicted["diff"] == result["diff"]
    assert result["diff"]["before"]["ios"]["connection_name"] == "Example"
    (profile,) = profiles(tenant)
    assert profile["@odata.type"] == "#microsoft.graph.macOSVpnConfiguration"
    assert (profile["displayName"], profile["description"], profile["roleScopeTagIds"]) == ("v", "kept", ["1"])
    assert len(profile["assignments"]) == 1
    assert tenant("intune_vpn_profile", name="v", macos=SONIC_WALL)["changed"] is False


def test_a_profile_stays_when_the_one_of_another_type_cannot_be_made(tenant: Tenant) -> None:
    made = tenant("intune_vpn_profile", name="v", ios=SONIC_WALL)
    tenant.emulator.faults(
        {
            "match": {"method": "POST", "path": "/deviceConfigurations$"},
            "action": {"status": 403, "code": "Forbidden", "message": "no"},
        }
    )
    with pytest.raises(GraphError, match="no"):
        tenant("intune_vpn_profile", id=made["id"], macos=SONIC_WALL, recreate=True)
    tenant.emulator.faults()
    assert [profile["id"] for profile in profiles(tenant)] == [made["id"]]


def test_profiles_of_one_name_and_two_types_are_two_profiles(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="v", ios=SONIC_WALL)
    tenant.settles("intune_vpn_profile", name="v", macos=SONIC_WALL)
    assert len(profiles(tenant)) == 2
    assert "More than one" in tenant.fails("intune_vpn_profile", name="v", description="x")


def test_restrictions_without_an_always_on_vpn_are_no_vpn_profiles(tenant: Tenant) -> None:
    tenant.have(PROFILES, "androidWorkProfileGeneralDeviceConfiguration", "Restrictions", passwordBlockTrustAgents=True)
    tenant.have(
        PROFILES, "androidDeviceOwnerGeneralDeviceConfiguration", "VPN", vpnAlwaysOnPackageIdentifier="com.example.vpn"
    )
    assert [found["name"] for found in tenant("intune_vpn_profile_info")["vpn_profiles"]] == ["VPN"]
    assert tenant("intune_vpn_profile", name="Restrictions", state="absent")["changed"] is False


def test_what_is_not_declared_of_a_server_or_a_rule_is_kept(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="v", windows10=WINDOWS_IKEV2)
    rules = [{"name": "Web"}, {"name": "Ping"}, {"name": "DNS", "protocols": 17}]
    tenant.lives(
        "intune_vpn_profile", name="v", windows10={"servers": [{"address": "a.example.com"}], "traffic_rules": rules}
    )
    (profile,) = profiles(tenant)
    assert [(server["description"], server["isDefaultServer"]) for server in profile["servers"]] == [("Main", True)]
    assert [len(rule["remotePortRanges"] or []) for rule in profile["trafficRules"]] == [2, 0, 0]


def test_a_condition_that_is_taken_out_of_a_rule_is_gone(tenant: Tenant) -> None:
    rules: list[Json] = [{"action": "disconnect", "ssids": ["Office"]}, {"action": "connect"}]
    tenant.lives("intune_vpn_profile", name="v", ios={**SONIC_WALL, "on_demand_rules": rules})
    changed = tenant.lives(
        "intune_vpn_profile", name="v", ios={"on_demand_rules": [{"action": "disconnect"}, rules[1]]}
    )
    assert "ssids" in changed["diff"]["before"]["ios"]["on_demand_rules"][0]
    assert "ssids" not in changed["diff"]["after"]["ios"]["on_demand_rules"][0]


def test_order_of_sets_and_spelling_of_xml_are_no_change(tenant: Tenant) -> None:
    tenant("intune_vpn_profile", name="v", windows10=WINDOWS_EAP)
    same = {
        **WINDOWS_EAP,
        "eap_xml": '<EapHostConfig><EapMethod b="2" a="1"></EapMethod></EapHostConfig>\n',
        "associated_apps": WINDOWS_EAP["associated_apps"][::-1],
    }
    assert tenant("intune_vpn_profile", name="v", windows10=same)["changed"] is False
    tenant("intune_vpn_profile", name="w", windows10=WINDOWS_IKEV2)
    rules = {"dns_suffixes": WINDOWS_IKEV2["dns_suffixes"][::-1]}
    assert tenant("intune_vpn_profile", name="w", windows10=rules)["changed"] is True


def test_options_of_every_type_are_unset(tenant: Tenant) -> None:
    certificate = tenant.have(PROFILES, "iosScepCertificateProfile", "Certificate")
    tenant.settles(
        "intune_vpn_profile",
        name="v",
        description="text",
        created_by="me",
        scope_tags=["Default"],
        ios={
            "connection_name": "c",
            "connection_type": "cisco_any_connect",
            "authentication_method": "certificate",
            "identity_certificate": certificate,
            "server": {"address": "192.0.2.1"},
            "proxy_server": {"address": "192.0.2.2", "port": 8080},
            "disconnect_on_idle_timer_in_seconds": 60,
            "excluded_domains": ["a.example"],
            "enable_split_tunneling": True,
        },
    )
    parts = ("identity_certificate", "proxy_server", "disconnect_on_idle_timer_in_seconds", "excluded_domains")
    unset = ["description", *(f"ios.{part}" for part in (*parts, "enable_split_tunneling"))]
    done = tenant.settles("intune_vpn_profile", name="v", unset=unset)
    assert done["changed"]
    assert set(done["diff"]["before"]["ios"]) == {*parts, "enable_split_tunneling"}
    assert done["diff"]["after"] == {"name": "v", "ios": {"enable_split_tunneling": False}}
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert not {*parts} & set(found["ios"])
    assert "description" not in found
    assert found["created_by"] == "me"
    # A new object has no value of them either.
    tenant("intune_vpn_profile", name="v", state="absent")
    tenant.settles("intune_vpn_profile", **{**found, "id": None, "unset": unset, "ios": needed(found["ios"])})


def test_a_suboption_is_unset_and_the_others_stay(tenant: Tenant) -> None:
    tenant.settles(
        "intune_vpn_profile",
        name="v",
        windows10={
            "connection_name": "c",
            "connection_type": "pulse_secure",
            "authentication_method": "username_and_password",
            "servers": [{"address": "192.0.2.1"}],
            "proxy_server": {"address": "192.0.2.2", "port": 8080, "bypass_proxy_server_for_local_address": True},
        },
        device_management_applicability_rule_os_version={
            "min_os_version": "10.0.1",
            "max_os_version": "10.0.2",
            "name": "n",
            "rule_type": "include",
        },
    )
    rule, proxy = "device_management_applicability_rule_os_version", "windows10.proxy_server"
    unset = [f"{rule}.{part}" for part in ("min_os_version", "name")]
    unset += [f"{proxy}.{part}" for part in ("address", "bypass_proxy_server_for_local_address")]
    done = tenant.settles("intune_vpn_profile", name="v", unset=unset, windows10={"proxy_server": {"port": 8081}})
    assert done["changed"]
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert found[rule] == {"max_os_version": "10.0.2", "rule_type": "include"}
    assert found["windows10"]["proxy_server"] == {"port": 8081, "bypass_proxy_server_for_local_address": False}
    assert tenant("intune_vpn_profile", name="v", unset=[proxy, f"{proxy}.port"])["changed"]
    # Nothing is left of which a suboption could be unset, and an object that has none gets none.
    assert not tenant("intune_vpn_profile", name="v", unset=[f"{proxy}.port"])["changed"]
    (found,) = tenant("intune_vpn_profile_info", name="v")["vpn_profiles"]
    assert "proxy_server" not in found["windows10"]


def needed(options: Json) -> Json:
    kept = {name: options[name] for name in ("connection_name", "connection_type", "server")}
    return {**kept, "authentication_method": "username_and_password"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unset": ["ios.relm"]}, "Did you mean ios.realm?"),
        ({"unset": ["realm"]}, "'realm' is not an option"),
        ({"unset": ["name"]}, "'name' is not an option"),
        ({"unset": ["assignments"]}, "'assignments' is not an option"),
        ({"unset": ["ios.server"]}, "always has a value of 'ios.server'"),
        ({"unset": ["macos.realm"]}, "'macos.realm' is not an option"),
        ({"unset": ["ios.proxy_server.prot"]}, "Did you mean ios.proxy_server.port?"),
        ({"unset": ["ios.on_demand_rules.action"]}, "'ios.on_demand_rules.action' is not an option"),
        ({"unset": ["ios.custom_data.key"]}, "'ios.custom_data.key' is not an option"),
        ({"unset": ["ios.proxy_server.port"], "ios": {"proxy_server": {"port": 1}}}, "also has a value in this task"),
        (
            {"unset": ["device_management_applicability_rule_os_version.rule_type"]},
            "always has a value of 'device_management_applicability_rule_os_version.rule_type'",
        ),
        ({"unset": ["ios.realm"], "ios": {"realm": "R"}}, "'ios.realm' also has a value"),
        ({"unset": ["ios_ikev2.shared_secret"]}, "update_secrets: always"),
    ],
)
def test_what_cannot_be_unset_is_refused(tenant: Tenant, options: Json, said: str) -> None:
    tenant.have(PROFILES, "iosVpnConfiguration", "v")
    assert said in tenant.fails("intune_vpn_profile", name="v", **options)


@pytest.mark.parametrize("name", CUSTOM_DATA)
@pytest.mark.parametrize("section", WITH_SECRETS)
def test_secret_values_for_the_app_are_sent_and_never_shown(tenant: Tenant, section: str, name: str) -> None:
    is_apple = section in ("ios", "macos")
    server: Json = {"server": {"address": "192.0.2.1"}} if is_apple else {"servers": [{"address": "192.0.2.1"}]}
    options = {
        "connection_name": "c",
        "connection_type": "citrix",
        "authentication_method": "username_and_password",
        name: {"plain": "shown"},
        f"secret_{name}": {"token": "TOP-SECRET"},
        **server,
    }
    given: Json = {section: options}
    results = [tenant.settles("intune_vpn_profile", name="v", **given)]
    (record,) = profiles(tenant)
    values = [{*entry.values()} for entry in record["customData" if name == "custom_data" else "customKeyValueData"]]
    assert {"token", "TOP-SECRET"} in values
    assert {"plain", "shown"} in values
    options[f"secret_{name}"] = {"token": "TOP-SECRET-2"}
    results.append(tenant.settles("intune_vpn_profile", name="v", **given))
    assert results[1]["changed"]
    assert "TOP-SECRET" not in str(results)
    assert "shown" in str(results)
    options[name] = {"token": "x"}
    assert f"in {name} and in secret_{name}: token" in tenant.fails("intune_vpn_profile", name="v", **given)


@pytest.mark.parametrize(("section", "option"), [("ios", "server"), ("android", "servers")])
def test_parts_that_others_change_during_the_task_stay(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, section: str, option: str
) -> None:
    """Graph replaces a complex value, and a list of them, as a whole."""

    def options(**server: Any) -> Json:
        common = {"connection_name": "c", "connection_type": "citrix", "authentication_method": "username_and_password"}
        declared = {"address": "192.0.2.1", **server}
        return {section: {**common, option: [declared] if option == "servers" else declared}}

    made = tenant.run("intune_vpn_profile", name="V", **options(description="ours", is_default_server=True))
    others = ["theirs"]

    def advice(*_arguments: Any) -> list[str]:
        while others:
            tenant.run("intune_vpn_profile", id=made["id"], **options(description=others.pop()))
        return []

    monkeypatch.setattr(VpnProfile, "advice", advice)
    assert tenant.run("intune_vpn_profile", id=made["id"], **options(is_default_server=False))["changed"]
    stored = next(item for item in tenant.records(PROFILES) if item["id"] == made["id"])
    (server,) = stored["servers"] if option == "servers" else [stored["server"]]
    assert (server["description"], server["isDefaultServer"]) == ("theirs", False)
