# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of VPN profile and their properties."""

from __future__ import annotations

from typing import Any

from .._engine.complex_fields import Complex, ComplexList
from .._engine.encoded_fields import Encoded, parse_xml
from .._engine.fields import (
    BOOL,
    NUMBER,
    PLAIN,
    STRINGS,
    SWITCH,
    Enum,
    Field,
    FieldType,
    Number,
    Secret,
    StringSet,
    named,
)
from .._engine.reference_fields import NamedReference
from .._engine.references import ReferenceType
from .._engine.resource import ObjectType
from .._engine.text_fields import (
    APP_ID,
    NO_BLANKS,
    OBJECT_IDENTIFIER,
    URL,
    BundleId,
    Guid,
    IpAddress,
    PackageName,
    Text,
)
from .app_settings import CustomSettings
from .reference_types import DERIVED_CREDENTIAL

_SET = StringSet()


def _items(*fields: Field, maximum: int, ordered: bool = False, key: str | None = None, **defaults: Any) -> ComplexList:
    return ComplexList(Complex(*fields, defaults=defaults), ordered, maximum, key)


def _required(field_type: FieldType, *graph: str) -> tuple[Field, ...]:
    return tuple(Field(field.option, field.graph, field_type, required=True) for field in named(field_type, *graph))


def _identity_certificate(platform: str, *types: str) -> Field:
    profile = ReferenceType(f"{platform} certificate profile", "deviceManagement/deviceConfigurations", types=types)
    return Field("identity_certificate", "identityCertificate", NamedReference(profile), is_link=True)


_DERIVED_CREDENTIAL = Field(
    "derived_credential_settings", "derivedCredentialSettings", NamedReference(DERIVED_CREDENTIAL), is_link=True
)
_AUTHENTICATION = Enum("certificate", "usernameAndPassword", "sharedSecret", "derivedCredential", "azureAD")

_SERVER = (*named(Text(), "description"), *named(SWITCH, "isDefaultServer"))
_SERVERS = _items(*_required(NO_BLANKS, "address"), *_SERVER, maximum=500, key="address")
_PORT = named(Number(0, 65535), "port")
_PROXY = (*named(NO_BLANKS, "address"), *_PORT, *named(URL, "automaticConfigurationScriptUrl"))
_TUNNEL_SITE = named(Guid(), "microsoftTunnelSiteId")
_PACKAGES = StringSet(PackageName())
_TARGETED_APPS = _items(
    *_required(PLAIN, "name"),
    *named(APP_ID, "appId"),
    *named(PLAIN, "publisher"),
    *named(URL, "appStoreUrl"),
    maximum=500,
)
# Two lists for one purpose; which one counts differs by connection type [graph facts: VPN profiles].
_CUSTOM_DATA = (
    *named(CustomSettings("key", "value", maximum=25), "customData"),
    *named(CustomSettings("name", "value", maximum=25), "customKeyValueData"),
)

_NEEDED = ("connection_name", "connection_type", "authentication_method", "servers")

# -- Apple -----------------------------------------------------------------------------------------------------------

