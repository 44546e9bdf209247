# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module with exactly the permissions that the catalogue names, and with each one of them taken away."""

from __future__ import annotations

import base64
import datetime
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import MODULES
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import RESOURCES
from tests.emulator import harmony
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.emulator.principals import PARTNER_APP_ID
from tests.emulator.settings import CLIENT_ID, Settings
from tests.samples import PROFILES
from tests.unit.emulator.api import token
from tests.unit.plugins.modules.in_process import Result, Tenant

DEVICES = USERS = 6
FLEET = Fleet(DEVICES, USERS, Settings.seed, Settings.tenant_domain)
GROUP, TEMPLATE = "Pilot", "Warning"
ASSIGNED = [{"group": GROUP, "filter": "Corporate iOS", "filter_mode": "include"}]
TAGGED: dict[str, Any] = {"scope_tags": ["Mobile Security"], "assignments": ASSIGNED}
CONDITIONAL: dict[str, Any] = {
    "name": "Conditional",
    "conditions": {
        "users": {
            "include_users": ["user02@contoso.example"],
            "include_roles": ["Intune Administrator"],
            "exclude_groups": [GROUP],
        },
        "applications": {"include_applications": ["All"], "exclude_applications": ["Microsoft Graph"]},
        "locations": {"include_locations": ["Headquarters"]},
    },
    "grant_controls": {"built_in_controls": ["compliant_device"], "authentication_strength": "Passwordless MFA"},
}
VPN = {
    "connection_name": "c",
    "connection_type": "custom_vpn",
    "identifier": "x",
    "authentication_method": "derived_credential",
    "derived_credential_settings": "Smart cards",
    "server": {"address": "127.0.0.1"},
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(devices=DEVICES, users=USERS) as running:
        yield running


@pytest.fixture(scope="module")
def certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=9)
    )
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    return made.public_bytes(Encoding.PEM).decode()


Scenario = Callable[[Tenant, str], Any]


def group(tenant: Tenant, certificate: str) -> None:
    devices = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})
    owner = tenant.emulator.state()["groups"][0]["owners"][0]
    members = ["user01@contoso.example", devices[0]["azureADDeviceId"], GROUP]
    tenant.run("intune_group", name="New", description="a", members=members, owners=["user02@contoso.example", owner])
    tenant.run("intune_group", name="New", description="b")
    tenant.run("intune_group", name="New", state="absent")
    tenant.run("intune_group", name="For roles", is_assignable_to_role=True)
    removing("intune_group", name="Ours")(tenant, certificate)


def configuration(tenant: Tenant, certificate: str) -> None:
    device = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})[0]["azureADDeviceId"]
    owner = tenant.emulator.state()["groups"][0]["owners"][0]
    new = {
        "name": "New",
        "members": ["user01@contoso.example", device, GROUP],
        "owners": ["user02@contoso.example", owner],
    }
    notification = {"action_type": "notification", "notification_template": TEMPLATE}
    document = {
        "groups": [{**new, "description": "a"}, {"name": "For roles", "is_assignable_to_role": True}],
        "assignment_filters": [{"name": "F", "platform": "ios", "rule": '(device.deviceOwnership -eq "Personal")'}],
        "certificate_profiles": [{"name": "R", "platform": "ios", "certificate": certificate}],
        "vpn_profiles": [{"name": "V", "ios": VPN, **TAGGED}],
        "apps": [{"type": "android_managed_store_app", "package_id": "com.example.new", "wait_timeout": 5}],
        "app_configs": [{"name": "C", "target_apps": ["Bought"], "ios": {"settings": [{"key": "a", "value": "b"}]}}],
        "compliance_policies": [
            {"name": "P", "ios": {}, "scheduled_actions_for_rule": [{"action_type": "block"}, notification]}
        ],
        "mtd_connectors": [{"partner": "Zimperium", "ios_enabled": True}],
        "conditional_access_policies": [CONDITIONAL],
    }
    tenant.run("intune_configuration", configuration=document)
    tenant.run("intune_configuration", configuration={"groups": [{**new, "description": "b", "restore": True}]})
    tenant.run("intune_configuration", configuration={"groups": [{"name": "New", "state": "absent"}]})


