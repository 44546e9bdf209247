# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module intune_harmony_coverage: Intune's devices and Harmony Mobile's in one picture."""

from __future__ import annotations

import contextlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from .._devices import fields as device_fields
from .._devices.groups import PROPERTIES, Members
from .._devices.output import outcome, output_of
from .._devices.query import FleetQuery
from .._devices.reading import Fleet
from .._engine.errors import InvalidOptions
from .._graph.lists import in_pages
from .._graph.session import GraphSession
from . import fields, join
from .info import OUTPUT
from .join import CONFIDENCE, MATCHED_BY, Join, Managed, Phone
from .session import HarmonySession, Row

CATEGORIES = ("protected", "not_activated", "silent", "unknown", "ambiguous", "harmony_only", "harmony_ambiguous")
# Inferred, not published [harmony facts: risk and threat state].
THREAT_STATE_OF = {"none": "secured", "low": "lowSeverity", "medium": "mediumSeverity", "high": "highSeverity"}
_WORST = "compromised"
_FIELDS = (
    "id",
    "device_name",
    "user_principal_name",
    "email_address",
    "operating_system",
    "os_version",
    "model",
    "serial_number",
    "partner_reported_threat_state",
    "last_sync_date_time",
)
ALERT_DAYS = 30
NAMES = (
    "category",
    "matched_by",
    "confidence",
    *join.SHOWN,
    "risk_differs",
    "old_client",
    "old_os",
    "candidates",
    "duplicates",
)
OPTIONS: dict[str, dict[str, Any]] = {
    "groups": {"type": "list", "elements": "str"},
    "device_map": {"type": "dict"},
    "harmony_serial_field": {"type": "str"},
    "alert_days": {"type": "int", "default": ALERT_DAYS},
    "silent_days": {"type": "int", "default": 7},
    "minimum_client_version": {"type": "str"},
    "minimum_os_version": {"type": "dict", "options": {"android": {"type": "str"}, "ios": {"type": "str"}}},
    "categories": {"type": "list", "elements": "str", "choices": list(CATEGORIES)},
    **OUTPUT,
    "parallel_pages": {"type": "int", "default": 8},
}


