# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every permission this collection knows, and what needs which: the only place where that is written down.

The notes of the modules, the advice after a refused request, the preflight of the role and the guide of permissions
come from here. A new module gets a line in MODULES; `make permissions` then writes its notes and the guide.

Sources: permissions.json and permissions-descriptions.json of microsoftgraph/microsoft-graph-devx-content, commit
6cbd6bb (2026-08-07); Appendix B of Check Point's integration guide for Microsoft Intune.
"""

from __future__ import annotations

from dataclasses import dataclass

GRAPH = "Microsoft Graph"
INTUNE = "Microsoft Intune API"
# API -> its application id, the same in all tenants.
APIS = {GRAPH: "00000003-0000-0000-c000-000000000000", INTUNE: "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"}

APPLICATION = "application"
DELEGATED = "delegated"


@dataclass(frozen=True)
class Permission:
    """An app role (application) or a scope (delegated) of an API."""

    name: str
    id: str
    type: str = APPLICATION
    api: str = GRAPH


_GRAPH_ROLES = {
    "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "Application.ReadWrite.All": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    "DelegatedPermissionGrant.ReadWrite.All": "8e8e4742-1d95-4f68-9d56-6ee75648c72a",
    "Device.Read.All": "7438b122-aefc-4978-80ed-43db9fcc7715",
    "Device.ReadWrite.All": "1138cb37-bd11-4084-a2b7-9f71582aeddb",
    "DeviceManagementApps.Read.All": "7a6ee1e7-141e-4cec-ae74-d9db155731ff",
    "DeviceManagementApps.ReadWrite.All": "78145de6-330d-4800-a6ce-494ff2d33d07",
    "DeviceManagementConfiguration.Read.All": "dc377aa6-52d8-4e23-b271-2a7ae04cedf3",
    "DeviceManagementConfiguration.ReadWrite.All": "9241abd9-d0e6-425a-bd4f-47ba86e767a4",
    "DeviceManagementManagedDevices.PrivilegedOperations.All": "5b07b0dd-2377-4e44-a38d-703f09a0dc3c",
    "DeviceManagementManagedDevices.Read.All": "2f51be20-0bb4-4fed-bf7b-db946066c75e",
    "DeviceManagementManagedDevices.ReadWrite.All": "243333ab-4d21-40cb-a475-36241daa0842",
    "DeviceManagementRBAC.Read.All": "58ca0d9a-1575-47e1-a3cb-007ef2e4583b",
    "DeviceManagementRBAC.ReadWrite.All": "e330c4f0-4170-414e-a55a-2f022ec2b57b",
    "DeviceManagementServiceConfig.Read.All": "06a5fe6d-c49d-46a7-b082-56b1b14103c7",
    "DeviceManagementServiceConfig.ReadWrite.All": "5ac13192-7ace-4fcf-b828-1a26f28068ee",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Directory.ReadWrite.All": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
    "Group.Create": "bf7b1a76-6e77-406b-b258-bf5c7720e98f",
    "Group.Read.All": "5b567255-7703-4780-807c-7be8301ae99b",
    "Group.ReadWrite.All": "62a82d76-70ea-41e2-9197-370581804d09",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "GroupMember.ReadWrite.All": "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "Organization.ReadWrite.All": "292d869f-3427-49a8-9dab-8c70152b74e9",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
    "Policy.ReadWrite.ConditionalAccess": "01c0a623-fc9b-48e9-b794-0756f8e8f067",
    "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    "RoleManagement.ReadWrite.Directory": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "User.ReadBasic.All": "97235f07-e226-4f63-ace3-39588e11d3a1",
    "User.ReadWrite.All": "741f803b-c850-494e-b5df-cde7c675a1ca",
}
# Group.Create and Device.ReadWrite.All exist for applications only.
_GRAPH_SCOPES = {
    "AppRoleAssignment.ReadWrite.All": "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
    "Application.Read.All": "c79f8feb-a9db-4090-85f9-90d820caa0eb",
    "Application.ReadWrite.All": "bdfbf15f-ee85-4955-8675-146e8e5296b5",
    "DelegatedPermissionGrant.ReadWrite.All": "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
    "Device.Read.All": "951183d1-1a61-466f-a6d1-1fde911bfd95",
    "DeviceManagementApps.Read.All": "4edf5f54-4666-44af-9de9-0144fb4b6e8c",
    "DeviceManagementApps.ReadWrite.All": "7b3f05d5-f68c-4b8d-8c59-a2ecd12f24af",
    "DeviceManagementConfiguration.Read.All": "f1493658-876a-4c87-8fa7-edb559b3476a",
    "DeviceManagementConfiguration.ReadWrite.All": "0883f392-0a7a-443d-8c76-16a6d39c7b63",
    "DeviceManagementManagedDevices.PrivilegedOperations.All": "3404d2bf-2b13-457e-a330-c24615765193",
    "DeviceManagementManagedDevices.Read.All": "314874da-47d6-4978-88dc-cf0d37f0bb82",
    "DeviceManagementManagedDevices.ReadWrite.All": "44642bfe-8385-4adc-8fc6-fe3cb2c375c3",
    "DeviceManagementRBAC.Read.All": "49f0cc30-024c-4dfd-ab3e-82e137ee5431",
    "DeviceManagementRBAC.ReadWrite.All": "0c5e8a55-87a6-4556-93ab-adc52c4d862d",
    "DeviceManagementServiceConfig.Read.All": "8696daa5-bce5-4b2e-83f9-51b6defc4e1e",
    "DeviceManagementServiceConfig.ReadWrite.All": "662ed50a-ac44-4eef-ad86-62eed9be2a29",
    "Directory.AccessAsUser.All": "0e263e50-5827-48a4-b97c-d940288653c7",
    "Directory.Read.All": "06da0dbc-49e2-44d2-8312-53f166ab848a",
    "Directory.ReadWrite.All": "c5366453-9fb0-48a5-a156-24f0c49a4b84",
    "Group.Read.All": "5f8c59db-677d-491f-a6b8-5f174b11ec1d",
    "Group.ReadWrite.All": "4e46008b-f24c-477d-8fff-7bb4ec7aafe0",
    "GroupMember.Read.All": "bc024368-1153-4739-b217-4326f2e966d0",
    "GroupMember.ReadWrite.All": "f81125ac-d3b7-4573-a3b2-7099cc39df9e",
    "Organization.Read.All": "4908d5b9-3fb2-4b1e-9336-1888b7937185",
    "Organization.ReadWrite.All": "46ca0847-7e6b-426e-9775-ea810a948356",
    "Policy.Read.All": "572fea84-0151-49b2-9301-11cb16974376",
    "Policy.ReadWrite.ConditionalAccess": "ad902697-1014-4ef5-81ef-2b4301988e8c",
    "RoleManagement.Read.Directory": "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
    "RoleManagement.ReadWrite.Directory": "d01b97e9-cbc0-49fe-810a-750afd5527a3",
    "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
    "User.Read.All": "a154be20-db9c-4678-8ab7-66f6cc099a59",
    "User.ReadBasic.All": "b340eb25-3456-403f-be2f-af7a0d370277",
    "User.ReadWrite.All": "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4",
}
_INTUNE_ROLES = {"update_device_health": "a5438881-186a-48f0-bc41-a93ae8a195fe"}

PERMISSIONS: tuple[Permission, ...] = (
    *(Permission(name, role_id) for name, role_id in _GRAPH_ROLES.items()),
    *(Permission(name, scope_id, DELEGATED) for name, scope_id in _GRAPH_SCOPES.items()),
    *(Permission(name, role_id, APPLICATION, INTUNE) for name, role_id in _INTUNE_ROLES.items()),
)


def permission(name: str, type_: str = APPLICATION) -> Permission:
    """Return a permission of the catalogue. Raises KeyError."""
    for item in PERMISSIONS:
        if item.name.lower() == name.lower() and item.type == type_:
            return item
    raise KeyError(name)


# -- the vendor's table --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row of Appendix B: what Check Point's application asks for. one_click rows may be removed after the
    integration.
    """

    number: int
    permission: Permission
    usage: str
    one_click: bool