def app(tenant: Tenant, certificate: str) -> None:
    store: dict[str, Any] = {
        "type": "ios_store_app",
        "publisher": "P",
        "app_store_url": "https://apps.apple.com/app/id1",
    }
    settings = {"settings": {"vpn_profile": "Tunnel"}}
    tenant.run(
        "intune_app", name="A", **store, scope_tags=["Mobile Security"], assignments=[{**ASSIGNED[0], **settings}]
    )
    tenant.run("intune_app", type="android_managed_store_app", package_id="com.example.new", wait_timeout=5)
    tenant.emulator.seed({"op": "purchase", "name": "Bought", "bundle_id": "com.b", "store_id": "1", "licences": 1})
    tenant.run("intune_app", use="vpp", name="Bought", bundle_id="com.b", sync_vpp_tokens=True, wait_timeout=5)


def app_config(tenant: Tenant, certificate: str) -> None:
    tenant.run(
        "intune_app_config",
        name="C",
        target_apps=["Bought"],
        ios={"settings": [{"key": "MDM", "value": "INTUNE"}]},
        **TAGGED,
    )


def device_action(tenant: Tenant, certificate: str) -> None:
    pilot = tenant.emulator.state()["groups"][0]["id"]
    tenant.emulator.seed({"op": "members", "id": pilot, "add": [FLEET.entra_id(0)]})
    tenant.run("intune_device_action", action="sync", groups=[GROUP])
    phone = next(raw for raw in map(FLEET.managed, range(DEVICES)) if raw["operatingSystem"] in ("iOS", "Android"))
    texts: dict[str, Any] = {"notification_title": "a", "notification_body": "b"}
    tenant.run("intune_device_action", action="custom_notification", ids=[phone["id"]], **texts)


def app_protection(tenant: Tenant, certificate: str) -> None:
    tenant.emulator.seed(
        {
            "op": "create",
            "collection": "deviceManagement/assignmentFilters",
            "body": {"displayName": "Apps", "platform": "iOSMobileApplicationManagement", "rule": "(app.a -eq 'b')"},
        }
    )
    tenant.run(
        "intune_app_protection_policy",
        name="P",
        ios={"app_group_type": "all_apps"},
        scope_tags=["Mobile Security"],
        assignments=[{"group": GROUP}, {"all_users": True, "filter": "Apps"}],
    )


def conditional_access(tenant: Tenant, certificate: str) -> None:
    tenant.run("intune_conditional_access_policy", **CONDITIONAL)


def device_facts(tenant: Tenant, certificate: str) -> None:
    user = tenant.emulator.seed({"op": "device", "number": 0, "values": {}})[0]["userPrincipalName"]
    pilot = tenant.emulator.state()["groups"][0]["id"]
    tenant.emulator.seed({"op": "members", "id": pilot, "add": [FLEET.entra_id(0)]})
    tenant.run("intune_device_facts", groups=[GROUP])
    tenant.run("intune_device_facts", user=user, registered_devices=True)
    tenant.run("intune_device_facts", via="export_job", fields=["id", "device_name"])


def coverage(tenant: Tenant, certificate: str) -> None:
    pilot = tenant.emulator.state()["groups"][0]["id"]
    tenant.emulator.seed({"op": "members", "id": pilot, "add": [FLEET.entra_id(0)]})
    login: dict[str, Any] = {"harmony_client_id": harmony.CLIENT_ID, "harmony_access_key": harmony.ACCESS_KEY}
    tenant.run("intune_harmony_coverage", harmony_url=tenant.emulator.graph_url, groups=[GROUP], **login)


def export(tenant: Tenant, certificate: str) -> None:
    with tempfile.TemporaryDirectory() as dest:
        plurals = [resource.plural for resource in RESOURCES]
        result = tenant.run("intune_export", dest=dest, resources=plurals, include_members=True)
    unread = [warning for warning in result["warnings"] if "instead of the names" in warning]
    if unread:
        raise IntuneError(" ".join(unread))


def application(tenant: Tenant, certificate: str) -> None:
    tenant.run("intune_application", name="A", allow_public_client_flows=True)
    tenant.run("intune_application", name="A", state="absent")


def permission(tenant: Tenant, certificate: str) -> None:
    tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"], create_service_principal=True)
    tenant.run("intune_permission", app_id=PARTNER_APP_ID, sets=["device_sync"], state="absent")


