# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What exists is legal: bodies drawn from Microsoft's schema, not from our options, are put into an emulated tenant,
shown by the info module, and given back to the module, which changes nothing. `make round-trip` draws at least 1,000.
"""

from __future__ import annotations

import base64
import copy
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.complex_fields import Complex
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import reconcile
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import Field
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.info import gather
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_settings import payload
from tests.emulator.inprocess import LocalTenant
from tests.emulator.schema import Property
from tests.unit.properties.options import CONTRACT, Subject, _authority, subjects, validated

Json = dict[str, Any]
SUBJECTS = list(subjects())
BODIES = int(os.environ.get("ROUND_TRIP", "2"))
TEXTS = ["", "0", "O'Brien & Söhne #1", "100 % {{ not a template }}", "a/b?c=d", "two\nlines", "日本", "x" * 300, " a "]
PLAIN: dict[str, Callable[[Random], Any]] = {
    "string": lambda chance: chance.choice(TEXTS),
    "boolean": lambda chance: chance.choice([True, False]),
    "int32": lambda chance: chance.choice([0, 1, 3, 99999]),
    "int64": lambda chance: chance.choice([0, 1, 2**40]),
    "double": lambda chance: chance.choice([0.0, 1.5]),
    "guid": lambda chance: "11111111-2222-4333-8444-555555555555",
    "datetime": lambda chance: chance.choice(["0001-01-01T00:00:00Z", "2030-01-02T03:04:05.1234567Z"]),
    "date": lambda chance: "2030-01-02",
    "time": lambda chance: "08:00:00.0000000",
    "duration": lambda chance: "PT1H",
    # The last one is base64url without padding, which OData allows and Graph does not write.
    "binary": lambda chance: chance.choice(["e30=", "PGEvPg==", "/wA=", "", "_-4"]),
}
# What the service gives, or what makes an object one of its resource.
FIXED: Json = {
    "securityEnabled": True,
    "mailEnabled": False,
    "partnerState": "enabled",
    "roleScopeTagIds": ["0"],
    "roleScopeTags": ["0"],
    "vpnAlwaysOnPackageIdentifier": "com.example.app",
    "membershipRule": None,
    "membershipRuleProcessingState": None,
    "groupTypes": [],
    "visibility": "Private",
}
FIXED["trustedRootCertificate"] = base64.b64encode(_authority("one").encode()).decode()
FIXED["encodedSettingXml"] = None
FIXED["payload"] = base64.b64encode(b"<plist><dict><key>a</key><integer>1</integer></dict></plist>").decode()
FIXED["conditions"] = {
    "users": {
        "includeUsers": ["GuestsOrExternalUsers"],
        "excludeUsers": [],
        "includeGroups": [],
        "excludeGroups": [],
        "includeRoles": [],
        "includeGuestsOrExternalUsers": None,
        "excludeRoles": ["62e90394-69f5-4237-9190-012177145e10"],
        "excludeGuestsOrExternalUsers": {
            "guestOrExternalUserTypes": "internalGuest,serviceProvider",
            "externalTenants": {
                "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
                "membershipKind": None,
            },
        },
    },
    "applications": {
        "includeApplications": ["Office365"],
        "includeUserActions": [],
        "globalSecureAccess": None,
        "networkAccess": None,
    },
    "clientAppTypes": ["all"],
    "locations": {"includeLocations": ["All"], "excludeLocations": ["11111111-2222-4333-8444-555555555555"]},
    "insiderRiskLevels": "minor,elevated",
    "authenticationFlows": {"transferMethods": "deviceCodeFlow"},
}
FIXED["grantControls"] = {"operator": "AND", "builtInControls": ["mfa"], "termsOfUse": ["t"]}
FIXED["payloadJson"] = payload({"server": "x"}, "app:com.example.app")
FIXED["packageId"] = "app:com.example.app"
FIXED["targetedMobileApps"] = []
# As tenants have them, and as no drawn body would be.
REAL: dict[str, list[Json]] = {
    graph_type: [
        {"deviceThreatProtectionEnabled": True, "deviceThreatProtectionRequiredSecurityLevel": level, **advanced}
        for level in ("unavailable", "notSet", "low")
        for advanced in ({}, {"advancedThreatProtectionRequiredSecurityLevel": "medium"})
    ]
    for graph_type in (
        "iosCompliancePolicy",
        "androidCompliancePolicy",
        "androidDeviceOwnerCompliancePolicy",
        "androidWorkProfileCompliancePolicy",
        "macOSCompliancePolicy",
    )
}
_MANAGED_APP = {"mobileAppIdentifier": {"@odata.type": "#microsoft.graph.iosMobileAppIdentifier", "bundleId": "com.x"}}
REAL["targetedManagedAppConfiguration"] = [
    {"appGroupType": "allApps", "apps": []},
    {"appGroupType": "selectedPublicApps", "apps": [_MANAGED_APP]},
]
_ALL_USERS = {
    "includeUsers": ["All"],
    "excludeUsers": [],
    "includeGroups": [],
    "excludeGroups": [],
    "includeRoles": [],
    "excludeRoles": [],
    "includeGuestsOrExternalUsers": None,
    "excludeGuestsOrExternalUsers": None,
}
_ALL_APPLICATIONS = {
    "includeApplications": ["All"],
    "excludeApplications": [],
    "includeUserActions": [],
    "includeAuthenticationContextClassReferences": [],
    "applicationFilter": None,
    "globalSecureAccess": None,
    "networkAccess": None,
}
_CONDITIONS = {
    "userRiskLevels": [],
    "signInRiskLevels": [],
    "clientAppTypes": ["exchangeActiveSync", "other"],
    "servicePrincipalRiskLevels": [],
    "insiderRiskLevels": None,
    "platforms": None,
    "locations": None,
    "devices": None,
    "clientApplications": None,
    "authenticationFlows": None,
    "users": _ALL_USERS,
    "applications": _ALL_APPLICATIONS,
}
_BLOCK = {
    "operator": "OR",
    "builtInControls": ["block"],
    "customAuthenticationFactors": [],
    "termsOfUse": [],
    "authenticationStrength": None,
}
_FREQUENCY = {
    "value": None,
    "type": None,
    "authenticationType": "primaryAndSecondaryAuthentication",
    "frequencyInterval": "everyTime",
    "isEnabled": True,
}
_SESSION = {
    "disableResilienceDefaults": None,
    "applicationEnforcedRestrictions": None,
    "cloudAppSecurity": None,
    "persistentBrowser": None,
    "signInFrequency": _FREQUENCY,
}
# What administrators have enforced without an exclusion, and what only changes sessions.
REAL["conditionalAccessPolicy"] = [
    {"state": "enabled", "conditions": _CONDITIONS, "grantControls": _BLOCK, "sessionControls": None},
    {"state": "disabled", "conditions": _CONDITIONS, "grantControls": None, "sessionControls": _SESSION},
    {
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            **_CONDITIONS,
            "clientAppTypes": ["all"],
            "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["android", "iOS", "macOS", "windows"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
            "users": {**_ALL_USERS, "includeUsers": ["None"]},
            "applications": {
                **_ALL_APPLICATIONS,
                "includeApplications": [],
                "includeUserActions": ["urn:user:registerdevice"],
            },
        },
        "grantControls": {**_BLOCK, "operator": "AND", "builtInControls": ["mfa", "compliantDevice"]},
        "sessionControls": None,
    },
    # Of the preview, with words that are newer than the collection.
    {
        "state": "disabled",
        "conditions": {
            **_CONDITIONS,
            "clientAppTypes": ["all"],
            "users": {**_ALL_USERS, "includeUsers": ["AllAgentIdUsers"], "excludeGroups": ["someNewWord"]},
            "locations": {"includeLocations": ["AllNewPlaces"], "excludeLocations": []},
            "agentIdRiskLevels": "high",
        },
        "grantControls": _BLOCK,
        "sessionControls": {**_SESSION, "continuousAccessEvaluation": {"mode": "strictLocation"}},
    },
    {
        "state": "disabled",
        "conditions": _CONDITIONS,
        "grantControls": {**_BLOCK, "builtInControls": ["newControl", "mfa"]},
        "sessionControls": None,
    },
    # Controls that do nothing beside those that do.
    {
        "state": "disabled",
        "conditions": _CONDITIONS,
        "grantControls": {**_BLOCK, "builtInControls": []},
        "sessionControls": _SESSION,
    },
]
_SETTING = {"appConfigKey": "a", "appConfigKeyType": "stringType", "appConfigKeyValue": "b"}
REAL["iosMobileAppConfiguration"] = [
    {"encodedSettingXml": base64.b64encode(b"<dict><key>a</key><true/></dict>").decode(), "settings": [_SETTING]}
]
# Ids that only the one who wrote them understands.
REAL["deviceAndAppManagementAssignmentFilter"] = [
    {"platform": "iOS", "rule": '(device.deviceOwnership -eq "Corporate")', "roleScopeTags": ["not-a-number"]}
]
_PROTECTION = {
    "allowedDataStorageLocations": [],
    "allowedInboundDataTransferSources": "allApps",
    "allowedOutboundClipboardSharingExceptionLength": 0,
    "allowedOutboundClipboardSharingLevel": "managedAppsWithPasteIn",
    "allowedOutboundDataTransferDestinations": "managedApps",
    "appActionIfDeviceComplianceRequired": "block",
    "appActionIfMaximumPinRetriesExceeded": "wipe",
    "appActionIfUnableToAuthenticateUser": None,
    "appGroupType": "selectedPublicApps",
    "contactSyncBlocked": False,
    "dataBackupBlocked": True,
    "description": "",
    "deviceComplianceRequired": True,
    "managedBrowser": "notConfigured",
    "maximumAllowedDeviceThreatLevel": "notConfigured",
    "minimumPinLength": 4,
    "minimumRequiredOsVersion": "",
    "mobileThreatDefenseRemediationAction": "block",
    "periodBeforePinReset": "PT0S",
    "periodOfflineBeforeAccessCheck": "PT12H",
    "periodOfflineBeforeWipeIsEnforced": "P90D",
    "periodOnlineBeforeAccessCheck": "PT30M",
    "pinRequiredInsteadOfBiometricTimeout": "PT30M",
    "targetedAppManagementLevels": "unmanaged,mdm",
}
REAL["iosManagedAppProtection"] = [
    {
        **_PROTECTION,
        "apps": [_MANAGED_APP],
        "exemptedAppProtocols": [{"name": "Default", "value": "skype;app-settings;itms;"}],
        "customDialerAppProtocol": "",
        "filterOpenInToOnlyManagedApps": False,
    },
    {**_PROTECTION, "appGroupType": "allMicrosoftApps", "maximumAllowedDeviceThreatLevel": "secured"},
]
REAL["androidManagedAppProtection"] = [
    {
        **_PROTECTION,
        "apps": [
            {
                "mobileAppIdentifier": {
                    "@odata.type": "#microsoft.graph.androidMobileAppIdentifier",
                    "packageId": "com.microsoft.teams",
                }
            }
        ],
        "customBrowserPackageId": "",
        "minimumRequiredPatchVersion": "0000-00-00",
        "requiredAndroidSafetyNetDeviceAttestationType": "none",
    }
]
_OMA = {"displayName": "Wi-Fi", "description": None, "omaUri": "./Vendor/MSFT/WiFi/Profile/x/Settings"}
_ENCRYPTED = {"isEncrypted": True, "secretReferenceValueId": "11111111-2222-4333-8444-555555555555_1", "value": "****"}
REAL["androidWorkProfileCustomConfiguration"] = [
    {"omaSettings": [{"@odata.type": "#microsoft.graph.omaSettingString", **_OMA, **_ENCRYPTED}]},
    {"omaSettings": []},
    {"omaSettings": [{"@odata.type": "#microsoft.graph.omaSettingInteger", **_OMA, "displayName": "", "value": 5}]},
    {"omaSettings": [{"@odata.type": "#microsoft.graph.omaSettingNew", **_OMA}]},
]
REAL["androidCustomConfiguration"] = REAL["androidWorkProfileCustomConfiguration"]
REAL["notificationMessageTemplate"] = [
    {"brandingOptions": "includeCompanyLogo,includeCompanyName,includeContactInformation", "defaultLocale": "en-us"},
    {"brandingOptions": "none", "defaultLocale": ""},
]
# Signed, with a byte order mark, an old form of property lists, and nothing that devices could read.
_PAYLOADS = [
    b"\x30\x82\x01\x0a\x06",
    b"\xef\xbb\xbf<plist><dict/></plist>",
    b"{ a = b; }",
    b"<plist><array/></plist>",
    b"?",
]
for _graph_type in ("iosCustomConfiguration", "macOSCustomConfiguration", "macOSCustomAppConfiguration"):
    REAL[_graph_type] = [{"payload": base64.b64encode(content).decode()} for content in _PAYLOADS]
# Expired since, of no authority, two in a file, and no certificate at all.
_ROOTS = [_authority("old", days=-1), _authority("x", is_authority=False), _authority("a") + _authority("b"), "none"]
for _graph_type in (
    "iosTrustedRootCertificate",
    "androidDeviceOwnerTrustedRootCertificate",
    "macOSTrustedRootCertificate",
):
    REAL[_graph_type] = [{"trustedRootCertificate": base64.b64encode(text.encode()).decode()} for text in _ROOTS]
RESULTS: Counter[bool] = Counter()


@pytest.fixture(scope="module", autouse=True)
def share() -> Iterator[None]:
    yield
    print(f"\nunchanged: {RESULTS[True]} of {RESULTS.total()} bodies")


class Newer(Random):
    """Draws members of enums that no schema has: services add such."""


def drawn(chance: Random, graph_type: str, depth: int = 0) -> Json:
    entries = [entry for entry in CONTRACT.properties(graph_type).values() if not entry.readonly and entry.name != "id"]
    body = {entry.name: value_of(chance, entry, depth) for entry in entries if depth or chance.random() < 0.7}
    return {name: value for name, value in body.items() if value is not ...}


def value_of(chance: Random, entry: Property, depth: int) -> Any:
    if entry.collection:
        return [one(chance, entry, depth) for _item in range(chance.randrange(3))]
    if entry.nullable is not False and chance.random() < 0.2:
        return None
    return one(chance, entry, depth)


def one(chance: Random, entry: Property, depth: int) -> Any:
    if entry.kind == "enum":
        members = [name for name in CONTRACT.enums[entry.target]["members"] if name != "unknownFutureValue"]
        return "newerThanTheSchema" if isinstance(chance, Newer) else chance.choice(members)
    if entry.kind == "complex":
        names = [name for name in CONTRACT.names() if CONTRACT.is_a(name, entry.target) and not CONTRACT.abstract(name)]
        if depth > 2 or not names:
            return ...
        name = chance.choice(sorted(names))
        if name.endswith("MinimumOperatingSystem"):  # one of its versions is true
            return {chance.choice(sorted(CONTRACT.properties(name).keys() - {"id"})): True}
        typed = {"@odata.type": f"#microsoft.graph.{name}"} if len(names) > 1 else {}
        return {**typed, **drawn(chance, name, depth + 1)}
    return PLAIN["guid" if entry.name.endswith("ScriptId") else entry.kind](chance)


def bodies(subject: Subject, count: int) -> Iterator[Json]:
    graph_type = subject.object_type.graph_type
    schema = CONTRACT.properties(graph_type)
    fixed = {name: value for name, value in FIXED.items() if name in schema}
    for number in range(count):
        chance = Random(f"{subject!r} {number}")
        yield {**drawn(chance, graph_type), **fixed}
    yield {**drawn(Newer(f"{subject!r}"), graph_type), **fixed}
    yield from REAL.get(graph_type, ())


@pytest.mark.parametrize("subject", SUBJECTS, ids=repr)
def test_what_exists_is_shown_and_given_back_unchanged(subject: Subject) -> None:
    wrong = []
    for number, body in enumerate(bodies(subject, BODIES)):
        problem = given_back(subject, {**body, subject.resource.name_property: f"Object {number}"})
        RESULTS[not problem] += 1
        if problem:
            wrong.append(f"{problem}\n  {json.dumps(body, ensure_ascii=False)[:1500]}")
    assert not wrong, f"{len(wrong)} of {number + 1}: " + "\n".join(wrong[:3])


def given_back(subject: Subject, body: Json) -> str:
    tenant, resource = LocalTenant(), subject.resource
    collection = subject.object_type.path or resource.path
    typed = {"@odata.type": subject.object_type.odata_type, **body} if resource.polymorphic else body
    if resource.id_is_given:
        typed = {**typed, "id": "11111111-2222-4333-8444-555555555555"}
    (created,) = tenant.seed({"op": "create", "collection": collection, "body": typed})
    selected = {"id": None, "name": None, "name_pattern": None}
    selected["id"] = created["id"]
    try:
        found = gather(resource, tenant.session(), selected)[resource.plural]
        if len(found) != 1:
            return f"{len(found)} objects shown"
        options = validated(subject, json.loads(json.dumps(found[0])))
        for check_mode in (True, False):
            result = reconcile(subject.resource, tenant.session(), options, check_mode, True)
            if result["changed"] or tenant.writes:
                before, after = result["diff"]["before"], result["diff"]["after"]
                section = subject.object_type.section or ""
                parts = [(before, after), (before.get(section) or {}, after.get(section) or {})]
                return f"changed: {[(key, a[key], b.get(key)) for a, b in parts for key in a if a[key] != b.get(key)]}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


# A configuration of an iOS app has one of two forms; declaring one of them ends the other. A group of apps has the
# service list its apps.
FORMS = {"settings": "encodedSettingXml", "encodedSettingXml": "settings", "appGroupType": "apps"}


@pytest.mark.parametrize("subject", SUBJECTS, ids=repr)
def test_a_task_with_a_few_options_changes_no_other_property_of_an_existing_object(subject: Subject) -> None:
    taken = 0
    existing = list(bodies(subject, BODIES))
    for body, other in zip(existing, existing[1:] + existing[:1], strict=True):
        tenant = LocalTenant()
        object_id, source_id = (_seeded(tenant, subject, each, name) for each, name in ((body, "A"), (other, "B")))
        (source,) = gather(subject.resource, tenant.session(), {"id": source_id})[subject.resource.plural]
        stored = partial(_stored, tenant, subject, object_id)
        for field, inner, options in _one_by_one(subject, json.loads(json.dumps(source))):
            before = stored()
            try:
                reconcile(subject.resource, tenant.session(), validated(subject, {"id": object_id, **options}))
            except IntuneError:  # what another object has may not fit this one
                continue
            after = stored()
            changed = {name for name in {**before, **after} if (before.get(name) or None) != (after.get(name) or None)}
            taken += bool(changed)
            others = changed - {field.graph, FORMS.get(field.graph), "lastModifiedDateTime", "version"}
            assert not others, (options, [(name, before.get(name), after.get(name)) for name in others])
            if inner is not None:
                _check_parts(field, inner, before.get(field.graph), after.get(field.graph))
    assert taken or not subject.object_type.fields


def _seeded(tenant: LocalTenant, subject: Subject, body: Json, name: str) -> str:
    resource = subject.resource
    given = {"id": f"11111111-2222-4333-8444-55555555555{name.lower()}"} if resource.id_is_given else {}
    typed = {"@odata.type": subject.object_type.odata_type} if resource.polymorphic else {}
    named = {} if resource.id_is_given else {resource.name_property: name}
    collection = subject.object_type.path or resource.path
    (created,) = tenant.seed({"op": "create", "collection": collection, "body": {**typed, **body, **given, **named}})
    return str(created["id"])


def _stored(tenant: LocalTenant, subject: Subject, object_id: str) -> Json:
    if subject.resource.path == "groups":
        return dict(copy.deepcopy(tenant.graph.tenant.groups[object_id.lower()].values))
    record = tenant.graph.tenant.record(subject.object_type.path or subject.resource.path, object_id)
    assert record is not None
    return copy.deepcopy({**record.values, **record.links})


def _one_by_one(subject: Subject, shown: Json) -> Iterator[tuple[Field, Field | None, Json]]:
    """Yield each option, and each suboption of a complex one, with a task that declares nothing else."""
    for field in subject.resource.settable_fields(subject.object_type):
        value = field.declared_in(shown)
        if value is None or field.graph == subject.resource.name_property:
            continue
        parts: list[tuple[Field | None, Any]] = [(None, value)]
        if isinstance(field.type, Complex):
            needed = {part.option: value.get(part.option) for part in field.type.fields if part.required}
            free = [part for part in field.type.fields if part.option in value and not part.required]
            parts = [(part, {**needed, part.option: value[part.option]}) for part in free]
        for inner, declared in parts:
            options: Json = {}
            field.put(options, declared)
            yield field, inner, options


def _check_parts(field: Field, inner: Field, before: Any, after: Any) -> None:
    """A part that Graph had keeps its value; where there was no complex value, the parts without null get theirs."""
    declared = {inner.graph, *(part.graph for part in field.type.fields if part.required)}
    for name in {**(before or {}), **(after or {})}:
        if name not in declared and "@" not in name and (before or {}).get(name) is not None:
            assert _without_nulls(after[name]) == _without_nulls(before[name]), (
                field.path,
                inner.option,
                before,
                after,
            )


def _without_nulls(value: Any) -> Any:
    """A write in v1.0 has no null for what only beta has."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value
