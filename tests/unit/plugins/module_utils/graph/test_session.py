# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest
import trustme

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth import credentials
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.tokens import FixedToken
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.bounds import Bounds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.clouds import Cloud
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    BadAnswer,
    BadRequest,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    GraphError,
    LostAnswer,
    NotFound,
    Throttled,
    Unauthorized,
    UntrustedHost,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import RetryPolicy
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.unit.plugins.module_utils.graph.paths import python_path
from tests.unit.plugins.module_utils.graph.server import TOKEN, Drop, FakeTime, Reply, Request, Server, Step

MakeSession = Callable[..., GraphSession]


def refusal(status: int, code: str = "Code", message: str = "message", headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}}, headers or {})


class RenewableTokens:
    """Tokens in a row; remembers what it was asked to meet."""

    refusal_advice = "Look at the sign-in logs."
    grant_advice = "Wait some minutes."

    def __init__(self, *values: str) -> None:
        self.values = list(values)
        self.claims: list[str | None] = []

    def token(self) -> str:
        return self.values[0]

    def renew(self, claims: str | None = None, refused: str | None = None) -> bool:
        self.claims.append(claims)
        self.values.pop(0)
        return True

    def renew_cached(self, refused: str) -> bool:
        return False


# -- what is sent -------------------------------------------------------------------------------------------------


def test_a_read_is_sent_as_graph_wants_it(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"id": "1", "displayName": "Zoë"})]
    assert session.get(
        "deviceManagement/x", params={"$filter": "displayName eq 'R&D #1'"}, headers={"Prefer": "p"}
    ) == {"id": "1", "displayName": "Zoë"}
    sent = graph.requests[0]
    assert sent.method == "GET"
    assert sent.target == "/beta/deviceManagement/x?$filter=displayName%20eq%20%27R%26D%20%231%27"
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["user-agent"] == "ansible-mobilesec.intune"
    assert sent.headers["accept"] == "application/json"
    assert sent.headers["prefer"] == "p"
    assert "content-type" not in sent.headers


def test_parameters_are_added_to_those_of_the_path(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"id": "1"})]
    session.get("groups?$top=1", version="v1.0", params={"$select": "id"})
    assert graph.requests[0].target == "/v1.0/groups?$top=1&$select=id"


def test_a_body_is_json_in_utf_8(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(201, {"id": "new"}), Reply(204), Reply(200, {"id": "same"})]
    assert session.post("groups", {"displayName": "Zoë"}, version="v1.0") == {"id": "new"}
    assert session.patch("groups/1", {"description": None}) is None
    assert session.patch("groups/1", {}) == {"id": "same"}
    first, second, third = graph.requests
    assert first.body == '{"displayName": "Zoë"}'.encode()
    assert first.headers["content-type"] == "application/json"
    assert (second.method, second.json, third.json) == ("PATCH", {"description": None}, {})


def test_an_action_may_have_no_body(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(204)]
    assert session.post("deviceManagement/sync") is None
    assert graph.requests[0].body == b""
    assert graph.requests[0].headers["content-length"] == "0"


def test_one_connection_is_kept_and_each_attempt_has_its_own_id(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"id": "1"}), refusal(429), Reply(200, {"id": "1"})]
    session.get("a")
    session.get("b")
    assert len({request.connection for request in graph.requests}) == 1
    assert len({request.headers["client-request-id"] for request in graph.requests}) == 3
    assert session.requests_sent == 3


