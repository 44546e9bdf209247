# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is exported, in an order in which it can be made: what is referred to comes before what refers to it."""

from __future__ import annotations

from .._engine.resource import Resource
from .app import App
from .app_config import AppConfig
from .assignment_filter import AssignmentFilter
from .certificate_profile import CertificateProfile
from .compliance_policy import CompliancePolicy
from .group import Group
from .mtd_connector import MtdConnector
from .vpn_profile import VpnProfile

RESOURCES: tuple[type[Resource], ...] = (
    AssignmentFilter,
    Group,
    CertificateProfile,
    VpnProfile,
    App,
    AppConfig,
    CompliancePolicy,
    MtdConnector,
)
_NUMBERS = {resource: 10 * (place + 1) for place, resource in enumerate(RESOURCES)}


def kind_of(resource: type[Resource]) -> str:
    """Return what the user calls objects of a resource: groups, apps."""
    return resource.plural or f"{resource.noun}s"


KINDS = tuple(kind_of(resource) for resource in RESOURCES)


def file_name(resource: type[Resource]) -> str:
    """Return the name of the variables file; read in the order of their names, the files can be applied."""
    return f"{_NUMBERS[resource]:02d}_intune_{kind_of(resource)}.yml"


def variable(resource: type[Resource]) -> str:
    return f"intune_{kind_of(resource)}"
