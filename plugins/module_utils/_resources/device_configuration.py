# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all profiles of beta /deviceManagement/deviceConfigurations have in common."""

from __future__ import annotations

from .._engine.complex_fields import Complex
from .._engine.fields import PLAIN, Enum, EnumSet, Field, named
from .._engine.resource import base_fields
from .assignable import DEVICE_CONFIGURATION_ASSIGNMENTS, AssignedResource
from .reference_types import SCOPE_TAG

_RULE = (Field("rule_type", "ruleType", Enum("include", "exclude"), required=True), Field("name", "name"))
_EDITIONS = EnumSet(
    "windows10Enterprise",
    "windows10EnterpriseN",
    "windows10Education",
    "windows10EducationN",
    "windows10MobileEnterprise",
    "windows10HolographicEnterprise",
    "windows10Professional",
    "windows10ProfessionalN",
    "windows10ProfessionalEducation",
    "windows10ProfessionalEducationN",
    "windows10ProfessionalWorkstation",
    "windows10ProfessionalWorkstationN",
    "notConfigured",
    "windows10Home",
    "windows10HomeChina",
    "windows10HomeN",
    "windows10HomeSingleLanguage",
    "windows10Mobile",
    "windows10IoTCore",
    "windows10IoTCoreCommercial",
)

_MODES = Enum("standardConfiguration", "sModeConfiguration")

# Which Windows devices a profile is for; Intune has such rules for Windows only.
APPLICABILITY = (
    *named(
        Complex(Field("os_edition_types", "osEditionTypes", _EDITIONS, required=True), *_RULE),
        "deviceManagementApplicabilityRuleOsEdition",
    ),
    *named(
        Complex(*named(PLAIN, "minOSVersion", "maxOSVersion"), *_RULE), "deviceManagementApplicabilityRuleOsVersion"
    ),
    *named(
        Complex(Field("device_mode", "deviceMode", _MODES, required=True), *_RULE),
        "deviceManagementApplicabilityRuleDeviceMode",
    ),
)


class DeviceConfiguration(AssignedResource):
    path = "deviceManagement/deviceConfigurations"
    shares_collection = True
    common_fields = base_fields(SCOPE_TAG) + APPLICABILITY
    assignable = DEVICE_CONFIGURATION_ASSIGNMENTS
    reported = ("version", "createdDateTime", "lastModifiedDateTime")
