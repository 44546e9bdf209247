# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's interface function against an emulated tenant, without Ansible's machinery around it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from tests.emulator.client import Emulator
from tests.integration.harness import writes

Result = dict[str, Any]


def module(name: str) -> Module:
    found: Module = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{name}").MODULE
    return found


class Tenant:
    """An emulated tenant in which modules are run by name: tenant.run("intune_group", name="A")."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.credentials = {
            "tenant_id": emulator.env["AZURE_TENANT_ID"],
            "client_id": emulator.env["AZURE_CLIENT_ID"],
            "client_secret": emulator.env["AZURE_CLIENT_SECRET"],
            "authority_host": emulator.env["AZURE_AUTHORITY_HOST"],
            "graph_url": emulator.graph_url,
            "ca_path": emulator.ca_path,
            "token_cache": "none",
        }

    def run(self, module_name: str, /, check: bool = False, diff: bool = True, **options: Any) -> Result:
        """Run a module; a wrong option raises AssertionError with what Ansible would say, a refusal IntuneError."""
        declared = module(module_name)
        # Ansible hands arguments over as JSON: no part of them is another.
        given = json.loads(json.dumps({**self.credentials, **options}))
        validated = ArgumentSpecValidator(declared.spec, **declared.constraints).validate(given)
        assert validated.error_messages == [], validated.error_messages
        params: Mapping[str, Any] = validated.validated_parameters
        session = GraphSession.from_params(params)
        session.permission_hint = permissions.hint
        try:
            return declared.interface(session, params, check, diff)
        finally:
            session.close()

    def settles(self, module_name: str, /, **options: Any) -> Result:
        """Run a module three times: check mode predicts what the run does, and a second run has nothing to do."""
        self.emulator.journal(clear=True)
        predicted = self.run(module_name, check=True, **options)
        assert list(writes(self.emulator.journal())) == []
        done = self.run(module_name, **options)
        assert (predicted["changed"], predicted["diff"]) == (done["changed"], done["diff"])
        again = self.run(module_name, **options)
        assert not again["changed"], again["diff"]
        assert again["diff"]["before"] == again["diff"]["after"]
        return done
