# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed in the fleet since the last look, as events."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Optional, TextIO

from .._devices import fields
from .._devices import filters as device_filters
from .._devices.query import FleetQuery
from .._devices.reading import Fleet
from .._engine.errors import InvalidOptions
from .._engine.files import place, refuse_no_file, refuse_shared, replaced
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
_RISK = list(WATCHED).index("harmony_risk")
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
        # The states of the last poll, and whether the connector was silent.
        self._polled: tuple[dict[str, States], bool] = {}, False
        # Why the last poll could not read the risks in Harmony Mobile.
        self.without_harmony = ""
        self._lock: TextIO | None = None
        if self._path:
            self._lock = self._locked()
            self._load()

    def close(self) -> None:
        """Leave the state file to others."""
        if self._lock:
            self._lock.close()

    def poll(self, session: GraphSession) -> list[Row]:
        """The events since the last poll. What is kept changes only with keep(), so that none is lost by an error."""
        found: dict[str, States] = {}
        events: list[Row] = []
        self.without_harmony = ""
        for device in self._devices(session):
            states = tuple(device.get(name) for name in WATCHED)
            found[device["id"]] = states
            if self._states is not None:
                events += _events(device, states, self._states.get(device["id"]))
        is_silent, connector = self._connector(session)
        if is_silent and not self._connector_was_silent:
            events.append({"type": "connector_silent", "connector": connector})
        self._polled = found, is_silent
        return events

    def keep(self) -> None:
        """Compare with this poll from now on, also after a restart."""
        self._states, self._connector_was_silent = self._polled
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
            self._add_harmony(session, query, devices, managed)
        return devices

    def _add_harmony(
        self, session: GraphSession, query: FleetQuery, devices: Sequence[Row], managed: Sequence[Managed]
    ) -> None:
        """What cannot be read stays as it was, so that an outage of Harmony Mobile stops no event of Intune."""
        try:
            found = views.views(session, self._params, query, managed)
        except IntuneError as error:
            if self._states is None:
                raise
            self.without_harmony = session.redactor.text(str(error))
            found = {key: {**views.NO_VIEW, "harmony_risk": states[_RISK]} for key, states in self._states.items()}
        for device in devices:
            device.update(found.get(device["id"], views.NO_VIEW))

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

    def _locked(self) -> TextIO:
        """The open file that keeps other event sources away from the state file: each would lose what the other saw.

        Raises InvalidOptions.
        """
        path = f"{self._path}.lock"
        try:
            for each in (self._path, path):
                refuse_no_file(each, "state_file")
            refuse_shared(os.path.dirname(path), may_be_shared=False, option="state_file")
            lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w")
        except OSError as error:
            raise InvalidOptions(f"state_file: '{self._path}' cannot be written: {error.strerror or error}.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise InvalidOptions(
                f"state_file: another event source uses '{self._path}'. Give each a file of its own."
            ) from None
        except OSError:
            pass  # a file system without locks
        return lock

    def _load(self) -> None:
        try:
            with open(self._path, encoding="utf-8") as file:
                content = json.load(file)
            if content["version"] == _VERSION and content["states"] == list(WATCHED):
                self._states = {str(key): _checked(states) for key, states in content["devices"].items()}
                self._connector_was_silent = bool(content["connector_is_silent"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
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


def _checked(states: Any) -> States:
    """Raises ValueError for what is no list with a value for each property."""
    if (
        isinstance(states, list)
        and len(states) == len(WATCHED)
        and all(isinstance(x, (str, type(None))) for x in states)
    ):
        return tuple(states)
    raise ValueError


def _events(device: Row, states: States, before: States | None) -> list[Row]:
    if before is None:
        return [{"type": "new_device", "device": device}]
    return [
        {"type": event, "device": device, "before": old, "after": new}
        for event, old, new in zip(WATCHED.values(), before, states)
        if old != new
    ]
