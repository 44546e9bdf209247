# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combinations of a VPN profile's options that make no profile that works, and what a new one needs besides.

Sources: [schema] the descriptions of the properties in Graph's beta schema; [admin] Microsoft's documentation of
Intune's VPN settings, a page for each platform. An option that is false, empty or undeclared takes no part in a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._engine.fields import is_nothing

Declared = Mapping[str, Any]

_OF_APPLE = ("ios", "ios_ikev2", "macos")

_TUNNEL = ("microsoft_tunnel", "microsoft_protect")
_ZSCALER = ("zscaler_private_access",)
# [admin, iOS] custom VPN, Zscaler and Citrix take an identifier and keys with values of the vendor.
_CUSTOM = ("custom_vpn", "zscaler_private_access", "citrix", "citrix_sso")
# [schema] "Realm when connection type is set to Pulse Secure", and likewise for the others.
_PULSE = {"realm": ("pulse_secure",), "role": ("pulse_secure",)}
_APPLE = {
    **_PULSE,
    "identifier": _CUSTOM,
    # The app of Microsoft Tunnel and NetMotion take settings by key too [admin, Microsoft Tunnel; Android Enterprise].
    "custom_data": (*_CUSTOM, *_TUNNEL, "net_motion_mobility"),
    "custom_key_value_data": (*_CUSTOM, *_TUNNEL, "net_motion_mobility"),
    "login_group_or_domain": ("dell_sonic_wall_mobile_connect",),
    "cloud_name": _ZSCALER,
    "exclude_list": _ZSCALER,
    "strict_enforcement": _ZSCALER,
    "user_domain": _ZSCALER,
    "microsoft_tunnel_site_id": _TUNNEL,
}
_NATIVE = ("automatic", "ikev2", "l2tp", "pptp")
_PLUG_IN = (
    "pulse_secure",
    "f5_edge_client",
    "dell_sonic_wall_mobile_connect",
    "check_point_capsule_vpn",
    "citrix",
    "palo_alto_global_protect",
    "cisco_any_connect",
    "microsoft_tunnel",
)

# Options that decide whether others make sense.
DECIDING = (
    "connection_type",
    "authentication_method",
    "client_authentication_type",
    "enable_per_app",
    "enable_always_on",
    "profile_target",
)

# Options that only some connection types take, by section.
ONLY_FOR: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ios": _APPLE,
    "ios_ikev2": _APPLE,
    "macos": _APPLE,
    "android_work_profile": {
        **_PULSE,
        "fingerprint": ("check_point_capsule_vpn",),
        "microsoft_tunnel_site_id": _TUNNEL,
        # [admin, Android Enterprise]
        "proxy_exclusion_list": _TUNNEL,
    },
    "android_for_work": {**_PULSE, "fingerprint": ("check_point_capsule_vpn",)},
    "android": {**_PULSE, "fingerprint": ("check_point_capsule_vpn",)},
    "android_device_owner": {**_PULSE, "microsoft_tunnel_site_id": _TUNNEL, "proxy_exclusion_list": _TUNNEL},
    "windows10": {
        # [schema] "security settings for IKEv2 VPN"; [admin, Windows] device tunnel and EAP "IKEv2 only"
        "cryptography_suite": ("ikev2",),
        "enable_device_tunnel": ("ikev2",),
        # Windows has two forms of profile: EAP belongs to the native one, a vendor's XML to that of a plug-in [VPNv2
        # CSP].
        "eap_xml": _NATIVE,
        "custom_xml": _PLUG_IN,
        "microsoft_tunnel_site_id": ("microsoft_tunnel",),
    },
}
# What the methods of authentication cannot be without, or do not look at.
_CREDENTIALS = {
    "identity_certificate": ("certificate",),
    "derived_credential_settings": ("derived_credential",),
    "shared_secret": ("shared_secret",),
}


def problems(section: str, declared: Declared) -> Iterator[str]:
    """Yield, as ends of a sentence that begins with the section's name, what contradicts itself in the options."""
    connection = declared.get("connection_type") or ("ikev2" if section == "ios_ikev2" else None)
    unfit = sorted(
        option
        for option, types in ONLY_FOR.get(section, {}).items()
        if connection and declared.get(option) and connection not in types
    )
    if unfit:
        yield f"connection_type {connection} does not take {', '.join(unfit)}"
    method = declared.get("authentication_method")
    for option, methods in _CREDENTIALS.items():
        if method and declared.get(option) and method not in methods:
            yield f"authentication_method {method} does not take {option}"
    if section in _OF_APPLE:
        yield from _apple(section, declared)
    if section == "ios_ikev2":
        yield from _ikev2(declared)
    if section.startswith("android"):
        yield from _android(declared)
    if section == "windows10":
        yield from _windows(declared)
    if sum(bool(server.get("is_default_server")) for server in declared.get("servers") or []) > 1:
        # [admin, Windows] "Set only one server as the default."
        yield "only one of servers can have is_default_server"


def missing(section: str, declared: Declared) -> Iterator[str]:
    """Yield the options that a new profile needs besides those that its type always needs."""
    method = declared.get("authentication_method")
    if section in _OF_APPLE:
        yield from _missing_of_apple(declared)
    if method == "certificate" and not declared.get("identity_certificate"):
        yield "identity_certificate (for authentication_method certificate)"
    if section == "ios_ikev2" and method == "shared_secret" and not declared.get("shared_secret"):
        yield "shared_secret (for authentication_method shared_secret)"
    if section == "windows10":
        yield from _missing_of_windows(declared)


