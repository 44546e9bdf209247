# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmony Mobile's devices and alerts, which overlap with Graph's fleet in ways that are known.

Every mobile device of Graph's fleet has one part of ``PARTS``, in turn. What it is in the overlap is said here, apart
from any code that finds it out. Rows are computed when they are asked for, so that a large fleet costs little memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from .fleet import Fleet
from .messages import Json

Row = dict[str, Json]
# Part -> what the device is in the overlap, when devices that were silent for 7 days are reported.
PARTS = {
    "missing": "not_activated",
    "provisioned": "not_activated",
    "silent": "silent",
    "inactive": "silent",
    "by_id": "protected",
    "by_device_id": "protected",
    "by_alert": "protected",
    # What the user's email finds, when the user has one such device; without an email it is not found at all.
    "by_email": "protected",
    "by_emails": "ambiguous",
    "at_risk": "protected",
    "odd": "unknown",
    "twice": "protected",
    "in_date": "protected",
}
# One in so many mobile devices has a row beside it of a device that is gone from Intune.
GONE = 25
SEVERITIES = {"secured": "0", "lowSeverity": "1", "mediumSeverity": "2", "highSeverity": "3"}
CLIENT, OLD_CLIENT = "5.0.1.12345", "4.2.0.99"


@dataclass(frozen=True)
class Place:
    """What one row of Harmony's is made of: the number of Graph's device and its part; old: a row that is replaced."""

    number: int
    part: str
    is_old: bool = False


