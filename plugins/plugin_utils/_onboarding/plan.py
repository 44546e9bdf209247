# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role harmony_onboarding declares: for each module the options of its objects, by their name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .variables import (
    FILTER_PLATFORMS,
    OBJECTS,
    PARTNER,
    PROFILES,
    TITLES,
    Json,
    Run,
    Variables,
    is_true,
    name_of,
    platform_of,
)

Objects = dict[str, Json]
_ASSIGNED = (
    "compliance_policies",
    "app_protection_policies",
    "app_configs",
    "companion_apps",
    "apps",
    "vpn_profiles",
    "certificate_profiles",
)


class Plan:
    """The objects of each step. They name objects that the role creates by their ids, as soon as these exist."""

    def __init__(self, variables: Variables, run: Run) -> None:
        self.variables = variables
        self.run = run

    def objects(self) -> dict[str, Objects]:
        """Return the objects of each step. A step that is off has none."""
        plan_of_step: dict[str, Callable[[], Objects]] = {
            "groups": self._groups,
            "filters": self._assignment_filters,
            "certificate": self._certificate_profiles,
            "vpn": self._vpn_profiles,
            "apps": self._apps,
            "companion_apps": self._companion_apps,
            "app_config": self._app_configs,
            "connector": self._mtd_connectors,
            "notification": self._notification_templates,
            "compliance": self._compliance_policies,
            "app_protection": self._app_protection_policies,
            "conditional_access": self._conditional_access_policies,
            "device_facts": self._device_facts,
        }
        return {
            OBJECTS.get(step, step): plan() if step in self.variables.steps else {}
            for step, plan in plan_of_step.items()
        }

    # -- what all have in common -----------------------------------------------------------------------------

    def _object(self, identity: Json, declared: Json, released_by: Sequence[str] = ()) -> Json:
        """Return the options of an object: those that identify it, and in onboarding those that are declared."""
        shared: Json = {"created_by": self.variables.text("created_by")}
        if self.variables.is_onboarding:
            if self.variables["scope_tags"]:
                shared["scope_tags"] = self.variables["scope_tags"]
            return {**identity, **declared, **shared}
        if released_by:
            shared["released_by"] = list(released_by)
        return {**identity, **shared, "state": "absent"}

    def _assigned(
        self, identity: Json, declared: Json, assignments: list[Json], released_by: Sequence[str] = ()
    ) -> Json:
        result = {**self._object(identity, declared, released_by), "assignments": assignments}
        if self.variables.is_onboarding:
            result["purge_assignments"] = self.variables["purge_assignments"]
        return result

    def _removed_or_unassigned(self, *objects: str) -> list[str]:
        """Return the ids of the objects that earlier tasks of offboarding removed, or no longer assign."""
        return sorted({str(item["id"]) for name in objects for item in self.run.results_of(name) if item["id"]})

    def _removed(self, *objects: str) -> list[str]:
        """Return the ids of the objects that earlier tasks of offboarding removed."""
        results = [item for name in objects for item in self.run.results_of(name) if "kept_because" not in item]
        return sorted({str(item["id"]) for item in results if item["id"]})

    # -- groups and filters ----------------------------------------------------------------------------------

    def _groups(self) -> Objects:
        # create is an option of the role, and restore has no meaning for a removal.
        left_out = {"create"} if self.variables.is_onboarding else {"create", "restore"}
        # A Conditional Access policy has no ownership tag.
        policies = self._removed("conditional_access_policies")
        released_by = sorted({*self._removed_or_unassigned(*_ASSIGNED), *policies})
        groups = {}
        for name, group in self.variables.own_groups.items():
            identity = {option: value for option, value in group.items() if option not in left_out}
            groups[name] = self._object(identity, {}, released_by)
            groups[name].pop("scope_tags", None)
        return groups

    def _assignment_filters(self) -> Objects:
        released_by = self._removed_or_unassigned(*_ASSIGNED)
        filters = {}
        for platform in self.variables.platforms:
            rule = self.variables[f"{platform}_filter_rule"]
            if rule:
                name = self.variables.text(f"{platform}_filter")
                identity = {"name": name, "platform": FILTER_PLATFORMS[platform]}
                filters[name] = self._object(identity, {"rule": rule}, released_by)
        return filters

    # -- who gets what ---------------------------------------------------------------------------------------

    def _group_reference(self, purpose: str) -> str:
        """Return the id of a group, or its name if the role has not created it yet."""
        name = name_of(self.variables.groups.get(purpose, {}))
        ids = self.run.ids_of("groups") if self.variables.is_onboarding else {}
        return ids.get(name, name)

    def _platform_assignment(self, platform: str) -> list[Json]:
        """Return the assignment to the platform's group, with its filter."""
        group, name = self._group_reference(platform), self.variables.text(f"{platform}_filter")
        if not group:
            return []
        if not name or not self.variables.is_onboarding:
            return [{"group": group}]
        filter_id = self.run.ids_of("assignment_filters").get(name, name)
        return [{"group": group, "filter": filter_id, "filter_mode": self.variables[f"{platform}_filter_mode"]}]

    def _exclusions(self, platform: str) -> list[Json]:
        """Return the excluded groups. Offboarding takes back only the role's own group, since others do no harm."""
        named = self.variables.items(f"{platform}_exclude_groups") if self.variables.is_onboarding else []
        groups = [*named, self._group_reference("exclusion")]
        return [{"group": group, "exclude": True} for group in dict.fromkeys(groups) if group]

    def _profile_assignments(self, platform: str) -> list[Json]:
        further = self.variables.items(f"{platform}_profile_assignments")
        return [*self._platform_assignment(platform), *self._exclusions(platform), *further]

    def _companion_app_assignments(self, platform: str) -> list[Json]:
        intent = {"intent": self.variables[f"{platform}_companion_app_intent"]}
        return [{**item, **intent} for item in (*self._platform_assignment(platform), *self._exclusions(platform))]

    def _app_assignments(self, platform: str) -> list[Json]:
        declared: Json = {"intent": self.variables[f"{platform}_app_intent"]}
        settings = self._app_settings(platform)
        included = {**declared, "settings": settings} if settings else declared
        return [
            *({**item, **included} for item in self._platform_assignment(platform)),
            *({**item, **declared} for item in self._exclusions(platform)),
            *self.variables.items(f"{platform}_app_assignments"),
        ]

    def _app_settings(self, platform: str) -> Json:
        settings = self.variables.options(f"{platform}_app_settings")
        if platform == "ios" and is_true(self.variables.options("vpn_ios").get("enable_per_app")):
            # The app's traffic goes through the VPN profile that the role created before.
            profile = self.run.ids_of("vpn_profiles").get(self._profile_name("vpn", "ios"))
            if profile and self.variables.is_onboarding:
                return {**settings, "vpn_profile": profile}
        return settings

    def _compliance_assignments(self, platform: str) -> list[Json]:
        included = self.variables.items("compliance_assignments") or self._platform_assignment(platform)
        return [*included, *self._exclusions(platform)]

    def _app_protection_assignments(self, platform: str) -> list[Json]:
        # Without the platform's filter, which is for devices: this policy is for users.
        own = [{"group": item["group"]} for item in self._platform_assignment(platform)]
        return [*(self.variables.items("app_protection_assignments") or own), *self._exclusions(platform)]

    # -- profiles --------------------------------------------------------------------------------------------

    def _profile_name(self, step: str, profile: str) -> str:
        return f"{self.variables.text(f'{step}_name')} {PROFILES[profile]}"

    def _profiles(self, step: str) -> Iterator[tuple[str, str, str]]:
        """Yield profile, name and platform of each object of a step."""
        for profile in self.variables.profiles(step):
            yield profile, self._profile_name(step, profile), platform_of(profile)

    def _certificate_profiles(self) -> Objects:
        if self.variables.is_onboarding and not self.variables.has_certificate:
            return {}
        options = {
            "root_certificate_path": self.variables["certificate_path"],
            "certificate": self.variables["certificate"],
        }
        declared = {option: value for option, value in options.items() if value}
        return {
            name: self._assigned({"name": name, "platform": profile}, declared, self._profile_assignments(platform))
            for profile, name, platform in self._profiles("certificate")
        }

    def _vpn_profiles(self) -> Objects:
        # A VPN app of its own is of the type customVpn in Intune; checkPointCapsuleVpn is another product.
        ios = {"connection_type": "custom_vpn", **self.variables.options("vpn_ios")}
        android = {
            "package_id": self.variables["vpn_android_package_id"],
            "lockdown": self.variables["vpn_android_lockdown"],
        }
        released_by = self._removed("apps")
        profiles = {}
        for profile, name, platform in self._profiles("vpn"):
            declared = {"ios": ios} if profile == "ios" else {f"{profile}_always_on": android}
            profiles[name] = self._assigned({"name": name}, declared, self._profile_assignments(platform), released_by)
        return profiles

    def _compliance_policies(self) -> Objects:
        level = {
            "device_threat_protection_enabled": True,
            "device_threat_protection_required_security_level": self.variables["compliance_threat_level"],
        }
        block = {"action_type": "block", "grace_period_days": self.variables["compliance_block_after_days"]}
        actions = [block, *self.variables.items("compliance_actions"), *self._notification_action()]
        further = self.variables.options("compliance_rules")
        policies = {}
        for profile, name, platform in self._profiles("compliance"):
            # The section says for which platform the policy is, so offboarding has it too, but empty.
            rules = {**(further.get(profile) or {}), **level} if self.variables.is_onboarding else {}
            policies[name] = self._assigned(
                {"name": name, profile: rules},
                {"scheduled_actions_for_rule": actions},
                self._compliance_assignments(platform),
            )
        return policies

    # -- what a threat leads to ------------------------------------------------------------------------------

    def _notification_templates(self) -> Objects:
        name = self.variables.text("notification_name")
        declared: Json = {"localized_notification_messages": self.variables["notification_messages"]}
        if self.variables["notification_branding"]:
            declared["branding_options"] = self.variables["notification_branding"]
        return {name: self._object({"name": name}, declared, self._removed("compliance_policies"))}

    def _notification_action(self) -> list[Json]:
        """Return the action of a compliance policy that sends the notification."""
        if "notification" not in self.variables.steps:
            return []
        name = self.variables.text("notification_name")
        return [
            {
                "action_type": "notification",
                "grace_period_days": self.variables["notification_after_days"],
                "notification_template": self.run.ids_of("notification_templates").get(name, name),
            }
        ]

    def _app_protection_policies(self) -> Objects:
        level = {
            "maximum_allowed_device_threat_level": self.variables["app_protection_threat_level"],
            "mobile_threat_defense_remediation_action": self.variables["app_protection_action"],
        }
        policies = {}
        for platform in self.variables.platforms:
            name = f"{self.variables.text('app_protection_name')} {TITLES[platform]}"
            further = self.variables.options("app_protection_settings").get(platform) or {}
            group = {} if "apps" in further else {"app_group_type": self.variables["app_protection_app_group"]}
            section = {**group, **further, **level} if self.variables.is_onboarding else {}
            assignments = self._app_protection_assignments(platform)
            policies[name] = self._assigned({"name": name, platform: section}, {}, assignments)
        return policies

    def _conditional_access_policies(self) -> Objects:
        variables, name = self.variables, self.variables.text("conditional_access_name")
        if not variables.is_onboarding:
            # Microsoft Entra has no place for an ownership tag.
            return {name: {"name": name, "state": "absent"}} if is_true(variables["conditional_access_remove"]) else {}
        is_for_all = is_true(variables["conditional_access_all_users"])
        excluded = [*variables.items("conditional_access_exclude_groups"), self._group_reference("exclusion")]
        options = {
            "name": name,
            "conditions": {
                "users": {
                    "include_users": ["All"] if is_for_all else [],
                    "include_groups": [] if is_for_all else self._groups_with_access(),
                    "exclude_groups": [group for group in excluded if group],
                },
                "applications": {"include_applications": variables["conditional_access_applications"]},
                "platforms": {"include_platforms": variables.platforms},
            },
            "grant_controls": {"operator": "or", "built_in_controls": variables.access_controls},
        }
        state = variables.text("conditional_access_state")
        return {name: {**options, "policy_state": state} if state else options}

    def _groups_with_access(self) -> list[str]:
        own = [self._group_reference(platform) for platform in self.variables.platforms]
        groups = self.variables.items("conditional_access_groups") or own
        return list(dict.fromkeys(group for group in groups if group))

    # -- apps ------------------------------------------------------------------------------------------------

    def _apps(self) -> Objects:
        released_by = self._removed("app_configs")
        return self._apps_of_platforms("app", self._app_assignments, released_by)

    def _companion_apps(self) -> Objects:
        return self._apps_of_platforms("companion_app", self._companion_app_assignments)

    def _apps_of_platforms(
        self, variable: str, assignments: Callable[[str], list[Json]], released_by: Sequence[str] = ()
    ) -> Objects:
        apps = {}
        for platform in self.variables.platforms:
            identity, declared = self._ios_app(variable) if platform == "ios" else self._android_app(variable)
            key = str(identity.get("name") or identity.get("package_id") or identity.get("id"))
            apps[key] = self._assigned(identity, declared, assignments(platform), released_by)
        return apps

    def _ios_app(self, variable: str) -> tuple[Json, Json]:
        """Return the options that identify the app, and those that are declared."""
        if self.variables.text(f"ios_{variable}_id"):
            return {"id": self.variables.text(f"ios_{variable}_id")}, {}
        identity: Json = {"name": self.variables[f"ios_{variable}_name"]}
        declared = {
            "publisher": self.variables[f"ios_{variable}_publisher"],
            "app_store_url": self.variables[f"ios_{variable}_store_url"],
        }
        if variable == "companion_app":
            return {**identity, "type": "ios_store_app"}, declared
        declared["minimum_supported_operating_system"] = self.variables["ios_app_minimum_os"]
        use = self.variables["ios_app_use"]
        if use == "store":
            return {**identity, "type": "ios_store_app"}, declared
        # A purchased app is found by its store URL.
        return {**identity, "use": use, "app_store_url": declared["app_store_url"]}, declared

    def _android_app(self, variable: str) -> tuple[Json, Json]:
        wait = {"wait_timeout": self.variables["android_app_wait_timeout"]}
        if self.variables.text(f"android_{variable}_id"):
            return {"id": self.variables.text(f"android_{variable}_id")}, wait
        package = self.variables[f"android_{variable}_package_id"]
        return {"package_id": package, "type": "android_managed_store_app"}, wait

    def app_reference(self, platform: str) -> str:
        """Return the id of a platform's app, or its name or package if the role has not created it yet."""
        name = self.variables["ios_app_name" if platform == "ios" else "android_app_package_id"]
        key = self.variables.text(f"{platform}_app_id") or str(name)
        return self.run.ids_of("apps").get(key, key)

    def _app_configs(self) -> Objects:
        configs: Objects = {}
        for platform in self.variables.platforms:
            settings = self._app_config(platform)
            if settings or not self.variables.is_onboarding:
                name = self.variables.text(f"{platform}_app_config_name")
                # Both may have the same name, since their types differ.
                key = name if name not in configs else f"{name} (Android)"
                identity: Json = {"name": name, platform: settings if self.variables.is_onboarding else {}}
                declared = {"target_apps": [self.app_reference(platform)]}
                configs[key] = self._assigned(identity, declared, self._profile_assignments(platform))
        return configs

    def _app_config(self, platform: str) -> Json:
        if platform == "android":
            return self.variables.android_app_config
        if not self.variables.has_ios_app_config:
            return {}
        if self.variables["ios_app_config_xml"]:
            return {"settings_xml": self.variables["ios_app_config_xml"]}
        return {"settings": self.variables["ios_app_config_settings"]}

    # -- connector and devices -------------------------------------------------------------------------------

    def app_that_others_assign(self) -> str:
        """Return the app that offboarding left, because others assign it: they use Harmony Mobile too."""
        for item in self.run.results_of("apps"):
            if "assigned" in [reason["reason"] for reason in item.get("kept_because", [])]:
                return str(item["item"])
        return ""

    def _mtd_connectors(self) -> Objects:
        platforms = self.variables.platforms
        enabled = {f"{platform}_enabled": True for platform in platforms}
        if "app_protection" in self.variables.steps:
            # Without it, Intune does not evaluate the threat level for app protection.
            enabled |= {f"{platform}_mobile_application_management_enabled": True for platform in platforms}
        options: Json = {"partner": PARTNER, **enabled, **self.variables.options("connector_settings")}
        if self.variables.is_onboarding:
            return {PARTNER: options}
        remove = self.variables.text("connector_remove")
        if remove == "never" or (remove == "when_unused" and self.app_that_others_assign()):
            return {}
        absent = {
            "state": "absent",
            "created_by": self.variables.text("created_by"),
            "force": remove == "always",
            "released_by": self._removed("compliance_policies", "app_protection_policies"),
        }
        return {PARTNER: {**options, **absent}}

    def _device_facts(self) -> Objects:
        if not self.variables.is_onboarding:
            return {}
        options = {
            "groups": self.variables["device_groups"],
            "filters": self.variables["device_filters"],
            "fields": self.variables["device_fields"],
            "dest": self.variables["device_file"],
            "gather": self.variables["device_gather"],
        }
        return {"managed devices": {name: value for name, value in options.items() if value}}