_RULES = _items(
    *_required(Enum("connect", "evaluateConnection", "ignore", "disconnect"), "action"),
    *named(Enum("connectIfNeeded", "neverConnect"), "domainAction"),
    *named(Enum("notConfigured", "ethernet", "wiFi", "cellular"), "interfaceTypeMatch"),
    *named(_SET, "domains", "dnsSearchDomains", "dnsServerAddressMatch", "ssids"),
    *named(URL, "probeUrl", "probeRequiredUrl"),
    maximum=500,
    # The first rule that matches wins.
    ordered=True,
    # Graph has no null for these two [graph facts: VPN profiles].
    domainAction="connectIfNeeded",
    interfaceTypeMatch="notConfigured",
)
_APPLE_CONNECTIONS = Enum(
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
    "ikEv2",
    "alwaysOn",
    "microsoftTunnel",
    "netMotionMobility",
    "microsoftProtect",
)
_APPLE = (
    *named(PLAIN, "connectionName"),
    *named(_APPLE_CONNECTIONS, "connectionType"),
    *named(
        Complex(Field("address", "address", NO_BLANKS, always_set=True), *_SERVER, defaults={"isDefaultServer": True}),
        "server",
    ),
    *named(_AUTHENTICATION, "authenticationMethod"),
    *named(NO_BLANKS, "identifier"),
    *named(Enum("notConfigured", "appProxy", "packetTunnel"), "providerType"),
    *named(BOOL, "enablePerApp"),
    *named(SWITCH, "enableSplitTunneling"),
    *named(_RULES, "onDemandRules"),
    *named(BOOL, "disableOnDemandUserOverride", "disconnectOnIdle"),
    *named(Number(0, 65535), "disconnectOnIdleTimerInSeconds"),
    *_CUSTOM_DATA,
    *named(_SET, "associatedDomains", "excludedDomains", "safariDomains"),
    *named(Complex(*_PROXY), "proxyServer"),
    *named(PLAIN, "loginGroupOrDomain", "realm", "role"),
    *named(BOOL, "optInToDeviceIdSharing", "excludeLocalNetworks", "includeAllNetworks"),
)
_APPLE_NEEDED = ("connection_name", "connection_type", "authentication_method", "server")
_IOS = (
    *_APPLE,
    _identity_certificate("iOS", "iosScepCertificateProfile", "iosPkcsCertificateProfile"),
    _DERIVED_CREDENTIAL,
    *named(_TARGETED_APPS, "targetedMobileApps"),
    *named(PLAIN, "cloudName"),
    *named(_SET, "excludeList"),
    *named(BOOL, "strictEnforcement"),
    *named(PLAIN, "userDomain"),
    *_TUNNEL_SITE,
)
IOS = ObjectType(
    "iosVpnConfiguration",
    "iOS VPN profile",
    _IOS,
    section="ios",
    required=_APPLE_NEEDED,
    defaults={"enableSplitTunneling": False},
)

