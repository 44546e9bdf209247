# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of the collection, in an order in which they can be created: what others refer to comes first.

They are deleted in the reverse order. Each has the modules intune_<singular> and intune_<singular>_info, is exported,
and can stand in a document.
"""

from __future__ import annotations

from .._engine.resource import Resource
from .app import App
from .app_config import AppConfig
from .app_protection_policy import AppProtectionPolicy
from .assignment_filter import AssignmentFilter
from .certificate_profile import CertificateProfile
from .compliance_policy import CompliancePolicy
from .conditional_access_policy import ConditionalAccessPolicy
from .custom_profile import CustomProfile
from .group import Group
from .mtd_connector import MtdConnector
from .notification_template import NotificationTemplate
from .vpn_profile import VpnProfile

RESOURCES: tuple[type[Resource], ...] = (
    AssignmentFilter,
    Group,
    CertificateProfile,
    VpnProfile,
    CustomProfile,
    App,
    AppConfig,
    AppProtectionPolicy,
    MtdConnector,
    NotificationTemplate,
    CompliancePolicy,
    ConditionalAccessPolicy,
)
BY_PLURAL = {resource.plural: resource for resource in RESOURCES}


def file_name(resource: type[Resource]) -> str:
    """Return the name of the file in a folder that holds a whole configuration."""
    return f"{resource.plural}.yml"


def variable(resource: type[Resource]) -> str:
    """Return the name of the variable in that file: groups and others are names that Ansible itself uses."""
    return f"intune_{resource.plural}"