# Rows 11, 12 and 14 are printed as application permissions, with the text of the delegated ones; as application
# permissions the first two would repeat rows 1 and 2. So they stand here as delegated.
# The application permission for the connector, which an onboarding without a user needs, is row 14's namesake.
APPENDIX: tuple[Row, ...] = (
    Row(
        1,
        permission("DeviceManagementApps.ReadWrite.All"),
        "Add the Harmony Mobile Protect app for iOS and Android.",
        True,
    ),
    Row(
        2,
        permission("DeviceManagementConfiguration.ReadWrite.All"),
        "Create configurations, VPN profiles and the certificate; assign them.",
        True,
    ),
    Row(3, permission("DeviceManagementManagedDevices.Read.All"), "Device sync: read the managed devices.", False),
    Row(4, permission("Directory.AccessAsUser.All", DELEGATED), "Not stated.", False),
    Row(5, permission("Directory.Read.All", DELEGATED), "Read users, groups and devices.", False),
    Row(6, permission("Directory.Read.All"), "Read users, groups and devices.", False),
    Row(7, permission("Group.Create"), "Create the groups.", True),
    Row(8, permission("GroupMember.Read.All", DELEGATED), "Device sync: read the members of the groups.", False),
    Row(9, permission("GroupMember.ReadWrite.All", DELEGATED), "Device sync: read the members of the groups.", False),
    Row(10, permission("User.Read", DELEGATED), "Device sync: list the users' registered devices.", False),
    Row(
        11,
        permission("DeviceManagementApps.ReadWrite.All", DELEGATED),
        "Create the apps and their configurations.",
        True,
    ),
    Row(
        12,
        permission("DeviceManagementConfiguration.ReadWrite.All", DELEGATED),
        "Create the zero-touch VPN profiles.",
        True,
    ),
    Row(13, permission("Group.ReadWrite.All"), "Create the groups for zero-touch and assign profiles to them.", True),
    Row(14, permission("DeviceManagementServiceConfig.ReadWrite.All", DELEGATED), "Switch the connector on.", True),
    Row(15, permission("update_device_health"), "Tag devices: write their threat state to Intune.", False),
)

