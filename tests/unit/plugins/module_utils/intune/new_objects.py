# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What creates an object of each resource module."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import strategies as st

from tests.samples import STORE_APP, VPN
from tests.unit.documentation.pages import RESOURCE_MODULES

Json = dict[str, Any]

properties = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.recursive(
        st.one_of(st.text(max_size=8), st.booleans(), st.integers(-(2**31), 2**31), st.lists(st.text(max_size=8))),
        lambda inner: st.one_of(
            st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
            st.lists(st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3), min_size=1, max_size=2),
        ),
        max_leaves=6,
    ),
    max_size=5,
)


def certificate(ca: bool | None = True, days: int = 30) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=60)).not_valid_after(
        now + datetime.timedelta(days=days)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256())


AUTHORITY = certificate().public_bytes(Encoding.PEM).decode()
# Module -> what a new object needs besides its name. None: its objects have no name, or take permissions of their own.
NEW: dict[str, Any] = {
    **{name: {} for name in RESOURCE_MODULES},
    "intune_app": STORE_APP,
    "intune_app_config": {"target_apps": ["Target"], "ios": {"settings": [{"key": "a", "value": "b"}]}},
    "intune_app_protection_policy": {"ios": {"app_group_type": "all_apps"}},
    "intune_assignment_filter": {"platform": "ios", "rule": '(device.model -eq "x")'},
    "intune_certificate_profile": {"platform": "ios", "certificate": AUTHORITY},
    "intune_compliance_policy": {
        "ios": {"device_threat_protection_enabled": True, "device_threat_protection_required_security_level": "low"}
    },
    "intune_conditional_access_policy": None,
    "intune_custom_profile": {"ios": {"payload": "<plist><dict/></plist>"}},
    "intune_group": {"description": "d"},
    "intune_mtd_connector": None,
    "intune_vpn_profile": {"ios": VPN},
}
APPLICABILITY: Json = {
    "device_management_applicability_rule_os_edition": {
        "os_edition_types": ["windows10_education", "windows10_enterprise"],
        "rule_type": "include",
        "name": "Editions",
    },
    "device_management_applicability_rule_os_version": {
        "min_os_version": "10.0.19041",
        "max_os_version": "10.0.99999",
        "rule_type": "exclude",
        "name": "Versions",
    },
    "device_management_applicability_rule_device_mode": {
        "device_mode": "s_mode_configuration",
        "rule_type": "exclude",
        "name": "Mode",
    },
}
