#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_vpn_profile
short_description: Manage VPN profiles in Microsoft Intune
version_added: 0.1.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns VPN profiles of iOS and iPadOS, and profiles that make an Android app the always-on VPN.
  - Which connection type, identifier, server and keys a VPN app needs is known to its vendor.
  - IKEv2 profiles are not managed by this module.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.resource.recreate
  - mobilesec.intune.assignments
options:
  ios:
    description:
      - A VPN of iOS and iPadOS (C(iosVpnConfiguration)).
      - One of this, O(android_work_profile_always_on) and O(android_device_owner_always_on) is needed to create a profile. It decides the type,
        which cannot be changed afterwards; of profiles with the same name, only those of this type are looked at.
      - Options that are not given are left as they are.
    type: dict
    suboptions:
      connection_name:
        description:
          - Name of the connection that the user sees (C(connectionName)). Needed to create a profile.
        type: str
      connection_type:
        description:
          - The VPN app or protocol (C(connectionType)). Needed to create a profile.
          - V(custom_vpn) is for apps that have no type of their own.
        type: str
        choices:
          - cisco_any_connect
          - pulse_secure
          - f5_edge_client
          - dell_sonic_wall_mobile_connect
          - check_point_capsule_vpn
          - custom_vpn
          - cisco_ipsec
          - citrix
          - cisco_any_connect_v2
          - palo_alto_global_protect
          - zscaler_private_access
          - f5_access2018
          - citrix_sso
          - palo_alto_global_protect_v2
          - microsoft_tunnel
          - net_motion_mobility
          - microsoft_protect
      server:
        description:
          - The VPN server (C(server)). Needed to create a profile.
        type: dict
        suboptions:
          address:
            description:
              - IP address, host name or URL (C(address)). Needed to create a profile.
              - An app that filters traffic on the device may want V(127.0.0.1) or another address that it does not use.
            type: str
          description:
            description:
              - Description of the server (C(description)).
            type: str
      authentication_method:
        description:
          - How the device authenticates to the server (C(authenticationMethod)). Needed to create a profile.
          - V(certificate) needs a certificate profile. This module does not bind one to the VPN profile, and leaves one that is bound as it is.
        type: str
        choices: [certificate, username_and_password, shared_secret, derived_credential, azure_ad]
      identifier:
        description:
          - Identifier that the vendor of the VPN app gives (C(identifier)). Needed for V(custom_vpn), and for it only.
        type: str
      provider_type:
        description:
          - Whether the app tunnels packets or works as a proxy, for VPN per app (C(providerType)).
        type: str
        choices: [not_configured, app_proxy, packet_tunnel]
      enable_per_app:
        description:
          - Use the VPN for the traffic of certain apps (C(enablePerApp)). The apps are those whose assignment names this profile, see
            O(mobilesec.intune.intune_app#module:assignments[].settings.vpn_profile).
        type: bool
      enable_split_tunneling:
        description:
          - Send only part of the traffic through the VPN (C(enableSplitTunneling)).
          - A new profile gets V(false).
        type: bool
      on_demand_rules:
        description:
          - Rules by which the device connects and disconnects by itself (C(onDemandRules)). The first rule that fits the network counts.
          - The list is complete and ordered; what is not in it is removed.
        type: list
        elements: dict
        suboptions:
          action:
            description:
              - What the device does when the rule fits (C(action)).
              - V(evaluate_connection) decides for each connection, by O(ios.on_demand_rules[].domains) and
                O(ios.on_demand_rules[].domain_action).
            type: str
            required: true
            choices: [connect, evaluate_connection, ignore, disconnect]
          domain_action:
            description:
              - Whether connections to O(ios.on_demand_rules[].domains) use the VPN when it is needed, or never (C(domainAction)).
                Matters for V(evaluate_connection) only.
              - A new rule gets V(connect_if_needed).
            type: str
            choices: [connect_if_needed, never_connect]
          interface_type_match:
            description:
              - The kind of network that the rule fits (C(interfaceTypeMatch)). V(not_configured) is any.
              - A new rule gets V(not_configured).
            type: str
            choices: [not_configured, ethernet, wifi, cellular]
          domains:
            description:
              - The domains that V(evaluate_connection) is about (C(domains)). Their order does not matter.
            type: list
            elements: str
          dns_search_domains:
            description:
              - The rule fits a network with one of these search domains (C(dnsSearchDomains)).
            type: list
            elements: str
          dns_server_address_match:
            description:
              - The rule fits a network with these DNS servers (C(dnsServerAddressMatch)).
            type: list
            elements: str
          ssids:
            description:
              - The rule fits Wi-Fi networks with these names (C(ssids)).
            type: list
            elements: str
          probe_url:
            description:
              - The rule fits if this URL answers with status 200 and without a redirection (C(probeUrl)).
            type: str
          probe_required_url:
            description:
              - The VPN is needed if this URL does not answer with status 200 (C(probeRequiredUrl)). Matters for V(evaluate_connection) with
                V(connect_if_needed) only.
            type: str
      disable_on_demand_user_override:
        description:
          - Keep the user from switching the automatic connection off (C(disableOnDemandUserOverride)).
        type: bool
      disconnect_on_idle:
        description:
          - End an automatic connection that is not used (C(disconnectOnIdle)).
        type: bool
      disconnect_on_idle_timer_in_seconds:
        description:
          - Seconds after which an unused connection is ended, 0 to 65535 (C(disconnectOnIdleTimerInSeconds)).
        type: int
      custom_data:
        description:
          - Keys and values for the VPN app, at most 25 (C(customData)). For V(custom_vpn) only.
          - The dictionary is complete; what is not in it is removed. Values are sent as text.
          - Microsoft Graph has this list and O(ios.custom_key_value_data) for one purpose, and does not say which of them counts.
        type: dict
      custom_key_value_data:
        description:
          - Keys and values for the VPN app, at most 25 (C(customKeyValueData)). For V(custom_vpn) only.
          - The dictionary is complete; what is not in it is removed. Values are sent as text.
        type: dict
      associated_domains:
        description:
          - Domains that are associated with the VPN (C(associatedDomains)). For VPN per app.
        type: list
        elements: str
      excluded_domains:
        description:
          - Domains that are reached without the VPN, even by apps that use it (C(excludedDomains)). For VPN per app.
        type: list
        elements: str
      safari_domains:
        description:
          - Domains that use the VPN when Safari opens them (C(safariDomains)). For VPN per app.
        type: list
        elements: str
      targeted_mobile_apps:
        description:
          - Apps that the profile lists (C(targetedMobileApps)). The list is complete; its order does not matter.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - Name of the app (C(name)).
            type: str
          app_id:
            description:
              - Bundle ID of the app (C(appId)).
            type: str
          publisher:
            description:
              - Publisher of the app (C(publisher)).
            type: str
          app_store_url:
            description:
              - URL of the app in the store (C(appStoreUrl)).
            type: str
      proxy_server:
        description:
          - Proxy to use while connected (C(proxyServer)).
        type: dict
        suboptions:
          address:
            description:
              - IP address or host name (C(address)).
            type: str
          port:
            description:
              - Port, 0 to 65535 (C(port)).
            type: int
          automatic_configuration_script_url:
            description:
              - URL of a script that configures the proxy (C(automaticConfigurationScriptUrl)).
            type: str
      login_group_or_domain:
        description:
          - Group or domain to log in to (C(loginGroupOrDomain)). For V(dell_sonic_wall_mobile_connect) only.
        type: str
      realm:
        description:
          - Realm to log in to (C(realm)). For V(pulse_secure) only.
        type: str
      role:
        description:
          - Role to log in with (C(role)). For V(pulse_secure) only.
        type: str
      opt_in_to_device_id_sharing:
        description:
          - Let the VPN app have the device's ID for network access control (C(optInToDeviceIdSharing)).
        type: bool
      exclude_local_networks:
        description:
          - Let traffic of the local network go past the VPN (C(excludeLocalNetworks)). Takes effect with O(ios.include_all_networks=true) only.
        type: bool
      include_all_networks:
        description:
          - Send most traffic through the VPN (C(includeAllNetworks)). Not with O(ios.enable_per_app=true).
        type: bool
      cloud_name:
        description:
          - The Zscaler cloud of the user (C(cloudName)). For V(zscaler_private_access) only.
        type: str
      exclude_list:
        description:
          - Network addresses that do not go through the Zscaler cloud (C(excludeList)). For V(zscaler_private_access) only.
        type: list
        elements: str
      strict_enforcement:
        description:
          - Block all traffic until the user has signed in to the Zscaler app (C(strictEnforcement)). For V(zscaler_private_access) only.
        type: bool
      user_domain:
        description:
          - Domain that the Zscaler app suggests for the login, in place of the user's own (C(userDomain)). For V(zscaler_private_access) only.
        type: str
      microsoft_tunnel_site_id:
        description:
          - ID of the Microsoft Tunnel site (C(microsoftTunnelSiteId)). For V(microsoft_tunnel) and V(microsoft_protect) only.
        type: str
  android_work_profile_always_on:
    description:
      - The always-on VPN of personally owned Android devices with a work profile. It is part of a profile of device restrictions
        (C(androidWorkProfileGeneralDeviceConfiguration)).
      - If a restrictions profile of this name is there, only these settings of it are changed.
    type: dict
    suboptions:
      package_id:
        description:
          - Package name of the VPN app (C(vpnAlwaysOnPackageIdentifier)). Needed to create a profile.
        type: str
      lockdown:
        description:
          - Block traffic while the VPN is not connected (C(vpnEnableAlwaysOnLockdownMode)).
        type: bool
  android_device_owner_always_on:
    description:
      - The always-on VPN of corporate-owned Android devices. It is part of a profile of device restrictions
        (C(androidDeviceOwnerGeneralDeviceConfiguration)).
      - If a restrictions profile of this name is there, only these settings of it are changed.
    type: dict
    suboptions:
      package_id:
        description:
          - Package name of the VPN app (C(vpnAlwaysOnPackageIdentifier)). Needed to create a profile.
        type: str
      lockdown:
        description:
          - Block traffic while the VPN is not connected (C(vpnAlwaysOnLockdownMode)).
        type: bool
notes:
  - "Application permissions: C(DeviceManagementConfiguration.ReadWrite.All), or C(DeviceManagementConfiguration.Read.All) for check mode."
  - With O(state=absent), a profile of Android restrictions is deleted as a whole, whatever else it restricts. By its name it is found
    only if it sets an always-on VPN.
  - Values of O(ios.custom_data) and O(ios.custom_key_value_data) that the task does not give itself are masked in results and diffs.
seealso:
  - module: mobilesec.intune.intune_app
  - module: mobilesec.intune.intune_certificate_profile
"""

EXAMPLES = r"""
- name: A VPN app of iOS that connects by itself
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN iOS
    description: Values as the vendor of the VPN app gives them
    ios:
      connection_name: Example VPN
      connection_type: custom_vpn
      identifier: com.example.vpn
      server:
        address: 127.0.0.1
        description: On the device
      authentication_method: username_and_password
      provider_type: packet_tunnel
      enable_split_tunneling: false
      disable_on_demand_user_override: true
      on_demand_rules:
        - action: connect
      custom_key_value_data:
        tenant: contoso.example
        verbose: false
    assignments:
      - group: Harmony Mobile iOS

- name: VPN per app, except on the company's own Wi-Fi
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN per app
    ios:
      connection_name: Example VPN
      connection_type: custom_vpn
      identifier: com.example.vpn
      server:
        address: vpn.contoso.example
      authentication_method: username_and_password
      enable_per_app: true
      provider_type: app_proxy
      safari_domains: [intranet.contoso.example]
      on_demand_rules:
        - action: disconnect
          interface_type_match: wifi
          ssids: [Contoso]
        - action: evaluate_connection
          domains: [intranet.contoso.example]
          domain_action: connect_if_needed

- name: Always-on VPN in the Android work profile
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN Android work profile
    android_work_profile_always_on:
      package_id: com.example.vpn
      lockdown: false
    assignments:
      - group: Harmony Mobile Android

- name: Always-on VPN on corporate-owned Android devices, traffic blocked without it
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN Android corporate
    android_device_owner_always_on:
      package_id: com.example.vpn
      lockdown: true
    assignments:
      - all_devices: true

- name: No such profile, if it was made by onboarding
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN iOS
    created_by: harmony_onboarding
    state: absent
"""

RETURN = r"""
vpn_profile:
  description: The VPN profile, in the form of the module's options. After deletion, the profile as it was.
  returned: success, unless there is none
  type: dict
  sample:
    id: 5b0f2ab4-5b0e-4a3c-8f3c-7d0a6a1b2c3d
    type: ios_vpn_configuration
    name: Example VPN iOS
    description: Values as the vendor of the VPN app gives them
    scope_tags: ["0"]
    ios:
      connection_name: Example VPN
      connection_type: custom_vpn
      identifier: com.example.vpn
      server:
        address: 127.0.0.1
        description: On the device
      authentication_method: username_and_password
      provider_type: packet_tunnel
      enable_split_tunneling: false
      disable_on_demand_user_override: true
      on_demand_rules:
        - action: connect
          domain_action: connect_if_needed
          interface_type_match: not_configured
      custom_key_value_data:
        tenant: contoso.example
        verbose: 'false'
    version: 1
    created_date_time: '2026-11-24T08:00:00Z'
    last_modified_date_time: '2026-11-24T08:00:00Z'
    assignments:
      - group: Harmony Mobile iOS
id:
  description: ID of the VPN profile; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 5b0f2ab4-5b0e-4a3c-8f3c-7d0a6a1b2c3d
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.mobilesec.intune.plugins.module_utils.interface import (
    Spec,
    assignment_options,
    recreate_option,
    resource_module,
    resource_options,
    scope_tag_options,
)
from ansible_collections.mobilesec.intune.plugins.module_utils.intune.vpn_profile import (
    AUTHENTICATION_METHODS,
    CONNECTION_TYPES,
    PROVIDER_TYPES,
    RULE_ACTIONS,
    RULE_DOMAIN_ACTIONS,
    RULE_INTERFACES,
    VpnProfile,
)

STRINGS = {"type": "list", "elements": "str"}


def ios_options() -> Spec:
    server = {
        "address": {"type": "str"},
        "description": {"type": "str"},
    }
    proxy_server = {
        "address": {"type": "str"},
        "port": {"type": "int"},
        "automatic_configuration_script_url": {"type": "str"},
    }
    rule = {
        "action": {"type": "str", "required": True, "choices": RULE_ACTIONS.choices},
        "domain_action": {"type": "str", "choices": RULE_DOMAIN_ACTIONS.choices},
        "interface_type_match": {"type": "str", "choices": RULE_INTERFACES.choices},
        "domains": STRINGS,
        "dns_search_domains": STRINGS,
        "dns_server_address_match": STRINGS,
        "ssids": STRINGS,
        "probe_url": {"type": "str"},
        "probe_required_url": {"type": "str"},
    }
    targeted_app = {
        "name": {"type": "str"},
        "app_id": {"type": "str"},
        "publisher": {"type": "str"},
        "app_store_url": {"type": "str"},
    }
    return {
        "connection_name": {"type": "str"},
        "connection_type": {"type": "str", "choices": CONNECTION_TYPES.choices},
        "server": {"type": "dict", "options": server},
        "authentication_method": {"type": "str", "choices": AUTHENTICATION_METHODS.choices},
        "identifier": {"type": "str"},
        "provider_type": {"type": "str", "choices": PROVIDER_TYPES.choices},
        "enable_per_app": {"type": "bool"},
        "enable_split_tunneling": {"type": "bool"},
        "on_demand_rules": {"type": "list", "elements": "dict", "options": rule},
        "disable_on_demand_user_override": {"type": "bool"},
        "disconnect_on_idle": {"type": "bool"},
        "disconnect_on_idle_timer_in_seconds": {"type": "int"},
        "custom_data": {"type": "dict"},
        # No secrets: Intune shows these values to everyone who may read the profile.
        "custom_key_value_data": {"type": "dict", "no_log": False},
        "associated_domains": STRINGS,
        "excluded_domains": STRINGS,
        "safari_domains": STRINGS,
        "targeted_mobile_apps": {"type": "list", "elements": "dict", "options": targeted_app},
        "proxy_server": {"type": "dict", "options": proxy_server},
        "login_group_or_domain": {"type": "str"},
        "realm": {"type": "str"},
        "role": {"type": "str"},
        "opt_in_to_device_id_sharing": {"type": "bool"},
        "exclude_local_networks": {"type": "bool"},
        "include_all_networks": {"type": "bool"},
        "cloud_name": {"type": "str"},
        "exclude_list": STRINGS,
        "strict_enforcement": {"type": "bool"},
        "user_domain": {"type": "str"},
        "microsoft_tunnel_site_id": {"type": "str"},
    }

SECTIONS = ("ios", "android_work_profile_always_on", "android_device_owner_always_on")
ALWAYS_ON = {
    "package_id": {"type": "str"},
    "lockdown": {"type": "bool"},
}
OPTIONS = {
    **resource_options(),
    **scope_tag_options(),
    **recreate_option(),
    **assignment_options(),
    "ios": {"type": "dict", "options": ios_options()},
    "android_work_profile_always_on": {"type": "dict", "options": ALWAYS_ON},
    "android_device_owner_always_on": {"type": "dict", "options": ALWAYS_ON},
}
MODULE = resource_module(VpnProfile, OPTIONS, required_one_of=[("name", "id")], mutually_exclusive=[SECTIONS])


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
