# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing that a server does makes a task go on without an end: each bound is an option and ends in a sentence."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import transport
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.credentials import (
    Certificate,
    FederatedToken,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.login_http import LoginHttp
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.tokens import FixedToken
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.batch import BatchRequest
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.bounds import Bounds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.clouds import Cloud
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    GraphError,
    LostAnswer,
    OutOfTime,
    Throttled,
    UntrustedHost,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.redact import Redactor
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy, TryAgain
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.transport import MEGABYTE, Http
from tests.unit.plugins.module_utils.graph.entra import CLIENT, SECRET, TENANT, Entra
from tests.unit.plugins.module_utils.graph.server import TOKEN, FakeTime, Reply, Request, Server

MakeSession = Callable[..., GraphSession]
THROTTLED = Reply(429, {"error": {"code": "TooManyRequests", "message": "slow down"}}, {"Retry-After": "20"})


def read(session: GraphSession, times: int) -> None:
    for _time in range(times):
        session.get("a")


# -- lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", [1, 2, 5])
def test_pages_in_a_circle_end(session: GraphSession, graph: Server, period: int) -> None:
    def handle(request: Request) -> Reply:
        place = int(request.query.get("p", "0"))
        return Reply(200, {"value": [], "@odata.nextLink": f"{graph.url}/beta/x?p={place % period + 1}"})

    graph.handler = handle
    with pytest.raises(GraphError, match="never ends: its next page has been read already"):
        list(session.list("x"))
    assert len(graph.requests) == period + 1


def test_an_endless_list_ends(make_session: MakeSession, graph: Server) -> None:
    numbers = itertools.count()
    graph.handler = lambda request: Reply(
        200, {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/x?p={next(numbers)}"}
    )
    session = make_session(max_pages=7)
    with pytest.raises(GraphError, match=r"GET x has more than 7 pages \(option max_pages\)"):
        list(session.list("x"))
    assert len(graph.requests) == 7


def test_the_lists_of_a_task_share_one_budget_of_pages(make_session: MakeSession, graph: Server) -> None:
    def handle(request: Request) -> Reply:
        page = int(request.query.get("p", "1"))
        link = {"@odata.nextLink": f"{graph.url}{request.path}?p={page + 1}"} if page < 3 else {}
        return Reply(200, {"value": [{"id": str(page)}], **link})

    graph.handler = handle
    session = make_session(max_pages=7)
    assert [len(list(session.list(name))) for name in "abc"] == [3, 3, 3]
    with pytest.raises(GraphError, match=r"GET d has more than 7 pages, together with other lists of this task"):
        list(session.list("d"))
    graph.handler = lambda request: Reply(200, {"value": [{"id": "1"}]})
    assert len(list(session.list("e"))) == 1  # a list of one page is as short as can be


@pytest.mark.parametrize("link", ["/beta/y?p=2", "/beta/x/1/members?p=2", "/v1.0/groups('1')/owners?p=2"])
def test_a_next_page_of_another_list_is_refused(session: GraphSession, graph: Server, link: str) -> None:
    graph.handler = lambda request: Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": graph.url + link})
    with pytest.raises(GraphError, match="goes on at another one"):
        list(session.list("groups/1/members" if "owners" in link else "x"))
    assert len(graph.requests) == 3


def test_a_next_page_may_be_written_in_another_way(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/Groups('A%2D1')/members?p=2"}),
        Reply(200, {"value": [{"id": "2"}]}),
    ]
    assert [item["id"] for item in session.list("groups/a-1/members")] == ["1", "2"]


def test_a_part_of_a_batch_that_goes_on_in_another_list_is_an_error(session: GraphSession, graph: Server) -> None:
    page = {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/b?p=2"}
    graph.handler = lambda request: Reply(200, {"responses": [{"id": "1", "status": 200, "body": page}]})
    (response,) = session.batch([BatchRequest("GET", "/a")])
    assert "goes on at another one" in str(response.error)


def test_a_redirect_to_another_object_is_refused(session: GraphSession, graph: Server) -> None:
    for location in ("/beta/b", "/beta/a?$top=1", "/beta/a/1"):
        graph.replies = [Reply(302, headers={"Location": location})]
        with pytest.raises(GraphError, match="redirected GET a to something else"):
            session.get("a")


# -- the budget of a task -----------------------------------------------------------------------------------------


def test_all_requests_of_a_task_share_one_budget_for_waiting(
    session: GraphSession, graph: Server, fake_time: FakeTime
) -> None:
    graph.handler = lambda request: THROTTLED if len(graph.requests) % 2 else Reply(200, {"id": "1"})
    with pytest.raises(Throttled, match=r"retry_timeout is 300 s, and the task has used 300 s of them"):
        read(session, 100)
    assert sum(fake_time.slept) == 300.0


def test_a_throttled_tenant_stops_a_list(session: GraphSession, graph: Server, fake_time: FakeTime) -> None:
    numbers = itertools.count()

    def handle(request: Request) -> Reply:
        page = Reply(200, {"value": [], "@odata.nextLink": f"{graph.url}/beta/x?p={next(numbers)}"})
        return THROTTLED if len(graph.requests) % 2 else page

    graph.handler = handle
    with pytest.raises(Throttled):
        list(session.list("x"))
    assert sum(fake_time.slept) == 300.0


def test_threads_that_wait_together_use_the_budget_once(fake_time: FakeTime) -> None:
    policy = RetryPolicy(30.0, fake_time.clock, fake_time.sleep, lambda: 1.0)
    again = TryAgain(ConnectionFailed("Busy."), wait=20.0, for_all=True)
    assert [policy._exceeded(fake_time.now, again.wait or 0.0, 0.0) for _thread in range(5)] == [""] * 5


def test_failed_attempts_count_as_waiting(fake_time: FakeTime) -> None:
    def attempt() -> None:
        fake_time.now += 70.0
        raise TryAgain(ConnectionFailed("Late."))

    with pytest.raises(ConnectionFailed, match="Given up after 5 tries"):
        RetryPolicy(300.0, fake_time.clock, fake_time.sleep, lambda: 1.0).run(attempt)


def test_a_task_of_slow_answers_ends(make_session: MakeSession, graph: Server, fake_time: FakeTime) -> None:
    def handle(request: Request) -> Reply:
        fake_time.now += 50.0
        return Reply(200, {"id": "1"})

    graph.handler = handle
    session = make_session(policy=RetryPolicy(300.0, fake_time.clock, fake_time.sleep, whole=120.0))
    with pytest.raises(OutOfTime, match=r"more than 120 s \(option task_timeout\)"):
        read(session, 10)
    assert len(graph.requests) == 3


# -- one answer ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["plain", "compressed"])
def test_an_answer_that_is_too_large_is_not_read(
    make_session: MakeSession, graph: Server, headers: dict[str, str]
) -> None:
    body = b'{"id": "' + b"x" * (200 << 20 if headers else 3 << 20) + b'"}'
    content = gzip.compress(body, 1) if headers else body
    graph.handler = lambda request: Reply(200, body=content, headers=headers)
    session = make_session(limit=2 * MEGABYTE)
    with pytest.raises(ConnectionFailed, match=r"larger than 2 MB \(option max_megabytes\)") as caught:
        session.get("a")
    assert "Given up" not in str(caught.value)
    with pytest.raises(LostAnswer, match="larger than 2 MB"):
        session.post("a", {})
    assert len(graph.requests) == 2


LARGE = b'{"id": "' + b"x" * (200 << 20) + b'"}'
OVERSIZED = {
    "plain": ({}, LARGE[: 3 << 20]),
    "compressed": ({"Content-Encoding": "gzip"}, gzip.compress(LARGE, 1)),
    "compressed twice": ({"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(LARGE, 1), 1)),
    "compressed as not asked for": ({"Content-Encoding": "zstd"}, LARGE[:1000]),
}


def _doors(graph: Server, plain: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Options for each way of a token, which is answered before Graph is."""
    token = tmp_path / "token"
    token.write_text("header.payload.signature")
    application = {"tenant_id": TENANT, "client_id": CLIENT, "authority_host": graph.url}
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{plain.url}/msi/token")
    return {
        "graph": {"access_token": TOKEN},
        "login": {**application, "client_secret": SECRET},
        "token": {**application, "client_secret": SECRET},
        "federated token": {**application, "federated_token_file": str(token)},
        "managed identity": {"managed_identity": True},
    }


@pytest.mark.parametrize("size", OVERSIZED)
@pytest.mark.parametrize("door", ["graph", "login", "token", "federated token", "managed identity"])
def test_max_megabytes_bounds_each_answer_of_a_task(
    graph: Server,
    plain_server: Server,
    ca_path: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    door: str,
    size: str,
) -> None:
    headers, content = OVERSIZED[size]
    entra = Entra(graph)

    def handle(request: Request) -> Any:
        is_first = request.method == "GET" and "token" in door
        return entra.handle(request) if is_first else Reply(200, body=content, headers=headers)

    graph.handler = plain_server.handler = handle
    credential = _doors(graph, plain_server, monkeypatch, tmp_path)[door]
    bounds = {"max_megabytes": 1, "retry_timeout": 0, "token_cache": "none"}
    session = GraphSession.from_params({**credential, **bounds, "graph_url": graph.url, "ca_path": ca_path})
    words = (
        "an encoding that was not asked for"
        if "," in str(headers) or "zstd" in str(headers)
        else (r"larger than 1 MB \(option max_megabytes\)")
    )
    with pytest.raises(ConnectionFailed, match=words):
        session.get("a")
    session.close()


def test_a_download_is_bounded_too(make_session: MakeSession, graph: Server) -> None:
    graph.handler = lambda request: Reply(200, body=b"x" * (3 << 20))
    with io.BytesIO() as file, pytest.raises(ConnectionFailed, match=r"larger than 2 MB \(option max_megabytes\)"):
        make_session(limit=2 * MEGABYTE).download(f"{graph.url}/report.zip", file)
    assert len(graph.requests) == 1


def test_an_identity_endpoint_that_msal_asks_by_a_session_of_its_own_is_bounded(
    graph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("msal", minversion="1.39")  # looks at the thumbprint
    pem = ssl.get_server_certificate(("localhost", urlsplit(graph.url).port or 0))
    monkeypatch.setenv("IDENTITY_SERVER_THUMBPRINT", hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem)).hexdigest())
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{graph.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")
    graph.replies = [
        Reply(503),
        Reply(302, headers={"Location": f"{graph.url}/other"}, body=b"{}"),
        Reply(200, body=b" " * (3 << 20)),
    ]
    options = {"managed_identity": True, "max_megabytes": 2, "token_cache": "none", "graph_url": graph.url}
    with pytest.raises(AuthenticationError, match="was refused"):
        GraphSession.from_params(options).get("a")
    with pytest.raises(ConnectionFailed, match=r"larger than 2 MB \(option max_megabytes\)"):
        GraphSession.from_params(options).get("a")
    assert {request.path for request in graph.requests} == {"/msi/token"}


def test_a_credential_file_without_an_end_is_not_read(tmp_path: Path) -> None:
    endless = tmp_path / "token"
    endless.symlink_to("/dev/zero")
    certificate, token = Certificate(TENANT, CLIENT, str(endless)), FederatedToken(TENANT, CLIENT, str(endless))
    for option, read_it in {"certificate_path": certificate.for_msal, "federated_token_file": token.read}.items():
        with pytest.raises(ConfigurationError, match=rf"{option} '.*token' is larger than 1 MB"):
            read_it()


@pytest.fixture
def slow_server(server_tls: ssl.SSLContext) -> Iterator[tuple[str, list[bytes]]]:
    with _slow_server(server_tls) as serving:
        yield serving


@contextlib.contextmanager
def _slow_server(tls: ssl.SSLContext | None) -> Iterator[tuple[str, list[bytes]]]:
    """Sends the first of what the test puts in the list, then the second one without an end."""
    sent: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, tls.wrap_socket(connection, server_side=True) if tls else connection as stream:
            stream.recv(65536)
            stream.sendall(sent[0])
            while not stopped.wait(0.05):
                stream.sendall(sent[1])

    def accept() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=_quietly, args=(serve, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http{'s' if tls else ''}://localhost:{listener.getsockname()[1]}", sent
    finally:
        stopped.set()
        listener.close()


def _quietly(serve: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client went away
        serve(connection)


SLOWLY = pytest.mark.parametrize(
    "sent",
    [
        [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", b"x"],
        [b"HTTP/1.1 200 OK\r\n\r\n{", b"x"],
        [b"", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n", b"X: y\r\n"],
    ],
    ids=["headers", "body", "body without a length", "interim answers", "trailers"],
)


@SLOWLY
def test_an_identity_endpoint_or_a_download_of_one_byte_after_the_other_ends(
    slow_server: tuple[str, list[bytes]], ca_path: str, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "GRACE", 0.0)
    url, sends = slow_server
    sends += sent
    session = GraphSession(
        Cloud("global", url, url), FixedToken(TOKEN), Bounds(ca_path, (0.5, 1.0), policy=RetryPolicy(2.0))
    )
    with io.BytesIO() as file, pytest.raises(ConnectionFailed, match=r"did not send its whole answer in 2 s"):
        session.download(f"{url}/report.zip", file)
    with _slow_server(None) as (plain_url, plain_sends):
        plain_sends += sent
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{plain_url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")
        options = {"managed_identity": True, "timeout": 1, "retry_timeout": 0, "token_cache": "none"}
        with pytest.raises(
            ConnectionFailed, match="managed identity endpoint got no answer: it did not send its whole"
        ):
            GraphSession.from_params(options).get("a")


@SLOWLY
def test_one_byte_after_the_other_ends(
    slow_server: tuple[str, list[bytes]],
    ca_path: str,
    sent: list[bytes],
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "GRACE", 0.0)
    url, sends = slow_server
    sends += sent
    policy = RetryPolicy(0.0, fake_time.clock, fake_time.sleep)
    session = GraphSession(Cloud("global", url, url), FixedToken(TOKEN), Bounds(ca_path, (0.5, 1.0), policy=policy))
    start = time.monotonic()
    with pytest.raises(ConnectionFailed, match=r"did not send its whole answer in 2 s \(option timeout\)"):
        session.get("a")
    with pytest.raises(LostAnswer):
        session.post("a", {})
    login = LoginHttp(Http(ca_path, (1.0, 0.2)), policy, Redactor())
    with pytest.raises(ConnectionFailed, match=r"Login at localhost .* in 2 s \(option timeout\)"):
        login.post(f"{url}/token", data={"client_secret": "s"})
    assert time.monotonic() - start < 60  # it would go on for hours


def test_an_answer_to_a_login_that_is_too_large_is_not_read(graph: Server, ca_path: str, fake_time: FakeTime) -> None:
    content = gzip.compress(b" " * (200 << 20), 1)
    graph.handler = lambda request: Reply(200, body=content, headers={"Content-Encoding": "gzip"})
    policy = RetryPolicy(60.0, fake_time.clock, fake_time.sleep)
    login = LoginHttp(Http(ca_path, (1.0, 20.0)), policy, Redactor())
    with pytest.raises(ConnectionFailed, match=r"Login at localhost .*larger than 64 MB") as caught:
        login.get(f"{graph.url}/openid-configuration")
    assert "Given up" not in str(caught.value)
    assert len(graph.requests) == 1


def test_a_login_service_that_answers_slowly_uses_up_the_time_of_the_task(
    graph: Server, ca_path: str, fake_time: FakeTime
) -> None:
    def handle(request: Request) -> Reply:
        fake_time.now += 50.0
        return Reply(200, {})

    graph.handler = handle
    login = LoginHttp(
        Http(ca_path, (1.0, 20.0)), RetryPolicy(300.0, fake_time.clock, fake_time.sleep, whole=120.0), Redactor()
    )
    with pytest.raises(OutOfTime, match=r"more than 120 s \(option task_timeout\)"):
        list(map(login.get, [f"{graph.url}/openid-configuration"] * 10))
    assert len(graph.requests) == 3


@pytest.mark.parametrize("option", ["task_timeout", "max_pages", "max_megabytes"])
def test_a_bound_that_cannot_be_is_refused(option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must be at least 1, not 0"):
        GraphSession.from_params({"access_token": TOKEN, option: 0})


@pytest.mark.parametrize("link", ["https://[", "https://[::1", "https://" + "a" * 5000 + "/beta/x", "javascript:1"])
def test_an_address_that_is_none_is_refused_in_a_short_sentence(
    session: GraphSession, graph: Server, link: str
) -> None:
    graph.replies = [Reply(200, {"value": [], "@odata.nextLink": link})]
    graph.handler = lambda request: Reply(302, headers={"Location": link})
    for ask in (lambda: list(session.list("x")), lambda: session.get("x")):
        with pytest.raises((UntrustedHost, ConnectionFailed)) as caught:
            ask()
        assert len(str(caught.value)) < 500


def test_a_user_who_is_asked_for_by_name_may_be_shown_by_id(session: GraphSession, graph: Server) -> None:
    link = f"{graph.url}/beta/users/11111111-1111-1111-1111-111111111111/managedDevices?p=2"
    graph.replies = [
        Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": link}),
        Reply(200, {"value": [{"id": "2"}]}),
    ]
    assert [item["id"] for item in session.list("users/a@example.org/managedDevices")] == ["1", "2"]
