# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gets the token of whoever is logged in to the Azure CLI [graph facts: Azure CLI]."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..clouds import Cloud
from ..errors import AuthenticationError, ConfigurationError
from ..odata import is_guid
from ..redact import MASK, Redactor
from .claims import claims_of
from .credentials import AzureCli

# A token as it goes into a header: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# What the Azure CLI may repeat of its own login: long texts without blanks, but no GUIDs and addresses.
_SECRET = re.compile(r"(?<![\w.~/-])(?=[\w.~+/-]*\d)(?![0-9a-f-]{36}\b)[\w.~+/-]{32,}=*(?![\w.~/-])")
# What is printed is a token; seconds in which the program ends after it has closed its output.
_MOST_BYTES = 1 << 20
_END_WITHIN = 5.0


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
    if not isinstance(secret, str) or not _TOKEN.fullmatch(secret) or expires_on is None:
        raise AuthenticationError("The Azure CLI's answer has no token whose time of expiry can be read: update it.")
    tenant = str(claims_of(secret).get("tid") or answer.get("tenant") or "")
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
    with process:
        try:
            output, errors = _printed(process, time.monotonic() + seconds)
            status = process.wait(_END_WITHIN)
        except (TimeoutError, subprocess.TimeoutExpired):
            raise AuthenticationError(
                f"The Azure CLI gave no token within {seconds:.0f} seconds: try 'az account get-access-token' "
                "yourself, or raise timeout."
            ) from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return status, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


def _printed(process: subprocess.Popen[bytes], end: float) -> tuple[bytes, bytes]:
    """Return what a program prints and reports until it closes both. Raises AuthenticationError, TimeoutError."""
    parts: dict[str, list[bytes]] = {"output": [], "errors": []}
    left = _MOST_BYTES
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("output", process.stdout), ("errors", process.stderr)):
            if pipe:
                selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError
            for key, _events in ready:
                part = os.read(key.fd, 65536)
                parts[key.data].append(part)
                left -= len(part)
                if not part:
                    selector.unregister(key.fileobj)
            if left < 0:
                raise AuthenticationError(
                    f"The Azure CLI printed more than {_MOST_BYTES >> 20} MB, which is not read: try "
                    "'az account get-access-token' yourself."
                )
            if time.monotonic() > end:
                raise TimeoutError
    return b"".join(parts["output"]), b"".join(parts["errors"])


def _reason(errors: str, status: int) -> str:
    """The first line that is an error, without anything that looks like a token."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    found = next((line for line in lines if line.startswith("ERROR:")), lines[-1] if lines else "")
    masked = _SECRET.sub(MASK, Redactor().text(found.removeprefix("ERROR:")))
    return masked.strip().rstrip(".")[:300] or f"it ended with status {status}"


def _read(output: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise AuthenticationError("The Azure CLI's answer is not the JSON of a token: update it.")
    return answer


def _expires_on(answer: Mapping[str, Any]) -> float | None:
    """Seconds since the epoch; before 2.54, the CLI named the local time only."""
    try:
        if answer.get("expires_on"):
            seconds = float(answer["expires_on"])
            return seconds if math.isfinite(seconds) else None
        return datetime.strptime(str(answer["expiresOn"])[:19], "%Y-%m-%d %H:%M:%S").timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
