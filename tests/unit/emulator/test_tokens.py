# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated Entra: who gets a token, and which tokens Graph takes."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.emulator.client import Emulator
from tests.unit.emulator.api import Api, session, token

Key = rsa.RSAPrivateKey


def private_pem(key: Key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def certificate_pem(key: Key) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "automation")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    )
    made = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    return {
        name: rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for name in ("registered", "stranger", "issuer")
    }


@pytest.fixture(scope="module")
def files(keys: dict[str, Key], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("keys")
    certificate = directory / "certificate.pem"
    certificate.write_text(certificate_pem(keys["registered"]))
    issuer = directory / "issuer.pem"
    issuer.write_bytes(
        keys["issuer"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return {"certificate": certificate, "issuer": issuer}


@pytest.fixture(scope="module")
def emulator(files: dict[str, Path]) -> Iterator[Emulator]:
    options: dict[str, Any] = {
        "client_certificate": files["certificate"],
        "federated_issuer_key": files["issuer"],
        "federated_subject": "repo:x",
    }
    with Emulator(imds_port=0, proxy_port=0, devices=3, **options) as running:
        yield running


def post_token(emulator: Emulator, tenant: str | None = None, **form: str) -> requests.Response:
    base = {
        "client_id": emulator.env["AZURE_CLIENT_ID"],
        "grant_type": "client_credentials",
        "scope": f"{emulator.graph_url}/.default",
    }
    return session(emulator).post(
        f"{emulator.graph_url}/{tenant or emulator.env['AZURE_TENANT_ID']}/oauth2/v2.0/token", data=base | form
    )


def test_secret_gives_a_token_with_the_roles_of_the_application(emulator: Emulator) -> None:
    claims = jwt.decode(token(emulator)["access_token"], options={"verify_signature": False})
    assert claims["tid"] == emulator.env["AZURE_TENANT_ID"]
    assert claims["appid"] == emulator.env["AZURE_CLIENT_ID"]
    assert claims["aud"] == emulator.graph_url
    assert "Group.ReadWrite.All" in claims["roles"]


@pytest.mark.parametrize(
    ("tenant", "form", "status", "error", "number"),
    [
        (None, {"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        (None, {}, 401, "invalid_client", 7000218),
        (None, {"client_id": "0" * 8, "client_secret": "x"}, 400, "unauthorized_client", 700016),
        ("11111111-1111-1111-1111-111111111111", {"client_secret": "x"}, 400, "invalid_tenant", 90002),
        (None, {"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_refused_requests_say_why(
    emulator: Emulator, tenant: str | None, form: dict[str, str], status: int, error: str, number: int
) -> None:
    answer = post_token(emulator, tenant, **form)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_codes"] == [number]
    assert f"AADSTS{number}" in answer.json()["error_description"]


@pytest.mark.parametrize("scope", ["https://graph.microsoft.com/.default", "User.Read", "https://localhost:1/.default"])
def test_scope_must_be_the_graph_of_the_same_cloud(emulator: Emulator, scope: str) -> None:
    answer = post_token(emulator, client_secret=emulator.env["AZURE_CLIENT_SECRET"], scope=scope)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_scope", "invalid_resource")


def test_wrong_secret_is_not_repeated_in_the_journal(emulator: Emulator) -> None:
    post_token(emulator, client_secret="do-not-keep-me")
    assert "do-not-keep-me" not in str(emulator.journal())


def test_registered_certificate_gives_a_token(emulator: Emulator, keys: dict[str, Key], files: dict[str, Path]) -> None:
    credential = {
        "private_key": private_pem(keys["registered"]),
        "public_certificate": files["certificate"].read_text(),
    }
    assert "access_token" in token(emulator, credential)


def test_unregistered_certificate_is_refused(emulator: Emulator, keys: dict[str, Key]) -> None:
    credential = {"private_key": private_pem(keys["stranger"]), "public_certificate": certificate_pem(keys["stranger"])}
    assert "AADSTS700027" in token(emulator, credential)["error_description"]


@pytest.mark.parametrize(
    ("algorithm", "change", "number"),
    [
        ("PS256", {}, None),
        ("RS256", {}, None),
        ("RS256", {"aud": "https://elsewhere.example"}, 700027),
        ("RS256", {"exp": 1}, 700024),
        ("RS256", {"iss": "someone"}, 700027),
    ],
)
def test_certificate_assertion_is_verified(
    emulator: Emulator,
    keys: dict[str, Key],
    files: dict[str, Path],
    algorithm: str,
    change: dict[str, Any],
    number: int | None,
) -> None:
    certificate = x509.load_pem_x509_certificate(files["certificate"].read_bytes())
    thumbprint = jwt.utils.base64url_encode(certificate.fingerprint(hashes.SHA256())).decode()
    now = int(time.time())
    client = emulator.env["AZURE_CLIENT_ID"]
    audience = f"{emulator.graph_url}/{emulator.env['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    claims = {"aud": audience, "iss": client, "sub": client, "jti": "1", "nbf": now, "exp": now + 300} | change
    assertion = jwt.encode(claims, keys["registered"], algorithm=algorithm, headers={"x5t#S256": thumbprint})
    answer = post_token(
        emulator,
        client_assertion=assertion,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )
    assert answer.json().get("error_codes", [None]) == [number]


def test_forged_signature_is_refused(emulator: Emulator, keys: dict[str, Key], files: dict[str, Path]) -> None:
    credential = {"private_key": private_pem(keys["stranger"]), "public_certificate": files["certificate"].read_text()}
    assert "AADSTS700027" in token(emulator, credential)["error_description"]


@pytest.mark.parametrize(
    ("change", "signer", "accepted"),
    [
        ({}, "issuer", True),
        ({"sub": "repo:y"}, "issuer", False),
        ({"aud": "api://other"}, "issuer", False),
        ({}, "stranger", False),
    ],
)
def test_a_federated_credential_is_verified(
    emulator: Emulator, keys: dict[str, Key], change: dict[str, Any], signer: str, accepted: bool
) -> None:
    claims = {
        "aud": "api://AzureADTokenExchange",
        "iss": "https://issuer.example",
        "sub": "repo:x",
        "exp": int(time.time()) + 60,
    } | change
    result = token(emulator, {"client_assertion": lambda: jwt.encode(claims, keys[signer], algorithm="RS256")})
    assert ("access_token" in result) is accepted


def test_a_managed_identity_gets_a_token(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.endpoints["imds_url"])
    plain = requests.Session()
    plain.trust_env = False
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=plain)
    result = client.acquire_token_for_client(resource=emulator.graph_url)
    assert "access_token" in result
    path = f"{emulator.endpoints['imds_url']}/metadata/identity/oauth2/token"
    assert plain.get(path, params={"api-version": "2018-02-01", "resource": emulator.graph_url}).status_code == 400


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer not-a-token", "Basic eA=="])
def test_graph_takes_no_other_token(emulator: Emulator, header: str) -> None:
    answer = session(emulator).get(f"{emulator.graph_url}/v1.0/groups", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_token_of_another_key_is_refused(emulator: Emulator, keys: dict[str, Key]) -> None:
    claims = jwt.decode(token(emulator)["access_token"], options={"verify_signature": False})
    forged = jwt.encode(claims, keys["stranger"], algorithm="RS256")
    answer = session(emulator).get(f"{emulator.graph_url}/v1.0/groups", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


def test_expired_and_revoked_tokens_are_refused(emulator: Emulator) -> None:
    api = Api(emulator)
    assert api.get("/v1.0/groups").status == 200
    emulator.revoke_tokens()
    assert api.get("/v1.0/groups").status == 401
    emulator.settings(token_lifetime_s=-5)
    try:
        assert Api(emulator).get("/v1.0/groups").status == 401
    finally:
        emulator.settings(token_lifetime_s=3600)
    assert Api(emulator).get("/v1.0/groups").status == 200


def test_real_host_names_work_through_the_proxy(emulator: Emulator) -> None:
    proxied = session(emulator)
    proxied.proxies = {"https": emulator.endpoints["proxy_url"]}
    authority = f"https://login.microsoftonline.com/{emulator.env['AZURE_TENANT_ID']}"
    secret = emulator.env["AZURE_CLIENT_SECRET"]
    application = msal.ConfidentialClientApplication(
        emulator.env["AZURE_CLIENT_ID"], client_credential=secret, authority=authority, http_client=proxied
    )
    issued = application.acquire_token_for_client(["https://graph.microsoft.com/.default"])["access_token"]
    answer = proxied.get("https://graph.microsoft.com/v1.0/users?$top=1", headers={"Authorization": f"Bearer {issued}"})
    assert answer.json()["@odata.nextLink"].startswith("https://graph.microsoft.com/v1.0/users?")
    other = proxied.get("https://graph.microsoft.us/v1.0/users", headers={"Authorization": f"Bearer {issued}"})
    assert other.status_code == 401
    with pytest.raises(requests.exceptions.ProxyError):
        proxied.get("https://example.com/")
