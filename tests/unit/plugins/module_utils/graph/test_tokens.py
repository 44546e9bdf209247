# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth import tokens
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.tokens import (
    CacheFile,
    TokenProvider,
    find_token,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.batch import BatchRequest
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    AuthenticationError,
    ConfigurationError,
    Forbidden,
    Unauthorized,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from tests.unit.plugins.module_utils.graph.entra import CLIENT, SECRET, TENANT, Entra
from tests.unit.plugins.module_utils.graph.paths import python_path
from tests.unit.plugins.module_utils.graph.server import Reply, Request, Server, Step

TARGET = "https://graph.example.org/.default"
NOW = 1_790_000_000.0


def serialized(*entries: dict[str, Any]) -> str:
    return json.dumps({"AccessToken": {str(number): entry for number, entry in enumerate(entries)}, "AppMetadata": {}})


def entry(secret: str = "cached", expires_on: Any = str(int(NOW) + 3600), target: str = TARGET) -> dict[str, Any]:
    return {"secret": secret, "expires_on": expires_on, "target": target, "credential_type": "AccessToken"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.mkdir(mode=0o700)
    return path


class Login:
    """Gives numbered tokens that live for some seconds."""

    def __init__(self, lifetime: float = 3600.0) -> None:
        self.lifetime = lifetime
        self.claims: list[str | None] = []

    def __call__(self, claims: str | None = None) -> str:
        self.claims.append(claims)
        return serialized(entry(f"login-{len(self.claims)}", str(int(NOW + self.lifetime))))


# -- reading MSAL's format ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"AccessToken": []}',
        '{"AccessToken": null}',
        '{"AccessToken": {"a": 1}}',
        serialized(entry(expires_on="soon")),
        serialized(entry(expires_on=None)),
        serialized(entry(target="https://other/.default")),
        serialized({**entry(), "secret": None}),
        serialized({**entry(), "secret": ""}),
    ],
)
def test_what_is_no_cache_holds_no_token(text: str | None) -> None:
    assert find_token(text, TARGET) is None


@pytest.mark.parametrize("expires_on", ["1790003600", 1790003600, 1790003600.0, "1790003600.0"])
def test_the_time_of_expiry_in_all_its_forms(expires_on: object) -> None:
    assert find_token(serialized(entry(expires_on=expires_on)), TARGET) == ("cached", NOW + 3600)


def test_the_longest_lived_token_for_the_target_is_taken() -> None:
    text = serialized(
        entry("short", "1790000001"),
        entry("long", "1790009999"),
        entry("other", "1799999999", "https://other/.default"),
    )
    assert find_token(text, TARGET) == ("long", 1790009999.0)


# -- the provider -------------------------------------------------------------------------------------------------


def test_a_cached_token_needs_no_login(folder: Path) -> None:
    cache, login = CacheFile(str(folder), "k"), Login()
    cache.write(serialized(entry("cached", str(int(NOW) + 301))))
    assert TokenProvider(login, TARGET, cache, lambda: NOW).token() == "cached"
    assert login.claims == []


@pytest.mark.parametrize("content", [serialized(entry("old", str(int(NOW) + 299))), "{corrupt", "\x00\xff"])
def test_a_token_near_its_end_and_a_corrupt_cache_are_replaced(folder: Path, content: str) -> None:
    cache, login = CacheFile(str(folder), "k"), Login()
    cache.write(content)
    assert TokenProvider(login, TARGET, cache, lambda: NOW).token() == "login-1"
    assert find_token(cache.read(), TARGET) == ("login-1", NOW + 3600)


def test_a_long_task_renews_in_time() -> None:
    now, login = [NOW], Login()
    provider = TokenProvider(login, TARGET, None, lambda: now[0])
    assert provider.token() == provider.token() == "login-1"
    now[0] = NOW + 3299
    assert provider.token() == "login-1"
    now[0] = NOW + 3301
    login.lifetime = 7200
    assert provider.token() == "login-2"


def test_a_token_shorter_than_the_margin_is_still_used_more_than_once() -> None:
    now, login = [NOW], Login(lifetime=200)
    provider = TokenProvider(login, TARGET, None, lambda: now[0])
    provider.token()
    now[0] = NOW + 90
    assert provider.token() == "login-1"
    now[0] = NOW + 110
    assert provider.token() == "login-2"