def tenant_info(tenant: Tenant, certificate: str) -> None:
    named = {
        "groups": [GROUP],
        "assignment_filters": ["Corporate iOS"],
        "scope_tags": ["Mobile Security"],
        "notification_templates": [TEMPLATE],
        "vpn_profiles": ["Tunnel"],
        "ios_apps": ["Bought"],
        "applications": ["Payroll"],
    }
    unreadable = [
        text
        for wanted in ({}, *({kind: names} for kind, names in named.items()))
        for text in tenant.run("intune_tenant_info", look_up=wanted)["unreadable"]
    ]
    if unreadable:
        raise IntuneError(" ".join(unreadable))


def enrollment_info(tenant: Tenant, certificate: str) -> None:
    findings = tenant.run("intune_enrollment_info", platforms=["android", "ios", "macos", "windows"])["findings"]
    if findings:
        raise IntuneError(" ".join(finding["message"] for finding in findings))


def reading(module: str, **options: Any) -> Scenario:
    """One task; what it could not read and warns of counts as refused."""

    def scenario(tenant: Tenant, certificate: str) -> Result:
        result = tenant.run(module, **options)
        if result.get("warnings"):
            raise IntuneError(" ".join(result["warnings"]))
        return result

    return scenario


def removing(module: str, **options: Any) -> Scenario:
    """Create and delete an object with an ownership tag; when its uses cannot be read, that counts as refused."""

    def scenario(tenant: Tenant, certificate: str) -> None:
        reading(module, **options, created_by="ours")(tenant, certificate)
        result = tenant.run(module, **options, created_by="ours", state="absent")
        if "kept_because" in result:
            raise IntuneError(result["msg"])

    return scenario


SCENARIOS: dict[str, Scenario] = {
    "intune_application": application,
    "intune_application_info": reading("intune_application_info"),
    "intune_app": app,
    "intune_app_config": app_config,
    "intune_app_config_info": reading("intune_app_config_info"),
    "intune_app_info": reading("intune_app_info", install_status=True),
    "intune_app_protection_policy": app_protection,
    "intune_app_protection_policy_info": reading("intune_app_protection_policy_info"),
    "intune_assignment_filter": removing(
        "intune_assignment_filter",
        name="F",
        platform="ios",
        rule='(device.deviceOwnership -eq "Personal")',
        scope_tags=["Mobile Security"],
    ),
    "intune_assignment_filter_info": reading("intune_assignment_filter_info"),
    "intune_certificate_profile": lambda tenant, certificate: tenant.run(
        "intune_certificate_profile", name="R", platform="ios", certificate=certificate, **TAGGED
    ),
    "intune_certificate_profile_info": reading("intune_certificate_profile_info"),
    "intune_compliance_policy": reading(
        "intune_compliance_policy",
        name="P",
        ios={"device_threat_protection_required_security_level": "low"},
        scheduled_actions_for_rule=[
            {"action_type": "block"},
            {"action_type": "notification", "notification_template": TEMPLATE},
        ],
        **TAGGED,
    ),
    "intune_compliance_policy_info": reading("intune_compliance_policy_info"),
    "intune_configuration": configuration,
    "intune_device_action": device_action,
    "intune_conditional_access_policy": conditional_access,
    "intune_conditional_access_policy_info": reading("intune_conditional_access_policy_info"),
    "intune_custom_profile": reading(
        "intune_custom_profile", name="C", ios={"payload": "<plist><dict/></plist>"}, **TAGGED
    ),
    "intune_custom_profile_info": reading("intune_custom_profile_info"),
    "intune_device_facts": device_facts,
    "intune_enrollment_info": enrollment_info,
    "intune_export": export,
    "intune_group": group,
    "intune_group_info": reading("intune_group_info"),
    "intune_harmony_coverage": coverage,
    "intune_mtd_connector": removing("intune_mtd_connector", partner="Zimperium", ios_enabled=True),
    "intune_mtd_connector_info": reading("intune_mtd_connector_info"),
    "intune_notification_template": removing(
        "intune_notification_template",
        name="T",
        localized_notification_messages=[
            {"locale": "en-us", "subject": "S", "message_template": "M", "is_default": True}
        ],
        scope_tags=["Mobile Security"],
    ),
    "intune_notification_template_info": reading("intune_notification_template_info"),
    "intune_permission": permission,
    "intune_permission_info": reading("intune_permission_info", read_grants=True),
    "intune_tenant_info": tenant_info,
    "intune_vpn_profile": removing("intune_vpn_profile", name="V", ios=VPN, **TAGGED),
    "intune_vpn_profile_info": reading("intune_vpn_profile_info"),
}