class HarmonyFleet:
    def __init__(self, fleet: Fleet, now: datetime) -> None:
        self.fleet = fleet
        self.now = now
        self.generation = fleet.generation
        self.places: list[Place] = []
        self.parts: dict[int, str] = {}
        for number in range(fleet.devices):
            if fleet.platform(number) not in ("iOS", "Android"):
                continue
            if fleet.removed and fleet.managed(number)["id"] in fleet.removed:
                continue
            part = list(PARTS)[len(self.parts) % len(PARTS)]
            self.parts[number] = part
            if part in ("twice", "by_emails"):
                self.places.append(Place(number, part, is_old=True))
            if part != "missing":
                self.places.append(Place(number, part))
            if len(self.parts) % GONE == 0:
                self.places.append(Place(number, "gone"))
        # Alerts that name a device by the id of its UEM, and others.
        self.alerts = [place for place in range(len(self.places)) if self.places[place].part in ("by_alert", "at_risk")]

    def overlap(self) -> dict[str, int]:
        """How many devices are of each category, and how many have another risk than Graph shows."""
        keys = Counter(self._key(number) for number in self.parts)
        unsure = {
            self._key(number)
            for number, part in self.parts.items()
            if part.startswith("by_email") and self._key(number)[0]
            if part == "by_emails" or keys[self._key(number)] > 1
        }
        found: Counter[str] = Counter(harmony_only=sum(place.part == "gone" for place in self.places))
        for number, part in self.parts.items():
            category = PARTS[part]
            if part.startswith("by_email"):
                rows = 1 + (part == "by_emails")
                category = category if self._key(number)[0] else "not_activated"
                found["harmony_only"] += 0 if self._key(number)[0] else rows
                found["harmony_ambiguous"] += rows if self._key(number) in unsure else 0
            if part in ("missing", "by_email") and self._key(number) in unsure:
                # It could be what Harmony has for another device of the same user.
                category = "ambiguous"
            found[category] += 1
            found["risk_differs"] += category in ("protected", "silent") and self._differs(number, part)
        return dict(found)

    def _key(self, number: int) -> tuple[str, ...]:
        managed = self.fleet.managed(number)
        names = ("emailAddress", "operatingSystem", "manufacturer", "model")
        return tuple(str(managed[name]).lower() for name in names)

    def _differs(self, number: int, part: str) -> bool:
        state = managed_state(self.fleet, number)
        if part == "at_risk":
            return state not in ("highSeverity", "compromised")
        return state == "compromised"

    # -- rows ----------------------------------------------------------------------------------------------------

    def device(self, place: int) -> Row:
        """The row at a place of the list; its ``internal_id`` is the place and one."""
        number, part, is_old = self.places[place].number, self.places[place].part, self.places[place].is_old
        managed = self.fleet.managed(number)
        is_android = managed["operatingSystem"] == "Android"
        email = str(managed["emailAddress"])
        row: Row = {
            "client_version": OLD_CLIENT if number % 10 == 9 else CLIENT,
            "device_type": "Android" if is_android else "IPhone",
            "email": email.title() if number % 2 else email,
            "internal_id": place + 1,
            "last_connection": self._ago(hours=number % 48),
            "mail_sent": True,
            "mdm": None,
            "model": f"{managed['manufacturer']} / {managed['model']}".upper(),
            "name": f"Gerät von {managed['userDisplayName']}",
            "number": ("+15550100", "0555 0100", "")[number % 3],
            # A label of old that says nothing of the version.
            "os_type": "Android_4_x" if is_android else "iOS",
            "os_version": managed["osVersion"],
            "risk": SEVERITIES.get(managed_state(self.fleet, number), "0"),
            "status": "1",
            "a_field_of_tomorrow": {"of": "whatever shape"},
        }
        if number % 4 == 0:
            del row["mail_sent"]
        return row | self._special(number, part, is_old, managed)

    def _special(self, number: int, part: str, is_old: bool, managed: Row) -> Row:
        if part.startswith("by_email"):
            return {}
        if part == "by_alert":
            return {"email": ("Blocked", None)[number % 2]}
        if part == "gone":
            leaver = hashlib.sha256(str(number).encode()).hexdigest()
            return {"email": leaver, "mdm": f"{leaver[:8]}-1111-4222-8333-{leaver[:12]}", "name": "Gerät"}
        mdm: Json = managed["id"] if part != "by_device_id" else {"uuid": str(managed["azureADDeviceId"]).upper()}
        special: dict[str, Row] = {
            "provisioned": {
                "status": "-1" if number % 2 else "0",
                "last_connection": (None, "", "No data")[number % 3],
            },
            "silent": {"last_connection": self._ago(days=40)},
            "inactive": {"status": "4"},
            "odd": {"status": "7", "risk": "9"},
            "at_risk": {"risk": "3"},
        }
        return {
            "mdm": mdm,
            **special.get(part, {}),
            **({"status": "4", "last_connection": self._ago(days=90)} if is_old else {}),
        }

    def alert(self, index: int) -> Row:
        """Alerts in the shapes that were seen: types, times and missing fields differ."""
        place = self.alerts[index]
        number, part = self.places[place].number, self.places[place].part
        managed = self.fleet.managed(number)
        moment = self.now - timedelta(hours=index % 240)
        iso, old = moment.strftime("%Y-%m-%dT%H:%M:%S+00:00"), moment.strftime("%m/%d/%Y %H:%M:%S")
        row: Row = {
            "id": 1000 + index,
            "attack_vector": "Device",
            "backend_last_updated": iso if index % 2 else old,
            "details": "",
            "device_id": place + 1 if index % 3 else str(place + 1),
            "device_model": f"{managed['manufacturer']} / {managed['model']}",
            "device_rooted": "False" if index % 2 else False,
            "email": "Blocked",
            "event": "Compliant" if part == "by_alert" else "Detected",
            "event_timestamp": (None, "No data", iso)[index % 3],
            "name": f"Gerät von {managed['userDisplayName']}",
            "severity": "Information" if part == "by_alert" else "Critical",
            "threat_factors": "Network Protection (VPN)",
        }
        if part == "by_alert":
            row["mdm_uuid"] = str(managed["azureADDeviceId"]).upper() if index % 2 else managed["id"]
        elif index % 4:
            row["mdm_uuid"] = "00000000-0000-0000-0000-000000000000"
        return row

    def _ago(self, **span: float) -> str:
        return format_datetime(self.now - timedelta(**span))


def managed_state(fleet: Fleet, number: int) -> str:
    return str(fleet.managed(number)["partnerReportedThreatState"])


def moment(text: Json) -> datetime | None:
    """A time of an alert in one of its forms; None for what is none."""
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%m/%d/%Y %H:%M:%S"):
        try:
            found = datetime.strptime(str(text).replace("Z", "+00:00"), form)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    return None
