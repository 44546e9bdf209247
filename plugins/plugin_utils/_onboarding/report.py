# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role harmony_onboarding reports: the findings of its preflight, and what it did and left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .needs import Needs
from .plan import Objects, Plan
from .variables import FOR_USERS, PARTNER, PREFIX, STEPS, TITLES, Json, Run, Variables, name_of

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
_OF_PLATFORM = ("app", "companion app", "app configuration")
_WITHOUT_TAG = ("connector", "Conditional Access policy")
_COUNTS = (
    ("platform", "by_platform"),
    ("compliance", "by_compliance_state"),
    ("threat state", "by_threat_state"),
    ("ownership", "by_ownership"),
)


# -- preflight ---------------------------------------------------------------------------------------------------


class Preflight:
    """Findings, each with its weight (ok, note, error) and what it is about."""

    def __init__(self, variables: Variables, needs: Needs, run: Run) -> None:
        self.variables = variables
        self.needs = needs
        self.run = run
        self.permissions: Mapping[str, Any] = run.results.get("permissions") or {}
        self.found: Mapping[str, Any] = run.results.get("tenant") or {}
        tenant = self.found.get("tenant") or {}
        self.tenant = {**tenant, "id": tenant.get("id") or self.permissions.get("tenant_id")}

    def result(self) -> Json:
        findings = [
            {"weight": weight, "about": about, "text": " ".join(text.split())}
            for weight, about, text in self._findings()
        ]
        errors = [finding for finding in findings if finding["weight"] == "error"]
        return {
            "tenant": {"display_name": None, **self.tenant},
            "missing_permissions": self.permissions.get("missing") or [],
            "findings": ["{weight:6} {about:12} {text}".format(**finding) for finding in findings],
            "errors": errors,
            "steps": self.variables.steps,
            "platforms": self.variables.platforms,
            "created_by": self.variables.text("created_by"),
            "passed": not errors,
        }

    def _findings(self) -> Iterator[tuple[str, str, str]]:
        if self.permissions.get("granted") is None:
            yield "error", "login", self.permissions.get("msg") or "The login failed."
            return
        application = (self.permissions.get("application") or {}).get("app_id")
        yield "ok", "login", f"Logged in{f' as application {application}' if application else ''}."
        yield from self._tenant()
        yield from self._permissions()
        if self.variables.is_onboarding:
            yield from self._named()
            yield from self._device_groups()
        if self.variables.is_onboarding and self.found.get("tenant") is not None:
            yield from self._google_play()
            yield from self._intune()
            yield from self._enrollment()

    def _tenant(self) -> Iterator[tuple[str, str, str]]:
        tenant_id, name = self.tenant["id"], self.tenant.get("display_name")
        if tenant_id:
            yield "ok", "tenant", f"{name or 'Name unknown'} ({tenant_id})"
        else:
            yield "note", "tenant", f"Its name and ID could not be read. {self.found.get('msg', '')}"
        expected = self.variables.text("expected_tenant_id")
        if expected and expected.lower() != str(tenant_id or "").lower():
            actual = tenant_id or "a tenant whose ID is unknown"
            yield "error", "tenant", f"{PREFIX}expected_tenant_id is {expected}, but the login is for {actual}."

    def _permissions(self) -> Iterator[tuple[str, str, str]]:
        granted = [item["name"] for item in self.permissions["granted"]]
        if not self.permissions.get("known") or (not granted and self.tenant.get("display_name")):
            text = "The access token does not show its permissions. A missing one is reported when its step fails."
            yield "note", "permissions", text
            return
        for missing in self.permissions.get("missing") or []:
            is_for_later = self.run.check_mode and missing.get("access") == "write"
            purpose = f"is missing{' for a run that writes' if is_for_later else ''}: needed to"
            needed_for = ", to ".join(missing["needed_for"])
            text = f"{missing['name']} {purpose} {needed_for}. {missing['fix']}"
            yield "note" if is_for_later else "error", "permissions", text
        if not self.permissions.get("missing"):
            yield "ok", "permissions", f"Enough for the steps {', '.join(self.needs.steps)}."
        lacking = [name for name in ("User.ReadWrite.All", "Device.ReadWrite.All") if name not in granted]
        has_members = any(group.get("members") for group in self.variables.own_groups.values())
        if self.variables.is_onboarding and "groups" in self.needs.steps and lacking and has_members:
            text = (
                "Microsoft documents User.ReadWrite.All for adding users to a group, Device.ReadWrite.All for devices"
            )
            yield "note", "permissions", f"{text}. The login lacks {' and '.join(lacking)}."

    def _named(self) -> Iterator[tuple[str, str, str]]:
        for text in self.found.get("not_found") or []:
            yield "error", "variables", f"{text[0].upper()}{text[1:]} was not found. Names are compared exactly."
        for text in self.found.get("unclear") or []:
            yield "error", "variables", text
        if self.needs.look_up() and self.found.get("not_found") is None:
            yield (
                "note",
                "variables",
                "Some objects that the variables name could not be read, so they may be missing.",
            )

    def _device_groups(self) -> Iterator[tuple[str, str, str]]:
        """Groups of devices, or with a rule about devices, to which steps give what acts on users."""
        own = self.variables.own_groups
        names = self.needs.look_up().get("user_groups", [])
        ruled = [name for name in names if "device." in str(own.get(name, {}).get("membership_rule")).lower()]
        steps = " and ".join(step for step in FOR_USERS if step in self.needs.steps)
        for name in dict.fromkeys([*ruled, *(self.found.get("groups_of_devices") or [])]):
            text = (
                f"Group '{name}' has devices in it. What {steps} give acts on users only, so it has no effect on them."
            )
            yield "note", "groups", f"{text} Name groups of users."

    def _google_play(self) -> Iterator[tuple[str, str, str]]:
        if not self.needs.needs_google_play:
            return
        is_bound = self.tenant.get("managed_google_play_bound")
        if is_bound is None:
            yield "note", "Google Play", "The connection to managed Google Play could not be read."
        elif is_bound:
            yield "ok", "Google Play", "Managed Google Play is connected."
        else:
            advice = (
                "Connect it in the Intune admin center under Devices > Enrollment > Android, or leave android out of"
            )
            text = f"Managed Google Play is not connected, so no Android app is available. {advice} {PREFIX}platforms."
            yield "error", "Google Play", text

    def _intune(self) -> Iterator[tuple[str, str, str]]:
        authority = str(self.tenant.get("mobile_device_management_authority") or "unknown").lower()
        if authority.startswith("unknown"):
            yield "note", "Intune", "The authority for mobile device management could not be read."
        elif authority == "intune":
            yield "ok", "Intune", "Intune is the authority for mobile device management."
        else:
            text = f"The authority for mobile device management is {authority}, not intune."
            yield "error", "Intune", f"{text} Set it in the Intune admin center under Tenant administration."
        plan = self.tenant.get("intune_plan_status")
        if plan is None:
            yield "note", "licence", "The licences of the tenant could not be read."
        elif plan in ("enabled", "warning"):
            yield "ok", "licence", f"The service plan of Intune is {plan}."
        elif plan == "absent":
            yield "note", "licence", "None of the service plans of the tenant is recognised as Intune."
        else:
            yield "error", "licence", f"The service plan of Intune is {plan}: the tenant needs an active licence."

    def _enrollment(self) -> Iterator[tuple[str, str, str]]:
        """Findings about what could be read: the role does not need the permissions for it."""
        findings = self.run.results.get("enrollment", {}).get("findings")
        if findings == []:
            yield "ok", "enrollment", "Nothing keeps devices from being enrolled."
        for found in findings or []:
            is_said = found["code"] == "managed_google_play_not_bound" and self.needs.needs_google_play
            if found["severity"] != "unknown" and not is_said:
                yield "note", "enrollment", found["message"]


