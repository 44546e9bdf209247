# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which device of Harmony Mobile is which of Intune: by the surest key that both have, and never by a guess."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._devices.fields import entra_id
from . import fields
from .session import Row

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NO_GUID = "00000000-0000-0000-0000-000000000000"
# What devices report that have no serial number, or keep it from their management.
_NO_SERIAL = re.compile(r"0*|unknown|none|null|undefined|n/?a|not available")
# Key -> how sure a match by it is.
CONFIDENCE = {"device_map": "certain", "mdm_uuid": "high", "serial_number": "high", "email": "medium"}
MATCHED_BY = tuple(CONFIDENCE)
EmailKey = tuple[str, str, str]


class Phone(NamedTuple):
    """A device of Harmony Mobile, with what the join and the report need."""

    id: str | None
    name: str | None
    email: str | None
    platform: str
    model: str | None
    os_version: str | None
    client_version: str | None
    risk: str
    status: str
    last_connection: str | None
    serial: str
    uuids: tuple[str, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any], serial_field: str | None, alerted: Iterable[str] = ()) -> Phone:
        """alerted are the UEM's ids that alerts of the device name."""
        shown = fields.device(row)
        own = guids(shown["mdm"])
        return cls(
            shown["id"],
            shown["name"],
            shown["email"],
            shown["platform"],
            shown["model"],
            shown["os_version"],
            shown["client_version"],
            shown["risk"],
            shown["status"],
            shown["last_connection"],
            _serial(row.get(serial_field)) if serial_field else "",
            tuple(own or sorted(alerted)),
        )

    @property
    def email_key(self) -> EmailKey | None:
        """Blocked and hashed emails are none [harmony facts: alerts]."""
        email, model = (self.email or "").strip().lower(), (self.model or "").rpartition(" / ")[2].strip().lower()
        return (email, self.platform, model) if "@" in email and model and self.platform != fields.UNKNOWN else None


class Managed(NamedTuple):
    """A device of Intune. in_scope: it belongs to the groups that are reported."""

    id: str
    device_name: str | None
    user_principal_name: str | None
    email: str | None
    platform: str
    os_version: str | None
    model: str | None
    serial: str
    azure_id: str
    threat_state: str
    last_sync: str | None
    in_scope: bool

    @classmethod
    def of(cls, raw: Mapping[str, Any], in_scope: bool) -> Managed:
        return cls(
            raw["id"],
            raw.get("deviceName"),
            raw.get("userPrincipalName"),
            raw.get("emailAddress"),
            fields.platform(raw.get("operatingSystem")),
            raw.get("osVersion"),
            raw.get("model"),
            _serial(raw.get("serialNumber")),
            entra_id(raw),
            str(raw.get("partnerReportedThreatState") or "unknown"),
            raw.get("lastSyncDateTime"),
            in_scope,
        )

    @property
    def email_keys(self) -> set[EmailKey]:
        model = (self.model or "").strip().lower()
        addresses = {str(address or "").strip().lower() for address in (self.email, self.user_principal_name)}
        return {(address, self.platform, model) for address in addresses if "@" in address and model}


def guids(value: Any) -> list[str]:
    """The ids in a value of a form that is not published [harmony facts: devices]."""
    if not value:
        return []
    found = _GUID.findall(json.dumps(value, default=str).lower())
    return [guid for guid in dict.fromkeys(found) if guid != _NO_GUID]


def _serial(value: Any) -> str:
    text = str(value or "").strip().lower()
    return "" if _NO_SERIAL.fullmatch(text) else text