_ENCRYPTION = Enum(
    "aes256", "des", "tripleDes", "aes128", "aes128Gcm", "aes256Gcm", "aes192", "aes192Gcm", "chaCha20Poly1305"
)
_INTEGRITY = Enum("sha2_256", "sha1_96", "sha1_160", "sha2_384", "sha2_512", "md5")
_SECURITY_ASSOCIATION = Complex(
    *named(_ENCRYPTION, "securityEncryptionAlgorithm"),
    *named(_INTEGRITY, "securityIntegrityAlgorithm"),
    *named(NUMBER, "securityDiffieHellmanGroup"),
    *named(Number(10, 1440), "lifetimeInMinutes"),
)
_EXCEPTION = Enum("forceTrafficViaVPN", "allowTrafficOutside", "dropTraffic")
_ALWAYS_ON = Complex(
    *_required(Enum("wifiAndCellular", "cellular", "wifi"), "tunnelConfiguration"),
    *named(BOOL, "userToggleEnabled"),
    *named(_EXCEPTION, "voicemailExceptionAction", "airPrintExceptionAction", "cellularExceptionAction"),
    *named(BOOL, "allowAllCaptiveNetworkPlugins"),
    *named(Complex(*named(StringSet(BundleId()), "allowedBundleIdentifiers")), "allowedCaptiveNetworkPlugins"),
    *named(BOOL, "allowCaptiveWebSheet"),
    *named(Number(20, 1440), "natKeepAliveIntervalInSeconds"),
    *named(BOOL, "natKeepAliveOffloadEnable"),
)
IOS_IKEV2 = ObjectType(
    "iosikEv2VpnConfiguration",
    "iOS IKEv2 VPN profile",
    (
        *_IOS,
        *named(PLAIN, "remoteIdentifier"),
        *named(Enum("deviceFQDN", "empty", "clientCertificateSubjectName"), "localIdentifier"),
        *named(Enum("userAuthentication", "deviceAuthentication"), "clientAuthenticationType"),
        *named(Secret(), "sharedSecret"),
        *named(BOOL, "enableEAP"),
        *named(Enum("rsa", "ecdsa256", "ecdsa384", "ecdsa521"), "serverCertificateType"),
        *named(
            PLAIN,
            "serverCertificateCommonName",
            "serverCertificateIssuerCommonName",
            "tlsMinimumVersion",
            "tlsMaximumVersion",
        ),
        *named(Enum("medium", "none", "low", "high"), "deadPeerDetectionRate"),
        *named(
            BOOL,
            "enablePerfectForwardSecrecy",
            "enableCertificateRevocationCheck",
            "enableUseInternalSubnetAttributes",
            "disableMobilityAndMultihoming",
            "disableRedirect",
        ),
        *named(Number(1280, 1400), "mtuSizeInBytes"),
        *named(_SECURITY_ASSOCIATION, "securityAssociationParameters", "childSecurityAssociationParameters"),
        *named(
            BOOL,
            "allowDefaultSecurityAssociationParameters",
            "allowDefaultChildSecurityAssociationParameters",
            "enableAlwaysOnConfiguration",
        ),
        *named(_ALWAYS_ON, "alwaysOnConfiguration"),
    ),
    section="ios_ikev2",
    required=(
        "connection_name",
        "authentication_method",
        "server",
        "remote_identifier",
        "local_identifier",
        "client_authentication_type",
    ),
    defaults={"connectionType": "ikEv2", "enableSplitTunneling": False},
)
MACOS = ObjectType(
    "macOSVpnConfiguration",
    "macOS VPN profile",
    (
        *_APPLE,
        _identity_certificate(
            "macOS", "macOSScepCertificateProfile", "macOSPkcsCertificateProfile", "macOSImportedPFXCertificateProfile"
        ),
        *named(Enum("deviceChannel", "userChannel"), "deploymentChannel"),
    ),
    section="macos",
    required=_APPLE_NEEDED,
    defaults={"enableSplitTunneling": False},
)

# -- Android ---------------------------------------------------------------------------------------------------------

