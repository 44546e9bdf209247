# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of Harmony Mobile as users see them. Any field may be missing or of another type, and unknown ones are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from .._engine.time_fields import parse_moment
from .session import Row

DEVICES, DEVICE_KEY = "/external_api/v1/device_status/", "internal_id"
ALERTS, ALERT_KEY = "/external_api/v3/alert/", "id"
# The parameter that leaves out older alerts.
ALERTS_SINCE = "backend_last_updated__gte"
UNKNOWN = "unknown"
# Digits as text, and some servers may send numbers [harmony facts: devices].
RISKS = {"0": "none", "1": "low", "2": "medium", "3": "high"}
STATUSES = {"-1": "processing", "0": "provisioned", "1": "active", "4": "inactive"}
PLATFORMS = ("android", "ios", UNKNOWN)
_DEVICE_TEXTS = (
    "name",
    "email",
    "number",
    "device_type",
    "os_type",
    "os_version",
    "model",
    "client_version",
)
DEVICE_FIELDS = ("id", *_DEVICE_TEXTS, "platform", "risk", "status", "last_connection", "mdm", "other")
_ALERT_TEXTS = (
    "severity",
    "event",
    "attack_vector",
    "threat_factors",
    "details",
    "mdm_uuid",
    "email",
    "name",
    "number",
    "device_model",
    "os_version",
    "client_version",
    "policy_name",
)
ALERT_FIELDS = (
    "id",
    "device_id",
    *_ALERT_TEXTS,
    "device_rooted",
    "event_timestamp",
    "backend_last_updated",
    "other",
)
_BOOLEANS = {"true": True, "false": False}
# Without a zone, in UTC [harmony facts: alerts].
_OLD_TIME = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)")
_NO_TIME = ("", "no data")


def device(row: Mapping[str, Any]) -> Row:
    """A device; `other` has the fields that are not documented, and codes without a name."""
    other = dict(row)
    shown: Row = {"id": _text(other.pop(DEVICE_KEY, None))}
    shown.update({name: _text(other.pop(name, None)) for name in _DEVICE_TEXTS})
    shown["platform"] = platform(shown["device_type"], shown["os_type"])
    for name, names in (("risk", RISKS), ("status", STATUSES)):
        shown[name] = names.get(str(row.get(name)), UNKNOWN)
        if shown[name] != UNKNOWN or row.get(name) is None:
            other.pop(name, None)
    shown["last_connection"] = written(_time(other, "last_connection"))
    shown["mdm"] = other.pop("mdm", None)
    return {**shown, "other": other}


def alert(row: Mapping[str, Any]) -> Row:
    other = dict(row)
    shown: Row = {"id": _text(other.pop(ALERT_KEY, None)), "device_id": _text(other.pop("device_id", None))}
    shown.update({name: _text(other.pop(name, None)) for name in _ALERT_TEXTS})
    rooted = other.pop("device_rooted", None)
    shown["device_rooted"] = rooted if isinstance(rooted, bool) else _BOOLEANS.get(str(rooted).lower())
    for name in ("event_timestamp", "backend_last_updated"):
        shown[name] = written(_time(other, name))
    return {**shown, "other": other}


def platform(*texts: str | None) -> str:
    """The family of an operating system: versions in these texts are not those of the device."""
    words = " ".join(filter(None, texts)).lower()
    if "android" in words:
        return "android"
    return "ios" if any(word in words for word in ("ios", "iphone", "ipad")) else UNKNOWN


def moment(value: object) -> datetime | None:
    """A time in one of its forms, in UTC; None for no time and for what cannot be read."""
    text = str(value or "").strip()
    old = _OLD_TIME.fullmatch(text)
    try:
        if old:
            month, day, year, hour, minute, second = map(int, old.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
        if text[:4].isdigit():
            return parse_moment(text)
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found.astimezone(timezone.utc) if found.tzinfo else found.replace(tzinfo=timezone.utc)


def asked(time: datetime) -> str:
    """A time as a filter of the server takes it."""
    return time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def written(time: datetime | None) -> str | None:
    return time.replace(tzinfo=None).isoformat(timespec="seconds") + "Z" if time else None


def _time(row: Row, name: str) -> datetime | None:
    """Take a time out of a row, but leave there what cannot be read."""
    value = row.get(name)
    found = moment(value)
    if found or value is None or str(value).strip().lower() in _NO_TIME:
        row.pop(name, None)
    return found


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
