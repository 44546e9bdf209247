# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of what the collection does not manage and groups can be a target of; tests seed them as they are."""

from __future__ import annotations

from functools import partial

from .errors import INTUNE, bad_request
from .messages import Response
from .resources import BETA
from .routing import Call, Router

_APPS, _CONFIGURATION, _SERVICE = (
    "DeviceManagementApps",
    "DeviceManagementConfiguration",
    "DeviceManagementServiceConfig",
)
_SCRIPTS, _RBAC, _CLOUD = "DeviceManagementScripts", "DeviceManagementRBAC", "CloudPC"
# Collection -> what reading it takes.
FURTHER = {
    **{
        f"deviceAppManagement/{name}": _APPS
        for name in (
            "iosLobAppProvisioningConfigurations",
            "managedEBooks",
            "mdmWindowsInformationProtectionPolicies",
            "policySets",
            "wdacSupplementalPolicies",
            "windowsInformationProtectionPolicies",
        )
    },
    **{
        f"deviceManagement/{name}": permission
        for permission, names in {
            _CONFIGURATION: (
                "compliancePolicies",
                "configurationPolicies",
                "embeddedSIMActivationCodePools",
                "groupPolicyConfigurations",
                "hardwareConfigurations",
                "intents",
                "resourceAccessProfiles",
                "windowsDriverUpdateProfiles",
                "windowsFeatureUpdateProfiles",
                "windowsQualityUpdatePolicies",
                "windowsQualityUpdateProfiles",
            ),
            _SCRIPTS: (
                "deviceCustomAttributeShellScripts",
                "deviceHealthScripts",
                "deviceManagementScripts",
                "deviceShellScripts",
            ),
            _SERVICE: (
                "appleUserInitiatedEnrollmentProfiles",
                "intuneBrandingProfiles",
                "termsAndConditions",
                "windowsAutopilotDeploymentProfiles",
            ),
            _RBAC: ("operationApprovalPolicies", "roleAssignments"),
            _CLOUD: ("virtualEndpoint/provisioningPolicies", "virtualEndpoint/userSettings"),
        }.items()
        for name in names
    },
}
# These name groups in properties of their own.
_WITHOUT_ASSIGNMENTS = ("deviceManagement/operationApprovalPolicies", "deviceManagement/roleAssignments")


def add_routes(router: Router) -> None:
    for path in FURTHER:
        router.add("GET", path, partial(list_objects, path), INTUNE, ("$expand", "$select", "$top", "$format"), BETA)


def list_objects(path: str, call: Call) -> Response:
    expanded = [expansion.name for expansion in call.query.expand]
    if expanded and path in _WITHOUT_ASSIGNMENTS:
        raise bad_request("Could not find a navigation property named 'assignments'.")
    found = []
    for values in call.tenant.further.get(path, ()):
        hidden = set() if expanded else {"assignments"}
        found.append({name: value for name, value in values.items() if name not in hidden})
    return Response(200, {"@odata.context": call.context(path), "value": found})
