# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real logins with MSAL, at a token service that checks what it gets."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.login_http import (
    LoginHttp,
    ManagedIdentityHttp,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.bounds import Bounds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    IntuneError,
    UntrustedHost,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.redact import Redactor
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.transport import Http
from tests.unit.plugins.module_utils.graph.entra import ASSERTION, CLIENT, SECRET, TENANT, Entra, KeyPair
from tests.unit.plugins.module_utils.graph.paths import python_path
from tests.unit.plugins.module_utils.graph.server import Drop, FakeTime, Reply, Server

PASSWORD = "pass word-of-the-key"


@pytest.fixture
def options(graph: Server, ca_path: str) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "graph_url": graph.url,
        "authority_host": graph.url,
        "ca_path": ca_path,
        "timeout": 5,
        "retry_timeout": 2,
        "token_cache": "none",
    }


@pytest.fixture
def entra(graph: Server) -> Entra:
    return Entra(graph)


def bearer(options: dict[str, Any]) -> str:
    """The Authorization header that reaches Graph."""
    session = GraphSession.from_params(options)
    try:
        return str(session.get("deviceManagement")["seen"])
    finally:
        session.close()


def login_error(options: dict[str, Any], kind: type[IntuneError] = AuthenticationError) -> IntuneError:
    with pytest.raises(kind) as caught:
        bearer(options)
    return caught.value


# -- each credential ----------------------------------------------------------------------------------------------


def test_a_secret_logs_in(options: dict[str, Any], entra: Entra, graph: Server) -> None:
    assert bearer({**options, "client_secret": SECRET}) == "Bearer issued-token-number-1"
    form = entra.token_requests[0].form
    assert form["scope"] == f"{graph.url}/.default"
    assert form["client_secret"] == SECRET
    assert "authorization" not in entra.token_requests[0].headers
    paths = [request.path for request in graph.requests]
    assert paths == [
        f"/{TENANT}/v2.0/.well-known/openid-configuration",
        f"/{TENANT}/oauth2/v2.0/token",
        "/beta/deviceManagement",
    ]


@pytest.mark.parametrize("form", ["pem", "encrypted_pem", "pfx"])
def test_a_certificate_logs_in(
    options: dict[str, Any], entra: Entra, key_pair: KeyPair, tmp_path: Path, form: str
) -> None:
    entra.key_pair = key_pair
    password = None if form == "pem" else PASSWORD
    encoded = password.encode() if password else None
    path = tmp_path / f"client.{form}"
    path.write_bytes(key_pair.pfx(encoded) if form == "pfx" else key_pair.pem_key(encoded) + key_pair.pem_certificate())
    assert (
        bearer({**options, "certificate_path": str(path), "certificate_password": password})
        == "Bearer issued-token-number-1"
    )
    assert entra.assertions[0]["aud"] == entra.endpoint


def test_a_federated_token_is_read_anew_at_each_login(options: dict[str, Any], entra: Entra, tmp_path: Path) -> None:
    entra.federated_tokens = ("first.federated.token", "second.federated.token")
    path = tmp_path / "token"
    for token in entra.federated_tokens:
        path.write_text(token + "\n")
        bearer({**options, "federated_token_file": str(path)})
    assert [request.form["client_assertion"] for request in entra.token_requests] == list(entra.federated_tokens)
    assert {request.form["client_assertion_type"] for request in entra.token_requests} == {ASSERTION}


