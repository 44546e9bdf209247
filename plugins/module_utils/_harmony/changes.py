# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed in the fleet since the last look, as events."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from .._devices import fields
from .._devices import filters as device_filters
from .._devices.query import FleetQuery
from .._devices.reading import Fleet
from .._engine.errors import InvalidOptions
from .._engine.files import place, refuse_link, refuse_shared, replaced
from .._engine.options import Spec
from .._engine.times import moment
from .._graph import odata
from .._graph.errors import IntuneError, NotFound
from .._graph.session import GraphSession
from .._resources.mtd_connector import PARTNERS, MtdConnector
from . import views
from .join import Managed
from .session import Row

# Property of a device -> the event of its change.
WATCHED = {
    "compliance_state": "compliance_changed",
    "partner_reported_threat_state": "threat_state_changed",
    "harmony_risk": "harmony_risk_changed",
}
OPTIONS: Spec = {
    "groups": {"type": "list", "elements": "str"},
    "filters": {"type": "dict", "options": device_filters.OPTIONS},
    "fields": {"type": "list", "elements": "str"},
    "parallel_pages": {"type": "int", "default": 8},
    "harmony": {"type": "bool", "default": False},
    "connector": {"type": "str", "default": "Check Point Harmony Mobile"},
    "connector_silent_hours": {"type": "int", "default": 24},
    "state_file": {"type": "path"},
}
States = tuple[Optional[str], ...]
_VERSION = 1


class Watch:
    """Compares the fleet with how it was at the last poll. Nothing is kept of a device but its states."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Raises InvalidOptions for options that cannot be used, and for a state file that is none."""
        self._params = params
        names = [
            "id",
            "azure_ad_device_id",
            "device_name",
            "user_principal_name",
            "operating_system",
            *list(WATCHED)[:2],
        ]
        chosen = params.get("fields") or [fields.NAMES[graph] for graph in fields.DEFAULT]
        self._query = FleetQuery.from_params({**params, "fields": list(dict.fromkeys([*names, *chosen]))})
        self._path = place(params["state_file"]) if params.get("state_file") else ""
        # None before the first poll: everything would be new.
        self._states: dict[str, States] | None = None
        self._connector_was_silent = False
        if self._path:
            refuse_link(self._path)
            refuse_shared(os.path.dirname(self._path), may_be_shared=False)
            self._load()

    def poll(self, session: GraphSession) -> list[Row]:
        """The events since the last poll. What is kept changes only with keep(), so that none is lost by an error."""
        found: dict[str, States] = {}
        events: list[Row] = []
        for device in self._devices(session):
            states = tuple(device.get(name) for name in WATCHED)
            found[device["id"]] = states
            if self._states is not None:
                events += _events(device, states, self._states.get(device["id"]))
        is_silent, connector = self._connector(session)
        if is_silent and not self._connector_was_silent:
            events.append({"type": "connector_silent", "connector": connector})
        self._next = found, is_silent
        return events

    def keep(self) -> None:
        """Compare with this poll from now on, also after a restart."""
        self._states, self._connector_was_silent = self._next
        if self._path:
            self._save()

    def _devices(self, session: GraphSession) -> list[Row]:
        has_harmony = bool(self._params.get("harmony"))
        query = self._query.with_also(*views.PROPERTIES) if has_harmony else self._query
        devices: list[Row] = []
        managed: list[Managed] = []
        for page in Fleet(session, query, keeps_outside=False).pages():
            devices += fields.present(page, query.fields)
            managed += [Managed.of(raw, in_scope=True) for raw in page] if has_harmony else ()
        if has_harmony:
            found = views.views(session, self._params, query, managed)
            for device in devices:
                device.update(found.get(device["id"], views.NO_VIEW))
        return devices

    def _connector(self, session: GraphSession) -> tuple[bool, Row]:
        """Whether the partner's heartbeat stays away. A connector that was never connected is not silent."""
        partner = str(self._params.get("connector") or "")
        if not partner:
            return False, {}
        connector_id = PARTNERS.get(partner, partner)
        try:
            raw = session.get(f"{MtdConnector.path}/{odata.segment(connector_id)}")
        except NotFound:
            return False, {}
        last = raw.get("lastHeartbeatDateTime")
        shown = {"id": connector_id, "partner": partner, "state": raw.get("partnerState"), "last_heartbeat": last}
        since = datetime.now(timezone.utc) - timedelta(hours=int(self._params["connector_silent_hours"]))
        time = moment("lastHeartbeatDateTime", last)
        return time.year > 1 and time < since, shown

    # -- what is kept across restarts ------------------------------------------------------------------------------

    def _load(self) -> None:
        try:
            with open(self._path, encoding="utf-8") as file:
                content = json.load(file)
            if content["version"] == _VERSION and content["states"] == list(WATCHED):
                self._states = {str(key): tuple(states) for key, states in content["devices"].items()}
                self._connector_was_silent = bool(content["connector_is_silent"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise InvalidOptions(
                f"state_file: '{self._path}' cannot be read as what this event source wrote. Remove it to start anew."
            ) from None

    def _save(self) -> None:
        content = {
            "version": _VERSION,
            "states": list(WATCHED),
            "connector_is_silent": self._connector_was_silent,
            "devices": self._states,
        }
        try:
            with replaced(self._path) as file:
                json.dump(content, file)
        except OSError as error:
            raise IntuneError(f"state_file: '{self._path}' cannot be written: {error.strerror or error}.") from None


def _events(device: Row, states: States, before: States | None) -> list[Row]:
    if before is None:
        return [{"type": "new_device", "device": device}]
    return [
        {"type": event, "device": device, "before": old, "after": new}
        for event, old, new in zip(WATCHED.values(), before, states)
        if old != new
    ]
