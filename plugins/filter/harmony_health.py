# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Harmony Mobile works in a tenant, by what it does there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..module_utils._devices.summary import PROTECTED
from ..plugin_utils._access import Chain, acting

DOCUMENTATION = r"""
name: harmony_health
short_description: Judge whether Harmony Mobile is working
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Turns what the playbook C(mobilesec.intune.health) read into a verdict and a report. It reads and changes nothing.
options:
  _input:
    description:
      - Results by what was read. V(connector), V(tenant), V(apps), V(devices), V(compliance), V(protection) and
        V(access) are results of modules; V(groups) is that of a loop over groups, and V(members) of a loop over the
        groups of O(part=groups) that reads the noncompliant devices in them; C(results) of V(affected) are those that
        list noncompliant devices and devices with a threat.
    type: dict
    required: true
  required:
    description:
      - What has to work, of V(connector), V(apps), V(devices), V(compliance), V(protection) and V(access). The rest
        is only reported.
      - V(access) is the whole chain, from the threat level to Conditional Access.
    type: list
    elements: str
    required: true
  platforms:
    description: The platforms that Harmony Mobile is for.
    type: list
    elements: str
    required: true
  min_coverage:
    description: Percentage of the devices that must be in a good state. At least one device must be in any case.
    type: float
    default: 0
  sync_max_age:
    description: Hours after which the last synchronization with managed Google Play is too old.
    type: float
    default: 168
  part:
    description:
      - What to return. V(verdict) is a verdict with its report. V(groups) are the groups whose members decide which
        devices lose access.
    type: str
    choices: [verdict, groups]
    default: verdict
    version_added: 1.1.0
"""

EXAMPLES = r"""
- name: Judge what was read
  ansible.builtin.set_fact:
    health: "{{ {'connector': found} | mobilesec.intune.harmony_health(['connector'], ['ios']) }}"
"""

RETURN = r"""
_value:
  description:
    - C(verdict) is V(working), V(not working) or V(cannot tell).
    - C(report) has a line for each finding, with its weight (ok, note, error, unknown) and what it is about.
    - C(findings) has the same as C(weight), C(about), and C(text). C(severity) is the weight that a finding would have
      if all were required.
    - With O(part=groups), a list of names and IDs.
  type: raw
"""

Finding = tuple[str, str, str]
_FOR_APPS = "_mobile_application_management_enabled"
_INTENTS = ("required", "available", "available_without_enrollment")
_PREFIXES = {"ios": ("ios", "managed_ios"), "android": ("android", "managed_android")}


