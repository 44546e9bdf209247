# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of the role harmony_onboarding need: permissions, and objects that others created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...module_utils._graph.odata import is_guid
from .plan import Plan
from .variables import ASSIGNING, Json, is_own, name_of

# What a Conditional Access policy may have in place of an application.
_KEYWORDS = ("all", "none", "office365", "microsoftadminportals")


class Needs:
    """What the active steps need: those that --tags and --skip-tags leave of the steps that are on."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.variables = plan.variables
        self.objects = plan.objects()
        self.steps = plan.variables.active_steps(plan.run)

    def result(self) -> Json:
        return {
            "steps": self.permissions(),
            "to_grant": self.to_grant(),
            "look_up": self.look_up(),
            "enrollment": self.variables.platforms if self.variables.is_onboarding else [],
        }

    def permissions(self) -> list[str]:
        """Return the steps of intune_permission_info whose permissions the login needs."""
        steps = self.steps
        # These four need permissions only under conditions, which follow.
        needs = [step for step in steps if step not in ("groups", "filters", "certificate", "device_facts")]
        needs += self._groups() if "groups" in steps else []
        needs += _needed(
            {
                "filters": "filters" in steps and self.objects["assignment_filters"],
                "certificate": "certificate" in steps and self.objects["certificate_profiles"],
                "apps_android": self.needs_google_play,
                "remove_notification": "notification" in steps and not self.variables.is_onboarding,
            }
        )
        assigns = set(needs) & set(ASSIGNING)
        needs += ["assignments"] if assigns and (self.variables.groups or self.named("group")) else []
        return needs + (self._for_onboarding() if self.variables.is_onboarding else [])

    def _for_onboarding(self) -> list[str]:
        variables, steps = self.variables, self.steps
        is_notified = self._templates() or "notification" in variables.steps
        return _needed(
            {
                "device_facts": "device_facts" in steps,
                "device_groups": "device_facts" in steps and variables["device_groups"],
                "assigned_filters": self.named("filter"),
                "per_app_vpn": "apps" in steps and self._vpn_profiles(),
                "notification_templates": "compliance" in steps and is_notified,
                "scope_tags": variables["scope_tags"],
            }
        )

    def _groups(self) -> list[str]:
        own = self.variables.own_groups.values()
        if not self.variables.is_onboarding:
            return ["remove_groups"]
        people = [text for group in own for name in ("members", "owners") for text in group.get(name) or []]
        return _needed(
            {
                "groups": own,
                "groups_members": [group for group in own if group.get("members") is not None],
                "groups_owners": [group for group in own if group.get("owners") is not None],
                "groups_users": [text for text in people if "@" in text],
            }
        )

    def to_grant(self) -> list[str]:
        """Return the steps whose permissions an application should have, with those that the preflight only notes."""
        own = self.variables.own_groups.values() if "groups" in self.steps and self.variables.is_onboarding else []
        has_users = any("@" in text for group in own for text in group.get("members") or [])
        return [*self.permissions(), *(["groups_user_members"] if has_users else [])]

    @property
    def needs_google_play(self) -> bool:
        variables = self.variables
        new = [
            step
            for step, name in (("apps", "android_app_id"), ("companion_apps", "android_companion_app_id"))
            if step in self.steps and not variables[name]
        ]
        return variables.is_onboarding and "android" in variables.platforms and bool(new)

    # -- objects by name -------------------------------------------------------------------------------------

    def look_up(self) -> dict[str, list[str]]:
        """Return the names of the objects that must exist, since the role does not create them."""
        if not self.variables.is_onboarding:
            return {}
        variables, steps = self.variables, self.steps
        filters = self.objects["assignment_filters"] if "filters" in steps else {}
        assigns = set(steps) & set(ASSIGNING)
        names = {
            "groups": self._groups_to_look_up(bool(assigns)),
            "assignment_filters": [name for name in self.named("filter") if assigns and name not in filters],
            "scope_tags": variables.items("scope_tags") if assigns or filters or "notification" in steps else [],
            "notification_templates": self._templates_to_look_up(),
            "vpn_profiles": self._vpn_profiles() if "apps" in steps else [],
            **{f"{platform}_apps": self._apps(platform) for platform in variables.platforms},
            "applications": self._applications() if "conditional_access" in steps else [],
            "user_groups": self._user_groups(),
        }
        unique = {option: list(dict.fromkeys(filter(None, listed))) for option, listed in names.items()}
        return {option: listed for option, listed in unique.items() if listed}

    def _groups_to_look_up(self, assigns: bool) -> list[str]:
        """Return the groups that are assigned to, are members or are read, without those that this run creates."""
        variables, creates = self.variables, "groups" in self.steps
        created = self.objects["groups"] if creates else {}
        names = self.named("group") if assigns else []
        if assigns:
            names += [name_of(group) for group in variables.groups.values() if not (creates and is_own(group))]
        if assigns and creates:
            members = [text for group in variables.own_groups.values() for text in group.get("members") or []]
            names += [text for text in members if "@" not in text and not is_guid(text)]
        names += (variables["device_groups"] or []) if "device_facts" in self.steps else []
        return [name for name in names if name not in created]

    def _user_groups(self) -> list[str]:
        """Return the groups to which this run assigns what acts on users only."""
        objects, steps = self.objects, self.steps
        items: list[Json] = []
        if "app_protection" in steps:
            items += [item for found in objects["app_protection_policies"].values() for item in found["assignments"]]
        names = [item["group"] for item in items if item.get("group") and not item.get("exclude")]
        if "conditional_access" in steps:
            for policy in objects["conditional_access_policies"].values():
                names += policy["conditions"]["users"]["include_groups"]
        return names

    def _applications(self) -> list[str]:
        """Return the applications that are declared by a name. One that is declared by its id need not exist."""
        names = self.variables.items("conditional_access_applications")
        return [name for name in names if name.lower() not in _KEYWORDS and not is_guid(name)]

    def _templates_to_look_up(self) -> list[str]:
        created = self.objects["notification_templates"] if "notification" in self.steps else {}
        return [name for name in self._templates() if name not in created] if "compliance" in self.steps else []

    def _apps(self, platform: str) -> list[str]:
        """Return the apps that are declared by id, and those of app configurations that this run does not add."""
        variables, steps = self.variables, self.steps
        has_config = variables.has_ios_app_config if platform == "ios" else bool(variables.android_app_config)
        is_needed = "app_config" in steps and "apps" not in steps and has_config
        declared = variables.text(f"{platform}_app_id") if "apps" in steps else ""
        companion = variables.text(f"{platform}_companion_app_id") if "companion_apps" in steps else ""
        return [self.plan.app_reference(platform) if is_needed else declared, companion]

    def _assignments(self) -> Iterable[Json]:
        for platform in self.variables.platforms:
            for purpose in ("app", "profile"):
                yield from self.variables.items(f"{platform}_{purpose}_assignments")
        yield from self.variables.items("compliance_assignments")
        yield from self.variables.items("app_protection_assignments")

    def named(self, option: str) -> list[str]:
        """Return the groups or filters that variables name besides the platforms' own groups."""
        variables = self.variables
        found: list[Any] = [item[option] for item in self._assignments() if item.get(option)]
        for platform in variables.platforms:
            found += variables.items(f"{platform}_exclude_groups") if option == "group" else []
            found += [variables[f"{platform}_filter"]] if option == "filter" else []
        if option == "group":
            for action in variables.items("compliance_actions"):
                found += action.get("notification_message_cc_list") or []
            if "conditional_access" in variables.steps:
                found += variables.items("conditional_access_groups")
                found += variables.items("conditional_access_exclude_groups")
        return [str(name) for name in found if name]

    def _templates(self) -> list[str]:
        actions = self.variables.items("compliance_actions")
        return [str(action["notification_template"]) for action in actions if action.get("notification_template")]

    def _vpn_profiles(self) -> list[str]:
        settings = [self.variables.options(f"{platform}_app_settings") for platform in self.variables.platforms]
        settings += [item.get("settings") or {} for item in self._assignments()]
        return [str(item["vpn_profile"]) for item in settings if item.get("vpn_profile")]


def _needed(is_needed: Mapping[str, object]) -> list[str]:
    return [name for name, value in is_needed.items() if value]
