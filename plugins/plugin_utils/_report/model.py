# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of a tenant shows, as numbers and codes. The words are in playbooks/vars/report_words.yml."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._devices.summary import PROTECTED, THREATS
from .._onboarding.variables import OBJECTS, TITLES, object_of

Json = dict[str, Any]
# Steps whose objects have no ownership tag.
_OWNERS = {"connector": "partner", "conditional_access": "unrecorded"}
# The worst first.
STATES = ("forbidden", "unread", "missing", "drifted", "in_place", "nothing", "off")
# Chart -> the order of its rows, with what each means: good, doubtful, bad, or nothing of that.
ROWS: dict[str, dict[str, str]] = {
    "platform": {},
    "compliance": {
        "compliant": "good",
        "in_grace_period": "warn",
        "noncompliant": "bad",
        "conflict": "bad",
        "error": "bad",
        "config_manager": "plain",
        "unknown": "plain",
    },
    "threat": {
        "secured": "good",
        "activated": "good",
        "low_severity": "warn",
        "medium_severity": "bad",
        "high_severity": "bad",
        "compromised": "bad",
        "misconfigured": "warn",
        "unresponsive": "warn",
        "deactivated": "warn",
        "unknown": "plain",
    },
    "risk": {"none": "good", "low": "warn", "medium": "bad", "high": "bad", "unknown": "plain"},
    "activation": {
        "protected": "good",
        "not_activated": "bad",
        "silent": "warn",
        "unknown": "plain",
        "ambiguous": "plain",
    },
    "last_sync": {
        "within_1_day": "good",
        "within_7_days": "good",
        "within_30_days": "warn",
        "within_90_days": "bad",
        "older": "bad",
        "never": "bad",
    },
}
# Result of a task -> what it has if it could be read.
_READ = {
    "connector": "details",
    "apps": "apps",
    "fleet": "ansible_facts",
    "compliance": "compliance_policies",
    "protection": "app_protection_policies",
    "access": "conditional_access_policies",
    "coverage": "ansible_facts",
}
# What harmony_health calls a result that has another name here.
_RESULTS = {"devices": "fleet"}
# The columns of a list of devices besides the name.
COLUMNS = ("user", "platform", "threat_state", "risk", "seen")
# What harmony_health calls the consequences of a threat.
CONSEQUENCES = ("compliance", "protection", "access")
# Reason for an action -> its urgency, in the order in which the actions are shown.
ACTIONS = {
    "forbidden": "now",
    "forbidden_objects": "now",
    "unread": "now",
    "preflight": "now",
    "missing": "now",
    "connector_missing": "now",
    "connector_setup": "now",
    "connector_silent": "now",
    "connector_off": "now",
    "threats": "now",
    "health": "now",
    "drift": "soon",
    "not_activated": "soon",
    "silent": "soon",
    "no_device": "soon",
    "consequence": "soon",
    "risk_differs": "soon",
    "missing_permissions": "soon",
    "excess_permissions": "later",
    "ambiguous": "later",
    "harmony_only": "later",
    "no_harmony": "later",
}


def model(read: Mapping[str, Any], history: Sequence[str] | None, now: str) -> Json:
    """Return what the page shows. history has the snapshots of earlier runs, or is none if no history is kept."""
    return Report(read, now).result(history)


