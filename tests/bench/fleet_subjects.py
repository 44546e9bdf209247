# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: each function reads the whole fleet in its own way. Each measurement is a process:
fleet_subjects.py NAME FILE.

A function imports what it needs and returns what is then timed, so that a process holds no more than that. Where Graph
is stands
in INTUNE_GRAPH_URL, INTUNE_CA_PATH and INTUNE_ACCESS_TOKEN; BENCH_RESULT is the file for the times.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

Work = Callable[[], object]

# The module's default fields.
SELECT = (
    "id,deviceName,serialNumber,azureADDeviceId,userPrincipalName,userDisplayName,operatingSystem,osVersion,manufacturer,model,"
    "managedDeviceOwnerType,complianceState,partnerReportedThreatState,enrolledDateTime,lastSyncDateTime"
)
GRAPH = os.environ.get("INTUNE_GRAPH_URL", "")
CA_PATH = os.environ.get("INTUNE_CA_PATH", "")
TOKEN = os.environ.get("INTUNE_ACCESS_TOKEN", "")
URL = f"{GRAPH}/{os.environ.get('BENCH_VERSION', 'beta')}/deviceManagement/managedDevices?$select={SELECT}"


def loop(_file: str) -> Work:
    """The bare loop: pages and json, every device kept."""
    import requests  # noqa: F401

    return lambda: [device for page in _pages() for device in page]


def loop_to_file(file: str) -> Work:
    """The same with a line of JSON for each device, and none kept."""
    return _written(file, lambda device: device)


def loop_same_lines(file: str) -> Work:
    """The same with the lines that the module writes."""

    @cache
    def snake_case(name: str) -> str:
        return re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

    names = {name: snake_case(name) for name in SELECT.split(",")}
    enums = ("complianceState", "partnerReportedThreatState", "managedDeviceOwnerType")

    def shown(device: dict[str, Any]) -> dict[str, Any]:
        for name in enums:
            device[name] = snake_case(device[name])
        return {names[name]: value for name, value in device.items()}

    return _written(file, shown)


def _written(file: str, line: Callable[[dict[str, Any]], dict[str, Any]]) -> Work:
    import requests  # noqa: F401

    def work() -> None:
        with open(file, "w", encoding="utf-8") as lines:
            for page in _pages():
                for device in page:
                    lines.write(json.dumps(line(device), ensure_ascii=False, separators=(",", ":")) + "\n")

    return work


def _pages() -> Iterator[list[dict[str, Any]]]:
    import requests

    session = requests.Session()
    session.verify = CA_PATH
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    url: str | None = URL
    while url:
        answer = session.get(url, timeout=60)
        answer.raise_for_status()
        page = json.loads(answer.content)
        yield page["value"]
        url = page.get("@odata.nextLink")


def _module(**options: Any) -> Work:
    """intune_device_facts as Ansible starts it: arguments in, one JSON document out."""

    def main() -> Work:
        from ansible_collections.mobilesec.intune.plugins.modules import intune_device_facts

        return intune_device_facts.main

    return _started(options, main)


def _started(options: dict[str, Any], load: Callable[[], Work]) -> Work:
    import requests  # noqa: F401
    from ansible.module_utils import basic

    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    main = load()

    def work() -> None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        with suppress(SystemExit):
            main()
        sys.stdout.flush()

    return work


def any_module(_file: str) -> Work:
    """What any module takes that returns the devices: the list of the bare loop, given to exit_json."""
    from ansible.module_utils.basic import AnsibleModule

    return _started(
        {},
        lambda: (
            lambda: AnsibleModule({}, supports_check_mode=True).exit_json(
                devices=[raw for page in _pages() for raw in page]
            )
        ),
    )


def module_to_memory(_file: str) -> Work:
    return _module()


def module_to_file(file: str) -> Work:
    return _module(dest=file)


def module_summary(_file: str) -> Work:
    return _module(gather="summary")


def intunecd(_file: str) -> Work:
    """The list request of IntuneCD's library."""
    from IntuneCD.intunecdlib.BaseGraphModule import BaseGraphModule

    os.environ["REQUESTS_CA_BUNDLE"] = CA_PATH
    graph = BaseGraphModule()
    graph.token = {"access_token": TOKEN}
    return lambda: graph.make_graph_request(endpoint=URL)


def msgraph(_file: str) -> Work:
    """Microsoft's SDK, page after page, every device kept."""
    import asyncio

    import httpx
    from azure.core.credentials import AccessToken
    from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph.generated.device_management.managed_devices.managed_devices_request_builder import (
        ManagedDevicesRequestBuilder as Builder,
    )
    from msgraph_core import GraphClientFactory

    class Credential:
        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken(TOKEN, int(time.time()) + 3600)

    async def read() -> list[Any]:
        client = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(verify=CA_PATH, timeout=60))
        adapter = GraphRequestAdapter(
            AzureIdentityAuthenticationProvider(Credential(), allowed_hosts=["localhost"]), client
        )
        adapter.base_url = f"{GRAPH}/v1.0"
        devices = GraphServiceClient(request_adapter=adapter).device_management.managed_devices
        query = Builder.ManagedDevicesRequestBuilderGetQueryParameters(select=SELECT.split(","))
        page = await devices.get(Builder.ManagedDevicesRequestBuilderGetRequestConfiguration(query_parameters=query))
        found: list[Any] = []
        while page is not None:
            found += page.value or []
            page = await devices.with_url(page.odata_next_link).get() if page.odata_next_link else None
        return found

    return lambda: asyncio.run(read())


def main() -> None:
    name, file = sys.argv[1:]
    work = globals()[name](file)
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    times = {"work_seconds": time.perf_counter() - wall, "work_cpu_seconds": time.process_time() - cpu}
    with open(os.environ["BENCH_RESULT"], "w", encoding="utf-8") as out:
        json.dump(times, out)
    del result


if __name__ == "__main__":
    main()