_CONNECTOR = permission("DeviceManagementServiceConfig.ReadWrite.All")
_ONE_CLICK = tuple(row.permission for row in APPENDIX if row.one_click)
_STEADY_STATE = tuple(row.permission for row in APPENDIX if not row.one_click)
SETS: dict[str, tuple[Permission, ...]] = {
    "onboarding": (*(row.permission for row in APPENDIX), _CONNECTOR),
    "one_click": (*_ONE_CLICK, _CONNECTOR),
    "steady_state": _STEADY_STATE,
    "device_sync": tuple(row.permission for row in APPENDIX if row.number in (3, 6, 8, 9, 10)),
    "device_health": (permission("update_device_health"),),
}
SET_TEXTS = {
    "onboarding": "all that the vendor's table lists, and the application permission for the connector",
    "one_click": "the part of C(onboarding) that is needed for the onboarding only and can be taken away afterwards",
    "steady_state": "what stays in use after the onboarding",
    "device_sync": "the part of C(steady_state) that reads devices, users and groups",
    "device_health": "the right of a mobile threat defense partner to write devices' threat state to Intune",
}


# -- requests and what they take -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Access:
    """Requests that need the same permission. One of any_of suffices; the first is the least.

    A user's login needs the delegated permission of the same name.
    """

    purpose: str
    methods: tuple[str, ...]
    # A regular expression for the path without its version.
    path: str
    any_of: tuple[str, ...]
    # What may be needed besides, as the end of a sentence in brackets.
    besides: str = ""

    @property
    def least(self) -> str:
        return self.any_of[0]

    @property
    def writes(self) -> bool:
        return self.purpose.split()[0] not in ("read", "query")


# In the order in which a path is looked up: the first that fits counts.
ACCESSES: list[Access] = []


def _access(purpose: str, methods: tuple[str, ...], path: str, any_of: tuple[str, ...], besides: str = "") -> Access:
    ACCESSES.append(Access(purpose, methods, path, any_of, besides))
    return ACCESSES[-1]


_READ, _WRITE = ("GET",), ("POST", "PATCH", "PUT", "DELETE")
_READ_GROUPS = ("GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All")
_READ_MEMBERS = (
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
)
_APPS = ("DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All")
_CONFIGURATION = ("DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All")
_SERVICE = ("DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All")
_DEVICES = ("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All")
_APPLICATIONS = ("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All")
_PLAY = r"deviceManagement/androidManagedStore"
_MEMBERS = "adding a user to a group also needs User.ReadWrite.All, a device Device.ReadWrite.All"
_PRINCIPAL = r"servicePrincipals(/[^/]+|\([^)]*\))"

