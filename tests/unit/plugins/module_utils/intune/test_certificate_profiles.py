# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trusted root certificates of every platform: all options, what is given back, and what is refused."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ansible_collections.mobilesec.intune.plugins.module_utils._resources.certificate_profile import PLATFORMS, to_der
from tests.samples import PROFILES
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.module_utils.intune.new_objects import APPLICABILITY

Json = dict[str, Any]
OWN: dict[str, Json] = {
    "macos": {"deployment_channel": "user_channel"},
    "windows": {"destination_store": "user_cert_store_intermediate"},
}


def authority(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=30)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def root() -> str:
    return authority("Root")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_profile_with_every_option_is_made_found_again_read_back_changed_and_removed(
    tenant: Tenant, platform: str, root: str
) -> None:
    own = OWN.get(platform, {})
    options: Json = {
        "name": "Root",
        "platform": platform,
        "certificate": root,
        "cert_file_name": "contoso.cer",
        **own,
        **APPLICABILITY,
    }
    made = tenant.lives(
        "intune_certificate_profile", **options, scope_tags=["Mobile Security"], assignments=[{"all_devices": True}]
    )
    (profile,) = tenant.records(PROFILES)
    assert profile["@odata.type"] == PLATFORMS[platform].odata_type
    (found,) = tenant("intune_certificate_profile_info", name="Root")["certificate_profiles"]
    assert found.keys() >= options.keys()
    assert to_der(found["certificate"].encode()) == to_der(root.encode())
    assert tenant("intune_certificate_profile", **found)["changed"] is False
    renewed = tenant.lives(
        "intune_certificate_profile",
        name="Root",
        platform=platform,
        certificate=authority("Root"),
        description="Renewed",
    )
    assert renewed["id"] == made["id"]
    assert tenant("intune_certificate_profile", name="Root", platform=platform, state="absent")["changed"] is True
    assert tenant.records(PROFILES) == []


def test_a_certificate_that_the_portal_stored_as_a_pem_file_is_the_same(tenant: Tenant, root: str) -> None:
    stored = base64.b64encode(root.replace("\n", "\r\n").encode()).decode()
    tenant.have(PROFILES, "iosTrustedRootCertificate", "Root", trustedRootCertificate=stored, certFileName="root.cer")
    assert tenant("intune_certificate_profile", name="Root", platform="ios", certificate=root)["changed"] is False
    (found,) = tenant("intune_certificate_profile_info", name="Root")["certificate_profiles"]
    assert tenant("intune_certificate_profile", **found)["changed"] is False


def test_the_examples_of_the_documentation_run(
    tenant: Tenant, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "contoso-root.pem").write_text(root, encoding="ascii")
    (tmp_path / "files" / "contoso-issuing.cer").write_bytes(to_der(root.encode()))
    results = tenant.run_examples("intune_certificate_profile", contoso_root_pem=root)
    assert all(result["changed"] and result["warnings"] == [] for result in results)


@pytest.mark.parametrize(
    ("platform", "options"),
    [
        ("ios", OWN["macos"]),
        ("windows", OWN["macos"]),
        ("macos", OWN["windows"]),
        ("android_device_owner", OWN["windows"]),
    ],
)
def test_an_option_of_another_platform_is_refused(tenant: Tenant, platform: str, options: Json, root: str) -> None:
    (option,) = options
    said = tenant.fails("intune_certificate_profile", name="Root", platform=platform, certificate=root, **options)
    assert f"has no {option}" in said
    assert tenant.emulator.journal() == []
    made = tenant("intune_certificate_profile", name="Root", platform=platform, certificate=root)
    assert f"has no {option}" in tenant.fails("intune_certificate_profile", id=made["id"], **options)


def test_another_platform_is_refused_and_made_with_recreate(tenant: Tenant, root: str) -> None:
    made = tenant(
        "intune_certificate_profile", name="Root", platform="ios", certificate=root, assignments=[{"all_users": True}]
    )
    wanted: Json = {"id": made["id"], "platform": "macos", "certificate": root}
    said = tenant.fails("intune_certificate_profile", **wanted)
    assert "platform" in said
    assert "recreate=true" in said
    assert tenant("intune_certificate_profile", recreate=True, **wanted)["changed"] is True
    (profile,) = tenant.records(PROFILES)
    assert profile["@odata.type"] == PLATFORMS["macos"].odata_type
    assert len(profile["assignments"]) == 1
