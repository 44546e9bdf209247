# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tenant's state: directory objects, Intune objects, and when each becomes visible to readers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from .clock import ALWAYS, Clock
from .fleet import Fleet, random_guid
from .messages import Json
from .principals import Principals
from .schema import Contract, Validator
from .settings import Settings

INTUNE_PLAN = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"


@dataclass
class Record:
    """One Intune object: its concrete type, its values (beta schema), its assignments and its bound objects."""

    id: str
    type: str
    values: dict[str, Json]
    assignments: list[dict[str, Json]] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)
    born: float = ALWAYS
    visible_from: float = ALWAYS
    unlocked: float = ALWAYS

    def touch(self, now: str) -> None:
        if "lastModifiedDateTime" in self.values:
            self.values["lastModifiedDateTime"] = now
        version = self.values.get("version")
        if isinstance(version, int):
            self.values["version"] = version + 1
        elif isinstance(version, str):
            self.values["version"] = f'"{random_guid()}"'


@dataclass
class Group:
    """One group with its relationships (object ids in the order they were added)."""

    values: dict[str, Json]
    members: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    born: float = ALWAYS
    before: tuple[float, dict[str, Json], list[str], list[str]] | None = None

    @property
    def id(self) -> str:
        return str(self.values["id"])

    def remember(self, now: float, lag: float) -> None:
        """Keep what readers see until the change that follows has reached every replica (``lag`` seconds)."""
        if self.before and now - self.before[0] < lag:
            self.before = (now, *self.before[1:])
        else:
            self.before = (now, copy.deepcopy(self.values), list(self.members), list(self.owners))


class Generated(Sequence[dict[str, Json]]):
    """Objects of the generated fleet, made when they are looked at."""

    def __init__(self, numbers: Sequence[int], make: Callable[[int], dict[str, Json]]) -> None:
        self._numbers = numbers
        self._make = make

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> dict[str, Json]:
        """Return one item."""

    @overload
    def __getitem__(self, index: slice) -> Generated:
        """Return a part of them."""

    def __getitem__(self, index: int | slice) -> dict[str, Json] | Generated:
        if isinstance(index, slice):
            return Generated(self._numbers[index], self._make)
        return self._make(self._numbers[index])