# In front of the apps, which are in the same part of Graph.
READ_VPP_TOKENS = _access(
    "read volume purchase tokens", _READ, r"deviceAppManagement/vppTokens", (*_SERVICE, *_CONFIGURATION)
)
SYNC_VPP_TOKENS = _access(
    "synchronize volume purchase tokens", _WRITE, r"deviceAppManagement/vppTokens", (_SERVICE[1], _CONFIGURATION[1])
)
READ_APPS = _access("read apps and app configurations", _READ, r"deviceAppManagement/", _APPS)
WRITE_APPS = _access("manage apps and app configurations", _WRITE, r"deviceAppManagement/", _APPS[1:])
READ_APP_STATUS = _access(
    "query the install status of apps", ("POST",), r"deviceManagement/reports/getAppStatusOverviewReport", _APPS
)
READ_CONFIGURATION = _access(
    "read profiles and policies",
    _READ,
    r"deviceManagement/(device(Configurations|CompliancePolicies|ComplianceScripts)|derivedCredentials/.)",
    _CONFIGURATION,
)
WRITE_CONFIGURATION = _access(
    "manage profiles and policies",
    _WRITE,
    r"deviceManagement/(deviceConfigurations|deviceCompliancePolicies)",
    _CONFIGURATION[1:],
)
READ_TEMPLATES = _access(
    "read notification message templates", _READ, r"deviceManagement/notificationMessageTemplates", _SERVICE
)
WRITE_TEMPLATES = _access(
    "manage notification message templates", _WRITE, r"deviceManagement/notificationMessageTemplates", _SERVICE[1:]
)
READ_CREDENTIALS = _access(
    "read issuers of derived credentials", _READ, r"deviceManagement/derivedCredentials/?$", _SERVICE
)
READ_FILTERS = _access("read assignment filters", _READ, r"deviceManagement/assignmentFilters", _CONFIGURATION)
WRITE_FILTERS = _access("manage assignment filters", _WRITE, r"deviceManagement/assignmentFilters", _CONFIGURATION[1:])
READ_SCOPE_TAGS = _access(
    "read scope tags",
    _READ,
    r"deviceManagement/roleScopeTags",
    (*_CONFIGURATION, "DeviceManagementRBAC.Read.All", "DeviceManagementRBAC.ReadWrite.All"),
)
READ_PLAY = _access("read the connection to managed Google Play", _READ, _PLAY, _CONFIGURATION)
APPROVE_PLAY = _access("approve apps of managed Google Play", _WRITE, _PLAY, _CONFIGURATION[1:])
# The permission data list those for configuration too, the documentation of connectors does not.
READ_CONNECTORS = _access("read connectors", _READ, r"deviceManagement/mobileThreatDefenseConnectors", _SERVICE)
WRITE_CONNECTORS = _access("manage connectors", _WRITE, r"deviceManagement/mobileThreatDefenseConnectors", _SERVICE[1:])
# Microsoft's table has the permission to read the service's configuration for the tokens only.
READ_PUSH_CERTIFICATE = _access(
    "read the Apple MDM push certificate",
    _READ,
    r"deviceManagement/applePushNotificationCertificate",
    (*_CONFIGURATION, _DEVICES[0], _SERVICE[1]),
)
READ_DEP_TOKENS = _access("read enrollment program tokens", _READ, r"deviceManagement/depOnboardingSettings", _SERVICE)
READ_RESTRICTIONS = _access(
    "read enrollment restrictions",
    _READ,
    r"deviceManagement/deviceEnrollmentConfigurations",
    (*_SERVICE, *_CONFIGURATION),
)
READ_SETTINGS = _access(
    "read the settings of device management",
    _READ,
    r"deviceManagement/?($|\?)",
    (
        *(*_SERVICE, *_CONFIGURATION, *_DEVICES, *_APPS),
        *("DeviceManagementRBAC.Read.All", "DeviceManagementRBAC.ReadWrite.All"),
    ),
)
READ_MANAGED_DEVICES = _access(
    "read managed devices", _READ, r"(users/[^/]+|deviceManagement)/managedDevice(s|Overview)", _DEVICES
)
SYNC_DEVICES = _access(
    "synchronize devices",
    ("POST",),
    r"deviceManagement/managedDevices/[^/]+/syncDevice",
    ("DeviceManagementManagedDevices.PrivilegedOperations.All",),
)
NOTIFY_USERS = _access(
    "send notifications to devices",
    ("POST",),
    r"deviceManagement/managedDevices/[^/]+/sendCustomNotificationToCompanyPortal",
    ("DeviceManagementManagedDevices.ReadWrite.All", "DeviceManagementConfiguration.ReadWrite.All"),
)
READ_EXPORTS = _access("read exported reports", _READ, r"deviceManagement/reports/exportJobs", _DEVICES)
EXPORT_DEVICES = _access(
    "order the export of reports",
    _WRITE,
    r"deviceManagement/reports/exportJobs",
    ("DeviceManagementManagedDevices.ReadWrite.All",),
)
READ_MEMBERS = _access(
    "read members and owners of groups", _READ, r"groups/[^/]+/(transitiveMembers|members|owners)", _READ_MEMBERS
)
READ_PARENTS = _access(
    "read the groups that a group is in",
    _READ,
    r"groups/[^/]+/memberOf",
    ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"),
)
WRITE_MEMBERS = _access(
    "change members of groups",
    _WRITE,
    r"groups/[^/]+/members",
    ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"),
    besides=_MEMBERS,
)
WRITE_OWNERS = _access(
    "change owners of groups", _WRITE, r"groups/[^/]+/owners", ("Group.ReadWrite.All", "Directory.ReadWrite.All")
)
CREATE_GROUPS = _access(
    "create groups", ("POST",), r"groups/?$", ("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All")
)
READ_GROUPS = _access("read groups", _READ, r"groups", _READ_GROUPS)
WRITE_GROUPS = _access("change and delete groups", _WRITE, r"groups", ("Group.ReadWrite.All",), besides=_MEMBERS)
WRITE_ROLE_GROUPS = _access(
    "manage groups that roles can be assigned to", (), r"groups", ("RoleManagement.ReadWrite.Directory",)
)
READ_DELETED_GROUPS = _access(
    "read deleted groups",
    _READ,
    r"directory/deletedItems",
    ("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"),
)
RESTORE_GROUPS = _access("restore deleted groups", _WRITE, r"directory/deletedItems", ("Group.ReadWrite.All",))
READ_REGISTERED_DEVICES = _access(
    "read the devices of users",
    _READ,
    r"users/[^/]+/(registered|owned)Devices",
    ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All"),
)
READ_USERS = _access(
    "read users", _READ, r"users", ("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All")
)
WRITE_USERS = _access("add users to groups", (), r"users", ("User.ReadWrite.All", "Directory.ReadWrite.All"))
READ_DEVICES = _access(
    "read devices of the directory",
    _READ,
    r"devices",
    ("Device.Read.All", "Device.ReadWrite.All", "Directory.Read.All"),
)
WRITE_DEVICES = _access("add devices to groups", (), r"devices", ("Device.ReadWrite.All", "Directory.ReadWrite.All"))
READ_OBJECTS = _access("read objects of the directory by their ID", _READ, r"directoryObjects", ("Directory.Read.All",))
READ_ORGANIZATION = _access(
    "read the tenant's name and licences",
    _READ,
    r"organization",
    (*_SERVICE, *_CONFIGURATION, "Organization.Read.All", "User.Read.All", "Directory.Read.All"),
)
READ_GRANTS = _access(
    "read delegated permissions",
    _READ,
    rf"(oauth2PermissionGrants|{_PRINCIPAL}/oauth2PermissionGrants)",
    ("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All"),
)
WRITE_GRANTS = _access(
    "grant and revoke delegated permissions",
    _WRITE,
    r"oauth2PermissionGrants",
    ("DelegatedPermissionGrant.ReadWrite.All",),
)
WRITE_ROLES = _access(
    "grant and revoke application permissions",
    _WRITE,
    rf"{_PRINCIPAL}/appRole",
    ("AppRoleAssignment.ReadWrite.All",),
    besides="together with Application.Read.All",
)
READ_APPLICATIONS = _access(
    "read service principals and their application permissions", _READ, r"servicePrincipals", _APPLICATIONS
)
CREATE_PRINCIPALS = _access(
    "create service principals", ("POST",), r"servicePrincipals/?$", ("Application.ReadWrite.All",)
)
READ_REGISTRATIONS = _access("read app registrations", _READ, r"applications", _APPLICATIONS[:2])
WRITE_REGISTRATIONS = _access("manage app registrations", _WRITE, r"applications", ("Application.ReadWrite.All",))

