# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entra's side: discovery, the token endpoint, and the tokens Graph checks.

A secret is compared and forgotten; no error repeats what was sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .errors import GraphFault
from .messages import Json, Request, Response
from .settings import CLOUD_HOSTS, Settings
from .users import DEVICE_GRANT, USER_ID, Refused, Users, user_name

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FEDERATED_AUDIENCE = "api://AzureADTokenExchange"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Client:
    """An application and what it can log in with; a federated credential is an issuer and a subject."""

    client_id: str
    secrets: list[str]
    certificates: list[x509.Certificate]
    federated: list[tuple[str, str | None]]


@dataclass(frozen=True)
class Expected:
    """What an assertion has to say, and the number of the error for one that does not."""

    key: Any
    algorithms: list[str]
    audiences: list[str]
    issuer: str
    subjects: Sequence[str | None] | None
    error_number: int


class Entra:
    """The token service of one tenant."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.generation = 0
        # The app roles of a new token; those that were issued before keep theirs.
        self.granted: Callable[[str], Sequence[str]] = lambda client_id: settings.permissions
        # The app registration of an application that has a service principal, besides the one of the settings.
        self.registered: Callable[[str], Json] = lambda client_id: None
        # The scopes of an application's delegated permissions; None for one that the tenant does not know.
        self.consented: Callable[[str], list[str] | None] = lambda client_id: None
        self.users = Users(settings, self._scopes, self.issue_to_user, self._signed)
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = _base64url(
            hashlib.sha256(
                self._key.public_key().public_bytes(
                    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
                )
            ).digest()
        )
        self._certificates = [
            x509.load_pem_x509_certificate(path.read_bytes()) for path in settings.client_certificates
        ]
        self._federated_key = (
            serialization.load_pem_public_key(settings.federated_issuer_key.read_bytes())
            if settings.federated_issuer_key
            else None
        )

    # -- HTTP ----------------------------------------------------------------------------------------------------

    def handles(self, path: str) -> bool:
        return (
            path.endswith("/.well-known/openid-configuration")
            or path.lower() == "/common/discovery/instance"
            or "/oauth2/v2.0/" in path
            or "/discovery/v2.0/keys" in path
        )

    def respond(self, request: Request) -> Response:
        try:
            return self._respond(request)
        except Refused as refusal:
            return self._refusal(refusal, request)

    def _respond(self, request: Request) -> Response:
        path = request.path
        if path.lower() == "/common/discovery/instance":
            return self._instances(request)
        tenant = unquote(path.split("/")[1])
        if tenant.lower() not in (self.settings.tenant_id.lower(), self.settings.tenant_domain.lower()):
            raise Refused(
                400,
                "invalid_tenant",
                90002,
                f"Tenant '{tenant[:64]}' not found. Check to make sure you have the correct tenant ID and are "
                "signing into the correct cloud.",
            )
        if path.endswith("/v2.0/.well-known/openid-configuration"):
            return Response(200, self._discovery(request.root, tenant))
        if path.endswith("/discovery/v2.0/keys"):
            return Response(200, {"keys": [self._public_key()]})
        if path.endswith("/oauth2/v2.0/devicecode") and request.method == "POST":
            form = self._form(request)
            openid = {"openid", "profile", "offline_access", "email"}
            asked = [scope.rpartition("/") for scope in form.get("scope", "").split() if scope not in openid]
            audiences = {self._audience(request, f"{audience}/.default") for audience, _slash, _name in asked}
            if len(audiences) != 1:
                raise Refused(
                    400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."
                )
            names = [name for _audience, _slash, name in asked if name != ".default"]
            return Response(200, self.users.begin(request.root, form, audiences.pop(), names))
        if path.endswith("/oauth2/v2.0/token"):
            if request.method != "POST":
                raise Refused(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
            return Response(200, self._token(request, tenant), {"Cache-Control": "no-store, no-cache"})
        return Response(404)

    def _refusal(self, refusal: Refused, request: Request) -> Response:
        now = self.settings.clock.date().strftime("%Y-%m-%d %H:%M:%SZ")
        trace = str(uuid.uuid4())
        body = {
            "error": refusal.error,
            "error_description": (
                f"AADSTS{refusal.number}: {refusal.text} Trace ID: {trace} Correlation ID: "
                f"{request.client_request_id} Timestamp: {now}"
            ),
            "error_codes": [refusal.number],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": request.client_request_id,
            "error_uri": f"{request.root}/error?code={refusal.number}",
        }
        return Response(refusal.status, body)

    def _instances(self, request: Request) -> Response:
        host = urlsplit(request.root).netloc
        authority = f"{request.root}/{self.settings.tenant_id}/v2.0"
        return Response(
            200,
            {
                "tenant_discovery_endpoint": f"{authority}/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            },
        )

    def _discovery(self, root: str, tenant: str) -> Json:
        return {
            "token_endpoint": f"{root}/{tenant}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{root}/{tenant}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": f"{root}/{self.settings.tenant_id}/v2.0",
            "authorization_endpoint": f"{root}/{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/{tenant}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
            "cloud_instance_name": urlsplit(root).netloc,
        }

    def _public_key(self) -> Json:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return key | {"kid": self._key_id, "use": "sig", "alg": "RS256"}

    # -- the token endpoint --------------------------------------------------------------------------------------

    def _form(self, request: Request) -> dict[str, str]:
        if (
            request.headers.get("content-type", "").partition(";")[0].strip().lower()
            != "application/x-www-form-urlencoded"
        ):
            raise Refused(
                400,
                "invalid_request",
                900144,
                "The request body must be form data (application/x-www-form-urlencoded).",
            )
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))

    def _token(self, request: Request, tenant: str) -> Json:
        form = self._form(request)
        self._basic(request, form)
        if form.get("grant_type") in (DEVICE_GRANT, "refresh_token"):
            return self.users.token(request.root, form)
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        for name in ("client_id", "scope"):
            if not form.get(name):
                raise Refused(
                    400, "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'."
                )
        client_id = form["client_id"].lower()
        client = self._client(client_id)
        if client is None:
            raise Refused(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{form['client_id'][:64]}' was not found in the directory "
                "'Contoso Example'.",
            )
        self._authenticate(request, form, tenant, client)
        audience = self._audience(request, form["scope"])
        return {
            "token_type": "Bearer",
            "expires_in": self.settings.token_lifetime_s,
            "ext_expires_in": self.settings.token_lifetime_s,
            "access_token": self.issue(audience, client_id),
        }

    def _client(self, client_id: str) -> Client | None:
        settings = self.settings
        if client_id == settings.client_id.lower():
            federated = [(settings.federated_issuer, settings.federated_subject)]
            return Client(client_id, [settings.client_secret], self._certificates, federated)
        found = self.registered(client_id)
        if found is None:
            return None
        certificates = [x509.load_der_x509_certificate(base64.b64decode(key["key"])) for key in found["keyCredentials"]]
        # What is new is not known everywhere at once.
        secrets = [
            password["secretText"]
            for password in found["passwordCredentials"]
            if settings.clock.now() - password["born"] >= settings.eventual / 1000
        ]
        return Client(
            client_id, secrets, certificates, [(each["issuer"], each["subject"]) for each in found["federated"]]
        )

    @staticmethod
    def _basic(request: Request, form: dict[str, str]) -> None:
        header = request.headers.get("authorization", "")
        if not header.lower().startswith("basic "):
            return
        try:
            name, _colon, secret = base64.b64decode(header[6:]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refused(400, "invalid_request", 900144, "The Authorization header is malformed.") from error
        form.setdefault("client_id", unquote(name))
        form.setdefault("client_secret", unquote(secret))

    def _authenticate(self, request: Request, form: dict[str, str], tenant: str, client: Client) -> None:
        if form.get("client_assertion"):
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise Refused(400, "invalid_request", 50027, "The client_assertion_type is not supported.")
            self._assertion(form["client_assertion"], f"{request.root}/{tenant}/oauth2/v2.0/token", client)
        elif not form.get("client_secret"):
            raise Refused(
                401,
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        elif not any(hmac.compare_digest(form["client_secret"].encode(), each.encode()) for each in client.secrets):
            raise Refused(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                "secret value, not the client secret ID, "
                f"for a secret added to app '{client.client_id}'.",
            )

    def _assertion(self, assertion: str, audience: str, client: Client) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.PyJWTError as error:
            raise Refused(401, "invalid_client", 50027, "JWT token is invalid or malformed.") from error
        if "x5t" in header or "x5t#S256" in header:
            self._certificate_assertion(assertion, header, audience, client)
        else:
            self._federated_assertion(assertion, client)

    def _certificate_assertion(self, assertion: str, header: dict[str, Any], audience: str, client: Client) -> None:
        for certificate in client.certificates:
            sha1 = _base64url(certificate.fingerprint(hashes.SHA1()))
            sha256 = _base64url(certificate.fingerprint(hashes.SHA256()))
            if header.get("x5t", sha1).rstrip("=") == sha1 and header.get("x5t#S256", sha256).rstrip("=") == sha256:
                expected = Expected(
                    key=certificate.public_key(),
                    algorithms=["RS256", "PS256"],
                    audiences=[audience, audience.replace("/oauth2/v2.0/token", "/v2.0")],
                    issuer=client.client_id,
                    subjects=[client.client_id],
                    error_number=700027,
                )
                self._verify(assertion, expected)
                return
        raise Refused(
            401,
            "invalid_client",
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application.",
        )

    def _federated_assertion(self, assertion: str, client: Client) -> None:
        found = [subject for issuer, subject in client.federated if issuer == self.settings.federated_issuer]
        if self._federated_key is None or not found:
            raise Refused(
                401, "invalid_client", 700213, "No matching federated identity record found for presented assertion."
            )
        expected = Expected(
            key=self._federated_key,
            algorithms=["RS256", "ES256"],
            audiences=[FEDERATED_AUDIENCE],
            issuer=self.settings.federated_issuer,
            subjects=None if found == [None] else found,
            error_number=700213,
        )
        self._verify(assertion, expected)

    @staticmethod
    def _verify(assertion: str, expected: Expected) -> None:
        number = expected.error_number
        try:
            claims = jwt.decode(
                assertion,
                expected.key,
                algorithms=expected.algorithms,
                audience=expected.audiences,
                issuer=expected.issuer,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Refused(
                401, "invalid_client", 700024, "Client assertion is not within its valid time range."
            ) from error
        except jwt.PyJWTError as error:
            raise Refused(
                401, "invalid_client", number, f"Client assertion failed validation: {type(error).__name__}."
            ) from error
        if expected.subjects is not None and claims["sub"] not in expected.subjects:
            raise Refused(
                401, "invalid_client", number, "Client assertion failed validation: the subject does not match."
            )

    def _audience(self, request: Request, scope: str) -> str:
        """The one resource of the scope; it must be the Graph root of the cloud whose login host was asked."""
        if not scope.endswith("/.default") or " " in scope:
            raise Refused(
                400,
                "invalid_scope",
                1002012,
                "The provided value for scope is not valid. Client credential flows must have a scope value "
                "with /.default "
                "suffixed to the resource identifier.",
            )
        resource = scope.removesuffix("/.default").rstrip("/")
        if resource not in graph_roots(urlsplit(request.root).netloc):
            raise Refused(
                400,
                "invalid_resource",
                500011,
                "The resource principal named in the scope was not found in the tenant.",
            )
        return resource

    # -- tokens --------------------------------------------------------------------------------------------------

    def _scopes(self, client_id: str) -> list[str] | None:
        return self.consented(client_id)

    def issue(self, audience: str, client_id: str = "") -> str:
        client_id = client_id or self.settings.client_id
        claims = self._claims(audience, client_id) | {"idtyp": "app"}
        granted = self.granted(client_id)
        if granted:
            # Without any permission the token is issued all the same, and has no roles claim [graph facts: tokens].
            claims["roles"] = list(granted)
        return self._signed(claims)

    def issue_to_user(self, audience: str, client_id: str, scopes: Sequence[str]) -> str:
        """A token of the administrator for an application."""
        name = user_name(self.settings)
        user = {"idtyp": "user", "oid": USER_ID, "upn": name, "unique_name": name, "scp": " ".join(scopes)}
        return self._signed(self._claims(audience, client_id) | user)

    def _claims(self, audience: str, client_id: str) -> dict[str, Any]:
        now = int(self.settings.clock.timestamp())
        return {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.settings.tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": now + self.settings.token_lifetime_s,
            "appid": client_id,
            "tid": self.settings.tenant_id,
            "ver": "1.0",
            "uti": _base64url(uuid.uuid4().bytes),
            "xms_generation": self.generation,
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def check(self, request: Request) -> tuple[frozenset[str], bool]:
        """The permissions that the request's bearer token shows, and whether it is a user's. Raises Graph's 401."""
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized("Access token is empty.")
        try:
            claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                # The times in it are those of the tenant's clock.
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "require": ["exp", "aud"],
                },
            )
        except jwt.PyJWTError as error:
            raise _unauthorized("IDX14100: JWT is not well formed, or its signature is not valid.") from error
        if claims["exp"] <= self.settings.clock.timestamp():
            raise _unauthorized("Lifetime validation failed, the token is expired.")
        if claims["aud"] not in graph_roots(urlsplit(request.root).netloc):
            raise _unauthorized("Access token validation failure. Invalid audience.")
        if claims.get("xms_generation") != self.generation:
            raise _unauthorized("Continuous access evaluation resulted in challenge: the token was revoked.")
        if "scp" in claims:
            return frozenset(claims["scp"].split()), True
        return frozenset(claims.get("roles", ())), False


def _unauthorized(message: str) -> GraphFault:
    headers = {
        "WWW-Authenticate": 'Bearer realm="", '
        'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        'client_id="00000003-0000-0000-c000-000000000000"'
    }
    return GraphFault(401, message, "InvalidAuthenticationToken", headers)


def graph_roots(host: str) -> list[str]:
    """The Graph roots that belong to the cloud of a host name; on loopback the emulator is its own cloud."""
    name = host.partition(":")[0]
    for graph, logins in CLOUD_HOSTS.values():
        if name == graph or (name in logins and name != "login.microsoftonline.us"):
            return [f"https://{graph}"]
    if name == "login.microsoftonline.us":
        return ["https://graph.microsoft.us", "https://dod-graph.microsoft.us"]
    port = host.partition(":")[2]
    return [f"https://{loopback}:{port}" for loopback in ("localhost", "127.0.0.1")]