_CONNECTIONS = (
    "ciscoAnyConnect",
    "pulseSecure",
    "f5EdgeClient",
    "dellSonicWallMobileConnect",
    "checkPointCapsuleVpn",
    "citrix",
)
_TUNNELS = ("microsoftTunnel", "netMotionMobility", "microsoftProtect")
_ANDROID_APPS = (*named(_TARGETED_APPS, "targetedMobileApps"), *named(_PACKAGES, "targetedPackageIds"))
_ANDROID_ALWAYS_ON = (*named(BOOL, "alwaysOn", "alwaysOnLockdown"), *named(_SET, "lockdownExclusionList"))
_ANDROID_PROXY = (*named(Complex(*_PROXY), "proxyServer"), *named(_SET, "proxyExclusionList"))
WORK_PROFILE = ObjectType(
    "androidWorkProfileVpnConfiguration",
    "Android work profile VPN profile",
    (
        *named(PLAIN, "connectionName"),
        *named(Enum(*_CONNECTIONS, "paloAltoGlobalProtect", *_TUNNELS), "connectionType"),
        *named(_SERVERS, "servers"),
        *named(_AUTHENTICATION, "authenticationMethod"),
        _identity_certificate(
            "Android work profile",
            "androidWorkProfileScepCertificateProfile",
            "androidWorkProfilePkcsCertificateProfile",
        ),
        *_ANDROID_ALWAYS_ON,
        *_ANDROID_APPS,
        *_ANDROID_PROXY,
        *_CUSTOM_DATA,
        *named(PLAIN, "realm", "role", "fingerprint"),
        *_TUNNEL_SITE,
    ),
    section="android_work_profile",
    required=_NEEDED,
)
DEVICE_OWNER = ObjectType(
    "androidDeviceOwnerVpnConfiguration",
    "Android device owner VPN profile",
    (
        *named(PLAIN, "connectionName"),
        *named(Enum(*_CONNECTIONS, *_TUNNELS), "connectionType"),
        *named(_SERVERS, "servers"),
        *named(_AUTHENTICATION, "authenticationMethod"),
        _identity_certificate(
            "Android device owner",
            "androidDeviceOwnerScepCertificateProfile",
            "androidDeviceOwnerPkcsCertificateProfile",
            "androidDeviceOwnerImportedPFXCertificateProfile",
        ),
        _DERIVED_CREDENTIAL,
        *_ANDROID_ALWAYS_ON,
        *_ANDROID_APPS,
        *_ANDROID_PROXY,
        *_CUSTOM_DATA,
        *named(PLAIN, "realm", "role"),
        *_TUNNEL_SITE,
    ),
    section="android_device_owner",
    required=_NEEDED,
)
# Two types of older ways to enrol; tenants still have profiles of them.
_OLDER = (*named(_AUTHENTICATION, "authenticationMethod"), *_CUSTOM_DATA, *named(PLAIN, "realm", "role", "fingerprint"))
FOR_WORK = ObjectType(
    "androidForWorkVpnConfiguration",
    "Android for Work VPN profile",
    (
        *named(PLAIN, "connectionName"),
        *named(Enum(*_CONNECTIONS), "connectionType"),
        *named(_SERVERS, "servers"),
        _identity_certificate(
            "Android for Work", "androidForWorkScepCertificateProfile", "androidForWorkPkcsCertificateProfile"
        ),
        *_OLDER,
    ),
    section="android_for_work",
    required=_NEEDED,
)
ANDROID = ObjectType(
    "androidVpnConfiguration",
    "Android device administrator VPN profile",
    (
        *named(PLAIN, "connectionName"),
        *named(Enum(*_CONNECTIONS, *_TUNNELS), "connectionType"),
        *named(_SERVERS, "servers"),
        _identity_certificate(
            "Android device administrator",
            "androidScepCertificateProfile",
            "androidPkcsCertificateProfile",
            "androidImportedPFXCertificateProfile",
        ),
        *_OLDER,
    ),
    section="android",
    required=_NEEDED,
)
# No Android connection type exists for an app of one's own: always-on is a setting of the restrictions profile.
# https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-androidworkprofilegeneraldeviceconfiguration
_ALWAYS_ON_APP = Field("package_id", "vpnAlwaysOnPackageIdentifier", PackageName())
WORK_PROFILE_ALWAYS_ON = ObjectType(
    "androidWorkProfileGeneralDeviceConfiguration",
    "Android work profile always-on VPN",
    (_ALWAYS_ON_APP, Field("lockdown", "vpnEnableAlwaysOnLockdownMode", SWITCH)),
    section="android_work_profile_always_on",
    required=("package_id",),
)
DEVICE_OWNER_ALWAYS_ON = ObjectType(
    "androidDeviceOwnerGeneralDeviceConfiguration",
    "Android device owner always-on VPN",
    (_ALWAYS_ON_APP, Field("lockdown", "vpnAlwaysOnLockdownMode", SWITCH)),
    section="android_device_owner_always_on",
    required=("package_id",),
)

# -- Windows ---------------------------------------------------------------------------------------------------------