# Microsoft's table calls Policy.Read.All the least for writing; its pages ask for all three
# [graph facts: Conditional Access].
READ_POLICIES = _access(
    "read Conditional Access policies", _READ, r"identity/conditionalAccess/policies", ("Policy.Read.All",)
)
WRITE_POLICIES = _access(
    "manage Conditional Access policies",
    _WRITE,
    r"identity/conditionalAccess/policies",
    ("Policy.ReadWrite.ConditionalAccess",),
    besides="together with Policy.Read.All and Application.Read.All",
)
NAME_APPLICATIONS = _access(
    "write policies that name applications", (), r"identity/conditionalAccess/policies", ("Application.Read.All",)
)
READ_LOCATIONS = _access(
    "read named locations", _READ, r"identity/conditionalAccess/namedLocations", ("Policy.Read.All",)
)
READ_STRENGTHS = _access(
    "read authentication strengths",
    _READ,
    r"policies/authenticationStrengthPolicies",
    ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"),
)
READ_ROLES = _access(
    "read roles of the directory",
    _READ,
    r"directoryRoleTemplates",
    ("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All"),
)


# -- modules and steps ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Use:
    """An access that is needed; when is the condition, empty for always."""

    access: Access
    when: str = ""


_CHANGE = "to change something"
_TARGETS = (Use(READ_GROUPS, "with groups in assignments"), Use(READ_FILTERS, "with assignment filters"))
_ASSIGNING = (*_TARGETS, Use(READ_SCOPE_TAGS, "with scope tags"))
_NAMING = (
    Use(READ_GROUPS, "for the names of groups"),
    Use(READ_FILTERS, "for the names of filters"),
    Use(READ_SCOPE_TAGS, "for the names of scope tags"),
)
# What others assign to a group or use a filter for is in apps, configurations, profiles and policies.
_REMOVING = (
    Use(READ_APPS, "to delete what has an ownership tag"),
    Use(READ_CONFIGURATION, "to delete what has an ownership tag"),
)
_PER_APP_VPN = Use(READ_CONFIGURATION, "with a per-app VPN profile")
_VPP = Use(SYNC_VPP_TOKENS, "to synchronize volume purchase tokens")
_APP_CATALOGUE = (
    Use(READ_PLAY, "with managed Google Play"),
    Use(APPROVE_PLAY, "with a new app of managed Google Play"),
)