class Report:
    def __init__(self, read: Mapping[str, Any], now: str) -> None:
        self.read = read
        self.now = now
        self.preflight = read.get("preflight") or {}
        self.health = read.get("health") or {}
        self.fleet = _fact(read, "fleet", "intune_devices_summary")
        self.coverage = _fact(read, "coverage", "intune_harmony_coverage_summary")
        self.has_harmony = bool(read.get("coverage")) and not read["coverage"].get("skipped")
        self.unread = [
            name
            for name, key in _READ.items()
            if (read.get(name) or {}).get(key) is None and (name != "coverage" or self.has_harmony)
        ]
        self.steps = [self._step(step) for step in OBJECTS]
        self.objects = [item for step in self.steps for item in step["objects"]]
        self.missing = [item for item in self.objects if item["state"] == "missing"]
        self.connector = self._connector()
        self.permissions = list(self._permissions())
        self.devices = self._devices()

    def result(self, history: Sequence[str] | None) -> Json:
        snapshot = self._snapshot()
        actions = sorted(self._actions(), key=lambda action: list(ACTIONS).index(action["code"]))
        tenant = self.preflight.get("tenant") or {}
        return {
            "host": self.read.get("host"),
            "tenant": {"name": tenant.get("display_name"), "id": tenant.get("id")},
            "created": self.now,
            "verdict": self._verdict(actions),
            "findings": self.health.get("findings") or [],
            "actions": [{"urgency": ACTIONS[action["code"]], **action} for action in actions],
            "steps": self.steps,
            "in_place": [sum(item["state"] == "in_place" for item in self.objects), len(self.objects)],
            "charts": list(self._charts()),
            "protection": self._protection(),
            "devices": self.devices,
            "has_harmony": self.has_harmony,
            "unread": self.unread,
            "connector": self.connector,
            "permissions": self.permissions,
            "trend": _trend(history, snapshot),
            "snapshot": snapshot,
        }

    def _verdict(self, actions: Sequence[Json]) -> str:
        verdict = str(self.health.get("verdict") or "cannot tell").replace(" ", "_")
        is_urgent = any(ACTIONS[action["code"]] == "now" for action in actions)
        return "working_in_part" if verdict == "working" and is_urgent else verdict

    # -- onboarding ----------------------------------------------------------------------------------------------

    def _step(self, step: str) -> Json:
        result = (self.read.get("onboarding") or {}).get(OBJECTS[step]) or {}
        # A task that fails before its loop has no results.
        items = result.get("results") or ([{"item": step, **result}] if result.get("failed") else [])
        objects = [self._object(step, item) for item in items]
        is_on = step in (self.preflight.get("steps") or [])
        state = min((item["state"] for item in objects), key=STATES.index, default="nothing" if is_on else "off")
        return {"step": step, "state": state, "objects": objects}

    def _object(self, step: str, item: Mapping[str, Any]) -> Json:
        found: Json = {"step": step, "name": str(item["item"]), "fields": [], "owner": None, "message": None}
        if item.get("failed"):
            return {**found, "state": "forbidden" if _is_forbidden(item) else "unread", "message": _reason(item)}
        reported = object_of(item)
        found["name"] = _named(str(reported.get("name") or item["item"]), str(reported.get("type") or ""))
        if item.get("created"):
            return {**found, "state": "missing"}
        tag = reported.get("created_by")
        owner = _OWNERS.get(step) or self._owner(tag)
        state = "drifted" if item.get("changed") else "in_place"
        return {**found, "state": state, "owner": owner, "tag": tag, "fields": _different(item.get("diff"))}

    def _owner(self, tag: Any) -> str:
        if tag == self.preflight.get("created_by"):
            return "own"
        return "tagged" if tag else "others"

    # -- devices -------------------------------------------------------------------------------------------------

    def _charts(self) -> Iterator[Json]:
        fleet, coverage = self.fleet or {}, self.coverage or {}
        counts: dict[str, Mapping[str, int]] = {
            "platform": fleet.get("by_platform") or {},
            "compliance": fleet.get("by_compliance_state") or {},
            "threat": fleet.get("by_threat_state") or {},
            "activation": {
                name: number for name, number in (coverage.get("by_category") or {}).items() if "harmony" not in name
            },
            "risk": coverage.get("by_risk") or {},
            "last_sync": fleet.get("by_last_sync") or {},
        }
        for code, found in counts.items():
            total = sum(found.values())
            if total:
                yield {"code": code, "total": total, "rows": _rows(code, found, total)}

    def _protection(self) -> Json | None:
        """Return how many devices are protected, from Harmony Mobile itself where it was asked."""
        if self.coverage is not None:
            return _share(self.coverage["by_category"]["protected"], self.coverage["total"], "harmony")
        if self.fleet is not None and "by_threat_state" in self.fleet:
            return _share(_in(self.fleet["by_threat_state"], PROTECTED), self.fleet["total"], "intune")
        return None

    def _devices(self) -> Json:
        shown = max(int(self.read.get("shown") or 0), 0)
        facts = (self.read.get("coverage") or {}).get("ansible_facts") or {}
        rows = facts.get("intune_harmony_coverage") or []
        lists: dict[str, list[Json]] = {
            "threats": self._threats(),
            **{
                category: [_joined(row) for row in rows if row["category"] == category]
                for category in ("not_activated", "silent", "unknown", "ambiguous", "harmony_only", "harmony_ambiguous")
            },
            "risk_differs": [_joined(row) for row in rows if row["risk_differs"]],
        }
        without = _fact(self.read, "fleet", "intune_members_without_device") or []
        lists["no_device"] = [
            {"name": str(member.get("name") or member.get("id")), "user": "", "platform": ""} for member in without
        ]
        return {code: _cut(found, shown) for code, found in lists.items() if found}

    def _threats(self) -> list[Json]:
        found = {
            device["id"]: device
            for result in (self.read.get("affected") or {}).get("results") or []
            for device in (result.get("ansible_facts") or {}).get("intune_devices") or []
            if device.get("partner_reported_threat_state") in THREATS
        }
        return [_managed(device) for device in found.values()]

    # -- connector and permissions -------------------------------------------------------------------------------

    def _connector(self) -> Json:
        result = self.read.get("connector") or {}
        if result.get("details") is None:
            return {"state": "unread", "message": _reason(result)}
        if not result["details"]:
            return {"state": "missing"}
        details = next(iter(result["details"].values()))
        options: Mapping[str, Any] = next(iter(result.get("mtd_connectors") or []), {})
        heartbeat = str(details.get("last_heartbeat_date_time") or "")[:19]
        partner_state = str(details.get("partner_state") or "unknown")
        unhealthy = "silent" if partner_state.lower() == "enabled" else "setup"
        return {
            "state": "healthy" if details.get("healthy") else unhealthy,
            "partner_state": partner_state,
            # Graph writes the year 1 where there was none.
            "heartbeat": None if heartbeat[:4] in ("", "0001") else heartbeat + "Z",
            "platforms": {name: options.get(f"{name}_enabled") for name in self.preflight.get("platforms") or []},
        }

    def _permissions(self) -> Iterator[Json]:
        login = (self.read.get("onboarding") or {}).get("permissions") or {}
        results = [login, *((self.read.get("applications") or {}).get("results") or [])]
        for place, result in enumerate(results):
            application = result.get("application") or {}
            yield {
                "is_login": place == 0,
                "name": application.get("display_name") or application.get("app_id") or result.get("item"),
                "is_known": bool(result.get("known")),
                "message": None if result.get("known") else _reason(result),
                **{name: list(map(_permission, result.get(name) or [])) for name in ("missing", "excess")},
            }

    # -- what to do ----------------------------------------------------------------------------------------------

    def _actions(self) -> Iterator[Json]:
        yield from self._unread()
        for finding in self.preflight.get("errors") or []:
            if finding["about"] != "permissions":
                yield _action("preflight", text=finding["text"])
        for code, state in (("missing", "missing"), ("drift", "drifted")):
            names = [item["name"] for item in self.objects if item["state"] == state]
            if names:
                yield _action(code, count=len(names), names=_listed(names))
        yield from self._of_connector()
        yield from self._of_health()
        for code, found in self.devices.items():
            if code in ACTIONS:
                yield _action(code, count=found["total"])
        yield from self._of_permissions()
        if not self.has_harmony:
            yield _action("no_harmony")

    def _unread(self) -> Iterator[Json]:
        for name in self.unread:
            result = self.read.get(name) or {}
            yield _action("forbidden" if _is_forbidden(result) else "unread", what=name, text=_reason(result))
        forbidden = [item["name"] for item in self.objects if item["state"] == "forbidden"]
        if forbidden:
            yield _action("forbidden_objects", names=_listed(forbidden))
        for item in self.objects:
            if item["state"] == "unread":
                yield _action("unread", what="object", text=f"{item['name']}: {item['message']}")

    def _of_health(self) -> Iterator[Json]:
        findings = list(self._findings())
        for code, is_consequence in (("health", False), ("consequence", True)):
            texts = [item["text"] for item in findings if (item["about"] in CONSEQUENCES) == is_consequence]
            if texts:
                yield _action(code, text=" ".join(texts))

    def _of_permissions(self) -> Iterator[Json]:
        for application in self.permissions:
            name = "" if application["is_login"] else application["name"]
            for code in ("missing", "excess"):
                names = [_shown(item) for item in application[code]]
                if names:
                    yield _action(f"{code}_permissions", application=name, names=_listed(names))

    def _findings(self) -> Iterator[Json]:
        """Yield the errors of harmony_health, apart from those with an action of their own or a missing object."""
        for finding in self.health.get("findings") or []:
            about = finding["about"]
            is_followed = about in CONSEQUENCES or (about in ("apps", "devices") and not self.missing)
            if finding["severity"] == "error" and is_followed and _RESULTS.get(about, about) not in self.unread:
                yield finding

    def _of_connector(self) -> Iterator[Json]:
        state = self.connector["state"]
        if state == "missing" and any(item["step"] == "connector" for item in self.missing):
            # The setup creates it, and what it cannot do comes next.
            state = "setup"
        if state in ("missing", "setup", "silent"):
            yield _action(f"connector_{state}", heartbeat=self.connector.get("heartbeat") or "")
        off = [TITLES[name] for name, is_on in (self.connector.get("platforms") or {}).items() if not is_on]
        if off:
            yield _action("connector_off", names=_listed(off))

    # -- history -------------------------------------------------------------------------------------------------

    def _snapshot(self) -> Json:
        threats = (self.fleet or {}).get("by_threat_state")
        by_category = (self.coverage or {}).get("by_category") or {}
        return {
            "at": self.now,
            "devices": (self.fleet or {}).get("total"),
            "protected_intune": None if threats is None else _in(threats, PROTECTED),
            "threats": None if threats is None else _in(threats, THREATS),
            "devices_harmony": (self.coverage or {}).get("total"),
            "protected_harmony": by_category.get("protected"),
            "not_in_place": sum(item["state"] != "in_place" for item in self.objects),
        }