_PORTS = _items(*_required(Number(0, 65535), "lowerNumber", "upperNumber"), maximum=500)
_ADDRESSES = _items(*_required(IpAddress(), "lowerAddress", "upperAddress"), maximum=500)
_TRAFFIC_RULES = _items(
    *_required(PLAIN, "name"),
    *named(Enum("none", "desktop", "universal"), "appType"),
    *named(PLAIN, "appId", "claims"),
    *named(Number(0, 255), "protocols"),
    *named(_PORTS, "localPortRanges", "remotePortRanges"),
    *named(_ADDRESSES, "localAddressRanges", "remoteAddressRanges"),
    *named(Enum("none", "splitTunnel", "forceTunnel"), "routingPolicyType"),
    *named(Enum("outbound", "inbound"), "vpnTrafficDirection"),
    maximum=1000,
    key="name",
)
_CRYPTOGRAPHY = Complex(
    *named(_ENCRYPTION, "encryptionMethod"),
    *named(_INTEGRITY, "integrityCheckMethod"),
    *named(Enum("group1", "group2", "group14", "ecp256", "ecp384", "group24"), "dhGroup"),
    *named(_ENCRYPTION, "cipherTransformConstants"),
    *named(
        Enum("md5_96", "sha1_96", "sha_256_128", "aes128Gcm", "aes192Gcm", "aes256Gcm"),
        "authenticationTransformConstants",
    ),
    *named(Enum("pfs1", "pfs2", "pfs2048", "ecp256", "ecp384", "pfsMM", "pfs24"), "pfsGroup"),
)
WINDOWS10 = ObjectType(
    "windows10VpnConfiguration",
    "Windows 10 VPN profile",
    (
        *named(PLAIN, "connectionName"),
        *named(
            Enum(
                "pulseSecure",
                "f5EdgeClient",
                "dellSonicWallMobileConnect",
                "checkPointCapsuleVpn",
                "automatic",
                "ikEv2",
                "l2tp",
                "pptp",
                "citrix",
                "paloAltoGlobalProtect",
                "ciscoAnyConnect",
                "microsoftTunnel",
            ),
            "connectionType",
        ),
        *named(_SERVERS, "servers"),
        *named(Enum("user", "device", "autoPilotDevice"), "profileTarget"),
        *named(Enum("certificate", "usernameAndPassword", "customEapXml", "derivedCredential"), "authenticationMethod"),
        _identity_certificate(
            "Windows",
            "windows81SCEPCertificateProfile",
            "windows10PkcsCertificateProfile",
            "windows10ImportedPFXCertificateProfile",
        ),
        *named(Encoded(parse_xml), "eapXml", "customXml"),
        *named(SWITCH, "rememberUserCredentials"),
        *named(BOOL, "enableAlwaysOn", "enableDeviceTunnel"),
        *named(SWITCH, "enableConditionalAccess", "enableSingleSignOnWithAlternateCertificate"),
        *named(Complex(*named(PLAIN, "name"), *named(OBJECT_IDENTIFIER, "objectIdentifier")), "singleSignOnEku"),
        *named(PLAIN, "singleSignOnIssuerHash"),
        *named(_CRYPTOGRAPHY, "cryptographySuite"),
        *named(SWITCH, "enableSplitTunneling"),
        # Prefix sizes end at 32 in the schema, although a destination may be an IPv6 address.
        *named(
            _items(*_required(IpAddress(), "destinationPrefix"), *_required(Number(1, 32), "prefixSize"), maximum=1000),
            "routes",
        ),
        *named(
            _items(*_required(Enum("desktop", "universal"), "appType"), *_required(PLAIN, "identifier"), maximum=10000),
            "associatedApps",
        ),
        *named(BOOL, "onlyAssociatedAppsCanUseConnection"),
        *named(PLAIN, "windowsInformationProtectionDomain"),
        *named(_TRAFFIC_RULES, "trafficRules"),
        *named(BOOL, "enableDnsRegistration"),
        # Suffixes are tried in their order [Intune documentation: Windows VPN settings].
        *named(STRINGS, "dnsSuffixes"),
        *named(
            _items(
                *_required(PLAIN, "name"),
                *named(STRINGS, "servers"),
                *named(PLAIN, "proxyServerUri"),
                *named(BOOL, "autoTrigger", "persistent"),
                maximum=1000,
                key="name",
            ),
            "dnsRules",
        ),
        *named(Complex(*_PROXY, *named(SWITCH, "bypassProxyServerForLocalAddress")), "proxyServer"),
        *named(_SET, "trustedNetworkDomains"),
        *_TUNNEL_SITE,
    ),
    section="windows10",
    required=_NEEDED,
)
