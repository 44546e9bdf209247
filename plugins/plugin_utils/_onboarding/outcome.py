# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role harmony_onboarding did, and what it left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .plan import Plan
from .variables import PARTNER, PREFIX, STEPS, TITLES, Json, name_of, object_of

# The plan's name of the objects -> what one of them is called.
_RESOURCES = {
    "groups": "group",
    "assignment_filters": "assignment filter",
    "certificate_profiles": "certificate profile",
    "vpn_profiles": "VPN profile",
    "apps": "app",
    "companion_apps": "companion app",
    "app_configs": "app configuration",
    "mtd_connectors": "connector",
    "notification_templates": "notification template",
    "compliance_policies": "compliance policy",
    "app_protection_policies": "app protection policy",
    "conditional_access_policies": "Conditional Access policy",
}
# Named with their platform, since the objects of both platforms may have the same name.
_OF_PLATFORM = ("app", "companion app", "app configuration")
_WITHOUT_TAG = ("connector", "Conditional Access policy")
# Title of a line in the summary -> the counts that it shows.
_COUNTS = (
    ("platform", "by_platform"),
    ("compliance", "by_compliance_state"),
    ("threat state", "by_threat_state"),
    ("ownership", "by_ownership"),
)


class Outcome:
    """What was done with each object, and what is left to do by hand."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.variables = plan.variables
        self.run = run = plan.run
        self.declared = plan.objects()
        self.objects = list(self._objects())
        connectors = [item.get("mtd_connector") or {} for item in run.results_of("mtd_connectors")]
        self.connector: Json = dict(connectors[0]) if connectors else {}
        facts = run.device_facts() if self.variables.is_onboarding else {}
        self.devices: Json = dict(facts.get("intune_devices_summary") or {})
        self.without_device = sorted(str(item["name"]) for item in facts.get("intune_members_without_device") or [])

    def result(self) -> Json:
        left_to_do = list(self._left_to_do() if self.variables.is_onboarding else self._left())
        steps = [f"  * {text}" for text in left_to_do]
        return {
            "state": self.variables.text("state"),
            "check_mode": self.run.check_mode,
            "changed": any(item["changed"] for item in self.objects),
            "objects": self.objects,
            "connector": self.connector,
            "devices": self.devices,
            "members_without_device": self.without_device,
            "left_to_do": left_to_do,
            "summary": [*self._summary(), *(["Left to do:"] if steps else []), *steps],
        }

    def _objects(self) -> Iterator[Json]:
        for plural, resource in _RESOURCES.items():
            for item in self.run.results_of(plural):
                if self.variables.is_onboarding:
                    yield self._kept(resource, item)
                else:
                    yield self._removed(resource, item)
            if plural == "mtd_connectors" and self._has_left_connector():
                reason = f"others still use the app '{self.plan.app_that_others_assign()}'"
                yield {**self._object(resource, PARTNER, {"id": None}, "left"), "left_because": reason}

    def _has_left_connector(self) -> bool:
        """Return whether offboarding did not try to remove the connector, because others use Harmony Mobile too."""
        return (
            not self.variables.is_onboarding
            and "connector" in self.variables.steps
            and not self.declared["mtd_connectors"]
            and self.variables["connector_remove"] != "never"
            and bool(self.plan.app_that_others_assign())
        )

    @staticmethod
    def _object(resource: str, name: str, result: Json, status: str) -> Json:
        changed = bool(result.get("changed"))
        return {"kind": resource, "name": name, "id": result["id"], "changed": changed, "status": status}

    def _kept(self, resource: str, item: Json) -> Json:
        name = str(object_of(item).get("name") or item["item"])
        title = f"{TITLES[self._platform_of(item)]} {resource}" if resource in _OF_PLATFORM else resource
        return self._object(title, name, item, self._status(resource, item))

    def _status(self, resource: str, item: Json) -> str:
        if not item["changed"]:
            return "unchanged"
        if item.get("created"):
            return "created"
        is_tagged = object_of(item).get("created_by") == self.variables.text("created_by")
        return "updated" if is_tagged or resource in _WITHOUT_TAG else "adopted"

    def _platform_of(self, item: Json) -> str:
        apps = {**self.declared["apps"], **self.declared["companion_apps"]}
        options = {**apps, **self.declared["app_configs"]}.get(str(item["item"]), {})
        ids = [self.variables[f"android_{name}_id"] for name in ("app", "companion_app")]
        return "android" if "android" in options or "package_id" in options or options.get("id") in ids else "ios"

    def _removed(self, resource: str, item: Json) -> Json:
        name = str(item["item"])
        if not item["id"]:
            return self._object(resource, name, item, "not there")
        if "kept_because" not in item:
            return self._object(resource, name, item, "removed")
        status = "unassigned" if item["changed"] else "left"
        return {**self._object(resource, name, item, status), "left_because": self._why_kept(resource, item)}

    def _why_kept(self, resource: str, item: Json) -> str:
        if str(item["item"]) in self._declared_app_ids():
            return "it is declared by its id"
        # The module's message is "The app 'x' stays: <reason>."
        reason = str(item["msg"]).partition(": ")[2].rstrip(".")
        is_used = any(kept["reason"] != "not_tagged" for kept in item["kept_because"])
        if is_used and resource != "connector":
            return f"somebody else uses it. {reason[0].upper()}{reason[1:]}"
        return reason

    def _declared_app_ids(self) -> list[str]:
        names = [f"{platform}_{app}_id" for platform in TITLES for app in ("app", "companion_app")]
        return [self.variables.text(name) for name in names]

    def _summary(self) -> Iterator[str]:
        changed = [item for item in self.objects if item["changed"]]
        verb = "changed" if self.variables.is_onboarding else "removed or unassigned"
        counts = Counter(str(item["status"]) for item in changed)
        detail = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
        number = f"{len(changed)} of {len(self.objects)} objects {'would be ' if self.run.check_mode else ''}{verb}"
        yield f"Harmony Mobile in Microsoft Intune: {number}{f' ({detail})' if detail else ''}."
        for item in self.objects:
            has_id = item["id"] and not str(item["id"]).startswith("check-mode:")
            shown = f" ({item['id']})" if has_id else ""
            yield f"  {item['status']:10}  {item['kind']:25} {item['name']}{shown}"
        if self.devices:
            yield f"Managed devices: {self.devices['total']}, of which {self.devices['protected']} are protected"
            for title, key in _COUNTS:
                yield f"  {title:12}" + "".join(f"  {value} {count}" for value, count in self.devices[key].items())
            if self.without_device:
                yield f"  {'no device':12}  {len(self.without_device)} of the groups' members"

    # -- left to do ------------------------------------------------------------------------------------------

    def _left_to_do(self) -> Iterator[str]:
        steps, platforms = self.variables.steps, self.variables.platforms
        state = str(self.connector.get("partner_state") or "")
        if (self.connector or "connector" not in steps) and state.lower() != "enabled":
            yield from self._dashboard(state)
        if "app_config" in steps and "android" in platforms and not self.variables.android_app_config:
            yield (
                "No Android app configuration was created, because no keys for it are published. With keys from Check "
                f"Point, set {PREFIX}android_app_config_properties."
            )
        if "vpn" not in steps:
            names = {"ios": f"{PREFIX}vpn_ios", "android": f"{PREFIX}vpn_android_package_id"}
            yield (
                "No zero-touch VPN was created. With the values from your dashboard or from Check Point support, set "
                f"{' and '.join(names[platform] for platform in platforms)}, and add vpn to {PREFIX}steps."
            )
        yield from self._consequences()
        if "companion_apps" not in steps:
            apps = {
                "ios": "iPhones and iPads also need Microsoft Authenticator",
                "android": "Android devices also need the Intune Company Portal",
            }
            needed = ", and ".join(apps[platform] for platform in platforms)
            yield f"{needed}. Add companion_apps to {PREFIX}steps, unless the devices have them."

    def _consequences(self) -> Iterator[str]:
        steps = self.variables.steps
        if "compliance" not in steps and "app_protection" not in steps:
            yield (
                "A threat has no consequence yet. Decide on a threat level, set "
                f"{PREFIX}compliance_threat_level for enrolled devices or {PREFIX}app_protection_threat_level for all, "
                f"and add compliance or app_protection to {PREFIX}steps."
            )
        elif "conditional_access" not in steps:
            yield (
                "A threat costs a device its access only through a Conditional Access policy. Add conditional_access "
                f"to {PREFIX}steps; at first, the policy only reports."
            )
        for item in self.run.results_of("conditional_access_policies"):
            policy = item.get("conditional_access_policy") or {}
            if policy.get("policy_state") != "enabled":
                yield (
                    f"The Conditional Access policy '{policy.get('name') or item['item']}' keeps nobody out yet. Look "
                    "at its effect in the sign-in logs of Microsoft Entra, then set "
                    f"{PREFIX}conditional_access_state: enabled, for a pilot first."
                )

    def _dashboard(self, state: str) -> Iterator[str]:
        groups = list(dict.fromkeys(name_of(self.variables.groups.get(name, {})) for name in self.variables.platforms))
        named = " and ".join(f"'{group}'" for group in groups if group)
        yield (
            "In the Harmony Mobile dashboard (https://portal.checkpoint.com), under Settings > Device management, "
            'choose "Microsoft Intune" as the MDM service.'
        )
        yield (
            'There, click "Add to my organization" once per platform (iOS/iPadOS, Android and Windows; the next step '
            "needs all three), and accept."
        )
        yield (
            f"There, enter the security group{'s' if len(groups) > 1 else ''} {named}".rstrip() + ", verify, and save."
        )
        if self.connector:
            yield (
                f'The connector\'s state is now "{state or "not set up"}". It becomes "enabled" only after that, with '
                "the first heartbeat that Check Point sends."
            )
        yield "After that, the playbook mobilesec.intune.health reports whether Harmony Mobile is working."

    def _left(self) -> Iterator[str]:
        for item in self.objects:
            if item.get("left_because") and item["kind"] == "connector":
                yield (
                    f"The connector was left, because {item['left_because']}. "
                    "Remove the integration in the Harmony Mobile dashboard; then "
                    f"{PREFIX}connector_remove: always removes the connector."
                )
            elif item.get("left_because"):
                yield f"The {item['kind']} '{item['name']}' was left, because {item['left_because']}."
        if "conditional_access" in self.variables.steps and not self.declared["conditional_access_policies"]:
            policy = f"The Conditional Access policy '{self.variables['conditional_access_name']}'"
            yield f"{policy} was left, because of {PREFIX}conditional_access_remove: false."
        off = [step for step in STEPS if step not in (*self.variables.steps, "device_facts")]
        if off:
            yield (
                f"The role did not look for what the steps {', '.join(off)} may have created, since they are not in "
                f"{PREFIX}steps."
            )
