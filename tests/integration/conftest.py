# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulated tenant for each test process, reset before each test. A request that Graph finds malformed fails it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from tests.emulator.client import Emulator
from tests.integration.both_ways import SWITCH, WAYS, Comparison
from tests.integration.harness import Player, bad_requests
from tests.integration.inventories import Inventories

USERS = 160
# What a test may have changed in the running emulator.
_SETTINGS = {
    "latency": 0,
    "eventual": 0,
    "publishing": 0,
    "play_sync": 0,
    "page_size": None,
    "empty_pages": False,
    "rewrite_payloads": False,
}


class Certificates:
    """Files with certificates of all kinds that a user may hand in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        now = datetime.now(timezone.utc)
        self.authority = self._made(key, "ca.pem", now + timedelta(days=90), is_authority=True)
        self.other_authority = self._made(key, "other.pem", now + timedelta(days=91), is_authority=True)
        self.expired = self._made(key, "expired.pem", now - timedelta(days=1), is_authority=True)
        self.leaf = self._made(key, "leaf.pem", now + timedelta(days=90), is_authority=False)
        self.garbage = self._file(
            "garbage.pem", b"-----BEGIN CERTIFICATE-----\nthis is none\n-----END CERTIFICATE-----\n"
        )
        # For a login: the certificate with its key, and one without.
        self.login = self._file("login.pem", self.leaf.read_bytes() + self.key)
        self.without_key = self.leaf

    def with_password(self, password: bytes) -> Path:
        """The login certificate as PKCS #12."""
        key = serialization.load_pem_private_key(self.key, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        leaf = x509.load_pem_x509_certificate(self.leaf.read_bytes())
        content = pkcs12.serialize_key_and_certificates(
            b"login", key, leaf, None, serialization.BestAvailableEncryption(password)
        )
        return self._file("login.pfx", content)

    def _file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def _made(self, key: rsa.RSAPrivateKey, name: str, until: datetime, is_authority: bool) -> Path:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - timedelta(days=365))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        return self._file(name, made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def journal_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journal") / "journal"
    path.touch()
    return path


@pytest.fixture(scope="session")
def running_emulator(certificates: Certificates, journal_file: Path) -> Iterator[Emulator]:
    options: dict[str, Any] = {
        "users": USERS,
        "proxy_port": 0,
        "imds_port": 0,
        "client_certificate": [certificates.leaf],
        "journal": journal_file,
    }
    with Emulator(devices=40, **options) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """The tenant in its initial state; afterwards, no request may have been malformed."""
    running_emulator.reset()
    yield running_emulator
    journal = running_emulator.journal()
    running_emulator.settings(**_SETTINGS)
    if not request.node.get_closest_marker("provokes_bad_requests"):
        assert not bad_requests(journal)


@pytest.fixture(scope="session")
def ansible_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def player(running_emulator: Emulator, ansible_home: Path, journal_file: Path) -> Player:
    env = {name: value for name, value in running_emulator.env.items() if name != "AZURE_POD_IDENTITY_AUTHORITY_HOST"}
    return Player(ansible_home, {**env, "INTUNE_TOKEN_CACHE": str(ansible_home / "tokens")}, journal_file)


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Comparison:
    base = tmp_path_factory.getbasetemp()
    return Comparison(base if worker_id == "master" else base.parent)


@pytest.fixture
def play(
    player: Player, emulator: Emulator, comparison: Comparison, way: str, request: pytest.FixtureRequest
) -> Iterator[Player]:
    """Plays in one way. Of a test that runs in both, what Ansible returned is compared."""
    player.runs.clear()
    player.env[SWITCH] = str(way == "in_process").lower()
    yield player
    if not request.node.get_closest_marker("timing_decides"):
        comparison.add(request.node.nodeid, way, player.runs)


@pytest.fixture
def inventory(play: Player, emulator: Emulator, tmp_path: Path) -> Inventories:
    return Inventories(play, emulator, tmp_path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--both-ways", action="store_true", help="run every test in both ways, not only those marked both_ways"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "play" in metafunc.fixturenames:
        both = metafunc.config.getoption("--both-ways") or metafunc.definition.get_closest_marker("both_ways")
        metafunc.parametrize("way", WAYS if both else WAYS[:1])
