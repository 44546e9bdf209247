# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that talk to Harmony Mobile, against its side of an emulated tenant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.emulator.harmony import ACCESS_KEY, CLIENT_ID
from tests.emulator.threaded import ThreadedEmulator
from tests.unit.plugins.modules.in_process import module

Json = dict[str, Any]


class HarmonyTenant:
    def __init__(self, emulator: ThreadedEmulator, cache: Path) -> None:
        self.emulator = emulator
        self.login: Json = {
            "harmony_url": emulator.graph_url,
            "harmony_client_id": CLIENT_ID,
            "harmony_access_key": ACCESS_KEY,
            "ca_path": emulator.ca_path,
            "token_cache": f"{cache}/",
            "retry_timeout": 1,
        }

    def run(self, name: str, /, check: bool = False, **options: Any) -> Json:
        """The result of a module as a task returns it, refusals included."""
        declared = module(name)
        validated = ArgumentSpecValidator(declared.spec, **declared.constraints).validate({**self.login, **options})
        assert validated.error_messages == [], validated.error_messages
        params = validated.validated_parameters
        result = declared.result(params, declared.secrets(params), check, True, lambda text: None)
        del result["invocation"]  # the caller masks it
        return result

    def devices(self, **options: Any) -> Json:
        return self.run("harmony_device_info", **options)

    def alerts(self, **options: Any) -> Json:
        return self.run("harmony_alert_info", **options)

    def coverage(self, **options: Any) -> Json:
        env = self.emulator.env
        graph = {
            "tenant_id": env["AZURE_TENANT_ID"],
            "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"],
            "authority_host": env["AZURE_AUTHORITY_HOST"],
            "graph_url": self.emulator.graph_url,
        }
        return self.run("intune_harmony_coverage", **{**graph, **options})

    def refusal(self, **options: Any) -> str:
        """The message of a module that fails, in which no secret is."""
        result = self.devices(**options)
        assert result["failed"], result
        assert ACCESS_KEY not in str(result)
        assert "Traceback" not in str(result)
        return str(result["msg"])


@pytest.fixture(scope="session")
def running() -> Iterator[ThreadedEmulator]:
    emulator = ThreadedEmulator(devices=230, users=76)
    with emulator:
        yield emulator


@pytest.fixture
def tenant(running: ThreadedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HarmonyTenant]:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    running.reset()
    cache = tmp_path / "tokens"
    cache.mkdir(mode=0o700)
    yield HarmonyTenant(running, cache)
    report = running.harmony_report()
    assert report["problems"] == []
    assert report["unknown_filters"] == []
