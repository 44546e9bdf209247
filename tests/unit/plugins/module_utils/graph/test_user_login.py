# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins of users: by the Azure CLI, and by a code that they enter elsewhere."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth import azure_cli, prompt, tokens
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.prompt import Prompt
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    AuthenticationError,
    ConfigurationError,
    Forbidden,
    IntuneError,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements
from tests.emulator import az
from tests.emulator.client import Emulator
from tests.emulator.users import GRAPH_COMMAND_LINE

APPLICATION = "0a4de5a1-5b3c-4c1e-8a53-9f0f6b1d2c3e"
SCOPES = ["DeviceManagementApps.Read.All", "Group.ReadWrite.All"]
OTHER_TENANT = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(devices=1) as emulator:
        yield emulator


@pytest.fixture
def tenant(running: Emulator) -> Emulator:
    running.reset()
    running.settings(public_clients=[APPLICATION], user_is_administrator=True)
    running.seed({"op": "application", "app_id": APPLICATION, "scopes": SCOPES})
    return running


@pytest.fixture
def options(tenant: Emulator, tmp_path: Path) -> dict[str, Any]:
    cache = tmp_path / "tokens"
    cache.mkdir(mode=0o700)
    return {
        "tenant_id": tenant.env["AZURE_TENANT_ID"],
        "client_id": APPLICATION,
        "graph_url": tenant.graph_url,
        "authority_host": tenant.env["AZURE_AUTHORITY_HOST"],
        "ca_path": tenant.ca_path,
        "timeout": 20,
        "retry_timeout": 2,
        "token_cache": str(cache),
    }


def read(options: dict[str, Any], path: str = "deviceAppManagement/mobileApps", **more: Any) -> GraphSession:
    session = GraphSession.from_params(options, **more)
    session.permission_hint = requirements.hint
    try:
        list(session.list(path))
    finally:
        session.close()
    return session


def error(options: dict[str, Any], kind: type[IntuneError] = AuthenticationError, **more: Any) -> str:
    with pytest.raises(kind) as caught:
        read(options, **more)
    return str(caught.value)


# -- the Azure CLI ------------------------------------------------------------------------------------------------


