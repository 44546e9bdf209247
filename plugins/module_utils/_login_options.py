# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which a module logs in (the doc fragments describe them), and which of them are used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import env_fallback

from ._engine.options import Spec
from ._graph._auth.credentials import VARIABLES

CREDENTIALS = (
    "access_token",
    "managed_identity",
    "azure_cli",
    "device_code",
    "certificate_path",
    "federated_token_file",
    "client_secret",
)


def _from(*names: str) -> tuple[Any, list[str]]:
    return (env_fallback, list(names))


def auth_options() -> Spec:
    return {
        "tenant_id": {"type": "str", "fallback": _from(*VARIABLES["tenant_id"])},
        "client_id": {"type": "str", "fallback": _from(*VARIABLES["client_id"])},
        "client_secret": {"type": "str", "no_log": True, "fallback": _from(*VARIABLES["client_secret"])},
        "certificate_path": {"type": "path", "fallback": _from(*VARIABLES["certificate_path"])},
        "certificate_password": {"type": "str", "no_log": True, "fallback": _from(*VARIABLES["certificate_password"])},
        "federated_token_file": {"type": "path", "fallback": _from(*VARIABLES["federated_token_file"])},
        "managed_identity": {"type": "bool", "default": False},
        "azure_cli": {"type": "bool", "default": False},
        # A way to log in, not a secret.
        "device_code": {"type": "bool", "default": False, "no_log": False},
        "device_code_scopes": {"type": "list", "elements": "str", "no_log": False},
        "access_token": {"type": "str", "no_log": True, "fallback": _from(*VARIABLES["access_token"])},
        "cloud": {"type": "str", "default": "global", "fallback": _from("AZURE_CLOUD_ENVIRONMENT")},
        "authority_host": {"type": "str", "fallback": _from("AZURE_AUTHORITY_HOST")},
        "graph_url": {"type": "str", "fallback": _from("INTUNE_GRAPH_URL")},
        **request_options(),
    }


def request_options() -> Spec:
    """What bounds requests, and where tokens are kept."""
    return {
        "ca_path": {"type": "path", "fallback": _from("INTUNE_CA_PATH")},
        "timeout": {"type": "int", "default": 60},
        "retry_timeout": {"type": "int", "default": 300},
        "task_timeout": {"type": "int", "default": 1800},
        "max_pages": {"type": "int", "default": 2000},
        "max_megabytes": {"type": "int", "default": 64},
        # The name of a place, not a token.
        "token_cache": {"type": "str", "default": "auto", "no_log": False, "fallback": _from("INTUNE_TOKEN_CACHE")},
    }


def declared_credentials(params: Mapping[str, Any]) -> list[str]:
    """Return the credentials that do not come from the environment, in the order in which they are chosen."""
    options = auth_options()
    return [name for name in CREDENTIALS if params.get(name) and params[name] != _environment(options[name])]


def chosen_credential(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options, without credentials that the environment filled in where the task itself gives one: that may be for
    another tenant.
    """
    declared = declared_credentials(params)
    filled = [name for name in CREDENTIALS if params.get(name) and name not in declared]
    return {**params, **dict.fromkeys(filled)} if declared else params


def several_credentials(params: Mapping[str, Any]) -> list[str]:
    """Return a warning about credentials that are declared and not used."""
    used, *others = declared_credentials(params) or [""]
    return [f"The login uses {used}, and ignores {', '.join(others)}. Declare one credential only."] if others else []


def _variable(option: Mapping[str, Any]) -> str | None:
    """Return the environment variable that fills an option in where the task does not declare it."""
    _fallback, names = option.get("fallback", (None, []))
    return next((name for name in names if name in os.environ), None)


def _environment(option: Mapping[str, Any]) -> str | None:
    name = _variable(option)
    value = os.environ[name] if name else None
    return os.path.expanduser(os.path.expandvars(value)) if value and option["type"] == "path" else value


def filled_in(options: Spec, params: Mapping[str, Any], message: str) -> Iterator[str]:
    """Yield which options of a message have their values from the environment."""
    for name, option in options.items():
        value = params.get(name)
        if value and name in message and value == _environment(option):
            yield f"{name} is from the environment variable {_variable(option)}."
