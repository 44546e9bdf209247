# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a client certificate with its private key out of a PEM or PFX file."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ConfigurationError
from ..transport import missing_library

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def load(content: bytes, path: str, password: str | None) -> tuple[str, str]:
    """The private key, unencrypted, and the certificate that belongs to it, both as PEM text. Raises
    ConfigurationError.
    """
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError:
        raise missing_library("cryptography") from None
    secret = password.encode("utf-8") if password else None
    key, certificates = (
        _from_pem(content, path, secret) if b"-----BEGIN " in content else _from_pfx(content, path, secret)
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError(
            f"certificate_path '{path}' holds a key that is not RSA; Microsoft Entra takes RSA keys only."
        )
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    encoding = serialization.Encoding.PEM
    expected = key.public_key().public_bytes(encoding, public)
    for cert in certificates:
        if cert.public_key().public_bytes(encoding, public) == expected:
            plain = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            return plain.decode("ascii"), cert.public_bytes(encoding).decode("ascii")
    raise ConfigurationError(f"certificate_path '{path}' holds no certificate for its private key.")


def _from_pem(content: bytes, path: str, secret: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    blocks = [(match.group(1), match.group(0)) for match in _BLOCK.finditer(content)]
    keys = [block for label, block in blocks if label.endswith(b"PRIVATE KEY")]
    certificates = [block for label, block in blocks if label == b"CERTIFICATE"]
    if not keys:
        raise ConfigurationError(
            f"certificate_path '{path}' holds no private key: put the key and the certificate into that one file."
        )
    if not certificates:
        raise ConfigurationError(
            f"certificate_path '{path}' holds a private key but no certificate: put both into that one file."
        )
    encrypted = b"ENCRYPTED" in keys[0]
    if encrypted and secret is None:
        raise ConfigurationError(
            f"The private key in certificate_path '{path}' is encrypted: set certificate_password "
            "(AZURE_CLIENT_CERTIFICATE_PASSWORD)."
        )
    try:
        # A password for a key that has none is an error to cryptography; it does no harm.
        key = serialization.load_pem_private_key(keys[0], secret if encrypted else None)
    except Exception:  # ValueError, TypeError, UnsupportedAlgorithm, by version and by what is wrong
        raise _wrong_password_or_broken(path, "private key", encrypted) from None
    try:
        return key, [x509.load_pem_x509_certificate(block) for block in certificates]
    except ValueError:
        raise ConfigurationError(f"A certificate in certificate_path '{path}' cannot be decoded.") from None


def _from_pfx(content: bytes, path: str, secret: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    if content.startswith(b"$ANSIBLE_VAULT;"):
        raise ConfigurationError(f"certificate_path '{path}' is encrypted with Ansible Vault: name a decrypted file.")
    if not content.startswith(b"\x30"):
        raise ConfigurationError(f"certificate_path '{path}' is neither a PEM nor a PFX (PKCS#12) file.")
    # No password is tried too, and the empty one that some programs write: a password too many does no harm.
    opened = next(
        (found for found in (_opened(pkcs12, content, password) for password in (secret, None, b"")) if found), None
    )
    if opened is None:
        raise _wrong_password_or_broken(path, "PFX file", True)
    key, cert, more = opened
    if key is None:
        raise ConfigurationError(
            f"certificate_path '{path}' holds no private key: export the certificate with its key."
        )
    return key, ([cert] if cert is not None else []) + list(more)


def _opened(pkcs12: Any, content: bytes, password: bytes | None) -> tuple[Any, Any, list[Any]] | None:
    try:
        found: tuple[Any, Any, list[Any]] = pkcs12.load_key_and_certificates(content, password)
        return found
    except Exception:  # ValueError in most versions, others for content that is no PKCS#12
        return None


def _wrong_password_or_broken(path: str, what: str, encrypted: bool) -> ConfigurationError:
    if encrypted:
        return ConfigurationError(
            f"The {what} in certificate_path '{path}' cannot be opened: "
            "certificate_password is wrong or missing, or the file is damaged."
        )
    return ConfigurationError(f"The {what} in certificate_path '{path}' cannot be decoded.")
