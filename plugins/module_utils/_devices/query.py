# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the fleet: which devices, which of their properties, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._engine.errors import InvalidOptions
from .._graph import odata
from . import export
from . import fields as device_fields
from . import filters as device_filters
from .fields import Page
from .filters import Filters, Test, is_one_of

# Options that each select one device (or those that share its serial number or name).
_ONE = {
    "id": "id",
    "azure_ad_device_id": "azureADDeviceId",
    "serial_number": "serialNumber",
    "device_name": "deviceName",
}
_SELECTIONS = (*_ONE, "groups", "user")
PARALLEL_PAGES = 8
_MOST_PAGES = 32

# The argument specification that the module and the inventory plugin share; doc fragment "fleet".
OPTIONS: dict[str, dict[str, Any]] = {
    "fields": {"type": "list", "elements": "str"},
    "filters": {"type": "dict", "options": device_filters.OPTIONS},
    "id": {"type": "str"},
    "azure_ad_device_id": {"type": "str"},
    "serial_number": {"type": "str"},
    "device_name": {"type": "str"},
    "groups": {"type": "list", "elements": "str"},
    "user": {"type": "str"},
    "parallel_pages": {"type": "int", "default": PARALLEL_PAGES},
}


def _selection(params: Mapping[str, Any]) -> str:
    """Return the option that selects devices; empty for all devices. Raises InvalidOptions."""
    declared = [name for name in _SELECTIONS if params.get(name) not in (None, "", [])]
    if len(declared) > 1:
        raise InvalidOptions(
            f"{' and '.join(declared)} exclude each other: each selects the devices to read. filters narrow them down."
        )
    option = declared[0] if declared else ""
    for name, needed in (("registered_devices", "user"), ("outside_groups", "groups")):
        if params.get(name) and option != needed:
            raise InvalidOptions(f"{name} goes with {needed}.")
    return option


@dataclass(frozen=True)
class FleetQuery:
    """fields are Graph's names of what is shown; also are further ones that the caller looks at."""

    fields: tuple[str, ...] = tuple(device_fields.DEFAULT)
    filters: Filters = field(default_factory=Filters)
    # Property and value that select one device.
    one: tuple[str, str] | None = None
    groups: tuple[str, ...] = ()
    user: str | None = None
    # Whether a user's registered devices, and the devices outside the groups, are reported too.
    registered_devices: bool = False
    outside_groups: bool = False
    # Whether a report is read instead of the list.
    is_exported: bool = False
    # Seconds that the report may take.
    export_timeout: int = 0
    also: tuple[str, ...] = ()
    parallel_pages: int = PARALLEL_PAGES

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> FleetQuery:
        """Raises InvalidOptions for what is unknown or contradicts itself, before any request."""
        selection = _selection(params)
        is_exported = params.get("via") == "export_job"
        chosen = device_fields.selected(params.get("fields"))
        if is_exported and selection:
            raise InvalidOptions(f"via=export_job reads all devices; it does not go with {selection}.")
        if is_exported and not params.get("fields"):
            chosen = [name for name in chosen if name in export.COLUMNS]
        filters = Filters.from_options(params.get("filters"))
        if is_exported:
            export.columns([*chosen, *filters.properties])
        return cls(
            fields=tuple(chosen),
            filters=filters,
            one=(_ONE[selection], str(params[selection])) if selection in _ONE else None,
            groups=tuple(dict.fromkeys(str(name).strip() for name in params.get("groups") or ())),
            user=params.get("user") or None,
            registered_devices=bool(params.get("registered_devices")),
            outside_groups=bool(params.get("outside_groups")),
            is_exported=is_exported,
            export_timeout=_seconds(params.get("export_timeout")),
            parallel_pages=_pages(params.get("parallel_pages")),
        )

    def with_also(self, *graph: str) -> FleetQuery:
        return replace(self, also=(*self.also, *graph))

    def whole(self) -> FleetQuery:
        """The same of all devices; what the filters look at is still asked for."""
        also = (
            *self.also,
            *self.filters.properties,
            *(("deviceName", "userPrincipalName") if self.outside_groups else ()),
        )
        return replace(self, filters=Filters(), also=also)

    @property
    def asked(self) -> list[str]:
        """The properties to $select in lists: those shown, those looked at, and the id."""
        names = dict.fromkeys(
            ["id", *self.fields, *self.also, *self.filters.properties, *((self.one[0],) if self.one else ())]
        )
        return [name for name in names if name not in device_fields.UNLISTED]

    @property
    def asked_one_by_one(self) -> list[str]:
        """The properties that Graph gives for one device at a time."""
        return [name for name in self.fields if name in device_fields.UNLISTED]

    @property
    def clauses(self) -> tuple[str, ...]:
        """What Graph filters by."""
        own = (f"{self.one[0]} eq {odata.literal(self.one[1])}",) if self.one and self.one[0] != "id" else ()
        return own + self.filters.clauses

    @property
    def tests(self) -> tuple[Test, ...]:
        """What is tested here: everything once more."""
        own = (is_one_of(self.one[0], [self.one[1]]),) if self.one else ()
        return own + self.filters.tests

    def apply(self, page: Page) -> Page:
        """Return the devices of a page that fit."""
        tests = self.tests
        return [raw for raw in page if all(test(raw) for test in tests)] if tests else page


def _pages(value: Any) -> int:
    number = PARALLEL_PAGES if value is None else int(value)
    if not 1 <= number <= _MOST_PAGES:
        raise InvalidOptions(f"parallel_pages: {number} is not between 1 and {_MOST_PAGES}.")
    return number


def _seconds(value: Any) -> int:
    seconds = int(value or 0)
    if seconds < 0:
        raise InvalidOptions(f"export_timeout: {seconds} is not a number of seconds.")
    return seconds
