# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight of the role harmony_onboarding finds, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .needs import Needs
from .plan import Plan
from .variables import FOR_USERS, PREFIX, Json

# Its weight (ok, note or error), what it is about, and its text.
Finding = tuple[str, str, str]


class Preflight:
    """The findings about login, tenant and permissions. An error stops the role."""

    def __init__(self, plan: Plan) -> None:
        self.variables = plan.variables
        self.needs = Needs(plan)
        self.run = run = plan.run
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

    def _findings(self) -> Iterator[Finding]:
        if self.permissions.get("granted") is None:
            yield "error", "login", self.permissions.get("msg") or "The login failed."
            return
        application = (self.permissions.get("application") or {}).get("app_id")
        yield "ok", "login", f"Logged in{f' as application {application}' if application else ''}."
        yield from self._tenant()
        yield from self._permissions()
        if self.variables.is_onboarding:
            yield from self._named_objects()
            yield from self._device_groups()
        if self.variables.is_onboarding and self.found.get("tenant") is not None:
            yield from self._google_play()
            yield from self._intune()
            yield from self._enrollment()

    def _tenant(self) -> Iterator[Finding]:
        tenant_id, name = self.tenant["id"], self.tenant.get("display_name")
        if tenant_id:
            yield "ok", "tenant", f"{name or 'Name unknown'} ({tenant_id})"
        else:
            yield "note", "tenant", f"Its name and ID could not be read. {self.found.get('msg', '')}"
        expected = self.variables.text("expected_tenant_id")
        if expected and expected.lower() != str(tenant_id or "").lower():
            actual = tenant_id or "a tenant whose ID is unknown"
            yield "error", "tenant", f"{PREFIX}expected_tenant_id is {expected}, but the login is for {actual}."

    def _permissions(self) -> Iterator[Finding]:
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
        if self.variables.is_onboarding and "groups" in self.needs.steps:
            yield from self._permissions_for_members(granted)

    def _permissions_for_members(self, granted: list[str]) -> Iterator[Finding]:
        has_members = any(group.get("members") for group in self.variables.own_groups.values())
        lacking = [name for name in ("User.ReadWrite.All", "Device.ReadWrite.All") if name not in granted]
        if has_members and lacking:
            text = (
                "Microsoft documents User.ReadWrite.All for adding users to a group, Device.ReadWrite.All for devices"
            )
            yield "note", "permissions", f"{text}. The login lacks {' and '.join(lacking)}."

    def _named_objects(self) -> Iterator[Finding]:
        for text in self.found.get("not_found") or []:
            yield "error", "variables", f"{text[0].upper()}{text[1:]} was not found. Names are compared exactly."
        for text in self.found.get("unclear") or []:
            yield "error", "variables", text
        if self.needs.look_up() and self.found.get("not_found") is None:
            text = "Some objects that the variables name could not be read, so they may be missing."
            yield "note", "variables", text

    def _device_groups(self) -> Iterator[Finding]:
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

    def _google_play(self) -> Iterator[Finding]:
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

    def _intune(self) -> Iterator[Finding]:
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

    def _enrollment(self) -> Iterator[Finding]:
        """Findings about what could be read: the role does not need the permissions for it."""
        findings = self.run.results.get("enrollment", {}).get("findings")
        if findings == []:
            yield "ok", "enrollment", "Nothing keeps devices from being enrolled."
        for found in findings or []:
            is_reported = found["code"] == "managed_google_play_not_bound" and self.needs.needs_google_play
            if found["severity"] != "unknown" and not is_reported:
                yield "note", "enrollment", found["message"]
