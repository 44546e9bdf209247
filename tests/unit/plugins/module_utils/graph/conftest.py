# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session of Graph with a server of its own, and a time that passes only when it is waited for."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.tokens import FixedToken
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.bounds import Bounds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.clouds import Cloud
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.unit.plugins.module_utils.graph.entra import KeyPair, make_key_pair
from tests.unit.plugins.module_utils.graph.server import TOKEN, FakeTime, Server


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "MSI_ENDPOINT",
        "MSI_SECRET",
        "MSAL_FORCE_REGION",
        "NETRC",
        "XDG_CACHE_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_path(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def graph(server_tls: ssl.SSLContext) -> Iterator[Server]:
    server = Server(server_tls)
    yield server
    server.close()


@pytest.fixture
def elsewhere(server_tls: ssl.SSLContext) -> Iterator[Server]:
    """Another host, which must never see a token."""
    server = Server(server_tls)
    yield server
    server.close()


@pytest.fixture
def plain_server() -> Iterator[Server]:
    server = Server(None, "127.0.0.1")
    yield server
    server.close()


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def policy(fake_time: FakeTime) -> RetryPolicy:
    return RetryPolicy(300.0, fake_time.clock, fake_time.sleep, lambda: 1.0)


@pytest.fixture
def make_session(graph: Server, ca_path: str, policy: RetryPolicy) -> Iterator[Callable[..., GraphSession]]:
    made: list[GraphSession] = []

    def make(tokens: Any = None, secrets: Iterable[str] = (TOKEN,), **options: Any) -> GraphSession:
        bounds = Bounds(**{"ca_path": ca_path, "timeout": (5.0, 5.0), "policy": policy, **options})
        made.append(GraphSession(Cloud("global", graph.url, graph.url), tokens or FixedToken(TOKEN), bounds, secrets))
        return made[-1]

    yield make
    for session in made:
        session.close()


@pytest.fixture
def session(make_session: Callable[..., GraphSession]) -> GraphSession:
    return make_session()


@pytest.fixture(scope="session")
def key_pair() -> KeyPair:
    return make_key_pair()


@pytest.fixture(scope="session")
def other_key_pair() -> KeyPair:
    return make_key_pair()