def _missing_of_apple(declared: Declared) -> Iterator[str]:
    if is_nothing((declared.get("server") or {}).get("address")):
        yield "server.address"
    if declared.get("connection_type") == "custom_vpn":
        if not declared.get("identifier"):
            yield "identifier (the vendor of the VPN app gives it)"
        if declared.get("enable_per_app") and not declared.get("provider_type"):
            yield "provider_type (for enable_per_app)"


def _missing_of_windows(declared: Declared) -> Iterator[str]:
    if declared.get("authentication_method") == "custom_eap_xml" and not declared.get("eap_xml"):
        yield "eap_xml (for authentication_method custom_eap_xml)"
    if declared.get("only_associated_apps_can_use_connection") and not declared.get("associated_apps"):
        yield "associated_apps (for only_associated_apps_can_use_connection)"
    if declared.get("enable_device_tunnel") and not declared.get("enable_always_on"):
        yield "enable_always_on (for enable_device_tunnel)"


def _only_with(declared: Declared, switch: str, *options: str) -> Iterator[str]:
    """Yield which options have no effect since their switch is declared as off; one that is not may be on in Intune."""
    if declared.get(switch) is False:
        yield from (f"{option} is for {switch}, which is false" for option in options if declared.get(option))


def _apple(section: str, declared: Declared) -> Iterator[str]:
    connection = declared.get("connection_type")
    if section == "ios" and connection in ("ikev2", "always_on"):
        yield f"connection_type {connection} has a suboption of its own, ios_ikev2"
    if connection == "custom_vpn" and declared.get("identifier") == "":
        yield "connection_type custom_vpn needs identifier, which the vendor of the VPN app gives"
    if declared.get("enable_per_app"):
        # [schema] "Not applicable when enablePerApp is TRUE."
        for option in ("include_all_networks", "exclude_local_networks"):
            if declared.get(option):
                yield f"{option} does not apply when enable_per_app is true"
        if connection == "custom_vpn" and declared.get("provider_type") == "not_configured":
            # [admin, iOS] "choose app-layer tunneling or packet-level tunneling"
            yield "enable_per_app needs another provider_type than not_configured for custom_vpn"
    yield from _only_with(declared, "enable_per_app", "safari_domains")
    yield from _only_with(declared, "disconnect_on_idle", "disconnect_on_idle_timer_in_seconds")
    if connection in _ZSCALER and declared.get("proxy_server"):
        # [admin, iOS] "Proxy settings aren't available for Zscaler VPN connections."
        yield f"connection_type {connection} does not take proxy_server"
    yield from _on_demand(declared.get("on_demand_rules") or [])


def _on_demand(rules: Iterable[Declared]) -> Iterator[str]:
    for rule in rules:
        for option in ("domains", "probe_required_url"):
            # [schema] "Only applicable when Action is evaluate connection"
            if rule.get(option) and rule.get("action") not in (None, "evaluate_connection"):
                yield f"a rule of on_demand_rules has {option}, which is for the action evaluate_connection"


def _ikev2(declared: Declared) -> Iterator[str]:
    method, client = declared.get("authentication_method"), declared.get("client_authentication_type")
    # [admin, iOS: IKEv2] "Username and password (User authentication only)", "Shared secret (Machine authentication
    # only)"
    if (method, client) in (
        ("username_and_password", "device_authentication"),
        ("shared_secret", "user_authentication"),
    ):
        yield f"authentication_method {method} does not go with client_authentication_type {client}"
    if declared.get("local_identifier") == "client_certificate_subject_name" and method not in (
        None,
        "certificate",
        "derived_credential",
    ):
        yield (
            "local_identifier client_certificate_subject_name needs a certificate, which "
            f"authentication_method {method} does not have"
        )
    yield from _only_with(declared, "enable_always_on_configuration", "always_on_configuration")


def _android(declared: Declared) -> Iterator[str]:
    # [schema] "If always-on VPN connection is enabled, whether or not to lock network traffic"
    yield from _only_with(declared, "always_on", "always_on_lockdown")
    yield from _only_with(declared, "always_on_lockdown", "lockdown_exclusion_list")


def _windows(declared: Declared) -> Iterator[str]:
    method = declared.get("authentication_method")
    if declared.get("enable_device_tunnel"):
        # [admin, Windows] a device tunnel needs IKEv2 (see ONLY_FOR), always on and machine certificates, and is in
        # device scope
        if declared.get("enable_always_on") is False:
            yield "enable_device_tunnel needs enable_always_on"
        if method not in (None, "certificate"):
            yield f"enable_device_tunnel needs authentication_method certificate, not {method}"
        if declared.get("profile_target") == "user":
            yield "enable_device_tunnel does not go with profile_target user"
    if method == "custom_eap_xml" and declared.get("eap_xml") == "":
        yield "authentication_method custom_eap_xml needs eap_xml"
    if declared.get("only_associated_apps_can_use_connection") and declared.get("associated_apps") == []:
        yield "only_associated_apps_can_use_connection needs associated_apps"
    alternate = "enable_single_sign_on_with_alternate_certificate"
    yield from _only_with(declared, alternate, "single_sign_on_eku", "single_sign_on_issuer_hash")
    yield from _traffic(declared.get("traffic_rules") or [])


def _traffic(rules: Iterable[Declared]) -> Iterator[str]:
    for rule in rules:
        ports = [option for option in ("local_port_ranges", "remote_port_ranges") if rule.get(option)]
        if ports and rule.get("protocols") not in (6, 17):
            # [schema] "can be set only when protocol is either TCP or UDP (6 or 17)"
            yield (
                f"traffic rule '{rule.get('name')}' has {' and '.join(ports)}, which need protocols 6 (TCP) or 17 (UDP)"
            )
        for option in ports:
            if any(ports["lower_number"] > ports["upper_number"] for ports in rule[option]):
                yield f"traffic rule '{rule.get('name')}' has a range in {option} that ends before it begins"
