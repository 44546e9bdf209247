# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' interface functions, run in this process against one emulated tenant."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils.graph.errors import IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils.graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils.interface import Module
from tests.emulator.client import Emulator
from tests.integration.harness import bad_requests
from tests.unit.emulator.api import token

Json = dict[str, Any]
_SETTINGS = {"eventual": 0, "publishing": 0, "play_sync": 0, "rewrite_payloads": False}


class Tenant:
    """tenant("intune_group", name="x") is the result of a task."""

    def __init__(self, emulator: Emulator, access_token: str) -> None:
        self.emulator = emulator
        self.access_token = access_token
        self.seed = emulator.seed

    def __call__(self, module: str, *, check: bool = False, **options: Any) -> Json:
        declared: Module = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{module}").MODULE
        login = {"access_token": self.access_token, "graph_url": self.emulator.graph_url, "ca_path": self.emulator.ca_path, "token_cache": "none"}
        validated = ArgumentSpecValidator(declared.spec, **declared.constraints).validate({**login, **options})
        assert validated.error_messages == []
        params = validated.validated_parameters
        session = GraphSession.from_params(params)
        try:
            return declared.interface(session, params, check, True)
        finally:
            session.close()

    def fails(self, module: str, **options: Any) -> str:
        """The message of a task that fails without having written anything."""
        self.emulator.journal(clear=True)
        with pytest.raises(IntuneError) as caught:
            self(module, **options)
        assert self.writes() == []
        return str(caught.value)

    def lives(self, module: str, **options: Any) -> Json:
        """Apply options: check mode predicts what happens, and a second run changes nothing. Returns the first result."""
        self.emulator.journal(clear=True)
        predicted = self(module, check=True, **options)
        assert self.writes() == []
        first = self(module, **options)
        assert first["warnings"] == []
        second = self(module, **options)
        assert predicted["changed"] is True
        assert first["changed"] is True
        assert second["changed"] is False, second["diff"]
        assert predicted["diff"] == first["diff"]
        assert second["diff"]["before"] == second["diff"]["after"]
        return first

    def writes(self) -> list[Json]:
        return [entry for entry in self.emulator.journal() if entry["method"] != "GET" and not entry["path"].endswith(("/$batch", "/token"))]

    def records(self, collection: str) -> list[Json]:
        return list(self.emulator.state()["records"].get(collection, []))

    def have(self, collection: str, graph_type: str, name: str, **values: Any) -> str:
        """Make an object as somebody else would, and return its id."""
        body = {"@odata.type": f"#microsoft.graph.{graph_type}", "displayName": name, **values}
        return str(self.seed({"op": "create", "collection": collection, "body": body})[0]["id"])


@pytest.fixture(scope="package")
def running_tenant() -> Iterator[Tenant]:
    with Emulator(devices=10, users=10) as emulator:
        yield Tenant(emulator, token(emulator)["access_token"])


@pytest.fixture
def tenant(running_tenant: Tenant, request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """The tenant in its initial state; afterwards, no request may have been malformed."""
    running_tenant.emulator.reset()
    yield running_tenant
    journal = running_tenant.emulator.journal()
    running_tenant.emulator.settings(**_SETTINGS)
    if not request.node.get_closest_marker("provokes_bad_requests"):
        assert not bad_requests(journal)