def _trend(history: Sequence[str] | None, snapshot: Json) -> Json:
    """Return the runs so far and this one. A file that is not a snapshot is counted and left out."""
    points, unreadable = [], 0
    for text in history or []:
        try:
            point = json.loads(text)
            points.append({name: point[name] for name in snapshot})
        except (ValueError, TypeError, KeyError):
            unreadable += 1
    points = [*sorted(points, key=lambda point: str(point["at"])), snapshot]
    return {
        "points": [{**point, **_shares(point)} for point in points],
        "unreadable": unreadable,
        "is_kept": history is not None,
    }


def _shares(point: Mapping[str, Any]) -> Json:
    return {
        "share_intune": _percent(point["protected_intune"], point["devices"]),
        "share_harmony": _percent(point["protected_harmony"], point["devices_harmony"]),
    }


def _percent(part: Any, whole: Any) -> float | None:
    return round(100 * part / whole, 1) if isinstance(part, int) and isinstance(whole, int) and whole else None


def _named(name: str, graph_type: str) -> str:
    """Return the name with its platform, since the apps of both platforms often have the same name."""
    title = next((title for platform, title in TITLES.items() if graph_type.startswith(platform)), "")
    return name if not title or title in name else f"{name} ({title})"


def _share(part: int, whole: int, source: str) -> Json:
    return {"protected": part, "total": whole, "percent": _percent(part, whole) or 0.0, "source": source}


