# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credential the options choose, and what each needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth import certificate
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.credentials import (
    AccessToken,
    Certificate,
    ClientSecret,
    Credential,
    FederatedToken,
    ManagedIdentity,
    from_params,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import ConfigurationError
from tests.unit.plugins.module_utils.graph.entra import CLIENT, SECRET, TENANT, KeyPair, self_signed

PASSWORD = "pass word-of-the-key"
EVERYTHING: dict[str, Any] = {
    "tenant_id": TENANT,
    "client_id": CLIENT,
    "access_token": "given-token",
    "managed_identity": True,
    "certificate_path": "/c.pem",
    "certificate_password": PASSWORD,
    "federated_token_file": "/f",
    "client_secret": SECRET,
}


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        ((), AccessToken("given-token")),
        (("access_token",), ManagedIdentity(CLIENT)),
        (("access_token", "managed_identity"), Certificate(TENANT, CLIENT, "/c.pem", PASSWORD)),
        (("access_token", "managed_identity", "certificate_path"), FederatedToken(TENANT, CLIENT, "/f")),
        (
            ("access_token", "managed_identity", "certificate_path", "federated_token_file"),
            ClientSecret(TENANT, CLIENT, SECRET),
        ),
    ],
)
def test_one_credential_is_chosen_by_precedence(absent: tuple[str, ...], expected: Credential) -> None:
    for nothing in (None, ""):
        assert from_params({**EVERYTHING, **dict.fromkeys(absent, nothing)}) == expected
    assert from_params({option: value for option, value in EVERYTHING.items() if option not in absent}) == expected


def test_a_machine_identity_needs_no_client() -> None:
    assert from_params({"managed_identity": True}) == ManagedIdentity(None)


def test_no_credential_names_them_all() -> None:
    names = r"access_token \(INTUNE_ACCESS_TOKEN\).*client_secret \(AZURE_CLIENT_SECRET\)"
    with pytest.raises(ConfigurationError, match=rf"{names}\. A task with become, or on another machine, does not see"):
        from_params({"tenant_id": TENANT, "client_id": CLIENT, "managed_identity": False})


@pytest.mark.parametrize(("option", "variable"), [("tenant_id", "AZURE_TENANT_ID"), ("client_id", "AZURE_CLIENT_ID")])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_option_is_named_with_its_variable(option: str, variable: str, value: str | None) -> None:
    with pytest.raises(
        ConfigurationError, match=f"{option} is missing: set it, or the environment variable {variable}"
    ):
        from_params({"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET, option: value})


@pytest.mark.parametrize("tenant", ["common", "Organizations", "consumers", "a/b", "a b", "..", "a?b"])
def test_what_is_no_tenant_is_refused(tenant: str) -> None:
    with pytest.raises(ConfigurationError, match="tenant_id"):
        from_params({"tenant_id": tenant, "client_id": CLIENT, "client_secret": SECRET})


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "umläut"])
def test_what_is_no_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ConfigurationError, match="access_token is not a token") as caught:
        from_params({"access_token": token})
    assert token not in str(caught.value)


def test_no_secret_in_a_representation() -> None:
    shown = repr(
        [ClientSecret(TENANT, CLIENT, SECRET), Certificate(TENANT, CLIENT, "/c", PASSWORD), AccessToken("given-token")]
    )
    assert not any(secret in shown for secret in (SECRET, PASSWORD, "given-token"))


def test_fingerprints_tell_credentials_apart_and_nothing_else(tmp_path: Path) -> None:
    first, second = tmp_path / "1.pem", tmp_path / "2.pem"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    made = [
        ClientSecret(TENANT, CLIENT, "a" * 9).fingerprint(),
        ClientSecret(TENANT, CLIENT, "b" * 9).fingerprint(),
        Certificate(TENANT, CLIENT, str(first)).fingerprint(),
        Certificate(TENANT, CLIENT, str(second)).fingerprint(),
        FederatedToken(TENANT, CLIENT, "/1").fingerprint(),
        ManagedIdentity(None).fingerprint(),
        ManagedIdentity(CLIENT).fingerprint(),
    ]
    assert len(set(made)) == len(made)
    assert "a" * 9 not in made[0]


# -- certificates -------------------------------------------------------------------------------------------------


def load(content: bytes, password: str | None = None) -> tuple[str, str]:
    return certificate.load(content, "/the/file", password)