def test_netrc_does_not_replace_the_token(
    session: GraphSession, graph: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    graph.replies = [Reply(200, {"id": "1"})]
    session.get("a")
    assert graph.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


# -- TLS and the way to the host ----------------------------------------------------------------------------------


def test_an_unknown_ca_is_refused_at_once(make_session: MakeSession, graph: Server, fake_time: FakeTime) -> None:
    with pytest.raises(ConnectionFailed, match=r"certificate of localhost cannot be verified .*ca_path") as caught:
        make_session(ca_path=None).get("a")
    assert graph.requests == []
    assert fake_time.slept == []
    assert TOKEN not in str(caught.value)


def test_requests_own_ca_variable_works(
    make_session: MakeSession, graph: Server, ca_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_path)
    graph.replies = [Reply(200, {"id": "1"})]
    assert make_session(ca_path=None).get("a") == {"id": "1"}


def test_ca_path_goes_before_requests_own_variable(
    session: GraphSession, graph: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    graph.replies = [Reply(200, {"id": "1"})]
    assert session.get("a") == {"id": "1"}


def test_a_ca_variable_that_names_no_file_is_explained(
    make_session: MakeSession, graph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/ca.pem")
    with pytest.raises(ConnectionFailed, match="check REQUESTS_CA_BUNDLE"):
        make_session(ca_path=None).get("a")


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read: No such file"), (b"no pem", "no certificate in PEM form")]
)
def test_a_wrong_ca_path_is_a_configuration_error(
    make_session: MakeSession, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "wrong.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words):
        make_session(ca_path=str(path))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def session_at(
    url: str, policy: RetryPolicy, ca_path: str | None = None, timeout: tuple[float, float] = (2.0, 2.0)
) -> GraphSession:
    return GraphSession(Cloud("global", url, url), FixedToken(TOKEN), Bounds(ca_path, timeout, policy=policy))


def test_a_refused_connection_is_safe_to_repeat_even_for_a_create(policy: RetryPolicy, fake_time: FakeTime) -> None:
    with pytest.raises(
        ConnectionFailed, match=r"no connection to localhost \(Connection refused\).*Given up after 5 tries"
    ):
        session_at(f"https://localhost:{free_port()}", policy).post("groups", {})
    assert fake_time.slept == [1.0, 2.0, 4.0, 8.0]


def test_an_unknown_name_is_tried_three_times(policy: RetryPolicy, fake_time: FakeTime) -> None:
    with pytest.raises(ConnectionFailed, match=r"the name nowhere\.invalid cannot be resolved.*3 tries"):
        session_at("https://nowhere.invalid", policy).post("groups", {})
    assert len(fake_time.slept) == 2


@contextmanager
def closing_listener() -> Iterator[int]:
    """Accepts connections and closes them before TLS begins."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            connection.recv(1)
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


def test_a_failed_handshake_is_safe_to_repeat_even_for_a_create(policy: RetryPolicy, fake_time: FakeTime) -> None:
    with closing_listener() as port, pytest.raises(ConnectionFailed):
        session_at(f"https://localhost:{port}", policy).post("groups", {})
    assert fake_time.slept != []


def test_a_host_that_speaks_no_tls_did_nothing(plain_server: Server, policy: RetryPolicy) -> None:
    with pytest.raises(ConnectionFailed, match=r"TLS connection to 127\.0\.0\.1 failed"):
        session_at(plain_server.url.replace("http:", "https:"), policy).post("groups", {})
    assert plain_server.requests == []


def test_a_silent_host_is_a_timeout_of_the_handshake_not_a_lost_answer(policy: RetryPolicy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ConnectionFailed):
        session_at(f"https://localhost:{listener.getsockname()[1]}", policy, timeout=(0.2, 0.2)).post("groups", {})


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(
    session: GraphSession, graph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://someone:proxy-password@127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ConnectionFailed, match="proxy on the way to localhost") as caught:
        session.post("groups", {})
    assert "proxy-password" not in str(caught.value)
    assert graph.requests == []


def test_missing_requests_is_a_configuration_error() -> None:
    script = """
import sys
sys.modules["requests"] = None
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import ConfigurationError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
try:
    GraphSession.from_params({"access_token": "x"}).get("a")
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
    assert f"'{sys.executable} -m pip install requests'" in done.stdout


# -- retries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "waited"), [("3", 3.0), ("2.128", 3.0), ("0", 1.0), ("", 1.0)])
def test_a_throttled_create_is_sent_again(
    session: GraphSession, graph: Server, fake_time: FakeTime, header: str, waited: float
) -> None:
    graph.replies = [
        refusal(429, "TooManyRequests", "slow down", {"Retry-After": header} if header else {}),
        Reply(201, {"id": "1"}),
    ]
    assert session.post("groups", {"a": 1}) == {"id": "1"}
    assert fake_time.slept == [waited]
    assert graph.requests[0].body == graph.requests[1].body


def test_retry_after_may_be_a_date(session: GraphSession, graph: Server, fake_time: FakeTime) -> None:
    graph.replies = [
        refusal(429, headers={"Retry-After": formatdate(time() + 20.0, usegmt=True)}),
        Reply(200, {"id": "1"}),
    ]
    session.get("a")
    assert 15.0 <= fake_time.slept[0] <= 21.0


def test_throttling_ends_when_the_time_is_up(session: GraphSession, graph: Server, fake_time: FakeTime) -> None:
    graph.handler = lambda request: refusal(
        429, "TooManyRequests", "slow down", {"Retry-After": "100", "request-id": "r-1"}
    )
    with pytest.raises(Throttled, match=r"slow down.*Given up after 4 tries in 300 s") as caught:
        session.get("a")
    assert fake_time.slept == [100.0, 100.0, 100.0]
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (429, "TooManyRequests", "r-1")


def test_a_wish_beyond_the_limit_ends_at_once(session: GraphSession, graph: Server, fake_time: FakeTime) -> None:
    graph.replies = [refusal(429, headers={"Retry-After": "3600"})]
    with pytest.raises(Throttled, match="3600 s more"):
        session.get("a")
    assert fake_time.slept == []


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
def test_a_server_fault_repeats_what_is_repeatable_only(session: GraphSession, graph: Server, status: int) -> None:
    fault = refusal(status, "Fault", "it broke", {"Retry-After": "1"})
    graph.replies = [
        fault,
        Reply(200, {"id": "1"}),
        fault,
        Reply(204),
        fault,
        Reply(204),
        fault,
        Reply(200, {"done": 1}),
        fault,
    ]
    assert session.get("a") == {"id": "1"}
    assert session.patch("a", {}) is None
    session.delete("a")
    assert session.post("a/assign", {}, repeatable=True) == {"done": 1}
    with pytest.raises(LostAnswer, match=r"Nobody knows whether POST .*/beta/a was carried out: .*it broke") as caught:
        session.post("a", {})
    assert caught.value.cause is not None
    assert caught.value.cause.status == status
    assert len(graph.requests) == 9


@pytest.mark.parametrize(
    "reply",
    [
        refusal(409, "Directory_ConcurrencyViolation"),
        refusal(409, "Conflict", "concurrency conflict"),
        refusal(423),
        refusal(509),
    ],
)
def test_a_refusal_before_anything_was_done_repeats_a_create_too(
    session: GraphSession, graph: Server, reply: Reply
) -> None:
    graph.replies = [reply, Reply(201, {"id": "1"})]
    assert session.post("groups", {}) == {"id": "1"}


def test_another_conflict_is_an_error(session: GraphSession, graph: Server) -> None:
    graph.replies = [refusal(409, "NameAlreadyExists")]
    with pytest.raises(Conflict):
        session.post("groups", {})


def test_a_lasting_500_is_not_tried_for_all_the_time(session: GraphSession, graph: Server) -> None:
    graph.handler = lambda request: refusal(500, "InternalServerError", "An error has occurred")
    with pytest.raises(GraphError, match="Given up after 5 tries"):
        session.get("a")
    assert session.requests_sent == 5


def test_a_500_of_the_query_broker_is_a_throttle(session: GraphSession, graph: Server) -> None:
    graph.replies = [*[refusal(500, "InternalServerError", "Exception in Query Broker")] * 7, Reply(200, {"id": "1"})]
    assert session.get("a") == {"id": "1"}


def test_after_a_503_a_new_connection_is_made(session: GraphSession, graph: Server) -> None:
    graph.replies = [refusal(503), Reply(200, {"id": "1"}), refusal(429), Reply(200, {"id": "1"})]
    session.get("a")
    session.get("b")
    connections = [request.connection for request in graph.requests]
    assert connections[0] != connections[1]
    assert connections[1] == connections[2] == connections[3]


def test_a_dropped_connection_repeats_a_read(session: GraphSession, graph: Server) -> None:
    graph.replies = [Drop(), Drop(), Reply(200, {"id": "1"})]
    assert session.get("a") == {"id": "1"}


def test_a_dropped_connection_loses_the_answer_of_a_create(session: GraphSession, graph: Server) -> None:
    graph.replies = [Drop()]
    with pytest.raises(LostAnswer, match="look first") as caught:
        session.post("groups", {"secretText": "x"})
    assert len(graph.requests) == 1
    assert graph.requests[0].json == {"secretText": "x"}
    assert caught.value.client_request_id == graph.requests[0].headers["client-request-id"]


def test_an_answer_cut_short_is_no_answer(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"id": "1"}, cut=10), Reply(200, {"id": "1"}), Reply(201, {"id": "2"}, cut=10)]
    assert session.get("a") == {"id": "1"}
    with pytest.raises(LostAnswer):
        session.post("a", {})


def test_after_a_lost_answer_a_create_has_a_connection_of_its_own(session: GraphSession, graph: Server) -> None:
    """A gateway may close each connection that it has kept, instead of the second answer."""

    def answer(request: Request) -> Step:
        is_kept = sum(request.connection == other.connection for other in graph.requests) > 1
        return Drop() if is_kept and request.method == "POST" else Reply(json={"id": "g1"})

    graph.handler = answer
    session.get("groups/g1")
    with pytest.raises(LostAnswer):
        session.post("groups", {})
    session.get("groups/g1")
    assert session.post("groups", {}) == {"id": "g1"}
    # Reads keep theirs.
    session.get("groups/g1")
    session.get("groups/g1")
    assert [request.connection for request in graph.requests] == [1, 1, 2, 3, 3, 3]


def test_an_interim_answer_is_none_and_ends_its_connection(session: GraphSession, graph: Server) -> None:
    # What comes after it would be taken for the answer to the next request.
    graph.replies += [Reply(103), Reply(json={"id": "g1"}), Reply(103)]
    assert session.get("groups/g1") == {"id": "g1"}
    assert [request.connection for request in graph.requests] == [1, 2]
    with pytest.raises(LostAnswer, match="HTTP 103"):
        session.post("groups", {})


def test_an_answer_with_headers_that_contradict_is_no_answer(session: GraphSession, graph: Server) -> None:
    graph.replies += [Reply(headers={"Content-Length": "7"}), Reply(json={"id": "g1"})]
    assert session.get("groups/g1") == {"id": "g1"}
    graph.replies.append(Reply(201, headers={"Content-Length": "7"}))
    with pytest.raises(LostAnswer, match="header"):
        session.post("groups", {})


def test_an_answer_that_ends_in_the_middle_is_no_answer(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        Reply(200, body=b'{"value": [{"id": "1"}, '),
        Reply(200, {"value": []}),
        Reply(201, body=b'{"id": "1",'),
    ]
    assert list(session.list("x")) == []
    with pytest.raises(LostAnswer):
        session.post("x", {})


def test_a_create_that_times_out_is_lost(make_session: MakeSession, graph: Server) -> None:
    graph.replies = [Reply(201, {}, delay=1.0)]
    with pytest.raises(LostAnswer, match="did not answer in time"):
        make_session(timeout=(5.0, 0.2)).post("groups", {})


def test_what_looks_for_a_lost_create_waits_as_its_answer_asks(
    session: GraphSession, graph: Server, fake_time: FakeTime
) -> None:
    graph.replies = [refusal(503, headers={"Retry-After": "7"}), Reply(200, {"value": []})]
    with pytest.raises(LostAnswer):
        session.post("x", {})
    assert list(session.list("x")) == []
    assert fake_time.slept == [7.0]


def test_a_read_that_times_out_is_repeated(make_session: MakeSession, graph: Server) -> None:
    graph.handler = lambda _request: Reply(200, {"id": "1"}, delay=1.0 if len(graph.requests) == 1 else 0.0)
    assert make_session(timeout=(5.0, 0.3)).get("a") == {"id": "1"}


@pytest.mark.parametrize("first", [Drop(), refusal(503), refusal(504)])
def test_a_repeated_delete_that_finds_nothing_is_done(
    session: GraphSession, graph: Server, first: Drop | Reply
) -> None:
    graph.replies = [first, refusal(404, "ResourceNotFound")]
    session.delete("a")
    assert len(graph.requests) == 2


@pytest.mark.parametrize("before", [[], [refusal(429)]])
def test_a_delete_of_nothing_is_not_found(session: GraphSession, graph: Server, before: list[Reply]) -> None:
    graph.replies = [*before, refusal(404, "ResourceNotFound")]
    with pytest.raises(NotFound):
        session.delete("a")


# -- answers and errors -------------------------------------------------------------------------------------------


def test_a_page_instead_of_json_is_an_error(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        *[Reply(200, body=b"<html><body>Please <b>log in</b></body></html>")] * 3,
        Reply(200, body=b"<html>hello</html>"),
    ]
    with pytest.raises(GraphError, match=r"not JSON \(HTTP 200\), it reads: Please log in"):
        session.get("a")
    with pytest.raises(LostAnswer):
        session.post("a", {})


def test_an_intune_error_is_unwrapped(session: GraphSession, graph: Server) -> None:
    message = json.dumps(
        {
            "_version": 3,
            "Message": "Bad thing - Operation ID (for customer support): 0 - Activity ID: 1 - "
            "Url: https://fef.msub06.manage.microsoft.com/x",
        },
        indent=1,
    ).replace("\n", "\r\n")
    graph.replies = [refusal(400, "BadRequest", message, {"request-id": "r-9"})]
    with pytest.raises(BadRequest) as caught:
        session.post("deviceManagement/deviceConfigurations", {})
    assert str(caught.value) == (
        f"Microsoft Graph refused POST {graph.url}/beta/deviceManagement/deviceConfigurations: Bad thing. "
        "(HTTP 400, BadRequest, request-id r-9)"
    )


def test_a_403_names_the_permission_that_suffices(make_session: MakeSession, graph: Server) -> None:
    asked: list[tuple[str, str]] = []

    def hint(method: str, path: str, is_user: bool) -> str:
        asked.append((method, path))
        return "Group.ReadWrite.All"

    graph.replies = [refusal(403, "Authorization_RequestDenied", "Insufficient privileges")]
    session = make_session()
    session.permission_hint = hint
    with pytest.raises(Forbidden, match=r"Group\.ReadWrite\.All") as caught:
        session.get("groups", version="v1.0", params={"$top": "1"})
    assert asked == [("GET", "groups")]
    assert "licence" not in str(caught.value)


def test_intunes_403_may_be_a_missing_licence(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        refusal(
            403,
            "Forbidden",
            "Application is not authorized to perform this operation. - Operation ID (for customer support): 0",
        )
    ]
    with pytest.raises(Forbidden, match="no active Intune licence"):
        session.get("deviceManagement/managedDevices")


def test_a_403_by_conditional_access(session: GraphSession, graph: Server) -> None:
    graph.replies = [refusal(403, headers={"WWW-Authenticate": 'Bearer error="insufficient_claims"'})]
    with pytest.raises(Forbidden, match="Conditional Access"):
        session.get("a")


@pytest.mark.parametrize(
    "reply",
    [
        refusal(401, headers={"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30="'}),
        refusal(
            401,
            "InvalidAuthenticationToken",
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
            "LocationConditionEvaluationSatisfied",
        ),
    ],
)
def test_a_401_by_conditional_access(session: GraphSession, graph: Server, reply: Reply) -> None:
    graph.replies = [reply]
    with pytest.raises(Unauthorized, match="Conditional Access policy") as caught:
        session.get("a")
    assert "has expired" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "advised", "not_advised"),
    [
        (refusal(400, "BadRequest", "Request not applicable to target tenant."), "no active Intune licence", "grant"),
        (refusal(403, "Forbidden", "Request not applicable to target tenant."), "no active Intune licence", "grant it"),
        (
            refusal(
                401,
                "UnknownError",
                '{"ErrorCode":"Forbidden","Message":"{\\"Message\\": \\"An error has occurred\\"}"}',
            ),
            "or the tenant has no licence for this",
            "expired",
        ),
        (
            refusal(
                403,
                "Authorization_RequestDenied",
                "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
                "currently undergoing migration.",
            ),
            "synchronised from on premises",
            "grant it",
        ),
        (
            refusal(400, "X", "Cannot Update a mail-enabled security groups and or distribution list."),
            "use Exchange",
            "grant it",
        ),
        *(
            (refusal(status, "X", text), advised, "grant it")
            for status, text, advised in (
                (403, "Cannot modify membership of a dynamic group.", "change membership_rule"),
                (403, "Neither tenant is B2C or tenant doesn't have premium license", "Microsoft Entra ID P1"),
                (403, "Tenant is not licensed for this feature.", "Microsoft Entra ID P1"),
                (403, "Tenant does not have proper license.", "Microsoft Entra ID P1"),
                (400, "1085: Security Defaults is enabled in the tenant.", "turn security defaults off"),
                (403, "Multi Admin Approval is required for this operation.", "a second administrator"),
                (403, "The caller must satisfy multifactor authentication.", "log in as an application"),
                (400, "Credential type not allowed as per assigned policy 'x'.", "declare fewer days"),
                (400, "The appId 'x' does not reference a valid application object.", "has this app_id"),
                (403, "the backing application of the service principal being created must", "has this app_id"),
            )
        ),
        (refusal(403, "Authorization_RequestDenied", "Insufficient"), "RoleManagement.ReadWrite.Directory", "licence"),
        (
            refusal(403, "Authorization_RequestDenied", "Insufficient"),
            "declared access_token has no permission",
            "token_cache",
        ),
    ],
)
def test_advice_fits_the_refusal(
    session: GraphSession, graph: Server, reply: Reply, advised: str, not_advised: str
) -> None:
    graph.replies = [reply]
    with pytest.raises(GraphError) as caught:
        session.patch("groups/1", {})
    assert advised in str(caught.value)
    assert not_advised not in str(caught.value)


def test_a_refusal_names_who_was_refused(
    make_session: MakeSession, graph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = {"appid": "app-1", "app_displayname": "Onboarding", "tid": "tenant-1", "roles": []}
    token = "x." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".x"
    monkeypatch.setenv("INTUNE_ACCESS_TOKEN", token)
    monkeypatch.setenv("AZURE_TENANT_ID", "of another task")
    session = make_session(FixedToken(token), secrets=(token,))
    session.variables = credentials.variables({"access_token": token, "tenant_id": "own"})
    for status in (401, 403):
        graph.replies = [refusal(status)]
        with pytest.raises(GraphError) as caught:
            session.get("a")
        assert str(caught.value).endswith(
            "Refused was application app-1 (Onboarding) of tenant tenant-1. "
            "The environment gave the login: INTUNE_ACCESS_TOKEN."
        )
        assert token not in str(caught.value)


def test_a_401_is_answered_with_one_new_token(make_session: MakeSession, graph: Server) -> None:
    tokens = RenewableTokens("old-token-value", "new-token-value")
    graph.replies = [refusal(401, "InvalidAuthenticationToken"), Reply(201, {"id": "1"})]
    assert make_session(tokens).post("groups", {}) == {"id": "1"}
    assert [request.headers["authorization"] for request in graph.requests] == [
        "Bearer old-token-value",
        "Bearer new-token-value",
    ]
    assert tokens.claims == [None]


def test_a_second_401_is_final_and_shows_no_token(make_session: MakeSession, graph: Server) -> None:
    graph.replies = [
        refusal(401, "X", "token old-token-value"),
        refusal(401, "InvalidAuthenticationToken", "bad token new-token-value"),
    ]
    with pytest.raises(Unauthorized, match="Look at the sign-in logs") as caught:
        make_session(RenewableTokens("old-token-value", "new-token-value", "unused")).get("a")
    assert len(graph.requests) == 2
    assert "token-value" not in str(caught.value) + repr(caught.value.to_result())


def test_a_claims_challenge_is_passed_on(make_session: MakeSession, graph: Server) -> None:
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1790000000"}}}'
    encoded = base64.b64encode(claims.encode()).decode().rstrip("=")
    header = (
        f'Bearer realm="", authorization_uri="https://login/authorize", error="insufficient_claims", claims="{encoded}"'
    )
    tokens = RenewableTokens("old-token-value", "new-token-value")
    graph.replies = [refusal(401, headers={"WWW-Authenticate": header}), Reply(200, {"id": "1"})]
    make_session(tokens).get("a")
    assert tokens.claims == [claims]


def test_a_given_token_that_is_refused_cannot_be_renewed(session: GraphSession, graph: Server) -> None:
    graph.replies = [refusal(401, "InvalidAuthenticationToken", f"Lifetime validation failed for {TOKEN}")]
    with pytest.raises(Unauthorized, match="declared access_token has expired") as caught:
        session.get("a")
    assert len(graph.requests) == 1
    assert TOKEN not in str(caught.value)


# -- other hosts --------------------------------------------------------------------------------------------------


def test_a_redirect_on_the_same_host_is_followed_for_reads(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        Reply(302, headers={"Location": "/gateway/beta/a"}),
        Reply(307, headers={"Location": f"{graph.url}/other/beta/A"}),
        Reply(200, {"id": "1"}),
    ]
    assert session.get("a") == {"id": "1"}
    assert [request.target for request in graph.requests] == ["/beta/a", "/gateway/beta/a", "/other/beta/A"]
    assert session.requests_sent == 3


def test_endless_redirects_end(session: GraphSession, graph: Server) -> None:
    graph.handler = lambda request: Reply(302, headers={"Location": "/x" + request.target})
    with pytest.raises(GraphError, match="more than 3 times"):
        session.get("a")
    assert len(graph.requests) == 4


def test_a_write_is_not_redirected(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(307, headers={"Location": "/gateway/beta/a"})]
    with pytest.raises(GraphError, match="reads only"):
        session.post("a", {})
    assert len(graph.requests) == 1


def test_a_redirect_to_another_host_is_refused(session: GraphSession, graph: Server, elsewhere: Server) -> None:
    graph.replies = [Reply(302, headers={"Location": f"{elsewhere.url}/beta/a"})]
    with pytest.raises(UntrustedHost, match="the access token is not sent there"):
        session.get("a")
    assert elsewhere.requests == []


def test_a_next_link_to_another_host_is_refused(session: GraphSession, graph: Server, elsewhere: Server) -> None:
    graph.replies = [
        Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{elsewhere.url}/beta/users?$skiptoken=x"})
    ]
    items = session.list("users")
    assert next(items) == {"id": "1"}
    with pytest.raises(UntrustedHost):
        next(items)
    assert elsewhere.requests == []
    assert len(graph.requests) == 1


@pytest.mark.parametrize(
    "link",
    [
        "http://{host}/beta/a",
        "https://someone@{host}/beta/a",
        "https://{host}@evil.example/beta/a",
        "https://{host}.evil.example/beta/a",
        "https://evil.example\\@{host}/beta/a",
        "//{host}/beta/a",
        "/beta/a",
        "https://{host}:port/a",
        "",
    ],
)
def test_tricks_with_links_are_refused_before_any_request(session: GraphSession, graph: Server, link: str) -> None:
    with pytest.raises(UntrustedHost):
        session.list_from(link.format(host=graph.url.removeprefix("https://")))
    assert graph.requests == []


def test_the_default_port_is_the_same_host(policy: RetryPolicy) -> None:
    session = session_at("https://nowhere.invalid", policy)
    assert session.list_from("HTTPS://Nowhere.Invalid:443/beta/a?$skiptoken=1")


# -- lists --------------------------------------------------------------------------------------------------------


def test_all_pages_are_read_and_headers_sent_again(session: GraphSession, graph: Server) -> None:
    link = f"{graph.url}/v1.0/groups?$skiptoken=a%2Fb%20c"
    graph.replies = [
        Reply(200, {"value": [{"id": "1"}, {"id": "2"}], "@odata.nextLink": link}),
        Reply(200, {"value": [], "@odata.nextLink": link + "2"}),
        Reply(200, {"value": [{"id": "3"}]}),
    ]
    items = session.list("groups", version="v1.0", params={"$count": "true"}, headers={"ConsistencyLevel": "eventual"})
    assert [item["id"] for item in items] == ["1", "2", "3"]
    assert [request.target for request in graph.requests] == [
        "/v1.0/groups?$count=true",
        "/v1.0/groups?$skiptoken=a%2Fb%20c",
        "/v1.0/groups?$skiptoken=a%2Fb%20c2",
    ]
    assert {request.headers["consistencylevel"] for request in graph.requests} == {"eventual"}


def test_a_list_is_read_as_it_is_consumed(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/x?p=2"}),
        Reply(200, {"value": [{"id": "2"}]}),
    ]
    items = session.list("x")
    assert graph.requests == []
    next(items)
    assert len(graph.requests) == 1
    next(items)
    assert len(graph.requests) == 2


def test_an_object_that_a_list_shows_twice_is_one(session: GraphSession, graph: Server) -> None:
    """In a page, and in two: whoever looks for doubles would delete it."""
    one, two = {"id": "1"}, {"id": "2"}
    graph.replies = [
        Reply(200, {"value": [one, two, one], "@odata.nextLink": f"{graph.url}/v1.0/x?$skiptoken=1"}),
        Reply(200, {"value": [two, {"id": "3"}]}),
    ]
    assert [item["id"] for item in session.list("x", "v1.0")] == ["1", "2", "3"]


def test_ids_are_one_in_either_letter_case_only_if_they_are_guids(session: GraphSession, graph: Server) -> None:
    """The apps of a policy have ids such as com.example.App, on another platform com.example.app."""
    guid = "1d47ba86-8ca9-40d8-af9e-13d7e27d3b05"
    ids = ["com.example.App", "com.example.app", guid, guid.upper()]
    graph.replies = [Reply(200, {"value": [{"id": each} for each in ids]})]
    assert [item["id"] for item in session.list("x")] == ids[:3]


def test_pages_come_with_their_annotations(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"@odata.count": 7, "value": []})]
    assert list(session.pages("x")) == [{"@odata.count": 7, "value": []}]


