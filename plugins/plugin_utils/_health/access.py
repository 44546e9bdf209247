# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a threat leads to: a policy demands a threat level, Conditional Access acts on it, devices lose access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Its weight (ok, note, error or unknown), what it is about, and its text.
Finding = tuple[str, str, str]
Json = Mapping[str, Any]
DEVICE, APPLICATION = "compliant_device", "compliant_application"
# The levels that a threat can be above. The level high allows all threats, and is for reports only
# (https://learn.microsoft.com/intune/intune-service/protect/compliance-policy-create-ios).
LEVELS = ("secured", "low", "medium")
# The threat states that are above each level.
_ABOVE = {level: ("low_severity", "medium_severity", "high_severity")[place:] for place, level in enumerate(LEVELS)}
# What loses access, and how it keeps access nevertheless.
_WAYS = {
    DEVICE: ("an enrolled device", ", unless it uses a protected app"),
    APPLICATION: ("a protected app", ", unless the device is compliant"),
}
_OTHER_CONTROLS = ("terms_of_use", "authentication_strength", "custom_authentication_factors")
_LASTING = ("users", "applications", "platforms", "client_app_types")
_SHOWN = 10
# Beginnings of the operating systems of managed devices.
SYSTEMS = {"ios": ("ios", "ipados"), "android": ("android",)}


def demanding(policies: Iterable[Json], platform: str, option: str, switch: str = "") -> list[tuple[str, str]]:
    """Return level and name of the assigned policies of a platform that demand a threat level, the strictest first."""
    found = [
        (str(rules[option]), str(policy["name"]))
        for policy in policies
        if targets(policy)
        for section, rules in policy.items()
        if section.startswith(platform) and isinstance(rules, Mapping)
        if rules.get(option) in LEVELS and (not switch or rules.get(switch))
    ]
    return sorted(found, key=lambda item: (LEVELS.index(item[0]), item[1]))


def targets(raw: Json) -> list[Json]:
    """Return the assignments that reach somebody: a group that is excluded too is not reached."""
    items = raw.get("assignments") or []
    excluded = {(item.get("group"), item.get("intent")) for item in items if item.get("exclude")}
    return [item for item in items if (item.get("group"), item.get("intent")) not in excluded]


# -- Conditional Access policies ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Policy:
    """A Conditional Access policy that is on, or only reports."""

    options: Json

    @property
    def name(self) -> str:
        return str(self.options.get("name") or self.options.get("id"))

    @property
    def is_enforced(self) -> bool:
        return bool(self.options.get("policy_state") == "enabled")

    @property
    def users(self) -> Json:
        return (self.options.get("conditions") or {}).get("users") or {}

    def requires(self) -> set[str]:
        """Return what it requires of device and app; empty if something else is enough."""
        controls = self.options.get("grant_controls") or {}
        named = set(controls.get("built_in_controls") or [])
        others = named - {DEVICE, APPLICATION} or any(controls.get(name) for name in _OTHER_CONTROLS)
        return set() if others and controls.get("operator") != "and" else named & {DEVICE, APPLICATION}

    def limits(self) -> list[str]:
        """Return the conditions under which it acts only at times, such as the place of a sign-in."""
        conditions = self.options.get("conditions") or {}
        return sorted(name for name, value in conditions.items() if name not in _LASTING and _is_set(value))

    @property
    def is_alternative(self) -> bool:
        return len(self.requires()) > 1 and (self.options.get("grant_controls") or {}).get("operator") != "and"

    def is_for(self, platform: str) -> bool:
        platforms = (self.options.get("conditions") or {}).get("platforms") or {}
        included = platforms.get("include_platforms") or ["all"]
        excluded = platforms.get("exclude_platforms") or []
        return bool({platform, "all"} & set(included)) and platform not in excluded

    def groups(self) -> list[str]:
        return [*(self.users.get("include_groups") or []), *(self.users.get("exclude_groups") or [])]

    def acts_on(self, device: Json, members: Mapping[str, set[str]]) -> bool | None:
        """Return whether it is for the user of a device; none if that is unknown."""
        excluded = self._names("exclude", device, members)
        included = self._names("include", device, members)
        if excluded or included is False or not device.get("user_principal_name"):
            return False
        return None if None in (excluded, included) or self.limits() else True

    def _names(self, how: str, device: Json, members: Mapping[str, set[str]]) -> bool | None:
        """Return whether the policy includes or excludes the user of a device."""
        users = self.users
        if {"all", str(device.get("user_principal_name")).lower()} & {
            str(item).lower() for item in users.get(f"{how}_users") or []
        }:
            return True
        groups = users.get(f"{how}_groups") or []
        if any(device["id"] in members.get(group, ()) for group in groups):
            return True
        is_known = all(group in members for group in groups) and not users.get(f"{how}_roles")
        return False if is_known and not users.get(f"{how}_guests_or_external_users") else None