def _rows(code: str, found: Mapping[str, int], total: int) -> list[Json]:
    order = list(ROWS[code])
    by_number = sorted(found, key=lambda name: -found[name])
    names = [name for name in order if found.get(name)] + [name for name in by_number if name not in order]
    return [
        {
            "code": name,
            "count": found[name],
            "percent": round(100 * found[name] / total, 1),
            "tone": ROWS[code].get(name, "plain") if ROWS[code] else "accent",
        }
        for name in names
    ]


def _fact(read: Mapping[str, Any], name: str, fact: str) -> Any:
    return ((read.get(name) or {}).get("ansible_facts") or {}).get(fact)


def _in(counts: Mapping[str, int], states: Sequence[str]) -> int:
    return sum(counts.get(state, 0) for state in states)


def _is_forbidden(result: Mapping[str, Any]) -> bool:
    return (result.get("graph_error") or {}).get("status") in (401, 403)


def _reason(result: Mapping[str, Any]) -> str:
    """Return Graph's own message, which is shorter than that of the module."""
    return str((result.get("graph_error") or {}).get("message") or result.get("msg") or "")


def _action(code: str, **values: Any) -> Json:
    return {"code": code, "values": values}


def _listed(names: Sequence[str], most: int = 6) -> str:
    return ", ".join([*names[:most], *(["…"] if len(names) > most else [])])