def furnished(emulator: Emulator) -> None:
    """A tenant in which there is something to read, all with names of other objects in it."""
    emulator.reset()
    (pilot,) = emulator.seed(
        {
            "op": "create",
            "collection": "groups",
            "body": {"displayName": GROUP, "owners": ["b7c1f8de-54a1-4d53-8d0c-1f1f9f1b7a11"]},
        }
    )
    payload = base64.b64encode(b"<dict><key>a</key><string>b</string></dict>").decode()
    (template,) = emulator.seed(
        {
            "op": "create",
            "collection": "deviceManagement/notificationMessageTemplates",
            "body": {"displayName": TEMPLATE},
        }
    )
    emulator.seed(
        {"op": "create", "collection": "deviceManagement/derivedCredentials", "body": {"displayName": "Smart cards"}}
    )
    action = {
        "actionType": "notification",
        "gracePeriodHours": 1,
        "notificationTemplateId": template["id"],
        "notificationMessageCCList": [],
    }
    rules = [{"ruleName": "x", "scheduledActionConfigurations": [action]}]
    made: list[tuple[str, str, dict[str, Any]]] = [
        ("deviceAppManagement/mobileApps", "iosVppApp", {"displayName": "Bought", "publisher": "x"}),
        ("deviceAppManagement/mobileAppConfigurations", "iosMobileAppConfiguration", {"encodedSettingXml": payload}),
        (
            PROFILES,
            "iosVpnConfiguration",
            {"displayName": "Tunnel", "connectionName": "c", "connectionType": "customVpn"},
        ),
        (PROFILES, "iosTrustedRootCertificate", {"certFileName": "x.cer"}),
        (PROFILES, "iosCustomConfiguration", {"payloadName": "x", "payload": "PHBsaXN0PjxkaWN0Lz48L3BsaXN0Pg=="}),
        ("deviceManagement/deviceCompliancePolicies", "iosCompliancePolicy", {"scheduledActionsForRule": rules}),
        ("deviceAppManagement/iosManagedAppProtections", "iosManagedAppProtection", {}),
    ]
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": pilot["id"]}
    target |= {
        "deviceAndAppManagementAssignmentFilterId": "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1001",
        "deviceAndAppManagementAssignmentFilterType": "include",
    }
    for collection, kind, values in made:
        body = {"@odata.type": f"#microsoft.graph.{kind}", "displayName": "Old", "roleScopeTagIds": ["1"], **values}
        created = emulator.seed({"op": "create", "collection": collection, "body": body})[0]
        entry = {"target": target, **({"intent": "required"} if "mobileApps" in collection else {})}
        emulator.seed({"op": "assign", "collection": collection, "id": created["id"], "assignments": [entry]})
    users = {
        "includeGroups": [pilot["id"]],
        "includeUsers": [FLEET.user(1)["id"]],
        "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"],
    }
    apps = {"includeApplications": ["All"], "excludeApplications": ["00000003-0000-0000-c000-000000000000"]}
    conditions = {"users": users, "applications": apps}
    body = {"displayName": "Old", "conditions": conditions}
    emulator.seed({"op": "create", "collection": "identity/conditionalAccess/policies", "body": body})


def held(emulator: Emulator, names: list[str]) -> Tenant:
    """The furnished tenant, and a login that has these permissions and no other."""
    furnished(emulator)
    emulator.settings(permissions=names)
    tenant = Tenant(emulator)
    login = {"access_token": token(emulator)["access_token"]}
    tenant.credentials = {**login, **{key: tenant.credentials[key] for key in ("graph_url", "ca_path", "token_cache")}}
    return tenant


def test_every_module_is_tried() -> None:
    assert set(SCENARIOS) == set(MODULES) - {"managed_devices"}


