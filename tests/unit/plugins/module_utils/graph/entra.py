# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of Entra's token service as a login meets: tenant discovery, and a token endpoint that checks its client."""

from __future__ import annotations

import datetime
import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from tests.unit.plugins.module_utils.graph.server import Reply, Request, Server

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SECRET = "s3cr+t/with & signs~"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class KeyPair:
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def pem_key(self, password: bytes | None = None) -> bytes:
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def pem_certificate(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def pfx(self, password: bytes | None) -> bytes:
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"harmony", self.key, self.certificate, None, encryption)

    def thumbprint(self) -> str:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def make_key_pair() -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return KeyPair(key, self_signed(key))


def self_signed(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "harmony onboarding")])
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )


@dataclass
class Entra:
    """Answers for one application in one tenant. `tokens` counts what was issued."""

    server: Server
    secret: str = SECRET
    key_pair: KeyPair | None = None
    federated_tokens: tuple[str, ...] = ()
    expires_in: int = 3600
    delay: float = 0.0
    tokens: int = 0
    assertions: list[dict[str, Any]] = field(default_factory=list)
    token_requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.handler = self.handle

    @property
    def endpoint(self) -> str:
        return f"{self.server.url}/{TENANT}/oauth2/v2.0/token"

    def handle(self, request: Request) -> Reply:
        if request.path.endswith("/.well-known/openid-configuration"):
            return self._discovery(request)
        if request.path == f"/{TENANT}/oauth2/v2.0/token":
            return self._token(request)
        return Reply(200, {"id": "1", "value": [], "seen": request.headers.get("authorization")})

    def _discovery(self, request: Request) -> Reply:
        if request.path != f"/{TENANT}/v2.0/.well-known/openid-configuration":
            return self.refusal(
                90002, "invalid_tenant", "Tenant not found. Check to make sure you have the correct tenant ID."
            )
        root = f"{self.server.url}/{TENANT}"
        return Reply(
            200,
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": self.endpoint,
            },
        )

    def _token(self, request: Request) -> Reply:
        self.token_requests.append(request)
        form = request.form
        assert form["grant_type"] == "client_credentials"
        if form["client_id"] != CLIENT:
            return self.refusal(
                700016, "unauthorized_client", f"Application with identifier '{form['client_id']}' was not found"
            )
        refusal = (
            self._check_assertion(form) if form.get("client_assertion_type") == ASSERTION else self._check_secret(form)
        )
        if refusal:
            return refusal
        self.tokens += 1
        return Reply(
            200,
            {
                "token_type": "Bearer",
                "expires_in": self.expires_in,
                "access_token": f"issued-token-number-{self.tokens}",
            },
            delay=self.delay,
        )

    def _check_secret(self, form: dict[str, str]) -> Reply | None:
        if form.get("client_secret") == self.secret:
            return None
        return self.refusal(7000215, "invalid_client", f"Invalid client secret provided: {form.get('client_secret')}")

    def _check_assertion(self, form: dict[str, str]) -> Reply | None:
        if form["client_assertion"] in self.federated_tokens:
            return None
        if self.key_pair is None:
            return self.refusal(
                700213, "invalid_client", "No matching federated identity record found for presented assertion subject"
            )
        header = jwt.get_unverified_header(form["client_assertion"])
        if header.get("x5t#S256", "").rstrip("=") != self.key_pair.thumbprint() or header["alg"] != "PS256":
            return self.refusal(
                700027, "invalid_client", f"Client assertion failed signature validation: {form['client_assertion']}"
            )
        claims = jwt.decode(
            form["client_assertion"], self.key_pair.key.public_key(), algorithms=["PS256"], audience=self.endpoint
        )
        assert claims["iss"] == claims["sub"] == CLIENT
        assert 300 <= claims["exp"] - claims["iat"] <= 600
        self.assertions.append(claims)
        return None

    def refusal(self, code: int, error: str, text: str) -> Reply:
        return Reply(
            400 if code == 90002 else 401,
            {
                "error": error,
                "error_codes": [code],
                "timestamp": "2026-11-24 05:00:00Z",
                "trace_id": "trace-1",
                "correlation_id": "correlation-1",
                "error_description": (
                    f"AADSTS{code}: {text} Trace ID: trace-1 Correlation ID: correlation-1 "
                    "Timestamp: 2026-11-24 05:00:00Z"
                ),
            },
        )
