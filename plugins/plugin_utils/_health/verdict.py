# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging whether Harmony Mobile works in a tenant, by what it does there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from difflib import get_close_matches
from typing import Any

from ansible.errors import AnsibleFilterError

from ...module_utils._devices.summary import PROTECTED
from .access import LEVELS, SYSTEMS, Chain, Finding, acting, targets

_FOR_APPS = "_mobile_application_management_enabled"
# HTTP status of what is refused, throttled, or gets no answer.
_UNANSWERED = (0, 401, 403, 408, 429)
_INTENTS = ("required", "available", "available_without_enrollment")
_PREFIXES = {"ios": ("ios", "managed_ios"), "android": ("android", "managed_android")}
_ABOUT = ("connector", "apps", "devices", "compliance", "protection", "access")


def judge(
    read: Mapping[str, Any],
    required: Sequence[str],
    platforms: Sequence[str],
    min_coverage: float = 0,
    sync_max_age: float = 168,
    part: str = "verdict",
) -> Any:
    """Return what the filter harmony_health documents."""
    required, platforms = ([names] if isinstance(names, str) else names for names in (required, platforms))
    min_coverage = _number("health_min_coverage", min_coverage)
    sync_max_age = _number("health_sync_max_age", sync_max_age)
    _check("health_required", required, _ABOUT)
    _check("health_platforms", platforms, tuple(_PREFIXES))
    health, findings = Health(read, platforms, min_coverage, sync_max_age), []
    if part == "groups":
        return health.groups()
    for weight, about, text in health.findings():
        shown = weight if about in required or weight == "ok" else "note"
        findings.append({"weight": shown, "severity": weight, "about": about, "text": " ".join(text.split())})
    report = ["{weight:7} {about:11} {text}".format(**finding) for finding in findings]
    return {"verdict": _verdict({finding["weight"] for finding in findings}), "report": report, "findings": findings}


def _verdict(weights: set[str]) -> str:
    if "error" in weights:
        return "not working"
    return "cannot tell" if "unknown" in weights else "working"