_GROUP = (
    Use(READ_GROUPS),
    Use(CREATE_GROUPS, "for a new group"),
    Use(WRITE_GROUPS, "for an existing group"),
    Use(WRITE_ROLE_GROUPS, "for a group that roles can be assigned to"),
    Use(READ_MEMBERS, "with members and owners"),
    Use(WRITE_MEMBERS, "with members"),
    Use(WRITE_OWNERS, "with owners"),
    Use(READ_USERS, "with users"),
    Use(WRITE_USERS, "with members that are users"),
    Use(READ_DEVICES, "with devices"),
    Use(WRITE_DEVICES, "with members that are devices"),
    Use(READ_OBJECTS, "with members and owners by ID that are not groups, users or devices"),
    Use(READ_DELETED_GROUPS, "to see deleted groups"),
    Use(RESTORE_GROUPS, "to restore one"),
    *_REMOVING,
)

MODULES: dict[str, tuple[Use, ...]] = {
    "intune_app": (Use(READ_APPS), Use(WRITE_APPS, _CHANGE), *_APP_CATALOGUE, _VPP, _PER_APP_VPN, *_ASSIGNING),
    "intune_app_config": (Use(READ_APPS), Use(WRITE_APPS, _CHANGE), *_ASSIGNING),
    "intune_app_config_info": (Use(READ_APPS), *_NAMING),
    "intune_app_info": (
        Use(READ_APPS),
        Use(READ_APP_STATUS, "with O(install_status)"),
        Use(READ_CONFIGURATION, "for the names of VPN profiles"),
        *_NAMING,
    ),
    "intune_app_protection_policy": (Use(READ_APPS), Use(WRITE_APPS, _CHANGE), *_ASSIGNING),
    "intune_app_protection_policy_info": (Use(READ_APPS), *_NAMING),
    "intune_application": (
        Use(READ_REGISTRATIONS),
        Use(WRITE_REGISTRATIONS, _CHANGE),
        Use(READ_APPLICATIONS),
        Use(CREATE_PRINCIPALS, "to create a service principal"),
    ),
    "intune_application_info": (Use(READ_REGISTRATIONS),),
    "intune_assignment_filter": (
        Use(READ_FILTERS),
        Use(WRITE_FILTERS, _CHANGE),
        Use(READ_SCOPE_TAGS, "with scope tags"),
        *_REMOVING,
    ),
    "intune_assignment_filter_info": (Use(READ_FILTERS), Use(READ_SCOPE_TAGS, "for the names of scope tags")),
    "intune_certificate_profile": (Use(READ_CONFIGURATION), Use(WRITE_CONFIGURATION, _CHANGE), *_ASSIGNING),
    "intune_certificate_profile_info": (Use(READ_CONFIGURATION), *_NAMING),
    "intune_compliance_policy": (
        Use(READ_CONFIGURATION),
        Use(WRITE_CONFIGURATION, _CHANGE),
        Use(READ_TEMPLATES, "with notification message templates"),
        Use(READ_MEMBERS, "to warn about groups of devices"),
        *_ASSIGNING,
    ),
    "intune_compliance_policy_info": (
        Use(READ_CONFIGURATION),
        Use(READ_TEMPLATES, "for the names of notification message templates"),
        *_NAMING,
    ),
    "intune_conditional_access_policy": (
        Use(READ_POLICIES),
        Use(WRITE_POLICIES, _CHANGE),
        Use(NAME_APPLICATIONS, _CHANGE),
        Use(READ_USERS, "with names of users"),
        Use(READ_GROUPS, "with groups"),
        Use(READ_ROLES, "with names of roles"),
        Use(READ_APPLICATIONS, "with names of applications"),
        Use(READ_LOCATIONS, "with names of named locations"),
        Use(READ_STRENGTHS, "with names of authentication strengths"),
    ),
    "intune_conditional_access_policy_info": (
        Use(READ_POLICIES),
        Use(READ_USERS, "for the names of users"),
        Use(READ_GROUPS, "for the names of groups"),
        Use(READ_ROLES, "for the names of roles"),
        Use(READ_APPLICATIONS, "for the names of applications"),
        Use(READ_LOCATIONS, "for the names of named locations"),
        Use(READ_STRENGTHS, "for the names of authentication strengths"),
    ),
    "intune_configuration": (
        *_GROUP,
        Use(READ_APPS, "with apps, app configurations and app protection policies"),
        Use(WRITE_APPS, "to change apps, app configurations and app protection policies"),
        *_APP_CATALOGUE,
        _VPP,
        Use(READ_CONFIGURATION, "with profiles and policies"),
        Use(WRITE_CONFIGURATION, "to change profiles and policies"),
        Use(READ_CONNECTORS, "with connectors"),
        Use(WRITE_CONNECTORS, "to change connectors"),
        Use(READ_FILTERS, "with assignment filters"),
        Use(WRITE_FILTERS, "to change assignment filters"),
        Use(READ_TEMPLATES, "with notification message templates"),
        Use(WRITE_TEMPLATES, "to change notification message templates"),
        Use(READ_CREDENTIALS, "with the name of an issuer of derived credentials"),
        Use(READ_POLICIES, "with Conditional Access policies"),
        Use(WRITE_POLICIES, "to change Conditional Access policies"),
        Use(NAME_APPLICATIONS, "to change Conditional Access policies"),
        Use(READ_ROLES, "with names of roles"),
        Use(READ_APPLICATIONS, "with names of applications"),
        Use(READ_SCOPE_TAGS, "with scope tags"),
    ),
    "intune_device_action": (
        Use(READ_MANAGED_DEVICES),
        Use(SYNC_DEVICES, "with O(action=sync)"),
        Use(NOTIFY_USERS, "with O(action=custom_notification)"),
        Use(READ_GROUPS, "with O(groups)"),
        Use(READ_MEMBERS, "with O(groups)"),
        Use(READ_DEVICES, "with O(groups) that have devices in them"),
    ),
    "intune_custom_profile": (Use(READ_CONFIGURATION), Use(WRITE_CONFIGURATION, _CHANGE), *_ASSIGNING),
    "intune_custom_profile_info": (Use(READ_CONFIGURATION), *_NAMING),
    "intune_device_facts": (
        Use(READ_MANAGED_DEVICES),
        Use(READ_GROUPS, "with O(groups)"),
        Use(READ_MEMBERS, "with O(groups)"),
        Use(READ_DEVICES, "with O(groups) that have devices in them"),
        Use(READ_REGISTERED_DEVICES, "with O(registered_devices)"),
        Use(EXPORT_DEVICES, "with O(via=export_job)"),
        Use(READ_EXPORTS, "with O(via=export_job)"),
    ),
    "intune_enrollment_info": (
        Use(READ_VPP_TOKENS),
        Use(READ_PUSH_CERTIFICATE),
        Use(READ_DEP_TOKENS),
        Use(READ_PLAY),
        Use(READ_RESTRICTIONS),
        Use(READ_SETTINGS),
    ),
    "intune_export": (
        Use(READ_APPS),
        Use(READ_CONFIGURATION),
        Use(READ_CONNECTORS),
        Use(READ_FILTERS),
        Use(READ_GROUPS),
        Use(READ_MEMBERS, "with O(include_members)"),
        Use(READ_TEMPLATES),
        Use(READ_POLICIES, "with Conditional Access policies"),
        Use(READ_ROLES, "for the names of roles in Conditional Access policies"),
        Use(READ_APPLICATIONS, "for the names of applications in Conditional Access policies"),
        Use(READ_SCOPE_TAGS, "for the names of scope tags"),
    ),
    "intune_group": _GROUP,
    "intune_group_info": (Use(READ_GROUPS), Use(READ_MEMBERS)),
    "intune_harmony_coverage": (
        Use(READ_MANAGED_DEVICES),
        Use(READ_GROUPS, "with O(groups)"),
        Use(READ_MEMBERS, "with O(groups)"),
        Use(READ_DEVICES, "with O(groups) that have devices in them"),
    ),
    "intune_mtd_connector": (Use(READ_CONNECTORS), Use(WRITE_CONNECTORS, _CHANGE), *_REMOVING),
    "intune_mtd_connector_info": (Use(READ_CONNECTORS),),
    "intune_notification_template": (
        Use(READ_TEMPLATES),
        Use(WRITE_TEMPLATES, _CHANGE),
        Use(READ_SCOPE_TAGS, "with scope tags"),
        _REMOVING[1],
    ),
    "intune_notification_template_info": (Use(READ_TEMPLATES), Use(READ_SCOPE_TAGS, "for the names of scope tags")),
    "intune_permission": (
        Use(READ_APPLICATIONS),
        Use(WRITE_ROLES, "to change application permissions"),
        Use(READ_GRANTS, "with delegated permissions"),
        Use(WRITE_GRANTS, "to change delegated permissions"),
        Use(CREATE_PRINCIPALS, "to create a service principal"),
    ),
    "intune_permission_info": (
        Use(READ_APPLICATIONS, "with O(app_id) or O(read_grants)"),
        Use(READ_GRANTS, "with O(app_id) or O(read_grants)"),
    ),
    "intune_tenant_info": (
        Use(READ_ORGANIZATION),
        Use(READ_PLAY),
        Use(READ_GROUPS, "to look up groups"),
        Use(READ_MEMBERS, "to look up groups of users"),
        Use(READ_APPLICATIONS, "to look up applications"),
        Use(READ_APPS, "to look up apps"),
        Use(READ_CONFIGURATION, "to look up VPN profiles"),
        Use(READ_FILTERS, "to look up assignment filters"),
        Use(READ_SCOPE_TAGS, "to look up scope tags"),
        Use(READ_TEMPLATES, "to look up notification message templates"),
    ),
    "intune_vpn_profile": (
        Use(READ_CONFIGURATION),
        Use(WRITE_CONFIGURATION, _CHANGE),
        Use(READ_CREDENTIALS, "with the name of an issuer of derived credentials"),
        _REMOVING[0],
        *_ASSIGNING,
    ),
    "intune_vpn_profile_info": (Use(READ_CONFIGURATION), *_NAMING),
    # The inventory plugin.
    "managed_devices": (
        Use(READ_MANAGED_DEVICES),
        Use(READ_GROUPS, "with O(entra_groups)"),
        Use(READ_MEMBERS, "with O(entra_groups)"),
        Use(READ_DEVICES, "with O(entra_groups) that have devices in them"),
    ),
}

