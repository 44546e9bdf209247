# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role harmony_onboarding declares: for each module the options of its objects, by their name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .variables import FILTER_PLATFORMS, PARTNER, PROFILES, TITLES, Json, Run, Variables, is_true, name_of

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
    """The objects of each step. Names of what the role created are replaced by ids as soon as they are known."""

    def __init__(self, variables: Variables, run: Run) -> None:
        self.variables = variables
        self.run = run
        self.groups = self._groups()
        self.assignment_filters = self._assignment_filters()

    def objects(self) -> dict[str, Objects]:
        return {
            "groups": self.groups,
            "assignment_filters": self.assignment_filters,
            "certificate_profiles": self._certificate_profiles(),
            "vpn_profiles": self._vpn_profiles(),
            "apps": self._apps("apps", "app"),
            "companion_apps": self._apps("companion_apps", "companion_app"),
            "app_configs": self._app_configs(),
            "mtd_connectors": self._mtd_connectors(),
            "notification_templates": self._notification_templates(),
            "compliance_policies": self._compliance_policies(),
            "app_protection_policies": self._app_protection_policies(),
            "conditional_access_policies": self._conditional_access_policies(),
            "device_facts": self._device_facts(),
        }

    # -- what all have in common -----------------------------------------------------------------------------

    def _is_on(self, step: str) -> bool:
        return step in self.variables.steps

    def _object(self, options: Json, declared: Json, released: Sequence[str] = ()) -> Json:
        """Return the options of an object: those that identify it, and in onboarding those that are declared."""
        shared: Json = {"created_by": self.variables.text("created_by")}
        if not self.variables.is_onboarding:
            return {**options, **shared, "state": "absent", **({"released_by": list(released)} if released else {})}
        if self.variables["scope_tags"]:
            shared["scope_tags"] = self.variables["scope_tags"]
        return {**options, **declared, **shared}

    def _assigned(self, options: Json, declared: Json, assignments: list[Json], released: Sequence[str] = ()) -> Json:
        result = {**self._object(options, declared, released), "assignments": assignments}
        if self.variables.is_onboarding:
            result["purge_assignments"] = self.variables["purge_assignments"]
        return result

    def _done(self, *objects: str, removed_only: bool = False) -> list[str]:
        """Return the ids of the objects that earlier tasks of offboarding took away, or no longer assign."""
        done = [item for name in objects for item in self.run.results_of(name) if item["id"]]
        return sorted({str(item["id"]) for item in done if not removed_only or "kept_because" not in item})

    # -- groups, filters and who gets what -------------------------------------------------------------------

    def _groups(self) -> Objects:
        if not self._is_on("groups"):
            return {}
        released = self._done(*_ASSIGNED)
        only_here = {"create", "restore"} if not self.variables.is_onboarding else {"create"}
        found = {}
        for name, group in self.variables.own_groups.items():
            declared = {option: value for option, value in group.items() if option not in only_here}
            options = self._object(declared, {}, released)
            options.pop("scope_tags", None)
            found[name] = options
        return found

    def _assignment_filters(self) -> Objects:
        if not self._is_on("filters"):
            return {}
        released = self._done(*_ASSIGNED)
        return {
            self.variables.text(f"{platform}_filter"): self._object(
                {"name": self.variables.text(f"{platform}_filter"), "platform": FILTER_PLATFORMS[platform]},
                {"rule": self.variables[f"{platform}_filter_rule"]},
                released,
            )
            for platform in self.variables.platforms
            if self.variables.text(f"{platform}_filter_rule")
        }

    def _group_of(self, purpose: str) -> str:
        """Return the id of a group that the role created, else what it is called by."""
        name = name_of(self.variables.groups.get(purpose, {}))
        ids = self.run.ids_of("groups") if self.variables.is_onboarding else {}
        return ids.get(name, name)

    def _own(self, platform: str) -> list[Json]:
        """Return the assignment to the platform's group, with its filter."""
        group, name = self._group_of(platform), self.variables.text(f"{platform}_filter")
        if not group:
            return []
        if not name or not self.variables.is_onboarding:
            return [{"group": group}]
        filter_id = self.run.ids_of("assignment_filters").get(name, name)
        return [{"group": group, "filter": filter_id, "filter_mode": self.variables[f"{platform}_filter_mode"]}]

    def _excluded(self, platform: str) -> list[Json]:
        """Return the exclusions. Offboarding takes back only that of the role's own group, and others' do no harm."""
        named = self.variables.items(f"{platform}_exclude_groups") if self.variables.is_onboarding else []
        groups = [*named, self._group_of("exclusion")]
        return [{"group": group, "exclude": True} for group in dict.fromkeys(groups) if group]

    def _for_profiles(self, platform: str) -> list[Json]:
        further = self.variables.items(f"{platform}_profile_assignments")
        return [*self._own(platform), *self._excluded(platform), *further]

    def _for_companion_app(self, platform: str) -> list[Json]:
        intent = {"intent": self.variables[f"{platform}_companion_app_intent"]}
        return [{**item, **intent} for item in (*self._own(platform), *self._excluded(platform))]

    def _for_app(self, platform: str) -> list[Json]:
        intent = {"intent": self.variables[f"{platform}_app_intent"]}
        settings = self.variables.options(f"{platform}_app_settings")
        if platform == "ios" and is_true(self.variables.options("vpn_ios").get("enable_per_app")):
            # The app's traffic goes through the VPN profile that the role created before.
            profile = self.run.ids_of("vpn_profiles").get(self._profile_name("vpn", "ios"))
            settings = {**settings, "vpn_profile": profile} if profile and self.variables.is_onboarding else settings
        own = [{**item, **intent, **({"settings": settings} if settings else {})} for item in self._own(platform)]
        excluded = [{**item, **intent} for item in self._excluded(platform)]
        return [*own, *excluded, *self.variables.items(f"{platform}_app_assignments")]

    def _for_compliance(self, platform: str) -> list[Json]:
        return [
            *(self.variables.items("compliance_assignments") or self._own(platform)),
            *self._excluded(platform),
        ]

    def _for_app_protection(self, platform: str) -> list[Json]:
        # The filters are for devices, which this policy has nothing to do with.
        own = [{"group": item["group"]} for item in self._own(platform)]
        return [*(self.variables.items("app_protection_assignments") or own), *self._excluded(platform)]

    # -- profiles --------------------------------------------------------------------------------------------

    def _profile_name(self, step: str, profile: str) -> str:
        return f"{self.variables.text(f'{step}_name')} {PROFILES[profile]}"

    def _certificate_profiles(self) -> Objects:
        if not self._is_on("certificate") or (self.variables.is_onboarding and not self.variables.has_certificate):
            return {}
        sources = {"root_certificate_path": "certificate_path", "certificate": "certificate"}
        certificate = {option: self.variables[name] for option, name in sources.items() if self.variables[name]}
        return {
            name: self._assigned(
                {"name": name, "platform": profile}, certificate, self._for_profiles(profile.split("_")[0])
            )
            for profile, name in self._named("certificate")
        }

    def _vpn_profiles(self) -> Objects:
        if not self._is_on("vpn"):
            return {}
        # A VPN app of its own is of the type customVpn in Intune; checkPointCapsuleVpn is another product.
        ios = {"connection_type": "custom_vpn", **self.variables.options("vpn_ios")}
        android = {
            "package_id": self.variables["vpn_android_package_id"],
            "lockdown": self.variables["vpn_android_lockdown"],
        }
        released = self._done("apps", removed_only=True)
        return {
            name: self._assigned(
                {"name": name},
                {"ios": ios} if profile == "ios" else {f"{profile}_always_on": android},
                self._for_profiles(profile.split("_")[0]),
                released,
            )
            for profile, name in self._named("vpn")
        }

    def _compliance_policies(self) -> Objects:
        if not self._is_on("compliance"):
            return {}
        level = {
            "device_threat_protection_enabled": True,
            "device_threat_protection_required_security_level": self.variables["compliance_threat_level"],
        }
        block = {"action_type": "block", "grace_period_days": self.variables["compliance_block_after_days"]}
        actions = {
            "scheduled_actions_for_rule": [block, *self.variables.items("compliance_actions"), *self._notification()]
        }
        rules = self.variables.options("compliance_rules")
        is_onboarding = self.variables.is_onboarding
        return {
            name: self._assigned(
                {"name": name, profile: {**(rules.get(profile) or {}), **level} if is_onboarding else {}},
                actions,
                self._for_compliance(profile.split("_")[0]),
            )
            for profile, name in self._named("compliance")
        }

    def _named(self, step: str) -> Iterable[tuple[str, str]]:
        return [(profile, self._profile_name(step, profile)) for profile in self.variables.profiles(step)]

    # -- what a threat leads to ------------------------------------------------------------------------------

    def _notification_templates(self) -> Objects:
        if not self._is_on("notification"):
            return {}
        name = self.variables.text("notification_name")
        declared: Json = {"localized_notification_messages": self.variables["notification_messages"]}
        if self.variables["notification_branding"]:
            declared["branding_options"] = self.variables["notification_branding"]
        return {name: self._object({"name": name}, declared, self._done("compliance_policies", removed_only=True))}

    def _notification(self) -> list[Json]:
        """Return the action of a compliance policy that sends the notification."""
        if not self._is_on("notification"):
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
        if not self._is_on("app_protection"):
            return {}
        level = {
            "maximum_allowed_device_threat_level": self.variables["app_protection_threat_level"],
            "mobile_threat_defense_remediation_action": self.variables["app_protection_action"],
        }
        found: Objects = {}
        for platform in self.variables.platforms:
            name = f"{self.variables.text('app_protection_name')} {TITLES[platform]}"
            further = self.variables.options("app_protection_settings").get(platform) or {}
            group = {} if "apps" in further else {"app_group_type": self.variables["app_protection_app_group"]}
            section = {**group, **further, **level} if self.variables.is_onboarding else {}
            found[name] = self._assigned({"name": name, platform: section}, {}, self._for_app_protection(platform))
        return found

    def _conditional_access_policies(self) -> Objects:
        variables, name = self.variables, self.variables.text("conditional_access_name")
        if not self._is_on("conditional_access"):
            return {}
        if not variables.is_onboarding:
            # Microsoft Entra has no place for an ownership tag.
            return {name: {"name": name, "state": "absent"}} if is_true(variables["conditional_access_remove"]) else {}
        is_for_all = is_true(variables["conditional_access_all_users"])
        excluded = [*variables.items("conditional_access_exclude_groups"), self._group_of("exclusion")]
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
        own = [self._group_of(platform) for platform in self.variables.platforms]
        groups = self.variables.items("conditional_access_groups") or own
        return list(dict.fromkeys(group for group in groups if group))

    # -- apps ------------------------------------------------------------------------------------------------

    def _apps(self, step: str, variable: str) -> Objects:
        if not self._is_on(step):
            return {}
        released = self._done("app_configs", removed_only=True) if step == "apps" else []
        assignments = self._for_app if step == "apps" else self._for_companion_app
        found = {}
        for platform in self.variables.platforms:
            identity, declared = (self._ios_app if platform == "ios" else self._android_app)(variable)
            key = str(identity.get("name") or identity.get("package_id") or identity.get("id"))
            found[key] = self._assigned(identity, declared, assignments(platform), released)
        return found

    def _ios_app(self, variable: str) -> tuple[Json, Json]:
        if self.variables.text(f"ios_{variable}_id"):
            return {"id": self.variables.text(f"ios_{variable}_id")}, {}
        declared = {
            "publisher": self.variables[f"ios_{variable}_publisher"],
            "app_store_url": self.variables[f"ios_{variable}_store_url"],
        }
        if variable == "app":
            declared["minimum_supported_operating_system"] = self.variables["ios_app_minimum_os"]
        identity: Json = {"name": self.variables[f"ios_{variable}_name"]}
        if variable == "app" and self.variables["ios_app_use"] != "store":
            # A purchased app is found by its store URL.
            return {
                **identity,
                "use": self.variables["ios_app_use"],
                "app_store_url": declared["app_store_url"],
            }, declared
        return {**identity, "type": "ios_store_app"}, declared

    def _android_app(self, variable: str) -> tuple[Json, Json]:
        wait = {"wait_timeout": self.variables["android_app_wait_timeout"]}
        if self.variables.text(f"android_{variable}_id"):
            return {"id": self.variables.text(f"android_{variable}_id")}, wait
        package = self.variables[f"android_{variable}_package_id"]
        return {"package_id": package, "type": "android_managed_store_app"}, wait

    def app_of(self, platform: str) -> str:
        """Return the id of the app of a platform, else what it is called by."""
        name = self.variables["ios_app_name" if platform == "ios" else "android_app_package_id"]
        key = self.variables.text(f"{platform}_app_id") or str(name)
        return self.run.ids_of("apps").get(key, key)

    def _app_configs(self) -> Objects:
        if not self._is_on("app_config"):
            return {}
        found: Objects = {}
        for platform in self.variables.platforms:
            settings = self._app_config(platform)
            if settings or not self.variables.is_onboarding:
                name = self.variables.text(f"{platform}_app_config_name")
                # Both may have one name, since their types differ.
                key = name if name not in found else f"{name} (Android)"
                identity: Json = {"name": name, platform: settings if self.variables.is_onboarding else {}}
                target = {"target_apps": [self.app_of(platform)]}
                found[key] = self._assigned(identity, target, self._for_profiles(platform))
        return found

    def _app_config(self, platform: str) -> Json:
        if platform == "android":
            return self.variables.android_app_config
        if not self.variables.has_ios_app_config:
            return {}
        if self.variables["ios_app_config_xml"]:
            return {"settings_xml": self.variables["ios_app_config_xml"]}
        return {"settings": self.variables["ios_app_config_settings"]}

    # -- connector and devices -------------------------------------------------------------------------------

    def app_of_others(self) -> str:
        """Return the app that others still assign when offboarding: somebody else uses Harmony Mobile here."""
        for item in self.run.results_of("apps"):
            if "assigned" in [reason["reason"] for reason in item.get("kept_because", [])]:
                return str(item["item"])
        return ""

    def _mtd_connectors(self) -> Objects:
        remove = self.variables.text("connector_remove")
        if not self._is_on("connector"):
            return {}
        enabled = {f"{platform}_enabled": True for platform in self.variables.platforms}
        if self._is_on("app_protection"):
            # Without it, Intune does not evaluate the threat level for app protection.
            enabled |= {
                f"{platform}_mobile_application_management_enabled": True for platform in self.variables.platforms
            }
        options: Json = {"partner": PARTNER, **enabled, **self.variables.options("connector_settings")}
        if self.variables.is_onboarding:
            return {PARTNER: options}
        if remove == "never" or (remove == "when_unused" and self.app_of_others()):
            return {}
        options.update(state="absent", created_by=self.variables.text("created_by"), force=remove == "always")
        released = self._done("compliance_policies", "app_protection_policies", removed_only=True)
        return {PARTNER: {**options, "released_by": released}}

    def _device_facts(self) -> Objects:
        if not self._is_on("device_facts") or not self.variables.is_onboarding:
            return {}
        options: Mapping[str, Any] = {
            "groups": self.variables["device_groups"],
            "filters": self.variables["device_filters"],
            "fields": self.variables["device_fields"],
            "dest": self.variables["device_file"],
            "gather": self.variables["device_gather"],
        }
        return {"managed devices": {name: value for name, value in options.items() if value}}