def _number(variable: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise AnsibleFilterError(f"{variable}: '{value}' is not a number.") from None


def _check(variable: str, values: Sequence[str], choices: Sequence[str]) -> None:
    """What is misspelled would not be required."""
    for value in values:
        if value not in choices:
            close = get_close_matches(str(value).lower(), choices, 1, 0.7)
            hint = f"Did you mean '{close[0]}'?" if close else f"Use: {', '.join(choices)}."
            raise AnsibleFilterError(f"{variable}: there is no '{value}'. {hint}")


class Health:
    """Findings about a tenant, by what was read of it."""

    def __init__(self, read: Mapping[str, Any], platforms: Sequence[str], min_coverage: float, max_age: float) -> None:
        self.read = read
        self.platforms = platforms
        self.min_coverage = min_coverage
        self.max_age = max_age
        # Why something could not be read -> what that was about first.
        self.reasons: dict[str, str] = {}
        self.empty_groups = {
            group["item"]
            for group in (read.get("groups") or {}).get("results") or []
            if ((group.get("ansible_facts") or {}).get("intune_devices_summary") or {}).get("total") == 0
        }

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
            result = self._result(self.read.get(about) or {})
            yield from self._unread(about, result) if result.get(key) is None else check(result)
        if "android" in self.platforms:
            yield from self._google_play(self._result(self.read.get("tenant") or {}))

    def _result(self, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the result of a task; what failed for all is not asked again, and has the reason of the connector."""
        return (self.read.get("connector") or {}) if result.get("skipped") else result

    def _unread(self, about: str, result: Mapping[str, Any], text: str = "Could not be read.") -> Iterator[Finding]:
        """A login or a service that refuses or does not answer is no failure of Harmony Mobile; what is missing is."""
        status = (result.get("graph_error") or {}).get("status")
        is_unknown = {"login_error", "no_answer"} & set(result) or status in _UNANSWERED or (status or 0) >= 500
        yield "unknown" if is_unknown else "error", about, f"{text} {self._why(about, str(result.get('msg', '')))}"

    def _why(self, about: str, reason: str) -> str:
        """Return the reason why something could not be read, or what else has the same one."""
        shown = f"The reason is the same as for {self.reasons[reason]}." if reason in self.reasons else reason
        self.reasons.setdefault(reason, about)
        return shown

    def _connector(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        if not result["details"]:
            yield "error", "connector", "There is none for Check Point Harmony Mobile."
        for connector in result["details"].values():
            beat = str(connector.get("last_heartbeat_date_time"))[:19]
            hours = _hours_since(beat)
            age = "never" if hours is None else f"{hours:.1f} hours ago ({beat}Z)"
            state = _state(str(connector.get("partner_state")))
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
            yield from self._apps_of(platform, apps, counts)
        if result["apps"] and not any(_count(found, "installed") for found in counts.values()):
            yield "error", "apps", "It is installed on no device."

    @staticmethod
    def _apps_of(
        platform: str, apps: Sequence[Mapping[str, Any]], counts: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[Finding]:
        offered = [app for app in apps if any(item.get("intent") in _INTENTS for item in targets(app))]
        for app in apps:
            is_working = app in offered and _count(counts[app["id"]], "installed")
            yield "ok" if is_working else "note", "apps", _installations(app, platform, counts[app["id"]])
        if not offered:
            has_none = f"No app for {platform}" if apps else f"There is no app for {platform} that"
            yield "error", "apps", f"{has_none} is assigned as required or available to anybody."
        installed, failed = (
            sum(_count(counts[app["id"]], what) for app in offered) for what in ("installed", "failed")
        )
        if failed and not installed:
            yield "error", "apps", f"For {platform}, it is installed on no device, and failed on {failed}."

    def _google_play(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        tenant = result.get("tenant") or {}
        found = tenant.get("managed_google_play")
        if found is None:
            why = self._why("apps", " ".join([str(result.get("msg", "")), *(result.get("unreadable") or [])]))
            yield "unknown", "apps", f"The connection to managed Google Play could not be read. {why}"
            return
        if tenant.get("managed_google_play_bound") is False:
            yield "error", "apps", "Intune is not connected to managed Google Play."
            return
        hours, status = _hours_since(found.get("last_app_sync_date_time")), found.get("last_app_sync_status")
        age = "never" if hours is None else f"{hours:.1f} hours ago"
        is_well = status in (None, "success") and hours is not None and hours <= self.max_age
        text = f"Intune synchronized with managed Google Play {age}, with the status {status or 'unknown'}."
        yield "ok" if is_well else "error", "apps", text

    def _devices(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        summary = result["ansible_facts"]["intune_devices_summary"]
        good = sum(summary["by_threat_state"].get(state, 0) for state in PROTECTED)
        total = self._number(summary)
        share = min(100 * good / total, 100.0) if total else 0.0
        which = f" of {total} with {' or '.join(self.platforms)}" if total != summary["total"] else ""
        text = f"All managed devices {_threats(summary)}. {good}{which} ({share:.0f} %) are in a good state."
        if not summary["total"]:
            text = "There are no managed devices."
        if not good or share < self.min_coverage:
            needed = (
                f"At least {self.min_coverage:.0f} % and one device" if self.min_coverage else "At least one device"
            )
            yield "error", "devices", f"{text} {needed} must be in a good state."
        else:
            yield "ok", "devices", text
        for group in (self.read.get("groups") or {}).get("results") or []:
            if group.get("ansible_facts") is None:
                text = f"Group {group['item']} could not be read."
                yield from self._unread("devices", self._result(group), text)
            else:
                numbers = group["ansible_facts"]["intune_devices_summary"]
                counts = numbers["by_threat_state"]
                weight = "ok" if any(counts.get(state) for state in PROTECTED) else "note"
                yield weight, "devices", f"Group {group['item']} {_threats(numbers)}."

    def _number(self, summary: Mapping[str, Any]) -> int:
        """Return how many devices run a platform that Harmony Mobile is for."""
        systems = tuple(system for platform in self.platforms for system in SYSTEMS[platform])
        by_platform: Mapping[str, int] = summary.get("by_platform") or {}
        found = sum(number for system, number in by_platform.items() if system.lower().startswith(systems))
        return found if by_platform else int(summary["total"])

    def _compliance(self, result: Mapping[str, Any]) -> Iterator[Finding]:
        policies = result["compliance_policies"]
        for policy in policies:
            reached = targets(policy)
            to = ", ".join(map(self._target, reached)) or "nobody"
            for level in _levels(policy):
                what = f"threats up to {level}" if level in LEVELS else "all threats"
                text = f"{policy['name']} allows {what} and is assigned to {to}."
                yield "ok" if level in LEVELS and reached else "note", "compliance", text
        yield from self._without_level(policies)

    def _without_level(self, policies: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
        """Yield the platforms without an assigned compliance policy that demands a threat level."""
        apps = (self.read.get("protection") or {}).get("app_protection_policies") or []
        chain = Chain(policies, apps, [])
        without = [platform for platform in self.platforms if not chain.levels(platform)]
        if without == list(self.platforms):
            is_demanded = any(level in LEVELS for policy in policies for level in _levels(policy))
            what = "with a threat level is assigned" if is_demanded else "has a threat level"
            where = "on enrolled devices" if any(map(chain.app_levels, without)) else "in Intune"
            yield "error", "compliance", f"No compliance policy {what}, so a threat has no consequence {where}."
            return
        for platform in without:
            text = f"No compliance policy for {platform} with a threat level is assigned."
            yield "note" if chain.app_levels(platform) else "error", "compliance", text

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
                yield from self._unread(
                    "access", self._result(source), "What demands a threat level could not be read."
                )
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

    def _target(self, assignment: Mapping[str, Any]) -> str:
        group = assignment.get("group")
        text = f"group {group}" if group else "all devices" if assignment.get("all_devices") else "all users"
        text += " (without devices)" if group in self.empty_groups else ""
        return f"{text} (filter {assignment['filter']})" if assignment.get("filter") else text

    def groups(self) -> list[str]:
        """Return the groups of the policies that act, if there is a device for them to act on."""
        policies = (self.read.get("access") or {}).get("conditional_access_policies") or []
        affected = [device for device in self._affected() or [] if device.get("compliance_state") == "noncompliant"]
        names = [group for policy in acting(policies) for group in policy.groups()] if affected else []
        return list(dict.fromkeys(names))


def _levels(policy: Mapping[str, Any]) -> Iterator[str]:
    """Yield the threat level of each section of a compliance policy that looks at threats."""
    for rules in policy.values():
        if isinstance(rules, Mapping) and rules.get("device_threat_protection_enabled"):
            yield str(rules.get("device_threat_protection_required_security_level"))


def _state(word: str) -> str:
    return {"error": "in an error state", "None": "in an unknown state"}.get(word, word.replace("_", " "))


def _count(counts: Mapping[str, Any], what: str) -> int:
    return int(counts.get(f"{what}_device_count") or 0)


def _installations(app: Mapping[str, Any], platform: str, counts: Mapping[str, Any]) -> str:
    name = app.get("name") or app.get("package_id") or app["id"]
    return (
        f"{name} ({platform}): installed on {_count(counts, 'installed')}, pending on "
        f"{_count(counts, 'pending_install')}, failed on {_count(counts, 'failed')}, "
        f"not installed on {_count(counts, 'not_installed')}."
    )


def _hours_since(moment: object) -> float | None:
    """Return None where there was none; Graph writes the year 1 then."""
    try:
        then = datetime.fromisoformat(str(moment)[:19]).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return None if then.year == 1 else (datetime.now(timezone.utc) - then).total_seconds() / 3600


def _threats(summary: Mapping[str, Any]) -> str:
    states = ", ".join(f"{state} {number}" for state, number in sorted(summary["by_threat_state"].items()))
    return f"{summary['total']}: {states}" if summary["total"] else "0"