class Tenant:
    """Everything the emulated tenant holds. Intune objects live in ``records[collection path][id]``."""

    def __init__(self, settings: Settings, contracts: dict[str, Contract], permissions: Mapping[str, Any]) -> None:
        self.settings = settings
        self.clock: Clock = settings.clock
        self.contracts = contracts
        self.validator = Validator(contracts["beta"])
        self.fleet = Fleet(settings.devices, settings.users, settings.seed, settings.tenant_domain)
        self.records: dict[str, dict[str, Record]] = {}
        # What only tests create, by collection.
        self.further: dict[str, list[dict[str, Json]]] = {}
        self.groups: dict[str, Group] = {}
        self.deleted: dict[str, Group] = {}
        self.deleted_at: dict[str, float] = {}
        self.organization = _organization(settings)
        self.principals = Principals(settings.clock, settings.client_id, settings.permissions, permissions)
        self.approved: set[str] = set()
        # App id -> columns of its install report.
        self.install_counts: dict[str, dict[str, int]] = {}
        self.sync_due: float | None = None
        # What was bought in Apple's volume purchase program, and when the synchronization of each token ends.
        self.purchases: list[Any] = []
        self.vpp_due: dict[str, float] = {}

    # -- Intune --------------------------------------------------------------------------------------------------

    def collection(self, path: str) -> dict[str, Record]:
        return self.records.setdefault(path, {})

    def record(self, path: str, object_id: str) -> Record | None:
        return self.collection(path).get(object_id.lower()) or self.collection(path).get(object_id)

    def add(self, path: str, name: str, values: dict[str, Json], object_id: str | None = None) -> Record:
        """Store a new object of a concrete type; the service's own values are set here."""
        new_id = object_id or random_guid()
        full = self.validator.filled(name, values)
        now = self.clock.intune_text()
        for key in ("createdDateTime", "lastModifiedDateTime"):
            if key in full and key not in values:
                full[key] = now
        if "version" in full and "version" not in values:
            full["version"] = 1 if full["version"] == 0 else f'"{random_guid()}"'
        if "supportsScopeTags" in full:
            full["supportsScopeTags"] = True
        for key in ("roleScopeTagIds", "roleScopeTags"):
            if key in full and not full[key]:
                full[key] = ["0"]
        record = Record(new_id, name, full | {"id": new_id}, born=self.clock.now())
        for key, value in values.items():
            record.values.setdefault(key, value)
        self.collection(path)[new_id] = record
        return record

    # -- directory -----------------------------------------------------------------------------------------------

    @property
    def lag(self) -> float:
        return self.settings.eventual / 1000

    def seen(self, group: Group, factor: float = 1.0) -> bool:
        """Whether a new group has reached the replica this reader asks; the search index lags further."""
        return self.clock.now() - group.born >= self.lag * factor

    def replica(self, group: Group) -> tuple[dict[str, Json], list[str], list[str]]:
        """(values, members, owners) as readers see them: a fresh change shows late [graph facts: consistency]."""
        if group.before and self.clock.now() - group.before[0] < self.lag:
            return group.before[1:]
        return group.values, group.members, group.owners

    def group(self, object_id: str) -> Group | None:
        found = self.groups.get(object_id.lower())
        return found if found and self.seen(found) else None

    def user(self, key: str) -> dict[str, Json] | None:
        number = self.fleet.user_number(key)
        if number is None:
            return None
        user = self.fleet.user(number)
        return None if user["id"] in self.fleet.removed else user

    def device(self, object_id: str) -> dict[str, Json] | None:
        number = self.fleet.entra_number(object_id)
        return None if number is None or object_id.lower() in self.fleet.removed else self.fleet.entra(number)

    def device_by_device_id(self, device_id: str) -> dict[str, Json] | None:
        number = self.fleet.device_id_number(device_id)
        return None if number is None else self.device(self.fleet.entra_id(number))

    def directory_object(self, object_id: str) -> tuple[str, dict[str, Json]] | None:
        """(type, values) of a user, device, group or service principal by its object id, as readers see it."""
        key = object_id.lower()
        group = self.group(key)
        if group:
            return "group", self.replica(group)[0]
        if key in self.principals.objects:
            return "servicePrincipal", self.principals.objects[key]
        user = self.user(key)
        if user and user["id"] == key:
            return "user", user
        device = self.device(key)
        return ("device", device) if device else None

    def users(self) -> Sequence[dict[str, Json]]:
        return Generated(self._present(self.fleet.users, self.fleet.user_number), self.fleet.user)

    def devices(self) -> Sequence[dict[str, Json]]:
        return Generated(self._present(self.fleet.devices, self.fleet.entra_number), self.fleet.entra)

    def _present(self, size: int, number_of: Callable[[str], int | None]) -> Sequence[int]:
        removed = {number_of(object_id) for object_id in self.fleet.removed} - {None}
        return [number for number in range(size) if number not in removed] if removed else range(size)


def _organization(settings: Settings) -> dict[str, Any]:
    return {
        "id": settings.tenant_id,
        "displayName": "Contoso Example",
        "createdDateTime": "2024-02-01T09:00:00Z",
        "countryLetterCode": "DE",
        "tenantType": "AAD",
        "mobileDeviceManagementAuthority": "intune",
        "preferredLanguage": "en",
        "assignedPlans": [
            # The service plan INTUNE_A [Microsoft's list of service plans]
            {
                "assignedDateTime": "2024-02-01T09:00:00Z",
                "capabilityStatus": "Enabled",
                "service": "SCO",
                "servicePlanId": INTUNE_PLAN,
            },
        ],
        "provisionedPlans": [{"capabilityStatus": "Enabled", "provisioningStatus": "Success", "service": "SCO"}],
        "technicalNotificationMails": [f"admin@{settings.tenant_domain}"],
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": True,
                "isInitial": True,
                "name": settings.tenant_domain,
                "type": "Managed",
            },
        ],
    }
