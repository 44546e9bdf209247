# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins that work, and what a user reads when the tenant, the credential or the connection is wrong."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.settings import CLIENT_SECRET, DEFAULT_PERMISSIONS
from tests.integration.conftest import Certificates
from tests.integration.harness import Json, Player, Run, task

WRONG = "wr0ng-secret~of-a-customer"
READ = task("intune_group", "read", name="x", state="absent")
NO_CACHE = {"INTUNE_TOKEN_CACHE": "none"}


def logins(run: Run) -> list[Json]:
    return [entry for item in run.tasks for entry in item.requests if entry["path"].endswith("/oauth2/v2.0/token")]


def one_clear_sentence(run: Run, *said: str) -> None:
    """The only task failed with a message that says all this, without a traceback or a secret in the loudest output."""
    (item,) = run.tasks
    assert item.failed, run.output
    for text in said:
        assert text in item.message
    assert "Traceback" not in run.output
    assert WRONG not in run.output
    assert CLIENT_SECRET not in run.output
    assert not item.writes


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_play_of_several_tasks_logs_in_once_and_the_cache_is_private(play: Player, tmp_path: Path) -> None:
    cache = tmp_path / "tokens"
    cache.mkdir(mode=0o700)
    tasks = [{**READ, "name": str(number)} for number in range(3)]
    run = play(tasks, env={"INTUNE_TOKEN_CACHE": str(cache)})
    assert run.rc == 0, run.output
    assert len(logins(run)) == 1
    modes = [stat.S_IMODE(path.stat().st_mode) for path in cache.rglob("*") if path.is_file()]
    assert modes
    assert all(mode == 0o600 for mode in modes)
    run = play(tasks[:2], env=NO_CACHE)
    assert len(logins(run)) == 2


def test_the_default_cache_lies_in_the_users_cache_directory(play: Player, tmp_path: Path) -> None:
    env = {"INTUNE_TOKEN_CACHE": None, "XDG_CACHE_HOME": str(tmp_path), "XDG_RUNTIME_DIR": None}
    run = play([READ, {**READ, "name": "again"}], env=env)
    assert run.rc == 0, run.output
    assert len(logins(run)) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_revoked_token_is_replaced_within_the_task(play: Player, emulator: Emulator) -> None:
    assert play([READ]).rc == 0
    emulator.revoke_tokens()
    run = play([READ, {**READ, "name": "again"}])
    assert run.rc == 0, run.output
    assert len(logins(run)) == 1


