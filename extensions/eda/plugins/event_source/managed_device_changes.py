# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: changes of the devices that Microsoft Intune manages."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Changes of the devices that Microsoft Intune manages
description:
  - Reads the devices at an interval, compares them with the last time, and emits an event for each change.
  - An event has a C(type). It is C(new_device), C(compliance_changed), C(threat_state_changed),
    C(harmony_risk_changed), or C(connector_silent). The first four have the C(device), the changes also C(before) and
    C(after). The last one has the C(connector).
  - The first poll emits no event, unless O(state_file) has what an earlier run saw. An event can come twice when the
    event source is stopped between an event and the saving of its state.
  - If Intune cannot be read, a poll emits nothing, the reason is logged, and the next poll compares with the last good
    one, so that no change is lost. If only Harmony Mobile cannot be read, the reason is logged, and its risks are
    compared when it is back.
options:
  interval:
    description:
      - Seconds between two polls, at least V(60). 50,000 devices are about 70 requests.
    type: int
    default: 300
  groups:
    description:
      - Names or IDs of Microsoft Entra groups. Only devices of their members are watched.
    type: list
    elements: str
  filters:
    description:
      - Which devices are watched, as in M(mobilesec.intune.intune_device_facts). A device that comes to fit is a new
        one, so do not filter by what changes.
    type: dict
  fields:
    description:
      - Properties of the devices in events, as in M(mobilesec.intune.intune_device_facts).
    type: list
    elements: str
  parallel_pages:
    description:
      - How many pages are requested at once.
    type: int
    default: 8
  harmony:
    description:
      - Watch Harmony Mobile's risk too. This takes an API key for Harmony Mobile.
    type: bool
    default: false
  connector:
    description:
      - Name of the partner, or ID of the connector, whose heartbeat is watched. Empty for none.
    type: str
    default: Check Point Harmony Mobile
  connector_silent_hours:
    description:
      - Hours without a heartbeat after which the connector is silent. The event comes once, and again after a
        heartbeat.
    type: int
    default: 24
  state_file:
    description:
      - File that keeps the states of the devices across restarts, in a directory of your own. Each event source has a
        file of its own.
    type: path
notes:
  - The options for the login are those of the modules, with the same environment variables.
"""

EXAMPLES = r"""
- mobilesec.intune.managed_device_changes:
    interval: 300
    harmony: true
    state_file: /var/lib/eda/intune.json
"""

_PREFIX = "ansible_collections.mobilesec.intune.plugins.module_utils."
logger = logging.getLogger(__name__)


def _module(name: str) -> Any:
    """A module of the collection, which ansible-rulebook does not put on Python's path."""
    root = str(Path(__file__).resolve().parents[7])
    if root not in sys.path:
        sys.path.append(root)
    return importlib.import_module(_PREFIX + name)


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Called by ansible-rulebook."""
    # What these log can hold parts of requests.
    for library in ("msal", "urllib3"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    source = _module("_device_events").Source({name: value for name, value in args.items() if name != "name"})
    with contextlib.closing(source.watch):
        while True:
            try:
                for event in await asyncio.to_thread(source.poll):
                    await queue.put(event)
                source.watch.keep()
                if source.watch.without_harmony:
                    logger.error("Harmony Mobile cannot be read: %s", source.watch.without_harmony)
            except _module("_graph.errors").IntuneError as error:
                logger.error("The devices cannot be read; the next poll is in %s s: %s", source.interval, error)
            await asyncio.sleep(source.interval)


if __name__ == "__main__":

    class Printed:
        async def put(self, event: Any) -> None:
            print(event)

    asyncio.run(main(Printed(), {}))  # type: ignore[arg-type]