def test_a_refused_token_is_replaced_in_the_cache_too(folder: Path) -> None:
    cache, login = CacheFile(str(folder), "k"), Login()
    cache.write(serialized(entry("revoked")))
    provider = TokenProvider(login, TARGET, cache, lambda: NOW)
    assert provider.token() == "revoked"
    assert provider.renew()
    assert provider.token() == "login-1"
    assert TokenProvider(login, TARGET, cache, lambda: NOW).token() == "login-1"
    assert login.claims == [None]


def test_a_token_that_a_parallel_task_renewed_is_taken(folder: Path) -> None:
    cache, login = CacheFile(str(folder), "k"), Login()
    cache.write(serialized(entry("revoked")))
    provider = TokenProvider(login, TARGET, cache, lambda: NOW)
    provider.token()
    cache.write(serialized(entry("renewed by another")))
    provider.renew()
    assert provider.token() == "renewed by another"
    assert login.claims == []


def test_a_claims_challenge_always_means_a_login(folder: Path) -> None:
    cache, login = CacheFile(str(folder), "k"), Login()
    cache.write(serialized(entry("renewed by another")))
    TokenProvider(login, TARGET, cache, lambda: NOW).renew('{"access_token": {}}')
    assert login.claims == ['{"access_token": {}}']


def test_a_login_without_a_readable_expiry_is_an_error() -> None:
    with pytest.raises(AuthenticationError, match="time of expiry"):
        TokenProvider(lambda claims: "{}", TARGET, None, lambda: NOW).token()


# -- the file and its directory -----------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_file_is_private_and_replaced_in_one_step(folder: Path) -> None:
    previous = os.umask(0)
    try:
        cache = CacheFile(str(folder), "k")
        cache.write("one")
        before = (folder / "token-k.json").stat().st_ino
        cache.write("two")
    finally:
        os.umask(previous)
    assert [path.name for path in folder.iterdir()] == ["token-k.json"]
    assert mode(folder / "token-k.json") == 0o600
    assert (folder / "token-k.json").stat().st_ino != before
    assert cache.read() == "two"


def test_a_file_that_others_may_read_is_not_trusted(folder: Path) -> None:
    cache = CacheFile(str(folder), "k")
    cache.write("x")
    (folder / "token-k.json").chmod(0o640)
    assert cache.read() is None


@pytest.mark.parametrize("kind", ["link", "directory", "pipe", "nothing"])
def test_what_is_no_file_is_not_read(folder: Path, tmp_path: Path, kind: str) -> None:
    path = folder / "token-k.json"
    if kind == "link":
        (tmp_path / "target").write_text("x")
        (tmp_path / "target").chmod(0o600)
        path.symlink_to(tmp_path / "target")
    elif kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path, 0o600)
    assert CacheFile(str(folder), "k").read() is None


def test_a_link_in_the_place_of_the_file_is_replaced_not_followed(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (folder / "token-k.json").symlink_to(target)
    CacheFile(str(folder), "k").write("token")
    assert target.read_text() == "precious"
    assert CacheFile(str(folder), "k").read() == "token"


def test_a_cache_that_cannot_be_written_does_not_fail_the_task(tmp_path: Path) -> None:
    provider = TokenProvider(Login(), TARGET, CacheFile(str(tmp_path / "gone"), "k"), lambda: NOW)
    assert provider.token() == "login-1"


def folder_in_use(option: str = "auto") -> str | None:
    cache = tokens.cache_file(option, "k")
    if cache is None:
        return None
    cache.write("x")
    return next((str(path.parent) for path in Path(os.environ["HOME"]).rglob("token-k.json")), None)


def test_the_runtime_directory_is_preferred(tmp_path: Path) -> None:
    assert folder_in_use() == str(tmp_path / "runtime/mobilesec.intune")
    assert mode(tmp_path / "runtime/mobilesec.intune") == 0o700


def test_without_a_runtime_directory_the_cache_is_in_the_cache_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert folder_in_use() == str(tmp_path / "xdg/mobilesec.intune")


def test_without_either_the_cache_is_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert folder_in_use() == str(tmp_path / ".cache/mobilesec.intune")


def test_without_a_home_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("os.path.expanduser", str)  # what Python does for somebody whom the system does not know
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert folder_in_use() is None
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("none", ["none", "None", "NONE"])
def test_none_means_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, none: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder_in_use(none) is None
    assert [path for path in tmp_path.rglob("*") if path.name != "runtime"] == []


@pytest.mark.parametrize("word", ["False", "no", "non", "tokens", "~"])
def test_a_word_is_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="is neither auto, none, nor the path of a directory"):
        folder_in_use(word)
    assert not (tmp_path / word).exists()