def gather(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Read both sides whole, join them, and report each device once."""
    report = Report(params)
    output = output_of(NAMES, params, check_mode)
    keeps = not output and params.get("gather") != "summary"
    rows: list[Row] = []
    harmony = HarmonySession.from_params(params, session.redactor, session.bounds)
    harmony.progress = session.progress
    with contextlib.closing(harmony), output or contextlib.nullcontext():
        phones = read_phones(harmony, params.get("harmony_serial_field"), int(params["alert_days"]))
        session.progress(f"{len(phones)} devices of Harmony Mobile read")
        managed, others, warnings = _managed(session, params, check_mode)
        session.progress(f"{len(managed)} mobile devices of Intune read")
        joined = Join(managed, phones, params.get("device_map") or {})
        for chunk in in_pages(report.rows(joined)):
            if output:
                output.add(chunk)
            elif keeps:
                rows += chunk
    facts: Row = {"intune_harmony_coverage_summary": report.summary(joined, others)}
    if keeps:
        facts["intune_harmony_coverage"] = rows
    return {
        **outcome(output, diff_mode),
        "ansible_facts": facts,
        "warnings": warnings,
        "graph_requests": session.requests_sent,
        "harmony_requests": harmony.requests_sent,
    }


def read_phones(harmony: HarmonySession, serial_field: str | None, alert_days: int) -> list[Phone]:
    """All devices of Harmony Mobile, with the UEM's ids that alerts of some days name."""
    alerted = _alerted(harmony, alert_days)
    return [
        Phone.of(row, serial_field, alerted.get(str(row.get(fields.DEVICE_KEY)), ()))
        for page in harmony.rows(fields.DEVICES, fields.DEVICE_KEY)
        for row in page
    ]


def _alerted(harmony: HarmonySession, days: int) -> dict[str, set[str]]:
    """Device -> the UEM's ids that its alerts name: only alerts are documented to have them."""
    found: dict[str, set[str]] = defaultdict(set)
    if days > 0:
        asked = {fields.ALERTS_SINCE: fields.asked(datetime.now(timezone.utc) - timedelta(days=days))}
        for page in harmony.rows(fields.ALERTS, fields.ALERT_KEY, asked):
            for alert in page:
                if alert.get("device_id") is not None:
                    found[str(alert["device_id"])].update(join.guids(alert.get("mdm_uuid")))
    return found


def _managed(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool
) -> tuple[list[Managed], int, list[str]]:
    """The mobile devices of Intune, the number of others, and warnings.

    All are read, also with groups: a device outside them is not one that is gone from Intune.
    """
    members = Members.read(session, params["groups"], check_mode) if params.get("groups") else None
    query = FleetQuery.from_params({"fields": list(_FIELDS), "parallel_pages": params.get("parallel_pages")})
    found: list[Managed] = []
    others = 0
    fleet = Fleet(session, query.with_also(*PROPERTIES))
    for page in fleet.pages():
        for raw in page:
            device = Managed.of(raw, members.take(raw) if members else True)
            if device.platform == fields.UNKNOWN:
                others += 1
            else:
                found.append(device)
    return found, others, [*(members.warnings if members else ()), *fleet.warnings]


class Report:
    """Says of each device what category it is in; each is counted once."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        days = int(params["silent_days"])
        if days < 1:
            raise InvalidOptions(f"silent_days: {days} is less than one day.")
        self._silent_before = fields.written(datetime.now(timezone.utc) - timedelta(days=days)) or ""
        self._client = _version("minimum_client_version", params.get("minimum_client_version"))
        minimum = params.get("minimum_os_version") or {}
        self._os = {name: _version(f"minimum_os_version.{name}", minimum.get(name)) for name in ("android", "ios")}
        self._shown = set(params.get("categories") or CATEGORIES)
        self._counts: Counter[str] = Counter()
        self._keys: Counter[str] = Counter()
        self._risks: Counter[str] = Counter()
        self._platforms: dict[str, Counter[str]] = {"android": Counter(), "ios": Counter()}

    def rows(self, joined: Join) -> Iterator[Row]:
        for row in self._all(joined):
            self._count(row)
            if row["category"] in self._shown:
                yield row

    def _all(self, joined: Join) -> Iterator[Row]:
        for place in sorted(range(len(joined.managed)), key=lambda place: joined.managed[place].id):
            managed = joined.managed[place]
            if not managed.in_scope:
                continue
            match, key = joined.matches.get(place, (None, None))
            phone = joined.phones[match] if match is not None else None
            candidates = [joined.phones[other].id for other in joined.candidates.get(place, ())]
            category = self._category(phone) if phone else "ambiguous" if candidates else "not_activated"
            duplicates = [joined.phones[other].id for other in joined.duplicates.get(place, ())]
            yield self._row(category, managed, phone, key, candidates, duplicates)
        for place in joined.harmony_only:
            yield self._row("harmony_only", None, joined.phones[place])
        for place, found in joined.ambiguous.items():
            ids = sorted(joined.managed[target].id for target in found)
            yield self._row("harmony_ambiguous", None, joined.phones[place], candidates=ids)

    def _row(
        self,
        category: str,
        managed: Managed | None,
        phone: Phone | None,
        key: str | None = None,
        candidates: Sequence[str | None] = (),
        duplicates: Sequence[str | None] = (),
    ) -> Row:
        shown = join.shown(managed, phone)
        row = {
            "category": category,
            "matched_by": key,
            "confidence": CONFIDENCE[key] if key else None,
            **shown,
            "risk_differs": _differs(managed, phone) if category in ("protected", "silent", "unknown") else None,
            "old_client": _is_older(phone.client_version, self._client) if phone else None,
            "old_os": _is_older(shown["os_version"], self._os.get(shown["platform"])),
            "candidates": list(candidates),
            "duplicates": list(duplicates),
        }
        if managed:
            row["threat_state"] = device_fields.shown("partnerReportedThreatState", managed.threat_state)
        return row

    def _category(self, phone: Phone) -> str:
        """What a device is that both sides have."""
        if phone.status in ("processing", "provisioned"):
            return "not_activated"
        if phone.status == "inactive":
            return "silent"
        if phone.status != "active" or not phone.last_connection:
            return "unknown"
        return "silent" if phone.last_connection < self._silent_before else "protected"

    def _count(self, row: Row) -> None:
        self._counts[row["category"]] += 1
        self._counts.update(name for name in ("risk_differs", "old_client", "old_os") if row[name])
        self._counts["duplicates"] += len(row["duplicates"])
        if row["intune_id"]:
            self._platforms[row["platform"]][row["category"]] += 1
        if row["matched_by"]:
            self._keys[row["matched_by"]] += 1
            self._risks[row["harmony_risk"]] += 1

    def summary(self, joined: Join, others: int) -> Row:
        total = sum(device.in_scope for device in joined.managed)
        by_category = {name: self._counts[name] for name in CATEGORIES}
        return {
            "total": total,
            "by_category": by_category,
            "protected_share": round(self._counts["protected"] / total, 4) if total else 0.0,
            "by_platform": {name: dict(sorted(counts.items())) for name, counts in self._platforms.items()},
            "by_risk": dict(sorted(self._risks.items())),
            "by_key": {name: self._keys[name] for name in MATCHED_BY},
            **{name: self._counts[name] for name in ("risk_differs", "old_client", "old_os", "duplicates")},
            "harmony_total": len(joined.phones),
            "outside_groups": len(joined.managed) - total,
            "not_mobile": others,
        }


def _differs(managed: Managed | None, phone: Phone | None) -> bool | None:
    """Whether both sides see another risk; None where one of them has no verdict that can be compared."""
    if managed is None or phone is None or phone.risk not in THREAT_STATE_OF:
        return None
    expected = THREAT_STATE_OF[phone.risk]
    if managed.threat_state in THREAT_STATE_OF.values():
        return managed.threat_state != expected
    if managed.threat_state == _WORST:
        return phone.risk != "high"
    # Intune has no severity: a risk has not got there.
    return True if phone.risk != "none" else None


def _version(option: str, text: str | None) -> tuple[int, ...] | None:
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)*", text.strip()):
        raise InvalidOptions(f"{option}: '{text}' is no version such as 5.0.1.")
    return _numbers(text)


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at its end."""
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _is_older(version: str | None, minimum: tuple[int, ...] | None) -> bool | None:
    """None without a minimum, and for a version that does not start as one does."""
    found = re.match(r"\d+(\.\d+)*", version or "")
    return _numbers(found[0]) < minimum if found and minimum else None