# What the role harmony_onboarding does, step by step; further names are for what a variable adds to a step.
STEPS: dict[str, tuple[Use, ...]] = {
    # A group that an application creates with Group.Create alone can be changed by nobody, nor taken back
    # [graph facts: groups].
    "groups": (Use(READ_GROUPS), Use(CREATE_GROUPS), Use(WRITE_GROUPS)),
    "groups_members": (Use(READ_MEMBERS), Use(WRITE_MEMBERS)),
    "groups_owners": (Use(READ_MEMBERS), Use(WRITE_OWNERS), Use(READ_USERS)),
    "groups_users": (Use(READ_USERS),),
    # Documented, but not every tenant insists on it.
    "groups_user_members": (Use(WRITE_USERS),),
    "filters": (Use(READ_FILTERS), Use(WRITE_FILTERS)),
    "apps": (Use(READ_APPS), Use(WRITE_APPS)),
    "apps_android": (Use(READ_PLAY), Use(APPROVE_PLAY)),
    "app_config": (Use(READ_APPS), Use(WRITE_APPS)),
    "certificate": (Use(READ_CONFIGURATION), Use(WRITE_CONFIGURATION)),
    "vpn": (Use(READ_CONFIGURATION), Use(WRITE_CONFIGURATION)),
    "compliance": (Use(READ_CONFIGURATION), Use(WRITE_CONFIGURATION)),
    "companion_apps": (Use(READ_APPS), Use(WRITE_APPS)),
    "notification": (Use(READ_TEMPLATES), Use(WRITE_TEMPLATES)),
    "app_protection": (Use(READ_APPS), Use(WRITE_APPS)),
    "conditional_access": (Use(READ_POLICIES), Use(WRITE_POLICIES), Use(NAME_APPLICATIONS)),
    "connector": (Use(READ_CONNECTORS), Use(WRITE_CONNECTORS)),
    "device_facts": (Use(READ_MANAGED_DEVICES),),
    "device_groups": (Use(READ_GROUPS), Use(READ_MEMBERS)),
    "assignments": (Use(READ_GROUPS),),
    "assigned_filters": (Use(READ_FILTERS),),
    "per_app_vpn": (Use(READ_CONFIGURATION),),
    "scope_tags": (Use(READ_SCOPE_TAGS),),
    "notification_templates": (Use(READ_TEMPLATES),),
    "remove_notification": (Use(READ_CONFIGURATION),),
    "remove_groups": (Use(READ_GROUPS), Use(READ_PARENTS), Use(WRITE_GROUPS), Use(READ_APPS), Use(READ_CONFIGURATION)),
}
