# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deterministic generated fleet: managed devices, their Entra device objects and their users.

Nothing is stored for the generated part: object number ``n`` is computed from ``n`` and the seed whenever it is asked
for, so a fleet of 200,000 devices costs no memory. Ids are a bijection of the number, so an id leads back to it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from .messages import Json

_MULTIPLIER = 0x9E3779B1
_INVERSE = pow(_MULTIPLIER, -1, 2**32)
# A fleet is as old whenever a tenant is started.
_TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
FOREVER = "9999-12-31T23:59:59Z"

_PLATFORMS = ("iOS", "Android", "Android", "iOS", "Windows", "macOS", "iOS", "Android")
_MODELS = {
    "iOS": (("Apple", "iPhone 15"), ("Apple", "iPhone 16 Pro"), ("Apple", "iPad Air")),
    "Android": (("Google", "Pixel 9"), ("samsung", "SM-S921B"), ("samsung", "SM-X710")),
    "Windows": (("LENOVO", "ThinkPad X1"), ("Microsoft Corporation", "Surface Pro")),
    "macOS": (("Apple", "MacBook Air"), ("Apple", "MacBook Pro")),
}
_VERSIONS = {
    "iOS": ("17.6.1", "18.1", "18.7", "26.0"),
    "Android": ("13", "14", "15", "16"),
    "Windows": ("10.0.19045.5011", "10.0.26100.2033"),
    "macOS": ("14.7 (23H124)", "15.1 (24B83)"),
}
_COMPLIANCE = ("compliant",) * 7 + ("noncompliant", "inGracePeriod", "unknown")
_THREATS = ("secured",) * 6 + (
    "activated",
    "unknown",
    "lowSeverity",
    "mediumSeverity",
    "highSeverity",
    "deactivated",
    "unresponsive",
    "misconfigured",
    "compromised",
)
_GIVEN = ("Ada", "Björn", "Chiara", "Dmitri", "Eileen", "Fatima", "Goro", "Hanna", "Ivo", "Jürgen")
_FAMILY = ("O'Brien", "Müller", "Rossi", "Ng", "Van der Berg", "Smith", "Kowalski", "Sato", "Lund", "Abe")


def _guid(number: int, kind: int, seed: int) -> str:
    """A version 4 shaped GUID whose first eight digits encode the number."""
    first = (number * _MULTIPLIER + kind * 0x01010101 + seed) % 2**32
    tail = hashlib.sha256(f"{seed}/{kind}/{number}".encode()).hexdigest()
    return f"{first:08x}-{tail[:4]}-4{tail[4:7]}-a{tail[7:10]}-{tail[10:22]}"


def _number(guid: str, kind: int, seed: int) -> int | None:
    try:
        first = int(guid[:8], 16)
    except ValueError:
        return None
    number = ((first - kind * 0x01010101 - seed) * _INVERSE) % 2**32
    return number if _guid(number, kind, seed) == guid.lower() else None


def _when(number: int, step_minutes: int, offset_days: int) -> str:
    moment = _TODAY + timedelta(days=offset_days, minutes=(number * step_minutes) % (60 * 24 * 300))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _last_sync(number: int) -> str:
    """Most devices were seen in the last days, some not for months."""
    moment = _TODAY - timedelta(seconds=120 * 86_400 * ((number * 4001 % 9973) / 9973) ** 8)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_USER, _MANAGED, _ENTRA, _DEVICE_ID = 1, 2, 3, 4


