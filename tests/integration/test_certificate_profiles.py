# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_certificate_profile against the emulated tenant."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.emulator.client import Emulator
from tests.integration.conftest import Certificates
from tests.integration.harness import HARRY, Player, run_through, task


@pytest.mark.parametrize("platform", ["ios", "windows"])
def test_a_trusted_root_lives_through_check_real_and_repeated_runs(
    play: Player, emulator: Emulator, certificates: Certificates, platform: str
) -> None:
    run = run_through(
        play,
        "intune_certificate_profile",
        {
            "name": HARRY,
            "platform": platform,
            "certificate": certificates.authority.read_text(),
            "assignments": [{"all_users": True}],
        },
        {"certificate": certificates.other_authority.read_text(), "description": "Renewed"},
        {"name": HARRY, "platform": platform},
    )
    assert run["create"].result["certificate_profile"]["type"].endswith("trusted_root_certificate")


def test_pem_der_and_text_of_one_certificate_are_the_same(
    play: Player, emulator: Emulator, certificates: Certificates
) -> None:
    pem = certificates.authority.read_text(encoding="ascii")
    der = certificates.folder / "ca.cer"
    der.write_bytes(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER))
    run = play(
        [
            task(
                "intune_certificate_profile",
                "create",
                name="c",
                platform="ios",
                root_certificate_path=str(certificates.authority),
            ),
            task("intune_certificate_profile", "der", name="c", platform="ios", root_certificate_path=str(der)),
            task("intune_certificate_profile", "text", name="c", platform="ios", certificate=pem),
            task(
                "intune_certificate_profile",
                "crlf",
                name="c",
                platform="ios",
                certificate="subject=x\r\n" + pem.replace("\n", "\r\n"),
            ),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False, False]


def test_what_is_no_valid_authority_is_refused_before_anything_is_written(
    play: Player, emulator: Emulator, certificates: Certificates
) -> None:
    expected = {
        str(certificates.expired): "expired on",
        str(certificates.leaf): "CA:TRUE",
        str(certificates.garbage): "cannot be used",
        str(certificates.folder / "missing.pem"): "cannot be read",
    }
    tasks = [
        task(
            "intune_certificate_profile", path, ignore_errors=True, name="c", platform="ios", root_certificate_path=path
        )
        for path in expected
    ]
    both = certificates.authority.read_text(encoding="ascii") + certificates.other_authority.read_text(encoding="ascii")
    tasks.append(
        task("intune_certificate_profile", "two", ignore_errors=True, name="c", platform="ios", certificate=both)
    )
    run = play(tasks)
    for item in run.tasks:
        assert item.failed
        assert expected.get(item.name, "more than one") in item.message
        assert item.writes == []
    assert "Traceback" not in run.output


def test_a_profile_without_a_certificate_is_not_created(play: Player, emulator: Emulator) -> None:
    run = play([task("intune_certificate_profile", "create", ignore_errors=True, name="c")])
    assert run["create"].failed
    assert "platform" in run["create"].message
    assert not run["create"].writes
