# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that all modules share, and how a module ends."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.testing import patch_module_args

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import document
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import GraphError, IntuneError, Unexpected
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._login_options import (
    CREDENTIALS,
    auth_options,
    chosen_credential,
    several_credentials,
)
from tests.unit.plugins.modules.in_process import module

GUID = "00000000-0000-4000-8000-000000000001"

ENVIRONMENT = {
    "INTUNE_ACCESS_TOKEN": "token of another tenant",
    "AZURE_CLIENT_CERTIFICATE_PATH": "~/other.pem",
    "AZURE_FEDERATED_TOKEN_FILE": "/var/run/other",
    "AZURE_SECRET": "secret of another tenant",
}


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, ["access_token", "certificate_path", "federated_token_file", "client_secret"]),
        ({"client_secret": "own"}, ["client_secret"]),
        ({"managed_identity": True}, ["managed_identity"]),
        ({"certificate_path": "~/own.pem"}, ["certificate_path"]),
        ({"federated_token_file": "/own", "client_secret": "own"}, ["federated_token_file", "client_secret"]),
        (
            {"client_secret": ENVIRONMENT["AZURE_SECRET"]},
            ["access_token", "certificate_path", "federated_token_file", "client_secret"],
        ),
    ],
)
def test_a_credential_of_a_task_goes_before_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], left: list[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AZURE_CLIENT_SECRET", raising=False)
    params = ArgumentSpecValidator(auth_options()).validate(given).validated_parameters
    assert [name for name in CREDENTIALS if chosen_credential(params)[name]] == left


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"certificate_path": "~/own.pem"}, []),
        # The task names one, the environment the other.
        ({"certificate_path": "~/own.pem", "client_secret": ENVIRONMENT["AZURE_SECRET"]}, []),
        (
            {"client_secret": "own", "azure_cli": True, "federated_token_file": "/own"},
            ["The login uses azure_cli, and ignores federated_token_file, client_secret. Declare one credential only."],
        ),
    ],
)
def test_a_credential_that_a_task_declares_and_does_not_use_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], expected: list[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AZURE_CLIENT_SECRET", raising=False)
    params = ArgumentSpecValidator(auth_options()).validate(given).validated_parameters
    assert several_credentials(params) == expected

    def interface(_session: Any, _params: Any, fails: bool, _diff: bool) -> dict[str, Any]:
        if fails:
            raise IntuneError("Refused.")
        return {"changed": False}

    for fails in (False, True):
        declared = {**params, "tenant_id": GUID, "client_id": GUID}
        result = Module(interface, {}).result(declared, set(), fails, False, str)
        assert result.get("warnings", []) == expected


def test_what_nobody_foresaw_ends_in_a_sentence_without_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    def interface(*_arguments: Any) -> dict[str, Any]:
        error = KeyError("a-token-of-somebody")
        error.changed = True  # type: ignore[attr-defined]
        raise error

    with patch_module_args({"access_token": "a-token-of-somebody"}), pytest.raises(SystemExit):
        Module(interface, {}).run()
    result = json.loads(capsys.readouterr().out)
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith("KeyError in test_interface.py, line ")
    assert result["msg"].endswith("Please report it.")
    assert "a-token-of-somebody" not in json.dumps(result)


@pytest.mark.parametrize("fails", [False, True])
def test_no_part_of_a_result_holds_a_secret_in_any_form(capsys: pytest.CaptureFixture[str], fails: bool) -> None:
    secret = "a-token-of-somebody"
    encoded = base64.b64encode(b"x" + secret.encode()).decode()

    def interface(*_arguments: Any) -> dict[str, Any]:
        if fails:
            raise GraphError(f"Refused {encoded} \x1b[2J.", 400, request_id=encoded, code=secret)
        return {"changed": False, "details": {"a": [encoded]}, encoded: 1, "warnings": [f"\x1b[2J{encoded}"]}

    with patch_module_args({"access_token": secret}), pytest.raises(SystemExit):
        Module(interface, {}).run()
    output = capsys.readouterr().out
    assert secret not in output
    assert encoded[4:-4] not in output
    assert "u001b" not in output
    assert "********" in output


def test_what_nobody_foresaw_of_one_object_leaves_the_others_of_a_list() -> None:
    assert isinstance(document._attempt(lambda: dict[str, str]()["id"]), Unexpected)


def test_a_diff_that_is_text_already_stays_as_it_is() -> None:
    text = {"before": "", "after": "intune_groups:\n- name: Müller & Söhne\n"}
    plain = {"before": {}, "after": {"name": "Sons"}}
    letters = {"before": {}, "after": {"name": "Söhne"}}
    module = Module(lambda *_given: {"changed": True, "diff": [text, plain, letters]}, {})
    params = {**dict.fromkeys(auth_options()), "access_token": "a-token-of-somebody", "cloud": "global"}
    shown = module.result(params, set(), False, True, progress=str)["diff"]
    assert shown[:2] == [text, plain]
    assert json.loads(shown[2]["after"]) == {"name": "Söhne"}
    assert "Söhne" in shown[2]["after"]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("INTUNE_GRAPH_URL", "http://graph", "graph_url must start with https://"),
        ("AZURE_AUTHORITY_HOST", "http://login", "authority_host must start with https://"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/a.pem", "certificate_path '/nowhere/a.pem' cannot be read"),
        ("AZURE_TENANT_ID", "no tenant", "tenant_id 'no tenant' is neither"),
        ("AZURE_CLIENT_SECRET", "a-secret-of-a-file\n", "client_secret begins or ends with a blank or a line break"),
        (
            "AZURE_CLIENT_SECRET",
            "$ANSIBLE_VAULT;1.1;AES256\n3361",
            "client_secret is still encrypted with Ansible Vault",
        ),
        ("INTUNE_TOKEN_CACHE", "off", "token_cache 'off' is neither"),
        ("INTUNE_CA_PATH", "/nowhere/ca.pem", "ca_path '/nowhere/ca.pem' cannot be read"),
    ],
)
def test_a_wrong_value_of_the_environment_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    for name in [name for name in os.environ if name.startswith(("AZURE_", "INTUNE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(variable, value)
    declared: dict[str, Any] = {"name": "A", "graph_url": "https://127.0.0.1:1", "retry_timeout": 0, "timeout": 1}
    own = {
        "AZURE_TENANT_ID": {"client_id": GUID, "client_secret": "x"},
        "AZURE_CLIENT_SECRET": {"tenant_id": GUID, "client_id": GUID},
        "AZURE_CLIENT_CERTIFICATE_PATH": {"tenant_id": GUID, "client_id": GUID},
    }.get(variable, {"tenant_id": GUID, "client_id": GUID, "client_secret": "x"})
    if variable == "INTUNE_GRAPH_URL":
        del declared["graph_url"]
    found = module("intune_group")
    params = ArgumentSpecValidator(found.spec).validate({**declared, **own}).validated_parameters
    message = found.result(params, set(), False, False, lambda text: None)["msg"]
    assert said in message
    option = said.partition(" ")[0]
    assert f"{option} is from the environment variable {variable}." in message
    assert "a-secret-of-a-file" not in message