def _permission(item: Mapping[str, Any]) -> Json:
    """Return a permission with what needs it. The name of a set of permissions would explain nothing."""
    reasons = [reason for reason in item.get("needed_for") or [] if not reason.startswith("the set ")]
    return {"name": item.get("name"), "type": item.get("type"), "needed_for": ", ".join(dict.fromkeys(reasons))}


def _shown(permission: Mapping[str, Any]) -> str:
    return f"{permission['name']} (delegated)" if permission["type"] == "delegated" else str(permission["name"])


def _cut(found: list[Json], shown: int) -> Json:
    """Return the first rows, with the columns in which any of them has a value."""
    rows = found[:shown]
    columns = [name for name in COLUMNS if any(row.get(name) for row in rows)]
    return {"total": len(found), "rows": rows, "columns": columns}


def _managed(device: Mapping[str, Any]) -> Json:
    return {
        "name": device.get("device_name") or device.get("id"),
        "user": device.get("user_principal_name"),
        "platform": device.get("operating_system") or "",
        "threat_state": device.get("partner_reported_threat_state"),
        "seen": device.get("last_sync_date_time"),
    }


def _joined(row: Mapping[str, Any]) -> Json:
    return {
        "name": row.get("device_name") or row.get("harmony_name") or row.get("intune_id") or row.get("harmony_id"),
        "user": row.get("user_principal_name") or row.get("harmony_email"),
        "platform": TITLES.get(str(row.get("platform")), ""),
        "threat_state": row.get("threat_state"),
        "risk": row.get("harmony_risk"),
        "seen": row.get("last_connection") or row.get("last_sync"),
    }


def _different(diff: Any) -> list[str]:
    """Return the options whose values differ, without the values, which may be confidential."""
    sides = [_options((diff or {}).get(side)) for side in ("before", "after")]
    return sorted(name for name in {*sides[0], *sides[1]} if sides[0].get(name) != sides[1].get(name))


def _options(side: Any) -> Json:
    """Return one side of a diff. The modules return it as text where Ansible would escape its letters."""
    if isinstance(side, str):
        try:
            side = json.loads(side)
        except ValueError:
            return {}
    return dict(side) if isinstance(side, Mapping) else {}
