# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of Harmony Mobile share: options (the doc fragment describes them) and their session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.basic import env_fallback

from ._engine.options import Spec
from ._graph._auth.prompt import Prompt
from ._graph.redact import Redactor
from ._harmony.login import REGIONS, VARIABLES
from ._harmony.session import PAGE_SIZE, HarmonySession
from ._interface import Module
from ._login_options import request_options


def harmony_options() -> Spec:
    fallbacks = {name: (env_fallback, [variable]) for name, variable in VARIABLES.items()}
    return {
        "harmony_region": {"type": "str", "choices": list(REGIONS), "default": "eu"},
        "harmony_url": {"type": "str", "fallback": fallbacks["harmony_url"]},
        "harmony_client_id": {"type": "str", "fallback": fallbacks["harmony_client_id"]},
        "harmony_access_key": {"type": "str", "no_log": True, "fallback": fallbacks["harmony_access_key"]},
        "harmony_page_size": {"type": "int", "default": PAGE_SIZE},
    }


@dataclass(frozen=True)
class HarmonyModule(Module):
    """A module that only talks to Harmony Mobile."""

    def login_options(self) -> Spec:
        return {**harmony_options(), **request_options()}

    def session(self, params: Mapping[str, Any], secrets: set[str], prompt: Prompt) -> HarmonySession:
        return HarmonySession.from_params(params, Redactor(secrets))