@pytest.mark.parametrize("with_password", [False, True])
def test_a_certificate_logs_in(play: Player, certificates: Certificates, with_password: bool) -> None:
    path, env = certificates.login, {**NO_CACHE, "AZURE_CLIENT_SECRET": None}
    if with_password:
        path = certificates.with_password(b"p4ss-of-a-key")
        env["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = "p4ss-of-a-key"
    run = play([READ], env={**env, "AZURE_CLIENT_CERTIFICATE_PATH": str(path)}, verbosity=4)
    assert run.rc == 0, run.output
    assert "client_assertion" in logins(run)[0]["body"]
    assert "p4ss-of-a-key" not in run.output


def test_a_managed_identity_and_a_ready_token_log_in(
    play: Player, emulator: Emulator, running_emulator: Emulator
) -> None:
    none = dict.fromkeys(("AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_CLIENT_ID"), None)
    imds = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": str(running_emulator.endpoints["imds_url"])}
    run = play(
        [task("intune_group", name="x", state="absent", managed_identity=True)], env={**NO_CACHE, **none, **imds}
    )
    assert run.rc == 0, run.output


def test_a_wrong_secret_is_one_clear_sentence(play: Player, emulator: Emulator) -> None:
    run = play([READ], env={**NO_CACHE, "AZURE_CLIENT_SECRET": WRONG}, verbosity=4)
    one_clear_sentence(run, "client_secret", "AADSTS7000215")
    options: Json = {"name": "x", "client_secret": WRONG, "token_cache": "none"}
    one_clear_sentence(play([task("intune_group", **options)], verbosity=4), "client_secret")


def test_an_unknown_tenant_or_application_is_one_clear_sentence(play: Player, emulator: Emulator) -> None:
    unknown = "11111111-2222-4333-8444-555555555555"
    one_clear_sentence(play([READ], env={**NO_CACHE, "AZURE_TENANT_ID": unknown}, verbosity=4), unknown, "tenant_id")
    one_clear_sentence(
        play([READ], env={**NO_CACHE, "AZURE_TENANT_ID": "unknown.example"}, verbosity=4),
        "unknown.example",
        "tenant_id",
    )
    one_clear_sentence(play([READ], env={**NO_CACHE, "AZURE_CLIENT_ID": unknown}, verbosity=4), unknown, "client_id")


def test_missing_credentials_are_named_with_their_variables(play: Player) -> None:
    one_clear_sentence(play([READ], env={"AZURE_CLIENT_SECRET": None}), "AZURE_CLIENT_SECRET", "certificate_path")
    one_clear_sentence(play([READ], env={"AZURE_TENANT_ID": None}), "AZURE_TENANT_ID")


def test_an_unreachable_host_is_one_clear_sentence(play: Player, emulator: Emulator) -> None:
    closed = f"https://localhost:{unused_port()}"
    quick: Json = {"name": "x", "state": "absent", "retry_timeout": 1, "timeout": 2}
    run = play([task("intune_group", **quick)], env={**NO_CACHE, "AZURE_AUTHORITY_HOST": closed}, verbosity=4)
    one_clear_sentence(run, "localhost")
    run = play(
        [task("intune_group", **quick)],
        env={"INTUNE_GRAPH_URL": "https://no-such-host.invalid", **NO_CACHE},
        verbosity=4,
    )
    (item,) = run.tasks
    assert item.failed
    assert "Traceback" not in run.output


def test_an_unknown_certificate_authority_is_one_clear_sentence_that_names_ca_path(
    play: Player, certificates: Certificates
) -> None:
    one_clear_sentence(play([READ], env={**NO_CACHE, "INTUNE_CA_PATH": None}, verbosity=4), "ca_path")
    one_clear_sentence(
        play([READ], env={**NO_CACHE, "INTUNE_CA_PATH": str(certificates.authority)}, verbosity=4), "ca_path"
    )
    one_clear_sentence(
        play([READ], env={**NO_CACHE, "INTUNE_CA_PATH": "/no/such/ca.pem"}, verbosity=4), "/no/such/ca.pem"
    )


def test_a_certificate_that_cannot_log_in_is_one_clear_sentence(play: Player, certificates: Certificates) -> None:
    env = {**NO_CACHE, "AZURE_CLIENT_SECRET": None}

    def with_certificate(path: Path) -> Run:
        return play([READ], env={**env, "AZURE_CLIENT_CERTIFICATE_PATH": str(path)}, verbosity=4)

    one_clear_sentence(with_certificate(certificates.without_key), str(certificates.without_key), "key")
    one_clear_sentence(with_certificate(certificates.garbage), str(certificates.garbage))
    one_clear_sentence(with_certificate(certificates.folder / "missing.pem"), "missing.pem", "cannot be read")
    one_clear_sentence(with_certificate(certificates.with_password(b"p4ss-of-a-key")), "certificate_password")


@pytest.fixture
def grant(emulator: Emulator) -> Iterator[Emulator]:
    yield emulator
    emulator.settings(permissions=list(DEFAULT_PERMISSIONS))


APP: Json = {
    "name": "a",
    "type": "ios_store_app",
    "publisher": "x",
    "app_store_url": "https://apps.apple.com/us/app/x/id1",
}


@pytest.mark.parametrize(
    ("lacking", "module", "options", "named"),
    [
        ("GroupMember|Group.|Directory", "intune_group", {"name": "x"}, "GroupMember.Read.All"),
        ("Group.", "intune_group", {"name": "x"}, "Group.Create"),
        ("DeviceManagementApps", "intune_app", APP, "DeviceManagementApps.Read.All"),
        ("DeviceManagementApps.ReadWrite", "intune_app", APP, "DeviceManagementApps.ReadWrite.All"),
        (
            "DeviceManagementConfiguration",
            "intune_vpn_profile",
            {"name": "x", "state": "absent"},
            "DeviceManagementConfiguration.Read.All",
        ),
        (
            "DeviceManagement",
            "intune_mtd_connector",
            {"partner": "Zimperium"},
            "DeviceManagementServiceConfig.Read.All",
        ),
        ("DeviceManagement", "intune_device_facts", {}, "DeviceManagementManagedDevices.Read.All"),
    ],
)
def test_a_missing_permission_is_named(
    play: Player, grant: Emulator, lacking: str, module: str, options: Json, named: str
) -> None:
    permissions = [
        name for name in DEFAULT_PERMISSIONS if not any(name.startswith(start) for start in lacking.split("|"))
    ]
    if lacking == "DeviceManagementApps.ReadWrite":
        permissions.append("DeviceManagementApps.Read.All")
    if lacking == "Group.":
        permissions = [name for name in permissions if not name.startswith("GroupMember")] + ["GroupMember.Read.All"]
    grant.settings(permissions=permissions)
    run = play([task(module, **options)], env=NO_CACHE, verbosity=4)
    (item,) = run.tasks
    assert item.failed, run.output
    assert named in item.message
    assert "Traceback" not in run.output
    assert CLIENT_SECRET not in run.output


def test_module_defaults_of_the_action_group_reach_every_module(play: Player, emulator: Emulator) -> None:
    names = {"AZURE_TENANT_ID": "tenant_id", "AZURE_CLIENT_ID": "client_id", "AZURE_CLIENT_SECRET": "client_secret"}
    names |= {"AZURE_AUTHORITY_HOST": "authority_host", "INTUNE_GRAPH_URL": "graph_url", "INTUNE_CA_PATH": "ca_path"}
    defaults = {option: play.env[variable] for variable, option in names.items()}
    tasks = [
        READ,
        *(
            task(f"intune_{noun}", name="x", state="absent")
            for noun in ("app", "app_config", "vpn_profile", "certificate_profile")
        ),
        task("intune_mtd_connector", partner="Zimperium", state="absent"),
        task("intune_device_facts", fields=["id"]),
    ]
    run = play(
        tasks,
        play={"module_defaults": {"group/mobilesec.intune.intune": defaults}},
        env=dict.fromkeys(names, None),
        verbosity=4,
    )
    assert run.rc == 0, run.output
    assert len(run.tasks) == 7
    assert CLIENT_SECRET not in run.output
