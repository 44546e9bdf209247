# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets must not appear: Ansible's log, and arguments that a task shows although it refuses them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import yaml

from tests.emulator.client import Emulator
from tests.emulator.settings import CLIENT_SECRET
from tests.integration.harness import FQCN, Json, Player, Run, task
from tests.unit.plugins.module_utils.graph.server import Reply, Request, Server

pytestmark = pytest.mark.both_ways

TOKEN = "an-opaque-token-of-this-tenant"
SECRET = "s3cret-of-an-app~1"
TENANT = "11111111-2222-3333-4444-555555555555"
LIBRARIES = ("msal", "urllib3", "requests", "charset_normalizer", "idna")
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Server]:
    """A captive portal in the place of Entra: tenant discovery works, a login is answered by no JSON."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "portal.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    server = Server(tls)
    login = f"{server.url}/{TENANT}/oauth2/v2.0"
    discovery = {"token_endpoint": f"{login}/token", "authorization_endpoint": login, "issuer": f"{login}"}

    def handle(request: Request) -> Reply:
        if request.path.endswith("/token"):
            return Reply(200, body=f"access_token={TOKEN}&{request.body.decode()}".encode())
        if request.path.endswith("/openid-configuration"):
            return Reply(200, discovery)
        return Reply(403, {"error": {"code": "Forbidden", "message": request.headers["authorization"]}})

    server.handler = handle
    yield server
    server.close()


@pytest.fixture
def loud(tmp_path: Path, portal: Server) -> dict[str, str | None]:
    """The environment of Ansible that logs to a file, with libraries that log all they can."""
    folder = tmp_path / "python"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        f"import logging\nfor name in {LIBRARIES}: logging.getLogger(name).setLevel(logging.DEBUG)\n", encoding="utf-8"
    )
    return {
        "PYTHONPATH": str(folder),
        "ANSIBLE_LOG_PATH": str(tmp_path / "log"),
        "AZURE_AUTHORITY_HOST": portal.url,
        "AZURE_TENANT_ID": TENANT,
        "AZURE_CLIENT_SECRET": SECRET,
        "INTUNE_CA_PATH": str(tmp_path / "portal.pem"),
        "INTUNE_TOKEN_CACHE": "none",
        "INTUNE_ACCESS_TOKEN": None,
        "no_proxy": "localhost",
    }


def nothing_of_libraries_is_in(path: Path, output: str) -> None:
    log = path.read_text(encoding="utf-8")
    for secret in (SECRET, TOKEN):
        assert secret not in log
        assert secret not in output
    assert "n=ansible" in log
    for library in LIBRARIES:
        assert f"n={library}" not in log


def test_no_library_writes_into_the_log_of_a_play(
    play: Player, portal: Server, loud: dict[str, str | None], tmp_path: Path
) -> None:
    tasks = [
        task("intune_group", "login", name="x", state="absent", ignore_errors=True, retry_timeout=0),
        task(
            "intune_group",
            "request",
            name="x",
            state="absent",
            ignore_errors=True,
            access_token=TOKEN,
            graph_url=portal.url,
            retry_timeout=0,
        ),
    ]
    run = play(tasks, env=loud)
    assert "does not answer as Microsoft Entra does" in run["login"].message
    assert any(request.path.endswith("/token") for request in portal.requests)
    assert any(request.path.startswith("/beta") or "v1.0/" in request.path for request in portal.requests)
    nothing_of_libraries_is_in(tmp_path / "log", run.output)


def test_no_library_writes_into_the_log_of_an_inventory(
    player: Player, emulator: Emulator, portal: Server, loud: dict[str, str | None], tmp_path: Path
) -> None:
    source = tmp_path / "devices.intune.yml"
    source.write_text(yaml.safe_dump({"plugin": f"{FQCN}managed_devices", "retry_timeout": 0}), encoding="utf-8")
    done = player.command("ansible-inventory", "-i", str(source), "--list", env=loud)
    assert any(request.path.endswith("/token") for request in portal.requests)
    nothing_of_libraries_is_in(tmp_path / "log", done.stdout + done.stderr)


MISTAKES: list[tuple[str, Json]] = [
    ("intune_app_config", {"ios": {"settings": {"key": "k", "secret_value": SECRET}}}),
    ("intune_app_config", {"ios": {"settings": [{"key": "k", "secretvalue": SECRET}]}}),
    ("intune_app_config", {"ios": {"settings": [[SECRET]]}}),
    ("intune_app_config", {"ios": {"settings": SECRET}}),
    ("intune_app_config", {"ios": [{"settings": [{"key": "k", "secret_value": SECRET}]}]}),
    ("intune_app_config", {"ios": f"settings={SECRET}"}),
    ("intune_app_config", {"ios": {"secret_settings": [SECRET]}}),
    ("intune_app_config", {"settings": [{"key": "k", "secret_value": SECRET}]}),
    ("intune_app_config", {"android": {"secret_managed_properties": [SECRET, {"key": SECRET}]}}),
    ("intune_app_config", {"android": {"secret_managed_properties": SECRET}, "state": "x"}),
    ("intune_app_config", {"target_apps": {"secret": SECRET}}),
    ("intune_app_config", {"timeout": {"secret": SECRET}}),
    ("intune_group", {"clientsecret": SECRET}),
    ("intune_group", {"client_secret": [SECRET], "state": "x"}),
    ("intune_group", {"client_secret": {"secret": SECRET}, "state": "x"}),
    ("intune_vpn_profile", {"ios_ikev2": {"sharedsecret": SECRET}}),
    ("intune_configuration", {"configuration": {"groups": {"name": "x", "secret": SECRET}}}),
    ("intune_configuration", {"configuration": {"groups": [{"name": "x", "secret": SECRET}]}}),
    ("intune_configuration", {"configuration": {"nothing": [{"name": "x", "secret": SECRET}]}}),
    ("intune_configuration", {"configuration": {"app_configs": [{"name": "x", "ios": {"secretvalue": SECRET}}]}}),
    ("intune_configuration", {"configurations": {"secret": SECRET}}),
]


def mistaken(play: Player) -> Run:
    tasks: list[Json] = []
    for number, (module, wrong) in enumerate(MISTAKES):
        options = wrong if module == "intune_configuration" else {"name": "x", **wrong}
        tasks.append({"name": str(number), FQCN + module: options, "ignore_errors": True})
    # From a variable: Ansible itself shows the line of a playbook where a task failed.
    text = json.dumps(tasks).replace(SECRET, "{{ kept }}")
    return play(json.loads(text), extra_vars={"kept": SECRET}, verbosity=4, diff=True)


def test_a_secret_in_an_option_of_the_wrong_name_or_shape_is_not_shown(play: Player) -> None:
    run = mistaken(play)
    for number, (module, wrong) in enumerate(MISTAKES):
        item = run[str(number)]
        assert item.failed, (module, wrong, item.result)
        assert SECRET not in str(item.result), (module, wrong)
        assert not item.requests
    assert SECRET not in run.output
    arguments = run["1"].result["invocation"]["module_args"]
    assert arguments["ios"]["settings"][0]["key"] == "k"
    assert arguments["ios"]["settings"][0]["secretvalue"] == MASK
    assert arguments["name"] == "x"


def test_refused_arguments_that_are_no_secret_stay_readable(play: Player, emulator: Emulator) -> None:
    run = play(
        [
            task("intune_group", "choice", ignore_errors=True, name="x", state="gone", client_secret=CLIENT_SECRET),
            task("intune_group", "type", ignore_errors=True, name="x", timeout="soon"),
        ]
    )
    assert "gone" in run["choice"].message
    assert run["choice"].result["invocation"]["module_args"]["state"] == "gone"
    assert run["choice"].result["invocation"]["module_args"]["client_secret"] == MASK
    assert run["type"].result["invocation"]["module_args"]["timeout"] == "soon"