def test_a_directory_of_the_users_choice(tmp_path: Path) -> None:
    assert folder_in_use("~/mine/tokens") == str(tmp_path / "mine/tokens")


def spoil(path: Path, how: str, tmp_path: Path) -> None:
    if how == "open":
        path.mkdir(mode=0o755)
        path.chmod(0o755)
    elif how == "link":
        (tmp_path / "real").mkdir(mode=0o700)
        path.symlink_to(tmp_path / "real")
    else:
        path.write_text("")


@pytest.mark.parametrize("how", ["open", "link", "file"])
def test_a_directory_that_is_not_safe_is_not_used(tmp_path: Path, how: str) -> None:
    spoil(tmp_path / "runtime/mobilesec.intune", how, tmp_path)
    assert folder_in_use() is None
    with pytest.raises(ConfigurationError, match=r"token_cache .* cannot be used"):
        folder_in_use(str(tmp_path / "runtime/mobilesec.intune"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_somebody_elses_directory_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "runtime/mobilesec.intune"
    path.mkdir(mode=0o700)
    os.chown(path, 65534, 65534)
    assert folder_in_use() is None


def test_waiting_for_the_lock_has_an_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_LOCK_WAIT", 0.2)
    with open(folder / "token-k.json.lock", "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        begin = time.monotonic()
        assert TokenProvider(Login(), TARGET, CacheFile(str(folder), "k"), lambda: NOW).token() == "login-1"
    assert time.monotonic() - begin >= 0.2


def test_the_lock_is_released_when_the_login_fails(folder: Path) -> None:
    def refuse(claims: str | None) -> str:
        raise AuthenticationError("no")

    cache = CacheFile(str(folder), "k")
    with pytest.raises(AuthenticationError):
        TokenProvider(refuse, TARGET, cache, lambda: NOW).token()
    with open(folder / "token-k.json.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


# -- with real logins ---------------------------------------------------------------------------------------------


@pytest.fixture
def options(graph: Server, ca_path: str) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "graph_url": graph.url,
        "authority_host": graph.url,
        "ca_path": ca_path,
        "timeout": 10,
        "retry_timeout": 5,
    }


def read(options: dict[str, Any]) -> str:
    session = GraphSession.from_params(options)
    try:
        return str(session.get("x")["seen"])
    finally:
        session.close()


def test_two_tasks_log_in_once(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    assert read(options) == read(options) == "Bearer issued-token-number-1"
    assert entra.tokens == 1


@pytest.mark.parametrize("change", [{"client_secret": "another-secret"}, {"token_cache": "none"}])
def test_another_credential_does_not_get_the_cached_token(
    options: dict[str, Any], graph: Server, change: dict[str, Any]
) -> None:
    entra = Entra(graph)
    read(options)
    entra.secret = change.get("client_secret", SECRET)
    assert read({**options, **change}) == "Bearer issued-token-number-2"


def test_each_login_has_its_own_file(options: dict[str, Any], graph: Server, elsewhere: Server, tmp_path: Path) -> None:
    Entra(graph)
    Entra(elsewhere)
    for change in ({}, {"graph_url": elsewhere.url}, {"authority_host": elsewhere.url}):
        read({**options, **change})
    files = list((tmp_path / "runtime/mobilesec.intune").glob("token-*.json"))
    assert len(files) == 3
    assert not any(SECRET in file.read_text() or SECRET in file.name for file in files)


def test_the_cache_is_msals(options: dict[str, Any], graph: Server, tmp_path: Path) -> None:
    import msal

    Entra(graph)
    read(options)
    cache = msal.SerializableTokenCache()
    cache.deserialize(next((tmp_path / "runtime/mobilesec.intune").glob("token-*.json")).read_text())
    found = list(
        cache.search(
            cache.CredentialType.ACCESS_TOKEN,
            target=[f"{graph.url}/.default"],
            query={"client_id": CLIENT, "realm": TENANT, "environment": "localhost", "home_account_id": None},
        )
    )
    assert [token["secret"] for token in found] == ["issued-token-number-1"]


def test_a_401_drops_the_cached_token_and_logs_in_once_more(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    read(options)
    graph.replies = [Reply(401, {"error": {"code": "InvalidAuthenticationToken", "message": "expired"}})]
    assert read(options) == "Bearer issued-token-number-2"
    assert read(options) == "Bearer issued-token-number-2"
    assert entra.tokens == 2


FORBIDDEN = Reply(403, {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}})


def test_a_403_to_a_cached_token_is_tried_once_with_a_new_one(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    read(options)
    graph.replies = [FORBIDDEN]
    assert read(options) == "Bearer issued-token-number-2"
    graph.replies = [FORBIDDEN]
    handle = graph.handler
    graph.handler = lambda request: FORBIDDEN if "/beta/" in request.path else handle(request)
    with pytest.raises(Forbidden, match="may take some minutes to count"):
        read(options)
    assert entra.tokens == 3


@pytest.mark.parametrize(
    ("login", "advice"),
    [
        ({"managed_identity": True}, "for up to 24 hours"),
        ({"access_token": "x"}, "has no permission that was granted after it was issued"),
        ({"azure_cli": True}, "unless you run 'az logout'"),
    ],
)
def test_a_refusal_says_when_a_grant_counts_for_this_login(login: dict[str, Any], advice: str) -> None:
    session = GraphSession.from_params({**login, "token_cache": "none"})
    try:
        assert advice in session._tokens.grant_advice
    finally:
        session.close()


def test_a_403_to_a_new_token_is_final(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    handle = graph.handler
    graph.handler = lambda request: FORBIDDEN if "/beta/" in request.path else handle(request)
    with pytest.raises(Forbidden):
        read(options)
    assert entra.tokens == 1


def test_a_403_to_a_part_of_a_batch_is_tried_once_with_a_new_token(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    read(options)
    handle = graph.handler

    def answer(request: Request) -> Step:
        if not request.path.endswith("/$batch"):
            return handle(request)
        is_new = request.headers["authorization"] == "Bearer issued-token-number-2"
        fine = {"status": 200, "body": {"id": "1"}}
        refused = {"status": 403, "body": FORBIDDEN.json}
        items = request.json["requests"]
        return Reply(
            200,
            {
                "responses": [
                    {"id": item["id"], **(fine if is_new and item["url"] == "/a" else refused)} for item in items
                ]
            },
        )

    graph.handler = answer
    session = GraphSession.from_params(options)
    fine, refused = session.batch([BatchRequest("GET", "/a"), BatchRequest("GET", "/b")])
    session.close()
    assert fine.error is None
    assert isinstance(refused.error, Forbidden)
    assert entra.tokens == 2


def test_claims_reach_the_token_service(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    challenge = (
        'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0="'
    )
    read(options)
    graph.replies = [Reply(401, {"error": {"code": "x"}}, {"WWW-Authenticate": challenge})]
    read(options)
    assert entra.token_requests[1].form["claims"] == '{"access_token":{"nbf":{"value":"1"}}}'


def test_a_lasting_401_ends_after_one_new_login(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)

    def handle(request: Request) -> Reply:
        seen = request.headers.get("authorization", "")
        return (
            Reply(401, {"error": {"code": "InvalidAuthenticationToken", "message": f"got {seen}"}})
            if "/beta/" in request.path
            else entra.handle(request)
        )

    graph.handler = handle
    with pytest.raises(Unauthorized, match="A new token was refused as well") as caught:
        read(options)
    assert entra.tokens == 2
    assert "issued-token" not in str(caught.value) + repr(caught.value.to_result())


CHILD = """
import json, sys
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
seen = GraphSession.from_params(json.loads(sys.argv[1])).get("x")["seen"]
print(json.dumps({"seen": seen, "msal": "msal" in sys.modules, "cryptography": "cryptography" in sys.modules}))
"""


def start_child(options: dict[str, Any]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(options)],
        env={**os.environ, "PYTHONPATH": python_path()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(child: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    assert errors == ""
    return dict(json.loads(output))


def test_a_cached_token_is_found_without_importing_msal(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph)
    assert result(start_child(options))["msal"] is True
    assert result(start_child(options)) == {
        "seen": "Bearer issued-token-number-1",
        "msal": False,
        "cryptography": False,
    }
    assert entra.tokens == 1


def test_parallel_processes_log_in_once(options: dict[str, Any], graph: Server) -> None:
    entra = Entra(graph, delay=1.0)
    seen = {result(child)["seen"] for child in [start_child(options) for _number in range(3)]}
    assert seen == {"Bearer issued-token-number-1"}
    assert entra.tokens == 1