@pytest.mark.parametrize(("password", "given"), [(None, None), (None, PASSWORD), (PASSWORD, PASSWORD)])
@pytest.mark.parametrize("form", ["pem", "pem_certificate_first", "pem_with_text", "pfx"])
def test_every_form_of_file_gives_key_and_certificate(
    key_pair: KeyPair, form: str, password: str | None, given: str | None
) -> None:
    encoded = password.encode() if password else None
    key, cert = key_pair.pem_key(encoded), key_pair.pem_certificate()
    content = {
        "pem": key + cert,
        "pem_certificate_first": cert + key,
        "pem_with_text": b"Bag Attributes\r\n" + key + b"\nsubject=x\n" + cert,
        "pfx": key_pair.pfx(encoded),
    }[form]
    plain, public = load(content, given)
    assert plain.encode() == key_pair.pem_key()
    assert public.encode() == cert


def test_an_old_openssl_key_is_read(key_pair: KeyPair) -> None:
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    key = key_pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, encryption
    )
    assert b"Proc-Type: 4,ENCRYPTED" in key
    assert load(key + key_pair.pem_certificate(), PASSWORD)[0].encode() == key_pair.pem_key()


def test_of_a_chain_the_certificate_of_the_key_is_taken(key_pair: KeyPair, other_key_pair: KeyPair) -> None:
    content = key_pair.pem_key() + other_key_pair.pem_certificate() + key_pair.pem_certificate()
    assert load(content)[1].encode() == key_pair.pem_certificate()


def block(label: str) -> bytes:
    return f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n".encode()


def wrong_files(pair: KeyPair, other: KeyPair) -> dict[str, tuple[bytes, str | None, str]]:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    ec_pem = elliptic.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ec_pem += self_signed(elliptic).public_bytes(serialization.Encoding.PEM)
    encoded = PASSWORD.encode()
    return {
        "no key": (pair.pem_certificate(), None, "holds no private key"),
        "no certificate": (pair.pem_key(), None, "a private key but no certificate"),
        "no password": (pair.pem_key(encoded) + pair.pem_certificate(), None, "is encrypted: set certificate_password"),
        "wrong password": (
            pair.pem_key(encoded) + pair.pem_certificate(),
            "wrong-password",
            "certificate_password is wrong",
        ),
        "wrong password of a pfx": (pair.pfx(encoded), "wrong-password", "certificate_password is wrong"),
        "no password of a pfx": (pair.pfx(encoded), None, "wrong or missing"),
        "other certificate": (pair.pem_key() + other.pem_certificate(), None, "no certificate for its private key"),
        "elliptic": (ec_pem, None, "not RSA"),
        "damaged key": (block("PRIVATE KEY") + pair.pem_certificate(), None, "private key .* cannot be decoded"),
        "damaged certificate": (pair.pem_key() + block("CERTIFICATE"), None, "A certificate in .* cannot be decoded"),
        "still encrypted": (
            b"$ANSIBLE_VAULT;1.1;AES256\n6162",
            None,
            "is encrypted with Ansible Vault: name a decrypted",
        ),
        "not a certificate": (b"hello", None, "neither a PEM nor a PFX"),
        "empty": (b"", None, "neither a PEM nor a PFX"),
        "damaged pfx": (b"\x30\x03abc", None, "the file is damaged"),
    }


@pytest.mark.parametrize(
    "case",
    [
        "no key",
        "no certificate",
        "no password",
        "wrong password",
        "wrong password of a pfx",
        "no password of a pfx",
        "other certificate",
        "elliptic",
        "damaged key",
        "damaged certificate",
        "still encrypted",
        "not a certificate",
        "empty",
        "damaged pfx",
    ],
)
def test_a_wrong_file_is_explained_in_a_sentence(key_pair: KeyPair, other_key_pair: KeyPair, case: str) -> None:
    content, password, words = wrong_files(key_pair, other_key_pair)[case]
    with pytest.raises(ConfigurationError, match=words) as caught:
        load(content, password)
    assert "/the/file" in str(caught.value)
    assert "wrong-password" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("path", ["/no/such/file.pem", "/"])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    with pytest.raises(ConfigurationError, match=f"certificate_path '{path}' cannot be read: "):
        Certificate(TENANT, CLIENT, path).fingerprint()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b" \n", "is empty"), (b"two words", "does not hold a token"), (None, "cannot be read: No such file")],
)
def test_a_federated_token_file_that_holds_no_token(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words):
        FederatedToken(TENANT, CLIENT, str(path)).read()