# -- result ------------------------------------------------------------------------------------------------------


class Outcome:
    """What was done with each object, and what is left to do by hand."""

    def __init__(self, variables: Variables, plan: Plan, objects: Mapping[str, Objects], run: Run) -> None:
        self.variables = variables
        self.plan = plan
        self.declared = objects
        self.run = run
        self.objects = list(self._objects())
        connectors = [item.get("mtd_connector") or {} for item in run.results_of("mtd_connectors")]
        self.connector: Json = dict(connectors[0]) if connectors else {}
        facts: Json = ((run.results_of_facts() if variables.is_onboarding else None) or {}).get("ansible_facts") or {}
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
            app = "" if self.variables.is_onboarding else self.plan.app_of_others()
            if plural == "mtd_connectors" and app and "connector" in self.variables.steps and not self.declared[plural]:
                if self.variables["connector_remove"] != "never":
                    yield self._object(resource, PARTNER, None, False, "left", f"others still use the app '{app}'")

    @staticmethod
    def _object(resource: str, name: str, object_id: Any, changed: bool, status: str, reason: str = "") -> Json:
        found: Json = {"kind": resource, "name": name, "id": object_id, "changed": changed, "status": status}
        return {**found, "left_because": reason} if reason else found

    def _kept(self, resource: str, item: Json) -> Json:
        reported = next((value for value in item.values() if isinstance(value, dict) and "id" in value), {})
        is_ours = reported.get("created_by") == self.variables.text("created_by") or resource in _WITHOUT_TAG
        status = "created" if item.get("created") else "updated" if is_ours else "adopted"
        name = str(reported.get("name") or item["item"])
        title = f"{TITLES[self._platform_of(item)]} {resource}" if resource in _OF_PLATFORM else resource
        return self._object(title, name, item["id"], bool(item["changed"]), status if item["changed"] else "unchanged")

    def _platform_of(self, item: Json) -> str:
        apps = {**self.declared["apps"], **self.declared["companion_apps"]}
        options = {**apps, **self.declared["app_configs"]}.get(str(item["item"]), {})
        ids = [self.variables[f"android_{name}_id"] for name in ("app", "companion_app")]
        return "android" if "android" in options or "package_id" in options or options.get("id") in ids else "ios"

    def _removed(self, resource: str, item: Json) -> Json:
        changed = bool(item["changed"])
        if not item["id"]:
            return self._object(resource, str(item["item"]), None, changed, "not there")
        if "kept_because" not in item:
            return self._object(resource, str(item["item"]), item["id"], changed, "removed")
        names = ("app", "companion_app")
        declared = [self.variables.text(f"{platform}_{name}_id") for platform in TITLES for name in names]
        others = [reason for reason in item["kept_because"] if reason["reason"] != "not_tagged"]
        detail = str(item["msg"]).partition(": ")[2].rstrip(".")
        reason = (
            f"somebody else uses it. {detail[0].upper()}{detail[1:]}" if others and resource != "connector" else detail
        )
        reason = "it is declared by its id" if str(item["item"]) in declared else reason
        return self._object(
            resource, str(item["item"]), item["id"], changed, "unassigned" if changed else "left", reason
        )

    def _summary(self) -> Iterator[str]:
        changed = [item for item in self.objects if item["changed"]]
        verb = "changed" if self.variables.is_onboarding else "removed or unassigned"
        counts = {status: [item["status"] for item in changed].count(status) for status in _statuses(changed)}
        detail = ", ".join(f"{count} {status}" for status, count in counts.items())
        yield (
            f"Harmony Mobile in Microsoft Intune: {len(changed)} of {len(self.objects)} objects "
            f"{'would be ' if self.run.check_mode else ''}{verb}{f' ({detail})' if detail else ''}."
        )
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


def _statuses(objects: list[Json]) -> list[str]:
    return sorted({str(item["status"]) for item in objects})