def test_a_throttled_page_is_asked_for_again(session: GraphSession, graph: Server) -> None:
    graph.replies = [
        Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/x?p=2"}),
        refusal(429),
        Reply(200, {"value": [{"id": "2"}]}),
    ]
    assert [item["id"] for item in session.list("x")] == ["1", "2"]


def test_a_list_is_read_once_more_where_the_token_of_a_page_is_gone(session: GraphSession, graph: Server) -> None:
    first = Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/x?p=2"})
    gone = refusal(400, "DirectoryPageTokenNotFoundException")
    graph.replies = [first, gone, first, Reply(200, {"value": [{"id": "2"}]})]
    assert [item["id"] for item in session.list("x")] == ["1", "2"]
    graph.replies = [first, gone, first, gone]
    with pytest.raises(BadRequest):
        list(session.list("x"))
    graph.replies = [gone]
    with pytest.raises(BadRequest):
        list(session.list("x"))


def test_a_list_without_items_is_an_error_not_an_empty_list(session: GraphSession, graph: Server) -> None:
    bodies: list[object] = [{"id": "no list"}, {"value": {}}, {"value": None}, {"value": [{"id": "1"}, None]}]
    for body in bodies:
        graph.replies = [Reply(200, body)] * 3
        with pytest.raises(BadAnswer, match="did not answer with a list of objects"):
            list(session.list("x"))