class Join:
    """Finds for each device of Intune the one of Harmony Mobile that it is.

    A key that a device of Harmony Mobile has and that finds nothing ends the search: a weaker one could only find
    another device, such as the one that replaced it.
    """

    def __init__(self, managed: Sequence[Managed], phones: Sequence[Phone], device_map: Mapping[str, str]) -> None:
        self.managed = managed
        self.phones = phones
        # Place of Intune's device -> that of Harmony Mobile's, and by which key.
        self.matches: dict[int, tuple[int, str]] = {}
        # Place of Intune's device -> older installations of the same one.
        self.duplicates: dict[int, list[int]] = defaultdict(list)
        # Places of Harmony Mobile's devices that could be several ones, or one that another one is, with the
        # places of these.
        self.ambiguous: dict[int, set[int]] = {}
        # Places of Intune's devices -> those of Harmony Mobile's that each of them could be.
        self.candidates: dict[int, list[int]] = defaultdict(list)
        self.harmony_only: list[int] = []
        self._index(device_map)
        by_email = [place for place in range(len(phones)) if self._by_sure_keys(place)]
        self._by_email(by_email)

    def _index(self, device_map: Mapping[str, str]) -> None:
        self._map = {str(phone): str(managed).lower() for phone, managed in device_map.items()}
        self._by_id: dict[str, list[int]] = defaultdict(list)
        self._by_serial: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[EmailKey, list[int]] = defaultdict(list)
        for place, device in enumerate(self.managed):
            # Which of the two a UEM's id is, is not published [harmony facts: alerts].
            for guid in {device.id.lower(), device.azure_id} - {"", _NO_GUID}:
                self._by_id[guid].append(place)
            if device.serial:
                self._by_serial[device.serial].append(place)
            for key in device.email_keys:
                self._by_key[key].append(place)
        self._phones_of_serial: dict[str, int] = defaultdict(int)
        self._phones_of_key: dict[EmailKey, int] = defaultdict(int)
        for phone in self.phones:
            self._phones_of_serial[phone.serial] += 1
            if phone.email_key:
                self._phones_of_key[phone.email_key] += 1

    def _by_sure_keys(self, place: int) -> bool:
        """Match a device by what names it; True if it has nothing that does."""
        phone = self.phones[place]
        if phone.id is not None and phone.id in self._map:
            self._take(place, set(self._by_id.get(self._map[phone.id], ())), "device_map")
        elif phone.uuids:
            self._take(place, {found for guid in phone.uuids for found in self._by_id.get(guid, ())}, "mdm_uuid")
        elif phone.serial:
            found = set(self._by_serial.get(phone.serial, ()))
            if found and self._phones_of_serial[phone.serial] > 1:
                self._doubt(place, found)
            else:
                self._take(place, found, "serial_number")
        else:
            return True
        return False

    def _take(self, place: int, found: set[int], key: str) -> None:
        if len(found) > 1:
            self._doubt(place, found)
        elif not found:
            self.harmony_only.append(place)
        else:
            target = found.pop()
            rivals = [match for match in (self.matches.get(target), (place, key)) if match]
            self.matches[target] = max(rivals, key=self._rank)
            self.duplicates[target] += [each for each, _key in rivals if each != self.matches[target][0]]

    def _rank(self, match: tuple[int, str]) -> tuple[bool, str, int, str]:
        """An installation anew has another id, and the former one can stay [harmony facts: devices]."""
        place, key = match
        phone = self.phones[place]
        return phone.status == "active", phone.last_connection or "", -MATCHED_BY.index(key), phone.id or ""

    def _by_email(self, places: Sequence[int]) -> None:
        matched = set(self.matches)
        for place in places:
            key = self.phones[place].email_key
            found = set(self._by_key.get(key, ())) if key else set()
            is_sure = key is not None and len(found) == 1 and self._phones_of_key[key] == 1
            if found and not (is_sure and found.isdisjoint(matched)):
                self._doubt(place, found)
            else:
                self._take(place, found, "email")

    def _doubt(self, place: int, found: set[int]) -> None:
        self.ambiguous[place] = found
        for target in found:
            self.candidates[target].append(place)


# What a row of the report shows -> the attribute of Intune's device, and for lack of that of Harmony Mobile's.
SHOWN: dict[str, tuple[str, str]] = {
    "platform": ("platform", "platform"),
    "intune_id": ("id", ""),
    "device_name": ("device_name", ""),
    "user_principal_name": ("user_principal_name", ""),
    "os_version": ("os_version", "os_version"),
    "model": ("model", "model"),
    "threat_state": ("threat_state", ""),
    "last_sync": ("last_sync", ""),
    "harmony_id": ("", "id"),
    "harmony_name": ("", "name"),
    "harmony_email": ("", "email"),
    "harmony_status": ("", "status"),
    "harmony_risk": ("", "risk"),
    "client_version": ("", "client_version"),
    "last_connection": ("", "last_connection"),
}


def shown(managed: Managed | None, phone: Phone | None) -> Row:
    """What a row of the report shows of both sides."""
    return {name: _of(managed, own) if managed and own else _of(phone, other) for name, (own, other) in SHOWN.items()}


def _of(device: Managed | Phone | None, attribute: str) -> Any:
    return getattr(device, attribute) if device and attribute else None