@pytest.mark.parametrize("module", SCENARIOS)
def test_the_least_permissions_suffice_and_none_is_superfluous(
    module: str, emulator: Emulator, certificate: str
) -> None:
    least = [item.name for item in permissions.least(permissions.requirements(MODULES[module]))]
    SCENARIOS[module](held(emulator, least), certificate)
    for taken in least:
        tenant = held(emulator, [name for name in least if name != taken])
        with pytest.raises(IntuneError) as refused:
            SCENARIOS[module](tenant, certificate)
        assert taken in str(refused.value), f"{module} without {taken}"


@pytest.mark.parametrize("module", SCENARIOS)
def test_a_user_needs_the_delegated_permissions_of_the_catalogue(
    module: str, emulator: Emulator, certificate: str
) -> None:
    needed = permissions.in_token(permissions.requirements(MODULES[module]), is_user=True)
    tenant = held(emulator, [])
    scopes = [item.name for item in permissions.least(needed)]
    tenant.credentials["access_token"] = emulator.user_token(client_id=CLIENT_ID, scopes=scopes)["token"]
    SCENARIOS[module](tenant, certificate)


def documented(module: str, *whens: str) -> list[str]:
    """The permissions that a module's notes name for these conditions; an empty one is for always."""
    uses = [use for use in MODULES[module] if use.when in ("", *whens)]
    return [item.name for item in permissions.least(permissions.requirements(uses))]


READERS = [name for name in MODULES if name.endswith("_info") and name not in ("intune_permission_info",)]


@pytest.mark.parametrize("module", READERS)
def test_the_documented_read_permission_reads_every_object_and_shows_ids_with_one_warning(
    module: str, emulator: Emulator
) -> None:
    full = held(emulator, sorted({use.access.least for uses in MODULES.values() for use in uses})).run(module)
    narrow = held(emulator, documented(module)).run(module)
    warnings = narrow.get("warnings") or []
    assert len(warnings) <= 1, warnings
    lists = [key for key, value in full.items() if isinstance(value, list) and key != "warnings"]
    assert {key: len(full[key]) for key in lists} == {key: len(narrow[key]) for key in lists}
    named = [use for use in MODULES[module] if use.when.startswith("for the names of")]
    lacking = {use.access.least for use in named} - set(documented(module))
    for permission_name in lacking:
        assert permission_name in warnings[0]


