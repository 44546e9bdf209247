# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role harmony_onboarding as its plan reads them, and the vendor's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

PREFIX = "harmony_onboarding_"
PARTNER = "Check Point Harmony Mobile"
# Step -> the name that the plan has for its objects, in the order of the onboarding.
OBJECTS = {
    "groups": "groups",
    "filters": "assignment_filters",
    "certificate": "certificate_profiles",
    "vpn": "vpn_profiles",
    "apps": "apps",
    "companion_apps": "companion_apps",
    "app_config": "app_configs",
    "connector": "mtd_connectors",
    "notification": "notification_templates",
    "compliance": "compliance_policies",
    "app_protection": "app_protection_policies",
    "conditional_access": "conditional_access_policies",
}
STEPS = (*OBJECTS, "device_facts")
# Steps whose objects are assigned to groups.
ASSIGNING = (
    "apps",
    "companion_apps",
    "app_config",
    "certificate",
    "vpn",
    "compliance",
    "app_protection",
    "conditional_access",
)
# Steps whose objects act on users only: for the devices in a group, they do nothing.
FOR_USERS = ("app_protection", "conditional_access")
# The platforms of certificate profiles, VPN profiles and compliance policies.
PROFILES = {
    "ios": "iOS",
    "android_work_profile": "Android work profile",
    "android_device_owner": "Android device owner",
}
TITLES = {"ios": "iOS", "android": "Android"}
# Android Enterprise: devices with a work profile and corporate-owned ones.
FILTER_PLATFORMS = {"ios": "ios", "android": "android_for_work"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """How the playbook runs, and what its tasks returned so far, by the plan's name of their objects."""

    check_mode: bool = False
    tags: Sequence[str] = ("all",)
    skip_tags: Sequence[str] = ()
    # Whether it is a playbook of this collection, whose only tags are the role's.
    is_own_play: bool = False
    results: Mapping[str, Any] = field(default_factory=dict)

    def results_of(self, objects: str) -> list[Json]:
        return [item for item in (self.results.get(objects) or {}).get("results") or [] if "id" in item]

    def device_facts(self) -> Json:
        """Return the facts of the task that reads the devices."""
        results = (self.results.get("device_facts") or {}).get("results") or []
        return dict(results[0].get("ansible_facts") or {}) if results else {}

    def ids_of(self, objects: str) -> dict[str, str]:
        """Return the ids of objects by their key in the plan."""
        return {str(item["item"]): str(item["id"]) for item in self.results_of(objects) if item["id"]}


class Variables:
    """The variables without their prefix. A variable that is null has its default."""

    def __init__(self, declared: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        self.declared = {name.removeprefix(PREFIX): value for name, value in declared.items()}
        own = {name: value for name, value in defaults.items() if name.startswith(PREFIX)}
        self.defaults = {name.removeprefix(PREFIX): value for name, value in own.items()}

    def __getitem__(self, name: str) -> Any:
        value = self.declared.get(name)
        return self.defaults[name] if value is None else value

    def text(self, name: str) -> str:
        return str(self[name] or "")

    def items(self, name: str) -> list[Any]:
        """Return a list; on the command line, it may be text."""
        value = self[name] or []
        return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else list(value)

    def options(self, name: str) -> Json:
        value = self[name]
        return dict(value) if isinstance(value, Mapping) else {}

    @property
    def is_onboarding(self) -> bool:
        return self.text("state") == "present"

    @cached_property
    def platforms(self) -> list[str]:
        return [platform for platform in TITLES if platform in self.items("platforms")]

    def active_steps(self, run: Run) -> list[str]:
        """Return the steps that run: with tags for some of them, only these."""
        tagged = [step for step in self.steps if step in run.tags]
        return [step for step in tagged or self.steps if step not in run.skip_tags]

    @cached_property
    def steps(self) -> list[str]:
        return [step for step in STEPS if step in self.items("steps")]

    def profiles(self, step: str) -> list[str]:
        """Return the profiles of a step whose platform is on."""
        declared = self.items(f"{step}_platforms")
        return [profile for profile in PROFILES if profile in declared and platform_of(profile) in self.platforms]

    @property
    def groups(self) -> dict[str, Json]:
        """Return the declared groups by what they are for."""
        declared = {name: self.options(f"{name}_group") for name in (*self.platforms, "exclusion")}
        return {name: group for name, group in declared.items() if group}

    @property
    def own_groups(self) -> dict[str, Json]:
        """Return the groups that the role creates, by name. One group may serve both platforms."""
        return {str(group.get("name")): group for group in self.groups.values() if is_own(group)}

    @property
    def has_ios_app_config(self) -> bool:
        return "ios" in self.platforms and bool(self["ios_app_config_xml"] or self["ios_app_config_settings"])

    @property
    def android_app_config(self) -> Json:
        if "android" not in self.platforms:
            return {}
        options = {
            "managed_properties": self["android_app_config_properties"],
            "secret_managed_properties": self["android_app_config_secret_properties"],
            "permission_actions": self["android_app_config_permissions"],
        }
        declared = {name: value for name, value in options.items() if value}
        return declared and {**declared, "profile_applicability": self["android_app_config_profile_applicability"]}

    @property
    def access_controls(self) -> list[str]:
        """Return what the Conditional Access policy requires: by default, what the policies of other steps grant."""
        by_step = {"compliance": "compliant_device", "app_protection": "compliant_application"}
        controls = self.items("conditional_access_controls")
        return controls or [control for step, control in by_step.items() if step in self.steps]

    @property
    def has_certificate(self) -> bool:
        return bool(self["certificate_path"] or self["certificate"])


def platform_of(profile: str) -> str:
    return "ios" if profile == "ios" else "android"


def is_own(group: Mapping[str, Any]) -> bool:
    return group.get("id") is None and is_true(group.get("create", True))


def object_of(result: Mapping[str, Any]) -> Json:
    """Return the object that a module reports, whose key differs by module."""
    return next((value for value in result.values() if isinstance(value, dict) and "id" in value), {})


def is_true(value: Any) -> bool:
    return bool(boolean(value, strict=False)) if value is not None else False


def name_of(group: Mapping[str, Any]) -> str:
    """Return the id or the name that the variable of a group declares."""
    return str(group.get("id") or group.get("name") or "")
