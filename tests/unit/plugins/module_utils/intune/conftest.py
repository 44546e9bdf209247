# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' interface functions, run in this process against one emulated tenant."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.emulator.client import Emulator
from tests.emulator.threaded import ThreadedEmulator
from tests.faults.simulation import simulated
from tests.integration.harness import bad_requests, writes
from tests.unit.emulator.api import token
from tests.unit.plugins.module_utils.intune.cases import CASES, Case
from tests.unit.plugins.modules import in_process

Json = dict[str, Any]
_SETTINGS = {"eventual": 0, "publishing": 0, "play_sync": 0, "rewrite_payloads": False}


class Tenant(in_process.Tenant):
    """tenant("intune_group", name="x") is the result of a task."""

    __call__ = in_process.Tenant.run

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.seed = emulator.seed
        # One login for all tests.
        place = {name: self.credentials[name] for name in ("graph_url", "ca_path", "token_cache")}
        self.credentials = {**place, "access_token": token(emulator)["access_token"]}

    def fails(self, module: str, **options: Any) -> str:
        """The message of a task that fails without having written anything."""
        self.emulator.journal(clear=True)
        with pytest.raises(IntuneError) as caught:
            self.run(module, **options)
        assert self.writes() == []
        return str(caught.value)

    def lives(self, module: str, **options: Any) -> Json:
        """Apply options, and check that check mode predicts the change and that a second run changes nothing."""
        first = self.settles(module, **options)
        assert first["changed"]
        assert first["warnings"] == []
        return first

    def writes(self) -> list[Json]:
        return list(writes(self.emulator.journal()))

    def records(self, collection: str) -> list[Json]:
        return list(self.emulator.state()["records"].get(collection, []))

    def have(self, collection: str, graph_type: str, name: str, **values: Any) -> str:
        """Make an object as somebody else would, and return its id."""
        body = {"@odata.type": f"#microsoft.graph.{graph_type}", "displayName": name, **values}
        return str(self.seed({"op": "create", "collection": collection, "body": body})[0]["id"])

    def run_examples(self, module: str, **variables: str) -> list[Json]:
        """Run the examples of a module's documentation in their order; groups that they name exist."""
        documented = str(
            importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{module}").EXAMPLES
        )
        for name, value in variables.items():
            documented = documented.replace(f'"{{{{ {name} }}}}"', json.dumps(value))
        for name in sorted(set(re.findall(r"group: (.+)", documented))):
            self.run("intune_group", name=name)
        return [self.run(module, **task[f"mobilesec.intune.{module}"]) for task in yaml.safe_load(documented)]


@pytest.fixture(scope="package")
def running_emulator() -> Iterator[ThreadedEmulator]:
    with ThreadedEmulator(devices=10, users=10) as emulator:
        assert isinstance(emulator, ThreadedEmulator)
        yield emulator


@pytest.fixture(scope="package")
def running_tenant(running_emulator: ThreadedEmulator) -> Tenant:
    return Tenant(running_emulator)


@pytest.fixture
def tenant(
    running_tenant: Tenant, running_emulator: ThreadedEmulator, request: pytest.FixtureRequest
) -> Iterator[Tenant]:
    """A tenant in its initial state, where waiting takes no time. A malformed request fails the test at its end."""
    running_emulator.reset()
    with simulated(running_emulator.tenant_clock):
        yield running_tenant
    journal = running_emulator.journal()
    running_emulator.settings(**_SETTINGS)
    if not request.node.get_closest_marker("provokes_bad_requests"):
        assert not bad_requests(journal)


@pytest.fixture(params=CASES)
def case(tenant: Tenant, request: pytest.FixtureRequest) -> Case:
    return Case(tenant, request.param)
