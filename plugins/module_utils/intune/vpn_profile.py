# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPN profiles (beta /deviceManagement/deviceConfigurations): iOS VPN, and an Android app as the always-on VPN."""

from __future__ import annotations

from typing import Any

from ..reconcile.errors import InvalidOptions
from ..reconcile.fields import Complex, ComplexList, Enum, Field, KeyValues, StringSet
from ..reconcile.resource import ObjectType, Params, Raw, Resource, base_fields
from .assignable import DEVICE_CONFIGURATION_ASSIGNMENTS
from .kinds import SCOPE_TAG

CONNECTION_TYPES = Enum(
    "ciscoAnyConnect",
    "pulseSecure",
    "f5EdgeClient",
    "dellSonicWallMobileConnect",
    "checkPointCapsuleVpn",
    "customVpn",
    "ciscoIPSec",
    "citrix",
    "ciscoAnyConnectV2",
    "paloAltoGlobalProtect",
    "zscalerPrivateAccess",
    "f5Access2018",
    "citrixSso",
    "paloAltoGlobalProtectV2",
    "microsoftTunnel",
    "netMotionMobility",
    "microsoftProtect",
)
AUTHENTICATION_METHODS = Enum("certificate", "usernameAndPassword", "sharedSecret", "derivedCredential", "azureAD")
PROVIDER_TYPES = Enum("notConfigured", "appProxy", "packetTunnel")
RULE_ACTIONS = Enum("connect", "evaluateConnection", "ignore", "disconnect")
RULE_DOMAIN_ACTIONS = Enum("connectIfNeeded", "neverConnect")
RULE_INTERFACES = Enum("notConfigured", "ethernet", "wiFi", "cellular")

_SERVER = Complex(Field("address", "address"), Field("description", "description"), defaults={"isDefaultServer": True})
_PROXY = Complex(Field("address", "address"), Field("port", "port"), Field("automatic_configuration_script_url", "automaticConfigurationScriptUrl"))
_RULE = Complex(
    Field("action", "action", RULE_ACTIONS),
    Field("domain_action", "domainAction", RULE_DOMAIN_ACTIONS),
    Field("interface_type_match", "interfaceTypeMatch", RULE_INTERFACES),
    Field("domains", "domains", StringSet()),
    Field("dns_search_domains", "dnsSearchDomains", StringSet()),
    Field("dns_server_address_match", "dnsServerAddressMatch", StringSet()),
    Field("ssids", "ssids", StringSet()),
    Field("probe_url", "probeUrl"),
    Field("probe_required_url", "probeRequiredUrl"),
    # Graph has no null for these two [graph contract: vpnOnDemandRule].
    defaults={"domainAction": "connectIfNeeded", "interfaceTypeMatch": "notConfigured"},
)
_TARGETED_APP = Complex(Field("name", "name"), Field("app_id", "appId"), Field("publisher", "publisher"), Field("app_store_url", "appStoreUrl"))

IOS = ObjectType(
    "iosVpnConfiguration",
    "iOS VPN profile",
    (
        Field("connection_name", "connectionName"),
        Field("connection_type", "connectionType", CONNECTION_TYPES),
        Field("server", "server", _SERVER),
        Field("authentication_method", "authenticationMethod", AUTHENTICATION_METHODS),
        Field("identifier", "identifier"),
        Field("provider_type", "providerType", PROVIDER_TYPES),
        Field("enable_per_app", "enablePerApp"),
        Field("enable_split_tunneling", "enableSplitTunneling"),
        # The first rule that matches wins, so their order counts.
        Field("on_demand_rules", "onDemandRules", ComplexList(_RULE)),
        Field("disable_on_demand_user_override", "disableOnDemandUserOverride"),
        Field("disconnect_on_idle", "disconnectOnIdle"),
        Field("disconnect_on_idle_timer_in_seconds", "disconnectOnIdleTimerInSeconds"),
        # Two lists for one purpose; which one counts differs by connection type [graph contract: 4].
        Field("custom_data", "customData", KeyValues("key", "value")),
        Field("custom_key_value_data", "customKeyValueData", KeyValues("name", "value")),
        Field("associated_domains", "associatedDomains", StringSet()),
        Field("excluded_domains", "excludedDomains", StringSet()),
        Field("safari_domains", "safariDomains", StringSet()),
        Field("targeted_mobile_apps", "targetedMobileApps", ComplexList(_TARGETED_APP, ordered=False)),
        Field("proxy_server", "proxyServer", _PROXY),
        Field("login_group_or_domain", "loginGroupOrDomain"),
        Field("realm", "realm"),
        Field("role", "role"),
        Field("opt_in_to_device_id_sharing", "optInToDeviceIdSharing"),
        Field("exclude_local_networks", "excludeLocalNetworks"),
        Field("include_all_networks", "includeAllNetworks"),
        Field("cloud_name", "cloudName"),
        Field("exclude_list", "excludeList", StringSet()),
        Field("strict_enforcement", "strictEnforcement"),
        Field("user_domain", "userDomain"),
        Field("microsoft_tunnel_site_id", "microsoftTunnelSiteId"),
    ),
    section="ios",
    required=("connection_name", "connection_type", "authentication_method", "server"),
    defaults={"enableSplitTunneling": False},
)
# No Android connection type exists for an app of one's own: always-on is a setting of the restrictions profile [graph contract: 4.2].
WORK_PROFILE = ObjectType(
    "androidWorkProfileGeneralDeviceConfiguration",
    "Android work profile always-on VPN",
    (Field("package_id", "vpnAlwaysOnPackageIdentifier"), Field("lockdown", "vpnEnableAlwaysOnLockdownMode")),
    section="android_work_profile_always_on",
    required=("package_id",),
)
DEVICE_OWNER = ObjectType(
    "androidDeviceOwnerGeneralDeviceConfiguration",
    "Android device owner always-on VPN",
    (Field("package_id", "vpnAlwaysOnPackageIdentifier"), Field("lockdown", "vpnAlwaysOnLockdownMode")),
    section="android_device_owner_always_on",
    required=("package_id",),
)