class Fleet:
    """``devices`` managed devices on ``users`` people. The part of it tests change is kept in ``changed``."""

    def __init__(self, devices: int, users: int, seed: int, domain: str) -> None:
        self.devices = devices
        self.users = users
        self.seed = seed
        self.domain = domain
        self.changed: dict[int, dict[str, Json]] = {}
        self.removed: set[str] = set()
        self.generation = 0
        self.managed = lru_cache(maxsize=4096)(self._managed)

    def change(self, number: int, values: dict[str, Json]) -> None:
        self.changed.setdefault(number, {}).update(values)
        self.generation += 1
        self.managed.cache_clear()

    # -- users ---------------------------------------------------------------------------------------------------

    def user(self, number: int) -> dict[str, Json]:
        given, family = _GIVEN[number % 10], _FAMILY[(number // 10 + number) % 10]
        name = f"user{number + 1:02d}@{self.domain}"
        return {
            "id": _guid(number, _USER, self.seed),
            "accountEnabled": number % 17 != 16,
            "businessPhones": [],
            "createdDateTime": _when(number, 11, -630),
            "displayName": f"{given} {family}",
            "givenName": given,
            "surname": family,
            "mail": name,
            "mailNickname": f"user{number + 1:02d}",
            "userPrincipalName": name,
            "userType": "Member",
            "usageLocation": "DE",
        }

    def user_number(self, key: str) -> int | None:
        """The number of the user with this id or user principal name."""
        number = _number(key, _USER, self.seed)
        if number is None and key.lower().startswith("user") and key.lower().endswith(f"@{self.domain}"):
            digits = key[4 : -len(self.domain) - 1]
            number = int(digits) - 1 if digits.isdigit() and f"{int(digits):02d}" == digits else None
        return number if number is not None and 0 <= number < self.users else None

    # -- devices -------------------------------------------------------------------------------------------------

    def _in_fleet(self, number: int | None) -> int | None:
        return number if number is not None and 0 <= number < self.devices else None

    def managed_number(self, guid: str) -> int | None:
        return self._in_fleet(_number(guid, _MANAGED, self.seed))

    def entra_number(self, guid: str) -> int | None:
        return self._in_fleet(_number(guid, _ENTRA, self.seed))

    def device_id_number(self, guid: str) -> int | None:
        return self._in_fleet(_number(guid, _DEVICE_ID, self.seed))

    def entra_id(self, number: int) -> str:
        return _guid(number, _ENTRA, self.seed)

    def owner(self, number: int) -> int | None:
        """The number of the device's user; a few devices are shared and have none."""
        return None if number % 19 == 18 or not self.users else (number * 7) % self.users

    def owned_by(self, user: int) -> Iterator[int]:
        return (number for number in range(self.devices) if self.owner(number) == user)

    def platform(self, number: int) -> str:
        return str(self.changed.get(number, {}).get("operatingSystem", _PLATFORMS[number % len(_PLATFORMS)]))

    def _managed(self, number: int) -> dict[str, Json]:
        """The values of managed device ``number`` that are not defaults."""
        platform = _PLATFORMS[number % len(_PLATFORMS)]
        maker, model = _MODELS[platform][number % len(_MODELS[platform])]
        company = number % 3 != 1
        owner = self.owner(number)
        user = self.user(owner) if owner is not None else None
        owner_name = user["userPrincipalName"].split("@")[0] if user else "shared"
        mobile = platform in ("iOS", "Android")
        values: dict[str, Json] = {
            "id": _guid(number, _MANAGED, self.seed),
            "userId": user["id"] if user else "",
            "deviceName": f"{model.split()[0].upper()[:6]}-{number + 1:06d}",
            "managedDeviceOwnerType": "company" if company else "personal",
            "ownerType": "company" if company else "personal",
            "managementState": "managed",
            "enrolledDateTime": _when(number, 2503, -430),
            "lastSyncDateTime": _last_sync(number),
            "operatingSystem": platform,
            "deviceType": {
                "iOS": "iPad" if "iPad" in model else "iPhone",
                "Android": "androidEnterprise" if company else "androidForWork",
                "Windows": "windowsRT",
                "macOS": "macMDM",
            }[platform],
            "complianceState": _COMPLIANCE[number % len(_COMPLIANCE)],
            "jailBroken": str(number % 97 == 96) if platform in ("iOS", "Android") else "Unknown",
            "managementAgent": "googleCloudDevicePolicyController" if platform == "Android" else "mdm",
            "osVersion": _VERSIONS[platform][number % len(_VERSIONS[platform])],
            "easActivated": False,
            "easDeviceId": "",
            "aadRegistered": True,
            "azureADRegistered": True,
            "deviceEnrollmentType": "userEnrollment" if not company else "deviceEnrollmentManager",
            "deviceRegistrationState": "registered",
            "emailAddress": user["mail"] if user else "",
            "azureActiveDirectoryDeviceId": _guid(number, _DEVICE_ID, self.seed),
            "azureADDeviceId": _guid(number, _DEVICE_ID, self.seed),
            "deviceCategoryDisplayName": "",
            "exchangeAccessState": "none",
            "exchangeAccessStateReason": "none",
            "isSupervised": company and platform == "iOS",
            "isEncrypted": True,
            "userPrincipalName": user["userPrincipalName"] if user else "",
            "userDisplayName": user["displayName"] if user else "",
            "enrolledByUserPrincipalName": user["userPrincipalName"] if user else "",
            "enrollmentProfileName": "",
            "model": model,
            "manufacturer": maker,
            "imei": f"35{number:013d}" if mobile else "",
            "meid": "",
            "phoneNumber": f"+4915{number % 10**9:09d}" if mobile else "",
            "subscriberCarrier": "Example Mobile" if mobile else "",
            "androidSecurityPatchLevel": "2026-10-05" if platform == "Android" else "",
            "securityPatchLevel": "",
            "serialNumber": f"SN{number:09d}",
            "totalStorageSpaceInBytes": 128 * 10**9,
            "freeStorageSpaceInBytes": 64 * 10**9 - number % 10**6,
            "managedDeviceName": f"{owner_name}_{platform}_{number + 1}",
            "partnerReportedThreatState": _THREATS[number % len(_THREATS)] if mobile else "unknown",
            "complianceGracePeriodExpirationDateTime": FOREVER,
            "managementCertificateExpirationDate": _when(number, 2503, -65),
            "wiFiMacAddress": f"02{number:010X}"[:12],
            "isComplianceChecked": None,
            "joinType": "azureADRegistered" if mobile or not company else "azureADJoined",
            "roleScopeTagIds": ["0"],
            "udid": f"{number:040x}" if platform in ("iOS", "macOS") else "",
            "iccid": f"89490{number:014d}" if mobile else "",
            "ethernetMacAddress": "" if mobile else f"06{number:010X}"[:12],
            "physicalMemoryInBytes": 8 * 2**30,
            "notes": None,
        }
        del values["isComplianceChecked"]
        return values | self.changed.get(number, {})

    def entra(self, number: int) -> dict[str, Json]:
        """Return the Entra device of a managed device. Its deviceId is the azureADDeviceId of that one."""
        managed = self.managed(number)
        return {
            "id": self.entra_id(number),
            "accountEnabled": True,
            "approximateLastSignInDateTime": managed["lastSyncDateTime"],
            "alternativeSecurityIds": [],
            "createdDateTime": managed["enrolledDateTime"],
            "deviceId": managed["azureADDeviceId"],
            "deviceOwnership": {"company": "Company", "personal": "Personal"}.get(
                managed["managedDeviceOwnerType"], "Unknown"
            ),
            "deviceVersion": 2,
            "displayName": managed["deviceName"],
            "isCompliant": managed["complianceState"] == "compliant",
            "isManaged": True,
            "isRooted": managed["jailBroken"] == "True",
            "managementType": "MDM",
            "manufacturer": managed["manufacturer"],
            "mdmAppId": "0000000a-0000-0000-c000-000000000000",
            "model": managed["model"],
            "operatingSystem": "IPad"
            if managed["model"].startswith("iPad")
            else {"iOS": "IPhone", "macOS": "MacMDM"}.get(managed["operatingSystem"], managed["operatingSystem"]),
            "operatingSystemVersion": managed["osVersion"],
            "physicalIds": [],
            "profileType": "RegisteredDevice",
            "registrationDateTime": managed["enrolledDateTime"],
            "systemLabels": [],
            "trustType": "Workplace",
        }


def random_guid() -> str:
    return str(uuid.uuid4())