class _Health:
    def __init__(self, read: Mapping[str, Any], platforms: Sequence[str], min_coverage: float, max_age: float) -> None:
        self.read = read
        self.platforms = platforms
        self.min_coverage = float(min_coverage)
        self.max_age = float(max_age)

    def findings(self) -> Iterator[Finding]:
        checks = (
            ("connector", "details", self._connector),
            ("apps", "apps", self._apps),
            ("devices", "ansible_facts", self._devices),
            ("compliance", "compliance_policies", self._compliance),
            ("protection", "app_protection_policies", self._app_protection),
            ("access", "conditional_access_policies", self._access),
        )
        for about, key, check in checks:
            result = self.read.get(about) or {}
            yield from self._unread(about, result) if result.get(key) is None else check(result)
        if "android" in self.platforms:
            yield from self._google_play(self.read.get("tenant") or {})

    @staticmethod
    def _unread(about: str, result: Mapping[str, Any], text: str = "Could not be read.") -> Iterator[Finding]:
        """A missing right is no failure of Harmony Mobile; any other failure is one."""
        status = (result.get("graph_error") or {}).get("status")
        yield "unknown" if status in (401, 403) else "error", about, f"{text} {result.get('msg', '')}"

    def _connector(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        if not result["details"]:
            yield "error", "connector", "There is none for Check Point Harmony Mobile."
        for connector in result["details"].values():
            beat = str(connector.get("last_heartbeat_date_time"))[:19]
            hours = _hours_since(beat)
            age = "never" if hours is None else f"{hours:.1f} hours ago ({beat}Z)"
            state = connector.get("partner_state") or "in an unknown state"
            text = f"Check Point Harmony Mobile is {state}, last heartbeat {age}."
            advice = "It has to be enabled, with a recent heartbeat: finish the setup in the Harmony Mobile dashboard."
            yield ("ok", "connector", text) if connector.get("healthy") else ("error", "connector", f"{text} {advice}")
        for connector in result.get("mtd_connectors") or []:
            for platform in self.platforms:
                if not connector.get(f"{platform}_enabled"):
                    yield "error", "connector", f"It is switched off for {platform}."

    def _apps(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        details = result.get("details") or {}
        counts = {app["id"]: (details.get(app["id"]) or {}).get("install_status") or {} for app in result["apps"]}
        for platform in self.platforms:
            apps = [app for app in result["apps"] if str(app.get("type")).startswith(_PREFIXES[platform])]
            for app in apps:
                is_working = _installed(counts[app["id"]]) and _is_offered(app)
                yield "ok" if is_working else "note", "apps", _installations(app, platform, counts[app["id"]])
            if not any(map(_is_offered, apps)):
                has_none = f"No app for {platform}" if apps else f"There is no app for {platform} that"
                yield "error", "apps", f"{has_none} is assigned as required or available to anybody."
        if result["apps"] and not any(map(_installed, counts.values())):
            yield "error", "apps", "It is installed on no device."

    def _google_play(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        found = (result.get("tenant") or {}).get("managed_google_play")
        if found is None:
            yield "unknown", "apps", f"The connection to managed Google Play could not be read. {result.get('msg', '')}"
            return
        hours, status = _hours_since(found.get("last_app_sync_date_time")), found.get("last_app_sync_status")
        age = "never" if hours is None else f"{hours:.1f} hours ago"
        is_well = status in (None, "success") and hours is not None and hours <= self.max_age
        text = f"Intune synchronized with managed Google Play {age}, with the status {status or 'unknown'}."
        yield "ok" if is_well else "error", "apps", text

    def _devices(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        summary = result["ansible_facts"]["intune_devices_summary"]
        good = sum(summary["by_threat_state"].get(state, 0) for state in PROTECTED)
        share = 100 * good / summary["total"] if summary["total"] else 0.0
        text = f"All managed devices {_threats(summary)}. {good} ({share:.0f} %) are in a good state."
        if not good or share < self.min_coverage:
            yield "error", "devices", f"{text} At least {self.min_coverage:.0f} % and one device have to be."
        else:
            yield "ok", "devices", text
        for group in (self.read.get("groups") or {}).get("results") or []:
            if group.get("ansible_facts") is None:
                yield from self._unread("devices", group, f"Group {group['item']} could not be read.")
            else:
                numbers = group["ansible_facts"]["intune_devices_summary"]
                counts = numbers["by_threat_state"]
                weight = "ok" if any(counts.get(state) for state in PROTECTED) else "note"
                yield weight, "devices", f"Group {group['item']} {_threats(numbers)}."

    def _compliance(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        found = assigned = 0
        for policy in result["compliance_policies"]:
            for rules in [value for value in policy.values() if isinstance(value, Mapping)]:
                if rules.get("device_threat_protection_enabled"):
                    targets = [item for item in policy.get("assignments") or [] if not item.get("exclude")]
                    found, assigned = found + 1, assigned + bool(targets)
                    level = rules.get("device_threat_protection_required_security_level")
                    to = ", ".join(map(_target, targets)) or "nobody"
                    text = f"{policy['name']} allows threats up to {level} and is assigned to {to}."
                    yield "ok" if targets else "note", "compliance", text
        if not assigned:
            what = "with a threat level is assigned" if found else "has a threat level"
            apps = (self.read.get("protection") or {}).get("app_protection_policies") or []
            chain = Chain([], apps, [])
            has_others = any(chain.app_levels(platform) for platform in self.platforms)
            where = "on enrolled devices" if has_others else "in Intune"
            yield "error", "compliance", f"No compliance policy {what}, so a threat has no consequence {where}."

    def _app_protection(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        chain = Chain([], result["app_protection_policies"], [])
        connectors = (self.read.get("connector") or {}).get("mtd_connectors") or []
        for platform in self.platforms:
            levels = chain.app_levels(platform)
            for level, name in levels:
                yield "ok", "protection", f"{name} allows threats up to {level}."
            if not levels:
                text = f"No assigned app protection policy for {platform} has a threat level."
                yield "error", "protection", text
            elif connectors and not any(item.get(f"{platform}{_FOR_APPS}") for item in connectors):
                text = f"The connector does not evaluate apps for {platform}. Set {platform}{_FOR_APPS}: true."
                yield "error", "protection", text

    def _access(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        demanded = [self.read.get(about) or {} for about in ("compliance", "protection")]
        policies = [demanded[0].get("compliance_policies"), demanded[1].get("app_protection_policies")]
        for source, found in zip(demanded, policies):
            if found is None:
                yield from self._unread("access", source, "What demands a threat level could not be read.")
        if None not in policies:
            devices = self._affected()
            if devices is None:
                yield "unknown", "access", "The devices that are noncompliant or have a threat could not be read."
            chain = Chain(
                policies[0] or [], policies[1] or [], result["conditional_access_policies"], devices, self._members()
            )
            yield from chain.findings(self.platforms)

    def _affected(self) -> list[dict[str, Any]] | None:
        read = (self.read.get("affected") or {}).get("results") or []
        if not read or any(item.get("ansible_facts") is None for item in read):
            return None
        devices = {device["id"]: device for item in read for device in item["ansible_facts"]["intune_devices"]}
        return list(devices.values())

    def _members(self) -> dict[str, set[str]]:
        return {
            str(item["item"]): {device["id"] for device in item["ansible_facts"]["intune_devices"]}
            for item in (self.read.get("members") or {}).get("results") or []
            if item.get("ansible_facts") is not None
        }

    def groups(self) -> list[str]:
        """Return the groups of the policies that act, if there is a device for them to act on."""
        policies = (self.read.get("access") or {}).get("conditional_access_policies") or []
        affected = [device for device in self._affected() or [] if device.get("compliance_state") == "noncompliant"]
        names = [group for policy in acting(policies) for group in policy.groups()] if affected else []
        return list(dict.fromkeys(names))


def _installed(counts: Mapping[str, Any]) -> int:
    return int(counts.get("installed_device_count") or 0)


def _installations(app: Mapping[str, Any], platform: str, counts: Mapping[str, Any]) -> str:
    name = app.get("name") or app.get("package_id") or app["id"]
    return (
        f"{name} ({platform}): installed on {_installed(counts)}, pending on "
        f"{counts.get('pending_install_device_count', 0)}, failed on {counts.get('failed_device_count', 0)}, "
        f"not installed on {counts.get('not_installed_device_count', 0)}."
    )


def _is_offered(app: Mapping[str, Any]) -> bool:
    return any(map(_offers, app.get("assignments") or []))


def _offers(assignment: Mapping[str, Any]) -> bool:
    return not assignment.get("exclude") and assignment.get("intent") in _INTENTS


def _hours_since(moment: object) -> float | None:
    """Return None where there was none; Graph writes the year 1 then."""
    try:
        then = datetime.fromisoformat(str(moment)[:19]).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return None if then.year == 1 else (datetime.now(timezone.utc) - then).total_seconds() / 3600


def _target(assignment: Mapping[str, Any]) -> str:
    everybody = "all devices" if assignment.get("all_devices") else "all users"
    return f"group {assignment['group']}" if assignment.get("group") else everybody


def _threats(summary: Mapping[str, Any]) -> str:
    states = ", ".join(f"{state} {number}" for state, number in sorted(summary["by_threat_state"].items()))
    return f"{summary['total']}: {states}" if summary["total"] else "0"


def harmony_health(
    read: Mapping[str, Any],
    required: Sequence[str],
    platforms: Sequence[str],
    min_coverage: float = 0,
    sync_max_age: float = 168,
    part: str = "verdict",
) -> Any:
    health, findings = _Health(read, platforms, min_coverage, sync_max_age), []
    if part == "groups":
        return health.groups()
    for weight, about, text in health.findings():
        shown = weight if about in required or weight == "ok" else "note"
        findings.append({"weight": shown, "severity": weight, "about": about, "text": " ".join(text.split())})
    weights = {finding["weight"] for finding in findings}
    verdict = "not working" if "error" in weights else "cannot tell" if "unknown" in weights else "working"
    report = ["{weight:7} {about:11} {text}".format(**finding) for finding in findings]
    return {"verdict": verdict, "report": report, "findings": findings}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"harmony_health": harmony_health}
