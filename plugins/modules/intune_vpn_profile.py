#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_vpn_profile
short_description: Manage VPN profiles in Microsoft Intune
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes, deletes and assigns VPN profiles. Declare one section, by the devices that the profile is for.
  - O(ios) is for iPhones and iPads, with any connection type but IKEv2.
  - O(ios_ikev2) is for iPhones and iPads, with IKEv2.
  - O(android_work_profile) is for personally owned Android devices with a work profile.
  - O(android_device_owner) is for corporate-owned Android devices.
  - O(android_work_profile_always_on) and O(android_device_owner_always_on) make an installed Android app the always-on
    VPN.
  - O(macos) is for Macs, and O(windows10) for Windows 10 and later.
  - O(android_for_work) and O(android) are older types of Android.
  - "A first example: C(name: Example VPN), C(android_work_profile_always_on: {package_id: com.example.vpn}). The
    command C(ansible-doc mobilesec.intune.intune_vpn_profile | less -R +/EXAMPLES) shows the longer ones, which are at
    the end of this page."
  - Ask the vendor of the VPN app which connection type, identifier, server and keys it needs. Options that contradict
    each other are refused before anything is sent, for example those of another connection type than the declared one.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
  - mobilesec.intune.resource
  - mobilesec.intune.resource.removal
  - mobilesec.intune.resource.scope_tags
  - mobilesec.intune.resource.recreate
  - mobilesec.intune.resource.update_secrets
  - mobilesec.intune.resource.applicability
  - mobilesec.intune.assignments