def test_an_answer_that_cannot_be_used_is_asked_for_again(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"value": None}), Reply(200, {"value": [{"id": "2"}]})]
    assert [item["id"] for item in session.list("x")] == ["2"]


def test_a_page_that_leads_to_itself_is_an_error(session: GraphSession, graph: Server) -> None:
    graph.handler = lambda request: Reply(200, {"value": [], "@odata.nextLink": f"{graph.url}/beta/x?p=2"})
    with pytest.raises(GraphError, match="never ends"):
        list(session.list("x"))
    assert len(graph.requests) == 2


def test_a_page_that_fails_ends_the_list(session: GraphSession, graph: Server) -> None:
    graph.replies = [Reply(200, {"value": [{"id": "1"}], "@odata.nextLink": f"{graph.url}/beta/x?p=2"}), refusal(400)]
    with pytest.raises(BadRequest):
        list(session.list("x"))


# -- from options -------------------------------------------------------------------------------------------------


def test_the_options_of_a_module_make_a_session(graph: Server, ca_path: str) -> None:
    graph.replies = [Reply(200, {"id": "1"})]
    session = GraphSession.from_params(
        {
            "access_token": f"  Bearer {TOKEN}\n",
            "graph_url": graph.url + "/",
            "ca_path": ca_path,
            "timeout": 5,
            "retry_timeout": 0,
            "client_secret": None,
            "cloud": None,
        }
    )
    assert session.get("a") == {"id": "1"}
    assert graph.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_retry_timeout_zero_means_no_retry(graph: Server, ca_path: str) -> None:
    graph.replies = [refusal(429, headers={"Retry-After": "1"})]
    session = GraphSession.from_params(
        {"access_token": TOKEN, "graph_url": graph.url, "ca_path": ca_path, "retry_timeout": 0}
    )
    with pytest.raises(Throttled, match="Given up after 1 try"):
        session.get("a")


@pytest.mark.parametrize(("option", "seconds"), [("timeout", -1), ("timeout", 0), ("retry_timeout", -1)])
def test_a_time_that_cannot_be_is_refused(option: str, seconds: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must be at least"):
        GraphSession.from_params({"access_token": TOKEN, option: seconds})


def test_the_servers_certificate_must_name_the_host(authority: trustme.CA, ca_path: str, policy: RetryPolicy) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    server = Server(context)
    try:
        with pytest.raises(ConnectionFailed, match="cannot be verified"):
            session_at(server.url, policy, ca_path).get("a")
    finally:
        server.close()
    assert server.requests == []
