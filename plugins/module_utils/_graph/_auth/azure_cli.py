# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gets the token of whoever is logged in to the Azure CLI [graph facts: Azure CLI]."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..clouds import Cloud
from ..errors import AuthenticationError, ConfigurationError
from ..odata import is_guid
from . import tokens
from .credentials import AzureCli

_TOKEN = re.compile(r"eyJ[\w.-]+")


def log_in(cloud: Cloud, credential: AzureCli, claims: str | None, seconds: float) -> str:
    """Return the token in the form of MSAL's serialized cache. Raises AuthenticationError, ConfigurationError."""
    login = f"az login{f' --tenant {credential.tenant_id}' if credential.tenant_id else ''} --allow-no-subscriptions"
    if claims:
        raise AuthenticationError(
            "Microsoft Entra asks for a new login, because a Conditional Access policy has to be met: run 'az logout' "
            f"and '{login} --scope {cloud.scope}'."
        )
    command = ["account", "get-access-token", "--resource", cloud.graph_url, "--output", "json"]
    command += ["--tenant", credential.tenant_id] if credential.tenant_id else []
    status, output, errors = _run(command, seconds)
    if status:
        advice = f" Run '{login}'." if "az login" in errors else ""
        raise AuthenticationError(f"The Azure CLI gave no token: {_reason(errors, status)}.{advice}")
    answer = _read(output)
    secret, expires_on = answer.get("accessToken"), _expires_on(answer)
    if not isinstance(secret, str) or not secret or expires_on is None:
        raise AuthenticationError("The Azure CLI's answer has no token whose time of expiry can be read: update it.")
    tenant = str(tokens.claims(secret).get("tid") or answer.get("tenant") or "")
    if is_guid(credential.tenant_id or "") and tenant and tenant.lower() != str(credential.tenant_id).lower():
        raise AuthenticationError(
            f"The Azure CLI gave a token of tenant {tenant}, not of {credential.tenant_id}. Run '{login}'."
        )
    return json.dumps(
        {"AccessToken": {"azure_cli": {"target": cloud.scope, "secret": secret, "expires_on": str(expires_on)}}}
    )


def _run(arguments: list[str], seconds: float) -> tuple[int, str, str]:
    program = shutil.which("az")
    if not program:
        raise ConfigurationError(
            "azure_cli needs the Azure CLI, and there is no program 'az' on the PATH: install it "
            "(https://aka.ms/azure-cli), or use another credential."
        )
    pipe = subprocess.PIPE
    try:
        # A session of its own: 'az' is a script, and a program that it starts would keep the pipes open. No
        # run_command: there is no AnsibleModule in process. No shell, and the options were checked.
        process = subprocess.Popen(  # noqa: S603  # pylint: disable=ansible-bad-function
            [program, *arguments], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        raise ConfigurationError(f"'{program}' cannot be run: {error.strerror or error}.") from None
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise AuthenticationError(
            f"The Azure CLI gave no token within {seconds:.0f} seconds: try 'az account get-access-token' yourself, or "
            "raise timeout."
        ) from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


def _reason(errors: str, status: int) -> str:
    """The first line that is an error, without anything that looks like a token."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    found = next((line for line in lines if line.startswith("ERROR:")), lines[-1] if lines else "")
    return (
        _TOKEN.sub("********", found.removeprefix("ERROR:")).strip().rstrip(".")[:300]
        or f"it ended with status {status}"
    )


def _read(output: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AuthenticationError("The Azure CLI's answer is not the JSON of a token: update it.")
    return answer


def _expires_on(answer: Mapping[str, Any]) -> float | None:
    """Seconds since the epoch; before 2.54, the CLI named the local time only."""
    try:
        if answer.get("expires_on"):
            return float(answer["expires_on"])
        return datetime.strptime(str(answer["expiresOn"])[:19], "%Y-%m-%d %H:%M:%S").timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