def acting(policies: Iterable[Json], platform: str = "") -> list[Policy]:
    """Return the policies that require something that a threat takes away."""
    states = ("enabled", "enabled_for_reporting_but_not_enforced")
    found = [Policy(options) for options in policies if options.get("policy_state") in states]
    return [policy for policy in found if policy.requires() and (not platform or policy.is_for(platform))]


# -- the chain ---------------------------------------------------------------------------------------------------


@dataclass
class Chain:
    """From the threat level to the access, as far as it could be read."""

    compliance: Sequence[Json]
    app_protection: Sequence[Json]
    access: Sequence[Json]
    # Devices that are noncompliant or have a threat, and the ids of the noncompliant devices of each group.
    devices: Sequence[Json] | None = None
    members: Mapping[str, set[str]] = field(default_factory=dict)

    def findings(self, platforms: Sequence[str]) -> Iterator[Finding]:
        for platform in platforms:
            yield from self._of_platform(platform)
        if self.devices is not None:
            yield from self._of_devices(platforms)

    def levels(self, platform: str) -> list[tuple[str, str]]:
        option = "device_threat_protection_required_security_level"
        return demanding(self.compliance, platform, option, "device_threat_protection_enabled")

    def app_levels(self, platform: str) -> list[tuple[str, str]]:
        return demanding(self.app_protection, platform, "maximum_allowed_device_threat_level")

    def _of_platform(self, platform: str) -> Iterator[Finding]:
        policies = acting(self.access, platform)
        levels = {DEVICE: self.levels(platform), APPLICATION: self.app_levels(platform)}
        links = [
            (control, *levels[control][0], policy)
            for control in levels
            for policy in policies
            if levels[control] and control in policy.requires()
        ]
        for control, level, name, policy in links:
            what, unless = _WAYS[control]
            loses = "loses access" if policy.is_enforced else "would lose access, but the policy only reports"
            # One of two controls is enough, and the other one does not look at threats.
            but = unless if policy.is_alternative and not all(levels.values()) else ""
            but += f", depending on {', '.join(policy.limits())}" if policy.limits() else ""
            text = f"{platform}: with a threat above {level} ({name}), {what} {loses}{but} ({policy.name})."
            yield "ok" if policy.is_enforced and not but else "note", "access", text
        if not links:
            yield "error", "access", f"{platform}: {self._gap(platform, policies)}"

    def _gap(self, platform: str, policies: Sequence[Policy]) -> str:
        """Return the first link that is missing."""
        if not self.levels(platform) and not self.app_levels(platform):
            return "no assigned compliance or app protection policy demands a threat level."
        needed = [DEVICE] if self.levels(platform) else []
        needed += [APPLICATION] if self.app_levels(platform) else []
        also = f" {policies[0].name} requires something else." if policies else ""
        return f"no Conditional Access policy requires {' or '.join(needed)}, so a threat costs no access.{also}"

    def _of_devices(self, platforms: Sequence[str]) -> Iterator[Finding]:
        listed: dict[str, list[str]] = {"enforced": [], "reported": [], "kept": [], "unclear": []}
        for device in self.devices or ():
            platform = next((name for name in platforms if _runs(device, name)), None)
            access = self._access_of(device, platform) if platform else None
            if access:
                listed[access].append(_shown(device))
        yield "ok", "access", f"Noncompliant devices without access: {_listed(listed['enforced'])}."
        if listed["reported"]:
            yield "note", "access", f"Noncompliant devices that would lose access: {_listed(listed['reported'])}."
        if listed["kept"]:
            yield "note", "access", f"Devices with a threat that keep access: {_listed(listed['kept'])}."
        if listed["unclear"]:
            devices = _listed(listed["unclear"])
            yield "note", "access", f"It is unknown whether these noncompliant devices lose access: {devices}."

    def _access_of(self, device: Json, platform: str) -> str | None:
        """Return what becomes of the access of a device; none if it neither is noncompliant nor has a threat."""
        if device.get("compliance_state") == "noncompliant":
            policies = [policy for policy in acting(self.access, platform) if DEVICE in policy.requires()]
            answers = [(policy.acts_on(device, self.members), policy.is_enforced) for policy in policies]
            if (True, True) in answers:
                return "enforced"
            if any(acts is None for acts, _is_enforced in answers):
                return "unclear"
            if (True, False) in answers:
                return "reported"
        return "kept" if self._has_threat(device, platform) else None

    def _has_threat(self, device: Json, platform: str) -> bool:
        level = self.levels(platform)[0][0] if self.levels(platform) else LEVELS[0]
        return device.get("partner_reported_threat_state") in (*_ABOVE[level], "compromised")


def _is_set(value: Any) -> bool:
    return any(map(_is_set, value.values())) if isinstance(value, Mapping) else bool(value)


def _runs(device: Json, platform: str) -> bool:
    return str(device.get("operating_system")).lower().startswith(SYSTEMS[platform])


def _shown(device: Json) -> str:
    return f"{device.get('device_name') or device['id']} ({device.get('partner_reported_threat_state')})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)}: {', '.join(sorted(names)[:_SHOWN])}{more}" if names else "0"
