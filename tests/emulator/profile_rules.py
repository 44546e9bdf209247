# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Intune refuses of profiles and compliance policies, beyond the schema."""

from __future__ import annotations

import base64
import uuid
from urllib.parse import urlsplit

from cryptography import x509

from .errors import bad_request
from .messages import Json
from .odata import segments
from .routing import Call
from .schema import GUID, ZERO_GUID
from .store import Record

TEMPLATES = "deviceManagement/notificationMessageTemplates"
SCRIPTS = "deviceManagement/deviceComplianceScripts"

# -- device configurations ---------------------------------------------------------------------------------------------

_VPN_BASES = (
    "appleVpnConfiguration",
    "vpnConfiguration",
    "androidWorkProfileVpnConfiguration",
    "androidVpnConfiguration",
    "androidForWorkVpnConfiguration",
    "windowsVpnConfiguration",
)
# non-null, and no default is documented [graph facts: device configurations]
_VPN_NEEDED = ("authenticationMethod", "connectionName", "connectionType", "server", "servers")
_IKEV2_NEEDED = ("clientAuthenticationType", "localIdentifier", "remoteIdentifier")
SECRETS = {"sharedSecret", "token"}


def check_device_configuration(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    properties = call.contract.properties(name)
    if old is None and any(call.contract.is_a(name, base) for base in _VPN_BASES):
        needed = _VPN_NEEDED + (_IKEV2_NEEDED if name == "iosikEv2VpnConfiguration" else ())
        for key in needed:
            if key in properties and properties[key].nullable is False and not values.get(key):
                raise bad_request(
                    f"The property '{key}' is required to create a profile of type 'microsoft.graph.{name}'."
                )
    if values.get("trustedRootCertificate"):
        _check_certificate(values["trustedRootCertificate"])
    if "CustomConfiguration" in name:
        _check_custom(values)
    _check_limits(values)
    merged = (old.values if old else {}) | values
    if (
        merged.get("enablePerApp")
        and merged.get("providerType") in (None, "notConfigured")
        and merged.get("connectionType") == "customVpn"
    ):
        raise bad_request("A per-app VPN of connection type 'customVpn' needs a 'providerType'.")


# Graph does not show texts of OMA settings, but a mask [graph facts: custom profiles].
MASK = "****"
MASKED_OMA_TYPES = {"omaSettingString", "omaSettingStringXml", "omaSettingBase64"}


def _check_custom(values: dict[str, Json]) -> None:
    if "payload" in values:
        content = base64.b64decode(values["payload"])
        # [?] what the service checks is not documented; the admin center takes profiles only.
        if b"<plist" not in content and content[:1] != b"\x30" and not content.startswith(b"bplist"):
            raise bad_request("The property 'payload' is not a configuration profile.")
    uris = [item["omaUri"] for item in values.get("omaSettings") or ()]
    if len(uris) != len(set(uris)) or "" in uris:
        raise bad_request("Each of 'omaSettings' needs an 'omaUri' of its own.")
    if any(item.get("value") == MASK for item in values.get("omaSettings") or ()):
        raise bad_request("A value of 'omaSettings' is the mask that the service shows.")


# "Valid values" and "can contain a maximum of" in the descriptions of the schema.
_RANGES = {
    "disconnectOnIdleTimerInSeconds": (0, 65535),
    "mtuSizeInBytes": (1280, 1400),
    "passcodeExpirationDays": (1, 65535),
    "passcodeMinimumLength": (4, 14),
    "passcodePreviousPasscodeBlockCount": (1, 24),
    "passwordPreviousPasswordCountToBlock": (1, 24),
    "passwordSignInFailureCountBeforeFactoryReset": (1, 16),
    "port": (0, 65535),
    "prefixSize": (1, 32),
    "protocols": (0, 255),
    "runIntervalInMinutes": (1, 480),
    "workProfilePasswordExpirationInDays": (1, 365),
    "workProfilePasswordMinimumLength": (4, 16),
    "workProfilePreviousPasswordBlockCount": (0, 24),
}
_MOST = {
    "associatedApps": 10000,
    "customData": 25,
    "customKeyValueData": 25,
    "dnsRules": 1000,
    "localAddressRanges": 500,
    "localPortRanges": 500,
    "omaSettings": 500,
    "onDemandRules": 500,
    "remoteAddressRanges": 500,
    "remotePortRanges": 500,
    "restrictedApps": 100,
    "routes": 1000,
    "servers": 500,
    "targetedMobileApps": 500,
    "trafficRules": 1000,
    "validOperatingSystemBuildRanges": 10000,
}


def _check_limits(values: Json) -> None:
    if isinstance(values, list):
        for item in values:
            _check_limits(item)
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        low, high = _RANGES.get(key, (None, None))
        if isinstance(value, int) and low is not None and high is not None and not low <= value <= high:
            raise bad_request(f"The property '{key}' must be between {low} and {high}.")
        if isinstance(value, list) and len(value) > _MOST.get(key, len(value)):
            raise bad_request(f"The property '{key}' can contain a maximum of {_MOST[key]} elements.")
        # "can be set only when protocol is either TCP or UDP (6 or 17)"
        if key in ("localPortRanges", "remotePortRanges") and value and values.get("protocols") not in (6, 17):
            raise bad_request(f"The property '{key}' can be set only when 'protocols' is 6 or 17.")
        _check_limits(value)


def _check_certificate(encoded: str) -> None:
    data = base64.b64decode(encoded)
    try:
        if data.lstrip().startswith(b"-----BEGIN"):
            x509.load_pem_x509_certificate(data)
        else:
            x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise bad_request("The property 'trustedRootCertificate' is not an X.509 certificate.") from error


DERIVED_CREDENTIALS = "deviceManagement/derivedCredentials"


def linked_collection(call: Call, navigation: str, type_name: str) -> str:
    """Where the objects are that a navigation property of a profile leads to."""
    wanted = call.contract.navigation(type_name)[navigation].type
    return (
        DERIVED_CREDENTIALS
        if wanted == "deviceManagementDerivedCredentialSettings"
        else "deviceManagement/deviceConfigurations"
    )


def bound_profile(call: Call, navigation: str, type_name: str, url: str) -> str:
    """The id of the object an ``@odata.bind`` or ``@odata.id`` URL names. Raises 400."""
    path = linked_collection(call, navigation, type_name)
    prefix = f"{call.base}/{path}"
    if not url.startswith(prefix):
        raise bad_request(f"The URL of '{navigation}@odata.bind' must start with '{prefix}'.")
    parts = segments(urlsplit(url).path)
    target = call.tenant.record(path, str(parts[-1])) if len(parts) == 4 else None
    if target is None:
        raise bad_request(f"The profile named by '{navigation}@odata.bind' does not exist.")
    wanted = call.contract.navigation(type_name)[navigation].type
    if call.contract.has_type(wanted) and not call.contract.is_a(target.type, wanted):
        raise bad_request(f"The profile named by '{navigation}@odata.bind' is not a 'microsoft.graph.{wanted}'.")
    return target.id


# -- compliance --------------------------------------------------------------------------------------------------------


_ANDROID_RANGES = {
    "passwordMinimumLength": (4, 16),
    "passwordExpirationDays": (1, 365),
    "passwordPreviousPasswordBlockCount": (1, 24),
}
# Properties of one name that have other ranges in other types; Windows states none.
_PASSWORD_RANGES = {
    "androidCompliancePolicy": _ANDROID_RANGES,
    "androidWorkProfileCompliancePolicy": _ANDROID_RANGES,
    "androidDeviceOwnerCompliancePolicy": _ANDROID_RANGES,
    "macOSCompliancePolicy": {
        "passwordMinimumLength": (4, 14),
        "passwordExpirationDays": (1, 65535),
        "passwordPreviousPasswordBlockCount": (1, 24),
    },
}


def check_compliance(call: Call, name: str, values: dict[str, Json], old: Record | None) -> None:
    if old is None:
        values["scheduledActionsForRule"] = checked_rules(call, values.get("scheduledActionsForRule"))
    _check_limits(values)
    for key, (low, high) in _PASSWORD_RANGES.get(name, {}).items():
        if values.get(key) is not None and not low <= values[key] <= high:
            raise bad_request(f"The property '{key}' must be between {low} and {high}.")
    script = values.get("deviceCompliancePolicyScript")
    if script and call.tenant.record(SCRIPTS, str(script.get("deviceComplianceScriptId"))) is None:
        raise bad_request("The compliance script of 'deviceCompliancePolicyScript' does not exist.")


def checked_rules(call: Call, rules: Json) -> list[dict[str, Json]]:
    """[Microsoft's samples: every create] one rule "PasswordRequired" with exactly one block action."""
    if not isinstance(rules, list) or len(rules) != 1:
        raise bad_request("The policy needs exactly one entry in 'scheduledActionsForRule'.")
    actions = rules[0].get("scheduledActionConfigurations") or []
    blocks = [action for action in actions if action.get("actionType") == "block"]
    if len(blocks) != 1:
        raise bad_request("'scheduledActionConfigurations' needs exactly one action of type 'block'.")
    for action in actions:
        if not 0 <= action.get("gracePeriodHours", 0) <= 8760:
            raise bad_request("The property 'gracePeriodHours' must be between 0 and 8760.")
        _check_notification(call, action)
    return [
        {
            **rule,
            "id": str(uuid.uuid4()),
            # "" comes back as zeros, and the order is the service's own.
            "scheduledActionConfigurations": [
                {
                    **action,
                    "id": str(uuid.uuid4()),
                    "notificationTemplateId": action.get("notificationTemplateId") or ZERO_GUID,
                }
                for action in reversed(actions)
            ],
        }
        for rule in rules
    ]


def _check_notification(call: Call, action: dict[str, Json]) -> None:
    template = action.get("notificationTemplateId") or ZERO_GUID
    if template != ZERO_GUID and call.tenant.record(TEMPLATES, template) is None:
        raise bad_request("The notification message template of 'notificationTemplateId' does not exist.")
    if action["actionType"] == "notification" and template == ZERO_GUID:
        # The portal asks for a template with every e-mail.
        raise bad_request("An action of type 'notification' needs a 'notificationTemplateId'.")
    for group in action.get("notificationMessageCCList") or ():
        if not GUID.match(group) or call.tenant.group(group) is None:
            raise bad_request("'notificationMessageCCList' takes the ids of groups of this tenant.")