# Options of appleVpnConfiguration that belong to some connection types only, by their descriptions in Graph's schema.
_ONLY_FOR = {
    "identifier": ("custom_vpn",),
    "custom_data": ("custom_vpn",),
    "custom_key_value_data": ("custom_vpn",),
    "cloud_name": ("zscaler_private_access",),
    "exclude_list": ("zscaler_private_access",),
    "strict_enforcement": ("zscaler_private_access",),
    "user_domain": ("zscaler_private_access",),
    "realm": ("pulse_secure",),
    "role": ("pulse_secure",),
    "login_group_or_domain": ("dell_sonic_wall_mobile_connect",),
    "microsoft_tunnel_site_id": ("microsoft_tunnel", "microsoft_protect"),
}


class VpnProfile(Resource):
    noun = "vpn_profile"
    title = "VPN profile"
    path = "deviceManagement/deviceConfigurations"
    types = (IOS, WORK_PROFILE, DEVICE_OWNER)
    common_fields = base_fields(SCOPE_TAG)
    assignable = DEVICE_CONFIGURATION_ASSIGNMENTS
    reported = ("version", "createdDateTime", "lastModifiedDateTime")

    def validate(self, params: Params) -> None:
        ios = params.get("ios") or {}
        connection_type = ios.get("connection_type")
        unfit = sorted(
            option for option, types in _ONLY_FOR.items() if connection_type and ios.get(option) not in (None, "", {}, []) and connection_type not in types
        )
        if unfit:
            raise InvalidOptions(f"ios: connection_type {connection_type} does not take {', '.join(unfit)}.")
        if connection_type == "custom_vpn" and ios.get("identifier") == "":
            raise InvalidOptions("ios: connection_type custom_vpn needs identifier, which the vendor of the VPN app gives.")
        if ios.get("enable_per_app") and ios.get("include_all_networks"):
            raise InvalidOptions("ios: include_all_networks does not apply when enable_per_app is true.")
        for option in ("custom_data", "custom_key_value_data"):
            if len(ios.get(option) or {}) > 25:
                raise InvalidOptions(f"ios.{option}: Graph takes at most 25 entries.")
        timer = ios.get("disconnect_on_idle_timer_in_seconds")
        if timer is not None and not 0 <= timer <= 65535:
            raise InvalidOptions("ios.disconnect_on_idle_timer_in_seconds must be between 0 and 65535.")

    def wanted_type(self, params: Params) -> ObjectType | None:
        return next((known for known in self.types if params.get(known.section or "") is not None), None)

    def matches(self, raw: Raw, params: Params) -> bool:
        if not super().matches(raw, params):
            return False
        # A restrictions profile that sets no always-on VPN is none of ours, whatever its name: it must not be deleted as one.
        is_restrictions = raw.get("@odata.type") in (WORK_PROFILE.odata_type, DEVICE_OWNER.odata_type)
        return not is_restrictions or params.get("state") != "absent" or bool(raw.get("vpnAlwaysOnPackageIdentifier"))

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        if object_type is None:
            sections = ", ".join(str(known.section) for known in self.types)
            raise InvalidOptions(f"{self.describe(params)} does not exist. To create it, give one of {sections}. Nothing was written.")
        checked = super().check_creatable(object_type, params)
        ios: dict[str, Any] = params.get("ios") or {}
        if ios and not (ios.get("server") or {}).get("address"):
            raise InvalidOptions(f"{self.describe(params)} does not exist. To create it, these options are needed: ios.server.address. Nothing was written.")
        if ios.get("connection_type") == "custom_vpn" and not ios.get("identifier"):
            raise InvalidOptions("ios: connection_type custom_vpn needs identifier, which the vendor of the VPN app gives. Nothing was written.")
        return checked