@pytest.fixture
def log_in(tenant: Emulator, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def account(state: str = "logged_in", **values: Any) -> dict[str, Any]:
        token = tenant.user_token(client_id=APPLICATION, scopes=SCOPES)
        env = az.install(tmp_path / "bin", **{"tenant": options["tenant_id"], "state": state, **token, **values})
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return {**options, "azure_cli": True}

    return account


def calls(tmp_path: Path) -> list[list[str]]:
    return [json.loads(line) for line in (tmp_path / "bin/calls").read_text().splitlines()]


def is_running(process: int) -> bool:
    """Whether a process still does something; nobody may have asked for the status of one that ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("state", ["logged_in", "old"])
def test_the_azure_cli_is_asked_once_for_the_token_of_the_tenant(
    log_in: Any, options: dict[str, Any], tmp_path: Path, state: str
) -> None:
    declared = log_in(state)
    assert read(declared).token_claims()["upn"].startswith("admin@")
    read(declared)
    assert calls(tmp_path) == [
        [
            *("account", "get-access-token", "--resource", options["graph_url"], "--output", "json"),
            *("--tenant", options["tenant_id"]),
        ]
    ]


def test_another_login_to_the_azure_cli_is_another_token(log_in: Any, tmp_path: Path) -> None:
    declared = {**log_in(), "tenant_id": None}
    read(declared)
    (tmp_path / "bin/azureProfile.json").write_text('{"subscriptions": []}')
    read(declared)
    assert len(calls(tmp_path)) == 2
    assert "--tenant" not in calls(tmp_path)[0]


def test_what_the_azure_cli_says_is_one_sentence(log_in: Any, options: dict[str, Any]) -> None:
    login = f"Run 'az login --tenant {options['tenant_id']} --allow-no-subscriptions'."
    message = error(log_in("logged_out"))
    assert message.endswith(f"The Azure CLI gave no token: Please run 'az login' to setup account. {login}")
    message = error(log_in(tenant=OTHER_TENANT))
    assert f"AADSTS50020: User account 'admin' does not exist in tenant '{options['tenant_id']}'" in message
    assert "WARNING" not in message
    assert "not the JSON of a token" in error(log_in("broken"))
    assert "time of expiry" in error(log_in(token=""))


def test_a_token_of_another_tenant_is_not_used(log_in: Any, options: dict[str, Any]) -> None:
    declared = {**log_in("careless"), "tenant_id": OTHER_TENANT}
    assert f"a token of tenant {options['tenant_id']}, not of {OTHER_TENANT}" in error(declared)


def test_an_azure_cli_that_hangs_ends_with_all_that_it_started(
    log_in: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    declared = log_in("stuck")
    monkeypatch.setattr(tokens, "deadline", lambda timeout: 2.0)
    assert "no token within 2 seconds" in error(declared)
    started = tmp_path / "bin/child"  # not so on a very busy machine
    child = started.read_text(encoding="ascii") if started.exists() else ""
    while child.strip() and is_running(int(child)):  # a signal is not waited for
        time.sleep(0.01)


@pytest.mark.parametrize("to_errors", [False, True])
def test_an_azure_cli_that_prints_without_an_end_is_ended(log_in: Any, to_errors: bool) -> None:
    assert "printed more than 1 MB" in error(log_in("endless", to_errors=to_errors))


@pytest.mark.parametrize(
    "values",
    [
        {"expires_on": float("nan")},
        {"expires_on": float("inf")},
        {"token": "a\nb"},
        {"token": "a b"},
        {"token": ["a"]},
        {"token": {}},
        {"token": "ä"},
    ],
)
def test_an_odd_answer_of_the_azure_cli_is_one_sentence(log_in: Any, values: dict[str, Any]) -> None:
    assert "The Azure CLI's answer has no token" in error(log_in("careless", **values))


def test_deep_nesting_in_what_the_azure_cli_prints_is_one_sentence(log_in: Any) -> None:
    assert "is not the JSON of a token" in error(log_in("broken", token="[" * 100_000))


def test_a_missing_azure_cli_is_named(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no program 'az' on the PATH" in error({**options, "azure_cli": True}, ConfigurationError)


def test_no_error_of_the_azure_cli_shows_a_token() -> None:
    assert azure_cli._reason("ERROR: Bad eyJhbGciOi.J9-x.y_z!", 1) == "Bad ********!"
    for secret in ("0.AXoASkxsecretsecretsecret.AgABAwEAAAD-12", "x8Q~" + "aB3" * 12, "Bearer abcdefgh12345678"):
        assert azure_cli._reason(f"ERROR: refresh {secret} refused\x1b[2J", 1).count(secret.split()[-1]) == 0
    said = "AADSTS50020: 'admin@contoso.example' in '7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e', see https://aka.ms/x"
    assert azure_cli._reason(f"ERROR: {said}", 1) == said


def test_a_claims_challenge_asks_for_a_new_login_to_the_azure_cli(log_in: Any) -> None:
    provider = GraphSession.from_params(log_in())._tokens
    provider.token()
    with pytest.raises(AuthenticationError, match="az logout"):
        provider.renew('{"access_token": {}}')


def test_the_azure_cli_has_no_permission_for_intune(log_in: Any, tenant: Emulator) -> None:
    message = error(log_in(**tenant.user_token()), Forbidden)
    assert "The Azure CLI's application has no permission for Intune" in message
    assert "Refused was user admin@" in message


# -- device code --------------------------------------------------------------------------------------------------


class Person:
    """Reads the code and answers, as a user with a browser does."""

    def __init__(self, tenant: Emulator, answer: str | None = "approve") -> None:
        self.tenant = tenant
        self.answer = answer
        self.read: list[str] = []
        self.prompt = Prompt(self.look)

    def look(self, text: str) -> None:
        self.read.append(text)
        found = re.search(r"the code (\w+)", text)
        assert found
        if self.answer:
            self.tenant.log_in(found[1], self.answer)


@pytest.fixture
def declared(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "device_code": True}


def test_a_user_logs_in_once_with_a_code(tenant: Emulator, declared: dict[str, Any]) -> None:
    person = Person(tenant)
    claims = read(declared, prompt=person.prompt).token_claims()
    assert claims["scp"].split() == SCOPES
    assert claims["appid"] == APPLICATION
    (text,) = person.read
    assert f"open {tenant.graph_url}/devicelogin in a browser" in text
    # Where nobody can be asked, what is cached is enough.
    read(declared)
    (file,) = (path for path in Path(declared["token_cache"]).iterdir() if path.suffix == ".json")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_login_of_a_user_is_renewed_without_asking(tenant: Emulator, declared: dict[str, Any]) -> None:
    person = Person(tenant)
    read(declared, prompt=person.prompt)
    tenant.revoke_tokens()
    read(declared, prompt=person.prompt)
    tenant.seed({"op": "application", "app_id": APPLICATION, "scopes": ["DeviceManagementConfiguration.Read.All"]})
    # The cached token does not know of the later grant.
    read(declared, "deviceManagement/deviceConfigurations", prompt=person.prompt)
    assert len(person.read) == 1


def test_a_user_who_declines_or_does_nothing_is_one_sentence(
    tenant: Emulator, declared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    message = error(declared, prompt=Person(tenant, "decline").prompt)
    assert f"refused the login of a user of application {APPLICATION}" in message
    assert "the user declined the login" in message
    nobody = Person(tenant, None)
    nobody.prompt = Prompt(lambda text: tenant.clock(step=1000))
    assert "nobody entered the code in time" in error(declared, prompt=nobody.prompt)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        *((code, "the user does not exist in this tenant") for code in (16000, 50014, 50020, 50034, 90072)),
        *((code, "requires multifactor authentication") for code in (50072, 50074, 50076, 50079, 50158)),
        *((code, "requires a managed device") for code in (50097, 53000, 53001)),
        *((code, "has expired or was revoked") for code in (50173, 70043, 700082)),
        *((code, "consent") for code in (65001, 65004, 90094, 90095)),
        (50053, "the user is locked"),
        (50055, "the user's password has expired"),
        (50057, "the user is disabled"),
        (50105, "the user is not assigned"),
        (50126, "the user name or the password is wrong"),
        (53003, "Conditional Access"),
        (65002, "use an application of your own"),
        (650057, "add it as delegated permission"),
        (7000218, "Allow public client flows"),
    ],
)
def test_what_entra_refuses_of_a_user_has_an_advice(
    declared: dict[str, Any], monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    answer = {"error": "invalid_grant", "error_codes": [code], "error_description": f"AADSTS{code}: Some text."}
    monkeypatch.setattr(msal.PublicClientApplication, "initiate_device_flow", lambda *_given, **_more: answer)
    message = error(declared, prompt=Prompt(lambda text: None))
    assert said in message
    assert f"(AADSTS{code})" in message
    assert "Some text" not in message


@pytest.mark.parametrize("interval", [0, -1, 10**9])
def test_a_code_that_never_ends_ends_with_the_task(tenant: Emulator, declared: dict[str, Any], interval: int) -> None:
    code = {"user_code": "A", "device_code": "d", "verification_uri": "https://localhost/x", "expires_in": 10**9}
    pending = {"error": "authorization_pending", "error_description": "AADSTS70016: pending"}
    tenant.faults(
        {"match": {"path": "devicecode"}, "action": {"status": 200, "body": {**code, "interval": interval}}},
        {"match": {"path": "/token"}, "action": {"status": 400, "body": pending}},
    )
    asked = len(tenant.journal())
    message = error({**declared, "task_timeout": 2}, IntuneError, prompt=Person(tenant, None).prompt)
    assert "nobody entered the code in time" in message or "option task_timeout" in message
    assert len(tenant.journal()) - asked < 10


def test_an_application_that_lets_no_user_log_in_is_named(tenant: Emulator, declared: dict[str, Any]) -> None:
    tenant.settings(public_clients=[])
    person = Person(tenant)
    assert "Allow public client flows" in error(declared, prompt=person.prompt)
    assert person.read == []


def test_a_user_consents_to_what_is_asked_for(tenant: Emulator, declared: dict[str, Any]) -> None:
    asked = {**declared, "client_id": GRAPH_COMMAND_LINE, "device_code_scopes": ["DeviceManagementApps.Read.All"]}
    person = Person(tenant)
    assert read(asked, prompt=person.prompt).token_claims()["scp"] == "DeviceManagementApps.Read.All"
    more = {**asked, "device_code_scopes": ["DeviceManagementApps.Read.All", "Group.Read.All"]}
    read(more, "groups", prompt=person.prompt)
    assert len(person.read) == 2
    assert "is not a permission" in error({**asked, "device_code_scopes": ["a b"]}, ConfigurationError)


def test_a_user_without_consent_is_one_sentence(tenant: Emulator, declared: dict[str, Any]) -> None:
    message = error({**declared, "client_id": GRAPH_COMMAND_LINE}, prompt=Person(tenant).prompt)
    assert "nobody has consented" in message


@pytest.mark.parametrize("name", ["AWX_HOST", "JOB_ID", "CI"])
def test_nobody_is_asked_where_nobody_looks(
    tenant: Emulator, declared: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("AWX_") or variable in prompt._OF_JOBS]:
        monkeypatch.delenv(variable)
    asked = len(tenant.journal())
    assert "INTUNE_IN_PROCESS" in error(declared, ConfigurationError)
    assert "no terminal" in error(declared, ConfigurationError, prompt=prompt.at_terminal(print, False))
    assert prompt.at_terminal(print, True).obstacle == ""
    monkeypatch.setenv(name, "1")
    assert f"({name} is set)" in error(declared, ConfigurationError, prompt=prompt.at_terminal(print, True))
    assert not any("devicecode" in entry["path"] for entry in tenant.journal()[asked:])


def test_a_login_that_could_not_be_kept_is_refused(declared: dict[str, Any]) -> None:
    assert "device_code needs a token_cache" in error({**declared, "token_cache": "none"}, ConfigurationError)


def test_a_refusal_speaks_of_delegated_permissions_and_of_the_user(tenant: Emulator, declared: dict[str, Any]) -> None:
    person = Person(tenant)
    read(declared, prompt=person.prompt)
    session = GraphSession.from_params(declared)
    session.permission_hint = requirements.hint
    with pytest.raises(Forbidden) as caught:
        session.post("deviceManagement/deviceConfigurations", {})
    message = str(caught.value)
    assert "grant it as delegated permission" in message
    assert "DeviceManagementConfiguration.ReadWrite.All" in message
    assert f"Refused was user admin@contoso.example with application {APPLICATION}" in message
    tenant.settings(user_is_administrator=False)
    with pytest.raises(Forbidden, match="the user lacks a role"):
        list(session.list("deviceAppManagement/mobileApps"))


def test_a_hint_for_a_user_names_only_what_can_be_delegated() -> None:
    assert str(requirements.hint("POST", "groups")).startswith("Group.Create")
    assert str(requirements.hint("POST", "groups", True)).startswith("Group.ReadWrite.All")


def test_a_task_waits_for_the_login_of_another_one_as_long_as_a_code_lives(
    declared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(tokens, "_wait_for", lambda handle, seconds: waits.append(seconds))
    error(declared, ConfigurationError)
    assert waits == [900.0]