@pytest.mark.parametrize("module", ["intune_app_info", "intune_compliance_policy_info"])
def test_without_the_right_to_read_groups_and_tags_assignments_and_tags_are_shown_by_id(
    module: str, emulator: Emulator
) -> None:
    tenant = held(emulator, documented(module))
    result = tenant.run(module, name="Bought" if module == "intune_app_info" else "Old")
    (pilot,) = [group["id"] for group in emulator.state()["groups"] if group["displayName"] == GROUP]
    (found,) = [value for value in result.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    assert found[0]["assignments"][0]["group"] == pilot
    assert "groups" in result["warnings"][0]
    assert "instead of the names" in result["warnings"][0]


def ids_of(emulator: Emulator, collection: str) -> dict[str, str]:
    state = emulator.state()
    records = state["groups"] if collection == "groups" else state["records"].get(collection, [])
    return {str(record.get("displayName")): record["id"] for record in records}


def writing(module: str, emulator: Emulator, certificate: str) -> dict[str, Any]:
    """Options of a new object in which every reference is an id."""
    target = {"group": ids_of(emulator, "groups")[GROUP], "filter": "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1001"}
    assigned: dict[str, Any] = {
        "assignments": [{**target, "filter_mode": "include"}],
        "scope_tags": ["1"],
        "name": "By id",
    }
    template = ids_of(emulator, "deviceManagement/notificationMessageTemplates")[TEMPLATE]
    issuer = ids_of(emulator, "deviceManagement/derivedCredentials")["Smart cards"]
    tunnel = ids_of(emulator, PROFILES)["Tunnel"]
    by_module: dict[str, dict[str, Any]] = {
        "intune_app": {
            "type": "ios_store_app",
            "publisher": "P",
            "app_store_url": "https://apps.apple.com/app/id1",
            **assigned,
            "assignments": [{**assigned["assignments"][0], "settings": {"vpn_profile": tunnel}}],
        },
        "intune_app_config": {
            **assigned,
            "target_apps": [ids_of(emulator, "deviceAppManagement/mobileApps")["Bought"]],
            "ios": {"settings": [{"key": "MDM", "value": "INTUNE"}]},
        },
        "intune_app_protection_policy": {**assigned, "ios": {"app_group_type": "all_apps"}},
        "intune_assignment_filter": {
            "name": "By id",
            "scope_tags": ["1"],
            "platform": "ios",
            "rule": '(device.deviceOwnership -eq "Personal")',
        },
        "intune_certificate_profile": {**assigned, "platform": "ios", "certificate": certificate},
        "intune_compliance_policy": {
            **assigned,
            "ios": {"device_threat_protection_required_security_level": "low"},
            "scheduled_actions_for_rule": [
                {"action_type": "block"},
                {"action_type": "notification", "notification_template": template},
            ],
        },
        "intune_conditional_access_policy": {
            "name": "By id",
            "conditions": {
                "users": {
                    "include_groups": [ids_of(emulator, "groups")[GROUP]],
                    "include_roles": ["62e90394-69f5-4237-9190-012177145e10"],
                },
                "applications": {"include_applications": ["All"]},
            },
            "grant_controls": {"built_in_controls": ["compliant_device"]},
        },
        "intune_custom_profile": {**assigned, "ios": {"payload": "<plist><dict/></plist>"}},
        "intune_group": {"name": "By id", "description": "d"},
        "intune_mtd_connector": {"partner": "Zimperium", "ios_enabled": True},
        "intune_vpn_profile": {**assigned, "ios": {**VPN, "derived_credential_settings": issuer}},
    }
    return by_module.get(module, {"name": "By id", "scope_tags": ["1"]})


STATEFUL = [f"intune_{resource.singular}" for resource in RESOURCES]
CHANGES = ("to change something", "for a new group", "for an existing group")


@pytest.mark.parametrize("module", STATEFUL)
def test_declared_ids_need_no_right_on_what_they_name(module: str, emulator: Emulator, certificate: str) -> None:
    tenant = held(emulator, documented(module, *CHANGES))
    options = writing(module, emulator, certificate)
    created = tenant.run(module, **options)
    assert created["changed"]
    again = tenant.run(module, **options)
    assert not again["changed"], again["diff"]
    if "assignments" not in options:
        return
    # The diff shows what others assigned by id, with one warning.
    (other,) = emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Of others"}})
    entries = [{"group": ids_of(emulator, "groups")[GROUP]}, {"group": other["id"]}]
    changed = tenant.run(module, name="By id", description="changed", assignments=entries, diff=True)
    assert changed["changed"]
    emptied = tenant.run(module, name="By id", assignments=entries[:1], purge_assignments=True)
    assert other["id"] in [item.get("group") for item in emptied["diff"]["before"]["assignments"]]
    assert len(emptied["warnings"]) <= 1, emptied["warnings"]
    assert all("instead of the names" in text for text in emptied["warnings"])


@pytest.mark.parametrize("module", [name for name in STATEFUL if name == "intune_app" or "profile" in name])
def test_a_diff_shows_ids_where_names_may_not_be_read(module: str, emulator: Emulator, certificate: str) -> None:
    tenant = held(emulator, documented(module, *CHANGES))
    options = writing(module, emulator, certificate)
    tenant.run(module, **options)
    result = tenant.run(module, check=True, **{**options, "description": "Changed", "assignments": []})
    assert result["changed"]
    (warning,) = result["warnings"]
    assert "instead of the names of" in warning
    assert "groups" in warning
    assert result["diff"]["after"]["assignments"][0]["group"] == options["assignments"][0]["group"]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.plural)
def test_one_resource_is_exported_with_the_permission_that_reads_it(
    resource: type[Resource], emulator: Emulator, tmp_path: Path
) -> None:
    tenant = held(emulator, documented(f"intune_{resource.singular}_info"))
    result = tenant.run("intune_export", dest=str(tmp_path), resources=[resource.plural], all_groups=True)
    exists = resource.plural != "mtd_connectors" and ids_of(emulator, resource.path)
    assert result["files"][0]["objects"] >= bool(exists)
    assert len([warning for warning in result["warnings"] if "instead of the names" in warning]) <= 1