@pytest.mark.parametrize("client_id", [None, CLIENT])
def test_a_machine_logs_in_with_its_identity(
    options: dict[str, Any], graph: Server, plain_server: Server, monkeypatch: pytest.MonkeyPatch, client_id: str | None
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{plain_server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # must not be used
    plain_server.replies = [
        Reply(503),
        Reply(404),
        Reply(200, {"access_token": "machine-token", "expires_on": "4102444800", "token_type": "Bearer"}),
    ]
    Entra(graph)
    chosen = {**options, "managed_identity": True, "client_id": client_id, "retry_timeout": 30}
    assert bearer(chosen) == "Bearer machine-token"
    asked = plain_server.requests[0].query
    assert asked["resource"] == f"{graph.url}/"
    assert asked.get("client_id") == client_id


def test_the_metadata_service_is_given_the_time_to_move(
    plain_server: Server, policy: RetryPolicy, fake_time: FakeTime
) -> None:
    plain_server.replies = [Reply(410), Reply(200, {})]
    http = ManagedIdentityHttp(Bounds(timeout=(5.0, 5.0), policy=policy))
    assert http.run(lambda: http.session.get(plain_server.url)).status_code == 200
    assert fake_time.slept == [70.0]


def test_the_identity_endpoint_is_not_left(plain_server: Server, policy: RetryPolicy) -> None:
    plain_server.replies = [Reply(302, headers={"Location": f"{plain_server.url}/other"})]
    assert (
        ManagedIdentityHttp(Bounds(timeout=(5.0, 5.0), policy=policy)).session.get(plain_server.url).status_code == 302
    )
    assert len(plain_server.requests) == 1


def test_a_machine_without_identity_gets_a_sentence(
    options: dict[str, Any], plain_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{plain_server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")
    plain_server.replies = [Reply(400, {"statusCode": 400, "message": "No MSI found"})]
    error = login_error({**options, "managed_identity": True, "client_id": None})
    assert "system-assigned managed identity was refused: 400, No MSI found" in str(error)


def test_a_missing_identity_endpoint_gets_a_sentence(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")
    error = login_error({**options, "managed_identity": True}, ConnectionFailed)
    assert "managed_identity works on Azure machines" in str(error)


# -- refusals -----------------------------------------------------------------------------------------------------


def test_a_wrong_secret_gets_a_sentence(options: dict[str, Any], entra: Entra) -> None:
    error = login_error({**options, "client_secret": "a-wrong-secret-value"})
    assert str(error) == (
        f"Microsoft Entra refused the login of application {CLIENT} in tenant {TENANT}: client_secret is "
        "wrong: give the secret's "
        "value, not its id. (AADSTS7000215, trace id trace-1, correlation id correlation-1)"
    )
    assert error.to_result() == {
        "login_error": {"code": "AADSTS7000215", "trace_id": "trace-1", "correlation_id": "correlation-1"}
    }
    assert len(entra.token_requests) == 1


def test_an_unknown_tenant_gets_a_sentence(options: dict[str, Any], entra: Entra, graph: Server) -> None:
    error = login_error({**options, "client_secret": SECRET, "tenant_id": "nowhere.example.org"})
    assert str(error) == (
        f"The tenant 'nowhere.example.org' does not exist in the cloud 'global' ({graph.url}): check tenant_id and "
        "cloud."
    )
    assert entra.token_requests == []


def test_an_unknown_application_gets_a_sentence(options: dict[str, Any], entra: Entra) -> None:
    error = login_error({**options, "client_secret": SECRET, "client_id": "00000000-0000-0000-0000-000000000000"})
    assert "is not known in this tenant: check client_id" in str(error)


def test_a_certificate_that_is_not_registered(
    options: dict[str, Any], entra: Entra, key_pair: KeyPair, other_key_pair: KeyPair, tmp_path: Path
) -> None:
    entra.key_pair = other_key_pair
    path = tmp_path / "client.pem"
    path.write_bytes(key_pair.pem_key() + key_pair.pem_certificate())
    error = login_error({**options, "certificate_path": str(path)})
    assert "certificate is not registered with the application" in str(error)


def test_a_federated_token_that_matches_nothing(options: dict[str, Any], entra: Entra, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(jwt.encode({"sub": "repo:x"}, "k" * 32))
    error = login_error({**options, "federated_token_file": str(path)})
    assert "no federated credential of the application has the subject" in str(error)


@pytest.mark.parametrize(
    "code",
    [
        *(7000222, 7000112, 700024, 53003, 70021, 500011, 50001, 50013, 50027, 50049, 50059, 50194, 50196, 53011),
        *(700025, 7000216, 90006, 90013, 90033, 90055, 9001023, 9002313, 1002016),
    ],
)
def test_common_refusals_say_what_to_do(options: dict[str, Any], entra: Entra, graph: Server, code: int) -> None:
    refuse_token(entra, graph, entra.refusal(code, "invalid_client", "Some text."))
    message = str(login_error({**options, "client_secret": SECRET}))
    assert f"(AADSTS{code}, trace id" in message
    assert "Some text" not in message


def test_an_unknown_refusal_is_quoted_without_secrets(options: dict[str, Any], entra: Entra, graph: Server) -> None:
    refuse_token(entra, graph, entra.refusal(1234567, "invalid_client", f"Strange thing with {SECRET} happened."))
    message = str(login_error({**options, "client_secret": SECRET}))
    assert "Strange thing with ******** happened." in message
    assert f"{graph.url}/error?code=1234567" in message
    assert SECRET not in message


def refuse_token(entra: Entra, graph: Server, reply: Reply) -> None:
    graph.handler = lambda request: reply if request.path.endswith("/token") else entra.handle(request)


def all_refusals(options: dict[str, Any], tmp_path: Path, pair: KeyPair) -> list[dict[str, Any]]:
    pem, pfx, federated = tmp_path / "k.pem", tmp_path / "k.pfx", tmp_path / "federated"
    pem.write_bytes(pair.pem_key(PASSWORD.encode()) + pair.pem_certificate())
    pfx.write_bytes(pair.pfx(PASSWORD.encode()))
    federated.write_text("opaque-federated-token")
    return [
        {**options, "client_secret": "a-wrong-secret-value"},
        {**options, "certificate_path": str(pem), "certificate_password": PASSWORD},
        {**options, "certificate_path": str(pfx), "certificate_password": PASSWORD},
        {**options, "federated_token_file": str(federated)},
    ]


@pytest.mark.parametrize("how", ["echo", "page", "drop", "unavailable"])
def test_no_failed_login_shows_a_secret(
    options: dict[str, Any], entra: Entra, graph: Server, key_pair: KeyPair, tmp_path: Path, how: str
) -> None:
    def handle(request: Any) -> Any:
        if not request.path.endswith("/token"):
            return entra.handle(request)
        echo = " ".join([*request.form.values(), request.body.decode()])
        return {
            "echo": Reply(400, {"error": "x", "error_codes": [9], "error_description": f"AADSTS9: {echo}"}),
            "page": Reply(200, body=f"<html>{echo}</html>".encode()),
            "drop": Drop(),
            "unavailable": Reply(503, body=echo.encode()),
        }[how]

    graph.handler = handle
    for chosen in all_refusals({**options, "retry_timeout": 0}, tmp_path, key_pair):
        shown = str(login_error(chosen, IntuneError))
        for secret in ("a-wrong-secret-value", PASSWORD, "opaque-federated-token", "eyJ", "PRIVATE"):
            assert secret not in shown


# -- the way to the login host ------------------------------------------------------------------------------------


def test_an_unreachable_login_host_is_named(options: dict[str, Any]) -> None:
    error = login_error(
        {**options, "client_secret": SECRET, "authority_host": "https://localhost:1", "retry_timeout": 0},
        ConnectionFailed,
    )
    assert str(error).startswith(
        "Login at localhost got no answer: no connection to localhost (Connection refused); check the network"
    )


def test_a_login_host_with_an_unknown_ca(options: dict[str, Any], entra: Entra, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    error = login_error({**options, "client_secret": SECRET, "ca_path": str(other)}, ConnectionFailed)
    assert "ca_path" in str(error)
    assert "Given up" not in str(error)


def test_ca_path_goes_before_requests_own_variable_at_login_too(
    options: dict[str, Any], entra: Entra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert bearer({**options, "client_secret": SECRET}) == "Bearer issued-token-number-1"


def test_a_throttled_or_failing_login_is_repeated(options: dict[str, Any], entra: Entra, graph: Server) -> None:
    graph.replies = [Reply(503), Drop(), Reply(429, headers={"Retry-After": "1"})]
    assert bearer({**options, "client_secret": SECRET, "retry_timeout": 30}) == "Bearer issued-token-number-1"


def test_a_login_service_that_stays_away(options: dict[str, Any], graph: Server) -> None:
    graph.handler = lambda request: Reply(503, headers={"Retry-After": "60"})
    error = login_error({**options, "client_secret": SECRET}, ConnectionFailed)
    assert "login service localhost is not available (HTTP 503). Given up after 1 try" in str(error)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, body=b"nothing here"),
        Reply(200, body=b"<html>log in</html>"),
        Reply(200, {}),
        Reply(302, headers={"Location": "/x"}),
    ],
)
def test_a_host_that_is_not_entra(options: dict[str, Any], graph: Server, reply: Reply) -> None:
    graph.handler = lambda request: reply
    assert "does not answer as Microsoft Entra does" in str(login_error({**options, "client_secret": SECRET}))


def test_what_msal_logs_is_not_printed(
    options: dict[str, Any], entra: Entra, graph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[logging.LogRecord] = []
    monkeypatch.setattr(logging.getLogger("msal"), "propagate", False)
    monkeypatch.setattr(logging, "lastResort", _Collector(printed))
    graph.handler = lambda request: (
        Reply(200, body=b"<html>log in</html>") if request.method == "POST" else entra.handle(request)
    )
    login_error({**options, "client_secret": SECRET})
    assert printed == []


class _Collector(logging.Handler):
    """In place of the handler with which Python prints what no other handler takes."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self.records = records

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_no_credential_goes_to_a_token_endpoint_without_https(
    options: dict[str, Any], graph: Server, plain_server: Server
) -> None:
    root = f"{plain_server.url}/{TENANT}"
    graph.replies = [Reply(200, {"authorization_endpoint": f"{root}/a", "token_endpoint": f"{root}/token"})]
    login_error({**options, "client_secret": SECRET}, IntuneError)
    assert plain_server.requests == []
    http = LoginHttp(Http(), RetryPolicy(0), Redactor())
    with pytest.raises(UntrustedHost, match="without https"):
        http.post(plain_server.url, data={"client_secret": SECRET})
    assert plain_server.requests == []


def test_a_redirect_of_the_token_request_is_not_followed(
    options: dict[str, Any], entra: Entra, graph: Server, elsewhere: Server
) -> None:
    refuse_token(entra, graph, Reply(307, headers={"Location": f"{elsewhere.url}/token"}))
    login_error({**options, "client_secret": SECRET}, IntuneError)
    assert elsewhere.requests == []


# -- libraries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("library", "credential"), [("msal", "client_secret"), ("cryptography", "certificate_path")])
def test_a_missing_library_is_named_with_the_interpreter(tmp_path: Path, library: str, credential: str) -> None:
    path = tmp_path / "x"
    path.write_text("content")
    script = f"""
import sys
sys.modules[{library!r}] = None
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import ConfigurationError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.credentials import from_params
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
params = dict(tenant_id="t", client_id="c", token_cache="none", {credential}={str(path)!r})
try:
    from_params(params).for_msal()
    GraphSession.from_params(params).get("a")
except ConfigurationError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": python_path()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"'{sys.executable} -m pip install {library}'" in done.stdout


def test_an_old_msal_cannot_use_certificates(
    options: dict[str, Any], entra: Entra, key_pair: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "client.pem"
    path.write_bytes(key_pair.pem_key() + key_pair.pem_certificate())
    monkeypatch.setattr("msal.__version__", "1.34.0")
    assert "needs msal 1.35 or newer, 1.34.0 is installed" in str(
        login_error({**options, "certificate_path": str(path)}, ConfigurationError)
    )