options:
  ios:
    description:
      - A VPN of iOS and iPadOS, of any connection type but IKEv2 (C(iosVpnConfiguration)).
      - One of this, O(ios_ikev2), O(android_work_profile), O(android_device_owner), O(android_work_profile_always_on),
        O(android_device_owner_always_on), O(macos), O(windows10), O(android_for_work), and O(android) is needed to
        create a profile. It decides the type. Of profiles with the same name, only those of this type are looked at;
        for a profile that is named by O(id), another type is an error unless O(recreate=true).
      - Options that you do not declare are left as they are.
    type: dict
    suboptions:
      <<: &ios_both
        <<: &apple
          connection_name: &connection_name
            description: Name of the connection that the user sees (C(connectionName)). Needed to create a profile.
            type: str
          server:
            description: The VPN server (C(server)). Needed to create a profile.
            type: dict
            suboptions:
              address:
                description:
                  - IP address, host name or URL (C(address)). Needed to create a profile.
                  - An app that filters traffic on the device may want V(127.0.0.1) or another address that it does not
                    use.
                type: str
              description: &server_description
                description: Description of the server (C(description)).
                type: str
              is_default_server:
                description:
                  - Whether this is the server to connect to (C(isDefaultServer)).
                  - A new profile gets V(true), since it has one server only.
                type: bool
          identity_certificate: &identity_certificate
            description:
              - The SCEP or PKCS certificate profile, of the same platform, whose certificate authenticates the device
                (C(identityCertificate)). Its name or ID; an empty string removes it.
              - For V(certificate) as authentication method. Assign the certificate profile to the same groups.
            type: str
          identifier:
            description:
              - Identifier that the vendor of the VPN app gives (C(identifier)).
              - Needed to create a profile of type V(custom_vpn). V(zscaler_private_access), V(citrix), and
                V(citrix_sso) take one too, other types do not.
            type: str
          provider_type:
            description:
              - Whether the app tunnels packets or works as a proxy, for VPN per app (C(providerType)).
              - Needed to create a profile of type V(custom_vpn) for VPN per app.
            type: str
            choices: [not_configured, app_proxy, packet_tunnel]
          enable_per_app:
            description: Use the VPN for the traffic of certain apps (C(enablePerApp)). The apps are those whose
              assignment names this profile, see
              O(mobilesec.intune.intune_app#module:assignments[].settings.vpn_profile).
            type: bool
          enable_split_tunneling:
            description:
              - Send only part of the traffic through the VPN (C(enableSplitTunneling)).
              - A new profile gets V(false).
            type: bool
          on_demand_rules:
            description:
              - Rules by which the device connects and disconnects by itself (C(onDemandRules)). The device
                uses the first rule that matches the network.
              - The list is complete and ordered; what is not in it is removed. It takes at most 500 rules.
            type: list
            elements: dict
            suboptions:
              action:
                description:
                  - What the device does when the rule matches (C(action)).
                  - V(evaluate_connection) decides for each connection, by C(domains) and C(domain_action).
                type: str
                required: true
                choices: [connect, evaluate_connection, ignore, disconnect]
              domain_action:
                description:
                  - Whether connections to the rule's domains use the VPN when it is needed, or never (C(domainAction)).
                    Matters for V(evaluate_connection) only.
                  - A new rule gets V(connect_if_needed).
                type: str
                choices: [connect_if_needed, never_connect]
              interface_type_match:
                description:
                  - The type of network that the rule matches (C(interfaceTypeMatch)). V(not_configured) is any.
                  - A new rule gets V(not_configured).
                type: str
                choices: [not_configured, ethernet, wifi, cellular]
              domains:
                description: The domains that V(evaluate_connection) is about (C(domains)), for it only. Their order
                  does not matter.
                type: list
                elements: str
              dns_search_domains:
                description: The rule matches a network with one of these search domains (C(dnsSearchDomains)).
                type: list
                elements: str
              dns_server_address_match:
                description: The rule matches a network with these DNS servers (C(dnsServerAddressMatch)).
                type: list
                elements: str
              ssids:
                description: The rule matches Wi-Fi networks with these names (C(ssids)).
                type: list
                elements: str
              probe_url:
                description: The rule matches if this URL answers with status 200 and without a redirection
                  (C(probeUrl)).
                type: str
              probe_required_url:
                description: The VPN is needed if this URL does not answer with status 200 (C(probeRequiredUrl)). For
                  V(evaluate_connection) only, where it matters with V(connect_if_needed).
                type: str
          disable_on_demand_user_override:
            description: Keep the user from switching the automatic connection off (C(disableOnDemandUserOverride)).
            type: bool
          disconnect_on_idle:
            description: End an automatic connection that is not used (C(disconnectOnIdle)).
            type: bool
          disconnect_on_idle_timer_in_seconds:
            description: Seconds after which an unused connection is ended, 0 to 65535
              (C(disconnectOnIdleTimerInSeconds)).
            type: int
          custom_data:
            description:
              - Keys and values for the VPN app, at most 25 (C(customData)).
              - For V(custom_vpn), V(zscaler_private_access), V(citrix), V(citrix_sso), V(microsoft_tunnel),
                V(microsoft_protect), and V(net_motion_mobility) only.
              - The dictionary is complete; what is not in it is removed. Values are sent as text.
              - Microsoft Graph has both this list and C(custom_key_value_data), and does not document which of them an
                app reads. Ask the vendor of the app.
            type: dict
          secret_custom_data: &secret_custom_data
            description:
              - Like C(custom_data), for values that are secret, such as an activation token. They are masked in results
                and diffs.
              - Together with C(custom_data), the dictionary is complete; what is in neither is removed. A key cannot be
                in both.
            type: dict
          custom_key_value_data:
            description:
              - Keys and values for the VPN app, at most 25 (C(customKeyValueData)). For the same connection types as
                C(custom_data).
              - The dictionary is complete; what is not in it is removed. Values are sent as text.
            type: dict
          secret_custom_key_value_data: &secret_custom_key_value_data
            description:
              - Like C(custom_key_value_data), for values that are secret, such as an activation token. They are masked
                in results and diffs.
              - Together with C(custom_key_value_data), the dictionary is complete; what is in neither is removed. A key
                cannot be in both.
            type: dict
          associated_domains:
            description: Domains that are associated with the VPN (C(associatedDomains)). For VPN per app. Their order
              does not matter.
            type: list
            elements: str
          excluded_domains:
            description: Domains that are reached without the VPN, even by apps that use it (C(excludedDomains)). For
              VPN per app.
            type: list
            elements: str
          safari_domains:
            description: Domains that use the VPN when Safari opens them (C(safariDomains)). For VPN per app.
            type: list
            elements: str
          proxy_server:
            description: Proxy to use while connected (C(proxyServer)). Connections of Zscaler do not take one.
            type: dict
            suboptions: &proxy
              address:
                description: IP address or host name (C(address)).
                type: str
              port:
                description: Port, 0 to 65535 (C(port)).
                type: int
              automatic_configuration_script_url:
                description: URL of a script that configures the proxy (C(automaticConfigurationScriptUrl)).
                type: str
          login_group_or_domain:
            description: Group or domain to log in to (C(loginGroupOrDomain)). For V(dell_sonic_wall_mobile_connect)
              only.
            type: str
          realm: &realm
            description: Realm to log in to (C(realm)). For V(pulse_secure) only.
            type: str
          role: &role
            description: Role to log in with (C(role)). For V(pulse_secure) only.
            type: str
          opt_in_to_device_id_sharing:
            description: Let the VPN app have the device's ID for network access control (C(optInToDeviceIdSharing)).
            type: bool
          exclude_local_networks:
            description: Let traffic of the local network go past the VPN (C(excludeLocalNetworks)). Takes effect with
              C(include_all_networks=true) only, and cannot be combined with VPN per app.
            type: bool
          include_all_networks:
            description: Send most traffic through the VPN (C(includeAllNetworks)). Cannot be combined with VPN per app.
            type: bool
        derived_credential_settings: &derived_credential_settings
          description:
            - The issuer of the derived credential (C(derivedCredentialSettings)), as the tenant knows it. Its name or
              ID; an empty string removes it.
            - For V(derived_credential) as authentication method.
            - Using a name needs the permission C(DeviceManagementServiceConfig.Read.All).
          type: str
        targeted_mobile_apps: &targeted_mobile_apps
          description: Apps that the profile lists (C(targetedMobileApps)), at most 500. The list is complete; its order
            does not matter.
          type: list
          elements: dict
          suboptions:
            name:
              description: Name of the app (C(name)).
              type: str
              required: true
            app_id:
              description: Bundle ID or package name of the app (C(appId)).
              type: str
            publisher:
              description: Publisher of the app (C(publisher)).
              type: str
            app_store_url:
              description: URL of the app in the store (C(appStoreUrl)).
              type: str
        cloud_name:
          description: The Zscaler cloud of the user (C(cloudName)). For V(zscaler_private_access) only.
          type: str
        exclude_list:
          description: Network addresses that do not go through the Zscaler cloud (C(excludeList)). For
            V(zscaler_private_access) only.
          type: list
          elements: str
        strict_enforcement:
          description: Block all traffic until the user has signed in to the Zscaler app (C(strictEnforcement)). For
            V(zscaler_private_access) only.
          type: bool
        user_domain:
          description: Domain that the Zscaler app suggests for the login, instead of the user's own (C(userDomain)).
            For V(zscaler_private_access) only.
          type: str
        microsoft_tunnel_site_id: &microsoft_tunnel_site_id
          description: ID of the Microsoft Tunnel site (C(microsoftTunnelSiteId)). For V(microsoft_tunnel) and
            V(microsoft_protect) only.
          type: str
      authentication_method: &authentication_method
        description:
          - How the device or the user authenticates to the server (C(authenticationMethod)). Needed to create a
            profile.
          - V(certificate) needs C(identity_certificate) to create a profile; the other methods do not take one.
        type: str
        choices: [certificate, username_and_password, shared_secret, derived_credential, azure_ad]
      connection_type:
        description:
          - The VPN app or protocol (C(connectionType)). Needed to create a profile.
          - V(custom_vpn) is for apps that have no type of their own.
          - V(ikev2) and V(always_on) are types of O(ios_ikev2).
        type: str
        choices: &apple_connection_types
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
          - ikev2
          - always_on
          - microsoft_tunnel
          - net_motion_mobility
          - microsoft_protect
  ios_ikev2:
    description: An IKEv2 VPN of iOS and iPadOS (C(iosikEv2VpnConfiguration)). It has the options of O(ios), as in
      Microsoft Graph, and those of IKEv2.
    type: dict
    suboptions:
      <<: *ios_both
      connection_type:
        description: The protocol (C(connectionType)). A new profile gets V(ikev2).
        type: str
        choices: *apple_connection_types
      authentication_method:
        description:
          - How the device or the user authenticates to the server (C(authenticationMethod)). Needed to create a
            profile.
          - V(certificate) needs O(ios_ikev2.identity_certificate), and V(shared_secret) needs
            O(ios_ikev2.shared_secret) to create a profile; the other methods do not take them.
          - V(username_and_password) goes with O(ios_ikev2.client_authentication_type=user_authentication) only,
            V(shared_secret) with O(ios_ikev2.client_authentication_type=device_authentication) only.
        type: str
        choices: [certificate, username_and_password, shared_secret, derived_credential, azure_ad]
      remote_identifier:
        description: How the server identifies itself (C(remoteIdentifier)). An IP address, host name, user name with a
          host name, or ASN.1 distinguished name. Needed to create a profile.
        type: str
      local_identifier:
        description:
          - How the device identifies itself (C(localIdentifier)). Needed to create a profile.
          - V(client_certificate_subject_name) needs an authentication method with a certificate.
        type: str
        choices: [device_fqdn, empty, client_certificate_subject_name]
      client_authentication_type:
        description: Whether the user or the device authenticates (C(clientAuthenticationType)). Needed to create a
          profile.
        type: str
        choices: [user_authentication, device_authentication]
      shared_secret:
        description:
          - The secret that the device and the server share (C(sharedSecret)). For
            O(ios_ikev2.authentication_method=shared_secret) only.
          - Microsoft Graph does not show it again, so that it cannot be compared. O(update_secrets) defines when it is
            sent.
        type: str
      enable_eap:
        description: Authenticate with EAP only (C(enableEAP)).
        type: bool
      server_certificate_type:
        description: The type of the server's certificate (C(serverCertificateType)).
        type: str
        choices: [rsa, ecdsa256, ecdsa384, ecdsa521]
      server_certificate_common_name:
        description: Common name of the server's certificate (C(serverCertificateCommonName)). Without it, the device
          expects O(ios_ikev2.remote_identifier).
        type: str
      server_certificate_issuer_common_name:
        description: Common name of the issuer of the server's certificate (C(serverCertificateIssuerCommonName)).
        type: str
      tls_minimum_version:
        description: The lowest version of TLS for EAP-TLS, such as V(1.2) (C(tlsMinimumVersion)). Quote it, so that it
          is a string.
        type: str
      tls_maximum_version:
        description: The highest version of TLS for EAP-TLS, such as V(1.2) (C(tlsMaximumVersion)). Quote it, so that it
          is a string.
        type: str
      dead_peer_detection_rate:
        description: How often the device checks that the server still answers (C(deadPeerDetectionRate)).
        type: str
        choices: [medium, none, low, high]
      enable_perfect_forward_secrecy:
        description: Use perfect forward secrecy (C(enablePerfectForwardSecrecy)).
        type: bool
      enable_certificate_revocation_check:
        description: Check whether the server's certificate was revoked (C(enableCertificateRevocationCheck)). Where the
          check gets no answer, the device connects nevertheless.
        type: bool
      enable_use_internal_subnet_attributes:
        description: Use the attributes of internal IPv4 and IPv6 subnets that the server sends
          (C(enableUseInternalSubnetAttributes)).
        type: bool
      disable_mobility_and_multihoming:
        description: Switch off MOBIKE, which keeps a connection over a change of network
          (C(disableMobilityAndMultihoming)).
        type: bool
      disable_redirect:
        description: Ignore the server when it redirects the device to another one (C(disableRedirect)).
        type: bool
      mtu_size_in_bytes:
        description: Maximum transmission unit, 1280 to 1400 bytes (C(mtuSizeInBytes)).
        type: int
      security_association_parameters:
        description: Parameters of the IKE security association (C(securityAssociationParameters)). They have to be
          those of the server.
        type: dict
        suboptions: &security_association
          security_encryption_algorithm:
            description: Encryption algorithm (C(securityEncryptionAlgorithm)).
            type: str
            choices: &encryption [
              aes256, des, triple_des, aes128, aes128_gcm, aes256_gcm, aes192, aes192_gcm, chacha20_poly1305
            ]
          security_integrity_algorithm:
            description: Integrity algorithm (C(securityIntegrityAlgorithm)).
            type: str
            choices: &integrity [sha2_256, sha1_96, sha1_160, sha2_384, sha2_512, md5]
          security_diffie_hellman_group:
            description: Number of the Diffie-Hellman group (C(securityDiffieHellmanGroup)).
            type: int
          lifetime_in_minutes:
            description: Minutes after which the keys change (C(lifetimeInMinutes)). Apple devices take 10 to 1440.
            type: int
      child_security_association_parameters:
        description: Parameters of the child security associations (C(childSecurityAssociationParameters)).
        type: dict
        suboptions: *security_association
      allow_default_security_association_parameters:
        description: Let the device use its defaults for undeclared suboptions of
          O(ios_ikev2.security_association_parameters) (C(allowDefaultSecurityAssociationParameters)).
        type: bool
      allow_default_child_security_association_parameters:
        description: Let the device use its defaults for those of O(ios_ikev2.child_security_association_parameters)
          that are not declared (C(allowDefaultChildSecurityAssociationParameters)).
        type: bool
      enable_always_on_configuration:
        description: Keep the VPN connected all the time (C(enableAlwaysOnConfiguration)). For supervised devices.
        type: bool
      always_on_configuration:
        description: How the connection that is always on treats traffic (C(alwaysOnConfiguration)). Undeclared parts
          are left as they are.
        type: dict
        suboptions:
          tunnel_configuration:
            description: The networks for which there is a tunnel (C(tunnelConfiguration)).
            type: str
            required: true
            choices: [wifi_and_cellular, cellular, wifi]
          user_toggle_enabled:
            description: Let the user switch the VPN off (C(userToggleEnabled)).
            type: bool
          voicemail_exception_action:
            description: What becomes of the traffic of voicemail (C(voicemailExceptionAction)).
            type: str
            choices: &exceptions [force_traffic_via_vpn, allow_traffic_outside, drop_traffic]
          air_print_exception_action:
            description: What becomes of the traffic of AirPrint (C(airPrintExceptionAction)).
            type: str
            choices: *exceptions
          cellular_exception_action:
            description: What becomes of the traffic of cellular services (C(cellularExceptionAction)).
            type: str
            choices: *exceptions
          allow_all_captive_network_plugins:
            description: Let every app that logs in to captive networks go past the VPN
              (C(allowAllCaptiveNetworkPlugins)).
            type: bool
          allowed_captive_network_plugins:
            description: The apps that may log in to captive networks past the VPN (C(allowedCaptiveNetworkPlugins)).
            type: dict
            suboptions:
              allowed_bundle_identifiers:
                description: Bundle IDs of the apps (C(allowedBundleIdentifiers)). Their order does not matter.
                type: list
                elements: str
          allow_captive_web_sheet:
            description: Let the login page of a captive network, which iOS shows by itself, go past the VPN
              (C(allowCaptiveWebSheet)).
            type: bool
          nat_keep_alive_interval_in_seconds:
            description: Seconds between the packets that keep an address translation alive
              (C(natKeepAliveIntervalInSeconds)). Apple devices take 20 to 1440.
            type: int
          nat_keep_alive_offload_enable:
            description: Let the hardware send these packets while the device sleeps (C(natKeepAliveOffloadEnable)).
            type: bool
  android_work_profile:
    description: A VPN of personally owned Android devices with a work profile (C(androidWorkProfileVpnConfiguration)),
      for the VPN apps that Intune knows. Another app becomes the VPN by O(android_work_profile_always_on).
    type: dict
    suboptions:
      <<: &android_both
        connection_name: *connection_name
        servers: &servers
          description:
            - The VPN servers (C(servers)), at most 500. Needed to create a profile.
            - The list is complete; its order does not matter. Options that you do not declare for an existing server
              stay as they are.
          type: list
          elements: dict
          suboptions:
            address:
              description: IP address, host name or URL (C(address)).
              type: str
              required: true
            description: *server_description
            is_default_server:
              description:
                - Whether this is the server to connect to (C(isDefaultServer)). One server can be.
                - The default for a new server is V(false).
              type: bool
        authentication_method: *authentication_method
        identity_certificate: *identity_certificate
        always_on:
          description: Keep the VPN connected all the time (C(alwaysOn)).
          type: bool
        always_on_lockdown:
          description: Block traffic while the VPN that is always on is not connected (C(alwaysOnLockdown)).
          type: bool
        lockdown_exclusion_list:
          description: Package names of apps that reach the network without the VPN (C(lockdownExclusionList)). Their
            order does not matter.
          type: list
          elements: str
        targeted_mobile_apps: *targeted_mobile_apps
        targeted_package_ids:
          description: Package names of the apps that use the VPN (C(targetedPackageIds)). Their order does not matter.
          type: list
          elements: str
        proxy_server:
          description: Proxy to use while connected (C(proxyServer)).
          type: dict
          suboptions: *proxy
        proxy_exclusion_list:
          description: Hosts that are reached without the proxy, such as V(.example.com) (C(proxyExclusionList)). For
            V(microsoft_tunnel) and V(microsoft_protect) only. Their order does not matter.
          type: list
          elements: str
        custom_data: &custom_data
          description:
            - Keys and values for the VPN app, at most 25 (C(customData)).
            - The dictionary is complete; what is not in it is removed. Values are sent as text.
            - Microsoft Graph has both this list and C(custom_key_value_data), and does not document which of them an
              app reads. Ask the vendor of the app.
          type: dict
        secret_custom_data: *secret_custom_data
        custom_key_value_data: &custom_key_value_data
          description:
            - Keys and values for the VPN app, at most 25 (C(customKeyValueData)).
            - The dictionary is complete; what is not in it is removed. Values are sent as text.
          type: dict
        secret_custom_key_value_data: *secret_custom_key_value_data
        realm: *realm
        role: *role
        microsoft_tunnel_site_id: *microsoft_tunnel_site_id
      connection_type:
        description: The VPN app (C(connectionType)). Needed to create a profile.
        type: str
        choices:
          - cisco_any_connect
          - pulse_secure
          - f5_edge_client
          - dell_sonic_wall_mobile_connect
          - check_point_capsule_vpn
          - citrix
          - palo_alto_global_protect
          - microsoft_tunnel
          - net_motion_mobility
          - microsoft_protect
      fingerprint: &fingerprint
        description: Fingerprint by which the app recognizes the server (C(fingerprint)). For V(check_point_capsule_vpn)
          only.
        type: str
  android_device_owner:
    description: A VPN of corporate-owned Android devices (C(androidDeviceOwnerVpnConfiguration)), for the VPN apps that
      Intune knows. Another app becomes the VPN by O(android_device_owner_always_on).
    type: dict
    suboptions:
      <<: *android_both
      connection_type: &android_connection_type
        description: The VPN app (C(connectionType)). Needed to create a profile.
        type: str
        choices:
          - cisco_any_connect
          - pulse_secure
          - f5_edge_client
          - dell_sonic_wall_mobile_connect
          - check_point_capsule_vpn
          - citrix
          - microsoft_tunnel
          - net_motion_mobility
          - microsoft_protect
      derived_credential_settings: *derived_credential_settings
  android_work_profile_always_on:
    description:
      - The always-on VPN of personally owned Android devices with a work profile. It is part of a profile of device
        restrictions (C(androidWorkProfileGeneralDeviceConfiguration)).
      - If a restrictions profile with this name exists, only these settings of it are changed.
    type: dict
    suboptions:
      package_id: &package_id
        description: Package name of the VPN app (C(vpnAlwaysOnPackageIdentifier)). Needed to create a profile.
        type: str
      lockdown:
        description: Block traffic while the VPN is not connected (C(vpnEnableAlwaysOnLockdownMode)).
        type: bool
  android_device_owner_always_on:
    description:
      - The always-on VPN of corporate-owned Android devices. It is part of a profile of device restrictions
        (C(androidDeviceOwnerGeneralDeviceConfiguration)).
      - If a restrictions profile with this name exists, only these settings of it are changed.
    type: dict
    suboptions:
      package_id: *package_id
      lockdown:
        description: Block traffic while the VPN is not connected (C(vpnAlwaysOnLockdownMode)).
        type: bool
  macos:
    description: A VPN of macOS (C(macOSVpnConfiguration)).
    type: dict
    suboptions:
      <<: *apple
      authentication_method: *authentication_method
      connection_type:
        description:
          - The VPN app or protocol (C(connectionType)). Needed to create a profile.
          - V(custom_vpn) is for apps that have no type of their own.
        type: str
        choices: *apple_connection_types
      deployment_channel:
        description: Whether the profile is for the device or for its user (C(deploymentChannel)). The certificate
          profile has to be for the same.
        type: str
        choices: [device_channel, user_channel]
  windows10:
    description: A VPN of Windows 10 and 11 (C(windows10VpnConfiguration)).
    type: dict
    suboptions:
      connection_name: *connection_name
      connection_type:
        description:
          - The VPN app or protocol (C(connectionType)). Needed to create a profile.
          - V(automatic), V(ikev2), V(l2tp), and V(pptp) are those of Windows itself.
        type: str
        choices:
          - pulse_secure
          - f5_edge_client
          - dell_sonic_wall_mobile_connect
          - check_point_capsule_vpn
          - automatic
          - ikev2
          - l2tp
          - pptp
          - citrix
          - palo_alto_global_protect
          - cisco_any_connect
          - microsoft_tunnel
      servers: *servers
      profile_target:
        description: Whether the profile is for a user or for the device (C(profileTarget)).
        type: str
        choices: [user, device, auto_pilot_device]
      authentication_method:
        description:
          - How the user or the device authenticates to the server (C(authenticationMethod)). Needed to create a
            profile.
          - V(certificate) needs O(windows10.identity_certificate), and V(custom_eap_xml) needs O(windows10.eap_xml) to
            create a profile.
        type: str
        choices: [certificate, username_and_password, custom_eap_xml, derived_credential]
      identity_certificate: *identity_certificate
      eap_xml:
        description:
          - Configuration of EAP as XML (C(eapXml)). For the connection types of Windows itself only.
          - It is compared as XML; white space between elements and the order of attributes do not count as a change.
        type: str
      custom_xml:
        description:
          - Commands of the VPN app's vendor as XML (C(customXml)). For the connection types of VPN apps only.
          - It is compared as O(windows10.eap_xml) is.
        type: str
      remember_user_credentials:
        description: Keep the user's name and password for the next connection (C(rememberUserCredentials)).
        type: bool
      enable_always_on:
        description: Connect when a user signs in, and keep connected (C(enableAlwaysOn)).
        type: bool
      enable_device_tunnel:
        description:
          - Connect the device before a user signs in (C(enableDeviceTunnel)).
          - Needs O(windows10.connection_type=ikev2), O(windows10.enable_always_on=true), and
            O(windows10.authentication_method=certificate), and does not go with O(windows10.profile_target=user).
        type: bool
      enable_conditional_access:
        description: Let Microsoft Entra give a certificate for the connection, so that its conditional access applies
          (C(enableConditionalAccess)).
        type: bool
      enable_single_sign_on_with_alternate_certificate:
        description: Use another certificate than that of the VPN for Kerberos
          (C(enableSingleSignOnWithAlternateCertificate)).
        type: bool
      single_sign_on_eku:
        description: Extended key usage of that other certificate (C(singleSignOnEku)).
        type: dict
        suboptions:
          name:
            description: Name of the usage (C(name)).
            type: str
          object_identifier:
            description: Object identifier of the usage, such as V(1.3.6.1.5.5.7.3.2) (C(objectIdentifier)).
            type: str
      single_sign_on_issuer_hash:
        description: Thumbprint of that other certificate's issuer (C(singleSignOnIssuerHash)).
        type: str
      cryptography_suite:
        description: Algorithms of IKEv2 (C(cryptographySuite)). They have to be those of the server. For V(ikev2) only.
        type: dict
        suboptions:
          encryption_method:
            description: Encryption algorithm of the IKE security association (C(encryptionMethod)).
            type: str
            choices: *encryption
          integrity_check_method:
            description: Integrity algorithm of the IKE security association (C(integrityCheckMethod)).
            type: str
            choices: *integrity
          dh_group:
            description: Diffie-Hellman group of the IKE security association (C(dhGroup)).
            type: str
            choices: [group1, group2, group14, ecp256, ecp384, group24]
          cipher_transform_constants:
            description: Encryption algorithm of the child security associations (C(cipherTransformConstants)).
            type: str
            choices: *encryption
          authentication_transform_constants:
            description: Authentication algorithm of the child security associations
              (C(authenticationTransformConstants)).
            type: str
            choices: [md5_96, sha1_96, sha_256_128, aes128_gcm, aes192_gcm, aes256_gcm]
          pfs_group:
            description: Group for perfect forward secrecy (C(pfsGroup)).
            type: str
            choices: [pfs1, pfs2, pfs2048, ecp256, ecp384, pfs_mm, pfs24]
      enable_split_tunneling:
        description: Send only the traffic of O(windows10.routes) through the VPN (C(enableSplitTunneling)).
        type: bool
      routes:
        description: Networks that are reached through the VPN (C(routes)), at most 1000. The list is complete; its
          order does not matter.
        type: list
        elements: dict
        suboptions:
          destination_prefix:
            description: Address of the network (C(destinationPrefix)).
            type: str
            required: true
          prefix_size:
            description: Length of the network's prefix, 1 to 32 (C(prefixSize)).
            type: int
            required: true
      associated_apps:
        description: Apps that connect the VPN when they start (C(associatedApps)), at most 10000. The list is complete;
          its order does not matter.
        type: list
        elements: dict
        suboptions:
          app_type:
            description: Type of the app (C(appType)).
            type: str
            required: true
            choices: [desktop, universal]
          identifier:
            description: Path of a desktop app, or package family name of a universal app (C(identifier)).
            type: str
            required: true
      only_associated_apps_can_use_connection:
        description: Let only O(windows10.associated_apps) use the VPN (C(onlyAssociatedAppsCanUseConnection)). Needs
          that list.
        type: bool
      windows_information_protection_domain:
        description: Domain of Windows Information Protection whose apps use the VPN
          (C(windowsInformationProtectionDomain)).
        type: str
      traffic_rules:
        description:
          - Rules that let traffic through the VPN (C(trafficRules)), at most 1000. With at least one rule,
            only traffic that matches a rule passes.
          - The list is complete; its order does not matter. Options that you do not declare for an existing rule stay
            as they are.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the rule (C(name)).
            type: str
            required: true
          app_type:
            description: Type of the app that the rule is for (C(appType)). V(none) is for a rule of all apps, as a new
              rule is.
            type: str
            choices: [none, desktop, universal]
          app_id:
            description: Path of a desktop app, or package family name of a universal app (C(appId)).
            type: str
          claims:
            description: Claims that belong to the rule (C(claims)).
            type: str
          protocols:
            description: Number of the IP protocol, 0 to 255, such as 6 for TCP and 17 for UDP (C(protocols)).
            type: int
          local_port_ranges:
            description: Ports of the device (C(localPortRanges)), at most 500 ranges. For the protocols 6 and 17 only.
            type: list
            elements: dict
            suboptions: &ports
              lower_number:
                description: First port (C(lowerNumber)).
                type: int
                required: true
              upper_number:
                description: Last port (C(upperNumber)).
                type: int
                required: true
          remote_port_ranges:
            description: Ports of the other side (C(remotePortRanges)), at most 500 ranges. For the protocols 6 and 17
              only.
            type: list
            elements: dict
            suboptions: *ports
          local_address_ranges:
            description: IPv4 addresses of the device (C(localAddressRanges)), at most 500 ranges.
            type: list
            elements: dict
            suboptions: &addresses
              lower_address:
                description: First address (C(lowerAddress)).
                type: str
                required: true
              upper_address:
                description: Last address (C(upperAddress)).
                type: str
                required: true
          remote_address_ranges:
            description: IPv4 addresses of the other side (C(remoteAddressRanges)), at most 500 ranges.
            type: list
            elements: dict
            suboptions: *addresses
          routing_policy_type:
            description: Whether only the rule's traffic, or all traffic of the app goes through the VPN
              (C(routingPolicyType)). Matters for a rule of an app only.
            type: str
            choices: [none, split_tunnel, force_tunnel]
          vpn_traffic_direction:
            description: Direction of the traffic (C(vpnTrafficDirection)). A new rule gets V(outbound).
            type: str
            choices: [outbound, inbound]
      enable_dns_registration:
        description: Register the address that the device gets from the VPN with the internal DNS
          (C(enableDnsRegistration)).
        type: bool
      dns_suffixes:
        description: Suffixes that are tried for short names (C(dnsSuffixes)), in this order.
        type: list
        elements: str
      dns_rules:
        description: Rules for the resolution of names (C(dnsRules)), at most 1000. The list is complete; its order does
          not matter.
        type: list
        elements: dict
        suboptions:
          name:
            description: Host name, or with a leading dot the suffix, that the rule is for (C(name)).
            type: str
            required: true
          servers:
            description: DNS servers that resolve it, in this order (C(servers)).
            type: list
            elements: str
          proxy_server_uri:
            description: Web proxy for it (C(proxyServerUri)).
            type: str
          auto_trigger:
            description: Connect the VPN when the device asks for such a name (C(autoTrigger)).
            type: bool
          persistent:
            description: Keep the rule while the VPN is not connected (C(persistent)).
            type: bool
      proxy_server:
        description: Proxy to use while connected (C(proxyServer)).
        type: dict
        suboptions:
          <<: *proxy
          bypass_proxy_server_for_local_address:
            description: Reach local addresses without the proxy (C(bypassProxyServerForLocalAddress)).
            type: bool
      trusted_network_domains:
        description: DNS suffixes of networks in which the VPN does not connect by itself (C(trustedNetworkDomains)).
          Their order does not matter.
        type: list
        elements: str
      microsoft_tunnel_site_id:
        description: ID of the Microsoft Tunnel site (C(microsoftTunnelSiteId)). For V(microsoft_tunnel) only.
        type: str
  android_for_work:
    description: A VPN of Android for Work (C(androidForWorkVpnConfiguration)), the type of profile that came before
      O(android_work_profile).
    type: dict
    suboptions:
      <<: &android_older
        connection_name: *connection_name
        servers: *servers
        identity_certificate: *identity_certificate
        authentication_method: *authentication_method
        custom_data: *custom_data
        secret_custom_data: *secret_custom_data
        custom_key_value_data: *custom_key_value_data
        secret_custom_key_value_data: *secret_custom_key_value_data
        realm: *realm
        role: *role
        fingerprint: *fingerprint
      connection_type:
        description: The VPN app (C(connectionType)). Needed to create a profile.
        type: str
        choices:
          - cisco_any_connect
          - pulse_secure
          - f5_edge_client
          - dell_sonic_wall_mobile_connect
          - check_point_capsule_vpn
          - citrix
  android:
    description: A VPN of Android devices under a device administrator (C(androidVpnConfiguration)), a way of management
      that Google and Microsoft no longer support for most devices.
    type: dict
    suboptions:
      <<: *android_older
      connection_type: *android_connection_type
notes:
  - "Application permissions: C(DeviceManagementConfiguration.Read.All); C(DeviceManagementConfiguration.ReadWrite.All)
    to change something; C(DeviceManagementServiceConfig.Read.All) with the name of an issuer of derived credentials;
    C(DeviceManagementApps.Read.All) to delete what has an ownership tag; C(GroupMember.Read.All) with groups in
    assignments."
  - With O(state=absent), a profile of Android restrictions is deleted as a whole, whatever else it restricts. By its
    name it is found only if it sets an always-on VPN.
  - Values of custom data (such as O(ios.custom_data)) that the task does not give itself are masked in results and
    diffs.
  - Profiles of Windows 8.1 and Windows Phone, which Microsoft no longer supports, are not managed.
seealso:
  - module: mobilesec.intune.intune_app
  - module: mobilesec.intune.intune_certificate_profile
"""

EXAMPLES = r"""
- name: A VPN app of iOS that connects automatically
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

- name: IKEv2 on iPhones and iPads, with a certificate that Intune deploys
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN IKEv2
    ios_ikev2:
      connection_name: Example VPN
      server:
        address: vpn.contoso.example
      remote_identifier: vpn.contoso.example
      local_identifier: client_certificate_subject_name
      client_authentication_type: device_authentication
      authentication_method: certificate
      identity_certificate: Contoso device certificate iOS
      dead_peer_detection_rate: medium
      enable_perfect_forward_secrecy: true
      security_association_parameters:
        security_encryption_algorithm: aes256_gcm
        security_integrity_algorithm: sha2_384
        security_diffie_hellman_group: 19

- name: A VPN app in the Android work profile
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN Android
    android_work_profile:
      connection_name: Example VPN
      connection_type: check_point_capsule_vpn
      servers:
        - address: vpn.contoso.example
          description: Main site
          is_default_server: true
      authentication_method: username_and_password
    assignments:
      - group: Harmony Mobile Android

- name: The same on corporate-owned Android devices, always on
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN Android corporate-owned
    android_device_owner:
      connection_name: Example VPN
      connection_type: cisco_any_connect
      servers:
        - address: vpn.contoso.example
          is_default_server: true
      authentication_method: username_and_password
      always_on: true
      always_on_lockdown: true
      lockdown_exclusion_list: [com.android.vending]

- name: A VPN of macOS
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN macOS
    macos:
      connection_name: Example VPN
      connection_type: cisco_any_connect
      server:
        address: vpn.contoso.example
      authentication_method: username_and_password
      deployment_channel: user_channel

- name: IKEv2 on Windows, for one network and its names
  mobilesec.intune.intune_vpn_profile:
    name: Example VPN Windows
    windows10:
      connection_name: Example VPN
      connection_type: ikev2
      servers:
        - address: vpn.contoso.example
          is_default_server: true
      profile_target: user
      authentication_method: username_and_password
      enable_always_on: true
      enable_split_tunneling: true
      routes:
        - destination_prefix: 10.0.0.0
          prefix_size: 8
      dns_rules:
        - name: .contoso.example
          servers: [10.0.0.53]
      traffic_rules:
        - name: Web
          protocols: 6
          remote_port_ranges:
            - lower_number: 443
              upper_number: 443
      trusted_network_domains: [contoso.example]
      cryptography_suite:
        encryption_method: aes256
        integrity_check_method: sha2_256
        dh_group: group14
        cipher_transform_constants: aes256_gcm
        authentication_transform_constants: aes256_gcm
        pfs_group: pfs2048

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

- name: Delete the profile, if the onboarding created it
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
        is_default_server: true
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

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.vpn_profile import VpnProfile

MODULE = resource_module(VpnProfile)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
